"""What levers cost and could achieve: worked by hand on a province of four routes, and in general on the real ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.grid_operator_record import COAL, ONSHORE_WIND, TECHNOLOGIES
from simulator import abatement_costs as costs
from simulator import plant_choices as choices
from simulator import province_plants
from simulator.government_setting import product_groups
from simulator.model import TransitionModel

# Routes: coal power, wind, an old and a clean industrial route.
OLD_COAL, WIND, DIRTY, CLEAN = range(4)
OWN = choices.Behaviour(12.0, 6.0, 0.8, 0.2, 500.0, 0.15)
NOTHING = choices.Extent(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
MOST = choices.Extent(0.01, 0.2, 0.04, 0.8, 0.1, 0.3, 60.0)


def column(*values):
    return np.array([values], dtype=float)


def province(**changes):
    """100 TWh of coal power at 0.9 t, 100 Mt at 2 t made the dirty way; annuities of a tenth; full use is normal."""
    hours = np.zeros((1, TECHNOLOGIES))
    hours[0, COAL], hours[0, ONSHORE_WIND] = 5.0, 2.0
    given = {
        "made": column(100, 0, 100, 0),
        "intensity": column(0.9, 0, 2.0, 0.5),
        "energy_emissions": column(0.9, 0, 2.0, 0.5),
        "energy_use": column(9, 0, 20, 20),
        "energy_cost": column(250, 0, 600, 1000),
        "running_cost": column(280, 10, 700, 1100),
        "base_energy_value": column(250 / 9, 0, 30, 50),
        "kept_cost": column(280, 10, 700, 1100),
        "unit_capital": column(380 / 4.38, 600 / 2.19, 300, 100),
        "capital_cost": column(3800, 6000, 3000, 1000),
        "annuity": np.full(4, 0.1),
        "considered": np.ones((1, 4)),
        "pull": np.zeros((1, 4)),
        "margin": column(0, 600, 0, 0),
        "hours": hours,
        "most_gw": np.full((1, TECHNOLOGIES), 10.0),
        "fixed_cost": np.zeros(4),
        "lifetime_years": np.array([40.0, 25.0, 20.0, 20.0]),
        "high_emission": np.array([1.0, 0, 1, 0]),
        "low_carbon": np.array([0.0, 1, 0, 1]),
        "technology": np.array([COAL, ONSHORE_WIND, -1, -1]),
        "first": np.array([0, 2]),
        "last": np.array([2, 4]),
        "sector": np.array([0, 1]),
        "saving": np.zeros((1, 2)),
        "growth": np.zeros((1, 2)),
        "maximum_saving": np.array([0.06, 0.18]),
        "priced": np.ones(2),
        "co2": np.array([290.0]),
        "generators_gw": np.array([20.0]),
        "grid_room_twh": np.array([100.0]),
    }
    return choices.Plants(**{**given, **changes})


def levers(most=MOST, plants=None):
    plants = plants if plants is not None else province()
    price, potential = np.zeros((1, 6)), np.zeros((1, 6))
    costs.cost_levers(most, plants, OWN, np.zeros(4), np.zeros((2, 6)), price, potential)
    return price[0], potential[0]


def test_whole_cost_by_hand():
    """Wind: 6,000 x 0.1 CNY per kW over 8.76 x 0.25 MWh, and 10; facilitation takes a tenth off the capital."""
    assert choices.whole_cost(0, WIND, 0.0, province()) == pytest.approx(600 / 2.19 + 10)
    assert choices.whole_cost(0, WIND, 0.1, province()) == pytest.approx(540 / 2.19 + 10)
    assert choices.whole_cost(0, DIRTY, 0.1, province()) == pytest.approx(300 + 700)


def test_the_mix_of_new_output_by_hand():
    """1,000 against 1,200 CNY is 20 % more: exp(-12 x 0.2) to 1. A fifth of the dearer's capital makes it 1,180."""
    share = np.zeros(4)
    assert choices.choose_mix(0, 1, NOTHING, province(), OWN, share) == 1.0
    np.testing.assert_allclose(share[2:], np.array([1.0, math.exp(-2.4)]) / (1 + math.exp(-2.4)))
    choices.choose_mix(0, 1, NOTHING._replace(subsidy=0.2), province(), OWN, share)
    np.testing.assert_allclose(share[3], math.exp(-2.16) / (1 + math.exp(-2.16)))
    # 60 CNY a tonne: 1,120 against 1,230.
    choices.choose_mix(0, 1, NOTHING._replace(adder=60.0), province(), OWN, share)
    np.testing.assert_allclose(share[3], 1 / (1 + math.exp(12 * 110 / 1120)))


