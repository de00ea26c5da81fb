"""Headline outcomes of a run, one value per member: what policies are compared by."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from simulator.analysis.effects import by_member, effect, mean_interval
from simulator.analysis.pairs import check_pairs
from simulator.analysis.run_tables import RunTables


class Outcome(NamedTuple):
    """A column of a table in one year, or summed over all years (year 0)."""

    label: str
    unit: str
    table: str
    column: str
    year: int
    factor: float = 1.0  # from the column's unit to `unit`


def _national(label: str, unit: str, column: str, years: tuple[int, ...], factor: float = 1.0) -> list[Outcome]:
    return [Outcome(label, unit, "national", column, year, factor) for year in years]


HEADLINES = (
    *_national("CO2", "Mt", "co2_mt", (2030, 2035, 2050, 2060)),
    *_national("CO2, all years", "Gt", "co2_mt", (0,), 1e-3),
    *_national("non-fossil energy", "%", "non_fossil_energy_share", (2030, 2050), 100.0),
    *_national("coal in generation", "%", "coal_generation_share", (2035, 2050), 100.0),
    *_national("curtailed wind and sun", "%", "curtailment_share", (2035,), 100.0),
    *_national("unserved power", "TWh", "unserved_twh", (2035,)),
    *_national("price of power", "CNY/MWh", "power_price_cny_per_mwh", (2035, 2050)),
    *_national("carbon price", "CNY/t", "carbon_price_cny_per_tco2", (2030, 2050)),
    *_national("GDP", "bn CNY", "gdp_bn_cny", (2035, 2050)),
    *_national("CO2 captured", "Mt", "captured_mt", (2050,)),
)
PROVINCIAL = tuple(Outcome("CO2", "Mt", "provinces", "co2_mt", year) for year in (2035, 2050))


def values(run: RunTables, one: Outcome, province: str = "") -> dict[int, float]:
    """The outcome by member; empty if the run holds no such column or year."""
    if not run.has(one.table, one.column) or (one.year and one.year not in run.years):
        return {}
    where = [f"year = {one.year}"] if one.year else []
    where += ["province = '" + province.replace("'", "''") + "'"] if province else []
    condition = " AND ".join(where) or "TRUE"
    found = run.ask(
        f'SELECT member, {one.factor} * sum({one.column}) AS level FROM "{one.table}" WHERE {condition} GROUP BY member'
    )
    return dict(zip(found["member"].tolist(), found["level"].tolist(), strict=True))


def at_years(outcomes: Sequence[Outcome], years: Sequence[int]) -> list[Outcome]:
    """The outcomes in these years in place of their own, sums over all years as they are; no years: all as they are."""
    if not years:
        return list(outcomes)
    moved = [one._replace(year=year) for one in outcomes for year in (years if one.year else (0,))]
    return list(dict.fromkeys(moved))


def compared(base: RunTables, policy: RunTables, years: Sequence[int] = ()) -> pd.DataFrame:
    """Effects of a policy on the headline outcomes of the country and on the CO2 of each province.

    Columns: outcome, unit, year (0 = all), province (empty = the country), base, effect, low, high, standard_error,
    correlation, members. Members must pair (`simulator/analysis/pairs.py`).
    """
    check_pairs(base, policy)
    provinces = base.ask("SELECT DISTINCT province FROM provinces ORDER BY province")["province"].tolist()
    national, provincial = at_years(HEADLINES, years), at_years(PROVINCIAL, years)
    wanted = [(one, "") for one in national] + [(one, name) for one in provincial for name in provinces]
    rows = []
    for one, province in wanted:
        before, after = by_member(values(base, one, province), values(policy, one, province))
        if before.size >= 2:
            found = effect(before, after)
            rows.append(
                {
                    "outcome": one.label,
                    "unit": one.unit,
                    "year": one.year,
                    "province": province,
                    "base": found.base,
                    "effect": found.mean,
                    "low": found.low,
                    "high": found.high,
                    "standard_error": found.standard_error,
                    "correlation": found.correlation,
                    "members": found.members,
                }
            )
    return pd.DataFrame(rows)


def price_of_learning(base: RunTables, policy: RunTables) -> tuple[float, float, float, float] | None:
    """What training and exchange cost more than in `base` (bn CNY, all years), and per tonne avoided (CNY/t).

    The cost per tonne is the ratio of both means with its 90 % interval, by the jackknife over members (Miller 1974);
    it is the value of a tonne above which training pays. None if nothing was spent on it; infinite if no CO2 was
    avoided.
    """
    paid = Outcome("training", "bn CNY", "governments", "training_mcny", 0, 1e-3)
    emitted = Outcome("CO2", "Gt", "national", "co2_mt", 0, 1e-3)
    cost = np.subtract(*reversed(by_member(values(base, paid), values(policy, paid))))
    if cost.size < 2 or cost.mean() <= 0.0:
        return None
    avoided = np.subtract(*by_member(values(base, emitted), values(policy, emitted)))
    if mean_interval(avoided)[1] <= 0.0:
        return float(cost.mean()), float("inf"), float("nan"), float("inf")
    count, whole = cost.size, cost.sum() / avoided.sum()
    left = np.array([np.delete(cost, m).sum() / np.delete(avoided, m).sum() for m in range(count)])
    _, low, high, _ = mean_interval(count * whole - (count - 1) * left)
    return float(cost.mean()), float(whole), low, high
