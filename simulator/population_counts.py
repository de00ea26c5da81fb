"""How many firms there are, and where: blocks of firms with a product and an owner in common, and what each must hold.

A block is (sector, province, kind). Kind is the family of routes or, for power, the owner: no firm makes two products
or has two owners. A piece is what a block must hold of one route; for power, of one route and vintage.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.base_year import POWER
from simulator.population_tables import Integers, PopulationTables
from simulator.tables import Array

# One of a firm's four plants stays free at the start, so that every firm has room for a new route.
PLANTS_AT_START = 3
COHORTS_PER_CELL = 3
# Vintages of power plants per firm beyond which small neighbouring vintages are joined: each firm's capacity is a
# stretch of its block's pieces, so that more pieces than this would dictate its size.
PIECES_PER_FIRM = 1.5


class Pieces(NamedTuple):
    """Capacity to be placed, sorted by block. block, route; units: capacity; first, last: building years (power)."""

    block: Integers
    route: Integers
    units: Array
    first: Array
    last: Array


class Blocks(NamedTuple):
    """Sorted by (sector, province, kind). firms: how many; least: fewest that can hold the pieces."""

    sector: Integers
    province: Integers
    kind: Integers
    weight: Array
    least: Integers
    firms: Integers


def apportion(total: int, weight: Array, least: Integers) -> Integers:
    """Whole numbers near scale x weight, none below `least`, with the sum `total` (or the sum of `least` if larger).

    n_i = max(least_i, round(scale x weight_i)), the scale found by bisection (the method of Webster, with minima).
    Worked value: 10 over weights 6, 3, 0.1 with minima of 1 gives 6, 3, 1.
    """
    low, high = 0.0, (total + weight.size) / weight[weight > 0.0].min()
    for _ in range(100):
        scale = 0.5 * (low + high)
        if np.maximum(least, np.floor(scale * weight + 0.5)).sum() > total:
            high = scale
        else:
            low = scale
    count = np.maximum(least, np.floor(low * weight + 0.5).astype(np.int64))
    # Cells that tie at the last scale: the first ones get the rest.
    for row in np.argsort(count - low * weight, kind="stable")[: max(total - int(count.sum()), 0)]:
        count[row] += 1
    return count


def industry_pieces(tables: PopulationTables) -> tuple[Integers, Pieces]:
    """Block keys [piece, (sector, province, kind)] and pieces of all sectors but power: one piece a route."""
    province, route = np.nonzero(np.where(tables.route_sector != POWER, tables.capacity, 0.0))
    keys = np.column_stack([tables.route_sector[route], province, tables.route_family[route]])
    years = np.zeros(route.size)
    return keys, Pieces(np.zeros_like(route), route, tables.capacity[province, route], years, years)


def power_pieces(tables: PopulationTables) -> tuple[Integers, Pieces]:
    """Block keys and pieces of power: one piece a vintage."""
    there = tables.fleet_gw > 0.0
    route, owner = tables.fleet_route[there], tables.fleet_owner[there]
    keys = np.column_stack([np.full_like(route, POWER), tables.fleet_province[there], owner])
    first, last = tables.fleet_from[there], tables.fleet_to[there]
    return keys, Pieces(np.zeros_like(route), route, tables.fleet_gw[there], first, last)


def lay_out_blocks(tables: PopulationTables, exponent: float) -> tuple[Blocks, Pieces]:
    """Blocks without numbers of firms yet, and all pieces sorted by (block, route, building year)."""
    found = [power_pieces(tables), industry_pieces(tables)]
    keys = np.vstack([one[0] for one in found])
    merged = Pieces(*(np.concatenate([one[1][i] for one in found]) for i in range(len(Pieces._fields))))
    unique, block = np.unique(keys, axis=0, return_inverse=True)
    block = block.reshape(-1)
    order = np.lexsort((merged.first, merged.route, block))
    pieces = Pieces(block[order], *(column[order] for column in merged[1:]))
    sector, province, kind = unique.T
    least = -(-_routes_per_block(pieces, len(unique)) // PLANTS_AT_START)
    weight = block_weights(sector, province, np.bincount(pieces.block, pieces.units), exponent)
    return Blocks(sector, province, kind, weight, least, least), pieces


def _routes_per_block(pieces: Pieces, blocks: int) -> Integers:
    pairs = np.unique(np.column_stack([pieces.block, pieces.route]), axis=0)
    return np.bincount(pairs[:, 0], minlength=blocks)


def block_weights(sector: Integers, province: Integers, units: Array, exponent: float) -> Array:
    """share^exponent of the cell in its sector, split inside the cell by the same rule; sums to 1 in every sector."""
    size = (int(sector.max()) + 1, int(province.max()) + 1)
    cell, inside = np.zeros(size), np.zeros(size)
    np.add.at(cell, (sector, province), units)
    np.add.at(inside, (sector, province), units**exponent)
    power = cell**exponent
    national = power.sum(axis=1)
    split = units**exponent / inside[sector, province]
    return np.asarray(power[sector, province] / national[sector] * split)


def count_firms(blocks: Blocks, tables: PopulationTables, firms: int) -> Integers:
    """Firms of each block: cohorts first (three a cell if there are enough), the rest by the default sector sizes."""
    cohort = tables.cohort[blocks.sector] == 1
    spare = firms - int(blocks.least[~cohort].sum())
    per_cell = min(max(spare // max(int(cohort.sum()), 1), 1), COHORTS_PER_CELL)
    count = np.where(cohort, np.maximum(blocks.least, per_cell), 0)
    sectors = np.flatnonzero(tables.cohort == 0)
    least = np.array([blocks.least[blocks.sector == s].sum() for s in sectors])
    left = firms - int(count.sum())
    for sector, total in zip(sectors, apportion(left, tables.firms_default[sectors], least), strict=True):
        rows = np.flatnonzero(blocks.sector == sector)
        count[rows] = apportion(int(total), blocks.weight[rows], blocks.least[rows])
    return np.asarray(count, dtype=np.int64)


def join_vintages(blocks: Blocks, pieces: Pieces) -> Pieces:
    """Join the vintages of one route and block that differ least, until a block has few enough for its firms.

    Least by Ward's rule: a b / (a + b) x (difference of the mean years)^2. Capacity and its mean year stay exact.
    """
    limit = np.maximum(np.floor(PIECES_PER_FIRM * blocks.firms), _routes_per_block(pieces, blocks.firms.size))
    crowded = np.flatnonzero(np.bincount(pieces.block, minlength=blocks.firms.size) > limit)
    keep = ~np.isin(pieces.block, crowded)
    parts = [Pieces(*(column[keep] for column in pieces))]
    for block in crowded:
        mine = Pieces(*(column[pieces.block == block] for column in pieces))
        parts.append(_join_within(mine, int(limit[block])))
    merged = Pieces(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.lexsort((merged.first, merged.route, merged.block))
    return Pieces(*(column[order] for column in merged))


def _join_within(pieces: Pieces, limit: int) -> Pieces:
    block, route, units, first, last = (list(column) for column in pieces)
    while len(units) > limit:
        cost = [
            units[i] * units[i + 1] / (units[i] + units[i + 1]) * (first[i + 1] + last[i + 1] - first[i] - last[i]) ** 2
            if route[i] == route[i + 1]
            else np.inf
            for i in range(len(units) - 1)
        ]
        i = int(np.argmin(cost))
        both = units[i] + units[i + 1]
        first[i] = (units[i] * first[i] + units[i + 1] * first[i + 1]) / both
        last[i] = (units[i] * last[i] + units[i + 1] * last[i + 1]) / both
        units[i] = both
        for column in (block, route, units, first, last):
            del column[i + 1]
    whole = [np.array(column, dtype=np.int64) for column in (block, route)]
    return Pieces(*whole, *(np.array(column, dtype=np.float64) for column in (units, first, last)))


def least_firms(blocks: Blocks) -> int:
    """Fewest firms that hold every route of every province, sector and owner."""
    return int(blocks.least.sum())
