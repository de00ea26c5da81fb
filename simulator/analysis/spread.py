"""The spread of headline outcomes of ensembles: its sources, and whether there are enough members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.analysis.finished import check_finished
from simulator.analysis.outcomes import HEADLINES, values
from simulator.analysis.pairs import inputs_of
from simulator.analysis.run_tables import RunTables
from simulator.analysis.variance import by_set, convergence, interaction, split_variance

SETTLED = (("CO2", 2030), ("CO2", 2035), ("CO2", 2060))


def shares(runs: Sequence[RunTables]) -> pd.DataFrame:
    """Shares of the variance of each headline outcome: columns outcome, year (0 = all), sd, scenario, parameter, seed,
    and interaction, the part of `parameter` by which effects of scenarios differ from set to set.

    The runs are scenarios with one table of members; ValueError if they differ in members, seeds or sampled inputs.
    Without several seeds in a set the shares of parameters and seeds cannot be told apart, which is an error too.
    """
    _check(runs)
    rows = []
    for one in HEADLINES:
        tables = [by_set(run, values(run, one)) for run in runs]
        if any(table.size == 0 for table in tables):
            continue
        found = np.stack(tables)
        split = split_variance(found)
        total = split.scenario + split.parameter + split.seed
        if total > 0.0:
            sizes = (float(np.sqrt(total)), *split.shares, interaction(found) / total)
            rows.append((f"{one.label} [{one.unit}]", one.year, *sizes))
    return pd.DataFrame(rows, columns=["outcome", "year", "sd", "scenario", "parameter", "seed", "interaction"])


def settled(run: RunTables) -> pd.DataFrame:
    """Quantiles of CO2 with 90 % intervals by number of members."""
    parts = []
    for one in HEADLINES:
        if (one.label, one.year) in SETTLED and (found := values(run, one)):
            table = convergence(by_set(run, found))
            table.insert(0, "outcome", f"{one.label} {one.year} [{one.unit}]")
            parts.append(table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _check(runs: Sequence[RunTables]) -> None:
    first = runs[0].ask("SELECT * FROM members ORDER BY member")
    for run in runs:
        check_finished(run.folder)
        rows = run.ask("SELECT * FROM members ORDER BY member")
        if rows["seed"].tolist() != first["seed"].tolist():
            raise ValueError(
                f"RUN = {run.folder}: other members or seeds than {runs[0].folder}; allowed: the same ones"
            )
        if "replicate" not in rows or rows["replicate"].max() == 0:
            raise ValueError(f"RUN = {run.folder}: one seed per set; allowed: an ensemble with --seeds of 2 or more")
        if other := [name for name in inputs_of(first, rows) if _differs(first, rows, name)]:
            raise ValueError(
                f"RUN = {run.folder}: other values of {', '.join(other)} than {runs[0].folder}; allowed: the same table"
            )


def _differs(one: pd.DataFrame, other: pd.DataFrame, name: str) -> bool:
    return name not in one or name not in other or one[name].tolist() != other[name].tolist()
