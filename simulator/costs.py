"""What a unit of output takes and costs in each province by route, this year: the ground for prices and choices."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.compiled import process
from agents.firm_record import CARRIERS, CostView
from simulator.accounts import IntensityTable
from simulator.base_year import BASE_YEAR, POWER
from simulator.calibration import by_sector, ratio
from simulator.setting import Setting
from simulator.tables import Array

GJ_PER_MWH = 3.6


class Needs(NamedTuple):
    """What a unit takes by place and route [P, K], scaled to the base year, GJ and tCO2 per unit; captive [K]."""

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
    # By place first, as firms stand in their table.
    fuel = np.ascontiguousarray(routes.fuel_gj[None] * fuel_scale[:, :, None])
    electricity = np.ascontiguousarray(routes.electricity_mwh * electricity_scale)
    process = np.ascontiguousarray(routes.process_tco2 * scaled.process[:, routes.sector])
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
    own = setting.parameters
    fuel, power = (1.0 + own[f"value_{kind}_drift"] for kind in ("fuel", "electricity"))
    return drifted(base, setting.in_money[setting.base.routes.sector], fuel**years, power**years)


@process
def drifted(base: Needs, in_money: Array, fuel: float, power: float) -> Needs:
    """Needs of which the fuel and the electricity of routes in money [K] are multiplied by a factor each."""
    known, shape = base.table, base.energy_use.shape
    burnt, electricity = np.empty(known.fuel.shape), np.empty(shape)
    used, emitted, captured = np.empty(shape), np.empty(shape), np.empty(shape)
    for p in range(shape[0]):
        for k in range(shape[1]):
            factor = fuel if in_money[k] else 1.0
            electricity[p, k] = known.electricity[p, k] * (power if in_money[k] else 1.0)
            total = 0.0
            for carrier in range(CARRIERS):
                burnt[p, k, carrier] = known.fuel[p, k, carrier] * factor
                total += burnt[p, k, carrier]
            used[p, k] = total + GJ_PER_MWH * electricity[p, k]
            emitted[p, k] = base.energy_emissions[p, k] * factor
            captured[p, k] = base.captured[p, k] * factor
    table = IntensityTable(burnt, electricity, known.process, known.capture_share, known.emission_factor)
    return Needs(table, used, emitted, base.process_emissions, captured, base.utilisation, base.captive)


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
