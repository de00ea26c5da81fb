"""What a firm builds, where, and whether it stays (ODD+D: submodels 7 and 8).

An industrial firm looks at a project when it expects to lack capacity or when a furnace or kiln is due for relining;
a generator looks at one every year and may leave it. Both choose among the routes they know of by discounted cost at
their own hurdle rate, pulled towards what peers already run, with a Gumbel draw for all that the model does not name.
"""

import math
from typing import Any

from numpy.typing import NDArray

from agents import choice, draws
from agents.compiled import rule
from agents.firm_project_value import (
    UNKNOWN,
    InvestmentView,
    capital_and_life,
    levelised_cost,
    over_life,
    plant_value,
    renews,
    required_return,
    yearly_margin,
)
from agents.firm_record import (
    EMPTY,
    QUEUE,
    SLOTS,
    FirmState,
    builds,
    capacity,
    has_room,
    is_being_rebuilt,
    may_begin,
    route_of,
    runs,
)

Array = NDArray[Any]

NOTHING, EXPANSION, RELINING = 0, 1, 2
# Items of the stream of choices beyond the routes: not building, and whether a generator looks at a project at all.
WAITS, LOOKS = 1000, 1001
# What stands in the way of a project, as the table `constraints` counts it.
FREE, BY_COST, BY_FINANCE, BY_CAPACITY, BY_GRID, BY_DEMAND, BY_APPROVAL = range(7)


# ---------------------------------------------------------------------------------------------------- equations


@rule
def considers(firm: FirmState, route: int, slot: int, room: bool, seen: InvestmentView) -> bool:
    """Search set: open, same product, room for it, an opportunity, and heard of, unless a demonstration is tried.

    room: whether there is any for a plant of a route that the firm neither runs nor builds. A plant that is built again
    as it was has its site.
    """
    option = seen.options[firm.province, route]
    if option.is_open == 0 or option.family != firm.family:
        return False
    if slot >= 0 and firm.slot_route[slot] == route:
        return True
    if slot >= 0 and option.retrofit_of > EMPTY and firm.slot_route[slot] != option.retrofit_of:
        return False
    if slot < 0 and not room and not runs(firm, route) and not builds(firm, route):
        return False
    luck = seen.luck
    return draws.happens(option.chance, luck.seed, luck.demonstration, luck.year[0], firm.firm, route)


@rule
def approved(firm: FirmState, route: int, seen: InvestmentView) -> bool:
    """Whether the local government lets this project pass this year."""
    chance, luck = seen.options[firm.province, route].approval, seen.luck
    return draws.happens(chance, luck.seed, luck.approval, luck.year[0], firm.firm, route)


@rule
def project_need(firm: FirmState, seen: InvestmentView) -> tuple[float, int, int]:
    """How large, why and on which plant: capacity needed at start-up beyond what then stands, else a relining due."""
    own, year = seen.parameters, seen.luck.year[0]
    standing, normal = 0.0, 0.0
    for slot in range(SLOTS):
        option = seen.options[firm.province, route_of(firm, slot)]
        usual = firm.slot_capacity[slot] * option.normal_output
        normal += usual
        standing += usual if year + option.lead_years - firm.slot_built[slot] < option.lifetime_years else 0.0
    for project in range(QUEUE):
        route = firm.pending_route[project]
        if (route > EMPTY) & (firm.pending_slot[project] < 0):
            standing += firm.pending_capacity[project] * seen.options[firm.province, route].normal_output
    growth = 1.0 + firm.expected_growth
    two_years_ahead = max(firm.wanted_output, firm.output) * growth * growth
    gap = two_years_ahead - standing
    if gap > own.expansion_margin * max(normal, 1e-12):
        most = max(own.expansion_maximum_share * normal, normal - standing) if normal > 0.0 else gap
        return min(gap, most), EXPANSION, EMPTY
    due = relining_due(firm, seen)
    if due != EMPTY:
        return firm.slot_capacity[due], RELINING, due
    return 0.0, NOTHING, EMPTY


@rule
def relining_due(firm: FirmState, seen: InvestmentView) -> int:
    """The largest plant that waits for its relining and is not being rebuilt, or -1."""
    due, largest = EMPTY, 0.0
    for slot in range(SLOTS):
        cycle = seen.options[firm.province, route_of(firm, slot)].relining_years
        late = (cycle > 0.0) & (seen.luck.year[0] - firm.slot_relined[slot] >= cycle)
        size, waits = firm.slot_capacity[slot], late & (not is_being_rebuilt(firm, slot))
        if waits & (size > largest):
            due, largest = slot, size
    return due


