"""A member with parameters of its own: the same as a scenario that states them, and made without reading it again."""

import numpy as np
import pytest

from simulator.config import load_config, with_parameters
from simulator.errors import ConfigError
from simulator.policies import KINDS
from simulator.scenario import setting_of

SMALL = {"extends": "baseline", "simulation": {"end": 2023, "firms": 600}}
# One that the population sees, one of a default path of signals, one of the costs, one of a path from outside.
OWN = {
    "payback_mean": 2.5,
    "coal_minimum_load": 0.42,
    "industry_capex_factor": 1.2,
    "demand_growth_shift": 0.004,
}


def arrays(value, path=""):
    """Every array and number in nested dataclasses and tuples, with its path."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__ if not name.startswith("_")}
    if isinstance(value, dict):
        for name, one in value.items():
            yield from arrays(one, f"{path}.{name}")
    elif isinstance(value, (np.ndarray, float, int)):
        yield path, np.asarray(value)


def test_it_is_the_scenario_that_states_them():
    stated = setting_of(load_config(SMALL, {"parameters": OWN}))
    member = setting_of(with_parameters(load_config(SMALL), OWN))
    wanted, found = dict(arrays(stated)), dict(arrays(member))
    assert set(found) == set(wanted)
    assert len(wanted) > 50
    for path, array in wanted.items():
        assert found[path].tobytes() == array.tobytes(), path


def test_the_next_member_is_not_touched_by_the_last():
    plain = {path: one.tobytes() for path, one in arrays(setting_of(load_config(SMALL)))}
    setting_of(with_parameters(load_config(SMALL), OWN))
    again = load_config({**SMALL, "name": "again", "inventory": {"basis": "national"}, "title_zh": "another"})
    assert {path: one.tobytes() for path, one in arrays(setting_of(again))} == plain


def test_a_default_path_of_signals_follows_its_parameter():
    config = load_config(SMALL)
    variable = next(kind for kind, one in KINDS.items() if (2020, "coal_minimum_load") in one.default_path)
    member = with_parameters(config, OWN)
    assert member.table.at(variable, 2020).min() == OWN["coal_minimum_load"]
    assert config.table.at(variable, 2020).min() != OWN["coal_minimum_load"]
    assert member.table["output_linkage"] is config.table["output_linkage"]


def test_a_value_outside_its_range_is_refused():
    with pytest.raises(ConfigError, match=r"parameters\.imitation_weight = 7: outside the range; allowed: 0 to 1"):
        with_parameters(load_config(SMALL), {"imitation_weight": 7})
