"""Electricity in one year: supply ladders, trade between provinces block by block, prices and curtailment.

Order of a year: `merit_order` puts thermal plants on a few steps per province; `assemble_supply` adds what the
operators have scheduled; contracts are honoured (`simulator.power_lines`); `clear` trades the rest and `settle` says
what every step, technology and line did. Blocks are independent once water and storage are scheduled.

Units: GW, CNY/MWh, hours; 1 GW x 1 h / 1000 = 1 TWh / 1000 ... so GW x h / 1000 = TWh, and CNY/MWh x TWh = m CNY.
Shapes: B blocks, P provinces, G steps of the merit order, C = 3 thermal classes (coal, gas, biomass), L lines.
"""

from typing import NamedTuple

import numpy as np

from agents.compiled import rule
from simulator.power_trade import (
    BOTTOMLESS_GW,
    SMALLEST_GW,
    Book,
    Floats,
    Integers,
    Network,
    Scratch,
    polish,
    position,
    price_provinces,
    trade_rounds,
)

THERMAL_CLASSES = ("coal", "gas", "biomass")
BILATERAL, UNIFIED = 0, 1


class MeritOrder(NamedTuple):
    """Thermal plants on steps: which plant stands on which step, and how large and dear the steps are."""

    order: Integers  # [plant] plants by province, cost and id; kept from year to year, which makes sorting cheap
    step: Integers  # [plant] step of the plant within its province
    capacity_gw: Floats  # [P, G, C]
    cost_cny_per_mwh: Floats  # [P, G] capacity-weighted mean marginal cost, never falling with the step


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


def empty_merit_order(plants: int, provinces: int, steps: int, classes: int = 3) -> MeritOrder:
    """Arrays for `merit_order`, made once and filled every year."""
    return MeritOrder(
        np.arange(plants, dtype=np.int64),
        np.zeros(plants, np.int64),
        np.zeros((provinces, steps, classes)),
        np.zeros((provinces, steps)),
    )


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
def sort_by_cost(order, cost):
    """Sort the plants in `order` by cost, ties by id, in place (shell sort: linear when nearly sorted)."""
    gap = order.size // 2
    while gap > 0:
        for i in range(gap, order.size):
            plant = order[i]
            j = i
            while j >= gap:
                other = order[j - gap]
                if cost[other] < cost[plant] or (cost[other] == cost[plant] and other < plant):
                    break
                order[j] = other
                j -= gap
            order[j] = plant
        gap //= 2


@rule
def merit_order(plant_start, capacity_gw, cost_cny_per_mwh, thermal_class, capacity_weight, merit):
    """Sort each province's plants by marginal cost and stand them on steps of alike cost and capacity.

    A plant's place is capacity_weight x (its share of cumulated capacity) + (1 - capacity_weight) x (its share of the
    cost range); places are cut into equal steps. capacity_weight = 1 gives steps of equal capacity.
    plant_start [P + 1]: province p owns plants plant_start[p] .. plant_start[p + 1] - 1; a plant without thermal
    capacity has capacity 0 (its cost and class do not matter). Costs below zero count as zero: a plant paid to run
    still stands behind must-take supply.
    """
    steps = merit.cost_cny_per_mwh.shape[1]
    merit.capacity_gw[:] = 0.0
    for province in range(plant_start.size - 1):
        first, last = plant_start[province], plant_start[province + 1]
        order = merit.order[first:last]
        sort_by_cost(order, cost_cny_per_mwh)
        total = 0.0
        low, high = np.inf, 0.0
        for plant in order:
            if capacity_gw[plant] > 0.0:
                total += capacity_gw[plant]
                low = min(low, max(cost_cny_per_mwh[plant], 0.0))
                high = max(high, max(cost_cny_per_mwh[plant], 0.0))
        spread = high - low
        below = 0.0
        spent = merit.cost_cny_per_mwh[province]
        spent[:] = 0.0
        for plant in order:
            merit.step[plant] = 0
            size = capacity_gw[plant]
            if size > 0.0:
                cost = max(cost_cny_per_mwh[plant], 0.0)
                place = capacity_weight * (below + 0.5 * size) / total
                if spread > 0.0:
                    place += (1.0 - capacity_weight) * (cost - low) / spread
                step = min(int(place * steps), steps - 1)
                below += size
                merit.step[plant] = step
                merit.capacity_gw[province, step, thermal_class[plant]] += size
                spent[step] += size * cost
        mean_costs(merit.capacity_gw[province], spent, low)


