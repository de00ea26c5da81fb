"""Whether members of two runs pair: the same seed and the same inputs of the design in members of the same number.

Inputs are what a table of members draws, is given or sweeps. A parameter that one of the scenarios fixes is what it
changes on purpose, and no input; unless the other one sweeps it. Where one table lacks an input that the other has, all
its members have what its scenario says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
import yaml

from simulator.analysis.run_tables import RunTables
from simulator.names import PARAMETER, SWITCH, load_names

ALLOWED = "allowed: the same table of members (seed, members, sampling, ranges, seeds per set, sweeps)"


class Side(NamedTuple):
    """What decides whether a run pairs with another: known before it has run, too."""

    name: str
    years: Sequence[int]
    members: pd.DataFrame  # member, seed, inputs
    scenario: Mapping[str, Any]  # resolved, as in config.yaml


class Pair(NamedTuple):
    """Two runs whose members pair: made by `pair_of`, or once `check_sides` has passed what they were to be."""

    base: RunTables
    policy: RunTables

    @property
    def members(self) -> list[int]:
        """Those in both."""
        return sorted(set(self.base.members) & set(self.policy.members))


def side_of(run: RunTables) -> Side:
    """Of a run in a folder."""
    members = run.ask("SELECT * FROM members") if run.has("members", "member", "seed") else pd.DataFrame()
    if members.empty:
        members = pd.DataFrame({"member": run.members, "seed": None})
    scenario = yaml.safe_load(run.config_text) or {}
    return Side(str(run.folder), run.years, members[members["member"].isin(run.members)], scenario)


def pair_of(base: RunTables, policy: RunTables) -> Pair:
    """Two finished runs as a pair; ValueError unless their members pair. Members that stopped are left out."""
    check_sides(side_of(base), side_of(policy))
    return Pair(base, policy)


def check_sides(one: Side, other: Side) -> None:
    """ValueError, with the first member that differs, unless at least two members are in both and all of these pair."""
    if list(one.years) != list(other.years):
        years = [f"{side.years[0]} to {side.years[-1]} in {side.name}" for side in (one, other)]
        raise ValueError(f"years are {' and '.join(years)}; allowed: the same years")
    shared = sorted(set(one.members["member"]) & set(other.members["member"]))
    if len(shared) < 2:
        raise ValueError(
            f"{one.name} and {other.name} share {len(shared)} members; allowed: at least 2, as --members gives"
        )
    rows = [side.members.set_index("member").loc[shared] for side in (one, other)]
    differing = [told for name in ("seed", *_inputs(one, other)) if (told := _difference(name, (one, other), rows))]
    if differing:
        more = f" (and {len(differing) - 1} more inputs differ)" if len(differing) > 1 else ""
        raise ValueError(f"members do not pair: {differing[0]}{more}; {ALLOWED}")


def inputs_of(*members: pd.DataFrame) -> list[str]:
    """Columns of parameters and switches in any of the tables of members."""
    names = [str(name) for table in members for name in table]
    return [name for name in dict.fromkeys(names) if name.startswith((PARAMETER, SWITCH))]


def _inputs(one: Side, other: Side) -> list[str]:
    """Columns of inputs, without the parameters that a scenario fixes and none sweeps."""
    fixed = {name for side in (one, other) for name in side.scenario.get("parameters") or {}}
    swept = {name for side in (one, other) for name in (side.scenario.get("ensemble") or {}).get("sweep") or {}}
    on_purpose = {PARAMETER + name for name in fixed - swept}
    return [name for name in inputs_of(one.members, other.members) if name not in on_purpose]


def _difference(column: str, sides: Sequence[Side], rows: Sequence[pd.DataFrame]) -> str:
    """The first member in which a column differs between both sides, in words; empty if it does nowhere."""
    values = [_values(column, side, table) for side, table in zip(sides, rows, strict=True)]
    for member, one, other in zip(rows[0].index, *values, strict=True):
        if one != other:
            name = column.removeprefix(PARAMETER).removeprefix(SWITCH)
            first, second = (f"{side.name}{_own_range(name, side)}" for side in sides)
            return f"{name} of member {member} is {one} in {first} and {other} in {second}"
    return ""


def _own_range(name: str, side: Side) -> str:
    """Where a side draws the input, in words; empty if it has no range of its own."""
    own = ((side.scenario.get("ensemble") or {}).get("ranges") or {}).get(name)
    return f", drawn from {own['low']:g} to {own['high']:g}" if own else ""


def _values(column: str, side: Side, rows: pd.DataFrame) -> list[Any]:
    """An input by member: of the table, else what the scenario says for all."""
    value: Any
    if column in rows:
        return list(rows[column].tolist())
    name = column.removeprefix(PARAMETER)
    if name != column:
        shipped = load_names().parameters.get(name)
        value = (side.scenario.get("parameters") or {}).get(name, shipped.value if shipped else None)
    else:
        value = side.scenario
        for key in column.removeprefix(SWITCH).split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
    return [value] * len(rows)
