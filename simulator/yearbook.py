"""What a run remembers: one array per table with the year first, made into data frames at the end.

Columns are those of the tables of a run folder and carry their units in their names; output is in units of its sector.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from simulator.base_year import BaseYear
from simulator.carbon_paths import market_names
from simulator.census import CAUSES
from simulator.columns import GovernmentColumns, NationalColumns, ProvinceColumns, SectorColumns
from simulator.pages import Pages
from simulator.system_columns import (
    CARBON_MARKET_COLUMNS,
    CONSTRAINTS_COLUMNS,
    GREEN_CERTIFICATES_COLUMNS,
    LINES_COLUMNS,
    POWER_COLUMNS,
    ROUTES_COLUMNS,
    Told,
)
from simulator.tables import Array, read_table

FLOW_YEARS = 10
LEAST_FLOW_BN = 0.5
LEAST_FLOW_TWH = 0.01


class Table:
    """Records by year and keys, one for each row of its frame, in that order."""

    def __init__(self, years: Sequence[int], keys: Sequence[tuple[str, Sequence[str]]], columns: Sequence[str]) -> None:
        self.years, self.columns = tuple(years), tuple(columns)
        self.keys: Keys = tuple((name, tuple(labels)) for name, labels in keys)
        # A record for each row of the frame, which is what a year is written to; the country has one a year.
        shape = (len(years), *(len(labels) for _, labels in keys)) if keys else (len(years), 1)
        self.rows: Array = np.zeros(shape, _row(self.columns))

    @property
    def numbers(self) -> Array:
        """The same memory as numbers [years, keys, columns]."""
        shape = (len(self.years), *(len(labels) for _, labels in self.keys), len(self.columns))
        return self.rows.view(np.float64).reshape(shape)

    def filled(self, years: int) -> Array:
        """Rows [years, keys] in which some column is above zero."""
        return np.asarray((self.numbers[:years] > 0.0).any(axis=-1))

    def frame(self, years: int, kept: Array | None = None) -> pd.DataFrame:
        """The first `years` years as a data frame; kept [years, keys]: which rows, all unless given."""
        rows = self.rows[:years]
        if kept is None:
            frame = dict(_all_keys(self.years[:years], self.keys))
            frame.update({name: rows[name].ravel() for name in self.columns})
        else:
            frame = _keys(self.years, self.keys, kept)
            frame.update({name: rows[name][kept] for name in self.columns})
        return pd.DataFrame(frame)


@cache
def _row(columns: tuple[str, ...]) -> np.dtype[Any]:
    """The record of a row; one object for all runs, which compiled loops know at a glance."""
    return np.dtype((np.record, np.dtype([(name, np.float64) for name in columns])))


Keys = tuple[tuple[str, tuple[str, ...]], ...]


def _keys(years: Sequence[int], keys: Keys, kept: Array) -> dict[str, Any]:
    """Key columns of the rows kept [years, keys]."""
    year, *places = np.nonzero(kept)
    columns: dict[str, Any] = {"year": np.array(years)[year]}
    for (name, labels), place in zip(keys, places, strict=True):
        columns[name] = labelled(labels, place)
    return columns


@lru_cache(maxsize=32)
def _all_keys(years: tuple[int, ...], keys: Keys) -> dict[str, Any]:
    """Key columns of all rows; runs of an ensemble share them."""
    return _keys(years, keys, np.ones((len(years), *(len(labels) for _, labels in keys)), dtype=bool))


class Yearbook:
    """All tables of one run."""

    def __init__(self, base: BaseYear, technologies: Sequence[str], years: Sequence[int]) -> None:
        names = base.names
        place, sector = ("province", names.provinces), ("sector", names.sectors)
        self.base = base
        self.years = tuple(years)
        self.written = 0
        self.national = Table(years, (), NationalColumns._fields)
        self.provinces = Table(years, (place,), ProvinceColumns._fields)
        self.sectors = Table(years, (place, sector), SectorColumns._fields)
        self.routes = Table(years, (place, ("route", base.routes.names)), ROUTES_COLUMNS)
        self.power = Table(years, (place, ("technology", technologies)), POWER_COLUMNS)
        self.lines = Table(years, (("line", base.power.line_names),), LINES_COLUMNS)
        self.constraints = Table(years, (place, sector, ("cause", CAUSES)), CONSTRAINTS_COLUMNS)
        self.green_certificates = Table(years, (place,), GREEN_CERTIFICATES_COLUMNS)
        self.carbon_market = Table(years, (("market", market_names()),), CARBON_MARKET_COLUMNS)
        self.governments = Table(years, (place,), GovernmentColumns._fields)
        self.flows: list[Flows] = []
        # What the years are written to.
        rows = Pages(*(getattr(self, name).rows for name in Pages._fields))
        self.pages = rows._replace(green_certificates=self.green_certificates.numbers)
        # What they are told from, known when the first is.
        self.told: Told | None = None

    def frames(self, without: Collection[str] = ()) -> dict[str, pd.DataFrame]:
        """The tables of the years written so far, but for those named."""
        makers: dict[str, Callable[[int], pd.DataFrame]] = {
            "national": self.national.frame,
            "provinces": self.provinces.frame,
            "sectors": self._sectors,
            "routes": self._routes,
            "power": self.power.frame,
            "lines": self._lines,
            "constraints": lambda years: self.constraints.frame(years, self.constraints.filled(years)),
            "governments": self.governments.frame,
            "green_certificates": self.green_certificates.frame,
            "carbon_market": self.carbon_market.frame,
            "flows": lambda _: flow_frame(self.flows, self.base.names.provinces),
        }
        left_out = {*without, *(() if self.flows else ("flows",))}
        return {name: make(self.written) for name, make in makers.items() if name not in left_out}

    def _sectors(self, years: int) -> pd.DataFrame:
        """Cells, with the unit of their output."""
        table, codes = self.sectors.frame(years), np.arange(len(self.base.names.sectors))
        table.insert(4, "unit", labelled(_units(self.base.names.sectors), np.resize(codes, len(table))))
        return table

    def _routes(self, years: int) -> pd.DataFrame:
        """Routes that exist or run, with their sector."""
        there = self.routes.filled(years)
        table, sector = self.routes.frame(years, there), self.base.routes.sector[np.nonzero(there)[2]]
        table.insert(2, "sector", labelled(self.base.names.sectors, sector))
        return table

    def _lines(self, years: int) -> pd.DataFrame:
        """Lines, with the provinces at their ends."""
        table, power = self.lines.frame(years), self.base.power
        for place, (name, end) in enumerate((("origin", power.line_origin), ("destination", power.line_destination))):
            table.insert(2 + place, name, labelled(self.base.names.provinces, np.resize(end, len(table))))
        return table


@cache
def _units(sectors: tuple[str, ...]) -> list[str]:
    """The unit in which each sector's output is measured."""
    table = read_table("sectors").set_index("sector")["unit"]
    return [str(table[code]) for code in sectors]


