"""Split of variance and convergence, against numbers worked by hand and against known distributions."""

import numpy as np
import pandas as pd
import pytest

from simulator.analysis.run_tables import RunTables
from simulator.analysis.spread import sets_of, settled, shares
from simulator.analysis.variance import (
    convergence,
    effective_members,
    interaction,
    interval,
    split_variance,
    without_rounding,
)
from simulator.commands_ensemble import _quantile_columns, _share_columns


def test_split_worked_by_hand():
    split = split_variance(np.array([[[1.0, 3.0], [5.0, 7.0]]]))
    # Inside sets (1, 3), (5, 7): variance 2. Means 2 and 6: variance 8, of which chance leaves 2 / 2.
    assert split == (0.0, 7.0, 2.0)
    # A second scenario ten higher: means 4 and 14, each 5 from their mean.
    both = split_variance(np.array([[[1.0, 3.0], [5.0, 7.0]], [[11.0, 13.0], [15.0, 17.0]]]))
    assert both == (25.0, 7.0, 2.0)
    assert both.shares == pytest.approx((25 / 34, 7 / 34, 2 / 34))


def test_interaction_worked_by_hand():
    both = np.array([[[1.0, 3.0], [5.0, 7.0]], [[11.0, 13.0], [19.0, 21.0]]])
    assert split_variance(both).parameter == pytest.approx(19.0)
    assert interaction(both) == pytest.approx(2.0)
    # What is common to both: sets 7 and 13 on the average, (6, 8) and (12, 14) inside; 18 - 2 / 2.
    assert split_variance(both.mean(axis=0, keepdims=True)).parameter == pytest.approx(17.0)
    assert interaction(both[:1]) == 0.0


def test_effects_that_are_the_same_for_all_do_not_interact():
    rng = np.random.default_rng(9)
    sample = rng.normal(0, 3, (1, 300, 1)) + rng.normal(0, 2, (1, 300, 4)) + np.array([0.0, 6.0, 9.0])[:, None, None]
    assert interaction(sample) == pytest.approx(0.0, abs=1e-12)
    # Effects with a standard deviation of 1 around theirs, and noise of their own: variance 1 x (1 - 1 / 3).
    own = sample + rng.normal(0, 1, (3, 300, 1)) + rng.normal(0, 1, (3, 300, 4))
    assert interaction(own) == pytest.approx(2 / 3, rel=0.15)


def test_split_finds_the_variances_that_were_put_in():
    rng = np.random.default_rng(5)
    sets, seeds = 4000, 4
    sample = rng.normal(0, 3, (1, sets, 1)) + rng.normal(0, 2, (1, sets, seeds)) + np.zeros((2, 1, 1))
    sample[1] += 6.0
    split = split_variance(sample)
    assert split.scenario == pytest.approx(9.0, rel=0.01)
    assert split.parameter == pytest.approx(9.0, rel=0.06)
    assert split.seed == pytest.approx(4.0, rel=0.03)


def test_parameters_without_effect_have_a_share_around_zero():
    sample = np.random.default_rng(6).normal(size=(1, 500, 4))
    assert abs(split_variance(sample).shares[1]) < 0.05


def test_seeds_of_one_set_are_worth_less_than_other_sets():
    assert effective_members(np.arange(12.0).reshape(12, 1)) == 12
    # Seeds do nothing: four of them are worth one.
    same = np.repeat(np.arange(10.0), 4).reshape(10, 4)
    assert effective_members(same) == pytest.approx(10.0)


def test_interval_covers_the_quantile_nine_times_in_ten():
    rng, true = np.random.default_rng(7), -1.6449
    covered = [low <= true <= high for _, low, high in (interval(rng.normal(size=400), 0.05, 400) for _ in range(1000))]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.04)


def test_interval_worked_by_hand():
    # 0.5 -+ 1.6449 sqrt(0.25 / 100) = 0.4178 and 0.5822 of the values 0, 1 ... 1000.
    found, low, high = interval(np.arange(1001.0), 0.5, 100.0)
    assert (found, round(low), round(high)) == (500.0, 418, 582)


def test_intervals_narrow_with_members():
    sample = np.random.default_rng(8).normal(100, 10, (512, 2))
    table = convergence(sample)
    assert table.members.unique().tolist() == [128, 256, 512, 1024]
    median = table[table.share == 0.5].half_width.to_numpy()
    assert median[0] > 1.5 * median[-1]
    assert median[-1] == pytest.approx(1.6449 * 1.2533 * 10 / np.sqrt(1024) / 100, rel=0.3)
    assert bool(table.enough.iloc[-2]) == (median[-1] < 0.005)


