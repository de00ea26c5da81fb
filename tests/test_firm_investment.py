"""What a firm builds: cost over the life of a plant, choice, need, finance, demonstrations and approval."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import choice
from agents import firm_investment as rules
from agents import firm_project_value as value
from agents.firm_record import EMPTY, has_room

ONE, TWO, THREE, FOUR, FIVE = ROUTES = (13, 14, 15, 16, 17)  # the routes of sector 1
COAL, CAPTURE, SUN = 2, 3, 10  # routes of power
views = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def with_parameters(view, **values):
    return view._replace(parameters=view.parameters._replace(**values))


@pytest.fixture
def firm(new_firms):
    """10 units of capacity of 2010 on route ONE, in full use, with cash; asks 10 %."""
    firms = new_firms()
    firms.slot_route[0, 0], firms.slot_capacity[0, 0], firms.slot_built[0, 0] = ONE, 10.0, 2010.0
    firms.slot_relined[0, 0], firms.output[0], firms.wanted_output[0] = 2020.0, 10.0, 10.0
    firms.hurdle_rate[0], firms.liquidity[0] = 0.1, 1e9
    return firms[0]


@pytest.fixture
def seen(investment):
    """Routes cost 100 to 500 per unit of capacity and nothing to run; firms follow cost alone."""
    investment.options["capital_cost"][0, list(ROUTES)] = 100.0, 200.0, 300.0, 400.0, 500.0
    return with_parameters(investment, choice_sharpness=1e6, npv_choice_sharpness=1e6, volatility_premium=0.0)


# --- cost ---------------------------------------------------------------------------------------------------------


def test_levelised_cost_by_hand(firm, seen):
    """Annuity of 1000 at 10 % over 25 years 110.168, fixed 20, over 0.8 units: 162.710; running 100; carbon below.

    Net intensity 2 - 1.5 = 0.5 t; expected prices 50, 80, 120; local 5 CNY/t on 2 t.
    """
    option, market = seen.options[0, ONE], seen.markets[0, 1]
    option.fixed_cost, option.normal_output, option.energy_cost, option.other_cost = 20.0, 0.8, 100.0, 10.0
    option.energy_emissions, option.process_emissions, option.allowance_credit = 2.0, 0.2, 1.5
    market.carbon_adder = 5.0
    firm.saving, firm.covered, firm.expected_carbon_price[:] = 0.1, 1, (50.0, 80.0, 120.0)
    near, middle, far = choice.horizon_weights(0.1, 25.0)
    wanted = (110.168 + 20.0) / 0.8 + 100.0 + 0.5 * (near * 50.0 + middle * 80.0 + far * 120.0) + 10.0
    life = value.over_life(firm, 0.1, 25.0, value.UNKNOWN)
    assert value.levelised_cost(firm, option, market, 1000.0, life) == pytest.approx(wanted, rel=1e-6)
    firm.covered = 0
    assert value.levelised_cost(firm, option, market, 1000.0, life) == pytest.approx(162.710 + 100.0 + 10.0, rel=1e-5)


def test_what_follows_from_a_life_is_not_worked_out_twice(firm, seen):
    known = value.Lifetime(25.0, 0.5, 99.0)
    assert value.over_life(firm, 0.1, 25.0, known) == known
    assert value.over_life(firm, 0.1, 24.0, known) == value.over_life(firm, 0.1, 24.0, value.UNKNOWN) != known


def test_a_jumpy_carbon_price_raises_the_required_return(firm, seen):
    seen.markets[0, 1].volatility = 0.5
    assert value.required_return(firm, with_parameters(seen, volatility_premium=0.1)) == pytest.approx(0.15)


def test_relining_costs_a_share_and_serves_until_the_next(firm, seen):
    seen.options["relining_years"][:, ONE] = 15.0
    seen = with_parameters(seen, relining_cost_share=0.2)
    assert value.capital_and_life(firm, ONE, 0, seen) == pytest.approx((20.0, 15.0))
    assert value.capital_and_life(firm, ONE, EMPTY, seen) == pytest.approx((100.0, 25.0))


def test_a_retrofit_costs_the_difference_and_a_subsidy_its_share(firm, seen):
    seen.options["retrofit_of"][:, THREE] = ONE
    seen.options["subsidy_share"][0, [TWO, THREE]] = 0.25
    seen = with_parameters(seen, retrofit_cost_factor=1.2)
    assert value.capital_and_life(firm, THREE, 0, seen)[0] == pytest.approx(1.2 * 200.0 * 0.75)
    assert value.capital_and_life(firm, THREE, EMPTY, seen)[0] == pytest.approx(300.0 * 0.75)
    assert value.capital_and_life(firm, TWO, 0, seen)[0] == pytest.approx(200.0 * 0.75)


# --- need ---------------------------------------------------------------------------------------------------------


def test_who_has_enough_builds_nothing(firm, seen):
    rules.choose_route(firm, seen)
    assert (firm.trigger, firm.chosen_route, firm.blocked) == (rules.NOTHING, EMPTY, rules.BY_DEMAND)


def test_growth_expected_over_two_years_is_built_for(firm, seen):
    """10 x 1.1^2 - 10 = 2.1 units; at half use twice the capacity."""
    firm.expected_growth = 0.1
    seen = with_parameters(seen, expansion_margin=0.05, expansion_maximum_share=0.5)
    rules.choose_route(firm, seen)
    assert (firm.trigger, firm.chosen_route, firm.replaced_slot) == (rules.EXPANSION, ONE, EMPTY)
    assert firm.chosen_capacity == pytest.approx(2.1)
    seen.options["normal_output"][0, ONE] = 0.5
    firm.output = firm.wanted_output = 5.0
    rules.choose_route(firm, seen)
    assert firm.chosen_capacity == pytest.approx(2.0 * 1.05)


def test_expansion_is_bounded_and_a_small_gap_left(firm, seen):
    firm.expected_growth = 1.0
    seen = with_parameters(seen, expansion_margin=0.05, expansion_maximum_share=0.25)
    rules.choose_route(firm, seen)
    assert firm.chosen_capacity == pytest.approx(2.5)
    firm.expected_growth = 0.02  # 4 % of 10
    rules.choose_route(firm, seen)
    assert firm.trigger == rules.NOTHING


def test_what_will_be_gone_is_replaced_and_what_is_being_built_counts(firm, seen):
    """Life ends in 2024: a plant ordered in 2022 with a lead of two years replaces it."""
    firm.slot_built[0] = 1999.0
    seen.options["lead_years"] = 2.0
    rules.choose_route(firm, seen)
    assert firm.chosen_capacity == pytest.approx(10.0)
    firm.pending_route[0], firm.pending_capacity[0], firm.pending_year[0] = ONE, 10.0, 2024
    rules.choose_route(firm, seen)
    assert firm.trigger == rules.NOTHING


def test_an_entrant_without_plants_builds_what_customers_want(new_firms, seen):
    firm = new_firms()[0]
    firm.wanted_output, firm.hurdle_rate, firm.liquidity = 3.0, 0.1, 1e9
    rules.choose_route(firm, seen)
    assert (firm.chosen_route, firm.chosen_capacity) == (ONE, pytest.approx(3.0))


@pytest.mark.parametrize(("relined", "due"), [(2007.0, True), (2008.0, False)])
def test_a_furnace_is_relined_when_its_cycle_is_over(firm, seen, relined, due):
    seen.options["relining_years"][:, ONE], firm.slot_relined[0] = 15.0, relined
    rules.choose_route(firm, seen)
    assert firm.trigger == (rules.RELINING if due else rules.NOTHING)
    if due:
        assert (firm.chosen_route, firm.chosen_capacity, firm.replaced_slot) == (ONE, 10.0, 0)


def test_a_firm_with_a_full_queue_waits(firm, seen):
    firm.expected_growth = 0.1
    firm.pending_route[:], firm.pending_slot[:], firm.pending_year[:] = ONE, EMPTY, 2030
    rules.choose_route(firm, seen)
    assert (firm.chosen_route, firm.blocked) == (EMPTY, rules.FREE)


# --- choice -------------------------------------------------------------------------------------------------------


@views
@given(st.lists(st.integers(100, 900), min_size=5, max_size=5, unique=True), st.lists(st.booleans(), min_size=5))
def test_the_cheapest_open_route_wins_when_cost_is_all(firm, seen, cost, is_open):
    seen.options["capital_cost"][0, list(ROUTES)] = cost
    seen.options["is_open"][0, list(ROUTES)] = np.array(is_open[:5], dtype=float)
    firm.expected_growth = 0.1
    rules.choose_route(firm, seen)
    allowed = [(one, route) for one, route, free in zip(cost, ROUTES, is_open, strict=False) if free]
    assert firm.chosen_route == (min(allowed)[1] if allowed else EMPTY)


def choices(new_firms, seen, count=2000):
    """Routes that many alike firms choose when each needs new capacity."""
    firms = new_firms(count)
    firms.wanted_output[:], firms.hurdle_rate[:], firms.liquidity[:] = 1.0, 0.1, 1e9
    rules.choose_all_routes(firms, seen)
    return firms.chosen_route


def test_blunt_choice_follows_the_logit(new_firms, seen):
    """Twice the cost at sharpness 1: odds of e to 1 against it."""
    seen.options["is_open"][0, [THREE, FOUR, FIVE]] = 0.0
    chosen = choices(new_firms, with_parameters(seen, choice_sharpness=1.0))
    assert (chosen == ONE).mean() == pytest.approx(math.e / (1.0 + math.e), abs=0.03)


def test_peers_draw_firms_to_their_route(new_firms, seen):
    """At equal cost, half of the peers against none: 0.52 / 0.54 of the firms."""
    seen.options["is_open"][0, [THREE, FOUR, FIVE]] = 0.0
    seen.options["capital_cost"][0, TWO] = 100.0
    seen.options["peer_pull"][0, [ONE, TWO]] = choice.imitation(0.0, 1.0, 0.02), choice.imitation(0.5, 1.0, 0.02)
    chosen = choices(new_firms, seen)
    assert (chosen == TWO).mean() == pytest.approx(0.52 / 0.54, abs=0.015)


def test_a_route_is_tried_as_often_as_there_is_a_chance(new_firms, seen):
    seen.options["chance"][0, ONE] = 0.1
    chosen = choices(new_firms, seen)
    assert (chosen == ONE).mean() == pytest.approx(0.1, abs=0.02)
    assert set(chosen.tolist()) == {ONE, TWO}
    seen.options["chance"][0, ONE] = 0.0
    assert ONE not in choices(new_firms, seen)


def test_other_products_are_not_considered(firm, seen):
    seen.options["family"][:, ONE] = 1
    firm.expected_growth = 0.1
    rules.choose_route(firm, seen)
    assert firm.chosen_route == TWO


def test_a_retrofit_needs_the_plant_that_it_is_added_to(firm, seen):
    """Capture for TWO cannot be added to ONE, but a new plant may have it."""
    seen.options["capital_cost"][0, THREE], seen.options["retrofit_of"][:, THREE] = 10.0, TWO
    assert not rules.considers(firm, THREE, 0, True, seen)
    assert rules.considers(firm, THREE, EMPTY, True, seen)
    seen.options["retrofit_of"][:, THREE] = ONE
    assert rules.considers(firm, THREE, 0, True, seen)


def test_a_firm_without_a_free_slot_keeps_to_its_routes(firm, seen):
    firm.slot_route[:] = TWO, TWO, THREE, THREE
    room = has_room(firm)
    assert [rules.considers(firm, route, EMPTY, room, seen) for route in ROUTES] == [False, True, True, False, False]


# --- approval and finance -----------------------------------------------------------------------------------------


def test_a_refused_route_leaves_the_next_best_and_is_remembered(firm, seen):
    seen.options["approval"][0, ONE] = 0.0
    firm.expected_growth = 0.1
    rules.choose_route(firm, seen)
    assert (firm.chosen_route, firm.blocked) == (TWO, rules.BY_APPROVAL)
    seen.options["approval"][:] = 0.0
    rules.choose_route(firm, seen)
    assert (firm.chosen_route, firm.blocked) == (EMPTY, rules.BY_APPROVAL)


def test_approval_is_a_chance(new_firms, seen):
    seen.options["approval"][0, ONE] = 0.3
    assert (choices(new_firms, seen) == ONE).mean() == pytest.approx(0.3, abs=0.035)


@pytest.mark.parametrize(
    ("cash", "built", "blocked"),
    [(1000.0, 2.0, rules.FREE), (100.0, 5.0 / 3.0, rules.BY_FINANCE), (30.0, 0.0, rules.BY_FINANCE), (-5.0, 0.0, 2)],
)
def test_projects_are_cut_to_the_equity_that_can_be_paid(firm, seen, cash, built, blocked):
    """2 units at 100, 30 % equity: 60; half the cash is paid; less than 0.3 of the project is not begun."""
    seen.markets[0, 1].debt_ratio = 0.7
    firm.chosen_route, firm.chosen_capacity, firm.replaced_slot, firm.liquidity = ONE, 2.0, EMPTY, cash
    rules.scale_to_finance(firm, with_parameters(seen, down_payment_share=0.5, least_share_financed=0.3))
    assert (firm.chosen_capacity, firm.blocked) == (pytest.approx(built), blocked)
    assert firm.chosen_route == (ONE if built else EMPTY)


def test_no_relining_by_halves_and_no_limit_for_many_small_owners(firm, seen):
    seen = with_parameters(seen, down_payment_share=0.5, least_share_financed=0.3, relining_cost_share=1.0)
    seen.markets[0, 1].debt_ratio, firm.liquidity = 0.7, 100.0
    firm.chosen_route, firm.chosen_capacity, firm.replaced_slot = ONE, 5.0, 0
    rules.scale_to_finance(firm, seen)
    assert firm.chosen_route == EMPTY
    seen.markets[0, 1].finance_limited = 0.0
    firm.chosen_route, firm.chosen_capacity, firm.replaced_slot = ONE, 5.0, EMPTY
    rules.scale_to_finance(firm, seen)
    assert firm.chosen_capacity == 5.0


# --- generators ---------------------------------------------------------------------------------------------------


@pytest.fixture
def generator(firm, seen):
    """A coal unit of 10 GW; sun costs 4000 a kW and earns its annuity at 10 % times a factor."""
    firm.sector, firm.slot_route[0] = 0, COAL
    seen.options["is_open"][0, :13] = 0.0
    seen.options["is_open"][0, SUN] = 1.0
    seen.options["capital_cost"][0, SUN] = 4000.0
    return firm


def margin(factor):
    return factor * 4000.0 * choice.capital_recovery_factor(0.1, 25.0)


def looking(seen):
    return with_parameters(seen, genco_project_share=1.0, genco_project_maximum=0.2, genco_project_minimum_gw=0.05)


@pytest.mark.parametrize(("factor", "builds"), [(1.1, True), (0.9, False)])
def test_a_generator_builds_what_earns_more_than_it_asks(generator, seen, factor, builds):
    seen.options["power_margin"][0, SUN] = margin(factor)
    rules.choose_plant(generator, looking(seen))
    assert generator.chosen_route == (SUN if builds else EMPTY)
    assert generator.chosen_capacity == pytest.approx(2.0 if builds else 0.0)
    assert generator.blocked == (rules.FREE if builds else rules.BY_COST)


def test_value_of_a_plant_by_hand(generator, seen):
    """Margin 1.5 annuities; fixed cost and carbon change it: -20, and (100 - 60) x 0.5 = +20."""
    seen.options["power_margin"][0, SUN] = margin(1.5)
    seen.options["fixed_cost"][:, SUN], seen.options["carbon_exposure"][0, SUN] = 20.0, 0.5
    seen.markets[0, 0].carbon_price, generator.expected_carbon_price[:] = 60.0, 100.0
    life = value.over_life(generator, 0.1, 25.0, value.UNKNOWN)
    option, market = seen.options[0, SUN], seen.markets[0, 0]
    assert value.plant_value(option, market, 4000.0, life, 0.0) == pytest.approx(0.5, rel=1e-9)
    given_up = 4000.0 * life.recovery_factor
    assert value.plant_value(option, market, 4000.0, life, given_up) == pytest.approx(-0.5, rel=1e-9)


def test_small_generators_build_a_least_size_and_not_everyone_looks(new_firms, generator, seen):
    seen.options["power_margin"][0, SUN] = margin(2.0)
    generator.slot_capacity[0] = 0.01
    rules.choose_plant(generator, looking(seen))
    assert generator.chosen_capacity == pytest.approx(0.05)
    many = new_firms(2000)
    many.sector[:], many.hurdle_rate[:], many.liquidity[:] = 0, 0.1, 1e9
    rules.choose_all_plants(many, with_parameters(looking(seen), genco_project_share=0.4))
    assert (many.chosen_route == SUN).mean() == pytest.approx(0.4, abs=0.035)


def test_a_plant_whose_life_ends_is_built_again_on_its_site(generator, seen):
    """In its last year, in full, at the cost of a new plant, though no site is left and nobody else has time."""
    sun = seen.options[0, SUN]
    seen.options["chance"], sun.lead_years, sun.power_margin = 0.0, 1.0, margin(1.1)
    generator.slot_route[1], generator.slot_capacity[1], generator.slot_built[1] = SUN, 3.0, 1998.0
    busy = with_parameters(looking(seen), genco_project_share=0.0, relining_cost_share=0.2)
    rules.choose_plant(generator, busy)
    assert (generator.chosen_route, generator.replaced_slot, generator.chosen_capacity) == (SUN, 1, 3.0)
    assert value.capital_and_life(generator, SUN, 1, busy) == pytest.approx((4000.0, 25.0))
    generator.slot_built[1] = 1999.0
    rules.choose_plant(generator, busy)
    assert generator.chosen_route == EMPTY


def test_a_plant_whose_life_ends_closes_where_it_would_not_pay(generator, seen):
    sun = seen.options[0, SUN]
    sun.lead_years, sun.power_margin = 1.0, margin(0.9)
    generator.slot_route[1], generator.slot_capacity[1], generator.slot_built[1] = SUN, 3.0, 1998.0
    rules.choose_plant(generator, looking(seen))
    assert (generator.chosen_route, generator.blocked) == (EMPTY, rules.BY_COST)


def test_as_much_of_a_power_plant_is_built_again_as_can_be_paid(generator, seen):
    seen.markets[0, 0].debt_ratio = 0.8
    seen = with_parameters(seen, down_payment_share=0.5, least_share_financed=0.3)
    generator.slot_route[1], generator.slot_capacity[1] = SUN, 3.0
    generator.chosen_route, generator.chosen_capacity, generator.replaced_slot = SUN, 3.0, 1
    generator.liquidity = 2400.0
    rules.scale_to_finance(generator, seen)
    assert generator.chosen_capacity == pytest.approx(1.5)


def test_a_unit_due_for_overhaul_may_be_given_capture(generator, seen):
    """Only then, only where it pays, and with the size of the unit."""
    coal, capture, sun = (seen.options[0, route] for route in (COAL, CAPTURE, SUN))
    coal.relining_years, coal.capital_cost, sun.is_open = 20.0, 4000.0, 0
    capture.is_open, capture.retrofit_of, capture.capital_cost, capture.power_margin = 1, COAL, 7000.0, 1e5
    generator.slot_relined[0] = 2002.0
    rules.choose_plant(generator, looking(seen))
    assert (generator.chosen_route, generator.replaced_slot, generator.chosen_capacity) == (CAPTURE, 0, 10.0)
    generator.slot_relined[0] = 2003.0
    assert rules.overhaul_due(generator, seen) == EMPTY
