"""Synthetic firms that add up to the base year: by province, sector and route, for power also by owner and vintage.

No register of Chinese firms with plants is free. So firms are made: their number, sizes, owners and groups are drawn,
their sums are data. Rows are sorted by sector, province and product (power: owner); a row is an identity for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from agents.firm_record import EMPTY, FirmState
from agents.record import copied
from simulator.base_year import BASE_YEAR, POWER
from simulator.population_character import (
    Firms,
    Luck,
    Ranks,
    draw_groups,
    draw_hurdle_rates,
    draw_owners,
    draw_paybacks,
    find_mates,
    luck_of,
    rank_by_size,
)
from simulator.population_construction import begin_construction, load_construction
from simulator.population_counts import Blocks, Pieces, count_firms, join_vintages, lay_out_blocks, least_firms
from simulator.population_plants import (
    LONGEST_REST,
    Plants,
    building_years,
    draw_sizes,
    even_building_years,
    place_plants,
    prolong_lives,
    relining_years,
    shuffle_routes,
)
from simulator.population_tables import (
    Integers,
    PopulationParameters,
    PopulationTables,
    load_population_tables,
    population_parameters,
)
from simulator.tables import Array

# Below so many firms a cell says more of its firms than of its province (lag rankings leave it out).
THIN_CELL = 3
# Scenarios share their firms as they share their provinces; another seed is another, equally likely population.
POPULATION_SEED = 2020


class Population(NamedTuple):
    """firms: record array of FirmState [F]; mates, first_mate, last_mate: firms of a group by sector and product (see
    `SiteView`); notes: what a reader of the run should know of it."""

    firms: Firms
    mates: Integers
    first_mate: Integers
    last_mate: Integers
    notes: tuple[str, ...]


class Standing(NamedTuple):
    """Firms with plants and products, without owners and temper yet; blocks: where they are; ranked: by size; notes."""

    firms: Firms
    blocks: Blocks
    ranked: list[Ranks]
    notes: tuple[str, ...]


def populate(
    firms: int,
    parameters: Mapping[str, float],
    seed: int = POPULATION_SEED,
    construction: bool = True,
    vintages: str = "observed",
) -> Population:
    """The firms of the shipped base year; `parameters` holds every row of parameters.csv by name.

    construction: whether they build what was under construction at its end; a run without change leaves that out;
    vintages: observed, or even (every age as likely as another).
    """
    tables = load_population_tables()
    own = population_parameters(tables.sectors, parameters)
    return _with_character(_shipped(firms, own.firm_count_exponent, seed, construction, vintages), tables, own, seed)


def build_population(tables: PopulationTables, firms: int, seed: int, parameters: PopulationParameters) -> Population:
    """The firms of the base year. firms: how many are wanted; seed: of the population, not of a run.

    Too small a number is raised to the least with which every route of every province, sector and owner has a plant.
    """
    standing = _build_plants(tables, firms, seed, parameters.firm_count_exponent)
    return _with_character(standing, tables, parameters, seed)


def fewest_firms(exponent: float) -> int:
    """Least number of firms that the shipped base year allows; exponent: `firm_count_exponent`."""
    return least_firms(lay_out_blocks(load_population_tables(), exponent)[0])


@lru_cache(maxsize=4)
def _shipped(firms: int, exponent: float, seed: int, construction: bool, vintages: str) -> Standing:
    """Plants of the shipped base year: the same for all members of an ensemble, whatever else is sampled."""
    standing = _build_plants(load_population_tables(), firms, seed, exponent, vintages)
    if construction:
        begin_construction(standing.firms, load_construction())
    return standing


def _build_plants(
    tables: PopulationTables, firms: int, seed: int, exponent: float, vintages_are: str = "observed"
) -> Standing:
    empty, vintages = lay_out_blocks(tables, exponent)
    blocks = empty._replace(firms=count_firms(empty, tables, max(firms, least_firms(empty))))
    pieces = shuffle_routes(join_vintages(blocks, vintages), blocks, seed)
    size = draw_sizes(blocks, tables, seed)
    plants = place_plants(blocks, pieces, size, tables)
    years = even_building_years if vintages_are == "even" else building_years
    built, moved = prolong_lives(plants, years(plants, tables, seed), tables, seed)
    table = cast(Firms, FirmState.table(size.size))
    _fill_identity(table, blocks)
    _fill_plants(table, plants, built, relining_years(plants, built, tables, seed), tables)
    notes = (
        *_count_notes(firms, blocks, vintages, pieces),
        *_plant_notes(plants, moved, tables),
        *_thin_cells(table, tables),
    )
    ranked = rank_by_size(table.sector, table.slot_capacity.sum(axis=1), tables, seed)
    return Standing(table, blocks, ranked, notes)


def _with_character(
    standing: Standing, tables: PopulationTables, parameters: PopulationParameters, seed: int
) -> Population:
    table: Firms = copied(standing.firms)
    _fill_character(table, standing, tables, parameters, luck_of(table.size, seed))
    return Population(table, *find_mates(table), standing.notes)


def _fill_identity(firms: Firms, blocks: Blocks) -> None:
    block = np.repeat(np.arange(blocks.firms.size), blocks.firms)
    firms.firm[:] = np.arange(firms.size)
    firms.sector[:] = blocks.sector[block]
    firms.province[:] = blocks.province[block]
    firms.family[:] = np.where(firms.sector == POWER, 0, blocks.kind[block])
    for name in ("chosen_route", "replaced_slot", "pending_route", "pending_slot"):
        firms[name][:] = EMPTY
    firms.chosen_site[:] = firms.firm
    firms.settling_in[:] = firms.province


def _fill_plants(firms: Firms, plants: Plants, built: Array, relined: Array, tables: PopulationTables) -> None:
    """Plants, and the output of the base year: capacity x what a unit of it made in its province."""
    at = (plants.firm, plants.slot)
    here = (firms.province[plants.firm], plants.route)
    firms.slot_route[:] = EMPTY
    firms.slot_route[at] = plants.route
    firms.slot_capacity[at] = plants.units
    firms.slot_built[at] = built
    firms.slot_relined[at] = relined
    firms.slot_available[:] = 1.0
    firms.slot_available[at] = tables.available[here]
    firms.slot_output[at] = plants.units * tables.output_per_capacity[here]
    firms.output[:] = firms.slot_output.sum(axis=1)
    firms.wanted_output[:] = firms.output
    made = np.zeros((int(firms.province.max()) + 1, len(tables.sectors)))
    np.add.at(made, (firms.province, firms.sector), firms.output)
    firms.market_weight[:] = firms.output / made[firms.province, firms.sector]


def _fill_character(
    firms: Firms, standing: Standing, tables: PopulationTables, parameters: PopulationParameters, luck: Luck
) -> None:
    blocks, sector = standing.blocks, firms.sector
    kind = np.repeat(np.where(blocks.sector == POWER, blocks.kind, 0), blocks.firms)
    firms.owner[:] = draw_owners(kind, standing.ranked, parameters)
    firms.group[:] = draw_groups(firms, tables, parameters, luck)
    firms.hurdle_rate[:] = draw_hurdle_rates(firms.owner, sector, parameters, luck)
    firms.payback_years[:] = draw_paybacks(parameters, luck)
    firms.markup[:] = parameters.initial_markup
    firms.credibility[:] = parameters.initial_credibility
    firms.expected_growth[:] = parameters.initial_expected_growth
    sales = firms.output * tables.sales_per_unit[firms.province, sector]
    of_power = sector == POWER
    share = np.where(of_power, parameters.initial_liquidity_share_power, parameters.initial_liquidity_share)
    firms.liquidity[:] = share * sales


def _count_notes(wanted: int, blocks: Blocks, vintages: Pieces, pieces: Pieces) -> list[str]:
    notes, least, joined = [], least_firms(blocks), vintages.units.size - pieces.units.size
    if wanted < least:
        notes.append(
            f"The number of firms was raised from {wanted} to {least}, the least with which every route of every "
            "province, sector and owner has a plant and every firm room for one more."
        )
    if joined > 0:
        notes.append(
            f"With {int(blocks.firms.sum())} firms, {joined} of {vintages.units.size} vintages and routes were joined "
            "to a neighbour in time of the same power technology, owner and province; capacity and mean building "
            "year are kept."
        )
    return notes


def _plant_notes(plants: Plants, moved: NDArray[np.bool_], tables: PopulationTables) -> list[str]:
    if not moved.any():
        return []
    gw = plants.units[moved & (tables.route_sector[plants.route] == POWER)].sum()
    note = (
        f"{int(moved.sum())} of {moved.size} plants, {gw:.1f} GW of power plants among them, were older in {BASE_YEAR} "
        f"than the life of their technology; they run on for 1 to {LONGEST_REST} years, evenly drawn."
    )
    return [note]


def _thin_cells(firms: Firms, tables: PopulationTables) -> list[str]:
    cells = firms_per_cell(firms, int(firms.province.max()) + 1, len(tables.sectors))
    thin, there = int(((cells > 0) & (cells < THIN_CELL)).sum()), int((cells > 0).sum())
    return [f"{thin} of {there} cells of province and sector have fewer than {THIN_CELL} firms."] if thin else []


def firms_per_cell(firms: Firms, provinces: int, sectors: int) -> Integers:
    """Number of firms [P, S]."""
    count = np.zeros((provinces, sectors), dtype=np.int64)
    np.add.at(count, (firms.province, firms.sector), 1)
    return count
