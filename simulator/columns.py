"""Columns of the tables of the country, provinces, sectors and governments, and how a year of them is written.

P provinces, S sectors. Columns are named as in a run folder; what is written to, are the rows of one year: records by
province [P] or cell [P, S]. What is told lasts a run and changes from year to year.
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
from simulator.carbon_paths import NATIONAL
from simulator.electricity_flows import Exchange
from simulator.governance import END_OF_PLAN, MID_TERM
from simulator.green_certificates import BANKED, ISSUED, RETIRED
from simulator.pages import Pages
from simulator.totals import PowerYear, power_year, total_of, total_of_cells

Array = NDArray[Any]

NON_FOSSIL = (NUCLEAR, HYDRO, ONSHORE_WIND, OFFSHORE_WIND, SOLAR, BIOMASS)
# Carriers of energy that are fossil, the first ones: coal, oil and gas.
FOSSIL = 3
MCNY_PER_BN = 1000.0
MT_PER_GT = 1000.0
# Primary energy of a non-fossil MWh by the coal-equivalent method of Chinese statistics: the net coal rate of 2020.
PJ_PER_TWH = 8.953


class ProvinceColumns(NamedTuple):
    """Emissions on three accounts, GDP, capacity and targets of government, rationing, power. Units are in the names;
    without one: capacities and effort from 0 to 1, targets and their cuts as shares."""

    co2_mt: float
    co2_reported_mt: float
    co2_process_other_mt: float
    co2_heat_mt: float
    co2_electricity_adjusted_mt: float
    co2_consumption_mt: float
    gdp_bn_cny: float
    official_capacity: float
    research_capacity: float
    planning_capacity: float
    policy_effort: float
    intensity_target: float
    intensity_achieved: float
    rationing_share: float
    rationing_supply_share: float
    electricity_twh: float
    net_export_twh: float
    power_price_cny_per_mwh: float
    tariff_cny_per_mwh: float
    curtailment_share: float
    unserved_twh: float


class YearAccounts(NamedTuple):
    """A year as it is told. By cell [P, S]: cells, the sums over firms: output in units, CO2, process CO2 in it and
    captured CO2 in Mt, electricity at the meter in TWh; price, base_price in m CNY per unit; making: firms that make
    something; value, withheld, shut: output, and what of it was forgone for targets and for want of power, in bn CNY;
    base_output in units and base_process_other: process CO2 outside the inventory's scope in Mt, both of the base
    year; unserved, unserved_exports: orders of goods in bn CNY. By province [P]: co2, heat, consumption: Mt of CO2 of
    firms and heat plants, of the latter, and by consumption; gdp in bn CNY; grossed_up: electricity as statistics
    count it over what is metered; generation_twh, curtailed_twh [P, T], unserved_twh: of power."""

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


class Figures(NamedTuple):
    """What a year is told by besides. fuel_pj [P, S, 4]: burnt by firms; certificate_price [1] in CNY per MWh;
    assessments [2]: see `simulator.governance`."""

    fuel_pj: Array
    certificate_price: Array
    assessments: Array


@rule
def share_of(part: float, whole: float) -> float:
    """part / whole where the whole is positive, else zero."""
    return part / whole if whole > 0.0 else 0.0


@rule
def write_provinces(
    to: Array, year: YearAccounts, power: PowerYear, flows: Exchange, operators: Any, governments: Any
) -> None:
    """Write what is told of provinces, but for process CO2, electricity and trade in it: see `add_up_provinces`.

    Targets and cuts of carbon intensity are shares of that of the year before the plan; cuts are true, not as reported.
    """
    for place in range(governments.size):
        row, government = to[place], governments[place]
        row.co2_mt = year.co2[place]
        row.co2_reported_mt = government.reported_co2
        row.co2_heat_mt = year.heat[place]
        row.co2_electricity_adjusted_mt = year.co2[place] - year.cells[1][place, POWER] + flows.used[place]
        row.co2_consumption_mt = year.consumption[place]
        row.gdp_bn_cny = year.gdp[place]
        row.official_capacity = government.official_capacity
        row.research_capacity = government.research_capacity
        row.planning_capacity = 0.5 * (government.official_capacity + government.research_capacity)
        row.policy_effort = government.effort
        intensity, before = government.intensity[CARBON], government.true_base[CARBON]
        row.intensity_target = government.target_reduction[CARBON]
        row.intensity_achieved = 1.0 - intensity / (before if before > 0.0 else intensity)
        row.power_price_cny_per_mwh = share_of(power.paid_kcny[place], power.load_gwh[place])
        row.tariff_cny_per_mwh = operators[place].tariff
        variable_twh = power.curtailed_twh[place] + power.variable_twh[place]
        row.curtailment_share = share_of(power.curtailed_twh[place], variable_twh)
        row.unserved_twh = year.unserved_twh[place]


@process
def add_up_provinces(to: Array, year: YearAccounts, power: PowerYear, flows: Exchange) -> tuple[Array, Array]:
    """Write sums by province: electricity as statistics count it, what is sent less what comes in, process CO2, and
    output forgone as a share of what would have been made. Tells electricity [P] in TWh, and process CO2 outside the
    inventory's scope [P, S] in Mt: the ledger of the base year moved with output."""
    places, sectors = year.price.shape
    electricity, process_other, forgone = np.zeros(places), np.zeros((places, sectors)), np.zeros(sectors)
    for place in range(places):
        row, bought = to[place], 0.0
        for sector in range(sectors):
            here = place, sector
            index = share_of(year.cells[0][here], year.base_output[here])
            process_other[here] = year.base_process_other[here] * index
            forgone[sector] = year.withheld[here] + year.shut[here]
        for origin in range(places):
            bought += flows.sent[origin, place]
        metered = total_of(year.cells[4][place])
        electricity[place] = metered * year.grossed_up[place] + power.pumps_twh[place]
        row.electricity_twh = electricity[place]
        row.net_export_twh = total_of(flows.sent[place]) - bought
        row.co2_process_other_mt = total_of(process_other[place])
        possible = total_of(year.value[place]) + total_of(forgone)
        row.rationing_share = total_of(year.withheld[place]) / possible
        row.rationing_supply_share = total_of(year.shut[place]) / possible
    return electricity, process_other