def test_few_members_are_never_enough_for_a_far_quantile():
    # 0.95: 1.6449 sqrt(0.0475 / n) is below 0.05 from 52 members on.
    steady = np.full((64, 1), 100.0) + np.arange(64.0)[:, None] * 1e-3
    table = convergence(steady).set_index(["members", "share"]).enough
    assert table[8, 0.5] and not table[32, 0.95] and not table[32, 0.05] and table[64, 0.95]


def write_ensemble(folder, shift, replicates=2, steps=(0.0, 0.0, 0.0), hurdle=0.1, sets=3):
    """Members 0, 1 ... whose CO2 is their number, shifted for all and by the step of their set."""
    folder.mkdir()
    members = pd.DataFrame({"member": range(sets * replicates), "status": "done"})
    members["set"], members["replicate"] = members.member // replicates, members.member % replicates
    members["seed"] = 100 + members.member
    members["parameter_hurdle"] = hurdle * members["set"]
    members.to_parquet(folder / "members.parquet")
    national = pd.DataFrame({"member": members.member, "year": 2030, "co2_mt": shift + members.member * 1.0})
    national["co2_mt"] += np.array(steps)[members["set"]]
    national.to_parquet(folder / "national.parquet")
    return RunTables(folder)


def shares_of(*runs):
    return shares(runs, sets_of(runs))


def stop(run, *members):
    """Take away what members of a run gave, as of those that stopped."""
    path = run.folder / "national.parquet"
    national = pd.read_parquet(path)
    national[~national.member.isin(members)].to_parquet(path)
    return RunTables(run.folder)


def test_shares_of_runs_in_folders(tmp_path):
    table = shares_of(write_ensemble(tmp_path / "a", 0.0), write_ensemble(tmp_path / "b", 4.0))
    row = table[(table.outcome == "CO2 [Mt]") & (table.year == 2030)].iloc[0]
    # Values 0..5 in pairs: inside 0.5; means 0.5, 2.5, 4.5 with variance 4 less 0.25; scenarios 2 from their mean.
    total = 4.0 + 3.75 + 0.5
    assert (row.scenario, row.parameter, row.seed) == pytest.approx((4 / total, 3.75 / total, 0.5 / total))
    assert row.sd == pytest.approx(np.sqrt(total))


def test_shares_of_three_scenarios_on_one_table(tmp_path):
    """Means of sets: 0.5, 2.5, 4.5; 4.5, 6.5, 8.5; and 8.5, 12.5, 16.5, where the policy does twice as much."""
    runs = [write_ensemble(tmp_path / "a", 0.0), write_ensemble(tmp_path / "b", 4.0)]
    runs.append(write_ensemble(tmp_path / "c", 8.0, steps=(0.0, 2.0, 4.0)))
    table = shares_of(*runs)
    row = table[(table.outcome == "CO2 [Mt]") & (table.year == 2030)].iloc[0]
    scenario = np.var([2.5, 6.5, 12.5])
    parameter = (4.0 + 4.0 + 16.0) / 3.0 - 0.25
    total = scenario + parameter + 0.5
    assert (row.scenario, row.parameter, row.seed) == pytest.approx(np.array([scenario, parameter, 0.5]) / total)
    # Less the mean over scenarios sets are -2/3, 0, 2/3 around theirs in a and b, -4/3, 0, 4/3 in c; seeds are alike.
    assert row.interaction == pytest.approx((2 * 4 / 9 + 16 / 9) / 3 / total)


def test_a_set_of_which_a_member_stopped_is_left_out_of_all_runs(tmp_path):
    """Sets 0 and 1 are left: values 0, 1 and 2, 3, and those of the other run 4 higher."""
    one, other = write_ensemble(tmp_path / "a", 0.0), write_ensemble(tmp_path / "b", 4.0)
    other = stop(other, 5)
    sets = sets_of([one, other])
    assert sets.members.tolist() == [[0, 1], [2, 3]]
    assert sets.left_out == "left out, since a member stopped: 1 of 3 sets"
    row = shares([one, other], sets).set_index(["outcome", "year"]).loc[("CO2 [Mt]", 2030)]
    total = 4.0 + 1.75 + 0.5
    assert (row.scenario, row.parameter, row.seed) == pytest.approx((4 / total, 1.75 / total, 0.5 / total))
    assert settled(one, sets_of([one])).members.max() == 6
    assert settled(other, sets_of([other])).members.max() == 4
    with pytest.raises(ValueError, match="1 of 3 sets came through whole, with 2 seeds; allowed: at least 2 sets"):
        sets_of([stop(one, 0), other])


