"""A year of investment: what firms may choose from, what they choose, what of it is begun."""

from typing import NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_location import SiteView, place_value
from agents.firm_plants import AgeView
from agents.firm_project_value import InvestmentView, Luck
from agents.firm_record import EMPTY, QUEUE, SLOTS, able_output, route_of
from simulator import market, options, projects, randomness, totals
from simulator.base_year import BASE_YEAR
from simulator.market import MarketIndex
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
            size = firm.slot_capacity[slot]
            standing[firm.province, route_of(firm, slot)] += size if firm.slot_route[slot] > EMPTY else 0.0
        for project in range(QUEUE):
            if (firm.pending_route[project] > EMPTY) & (firm.pending_slot[project] < 0):
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
def survey_routes(capacity: Array, first_route: Array, last_route: Array, least: float) -> tuple[Array, Array]:
    """Share of each route in its sector's capacity at home [P, K], and 1 where a route is known [P, K]: where it runs,
    or holds so much of the sector in the country.

    capacity [P, K]; first_route, last_route [S]: routes of each sector, the last one excluded.
    """
    country = np.zeros(capacity.shape[1])
    for province in range(capacity.shape[0]):
        country += capacity[province]
    share, known, common = np.zeros(capacity.shape), np.zeros(capacity.shape), np.zeros(country.size)
    fill_shares(country, first_route, last_route, common)
    for province in range(capacity.shape[0]):
        fill_shares(capacity[province], first_route, last_route, share[province])
        for route in range(country.size):
            if capacity[province, route] > 0.0 or common[route] >= least:
                known[province, route] = 1.0
    return share, known


@rule
def fill_shares(capacity: Array, first_route: Array, last_route: Array, share: Array) -> None:
    """Fill the share [K] of each route in the capacity [K] of its sector where it has any."""
    for sector in range(first_route.size):
        whole = totals.sum_of_sector(capacity, first_route[sector], last_route[sector])
        for route in range(first_route[sector], last_route[sector]):
            if whole > 0.0:
                share[route] = capacity[route] / whole


def peer_shares(world: World, home: Array) -> Array:
    """Share of each route in its sector's capacity [P, K]: half at home, half among the provinces traded with."""
    weight = world.setting.parameters["imitation_own_province_weight"]
    return np.asarray(weight * home + (1.0 - weight) * (world.partners @ home))


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
        place_value=worth_of_places(
            world.price,
            world.orders_units,
            world.market_able,
            world.government_rows["approval"],
            (routes.first_route, routes.last_route),
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
def worth_of_places(
    price: Array,
    orders: Array,
    capacity: Array,
    approval: Array,
    bounds: tuple[Array, Array],
    sensitivity: float,
) -> Array:
    """Utility of each place for each sector [P, S], see `place_values`; approval [P, K]: chance that a project passes;
    bounds: first and last (excluded) route of each sector [S]."""
    return place_values(price, orders, capacity, mean_approval(approval, bounds[0], bounds[1]), sensitivity)


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
    room = projects.Room(
        technology=world.setting.base.routes.technology,
        build_limit_gw=world.build_limit_gw(),
        roofs_gw=system.operator_rows["roofs_connected_gw"],
        potential_gw=table.potential_gw,
        potential_factor=own["renewable_potential_factor"],
        capacity=world.capacity,
        pending=world.pending,
        # A GW under construction counts by its normal use, so that the rule limits energy, not panels.
        begun_gw=world.pending @ world.limits.use,
        load_gw=system.operator_rows["load_gw"],
        hours=table.hours,
        pipeline_limit=own["pipeline_limit_power"],
        facilitation_share=own["facilitation_grid_share"],
    )
    projects.fill_limits(world.limits, room, system.operator_rows, world.government_rows)


def begin_projects(world: World, seen: InvestmentView) -> None:
    """Start what was chosen, as far as it fits, and let governments pay their subsidies."""
    spending = world.government_rows["spending"]
    asked_gw = world.builders.asked_gw
    projects.begin_projects(world.firm_rows, world.row_of, seen, world.limits, world.opportunity, spending, asked_gw)


def expand_builders(world: World) -> None:
    """Let industries that build power plants grow; what was begun by the end of the base year is given."""
    setting = world.setting
    if world.year == BASE_YEAR:
        return
    multiplier, growth = setting.paths.build_multiplier[world.i], setting.parameters["build_limit_growth"]
    technology, system = setting.base.routes.technology, world.power
    replaced_gw = system.closing_gw / setting.parameters["tender_lead_years"]
    projects.expand_builders(world.builders, technology, multiplier, system.operator_rows, replaced_gw, growth)


def measure_fleet(world: World) -> None:
    """Capacity in service and under construction by province and route; what each firm and market can make in units;
    what peers run and who knows of it."""
    routes, least = world.setting.base.routes, world.setting.parameters["maturity_national_share"]
    fleet = Fleet(world.capacity, world.pending, world.able, world.market_able)
    bounds = (routes.first_route, routes.last_route)
    home, world.known_routes = survey_fleet(world.firm_rows, world.index, routes.full_output, bounds, least, fleet)
    world.peer_share = peer_shares(world, home)


class Fleet(NamedTuple):
    """What there is. standing, pending [P, K]: capacity in service and under construction; able [F], market_able
    [P, S]: what firms and markets can make, in units."""

    standing: Array
    pending: Array
    able: Array
    market_able: Array


@process
def survey_fleet(
    firms: Array, index: MarketIndex, full_output: Array, bounds: tuple[Array, Array], least: float, fleet: Fleet
) -> tuple[Array, Array]:
    """Fill the fleet, and tell what runs at home and what is known; bounds, least: see `survey_routes`."""
    standing_and_pending(firms, fleet.standing, fleet.pending, full_output, fleet.able)
    market.sum_by_market(index, fleet.able, fleet.market_able)
    return survey_routes(fleet.standing, bounds[0], bounds[1], least)


@rule
def rebuild_like_for_like(firms: Array, ages: AgeView) -> None:
    """The frozen run: every plant at the end of its life is rebuilt as it was."""
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route > EMPTY and ages.year - firm.slot_built[slot] >= ages.lifetime_years[route]:
                firm.slot_built[slot] = ages.year
                firm.slot_relined[slot] = ages.year
