"""What is known of scarcity ahead: growth, shortage and price by hand, beside a second reckoning, and in the model."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.allowance_outlook import Scarcity, announced_allowances, look_ahead, shortage, yearly_factor
from simulator.config import load_config
from simulator.model import TransitionModel

POWER, CHEMICALS = 0, 4
MOST = 0.15


# --- growth -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "most", "wanted"),
    [
        ([0.0, 50.0, 80.0, 72.0], 1.0, 1.2),
        ([0.0, 50.0, 80.0, 72.0], 0.1, math.exp(0.1)),
        ([100.0, 50.0], 0.1, math.exp(-0.1)),
        ([0.0, 0.0, 50.0], 1.0, 1.0),
        ([20.0, 0.0, 50.0, 60.0], 1.0, 1.2),
    ],
    ids=["since it began", "at most", "at least", "its first year", "since it began again"],
)
def test_growth_by_hand(series, most, wanted):
    assert yearly_factor(np.array(series), most) == pytest.approx(wanted)


# --- shortage -----------------------------------------------------------------------------------------------------


def record_of(emitted, by_output):
    """One sector's record [years, 1, 2]."""
    return np.stack((np.array(emitted), np.array(by_output)), axis=-1)[:, None, :]


def test_shortage_by_hand():
    """100 Mt a year; 0.9 and then 0.8 of a base of 100; 10 in the bank."""
    issued = np.array([[[0.0, 0.9]], [[0.0, 0.8]]])
    assert shortage(record_of([100.0], [0.0]), np.array([100.0]), 10.0, issued, MOST) == pytest.approx(0.1)


def test_emissions_and_benchmarks_go_on_as_of_late():
    """100 grew to 110, so 121 and 133.1 follow; benchmarks gave 100 and 100, of which 0.95 and 0.9 are left.

    (254.1 - 185 - 0) / 254.1.
    """
    issued = np.array([[[0.95, 0.0]], [[0.9, 0.0]]])
    found = shortage(record_of([100.0, 110.0], [100.0, 100.0]), np.array([100.0]), 0.0, issued, MOST)
    assert found == pytest.approx(69.1 / 254.1)


def test_who_has_no_record_expects_no_shortage():
    issued = np.full((3, 1, 2), 0.4)
    assert shortage(np.zeros((0, 1, 2)), np.zeros(1), 0.0, issued, MOST) == 0.0
    assert shortage(record_of([0.0], [0.0]), np.zeros(1), 5.0, issued, MOST) == 0.0


@st.composite
def markets(draw):
    """Up to six years of up to four sectors, one of which may enter late."""
    luck = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    years, sectors, ahead = draw(st.integers(1, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 8))
    record = luck.uniform(50.0, 150.0, (years, sectors, 2))
    record[: draw(st.integers(0, years)), 0] = 0.0
    return (
        record,
        luck.uniform(50.0, 150.0, sectors),
        luck.uniform(0.0, 90.0),
        luck.uniform(0.0, 1.0, (ahead, sectors, 2)),
    )


def reckoned(record, base, bank, issued):
    """The shortage, year by year and sector by sector, from its equation."""
    emitted, given = 0.0, 0.0
    for sector in np.flatnonzero(record[-1, :, 0] > 0.0):
        growth = []
        for series in record[:, sector].T:
            begun = np.flatnonzero(series == 0.0)
            lived = series[begun[-1] + 1 if begun.size else 0 :]
            steps = lived.size - 1
            growth.append(np.clip(np.log(lived[-1] / lived[0]) / steps, -MOST, MOST) if steps else 0.0)
        n = np.arange(1, issued.shape[0] + 1)
        emitted += (record[-1, sector, 0] * np.exp(growth[0] * n)).sum()
        given += (issued[:, sector, 0] * record[-1, sector, 1] * np.exp(growth[1] * n)).sum()
        given += base[sector] * issued[:, sector, 1].sum()
    return (emitted - given - bank) / emitted if emitted > 0.0 else 0.0


