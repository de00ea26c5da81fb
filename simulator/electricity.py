"""A year of power: what generators and loads bring to the operators, the market, and what it leaves.

`prepare` fills the operators' records, the operators decide (heat, water, storage, coal units), `clear` runs the market
and hands its results to the generators' plants. P provinces, T technologies, B blocks, L lines, K routes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from agents.compiled import process, rule
from agents.firm_record import EMPTY, SLOTS
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import GWH_PER_TWH, TECHNOLOGIES, THERMAL, OperatorParameters
from simulator import power, power_lines
from simulator.base_year import POWER
from simulator.market import MarketIndex
from simulator.power import Dispatch, Supply
from simulator.power_lines import Corridors, LinePlan
from simulator.power_merit import MeritOrder, ThermalPlants, merit_order
from simulator.power_settlement import LineYear, Settlement, settle, settle_lines
from simulator.power_trade import Network, Workspace
from simulator.power_year import Calendar, YearOfPower, bring_year
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

# Steps are cut half by capacity, half by cost, so that dear plants stand apart even where they are few.
CAPACITY_WEIGHT = 0.5
# Class of a technology in the merit order, -1 for those outside it.
THERMAL_CLASS = tuple(THERMAL.index(one) if one in THERMAL else -1 for one in range(TECHNOLOGIES))


@rule
def list_plants(firms: Any, index: MarketIndex, technology: Array, plants: ThermalPlants, operators: Any) -> None:
    """Fill the thermal plants of all generators, and the capacity that works this year in each province.

    Generators come first in the index, in the order of provinces; a plant's place is SLOTS x its firm's plus its slot.
    """
    for operator in operators:
        operator.capacity_gw[:] = 0.0
        plants.start[operator.operator] = SLOTS * index.start[POWER, operator.operator]
    generators = index.stop[POWER, operators.size - 1]
    plants.start[operators.size] = SLOTS * generators
    for place in range(generators):
        firm = firms[index.rows[place]]
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
    firms: Any, index: MarketIndex, step: Array, technology: Array, books: Settlement, operators: Any
) -> None:
    """Fill slot_output of generators in TWh: thermal plants by the hours of their step, others by capacity."""
    hours, generation_twh = books.full_load_hours, books.generation_twh
    for place in range(index.stop[POWER, operators.size - 1]):
        firm = firms[index.rows[place]]
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


class MarketRules(NamedTuple):
    """How power is traded between provinces: kind of market, charge for wheeling in CNY per MWh, operators' margins
    that are asked on top (1 all, 0 none), and the most rounds of trade."""

    kind: int
    wheeling_charge: float
    asked: float
    rounds: int


def market_rules(is_unified: bool, own: Mapping[str, float]) -> MarketRules:
    """Rules of a kind of market; a unified one asks no margin at borders."""
    kind, asked = (power.UNIFIED, 0.0) if is_unified else (power.BILATERAL, 1.0)
    return MarketRules(kind, own["wheeling_charge"], asked, int(own["market_rounds"]))


class Grid(NamedTuple):
    """What a year of power is prepared, cleared and booked in, made once: see the kinds, and `simulator.power_lines`.

    hours [B]; technology [K]; line_capacity_gw, usual_twh [L], season_flow_gw [4, L]; contract_gw, lower_gw, upper_gw
    [B, L]: what lines are bound to carry, and the least and the most that they may.
    """

    parameters: OperatorParameters
    hours: Array
    technology: Array
    calendar: Calendar
    corridors: Corridors
    plan: LinePlan
    rules: MarketRules
    surroundings: Any
    operators: Any
    plants: ThermalPlants
    merit: MeritOrder
    supply: Supply
    network: Network
    line_capacity_gw: Array
    usual_twh: Array
    season_flow_gw: Array
    contract_gw: Array
    lower_gw: Array
    upper_gw: Array
    work: Workspace
    dispatch: Dispatch
    books: Settlement
    lines: LineYear


def prepare(world: "World") -> None:
    """Fill the operators' records: fleet, load, wind, sun, water, heat and contracts of the year.

    What sectors use is known by then: see `simulator.industry.measure_loads`.
    """
    system, config, first = world.power, world.setting.config, world.year == world.setting.years[0]
    # The flows of the base year are data: all of them count as contracts, and nothing is traded beside them.
    is_given = first or config.simulation.frozen
    system.grid.plan.contracted_share[0] = 1.0 if is_given else world.signal("contracted_share")
    is_open = first or config.trade.lines == "open"
    prepare_year(world.firm_rows, world.index, system.grid, system.year, system.heat_view, world.now, is_open)


@rule
def prepare_year(
    firms: Any,
    index: MarketIndex,
    grid: Grid,
    year: YearOfPower,
    heat: HeatView,
    now: Array,
    is_open: bool,
) -> None:
    """Plants that work, what the year brings to operators, and lines in service with their contracts.

    now [2]: the year and its place; is_open: whether lines run at all in it.
    """
    list_plants(firms, index, grid.technology, grid.plants, grid.operators)
    bring_year(grid.operators, grid.surroundings, grid.calendar, year, heat)
    power_lines.prepare(
        grid.network,
        grid.corridors,
        grid.plan,
        now[1],
        is_open,
        grid.line_capacity_gw,
        grid.usual_twh,
        grid.season_flow_gw,
        grid.contract_gw,
        grid.operators,
    )


def clear(world: "World") -> None:
    """Run the market, book the year, and hand generation out to plants."""
    clear_year(world.firm_rows, world.index, world.power.grid)


@process
def clear_year(firms: Any, index: MarketIndex, grid: Grid) -> None:
    """The year of a power market: offers, contracts, trade, and what it leaves to operators, lines and plants."""
    offer(grid)
    trade(grid)
    settle(grid.operators, grid.hours, grid.merit, grid.supply, grid.dispatch, grid.parameters, grid.books)
    settle_lines(grid.network, grid.lower_gw, grid.upper_gw, grid.hours, grid.dispatch, grid.lines)
    power_lines.traded_exports(grid.network, grid.contract_gw, grid.dispatch.flow_gw, grid.operators)
    hand_out_generation(firms, index, grid.merit.step, grid.technology, grid.books, grid.operators)


@process
def offer(grid: Grid) -> None:
    """What plants offer in order of cost, contracts between provinces already honoured."""
    merit_order(grid.plants, CAPACITY_WEIGHT, grid.merit)
    power.assemble_supply(grid.operators, grid.merit, grid.supply)
    power_lines.honour_contracts(grid.supply, grid.network, grid.contract_gw)


@process
def trade(grid: Grid) -> None:
    """Clear the market over the lines that contracts leave open."""
    rules, share = grid.rules, grid.plan.contracted_share[0]
    power_lines.open_to_trade(grid.contract_gw, grid.line_capacity_gw, share, grid.lower_gw, grid.upper_gw)
    power_lines.line_friction(rules.wheeling_charge, grid.operators, grid.network, rules.asked)
    power.clear(
        grid.supply,
        grid.network,
        grid.line_capacity_gw,
        grid.contract_gw,
        grid.lower_gw,
        grid.upper_gw,
        rules.kind,
        rules.rounds,
        True,
        grid.work,
        grid.dispatch,
    )


@rule
def fill_heat_co2(operators: Any, factor: Array, co2_mt: Array) -> None:
    """Fill the CO2 of heat plants [P] in Mt; factor [4] in t per GJ."""
    for place in range(co2_mt.size):
        co2_mt[place] = heat_co2_mt(operators[place], factor)


@rule
def heat_co2_mt(operator: Any, factor: Array) -> float:
    """CO2 of a province's heat plants in Mt."""
    return operator.heat_coal_pj * factor[0] + operator.heat_gas_pj * factor[2]  # type: ignore[no-any-return]
