"""A session of an allowance market: one price at which firms' demand, auction and reserve meet.

    Z(P) = sum_i [E_i (1 - a_i min(1, P / full)) - q_i - A_i + B*_i(P)] - auction        = reserve sale - unsold

E expected emissions, a what can be avoided, q free allowances, A allowances kept, B* those the firm likes to keep. Z
never rises in P, so the price lies in a bracket that shrinks with every step. The bracket is the band of floor and
ceiling; before production the price also moves by at most a given log change from last year's. The reserve sells at
the ceiling only.

Identity: kept before + free + auctioned + sold by the reserve = surrendered + kept + expired.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_allowances import USUAL_BANK, avoided_share, bank_wish

Array = NDArray[Any]

LEAST_PRICE = 0.01
PRECISION = 1e-12
MOST_STEPS = 200
# Columns of the result of a session, see `clear`.
PRICE, AUCTIONED, WITHHELD, RESERVE, UNSOLD, TRADED = range(6)


class Demand(NamedTuple):
    """What firms want of a market, one entry per firm: certain [N] Mt, wanted at any price; avoidable [N] Mt of CO2;
    bank [N] Mt, scale of what it likes to keep; value [N] CNY per t of an allowance kept; most [N]: kept at most,
    relative to the scale."""

    certain: Array
    avoidable: Array
    bank: Array
    value: Array
    most: Array


class Members(NamedTuple):
    """Who takes part in each market: how many have entered [M]; by market and entry [M, N] the row of the firm, what it
    wants, with the meanings of `Demand`, and what it bought in Mt."""

    entered: Array
    row: Array
    certain: Array
    avoidable: Array
    bank: Array
    value: Array
    most: Array
    bought: Array


def no_members(markets: int, most: int) -> Members:
    """Room for `most` firms in every market."""
    entered, row = np.zeros(markets, np.int64), np.empty((markets, most), np.int64)
    wish = np.empty((6, markets, most))
    return Members(entered, row, *wish)


@rule
def enter(members: Members, market: int, row: int, wish: tuple[float, float, float, float, float]) -> None:
    """Let the firm of a row take part in a market with a wish, whose parts are those of `Demand`."""
    entry = members.entered[market]
    members.entered[market] += 1
    members.row[market, entry] = row
    members.certain[market, entry], members.avoidable[market, entry] = wish[0], wish[1]
    members.bank[market, entry], members.value[market, entry], members.most[market, entry] = wish[2], wish[3], wish[4]


@rule
def demand_in(members: Members, market: int) -> Demand:
    """What the members of one market want."""
    count = members.entered[market]
    return Demand(
        members.certain[market, :count],
        members.avoidable[market, :count],
        members.bank[market, :count],
        members.value[market, :count],
        members.most[market, :count],
    )


class Terms(NamedTuple):
    """Behaviour of the market: full_price in CNY per tCO2, at which all is avoided that can be; response of the bank to
    the expected return."""

    full_price: float
    response: float


@rule
def wanted(demand: Demand, entry: int, price: float, terms: Terms) -> float:
    """Allowances that a firm wants to buy at a price, in Mt; negative is an offer."""
    avoided = demand.avoidable[entry] * avoided_share(price, terms.full_price)
    kept = demand.bank[entry] * bank_wish(price, demand.value[entry], terms.response, demand.most[entry])
    return demand.certain[entry] - avoided + kept


@rule
def wanted_banks(demand: Demand, price: float, response: float) -> tuple[float, float]:
    """Allowances that firms like to keep at a price in Mt, and its slope in Mt per CNY."""
    total, steep = 0.0, 0.0
    pull, least = response / price, USUAL_BANK - response
    for entry in range(demand.bank.size):
        wish = least + pull * demand.value[entry]
        most = demand.most[entry]
        total += demand.bank[entry] * min(max(wish, 0.0), most)
        steep += demand.bank[entry] * demand.value[entry] if 0.0 < wish < most else 0.0
    return total, -pull * steep / price


@rule
def excess_demand(demand: Demand, sums: tuple[float, float], price: float, terms: Terms) -> tuple[float, float]:
    """Demand of firms in Mt, and its slope in Mt per CNY (never above zero).

    sums: what they want at any price, and what they can avoid, in Mt.
    """
    certain, avoidable = sums
    kept, slope = wanted_banks(demand, price, terms.response)
    if price < terms.full_price:
        slope -= avoidable / terms.full_price
    return certain - avoidable * avoided_share(price, terms.full_price) + kept, slope


@rule
def fixed_sums(demand: Demand) -> tuple[float, float, float]:
    """What firms want at any price, what they can avoid, and the size of their wishes, all in Mt."""
    certain, avoidable, size = 0.0, 0.0, 0.0
    for entry in range(demand.certain.size):
        certain += demand.certain[entry]
        avoidable += demand.avoidable[entry]
        size += abs(demand.certain[entry]) + demand.bank[entry]
    return certain, avoidable, size


@rule
def price_range(floor: float, ceiling: float, last: float, most_change: float) -> tuple[float, float]:
    """Lowest and highest price of the year: the band, and within it the last price moved by a log change at most.

    A price of zero means that the market is new. Worked value: band 40..300, last 50, 0.5 gives 40 and 82.4.
    """
    low, high = max(floor, LEAST_PRICE), max(ceiling, LEAST_PRICE)
    if last <= 0.0:
        return low, high
    step = math.exp(most_change)
    return min(max(last / step, low), high), max(min(last * step, high), low)


@rule
def clearing_price(
    demand: Demand, auction: float, bounds: tuple[float, float], start: float, terms: Terms
) -> tuple[float, float]:
    """Price within bounds at which demand meets the auction, and what is short there in Mt: zero inside the bounds,
    above at the upper one, below (unsold) at the lower one.

    Newton's method from `start` inside a bracket that shrinks with every step; a step that would leave it goes to its
    end if that was not tried yet, else to its middle.
    """
    low, high = bounds
    certain, avoidable, size = fixed_sums(demand)
    price, below, above = min(max(start, low), high), False, False
    for step in range(MOST_STEPS):
        total, slope = excess_demand(demand, (certain, avoidable), price, terms)
        short = total - auction
        if (short > 0.0 and price >= bounds[1]) or (short < 0.0 and price <= bounds[0]):
            return price, short
        if short > 0.0:
            low, below = price, True
        else:
            high, above = price, True
        narrow = high - low <= PRECISION * price
        if abs(short) <= PRECISION * (size + auction) or (narrow and below and above):
            break
        price = price - short / slope if slope < 0.0 and not narrow else math.inf if short > 0.0 else 0.0
        if price >= high:
            price = high if not above else 0.5 * (low + high)
        elif price <= low:
            price = low if not below else 0.5 * (low + high)
        elif step % 8 == 7 and below and above:
            price = 0.5 * (low + high)
    return price, 0.0


@rule
def settle_quantities(
    short: float, auction: float, asked: float, offered: float, reserve_sells: bool
) -> tuple[float, float, float, float]:
    """What the auction sells and the reserve sells, and the parts of what is asked and offered that are traded.

    short: demand less auction at the price, zero where the market clears; all in Mt. Where too much is offered the
    auction gives way first, then sellers in proportion. Where too little is, buyers give way in proportion unless the
    reserve sells. Worked value: 6 asked, 10 offered and an auction of 3 leave 7 too many; nothing is auctioned and six
    tenths of the offers are sold.
    """
    if short > 0.0 and reserve_sells:
        return auction, asked - offered - auction, 1.0, 1.0
    if short > 0.0:
        return auction, 0.0, (auction + offered) / asked, 1.0
    auctioned = auction - min(-short, auction)
    if asked > auctioned and offered > 0.0:
        return auctioned, 0.0, 1.0, min((asked - auctioned) / offered, 1.0)
    return auctioned, 0.0, auctioned / asked if asked > 0.0 else 0.0, 0.0


@rule
def clear_market(
    demand: Demand,
    auction: float,
    band: tuple[float, float, float],
    start: float,
    terms: Terms,
    result: Array,
    bought: Array,
) -> None:
    """Clear one market; see `clear`. band: low, high, ceiling. Fills result [6] and bought [N]."""
    low, high, ceiling = band
    price, short = clearing_price(demand, auction, (low, high), start, terms)
    asked, offered = 0.0, 0.0
    for entry in range(bought.size):
        bought[entry] = wanted(demand, entry, price, terms)
        asked += max(bought[entry], 0.0)
        offered += max(-bought[entry], 0.0)
    auctioned, reserve, buying, selling = settle_quantities(short, auction, asked, offered, price >= ceiling)
    for entry in range(bought.size):
        bought[entry] *= buying if bought[entry] > 0.0 else selling
    result[PRICE] = price
    result[AUCTIONED] = auctioned
    result[WITHHELD] = auction - auctioned
    result[RESERVE] = reserve
    result[UNSOLD] = (1.0 - selling) * offered if short < 0.0 else 0.0
    result[TRADED] = buying * asked


@rule
def clear(
    members: Members, auction: Array, bounds: tuple[Array, Array, Array], start: Array, terms: Terms, result: Array
) -> None:
    """Clear every market, and tell its members what they bought.

    auction [M] offered in Mt; bounds: lowest and highest price of the session, and the ceiling at which the reserve
    sells; start: where to look first, all [M] in CNY per tCO2. Fills result [M, 6]: price, auctioned, withheld from the
    auction, sold by the reserve, offered by firms without finding a buyer, and all that was bought.
    """
    for market in range(auction.size):
        result[market] = 0.0
        if members.entered[market] > 0:
            bought = members.bought[market, : members.entered[market]]
            band = bounds[0][market], bounds[1][market], bounds[2][market]
            demand = demand_in(members, market)
            clear_market(demand, auction[market], band, start[market], terms, result[market], bought)
