"""The frozen run: nothing changes from outside, every plant is replaced like for like, and nothing drifts."""

import numpy as np
import pytest

YEARS = 31
MOST_DRIFT = 0.001  # per year


@pytest.fixture(scope="module")
def tables(run_model):
    """2020 to 2050 without change."""
    return run_model(YEARS, {"simulation": {"frozen": True, "end": 2050, "firms": 800}}).tables()


def yearly(series):
    """Mean growth per year over the whole run, and from the second year on."""
    values = series.to_numpy()
    return np.log(values[-1] / values[0]) / (YEARS - 1), np.log(values[-1] / values[1]) / (YEARS - 2)


def test_the_country_emits_what_it_emitted(tables):
    national = tables["national"]
    for column in ("co2_mt", "co2_process_other_mt", "electricity_twh", "gdp_bn_cny"):
        assert np.abs(yearly(national[column])).max() < MOST_DRIFT, column


def test_heat_plants_are_replaced_like_for_like_too(tables):
    assert np.abs(yearly(tables["national"]["co2_heat_mt"])).max() < MOST_DRIFT


def test_no_year_jumps(tables):
    """Also not the first, though plants that were started in 2020 then run all year."""
    emitted = tables["national"]["co2_mt"].to_numpy()
    assert np.abs(np.diff(np.log(emitted))).max() < MOST_DRIFT


def assert_steady(table, key):
    emitted = table.groupby(["year", key])["co2_mt"].sum().unstack()
    for name in emitted:
        assert np.abs(yearly(emitted[name])).max() < MOST_DRIFT, name


def test_sectors_emit_what_they_emitted(tables):
    assert_steady(tables["sectors"], "sector")


def test_provinces_emit_what_they_emitted(tables):
    assert_steady(tables["provinces"], "province")


def test_no_plant_is_gained_or_lost(tables):
    capacity = tables["routes"].set_index(["year", "province", "sector", "route"])["capacity"].unstack("year")
    first = capacity[2020].to_numpy()
    for year in capacity:
        assert capacity[year].to_numpy() == pytest.approx(first, rel=1e-9), year


def test_lines_stay(tables):
    lines = tables["lines"].pivot_table(index="year", columns="line", values="capacity_gw")
    assert (lines.max() - lines.min()).max() < 1e-9


def test_the_mix_of_power_stays(tables):
    share = tables["national"]["coal_generation_share"]
    assert share.max() - share.min() < 0.01


def test_nothing_is_decided_in_a_frozen_run(tables):
    assert len(tables["constraints"]) == 0
    assert tables["governments"]["spending_mcny"].max() == 0.0
    assert tables["provinces"].groupby("province")["tariff_cny_per_mwh"].nunique().max() == 1


def test_a_frozen_run_has_no_luck(run_model, tables_equal):
    one, other = (run_model(3, {"simulation": {"frozen": True}}, seed=seed).tables() for seed in (1, 2))
    tables_equal(one, other)


def test_prices_stay(tables):
    price = tables["sectors"].pivot_table(index="year", columns=["province", "sector"], values="price_index")
    price = price.loc[:, price.loc[2020] > 0.0]
    assert np.abs(np.log(price.loc[2050] / price.loc[2020])).median() / (YEARS - 1) < MOST_DRIFT
