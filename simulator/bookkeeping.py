"""Write a year into the yearbook: sums, and emissions on three accounts; stop on impossible values."""

import numpy as np

from simulator import columns, system_columns
from simulator.base_year import BASE_YEAR, POWER
from simulator.electricity_flows import LinesOfYear
from simulator.errors import ModelError
from simulator.footprints import EmissionsOfYear, GoodsAccount, embodied_in_goods
from simulator.soundness import LEAST, first_wrong, note_soundness
from simulator.world import World
from simulator.yearbook import FLOW_YEARS, Flows, Yearbook


def check_numbers(world: World) -> None:
    """Raise ModelError on a NaN, an infinity or a negative price or emission, naming where it came up."""
    note_soundness(world.cells, world.price, world.power.operator_rows, LEAST, world.sound)
    if world.sound[0]:
        return
    output, co2, *_, electricity = world.cells
    prices = world.power.operator_rows["price"]
    names = world.setting.base.names
    for process, values in (
        ("output", output),
        ("CO2", co2),
        ("electricity use", electricity),
        ("price of goods", world.price),
        ("wholesale price of power", prices),
    ):
        wrong = first_wrong(values, LEAST)
        if wrong >= 0:
            province, column = divmod(wrong, values.shape[1])
            detail = names.sectors[column] if values.shape[1] == len(names.sectors) else f"block {column}"
            value = float(values[province, column])
            allowed = "a finite number, zero or more"
            raise ModelError(process, world.year, value, allowed, names.provinces[province], detail)


def record_year(world: World, book: Yearbook) -> None:
    """Find what electricity and goods carried, and write this year's row of every table."""
    if book.told is None:
        book.told = what_is_told(world)
    system_columns.tell_year(book.told, book.pages)
    book.written = world.year - book.told.first_year + 1
    if (world.year - BASE_YEAR) % FLOW_YEARS == 0:
        write_flows(world, book)


def what_is_told(world: World) -> system_columns.Told:
    """What the years of a run are told from: arrays of the world, which last as long as it does."""
    return system_columns.Told(
        first_year=world.setting.years[0],
        now=world.now,
        figures=figures_of(world),
        accounts=accounts_of(world),
        lines=lines_of(world),
        charging_twh=world.power.books.charging_twh,
        goods=goods_of(world),
        emissions=emissions_of(world),
        flows=world.flows,
        footprint=world.footprint,
        operators=world.power.operator_rows,
        hours=world.setting.base.power.hours,
        governments=world.government_rows,
        plants=plants_of(world),
        country=country_of(world),
        carbon=carbon_of(world),
    )


def figures_of(world: World) -> columns.Figures:
    """Fuel, the price of certificates and the assessments of the year."""
    return columns.Figures(world.fuel_pj, world.certificates.register.price, world.governance.assessments)


def lines_of(world: World) -> LinesOfYear:
    """Power lines and what they took."""
    table, lines = world.setting.base.power, world.power.lines
    return LinesOfYear(
        table.line_origin, table.line_destination, table.line_loss, lines.forward_twh, lines.backward_twh
    )


def goods_of(world: World) -> GoodsAccount:
    """Goods delivered and used."""
    made, asked = world.deliveries, world.demand
    return GoodsAccount(made.delivered, made.exported, made.output, asked.inputs, asked.bought_by_power, asked.final_bn)


def emissions_of(world: World) -> EmissionsOfYear:
    """CO2 of firms and heat plants, and who used electricity."""
    return EmissionsOfYear(
        world.cells[1], world.governance.heat_co2_mt, world.electricity, world.setting.household_shares
    )


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
    )


def country_of(world: World) -> columns.Country:
    """What is counted for the country alone."""
    return columns.Country(
        carbon_price=world.allowances.results.mean_price,
        spent=world.census.spent,
        locked_in=world.census.locked_in,
        certificates=world.certificates.register.accounts,
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


def carbon_of(world: World) -> system_columns.CarbonYear:
    """Allowances over both sessions."""
    results, accounts = world.allowances.results, world.allowances.books.accounts
    return system_columns.CarbonYear(
        results.mean_price, results.first, results.late, accounts, results.lapsed, results.revenue
    )


def write_flows(world: World, book: Yearbook) -> None:
    """Who delivered what to whom, and the CO2 that it carried."""
    codes, delivered, flows = world.setting.base.names.sectors, world.deliveries.delivered, world.flows
    amount, co2 = delivered.copy(), embodied_in_goods(delivered, world.footprint.intensity)
    # Electricity takes the place of the power sector, which comes first and sells no goods.
    amount[:, :, POWER], co2[:, :, POWER] = flows.sent, flows.sent * flows.mixed[:, None]
    commodities, units = ["electricity", *codes[1:]], ["TWh", *["bn CNY"] * (len(codes) - 1)]
    book.flows.append(Flows(world.year, commodities, units, np.moveaxis(amount, 2, 0), np.moveaxis(co2, 2, 0)))
