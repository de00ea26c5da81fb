"""Panels on roofs: payback and diffusion by hand, the first roofs by province, and what developers build."""

import math

import numpy as np
import pytest

from agents import grid_operator_roofs as rules
from agents.grid_operator_record import SOLAR
from simulator import roofs
from simulator.model import TransitionModel

OWN = rules.RoofParameters(0.5, 0.3, 0.01, 0.4)


def seen(roof_gw=100.0, cost=3000.0):
    """A kW makes 1.2 MWh, costs 60 a year; power sells for 300."""
    return rules.RoofView(np.array([roof_gw]), np.array([cost]), 60.0, np.array([1.2]), np.array([300.0]), OWN)


@pytest.fixture
def operator(stepped_model):
    one = stepped_model.world.power.operators[:1].copy()[0]
    one.tariff, one.roofs_gw, one.operator = 700.0, 5.0, 0
    return one


def test_payback_by_hand(operator):
    """1.2 MWh at the mean of 700 and 300, less 60, is 540 a year."""
    assert rules.payback_years(operator, seen()) == pytest.approx(3000.0 / 540.0)
    operator.tariff = -300.0
    assert rules.payback_years(operator, seen()) == math.inf


def test_diffusion_by_hand(operator):
    market = 100.0 * math.exp(-0.3 * 3000.0 / 540.0)
    rules.connect_roofs(operator, seen())
    assert operator.roofs_connected_gw == pytest.approx((0.01 + 0.4 * 5.0 / market) * (market - 5.0))


@pytest.mark.parametrize("view", [seen(roof_gw=0.0), seen(roof_gw=10.0), seen(cost=1e9)])
def test_a_full_market_takes_no_more(operator, view):
    operator.roofs_connected_gw = 9.0
    rules.connect_roofs(operator, view)
    assert operator.roofs_connected_gw == 0.0


def test_first_roofs_go_by_population_up_to_what_a_province_has():
    found = roofs.roofs_by_province(10.0, np.array([1.0, 2.0, 3.0]), np.array([9.0, 9.0, 4.0]))
    assert found == pytest.approx([2.0, 4.0, 4.0])
    assert roofs.roofs_by_province(99.0, np.array([1.0, 2.0]), np.array([3.0, 4.0])) == pytest.approx([3.0, 4.0])


def test_what_roofs_ask_for_runs_a_year_later():
    """Nothing in the base year; then developers begin what is asked for, beside what they chose."""
    model = TransitionModel("baseline", seed=3, overrides={"simulation": {"firms": 1000}})
    system, first = model.world.power, model.setting.parameters["roof_solar_2021_gw"]
    model.step()
    assert system.operator_rows["roofs_connected_gw"].sum() == 0.0
    assert system.operator_rows["roofs_gw"].sum() == pytest.approx(first)
    model.step()
    asked = system.operator_rows["roofs_connected_gw"].copy()
    assert system.operator_rows["roofs_gw"].sum() == pytest.approx(first + asked.sum())
    assert asked.sum() > 1.0
    before = model.world.capacity[:, model.world.power.solar_route]
    assert (roofs.solar_plants(model.world) - before >= asked - 1e-9).all()
    model.step()
    assert (system.operator_rows["capacity_gw"][:, SOLAR] > 0.0).all()
