"""Who owns a firm, to which group it belongs, and what its owners ask of it.

Owners follow the shares of state ownership by sector; groups are synthetic, with sizes from a Pareto law.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from agents.compiled import process
from agents.firm_record import PRIVATE, STATE
from simulator.base_year import POWER
from simulator.population_draws import (
    GROUP_ORDER,
    GROUP_SIZE,
    GROUPED,
    HURDLE,
    LARGE_GENERATOR,
    OWNER,
    PAYBACK,
    normals,
    uniforms,
)
from simulator.population_tables import OWNERS, Integers, PopulationParameters, PopulationTables
from simulator.tables import Array

# Record array of FirmState.
Firms: TypeAlias = "np.recarray[Any, np.dtype[Any]]"

LARGE_GENERATORS = 5
LEAST_GROUP = 2
# State firms are larger: they are the first in an order by log size with noise of this many standard deviations
# (expert assumption; 0 would give the state all the largest firms, a large number firms of any size).
OWNER_NOISE = 1.5


class Mates(NamedTuple):
    """Firms of one group, sector and family: `mates[first_mate[f]:last_mate[f]]`, the firm itself among them."""

    mates: Integers
    first_mate: Integers
    last_mate: Integers


def draw_owners(firms: Firms, size: Array, kind: Integers, tables: PopulationTables,
                parameters: PopulationParameters, seed: int) -> Integers:  # fmt: skip
    """Owner of each firm: power as its plants say, elsewhere the state owns its share of the sector's capacity."""
    owner = np.where(kind == OWNERS.index("state"), STATE, PRIVATE)
    for sector in range(POWER + 1, len(tables.sectors)):
        rows = np.flatnonzero(firms.sector == sector)
        noise = OWNER_NOISE * tables.size_log_sd[sector] * normals(seed, OWNER, rows)
        order = rows[np.argsort(-(np.log(size[rows]) + noise), kind="stable")]
        below = np.cumsum(size[order]) - 0.5 * size[order]
        owner[rows] = PRIVATE
        owner[order[below < parameters.state_share[sector] * size[rows].sum()]] = STATE
    return owner


def draw_groups(firms: Firms, tables: PopulationTables, parameters: PopulationParameters,
                seed: int) -> Integers:  # fmt: skip
    """Group of each firm, named by the group's lowest row; a firm on its own is a group of one.

    A share of the firms belongs to groups inside its sector, product and owner, met in random order, so that groups
    span provinces. Part of the state's power firms belong to five large generators. Cohorts stand alone.
    """
    rows = np.arange(firms.size)
    large = (firms.sector == POWER) & (firms.owner == STATE)
    drawn = uniforms(seed, LARGE_GENERATOR, rows)
    large &= drawn < parameters.large_generator_share
    grouped = uniforms(seed, GROUPED, rows) < parameters.group_member_share
    grouped &= ~large & (tables.cohort[firms.sector] == 0)
    members = np.flatnonzero(grouped)
    stratum = (firms.sector[members] * 100 + firms.family[members]) * 2 + firms.owner[members]
    order = np.lexsort((uniforms(seed, GROUP_ORDER, members), stratum))
    members, stratum = members[order], stratum[order]
    number = np.arange(firms.size)
    exponent = pareto_exponent(parameters.group_size_mean)
    cut_groups(members, stratum, uniforms(seed, GROUP_SIZE, members), exponent, number)
    fifth = np.floor(LARGE_GENERATORS * drawn / parameters.large_generator_share)
    number[large] = firms.size + fifth[large].astype(np.int64)
    return lowest_rows(number)


def pareto_exponent(mean: float) -> float:
    """Exponent a of P(size > x) = (2 / x)^a whose whole sizes have about this mean: 2 a / (a - 1) = mean + 1/2."""
    if mean <= LEAST_GROUP:
        raise ValueError(f"group_size_mean is {mean}; a group has at least {LEAST_GROUP} firms, so it must be larger")
    return (mean + 0.5) / (mean + 0.5 - LEAST_GROUP)


@process
def cut_groups(members: Integers, stratum: Integers, drawn: Array, exponent: float, number: Integers) -> None:
    """Cut the ordered members into groups of Pareto size inside each stratum; number[row] becomes the first row."""
    room, leader = 0, -1
    for i in range(members.size):
        if room == 0 or stratum[i] != stratum[i - 1]:
            room = int(min(LEAST_GROUP * math.exp(-math.log(drawn[i]) / exponent), 1e6))
            leader = members[i]
        number[members[i]] = leader
        room -= 1


def lowest_rows(number: Integers) -> Integers:
    """The lowest row of each firm's group."""
    lowest = np.full(int(number.max()) + 1, number.size)
    np.minimum.at(lowest, number, np.arange(number.size))
    return lowest[number]


def find_mates(firms: Firms) -> Mates:
    """Index of the firms of one group, sector and family."""
    key = np.column_stack([firms.group, firms.sector, firms.family]).astype(np.int64)
    order = np.lexsort((np.arange(firms.size), key[:, 2], key[:, 1], key[:, 0]))
    begins = np.ones(firms.size, dtype=np.bool_)
    begins[1:] = (key[order][1:] != key[order][:-1]).any(axis=1)
    start = np.append(np.flatnonzero(begins), firms.size)
    club = np.empty(firms.size, dtype=np.int64)
    club[order] = np.cumsum(begins) - 1
    return Mates(order, start[club], start[club + 1])


def draw_hurdle_rates(owner: Integers, sector: Integers, parameters: PopulationParameters, seed: int) -> Array:
    """Real return asked per year: normal around the owner's mean; what lies outside the bounds is put on them."""
    mean = np.where(owner == STATE, parameters.hurdle_rate_state, parameters.hurdle_rate_private)
    mean = mean - np.where(sector == POWER, parameters.hurdle_rate_utility_discount, 0.0)
    drawn = mean + parameters.hurdle_rate_sd * normals(seed, HURDLE, np.arange(owner.size))
    return np.clip(drawn, parameters.hurdle_rate_minimum, parameters.hurdle_rate_maximum)


def draw_paybacks(firms: int, parameters: PopulationParameters, seed: int) -> Array:
    """Longest payback accepted in years, lognormal: s^2 = ln(1 + (sd / mean)^2), mu = ln(mean) - s^2 / 2."""
    variance = math.log(1.0 + (parameters.payback_sd / parameters.payback_mean) ** 2)
    middle = math.log(parameters.payback_mean) - 0.5 * variance
    return np.exp(middle + math.sqrt(variance) * normals(seed, PAYBACK, np.arange(firms)))
