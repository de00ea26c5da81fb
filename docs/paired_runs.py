"""Ensembles of scenarios under the same luck, run once each on all cores, kept as arrays [member, year, ...].

A scenario is named by what it changes; two checks that compare with the same scenario share its runs. Only the tables
that checks read are kept, in single precision where there are many numbers.
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import ModelError

Array = NDArray[Any]
SINGLE = ("sectors", "power")
SECTOR_COLUMNS = ("output", "co2_mt", "co2_electricity_mt", "firms", "rationed_target_bn_cny")
TABLES = ("national", "provinces", "sectors", "power", "governments", "carbon_market", "routes")
ROUTE_COLUMNS = ("output",)


def scenario(extends: str = "baseline", **changes: Any) -> str:
    """A scenario as text that identifies it: a shipped one and what is changed in it."""
    return json.dumps({"extends": extends, **changes}, sort_keys=True)


def signal(variable: str, schedule: dict[int, float], **rest: Any) -> dict[str, Any]:
    """A policy signal, years as text so that it can be a name."""
    return {"variable": variable, "schedule": {str(year): value for year, value in schedule.items()}, **rest}


def config_of(text: str) -> dict[str, Any]:
    """The scenario as load_config takes it: years are numbers again."""
    content: dict[str, Any] = json.loads(text)
    for one in (content.get("signals") or {}).values():
        if one is not None:
            one["schedule"] = {int(year): value for year, value in one["schedule"].items()}
    return content


@dataclass(frozen=True)
class Kept:
    """One table of an ensemble: values [member, year, keys ..., column]."""

    columns: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    values: Array


class Ensemble:
    """The members of one scenario; every reader gives one value per member."""

    def __init__(self, first_year: int, tables: dict[str, Kept]) -> None:
        self.first_year, self.tables = first_year, tables

    def path(self, table: str, column: str, *names: Sequence[str] | str | None) -> Array:
        """Values [member, year, ...]; along each key: one label, the sum over labels, or all kept (None)."""
        kept = self.tables[table]
        values = kept.values[..., kept.columns.index(column)].astype(np.float64)
        axis = 2
        for key, wanted in enumerate(names):
            if wanted is None:
                axis += 1
                continue
            labels = (wanted,) if isinstance(wanted, str) else wanted
            rows = [kept.labels[key].index(one) for one in labels]
            values = values.take(rows, axis=axis).sum(axis=axis)
        return values

    def at(self, table: str, column: str, years: int | tuple[int, int], *names: Sequence[str] | str | None) -> Array:
        """Values of a year, or their mean over the years from ... to, both included."""
        first, last = (years, years) if isinstance(years, int) else years
        span = slice(first - self.first_year, last - self.first_year + 1)
        return np.asarray(self.path(table, column, *names)[:, span].mean(axis=1))

    def national(self, column: str, years: int | tuple[int, int]) -> Array:
        """A national quantity."""
        return self.at("national", column, years)

    def labels(self, table: str, key: int = 0) -> tuple[str, ...]:
        """Names along a key."""
        return self.tables[table].labels[key]

    def holds(self, table: str, *columns: str) -> bool:
        """Whether the model kept such columns."""
        return table in self.tables and set(columns) <= set(self.tables[table].columns)


def run_members(text: str, members: range) -> dict[str, Kept]:
    """Run some members of a scenario (in a worker)."""
    from mesa import Agent

    from simulator.config import load_config
    from simulator.design import member_seed
    from simulator.model import TransitionModel

    config = load_config(config_of(text))
    parts: dict[str, list[Array]] = {}
    shapes: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {}
    for member in members:
        model = TransitionModel(config, seed=member_seed(config.simulation.seed, member))
        try:
            for _ in config.years:
                model.step()
        finally:
            Agent._ids.pop(model, None)
        for name in TABLES:
            table = getattr(model.yearbook, name, None)
            if table is None:
                continue
            wanted = {"sectors": SECTOR_COLUMNS, "routes": ROUTE_COLUMNS}.get(name, table.columns)
            columns = tuple(one for one in wanted if one in table.columns)
            values = table.numbers[..., [table.columns.index(one) for one in columns]]
            labels = tuple(tuple(str(one) for one in names) for _, names in table.keys)
            if name == "routes":  # the country is enough
                values, labels = values.sum(axis=1), labels[1:]
            parts.setdefault(name, []).append(values.astype(np.float32) if name in SINGLE else values)
            shapes[name] = columns, labels
    return {name: Kept(*shapes[name], np.stack(values)) for name, values in parts.items()}


def joined(parts: Sequence[dict[str, Kept]]) -> dict[str, Kept]:
    """Batches of members as one ensemble."""
    return {
        name: Kept(one.columns, one.labels, np.concatenate([part[name].values for part in parts]))
        for name, one in parts[0].items()
    }


def run_all(scenarios: Iterable[str], members: int, first_year: int = 2020) -> dict[str, Ensemble | str]:
    """Run each scenario once with so many members, on all cores; why it stopped, where the model stopped."""
    wanted = list(dict.fromkeys(scenarios))
    workers = multiprocessing.cpu_count()
    size = -(-members // workers)
    batches = [range(start, min(start + size, members)) for start in range(0, members, size)]
    began, done = time.perf_counter(), 0
    # A first member here compiles what is not compiled yet, so that workers find it.
    run_members(wanted[0], range(1))
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: dict[Future[dict[str, Kept]], tuple[str, int]] = {
            pool.submit(run_members, text, batch): (text, place)
            for text in wanted
            for place, batch in enumerate(batches)
        }
        found: dict[str, dict[int, dict[str, Kept]]] = {text: {} for text in wanted}
        stopped: dict[str, Ensemble | str] = {}
        for future in as_completed(waiting):
            text, place = waiting[future]
            error = future.exception()
            if isinstance(error, ModelError):
                stopped[text] = f"stopped: {error}"
                continue
            found[text][place] = future.result()
            if len(found[text]) == len(batches):
                done += 1
                spent = time.perf_counter() - began
                sys.stderr.write(f"{done} of {len(wanted)} ensembles of {members}, {spent:.0f} s\n")
    ordered = {text: [found[text][place] for place in range(len(batches))] for text in wanted if text not in stopped}
    return stopped | {text: Ensemble(first_year, joined(parts)) for text, parts in ordered.items()}
