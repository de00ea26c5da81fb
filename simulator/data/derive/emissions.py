"""CO2 of the base year and before, heat, and what the inventories leave out.

Tables: emission_factors.csv, co2_history.csv, heat.csv, process_ledger.csv, history.csv. The national basis scales
every provincial cell by one factor, because only a national total is known.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.data.derive.tables import PROVINCES, SECTORS, Matrix, in_order, matrix, read, vector, write

SECTOR_OF_INVENTORY: dict[str, str] = {
    "power_heat": "POW", "steel": "STL", "cement_process": "NMM", "nonmetallic_minerals_energy": "NMM",
    "nonferrous": "NFM", "chemicals": "CHM", "refining_coking": "REF", "coal_mining": "COA",
    "oil_gas_extraction": "COA", "paper": "OMF", "other_industry": "OMF", "construction": "CON", "agriculture": "AGR",
    "transport": "TRN", "commercial_buildings": "SRV", "residential_buildings": "SRV",
}  # fmt: skip
CARBON_VARIABLES = {"co2_mt": "co2_national_basis", "co2_provincial_basis_mt": "co2_provincial_basis"}
CEMENT_PROCESS_TCO2_PER_T = 0.2906
GJ_PER_TCE = 29.3076
GAS_POWER_GJ_PER_MWH = 7.0  # 0.39 tCO2 per MWh
CARRIERS: dict[str, str] = {"coal": "raw coal", "oil": "diesel", "gas": "natural gas"}


@dataclass(frozen=True)
class Carbon:
    """CO2 of 2020 [31, 12] in Mt on both bases, with the fill and source of each cell."""

    national: Matrix
    provincial: Matrix
    fill: NDArray[np.object_]
    source: NDArray[np.object_]


def derive(facts: Path, out: Path) -> None:
    write(emission_factors(facts), out, "emission_factors")
    write(co2_history(facts), out, "co2_history")
    write(history(facts), out, "history")
    write(heat(facts, out), out, "heat")
    write(process_ledger(facts), out, "process_ledger")


def carbon_of_cells(facts: Path, activity: Matrix) -> Carbon:
    """CO2 of 2020; what a cell without activity emits goes to OMF of the same province."""
    table = read(facts, "co2_by_sector")
    table = table[table.year == 2020]
    national = matrix(table, "province", "sector", "co2_national_basis")
    provincial = matrix(table, "province", "sector", "co2_provincial_basis")
    fill = _texts(table, "fill").copy()
    source = _texts(table, "source").copy()
    other = SECTORS.index("OMF")
    for p, s in np.argwhere((activity <= 0) & (national > 0)):
        for values in (national, provincial):
            values[p, other] += values[p, s]
            values[p, s] = 0.0
        fill[p, s] = fill[p, other] = "repaired"
        source[p, s] = "no activity, CO2 moved to OMF"
        source[p, other] += f", with that of {SECTORS[s]} (no activity)"
    return Carbon(national, provincial, fill, source)


def _texts(table: pd.DataFrame, column: str) -> NDArray[np.object_]:
    pivot = table.pivot_table(index="province", columns="sector", values=column, aggfunc="first")
    return pivot.reindex(index=list(PROVINCES), columns=list(SECTORS)).to_numpy(dtype=object)


def basis_factor(facts: Path) -> float:
    """National over provincial basis in 2020."""
    table = read(facts, "co2_by_sector")
    table = table[table.year == 2020]
    return float(table.co2_national_basis.sum() / table.co2_provincial_basis.sum())


def cement_process_mt(facts: Path, national: Matrix) -> Matrix:
    """Process part of NMM: cement x 0.2906 t/t x national over provincial basis, at most the cell's CO2; Mt [31]."""
    table = read(facts, "output_by_province")
    cement = vector(table[(table.year == 2020) & (table["product"] == "cement")])
    process = cement * CEMENT_PROCESS_TCO2_PER_T * basis_factor(facts)
    return np.minimum(process, national[:, SECTORS.index("NMM")])


def factor(facts: Path, carrier: str) -> float:
    """Emission factor in tCO2 per GJ, oxidation included."""
    table = read(facts, "fuel_properties").set_index("item")["value"]
    return float(table[f"{CARRIERS[carrier]} CO2 per energy"]) / 1000.0


