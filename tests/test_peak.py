"""Peaks worked by hand, and properties that hold for every series."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.analysis.peak import (
    centred_mean,
    peak_year_quantiles,
    peaks,
    share_peaked_by,
    share_unconfirmed,
    shares_by_peak_year,
    told_peak_year,
)


def table(*series: list[float], first_year: int = 2020) -> pd.DataFrame:
    rows = [
        (member, first_year + offset, level)
        for member, levels in enumerate(series)
        for offset, level in enumerate(levels)
    ]
    return pd.DataFrame(rows, columns=["member", "year", "co2_mt"])


def test_centred_mean_drops_both_ends() -> None:
    assert centred_mean(np.array([[3.0, 6.0, 9.0, 0.0]])).tolist() == [[6.0, 5.0]]


def test_a_peak_followed_by_five_lower_years_is_confirmed() -> None:
    # Means of 2021..2027: 10, 20, 26.67, 20, 10, 0, 0 -> peak 2023, four means after it: one too few.
    short = peaks(table([0, 10, 20, 30, 30, 0, 0, 0, 0])).iloc[0]
    assert (short.peak_year, short.confirmed) == (2023, False)
    long = peaks(table([0, 10, 20, 30, 30, 0, 0, 0, 0, 0])).iloc[0]
    assert (long.peak_year, long.confirmed) == (2023, True)
    assert long.peak_level == pytest.approx(80 / 3)
    assert long.fall_share == 1


def test_a_fall_below_three_percent_is_censored() -> None:
    assert not peaks(table([99, 100, 100, 100, *[98.0] * 8])).iloc[0].confirmed
    assert peaks(table([99, 100, 100, 100, *[96.9] * 8])).iloc[0].confirmed


def test_a_return_to_the_peak_is_censored() -> None:
    found = peaks(table([9, 10, 10, 10, 5, 5, 5, 5, 5, 10, 10, 10, 9])).iloc[0]
    assert (found.peak_year, found.confirmed) == (2022, False)


def test_rising_and_falling_series() -> None:
    found = peaks(table([float(level) for level in range(12)], [float(-level) + 20 for level in range(12)]))
    assert found["peak_year"].tolist() == [2030, 2021]
    assert found["confirmed"].tolist() == [False, True]
    assert found["at_start"].tolist() == [False, True]


def test_plateau_is_unbroken() -> None:
    # Flat at 100, one dip of the mean to 90, then again at 98: the second stretch is not part of the plateau.
    found = peaks(table([100, 100, 100, 100, 70, 99, 99, 99, 99, 99])).iloc[0]
    assert (found.plateau_from, found.plateau_to) == (2021, 2022)


def test_quantiles_count_censored_peaks_as_later() -> None:
    found = pd.DataFrame({"peak_year": [2026, 2028, 2058], "confirmed": [True, True, False]})
    assert peak_year_quantiles(found, [0.3, 0.5, 0.9]) == [2026, 2028, math.inf]
    assert share_peaked_by(found, 2027) == pytest.approx(1 / 3)
    assert share_peaked_by(found, 2060) == pytest.approx(2 / 3)


def test_shares_by_peak_year_and_the_unconfirmed_make_up_all() -> None:
    found = pd.DataFrame({"peak_year": [2026, 2028, 2028, 2058], "confirmed": [True, True, True, False]})
    shares = shares_by_peak_year(found, range(2020, 2061))
    assert (shares[2026], shares[2028], shares[2058], share_unconfirmed(found)) == (0.25, 0.5, 0.0, 0.25)


def test_peak_years_in_words() -> None:
    """Of 2020 to 2060: the first mean is that of 2021, and five years must follow before the last, of 2059."""
    told = [told_peak_year(year, range(2020, 2061)) for year in (2021.0, 2030.0, math.inf)]
    assert told == ["≤2021", "2030", ">2054"]


def test_groups_keep_their_keys() -> None:
    two = pd.concat([table([1, 2, 3]).assign(province="Henan"), table([3, 2, 1]).assign(province="Jiangsu")])
    found = peaks(two, by=["member", "province"])
    assert found[["province", "peak_level"]].to_numpy().tolist() == [["Henan", 2.0], ["Jiangsu", 2.0]]


@pytest.mark.parametrize(
    ("emissions", "message"),
    [
        (table([1, 2]), "at least 3"),
        (table([1, 2, 3, 4]).query("year != 2021"), "without a gap"),
        (table([1, math.nan, 3, 4]), "2021"),
        (table([1, 2, 3]).drop(columns="co2_mt"), "co2_mt"),
    ],
)
def test_what_cannot_be_told_is_refused(emissions: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        peaks(emissions)


@given(st.lists(st.floats(0, 1e6), min_size=3, max_size=60), st.floats(0.01, 100))
def test_peak_does_not_depend_on_the_unit(levels: list[float], factor: float) -> None:
    found, scaled = peaks(table(levels)).iloc[0], peaks(table([factor * level for level in levels])).iloc[0]
    assert scaled.peak_level == pytest.approx(factor * found.peak_level)
    assert found.plateau_from <= found.peak_year <= found.plateau_to
    assert 0 <= found.fall_share <= 1
    assert not found.confirmed or found.peak_year <= 2020 + len(levels) - 2 - 5
