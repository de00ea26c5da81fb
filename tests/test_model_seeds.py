"""Same seed, same tables; another seed, others; a run depends on nothing that ran before it or beside it."""

import pytest

from agents.choice import HORIZONS_YEARS
from simulator.base_year import BASE_YEAR
from simulator.config import OUTLOOK_YEARS
from simulator.model import TransitionModel
from simulator.names import load_names

YEARS = 4
SMALL = {"extends": "baseline", "simulation": {"firms": 600, "end": 2030}}
OTHER = {"power": {"market": "unified"}, "parameters": {"choice_sharpness": 20.0}}


@pytest.fixture(scope="module")
def alone(run_model):
    """The tables of seed 5, run first of all."""
    return run_model(YEARS, seed=5).tables()


def test_the_same_seed_gives_the_same_tables(run_model, alone, tables_equal):
    tables_equal(alone, run_model(YEARS, seed=5).tables())


def test_the_seed_may_stand_in_the_scenario_or_come_as_rng(run_model, alone, tables_equal):
    tables_equal(alone, run_model(YEARS, {"simulation": {"seed": 5}}).tables())
    tables_equal(alone, run_model(YEARS, rng=5).tables())


def test_another_seed_gives_other_tables_from_the_second_year_on(run_model, alone):
    other = run_model(YEARS, seed=6).tables()
    for name in ("national", "provinces", "sectors", "power", "routes"):
        assert not alone[name].equals(other[name]), name
    for name in ("national", "provinces", "sectors", "power", "routes"):
        # What provinces report is luck in the base year too.
        one, two = (
            table[table.year == 2020].drop(columns="co2_reported_mt", errors="ignore").reset_index(drop=True)
            for table in (alone[name], other[name])
        )
        assert one.equals(two), name


def test_a_run_is_the_beginning_of_any_longer_one(run_model, tables_equal):
    """Agents look beyond its end: 15 years for the prices of what they build, some years for allowances."""
    end = BASE_YEAR + YEARS - 1
    short, long = (run_model(YEARS, {"simulation": {"end": last}}).tables() for last in (end, 2060))
    tables_equal(short, long)


def test_agents_know_of_as_many_years_as_they_look_into():
    assert max(HORIZONS_YEARS) <= OUTLOOK_YEARS
    assert load_names().parameters["allowance_horizon"].high <= OUTLOOK_YEARS


@pytest.mark.parametrize("seed", [0, 2**31, 2**63 - 1])
def test_any_seed_will_do(run_model, seed):
    assert run_model(2, seed=seed).tables()["national"].co2_mt.min() > 0.0


def test_a_run_does_not_depend_on_what_ran_before(run_model, alone, tables_equal):
    """After models of another scenario, another size, and one that was stopped by a fault."""
    run_model(2, OTHER, seed=9)
    run_model(2, {"simulation": {"firms": 800}}, seed=5)
    with pytest.raises(ZeroDivisionError):
        run_model(2, rules={"firm.save_energy": lambda firm, seen: 1 / 0})
    tables_equal(alone, run_model(YEARS, seed=5).tables())


def test_models_side_by_side_do_not_touch_each_other(alone, run_model, tables_equal):
    one, beside = TransitionModel(SMALL, seed=5), TransitionModel(SMALL, seed=6)
    third = TransitionModel(SMALL, overrides=OTHER, seed=5)
    for _ in range(YEARS):
        for model in (third, one, beside):
            model.step()
    tables_equal(alone, one.tables())
    tables_equal(run_model(YEARS, seed=6).tables(), beside.tables())
    tables_equal(run_model(YEARS, OTHER, seed=5).tables(), third.tables())


def test_what_is_read_from_a_model_changes_nothing(alone, tables_equal):
    model = TransitionModel(SMALL, seed=5)
    for _ in range(YEARS):
        model.step()
        model.agents.get("unique_id")
        model.tables()
        model.datacollector.get_model_vars_dataframe()
        model.random.random()
        model.rng.random()
    tables_equal(alone, model.tables())


def test_policies_share_their_luck(run_model, alone):
    """Another scenario with the same seed starts from the same firms, and its base year is the same."""
    other = run_model(YEARS, {"parameters": {"choice_sharpness": 20.0}}, seed=5)
    again = other.tables()["sectors"]
    mask = again.year == 2020
    assert again[mask].equals(alone["sectors"][mask])
    assert not again.equals(alone["sectors"])
