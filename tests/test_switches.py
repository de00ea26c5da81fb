"""Switches that take a mechanism away: what it did is gone."""

import numpy as np

from simulator.base_year import BASE_YEAR, load_base_year
from simulator.governance import first_capacity
from simulator.model import TransitionModel
from simulator.names import load_names
from simulator.population import populate
from simulator.population_tables import load_population_tables

PARAMETERS = {name: row.value for name, row in load_names().parameters.items()}


def after(years, **changes):
    config = {"extends": "baseline", "simulation": {"firms": 600, "end": 2020 + years}, **changes}
    model = TransitionModel(config, seed=1)
    while model.running:
        model.step()
    return model.world


def test_ignored_announcements_are_never_trusted():
    assert (after(3, firms={"announcements": "ignored"}).firm_rows["credibility"] == 0.0).all()
    assert (after(3).firm_rows["credibility"] > 0.0).all()


def test_equal_first_capacities_are_equal():
    rows = after(0, governments={"first_capacity": "mean"}).government_rows
    own = after(0).government_rows
    for holder in ("first_official_capacity", "first_research_capacity"):
        assert rows[holder].std() < 1e-12
        assert abs(rows[holder].mean() - own[holder].mean()) < 1e-12
        assert own[holder].std() > 0.05


def test_stated_capacities_can_be_moved_and_spread():
    """By hand: 0.4 and 0.6 with half the spread and 0.1 more: 0.55 and 0.65. As stated, to the last bit, by default."""
    np.testing.assert_allclose(first_capacity(np.array([0.4, 0.6]), 0.5, 0.1), [0.55, 0.65])
    assert first_capacity(np.array([0.1, 0.99]), 1.5, 0.12).tolist() == [0.0, 1.0]
    stated = load_base_year().official_capacity
    assert (first_capacity(stated, 1.0, 0.0) == stated).all()
    moved = after(0, parameters={"official_capacity_shift": -0.1}).government_rows
    np.testing.assert_allclose(moved["first_official_capacity"], stated - 0.1)
    assert (moved["first_research_capacity"] == load_base_year().research_capacity).all()


def test_even_vintages_reach_the_world():
    assert (after(0, firms={"vintages": "even"}).firm_rows["slot_built"] != after(0).firm_rows["slot_built"]).any()


def test_even_vintages_spread_ages_over_lives_and_keep_the_sums():
    observed, even = populate(5000, PARAMETERS, 1), populate(5000, PARAMETERS, 1, vintages="even")
    assert (observed.firms["slot_capacity"] == even.firms["slot_capacity"]).all()
    held = even.firms["slot_route"] >= 0
    tables = load_population_tables()
    share = (BASE_YEAR - even.firms["slot_built"][held]) / tables.route_lifetime[even.firms["slot_route"][held]]
    assert 0.0 <= share.min() <= share.max() < 1.0
    # Whole years: half a year less than half a life.
    half = 0.5 - 0.5 / tables.route_lifetime[even.firms["slot_route"][held]].mean()
    assert abs(share.mean() - half) < 0.02
