"""Goods trade: worked by hand, against numpy.linalg, and identities that hold for every economy."""

import math
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import goods_trade as trade
from simulator.base_year import load_base_year
from simulator.errors import ModelError
from simulator.networks import normalise

cases = runpy.run_path(str(Path(__file__).with_name("goods_cases.py")))
random_economy, solve, ordered, TOLERANCE = (
    cases[name] for name in ("random_economy", "solve", "ordered", "TOLERANCE")
)
S = trade.SECTORS


def oracle(economy: dict[str, np.ndarray]) -> np.ndarray:
    """X = (1 - T m A)^-1 (T m F + E) as one dense system."""
    e = economy
    provinces = len(e["exports"])
    feed = np.einsum("ods,ds,djs->osdj", e["sourcing"], e["domestic_share"], e["inputs"])
    final = np.einsum("ods,ds->os", e["sourcing"], e["domestic_share"] * e["other_use"]) + e["exports"]
    size = provinces * S
    return np.linalg.solve(np.eye(size) - feed.reshape(size, size), final.ravel()).reshape(provinces, S)


def base_goods(distance: str) -> dict[str, np.ndarray]:
    """The shipped base year, electricity set apart."""
    base = load_base_year(distance)
    economy, names = base.economy, base.names
    inputs = np.ascontiguousarray(np.transpose(economy.coefficient, (0, 2, 1)))
    inputs[:, :, 0] = 0.0
    power = inputs[:, 0, :] * economy.output_bn_cny[:, :1]
    inputs[:, 0, :] = 0.0
    exports = economy.exports.copy()
    exports[:, 0] = 0.0
    return {
        "sourcing": normalise(economy.sourcing, names.provinces, names.sectors),
        "inputs": inputs,
        "other_use": economy.final_demand + power,
        "domestic_share": economy.domestic_share,
        "exports": exports,
        "start": economy.output_bn_cny,
    }


# --- the fixed point ------------------------------------------------------------------------------------------------


