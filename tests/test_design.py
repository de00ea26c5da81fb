"""The table of members: what is drawn, in which ranges, how members pair, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from simulator.config import load_config
from simulator.design import design_of, latin_hypercube, member_count, member_seed, members_of, sobol
from simulator.ensemble import suffix_of
from simulator.errors import ConfigError
from simulator.marginals import quantile
from simulator.names import ParameterRange, load_names
from simulator.ranges import sampled_ranges


def scenario(name="baseline", **ensemble):
    return load_config(name, {"ensemble": ensemble})


def columns(table):
    return [one for one in table.columns if one.startswith("parameter_")]


def test_without_sampling_members_differ_by_the_seed_alone():
    table = design_of(scenario(members=5))
    assert list(table.columns) == ["member", "set", "replicate", "seed"]
    assert table["set"].tolist() == [0] * 5
    assert table.seed.tolist() == [member_seed(1, member) for member in range(5)]


@pytest.mark.parametrize("sampling", ["latin_hypercube", "sobol"])
def test_sets_of_parameters_lie_outside_seeds(sampling):
    table = design_of(scenario(members=12, seeds_per_set=3, sampling=sampling))
    assert table["set"].tolist() == sorted([*range(4)] * 3)
    assert table.seed.nunique() == 12
    assert len(table[["set", *columns(table)]].drop_duplicates()) == 4
    known = load_names().parameters
    assert len(columns(table)) == sum(row.varies for row in known.values())
    for name in columns(table):
        row = known[name.removeprefix("parameter_")]
        assert row.low <= table[name].min() < table[name].max() <= row.high


def test_a_latin_hypercube_has_one_point_in_each_stratum():
    places = latin_hypercube(7, ["payback_mean", "imitation_weight"], 50)
    assert (np.sort((places * 50).astype(int), axis=0) == np.arange(50)[:, None]).all()
    assert abs(np.corrcoef(places.T)[0, 1]) < 0.5


def test_a_sobol_sequence_goes_on_where_a_shorter_one_ended():
    names = ["payback_mean", "imitation_weight"]
    np.testing.assert_array_equal(sobol(7, names, 64)[:20], sobol(7, names, 20))
    assert not np.array_equal(sobol(7, names, 20), sobol(8, names, 20))
    # A scrambled net: every sixteenth of the first 16 points holds one.
    assert (np.sort((sobol(7, names, 16) * 16).astype(int), axis=0) == np.arange(16)[:, None]).all()


@pytest.mark.parametrize("sampling", ["latin_hypercube", "sobol"])
def test_leaving_a_parameter_out_changes_no_other(sampling):
    every = design_of(scenario(members=8, sampling=sampling))
    some = design_of(
        scenario(members=8, sampling=sampling, sampled=["hurdle_*", "payback_mean"], kept=["hurdle_rate_sd"])
    )
    assert "parameter_hurdle_rate_sd" not in some
    assert {"parameter_payback_mean", "parameter_hurdle_rate_state"} <= set(some.columns)
    pd.testing.assert_frame_equal(some, every[some.columns], check_exact=True)


def test_scenarios_share_the_table_and_what_one_sets_is_its_own():
    base = design_of(scenario("baseline", members=8, sampling="latin_hypercube"))
    other = design_of(scenario("coal_lock_in", members=8, sampling="latin_hypercube"))
    own = ["parameter_" + name for name in load_config("coal_lock_in").parameters]
    shared = [name for name in base if name in other and name not in own]
    assert len(shared) > 100
    pd.testing.assert_frame_equal(base[shared], other[shared], check_exact=True)
    config = load_config("baseline", {"parameters": {"payback_mean": 2.5}, "ensemble": {"sampling": "sobol"}})
    assert "payback_mean" not in sampled_ranges(config)
    assert (design_of(config)["parameter_payback_mean"] == 2.5).all()


def test_a_sweep_repeats_the_table_for_each_combination():
    table = design_of(
        scenario(
            members=4,
            sampling="latin_hypercube",
            sweep={"power.market": ["bilateral", "unified"], "payback_mean": [2.0, 3.0]},
        )
    )
    assert len(table) == 16
    assert table.member.tolist() == list(range(16))
    groups = table.groupby(["config_power.market", "parameter_payback_mean"], sort=False)
    assert [key for key, _ in groups] == [("bilateral", 2.0), ("bilateral", 3.0), ("unified", 2.0), ("unified", 3.0)]
    alike = ["set", "replicate", "seed", "parameter_imitation_weight"]
    first = table.iloc[:4][alike].to_numpy()
    assert all((part[alike].to_numpy() == first).all() for _, part in groups)
    member = list(members_of(table))[9]
    assert (member.number, member.switches, member.parameters["payback_mean"]) == (9, {"power.market": "unified"}, 2.0)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_given_table_is_taken_as_it_is(suffix, tmp_path):
    path, given = (
        tmp_path / f"sets.{suffix}",
        pd.DataFrame({"payback_mean": [2.0, 3.5], "imitation_weight": [0.0, 1.0]}),
    )
    given.to_csv(path, index=False) if suffix == "csv" else given.to_parquet(path)
    table = design_of(scenario(sampling="table", table=str(path), seeds_per_set=2))
    assert table["parameter_payback_mean"].tolist() == [2.0, 2.0, 3.5, 3.5]
    assert table["parameter_imitation_weight"].tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_run_folder_is_named_by_its_true_number_of_members(tmp_path):
    pd.DataFrame({"payback_mean": [2.0, 3.0, 3.5]}).to_csv(tmp_path / "sets.csv", index=False)
    given = {"sampling": "table", "table": str(tmp_path / "sets.csv"), "seeds_per_set": 2}
    sweep = {"power.market": ["bilateral", "unified"]}
    for design, suffix in [
        ({"members": 4}, "members4"),
        ({"members": 4, "sampling": "sobol", "seeds_per_set": 2}, "members4-sobol"),
        (given, "members6-table"),
        ({**given, "sweep": sweep}, "members12-table"),
    ]:
        assert suffix_of(scenario(**design), "") == suffix
        assert member_count(scenario(**design)) == len(design_of(scenario(**design)))


ROW = {"value": 1.0, "low": 0.0, "high": 4.0, "unit": "1"}


@pytest.mark.parametrize(
    ("distribution", "row", "place", "value"),
    [
        ("triangular", ROW, 0.25, 1.0),  # area left of the mode: (1 - 0) / (4 - 0)
        ("triangular", ROW, 0.8125, 4.0 - np.sqrt(0.1875 * 4.0 * 3.0)),
        ("uniform", ROW, 0.25, 1.0),
        ("log_triangular", {**ROW, "low": 0.25}, 0.5, 1.0),
        ("normal", {**ROW, "low": -3.0, "high": 5.0}, 0.5, 1.0),
        # Two standard deviations (of 2) make up 0.9545 of the normal: the upper of 0.8413 + ... is one above the mean.
        ("normal", {**ROW, "low": -3.0, "high": 5.0}, 0.5 + 0.341345 / 0.954500, 3.0),
    ],
)
def test_values_at_places(distribution, row, place, value):
    assert quantile(ParameterRange(**row, distribution=distribution), np.array([place]))[0] == pytest.approx(
        value, abs=1e-4
    )


@pytest.mark.parametrize("distribution", ["triangular", "log_triangular", "uniform", "normal"])
def test_values_rise_with_the_place_and_stay_in_the_range(distribution):
    row = ParameterRange(0.3, 0.1, 0.7, "1", distribution)
    values = quantile(row, np.linspace(1e-12, 1 - 1e-12, 1001))
    assert (np.diff(values) > 0).all()
    assert values[0] >= 0.1
    assert values[-1] <= 0.7


@pytest.mark.parametrize(
    ("ensemble", "told"),
    [
        ({"members": 10, "seeds_per_set": 4, "sampling": "sobol"}, "ensemble.members = 10: not a multiple"),
        ({"members": 8, "seeds_per_set": 2}, "4 sets would be equal"),
        ({"sampling": "sobol", "sampled": ["paybak_mean"]}, "did you mean payback_mean?"),
        ({"sampling": "sobol", "sampled": ["build_years_coal"]}, "has no range in parameters.csv"),
        ({"sweep": {"power.market": ["bilateral", "free"]}}, "power.market = free: not one of them"),
        ({"sweep": {"power.markt": ["unified"]}}, "did you mean market?"),
        ({"sweep": {"payback_mean": [2.0, 30.0]}}, "parameters.payback_mean = 30.0: outside the range"),
        ({"sweep": {"signals.x": [1]}}, "cannot be swept"),
        ({"sampling": "table", "table": "nowhere.csv"}, "ensemble.table = nowhere.csv"),
        ({"sampling": "table"}, "ensemble.table is missing"),
        ({"table": "sets.csv"}, "is not read with sampling = none"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(ensemble, told):
    with pytest.raises(ConfigError) as caught:
        design_of(scenario(**ensemble))
    assert len(caught.value.lines) == 1
    assert told in caught.value.lines[0]


def test_a_given_table_is_checked_row_by_row(tmp_path):
    path = tmp_path / "sets.csv"
    pd.DataFrame({"payback_mean": [2.0, 99.0], "unknown_thing": [1, 2]}).to_csv(path, index=False)
    with pytest.raises(ConfigError) as caught:
        design_of(scenario(sampling="table", table=str(path)))
    assert "payback_mean = 99.0 in row 1; allowed: 2 to 5" in caught.value.lines[0]
    assert "column unknown_thing is no parameter" in caught.value.lines[1]
