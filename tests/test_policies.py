"""Policy signals: interpolation, scope, the fixed order of composition, announcements. Numbers are worked by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from simulator.errors import ConfigError
from simulator.names import load_names
from simulator.policies import KINDS, Signal
from simulator.signal_table import SignalsOfYear, resolve
from simulator.signals import BaseSignal, at_year, dump, expected_at, variable_of

NAMES = load_names()
ADAPTER = TypeAdapter(Signal)
PRICE, ADDER = "carbon_price_cny_per_tco2", "carbon_price_adder_cny_per_tco2"
BEIJING, XINJIANG = NAMES.provinces.index("Beijing"), NAMES.provinces.index("Xinjiang")
STEEL = NAMES.sectors.index("STL")


def signal(variable, schedule, **rest) -> BaseSignal:
    return ADAPTER.validate_python({"variable": variable, "schedule": schedule, **rest})


def table(first=2020, last=2060, **signals):
    return resolve(signals, NAMES, first, last)


def test_linear_between_years_constant_after_nothing_before():
    one = signal(PRICE, {2022: 50, 2026: 90})
    assert math.isnan(at_year(one, 2021))
    assert [at_year(one, year) for year in (2022, 2023, 2026, 2050)] == [50, 60, 90, 90]
    assert table(a=one)[PRICE][:4].tolist() == [0, 0, 50, 60]


def test_a_step_holds_until_the_next_year():
    one = signal(PRICE, {2022: 50, 2026: 90}, step=True)
    assert [at_year(one, year) for year in (2022, 2025, 2026)] == [50, 50, 90]


def test_a_schedule_may_begin_before_the_first_simulated_year():
    assert table(a=signal(PRICE, {2010: 0, 2030: 200}))[PRICE][0] == 100


def test_a_line_comes_in_the_stated_years_only():
    one = signal("line_addition_gw", {2025: 8, 2030: 4}, scope={"origin": "Xinjiang", "destination": "Henan"})
    added = table(a=one)["line_addition_gw"]
    assert added.shape == (41, 31, 31)
    assert added.sum() == 12
    assert added[5, XINJIANG, NAMES.provinces.index("Henan")] == 8
    assert added[5, NAMES.provinces.index("Henan"), XINJIANG] == 0


def test_order_is_set_mul_add_floor_ceil_whatever_the_order_of_the_signals():
    signals = {
        "ceil": signal(PRICE, {2020: 250}, op="ceil"),
        "floor": signal(PRICE, {2020: 130}, op="floor"),
        "add": signal(PRICE, {2020: 10}, op="add"),
        "mul": signal(PRICE, {2020: 2}, op="mul"),
        "set": signal(PRICE, {2020: 50, 2030: 150}),
    }
    expected = [130, 130, 150, 170, 190, 210, 230, 250, 250]  # 2 x (50, 60, 70 ...) + 10, then 130 to 250
    assert table(**signals)[PRICE][: len(expected)].tolist() == expected
    backwards = dict(reversed(signals.items()))
    assert np.array_equal(table(**signals)[PRICE], table(**backwards)[PRICE])


def test_scope_reaches_only_what_it_names():
    one = signal(ADDER, {2025: 30}, scope={"provinces": ["Beijing"], "sectors": ["STL"]})
    adder = table(a=one)[ADDER]
    assert adder.shape == (41, 31, 12)
    assert adder[5, BEIJING, STEEL] == 30
    assert adder[5].sum() == 30
    assert adder[4].sum() == 0


def test_a_route_can_be_named_with_its_sector_or_through_the_sectors_scope():
    both = [("POW", "coal_ccs"), ("CHM", "coal_ccs")]
    assert all(one in NAMES.routes for one in both)
    power = NAMES.routes.index(both[0])
    by_name = signal("capex_subsidy_share", {2025: 0.2}, scope={"routes": ["POW.coal_ccs"]})
    by_sector = signal("capex_subsidy_share", {2025: 0.2}, scope={"routes": ["coal_ccs"], "sectors": ["POW"]})
    for one in (by_name, by_sector):
        subsidy = table(a=one)["capex_subsidy_share"][5]
        assert np.count_nonzero(subsidy) == 31
        assert np.all(subsidy[:, power] == 0.2)


def test_a_variable_of_power_plants_leaves_other_routes_alone():
    payment = table(a=signal("capacity_payment_cny_per_kw_year", {2024: 100}))["capacity_payment_cny_per_kw_year"][4]
    power = np.array([sector == "POW" for sector, _ in NAMES.routes])
    assert np.all(payment[:, power] == 100)
    assert np.all(payment[:, ~power] == 0)


def test_two_sets_may_not_overlap_but_may_stand_side_by_side():
    beijing = signal(ADDER, {2025: 30}, scope={"provinces": ["Beijing"]})
    xinjiang = signal(ADDER, {2025: 10}, scope={"provinces": ["Xinjiang"]})
    everywhere = signal(ADDER, {2050: 10})
    adder = table(a=beijing, b=xinjiang)[ADDER][5, :, STEEL]
    assert (adder[BEIJING], adder[XINJIANG], adder.sum()) == (30, 10, 40)
    with pytest.raises(ConfigError, match=r"signals\.b\.op = set: .* already set by a in the same place"):
        table(a=beijing, b=everywhere)


def test_without_signals_every_variable_has_its_default():
    values = table()
    for variable, kind in KINDS.items():
        assert values[variable].shape[0] == 41
        if not kind.default_path:
            assert np.all(values[variable] == kind.default)
    # contracted_share: 0.68 in 2021 and 0.3 in 2035 in parameters.csv, so 0.49 half-way
    assert values["contracted_share"][8] == pytest.approx(0.68 - 0.38 * 7 / 14)


def test_a_parameter_moves_the_default_path():
    moved = resolve({}, NAMES, 2020, 2060, {"coal_minimum_load_flexible": 0.2})["coal_minimum_load_share"]
    assert moved[0, BEIJING] == 0.4
    assert moved[5, BEIJING] == pytest.approx(0.3)
    assert moved[40, BEIJING] == 0.2


def test_what_is_announced_is_known_and_the_rest_is_not():
    values = table(
        base=signal(PRICE, {2021: 50, 2031: 150}),
        rise=signal(PRICE, {2030: 2}, op="mul", announced_year=2025),
        surprise=signal(PRICE, {2040: 100}, op="add"),
    )
    actual = values[PRICE]
    assert values.announced(PRICE, 2020).tolist() == [0] * 41
    known_2021 = values.announced(PRICE, 2021)
    assert (known_2021[10], known_2021[30]) == (140, 150)  # 2030, 2050
    known_2025 = values.announced(PRICE, 2025)
    assert (known_2025[10], known_2025[30]) == (280, 300)
    assert known_2025 is values.announced(PRICE, 2039)
    assert np.array_equal(values.announced(PRICE, 2040), actual)
    assert actual[30] == 400


@given(
    year=st.integers(2020, 2060),
    announced=st.integers(2000, 2030),
    ahead=st.none() | st.integers(0, 40),
    step=st.booleans(),
)
def test_the_present_is_always_known(year, announced, ahead, step):
    rest = {"announced_year": announced, "announced_ahead": ahead, "step": step}
    values = table(a=signal(PRICE, {2030: 40, 2050: 90}, **rest), b=signal(PRICE, {2035: 3}, op="mul"))
    assert values.announced(PRICE, year)[year - 2020] == values.at(PRICE, year)


@pytest.mark.parametrize(
    ("schedule", "rest", "through", "wanted"),
    [
        ({2022: 1, 2024: 0.96, 2030: 0.5}, {}, 2024, 0.92),
        ({2022: 1, 2024: 0.96, 2030: 0.5}, {"step": True}, 2024, 0.96),
        ({2022: 1, 2024: 0.96, 2030: 0.5}, {}, 2022, 1.0),
        ({2022: 1, 2024: 0.96}, {}, 2025, 0.96),
        ({2022: 1, 2026: 0.9}, {}, 2026, 0.9),
        ({2030: 1, 2031: 0.9}, {}, 2024, math.nan),
    ],
    ids=["a path", "a step", "its first year", "after its last year", "known", "not yet known"],
)
def test_what_is_expected_of_2026_by_hand(schedule, rest, through, wanted):
    one = signal("benchmark_multiplier", schedule, **rest)
    assert expected_at(one, 2026, through) == pytest.approx(wanted, nan_ok=True)


def test_a_line_that_is_not_known_yet_is_not_expected():
    one = signal("line_addition_gw", {2025: 8}, scope={"origin": "Xinjiang", "destination": "Henan"})
    assert expected_at(one, 2025, 2025) == 8
    assert math.isnan(expected_at(one, 2025, 2024))


def test_what_is_published_late_is_known_in_its_year_and_not_before():
    """A cut of a tenth in 2026, after 1 % a year: till then 0.01 a year is expected to go on, then 0.1 a year."""
    rest = {"schedule": {2022: 1, 2025: 0.97, 2026: 0.87, 2028: 0.85}, "announced_ahead": 0}
    values = table(a=signal("benchmark_multiplier", **rest))

    def expected(year):
        return values.announced("benchmark_multiplier", year)[2 : 2028 - 2020 + 1, STEEL]

    assert values.announced("benchmark_multiplier", 2021).tolist() == np.ones((41, 12)).tolist()
    assert expected(2022) == pytest.approx([1, 1, 1, 1, 1, 1, 1])
    assert expected(2024) == pytest.approx([1, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94])
    assert expected(2025) == pytest.approx([1, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94])
    assert expected(2026) == pytest.approx([1, 0.99, 0.98, 0.97, 0.87, 0.77, 0.67])
    assert expected(2027) == pytest.approx([1, 0.99, 0.98, 0.97, 0.87, 0.86, 0.85])


def test_a_few_years_ahead_are_known_from_the_announcement_on():
    """Announced in 2025 for two years ahead: in 2026 the fall of 2029 is not known, in 2027 it is."""
    values = table(
        a=signal("carbon_cap_multiplier", {2027: 1, 2028: 0.9, 2029: 0.5}, announced_year=2025, announced_ahead=2)
    )

    def expected(year):
        return values.announced("carbon_cap_multiplier", year)[7:11, STEEL]

    assert expected(2024).tolist() == [1, 1, 1, 1]
    assert expected(2025) == pytest.approx([1, 1, 1, 1])
    assert expected(2026) == pytest.approx([1, 0.9, 0.8, 0.7])
    assert expected(2027) == pytest.approx([1, 0.9, 0.5, 0.1])
    assert expected(2028) == pytest.approx([1, 0.9, 0.5, 0.5])


def test_what_is_expected_to_go_on_ends_where_the_variable_does():
    values = table(a=signal("output_linkage", {2027: 1, 2029: 0.2}, announced_ahead=0))
    assert values.announced("output_linkage", 2029)[8:13, STEEL] == pytest.approx([0.6, 0.2, 0, 0, 0])


@given(
    year=st.integers(2020, 2060),
    schedule=st.dictionaries(st.integers(2010, 2070), st.floats(0, 1), min_size=1, max_size=5),
    step=st.booleans(),
)
def test_who_is_told_all_years_ahead_knows_what_will_happen(year, schedule, step):
    told = signal("output_linkage", schedule, step=step, announced_year=2000, announced_ahead=100)
    whole = signal("output_linkage", schedule, step=step, announced_year=2000)
    for one in (told, whole):
        values = resolve({"a": one}, NAMES, 2020, 2060)
        assert values.announced("output_linkage", year).tobytes() == values["output_linkage"].tobytes()


def test_arrays_are_read_only():
    values = table(a=signal(PRICE, {2025: 30}))
    for array in (values[PRICE], values["output_linkage"], values.announced(PRICE, 2030)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("variable", KINDS)
def test_every_variable_states_unit_range_default_and_meaning(variable):
    kind = KINDS[variable]
    low, high = kind.allowed
    assert kind.unit
    assert kind.__doc__
    assert variable_of(kind) == variable
    assert low <= kind.default <= high
    assert set(kind.axes) <= {"province", "sector", "route", "carrier", "origin", "destination"}


@given(
    st.dictionaries(st.integers(2020, 2060), st.floats(0, 1), min_size=1, max_size=6),
    st.booleans(),
    st.integers(2020, 2060),
)
def test_a_path_stays_between_its_values(schedule, step, year):
    value = at_year(signal("output_linkage", schedule, step=step), year)
    lowest, highest = min(schedule.values()), max(schedule.values())
    assert math.isnan(value) or lowest - 1e-12 <= value <= highest + 1e-12


def test_a_signal_dumps_only_what_was_stated():
    stated = {"variable": PRICE, "schedule": {2025: 30.0}, "op": "mul"}
    assert dump(ADAPTER.validate_python(stated)) == stated


def test_the_year_s_values_stand_in_arrays_that_last():
    """A path, a step and a signal of one province, year by year; nobody may write to what a policy says."""
    values = table(
        price=signal(PRICE, {2025: 30, 2035: 80}),
        adder=signal(ADDER, {2030: 10}, scope={"provinces": ["Beijing"]}),
        step=signal("output_linkage", {2024: 0.5, 2040: 0.2}, step=True),
    )
    now = SignalsOfYear(values)
    lasting = dict(now.arrays)
    for i in range(41):
        now.begin_year(i)
        for name, array in now.arrays.items():
            assert array is lasting[name]
            assert np.array_equal(array, values[name][i])
    assert values.changes[4] == ("output_linkage", "coal_minimum_load_share", "contracted_share")
    with pytest.raises(ValueError, match="read-only"):
        now.arrays[ADDER][0] = 1.0
