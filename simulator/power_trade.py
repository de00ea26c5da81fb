"""Trade between grid operators in one time block: bilateral rounds, and the polish to the least-cost optimum.

Every province keeps a book: how much of its supply ladder it uses, what one more and one less unit would cost it.
Two operators who share a line move power while the spread exceeds losses and the wheeling charge. Each move lowers
the cost of the whole system, so trade may stop at any time. The polish looks further than one line: it prices the
cheapest way of serving one more unit in each province over chains of lines, and shifts power along these chains.

A flow is measured at the sending end (positive: origin to destination); the receiving end gets flow x (1 - loss).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import rule

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SMALLEST_GW = 1e-10
SMALLEST_SPREAD_CNY_PER_MWH = 1e-9
PRICE_TOLERANCE_CNY_PER_MWH = 1e-7
BOTTOMLESS_GW = 1e12
NO_OFFER_CNY_PER_MWH = -1e18
MAXIMUM_POLISH_STEPS = 400


class Network(NamedTuple):
    """Lines between provinces, in the order of their permanent ids; all arrays [line]."""

    origin: Integers
    destination: Integers
    loss_share: Floats
    wheeling_cny_per_mwh: Floats


class Book(NamedTuple):
    """Supply ladders and positions of all provinces in one block: [province], ladders [province, step]."""

    ladder_gw: Floats
    ladder_cny_per_mwh: Floats
    level_gw: Floats
    step: Integers
    up_cost: Floats
    up_room: Floats
    down_cost: Floats
    down_room: Floats


class Scratch(NamedTuple):
    """Work space of the polish: [province]."""

    price: Floats
    parent: Integers
    seen_at: Integers
    amount: Floats


@rule
def reprice(book, province):
    """Costs (CNY/MWh) and room (GW) of one more and one less unit at the present level of the supply ladder.

    A negative level (imports beyond the load) is worth the cost of unserved energy to remove.
    """
    level = book.level_gw[province]
    last = book.ladder_gw.shape[1] - 1
    step = book.step[province]
    while step < last and book.ladder_gw[province, step] <= level + SMALLEST_GW:
        step += 1
    while step > 0 and book.ladder_gw[province, step - 1] > level + SMALLEST_GW:
        step -= 1
    book.step[province] = step
    if level < -SMALLEST_GW:
        book.up_cost[province] = -book.ladder_cny_per_mwh[province, last]
        book.up_room[province] = -level
        book.down_cost[province] = NO_OFFER_CNY_PER_MWH
        book.down_room[province] = 0.0
        return
    book.up_cost[province] = book.ladder_cny_per_mwh[province, step]
    book.up_room[province] = book.ladder_gw[province, step] - level
    while step > 0 and book.ladder_gw[province, step - 1] >= level - SMALLEST_GW:
        step -= 1
    floor = 0.0 if step == 0 else book.ladder_gw[province, step - 1]
    book.down_room[province] = level - floor
    book.down_cost[province] = book.ladder_cny_per_mwh[province, step]
    if level <= SMALLEST_GW:
        book.down_cost[province] = NO_OFFER_CNY_PER_MWH


@rule
def position(book, network, load_gw, flow_gw):
    """Set every province's level to load plus exports less imports received, and price it."""
    for province in range(load_gw.size):
        book.level_gw[province] = load_gw[province]
    for line in range(flow_gw.size):
        flow = flow_gw[line]
        kept = 1.0 - network.loss_share[line]
        if flow > 0.0:
            book.level_gw[network.origin[line]] += flow
            book.level_gw[network.destination[line]] -= kept * flow
        elif flow < 0.0:
            book.level_gw[network.destination[line]] -= flow
            book.level_gw[network.origin[line]] += kept * flow
    for province in range(load_gw.size):
        reprice(book, province)


@rule
def send(book, sender, receiver, kept, room_gw):
    """Move power from sender to receiver up to the next step of either ladder; GW at the sending end."""
    amount = min(room_gw, book.up_room[sender], book.down_room[receiver] / kept)
    book.level_gw[sender] += amount
    book.level_gw[receiver] -= kept * amount
    reprice(book, sender)
    reprice(book, receiver)
    return amount


@rule
def recall(book, sender, receiver, kept, room_gw):
    """Take back power that the sender delivers to the receiver; GW at the sending end."""
    amount = min(room_gw, book.down_room[sender], book.up_room[receiver] / kept)
    book.level_gw[sender] -= amount
    book.level_gw[receiver] += kept * amount
    reprice(book, sender)
    reprice(book, receiver)
    return amount


@rule
def snap(flow, lower, upper):
    """A flow within a hair of zero or of a limit is taken to be there."""
    if abs(flow) < SMALLEST_GW:
        flow = 0.0
    if abs(flow - lower) < SMALLEST_GW:
        return lower
    if abs(flow - upper) < SMALLEST_GW:
        return upper
    return flow


