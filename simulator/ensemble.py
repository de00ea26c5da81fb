"""The engine of ensembles: what is left to run, who runs it, what is done with what failed, and how it ends.

A folder that was interrupted goes on; a worker that dies is replaced and its batch repeated; a member that fails is
repeated alone, and its message noted. No number depends on any of this: a member's row of the design decides it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import cloudpickle
import pandas as pd

from simulator.batches import Batch, Job, Outcome, finished_members, in_batches, note, tidy
from simulator.config import Config
from simulator.design import design_of, member_count, members_of
from simulator.errors import ConfigError
from simulator.manifest import NAME, manifest_of, read_manifest, refuse_other
from simulator.members import Level, Progress, Replaced
from simulator.provenance import now, provenance
from simulator.quantiles import write_quantiles
from simulator.ranges import own_ranges
from simulator.run_folder import DONE, NOT_RUN, RunFolder, sole_writer
from simulator.workers import run_here, run_locally

Executor = Literal["local", "dask"]
Source = Callable[[Job, deque[Batch]], Iterator[Outcome]]
# So often may workers die one after the other, with nothing finished between.
MOST_DEATHS = 6
DIED = "its worker process died (killed, or out of memory)"


@dataclass(frozen=True)
class Ensemble:
    """A scenario, its table of members (or a shard of it), and where results go."""

    config: Config
    design: pd.DataFrame
    folder: RunFolder
    level: Level
    shard: str
    agents: Replaced | None
    rules: Replaced | None

    @property
    def manifest(self) -> dict[str, Any]:
        """What the folder must have been begun with."""
        own = {**(self.rules or {}), **{kind.__name__: one for kind, one in (self.agents or {}).items()}}
        return manifest_of(self.config, self.design, self.level, self.shard, own)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where results come from, with the scenario's own ranges of parameters; parameters.csv says all others."""
        return {**provenance(self.config, len(self.design), self.rules), "ranges": own_ranges(self.config)}

    @property
    def job(self) -> Job:
        """What workers need."""
        return Job(self.config, self.folder.path.resolve(), self.level, cloudpickle.dumps((self.agents, self.rules)))


def shard_of(design: pd.DataFrame, shard: str) -> pd.DataFrame:
    """Every n-th member, from the i-th on, for `shard` = "i/n"; all for an empty text."""
    if not shard:
        return design
    first, _, of = shard.partition("/")
    if not (first.isdigit() and of.isdigit() and 1 <= int(first) <= int(of)):
        raise ConfigError([f"--shard = {shard}: not a part of a whole; allowed: i/n with i from 1 to n, such as 2/8"])
    return design[design["member"] % int(of) == int(first) - 1].reset_index(drop=True)


def begin(ensemble: Ensemble) -> None:
    """Make the folder, or check that it holds this very ensemble."""
    path, manifest = ensemble.folder.path, ensemble.manifest
    there = read_manifest(path)
    if there is not None:
        refuse_other(path, there, manifest)
        return
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        allowed = "a new or an empty folder, or one of this ensemble"
        raise ConfigError([f"--out = {path}: already exists and is not empty; allowed: {allowed}"])
    ensemble.folder.start(ensemble.config, ensemble.provenance)
    ensemble.folder.write_members(ensemble.design.assign(status=NOT_RUN))
    ensemble.folder.write_manifest(NAME, manifest)


def run(ensemble: Ensemble, source: Source, workers: int, progress: Progress | None) -> None:
    """Run what is left; whatever happens, what is finished is written down as such."""
    begin(ensemble)
    with sole_writer(ensemble.folder.path):
        tidy(ensemble.folder.path)
        _run_rest(ensemble, source, workers, progress)
        write_quantiles(ensemble.folder, threads=min(workers, os.cpu_count() or 1))


def _run_rest(ensemble: Ensemble, source: Source, workers: int, progress: Progress | None) -> None:
    status = {number: text for number, text in finished_members(ensemble.folder.path).items() if text == DONE}
    left = ensemble.design[~ensemble.design["member"].isin(list(status))]
    queue = deque(in_batches(members_of(left), workers))
    about = ensemble.provenance
    if progress:
        progress(len(status), len(ensemble.design))
    try:
        for finished in _work_off(ensemble.job, queue, source):
            status.update(finished)
            if progress:
                progress(len(status), len(ensemble.design))
    finally:
        _close(ensemble, about)


def _work_off(job: Job, queue: deque[Batch], source: Source) -> Iterator[Mapping[int, str]]:
    """Status of members as they finish; what is lost or fails goes back into the queue."""
    deaths = 0
    if not queue:
        return
    for outcome in source(job, queue):
        deaths = deaths + 1 if outcome.lost else 0
        if deaths >= MOST_DEATHS:
            raise RuntimeError(
                f"{deaths} worker processes died one after the other (out of memory?); finished members are kept"
            )
        batch = outcome.batch
        if outcome.lost and batch.alone:
            yield _note_death(job, batch)
        elif outcome.lost and batch.tries == 0:
            queue.append(replace(batch, tries=1))
        else:
            wrong = [one for one in batch.members if outcome.status.get(one.number) != DONE]
            if batch.alone:
                yield outcome.status
            else:
                queue.extend(Batch((one,), alone=True) for one in wrong)
                yield {number: text for number, text in outcome.status.items() if text == DONE}


def _note_death(job: Job, batch: Batch) -> dict[int, str]:
    status = {one.number: DIED for one in batch.members}
    note(job.folder, batch, status)
    return status


def _close(ensemble: Ensemble, about: Mapping[str, Any]) -> None:
    """Write the members' status and when it ended."""
    known = finished_members(ensemble.folder.path)
    status = [known.get(number, NOT_RUN) for number in ensemble.design["member"]]
    ensemble.folder.write_members(ensemble.design.assign(status=status))
    done = sum(one == DONE for one in status)
    ensemble.folder.write_provenance({**about, "finished_utc": now(), "members_finished": done})


def source_of(executor: Executor, workers: int, scheduler: str) -> Source:
    """Who works the queue off."""
    if executor == "dask":
        from simulator.cluster import run_on_dask

        return lambda job, queue: run_on_dask(job, queue, workers, scheduler)
    if workers == 1:
        return run_here
    return lambda job, queue: run_locally(job, queue, workers)


def ensemble_of(
    config: Config,
    folder: RunFolder,
    level: Level = "sector",
    shard: str = "",
    agents: Replaced | None = None,
    rules: Replaced | None = None,
) -> Ensemble:
    """The ensemble of a scenario; ConfigError if its design is wrong."""
    return Ensemble(config, shard_of(design_of(config), shard), folder, level, shard, agents, rules)


def suffix_of(config: Config, shard: str) -> str:
    """What tells the folder of an ensemble from that of a run: membersN[-sampling][-shardIofN]."""
    sampling = config.ensemble.sampling
    parts = [f"members{member_count(config)}"]
    parts += [sampling] if sampling != "none" else []
    parts += [f"shard{shard.replace('/', 'of')}"] if shard else []
    return "-".join(parts)
