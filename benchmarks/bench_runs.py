"""Runs of tanlu alone: time and memory of a run, the first run ever, and where the time goes."""

import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

MB_PER_KB = 1.0 / 1024.0
# By what methods of the model agents decide: one decision, and several in turn.
DECIDING = ("decide", "decide_in_turn")


def one_run(scenario: str, firms: int, years: int, seed: int) -> Any:
    """A model after so many years."""
    from simulator.model import TransitionModel

    model = TransitionModel(scenario, seed=seed, overrides={"simulation": {"firms": firms}})
    for _ in range(years):
        model.step()
    return model


def clocked(action: Callable[[], Any]) -> float:
    """Milliseconds that an action takes."""
    start = time.perf_counter()
    action()
    return 1000.0 * (time.perf_counter() - start)


def peak_mb(whose: int = resource.RUSAGE_SELF) -> float:
    """Most memory that this process has had, or the largest of those that it has started and that have ended, MB."""
    return MB_PER_KB * resource.getrusage(whose).ru_maxrss


def measure_runs(scenario: str, firms: int, years: int, runs: int) -> dict[str, float]:
    """Median and least milliseconds of a run with its setting known, of its tables, and the peak memory in MB."""
    model = one_run(scenario, firms, years, 1)
    times = [clocked(partial(one_run, scenario, firms, years, seed)) for seed in range(2, 2 + runs)]
    tables = [clocked(model.tables) for _ in range(3)]
    peak = peak_mb()
    return {"median": statistics.median(times), "least": min(times), "tables": min(tables), "peak_mb": peak}


def measure_cold(firms: int, years: int) -> dict[str, float]:
    """Seconds of the first run in a process, imports and the reading of tables included; most memory that it has had,
    and that the second process has had, which compiles with it."""
    seconds = clocked(lambda: one_run("baseline", firms, years, 1)) / 1000.0
    from simulator import second_process

    second_process.end()
    return {"seconds": seconds, "peak_mb": peak_mb(), "second_mb": peak_mb(resource.RUSAGE_CHILDREN)}


def measure_phases(firms: int, years: int) -> dict[str, float]:
    """Milliseconds of each method that a step calls, and of each decision; clocks slow the run a little."""
    from simulator import model as schedule

    one_run("baseline", firms, years, 1)
    spent: defaultdict[str, float] = defaultdict(float)
    inner = [0.0]

    def clock(owner: Any, name: str) -> None:
        plain = getattr(owner, name)

        def clocked_method(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            inner.append(0.0)
            result = plain(*arguments, **named)
            took = time.perf_counter() - start
            label = f"{getattr(owner, '__name__', '')}.{name}"
            if name in DECIDING:
                label = arguments[1] if name == "decide" else ", ".join(arguments[1])
            spent[label.removeprefix("simulator.")] += 1000.0 * (took - inner.pop())
            inner[-1] += took
            return result

        setattr(owner, name, clocked_method)

    for owner, names in phases(schedule):
        for name in names:
            clock(owner, name)
    spent["all"] = clocked(lambda: one_run("baseline", firms, years, 2))
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def phases(schedule: Any) -> list[tuple[Any, list[str]]]:
    """Owners and names of what the schedule calls: processes of the world by module, decisions through `decide`."""
    owners: list[tuple[Any, list[str]]] = [
        (schedule.TransitionModel, list(DECIDING)),
        (schedule.World, ["__init__", "begin_year", "set_costs"]),
        (schedule, ["record_year", "check_numbers", "setting_of", "load_config"]),
    ]
    used = _called_in(schedule)
    modules = [one for one in vars(schedule).values() if isinstance(one, ModuleType) and "simulator" in one.__name__]
    return owners + [(one, sorted(name for name in used if callable(getattr(one, name, None)))) for one in modules]


def _called_in(schedule: Any) -> set[str]:
    names: set[str] = set()
    for method in vars(schedule.TransitionModel).values():
        if hasattr(method, "__code__"):
            names.update(method.__code__.co_names)
    return names - {*DECIDING, "load_config", "setting_of", "World"}
