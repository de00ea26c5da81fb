"""Runs of the real model through the machine: a member is a single run, whichever worker and batch ran it."""

import pandas as pd
import pytest

from simulator import runs
from simulator.design import member_seed
from simulator.run_folder import LOCK, open_run

SMALL = {"extends": "baseline", "simulation": {"end": 2021, "firms": 1000}}


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """Four members by two workers, in a run folder."""
    return runs.run_ensemble(SMALL, 4, workers=2, seed=3, out=tmp_path_factory.mktemp("runs") / "four")


def without_member(table, member):
    return table[table.member == member].drop(columns="member").reset_index(drop=True)


@pytest.mark.parametrize("member", [0, 3])
def test_a_member_is_the_single_run_with_its_seed(members, member):
    seed = int(members.members.seed[member])
    alone = runs.run(SMALL, seed=seed)
    for name in alone.names:
        single = getattr(alone, name).drop(columns="member").reset_index(drop=True)
        pd.testing.assert_frame_equal(without_member(getattr(members, name), member), single, check_exact=True)


def test_a_saved_run_reads_back_as_it_was(tmp_path):
    saved = runs.run(SMALL, seed=3, out=tmp_path / "one")
    again, memory = open_run(saved.path), runs.run(SMALL, seed=3)
    assert set(again.names) == {*memory.names, "members"}
    for name in memory.names:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(memory, name), check_exact=True)
        assert list(getattr(again, name).columns[:2]) == ["member", "year"]


def test_members_differ_and_all_are_done(members):
    assert members.members.status.tolist() == ["done"] * 4
    assert members.members.seed.tolist() == [member_seed(3, member) for member in range(4)]
    last = members.national[members.national.year == 2021]
    assert last.co2_mt.nunique() == 4


def test_nothing_hidden_is_left_but_the_lock(members):
    """Half-written files are hidden; the lock, by which one command at a time writes, stays for the next one."""
    assert [one.name for one in members.path.rglob("*") if one.name.startswith(".")] == [LOCK]


def test_progress_counts_up_to_all_years():
    told = []
    runs.run(SMALL, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_mesa_forgets_a_finished_model():
    from mesa import Agent

    before = len(Agent._ids)
    runs.run(SMALL)
    assert len(Agent._ids) == before


def thrifty(firm, costs):
    """A rule of this file alone, which workers cannot import."""
    firm.saving = 0.05


def test_replaced_rules_travel_to_the_workers(tmp_path):
    plain = runs.run_ensemble(SMALL, 3, workers=2, seed=3, out=tmp_path / "plain")
    rules = {"firm.save_energy": thrifty}
    own = runs.run_ensemble(SMALL, 3, workers=2, seed=3, rules=rules, out=tmp_path / "own")
    assert list(own.members["status"]) == ["done"] * 3
    assert not own.national["co2_mt"].equals(plain.national["co2_mt"])
