"""Heat, prices, demand growth and residuals of the base year."""

import numpy as np
import pandas as pd
import pytest

from simulator.data.derive.__main__ import DATA, DOCS, FACTS
from simulator.data.derive.emissions import heat_tco2_per_gj, power_fuel_mt
from simulator.data.derive.residuals import flags, route_factors, summary
from simulator.data.derive.tables import PROVINCES, SECTORS, read, vector


def test_fuel_of_electricity_and_heat_close_the_co2_of_power() -> None:
    """5,116 Mt on the national basis = about 3.87 Gt of electricity and 1.25 Gt of heat."""
    base, heat = read(DATA, "base_cells"), read(DATA, "heat")
    datum = vector(base[base.sector == "POW"], "co2_mt")
    heat_mt = vector(heat, "heat_pj") * heat_tco2_per_gj(FACTS, heat)
    assert np.allclose(power_fuel_mt(FACTS, DATA) + heat_mt, datum, rtol=1e-6)
    assert 900 < heat_mt.sum() < 1300


def test_heat_is_seasonal_in_the_north_and_flat_in_the_south() -> None:
    heat = read(DATA, "heat").set_index("province")
    assert (heat.heat_pj >= 0).all()
    seasons = heat[[f"share_{s}" for s in ("winter", "spring", "summer", "autumn")]]
    suppliers = heat[[f"{s}_share" for s in ("chp", "coal_boiler", "gas_boiler", "heat_pump")]]
    assert np.allclose(seasons.sum(axis=1), 1.0)
    assert np.allclose(suppliers.sum(axis=1), 1.0)
    assert heat.share_winter["Heilongjiang"] > 2 * heat.share_summer["Heilongjiang"]
    assert heat.share_winter["Guangdong"] < 0.3


def test_emission_factor_of_raw_coal() -> None:
    """26.37 tC/TJ x 0.94 x 44/12 = 90.889 tCO2/TJ."""
    factor = read(DATA, "emission_factors").set_index("carrier").tco2_per_gj
    assert factor["coal"] == pytest.approx(26.37 * 0.94 * 44 / 12 / 1000, rel=1e-5)
    assert factor["biomass"] == 0


def test_fuel_prices_are_lowest_at_the_basins() -> None:
    price = read(DATA, "fuel_prices").pivot_table(index="province", columns="carrier", values="price_cny_per_gj")
    assert price.coal["Xinjiang"] == price.coal.min() == pytest.approx(11 + 25 / 23.027)
    assert price.coal["Tianjin"] == pytest.approx(581.2 / 23.027)
    assert 26 < price.coal[["Shanghai", "Jiangsu", "Zhejiang", "Fujian", "Guangdong"]].mean() < 34
    assert price.gas["Shanghai"] == pytest.approx((2.04 + 0.75) / 0.038931)


def test_price_paths_are_one_in_2020_and_return_to_it() -> None:
    path = read(DATA, "fuel_price_path").pivot_table(index="year", columns="carrier", values="multiplier")
    assert np.allclose(path.loc[2020], 1.0)
    assert np.allclose(path.loc[2060], 1.0, atol=1e-5)
    assert path.coal[2023] - 1 == pytest.approx(0.65 * (path.coal[2022] - 1), rel=1e-6)


def test_growth_of_demand_averages_to_gdp() -> None:
    """2021: domestic final demand and exports weighted by 2020 grow by the published 8.4 %."""
    growth, final = read(DATA, "final_demand_growth"), read(DATA, "final_demand")
    year = growth[growth.year == 2021].set_index("sector")
    home = (final.consumption + final.investment).groupby(final.sector).sum()
    exports = final.exports.sum()
    total = (home * year.growth_per_year).sum() + exports * year.exports_growth_per_year.iloc[0]
    assert total / (home.sum() + exports) == pytest.approx(0.084, abs=1e-6)
    assert year.growth_per_year["SRV"] > year.growth_per_year["CON"]


