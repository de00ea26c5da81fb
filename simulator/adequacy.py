"""A year of looking ahead: tenders for firm capacity, their award, and new lines at the start of a five-year plan."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_record import EMPTY, SLOTS, capacity, free_place, holds, is_being_rebuilt
from agents.government_record import PLAN_YEARS
from agents.grid_operator import CANDIDATES, AdequacyView, shortage
from agents.grid_operator_record import PUMPED
from simulator import power_lines, totals
from simulator.base_year import BASE_YEAR, POWER
from simulator.five_year_plans import FOURTEENTH_BEGAN
from simulator.market import MarketIndex
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

LARGEST_TENDER_GW = 1e6


class Prospects(NamedTuple):
    """What the outlook of operators follows from, made once a run. P provinces, K routes, T technologies, C candidates.

    routes [C]: route that is built for a candidate; technology, lifetime_years, capital_cost, annuity, fixed_cost [K];
    approval [P, K]: chance of approval; running_cost [P, K] in CNY per MWh; pending [P, K] in GW; potential_gw [P, T];
    build_limit_gw [T]: most that the country can build this year; closing_gw [P, T]: capacity whose life is over before
    a plant tendered now would run; peak_gw, peak_before [P]: this year's and last; lead_years: until what is tendered
    runs; growth_weight: of this year's growth in what is expected, and growth_maximum, the most that is expected.
    """

    routes: Array
    technology: Array
    lifetime_years: Array
    capital_cost: Array
    annuity: Array
    fixed_cost: Array
    approval: Array
    running_cost: Array
    pending: Array
    potential_gw: Array
    build_limit_gw: Array
    closing_gw: Array
    peak_gw: Array
    peak_before: Array
    lead_years: int
    growth_weight: float
    growth_maximum: float


def prospects_of(world: "World") -> Prospects:
    """What the outlook follows from, on the arrays of the world."""
    setting, system = world.setting, world.power
    own, routes = setting.parameters, setting.base.routes
    return Prospects(
        routes=setting.tendered,
        technology=routes.technology,
        lifetime_years=routes.lifetime_years,
        capital_cost=world.capital_cost,
        annuity=setting.annuity,
        fixed_cost=routes.fixed_cost,
        approval=world.government_rows["approval"],
        running_cost=system.running_cost,
        pending=world.pending,
        potential_gw=setting.base.power.potential_gw,
        build_limit_gw=world.builders.limit_gw,
        closing_gw=system.closing_gw,
        peak_gw=system.peak_gw,
        peak_before=world.peak_before,
        lead_years=int(own["tender_lead_years"]),
        growth_weight=own["demand_expectation_weight"],
        growth_maximum=own["load_growth_maximum"],
    )


def adequacy_view(world: "World") -> AdequacyView:
    """What operators see when they look ahead."""
    system, prospects = world.power, world.investing.prospects
    look_ahead(world.power_firms, system.operator_rows, prospects, world.now, world.load_growth, system.outlook)
    return system.outlook


@process
def look_ahead(
    firms: Any, operators: Any, prospects: Prospects, now: Array, load_growth: Array, seen: AdequacyView
) -> None:
    """Fill what operators see; now: the year comes first; load_growth [P], as smoothed so far, moves on."""
    find_pipeline(firms, prospects, now[0] + prospects.lead_years, seen.pipeline_gw)
    find_prospects(operators, prospects, load_growth, seen)
    find_room(operators, prospects, now[0], seen)


@rule
def find_pipeline(firms: Any, prospects: Prospects, start_year: int, pipeline_gw: Array) -> None:
    """Fill pipeline_gw [P, T]: capacity under construction less closing_gw, that of plants whose life is over before a
    tendered plant would run, in start_year, and that nobody builds again."""
    technology, closing_gw = prospects.technology, prospects.closing_gw
    totals.sum_by_technology(prospects.pending, technology, pipeline_gw)
    closing_gw[:] = 0.0
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route <= EMPTY or start_year - firm.slot_built[slot] < prospects.lifetime_years[route]:
                continue
            if not is_being_rebuilt(firm, slot):
                closing_gw[firm.province, technology[route]] += firm.slot_capacity[slot]
    for province in range(pipeline_gw.shape[0]):
        for kind in range(pipeline_gw.shape[1]):
            pipeline_gw[province, kind] -= closing_gw[province, kind]


@rule
def find_prospects(operators: Any, prospects: Prospects, load_growth: Array, seen: AdequacyView) -> None:
    """Fill what operators see of growth and cost; load_growth [P], as smoothed so far, moves on."""
    for candidate in range(len(CANDIDATES)):
        route = prospects.routes[candidate]
        yearly = prospects.capital_cost[route] * prospects.annuity[route]
        seen.fixed_cost[candidate] = yearly + prospects.fixed_cost[route]
    for province in range(operators.size):
        grown = prospects.peak_gw[province] / max(prospects.peak_before[province], 1e-9) - 1.0
        load_growth[province] += prospects.growth_weight * (grown - load_growth[province])
        seen.load_growth[province] = min(max(load_growth[province], 0.0), prospects.growth_maximum)
        for candidate in range(len(CANDIDATES)):
            route = prospects.routes[candidate]
            seen.running_cost[province, candidate] = prospects.running_cost[province, route]
            seen.allowed[province, candidate] = prospects.approval[province, route]


@process
def find_room(operators: Any, prospects: Prospects, year: int, seen: AdequacyView) -> None:
    """Fill what operators may tender; the country's rates go to provinces by what they lack."""
    short, lacking = np.zeros(operators.size), 0.0
    for operator in operators:
        short[operator.operator] = shortage(operator, seen)
        lacking += short[operator.operator]
    for operator in operators:
        share = short[operator.operator] / lacking if lacking > 0.0 else 0.0
        for candidate in range(len(CANDIDATES)):
            seen.room_gw[operator.operator, candidate] = room_for(operator, share, candidate, prospects, year)


