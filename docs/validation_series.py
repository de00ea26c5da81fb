"""Series of 2020-22 for the country and the provinces: observed, and from a run of the model, under the same names."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.model import TransitionModel
from simulator.tables import read_table

SEEDS = range(1, 17)
YEARS = (2020, 2021, 2022)
THERMAL = ("coal", "gas", "biomass")
WIND = ("onshore_wind", "offshore_wind")

Series = dict[int, float]


def observed(variable: str, table: str = "power_history") -> Series:
    """National values of a variable by year."""
    known = read_table(table)
    chosen = known[(known["variable"] == variable) & (known["province"] == "China")]
    return dict(zip(chosen["year"], chosen["value"], strict=True))


def table_of_2020(*technologies: str) -> float:
    """Generation of 2020 at full scope, TWh."""
    fleet = read_table("power_capacity")
    return float(fleet.loc[fleet["technology"].isin(technologies), "generation_twh"].sum())


def carried(base: float, series: Series) -> Series:
    """The value of 2020 carried on with the growth of a series of another scope."""
    return {year: base * value / series[2020] for year, value in series.items()}


def additions(series: Series) -> Series:
    """Change of year-end capacity."""
    return {year: series[year] - series[year - 1] for year in series if year - 1 in series}


def begun_before(technology: str, year: int) -> float:
    """Capacity that starts up in a year because it was under construction at the end of 2020, GW."""
    known = read_table("construction")
    chosen = known[(known["technology"] == technology) & (known["start_year"] == year)]
    return float(chosen["capacity_gw"].sum())


def thermal_co2() -> Series:
    """CO2 of power without heat, were it to move with thermal generation and the coal rate (2020 = 100)."""
    made, rate = observed("generation_thermal_designated"), observed("coal_rate_net")
    return carried(100.0, {year: made[year] * rate[year] for year in YEARS})


def per_gdp(use: Series, growth: Series) -> Series:
    """Electricity use per GDP at constant prices, 2020 = 100."""
    level = {2020: 1.0}
    for year in YEARS[1:]:
        level[year] = level[year - 1] * (1.0 + growth[year])
    return {year: 100.0 * use[year] / use[2020] / level[year] for year in YEARS}


def facts() -> dict[str, Series]:
    """Observed series by the name that the model's have."""
    use, growth = observed("consumption"), observed("gdp_real_growth", "history")
    hydro = observed("capacity_hydro_incl_pumped")
    solar = carried(table_of_2020("solar"), observed("generation_solar_designated"))
    return {
        "GDP growth, %": {year: 100.0 * value for year, value in growth.items()},
        "electricity use, TWh": use,
        "electricity use per GDP, 2020 = 100": per_gdp(use, growth),
        "thermal generation, TWh": carried(table_of_2020(*THERMAL), observed("generation_thermal_designated")),
        "hydro generation, TWh": carried(table_of_2020("hydro", "pumped"), observed("generation_hydro_designated")),
        "nuclear generation, TWh": observed("generation_nuclear"),
        "wind generation, TWh": observed("generation_wind"),
        "solar generation, TWh": dict(sorted((solar | observed("generation_solar")).items())),
        "wind added, GW": additions(observed("capacity_wind")),
        "solar added, GW": additions(observed("capacity_solar")),
        "coal added (given), GW": additions(observed("capacity_coal")),
        "gas added, GW": additions(observed("capacity_gas")),
        "hydro added (given), GW": additions(hydro),
        "nuclear added (given), GW": additions(observed("capacity_nuclear")),
        "wind, GW": observed("capacity_wind"),
        "solar, GW": observed("capacity_solar"),
        "hours of coal plants": observed("full_load_hours_coal"),
        "CO2 of power without heat, 2020 = 100": thermal_co2(),
        **{name: {} for name in ("CO2, Mt", "crude steel, Mt", "cement, Mt")},
        "wind curtailed, %": curtailed("wind", WIND),
        "solar curtailed, %": curtailed("solar", ("solar",)),
    }


def curtailed(kind: str, technologies: Sequence[str]) -> Series:
    """Curtailed share in %, mean over provinces weighted by their generation in 2020."""
    known, fleet = read_table("power_history"), read_table("power_capacity")
    weight = fleet[fleet["technology"].isin(technologies)].groupby("province")["generation_twh"].sum()
    rates = known[known["variable"] == f"utilisation_rate_{kind}"].pivot_table("value", "province", "year")
    known_in = {year: rates[year].dropna() for year in rates}
    return {year: float(100.0 - np.average(one, weights=weight[one.index])) for year, one in known_in.items()}


