"""A local government: a controller that measures badly, acts late, leaks, and learns (ODD+D: submodel 5).

State     capacity of officials and researchers, reports, targets, instruments, knowledge, money: `government_record`.
Senses    emissions, growth and jobs of its province, national targets and signals, costs of levers, its peers.
Decides   what to report, how hard to try and with what (`government_planning`); what it learns (`government_learning`);
          how far national signals are in force, and which projects pass (here).

Capacity is an expert assumption, not a measurement: what follows from it is an exploration, not a finding.
"""

from typing import Any

from numpy.typing import NDArray

from agents import government_learning, government_planning
from agents.agent import RecordAgent
from agents.compiled import rule
from agents.government_planning import delay_years, enforcement
from agents.government_record import (
    ADDER,
    SECTORS,
    STRINGENCY,
    SUBSIDY,
    GovernmentState,
    LearningView,
    PlanView,
    SignalView,
    StatisticsView,
    SupplyView,
)

Array = NDArray[Any]

# Share of capital cost that nation and province together pay at most, as in the range of the national signal.
MOST_SUBSIDY = 0.5


@rule
def implement_signals(government: GovernmentState, seen: SignalView) -> None:
    """Pass national signals on, late and in part, and add what the province's own levers do.

    A subsidy is money and needs no enforcement, only time. Of two standards the stricter holds.
    """
    own, place = seen.parameters, government.government
    pace = 1.0 / delay_years(seen.channels.delay[place], own.delay_slope_years)
    enforced = enforcement(seen.channels.enforce[place], own.enforcement_floor)
    strict = own.own_stringency_maximum * government.effective[STRINGENCY]
    paid = own.own_subsidy_maximum * government.effective[SUBSIDY]
    price = own.own_adder_maximum * government.effective[ADDER]
    for route in range(seen.stringency.shape[1]):
        target = enforced * seen.stringency[place, route]
        government.passed_stringency[route] += pace * (target - government.passed_stringency[route])
        government.passed_subsidy[route] += pace * (seen.subsidy[place, route] - government.passed_subsidy[route])
        total = government.passed_stringency[route] + strict * seen.high_emission[route]
        government.stringency[route] = min(total, 1.0)
        total = government.passed_subsidy[route] + paid * seen.low_carbon[route]
        government.subsidy[route] = min(total, MOST_SUBSIDY)
    for sector in range(SECTORS):
        floor = enforced * seen.efficiency_floor[place, sector]
        adder = enforced * seen.carbon_adder[place, sector]
        government.passed_floor[sector] += pace * (floor - government.passed_floor[sector])
        government.passed_adder[sector] += pace * (adder - government.passed_adder[sector])
        government.efficiency_floor[sector] = max(government.passed_floor[sector], government.standard)
        government.carbon_adder[sector] = government.passed_adder[sector] + price * seen.priced[sector]


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
    rules = (
        "forecast",
        "set_effort",
        "select_instruments",
        "implement",
        "call_campaign",
        "implement_signals",
        "measure",
        "review_projects",
        "learn",
    )

    def measure(self, seen: StatisticsView) -> None:
        """See `agents.government_planning.measure`."""
        government_planning.measure(self.record, seen)

    def forecast(self, seen: PlanView) -> None:
        """See `agents.government_planning.forecast`."""
        government_planning.forecast(self.record, seen)

    def set_effort(self, seen: PlanView) -> None:
        """See `agents.government_planning.set_effort`."""
        government_planning.set_effort(self.record, seen)

    def select_instruments(self, seen: PlanView) -> None:
        """See `agents.government_planning.select_instruments`."""
        government_planning.select_instruments(self.record, seen)

    def implement(self, seen: PlanView) -> None:
        """See `agents.government_planning.implement`."""
        government_planning.implement(self.record, seen)

    def call_campaign(self, seen: PlanView) -> None:
        """See `agents.government_planning.call_campaign`."""
        government_planning.call_campaign(self.record, seen)

    def implement_signals(self, seen: SignalView) -> None:
        """See `implement_signals`."""
        implement_signals(self.record, seen)

    def review_projects(self, seen: SupplyView) -> None:
        """See `review_projects`."""
        review_projects(self.record, seen)

    def learn(self, seen: LearningView) -> None:
        """See `agents.government_learning.learn`."""
        government_learning.learn(self.record, seen)
