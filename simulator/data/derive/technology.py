"""Technology tables that follow from facts: route shares, vintages, cost paths, deployment in the rest of the world.

Hand-made tables (routes, parameters, resources) are primary: they lie in the data folder, above the facts.
Capital costs are CNY per kW, capacity shares are of a cell's base-year capacity, deployment is cumulative.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive.tables import read, write
from simulator.data.derive.technology_shares import route_shares

BASE_YEAR, FIRST_YEAR, LAST_YEAR = 2020, 2015, 2060
BATTERY_HOURS = 4
OLD_SITE_BEFORE = 1990
REBUILT = ((1990, 1994), (1995, 1999), (2000, 2004), (2005, 2009))
STEEL_BINS = (*REBUILT, (2010, 2014), (2015, 2020))
STEEL_SOURCE = "Global Energy Monitor steel plant list 2025 (CC BY 4.0); sites begun before 1990 count as rebuilt"
CEMENT_SOURCE = "China Cement Association clinker capacity 2006, 2013, 2020: differences of the stock"
COST_SOURCE = "routes.csv times the index of the PyPSA-China-PIK cost data (CC BY 4.0)"
COST_PATH_OF_ROUTE = {
    "coal_subcritical": "coal", "coal_supercritical": "coal", "coal_ultra": "coal", "gas": "gas", "nuclear": "nuclear",
    "onshore_wind": "onshore_wind", "offshore_wind": "offshore_wind", "solar": "solar", "battery": "battery",
}  # fmt: skip


def derive(facts: Path, out: Path) -> None:
    """Write route_shares, vintages, technology_costs and world_deployment to `out`."""
    routes = pd.read_csv(facts.parent / "routes.csv")
    write(route_shares(facts), out, "route_shares")
    write(vintages(facts), out, "vintages")
    write(technology_costs(read(facts, "technology_cost_path"), routes), out, "technology_costs")
    write(world_deployment(read(facts, "world_deployment_anchors")), out, "world_deployment")


def vintages(facts: Path) -> pd.DataFrame:
    """Histogram of build years per sector; the shares of a sector add up to 1."""
    steel = _histogram("STL", steel_vintages(read(facts, "steel_plants")), STEEL_SOURCE)
    cement = _histogram("NMM", cement_vintages(read(facts, "clinker_capacity")), CEMENT_SOURCE)
    return pd.concat([steel, cement, read(facts, "industry_vintage_assumptions")], ignore_index=True)


def _histogram(sector: str, shares: dict[tuple[int, int], float], source: str) -> pd.DataFrame:
    rows = [(sector, first, last, round(share, 6), "share of capacity", BASE_YEAR, "derived", source)
            for (first, last), share in shares.items()]  # fmt: skip
    columns = ["sector", "build_year_from", "build_year_to", "share", "unit", "year", "fill", "source"]
    return pd.DataFrame(rows, columns=columns)


def steel_vintages(plants: pd.DataFrame) -> dict[tuple[int, int], float]:
    """Share of capacity by start year; what is older than 1990 spreads over 1990-2009 as the capacity begun there.

    No furnace of the fifties still stands: the start year of a site says little of its plant (relining ages are drawn).
    """
    size = plants["bof_capacity"] + plants["eaf_capacity"]
    binned = {b: float(size[plants["start_year"].between(*b)].sum()) for b in STEEL_BINS}
    old = float(size[plants["start_year"] < OLD_SITE_BEFORE].sum())
    rebuilt = sum(binned[b] for b in REBUILT)
    spread = {b: c * (1.0 + old / rebuilt) if b in REBUILT else c for b, c in binned.items()}
    total = sum(spread.values())
    return {b: c / total for b, c in spread.items()}


def cement_vintages(clinker: pd.DataFrame) -> dict[tuple[int, int], float]:
    """Build years from the growth of the clinker stock: 2006, 2013, 2020.

    Worked value: (1700 - 525.58) / 1830 = 0.642 of the stock of 2020 was built in 2007-2013.
    """
    stock = clinker.set_index("year")["capacity"]
    early, middle, late = float(stock[2006]), float(stock[2013]), float(stock[BASE_YEAR])
    return {(1998, 2006): early / late, (2007, 2013): (middle - early) / late, (2014, 2020): (late - middle) / late}


def technology_costs(path: pd.DataFrame, routes: pd.DataFrame) -> pd.DataFrame:
    """Capital cost of the base year times the index of the literature's path, every five years (CNY per kW)."""
    power = routes[routes["sector"] == "POW"].set_index("route")["capex_cny"]
    index = _cost_index(path)
    rows = [
        ("POW", route, year, round(float(power[route]) * float(ratio), 1), "CNY per kW", "projected", COST_SOURCE)
        for route, name in COST_PATH_OF_ROUTE.items()
        for year, ratio in zip(index.index.to_list(), index[name], strict=True)
    ]
    return pd.DataFrame(rows, columns=["sector", "route", "year", "capex_cny", "unit", "fill", "source"])


def _cost_index(path: pd.DataFrame) -> pd.DataFrame:
    """Year x technology, 1 in the base year; a battery is `BATTERY_HOURS` of storage and one inverter."""
    costs = path.pivot_table(index="year", columns="technology", values="value")
    costs["battery"] = BATTERY_HOURS * costs["battery storage"] + costs["battery inverter"]
    return costs / costs.loc[BASE_YEAR]


def world_deployment(anchors: pd.DataFrame) -> pd.DataFrame:
    """Yearly cumulative capacity outside China, growing at a constant rate between the anchors."""
    tables = [_deployment_path(str(name), group) for name, group in anchors.groupby("technology", sort=False)]
    return pd.concat(tables, ignore_index=True)


def _deployment_path(technology: str, anchors: pd.DataFrame) -> pd.DataFrame:
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    known, level = anchors["year"].to_numpy(), anchors["capacity"].to_numpy(dtype=float)
    capacity = np.exp(np.interp(years, known, np.log(level)))
    fill = np.where(np.isin(years, known[known <= 2022]), "recalled", np.where(years <= 2022, "estimated", "assumed"))
    source = np.where(years <= 2022, anchors["source"].iloc[0], anchors["source"].iloc[-1])
    return pd.DataFrame({"route": technology, "year": years, "capacity": capacity, "unit": anchors["unit"].iloc[0],
                         "fill": fill, "source": source})  # fmt: skip
