"""Run a scenario once, or several members of it on several cores.

A member is the same `TransitionModel` as a single run, with the seed of its number, so it does not matter which worker
or batch runs it.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import cloudpickle
import pandas as pd

from simulator.config import Config, load_config
from simulator.errors import ModelError
from simulator.provenance import now, provenance
from simulator.run_folder import Results, RunFolder, new_folder

Progress = Callable[[int, int], None]  # (done, of how many): years of one run, members of several
Replaced = Mapping[Any, Any]
Row = dict[str, Any]  # of members.parquet
_MASK = 2**64 - 1
_DONE = "done"


def member_seed(seed: int, member: int) -> int:
    """Seed of a member: member 0 has `seed`, member m the m-th number of SplitMix64 started there, cut to 63 bits.

    Steele, Lea and Flood (2014, doi:10.1145/2660193.2660195). member_seed(0, 1) = 8147104208329303767.
    """
    if member == 0:
        return seed
    mixed = (seed + member * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) >> 1


def run(
    config: str | Path | Mapping[str, Any] | Config = "baseline",
    *,
    seed: int | None = None,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    out: str | Path | None = None,
    save: bool = False,
    progress: Progress | None = None,
) -> Results:
    """One run; with `out` or `save` it is written to a run folder, else its tables stay in memory."""
    scenario = _with_seed(load_config(config), seed)
    if not save and out is None:
        return Results(None, _member_tables(scenario, 0, agents, rules, progress))
    folder = new_folder(scenario, 1, out)
    about = provenance(scenario, 1, rules)
    folder.start(scenario, about)
    folder.write_tables(_member_tables(scenario, 0, agents, rules, progress))
    folder.write_members([_row(scenario, 0, _DONE)])
    folder.write_provenance({**about, "finished_utc": now()})
    return Results(folder.path)


def run_ensemble(
    config: str | Path | Mapping[str, Any] | Config = "baseline",
    members: int = 32,
    *,
    workers: int | None = None,
    seed: int | None = None,
    agents: Replaced | None = None,
    rules: Replaced | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Results:
    """Several members on several cores, written to a run folder batch by batch.

    `agents` and `rules` replace decisions as in `TransitionModel`; they travel to the workers with their code. A member
    that the model stops is recorded with its reason and the others go on; what was finished before an interruption is
    kept. A worker that dies is an error.
    """
    scenario = _with_seed(load_config(config), seed)
    folder = new_folder(scenario, members, out)
    about = provenance(scenario, members, rules)
    own = cloudpickle.dumps((agents, rules))
    folder.start(scenario, about)
    rows: list[Row] = []

    def finished(batch: list[Row]) -> None:
        rows.extend(batch)
        if progress:
            progress(len(rows), members)

    try:
        _run_batches(scenario, folder, members, workers or multiprocessing.cpu_count(), own, finished)
    finally:
        if rows:
            folder.write_members(rows)
        folder.write_provenance({**about, "finished_utc": now(), "members_finished": len(rows)})
    return Results(folder.path)


def _run_batches(
    config: Config, folder: RunFolder, members: int, workers: int, own: bytes, finished: Callable[[list[Row]], None]
) -> None:
    """Tell of finished batches as they come. The first member runs here, so that workers find compiled rules."""
    finished(_run_batch(config, folder, [0], own))
    rest = list(range(1, members))
    if workers == 1 or len(rest) < 2:
        for member in rest:
            finished(_run_batch(config, folder, [member], own))
        return
    size = max(1, min(8, len(rest) // (workers * 4)))
    batches = [rest[i : i + size] for i in range(0, len(rest), size)]
    _run_pool(config, folder, batches, workers, own, finished)


def _run_pool(
    config: Config,
    folder: RunFolder,
    batches: list[list[int]],
    workers: int,
    own: bytes,
    finished: Callable[[list[Row]], None],
) -> None:
    """Run batches in worker processes; those that still finish after an interruption are told of too."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(batches)), mp_context=context, initializer=_leave_interrupts_to_parent)
    waiting = {pool.submit(_run_batch, config, folder, one, own) for one in batches}
    try:
        for one in as_completed(list(waiting)):
            waiting.discard(one)
            finished(one.result())
    except BrokenProcessPool:
        raise RuntimeError("a worker process died (out of memory, or killed); finished members are kept") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for one in waiting:
            if one.done() and not one.cancelled() and one.exception() is None:
                finished(one.result())


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of the terminal; a worker finishes its batch and the parent stops the rest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_batch(config: Config, folder: RunFolder, members: list[int], own: bytes) -> list[Row]:
    """Run some members and write their tables as one file per table; returns their rows of `members`.

    own: pickled agents and rules that replace the model's.
    """
    agents, rules = cloudpickle.loads(own)
    tables: dict[str, list[pd.DataFrame]] = {}
    rows = []
    for member in members:
        try:
            for name, table in _member_tables(config, member, agents, rules, None).items():
                tables.setdefault(name, []).append(table)
            rows.append(_row(config, member, _DONE))
        except ModelError as error:
            rows.append(_row(config, member, str(error)))
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    folder.write_tables(joined, batch=f"member-{members[0]:05d}")
    return rows


def _member_tables(
    config: Config, member: int, agents: Replaced | None, rules: Replaced | None, progress: Progress | None
) -> dict[str, pd.DataFrame]:
    """The tables of one member, `member` first."""
    from mesa import Agent

    from simulator.model import TransitionModel

    seed = member_seed(config.simulation.seed, member)
    model = TransitionModel(config=config, seed=seed, agents=dict(agents or {}), rules=dict(rules or {}))
    try:
        for done, _ in enumerate(config.years, start=1):
            model.step()
            if progress:
                progress(done, len(config.years))
        tables = model.tables()
    finally:
        # Mesa keeps every model that ever registered an agent; without this a run would leak its whole memory.
        Agent._ids.pop(model, None)
    for table in tables.values():
        if "member" in table.columns:
            table["member"] = member
        else:
            table.insert(0, "member", member)
    return dict(tables)


def _row(config: Config, member: int, status: str) -> Row:
    """A row of members.parquet: number, seed, the parameters that the scenario sets, `done` or why it stopped."""
    inputs = {f"parameter_{name}": value for name, value in sorted(config.parameters.items())}
    return {"member": member, "seed": member_seed(config.simulation.seed, member), **inputs, "status": status}


def _with_seed(config: Config, seed: int | None) -> Config:
    return config if seed is None else load_config(config, {"simulation": {"seed": seed}})
