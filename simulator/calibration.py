"""Scale technology to the base-year tables, cell by cell: fuel to CO2, electricity to consumption, cost to value.

Technology gives the ratios between routes; the tables give the level of each province and sector. Where output is
measured in money, what stands in the place of fuel, electricity of a heat pump or of a car, goes with the fuel of the
cell. A cell without activity is not scaled. Nothing here looks at a later year.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from agents.compiled import process
from agents.firm_record import EMPTY, SLOTS
from simulator.base_year import POWER, BaseYear, RouteTable
from simulator.tables import Array, kept, read_table

# Electricity by province and sector is estimated: no more than this share of a cell's counts as in the place of fuel.
MOST_IN_PLACE_OF_FUEL = 0.5


@dataclass(frozen=True)
class Calibration:
    """Factors [P, S] that make the base year meet its tables.

    fuel, process, electricity, replacing: factors on the routes' needs, the last on electricity in the place of fuel,
    see `electricity_parts`; added_cost: CNY per unit added to the other running cost,
    so that price times output is the cell's value; base_price: m CNY per unit; value_per_unit: bn CNY per unit;
    load_factor [P]: gross load, storage aside, over the electricity that sectors use.
    """

    fuel: Array
    process: Array
    electricity: Array
    replacing: Array
    value_per_unit: Array
    base_price: Array
    load_factor: Array


@process
def output_by_route(firms: Array, provinces: int, routes: int) -> Array:
    """Output of every province and route [P, K] in units."""
    made = np.zeros((provinces, routes))
    for firm in firms:
        for slot in range(SLOTS):
            if firm.slot_route[slot] != EMPTY:
                made[firm.province, firm.slot_route[slot]] += firm.slot_output[slot]
    return made


@cache
def measured_in(unit: str) -> Array:
    """Whether the output of a sector is measured in this unit [S]: TWh, Mt or bn CNY; made once."""
    return kept(np.array(read_table("sectors")["unit"] == unit))


def in_money() -> Array:
    """Whether the output of a sector is measured in money [S]."""
    return measured_in("bn CNY")


def electricity_parts(routes: RouteTable, measured_in_money: Array) -> tuple[Array, Array]:
    """Electricity that every route of a sector takes, and what a route takes beyond it in the place of fuel, both [K].

    Of output in money the second is what exceeds the incumbent, the first route of the sector; else there is none.
    """
    incumbent = routes.electricity_mwh[routes.first_route[routes.sector]]
    beyond = np.where(measured_in_money[routes.sector], np.maximum(routes.electricity_mwh - incumbent, 0.0), 0.0)
    return routes.electricity_mwh - beyond, beyond


def calibrate(base: BaseYear, made: Array, power_co2_mt: Array) -> Calibration:
    """Factors from the base-year output by route `made` [P, K]; power_co2_mt [P]: CO2 of power without heat."""
    economy, routes = base.economy, base.routes
    kept = 1.0 - routes.capture_share
    fuel_co2 = by_sector(base, made * (routes.fuel_gj @ base.emission_factor) * kept)
    process_co2 = by_sector(base, made * routes.process_tco2 * kept)
    plain, beyond = (by_sector(base, made * part) for part in electricity_parts(routes, in_money()))
    energy_datum = economy.co2_mt - economy.co2_process_mt
    energy_datum[:, POWER] = power_co2_mt
    per_unit = ratio(economy.output_bn_cny, economy.physical_output)
    used = economy.electricity_twh.copy()
    used[:, POWER] = 0.0
    fuel = ratio(energy_datum, fuel_co2)
    replacing = np.where(beyond > 0.0, np.minimum(fuel, ratio(MOST_IN_PLACE_OF_FUEL * used, beyond)), fuel)
    return Calibration(
        fuel=fuel,
        process=ratio(economy.co2_process_mt, process_co2),
        electricity=ratio(used - replacing * beyond, plain),
        replacing=replacing,
        value_per_unit=per_unit,
        base_price=1000.0 * per_unit,
        load_factor=(base.power.load_twh - base.power.storage_charging_twh) / used.sum(axis=1),
    )


def by_sector(base: BaseYear, values: Array) -> Array:
    """Sum [P, K] over the routes of each sector, which stand side by side, to [P, S]."""
    return np.add.reduceat(values, base.routes.first_route, axis=1)


def ratio(part: Array, whole: Array) -> Array:
    """part / whole where the whole is positive, zero elsewhere."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0.0)
