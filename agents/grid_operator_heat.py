"""How a grid operator supplies heat and renews heat plants (ODD+D: submodel 4).

Heat of CHP plants comes first, up to what coal and biomass units can give; the rest is shared among boilers and heat
pumps by size, because each serves its own network. Plants that retire are replaced by what is cheap for heat.
"""

import math
from typing import NamedTuple

import numpy as np

from agents.choice import capital_recovery_factor
from agents.compiled import rule
from agents.grid_operator_record import (
    BIOMASS,
    BLOCKS_PER_SEASON,
    CHP,
    COAL,
    COAL_BOILER,
    GAS_BOILER,
    HEAT_PUMP,
    HEAT_ROUTES,
    SEASONS,
    Array,
    OperatorParameters,
    OperatorState,
    length_of,
)

PJ_PER_GW_HOUR = 0.0036
GJ_PER_MWH = 3.6
CARRIER_COAL, CARRIER_GAS = 0, 2


class HeatView(NamedTuple):
    """What an operator sees of heat.

    hours, pump_shape [24]: hours of the blocks and relative load of heat pumps; fuel_price [P, carrier] CNY/GJ in the
    order coal, oil, gas, biomass; carbon_price [P] CNY per tCO2 that heat plants pay; emission_factor [carrier] in
    tCO2/GJ; coal_boiler_allowed [P]: 1 or 0.
    """

    hours: Array
    pump_shape: Array
    fuel_price: Array
    carbon_price: Array
    emission_factor: Array
    coal_boiler_allowed: Array
    parameters: OperatorParameters


@rule
def season_hours(hours: Array, season: int) -> float:
    """Length of a season in hours."""
    return length_of(hours[season * BLOCKS_PER_SEASON : (season + 1) * BLOCKS_PER_SEASON])


def rate_for(heat_pj: float, demand_pj: Array, hours: Array) -> float:
    """Size (GW of heat) of a plant that is used first and so delivers `heat` in the year.

    Solves sum over seasons of min(size x hours, demand) = heat, filling the season of the lowest load first. Runs once
    per province, hence not compiled. Worked value: 10, 2, 2 and 2 PJ in seasons of 2,190 h, heat 12 PJ: 6 in
    the first season and all of the others, 0.761 GW.
    """
    span = [season_hours(hours, season) * PJ_PER_GW_HOUR for season in range(SEASONS)]
    left, length = heat_pj, sum(span)
    size = 0.0
    for season in sorted(range(SEASONS), key=lambda s: demand_pj[s] / span[s]):
        size = demand_pj[season] / span[season]
        if left <= size * length:
            return left / length
        left -= demand_pj[season]
        length -= span[season]
    return size


def beside_chp(highest: Array | float, rate: Array | float, reserve_share: float) -> Array:
    """Boilers and heat pumps that serve the highest load with a reserve, beside CHP at its rate; all in GW of heat."""
    return np.asarray(np.maximum(highest * (1.0 + reserve_share) - rate, 0.0))


def heat_at_first(operator: OperatorState, shares: Array, hours: Array) -> tuple[float, float, Array]:
    """Highest load of a season and rate of CHP in GW of heat, and how boilers and heat pumps [3] split the rest.

    They run by size, so that their capacity is split by share.
    """
    demand = operator.heat_demand_pj
    total, highest = 0.0, 0.0
    for season in range(SEASONS):
        total += demand[season]
        highest = max(highest, demand[season] / (season_hours(hours, season) * PJ_PER_GW_HOUR))
    power = operator.capacity_gw[COAL] + operator.capacity_gw[BIOMASS]
    rate = rate_for(shares[CHP] * total, demand, hours) if power > 0.0 else 0.0
    others = 0.0
    for route in range(CHP + 1, HEAT_ROUTES):
        others += shares[route]
    coal_alone = np.array([1.0 if route == COAL_BOILER else 0.0 for route in range(CHP + 1, HEAT_ROUTES)])
    split = np.asarray(shares[CHP + 1 :]) / others if others > 0.0 else coal_alone
    return highest, rate, split


@rule
def heat_cost(operator: OperatorState, route: int, seen: HeatView) -> float:
    """Levelised cost of heat from a new boiler or heat pump, CNY/GJ: annuity + energy + carbon.

    Worked value: a coal boiler of 1,090 CNY/kW, 20 years at 6 %, 2,800 h: 9.43; coal at 26 CNY/GJ and 0.8: 32.5.
    """
    own = seen.parameters
    row = operator.operator
    annuity = capital_recovery_factor(own.heat_discount_rate, own.heat_plant_lifetime)
    per_gj = annuity / (own.heat_full_load_hours * PJ_PER_GW_HOUR)
    if route == HEAT_PUMP:
        return own.heat_pump_capex * per_gj + operator.tariff / GJ_PER_MWH / own.heat_pump_performance
    carrier = CARRIER_COAL if route == COAL_BOILER else CARRIER_GAS
    capex = own.heat_coal_boiler_capex if route == COAL_BOILER else own.heat_gas_boiler_capex
    efficiency = own.heat_coal_boiler_efficiency if route == COAL_BOILER else own.heat_gas_boiler_efficiency
    fuel = seen.fuel_price[row, carrier] + seen.carbon_price[row] * seen.emission_factor[carrier]
    cost: float = capex * per_gj + fuel / efficiency
    return cost


