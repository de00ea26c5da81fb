"""Rank correlations of parameters with outcomes: by hand, against chance, and over run folders."""

import numpy as np
import pandas as pd
import pytest

from simulator.analysis.influence import (
    influences,
    inputs_of_sets,
    least_told,
    named_few,
    strongest,
    unit_ranks,
    without,
)
from simulator.analysis.run_tables import RunTables
from simulator.analysis.spread import sets_of
from simulator.commands_ensemble import _influence_columns, tell_influences

SETS, SEEDS = 40, 2


def test_rank_correlations_worked_by_hand():
    inputs = np.array([[1.0, 9.0, 5.0], [2.0, 7.0, 5.0], [3.0, 4.0, 5.0], [4.0, 1.0, 5.0]])
    # Ranks 1, 2, 4, 3: 1 - 6 x 2 / (4 x 15) = 0.8; the second input falls where the first rises; the third is constant.
    outcome = np.array([[10.0], [20.0], [1000.0], [30.0]])
    assert unit_ranks(inputs).T @ unit_ranks(outcome)[:, 0] == pytest.approx([0.8, -0.8, 0.0])


def test_what_is_left_beside_a_direction_worked_by_hand():
    # (3, 4) beside (1, 0) is (0, 4), of length one (0, 1); of (2, 0) nothing is left.
    found = without(np.array([[3.0, 2.0], [4.0, 0.0]]), np.array([1.0, 0.0]))
    assert found.T.tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_a_parameter_that_is_drawn_like_another_has_none_of_its_influence():
    """The shadow is drawn like the one that acts; told first, the one that acts leaves it nothing."""
    rng = np.random.default_rng(11)
    acts, other = rng.normal(size=(2, 128))
    inputs = pd.DataFrame({"acts": acts, "other": other, "shadow": acts + 0.7 * rng.normal(size=128)})
    outcome = acts + 0.5 * other + 0.1 * rng.normal(size=128)
    told = strongest(inputs, outcome)
    assert [name for name, _, _ in told] == ["acts", "other"]
    assert told[0][2] == "shadow"
    assert told[1][1] > 0.8


def test_the_least_that_is_told_worked_by_hand():
    assert least_told(32, 264) == pytest.approx(0.61, abs=0.005)
    assert least_told(256, 264) == pytest.approx(0.24, abs=0.005)
    assert least_told(9, 1) == 1.0
    assert least_told(256, 1) < least_told(256, 264) < least_told(64, 264)


def test_of_many_names_one_is_told():
    assert [named_few(names) for names in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a and 2 more"]


def test_parameters_without_influence_are_told_in_one_ensemble_of_twenty():
    rng = np.random.default_rng(4)
    names = [f"p{i}" for i in range(60)]
    told = [
        strongest(pd.DataFrame(rng.uniform(size=(SETS, 60)), columns=names), rng.normal(size=SETS)) for _ in range(400)
    ]
    assert np.mean([len(one) > 0 for one in told]) == pytest.approx(0.05, abs=0.03)


def write_ensemble(folder, policy):
    """CO2 that rises with the hurdle; a policy that does more where the payback is long; noise of seeds beside it."""
    rng = np.random.default_rng(8)
    members = pd.DataFrame({"member": range(SETS * SEEDS), "status": "done"})
    members["set"], members["replicate"] = members.member // SEEDS, members.member % SEEDS
    members["seed"] = 100 + members.member
    drawn = {name: rng.uniform(size=SETS) for name in ("hurdle", "payback", "idle")}
    for name, values in drawn.items():
        members[f"parameter_{name}"] = values[members["set"]]
    members["parameter_fixed"] = 0.5
    folder.mkdir()
    members.to_parquet(folder / "members.parquet")
    noise = 0.01 * rng.normal(size=len(members))
    co2 = 100.0 + members["parameter_hurdle"] - policy * members["parameter_payback"] + noise
    national = pd.DataFrame({"member": members.member, "year": 2030, "co2_mt": co2})
    national.to_parquet(folder / "national.parquet")
    return RunTables(folder)


def test_outcomes_and_effects_go_with_what_made_them(tmp_path):
    runs = [write_ensemble(tmp_path / "base", 0.0), write_ensemble(tmp_path / "policy", 0.2)]
    found = influences(runs, sets_of(runs))
    of_2030 = found[(found.outcome == "CO2 [Mt]") & (found.year == 2030)]
    assert of_2030[["effect_of", "parameter"]].to_numpy().tolist() == [["", "hurdle"], ["policy", "payback"]]
    level, effect = of_2030["correlation"]
    assert level > 0.95
    assert effect < -0.95
    assert _influence_columns(of_2030)["r"] == [f"{level:+.2f}", f"{effect:+.2f}"]


def test_a_parameter_that_one_run_fixes_is_that_of_the_other(tmp_path):
    """The first run fixes what the effect of the other goes with."""
    base, policy = write_ensemble(tmp_path / "base", 0.0), write_ensemble(tmp_path / "policy", 0.2)
    rows = pd.read_parquet(tmp_path / "base" / "members.parquet").assign(parameter_payback=0.5)
    rows.to_parquet(tmp_path / "base" / "members.parquet")
    (tmp_path / "base" / "config.yaml").write_text("parameters: {payback: 0.5}\n", encoding="utf-8")
    runs = [RunTables(base.folder), policy]
    found = influences(runs, sets_of(runs))
    assert set(found[found.effect_of == "policy"]["parameter"]) == {"payback"}
    assert list(inputs_of_sets(runs, sets_of(runs))) == ["hurdle", "idle", "payback"]


def test_few_sets_tell_nothing_and_it_is_said(capsys):
    tell_influences(pd.DataFrame(), 6, 264, "")
    assert capsys.readouterr().out.startswith("# parameters that outcomes go with: none can be told")
    tell_influences(pd.DataFrame(), 6, 0, "")
    assert capsys.readouterr().out == ""
