"""Provinces, distances and freight: provinces.csv, distance.csv, freight.csv."""

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive.tables import PROVINCES, Matrix, matrix, read, vector, write

OWN_PROVINCE_HAUL_KM = 150.0
RAIL_CNY_PER_TKM = 0.15
CAPACITY_RANGE = (0.25, 0.80)


def derive(facts: Path, out: Path) -> None:
    write(provinces(facts), out, "provinces")
    write(distance(facts), out, "distance")
    write(freight(facts), out, "freight")


def provinces(facts: Path) -> pd.DataFrame:
    """One row per province; population in million, GDP in bn CNY of 2020."""
    geo = read(facts, "province_geo").set_index("province").loc[list(PROVINCES)].reset_index()
    tile = read(facts, "tile_grid").set_index("province").loc[list(PROVINCES)].reset_index()
    research, official = planning_capacity(facts)
    return pd.DataFrame({
        "province": geo.province, "name_zh": geo.name_cn, "abbreviation": geo.abbr, "adcode": geo.adcode,
        "latitude_deg": geo.capital_lat_deg, "longitude_deg": geo.capital_lon_deg, "grid_region": geo.grid_region,
        "coastal": (geo.sea_coast == "yes").astype(int), "tile_row": tile.row, "tile_col": tile.col,
        "population_million": population_million(facts), "gdp_bn_cny": gdp_bn_cny(facts),
        "research_capacity": research.round(3), "official_capacity": official.round(3),
        "note": "capacities: expert assumption (proxy rule in docs/data.md); population and GDP: NBS 2020",
    })  # fmt: skip


def economy_of_2020(facts: Path, variable: str, year: int = 2020) -> Matrix:
    table = read(facts, "province_economy")
    return vector(table[(table.variable == variable) & (table.year == year)])


def population_million(facts: Path, year: int = 2020) -> Matrix:
    return economy_of_2020(facts, "population", year) / 100.0


def gdp_bn_cny(facts: Path, year: int = 2020) -> Matrix:
    """Nominal GDP of a province, bn CNY."""
    return economy_of_2020(facts, "gdp_nominal", year) / 10.0


def planning_capacity(facts: Path) -> tuple[Matrix, Matrix]:
    """Research and official capacity of each province, index 0 to 1 (expert assumption by proxy).

    Research capacity is linear in the logarithm of the R&D share of GDP (2019), official capacity in the logarithm of
    GDP per head (2020); both lines are least squares through the four anchor provinces, which keep their anchor.
    """
    rd_share = economy_of_2020(facts, "rd_share_of_gdp", 2019)
    rd_share[rd_share == 0] = rd_share[rd_share > 0].min()  # Tibet is not in the series
    income = gdp_bn_cny(facts) / population_million(facts)
    return _anchored(np.log(rd_share), facts), _anchored(np.log(income), facts)


def _anchored(proxy: Matrix, facts: Path) -> Matrix:
    anchors = read(facts, "planning_capacity_anchors")
    rows = [PROVINCES.index(p) for p in anchors.province]
    slope, level = np.polyfit(proxy[rows], anchors.capacity.to_numpy(), 1)
    capacity = np.clip(level + slope * proxy, *CAPACITY_RANGE)
    capacity[rows] = anchors.capacity
    return np.asarray(capacity, dtype=np.float64)


def symmetric(facts: Path, column: str) -> Matrix:
    """A pair table of facts as a symmetric array [31, 31] with zero diagonal."""
    pairs = read(facts, "province_distance")
    half = matrix(pairs, "origin", "destination", column, PROVINCES, PROVINCES)
    return half + half.T


def _pairs(**columns: Matrix) -> pd.DataFrame:
    table = pd.DataFrame([(o, d) for o in PROVINCES for d in PROVINCES], columns=["origin", "destination"])
    return table.assign(**{name: values.ravel() for name, values in columns.items()})


def distance(facts: Path) -> pd.DataFrame:
    """Great-circle distance of capitals and common border for all ordered pairs."""
    table = _pairs(great_circle_km=symmetric(facts, "great_circle_km"), shared_border=symmetric(facts, "shares_border"))
    return table.assign(shared_border=table.shared_border.astype(int))


def freight_matrix(facts: Path) -> Matrix:
    """Freight cost [origin, destination], CNY/t; a haul inside a province is taken as 150 km by rail."""
    cost = symmetric(facts, "freight_cost_cny_per_t")
    np.fill_diagonal(cost, OWN_PROVINCE_HAUL_KM * RAIL_CNY_PER_TKM)
    return cost


def freight(facts: Path) -> pd.DataFrame:
    table = _pairs(cost_cny_per_t=freight_matrix(facts))
    own = table.origin == table.destination
    source = "least-cost multimodal grain freight, Gao Shoujie 2014"
    return table.assign(
        unit="CNY/t", year=2014, fill=np.where(own, "assumed", "derived"),
        source=np.where(own, "150 km by rail at 0.15 CNY per t km", source),
    )  # fmt: skip
