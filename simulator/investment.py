"""A year of investment: what firms may choose from, what they choose, what of it is begun."""

import numpy as np

from agents.compiled import process, rule
from agents.firm_location import SiteView, place_value
from agents.firm_plants import AgeView
from agents.firm_project_value import InvestmentView, Luck
from agents.firm_record import EMPTY, QUEUE, SLOTS
from agents.grid_operator import CANDIDATES
from agents.grid_operator_record import SOLAR
from simulator import government_measures, market, options, projects, randomness, totals
from simulator.calibration import by_sector, ratio
from simulator.tables import Array
from simulator.world import World


@rule
def standing_and_pending(firms: Array, standing: Array, pending: Array, full_output: Array, able: Array) -> None:
    """Fill standing and pending [P, K] with capacity in service and under construction (rebuilding left out), and able
    [F] with the largest output of each firm in units."""
    standing[:] = 0.0
    pending[:] = 0.0
    for row in range(firms.size):
        firm = firms[row]
        able[row] = market.able_output(firm, full_output)
        for slot in range(SLOTS):
            if firm.slot_route[slot] > EMPTY:
                standing[firm.province, firm.slot_route[slot]] += firm.slot_capacity[slot]
        for project in range(QUEUE):
            if firm.pending_route[project] > EMPTY and firm.pending_slot[project] < 0:
                pending[firm.province, firm.pending_route[project]] += firm.pending_capacity[project]


def luck_of(world: World) -> Luck:
    """Where this year's choices look their draws up."""
    return Luck(
        world.seed,
        world.year,
        randomness.CHOICE,
        randomness.APPROVAL,
        randomness.DEMONSTRATION,
        randomness.SITE,
    )


def peer_shares(world: World) -> Array:
    """Share of each route in its sector's capacity [P, K]: half at home, half among the provinces traded with."""
    routes = world.setting.base.routes
    home = ratio(world.capacity, by_sector(world.setting.base, world.capacity)[:, routes.sector])
    weight = world.setting.parameters["imitation_own_province_weight"]
    return np.asarray(weight * home + (1.0 - weight) * (world.partners @ home))


def known_routes(world: World) -> Array:
    """1 where a route runs in the province or holds enough of the national capacity to be known [P, K]."""
    routes = world.setting.base.routes
    country = world.capacity.sum(axis=0)
    total = by_sector(world.setting.base, country[None])[0][routes.sector]
    common = ratio(country, total) >= world.setting.parameters["maturity_national_share"]
    return ((world.capacity > 0.0) | common[None, :]).astype(np.float64)


def investment_view(world: World) -> InvestmentView:
    """What firms know when they choose."""
    setting = world.setting
    facilitation, room = government_measures.facilitation(world)
    world.limits = build_limits(world, room)
    now = options.Conditions(
        capital_cost=world.capital_cost,
        soft_cost=world.soft_cost,
        facilitation=facilitation,
        peer_share=peer_shares(world),
        known=known_routes(world),
        opportunity=world.opportunity,
        left=world.limits.local,
        is_open=options.open_routes(setting, world.year, world.i, world.made),
        margin=world.power.margin,
        exposure=world.power.carbon_exposure,
        volatility=world.allowances.volatility,
        demonstration_chance=setting.parameters["pilot_share_per_year"],
    )
    options.fill_options(world.options, world.government_rows, world.costs, now, setting.firm)
    options.fill_markets(world.markets, world.costs, now.volatility)
    return InvestmentView(luck_of(world), world.options, world.markets, setting.firm)


def site_view(world: World) -> SiteView:
    """What firms know of other places."""
    setting, routes = world.setting, world.setting.base.routes
    population = setting.population
    return SiteView(
        luck=luck_of(world),
        place_value=place_values(
            world.price,
            world.orders_units,
            world.market_able,
            mean_approval(world.government_rows["approval"], routes.first_route, routes.last_route),
            setting.parameters["location_cost_sensitivity"],
        ),
        industry_capacity=world.market_able,
        footloose_share=setting.footloose_share,
        first_mate=population.first_mate,
        last_mate=population.last_mate,
        mates=population.mates,
        row_of=world.row_of,
        firm_province=world.firm_rows["province"],
    )


