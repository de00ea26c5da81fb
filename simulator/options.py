"""What firms may choose from this year: routes by province, and what the firms of a sector in a province share.

The records are made once a run; what changes is written into them once a year: firms only add what is their own.
P provinces, S sectors, K routes, R resources.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import choice
from agents.compiled import rule
from agents.firm_project_value import Market, Option
from agents.firm_record import CostView, FirmParameters
from simulator.setting import Setting
from simulator.tables import Array

# A route depends on a resource if it takes at least this share of what its sector's most dependent route takes.
DEPENDS = 0.5
# A resource is taken to be used up a little before its last unit, since what is begun now is not yet counted.
USED_UP = 0.97


class Conditions(NamedTuple):
    """What decides this year on options.

    capital_cost [K]; soft_cost, facilitation [P, K]: factors on it; peer_share [P, K]: share of the route in what peers
    run; known [P, K]: 1 where it runs at home or is common in the country; opportunity [P, K]: chance of finding a site
    and a place in national plans; left [P, K]: potential; is_open [K]: 1 if mature, not tendered, and its resources
    are left; margin, exposure [P, K] of power plants; volatility [P, S] of the carbon price; demonstration_chance:
    yearly chance that a firm considers a route that it has not heard of.
    """

    capital_cost: Array
    soft_cost: Array
    facilitation: Array
    peer_share: Array
    known: Array
    opportunity: Array
    left: Array
    is_open: Array
    margin: Array
    exposure: Array
    volatility: Array
    demonstration_chance: float


def first_options(setting: Setting) -> NDArray[Any]:
    """Options [P, K] with what never changes."""
    routes = setting.base.routes
    options: NDArray[Any] = Option.grid(len(setting.base.names.provinces), len(routes.names))
    options["family"], options["retrofit_of"] = routes.family, routes.retrofit_of
    options["lead_years"] = setting.lead_years
    options["lifetime_years"], options["relining_years"] = routes.lifetime_years, routes.relining_years
    return options


def first_markets(setting: Setting) -> NDArray[Any]:
    """Markets [P, S] with what never changes."""
    routes, names = setting.base.routes, setting.base.names
    markets: NDArray[Any] = Market.grid(len(names.provinces), len(names.sectors))
    markets["first_route"], markets["last_route"] = routes.first_route, routes.last_route
    markets["finance_limited"], markets["debt_ratio"] = setting.finance_limited, setting.debt_ratio
    return markets


@rule
def fill_options(options: Any, governments: Any, costs: CostView, now: Conditions, own: FirmParameters) -> None:
    """Write this year's costs, chances and peers into the options [P, K]."""
    for province in range(options.shape[0]):
        government = governments[province]
        for route in range(options.shape[1]):
            option = options[province, route]
            option.capital_cost = now.capital_cost[route] * now.soft_cost[province, route]
            option.capital_cost *= now.facilitation[province, route]
            option.subsidy_share = government.subsidy[route]
            option.approval = government.approval[route]
            option.peer_pull = choice.imitation(
                now.peer_share[province, route], own.imitation_weight, own.imitation_share_floor
            )
            option.is_open = 1 if now.is_open[route] > 0.0 else 0
            heard = 1.0 if now.known[province, route] > 0.0 else now.demonstration_chance
            option.chance = now.opportunity[province, route] * heard if now.left[province, route] > 0.0 else 0.0
            option.normal_output = costs.full_output[route] * costs.utilisation[province, route]
            option.fixed_cost = costs.fixed_cost[route]
            option.energy_cost = costs.energy_cost[province, route]
            option.other_cost = costs.other_cost[province, route]
            option.energy_emissions = costs.energy_emissions[province, route]
            option.process_emissions = costs.process_emissions[province, route]
            option.allowance_credit = costs.allowance_credit[province, route]
            option.power_margin = now.margin[province, route]
            option.carbon_exposure = now.exposure[province, route]


@rule
def fill_markets(markets: Any, costs: CostView, volatility: Array) -> None:
    """Write this year's carbon prices into the markets [P, S]."""
    for province in range(markets.shape[0]):
        for sector in range(markets.shape[1]):
            market = markets[province, sector]
            market.volatility = volatility[province, sector]
            market.carbon_price = costs.carbon_price[province, sector]
            market.carbon_adder = costs.carbon_adder[province, sector]


@rule
def close_short_routes(
    use: Array, made: Array, most: Array, first_route: Array, last_route: Array, is_open: Any
) -> None:
    """Set is_open [K] to 0 for routes that depend on a resource that is used up.

    use [R, K] per unit made; made [P, K]; most [R]: of each resource in a year.
    """
    for resource in range(use.shape[0]):
        taken = 0.0
        for province in range(made.shape[0]):
            for route in range(made.shape[1]):
                taken += use[resource, route] * made[province, route]
        if taken < USED_UP * most[resource]:
            continue
        for sector in range(first_route.size):
            largest = 0.0
            for route in range(first_route[sector], last_route[sector]):
                largest = max(largest, use[resource, route])
            for route in range(first_route[sector], last_route[sector]):
                if use[resource, route] > 0.0 and use[resource, route] >= DEPENDS * largest:
                    is_open[route] = 0.0


def open_routes(setting: Setting, year: int, i: int, made: Array) -> Array:
    """1 where a route is mature, investable, not tendered, and the resources on which it depends are not used up [K].

    i: position of the year; made [P, K]: what took resources.
    """
    routes = setting.base.routes
    # Gas, pumped hydro and batteries with a regulated return are tendered, not chosen.
    free = (routes.available_from <= year) & (routes.investable > 0.0) & ~setting.regulated
    is_open: Array = free.astype(np.float64)
    most = setting.paths.resources[i]
    close_short_routes(setting.resource_use, made, most, routes.first_route, routes.last_route, is_open)
    return is_open
