"""The command line: exit status, one line per error, nothing written for bad input, run folders that are whole.

The model is replaced by two small tables here; `tests/test_runs.py` runs the real one.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from simulator import batches, cli, runs
from simulator.config import load_config
from simulator.design import member_seed
from simulator.errors import ModelError
from simulator.run_folder import open_run

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "bad_scenarios.yaml").read_text(encoding="utf-8"))
COMMANDS = ("run", "ensemble", "merge", "export", "variance", "check", "schema", "data", "report")


@pytest.fixture
def tanlu(tmp_path, monkeypatch, capsys):
    """Run the command line in an empty folder; gives exit status, output lines and error lines."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as exited:
            cli.main([str(one) for one in arguments])
        said = capsys.readouterr()
        return exited.value.code, said.out.splitlines(), said.err.splitlines()

    return call


@pytest.fixture
def small_model(monkeypatch):
    """Two tables instead of a simulation; member 3 is stopped by the model."""

    def tables(config, member, *_, **__):
        if member.number == 3:
            raise ModelError("power", 2021, float("nan"), "a finite price", province="Hainan")
        co2 = float(member.seed % 1000)
        years = pd.DataFrame({"member": member.number, "year": list(config.years), "co2_mt": co2})
        return {"national": years, "provinces": years.assign(province="Beijing")}

    replace_member(monkeypatch, tables)


def replace_member(monkeypatch, tables):
    for module in (batches, runs):
        monkeypatch.setattr(module, "member_tables", tables)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
@pytest.mark.parametrize("command", ["check", "run"])
def test_bad_input_is_exit_2_with_one_line_each_and_nothing_written(case, command, tanlu, tmp_path):
    (tmp_path / "bad.yaml").write_text(case["text"], encoding="utf-8")
    status, out, err = tanlu(command, "./bad.yaml")
    assert (status, out, len(err)) == (2, [], case["lines"])
    assert all(line.startswith("tanlu: bad.yaml: ") for line in err)
    assert [one.name for one in tmp_path.iterdir()] == ["bad.yaml"]


def test_bad_values_on_the_command_line(tanlu, tmp_path):
    status, _, err = tanlu("run", "--end", 2075, "--firms", -3)
    assert status == 2
    assert err == [
        "tanlu: command line: simulation.end = 2075: outside the range; allowed: an integer from 2020 to 2060",
        "tanlu: command line: simulation.firms = -3: outside the range; allowed: an integer from 1 to 50000",
    ]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["run", "--seeed", "1"], ["run", "--seed", "one"], ["run", "--members", "0"], ["check"], []],
)
def test_wrong_usage_is_exit_2(arguments, tanlu, tmp_path):
    assert tanlu(*arguments)[0] == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command, tanlu):
    status, out, _ = tanlu(command, "--help")
    assert status == 0
    assert re.search(rf"Examples?: tanlu {command}", "\n".join(out))


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "check", "nowhere"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tanlu: nowhere: no scenario of that name; allowed: a YAML file, or one of baseline")
    assert done.stderr.count("\n") == 1


def test_check_prints_the_resolved_scenario(tanlu):
    status, out, err = tanlu("check", "coal_lock_in")
    assert status == 0
    assert load_config(yaml.safe_load("\n".join(out))) == load_config("coal_lock_in")
    signals = len(load_config("coal_lock_in").signals)
    assert err == [f"coal_lock_in: valid; 41 years, {signals} policy signals"]


def test_a_given_carbon_price_that_does_nothing_is_told(tanlu, tmp_path):
    (tmp_path / "price.yaml").write_text(
        "extends: baseline\nsignals:\n  mine: {variable: carbon_price_cny_per_tco2, schedule: {2030: 100}}\n"
    )
    status, _, err = tanlu("check", tmp_path / "price.yaml")
    assert status == 0
    assert err[0].startswith("note: signals.mine has no effect while allowances clear")
    assert len(tanlu("check", "high_carbon_price")[2]) == 1


