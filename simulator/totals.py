"""Sums over firms, by province and sector or route, and over the hours of power. Compiled, in order of rows."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_record import CARRIERS, SLOTS, route_of
from agents.grid_operator_record import VARIABLE

Array = NDArray[Any]


@rule
def put(values: Array, into: Array) -> None:
    """Put values into an array of the same shape, place by place.

    For `into[:] = values` numba compiles the text of an error as well, which a first run waits a second for.
    """
    for place in np.ndindex(into.shape):
        into[place] = values[place]


@rule
def clear_sums(cells: tuple[Array, ...], made: Array, fuel: Array) -> None:
    """Set the sums of `sum_firms` to zero."""
    for cell in cells:
        cell[:] = 0.0
    made[:] = 0.0
    fuel[:] = 0.0


@rule
def sum_firms(firms: Array, cells: tuple[Array, ...], made: Array, fuel: Array) -> None:
    """Fill, in one pass, cells: output in units, CO2, process CO2 in it and captured CO2 in Mt, electricity in TWh, all
    [P, S]; made [P, K], output by route in units; fuel [P, S, 4] in PJ."""
    clear_sums(cells, made, fuel)
    add_firms(firms, cells, made, fuel)


@rule
def add_firm(firm: Any, cells: tuple[Array, ...], made: Array, fuel: Array) -> None:
    """Add one firm to the sums.

    All is read before anything is added: a compiler cannot know that sums are no part of the firm, and would have what
    the firm has just noted fetched again.
    """
    place, sector = firm.province, firm.sector
    amounts = firm.output, firm.co2, firm.co2_process, firm.captured, firm.electricity
    routes = route_of(firm, 0), route_of(firm, 1), route_of(firm, 2), route_of(firm, 3)
    output = firm.slot_output[0], firm.slot_output[1], firm.slot_output[2], firm.slot_output[3]
    burnt = firm.fuel[0], firm.fuel[1], firm.fuel[2], firm.fuel[3]
    for kind in range(len(cells)):
        cells[kind][place, sector] += amounts[kind]
    for slot in range(SLOTS):
        made[place, routes[slot]] += output[slot]
    for carrier in range(CARRIERS):
        fuel[place, sector, carrier] += burnt[carrier]


@rule
def add_firms(firms: Array, cells: tuple[Array, ...], made: Array, fuel: Array) -> None:
    """Add firms to the sums of `sum_firms`."""
    for firm in firms:
        add_firm(firm, cells, made, fuel)


@rule
def sum_side_by_side(values: Array) -> float:
    """Sum of at most 128 values [N] to the last bit as numpy adds a row: every eighth, then these eight in pairs, and
    what is left over."""
    whole, total = values.size - values.size % 8, 0.0
    if whole > 0:
        a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(0, whole, 8):
            a, b, c, d = a + values[i], b + values[i + 1], c + values[i + 2], d + values[i + 3]
            e, f, g, h = e + values[i + 4], f + values[i + 5], g + values[i + 6], h + values[i + 7]
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(whole, values.size):
        total += values[i]
    return total


@rule
def sum_by_halves(values: Array) -> float:
    """Sum of at most 248 values, of more than 128 in two parts."""
    if values.size <= 128:
        return sum_side_by_side(values)
    half = values.size // 2 // 8 * 8
    return sum_side_by_side(values[:half]) + sum_side_by_side(values[half:])


@process
def total_of(values: Array) -> float:
    """Sum of at most 488 values [N] that stand in one row, to the last bit as numpy adds it: by halves of halves."""
    if values.size <= 128:
        return sum_side_by_side(values)
    half = values.size // 2 // 8 * 8
    return sum_by_halves(values[:half]) + sum_by_halves(values[half:])


@process
def total_of_cells(values: Array) -> float:
    """As `total_of`, of at least 512 and at most 1,952 values: by halves of halves of halves."""
    half = values.size // 2 // 8 * 8
    return _total_by_halves(values[:half]) + _total_by_halves(values[half:])


@process
def _total_by_halves(values: Array) -> float:
    half = values.size // 2 // 8 * 8
    return total_of(values[:half]) + total_of(values[half:])


@rule
def sum_of_sector(values: Array, first: int, last: int) -> float:
    """Sum over the routes of one sector, from `first` to the one before `last`, of values [K], as `by_sector` adds."""
    return values[first] + sum_side_by_side(values[first + 1 : last])


@rule
def sum_by_technology(amount: Array, technology: Array, total: Array) -> None:
    """Fill total [P, T] with the sum of amount [P, K] over the routes of each power technology."""
    total[:] = 0.0
    for province in range(amount.shape[0]):
        for route in range(technology.size):
            if technology[route] >= 0:
                total[province, technology[route]] += amount[province, route]


class PowerYear(NamedTuple):
    """A year of power by province [P]. load_gwh: of users, heat pumps and storage aside; paid_kcny: the same at the
    wholesale price; pumps_twh: used by heat pumps; variable_twh, curtailed_twh: wind and sun that were used and that
    were not; heat_fuel_pj: coal and gas for heat."""

    load_gwh: Array
    paid_kcny: Array
    pumps_twh: Array
    variable_twh: Array
    curtailed_twh: Array
    heat_fuel_pj: Array


@process
def power_year(operators: Array, hours: Array, generation: Array, curtailed: Array) -> PowerYear:
    """Sums over blocks of hours and technologies; generation, curtailed [P, T] in TWh."""
    places = operators.size
    load, paid, pumps, fuel = np.zeros(places), np.zeros(places), np.zeros(places), np.zeros(places)
    used, unused = np.zeros(places), np.zeros(places)
    for place in range(places):
        operator = operators[place]
        for block in range(hours.size):
            energy = operator.load_gw[block] * hours[block]
            load[place] += energy
            paid[place] += energy * operator.price[block]
            pumps[place] += operator.heat_pump_gw[block] * hours[block] / 1000.0
        for technology in VARIABLE:
            used[place] += generation[place, technology]
            unused[place] += curtailed[place, technology]
        fuel[place] = operator.heat_coal_pj + operator.heat_gas_pj
    return PowerYear(load, paid, pumps, used, unused, fuel)
