"""Electricity in one year: supply ladders, trade between provinces block by block, prices and curtailment.

Order of a year: thermal plants stand on a few steps per province (`simulator.power_merit`); `assemble_supply` adds
what the operators have scheduled; contracts are honoured (`simulator.power_lines`); `clear` trades the rest and
`simulator.power_settlement` says what every step, technology and line did. Blocks are independent once water and
storage are scheduled.

Units: GW, CNY/MWh, hours; GW x h / 1000 = TWh, and CNY/MWh x TWh = m CNY.
Shapes: B blocks, P provinces, G steps of the merit order, L lines.
"""

from typing import Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.grid_operator_record import KINDS, NUMBER_OF_STORES
from agents.grid_operator_schedule import free_supply
from simulator.power_merit import MeritOrder
from simulator.power_optimum import polish, price_one_hop
from simulator.power_trade import (
    BOTTOMLESS_GW,
    SMALLEST_GW,
    SMALLEST_SPREAD_CNY_PER_MWH,
    Books,
    Floats,
    Network,
    Workspace,
    position,
    trade_rounds,
)

BILATERAL, UNIFIED = 0, 1
KCNY_PER_MCNY = 1000.0


class Supply(NamedTuple):
    """Load and supply of a year before trade."""

    load_gw: Floats  # [B, P] demand, heat pumps, charging
    free_gw: Floats  # [B, P] supply that costs nothing to run: wind, sun, water, nuclear, must-run, discharging
    step_gw: Floats  # [B, P, G] thermal supply above must-run
    step_cny_per_mwh: Floats  # [P, G]
    unserved_cny_per_mwh: float


class Dispatch(NamedTuple):
    """What was run, traded and left unserved in a year."""

    flow_gw: Floats  # [B, L] sending end, positive from origin to destination
    free_used_gw: Floats  # [B, P]
    step_used_gw: Floats  # [B, P, G]
    unserved_gw: Floats  # [B, P]
    price_cny_per_mwh: Floats  # [B, P] cost of one more unit


def empty_dispatch(blocks: int, provinces: int, steps: int, lines: int) -> Dispatch:
    """Arrays for `clear`, made once and filled every year."""
    return Dispatch(
        np.zeros((blocks, lines)),
        np.zeros((blocks, provinces)),
        np.zeros((blocks, provinces, steps)),
        np.zeros((blocks, provinces)),
        np.zeros((blocks, provinces)),
    )


def empty_supply(blocks: int, provinces: int, steps: int, unserved_cny_per_mwh: float) -> Supply:
    """Arrays for `assemble_supply`, made once and filled every year."""
    return Supply(
        np.zeros((blocks, provinces)),
        np.zeros((blocks, provinces)),
        np.zeros((blocks, provinces, steps)),
        np.zeros((provinces, steps)),
        float(unserved_cny_per_mwh),
    )


@rule
def assemble_supply(operators: Any, merit: MeritOrder, supply: Supply) -> None:
    """Load, free supply and steps of every block from what the operators have scheduled."""
    steps = merit.cost_cny_per_mwh.shape[1]
    for province in range(operators.size):
        operator = operators[province]
        for step in range(steps):
            supply.step_cny_per_mwh[province, step] = merit.cost_cny_per_mwh[province, step]
        for block in range(supply.load_gw.shape[0]):
            load = operator.load_gw[block] + operator.heat_pump_gw[block]
            for store in range(NUMBER_OF_STORES):
                load += operator.charge_gw[store, block]
            supply.load_gw[block, province] = load
            supply.free_gw[block, province] = free_supply(operator, block)
            for step in range(steps):
                room = 0.0
                for kind in range(KINDS):
                    room += merit.capacity_gw[province, step, kind] * operator.open_share[kind, block]
                supply.step_gw[block, province, step] = room


@rule
def open_year(work: Workspace, supply: Supply, network: Network) -> None:
    """What stays in all blocks: costs on the supply ladders, and lines with their losses and charges."""
    steps = supply.step_gw.shape[2]
    for province in range(work.books.size):
        book = work.books[province]
        book.line = -1
        book.cost[0] = 0.0
        for step in range(steps):
            book.cost[step + 1] = supply.step_cny_per_mwh[province, step]
        book.cost[steps + 1] = supply.unserved_cny_per_mwh
        book.ladder[steps + 1] = BOTTOMLESS_GW
    for line in range(work.lanes.size):
        lane = work.lanes[line]
        lane.origin = network.origin[line]
        lane.destination = network.destination[line]
        lane.kept = 1.0 - network.loss_share[line]
        lane.needed = 1.0 / lane.kept
        lane.charge = network.wheeling_cny_per_mwh[line]


@rule
def open_block(
    work: Workspace, supply: Supply, block: int, lower_gw: Floats, upper_gw: Floats, flow_gw: Floats
) -> None:
    """Cumulated supply of a block, free supply before the steps; its lines, with `flow_gw` as far as limits allow."""
    for province in range(work.books.size):
        book = work.books[province]
        total = supply.free_gw[block, province]
        book.ladder[0] = total
        for step in range(supply.step_gw.shape[2]):
            total += supply.step_gw[block, province, step]
            book.ladder[step + 1] = total
    for line in range(work.lanes.size):
        lane = work.lanes[line]
        lane.lower = lower_gw[line]
        lane.upper = upper_gw[line]
        lane.flow = min(max(flow_gw[line], lower_gw[line]), upper_gw[line])


@rule
def is_feasible(books: Books, load_gw: Floats) -> bool:
    """Whether no province receives more than its load, nor sends more than it has."""
    for province in range(books.size):
        book = books[province]
        most = book.ladder[book.ladder.size - 2] + load_gw[province]
        if book.level < -10.0 * SMALLEST_GW or book.level > most + 10.0 * SMALLEST_GW:
            return False
    return True


