"""A year of government: targets set and assessed, what governments see of the year, their money."""

from typing import Any

import numpy as np

from agents.compiled import process, rule
from agents.draws import uniform
from agents.firm_record import CARRIERS
from agents.government_record import ACCOUNTS, PLAN_YEARS, PlanView, StatisticsView, SupplyView
from simulator import five_year_plans, randomness
from simulator.base_year import BASE_YEAR, POWER
from simulator.columns import PJ_PER_TWH
from simulator.electricity import heat_co2_mt
from simulator.five_year_plans import MID_TERM_YEAR, Allocation, plan_number, year_of_plan
from simulator.governance import END_OF_PLAN, MID_TERM, Accounts, change_of, fill_margins, fill_ranks
from simulator.province_plants import study_levers
from simulator.tables import Array
from simulator.totals import sum_side_by_side
from simulator.world import World

# No plan asks a province for more than this.
MOST_REDUCTION = 0.6
# Years of a plan in which levers are studied.
STUDY_YEARS = (1, 3)


# ------------------------------------------------------------------------------------------------------- targets


def set_targets(world: World) -> None:
    """When a plan begins, divide its targets; without five-year plans the goal moves on by a year every year."""
    if year_of_plan(world.year) == 1:
        divide_targets(world)
    if not world.setting.config.governments.five_year_plans:
        path, rows = world.governance.path, world.government_rows
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
    if world.year == BASE_YEAR + 1:
        state.past[:] = five_year_plans.past_before_first_plan()
        state.path[:] = rows["reported_intensity"]
    else:
        state.past[:] = five_year_plans.achieved(rows["base_intensity"], rows["reported_intensity"]).T
    factor, weight = world.signal("carbon_intensity_target_multiplier"), world.government_views.allocation
    population, past, active = setting.base.population_million, state.past, state.active
    asked = (plan.carbon_reduction, plan.energy_reduction)
    begin_plan(rows, asked, state.gdp_bn, population, past, weight, factor, active)


@process
def begin_plan(
    governments: Array,
    national: tuple[float, float],
    gdp_bn: Array,
    population_million: Array,
    past: Array,
    weight: Allocation,
    factor: Array,
    active: Array,
) -> None:
    """What is reported is the base of a plan: divide its national reductions of each account among provinces.

    gdp_bn, population_million [P]; past [2, P]: reductions in the plan before; factor [P] on what is asked of each.
    Fills targets, and active [2]: 1 for accounts of which something is asked.
    """
    income, intensity, asked = gdp_bn / population_million, np.empty(gdp_bn.size), np.empty(gdp_bn.size)
    for account in range(ACCOUNTS):
        for place in range(gdp_bn.size):
            intensity[place] = governments[place].reported_intensity[account]
        five_year_plans.allocate(national[account], gdp_bn, income, intensity, past[account], weight, asked)
        active[account] = 1.0 if national[account] > 0.0 else 0.0
        for place in range(gdp_bn.size):
            set_target(governments[place], account, min(asked[place] * factor[place], MOST_REDUCTION))


@rule
def set_target(government: Any, account: int, reduction: float) -> None:
    """Ask a province for a reduction of one account over the plan that begins; nobody is behind yet."""
    base = government.reported_intensity[account]
    government.base_intensity[account], government.true_base[account] = base, government.intensity[account]
    government.target_reduction[account] = reduction
    government.target[account] = base * (1.0 - reduction)
    government.behind = 0.0


def assess_mid_term(world: World) -> None:
    """In the third year of a plan: how much of each cut is reported as reached, and who is behind an even path.

    Without five-year plans there is no mid-term. Auditors come at the end only.
    """
    state, rows = world.governance, world.government_rows
    plans = world.setting.config.governments.five_year_plans
    is_due = plans and is_planned(world) and year_of_plan(world.year) == MID_TERM_YEAR
    state.assessments[MID_TERM] = is_due
    if not is_due:
        return
    asked = rows["target_reduction"]
    rows["progress"] = five_year_plans.progress_at(rows["reported_intensity"], rows["base_intensity"], asked)
    behind = five_year_plans.behind_path(rows["progress"], asked, MID_TERM_YEAR)
    rows["behind"] = (behind * state.active).max(axis=1)
    rows["plans_behind"] += rows["behind"] > 0.0


def assess(world: World) -> None:
    """At the end of a plan: who met the target, by reports, or by the truth where auditors came."""
    state = world.governance
    is_due = is_planned(world) and year_of_plan(world.year) == PLAN_YEARS
    state.assessments[END_OF_PLAN] = is_due
    if not is_due:
        return
    chance, tolerance = float(world.signal("audit_probability")), world.setting.parameters["target_tolerance"]
    judge(world.government_rows, state.active, world.seed, randomness.AUDIT, world.year, chance, 1.0 + tolerance)


@rule
def judge(
    governments: Array, active: Array, seed: int, stream: int, year: int, chance: float, tolerance: float
) -> None:
    """Send auditors to provinces by chance, and say of all whether they met the targets of active accounts [2].

    tolerance: intensity over target up to which it counts as met.
    """
    for place in range(governments.size):
        government, met = governments[place], 1
        audited = uniform(seed, stream, year, place, 0) < chance
        for account in range(ACCOUNTS):
            counts = government.intensity[account] if audited else government.reported_intensity[account]
            goal = government.base_intensity[account] * (1.0 - government.target_reduction[account])
            if active[account] > 0.0 and not counts <= goal * tolerance:
                met = 0
        government.audited, government.target_met = 1 if audited else 0, met
        government.plans_met += met
        government.plans_missed += 1 - met


