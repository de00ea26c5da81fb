"""What governments see and go by, made once a run: a year fills some of these arrays and replaces none. What a view
shows of the year alone is filled in before it is handed on (`simulator.governing`)."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.compiled import rule
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
from simulator.governance import OFFICIALS, RESEARCHERS, Capacities, channels_of, no_capacities, note_capacities
from simulator.province_plants import study_of
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World


class YearTerms(NamedTuple):
    """What makes a year what it is to governments: signals, which are arrays without axes that are filled anew every
    year, and parameters; five_year_plans: 1 where targets are set for five years, 0 where for a year."""

    framework: Array
    casebook: Array
    data_quality: Array
    five_year_plans: int
    report_noise_sd: float
    activity_forecast_sd: float
    framework_capacity_gain: float
    framework_forecast_gain: float
    shared_experience: float
    casebook_gain: float


def terms_of(world: "World") -> YearTerms:
    """Signals and parameters of a run; in a frozen one, whose years do not differ, nothing of reports is luck."""
    own, config = world.setting.parameters, world.setting.config
    names = "activity_forecast_sd", "framework_capacity_gain", "framework_forecast_gain"
    return YearTerms(
        framework=world.signal("methodological_framework"),
        casebook=world.signal("casebook"),
        data_quality=world.signal("data_quality"),
        five_year_plans=int(config.governments.five_year_plans),
        report_noise_sd=0.0 if config.simulation.frozen else own["report_noise_sd"],
        shared_experience=own["shared_experience"],
        casebook_gain=own["casebook_gain"],
        **{name: own[name] for name in names},
    )


@rule
def tell_governments(governments: Any, when: Array, terms: YearTerms, able: Capacities, now: Any) -> None:
    """Fill in what governments are able to, and the one row of what the year is to them; when [2]: the year first."""
    note_capacities(governments, able)
    year, framework = now[0], terms.framework[()]
    year.plan_year = year_of_plan(when[0])
    year.first_report, year.first_plan = when[0] == BASE_YEAR, when[0] == BASE_YEAR + 1
    year.years_left = PLAN_YEARS + 1 - year.plan_year if terms.five_year_plans else PLAN_YEARS
    year.framework = terms.framework_capacity_gain * framework
    year.activity_sd = terms.activity_forecast_sd * (1.0 - terms.framework_forecast_gain * framework)
    year.shared_experience = terms.shared_experience + terms.casebook_gain * terms.casebook[()]
    year.report_noise_sd = terms.report_noise_sd * (1.0 - terms.data_quality[()])


class GovernmentViews:
    """What governments see of the world, and what their measures go by. now: the year; able: see `Capacities`."""

    def __init__(self, world: "World") -> None:
        self.now = PlanYear.grid(1)
        self.terms = terms_of(world)
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
        tell_governments(world.government_rows, world.now, self.terms, self.able, self.now)

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
