"""How fast tanlu is, beside its peers: writes benchmarks/results.md and prints it (`make bench`, less than 10 minutes).

`--quick` measures little, to see that all of it works, and only prints. Every number is measured in a process of its
own, so that no measurement warms or crowds the next; peers that are compared take turns within one. Times are
wall-clock medians; believe them only on a quiet machine.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_ensembles
import bench_page
import bench_peers
import bench_runs

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Settings:
    """How much is measured. runs: of a scenario; sizes: firms; peer_sizes, peer_years, rounds: side by side;
    replications: of decisions; members: of ensembles, with one worker and with two."""

    runs: int = 10
    years: int = 41
    sizes: tuple[int, ...] = (500, 1000, 5000, 20000, 50000)
    firms: int = 5000
    peer_sizes: tuple[int, ...] = (1000, 5000)
    peer_years: int = 3
    rounds: int = 3
    replications: int = 16
    members: tuple[int, ...] = (8, 32, 128)


QUICK = Settings(1, 2, (500, 1000), 1000, (600, 1000), 1, 1, 2, (2, 4))
MEASURES: dict[str, Callable[..., Any]] = {
    "run": bench_runs.measure_runs,
    "cold": bench_runs.measure_cold,
    "phases": bench_runs.measure_phases,
    "years": bench_peers.measure_years,
    "decisions": bench_peers.measure_decisions,
    "ensemble": bench_ensembles.measure_ensemble,
}


def apart(measure: str, cache: str | None = None, **told: Any) -> Any:
    """A measurement in a process of its own; `cache` is where that process keeps its machine code."""
    sys.stderr.write(f"{measure} {' '.join(f'{name}={value}' for name, value in told.items())}\n")
    environment = {**os.environ, **({"XDG_CACHE_HOME": cache} if cache else {})}
    command = [sys.executable, __file__, "--measure", measure, json.dumps(told)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    if answer.returncode != 0:
        raise RuntimeError(f"measuring {measure} with {told} failed:\n{answer.stderr}")
    return json.loads(answer.stdout.splitlines()[-1])


def measured(own: Settings) -> dict[str, Any]:
    """All that the page tells."""
    with tempfile.TemporaryDirectory() as empty:
        cold = apart("cold", cache=empty, years=own.years, firms=own.firms)
    scenarios = ("baseline", "unified_power_market")
    length = {"years": own.years, "runs": own.runs}
    # The first ensemble also compiles what only ensembles use.
    apart("ensemble", members=2, workers=2, years=2)
    return {
        "cold": cold,
        "years": apart("years", sizes=own.peer_sizes, years=own.peer_years, rounds=own.rounds),
        "decisions": apart("decisions", firms=own.firms, replications=own.replications, rounds=own.rounds),
        "scenarios": {name: apart("run", scenario=name, firms=own.firms, **length) for name in scenarios},
        "sizes": {firms: apart("run", scenario="baseline", firms=firms, **length) for firms in own.sizes},
        "ensembles": [
            apart("ensemble", members=members, workers=workers, years=own.years)
            for members in own.members
            for workers in (1, 2)
        ],
        "phases": apart("phases", firms=own.firms, years=own.years),
    }


def main() -> None:
    """Measure one thing for the page, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure little, and only print")
    parser.add_argument("--measure", nargs=2, metavar=("NAME", "JSON"), help="one measurement, as JSON")
    asked = parser.parse_args()
    if asked.measure:
        name, told = asked.measure
        sys.stdout.write(json.dumps(MEASURES[name](**json.loads(told))) + "\n")
        return
    own = QUICK if asked.quick else Settings()
    page = bench_page.page(own, measured(own))
    if not asked.quick:
        RESULTS.write_text(page, encoding="utf-8")
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
