"""What governments see and go by, made once a run: a year fills some of these arrays and replaces none. What a view
shows of the year alone is filled in before it is handed on (`simulator.governing`)."""

from typing import TYPE_CHECKING

import numpy as np

from agents.government_record import (
    PLAN_YEARS,
    GovernmentLuck,
    LearningView,
    PlanView,
    PlanYear,
    SignalView,
    StatisticsView,
    SupplyView,
)
from simulator import government_measures, randomness
from simulator.base_year import BASE_YEAR
from simulator.columns import MCNY_PER_BN
from simulator.five_year_plans import allocation_of, year_of_plan
from simulator.governance import OFFICIALS, RESEARCHERS, channels_of, no_capacities, note_capacities
from simulator.province_plants import study_of

if TYPE_CHECKING:
    from simulator.world import World


class GovernmentViews:
    """What governments see of the world, and what their measures go by. now: the year; able: see `Capacities`."""

    def __init__(self, world: "World") -> None:
        self.now = PlanYear.grid(1)
        self.able = no_capacities(world.government_rows.size)
        self.channels = channels_of(self.able, world.setting.config.governments.channels)
        streams = randomness.REPORT, randomness.FORECAST, randomness.LEVER_COST
        self.luck = GovernmentLuck(world.seed, world.now[:1], *streams)
        self.statistics = self._statistics(world)
        self.plan = self._plan(world)
        self.learning = self._learning(world)
        self.signals = self._signals(world)
        self.supply = self._supply(world)
        # Money for low-carbon policy, in m CNY per bn CNY of GDP.
        self.budget_mcny_per_bn = world.setting.parameters["low_carbon_budget_share"] * MCNY_PER_BN
        self.allocation = allocation_of(world.setting.parameters)
        self.study = study_of(world)
        self.orders = government_measures.orders_of(world.setting)
        self.retirement = government_measures.retirement_of(world.setting)

    def begin_year(self, world: "World") -> None:
        """Tell governments the year. They learn at the end of one, so their capacity is the same all through it."""
        note_capacities(world.government_rows, self.able)
        now, plan_year, own, signal = self.now, year_of_plan(world.year), world.setting.parameters, world.signal
        now["plan_year"] = plan_year
        now["first_report"], now["first_plan"] = world.year == BASE_YEAR, world.year == BASE_YEAR + 1
        now["years_left"] = PLAN_YEARS + 1 - plan_year if self.plan.five_year_plans else PLAN_YEARS
        framework = float(signal("methodological_framework"))
        now["framework"] = own["framework_capacity_gain"] * framework
        now["activity_sd"] = own["activity_forecast_sd"] * (1.0 - own["framework_forecast_gain"] * framework)
        now["shared_experience"] = own["shared_experience"] + own["casebook_gain"] * float(signal("casebook"))
        frozen = world.setting.config.simulation.frozen
        now["report_noise_sd"] = 0.0 if frozen else own["report_noise_sd"] * (1.0 - float(signal("data_quality")))

    def _statistics(self, world: "World") -> StatisticsView:
        """What of a year could be measured."""
        accounts = world.governance.accounts
        return StatisticsView(
            now=self.now,
            luck=self.luck,
            channels=self.channels,
            co2=accounts.co2_mt,
            energy=accounts.energy_pj,
            gdp=accounts.gdp_bn,
            parameters=world.setting.government,
        )

    def _plan(self, world: "World") -> PlanView:
        """What governments know when they plan."""
        state, choices = world.governance, world.setting.config.governments
        return PlanView(
            now=self.now,
            luck=self.luck,
            channels=self.channels,
            five_year_plans=int(choices.five_year_plans),
            campaigns=int(choices.campaigns),
            active=state.active,
            growth=state.growth,
            job_loss=state.job_loss,
            rank=state.rank,
            red_light=world.signal("red_light"),
            rationable_share=state.rationable_share,
            cost=state.lever_cost,
            potential=state.lever_potential,
            parameters=world.setting.government,
        )

    def _learning(self, world: "World") -> LearningView:
        """Whom governments can learn from, how intensely they train and exchange, and which kinds of learning act."""
        learning = world.setting.config.governments.learning
        research, official = (world.signal(f"training_intensity_{who}") for who in ("researchers", "officials"))
        if not learning.training:
            research = official = np.zeros(official.size)
        return LearningView(
            now=self.now,
            weights=world.setting.government_tables.exchange,
            research=self.able.own[RESEARCHERS],
            official=self.able.own[OFFICIALS],
            precision=self.able.precision,
            train_research=research,
            train_official=official,
            exchange=world.signal("exchange_intensity"),
            exchange_capacity=float(learning.exchange_of_capacity),
            exchange_knowledge=float(learning.exchange_of_knowledge),
            demonstration=float(learning.demonstration),
            decay=float(learning.turnover),
            parameters=world.setting.government,
        )

    def _signals(self, world: "World") -> SignalView:
        """National signals as they reach provinces."""
        tables = world.setting.government_tables
        return SignalView(
            stringency=world.signal("approval_stringency"),
            subsidy=world.signal("capex_subsidy_share"),
            efficiency_floor=world.signal("efficiency_floor_share"),
            carbon_adder=world.signal("carbon_price_adder_cny_per_tco2"),
            high_emission=world.setting.base.routes.high_emission,
            low_carbon=tables.low_carbon,
            priced=tables.priced,
            channels=self.channels,
            parameters=world.setting.government,
        )

    def _supply(self, world: "World") -> SupplyView:
        """What governments see before they approve projects."""
        return SupplyView(
            high_emission=world.setting.base.routes.high_emission,
            firm_power=world.setting.government_tables.firm_power,
            moratorium=world.signal("approval_moratorium"),
            supply_margin=np.zeros(world.government_rows.size),
            parameters=world.setting.government,
        )
