"""Fuel prices by province in 2020 and national price paths: fuel_prices.csv and fuel_price_path.csv.

Prices are CNY per GJ of net calorific value, in money of 2020.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive.geography import freight_matrix
from simulator.data.derive.tables import PROVINCES, Matrix, read, vector, write

COAL_GJ_PER_T = 23.027  # 5,500 kcal/kg
ANCHOR_PROVINCE = "Tianjin"  # stands for the port of Huanghua
OWN_PROVINCE_COAL_CNY_PER_T = 25.0
GAS_DISTRIBUTION_CNY_PER_M3 = 0.75
OIL_CNY_PER_GJ = 79.0
OIL_PASS_THROUGH = 0.6
REVERSION_PER_YEAR = 0.35
PATH_YEARS = range(2015, 2061)
LAST_OBSERVED = 2022
BIOMASS_CNY_PER_GJ = {"farming": 28.0, "other": 36.0}
FARMING = ("Hebei", "Inner Mongolia", "Liaoning", "Jilin", "Heilongjiang", "Jiangsu", "Anhui", "Jiangxi", "Shandong",
           "Henan", "Hubei", "Hunan", "Guangxi", "Sichuan", "Yunnan", "Xinjiang")  # fmt: skip


def derive(facts: Path, out: Path) -> None:
    write(fuel_prices(facts), out, "fuel_prices")
    write(fuel_price_path(facts), out, "fuel_price_path")


def coal_price(facts: Path) -> Matrix:
    """Delivered coal price by province, CNY/GJ: the cheapest basin's pit price plus transport.

    Transport is grain freight times one factor, chosen so that Tianjin pays the mean 2020 price of port Huanghua; from
    the port on, by sea, grain freight counts as it stands.
    """
    pits = read(facts, "coal_pit_price")
    rows = [PROVINCES.index(p) for p in pits.province]
    freight = freight_matrix(facts)[rows]
    freight[np.arange(len(rows)), rows] = 0.0
    local = OWN_PROVINCE_COAL_CNY_PER_T / COAL_GJ_PER_T
    pit = pits.value.to_numpy(dtype=np.float64)[:, None]
    port = port_quote(facts, "Huanghua", 2020) / COAL_GJ_PER_T
    anchor = PROVINCES.index(ANCHOR_PROVINCE)
    per_cny = (port - local - pit[:, 0]) * COAL_GJ_PER_T / freight[:, anchor]
    factor = float(per_cny.max())
    by_land = (pit + local + factor * freight / COAL_GJ_PER_T).min(axis=0)
    by_sea = port + freight_matrix(facts)[anchor] / COAL_GJ_PER_T
    return np.asarray(np.minimum(by_land, by_sea))


def port_quote(facts: Path, port: str, year: int) -> float:
    """Annual mean quote at a port, CNY/t."""
    table = read(facts, "coal_port_prices")
    return float(table[table.quote.str.startswith(port) & (table.year == year)]["value"].iloc[0])


def gas_price(facts: Path) -> Matrix:
    """City-gate benchmark plus distribution, CNY/GJ."""
    properties = read(facts, "fuel_properties").set_index("item")["value"]
    gj_per_m3 = float(properties["natural gas NCV"]) / 1e6
    return (vector(read(facts, "city_gate_gas_price")) + GAS_DISTRIBUTION_CNY_PER_M3) / gj_per_m3


def fuel_prices(facts: Path) -> pd.DataFrame:
    """Price by province and carrier in 2020, CNY/GJ."""
    biomass = [BIOMASS_CNY_PER_GJ["farming" if p in FARMING else "other"] for p in PROVINCES]
    oil = np.full(len(PROVINCES), OIL_CNY_PER_GJ)
    blocks = [
        _price_rows("coal", coal_price(facts), "estimated", "recalled pit prices, freight Gao 2014, Huanghua 2020"),
        _price_rows("oil", oil, "assumed", "expert assumption: product price without consumption tax, same everywhere"),
        _price_rows("gas", gas_price(facts), "recalled", "NDRC city-gate price 2019 plus 0.75 CNY/m3 (assumed)"),
        _price_rows("biomass", np.array(biomass), "assumed", "expert assumption: 28 in farming provinces, else 36"),
    ]
    order = {p: i for i, p in enumerate(PROVINCES)}
    return pd.concat(blocks, ignore_index=True).sort_values("province", key=lambda c: c.map(order), kind="stable")


def _price_rows(carrier: str, price: Matrix, fill: str, source: str) -> pd.DataFrame:
    return pd.DataFrame({"province": PROVINCES, "carrier": carrier, "price_cny_per_gj": price,
                         "unit": "CNY/GJ", "year": 2020, "fill": fill, "source": source})  # fmt: skip


def deflator(facts: Path) -> dict[int, float]:
    """Implicit GDP deflator, 2020 = 1: nominal GDP of the provinces over real growth."""
    nominal = read(facts, "province_economy")
    total = nominal[nominal.variable == "gdp_nominal"].groupby("year")["value"].sum()
    growth = read(facts, "gdp_growth").set_index("year")["gdp_growth_per_year"]
    real = {2020: 1.0}
    for year in range(2019, 2014, -1):
        real[year] = real[year + 1] / (1.0 + float(growth[year + 1]))
    for year in (2021, 2022):
        real[year] = real[year - 1] * (1.0 + float(growth[year]))
    return {y: float(total[y]) / float(total[2020]) / real[y] for y in real}


def coal_multipliers(facts: Path) -> dict[int, float]:
    """Coal 2015 to 2022 in money of 2020: mean of a market quote (Huanghua) and a contract-like one (Qinhuangdao)."""
    level = deflator(facts)
    return {y: 0.5 * sum(port_quote(facts, p, y) / port_quote(facts, p, 2020) for p in ("Huanghua", "Qinhuangdao"))
            / level[y] for y in range(2015, LAST_OBSERVED + 1)}  # fmt: skip


def oil_gas_multipliers(facts: Path, carrier: str) -> dict[int, float]:
    """Oil: 0.6 of the change of Brent passes to products, deflated; gas: the assumed index as it stands."""
    table = read(facts, "oil_gas_price_index")
    quote = table[table.carrier == carrier].set_index("year")["value"]
    seen = range(2015, LAST_OBSERVED + 1)
    if carrier == "gas":
        return {y: float(quote[y]) for y in seen}
    level = deflator(facts)
    return {y: (1.0 + OIL_PASS_THROUGH * (quote[y] / quote[2020] - 1.0)) / level[y] for y in seen}


def continued(observed: dict[int, float]) -> list[float]:
    """The observed multipliers, then a return to 1 by 35 % of the gap a year (no price after 2022 is observed)."""
    path = [observed[y] for y in PATH_YEARS if y <= LAST_OBSERVED]
    for _ in range(LAST_OBSERVED + 1, PATH_YEARS.stop):
        path.append(1.0 + (path[-1] - 1.0) * (1.0 - REVERSION_PER_YEAR))
    return path


def fuel_price_path(facts: Path) -> pd.DataFrame:
    """National multiplier on the 2020 price by carrier and year, 2015 to 2060."""
    paths = {
        "coal": (coal_multipliers(facts), "reported", "port quotes Huanghua and Qinhuangdao, deflated"),
        "oil": (oil_gas_multipliers(facts, "oil"), "recalled", "Brent annual mean, 0.6 passed through, deflated"),
        "gas": (oil_gas_multipliers(facts, "gas"), "assumed", "expert assumption on regulated prices"),
        "biomass": (dict.fromkeys(PATH_YEARS, 1.0), "assumed", "expert assumption: constant"),
    }
    blocks = []
    for carrier, (observed, fill, source) in paths.items():
        seen = [y <= LAST_OBSERVED for y in PATH_YEARS]
        blocks.append(pd.DataFrame({
            "carrier": carrier, "year": list(PATH_YEARS), "multiplier": continued(observed), "unit": "2020 = 1",
            "fill": [fill if s else "assumed" for s in seen],
            "source": [source if s else "expert assumption: return to the level of 2020" for s in seen],
        }))  # fmt: skip
    return pd.concat(blocks, ignore_index=True)