def emission_factors(facts: Path) -> pd.DataFrame:
    """tCO2 per GJ: coal as raw coal, oil as diesel, gas as natural gas; biomass and electricity 0 where used."""
    guideline = "provincial greenhouse-gas inventory guideline (NDRC 2011)"
    rows = [(c, factor(facts, c), "derived", f"{guideline}: {n}, carbon content x oxidation x 44/12")
            for c, n in CARRIERS.items()]  # fmt: skip
    rows += [("biomass", 0.0, "assumed", "counted as carbon neutral (inventory convention)"),
             ("electricity", 0.0, "derived", "emissions are booked in POW")]  # fmt: skip
    table = pd.DataFrame(rows, columns=["carrier", "tco2_per_gj", "fill", "source"])
    return table.assign(unit="tCO2/GJ", year=2011)[["carrier", "tco2_per_gj", "unit", "year", "fill", "source"]]


def co2_history(facts: Path) -> pd.DataFrame:
    """CO2 by province, sector and year 2015 to 2019 on both bases, Mt; repaired cells in 2015 and 2019."""
    raw = read(facts, "co2_inventory")
    table = raw[raw.sector.isin(list(SECTOR_OF_INVENTORY))].assign(sector=lambda t: t.sector.map(SECTOR_OF_INVENTORY))
    table = table.groupby(["province", "year", "sector"], as_index=False).agg({"co2_mt": "sum"})
    table = table[table.year.between(2016, 2018)].rename(columns={"co2_mt": "co2_provincial_basis_mt"})
    totals = raw[(raw.province == "China") & (raw.sector == "total")].set_index("year")["co2_mt"]
    scale = totals / table.groupby("year")["co2_provincial_basis_mt"].sum()
    table = table.assign(co2_mt=table.co2_provincial_basis_mt * table.year.map(scale), fill="reported")
    ends = read(facts, "co2_by_sector")
    ends = ends[ends.year.isin([2015, 2019])].rename(
        columns={"co2_provincial_basis": "co2_provincial_basis_mt", "co2_national_basis": "co2_mt"})  # fmt: skip
    columns = ["province", "year", "sector", "co2_mt", "co2_provincial_basis_mt", "fill"]
    table = pd.concat([table[columns], ends[columns]]).assign(unit="MtCO2", source="CEADs inventories")
    return in_order(table.sort_values("year", kind="stable"), province=PROVINCES, sector=SECTORS)[
        ["province", "sector", "year", "co2_mt", "co2_provincial_basis_mt", "unit", "fill", "source"]]  # fmt: skip


def history(facts: Path) -> pd.DataFrame:
    """Checks for hindcasts: CO2 on both bases, steel, cement, GDP and population, 2015 to 2022."""
    carbon = co2_history(facts)
    parts = [_history_rows(carbon.rename(columns={c: "value"}), v, "MtCO2", "CEADs inventories")
             for c, v in CARBON_VARIABLES.items()]  # fmt: skip
    made = read(facts, "material_output_history").rename(columns={"quantity": "value"})
    made = made[made.province != "China"]
    parts += [_history_rows(made[made["product"] == p], p, "Mt", "NBS") for p in ("crude_steel", "cement")]
    money = read(facts, "province_economy")
    money = money[money.year >= 2015]
    gdp = money[money.variable == "gdp_nominal"].assign(value=lambda t: t.value / 10.0)
    people = money[(money.variable == "population")].assign(value=lambda t: t.value / 100.0)
    parts += [_history_rows(gdp, "gdp_nominal", "bn CNY current", "NBS"),
              _history_rows(people, "population", "million", "NBS")]  # fmt: skip
    growth = read(facts, "gdp_growth")
    growth = growth[growth.year <= 2022].rename(columns={"gdp_growth_per_year": "value"}).assign(province="China")
    parts.append(_history_rows(growth, "gdp_real_growth", "share per year", "NBS", national=False))
    return pd.concat(parts, ignore_index=True)


def _history_rows(table: pd.DataFrame, variable: str, unit: str, source: str, national: bool = True) -> pd.DataFrame:
    summed = table.groupby(["province", "year"], as_index=False).agg({"value": "sum"})
    if national:
        summed = summed[summed.province != "China"]
        whole = summed.groupby("year", as_index=False).agg({"value": "sum"}).assign(province="China")
        summed = pd.concat([summed, whole])
    summed = in_order(summed.sort_values("year", kind="stable"), province=(*PROVINCES, "China"))
    table = summed.assign(variable=variable, unit=unit, fill="reported", source=source)
    return table[["variable", "province", "year", "value", "unit", "fill", "source"]]


