"""What a unit of output takes and costs in each province by route, this year: the ground for prices and choices."""

from dataclasses import dataclass, replace

import numpy as np

from agents.firm_record import CostView
from simulator.accounts import IntensityTable
from simulator.base_year import BASE_YEAR, POWER
from simulator.calibration import by_sector, ratio
from simulator.setting import Setting
from simulator.tables import Array

GJ_PER_MWH = 3.6


@dataclass(frozen=True)
class Needs:
    """What a unit takes by place and route [P, K], scaled to the base year; fuel [P, K, 4] in PJ per unit."""

    table: IntensityTable
    energy_use: Array
    energy_emissions: Array
    process_emissions: Array
    captured: Array
    utilisation: Array
    captive: Array


def needs_of(setting: Setting) -> Needs:
    """Routes' needs, scaled cell by cell."""
    base, scaled = setting.base, setting.calibration
    routes = base.routes
    # A cell that was idle in 2020 takes what the routes take as they are.
    busy = base.economy.physical_output > 0.0
    fuel_scale = np.where(busy, scaled.fuel, 1.0)[:, routes.sector]
    electricity_scale = np.where(busy, scaled.electricity, 1.0)[:, routes.sector]
    fuel = routes.fuel_gj[None] * fuel_scale[:, :, None]
    electricity = routes.electricity_mwh * electricity_scale
    process = routes.process_tco2 * scaled.process[:, routes.sector]
    kept = 1.0 - routes.capture_share
    gross = fuel @ base.emission_factor
    return Needs(
        table=IntensityTable(fuel, electricity, process, routes.capture_share, base.emission_factor),
        energy_use=fuel.sum(axis=2) + GJ_PER_MWH * electricity,
        energy_emissions=gross * kept,
        process_emissions=process * kept,
        captured=(gross + process) * routes.capture_share,
        utilisation=np.broadcast_to(routes.utilisation, process.shape).copy(),
        captive=np.array([name == "smelter_captive" for name in routes.names]),
    )


def needs_in_year(setting: Setting, base: Needs, years: int) -> Needs:
    """Needs after so many years: where output is measured in money, a unit takes less energy as products get finer."""
    routes, own = setting.base.routes, setting.parameters
    in_money = setting.in_money[routes.sector]
    fuel = np.where(in_money, (1.0 + own["value_fuel_drift"]) ** years, 1.0)
    power = np.where(in_money, (1.0 + own["value_electricity_drift"]) ** years, 1.0)
    table = base.table._replace(fuel=base.table.fuel * fuel[:, None], electricity=base.table.electricity * power)
    return replace(
        base,
        table=table,
        energy_use=table.fuel.sum(axis=2) + GJ_PER_MWH * table.electricity,
        energy_emissions=base.energy_emissions * fuel,
        captured=base.captured * fuel,
    )


def energy_cost(needs: Needs, fuel_price: Array, tariff: Array, captive_price: float) -> Array:
    """Cost of fuel and electricity in CNY per unit [P, K]; a captive smelter pays its own plant's price."""
    fuel = np.einsum("pkf,pf->pk", needs.table.fuel, fuel_price)
    price = np.where(needs.captive[None, :], captive_price, tariff[:, None])
    return np.asarray(fuel + needs.table.electricity * price)


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
    routes = setting.base.routes
    captive_price = setting.parameters["captive_power_price"]
    return CostView(
        year=now.year,
        base_year=BASE_YEAR,
        energy_cost=energy_cost(needs, now.fuel_price, now.tariff, captive_price),
        other_cost=routes.other_cost + needs.captured * setting.storage_cost[:, None],
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
