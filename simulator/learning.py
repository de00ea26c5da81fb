"""A year of learning: capital costs fall with what the world has built, soft costs with what is built around."""

from typing import NamedTuple

import numpy as np

from agents.compiled import process
from simulator import totals
from simulator.tables import Array
from simulator.technology import learned_costs, shared_experience, soft_cost_factors, world_experience
from simulator.world import World

# Local experience below this share of the national mean counts as this much, so that ratios stay finite.
LEAST_LOCAL_SHARE = 0.1


def learn(world: World) -> None:
    """Move capital cost [K] and soft-cost factors [P, K] with experience; in the frozen run nothing is learned."""
    if world.setting.config.simulation.frozen:
        return
    setting, learning, own = world.setting, world.setting.learning, world.setting.parameters
    if world.year == setting.years[0]:
        start_learning(world)
    added = np.maximum(world.capacity - world.capacity_before, 0.0).sum(axis=0) * learning.units
    world.built += learning.shared @ added
    lessons = Lessons(
        first=learning.first,
        built=world.built,
        abroad=setting.paths.world_capacity[world.i],
        abroad_weight=own["world_deployment_weight"],
        rate=learning.rate,
        softened=setting.softened_routes,
        capacity=world.capacity,
        base_shared=world.base_shared,
        partners=world.partners,
        spillover=own["soft_cost_spillover"],
        exponent=own["soft_cost_exponent"],
        floor=own["soft_cost_floor"],
    )
    cut_costs(lessons, world.experience, world.capital_cost, world.soft_cost)
    world.capacity_before[:] = world.capacity


def start_learning(world: World) -> None:
    """The fleet of the base year is the stock from which experience counts."""
    setting, first, own = world.setting, world.setting.learning.first, world.setting.parameters
    abroad = setting.paths.world_capacity[world.i]
    world.capacity_before[:] = world.capacity
    world.experience[:] = world_experience(first, abroad, own["world_deployment_weight"])
    fleet = np.take(world.capacity, setting.softened_routes, axis=1)
    shared = shared_experience(fleet, world.partners, own["soft_cost_spillover"])
    world.base_shared = np.maximum(shared, np.maximum(LEAST_LOCAL_SHARE * shared.mean(axis=0), 1e-9))


class Lessons(NamedTuple):
    """What costs follow from. K routes, of which L have a soft cost.

    first, built, abroad [K]: stock of the base year, what China has built since, and the rest of the world, whose
    weight is abroad_weight, in units of capacity; rate [K] of learning; softened [L]: the routes with a soft cost;
    capacity [P, K]; base_shared [P, L]: experience at home and with partners [P, P] in the base year; spillover,
    exponent, floor: see `simulator.technology`.
    """

    first: Array
    built: Array
    abroad: Array
    abroad_weight: float
    rate: Array
    softened: Array
    capacity: Array
    base_shared: Array
    partners: Array
    spillover: float
    exponent: float
    floor: float


@process
def cut_costs(lessons: Lessons, experience: Array, capital_cost: Array, soft_cost: Array) -> None:
    """Renew experience [K], and by it capital_cost [K] and soft_cost [P, K], factors on it."""
    first, local = lessons.first, lessons.capacity[:, lessons.softened]
    now = world_experience(first + lessons.built, lessons.abroad, lessons.abroad_weight)
    totals.put(learned_costs(capital_cost, experience, now, np.maximum(first, 1e-9), lessons.rate), capital_cost)
    totals.put(now, experience)
    shared = shared_experience(local, lessons.partners, lessons.spillover)
    factors = soft_cost_factors(shared, lessons.base_shared, lessons.exponent, lessons.floor)
    for place, route in enumerate(lessons.softened):
        totals.put(factors[:, place], soft_cost[:, route])
