"""What a unit takes over time."""

import numpy as np
import pytest

from simulator.accounts import IntensityTable
from simulator.needs import Needs, drift, own_needs


def test_only_routes_in_money_come_to_take_less():
    """Fuel of 8 and 2 GJ at 0.5: 5 GJ; 1 MWh at 0.25: 0.9 GJ more; CO2 and what is captured fall as fuel does."""
    two = np.ones((1, 2))
    table = IntensityTable(np.array([[[8.0, 0.0, 2.0, 0.0]] * 2]), two, two, np.zeros(2), np.zeros(4))
    base = Needs(table, 13.6 * two, 0.8 * two, two, 0.2 * two, two, np.zeros(2))
    now = own_needs(base)
    drift(base, np.array([1]), np.array([[1.0, 1.0], [0.5, 0.25]]), np.array([2021, 1]), now)
    assert now.table.fuel[0].tolist() == [[8.0, 0.0, 2.0, 0.0], [4.0, 0.0, 1.0, 0.0]]
    assert now.table.electricity[0].tolist() == [1.0, 0.25]
    assert now.energy_use[0] == pytest.approx([13.6, 5.9])
    assert now.energy_emissions[0].tolist() == [0.8, 0.4]
    assert now.captured[0].tolist() == [0.2, 0.1]
    assert base.table.fuel[0, 1, 0] == 8.0
