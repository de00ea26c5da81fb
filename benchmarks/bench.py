"""How long a run of 41 years takes: writes benchmarks/results.md and prints it (`make bench`).

Every number is measured in a process of its own, so that no measurement warms or crowds the next. Times are wall-clock
medians over `RUNS` runs after one that is not counted; compare them only on a quiet machine, with one run at a time.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.md")
RUNS = 10
YEARS = 41
SIZES = (1000, 5000, 20000, 50000)
PACKAGES = ("mesa", "numpy", "numba", "pandas")
ORDER = ("median", "least", "tables", "peak_mb")
HEAD = ("median, ms", "least, ms", "data frames, ms", "peak memory, MB")


def one_run(scenario: str, firms: int, seed: int) -> Any:
    """A model after its last year."""
    from simulator.model import TransitionModel

    model = TransitionModel(scenario, seed=seed, overrides={"simulation": {"firms": firms}})
    for _ in range(YEARS):
        model.step()
    return model


def clocked(action: Callable[[], Any]) -> float:
    """Milliseconds that an action takes."""
    start = time.perf_counter()
    action()
    return 1000.0 * (time.perf_counter() - start)


def measure_runs(scenario: str, firms: int) -> dict[str, float]:
    """Median and least milliseconds of a run with its setting known, of its tables, and the peak memory in MB."""
    model = one_run(scenario, firms, 1)
    times = [clocked(partial(one_run, scenario, firms, seed)) for seed in range(2, 2 + RUNS)]
    tables = [clocked(model.tables) for _ in range(3)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return {"median": statistics.median(times), "least": min(times), "tables": min(tables), "peak_mb": peak}


def measure_cold(scenario: str, firms: int) -> dict[str, float]:
    """Seconds of the first run in a process, imports and the reading of tables included."""
    return {"seconds": clocked(lambda: one_run(scenario, firms, 1)) / 1000.0}


def measure_phases(scenario: str, firms: int) -> dict[str, float]:
    """Milliseconds of each method that a step calls, and of each decision; clocks slow the run a little."""
    from simulator import model as schedule

    one_run(scenario, firms, 1)
    spent: defaultdict[str, float] = defaultdict(float)
    inner = [0.0]

    def clock(owner: Any, name: str) -> None:
        plain = getattr(owner, name)

        def clocked_method(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            inner.append(0.0)
            result = plain(*arguments, **named)
            took = time.perf_counter() - start
            label = arguments[1] if name == "decide" else f"{getattr(owner, '__name__', '')}.{name}"
            spent[label.removeprefix("simulator.")] += 1000.0 * (took - inner.pop())
            inner[-1] += took
            return result

        setattr(owner, name, clocked_method)

    for owner, names in phases(schedule):
        for name in names:
            clock(owner, name)
    one_run(scenario, firms, 2)
    return dict(sorted(spent.items(), key=lambda item: -item[1]))


def phases(schedule: Any) -> list[tuple[Any, list[str]]]:
    """Owners and names of what the schedule calls: processes of the world by module, decisions through `decide`."""
    processes = "goods industry electricity accounts power_value learning investment projects adequacy market views"
    owners: list[tuple[Any, list[str]]] = [
        (schedule.TransitionModel, ["decide"]),
        (schedule.World, ["__init__", "begin_year", "set_costs", "measure_capacity"]),
        (schedule, ["record_year", "check_numbers", "setting_of", "load_config"]),
    ]
    used = _called_in(schedule)
    for name in processes.split():
        module = getattr(schedule, name)
        owners.append((module, sorted(one for one in used if callable(getattr(module, one, None)))))
    return owners


def _called_in(schedule: Any) -> set[str]:
    names: set[str] = set()
    for method in vars(schedule.TransitionModel).values():
        if hasattr(method, "__code__"):
            names.update(method.__code__.co_names)
    return names - {"decide", "load_config"}


MEASURES: dict[str, Callable[[str, int], dict[str, float]]] = {
    "runs": measure_runs,
    "cold": measure_cold,
    "phases": measure_phases,
}


def apart(measure: str, scenario: str = "baseline", firms: int = 5000, cache: str | None = None) -> dict[str, float]:
    """A measurement in a process of its own; `cache` is where that process keeps its machine code."""
    environment = {**os.environ, **({"XDG_CACHE_HOME": cache} if cache else {})}
    command = [sys.executable, __file__, measure, scenario, str(firms)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    if answer.returncode != 0:
        raise RuntimeError(f"measuring {measure} of {scenario} with {firms} firms failed:\n{answer.stderr}")
    result: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return result


def report() -> str:
    """The page of results."""
    with tempfile.TemporaryDirectory() as empty:
        cold = apart("cold", cache=empty)["seconds"]
    runs = {scenario: apart("runs", scenario) for scenario in ("baseline", "unified_power_market")}
    growth = {firms: apart("runs", firms=firms) for firms in SIZES}
    spent = apart("phases")
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines = [
        "# Speed",
        "",
        f"Written by `make bench`. {_processor()}, {os.cpu_count()} cores, {platform.system()}.",
        f"Python {platform.python_version()}, {versions}.",
        f"A run: {YEARS} years with 5,000 firms on one core, construction and recording included;",
        f"machine code and setting known; median and least of {RUNS}.",
        "",
        *_table(("scenario", *HEAD), [(name, *_figures(one)) for name, one in runs.items()]),
        "",
        f"The first run ever, which compiles everything: {cold:.1f} s.",
        "",
        "## Growth with the number of firms (baseline)",
        "",
        *_table(("firms", *HEAD), [(f"{firms:,}", *_figures(one)) for firms, one in growth.items()]),
        "",
        "## Where the time goes (baseline; each phase without those it calls)",
        "",
        *_table(
            ("phase", "ms per run", "share"),
            [(name, f"{took:.1f}", f"{took / sum(spent.values()):.0%}") for name, took in spent.items()],
        ),
    ]
    return "\n".join(lines) + "\n"


def _figures(one: dict[str, float]) -> tuple[str, ...]:
    return tuple(f"{one[key]:.0f}" for key in ORDER)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if not table.exists():
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in table.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> None:
    """Measure one thing for the page, or write the page."""
    if len(sys.argv) > 1:
        measure, scenario, firms = sys.argv[1:]
        sys.stdout.write(json.dumps(MEASURES[measure](scenario, int(firms))) + "\n")
        return
    page = report()
    RESULTS.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
