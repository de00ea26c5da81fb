"""Who sells how much in one province's market for one product: customers, capacity, capped water-filling.

Customers are loyal, go where there is capacity and where it is cheap; what a firm cannot make, the others of its
market are asked for. Rows of firms keep their place for ever; a market is a slice of an index sorted anew every year.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_record import able_output

Array = NDArray[Any]

PASSES = 6
# More than there are families of routes, so that sums by family need no allocation.
FAMILIES = 8


class MarketIndex(NamedTuple):
    """Rows of firms by market: `rows` sorted by (sector, province, number); start, stop [S, P] bound each market."""

    rows: Array
    start: Array
    stop: Array


@process
def rows_by_number(firms: Array) -> Array:
    """Row of each firm's number [F]; neither ever changes."""
    rows = np.empty(firms.size, dtype=np.int64)
    for row in range(firms.size):
        rows[firms[row].firm] = row
    return rows


def new_index(firms: Array, row_of: Array, sectors: int, provinces: int) -> MarketIndex:
    """The index of these firms, to be filled anew by `index_markets` when some have moved."""
    start, stop = np.zeros((2, sectors, provinces), dtype=np.int64)
    index = MarketIndex(np.zeros(firms.size, dtype=np.int64), start, stop)
    index_markets(firms, row_of, index)
    return index


@process
def index_markets(firms: Array, row_of: Array, index: MarketIndex) -> None:
    """Counting sort of the rows by (sector, province); ties go by the firms' numbers, whose rows are row_of [F]."""
    provinces = index.start.shape[1]
    start, stop = index.start.reshape(-1), index.stop.reshape(-1)
    market_of = np.empty(firms.size, dtype=np.int64)
    stop[:] = 0
    for row in range(firms.size):
        market_of[row] = firms[row].sector * provinces + firms[row].province
        stop[market_of[row]] += 1
    place = 0
    for market in range(start.size):
        start[market], place = place, place + stop[market]
        stop[market] = start[market]
    for row in row_of:
        market = market_of[row]
        index.rows[stop[market]] = row
        stop[market] += 1


@rule
def measure_capacity(firms: Array, index: MarketIndex, full_output: Array, able: Array, market_able: Array) -> None:
    """Fill able [F], largest output per firm in units, and market_able [P, S], its sum per market."""
    for row in range(firms.size):
        able[row] = able_output(firms[row], full_output)
    sum_by_market(index, able, market_able)


@rule
def sum_by_market(index: MarketIndex, able: Array, market_able: Array) -> None:
    """Fill market_able [P, S] with the sum of able [F] over the firms of each market."""
    sectors, provinces = index.start.shape
    for sector in range(sectors):
        for province in range(provinces):
            total = 0.0
            for place in range(index.start[sector, province], index.stop[sector, province]):
                total += able[index.rows[place]]
            market_able[province, sector] = total


@rule
def fill_market(ordered: float, delivered: float, rows: Array, able: Array, firms: Array) -> float:
    """Share what a market orders and delivers, in units, among its firms; returns what nobody can make.

    wanted_output is what customers ask of a firm at first: its share of the orders. What exceeds a firm's ability is
    asked of the others in proportion to their pull, up to six times; the last pass shares what is left by spare
    capacity, so that nothing stays unmade while anyone can make it.
    """
    total = 0.0
    for row in rows:
        total += firms[row].market_weight
    for row in rows:
        firms[row].output = 0.0
        firms[row].wanted_output = ordered * firms[row].market_weight / total if total > 0.0 else 0.0
    left = delivered
    for _ in range(PASSES):
        if left <= 1e-12 * delivered or total <= 0.0:
            break
        asked, open_weight = left, 0.0
        for row in rows:
            firm = firms[row]
            offered = min(asked * firm.market_weight / total, able[row] - firm.output)
            taken = offered if firm.output < able[row] else 0.0
            firm.output += taken
            left -= taken
            open_weight += firm.market_weight if firm.output < able[row] else 0.0
        total = open_weight
    return share_spare(left, rows, able, firms)


@rule
def share_spare(left: float, rows: Array, able: Array, firms: Array) -> float:
    """Share what is left in proportion to spare capacity; returns what exceeds it."""
    if left <= 0.0:
        return 0.0
    spare = 0.0
    for row in rows:
        spare += max(able[row] - firms[row].output, 0.0)
    if spare <= 0.0:
        return left
    part = min(left / spare, 1.0)
    for row in rows:
        firms[row].output += part * max(able[row] - firms[row].output, 0.0)
    return max(left - spare, 0.0)