@given(markets())
def test_shortage_beside_a_second_reckoning(drawn):
    assert shortage(*drawn, MOST) == pytest.approx(reckoned(*drawn), rel=1e-9, abs=1e-12)


@given(markets(), st.floats(0.0, 1.0), st.floats(0.0, 50.0))
def test_tighter_caps_never_ease_a_market_and_a_bank_never_tightens_it(drawn, part, more):
    record, base, bank, issued = drawn
    found = shortage(record, base, bank, issued, MOST)
    assert shortage(record, base, bank, part * issued, MOST) >= found
    assert shortage(record, base, bank + more, issued, MOST) <= found


def test_prices_ahead_by_hand():
    """A tenth short at 3,000 CNY per unit share adds 300 to 60; the second market has no record and keeps its price."""
    record, members, ahead = np.zeros((2, 2, 1, 2)), np.zeros((2, 1, 3)), np.zeros(2)
    record[0, 0, 0, 0] = members[0, 0, 2] = 100.0
    issued = np.array([np.zeros((2, 1, 2)), [[[0.0, 0.9]], [[0.0, 0.8]]]])
    look_ahead(Scarcity(ahead, members, record, issued, 3000.0, MOST), 1, np.array([60.0, 25.0]), np.array([10.0, 0.0]))
    assert ahead.tolist() == pytest.approx([360.0, 25.0])


# --- what is announced ----------------------------------------------------------------------------------------------


def allowances(signals, horizon=5):
    config = load_config("baseline", {"signals": signals})
    return announced_allowances(config.table, tuple(config.years), horizon)


def test_allowances_announced_by_hand():
    """Baseline, power in 2030: linkage 0.625, benchmarks 0.9326, cap 0.97; auctions bring what is not free."""
    found = allowances({})[10, 0, POWER]
    assert found == pytest.approx([0.625 * (1.0 - 0.32 * 8 / 38), 0.375 * (1.0 - 0.08 * 3 / 8)])


def test_after_the_last_year_allowances_stay():
    found = allowances({})
    assert (found[40] == found[40, :1]).all()
    assert (found[38, 2:] == found[40, 0]).all()


def test_a_cap_is_not_known_before_it_is_announced():
    tighter = {"variable": "carbon_cap_multiplier", "op": "mul", "schedule": {2030: 1.0, 2031: 0.5}}
    usual, known = allowances({}), allowances({"tighter": {**tighter, "announced_year": 2028}})
    changed = (usual != known).any(axis=(2, 3))
    assert not changed[:8].any()
    assert changed[8].tolist() == [False, False, False, True, True, True]


def test_a_yearly_benchmark_is_known_in_its_year_and_its_last_change_goes_on():
    """Power: 2022 brings no cut, so none is expected; that of 2023, 0.32 / 38, is expected in every year after it."""
    found, cut = allowances({})[:, :, POWER, 0], 0.32 / 38
    assert found[1].tolist() == found[2].tolist() == [1.0] * 6
    assert found[3] == pytest.approx([1.0 - n * cut for n in range(1, 7)])
    assert found[4] == pytest.approx([1.0 - n * cut for n in range(2, 8)])


def test_caps_of_2027_are_expected_from_2025_on():
    """In 2024 benchmarks alone, to 2029; in 2025 linkage falls by 1/8 a year from 2028, and the cap by 0.01."""
    found = allowances({})[:, :, POWER, 1]
    assert not found[:5].any()
    assert found[5] == pytest.approx([0.0, 0.0, 0.0, 0.99 / 8, 0.98 * 2 / 8, 0.97 * 3 / 8])


def test_a_cut_of_benchmarks_is_a_surprise_in_its_year():
    """3 % less in 2026 than in 2025 beside 1 % a year: expectations until 2025 stay, later ones go on from it."""
    usual = {"variable": "benchmark_multiplier", "announced_ahead": 0}
    before = allowances({"benchmarks": {**usual, "schedule": {2022: 1.0, 2028: 0.94}}})
    after = allowances({"benchmarks": {**usual, "schedule": {2022: 1.0, 2025: 0.97, 2026: 0.94}}})
    assert (before[:6] == after[:6]).all()
    assert before[6, :3, POWER, 0] == pytest.approx([0.96, 0.95, 0.875 * 0.94])
    assert after[6, :3, POWER, 0] == pytest.approx([0.94, 0.91, 0.875 * 0.88])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.5, 1.5), min_size=1, max_size=12), st.integers(0, 4))
