"""How a grid operator schedules water, storage and coal units before it trades (ODD+D: submodel 4).

Each rule takes the residual load that the one before has left, and lowers or raises it. Water and storage level it:
they are worth most where the load is highest. What they do in one season does not touch another.
"""

import math
from typing import NamedTuple

from agents.compiled import rule
from agents.grid_operator_record import (
    BLOCKS_PER_SEASON,
    CHP,
    COAL,
    GAS,
    GWH_PER_TWH,
    HOURS_PER_DAY,
    HYDRO,
    KINDS,
    NUMBER_OF_STORES,
    SEASONS,
    STORES,
    THERMAL,
    Array,
    OperatorParameters,
    OperatorState,
    length_of,
    season_energy,
)

PASSES = 100
EXACT = 1e-13
# What a level can be exact to: a few times the distance of two floating-point numbers.
ROUNDING = 1e-15
SMALLEST_GWH = 1e-9


class ScheduleView(NamedTuple):
    """What an operator knows when it schedules. hours [24]; minimum_load [P]: least load of committed coal, share."""

    hours: Array
    minimum_load: Array
    parameters: OperatorParameters


@rule
def clipped(value: float, limit: float) -> float:
    """Between 0 and the limit."""
    return min(max(value, 0.0), limit)


@rule
def cut_above(load_gw: Array, hours: Array, sign: float, level: float, limit_gw: float) -> tuple[float, float]:
    """Energy (GWh) of a cut down to a level, sum of hours x clip(sign x load - level, 0, limit), and the hours in which
    it would be smaller at a higher level."""
    taken, slope = 0.0, 0.0
    for block in range(hours.size):
        above = sign * load_gw[block] - level
        taken += hours[block] * clipped(above, limit_gw)
        slope += hours[block] if 0.0 < above < limit_gw else 0.0
    return taken, slope


@rule
def nearest_level(load_gw: Array, sign: float, level: float, limit_gw: float) -> float:
    """Of the levels that take as much as this one, where blocks are cut by nothing or by the limit, the highest."""
    nearest = math.inf
    for block in range(load_gw.size):
        if sign * load_gw[block] > level:
            nearest = min(nearest, sign * load_gw[block] - limit_gw)
    return nearest


@rule
def level_for(load_gw: Array, hours: Array, sign: float, limit_gw: float, energy_gwh: float) -> float:
    """Level down to which load is cut (sign 1), or up to which it is filled (sign -1), so that the cut takes `energy`.

    sum over blocks of hours x clip(sign x (load - level), 0, limit) = energy. Newton steps inside a bracket: the sum
    is piecewise linear in the level, so that the right piece gives the exact answer. More energy than the limit allows
    gives the level at which the limit binds everywhere; of several levels, the nearest to the load is given. Worked
    value: loads 5 and 3, one hour each, cut by 3: level 2.5.
    """
    low, high, length = math.inf, -math.inf, 0.0
    for block in range(hours.size):
        low = min(low, sign * load_gw[block])
        high = max(high, sign * load_gw[block])
        length += hours[block]
    low -= limit_gw
    if energy_gwh <= 0.0:
        return sign * high
    most = limit_gw * length
    if energy_gwh >= most:
        return sign * low
    level = high - (high - low) * energy_gwh / most
    for _ in range(PASSES):
        taken, slope = cut_above(load_gw, hours, sign, level, limit_gw)
        gap = taken - energy_gwh
        if abs(gap) <= EXACT * energy_gwh + ROUNDING * abs(level) * slope:
            return sign * (level if slope > 0.0 else nearest_level(load_gw, sign, level, limit_gw))
        if gap > 0.0:
            low = level
        else:
            high = level
        level = level + gap / slope if slope > 0.0 else high
        if not low < level < high:
            level = 0.5 * (low + high)
    return sign * level