class SectorColumns(NamedTuple):
    """Output, emissions direct and through electricity, price, firms, and what was forgone, by cell."""

    output: float
    co2_mt: float
    co2_process_mt: float
    co2_electricity_mt: float
    electricity_twh: float
    intensity_tco2_per_unit: float
    price_index: float
    firms: float
    rationed_target_bn_cny: float
    rationed_supply_bn_cny: float


@process
def write_sectors(to: Array, year: YearAccounts, flows: Exchange) -> None:
    """Write a year of all cells. Heat plants count as power; users bear the CO2 of electricity by what they use, plants
    and the network, in the place of power, with what they take themselves."""
    output, co2, of_process, _, electricity = year.cells
    for place in range(output.shape[0]):
        used = electricity[place].copy()
        used[POWER] = total_of(electricity[place]) * (year.grossed_up[place] - 1.0)
        used_in_all = total_of(used)
        for sector in range(used.size):
            here = place, sector
            row = to[here]
            direct = co2[here] + (year.heat[place] if sector == POWER else 0.0)
            row.output = output[here]
            row.co2_mt = direct
            row.co2_process_mt = of_process[here]
            row.co2_electricity_mt = flows.used[place] * (used[sector] / used_in_all)
            row.electricity_twh = used[sector]
            row.intensity_tco2_per_unit = share_of(direct, output[here])
            row.price_index = share_of(year.price[here], year.base_price[here])
            row.firms = year.making[here]
            row.rationed_target_bn_cny = year.withheld[here]
            row.rationed_supply_bn_cny = year.shut[here]


class GovernmentColumns(NamedTuple):
    """What governments had in force, each instrument as enforced and as a share of its most; what they knew, spent and
    were told of their targets."""

    research_capacity: float
    official_capacity: float
    effort: float
    standard_share: float
    subsidy_share: float
    retirement_share: float
    stringency_share: float
    renewables_share: float
    carbon_price_share: float
    rationing_share: float
    knowledge: float
    revenue_mcny: float
    spending_mcny: float
    training_mcny: float
    mean_stringency: float
    mid_term_progress_share: float
    mid_term_behind: float
    target_met: float
    target_missed: float


@rule
def knowledge_of(government: Any) -> float:
    """How precisely a government knows what levers cost: mean of one over the variance."""
    precision = 0.0
    for lever in range(LEVERS):
        precision += 1.0 / government.knowledge_variance[lever]
    return precision / LEVERS


