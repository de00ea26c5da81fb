"""Write a year into the yearbook: sums, and emissions on three accounts; stop on impossible values."""

from typing import NamedTuple

import numpy as np

from simulator import columns, footprints, green_certificates, totals
from simulator.base_year import BASE_YEAR, POWER, TECHNOLOGIES
from simulator.calibration import ratio
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, UNSOLD, WITHHELD
from simulator.carbon_paths import NATIONAL
from simulator.columns import GovernmentColumns, ProvinceAccounts, ProvinceColumns, SectorAccounts, SectorColumns
from simulator.errors import ModelError
from simulator.soundness import ROUNDING, first_wrong
from simulator.tables import Array
from simulator.true_up import ALLOCATED, BANKED, EXPIRED, SURRENDERED
from simulator.world import World
from simulator.yearbook import FLOW_YEARS, Flows, Yearbook

FOOTPRINT_TOLERANCE = 1e-9
MOST_PASSES = 500
MCNY_PER_BN = 1000.0
MT_PER_GT = 1000.0
# Primary energy of a non-fossil MWh by the coal-equivalent method of Chinese statistics: the net coal rate of 2020.
PJ_PER_TWH = 8.953
NON_FOSSIL = np.isin(TECHNOLOGIES, ("nuclear", "hydro", "onshore_wind", "offshore_wind", "solar", "biomass"))
VARIABLE = np.isin(TECHNOLOGIES, ("onshore_wind", "offshore_wind", "solar")).astype(np.float64)


def check_numbers(world: World) -> None:
    """Raise ModelError on a NaN, an infinity or a negative price or emission, naming where it came up."""
    names = world.setting.base.names
    for process, values in (
        ("output", world.cells[0]),
        ("CO2", world.cells[1]),
        ("electricity use", world.cells[4]),
        ("price of goods", world.price),
        ("wholesale price of power", world.power.operator_rows["price"]),
    ):
        wrong = first_wrong(values, -ROUNDING)
        if wrong >= 0:
            province, column = divmod(wrong, values.shape[1])
            detail = names.sectors[column] if values.shape[1] == len(names.sectors) else f"block {column}"
            value = float(values[province, column])
            allowed = "a finite number, zero or more"
            raise ModelError(process, world.year, value, allowed, names.provinces[province], detail)


def record_year(world: World, book: Yearbook) -> None:
    """Write this year's row of every table."""
    i = world.year - world.setting.years[0]
    book.written = i + 1
    heat, power = world.governance.heat_co2_mt, power_year(world)
    sent, received = flows_between(world)
    home, intensity = electricity_emissions(world, power.net_twh, sent)
    footprint = consumption_based(world, power.net_twh, sent, received, heat)
    metered = world.electricity.sum(axis=1)
    used = consumption_twh(world, metered, power)
    year = Year(heat, home, sent, footprint.consumption_co2_mt, process_other(world), metered, used, power)
    write_sectors(world, book, i, year)
    write_provinces(world, book, i, year)
    write_national(world, book, i, year)
    write_power(world, book, i)
    book.constraints.write(i, decisions=world.census.blocked)
    write_governments(world, book, i)
    write_carbon_markets(world, book, i)
    book.green_certificates.write(i, **green_certificates.year_of(world.certificates))
    if (world.year - BASE_YEAR) % FLOW_YEARS == 0:
        write_flows(world, book, sent, intensity, footprint)


class Year(NamedTuple):
    """What several tables tell of a year. heat, home, consumption [P] in Mt of CO2: of heat plants, of the electricity
    used at home, and by consumption; sent [P, P] in TWh; process_other [P, S] in Mt; metered, electricity [P]
    in TWh: at the meter, and as statistics count it; power: other sums."""

    heat: Array
    home: Array
    sent: Array
    consumption: Array
    process_other: Array
    metered: Array
    electricity: Array
    power: totals.PowerYear


def power_year(world: World) -> totals.PowerYear:
    """Sums of the year's power."""
    books, hours = world.power.books, world.setting.base.power.hours
    return totals.power_year(
        world.power.operator_rows, hours, books.generation_twh, books.curtailed_twh, books.charging_twh, VARIABLE
    )


def flows_between(world: World) -> tuple[Array, Array]:
    """Electricity sent and received [origin, destination] in TWh."""
    table, lines = world.setting.base.power, world.power.lines
    return footprints.flows_between(
        table.line_origin,
        table.line_destination,
        table.line_loss,
        lines.forward_twh,
        lines.backward_twh,
        table.load_twh.size,
    )