@rule
def meeting_level(load_gw: Array, hours: Array, limit_gw: float, efficiency: float) -> float:
    """Level at which filling from below meets cutting from above, efficiency x filled = cut: more would undo itself."""
    low, high, level, length = math.inf, -math.inf, 0.0, 0.0
    for block in range(hours.size):
        low = min(low, load_gw[block])
        high = max(high, load_gw[block])
        level += hours[block] * load_gw[block]
        length += hours[block]
    level /= length
    for _ in range(PASSES):
        cut, cut_slope = cut_above(load_gw, hours, 1.0, level, limit_gw)
        filled, fill_slope = cut_above(load_gw, hours, -1.0, -level, limit_gw)
        gap, slope = cut - efficiency * filled, cut_slope + efficiency * fill_slope
        if abs(gap) <= EXACT * cut + ROUNDING * abs(level) * slope:
            break
        if gap > 0.0:
            low = level
        else:
            high = level
        level = level + gap / slope if slope > 0.0 else high
        if not low < level < high:
            level = 0.5 * (low + high)
    return level


@rule
def schedule_hydro(operator: OperatorState, seen: ScheduleView) -> None:
    """Spread each season's water: run-of-river evenly, the rest where the residual load is highest.

    The energy of the season is used to the last drop unless the turbines are too small; what they cannot take is
    spilled.
    """
    capacity = operator.capacity_gw[HYDRO]
    for season in range(SEASONS):
        first = season * BLOCKS_PER_SEASON
        hours = seen.hours[first : first + BLOCKS_PER_SEASON]
        residual = operator.residual_gw[first : first + BLOCKS_PER_SEASON]
        hydro = operator.hydro_gw[first : first + BLOCKS_PER_SEASON]
        energy, length = GWH_PER_TWH * operator.hydro_inflow_twh[season], length_of(hours)
        steady = min(seen.parameters.run_of_river_share * energy / length, capacity)
        limit = capacity - steady
        level = level_for(residual, hours, 1.0, limit, energy - steady * length)
        for block in range(BLOCKS_PER_SEASON):
            hydro[block] = steady + clipped(residual[block] - level, limit)
            residual[block] -= hydro[block]
        operator.hydro_spilled_twh[season] = max(energy - season_energy(hydro, hours), 0.0) / GWH_PER_TWH


@rule
def shift_energy(
    residual: Array,
    hours: Array,
    charge: Array,
    discharge: Array,
    limit_gw: float,
    energy_gwh: float,
    efficiency: float,
) -> None:
    """Charge where the residual load of a season is lowest, discharge where it is highest.

    At most `energy` (GWh) is discharged, never more than pays back: the two levels do not cross. What is charged times
    the efficiency is what is discharged.
    """
    for block in range(hours.size):
        charge[block], discharge[block] = 0.0, 0.0
    energy = min(energy_gwh, limit_gw * length_of(hours) * efficiency / (1.0 + efficiency))
    if energy <= SMALLEST_GWH:
        return
    top = level_for(residual, hours, 1.0, limit_gw, energy)
    bottom = level_for(residual, hours, -1.0, limit_gw, energy / efficiency)
    if bottom > top:
        top = bottom = meeting_level(residual, hours, limit_gw, efficiency)
    for block in range(hours.size):
        discharge[block] = clipped(residual[block] - top, limit_gw)
        charge[block] = clipped(bottom - residual[block], limit_gw)
        residual[block] += charge[block] - discharge[block]


@rule
def schedule_storage(operator: OperatorState, seen: ScheduleView) -> None:
    """Let pumped hydro, then batteries, level the load within the days of each season.

    A season has as many days as its hours make; a day holds the store's hours times the cycles usual in practice.
    """
    own = seen.parameters
    for store in range(NUMBER_OF_STORES):
        capacity = operator.capacity_gw[STORES[store]]
        efficiency = own.pumped_efficiency if store == 0 else own.battery_efficiency
        usual = own.pumped_hours * own.pumped_cycles_per_day
        if store == 1:
            usual = own.battery_hours * own.battery_cycles_per_day
        for season in range(SEASONS):
            first, last = season * BLOCKS_PER_SEASON, (season + 1) * BLOCKS_PER_SEASON
            hours = seen.hours[first:last]
            shift_energy(
                operator.residual_gw[first:last],
                hours,
                operator.charge_gw[store, first:last],
                operator.discharge_gw[store, first:last],
                capacity,
                capacity * usual * length_of(hours) / HOURS_PER_DAY,
                efficiency,
            )


