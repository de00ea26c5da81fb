"""A year of learning: capital costs fall with what the world has built, soft costs with what is built around."""

import numpy as np

from agents.compiled import process, rule
from simulator import totals
from simulator.tables import Array
from simulator.technology import Lessons, learned_costs, shared_experience, soft_cost_factors, world_experience
from simulator.world import World

# Local experience below this share of the national mean counts as this much, so that ratios stay finite.
LEAST_LOCAL_SHARE = 0.1


def learn(world: World) -> None:
    """Move capital cost [K] and soft-cost factors [P, K] with experience; in the frozen run nothing is learned.

    Where output is measured in money, equipment per unit falls with the fuel that it burns.
    """
    setting = world.setting
    if setting.config.simulation.frozen:
        return
    if world.year == setting.years[0]:
        start_learning(world)
    lessons = world.lessons
    count_built(world.capacity, world.capacity_before, setting.learning.units, lessons.built_this_year)
    world.built += setting.learning.shared @ lessons.built_this_year
    cut_costs(lessons, world.now, world.experience, world.capital_cost, world.soft_cost)


def start_learning(world: World) -> None:
    """The fleet of the base year is the stock from which experience counts."""
    setting, learning, own = world.setting, world.setting.learning, world.setting.parameters
    abroad, weight = setting.paths.world_capacity, own["world_deployment_weight"]
    world.capacity_before[:] = world.capacity
    world.experience[:] = world_experience(learning.first, abroad[world.i], weight)
    fleet = np.take(world.capacity, setting.softened_routes, axis=1)
    shared = shared_experience(fleet, world.partners, own["soft_cost_spillover"])
    world.lessons = Lessons(
        first=learning.first,
        built=world.built,
        built_this_year=np.zeros(world.built.size),
        abroad=abroad,
        abroad_weight=weight,
        rate=learning.rate,
        finer=setting.finer_products,
        softened=setting.softened_routes,
        capacity=world.capacity,
        base_shared=np.maximum(shared, np.maximum(LEAST_LOCAL_SHARE * shared.mean(axis=0), 1e-9)),
        partners=world.partners,
        spillover=own["soft_cost_spillover"],
        exponent=own["soft_cost_exponent"],
        floor=own["soft_cost_floor"],
    )


@rule
def count_built(capacity: Array, before: Array, units: Array, built: Array) -> None:
    """Fill built [K]: what the country has built of each route since `before` [P, K], in units [K] of its technology
    per unit of capacity; capacity [P, K] is noted there."""
    built[:] = 0.0
    for province in range(capacity.shape[0]):
        for route in range(units.size):
            built[route] += max(capacity[province, route] - before[province, route], 0.0)
            before[province, route] = capacity[province, route]
    for route in range(units.size):
        built[route] *= units[route]


@process
def cut_costs(lessons: Lessons, now: Array, experience: Array, capital_cost: Array, soft_cost: Array) -> None:
    """Renew experience [K], and by it capital_cost [K] and soft_cost [P, K], factors on it; now [2]: the year and
    its place in paths."""
    first, local = lessons.first, lessons.capacity[:, lessons.softened]
    more = world_experience(first + lessons.built, lessons.abroad[now[1]], lessons.abroad_weight)
    learned = learned_costs(capital_cost, experience, more, np.maximum(first, 1e-9), lessons.rate)
    totals.put(learned * lessons.finer[now[1]], capital_cost)
    totals.put(more, experience)
    shared = shared_experience(local, lessons.partners, lessons.spillover)
    factors = soft_cost_factors(shared, lessons.base_shared, lessons.exponent, lessons.floor)
    for place, route in enumerate(lessons.softened):
        totals.put(factors[:, place], soft_cost[:, route])
