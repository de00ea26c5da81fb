"""Columns of the tables of the country, provinces, sectors and governments, and how a year of them is written.

P provinces, S sectors. A column is what a table holds of one year, [P] or [P, S], and is named as in a run folder.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
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
from agents.grid_operator_record import BIOMASS, COAL, HYDRO, NUCLEAR, OFFSHORE_WIND, ONSHORE_WIND, SOLAR
from simulator.base_year import POWER
from simulator.footprints import Exchange
from simulator.green_certificates import BANKED, ISSUED, RETIRED
from simulator.totals import PowerYear, power_year, total_of

Array = NDArray[Any]

NON_FOSSIL = (NUCLEAR, HYDRO, ONSHORE_WIND, OFFSHORE_WIND, SOLAR, BIOMASS)
MCNY_PER_BN = 1000.0
MT_PER_GT = 1000.0
# Primary energy of a non-fossil MWh by the coal-equivalent method of Chinese statistics: the net coal rate of 2020.
PJ_PER_TWH = 8.953


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


class YearAccounts(NamedTuple):
    """A year as it is told. By cell [P, S]: cells, the sums over firms: output in units, CO2, process CO2 in it and
    captured CO2 in Mt, electricity at the meter in TWh; price, base_price in m CNY per unit; making: firms that make
    something; value, withheld, shut: output, and what of it was forgone for targets and for want of power, in bn CNY;
    base_output in units and base_process_other: process CO2 outside the inventory's scope in Mt, both of the base
    year; unserved, unserved_exports: orders of goods in bn CNY. By province [P]: co2, heat, consumption: Mt of CO2 of
    firms and heat plants, of the latter, and by consumption; gdp in bn CNY; grossed_up: electricity as statistics
    count it over what is metered; generation_twh, curtailed_twh [P, T], unserved_twh: of power. mid_term,
    assessed: 1 in a year whose end was a plan's mid-term, or its end."""

    cells: tuple[Array, ...]
    price: Array
    base_price: Array
    making: Array
    value: Array
    withheld: Array
    shut: Array
    base_output: Array
    base_process_other: Array
    unserved: Array
    unserved_exports: Array
    co2: Array
    heat: Array
    consumption: Array
    gdp: Array
    grossed_up: Array
    generation_twh: Array
    curtailed_twh: Array
    unserved_twh: Array
    mid_term: int
    assessed: int


@rule
def share_of(part: float, whole: float) -> float:
    """part / whole where the whole is positive, else zero."""
    return part / whole if whole > 0.0 else 0.0


@rule
def write_provinces(
    to: ProvinceColumns, year: YearAccounts, power: PowerYear, flows: Exchange, operators: Any, governments: Any
) -> None:
    """Write what is told of provinces, but for process CO2, electricity and trade in it, which `write_year` adds up.

    Targets and cuts of carbon intensity are shares of that of the year before the plan; cuts are true, not as reported.
    """
    for place in range(governments.size):
        government = governments[place]
        to.co2_mt[place] = year.co2[place]
        to.co2_reported_mt[place] = government.reported_co2
        to.co2_heat_mt[place] = year.heat[place]
        to.co2_electricity_adjusted_mt[place] = year.co2[place] - year.cells[1][place, POWER] + flows.used[place]
        to.co2_consumption_mt[place] = year.consumption[place]
        to.gdp_bn_cny[place] = year.gdp[place]
        to.official_capacity[place] = government.official_capacity
        to.research_capacity[place] = government.research_capacity
        to.planning_capacity[place] = 0.5 * (government.official_capacity + government.research_capacity)
        to.policy_effort[place] = government.effort
        intensity, before = government.intensity[CARBON], government.true_base[CARBON]
        to.intensity_target[place] = government.target_reduction[CARBON]
        to.intensity_achieved[place] = 1.0 - intensity / (before if before > 0.0 else intensity)
        to.power_price_cny_per_mwh[place] = share_of(power.paid_kcny[place], power.load_gwh[place])
        to.tariff_cny_per_mwh[place] = operators[place].tariff
        variable_twh = power.curtailed_twh[place] + power.variable_twh[place]
        to.curtailment_share[place] = share_of(power.curtailed_twh[place], variable_twh)
        to.unserved_twh[place] = year.unserved_twh[place]


