"""The record of a firm, what firms share, and what a unit costs: the ground on which the rules of a firm stand.

Money is in million CNY of 2020, physical output in Mt or TWh, value output in bn CNY of base-year prices, energy in
PJ and TWh. Hence CNY per t times Mt, CNY per GJ times PJ and CNY per MWh times TWh are all million CNY.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.record import Record, field

SLOTS = 4
# Projects that a firm can have under construction at one time.
QUEUE = 3
HORIZONS = 3
# No plant, or no route. Rules ask for `route > EMPTY`, and places are unsigned: a compiler that knows that an index is
# not negative looks a table up in a third of the time.
EMPTY = -1
# The sector of power and heat, the first one.
POWER = 0
# Who owns a firm.
STATE, PRIVATE = 0, 1
CARRIERS = 4

Array = NDArray[Any]


class FirmState(Record):
    """The record of a firm. What rules use together stands together, so that a pass over all firms reads little."""

    # Who it is, what it runs and builds, what it has chosen: numbers that most rules read, in one line of cache.
    firm: int = field("i4", "-", "row, for ever")
    group: int = field("i4", "-", "group of firms under one owner; groups span provinces")
    sector: int = field("u2", "-", "index of the sector")
    province: int = field("u2", "-", "index of the province")
    family: int = field("i2", "-", "routes of one family make the same product")
    owner: int = field("i2", "-", "0 state, 1 private")
    generation: int = field("i2", "-", "how many firms have held this row before")
    covered: int = field("i2", "0 or 1", "emits enough to be under the carbon price")
    slot_route: Array = field("i2", "-", "route of each plant; -1 is an empty slot", (SLOTS,))
    pending_route: Array = field("i2", "-", "routes under construction; -1 none", (QUEUE,))
    pending_slot: Array = field("i2", "-", "plant that it rebuilds; -1 is new capacity", (QUEUE,))
    pending_year: Array = field("i2", "year", "year in which it starts", (QUEUE,))
    trigger: int = field("i2", "-", "why it looks at a project: 0 nothing, 1 expansion, 2 relining")
    chosen_route: int = field("i2", "-", "route of the project chosen; -1 none")
    replaced_slot: int = field("i2", "-", "plant that the project rebuilds; -1 is new capacity")
    chosen_site: int = field("i4", "-", "row of the firm of its group at which the project is built")
    blocked: int = field("i2", "-", "what stood in the way: 0 nothing, else a cause of the table of constraints")
    leaving: int = field("i2", "0 or 1", "gives up; the row goes to an entrant")
    settling_in: int = field("i2", "-", "province in which the entrant settles")

    # Its plants.
    slot_capacity: Array = field("f8", "units per year (GW)", "capacity of each plant", (SLOTS,))
    slot_available: Array = field("f8", "share", "share of the year in which the capacity exists", (SLOTS,))
    slot_cost: Array = field("f8", "m CNY per unit", "marginal cost of each plant", (SLOTS,))
    slot_output: Array = field("f8", "units", "output of each plant", (SLOTS,))
    slot_built: Array = field("f8", "year", "year of building (capacity-weighted)", (SLOTS,))
    slot_relined: Array = field("f8", "year", "year of the last relining or overhaul", (SLOTS,))

    # Its market.
    price: float = field("f8", "m CNY per unit", "price asked")
    unit_cost: float = field("f8", "m CNY per unit", "cost of a unit at normal utilisation")
    markup: float = field("f8", "share", "mark-up over unit cost")
    market_weight: float = field("f8", "-", "pull on customers in its market, before capacity")
    output: float = field("f8", "units", "what it makes")
    wanted_output: float = field("f8", "units", "what customers want from it")
    saving: float = field("f8", "share", "energy saved per unit of output against the base year")
    abated: float = field("f8", "share", "of its CO2 that it avoids this year, as the price pays")

    # What it expects, what it demands of projects, and how large the one that it has chosen is.
    credibility: float = field("f8", "share", "trust in announced carbon prices")
    expected_carbon_price: Array = field("f8", "CNY/t", "expected in 1, 7 and 15 years", (HORIZONS,))
    expected_growth: float = field("f8", "per year", "expected growth of demand")
    hurdle_rate: float = field("f8", "per year", "real return that a project must earn")
    payback_years: float = field("f8", "years", "longest payback accepted for saving energy")
    chosen_capacity: float = field("f8", "units per year (GW)", "size of the project chosen")

    # Energy and CO2 of the year.
    fuel: Array = field("f8", "PJ", "coal, oil, gas and biomass burnt", (CARRIERS,))
    electricity: float = field("f8", "TWh", "electricity used")
    co2: float = field("f8", "Mt", "direct CO2, energy and process, net of capture")
    co2_process: float = field("f8", "Mt", "process CO2 inside co2")
    captured: float = field("f8", "Mt", "CO2 captured and stored")

    # Money: what it has, earns and spends.
    liquidity: float = field("f8", "m CNY", "cash")
    debt: float = field("f8", "m CNY", "debt")
    revenue: float = field("f8", "m CNY", "sales of the year")
    operating_cost: float = field("f8", "m CNY", "cost of the year, carbon included")
    carbon_payment: float = field("f8", "m CNY", "net payment for carbon inside operating_cost")
    interest: float = field("f8", "m CNY", "interest paid")
    mean_profit: float = field("f8", "share", "five-year mean of operating profit over revenue")
    saving_cost: float = field("f8", "m CNY", "spent on saving energy")

    # What it pays on, how projects are paid, and what campaigns and a shortage of power take.
    repayment: float = field("f8", "m CNY", "debt repaid")
    tax: float = field("f8", "m CNY", "tax of the year")
    dividend: float = field("f8", "m CNY", "paid to owners; negative is fresh equity")
    investment: float = field("f8", "m CNY", "spent on new plant, before subsidy")
    subsidy: float = field("f8", "m CNY", "subsidy received")
    borrowing: float = field("f8", "m CNY", "debt taken up")
    ration: float = field("f8", "share", "share of its capacity closed for want of power")
    ration_target: float = field("f8", "share", "share of last year's orders that a campaign for targets forbids")

    # Allowances.
    expected_co2: float = field("f8", "Mt", "CO2 expected this year, before abatement")
    abatable: float = field("f8", "share", "of its CO2 that it can avoid this year at most")
    entitlement: float = field("f8", "Mt", "allowances by output and base, free or not: expected, then actual")
    wanted_bank: float = field("f8", "Mt", "scale of the allowances that it likes to keep")
    bank_value: float = field("f8", "CNY/t", "what an allowance kept is worth to it today")
    bank: float = field("f8", "Mt", "allowances kept at the end of the year")
    bought: float = field("f8", "Mt", "allowances bought before production; negative is sold")
    bought_late: float = field("f8", "Mt", "allowances bought after production; negative is sold")
    base_co2: float = field("f8", "Mt", "CO2 by which allowances are reckoned that do not follow output")
    abatement_cost: float = field("f8", "m CNY", "cost of what it avoids, inside operating_cost")

    # Certificates, and what it builds.
    certificates_wanted: float = field("f8", "TWh", "green certificates that it wants for the year")
    certificate_limit: float = field("f8", "CNY/MWh", "most that it would pay for one")
    certificate_cost: float = field("f8", "m CNY", "paid for certificates and for missing ones")
    pending_capacity: Array = field("f8", "units per year (GW)", "capacity under construction", (QUEUE,))


class FirmParameters(NamedTuple):
    """Behaviour that all firms share; values, ranges and sources in `simulator/data/parameters.csv`."""

    markup_adjustment: float
    markup_minimum: float
    markup_maximum: float
    demand_expectation_weight: float
    growth_expectation_bound: float
    credibility_gain: float
    price_trend_minimum: float
    price_trend_maximum: float
    efficiency_adjustment_rate: float
    efficiency_cost_slope: float
    efficiency_maximum_growth: float
    payback_reference: float
    volatility_premium: float
    down_payment_share: float
    choice_sharpness: float
    npv_choice_sharpness: float
    imitation_weight: float
    imitation_share_floor: float
    expansion_margin: float
    expansion_maximum_share: float
    genco_project_share: float
    genco_project_maximum: float
    genco_project_minimum_gw: float
    relining_cost_share: float
    retrofit_cost_factor: float
    least_share_financed: float


class UnitCosts(Record):
    """What a unit made by a route in a province takes, emits and costs this year."""

    energy_cost: float = field("f8", "CNY per unit", "fuel and electricity before saving")
    other_cost: float = field("f8", "CNY per unit", "other running cost")
    energy_emissions: float = field("f8", "tCO2 per unit", "CO2 of fuel before saving, net of capture")
    process_emissions: float = field("f8", "tCO2 per unit", "process CO2, net of capture")
    allowance_credit: float = field("f8", "t per unit", "allowances given per unit made")
    full_output: float = field("f8", "units", "made by a unit of capacity at full use")
    utilisation: float = field("f8", "share", "normal use")
    fixed_cost: float = field("f8", "CNY per unit of capacity and year", "cost that does not depend on use")
    energy_use: float = field("f8", "GJ per unit", "fuel and electricity before saving")
    base_energy_value: float = field("f8", "CNY per GJ", "price of energy in the base year")


class SectorCosts(Record):
    """What all units of a sector in a province have in common this year."""

    carbon_price: float = field("f8", "CNY/t", "of the carbon market")
    carbon_adder: float = field("f8", "CNY/t", "local price on top")
    added_cost: float = field("f8", "CNY per unit", "the same for all routes: bears on prices, but not on choices")
    efficiency_floor: float = field("f8", "share", "energy saving demanded")
    maximum_saving: float = field("f8", "share", "most that could be saved in the base year")


class CostView(NamedTuple):
    """What a firm knows of costs this year: routes [P, K], see `UnitCosts`, and sectors [P, S], see `SectorCosts`.

    year [1] is this year, in an array of one, base_year that of the tables. Array and records are the same every
    year and filled anew; a rule that remembers costs must copy them.
    """

    year: Array
    base_year: int
    routes: Any
    sectors: Any
    parameters: FirmParameters


# ---------------------------------------------------------------------------------------------------- equations


@rule
def emissions_per_unit(firm: FirmState, energy_emissions: float, process_emissions: float) -> float:
    """Direct CO2 per unit of output in tCO2 per unit: fuel, less what is saved, and process, net of capture.

    What the firm avoids this year under the carbon market is taken off both.
    """
    return (energy_emissions * (1.0 - firm.saving) + process_emissions) * (1.0 - firm.abated)


@rule
def emission_factor(firm: FirmState, unit: UnitCosts) -> float:
    """Direct CO2 per unit of output in tCO2 per unit of a route that the firm runs."""
    return emissions_per_unit(firm, unit.energy_emissions, unit.process_emissions)


@rule
def carbon_cost(firm: FirmState, unit: UnitCosts, shared: SectorCosts) -> float:
    """Marginal carbon cost in CNY per unit: P (ef - chi a bm) + local adder x ef.

    With output-linked allocation a plant that is better than its benchmark is paid for running.
    """
    intensity = emission_factor(firm, unit)
    market = shared.carbon_price * firm.covered
    return market * (intensity - unit.allowance_credit) + shared.carbon_adder * intensity


@rule
def marginal_cost(firm: FirmState, unit: UnitCosts, shared: SectorCosts) -> float:
    """Cost of one more unit in CNY: energy less savings, other running cost, carbon."""
    return unit.energy_cost * (1.0 - firm.saving) + unit.other_cost + carbon_cost(firm, unit, shared)


@rule
def capacity(firm: FirmState) -> float:
    """Installed capacity over all plants, in units per year (GW for power)."""
    total = 0.0
    for slot in range(SLOTS):
        size = firm.slot_capacity[slot]
        total += size if firm.slot_route[slot] > EMPTY else 0.0
    return total


@rule
def route_of(firm: FirmState, slot: int) -> int:
    """Route of a plant, and the first one for an empty slot, which has no capacity and made nothing this year.

    What is weighted by either need not ask whether there is a plant: a processor cannot foresee the answer, and a wrong
    guess takes longer than a plant.
    """
    return max(firm.slot_route[slot], 0)


@rule
def able_plant(firm: FirmState, slot: int, full_output: float) -> float:
    """Largest output of one plant in units: capacity that exists, at full use; none of an empty slot."""
    able = firm.slot_capacity[slot] * firm.slot_available[slot] * full_output
    return able if firm.slot_route[slot] > EMPTY else 0.0


@rule
def able_plants(firm: FirmState, full_output: Array) -> tuple[float, float, float, float]:
    """Largest output of each plant in units; full_output [K]: made by a unit of capacity."""
    return (
        able_plant(firm, 0, full_output[route_of(firm, 0)]),
        able_plant(firm, 1, full_output[route_of(firm, 1)]),
        able_plant(firm, 2, full_output[route_of(firm, 2)]),
        able_plant(firm, 3, full_output[route_of(firm, 3)]),
    )


@rule
def able_output(firm: FirmState, full_output: Array) -> float:
    """Largest output of the year over all plants, in units.

    Worked value: 2 GW, and 2 GW that exist for half of the year, at 8.76 TWh per GW: 26.28.
    """
    able = 0.0
    for slot in range(SLOTS):
        able += able_plant(firm, slot, full_output[route_of(firm, slot)])
    return able


@rule
def free_place(firm: FirmState) -> int:
    """First free place in the queue of projects, or -1."""
    for place in range(QUEUE):
        if firm.pending_route[place] == EMPTY:
            return place
    return EMPTY


@rule
def may_begin(firm: FirmState) -> bool:
    """Whether the queue of projects has room for another."""
    free = False
    for place in range(QUEUE):
        free |= firm.pending_route[place] == EMPTY
    return free


@rule
def is_being_rebuilt(firm: FirmState, slot: int) -> bool:
    """Whether a project under construction rebuilds this plant."""
    rebuilt = False
    for place in range(QUEUE):
        rebuilt |= (firm.pending_route[place] != EMPTY) & (firm.pending_slot[place] == slot)
    return rebuilt


@rule
def runs(firm: FirmState, route: int) -> bool:
    """Whether the firm has a plant of this route."""
    found = False
    for slot in range(SLOTS):
        found |= firm.slot_route[slot] == route
    return found


@rule
def builds(firm: FirmState, route: int) -> bool:
    """Whether new capacity of this route is under construction."""
    found = False
    for project in range(QUEUE):
        found |= (firm.pending_route[project] == route) & (firm.pending_slot[project] < 0)
    return found


@rule
def has_room(firm: FirmState) -> bool:
    """Whether there is a slot that no project under construction needs, so that a plant of any route fits."""
    rooms = 0
    for slot in range(SLOTS):
        if firm.slot_route[slot] <= EMPTY:
            rooms += 1
    for project in range(QUEUE):
        building = firm.pending_route[project]
        if building != EMPTY and firm.pending_slot[project] < 0 and not runs(firm, building):
            rooms -= 1
    return rooms > 0


@rule
def holds(firm: FirmState, route: int) -> bool:
    """Whether the firm runs or builds a plant of this route, or has room that no project under construction needs."""
    return runs(firm, route) or builds(firm, route) or has_room(firm)
