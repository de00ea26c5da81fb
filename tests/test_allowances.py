"""What a firm plans in its carbon market, how it settles after production, and what it hears of prices, by hand."""

import numpy as np
import pytest

from agents import firm_allowances
from simulator import true_up
from simulator.allowance_outlook import News, announce
from simulator.allowances import mean_prices
from simulator.base_year import POWER
from simulator.carbon_paths import Benchmarks, MarketRules, grant, market_rules, trend_and_volatility
from simulator.projects import renew_leaving

ONE = 13
MARKET = 0


# --- plans by hand ------------------------------------------------------------------------------------------------


@pytest.fixture
def seen(stepped_model, costs):
    """A market of all sectors in province 0; route ONE emits 2 t a unit and has a benchmark of 1.5 t."""
    view = stepped_model.world.allowances.plan
    names = ("obligation", "benchmark", "capped", "lasting")
    view = view._replace(costs=costs, **{name: np.zeros_like(getattr(view, name)) for name in names})
    view.obligation[0] = 1.0
    view.benchmark[0, ONE] = 1.5
    costs.routes[0, ONE].energy_emissions = 2.0
    return view._replace(bank_share=0.1, bank_years=3, abatement_maximum=0.03)


@pytest.fixture
def firm(new_firms):
    """100 units made last year; it expects a price of 66 and asks for a return of a tenth."""
    firm = new_firms()[0]
    firm.slot_route[0], firm.slot_capacity[0], firm.slot_output[0] = ONE, 200.0, 100.0
    firm.covered, firm.hurdle_rate, firm.expected_carbon_price[0] = 1, 0.1, 66.0
    return firm


def test_a_plan_by_hand(firm, seen):
    """5 % more than last year's 100 units: 210 t and allowances for 157.5, and 0.4 for each of 50 t of the base."""
    seen.capped[1], firm.base_co2, firm.expected_growth = 0.4, 50.0, 0.05
    firm_allowances.plan_allowances(firm, seen)
    assert firm.expected_co2 == pytest.approx(210.0)
    assert firm.entitlement == pytest.approx(157.5 + 20.0)
    assert (firm.wanted_bank, firm.bank_value, firm.abatable) == pytest.approx((21.0, 60.0, 0.03))


def test_the_worth_of_keeping_by_hand():
    """66 next year are worth 60 at a tenth, 121 in three years 90.91; at 30 in three years it is sold next year."""
    assert firm_allowances.worth_of_keeping(66.0, 121.0, 3, 0.1) == pytest.approx(121.0 / 1.331)
    assert firm_allowances.worth_of_keeping(66.0, 30.0, 3, 0.1) == pytest.approx(60.0)
    assert firm_allowances.worth_of_keeping(66.0, 0.0, 0, 0.1) == pytest.approx(60.0)


@pytest.mark.parametrize(("lasts", "worth"), [(1.0, 121.0 / 1.331), (0.0, 60.0)], ids=["lasting", "taken over"])
def test_scarcity_to_come_counts_while_the_market_lasts(firm, seen, lasts, worth):
    firm.expected_carbon_price[1] = 121.0
    seen.lasting[0] = lasts
    firm_allowances.plan_allowances(firm, seen)
    assert firm.bank_value == pytest.approx(worth)


def test_what_was_avoided_last_year_is_not_taken_for_granted(firm, seen):
    firm.abated = 0.02
    firm_allowances.plan_allowances(firm, seen)
    assert (firm.expected_co2, firm.abated) == (pytest.approx(200.0), 0.0)


def test_a_new_plant_is_planned_at_normal_use(firm, seen):
    firm.slot_output[0], firm.slot_built[0], firm.slot_available[0] = 0.0, 2022.0, 0.5
    seen.costs.routes[0, ONE].utilisation = 0.8
    firm_allowances.plan_allowances(firm, seen)
    assert firm.expected_co2 == pytest.approx(2.0 * 200.0 * 0.5 * 0.8)
    firm.slot_built[0] = 2010.0
    firm_allowances.plan_allowances(firm, seen)
    assert firm.expected_co2 == 0.0


