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


@process
def settle(orders: Array, exports: Array, capacity: Array, sourcing: Array, passes: int) -> Deliveries:
    """Deliver what capacity lets through; unmet orders go to other origins with spare capacity, the rest is unserved.

    orders `[origin, destination, sector]`, exports and capacity `[origin, sector]`, all bn CNY, capacity finite. An
    origin short of capacity cuts all its customers, exports included, by one ratio. In each of `passes` passes buyers
    turn to origins in proportion to spare capacity x sourcing share, those abroad x exports.
    """
    delivered, exported, output = orders.copy(), exports.copy(), np.zeros_like(exports)
    unserved, unserved_exports = np.zeros_like(exports), np.zeros_like(exports)
    _sum_goods(delivered, exported, output)
    # One good by itself, so that what its buyers order lies side by side.
    sold, share = np.empty(orders.shape[:2]), np.empty(orders.shape[:2])
    reach = np.zeros(exports.shape[0])
    for s in range(SECTORS):
        abroad, made = exported[:, s], output[:, s]
        if not _is_short(capacity[:, s], made):
            continue
        _take_good(delivered, s, sold)
        _take_good(sourcing, s, share)
        _cut(capacity[:, s], made, sold, abroad, unserved[:, s], unserved_exports[:, s])
        for _ in range(passes):
            sum_output(sold, abroad, made)
            _spill(sold, capacity[:, s], made, share, unserved[:, s], reach)
            sum_output(sold, abroad, made)
            _spill_abroad(abroad, capacity[:, s], made, exports[:, s], unserved_exports[:, s])
        sum_output(sold, abroad, made)
        _drop_rounding(unserved[:, s], unserved_exports[:, s], made)
        _put_good(sold, s, delivered)
    return Deliveries(delivered, exported, output, unserved, unserved_exports)


@rule
def _sum_goods(delivered: Array, exported: Array, output: Array) -> None:
    """X of all goods `[origin, sector]`, see `sum_output`."""
    for o in range(output.shape[0]):
        total = start_at(exported[o])
        for d in range(delivered.shape[1]):
            total = add_row(total, delivered[o, d])
        write(total, output[o])


@rule
def _is_short(capacity: Array, output: Array) -> bool:
    """Whether any origin of a good is asked for more than it can make."""
    for o in range(output.size):
        if output[o] > capacity[o]:
            return True
    return False


@rule
def _take_good(flows: Array, s: int, flow: Array) -> None:
    """Fill the flow of one good `[origin, destination]`."""
    for o in range(flow.shape[0]):
        for d in range(flow.shape[1]):
            flow[o, d] = flows[o, d, s]


@rule
def _put_good(flow: Array, s: int, flows: Array) -> None:
    """Put the flow of one good back where it came from, see `_take_good`."""
    for o in range(flow.shape[0]):
        for d in range(flow.shape[1]):
            flows[o, d, s] = flow[o, d]


@rule
def sum_output(delivered: Array, exported: Array, output: Array) -> None:
    """X = deliveries `[origin, destination]` of a good summed over destinations + exports, to `output` `[origin]`."""
    for o in range(output.size):
        total = exported[o]
        for sold in delivered[o]:
            total += sold
        output[o] = total


@rule
def _cut(
    capacity: Array, output: Array, delivered: Array, exported: Array, unserved: Array, unserved_exports: Array
) -> None:
    """Cut every origin of a good to its capacity, and write what it leaves unserved."""
    for o in range(output.size):
        if output[o] <= capacity[o]:
            continue
        ratio = capacity[o] / output[o]
        wanted = exported[o]
        exported[o] = ratio * wanted
        unserved_exports[o] = wanted - exported[o]
        for d in range(unserved.size):
            order = delivered[o, d]
            delivered[o, d] = ratio * order
            unserved[d] += order - delivered[o, d]


@rule
def _spill(delivered: Array, capacity: Array, output: Array, sourcing: Array, unserved: Array, reach: Array) -> None:
    """One pass for a good: unserved buyers ask origins with spare capacity; who is asked too much cuts by one ratio.

    reach: work space `[destination]`, what a buyer asks of a unit of sourcing share x spare capacity.
    """
    reach[:] = 0.0
    for o in range(output.size):
        spare = max(capacity[o] - output[o], 0.0)
        if spare > 0.0:
            for d in range(reach.size):
                reach[d] += sourcing[o, d] * spare
    for d in range(reach.size):
        reach[d] = unserved[d] / reach[d] if reach[d] > 0.0 else 0.0
    for o in range(output.size):
        spare = max(capacity[o] - output[o], 0.0)
        asked = 0.0
        if spare > 0.0:
            for d in range(reach.size):
                asked += reach[d] * sourcing[o, d] * spare
        if asked > 0.0:
            part = min(1.0, spare / asked)
            for d in range(reach.size):
                extra = part * reach[d] * sourcing[o, d] * spare
                delivered[o, d] += extra
                unserved[d] = max(0.0, unserved[d] - extra)


@rule
def _spill_abroad(exported: Array, capacity: Array, output: Array, exports: Array, unserved: Array) -> None:
    """One pass for a good: buyers abroad ask origins that export, in proportion to exports x spare capacity."""
    lacking, reach, found = 0.0, 0.0, 0.0
    for o in range(output.size):
        lacking += unserved[o]
        reach += exports[o] * max(capacity[o] - output[o], 0.0)
    if lacking > 0.0 and reach > 0.0:
        for o in range(output.size):
            spare = max(capacity[o] - output[o], 0.0)
            extra = min(lacking * exports[o] * spare / reach, spare)
            exported[o] += extra
            found += extra
        for o in range(output.size):
            unserved[o] *= max(1.0 - found / lacking, 0.0)


@rule
def _drop_rounding(unserved: Array, unserved_exports: Array, output: Array) -> None:
    """What rounding alone leaves unserved of a good, up to 1e-14 of all output, is nothing."""
    least = 0.0
    for made in output:
        least += 1e-14 * made
    for r in range(output.size):
        if unserved[r] + unserved_exports[r] <= least:
            unserved[r], unserved_exports[r] = 0.0, 0.0
