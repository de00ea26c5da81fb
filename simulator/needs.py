"""What a unit of output takes in each province by route: fuel and electricity, and what it emits."""

from typing import NamedTuple

import numpy as np

from agents.compiled import process
from agents.firm_record import CARRIERS
from simulator.accounts import IntensityTable
from simulator.base_year import BaseYear
from simulator.calibration import Calibration
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


def needs_of(base: BaseYear, scaled: Calibration) -> Needs:
    """Routes' needs, scaled cell by cell."""
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
