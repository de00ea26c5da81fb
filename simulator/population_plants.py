"""Sizes, plants and their ages: every unit of capacity of every piece is placed in exactly one plant.

The pieces of a block are laid end to end, and so are the sizes of its firms; a firm holds what its stretch covers. So
most firms hold one route, some the end of one and the beginning of the next, and all sums are those of the pieces.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process
from agents.firm_record import EMPTY, SLOTS
from simulator.base_year import BASE_YEAR, POWER
from simulator.population_counts import PLANTS_AT_START, Blocks, Pieces
from simulator.population_draws import BUILT, LIFE_LEFT, RELINED, ROUTE_ORDER, SIZE, SIZE_ORDER, normals, uniforms
from simulator.population_tables import FIRST_YEAR, Integers, PopulationTables
from simulator.tables import Array

# A cut between two firms this near to the end of a piece, as a share of the firm's size, moves to that end.
SNAP = 0.05
# Firms larger than this many mean firms of their sector (at the default number) run two plants, or three; cohorts
# always run three, because what stands for many owners does not grow old at once.
TWO_PLANTS, THREE_PLANTS = 0.5, 2.0
# Electric furnaces stand mostly in smaller firms: in steel the firms are laid along the routes from large to small,
# with noise of this many standard deviations of log size (expert assumption).
SIZE_ORDERED = {"STL": 0.5}
# Start years of steel are those of sites, so the age of a lining is not known from them.
SITE_YEARS = "STL"
# A plant older than its life in the base year serves so many more years, evenly drawn (expert assumption).
LONGEST_REST = 10


class Plants(NamedTuple):
    """Plants of all firms, one element each, sorted by (firm, slot). first, last: building years (power)."""

    firm: Integers
    slot: Integers
    route: Integers
    units: Array
    first: Array
    last: Array


def draw_sizes(blocks: Blocks, tables: PopulationTables, seed: int) -> Array:
    """Relative sizes [F], firms sorted by block: lognormal, in steel from large to small with noise."""
    block = np.repeat(np.arange(blocks.firms.size), blocks.firms)
    sector, rows = blocks.sector[block], np.arange(block.size)
    z = normals(seed, SIZE, rows)
    key = rows.astype(np.float64)
    for name, noise in SIZE_ORDERED.items():
        here = np.flatnonzero(sector == tables.sectors.index(name))
        key[here] = -(z[here] + noise * normals(seed, SIZE_ORDER, here))
    order = np.lexsort((key, block))
    return np.asarray(np.exp(tables.size_log_sd[sector] * z[order]))


def shuffle_routes(pieces: Pieces, blocks: Blocks, seed: int) -> Pieces:
    """Routes of power in random order in each block, so that no two technologies always share a firm."""
    power = blocks.sector[pieces.block] == POWER
    drawn = uniforms(seed, ROUTE_ORDER, pieces.block * 100 + pieces.route)
    order = np.lexsort((pieces.first, pieces.route, np.where(power, drawn, pieces.route), pieces.block))
    return Pieces(*(column[order] for column in pieces))


@process
def total(values: Array, first: int, end: int) -> float:
    """Sum of values[first:end], in order."""
    found = 0.0
    for i in range(first, end):
        found += values[i]
    return found


@process
def lay_along(
    firm_start: Integers, piece_start: Integers, units: Array, size: Array, held: Integers, part: Array
) -> None:
    """Lay the pieces of each block along its firms: firm f holds part[f, slot] units of the piece held[f, slot].

    firm_start, piece_start: first firm and piece of each block, and one past the end. size: relative size of firms. A
    firm takes up to PLANTS_AT_START pieces; it ends a piece early or late where the others could not hold the rest.
    The units held of a piece sum to the piece, because its last holder takes exactly what is left.
    """
    for block in range(firm_start.size - 1):
        end = piece_start[block + 1]
        piece = piece_start[block]
        left = units[piece]
        later = total(units, piece + 1, end)
        rest_size = total(size, firm_start[block], firm_start[block + 1])
        for firm in range(firm_start[block], firm_start[block + 1]):
            after = firm_start[block + 1] - firm - 1
            share = size[firm] / rest_size
            target, got, slot = (left + later) * share, 0.0, 0
            while slot < PLANTS_AT_START and piece < end:
                must_end = end - piece > PLANTS_AT_START * after
                want = target - got
                if not must_end and slot > 0 and want <= SNAP * target:
                    break
                may_end = piece < end - 1 and want >= left - SNAP * target
                if must_end or may_end:
                    taken = left
                elif piece < end - 1:
                    taken = want
                else:
                    taken = min(want, left * share)
                held[firm, slot], part[firm, slot] = piece, taken
                slot += 1
                got += taken
                if not (must_end or may_end):
                    left -= taken
                    break
                piece += 1
                if piece < end:
                    left = units[piece]
                    later = total(units, piece + 1, end)
            rest_size -= size[firm]


@process
def split_plants(held: Integers, part: Array, plants: Integers) -> None:
    """Give each firm at least plants[f] plants by halving its largest, so that large firms renew piece by piece."""
    for firm in range(plants.size):
        used = 0
        while used < SLOTS and held[firm, used] != EMPTY:
            used += 1
        while used < plants[firm]:
            largest = 0
            for slot in range(used):
                if part[firm, slot] > part[firm, largest]:
                    largest = slot
            part[firm, largest] *= 0.5
            held[firm, used], part[firm, used] = held[firm, largest], part[firm, largest]
            used += 1


def place_plants(blocks: Blocks, pieces: Pieces, size: Array, tables: PopulationTables) -> Plants:
    """Plants of all firms; sums over firms are the pieces."""
    blocks_index = np.arange(blocks.firms.size + 1)
    firm_start = np.concatenate([[0], np.cumsum(blocks.firms)])
    held = np.full((size.size, SLOTS), EMPTY, dtype=np.int64)
    part = np.zeros((size.size, SLOTS))
    lay_along(firm_start, np.searchsorted(pieces.block, blocks_index), pieces.units, size, held, part)
    sector = np.repeat(blocks.sector, blocks.firms)
    national = np.bincount(blocks.sector[pieces.block], pieces.units, minlength=len(tables.sectors))
    relative = part.sum(axis=1) / (national / tables.firms_default)[sector]
    wanted = 1 + (relative > TWO_PLANTS) + (relative > THREE_PLANTS)
    split_plants(held, part, np.where(tables.cohort[sector] == 1, PLANTS_AT_START, wanted))
    firm, slot = np.nonzero(held != EMPTY)
    piece = held[firm, slot]
    return Plants(firm, slot, pieces.route[piece], part[firm, slot], pieces.first[piece], pieces.last[piece])


def building_years(plants: Plants, tables: PopulationTables, seed: int) -> Array:
    """Year in which each plant was built: power evenly inside its vintage, others from the histogram of the sector."""
    drawn = uniforms(seed, BUILT, plants.firm * SLOTS + plants.slot)
    built = np.floor(plants.first + drawn * (plants.last - plants.first + 1.0))
    sector = tables.route_sector[plants.route]
    for route in np.unique(plants.route[sector != POWER]):
        here = np.flatnonzero(plants.route == route)
        built[here] = _from_histogram(plants.units[here], drawn[here], _years_possible(int(route), tables))
    return built


def even_building_years(plants: Plants, tables: PopulationTables, seed: int) -> Array:
    """Building years of plants whose ages are spread evenly over their lives, so that no wave of building echoes."""
    drawn = uniforms(seed, BUILT, plants.firm * SLOTS + plants.slot)
    return np.asarray(BASE_YEAR - np.floor(drawn * tables.route_lifetime[plants.route]))


def _years_possible(route: int, tables: PopulationTables) -> Array:
    """Cumulated share of capacity by building year; a route that is no retrofit is not older than its technology."""
    share = tables.vintage_share[tables.route_sector[route]].copy()
    if tables.route_retrofit_of[route] < 0:
        share[: max(int(tables.route_available_from[route]) - FIRST_YEAR, 0)] = 0.0
    if share.sum() <= 0.0:
        raise ValueError(
            f"vintages.csv: {tables.sectors[tables.route_sector[route]]} has no capacity built from "
            f"{tables.route_available_from[route]:.0f} on, when its route {route} became available"
        )
    return np.asarray(np.cumsum(share) / share.sum())


def _from_histogram(units: Array, drawn: Array, cumulated: Array) -> Array:
    """Plants in random order, laid end to end along the histogram: the years hold their shares of capacity, not of
    plants, whatever the largest plants draw."""
    order = np.argsort(drawn)
    middle = np.empty(units.size)
    middle[order] = (np.cumsum(units[order]) - 0.5 * units[order]) / units.sum()
    return FIRST_YEAR + np.minimum(np.searchsorted(cumulated, middle), cumulated.size - 1).astype(np.float64)


def prolong_lives(plants: Plants, built: Array, tables: PopulationTables, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Building years moved so that no plant is past its life in the base year, and which plants were moved.

    Such a plant is known to run in the base year, so it was renewed; it keeps one to ten years of life.
    """
    rest = np.ceil(LONGEST_REST * uniforms(seed, LIFE_LEFT, plants.firm * SLOTS + plants.slot))
    life = tables.route_lifetime[plants.route]
    past = BASE_YEAR - built >= life
    return np.where(past, BASE_YEAR - life + np.minimum(rest, life), built), past


def relining_years(plants: Plants, built: Array, tables: PopulationTables, seed: int) -> Array:
    """Year of the last relining or overhaul, between building and base year; without a cycle, that of building.

    Whole cycles after building; where only the site's start is known, an even draw over the cycle; for a retrofit an
    even draw over the years since its technology is available.
    """
    drawn = uniforms(seed, RELINED, plants.firm * SLOTS + plants.slot)
    cycle = tables.route_relining[plants.route]
    cyclic = cycle > 0.0
    every = np.where(cyclic, cycle, 1.0)
    last = BASE_YEAR - np.mod(BASE_YEAR - built, every)
    site = tables.route_sector[plants.route] == tables.sectors.index(SITE_YEARS)
    last = np.where(site, BASE_YEAR - np.floor(drawn * every), last)
    retrofit = tables.route_retrofit_of[plants.route] >= 0
    since = tables.route_available_from[plants.route]
    last = np.where(retrofit, BASE_YEAR - np.floor(drawn * (BASE_YEAR - since + 1.0)), last)
    return np.where(cyclic, np.maximum(last, built), built)
