"""The engine: no number depends on workers, shards, clusters or interruptions; what fails is told, the rest is kept."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from errno import ENOSPC

import numpy as np
import pandas as pd
import pytest
import yaml

from simulator import runs
from simulator.batches import NOTES
from simulator.config import load_config
from simulator.design import member_seed
from simulator.errors import ConfigError
from simulator.experience import write_network
from simulator.merging import merge
from simulator.quantiles import write_quantiles
from simulator.run_folder import RunFolder, open_run, sole_writer
from simulator.scenario import setting_of

SMALL = {
    "extends": "baseline",
    "name": "small",
    "simulation": {"end": 2021, "firms": 600, "seed": 3},
    "ensemble": {"members": 6, "seeds_per_set": 2, "sampling": "latin_hypercube"},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The ensemble in this process, without interruption."""
    return runs.run_ensemble(SMALL, workers=1, out=tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture(scope="module")
def same(whole):
    """Assert that a run folder holds the same as the whole one, to the last bit."""

    def check(results):
        assert set(results.names) == set(whole.names) >= {"members", "quantiles", "sectors", "power"}
        for name in whole.names:
            found, wanted = getattr(results, name), getattr(whole, name)
            pd.testing.assert_frame_equal(found, wanted, check_exact=True, obj=name)

    return check


def once_killing(flag):
    """A rule as it was, that ends its process the first time that anybody applies it."""

    def rule(firm, costs):
        from agents.firm import save_energy

        if not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        save_energy(firm, costs)

    return {"firm.save_energy": rule}


def fatal_for(seed, how):
    """A rule as it was, but for one member: it raises, or ends its process."""

    def rule(firm, seen):
        from agents.firm_investment import choose_route

        if int(seen.luck.seed) == seed:
            if how == "raise":
                raise ZeroDivisionError("no capacity\nat all")
            os.kill(os.getpid(), signal.SIGKILL)
        choose_route(firm, seen)

    return {"firm.choose_route": rule}


def test_two_workers(same, tmp_path):
    same(runs.run_ensemble(SMALL, workers=2, out=tmp_path / "two"))


def test_members_are_what_the_design_says(whole):
    members = whole.members
    assert members.status.tolist() == ["done"] * 6
    assert members["set"].tolist() == [0, 0, 1, 1, 2, 2]
    last = whole.national[whole.national.year == 2021]
    assert len(set(last.co2_mt)) == 6


@pytest.mark.parametrize("member", [0, 5])
def test_a_member_replayed_alone(whole, member):
    alone = runs.run_member(whole.path, member)
    for name in alone.names:
        wanted = getattr(whole, name)
        wanted = wanted[wanted.member == member].reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(alone, name), wanted, check_exact=True, obj=name)


def test_shards_merged(same, tmp_path):
    shards = [tmp_path / f"shard{i}" for i in (1, 2)]
    for i, path in enumerate(shards, start=1):
        runs.run_ensemble(SMALL, workers=1, out=path, shard=f"{i}/2")
    assert open_run(shards[1]).members.member.tolist() == [1, 3, 5]
    same(merge(shards, tmp_path / "merged"))
    with pytest.raises(ConfigError, match="member 0 is in two of the folders"):
        merge([shards[0], shards[0]], tmp_path / "twice")


def test_a_dask_cluster(same, tmp_path):
    code = (
        "import sys, yaml\n"
        "from simulator.runs import run_ensemble\n"
        "if __name__ == '__main__':\n"
        f"    run_ensemble(yaml.safe_load({yaml.safe_dump(SMALL)!r}), workers=2, executor='dask', out=sys.argv[1])\n"
    )
    script = tmp_path / "on_dask.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, script, tmp_path / "dask"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    same(open_run(tmp_path / "dask"))


def test_a_killed_worker_is_replaced_and_its_batch_repeated(whole, tmp_path):
    flag = tmp_path / "killed"
    results = runs.run_ensemble(SMALL, workers=2, out=tmp_path / "again", rules=once_killing(flag))
    assert flag.exists()
    assert results.members.status.tolist() == ["done"] * 6
    pd.testing.assert_frame_equal(results.sectors, whole.sectors, check_exact=True)


