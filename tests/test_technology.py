"""Learning by doing, worked by hand and against its closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import technology


def test_exponent_by_hand() -> None:
    assert technology.learning_exponent(0.2) == pytest.approx(0.32193, abs=1e-5)
    assert technology.learning_exponent(0.0) == 0.0


def learned(before: float, now: float, base: float, rate: float, cost: float = 1000.0) -> float:
    arrays = (np.array([value]) for value in (cost, before, now, base, rate))
    return float(technology.learned_costs(*arrays)[0])


def test_a_doubling_takes_off_the_learning_rate() -> None:
    assert learned(10.0, 20.0, 1.0, 0.2) == pytest.approx(800.0)
    assert learned(10.0, 10.0, 1.0, 0.2) == 1000.0


def test_a_route_nobody_has_built_starts_at_its_base_experience() -> None:
    assert learned(0.0, 0.0, 5.0, 0.2) == 1000.0
    assert learned(0.0, 10.0, 5.0, 0.2) == pytest.approx(800.0)


def test_experience_is_not_forgotten() -> None:
    assert learned(20.0, 10.0, 1.0, 0.2) == 1000.0


@given(st.floats(0.0, 0.4), st.floats(1.0, 50.0), st.floats(1.0, 50.0))
def test_steps_add_up_to_the_whole_curve(rate: float, first: float, second: float) -> None:
    step = learned(1.0, first, 1.0, rate)
    twice = learned(first, first * second, 1.0, rate, step)
    assert twice == pytest.approx(1000.0 * (first * second) ** np.log2(1.0 - rate), rel=1e-9)


def test_the_rest_of_the_world_counts_half() -> None:
    assert technology.world_experience(np.array([100.0]), np.array([40.0]), 0.5).tolist() == [120.0]


WEIGHT = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def test_neighbours_experience_by_hand() -> None:
    own = np.array([[1.0], [10.0], [20.0]])
    shared = technology.shared_experience(own, WEIGHT, 0.3)
    assert shared[:, 0].tolist() == pytest.approx([1.0 + 0.3 * 15.0, 10.3, 23.0])
    np.testing.assert_array_equal(technology.shared_experience(own, WEIGHT, 0.0), own)


def test_soft_costs_by_hand_and_within_their_bounds() -> None:
    shared = np.array([[0.5, 1.0, 10.0, 1e9]])
    factor = technology.soft_cost_factors(shared, np.ones((1, 4)), 0.06, 0.75)
    assert factor[0].tolist() == pytest.approx([1.0, 1.0, 0.87096, 0.75], abs=1e-5)


@given(st.floats(1.0, 1e4), st.floats(1.0, 1e4))
def test_more_experience_is_never_dearer(low: float, high: float) -> None:
    low, high = sorted((low, high))
    factor = technology.soft_cost_factors(np.array([[low, high]]), np.ones((1, 2)), 0.06, 0.75)
    assert factor[0, 1] <= factor[0, 0]
