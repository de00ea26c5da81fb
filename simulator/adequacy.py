"""A year of looking ahead: tenders for firm capacity, their award, and new lines at the start of a five-year plan."""

from typing import Any

import numpy as np

from agents.compiled import rule
from agents.firm_record import EMPTY, SLOTS, capacity, free_place, holds
from agents.grid_operator import CANDIDATES, AdequacyView
from agents.grid_operator_record import TECHNOLOGIES
from simulator import power_lines, totals
from simulator.base_year import POWER
from simulator.base_year import TECHNOLOGIES as NAMES
from simulator.market import MarketIndex
from simulator.power_value import running_costs
from simulator.tables import Array
from simulator.world import World

PLAN_YEARS = 5
FIRST_PLAN = 2021


def adequacy_view(world: World) -> AdequacyView:
    """What operators see when they look ahead."""
    setting, system = world.setting, world.power
    own, base = setting.parameters, setting.base
    routes = setting.tendered
    capital = world.capital_cost[routes]
    growth = system.peak_gw / np.maximum(world.peak_before, 1e-9) - 1.0
    world.load_growth += own["demand_expectation_weight"] * (growth - world.load_growth)
    room = np.full((system.operator_rows.size, len(CANDIDATES)), np.inf)
    pumped = NAMES.index("pumped")
    room[:, 2] = base.power.potential_gw[:, pumped] - system.operator_rows["capacity_gw"][:, pumped]
    allowed = world.government_rows["approval"][:, routes]
    room = np.minimum(room, tender_limits(world) * allowed)
    return AdequacyView(
        hours=base.power.hours,
        load_growth=np.clip(world.load_growth, 0.0, 0.1),
        pipeline_gw=pipeline(world) - closing(world),
        firm_credit=np.array([own[f"firm_capacity_credit_{one}"] for one in NAMES]),
        fixed_cost=capital * setting.annuity[routes] + base.routes.fixed_cost[routes],
        running_cost=np.ascontiguousarray(running_costs(world)[:, routes]),
        allowed=np.ascontiguousarray(allowed),
        room_gw=np.minimum(np.maximum(room, 0.0), 1e6),
        parameters=system.parameters,
    )


def tender_limits(world: World) -> Array:
    """What a province could tender of each candidate in a year [P, C] in GW: by peak, its share of national rates."""
    national = world.setting.paths.build_limit_gw[world.i, list(CANDIDATES)]
    peak = world.power.peak_gw
    return np.asarray(peak[:, None] / peak.sum() * national)


def pipeline(world: World) -> Array:
    """Capacity under construction by technology [P, T] in GW."""
    result = np.zeros((world.capacity.shape[0], TECHNOLOGIES))
    totals.sum_by_technology(world.pending, world.setting.base.routes.technology, result)
    return result


def closing(world: World) -> Array:
    """Capacity by technology [P, T] in GW that reaches the end of its life before a tendered plant would run."""
    result = np.zeros((world.capacity.shape[0], TECHNOLOGIES))
    base = world.setting.base
    year = world.year + int(world.setting.parameters["tender_lead_years"])
    sum_closing(world.power_firms, year, base.routes.lifetime_years, base.routes.technology, result)
    return result


@rule
def sum_closing(firms: Any, year: int, lifetime_years: Array, technology: Array, result: Array) -> None:
    """Fill result [P, T] with the capacity of plants whose life is over by `year`."""
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route != EMPTY and year - firm.slot_built[slot] >= lifetime_years[route]:
                result[firm.province, technology[route]] += firm.slot_capacity[slot]


def award_tenders(world: World) -> None:
    """Give each tender to the largest generator of the province that is free to build it."""
    setting, routes = world.setting, world.setting.tendered
    award_all(
        world.firm_rows,
        world.index,
        world.power.operator_rows,
        routes,
        (world.year + setting.lead_years[routes]).astype(np.int64),
        (world.capital_cost * world.soft_cost)[:, routes],
        float(setting.debt_ratio[POWER]),
    )


@rule
def award_all(
    firms: Any, index: MarketIndex, operators: Any, routes: Array, years: Array, cost: Array, debt_ratio: float
) -> None:
    """Award the tenders of all provinces: routes, years [C] of start-up; cost [P, C] in CNY per kW."""
    for province in range(operators.size):
        rows = index.rows[index.start[POWER, province] : index.stop[POWER, province]]
        for candidate in range(routes.size):
            size_gw = operators[province].tendered_gw[candidate]
            if size_gw > 0.0:
                award(firms, rows, routes[candidate], size_gw, years[candidate], cost[province, candidate], debt_ratio)


@rule
def award(firms: Any, rows: Array, route: int, size_gw: float, year: int, cost: float, debt_ratio: float) -> None:
    """The largest firm with room for the plant and the project begins it; ties go by row. No firm: the tender fails."""
    best, largest = EMPTY, -1.0
    for row in rows:
        firm = firms[row]
        if holds(firm, route) and free_place(firm) != EMPTY and capacity(firm) > largest:
            best, largest = row, capacity(firm)
    if best == EMPTY:
        return
    firm = firms[best]
    project = free_place(firm)
    firm.pending_route[project], firm.pending_capacity[project] = route, size_gw
    firm.pending_year[project], firm.pending_slot[project] = year, EMPTY
    firm.investment += cost * size_gw
    borrowed = debt_ratio * cost * size_gw
    firm.borrowing += borrowed
    firm.debt += borrowed
    firm.liquidity += borrowed - cost * size_gw


def plan_lines(world: World) -> None:
    """Remember this year's congestion rents and, when a plan begins, order lines where they would have paid."""
    system, setting = world.power, world.setting
    own, table = setting.parameters, setting.base.power
    rent = power_lines.congestion_rent(
        system.network, table.hours, world.contracted_share, own["wholesale_price_cap"], system.dispatch
    )
    keep = int(own["line_rent_years"])
    system.rent_history = np.vstack([system.rent_history, rent])[-keep:]
    closed = setting.config.trade.lines != "open"
    cycle = PLAN_YEARS if setting.config.governments.five_year_plans else 1
    if (world.year - FIRST_PLAN) % cycle != 0 or closed:
        return
    parameters = power_lines.LineParameters(**{name: own[name] for name in power_lines.LineParameters._fields})
    allowed = (system.line_capacity_gw > 0.0).astype(np.int64)
    budget = own["line_budget_per_plan"] * float(world.signal("line_budget_multiplier")) * cycle / PLAN_YEARS
    added = power_lines.plan_lines(system.rent_history, table.line_length_km, allowed, budget, parameters)
    system.line_orders[world.i + int(own["line_build_years"])] += added
