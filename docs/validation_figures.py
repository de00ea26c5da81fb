"""Figures of docs/validation.md: national series of power, and provinces in 2022, beside what was observed."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from validation_series import YEARS, Series

from simulator.reporting.style import CURVE, INK, MUTED, PNG_DOTS_PER_INCH, drawing, few_ticks

PANELS = (
    "electricity use, TWh",
    "thermal generation, TWh",
    "wind generation, TWh",
    "solar generation, TWh",
    "wind, GW",
    "solar, GW",
)
NAMED = 6
NEAREST = 0.03
FIRST_YEAR = 2018


def draw(found: pd.DataFrame, known: dict[str, Series], joint: pd.DataFrame, folder: Path) -> None:
    """Write both figures."""
    folder.mkdir(exist_ok=True)
    with drawing():
        national(found, known).savefig(folder / "validation_power.png", dpi=PNG_DOTS_PER_INCH)
        provinces(joint).savefig(folder / "validation_provinces.png", dpi=PNG_DOTS_PER_INCH)


def national(found: pd.DataFrame, known: dict[str, Series]) -> Figure:
    """Six panels: observed in ink, the model's median and range of 90 % in blue."""
    figure = Figure(figsize=(8.6, 4.9), layout="constrained")
    for axes, name in zip(figure.subplots(2, 3).flat, PANELS, strict=True):
        series = {year: value for year, value in known[name].items() if year >= FIRST_YEAR}
        low, middle, high = (found.loc[quantile, name].loc[list(YEARS)] for quantile in (0.05, 0.5, 0.95))
        axes.fill_between(YEARS, low, high, color=CURVE, alpha=0.25, linewidth=0)
        axes.plot(YEARS, middle, color=CURVE, linewidth=1.8, label="model, median and 90 % of 16 runs")
        axes.plot(list(series), list(series.values()), "o-", color=INK, markersize=3.5, linewidth=1.0, label="observed")
        axes.set_title(name[0].upper() + name[1:])
        axes.set_xticks(range(FIRST_YEAR, YEARS[-1] + 1))
        axes.set_xlim(FIRST_YEAR - 0.2, YEARS[-1] + 0.2)
        axes.set_ylim(0.0, 1.1 * max(high.max(), *series.values()))
        few_ticks(axes)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=8.5)
    return figure


def provinces(joint: pd.DataFrame) -> Figure:
    """Two panels of points: grid factors of 2022, and growth of electricity use from 2020 to 2022."""
    now, before = joint.xs(2022, level="year"), joint.xs(2020, level="year")
    figure = Figure(figsize=(8.6, 4.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    scatter(left, now["factor_seen"], now["factor"])
    label(left, "CO2 per electricity used 2022, t/MWh")
    growth = [100.0 * (now[one] / before[one] - 1.0) for one in ("use_seen", "use")]
    scatter(right, *growth)
    label(right, "Growth of electricity use 2020-22, %")
    return figure


def scatter(axes: Axes, seen: pd.Series, made: pd.Series) -> None:
    """Provinces, the diagonal, and names of those furthest from it."""
    both = pd.DataFrame({"seen": seen, "made": made}).dropna()
    low, high = min(0.0, both.min().min()), 1.08 * both.max().max()
    axes.plot([low, high], [low, high], color=MUTED, linewidth=0.8)
    axes.scatter(both["seen"], both["made"], s=22, color=CURVE, linewidth=0)
    off = (both["made"] - both["seen"]).abs().sort_values()
    apart = [name for name in off.index[-NAMED:] if distance_to_others(both, name) > NEAREST * (high - low)]
    for name in apart:
        if crowded_to_the_right(both, name, high - low):
            place, side = (-5, -3), "right"
        else:
            place, side = ((5, -3), "left") if both.loc[name, "seen"] < 0.75 * high else ((0, -11), "center")
        axes.annotate(name, both.loc[name], place, textcoords="offset points", fontsize=7.5, color=INK, ha=side)


def distance_to_others(points: pd.DataFrame, name: str) -> float:
    """How far the nearest other point is: names of points that lie together could not be read."""
    away = points.drop(name) - points.loc[name]
    return float((away["seen"] ** 2 + away["made"] ** 2).min() ** 0.5)


def crowded_to_the_right(points: pd.DataFrame, name: str, span: float) -> bool:
    """Whether another point lies where the name would be written; span: length of the axes."""
    away = (points.drop(name) - points.loc[name]) / span
    return bool((away["seen"].between(0.0, 0.15) & (away["made"].abs() < 0.03)).any())


def label(axes: Axes, title: str) -> None:
    """Observed to the right, model upwards."""
    axes.set_title(title)
    axes.set_xlabel("observed")
    axes.set_ylabel("model")