@process
def add_up_provinces(to: ProvinceColumns, year: YearAccounts, power: PowerYear, flows: Exchange) -> Array:
    """Write sums by province: electricity as statistics count it, what is sent less what comes in, process CO2, and
    output forgone as a share of what would have been made; process CO2 outside the inventory's scope [P, S] in Mt:
    the ledger of the base year moved with output."""
    places, sectors = year.price.shape
    process_other, forgone = np.zeros((places, sectors)), np.zeros(sectors)
    for place in range(places):
        bought = 0.0
        for sector in range(sectors):
            here = place, sector
            index = share_of(year.cells[0][here], year.base_output[here])
            process_other[here] = year.base_process_other[here] * index
            forgone[sector] = year.withheld[here] + year.shut[here]
        for origin in range(places):
            bought += flows.sent[origin, place]
        metered = total_of(year.cells[4][place])
        to.electricity_twh[place] = metered * year.grossed_up[place] + power.pumps_twh[place]
        to.net_export_twh[place] = total_of(flows.sent[place]) - bought
        to.co2_process_other_mt[place] = total_of(process_other[place])
        possible = total_of(year.value[place]) + total_of(forgone)
        to.rationing_share[place] = total_of(year.withheld[place]) / possible
        to.rationing_supply_share[place] = total_of(year.shut[place]) / possible
    return process_other


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


@process
def write_sectors(to: SectorColumns, year: YearAccounts, flows: Exchange) -> None:
    """Write a year of all cells. Heat plants count as power; users bear the CO2 of electricity by what they use, plants
    and the network, in the place of power, with what they take themselves."""
    output, co2, of_process, _, electricity = year.cells
    for place in range(output.shape[0]):
        used = electricity[place].copy()
        used[POWER] = total_of(electricity[place]) * (year.grossed_up[place] - 1.0)
        used_in_all = total_of(used)
        for sector in range(used.size):
            here = place, sector
            direct = co2[here] + (year.heat[place] if sector == POWER else 0.0)
            to.output[here] = output[here]
            to.co2_mt[here] = direct
            to.co2_process_mt[here] = of_process[here]
            to.co2_electricity_mt[here] = flows.used[place] * (used[sector] / used_in_all)
            to.electricity_twh[here] = used[sector]
            to.intensity_tco2_per_unit[here] = share_of(direct, output[here])
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


@process
def write_governments(to: GovernmentColumns, year: YearAccounts, governments: Any, routes: int) -> None:
    """Write a year of all governments; routes: of which mean stringency is taken."""
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
        to.mean_stringency[place] = total_of(government.stringency[:routes]) / routes
        to.mid_term_progress_share[place] = year.mid_term * government.progress[CARBON]
        to.mid_term_behind[place] = year.mid_term * (government.behind > 0.0)
        to.target_met[place] = year.assessed * government.target_met
        to.target_missed[place] = year.assessed * (1 - government.target_met)


class NationalColumns(NamedTuple):
    """The country: sums and shares. Units are in the names."""

    co2_mt: float
    co2_process_other_mt: float
    co2_heat_mt: float
    captured_mt: float
    carbon_price_cny_per_tco2: float
    gdp_bn_cny: float
    electricity_twh: float
    coal_generation_share: float
    non_fossil_energy_share: float
    curtailment_share: float
    unserved_twh: float
    power_price_cny_per_mwh: float
    unserved_goods_bn_cny: float
    power_running_cost_bn_cny: float
    power_investment_bn_cny: float
    committed_co2_gt: float
    idle_capital_bn_cny: float
    certificates_issued_twh: float
    certificates_retired_twh: float
    certificates_banked_twh: float
    certificate_price_cny_per_mwh: float


