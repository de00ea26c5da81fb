"""What firms may choose from: mature routes whose resources are left, chances, costs and peers."""

import numpy as np
import pytest

from simulator import options
from simulator.investment import investment_view

ROUTE = 13


@pytest.fixture(scope="module")
def world(run_model):
    """A world of its own, after three years."""
    return run_model(3).world


def test_routes_that_depend_on_a_resource_that_is_used_up_are_closed():
    """Two sectors of two routes; 97 of 100 units are taken, 2 each by route 0, 0.9 by route 1 and 1 by route 2."""
    use, made = np.array([[2.0, 0.9, 1.0, 0.0]]), np.array([[30.0, 10.0, 28.0, 5.0]])
    first, last, is_open = np.array([0, 2]), np.array([2, 4]), np.ones(4)
    options.close_short_routes(use, made, np.array([100.1]), first, last, is_open)
    assert is_open.tolist() == [1.0] * 4
    options.close_short_routes(use, made, np.array([100.0]), first, last, is_open)
    assert is_open.tolist() == [0.0, 1.0, 0.0, 1.0]


def test_immature_and_tendered_routes_are_not_open(world):
    setting = world.setting
    found, routes = options.open_routes(setting, world.year, world.i, np.zeros_like(world.made)), setting.base.routes
    assert (found == ((routes.available_from <= 2022) & (routes.investable > 0.0) & ~setting.regulated)).all()
    assert 0.0 < found.mean() < 1.0


def test_what_is_not_known_waits_for_a_demonstration_and_where_no_potential_is_left_nobody_looks(world):
    seen = investment_view(world)
    place = seen.options[:, ROUTE]
    known = (world.capacity[:, ROUTE] > 0.0) | (place["chance"] == 1.0)
    trial = world.setting.parameters["pilot_share_per_year"]
    assert (place["chance"] == np.where(known, world.opportunity[:, ROUTE], trial * world.opportunity[:, ROUTE])).all()
    full = world.limits.local <= 0.0
    assert full.any()
    assert not seen.options["chance"][full].any()


def test_costs_are_those_of_the_year(world):
    seen, costs = investment_view(world), world.costs
    for name in ("energy_cost", "other_cost", "energy_emissions", "process_emissions", "allowance_credit"):
        assert (seen.options[name] == getattr(costs, name)).all()
    assert (seen.options["normal_output"] == costs.full_output * costs.utilisation).all()
    assert (seen.markets["carbon_price"] == costs.carbon_price).all()
    assert (seen.options["capital_cost"][:, ROUTE] == world.capital_cost[ROUTE] * world.soft_cost[:, ROUTE]).all()