def test_compare_tells_a_misspelt_scenario_before_anything_runs(tanlu, tmp_path):
    status, _, err = tanlu("compare", "baseline", "no_trad")
    assert status == 2
    assert err[0].startswith("tanlu: no_trad: no scenario of that name; did you mean no_trade?")
    assert len(err) == 1
    assert not (tmp_path / "runs").exists()


def test_schema_is_json(tanlu):
    status, out, _ = tanlu("schema")
    assert status == 0
    assert json.loads("\n".join(out))["properties"]["extends"]["type"] == "string"


def test_data_lists(tanlu):
    assert "province\tXinjiang\tNorthwest grid\t新疆" in tanlu("data", "names", "xinjiang")[1]
    parameters = tanlu("data", "parameters", "wheeling")[1]
    assert parameters[0].split("\t") == ["name", "value", "unit", "low", "high", "grade", "source"]
    assert parameters[1].startswith("wheeling_charge\t40\tCNY/MWh\t10\t90\t")
    assert any(line.startswith("provinces\t31\t") for line in tanlu("data", "tables")[1])
    assert len(tanlu("data", "signals", "hydro")[1]) == 2
    status, _, err = tanlu("data", "parametrs")
    allowed = "allowed: tables, parameters, names, signals"
    assert (status, err) == (2, [f"tanlu: data = parametrs: unknown list; did you mean parameters?; {allowed}"])
    assert tanlu("data", "names", "浙江")[1][1:] == ["province\tZhejiang\tEast grid\t浙江"]
    assert tanlu("data", "names", "atlantis")[0] == 2
    steel = [line.split("\t")[1] for line in tanlu("data", "names", "steel")[1]]
    assert {"STL", "STL.bf_bof", "STL.scrap_eaf", "STL.h2_dri"} <= set(steel)


def test_too_few_firms_are_raised_and_told(tanlu, small_model):
    _, _, err = tanlu("run", "--firms", 100, "--end", 2020)
    assert "note: simulation.firms = 100 is raised to 595, the least that is possible" in err
    assert not any("raised" in line for line in tanlu("run", "--firms", 600, "--end", 2020)[2])


def test_a_run_writes_a_whole_folder(tanlu, small_model, tmp_path):
    status, out, _ = tanlu("run", "no_trade", "--seed", 7, "--end", 2022)
    folder = tmp_path / "runs" / "no_trade-seed7"
    assert status == 0
    assert out[-1] == "results: runs/no_trade-seed7"
    files = sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*"))
    assert files == ["config.yaml", "members.parquet", "national.parquet", "provenance.json", "provinces.parquet"]
    results = open_run(folder)
    assert results.names == ["members", "national", "provinces"]
    assert list(results.national.columns[:2]) == ["member", "year"]
    assert results.national.year.tolist() == [2020, 2021, 2022]
    assert results.members.to_dict("records") == [{"member": 0, "seed": 7, "status": "done"}]
    assert load_config(folder / "config.yaml") == load_config("no_trade", {"simulation": {"seed": 7, "end": 2022}})


def test_provenance_names_versions_data_and_machine_but_no_path(tanlu, small_model, tmp_path):
    tanlu("run", "--end", 2020, "--out", "here")
    text = (tmp_path / "here" / "provenance.json").read_text(encoding="utf-8")
    about = json.loads(text)
    assert about["seed"] == 1
    assert about["versions"]["mesa"].startswith("3.3")
    assert len(about["data_sha256"]["provinces.csv"]) == 64
    assert about["started_utc"] <= about["finished_utc"]
    assert str(tmp_path) not in text
    assert not re.search(r'"/', text)


def test_a_second_run_takes_a_new_folder_and_a_stated_one_is_never_overwritten(tanlu, small_model, tmp_path):
    assert [tanlu("run", "--end", 2020)[1][-1] for _ in range(3)] == [
        "results: runs/baseline-seed1",
        "results: runs/baseline-seed1-2",
        "results: runs/baseline-seed1-3",
    ]
    status, _, err = tanlu("run", "--end", 2020, "--out", "runs/baseline-seed1")
    assert status == 2
    assert "--out = runs/baseline-seed1: already exists and is not empty" in err[0]