# --------------------------------------------------------------------------------------------------------- views


def is_planned(world: World) -> bool:
    """Governments plan in every year but the base year, which is for accounts; in the frozen run never."""
    return world.year > BASE_YEAR and not world.setting.config.simulation.frozen


def statistics_view(world: World) -> StatisticsView:
    """What of the year that ends could be measured; growth and job losses are noted."""
    state, tables, base = world.governance, world.setting.government_tables, world.setting.base
    take_accounts(
        world.cells[1],
        world.fuel_pj,
        world.electricity,
        world.power.operator_rows,
        world.deliveries.output,
        world.power_output_bn,
        base.emission_factor,
        base.economy.value_added_share,
        state.accounts,
    )
    state.compare_years(tables.wages)
    np.matmul(world.cells[1], tables.rationable, out=state.rationable_share)
    state.rationable_share /= state.co2_mt
    return world.government_views.statistics


@process
def take_accounts(
    co2: Array,
    fuel_pj: Array,
    electricity: Array,
    operators: Array,
    goods_bn: Array,
    power_bn: Array,
    emission_factor: Array,
    value_added_share: Array,
    accounts: Accounts,
) -> None:
    """Fill in the accounts of a year, and how they changed.

    co2 [P, S] in Mt; fuel_pj [P, S, 4]; electricity [P, S] in TWh; goods_bn [P, S]: output, without power_bn [P];
    emission_factor [4] in t per GJ. Energy is that of dual control: fuel outside power, fuel of heat, coal equivalent
    of electricity.
    """
    country_before = sum_side_by_side(accounts.gdp_bn)
    for place in range(accounts.gdp_bn.size):
        operator = operators[place]
        accounts.heat_co2_mt[place] = heat_co2_mt(operator, emission_factor)
        accounts.co2_mt[place] = sum_side_by_side(co2[place]) + accounts.heat_co2_mt[place]
        burnt = sum_side_by_side(fuel_pj[place].ravel()[CARRIERS * (POWER + 1) :])
        heat_pj = operator.heat_coal_pj + operator.heat_gas_pj
        accounts.energy_pj[place] = burnt + heat_pj + PJ_PER_TWH * sum_side_by_side(electricity[place])
        take_output(place, goods_bn, power_bn, accounts)
        gdp_bn = sum_side_by_side(value_added_share[place] * accounts.output_bn[place])
        accounts.change[place] = change_of(gdp_bn, accounts.gdp_bn[place])
        accounts.gdp_bn[place] = gdp_bn
    accounts.change[-1] = change_of(sum_side_by_side(accounts.gdp_bn), country_before)


@rule
def take_output(place: int, goods_bn: Array, power_bn: Array, accounts: Accounts) -> None:
    """Fill in a province's output, power's among it, that of the year before, and by how much it fell."""
    for sector in range(goods_bn.shape[1]):
        before = accounts.output_bn[place, sector]
        output = power_bn[place] if sector == POWER else goods_bn[place, sector]
        accounts.before_bn[place, sector], accounts.output_bn[place, sector] = before, output
        accounts.lost_bn[place, sector] = max(before - output, 0.0)


def plan_view(world: World) -> PlanView:
    """What governments see when they plan the year.

    What levers cost and can do is studied when a plan begins and at mid-term; without plans every year.
    """
    views, state = world.government_views, world.governance
    if not views.plan.five_year_plans or year_of_plan(world.year) in STUDY_YEARS:
        study_levers(world, views.study, state.lever_cost, state.lever_potential)
    return views.plan


def supply_view(world: World) -> SupplyView:
    """What governments see before they approve projects."""
    seen = world.government_views.supply
    fill_margins(world.power.operator_rows, seen.supply_margin)
    return seen


# --------------------------------------------------------------------------------------------------------- money


def settle_budget(world: World) -> None:
    """Money for low-carbon policy against what was spent: a share of GDP, local carbon prices, and carbon markets.

    Where firms sell more allowances than they buy at a given price, markets bring nothing.
    """
    state, markets = world.governance, world.allowances
    share = world.government_views.budget_mcny_per_bn
    settle_budgets(world.government_rows, share, state.gdp_bn, world.cells[1], markets.auction_revenue, state.rank)


@process
def settle_budgets(
    governments: Array, mcny_per_bn: float, gdp_bn: Array, co2: Array, from_markets: Array, rank: Array
) -> None:
    """Note revenue and deficit of every province: so many m CNY per bn CNY of gdp_bn [P], local prices of co2 [P, S] in
    Mt, and what carbon markets bring, from_markets [P] in m CNY; fill its rank by shortfall [P]."""
    for place in range(gdp_bn.size):
        government = governments[place]
        paid = sum_side_by_side(government.carbon_adder[: co2.shape[1]] * co2[place])
        government.revenue = mcny_per_bn * gdp_bn[place] + paid + max(from_markets[place], 0.0)
        spent = government.spending + government.training_cost
        government.deficit = min(max(spent / government.revenue - 1.0, 0.0), 1.0)
    fill_ranks(governments["shortfall"], rank)
