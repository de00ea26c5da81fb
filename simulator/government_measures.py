"""What governments' measures do to firms: old plants close, campaigns hold output down, renewables find it easier."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_record import EMPTY, SLOTS, STATE, able_output, is_being_rebuilt, route_of
from agents.government_record import RATIONING, RETIREMENT
from simulator.base_year import POWER
from simulator.governance import OLDEST, fill_margins
from simulator.market import MarketIndex
from simulator.setting import Setting

if TYPE_CHECKING:
    from simulator.world import World

Array = NDArray[Any]

# Closing less than this share of capacity in a year is not worth an order.
LEAST_CLOSURE = 0.001


# ---------------------------------------------------------------------------------------------------- retirement


def retire_backward(world: "World") -> None:
    """Close the oldest high-emission plants of each province and sector, as far as its government enforces it.

    Power plants are closed only where supply stays ample.
    """
    views, operators, retired = world.government_views, world.power.operator_rows, world.governance.retired
    rows = (world.firm_rows, world.index, world.government_rows, operators)
    close_backward(*rows, world.now, views.orders, views.retirement, retired)


class Orders(NamedTuple):
    """How governments order plants to close. most: share of high-emission capacity at full force; reserve_margin: of
    supply, above which it is ample; closable [S]: 1 where there are such plants."""

    most: float
    reserve_margin: float
    closable: Array


class Retirement(NamedTuple):
    """What orders to close go by. high_emission [K]: routes that are closed; minimum_age: of a plant, in years;
    resistance: part of the loss that state firms escape."""

    high_emission: Array
    minimum_age: float
    resistance: float


def orders_of(setting: Setting) -> Orders:
    """How governments order plants to close."""
    own = setting.parameters
    return Orders(own["retirement_maximum"], own["reserve_margin"], setting.government_tables.closable)


def retirement_of(setting: Setting) -> Retirement:
    """What orders to close go by."""
    own = setting.parameters
    return Retirement(setting.base.routes.high_emission, own["retirement_minimum_age"], own["state_firm_resistance"])


@process
def close_backward(
    firms: Array,
    index: MarketIndex,
    governments: Array,
    operators: Array,
    now: Array,
    orders: Orders,
    rules: Retirement,
    retired: Array,
) -> None:
    """Fill retired [P, K] with the capacity that is closed on governments' orders; now [2]: the year first."""
    share, margin = np.zeros((governments.size, orders.closable.size)), np.zeros(governments.size)
    retired[:] = 0.0
    fill_margins(operators, margin)
    if order_closures(governments, orders, margin, share):
        close_oldest(firms, index, share, now[0], rules, retired)


@rule
def order_closures(governments: Array, orders: Orders, margin: Array, share: Array) -> bool:
    """Fill the share of high-emission capacity that is to close [P, S], and return whether any is.

    margin [P]: of supply; power goes on where that is not ample.
    """
    ordered = False
    for province in range(share.shape[0]):
        asked = orders.most * governments[province].effective[RETIREMENT]
        ample = margin[province] > orders.reserve_margin
        for sector in range(share.shape[1]):
            to_close = orders.closable[sector] > 0.0 and (sector != POWER or ample) and asked >= LEAST_CLOSURE
            share[province, sector] = asked if to_close else 0.0
            ordered = ordered or to_close
    return ordered


@rule
def plant_age(firm: Any, slot: int, year: int) -> int:
    """Whole years since the plant was built, 0 to 79."""
    return min(max(int(year - firm.slot_built[slot]), 0), OLDEST - 1)


@rule
def is_dirty(firm: Any, slot: int, rules: Retirement) -> bool:
    """Whether a plant is one of a high-emission route."""
    stands: bool = firm.slot_route[slot] > EMPTY
    return stands & (rules.high_emission[route_of(firm, slot)] != 0.0)


@rule
def may_close(firm: Any, slot: int, year: int, rules: Retirement) -> bool:
    """Whether a plant is old enough to be closed, and not being rebuilt."""
    old = plant_age(firm, slot, year) >= rules.minimum_age
    return old & is_dirty(firm, slot, rules) & (not is_being_rebuilt(firm, slot))


@process
def close_oldest(firms: Array, index: MarketIndex, share: Array, year: int, rules: Retirement, retired: Array) -> None:
    """Take `share` [P, S] of each cell's high-emission capacity out of service, from the oldest plants on.

    Plants of one age lose the same part, so nothing depends on the order of firms. State firms escape in part. What is
    closed is added to retired [P, K].
    """
    by_age, plants = np.empty(OLDEST), np.empty(SLOTS * firms.size, np.int64)
    for province in range(share.shape[0]):
        for sector in range(share.shape[1]):
            if share[province, sector] <= 0.0:
                continue
            rows = index.rows[index.start[sector, province] : index.stop[sector, province]]
            whole, old = measure_ages(firms, rows, year, rules, by_age, plants)
            wanted = share[province, sector] * whole
            if wanted > 0.0:
                fill_closing_parts(wanted, by_age)
                close_parts(firms, plants[:old], year, rules, by_age, retired)


@rule
def measure_ages(
    firms: Array, rows: Array, year: int, rules: Retirement, by_age: Array, plants: Array
) -> tuple[float, int]:
    """Of one cell's firms, fill capacity by age that may close [age] and the plants that it belongs to, each by the row
    of its firm and its slot; returns all capacity that is high in emissions, and how many plants may close.

    Each plant is noted, and the next one in its place if it may not close: which may, a processor cannot foresee
    (decision 23).
    """
    whole, old = 0.0, 0
    by_age[:] = 0.0
    for row in rows:
        firm = firms[row]
        for slot in range(SLOTS):
            size, closes = firm.slot_capacity[slot], may_close(firm, slot, year, rules)
            whole += size if is_dirty(firm, slot, rules) else 0.0
            by_age[plant_age(firm, slot, year)] += size if closes else 0.0
            plants[old] = SLOTS * row + slot
            old += closes
    return whole, old


