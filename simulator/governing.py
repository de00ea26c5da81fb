"""A year of government: targets set and assessed, what governments see when they plan, their money, what they learn."""

import numpy as np

from agents.compiled import process
from agents.draws import uniform
from agents.firm_record import CARRIERS
from agents.government_record import PLAN_YEARS, GovernmentLuck, LearningView, PlanView, StatisticsView
from simulator import five_year_plans, randomness
from simulator.base_year import BASE_YEAR, POWER
from simulator.columns import MCNY_PER_BN, PJ_PER_TWH
from simulator.electricity import heat_co2_mt
from simulator.five_year_plans import MID_TERM_YEAR, plan_number, year_of_plan
from simulator.governance import rank_of
from simulator.plant_choices import Extent
from simulator.province_plants import lever_costs
from simulator.tables import Array
from simulator.totals import sum_side_by_side
from simulator.world import World

# No plan asks a province for more than this.
MOST_REDUCTION = 0.6
# Years of a plan in which levers are studied.
STUDY_YEARS = (1, 3)


def luck_of(world: World) -> GovernmentLuck:
    """Where this year's plans look their draws up."""
    return GovernmentLuck(world.seed, world.year, randomness.REPORT, randomness.FORECAST, randomness.LEVER_COST)


# ------------------------------------------------------------------------------------------------------- targets


def set_targets(world: World) -> None:
    """When a plan begins, divide its targets; without five-year plans the goal moves on by a year every year."""
    plans = world.setting.config.governments.five_year_plans
    opening = year_of_plan(world.year) == 1
    rows = world.government_rows
    if opening:
        divide_targets(world)
        rows["behind"] = 0.0
    if plans and opening:
        rows["target"] = rows["base_intensity"] * (1.0 - rows["target_reduction"])
    elif not plans:
        path = world.governance.path
        path *= (1.0 - rows["target_reduction"]) ** (1.0 / PLAN_YEARS)
        # The goal is five years ahead of the year before.
        rows["target"] = path * (1.0 - rows["target_reduction"]) ** (1.0 - 1.0 / PLAN_YEARS)


def divide_targets(world: World) -> None:
    """National targets of the plan that begins, by province: income, intensity and past cuts count."""
    setting, rows, state = world.setting, world.government_rows, world.governance
    own = setting.parameters
    plan = five_year_plans.national_plan(
        plan_number(world.year), own["fifteenth_plan_factor"], own["later_plan_factor"]
    )
    weight = five_year_plans.Allocation(
        own["plan_weight_income"], own["plan_weight_intensity"], own["plan_weight_past"]
    )
    if world.year == BASE_YEAR + 1:
        state.past[:] = five_year_plans.past_before_first_plan()[:, None]
        state.path = rows["reported_intensity"].copy()
    else:
        state.past = five_year_plans.achieved(rows["base_intensity"], rows["reported_intensity"])
    rows["base_intensity"], rows["true_base"] = rows["reported_intensity"], rows["intensity"]
    income = state.gdp_bn / setting.base.population_million
    factor = world.signal("carbon_intensity_target_multiplier")
    for account, national in enumerate((plan.carbon_reduction, plan.energy_reduction)):
        intensity, past = rows["base_intensity"][:, account], state.past[:, account]
        asked = five_year_plans.allocate(national, state.gdp_bn, income, intensity, past, weight)
        rows["target_reduction"][:, account] = np.minimum(asked * factor, MOST_REDUCTION)
        state.active[account] = float(national > 0.0)


def assess_mid_term(world: World) -> None:
    """In the third year of a plan: how much of each cut is reported as reached, and who is behind an even path.

    Without five-year plans there is no mid-term. Auditors come at the end only.
    """
    state, rows = world.governance, world.government_rows
    plans = world.setting.config.governments.five_year_plans
    state.mid_term = int(is_planned(world) and plans and year_of_plan(world.year) == MID_TERM_YEAR)
    if not state.mid_term:
        return
    asked = rows["target_reduction"]
    rows["progress"] = five_year_plans.progress_at(rows["reported_intensity"], rows["base_intensity"], asked)
    behind = five_year_plans.behind_path(rows["progress"], asked, MID_TERM_YEAR)
    rows["behind"] = (behind * state.active).max(axis=1)
    rows["plans_behind"] += rows["behind"] > 0.0