def electricity_emissions(world: World, made: Array, sent: Array) -> tuple[Array, Array]:
    """CO2 of the electricity used at home [P] in Mt, and its intensity in t per MWh, by proportional mixing."""
    intensity = footprints.electricity_mix(world.cells[1][:, POWER].copy(), made, sent)
    return intensity * (made + sent.sum(axis=0) - sent.sum(axis=1)), intensity


def consumption_based(world: World, made: Array, sent: Array, received: Array, heat: Array) -> footprints.Footprint:
    """Footprints over this year's deliveries and flows."""
    co2, use = world.cells[1], without_power(world.electricity)
    result = footprints.footprints(
        footprints.GoodsAccount(
            world.deliveries.delivered,
            world.deliveries.exported,
            world.deliveries.output,
            world.inputs,
            world.bought_by_power,
            np.maximum(world.final_bn, 0.0),
        ),
        footprints.ElectricityAccount(made, sent, received, use, np.zeros(heat.size)),
        footprints.Emissions(
            without_power(co2), co2[:, POWER].copy(), heat_by_user(heat, use), *world.setting.household_shares
        ),
        world.embodied_intensity,
        FOOTPRINT_TOLERANCE,
        MOST_PASSES,
    )
    world.embodied_intensity = result.intensity
    world.footprint = result
    return result


def without_power(cells: Array) -> Array:
    """Cells [P, S] with nothing in the column of power."""
    kept = cells.copy()
    kept[:, POWER] = 0.0
    return kept


def heat_by_user(heat: Array, use: Array) -> Array:
    """CO2 of district and industrial heat [P], shared among sectors by electricity use at the meter [P, S]."""
    return np.asarray(ratio(heat, use.sum(axis=1))[:, None] * use)


def write_sectors(world: World, book: Yearbook, i: int, year: Year) -> None:
    """Cells: output, emissions direct and through electricity, intensity, price."""
    used, state = world.electricity.copy(), world.governance
    used[:, POWER] = own_use_twh(world, year.metered)
    accounts = SectorAccounts(
        output=world.cells[0],
        co2=world.cells[1],
        process=world.cells[2],
        price=world.price,
        base_price=world.setting.calibration.base_price,
        used=used,
        making=world.census.making,
        withheld=state.withheld_bn,
        shut=state.shut_bn,
        used_in_all=used.sum(axis=1),
        heat=year.heat,
        home=year.home,
    )
    columns.write_sectors(SectorColumns(*book.sectors.values[i]), accounts)


def write_provinces(world: World, book: Yearbook, i: int, year: Year) -> None:
    """Provinces: emissions on three accounts, GDP, government, power."""
    rationed_target, rationed_supply = world.governance.rationing_shares()
    accounts = ProvinceAccounts(
        co2=world.governance.co2_mt,
        heat=year.heat,
        process_other=year.process_other.sum(axis=1),
        home=year.home,
        consumption=year.consumption,
        electricity=year.electricity,
        net_export=year.sent.sum(axis=1) - year.sent.sum(axis=0),
        unserved=world.power.books.unserved_twh,
        gdp=world.governance.gdp_bn,
        rationed_target=rationed_target,
        rationed_supply=rationed_supply,
        power=year.power,
    )
    to = ProvinceColumns(*book.provinces.values[i])
    columns.write_provinces(to, accounts, world.cells[1], world.power.operator_rows, world.government_rows)


def process_other(world: World) -> Array:
    """Process CO2 outside the inventory's scope [P, S]: the base-year ledger moved with output."""
    economy = world.setting.base.economy
    index = ratio(world.cells[0], economy.physical_output)
    return np.asarray(economy.process_other_mt * index)


def own_use_twh(world: World, metered: Array) -> Array:
    """Electricity that plants and the network themselves take [P]."""
    return np.asarray(metered * (world.consumption_factor - 1.0))


def consumption_twh(world: World, metered: Array, power: totals.PowerYear) -> Array:
    """Electricity consumption as statistics count it [P]: users, own use and network losses."""
    return np.asarray(metered * world.consumption_factor + power.pumps_twh)