@rule
def scale_to_finance(firm: FirmState, seen: InvestmentView) -> None:
    """Cut the project to the equity the firm can pay (EMLab-generation: a share of cash); too small a rest is left."""
    own, market = seen.parameters, seen.markets[firm.province, firm.sector]
    if market.finance_limited == 0.0:
        return
    cost, _ = capital_and_life(firm, firm.chosen_route, firm.replaced_slot, seen)
    equity = (1.0 - market.debt_ratio) * cost * firm.chosen_capacity
    purse = max(own.down_payment_share * firm.liquidity, 0.0)
    if equity <= purse:
        return
    firm.blocked = BY_FINANCE
    share = purse / equity
    # A relining or a retrofit cannot be done by halves.
    by_halves = firm.replaced_slot < 0 or renews(firm, firm.chosen_route, firm.replaced_slot)
    if share < own.least_share_financed or not by_halves:
        firm.chosen_route = EMPTY
        firm.chosen_capacity = 0.0
    else:
        firm.chosen_capacity *= share


# -------------------------------------------------------------------------------------------------------- rules


@rule
def choose_route(firm: FirmState, seen: InvestmentView) -> None:
    """An industrial firm's project: U = -beta LC / LC_min + gamma ln(0.02 + peers) + Gumbel, the largest wins."""
    clear_choice(firm)
    if not may_begin(firm):
        return
    need, firm.trigger, slot = project_need(firm, seen)
    if firm.trigger == NOTHING:
        firm.blocked = BY_DEMAND
        return
    pick_route(firm, note_costs(firm, slot, seen), seen)
    if firm.chosen_route == EMPTY:
        return
    firm.chosen_capacity = need if slot >= 0 else need / seen.options[firm.province, firm.chosen_route].normal_output
    firm.replaced_slot = slot
    scale_to_finance(firm, seen)


@rule
def note_costs(firm: FirmState, slot: int, seen: InvestmentView) -> float:
    """Note the levelised cost of each route considered, infinity for the others, and a draw for all that the model does
    not name; returns the lowest cost."""
    rate, room, cheapest, luck = required_return(firm, seen), has_room(firm), math.inf, seen.luck
    market, life = seen.markets[firm.province, firm.sector], UNKNOWN
    for route in range(market.first_route, market.last_route):
        option = seen.options[firm.province, route]
        option.noted_cost = math.inf
        if considers(firm, route, slot, room, seen):
            option.noted_draw = draws.uniform(luck.seed, luck.choice, luck.year[0], firm.firm, route)
            cost, years = capital_and_life(firm, route, slot, seen)
            life = over_life(firm, rate, years, life)
            option.noted_cost = levelised_cost(firm, option, market, cost, life)
            cheapest = min(cheapest, option.noted_cost)
    return cheapest


@rule
def pick_route(firm: FirmState, cheapest: float, seen: InvestmentView) -> None:
    """The best route that passes the local government; remember when a better one was refused."""
    own, market = seen.parameters, seen.markets[firm.province, firm.sector]
    best, best_draw, refused, refused_draw = choice.NEVER, choice.MIDDLE, choice.NEVER, choice.MIDDLE
    for route in range(market.first_route, market.last_route):
        option = seen.options[firm.province, route]
        if option.noted_cost == math.inf:
            continue
        utility, draw = option.peer_pull, option.noted_draw
        utility -= own.choice_sharpness * (option.noted_cost / max(cheapest, 1e-9))
        if not choice.is_better(utility, draw, best, best_draw):
            continue
        if approved(firm, route, seen):
            best, best_draw = utility, draw
            firm.chosen_route = route
        elif choice.is_better(utility, draw, refused, refused_draw):
            refused, refused_draw = utility, draw
    if choice.is_better(refused, refused_draw, best, best_draw):
        firm.blocked = BY_APPROVAL


@rule
def choose_plant(firm: FirmState, seen: InvestmentView) -> None:
    """A generator's project: U = beta NPV/K + gamma ln(0.02 + peers) + Gumbel against not building at NPV 0.

    A plant whose life ends comes first: it is built again on its site, or not. A coal unit due for overhaul may be
    given capture instead of being overhauled.
    """
    clear_choice(firm)
    own, luck = seen.parameters, seen.luck
    ending = ending_plant(firm, seen)
    busy = draws.uniform(luck.seed, luck.choice, luck.year[0], firm.firm, LOOKS) >= own.genco_project_share
    if (busy & (ending == EMPTY)) | (not may_begin(firm)):
        return
    firm.trigger = EXPANSION
    pick_plant(firm, ending, seen)
    if firm.chosen_route == EMPTY:
        return
    size = firm.slot_capacity[firm.replaced_slot] if firm.replaced_slot >= 0 else 0.0
    new = max(own.genco_project_maximum * capacity(firm), own.genco_project_minimum_gw)
    firm.chosen_capacity = size if size > 0.0 else new
    scale_to_finance(firm, seen)


