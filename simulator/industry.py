"""A year of production outside power: plants run, energy is used, CO2 is emitted, shortage of power takes its part."""

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_record import CARRIERS, SLOTS
from simulator import accounts, totals
from simulator.base_year import POWER
from simulator.market import MarketIndex
from simulator.power_settlement import ENERGY_INTENSIVE, OTHER_INDUSTRY, SECTOR_GROUPS, SERVICES, ration
from simulator.setting import PowerUsers
from simulator.tables import Array, kept

if TYPE_CHECKING:
    from simulator.world import World

# Which group of orderly use each sector belongs to.
INTENSIVE = ("STL", "NMM", "NFM", "CHM", "REF")
SERVED_LAST = ("SRV", "AGR", "TRN")


class Activity(NamedTuple):
    """Electricity at the meter in TWh and value made in bn CNY [P, S], output by route in units [P, K]."""

    electricity: Array
    output_bn: Array
    made: Array


class Shortage(NamedTuple):
    """What firms must do without, and in which order. unserved [P] in TWh; groups [S]: of orderly use; load_factor [P]:
    of load and electricity; cap: most of its load that industry gives up before services do; first_route, last_route
    [S]: routes of each sector, the last one excluded; sums: cells, made and fuel of `totals.sum_firms`."""

    unserved: Array
    groups: Array
    load_factor: Array
    cap: float
    first_route: Array
    last_route: Array
    sums: tuple[tuple[Array, ...], Array, Array]


class Ratios(NamedTuple):
    """What follows from the sums over firms. cells, made: of `totals.sum_firms`; last_route: of power, excluded;
    base_output, base_bn [P, S]: output and its value in the base year; intensity [P, S] in tCO2 per unit and power_bn
    [P], output of power in bn CNY of 2020, are filled."""

    cells: tuple[Array, ...]
    made: Array
    last_route: int
    base_output: Array
    base_bn: Array
    intensity: Array
    power_bn: Array


class Industry:
    """What a year of production goes by: views of a world, which last as long."""

    def __init__(self, world: "World") -> None:
        setting, economy, routes = world.setting, world.setting.base.economy, world.setting.base.routes
        self.now = Activity(world.electricity, world.demand.output_bn, world.made)
        self.base_year = Activity(economy.electricity_twh, economy.output_bn_cny, world.base_made)
        self.shortage = Shortage(
            unserved=world.power.books.unserved_twh,
            groups=sector_groups(world),
            load_factor=setting.calibration.load_factor,
            cap=setting.parameters["rationing_cap_energy_intensive"],
            first_route=routes.first_route,
            last_route=routes.last_route,
            sums=(world.cells, world.made, world.fuel_pj),
        )
        self.ratios = Ratios(
            cells=world.cells,
            made=world.made,
            last_route=int(routes.last_route[POWER]),
            base_output=economy.physical_output,
            base_bn=economy.output_bn_cny,
            intensity=world.intensity,
            power_bn=world.power_output_bn,
        )
        self.money = money_table(world)


def run_industry(world: "World") -> None:
    """Run plants and account for energy and CO2, before any shortage of power."""
    full = world.setting.base.routes.full_output
    accounts.account_industry(world.other_firms, full, world.needs.table, world.cells, world.made, world.fuel_pj)


def measure_loads(world: "World") -> None:
    """Fill what sectors use, by which `electricity.prepare` goes."""
    known, need = world.industry, world.needs.table.electricity
    fill_loads(world.setting.power_users, known.now, known.base_year, need, world.power.loads_twh)


@rule
def fill_loads(users: PowerUsers, now: Activity, then: Activity, need: Array, loads: Array) -> None:
    """Fill loads [4, P]: electricity outside power, vehicles' and warmth's part of it in TWh, heat index.

    need [P, K]: electricity per unit. Vehicles and electric heating are what has come on top since the base year.
    """
    for place in range(loads.shape[1]):
        total = 0.0
        for sector in range(POWER + 1, now.electricity.shape[1]):
            total += now.electricity[place, sector]
        driven = now.electricity[place, users.transport] - then.electricity[place, users.transport]
        more = max(now.made[place, users.electric] - then.made[place, users.electric], 0.0)
        warmth = more * max(need[place, users.electric] - need[place, users.fossil], 0.0)
        activity = now.output_bn[place, users.services] / max(then.output_bn[place, users.services], 1e-12)
        loads[0, place] = total
        loads[1, place] = max(driven, 0.0)
        loads[2, place] = min(warmth, now.electricity[place, users.services])
        loads[3, place] = math.exp(users.elasticity * math.log(max(activity, 1e-6)))


def ration_firms(world: "World") -> None:
    """Take what the grid could not serve from firms, energy-intensive ones first; their output falls as much."""
    take_shortage(world.firm_rows, world.index, world.industry.shortage, world.power.ration)


