"""Arrays that views hold last a run: who replaced one would leave the views, and what is called by address, behind."""

import numpy as np

from simulator.bookkeeping import what_is_told
from simulator.setting import Setting


def arrays_of(part, path, found):
    """Arrays by their path, of an object of the simulator, its views and the objects that it holds."""
    if isinstance(part, np.ndarray):
        found[path] = part
    elif isinstance(part, tuple):
        for name, one in zip(getattr(part, "_fields", range(len(part))), part, strict=True):
            arrays_of(one, (*path, name), found)
    elif type(part).__module__.startswith("simulator.") and hasattr(part, "__dict__") and not isinstance(part, Setting):
        for name, one in vars(part).items():
            arrays_of(one, (*path, name), found)
    return found


def test_arrays_of_a_world_last(run_model):
    model = run_model(1)
    before = arrays_of(model.world, (), {})
    assert len(before) > 300
    for _ in range(6):
        model.step()
    after = arrays_of(model.world, (), {})
    assert {path for path, array in before.items() if after.get(path) is not array} == set()


def test_the_yearbook_is_told_from_what_the_world_holds(run_model):
    model = run_model(3)
    now, told = arrays_of(what_is_told(model.world), (), {}), arrays_of(model.yearbook.told, (), {})
    assert {path for path, array in now.items() if told[path] is not array} == set()


def test_views_show_what_the_world_holds(run_model):
    world = run_model(2).world
    system, industry = world.power, world.industry
    assert industry.now.output_bn is world.demand.output_bn
    assert industry.money.power_price is system.valuation.values.price
    assert world.prices.carbon is world.allowances.cell_price
    assert np.shares_memory(system.year.costs, world.costs.sectors)
    assert np.array_equal(system.year.moratorium, world.signal("approval_moratorium")[:, system.coal_route])
    assert all(np.shares_memory(one.year, world.now) for one in (world.costs, world.investing.ages))
    assert world.now.tolist() == [world.year, world.i]