def assess(world: World) -> None:
    """At the end of a plan: who met the target, by reports, or by the truth where auditors came."""
    state, rows = world.governance, world.government_rows
    state.assessed = int(is_planned(world) and year_of_plan(world.year) == PLAN_YEARS)
    if not state.assessed:
        return
    chance = float(world.signal("audit_probability"))
    audited = draw_audits(world.seed, randomness.AUDIT, world.year, chance, rows.size)
    counts = np.where(audited[:, None], rows["intensity"], rows["reported_intensity"])
    tolerance = 1.0 + world.setting.parameters["target_tolerance"]
    goal = rows["base_intensity"] * (1.0 - rows["target_reduction"])
    met = np.all((counts <= goal * tolerance) | (state.active[None, :] == 0.0), axis=1)
    rows["audited"], rows["target_met"] = audited, met
    rows["plans_met"] += met
    rows["plans_missed"] += ~met


@process
def draw_audits(seed: int, stream: int, year: int, chance: float, provinces: int) -> Array:
    """Whether auditors come to each province [P]."""
    come = np.zeros(provinces, np.bool_)
    for place in range(provinces):
        come[place] = uniform(seed, stream, year, place, 0) < chance
    return come


# --------------------------------------------------------------------------------------------------------- views


def is_planned(world: World) -> bool:
    """Governments plan in every year but the base year, which is for accounts; in the frozen run never."""
    return world.year > BASE_YEAR and not world.setting.config.simulation.frozen


def statistics_view(world: World) -> StatisticsView:
    """What of the year that ends could be measured; growth and job losses are noted."""
    state, tables, operators = world.governance, world.setting.government_tables, world.power.operator_rows
    state.heat_co2_mt = heat_co2_mt(world)
    co2, energy, gdp, output = take_accounts(
        world.cells[1],
        state.heat_co2_mt,
        world.fuel_pj,
        operators["heat_coal_pj"] + operators["heat_gas_pj"],
        world.electricity,
        world.deliveries.output,
        world.power_output_bn,
        world.setting.base.economy.value_added_share,
    )
    state.co2_mt = co2
    state.close_year(gdp, output, tables.wages, world.year == BASE_YEAR)
    state.rationable_share = world.cells[1] @ tables.rationable / co2
    own, frozen = world.setting.parameters, world.setting.config.simulation.frozen
    return StatisticsView(
        luck=luck_of(world),
        channels=world.channels,
        first=int(world.year == BASE_YEAR),
        co2=state.co2_mt,
        energy=energy,
        gdp=state.gdp_bn,
        report_noise_sd=0.0 if frozen else own["report_noise_sd"] * (1.0 - float(world.signal("data_quality"))),
        parameters=world.setting.government,
    )


@process
def take_accounts(
    co2: Array,
    heat_co2: Array,
    fuel_pj: Array,
    heat_pj: Array,
    electricity: Array,
    goods_bn: Array,
    power_bn: Array,
    value_added_share: Array,
) -> tuple[Array, Array, Array, Array]:
    """CO2 [P] in Mt, energy [P] in PJ, GDP [P] in bn CNY, and output [P, S] in bn CNY, power's among it.

    co2 [P, S] and heat_co2 [P] in Mt; fuel_pj [P, S, 4] and heat_pj [P]; electricity [P, S] in TWh; goods_bn [P, S]:
    output, without power_bn [P]. Energy is that of dual control: fuel outside power, fuel of heat, coal equivalent of
    electricity.
    """
    emitted, energy, gdp, output = (
        np.empty(heat_co2.size),
        np.empty(heat_co2.size),
        np.empty(heat_co2.size),
        goods_bn.copy(),
    )
    for place in range(emitted.size):
        output[place, POWER] = power_bn[place]
        emitted[place] = sum_side_by_side(co2[place]) + heat_co2[place]
        burnt = sum_side_by_side(fuel_pj[place].ravel()[CARRIERS * (POWER + 1) :])
        energy[place] = burnt + heat_pj[place] + PJ_PER_TWH * sum_side_by_side(electricity[place])
        gdp[place] = sum_side_by_side(value_added_share[place] * output[place])
    return emitted, energy, gdp, output


