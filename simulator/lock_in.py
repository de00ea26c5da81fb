"""What standing plants still stand for: CO2 to come if they run on, and capital that lies idle. Compiled."""

from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import EMPTY, SLOTS, CostView, emission_factor

Array = NDArray[Any]
# A plant with less than this counts as clean.
LEAST_TCO2_PER_UNIT = 1e-9


@rule
def remaining_years(built: float, lifetime_years: float, year: int) -> float:
    """Years after this one that a plant may still run. Worked value: built 2010, life 30, in 2020 -> 19."""
    return max(built + lifetime_years - year - 1.0, 0.0)


@rule
def add_lock_in(firm: Any, costs: CostView, lifetime_years: Array, capital_cost: Array, total: Array) -> None:
    """Add a firm's committed CO2 in Mt and idle capital in m CNY to total [2].

    Committed: output of the year times emission factor times remaining years (Davis, Caldeira and Matthews 2010,
    doi:10.1126/science.1188566). Idle: today's capital cost of what emits, times the share of its life that is left,
    times how far it ran below its normal use.
    """
    for slot in range(SLOTS):
        route = firm.slot_route[slot]
        if route <= EMPTY:
            continue
        intensity = emission_factor(firm, route, costs)
        left = remaining_years(firm.slot_built[slot], lifetime_years[route], costs.year)
        if intensity <= LEAST_TCO2_PER_UNIT or left <= 0.0:
            continue
        total[0] += firm.slot_output[slot] * intensity * left
        able = firm.slot_capacity[slot] * firm.slot_available[slot] * costs.full_output[route]
        usual = able * costs.utilisation[firm.province, route]
        if usual > 0.0:
            idle = max(1.0 - firm.slot_output[slot] / usual, 0.0) * min(left / lifetime_years[route], 1.0)
            total[1] += idle * capital_cost[route] * firm.slot_capacity[slot]


@rule
def sum_lock_in(firms: Array, costs: CostView, lifetime_years: Array, capital_cost: Array, total: Array) -> None:
    """Fill total [2]: committed CO2 in Mt, idle capital in m CNY, over all firms."""
    total[:] = 0.0
    for firm in firms:
        add_lock_in(firm, costs, lifetime_years, capital_cost, total)


@rule
def sum_spending(firms: Array, sector: int, total: Array) -> None:
    """Fill total [2] in m CNY: what a sector's firms paid to run, less carbon, and what they invested."""
    total[:] = 0.0
    for firm in firms:
        if firm.sector == sector:
            total[0] += firm.operating_cost - firm.carbon_payment
            total[1] += firm.investment