@pytest.mark.parametrize("how", ["raise", "kill"])
def test_a_member_that_always_fails_is_told_and_all_others_are_there(how, whole, tmp_path):
    rules = fatal_for(member_seed(3, 1), how)
    results = runs.run_ensemble(SMALL, workers=2, out=tmp_path / how, rules=rules)
    reason = "ZeroDivisionError: no capacity at all" if how == "raise" else "its worker process died (killed, or out of"
    status = results.members.status.tolist()
    assert status[1].startswith(reason)
    assert [status[0], *status[2:]] == ["done"] * 5
    assert runs.failures(results) == [f"1 of 6 members stopped; member 1: {status[1]}"]
    wanted = whole.provinces[whole.provinces.member != 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(results.provinces, wanted, check_exact=True)


# What a shell starts in the background is told to ignore Ctrl-C, and what that starts inherits it.
LISTENING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("simulator", run_name="__main__")
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_ensemble_goes_on(number, same, tmp_path):
    config, out = tmp_path / "small.yaml", tmp_path / "cut"
    config.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    command = [sys.executable, "-c", LISTENING, "ensemble", config, "--out", out, "--workers", "2"]
    parent = subprocess.Popen([*command, "--level", "sector"], stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 120
    while not list(out.glob(f"{NOTES}/*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    parent.send_signal(number)
    _, said = parent.communicate()
    assert parent.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    if number == signal.SIGINT:
        assert said.splitlines()[-1] == "tanlu: interrupted"
        assert open_run(out).members.status.isin(["done", "not run"]).all()
    before = {path: path.stat().st_mtime_ns for path in out.glob(f"{NOTES}/*.json")}
    assert before
    same(runs.run_ensemble(load_config(config), workers=2, out=out))
    kept = [path for path, time_ns in before.items() if path.stat().st_mtime_ns == time_ns]
    assert kept == list(before)


def test_a_finished_ensemble_is_left_as_it_is(whole, same):
    before = {path: path.stat().st_mtime_ns for path in whole.path.glob("*/*")}
    told = []
    same(runs.run_ensemble(SMALL, workers=2, out=whole.path, progress=lambda done, total: told.append((done, total))))
    assert {path: path.stat().st_mtime_ns for path in whole.path.glob("*/*")} == before
    assert told == [(6, 6)]


def test_a_full_disk_stops_it_and_finished_batches_stay(same, tmp_path, monkeypatch):
    write, path = RunFolder.end_file, tmp_path / "full"

    def full(folder, name, temporary):
        if name == "provinces/batch-000002.parquet":
            (folder.path / "provinces" / ".half.part").write_text("x")
            raise OSError(ENOSPC, os.strerror(ENOSPC), name)
        write(folder, name, temporary)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "end_file", full)
        with pytest.raises(OSError, match="No space left on device"):
            runs.run_ensemble(SMALL, workers=1, out=path)
    assert open_run(path).members.status.tolist() == ["done"] * 2 + ["not run"] * 4
    same(runs.run_ensemble(SMALL, workers=1, out=path))
    assert not list(path.rglob(".*.part"))


def test_two_commands_do_not_write_into_one_folder(tmp_path):
    path = tmp_path / "shared"
    runs.run_ensemble(SMALL, 2, workers=1, out=path)
    with sole_writer(path), pytest.raises(ConfigError, match="another command is writing there"):
        runs.run_ensemble(SMALL, 2, workers=1, out=path)
    runs.run_ensemble(SMALL, 2, workers=1, out=path)


def test_another_content_of_a_named_file_is_another_ensemble(tmp_path):
    network = tmp_path / "network.csv"
    stated = load_config(SMALL)
    setting = setting_of(stated)
    write_network(setting.government_tables.exchange, setting.base.names.provinces, network)
    named = load_config(SMALL, {"governments": {"exchange_network": str(network)}, "ensemble": {"members": 2}})
    runs.run_ensemble(named, workers=1, out=tmp_path / "one")
    network.write_text(network.read_text().replace("0.0", "0.00"))
    with pytest.raises(ConfigError, match=r"the file that the scenario names: governments\.exchange_network"):
        runs.run_ensemble(named, workers=1, out=tmp_path / "one")


def test_an_error_of_writing_in_a_worker_reaches_the_parent(tmp_path):
    path = tmp_path / "blocked"
    runs.run_ensemble(SMALL, 2, workers=1, out=path)
    for one in [*path.glob("*/batch-*"), path / "national"]:
        one.rmdir() if one.is_dir() else one.unlink()
    (path / "national").write_text("in the way")
    with pytest.raises(OSError, match=r"exists|directory"):
        runs.run_ensemble(SMALL, 2, workers=2, out=path)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigError, match="allowed: a folder that can be written"):
        runs.run_ensemble(SMALL, 2, workers=1, out=tmp_path / "file" / "inside")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"simulation": {"end": 2022}}, "simulation.end: 2021 there, 2022 here"),
        ({"ensemble": {"sampling": "sobol"}}, "ensemble.sampling: latin_hypercube there, sobol here"),
        ({"parameters": {"payback_mean": 2.5}}, "parameters.payback_mean: None there, 2.5 here"),
    ],
)
def test_results_of_another_scenario_are_not_mixed(changed, told, whole):
    with pytest.raises(ConfigError) as caught:
        runs.run_ensemble(load_config(SMALL, changed), workers=1, out=whole.path)
    assert len(caught.value.lines) == 1
    assert "holds another ensemble (" in caught.value.lines[0]
    assert told in caught.value.lines[0]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("code", "the code has changed"),
        ("data", "the data: provinces.csv differs"),
        ("packages", "the packages: numpy"),
    ],
)
def test_results_of_another_version_are_not_mixed(key, told, whole, tmp_path):
    path = tmp_path / "older"
    path.mkdir()
    manifest = json.loads((whole.path / "manifest.json").read_text(encoding="utf-8"))
    older = {"code": "0", "data": {**manifest["data"], "provinces.csv": "0" * 64}, "packages": {"numpy": "1.0"}}
    (path / "manifest.json").write_text(json.dumps({**manifest, key: older[key]}), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        runs.run_ensemble(SMALL, workers=1, out=path)
    assert told in caught.value.lines[0]


def test_replaced_rules_are_part_of_what_must_match(whole, tmp_path):
    with pytest.raises(ConfigError, match=r"the replaced rules: firm\.save_energy"):
        runs.run_ensemble(SMALL, workers=1, out=whole.path, rules=once_killing(tmp_path / "flag"))


def test_quantiles_are_those_of_the_members(whole, tmp_path):
    found = whole.quantiles.query("table == 'provinces' and variable == 'co2_mt' and year == 2021")
    by_member = whole.provinces.query("year == 2021").pivot_table(index="member", columns="province", values="co2_mt")
    wanted = by_member[found.province]
    np.testing.assert_allclose(found.p05, np.quantile(wanted, 0.05, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.p50, wanted.median(), rtol=1e-12)
    np.testing.assert_allclose(found.sd, wanted.std(), rtol=1e-9)
    assert set(found.members) == {6}
    assert "routes" not in set(whole.quantiles.table)  # a member without the route has no row of it


def test_quantiles_do_not_depend_on_how_much_is_read_at_a_time(whole, tmp_path):
    shutil.copytree(whole.path, tmp_path / "copy")
    write_quantiles(RunFolder(tmp_path / "copy"), most_values=2_000, threads=3)
    found = open_run(tmp_path / "copy").quantiles
    pd.testing.assert_frame_equal(found, whole.quantiles, check_exact=True)
    assert len(found) > 2_000


def test_the_firm_level_is_kept_when_asked_for(tmp_path):
    plain = load_config(SMALL, {"ensemble": {"members": 1, "seeds_per_set": 1, "sampling": "none"}})
    results = runs.run_ensemble(plain, workers=1, out=tmp_path / "firms", level="firm")
    sums = results.firms.groupby(["year", "province"])["co2_mt"].sum()
    heat = results.provinces.set_index(["year", "province"])
    np.testing.assert_allclose(sums, (heat.co2_mt - heat.co2_heat_mt).loc[sums.index], rtol=1e-9)
    coarse = runs.run_ensemble(plain, workers=1, out=tmp_path / "provinces", level="province")
    assert not {"sectors", "routes", "flows", "firms"} & set(coarse.names)
    pd.testing.assert_frame_equal(coarse.national, results.national, check_exact=True)


# The most memory that a process has had, in kB, after an ensemble of some members and after one of many more. What
# getrusage tells would include that of the process which started it.
GROWTH = """
import sys
from pathlib import Path
from simulator.config import load_config
from simulator.runs import run_ensemble
config = load_config("baseline", {"simulation": {"firms": 600, "end": 2040}})
for members in (4, 68):
    run_ensemble(config, members, workers=1, out=Path(sys.argv[1]) / str(members))
    print(next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line))
"""


def test_memory_does_not_grow_with_members(tmp_path):
    done = subprocess.run([sys.executable, "-c", GROWTH, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    few, many = (float(one) / 1000.0 for one in done.stdout.split())
    results = open_run(tmp_path / "68")
    tables_mb = sum(getattr(results, name).memory_usage().sum() for name in results.names) / 1e6
    assert tables_mb > 300.0
    assert many - few < 80.0
