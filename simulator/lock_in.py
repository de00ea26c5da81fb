"""What standing plants still stand for: CO2 to come if they run on, and capital that lies idle. Compiled."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import SLOTS, CostView, able_plant, emission_factor, route_of

Array = NDArray[Any]
# A plant with less than this counts as clean.
LEAST_TCO2_PER_UNIT = 1e-9


class PlantTerms(NamedTuple):
    """What plants cost and how long they last. lifetime_years, capital_cost [K]: m CNY per unit of capacity today;
    equipment [P, K]: factor on it."""

    lifetime_years: Array
    capital_cost: Array
    equipment: Array


@rule
def remaining_years(built: float, lifetime_years: float, year: int) -> float:
    """Years after this one that a plant may still run. Worked value: built 2010, life 30, in 2020 -> 19."""
    return max(built + lifetime_years - year - 1.0, 0.0)


@rule
def idle_share(made: float, usual: float) -> float:
    """How far a plant ran below its normal use. Worked value: made 3 of usual 4: 0.25; 0 if that is nothing."""
    return 1.0 - made / usual if made < usual else 0.0


@rule
def add_lock_in(firm: Any, costs: CostView, terms: PlantTerms, total: Array) -> None:
    """Add to total [2] a firm's committed CO2 in Mt, and its idle capital in m CNY.

    Committed: output of the year times emission factor times remaining years (Davis, Caldeira and Matthews 2010,
    doi:10.1126/science.1188566). Idle: today's capital cost of what emits, times the share of its life that is left,
    times how far it ran below its normal use.
    """
    committed, idle = total[0], total[1]
    for slot in range(SLOTS):
        route, made = route_of(firm, slot), firm.slot_output[slot]
        unit = costs.routes[firm.province, route]
        intensity = emission_factor(firm, unit)
        emits = intensity > LEAST_TCO2_PER_UNIT
        life = terms.lifetime_years[route]
        left = remaining_years(firm.slot_built[slot], life, costs.year[0])
        usual = able_plant(firm, slot, unit.full_output) * unit.utilisation
        unused = idle_share(made, usual) * min(left / life, 1.0)
        cost = terms.capital_cost[route] * terms.equipment[firm.province, route]
        to_come, unpaid = made * intensity * left, unused * cost * firm.slot_capacity[slot]
        committed += to_come if emits else 0.0
        idle += unpaid if emits else 0.0
    total[0], total[1] = committed, idle
