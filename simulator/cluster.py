"""Batches on a dask cluster: one that is running (tcp://...), a local one, or one of SLURM jobs through dask-jobqueue.

Workers write the batches themselves, so the run folder must be on a disk that all of them see; each checks that. Dask
moves the batch of a dead worker to others; one that kills several workers comes back as lost.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from simulator.batches import Batch, Job, Outcome, run_batch
from simulator.errors import ConfigError
from simulator.manifest import NAME

# Batches handed out per worker, so that none waits while outcomes travel.
AHEAD = 2


def run_on_dask(job: Job, queue: deque[Batch], workers: int, scheduler: str) -> Iterator[Outcome]:
    """Work the queue off; after an interruption what waits is cancelled, and what is done is on disk."""
    with ExitStack() as stack:
        client = _client(stack, workers, scheduler)
        from distributed import as_completed

        running: dict[Any, Batch] = {}
        finished = as_completed(with_results=False)

        def hand_out() -> None:
            while queue and len(running) < AHEAD * workers:
                batch = queue.popleft()
                future = client.submit(run_where_folder_is, job, batch, pure=False)
                running[future] = batch
                finished.add(future)

        hand_out()
        while running:
            yield _outcome(future := next(finished), running.pop(future))
            hand_out()


def run_where_folder_is(job: Job, batch: Batch) -> Outcome:
    """The batch, if this worker sees the run folder."""
    if not (job.folder / NAME).is_file():
        raise RuntimeError(
            f"a worker on {socket.gethostname()} does not see {job.folder}; the run folder must be on a shared disk"
        )
    return run_batch(job, batch)


def slurm_cluster(jobs: int, **options: Any) -> Any:
    """A cluster of SLURM jobs, described in dask's configuration (`jobqueue.slurm`) and by `options`."""
    from dask_jobqueue import SLURMCluster

    cluster = SLURMCluster(**options)
    cluster.scale(jobs=jobs)
    return cluster


def _client(stack: ExitStack, workers: int, scheduler: str) -> Any:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ConfigError(["--executor = dask: dask is not installed; allowed: pip install 'tanlu[hpc]'"]) from None
    if scheduler == "slurm":
        return stack.enter_context(Client(stack.enter_context(slurm_cluster(workers))))
    if scheduler in ("", "local"):
        local = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        return stack.enter_context(Client(stack.enter_context(local)))
    try:
        return stack.enter_context(Client(scheduler, timeout=20))
    except (OSError, ValueError, TypeError) as error:
        allowed = "an address such as tcp://host:8786, local, or slurm"
        raise ConfigError([f"--scheduler = {scheduler}: {error}; allowed: {allowed}"]) from None


def _outcome(future: Any, batch: Batch) -> Outcome:
    from distributed.scheduler import KilledWorker

    try:
        found: Outcome = future.result()
    except KilledWorker:
        return Outcome(batch, {}, lost=True)
    return found
