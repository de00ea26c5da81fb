"""What a unit of output costs in each province by route, this year: the ground for prices and choices."""

from dataclasses import dataclass

import numpy as np

from agents.compiled import process
from agents.firm_record import CostView
from simulator.base_year import BASE_YEAR, POWER
from simulator.calibration import by_sector, ratio
from simulator.needs import Needs
from simulator.setting import Setting
from simulator.tables import Array


@process
def running_cost(
    needs: Needs, fuel_price: Array, tariff: Array, captive_price: float, other: Array, storage: Array
) -> tuple[Array, Array]:
    """Cost of fuel and electricity, and other running cost, in CNY per unit [P, K].

    fuel_price [P, 4] in CNY per GJ; tariff [P] in CNY per MWh, in whose place a captive smelter pays its own plant's
    price; other [K] in CNY per unit; storage [P]: cost of captured CO2 in CNY per tCO2.
    """
    shape = needs.energy_use.shape
    energy, rest = np.empty(shape), np.empty(shape)
    for p in range(shape[0]):
        coal, oil, gas, biomass = fuel_price[p]
        for k in range(shape[1]):
            burnt = needs.table.fuel[p, k]
            fossil = burnt[0] * coal + burnt[2] * gas
            fuel = fossil + (burnt[1] * oil + burnt[3] * biomass)
            energy[p, k] = fuel + needs.table.electricity[p, k] * (captive_price if needs.captive[k] else tariff[p])
            rest[p, k] = other[k] + needs.captured[p, k] * storage[p]
    return energy, rest


def added_costs(setting: Setting, needs: Needs, cost: Array, made: Array) -> Array:
    """Cost per unit [P, S] that no route changes, so that base-year price times output is the cell's value.

    cost [P, K]: running cost in the base year; made [P, K]: base-year output.
    """
    routes = setting.base.routes
    full = cost + routes.fixed_cost / (routes.full_output * needs.utilisation)
    mean = ratio(by_sector(setting.base, made * full), by_sector(setting.base, made))
    added = setting.calibration.base_price / (1.0 + setting.parameters["initial_markup"]) - mean
    added[:, POWER] = 0.0
    # However odd the values of a small cell are, cost may fall by half before any route's price would reach zero.
    bounds = zip(routes.first_route, routes.last_route, strict=True)
    cheapest = np.column_stack([full[:, a:z].min(axis=1) for a, z in bounds])
    added = np.maximum(added, -0.3 * cheapest)
    return np.where(setting.calibration.base_price > 0.0, added, 0.0)


@dataclass(frozen=True)
class YearOfCosts:
    """What changes from year to year: fuel_price [P, 4], tariff [P], credit [P, K], carbon_price, adder
    and floor [P, S], base_energy_value [P, K] in CNY per GJ."""

    year: int
    fuel_price: Array
    tariff: Array
    credit: Array
    carbon_price: Array
    carbon_adder: Array
    efficiency_floor: Array
    base_energy_value: Array


def cost_view(setting: Setting, needs: Needs, added: Array, now: YearOfCosts) -> CostView:
    """What firms know of costs in one year."""
    routes, captive_price = setting.base.routes, setting.parameters["captive_power_price"]
    energy, other = running_cost(
        needs, now.fuel_price, now.tariff, captive_price, routes.other_cost, setting.storage_cost
    )
    return CostView(
        year=now.year,
        base_year=BASE_YEAR,
        energy_cost=energy,
        other_cost=other,
        added_cost=added,
        energy_emissions=needs.energy_emissions,
        process_emissions=needs.process_emissions,
        allowance_credit=now.credit,
        carbon_price=now.carbon_price,
        carbon_adder=now.carbon_adder,
        fixed_cost=routes.fixed_cost,
        full_output=routes.full_output,
        utilisation=needs.utilisation,
        efficiency_floor=now.efficiency_floor,
        energy_use=needs.energy_use,
        base_energy_value=now.base_energy_value,
        maximum_saving=setting.maximum_saving,
        parameters=setting.firm,
    )