@rule
def mean_costs(capacity_gw, spent, lowest):
    """Turn capacity x cost of each step into mean cost; an empty step gets the cost of the step before it."""
    before = lowest if np.isfinite(lowest) else 0.0
    for step in range(spent.size):
        size = 0.0
        for thermal_class in range(capacity_gw.shape[1]):
            size += capacity_gw[step, thermal_class]
        before = max(before, spent[step] / size) if size > 0.0 else before
        spent[step] = before


@rule
def assemble_supply(operators, merit, supply):
    """Load, free supply and steps of every block from what the operators have scheduled."""
    steps = merit.cost_cny_per_mwh.shape[1]
    supply.step_cny_per_mwh[:] = merit.cost_cny_per_mwh
    for province in range(operators.size):
        operator = operators[province]
        for block in range(supply.load_gw.shape[0]):
            load = operator.load_gw[block] + operator.heat_pump_gw[block]
            free = operator.nuclear_gw[block] + operator.hydro_gw[block]
            for kind in range(3):
                free += operator.variable_gw[kind, block]
                free += operator.must_run_share[kind, block] * operator.thermal_capacity_gw[kind]
            for kind in range(2):
                load += operator.charge_gw[kind, block]
                free += operator.discharge_gw[kind, block]
            supply.load_gw[block, province] = load
            supply.free_gw[block, province] = free
            for step in range(steps):
                room = 0.0
                for kind in range(3):
                    room += merit.capacity_gw[province, step, kind] * operator.open_share[kind, block]
                supply.step_gw[block, province, step] = room


@rule
def fill_ladders(book, supply, block):
    """Cumulated supply of a block: free supply, the steps, and unserved energy without bottom."""
    steps = supply.step_gw.shape[2]
    for province in range(supply.load_gw.shape[1]):
        total = supply.free_gw[block, province]
        book.ladder_gw[province, 0] = total
        for step in range(steps):
            total += supply.step_gw[block, province, step]
            book.ladder_gw[province, step + 1] = total
        book.ladder_gw[province, steps + 1] = BOTTOMLESS_GW


@rule
def fill_costs(book, supply):
    """Costs of the ladders: zero, the steps, unserved energy (CNY/MWh)."""
    steps = supply.step_gw.shape[2]
    for province in range(supply.load_gw.shape[1]):
        book.ladder_cny_per_mwh[province, 0] = 0.0
        for step in range(steps):
            book.ladder_cny_per_mwh[province, step + 1] = supply.step_cny_per_mwh[province, step]
        book.ladder_cny_per_mwh[province, steps + 1] = supply.unserved_cny_per_mwh


@rule
def new_book(provinces, rungs):
    """An empty book of `rungs` steps per province."""
    return Book(
        np.zeros((provinces, rungs)),
        np.zeros((provinces, rungs)),
        np.zeros(provinces),
        np.zeros(provinces, np.int64),
        np.zeros(provinces),
        np.zeros(provinces),
        np.zeros(provinces),
        np.zeros(provinces),
    )


@rule
def take_up(flow_gw, before_gw, lower_gw, upper_gw):
    """Start from the flows of the block before, as far as this block's limits allow."""
    for line in range(flow_gw.size):
        flow_gw[line] = min(max(before_gw[line], lower_gw[line]), upper_gw[line])


@rule
def is_feasible(book, load_gw):
    """Whether no province receives more than its load, nor sends more than it has."""
    last = book.ladder_gw.shape[1] - 2
    for province in range(load_gw.size):
        level = book.level_gw[province]
        if level < -10.0 * SMALLEST_GW or level > book.ladder_gw[province, last] + load_gw[province] + SMALLEST_GW:
            return False
    return True


