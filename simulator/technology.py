"""Learning by doing: technologies get cheaper with what the world builds, soft costs with what neighbours build.

Source of the curve: Wright (1936, doi:10.2514/8.155) and, for energy technologies, Rubin et al. (2015,
doi:10.1016/j.enpol.2015.06.011). Routes are in the order of the caller; provinces in the order of the tables.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process

Array = NDArray[np.float64]


class Lessons(NamedTuple):
    """What costs follow from; made once a run. K routes, of which L have a soft cost.

    first, built, built_this_year [K]: stock of the base year and what China has built since, in units of capacity;
    abroad [years, K]: stock in the rest of the world, and abroad_weight, how much of it counts; rate [K] of learning;
    finer [Y - 1, K]: equipment that a unit of output takes over that of the year before, as products get finer;
    softened [L]: the routes with a soft cost; capacity [P, K]; base_shared [P, L]: experience at home and with partners
    [P, P] in the base year; spillover, exponent, floor: see below.
    """

    first: Array
    built: Array
    built_this_year: Array
    abroad: Array
    abroad_weight: float
    rate: Array
    finer: Array
    softened: NDArray[np.int64]
    capacity: Array
    base_shared: Array
    partners: Array
    spillover: float
    exponent: float
    floor: float


@process
def learning_exponent(learning_rate: float) -> float:
    """b = -log2(1 - LR): a learning rate of 0.2 (cost falls 20 % per doubling) gives 0.3219."""
    return -math.log(1.0 - learning_rate) / math.log(2.0)


@process
def learned_costs(
    cost: Array, experience_before: Array, experience_now: Array, base_experience: Array, learning_rate: Array
) -> Array:
    """K_t = K_{t-1} (X_t / X_{t-1})^-b for every route, all `[route]`; experience never falls, so no cost rises.

    cost in any money per unit of capacity; experience cumulative, in units of capacity, counted from `base_experience`
    X_0 > 0 upwards, so that a route nobody has built yet has a finite cost.
    Worked value: 1000 with LR 0.2 and experience doubled gives 800.
    """
    learned = np.zeros_like(cost)
    for k in range(cost.size):
        before = max(experience_before[k], base_experience[k])
        now = max(experience_now[k], before)
        learned[k] = cost[k] * math.exp(-learning_exponent(learning_rate[k]) * math.log(now / before))
    return learned


@process
def world_experience(national: Array, rest_of_world: Array, rest_of_world_weight: float) -> Array:
    """Experience that teaches Chinese builders, `[route]`: their own and, with less weight, the others'."""
    experience = np.zeros_like(national)
    for k in range(national.size):
        experience[k] = national[k] + rest_of_world_weight * rest_of_world[k]
    return experience


@process
def shared_experience(own: Array, weight: Array, spillover: float) -> Array:
    """x~_rk = x_rk + spillover sum_q W_rq x_qk, `[province, route]`, in units of capacity.

    own x: `[province, route]`; weight W: `[province, other province]`, rows sum to 1, diagonal 0.
    """
    shared = own.copy()
    for r in range(own.shape[0]):
        for q in range(own.shape[0]):
            for k in range(own.shape[1]):
                shared[r, k] += spillover * weight[r, q] * own[q, k]
    return shared


@process
def soft_cost_factors(shared: Array, base_shared: Array, exponent: float, floor: float) -> Array:
    """psi_rk = max(floor, (x~_rk / x0_rk)^-exponent): permits, crews and finance get cheaper with local experience.

    shared x~, base_shared x0 > 0: `[province, route]`; experience below x0 counts as x0, so floor <= psi <= 1.
    Worked value: ten times the base experience at exponent 0.06 gives 0.8710.
    """
    factor = np.zeros_like(shared)
    for r in range(shared.shape[0]):
        for k in range(shared.shape[1]):
            ratio = max(shared[r, k] / base_shared[r, k], 1.0)
            factor[r, k] = max(floor, math.exp(-exponent * math.log(ratio))) if ratio > 1.0 else 1.0
    return factor
