"""Batches in worker processes of this machine. A worker that dies is replaced, and its batch comes back as lost."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

from agents.compiled import is_warm
from simulator.batches import Batch, Job, Outcome, run_batch
from simulator.compiling import heard, listen

# What a worker sends while it makes machine code that it did not find.
COMPILES = "compiles"
_CONTEXT = multiprocessing.get_context("spawn")


class Worker:
    """A process, the pipe to it, and the batch that it works on."""

    def __init__(self, job: Job) -> None:
        self.pipe, end = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_work, args=(end, job), daemon=True)
        self.batch: Batch | None = None
        self.process.start()
        end.close()

    def begin(self, batch: Batch) -> bool:
        """Send the batch; False if the worker is dead."""
        try:
            self.pipe.send(batch)
        except OSError:
            return False
        self.batch = batch
        return True

    def result(self) -> Outcome | None:
        """What came back; nothing if it only says that it compiles. An error of writing is raised here; the pipe of a
        dead worker gives its batch as lost."""
        if self.batch is None:
            raise RuntimeError("a worker process died before its first batch")
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            found = Outcome(self.batch, {}, lost=True)
        if found == COMPILES:
            return None
        self.batch = None
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Let it finish the batch that it has begun, and leave."""
        with suppress(OSError):
            self.pipe.send(None)
        self.process.join()
        self.pipe.close()


def run_locally(job: Job, queue: deque[Batch], workers: int) -> Iterator[Outcome]:
    """Work the queue off in `workers` processes; who takes an outcome may put batches back into the queue.

    After an interruption or an error nothing new is begun, and what has begun is finished.
    """
    yield from _compiled_first(job, queue)
    staff = [Worker(job) for _ in range(min(workers, len(queue)))]
    try:
        while queue or any(one.batch for one in staff):
            staff = [_given_work(one, job, queue) for one in staff]
            busy = {one.pipe: one for one in staff if one.batch}
            for pipe in wait(list(busy)):
                outcome = busy[pipe].result()  # type: ignore[index]
                if outcome:
                    yield outcome
                else:
                    heard()
    finally:
        for one in staff:
            one.stop()


def _compiled_first(job: Job, queue: deque[Batch]) -> Iterator[Outcome]:
    """Where the rules are not compiled yet, run one member in this process, so that workers find them compiled."""
    import_module("simulator.model")  # declares the rules
    if is_warm():
        return
    batch = queue.popleft()
    first, *rest = batch.members
    if rest:
        queue.appendleft(replace(batch, members=tuple(rest)))
    yield run_batch(job, replace(batch, members=(first,)))


def run_here(job: Job, queue: deque[Batch]) -> Iterator[Outcome]:
    """Work the queue off in this process."""
    while queue:
        yield run_batch(job, queue.popleft())


def _given_work(worker: Worker, job: Job, queue: deque[Batch]) -> Worker:
    """The worker with a batch, if there is one; a new worker in its place if it is dead."""
    if worker.batch or not queue:
        return worker
    batch = queue.popleft()
    if worker.begin(batch):
        return worker
    queue.appendleft(batch)
    worker.stop()
    return Worker(job)


def _say(pipe: Connection[Any, Any]) -> None:
    """Say that this worker compiles; nothing else is sent meanwhile."""
    with suppress(OSError):
        pipe.send(COMPILES)


def _work(pipe: Connection[Any, Any], job: Job) -> None:
    """What a worker process does until it is told to stop, or its parent is gone.

    Ctrl-C reaches every process of the terminal; a worker finishes its batch and the parent stops the rest.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listen(partial(_say, pipe))
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        if batch is None:
            return
        try:
            found: Outcome | Exception = run_batch(job, batch)
        except Exception as error:  # noqa: BLE001  told to the parent, which raises it
            found = error
        try:
            pipe.send(found)
        except OSError:
            return
