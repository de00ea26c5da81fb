"""The lagging-sector index, worked by hand, and what must hold for every path."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.analysis.lag import frontier, intensity, lags, own_lag, years_behind
from simulator.analysis.lagging import lagging_cells, median_interval, share_interval
from simulator.analysis.progress import best_progress

YEARS = range(2020, 2041)


def cell(province: str, levels: list[float], sector: str = "STL", member: int = 0, **columns: float) -> pd.DataFrame:
    """A cell with output 10 and this intensity, half of it through electricity."""
    kept = {"output": 10.0, "firms": 5.0, **columns}
    half = 0.5 * kept["output"] * np.array(levels)
    keys = {"member": member, "year": list(YEARS), "province": province, "sector": sector}
    return pd.DataFrame({**keys, **kept, "co2_mt": half, "co2_electricity_mt": half})


def falling(per_year: float, start: float = 1.0) -> list[float]:
    return [start - per_year * (year - YEARS[0]) for year in YEARS]


def lag_of(table: pd.DataFrame, province: str, year: int, **reference: str | pd.DataFrame) -> pd.Series:
    found = lags(table, **reference).set_index(["province", "year"])  # type: ignore[arg-type]
    return found.loc[(province, year)]


def test_intensity_counts_electricity_and_knows_no_intensity_of_nothing() -> None:
    ratio = intensity(np.array([[2.0, 4.0, 6.0, 8.0]]), np.array([[2.0, 2.0, 2.0, 0.0]]))
    assert ratio[0, 0] == 2.0
    assert np.isnan(ratio[0, 1])


def test_half_the_pace_is_half_the_way() -> None:
    # A pathway loses 2 % a year of the first level, the cell 1 %: its progress of 2031 (10 %) is the pathway's of 2026.
    pathway = pd.DataFrame({"sector": "STL", "year": [2021, 2039], "progress": [0.0, 0.36]})
    one = lag_of(cell("Hebei", falling(0.01, 1.01)), "Hebei", 2031, reference=pathway)
    assert one.lag_years == pytest.approx(5.0)
    assert one.progress == pytest.approx(0.10)
    assert one.reference_progress == pytest.approx(0.20)
    assert not one.censored


def test_no_progress_lags_by_all_years_and_a_lead_beyond_the_run_by_those_left() -> None:
    pathway = pd.DataFrame({"sector": "STL", "year": [2021, 2039], "progress": [0.0, 0.18]})
    idle = lag_of(cell("Hebei", falling(0.0)), "Hebei", 2031, reference=pathway)
    assert (idle.lag_years, idle.censored) == (10.0, True)
    quick = lag_of(cell("Hebei", falling(0.04)), "Hebei", 2031, reference=pathway)
    assert (quick.lag_years, quick.censored) == (-8.0, True)


def test_where_the_reference_stands_still_nobody_lags() -> None:
    table = pd.concat([cell("Hebei", falling(0.0)), cell("Henan", falling(0.0))])
    assert lags(table)["lag_years"].isna().all()


def test_the_nation_is_weighted_by_emissions_of_the_same_member() -> None:
    # Nation: intensities 1 - 0.02 t and 1 at equal output, so 1 - 0.01 t: the idle province lags, the other leads.
    table = pd.concat([cell("Hebei", falling(0.0)), cell("Henan", falling(0.02))])
    idle, quick = lag_of(table, "Hebei", 2030), lag_of(table, "Henan", 2026)
    assert (idle.lag_years, idle.censored) == (9.0, True)
    # Henan in 2026 has lost 0.10 / 0.98, the nation 0.01 n / 0.99 after n years: n = 10.102.
    assert quick.lag_years == pytest.approx(5 - 0.10 / 0.98 * 99)


def test_own_lag_is_measured_against_the_province() -> None:
    lag = np.array([[[[4.0], [1.0], [np.nan]]]])
    found = own_lag(lag, np.array([[[1.0, 2.0, 50.0]]]))
    assert found[0, 0, :, 0].tolist()[:2] == pytest.approx([2.0, -1.0])
    assert np.isnan(found[0, 0, 2, 0])


def test_frontier_is_what_the_best_quarter_of_output_attained() -> None:
    attained = np.array([0.1, 0.5, 0.3]).reshape(1, 3, 1, 1)
    output = np.array([0.5, 0.2, 0.3]).reshape(1, 3, 1, 1)
    assert frontier(attained, output).item() == 0.3
    assert frontier(attained, np.array([0.5, 0.25, 0.25]).reshape(1, 3, 1, 1)).item() == 0.5


def test_small_cells_and_few_firms_are_left_out() -> None:
    table = pd.concat(
        [
            cell("Hebei", falling(0.01)),
            cell("Tibet", falling(0.01), output=0.09),
            cell("Hainan", falling(0.01), firms=2.0),
        ]
    )
    assert lags(table)["province"].unique().tolist() == ["Hebei"]


def test_power_counts_no_electricity_twice() -> None:
    power = cell("Hebei", falling(0.01), sector="POW").assign(co2_electricity_mt=lambda t: 7.0 * (t["year"] - 2000))
    assert lag_of(power, "Hebei", 2030).progress == pytest.approx(0.09 / 0.99)


def test_level_lag_tells_a_high_level_from_a_slow_pace() -> None:
    table = pd.concat([cell("Hebei", falling(0.04, 2.0)), cell("Henan", falling(0.01, 0.5))])
    found = lag_of(table, "Hebei", 2030)
    assert found.lag_years == pytest.approx(0.0, abs=1e-9)
    assert found.level_lag_years > 5


def test_years_given_twice_or_missing_are_refused() -> None:
    table = cell("Hebei", falling(0.01))
    with pytest.raises(ValueError, match="rows given"):
        lags(pd.concat([table, table.head(1)]))
    with pytest.raises(ValueError, match="firms"):
        lags(table.drop(columns="firms"))
    with pytest.raises(ValueError, match="frontier"):
        lags(table, "best")


paths = st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12)


@given(paths)
def test_progress_never_falls_back(levels: list[float]) -> None:
    found = best_progress(np.array([[1.0, *levels]]))
    assert (np.diff(found) >= 0).all()
    assert (found >= 0).all()


@given(st.lists(st.floats(0.001, 0.05), min_size=30, max_size=30), st.integers(0, 8))
def test_a_path_that_comes_n_years_later_lags_n_years(steps: list[float], late: int) -> None:
    reference = np.concatenate([[0.0], np.cumsum(steps)])
    own = np.concatenate([np.zeros(late), reference])[: reference.size]
    years = 2021.0 + np.arange(reference.size)
    lag, censored = years_behind(reference[None, None], own[None, None, None], years)
    assert lag[0, 0, 0, late + 1 :] == pytest.approx(late, abs=1e-6)
    assert not censored[0, 0, 0, late + 1 :].any()
    assert np.isnan(lag[0, 0, 0, 0])


def ensemble(levels: list[float], year: int = 2035) -> pd.DataFrame:
    """Lags of one cell by member."""
    return pd.DataFrame({"member": range(len(levels)), "lag_years": levels}).assign(
        province="Hebei", sector="STL", year=year, own_lag_years=1.0, level_lag_years=2.0, censored=False, co2_mt=3.0
    )


@pytest.mark.parametrize(
    ("levels", "robust"),
    [
        ([6.0] * 8 + [0.0] * 2, True),
        ([6.0] * 7 + [0.0] * 3, False),  # the median is long, but only 70 % lag
        ([4.9] * 10, False),
        ([5.0] * 10, True),
        ([6.0] * 5, True),  # 2 x 0.5^5 = 6 % of medians lie outside the range of five, 12.5 % outside that of four
        ([6.0] * 4, False),
    ],
)
def test_robustly_lagging_needs_a_long_median_and_most_members(levels: list[float], robust: bool) -> None:
    row = lagging_cells(ensemble(levels), 2035).iloc[0]
    assert row["robust"] == robust
    assert row["share_lagging"] == np.mean(np.array(levels) >= 2)


def test_an_unknown_year_is_refused() -> None:
    with pytest.raises(ValueError, match="2036"):
        lagging_cells(ensemble([1.0]), 2036)


def test_intervals_of_median_and_share() -> None:
    assert median_interval(np.arange(1.0, 11.0)) == (2.0, 9.0)
    assert median_interval(np.array([1.0, 2.0])) == (1.0, 2.0)
    assert share_interval(8, 10) == pytest.approx((0.541, 0.931), abs=1e-3)
    assert share_interval(0, 10)[0] == 0.0
