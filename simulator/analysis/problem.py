"""The parameters as a problem of SALib: sample here, run with `sampling: table`, analyse there.

Inputs are places in (0, 1) of each parameter's own distribution, so that SALib's samples follow parameters.csv whatever
the distribution is; `parameter_table` turns them into values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from simulator.errors import ConfigError
from simulator.marginals import quantile
from simulator.names import load_names, nearest
from simulator.tables import Array


def problem(names: Iterable[str] | None = None) -> dict[str, Any]:
    """SALib's `problem` of the named parameters, or of all that vary: num_vars, names, bounds (0 to 1 each)."""
    known = load_names().parameters
    chosen = [name for name, row in known.items() if row.varies] if names is None else list(names)
    errors = [
        f"parameters = {name}: {'has no range' if name in known else 'unknown parameter' + nearest(name, known)}; "
        "allowed: what varies in `tanlu data parameters`"
        for name in chosen
        if name not in known or not known[name].varies
    ]
    if errors:
        raise ConfigError(errors)
    return {"num_vars": len(chosen), "names": chosen, "bounds": [[0.0, 1.0] for _ in chosen]}


def parameter_table(asked: Mapping[str, Any], places: Array) -> pd.DataFrame:
    """Values of the problem's parameters, one row for each row of a SALib sample, as `ensemble.table` takes them."""
    known = load_names().parameters
    return pd.DataFrame({name: quantile(known[name], places[:, i]) for i, name in enumerate(asked["names"])})
