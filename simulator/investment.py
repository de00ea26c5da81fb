"""A year of investment: what firms may choose from, what they choose, what of it is begun."""

import numpy as np

from agents.compiled import process, rule
from agents.firm_location import SiteView, place_value
from agents.firm_plants import AgeView
from agents.firm_project_value import InvestmentView, Luck
from agents.firm_record import EMPTY, QUEUE, SLOTS, able_output
from simulator import market, options, projects, randomness
from simulator.calibration import by_sector
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
        able[row] = able_output(firm, full_output)
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


@process
def sector_shares(capacity: Array, of_sector: Array, sector: Array) -> Array:
    """Share of each route in its sector's capacity: capacity [P, K] over of_sector [P, S]; zero where there is none."""
    share: Array = np.zeros(capacity.shape)
    for province in range(share.shape[0]):
        for route in range(share.shape[1]):
            whole = of_sector[province, sector[route]]
            if whole > 0.0:
                share[province, route] = capacity[province, route] / whole
    return share


def peer_shares(world: World) -> Array:
    """Share of each route in its sector's capacity [P, K]: half at home, half among the provinces traded with."""
    base = world.setting.base
    home = sector_shares(world.capacity, by_sector(base, world.capacity), base.routes.sector)
    weight = world.setting.parameters["imitation_own_province_weight"]
    return np.asarray(weight * home + (1.0 - weight) * (world.partners @ home))


def known_routes(world: World) -> Array:
    """1 where a route runs in the province or holds enough of the national capacity to be known [P, K]."""
    base, country = world.setting.base, world.capacity.sum(axis=0)[None]
    common = sector_shares(country, by_sector(base, country), base.routes.sector)
    return known_in(world.capacity, common[0], world.setting.parameters["maturity_national_share"])


@process
def known_in(capacity: Array, common: Array, least: float) -> Array:
    """1 where a route has capacity [P, K] or its share of the country, common [K], is at least so much [P, K]."""
    known: Array = np.zeros(capacity.shape)
    for province in range(known.shape[0]):
        for route in range(known.shape[1]):
            if capacity[province, route] > 0.0 or common[route] >= least:
                known[province, route] = 1.0
    return known


def investment_view(world: World) -> InvestmentView:
    """What firms know when they choose."""
    setting, routes = world.setting, world.setting.base.routes
    set_limits(world)
    now = options.Conditions(
        year=world.year,
        capital_cost=world.capital_cost,
        soft_cost=world.soft_cost,
        young=world.young_plants,
        facilitation_share=setting.parameters["facilitation_cost_share"],
        peer_share=world.peer_share,
        known=world.known_routes,
        demonstration_chance=setting.parameters["pilot_share_per_year"],
        opportunity=world.opportunity,
        left=world.limits.local,
        available_from=routes.available_from,
        free=world.chosen_routes,
        use=setting.resource_use,
        made=world.made,
        most=setting.paths.resources[world.i],
        margin=world.power.margin,
        exposure=world.power.carbon_exposure,
        volatility=world.allowances.volatility,
    )
    options.fill(world.options, world.markets, world.government_rows, world.costs, now)
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


def set_limits(world: World) -> None:
    """Set what the country, nature and the grid allow this year."""
    table, own, system = world.setting.base.power, world.setting.parameters, world.power
    load_gw = (system.operator_rows["load_gw"] * table.hours).sum(axis=1) / table.hours.sum()
    room = projects.Room(
        technology=world.setting.base.routes.technology,
        build_limit_gw=world.setting.paths.build_limit_gw[world.i],
        roofs_gw=float(system.operator_rows["roofs_connected_gw"].sum()),
        potential_gw=table.potential_gw,
        potential_factor=own["renewable_potential_factor"],
        capacity=world.capacity,
        pending=world.pending,
        # A GW under construction counts by its normal use, so that the rule limits energy, not panels.
        begun_gw=world.pending @ world.limits.use,
        load_gw=load_gw,
        pipeline_limit=own["pipeline_limit_power"],
        facilitation_share=own["facilitation_grid_share"],
    )
    projects.fill_limits(world.limits, room, system.operator_rows, world.government_rows)


def begin_projects(world: World, seen: InvestmentView) -> None:
    """Start what was chosen, as far as it fits, and let governments pay their subsidies."""
    spending = world.government_rows["spending"]
    projects.begin_projects(world.firm_rows, world.row_of, seen, world.limits, world.opportunity, spending)


def measure_fleet(world: World) -> None:
    """Capacity in service and under construction by province and route; what each firm and market can make in units."""
    full_output = world.setting.base.routes.full_output
    standing_and_pending(world.firm_rows, world.capacity, world.pending, full_output, world.able)
    market.sum_by_market(world.index, world.able, world.market_able)
    world.peer_share, world.known_routes = peer_shares(world), known_routes(world)


@rule
def rebuild_like_for_like(firms: Array, ages: AgeView) -> None:
    """The frozen run: every plant at the end of its life is rebuilt as it was."""
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route > EMPTY and ages.year - firm.slot_built[slot] >= ages.lifetime_years[route]:
                firm.slot_built[slot] = ages.year
                firm.slot_relined[slot] = ages.year
