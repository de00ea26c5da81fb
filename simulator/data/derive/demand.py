"""Exogenous growth of final demand: final_demand_growth.csv and regional_growth.csv.

Growth is an assumption about demand only; no emission path, share of a technology or peak year enters.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive.geography import gdp_bn_cny, population_million
from simulator.data.derive.tables import PROVINCES, SECTORS, Matrix, read, write

CONVERGENCE_PER_LOG_POINT = 0.006
FADE_BY_YEAR: dict[int, float] = {2016: 1.0, 2021: 1.0, 2031: 0.7, 2041: 0.4, 2051: 0.2}
LAST_YEAR = 2060


def derive(facts: Path, out: Path) -> None:
    write(final_demand_growth(facts, out), out, "final_demand_growth")
    write(regional_growth(facts), out, "regional_growth")


def step(table: pd.DataFrame, year: int, column: str) -> float:
    """The value of `column` in the last row whose year is not after `year`."""
    return float(table[table.year <= year][column].iloc[-1])


def final_demand_growth(facts: Path, out: Path) -> pd.DataFrame:
    """Growth of domestic final demand by sector from a year on, share per year.

    The mean over domestic demand and exports equals GDP growth. Weights are those of 2020, carried along forwards by
    each year's growth and backwards by its inverse.
    """
    national = read(facts, "gdp_growth")
    differential = read(facts, "demand_differentials")
    rows: dict[int, Matrix] = {}
    for years, forward in ((range(2020, 2015, -1), False), (range(2021, LAST_YEAR + 1), True)):
        domestic, exports = final_demand_of_2020(out)
        for year in years:
            above = np.array([step(differential[differential.sector == s], year, "differential_per_year")
                              for s in SECTORS])  # fmt: skip
            abroad = step(national, year, "exports_growth_per_year")
            mean = step(national, year, "gdp_growth_per_year")
            home = mean + (mean - abroad) * exports / domestic.sum()
            rows[year] = home + above - float(above @ domestic / domestic.sum())
            domestic = domestic * (1.0 + rows[year]) if forward else domestic / (1.0 + rows[year])
            exports = exports * (1.0 + abroad) if forward else exports / (1.0 + abroad)
    return _growth_table(national, rows)


def final_demand_of_2020(out: Path) -> tuple[Matrix, float]:
    """Consumption plus investment by sector, and exports in total, bn CNY."""
    table = read(out, "final_demand")
    home = (table.consumption + table.investment).groupby(table.sector).sum()
    return home.reindex(list(SECTORS)).to_numpy(dtype=np.float64), float(table.exports.sum())


def _growth_table(national: pd.DataFrame, rows: dict[int, Matrix]) -> pd.DataFrame:
    """One row per sector and year until 2025, then every fifth year from 2026 with the mean of its period."""
    blocks = []
    starts = [*range(2016, 2026), *range(2026, LAST_YEAR, 5)]
    for year in starts:
        span = range(year, year + 1 if year < 2026 else min(year + 5, LAST_YEAR + 1))
        blocks.append(pd.DataFrame({
            "sector": SECTORS, "year": year, "growth_per_year": np.mean([rows[y] for y in span], axis=0),
            "exports_growth_per_year": step(national, year, "exports_growth_per_year"), "unit": "share per year",
            "fill": "assumed",
            "source": "GDP growth NBS; sectors expert assumption" if year < 2023 else "expert assumption",
        }))  # fmt: skip
    return pd.concat(blocks, ignore_index=True)


def regional_growth(facts: Path) -> pd.DataFrame:
    """Difference of a province's growth of demand from the national one, share per year, GDP-weighted mean zero.

    Demand per head catches up by -0.006 x ln(GDP per head over the GDP-weighted mean) (expert assumption), heads grow
    as between the censuses of 2010 and 2020; both differences fade by decade (expert assumption).
    """
    gdp, heads = gdp_bn_cny(facts), population_million(facts)
    per_head = -CONVERGENCE_PER_LOG_POINT * np.log(gdp / heads)
    growth = per_head + np.log(heads / population_million(facts, 2010)) / 10.0
    difference = growth - float(growth @ gdp / gdp.sum())
    blocks = [pd.DataFrame({
        "province": PROVINCES, "year": year, "growth_difference_per_year": fade * difference, "unit": "share per year",
        "fill": "assumed", "source": "population 2010 and 2020 (NBS); expert assumption on GDP per head 2020 (NBS)",
    }) for year, fade in FADE_BY_YEAR.items()]  # fmt: skip
    return pd.concat(blocks, ignore_index=True)