def test_regional_differences_cancel_in_gdp() -> None:
    table = read(DATA, "regional_growth")
    gdp = vector(read(DATA, "provinces"), "gdp_bn_cny")
    for year in (2021, 2051):
        assert abs(vector(table[table.year == year], "growth_difference_per_year") @ gdp / gdp.sum()) < 1e-9


def test_demand_grows_with_heads_and_per_head_by_hand() -> None:
    """Heilongjiang less Guangdong, from 38.33 to 31.71 and from 104.41 to 126.24 million heads:

    ln(31.71 / 38.33) / 10 - ln(126.24 / 104.41) / 10 = -0.03795, and 0.00430 by which the poorer catches up.
    """
    table = read(DATA, "regional_growth")
    growth = table[table.year == 2021].set_index("province").growth_difference_per_year
    income = read(DATA, "provinces").set_index("province").pipe(lambda one: one.gdp_bn_cny / one.population_million)
    catch_up = 0.006 * np.log(income["Guangdong"] / income["Heilongjiang"])
    assert catch_up == pytest.approx(0.00430, abs=1e-5)
    assert growth["Heilongjiang"] - growth["Guangdong"] == pytest.approx(catch_up - 0.03795, abs=1e-5)


def test_ledger_is_activity_times_factor() -> None:
    ledger = read(DATA, "process_ledger")
    assert np.allclose(ledger.co2_mt, ledger.quantity * ledger.factor_tco2_per_unit, rtol=1e-6)
    total = ledger.groupby("activity").quantity.sum()
    assert total["ammonia"] == pytest.approx(51.2)
    assert total["anodes"] == pytest.approx(37.08)


def test_planning_capacity_keeps_its_anchors() -> None:
    provinces = read(DATA, "provinces").set_index("province")
    for name, value in (("Zhejiang", 0.65), ("Jiangsu", 0.62), ("Henan", 0.42), ("Xinjiang", 0.32)):
        assert provinces.research_capacity[name] == provinces.official_capacity[name] == value
    assert provinces[["research_capacity", "official_capacity"]].to_numpy().min() >= 0.25


def test_route_factor_by_hand() -> None:
    """2 GJ coal x 0.09 + 0.3 process = 0.48; with capture of 0.9 it is 0.048."""
    carriers = pd.DataFrame({"carrier": ["coal", "oil", "gas"], "tco2_per_gj": [0.09, 0.07, 0.056]})
    routes = pd.DataFrame({"sector": "NMM", "route": ["kiln", "kiln_ccs"], "coal_gj": 2.0, "oil_gj": 0.0,
                           "gas_gj": 0.0, "process_tco2": 0.3, "capture_share": [0.0, 0.9]})  # fmt: skip
    assert np.allclose(route_factors(routes, carriers).factor, [0.48, 0.048])


def test_flags_follow_the_bounds_of_the_sector() -> None:
    after = np.ones((len(PROVINCES), len(SECTORS)))
    after[0, SECTORS.index("STL")], after[1, SECTORS.index("CHM")] = 1.31, 4.9
    after[2, SECTORS.index("CHM")] = 0.19
    flag = flags(np.ones_like(after), np.ones_like(after), after)
    assert flag[0, SECTORS.index("STL")] == "high"
    assert flag[1, SECTORS.index("CHM")] == ""
    assert flag[2, SECTORS.index("CHM")] == "low"


def test_residuals_cover_all_cells_and_close_by_sector() -> None:
    table = read(DATA, "residuals")
    assert len(table) == 372
    total = table.groupby("sector")[["datum_mt", "computed_mt"]].sum()
    level = table.groupby("sector").national_level.first()
    assert np.allclose(total.datum_mt / total.computed_mt, level, rtol=1e-4)
    assert level["STL"] < 1
    assert level["NMM"] < 1


def test_page_on_data_shows_the_current_residuals() -> None:
    table = read(DATA, "residuals").fillna({"flag": ""})
    assert summary(table) in (DOCS / "data.md").read_text(encoding="utf-8")
