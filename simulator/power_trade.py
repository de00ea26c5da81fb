"""Trade between grid operators in one time block: bilateral rounds, line by line.

Every province keeps a book: how much of its supply ladder it uses, what one more and one less unit would cost it.
Two operators who share a line move power while the spread exceeds losses and the wheeling charge. Each move lowers
the cost of the whole system, so trade may stop at any time (coordinate descent over the lines).

A flow is measured at the sending end (positive: origin to destination); the receiving end gets flow x (1 - loss).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import rule
from agents.record import Record, field

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Books = NDArray[Any]
Lanes = NDArray[Any]

SMALLEST_GW = 1e-10
SMALLEST_SPREAD_CNY_PER_MWH = 1e-9
BOTTOMLESS_GW = 1e12
NO_OFFER_CNY_PER_MWH = -1e18


class Network(NamedTuple):
    """Lines between provinces, in the order of their permanent ids; all arrays [line]."""

    origin: Integers
    destination: Integers
    loss_share: Floats
    wheeling_cny_per_mwh: Floats  # all that a traded MWh must bear: wheeling and what the operators ask above cost


class Lane(Record):
    """A line during the clearing of one block."""

    origin: int = field("u4", "-", "province index")
    destination: int = field("u4", "-", "province index")
    kept: float = field("f8", "-", "share that arrives")
    needed: float = field("f8", "-", "what must be sent for a unit to arrive, 1 / kept")
    charge: float = field("f8", "CNY/MWh", "wheeling charge on the energy sent")
    lower: float = field("f8", "GW", "least flow")
    upper: float = field("f8", "GW", "greatest flow")
    flow: float = field("f8", "GW", "flow at the sending end")
    visited: int = field("i8", "-", "trades that had been made in the block when it was last visited; -1 never")


class Workspace(NamedTuple):
    """Records used while a year is cleared, made once: books [province], lanes [line]."""

    books: Books
    lanes: Lanes


def book_dtype(rungs: int) -> np.dtype[Any]:
    """Record of a province during the clearing of one block; `rungs` steps on its supply ladder.

    ladder: supply up to and with a step (GW); cost of the step (CNY/MWh); level: supply in use (GW), on `rung`;
    up, down: cost of one more and of one less unit and the room (GW) at that cost; price: of one more unit, wherever
    it comes from (CNY/MWh); traded: number of its last trade in the block, 0 none. The rest serves the search for the
    optimum: line: the balancer, -1: own supply; inward: whether that line's flow is inward; ring: 1 / (1 - u) on a ring
    of balancers; change, mark, stack: work space.
    """
    fields: list[Any] = [(name, "i8") for name in ("rung", "traded", "line", "inward", "mark", "stack")]
    fields += [(name, "f8") for name in ("level", "price", "up_cost", "up_room", "down_cost", "down_room")]
    fields += [("ring", "f8"), ("change", "f8")]
    fields += [("ladder", "f8", (rungs,)), ("cost", "f8", (rungs,))]
    return np.dtype(fields, align=True)


def new_workspace(network: Network, provinces: int, steps: int) -> Workspace:
    """Records for `clear` with `steps` steps of the merit order, free supply and unserved energy."""
    lines = network.origin.size
    books = np.zeros(provinces, book_dtype(steps + 2)).view(np.recarray)
    return Workspace(books, Lane.table(lines))


@rule
def reprice(book: Any) -> None:
    """Costs (CNY/MWh) and room (GW) of one more and one less unit at the present level of the supply ladder.

    Removing a negative level (imports beyond the load) is worth as much as unserved energy.
    """
    level = book.level
    last = book.ladder.size - 1
    rung = book.rung
    while rung < last and book.ladder[rung] <= level + SMALLEST_GW:
        rung += 1
    while rung > 0 and book.ladder[rung - 1] > level + SMALLEST_GW:
        rung -= 1
    book.rung = rung
    book.up_cost = book.cost[rung]
    book.up_room = book.ladder[rung] - level
    if level > SMALLEST_GW:
        while rung > 0 and book.ladder[rung - 1] >= level - SMALLEST_GW:
            rung -= 1
        book.down_cost = book.cost[rung]
        book.down_room = level - (book.ladder[rung - 1] if rung > 0 else 0.0)
    else:
        book.down_cost = NO_OFFER_CNY_PER_MWH
        book.down_room = 0.0
        if level < -SMALLEST_GW:
            book.up_cost = -book.cost[last]
            book.up_room = -level


@rule
def position(books: Books, lanes: Lanes, load_gw: Floats) -> None:
    """Set every province's level to load plus exports less imports received, and price it."""
    for province in range(books.size):
        books[province].level = load_gw[province]
    for lane in lanes:
        if lane.flow > 0.0:
            books[lane.origin].level += lane.flow
            books[lane.destination].level -= lane.kept * lane.flow
        elif lane.flow < 0.0:
            books[lane.destination].level -= lane.flow
            books[lane.origin].level += lane.kept * lane.flow
    for book in books:
        reprice(book)


