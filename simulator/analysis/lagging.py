"""Which cells lag robustly: what an ensemble of lags agrees on.

A cell is *robustly lagging* if its median lag is at least one plan period (5 years) and at least 80 % of the members
lag by two years or more, of five members at least. Both come with a 90 % interval, from order statistics and after
Wilson. More members make the intervals narrower but do not make a small lag important, so effect and frequency decide,
not a p-value.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONG_YEARS = 5.0
SHORT_YEARS = 2.0
OFTEN = 0.8
# With fewer, not even the whole range of values holds the median with 90 % confidence.
LEAST_MEMBERS = 5
CONFIDENCE = 0.90

Floats = NDArray[np.float64]


def median_interval(values: Floats, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Interval of a median from order statistics; free of any distribution, at least as wide as asked.

    With too few values for the confidence it is the whole range. Worked value: 1..10 at 90 % -> 2 to 9, since
    P(at most 1 of 10 below) = 11/1024 per side, while 3 to 8 would miss 56/1024 on each side.
    """
    from scipy.special import bdtr

    ordered, count = np.sort(values), values.size
    below = [k for k in range(1, count // 2 + 1) if bdtr(k - 1, count, 0.5) <= (1.0 - confidence) / 2.0]
    rank = below[-1] if below else 1
    return float(ordered[rank - 1]), float(ordered[count - rank])


def share_interval(hits: int, count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953).

    Worked value: 8 of 10 at 90 % -> 0.541 to 0.931.
    """
    from scipy.special import ndtri

    z = float(ndtri(0.5 + confidence / 2.0))
    share, square = hits / count, z * z / count
    centre = (share + square / 2.0) / (1.0 + square)
    half = z * np.sqrt(share * (1.0 - share) / count + square / (4.0 * count)) / (1.0 + square)
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))


def lagging_cells(lags: pd.DataFrame, year: int) -> pd.DataFrame:
    """One row per province and sector for `year`, the longest lag first.

    Columns: members, median_lag_years with low and high, share_lagging (by two years or more) with low and high,
    median_own_lag_years, median_level_lag_years, share_censored, median_co2_mt, robust.
    """
    chosen = lags[(lags["year"] == year) & lags["lag_years"].notna()]
    if chosen.empty:
        years = lags["year"]
        raise ValueError(f"--year = {year}: no lag is known; allowed: {years.min()} to {years.max()}")
    rows = [_row(one) for _, one in chosen.groupby(["province", "sector"])]
    return pd.DataFrame(rows).sort_values("median_lag_years", ascending=False, kind="stable", ignore_index=True)


def _row(cell: pd.DataFrame) -> dict[str, object]:
    province, sector = cell["province"].iloc[0], cell["sector"].iloc[0]
    lag = cell["lag_years"].to_numpy(dtype=np.float64)
    low, high = median_interval(lag)
    often = int((lag >= SHORT_YEARS).sum())
    share_low, share_high = share_interval(often, lag.size)
    return {
        "province": province,
        "sector": sector,
        "members": lag.size,
        "median_lag_years": float(np.median(lag)),
        "lag_low_years": low,
        "lag_high_years": high,
        "share_lagging": often / lag.size,
        "share_low": share_low,
        "share_high": share_high,
        "median_own_lag_years": float(cell["own_lag_years"].median()),
        "median_level_lag_years": float(cell["level_lag_years"].median()),
        "share_censored": float(cell["censored"].mean()),
        "median_co2_mt": float(cell["co2_mt"].median()),
        "robust": bool(lag.size >= LEAST_MEMBERS and np.median(lag) >= LONG_YEARS and often / lag.size >= OFTEN),
    }
