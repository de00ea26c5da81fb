"""A firm's cost, price, expectations and saving, with numbers worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import firm as rules
from agents import firm_record
from agents.firm import OutlookView

ONE, TWO = 13, 14  # two routes of sector 1
views = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


def with_parameters(view, **values):
    return view._replace(parameters=view.parameters._replace(**values))


@pytest.fixture
def firm(new_firms):
    """A firm with 2 units of capacity on one route and 1 on another; a tenth of its energy is saved."""
    firms = new_firms()
    firms.slot_route[0, :2] = ONE, TWO
    firms.slot_capacity[0, :2] = 2.0, 1.0
    firms.saving[0], firms.markup[0], firms.output[0], firms.covered[0] = 0.1, 0.08, 2.7, 1
    return firms[0]


@pytest.fixture
def priced(costs):
    """Route ONE: 100 of energy, 10 of other cost, 8 fixed; route TWO: 50, 20, 4; both are used to 80 % as a rule."""
    units = costs.routes
    units["energy_cost"][0, [ONE, TWO]] = 100.0, 50.0
    units["other_cost"][0, [ONE, TWO]] = 10.0, 20.0
    units["fixed_cost"][0, [ONE, TWO]] = 8.0, 4.0
    units["utilisation"] = 0.8
    return with_parameters(costs, markup_adjustment=0.15, markup_minimum=0.02, markup_maximum=0.35)


# --- cost ---------------------------------------------------------------------------------------------------------


def known(costs, route):
    """What a firm of sector 1 in province 0 knows of a route and of its sector."""
    return costs.routes[0, route], costs.sectors[0, 1]


def test_marginal_cost_is_energy_less_saving_and_other_cost(firm, priced):
    assert firm_record.marginal_cost(firm, *known(priced, ONE)) == pytest.approx(0.9 * 100.0 + 10.0)
    assert firm_record.marginal_cost(firm, *known(priced, TWO)) == pytest.approx(0.9 * 50.0 + 20.0)


def carbon(costs, credit, price=50.0, adder=0.0):
    """Costs of a unit of which fuel emits 2 t before saving and the process 0.2 t, and of its sector."""
    unit, shared = known(costs, ONE)
    unit.energy_emissions, unit.process_emissions, unit.allowance_credit = 2.0, 0.2, credit
    shared.carbon_price, shared.carbon_adder = price, adder
    return unit, shared


def test_saving_takes_fuel_emissions_and_leaves_those_of_the_process(firm, costs):
    assert firm_record.emission_factor(firm, carbon(costs, 0.0)[0]) == pytest.approx(2.0)


@pytest.mark.parametrize(("credit", "cost"), [(0.0, 100.0), (1.8, 10.0), (2.0, 0.0), (2.5, -25.0)])
def test_carbon_cost_is_what_exceeds_the_benchmark_and_who_is_better_is_paid(firm, costs, credit, cost):
    """P (ef - chi a bm) at 2 t per unit and 50 CNY/t."""
    assert firm_record.carbon_cost(firm, *carbon(costs, credit)) == pytest.approx(cost)


def test_local_price_covers_every_tonne_and_every_firm(firm, costs):
    known_costs = carbon(costs, credit=2.5, adder=5.0)
    assert firm_record.carbon_cost(firm, *known_costs) == pytest.approx(-25.0 + 5.0 * 2.0)
    firm.covered = 0
    assert firm_record.carbon_cost(firm, *known_costs) == pytest.approx(10.0)


@views
@given(st.floats(0.0, 4.0), st.floats(0.0, 500.0), st.floats(1.0, 500.0), st.floats(0.0, 0.5))
def test_a_higher_carbon_price_costs_who_is_worse_than_the_benchmark(firm, costs, credit, price, rise, saving):
    firm.saving = saving
    low = firm_record.marginal_cost(firm, *carbon(costs, credit, price))
    high = firm_record.marginal_cost(firm, *carbon(costs, credit, price + rise))
    excess = firm_record.emission_factor(firm, costs.routes[0, ONE]) - credit
    assert high - low == pytest.approx(rise * excess, rel=1e-9, abs=1e-9)


def test_capacity_counts_plants_only(firm):
    assert firm_record.capacity(firm) == 3.0
    firm.slot_capacity[2] = 7.0  # an empty slot
    assert firm_record.capacity(firm) == 3.0


# --- price --------------------------------------------------------------------------------------------------------


def test_price_is_a_mark_up_over_full_cost_at_normal_use(firm, priced):
    """1.6 x 100 + 2 x 8 + 0.8 x 65 + 1 x 4 = 232 over 2.4 units; mark-up 0.08 + 0.15 (2.7 - 2.4) / 3 = 0.095."""
    priced.sectors[0, 1].added_cost = 100.0 - 232.0 / 2.4
    rules.set_price(firm, priced)
    assert firm.slot_cost[:2].tolist() == pytest.approx([100.0, 65.0])
    assert firm.unit_cost == pytest.approx(100.0)
    assert firm.markup == pytest.approx(0.095)
    assert firm.price == pytest.approx(109.5)


@pytest.mark.parametrize(("output", "markup"), [(3.0, 0.11), (2.4, 0.08), (1.2, 0.02), (0.0, 0.08)])
def test_busy_firms_raise_their_mark_up_and_idle_ones_lower_it(firm, priced, output, markup):
    """0.08 + 0.15 (output - 2.4) / 3, not below 0.02; a firm that has not produced yet learns nothing."""
    firm.output = output
    rules.set_price(firm, priced)
    assert firm.markup == pytest.approx(markup)


def test_a_firm_that_may_not_make_what_is_wanted_is_not_idle(firm, priced):
    """1.2 made of 3 wanted, in a campaign: 0.08 + 0.15 (3 - 2.4) / 3."""
    firm.output, firm.wanted_output = 1.2, 3.0
    rules.set_price(firm, priced)
    assert firm.markup == pytest.approx(0.11)


def test_mark_up_stays_within_its_bounds(firm, priced):
    for _ in range(60):
        firm.output = 3.0
        rules.set_price(firm, priced)
    assert firm.markup == pytest.approx(0.35)


def test_a_firm_without_plants_keeps_its_price(new_firms, priced):
    firm = new_firms()[0]
    firm.price = 77.0
    rules.set_price(firm, priced)
    assert firm.price == 77.0


@views
@given(
    st.lists(st.floats(0.1, 100.0), min_size=2, max_size=2),
    st.lists(st.floats(0.0, 1e4), min_size=2, max_size=2),
    st.floats(0.0, 1.0),
)
def test_unit_cost_lies_between_those_of_the_plants(firm, priced, capacity, energy, use):
    firm.slot_capacity[:2] = capacity
    firm.output = use * sum(capacity)
    priced.routes["energy_cost"][0, [ONE, TWO]] = energy
    rules.set_price(firm, priced)
    full = [0.9 * energy[0] + 10.0 + 8.0 / 0.8, 0.9 * energy[1] + 20.0 + 4.0 / 0.8]
    assert min(full) * (1 - 1e-12) <= firm.unit_cost <= max(full) * (1 + 1e-12)
    assert firm.price == pytest.approx((1.0 + firm.markup) * firm.unit_cost, rel=1e-12)


# --- expectations -------------------------------------------------------------------------------------------------


@pytest.fixture
def outlook(stepped_model):
    """Demand grows by 10 %; carbon costs 50, was announced at 100, and is announced at 60, 120 and 200."""
    setting = stepped_model.setting
    own = setting.firm._replace(
        growth_expectation_bound=0.15,
        demand_expectation_weight=0.4,
        credibility_gain=0.2,
        price_trend_minimum=-0.05,
        price_trend_maximum=0.1,
    )
    shape = setting.base.economy.co2_mt.shape
    announced = np.zeros((*shape, 3))
    announced[:] = 60.0, 120.0, 200.0
    price, trend, promised = (np.full(shape, value) for value in (50.0, 0.02, 100.0))
    continued = np.zeros_like(announced)
    rules.continue_prices(price, trend, 0.0, own, continued)
    return OutlookView(np.full(shape, 0.1), price, promised, announced, continued, own)


def test_expected_demand_follows_what_was_seen(firm, outlook):
    firm.expected_growth = 0.05
    rules.form_expectations(firm, outlook)
    assert firm.expected_growth == pytest.approx(0.6 * 0.05 + 0.4 * 0.1)


def test_a_jump_of_demand_is_not_taken_for_a_trend(firm, outlook):
    outlook.demand_growth[:] = 3.0
    rules.form_expectations(firm, outlook)
    assert firm.expected_growth == pytest.approx(0.4 * 0.15)
    outlook.demand_growth[:] = -3.0
    firm.expected_growth = 0.0
    rules.form_expectations(firm, outlook)
    assert firm.expected_growth == pytest.approx(-0.4 * 0.15)


def test_a_promise_half_kept_costs_trust_and_weighs_less(firm, outlook):
    """Trust 0.8 -> 0.8 + 0.2 (0.5 - 0.8) = 0.74; expected in a year: 0.74 x 60 + 0.26 x 50 x 1.02."""
    firm.credibility = 0.8
    rules.form_expectations(firm, outlook)
    assert firm.credibility == pytest.approx(0.74)
    wanted = [0.74 * p + 0.26 * 50.0 * 1.02**n for p, n in zip((60.0, 120.0, 200.0), (1, 7, 15), strict=True)]
    assert firm.expected_carbon_price.tolist() == pytest.approx(wanted)


def test_trend_of_prices_is_bounded(firm, outlook):
    """Two years after the last price, one year ahead is three years on."""
    jump = np.full(outlook.carbon_price.shape, 2.0)
    rules.continue_prices(outlook.carbon_price, jump, 2.0, outlook.parameters, outlook.continued)
    assert outlook.continued[0, 0].tolist() == pytest.approx([50.0 * 1.1**years for years in (3, 9, 17)])


# --- saving energy ------------------------------------------------------------------------------------------------


@pytest.fixture
def saver(costs, firm):
    """3 units of capacity use 5 GJ a unit, worth 100 CNY: 20 CNY a GJ; the slope is 500 CNY per GJ and share saved."""
    for unit in costs.routes[0, ONE], costs.routes[0, TWO]:
        unit.energy_cost, unit.energy_use, unit.energy_emissions = 100.0, 5.0, 0.5
    costs.sectors["maximum_saving"] = 0.2
    firm.saving, firm.payback_years, firm.covered = 0.0, 3.3, 1
    own = {"payback_reference": 3.3, "efficiency_cost_slope": 500.0, "efficiency_maximum_growth": 0.0}
    return with_parameters(costs, efficiency_adjustment_rate=0.5, **own)


def test_saving_moves_to_what_pays(firm, saver):
    """20 / 500 = 0.04; half the way a year."""
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.02)
    for _ in range(60):
        rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.04)


def test_patience_and_an_expected_carbon_price_make_more_pay(firm, saver):
    """(100 + 100 x 0.5) / 5 = 30 CNY a GJ, twice the reference payback: 2 x 30 / 500 = 0.12."""
    firm.payback_years, firm.expected_carbon_price[0] = 6.6, 100.0
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.06)


def test_a_carbon_price_means_nothing_to_who_is_not_covered_but_the_local_one_does(firm, saver):
    firm.covered, firm.expected_carbon_price[0] = 0, 100.0
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.02)
    saver.sectors[0, 1].carbon_adder = 100.0
    firm.saving = 0.0
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.5 * 30.0 / 500.0)


def test_standards_are_a_floor_and_technology_is_a_limit(firm, saver):
    saver.sectors[0, 1].efficiency_floor = 0.1
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.05)
    saver.sectors[0, 1].efficiency_floor = 0.9
    firm.saving = 0.0
    rules.save_energy(firm, saver)
    assert firm.saving == pytest.approx(0.5 * 0.2)


def test_what_is_installed_is_not_undone(firm, saver):
    firm.saving = 0.15
    rules.save_energy(firm, saver)
    assert firm.saving == 0.15


@views
@given(st.floats(0.0, 0.2), st.floats(0.0, 1e4), st.floats(0.1, 20.0), st.floats(0.0, 1.0))
def test_saving_stays_a_share_within_its_limit(firm, saver, saving, cost, payback, floor):
    saver.routes["energy_cost"][0, [ONE, TWO]] = cost
    saver.sectors[0, 1].efficiency_floor = floor
    firm.saving, firm.payback_years = saving, payback
    rules.save_energy(firm, saver)
    assert saving <= firm.saving <= 0.2 * (1 + 1e-12)
    assert math.isfinite(firm.saving)
