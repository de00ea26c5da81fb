"""Run a scenario once, as an ensemble of members, or one member of an ensemble again.

A member is the same `TransitionModel` as a single run, with its own seed and parameters, so it does not matter which
worker, batch or machine runs it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import ensemble as engine
from simulator.config import Config, load_config
from simulator.design import Member
from simulator.errors import ConfigError
from simulator.manifest import differences, read_manifest
from simulator.members import Level, Progress, Replaced, member_of, member_tables
from simulator.names import PARAMETER
from simulator.provenance import now, provenance
from simulator.run_folder import DONE, Results, RunFolder, new_folder, numbered_folder

Source = str | Path | Mapping[str, Any] | Config


def run(
    config: Source = "baseline",
    *,
    seed: int | None = None,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    out: str | Path | None = None,
    save: bool = False,
    progress: Progress | None = None,
) -> Results:
    """One run; with `out` or `save` it is written to a run folder, else its tables stay in memory."""
    scenario = load_config(config) if seed is None else load_config(config, {"simulation": {"seed": seed}})
    member = Member(0, scenario.simulation.seed, scenario.parameters, {})
    return _alone(scenario, member, agents, rules, new_folder(scenario, out) if save or out else None, progress)


def run_member(
    folder: str | Path,
    member: int,
    *,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    out: str | Path | None = None,
    save: bool = False,
    progress: Progress | None = None,
) -> Results:
    """One member of a run folder again, alone, to the same numbers. Rules that it replaced must be given again."""
    scenario, row = member_of(Path(folder), member)
    replaced = (read_manifest(Path(folder)) or {}).get("rules")
    if replaced and not (agents or rules):
        names = ", ".join(replaced)
        raise ConfigError(
            [f"--member = {member}: {folder} replaced {names}; allowed: run_member(..., rules=, agents=)"]
        )
    target = new_folder(scenario, out, f"member{member}") if save or out else None
    return _alone(scenario, row, agents, rules, target, progress)


def run_ensemble(
    config: Source = "baseline",
    members: int | None = None,
    *,
    workers: int | None = None,
    seed: int | None = None,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    executor: engine.Executor = "local",
    scheduler: str = "",
    shard: str = "",
    level: Level = "sector",
) -> Results:
    """The ensemble that the scenario's section `ensemble` describes, written to a run folder batch by batch.

    members: in place of the scenario's number; agents, rules: replace decisions as in `TransitionModel` and travel to
    the workers with their code; out: with a folder that holds part of this very ensemble the rest is run; level: the
    finest tables that are kept. A member that fails is recorded with its reason and the others go on; what was finished
    before an interruption is kept.
    """
    scenario = ensemble_config(config, members, seed)
    folder = RunFolder(Path(out)) if out else new_folder(scenario, None, engine.suffix_of(scenario, shard))
    whole = engine.ensemble_of(scenario, folder, level, shard, agents, rules)
    count = workers or os.cpu_count() or 1
    engine.run(whole, engine.source_of(executor, count, scheduler), count, progress)
    return Results(folder.path)


def ensemble_config(config: Source, members: int | None = None, seed: int | None = None) -> Config:
    """The scenario with another number of members or seed."""
    stated: dict[str, Any] = {"simulation": {"seed": seed}} if seed is not None else {}
    if members is not None:
        stated["ensemble"] = {"members": members}
    return load_config(config, stated or None)


def matching_folder(config: Config, level: Level, shard: str) -> tuple[Path, list[str]]:
    """Where this ensemble is, or where it would go; and what the folders in its place hold instead."""
    told: list[str] = []
    while True:
        path = numbered_folder(config, engine.suffix_of(config, shard), len(told) + 1)
        there = read_manifest(path)
        if not path.exists():
            return path, told
        here = engine.ensemble_of(config, RunFolder(path), level, shard).manifest
        other = differences(there, here) if there else ["not an ensemble"]
        if not other:
            return path, told
        told.append(f"{path} holds another ensemble ({'; '.join(other[:3])})")


def failures(results: Results) -> list[str]:
    """What to say of members that did not succeed, the first one with its reason; nothing if all did."""
    rows = results.members
    wrong = rows[rows["status"] != DONE]
    if wrong.empty:
        return []
    first = wrong.iloc[0]
    return [f"{len(wrong)} of {len(rows)} members stopped; member {first.member}: {first.status}"]


def _alone(
    config: Config,
    member: Member,
    agents: Replaced | None,
    rules: Replaced | None,
    folder: RunFolder | None,
    progress: Progress | None,
) -> Results:
    if folder is None:
        return Results(None, member_tables(config, member, agents, rules, progress=progress))
    about = provenance(config, 1, rules)
    folder.start(config, about)
    folder.write_tables(member_tables(config, member, agents, rules, progress=progress))
    inputs = {PARAMETER + name: value for name, value in sorted(config.parameters.items())}
    row = {"member": member.number, "seed": member.seed, **inputs, "status": DONE}
    folder.write_members(pd.DataFrame([row]))
    folder.write_provenance({**about, "finished_utc": now()})
    return Results(folder.path)