@pytest.mark.parametrize("change", [{"covered": 0}, {"province": 1}], ids=["too small", "no market"])
def test_who_is_outside_plans_nothing(firm, seen, change):
    for name, value in change.items():
        firm[name] = value
    firm.wanted_bank = firm.entitlement = firm.abated = 1.0
    firm_allowances.plan_allowances(firm, seen)
    assert firm.expected_co2 == firm.entitlement == firm.wanted_bank == firm.abatable == firm.abated == 0.0


def test_wind_power_neither_asks_for_allowances_nor_offers_any(firm, seen, stepped_model):
    """In the model wind has no benchmark and emits nothing; a plan does not change with its output."""
    world = stepped_model.world
    technology = stepped_model.setting.base.routes.technology
    clean = np.flatnonzero(np.isin(technology, [2, 3, 5, 6, 7]))
    assert clean.size == 5
    units = world.costs.routes[:, clean]
    assert units["allowance_credit"].max() == units["energy_emissions"].max() == 0.0
    firm.sector, plans = POWER, []
    firm.slot_route[1] = clean[2]
    for made in (0.0, 1e6):
        firm.slot_output[1] = made
        firm_allowances.plan_allowances(firm, seen)
        plans.append((firm.expected_co2, firm.entitlement))
    assert plans[0] == plans[1]


# --- true-up by hand ----------------------------------------------------------------------------------------------


@pytest.fixture
def rules(stepped_model, seen):
    """Price 50, after production 300, nine tenths free, at most half of emissions kept; local price 2."""
    rules = stepped_model.world.allowances.rules
    sectors, markets = rules.free.size, rules.price.size
    seen.costs.sectors["carbon_adder"] = 2.0
    return rules._replace(
        plan=seen, market=np.full_like(rules.market, MARKET), kept=np.full_like(rules.kept, 0.5),
        free=np.full(sectors, 0.9), updated=np.zeros(sectors), price=np.full(markets, 50.0),
        late_price=np.full(markets, 300.0), full_price=150.0, clears=1,
    )  # fmt: skip


def settle(firm, rules):
    books = true_up.Books(np.zeros((8, len(true_up.ACCOUNTS))), np.zeros((8, 31)), np.zeros((8, 12, 3)))
    true_up.take_stock(firm, rules)
    true_up.settle_carbon(firm, rules, books)
    return dict(zip(true_up.ACCOUNTS, books.accounts[MARKET], strict=True))


def test_a_surplus_is_kept(firm, rules):
    """150 t of benchmark, 135 free, 80 bought and 10 kept before are 225; 200 are due: 25 stay. 80 x 50 + 200 x 2."""
    firm.bank, firm.bought, firm.co2 = 10.0, 80.0, 200.0
    books = settle(firm, rules)
    assert firm.entitlement == pytest.approx(150.0)
    assert (firm.bank, firm.bought_late) == (pytest.approx(25.0), 0.0)
    assert firm.carbon_payment == pytest.approx(80.0 * 50.0 + 400.0)
    wanted = {"allocated": 135, "bought": 80, "late": 0, "surrendered": 200, "banked": 25, "expired": 0}
    assert books == pytest.approx({**wanted, "payments": 4000})


def test_what_was_bought_late_is_paid_at_the_price_of_its_session(firm, rules):
    firm.bank, firm.bought, firm.bought_late, firm.co2 = 10.0, 30.0, 25.0, 200.0
    assert true_up.take_stock(firm, rules) == pytest.approx(-25.0)
    books = settle(firm, rules)
    assert (firm.bank, firm.bought_late) == (0.0, pytest.approx(25.0))
    assert firm.carbon_payment == pytest.approx(30.0 * 50.0 + 25.0 * 300.0 + 400.0)
    assert books["late"] == pytest.approx(25.0)


