"""In which ranges parameters are drawn: those of parameters.csv, and where a scenario has one of its own, that."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from simulator.config import Config, OwnRange
from simulator.names import ParameterRange, load_names


def sampled_ranges(config: Config) -> dict[str, ParameterRange]:
    """Parameters that the scenario samples, each with the range in which it is drawn: what varies and is named, but for
    what it sets, keeps or sweeps."""
    chosen = config.ensemble
    return {
        name: row
        for name, row in known_ranges(config).items()
        if row.varies
        and any(fnmatchcase(name, one) for one in chosen.sampled)
        and not any(fnmatchcase(name, one) for one in chosen.kept)
        and name not in config.parameters
        and name not in chosen.sweep
    }


def own_ranges(config: Config) -> dict[str, dict[str, Any]]:
    """The scenario's own ranges as they are drawn from: low, high and distribution by name, as plain values."""
    known = known_ranges(config)
    return {name: as_stated(known[name]) for name in config.ensemble.ranges}


def as_stated(row: ParameterRange) -> dict[str, Any]:
    """A range as a scenario states it."""
    return {"low": row.low, "high": row.high, "distribution": row.distribution}


def known_ranges(config: Config) -> dict[str, ParameterRange]:
    """All parameters, with the scenario's own ranges in place of those of parameters.csv."""
    shipped = load_names().parameters
    return {**shipped, **{name: within(shipped[name], one) for name, one in config.ensemble.ranges.items()}}


def within(row: ParameterRange, own: OwnRange) -> ParameterRange:
    """The row with another range; of its distribution, unless that is another one, too."""
    return replace(row, low=own.low, high=own.high, distribution=own.distribution or row.distribution)
