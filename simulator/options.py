"""What firms may choose from this year: routes by province, and what the firms of a sector in a province share.

The records are made once a run; what changes is written into them once a year: firms only add what is their own.
P provinces, S sectors, K routes, R resources.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import choice
from agents.compiled import process, rule
from agents.firm_project_value import Market, Option
from agents.firm_record import POWER, CostView, FirmParameters
from agents.government_record import RENEWABLES
from simulator.setting import Setting
from simulator.tables import Array

# A route depends on a resource if it takes at least this share of what its sector's most dependent route takes.
DEPENDS = 0.5
# A resource is taken to be used up a little before its last unit, since what is begun now is not yet counted.
USED_UP = 0.97


class Conditions(NamedTuple):
    """What decides on options, made once a run.

    capital_cost [K]; soft_cost, equipment [P, K]: factors on it; young [K]: 1 for power plants that facilitation makes
    cheaper; facilitation_share: by how much at full force; peer_share [P, K]: share of the route in what peers run;
    known [P, K]: 1 where it runs at home or is common in the country; demonstration_chance: yearly chance that a firm
    considers another; opportunity [P, K]: chance of finding a site and a place in national plans; left [P, K]:
    potential; available_from, free [K]: year from which a route is mature, and 1 where firms choose it and it is not
    tendered; use [R, K] of resources per unit made; made [P, K]; most [years, R] of each resource; margin, exposure
    [P, K] of power plants; volatility [P, S] of the carbon price.
    """

    capital_cost: Array
    soft_cost: Array
    equipment: Array
    young: Array
    facilitation_share: float
    peer_share: Array
    known: Array
    demonstration_chance: float
    opportunity: Array
    left: Array
    available_from: Array
    free: Array
    use: Array
    made: Array
    most: Array
    margin: Array
    exposure: Array
    volatility: Array


def first_options(setting: Setting) -> NDArray[Any]:
    """Options [P, K] with what never changes."""
    routes = setting.base.routes
    options: NDArray[Any] = Option.grid(len(setting.base.names.provinces), len(routes.names))
    options["family"], options["retrofit_of"] = routes.family, routes.retrofit_of
    options["lead_years"] = setting.lead_years
    options["lifetime_years"], options["relining_years"] = routes.lifetime_years, routes.relining_years
    options["normal_output"] = routes.full_output * routes.utilisation
    return options


def chosen_routes(setting: Setting) -> Array:
    """1 where firms choose a route; gas, pumped hydro and batteries with a regulated return are tendered [K]."""
    return ((setting.base.routes.investable > 0.0) & ~setting.regulated).astype(np.float64)


def young_plants(setting: Setting) -> Array:
    """1 for the power plants whose soft cost falls with experience, and with facilitation [K]."""
    routes = setting.base.routes
    return ((routes.sector == POWER) & (routes.soft_cost > 0.0)).astype(np.float64)


def first_markets(setting: Setting) -> NDArray[Any]:
    """Markets [P, S] with what never changes."""
    routes, names = setting.base.routes, setting.base.names
    markets: NDArray[Any] = Market.grid(len(names.provinces), len(names.sectors))
    markets["first_route"], markets["last_route"] = routes.first_route, routes.last_route
    markets["finance_limited"], markets["debt_ratio"] = setting.finance_limited, setting.debt_ratio
    return markets


@process
def fill(options: Any, markets: Any, governments: Any, costs: CostView, now: Conditions, when: Array) -> None:
    """Write this year's costs, chances and peers into options [P, K] and markets [P, S]; when [2]: the year and its
    place in paths."""
    is_open = open_routes(now, markets[0], when[0], now.most[when[1]])
    for province in range(options.shape[0]):
        government = governments[province]
        for route in range(options.shape[1]):
            option = options[province, route]
            option.is_open = is_open[route]
            fill_costs(option, government, province, route, costs, now)
            fill_chances(option, government, province, route, costs.parameters, now)
        for sector in range(markets.shape[1]):
            market = markets[province, sector]
            market.volatility = now.volatility[province, sector]
            market.carbon_price = costs.sectors[province, sector].carbon_price
            market.carbon_adder = costs.sectors[province, sector].carbon_adder


@rule
def fill_costs(option: Any, government: Any, province: int, route: int, costs: CostView, now: Conditions) -> None:
    """What it costs to build and run a plant, and what a power plant earns."""
    kept = 1.0 - now.facilitation_share * government.effective[RENEWABLES] * now.young[route]
    here = now.soft_cost[province, route] * now.equipment[province, route]
    option.capital_cost = now.capital_cost[route] * here * kept
    option.subsidy_share = government.subsidy[route]
    unit = costs.routes[province, route]
    option.fixed_cost, option.energy_cost, option.other_cost = unit.fixed_cost, unit.energy_cost, unit.other_cost
    option.energy_emissions, option.process_emissions = unit.energy_emissions, unit.process_emissions
    option.allowance_credit = unit.allowance_credit
    option.power_margin = now.margin[province, route]
    option.carbon_exposure = now.exposure[province, route]


@rule
def fill_chances(option: Any, government: Any, province: int, route: int, own: FirmParameters, now: Conditions) -> None:
    """Whether firms look at an open route, whether it is approved, and how peers pull."""
    if option.is_open == 0:
        return
    heard = 1.0 if now.known[province, route] > 0.0 else now.demonstration_chance
    option.chance = now.opportunity[province, route] * heard if now.left[province, route] > 0.0 else 0.0
    option.approval = government.approval[route]
    share = now.peer_share[province, route]
    option.peer_pull = choice.imitation(share, own.imitation_weight, own.imitation_share_floor)


@process
def open_routes(now: Conditions, markets: Any, year: int, most: Array) -> Array:
    """1 where a route is mature, firms may choose it, and no resource on which it depends is used up [K].

    markets [S]: those of any province, whose sectors have these routes; most [R]: of each resource in this year.
    """
    is_open = np.zeros(now.free.size, dtype=np.int64)
    for route in range(is_open.size):
        is_open[route] = 1 if now.free[route] > 0.0 and now.available_from[route] <= year else 0
    for resource in range(most.size):
        if taken(now.use[resource], now.made) >= USED_UP * most[resource]:
            for market in markets:
                close_dependent(now.use[resource, market.first_route : market.last_route], market.first_route, is_open)
    return is_open


@rule
def taken(use: Array, made: Array) -> float:
    """How much is taken of a resource of which a unit takes use [K] when made [P, K] is made."""
    total = 0.0
    for route in range(use.size):
        if use[route] > 0.0:
            for province in range(made.shape[0]):
                total += use[route] * made[province, route]
    return total


@rule
def close_dependent(use: Array, first_route: int, is_open: Array) -> None:
    """Close those routes of a sector that depend on a resource; use: what they take of it, the first one's first."""
    largest = 0.0
    for one in use:
        largest = max(largest, one)
    for place in range(use.size):
        if use[place] > 0.0 and use[place] >= DEPENDS * largest:
            is_open[first_route + place] = 0
