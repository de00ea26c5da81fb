"""Who owns a firm, to which group it belongs, and what its owners ask of it.

Owners follow the shares of state ownership by sector; groups are synthetic, with sizes from a Pareto law.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
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


class Luck(NamedTuple):
    """What is drawn for each firm's owner and group [F], whatever the parameters."""

    large_generator: Array
    grouped: Array
    group_order: Array
    group_size: Array
    hurdle: Array
    payback: Array


@lru_cache(maxsize=4)
def luck_of(firms: int, seed: int) -> Luck:
    """The draws of so many firms."""
    rows = np.arange(firms)
    even = (uniforms(seed, item, rows) for item in (LARGE_GENERATOR, GROUPED, GROUP_ORDER, GROUP_SIZE))
    return Luck(*even, *(normals(seed, item, rows) for item in (HURDLE, PAYBACK)))


class Ranks(NamedTuple):
    """Rows of a sector's firms, the largest first but for noise; below: capacity of those before each and half its own,
    and total: of all, in units."""

    rows: Integers
    below: Array
    total: float


def rank_by_size(sector: Integers, size: Array, tables: PopulationTables, seed: int) -> list[Ranks]:
    """Firms of each sector but power in the order in which the state owns them; sector, size [F]."""
    ranked = []
    for one in range(POWER + 1, len(tables.sectors)):
        rows = np.flatnonzero(sector == one)
        noise = OWNER_NOISE * tables.size_log_sd[one] * normals(seed, OWNER, rows)
        order = rows[np.argsort(-(np.log(size[rows]) + noise), kind="stable")]
        ranked.append(Ranks(order, np.cumsum(size[order]) - 0.5 * size[order], float(size[rows].sum())))
    return ranked


def draw_owners(kind: Integers, ranked: Sequence[Ranks], parameters: PopulationParameters) -> Integers:
    """Owner of each firm: power as its plants say, elsewhere the state owns its share of the sector's capacity."""
    owner = np.where(kind == OWNERS.index("state"), STATE, PRIVATE)
    for sector, firms in enumerate(ranked, start=POWER + 1):
        owner[firms.rows] = PRIVATE
        owner[firms.rows[firms.below < parameters.state_share[sector] * firms.total]] = STATE
    return owner


def draw_groups(firms: Firms, tables: PopulationTables, parameters: PopulationParameters, luck: Luck) -> Integers:
    """Group of each firm, named by the group's lowest row; a firm on its own is a group of one.

    A share of the firms belongs to groups inside its sector, product and owner, met in random order, so that groups
    span provinces. Part of the state's power firms belong to five large generators. Cohorts stand alone.
    """
    sector, owner = firms.sector, firms.owner
    large = (sector == POWER) & (owner == STATE)
    large &= luck.large_generator < parameters.large_generator_share
    grouped = luck.grouped < parameters.group_member_share
    grouped &= ~large & (tables.cohort[sector] == 0)
    members = np.flatnonzero(grouped)
    stratum = (sector[members] * 100 + firms.family[members]) * 2 + owner[members]
    order = np.lexsort((luck.group_order[members], stratum))
    members, stratum = members[order], stratum[order]
    number = np.arange(firms.size)
    exponent = pareto_exponent(parameters.group_size_mean)
    cut_groups(members, stratum, luck.group_size[members], exponent, number)
    fifth = np.floor(LARGE_GENERATORS * luck.large_generator / parameters.large_generator_share)
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
    group, sector, family = (firms[name].astype(np.int64) for name in ("group", "sector", "family"))
    # One number for all three, in their order.
    key = (group * (sector.max() + 1) + sector) * (family.max() + 1) + family
    order = np.argsort(key, kind="stable")
    begins = np.ones(firms.size, dtype=np.bool_)
    begins[1:] = np.diff(key[order]) != 0
    start = np.append(np.flatnonzero(begins), firms.size)
    club = np.empty(firms.size, dtype=np.int64)
    club[order] = np.cumsum(begins) - 1
    return Mates(order, start[club], start[club + 1])


def draw_hurdle_rates(owner: Integers, sector: Integers, parameters: PopulationParameters, luck: Luck) -> Array:
    """Real return asked per year: normal around the owner's mean; what lies outside the bounds is put on them."""
    mean = np.where(owner == STATE, parameters.hurdle_rate_state, parameters.hurdle_rate_private)
    mean = mean - np.where(sector == POWER, parameters.hurdle_rate_utility_discount, 0.0)
    drawn = mean + parameters.hurdle_rate_sd * luck.hurdle
    return np.clip(drawn, parameters.hurdle_rate_minimum, parameters.hurdle_rate_maximum)


def draw_paybacks(parameters: PopulationParameters, luck: Luck) -> Array:
    """Longest payback accepted in years, lognormal: s^2 = ln(1 + (sd / mean)^2), mu = ln(mean) - s^2 / 2."""
    variance = math.log(1.0 + (parameters.payback_sd / parameters.payback_mean) ** 2)
    middle = math.log(parameters.payback_mean) - 0.5 * variance
    return np.exp(middle + math.sqrt(variance) * luck.payback)
