"""Years behind a reference, worked by hand."""

import numpy as np
import pandas as pd
import pytest

from simulator.analysis.progress import best_progress, provinces_behind, year_of_progress


def series(levels: list[float], **keys: str | int) -> pd.DataFrame:
    return pd.DataFrame({"year": range(2020, 2020 + len(levels)), "intensity": levels}).assign(**keys)


def falling(per_year: float, start: float = 100.0) -> list[float]:
    return [start - per_year * year for year in range(13)]


def test_best_progress_never_falls_back() -> None:
    assert best_progress(np.array([[10.0, 8.0, 9.0, 5.0]]))[0].tolist() == pytest.approx([0, 0.2, 0.2, 0.5])


def test_nothing_emitted_at_the_start_is_no_progress() -> None:
    assert best_progress(np.array([[0.0, 0.0, 3.0]])).tolist() == [[0, 0, 0]]


def test_year_of_progress_interpolates_and_knows_never() -> None:
    years = np.arange(2021.0, 2025.0)
    reached = year_of_progress(np.array([0, 0.2, 0.2, 0.4]), np.array([0.1, 0.2, 0.3, 0.5]), years)
    assert reached.tolist() == [2021.5, 2022, 2023.5, np.inf]


def test_behind_and_ahead() -> None:
    # Means of straight lines are the lines; measured from 2021 the nation (99 then, -1 a year) has done 8/99 in 2029,
    # a province at half the pace (99.5, -0.5) 4/99.5, which the nation had at 2021 + 99 * 4/99.5.
    nation = series(falling(1), member=0)
    provinces = pd.concat(
        [series(falling(0.5), member=0, province="Henan"), series(falling(1), member=0, province="Jiangsu")]
    )
    behind = provinces_behind(provinces, nation, 2029).set_index("province")
    assert behind.loc["Henan", "behind_years"] == pytest.approx(2029 - (2021 + 99 * 4 / 99.5))
    assert behind.loc["Jiangsu", "behind_years"] == pytest.approx(0)
    assert not behind["censored"].any()


def test_no_progress_and_a_lead_beyond_the_run_are_censored() -> None:
    nation = series(falling(1), member=0)
    provinces = pd.concat(
        [series([50.0] * 13, member=0, province="Henan"), series(falling(5), member=0, province="Jiangsu")]
    )
    behind = provinces_behind(provinces, nation, 2026).set_index("province")
    assert behind["censored"].all()
    assert behind["behind_years"].to_dict() == {"Henan": 5, "Jiangsu": -5}


def test_the_year_must_be_one_with_a_centred_mean() -> None:
    with pytest.raises(ValueError, match="2020"):
        provinces_behind(series(falling(1), member=0, province="Henan"), series(falling(1), member=0), 2020)
