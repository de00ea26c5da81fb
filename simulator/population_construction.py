"""Power plants under construction at the end of the base year: who builds them, from construction.csv.

Without them nothing that takes years to build would start up before firms have chosen and built it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from agents.firm_record import EMPTY, SLOTS
from simulator.base_year import BASE_YEAR, POWER
from simulator.names import load_names
from simulator.population_character import Firms
from simulator.population_tables import Integers
from simulator.tables import Array, positions, read_table

# What is built of a technology that has several routes in the table of routes.
ROUTE_BUILT = {"coal": "coal_ultra"}


class Construction(NamedTuple):
    """The rows of construction.csv in their order: province, route, capacity in GW, year of start-up."""

    province: Integers
    route: Integers
    gw: Array
    year: Integers


@cache
def load_construction() -> Construction:
    """What was under construction, from the shipped table."""
    names, table = load_names(), read_table("construction")
    early = table[table["start_year"] <= BASE_YEAR]
    if len(early):
        raise ValueError(
            f"construction.csv: {early['name'].iloc[0]} starts in {early['start_year'].iloc[0]}; what is under "
            f"construction at the end of {BASE_YEAR} starts in {BASE_YEAR + 1} at the earliest"
        )
    province = positions(names.provinces)
    return Construction(
        province=np.array([province[one] for one in table["province"]], dtype=np.int64),
        route=np.array([_route_built(one) for one in table["technology"]], dtype=np.int64),
        gw=table["capacity_gw"].to_numpy(dtype=np.float64),
        year=table["start_year"].to_numpy(dtype=np.int64),
    )


def _route_built(technology: str) -> int:
    return load_names().routes.index(("POW", ROUTE_BUILT.get(technology, technology)))


def begin_construction(firms: Firms, construction: Construction) -> None:
    """Put every row into the queues of the generators of its province; the last to start up, often large, come first.

    A row goes to the largest generator that is free, and what exceeds that one's size to the next; what exceeds all of
    them, to the first of them. If none is free, generators join what they build of one route for one year. Equal size
    goes by row, so nothing is drawn. It is paid for: its cost was borne before the model starts.
    """
    size = firms.slot_capacity.sum(axis=1)
    for row in np.argsort(-construction.year, kind="stable"):
        province, route, left = construction.province[row], int(construction.route[row]), construction.gw[row]
        here = np.flatnonzero((firms.sector == POWER) & (firms.province == province))
        here = here[np.argsort(-size[here], kind="stable")]
        if not any(is_free(firms[firm], route) for firm in here):
            for firm in here:
                _join(firms[firm])
        first = None
        for firm in here:
            if left > 0.0 and is_free(firms[firm], route):
                built = min(left, size[firm])
                _begin(firms[firm], route, built, int(construction.year[row]))
                left -= built
                first = firm if first is None else first
        if left > 0.0 and first is None:
            raise ValueError(_no_room(row, left))
        if left > 0.0:
            _enlarge(firms[first], left)


def is_free(firm: Any, route: int) -> bool:
    """Whether the firm has a place in its queue, and a slot for each route that it runs or builds.

    Plants of one route are joined where a new one needs a slot (`agents.firm_plants.make_room`), so none is lost.
    """
    routes = {route, *firm.slot_route.tolist(), *firm.pending_route.tolist()} - {EMPTY}
    return bool((firm.pending_route == EMPTY).any()) and len(routes) <= SLOTS


def _begin(firm: Any, route: int, gw: float, year: int) -> None:
    place = int(np.argmax(firm.pending_route == EMPTY))
    firm.pending_route[place], firm.pending_capacity[place] = route, gw
    firm.pending_year[place], firm.pending_slot[place] = year, EMPTY


def _join(firm: Any) -> None:
    """Make one project of those of one route that start in one year; others move up, so the last places are free."""
    joined: dict[tuple[int, int], float] = {}
    for place in np.flatnonzero(firm.pending_route != EMPTY):
        project = int(firm.pending_route[place]), int(firm.pending_year[place])
        joined[project] = joined.get(project, 0.0) + float(firm.pending_capacity[place])
    firm.pending_route[:], firm.pending_capacity[:], firm.pending_year[:] = EMPTY, 0.0, 0
    for (route, year), gw in joined.items():
        _begin(firm, route, gw, year)


def _enlarge(firm: Any, gw: float) -> None:
    """Add to what the firm began last."""
    firm.pending_capacity[int((firm.pending_route != EMPTY).sum()) - 1] += gw


def _no_room(row: int, left: float) -> str:
    table = read_table("construction").iloc[row]
    return (
        f"construction.csv: {left:.3f} of {table['capacity_gw']} GW of {table['name']} find no generator in "
        f"{table['province']} with a free place; allowed is what fits into their queues, so ask for more firms"
    )
