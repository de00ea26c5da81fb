"""Provinces beside each other: four in detail, all 31 in small."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.analysis.peak import MEAN_YEARS, peaks, share_unconfirmed, shares_by_peak_year
from simulator.analysis.run_tables import RunTables
from simulator.reporting.geography import FOUR, Place, names_zh
from simulator.reporting.palette import SECTOR_GROUPS, groups_table, in_order
from simulator.reporting.stacks import medians, stack
from simulator.reporting.style import (
    ACCENT,
    CURVE,
    INK,
    MUTED,
    draw_spread,
    few_ticks,
    in_language,
    key_line,
    year_axis,
)

ACCOUNTS = (
    ("co2_mt", "Produced in the province", "生产侧", CURVE),
    ("co2_electricity_adjusted_mt", "With electricity consumed", "计入用电排放", "#d68ab4"),
    ("co2_consumption_mt", "Consumption-based", "消费侧", "#c26a00"),
)
# Highest level of the small panels, % of the first year: one province that grows beyond must not flatten the others.
HIGHEST = 200.0
_BY_GROUP = "(SELECT *, coalesce(kind, sector) AS layer FROM sectors LEFT JOIN sector_kinds USING (sector))"


def four_provinces(run: RunTables, places: Sequence[Place]) -> Figure:
    """Rows: CO2 by sector group; production against consumption accounts; peak years. One column per province."""
    rows = 3 if len(run.years) >= MEAN_YEARS and len(run.members) > 1 else 2
    figure = Figure(figsize=(9.6, 7.4 if rows == 3 else 6.2))
    heights = (1.25, 1, 0.42)[:rows]
    top, gap = (0.87, 0.42) if rows == 3 else (0.85, 0.3)
    grid = figure.add_gridspec(
        rows, 4, height_ratios=heights, left=0.055, right=0.978, top=top, bottom=0.05, hspace=gap, wspace=0.2
    )
    panels = [[figure.add_subplot(grid[row, column]) for column in range(4)] for row in range(rows)]
    key = _sector_groups(run, panels[0])
    key_line(figure, key, 0.055, 0.925)
    key_line(figure, _accounts(run, panels[1]), 0.055, panels[1][0].get_position().y1 + 0.025)
    if rows == 3:
        _peak_distributions(run, panels[2])
        height = panels[2][0].get_position().y1 + 0.022
        title = in_language(
            "Year of the confirmed peak of produced CO₂, % of members", "生产侧达峰年份，占模拟成员百分比"
        )
        figure.text(0.055, height, title, fontsize=8.5, va="center")
    names = names_zh(places)
    for axes, province in zip(panels[0], FOUR, strict=True):
        axes.set_title(in_language(province, names.get(province, province)))
    _share_scales(panels, run.years)
    title = in_language("CO₂ of four provinces, Mt a year", "四省区二氧化碳排放，百万吨/年")
    figure.text(0.055, 0.975, title, fontsize=10, fontweight="bold", va="center")
    return figure


def _share_scales(panels: list[list[Axes]], years: list[int]) -> None:
    """One vertical scale per row; only the first column carries its numbers."""
    for row in panels:
        highest = max(axes.get_ylim()[1] for axes in row)
        for column, axes in enumerate(row):
            year_axis(axes, years)
            axes.set_xticks(axes.get_xticks()[::2])
            axes.get_xticklabels()[0].set_horizontalalignment("left")  # panels touch: keep each label on its own side
            axes.get_xticklabels()[-1].set_horizontalalignment("right")
            axes.set_ylim(0, highest)
            few_ticks(axes)
            axes.tick_params(labelleft=column == 0)


def _sector_groups(run: RunTables, row: list[Axes]) -> list[tuple[str, str]]:
    run.name_groups("sector_kinds", groups_table(SECTOR_GROUPS, "sector"))
    listed = ", ".join(f"'{province}'" for province in FOUR)
    spread = run.spread(_BY_GROUP, "sum(co2_mt)", ["province", "layer"], f"province IN ({listed})")
    kinds = in_order(SECTOR_GROUPS, sorted(set(spread["layer"])))
    for axes, province in zip(row, FOUR, strict=True):
        levels = medians(spread[spread["province"] == province], "layer")
        stack(axes, levels.reindex(columns=[kind.code for kind in kinds], fill_value=0.0), kinds)
    return [(in_language(kind.name, kind.name_zh), kind.colour) for kind in kinds]


def _accounts(run: RunTables, row: list[Axes]) -> list[tuple[str, str]]:
    shown = [account for account in ACCOUNTS if run.has("provinces", account[0])]
    for column, _, _, colour in shown:
        for axes, province in zip(row, FOUR, strict=True):
            spread = run.spread("provinces", f"sum({column})", where=f"province = '{province}'")
            draw_spread(axes, spread, colour)
            axes.set_ylim(0, max(axes.get_ylim()[1], float(spread["high"].max()) * 1.05))
    return [(in_language(english, chinese), colour) for _, english, chinese, colour in shown]


def _peak_distributions(run: RunTables, row: list[Axes]) -> None:
    found = peaks(run.ask("SELECT member, province, year, co2_mt FROM provinces"), ["member", "province"])
    for axes, province in zip(row, FOUR, strict=True):
        of_province = found[found["province"] == province]
        share = shares_by_peak_year(of_province, run.years) * 100
        axes.bar(run.years, share.to_numpy(), width=0.85, color=CURVE, linewidth=0)
        axes.set_ylim(0, max(float(share.max()) * 1.5, 5))
        censored = 100 * share_unconfirmed(of_province)
        text = in_language(f"unconfirmed {censored:.0f} %", f"未确认 {censored:.0f} %")
        axes.text(0.98, 0.99, text, transform=axes.transAxes, ha="right", va="top", fontsize=8, color=MUTED)


def all_provinces(run: RunTables, places: Sequence[Place]) -> Figure:
    """CO2 of each province relative to the first year, at its place on the tile map; the nation's median in grey."""
    first = run.years[0]
    relative = "100 * sum(co2_mt) / sum(base)"
    base = f"(SELECT member, province, co2_mt AS base FROM provinces WHERE year = {first})"
    spread = run.spread(f"provinces JOIN {base} USING (member, province)", relative, ["province"], "base > 0")
    nation_base = f"(SELECT member, co2_mt AS base FROM national WHERE year = {first})"
    nation = run.spread(f"national JOIN {nation_base} USING (member)", relative)
    ceiling = min(max(1.08 * float(spread["high"].max()), 110.0), HIGHEST)
    rows, columns = max(place.row for place in places) + 1, max(place.column for place in places) + 1
    figure = Figure(figsize=(9.6, 1.14 * rows + 0.5))
    taken = {(place.row, place.column) for place in places}
    for place in places:
        of_province = spread[spread["province"] == place.province]
        if of_province.empty:
            continue
        left = 0.04 + 0.955 * place.column / columns
        bottom = 0.945 * (1 - (place.row + 1) / rows) + 0.026
        axes = figure.add_axes((left, bottom, 0.955 * 0.76 / columns, 0.955 * 0.64 / rows))
        _small_panel(axes, of_province, nation, ceiling, run.years)
        axes.tick_params(labelleft=(place.row, place.column - 1) not in taken)
        axes.set_title(in_language(place.province, place.short_zh), fontsize=8.5, pad=3)
    title = in_language(f"CO₂ of each province, {first} = 100", f"各省区二氧化碳排放，{first}年=100")
    figure.text(0.04, 0.975, title, fontsize=10, fontweight="bold", va="center")
    note = in_language("grey: the nation", "灰线：全国")
    if (spread["high"] > ceiling).any():
        note += in_language("; ▲: goes on above", "；▲：超出图框")
    figure.text(0.04, 0.95, note, fontsize=8.5, color=MUTED, va="center")
    return figure


