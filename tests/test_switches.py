"""Switches that take a mechanism away: what it did is gone."""

from simulator.model import TransitionModel


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


def test_even_vintages_reach_the_world():
    assert (after(0, firms={"vintages": "even"}).firm_rows["slot_built"] != after(0).firm_rows["slot_built"]).any()