def simulate(seed: int) -> TransitionModel:
    """The baseline from 2020 to 2022."""
    model = TransitionModel("baseline", seed=seed)
    for _ in YEARS:
        model.step()
    return model


def measured(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """National series of one run: rows are years, columns the names of `facts`."""
    national = tables["national"].set_index("year")
    stock, made, lost = (
        tables["power"].pivot_table(name, "year", "technology", aggfunc="sum")
        for name in ("capacity_gw", "generation_twh", "curtailed_twh")
    )
    output = tables["sectors"].pivot_table("output", "year", "sector", aggfunc="sum")
    pow_co2 = tables["sectors"].query("sector == 'POW'").groupby("year")["co2_mt"].sum() - national["co2_heat_mt"]
    hydro, wind = ["hydro", "pumped"], list(WIND)
    gdp, use = national["gdp_bn_cny"], national["electricity_twh"]
    mean_coal = stock["coal"].rolling(2, min_periods=1).mean()
    columns = {
        "GDP growth, %": 100.0 * gdp.pct_change(),
        "electricity use, TWh": use,
        "electricity use per GDP, 2020 = 100": 100.0 * (use / gdp) / (use / gdp)[2020],
        "thermal generation, TWh": made[list(THERMAL)].sum(axis=1),
        "hydro generation, TWh": made[hydro].sum(axis=1),
        "nuclear generation, TWh": made["nuclear"],
        "wind generation, TWh": made[wind].sum(axis=1),
        "solar generation, TWh": made["solar"],
        "wind added, GW": stock[wind].sum(axis=1).diff(),
        "solar added, GW": stock["solar"].diff(),
        "coal added (given), GW": stock["coal"].diff(),
        "gas added, GW": stock["gas"].diff(),
        "hydro added (given), GW": stock[hydro].sum(axis=1).diff(),
        "nuclear added (given), GW": stock["nuclear"].diff(),
        "wind, GW": stock[wind].sum(axis=1),
        "solar, GW": stock["solar"],
        "hours of coal plants": 1000.0 * made["coal"] / mean_coal,
        "CO2 of power without heat, 2020 = 100": 100.0 * pow_co2 / pow_co2[2020],
        "CO2, Mt": national["co2_mt"],
        "crude steel, Mt": output["STL"],
        "cement, Mt": output["NMM"],
        "wind curtailed, %": 100.0 * share_lost(lost[wind].sum(axis=1), made[wind].sum(axis=1)),
        "solar curtailed, %": 100.0 * share_lost(lost["solar"], made["solar"]),
    }
    return pd.DataFrame(columns)


def share_lost(lost: pd.Series, made: pd.Series) -> pd.Series:
    """Curtailed over available."""
    return lost / (lost + made)


def by_province(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Grid factor (t per MWh used), electricity use and thermal generation (TWh) by province and year."""
    keys = ["province", "year"]
    carried_co2 = tables["sectors"].groupby(keys)["co2_electricity_mt"].sum()
    use = tables["provinces"].set_index(keys)["electricity_twh"]
    thermal = tables["power"][tables["power"]["technology"].isin(THERMAL)].groupby(keys)["generation_twh"].sum()
    return pd.DataFrame({"factor": carried_co2 / use, "use": use, "thermal": thermal})


def observed_by_province() -> pd.DataFrame:
    """The same as observed, named `factor_seen`, `use_seen` and `thermal_seen`; thermal of large plants only."""
    names = {
        "grid_emission_factor": "factor_seen",
        "consumption": "use_seen",
        "generation_thermal_designated": "thermal_seen",
    }
    known = read_table("power_history")
    chosen = known[known["variable"].isin(names) & (known["province"] != "China") & (known["year"] >= YEARS[0])]
    return chosen.pivot_table("value", ["province", "year"], "variable").rename(columns=names)


def spread(runs: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Quantiles 5, 50 and 95 % over runs: rows (quantile, year)."""
    return pd.concat(runs, keys=SEEDS, names=["seed"]).groupby("year").quantile([0.05, 0.5, 0.95]).swaplevel()