def test_two_provinces_two_goods_by_hand() -> None:
    """Province 0 mills 8 of good 2 for itself, which takes 0.5 of good 1 per unit, half of it from province 1.

    Good 2: X = 8. Use of good 1 in province 0: 0.5 * 8 + 6 = 10; half is bought in province 1, which exports 1 more.
    """
    sourcing = np.zeros((2, 2, S))
    sourcing[0, 0, 1] = sourcing[1, 0, 1] = 0.5
    sourcing[1, 1, 1] = sourcing[0, 0, 2] = sourcing[1, 1, 2] = 1.0
    inputs, use, exports = np.zeros((2, S, S)), np.zeros((2, S)), np.zeros((2, S))
    inputs[0, 2, 1] = 0.5
    use[0, 1], use[0, 2], exports[1, 1] = 6.0, 8.0, 1.0
    parts = (sourcing, inputs, use, np.ones((2, S)), exports, np.zeros((2, S)))
    solution = solve(dict(enumerate(parts)), max_passes=50)
    assert solution.output[:, 1:3].tolist() == [[5.0, 8.0], [6.0, 0.0]]
    assert solution.use[0, 1:3].tolist() == [10.0, 8.0]


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_fixed_point_is_the_dense_solution(seed: int) -> None:
    economy = random_economy(seed)
    solution = solve(economy)
    assert solution.found[0] <= TOLERANCE
    np.testing.assert_allclose(solution.output, oracle(economy), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("distance", ["base", "weak", "strong"])
def test_base_year_outputs_come_back(distance: str) -> None:
    """The tables hold eight digits; the demand they state gives back the output they state."""
    economy = base_goods(distance)
    solution = solve(economy)
    stated = economy["start"].copy()
    stated[:, 0] = 0.0
    np.testing.assert_allclose(solution.output, stated, rtol=1e-7, atol=1e-5)
    np.testing.assert_allclose(solution.output, oracle(economy), rtol=1e-9, atol=1e-9)


def test_start_saves_passes_and_changes_nothing() -> None:
    economy = random_economy(3)
    cold = solve(economy)
    warm = solve({**economy, "start": cold.output * 1.01})
    assert warm.found[1] < cold.found[1]
    np.testing.assert_allclose(warm.output, cold.output, rtol=1e-11)


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_orders_add_up_to_output(seed: int) -> None:
    economy = random_economy(seed)
    solution = solve(economy)
    orders = ordered(economy, solution)
    np.testing.assert_allclose(orders.sum(axis=1) + economy["exports"], solution.output, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(orders.sum(axis=0)[:, 1:], (solution.use * economy["domestic_share"])[:, 1:], rtol=1e-12)


def test_doubling_demand_doubles_output() -> None:
    economy = random_economy(5)
    doubled = {**economy, "other_use": 2 * economy["other_use"], "exports": 2 * economy["exports"]}
    np.testing.assert_allclose(solve(doubled).output, 2 * solve(economy).output, rtol=1e-10)


def test_order_of_provinces_does_not_matter() -> None:
    economy = random_economy(6)
    turn = np.array([2, 0, 3, 1])
    turned = {name: value[turn] for name, value in economy.items()}
    turned["sourcing"] = economy["sourcing"][np.ix_(turn, turn)]
    np.testing.assert_allclose(solve(turned).output, solve(economy).output[turn], rtol=1e-10)


def test_an_economy_that_eats_itself_is_an_error() -> None:
    economy = random_economy(7)
    economy["inputs"] = economy["inputs"] * 5.0
    solution = solve(economy, max_passes=30)
    with pytest.raises(ModelError, match=r"demand for goods in [A-D], 2031 .*30 passes"):
        trade.check_converged(solution.found, TOLERANCE, 2031, "ABCD")
    trade.check_converged(solve(random_economy(7)).found, TOLERANCE, 2031, "ABCD")


# --- sourcing and prices --------------------------------------------------------------------------------------------


def test_appeal_by_hand() -> None:
    capacity, price = np.full((1, S), 2.0), np.full((1, S), 1.1)
    appeal = trade.origin_appeal(capacity, price, 0.8, np.full(S, 4.0))
    assert appeal[0, 3] == pytest.approx(1.18920, abs=1e-5)
    assert trade.origin_appeal(np.zeros((1, S)), price, 0.8, np.full(S, 4.0))[0, 3] == 0.0


def freight_free(provinces: int) -> tuple[np.ndarray, np.ndarray]:
    """Rates of freight and their appeal where carrying costs no more than in the base year."""
    return np.zeros((provinces, provinces), np.int64), np.ones((1, S))


def test_elasticity_at_given_capacity_by_hand() -> None:
    assert trade.elasticity_at_given_capacity(np.array([4.0, 8.0]), 0.75).tolist() == [1.0, 2.0]


@settings(max_examples=20)
@given(st.floats(0.7, 1.4), st.floats(1.0, 8.0), st.floats(0.5, 0.9))
def test_orders_end_at_the_trade_elasticity_when_capacity_follows_them(
    price: float, theta: float, omega: float
) -> None:
    """Two origins, alike but for the price of the first: C^omega p^-((1 - omega) theta) ends at p^-theta."""
    base = np.zeros((2, 2, S))
    base[:, 0, 1:] = 0.5
    sourcing, prices = base.copy(), np.ones((2, S))
    prices[0] = price
    elasticity = trade.elasticity_at_given_capacity(np.full(S, theta), omega)
    for _ in range(400):
        capacity = sourcing[:, 0] / np.where(base[:, 0] > 0.0, base[:, 0], 1.0)
        appeal = trade.origin_appeal(capacity, prices, omega, elasticity)
        trade.adjust_sourcing(sourcing, base, appeal, *freight_free(2), 0.5)
    assert sourcing[0, 0, 3] / sourcing[1, 0, 3] == pytest.approx(price**-theta, rel=1e-6)


def test_freight_by_hand() -> None:
    freight = trade.freight_of(np.array([[100.0]]), np.full(S, 2.5))
    assert freight.share[freight.rate[0, 0], 0] == pytest.approx(0.2)
    assert trade.freight_ratio(0.2, 1.5) == pytest.approx(1.1)
    assert trade.freight_appeal(freight.share, 1.5, np.full(S, 4.0))[0, 2] == pytest.approx(1.1**-4)


def test_pairs_that_pay_the_same_share_a_rate() -> None:
    freight = trade.freight_of(np.array([[0.0, 100.0], [266.0, 100.0]]), np.full(S, 2.5))
    assert freight.share.shape == (3, S)
    share = freight.share[freight.rate]
    np.testing.assert_allclose(share[:, :, 2], [[0.0, 0.2], [0.665 / 1.665, 0.2]], rtol=1e-12)


def test_buyers_turn_to_whom_freight_favours() -> None:
    """A destination with two origins that are alike but for freight: orders follow tau^-theta."""
    sourcing = np.zeros((2, 2, S))
    sourcing[:, 0, 1:] = 0.5
    carried = np.stack([np.full(S, 0.25), np.full(S, 0.75)])
    rate = np.array([[0, 0], [1, 0]])
    trade.adjust_sourcing(sourcing, sourcing.copy(), np.ones((2, S)), rate, carried, 1.0)
    assert sourcing[:, 0, 3].tolist() == [0.25, 0.75]


def adjusted(economy: dict[str, np.ndarray], price: np.ndarray, share: float, theta: float = 4.0) -> np.ndarray:
    sourcing = economy["sourcing"].copy()
    appeal = trade.origin_appeal(np.ones_like(price), price, 0.8, np.full(S, theta))
    trade.adjust_sourcing(sourcing, economy["sourcing"], appeal, *freight_free(4), share)
    return sourcing


def test_unchanged_prices_leave_base_flows() -> None:
    economy = random_economy(8)
    np.testing.assert_allclose(adjusted(economy, np.ones((4, S)), 0.35), economy["sourcing"], rtol=1e-14, atol=1e-16)


def test_equal_price_rises_leave_base_flows() -> None:
    economy = random_economy(8)
    np.testing.assert_allclose(
        adjusted(economy, np.full((4, S), 1.3), 1.0), economy["sourcing"], rtol=1e-12, atol=1e-16
    )


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(1.01, 3.0), st.floats(0.05, 1.0), st.integers(0, 3))
def test_a_dearer_origin_sells_less_and_shares_sum_to_one(seed: int, price: float, share: float, origin: int) -> None:
    economy = random_economy(seed)
    prices = np.ones((4, S))
    prices[origin] = price
    moved = adjusted(economy, prices, share)
    np.testing.assert_allclose(moved.sum(axis=0)[:, 1:], 1.0, rtol=1e-12)
    assert (moved[origin] <= economy["sourcing"][origin] + 1e-15).all()
    others = [o for o in range(4) if o != origin]
    assert (moved[others] >= economy["sourcing"][others] - 1e-15).all()
    assert (adjusted(economy, prices, share, theta=8.0)[origin] <= moved[origin] + 1e-15).all()


def test_a_frozen_network_ignores_prices() -> None:
    economy = random_economy(9)
    prices = np.random.default_rng(0).uniform(0.5, 2.0, (4, S))
    np.testing.assert_array_equal(adjusted(economy, prices, 0.0), economy["sourcing"])


def test_buyers_without_any_supplier_keep_last_years() -> None:
    economy = random_economy(9)
    sourcing = economy["sourcing"].copy()
    trade.adjust_sourcing(sourcing, economy["sourcing"], np.zeros((4, S)), *freight_free(4), 0.35)
    np.testing.assert_array_equal(sourcing, economy["sourcing"])


def test_purchaser_price_is_the_mean_of_its_suppliers() -> None:
    sourcing = np.zeros((2, 2, S))
    sourcing[0, 0, 1], sourcing[1, 0, 1] = 0.75, 0.25
    asked, share = np.array([[1.0] * S, [1.4] * S]), np.zeros((2, S))
    freight = trade.Freight(np.array([[0, 0], [1, 0]]), share)
    price = trade.purchaser_price_hat(sourcing, asked, freight, 1.5)
    assert price[0, 1] == pytest.approx(1.1)
    assert price[1, 1] == 1.0
    share[1] = 0.2
    assert trade.purchaser_price_hat(sourcing, asked, freight, 1.5)[0, 1] == pytest.approx(0.75 + 0.25 * 1.4 * 1.1)


def test_response_to_price_by_hand() -> None:
    quantity = np.zeros((1, S))
    trade.respond_to_price(np.full((1, S), 100.0), np.full((1, S), 1.1), np.full(S, 0.2), quantity)
    assert quantity[0, 4] == pytest.approx(98.1118, abs=1e-4)


# --- compiled and plain ---------------------------------------------------------------------------------------------

SCRIPT = """
import hashlib, numpy as np
from simulator import goods_delivery, goods_trade as g
draw = np.random.default_rng(1)
T = draw.random((3, 3, 12)); T /= T.sum(axis=0)
base = T.copy()
A = draw.random((3, 12, 12)) * 0.05
F, E = draw.random((3, 12)), draw.random((3, 12))
appeal = g.origin_appeal(draw.uniform(0.5, 2, (3, 12)), draw.uniform(0.5, 2, (3, 12)), 0.8, np.full(12, 4.0))
carried = g.freight_appeal(draw.uniform(0, 1, (9, 12)), 2.0, np.full(12, 4.0))
g.adjust_sourcing(T, base, appeal, np.arange(9).reshape(3, 3), carried, 0.35)
output, use, settled = F.copy(), np.zeros((3, 12)), goods_delivery.no_deliveries(3)
found = g.solve_demand(g.Economy(T, A, F, np.full((3, 12), 0.9), E), output, use, 1e-10, 200)
g.place_orders(T, use, np.full((3, 12), 0.9), settled.delivered)
goods_delivery.settle(settled, E, output * draw.uniform(0.8, 1.2, (3, 12)), T, 3)
digest = hashlib.sha256()
for part in (T, output, use, *settled):
    digest.update(np.ascontiguousarray(part).tobytes())
print(found[1], digest.hexdigest())
"""


def test_compiled_and_plain_agree_to_the_last_bit() -> None:
    root = Path(__file__).resolve().parent.parent
    printed = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "NUMBA_DISABLE_JIT": switch, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for switch in ("0", "1")
    ]
    assert printed[0] == printed[1]


def test_powers() -> None:
    assert trade.power_of(2.0, 3.0) == pytest.approx(8.0)
    assert trade.power_of(0.0, -2.0) == 0.0
    assert math.isclose(trade.power_of(1.0, -7.0), 1.0)
