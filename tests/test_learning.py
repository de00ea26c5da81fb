"""What experience counts: what is built, in units of its technology; what is closed takes nothing away."""

import numpy as np

from simulator import learning


def test_what_the_country_has_built_by_hand():
    """Of the first route, 2 units here and none where one is closed; of the second, 1 and 3 units of half a GW each."""
    before = np.array([[1.0, 0.0], [4.0, 2.0]])
    now, built = np.array([[3.0, 1.0], [3.0, 5.0]]), np.full(2, 9.0)
    learning.count_built(now, before, np.array([1.0, 0.5]), built)
    assert built.tolist() == [2.0, 2.0]
    assert (before == now).all()
    learning.count_built(now, before, np.array([1.0, 0.5]), built)
    assert not built.any()


def test_lessons_follow_the_world_for_the_whole_run(run_model):
    """They hold the world's own arrays, not copies of the first year."""
    world = run_model(2).world
    assert world.lessons.built is world.built
    assert world.lessons.capacity is world.capacity
    assert world.built.sum() > 0.0
