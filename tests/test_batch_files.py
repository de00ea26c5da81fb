"""Files of a batch: the members that are finished, whole, or nothing."""

import json

import numpy as np
import pandas as pd
import pytest

from simulator import batches
from simulator.batches import NOTES, Batch, Job, in_batches, run_batch
from simulator.config import load_config
from simulator.design import Member

JOB = {"config": load_config("baseline"), "level": "sector", "own": batches.cloudpickle.dumps((None, None))}
BATCH = Batch(tuple(Member(number, number, {}, {}) for number in range(3)))


class CutShort(dict):
    """Tables of a member amid which Ctrl-C is pressed."""

    def items(self):
        yield next(iter(super().items()))
        raise KeyboardInterrupt


def tables_of(member):
    """Two tables; the first member has no row of the second."""
    years, rows = np.arange(2020, 2023), member.number
    places = pd.array(["a", "b", "c"], dtype="str")
    one = {"member": member.number, "year": years, "place": places, "value": 0.1 * years}
    two = {"member": member.number, "year": years[:rows], "cause": places[:rows]}
    return {"one": pd.DataFrame(one), "two": pd.DataFrame(two)}


def run(folder, monkeypatch, tables):
    monkeypatch.setattr(batches, "member_tables", lambda _config, member, *_: tables(member))
    return run_batch(Job(folder=folder, **JOB), BATCH)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_file_holds_the_members_in_turn(tmp_path, monkeypatch):
    outcome = run(tmp_path, monkeypatch, tables_of)
    assert outcome.status == dict.fromkeys(range(3), "done")
    assert files(tmp_path) == [f"{NOTES}/batch-000000.json", "one/batch-000000.parquet", "two/batch-000000.parquet"]
    for name in ("one", "two"):
        wanted = pd.concat([tables_of(member)[name] for member in BATCH.members], ignore_index=True)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), wanted, check_exact=True)


def test_ctrl_c_between_members_keeps_those_that_are_finished(tmp_path, monkeypatch):
    def tables(member):
        if member.number == 2:
            raise KeyboardInterrupt
        return tables_of(member)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, monkeypatch, tables)
    assert pd.read_parquet(tmp_path / "one")["member"].unique().tolist() == [0, 1]
    note = json.loads((tmp_path / NOTES / "batch-000000.json").read_text(encoding="utf-8"))
    assert note == {"0": "done", "1": "done"}


def test_ctrl_c_amid_a_member_leaves_nothing_of_the_batch(tmp_path, monkeypatch):
    def tables(member):
        return (CutShort if member.number == 1 else dict)(tables_of(member))

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, monkeypatch, tables)
    assert files(tmp_path) == []


@pytest.mark.parametrize(("members", "workers", "first"), [(6, 1, 1), (128, 2, 11), (5000, 4, 16), (3, 8, 1)])
def test_batches_get_smaller_so_that_no_worker_waits_long(members, workers, first):
    batches = in_batches([Member(number, number, {}, {}) for number in range(members)], workers)
    assert [one.number for batch in batches for one in batch.members] == list(range(members))
    sizes = [len(one.members) for one in batches]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == first
    assert sizes[-1] == 1
    # Who ends first waits for the largest of the last batches, a sixth of what was left for each.
    assert all(6 * workers * (size - 1) < sum(sizes[place:]) for place, size in enumerate(sizes))
