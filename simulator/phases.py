"""The decisions of a year: which agents take each, the compiled loop over all of them, and how one is replaced.

A decision is a rule `rule(record, seen)`. By default a compiled loop applies it to every record of its group. A
function given for it, or a subclass that overrides the method of its name, takes its place: one agent after the other,
in the order of rows, with the same information and the same draws.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents import (
    firm,
    firm_allowances,
    firm_certificates,
    firm_investment,
    firm_location,
    firm_plants,
    government_learning,
    government_planning,
    grid_operator,
    grid_operator_certificates,
    grid_operator_roofs,
    local_government,
)
from agents.agent import RecordAgent
from agents.firm import Firm
from agents.grid_operator import GridOperator
from agents.local_government import LocalGovernment
from simulator.errors import ConfigError
from simulator.names import nearest

ALL, GENERATORS, INDUSTRY = "all", "generators", "industry"


@dataclass(frozen=True)
class Decision:
    """Who decides, the loop over all of them, and over which part of the kind it runs."""

    kind: type[RecordAgent]
    everyone: Callable[..., None]
    group: str = ALL


DECISIONS: Mapping[str, Decision] = {
    "local_government.forecast": Decision(LocalGovernment, government_planning.forecast_everywhere),
    "local_government.set_effort": Decision(LocalGovernment, government_planning.set_all_efforts),
    "local_government.select_instruments": Decision(LocalGovernment, government_planning.select_all_instruments),
    "local_government.implement": Decision(LocalGovernment, government_planning.implement_everywhere),
    "local_government.call_campaign": Decision(LocalGovernment, government_planning.call_all_campaigns),
    "local_government.measure": Decision(LocalGovernment, government_planning.measure_everywhere),
    "local_government.learn": Decision(LocalGovernment, government_learning.learn_everywhere),
    "local_government.implement_signals": Decision(LocalGovernment, local_government.implement_all_signals),
    "local_government.review_projects": Decision(LocalGovernment, local_government.review_all_projects),
    "firm.form_expectations": Decision(Firm, firm.form_all_expectations),
    "firm.plan_allowances": Decision(Firm, firm_allowances.plan_all_allowances),
    "firm.set_price": Decision(Firm, firm.set_all_prices),
    "firm.save_energy": Decision(Firm, firm.save_energy_everywhere),
    "firm.start_up": Decision(Firm, firm_plants.start_up_everywhere),
    "firm.close_plants": Decision(Firm, firm_plants.close_all_plants),
    "firm.choose_plant": Decision(Firm, firm_investment.choose_all_plants, GENERATORS),
    "firm.choose_route": Decision(Firm, firm_investment.choose_all_routes, INDUSTRY),
    "firm.choose_site": Decision(Firm, firm_location.choose_all_sites),
    "firm.leave_market": Decision(Firm, firm_location.review_all_firms),
    "firm.buy_certificates": Decision(Firm, firm_certificates.buy_certificates_everywhere, INDUSTRY),
    "grid_operator.buy_certificates": Decision(GridOperator, grid_operator_certificates.buy_all_certificates),
    "grid_operator.schedule_hydro": Decision(GridOperator, grid_operator.schedule_all_hydro),
    "grid_operator.schedule_storage": Decision(GridOperator, grid_operator.schedule_all_storage),
    "grid_operator.choose_heat_supply": Decision(GridOperator, grid_operator.choose_all_heat_supply),
    "grid_operator.commit_coal": Decision(GridOperator, grid_operator.commit_all_coal),
    "grid_operator.ask_margin": Decision(GridOperator, grid_operator.ask_all_margins),
    "grid_operator.set_tariff": Decision(GridOperator, grid_operator.set_all_tariffs),
    "grid_operator.expect_market": Decision(GridOperator, grid_operator.expect_all_markets),
    "grid_operator.tender_capacity": Decision(GridOperator, grid_operator.tender_all_capacity),
    "grid_operator.connect_roofs": Decision(GridOperator, grid_operator_roofs.connect_all_roofs),
}


# Decisions that the same agents take one after the other, seeing the same, and the one loop that takes all of them.
PLANNING = tuple(
    f"local_government.{name}"
    for name in ("forecast", "set_effort", "select_instruments", "implement", "call_campaign")
)
RENEWING = ("firm.close_plants", "firm.start_up")
SCHEDULING = tuple(f"grid_operator.{name}" for name in ("schedule_hydro", "schedule_storage", "commit_coal"))
LOOKING_BACK = tuple(f"grid_operator.{name}" for name in ("ask_margin", "set_tariff", "expect_market"))
TOGETHER: Mapping[tuple[str, ...], Callable[..., None]] = {
    PLANNING: government_planning.plan_everywhere,
    RENEWING: firm_plants.renew_all_plants,
    SCHEDULING: grid_operator.schedule_everything,
    LOOKING_BACK: grid_operator.look_back_everywhere,
}


def check_names(rules: Mapping[str, object], agents: Mapping[type[RecordAgent], type[RecordAgent]]) -> None:
    """Raise ConfigError for a rule or kind of agent that does not exist; one line each, with what is allowed."""
    errors = [
        f"rules.{name}: unknown decision{nearest(name, DECISIONS)}; allowed: {', '.join(DECISIONS)}"
        for name in rules
        if name not in DECISIONS
    ]
    kinds = {decision.kind for decision in DECISIONS.values()}
    allowed = ", ".join(sorted(kind.__name__ for kind in kinds))
    errors += [
        f"agents.{kind.__name__}: unknown kind of agent; allowed: {allowed}" for kind in agents if kind not in kinds
    ]
    errors += [
        f"agents.{kind.__name__} = {own.__name__}: not a subclass; allowed: a subclass of {kind.__name__}"
        for kind, own in agents.items()
        if kind in kinds and not issubclass(own, kind)
    ]
    if errors:
        raise ConfigError(errors)
