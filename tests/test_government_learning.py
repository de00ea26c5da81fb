"""Governments learn by training, from peers and from what they do, and forget. No effect here is a finding."""

import numpy as np
import pytest

from agents import government_learning as rules
from agents.government_record import LEVERS, GovernmentState, LearningView, PlanYear

PLACES = 3


@pytest.fixture
def seen(stepped_model):
    """Nothing is trained or exchanged; the first province listens to the second alone, and so on in a ring."""
    own = stepped_model.setting.government._replace(
        training_gain=0.2, exchange_gain=0.15, demonstration_gain=0.1, capacity_decay=0.06, institutional_memory=0.8,
        knowledge_aging=0.02, own_experience_rate=1.0, training_cost_mcny=30.0, exchange_cost_mcny=10.0,
    )  # fmt: skip
    zeros, now = [np.zeros(PLACES) for _ in range(3)], PlanYear.grid(1)
    now["plan_year"], now["shared_experience"] = 1, 0.1
    return LearningView(
        now, np.roll(np.eye(PLACES), 1, axis=1), np.array([0.5, 0.6, 1.0]), np.array([0.5, 0.3, 0.3]),
        np.full((PLACES, LEVERS), 4.0), *zeros, 1.0, 1.0, 1.0, 1.0, own,
    )  # fmt: skip


@pytest.fixture
def governments(seen):
    table = GovernmentState.table(PLACES)
    table.government[:] = np.arange(PLACES)
    table.research_capacity[:] = table.first_research_capacity[:] = seen.research
    table.official_capacity[:] = table.first_official_capacity[:] = seen.official
    table.knowledge_variance[:] = 0.25
    return table


def test_capacity_by_hand(seen):
    """0.5 + 0.2 x 0.5 x 0.5 + 0.15 x 0.1 - 0.06 (0.5 - 0.4) = 0.559; a demonstration adds 0.1 x 0.5."""
    assert rules.capacity_after(0.5, 0.5, 0.5, 0.1, seen) == pytest.approx(0.559)
    assert rules.capacity_after(0.5, 0.5, 0.5, 0.1, seen._replace(decay=0.0)) == pytest.approx(0.565)
    assert rules.capacity_after(1.0, 1.0, 1.0, 0.0, seen._replace(decay=0.0)) == 1.0
    seen.now["plan_year"] = 5
    assert rules.capacity_after(0.5, 0.5, 0.5, 0.1, seen) == pytest.approx(0.609)


def test_a_framework_holds_capacity_when_people_leave(seen):
    """What rests: 0.4 + 0.5 x 0.6 = 0.7, above 0.5, which is pulled up."""
    seen.now["framework"] = 0.5
    assert rules.capacity_after(0.5, 0.5, 0.0, 0.0, seen) == pytest.approx(0.5 + 0.06 * 0.2)


def test_knowledge_by_hand():
    assert rules.variance_after(0.23, 1.0, 3.0, 0.02) == pytest.approx(0.125)
    assert rules.variance_after(0.25, 0.0, 0.0, 0.02) == pytest.approx(0.27)


def test_only_better_peers_teach(seen, governments):
    seen.exchange[:] = 1.0
    still = seen._replace(decay=0.0)
    rules.learn_everywhere(governments, still)
    assert governments.research_capacity.tolist() == pytest.approx([0.5 + 0.15 * 0.1, 0.6 + 0.15 * 0.4, 1.0])
    assert governments.official_capacity.tolist() == pytest.approx([0.5, 0.3, 0.3 + 0.15 * 0.2])
    pooled = 1.0 / (1.0 / 0.27 + 0.1 * 4.0)
    assert governments.knowledge_variance[0].tolist() == pytest.approx([pooled] * LEVERS)


def test_equal_capacities_learn_nothing_of_capacity_from_each_other(seen, governments):
    """The falsification test: what differs then is knowledge of costs alone, and that has its own switch."""
    alike = seen._replace(research=np.full(PLACES, 0.4), official=np.full(PLACES, 0.4), decay=0.0)
    alike.exchange[:] = 1.0
    rules.learn_everywhere(governments, alike._replace(exchange_knowledge=0.0))
    assert governments.research_capacity.tolist() == governments.official_capacity.tolist() == [0.4] * PLACES
    assert np.ptp(governments.knowledge_variance) == 0.0


def test_practice_teaches_what_levers_cost(seen, governments):
    governments.implemented[0, 2] = 0.5
    rules.learn_everywhere(governments, seen)
    assert governments.knowledge_variance[0, 2] == pytest.approx(1.0 / (1.0 / 0.27 + 0.5 * 0.5))
    assert governments.knowledge_variance[0, 3] == pytest.approx(0.27)


def test_training_costs_money(seen, governments):
    seen.train_research[:], seen.train_official[:], seen.exchange[:] = 1.0, 0.5, 0.3
    rules.learn_everywhere(governments, seen)
    assert governments.training_cost.tolist() == pytest.approx([15.0 * 1.5 + 3.0] * PLACES)
