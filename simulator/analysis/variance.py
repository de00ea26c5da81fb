"""Where the spread of an outcome comes from, and how many members settle its quantiles. Pure functions of arrays.

Members are sets of parameters x seeds, the same in every scenario. Seeds lie inside sets, so the spread inside a set is
of chance alone, and the spread between the means of sets is of parameters, but for the chance left in those means.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.tables import Array

SHARES = (0.05, 0.5, 0.95)
Z_90 = 1.6449
# What the spread of a quantile is compared with: half of its 90 % interval over the median (Monte Carlo design).
ENOUGH = {0.05: 0.01, 0.5: 0.005, 0.95: 0.01}
# Less than this, in any unit of an outcome, is what rounding leaves of nothing.
ROUNDING = 1e-9


class Split(NamedTuple):
    """Variance of an outcome, in its squared unit: of scenarios, of parameters and of seeds."""

    scenario: float
    parameter: float
    seed: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """The three as shares of their sum."""
        total = self.scenario + self.parameter + self.seed
        return (self.scenario / total, self.parameter / total, self.seed / total) if total else (0.0, 0.0, 0.0)


def split_variance(values: Array) -> Split:
    """Variance of outcomes [scenario, set, seed] split by its source (law of total variance, balanced nested design).

    seed: mean variance inside sets, s2. parameter: mean over scenarios of the variance of the sets' means, less s2 / R
    that chance leaves in a mean of R seeds (Searle, Casella and McCulloch 1992, section 3.5); by chance it may come out
    below zero where parameters do not matter. scenario: variance of the scenarios' means around their mean.

    Worked value: [[[1, 3], [5, 7]]] has s2 = 2, means 2 and 6 with variance 8, so parameter = 8 - 2 / 2 = 7.
    """
    _, sets, seeds = values.shape
    means = values.mean(axis=2)
    seed = float(values.var(axis=2, ddof=1).mean()) if seeds > 1 else math.nan
    between = float(means.var(axis=1, ddof=1).mean()) if sets > 1 else 0.0
    left = seed / seeds if seeds > 1 and sets > 1 else 0.0
    return Split(float(means.mean(axis=1).var()), between - left, seed)


def interaction(values: Array) -> float:
    """Part of the variance of parameters by which scenarios differ in how they depend on them [scenario, set, seed].

    Variance between sets of the difference of an outcome from its mean over scenarios, less what chance leaves in it.
    Members pair, so that all else of the parameters' variance cancels in the effect of a policy; this does not. It is
    zero where an effect is the same for all parameters, and for one scenario.

    Worked value: sets (1, 3), (5, 7) in one scenario and (11, 13), (19, 21) in another: the parameters' variance is
    (8 + 32) / 2 - 2 / 2 = 19. Differences from the mean are -5, -7 and 5, 7, the same for both seeds: 2.
    """
    apart = values - values.mean(axis=0)
    _, sets, seeds = apart.shape
    if sets < 2 or seeds < 2:
        return 0.0
    left = float(apart.var(axis=2, ddof=1).mean()) / seeds
    return float(apart.mean(axis=2).var(axis=1, ddof=1).mean()) - left


def interval(values: Array, share: float, effective: float) -> tuple[float, float, float]:
    """Quantile of the values with a 90 % interval, from order statistics as if `effective` of them were independent.

    The number of values below the quantile is binomial, so the interval lies between the quantiles at
    share -+ 1.645 sqrt(share (1 - share) / effective) (Conover 1999, section 3.2); at most to the ends of the values.
    """
    reach = reach_of_interval(share, effective)
    places = (share, max(share - reach, 0.0), min(share + reach, 1.0))
    found, low, high = (float(one) for one in np.quantile(values, places))
    return found, low, high


def reach_of_interval(share: float, effective: float) -> float:
    """How far the 90 % interval of a quantile reaches to each side, as a share of the values. 0.5 of 100: 0.082."""
    return Z_90 * math.sqrt(share * (1.0 - share) / effective)


def is_within(share: float, effective: float) -> bool:
    """Whether the interval of a quantile ends within the values; beyond them nothing is known of its width."""
    return reach_of_interval(share, effective) < min(share, 1.0 - share)


def effective_members(values: Array) -> float:
    """How many independent members outcomes [set, seed] are worth: n / (1 + (R - 1) rho), Kish (1965, section 5.4).

    rho: share of variance between sets. Seeds of one set share its parameters, so they tell less than other sets.
    """
    sets, seeds = values.shape
    if seeds == 1 or sets == 1:
        return float(values.size)
    split = split_variance(values[None])
    rho = min(max(split.shares[1], 0.0), 1.0)
    return values.size / (1.0 + (seeds - 1) * rho)


def convergence(values: Array) -> pd.DataFrame:
    """Quantiles of outcomes [set, seed] from the first eighth, quarter and half of the sets, and from all.

    Columns: members, share, quantile, low, high, half_width (over the median), within (whether there are members enough
    to know that width), enough.
    """
    sets, rows = len(values), []
    for part in sorted({max(sets // 2**k, 2) for k in range(4)}):
        taken = values[:part]
        scale = abs(float(np.median(taken))) or 1.0
        effective = effective_members(taken)
        for share in SHARES:
            found, low, high = interval(taken.ravel(), share, effective)
            half = 0.5 * (high - low) / scale
            within = is_within(share, effective)
            rows.append((taken.size, share, found, low, high, half, within, within and half < ENOUGH[share]))
    names = ["members", "share", "quantile", "low", "high", "half_width", "within", "enough"]
    return pd.DataFrame(rows, columns=names)


def without_rounding(values: Array) -> Array:
    """The values, and 0 where only rounding is left, whose spread would be split as if it were one of outcomes."""
    return np.where(np.abs(values) < ROUNDING, 0.0, values)
