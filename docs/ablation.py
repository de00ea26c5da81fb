"""Write docs/ablation.md: which headline pattern goes with which mechanism, from ensembles under the same luck.

`make ablation` runs it (32 members of each). A pattern that is there without any mechanism was put in, not found.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from acceptance_governments import all_channels, governed, missed, rationed, rhythm
from acceptance_quantities import BASE, ENERGY_BASES, PROVINCES, SECTORS, arranged_cells, province_peaks
from paired_runs import Array, Ensemble, run_all, scenario, signal

from simulator.analysis.effects import effect, mean_interval
from simulator.analysis.lag import lag_arrays

HERE = Path(__file__).resolve().parent
YEAR = 2040
NO_LINES = {"no_lines": signal("line_budget_multiplier", {2021: 0.0})}
ABLATIONS = {
    "no trade between provinces": scenario("no_trade"),
    "no imitation": scenario(parameters={"imitation_weight": 0.0}),
    "slower learning": scenario(parameters={"learning_rate_shift": -0.06}),
    "even vintages": scenario(firms={"vintages": "even"}),
    "announcements ignored": scenario(firms={"announcements": "ignored"}),
    "equal capacities": scenario(**governed(first_capacity="mean", channels=all_channels("mean"))),
    "no five-year plans": scenario(**governed(five_year_plans=False), signals=NO_LINES),
    "no campaigns": scenario(**governed(campaigns=False)),
    "no targets": scenario(signals={"no_targets": signal("carbon_intensity_target_multiplier", {2021: 0.0})}),
}


def middle_gain(path: Array) -> Array:
    """Part of the whole gain that comes in the third of the years in which most of it comes, % [member].

    A straight line has 33 %; a slow start, a fast middle and a slow end have more.
    """
    span = (path.shape[1] - 1) // 3
    gains = path[:, span:] - path[:, :-span]
    return np.asarray(100.0 * gains.max(axis=1) / np.maximum(path.max(axis=1) - path[:, 0], 1e-9))


def solar(one: Ensemble) -> Array:
    """S-curve of solar power in generation."""
    made = one.path("power", "generation_twh", PROVINCES, None)
    return middle_gain(made[..., one.labels("power", 1).index("solar")] / made.sum(axis=2))


def arc_furnaces(one: Ensemble) -> Array:
    """S-curve of scrap-based electric arc furnaces in steel."""
    routes = ("bf_bof", "bf_bof_ccs", "scrap_eaf", "gas_dri", "h2_dri")
    return middle_gain(one.path("routes", "output", "scrap_eaf") / one.path("routes", "output", routes))


def lags_of(one: Ensemble) -> Array:
    """Lag in 2040 by cell [member, province, sector], NaN where left out."""
    found = lag_arrays(arranged_cells(one))
    return found.lag_years[..., int(np.flatnonzero(found.years == YEAR)[0])]


def lag_spread(one: Ensemble) -> Array:
    """Standard deviation of the lag over all cells, years."""
    lag = lags_of(one)
    return np.asarray(np.nanstd(lag.reshape(lag.shape[0], -1), axis=1))


def base_lag(one: Ensemble) -> Array:
    """Mean lag of power and heavy industry in five energy bases over that of other provinces, years."""
    lag = lags_of(one)[:, :, [SECTORS.index(code) for code in ("POW", "NFM", "CHM", "COA")]]
    bases = np.isin(PROVINCES, ENERGY_BASES)
    inside, outside = lag[:, bases], lag[:, ~bases]
    return np.asarray(np.nanmean(inside, axis=(1, 2)) - np.nanmean(outside, axis=(1, 2)))


def peak_spread(one: Ensemble) -> Array:
    """Standard deviation of the peak year over provinces, years."""
    return np.asarray(np.std([province_peaks(one, (name,)) for name in PROVINCES], axis=0))


PATTERNS: dict[str, tuple[str, Callable[[Ensemble], Array]]] = {
    "S-curve of solar power": ("gain in its fastest third of years, %; a line has 33", solar),
    "S-curve of arc furnaces": ("the same", arc_furnaces),
    "spread of lags": (f"standard deviation over cells {YEAR}, years", lag_spread),
    "lag of energy bases": ("power, metals, chemicals, coal, less other provinces, years", base_lag),
    "five-year rhythm": ("share of variance of CO2 per GDP beyond chance", rhythm),
    "campaigns": ("output held back 2026-60, %", rationed()),
    "targets missed": ("plans missed in truth 2030-60, %", missed()),
    "spread of peak years": ("standard deviation over provinces, years", peak_spread),
}


def shown(value: float) -> str:
    """Two or three digits that count."""
    return f"{value:.0f}" if abs(value) >= 30 else f"{value:.2g}" if abs(value) < 1 else f"{value:.1f}"


def cell(before: Array, after: Array) -> str:
    """What is left of a pattern without a mechanism; bold where the interval of the change leaves out zero."""
    change, text = effect(before, after), shown(float(after.mean()))
    return f"**{text}**" if change.rises or change.falls else text


def page(found: dict[str, dict[str, Array]], members: int) -> str:
    """docs/ablation.md."""
    names = list(ABLATIONS)
    head = ["pattern", "measured as", "all on (90 % interval)", *names]
    rows = []
    for pattern, (how, _) in PATTERNS.items():
        mean, low, high, _ = mean_interval(found["baseline"][pattern])
        own = [cell(found["baseline"][pattern], found[name][pattern]) for name in names]
        rows.append([pattern, how, f"{shown(mean)} ({shown(low)}, {shown(high)})", *own])
    lines = [head, ["---"] * len(head), *rows]
    return (
        "# Where the patterns come from\n\n"
        f"Each column takes one mechanism away from the baseline: {members} members, 5,000 firms, 2020 to 2060, the\n"
        "same luck in all columns. Bold where the 90 % interval of the paired change leaves out zero. No pattern is\n"
        "an input (`tests/test_no_paths.py`); what is left of it without a mechanism is what the others make. Slower\n"
        "learning: learning rates less six points. Written by `make ablation`.\n\n"
        + "\n".join("| " + " | ".join(line) + " |" for line in lines)
        + "\n\n"
        + (HERE / "ablation_notes.txt").read_text(encoding="utf-8")
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=32)
    chosen = parser.parse_args()
    ensembles = run_all([BASE, *ABLATIONS.values()], chosen.members)
    stopped = [one for one in ensembles.values() if isinstance(one, str)]
    if stopped:
        sys.exit("\n".join(stopped))
    measured = {
        name: {pattern: read(ensembles[text]) for pattern, (_, read) in PATTERNS.items()}
        for name, text in {"baseline": BASE, **ABLATIONS}.items()
    }
    text = page(measured, chosen.members)
    (HERE / "ablation.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
