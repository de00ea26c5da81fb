"""Five-year plans: national targets, and their division among provinces (ODD+D: submodel 5).

A target is a fall of intensity (CO2 or energy per unit of GDP) over the five years of a plan. Plans to 2030 are tables;
later ones ask for as much as the 15th plan, times a stated ambition. No emission path follows from that: output grows
as it will, and a target may be missed. P provinces.
"""

import math
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.government_record import PLAN_YEARS
from simulator.names import load_names
from simulator.tables import Array, fill_array, read_table
from simulator.totals import sum_side_by_side

MID_TERM_YEAR = 3
# The 14th plan began in 2021.
FOURTEENTH, FOURTEENTH_BEGAN = 14, 2021
LAST_ANNOUNCED = 15
# No province counts as further from the mean than this many standard deviations.
MOST_DEVIATIONS = 2.0
PAST_YEARS = (2015, 2019)


class Plan(NamedTuple):
    """National targets of one plan. carbon_reduction, energy_reduction: share by which CO2 and energy per unit of GDP
    fall over its five years (0: not asked); non_fossil_share: of primary energy, in its last year."""

    number: int
    carbon_reduction: float
    energy_reduction: float
    non_fossil_share: float


class Allocation(NamedTuple):
    """How a national target is divided: what a standard deviation of income, intensity and past reduction adds to a
    province's target, as a share of it (`plan_weight_income`, `plan_weight_intensity`, `plan_weight_past`)."""

    income: float
    intensity: float
    past: float


def allocation_of(parameters: Mapping[str, float]) -> Allocation:
    """How national targets are divided."""
    return Allocation(*(parameters[f"plan_weight_{name}"] for name in Allocation._fields))


def plan_number(year: int) -> int:
    """The plan under way: 13 in 2020, 14 from 2021 to 2025."""
    return FOURTEENTH + (year - FOURTEENTH_BEGAN) // PLAN_YEARS


@rule
def year_of_plan(year: int) -> int:
    """1 to 5: 1 in 2021, 5 in 2025."""
    return (year - FOURTEENTH_BEGAN) % PLAN_YEARS + 1


@cache
def _announced() -> dict[int, Plan]:
    """Plans as announced, from `national_targets.csv`."""
    table = read_table("national_targets")
    rows = table[["plan", "indicator", "value"]].to_numpy()
    asked = {(int(plan), str(indicator)): float(value) for plan, indicator, value in rows}
    columns = ("co2_intensity_reduction", "energy_intensity_reduction", "non_fossil_share")
    return {plan: Plan(plan, *(asked.get((plan, one), 0.0) for one in columns)) for plan, _ in asked}


def national_plan(number: int, fifteenth_factor: float = 1.0, later_factor: float = 1.0) -> Plan:
    """A plan's national targets.

    fifteenth_factor: ratio of the CO2 target of the 15th plan to the announced 17 %; later_factor: the same for each
    plan after it, which otherwise asks for the same fall of CO2 per GDP and the same rise of the non-fossil share as
    the 15th plan as announced. Worked value: the 17th plan at 1.1 asks for 18.7 % and 25 + 2 x 1.1 x 5 = 36 %.
    """
    announced = _announced()
    if number < LAST_ANNOUNCED:
        return announced[number]
    last = announced[LAST_ANNOUNCED]
    if number == LAST_ANNOUNCED:
        return last._replace(carbon_reduction=last.carbon_reduction * fifteenth_factor)
    rise = last.non_fossil_share - announced[LAST_ANNOUNCED - 1].non_fossil_share
    share = last.non_fossil_share + (number - LAST_ANNOUNCED) * rise * later_factor
    return Plan(number, last.carbon_reduction * later_factor, 0.0, min(share, 1.0))


@process
def z_scores(values: Array) -> Array:
    """Deviations from the mean in standard deviations [P], within +-2; zero where all are alike."""
    count, size, scores = values.size, 1.0, np.zeros(values.size)
    away = values - sum_side_by_side(values) / count
    spread = math.sqrt(sum_side_by_side(away * away) / count)
    for value in values:
        size = max(size, abs(value))
    if spread > 1e-12 * size:
        for place in range(count):
            scores[place] = min(max(away[place] / spread, -MOST_DEVIATIONS), MOST_DEVIATIONS)
    return scores


@process
def allocate(
    national: float, gdp: Array, income: Array, intensity: Array, past: Array, weight: Allocation, asked: Array
) -> None:
    """Fill reductions asked of provinces [P]: tau_r = tau_nat (1 + a_inc z_inc + a_int z_int + a_past z_past) / N.

    national: reduction asked of the country; gdp [P]: weights, for which the weighted mean of the result is `national`
    exactly (N); income, intensity, past [P]: GDP per head, intensity and its reduction in the plan before, any unit.
    After the differentiated targets of the 12th and 13th plans. Worked value: two provinces of equal GDP, incomes 1 and
    3, a_inc 0.1, the others alike: 18 % becomes 16.2 and 19.8 %.
    """
    factor = 1.0 + weight.income * z_scores(income) + weight.intensity * z_scores(intensity)
    factor = np.maximum(factor + weight.past * z_scores(past), 0.0)
    mean = sum_side_by_side(gdp * factor) / sum_side_by_side(gdp)
    for place in range(asked.size):
        asked[place] = national * factor[place] / mean if mean > 0.0 else national


def achieved(base_intensity: Array, intensity: Array) -> Array:
    """Share by which intensity fell over a plan [P]; the `past` of the next one."""
    return np.asarray(1.0 - intensity / base_intensity)


def progress_at(intensity: Array, base_intensity: Array, reduction: Array) -> Array:
    """Part of the cut asked for that was reached so far: ln(I / I_0) / ln(1 - reduction); 1 where none is asked for.

    Worked value: 0.9 of a base of 1 where 19 % are asked for: ln 0.9 / ln 0.81 = 0.5.
    """
    asked = np.log(1.0 - reduction)
    return np.divide(np.log(intensity / base_intensity), asked, out=np.ones(asked.shape), where=asked < 0.0)


def behind_path(progress: Array, reduction: Array, plan_year: int) -> Array:
    """Log by which intensity lies above an even path to the target after so many years of a plan; 0 if below it.

    Worked value: progress 0.5 of 19 % after three years: (0.6 - 0.5) x -ln 0.81 = 0.0211.
    """
    return np.maximum((progress - plan_year / PLAN_YEARS) * np.log(1.0 - reduction), 0.0)


@cache
def past_before_first_plan() -> Array:
    """Fall of CO2 per unit of GDP from 2015 to 2019 [P], inventory over nominal GDP.

    Prices rose for all alike, so standard deviations are not moved by them. Tibet, without an inventory in these years,
    counts as the mean.
    """
    table, provinces = read_table("history"), load_names().provinces
    known = table[table["province"].isin(provinces)]

    def of(variable: str, year: int) -> Array:
        rows = known[(known["variable"] == variable) & (known["year"] == year)]
        return fill_array(rows, (("province", provinces),), "value", np.nan)

    before, after = (of("co2_national_basis", year) / of("gdp_nominal", year) for year in PAST_YEARS)
    fall = achieved(before, after)
    return np.asarray(np.where(np.isfinite(fall), fall, np.nanmean(fall)))
