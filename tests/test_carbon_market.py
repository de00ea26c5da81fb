"""The clearing of allowance markets: equations by hand, the price beside scipy's root, quantities that balance."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from agents.firm_allowances import MOST_BANK, abatement_cost, avoided_share, bank_wish
from simulator import carbon_market
from simulator.carbon_market import (
    Demand,
    Terms,
    clear,
    clearing_price,
    enter,
    no_members,
    price_range,
    settle_quantities,
)

TERMS = Terms(full_price=150.0, response=2.0)
FLOOR, CEILING = 20.0, 400.0
searches = settings(max_examples=150)


def demand_of(certain, avoidable, bank, value, most=None):
    most = [MOST_BANK] * len(certain) if most is None else most
    return Demand(*(np.array(one, dtype=np.float64) for one in (certain, avoidable, bank, value, most)))


@st.composite
def populations(draw):
    """Up to 40 firms: what they lack, can avoid, like to keep and value."""
    luck = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 40))
    emitted = np.exp(luck.normal(0.0, 2.0, count))
    short = emitted * luck.normal(draw(st.floats(-0.3, 0.3)), draw(st.floats(0.0, 0.3)), count)
    keeps = emitted * draw(st.floats(0.0, 0.3))
    avoidable, value, most = (luck.uniform(0.0, high, count) for high in (0.06, 300.0, 3.0))
    return demand_of(short, emitted * avoidable, keeps, value, most), draw(st.floats(0.0, 1.0)) * float(emitted.sum())


def excess(demand, price, terms=TERMS):
    """Demand of a whole market, written once more."""
    wish = np.clip(0.5 + terms.response * (demand.value / price - 1.0), 0.0, demand.most)
    avoided = demand.avoidable * min(1.0, price / terms.full_price)
    return float((demand.certain - avoided + demand.bank * wish).sum())


def solve(demand, auction, start=50.0):
    return clearing_price(demand, auction, (FLOOR, CEILING), start, TERMS)


# --- equations ----------------------------------------------------------------------------------------------------


def test_abatement_by_hand():
    assert avoided_share(50.0, 150.0) == pytest.approx(1.0 / 3.0)
    assert avoided_share(200.0, 150.0) == 1.0
    assert abatement_cost(50.0, 150.0) == pytest.approx(2500.0 / 300.0)
    assert abatement_cost(200.0, 150.0) == pytest.approx(75.0)


@given(st.floats(1.0, 1e3), st.floats(1.0, 1e3))
def test_cost_of_abatement_is_the_area_under_its_marginal_cost(price, full):
    shares = np.linspace(0.0, avoided_share(price, full), 2001)
    assert abatement_cost(price, full) == pytest.approx(np.trapezoid(shares * full, shares), rel=1e-6)


@pytest.mark.parametrize(("price", "wish"), [(50.0, 0.9), (60.0, 0.5), (80.0, 0.0), (100.0, 0.0), (30.0, 2.0)])
def test_the_dearer_allowances_are_the_fewer_are_kept(price, wish):
    assert bank_wish(price, 60.0, 2.0, MOST_BANK) == pytest.approx(wish)


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        (0.0, (40.0, 300.0)),
        (50.0, (40.0, 50.0 * math.exp(0.5))),
        (200.0, (200.0 * math.exp(-0.5), 300.0)),
        (10.0, (40.0, 40.0)),
        (900.0, (300.0, 300.0)),
    ],
    ids=["new", "near the floor", "near the ceiling", "the floor has risen", "the ceiling has fallen"],
)
def test_the_price_stays_in_the_band_and_near_that_of_last_year(last, wanted):
    assert price_range(40.0, 300.0, last, 0.5) == pytest.approx(wanted)


# --- price --------------------------------------------------------------------------------------------------------


def test_price_by_hand():
    """100 Mt and 95 allowances: 2 Mt kept at v / P = 1 ... Z = 5 - 3 P / 150 + 10 (1/2 + 2 (60 / P - 1)).

    With an auction of 3: 5 - 0.02 P - 15 + 1200 / P = 3, so 0.02 P^2 + 13 P - 1200 = 0 and P = 81.87; there the wish is
    below zero. Clipped: 5 - 0.02 P = 3, P = 100.
    """
    price, short = solve(demand_of([5.0], [3.0], [10.0], [60.0]), 3.0)
    assert (price, short) == (pytest.approx(100.0), 0.0)


def test_a_bank_worth_more_raises_the_price():
    """5 - 0.02 P + 10 (240 / P - 1.5) = 3: 0.02 P^2 + 13 P - 2400 = 0, P = 149.9."""
    price, _ = solve(demand_of([5.0], [3.0], [10.0], [120.0]), 3.0)
    assert price == pytest.approx((-13.0 + math.sqrt(169.0 + 192.0)) / 0.04)


@pytest.mark.parametrize("start", [FLOOR, CEILING * (1.0 - 1e-15), CEILING, 50.0])
def test_a_search_that_begins_next_to_the_end_gets_there(start):
    demand = demand_of([5.0], [0.0], [0.0], [60.0])
    assert solve(demand, 3.0, start) == (CEILING, 2.0)
    assert solve(demand, 8.0, max(start, FLOOR * (1.0 + 1e-15))) == (FLOOR, -3.0)


@searches
@given(populations(), st.floats(0.0, 1000.0))
def test_the_price_is_scipys_root(drawn, start):
    demand, auction = drawn
    at_low, at_high = excess(demand, FLOOR) - auction, excess(demand, CEILING) - auction
    price, short = solve(demand, auction, start)
    assert FLOOR <= price <= CEILING
    if at_low <= 0.0:
        assert (price, short) == (FLOOR, pytest.approx(at_low, rel=1e-9, abs=1e-9))
    elif at_high >= 0.0:
        assert (price, short) == (CEILING, pytest.approx(at_high, rel=1e-9, abs=1e-9))
    else:
        size = abs(at_low) + abs(at_high) + auction
        root = brentq(lambda p: excess(demand, p) - auction, FLOOR, CEILING, xtol=1e-12, rtol=1e-14)
        assert short == 0.0
        assert abs(excess(demand, price) - auction) <= 1e-10 * size
        # Where demand is flat any price between two others clears the market.
        step = 1e-6 * root
        slope = (excess(demand, root - step) - excess(demand, root + step)) / (2.0 * step)
        if slope * root > 1e-3 * size:
            assert price == pytest.approx(root, rel=1e-7)


@searches
@given(populations(), st.floats(FLOOR, CEILING), st.floats(1.0, 2.0))
def test_demand_never_rises_with_the_price(drawn, price, factor):
    demand, _ = drawn
    size = np.abs(demand.certain).sum() + demand.avoidable.sum() + 3.0 * demand.bank.sum()
    assert excess(demand, price * factor) <= excess(demand, price) + 1e-12 * size


@searches
@given(populations(), st.floats(FLOOR, CEILING))
def test_slope_of_demand(drawn, price):
    demand, _ = drawn
    sums = carbon_market.fixed_sums(demand)[:2]
    total, slope = carbon_market.excess_demand(demand, sums, price, TERMS)
    assert total == pytest.approx(excess(demand, price), rel=1e-9, abs=1e-9)
    wish = 0.5 + TERMS.response * (demand.value / price - 1.0)
    edges = np.abs(np.concatenate([wish, wish - demand.most]))
    assume(edges.min() > 1e-4 and abs(price - TERMS.full_price) > 0.1)
    step = 1e-6 * price
    numeric = (excess(demand, price + step) - excess(demand, price - step)) / (2.0 * step)
    assert slope == pytest.approx(numeric, rel=1e-4, abs=1e-7 * (demand.bank.sum() + demand.avoidable.sum()))


@searches
@given(populations(), st.floats(0.0, 0.3))
def test_fewer_allowances_never_lower_the_price(drawn, less):
    demand, auction = drawn
    tighter = demand._replace(certain=demand.certain + less * np.abs(demand.certain))
    assert solve(tighter, auction)[0] >= solve(demand, auction)[0] * (1.0 - 1e-9)
    assert solve(demand, (1.0 - less) * auction)[0] >= solve(demand, auction)[0] * (1.0 - 1e-9)


# --- quantities ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("short", "auction", "asked", "offered", "sells", "wanted"),
    [
        (0.0, 3.0, 10.0, 7.0, True, (3.0, 0.0, 1.0, 1.0)),
        (2.0, 3.0, 12.0, 7.0, True, (3.0, 2.0, 1.0, 1.0)),
        (2.0, 3.0, 12.5, 7.5, False, (3.0, 0.0, 0.84, 1.0)),
        (-2.0, 3.0, 8.0, 7.0, True, (1.0, 0.0, 1.0, 1.0)),
        (-7.0, 3.0, 6.0, 10.0, False, (0.0, 0.0, 1.0, 0.6)),
    ],
    ids=["clears", "the reserve sells", "buyers give way", "auction gives way", "sellers give way"],
)
def test_who_gives_way(short, auction, asked, offered, sells, wanted):
    assert settle_quantities(short, auction, asked, offered, sells) == pytest.approx(wanted)


@searches
@given(st.lists(st.tuples(populations(), st.just(CEILING) | st.floats(FLOOR, CEILING)), min_size=1, max_size=3))
def test_what_is_bought_is_auctioned_or_sold_by_the_reserve(drawn):
    """Below the ceiling, at the highest price of a session, the reserve sells nothing and buyers give way."""
    auction, highest = np.array([one for (_, one), _ in drawn]), np.array([one for _, one in drawn])
    count = auction.size
    members = no_members(count, 40)
    for market, ((one, _), _) in enumerate(drawn):
        for firm, wish in enumerate(zip(*one, strict=True)):
            enter(members, market, firm, wish)
    result = np.zeros((count, 6))
    bounds = np.full(count, FLOOR), highest, np.full(count, CEILING)
    clear(members, auction, bounds, np.zeros(count), TERMS, result)
    for market, ((one, offered), _) in enumerate(drawn):
        price, auctioned, withheld, reserve, unsold, traded = result[market]
        mine = members.bought[market, : members.entered[market]]
        assert members.row[market, : mine.size].tolist() == list(range(one.certain.size))
        size = np.abs(one.certain).sum() + 3.0 * one.bank.sum() + offered
        assert mine.sum() == pytest.approx(auctioned + reserve, abs=1e-9 * size)
        assert traded == pytest.approx(mine[mine > 0.0].sum(), abs=1e-9 * size)
        assert auctioned + withheld == pytest.approx(offered, rel=1e-12)
        assert min(auctioned, withheld, unsold) >= 0.0
        assert reserve >= -1e-12 * size
        assert reserve <= 1e-12 * size or price == CEILING
        assert max(withheld, unsold) == 0.0 or price == FLOOR
        assert FLOOR <= price <= highest[market]


def test_the_reserve_does_not_fill_banks_below_the_ceiling():
    """One lacks 6 Mt, one offers 4 Mt and one likes to keep 10 (worth 400 at 50: 2 x 5); 50 is the highest price.

    16 are asked, 4 and an auction of 4 there: everybody gets half, and the one who lacks buys the rest late.
    """
    members, result = no_members(1, 3), np.zeros((1, 6))
    for row, wish in enumerate(((6.0, 0.0, 0.0, 0.0, 2.0), (-4.0, 0.0, 0.0, 0.0, 2.0), (0.0, 0.0, 5.0, 400.0, 2.0))):
        enter(members, 0, row, wish)
    bounds = np.array([FLOOR]), np.array([50.0]), np.array([CEILING])
    clear(members, np.array([4.0]), bounds, np.zeros(1), TERMS, result)
    assert result[0].tolist() == pytest.approx([50.0, 4.0, 0.0, 0.0, 0.0, 8.0])
    assert members.bought[0].tolist() == pytest.approx([3.0, -4.0, 5.0])
