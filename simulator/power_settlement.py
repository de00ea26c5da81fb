"""After the market: who generated what, what was curtailed, what flowed, who is rationed.

Free supply that nobody takes is left unused in this order: wind, sun and water (in proportion to what is available),
the minimum of thermal plants, nuclear, storage. Shapes: B blocks, P provinces, T technologies (order of
`agents.grid_operator_record`), G steps, C = 3 thermal classes, L lines.
"""

from typing import Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.grid_operator_record import (
    BLOCKS,
    GWH_PER_TWH,
    HYDRO,
    KINDS,
    NUCLEAR,
    NUMBER_OF_STORES,
    STORES,
    TECHNOLOGIES,
    THERMAL,
    VARIABLE,
    OperatorParameters,
    length_of,
)
from agents.grid_operator_schedule import usable_thermal
from simulator.power import Dispatch, Supply
from simulator.power_merit import MeritOrder
from simulator.power_trade import Floats, Network

# Below these, what is left of a line's room and of a price difference is rounding.
SMALLEST_ROOM_GW, SMALLEST_GAIN_CNY_PER_MWH = 1e-9, 1e-6
SECTOR_GROUPS = 3
ENERGY_INTENSIVE, OTHER_INDUSTRY, SERVICES = range(SECTOR_GROUPS)


class Settlement(NamedTuple):
    """A year of power by technology."""

    generation_twh: Floats  # [P, T] sent out, storage: discharged
    curtailed_twh: Floats  # [P, T] available and not used
    charging_twh: Floats  # [P, 2] pumped, battery
    unserved_twh: Floats  # [P]
    peak_gw: Floats  # [P] highest hourly load
    least_hours: Floats  # [P, C] full-load hours of a thermal plant that the market does not dispatch, by class
    full_load_hours: Floats  # [P, G, C] of a thermal plant by step and class


class LineYear(NamedTuple):
    """A year of the lines: [L]."""

    forward_twh: Floats  # sent from origin
    backward_twh: Floats  # sent from destination
    loss_twh: Floats
    congested_share: Floats  # share of the hours in which more would pay and no more may pass


def empty_settlement(provinces: int, steps: int) -> Settlement:
    """Arrays for `settle`, made once and filled every year."""
    return Settlement(
        np.zeros((provinces, TECHNOLOGIES)),
        np.zeros((provinces, TECHNOLOGIES)),
        np.zeros((provinces, 2)),
        np.zeros(provinces),
        np.zeros(provinces),
        np.zeros((provinces, KINDS)),
        np.zeros((provinces, steps, KINDS)),
    )


@rule
def give_way(unused: float, available: float) -> tuple[float, float]:
    """Leave up to `available` unused: (share of it that is used, what is still to be left unused)."""
    left = min(unused, available)
    share = 1.0 - left / available if available > 0.0 else 1.0
    return share, unused - left


@rule
def used_shares(operator: Any, block: int, unused: float) -> tuple[float, float, float, float]:
    """Shares used of wind, sun and water, thermal minimum, nuclear and storage when `unused` GW find no taker."""
    renewable, thermal, stored = operator.hydro_gw[block], 0.0, 0.0
    for kind in range(KINDS):
        renewable += operator.variable_gw[kind, block]
        thermal += operator.must_run_share[kind, block] * operator.capacity_gw[THERMAL[kind]]
    for store in range(NUMBER_OF_STORES):
        stored += operator.discharge_gw[store, block]
    renewable_share, unused = give_way(unused, renewable)
    thermal_share, unused = give_way(unused, thermal)
    nuclear_share, unused = give_way(unused, operator.nuclear_gw[block])
    stored_share, _ = give_way(unused, stored)
    return renewable_share, thermal_share, nuclear_share, stored_share


@rule
def add(used_twh: Floats, unused_twh: Floats, technology: int, available_twh: float, share: float) -> None:
    """Add a block of a technology to a province's used and unused energy, [T] each."""
    used_twh[technology] += available_twh * share
    if share < 1.0:
        unused_twh[technology] += available_twh * (1.0 - share)