@rule
def trade_line(book, network, lower_gw, upper_gw, flow_gw, line, least_spread):
    """Let the two operators of a line trade until no spread (CNY/MWh) above `least_spread` is left; did they?"""
    a = network.origin[line]
    b = network.destination[line]
    kept = 1.0 - network.loss_share[line]
    charge = network.wheeling_cny_per_mwh[line] + least_spread
    refund = network.wheeling_cny_per_mwh[line] - least_spread
    lower = lower_gw[line]
    upper = upper_gw[line]
    traded = False
    while True:
        flow = flow_gw[line]
        if flow >= 0.0 and flow < upper and kept * book.down_cost[b] - book.up_cost[a] > charge:
            flow += send(book, a, b, kept, upper - flow)
        elif flow <= 0.0 and flow > lower and kept * book.down_cost[a] - book.up_cost[b] > charge:
            flow -= send(book, b, a, kept, flow - lower)
        elif flow > 0.0 and flow > lower and book.down_cost[a] + refund > kept * book.up_cost[b]:
            flow -= recall(book, a, b, kept, min(flow, flow - lower))
        elif flow < 0.0 and flow < upper and book.down_cost[b] + refund > kept * book.up_cost[a]:
            flow += recall(book, b, a, kept, min(-flow, upper - flow))
        else:
            return traded
        flow_gw[line] = snap(flow, lower, upper)
        traded = True


@rule
def trade_rounds(book, network, lower_gw, upper_gw, flow_gw, rounds, least_spread):
    """Visit all lines in permanent order, `rounds` times or until nobody trades; the rounds that were used."""
    for used in range(rounds):
        traded = False
        for line in range(flow_gw.size):
            if trade_line(book, network, lower_gw, upper_gw, flow_gw, line, least_spread):
                traded = True
        if not traded:
            return used
    return rounds


@rule
def import_offer(network, lower_gw, upper_gw, flow_gw, line, forward, price):
    """Price at the far end of a line of one more unit bought at `price` at the near end; no room: a huge price.

    More flow costs (price + wheeling) / kept; taking back an opposite flow costs kept x price - wheeling.
    """
    flow = flow_gw[line]
    kept = 1.0 - network.loss_share[line]
    charge = network.wheeling_cny_per_mwh[line]
    if not forward:
        flow = -flow
    room = upper_gw[line] - flow_gw[line] if forward else flow_gw[line] - lower_gw[line]
    if room < SMALLEST_GW:
        return -NO_OFFER_CNY_PER_MWH
    if flow >= 0.0:
        return (price + charge) / kept
    return kept * price - charge


@rule
def price_provinces(book, network, lower_gw, upper_gw, flow_gw, sweeps, scratch):
    """The cheapest way of serving one more unit in every province, over chains of at most about `sweeps` lines.

    Bellman-Ford on the residual network with gains. parent: the line by which the unit comes, -1: own supply.
    Returns whether prices came to rest.
    """
    price = scratch.price
    parent = scratch.parent
    for province in range(price.size):
        price[province] = book.up_cost[province]
        parent[province] = -1
    for _ in range(sweeps):
        rest = True
        for line in range(flow_gw.size):
            a = network.origin[line]
            b = network.destination[line]
            offer = import_offer(network, lower_gw, upper_gw, flow_gw, line, True, price[a])
            if offer < price[b] - SMALLEST_SPREAD_CNY_PER_MWH:
                price[b] = offer
                parent[b] = line
                rest = False
            offer = import_offer(network, lower_gw, upper_gw, flow_gw, line, False, price[b])
            if offer < price[a] - SMALLEST_SPREAD_CNY_PER_MWH:
                price[a] = offer
                parent[a] = line
                rest = False
        if rest:
            return True
    return False


@rule
def hop(network, lower_gw, upper_gw, flow_gw, line, forward, amount):
    """One unit chain's use of a line: (amount needed at the near end, change of the line, room, cost), GW and CNY."""
    flow = flow_gw[line] if forward else -flow_gw[line]
    kept = 1.0 - network.loss_share[line]
    charge = network.wheeling_cny_per_mwh[line]
    room = upper_gw[line] - flow_gw[line] if forward else flow_gw[line] - lower_gw[line]
    if flow >= 0.0:
        return amount / kept, amount / kept, room, charge * amount / kept
    return amount * kept, amount, min(room, -flow), -charge * amount


