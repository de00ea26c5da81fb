"""Between provinces: electricity over the lines, and CO2 embodied in goods."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from simulator.analysis.run_tables import QUANTILES, RunTables
from simulator.reporting.colour_key import colour_key, round_levels
from simulator.reporting.figures_map import signed
from simulator.reporting.geography import Place, draw_tile, label_matrix, names_zh, prepare_tiles
from simulator.reporting.style import INK, MUTED, PAPER, in_language

TOP = 15
ARROWS = 45
POWER_COLOUR, GOODS_COLOUR, GOODS_COLOURS = "#0f6f6b", "#c26a00", "YlOrBr"


def flow_years(run: RunTables) -> tuple[int, int]:
    """First and last year for which flows were kept."""
    years = run.ask("SELECT min(year) AS first, max(year) AS last FROM flows").iloc[0]
    return int(years["first"]), int(years["last"])


def pair_spread(run: RunTables, column: str, where: str) -> pd.DataFrame:
    """Quantiles over members of `column` summed per origin, destination and year (first and last year of flows).

    A pair absent from a member's table traded nothing there, so it counts as zero.
    """
    first, last = flow_years(run)
    quantiles = ", ".join(f"quantile_cont(coalesce(level, 0), {share}) AS {name}" for name, share in QUANTILES.items())
    return run.ask(
        f"WITH traded AS (SELECT member, year, origin, destination, sum({column}) AS level FROM flows"
        f" WHERE year IN ({first}, {last}) AND {where} AND origin <> destination GROUP BY ALL),"
        " pairs AS (SELECT DISTINCT year, origin, destination FROM traded)"
        f" SELECT year, origin, destination, {quantiles} FROM pairs CROSS JOIN complete_members"
        " LEFT JOIN traded USING (member, year, origin, destination) GROUP BY ALL ORDER BY year, origin, destination"
    )


def electricity_flows(run: RunTables, places: Sequence[Place]) -> Figure:
    """Transfers as arrows over the tile map in the first and in the last year, and the fifteen largest of the last."""
    spread = pair_spread(run, "amount", "commodity = 'electricity'")
    first, last = flow_years(run)
    figure = Figure(figsize=(9.6, 8.6))
    widest = float(spread["median"].max())
    for position, year in enumerate(dict.fromkeys((first, last))):
        axes = figure.add_axes((0.01 + 0.5 * position, 0.39, 0.48, 0.555))
        _flow_map(axes, places, spread[spread["year"] == year], widest)
        title = in_language(f"Electricity transfers {year}, TWh", f"{year}年跨省送电，太瓦时")
        figure.text(0.015 + 0.5 * position, 0.98, title, fontsize=10, fontweight="bold", va="center")
        if position == 0:
            note = in_language("tile: net export (+) or import (−)", "方格：净送出为正，净受入为负")
            figure.text(0.015, 0.956, note, fontsize=8.5, color=MUTED, va="center")
    axes = figure.add_axes((0.25, 0.035, 0.7, 0.3))
    signs = _signs(spread, last, first)
    _largest(axes, spread, last, first, places, POWER_COLOUR)
    title = in_language(f"Largest transfers in {last}, TWh", f"{last}年最大送电通道，太瓦时")
    axes.set_title(title + (in_language(f" ({signs})", f"（{signs}）") if signs else ""))
    return figure


def _flow_map(axes: Axes, places: Sequence[Place], flows: pd.DataFrame, widest: float) -> None:
    prepare_tiles(axes, places)
    net = flows.groupby("origin")["median"].sum().sub(flows.groupby("destination")["median"].sum(), fill_value=0.0)
    reach = max(float(net.abs().max()) if len(net) else 0.0, 1e-9) * 1.6
    scale, colours = TwoSlopeNorm(0.0, -reach, reach), colormaps["PuOr_r"]
    for place in places:
        value = float(net.get(place.province, 0.0))
        draw_tile(axes, place, colours(float(scale(value))), signed(value), under_arrows=True)
    at = {place.province: (place.column, place.row) for place in places}
    for origin, destination, level in _pairs(flows[flows["median"] > 0].nlargest(ARROWS, "median")):
        axes.add_patch(_arrow(at[origin], at[destination], 0.4 + 5.5 * level / widest))


def _pairs(flows: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Origin, destination and median of each row."""
    return list(zip(*(flows[name].tolist() for name in ("origin", "destination", "median")), strict=True))


