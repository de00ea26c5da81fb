"""What is wrong with the section `ensemble` of a scenario: one line for each error, with what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pandas as pd

from simulator.config import Config, load_config, parameter_errors
from simulator.config_errors import shown
from simulator.errors import ConfigError
from simulator.names import PARAMETER, load_names, nearest
from simulator.range_errors import range_errors, unread_ranges
from simulator.scenario_files import nested


def design_errors(config: Config) -> list[str]:
    """All errors of the section `ensemble`."""
    return [
        *_count_errors(config),
        *_pattern_errors(config),
        *range_errors(config),
        *unread_ranges(config),
        *_sweep_errors(config),
        *_table_errors(config),
    ]


def _count_errors(config: Config) -> Iterator[str]:
    chosen = config.ensemble
    seeds = chosen.seeds_per_set
    if seeds and chosen.sampling != "table" and chosen.members % seeds:
        yield (
            f"ensemble.members = {chosen.members}: not a multiple of seeds_per_set = {seeds}; allowed: "
            f"{chosen.members // seeds * seeds or seeds} or {(chosen.members // seeds + 1) * seeds}"
        )
    if seeds and chosen.sampling == "none" and seeds != chosen.members:
        yield (
            f"ensemble.seeds_per_set = {seeds}: {chosen.members // seeds} sets would be equal, since nothing is "
            "sampled; allowed: sampling latin_hypercube, sobol or table, or no seeds_per_set"
        )


def _pattern_errors(config: Config) -> Iterator[str]:
    known = {name: row.varies for name, row in load_names().parameters.items()}
    for key in ("sampled", "kept"):
        for pattern in getattr(config.ensemble, key):
            found = [name for name in known if fnmatchcase(name, pattern)]
            if not found:
                allowed = "allowed: names or patterns of the names shown by `tanlu data parameters`"
                yield f"ensemble.{key} = {pattern}: matches no parameter{nearest(pattern, known)}; {allowed}"
            elif key == "sampled" and not any(known[name] for name in found):
                yield f"ensemble.sampled = {pattern}: has no range in parameters.csv; allowed: what varies there"


def _sweep_errors(config: Config) -> Iterator[str]:
    known = load_names().parameters
    for name, values in config.ensemble.sweep.items():
        if not values:
            yield f"ensemble.sweep.{name} is empty; allowed: a list of values"
        elif name in known:
            yield from (f"ensemble.sweep.{line}" for value in values for line in parameter_errors(name, value, known))
        elif name.split(".")[0] in ("ensemble", "signals", "parameters", "name"):
            yield f"ensemble.sweep.{name}: cannot be swept; allowed: parameters by name, or paths such as power.market"
        else:
            for value in values:
                yield from _switch_errors(config, name, value)


def _switch_errors(config: Config, path: str, value: object) -> list[str]:
    try:
        load_config(config, nested(path, value))
    except ConfigError as error:
        return [f"ensemble.sweep: {line.removeprefix('command line: ')}" for line in error.lines]
    return []


def _table_errors(config: Config) -> Iterator[str]:
    chosen = config.ensemble
    if chosen.sampling != "table":
        if chosen.table:
            yield f"ensemble.table = {chosen.table}: is not read with sampling = {chosen.sampling}; allowed: table"
        return
    if not chosen.table:
        yield "ensemble.table is missing: sampling = table reads it; allowed: a CSV or Parquet file"
        return
    path = Path(chosen.table)
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        yield f"ensemble.table = {chosen.table}: {error}; allowed: a CSV or Parquet file"
        return
    yield from _value_errors(chosen.table, table)
    for name in (str(column).removeprefix(PARAMETER) for column in table.columns):
        if name in config.parameters:
            stated = f"parameters.{name} = {config.parameters[name]:g} is stated, too"
            yield f"ensemble.table = {chosen.table}: column {name}: {stated}; allowed: one of the two"


def _value_errors(label: str, table: pd.DataFrame) -> Iterator[str]:
    known = load_names().parameters
    if table.empty:
        yield f"ensemble.table = {label}: has no rows; allowed: a row per set of parameters"
    for column in table.columns:
        name = str(column).removeprefix(PARAMETER)
        if name not in known:
            hint, allowed = nearest(name, known), "allowed: the names shown by `tanlu data parameters`"
            yield f"ensemble.table = {label}: column {column} is no parameter{hint}; {allowed}"
            continue
        low, high = known[name].low, known[name].high
        for row, value in enumerate(table[column]):
            if not (isinstance(value, (int, float)) and low <= value <= high):
                yield f"ensemble.table = {label}: {column} = {shown(value)} in row {row}; allowed: {low:g} to {high:g}"
                break