@rule
def room_for(operator: Any, share: float, candidate: int, prospects: Prospects, year: int) -> float:
    """What may be tendered of a candidate in a year (GW): the province's share of the national rate and, on top, what
    closes in a year, whose site and connection are free, as far as projects are approved; of pumped hydro no more than
    there are sites. What was begun by the end of the base year is given."""
    if year == BASE_YEAR:
        return 0.0
    technology, province = CANDIDATES[candidate], operator.operator
    approval = prospects.approval[province, prospects.routes[candidate]]
    replaced = prospects.closing_gw[province, technology] / prospects.lead_years
    room = (share * prospects.build_limit_gw[technology] + replaced) * approval
    if technology == PUMPED:
        room = min(room, prospects.potential_gw[province, technology] - operator.capacity_gw[technology])
    return min(max(room, 0.0), LARGEST_TENDER_GW)


def award_tenders(world: "World") -> None:
    """Give each tender to the largest generator of the province that is free to build it."""
    routes, prices = world.setting.tendered, world.investing.prices
    award_all(world.firm_rows, world.index, world.power.operator_rows, routes, prices, world.now)


class Prices(NamedTuple):
    """What a tendered plant costs and when it runs: lead_years, capital_cost [K], soft_cost [P, K], share borrowed."""

    lead_years: Array
    capital_cost: Array
    soft_cost: Array
    debt_ratio: float


def prices_of(world: "World") -> Prices:
    """Of power plants that are begun without a choice of firms: tenders and roofs."""
    debt_ratio = float(world.setting.debt_ratio[POWER])
    return Prices(world.setting.lead_years, world.capital_cost, world.soft_cost, debt_ratio)


@rule
def award_all(firms: Any, index: MarketIndex, operators: Any, routes: Array, prices: Prices, now: Array) -> None:
    """Award the tenders of all provinces; routes [C]; now: the year comes first."""
    for province in range(operators.size):
        rows = index.rows[index.start[POWER, province] : index.stop[POWER, province]]
        for candidate in range(routes.size):
            size_gw = operators[province].tendered_gw[candidate]
            if size_gw > 0.0:
                award(firms, rows, province, routes[candidate], size_gw, prices, now[0])


@rule
def award(firms: Any, rows: Array, province: int, route: int, size_gw: float, prices: Prices, year: int) -> bool:
    """The largest firm with room for the plant and the project begins it; ties go by row. False: there is none."""
    best, largest = EMPTY, -1.0
    for row in rows:
        firm = firms[row]
        size = capacity(firm)
        if size > largest and free_place(firm) != EMPTY and holds(firm, route):
            best, largest = row, size
    if best == EMPTY:
        return False
    firm = firms[best]
    project = free_place(firm)
    firm.pending_route[project], firm.pending_capacity[project] = route, size_gw
    firm.pending_year[project] = year + int(prices.lead_years[route])
    firm.pending_slot[project] = EMPTY
    cost = prices.capital_cost[route] * prices.soft_cost[province, route]
    firm.investment += cost * size_gw
    borrowed = prices.debt_ratio * cost * size_gw
    firm.borrowing += borrowed
    firm.debt += borrowed
    firm.liquidity += borrowed - cost * size_gw
    return True


def lines_of(world: "World") -> power_lines.LineBook:
    """What the planner of lines goes by."""
    own, system = world.setting.parameters, world.power
    parameters = power_lines.LineParameters(**{name: own[name] for name in power_lines.LineParameters._fields})
    length_km = world.setting.base.power.line_length_km
    return power_lines.LineBook(system.rent_history, length_km, system.line_capacity_gw, system.ordered_gw, parameters)


def plan_lines(world: "World") -> None:
    """Remember this year's congestion rents and, when a plan begins, order lines where they would have paid."""
    setting, system, rents = world.setting, world.power, world.power.rent_history
    hours, cap = setting.base.power.hours, setting.parameters["wholesale_price_cap"]
    contracted = system.grid.plan.contracted_share
    power_lines.congestion_rent(system.network, hours, contracted, cap, system.dispatch, rents, world.now)
    closed = setting.config.trade.lines != "open"
    cycle = PLAN_YEARS if setting.config.governments.five_year_plans else 1
    if (world.year - FOURTEENTH_BEGAN) % cycle != 0 or closed:
        return
    # Lines are paid for out of what users of power pay, so the money grows with what they use.
    growth = world.electricity.sum() / setting.base.economy.electricity_twh.sum()
    budget = setting.parameters["line_budget_per_plan"] * growth * float(world.signal("line_budget_multiplier"))
    power_lines.plan_lines(world.investing.lines, world.i, budget * cycle / PLAN_YEARS)
