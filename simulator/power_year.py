"""What a year brings to grid operators before they decide: load, wind, sun, water, nuclear power and heat.

Loads, wind and sun keep the shape of the base year; the weather and what sectors use move their level. P provinces,
B blocks, T technologies.
"""

from typing import Any, NamedTuple

import numpy as np

from agents.compiled import rows_of, rule
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import (
    BIOMASS,
    BLOCKS,
    BLOCKS_PER_SEASON,
    GAS,
    GWH_PER_TWH,
    HYDRO,
    KINDS,
    NUCLEAR,
    SEASONS,
    TECHNOLOGIES,
    VARIABLE,
)
from agents.record import Record, field
from simulator.base_year import GW_YEAR_TWH, PowerTable
from simulator.tables import Array


class Surroundings(Record):
    """What load and supply of a province are reckoned from: the base year."""

    load_gw_per_twh: float = field("f8", "GW per TWh", "mean gross load per electricity that sectors use in a year")
    gas_gw: float = field("f8", "GW", "mean output of gas")
    heat_pj: float = field("f8", "PJ", "heat of the year")
    capacity_factor: Array = field("f8", "share", "output over capacity by technology", (TECHNOLOGIES,))
    load_shape: Array = field("f8", "ratio", "load over its mean", (BLOCKS,))
    variable_shape: Array = field("f8", "ratio", "onshore wind, offshore wind, sun over their means", (KINDS, BLOCKS))
    water_shape: Array = field("f8", "ratio", "inflow over its mean", (BLOCKS,))
    heat_share: Array = field("f8", "share", "heat by season", (SEASONS,))


class Calendar(NamedTuple):
    """Blocks of a year [B]: hours, and load of vehicles and heat pumps over their means."""

    hours: Array
    vehicle_shape: Array
    pump_shape: Array


class YearOfPower(NamedTuple):
    """What moves from year to year [P]. electricity, vehicles, warmth: TWh at the meter, the latter two parts of it;
    heat_index: heat relative to the base year; wind, sun, water, heat: luck of the weather; river: multiplier of hydro
    that signals set; costs: what power plants have in common, see `agents.firm_record.SectorCosts`; moratorium: 1 where
    no coal power is approved."""

    electricity: Array
    vehicles: Array
    warmth: Array
    heat_index: Array
    wind: Array
    sun: Array
    water: Array
    heat: Array
    river: Array
    costs: Any
    moratorium: Array


def surroundings_of(table: PowerTable, load_factor: Array) -> Any:
    """The records of all provinces; load_factor [P]: gross load, storage aside, over what sectors use."""
    places = Surroundings.table(load_factor.size)
    places.load_gw_per_twh = load_factor / GW_YEAR_TWH
    places.gas_gw = table.generation_twh[:, GAS] / GW_YEAR_TWH
    places.heat_pj = table.heat_pj
    places.capacity_factor = table.capacity_factor
    places.load_shape = table.load_profile
    places.variable_shape = np.stack([table.wind_profile, table.offshore_profile, table.solar_profile], axis=1)
    places.water_shape = table.hydro_profile
    places.heat_share = table.heat_season
    return rows_of(places)


@rule
def bring_year(operators: Any, surroundings: Any, calendar: Calendar, year: YearOfPower, heat: HeatView) -> None:
    """Fill the operators' records, and what they see of heat, from their fleets, the base year and the year's luck."""
    for operator in operators:
        place = surroundings[operator.operator]
        bring_load(operator, place, calendar, year)
        bring_wind_and_sun(operator, place, year)
        bring_water(operator, place, calendar, year)
        bring_heat(operator, place, year, heat)
        plan_output(operator, place)


@rule
def bring_load(operator: Any, place: Any, calendar: Calendar, year: YearOfPower) -> None:
    """Load of each block: vehicles and electric heating have shapes of their own, the rest that of the base year."""
    row = operator.operator
    vehicles, warmth = year.vehicles[row], year.warmth[row]
    plain = year.electricity[row] - vehicles - warmth
    for block in range(BLOCKS):
        used = plain * place.load_shape[block]
        used = used + vehicles * calendar.vehicle_shape[block] + warmth * calendar.pump_shape[block]
        operator.load_gw[block] = place.load_gw_per_twh * used


@rule
def bring_wind_and_sun(operator: Any, place: Any, year: YearOfPower) -> None:
    """What wind and sun could give, never more than their capacity, and nuclear power, which runs evenly."""
    row = operator.operator
    for kind in range(KINDS):
        technology = VARIABLE[kind]
        full = operator.capacity_gw[technology]
        luck = year.sun[row] if kind == KINDS - 1 else year.wind[row]
        level = full * place.capacity_factor[technology] * luck
        for block in range(BLOCKS):
            operator.variable_gw[kind, block] = min(level * place.variable_shape[kind, block], full)
    for block in range(BLOCKS):
        operator.nuclear_gw[block] = operator.capacity_gw[NUCLEAR] * place.capacity_factor[NUCLEAR]


@rule
def bring_water(operator: Any, place: Any, calendar: Calendar, year: YearOfPower) -> None:
    """Energy that rivers bring in each season."""
    row = operator.operator
    mean = operator.capacity_gw[HYDRO] * place.capacity_factor[HYDRO] * year.water[row] * year.river[row]
    for season in range(SEASONS):
        energy = 0.0
        for block in range(season * BLOCKS_PER_SEASON, (season + 1) * BLOCKS_PER_SEASON):
            energy += mean * place.water_shape[block] * calendar.hours[block] / GWH_PER_TWH
        operator.hydro_inflow_twh[season] = energy


@rule
def bring_heat(operator: Any, place: Any, year: YearOfPower, heat: HeatView) -> None:
    """District and industrial heat asked for in each season, and what heat plants pay for carbon.

    What bars coal power from a province bars coal boilers too.
    """
    row = operator.operator
    heat.carbon_price[row] = year.costs[row].carbon_price + year.costs[row].carbon_adder
    heat.coal_boiler_allowed[row] = 1.0 - year.moratorium[row]
    for season in range(SEASONS):
        whole = place.heat_pj * year.heat_index[row] * year.heat[row]
        operator.heat_demand_pj[season] = whole * place.heat_share[season]


@rule
def plan_output(operator: Any, place: Any) -> None:
    """Output planned whatever the price: biomass as built, gas as much as in the base year, coal none."""
    gas, biomass = place.capacity_factor[GAS], place.capacity_factor[BIOMASS]
    operator.planned_share[0] = 0.0
    operator.planned_share[1] = min(min(max(gas, 0.0), 1.0), place.gas_gw / max(operator.capacity_gw[GAS], 1e-9))
    operator.planned_share[2] = min(max(biomass, 0.0), 1.0)
