"""What a unit of output costs in each province by route, this year: the ground for prices and choices."""

from typing import Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_record import CostView, SectorCosts, UnitCosts
from simulator.base_year import BASE_YEAR, POWER
from simulator.calibration import by_sector, ratio
from simulator.needs import Needs
from simulator.setting import Setting
from simulator.tables import Array


class Prices(NamedTuple):
    """What this year's inputs and a tonne of CO2 cost. P provinces, S sectors, K routes.

    fuel [P, 4] in CNY per GJ; captive in CNY per MWh: what a captive smelter pays its own plant in place of the tariff;
    other [K] in CNY per unit; storage [P] in CNY per tCO2 captured; carbon [P, S] in CNY per tCO2; credit [P, K]:
    allowances given per unit made.
    """

    fuel: Array
    captive: float
    other: Array
    storage: Array
    carbon: Array
    credit: Array


def first_costs(setting: Setting, needs: Needs, year: Array) -> CostView:
    """Records of costs with what never changes; year [1]: the running one."""
    routes, names = setting.base.routes, setting.base.names
    units = UnitCosts.grid(len(names.provinces), len(names.routes))
    units["full_output"], units["fixed_cost"] = routes.full_output, routes.fixed_cost * setting.equipment
    units["utilisation"] = needs.utilisation
    sectors = SectorCosts.grid(len(names.provinces), len(names.sectors))
    sectors["maximum_saving"] = setting.maximum_saving
    return CostView(year, BASE_YEAR, units, sectors, setting.firm)


def fix_base_costs(costs: CostView, setting: Setting, needs: Needs, made: Array) -> None:
    """Keep what the base year's costs fix for all years; made [P, K]: output of the base year."""
    units = costs.routes
    costs.sectors["added_cost"] = added_costs(setting, needs, units["energy_cost"] + units["other_cost"], made)
    units["base_energy_value"] = ratio(units["energy_cost"], needs.energy_use)


@process
def fill(costs: CostView, needs: Needs, prices: Prices, operators: Any, governments: Any) -> None:
    """Write what a unit costs this year, with the tariffs of grid operators and what governments demand and charge."""
    for place in range(costs.routes.shape[0]):
        tariff, government = operators[place].tariff, governments[place]
        for route in range(costs.routes.shape[1]):
            fill_unit(costs.routes[place, route], place, route, tariff, needs, prices)
        for sector in range(costs.sectors.shape[1]):
            shared = costs.sectors[place, sector]
            shared.carbon_price = prices.carbon[place, sector]
            shared.carbon_adder = government.carbon_adder[sector]
            shared.efficiency_floor = government.efficiency_floor[sector]


@rule
def fill_unit(unit: UnitCosts, place: int, route: int, tariff: float, needs: Needs, prices: Prices) -> None:
    """Cost of fuel and electricity and other running cost of a unit, what it takes, emits and is given."""
    here = (place, route)
    burnt, price = needs.table.fuel[here], prices.fuel[place]
    fossil = burnt[0] * price[0] + burnt[2] * price[2]
    fuel = fossil + (burnt[1] * price[1] + burnt[3] * price[3])
    power_price = prices.captive if needs.captive[route] else tariff
    unit.energy_cost = fuel + needs.table.electricity[here] * power_price
    unit.other_cost = prices.other[route] + needs.captured[here] * prices.storage[place]
    unit.energy_use, unit.energy_emissions = needs.energy_use[here], needs.energy_emissions[here]
    unit.process_emissions = needs.process_emissions[here]
    unit.allowance_credit = prices.credit[here]


def added_costs(setting: Setting, needs: Needs, cost: Array, made: Array) -> Array:
    """Cost per unit [P, S] that no route changes, so that base-year price times output is the cell's value.

    cost [P, K]: running cost in the base year; made [P, K]: base-year output.
    """
    routes = setting.base.routes
    full = cost + routes.fixed_cost * setting.equipment / (routes.full_output * needs.utilisation)
    mean = ratio(by_sector(setting.base, made * full), by_sector(setting.base, made))
    added = setting.calibration.base_price / (1.0 + setting.parameters["initial_markup"]) - mean
    added[:, POWER] = 0.0
    # However odd the values of a small cell are, cost may fall by half before any route's price would reach zero.
    bounds = zip(routes.first_route, routes.last_route, strict=True)
    cheapest = np.column_stack([full[:, a:z].min(axis=1) for a, z in bounds])
    added = np.maximum(added, -0.3 * cheapest)
    return np.where(setting.calibration.base_price > 0.0, added, 0.0)
