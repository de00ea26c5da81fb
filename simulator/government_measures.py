"""What governments' measures do to firms: old plants close, campaigns hold output down, renewables find it easier."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from agents.firm_record import EMPTY, SLOTS, is_being_rebuilt
from agents.government_record import RATIONING, RENEWABLES, RETIREMENT
from simulator.base_year import POWER
from simulator.governance import OLDEST
from simulator.views import supply_margin
from simulator.world import World

Array = NDArray[Any]

# Closing less than this share of capacity in a year is not worth an order.
LEAST_CLOSURE = 0.001
STATE = 0


# ---------------------------------------------------------------------------------------------------- retirement


def retire_backward(world: World) -> None:
    """Close the oldest high-emission plants of each province and sector, as far as its government enforces it.

    Power plants are closed only where supply stays ample.
    """
    force = world.government_rows["effective"][:, RETIREMENT]
    world.governance.retired[:] = 0.0
    if not np.any(force > 0.0):
        return
    own, routes = world.setting.parameters, world.setting.base.routes
    share = np.repeat((own["retirement_maximum"] * force)[:, None], world.market_able.shape[1], axis=1)
    share[:, POWER] *= supply_margin(world) > own["reserve_margin"]
    share[share < LEAST_CLOSURE] = 0.0
    close_oldest(
        world.firm_rows,
        world.year,
        share,
        routes.high_emission,
        own["retirement_minimum_age"],
        own["state_firm_resistance"],
        world.governance.retired,
        world.governance.by_age,
    )


@rule
def plant_age(firm: Any, slot: int, year: int) -> int:
    """Whole years since the plant was built, 0 to 79."""
    return min(max(int(year - firm.slot_built[slot]), 0), OLDEST - 1)


@process
def close_oldest(
    firms: Array,
    year: int,
    share: Array,
    high_emission: Array,
    minimum_age: float,
    resistance: float,
    retired: Array,
    by_age: Array,
) -> None:
    """Take `share` [P, S] of each cell's high-emission capacity out of service, from the oldest plants on.

    Plants of one age lose the same part, so nothing depends on the order of firms. State firms escape in part. What is
    closed is added to retired [P, K]; by_age [P, S, age] is work space.
    """
    whole, old = np.zeros(share.shape), np.empty((firms.size * SLOTS, 2), dtype=np.int64)
    by_age[:] = 0.0
    count = 0
    for row in range(firms.size):
        firm = firms[row]
        if share[firm.province, firm.sector] <= 0.0:
            continue
        for slot in range(SLOTS):
            if firm.slot_route[slot] <= EMPTY or high_emission[firm.slot_route[slot]] == 0.0:
                continue
            whole[firm.province, firm.sector] += firm.slot_capacity[slot]
            age = plant_age(firm, slot, year)
            if age >= minimum_age and not is_being_rebuilt(firm, slot):
                by_age[firm.province, firm.sector, age] += firm.slot_capacity[slot]
                old[count, 0], old[count, 1] = row, slot
                count += 1
    part = by_age
    fill_closing_parts(whole * share, part)
    for place in range(count):
        firm, slot = firms[old[place, 0]], old[place, 1]
        lost = part[firm.province, firm.sector, plant_age(firm, slot, year)]
        lost *= firm.slot_capacity[slot] * (1.0 - resistance if firm.owner == STATE else 1.0)
        retired[firm.province, firm.slot_route[slot]] += lost
        firm.slot_capacity[slot] -= lost
        if firm.slot_capacity[slot] <= 0.0:
            firm.slot_route[slot], firm.slot_capacity[slot] = EMPTY, 0.0


@rule
def fill_closing_parts(wanted: Array, by_age: Array) -> None:
    """Turn capacity by age [P, S, age] into the part of it that closes, the oldest first, until `wanted` [P, S]."""
    for province in range(wanted.shape[0]):
        for sector in range(wanted.shape[1]):
            left = wanted[province, sector]
            if left <= 0.0:
                continue
            for age in range(OLDEST - 1, -1, -1):
                there = by_age[province, sector, age]
                by_age[province, sector, age] = min(max(left, 0.0) / there, 1.0) if there > 0.0 else 0.0
                left -= there


# ------------------------------------------------------------------------------------------------------ campaigns


def ration_for_targets(world: World) -> None:
    """Hold the output of energy-intensive firms below last year's orders, where a campaign is on."""
    share = world.government_rows["effective"][:, RATIONING]
    world.governance.withheld_bn[:] = 0.0
    if np.any(share > 0.0):
        resistance = world.setting.parameters["state_firm_resistance"]
        able, sectors = world.able[world.generators :], world.setting.government_tables.rationable
        hold_output(world.other_firms, able, world.market_able, share, sectors, resistance)
    elif world.governance.rationed:
        world.other_firms["ration_target"] = 0.0
    world.governance.rationed = bool(np.any(share > 0.0))


@rule
def hold_output(firms: Array, able: Array, market_able: Array, share: Array, sectors: Array, resistance: float) -> None:
    """Cap what firms can make [F], and with it what markets can [P, S], at (1 - share) of last year's orders."""
    for row in range(firms.size):
        firm = firms[row]
        firm.ration_target = 0.0
        told = share[firm.province] * sectors[firm.sector] * (1.0 - resistance if firm.owner == STATE else 1.0)
        if told <= 0.0:
            continue
        firm.ration_target = told
        cap = (1.0 - told) * firm.wanted_output
        if able[row] > cap:
            market_able[firm.province, firm.sector] -= able[row] - cap
            able[row] = cap


def note_forgone(world: World) -> None:
    """Output forgone for targets and for want of power, in bn CNY by cell."""
    state, value = world.governance, world.setting.calibration.value_per_unit
    if state.rationed:
        sum_withheld(world.other_firms, world.setting.base.routes.full_output, state.withheld_bn)
        state.withheld_bn *= value
    short = world.power.ration
    state.shut_bn[:] = 0.0
    if np.any(short > 0.0):
        sum_shut(world.other_firms, state.shut_bn)
        state.shut_bn *= value


@rule
def sum_withheld(firms: Array, full_output: Array, units: Array) -> None:
    """Fill units [P, S]: what customers wanted and plants could have made, less what was made, in campaigns."""
    units[:] = 0.0
    for firm in firms:
        if firm.ration_target <= 0.0:
            continue
        able = 0.0
        for slot in range(SLOTS):
            if firm.slot_route[slot] > EMPTY:
                able += firm.slot_capacity[slot] * firm.slot_available[slot] * full_output[firm.slot_route[slot]]
        made = firm.output / max(1.0 - firm.ration, 1e-9)
        units[firm.province, firm.sector] += max(min(able, firm.wanted_output) - made, 0.0)


@rule
def sum_shut(firms: Array, units: Array) -> None:
    """Fill units [P, S]: what firms would have made but for the shortage of power."""
    units[:] = 0.0
    for firm in firms:
        if firm.ration > 0.0:
            units[firm.province, firm.sector] += firm.output * firm.ration / max(1.0 - firm.ration, 1e-9)


# --------------------------------------------------------------------------------------------------- renewables


def facilitation(world: World) -> tuple[Array, Array]:
    """What facilitation leaves of the cost of young power plants [P, K], and the factor on room in the grid [P]."""
    own, routes = world.setting.parameters, world.setting.base.routes
    force = world.government_rows["effective"][:, RENEWABLES]
    young = (routes.sector == POWER) & (routes.soft_cost > 0.0)
    cost = 1.0 - own["facilitation_cost_share"] * force[:, None] * young[None, :]
    return cost, 1.0 + own["facilitation_grid_share"] * force