def test_what_exceeds_the_limit_expires(firm, rules):
    firm.bank, firm.bought, firm.co2 = 200.0, 0.0, 100.0
    books = settle(firm, rules)
    assert (firm.bank, books["expired"]) == pytest.approx((50.0, 185.0))


def test_allowances_lapse_when_another_market_takes_over(firm, rules):
    rules.kept[0, 1] = 0.0
    firm.bank, firm.bought, firm.co2 = 10.0, 80.0, 200.0
    assert settle(firm, rules)["expired"] == pytest.approx(25.0)
    assert firm.bank == 0.0


def test_lump_sums_are_really_paid_out(firm, rules):
    """Nothing by output, half of the base of 300 t: 135 free; a firm that has stopped sells them all."""
    rules.plan.benchmark[:], rules.plan.capped[1] = 0.0, 0.5
    firm.base_co2, firm.bought, firm.co2, firm.slot_output[0] = 300.0, -135.0, 0.0, 0.0
    settle(firm, rules)
    assert firm.carbon_payment == pytest.approx(-135.0 * 50.0)
    assert (firm.bank, firm.bought_late, firm.base_co2) == (0.0, 0.0, 300.0)


def test_the_base_follows_emissions_until_caps_begin(firm, rules):
    firm.co2, firm.base_co2 = 200.0, 120.0
    settle(firm, rules)
    assert firm.base_co2 == 120.0
    rules.updated[1] = 1.0
    settle(firm, rules)
    assert firm.base_co2 == 200.0


def test_what_is_avoided_costs_the_area_under_its_marginal_cost(firm, rules):
    """3 % of 200 t can be avoided; at 50 of 150 a third of it is: 198 t are left, and it costs 6 x 8.33."""
    firm.abatable, firm.abated, firm.co2 = 0.03, 0.01, 198.0
    settle(firm, rules)
    assert firm.abatement_cost == pytest.approx(6.0 * 2500.0 / 300.0)


def test_at_a_given_price_all_is_had_at_that_price(firm, rules):
    firm.bank, firm.bought, firm.co2 = 0.0, 7.0, 100.0
    books = settle(firm, rules._replace(clears=0))
    assert (firm.bought, firm.bought_late, firm.bank) == (pytest.approx(-35.0), 0.0, 0.0)
    assert books["payments"] == pytest.approx(-35.0 * 50.0)


def test_outside_a_market_only_the_local_price_is_paid(firm, rules):
    rules.market[:] = -1
    firm.co2 = 100.0
    books = settle(firm, rules)
    assert firm.carbon_payment == 200.0
    assert set(books.values()) == {0.0}


# --- expectations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scarce", "later"), [(50.0, 60.0), (-100.0, 60.0), (90.0, 90.0), (900.0, 300.0)])
def test_what_a_market_announces_by_hand(scarce, later):
    """Market 0 traded at 50, market 1 never; floors rise to 60, the ceiling of market 1 is 15 later on.

    For next year the last price is expected, for later that of the horizon within the band.
    """
    market = np.array([[0, 1, -1, -1]])
    coming_market = np.array([[[0, 0, 0], [1, 1, 1], [-1, 0, 0], [-1, -1, -1]]])
    coming_obligation = np.where(coming_market >= 0, 1.0, 0.0)
    coming_floor = np.array([[40.0, 60.0, 60.0], [20.0, 20.0, 20.0]])
    coming_ceiling = np.array([[300.0, 300.0, 300.0], [150.0, 150.0, 15.0]])
    found, announced = np.zeros((1, 4)), np.zeros((1, 4, 3))
    obligation = np.array([[0.5, 1.0, 0.0, 0.0]])
    last, ahead, floor = np.array([50.0, 0.0]), np.array([scarce, 0.0]), np.array([40.0, 20.0])
    # Of the second year; in the first there was no market.
    coming = (coming_market, coming_obligation, coming_floor, coming_ceiling)
    coming = (np.stack((np.zeros_like(one), one)) for one in coming)
    announce(News(last, ahead, floor, market, obligation, *coming), 1, found, announced)
    assert found.tolist() == [[25.0, 20.0, 0.0, 0.0]]
    wanted = [[50.0, later, later], [20.0, 20.0, 15.0], [0.0, later, later], [0.0, 0.0, 0.0]]
    assert announced[0].tolist() == wanted


