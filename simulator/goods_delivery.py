"""What capacity lets through of the orders for goods: origins that are short cut, and buyers turn to others.

Value flows are bn CNY a year at base-year prices. Arrays are `[province, sector]`, flows and shares `[origin,
destination, sector]`; column `POWER` is zero, see `simulator.goods_trade`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator.goods_trade import SECTORS
from simulator.side_by_side import add_row, start_at, write
from simulator.totals import put

Array = NDArray[np.float64]


class Deliveries(NamedTuple):
    """What was delivered, all bn CNY.

    delivered `[origin, destination, sector]`; exported `[origin, sector]`; output `[origin, sector]` = delivered
    summed over destinations + exported; unserved `[destination, sector]`, unserved_exports `[asked first, sector]`.
    """

    delivered: Array
    exported: Array
    output: Array
    unserved: Array
    unserved_exports: Array


def no_deliveries(provinces: int) -> Deliveries:
    """Deliveries of no year yet."""
    exported, output, unserved, unserved_exports = np.zeros((4, provinces, SECTORS))
    return Deliveries(np.zeros((provinces, provinces, SECTORS)), exported, output, unserved, unserved_exports)


class _Good(NamedTuple):
    """One good by itself, so that what its buyers order lies side by side, bn CNY.

    delivered, sourcing `[origin, destination]`; capacity, exports, exported, output `[origin]`; unserved
    `[destination]`, unserved_exports `[asked first]`; reach: work space `[destination]`, what a buyer asks of a unit of
    sourcing share x spare capacity.
    """

    delivered: Array
    sourcing: Array
    capacity: Array
    exports: Array
    exported: Array
    output: Array
    unserved: Array
    unserved_exports: Array
    reach: Array


@process
def settle(result: Deliveries, exports: Array, capacity: Array, sourcing: Array, passes: int) -> None:
    """Deliver what capacity lets through; unmet orders go to other origins with spare capacity, the rest is unserved.

    result: filled; `delivered` holds the orders at first. exports and capacity `[origin, sector]`, bn CNY, capacity
    finite. An origin short of capacity cuts all its customers, exports included, by one ratio. In each of `passes`
    passes buyers turn to origins in proportion to spare capacity x sourcing share, those abroad x exports.
    """
    put(exports, result.exported)
    result.unserved[:], result.unserved_exports[:] = 0.0, 0.0
    sum_output(result.delivered, exports, result.output)
    places = exports.shape[0]
    flows, rows = np.empty((2, places, places)), np.empty((7, places))
    good = _Good(flows[0], flows[1], rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6])
    for s in range(SECTORS):
        if _is_short(result.output[:, s], capacity[:, s]):
            _take(s, result, exports, capacity, sourcing, good)
            _share(good, passes)
            _put(s, good, result)


@rule
def sum_output(delivered: Array, exported: Array, output: Array) -> None:
    """X = deliveries summed over destinations + exports, to `output` `[origin, sector]`."""
    for o in range(output.shape[0]):
        total = start_at(exported[o])
        for d in range(delivered.shape[1]):
            total = add_row(total, delivered[o, d])
        write(total, output[o])


@rule
def _is_short(output: Array, capacity: Array) -> bool:
    """Whether any origin of a good is asked for more than it can make."""
    for o in range(output.size):
        if output[o] > capacity[o]:
            return True
    return False


@rule
def _take(s: int, orders: Deliveries, exports: Array, capacity: Array, sourcing: Array, good: _Good) -> None:
    """Take a good out of all, everything ordered and nothing cut yet."""
    for o in range(good.output.size):
        for d in range(good.reach.size):
            good.delivered[o, d], good.sourcing[o, d] = orders.delivered[o, d, s], sourcing[o, d, s]
        good.capacity[o], good.output[o] = capacity[o, s], orders.output[o, s]
        good.exports[o], good.exported[o] = exports[o, s], exports[o, s]
        good.unserved[o], good.unserved_exports[o] = 0.0, 0.0


@rule
def _put(s: int, good: _Good, result: Deliveries) -> None:
    """Put a good back among all."""
    for o in range(good.output.size):
        for d in range(good.reach.size):
            result.delivered[o, d, s] = good.delivered[o, d]
        result.exported[o, s], result.output[o, s] = good.exported[o], good.output[o]
        result.unserved[o, s], result.unserved_exports[o, s] = good.unserved[o], good.unserved_exports[o]


@rule
def _share(good: _Good, passes: int) -> None:
    """Cut a good to capacity, let buyers turn to others in so many passes, and write what is left unserved."""
    _cut(good)
    for _ in range(passes):
        _spill(good)
        if _is_lacking(good.unserved_exports):
            _spill_abroad(good)
    _drop_rounding(good)


@rule
def _is_lacking(unserved: Array) -> bool:
    """Whether anything is unserved."""
    for amount in unserved:
        if amount > 0.0:
            return True
    return False


@rule
def _sum_origin(o: int, good: _Good) -> None:
    """Output of a good in an origin whose deliveries have changed, added up as in `sum_output`."""
    total = good.exported[o]
    for sold in good.delivered[o]:
        total += sold
    good.output[o] = total


@rule
def _cut(good: _Good) -> None:
    """Cut every origin of a good to its capacity, and write what it leaves unserved."""
    for o in range(good.output.size):
        if good.output[o] <= good.capacity[o]:
            continue
        ratio = good.capacity[o] / good.output[o]
        wanted = good.exported[o]
        good.exported[o] = ratio * wanted
        good.unserved_exports[o] = wanted - good.exported[o]
        sold, unserved = good.delivered[o], good.unserved
        for d in range(unserved.size):
            order = sold[d]
            sold[d] = ratio * order
            unserved[d] += order - sold[d]
        _sum_origin(o, good)


@rule
def _spill(good: _Good) -> None:
    """One pass for a good: unserved buyers ask origins with spare capacity; who is asked too much cuts by one ratio."""
    reach, unserved = good.reach, good.unserved
    reach[:] = 0.0
    for o in range(good.output.size):
        spare, share = max(good.capacity[o] - good.output[o], 0.0), good.sourcing[o]
        if spare > 0.0:
            for d in range(reach.size):
                reach[d] += share[d] * spare
    for d in range(reach.size):
        reach[d] = unserved[d] / reach[d] if reach[d] > 0.0 else 0.0
    for o in range(good.output.size):
        spare, share, sold = max(good.capacity[o] - good.output[o], 0.0), good.sourcing[o], good.delivered[o]
        asked = 0.0
        if spare > 0.0:
            for d in range(reach.size):
                asked += reach[d] * share[d] * spare
        if asked > 0.0:
            part = min(1.0, spare / asked)
            for d in range(reach.size):
                extra = part * reach[d] * share[d] * spare
                sold[d] += extra
                unserved[d] = max(0.0, unserved[d] - extra)
            _sum_origin(o, good)


@rule
def _spill_abroad(good: _Good) -> None:
    """One pass for a good: buyers abroad ask origins that export, in proportion to exports x spare capacity."""
    lacking, reach, found = 0.0, 0.0, 0.0
    for o in range(good.output.size):
        lacking += good.unserved_exports[o]
        reach += good.exports[o] * max(good.capacity[o] - good.output[o], 0.0)
    if lacking > 0.0 and reach > 0.0:
        for o in range(good.output.size):
            spare = max(good.capacity[o] - good.output[o], 0.0)
            extra = min(lacking * good.exports[o] * spare / reach, spare)
            found += extra
            if extra > 0.0:
                good.exported[o] += extra
                _sum_origin(o, good)
        for o in range(good.output.size):
            good.unserved_exports[o] *= max(1.0 - found / lacking, 0.0)


@rule
def _drop_rounding(good: _Good) -> None:
    """What rounding alone leaves unserved of a good, up to 1e-14 of all output, is nothing."""
    least = 0.0
    for made in good.output:
        least += 1e-14 * made
    for r in range(good.output.size):
        if good.unserved[r] + good.unserved_exports[r] <= least:
            good.unserved[r], good.unserved_exports[r] = 0.0, 0.0
