"""A year of investment: what firms may choose from, what they choose, what of it is begun."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_location import SiteView, place_value
from agents.firm_plants import AgeView
from agents.firm_project_value import InvestmentView, Luck
from agents.firm_record import EMPTY, QUEUE, SLOTS, able_output, route_of
from simulator import adequacy, market, options, projects, randomness, roofs, totals
from simulator.base_year import BASE_YEAR
from simulator.market import MarketIndex
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World


class Investing:
    """What a run's investment rests on, made once: a year fills some of these arrays and replaces none."""

    def __init__(self, world: "World") -> None:
        self.fleet = fleet_of(world)
        self.conditions = conditions_of(world)
        self.room = room_of(world)
        self.projects = InvestmentView(luck_of(world), world.options, world.markets, world.setting.firm)
        self.sites, self.ages = sites_of(world, self.projects.luck), ages_of(world)
        self.prospects, self.prices = adequacy.prospects_of(world), adequacy.prices_of(world)
        self.roofs, self.lines = roofs.roofs_of(world), adequacy.lines_of(world)


@rule
def standing_and_pending(firms: Array, fleet: "Fleet") -> None:
    """Fill capacity in service and under construction (rebuilding left out), and the largest output of each firm."""
    standing, pending = fleet.standing, fleet.pending
    standing[:] = 0.0
    pending[:] = 0.0
    for row in range(firms.size):
        firm = firms[row]
        fleet.able[row] = able_output(firm, fleet.full_output)
        for slot in range(SLOTS):
            size = firm.slot_capacity[slot]
            standing[firm.province, route_of(firm, slot)] += size if firm.slot_route[slot] > EMPTY else 0.0
        for project in range(QUEUE):
            if (firm.pending_route[project] > EMPTY) & (firm.pending_slot[project] < 0):
                pending[firm.province, firm.pending_route[project]] += firm.pending_capacity[project]


def luck_of(world: "World") -> Luck:
    """Where choices look their draws up."""
    streams = randomness.CHOICE, randomness.APPROVAL, randomness.DEMONSTRATION, randomness.SITE
    return Luck(world.seed, world.now[:1], *streams)


def ages_of(world: "World") -> AgeView:
    """What firms know of the age of plants."""
    setting, routes = world.setting, world.setting.base.routes
    merge_age_years = setting.parameters["merge_age_years"]
    return AgeView(world.now[:1], routes.lifetime_years, setting.first_year_share, routes.retrofit_of, merge_age_years)


@process
def survey_routes(fleet: "Fleet") -> None:
    """Fill share of each route in its sector's capacity at home, and 1 where a route is known: where it runs, or holds
    so much of the sector in the country."""
    capacity = fleet.standing
    country, common = np.zeros(capacity.shape[1]), np.zeros(capacity.shape[1])
    for province in range(capacity.shape[0]):
        country += capacity[province]
    fill_shares(country, fleet.first_route, fleet.last_route, common)
    for province in range(capacity.shape[0]):
        fill_shares(capacity[province], fleet.first_route, fleet.last_route, fleet.home_share[province])
        for route in range(country.size):
            is_known = capacity[province, route] > 0.0 or common[route] >= fleet.least_share
            fleet.known[province, route] = 1.0 if is_known else 0.0


@rule
def fill_shares(capacity: Array, first_route: Array, last_route: Array, share: Array) -> None:
    """Fill the share [K] of each route in the capacity [K] of its sector, zero where it has none."""
    for sector in range(first_route.size):
        whole = totals.sum_of_sector(capacity, first_route[sector], last_route[sector])
        for route in range(first_route[sector], last_route[sector]):
            share[route] = capacity[route] / whole if whole > 0.0 else 0.0


def peer_shares(world: "World") -> None:
    """Fill the share of each route in its sector's capacity [P, K]: half at home, half among provinces traded with."""
    weight, share = world.setting.parameters["imitation_own_province_weight"], world.peer_share
    np.matmul(world.partners, world.investing.fleet.home_share, out=share)
    share *= 1.0 - weight
    share += weight * world.investing.fleet.home_share


def conditions_of(world: "World") -> options.Conditions:
    """What decides on options."""
    setting = world.setting
    return options.Conditions(
        capital_cost=world.capital_cost,
        soft_cost=world.soft_cost,
        equipment=setting.equipment,
        young=world.young_plants,
        facilitation_share=setting.parameters["facilitation_cost_share"],
        peer_share=world.peer_share,
        known=world.known_routes,
        demonstration_chance=setting.parameters["pilot_share_per_year"],
        opportunity=world.opportunity,
        left=world.limits.local,
        available_from=setting.base.routes.available_from,
        free=world.chosen_routes,
        use=setting.resource_use,
        made=world.made,
        most=setting.paths.resources,
        margin=world.power.margin,
        exposure=world.power.carbon_exposure,
        volatility=world.allowances.heard.volatility,
    )


def investment_view(world: "World") -> InvestmentView:
    """What firms know when they choose."""
    set_limits(world)
    conditions, governments = world.investing.conditions, world.government_rows
    options.fill(world.options, world.markets, governments, world.costs, conditions, world.now)
    return world.investing.projects


def sites_of(world: "World", luck: Luck) -> SiteView:
    """What firms know of other places, none of which is weighed yet."""
    population = world.setting.population
    return SiteView(
        luck=luck,
        place_value=np.zeros(world.market_able.shape),
        industry_capacity=world.market_able,
        footloose_share=world.setting.footloose_share,
        first_mate=population.first_mate,
        last_mate=population.last_mate,
        mates=population.mates,
        row_of=world.row_of,
        firm_province=world.firm_rows["province"],
    )


