"""The names that a scenario may use, read from the shipped tables: provinces, sectors, routes, carriers, parameters."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"
CARRIERS = ("coal", "oil", "gas", "biomass")
MOST_HINTS = 3


# How columns of a table of members begin: of parameters, and of other keys of a scenario.
PARAMETER, SWITCH = "parameter_", "config_"


@dataclass(frozen=True)
class ParameterRange:
    """Default, allowed range and distribution of one row of parameters.csv."""

    value: float
    low: float
    high: float
    unit: str
    distribution: str = "fixed"

    @property
    def varies(self) -> bool:
        """Whether there is anything to sample."""
        return self.distribution != "fixed" and self.low < self.high


@dataclass(frozen=True)
class Names:
    """Every order is the order of the table, which is the order of the arrays in the model."""

    provinces: tuple[str, ...]
    sectors: tuple[str, ...]
    routes: tuple[tuple[str, str], ...]  # (sector, route)
    carriers: tuple[str, ...]
    parameters: dict[str, ParameterRange]


@cache
def load_names(folder: Path = DATA) -> Names:
    """Read the names once; `folder` holds provinces.csv, sectors.csv, routes.csv and parameters.csv."""
    return Names(
        provinces=tuple(row["province"] for row in _rows(folder, "provinces.csv")),
        sectors=tuple(row["sector"] for row in _rows(folder, "sectors.csv")),
        routes=tuple((row["sector"], row["route"]) for row in _rows(folder, "routes.csv")),
        carriers=CARRIERS,
        parameters={row["name"]: _range(row) for row in _rows(folder, "parameters.csv")},
    )


@cache
def chinese_names(folder: Path = DATA) -> dict[str, str]:
    """Chinese name -> name of each province, sector and route (a route as SECTOR.route)."""
    found = {row["name_zh"]: f"{row['sector']}.{row['route']}" for row in _rows(folder, "routes.csv")}
    found |= {row["name_zh"]: row["sector"] for row in _rows(folder, "sectors.csv")}
    return found | {row["name_zh"]: row["province"] for row in _rows(folder, "provinces.csv")}


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, as the tail of a sentence, or nothing.

    A Chinese name leads to its own; the beginning of names to these; else what is spelt alike.
    """
    by_lower = {one.lower(): one for one in known}
    translated = chinese_names().get(name, "").lower()
    if translated in by_lower:
        return f"; did you mean {by_lower[translated]}?"
    begun = [one for lower, one in by_lower.items() if len(name) > 2 and lower.startswith(name.lower())]
    if 0 < len(begun) <= MOST_HINTS:
        return f"; did you mean {' or '.join(begun)}?"
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[found[0]]}?" if found else ""


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _range(row: dict[str, str]) -> ParameterRange:
    value = float(row["value"])
    low, high = float(row["low"] or value), float(row["high"] or value)
    return ParameterRange(value, low, high, row["unit"], row.get("distribution") or "fixed")
