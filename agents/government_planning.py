"""A local government as controller: it measures, looks ahead, tries, with what it thinks is cheap (ODD+D: submodel 5).

An imperfect feedback controller with feed-forward. Able researchers measure without error, forecast without error and
pick the cheap levers; able officials act at once, enforce fully and plan ahead. What is missing of capacity shows as
noise and under-reporting, as wrong outlooks, as one-size-fits-all cuts, as delay, leaks and late reactions.
"""

import math
from typing import Any

from numpy.typing import NDArray

from agents import draws
from agents.compiled import rule
from agents.government_record import (
    ACCOUNTS,
    LEVERS,
    PLAN_YEARS,
    RATIONING,
    STANDARD,
    SUBSIDY,
    GovernmentState,
    PlanView,
    StatisticsView,
)

Array = NDArray[Any]

# From this year of a plan on a campaign may be called; a red light calls it in any year.
CAMPAIGN_FROM = 4
# The most able researchers still weigh costs against each other: sharpness 2 theta / (1.05 - theta) stays finite.
SHARPNESS_BOUND = 1.05
LEAST_GROWTH_GOAL = 0.02


# ---------------------------------------------------------------------------------------------------- equations


@rule
def persistent(before: float, first: int, memory: float, draw: float) -> float:
    """Next value of a standard normal AR(1): rho x + sqrt(1 - rho^2) e; in the first year the draw itself.

    Worked value: 1, memory 0.6, draw 0.5: 0.6 + 0.8 x 0.5 = 1.
    """
    return draw if first == 1 else memory * before + math.sqrt(1.0 - memory * memory) * draw


@rule
def report_factor(capacity: float, noise: float, behind: bool, noise_sd: float, bias: float) -> float:
    """Reported over true emissions: exp(sd (1 - theta) e - b (1 - theta) 1{behind}).

    Worked value: capacity 0.5, noise 1, behind, sd 0.2, b 0.04: exp(0.1 - 0.02) = 1.0833.
    """
    incentive = bias if behind else 0.0
    return math.exp((1.0 - capacity) * (noise_sd * noise - incentive))


@rule
def back_loading(plan_year: int, exponent: float) -> float:
    """How strongly a shortfall is reacted to in year tau of a plan: A = 0.3 + 0.7 (tau / 5)^n. Year 5: 1; 1: 0.328."""
    return 0.3 + 0.7 * math.exp(exponent * math.log(plan_year / PLAN_YEARS))


@rule
def needed_effort(distance: float, years: int, trend: float, full_yield: float) -> float:
    """Effort that just closes a log distance in so many years: (d / H - trend) / yield, within 0 to 1.

    Worked value: 0.2 in 5 years, trend 0.02, yield 0.04: 0.5.
    """
    if full_yield <= 0.0:
        return 1.0 if distance > years * trend else 0.0
    return min(max((distance / years - trend) / full_yield, 0.0), 1.0)


@rule
def projected_shortfall(distance: float, years: int, rate: float) -> float:
    """Intensity over target at the end, less one, if intensity falls at `rate`: exp(d - H rate) - 1.

    Worked value: 0.2, 5 years, 0.03: exp(0.05) - 1 = 0.0513.
    """
    return math.exp(distance - years * rate) - 1.0


@rule
def corrective_effort(behind: float, official_capacity: float, gain: float) -> float:
    """Effort that an unfavourable mid-term assessment adds: gain sqrt(theta) behind; behind in log, above the path.

    Officials have to report how they will catch up; able ones can follow what they report. Worked value: 0.05 behind,
    capacity 0.49, gain 3: 0.105.
    """
    return gain * math.sqrt(official_capacity) * behind


@rule
def choice_sharpness(capacity: float, scale: float) -> float:
    """Weight of cost in the choice of levers: 2 theta / (1.05 - theta). At 0.5: 1.82; at 1: 40."""
    return scale * capacity / (SHARPNESS_BOUND - capacity)


@rule
def growth_gap(growth: float, national: float, ambition: float) -> float:
    """How far growth falls short of the goal, national growth plus an ambition, as a share of the goal, 0 to 1.

    Worked value: 0.04 where the country grows 0.04 and the ambition is 0.01: 0.2.
    """
    goal = max(national + ambition, LEAST_GROWTH_GOAL)
    return min(max((goal - growth) / goal, 0.0), 1.0)


# -------------------------------------------------------------------------------------------------------- rules


@rule
def measure(government: GovernmentState, seen: StatisticsView) -> None:
    """Report the year's emissions and energy: noisy where researchers are few, lower where a target is out of reach."""
    place, luck, now = government.government, seen.luck, seen.now[0]
    draw = draws.normal(luck.seed, luck.report, luck.year[0], place, 0)
    memory = seen.parameters.government_noise_memory
    government.report_noise = persistent(government.report_noise, now.first_report, memory, draw)
    behind = government.shortfall > 0.0
    able = seen.channels.measure[place]
    factor = report_factor(able, government.report_noise, behind, now.report_noise_sd, seen.parameters.report_bias)
    government.intensity[0] = seen.co2[place] / seen.gdp[place]
    government.intensity[1] = seen.energy[place] / seen.gdp[place]
    government.reported_co2 = factor * seen.co2[place]
    for account in range(ACCOUNTS):
        government.reported_intensity[account] = factor * government.intensity[account]


