"""What capacity lets through: numbers worked by hand, and what is ordered is delivered or unserved."""

import runpy
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import goods_delivery as delivery

cases = runpy.run_path(str(Path(__file__).with_name("goods_cases.py")))
random_economy, solve, ordered, S = (cases[name] for name in ("random_economy", "solve", "ordered", "S"))


def settle(orders, exports, capacity, sourcing):
    result = delivery.no_deliveries(len(exports))
    result.delivered[:] = orders
    delivery.settle(result, exports, capacity, sourcing, 3)
    return result


def test_spill_by_hand() -> None:
    """Province 0 orders 6 at home (capacity 3) and 4 in province 1 (capacity 6, its own order 1).

    Province 0 delivers 3 of 6; 3 are unmet; province 1 has 6 - 5 = 1 to spare and gives it all; 2 stay unserved.
    """
    sourcing, orders = np.zeros((2, 2, S)), np.zeros((2, 2, S))
    sourcing[0, 0, 1], sourcing[1, 0, 1], sourcing[1, 1, 1] = 0.6, 0.4, 1.0
    orders[0, 0, 1], orders[1, 0, 1], orders[1, 1, 1] = 6.0, 4.0, 1.0
    capacity = np.full((2, S), 6.0)
    capacity[0, 1] = 3.0
    result = settle(orders, np.zeros((2, S)), capacity, sourcing)
    np.testing.assert_allclose(result.delivered[:, 0, 1], [3.0, 5.0])
    np.testing.assert_allclose(result.output[:, 1], [3.0, 6.0])
    np.testing.assert_allclose(result.unserved[:, 1], [2.0, 0.0])


def test_buyers_abroad_turn_to_other_exporters_by_hand() -> None:
    """Abroad orders 6, 3, 1 and 0 of origins that can make 2, 4, 1 and 9.

    4 are unmet; origin 1 has 1 to spare and gives it; origin 2 has none, and origin 3 does not export. 3 stay unserved.
    """
    none = np.zeros((4, 4, S))
    exports, capacity = np.zeros((4, S)), np.zeros((4, S))
    exports[:, 1], capacity[:, 1] = (6.0, 3.0, 1.0, 0.0), (2.0, 4.0, 1.0, 9.0)
    result = settle(none, exports, capacity, none)
    np.testing.assert_allclose(result.exported[:, 1], [2.0, 4.0, 1.0, 0.0])
    np.testing.assert_allclose(result.output[:, 1], [2.0, 4.0, 1.0, 0.0])
    np.testing.assert_allclose(result.unserved_exports[:, 1], [3.0, 0.0, 0.0, 0.0])


def test_no_order_from_abroad_is_unserved_while_exporters_have_room() -> None:
    economy = random_economy(13)
    demand = solve(economy)
    orders = ordered(economy, demand)
    capacity = 3.0 * demand.output
    capacity[0] = 0.0
    result = settle(orders, economy["exports"], capacity, economy["sourcing"])
    assert result.exported[0].sum() == 0.0
    assert result.unserved_exports.sum() == 0.0


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0.3, 1.5))
def test_what_is_ordered_is_delivered_or_unserved(seed: int, slack: float) -> None:
    economy = random_economy(seed)
    demand = solve(economy)
    orders = ordered(economy, demand)
    capacity = demand.output * slack * np.random.default_rng(seed).uniform(0.5, 1.5, demand.output.shape)
    result = settle(orders, economy["exports"], capacity, economy["sourcing"])
    np.testing.assert_allclose(result.delivered.sum(axis=1) + result.exported, result.output, rtol=1e-12)
    np.testing.assert_allclose(
        result.delivered.sum(axis=0) + result.unserved, orders.sum(axis=0), rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(
        (result.exported + result.unserved_exports).sum(axis=0), economy["exports"].sum(axis=0), rtol=1e-12
    )
    assert (result.output <= capacity * (1 + 1e-12)).all()
    assert (result.unserved >= 0).all()
    assert (result.unserved_exports >= 0).all()


def test_ample_capacity_delivers_every_order_exactly() -> None:
    economy = random_economy(11)
    demand = solve(economy)
    orders = ordered(economy, demand)
    result = settle(orders, economy["exports"], 2 * demand.output, economy["sourcing"])
    np.testing.assert_array_equal(result.delivered, orders)
    assert result.unserved.sum() == 0.0
