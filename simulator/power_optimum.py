"""The least-cost optimum of one block: a network simplex for lines that lose power, started from the bilateral trades.

Bilateral trade sees one line at a time. Here every province has a *balancer*: its own supply, or one of its lines. A
change in a province runs along balancers until it reaches a province that balances itself, or a ring of lines (which,
because lines lose power, can take up or give a little when more or less runs around it). The balancers give prices;
where a line or a supply is worth more than these prices say, it is used more, until something on the chain is
exhausted, and takes that one's place as balancer. When nothing pays any more the cost is least: prices and quantities
satisfy the optimality conditions of the linear programme (generalised network simplex, Ahuja, Magnanti and Orlin
1993, chapter 15). Flows need not start at a corner: a flow between its limits simply moves either way.
"""

from typing import Any

from agents.compiled import process, rule
from simulator.power_trade import SMALLEST_GW, Books, Lanes, reprice, set_flow

WORTHWHILE_CNY_PER_MWH = 1e-7
SMALLEST_CHANGE = 1e-11
MAXIMUM_PIVOTS = 3000
PATIENCE = 60


@rule
def other_end(lane: Any, node: int) -> int:
    """The province at the other end of a line."""
    other: int = lane.origin if lane.destination == node else lane.destination
    return other


@rule
def needed_and_cost(book: Any, lane: Any) -> tuple[float, float]:
    """What one unit gained through the balancing line needs at its other end, and its cost (CNY/MWh).

    More inward flow: 1 / kept units and charge / kept. Less outward flow: kept units, the charge is saved.
    """
    if book.inward == 1:
        return lane.needed, lane.charge * lane.needed
    return lane.kept, -lane.charge


@process
def price_ring(books: Books, lanes: Lanes, gate: int) -> None:
    """Price at a ring of balancers: price = u x price + cost, u the units needed per unit after one round."""
    node = gate
    u = 1.0
    cost = 0.0
    while True:
        book = books[node]
        lane = lanes[book.line]
        needed, charge = needed_and_cost(book, lane)
        cost += charge * u
        u *= needed
        node = other_end(lane, node)
        if node == gate:
            break
    if abs(1.0 - u) < SMALLEST_CHANGE:
        books[gate].line = -1
        reprice(books[gate])
        books[gate].price = books[gate].cost[books[gate].rung]
        return
    while True:
        books[node].ring = 1.0 / (1.0 - u)
        node = other_end(lanes[books[node].line], node)
        if node == gate:
            break
    books[gate].price = cost / (1.0 - u)


@process
def price_balancers(books: Books, lanes: Lanes) -> None:
    """Price of one unit in every province as its balancer would serve it (CNY/MWh)."""
    for book in books:
        book.mark = 0
        book.ring = 0.0
    for province in range(books.size):
        depth = 0
        node = province
        while books[node].mark == 0:
            book = books[node]
            if book.line < 0:
                book.price = book.cost[book.rung]
                book.mark = 2
                break
            book.mark = 1
            books[depth].stack = node
            depth += 1
            node = other_end(lanes[book.line], node)
        if books[node].mark == 1:
            price_ring(books, lanes, node)
            books[node].mark = 2
        while depth > 0:
            depth -= 1
            book = books[books[depth].stack]
            if book.mark == 1:
                lane = lanes[book.line]
                needed, cost = needed_and_cost(book, lane)
                book.price = needed * books[other_end(lane, books[depth].stack)].price + cost
                book.mark = 2


@process
def ask(books: Books, lanes: Lanes, node: int, amount: float) -> None:
    """Ask the balancer of a province for `amount` more, and along the chain whom it must ask in turn."""
    gate = -1
    while node != gate:
        book = books[node]
        if book.ring != 0.0 and gate < 0:
            gate = node
            amount *= book.ring
        book.change += amount
        if book.line < 0:
            return
        lane = lanes[book.line]
        needed, _ = needed_and_cost(book, lane)
        amount *= needed
        node = other_end(lane, node)


@rule
def foot(book: Any) -> float:
    """Where the present step of the supply ladder begins (GW)."""
    begins: float = book.ladder[book.rung - 1] if book.rung > 0 else 0.0
    return begins


@rule
def room_of(book: Any, lanes: Lanes, node: int) -> float:
    """How far (GW gained at the province) the balancer can go in the direction it is asked to."""
    more = book.change > 0.0
    if book.line < 0:
        left: float = book.ladder[book.rung] - book.level if more else book.level - foot(book)
        return left
    lane = lanes[book.line]
    forward = (lane.destination == node) == (book.inward == 1)
    size = lane.flow if forward else -lane.flow
    most = lane.upper if forward else -lane.lower
    least = max(lane.lower, 0.0) if forward else max(-lane.upper, 0.0)
    shrink = lane.kept if book.inward == 1 else 1.0
    room: float = ((most - size) if more == (book.inward == 1) else (size - least)) * shrink
    return room


