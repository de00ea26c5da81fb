"""What a worker does: run a batch of members and write their tables, one file per table, then the batch's note.

The note `batches/NAME.json` comes last, so that a batch counts only once all of its files are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cloudpickle

from simulator.batch_files import BatchFiles
from simulator.config import Config
from simulator.design import Member
from simulator.members import Level, Scenarios, member_tables
from simulator.run_folder import DONE, RunFolder

NOTES = "batches"
LONGEST_MESSAGE = 500
# More members in a batch save files; fewer lose less in an interruption and end more evenly.
LARGEST_BATCH, BATCHES_PER_WORKER = 16, 6


@dataclass(frozen=True)
class Job:
    """What all batches of an ensemble share. own: pickled agents and rules that replace the model's."""

    config: Config
    folder: Path
    level: Level
    own: bytes


@dataclass(frozen=True)
class Batch:
    """Members that one worker runs one after the other. tries: how often it was begun before; alone: a repeated member,
    whose failure stands."""

    members: tuple[Member, ...]
    tries: int = 0
    alone: bool = False

    @property
    def name(self) -> str:
        """Of its files: by the first member, which no other batch has."""
        return f"batch-{self.members[0].number:06d}" + ("-alone" if self.alone else "")


@dataclass(frozen=True)
class Outcome:
    """A batch that came back: status of its members by number; lost: its worker died."""

    batch: Batch
    status: dict[int, str]
    lost: bool = False


def run_batch(job: Job, batch: Batch) -> Outcome:
    """Run the members and write what they gave. What fails is left out; repeated alone, its message is noted.

    An OSError is one of writing, and stops the ensemble; whatever a member itself raises is its failure.
    """
    agents, rules = cloudpickle.loads(job.own)
    scenarios = Scenarios(job.config)
    status: dict[int, str] = {}
    files = BatchFiles(RunFolder(job.folder), batch.name)
    try:
        for member in batch.members:
            try:
                found = member_tables(scenarios.of(member), member, agents, rules, job.level)
            except Exception as error:  # noqa: BLE001  a user's rule may raise anything; the others shall go on
                status[member.number] = message_of(error)
                continue
            files.add(found)
            status[member.number] = DONE
    finally:  # an interruption keeps what is finished
        if files.close():
            note(job.folder, batch, status)
    return Outcome(batch, status)


def note(path: Path, batch: Batch, status: dict[int, str]) -> None:
    """Say that the batch's tables are there; of failures only those that stand are noted."""
    noted = {number: text for number, text in status.items() if text == DONE or batch.alone}
    RunFolder(path).write_text(f"{NOTES}/{batch.name}.json", json.dumps(noted))


def message_of(error: Exception) -> str:
    """The error on one line."""
    kind = "" if type(error).__name__ in ("ModelError", "ConfigError") else f"{type(error).__name__}: "
    where = "; ".join(getattr(error, "__notes__", ()))  # the decision and the year, of an error in a replaced rule
    return " ".join(f"{kind}{error}{f' ({where})' if where else ''}".split())[:LONGEST_MESSAGE]


def finished_members(folder: Path) -> dict[int, str]:
    """Status by member, from the notes of the batches; a member that was done once is done."""
    found: dict[int, str] = {}
    for path in sorted((folder / NOTES).glob("batch-*.json")):
        for number, text in json.loads(path.read_text(encoding="utf-8")).items():
            if found.get(int(number)) != DONE:
                found[int(number)] = text
    return found


def tidy(folder: Path) -> None:
    """Take away what an interruption left: half-written files, and tables of batches without a note."""
    noted = {path.stem for path in (folder / NOTES).glob("batch-*.json")}
    for path in folder.rglob(".*.part"):
        path.unlink(missing_ok=True)
    for path in folder.glob("*/batch-*.parquet"):
        if path.stem not in noted:
            path.unlink(missing_ok=True)


def in_batches(members: Iterable[Member], workers: int) -> list[Batch]:
    """The members cut into batches that get smaller towards the end, so that workers end at about the same time."""
    waiting, first = list(members), 0
    batches = []
    while first < len(waiting):
        share = -(-(len(waiting) - first) // (workers * BATCHES_PER_WORKER))
        batches.append(Batch(tuple(waiting[first : first + min(share, LARGEST_BATCH)])))
        first += len(batches[-1].members)
    return batches