@process
def mean_approval(approval: Array, first_route: Array, last_route: Array) -> Array:
    """Chance that a project passes [P, S]: mean of approval [P, K] over the sector's routes, the last one excluded."""
    mean = np.empty((approval.shape[0], first_route.size))
    for province in range(approval.shape[0]):
        for sector in range(first_route.size):
            total = 0.0
            for route in range(first_route[sector], last_route[sector]):
                total += approval[province, route]
            mean[province, sector] = total / (last_route[sector] - first_route[sector])
    return mean


@process
def place_values(price: Array, orders: Array, capacity: Array, approval: Array, sensitivity: float) -> Array:
    """Utility of each place for each sector [P, S]; a good's cost is its price relative to the mean of all orders."""
    values = np.empty(price.shape)
    for sector in range(price.shape[1]):
        paid, ordered = 0.0, 0.0
        for province in range(price.shape[0]):
            paid += price[province, sector] * orders[province, sector]
            ordered += orders[province, sector]
        for province in range(price.shape[0]):
            cost = price[province, sector] * ordered / paid if paid > 0.0 else 0.0
            there, chance = capacity[province, sector], approval[province, sector]
            values[province, sector] = place_value(cost, there, chance, sensitivity)
    return values


def build_limits(world: World, facilitation: Array) -> projects.BuildLimits:
    """What the country, nature and the grid allow this year; facilitation [P]: factor on the room in the grid."""
    setting, base = world.setting, world.setting.base
    own, technology = setting.parameters, base.routes.technology
    by_technology = setting.paths.build_limit_gw[world.i].copy()
    # What operators have tendered and roofs that they connect this year are part of what the country can build.
    by_technology[list(CANDIDATES)] -= world.power.operator_rows["tendered_gw"].sum(axis=0)
    by_technology[SOLAR] -= world.power.operator_rows["roofs_connected_gw"].sum()
    by_technology = np.maximum(by_technology, 0.0)
    national = np.where(technology >= 0, by_technology[np.maximum(technology, 0)], np.inf)
    potential = base.power.potential_gw * own["renewable_potential_factor"]
    used = np.zeros_like(potential)
    power = technology >= 0
    totals.sum_by_technology(world.capacity + world.pending, technology, used)
    used[:, SOLAR] -= world.power.operator_rows["roofs_gw"]  # roofs take no land
    local = np.where(power[None, :], (potential - used)[:, np.maximum(technology, 0)], np.inf)
    # A GW under construction counts by its normal use, so that the rule limits energy, not panels.
    use = np.where(power, base.routes.utilisation, 0.0)
    begun = world.pending @ use
    mean_load = (world.power.operator_rows["load_gw"] * base.power.hours).sum(axis=1) / base.power.hours.sum()
    room = own["pipeline_limit_power"] * facilitation
    grid = room * mean_load - begun
    return projects.BuildLimits(national, np.maximum(local, 0.0), np.maximum(grid, 0.0), use)


def begin_projects(world: World, seen: InvestmentView) -> None:
    """Start what was chosen, as far as it fits, and let governments pay their subsidies."""
    spending = world.government_rows["spending"]
    projects.begin_projects(world.firm_rows, world.row_of, seen, world.limits, world.opportunity, spending)


def measure_fleet(world: World) -> None:
    """Capacity in service and under construction by province and route; what each firm and market can make in units."""
    full_output = world.setting.base.routes.full_output
    standing_and_pending(world.firm_rows, world.capacity, world.pending, full_output, world.able)
    market.sum_by_market(world.index, world.able, world.market_able)


@rule
def rebuild_like_for_like(firms: Array, ages: AgeView) -> None:
    """The frozen run: every plant at the end of its life is rebuilt as it was."""
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route > EMPTY and ages.year - firm.slot_built[slot] >= ages.lifetime_years[route]:
                firm.slot_built[slot] = ages.year
                firm.slot_relined[slot] = ages.year
