"""Reading the power facts and writing the derived power tables.

Units in memory: GW, TWh, km, CNY/MWh, shares. Table order: `PROVINCES`, `TECHNOLOGIES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

PROVINCES = (
    "Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia", "Liaoning", "Jilin", "Heilongjiang", "Shanghai",
    "Jiangsu", "Zhejiang", "Anhui", "Fujian", "Jiangxi", "Shandong", "Henan", "Hubei", "Hunan", "Guangdong", "Guangxi",
    "Hainan", "Chongqing", "Sichuan", "Guizhou", "Yunnan", "Tibet", "Shaanxi", "Gansu", "Qinghai", "Ningxia",
    "Xinjiang",
)  # fmt: skip

TECHNOLOGIES = (
    "coal", "gas", "nuclear", "hydro", "pumped", "onshore_wind", "offshore_wind", "solar", "biomass", "battery",
)  # fmt: skip

THERMAL = ("coal", "gas", "biomass")

HOURS_PER_YEAR = 8760.0
TWH_PER_GW_YEAR = HOURS_PER_YEAR / 1000.0

BASE_YEAR = 2020

# Names in the compiled statistics -> technology codes of the model.
_BASE_NAMES = {"biomass_waste": "biomass"}


def zeros() -> pd.Series:
    """A value of 0 for every province, in table order."""
    return pd.Series(0.0, index=list(PROVINCES))


def by_province(values: pd.Series) -> pd.Series:
    """`values` in table order; provinces that the source does not name get 0."""
    return values.reindex(list(PROVINCES)).fillna(0.0).astype(float)


@dataclass(frozen=True)
class PowerFacts:
    """The power part of `simulator/data/facts`, one property per file."""

    folder: Path

    def _read(self, name: str) -> pd.DataFrame:
        path = self.folder / name
        if not path.is_file():
            raise FileNotFoundError(
                f"power facts: {path} is missing; the derived power tables cannot be built without it"
            )
        return pd.read_csv(path)

    @cached_property
    def base(self) -> pd.DataFrame:
        """Capacity (GW), generation and consumption (TWh) by province and technology, 2015 and 2020."""
        table = self._read("power_base.csv")
        return table.assign(technology=table["technology"].replace(_BASE_NAMES))

    @cached_property
    def series(self) -> pd.DataFrame:
        """Provincial yearly series 2010-2022 as published."""
        return self._read("power_series.csv")

    @cached_property
    def national(self) -> pd.DataFrame:
        """National yearly series 2010-2022 as published."""
        return self._read("power_national.csv")

    @cached_property
    def assumptions(self) -> pd.DataFrame:
        """Recalled and assumed values, each with grade and source."""
        return self._read("power_assumptions.csv")

    @cached_property
    def lines(self) -> pd.DataFrame:
        return self._read("power_lines_2020.csv")

    @cached_property
    def projects(self) -> pd.DataFrame:
        return self._read("uhv_projects.csv")

    @cached_property
    def distance(self) -> pd.DataFrame:
        return self._read("line_distance.csv")

    @cached_property
    def potential(self) -> pd.DataFrame:
        return self._read("renewable_potential.csv")

    @cached_property
    def profiles(self) -> pd.DataFrame:
        return self._read("power_profiles.csv")

    @cached_property
    def coal_fleet(self) -> pd.DataFrame:
        return self._read("coal_fleet_2020.csv")

    @cached_property
    def tariffs(self) -> pd.DataFrame:
        return self._read("coal_tariffs.csv")

    @cached_property
    def region_flows(self) -> pd.DataFrame:
        return self._read("crossregion_flows.csv")

    @cached_property
    def grid_factors(self) -> pd.DataFrame:
        return self._read("grid_emission_factors.csv")

    def base_value(self, variable: str, technology: str, year: int = BASE_YEAR) -> pd.Series:
        """One variable of the base-year statistics by province."""
        table = self.base
        chosen = table[(table["variable"] == variable) & (table["technology"] == technology) & (table["year"] == year)]
        return by_province(chosen.set_index("province")["value"])

    def history(self, technology: str, variable: str = "capacity") -> pd.DataFrame:
        """Provincial series as a table province x year; what is not published is missing."""
        table = self.series
        chosen = table[(table["variable"] == variable) & (table["technology"] == technology)]
        wide = chosen.pivot_table(index="province", columns="year", values="value")
        return wide.reindex(list(PROVINCES))

    def national_value(self, variable: str, technology: str, year: int) -> float:
        table = self.national
        chosen = table[(table["variable"] == variable) & (table["technology"] == technology) & (table["year"] == year)]
        if len(chosen) != 1:
            raise LookupError(
                f"national {variable} of {technology} in {year}: {len(chosen)} rows, exactly one is needed"
            )
        return float(chosen["value"].iloc[0])

    def assumption(self, quantity: str, year: int | None = None) -> float:
        """A national recalled or assumed value."""
        table = self.assumptions
        chosen = table[(table["quantity"] == quantity) & (table["province"] == "China")]
        if year is not None:
            chosen = chosen[chosen["year"] == year]
        if len(chosen) != 1:
            raise LookupError(f"assumption {quantity} ({year}): {len(chosen)} rows, exactly one is needed")
        return float(chosen["value"].iloc[0])

    def provincial_assumption(self, quantity: str) -> pd.Series:
        table = self.assumptions
        return by_province(table[table["quantity"] == quantity].set_index("province")["value"])


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Writes one derived table in the one format that all of them share."""
    table.to_csv(path, index=False, float_format="%.8g", lineterminator="\n")
