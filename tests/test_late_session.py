"""The session after production: who sells what to whom at which price, by hand and beside scipy's root."""

import numpy as np
import pytest
from scipy.optimize import brentq

from simulator import late_session
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, UNSOLD, WITHHELD, Terms, no_members
from simulator.late_session import most_kept

FLOOR, CEILING = 40.0, 300.0
MARKET = 0


@pytest.fixture
def rules(stepped_model):
    """Nothing free, all emissions to be covered, scale of banks 0.1 and limit 0.5 of emissions, first price 50."""
    rules = stepped_model.world.allowances.rules
    plan = rules.plan._replace(
        obligation=np.ones_like(rules.plan.obligation), benchmark=np.zeros_like(rules.plan.benchmark),
        capped=np.zeros_like(rules.plan.capped), bank_share=0.1,
    )  # fmt: skip
    return rules._replace(
        plan=plan, market=np.full_like(rules.market, MARKET), kept=np.full_like(rules.kept, 0.5),
        price=np.full(rules.price.size, 50.0), clears=1,
    )  # fmt: skip


def trade(firms, rules, auction=0.0):
    """The result of the market, by the numbers of columns above."""
    count = rules.price.size
    band, offered = (np.full(count, FLOOR), np.full(count, CEILING)), np.zeros(count)
    offered[MARKET] = auction
    result = np.zeros((count, 6))
    late_session.trade(firms, rules, band, Terms(150.0, 2.0), offered, no_members(count, firms.size), result)
    return result[MARKET]


@pytest.fixture
def pair(new_firms):
    """Two firms that emitted 200 t: one lacks 25, one has 45 more than that and values an allowance kept at 60."""
    firms = new_firms(2)
    firms.covered[:], firms.co2[:] = 1, 200.0
    firms.bank[:], firms.bought[:] = (0.0, 30.0), (175.0, 215.0)
    firms.bank_value[:] = 60.0
    return firms


def test_a_price_by_hand(pair, rules):
    """20 t are kept, one scale of 20: 1/2 + 2 (60 / P - 1) = 1, so P = 48."""
    result = trade(pair, rules)
    assert result[PRICE] == pytest.approx(48.0)
    assert pair.bought_late.tolist() == pytest.approx([25.0, -25.0])
    assert result[[AUCTIONED, WITHHELD, RESERVE, UNSOLD, TRADED]].tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 25.0])


def test_the_reserve_sells_what_still_lacks_at_the_ceiling(pair, rules):
    """Only 10 t are over: all are sold, 15 come from the reserve."""
    pair.bought[1] = 180.0
    result = trade(pair, rules)
    assert (result[PRICE], result[RESERVE]) == (CEILING, pytest.approx(15.0))
    assert pair.bought_late.tolist() == pytest.approx([25.0, -10.0])


def test_at_the_floor_the_auction_gives_way_and_then_sellers(pair, rules):
    """An allowance kept is worth 10: 45 are offered for the 25 that lack, and nobody needs the auction."""
    pair.bank_value[:] = 10.0
    result = trade(pair, rules, 5.0)
    assert result.tolist() == pytest.approx([FLOOR, 0.0, 5.0, 0.0, 20.0, 25.0])
    assert pair.bought_late.tolist() == pytest.approx([25.0, -25.0])


def test_what_the_auction_withheld_is_offered_again(pair, rules):
    """With 5 t of it 20 are sold: 1/2 + 2 (60 / P - 1) = 25 / 20, P = 43.6."""
    result = trade(pair, rules, 5.0)
    assert result[PRICE] == pytest.approx(120.0 / 2.75)
    assert (result[AUCTIONED], result[WITHHELD]) == pytest.approx((5.0, 0.0))
    assert pair.bought_late.tolist() == pytest.approx([25.0, -20.0])


def test_nobody_buys_to_keep(pair, rules):
    """None lacks anything and all would like to keep ten times what they have."""
    pair.bought[:], pair.bank_value[:] = 210.0, 290.0
    result = trade(pair, rules, 50.0)
    assert pair.bought_late.tolist() == [0.0, 0.0]
    assert (result[AUCTIONED], result[TRADED]) == (0.0, 0.0)


def test_what_may_not_be_kept_is_offered_at_any_price(pair, rules):
    """At most 0.05 x 200 t may be kept, none where another market takes over."""
    pair.bank_value[:] = 1e4
    rules.kept[:] = 0.05
    assert trade(pair, rules)[PRICE] == FLOOR
    rules.kept[:] = 0.0
    result = trade(pair, rules)
    assert (result[PRICE], result[UNSOLD]) == (FLOOR, pytest.approx(20.0))


@pytest.mark.parametrize(("balance", "wanted"), [(5.0, 0.75), (2.0, 0.5), (-5.0, 0.0)])
def test_most_kept_by_hand(balance, wanted):
    assert most_kept(balance, 4.0, 3.0) == wanted
    assert most_kept(balance, 0.0, 3.0) == 0.0


def test_at_a_given_price_nothing_is_traded(pair, rules):
    assert trade(pair, rules._replace(clears=0), 5.0).tolist() == [0.0] * 6
    assert pair.bought_late.tolist() == [0.0, 0.0]
    assert pair.bought.tolist() == [200.0, 200.0]


@pytest.mark.parametrize("number", range(100))
def test_the_price_is_scipys_root_and_nobody_lacks_afterwards(new_firms, rules, number):
    luck = np.random.default_rng(number)
    count, mean, share = int(luck.integers(1, 40)), luck.uniform(-0.2, 0.2), max(luck.uniform(-0.3, 0.5), 0.0)
    firms = new_firms(count)
    firms.covered[:], firms.co2[:] = 1, np.exp(luck.normal(0.0, 1.0, count))
    firms.bought[:] = firms.co2 * (1.0 + luck.normal(mean, 0.1, count))
    firms.bank_value[:] = luck.uniform(0.0, 300.0, count)
    balance, auction = firms.bought - firms.co2, share * float(np.abs(firms.bought - firms.co2).sum())

    def excess(price):
        wish = np.maximum(0.5 + 2.0 * (firms.bank_value / price - 1.0), 0.0) * 0.1 * firms.co2
        kept = np.minimum(wish, np.minimum(balance, 0.5 * firms.co2))
        return float(np.where(balance < 0.0, -balance, kept - balance).sum()) - auction

    result = trade(firms, rules, auction)
    price, reserve, size = result[PRICE], result[RESERVE], 1e-9 * float(firms.co2.sum() + auction)
    if excess(FLOOR) < -size:
        assert price == FLOOR
    elif excess(CEILING) >= 0.0:
        assert (price, reserve) == (CEILING, pytest.approx(excess(CEILING), abs=size))
    else:
        root = brentq(excess, FLOOR, CEILING, xtol=1e-12, rtol=1e-14)
        assert abs(excess(price)) <= size
        step = 1e-6 * root
        if (excess(root - step) - excess(root + step)) / (2.0 * step) * root > 1e6 * size:
            assert price == pytest.approx(root, rel=1e-7)
    late = firms.bought_late
    assert late.sum() == pytest.approx(result[AUCTIONED] + reserve, abs=size)
    assert late[balance < 0.0] == pytest.approx(-balance[balance < 0.0], abs=size)
    assert ((late <= size) & (late >= -balance - size))[balance >= 0.0].all()
    assert reserve <= size or price == CEILING
