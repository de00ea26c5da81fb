"""The parameters as a problem of SALib: sample here, run with `sampling: table`, analyse there.

Inputs are places in (0, 1) of each parameter's own distribution, so that SALib's samples follow parameters.csv, or the
scenario's own ranges, whatever the distribution is; `parameter_table` turns them into values. `ranges` of the problem
says in which they lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.config import Config, load_config
from simulator.errors import ConfigError
from simulator.marginals import quantile
from simulator.names import ParameterRange, nearest
from simulator.range_errors import range_errors
from simulator.ranges import known_ranges, sampled_ranges
from simulator.tables import Array


def problem(
    names: Iterable[str] | None = None, scenario: str | Path | Mapping[str, Any] | Config = "baseline"
) -> dict[str, Any]:
    """SALib's `problem` of the named parameters, or of all that the scenario samples.

    num_vars, names, bounds (0 to 1 each), and beside what SALib asks for `ranges`: low, high, distribution, value and
    unit by name. `scenario` may be the `config.yaml` of a run folder. ConfigError with one line for each error.
    """
    config = load_config(scenario)
    if errors := list(range_errors(config)):
        raise ConfigError(errors)
    known = known_ranges(config)
    chosen = list(sampled_ranges(config) if names is None else names)
    errors = [
        f"parameters = {name}: {'has no range' if name in known else 'unknown parameter' + nearest(name, known)}; "
        "allowed: what varies in `tanlu data parameters`"
        for name in chosen
        if name not in known or not known[name].varies
    ]
    if errors:
        raise ConfigError(errors)
    bounds, ranges = [[0.0, 1.0] for _ in chosen], {name: asdict(known[name]) for name in chosen}
    return {"num_vars": len(chosen), "names": chosen, "bounds": bounds, "ranges": ranges}


def parameter_table(asked: Mapping[str, Any], places: Array) -> pd.DataFrame:
    """Values of the problem's parameters, one row for each row of a SALib sample, as `ensemble.table` takes them."""
    rows = {name: ParameterRange(**asked["ranges"][name]) for name in asked["names"]}
    return pd.DataFrame({name: quantile(row, places[:, i]) for i, (name, row) in enumerate(rows.items())})
