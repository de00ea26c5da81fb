"""Power lines: contracts that bind part of them, what is open to trade, what a larger line would earn, new lines.

A contract is a flow in GW at the sending end, positive from origin to destination. Shapes: B blocks, L lines, P
provinces. Lines keep their place for ever; a line that does not exist yet has capacity 0.
"""

from typing import Any, NamedTuple

import numpy as np

from agents.choice import capital_recovery_factor
from agents.compiled import process, rule
from agents.grid_operator_record import BLOCKS, BLOCKS_PER_SEASON, SEASONS
from simulator.power import Dispatch, Supply
from simulator.power_trade import Floats, Integers, Network

ROUNDS_OF_CUTS = 200
SMALLEST_CUT_GW = 1e-11


class LineParameters(NamedTuple):
    """What new lines cost and how they are chosen; sources in `simulator/data/parameters.csv`."""

    line_block_gw: float
    line_budget_per_plan: float
    line_build_years: float
    line_converter_cost: float
    line_cost_per_km: float
    line_discount_rate: float
    line_fixed_om_share: float
    line_lifetime: float
    line_minimum_rent_ratio: float
    line_rent_years: float


class Corridors(NamedTuple):
    """Lines as the base year knows them: year of service, capacity (GW), that of the first year, flow of the base year
    (TWh), all [L]; season_shape [L, 4]: the exporter's seasons, mean 1 weighted by hours."""

    year: Integers
    capacity_gw: Floats
    first_capacity_gw: Floats
    base_twh: Floats
    season_shape: Floats


class LinePlan(NamedTuple):
    """What decides which lines run. first_year: of the run; ordered_gw, added_gw [years, L]: what plans and signals
    have added to each line by a year; new_line_use: how new lines are used; contracted_share [1]: of what lines usually
    carry, this year."""

    first_year: int
    ordered_gw: Floats
    added_gw: Floats
    new_line_use: float
    contracted_share: Floats


