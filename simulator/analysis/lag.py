"""The lagging-sector index: how many years each cell (province and sector) runs behind in cutting its intensity.

*Intensity* is CO2 per unit of output, direct and through electricity (power: direct alone, which holds its own use), as
a centred three-year mean. *Progress* is its greatest fall so far since the first year. *Lag* in year t is t less the
year in which a reference had made the progress that the cell has in t; positive is behind. References:

* `national`: the sector in the whole country, same member (somebody always lags behind it);
* `frontier`: what the best quarter of the sector's output had attained, same member;
* a pathway: a table with sector, year, progress, the same for all members.

*Own lag* (LSI) is the lag less the mean lag of the cell's province, weighted by base-year CO2: what sets the sector
apart at home. *Level lag* compares intensities themselves: a province of water power is not "advanced" in steel.

A cell without progress lags by all years so far, a lead beyond the last year counts up to there; both are *censored*.
Where the reference itself has made no progress there is nobody to run behind: no lag. Cells below 0.1 Mt or three firms
in the first year are left out.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.peak import centred_mean
from simulator.analysis.progress import best_progress, year_of_progress, years_since

LEAST_MT = 0.1
LEAST_FIRMS = 3
FRONTIER_SHARE = 0.25
POWER = "POW"
KEYS = ["member", "province", "sector"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Cells(NamedTuple):
    """The cells of a run as arrays [member, province, sector, year]."""

    members: list[int]
    provinces: list[str]
    sectors: list[str]
    years: Floats  # of the arrays below
    co2_mt: Floats  # direct and through electricity
    output: Floats
    firms: Floats  # [member, province, sector] of the first year


def cells_of(sectors: pd.DataFrame) -> Cells:
    """The `sectors` table of a run as arrays; every member must hold every cell and year once."""
    missing = {*KEYS, "year", "output", "co2_mt", "co2_electricity_mt", "firms"} - set(sectors.columns)
    if missing:
        raise ValueError(f"lag: columns {sorted(missing)} are missing; the table has {list(sectors.columns)}")
    ordered = sectors.sort_values([*KEYS, "year"], kind="stable")
    labels = [sorted(ordered[key].unique().tolist()) for key in [*KEYS, "year"]]
    shape = tuple(len(one) for one in labels)
    if len(ordered) != np.prod(shape) or ordered.duplicated([*KEYS, "year"]).any():
        raise ValueError(f"lag: {len(ordered)} rows given, members x provinces x sectors x years are {shape}")
    used = ordered["co2_electricity_mt"].where(ordered["sector"] != POWER, 0.0)
    co2, output, firms = (
        one.to_numpy(dtype=np.float64).reshape(shape)
        for one in (ordered["co2_mt"] + used, ordered["output"], ordered["firms"])
    )
    return Cells(labels[0], labels[1], labels[2], np.array(labels[3], dtype=np.float64), co2, output, firms[..., 0])


def intensity(co2_mt: Floats, output: Floats) -> Floats:
    """Centred three-year mean of CO2 per unit of output [..., year - 2]; NaN where nothing was made."""
    ratio = np.divide(co2_mt, output, out=np.full_like(co2_mt, np.nan), where=output > 0.0)
    return centred_mean(ratio)


def frontier(attained: Floats, output: Floats) -> Floats:
    """Progress that the best quarter of output has attained [member, sector, year], from [member, province, ...].

    Worked value: progress 0.5, 0.3, 0.1 on shares of output 0.2, 0.3, 0.5: a quarter has at least 0.3.
    """
    order = np.argsort(-attained, axis=1, kind="stable")
    best = np.take_along_axis(attained, order, axis=1)
    share = np.cumsum(np.take_along_axis(output, order, axis=1), axis=1)
    enough = share >= FRONTIER_SHARE * share[:, -1:] - 1e-12
    first = np.argmax(enough, axis=1)[:, None]
    return np.maximum.accumulate(np.take_along_axis(best, first, axis=1)[:, 0], axis=-1)


def years_behind(reference: Floats, own: Floats, years: Floats) -> tuple[Floats, Flags]:
    """Lag of each cell in each year and whether it is censored, from progress.

    reference: running maximum [member, sector, year]; own: [member, province, sector, year]; years: [year]. NaN where
    the reference has made no progress yet.
    """
    reached = np.empty_like(own)
    for member, sector in np.ndindex(reference.shape[:2]):
        reached[member, :, sector] = year_of_progress(reference[member, sector], own[member, :, sector], years)
    lag, censored = years_since(reached, own, years, years[-1])
    return np.where(reference[:, None] > 0.0, lag, np.nan), censored


def own_lag(lag: Floats, weight_mt: Floats) -> Floats:
    """Lag less the mean lag of the province over its sectors, weighted by base-year CO2 [member, province, sector]."""
    known = np.isfinite(lag)
    weights = np.where(known, weight_mt[..., None], 0.0)
    total = weights.sum(axis=2, keepdims=True)
    lagged = (weights * np.where(known, lag, 0.0)).sum(axis=2, keepdims=True)
    return lag - np.divide(lagged, total, out=np.full_like(total, np.nan), where=total > 0.0)


class Lags(NamedTuple):
    """Lags of all cells [member, province, sector, year]; cells that are left out are NaN."""

    years: Floats
    progress: Floats
    reference_progress: Floats  # [member, sector, year]
    lag_years: Floats
    own_lag_years: Floats
    level_lag_years: Floats
    censored: Flags
    kept: Flags  # [member, province, sector]


def lag_arrays(cells: Cells, reference: str | pd.DataFrame = "national") -> Lags:
    """Lags of cells against a reference: `national`, `frontier` or a table of a pathway."""
    levels, years = intensity(cells.co2_mt, cells.output), cells.years[1:-1]
    national = intensity(cells.co2_mt.sum(axis=1), cells.output.sum(axis=1))
    attained = best_progress(levels)
    ahead = _reference(reference, cells, attained, national, years)
    kept = (cells.co2_mt[..., 0] >= LEAST_MT) & (cells.firms >= LEAST_FIRMS) & np.isfinite(levels[..., 0])
    lag, censored = years_behind(ahead, attained, years)
    lag = np.where(kept[..., None], lag, np.nan)
    own = own_lag(lag, cells.co2_mt[..., 0])
    return Lags(years, attained, ahead, lag, own, _level_lag(levels, national, years), censored, kept)


def lags(sectors: pd.DataFrame, reference: str | pd.DataFrame = "national") -> pd.DataFrame:
    """Lag of every cell, member and year.

    sectors: table of a run with a column `firms`. Returns member, province, sector, year, progress, reference_progress,
    lag_years, own_lag_years, level_lag_years, censored, co2_mt (of that year); cells that are left out have no rows.
    """
    cells = cells_of(sectors)
    found = lag_arrays(cells, reference)
    shape = found.lag_years.shape
    columns = {
        "progress": found.progress,
        "reference_progress": np.broadcast_to(found.reference_progress[:, None], shape),
        "lag_years": found.lag_years,
        "own_lag_years": found.own_lag_years,
        "level_lag_years": found.level_lag_years,
        "censored": found.censored,
        "co2_mt": cells.co2_mt[..., 1:-1],
    }
    labels: list[Sequence[Any]] = [cells.members, cells.provinces, cells.sectors, found.years.astype(int).tolist()]
    index: pd.MultiIndex = pd.MultiIndex.from_product(labels, names=[*KEYS, "year"])
    table = pd.DataFrame({name: one.ravel() for name, one in columns.items()}, index=index).reset_index()
    return table[np.repeat(found.kept.ravel(), found.years.size)].reset_index(drop=True)


def _level_lag(levels: Floats, national: Floats, years: Floats) -> Floats:
    """Years behind the nation in the level of intensity: the nation's first level is the zero of both."""
    start = national[:, None, :, :1]
    own = np.fmax.accumulate(1.0 - levels / np.where(start > 0.0, start, np.nan), axis=-1)
    lag, _ = years_behind(best_progress(national), np.nan_to_num(own), years)
    return np.where(np.isfinite(own), lag, np.nan)


def _reference(
    reference: str | pd.DataFrame, cells: Cells, attained: Floats, national: Floats, years: Floats
) -> Floats:
    """Reference progress [member, sector, year]."""
    if isinstance(reference, pd.DataFrame):
        return np.broadcast_to(_pathway(reference, cells.sectors, years), national.shape)
    if reference == "national":
        return best_progress(national)
    if reference == "frontier":
        return frontier(attained, cells.output[..., 1:-1])
    raise ValueError(f"lag: reference = {reference!r}; allowed: national, frontier, or a table of a pathway")


def _pathway(table: pd.DataFrame, sectors: list[str], years: Floats) -> Floats:
    """Progress of a fixed pathway [sector, year], linear between its years; running maximum."""
    lines = []
    for sector in sectors:
        own = table[table["sector"] == sector].sort_values("year")
        if own.empty:
            raise ValueError(f"lag: the pathway has no sector {sector}; it has {sorted(table['sector'].unique())}")
        lines.append(np.interp(years, own["year"].to_numpy(dtype=float), own["progress"].to_numpy(dtype=float)))
    return np.maximum.accumulate(np.array(lines), axis=-1)