@rule
def move(giver: Any, taker: Any, given_per_unit: float, taken_per_unit: float, room: float) -> float:
    """Let one province raise its supply and another lower it, up to the next step of either ladder; units moved.

    A unit is a GW at the sending end of their line: a sender gives 1 and the receiver takes `kept`; power called back
    is given by the receiver (kept) and taken by the sender (1).
    """
    units: float = min(room, min(giver.up_room / given_per_unit, taker.down_room / taken_per_unit))
    giver.level += given_per_unit * units
    taker.level -= taken_per_unit * units
    reprice(giver)
    reprice(taker)
    return units


@rule
def set_flow(lane: Any, flow: float) -> None:
    """Set a flow; within a hair of zero or of a limit it is taken to be there."""
    if abs(flow) < SMALLEST_GW:
        flow = 0.0
    if abs(flow - lane.lower) < SMALLEST_GW:
        flow = lane.lower
    if abs(flow - lane.upper) < SMALLEST_GW:
        flow = lane.upper
    lane.flow = flow


@rule
def trade_line(a: Any, b: Any, lane: Any, least_spread: float) -> bool:
    """Let the operators a (origin) and b of a line trade until no spread above `least_spread` is left; did they?"""
    kept = lane.kept
    traded = False
    while True:
        flow = lane.flow
        ahead = flow > 0.0 or (flow == 0.0 and kept * b.down_cost - a.up_cost > kept * a.down_cost - b.up_cost)
        sender, receiver = (a, b) if ahead else (b, a)
        size = flow if ahead else -flow
        most = lane.upper if ahead else -lane.lower
        least = max(lane.lower, 0.0) if ahead else max(-lane.upper, 0.0)
        if size < most and kept * receiver.down_cost - sender.up_cost > lane.charge + least_spread:
            size += move(sender, receiver, 1.0, kept, most - size)
        elif size > least and sender.down_cost + lane.charge > kept * receiver.up_cost + least_spread:
            size -= move(receiver, sender, kept, 1.0, size - least)
        else:
            return traded
        set_flow(lane, size if ahead else -size)
        traded = True


@rule
def trade_rounds(books: Books, lanes: Lanes, rounds: int, least_spread: float) -> int:
    """Visit all lines in permanent order, `rounds` times or until nobody trades; the rounds that were used.

    A line at whose ends nobody has traded since it was visited has nothing to trade, and is passed over.
    """
    trades = 0
    for book in books:
        book.traded = 0
    for lane in lanes:
        lane.visited = -1
    for used in range(rounds):
        before = trades
        for lane in lanes:
            a, b = books[lane.origin], books[lane.destination]
            if lane.visited < a.traded or lane.visited < b.traded:
                if trade_line(a, b, lane, least_spread):
                    trades += 1
                    a.traded, b.traded = trades, trades
                lane.visited = trades
        if trades == before:
            return used
    return rounds