def _arrow(start: tuple[float, float], end: tuple[float, float], width: float) -> FancyArrowPatch:
    return FancyArrowPatch(
        start,
        end,
        connectionstyle="arc3,rad=0.18",
        arrowstyle=f"-|>,head_length={2.2 + 0.5 * width},head_width={1.2 + 0.4 * width}",
        linewidth=width,
        color=POWER_COLOUR,
        alpha=0.55,
        zorder=2,
        shrinkA=9,
        shrinkB=11,
        joinstyle="miter",
        capstyle="butt",
    )


def _signs(spread: pd.DataFrame, year: int, other: int) -> str:
    """What is drawn on the bars: a line where members differ, a ring if there is another year."""
    drawn = []
    shown = spread[spread["year"] == year]
    if (shown["high"] > shown["low"]).any():
        drawn.append(in_language("line: 5–95 %", "横线：5–95 %"))
    if other != year:
        drawn.append(in_language(f"ring: {other}", f"圆环：{other}年"))
    return in_language("; ", "；").join(drawn)


def _largest(axes: Axes, spread: pd.DataFrame, year: int, other: int, places: Sequence[Place], colour: str) -> None:
    """Bars of the fifteen largest pairs in `year` with their 5-95 % range, and a ring for the `other` year."""
    zh = names_zh(places)
    top = spread[spread["year"] == year].nlargest(TOP, "median")
    heights = np.arange(len(top))[::-1]
    axes.barh(heights, top["median"], height=0.68, color=colour, alpha=0.8, linewidth=0)
    axes.hlines(heights, top["low"], top["high"], color=INK, linewidth=1.1)
    pairs = [(origin, destination) for origin, destination, _ in _pairs(top)]
    if other != year:
        then = {(a, b): level for a, b, level in _pairs(spread[spread["year"] == other])}
        ring: dict[str, Any] = {
            "markersize": 5,
            "markerfacecolor": PAPER,
            "markeredgecolor": INK,
            "markeredgewidth": 0.9,
        }
        axes.plot([then.get(pair, 0.0) for pair in pairs], heights, "o", clip_on=False, zorder=5, **ring)
    labels = [in_language(f"{a} → {b}", f"{zh.get(a, a)}→{zh.get(b, b)}") for a, b in pairs]
    axes.set_yticks(heights, labels, fontsize=8)
    axes.tick_params(axis="y", colors=INK)
    axes.set_xlim(left=0)
    axes.grid(axis="y", visible=False)


def embodied_co2(run: RunTables, places: Sequence[Place]) -> Figure:
    """Matrix of CO2 embodied in goods from province (row) to province (column), and the fifteen largest flows."""
    spread = pair_spread(run, "embodied_co2_mt", "commodity <> 'electricity'")
    first, last = flow_years(run)
    figure = Figure(figsize=(9.6, 6.4))
    axes = figure.add_axes((0.045, 0.1, 0.53, 0.78))
    scale = _matrix(axes, spread[spread["year"] == first], places)
    levels = round_levels(scale)
    key = figure.add_axes((0.045, 0.06, 0.25, 0.02))
    colour_key(key, scale, colormaps[GOODS_COLOURS], levels, [f"{level:g}" for level in levels])
    title = in_language(f"CO₂ embodied in goods, {first}, Mt", f"{first}年商品隐含碳，百万吨")
    figure.text(0.015, 0.975, title, fontsize=10, fontweight="bold", va="center")
    note = in_language("row: produced; column: used", "行：产地；列：用地")
    figure.text(0.015, 0.94, note, fontsize=8.5, color=MUTED, va="center")
    bars = figure.add_axes((0.765, 0.1, 0.215, 0.78))
    _largest(bars, spread, first, last, places, GOODS_COLOUR)
    largest = in_language(f"Largest flows, {first}, Mt", f"{first}年最大流向，百万吨")
    figure.text(0.61, 0.975, largest, fontsize=10, fontweight="bold", va="center")
    figure.text(0.61, 0.94, _signs(spread, first, last), fontsize=8.5, color=MUTED, va="center")
    return figure


def _matrix(axes: Axes, flows: pd.DataFrame, places: Sequence[Place]) -> PowerNorm:
    """Square cells on a root scale, which is returned for its key."""
    order = [place.province for place in places]
    table = flows.pivot_table(index="origin", columns="destination", values="median", fill_value=0.0)
    levels = table.reindex(index=order, columns=order, fill_value=0.0).to_numpy()
    scale = PowerNorm(0.5, 0, max(float(levels.max()), 1e-9))
    axes.pcolormesh(levels, cmap=GOODS_COLOURS, norm=scale, edgecolors=PAPER, linewidth=0.4)
    label_matrix(axes, [place.tile_name for place in places], fontsize=6)
    axes.invert_yaxis()
    return scale
