"""A firm's plants come and go: closing at the end of life, starting up what was under construction."""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import EMPTY, POWER, QUEUE, SLOTS, FirmState, is_being_rebuilt, route_of

Array = NDArray[Any]


class AgeView(NamedTuple):
    """What a firm knows of plants' lives. K routes.

    year [1]: filled anew every year; lifetime_years, first_year_share [K]: life of a plant, and the part of its first
    year in which it runs; retrofit_of [K]: route to which a retrofit is added, or -1; merge_age_years: plants of one
    route built within so many years count as one.
    """

    year: Array
    lifetime_years: Array
    first_year_share: Array
    retrofit_of: Array
    merge_age_years: float


@rule
def close_plants(firm: FirmState, ages: AgeView) -> None:
    """Close plants that have reached the end of their life; one being rebuilt stays until the rebuilding is done."""
    # One question that most firms answer alike, instead of one for each plant (decision 23).
    soonest = math.inf
    for slot in range(SLOTS):
        soonest = min(soonest, years_left(firm, slot, ages))
    if soonest > 0.0:
        return
    for slot in range(SLOTS):
        if years_left(firm, slot, ages) <= 0.0 and not is_being_rebuilt(firm, slot):
            firm.slot_route[slot], firm.slot_capacity[slot] = EMPTY, 0.0


@rule
def years_left(firm: FirmState, slot: int, ages: AgeView) -> float:
    """Years until the life of a plant is over; an empty slot has no end."""
    left = ages.lifetime_years[route_of(firm, slot)] - (ages.year[0] - firm.slot_built[slot])
    return left if firm.slot_route[slot] > EMPTY else math.inf


@rule
def start_up(firm: FirmState, ages: AgeView) -> None:
    """Put what was under construction into service when its year has come."""
    for slot in range(SLOTS):
        firm.slot_available[slot] = 1.0
    for project in range(QUEUE):
        if (firm.pending_route[project] == EMPTY) | (firm.pending_year[project] > ages.year[0]):
            continue
        if firm.pending_slot[project] >= 0:
            rebuild(firm, project, ages)
        else:
            place(firm, project, ages)
        firm.pending_route[project] = EMPTY
        firm.pending_capacity[project] = 0.0
        firm.pending_slot[project] = EMPTY


@rule
def rebuild(firm: FirmState, project: int, ages: AgeView) -> None:
    """Reline, retrofit or replace a plant; only a replacement starts a new life, as does a power plant built again."""
    slot, new = firm.pending_slot[project], firm.pending_route[project]
    old = firm.slot_route[slot]
    if old == new and firm.sector == POWER:
        firm.slot_capacity[slot] = firm.pending_capacity[project]
        firm.slot_built[slot] = ages.year[0]
        firm.slot_available[slot] = ages.first_year_share[new]
    if old != new and ages.retrofit_of[new] != old:
        firm.slot_built[slot] = ages.year[0]
        firm.slot_available[slot] = ages.first_year_share[new]
    firm.slot_route[slot] = new
    firm.slot_relined[slot] = ages.year[0]


@rule
def place(firm: FirmState, project: int, ages: AgeView) -> None:
    """New capacity joins a plant of its route and age, else takes an empty slot, else joins its route's youngest."""
    new = firm.pending_route[project]
    joined, youngest, empty, latest = EMPTY, EMPTY, EMPTY, -math.inf
    for slot in range(SLOTS):
        built = firm.slot_built[slot]
        alike = (firm.slot_route[slot] == new) & (not is_changing(firm, slot))
        if firm.slot_route[slot] == EMPTY:
            empty = slot
        if alike & (built > latest):
            youngest, latest = slot, built
        if alike & (ages.year[0] - built <= ages.merge_age_years):
            joined = slot
    if joined == EMPTY and empty == EMPTY:
        joined = youngest
    if joined == EMPTY:
        joined = empty if empty != EMPTY else make_room(firm)
        firm.slot_route[joined] = new
        firm.slot_capacity[joined] = 0.0
        firm.slot_built[joined] = ages.year[0]
        firm.slot_relined[joined] = ages.year[0]
    merge(firm, joined, project, ages)


@rule
def is_changing(firm: FirmState, slot: int) -> bool:
    """Whether a project under construction moves this plant to another route, or builds it again (power)."""
    changing = False
    for project in range(QUEUE):
        new = firm.pending_route[project]
        moves = (new != firm.slot_route[slot]) | (firm.sector == POWER)
        changing |= (new != EMPTY) & (firm.pending_slot[project] == slot) & moves
    return changing


@rule
def make_room(firm: FirmState) -> int:
    """Join the two smallest plants of one route and give the slot left; without such a pair the smallest gives way."""
    kept, freed, least = EMPTY, EMPTY, math.inf
    for one in range(SLOTS):
        for other in range(one):
            size = firm.slot_capacity[one] + firm.slot_capacity[other]
            alike = firm.slot_route[one] == firm.slot_route[other]
            if alike and size < least and not is_being_rebuilt(firm, one) and not is_being_rebuilt(firm, other):
                kept, freed, least = other, one, size
    if kept == EMPTY:
        return smallest_plant(firm)
    share = firm.slot_capacity[freed] / least
    firm.slot_built[kept] += share * (firm.slot_built[freed] - firm.slot_built[kept])
    firm.slot_relined[kept] += share * (firm.slot_relined[freed] - firm.slot_relined[kept])
    firm.slot_available[kept] += share * (firm.slot_available[freed] - firm.slot_available[kept])
    firm.slot_capacity[kept] = least
    return freed


@rule
def smallest_plant(firm: FirmState) -> int:
    """The plant that gives way when no two could be joined; not one that is being rebuilt."""
    least = EMPTY
    for slot in range(SLOTS):
        smaller = least == EMPTY or firm.slot_capacity[slot] < firm.slot_capacity[least]
        if smaller and not is_being_rebuilt(firm, slot):
            least = slot
    return max(least, 0)


@rule
def merge(firm: FirmState, slot: int, project: int, ages: AgeView) -> None:
    """Add the finished capacity to a plant; its age and availability become capacity-weighted means."""
    old, new = firm.slot_capacity[slot], firm.pending_capacity[project]
    share = new / (old + new) if old + new > 0.0 else 1.0
    firm.slot_capacity[slot] = old + new
    firm.slot_built[slot] += share * (ages.year[0] - firm.slot_built[slot])
    firm.slot_relined[slot] += share * (ages.year[0] - firm.slot_relined[slot])
    first_year = ages.first_year_share[firm.pending_route[project]]
    firm.slot_available[slot] = 1.0 - share * (1.0 - first_year)


@rule
def close_all_plants(firms: Array, ages: AgeView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        close_plants(firm, ages)


@rule
def start_up_everywhere(firms: Array, ages: AgeView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        start_up(firm, ages)


@rule
def renew_all_plants(firms: Array, ages: AgeView) -> None:
    """Both decisions of every firm, one firm after the other; nothing depends on the order."""
    for firm in firms:
        close_plants(firm, ages)
        start_up(firm, ages)
