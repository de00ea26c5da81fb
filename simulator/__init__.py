"""The world in which firms, grid operators and local governments decide: markets, networks, accounts and runs.

Names are imported when they are first used, because Mesa, numba and pandas take seconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.config import Config, load_config
    from simulator.errors import ConfigError, ModelError
    from simulator.model import TransitionModel
    from simulator.run_folder import Results, open_run
    from simulator.runs import run, run_ensemble

_HOME = {
    "Config": "config",
    "ConfigError": "errors",
    "ModelError": "errors",
    "Results": "run_folder",
    "TransitionModel": "model",
    "load_config": "config",
    "open_run": "run_folder",
    "run": "runs",
    "run_ensemble": "runs",
}

__all__ = [
    "Config",
    "ConfigError",
    "ModelError",
    "Results",
    "TransitionModel",
    "load_config",
    "open_run",
    "run",
    "run_ensemble",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}; it has: {', '.join(__all__)}")
    value = getattr(import_module(f"simulator.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
