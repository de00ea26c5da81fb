"""Write a year into the yearbook: sums, and emissions on three accounts; stop on impossible values."""

import numpy as np

from simulator import columns, footprints, system_columns
from simulator.base_year import BASE_YEAR, POWER
from simulator.carbon_paths import NATIONAL
from simulator.errors import ModelError
from simulator.soundness import ROUNDING, are_sound, first_wrong
from simulator.tables import Array
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
    write_year(world, book, i, flows)
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
        world.demand.inputs,
        world.demand.bought_by_power,
        world.demand.final_bn,
    )
    year = footprints.EmissionsOfYear(world.cells[1], heat, world.electricity, world.setting.household_shares)
    result = footprints.footprints_of_year(
        goods, flows, year, world.embodied_intensity, FOOTPRINT_TOLERANCE, MOST_PASSES
    )
    world.embodied_intensity = result.intensity
    world.footprint = result
    return result


def write_year(world: World, book: Yearbook, i: int, flows: footprints.Exchange) -> None:
    """All tables but that of flows."""
    operators, governments = world.power.operator_rows, world.government_rows
    year, plants, country, carbon = accounts_of(world), plants_of(world), country_of(world), carbon_year(world)
    hours = world.setting.base.power.hours
    system_columns.write_year(book.pages(i), year, flows, operators, hours, governments, plants, country, carbon)


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
        carbon_price=world.allowances.results.mean_price[NATIONAL],
        fossil_pj=world.fuel_pj[:, :, :3].sum(),
        spent=world.census.spent,
        locked_in=world.census.locked_in,
        certificates=world.certificates.register.accounts,
        certificate_price=world.certificates.price,
    )


def plants_of(world: World) -> system_columns.Plants:
    """Routes and lines, and what stood in the way of more."""
    system = world.power
    return system_columns.Plants(
        capacity=world.capacity,
        made=world.made,
        technology=world.setting.base.routes.technology,
        blocked=world.census.blocked,
        line_capacity_gw=system.line_capacity_gw,
        forward_twh=system.lines.forward_twh,
        backward_twh=system.lines.backward_twh,
        congested_share=system.lines.congested_share,
    )


def carbon_year(world: World) -> system_columns.CarbonYear:
    """Allowances over both sessions."""
    results, accounts = world.allowances.results, world.allowances.books.accounts
    return system_columns.CarbonYear(
        results.mean_price, results.first, results.late, accounts, results.lapsed, results.revenue
    )


def write_flows(world: World, book: Yearbook, flows: footprints.Exchange, footprint: footprints.Footprint) -> None:
    """Who delivered what to whom, and the CO2 that it carried."""
    codes, delivered = world.setting.base.names.sectors, world.deliveries.delivered
    embodied = footprints.embodied_in_goods(delivered, footprint.intensity)
    # Electricity takes the place of the power sector, which comes first and sells no goods.
    amount, co2 = np.moveaxis(delivered, 2, 0).copy(), np.moveaxis(embodied, 2, 0).copy()
    amount[POWER], co2[POWER] = flows.sent, flows.sent * flows.mixed[:, None]
    commodities, units = ["electricity", *codes[1:]], ["TWh", *["bn CNY"] * (len(codes) - 1)]
    book.flows.append(Flows(world.year, commodities, units, amount, co2))
