"""When do emissions peak? Pure functions of a table with one emission series per member (and province, sector, ...).

A *peak* is the highest value of the centred three-year mean. It is *confirmed* if the mean then stays below the peak
for at least five years and falls by at least 3 %; otherwise it is *censored*: the run ends before anyone could tell.
A *plateau* is the unbroken stretch of years around the peak whose mean is at least 97 % of it. Because of censoring a
bare mean of peak years means nothing: report the share of members that have peaked by a year, or quantiles in which a
censored peak counts as later than every year of the run.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MEAN_YEARS = 3
CONFIRMING_YEARS = 5
CONFIRMING_FALL_SHARE = 0.03
PLATEAU_SHARE = 1 - CONFIRMING_FALL_SHARE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def centred_mean(emissions: Floats) -> Floats:
    """Three-year mean around each year but the first and the last: [..., year] -> [..., year - 2].

    Worked value: 3, 6, 9, 0 -> 6, 5.
    """
    return (emissions[..., :-2] + emissions[..., 1:-1] + emissions[..., 2:]) / MEAN_YEARS


def plateau_bounds(smoothed: Floats, peak_position: Integers) -> tuple[Integers, Integers]:
    """First and last position of the unbroken stretch around each peak with a mean of at least 97 % of the peak."""
    positions = np.arange(smoothed.shape[1])
    peak = np.take_along_axis(smoothed, peak_position[:, None], axis=1)
    off = smoothed < PLATEAU_SHARE * peak
    before = np.where(off & (positions < peak_position[:, None]), positions, -1).max(axis=1)
    after = np.where(off & (positions > peak_position[:, None]), positions, smoothed.shape[1]).min(axis=1)
    return before + 1, after - 1


def is_confirmed(smoothed: Floats, peak_position: Integers) -> NDArray[np.bool_]:
    """Whether the mean stays below the peak for at least five years and falls by at least 3 %, per series."""
    positions = np.arange(smoothed.shape[1])
    peak = np.take_along_axis(smoothed, peak_position[:, None], axis=1)
    later = positions > peak_position[:, None]
    stays_below = (later & (smoothed < peak)).sum(axis=1) == later.sum(axis=1)
    long_enough = later.sum(axis=1) >= CONFIRMING_YEARS
    confirmed = stays_below & long_enough & (fall_share(smoothed, peak_position) >= CONFIRMING_FALL_SHARE)
    return np.asarray(confirmed, dtype=np.bool_)


def fall_share(smoothed: Floats, peak_position: Integers) -> Floats:
    """Deepest fall after the peak as a share of the peak (0 if nothing follows or nothing was emitted)."""
    later = np.arange(smoothed.shape[1]) > peak_position[:, None]
    peak = np.take_along_axis(smoothed, peak_position[:, None], axis=1)[:, 0]
    lowest = np.where(later, smoothed, peak[:, None]).min(axis=1)
    remaining = np.divide(lowest, peak, out=np.ones_like(peak), where=peak > 0)
    return np.asarray(1 - remaining, dtype=np.float64)


def peaks(emissions: pd.DataFrame, by: Sequence[str] = ("member",), value: str = "co2_mt") -> pd.DataFrame:
    """Peak of each series of a long table with the columns `by`, `year` and `value`.

    Returns one row per series: peak_year, peak_level (unit of `value`), fall_share, confirmed, at_start (the peak is
    the first year that can be told, so the true peak may lie earlier), plateau_from, plateau_to.
    """
    series = _series(emissions, list(by), value)
    first_year = int(series.columns[0]) + 1
    smoothed = centred_mean(series.to_numpy(dtype=np.float64))
    position = smoothed.argmax(axis=1).astype(np.int64)
    plateau_from, plateau_to = plateau_bounds(smoothed, position)
    found = pd.DataFrame(
        {
            "peak_year": first_year + position,
            "peak_level": np.take_along_axis(smoothed, position[:, None], axis=1)[:, 0],
            "fall_share": fall_share(smoothed, position),
            "confirmed": is_confirmed(smoothed, position),
            "at_start": position == 0,
            "plateau_from": first_year + plateau_from,
            "plateau_to": first_year + plateau_to,
        },
        index=series.index,
    )
    return found.reset_index()


def share_peaked_by(found: pd.DataFrame, year: int) -> float:
    """Share of series with a confirmed peak in or before `year`."""
    return float((found["confirmed"] & (found["peak_year"] <= year)).mean())


def share_past_plateau(found: pd.DataFrame, year: int) -> float:
    """Share of series whose peak is confirmed and whose plateau had ended before `year`."""
    return float((found["confirmed"] & (found["plateau_to"] < year)).mean())


def shares_by_peak_year(found: pd.DataFrame, years: Sequence[int]) -> pd.Series:
    """Share of series whose confirmed peak lies in each year; what they lack of 1 is not confirmed."""
    confirmed = found.loc[found["confirmed"], "peak_year"]
    return confirmed.value_counts().reindex(years, fill_value=0) / len(found)


def share_unconfirmed(found: pd.DataFrame) -> float:
    """Share of series without a confirmed peak."""
    return 1 - float(found["confirmed"].sum()) / len(found)


def peak_year_quantiles(found: pd.DataFrame, shares: Sequence[float]) -> list[float]:
    """Quantiles of the peak year, a censored peak counting as later than every year (infinity).

    Each quantile is an observed year, never a mean of two. Worked value: 2026, 2028, censored; 0.5 -> 2028, 0.9 -> inf.
    """
    years = np.where(found["confirmed"], found["peak_year"].astype(float), np.inf)
    return [float(year) for year in np.quantile(years, list(shares), method="inverted_cdf")]


def last_confirmable(years: Sequence[int]) -> int:
    """Last year in which a peak could still be confirmed within the run."""
    return years[-1] - 1 - CONFIRMING_YEARS


def told_peak_year(year: float, years: Sequence[int]) -> str:
    """A quantile of peak years in words: `≤` where the run starts too late to tell, `>` if not confirmed by then."""
    if np.isinf(year):
        return f">{last_confirmable(years)}"
    return f"≤{year:.0f}" if year == years[0] + 1 else f"{year:.0f}"


def _series(emissions: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    missing = [name for name in [*by, "year", value] if name not in emissions.columns]
    if missing:
        raise ValueError(f"peaks: columns {missing} are missing; the table has {list(emissions.columns)}")
    # Not pivot_table: it would average two rows of one member and year in silence.
    series = emissions.pivot(index=by, columns="year", values=value).sort_index(axis=1)  # noqa: PD010
    years = series.columns.to_numpy()
    if len(years) < MEAN_YEARS:
        raise ValueError(f"peaks: {len(years)} years given, a centred mean needs at least {MEAN_YEARS}")
    if (np.diff(years) != 1).any():
        raise ValueError(f"peaks: years must follow each other without a gap, got {list(years)}")
    row, column = np.nonzero(~np.isfinite(series.to_numpy(dtype=np.float64)))
    if len(row):
        where = f"{by} = {series.index[row[0]]}, year {years[column[0]]}"
        raise ValueError(f"peaks: {value} is missing or not finite at {where} ({len(row)} such cells)")
    return series