def test_yearly_benchmarks_beside_a_second_reckoning(values, ahead):
    """Known: those of this year and some more; later ones go on by the last change, or stay after the first value."""
    begun = {2022 + n: value for n, value in enumerate(values)}
    benchmarks = {"variable": "benchmark_multiplier", "schedule": begun, "announced_ahead": ahead}
    linked = {"variable": "output_linkage", "schedule": {2020: 1.0}}
    found = allowances({"benchmarks": benchmarks, "output_linkage": linked})[:, :, POWER, 0]
    path = np.array([1.0, 1.0, *values, *[values[-1]] * 39])[:41]
    for now in range(41):
        last = min(now + ahead, 40)
        change = path[last] - path[last - 1] if last > 2 else 0.0
        years = np.minimum(now + np.arange(6), 40)
        wanted = np.where(years <= last, path[years], np.clip(path[last] + change * (years - last), 0.0, 2.0))
        assert found[now] == pytest.approx(wanted if now >= 2 else np.ones(6))


def test_what_is_neither_free_nor_auctioned_is_not_issued():
    half = {"half": {"variable": "auction_share", "schedule": {2020: 0.5}}}
    free = load_config("baseline").table["free_allocation_share"][20, POWER]
    assert allowances(half)[20, 0, POWER] == pytest.approx((free + 0.5 * (1.0 - free)) * allowances({})[20, 0, POWER])


# --- in the model ---------------------------------------------------------------------------------------------------


def price_in_2029(announced, **more):
    tighter = {"variable": "carbon_cap_multiplier", "op": "mul", "schedule": {2030: 1.0, 2031: 0.8}}
    overrides = {
        "simulation": {"firms": 600, "end": 2036},
        "signals": {"tighter": {**tighter, "announced_year": announced}},
    }
    model = TransitionModel("baseline", overrides={**overrides, **more})
    for _ in range(10):
        model.step()
    return model.tables()["national"].carbon_price_cny_per_tco2.iloc[-1]


def test_a_cap_that_is_announced_raises_the_price_before_it_binds():
    assert price_in_2029(2028) > price_in_2029(2030)


def test_who_ignores_announcements_learns_of_a_cap_when_it_binds():
    ignored = {"firms": {"announcements": "ignored"}}
    assert price_in_2029(2028, **ignored) == price_in_2029(2030, **ignored)


def prices(benchmarks, years):
    """Of the national market in the years from 2021 on."""
    signals = {"benchmarks": {"variable": "benchmark_multiplier", **benchmarks}}
    overrides = {"simulation": {"firms": 600, "end": 2036}, "signals": signals}
    model = TransitionModel("baseline", overrides=overrides)
    for _ in range(years + 1):
        model.step()
    return model.tables()["national"].carbon_price_cny_per_tco2.to_numpy()[1:]


def test_who_is_told_all_years_ahead_lives_as_who_was_told_at_once():
    path = {"schedule": {2022: 1.0, 2026: 0.9}, "announced_year": 2021}
    assert prices({**path, "announced_ahead": 50}, 8).tobytes() == prices(path, 8).tobytes()


def test_benchmarks_move_the_price_when_they_are_known():
    """A cut in 2025 is expected from 2022 on, or raises the price in 2025 and not before."""
    path = {"schedule": {2022: 1.0, 2024: 1.0, 2025: 0.95}}
    never, late, early = (
        prices({"schedule": {2022: 1.0}}, 5),
        prices({**path, "announced_ahead": 0}, 5),
        prices(path, 5),
    )
    assert late[:4].tobytes() == never[:4].tobytes()
    assert late[4] > never[4]
    assert (early[1:4] > never[1:4]).all()
