"""The first run on a machine, shared: a second process compiles what the run will need last.

It runs the same scenario (`simulator.foresight`) and shares nothing with the first but the cache of machine code, where
each looks before it compiles. So no result depends on it, and where it cannot start, or dies, the first goes on alone.
"""

import atexit
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from agents.compiled import is_warm
from simulator.config import Config

# Set for the second process; users may set it to forbid one.
ALONE = "TANLU_ONE_PROCESS"

# Not by `multiprocessing`, whose processes read a user's script again. Modules are found where this process found them.
_PROGRAM = (
    "import json, sys; told = json.loads(sys.stdin.readline()); sys.path[:] = told['path']; "
    "from simulator.foresight import compile_last_first; compile_last_first(told['scenario'])"
)
_COMMAND = ("-P", "-c", _PROGRAM)
_first_model = threading.Lock()
_started: list[subprocess.Popen[Any]] = []


def compile_ahead(config: Config) -> None:
    """Start the second process for the first model of this process, if there is much to compile and who could do it."""
    for process in _started:
        process.poll()  # one that has finished is only now forgotten by the system
    if _first_model.acquire(blocking=False) and _is_allowed() and not is_warm():
        with suppress(OSError):
            _start(config)


def _is_allowed() -> bool:
    """Whether there is a second core, and this process is not itself one of several.

    Where Python is part of another program, `sys.executable` may be that program, which would not understand.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    is_one_of_several = ALONE in os.environ or multiprocessing.parent_process() is not None
    return cores > 1 and not is_one_of_several and "python" in Path(sys.executable or "").name.lower()


def _start(config: Config) -> None:
    """Start it and tell it what to run; it ends when the pipe does, and so with this process, however this one ends."""
    process = subprocess.Popen(
        [sys.executable, *_COMMAND],
        env={**os.environ, ALONE: "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    _started.append(process)
    told = {"path": [str(one) for one in sys.path], "scenario": config.to_yaml()}
    print(json.dumps(told), file=process.stdin, flush=True)


@atexit.register
def end() -> None:
    """Stop the second process, if it still compiles; what it has made is kept."""
    while _started:
        process = _started.pop()
        process.kill()
        process.communicate()
