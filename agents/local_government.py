"""A local government: passes national signals on, late and in part, and lets projects pass or not (ODD+D: submodel 5).

State     capacity of its officials and researchers, and what it has put into force so far.
Senses    the national signals of the year (`SignalView`) and how well its province is supplied (`SupplyView`).
Decides   how much of each signal is in force, and the chance with which each kind of project is approved.

Capacity is an expert assumption, not a measurement: what follows from it is an exploration, not a finding.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.agent import RecordAgent
from agents.compiled import rule
from agents.record import Record, field

SECTORS = 12
ROOM_FOR_ROUTES = 64

Array = NDArray[Any]


class GovernmentState(Record):
    """The record of a local government."""

    government: int = field("i4", "-", "row, which is the province")
    official_capacity: float = field("f8", "share", "ability of officials to act on time, enforce and plan ahead")
    research_capacity: float = field("f8", "share", "ability of researchers to measure, forecast and select")
    stringency: Array = field("f8", "share", "restraint on high-emission projects in force", (ROOM_FOR_ROUTES,))
    subsidy: Array = field("f8", "share", "share of capital cost paid", (ROOM_FOR_ROUTES,))
    approval: Array = field("f8", "share", "chance that a project passes", (ROOM_FOR_ROUTES,))
    efficiency_floor: Array = field("f8", "share", "energy saving demanded of firms", (SECTORS,))
    carbon_adder: Array = field("f8", "CNY/t", "local carbon price in force", (SECTORS,))
    spending: float = field("f8", "m CNY", "subsidies paid this year")


class GovernmentParameters(NamedTuple):
    """Behaviour that all local governments share; values, ranges and sources in `simulator/data/parameters.csv`."""

    enforcement_floor: float
    delay_slope_years: float
    ample_supply_approval: float
    reserve_margin: float


class SignalView(NamedTuple):
    """The national signals of the year as they reach a province. P provinces, K routes, S sectors.

    stringency, subsidy [P, K]; efficiency_floor, carbon_adder [P, S].
    """

    stringency: Array
    subsidy: Array
    efficiency_floor: Array
    carbon_adder: Array
    parameters: GovernmentParameters


class SupplyView(NamedTuple):
    """What a government sees before it approves. high_emission, firm_power [K]: 1 where the route is; moratorium
    [P, K]: 1 where nothing passes; supply_margin [P]: firm capacity over peak load, less one."""

    high_emission: Array
    firm_power: Array
    moratorium: Array
    supply_margin: Array
    parameters: GovernmentParameters


@rule
def enforcement(official_capacity: float, floor: float) -> float:
    """Share of a measure that is really enforced: phi0 + (1 - phi0) theta. At 0.45 and 0.4: 0.67."""
    return floor + (1.0 - floor) * official_capacity


@rule
def delay_years(official_capacity: float, slope_years: float) -> float:
    """Mean delay of a measure in years: 1 + 3 (1 - theta) with the default slope. At 0.4: 2.8."""
    return 1.0 + slope_years * (1.0 - official_capacity)


@rule
def implement_signals(government: GovernmentState, seen: SignalView) -> None:
    """Put a part of each national signal into force: late by the delay, weaker by what is not enforced.

    A subsidy is money and needs no enforcement, only time.
    """
    own = seen.parameters
    province = government.government
    pace = 1.0 / delay_years(government.official_capacity, own.delay_slope_years)
    enforced = enforcement(government.official_capacity, own.enforcement_floor)
    for route in range(seen.stringency.shape[1]):
        target = enforced * seen.stringency[province, route]
        government.stringency[route] += pace * (target - government.stringency[route])
        government.subsidy[route] += pace * (seen.subsidy[province, route] - government.subsidy[route])
    for sector in range(SECTORS):
        floor = enforced * seen.efficiency_floor[province, sector]
        adder = enforced * seen.carbon_adder[province, sector]
        government.efficiency_floor[sector] += pace * (floor - government.efficiency_floor[sector])
        government.carbon_adder[sector] += pace * (adder - government.carbon_adder[sector])


@rule
def review_projects(government: GovernmentState, seen: SupplyView) -> None:
    """Chance that a project passes: less for high-emission routes, and for firm power where supply is ample.

    The second part is the early-warning system for coal power of the National Energy Administration (since 2016).
    """
    own = seen.parameters
    province = government.government
    ample = seen.supply_margin[province] > own.reserve_margin
    for route in range(seen.high_emission.shape[0]):
        chance = 1.0 - seen.high_emission[route] * government.stringency[route]
        if seen.firm_power[route] > 0.0 and ample:
            chance *= own.ample_supply_approval
        if seen.moratorium[province, route] > 0.0:
            chance = 0.0
        government.approval[route] = min(max(chance, 0.0), 1.0)


@rule
def implement_all_signals(governments: Array, seen: SignalView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        implement_signals(government, seen)


@rule
def review_all_projects(governments: Array, seen: SupplyView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        review_projects(government, seen)


class LocalGovernment(RecordAgent):
    """A local government as a Mesa agent: attributes are its record's quantities, methods the rules applied to it."""

    state = GovernmentState
    rules = ("implement_signals", "review_projects")

    def implement_signals(self, seen: SignalView) -> None:
        """See `implement_signals`."""
        implement_signals(self.record, seen)

    def review_projects(self, seen: SupplyView) -> None:
        """See `review_projects`."""
        review_projects(self.record, seen)
