"""What a unit of output takes in each province by route: fuel and electricity, and what it emits."""

from typing import NamedTuple

import numpy as np

from agents.compiled import rule
from agents.firm_record import CARRIERS
from simulator.accounts import IntensityTable
from simulator.base_year import BaseYear
from simulator.calibration import Calibration, electricity_parts, in_money
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
    replacing_scale = np.where(busy, scaled.replacing, 1.0)[:, routes.sector]
    plain, beyond = electricity_parts(routes, in_money())
    # By place first, as firms stand in their table.
    fuel = np.ascontiguousarray(routes.fuel_gj[None] * fuel_scale[:, :, None])
    electricity = np.ascontiguousarray(plain * electricity_scale + beyond * replacing_scale)
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


def own_needs(base: Needs) -> Needs:
    """The same needs, with arrays of their own of what `drift` fills."""
    table = base.table._replace(fuel=base.table.fuel.copy(), electricity=base.table.electricity.copy())
    return base._replace(
        table=table,
        energy_use=base.energy_use.copy(),
        energy_emissions=base.energy_emissions.copy(),
        captured=base.captured.copy(),
    )


def fading_growth(first: Array, last: Array, half_life: float, years: int) -> Array:
    """Levels over those of year 0 [years, ...]: growth is `first` [...] in year 0 and half as far from `last` [...]
    after each half-life.

    Worked value: 0.02 that falls to -0.01 with a half-life of one year grows by 0.005 in year 1 and -0.0025 in year 2.
    """
    left = 0.5 ** (np.arange(years) / half_life)
    growth = last + np.multiply.outer(left, first - last)
    growth[0] = 0.0
    return np.asarray(np.cumprod(1.0 + growth, axis=0))


@rule
def drift(base: Needs, routes: Array, incumbents: Array, factors: Array, when: Array, needs: Needs) -> None:
    """Fill needs of these routes: those of the base year, of fuel and of electricity times a factor each.

    Electricity beyond that of the incumbent route takes the place of fuel, and falls as fuel does: finer products take
    less warmth, whatever makes it. routes, incumbents [n]: each with the first route of its sector; factors [Y, n, 2];
    when [2]: the year and its place in factors.
    """
    known, now = base.table, needs.table
    for p in range(known.fuel.shape[0]):
        for n in range(routes.size):
            k, fuel, power = routes[n], factors[when[1], n, 0], factors[when[1], n, 1]
            plain = min(known.electricity[p, k], known.electricity[p, incumbents[n]])
            now.electricity[p, k] = plain * power + (known.electricity[p, k] - plain) * fuel
            total = 0.0
            for carrier in range(CARRIERS):
                now.fuel[p, k, carrier] = known.fuel[p, k, carrier] * fuel
                total += now.fuel[p, k, carrier]
            needs.energy_use[p, k] = total + GJ_PER_MWH * now.electricity[p, k]
            needs.energy_emissions[p, k] = base.energy_emissions[p, k] * fuel
            needs.captured[p, k] = base.captured[p, k] * fuel