@rule
def renew_heat_plants(operator: OperatorState, seen: HeatView) -> None:
    """Retire one lifetime-th of boilers and heat pumps, and build what the coldest season and a reserve ask for.

    New plants run from next year on. They are split by a logit on cost relative to the cheapest and on what is
    installed. CHP follows the power plants it is part of.
    """
    own = seen.parameters
    installed = 0.0
    lowest = math.inf
    for route in range(CHP + 1, HEAT_ROUTES):
        operator.heat_capacity_gw[route] *= 1.0 - 1.0 / own.heat_plant_lifetime
        installed += operator.heat_capacity_gw[route]
        lowest = min(lowest, heat_cost(operator, route, seen))
    wanted = 0.0
    for season in range(SEASONS):
        rate = operator.heat_demand_pj[season] / (season_hours(seen.hours, season) * PJ_PER_GW_HOUR)
        wanted = max(wanted, rate * (1.0 + own.heat_reserve_share))
    missing = max(wanted - operator.heat_capacity_gw[CHP] - installed, 0.0)
    pull = 0.0
    for route in range(CHP + 1, HEAT_ROUTES):
        operator.heat_built_gw[route] = heat_pull(operator, route, lowest, installed, seen)
        pull += operator.heat_built_gw[route]
    for route in range(CHP + 1, HEAT_ROUTES):
        operator.heat_built_gw[route] *= missing / pull
        operator.heat_capacity_gw[route] += operator.heat_built_gw[route]


@rule
def heat_pull(operator: OperatorState, route: int, lowest_cost: float, installed_gw: float, seen: HeatView) -> float:
    """Weight of a route in the choice: (floor + installed share) x exp(-beta x (cost / lowest - 1)).

    What is there is chosen again more readily: gas pipes and coal yards exist. A coal boiler that is refused has none.
    """
    own = seen.parameters
    if route == COAL_BOILER and seen.coal_boiler_allowed[operator.operator] == 0:
        return 0.0
    share = operator.heat_capacity_gw[route] / installed_gw if installed_gw > 0.0 else 1.0
    dearer = heat_cost(operator, route, seen) / lowest_cost - 1.0
    pull: float = (own.imitation_share_floor + share) * math.exp(-own.heat_choice_sharpness * dearer)
    return pull


@rule
def supply_heat(operator: OperatorState, seen: HeatView) -> None:
    """Serve the heat of each season: CHP first, the rest by size of plant; served + unserved = demand.

    CHP can give as much as the coal and biomass units of the year allow.
    """
    power = operator.capacity_gw[COAL] + operator.capacity_gw[BIOMASS]
    operator.heat_capacity_gw[CHP] = operator.chp_heat_per_gw * power
    others = 0.0
    for route in range(CHP + 1, HEAT_ROUTES):
        others += operator.heat_capacity_gw[route]
    for season in range(SEASONS):
        span = season_hours(seen.hours, season) * PJ_PER_GW_HOUR
        demand = operator.heat_demand_pj[season]
        first = min(demand, operator.heat_capacity_gw[CHP] * span)
        second = min(demand - first, others * span)
        operator.heat_supply_pj[CHP, season] = first
        for route in range(CHP + 1, HEAT_ROUTES):
            share = operator.heat_capacity_gw[route] / others if others > 0.0 else 0.0
            operator.heat_supply_pj[route, season] = second * share
        operator.heat_unserved_pj[season] = max(demand - first - second, 0.0)


@rule
def book_heat_energy(operator: OperatorState, seen: HeatView) -> None:
    """Fuel of the heat supply (PJ) and the load of its heat pumps, which follows their shape within each season."""
    own = seen.parameters
    operator.heat_coal_pj, operator.heat_gas_pj = 0.0, 0.0
    for season in range(SEASONS):
        operator.heat_coal_pj += operator.heat_supply_pj[CHP, season] * own.heat_chp_fuel_per_heat
        operator.heat_coal_pj += operator.heat_supply_pj[COAL_BOILER, season] / own.heat_coal_boiler_efficiency
        operator.heat_gas_pj += operator.heat_supply_pj[GAS_BOILER, season] / own.heat_gas_boiler_efficiency
        first, last = season * BLOCKS_PER_SEASON, (season + 1) * BLOCKS_PER_SEASON
        weight = 0.0
        for block in range(first, last):
            weight += seen.pump_shape[block] * seen.hours[block]
        gwh = operator.heat_supply_pj[HEAT_PUMP, season] / own.heat_pump_performance / PJ_PER_GW_HOUR
        for block in range(first, last):
            operator.heat_pump_gw[block] = gwh * seen.pump_shape[block] / weight


@rule
def choose_heat_supply(operator: OperatorState, seen: HeatView) -> None:
    """Serve the year's heat with the plants that there are, book its fuel and load, and order plants for next year."""
    supply_heat(operator, seen)
    book_heat_energy(operator, seen)
    renew_heat_plants(operator, seen)