@process
def first_exhausted(books: Books, lanes: Lanes, room: float) -> tuple[int, float]:
    """The province whose balancer is exhausted first, if before `room` units (else -1), and the units until then."""
    blocker = -1
    size = 0.0
    for node in range(books.size):
        book = books[node]
        change = abs(book.change)
        if change > SMALLEST_CHANGE:
            units = max(room_of(book, lanes, node), 0.0) / change
            if units < room - 1e-13 or (units <= room + 1e-13 and blocker >= 0 and change > size):
                room = min(units, room)
                blocker = node
                size = change
    return blocker, room


@process
def carry_out(books: Books, lanes: Lanes, units: float) -> None:
    """Let all balancers that were asked change by `units` times what they were asked."""
    for node in range(books.size):
        book = books[node]
        if abs(book.change) > SMALLEST_CHANGE:
            amount = book.change * units
            if book.line < 0:
                book.level += amount
            else:
                lane = lanes[book.line]
                change = amount * lane.needed if book.inward == 1 else -amount
                forward = (lane.destination == node) == (book.inward == 1)
                set_flow(lane, lane.flow + (change if forward else -change))
        book.change = 0.0


@process
def runs_through(books: Books, lanes: Lanes, start: int, target: int) -> bool:
    """Whether the chain of balancers from `start` runs through `target`."""
    node = start
    for _ in range(books.size + 1):
        if node == target:
            return True
        if books[node].line < 0:
            return False
        node = other_end(lanes[books[node].line], node)
    return False


@process
def succeed(books: Books, lanes: Lanes, start: int, blocker: int, line: int, inward: int) -> None:
    """`line` (-1: own supply) becomes balancer of `start`; along the chain up to `blocker` balancers move up one."""
    node = start
    while True:
        book = books[node]
        old_line = book.line
        old_inward = book.inward
        book.line = line
        book.inward = inward
        if node == blocker:
            if old_line < 0:
                reprice(book)
            return
        line = old_line
        inward = 1 - old_inward
        node = other_end(lanes[old_line], node)


@rule
def snap_level(book: Any) -> None:
    """A level within a hair of the ends of its step is taken to be there."""
    low = foot(book)
    if abs(book.level - low) < SMALLEST_GW:
        book.level = low
    if abs(book.level - book.ladder[book.rung]) < SMALLEST_GW:
        book.level = book.ladder[book.rung]


@process
def use_line(books: Books, lanes: Lanes, number: int, increase: int) -> float:
    """Send more (or less) over a line until something is exhausted, which it then replaces; GW moved."""
    lane = lanes[number]
    forward = lane.flow > 0.0 or (lane.flow == 0.0 and increase == 1)
    if increase == 2:
        forward = False
    sender = lane.origin if forward else lane.destination
    receiver = lane.destination if forward else lane.origin
    size = lane.flow if forward else -lane.flow
    sign = 1.0 if increase > 0 else -1.0
    room = (lane.upper if forward else -lane.lower) - size
    if increase == 0:
        room = size - (max(lane.lower, 0.0) if forward else max(-lane.upper, 0.0))
    ask(books, lanes, sender, sign)
    ask(books, lanes, receiver, -sign * lane.kept)
    blocker, units = first_exhausted(books, lanes, room)
    carry_out(books, lanes, units)
    set_flow(lane, lane.flow + (sign * units if forward else -sign * units))
    if blocker >= 0:
        if books[blocker].line < 0:
            snap_level(books[blocker])
        if runs_through(books, lanes, receiver, blocker):
            succeed(books, lanes, receiver, blocker, number, 1)
        else:
            succeed(books, lanes, sender, blocker, number, 0)
    return units


@process
def use_supply(books: Books, lanes: Lanes, node: int, more: bool) -> float:
    """Use more (or less) of a province's own supply until something is exhausted, which it then replaces; GW moved."""
    book = books[node]
    sign = 1.0 if more else -1.0
    room = book.up_room if more else book.down_room
    rung = book.rung
    if not more:
        while rung > 0 and book.ladder[rung - 1] >= book.level - SMALLEST_GW:
            rung -= 1
    ask(books, lanes, node, -sign)
    blocker, units = first_exhausted(books, lanes, room)
    carry_out(books, lanes, units)
    book.level += sign * units
    if blocker < 0:
        book.rung = rung
        snap_level(book)
        reprice(book)
        return units
    if books[blocker].line < 0:
        snap_level(books[blocker])
    succeed(books, lanes, node, blocker, -1, 0)
    book.rung = rung
    return units


