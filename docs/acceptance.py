"""Write docs/acceptance.md: the signs that the model must get right, as paired ensembles under the same luck.

`make acceptance` runs it (64 members of each scenario; `make acceptance MEMBERS=8` for a first look). Each scenario
runs once, on all cores. A sign that fails is written down as failing; why is explained in docs/acceptance_notes.yaml.
"""

import argparse
import multiprocessing
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import acceptance_firms
import acceptance_governments
import acceptance_markets
import numpy as np
import yaml
from acceptance_quantities import FALLS, MOST, NONE, RISES, Check
from paired_runs import run_all

from simulator.analysis.effects import mean_interval
from simulator.analysis.lagging import share_interval

HERE = Path(__file__).resolve().parent
NUMBERS = range(1, 22)
MEMBERS = 64
CHECKS: list[Check] = sorted(
    [*acceptance_markets.CHECKS, *acceptance_firms.CHECKS, *acceptance_governments.CHECKS],
    key=lambda one: one.number,
)


@dataclass(frozen=True)
class Found:
    """What a check found: mean and 90 % interval over members, and whether the sign holds."""

    check: Check
    mean: float
    low: float
    high: float
    stopped: str = ""  # why the model stopped, if it did

    @property
    def holds(self) -> bool:
        """Whether the interval lies on the stated side."""
        sides = {
            RISES: self.low > 0.0,
            FALLS: self.high < 0.0,
            NONE: -self.check.tolerance <= self.low and self.high <= self.check.tolerance,
            MOST: self.mean >= 0.5,
        }
        return sides[self.check.expected]

    @property
    def expectation(self) -> str:
        """The stated side, with the tolerance where nothing is expected."""
        return f"none (within {self.check.tolerance:g})" if self.check.expected == NONE else self.check.expected


def measure(check: Check, members: int) -> Found:
    """Evaluate a check on its ensembles."""
    stopped = [one for one in (ENSEMBLES[text] for text in check.scenarios) if isinstance(one, str)]
    if stopped:
        return Found(check, np.nan, np.nan, np.nan, stopped[0])
    values = check.statistic(*(ENSEMBLES[text] for text in check.scenarios))
    if check.expected == MOST:
        return Found(check, float(values.mean()), *share_interval(int(values.sum()), members))
    mean, low, high, _ = mean_interval(values)
    return Found(check, mean, low, high)


def number(value: float) -> str:
    """Three digits that count, with the sign."""
    if value == 0.0:
        return "0"
    places = max(0, 2 - int(np.floor(np.log10(abs(value)))))
    return f"{value:+,.{min(places, 4)}f}"


def label(number: int) -> str:
    """Number of a check, or the scenario where it is none of the numbered ones."""
    return str(number) if number in NUMBERS else "S9"


def row(found: Found) -> list[str]:
    """A row of the table."""
    check = found.check
    if found.stopped:
        return [str(check.number), check.comparison, check.quantity, found.expectation, found.stopped, "**stopped**"]
    share = check.expected == MOST
    effect = f"{100 * found.mean:.0f} %" if share else number(found.mean)
    ends = [f"{100 * end:.0f}" if share else number(end) for end in (found.low, found.high)]
    result = "yes" if found.holds else "**no**"
    return [
        str(check.number),
        check.comparison,
        check.quantity,
        found.expectation,
        f"{effect} ({', '.join(ends)})",
        result,
    ]


def page(found: list[Found], members: int, seconds: float) -> str:
    """docs/acceptance.md."""
    notes: dict[int, str] = yaml.safe_load((HERE / "acceptance_notes.yaml").read_text(encoding="utf-8"))
    head = ["check", "policy against baseline", "quantity", "expected", "effect (90 % interval)", "holds"]
    lines = [head, ["---"] * len(head), *map(row, found)]
    failed = [one for one in found if not one.holds]
    missing = [str(one) for one in NUMBERS if one not in {each.check.number for each in found}]
    ensembles = len({text for one in found for text in one.check.scenarios})
    text = [
        "# Signs that the model must get right\n",
        "Pairs of runs with the same seeds, hence the same luck ([draws](decisions/0002-addressed-draws.md)):",
        f"{members} members, 5,000 firms, 2020 to 2060. A sign holds if the 90 % interval of the mean paired",
        "difference (Student's t; of a share of members: after Wilson) lies on the stated side. Sizes are those of one",
        f"version of the model and nobody's promise. {len(found) - len(failed)} of {len(found)} signs hold. Written by",
        "`make acceptance`",
        f"({ensembles} ensembles, {seconds / 60:.0f} minutes on {multiprocessing.cpu_count()} cores).",
        f"Not measured here: {', '.join(missing)}.\n" if missing else "",
        "\n".join("| " + " | ".join(line) + " |" for line in lines),
        "\n## Why\n",
        *(f"**{label(one)}.** {note.strip()}\n" for one, note in sorted(notes.items())),
    ]
    return "\n".join(text) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of checks; nothing is written then")
    chosen = parser.parse_args()
    wanted = [one for one in CHECKS if not chosen.only or one.number in chosen.only]
    began = time.perf_counter()
    ENSEMBLES = run_all((text for one in wanted for text in one.scenarios), chosen.members)
    results = [measure(one, chosen.members) for one in wanted]
    for one in results:
        sys.stdout.write("  ".join(row(one)).replace("**", "") + "\n")
    failing = sum(not one.holds for one in results)
    sys.stdout.write(f"{len(results) - failing} of {len(results)} signs hold\n")
    if not chosen.only:
        (HERE / "acceptance.md").write_text(
            page(results, chosen.members, time.perf_counter() - began), encoding="utf-8"
        )
