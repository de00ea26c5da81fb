"""That machine code is being made is said once, where it takes more than a moment, and not of what is in the cache."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from multiprocessing import Pipe
from pathlib import Path

import pytest

import agents
from agents import compiled
from simulator import commands, compiling, workers
from simulator.batches import Batch, Outcome
from simulator.design import Member

ROOT = Path(agents.__file__).resolve().parent.parent
RULES = """
from agents.compiled import rule

@rule
def doubled(one):
    return 2 * one
"""
USE = """
from simulator import compiling
compiling.MOMENT_SECONDS = 0.0
compiling.listen(lambda: print("compiling"))
import rules
print(rules.doubled(3))
print(rules.doubled(3.0))
"""


@pytest.fixture
def told(monkeypatch):
    """What is said, in a process in which nobody listens yet; a moment is a twentieth of a second."""
    said = []
    monkeypatch.setattr(compiling, "_tellers", [])
    monkeypatch.setattr(compiling, "register", lambda kind, listener: said.append(kind))
    monkeypatch.setattr(compiling, "MOMENT_SECONDS", 0.05)
    return said


def making(teller, seconds):
    """Make a function that takes so long, with another within it."""
    for event in (teller.on_start, teller.on_start, teller.on_end):
        event(None)
    time.sleep(seconds)
    teller.on_end(None)


def test_it_is_said_once_and_in_the_middle_of_a_long_function(told):
    teller = compiling.Teller(lambda: told.append("compiling"))
    teller.on_start(None)
    assert told == []
    time.sleep(0.5)
    assert told == ["compiling"]
    teller.on_end(None)
    making(teller, 0.2)
    teller.tell()
    assert told == ["compiling"]


def test_short_functions_add_up(told, monkeypatch):
    monkeypatch.setattr(compiling, "MOMENT_SECONDS", 30.0)
    teller = compiling.Teller(lambda: told.append("compiling"))
    making(teller, 0.05)
    assert told == []
    monkeypatch.setattr(compiling, "MOMENT_SECONDS", 0.05)  # which the first has taken
    making(teller, 0.2)
    assert told == ["compiling"]


def test_what_is_in_the_cache_is_not_said_to_be_compiled(tmp_path):
    (tmp_path / "rules.py").write_text(RULES, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    where = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)]), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = [
        subprocess.run([sys.executable, "-c", USE], env=kept | where, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert sorted(run[0].stdout.split()) == ["6", "6.0", "compiling"]
    assert run[1].stdout.split() == ["6", "6.0"]


@pytest.mark.parametrize("is_warm", [False, True])
def test_commands_say_it_before_a_cold_run_and_else_when_it_takes_a_moment(told, monkeypatch, capsys, is_warm):
    monkeypatch.setattr(compiled, "is_warm", lambda: is_warm)
    for _ in range(2):  # as `compare` does, for each of its runs
        commands.say_if_cold()
    assert told == ["numba:compile"]
    assert ("half a minute" in capsys.readouterr().err) != is_warm
    compiling.heard()
    assert ("have changed" in capsys.readouterr().err) == is_warm


def test_a_worker_says_it_to_its_parent(told, monkeypatch):
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    parent, child = Pipe()
    parent.send(None)  # no work
    workers._work(child, None)
    compiling.heard()
    assert parent.recv() == workers.COMPILES
    parent.close()
    workers._say(child)  # whose parent is gone


def test_the_parent_says_what_a_worker_says_and_waits_on(told, monkeypatch):
    class Compiling(workers.Worker):
        def __init__(self, job):
            self.pipe, self.end = Pipe()
            self.batch = None

        def begin(self, batch):
            self.batch = batch
            self.end.send(workers.COMPILES)
            self.end.send(Outcome(batch, {0: "done"}))
            return True

        def stop(self):
            self.pipe.close()

    monkeypatch.setattr(workers, "Worker", Compiling)
    monkeypatch.setattr(workers, "is_warm", lambda: True)
    compiling.listen(lambda: told.append("compiling"))
    batches = [Batch((Member(number, number, {}, {}),)) for number in range(2)]
    found = list(workers.run_locally(None, deque(batches), 1))
    assert [one.batch for one in found] == batches
    assert told == ["numba:compile", "compiling"]