def plan_view(world: World) -> PlanView:
    """What governments see when they plan the year."""
    state, choices, own = world.governance, world.setting.config.governments, world.setting.parameters
    place_in_plan = year_of_plan(world.year)
    study_levers(world)
    framework = float(world.signal("methodological_framework"))
    return PlanView(
        luck=luck_of(world),
        channels=world.channels,
        first=int(world.year == BASE_YEAR + 1),
        plan_year=place_in_plan,
        years_left=PLAN_YEARS + 1 - place_in_plan if choices.five_year_plans else PLAN_YEARS,
        five_year_plans=int(choices.five_year_plans),
        campaigns=int(choices.campaigns),
        active=state.active,
        activity_sd=own["activity_forecast_sd"] * (1.0 - own["framework_forecast_gain"] * framework),
        growth=state.growth,
        national_growth=state.national_growth,
        job_loss=state.job_loss,
        rank=state.rank,
        red_light=world.signal("red_light"),
        rationable_share=state.rationable_share,
        cost=state.lever_cost,
        potential=state.lever_potential,
        parameters=world.setting.government,
    )


def study_levers(world: World) -> None:
    """What levers cost and can do, studied when a plan begins and at mid-term; without plans every year."""
    plans = world.setting.config.governments.five_year_plans
    if not plans or year_of_plan(world.year) in STUDY_YEARS:
        found = lever_costs(world, most_of_levers(world))
        world.governance.lever_cost, world.governance.lever_potential = found


def most_of_levers(world: World) -> Extent:
    """The most of each lever."""
    own = world.setting.parameters
    return Extent(
        standard_rise=own["standard_rise_maximum"],
        subsidy=own["own_subsidy_maximum"],
        retirement=own["retirement_maximum"],
        stringency=own["own_stringency_maximum"],
        facilitation_cost=own["facilitation_cost_share"],
        facilitation_grid=own["facilitation_grid_share"],
        adder=own["own_adder_maximum"],
    )


def learning_view(world: World) -> LearningView:
    """Whom governments can learn from, how intensely they train and exchange, and which kinds of learning act."""
    rows, own, learning = world.government_rows, world.setting.parameters, world.setting.config.governments.learning
    framework, casebook = float(world.signal("methodological_framework")), float(world.signal("casebook"))
    return LearningView(
        plan_ends=int(year_of_plan(world.year) == PLAN_YEARS),
        weights=world.setting.government_tables.exchange,
        research=rows["research_capacity"].copy(),
        official=rows["official_capacity"].copy(),
        precision=1.0 / rows["knowledge_variance"],
        train_research=world.signal("training_intensity_researchers") * float(learning.training),
        train_official=world.signal("training_intensity_officials") * float(learning.training),
        exchange=world.signal("exchange_intensity"),
        exchange_capacity=float(learning.exchange_of_capacity),
        exchange_knowledge=float(learning.exchange_of_knowledge),
        demonstration=float(learning.demonstration),
        decay=float(learning.turnover),
        shared_experience=own["shared_experience"] + own["casebook_gain"] * casebook,
        framework=own["framework_capacity_gain"] * framework,
        parameters=world.setting.government,
    )


# --------------------------------------------------------------------------------------------------------- money


def settle_budget(world: World) -> None:
    """Money for low-carbon policy against what was spent: a share of GDP, local carbon prices, and carbon markets.

    Where firms sell more allowances than they buy at a given price, markets bring nothing.
    """
    state, share = world.governance, world.setting.parameters["low_carbon_budget_share"]
    rank = settle_budgets(
        world.government_rows, share * MCNY_PER_BN, state.gdp_bn, world.cells[1], world.allowances.auction_revenue
    )
    if is_planned(world):
        state.rank = rank


@process
def settle_budgets(governments: Array, mcny_per_bn: float, gdp_bn: Array, co2: Array, from_markets: Array) -> Array:
    """Note revenue and deficit of every province: so many m CNY per bn CNY of gdp_bn [P], local prices of co2 [P, S] in
    Mt, and what carbon markets bring, from_markets [P] in m CNY; tells its rank by shortfall [P]."""
    for place in range(gdp_bn.size):
        government = governments[place]
        paid = sum_side_by_side(government.carbon_adder[: co2.shape[1]] * co2[place])
        government.revenue = mcny_per_bn * gdp_bn[place] + paid + max(from_markets[place], 0.0)
        spent = government.spending + government.training_cost
        government.deficit = min(max(spent / government.revenue - 1.0, 0.0), 1.0)
    return rank_of(governments["shortfall"])