@rule
def fill_closing_parts(wanted: float, by_age: Array) -> None:
    """Turn capacity by age [age] into the part of it that closes, the oldest first, until `wanted` is reached."""
    left = wanted
    for age in range(OLDEST - 1, -1, -1):
        there = by_age[age]
        if there > 0.0:
            by_age[age] = min(max(left, 0.0) / there, 1.0)
            left -= there


@rule
def close_parts(firms: Array, plants: Array, year: int, rules: Retirement, part: Array, retired: Array) -> None:
    """Take the part of each age [age] out of service, of plants that may close."""
    for plant in plants:
        firm, slot = firms[plant // SLOTS], plant % SLOTS
        exposed = 1.0 - rules.resistance if firm.owner == STATE else 1.0
        lost = part[plant_age(firm, slot, year)] * (firm.slot_capacity[slot] * exposed)
        if lost <= 0.0:
            continue
        retired[firm.province, firm.slot_route[slot]] += lost
        firm.slot_capacity[slot] -= lost
        if firm.slot_capacity[slot] <= 0.0:
            firm.slot_route[slot], firm.slot_capacity[slot] = EMPTY, 0.0


# ------------------------------------------------------------------------------------------------------ campaigns


def ration_for_targets(world: "World") -> None:
    """Hold the output of energy-intensive firms below last year's orders, where a campaign is on."""
    sectors, resistance = world.setting.government_tables.rationable, world.setting.parameters["state_firm_resistance"]
    firms, governments, rationed = world.firm_rows, world.government_rows, world.governance.rationed
    run_campaigns(firms, world.able, world.market_able, governments, sectors, resistance, rationed)


@rule
def run_campaigns(
    firms: Array,
    able: Array,
    market_able: Array,
    governments: Array,
    sectors: Array,
    resistance: float,
    rationed: Array,
) -> None:
    """Hold output where campaigns are on, and let go of it when none is any more; rationed [1]: whether any is on."""
    before, rationed[0] = rationed[0], False
    for government in governments:
        rationed[0] = rationed[0] or government.effective[RATIONING] > 0.0
    if before or rationed[0]:
        hold_output(firms, able, market_able, governments, sectors, resistance)


@rule
def hold_output(
    firms: Array, able: Array, market_able: Array, governments: Array, sectors: Array, resistance: float
) -> None:
    """Cap what firms can make [F], and with it what markets can [P, S], at a share of last year's orders: one less what
    their government rations, in the sectors [S] that a campaign may reach."""
    for row in range(firms.size):
        firm = firms[row]
        firm.ration_target = 0.0
        exposed = 1.0 - resistance if firm.owner == STATE else 1.0
        told = governments[firm.province].effective[RATIONING] * sectors[firm.sector] * exposed
        if told <= 0.0:
            continue
        firm.ration_target = told
        cap = (1.0 - told) * firm.wanted_output
        if able[row] > cap:
            market_able[firm.province, firm.sector] -= able[row] - cap
            able[row] = cap


def note_forgone(world: "World") -> None:
    """Output forgone for targets and for want of power, in bn CNY by cell."""
    state, setting = world.governance, world.setting
    full_output, value = setting.base.routes.full_output, setting.calibration.value_per_unit
    sum_forgone(
        world.other_firms, full_output, value, state.rationed, world.power.ration, state.withheld_bn, state.shut_bn
    )


@rule
def sum_forgone(
    firms: Array,
    full_output: Array,
    value_per_unit: Array,
    rationed: Array,
    power_ration: Array,
    withheld_bn: Array,
    shut_bn: Array,
) -> None:
    """Fill what campaigns and shortages of power forwent [P, S] in bn CNY, units being worth value_per_unit [P, S].

    rationed [1]: whether a campaign is on; power_ration: what part of its power any group of sectors goes without.
    """
    withheld_bn[:], shut_bn[:] = 0.0, 0.0
    if rationed[0]:
        sum_withheld(firms, full_output, withheld_bn)
        scale(withheld_bn, value_per_unit)
    if is_any(power_ration):
        sum_shut(firms, shut_bn)
        scale(shut_bn, value_per_unit)


@rule
def is_any(parts: Array) -> bool:
    """Whether any part is not zero."""
    found = False
    for place in np.ndindex(parts.shape):
        found = found or parts[place] != 0.0
    return found


@rule
def scale(amount: Array, factor: Array) -> None:
    """Multiply place by place."""
    for place in np.ndindex(amount.shape):
        amount[place] *= factor[place]


@rule
def sum_withheld(firms: Array, full_output: Array, units: Array) -> None:
    """Add to units [P, S] what customers wanted and plants could have made, less what was made, in campaigns."""
    for firm in firms:
        if firm.ration_target <= 0.0:
            continue
        made = firm.output / max(1.0 - firm.ration, 1e-9)
        possible = min(able_output(firm, full_output), firm.wanted_output)
        units[firm.province, firm.sector] += max(possible - made, 0.0)


@rule
def sum_shut(firms: Array, units: Array) -> None:
    """Add to units [P, S] what firms would have made but for the shortage of power."""
    for firm in firms:
        if firm.ration > 0.0:
            units[firm.province, firm.sector] += firm.output * firm.ration / max(1.0 - firm.ration, 1e-9)