@rule
def trace(book, network, lower_gw, upper_gw, flow_gw, scratch, target):
    """Follow the chain that serves `target` back to its source: (source, is a cycle, room in GW at target, cost)."""
    scratch.seen_at[:] = -1
    node = target
    amount = 1.0
    room = BOTTOMLESS_GW
    cost = 0.0
    count = 0
    while scratch.parent[node] >= 0 and scratch.seen_at[node] < 0:
        scratch.seen_at[node] = count
        scratch.amount[node] = amount
        line = scratch.parent[node]
        forward = network.destination[line] == node
        amount, change, line_room, line_cost = hop(network, lower_gw, upper_gw, flow_gw, line, forward, amount)
        room = min(room, line_room / change)
        cost += line_cost
        node = network.origin[line] if forward else network.destination[line]
        count += 1
    if scratch.parent[node] >= 0:
        return node, True, room, cost
    return node, False, min(room, book.up_room[node] / amount), cost + amount * book.up_cost[node]


@rule
def shift(book, network, lower_gw, upper_gw, flow_gw, scratch, target, source, amount):
    """Send `amount` (GW at target) along the traced chain; the amount needed at its source."""
    node = target
    first = True
    while node != source or first:
        first = False
        line = scratch.parent[node]
        forward = network.destination[line] == node
        amount, change, _, _ = hop(network, lower_gw, upper_gw, flow_gw, line, forward, amount)
        flow = flow_gw[line] + change if forward else flow_gw[line] - change
        flow_gw[line] = snap(flow, lower_gw[line], upper_gw[line])
        node = network.origin[line] if forward else network.destination[line]
    return amount


@rule
def serve_from_afar(book, network, lower_gw, upper_gw, flow_gw, scratch, target):
    """Replace the dearest used supply of `target` by the chain found for it, if that lowers cost; did it?"""
    if scratch.parent[target] < 0 or book.down_room[target] < SMALLEST_GW:
        return False
    source, cycle, room, cost = trace(book, network, lower_gw, upper_gw, flow_gw, scratch, target)
    if cycle:
        return turn_cycle(book, network, lower_gw, upper_gw, flow_gw, scratch, source)
    amount = min(room, book.down_room[target])
    if book.down_cost[target] - cost <= PRICE_TOLERANCE_CNY_PER_MWH or amount < SMALLEST_GW:
        return False
    needed = shift(book, network, lower_gw, upper_gw, flow_gw, scratch, target, source, amount)
    book.level_gw[target] -= amount
    book.level_gw[source] += needed
    reprice(book, target)
    reprice(book, source)
    return True


@rule
def turn_cycle(book, network, lower_gw, upper_gw, flow_gw, scratch, start):
    """Shift power around a closed chain that saves wheeling or losses; a province on it takes up the difference."""
    node = start
    first = True
    while node != start or first:
        first = False
        if turn_cycle_at(book, network, lower_gw, upper_gw, flow_gw, scratch, node):
            return True
        line = scratch.parent[node]
        node = network.origin[line] if network.destination[line] == node else network.destination[line]
    return False


@rule
def turn_cycle_at(book, network, lower_gw, upper_gw, flow_gw, scratch, node):
    """The same, the difference between what the chain delivers and needs taken up at `node`; did it pay?"""
    amount = 1.0
    room = BOTTOMLESS_GW
    cost = 0.0
    here = node
    first = True
    while here != node or first:
        first = False
        line = scratch.parent[here]
        forward = network.destination[line] == here
        amount, change, line_room, line_cost = hop(network, lower_gw, upper_gw, flow_gw, line, forward, amount)
        room = min(room, line_room / change)
        cost += line_cost
        here = network.origin[line] if forward else network.destination[line]
    surplus = 1.0 - amount
    value = surplus * (book.down_cost[node] if surplus > 0.0 else book.up_cost[node])
    if abs(surplus) > SMALLEST_GW:
        room = min(room, (book.down_room[node] if surplus > 0.0 else book.up_room[node]) / abs(surplus))
    else:
        value = 0.0
    if value - cost <= PRICE_TOLERANCE_CNY_PER_MWH or room < SMALLEST_GW:
        return False
    needed = shift(book, network, lower_gw, upper_gw, flow_gw, scratch, node, node, room)
    book.level_gw[node] -= room - needed
    reprice(book, node)
    return True


@rule
def polish(book, network, lower_gw, upper_gw, flow_gw, scratch):
    """Shift power along chains of lines until no chain lowers cost: the least-cost optimum; the passes it took."""
    provinces = book.level_gw.size
    for passes in range(MAXIMUM_POLISH_STEPS):
        price_provinces(book, network, lower_gw, upper_gw, flow_gw, provinces, scratch)
        improved = False
        for province in range(provinces):
            saving = book.down_cost[province] - scratch.price[province]
            if saving > PRICE_TOLERANCE_CNY_PER_MWH and serve_from_afar(
                book, network, lower_gw, upper_gw, flow_gw, scratch, province
            ):
                improved = True
        if not improved:
            return passes
    return MAXIMUM_POLISH_STEPS
