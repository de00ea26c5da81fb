"""The model: one step is one year. Agents decide, the world settles markets, then state changes.

`TransitionModel` is a `mesa.Model`; `step` is the schedule of ODD+D, in order. A member of an ensemble is the same
model with another seed.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pandas as pd
from mesa.agent import AgentSet
from numpy.typing import NDArray

from agents import grid_operator
from agents.agent import RecordAgent
from agents.firm import Firm
from agents.grid_operator import GridOperator
from agents.local_government import LocalGovernment
from simulator import (
    accounts,
    adequacy,
    allowances,
    electricity,
    goods,
    governing,
    government_measures,
    green_certificates,
    industry,
    investment,
    learning,
    market,
    power_value,
    projects,
    roofs,
    second_process,
)
from simulator.base_year import TECHNOLOGIES
from simulator.bookkeeping import check_numbers, record_year
from simulator.config import Config, load_config
from simulator.phases import (
    ALL,
    DECISIONS,
    GENERATORS,
    INDUSTRY,
    LOOKING_BACK,
    PLANNING,
    RENEWING,
    SCHEDULING,
    TOGETHER,
    Decision,
    check_names,
)
from simulator.scenario import setting_of
from simulator.world import World
from simulator.yearbook import Yearbook

Rule = Callable[[Any, Any], None]
KINDS: tuple[type[RecordAgent], ...] = (Firm, GridOperator, LocalGovernment)


class TransitionModel(mesa.Model):
    """China's 31 provinces, their firms, grid operators and local governments, from 2020 on.

    config: name of a shipped scenario, path, mapping or `Config`; seed: address of all draws (default: the scenario's);
    agents: subclasses by kind, {Firm: MyFirm}; rules: functions by name, {"firm.set_price": f}; overrides: laid over
    the scenario, {"simulation": {"firms": 2000}}; rng: as seed, for Mesa's tools.
    """

    def __init__(
        self,
        config: str | Path | Mapping[str, Any] | Config = "baseline",
        seed: int | None = None,
        rng: int | None = None,
        agents: Mapping[type[RecordAgent], type[RecordAgent]] | None = None,
        rules: Mapping[str, Rule] | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        scenario = load_config(config, overrides)
        chosen = seed if seed is not None else rng if rng is not None else scenario.simulation.seed
        super().__init__(seed=int(chosen) % 2**32)
        check_names(rules or {}, agents or {})
        self.config = scenario
        self.kinds = {kind: (agents or {}).get(kind, kind) for kind in KINDS}
        self.rules = dict(rules or {})
        second_process.compile_ahead(scenario)
        self.setting = setting_of(scenario)
        self.world = World(self.setting, int(chosen))
        roofs.count_first_roofs(self.world)
        self._rows = {name: self._rows_of(decision) for name, decision in DECISIONS.items()}
        self._loops = self._compiled_loops()
        self.yearbook = Yearbook(self.setting.base, TECHNOLOGIES, self.config.years)
        self._built = False
        self.datacollector = mesa.DataCollector(model_reporters=MODEL_REPORTERS)

    @property
    def year(self) -> int:
        """The year simulated last."""
        return self.world.year

    def step(self) -> None:
        """One year."""
        world = self.world
        if world.year >= self.config.simulation.end:
            raise RuntimeError(f"the run ended in {world.year}, the scenario's last year; make a new model to go on")
        world.begin_year()
        self.govern()
        self.renew_plants()
        world.set_costs()
        self.decide("firm.form_expectations", world.outlook)
        self.trade_allowances()
        self.decide("firm.set_price", world.costs)
        goods.price_goods(world)
        goods.trade_goods(world)
        industry.run_industry(world)
        self.supply_power()
        industry.ration_firms(world)
        self.settle_accounts()
        self.report_year()
        record_year(world, self.yearbook)
        if not self.config.simulation.frozen:
            self.adapt()
            self.invest()
            learning.learn(world)
            self.learn_to_govern()
        self.running = world.year < self.config.simulation.end
        self.datacollector.collect(self)
        if not self.running:
            self.let_go()

    def let_go(self) -> None:
        """End the run. Mesa keeps methods of the model among its own attributes, and thereby the model, with all its
        memory, until Python looks for rubbish, which it does by the number of objects, not by their size."""
        for own in ("step", "_user_step"):
            self.__dict__.pop(own, None)

    def govern(self) -> None:
        """Governments look ahead, decide how hard to try and with what, and put it into force with national signals."""
        world = self.world
        if governing.is_planned(world):
            governing.set_targets(world)
            self.decide_in_turn(PLANNING, governing.plan_view(world))
        self.decide("local_government.implement_signals", world.government_views.signals)

    def report_year(self) -> None:
        """Statistics of the year as provinces report them, and the assessments at mid-term and at the end of a plan."""
        world = self.world
        government_measures.note_forgone(world)
        self.decide("local_government.measure", governing.statistics_view(world))
        governing.assess_mid_term(world)
        governing.assess(world)

    def learn_to_govern(self) -> None:
        """What governments learn from a year, and what it cost them."""
        self.decide("local_government.learn", self.world.government_views.learning)
        governing.settle_budget(self.world)

    def renew_plants(self) -> None:
        """Start up what was built, close what is old; the frozen run rebuilds every plant like for like."""
        world = self.world
        if world.year > self.setting.years[0]:
            ages = world.investing.ages
            if self.config.simulation.frozen:
                investment.rebuild_like_for_like(world.firm_rows, ages)
            else:
                self.decide_in_turn(RENEWING, ages)
                government_measures.retire_backward(world)
        investment.measure_fleet(world)
        government_measures.ration_for_targets(world)

    def trade_allowances(self) -> None:
        """Firms plan, and the carbon markets clear; nothing of it where the price is given."""
        world = self.world
        if world.allowances.clears:
            if world.year == self.setting.years[0]:
                allowances.mark_first_year(world)
            self.decide("firm.plan_allowances", world.allowances.plan)
            allowances.clear(world)

    def trade_certificates(self) -> None:
        """Certificates of the year's renewable power: issued, asked for, traded and retired."""
        world = self.world
        green_certificates.issue(world)
        seen = green_certificates.certificate_view(world)
        self.decide("grid_operator.buy_certificates", seen)
        self.decide("firm.buy_certificates", seen)
        green_certificates.trade(world)

    def supply_power(self) -> None:
        """Heat, water, storage and coal units scheduled by operators; then the market."""
        world = self.world
        industry.measure_loads(world)
        electricity.prepare(world)
        self.decide("grid_operator.choose_heat_supply", world.power.heat_view)
        grid_operator.find_all_residuals(world.power.operator_rows)
        self.decide_in_turn(SCHEDULING, world.power.schedule_view)
        electricity.clear(world)

    def settle_accounts(self) -> None:
        """Energy and CO2 of power, money of all firms, and what fuel was burnt."""
        world = self.world
        industry.add_power(world)
        if world.year == self.setting.years[0]:
            power_value.remember_base_cost(world)
        power_value.value_power(world)
        self.trade_certificates()
        allowances.clear_late(world)
        money, terms, state = world.industry.money, world.plant_terms, world.allowances
        accounts.close_books(world.firm_rows, world.costs, money, state.rules, state.books, terms, world.census)
        allowances.close_year(world)
        goods.remember_fuel(world)
        check_numbers(world)

    def adapt(self) -> None:
        """What follows from the year: saving, customers, tariffs, expectations of prices."""
        world = self.world
        own = self.setting.parameters
        self.decide("firm.save_energy", world.costs)
        market.move_customers(
            world.firm_rows, world.index, world.able, own["customer_loyalty"], own["price_elasticity_within_province"]
        )
        self.decide_in_turn(LOOKING_BACK, world.power.market_view(world))

    def invest(self) -> None:
        """Who leaves, what is approved, tendered, chosen and begun; lines when a plan begins."""
        world = self.world
        self.decide("firm.leave_market", investment.site_view(world))
        projects.renew_leaving(world.firm_rows, self.setting.parameters["initial_liquidity_share"])
        self.decide("local_government.review_projects", governing.supply_view(world))
        self.decide("grid_operator.tender_capacity", adequacy.adequacy_view(world))
        self.decide("grid_operator.connect_roofs", roofs.roof_view(world))
        seen = investment.investment_view(world)
        self.decide("firm.choose_plant", seen)
        self.decide("firm.choose_route", seen)
        self.decide("firm.choose_site", investment.site_view(world))
        investment.begin_projects(world, seen)
        adequacy.award_tenders(world)
        roofs.build_roofs(world)
        investment.expand_builders(world)
        adequacy.plan_lines(world)

    def decide(self, name: str, seen: Any) -> None:
        """Let all agents of a decision take it: the compiled loop, or what replaces it, one agent after the other."""
        if name in self._loops:
            self._loops[name](seen)
            return
        try:
            self._decide_as_replaced(name, seen)
        except Exception as error:
            error.add_note(f"in the decision {name}, {self.world.year}")
            raise

    def _decide_as_replaced(self, name: str, seen: Any) -> None:
        decision, rows = DECISIONS[name], self._rows[name]
        if name in self.rules:
            for record in rows.view(np.recarray):
                self.rules[name](record, seen)
            return
        agents = self._agents_of(decision.kind)
        first = self.world.generators if decision.group == INDUSTRY else 0
        for agent in agents[first : first + rows.size]:
            getattr(agent, name.split(".")[1])(seen)

    def decide_in_turn(self, names: tuple[str, ...], seen: Any) -> None:
        """Decisions of the same agents, one after the other; in one loop where none of them is replaced."""
        if names in self._loops:
            self._loops[names](seen)
            return
        for name in names:
            self.decide(name, seen)

    def _compiled_loops(self) -> dict[str | tuple[str, ...], Callable[[Any], None]]:
        """Loops over the agents of each decision that is not replaced, and of those taken in turn where none is."""
        kept = {
            name
            for name, decision in DECISIONS.items()
            if name not in self.rules and not self._is_overridden(name, decision)
        }
        loops: dict[str | tuple[str, ...], Callable[[Any], None]] = {
            name: partial(DECISIONS[name].everyone, self._rows[name]) for name in kept
        }
        in_turn = {names: everyone for names, everyone in TOGETHER.items() if kept.issuperset(names)}
        return loops | {names: partial(everyone, self._rows[names[0]]) for names, everyone in in_turn.items()}

    def _is_overridden(self, name: str, decision: Decision) -> bool:
        """Whether the model's own kind of agent has another method of the decision's name."""
        method = name.split(".")[1]
        return getattr(self.kinds[decision.kind], method) is not getattr(decision.kind, method)

    def _rows_of(self, decision: Decision) -> NDArray[Any]:
        """The rows of those who take a decision; taken once, because a slice of records costs more than many rules."""
        if decision.group == ALL:
            return self._table(decision.kind)
        return self.world.power_firms if decision.group == GENERATORS else self.world.other_firms

    def _table(self, kind: type[RecordAgent]) -> NDArray[Any]:
        tables = {Firm: self.world.firm_rows, GridOperator: self.world.power.operator_rows}
        return tables.get(kind, self.world.government_rows)

    def table(self, kind: type[RecordAgent]) -> Any:
        """The records of all agents of a kind, as a record array on the memory of the run."""
        tables = {Firm: self.world.firms, GridOperator: self.world.power.operators}
        return tables.get(kind, self.world.governments)

    def tables(self, without: Collection[str] = ()) -> dict[str, pd.DataFrame]:
        """The result tables of the years so far, but for those named."""
        return self.yearbook.frames(without)

    @property
    def agents(self) -> AgentSet:
        """All agents; their objects are built when first asked for."""
        self._build_agents()
        return super().agents

    @property
    def agents_by_type(self) -> dict[type[mesa.Agent], AgentSet]:
        """Agents by their class."""
        self._build_agents()
        return super().agents_by_type

    @property
    def agent_types(self) -> list[type]:
        """Classes of the agents."""
        self._build_agents()
        return super().agent_types

    def _agents_of(self, kind: type[RecordAgent]) -> list[RecordAgent]:
        self._build_agents()
        return self._objects[kind]

    def _build_agents(self) -> None:
        if self._built:
            return
        self._built = True
        self._objects: dict[type[RecordAgent], list[RecordAgent]] = {}
        for kind in KINDS:
            table = self.table(kind)
            self._objects[kind] = [self.kinds[kind](self, table, row) for row in range(table.size)]


def _national(column: str) -> Callable[[TransitionModel], float]:
    def report(model: TransitionModel) -> float:
        return float(model.yearbook.national.rows[column][model.yearbook.written - 1, 0])

    return report


MODEL_REPORTERS: dict[str, Any] = {
    "year": "year",
    "co2_mt": _national("co2_mt"),
    "electricity_twh": _national("electricity_twh"),
}
