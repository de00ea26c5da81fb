"""Machine code is cached, never stale, and needs neither a home nor a writable installation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import agents

ROOT = Path(agents.__file__).resolve().parent.parent
# `plan_lines`, of the world, calls `capital_recovery_factor`, of the agents, in another file: one line of 1000 km whose
# rent is a tenth of its cost.
ASK = """
import numpy as np
from simulator.power_lines import LineBook, LineParameters, line_capital_cost, plan_lines
from agents.compiled import code_folder
import simulator.power_lines
own = LineParameters(**{name: 1.0 for name in LineParameters._fields})
own = own._replace(line_discount_rate=0.08, line_lifetime=20.0, line_fixed_om_share=0.0, line_minimum_rent_ratio=1.0)
cost = line_capital_cost(1000.0, own)
book = LineBook(np.array([[0.11 * cost]]), np.array([1000.0]), np.ones(1), np.zeros((2, 1)), own)
plan_lines(book, 0, 1e9)
print(book.ordered_gw[1, 0])
print(code_folder(simulator.power_lines.__file__))
"""
CALLEE = "return rate / (1.0 - math.exp(-lifetime_years * math.log(1.0 + rate)))"


@pytest.fixture
def copied(tmp_path):
    """A copy of both packages, as if installed elsewhere."""
    for name in ("agents", "simulator"):
        shutil.copytree(ROOT / name, tmp_path / "site" / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "site"


def ask(copied, program=ASK, **environment):
    """Lines that a new process prints; it sees the copy, and of the environment only what is stated."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-W", "error", "-c", program]
    place = {"PYTHONPATH": str(copied), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=copied.parent, env={**kept, **place, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split()


def machine_code(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*.nb?"))


def test_a_change_in_a_function_that_another_file_calls_is_seen(copied, tmp_path):
    cache = tmp_path / "cache"
    built, first = ask(copied, XDG_CACHE_HOME=str(cache))
    assert float(built) == 1.0
    assert Path(first).is_relative_to(cache)
    choice = copied / "agents" / "choice.py"
    text = choice.read_text(encoding="utf-8")
    assert text.count(CALLEE) == 1
    choice.write_text(text.replace(CALLEE, CALLEE.replace("rate / (", "2.0 * rate / (")), encoding="utf-8")
    built, second = ask(copied, XDG_CACHE_HOME=str(cache))
    assert float(built) == 0.0
    assert first != second


def test_a_second_process_compiles_nothing_again(copied, tmp_path):
    _, folder = ask(copied, XDG_CACHE_HOME=str(tmp_path / "cache"))
    first = machine_code(folder)
    times = [Path(folder, one).stat().st_mtime_ns for one in first]
    assert any("plan_lines" in one for one in first)
    assert ask(copied, XDG_CACHE_HOME=str(tmp_path / "cache"))[1] == folder
    assert machine_code(folder) == first
    assert [Path(folder, one).stat().st_mtime_ns for one in first] == times


def read_only(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_a_read_only_installation_without_a_writable_cache_works(copied, tmp_path):
    """A cache below a file cannot be made, not even by root."""
    read_only(copied)
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "scratch").mkdir()
    for home in ({"XDG_CACHE_HOME": str(tmp_path / "file")}, {"HOME": str(tmp_path / "file")}):
        built, folder = ask(copied, TMPDIR=str(tmp_path / "scratch"), **home)
        assert float(built) == 1.0
        assert Path(folder).is_relative_to(tmp_path / "scratch")
    assert machine_code(copied) == []


def test_nobody_needs_a_home(copied, tmp_path):
    """No HOME in the environment and no entry for the user, as in a container that runs under any number."""
    read_only(copied)
    nobody = "import pwd\ndef unknown(number): raise KeyError(number)\npwd.getpwuid = unknown\n"
    built, folder = ask(copied, nobody + ASK, TMPDIR=str(tmp_path))
    assert float(built) == 1.0
    assert Path(folder).is_relative_to(tmp_path)


def test_a_stated_cache_folder_is_used(copied, tmp_path):
    stated = tmp_path / "stated"
    assert Path(ask(copied, NUMBA_CACHE_DIR=str(stated))[1]).is_relative_to(stated)


def test_without_compiling_the_same_code_gives_the_same(copied):
    assert float(ask(copied, NUMBA_DISABLE_JIT="1")[0]) == 1.0


def test_a_change_that_no_rule_reaches_compiles_nothing_anew(copied, tmp_path):
    folders = "import simulator.model\nfrom agents.compiled import _declared, code_folder\n"
    folders += "for one in sorted(_declared): print(code_folder(one).name)"
    before = ask(copied, folders, XDG_CACHE_HOME=str(tmp_path / "cache"))
    for name in ("simulator/ensemble.py", "simulator/model.py", "simulator/__init__.py", "agents/__init__.py"):
        with (copied / name).open("a", encoding="utf-8") as file:
            file.write("\nMORE = 1\n")
    assert ask(copied, folders, XDG_CACHE_HOME=str(tmp_path / "cache")) == before
    with (copied / "agents/choice.py").open("a", encoding="utf-8") as file:
        file.write("\nMORE = 1\n")
    after = ask(copied, folders, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert 0 < sum(old != new for old, new in zip(before, after, strict=True)) < len(before)
