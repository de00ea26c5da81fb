"""What the levers of local governments cost and can do, by province."""

import numpy as np

from agents.government_record import LEVERS
from simulator.tables import Array
from simulator.world import World


def levers(world: World) -> tuple[Array, Array]:
    """Mean cost of abatement in CNY per tCO2, and share of a province's CO2 that a lever can cut in a year [P, J]."""
    provinces = world.government_rows.size
    return np.ones((provinces, LEVERS)), np.full((provinces, LEVERS), 0.006)
