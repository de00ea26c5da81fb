"""The table of members: which parameters, switches and seed each one has, from the section `ensemble` of a scenario.

What we do not know (parameters, epistemic) lies outside what chance decides (seeds, aleatory): sets of parameters x
seeds of each. The draws depend on the seed and on the parameter alone, so that all scenarios share one table, their
members pair, and a parameter that is left out, or drawn in a range of the scenario's own, changes no other. A sweep
repeats the table for each combination of values.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from agents import draws
from agents.compiled import process
from simulator.config import Config
from simulator.design_errors import design_errors
from simulator.errors import ConfigError
from simulator.marginals import quantile
from simulator.names import PARAMETER, SWITCH, load_names
from simulator.randomness import DESIGN
from simulator.ranges import sampled_ranges
from simulator.tables import Array

_MASK = 2**64 - 1
_PLACE, _ORDER = 0, 1


@dataclass(frozen=True)
class Member:
    """One row of the design: number, seed, own parameters by name, own switches by config path."""

    number: int
    seed: int
    parameters: Mapping[str, float]
    switches: Mapping[str, Any]


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


def design_of(config: Config) -> pd.DataFrame:
    """Table of members: member, set, replicate, seed, then `parameter_NAME` and `config_PATH` of all that differs.

    Parameters that the scenario sets are columns too, with one value. ConfigError with one line for each error.
    """
    _refuse_errors(config)
    given = _given_table(config) if config.ensemble.sampling == "table" else None
    sets = len(given) if given is not None else _sets(config)
    replicates = _replicates(config)
    inside = pd.DataFrame({"set": np.repeat(np.arange(sets), replicates)})
    inside["replicate"] = np.tile(np.arange(replicates), sets)
    inside["seed"] = [member_seed(config.simulation.seed, number) for number in range(len(inside))]
    chosen = given if given is not None else _sampled(config, sets)
    fixed = {PARAMETER + name: value for name, value in sorted(config.parameters.items())}
    columns = chosen.loc[inside["set"].to_numpy()].reset_index(drop=True)
    table = pd.concat([inside, columns.assign(**{k: v for k, v in fixed.items() if k not in columns})], axis=1)
    return _swept(config, table)


def member_count(config: Config) -> int:
    """How many members there are: sets, as many as asked for or as the table has, x seeds x points of the sweep."""
    _refuse_errors(config)
    sets = len(_given_table(config)) if config.ensemble.sampling == "table" else _sets(config)
    return sets * _replicates(config) * prod(len(values) for values in config.ensemble.sweep.values())


def _refuse_errors(config: Config) -> None:
    errors = design_errors(config)
    if errors:
        raise ConfigError(errors)


def members_of(design: pd.DataFrame) -> Iterator[Member]:
    """The rows of a design, or of a part of it or of members.parquet."""
    parameters = [one for one in design.columns if one.startswith(PARAMETER)]
    switches = [one for one in design.columns if one.startswith(SWITCH)]
    for row in design[["member", "seed", *parameters, *switches]].itertuples(index=False, name=None):
        split = 2 + len(parameters)
        own = {name.removeprefix(PARAMETER): float(one) for name, one in zip(parameters, row[2:split], strict=True)}
        other = {name.removeprefix(SWITCH): _plain(one) for name, one in zip(switches, row[split:], strict=True)}
        yield Member(int(row[0]), int(row[1]), own, other)


def latin_hypercube(seed: int, names: list[str], sets: int) -> Array:
    """Places in (0, 1) [sets, names]: each column has one point in each of `sets` equal strata (McKay et al. 1979)."""
    places = np.empty((sets, len(names)))
    for column, name in enumerate(names):
        item = zlib.crc32(name.encode())
        within, order = _uniforms(seed, _PLACE, item, sets), _uniforms(seed, _ORDER, item, sets)
        places[:, column] = (np.argsort(np.argsort(order, kind="stable"), kind="stable") + within) / sets
    return places


def sobol(seed: int, names: list[str], sets: int) -> Array:
    """Places in (0, 1) [sets, names] of a scrambled Sobol sequence (Owen 1998) over all parameters that vary.

    A parameter keeps its dimension whichever others are sampled, and more sets go on where fewer ended.
    """
    from scipy.stats import qmc

    known = [name for name, row in load_names().parameters.items() if row.varies]
    sequence = qmc.Sobol(len(known), scramble=True, rng=seed).random_base2(max(sets - 1, 1).bit_length())
    return np.asarray(sequence[:sets, [known.index(name) for name in names]])


def _sampled(config: Config, sets: int) -> pd.DataFrame:
    """Values of the sampled parameters, one row per set."""
    if config.ensemble.sampling == "none":
        return pd.DataFrame(index=range(sets))
    ranges = sampled_ranges(config)
    draw = sobol if config.ensemble.sampling == "sobol" else latin_hypercube
    places = draw(config.simulation.seed, list(ranges), sets)
    return pd.DataFrame({PARAMETER + name: quantile(row, places[:, i]) for i, (name, row) in enumerate(ranges.items())})


def _given_table(config: Config) -> pd.DataFrame:
    path = Path(config.ensemble.table)
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    table = table.rename(columns={name: PARAMETER + name.removeprefix(PARAMETER) for name in table.columns})
    return table.astype(np.float64)


def _sets(config: Config) -> int:
    return config.ensemble.members // _replicates(config)


def _replicates(config: Config) -> int:
    chosen = config.ensemble
    return chosen.seeds_per_set or (chosen.members if chosen.sampling == "none" else 1)


def _swept(config: Config, table: pd.DataFrame) -> pd.DataFrame:
    """The table once for each combination of swept values, then numbered."""
    sweep = config.ensemble.sweep
    known = load_names().parameters
    names = [PARAMETER + name if name in known else SWITCH + name for name in sweep]
    points = [dict(zip(names, values, strict=True)) for values in product(*sweep.values())]
    whole = pd.concat([table.assign(**point) for point in points], ignore_index=True) if sweep else table
    whole.insert(0, "member", np.arange(len(whole)))
    return whole


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@process
def _fill(seed: int, purpose: int, item: int, drawn: Array) -> None:
    for row in range(drawn.size):
        drawn[row] = draws.uniform(seed, DESIGN, purpose, row, item)


def _uniforms(seed: int, purpose: int, item: int, count: int) -> Array:
    drawn = np.empty(count)
    _fill(seed, purpose, item, drawn)
    return drawn
