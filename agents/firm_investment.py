"""What a firm builds, where, and whether it stays (ODD+D: submodels 7 and 8).

An industrial firm looks at a project when it expects to lack capacity or when a furnace or kiln is due for relining;
a generator looks at one every year and may leave it. Both choose among the routes they know of by discounted cost at
their own hurdle rate, pulled towards what peers already run, with a Gumbel draw for all that the model does not name.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents import choice, draws
from agents.compiled import rule
from agents.firm_record import (
    EMPTY,
    HORIZONS,
    QUEUE,
    SLOTS,
    CostView,
    FirmParameters,
    FirmState,
    capacity,
    emission_factor,
    free_place,
    holds,
    is_being_rebuilt,
)

Array = NDArray[Any]

NOTHING, EXPANSION, RELINING = 0, 1, 2
# Items of the stream of choices beyond the routes: not building, and whether a generator looks at a project at all.
WAITS, LOOKS = 1000, 1001
# A retrofit is never free, however close the two capital costs come.
LEAST_EXTRA_SHARE = 0.05
# What stands in the way of a project, as the table `constraints` counts it.
FREE, BY_COST, BY_FINANCE, BY_CAPACITY, BY_GRID, BY_DEMAND, BY_APPROVAL = range(7)


class Luck(NamedTuple):
    """Where a rule looks its draws up: the seed, the year, and the streams of this kind of decision."""

    seed: int
    year: int
    choice: int
    approval: int
    demonstration: int
    site: int


class InvestmentView(NamedTuple):
    """What a firm knows when it chooses a project. P provinces, K routes, S sectors.

    capital_cost [P, K]: CNY per unit of yearly capacity (per kW), soft cost included; subsidy_share, approval,
    peer_share [P, K]: shares; known [P, K]: 1 if anyone at home or enough firms in the country run the route; open
    [P, K]: 1 if mature and its resources are left; opportunity [P, K]: chance of finding a site and a place in national
    plans; finance_limited [S]: 0 where firms stand for many small owners;
    debt_ratio [S]: share of a project that banks lend; power_margin [P, K]: CNY per kW and year,
    expected sales less running cost at today's carbon price; carbon_exposure [P, K]: its change in CNY per kW and year
    for one CNY per tCO2 more; lifetime_years, relining_years, lead_years [K]; family, retrofit_of [K]: route
    indices; first_route, last_route [S]: the sector's routes, the last one excluded; volatility [P, S]: standard
    deviation of the log carbon price over five years; demonstration_chance: yearly chance that a firm considers a
    route that nobody near it runs.
    """

    luck: Luck
    costs: CostView
    capital_cost: Array
    subsidy_share: Array
    approval: Array
    peer_share: Array
    known: Array
    open: Array
    opportunity: Array
    finance_limited: Array
    debt_ratio: Array
    power_margin: Array
    carbon_exposure: Array
    lifetime_years: Array
    relining_years: Array
    lead_years: Array
    family: Array
    retrofit_of: Array
    first_route: Array
    last_route: Array
    volatility: Array
    demonstration_chance: float
    parameters: FirmParameters


# ---------------------------------------------------------------------------------------------------- equations


@rule
def required_return(firm: FirmState, seen: InvestmentView) -> float:
    """Hurdle rate with a premium for a carbon price that jumps about (Dixit and Pindyck 1994)."""
    return firm.hurdle_rate + seen.parameters.volatility_premium * seen.volatility[firm.province, firm.sector]


@rule
def capital_and_life(firm: FirmState, route: int, slot: int, seen: InvestmentView) -> tuple[float, float]:
    """Overnight cost after subsidy in CNY per unit of capacity and the years it serves.

    Rebuilding a plant on its own route is a relining at a share of the cost; a retrofit costs the difference and
    serves as long as the plant still lives.
    """
    cost = seen.capital_cost[firm.province, route]
    life = seen.lifetime_years[route]
    if slot >= 0:
        old = firm.slot_route[slot]
        if old == route:
            cost = cost * seen.parameters.relining_cost_share
            life = max(seen.relining_years[route], 1.0)
        elif seen.retrofit_of[route] == old:
            extra = max(cost - seen.capital_cost[firm.province, old], LEAST_EXTRA_SHARE * cost)
            cost = extra * seen.parameters.retrofit_cost_factor
            life = max(life - (seen.luck.year - firm.slot_built[slot]), 1.0)
    return cost * (1.0 - seen.subsidy_share[firm.province, route]), life


@rule
def levelised_cost(firm: FirmState, route: int, slot: int, seen: InvestmentView) -> float:
    """Levelised cost in CNY per unit at the firm's required return and expected carbon prices.

    Capital and fixed cost at normal use, running cost at today's energy prices, carbon at the prices expected in 1, 7
    and 15 years, each weighted by the discounted part of the life for which it stands.
    """
    costs = seen.costs
    rate = required_return(firm, seen)
    cost, life = capital_and_life(firm, route, slot, seen)
    made = costs.full_output[route] * costs.utilisation[firm.province, route]
    capital = (cost * choice.capital_recovery_factor(rate, life) + costs.fixed_cost[route]) / made
    running = costs.energy_cost[firm.province, route] * (1.0 - firm.saving) + costs.other_cost[firm.province, route]
    intensity = emission_factor(firm, route, costs)
    net = (intensity - costs.allowance_credit[firm.province, route]) * firm.covered
    adder = costs.carbon_adder[firm.province, firm.sector] * intensity
    weights = choice.horizon_weights(rate, life)
    carbon = 0.0
    for horizon in range(HORIZONS):
        carbon += weights[horizon] * firm.expected_carbon_price[horizon] * net
    return capital + running + carbon + adder


@rule
def peer_pull(firm: FirmState, route: int, seen: InvestmentView) -> float:
    """Utility of a route because peers in the province and along the trade network run it."""
    own = seen.parameters
    return choice.imitation(seen.peer_share[firm.province, route], own.imitation_weight, own.imitation_share_floor)


@rule
def considers(firm: FirmState, route: int, slot: int, seen: InvestmentView) -> bool:
    """Search set: open, same product, room for it, an opportunity, and heard of, unless a demonstration is tried."""
    if seen.open[firm.province, route] == 0.0 or seen.family[route] != firm.family:
        return False
    base = seen.retrofit_of[route]
    if base != EMPTY and slot >= 0 and firm.slot_route[slot] != base and firm.slot_route[slot] != route:
        return False
    if slot < 0 and not holds(firm, route):
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
        if year + lead - firm.slot_built[slot] < seen.lifetime_years[route]:
            standing += size * costs.full_output[route] * costs.utilisation[firm.province, route]
        normal += size * costs.full_output[route] * costs.utilisation[firm.province, route]
        cycle = seen.relining_years[route]
        late = cycle > 0.0 and year - firm.slot_relined[slot] >= cycle and not is_being_rebuilt(firm, slot)
        if late and size > due_size:
            due, due_size = slot, size
    for project in range(QUEUE):
        route = firm.pending_route[project]
        if route != EMPTY and firm.pending_slot[project] < 0:
            size = firm.pending_capacity[project]
            standing += size * costs.full_output[route] * costs.utilisation[firm.province, route]
    ahead = 2.0
    wanted = max(firm.wanted_output, firm.output) * math.exp(ahead * math.log(1.0 + firm.expected_growth))
    gap = wanted - standing
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
    # A relining cannot be done by halves.
    if share < own.least_share_financed or firm.replaced_slot >= 0:
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
    cheapest = math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        if considers(firm, route, slot, seen):
            cheapest = min(cheapest, levelised_cost(firm, route, slot, seen))
    pick_route(firm, slot, cheapest, seen)
    if firm.chosen_route == EMPTY:
        return
    costs = seen.costs
    made = costs.full_output[firm.chosen_route] * costs.utilisation[firm.province, firm.chosen_route]
    firm.chosen_capacity = need if slot >= 0 else need / made
    firm.replaced_slot = slot
    scale_to_finance(firm, seen)


@rule
def pick_route(firm: FirmState, slot: int, cheapest: float, seen: InvestmentView) -> None:
    """The best route that passes the local government; remember when a better one was refused."""
    own, luck = seen.parameters, seen.luck
    best, refused = -math.inf, -math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        if not considers(firm, route, slot, seen):
            continue
        relative = levelised_cost(firm, route, slot, seen) / max(cheapest, 1e-9)
        utility = peer_pull(firm, route, seen)
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

    A coal unit due for overhaul may be given capture instead of being overhauled.
    """
    clear_choice(firm)
    own, luck = seen.parameters, seen.luck
    busy = draws.uniform(luck.seed, luck.choice, luck.year, firm.firm, LOOKS) >= own.genco_project_share
    if busy or free_place(firm) == EMPTY:
        return
    overhaul = overhaul_due(firm, seen)
    nothing = draws.gumbel(luck.seed, luck.choice, luck.year, firm.firm, WAITS)
    best, refused = nothing, -math.inf
    for route in range(seen.first_route[firm.sector], seen.last_route[firm.sector]):
        slot = overhaul if overhaul >= 0 and seen.retrofit_of[route] == firm.slot_route[overhaul] else EMPTY
        if not considers(firm, route, slot, seen):
            continue
        utility = own.npv_choice_sharpness * plant_value(firm, route, slot, seen)
        utility += peer_pull(firm, route, seen)
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
def yearly_margin(firm: FirmState, route: int, rate: float, life: float, seen: InvestmentView) -> float:
    """Expected margin in CNY per kW and year after fixed cost, at the carbon price that the firm expects."""
    weights = choice.horizon_weights(rate, life)
    rise = -seen.costs.carbon_price[firm.province, firm.sector]
    for horizon in range(HORIZONS):
        rise += weights[horizon] * firm.expected_carbon_price[horizon]
    margin = seen.power_margin[firm.province, route] + rise * seen.carbon_exposure[firm.province, route]
    return margin - seen.costs.fixed_cost[route]


@rule
def plant_value(firm: FirmState, route: int, slot: int, seen: InvestmentView) -> float:
    """Net present value per unit of capital of a power plant in this province, at the firm's required return."""
    cost, life = capital_and_life(firm, route, slot, seen)
    rate = required_return(firm, seen)
    margin = yearly_margin(firm, route, rate, life, seen)
    if slot >= 0:
        margin -= yearly_margin(firm, firm.slot_route[slot], rate, life, seen)
    return choice.net_present_value_per_capital(margin, cost, rate, life)


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
