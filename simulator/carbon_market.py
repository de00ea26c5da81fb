"""The allowance market of a year: one price at which firms' demand, auction and reserve meet.

    Z(P) = sum_i [E_i (1 - a_i min(1, P / full)) - q_i - A_i + B*_i(P)] - auction        = reserve sale - unsold

E expected emissions, a what can be avoided, q free allowances, A allowances kept, B* those the firm likes to keep. Z
never rises in P, so the price lies in a bracket that shrinks with every step. The bracket is the band of floor and
ceiling, within which the price moves by at most a given log change a year.

Identity: kept before + free + auctioned + sold by the reserve = surrendered + kept + expired.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_allowances import MOST_BANK, USUAL_BANK, avoided_share, bank_wish

Array = NDArray[Any]

LEAST_PRICE = 0.01
PRECISION = 1e-12
MOST_STEPS = 200


class Demand(NamedTuple):
    """What firms want of a market, one entry per firm: certain [N] Mt, wanted at any price; avoidable [N] Mt of CO2;
    bank [N] Mt, scale of what it likes to keep; value [N] CNY per t of an allowance kept."""

    certain: Array
    avoidable: Array
    bank: Array
    value: Array


class Terms(NamedTuple):
    """Behaviour of the market: full_price in CNY per tCO2, at which all is avoided that can be; response of the bank to
    the expected return."""

    full_price: float
    response: float


@rule
def wanted(demand: Demand, entry: int, price: float, terms: Terms) -> float:
    """Allowances that a firm wants to buy at a price, in Mt; negative is an offer."""
    avoided = demand.avoidable[entry] * avoided_share(price, terms.full_price)
    kept = demand.bank[entry] * bank_wish(price, demand.value[entry], terms.response)
    return demand.certain[entry] - avoided + kept


@rule
def excess_demand(demand: Demand, first: int, last: int, price: float, terms: Terms) -> tuple[float, float]:
    """Demand of the firms first..last (excluded) in Mt, and its slope in Mt per CNY (never above zero)."""
    total, slope = 0.0, 0.0
    for entry in range(first, last):
        total += wanted(demand, entry, price, terms)
        if price < terms.full_price:
            slope -= demand.avoidable[entry] / terms.full_price
        pull = terms.response * demand.value[entry] / price
        wish = USUAL_BANK + pull - terms.response
        if 0.0 < wish < MOST_BANK:
            slope -= demand.bank[entry] * pull / price
    return total, slope


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
    demand: Demand, first: int, last: int, auction: float, low: float, high: float, terms: Terms
) -> tuple[float, float]:
    """Price in low..high at which demand meets the auction, and what is short there in Mt: zero inside the bracket,
    above at its upper end, below (unsold) at its lower end.

    Newton's method inside a bracket; where a step would leave it, or gains little, the bracket is halved.
    """
    at_low, slope = excess_demand(demand, first, last, low, terms)
    if at_low <= auction:
        return low, at_low - auction
    at_high, _ = excess_demand(demand, first, last, high, terms)
    if at_high >= auction:
        return high, at_high - auction
    price, short = low, at_low - auction
    tolerance = PRECISION * (abs(at_low) + abs(at_high) + auction)
    for step in range(MOST_STEPS):
        guess = price - short / slope if slope < 0.0 else high
        if not low < guess < high or step % 8 == 7:
            guess = 0.5 * (low + high)
        price = guess
        total, slope = excess_demand(demand, first, last, price, terms)
        short = total - auction
        if short > 0.0:
            low = price
        else:
            high = price
        if abs(short) <= tolerance or high - low <= PRECISION * price:
            break
    return price, 0.0


@rule
def settle_quantities(short: float, auction: float, asked: float, offered: float) -> tuple[float, float, float, float]:
    """What the auction sells and the reserve sells, and the parts of what is asked and offered that are traded.

    short: demand less auction at the price, zero where the market clears; all in Mt. Where too much is offered the
    auction gives way first, then sellers in proportion. Worked value: 6 asked, 10 offered and an auction of 3 leave 7
    too many; nothing is auctioned and six tenths of the offers are sold.
    """
    if short > 0.0:
        return auction, asked - offered - auction, 1.0, 1.0
    auctioned = auction - min(-short, auction)
    if asked > auctioned and offered > 0.0:
        return auctioned, 0.0, 1.0, (asked - auctioned) / offered
    return auctioned, 0.0, auctioned / asked if asked > 0.0 else 0.0, 0.0


@process
def clear(
    demand: Demand, bounds: Array, auction: Array, low: Array, high: Array, terms: Terms, result: Array, bought: Array
) -> None:
    """Clear every market m, whose firms are the entries bounds[m]..bounds[m + 1].

    auction [M] offered in Mt; low, high [M] in CNY per tCO2. Fills result [M, 5]: price, auctioned, withheld from the
    auction, sold by the reserve, and offered by firms without finding a buyer; bought [N].
    """
    for market in range(auction.size):
        first, last = bounds[market], bounds[market + 1]
        result[market] = 0.0
        if last == first:
            continue
        price, short = clearing_price(demand, first, last, auction[market], low[market], high[market], terms)
        asked, offered = 0.0, 0.0
        for entry in range(first, last):
            bought[entry] = wanted(demand, entry, price, terms)
            asked += max(bought[entry], 0.0)
            offered += max(-bought[entry], 0.0)
        auctioned, reserve, buying, selling = settle_quantities(short, auction[market], asked, offered)
        for entry in range(first, last):
            bought[entry] *= buying if bought[entry] > 0.0 else selling
        result[market, 0] = price
        result[market, 1] = auctioned
        result[market, 2] = auction[market] - auctioned
        result[market, 3] = reserve
        result[market, 4] = (1.0 - selling) * offered if short < 0.0 else 0.0
