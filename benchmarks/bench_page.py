"""The page benchmarks/results.md."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("mesa", "numpy", "numba", "pandas", "pyarrow")
LEAST_SHARE = 0.005


def page(own: Any, found: dict[str, Any]) -> str:
    """The page, from how much was measured and what was found."""
    parts = (
        head(own),
        side_by_side(found["years"], own),
        decisions(found["decisions"]),
        runs(found, own),
        ensembles(found),
        phases(found["phases"], own),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def head(own: Any) -> list[str]:
    """The machine and what ran on it."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    load = os.getloadavg()[2]
    return [
        "# Speed",
        "",
        f"Written by `make bench`. {_processor()}, {os.cpu_count()} cores, {platform.system()};",
        f"Python {platform.python_version()}, {versions}.",
        f"Mean load of the machine over the last quarter of an hour: {load:.1f}.",
        f"A run is {own.years} years of the baseline, construction and recording included, on one core.",
    ]


def side_by_side(years: dict[str, dict[str, float]], own: Any) -> list[str]:
    """Whole years of tanlu and its peers, and what one firm more costs them in a year."""
    names = [name for name in next(iter(years.values())) if name != "firms"]
    small, *_, large = years.values()
    rows = []
    for name in names:
        slope = 1e3 * (large[name] - small[name]) / (large["firms"] - small["firms"])
        base = 1e3 * (large["tanlu"] - small["tanlu"]) / (large["firms"] - small["firms"])
        cells = [f"{one[name]:.1f} ({one[name] / one['tanlu']:.0f} x)" for one in years.values()]
        rows.append((name, *cells, f"{slope:.2f} ({slope / base:.0f} x)"))
    sizes = [f"{one['firms']:,.0f} firms, ms per year" for one in years.values()]
    return [
        "",
        "## Whole years, side by side",
        "",
        f"Medians of {own.rounds} rounds in turns, {own.peer_years} years from 2020 on. Peers share",
        "tanlu's compiled markets, which cost the same whoever decides; the last column is what a firm more costs in a",
        "year. What the reference is: [mesa_reference](../docs/mesa_reference.md).",
        "",
        *_table(("", *sizes, "µs per firm-year"), rows),
    ]


def decisions(found: dict[str, Any]) -> list[str]:
    """Decisions of industrial firms by contestant, in nanoseconds per firm, with ratios to tanlu."""
    names = list(next(iter(found["ns"].values())))
    rows = [
        (f"`{decision}`", *(f"{ns[name]:,.0f} ({ns[name] / ns['tanlu']:.0f} x)" for name in names))
        for decision, ns in found["ns"].items()
    ]
    totals = {name: sum(ns[name] for ns in found["ns"].values()) for name in names}
    rows.append(("all four", *(f"{totals[name]:,.0f} ({totals[name] / totals['tanlu']:.0f} x)" for name in names)))
    return [
        "",
        "## Decisions of industrial firms, side by side",
        "",
        f"Nanoseconds per firm in 2024, {found['firms']:,} firms. tanlu and numpy decide for",
        f"{found['replications']} replications, numpy for all at once; the other two for one.",
        "",
        *_table(("", *names), rows),
    ]


def runs(found: dict[str, Any], own: Any) -> list[str]:
    """Runs of two scenarios, growth with firms, and the first run ever."""
    order = ("median", "least", "tables", "peak_mb")
    heads = ("median, ms", "least, ms", "data frames, ms", "peak memory, MB")

    def figures(one: dict[str, float]) -> tuple[str, ...]:
        return tuple(f"{one[key]:.0f}" for key in order)

    sizes = found["sizes"]
    small, large = min(sizes), max(sizes)
    second = found["cold"]["second_mb"]
    slope = 1e6 * (sizes[large]["median"] - sizes[small]["median"]) / (large - small) / own.years
    return [
        "",
        "## A run",
        "",
        f"Machine code and setting known; {own.firms:,} firms; median and least of {own.runs}.",
        "",
        *_table(("scenario", *heads), [(name, *figures(one)) for name, one in found["scenarios"].items()]),
        "",
        f"The first run ever, which compiles everything: {found['cold']['seconds']:.1f} s,",
        f"{found['cold']['peak_mb']:.0f} MB at most, and {second:.0f} MB in a second process that compiles with it.",
        "",
        "## Growth with the number of firms",
        "",
        *_table(("firms asked for", *heads), [(f"{firms:,}", *figures(one)) for firms, one in sizes.items()]),
        "",
        f"From {small:,} to {large:,} firms: {slope:.0f} ns more per firm-year. The country's markets need 595",
        "firms at least.",
    ]


def ensembles(found: dict[str, Any]) -> list[str]:
    """Growth with members, and what a second worker gains."""
    rows = [
        (
            f"{one['members']}",
            f"{one['workers']}",
            f"{one['seconds']:.1f}",
            f"{one['disk_mb']:.1f}",
            f"{one['peak_mb']:.0f}",
        )
        for one in found["ensembles"]
    ]
    alone, shared = ([one for one in found["ensembles"] if one["workers"] == workers] for workers in (1, 2))
    slope = {workers: _ms_per_member(some) for workers, some in ((1, alone), (2, shared))}
    whole = alone[-1]["seconds"] / (2.0 * shared[-1]["seconds"])
    return [
        "",
        "## Ensembles",
        "",
        "From the call until the folder is complete: start of workers and quantile tables included.",
        "",
        *_table(("members", "workers", "s", "MB on disk", "peak memory of a process, MB"), rows),
        "",
        f"A member more takes {slope[1]:.0f} ms with one worker and {slope[2]:.0f} ms with two.",
        f"Parallel efficiency of two workers: {whole:.2f} for {alone[-1]['members']} members, start included;",
        f"{slope[1] / (2.0 * slope[2]):.2f} of what a member more takes.",
    ]


def _ms_per_member(found: list[dict[str, float]]) -> float:
    first, last = found[0], found[-1]
    return 1000.0 * (last["seconds"] - first["seconds"]) / (last["members"] - first["members"])


def phases(spent: dict[str, float], own: Any) -> list[str]:
    """Where the time of a run goes."""
    whole = spent["all"]
    parts = {name: took for name, took in spent.items() if name != "all"}
    shown = {name: took for name, took in parts.items() if took >= LEAST_SHARE * whole}
    rest = {"all else": sum(parts.values()) - sum(shown.values()), "the schedule itself": whole - sum(parts.values())}
    return [
        "",
        "## Where the time goes",
        "",
        f"One run with {own.firms:,} firms under clocks: {whole:.0f} ms. Each phase without those it calls.",
        "",
        *_table(
            ("phase", "ms per run", "share"),
            [(name, f"{took:.1f}", f"{took / whole:.0%}") for name, took in {**shown, **rest}.items()],
        ),
    ]


def _table(head_row: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head_row, ("---",) * len(head_row), *rows)]


def _processor() -> str:
    table = Path("/proc/cpuinfo")
    if not table.exists():
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in table.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()
