"""What a firm plans in its carbon market: emissions, allowances given, what it can avoid, what it likes to keep.

State     allowances kept, plants and their output of last year, expected growth, expected carbon price (`firm_record`).
Senses    benchmarks and caps of the year, costs and emissions by route.
Decides   the plan from which its demand for allowances at any price follows (ODD+D: submodel 14).
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import EMPTY, SLOTS, CostView, FirmState, UnitCosts, able_plant, emission_factor, route_of

Array = NDArray[Any]

# A firm keeps at most this multiple of the scale of its bank, however much the price is expected to rise.
MOST_BANK = 2.0
USUAL_BANK = 0.5


class AllowanceView(NamedTuple):
    """What a firm knows of its carbon market before the year's production. P provinces, S sectors, K routes.

    costs: costs and emissions of the year; obligation [P, S]: share of emissions for which allowances must be
    surrendered, 0 where there is no market; benchmark [P, K]: allowances per unit made, before the auctioned part is
    taken off; capped [S]: allowances per tonne of the base; lasting [P, S]: 1 where, as announced, the market is the
    same next year and in 7 years, so that what is kept keeps its worth; bank_years: years to the middle of the horizon;
    bank_share: scale of the bank relative to emissions; abatement_maximum: share of emissions that can be avoided
    within a year.
    """

    costs: CostView
    obligation: Array
    benchmark: Array
    capped: Array
    lasting: Array
    bank_years: int
    bank_share: float
    abatement_maximum: float


# ---------------------------------------------------------------------------------------------------- equations


@rule
def avoided_share(price: float, full_price: float) -> float:
    """Part of what can be avoided that pays at a price, with a marginal cost that rises linearly: min(1, P / full).

    price, full_price in CNY per tCO2. Worked value: 50 of 150 gives 1/3.
    """
    return min(price / full_price, 1.0)


@rule
def abatement_cost(price: float, full_price: float) -> float:
    """Cost in CNY per tonne that can be avoided, at most: the area under the marginal cost up to the price.

    min(P, full)^2 / (2 full). Worked value: 50 of 150 gives 8.33.
    """
    paid = min(price, full_price)
    return 0.5 * paid * paid / full_price


@rule
def bank_wish(price: float, value: float, response: float, most: float) -> float:
    """Allowances that a firm likes to keep relative to their scale: clip(1/2 + zeta (v / P - 1), 0, most).

    value: what an allowance kept is worth (`worth_of_keeping`), in CNY per tCO2; response: zeta; most: 2 before
    production. Worked value: v 60, P 50, zeta 2 gives 0.9. Falls in the price.
    """
    return min(max(USUAL_BANK + response * (value / price - 1.0), 0.0), most)


@rule
def worth_of_keeping(near: float, later: float, years: int, rate: float) -> float:
    """Worth today of an allowance kept, in CNY per tCO2: max(near / (1 + h), later / (1 + h)^years).

    It may be sold next year or at the price of the years within the horizon, on average so many years ahead; a bank
    that is held raises the price at the holders' rate (Rubin 1996, doi:10.1006/jeem.1996.0044; over a finite horizon
    Quemin and Trotignon 2021, doi:10.1016/j.jedc.2021.104099). Worked value: 66 and 121 in 3 years at a tenth: 90.91.
    """
    discount = 1.0 / (1.0 + rate)
    for _ in range(years):
        later *= discount
    return max(near * discount, later)


@rule
def allowances_for(firm: FirmState, seen: AllowanceView) -> float:
    """Allowances in Mt by this year's output and by the base, given free or not; the market share is left out."""
    total = seen.capped[firm.sector] * firm.base_co2
    for slot in range(SLOTS):
        total += seen.benchmark[firm.province, route_of(firm, slot)] * firm.slot_output[slot]
    return total


@rule
def planned_output(firm: FirmState, slot: int, unit: UnitCosts, year: int) -> float:
    """Output in units that a firm plans for a plant: last year's, moved by expected growth; normal use of a new one.

    What a closed plant made still stands in its slot, and counts for nothing.
    """
    made = firm.slot_output[slot] * (1.0 + firm.expected_growth)
    usual = able_plant(firm, slot, unit.full_output) * unit.utilisation
    is_new = (made <= 0.0) & (firm.slot_built[slot] >= year - 1)
    planned = usual if is_new else made
    return planned if firm.slot_route[slot] > EMPTY else 0.0


# -------------------------------------------------------------------------------------------------------- rules


@rule
def plan_allowances(firm: FirmState, seen: AllowanceView) -> None:
    """Expected emissions and allowances: as last year, moved by expected growth; plants that are new run as usual.

    An allowance kept is worth what the price of next year or that of the horizon is worth at the firm's hurdle rate;
    where another market takes over, only the former. Who is outside keeps nothing.
    """
    firm.expected_co2, firm.entitlement, firm.wanted_bank, firm.bank_value = 0.0, 0.0, 0.0, 0.0
    firm.abatable, firm.abated, firm.bought = 0.0, 0.0, 0.0
    share = seen.obligation[firm.province, firm.sector] * firm.covered
    if share <= 0.0:
        return
    costs = seen.costs
    emitted, allowed = 0.0, 0.0
    for slot in range(SLOTS):
        route = route_of(firm, slot)
        unit = costs.routes[firm.province, route]
        made = planned_output(firm, slot, unit, costs.year[0])
        emitted += made * emission_factor(firm, unit)
        allowed += made * seen.benchmark[firm.province, route]
    firm.expected_co2 = share * emitted
    firm.entitlement = share * (allowed + seen.capped[firm.sector] * firm.base_co2)
    firm.abatable = seen.abatement_maximum
    firm.wanted_bank = seen.bank_share * firm.expected_co2
    years = seen.bank_years if seen.lasting[firm.province, firm.sector] > 0.0 else 0
    near, later = firm.expected_carbon_price[0], firm.expected_carbon_price[1] if years > 0 else 0.0
    firm.bank_value = worth_of_keeping(near, later, years, firm.hurdle_rate)


# -------------------------------------------------------------------------------------------------- populations


@rule
def plan_all_allowances(firms: Array, seen: AllowanceView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        plan_allowances(firm, seen)
