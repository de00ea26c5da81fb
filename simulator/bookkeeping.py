"""Write a year into the yearbook: sums, and emissions on three accounts; stop on impossible values."""

import numpy as np

from simulator import columns, footprints, totals
from simulator.base_year import BASE_YEAR, POWER
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, UNSOLD, WITHHELD
from simulator.carbon_paths import NATIONAL
from simulator.errors import ModelError
from simulator.soundness import ROUNDING, are_sound, first_wrong
from simulator.tables import Array
from simulator.true_up import ALLOCATED, BANKED, EXPIRED, SURRENDERED
from simulator.world import World
from simulator.yearbook import FLOW_YEARS, Flows, Yearbook

FOOTPRINT_TOLERANCE = 1e-9
MOST_PASSES = 500


def check_numbers(world: World) -> None:
    """Raise ModelError on a NaN, an infinity or a negative price or emission, naming where it came up."""
    output, co2, *_, electricity = world.cells
    prices = world.power.operator_rows["price"]
    if are_sound((output, co2, electricity, world.price), prices, -ROUNDING):
        return
    names = world.setting.base.names
    for process, values in (
        ("output", output),
        ("CO2", co2),
        ("electricity use", electricity),
        ("price of goods", world.price),
        ("wholesale price of power", prices),
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
    flows = exchange(world)
    footprint = consumption_based(world, flows, world.governance.heat_co2_mt)
    write_sums(world, book, i, flows)
    write_power(world, book, i)
    book.constraints.write(i, decisions=world.census.blocked)
    write_carbon_markets(world, book, i)
    write_certificates(world, book, i)
    if (world.year - BASE_YEAR) % FLOW_YEARS == 0:
        write_flows(world, book, flows, footprint)


def exchange(world: World) -> footprints.Exchange:
    """Electricity between provinces, and its CO2 by proportional mixing."""
    table, lines, books = world.setting.base.power, world.power.lines, world.power.books
    of_year = footprints.LinesOfYear(
        table.line_origin, table.line_destination, table.line_loss, lines.forward_twh, lines.backward_twh
    )
    return footprints.exchange(of_year, books.generation_twh, books.charging_twh, world.cells[1])


def consumption_based(world: World, flows: footprints.Exchange, heat: Array) -> footprints.Footprint:
    """Footprints over this year's deliveries and flows; heat [P]: CO2 of heat plants in Mt."""
    goods = footprints.GoodsAccount(
        world.deliveries.delivered,
        world.deliveries.exported,
        world.deliveries.output,
        world.inputs,
        world.bought_by_power,
        world.final_bn,
    )
    year = footprints.EmissionsOfYear(world.cells[1], heat, world.electricity, world.setting.household_shares)
    result = footprints.footprints_of_year(
        goods, flows, year, world.embodied_intensity, FOOTPRINT_TOLERANCE, MOST_PASSES
    )
    world.embodied_intensity = result.intensity
    world.footprint = result
    return result


def write_sums(world: World, book: Yearbook, i: int, flows: footprints.Exchange) -> None:
    """The country, provinces, sectors and governments."""
    hours, routes = world.setting.base.power.hours, len(world.setting.base.routes.names)
    operators, governments = world.power.operator_rows, world.government_rows
    book.national.values[i] = columns.write_year(
        book.pages, accounts_of(world), flows, operators, hours, governments, routes, country_of(world)
    )
    for table in (book.provinces, book.sectors, book.governments):
        table.turn(i)


def accounts_of(world: World) -> columns.YearAccounts:
    """The year as it was counted."""
    economy, state, books = world.setting.base.economy, world.governance, world.power.books
    return columns.YearAccounts(
        cells=world.cells,
        price=world.price,
        base_price=world.setting.calibration.base_price,
        making=world.census.making,
        value=state.output_bn,
        withheld=state.withheld_bn,
        shut=state.shut_bn,
        base_output=economy.physical_output,
        base_process_other=economy.process_other_mt,
        unserved=world.deliveries.unserved,
        unserved_exports=world.deliveries.unserved_exports,
        co2=state.co2_mt,
        heat=state.heat_co2_mt,
        consumption=world.footprint.consumption_co2_mt,
        gdp=state.gdp_bn,
        grossed_up=world.consumption_factor,
        generation_twh=books.generation_twh,
        curtailed_twh=books.curtailed_twh,
        unserved_twh=books.unserved_twh,
        mid_term=state.mid_term,
        assessed=state.assessed,
    )


def country_of(world: World) -> columns.Country:
    """What is counted for the country alone."""
    return columns.Country(
        carbon_price=world.allowances.mean_price[NATIONAL],
        fossil_pj=world.fuel_pj[:, :, :3].sum(),
        spent=world.census.spent,
        locked_in=world.census.locked_in,
        certificates=world.certificates.register.accounts,
        certificate_price=world.certificates.price,
    )


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


def write_certificates(world: World, book: Yearbook, i: int) -> None:
    """Accounts of green certificates by province, and their price."""
    market = world.certificates
    book.green_certificates.values[i, :-1] = market.register.accounts
    book.green_certificates.values[i, -1] = market.price


def write_flows(world: World, book: Yearbook, flows: footprints.Exchange, footprint: footprints.Footprint) -> None:
    """Who delivered what to whom, and the CO2 that it carried."""
    codes, delivered = world.setting.base.names.sectors, world.deliveries.delivered
    embodied = footprints.embodied_in_goods(delivered, footprint.intensity)
    # Electricity takes the place of the power sector, which comes first and sells no goods.
    amount, co2 = np.moveaxis(delivered, 2, 0).copy(), np.moveaxis(embodied, 2, 0).copy()
    amount[POWER], co2[POWER] = flows.sent, flows.sent * flows.mixed[:, None]
    commodities, units = ["electricity", *codes[1:]], ["TWh", *["bn CNY"] * (len(codes) - 1)]
    book.flows.append(Flows(world.year, commodities, units, amount, co2))
