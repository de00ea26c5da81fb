"""A year of learning: capital costs fall with what the world has built, soft costs with what is built around."""

import numpy as np

from simulator.technology import learned_costs, shared_experience, soft_cost_factors, world_experience
from simulator.world import World

# Local experience below this share of the national mean counts as this much, so that ratios stay finite.
LEAST_LOCAL_SHARE = 0.1


def learn(world: World) -> None:
    """Move capital cost [K] and soft-cost factors [P, K] with experience; in the frozen run nothing is learned."""
    if world.setting.config.simulation.frozen:
        return
    setting = world.setting
    learning, own = setting.learning, setting.parameters
    if world.year == setting.years[0]:
        # The fleet of the base year is the stock from which experience counts.
        world.capacity_before = world.capacity.copy()
    added = np.maximum(world.capacity - world.capacity_before, 0.0).sum(axis=0) * learning.units
    world.built += learning.shared @ added
    national = learning.first + world.built
    abroad = setting.paths.world_capacity[world.i]
    experience = world_experience(national, abroad, own["world_deployment_weight"])
    if not world.experience.any():
        world.experience = experience
    base = np.maximum(learning.first, 1e-9)
    world.capital_cost = learned_costs(world.capital_cost, world.experience, experience, base, learning.rate)
    world.experience = experience
    soft = np.flatnonzero(setting.base.routes.soft_cost)
    shared = shared_experience(np.take(world.capacity, soft, axis=1), world.partners, own["soft_cost_spillover"])
    if world.base_shared is None:
        world.base_shared = np.maximum(shared, np.maximum(LEAST_LOCAL_SHARE * shared.mean(axis=0), 1e-9))
    factors = soft_cost_factors(shared, world.base_shared, own["soft_cost_exponent"], own["soft_cost_floor"])
    world.soft_cost[:, soft] = factors
    world.capacity_before = world.capacity.copy()
