"""What a firm builds, where, and whether it stays (ODD+D: submodels 7 and 8).

An industrial firm looks at a project when it expects to lack capacity or when a furnace or kiln is due for relining;
a generator looks at one every year and may leave it. Both choose among the routes they know of by discounted cost at
their own hurdle rate, pulled towards what peers already run, with a Gumbel draw for all that the model does not name.
"""

import math
from typing import Any

from numpy.typing import NDArray

from agents import draws
from agents.compiled import rule
from agents.firm_project_value import (
    InvestmentView,
    capital_and_life,
    levelised_cost,
    plant_value,
    renews,
    required_return,
)
from agents.firm_record import (
    EMPTY,
    QUEUE,
    SLOTS,
    FirmState,
    builds,
    capacity,
    free_place,
    has_room,
    is_being_rebuilt,
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
    if seen.open[firm.province, route] == 0.0 or seen.family[route] != firm.family:
        return False
    if slot >= 0 and firm.slot_route[slot] == route:
        return True
    base = seen.retrofit_of[route]
    if base != EMPTY and slot >= 0 and firm.slot_route[slot] != base:
        return False
    if slot < 0 and not room and not runs(firm, route) and not builds(firm, route):
        return False
    chance = seen.opportunity[firm.province, route]
    if seen.known[firm.province, route] == 0.0:
        chance *= seen.demonstration_chance
    if chance >= 1.0:
        return True
    luck = seen.luck
    return draws.uniform(luck.seed, luck.demonstration, luck.year, firm.firm, route) < chance


@rule
def approved(firm: FirmState, route: int, seen: InvestmentView) -> bool:
    """Whether the local government lets this project pass this year."""
    chance = seen.approval[firm.province, route]
    if chance >= 1.0:
        return True
    luck = seen.luck
    return draws.uniform(luck.seed, luck.approval, luck.year, firm.firm, route) < chance


@rule
def project_need(firm: FirmState, seen: InvestmentView) -> tuple[float, int, int]:
    """Why, how large and on which plant: capacity needed at start-up beyond what then stands, else a relining due."""
    costs, year = seen.costs, seen.luck.year
    standing, normal, due, due_size = 0.0, 0.0, EMPTY, 0.0
    for slot in range(SLOTS):
        route = firm.slot_route[slot]
        if route == EMPTY:
            continue
        lead = seen.lead_years[route]
        size = firm.slot_capacity[slot]
        usual = size * costs.full_output[route] * costs.utilisation[firm.province, route]
        if year + lead - firm.slot_built[slot] < seen.lifetime_years[route]:
            standing += usual
        normal += usual
        cycle = seen.relining_years[route]
        late = cycle > 0.0 and year - firm.slot_relined[slot] >= cycle and not is_being_rebuilt(firm, slot)
        if late and size > due_size:
            due, due_size = slot, size
    for project in range(QUEUE):
        route = firm.pending_route[project]
        if route != EMPTY and firm.pending_slot[project] < 0:
            size = firm.pending_capacity[project]
            standing += size * costs.full_output[route] * costs.utilisation[firm.province, route]
    growth = 1.0 + firm.expected_growth
    two_years_ahead = max(firm.wanted_output, firm.output) * growth * growth
    gap = two_years_ahead - standing
    own = seen.parameters
    if gap > own.expansion_margin * max(normal, 1e-12):
        most = max(own.expansion_maximum_share * normal, normal - standing) if normal > 0.0 else gap
        return min(gap, most), EXPANSION, EMPTY
    if due != EMPTY:
        return due_size, RELINING, due
    return 0.0, NOTHING, EMPTY


@rule
def scale_to_finance(firm: FirmState, seen: InvestmentView) -> None:
    """Cut the project to the equity the firm can pay (EMLab-generation: a share of cash); too small a rest is left."""
    own = seen.parameters
    if seen.finance_limited[firm.sector] == 0.0:
        return
    cost, _ = capital_and_life(firm, firm.chosen_route, firm.replaced_slot, seen)
    equity = (1.0 - seen.debt_ratio[firm.sector]) * cost * firm.chosen_capacity
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
    if free_place(firm) == EMPTY:
        return
    need, firm.trigger, slot = project_need(firm, seen)
    if firm.trigger == NOTHING:
        firm.blocked = BY_DEMAND
        return
    pick_route(firm, note_costs(firm, slot, seen), seen)
    if firm.chosen_route == EMPTY:
        return
    costs = seen.costs
    made = costs.full_output[firm.chosen_route] * costs.utilisation[firm.province, firm.chosen_route]
    firm.chosen_capacity = need if slot >= 0 else need / made
    firm.replaced_slot = slot
    scale_to_finance(firm, seen)


@rule
def note_costs(firm: FirmState, slot: int, seen: InvestmentView) -> float:
    """Note the levelised cost of each route considered, infinity for the others, and return the lowest."""
    rate, room, cheapest = required_return(firm, seen), has_room(firm), math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        cost = math.inf
        if considers(firm, route, slot, room, seen):
            cost = levelised_cost(firm, route, slot, rate, seen)
        seen.noted_cost[route] = cost
        cheapest = min(cheapest, cost)
    return cheapest


@rule
def pick_route(firm: FirmState, cheapest: float, seen: InvestmentView) -> None:
    """The best route that passes the local government; remember when a better one was refused."""
    own, luck = seen.parameters, seen.luck
    best, refused = -math.inf, -math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        if seen.noted_cost[route] == math.inf:
            continue
        relative = seen.noted_cost[route] / max(cheapest, 1e-9)
        utility = seen.peer_pull[firm.province, route]
        utility += draws.gumbel(luck.seed, luck.choice, luck.year, firm.firm, route)
        utility -= own.choice_sharpness * relative
        if not approved(firm, route, seen):
            refused = max(refused, utility)
        elif utility > best:
            best = utility
            firm.chosen_route = route
    if refused > best:
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
    busy = draws.uniform(luck.seed, luck.choice, luck.year, firm.firm, LOOKS) >= own.genco_project_share
    if (busy and ending == EMPTY) or free_place(firm) == EMPTY:
        return
    overhaul, rate, room = overhaul_due(firm, seen), required_return(firm, seen), has_room(firm)
    nothing = draws.gumbel(luck.seed, luck.choice, luck.year, firm.firm, WAITS)
    best, refused = nothing, -math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        slot = overhaul if overhaul >= 0 and seen.retrofit_of[route] == firm.slot_route[overhaul] else EMPTY
        if ending >= 0:
            slot = ending
        if (ending >= 0 and firm.slot_route[ending] != route) or not considers(firm, route, slot, room, seen):
            continue
        utility = own.npv_choice_sharpness * plant_value(firm, route, slot, rate, seen)
        utility += seen.peer_pull[firm.province, route]
        utility += draws.gumbel(luck.seed, luck.choice, luck.year, firm.firm, route)
        if utility > nothing and not approved(firm, route, seen):
            refused = max(refused, utility)
        elif utility > best:
            best = utility
            firm.chosen_route = route
            firm.replaced_slot = slot
    firm.trigger = EXPANSION
    if refused > best:
        firm.blocked = BY_APPROVAL
    elif firm.chosen_route == EMPTY:
        firm.blocked = BY_COST
    if firm.chosen_route != EMPTY:
        size = firm.slot_capacity[firm.replaced_slot] if firm.replaced_slot >= 0 else 0.0
        new = max(own.genco_project_maximum * capacity(firm), own.genco_project_minimum_gw)
        firm.chosen_capacity = size if size > 0.0 else new
        scale_to_finance(firm, seen)


@rule
def ending_plant(firm: FirmState, seen: InvestmentView) -> int:
    """The largest plant that may be built again and would close before a plant begun next year could run, or -1."""
    ending, largest = EMPTY, 0.0
    for slot in range(SLOTS):
        route = firm.slot_route[slot]
        if route == EMPTY or seen.open[firm.province, route] == 0.0 or is_being_rebuilt(firm, slot):
            continue
        age = seen.luck.year + seen.lead_years[route] - firm.slot_built[slot]
        if age >= seen.lifetime_years[route] and firm.slot_capacity[slot] > largest:
            ending, largest = slot, firm.slot_capacity[slot]
    return ending


@rule
def overhaul_due(firm: FirmState, seen: InvestmentView) -> int:
    """The plant that has waited longest for its overhaul, or -1."""
    due, waited = EMPTY, 0.0
    for slot in range(SLOTS):
        route = firm.slot_route[slot]
        if route == EMPTY or seen.relining_years[route] <= 0.0 or is_being_rebuilt(firm, slot):
            continue
        late = seen.luck.year - firm.slot_relined[slot] - seen.relining_years[route]
        if late >= waited:
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