def test_refused_projects_are_not_built():
    """All dirty projects refused: the clean route is left; if nobody looks at it, nothing is built."""
    share = np.zeros(4)
    strict = NOTHING._replace(stringency=1.0)
    assert choices.choose_mix(0, 1, strict, province(), OWN, share) == 1.0
    assert share[2:].tolist() == [0.0, 1.0]
    seldom = province(considered=column(1, 1, 1, 0.01))
    assert choices.choose_mix(0, 1, strict, seldom, OWN, share) == pytest.approx(0.01)
    assert choices.choose_mix(0, 1, strict, province(considered=column(1, 1, 1, 0)), OWN, share) == 0.0


def test_a_standard_by_hand():
    """One per cent of fuel: CO2 falls by 0.01 x (90 + 200) Mt; a GJ costs 500 x 0.005 CNY, as energy is as dear as in
    2020: 9 and 20 GJ/MWh and t, so 0.1 and 0.1 t per GJ and 25 CNY per t."""
    price, potential = levers()
    assert potential[costs.STANDARD] == pytest.approx(0.01)
    assert price[costs.STANDARD] == pytest.approx(25.0)
    # Energy dearer by 1 CNY per GJ pays 10 CNY per t of it back.
    price, _ = levers(plants=province(energy_cost=column(259, 0, 620, 1020)))
    assert price[costs.STANDARD] == pytest.approx(15.0)


def test_a_standard_stops_at_what_can_be_saved():
    _, potential = levers(plants=province(saving=np.array([[0.06, 0.175]])))
    assert potential[costs.STANDARD] == pytest.approx(0.005 * 200 / 290)


def test_closing_by_hand():
    """Four of 100 Mt at 2 t are made by the mix of new plants instead; coal power has nothing better to turn to."""
    clean = math.exp(-2.4) / (1 + math.exp(-2.4))
    cut = 4.0 * (2.0 - (0.5 * clean + 2.0 * (1 - clean)))
    cost = 4.0 * (1000 * (1 - clean) + 1200 * clean - 700)
    price, potential = levers()
    assert potential[costs.RETIREMENT] == pytest.approx(cut / 290)
    assert price[costs.RETIREMENT] == pytest.approx(min(cost / cut, costs.DEAREST))


def test_stringency_by_hand():
    """Without power: a twentieth of 100 Mt is renewed; a fifth of dirty projects pass."""
    idle = province(generators_gw=np.array([0.0]), made=column(0, 0, 100, 0), co2=np.array([200.0]))
    price, potential = levers(plants=idle)
    before = math.exp(-2.4) / (1 + math.exp(-2.4))
    after = math.exp(-2.4) / (0.2 + math.exp(-2.4))
    cut = 5.0 * 1.5 * (after - before)
    assert potential[costs.STRINGENCY] == pytest.approx(cut / 200)
    assert price[costs.STRINGENCY] == pytest.approx(5.0 * 200 * (after - before) / cut)


def test_renewables_by_hand():
    """Present value 0 against not building: half of what firms could build; a tenth cheaper: 1 / 0.9 - 1 in value."""
    plants = province(considered=column(0, 1, 1, 1), margin=column(0, 600, 0, 0))
    twh = 0.8 * 0.2 * 20 * 2.0
    gain = math.exp(6 * (1 / 0.9 - 1))
    more = twh * (gain / (1 + gain) - 0.5)
    _, potential = levers(plants=plants)
    assert potential[costs.RENEWABLES] == pytest.approx(0.9 * more / 290)