def test_what_holds_in_markets_by_hand(stepped_model):
    """What may be kept of a year's emissions is the carry-over of the year, nothing where the market changes next."""
    setting, signals = stepped_model.setting, stepped_model.setting.signals
    markets, rules = setting.carbon_markets, market_rules(setting.carbon_markets, signals)
    changes = markets.market[1:] != markets.market[:-1]
    assert changes.any()
    assert (rules["kept"][:-1][changes] == 0.0).all()
    kept, carried = rules["kept"].max(axis=(1, 2)), signals["allowance_carry_over_share"]
    assert kept.tolist() == carried.tolist()
    assert rules["market"][-1].tolist() == markets.market[-1].tolist()
    issued = signals["free_allocation_share"] + rules["auctioned"]
    assert rules["auctioned"].min() >= 0.0
    assert issued.max() <= 1.0


def test_allowances_for_a_unit_by_hand():
    """Benchmarks of 2 t nationally and 3 t here, nine tenths of them given, half of that free; market 2 is a pilot."""
    cells, sectors = np.array([[0, 2, -1]]), np.zeros(3)
    rules = MarketRules(*(sectors for _ in MarketRules._fields))._replace(
        market=cells, by_output=np.array([0.9, 0.9, 0.0]), free=np.array([0.5, 0.5, 1.0])
    )
    per_unit, credit = np.ones((2, 1, 4))
    benchmarks = Benchmarks(np.full(4, 2.0), np.full((1, 4), 3.0))
    grant(benchmarks, rules, np.array([0, 0, 1, 2]), per_unit, credit)
    assert per_unit[0].tolist() == pytest.approx([1.8, 1.8, 2.7, 0.0])
    assert credit[0].tolist() == pytest.approx([0.9, 0.9, 1.35, 0.0])


def test_mean_prices_by_hand():
    """Market 0 traded in both sessions, 1 before production alone, 2 not at all, and 3 has no firms this year."""
    first, late = np.zeros((4, 6)), np.zeros((4, 6))
    first[:, 0], first[:, 5] = (50.0, 40.0, 30.0, 0.0), (3.0, 2.0, 0.0, 0.0)
    late[:, 0], late[:, 5] = (70.0, 45.0, 30.0, 0.0), (1.0, 0.0, 0.0, 0.0)
    late_price, price, mean_price = np.zeros(4), np.array([10.0, 10.0, 35.0, 20.0]), np.zeros(4)
    mean_prices(first, late, late_price, price, mean_price)
    assert late_price.tolist() == late[:, 0].tolist() == [70.0, 0.0, 0.0, 0.0]
    assert price.tolist() == [55.0, 40.0, 35.0, 20.0]
    assert mean_price.tolist() == [55.0, 40.0, 35.0, 0.0]


def test_trend_and_volatility_by_hand():
    history = np.array([50.0, 50.0, 80.0, 80.0]).reshape(4, 1, 1) * np.array([1.0, 0.0])
    trend, volatility = np.ones((1, 2)), np.ones((1, 2))
    trend_and_volatility(history, trend, volatility)
    steps = np.array([0.0, np.log(1.6), 0.0])
    assert trend[0].tolist() == pytest.approx([1.6 ** (1 / 3) - 1.0, 0.0])
    assert volatility[0].tolist() == pytest.approx([steps.std(), 0.0])


def test_allowances_of_a_firm_that_moves_away_lapse(new_firms):
    firms = new_firms(2)
    firms.leaving[:], firms.settling_in[:], firms.bank[:], firms.base_co2[:] = 1, (1, 0), 5.0, 7.0
    renew_leaving(firms, 0.1)
    assert firms.bank.tolist() == [0.0, 5.0]
    assert firms.base_co2.tolist() == [0.0, 7.0]