def site_view(world: "World") -> SiteView:
    """What firms know of other places."""
    seen, sensitivity = world.investing.sites, world.setting.parameters["location_cost_sensitivity"]
    weigh_places(world.price, world.orders_units, world.government_rows, world.markets, sensitivity, seen)
    return seen


@rule
def weigh_places(
    price: Array, orders: Array, governments: Array, markets: Any, sensitivity: float, seen: SiteView
) -> None:
    """Fill the utility of each place for each sector [P, S]; a good's cost is its price relative to the mean of all
    orders [P, S]."""
    for sector in range(price.shape[1]):
        market, paid, ordered = markets[0, sector], 0.0, 0.0
        for province in range(price.shape[0]):
            paid += price[province, sector] * orders[province, sector]
            ordered += orders[province, sector]
        for province in range(price.shape[0]):
            cost = price[province, sector] * ordered / paid if paid > 0.0 else 0.0
            there, chance = seen.industry_capacity[province, sector], mean_approval(governments[province], market)
            seen.place_value[province, sector] = place_value(cost, there, chance, sensitivity)


@rule
def mean_approval(government: Any, market: Any) -> float:
    """Chance that a project of a sector passes: mean of the approval of its routes."""
    total = 0.0
    for route in range(market.first_route, market.last_route):
        total += government.approval[route]
    return total / (market.last_route - market.first_route)


def room_of(world: "World") -> projects.Room:
    """What limits follow from."""
    table, own, operators = world.setting.base.power, world.setting.parameters, world.power.operator_rows
    return projects.Room(
        technology=world.setting.base.routes.technology,
        build_limit_gw=world.builders.limit_gw,
        roofs_gw=operators["roofs_connected_gw"],
        potential_gw=table.potential_gw,
        potential_factor=own["renewable_potential_factor"],
        capacity=world.capacity,
        pending=world.pending,
        begun_gw=np.zeros(operators.size),
        load_gw=operators["load_gw"],
        hours=table.hours,
        pipeline_limit=own["pipeline_limit_power"],
        facilitation_share=own["facilitation_grid_share"],
    )


def set_limits(world: "World") -> None:
    """Set what the country, nature and the grid allow this year."""
    room = world.investing.room
    # A GW under construction counts by its normal use, so that the rule limits energy, not panels.
    np.matmul(world.pending, world.limits.use, out=room.begun_gw)
    projects.fill_limits(world.limits, room, world.power.operator_rows, world.government_rows)


def begin_projects(world: "World", seen: InvestmentView) -> None:
    """Start what was chosen, as far as it fits, and let governments pay their subsidies."""
    asked_gw, governments = world.builders.asked_gw, world.government_rows
    projects.begin_projects(world.firm_rows, world.row_of, seen, world.limits, world.opportunity, governments, asked_gw)


def expand_builders(world: "World") -> None:
    """Let industries that build power plants grow; what was begun by the end of the base year is given."""
    if world.year == BASE_YEAR:
        return
    own, system, technology = world.setting.parameters, world.power, world.setting.base.routes.technology
    lead_years, growth = own["tender_lead_years"], own["build_limit_growth"]
    projects.expand_builders(world.builders, technology, system.operator_rows, system.closing_gw, lead_years, growth)


class Fleet(NamedTuple):
    """What there is, and by what it is counted.

    full_output [K]: units made by a unit of capacity; first_route, last_route [S]: routes of each sector, the last one
    excluded; least_share: part of its sector in the country from which a route is known everywhere. Filled: standing,
    pending [P, K]: capacity in service and under construction; able [F], market_able [P, S]: what firms and markets can
    make, in units; home_share, known [P, K]: see `survey_routes`.
    """

    full_output: Array
    first_route: Array
    last_route: Array
    least_share: float
    standing: Array
    pending: Array
    able: Array
    market_able: Array
    home_share: Array
    known: Array


def fleet_of(world: "World") -> Fleet:
    """The fleet, on the arrays of the world."""
    routes = world.setting.base.routes
    return Fleet(
        full_output=routes.full_output,
        first_route=routes.first_route,
        last_route=routes.last_route,
        least_share=world.setting.parameters["maturity_national_share"],
        standing=world.capacity,
        pending=world.pending,
        able=world.able,
        market_able=world.market_able,
        home_share=np.zeros(world.capacity.shape),
        known=world.known_routes,
    )


def measure_fleet(world: "World") -> None:
    """Capacity in service and under construction by province and route; what each firm and market can make in units;
    what peers run and who knows of it."""
    survey_fleet(world.firm_rows, world.index, world.investing.fleet)
    peer_shares(world)


@process
def survey_fleet(firms: Array, index: MarketIndex, fleet: Fleet) -> None:
    """Fill the fleet."""
    standing_and_pending(firms, fleet)
    market.sum_by_market(index, fleet.able, fleet.market_able)
    survey_routes(fleet)


@rule
def rebuild_like_for_like(firms: Array, ages: AgeView) -> None:
    """The frozen run: every plant at the end of its life is rebuilt as it was."""
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route > EMPTY and ages.year[0] - firm.slot_built[slot] >= ages.lifetime_years[route]:
                firm.slot_built[slot] = ages.year[0]
                firm.slot_relined[slot] = ages.year[0]
