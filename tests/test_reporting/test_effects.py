"""Paired differences, worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.analysis.effects import asymmetry, by_member, effect, elasticity, mean_interval, response, student


def test_interval_of_a_mean() -> None:
    assert student(32) == pytest.approx(1.6955, abs=1e-4)
    mean, low, high, error = mean_interval([1.0, 2.0, 3.0])
    assert (mean, error) == pytest.approx((2.0, 1 / np.sqrt(3)))
    assert (low, high) == pytest.approx((2 - 1.686, 2 + 1.686), abs=1e-3)


def test_what_both_sides_share_cancels() -> None:
    luck = np.array([0.0, 100.0, -40.0, 7.0])
    found = effect(luck, luck + np.array([1.0, 1.1, 0.9, 1.0]))
    assert found.mean == pytest.approx(1.0)
    assert found.rises
    assert not found.falls
    assert found.correlation == pytest.approx(1.0, abs=1e-4)
    assert found.base == pytest.approx(luck.mean())


def test_no_effect_is_neither_a_rise_nor_a_fall() -> None:
    same = effect([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
    assert (same.mean, same.low, same.high) == (0.0, 0.0, 0.0)
    assert not (same.rises or same.falls)
    assert np.isnan(effect([1.0, 1.0], [1.0, 2.0]).correlation)


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20), st.floats(-1e3, 1e3))
def test_the_effect_turns_with_its_sides(values: list[float], shift: float) -> None:
    base = np.array(values)
    policy = base[::-1] + shift
    one, other = effect(base, policy), effect(policy, base)
    assert one.mean == pytest.approx(-other.mean)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.low <= one.mean <= one.high


def test_elasticity() -> None:
    found = elasticity([100.0, 100.0], [90.0, 90.0], [50.0, 50.0], [100.0, 100.0])
    assert found == pytest.approx((np.log(0.9) / np.log(2),) * 3)
    with pytest.raises(ValueError, match="positive"):
        elasticity([0.0, 1.0], [1.0, 1.0], [1.0, 1.0], [2.0, 2.0])


def test_a_linear_response_is_symmetric() -> None:
    base = np.array([1.0, 2.0, 3.0])
    assert asymmetry(base, base + 2, base - 2).mean == 0
    assert asymmetry(base, base + 2, base).mean == 2


def test_response_by_year() -> None:
    base = np.zeros((3, 2))
    found = response(base, np.array([[2.0, 0.0], [4.0, 0.0], [6.0, 0.0]]), shock=2.0)
    assert found["mean"].tolist() == [2.0, 0.0]
    assert found["standard_error"] == pytest.approx([1 / np.sqrt(3), 0.0])


def test_pairs_are_members_of_both_sides() -> None:
    assert [one.tolist() for one in by_member({0: 1.0, 2: 3.0, 5: 6.0}, {2: 30.0, 0: 10.0})] == [
        [1.0, 3.0],
        [10.0, 30.0],
    ]
    with pytest.raises(ValueError, match="same members"):
        effect([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="at least 2"):
        mean_interval([1.0])
