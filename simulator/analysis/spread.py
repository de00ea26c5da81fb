"""The spread of headline outcomes of ensembles: its sources, and whether there are enough members.

The split of a variance needs sets that are whole: each with all of its seeds, in all runs. A set of which a member
stopped anywhere is left out everywhere. Members stop where the model finds no sense in their parameters, hence what is
told is of the parameters with which it runs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.analysis.outcomes import HEADLINES, values
from simulator.analysis.pairs import check_sides, side_of
from simulator.analysis.run_tables import RunTables
from simulator.analysis.variance import convergence, interaction, split_variance, without_rounding
from simulator.tables import Array

SETTLED = (("CO2", 2030), ("CO2", 2035), ("CO2", 2060))


class Sets(NamedTuple):
    """Numbers of members [set, seed] of the sets that are whole, and how many there would be had none stopped.

    A single set, whose members differ by the seed alone, loses seeds instead.
    """

    members: Array
    planned: tuple[int, int]

    @property
    def left_out(self) -> str:
        """How many are missing, in words; empty if none are."""
        sets, seeds = np.subtract(self.planned, self.members.shape)
        told = f"{sets} of {self.planned[0]} sets" if sets else f"{seeds} of {self.planned[1]} seeds" if seeds else ""
        return f"left out, since a member stopped: {told}" if told else ""


def sets_of(runs: Sequence[RunTables]) -> Sets:
    """What finished runs have in common; ValueError unless they pair and hold at least two whole sets of several seeds,
    or two seeds of a single set."""
    every = _members(runs).pivot_table(index="set", columns="replicate", values="member", dropna=False).to_numpy()
    ran = np.isin(every, list(set.intersection(*(set(run.members) for run in runs))))
    members = every[ran.all(axis=1)] if len(every) > 1 else every[:, ran[0]]
    if members.size < 2 or len(members) < min(2, len(every)):
        told = f"{len(members)} of {len(every)} sets came through whole, with {members.shape[1]} seeds"
        raise ValueError(f"RUN = {runs[0].folder}: {told}; allowed: at least 2 sets, or 2 seeds of a single set")
    return Sets(members.astype(np.int64), every.shape)


def shares(runs: Sequence[RunTables], sets: Sets) -> pd.DataFrame:
    """Shares of the variance of each headline outcome: columns outcome, year (0 = all), sd, scenario, parameter, seed,
    and interaction, the part of `parameter` by which effects of scenarios differ from set to set.

    The runs are scenarios with one table of members, of which `sets` are in all.
    """
    rows = []
    for one in HEADLINES:
        found = np.stack([by_set(sets.members, values(run, one)) for run in runs])
        found = found[:, np.isfinite(found).all(axis=(0, 2))]
        if found.size == 0:
            continue
        split = split_variance(found)
        total = split.scenario + split.parameter + split.seed
        if total > 0.0:
            sizes = (float(np.sqrt(total)), *split.shares, interaction(found) / total)
            rows.append((f"{one.label} [{one.unit}]", one.year, *sizes))
    return pd.DataFrame(rows, columns=["outcome", "year", "sd", "scenario", "parameter", "seed", "interaction"])


def settled(run: RunTables, sets: Sets) -> pd.DataFrame:
    """Quantiles of CO2 with 90 % intervals by number of members."""
    parts = []
    for one in HEADLINES:
        if (one.label, one.year) in SETTLED and (found := values(run, one)):
            table = convergence(by_set(sets.members, found))
            table.insert(0, "outcome", f"{one.label} {one.year} [{one.unit}]")
            parts.append(table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def by_set(members: Array, outcome: Mapping[int, float]) -> Array:
    """An outcome by member as [set, seed]; NaN where it is not told."""
    return without_rounding(np.array([[outcome.get(int(one), math.nan) for one in row] for row in members]))


def _members(runs: Sequence[RunTables]) -> pd.DataFrame:
    """Member, set and replicate of the members that all runs were to have; ValueError unless these pair."""
    tables = [_members_of(run) for run in runs]
    for one, other in combinations(runs, 2):
        check_sides(side_of(one), side_of(other))
    shared = sorted(set.intersection(*(set(table.index) for table in tables)))
    for run, table in zip(runs, tables, strict=True):
        if not table.loc[shared].equals(tables[0].loc[shared]):
            raise ValueError(f"RUN = {run.folder}: other sets than {runs[0].folder}; allowed: the same seeds per set")
    return tables[0].loc[shared].reset_index()


def _members_of(run: RunTables) -> pd.DataFrame:
    """Set and replicate by member, those that stopped included; ValueError unless sets have several seeds, once."""
    if not run.has("members", "set", "replicate", where="replicate > 0"):
        raise ValueError(f"RUN = {run.folder}: one seed per set; allowed: an ensemble with --seeds of 2 or more")
    rows = run.ask('SELECT member, "set", replicate FROM members ORDER BY member')
    if rows.duplicated(["set", "replicate"]).any():
        told = "is swept, and values that are chosen have no variance"
        raise ValueError(f"RUN = {run.folder}: {told}; allowed: an ensemble for each of the values")
    return rows.set_index("member")
