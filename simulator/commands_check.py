"""`tanlu check`: whether a scenario is valid, what it changes, and what in it is hardly meant."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from simulator import config as scenarios
from simulator.commands import say_if_raised, say_what_is_assumed, say_what_is_idle
from simulator.design_errors import design_errors
from simulator.differences import changes
from simulator.errors import ConfigError
from simulator.names import load_names
from simulator.scenario_files import Layer, layers, merge
from simulator.signal_notes import signal_notes

_ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def check(source: str, whole: bool) -> None:
    """Load a scenario as a run and an ensemble would; show what it changes of its base, or all that follows from it."""
    config = _loaded(source)
    chain = layers(source)
    _refuse_wrong_design(config, chain)
    _refuse_wrong_network(config)
    say_what_is_idle(config)
    say_what_is_assumed(config)
    say_if_raised(config)
    for name in chain[-1].content.get("signals") or {}:
        for note in signal_notes(config, str(name)) if name in config.signals else ():
            _ERR.print(f"note: {note}", markup=False)
    base = scenarios.base_of(source)
    sys.stdout.write(config.to_yaml() if whole or base is None else changes(config, base, _extended(chain)))
    _ERR.print(f"{config.name}: valid; {len(config.years)} years, {len(config.signals)} policy signals")


def _loaded(source: str) -> scenarios.Config:
    """The scenario; of one with errors it is told all the same whether its firms are too few."""
    try:
        return scenarios.load_config(source)
    except ConfigError:
        with suppress(ConfigError):
            say_if_raised(scenarios.load_config({"simulation": merge(layers(source)).content.get("simulation", {})}))
        raise


def _refuse_wrong_design(config: scenarios.Config, chain: list[Layer]) -> None:
    """The section `ensemble` is right or wrong whether or not an ensemble is what comes next."""
    merged = merge(chain)
    errors = [f"{merged.said_by(scenarios.path_of(line))}: {line}" for line in design_errors(config)]
    if errors:
        raise ConfigError(errors)


def _refuse_wrong_network(config: scenarios.Config) -> None:
    """A file that says who learns from whom is read as a run would read it."""
    stated = config.governments.exchange_network
    if stated == scenarios.Governments().exchange_network:
        return  # most scenarios, which need not wait for the machine code that the imports load
    from simulator.experience import read_network
    from simulator.scenario import PAIRINGS

    if stated not in PAIRINGS:
        read_network(Path(stated), load_names().provinces)


def _extended(chain: list[Layer]) -> str:
    return str(chain[-1].content["extends"])
