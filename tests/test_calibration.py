"""Technology scaled to the cells of the base year: what replaces fuel goes with the fuel of the cell."""

import numpy as np
import pytest

from simulator.base_year import BASE_YEAR, POWER
from simulator.calibration import MOST_IN_PLACE_OF_FUEL, by_sector, calibrate, electricity_parts, in_money
from simulator.model import TransitionModel
from simulator.needs import needs_of


@pytest.fixture(scope="module")
def setting():
    return TransitionModel("baseline", overrides={"simulation": {"firms": 600, "end": BASE_YEAR + 1}}).setting


def route(setting, sector, name):
    return setting.base.names.routes.index((sector, name))


def test_electricity_beyond_the_incumbent_is_in_the_place_of_fuel(setting):
    """Buildings: 0.0306 MWh of the electric route against 0.0229, so 0.0077; a frugal route replaces nothing by power,
    nor does a furnace, whose product is measured in tonnes."""
    plain, beyond = electricity_parts(setting.base.routes, in_money())
    electric = route(setting, "SRV", "electric")
    assert (plain[electric], beyond[electric]) == pytest.approx((0.0229, 0.0077))
    assert beyond[route(setting, "SRV", "efficient")] == beyond[route(setting, "STL", "scrap_eaf")] == 0.0
    assert plain[route(setting, "SRV", "efficient")] == 0.0206


@pytest.mark.parametrize(
    ("sector", "old", "new"), [("SRV", "fossil", "electric"), ("OMF", "fossil_heat", "electric_heat")]
)
def test_a_gj_is_replaced_by_as_much_electricity_in_all_provinces(setting, sector, old, new):
    table, routes = setting.first_needs.table, setting.base.routes
    old, new = route(setting, sector, old), route(setting, sector, new)
    power = table.electricity[:, new] - table.electricity[:, old]
    fuel = table.fuel[:, old].sum(axis=1) - table.fuel[:, new].sum(axis=1)
    there = fuel > 0.0
    assert there.sum() == 31
    technology = (routes.electricity_mwh[new] - routes.electricity_mwh[old]) / (
        routes.fuel_gj[old].sum() - routes.fuel_gj[new].sum()
    )
    assert power / fuel == pytest.approx(np.full(31, technology))


def test_equipment_goes_with_the_fuel_of_the_cell_where_output_is_in_money(setting):
    routes, fuel = setting.base.routes, setting.calibration.fuel
    services, steel = route(setting, "SRV", "electric"), route(setting, "STL", "bf_bof")
    assert (setting.equipment[:, services] == fuel[:, routes.sector[services]]).all()
    assert (setting.equipment[:, steel] == 1.0).all()
    unburnt = (fuel == 0.0) & setting.in_money
    assert unburnt.any()
    assert (setting.equipment[unburnt[:, routes.sector]] == 1.0).all()


def test_electricity_of_a_cell_is_met_and_half_of_it_at_least_is_in_the_place_of_nothing(setting):
    """Half of all output on the last route of its sector, half on the first."""
    base, made = setting.base, np.zeros((31, len(setting.base.routes.names)))
    for place in (base.routes.first_route, base.routes.last_route - 1):
        made[:, place] += 0.5 * base.economy.physical_output
    scaled = calibrate(base, made, base.economy.co2_mt[:, POWER])
    used = base.economy.electricity_twh * (np.arange(12) != POWER) * (base.economy.physical_output > 0.0)
    met = by_sector(base, made * needs_of(base, scaled).table.electricity)
    assert met[:, POWER + 1 :] == pytest.approx(used[:, POWER + 1 :], rel=1e-9)
    replacing = scaled.replacing * by_sector(base, made * electricity_parts(base.routes, in_money())[1])
    assert (replacing <= MOST_IN_PLACE_OF_FUEL * used * (1.0 + 1e-9)).all()
    assert (scaled.replacing <= scaled.fuel).all()
    assert (scaled.replacing < scaled.fuel).any()
