"""From choices to construction: what the country, the grid and nature allow, who builds where, and who pays.

A project that does not fit is cut with all others of its kind in the same proportion, so that nothing depends on the
order of firms; the cut is counted among the constraints.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_investment import BY_CAPACITY, BY_GRID
from agents.firm_project_value import InvestmentView, capital_and_life
from agents.firm_record import EMPTY, POWER, QUEUE, free_place, holds
from agents.government_record import RENEWABLES
from agents.grid_operator import CANDIDATES
from agents.grid_operator_record import SOLAR
from simulator import totals
from simulator.base_year import BASE_YEAR, TECHNOLOGIES
from simulator.setting import Setting

Array = NDArray[Any]

MORE_LOOK = 1.25
LEAST_OPPORTUNITY = 0.005


class BuildLimits(NamedTuple):
    """Most that may be begun this year. K routes, P provinces.

    national [K]: GW a year in the country; local [P, K]: GW left of the potential; both unlimited outside power;
    grid_gw [P]: new power capacity that the grid of a province can connect in a year, by its normal use [K].
    """

    national: Array
    local: Array
    grid_gw: Array
    use: Array


class Builders(NamedTuple):
    """Industries that build power plants. K routes, T technologies.

    rate_gw [T]: what they can build in a year; multiplier [T]: what signals make of it this year; limit_gw [T]: most
    that they can build this year; asked_gw [K]: what firms asked of them, see `ask_builders`; outside power it tells
    nothing.
    """

    rate_gw: Array
    multiplier: Array
    limit_gw: Array
    asked_gw: Array


class Room(NamedTuple):
    """What limits follow from, made once a run. T technologies of power.

    technology [K]: index, or -1 outside power; build_limit_gw [T]: most that the country can build this year;
    roofs_gw [P]: panels that users connect this year to roofs; potential_gw [P, T], of which potential_factor exists;
    capacity, pending [P, K]; begun_gw [P]: normal use of what is under construction; load_gw [P, B]: load in blocks of
    so many hours [B], of whose mean pipeline_limit may be under construction; facilitation_share: by how much more at
    full force.
    """

    technology: Array
    build_limit_gw: Array
    roofs_gw: Array
    potential_gw: Array
    potential_factor: float
    capacity: Array
    pending: Array
    begun_gw: Array
    load_gw: Array
    hours: Array
    pipeline_limit: float
    facilitation_share: float


def first_limits(setting: Setting) -> BuildLimits:
    """Limits of a year to be filled, and the normal use of power plants."""
    routes, provinces = setting.base.routes, len(setting.base.names.provinces)
    count = len(routes.names)
    use = np.where(routes.technology >= 0, routes.utilisation, 0.0)
    return BuildLimits(np.full(count, np.inf), np.full((provinces, count), np.inf), np.zeros(provinces), use)


def first_builders(setting: Setting) -> Builders:
    """Industries as they were when the run begins."""
    rates = np.array([setting.parameters[f"build_limit_{name}_gw"] for name in TECHNOLOGIES])
    return Builders(rates, np.ones(rates.size), rates.copy(), np.zeros(len(setting.base.routes.names)))


def open_year(builders: Builders, multiplier: Array) -> None:
    """What industries can build this year; multiplier [T]: of signals on their rates."""
    builders.multiplier[:] = multiplier
    np.multiply(builders.rate_gw, multiplier, out=builders.limit_gw)


@process
def fill_limits(limits: BuildLimits, room: Room, operators: Array, governments: Array) -> None:
    """Fill the year's limits; what operators have tendered and roofs that they connect this year are part of what the
    country can build. Roofs take no land."""
    build_gw, left_gw = room.build_limit_gw.copy(), room.potential_gw * room.potential_factor
    for candidate, kind in enumerate(CANDIDATES):
        tendered_gw = 0.0
        for operator in operators:
            tendered_gw += operator.tendered_gw[candidate]
        build_gw[kind] -= tendered_gw
    build_gw[SOLAR] -= totals.sum_side_by_side(room.roofs_gw)
    used_gw = np.zeros(left_gw.shape)
    totals.sum_by_technology(room.capacity + room.pending, room.technology, used_gw)
    for operator in operators:
        used_gw[operator.operator, SOLAR] -= operator.roofs_gw
    for route in range(room.technology.size):
        kind = room.technology[route]
        if kind >= 0:
            limits.national[route] = max(build_gw[kind], 0.0)
            for province in range(limits.grid_gw.size):
                limits.local[province, route] = max(left_gw[province, kind] - used_gw[province, kind], 0.0)
    load_gw = mean_loads(room.load_gw, room.hours)
    for province in range(limits.grid_gw.size):
        wider = 1.0 + room.facilitation_share * governments[province].effective[RENEWABLES]
        allowed_gw = room.pipeline_limit * wider * load_gw[province]
        limits.grid_gw[province] = max(allowed_gw - room.begun_gw[province], 0.0)


@process
def mean_loads(load_gw: Array, hours: Array) -> Array:
    """Mean load [P] in GW, from load_gw [P, B] in blocks of so many hours [B]."""
    mean, year = np.empty(load_gw.shape[0]), totals.sum_side_by_side(hours)
    for place in range(mean.size):
        mean[place] = totals.sum_side_by_side(load_gw[place] * hours) / year
    return mean


@process
def choosers(firms: Array) -> Array:
    """Rows of the firms that chose a project, in their order; listed once, since who they are cannot be foreseen."""
    rows, count = np.empty(firms.size, dtype=np.int64), 0
    for row in range(firms.size):
        rows[count] = row
        count += firms[row].chosen_route > EMPTY
    return rows[:count]


@process
def assign_sites(firms: Array, row_of: Array, rows: Array) -> None:
    """Give a footloose project to the firm of its group that was chosen, in order of numbers; a busy one sends it back.

    `chosen_site` is a firm's number, not its row; row_of [F] tells the row; rows: of those who chose a project.
    """
    roams, taken = np.zeros(firms.size, dtype=np.bool_), np.zeros(firms.size, dtype=np.bool_)
    for row in rows:
        firm = firms[row]
        roams[firm.firm] = firm.chosen_site != firm.firm
    for number in range(firms.size):
        if not roams[number]:
            continue
        firm = firms[row_of[number]]
        mate = firms[row_of[firm.chosen_site]]
        busy = taken[firm.chosen_site] or free_place(mate) == EMPTY or mate.chosen_route != EMPTY
        if busy or mate.family != firm.family or not holds(mate, firm.chosen_route):
            firm.chosen_site = firm.firm
        else:
            taken[firm.chosen_site] = True


@process
def wanted_capacity(firms: Array, row_of: Array, rows: Array, provinces: int, routes: int) -> Array:
    """New capacity chosen this year [P, K] at the place of building by the firms of some rows, rebuilding left out."""
    wanted = np.zeros((provinces, routes))
    for row in rows:
        firm = firms[row]
        if firm.replaced_slot < 0:
            wanted[firms[row_of[firm.chosen_site]].province, firm.chosen_route] += firm.chosen_capacity
    return wanted


@process
def allowed_shares(wanted: Array, limits: BuildLimits, first_route: int, last_route: int) -> tuple[Array, Array]:
    """Share of each project that fits [P, K]: by potential and national build rates, and by the grid [P].

    first_route, last_route: the routes of power, the last one excluded; others are not limited here.
    """
    fits = np.ones(wanted.shape)
    by_grid = np.ones(wanted.shape[0])
    for route in range(first_route, last_route):
        country = 0.0
        for province in range(wanted.shape[0]):
            if wanted[province, route] > limits.local[province, route]:
                fits[province, route] = max(limits.local[province, route], 0.0) / wanted[province, route]
            country += fits[province, route] * wanted[province, route]
        if country > limits.national[route]:
            for province in range(wanted.shape[0]):
                fits[province, route] *= max(limits.national[route], 0.0) / country
    for province in range(wanted.shape[0]):
        new = 0.0
        for route in range(first_route, last_route):
            new += fits[province, route] * wanted[province, route] * limits.use[route]
        if new > limits.grid_gw[province]:
            by_grid[province] = limits.grid_gw[province] / new
    return fits, by_grid


@process
def next_opportunity(opportunity: Array, fits: Array) -> Array:
    """Chance of finding a site and a place in national plans next year [P, K].

    Where more was wanted than fits, the word gets round and fewer look; where all fitted, more look again.
    """
    chance: Array = np.ones(opportunity.shape)
    for province in range(chance.shape[0]):
        for route in range(chance.shape[1]):
            before, share = opportunity[province, route], fits[province, route]
            wider = min(before * MORE_LOOK, 1.0)
            chance[province, route] = max(before * share, LEAST_OPPORTUNITY) if share < 1.0 else wider
    return chance


@process
def begin_projects(
    firms: Array,
    row_of: Array,
    seen: InvestmentView,
    limits: BuildLimits,
    opportunity: Array,
    governments: Array,
    asked_gw: Array,
) -> None:
    """Begin what was chosen and fits; move opportunity [P, K] on, tell governments what they spend on subsidies, in
    m CNY, and fill asked_gw [K], see `ask_builders`."""
    power = seen.markets[0, POWER]
    rows = choosers(firms)
    assign_sites(firms, row_of, rows)
    wanted = wanted_capacity(firms, row_of, rows, opportunity.shape[0], opportunity.shape[1])
    fits, by_grid = allowed_shares(wanted, limits, power.first_route, power.last_route)
    ask_builders(wanted, opportunity, limits.local, asked_gw)
    totals.put(next_opportunity(opportunity, fits), opportunity)
    if seen.luck.year[0] == BASE_YEAR:
        # Power firms find out what fits, but what they had begun by the end of this year is given (construction.csv).
        fits[:, power.first_route : power.last_route] = 0.0
    for government in governments:
        government.spending = 0.0
    for firm in firms:
        firm.investment, firm.subsidy, firm.borrowing = 0.0, 0.0, 0.0
    for row in rows:
        firm = firms[row]
        begin_project(firm, firms[row_of[firm.chosen_site]], seen, fits, by_grid)
        governments[firm.province].spending += firm.subsidy


@rule
def ask_builders(wanted: Array, opportunity: Array, sites: Array, asked_gw: Array) -> None:
    """Fill asked_gw [K]: what firms chose [P, K], and would have chosen had they not expected to be turned away, as far
    as there are sites [P, K].

    opportunity [P, K]: chance that a firm looks. Worked value: 2 GW chosen where one in four looks, sites for 5: 5 GW.
    """
    for route in range(asked_gw.size):
        asked_gw[route] = 0.0
        for province in range(wanted.shape[0]):
            all_would = wanted[province, route] / opportunity[province, route]
            asked_gw[route] += min(all_would, sites[province, route])


@process
def expand_builders(
    builders: Builders, technology: Array, operators: Array, closing_gw: Array, lead_years: float, growth: float
) -> None:
    """Let industries grow with what is asked of them, tenders and roofs with it, by no more than `growth` in a year.

    technology [K]: index, or -1 outside power; closing_gw [P, T]: what closes in lead_years; what closes in a year may
    be tendered on top of the rate and hence asks for no wider one.
    Worked value: of a rate of 10 GW 9.5 are asked for: it grows to 10.925 at 15 % a year; with 5 GW it stays.
    """
    asked_gw = np.zeros(builders.rate_gw.size)
    for route in range(technology.size):
        if technology[route] >= 0:
            asked_gw[technology[route]] += builders.asked_gw[route]
    for operator in operators:
        asked_gw[SOLAR] += operator.roofs_connected_gw
        for candidate, kind in enumerate(CANDIDATES):
            replaced_gw = closing_gw[operator.operator, kind] / lead_years
            asked_gw[kind] += max(operator.tendered_gw[candidate] - replaced_gw, 0.0)
    for kind in range(asked_gw.size):
        rate_gw, multiplier = builders.rate_gw[kind], builders.multiplier[kind]
        if multiplier > 0.0:
            busy_gw = min(asked_gw[kind] / multiplier, rate_gw)
            builders.rate_gw[kind] = max(rate_gw, (1.0 + growth) * busy_gw)


@rule
def begin_project(firm: Any, site: Any, seen: InvestmentView, fits: Array, by_grid: Array) -> None:
    """Queue what a firm chose at the firm where it is built; who chose it pays, its government adds the subsidy."""
    if firm.replaced_slot < 0 and firm.sector == POWER:
        cut_to_fit(firm, site.province, fits, by_grid, seen.parameters.least_share_financed)
    if firm.chosen_capacity <= 0.0:
        return
    route, project = firm.chosen_route, free_place(site)
    option, market = seen.options[firm.province, route], seen.markets[firm.province, firm.sector]
    site.pending_route[project] = route
    site.pending_capacity[project] = firm.chosen_capacity
    site.pending_year[project] = seen.luck.year[0] + int(option.lead_years)
    site.pending_slot[project] = firm.replaced_slot
    net, _ = capital_and_life(firm, route, firm.replaced_slot, seen)
    firm.investment = net * firm.chosen_capacity / (1.0 - option.subsidy_share)
    firm.subsidy = option.subsidy_share * firm.investment
    firm.borrowing = market.debt_ratio * (firm.investment - firm.subsidy)
    firm.liquidity += firm.borrowing + firm.subsidy - firm.investment
    firm.debt += firm.borrowing


@rule
def cut_to_fit(firm: Any, province: int, fits: Array, by_grid: Array, least_share: float) -> None:
    """Cut a power project to what fits; if too little is left, it is not begun."""
    share = fits[province, firm.chosen_route] * by_grid[province]
    if share < 1.0:
        firm.blocked = BY_GRID if by_grid[province] < fits[province, firm.chosen_route] else BY_CAPACITY
    firm.chosen_capacity *= share
    if share < least_share:
        firm.chosen_capacity = 0.0


@rule
def is_building(firm: Any) -> bool:
    """Whether the firm has any project under construction."""
    for project in range(QUEUE):
        if firm.pending_route[project] != EMPTY:
            return True
    return False


@rule
def renew_leaving(firms: Array, fresh_cash_share: float) -> int:
    """Recycle the rows of firms that give up: creditors lose, an entrant takes the row with fresh cash.

    Where it settles in the same province, or in power, it takes over the plants; elsewhere they close and it starts
    with orders for half of what its predecessor made. Returns how many rows were recycled.
    """
    count = 0
    for firm in firms:
        if firm.leaving == 0:
            continue
        count += 1
        firm.leaving = 0
        firm.generation += 1
        cash = fresh_cash_share * max(firm.revenue, 0.0)
        firm.dividend += firm.liquidity - cash
        firm.liquidity = cash
        firm.debt = 0.0
        firm.mean_profit = 0.0
        if firm.settling_in == firm.province or firm.sector == POWER or is_building(firm):
            continue
        firm.province = firm.settling_in
        firm.output *= 0.5
        firm.bank, firm.base_co2 = 0.0, 0.0
        firm.wanted_output = firm.output
        for slot in range(firm.slot_route.size):
            firm.slot_route[slot] = EMPTY
            firm.slot_capacity[slot] = 0.0
            firm.slot_output[slot] = 0.0
    return count