def _small_panel(axes: Axes, spread: pd.DataFrame, nation: pd.DataFrame, ceiling: float, years: list[int]) -> None:
    """One province; a triangle marks where its band or line leaves the panel at the top."""
    axes.plot(nation["year"], nation["median"], color=MUTED, linewidth=0.8)
    draw_spread(axes, spread, CURVE, width=1.4)
    year_axis(axes, years)
    ends = sorted({years[0], years[-1]})
    axes.set_xticks(ends, [str(year) for year in ends], fontsize=6.5)
    axes.get_xticklabels()[-1].set_horizontalalignment("right")
    axes.get_xticklabels()[0].set_horizontalalignment("left")
    axes.set_ylim(0, ceiling)
    axes.set_yticks([0, 100], ["0", "100"], fontsize=6.5)
    cut = spread.loc[spread["high"] > ceiling, "year"]
    if len(cut):
        axes.plot([float(cut.mean())], [ceiling], "^", color=ACCENT, markersize=4, clip_on=False)
    end = spread.iloc[-1]
    level = float(end["median"])
    colour = ACCENT if level > 100 else INK
    axes.annotate(
        f"{level:.0f}",
        (end["year"], min(level, 0.92 * ceiling)),
        (3, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        fontweight="bold",
        color=colour,
    )