@rule
def forecast(government: GovernmentState, seen: PlanView) -> None:
    """Level and trend of intensity from the reports (Holt 1957), and an outlook that errs with activity.

    What the levers in force were expected to bring is taken out, so that the trend is that without levers; if levers
    leak, the trend looks worse and the plan asks for more. Output that a campaign held down comes back: it counts as
    made.
    """
    place, luck, own, now = government.government, seen.luck, seen.parameters, seen.now[0]
    for account in range(ACCOUNTS):
        reported = math.log(max(government.reported_intensity[account], 1e-12))
        if now.first_plan == 1:
            government.level[account] = reported
            government.trend[account] = own.initial_intensity_trend
            continue
        reported += government.campaign_expected
        surprise = reported - (government.level[account] - government.trend[account] - government.rate_expected)
        government.level[account] = reported - (1.0 - own.intensity_level_weight) * surprise
        government.trend[account] -= own.intensity_trend_weight * surprise
    draw = draws.normal(luck.seed, luck.forecast, luck.year[0], place, 0)
    memory = own.government_noise_memory
    government.forecast_noise = persistent(government.forecast_noise, now.first_plan, memory, draw)
    spread = now.activity_sd * (1.0 - seen.channels.forecast[place])
    government.outlook_error = spread * government.forecast_noise * now.years_left / PLAN_YEARS
    government.yield_expected = 0.0
    for lever in range(LEVERS):
        government.yield_expected += seen.potential[place, lever]


@rule
def set_effort(government: GovernmentState, seen: PlanView) -> None:
    """How hard to try: what the plan needs, or what the shortfall calls for, less what growth, jobs and money object.

    e* = max(sqrt(theta) e_plan, e_react) + e_mid - w_G growth gap - w_J job loss - w_F deficit + w_R (rank - 1/2), and
    effort moves a share of the way. The plan aims a margin below the target, since the last year may turn out badly;
    e_mid follows a mid-term assessment that found the province behind.
    """
    own, place, now = seen.parameters, government.government, seen.now[0]
    planned, government.shortfall = 0.0, -1.0
    for account in range(ACCOUNTS):
        if seen.active[account] == 0.0:
            continue
        distance = government.level[account] - math.log(government.target[account]) + government.outlook_error
        trend, full = government.trend[account], government.yield_expected
        aim = distance + own.target_margin
        planned = max(planned, needed_effort(aim, now.years_left, trend, full))
        short = projected_shortfall(distance, now.years_left, trend + full * government.effort)
        government.shortfall = max(government.shortfall, short)
    urgency = back_loading(now.plan_year, own.reaction_exponent) if seen.five_year_plans == 1 else 1.0
    reaction = own.reaction_gain * own.target_weight * urgency * max(government.shortfall, 0.0)
    able = seen.channels.plan_ahead[place]
    wish = max(math.sqrt(able) * planned, min(reaction, 1.0))
    wish += corrective_effort(government.behind, able, own.mid_term_gain)
    wish -= own.growth_weight * growth_gap(seen.growth[place], seen.growth[-1], own.growth_ambition)
    wish -= own.jobs_weight * seen.job_loss[place] + own.deficit_weight * government.deficit
    wish += own.ranking_weight * (seen.rank[place] - 0.5)
    moved = government.effort + own.effort_adjustment * (wish - government.effort)
    government.effort = min(max(moved, own.effort_minimum), 1.0)
    government.rate_expected = government.yield_expected * government.effort


@rule
def select_instruments(government: GovernmentState, seen: PlanView) -> None:
    """Share the effort among levers: the better researchers know costs, the more goes to the cheap ones.

    Weights exp(-sharpness m / mean |m|) over costs as perceived, m exp(sqrt(V) e); the levers together are to bring
    the share `effort` of what they all could, none more than its most.
    """
    place, luck, own, now = government.government, seen.luck, seen.parameters, seen.now[0]
    mean = 0.0
    for lever in range(LEVERS):
        draw = draws.normal(luck.seed, luck.cost, luck.year[0], place, lever)
        noise = persistent(government.cost_noise[lever], now.first_plan, own.government_noise_memory, draw)
        government.cost_noise[lever] = noise
        spread = math.sqrt(government.knowledge_variance[lever])
        government.wanted[lever] = seen.cost[place, lever] * math.exp(spread * noise)
        mean += abs(seen.cost[place, lever]) / LEVERS
    cheapest = math.inf
    for lever in range(LEVERS):
        cheapest = min(cheapest, government.wanted[lever])
    sharpness = choice_sharpness(seen.channels.select[place], own.selection_sharpness)
    for lever in range(LEVERS):
        dearer = (government.wanted[lever] - cheapest) / mean if mean > 0.0 else 0.0
        government.wanted[lever] = math.exp(-min(sharpness * dearer, 500.0))
    share_effort(government, seen)


