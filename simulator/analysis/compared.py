"""What a policy changes: two runs with the same members, hence the same luck, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from simulator.analysis.effects import Floats, by_member, effect, mean_interval
from simulator.analysis.outcomes import COUNTRY, HEADLINES, Outcome, Place, at_years, values
from simulator.analysis.pairs import Pair
from simulator.analysis.places import YEARS, measured
from simulator.analysis.run_tables import RunTables

CO2_OF_PROVINCES = tuple(Outcome("CO2", "Mt", "provinces", "co2_mt", year) for year in YEARS)


def compared(pair: Pair, years: Sequence[int] = (), chosen: Sequence[Place] = ()) -> pd.DataFrame:
    """Effects of a policy on the headline outcomes of the country, and on those of the chosen places; if none are
    chosen, on the CO2 of each province.

    Columns: outcome, unit, year (0 = all), province, sector (empty = all of them), base, effect, low, high,
    standard_error, correlation, members. ValueError if fewer than two members came through in both runs.
    """
    if len(pair.members) < 2:
        told = f"{pair.base.folder} and {pair.policy.folder} share {len(pair.members)} members that did not stop"
        raise ValueError(f"{told}; allowed: at least 2")
    rows = []
    for place in (COUNTRY, *(chosen or _provinces(pair.base))):
        before, after = (_outcomes(run, place, years, in_full=bool(chosen)) for run in pair)
        for one in [outcome for outcome in before if outcome in after]:
            sides = by_member(before[one], after[one])
            if sides[0].size >= 2:
                rows.append(_row(one, place, *sides))
    return pd.DataFrame(rows)


def _provinces(run: RunTables) -> list[Place]:
    names = run.ask("SELECT DISTINCT province FROM provinces ORDER BY province")["province"].tolist()
    return [Place(province=one) for one in names]


def _outcomes(run: RunTables, place: Place, years: Sequence[int], in_full: bool) -> dict[Outcome, dict[int, float]]:
    """What is compared in a place, by member; in_full: all that is known of it, not only its CO2."""
    if place != COUNTRY and in_full:
        return measured(run, place, years)
    wanted = HEADLINES if place == COUNTRY else CO2_OF_PROVINCES
    return {one: values(run, one, place) for one in at_years(wanted, years)}


def _row(one: Outcome, place: Place, before: Floats, after: Floats) -> dict[str, object]:
    found = effect(before, after)
    return {
        "outcome": one.label,
        "unit": one.unit,
        "year": one.year,
        **place._asdict(),
        "base": found.base,
        "effect": found.mean,
        "low": found.low,
        "high": found.high,
        "standard_error": found.standard_error,
        "correlation": found.correlation,
        "members": found.members,
    }


def price_of_learning(pair: Pair) -> tuple[float, float, float, float] | None:
    """What training and exchange cost more than in the base (bn CNY, all years), and per tonne avoided (CNY/t).

    The cost per tonne is the ratio of both means with its 90 % interval, by the jackknife over members (Miller 1974);
    it is the value of a tonne above which training pays. None if nothing was spent on it; infinite if no CO2 was
    avoided.
    """
    paid = Outcome("training", "bn CNY", "governments", "training_mcny", 0, 1e-3)
    emitted = Outcome("CO2", "Gt", "national", "co2_mt", 0, 1e-3)
    cost = np.subtract(*reversed(by_member(*(values(run, paid) for run in pair))))
    if cost.size < 2 or cost.mean() <= 0.0:
        return None
    avoided = np.subtract(*by_member(*(values(run, emitted) for run in pair)))
    if mean_interval(avoided)[1] <= 0.0:
        return float(cost.mean()), float("inf"), float("nan"), float("inf")
    count, whole = cost.size, cost.sum() / avoided.sum()
    left = np.array([np.delete(cost, m).sum() / np.delete(avoided, m).sum() for m in range(count)])
    _, low, high, _ = mean_interval(count * whole - (count - 1) * left)
    return float(cost.mean()), float(whole), low, high
