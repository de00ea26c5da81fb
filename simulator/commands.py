"""What the commands do: load, run, tell."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulator import config as scenarios
from simulator.government_policies import assumption
from simulator.run_folder import Results, new_folder, open_run
from simulator.signals import variable_of

_OUT = Console(highlight=False, soft_wrap=True)
_ERR = Console(stderr=True, highlight=False, soft_wrap=True)
_COLD = "compiling the rules for this machine, once (half a minute or more) ..."
_IN_PART = "compiling rules that are new to this machine or have changed, once ..."


def run(
    source: str, overrides: Mapping[str, Any], members: int, workers: int | None, out: Path | None, draw: bool
) -> None:
    """Run a scenario and say where the results are."""
    config = scenarios.load_config(source, overrides or None)
    say_what_is_idle(config)
    say_what_is_assumed(config)
    say_if_raised(config)
    if out is not None and members == 1:
        new_folder(config, out)
    say_if_cold()
    from simulator import runs

    began = time.perf_counter()
    what = f"{config.name}, {config.simulation.start}-{config.simulation.end}"
    with progress_bar(what, "years" if members == 1 else "members") as tick:
        if members == 1:
            results = runs.run(config, out=out, save=True, progress=tick)
        else:
            results = runs.run_ensemble(config, members, workers=workers, out=out, progress=tick)
    _OUT.print(f"{what}: {members} {'member' if members == 1 else 'members'} in {time.perf_counter() - began:.1f} s")
    _OUT.print(f"results: {results.path}")
    if draw and results.path is not None:
        report(results.path)
    fail_if_stopped(results)


def run_member(folder: str, member: int, out: Path | None) -> None:
    """Run one member of a run folder again, alone; say so where it may come out otherwise than it did."""
    from simulator import runs
    from simulator.manifest import MOST_TOLD, changed_since

    changed = changed_since(Path(folder))
    if changed:
        _ERR.print(f"{folder}: numbers may differ from those in it ({'; '.join(changed[:MOST_TOLD])})")
    say_if_cold()
    with progress_bar(f"member {member} of {folder}", "years") as tick:
        results = runs.run_member(folder, member, out=out, save=True, progress=tick)
    _OUT.print(f"results: {results.path}")


def schema() -> None:
    """Print the JSON schema."""
    sys.stdout.write(json.dumps(scenarios.schema(), indent=2, ensure_ascii=False) + "\n")


def report(folder: Path) -> None:
    """Draw the report of a run folder."""
    results = open_run(folder)
    from simulator.reporting.report import write_report

    with progress_bar("drawing the report", "figures") as tick:
        page = write_report(results.path or folder, progress=tick)
    _OUT.print(f"report:  {page}")


def fail_if_stopped(results: Results) -> None:
    """Members that stopped make the run fail, once the others are written."""
    from simulator.runs import failures

    for line in failures(results):
        raise RuntimeError(line)


def say_what_is_idle(config: scenarios.Config) -> None:
    """A given carbon price does nothing where allowances clear, which is easily overlooked."""
    if config.carbon_market.price == "exogenous":
        return
    for name, one in config.signals.items():
        if variable_of(type(one)) == "carbon_price_cny_per_tco2":
            _ERR.print(
                f"note: signals.{name} has no effect while allowances clear; a given carbon price needs "
                "carbon_market: {price: exogenous}, as in given_carbon_price"
            )


def say_what_is_assumed(config: scenarios.Config) -> None:
    """Before a scenario runs that makes governments learn, too, and not only beside its results."""
    if assumed := assumption(config.signals.values()):
        _ERR.print(f"note: {assumed}", markup=False)


def say_if_raised(config: scenarios.Config) -> None:
    """Fewer firms than the base year allows are not refused but raised, and the user should know."""
    from simulator.population import fewest_firms

    least = fewest_firms(config.parameter("firm_count_exponent"))
    if config.simulation.firms < least:
        _ERR.print(
            f"note: simulation.firms = {config.simulation.firms} is raised to {least}, the least that is possible"
        )


def say_if_cold() -> None:
    """A run compiles rules that are new to this machine; say so, once: before it begins, or when it takes a moment."""
    from agents.compiled import is_warm
    from simulator.compiling import listen

    import_module("simulator.model")  # declares the rules
    is_cold = not is_warm()
    teller = listen(lambda: _ERR.print(_COLD if is_cold else _IN_PART))
    if is_cold:
        teller.tell()


@contextmanager
def progress_bar(what: str, unit: str) -> Iterator[Any]:
    """A bar with the remaining time, on a terminal; elsewhere one line each time a tenth is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_ERR, transient=True, disable=not _ERR.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")
        told = [time.monotonic(), 0]
        begun: list[tuple[float, int]] = []

        def tick(done: int, total: int) -> None:
            begun.append((time.monotonic(), done)) if not begun else None
            since, before = time.monotonic() - begun[0][0], begun[0][1]
            rate = f"{(done - before) / since:.1f}/s" if done > before and since > 0.0 else ""
            bar.update(task, completed=done, total=total, rate=rate)
            tenth = 10 * done // total
            if not _ERR.is_terminal and tenth > told[1] and time.monotonic() - told[0] > 2:
                told[1] = tenth
                _ERR.print(f"{what}: {done} of {total} {unit}")

        yield tick