def write_national(world: World, book: Yearbook, i: int, year: Year) -> None:
    """The country: sums and shares."""
    co2, books, power = world.cells[1], world.power.books, year.power
    generation = books.generation_twh.sum(axis=0)
    clean = PJ_PER_TWH * generation[NON_FOSSIL].sum()
    fossil = world.fuel_pj[:, :, :3].sum() + power.heat_fuel_pj.sum()
    curtailed = power.curtailed_twh.sum()
    book.national.write(
        i,
        co2_mt=co2.sum() + year.heat.sum(),
        co2_process_other_mt=year.process_other.sum(),
        co2_heat_mt=year.heat.sum(),
        captured_mt=world.cells[3].sum(),
        carbon_price_cny_per_tco2=world.allowances.mean_price[NATIONAL],
        gdp_bn_cny=world.governance.gdp_bn.sum(),
        electricity_twh=year.electricity.sum(),
        coal_generation_share=generation[TECHNOLOGIES.index("coal")] / generation.sum(),
        non_fossil_energy_share=clean / (clean + fossil),
        curtailment_share=curtailed / max(curtailed + power.variable_twh.sum(), 1e-12),
        unserved_twh=books.unserved_twh.sum(),
        power_price_cny_per_mwh=power.paid_kcny.sum() / power.load_gwh.sum(),
        **green_certificates.national(world.certificates),
        unserved_goods_bn_cny=world.deliveries.unserved.sum() + world.deliveries.unserved_exports.sum(),
        **spending_and_lock_in(world),
    )


def spending_and_lock_in(world: World) -> dict[str, float]:
    """Money that power takes, CO2 that standing plants are still to emit, capital of emitting plants that lies idle."""
    spent, locked = world.census.spent, world.census.locked_in
    return {
        "power_running_cost_bn_cny": spent[0] / MCNY_PER_BN,
        "power_investment_bn_cny": spent[1] / MCNY_PER_BN,
        "committed_co2_gt": locked[0] / MT_PER_GT,
        "idle_capital_bn_cny": locked[1] / MCNY_PER_BN,
    }


def write_power(world: World, book: Yearbook, i: int) -> None:
    """Power by technology, lines, and what plants there are."""
    books, system = world.power.books, world.power
    technology = world.setting.base.routes.technology
    installed = np.zeros(books.generation_twh.shape)
    totals.sum_by_technology(world.capacity, technology, installed)
    book.power.write(i, capacity_gw=installed, generation_twh=books.generation_twh, curtailed_twh=books.curtailed_twh)
    book.lines.write(
        i,
        capacity_gw=system.line_capacity_gw,
        flow_twh=system.lines.forward_twh - system.lines.backward_twh,
        congestion_share=system.lines.congested_share,
    )
    book.routes.write(i, capacity=world.capacity, output=world.made)


def write_governments(world: World, book: Yearbook, i: int) -> None:
    """What governments had in force, knew and spent."""
    routes, state, rows = len(world.setting.base.routes.names), world.governance, world.government_rows
    stringency = rows["stringency"][:, :routes].mean(axis=1)
    to = GovernmentColumns(*book.governments.values[i])
    columns.write_governments(to, rows, stringency, state.mid_term, state.assessed)


def write_carbon_markets(world: World, book: Yearbook, i: int) -> None:
    """Prices and quantities of allowances by market, over both sessions; late_mt is what the reserve sold after."""
    state = world.allowances
    first, late, accounts = state.result, state.late_result, state.accounts
    book.carbon_market.write(
        i,
        price_cny_per_tco2=state.mean_price,
        first_price_cny_per_tco2=first[:, PRICE],
        late_price_cny_per_tco2=late[:, PRICE],
        first_traded_mt=first[:, TRADED],
        late_traded_mt=late[:, TRADED],
        allocated_mt=accounts[:, ALLOCATED],
        auctioned_mt=first[:, AUCTIONED] + late[:, AUCTIONED],
        surrendered_mt=accounts[:, SURRENDERED],
        banked_mt=accounts[:, BANKED],
        withheld_mt=late[:, WITHHELD],
        reserve_mt=first[:, RESERVE] + late[:, RESERVE],
        late_mt=late[:, RESERVE],
        unsold_mt=late[:, UNSOLD],
        expired_mt=accounts[:, EXPIRED] + state.lapsed,
        revenue_mcny=state.revenue,
    )


def write_flows(world: World, book: Yearbook, sent: Array, intensity: Array, footprint: footprints.Footprint) -> None:
    """Who delivered what to whom, and the CO2 that it carried."""
    codes, delivered = world.setting.base.names.sectors, world.deliveries.delivered
    embodied = footprints.embodied_in_goods(delivered, footprint.intensity)
    # Electricity takes the place of the power sector, which comes first and sells no goods.
    amount, co2 = np.moveaxis(delivered, 2, 0).copy(), np.moveaxis(embodied, 2, 0).copy()
    amount[POWER], co2[POWER] = sent, sent * intensity[:, None]
    commodities, units = ["electricity", *codes[1:]], ["TWh", *["bn CNY"] * (len(codes) - 1)]
    book.flows.append(Flows(world.year, commodities, units, amount, co2))
