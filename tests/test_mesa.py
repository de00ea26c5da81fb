"""The model is a Mesa model: agents, data collection, batch runs, and no memory kept of finished models."""

import gc
import weakref

import mesa
import numpy as np
import psutil
import pytest
from mesa import Agent

from agents.firm import Firm
from agents.grid_operator import GridOperator
from agents.local_government import LocalGovernment
from simulator import runs
from simulator.config import load_config
from simulator.model import TransitionModel

SMALL = {"simulation": {"firms": 600, "end": 2022}}


@pytest.fixture
def model(run_model):
    """A model after two years; Mesa is told to forget it."""
    model = run_model(2)
    yield model
    Agent._ids.pop(model, None)


# --- agents -------------------------------------------------------------------------------------------------------


def test_there_are_three_kinds_of_agents(model):
    kinds = model.agents_by_type
    assert {kind: len(agents) for kind, agents in kinds.items()} == {
        Firm: model.world.firms.size,
        GridOperator: 31,
        LocalGovernment: 31,
    }
    assert set(model.agent_types) == {Firm, GridOperator, LocalGovernment}
    assert len(model.agents) == model.world.firms.size + 62
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert len(set(model.agents.get("unique_id"))) == len(model.agents)


def test_agents_show_their_records(model):
    firms = model.agents_by_type[Firm]
    assert firms.get("price") == model.world.firms.price.tolist()
    assert sum(firms.get("capacity")) == pytest.approx(model.world.firms.slot_capacity.sum())
    dear = firms.select(lambda one: one.sector == 1).agg("price", max)
    assert dear == model.world.firms.price[model.world.firms.sector == 1].max()


def test_agents_are_built_when_asked_for():
    model = TransitionModel("baseline", overrides=SMALL)
    model.step()
    assert model not in Agent._ids
    firm = next(iter(model.agents))
    model.step()
    assert firm.record.price == firm.price == model.world.firms.price[0]
    Agent._ids.pop(model, None)


def test_what_is_set_on_an_agent_reaches_its_record_and_the_model(model):
    firm = model.agents_by_type[Firm][300]
    firm.price = 7.0
    firm.slot_capacity[1] = 3.0
    assert model.world.firms.price[firm.row] == 7.0
    assert model.world.firms.slot_capacity[firm.row, 1] == 3.0
    model.agents_by_type[LocalGovernment].set("official_capacity", 0.9)
    assert (model.world.governments.official_capacity == 0.9).all()


@pytest.mark.parametrize("kind", [Firm, GridOperator, LocalGovernment])
def test_what_an_agent_does_not_have_cannot_be_set(model, kind):
    agent = next(iter(model.agents_by_type[kind]))
    with pytest.raises(AttributeError, match=rf"{kind.__name__} has no quantity 'prize'; it has: .*"):
        agent.prize = 1.0
    with pytest.raises(AttributeError):
        agent.capaciti_gw  # noqa: B018
    assert agent.state.__doc__


def test_methods_are_the_rules(model):
    """The method of an agent does to its record what the model does."""
    firm = model.agents_by_type[Firm][400]
    before = float(firm.price)
    firm.markup = 0.3
    firm.set_price(model.world.costs)
    assert firm.price > before
    assert firm.price == pytest.approx((1.0 + firm.markup) * firm.unit_cost)


def test_a_subclass_is_the_agent(run_model):
    class MyFirm(Firm):
        pass

    model = run_model(1, agents={Firm: MyFirm})
    assert set(model.agent_types) == {MyFirm, GridOperator, LocalGovernment}
    Agent._ids.pop(model, None)


# --- data and batches ---------------------------------------------------------------------------------------------


def test_data_are_collected_once_a_year(model):
    frame = model.datacollector.get_model_vars_dataframe()
    national = model.tables()["national"]
    assert frame["year"].tolist() == [2020, 2021]
    for column in ("co2_mt", "electricity_twh"):
        assert frame[column].tolist() == national[column].tolist()


def test_a_collector_of_ones_own_may_watch_agents():
    """One line of Mesa: prices of all firms and tariffs of all operators, year by year."""

    class Watched(TransitionModel):
        def __init__(self, **options):
            super().__init__(**options)
            watch = {Firm: {"price": "price"}, GridOperator: {"tariff": "tariff"}}
            self.datacollector = mesa.DataCollector(agenttype_reporters=watch)

    model = Watched(overrides=SMALL)
    for _ in range(2):
        model.step()
    prices = model.datacollector.get_agenttype_vars_dataframe(Firm)
    assert len(prices) == 2 * model.world.firms.size
    assert prices.loc[2, "price"].tolist() == model.world.firms.price.tolist()
    assert len(model.datacollector.get_agenttype_vars_dataframe(GridOperator)) == 62
    Agent._ids.pop(model, None)