@rule
def prepare(
    network: Network,
    corridors: Corridors,
    plan: LinePlan,
    i: int,
    is_open: bool,
    capacity_gw: Floats,
    usual_twh: Floats,
    season_flow_gw: Floats,
    contract_gw: Floats,
    operators: Any,
) -> None:
    """Put the lines of year i into service, if any are; contract a share of what they usually carry; tell operators.

    Filled: capacity_gw, usual_twh [L], season_flow_gw [4, L], contract_gw [B, L].
    """
    for line in range(capacity_gw.size):
        there = corridors.capacity_gw[line] if corridors.year[line] <= plan.first_year + i else 0.0
        capacity_gw[line] = there + plan.ordered_gw[i, line] + plan.added_gw[i, line] if is_open else 0.0
    base_flows(corridors.base_twh, corridors.first_capacity_gw, capacity_gw, plan.new_line_use, usual_twh)
    contract_flows(usual_twh, corridors.season_shape, capacity_gw, 1.0, season_flow_gw)
    contracted_exports(network, season_flow_gw, operators)
    for operator in operators:
        for block in range(BLOCKS):
            operator.usual_export_gw[block] = operator.contracted_export_gw[block]
    contract_flows(usual_twh, corridors.season_shape, capacity_gw, plan.contracted_share[0], season_flow_gw)
    contracted_exports(network, season_flow_gw, operators)
    for block in range(BLOCKS):
        for line in range(capacity_gw.size):
            contract_gw[block, line] = season_flow_gw[block // BLOCKS_PER_SEASON, line]


@rule
def base_flows(
    base_flow_twh: Floats, base_capacity_gw: Floats, capacity_gw: Floats, new_line_use: float, flow_twh: Floats
) -> None:
    """Yearly flow to which contracts refer (TWh): that of the base year, and for capacity built since, its usual use.

    New capacity is contracted in the direction of the base flow, a new line from origin to destination. All arrays [L];
    flow_twh is filled. Worked value: 10 TWh in the base year, 2 GW more at a use of 0.5: 18.76 TWh.
    """
    for line in range(flow_twh.size):
        built = max(capacity_gw[line] - base_capacity_gw[line], 0.0)
        direction = -1.0 if base_flow_twh[line] < 0.0 else 1.0
        flow_twh[line] = base_flow_twh[line] + direction * new_line_use * 8.76 * built


@rule
def contract_flows(
    base_flow_twh: Floats, season_shape: Floats, capacity_gw: Floats, contracted_share: float, flow_gw: Floats
) -> None:
    """Flow that contracts ask of each line: share x base flow with the exporter's seasons, within the line.

    base_flow_twh [L]; season_shape [L, 4], mean 1 weighted by hours; flow_gw [4, L] is filled.
    Worked value: 8.76 TWh, shape 1.2, share 0.7: 0.84 GW.
    """
    for line in range(capacity_gw.size):
        mean = contracted_share * base_flow_twh[line] / 8.76
        for season in range(SEASONS):
            flow = mean * season_shape[line, season]
            flow_gw[season, line] = min(max(flow, -capacity_gw[line]), capacity_gw[line])


@rule
def sent_by_origin(flow_gw: float, kept: float) -> float:
    """Net export of the province in which a line begins: what it sends, or less what arrives from the other end."""
    return flow_gw if flow_gw > 0.0 else kept * flow_gw


@rule
def sent_by_destination(flow_gw: float, kept: float) -> float:
    """Net export of the province in which a line ends."""
    return -kept * flow_gw if flow_gw > 0.0 else -flow_gw


@rule
def contracted_exports(network: Network, flow_gw: Floats, operators: Any) -> None:
    """Tell every operator its contracts: power sent, less power received after losses (`contracted_export_gw`).

    flow_gw [4, L]: the same in all blocks of a season.
    """
    for season in range(SEASONS):
        first = season * BLOCKS_PER_SEASON
        for operator in operators:
            operator.contracted_export_gw[first] = 0.0
        for line in range(flow_gw.shape[1]):
            flow = flow_gw[season, line]
            a, b = operators[network.origin[line]], operators[network.destination[line]]
            kept = 1.0 - network.loss_share[line]
            a.contracted_export_gw[first] += sent_by_origin(flow, kept)
            b.contracted_export_gw[first] += sent_by_destination(flow, kept)
        for operator in operators:
            for block in range(first + 1, first + BLOCKS_PER_SEASON):
                operator.contracted_export_gw[block] = operator.contracted_export_gw[first]


@rule
def traded_exports(network: Network, contract_gw: Floats, flow_gw: Floats, operators: Any) -> None:
    """Tell every operator what it traded beyond the contracts that were kept (`traded_export_gw`): arrays [B, L]."""
    for operator in operators:
        operator.traded_export_gw[:] = 0.0
    for block in range(flow_gw.shape[0]):
        for line in range(flow_gw.shape[1]):
            flow, contract, kept = flow_gw[block, line], contract_gw[block, line], 1.0 - network.loss_share[line]
            a, b = operators[network.origin[line]], operators[network.destination[line]]
            a.traded_export_gw[block] += sent_by_origin(flow, kept) - sent_by_origin(contract, kept)
            b.traded_export_gw[block] += sent_by_destination(flow, kept) - sent_by_destination(contract, kept)


@rule
def weigh(network: Network, flow_gw: Floats, sent: Floats, received: Floats) -> None:
    """Power sent and received by each province in a block (GW): sent, received [P] are filled."""
    for province in range(sent.size):
        sent[province] = 0.0
        received[province] = 0.0
    for line in range(flow_gw.size):
        flow = flow_gw[line]
        kept = 1.0 - network.loss_share[line]
        if flow > 0.0:
            sent[network.origin[line]] += flow
            received[network.destination[line]] += kept * flow
        elif flow < 0.0:
            sent[network.destination[line]] -= flow
            received[network.origin[line]] -= kept * flow


@process
def honour_contracts(supply: Supply, network: Network, contract_gw: Floats) -> float:
    """Cut contracts that cannot be kept, and return the energy-free sum of cuts (GW over blocks).

    An exporter that would shed its own load cuts all its exports in proportion; an importer that is offered more than
    its load takes all its imports in proportion. Cuts pass down the lines until nothing is left to cut.
    """
    blocks, provinces = supply.load_gw.shape
    sent, received = np.zeros(provinces), np.zeros(provinces)
    keep_sent, keep_received = np.ones(provinces), np.ones(provinces)
    cuts = 0.0
    for block in range(blocks):
        flow_gw = contract_gw[block]
        for _ in range(ROUNDS_OF_CUTS):
            weigh(network, flow_gw, sent, received)
            cut = False
            for province in range(provinces):
                able = supply.free_gw[block, province]
                for step in range(supply.step_gw.shape[2]):
                    able += supply.step_gw[block, province, step]
                load = supply.load_gw[block, province]
                short = load + sent[province] - received[province] - able
                excess = received[province] - load - sent[province]
                keep_sent[province], keep_received[province] = 1.0, 1.0
                if short > SMALLEST_CUT_GW and sent[province] > 0.0:
                    keep_sent[province] = max(1.0 - short / sent[province], 0.0)
                    cut = True
                if excess > SMALLEST_CUT_GW:
                    keep_received[province] = 1.0 - excess / received[province]
                    cut = True
            if not cut:
                break
            for line in range(flow_gw.size):
                a, b = network.origin[line], network.destination[line]
                forward = flow_gw[line] > 0.0
                keep = min(keep_sent[a], keep_received[b]) if forward else min(keep_sent[b], keep_received[a])
                cuts += (1.0 - keep) * abs(flow_gw[line])
                flow_gw[line] *= keep
    return cuts


@rule
def open_to_trade(
    contract_gw: Floats, capacity_gw: Floats, contracted_share: float, lower_gw: Floats, upper_gw: Floats
) -> None:
    """Least and greatest flow of each line and block: the share that is not contracted is open to trade.

    A contract is physical: trade adds to it and does not undo it. A line without contract is open both ways. All
    arrays [B, L] but capacity_gw [L]. A contracted share of 1 leaves nothing to trade.
    """
    for block in range(contract_gw.shape[0]):
        for line in range(contract_gw.shape[1]):
            contract = contract_gw[block, line]
            room = (1.0 - contracted_share) * capacity_gw[line]
            most = capacity_gw[line]
            lower_gw[block, line] = contract if contract > 0.0 else max(contract - room, -most)
            upper_gw[block, line] = contract if contract < 0.0 else min(contract + room, most)


@rule
def line_friction(wheeling_charge: float, operators: Any, network: Network, asked: float) -> None:
    """Fill network.wheeling_cny_per_mwh: wheeling plus operators' margins x `asked` (1 bilateral, 0 unified).

    Each of the two operators of a line counts half.
    """
    for line in range(network.origin.size):
        margin = operators[network.origin[line]].trade_margin + operators[network.destination[line]].trade_margin
        network.wheeling_cny_per_mwh[line] = wheeling_charge + asked * 0.5 * margin


@rule
def congestion_rent(
    network: Network,
    hours: Floats,
    contracted_share: Floats,
    cap_cny_per_mwh: float,
    dispatch: Dispatch,
    rents: Floats,
    now: Integers,
) -> None:
    """Fill this year's row of rents [years, L]: what one more GW of each line would have earned (m CNY per GW).

    The spread left after losses and wheeling, in either direction, over all hours; prices count up to the cap. A line
    that is not full has no spread left. Of one more GW only the share that is not contracted could have traded.
    contracted_share [1]; now [2]: the year and the place of its row.
    """
    rent, free_share = rents[now[1]], 1.0 - contracted_share[0]
    rent[:] = 0.0
    for block in range(hours.size):
        for line in range(rent.size):
            a = min(dispatch.price_cny_per_mwh[block, network.origin[line]], cap_cny_per_mwh)
            b = min(dispatch.price_cny_per_mwh[block, network.destination[line]], cap_cny_per_mwh)
            kept = 1.0 - network.loss_share[line]
            spread = max(kept * b - a, kept * a - b) - network.wheeling_cny_per_mwh[line]
            rent[line] += free_share * hours[block] * max(spread, 0.0) / 1000.0


@process
def line_capital_cost(length_km: float, own: LineParameters) -> float:
    """Capital cost of a GW of line (m CNY): converters + cost per km x length. 1,000 km: 2,696 with the defaults."""
    return own.line_converter_cost + own.line_cost_per_km * length_km


class LineBook(NamedTuple):
    """What a planner of lines goes by, made once a run.

    rent_m_cny_per_gw [years, L]: congestion rents; length_km, capacity_gw [L]: a line without capacity is not enlarged;
    ordered_gw [years and more, L]: what plans have added by then.
    """

    rent_m_cny_per_gw: Floats
    length_km: Floats
    capacity_gw: Floats
    ordered_gw: Floats
    parameters: LineParameters


@process
def plan_lines(book: LineBook, year: int, budget_m_cny: float) -> None:
    """Order new capacity (GW) at the start of a five-year plan, after the year that stands at place `year` of the book.

    Corridors are ranked by mean congestion rent over the yearly cost of a GW, ties by id; each gets one block while the
    rent covers `line_minimum_rent_ratio` of the cost and the budget lasts. Rents of the last `line_rent_years` count.
    Ordered lines are in service `line_build_years` later.
    """
    own, ratio, left = book.parameters, np.zeros(book.length_km.size), budget_m_cny
    rent_ratios(book, year, ratio)
    for _ in range(ratio.size):
        best = -1
        for line in range(ratio.size):
            cost = own.line_block_gw * line_capital_cost(book.length_km[line], own)
            pays = ratio[line] >= own.line_minimum_rent_ratio and cost <= left
            if pays and (best < 0 or ratio[line] > ratio[best]):
                best = line
        if best < 0:
            break
        for later in range(year + int(own.line_build_years), book.ordered_gw.shape[0]):
            book.ordered_gw[later, best] += own.line_block_gw
        left -= own.line_block_gw * line_capital_cost(book.length_km[best], own)
        ratio[best] = 0.0


@process
def rent_ratios(book: LineBook, year: int, ratio: Floats) -> None:
    """Fill ratio [L] with the mean congestion rent of the last years over the yearly cost of a GW of each line."""
    own, first = book.parameters, max(year + 1 - int(book.parameters.line_rent_years), 0)
    annuity = capital_recovery_factor(own.line_discount_rate, own.line_lifetime) + own.line_fixed_om_share
    for line in range(ratio.size):
        total = 0.0
        for past in range(first, year + 1):
            total += book.rent_m_cny_per_gw[past, line]
        if book.capacity_gw[line] > 0.0:
            ratio[line] = total / (year + 1 - first) / (annuity * line_capital_cost(book.length_km[line], own))