class Flows(NamedTuple):
    """What went from province to province in a year: commodities, and their amounts and CO2 [commodity, from, to]."""

    year: int
    commodities: Sequence[str]
    units: Sequence[str]
    amount: Array
    embodied_co2_mt: Array


def flow_frame(flows: Sequence[Flows], names: Sequence[str]) -> pd.DataFrame:
    """The flows table: one row for each flow that is not small, in the order year, commodity, from, to."""
    years, first = np.array([one.year for one in flows]), flows[0]
    amount = np.stack([one.amount for one in flows])
    embodied = np.stack([one.embodied_co2_mt for one in flows])
    least = np.array([LEAST_FLOW_TWH if unit == "TWh" else LEAST_FLOW_BN for unit in first.units])
    large = (amount >= least[:, None, None]) & ~np.eye(len(names), dtype=bool)
    year, commodity, origin, destination = np.nonzero(large)
    return pd.DataFrame(
        {
            "year": years[year],
            "origin": labelled(names, origin),
            "destination": labelled(names, destination),
            "commodity": labelled(first.commodities, commodity),
            "amount": amount[large],
            "unit": labelled(first.units, commodity),
            "embodied_co2_mt": embodied[large],
        }
    )


def labelled(names: Sequence[str], codes: Array) -> Any:
    """The names at `codes`, as text; text is taken as codes are, never made one row at a time."""
    return pd.array(list(names), dtype="str").take(codes)