@process
def take_shortage(firms: Array, index: MarketIndex, shortage: Shortage, share: Array) -> None:
    """Fill the share of its load that each group of sectors does without [P, 3], last year's until then; what its firms
    make, use and emit, and the sums of it, see `shut_down`, fall as much."""
    if share.max() > 0.0:
        clear_rations(firms)
        share[:] = 0.0
    if shortage.unserved.max() <= 0.0:
        return
    cells, _, _ = shortage.sums
    load = load_by_group(cells[4], shortage.groups, shortage.load_factor)
    totals.put(ration(shortage.unserved, load, np.array([shortage.cap, shortage.cap, 1.0])), share)
    shut_down(firms, index, shortage, share)


@rule
def clear_rations(firms: Array) -> None:
    """Nothing is closed for want of power."""
    for firm in firms:
        # Most are not, and to write takes longer than to look.
        if firm.ration != 0.0:
            firm.ration = 0.0


@process
def load_by_group(electricity: Array, groups: Array, factor: Array) -> Array:
    """Load of each group of orderly use [P, 3] in TWh; electricity [P, S] at the meter, factor [P] from it to load."""
    load = np.zeros((factor.size, SECTOR_GROUPS))
    for province in range(factor.size):
        for sector in range(groups.size):
            if groups[sector] >= 0:
                load[province, groups[sector]] += electricity[province, sector]
        for group in range(SECTOR_GROUPS):
            load[province, group] *= factor[province]
    return load


def sector_groups(world: "World") -> Array:
    """Group of orderly use of each sector [S]; power itself is in none."""
    return _groups(world.setting.base.names.sectors)


@cache
def _groups(codes: tuple[str, ...]) -> Array:
    groups = [
        ENERGY_INTENSIVE if one in INTENSIVE else SERVICES if one in SERVED_LAST else OTHER_INDUSTRY for one in codes
    ]
    groups[POWER] = -1
    return kept(np.array(groups, dtype=np.int64))


@rule
def shut_down(firms: Array, index: MarketIndex, shortage: Shortage, share: Array) -> None:
    """Scale down output, energy and CO2 of firms by their group's share [P, 3] where it is not zero, and sum anew."""
    groups, (cells, made, fuel) = shortage.groups, shortage.sums
    for province in range(share.shape[0]):
        for sector in range(groups.size):
            if groups[sector] < 0 or share[province, groups[sector]] <= 0.0:
                continue
            for cell in cells:
                cell[province, sector] = 0.0
            made[province, shortage.first_route[sector] : shortage.last_route[sector]] = 0.0
            fuel[province, sector] = 0.0
            for row in index.rows[index.start[sector, province] : index.stop[sector, province]]:
                firm = firms[row]
                firm.ration = share[province, groups[sector]]
                scale_down(firm, 1.0 - firm.ration)
                totals.add_firm(firm, cells, made, fuel)


@rule
def scale_down(firm: Any, left: float) -> None:
    """Leave a share of what a firm makes, uses and emits."""
    firm.output *= left
    firm.electricity *= left
    firm.co2 *= left
    firm.co2_process *= left
    firm.captured *= left
    for slot in range(SLOTS):
        firm.slot_output[slot] *= left
    for carrier in range(CARRIERS):
        firm.fuel[carrier] *= left


def add_power(world: "World") -> None:
    """Account for power, which completes the sums over firms."""
    accounts.account_power(world.power_firms, world.needs.table, world.cells, world.made, world.fuel_pj)
    compare(world)


def compare(world: "World") -> None:
    """What follows from the sums over firms: intensity by cell, and output of power in value."""
    fill_ratios(world.industry.ratios)


@rule
def fill_ratios(ratios: Ratios) -> None:
    """Fill intensity and output of power, see below."""
    fill_intensity(ratios.cells[0], ratios.cells[1], ratios.intensity)
    fill_power_output(ratios.made, ratios.last_route, ratios.base_output, ratios.base_bn, ratios.power_bn)


@rule
def fill_intensity(made: Array, co2: Array, intensity: Array) -> None:
    """Fill intensity [P, S] in tCO2 per unit where anything is made; idle markets keep theirs."""
    for province in range(made.shape[0]):
        for sector in range(made.shape[1]):
            if made[province, sector] > 0.0:
                intensity[province, sector] = co2[province, sector] / made[province, sector]


@rule
def fill_power_output(made: Array, last_route: int, base_output: Array, base_bn: Array, output_bn: Array) -> None:
    """Fill output of power in bn CNY of 2020 [P], from what its routes made [P, K] in TWh, those before last_route;
    base_output, base_bn [P, S]: generation and its value in the base year."""
    for province in range(output_bn.size):
        total, known = 0.0, base_output[province, POWER]
        for route in range(last_route):
            total += made[province, route]
        output_bn[province] = base_bn[province, POWER] * (total / known if known > 0.0 else 1.0)


def money_table(world: "World") -> accounts.MoneyTable:
    """Prices and rates by which firms are paid."""
    own = world.setting.parameters
    return accounts.MoneyTable(
        power_price=world.power.power_price,
        capacity_payment=world.power.capacity_payment,
        loan_rate=own["loan_rate"],
        loan_years=own["loan_years"],
        tax_rate=own["corporate_tax_rate"],
        payout_share=own["dividend_share"],
        liquidity_target=world.setting.liquidity_share,
    )
