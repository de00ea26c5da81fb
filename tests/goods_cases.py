"""Economies made up for tests of goods trade."""

from typing import NamedTuple

import numpy as np

from simulator import goods_trade as trade

S = trade.SECTORS
TOLERANCE = 1e-12


def random_economy(seed: int, provinces: int = 4) -> dict[str, np.ndarray]:
    """A small economy without a power row or column; inputs per unit of output sum to at most 0.7."""
    draw = np.random.default_rng(seed)
    sourcing = draw.random((provinces, provinces, S)) * (draw.random((provinces, provinces, S)) < 0.7)
    sourcing[np.arange(provinces), np.arange(provinces)] += 0.2
    inputs = draw.random((provinces, S, S))
    inputs *= 0.7 * draw.random((provinces, S, 1)) / inputs.sum(axis=2, keepdims=True)
    sourcing[:, :, 0] = inputs[:, 0, :] = inputs[:, :, 0] = 0.0
    exports = draw.random((provinces, S))
    exports[:, 0] = 0.0
    return {
        "sourcing": sourcing / np.where(sourcing.sum(axis=0) > 0, sourcing.sum(axis=0), 1.0),
        "inputs": inputs,
        "other_use": 10.0 * draw.random((provinces, S)),
        "domestic_share": draw.uniform(0.5, 1.0, (provinces, S)),
        "exports": exports,
        "start": np.zeros((provinces, S)),
    }


class Solution(NamedTuple):
    """Output and use [P, S], and what `solve_demand` told."""

    output: np.ndarray
    use: np.ndarray
    found: np.ndarray


def solve(economy: dict[str, np.ndarray], tolerance: float = TOLERANCE, max_passes: int = 500) -> Solution:
    *parts, start = economy.values()
    output, use = start.copy(), np.zeros_like(start)
    found = trade.solve_demand(trade.Economy(*parts), output, use, tolerance, max_passes)
    return Solution(output, use, np.array(found))


def ordered(economy: dict[str, np.ndarray], solution: Solution) -> np.ndarray:
    """Orders [from, to, S]."""
    orders = np.empty_like(economy["sourcing"])
    trade.place_orders(economy["sourcing"], solution.use, economy["domestic_share"], orders)
    return orders