@rule
def share_demand(firms: Array, index: MarketIndex, orders: Array, deliveries: Array, able: Array) -> float:
    """Fill every market but power's: orders, deliveries [P, S] in units; returns the units that nobody makes."""
    sectors, provinces = index.start.shape
    unmade = 0.0
    for sector in range(1, sectors):
        for province in range(provinces):
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            unmade += fill_market(orders[province, sector], deliveries[province, sector], rows, able, firms)
    return unmade


@process
def move_customers(firms: Array, index: MarketIndex, able: Array, loyalty: float, price_sensitivity: float) -> None:
    """Customers' pull of next year: m' ~ m^rho C^(1 - rho) (p / mean p)^-kappa, within each market and product.

    Products of one sector that differ in kind (aluminium and other metals) keep their shares of the market.
    """
    sectors, provinces = index.start.shape
    before, after = np.zeros(FAMILIES), np.zeros(FAMILIES)
    for sector in range(1, sectors):
        for province in range(provinces):
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            mean_price = mean_market_price(firms, rows)
            if mean_price <= 0.0:
                continue
            before[:], after[:] = 0.0, 0.0
            for row in rows:
                firm = firms[row]
                before[firm.family] += firm.market_weight
                firm.market_weight = pull(firm, able[row], mean_price, loyalty, price_sensitivity)
                after[firm.family] += firm.market_weight
            for row in rows:
                firm = firms[row]
                if after[firm.family] > 0.0:
                    firm.market_weight *= before[firm.family] / after[firm.family]


@rule
def pull(firm: Any, able: float, mean_price: float, loyalty: float, price_sensitivity: float) -> float:
    """Unscaled pull of one firm, C (m / C)^rho (p / mean p)^-kappa; none without capacity."""
    if able <= 0.0 or firm.price <= 0.0:
        return 0.0
    kept = loyalty * math.log(max(firm.market_weight, 1e-9) / able)
    return able * math.exp(kept - price_sensitivity * math.log(firm.price / mean_price))


@rule
def mean_market_price(firms: Array, rows: Array) -> float:
    """Output-weighted mean price in m CNY per unit; zero where nothing is made."""
    value, made = 0.0, 0.0
    for row in rows:
        value += firms[row].price * firms[row].output
        made += firms[row].output
    return value / made if made > 0.0 else 0.0


@process
def product_prices(firms: Array, price: Array) -> None:
    """Fill price [P, S, families] with the mean asked for each product, by output; a province that makes none of it
    takes the country's mean, and 0 stands where nobody makes it."""
    value, made = np.zeros(price.shape), np.zeros(price.shape)
    for firm in firms:
        value[firm.province, firm.sector, firm.family] += firm.price * firm.output
        made[firm.province, firm.sector, firm.family] += firm.output
    country_value, country_made = np.zeros(price.shape[1:]), np.zeros(price.shape[1:])
    for province in range(price.shape[0]):
        country_value += value[province]
        country_made += made[province]
    for province in range(price.shape[0]):
        for sector in range(price.shape[1]):
            for family in range(FAMILIES):
                if made[province, sector, family] > 0.0:
                    price[province, sector, family] = value[province, sector, family] / made[province, sector, family]
                elif country_made[sector, family] > 0.0:
                    price[province, sector, family] = country_value[sector, family] / country_made[sector, family]


@rule
def price_ratio(firms: Array, rows: Array, base: Array) -> float:
    """What last year's output costs over what the same products cost at base prices [families] (Paasche 1874); zero
    where nothing is made.

    Worked value: 3 of a product up from 10 to 12 and 1 of another down from 50 to 40: 76 / 80 = 0.95.
    """
    now, before = 0.0, 0.0
    for row in rows:
        firm = firms[row]
        if base[firm.family] > 0.0:
            now += firm.price * firm.output
            before += base[firm.family] * firm.output
    return now / before if before > 0.0 else 0.0


@rule
def market_prices(firms: Array, index: MarketIndex, base_price: Array, base_products: Array, price: Array) -> None:
    """Fill price [P, S], power left out: that of the base year times the change since, product by product.

    base_price [P, S], base_products [P, S, families]. A market that makes more of its cheaper product has not become
    cheaper. Markets in which nothing was made keep their price.
    """
    sectors, provinces = index.start.shape
    for sector in range(1, sectors):
        for province in range(provinces):
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            change = price_ratio(firms, rows, base_products[province, sector])
            if change != 0.0:
                price[province, sector] = base_price[province, sector] * change


@rule
def mean_prices(firms: Array, index: MarketIndex, price: Array) -> None:
    """Fill price [P, S], power left out: the mean asked, by last year's output; markets with none keep theirs."""
    sectors, provinces = index.start.shape
    for sector in range(1, sectors):
        for province in range(provinces):
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            mean = mean_market_price(firms, rows)
            if mean != 0.0:
                price[province, sector] = mean
