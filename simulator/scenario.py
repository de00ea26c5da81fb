"""From a scenario to a setting that meets the base year, and the years' steps that both the trial and a run take."""

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from agents import firm, grid_operator
from simulator import electricity, experience, industry, totals
from simulator.base_year import POWER
from simulator.config import Config
from simulator.setting import Setting, build_setting, scaled_to
from simulator.world import World

MOST_SETTINGS = 8
# What a setting does not depend on.
UNSEEN: Any = {"simulation": {"seed"}, "name": True, "title_zh": True, "description": True, "ensemble": True}

# Programmes that pair provinces, by what `governments.exchange_network` says.
PAIRINGS = {"similarity": experience.OFFICIAL, "study_group": (*experience.OFFICIAL, experience.STUDY_GROUP)}

_settings: OrderedDict[tuple[str, bytes], Setting] = OrderedDict()


def setting_of(config: Config) -> Setting:
    """The setting of a scenario; the last few are kept, since members differ from each other by the seed alone."""
    key = config.model_dump_json(exclude=UNSEEN), _network_file(config)
    if key not in _settings:
        _settings[key] = _with_exchange(_scale_power(build_setting(config)))
        while len(_settings) > MOST_SETTINGS:
            _settings.popitem(last=False)
    _settings.move_to_end(key)
    return _settings[key]


def _network_file(config: Config) -> bytes:
    """What the file of the exchange network holds, if there is one: whoever edits it gets another setting."""
    path = Path(config.governments.exchange_network)
    return path.read_bytes() if path.is_file() else b""


def _with_exchange(draft: Setting) -> Setting:
    """With the network over which governments exchange experience: that of the scenario's file, or by similarity and
    pairing, where the four provinces of the study group may be paired too."""
    stated = draft.config.governments.exchange_network
    if stated in PAIRINGS:
        weights = experience.exchange_network(draft, PAIRINGS[stated])
    else:
        weights = experience.read_network(Path(stated), draft.base.names.provinces)
    return replace(draft, government_tables=replace(draft.government_tables, exchange=weights))


def _scale_power(draft: Setting) -> Setting:
    """Scale technology to the base year after two trials of it.

    The first tells which plants of a firm run, since the cheapest run first; the second, with electricity use then
    right, tells which power plants run.
    """
    with_heat = draft.base.economy.co2_mt[:, POWER]
    setting = scaled_to(draft, _base_year(draft).made, with_heat)
    second = _base_year(setting)
    _supply_power(second)
    totals.sum_firms(second.firm_rows, second.cells, second.made, second.fuel_pj)
    heat = np.zeros(with_heat.size)
    electricity.fill_heat_co2(second.power.operator_rows, draft.base.emission_factor, heat)
    return scaled_to(draft, second.made, np.maximum(with_heat - heat, 0.0))


def _base_year(setting: Setting) -> World:
    """The base year up to the loads: what industry makes and uses."""
    world = World(setting, seed=0)
    world.begin_year()
    world.set_costs()
    firm.set_all_prices(world.firm_rows, world.costs)
    industry.run_industry(world)
    totals.add_firms(world.power_firms, world.cells, world.made, world.fuel_pj)
    return world


def _supply_power(world: World) -> None:
    """The base year of power with the operators' own rules."""
    industry.measure_loads(world)
    electricity.prepare(world)
    system, operators = world.power, world.power.operator_rows
    grid_operator.choose_all_heat_supply(operators, system.heat_view)
    grid_operator.find_all_residuals(operators)
    grid_operator.schedule_everything(operators, system.schedule_view)
    electricity.clear(world)