@rule
def pick_plant(firm: FirmState, ending: int, seen: InvestmentView) -> None:
    """The plant of the largest utility that passes the local government, if it is above that of building nothing.

    ending: the plant that is built again or nothing is, or -1.
    """
    own, luck, market = seen.parameters, seen.luck, seen.markets[firm.province, firm.sector]
    overhaul, rate, room, life = overhaul_due(firm, seen), required_return(firm, seen), has_room(firm), UNKNOWN
    first, last = market.first_route, market.last_route
    if ending > EMPTY:
        first, last = firm.slot_route[ending], firm.slot_route[ending] + 1
    best, best_draw = 0.0, draws.uniform(luck.seed, luck.choice, luck.year[0], firm.firm, WAITS)
    refused, refused_draw = choice.NEVER, choice.MIDDLE
    for route in range(first, last):
        option, slot = seen.options[firm.province, route], ending
        if ending == EMPTY and overhaul > EMPTY and option.retrofit_of == firm.slot_route[overhaul]:
            slot = overhaul
        if not considers(firm, route, slot, room, seen):
            continue
        cost, years = capital_and_life(firm, route, slot, seen)
        life = over_life(firm, rate, years, life)
        given_up = 0.0
        if slot >= 0 and not renews(firm, route, slot):
            given_up = yearly_margin(seen.options[firm.province, firm.slot_route[slot]], market, life)
        utility = own.npv_choice_sharpness * plant_value(option, market, cost, life, given_up)
        utility += option.peer_pull
        draw = draws.uniform(luck.seed, luck.choice, luck.year[0], firm.firm, route)
        if not choice.is_better(utility, draw, best, best_draw):
            continue
        if approved(firm, route, seen):
            best, best_draw = utility, draw
            firm.chosen_route, firm.replaced_slot = route, slot
        elif choice.is_better(utility, draw, refused, refused_draw):
            refused, refused_draw = utility, draw
    if choice.is_better(refused, refused_draw, best, best_draw):
        firm.blocked = BY_APPROVAL
    elif firm.chosen_route == EMPTY:
        firm.blocked = BY_COST


@rule
def ending_plant(firm: FirmState, seen: InvestmentView) -> int:
    """The largest plant that may be built again and would close before a plant begun next year could run, or -1."""
    ending, largest = EMPTY, 0.0
    for slot in range(SLOTS):
        option = seen.options[firm.province, route_of(firm, slot)]
        age = seen.luck.year[0] + option.lead_years - firm.slot_built[slot]
        ends = (age >= option.lifetime_years) & (option.is_open > 0)
        if ends & (firm.slot_capacity[slot] > largest) and not is_being_rebuilt(firm, slot):
            ending, largest = slot, firm.slot_capacity[slot]
    return ending


@rule
def overhaul_due(firm: FirmState, seen: InvestmentView) -> int:
    """The plant that has waited longest for its overhaul, or -1."""
    due, waited = EMPTY, 0.0
    for slot in range(SLOTS):
        cycle = seen.options[firm.province, route_of(firm, slot)].relining_years
        late = seen.luck.year[0] - firm.slot_relined[slot] - cycle
        stands = firm.slot_route[slot] > EMPTY
        if stands & (cycle > 0.0) & (late >= waited) and not is_being_rebuilt(firm, slot):
            due, waited = slot, late
    return due


@rule
def clear_choice(firm: FirmState) -> None:
    """Forget last year's choice."""
    firm.trigger = NOTHING
    firm.chosen_route = EMPTY
    firm.chosen_capacity = 0.0
    firm.replaced_slot = EMPTY
    firm.blocked = FREE


# -------------------------------------------------------------------------------------------------- populations


@rule
def choose_all_routes(firms: Array, seen: InvestmentView) -> None:
    """Every industrial firm, one after the other; nothing depends on the order."""
    for firm in firms:
        choose_route(firm, seen)


@rule
def choose_all_plants(firms: Array, seen: InvestmentView) -> None:
    """Every generator, one after the other; nothing depends on the order."""
    for firm in firms:
        choose_plant(firm, seen)