def test_members_are_batches_with_seeds_of_their_own(tanlu, small_model, tmp_path):
    status, out, _ = tanlu("run", "--members", 3, "--workers", 1, "--end", 2021)
    assert (status, out[-1]) == (0, "results: runs/baseline-seed1-members3")
    results = open_run(tmp_path / "runs" / "baseline-seed1-members3")
    assert results.members.seed.tolist() == [member_seed(1, member) for member in range(3)]
    assert results.national[["member", "year"]].to_numpy().tolist() == [[m, y] for m in range(3) for y in (2020, 2021)]


def test_a_stopped_member_is_told_and_the_others_are_kept(tanlu, small_model, tmp_path):
    status, _, err = tanlu("run", "--members", 5, "--workers", 1, "--end", 2020, "--out", "kept")
    reason = "power in Hainan, 2021: value nan; allowed: a finite price"
    assert status == 1
    assert err[-1] == f"tanlu: the run failed: 1 of 5 members stopped; member 3: {reason}"
    results = open_run(tmp_path / "kept")
    assert results.members.status.tolist() == ["done", "done", "done", reason, "done"]
    assert results.national.member.unique().tolist() == [0, 1, 2, 4]


def test_a_single_run_that_the_model_stops_is_exit_1_with_one_line(tanlu, monkeypatch):
    def stop(*_, **__):
        raise ModelError("goods trade", 2031, -2.5, "0 or more", province="Tibet", detail="price of STL")

    replace_member(monkeypatch, stop)
    status, _, err = tanlu("run", "--end", 2040)
    assert status == 1
    assert err[-1] == "tanlu: the run failed: goods trade in Tibet, 2031 (price of STL): value -2.5; allowed: 0 or more"


def test_an_interruption_is_130_and_keeps_finished_members(tanlu, small_model, monkeypatch, tmp_path):
    finish = runs.member_tables

    def interrupted(config, member, *rest, **more):
        if member.number == 2:
            raise KeyboardInterrupt
        return finish(config, member, *rest, **more)

    replace_member(monkeypatch, interrupted)
    status, _, err = tanlu("run", "--members", 4, "--workers", 1, "--end", 2020, "--out", "cut")
    assert (status, err[-1]) == (130, "tanlu: interrupted")
    assert open_run(tmp_path / "cut").members.status.tolist() == ["done", "done", "not run", "not run"]
    assert json.loads((tmp_path / "cut" / "provenance.json").read_text(encoding="utf-8"))["members_finished"] == 2


def test_a_folder_that_is_no_run_is_refused(tanlu, tmp_path):
    assert tanlu("report", tmp_path)[::2] == (
        2,
        [f"tanlu: RUN = {tmp_path}: not a run folder; allowed: a folder that `tanlu run` wrote"],
    )
    assert "there is no such folder" in tanlu("report", "nowhere")[2][0]


def test_an_unknown_table_names_those_there_are(tanlu, small_model, tmp_path):
    tanlu("run", "--end", 2020, "--out", "here")
    with pytest.raises(AttributeError, match="no table 'provincse'; it has: members, national, provinces"):
        _ = open_run(tmp_path / "here").provincse


def test_member_seeds_are_splitmix64():
    assert member_seed(0, 1) == 0xE220A8397B1DCDAF >> 1  # the first published output for seed 0
    assert member_seed(5, 0) == 5
    seeds = {member_seed(1, member) for member in range(10_000)}
    assert len(seeds) == 10_000
    assert max(seeds) < 2**63


def test_a_member_run_again_with_other_code_says_that_numbers_may_differ(tanlu, tmp_path):
    tanlu("ensemble", "--members", 2, "--workers", 1, "--end", 2020, "--firms", 600, "--out", "kept")
    status, _, err = tanlu("run", "--member", 1, "kept", "--out", "same")
    assert status == 0 and not any("differ" in line for line in err)
    path = tmp_path / "kept" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "code": "older"}), encoding="utf-8")
    status, _, err = tanlu("run", "--member", 1, "kept", "--out", "other")
    assert status == 0 and "kept: numbers may differ from those in it (the code has changed)" in err
