"""Accounts of a year: plants in order of cost, fuel and CO2, money; identities for any firm."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.firm_record import CARRIERS, EMPTY, SLOTS, able_plants
from simulator import accounts, census, lock_in, true_up

ONE, TWO, THREE, FOUR = ROUTES = (13, 14, 15, 16)
SHARE, AMOUNT = st.floats(0.0, 1.0), st.floats(0.0, 1e4)
FACTOR = (0.09, 0.07, 0.055, 0.0)
views = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def firm(new_firms):
    """Three plants of 10, 20 and 30 units; the second is the cheapest to run, then the third."""
    firms = new_firms()
    firms.slot_route[0, :3], firms.slot_capacity[0, :3] = (ONE, TWO, THREE), (10.0, 20.0, 30.0)
    firms.slot_cost[0, :3] = 300.0, 100.0, 200.0
    return firms[0]


@pytest.fixture
def table(stepped_model):
    """Needs of 31 provinces without any need."""
    known = stepped_model.world.needs.table
    quiet = known._replace(**{name: np.zeros_like(getattr(known, name)) for name in known._fields})
    quiet.emission_factor[:] = FACTOR
    return quiet


def full(count=60):
    return np.ones(count)


# --- plants -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "made"),
    [
        (0.0, [0, 0, 0, 0]),
        (15.0, [0, 15, 0, 0]),
        (35.0, [0, 20, 15, 0]),
        (55.0, [5, 20, 30, 0]),
        (60.0, [10, 20, 30, 0]),
    ],
)
def test_the_cheapest_plants_run_first(firm, output, made):
    firm.output = output
    accounts.run_plants(firm, full())
    assert firm.slot_output.tolist() == made


def test_a_plant_makes_what_exists_of_it_at_full_use(firm):
    firm.slot_available[1], firm.output = 0.5, 100.0
    accounts.run_plants(firm, 2.0 * full())
    assert firm.slot_output.tolist() == [20.0, 20.0, 60.0, 0.0]


def test_a_plant_that_does_not_exist_yet_keeps_no_other_from_running(firm):
    firm.slot_available[1], firm.output = 0.0, 40.0
    accounts.run_plants(firm, full())
    assert firm.slot_output.tolist() == [10.0, 0.0, 30.0, 0.0]


def test_the_last_plant_runs_too(new_firms):
    """`able_plants` names every slot: it must be written anew if firms have more or fewer."""
    firm = new_firms()[0]
    firm.slot_route[-1], firm.slot_capacity[-1], firm.output = ONE, 10.0, 7.0
    assert able_plants(firm, full()) == (*np.zeros(SLOTS - 1), 10.0)
    accounts.run_plants(firm, full())
    assert firm.slot_output.tolist() == [*np.zeros(SLOTS - 1), 7.0]


@views
@given(st.lists(st.tuples(st.floats(0.01, 1e3), SHARE, AMOUNT), min_size=1, max_size=SLOTS), SHARE)
def test_plants_make_what_the_firm_makes(new_firms, plants, use):
    firm = new_firms()[0]
    for slot, (size, exists, cost) in enumerate(plants):
        firm.slot_route[slot], firm.slot_capacity[slot] = ROUTES[slot], size
        firm.slot_available[slot], firm.slot_cost[slot] = max(exists, 0.01), cost
    able = float((firm.slot_capacity * firm.slot_available)[firm.slot_route != EMPTY].sum())
    firm.output = use * able
    accounts.run_plants(firm, full())
    assert firm.slot_output.sum() == pytest.approx(firm.output, rel=1e-9)
    assert (firm.slot_output <= firm.slot_capacity * firm.slot_available * (1 + 1e-12)).all()


# --- energy and CO2 -----------------------------------------------------------------------------------------------


def test_energy_and_co2_by_hand(firm, table):
    """5 units, a tenth saved: 5 x 2 x 0.9 = 9 PJ coal, 0.81 Mt; process 0.5 Mt; half of 1.31 Mt is captured."""
    firm.slot_output[0], firm.saving = 5.0, 0.1
    table.fuel[0, ONE, 0], table.electricity[0, ONE], table.process[0, ONE] = 2.0, 0.4, 0.1
    table.capture_share[ONE] = 0.5
    accounts.account_energy(firm, table)
    assert firm.fuel.tolist() == pytest.approx([9.0, 0.0, 0.0, 0.0])
    assert firm.electricity == pytest.approx(1.8)
    assert (firm.co2, firm.co2_process, firm.captured) == pytest.approx((0.655, 0.25, 0.655))


def test_every_carrier_is_burnt_and_no_other(firm, table):
    """`account_energy` names every carrier: it must be written anew if there are more or fewer."""
    firm.slot_output[0], table.fuel[0, ONE] = 5.0, 2.0
    # A carrier too many would find what lies behind: another route, another factor.
    table.fuel[0, ONE + 1], table = 1e6, table._replace(emission_factor=np.full(CARRIERS + 1, 0.1)[:CARRIERS])
    accounts.account_energy(firm, table)
    assert firm.fuel.tolist() == pytest.approx([10.0] * CARRIERS)
    assert firm.co2 == pytest.approx(CARRIERS)
    table.fuel[0, ONE, :-1] = 0.0
    accounts.account_energy(firm, table)
    assert firm.fuel.tolist() == pytest.approx([0.0] * (CARRIERS - 1) + [10.0])
    assert firm.co2 == pytest.approx(1.0)


def test_an_idle_firm_burns_nothing(firm, table):
    firm.fuel[:], firm.co2, firm.electricity, firm.captured, firm.co2_process = 1.0, 1.0, 1.0, 1.0, 1.0
    accounts.account_energy(firm, table)
    assert firm.fuel.sum() == firm.co2 == firm.electricity == firm.captured == firm.co2_process == 0.0


@views
@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, SHARE), min_size=1, max_size=SLOTS), st.floats(0.0, 0.5))
def test_co2_is_fuel_by_factor_and_process_less_capture(new_firms, table, plants, saving):
    firm, process = new_firms()[0], 0.0
    for slot, (made, coal, gas, raw, kept) in enumerate(plants):
        route = ROUTES[slot]
        firm.slot_route[slot], firm.slot_output[slot], firm.saving = route, made, saving
        table.fuel[0, route, [0, 2]], table.process[0, route], table.capture_share[route] = (coal, gas), raw, kept
        process += made * raw
    accounts.account_energy(firm, table)
    burnt = float(firm.fuel @ np.array(FACTOR))
    assert firm.co2 + firm.captured == pytest.approx(burnt + process, rel=1e-9)
    assert 0.0 <= firm.co2_process <= firm.co2 * (1 + 1e-12)


def test_generators_make_what_dispatch_gave_their_plants(firm, table):
    firms = np.array([firm]).view(np.recarray)
    firms.slot_output[0, :3] = 1.0, 2.0, 3.0
    cells, made, fuel = tuple(np.zeros((31, 12)) for _ in range(5)), np.zeros((31, 60)), np.zeros((31, 12, 4))
    accounts.account_power(firms, table, cells, made, fuel)
    assert firms.output[0] == cells[0].sum() == made.sum() == 6.0


# --- money --------------------------------------------------------------------------------------------------------


@pytest.fixture
def money(stepped_model):
    """Loans at 5 % over 10 years, a quarter of profits taxed, 0.6 of spare cash paid out, 0.1 of sales kept."""
    shape = stepped_model.world.capacity.shape
    return accounts.MoneyTable(np.zeros(shape), np.zeros(shape), 0.05, 10.0, 0.25, 0.6, np.full(12, 0.1))


def test_a_good_year_by_hand(firm, money):
    """Sales 1000, cost 700, debt 1000: interest 50, tax 62.5, repayment 100; cash 20 + 87.5, of which 7.5 is spare."""
    firm.revenue, firm.operating_cost, firm.debt, firm.liquidity = 1000.0, 700.0, 1000.0, 20.0
    accounts.pay_and_save(firm, money)
    assert (firm.interest, firm.repayment, firm.tax) == pytest.approx((50.0, 100.0, 62.5))
    assert (firm.dividend, firm.liquidity, firm.debt) == pytest.approx((4.5, 103.0, 900.0))
    assert firm.mean_profit == pytest.approx(0.2 * 0.25)


def test_a_loss_is_not_taxed_and_nothing_is_paid_out(firm, money):
    firm.revenue, firm.operating_cost, firm.liquidity = 100.0, 130.0, 5.0
    accounts.pay_and_save(firm, money)
    assert (firm.tax, firm.dividend, firm.liquidity) == (0.0, 0.0, -25.0)
    assert firm.mean_profit == pytest.approx(-0.06)


@views
@given(AMOUNT, AMOUNT, AMOUNT, st.floats(-1e4, 1e4))
def test_cash_moves_by_what_is_paid(firm, money, revenue, cost, debt, cash):
    firm.revenue, firm.operating_cost, firm.debt, firm.liquidity = revenue, cost, debt, cash
    accounts.pay_and_save(firm, money)
    paid = firm.interest + firm.tax + firm.repayment + firm.dividend
    assert firm.liquidity == pytest.approx(cash + revenue - cost - paid, rel=1e-9, abs=1e-6)
    assert firm.debt == pytest.approx(debt - firm.repayment, rel=1e-12)
    assert min(firm.interest, firm.tax, firm.repayment, firm.dividend) >= 0.0


@pytest.fixture
def no_market(stepped_model, costs):
    """A true-up without carbon markets; a tonne costs 4 locally."""
    rules = stepped_model.world.allowances.rules
    costs.sectors["carbon_adder"] = 4.0
    return rules._replace(plan=rules.plan._replace(costs=costs), market=np.full_like(rules.market, -1))


def close_books(firms, costs, money, rules):
    books = true_up.Books(np.zeros((8, 7)), np.zeros((8, 31)), np.zeros((8, 12, 3)))
    counted = census.empty_census(31, 12)
    terms = lock_in.PlantTerms(np.full(60, 30.0), np.zeros(60), np.ones((31, 60)))
    accounts.close_books(firms, costs, money, rules, books, terms, counted)
    return counted


def settle(firm, costs, money, rules):
    firms = np.array([firm]).view(np.recarray)
    close_books(firms, costs, money, rules)
    return firms[0]


def test_large_emitters_are_covered(new_firms, costs, money, no_market):
    firms = new_firms(3)
    firms.co2[:] = 0.025, 0.026, 0.027
    close_books(firms, costs, money, no_market._replace(threshold_mt=0.026))
    assert firms.covered.tolist() == [0, 1, 1]


def test_the_census_counts_who_makes_something_and_what_stopped_decisions(new_firms, costs, money, no_market):
    firms = new_firms(3)
    firms.province[:], firms.sector[:] = 4, (2, 2, 3)
    firms.output[:], firms.blocked[:] = (1.0, 0.0, 2.0), (0, 3, 6)
    counted = close_books(firms, costs, money, no_market)
    assert (counted.making[4, 2], counted.making[4, 3], counted.making.sum()) == (1.0, 1.0, 2.0)
    assert (counted.blocked[4, 2, 2], counted.blocked[4, 3, 5], counted.blocked.sum()) == (1.0, 1.0, 2.0)


def test_cost_of_the_year_by_hand(firm, costs, money, no_market):
    """5 units at 100 x 0.9 + 10 + 3 = 103, 8 a year on 60 units of plant, and 25 t at 4 for carbon."""
    unit = costs.routes[0, ONE]
    unit.energy_cost, unit.other_cost, costs.sectors[0, 1].added_cost = 100.0, 10.0, 3.0
    costs.routes["fixed_cost"] = 8.0
    firm.slot_output[0], firm.output, firm.price, firm.saving = 5.0, 5.0, 200.0, 0.1
    firm.co2 = 25.0
    found = settle(firm, costs, money, no_market)
    assert found.revenue == pytest.approx(1000.0)
    assert found.operating_cost == pytest.approx(5.0 * 103.0 + 480.0 + 100.0)


def test_generators_sell_by_plant_and_are_paid_for_capacity(firm, costs, money, no_market):
    """4 TWh at 400 and 10 GW at 100 CNY/kW."""
    firm.sector, firm.slot_output[0] = 0, 4.0
    money.power_price[0, ONE], money.capacity_payment[0, ONE] = 400.0, 100.0
    assert settle(firm, costs, money, no_market).revenue == pytest.approx(1600.0 + 1000.0)