@rule
def best_use(lane: Any, at_origin: float, at_destination: float) -> tuple[int, float]:
    """How a line is best used at the prices of its ends, and what a unit saves (CNY/MWh; nothing or less: it is not).

    How: 1 more in the direction it runs (from rest: forwards), 2 more backwards, 0 less.
    """
    flow = lane.flow
    if flow > 0.0:
        ahead = lane.kept * at_destination - at_origin - lane.charge
        if ahead > 0.0:
            return 1, ahead if flow < lane.upper else 0.0
        return 0, -ahead if flow > lane.lower else 0.0
    back = lane.kept * at_origin - at_destination - lane.charge
    if flow < 0.0:
        if back > 0.0:
            return 2, back if flow > lane.lower else 0.0
        return 0, -back if flow < lane.upper else 0.0
    ahead = lane.kept * at_destination - at_origin - lane.charge
    if ahead > 0.0 and lane.upper > 0.0 and (ahead >= back or lane.lower >= 0.0):
        return 1, ahead
    return 2, back if lane.lower < 0.0 else 0.0


@process
def best_line(books: Books, lanes: Lanes, first_found: bool) -> tuple[int, int, float]:
    """The line whose use saves most per unit (CNY/MWh): its number, how (see `best_use`), and the saving."""
    best, how, most = -1, 0, WORTHWHILE_CNY_PER_MWH
    for number in range(lanes.size):
        lane = lanes[number]
        use, saving = best_use(lane, books[lane.origin].price, books[lane.destination].price)
        if saving > most:
            best, how, most = number, use, saving
            if first_found:
                break
    return best, how, most


@process
def best_supply(books: Books, least: float, first_found: bool) -> tuple[int, bool]:
    """The province, not its own balancer, whose own supply saves more than `least` by more or less use."""
    best, more, most = -1, False, least
    for node in range(books.size):
        book = books[node]
        if book.line >= 0:
            if book.price - book.up_cost > most:
                best, more, most = node, True, book.price - book.up_cost
            if book.down_cost - book.price > most:
                best, more, most = node, False, book.down_cost - book.price
            if first_found and best >= 0:
                break
    return best, more


@process
def start_balancers(books: Books, lanes: Lanes) -> None:
    """Take over the balancers of the block before; the direction of a balancing line follows its present flow."""
    for node in range(books.size):
        book = books[node]
        book.change = 0.0
        if book.line >= 0:
            lane = lanes[book.line]
            if lane.flow > 0.0 or lane.lower > 0.0:
                book.inward = 1 if lane.destination == node else 0
            elif lane.flow < 0.0 or lane.upper < 0.0:
                book.inward = 1 if lane.origin == node else 0


@process
def polish(books: Books, lanes: Lanes) -> int:
    """Shift power until nothing lowers cost: the least-cost optimum; the number of shifts that it took.

    After PATIENCE shifts in a row that move nothing, the first candidate is taken in place of the best (Bland's
    rule), so that the search cannot run in circles.
    """
    start_balancers(books, lanes)
    idle = 0
    for pivots in range(MAXIMUM_PIVOTS):
        price_balancers(books, lanes)
        line, how, saving = best_line(books, lanes, idle > PATIENCE)
        supply, more = best_supply(books, saving, idle > PATIENCE)
        if supply >= 0:
            moved = use_supply(books, lanes, supply, more)
        elif line >= 0:
            moved = use_line(books, lanes, line, how)
        else:
            return pivots
        idle = idle + 1 if moved < SMALLEST_GW else 0
    return MAXIMUM_PIVOTS


@process
def price_one_hop(books: Books, lanes: Lanes) -> None:
    """Prices as bilateral trade knows them: the cheapest of the own next unit and of the neighbours' next units."""
    for book in books:
        book.price = book.up_cost
    for lane in lanes:
        a = books[lane.origin]
        b = books[lane.destination]
        if lane.flow < lane.upper:
            outward = lane.flow >= 0.0
            offer = (a.up_cost + lane.charge) * lane.needed if outward else lane.kept * a.up_cost - lane.charge
            b.price = min(b.price, offer)
        if lane.flow > lane.lower:
            outward = lane.flow <= 0.0
            offer = (b.up_cost + lane.charge) * lane.needed if outward else lane.kept * b.up_cost - lane.charge
            a.price = min(a.price, offer)
