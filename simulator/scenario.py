"""From a scenario to a setting that meets the base year, and the years' steps that both the trial and a run take."""

from collections import OrderedDict

import numpy as np

from agents import firm, grid_operator
from simulator import calibration, electricity, industry
from simulator.base_year import POWER
from simulator.config import Config
from simulator.setting import Setting, build_setting, scaled_to
from simulator.world import World

MOST_SETTINGS = 8

_settings: OrderedDict[str, Setting] = OrderedDict()


def setting_of(config: Config) -> Setting:
    """The setting of a scenario; the last few are kept, since members differ from each other by the seed alone."""
    key = config.model_dump_json(exclude={"simulation": {"seed"}, "name": True, "title_zh": True, "description": True})
    if key not in _settings:
        _settings[key] = _scale_power(build_setting(config))
        while len(_settings) > MOST_SETTINGS:
            _settings.popitem(last=False)
    _settings.move_to_end(key)
    return _settings[key]


def _scale_power(draft: Setting) -> Setting:
    """Scale power to its CO2 after a trial of the base year: only then is it known which coal units run."""
    world = World(draft, seed=0)
    world.begin_year()
    world.set_costs()
    firm.set_all_prices(world.firms, world.costs)
    industry.run_industry(world)
    electricity.prepare(world, *industry.loads(world))
    seen = world.power.schedule_view(world)
    grid_operator.choose_all_heat_supply(world.power.operators, world.power.heat_view(world))
    grid_operator.find_all_residuals(world.power.operators)
    grid_operator.schedule_all_hydro(world.power.operators, seen)
    grid_operator.schedule_all_storage(world.power.operators, seen)
    grid_operator.commit_all_coal(world.power.operators, seen)
    electricity.clear(world)
    provinces, routes = world.capacity.shape
    made = calibration.output_by_route(world.firms, provinces, routes)
    heat = electricity.heat_co2_mt(world)
    return scaled_to(draft, made, np.maximum(draft.base.economy.co2_mt[:, POWER] - heat, 0.0))
