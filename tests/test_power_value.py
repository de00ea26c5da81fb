"""What power is worth: the hours that a new plant may expect, by hand."""

import numpy as np
import pytest

from agents.grid_operator_record import BATTERY, COAL, PUMPED, SOLAR, TECHNOLOGIES, OperatorState
from simulator import power_value
from simulator.power_value import LEAST_TWH


def hours_after(technology, made_twh):
    """Hours of all technologies where there are 10 GW of each but coal, and one made so much in the year; 1.5 TWh per
    GW are usual, a fifth is curtailed."""
    operators = OperatorState.table(1)
    operators.capacity_gw[0] = 10.0
    operators.capacity_gw[0, COAL] = 0.0
    generation, hours = np.zeros((1, TECHNOLOGIES)), np.zeros(TECHNOLOGIES)
    generation[0, technology] = made_twh
    outcome = power_value.Outcome(
        operators=operators, hours=np.zeros(24), generation_twh=generation, curtailed_twh=np.zeros_like(generation),
        usual=np.full((1, TECHNOLOGIES), 1.5), step_gw=np.zeros((1, 1, 3)), step_cost=np.zeros((1, 1)),
        made=np.zeros((1, 1)), shapes=power_value.Shapes(np.zeros((1, 1, 24)), np.zeros(1, bool)),
    )  # fmt: skip
    power_value.full_load_hours(0, outcome, np.full(TECHNOLOGIES, 0.2), hours)
    return hours


def test_hours_are_those_of_the_fleet_or_as_built():
    hours = hours_after(PUMPED, 12.0)
    assert hours[[PUMPED, COAL, SOLAR]] == pytest.approx([1.2, 1.5, 1.2])


@pytest.mark.parametrize(("made", "runs"), [(0.0, False), (0.5 * LEAST_TWH, False), (2.0 * LEAST_TWH, True)])
def test_a_store_that_discharges_rounding_errors_stands_still(made, runs):
    assert bool(hours_after(BATTERY, made)[BATTERY] > 0.0) is runs
