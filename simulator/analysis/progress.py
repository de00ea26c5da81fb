"""How many years a series runs behind a reference in cutting its intensity. Pure functions of tables.

Progress is the fall of intensity (three-year mean) since the first year, as a share. A province that has in 2040 the
progress that the nation had in 2035.5 is 4.5 years behind; a negative number is a lead.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.peak import centred_mean

Floats = NDArray[np.float64]


def best_progress(intensity: Floats) -> Floats:
    """Greatest fall of intensity so far, as a share of the first year: [..., year], never negative.

    A series that starts at zero makes no progress; a gap (NaN) adds none.
    Worked value: 10, 8, 9, 5 -> 0, 0.2, 0.2, 0.5.
    """
    start = np.broadcast_to(intensity[..., :1], intensity.shape)
    progress = 1 - np.divide(intensity, start, out=np.ones_like(intensity), where=start > 0)
    return np.fmax.accumulate(progress, axis=-1)


def year_of_progress(reference: Floats, progress: Floats, years: Floats) -> Floats:
    """First year, linearly between two, in which the reference had made each progress; infinity if it never did."""
    after = np.searchsorted(reference, progress, side="left")
    inside = np.clip(after, 1, len(years) - 1)
    gain = reference[inside] - reference[inside - 1]
    part = np.divide(progress - reference[inside - 1], gain, out=np.zeros_like(progress), where=gain > 0)
    reached = years[inside - 1] + np.clip(part, 0, 1) * (years[inside] - years[inside - 1])
    return np.where(after == len(years), np.inf, np.where(after == 0, years[0], reached))


def years_since(reached: Floats, progress: Floats, now: Floats | int, last: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Years since a reference had made each progress, and whether they are censored.

    reached: the year in which it had, infinity if it never did by the `last` year; then the lead counts up to there.
    Without progress (0 or less) the lag is all years so far.
    """
    never = np.isinf(reached)
    return now - np.where(never, last, reached), (progress <= 0) | never


def provinces_behind(intensity: pd.DataFrame, reference: pd.DataFrame, year: int) -> pd.DataFrame:
    """Years that each province of each member is behind the reference of the same member in `year`.

    `intensity` has member, province, year and intensity; `reference` has member, year and intensity. Returns member,
    province, behind_years and censored: no progress yet counts as all years so far, a lead longer than the run as the
    years left.
    """
    years, provinces = _smoothed(intensity, ["member", "province"])
    _, nation = _smoothed(reference, ["member"])
    if year not in years:
        raise ValueError(f"years behind: {year} is not among the smoothed years {years[0]:.0f}..{years[-1]:.0f}")
    position = int(np.flatnonzero(years == year)[0])
    rows = []
    for member, own in provinces.groupby(level="member"):
        attained = best_progress(nation.loc[[member]].to_numpy())[0]
        progress = best_progress(own.to_numpy())[:, position]
        reached = year_of_progress(attained, progress, years)
        behind, censored = years_since(reached, progress, year, years[-1])
        names = own.index.get_level_values("province")
        rows.append(pd.DataFrame({"member": member, "province": names, "behind_years": behind, "censored": censored}))
    return pd.concat(rows, ignore_index=True)


def _smoothed(table: pd.DataFrame, by: list[str]) -> tuple[Floats, pd.DataFrame]:
    # Not pivot_table: it would average two rows of one member and year in silence.
    series = table.pivot(index=by, columns="year", values="intensity").sort_index(axis=1)  # noqa: PD010
    years = series.columns.to_numpy(dtype=np.float64)[1:-1]
    return years, pd.DataFrame(centred_mean(series.to_numpy(dtype=np.float64)), index=series.index, columns=years)