def test_a_batch_runs_to_the_last_year_and_gives_what_single_runs_give():
    sweep = {"config": "baseline", "overrides": [SMALL], "rng": [1, 2]}
    found = mesa.batch_run(TransitionModel, sweep, number_processes=1, iterations=1, display_progress=False)
    assert [(one["year"], one["rng"]) for one in found] == [(2022, 1), (2022, 2)]
    for one in found:
        alone = runs.run({"extends": "baseline", **SMALL}, seed=one["rng"]).national
        assert one["co2_mt"] == alone.co2_mt.tolist()[-1]


def test_a_batch_sweeps_scenarios_and_collects_every_year():
    market = [{**SMALL, "power": {"market": one}} for one in ("bilateral", "unified")]
    found = mesa.batch_run(
        TransitionModel,
        {"config": ["baseline", "coal_lock_in"], "overrides": market},
        number_processes=1,
        iterations=2,
        data_collection_period=1,
        display_progress=False,
    )
    assert len(found) == 2 * 2 * 2 * 3
    assert [one["year"] for one in found[:3]] == [2020, 2021, 2022]
    last = {(one["config"], one["overrides"]["power"]["market"]): one["co2_mt"] for one in found if one["Step"] == 2}
    assert len(set(last.values())) == 4
    # Iterations vary no seed: the same address of draws, the same numbers.
    first, second = ([one["co2_mt"] for one in found if one["iteration"] == turn] for turn in (0, 1))
    assert first == second


# --- memory -------------------------------------------------------------------------------------------------------


class Asked(Firm):
    """A firm of its own kind, so that the objects of all agents are built."""

    def leave_market(self, seen):
        super().leave_market(seen)


def memory_after(make, counts):
    """Resident memory in MB after so many models, rubbish collected every ten."""
    found, made = [], 0
    for count in counts:
        while made < count:
            make()
            made += 1
            if made % 10 == 0:
                gc.collect()
        found.append(psutil.Process().memory_info().rss / 1e6)
    return found


def test_memory_does_not_grow_over_two_hundred_models():
    """One that were kept holds a megabyte and more."""
    scenario = load_config("baseline", {"simulation": {"firms": 600, "end": 2020}})
    kept = []

    def make():
        model = TransitionModel(scenario, seed=len(kept))
        model.step()
        kept.append(weakref.ref(model))

    early, late = memory_after(make, (50, 200))
    assert late - early < 30.0
    assert [one for one in kept if one() is not None] == []


def test_a_run_that_has_ended_needs_nobody_to_look_for_rubbish():
    model = TransitionModel("baseline", overrides={"simulation": {"firms": 600, "end": 2021}})
    forgotten = weakref.ref(model), weakref.ref(model.world)
    gc.collect()
    gc.disable()
    try:
        while model.running:
            model.step()
        assert model.steps == 2
        with pytest.raises(RuntimeError, match="the run ended in 2021"):
            model.step()
        del model
        assert [one() for one in forgotten] == [None, None]
    finally:
        gc.enable()


def test_mesa_keeps_no_finished_run_even_if_agents_were_built():
    before = len(Agent._ids)
    config = {"extends": "baseline", "simulation": {"firms": 600, "end": 2020}}
    early, late = memory_after(lambda: runs.run(config, agents={Firm: Asked}), (10, 20))
    assert len(Agent._ids) == before
    assert late - early < 10.0


def test_a_stopped_run_is_forgotten_too():
    def fail(firm, seen):
        raise ZeroDivisionError

    before = len(Agent._ids)
    config = {"extends": "baseline", "simulation": {"firms": 600, "end": 2020}}
    with pytest.raises(ZeroDivisionError):
        runs.run(config, agents={Firm: Asked}, rules={"grid_operator.set_tariff": fail})
    assert len(Agent._ids) == before


def test_the_random_numbers_of_mesa_are_seeded_but_not_used(model):
    again = TransitionModel("baseline", overrides=SMALL, seed=model.world.seed)
    assert model.random.random() == again.random.random()
    assert np.array_equal(model.rng.random(3), again.rng.random(3))
