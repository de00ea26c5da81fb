"""The merit order: thermal plants of a province by marginal cost, on a few steps of alike cost.

Shapes: P provinces, G steps, C = 3 thermal classes (coal, gas, biomass).
"""

from typing import NamedTuple

import numpy as np

from agents.compiled import rule
from agents.grid_operator_record import KINDS
from simulator.power_trade import Floats, Integers

# One pass sorts when fewer than one plant in so many stands before a cheaper one.
ALMOST_SORTED = 8


class ThermalPlants(NamedTuple):
    """Plants by province: province p owns those from start[p] up to start[p + 1]; one without thermal capacity has
    capacity 0, and its cost and class do not matter."""

    start: Integers  # [P + 1]
    capacity_gw: Floats  # [plant]
    cost_cny_per_mwh: Floats  # [plant] marginal cost
    thermal_class: Integers  # [plant]


class MeritOrder(NamedTuple):
    """Thermal plants on steps: which plant stands on which step, and how large and dear the steps are."""

    order: Integers  # [plant] plants by province, cost and id; kept from year to year, which makes sorting cheap
    step: Integers  # [plant] step of the plant within its province
    capacity_gw: Floats  # [P, G, C]
    cost_cny_per_mwh: Floats  # [P, G] capacity-weighted mean marginal cost, never falling with the step


def no_plants(plants: int, provinces: int) -> ThermalPlants:
    """Arrays for plants, made once and filled every year."""
    start, thermal_class = np.zeros(provinces + 1, np.int64), np.zeros(plants, np.int64)
    return ThermalPlants(start, np.zeros(plants), np.zeros(plants), thermal_class)


def empty_merit_order(plants: int, provinces: int, steps: int) -> MeritOrder:
    """Arrays for `merit_order`, made once and filled every year."""
    return MeritOrder(
        np.arange(plants, dtype=np.int64),
        np.zeros(plants, np.int64),
        np.zeros((provinces, steps, KINDS)),
        np.zeros((provinces, steps)),
    )


@rule
def goes_before(one: int, other: int, cost: Floats) -> bool:
    """Whether a plant stands before another: by cost, ties by id."""
    return cost[one] < cost[other] or (cost[one] == cost[other] and one < other)


@rule
def sort_by_cost(order: Integers, cost: Floats) -> None:
    """Sort the plants in `order` by cost, ties by id, in place: shell sort, in one pass if few stand out of order."""
    misplaced = 0
    for i in range(1, order.size):
        if goes_before(order[i], order[i - 1], cost):
            misplaced += 1
    gap = order.size // 2 if ALMOST_SORTED * misplaced > order.size else 1
    while gap > 0:
        for i in range(gap, order.size):
            plant = order[i]
            j = i
            while j >= gap and goes_before(plant, order[j - gap], cost):
                order[j] = order[j - gap]
                j -= gap
            order[j] = plant
        gap //= 2


@rule
def working_first(order: Integers, capacity_gw: Floats, step: Integers) -> int:
    """Bring plants with capacity to the front of `order` and return how many there are; the others stand on step 0."""
    working = 0
    for place in range(order.size):
        plant = order[place]
        step[plant] = 0
        if capacity_gw[plant] > 0.0:
            order[place], order[working] = order[working], plant
            working += 1
    return working


@rule
def merit_order(plants: ThermalPlants, capacity_weight: float, merit: MeritOrder) -> None:
    """Sort each province's plants by marginal cost and stand them on steps of alike cost and capacity.

    A plant's place is capacity_weight x (its share of cumulated capacity) + (1 - capacity_weight) x (its share of the
    cost range); places are cut into equal steps. capacity_weight = 1 gives steps of equal capacity. Costs below zero
    count as zero: a plant paid to run still stands behind must-take supply.
    """
    for province in range(plants.start.size - 1):
        for step in range(merit.cost_cny_per_mwh.shape[1]):
            merit.cost_cny_per_mwh[province, step] = 0.0
            for kind in range(KINDS):
                merit.capacity_gw[province, step, kind] = 0.0
        order = merit.order[plants.start[province] : plants.start[province + 1]]
        order = order[: working_first(order, plants.capacity_gw, merit.step)]
        sort_by_cost(order, plants.cost_cny_per_mwh)
        place_plants(order, province, plants, capacity_weight, merit)
        mean_costs(merit.capacity_gw[province], merit.cost_cny_per_mwh[province])


@rule
def place_plants(
    order: Integers, province: int, plants: ThermalPlants, capacity_weight: float, merit: MeritOrder
) -> None:
    """Stand the sorted plants of a province on its steps; leaves capacity x cost in the place of the steps' cost."""
    steps = merit.cost_cny_per_mwh.shape[1]
    total, below = 0.0, 0.0
    for plant in order:
        total += plants.capacity_gw[plant]
    low = max(plants.cost_cny_per_mwh[order[0]], 0.0) if order.size > 0 else 0.0
    high = max(plants.cost_cny_per_mwh[order[-1]], 0.0) if order.size > 0 else 0.0
    for plant in order:
        size, cost = plants.capacity_gw[plant], max(plants.cost_cny_per_mwh[plant], 0.0)
        place = capacity_weight * (below + 0.5 * size) / total
        if high > low:
            place += (1.0 - capacity_weight) * (cost - low) / (high - low)
        step = min(int(place * steps), steps - 1)
        below += size
        merit.step[plant] = step
        merit.capacity_gw[province, step, plants.thermal_class[plant]] += size
        merit.cost_cny_per_mwh[province, step] += size * cost


@rule
def mean_costs(capacity_gw: Floats, spent: Floats) -> None:
    """Turn capacity x cost of each step into mean cost; an empty step gets the cost of the step before it."""
    before = 0.0
    for step in range(spent.size):
        size = 0.0
        for kind in range(capacity_gw.shape[1]):
            size += capacity_gw[step, kind]
        if size > 0.0:
            before = max(before, spent[step] / size)
        spent[step] = before
