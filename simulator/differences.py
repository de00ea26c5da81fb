"""What a scenario changes against the one that it extends, as a scenario file that says so in comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from simulator.config import Config
from simulator.names import load_names
from simulator.ranges import as_stated
from simulator.signals import BaseSignal, at_year, dump, variable_of

OWN = ("name", "title_zh", "description")  # not inherited, so never a change


def changes(config: Config, base: Config, extends: str) -> str:
    """YAML of what differs, with what it was; reading it beside the base gives the scenario again."""
    new, old = (one.model_dump(mode="json", exclude={"signals", "parameters"}) for one in (config, base))
    lines = [_stated("extends", extends), *(_stated(key, new[key]) for key in OWN if new[key])]
    for key in (one for one in new if one not in OWN):
        lines += _section(key, _changed(new[key], old[key]))
    lines += _section("parameters", _parameters(config, base))
    lines += _section("signals", _signals(config, base))
    return "\n".join(lines) + "\n"


def ending(signal: BaseSignal, last_year: int) -> str:
    """What holds at the end, in words. Worked value: {2026: 0.3, 2040: 0} gives `from 2040 on 0`."""
    first, last = min(signal.schedule), max(signal.schedule)
    if signal.event:
        return "in the stated years alone"
    if first > last_year:
        return f"does not begin by {last_year}"
    if last > last_year:
        return f"in {last_year} {at_year(signal, last_year):g}"
    return f"from {last} on {signal.schedule[last]:g}"


def _section(key: str, inside: Iterator[str]) -> list[str]:
    lines = [f"  {line}" for line in inside]
    return [f"{key}:", *lines] if lines else []


def _changed(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[str]:
    """Lines of the keys that differ, sections within sections."""
    for key, value in new.items():
        if key == "ranges":
            yield from _section(key, _ranges(value, old[key]))
        elif isinstance(value, Mapping) and isinstance(old[key], Mapping) and key != "sweep":
            yield from _section(key, _changed(value, old[key]))
        elif value != old[key]:
            yield f"{_stated(key, value)}  # was {_flow(old[key])}"


def _ranges(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[str]:
    """Own ranges of parameters that differ, and those taken away."""
    for name, one in new.items():
        if one != old.get(name):
            shipped = as_stated(load_names().parameters[name])
            yield f"{_stated(name, _given(one))}  # was {_flow(_given(old.get(name, shipped)))}"
    yield from (f"{name}: null  # taken away" for name in old if name not in new)


def _given(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Without what has its default."""
    return {key: value for key, value in stated.items() if value is not None}


def _parameters(config: Config, base: Config) -> Iterator[str]:
    for name, value in config.parameters.items():
        row = load_names().parameters[name]
        if value != base.parameters.get(name):
            was = f"was {base.parameter(name):g}, may be {row.low:g} to {row.high:g} {row.unit}"
            yield f"{_stated(name, value)}  # {was}"


def _signals(config: Config, base: Config) -> Iterator[str]:
    for name, one in config.signals.items():
        old = base.signals.get(name)
        if one == old:
            continue
        yield f"{name}:  # {_compared(one, old)}; {one.op}; {ending(one, config.simulation.end)}"
        yield from (f"  {_stated(key, value)}" for key, value in _stated_first(one).items())
    yield from (f"{name}: null  # taken away" for name in base.signals if name not in config.signals)


def _stated_first(signal: BaseSignal) -> dict[str, Any]:
    """The signal as it was stated, its variable first."""
    return {"variable": variable_of(type(signal)), **dump(signal)}


def _compared(signal: BaseSignal, old: BaseSignal | None) -> str:
    if old is None:
        return "new"
    before, after = _plain(dump(old)), _plain(dump(signal))
    other = {key: before.get(key) for key in ("variable", "scope", "schedule") if before.get(key) != after.get(key)}
    return f"replaces the inherited one, with {_flow(other)}" if other else "replaces the inherited one"


def _stated(key: str, value: Any) -> str:
    """`key: value` on one line."""
    return f"{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(_plain(value), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(value: Any) -> Any:
    """Mappings, lists and single values only, as YAML has them."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (tuple, list)) else value
