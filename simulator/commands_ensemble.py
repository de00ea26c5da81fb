"""`tanlu ensemble` and `tanlu merge`: Monte Carlo here, on a cluster or in shards."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pandas as pd
import yaml
from rich.console import Console

from simulator.commands import (
    fail_if_stopped,
    progress_bar,
    say_if_cold,
    say_if_raised,
    say_what_is_assumed,
    say_what_is_idle,
)
from simulator.commands_analysis import print_table, say
from simulator.config import load_config
from simulator.errors import ConfigError
from simulator.run_folder import open_run
from simulator.scenario_files import merged_mappings, nested

INTERACTION = "interaction: of the parameters' share, what remains in differences of scenarios"
SETTLED = (
    "enough: half of the 90 % interval is less than 0.5 % of the median (1 % for 5 and 95 %); "
    "too few: the interval would reach beyond the values that there are, so nothing is known of its width"
)
_OUT = Console(highlight=False, soft_wrap=True)
_ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def ensemble(
    source: str,
    overrides: Mapping[str, Any],
    engine: Mapping[str, Any],
    out: Path | None,
) -> None:
    """Run what is left of an ensemble. engine: executor, scheduler, workers, shard, level."""
    config = load_config(source, overrides or None)
    say_what_is_idle(config)
    say_what_is_assumed(config)
    say_if_raised(config)
    from simulator import runs

    folder, told = (out, []) if out else runs.matching_folder(config, engine["level"], engine["shard"])
    for line in told:
        _ERR.print(f"{line}; going to {folder}")
    say_if_cold()
    began = time.perf_counter()
    with progress_bar(f"{config.name}, {config.simulation.start}-{config.simulation.end}", "members") as tick:
        results = runs.run_ensemble(config, out=folder, progress=tick, **engine)
    taken = time.perf_counter() - began
    done = int((results.members["status"] == "done").sum())
    size = sum(one.stat().st_size for one in Path(folder).rglob("*") if one.is_file())
    _OUT.print(f"{done} of {len(results.members)} members done, {size / 1e6:.1f} MB, this time in {taken:.1f} s")
    _OUT.print(f"results: {folder}")
    fail_if_stopped(results)


def merge(folders: Sequence[Path], out: Path) -> None:
    """Join shards."""
    from simulator.merging import merge as join

    results = join(folders, out)
    _OUT.print(f"{len(results.members)} members of {len(folders)} folders")
    _OUT.print(f"results: {out}")
    fail_if_stopped(results)


def export(folder: Path, how: str, out: Path | None) -> None:
    """Write a run in another format."""
    open_run(folder)
    from simulator.analysis.finished import finished_run, left_out
    from simulator.reporting.exports import export as write

    run = finished_run(folder)
    if missing := left_out(run):
        _OUT.print(missing)
    target = out or folder / "export"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=target):  # DuckDB tells of a folder that cannot be written in a way of its own
            pass
        paths = write(run, how, target)
    except OSError as error:
        told = error.strerror or error
        raise ConfigError([f"--out = {target}: {told}; allowed: a folder that can be written"]) from None
    for path in paths:
        _OUT.print(f"written: {path}")


def variance(folders: Sequence[Path]) -> None:
    """Print where the spread of headline outcomes comes from, and how far their quantiles have settled."""
    for folder in folders:
        open_run(folder)
    from simulator.analysis.caveat import caveat, notes
    from simulator.analysis.finished import finished_run
    from simulator.analysis.influence import influences, inputs_of_sets
    from simulator.analysis.spread import sets_of, settled, shares

    runs = [finished_run(one) for one in folders]
    try:
        common = sets_of(runs)
        told = INTERACTION, common.left_out, *notes(*runs)
        print_table("shares of the variance", _share_columns(shares(runs, common)), *told)
        tell_influences(influences(runs, common), *inputs_of_sets(runs, common).shape, caveat(*runs))
        for one in runs:
            own = sets_of([one])
            title = f"{one.folder.name}: quantiles and how sure they are"
            print_table(title, _quantile_columns(settled(one, own)), SETTLED, own.left_out, caveat(one))
    except ValueError as error:
        raise ConfigError([str(error)]) from None


def tell_influences(found: pd.DataFrame, sets: int, parameters: int, assumed: str) -> None:
    """Print what outcomes go with, or that so few sets tell nothing."""
    from simulator.analysis.influence import ALIKE, least_told

    if parameters == 0:
        return
    least = least_told(sets, parameters)
    over = f"over {sets} sets of {parameters} parameters"
    if found.empty:
        say(f"parameters that outcomes go with: none can be told from chance {over}; more sets tell more")
        return
    told = (
        f"|r| above {least:.2f} {over} is hardly chance, nothing is told of weaker ones; each by what those above it "
        f"leave; drawn like it: their ranks correlate by more than {ALIKE:g}, so that either may be meant"
    )
    title = "parameters that outcomes go with, by partial rank correlation r"
    print_table(title, _influence_columns(found), told, assumed)


def _influence_columns(found: pd.DataFrame) -> dict[str, list[str]]:
    rows = [row for _, row in found.iterrows()]
    return {
        "outcome": [str(row["outcome"]) for row in rows],
        "year": [str(row["year"] or "all") for row in rows],
        "effect of": [str(row["effect_of"]) for row in rows],
        "parameter": [str(row["parameter"]) for row in rows],
        "r": [f"{row['correlation']:+.2f}" for row in rows],
        "drawn like it": [str(row["alike"]) for row in rows],
    }


def _share_columns(found: pd.DataFrame) -> dict[str, list[str]]:
    rows = [row for _, row in found.iterrows()]
    columns = {"outcome": [str(row["outcome"]) for row in rows], "year": [str(row["year"] or "all") for row in rows]}
    columns["sd"] = [f"{row['sd']:,.3g}" for row in rows]
    for name, head in (("scenario", "scenario"), ("parameter", "parameters"), ("seed", "seeds")):
        columns[f"{head}, %"] = [_percent(row[name]) for row in rows]
    return columns | {"interaction, %": [_percent(row["interaction"]) for row in rows]}


def _quantile_columns(found: pd.DataFrame) -> dict[str, list[str]]:
    """All in whole Mt, as `settled` tells of CO2 alone."""
    rows = [row for _, row in found.iterrows()]
    return {
        "outcome": [str(row["outcome"]) for row in rows],
        "members": [str(row["members"]) for row in rows],
        "quantile": [f"{100 * row['share']:.0f} %" for row in rows],
        "value": [f"{row['quantile']:,.0f}" for row in rows],
        "90 % interval": [f"{row['low']:,.0f} to {row['high']:,.0f}" for row in rows],
        "half-width, %": [_percent(row["half_width"]) for row in rows],
        "enough": ["enough" if row["enough"] else "" if row["within"] else "too few" for row in rows],
    }


def _percent(share: float) -> str:
    """A share in percent, without a sign on zero. Worked values: 0.704 -> 70.4, -1e-15 -> 0.0."""
    return f"{round(100.0 * share, 1) + 0.0:.1f}"


def stated(
    simulation: Mapping[str, Any],
    ensemble: Mapping[str, Any],
    sets: Sequence[str],
    ranges: Sequence[str] = (),
    sweeps: Sequence[str] = (),
) -> dict[str, Any]:
    """What the command line states, as a file would: given options, `--set name=value`, `--range name=low,high`,
    `--sweep name=a,b`."""
    parts: list[Mapping[str, Any]] = []
    for key, options in (("simulation", simulation), ("ensemble", ensemble)):
        given = {name: value for name, value in options.items() if value is not None}
        parts += [{key: given}] if given else []
    for text in sets:
        name, value = _split("--set", text, "name=value, such as imitation_weight=0.3")
        parts.append(nested(name if "." in name else f"parameters.{name}", yaml.safe_load(value)))
    own = dict(_range(text) for text in ranges)
    parts += [{"ensemble": {"ranges": own}}] if own else []
    sweep = {}
    for text in sweeps:
        name, values = _split("--sweep", text, "name=values, such as imitation_weight=0.3,0.5")
        sweep[name] = [yaml.safe_load(one) for one in values.split(",")]
    parts += [{"ensemble": {"sweep": sweep}}] if sweep else []
    return merged_mappings(parts)


def _range(text: str) -> tuple[str, dict[str, Any]]:
    """Name and range of `--range name=low,high` or `--range name=low,high,distribution`."""
    allowed = "name=low,high or name=low,high,distribution, such as imitation_weight=0.2,0.4,uniform"
    name, values = _split("--range", text, allowed)
    stated = [yaml.safe_load(one) for one in values.split(",")]
    if len(stated) not in (2, 3):
        raise ConfigError([f"--range = {text}: {len(stated)} values; allowed: {allowed}"])
    return name, dict(zip(("low", "high", "distribution"), stated, strict=False))


def _split(option: str, text: str, allowed: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ConfigError([f"{option} = {text}: no name and value; allowed: {allowed}"])
    return name.strip(), value