@rule
def clear_block(book, supply, network, block, contract_gw, lower_gw, upper_gw, market, rounds, flow_gw, scratch):
    """Trade in one block, starting from `flow_gw`; from the contracts alone if that start proves infeasible."""
    load_gw = supply.load_gw[block]
    position(book, network, load_gw, flow_gw)
    trade_rounds(book, network, lower_gw, upper_gw, flow_gw, rounds, 1e-9)
    position(book, network, load_gw, flow_gw)
    if not is_feasible(book, load_gw):
        flow_gw[:] = contract_gw
        position(book, network, load_gw, flow_gw)
        trade_rounds(book, network, lower_gw, upper_gw, flow_gw, rounds, 1e-9)
    if market == UNIFIED:
        polish(book, network, lower_gw, upper_gw, flow_gw, scratch)
        position(book, network, load_gw, flow_gw)
    sweeps = load_gw.size if market == UNIFIED else 1
    price_provinces(book, network, lower_gw, upper_gw, flow_gw, sweeps, scratch)


@rule
def lend_a_hand(book, supply, network, block, capacity_gw, lower_gw, upper_gw, rounds, flow_gw, aid_lower, aid_upper):
    """Mutual aid: a province that sheds load may draw on its neighbours over all of the line; was there any?"""
    short = False
    last = book.ladder_gw.shape[1] - 2
    for province in range(book.level_gw.size):
        if book.level_gw[province] > book.ladder_gw[province, last] + SMALLEST_GW:
            short = True
    if not short:
        return False
    for line in range(flow_gw.size):
        aid_lower[line] = lower_gw[line] if lower_gw[line] > 0.0 else -capacity_gw[line]
        aid_upper[line] = upper_gw[line] if upper_gw[line] < 0.0 else capacity_gw[line]
    trade_rounds(book, network, aid_lower, aid_upper, flow_gw, rounds, 0.5 * supply.unserved_cny_per_mwh)
    position(book, network, supply.load_gw[block], flow_gw)
    return True


@rule
def write_block(book, supply, block, price, dispatch):
    """Split each province's level into free supply, steps and unserved energy; keep the price."""
    steps = supply.step_gw.shape[2]
    for province in range(price.size):
        rest = max(book.level_gw[province], 0.0)
        used = min(rest, supply.free_gw[block, province])
        dispatch.free_used_gw[block, province] = used
        rest -= used
        for step in range(steps):
            used = min(rest, supply.step_gw[block, province, step])
            dispatch.step_used_gw[block, province, step] = used
            rest -= used
        dispatch.unserved_gw[block, province] = rest
        unserved = rest > SMALLEST_GW
        dispatch.price_cny_per_mwh[block, province] = supply.unserved_cny_per_mwh if unserved else price[province]


@rule
def clear(supply, network, capacity_gw, contract_gw, lower_gw, upper_gw, market, rounds, mutual_aid, dispatch):
    """Clear all blocks of a year.

    capacity_gw [L] physical limits; contract_gw, lower_gw, upper_gw [B, L] from `simulator.power_lines`;
    market BILATERAL or UNIFIED; rounds: the depth of the bilateral market; mutual_aid: whether shortages open lines.
    Each block starts from the flows of the block before it, as traders do.
    """
    blocks, provinces = supply.load_gw.shape
    lines = capacity_gw.size
    book = new_book(provinces, supply.step_gw.shape[2] + 2)
    scratch = Scratch(
        np.zeros(provinces), np.zeros(provinces, np.int64), np.zeros(provinces, np.int64), np.zeros(provinces)
    )
    aid_lower, aid_upper = np.zeros(lines), np.zeros(lines)
    fill_costs(book, supply)
    for block in range(blocks):
        fill_ladders(book, supply, block)
        flow = dispatch.flow_gw[block]
        before = dispatch.flow_gw[block - 1] if block > 0 else contract_gw[0]
        lower, upper = lower_gw[block], upper_gw[block]
        take_up(flow, before, lower, upper)
        clear_block(book, supply, network, block, contract_gw[block], lower, upper, market, rounds, flow, scratch)
        if mutual_aid:
            if lend_a_hand(
                book, supply, network, block, capacity_gw, lower, upper, rounds, flow, aid_lower, aid_upper
            ):
                price_provinces(book, network, lower, upper, flow, 1, scratch)
        write_block(book, supply, block, scratch.price, dispatch)


@rule
def system_cost(supply, network, hours, dispatch):
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
        total += hours[block] * spent / 1000.0
    return total
