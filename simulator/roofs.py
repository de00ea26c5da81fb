"""Solar panels on roofs: how many there are at first, what their owners know, and who builds what they order.

Developers build and keep the panels: the largest generator of a province with room holds them among its solar plants,
so that capacity, power and money are counted as for any other plant.
"""

from typing import TYPE_CHECKING

import numpy as np

from agents.compiled import process
from agents.grid_operator_record import SOLAR
from agents.grid_operator_roofs import RoofView
from simulator.adequacy import Prices, award
from simulator.base_year import BASE_YEAR, POWER
from simulator.market import MarketIndex
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

HALVINGS = 60


def count_first_roofs(world: "World") -> None:
    """Panels on roofs when a run starts, those under construction included."""
    own, people = world.setting.parameters, world.setting.base.population_million
    most_gw = own["roof_solar_first_share_maximum"] * solar_plants(world)
    world.power.operator_rows["roofs_gw"] = roofs_by_province(own["roof_solar_2021_gw"], people, most_gw)


def solar_plants(world: "World") -> Array:
    """Solar plants at first, with what is under construction [P] in GW."""
    firms, routes = world.power_firms, world.setting.base.routes
    is_solar = np.append(routes.technology == SOLAR, False)  # the last one: an empty slot, route -1
    held = (firms["slot_capacity"] * is_solar[firms["slot_route"]]).sum(axis=1)
    held += (firms["pending_capacity"] * is_solar[firms["pending_route"]]).sum(axis=1)
    result = np.zeros(world.capacity.shape[0])
    np.add.at(result, firms["province"], held)
    return result


def roofs_by_province(total_gw: float, population: Array, most_gw: Array) -> Array:
    """The national total by population [P] in GW, in no province more than `most_gw`; less if all are at their most."""
    low, high = 0.0, total_gw / population.min()
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if np.minimum(middle * population, most_gw).sum() < total_gw:
            low = middle
        else:
            high = middle
    return np.minimum(high * population, most_gw)


def roofs_of(world: "World") -> RoofView:
    """What owners of roofs know, on the arrays of the power system; no roof is to be had yet."""
    system, route = world.power, world.power.solar_route
    return RoofView(
        roof_gw=np.zeros(system.roof_potential_gw.size),
        cost=np.zeros(system.roof_potential_gw.size),
        fixed_cost=float(world.setting.base.routes.fixed_cost[route]),
        output=system.hours[:, SOLAR],
        sold_price=system.power_price[:, route],
        parameters=system.roof_parameters,
    )


def roof_view(world: "World") -> RoofView:
    """What owners of roofs know. What was ordered by the end of the base year is given, so none is left then."""
    seen, route = world.investing.roofs, world.power.solar_route
    if world.year > BASE_YEAR:
        seen.roof_gw[:] = world.power.roof_potential_gw
    np.multiply(world.capital_cost[route], world.soft_cost[:, route], out=seen.cost)
    return seen


def build_roofs(world: "World") -> None:
    """Let developers begin what was ordered."""
    system, prices = world.power, world.investing.prices
    build_all(world.firm_rows, world.index, system.operator_rows, system.solar_route, prices, world.now)


@process
def build_all(firms: Array, index: MarketIndex, operators: Array, route: int, prices: Prices, now: Array) -> None:
    """Award the roofs of all provinces; what nobody is free to build is not connected. now: the year comes first."""
    for province in range(operators.size):
        size_gw = operators[province].roofs_connected_gw
        rows = index.rows[index.start[POWER, province] : index.stop[POWER, province]]
        if size_gw > 0.0 and award(firms, rows, province, route, size_gw, prices, now[0]):
            operators[province].roofs_gw += size_gw
        else:
            operators[province].roofs_connected_gw = 0.0
