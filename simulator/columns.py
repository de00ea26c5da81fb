"""Columns of the tables of provinces, sectors and governments, and how a year of them is written.

P provinces, S sectors. A column is what a table holds of one year, [P] or [P, S], and is named as in a run folder.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.government_record import (
    ADDER,
    CARBON,
    LEVERS,
    RATIONING,
    RENEWABLES,
    RETIREMENT,
    STANDARD,
    STRINGENCY,
    SUBSIDY,
)
from simulator.base_year import POWER
from simulator.totals import PowerYear

Array = NDArray[Any]


class ProvinceColumns(NamedTuple):
    """Emissions on three accounts, GDP, capacity and targets of government, rationing, power. Units are in the names;
    without one: capacities and effort from 0 to 1, targets and their cuts as shares."""

    co2_mt: Array
    co2_reported_mt: Array
    co2_process_other_mt: Array
    co2_heat_mt: Array
    co2_electricity_adjusted_mt: Array
    co2_consumption_mt: Array
    gdp_bn_cny: Array
    official_capacity: Array
    research_capacity: Array
    planning_capacity: Array
    policy_effort: Array
    intensity_target: Array
    intensity_achieved: Array
    rationing_share: Array
    rationing_supply_share: Array
    electricity_twh: Array
    net_export_twh: Array
    power_price_cny_per_mwh: Array
    tariff_cny_per_mwh: Array
    curtailment_share: Array
    unserved_twh: Array


class ProvinceAccounts(NamedTuple):
    """Sums of a year by province [P]. Mt of CO2: co2 of firms and heat plants, of which heat; process_other, outside
    the inventory; home, of the electricity used at home; consumption, of what is used at home. TWh: electricity,
    net_export, unserved. gdp: bn CNY; rationed_target, rationed_supply: shares of output forgone; power: its sums."""

    co2: Array
    heat: Array
    process_other: Array
    home: Array
    consumption: Array
    electricity: Array
    net_export: Array
    unserved: Array
    gdp: Array
    rationed_target: Array
    rationed_supply: Array
    power: PowerYear


@rule
def share_of(part: float, whole: float) -> float:
    """part / whole where the whole is positive, else zero."""
    return part / whole if whole > 0.0 else 0.0


@rule
def write_provinces(to: ProvinceColumns, year: ProvinceAccounts, co2: Array, operators: Any, governments: Any) -> None:
    """Write a year of all provinces; co2 [P, S]: of firms, in Mt.

    Targets and cuts of carbon intensity are shares of that of the year before the plan; cuts are true, not as reported.
    """
    for place in range(co2.shape[0]):
        government, power = governments[place], year.power
        to.co2_mt[place] = year.co2[place]
        to.co2_reported_mt[place] = government.reported_co2
        to.co2_process_other_mt[place] = year.process_other[place]
        to.co2_heat_mt[place] = year.heat[place]
        to.co2_electricity_adjusted_mt[place] = year.co2[place] - co2[place, POWER] + year.home[place]
        to.co2_consumption_mt[place] = year.consumption[place]
        to.gdp_bn_cny[place] = year.gdp[place]
        to.official_capacity[place] = government.official_capacity
        to.research_capacity[place] = government.research_capacity
        to.planning_capacity[place] = 0.5 * (government.official_capacity + government.research_capacity)
        to.policy_effort[place] = government.effort
        intensity, before = government.intensity[CARBON], government.true_base[CARBON]
        to.intensity_target[place] = government.target_reduction[CARBON]
        to.intensity_achieved[place] = 1.0 - intensity / (before if before > 0.0 else intensity)
        to.rationing_share[place] = year.rationed_target[place]
        to.rationing_supply_share[place] = year.rationed_supply[place]
        to.electricity_twh[place] = year.electricity[place]
        to.net_export_twh[place] = year.net_export[place]
        to.power_price_cny_per_mwh[place] = share_of(power.paid_kcny[place], power.load_gwh[place])
        to.tariff_cny_per_mwh[place] = operators[place].tariff
        variable_twh = power.curtailed_twh[place] + power.variable_twh[place]
        to.curtailment_share[place] = share_of(power.curtailed_twh[place], variable_twh)
        to.unserved_twh[place] = year.unserved[place]


class SectorColumns(NamedTuple):
    """Output, emissions direct and through electricity, price, firms, and what was forgone, by cell."""

    output: Array
    co2_mt: Array
    co2_process_mt: Array
    co2_electricity_mt: Array
    electricity_twh: Array
    intensity_tco2_per_unit: Array
    price_index: Array
    firms: Array
    rationed_target_bn_cny: Array
    rationed_supply_bn_cny: Array


class SectorAccounts(NamedTuple):
    """A year by cell [P, S]. output in units; co2, of which process: direct, in Mt; price and its level of the base
    year in m CNY per unit; used: electricity in TWh, own use of plants and the network in the place of power; making:
    firms that make something; withheld, shut: output forgone for targets and for want of power in bn CNY. By province
    [P]: used_in_all in TWh; heat, home: CO2 of heat plants and of the electricity used at home in Mt."""

    output: Array
    co2: Array
    process: Array
    price: Array
    base_price: Array
    used: Array
    making: Array
    withheld: Array
    shut: Array
    used_in_all: Array
    heat: Array
    home: Array


@rule
def write_sectors(to: SectorColumns, year: SectorAccounts) -> None:
    """Write a year of all cells. Heat plants count as power; users bear the CO2 of electricity by what they use."""
    for place in range(year.output.shape[0]):
        for sector in range(year.output.shape[1]):
            here = place, sector
            direct = year.co2[here] + (year.heat[place] if sector == POWER else 0.0)
            to.output[here] = year.output[here]
            to.co2_mt[here] = direct
            to.co2_process_mt[here] = year.process[here]
            to.co2_electricity_mt[here] = year.home[place] * (year.used[here] / year.used_in_all[place])
            to.electricity_twh[here] = year.used[here]
            to.intensity_tco2_per_unit[here] = share_of(direct, year.output[here])
            to.price_index[here] = share_of(year.price[here], year.base_price[here])
            to.firms[here] = year.making[here]
            to.rationed_target_bn_cny[here] = year.withheld[here]
            to.rationed_supply_bn_cny[here] = year.shut[here]


class GovernmentColumns(NamedTuple):
    """What governments had in force, each instrument as enforced and as a share of its most; what they knew, spent and
    were told of their targets."""

    research_capacity: Array
    official_capacity: Array
    effort: Array
    standard_share: Array
    subsidy_share: Array
    retirement_share: Array
    stringency_share: Array
    renewables_share: Array
    carbon_price_share: Array
    rationing_share: Array
    knowledge: Array
    revenue_mcny: Array
    spending_mcny: Array
    training_mcny: Array
    mean_stringency: Array
    mid_term_progress_share: Array
    mid_term_behind: Array
    target_met: Array
    target_missed: Array


@rule
def knowledge_of(government: Any) -> float:
    """How precisely a government knows what levers cost: mean of one over the variance."""
    precision = 0.0
    for lever in range(LEVERS):
        precision += 1.0 / government.knowledge_variance[lever]
    return precision / LEVERS


@rule
def write_governments(to: GovernmentColumns, governments: Any, stringency: Array, mid_term: int, assessed: int) -> None:
    """Write a year of all governments.

    stringency [P]: mean over routes; mid_term, assessed: 1 in a year whose end was a plan's mid-term, or its end.
    """
    for place in range(governments.size):
        government = governments[place]
        to.research_capacity[place] = government.research_capacity
        to.official_capacity[place] = government.official_capacity
        to.effort[place] = government.effort
        to.standard_share[place] = government.effective[STANDARD]
        to.subsidy_share[place] = government.effective[SUBSIDY]
        to.retirement_share[place] = government.effective[RETIREMENT]
        to.stringency_share[place] = government.effective[STRINGENCY]
        to.renewables_share[place] = government.effective[RENEWABLES]
        to.carbon_price_share[place] = government.effective[ADDER]
        to.rationing_share[place] = government.effective[RATIONING]
        to.knowledge[place] = knowledge_of(government)
        to.revenue_mcny[place] = government.revenue
        to.spending_mcny[place] = government.spending
        to.training_mcny[place] = government.training_cost
        to.mean_stringency[place] = stringency[place]
        to.mid_term_progress_share[place] = mid_term * government.progress[CARBON]
        to.mid_term_behind[place] = mid_term * (government.behind > 0.0)
        to.target_met[place] = assessed * government.target_met
        to.target_missed[place] = assessed * (1 - government.target_met)
