"""What a unit takes over time."""

import numpy as np
import pytest

from simulator.accounts import IntensityTable
from simulator.model import TransitionModel
from simulator.needs import Needs, drift, fading_growth, own_needs


def test_only_routes_in_money_come_to_take_less():
    """Fuel of 8 and 2 GJ at 0.5: 5 GJ; 1 MWh at 0.25: 0.9 GJ more; CO2 and what is captured fall as fuel does."""
    two = np.ones((1, 2))
    table = IntensityTable(np.array([[[8.0, 0.0, 2.0, 0.0]] * 2]), two, two, np.zeros(2), np.zeros(4))
    base = Needs(table, 13.6 * two, 0.8 * two, two, 0.2 * two, two, np.zeros(2))
    now = own_needs(base)
    drift(base, np.array([1]), np.array([1]), np.array([[[1.0, 1.0]], [[0.5, 0.25]]]), np.array([2021, 1]), now)
    assert now.table.fuel[0].tolist() == [[8.0, 0.0, 2.0, 0.0], [4.0, 0.0, 1.0, 0.0]]
    assert now.table.electricity[0].tolist() == [1.0, 0.25]
    assert now.energy_use[0] == pytest.approx([13.6, 5.9])
    assert now.energy_emissions[0].tolist() == [0.8, 0.4]
    assert now.captured[0].tolist() == [0.2, 0.1]
    assert base.table.fuel[0, 1, 0] == 8.0


@pytest.mark.parametrize(("needed", "then"), [(3.0, 1.75), (0.5, 0.375)], ids=["in-place-of-fuel", "efficient"])
def test_electricity_in_place_of_fuel_falls_as_fuel_does(needed, then):
    """1 MWh of the incumbent at 0.75, and 2 MWh that another route takes in place of fuel at 0.5: 1.75 MWh. Of one that
    takes half of what the incumbent does nothing is in place of fuel: half stays half."""
    one, power = np.ones((1, 2)), np.array([[1.0, needed]])
    table = IntensityTable(np.zeros((1, 2, 4)), power, one, np.zeros(2), np.zeros(4))
    base = Needs(table, one, one, one, one, one, np.zeros(2))
    now = own_needs(base)
    drift(base, np.array([0, 1]), np.array([0, 0]), np.array([[[0.5, 0.75]] * 2]), np.array([2021, 0]), now)
    assert now.table.electricity[0].tolist() == [0.75, then]


def test_growth_fades_by_half_lives():
    """From 2 % to -1 % with a half-life of a year: 0.5 % in year 1, -0.25 % in year 2, and -1 % in the end."""
    level = fading_growth(np.array(0.02), np.array(-0.01), 1.0, 60)
    assert level[:3] == pytest.approx([1.0, 1.005, 1.005 * 0.9975])
    assert level[-1] / level[-2] == pytest.approx(0.99)


def test_energy_per_value_goes_on_as_before_2020_and_tends_to_the_drift_of_all():
    """Homes and services: electricity rises first, fuel falls by a weight's part of its trend. Chemicals, without a
    series, follow the drift of all from the first year on, if it is that of the table."""
    changed = {"energy_trend_half_life_years": 10.0, "fuel_trend_weight": 0.5, "value_fuel_drift": -0.015}
    model = TransitionModel("baseline", overrides={"simulation": {"firms": 1}, "parameters": changed})
    base = model.setting.base
    sectors = np.array(base.names.sectors)[base.routes.sector[model.setting.routes_in_money]]
    homes, chemicals = (model.setting.value_drift[:, sectors == one][:, 0] for one in ("SRV", "CHM"))
    trend = base.economy.energy_trend[base.names.sectors.index("SRV"), 0]
    assert homes[10, 0] / homes[9, 0] - 1.0 == pytest.approx(-0.015 + 0.5 * (trend + 0.015) * 0.5)
    assert homes[1, 1] > 1.0
    assert homes[-1, 1] < homes[:, 1].max()
    assert chemicals[:, 0] == pytest.approx(0.985 ** np.arange(chemicals.shape[0]))


def test_equipment_of_finer_products_falls_with_their_fuel():
    """Equipment of services costs after two years what their fuel is of that of the base year, steel works what they
    did."""
    model = TransitionModel("baseline", overrides={"simulation": {"firms": 1}})
    setting, first = model.setting, model.world.capital_cost.copy()
    routes = setting.base.routes
    for _ in range(2):
        model.step()
    steel, services = (routes.first_route[setting.base.names.sectors.index(one)] for one in ("STL", "SRV"))
    ratio = model.world.capital_cost / first
    assert ratio[steel] == pytest.approx(1.0)
    assert ratio[services] == pytest.approx(setting.value_drift[2, setting.routes_in_money == services, 0][0])
    assert ratio[services] < 0.97
