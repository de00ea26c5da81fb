"""Sums over firms: by province and sector, by province and route. Compiled, in order of rows."""

from typing import Any

from numpy.typing import NDArray

from agents.compiled import process
from agents.firm_record import CARRIERS, EMPTY, SLOTS

Array = NDArray[Any]


@process
def sum_cells(firms: Array, output: Array, co2: Array, process: Array, captured: Array, electricity: Array) -> None:
    """Fill [P, S]: output in units, CO2, process CO2 in it and captured CO2 in Mt, electricity in TWh."""
    output[:] = 0.0
    co2[:] = 0.0
    process[:] = 0.0
    captured[:] = 0.0
    electricity[:] = 0.0
    for firm in firms:
        output[firm.province, firm.sector] += firm.output
        co2[firm.province, firm.sector] += firm.co2
        process[firm.province, firm.sector] += firm.co2_process
        captured[firm.province, firm.sector] += firm.captured
        electricity[firm.province, firm.sector] += firm.electricity


@process
def sum_routes(firms: Array, made: Array) -> None:
    """Fill made [P, K] with output in units."""
    made[:] = 0.0
    for firm in firms:
        for slot in range(SLOTS):
            if firm.slot_route[slot] != EMPTY:
                made[firm.province, firm.slot_route[slot]] += firm.slot_output[slot]


@process
def count_blocked(firms: Array, count: Array) -> None:
    """Fill count [P, S, causes] with the decisions that something stood in the way of."""
    count[:] = 0
    for firm in firms:
        if firm.blocked > 0:
            count[firm.province, firm.sector, firm.blocked - 1] += 1


@process
def sum_fuel(firms: Array, fuel: Array) -> None:
    """Fill fuel [P, S, 4] in PJ."""
    fuel[:] = 0.0
    for firm in firms:
        for carrier in range(CARRIERS):
            fuel[firm.province, firm.sector, carrier] += firm.fuel[carrier]