def test_what_the_grid_or_the_country_cannot_take_is_not_built():
    full = province(grid_room_twh=np.array([0.0]))
    _, potential = levers(MOST._replace(facilitation_cost=0.0), full)
    assert potential[costs.RENEWABLES] == 0.0
    none = province(most_gw=np.zeros((1, TECHNOLOGIES)))
    price, potential = levers(plants=none)
    assert potential[costs.RENEWABLES] == 0.0 and price[costs.RENEWABLES] == costs.DEAREST


def test_a_local_price_on_saving_by_hand():
    """60 CNY x 0.1 t per GJ over a slope of 500: 1.2 % more saved, of which 15 % this year; on the average half the
    price is paid for it."""
    co2, cost = costs.by_saving(0, 0.0, 60.0, province(), OWN)
    assert co2 == pytest.approx(-0.15 * 0.012 * 290)
    assert cost / -co2 == pytest.approx(0.5 * 500 * 0.15 * 0.012 / 0.1)


def test_levers_that_are_off_cut_nothing():
    price, potential = levers(NOTHING)
    assert potential.tolist() == [0.0] * 6
    assert price.tolist() == [costs.DEAREST] * 6


EXTENT = st.tuples(*(st.floats(0.0, top) for top in (0.02, 0.3, 0.06, 1.0, 0.2, 0.6, 100.0)))


@given(EXTENT, st.floats(0.0, 1.0), st.floats(-0.1, 0.1), st.floats(0.0, 3000.0))
def test_costs_and_potentials_stay_within_bounds(extent, considered, growth, margin):
    plants = province(
        considered=column(1, considered, 1, considered),
        growth=np.full((1, 2), growth),
        margin=column(margin / 2, margin, 0, 0),
    )
    price, potential = levers(choices.Extent(*extent), plants)
    assert np.isfinite(price).all() and np.isfinite(potential).all()
    assert costs.CHEAPEST <= price.min() <= price.max() <= costs.DEAREST
    assert 0.0 <= potential.min() <= potential.max() <= 1.0


@given(st.floats(0.5, 20.0))
def test_a_larger_province_of_the_same_kind_has_the_same_levers(size):
    extensive = ("made", "co2", "generators_gw", "grid_room_twh", "most_gw")
    plants = province()
    larger = plants._replace(**{name: getattr(plants, name) * size for name in extensive})
    for mine, theirs in zip(levers(plants=plants), levers(plants=larger), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)


@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_more_of_a_subsidy_cuts_no_less(one, other):
    low, high = sorted((one, other))
    less, more = (levers(NOTHING._replace(subsidy=share))[1][costs.SUBSIDY] for share in (low, high))
    assert more >= less - 1e-12


@pytest.fixture(scope="module")
def model():
    model = TransitionModel("baseline", seed=1, overrides={"simulation": {"firms": 600, "end": 2022}})
    model.step()
    model.step()
    return model


def test_levers_of_the_real_provinces(model, monkeypatch):
    setting = model.setting
    low = (setting.base.routes.high_emission == 0.0).astype(float)
    tables = replace(setting.government_tables, low_carbon=low, priced=np.ones(12))
    monkeypatch.setattr(model.world, "setting", replace(setting, government_tables=tables))
    price, potential = np.full((2, 31, 6), np.nan)
    study = province_plants.study_of(model.world)._replace(most=MOST)
    province_plants.study_levers(model.world, study, price, potential)
    assert np.isfinite(price).all() and (potential >= 0.0).all()
    assert potential[:, costs.STANDARD].min() > 0.002
    assert 0.01 < potential.sum(axis=1).mean() < 0.15


def test_groups_of_routes_make_the_same_product(model):
    first, last = product_groups(model.setting.base)
    routes = model.setting.base.routes
    assert first[0] == 0 and last[-1] == len(routes.names) and (first[1:] == last[:-1]).all()
    for a, z in zip(first, last, strict=True):
        assert len(set(zip(routes.sector[a:z], routes.family[a:z], strict=True))) == 1


def test_savings_are_what_firms_have_saved(model):
    world, firms = model.world, model.world.firms
    routes = province_plants.routes_of(model.setting)
    used = world.needs.energy_use
    saved = province_plants.saving_reached(world.made, used, world.fuel_pj, world.electricity, routes)
    assert saved.min() >= 0.0 and saved.max() <= firms.saving.max() + 1e-9
    assert saved.max() > 0.0
