"""What standing plants still stand for: CO2 to come if they run on, and capital that lies idle. Compiled."""

from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import EMPTY, SLOTS, CostView, able_plant, emission_factor

Array = NDArray[Any]
# A plant with less than this counts as clean.
LEAST_TCO2_PER_UNIT = 1e-9


@rule
def remaining_years(built: float, lifetime_years: float, year: int) -> float:
    """Years after this one that a plant may still run. Worked value: built 2010, life 30, in 2020 -> 19."""
    return max(built + lifetime_years - year - 1.0, 0.0)


@rule
def plant_lock_in(
    firm: Any, slot: int, left: float, costs: CostView, lifetime_years: Array, capital_cost: Array
) -> tuple[float, float]:
    """Committed CO2 in Mt and idle capital in m CNY of a plant that may run for `left` more years.

    Committed: output of the year times emission factor times remaining years (Davis, Caldeira and Matthews 2010,
    doi:10.1126/science.1188566). Idle: today's capital cost of what emits, times the share of its life that is left,
    times how far it ran below its normal use.
    """
    route = firm.slot_route[slot]
    intensity = emission_factor(firm, route, costs)
    if intensity <= LEAST_TCO2_PER_UNIT:
        return 0.0, 0.0
    usual = able_plant(firm, slot, costs.full_output) * costs.utilisation[firm.province, route]
    idle = 0.0
    if firm.slot_output[slot] < usual:
        idle = (1.0 - firm.slot_output[slot] / usual) * min(left / lifetime_years[route], 1.0)
    return firm.slot_output[slot] * intensity * left, idle * capital_cost[route] * firm.slot_capacity[slot]


@rule
def sum_lock_in(firms: Array, costs: CostView, lifetime_years: Array, capital_cost: Array, total: Array) -> None:
    """Fill total [2]: committed CO2 in Mt, idle capital in m CNY, over all firms."""
    committed, idle = 0.0, 0.0
    for firm in firms:
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route <= EMPTY:
                continue
            left = remaining_years(firm.slot_built[slot], lifetime_years[route], costs.year)
            if left > 0.0:
                emitted, unused = plant_lock_in(firm, slot, left, costs, lifetime_years, capital_cost)
                committed += emitted
                idle += unused
    total[0], total[1] = committed, idle


@rule
def sum_spending(firms: Array, sector: int, total: Array) -> None:
    """Fill total [2] in m CNY: what a sector's firms paid to run, less carbon, and what they invested."""
    total[:] = 0.0
    for firm in firms:
        if firm.sector == sector:
            total[0] += firm.operating_cost - firm.carbon_payment
            total[1] += firm.investment
