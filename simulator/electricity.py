"""A year of power: what generators and loads bring to the operators, the market, and what it leaves.

`prepare` fills the operators' records, the operators decide (heat, water, storage, coal units), `clear` runs the market
and hands its results to the generators' plants. P provinces, T technologies, B blocks, L lines, K routes.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from agents.compiled import rule
from agents.firm_record import EMPTY, SLOTS
from agents.grid_operator_record import GWH_PER_TWH, TECHNOLOGIES, THERMAL
from simulator import power, power_lines, power_merit, power_settlement
from simulator.base_year import POWER
from simulator.power_merit import ThermalPlants
from simulator.power_year import YearOfPower, bring_year
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

# Steps are cut half by capacity, half by cost, so that dear plants stand apart even where they are few.
CAPACITY_WEIGHT = 0.5
# Class of a technology in the merit order, -1 for those outside it.
THERMAL_CLASS = tuple(THERMAL.index(one) if one in THERMAL else -1 for one in range(TECHNOLOGIES))


@rule
def list_plants(firms: Any, rows: Array, technology: Array, plants: ThermalPlants, operators: Any) -> None:
    """Fill the thermal plants of all generators, and the capacity that works this year in each province.

    rows: generators in the order of provinces; a plant's place is SLOTS x its firm's plus its slot.
    """
    for operator in operators:
        operator.capacity_gw[:] = 0.0
    for place in range(rows.size):
        firm = firms[rows[place]]
        fleet = operators[firm.province].capacity_gw
        for slot in range(SLOTS):
            plant = SLOTS * place + slot
            route = firm.slot_route[slot]
            plants.capacity_gw[plant] = 0.0
            if route > EMPTY:
                kind = technology[route]
                works = firm.slot_capacity[slot] * firm.slot_available[slot]
                fleet[kind] += works
                if THERMAL_CLASS[kind] >= 0:
                    plants.capacity_gw[plant] = works
                    plants.cost_cny_per_mwh[plant] = firm.slot_cost[slot]
                    plants.thermal_class[plant] = THERMAL_CLASS[kind]


@rule
def hand_out_generation(
    firms: Any, rows: Array, step: Array, technology: Array, hours: Array, generation_twh: Array, operators: Any
) -> None:
    """Fill slot_output of generators in TWh: thermal plants by the hours of their step, others by capacity."""
    for place in range(rows.size):
        firm = firms[rows[place]]
        province = firm.province
        fleet = operators[province].capacity_gw
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            output = 0.0
            if route > EMPTY:
                kind = technology[route]
                works = firm.slot_capacity[slot] * firm.slot_available[slot]
                if THERMAL_CLASS[kind] >= 0:
                    output = works * hours[province, step[SLOTS * place + slot], THERMAL_CLASS[kind]] / GWH_PER_TWH
                elif fleet[kind] > 0.0:
                    output = works / fleet[kind] * generation_twh[province, kind]
            firm.slot_output[slot] = output


def prepare(world: "World", electricity_twh: Array, vehicles_twh: Array, warmth_twh: Array, heat_index: Array) -> None:
    """Fill the operators' records: fleet, load, wind, sun, water, heat and contracts of the year.

    electricity_twh [P]: what sectors use at the meter; vehicles_twh, warmth_twh [P]: parts of it with a shape of
    their own; heat_index [P]: heat demand relative to the base year.
    """
    system, setting, weather = world.power, world.setting, world.weather
    index, plants = world.index, system.plants
    rows, technology = index.rows[: world.generators], setting.base.routes.technology
    list_plants(world.firm_rows, rows, technology, plants, system.operator_rows)
    plants.start[:-1], plants.start[-1] = index.start[POWER] * SLOTS, index.stop[POWER, -1] * SLOTS
    year = YearOfPower(
        electricity_twh,
        vehicles_twh,
        warmth_twh,
        heat_index,
        weather.wind,
        weather.sun,
        weather.water,
        weather.heat,
        world.signal("hydro_availability_multiplier"),
    )
    bring_year(system.operator_rows, system.surroundings, system.calendar, year)
    prepare_lines(world)


def prepare_lines(world: "World") -> None:
    """Lines in service, their contracts, and what the operators have contracted."""
    system, setting, now = world.power, world.setting, world.year
    base_year = now == setting.years[0]
    # The flows of the base year are data: all of them count as contracts, and nothing is traded beside them.
    frozen = setting.config.simulation.frozen
    world.contracted_share = 1.0 if base_year or frozen else float(world.signal("contracted_share"))
    plan = power_lines.LinePlan(
        year=setting.years[world.i],
        is_open=setting.config.trade.lines == "open" or base_year,
        new_line_use=setting.parameters["new_line_use"],
        contracted_share=world.contracted_share,
    )
    power_lines.prepare(
        system.network,
        system.corridors,
        plan,
        system.ordered_gw[world.i],
        setting.line_additions[world.i],
        system.line_capacity_gw,
        system.base_flow_twh,
        system.season_flow_gw,
        system.contract_gw,
        system.operator_rows,
    )


def clear(world: "World") -> None:
    """Run the market, book the year, and hand generation out to plants."""
    offer(world)
    trade(world)
    system, setting = world.power, world.setting
    table, operators = setting.base.power, system.operator_rows
    power_settlement.settle(operators, table.hours, system.merit, system.dispatch, system.parameters, system.books)
    power_settlement.settle_lines(
        system.network, system.lower_gw, system.upper_gw, table.hours, system.dispatch, system.lines
    )
    power_lines.traded_exports(system.network, system.contract_gw, system.dispatch.flow_gw, operators)
    hand_out_generation(
        world.firm_rows,
        world.index.rows[: world.generators],
        system.merit.step,
        setting.base.routes.technology,
        system.books.full_load_hours,
        system.books.generation_twh,
        operators,
    )


def offer(world: "World") -> None:
    """What plants offer in order of cost, contracts between provinces already honoured."""
    system = world.power
    power_merit.merit_order(system.plants, CAPACITY_WEIGHT, system.merit)
    power.assemble_supply(system.operator_rows, system.merit, system.supply)
    power_lines.honour_contracts(system.supply, system.network, system.contract_gw)


def trade(world: "World") -> None:
    """Clear the market over the lines that contracts leave open; a unified market asks no margin at borders."""
    system, own = world.power, world.setting.parameters
    unified = world.setting.config.power.market == "unified"
    power_lines.open_to_trade(
        system.contract_gw, system.line_capacity_gw, world.contracted_share, system.lower_gw, system.upper_gw
    )
    loss, asked = world.setting.base.power.line_loss, 0.0 if unified else 1.0
    power_lines.line_friction(loss, own["wheeling_charge"], system.operator_rows, system.network, asked)
    power.clear(
        system.supply,
        system.network,
        system.line_capacity_gw,
        system.contract_gw,
        system.lower_gw,
        system.upper_gw,
        power.UNIFIED if unified else power.BILATERAL,
        int(own["market_rounds"]),
        True,
        system.work,
        system.dispatch,
    )


def heat_co2_mt(world: "World") -> Array:
    """CO2 of heat plants [P] in Mt."""
    factor = world.setting.base.emission_factor
    operators = world.power.operator_rows
    return np.asarray(operators["heat_coal_pj"] * factor[0] + operators["heat_gas_pj"] * factor[2])
