"""A year of production outside power: plants run, energy is used, CO2 is emitted, shortage of power takes its part."""

import numpy as np

from agents.compiled import rule
from agents.firm_record import CARRIERS, SLOTS
from simulator import accounts, totals
from simulator.base_year import POWER
from simulator.power_settlement import ENERGY_INTENSIVE, OTHER_INDUSTRY, SERVICES, ration
from simulator.tables import Array
from simulator.world import World

# Which group of orderly use each sector belongs to.
INTENSIVE = ("STL", "NMM", "NFM", "CHM", "REF")
SERVED_LAST = ("SRV", "AGR", "TRN")


def run_industry(world: World) -> None:
    """Run plants and account for energy and CO2, before any shortage of power."""
    accounts.account_industry(
        world.firm_rows, world.generators, world.setting.base.routes.full_output, world.needs.table
    )
    totals.sum_firms(world.other_firms, world.cells, world.made, world.fuel_pj)


def loads(world: World) -> tuple[Array, Array, Array, Array]:
    """What `electricity.prepare` needs: electricity at the meter, vehicles' and warmth's part of it, heat index [P]."""
    setting = world.setting
    used = world.electricity.copy()
    used[:, POWER] = 0.0
    names = setting.base.names
    transport, services = names.sectors.index("TRN"), names.sectors.index("SRV")
    vehicles = np.maximum(used[:, transport] - setting.base.economy.electricity_twh[:, transport], 0.0)
    electric, fossil = names.routes.index(("SRV", "electric")), names.routes.index(("SRV", "fossil"))
    extra = np.maximum(world.made[:, electric] - world.base_made[:, electric], 0.0)
    need = world.needs.table.electricity
    warmth = np.minimum(extra * np.maximum(need[:, electric] - need[:, fossil], 0.0), used[:, services])
    activity = world.output_bn[:, services] / np.maximum(setting.base.economy.output_bn_cny[:, services], 1e-12)
    heat = np.exp(setting.parameters["heat_demand_elasticity"] * np.log(np.maximum(activity, 1e-6)))
    return used.sum(axis=1), vehicles, warmth, heat


def ration_firms(world: World) -> None:
    """Take what the grid could not serve from firms, energy-intensive ones first; their output falls as much."""
    unserved = world.power.books.unserved_twh
    if not np.any(unserved > 0.0):
        world.power.ration[:] = 0.0
        world.firm_rows["ration"] = 0.0
        return
    groups = sector_groups(world)
    factor = world.setting.calibration.load_factor
    load = np.zeros((unserved.size, 3))
    for group in range(3):
        load[:, group] = world.electricity[:, groups == group].sum(axis=1) * factor
    cap = world.setting.parameters["rationing_cap_energy_intensive"]
    world.power.ration = ration(unserved, load, np.array([cap, cap, 1.0]))
    shut_down(world.firm_rows, world.generators, groups, world.power.ration)
    totals.sum_firms(world.other_firms, world.cells, world.made, world.fuel_pj)


def sector_groups(world: World) -> Array:
    """Group of orderly use of each sector [S]; power itself is in none."""
    codes = world.setting.base.names.sectors
    groups = [
        ENERGY_INTENSIVE if one in INTENSIVE else SERVICES if one in SERVED_LAST else OTHER_INDUSTRY for one in codes
    ]
    groups[POWER] = -1
    return np.array(groups, dtype=np.int64)


@rule
def shut_down(firms: Array, first_row: int, groups: Array, share: Array) -> None:
    """Scale down output, energy and CO2 of every firm by its group's share [P, 3]."""
    for firm in firms[first_row:]:
        firm.ration = share[firm.province, groups[firm.sector]]
        left = 1.0 - firm.ration
        if left >= 1.0:
            continue
        firm.output *= left
        firm.electricity *= left
        firm.co2 *= left
        firm.co2_process *= left
        firm.captured *= left
        for slot in range(SLOTS):
            firm.slot_output[slot] *= left
        for carrier in range(CARRIERS):
            firm.fuel[carrier] *= left


def add_up(world: World) -> None:
    """Sums over all firms once power is accounted for too: by cell, by route, and intensity by cell."""
    totals.add_firms(world.power_firms, world.cells, world.made, world.fuel_pj)
    made, co2 = world.cells[0], world.cells[1]
    world.intensity = np.where(made > 0.0, co2 / np.where(made > 0.0, made, 1.0), world.intensity)
    generation = world.made[:, world.setting.base.routes.sector == POWER].sum(axis=1)
    base = world.setting.base.economy.physical_output[:, POWER]
    value = world.setting.base.economy.output_bn_cny[:, POWER]
    world.power_output_bn = value * np.where(base > 0.0, generation / np.where(base > 0.0, base, 1.0), 1.0)


def money_table(world: World) -> accounts.MoneyTable:
    """Prices and rates by which firms are paid this year."""
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