@rule
def settle_block(
    operator: Any, province: int, block: int, hours: float, supply: Supply, dispatch: Dispatch, accounts: Settlement
) -> None:
    """Book a province's block: what ran, what did not, and the hours of thermal plants on every step."""
    unused = supply.free_gw[block, province] - dispatch.free_used_gw[block, province]
    renewable, thermal, nuclear, stored = 1.0, 1.0, 1.0, 1.0
    if unused > 0.0:
        renewable, thermal, nuclear, stored = used_shares(operator, block, unused)
    used, left = accounts.generation_twh[province], accounts.curtailed_twh[province]
    twh_per_gw = hours / GWH_PER_TWH
    add(used, left, NUCLEAR, operator.nuclear_gw[block] * twh_per_gw, nuclear)
    add(used, left, HYDRO, operator.hydro_gw[block] * twh_per_gw, renewable)
    for kind in range(KINDS):
        add(used, left, VARIABLE[kind], operator.variable_gw[kind, block] * twh_per_gw, renewable)
    for store in range(NUMBER_OF_STORES):
        add(used, left, STORES[store], operator.discharge_gw[store, block] * twh_per_gw, stored)
        accounts.charging_twh[province, store] += operator.charge_gw[store, block] * twh_per_gw
    add_thermal_hours(operator, province, block, hours, thermal, supply, dispatch, accounts)
    unserved = dispatch.unserved_gw[block, province]
    operator.unserved_gw[block] = unserved
    operator.price[block] = dispatch.price_cny_per_mwh[block, province]
    accounts.unserved_twh[province] += unserved * twh_per_gw


@rule
def add_thermal_hours(
    operator: Any,
    province: int,
    block: int,
    hours: float,
    least_share: float,
    supply: Supply,
    dispatch: Dispatch,
    accounts: Settlement,
) -> None:
    """Add a block to the full-load hours of thermal plants: of all at their minimum, and of steps above it."""
    for kind in range(KINDS):
        accounts.least_hours[province, kind] += hours * operator.must_run_share[kind, block] * least_share
    for step in range(supply.step_gw.shape[2]):
        used = dispatch.step_used_gw[block, province, step]
        if used > 0.0:
            share = hours * used / supply.step_gw[block, province, step]
            for kind in range(KINDS):
                accounts.full_load_hours[province, step, kind] += share * operator.open_share[kind, block]


@rule
def open_accounts(accounts: Settlement, province: int) -> None:
    """Set a province's accounts to zero."""
    accounts.unserved_twh[province] = 0.0
    accounts.charging_twh[province, :] = 0.0
    accounts.generation_twh[province, :] = 0.0
    accounts.curtailed_twh[province, :] = 0.0
    accounts.least_hours[province, :] = 0.0
    accounts.full_load_hours[province, :, :] = 0.0


@rule
def peak_load(operator: Any) -> float:
    """Highest hourly load of the year (GW)."""
    highest = 0.0
    for block in range(BLOCKS):
        highest = max(highest, operator.load_gw[block] + operator.heat_pump_gw[block])
    peak: float = highest * operator.peak_factor
    return peak


