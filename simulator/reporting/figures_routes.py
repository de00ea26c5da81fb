"""How things are made, and what stops firms from changing it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.analysis.run_tables import RunTables
from simulator.reporting.palette import CAUSES, SECTORS, Kind, in_order, route_name
from simulator.reporting.stacks import label_stack, stack
from simulator.reporting.style import in_language, key_line, year_axis

ROUTE_COLOURS = ("#5f7186", "#0072b2", "#efb118", "#2f6b45", "#d68ab4", "#7cc1e8", "#95502a")
INDUSTRIES = ("STL", "NMM", "NFM", "CHM", "REF", "OMF")


def route_shares(run: RunTables) -> Figure:
    """Share of each route in the nation's output of six industries, medians over members."""
    spread = run.spread("routes", "sum(output)", ["sector", "route"])
    present = [kind for kind in SECTORS if kind.code in INDUSTRIES and kind.code in set(spread["sector"])]
    rows = max(1, -(-len(present) // 2))
    figure = Figure(figsize=(9.6, 2.5 * rows + 0.3))
    for position, sector in enumerate(present):
        row, column = divmod(position, 2)
        height = 0.72 / rows
        axes = figure.add_axes((0.05 + 0.485 * column, 1 - (row + 0.88) / rows, 0.24, height))
        of_sector = spread[spread["sector"] == sector.code]
        output = of_sector.pivot_table(index="year", columns="route", values="median", fill_value=0.0)
        shares = 100 * output.div(output.sum(axis=1), axis=0).fillna(0.0)
        _draw_shares(axes, shares[shares.max().sort_values().index[::-1]])
        axes.set_title(in_language(f"{sector.name}, %", f"{sector.name_zh}，%"))
        year_axis(axes, run.years)
    return figure


def _draw_shares(axes: Axes, shares: pd.DataFrame) -> None:
    """Routes in the order of their share in the first year."""
    ordered = list(shares.iloc[0].sort_values(ascending=False, kind="stable").index)
    kinds = [
        Kind(route, *route_name(route), ROUTE_COLOURS[position % len(ROUTE_COLOURS)])
        for position, route in enumerate(ordered)
    ]
    stack(axes, shares, kinds)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100])
    label_stack(axes, shares, kinds, ".0f")


def blocked_decisions(run: RunTables) -> Figure:
    """By sector, the causes that blocked investment decisions, as shares; the yearly mean count stands beside."""
    count = run.ask(
        "SELECT sector, cause, sum(decisions) / count(DISTINCT (member, year)) AS yearly FROM constraints GROUP BY ALL"
    ).pivot_table(index="sector", columns="cause", values="yearly", fill_value=0.0)
    count = count[count.sum(axis=1) > 0]
    sectors = in_order(SECTORS, list(count.index))[::-1]
    causes = in_order(CAUSES, list(count.columns))
    figure = Figure(figsize=(9.6, 1.1 + 0.3 * max(len(sectors), 1)))
    bottom = 0.28 / figure.get_size_inches()[1]
    axes = figure.add_axes((0.2, bottom, 0.68, 0.84 - bottom))
    share = 100 * count.div(count.sum(axis=1), axis=0)
    start = np.zeros(len(sectors))
    for cause in causes:
        width = share.loc[[sector.code for sector in sectors], cause.code].to_numpy()
        axes.barh(range(len(sectors)), width, left=start, height=0.72, color=cause.colour, linewidth=0)
        start = start + width
    axes.set_yticks(range(len(sectors)), [in_language(sector.name, sector.name_zh) for sector in sectors])
    axes.set_xlim(0, 100)
    axes.grid(visible=False)
    for height, sector in enumerate(sectors):
        axes.text(101, height, f"{count.loc[sector.code].sum():,.0f}", va="center", fontsize=8.5)
    entries = [(in_language(cause.name, cause.name_zh), cause.colour) for cause in causes]
    key_line(figure, entries, 0.2, 0.875)
    axes.set_title(
        in_language("Causes of blocked decisions, %; number a year at the right", "投资受阻原因，%；右侧为每年次数"),
        pad=24,
    )
    return figure