def power_fuel_mt(facts: Path, out: Path) -> Matrix:
    """CO2 of the fuel of electricity in 2020 by province, Mt: coal at the net coal rate, gas at 7 GJ/MWh."""
    power = read(facts, "power_base")
    power = power[(power.year == 2020) & (power.variable == "generation")]
    coal, gas = (vector(power[power.technology == t]) for t in ("coal", "gas"))
    rate_gce_per_kwh = vector(read(out, "power_balance"), "coal_rate")
    coal_tco2_per_mwh = rate_gce_per_kwh / 1000.0 * GJ_PER_TCE * factor(facts, "coal")
    return coal * coal_tco2_per_mwh + gas * GAS_POWER_GJ_PER_MWH * factor(facts, "gas")


def heat_tco2_per_gj(facts: Path, zones: pd.DataFrame) -> Matrix:
    """tCO2 per GJ of heat delivered by the province's mix of CHP, boilers and heat pumps."""
    need = read(facts, "heat_factors").set_index("supplier")
    total = np.zeros(len(zones))
    for supplier in ("chp", "coal_boiler", "gas_boiler"):
        fuel_gj = need["fuel_gj_per_gj_heat"][supplier]
        total += zones[f"{supplier}_share"].to_numpy() * fuel_gj * factor(facts, str(need["carrier"][supplier]))
    return total


def heat(facts: Path, out: Path) -> pd.DataFrame:
    """Heat output of POW, PJ: CO2 of POW less the fuel of electricity, over the CO2 of a GJ of heat; at least 0."""
    zones = read(facts, "heating_zones").set_index("province").loc[list(PROVINCES)].reset_index()
    power = read(out, "base_cells")
    rest = vector(power[power.sector == "POW"], "co2_mt") - power_fuel_mt(facts, out)
    heat_pj = np.maximum(rest, 0.0) / heat_tco2_per_gj(facts, zones)
    shares = [f"share_{s}" for s in ("winter", "spring", "summer", "autumn")]
    mix = [f"{s}_share" for s in ("chp", "coal_boiler", "gas_boiler", "heat_pump")]
    table = zones[["province"]].assign(heat_pj=heat_pj)
    table = pd.concat([table, zones[shares + mix]], axis=1)
    return table.assign(
        unit="PJ", year=2020, fill="residual",
        source=["CEADs power and heat CO2 less fuel of electricity; seasons and mix expert assumption"
                + (f"; electricity alone exceeds CO2 by {-r:.3f} Mt, heat set to 0" if r < 0 else "") for r in rest],
    )  # fmt: skip


def process_ledger(facts: Path) -> pd.DataFrame:
    """Process CO2 outside the inventories by province: activity x factor x share, Mt."""
    activities = read(facts, "ledger_activity")
    parts = [_ledger_rows(row, _ledger_share(facts, row["activity"])) for row in activities.to_dict("records")]
    table = pd.concat(parts, ignore_index=True)
    return in_order(table[table.quantity > 0].reset_index(drop=True), province=PROVINCES)


def _ledger_share(facts: Path, activity: str) -> Matrix:
    made = read(facts, "output_by_province")
    made = made[made.year == 2020]
    product = {p: vector(made[made["product"] == p]) for p in ("crude_steel", "cement", "primary_aluminium")}
    share = {p: v / v.sum() for p, v in product.items()}
    if activity == "lime":
        return np.asarray(0.4 * share["crude_steel"] + 0.6 * share["cement"])
    if activity == "anodes":
        return np.asarray(share["primary_aluminium"])
    table = read(facts, "ledger_shares")
    return vector(table[table.activity == activity], "share")


def _ledger_rows(row: dict[Any, Any], share: Matrix) -> pd.DataFrame:
    quantity = share * row["quantity"]
    rate = row["factor_tco2_per_unit"]
    sector = {"lime": "NMM", "anodes": "NFM"}.get(row["activity"], "CHM")
    return pd.DataFrame({
        "province": PROVINCES, "sector": sector, "activity": row["activity"], "quantity": quantity,
        "factor_tco2_per_unit": rate, "co2_mt": quantity * rate, "unit": row["unit"], "year": 2020,
        "fill": "proxy", "grade": "expert assumption", "source": f"{row['source']}; by province: {row['proxy']}",
    })  # fmt: skip
