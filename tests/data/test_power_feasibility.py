"""Do the base flows fit what every province can make and use in 2020, block by block and season by season?

Block by block one linear programme each, season by season a balance.

Firm plants: coal and gas at 0.9, biomass at 0.8 of capacity; must-run: nuclear, 30 % of the season's water, and in the
north in winter a quarter of coal for heat. Water and pumped storage move within a season, wind and sun may idle.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import simulator
from simulator.data.derive.power_flows import net_export

DATA = Path(simulator.__file__).parent / "data"
BLOCKS, SEASONS = 24, ("winter", "spring", "summer", "autumn")
HEATING = {
    "Beijing", "Tianjin", "Hebei", "Shanxi", "Inner Mongolia", "Liaoning", "Jilin", "Heilongjiang", "Shandong", "Henan",
    "Shaanxi", "Gansu", "Qinghai", "Ningxia", "Xinjiang",
}  # fmt: skip


class Year2020:
    """The shipped tables, arranged by province and block."""

    def __init__(self) -> None:
        self.hours = pd.read_csv(DATA / "blocks.csv")["hours"].to_numpy()
        self.balance = pd.read_csv(DATA / "power_balance.csv").set_index("province")
        self.profiles = pd.read_csv(DATA / "block_profiles.csv")
        table = pd.read_csv(DATA / "power_capacity.csv")
        added = table["capacity_gw"] - table["capacity_previous_gw"]
        table["effective"] = table["capacity_previous_gw"] + table["first_year_share"] * added
        self.capacity = table.set_index(["province", "technology"])
        lines = pd.read_csv(DATA / "lines.csv").query("year == 2020").reset_index(drop=True)
        shapes = pd.read_csv(DATA / "line_shapes.csv").pivot_table(index="line", columns="season", values="relative")
        relative = shapes.loc[lines["line"], list(SEASONS)].to_numpy()
        flow_gw = lines["base_flow_twh"].to_numpy()[:, None] * relative / 8.76
        self.season_flow_gw, self.line_capacity_gw = flow_gw, lines["capacity_gw"].to_numpy()
        self.imports_gw = -np.repeat(np.array([net_export(lines, flow_gw[:, s]) for s in range(4)]), 6, axis=0)

    def plant(self, province: str, technology: str) -> tuple[float, float]:
        row = self.capacity.loc[(province, technology)]
        return float(row["effective"]), float(row["capacity_factor"])

    def available(self, province: str, technology: str) -> np.ndarray:
        shape = self.profiles[self.profiles["province"] == province][f"{technology}_relative"].to_numpy()
        gw, factor = self.plant(province, technology)
        return gw * factor * shape


def unserved_and_spilled_twh(year: Year2020, index: int, province: str) -> tuple[float, float]:
    """Least energy not served (or not absorbed) and water spilled, TWh.

    Columns by block: firm, water, wind and sun, nuclear, discharge, charge, unserved, must-run excess.
    """
    hours, one = year.hours, np.ones(BLOCKS)
    row = year.balance.loc[province]
    shape = year.profiles[year.profiles["province"] == province]["load_relative"].to_numpy()
    load = (row["load_twh"] - row["storage_charging_twh"]) / 8.76 * shape
    coal, gas, biomass = (year.plant(province, name)[0] for name in ("coal", "gas", "biomass"))
    water = year.available(province, "hydro")
    renewable = sum(year.available(province, name) for name in ("onshore_wind", "offshore_wind", "solar"))
    nuclear = np.prod(year.plant(province, "nuclear"))
    pumped = year.plant(province, "pumped")[0]
    heat = np.where(np.arange(BLOCKS) < 6, 0.25 * coal if province in HEATING else 0.0, 0.0)
    low = np.concatenate([heat, 0.3 * water, 0 * one, 0.8 * nuclear * one, np.zeros(4 * BLOCKS)])
    top = [(0.9 * coal + 0.9 * gas + 0.8 * biomass) * one, 0.95 * year.plant(province, "hydro")[0] * one, renewable]
    top += [nuclear * one, pumped * one, pumped * one, np.inf * one, np.inf * one]
    cost = np.concatenate([0 * one, -1e-3 * hours, -2e-3 * hours, 0 * one, 0 * one, 1e-3 * hours, hours, hours])
    signs = (1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0, -1.0)
    serve = np.hstack([sign * np.eye(BLOCKS) for sign in signs])
    season = np.kron(np.eye(4), np.ones(6)) * hours
    none = np.zeros((4, BLOCKS))
    seasonal_water = np.hstack([none, season, *[none] * 6])
    storage = np.hstack([*[none] * 4, season, -0.75 * season, none, none])
    result = linprog(
        cost,
        A_ub=seasonal_water,
        b_ub=season @ water,
        A_eq=np.vstack([serve, storage]),
        b_eq=np.concatenate([load - year.imports_gw[:, index], np.zeros(4)]),
        bounds=np.column_stack([low, np.maximum(low, np.concatenate(top))]),
        method="highs",
    )
    assert result.status == 0, f"{province}: {result.message}"
    columns = result.x.reshape(8, BLOCKS)
    return float((columns[6] + columns[7]) @ hours) / 1e3, float((water - columns[1]) @ hours) / 1e3


@pytest.fixture(scope="module")
def outcome() -> pd.DataFrame:
    year = Year2020()
    rows = {p: unserved_and_spilled_twh(year, i, p) for i, p in enumerate(year.balance.index)}
    return pd.DataFrame(rows, index=["unserved", "spilled"]).T


def test_every_block_of_every_province_can_be_served(outcome: pd.DataFrame) -> None:
    assert (outcome["unserved"] < 1e-6).all(), outcome[outcome["unserved"] >= 1e-6]


def test_only_tibet_spills_water(outcome: pd.DataFrame) -> None:
    assert (outcome["spilled"].drop("Tibet") < 0.01).all(), outcome[outcome["spilled"] >= 0.01]
    assert outcome.loc["Tibet", "spilled"] < 1.0


def made_twh(year: Year2020) -> pd.DataFrame:
    """Generation of 2020, province x technology, TWh."""
    return year.capacity.pivot_table(index="province", columns="technology", values="generation_twh")


def coal_by_season(year: Year2020) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is left to coal in each season and its year spread like load, TWh; gas, biomass, nuclear, storage even."""
    made = made_twh(year)
    left, spread = {}, {}
    for index, (province, row) in enumerate(year.balance.iterrows()):
        own, shape = made.loc[province], year.profiles[year.profiles["province"] == province]
        load = (row["load_twh"] - row["storage_charging_twh"]) * shape["load_relative"].to_numpy()
        free = sum(
            own[t] * shape[f"{t}_relative"].to_numpy() for t in ("hydro", "onshore_wind", "offshore_wind", "solar")
        )
        even = own["gas"] + own["biomass"] + own["nuclear"] + own["pumped"] - row["storage_charging_twh"]
        rest = (load - free - even) / 8760.0 - year.imports_gw[:, index] / 1000.0
        left[province] = (rest * year.hours).reshape(4, 6).sum(axis=1)
        spread[province] = (own["coal"] * shape["load_relative"].to_numpy() * year.hours).reshape(4, 6).sum(
            axis=1
        ) / 8760.0
    return (pd.DataFrame(table, index=pd.Index(SEASONS)).T for table in (left, spread))


def test_seasons_leave_to_coal_what_coal_made() -> None:
    year = Year2020()
    left, spread = coal_by_season(year)
    made = made_twh(year)["coal"].reindex(left.index)
    assert np.allclose(left.sum(axis=1), made, atol=0.01)
    large = made[made > 20.0].index
    assert (abs(left / spread - 1.0).loc[large] < 0.4).all(axis=None)
    assert (left.drop("Tibet") > 0.0).all(axis=None)
    assert left.loc["Tibet"].min() > -0.5


def test_no_line_is_asked_for_more_than_nine_tenths_of_it_in_a_season() -> None:
    year = Year2020()
    assert (abs(year.season_flow_gw).max(axis=1) <= 0.9 * year.line_capacity_gw + 1e-4).all()