def test_a_single_set_loses_seeds(tmp_path):
    run = stop(write_ensemble(tmp_path / "a", 0.0, replicates=6, sets=1), 2)
    sets = sets_of([run])
    assert sets.members.tolist() == [[0, 1, 3, 4, 5]]
    assert sets.left_out == "left out, since a member stopped: 1 of 6 seeds"
    row = shares([run], sets).iloc[0]
    assert (row.parameter, row.seed) == (0.0, 1.0)
    with pytest.raises(ValueError, match=r"1 of 1 sets came through whole, with 1 seeds; allowed: .* 2 seeds"):
        sets_of([stop(run, 0, 1, 3, 4)])


def test_what_a_scenario_fixes_on_purpose_has_no_part_in_pairing(tmp_path):
    one, other = write_ensemble(tmp_path / "a", 0.0), write_ensemble(tmp_path / "b", 4.0, hurdle=0.0)
    (tmp_path / "b" / "config.yaml").write_text("parameters: {hurdle: 0.0}\n", encoding="utf-8")
    assert len(sets_of([one, other]).members) == 3


def test_runs_that_do_not_pair_are_refused(tmp_path):
    here = write_ensemble(tmp_path / "here", 0.0)
    with pytest.raises(ValueError, match="one seed per set"):
        sets_of([write_ensemble(tmp_path / "one", 0.0, replicates=1)])
    with pytest.raises(ValueError, match=r"hurdle of member 2 is 0.1 in .*here and 0.2 in .*there"):
        sets_of([here, write_ensemble(tmp_path / "there", 0.0, hurdle=0.2)])
    with pytest.raises(ValueError, match=r"hurdle of member 2 is 0.1 in .*here and 0.0 in .*three"):
        sets_of([here, write_ensemble(tmp_path / "three", 0.0, replicates=3)])
    with pytest.raises(ValueError, match=r"other sets than .*; allowed: the same seeds per set"):
        sets_of(
            [write_ensemble(tmp_path / name, 0.0, replicates=n, hurdle=0.0) for name, n in (("four", 4), ("five", 5))]
        )


def test_a_swept_run_is_refused(tmp_path):
    run = write_ensemble(tmp_path / "swept", 0.0)
    rows = pd.read_parquet(tmp_path / "swept" / "members.parquet")
    swept = pd.concat([rows, rows.assign(member=rows["member"] + len(rows))])
    swept.to_parquet(tmp_path / "swept" / "members.parquet")
    with pytest.raises(ValueError, match="is swept, and values that are chosen have no variance; allowed: an ensemble"):
        sets_of([RunTables(run.folder)])


def test_the_command_tells_shares_in_percent_and_quantiles_with_their_intervals():
    found = pd.DataFrame(
        [("CO2, all years [Gt]", 0, 2.88, 0.0, 0.913, 0.087, -1e-15)],
        columns=["outcome", "year", "sd", "scenario", "parameter", "seed", "interaction"],
    )
    assert {name: column[0] for name, column in _share_columns(found).items()} == {
        "outcome": "CO2, all years [Gt]",
        "year": "all",
        "sd": "2.88",
        "scenario, %": "0.0",
        "parameters, %": "91.3",
        "seeds, %": "8.7",
        "interaction, %": "0.0",
    }
    settled = pd.DataFrame(
        [
            ("CO2 2030 [Mt]", 128, 0.5, 10059.6, 9980.2, 10139.0, 0.0079, True, False),
            ("CO2 2030 [Mt]", 16, 0.95, 10059.6, 9980.2, 10139.0, 0.0079, False, False),
        ],
        columns=["outcome", "members", "share", "quantile", "low", "high", "half_width", "within", "enough"],
    )
    assert _quantile_columns(settled)["enough"] == ["", "too few"]
    row = {name: column[0] for name, column in _quantile_columns(settled).items()}
    assert row["value"] == "10,060"
    assert row["90 % interval"] == "9,980 to 10,139"
    assert (row["quantile"], row["half-width, %"], row["enough"]) == ("50 %", "0.8", "")


def test_what_rounding_leaves_of_nothing_has_no_spread():
    left = without_rounding(np.array([[1e-15, 3e-15], [0.0, -2e-15]]))
    assert split_variance(left[None]).shares == (0.0, 0.0, 0.0)
    assert without_rounding(np.array([1e-3, -1e-3])).tolist() == [1e-3, -1e-3]
