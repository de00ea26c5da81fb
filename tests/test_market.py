"""Who sells how much in a market: nothing lost, nobody above capacity, customers follow price and capacity."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.firm_record import able_output
from simulator import industry, market

ROUTE = 13
QUANTITY = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))
views = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def filled(new_firms, weights, able, ordered, delivered):
    """Output and wanted output of firms with these weights and abilities, and what nobody made."""
    firms = new_firms(len(weights))
    firms.market_weight[:] = weights
    able = np.array(able, dtype=float)
    left = market.fill_market(float(ordered), float(delivered), np.arange(firms.size), able, firms)
    return firms.output.copy(), firms.wanted_output.copy(), left


def test_customers_spread_by_weight(new_firms):
    made, wanted, left = filled(new_firms, [3, 1], [100, 100], 40, 40)
    assert (made.tolist(), wanted.tolist(), left) == ([30.0, 10.0], [30.0, 10.0], 0.0)


def test_what_one_firm_cannot_make_the_others_are_asked_for(new_firms):
    """100 over weights 2, 1, 1 asks for 50, 25, 25; the first makes 20, the other two 15 more each."""
    made, wanted, left = filled(new_firms, [2, 1, 1], [20, 100, 100], 100, 100)
    assert made.tolist() == pytest.approx([20.0, 40.0, 40.0])
    assert wanted.tolist() == [50.0, 25.0, 25.0]
    assert left == pytest.approx(0.0, abs=1e-9)


def test_water_falls_from_step_to_step(new_firms):
    """90 over three alike with room for 10, 30, 90: 10, 30 and 50."""
    made, _, left = filled(new_firms, [1, 1, 1], [10, 30, 90], 90, 90)
    assert made.tolist() == pytest.approx([10.0, 30.0, 50.0])
    assert left == pytest.approx(0.0, abs=1e-9)


def test_nobody_makes_what_exceeds_all(new_firms):
    made, _, left = filled(new_firms, [1, 2], [10, 10], 50, 50)
    assert (made.tolist(), left) == ([10.0, 10.0], pytest.approx(30.0))


def test_firms_want_what_was_ordered_even_if_less_is_delivered(new_firms):
    made, wanted, _ = filled(new_firms, [1, 1], [10, 10], 30, 20)
    assert (made.tolist(), wanted.tolist()) == ([10.0, 10.0], [15.0, 15.0])


def test_a_market_without_customers_is_served_by_spare_capacity(new_firms):
    made, wanted, left = filled(new_firms, [0, 0], [30, 10], 20, 20)
    assert (made.tolist(), wanted.tolist(), left) == ([15.0, 5.0], [0.0, 0.0], 0.0)


@views
@given(st.lists(st.tuples(QUANTITY, QUANTITY), min_size=1, max_size=12), QUANTITY)
def test_mass_is_kept_and_capacity_holds(new_firms, firms, delivered):
    weights, able = zip(*firms, strict=True)
    made, _, left = filled(new_firms, weights, able, delivered, delivered)
    size = max(delivered, sum(able), 1.0)
    assert made.sum() + left == pytest.approx(delivered, rel=1e-9, abs=1e-9 * size)
    assert left == pytest.approx(max(delivered - sum(able), 0.0), rel=1e-9, abs=1e-9 * size)
    assert (made >= 0.0).all()
    assert (made <= np.array(able) * (1.0 + 1e-12)).all()


@views
@given(st.lists(st.tuples(st.floats(1.0, 1e3), st.floats(1.0, 1e3)), min_size=2, max_size=8), st.floats(1.0, 1e3))
def test_order_of_firms_does_not_matter(new_firms, firms, delivered):
    there, back = (filled(new_firms, *zip(*one, strict=True), delivered, delivered) for one in (firms, firms[::-1]))
    assert there[0] == pytest.approx(back[0][::-1], rel=1e-9, abs=1e-9)


# --- the index ----------------------------------------------------------------------------------------------------


def test_every_firm_stands_in_its_market_once(stepped_model):
    firms = stepped_model.world.firms
    provinces, sectors = stepped_model.world.market_able.shape
    index = market.new_index(firms, np.arange(firms.size), sectors, provinces)
    assert sorted(index.rows.tolist()) == list(range(firms.size))
    for sector in range(sectors):
        for province in range(provinces):
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            assert (firms.sector[rows] == sector).all()
            assert (firms.province[rows] == province).all()
            assert rows.tolist() == sorted(rows.tolist())


def test_able_output_is_capacity_that_exists(new_firms):
    firm, full = new_firms()[0], np.full(60, 8.76)
    firm.slot_route[:2], firm.slot_capacity[:], firm.slot_available[1] = ROUTE, 2.0, 0.5
    assert able_output(firm, full) == pytest.approx(3.0 * 8.76)


def test_a_shortage_that_is_over_is_forgotten(run_model):
    """It neither binds next year nor stays in the record."""
    world = run_model(1).world
    able = world.able.copy()
    world.firms.ration[:], world.power.ration[:] = 0.1, 0.1
    world.power.books.unserved_twh[:] = 0.0
    industry.ration_firms(world)
    world.measure_capacity()
    assert world.able.tolist() == able.tolist()
    assert world.firms.ration.max() == 0.0


# --- customers ----------------------------------------------------------------------------------------------------


@pytest.fixture
def moved(new_firms):
    """A function: weights of firms of one market after customers have moved. Product 1 is another one."""

    def move(weights, price, able, family=None, loyalty=0.7, sensitivity=5.0):
        firms = new_firms(len(weights))
        firms.market_weight[:], firms.price[:], firms.output[:] = weights, price, 1.0
        firms.family[:] = family or 0
        index = market.new_index(firms, np.arange(firms.size), 12, 31)
        market.move_customers(firms, index, np.array(able, dtype=float), loyalty, sensitivity)
        return firms.market_weight.copy()

    return move


def test_alike_firms_keep_their_customers(moved):
    assert moved([1.0, 1.0], [10.0, 10.0], [5.0, 5.0]).tolist() == pytest.approx([1.0, 1.0])


def test_the_cheaper_firm_gains_by_hand(moved):
    """Prices 9 and 11 at elasticity 5: weights as (11 / 9)^5 = 2.727."""
    found = moved([1.0, 1.0], [9.0, 11.0], [5.0, 5.0])
    assert found[0] / found[1] == pytest.approx((11.0 / 9.0) ** 5)
    assert found.sum() == pytest.approx(2.0)


def test_capacity_draws_as_far_as_customers_are_not_loyal(moved):
    """Twice the capacity at loyalty 0.7: 2^0.3."""
    found = moved([1.0, 1.0], [10.0, 10.0], [10.0, 5.0])
    assert found[0] / found[1] == pytest.approx(2.0**0.3)
    assert moved([1.0, 1.0], [10.0, 10.0], [10.0, 5.0], loyalty=1.0).tolist() == pytest.approx([1.0, 1.0])


def test_who_has_no_capacity_loses_its_customers(moved):
    assert moved([1.0, 1.0], [10.0, 10.0], [0.0, 5.0]).tolist() == [0.0, pytest.approx(2.0)]


def test_products_keep_their_shares_of_the_market(moved):
    found = moved([3.0, 1.0, 2.0], [5.0, 50.0, 10.0], [1.0, 1.0, 9.0], family=[0, 0, 1])
    assert found[:2].sum() == pytest.approx(4.0)
    assert found[2] == pytest.approx(2.0)


def test_mean_price_is_weighted_by_output_and_kept_where_nothing_is_made(new_firms):
    firms = new_firms(3)
    firms.sector[:], firms.price[:], firms.output[:] = (1, 1, 2), (10.0, 20.0, 99.0), (3.0, 1.0, 0.0)
    price = np.full((31, 12), 7.0)
    market.mean_prices(firms, market.new_index(firms, np.arange(firms.size), 12, 31), price)
    assert price[0, 1:3].tolist() == [12.5, 7.0]


# --- prices of several products -----------------------------------------------------------------------------------


@pytest.fixture
def priced(new_firms):
    """A function: market prices of sector 3, where products 0 and 1 cost 10 and 50 in the base year, on average 20."""

    def price_of(family, price, output):
        firms = new_firms(len(price))
        firms.sector[:], firms.family[:], firms.price[:], firms.output[:] = 3, family, price, output
        base, products, found = np.full((31, 12), 20.0), np.zeros((31, 12, market.FAMILIES)), np.full((31, 12), 7.0)
        products[:, 3, :2] = 10.0, 50.0
        index = market.new_index(firms, np.arange(firms.size), 12, 31)
        market.market_prices(firms, index, base, products, found)
        return found[0, 3]

    return price_of


def test_price_moves_with_what_each_product_costs(priced):
    """3 x 12 + 1 x 40 = 76 over 3 x 10 + 1 x 50 = 80: 0.95 of 20."""
    assert priced([0, 1], [12.0, 40.0], [3.0, 1.0]) == pytest.approx(19.0)


def test_a_market_that_loses_its_dear_product_has_not_become_cheaper(priced):
    assert priced([0, 1], [10.0, 50.0], [3.0, 0.0]) == pytest.approx(20.0)


def test_a_market_that_makes_nothing_keeps_its_price(priced):
    assert priced([0, 1], [10.0, 50.0], [0.0, 0.0]) == 7.0


@views
@given(st.lists(st.tuples(st.integers(0, 1), st.floats(1.0, 1e3)), min_size=1, max_size=8), st.floats(0.1, 10.0))
def test_price_does_not_depend_on_what_of_its_products_a_market_makes(priced, firms, change):
    family, output = zip(*firms, strict=True)
    assert priced(family, [change * (10.0, 50.0)[one] for one in family], output) == pytest.approx(20.0 * change)


def test_product_prices_by_hand(new_firms):
    """Province 0 makes product 0 for 10 and 20, province 1 product 1; each lacks one, and takes the other's price."""
    firms = new_firms(3)
    firms.sector[:], firms.province[:], firms.family[:] = 3, (0, 0, 1), (0, 0, 1)
    firms.price[:], firms.output[:] = (10.0, 20.0, 50.0), (3.0, 1.0, 2.0)
    price = np.zeros((31, 12, market.FAMILIES))
    market.product_prices(firms, price)
    assert price[:2, 3, :3].tolist() == [[12.5, 50.0, 0.0], [12.5, 50.0, 0.0]]
    assert price[0, 4].tolist() == [0.0] * market.FAMILIES
