"""What the second process does: see what a run will call, and compile it from the last to the first.

The first process compiles from the first on, as it needs it, so they meet in the middle.
"""

import os
import signal
import sys
from threading import Thread
from typing import Any

import numpy as np
import yaml

from agents.compiled import watch

# Nearly all that a run calls is called within its first two years; the second has what a first year cannot have.
YEARS = 2


def compile_last_first(scenario: str) -> None:
    """Watch the smallest world run the scenario, given as YAML, and compile what it calls."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_end_with_the_first, daemon=True).start()
    _read_fields_first()
    survey = watch()
    from simulator.model import TransitionModel  # declares the rules, which are now watched

    model = TransitionModel(yaml.safe_load(scenario), overrides={"simulation": {"firms": 1}})
    for _ in model.config.years[:YEARS]:
        model.step()
    for _ in survey.make_last_first():
        pass


def _read_fields_first() -> None:
    """Let a quantity of a record be looked for among its fields first, and not last, which is half of a plain run."""
    read, write = np.record.__getattribute__, np.record.__setattr__
    read_field, write_field = np.void.__getitem__, np.void.__setitem__

    def quantity(row: Any, name: str) -> Any:
        try:
            return read_field(row, name)
        except ValueError:
            return read(row, name)

    def set_quantity(row: Any, name: str, value: Any) -> None:
        try:
            write_field(row, name, value)
        except ValueError:
            write(row, name, value)

    np.record.__getattribute__ = quantity  # type: ignore[method-assign, assignment]
    np.record.__setattr__ = set_quantity  # type: ignore[method-assign]


def _end_with_the_first() -> None:
    """Wait until the first process has closed the pipe, and stop at once; the cache never holds half a file."""
    sys.stdin.read()
    os._exit(0)