@rule
def chp_power(operator: OperatorState, season: int, length_hours: float, own: OperatorParameters) -> float:
    """Coal power (GW) that must run because heat is drawn from it: heat / ratio x share that cannot be turned down.

    Worked value: 10 PJ in 2190 h are 1.268 GW of heat; at 4.5 GJ/MWh and 0.6 they tie 0.609 GW of power.
    """
    heat_gw = operator.heat_supply_pj[CHP, season] / (length_hours * 0.0036)
    power: float = heat_gw * 3.6 / own.heat_chp_gj_per_mwh * own.heat_chp_must_run_share
    return power


@rule
def spread_gas(operator: OperatorState, first: int, hours: Array, own: OperatorParameters) -> None:
    """Run the gas that is planned for a season where the residual load is highest; what is open comes above that."""
    gas = operator.capacity_gw[GAS]
    residual = operator.residual_gw[first : first + BLOCKS_PER_SEASON]
    for block in range(BLOCKS_PER_SEASON):
        residual[block] += operator.planned_share[1] * gas
    limit = own.thermal_availability * gas
    level = level_for(residual, hours, 1.0, limit, operator.planned_share[1] * gas * length_of(hours))
    for block in range(BLOCKS_PER_SEASON):
        run = clipped(residual[block] - level, limit)
        residual[block] -= run
        share = run / gas if gas > 0.0 else 0.0
        operator.must_run_share[1, first + block] = share
        operator.open_share[1, first + block] = max(own.thermal_availability - share, 0.0)


@rule
def commit_coal(operator: OperatorState, seen: ScheduleView) -> None:
    """Place planned gas, then keep coal units warm for the season's highest residual load and a reserve.

    Committed coal cannot go below its minimum load; heat drawn from CHP ties power as well. Biomass runs as planned.
    """
    own = seen.parameters
    coal = operator.capacity_gw[COAL]
    for season in range(SEASONS):
        first = season * BLOCKS_PER_SEASON
        hours = seen.hours[first : first + BLOCKS_PER_SEASON]
        spread_gas(operator, first, hours, own)
        highest = 0.0
        for block in range(first, first + BLOCKS_PER_SEASON):
            highest = max(highest, operator.residual_gw[block])
        committed = highest * (1.0 + own.spinning_reserve_share) / own.thermal_availability
        least = seen.minimum_load[operator.operator] * min(committed, coal)
        least = max(least, chp_power(operator, season, length_of(hours), own))
        share = min(least / coal, own.thermal_availability) if coal > 0.0 else 0.0
        share = max(share, operator.planned_share[0])
        for block in range(first, first + BLOCKS_PER_SEASON):
            operator.must_run_share[0, block] = share
            operator.open_share[0, block] = max(own.thermal_availability - share, 0.0)
            operator.must_run_share[2, block] = operator.planned_share[2]
            operator.open_share[2, block] = 0.0


@rule
def free_supply(operator: OperatorState, block: int) -> float:
    """Supply that costs nothing to run (GW): nuclear, water, wind, sun, the minimum of thermal plants, discharging."""
    free = operator.nuclear_gw[block] + operator.hydro_gw[block]
    for kind in range(KINDS):
        free += operator.variable_gw[kind, block]
        free += operator.must_run_share[kind, block] * operator.capacity_gw[THERMAL[kind]]
    for store in range(NUMBER_OF_STORES):
        free += operator.discharge_gw[store, block]
    return free


@rule
def usable_thermal(operator: OperatorState, own: OperatorParameters) -> float:
    """What thermal plants could make at most (GW)."""
    able = 0.0
    for kind in range(KINDS):
        able += own.thermal_availability * operator.capacity_gw[THERMAL[kind]]
    return able
