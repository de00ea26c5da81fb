"""Draws of the population seed: what each item of the stream POPULATION is for."""

from __future__ import annotations

import numpy as np

from agents import draws
from agents.compiled import process
from simulator.base_year import BASE_YEAR
from simulator.population_tables import Integers
from simulator.randomness import POPULATION
from simulator.tables import Array

# Row: firm.
SIZE, SIZE_ORDER, OWNER, GROUPED, GROUP_ORDER, GROUP_SIZE, LARGE_GENERATOR, HURDLE, PAYBACK = range(9)
# Row: plant (firm x slots + slot).
BUILT, RELINED, LIFE_LEFT = range(20, 23)
# Row: block x 100 + route.
ROUTE_ORDER = 30
# A normal draw uses the items 2 x item and 2 x item + 1; from here on they meet no uniform draw.
FIRST_NORMAL = 100


@process
def fill_draws(seed: int, year: int, item: int, rows: Integers, drawn: Array) -> None:
    """One uniform draw per row."""
    for i in range(rows.size):
        drawn[i] = draws.uniform(seed, POPULATION, year, rows[i], item)


@process
def fill_normals(seed: int, year: int, item: int, rows: Integers, drawn: Array) -> None:
    """One standard normal draw per row."""
    for i in range(rows.size):
        drawn[i] = draws.normal(seed, POPULATION, year, rows[i], FIRST_NORMAL + item)


def uniforms(seed: int, item: int, rows: Integers) -> Array:
    """Uniform draws in (0, 1) of the population seed at the given rows."""
    drawn = np.empty(rows.size)
    fill_draws(seed, BASE_YEAR, item, rows, drawn)
    return drawn


def normals(seed: int, item: int, rows: Integers) -> Array:
    """Standard normal draws of the population seed at the given rows."""
    drawn = np.empty(rows.size)
    fill_normals(seed, BASE_YEAR, item, rows, drawn)
    return drawn