@process
def trade_block(work: Workspace, load_gw: Floats, contract_gw: Floats, market: int, rounds: int) -> None:
    """Trade in one block from the lanes' flows, or from the contracts alone if that start proves infeasible."""
    for attempt in range(2):
        position(work.books, work.lanes, load_gw)
        trade_rounds(work.books, work.lanes, rounds, SMALLEST_SPREAD_CNY_PER_MWH)
        position(work.books, work.lanes, load_gw)
        if attempt == 1 or is_feasible(work.books, load_gw):
            break
        for line in range(contract_gw.size):
            work.lanes[line].flow = contract_gw[line]
    if market == UNIFIED:
        polish(work.books, work.lanes)
        position(work.books, work.lanes, load_gw)
    else:
        price_one_hop(work.books, work.lanes)


@process
def lend_a_hand(
    work: Workspace, load_gw: Floats, capacity_gw: Floats, rounds: int, unserved_cny_per_mwh: float
) -> None:
    """Mutual aid: a province that sheds load may draw on its neighbours over all of the line; was there any?

    Contracts stay in force; only trades that save load are made, whoever asked what for wheeling.
    """
    short = False
    for book in work.books:
        if book.level > book.ladder[book.ladder.size - 2] + SMALLEST_GW:
            short = True
    if not short:
        return
    for line in range(capacity_gw.size):
        lane = work.lanes[line]
        lane.lower = lane.lower if lane.lower > 0.0 else min(lane.lower, -capacity_gw[line])
        lane.upper = lane.upper if lane.upper < 0.0 else max(lane.upper, capacity_gw[line])
    trade_rounds(work.books, work.lanes, rounds, 0.5 * unserved_cny_per_mwh)
    position(work.books, work.lanes, load_gw)


@rule
def marginal_price(book: Any, unserved_gw: float, unserved_cny_per_mwh: float) -> float:
    """Price of a block: of one more unit; with nothing left, of the last unit in use; with load shed, its value.

    A province that has just enough pays for its dearest plant, not for the load that it did not have to shed.
    """
    if unserved_gw > 0.0:
        return unserved_cny_per_mwh
    # Trade that stopped early may value a unit below nothing; supply can always be left unused.
    price: float = max(book.price, 0.0)
    if price >= unserved_cny_per_mwh and book.level > SMALLEST_GW:
        price = book.down_cost
    return price


@rule
def write_block(work: Workspace, supply: Supply, block: int, dispatch: Dispatch) -> None:
    """Split each province's level into free supply, steps and unserved energy; keep flows and prices."""
    for line in range(work.lanes.size):
        dispatch.flow_gw[block, line] = work.lanes[line].flow
    for province in range(work.books.size):
        book = work.books[province]
        rest = max(book.level, 0.0)
        used = min(rest, supply.free_gw[block, province])
        dispatch.free_used_gw[block, province] = used
        rest -= used
        for step in range(supply.step_gw.shape[2]):
            used = min(rest, supply.step_gw[block, province, step]) if rest > 0.0 else 0.0
            dispatch.step_used_gw[block, province, step] = used
            rest -= used
        # What rounding leaves over is no shortage: nobody would have to be rationed for it.
        rest = rest if rest > SMALLEST_GW else 0.0
        dispatch.unserved_gw[block, province] = rest
        dispatch.price_cny_per_mwh[block, province] = marginal_price(book, rest, supply.unserved_cny_per_mwh)


@process
def clear(
    supply: Supply,
    network: Network,
    capacity_gw: Floats,
    contract_gw: Floats,
    lower_gw: Floats,
    upper_gw: Floats,
    market: int,
    rounds: int,
    mutual_aid: bool,
    work: Workspace,
    dispatch: Dispatch,
) -> None:
    """Clear all blocks of a year and fill `dispatch`.

    capacity_gw [L] physical limits; contract_gw, lower_gw, upper_gw [B, L] from `simulator.power_lines`;
    market BILATERAL or UNIFIED; rounds: the depth of the bilateral market; mutual_aid: whether shortages open lines.
    Each block starts from the flows of the block before it, as traders do.
    """
    open_year(work, supply, network)
    for block in range(supply.load_gw.shape[0]):
        load_gw = supply.load_gw[block]
        start = dispatch.flow_gw[block - 1] if block > 0 else contract_gw[0]
        open_block(work, supply, block, lower_gw[block], upper_gw[block], start)
        trade_block(work, load_gw, contract_gw[block], market, rounds)
        if mutual_aid:
            lend_a_hand(work, load_gw, capacity_gw, rounds, supply.unserved_cny_per_mwh)
        write_block(work, supply, block, dispatch)


@process
def system_cost(supply: Supply, network: Network, hours: Floats, dispatch: Dispatch) -> float:
    """Cost of a year's dispatch: fuel of the steps, wheeling, unserved energy (m CNY)."""
    blocks, provinces = supply.load_gw.shape
    total = 0.0
    for block in range(blocks):
        spent = 0.0
        for province in range(provinces):
            spent += supply.unserved_cny_per_mwh * dispatch.unserved_gw[block, province]
            for step in range(supply.step_gw.shape[2]):
                spent += supply.step_cny_per_mwh[province, step] * dispatch.step_used_gw[block, province, step]
        for line in range(network.origin.size):
            spent += network.wheeling_cny_per_mwh[line] * abs(dispatch.flow_gw[block, line])
        total += hours[block] * spent / KCNY_PER_MCNY
    return total
