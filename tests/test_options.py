"""What firms may choose from: mature routes whose resources are left, chances, costs and peers."""

import numpy as np
import pytest

from agents.firm_record import POWER
from simulator import options
from simulator.investment import investment_view

ROUTE = 13


@pytest.fixture(scope="module")
def world(run_model):
    """A world of its own, after three years."""
    return run_model(3).world


def test_routes_that_depend_on_a_resource_are_closed():
    """Two sectors of two routes: of the first, one takes 2 and one 0.9, less than half; of the second, one takes 1."""
    is_open = np.ones(4, dtype=np.int64)
    options.close_dependent(np.array([2.0, 0.9]), 0, is_open)
    options.close_dependent(np.array([1.0, 0.0]), 2, is_open)
    assert is_open.tolist() == [0, 1, 0, 1]


def test_what_is_taken_of_a_resource():
    """2 x 3 + 2 x 4 + 0.5 x 10."""
    assert options.taken(np.array([2.0, 0.5, 0.0]), np.array([[3.0, 10.0, 7.0], [4.0, 0.0, 7.0]])) == 19.0


def test_a_used_up_resource_closes_its_routes_for_all(world, monkeypatch):
    setting = world.setting
    mature = (setting.base.routes.available_from <= 2022) & (world.chosen_routes > 0.0)
    made = np.zeros_like(world.made)
    monkeypatch.setattr(world.investing, "conditions", world.investing.conditions._replace(made=made))
    assert (investment_view(world).options["is_open"] == mature).all()
    one = np.flatnonzero(mature & (setting.resource_use > 0.0).any(axis=0))[0]
    made[0, one] = 1e12
    assert not investment_view(world).options["is_open"][:, one].any()


def test_what_is_not_known_waits_for_a_demonstration_and_where_no_potential_is_left_nobody_looks(world):
    seen = investment_view(world)
    place = seen.options[:, ROUTE]
    known = world.known_routes[:, ROUTE] > 0.0
    trial = world.setting.parameters["pilot_share_per_year"]
    assert (place["chance"] == np.where(known, world.opportunity[:, ROUTE], trial * world.opportunity[:, ROUTE])).all()
    assert 0.0 < seen.options["is_open"].mean() < 1.0
    full = world.limits.local <= 0.0
    assert full.any()
    assert not seen.options["chance"][full].any()


def test_costs_are_those_of_the_year(world):
    seen, costs = investment_view(world), world.costs
    for name in ("energy_cost", "other_cost", "energy_emissions", "process_emissions", "allowance_credit"):
        assert (seen.options[name] == costs.routes[name]).all()
    assert (seen.options["normal_output"] == costs.routes["full_output"] * costs.routes["utilisation"]).all()
    assert (seen.markets["carbon_price"] == costs.sectors["carbon_price"]).all()
    capital = world.capital_cost * (world.soft_cost * world.setting.equipment)
    outside = world.setting.base.routes.sector != POWER
    assert (seen.options["capital_cost"][:, outside] == capital[:, outside]).all()
    assert (seen.options["capital_cost"][:, ROUTE] == world.capital_cost[ROUTE] * world.soft_cost[:, ROUTE]).all()
