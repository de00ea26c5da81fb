"""Outcomes of provinces, of sectors of the whole country, and of sectors of provinces, one value per member.

How many years a province runs behind the country is told by CO2 per GDP, with the electricity that it uses where the
run holds that (`simulator/analysis/progress.py`); a sector of a province, by CO2 per output
(`simulator/analysis/lag.py`). The country is that of the same member, so a policy that speeds the country up and leaves
a place as it was makes it lag more.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.analysis.lag import lags
from simulator.analysis.outcomes import Outcome, Place, at_years, values
from simulator.analysis.progress import provinces_behind
from simulator.analysis.run_tables import RunTables, quoted

YEARS = (2035, 2050)
LAG = Outcome("behind the country", "years", "", "", YEARS[0])


def _each(table: str, *columns: tuple[str, str, str]) -> list[Outcome]:
    """Outcomes of each of the usual years; columns: label, unit, name."""
    return [Outcome(label, unit, table, column, year) for label, unit, column in columns for year in YEARS]


OF_PROVINCES = (
    *_each("provinces", ("CO2", "Mt", "co2_mt")),
    Outcome("CO2, all years", "Mt", "provinces", "co2_mt", 0),
    *_each(
        "provinces",
        ("CO2 with electricity used", "Mt", "co2_electricity_adjusted_mt"),
        ("CO2 by consumption", "Mt", "co2_consumption_mt"),
        ("GDP", "bn CNY", "gdp_bn_cny"),
        ("electricity", "TWh", "electricity_twh"),
        ("electricity sent out, net", "TWh", "net_export_twh"),
        ("tariff", "CNY/MWh", "tariff_cny_per_mwh"),
        ("planning capacity", "0 to 1", "planning_capacity"),
    ),
)


def of_sectors(unit: str) -> tuple[Outcome, ...]:
    """Outcomes of a sector whose output is measured in this unit."""
    return (
        *_each("sectors", ("CO2", "Mt", "co2_mt")),
        Outcome("CO2, all years", "Mt", "sectors", "co2_mt", 0),
        *_each(
            "sectors",
            ("CO2 of electricity used", "Mt", "co2_electricity_mt"),
            ("output", unit, "output"),
            ("electricity", "TWh", "electricity_twh"),
        ),
        *(
            Outcome("CO2 per output", "t/t" if unit == "Mt" else f"Mt/{unit}", "sectors", "co2_mt", year, per="output")
            for year in YEARS
        ),
    )


def places(provinces: Sequence[str], sectors: Sequence[str]) -> list[Place]:
    """Each of the provinces; each of the sectors in the whole country; of both, the sectors in each province."""
    return [
        Place(province, sector) for province in provinces or [""] for sector in sectors or [""] if province or sector
    ]


def measured(run: RunTables, place: Place, years: Sequence[int] = ()) -> dict[Outcome, dict[int, float]]:
    """Every outcome of a place by member; years in place of the usual ones."""
    wanted = of_sectors(_unit_of(run, place.sector)) if place.sector else OF_PROVINCES
    found = {one: values(run, one, place) for one in at_years(wanted, years)}
    return found | (_lags(run, place, years or YEARS) if place.province else {})


def behind_country(run: RunTables, year: int, province: str = "") -> pd.DataFrame:
    """Years behind the country in CO2 per GDP, of all provinces or one: member, province, behind_years, censored."""
    column = "co2_electricity_adjusted_mt" if run.has("provinces", "co2_electricity_adjusted_mt") else "co2_mt"
    select = f"sum({column}) / sum(gdp_bn_cny) AS intensity FROM provinces"
    where = f"WHERE province = {quoted(province)}" if province else ""
    provinces = run.ask(f"SELECT member, province, year, {select} {where} GROUP BY ALL")
    nation = run.ask(f"SELECT member, year, {select} GROUP BY ALL")
    return provinces_behind(provinces, nation, year)


def _lags(run: RunTables, place: Place, years: Sequence[int]) -> dict[Outcome, dict[int, float]]:
    """Lags in those of the years that can be told: neither the first nor the last one has a mean of three years."""
    told = [year for year in years if year in run.years[1:-1]]
    if place.sector:
        found = _lags_of_cell(run, place)
        by_year = {year: found.loc[found["year"] == year].set_index("member")["lag_years"] for year in told}
    else:
        by_year = {year: behind_country(run, year, place.province).set_index("member")["behind_years"] for year in told}
    return {LAG._replace(year=year): _finite(levels) for year, levels in by_year.items()}


def _lags_of_cell(run: RunTables, place: Place) -> pd.DataFrame:
    found = lags(run.ask(f"SELECT * FROM sectors WHERE sector = {quoted(place.sector)}"))
    return found[found["province"] == place.province]


def _finite(levels: pd.Series) -> dict[int, float]:
    return {int(member): float(level) for member, level in levels.items() if np.isfinite(level)}  # type: ignore[call-overload]


def _unit_of(run: RunTables, sector: str) -> str:
    """What its output is measured in."""
    return str(run.ask(f"SELECT unit FROM sectors WHERE sector = {quoted(sector)} LIMIT 1")["unit"].iloc[0])