@process
def write_governments(to: Array, figures: Figures, governments: Any, routes: int) -> None:
    """Write a year of all governments; routes: of which mean stringency is taken."""
    mid_term, end = figures.assessments[MID_TERM], figures.assessments[END_OF_PLAN]
    for place in range(governments.size):
        row, government = to[place], governments[place]
        row.research_capacity = government.research_capacity
        row.official_capacity = government.official_capacity
        row.effort = government.effort
        row.standard_share = government.effective[STANDARD]
        row.subsidy_share = government.effective[SUBSIDY]
        row.retirement_share = government.effective[RETIREMENT]
        row.stringency_share = government.effective[STRINGENCY]
        row.renewables_share = government.effective[RENEWABLES]
        row.carbon_price_share = government.effective[ADDER]
        row.rationing_share = government.effective[RATIONING]
        row.knowledge = knowledge_of(government)
        row.revenue_mcny = government.revenue
        row.spending_mcny = government.spending
        row.training_mcny = government.training_cost
        row.mean_stringency = total_of(government.stringency[:routes]) / routes
        row.mid_term_progress_share = mid_term * government.progress[CARBON]
        row.mid_term_behind = mid_term * (government.behind > 0.0)
        row.target_met = end * government.target_met
        row.target_missed = end * (1 - government.target_met)


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
    """What is counted for the country alone: carbon_price [M]: means in CNY per tCO2, the national market's first;
    spent [2]: what power takes to run, and what is invested in it, in m CNY; locked_in [2]: CO2 that standing plants
    are still to emit in Mt, capital of emitting plants that lies idle in m CNY; certificates [accounts, P] in TWh."""

    carbon_price: Array
    spent: Array
    locked_in: Array
    certificates: Array


@process
def fossil_energy(fuel_pj: Array) -> float:
    """Coal, oil and gas burnt in PJ, from fuel_pj [P, S, 4]."""
    places, sectors, _ = fuel_pj.shape
    burnt = np.empty((places, sectors, FOSSIL))
    for place in range(places):
        for sector in range(sectors):
            for carrier in range(FOSSIL):
                burnt[place, sector, carrier] = fuel_pj[place, sector, carrier]
    return total_of_cells(burnt.ravel())


@process
def write_national(
    to: Array,
    year: YearAccounts,
    figures: Figures,
    power: PowerYear,
    country: Country,
    electricity: Array,
    process_other: Array,
) -> None:
    """Write a year of the country; electricity [P], process_other [P, S]: see `add_up_provinces`."""
    row, generation, clean = to[0], np.zeros(year.generation_twh.shape[1]), 0.0
    for place in range(year.generation_twh.shape[0]):
        for technology in range(generation.size):
            generation[technology] += year.generation_twh[place, technology]
    for technology in NON_FOSSIL:
        clean += generation[technology]
    clean *= PJ_PER_TWH
    fossil = fossil_energy(figures.fuel_pj) + total_of(power.heat_fuel_pj)
    curtailed, heat = total_of(power.curtailed_twh), total_of(year.heat)
    row.co2_mt = total_of(year.cells[1].ravel()) + heat
    row.co2_process_other_mt = total_of(process_other.ravel())
    row.co2_heat_mt = heat
    row.captured_mt = total_of(year.cells[3].ravel())
    row.carbon_price_cny_per_tco2 = country.carbon_price[NATIONAL]
    row.gdp_bn_cny = total_of(year.gdp)
    row.electricity_twh = total_of(electricity)
    row.coal_generation_share = generation[COAL] / total_of(generation)
    row.non_fossil_energy_share = clean / (clean + fossil)
    row.curtailment_share = curtailed / max(curtailed + total_of(power.variable_twh), 1e-12)
    row.unserved_twh = total_of(year.unserved_twh)
    row.power_price_cny_per_mwh = total_of(power.paid_kcny) / total_of(power.load_gwh)
    row.unserved_goods_bn_cny = total_of(year.unserved.ravel()) + total_of(year.unserved_exports.ravel())
    row.power_running_cost_bn_cny = country.spent[0] / MCNY_PER_BN
    row.power_investment_bn_cny = country.spent[1] / MCNY_PER_BN
    row.committed_co2_gt = country.locked_in[0] / MT_PER_GT
    row.idle_capital_bn_cny = country.locked_in[1] / MCNY_PER_BN
    row.certificates_issued_twh = total_of(country.certificates[ISSUED])
    row.certificates_retired_twh = total_of(country.certificates[RETIRED])
    row.certificates_banked_twh = total_of(country.certificates[BANKED])
    row.certificate_price_cny_per_mwh = figures.certificate_price[0]


@process
def write_accounts(
    to: Pages,
    year: YearAccounts,
    figures: Figures,
    flows: Exchange,
    operators: Any,
    hours: Array,
    governments: Any,
    routes: int,
    country: Country,
) -> None:
    """Write a year of the country, provinces, sectors and governments.

    hours [B]: of the blocks of power; routes: how many there are.
    """
    power = power_year(operators, hours, year.generation_twh, year.curtailed_twh)
    write_sectors(to.sectors, year, flows)
    write_governments(to.governments, figures, governments, routes)
    write_provinces(to.provinces, year, power, flows, operators, governments)
    electricity, process_other = add_up_provinces(to.provinces, year, power, flows)
    write_national(to.national, year, figures, power, country, electricity, process_other)
