"""Which runs pair, and what is said of those that do not: other inputs, unfinished members, tables not kept."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from simulator.analysis.compared import compared
from simulator.analysis.finished import finished_run, left_out
from simulator.analysis.pairs import Pair, pair_of
from simulator.analysis.run_tables import RunTables
from simulator.cli import main

Make = Callable[..., Path]


def tanlu(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(one) for one in arguments])
    return int(end.value.code or 0)


def state(folder: Path, scenario: dict[str, object] | None = None, **inputs: list[object]) -> RunTables:
    """Give the members of a run inputs, and the run a scenario."""
    path = folder / "members.parquet"
    pd.read_parquet(path).assign(**inputs).to_parquet(path, index=False)
    if scenario is not None:
        (folder / "config.yaml").write_text(yaml.safe_dump(scenario), encoding="utf-8")
    return RunTables(folder)


def test_pairs_need_the_same_seeds(invented_run: Make) -> None:
    base, other = invented_run(), invented_run()
    seeds = pd.read_parquet(other / "members.parquet")["seed"].tolist()
    with pytest.raises(ValueError, match=r"seed of member 3 is 103 in .* and 7 in"):
        pair_of(RunTables(base), state(other, seed=[*seeds[:3], 7]))


def test_pairs_need_the_same_values_of_what_is_sampled(invented_run: Make) -> None:
    base = state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.3, 0.4])
    pair_of(base, state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.3, 0.4]))
    other = state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.35, 0.4], parameter_payback_mean=[5.0] * 4)
    with pytest.raises(ValueError, match=r"imitation_weight of member 2 is 0.3 in .* and 0.35 in .*1 more input"):
        pair_of(base, other)


def test_pairs_need_the_same_ranges(invented_run: Make) -> None:
    base = state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.3, 0.4])
    own = {"ensemble": {"ranges": {"imitation_weight": {"low": 0.2, "high": 0.5}}}}
    narrow = state(invented_run(), own, parameter_imitation_weight=[0.25, 0.3, 0.35, 0.4])
    with pytest.raises(ValueError, match=r"is 0.1 in .*invented and 0.25 in .*, drawn from 0.2 to 0.5; allowed"):
        pair_of(base, narrow)


def test_defaults_do_not_pair_with_samples(invented_run: Make) -> None:
    sampled = state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.3, 0.4])
    with pytest.raises(ValueError, match=r"imitation_weight of member 0 is .*; allowed: the same table"):
        pair_of(RunTables(invented_run()), sampled)


def test_what_a_scenario_fixes_on_purpose_is_no_input(invented_run: Make) -> None:
    base = state(invented_run(), parameter_imitation_weight=[0.1, 0.2, 0.3, 0.4])
    fixed = state(invented_run(), {"parameters": {"imitation_weight": 0.0}}, parameter_imitation_weight=[0.0] * 4)
    pair_of(base, fixed)
    swept = {"ensemble": {"sweep": {"imitation_weight": [0.1, 0.2]}}}
    with pytest.raises(ValueError, match="imitation_weight of member 0"):
        pair_of(state(invented_run(), swept, parameter_imitation_weight=[0.1, 0.1, 0.2, 0.2]), fixed)


def test_a_switch_that_one_run_sweeps_has_one_value_in_the_other(invented_run: Make) -> None:
    swept = state(invented_run(), {}, **{"config_power.market": ["bilateral", "bilateral", "unified", "unified"]})
    plain = state(invented_run(), {"power": {"market": "bilateral"}})
    with pytest.raises(ValueError, match=r"power\.market of member 2 is unified in .* and bilateral in"):
        pair_of(swept, plain)


def test_runs_of_other_years_do_not_pair(invented_run: Make) -> None:
    with pytest.raises(ValueError, match=r"2020 to 2060 in .* and 2020 to 2040 in"):
        pair_of(RunTables(invented_run()), RunTables(invented_run(last_year=2040)))


def test_scenarios_with_other_ranges_do_not_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, ranges in (("wide", {}), ("narrow", {"payback_mean": {"low": 2.5, "high": 3.5}})):
        stated = {"extends": "baseline", "ensemble": {"sampling": "sobol", "ranges": ranges}}
        Path(f"{name}.yaml").write_text(yaml.safe_dump(stated), encoding="utf-8")
    assert tanlu("compare", "wide.yaml", "narrow.yaml", "--members", "4") == 2
    told = capsys.readouterr().err
    assert "payback_mean of member 0" in told and "in narrow.yaml, drawn from 2.5 to 3.5; allowed" in told
    assert not Path("runs").exists()


def test_scenarios_that_do_not_pair_are_refused_before_they_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = {"extends": "baseline", "name": "plain"}
    drawn = {"extends": "baseline", "name": "drawn", "ensemble": {"sampling": "latin_hypercube"}}
    for one in (plain, drawn):
        Path(f"{one['name']}.yaml").write_text(yaml.safe_dump(one), encoding="utf-8")
    assert tanlu("compare", "plain.yaml", "drawn.yaml", "--members", "4") == 2
    told = capsys.readouterr().err
    assert "members do not pair" in told
    assert len(told.splitlines()) == 1
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    "arguments", [("compare", "RUN", "RUN"), ("lag", "RUN"), ("export", "RUN", "--format", "csv"), ("variance", "RUN")]
)
def test_an_unfinished_run_is_refused_with_what_goes_on(
    arguments: tuple[str, ...], invented_run: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = invented_run()
    state(folder, status=["done", "done", "not run", "not run"])
    (folder / "manifest.json").write_text(json.dumps({"level": "sector", "shard": ""}), encoding="utf-8")
    assert tanlu(*(str(folder) if one == "RUN" else one for one in arguments)) == 2
    told = capsys.readouterr().err
    assert "2 of 4 members are done (member 2: not run)" in told
    assert f"`tanlu ensemble {folder}/config.yaml --level sector --out {folder}` runs the rest" in told
    assert len(told.splitlines()) == 1


def test_a_run_that_wrote_no_table_is_told_from_a_finished_one(
    invented_run: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = invented_run()
    (folder / "national.parquet").unlink()
    assert tanlu("lag", folder) == 2
    assert "it was interrupted" in capsys.readouterr().err


def test_a_finished_run_one_with_a_fault_and_one_without_members_pass(invented_run: Make) -> None:
    folder = invented_run()
    assert left_out(finished_run(folder)) == ""
    state(folder, status=["done", "done", "done", "ModelError: NaN"])
    finished_run(folder)
    (folder / "members.parquet").unlink()
    assert finished_run(folder).members == [0, 1, 2, 3]


def stop(folder: Path, member: int) -> None:
    """Let a member of a run stop in 2030."""
    path = folder / "members.parquet"
    rows = pd.read_parquet(path)
    rows.loc[rows["member"] == member, "status"] = "ModelError: NaN"
    rows.to_parquet(path, index=False)
    national = pd.read_parquet(folder / "national.parquet")
    national[(national["member"] != member) | (national["year"] < 2030)].to_parquet(folder / "national.parquet")


def test_members_that_stopped_are_left_out_and_told(invented_run: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """No second try would change a fault, so the others' results are worth having."""
    folder = invented_run(members=6)
    state(folder, set=[0, 0, 1, 1, 2, 2], replicate=[0, 1] * 3)
    stop(folder, 3)
    assert tanlu("compare", folder, folder) == 0
    assert "1 that stopped in" in capsys.readouterr().out
    assert tanlu("variance", folder) == 0
    told = capsys.readouterr().out
    assert told.count("left out, since a member stopped: 1 of 3 sets") == 2
    assert "1 that stopped in" in told


def test_effects_need_two_members_that_came_through(invented_run: Make) -> None:
    base, policy = invented_run(members=3), invented_run(members=3)
    stop(base, 0)
    stop(policy, 1)
    with pytest.raises(ValueError, match="share 1 members that did not stop; allowed: at least 2"):
        compared(Pair(RunTables(base), RunTables(policy)))


def test_lag_needs_tables_of_sectors(invented_run: Make, capsys: pytest.CaptureFixture[str]) -> None:
    folder = invented_run()
    shutil.rmtree(folder / "sectors")
    assert tanlu("lag", folder) == 2
    told = capsys.readouterr().err
    assert "--level sector" in told
    assert len(told.splitlines()) == 1