@rule
def settle(
    operators: Any,
    hours: Floats,
    merit: MeritOrder,
    supply: Supply,
    dispatch: Dispatch,
    parameters: OperatorParameters,
    accounts: Settlement,
) -> None:
    """Book the year, and tell every operator its prices, its unserved load and how busy its thermal plants were.

    A thermal plant's generation is capacity x full_load_hours[province, its step, its class] / 1000 TWh; the sum over
    plants is generation_twh of its class, which is computed from the steps.
    """
    year = length_of(hours)
    for province in range(operators.size):
        operator = operators[province]
        open_accounts(accounts, province)
        for block in range(hours.size):
            settle_block(operator, province, block, hours[block], supply, dispatch, accounts)
        accounts.peak_gw[province] = peak_load(operator)
        made = 0.0
        for kind in range(KINDS):
            energy = 0.0
            for step in range(merit.cost_cny_per_mwh.shape[1]):
                accounts.full_load_hours[province, step, kind] += accounts.least_hours[province, kind]
                size = merit.capacity_gw[province, step, kind]
                energy += size * accounts.full_load_hours[province, step, kind] / GWH_PER_TWH
            accounts.generation_twh[province, THERMAL[kind]] = energy
            made += energy
        able = usable_thermal(operator, parameters) * year / GWH_PER_TWH
        operator.thermal_use = made / able if able > 0.0 else parameters.thermal_use_reference


def empty_line_year(lines: int) -> LineYear:
    """Arrays for `settle_lines`, made once and filled every year."""
    return LineYear(*np.zeros((4, lines)))


@rule
def settle_lines(
    network: Network, lower_gw: Floats, upper_gw: Floats, hours: Floats, dispatch: Dispatch, year: LineYear
) -> None:
    """Fill the energy over each line, its loss, and the share of hours in which it is congested.

    lower_gw, upper_gw [B, L]: least and greatest flow that capacity and contracts leave to the market.
    """
    total = length_of(hours)
    for line in range(network.origin.size):
        forward, backward, loss, congested = 0.0, 0.0, 0.0, 0.0
        for block in range(hours.size):
            energy = dispatch.flow_gw[block, line] * hours[block] / GWH_PER_TWH
            forward += max(energy, 0.0)
            backward += max(-energy, 0.0)
            loss += network.loss_share[line] * abs(energy)
            if is_congested(network, line, lower_gw[block], upper_gw[block], block, dispatch):
                congested += hours[block] / total
        year.forward_twh[line], year.backward_twh[line] = forward, backward
        year.loss_twh[line], year.congested_share[line] = loss, congested


@rule
def is_congested(
    network: Network, line: int, lower_gw: Floats, upper_gw: Floats, block: int, dispatch: Dispatch
) -> bool:
    """Whether power is worth more at the other end, all that trade must bear deducted, and no more of it may pass."""
    flow = dispatch.flow_gw[block, line]
    a = dispatch.price_cny_per_mwh[block, network.origin[line]]
    b = dispatch.price_cny_per_mwh[block, network.destination[line]]
    kept, least = 1.0 - network.loss_share[line], network.wheeling_cny_per_mwh[line] + SMALLEST_GAIN_CNY_PER_MWH
    if flow >= upper_gw[line] - SMALLEST_ROOM_GW and kept * b - a > least:
        return True
    return flow <= lower_gw[line] + SMALLEST_ROOM_GW and kept * a - b > least


@process
def ration(unserved_twh: Floats, load_twh: Floats, limits: Floats) -> Floats:
    """Share of its load that each group of sectors must do without: [P, 3].

    Orderly use: energy-intensive industry gives up to limits[0] of its load, then other industry up to limits[1], then
    services and households up to limits[2]; what is still missing is taken from all in proportion to what they have
    left. sum of share x load = unserved. load_twh [P, 3]; worked value: 10 missing, loads 20, 30, 50, limits 0.3, 0.3
    and 1: 6 of the first, 4 of the second.
    """
    provinces = unserved_twh.size
    share = np.zeros((provinces, SECTOR_GROUPS))
    for province in range(provinces):
        missing = unserved_twh[province]
        left = 0.0
        for group in range(SECTOR_GROUPS):
            load = load_twh[province, group]
            taken = min(missing, limits[group] * load)
            share[province, group] = taken / load if load > 0.0 else 0.0
            missing -= taken
            left += load - taken
        if missing > 0.0 and left > 0.0:
            for group in range(SECTOR_GROUPS):
                rest = 1.0 - share[province, group]
                share[province, group] += rest * min(missing / left, 1.0)
    return share
