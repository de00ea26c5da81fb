"""A second process compiles what a first run needs last: it foresees all of it, ends with the first, and may fail."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import agents
from simulator import foresight, second_process
from simulator.phases import DECISIONS, TOGETHER

ROOT = Path(agents.__file__).resolve().parent.parent
# What every run of three years calls, among much else: the loop of each decision, or the one of several in turn.
ALONE = DECISIONS.keys() - {name for names in TOGETHER for name in names}
LOOPS = (*TOGETHER.values(), *(DECISIONS[name].everyone for name in ALONE))
HASH = 64
# Two functions that Python calls; the first calls the second, too, with other types, and in that is none of Python's.
RULES = """
import numpy as np
from agents.compiled import process, rule

@rule
def doubled(one):
    return 2 * one

@process
def total(rows):
    found = 0.0
    for row in rows:
        found += doubled(row.price)
    return found

def world():
    rows = np.zeros(3, dtype=[("price", "f8")]).view(np.recarray)
    rows.price[:] = 1.5
    return total(rows) + doubled(3)
"""
SURVEY = """
from agents.compiled import watch
survey = watch()
import rules
print(rules.world())
print(*(f"{function.__name__}{types}".replace(" ", "") for function, types in survey.calls))
print(*survey.make_last_first())
"""
USE = """
import rules
print(rules.world())
print(*(sum(one.stats.cache_misses.values()) for one in (rules.doubled, rules.total)))
"""
# Everything that Python calls within so many years: name and types.
MODEL = """
import hashlib, sys
from agents import compiled
how, years = sys.argv[1:]
survey = compiled.watch() if how == "watched" else None
from simulator.model import TransitionModel
model = TransitionModel("baseline", overrides={"simulation": {"firms": 1}})
for _ in range(int(years)):
    model.step()
calls = {}
for module in list(sys.modules.values()):
    for one in vars(module).values() if module and module.__name__.startswith(("agents.", "simulator.")) else ():
        if isinstance(one, compiled.calls.Compiled):
            calls[one] = list(one.overloads)
if survey:
    calls = {}
    for function, types in survey.calls:
        calls.setdefault(function, []).append(types)
names = {(one.__module__, one.__name__, hashlib.sha256(repr(types).encode()).hexdigest())
         for one, known in calls.items() for types in known}
print("\\n".join("".join(one) for one in sorted(names)))
"""
# Records as the second process reads and writes them.
FIELDS = """
import numpy as np
from simulator import foresight
foresight._read_fields_first()
rows = np.zeros(2, dtype=[("price", "f8"), ("size", "i8"), ("wage", "f8", (2,))]).view(np.recarray)
rows[1].price, rows[1].size, rows[1].wage = 1.5, 2, (3.0, 4.0)
for row in rows:
    row.price += 1.0
print(rows[1].price, rows[1].size, *rows[1].wage, rows.price[0], rows[0].ndim, hasattr(rows[0], "tax"))
try:
    rows[0].tax = 1.0
except AttributeError as wrong:
    print(wrong)
