"""Governments measure, look ahead, try, choose levers, act and ration: each rule by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import government_planning as rules
from agents.government_record import (
    LEVERS,
    RATIONING,
    STANDARD,
    SUBSIDY,
    Channels,
    GovernmentLuck,
    GovernmentParameters,
    GovernmentState,
    PlanView,
    PlanYear,
    StatisticsView,
)

PLACES = 2
YEAR = np.array([2022])
SHARE = st.floats(0.0, 1.0)


def year_of_plan(**changes):
    """The first year of a plan, with some of its quantities changed."""
    now = PlanYear.grid(1)
    for name, value in {"plan_year": 1, "years_left": 5, **changes}.items():
        now[name] = value
    return now


@pytest.fixture
def own(stepped_model):
    """Round numbers in the place of the parameters."""
    return stepped_model.setting.government._replace(
        enforcement_floor=0.45, delay_slope_years=3.0, report_bias=0.04, government_noise_memory=0.6,
        intensity_level_weight=0.5, intensity_trend_weight=0.2, initial_intensity_trend=0.03, target_margin=0.0,
        effort_adjustment=0.5, effort_minimum=0.05, reaction_gain=6.0, reaction_exponent=2.0, target_weight=1.0,
        growth_weight=0.0, jobs_weight=0.0, deficit_weight=0.0, ranking_weight=0.0, mid_term_gain=3.0,
        selection_sharpness=2.0, rationing_maximum=0.15, standard_rise_maximum=0.01,
    )  # fmt: skip


@pytest.fixture
def plan(own):
    """Year 1 of a plan; researchers and officials of place 0 are able to 0.5, those of place 1 in full."""
    able = np.array([0.5, 1.0])
    zeros = np.zeros(PLACES)
    return PlanView(
        now=year_of_plan(), luck=GovernmentLuck(np.uint64(7), YEAR, 12, 13, 14), channels=Channels(*[able] * 6),
        five_year_plans=1, campaigns=1, active=np.array([1.0, 0.0]), growth=np.zeros(PLACES + 1),
        job_loss=zeros, rank=zeros + 0.5, red_light=zeros, rationable_share=zeros + 0.5,
        cost=np.ones((PLACES, LEVERS)), potential=np.full((PLACES, LEVERS), 0.01), parameters=own,
    )  # fmt: skip


@pytest.fixture
def governments():
    """Two governments whose target is 1 and whose intensity is reported as 1.2."""
    table = GovernmentState.table(PLACES)
    table.government[:] = np.arange(PLACES)
    table.target[:] = 1.0
    table.reported_intensity[:] = 1.2
    table.level[:] = math.log(1.2)
    table.trend[:] = 0.02
    table.yield_expected[:] = 0.06
    return table


# --- measure --------------------------------------------------------------------------------------------------


def test_reports_by_hand():
    assert rules.report_factor(0.5, 1.0, True, 0.2, 0.04) == pytest.approx(math.exp(0.08))
    assert rules.report_factor(0.5, 1.0, False, 0.2, 0.04) == pytest.approx(math.exp(0.1))
    assert rules.report_factor(1.0, 3.0, True, 0.2, 0.04) == 1.0


def test_noise_lasts_and_keeps_its_size():
    assert rules.persistent(1.0, 0, 0.6, 0.5) == pytest.approx(1.0)
    assert rules.persistent(1.0, 1, 0.6, 0.5) == 0.5
    values = [0.0]
    draws = np.random.default_rng(3).standard_normal(4000)
    for draw in draws:
        values.append(rules.persistent(values[-1], 0, 0.6, draw))
    assert np.std(values[100:]) == pytest.approx(1.0, abs=0.08)


def test_able_researchers_report_the_truth_and_others_report_less_when_behind(own, plan, governments):
    now, same = year_of_plan(first_report=1), np.ones(PLACES)
    view = StatisticsView(now, plan.luck, plan.channels, 50.0 * same, 700.0 * same, 40.0 * same, own)
    governments.shortfall[:] = 0.1
    rules.measure_everywhere(governments, view)
    assert governments.intensity[1].tolist() == [1.25, 17.5]
    assert governments.reported_intensity[1].tolist() == [1.25, 17.5]
    assert governments.reported_co2.tolist() == pytest.approx([50.0 * math.exp(-0.02), 50.0])
    assert governments.reported_intensity[0].tolist() == pytest.approx([1.25 * math.exp(-0.02), 17.5 * math.exp(-0.02)])


# --- forecast -------------------------------------------------------------------------------------------------


def test_level_and_trend_follow_what_was_not_expected(plan, governments):
    """Expected ln 1.2 - 0.02 - 0.01; reported 0.04 above that: level half of it, trend a fifth of it less."""
    governments.rate_expected[:] = 0.01
    governments.reported_intensity[:] = 1.2 * math.exp(-0.03 + 0.04)
    rules.forecast(governments[1], plan)
    assert governments[1].level[0] == pytest.approx(math.log(1.2) - 0.03 + 0.02)
    assert governments[1].trend[0] == pytest.approx(0.02 - 0.2 * 0.04)
    assert governments[1].yield_expected == pytest.approx(0.06)


def test_output_held_down_by_a_campaign_is_expected_back(plan, governments):
    governments.campaign_expected[:] = 0.05
    governments.reported_intensity[:] = 1.2 * math.exp(-0.02 - 0.05)
    rules.forecast(governments[1], plan)
    assert governments[1].level[0] == pytest.approx(math.log(1.2) - 0.02)
    assert governments[1].trend[0] == pytest.approx(0.02)


def test_only_able_researchers_look_ahead_without_error(plan, governments):
    rules.forecast_everywhere(governments, plan._replace(now=year_of_plan(activity_sd=0.06)))
    assert governments.outlook_error[0] == pytest.approx(0.03 * governments.forecast_noise[0])
    assert governments.outlook_error[0] != 0.0 == governments.outlook_error[1]


# --- effort ---------------------------------------------------------------------------------------------------


def test_effort_by_hand():
    assert rules.needed_effort(0.2, 5, 0.02, 0.04) == pytest.approx(0.5)
    assert rules.needed_effort(0.2, 5, 0.05, 0.04) == 0.0
    assert (rules.needed_effort(0.2, 5, 0.02, 0.0), rules.needed_effort(0.0, 5, 0.02, 0.0)) == (1.0, 0.0)
    assert rules.projected_shortfall(0.2, 5, 0.03) == pytest.approx(math.exp(0.05) - 1.0)
    assert rules.back_loading(5, 2.0) == pytest.approx(1.0)
    assert rules.back_loading(1, 2.0) == pytest.approx(0.328)
    assert rules.growth_gap(0.04, 0.04, 0.01) == pytest.approx(0.2)
    assert rules.growth_gap(0.06, 0.04, 0.01) == 0.0


def test_able_officials_plan_and_others_plan_in_part(plan, governments):
    """ln 1.2 in 5 years less 0.02 a year over 0.06; half of the way from 0; sqrt(0.5) of it where officials are half
    as able, since in year 1 the reaction to the shortfall is weaker than the plan."""
    rules.set_all_efforts(governments, plan._replace(parameters=plan.parameters._replace(reaction_gain=1.0)))
    needed = (math.log(1.2) / 5 - 0.02) / 0.06
    assert governments.effort.tolist() == pytest.approx([0.5 * math.sqrt(0.5) * needed, 0.5 * needed])
    assert governments.shortfall[1] == pytest.approx(1.2 * math.exp(-0.1) - 1.0)
    assert governments.rate_expected[1] == pytest.approx(0.03 * needed)


def test_reaction_waits_for_the_end_of_a_plan_unless_there_are_no_plans(plan, governments):
    passive = plan._replace(channels=Channels(*[np.zeros(PLACES)] * 6))
    tried = []
    for year, plans in ((1, 1), (5, 1), (1, 0)):
        governments.effort[:] = 0.0
        rules.set_effort(governments[0], passive._replace(now=year_of_plan(plan_year=year), five_year_plans=plans))
        tried.append(float(governments[0].effort))
    assert tried[0] < tried[1] == tried[2]


def test_those_found_behind_at_mid_term_try_harder_the_abler_the_more(plan, governments):
    """0.05 behind and gain 3: 0.15 with full capacity, 0.15 sqrt(0.5) with half; half of the way to it in a year."""
    assert rules.corrective_effort(0.05, 0.49, 3.0) == pytest.approx(0.105)
    assert rules.corrective_effort(0.0, 1.0, 3.0) == 0.0
    now = year_of_plan(plan_year=4, years_left=2)
    view = plan._replace(parameters=plan.parameters._replace(reaction_gain=0.0), now=now)
    governments.level[:] = math.log(1.08)
    rules.set_all_efforts(governments, view)
    on_path = governments.effort.copy()
    governments.effort[:], governments.behind[:] = 0.0, 0.05
    rules.set_all_efforts(governments, view)
    assert (governments.effort - on_path).tolist() == pytest.approx([0.5 * 0.15 * math.sqrt(0.5), 0.5 * 0.15])


def test_growth_jobs_and_money_object_and_those_behind_try_harder(plan, governments):
    own = plan.parameters._replace(growth_weight=0.6, jobs_weight=0.3, deficit_weight=0.2, ranking_weight=0.1)
    view = plan._replace(parameters=own, growth=np.array([0.05, 0.05, 0.04]))
    own = own._replace(growth_ambition=0.01, effort_adjustment=1.0, reaction_gain=0.0)
    view = view._replace(parameters=own, rank=np.array([0.5, 1.0]))
    needed = (math.log(1.2) / 5 - 0.02) / 0.06
    rules.set_effort(governments[1], view)
    assert governments[1].effort == pytest.approx(needed + 0.05)
    governments.deficit[1] = 0.5
    view.growth[1], view.job_loss[1] = 0.04, 0.1
    rules.set_effort(governments[1], view)
    assert governments[1].effort == pytest.approx(needed + 0.05 - 0.6 * 0.2 - 0.3 * 0.1 - 0.2 * 0.5)


def test_energy_counts_only_while_it_is_controlled(plan, governments):
    governments.level[:, 1] = math.log(2.0)
    rules.set_effort(governments[1], plan)
    carbon = float(governments[1].shortfall)
    rules.set_effort(governments[1], plan._replace(active=np.array([1.0, 1.0])))
    assert governments[1].shortfall > carbon


# --- levers ---------------------------------------------------------------------------------------------------


def test_levers_fill_up_by_hand():
    weight, potential = np.ones(LEVERS), np.zeros(LEVERS)
    weight[1], potential[:2] = 0.5, (0.02, 0.04)
    assert rules.fill_levers(0.03, weight, potential) == pytest.approx(0.75)
    assert rules.fill_levers(0.05, weight, potential) == pytest.approx(1.5)
    assert rules.choice_sharpness(0.5, 2.0) == pytest.approx(1.0 / 0.55)
    assert rules.choice_sharpness(1.0, 2.0) == pytest.approx(40.0)


def test_without_any_capacity_all_levers_are_cut_alike(plan, governments):
    governments.effort[:] = 0.4
    plan.cost[:] = np.arange(1.0, LEVERS + 1.0)
    rules.select_instruments(governments[0], plan._replace(channels=Channels(*[np.zeros(PLACES)] * 6)))
    assert governments[0].wanted[:LEVERS].tolist() == pytest.approx([0.4] * LEVERS)


def test_able_researchers_take_the_cheap_levers_first(plan, governments):
    """A third of what all could bring: the two cheapest in full, whatever else they cost."""
    governments.effort[:] = 1.0 / 3.0
    plan.cost[:] = [300.0, 20.0, 500.0, -40.0, 700.0, 900.0]
    rules.select_instruments(governments[1], plan)
    assert governments[1].wanted[[3, 1]].tolist() == pytest.approx([1.0, 1.0], abs=0.01)
    assert governments[1].wanted[[0, 2, 4, 5]].max() < 0.01


@given(SHARE, SHARE, st.lists(st.floats(-500.0, 1500.0), min_size=LEVERS, max_size=LEVERS),
       st.lists(st.floats(0.0, 0.03), min_size=LEVERS, max_size=LEVERS))  # fmt: skip
def test_levers_bring_what_was_decided(able, effort, cost, potential):
    table = GovernmentState.table(1)
    table.effort[0], table.yield_expected[0] = effort, sum(potential)
    table.knowledge_variance[:] = 0.25
    own = GovernmentParameters(*[1.0] * len(GovernmentParameters._fields))._replace(government_noise_memory=0.6)
    one, none = np.array([able]), np.zeros(1)
    luck, numbers = GovernmentLuck(np.uint64(1), YEAR, 12, 13, 14), (np.array([cost]), np.array([potential]), own)
    now, channels = year_of_plan(first_plan=1), Channels(*[one] * 6)
    view = PlanView(now, luck, channels, 1, 1, np.ones(2), np.zeros(2), none, none, none, none, *numbers)
    rules.select_instruments(table[0], view)
    wanted = table.wanted[0, :LEVERS]
    assert ((wanted >= 0.0) & (wanted <= 1.0)).all()
    assert float(wanted @ np.array(potential)) == pytest.approx(effort * sum(potential), abs=1e-9)


def test_levers_come_late_and_in_part_and_standards_stay(plan, governments):
    """Half able: 1 / 2.5 of the way, 0.725 of it enforced; a subsidy in full; a standard rises by 1 % of what is."""
    governments.wanted[:] = 1.0
    rules.implement_everywhere(governments, plan)
    assert governments.implemented[0, STANDARD] == pytest.approx(0.4)
    assert governments.effective[0, STANDARD] == pytest.approx(0.4 * 0.725)
    assert governments.effective[0, SUBSIDY] == pytest.approx(0.4)
    assert governments.effective[1, :LEVERS].tolist() == pytest.approx([1.0] * LEVERS)
    assert governments.standard[1] == pytest.approx(0.01)
    governments.wanted[:] = 0.0
    rules.implement_everywhere(governments, plan)
    assert governments.standard[1] == pytest.approx(0.01)


# --- campaigns ------------------------------------------------------------------------------------------------


def test_a_campaign_closes_what_is_left_with_what_can_be_rationed(plan, governments):
    """1.2 exp(-2 x (0.02 + 0.06)) - 1 = 2.3 % short at the effort decided; half of CO2 can be rationed: 4.5 %."""
    governments.rate_expected[:] = 0.06
    late = plan._replace(now=year_of_plan(plan_year=4, years_left=2))
    rules.call_all_campaigns(governments, late)
    short = 1.2 * math.exp(-0.16) - 1.0
    assert governments.short_after[1] == pytest.approx(short)
    assert governments.wanted[:, RATIONING].tolist() == pytest.approx([2.0 * short] * 2)
    assert governments.effective[:, RATIONING].tolist() == pytest.approx([2.0 * short * 0.725, 2.0 * short])
    assert governments.campaign_expected[1] == pytest.approx(-math.log(1.0 - short))


def test_no_campaign_early_or_without_shortfall_unless_the_light_is_red(plan, governments):
    def rationed(view):
        rules.call_campaign(governments[1], view)
        return float(governments[1].wanted[RATIONING])

    late = plan._replace(now=year_of_plan(plan_year=5, years_left=1))
    assert rationed(plan._replace(now=year_of_plan(plan_year=3, years_left=3))) == 0.0
    assert rationed(late) == 0.15
    assert rationed(late._replace(campaigns=0)) == rationed(late._replace(five_year_plans=0)) == 0.0
    assert rationed(plan._replace(red_light=np.ones(PLACES))) > 0.0
    governments.level[:] = 0.0
    assert rationed(late) == 0.0
