"""Effects of a policy as paired differences: the same members, hence the same luck, with and without it.

The interval is Student's t on the differences, one per pair. It tells how well the mean effect is known for the given
number of members, not how far single members spread. A high correlation between the two sides is what common random
numbers buy: the variance of the difference is that much smaller than with independent luck.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.90

Floats = NDArray[np.float64]


class Effect(NamedTuple):
    """Mean paired difference with its interval, in the unit of the quantity."""

    mean: float
    low: float  # lower end of the interval
    high: float  # upper end
    standard_error: float
    members: int
    base: float  # mean without the policy
    correlation: float  # between the two sides over members; NaN if one of them does not vary

    @property
    def rises(self) -> bool:
        """The whole interval lies above zero."""
        return self.low > 0.0

    @property
    def falls(self) -> bool:
        """The whole interval lies below zero."""
        return self.high < 0.0


def student(members: int, confidence: float = CONFIDENCE) -> float:
    """Quantile of Student's t for a two-sided interval of a mean. Worked value: 32 members, 90 % -> 1.6955."""
    from scipy.special import stdtrit

    return float(stdtrit(members - 1, 0.5 + confidence / 2.0))


def mean_interval(values: ArrayLike, confidence: float = CONFIDENCE) -> tuple[float, float, float, float]:
    """Mean of values [member], both ends of its interval, and its standard error.

    Worked value: 1, 2, 3 -> mean 2, standard error 0.5774, half-width 2.920 * 0.5774 = 1.686.
    """
    one = np.asarray(values, dtype=np.float64)
    if one.size < 2:
        raise ValueError(f"an interval needs at least 2 members, got {one.size}")
    mean, error = float(one.mean()), float(one.std(ddof=1) / np.sqrt(one.size))
    half = student(one.size, confidence) * error
    return mean, mean - half, mean + half, error


def effect(base: ArrayLike, policy: ArrayLike, confidence: float = CONFIDENCE) -> Effect:
    """Effect of a policy on a quantity given by member, [member] each, in the same order."""
    before, after = _paired(base, policy)
    mean, low, high, error = mean_interval(after - before, confidence)
    return Effect(mean, low, high, error, before.size, float(before.mean()), correlation(before, after))


def correlation(base: Floats, policy: Floats) -> float:
    """Pearson correlation over members; NaN where one side does not vary."""
    before, after = base - base.mean(), policy - policy.mean()
    spread = float(np.sqrt((before**2).sum() * (after**2).sum()))
    return float((before * after).sum() / spread) if spread > 0.0 else float("nan")


def elasticity(
    base: ArrayLike, policy: ArrayLike, base_cause: ArrayLike, policy_cause: ArrayLike, confidence: float = CONFIDENCE
) -> tuple[float, float, float]:
    """Change of the log of a quantity per change of the log of its cause, paired: mean and both ends.

    Worked value: 100 -> 90 when the price goes from 50 to 100: ln 0.9 / ln 2 = -0.152.
    """
    before, after = _paired(base, policy)
    cause, raised = _paired(base_cause, policy_cause)
    if min(before.min(), after.min(), cause.min(), raised.min()) <= 0.0:
        raise ValueError("an elasticity needs positive quantities on both sides")
    mean, low, high, _ = mean_interval(np.log(after / before) / np.log(raised / cause), confidence)
    return mean, low, high


def asymmetry(base: ArrayLike, up: ArrayLike, down: ArrayLike) -> Effect:
    """By how much the effects of a shock and of its opposite fail to cancel; zero for a linear response."""
    before, after = _paired(base, up)
    _, opposite = _paired(base, down)
    return effect(np.zeros(before.size), (after - before) + (opposite - before))


def response(base: ArrayLike, policy: ArrayLike, shock: float = 1.0) -> dict[str, Floats]:
    """Impulse response by year: mean of the differences [member, year] per unit of shock, and its interval."""
    before, after = _paired(base, policy)
    difference = (after - before) / shock
    error = difference.std(axis=0, ddof=1) / np.sqrt(difference.shape[0])
    half, mean = student(difference.shape[0]) * error, difference.mean(axis=0)
    return {"mean": mean, "low": mean - half, "high": mean + half, "standard_error": error}


def by_member(one: Mapping[int, float], other: Mapping[int, float]) -> tuple[Floats, Floats]:
    """Values of the members that both sides hold, in the same order."""
    shared = sorted(set(one) & set(other))
    return np.array([one[member] for member in shared]), np.array([other[member] for member in shared])


def _paired(base: ArrayLike, policy: ArrayLike) -> tuple[Floats, Floats]:
    before, after = np.asarray(base, dtype=np.float64), np.asarray(policy, dtype=np.float64)
    if before.shape != after.shape:
        raise ValueError(f"pairs need the same members on both sides: {before.shape} against {after.shape}")
    return before, after