"""
START = """
import os, signal, subprocess, sys, time
os.sched_getaffinity = lambda process: {0, 1}
from simulator import second_process
from simulator.config import load_config
import simulator.model
"""
BEGIN = """
second_process.compile_ahead(load_config())
print(*(one.pid for one in second_process._started), flush=True)
"""


def started(program, cache, *arguments, **more):
    """A new Python process that finds both packages, a module `rules` beside the cache, and an empty cache."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", second_process.ALONE)}
    where = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(cache.parent)]), "XDG_CACHE_HOME": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
        env={**kept, **where, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def told(program, cache, *arguments, **more):
    """Lines that the process prints when all goes well."""
    process = started(program, cache, *arguments, **more)
    found, wrong = process.communicate()
    assert process.returncode == 0, wrong[-3000:]
    assert wrong == ""
    return found.splitlines()


def has_ended(number):
    """Whether the process is gone within a while; whoever took it over may not have asked for its end yet."""
    try:
        process = psutil.Process(number)
        process.wait(timeout=20)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def test_calls_are_foreseen_and_made_from_the_last_to_the_first(tmp_path):
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")
    result, calls, made = told(SURVEY, tmp_path / "cache")
    assert [one.partition("(")[0] for one in calls.split(" ")] == ["total", "doubled"]
    assert made.split() == ["doubled", "total"]
    assert told(USE, tmp_path / "cache") == [result, "0 0"]
    assert float(result) == 15.0


def test_all_that_three_years_call_is_foreseen(tmp_path):
    """With the very types: the first process would look in vain for anything else.

    The second process watches fewer: what a third year calls anew is a rule with types that changed by mistake.
    """
    cache = {name: os.environ[name] for name in ("XDG_CACHE_HOME", "NUMBA_CACHE_DIR") if name in os.environ}
    kept = cache or {"XDG_CACHE_HOME": str(Path.home() / ".cache")}
    real = told(MODEL, tmp_path / "cache", "compiled", "3", **kept)
    assert {f"{loop.__module__}{loop.__name__}" for loop in LOOPS} <= {line[:-HASH] for line in real}
    assert told(MODEL, tmp_path / "cache", "watched", str(foresight.YEARS), **kept) == real


def test_the_second_process_reads_and_writes_quantities_of_records(tmp_path):
    values, refused = told(FIELDS, tmp_path / "cache")
    assert values.split() == ["2.5", "2", "3.0", "4.0", "1.0", "0", "False"]
    assert "'tax'" in refused


ENDS = {"returns": "", "fails": "raise SystemExit(0)", "leaves": "os._exit(0)"}


@pytest.mark.parametrize("how", ENDS)
def test_the_second_process_ends_with_the_first(how, tmp_path):
    (number,) = told(START + BEGIN + ENDS[how], tmp_path / "cache")
    assert has_ended(int(number))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_the_second_process_ends_when_the_first_is_stopped(number, tmp_path):
    """Ctrl-C reaches both; another signal the first alone."""
    first = started(START + BEGIN + "time.sleep(60)", tmp_path / "cache")
    second = int(first.stdout.readline())
    assert psutil.pid_exists(second)
    (os.killpg if number == signal.SIGINT else os.kill)(first.pid, number)
    first.communicate()
    assert has_ended(second)


def test_the_second_process_compiles(tmp_path):
    """Machine code appears though the first process makes none."""
    wait = "deadline = time.monotonic() + 300\nfrom pathlib import Path\n"
    wait += f"while not any(Path({str(tmp_path)!r}).rglob('*.nbc')) and time.monotonic() < deadline: time.sleep(0.2)\n"
    wait += f"print(len(list(Path({str(tmp_path)!r}).rglob('*.nbc'))))"
    assert int(told(START + BEGIN + wait, tmp_path / "cache")[1]) > 0


def test_without_a_second_process_the_first_goes_on_alone(tmp_path):
    cannot = "second_process._COMMAND = ('-c', 'raise SystemExit(1)')\n"
    (number,) = told(START + cannot + BEGIN + "time.sleep(1)\nsecond_process.compile_ahead(load_config())", tmp_path)
    assert has_ended(int(number))
    nowhere = "sys.executable = '/nowhere/python'\n"
    assert told(START + nowhere + BEGIN, tmp_path) == [""]


@pytest.mark.parametrize(
    "hindrance",
    [
        "os.sched_getaffinity = lambda process: {0}",
        f"os.environ['{second_process.ALONE}'] = '1'",
        "sys.executable = '/nowhere/server'",
        "sys.executable = None",
        "second_process.is_warm = lambda: True",
        "second_process.multiprocessing.parent_process = lambda: sys",
    ],
)
def test_nobody_starts_one_in_vain(hindrance, tmp_path):
    assert told(START + hindrance + "\n" + BEGIN, tmp_path) == [""]


def test_one_is_started_once(tmp_path):
    assert len(told(START + BEGIN + BEGIN, tmp_path / "cache")[1].split()) == 1
