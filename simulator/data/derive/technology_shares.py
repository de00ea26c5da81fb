"""Which share of a cell's base-year capacity stands in which route (sectors other than power).

Steel comes from the plant list; aluminium from output, captive coal capacity and the national self-generated share;
chemicals from a coal-mining proxy; sectors sold by value from national shares, moved by income per head.
Only cells with output have rows, and the shares of a cell add up to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from simulator.data.derive.tables import PROVINCES, SECTORS, in_order, read

BASE_YEAR, INVENTORY_YEAR = 2020, 2019
INCOME_RANGE = (0.5, 1.8)
DECIMALS = 6
INCOME_ROUTES = {"TRN": "electric", "SRV": "electric", "CON": "electric", "AGR": "electric"}
INCUMBENT = {"NMM": "kiln", "REF": "conventional", "COA": "conventional", "OMF": "fossil_heat", "CON": "fossil",
             "AGR": "fossil", "TRN": "fossil", "SRV": "fossil"}  # fmt: skip
COLUMNS = ["province", "sector", "route", "capacity_share", "unit", "year", "fill", "source"]
Shares = dict[str, float]


def route_shares(facts: Path) -> pd.DataFrame:
    """Province x sector x route table of capacity shares of the base year."""
    output = read(facts, "output_by_province").query("year == @BASE_YEAR")
    assumed = read(facts, "route_share_assumptions")
    parts = [
        steel_shares(read(facts, "steel_plants"), output),
        aluminium_shares(read(facts, "coal_fleet_2020"), output, assumed),
        chemical_shares(read(facts, "co2_inventory"), output, assumed),
        *(value_shares(sector, output, assumed, _income(facts)) for sector in INCUMBENT),
    ]
    routes = tuple(dict.fromkeys(pd.read_csv(facts.parent / "routes.csv")["route"]))
    return in_order(pd.concat(parts, ignore_index=True), province=PROVINCES, sector=SECTORS, route=routes)


def rows_of(province: str, sector: str, shares: Shares, fill: str, source: str) -> list[tuple[object, ...]]:
    """Rows of one cell; the last share is what the rounded others leave, so that the cell adds up to 1."""
    rounded = {route: round(share, DECIMALS) for route, share in shares.items()}
    largest = max(rounded, key=lambda route: rounded[route])
    rounded[largest] = round(1.0 - sum(share for route, share in rounded.items() if route != largest), DECIMALS)
    return [(province, sector, route, share, "share of capacity", BASE_YEAR, fill, source)
            for route, share in rounded.items() if share > 0.0]  # fmt: skip


def table_of(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """The rows of `rows_of` as a table."""
    return pd.DataFrame(rows, columns=COLUMNS)


def product(output: pd.DataFrame, name: str) -> pd.Series[float]:
    """Output of one product by province (Mt or bn CNY), 0 where there is none."""
    return output[output["product"] == name].set_index("province")["value"].reindex(list(PROVINCES)).fillna(0.0)


def national(assumed: pd.DataFrame, sector: str, route: str, quantity: str) -> float:
    """One national figure of `route_share_assumptions`."""
    chosen = assumed[(assumed["sector"] == sector) & (assumed["route"] == route) & (assumed["quantity"] == quantity)]
    if len(chosen) != 1:
        raise ValueError(f"route_share_assumptions.csv: {sector} {route} {quantity} has {len(chosen)} rows, needs 1")
    return float(chosen["value"].iloc[0])


def steel_shares(plants: pd.DataFrame, output: pd.DataFrame) -> pd.DataFrame:
    """Arc-furnace share of the plants listed; the national share where steel is made and no plant is listed."""
    listed = plants.groupby("province")[["bof_capacity", "eaf_capacity"]].sum().reindex(list(PROVINCES)).fillna(0.0)
    country = float(listed["eaf_capacity"].sum() / listed.to_numpy().sum())
    steel, rows = product(output, "crude_steel"), []
    for province in PROVINCES:
        if steel[province] <= 0.0:
            continue
        basic, arc = float(listed["bof_capacity"][province]), float(listed["eaf_capacity"][province])
        share, fill = (arc / (basic + arc), "reported") if basic + arc > 0.0 else (country, "proxy")
        rows += rows_of(province, "STL", {"bf_bof": 1.0 - share, "scrap_eaf": share}, fill,
                        "Global Energy Monitor steel plant list 2025 (CC BY 4.0), sites started by 2020")  # fmt: skip
    return table_of(rows)


def aluminium_shares(fleet: pd.DataFrame, output: pd.DataFrame, assumed: pd.DataFrame) -> pd.DataFrame:
    """Captive and grid smelters, recycled aluminium and other metals by tonnes.

    Captive output is a fixed number of tonnes per GW of captive coal, at most a province's output, so that the country
    meets its self-generated share. Recycled aluminium is part of the tonnes that are not primary aluminium and is
    spread as they are (fabricating provinces), so that the tonnes of a cell stay those of its output.
    """
    primary, other = product(output, "primary_aluminium"), product(output, "other_nonferrous")
    captive_gw = fleet[fleet["ownership"] == "captive"].groupby("province")["capacity"].sum()
    captive_gw = captive_gw.reindex(list(PROVINCES)).fillna(0.0)
    target = national(assumed, "NFM", "smelter_captive", "self_generated_share") * float(primary.sum())

    def captive_output(mt_per_gw: float) -> float:
        return float(primary.clip(upper=captive_gw * mt_per_gw).sum())

    captive = primary.clip(upper=captive_gw * solve_increasing(target, 0.0, 20.0, captive_output))
    recycled = other / float(other.sum()) * national(assumed, "NFM", "recycled_aluminium", "output")
    tonnes = pd.DataFrame({"smelter_grid": primary - captive, "smelter_captive": captive,
                           "recycled_aluminium": recycled, "other_nonferrous": other - recycled})  # fmt: skip
    source = "tonnes by product; captive share: International Aluminium Institute and GEM captive coal (CC BY 4.0)"
    rows: list[tuple[object, ...]] = []
    for province, cell in tonnes[tonnes.sum(axis=1) > 0.0].iterrows():
        shares = {str(route): float(value / cell.sum()) for route, value in cell.items()}
        rows += rows_of(str(province), "NFM", shares, "estimated", source)
    return table_of(rows)


def chemical_shares(inventory: pd.DataFrame, output: pd.DataFrame, assumed: pd.DataFrame) -> pd.DataFrame:
    """Coal-based share rising with coal mining per chemical output, from a floor, with the national mean fixed.

    share = floor + (1 - floor) x r / (r + r0), where r is mining CO2 over chemical output and r0 meets the mean.
    """
    floor = national(assumed, "CHM", "coal_based", "floor_share")
    mean = national(assumed, "CHM", "coal_based", "national_share")
    chemicals = product(output[output["sector"] == "CHM"], "gross_output")
    mined = inventory[(inventory["sector"] == "coal_mining") & (inventory["year"] == INVENTORY_YEAR)]
    mining = mined.set_index("province")["co2_mt"].reindex(list(PROVINCES)).fillna(0.0)
    ratio = (mining / chemicals.where(chemicals > 0.0)).fillna(0.0)

    def coal_share(sensitivity: float) -> pd.Series[float]:
        return floor + (1.0 - floor) * ratio * sensitivity / (ratio * sensitivity + 1.0)

    def mean_share(sensitivity: float) -> float:
        return float((coal_share(sensitivity) * chemicals).sum() / chemicals.sum())

    share = coal_share(solve_increasing(mean, 0.0, 1e9, mean_share))
    source = "proxy: CEADs coal-mining CO2 2019 over chemical output; national share: expert assumption"
    rows = [row for province in PROVINCES if chemicals[province] > 0.0
            for row in rows_of(province, "CHM", {"coal_based": share[province], "oil_gas_based": 1.0 - share[province]},
                               "proxy", source)]  # fmt: skip
    return table_of(rows)


def value_shares(sector: str, output: pd.DataFrame, assumed: pd.DataFrame, income: pd.Series[float]) -> pd.DataFrame:
    """National shares of the newer routes; electric shares of cohorts scale with income per head within bounds."""
    size = product(output[output["sector"] == sector], "cement" if sector == "NMM" else "gross_output")
    chosen = assumed[(assumed["sector"] == sector) & (assumed["quantity"] == "national_share")]
    rows: list[tuple[object, ...]] = []
    for province in PROVINCES:
        if size[province] <= 0.0:
            continue
        factor = float(income[province])
        newer = {str(route): float(value) * (factor if INCOME_ROUTES.get(sector) == route else 1.0)
                 for route, value in zip(chosen["route"], chosen["value"], strict=True)}  # fmt: skip
        rows += rows_of(province, sector, {INCUMBENT[sector]: 1.0 - sum(newer.values()), **newer}, "assumed",
                        "expert assumption; electric shares of cohorts scale with provincial income (NBS)")  # fmt: skip
    return table_of(rows)


def _income(facts: Path) -> pd.Series[float]:
    """GDP per head over the national mean in the base year, within `INCOME_RANGE`."""
    economy = read(facts, "province_economy").query("year == @BASE_YEAR")
    wide = economy.pivot_table(index="province", columns="variable", values="value").reindex(list(PROVINCES))
    relative = wide["gdp_nominal"] / wide["population"] * (wide["population"].sum() / wide["gdp_nominal"].sum())
    return relative.clip(*INCOME_RANGE)


def solve_increasing(target: float, low: float, high: float, value_at: Callable[[float], float]) -> float:
    """Where the increasing `value_at` takes the value `target` on [low, high]; 200 halvings, exact to the last digits.

    Worked value: target 9 of x * x on [0, 10] gives 3.
    """
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if value_at(middle) < target else (low, middle)
    return 0.5 * (low + high)