class Country(NamedTuple):
    """What is counted for the country alone: carbon_price, a mean in CNY per tCO2; fossil_pj: energy of firms; spent
    [2]: what power takes to run, and what is invested in it, in m CNY; locked_in [2]: CO2 that standing plants are
    still to emit in Mt, capital of emitting plants that lies idle in m CNY; certificates [accounts, P] in TWh, and
    their price in CNY per MWh."""

    carbon_price: float
    fossil_pj: float
    spent: Array
    locked_in: Array
    certificates: Array
    certificate_price: float


@process
def national(
    year: YearAccounts, power: PowerYear, country: Country, places: ProvinceColumns, process_other: Array
) -> NationalColumns:
    """A year of the country; places: what is told of provinces; process_other [P, S]: see `add_up_provinces`."""
    generation, clean = np.zeros(year.generation_twh.shape[1]), 0.0
    for place in range(year.generation_twh.shape[0]):
        for technology in range(generation.size):
            generation[technology] += year.generation_twh[place, technology]
    for technology in NON_FOSSIL:
        clean += generation[technology]
    clean *= PJ_PER_TWH
    fossil = country.fossil_pj + total_of(power.heat_fuel_pj)
    curtailed, heat = total_of(power.curtailed_twh), total_of(year.heat)
    return NationalColumns(
        co2_mt=total_of(year.cells[1].ravel()) + heat,
        co2_process_other_mt=total_of(process_other.ravel()),
        co2_heat_mt=heat,
        captured_mt=total_of(year.cells[3].ravel()),
        carbon_price_cny_per_tco2=country.carbon_price,
        gdp_bn_cny=total_of(year.gdp),
        electricity_twh=total_of(places.electricity_twh),
        coal_generation_share=generation[COAL] / total_of(generation),
        non_fossil_energy_share=clean / (clean + fossil),
        curtailment_share=curtailed / max(curtailed + total_of(power.variable_twh), 1e-12),
        unserved_twh=total_of(year.unserved_twh),
        power_price_cny_per_mwh=total_of(power.paid_kcny) / total_of(power.load_gwh),
        unserved_goods_bn_cny=total_of(year.unserved.ravel()) + total_of(year.unserved_exports.ravel()),
        power_running_cost_bn_cny=country.spent[0] / MCNY_PER_BN,
        power_investment_bn_cny=country.spent[1] / MCNY_PER_BN,
        committed_co2_gt=country.locked_in[0] / MT_PER_GT,
        idle_capital_bn_cny=country.locked_in[1] / MCNY_PER_BN,
        certificates_issued_twh=total_of(country.certificates[ISSUED]),
        certificates_retired_twh=total_of(country.certificates[RETIRED]),
        certificates_banked_twh=total_of(country.certificates[BANKED]),
        certificate_price_cny_per_mwh=country.certificate_price,
    )


class Pages(NamedTuple):
    """Columns of this year in the tables of provinces, sectors and governments."""

    provinces: ProvinceColumns
    sectors: SectorColumns
    governments: GovernmentColumns


@process
def write_year(
    to: Pages,
    year: YearAccounts,
    flows: Exchange,
    operators: Any,
    hours: Array,
    governments: Any,
    routes: int,
    country: Country,
) -> NationalColumns:
    """Write a year of provinces, sectors and governments; the country's is returned.

    hours [B]: of the blocks of power; routes: how many there are.
    """
    power = power_year(operators, hours, year.generation_twh, year.curtailed_twh)
    write_sectors(to.sectors, year, flows)
    write_governments(to.governments, year, governments, routes)
    write_provinces(to.provinces, year, power, flows, operators, governments)
    process_other = add_up_provinces(to.provinces, year, power, flows)
    return national(year, power, country, to.provinces, process_other)
