"""Which parameters an outcome goes with, over the sets of an ensemble: rank correlations, held against chance.

Parameters of a small design are correlated by themselves, above all in a Sobol sequence of hundreds of dimensions, so
that one without influence may look as if it had that of another. They are therefore told one after the other: the
strongest, then the strongest by what the first leaves, and so on (partial rank correlations).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special, stats

from simulator.analysis.outcomes import HEADLINES, values
from simulator.analysis.run_tables import RunTables
from simulator.analysis.spread import Sets, by_set
from simulator.names import PARAMETER
from simulator.tables import Array

# Fewer sets order themselves like one of some hundred parameters by chance, which the approximation below leaves out.
FEWEST_SETS = 10
# In so many ensembles of a hundred not one parameter without influence is told.
CONFIDENCE = 0.95
MOST_TOLD = 4
# Parameters whose ranks correlate by more than this over the sets can hardly be told from each other.
ALIKE = 0.7
NOTHING = 1e-9
COLUMNS = ["outcome", "year", "effect_of", "parameter", "correlation", "alike"]


def influences(runs: Sequence[RunTables], sets: Sets) -> pd.DataFrame:
    """What headline outcomes of the first run, and effects of the others on them, go with beyond chance.

    Columns: outcome, year (0 = all), effect_of (the run that is compared with the first, or nothing for the first
    itself), parameter, correlation, alike (parameters drawn nearly as this one); the strongest `MOST_TOLD` of each
    outcome. The runs have one table of members, of which `sets` are in all; outcomes are means over a set's seeds.
    """
    inputs = inputs_of_sets(runs, sets)
    rows = []
    for one in HEADLINES:
        base, *others = (by_set(sets.members, values(run, one)).mean(axis=1) for run in runs)
        told = [("", base), *((run.folder.name, other - base) for run, other in zip(runs[1:], others, strict=True))]
        for effect_of, outcome in told:
            rows += [(f"{one.label} [{one.unit}]", one.year, effect_of, *row) for row in strongest(inputs, outcome)]
    return pd.DataFrame(rows, columns=COLUMNS)


def strongest(inputs: pd.DataFrame, outcome: Array) -> list[tuple[str, float, str]]:
    """Parameters that an outcome [set] goes with beyond chance, strongest first, each by what those before it leave."""
    known = np.isfinite(outcome)
    if known.sum() < FEWEST_SETS:
        return []
    names = [str(name) for name in inputs]
    drawn = unit_ranks(inputs.to_numpy(np.float64)[known])
    left, inputs_left = unit_ranks(outcome[known][:, None])[:, 0], drawn
    told: list[tuple[str, float, str]] = []
    while len(told) < min(MOST_TOLD, len(names)):
        found = inputs_left.T @ left
        best = int(np.argmax(np.abs(found)))
        if abs(found[best]) <= least_told(len(drawn) - len(told), len(names) - len(told)):
            break
        likeness = np.abs(drawn.T @ drawn[:, best])
        alike = [names[i] for i in np.argsort(-likeness, kind="stable")[1:] if likeness[i] > ALIKE]
        told.append((names[best], float(found[best]), named_few(alike)))
        taken = inputs_left[:, best]
        left = without(left[:, None], taken)[:, 0]
        inputs_left = without(inputs_left, taken)
    return told


def named_few(names: Sequence[str]) -> str:
    """The first name, and how many more. Worked value: a, b, c -> "a and 2 more"."""
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""


def unit_ranks(columns: Array) -> Array:
    """Ranks of each column around their mean, of length one, so that a product is Spearman's rank correlation.

    Worked value: 1, 2, 4, 3 and 1, 2, 3, 4 have the product 1 - 6 x 2 / (4 x 15) = 0.8.
    """
    ranks = stats.rankdata(columns, axis=0)
    return _of_length_one(ranks - ranks.mean(axis=0))


def without(columns: Array, direction: Array) -> Array:
    """What each column has beside a direction of length one, brought to length one; nothing where nothing is left."""
    return _of_length_one(columns - np.outer(direction, direction @ columns))


def _of_length_one(columns: Array) -> Array:
    length = np.sqrt((columns**2).sum(axis=0))
    return np.asarray(np.where(length > NOTHING, columns, 0.0) / np.maximum(length, NOTHING), dtype=np.float64)


def least_told(sets: int, parameters: int) -> float:
    """Size of a rank correlation that in 95 of 100 ensembles none of so many unrelated parameters reaches.

    Where nothing goes with anything, the area tangent of a rank correlation has a variance of 1.06 / (n - 3) over n
    sets (Fieller, Hartley and Pearson 1957); the largest of m is held against the m-th root of 0.95 (Sidak 1967).

    Worked value: 32 sets, 264 parameters: tanh(3.73 sqrt(1.06 / 29)) = 0.61; 256 sets: 0.24.
    """
    if sets < FEWEST_SETS:
        return 1.0
    alone = special.ndtri(0.5 + 0.5 * CONFIDENCE ** (1.0 / parameters))
    return math.tanh(alone * math.sqrt(1.06 / (sets - 3)))


def inputs_of_sets(runs: Sequence[RunTables], sets: Sets) -> pd.DataFrame:
    """Parameters that differ between sets, a row per set; one that some runs fix has the values of the others."""
    drawn = pd.concat([_inputs_of_sets(run, sets) for run in runs], axis=1)
    return drawn.loc[:, ~drawn.columns.duplicated()]


def _inputs_of_sets(run: RunTables, sets: Sets) -> pd.DataFrame:
    rows = run.ask("SELECT * FROM members").set_index("member").loc[sets.members[:, 0]]
    named = [name for name in rows if str(name).startswith(PARAMETER)]
    found = rows[named].rename(columns=lambda name: str(name).removeprefix(PARAMETER))
    return found.loc[:, found.min() < found.max()]