@rule
def share_effort(government: GovernmentState, seen: PlanView) -> None:
    """Turn weights into intensities min(1, scale x weight) whose potentials add up to effort x all potential."""
    place = government.government
    scale = fill_levers(government.effort * government.yield_expected, government.wanted, seen.potential[place])
    for lever in range(LEVERS):
        government.wanted[lever] = min(scale * government.wanted[lever], 1.0)


@rule
def fill_levers(wanted_rate: float, weight: Array, potential: Array) -> float:
    """Scale at which sum of potential x min(1, scale x weight) is the wanted rate; each pass fills one lever more.

    Worked value: rate 0.05, weights 1 and 0.5, potentials 0.02 and 0.04: 0.05 / 0.04 = 1.25 fills the first, and
    (0.05 - 0.02) / 0.02 = 1.5 is the scale, which uses three quarters of the second.
    """
    scale = 0.0
    for _ in range(LEVERS + 1):
        full, open_rate = 0.0, 0.0
        for lever in range(LEVERS):
            if scale * weight[lever] >= 1.0:
                full += potential[lever]
            else:
                open_rate += potential[lever] * weight[lever]
        if open_rate <= 0.0:
            break
        scale = max((wanted_rate - full) / open_rate, scale)
    return scale


@rule
def implement(government: GovernmentState, seen: PlanView) -> None:
    """Levers come into force late and are enforced in part; a standard once raised stays.

    A subsidy is money and needs no enforcement, only time.
    """
    own, place = seen.parameters, government.government
    pace = 1.0 / delay_years(seen.channels.delay[place], own.delay_slope_years)
    enforced = enforcement(seen.channels.enforce[place], own.enforcement_floor)
    for lever in range(LEVERS):
        government.implemented[lever] += pace * (government.wanted[lever] - government.implemented[lever])
        share = 1.0 if lever == SUBSIDY else enforced
        government.effective[lever] = share * government.implemented[lever]
    government.standard += own.standard_rise_maximum * government.effective[STANDARD]


@rule
def call_campaign(government: GovernmentState, seen: PlanView) -> None:
    """Ration output where the plan cannot be met otherwise: the shortfall left over the share that can be rationed.

    Only in the last two years of a plan, or when the centre shows a red light; at once, but enforced in part.
    """
    own, place, now = seen.parameters, government.government, seen.now[0]
    late = seen.five_year_plans == 1 and now.plan_year >= CAMPAIGN_FROM
    called = seen.campaigns == 1 and (late or seen.red_light[place] > 0.0)
    government.short_after = -1.0
    for account in range(ACCOUNTS):
        if seen.active[account] > 0.0:
            distance = government.level[account] - math.log(government.target[account]) + government.outlook_error
            rate = government.trend[account] + government.rate_expected
            short = projected_shortfall(distance, now.years_left, rate)
            government.short_after = max(government.short_after, short)
    share = max(government.short_after, 0.0) / max(seen.rationable_share[place], 1e-9)
    government.wanted[RATIONING] = min(share, own.rationing_maximum) if called else 0.0
    government.implemented[RATIONING] = government.wanted[RATIONING]
    government.campaign_expected = -math.log(1.0 - government.wanted[RATIONING] * seen.rationable_share[place])
    enforced = enforcement(seen.channels.enforce[place], own.enforcement_floor)
    government.effective[RATIONING] = enforced * government.implemented[RATIONING]


@rule
def enforcement(official_capacity: float, floor: float) -> float:
    """Share of a measure that is really enforced: phi0 + (1 - phi0) theta. At 0.45 and 0.4: 0.67."""
    return floor + (1.0 - floor) * official_capacity


@rule
def delay_years(official_capacity: float, slope_years: float) -> float:
    """Mean delay of a measure in years: 1 + 3 (1 - theta) with the default slope. At 0.4: 2.8."""
    return 1.0 + slope_years * (1.0 - official_capacity)


# -------------------------------------------------------------------------------------------------- populations


@rule
def measure_everywhere(governments: Array, seen: StatisticsView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        measure(government, seen)


@rule
def forecast_everywhere(governments: Array, seen: PlanView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        forecast(government, seen)


@rule
def set_all_efforts(governments: Array, seen: PlanView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        set_effort(government, seen)


@rule
def select_all_instruments(governments: Array, seen: PlanView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        select_instruments(government, seen)


@rule
def implement_everywhere(governments: Array, seen: PlanView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        implement(government, seen)


@rule
def call_all_campaigns(governments: Array, seen: PlanView) -> None:
    """Every government, one after the other; nothing depends on the order."""
    for government in governments:
        call_campaign(government, seen)


@rule
def plan_everywhere(governments: Array, seen: PlanView) -> None:
    """All five decisions of every government's plan; no government's depend on another's."""
    for government in governments:
        forecast(government, seen)
        set_effort(government, seen)
        select_instruments(government, seen)
        implement(government, seen)
        call_campaign(government, seen)
