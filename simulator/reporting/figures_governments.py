"""The carbon market, and local governments: what they try, what it costs, and how capable they are assumed to be."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from simulator.analysis.run_tables import RunTables
from simulator.reporting.geography import FOUR, Place, names_zh
from simulator.reporting.style import (
    ACCENT,
    CURVE,
    INK,
    MUTED,
    draw_spread,
    few_ticks,
    from_zero,
    in_language,
    label_beside,
    year_axis,
)

_NATIONAL = "market = 'national'"
QUANTITIES = (
    ("surrendered_mt", INK, "emitted", "排放"),
    ("allocated_mt", CURVE, "given free", "免费分配"),
    ("auctioned_mt", "#d98a1f", "auctioned", "拍卖"),
    ("banked_mt", "#5f9e6e", "kept", "结转"),
    ("reserve_mt", ACCENT, "from the reserve", "储备投放"),
)
FOUR_COLOURS = ("#2f6fb0", "#4f9d6b", "#d98a1f", "#a8453a")


def carbon_market(run: RunTables) -> Figure:
    """Price of allowances with bands, and where allowances come from and go to (medians)."""
    figure = Figure(figsize=(9.6, 4.0))
    price_axes = figure.add_axes((0.06, 0.11, 0.34, 0.77))
    spread = run.spread("carbon_market", "sum(price_cny_per_tco2)", where=_NATIONAL)
    draw_spread(price_axes, spread, CURVE, width=2.0)
    from_zero(price_axes, float(spread["high"].max()))
    price_axes.set_title(in_language("Allowance price, CNY per t", "配额价格，元/吨"))
    year_axis(price_axes, run.years)
    axes = figure.add_axes((0.49, 0.11, 0.33, 0.77))
    paths = [run.spread("carbon_market", f"sum({column}) / 1000", where=_NATIONAL) for column, *_ in QUANTITIES]
    colours = [colour for _, colour, _, _ in QUANTITIES]
    for path, colour in zip(paths, colours, strict=True):
        axes.plot(path["year"], path["median"], color=colour, linewidth=1.6)
    axes.set_ylim(0, max(axes.get_ylim()[1], 0.1))
    axes.set_title(in_language("Allowances, Gt a year (kept: stock)", "配额，十亿吨/年（结转为存量）"))
    year_axis(axes, run.years)
    names = [in_language(english, chinese) for *_, english, chinese in QUANTITIES]
    label_beside(axes, [float(path["median"].iloc[-1]) for path in paths], names, colours)
    return figure


def governments(run: RunTables, places: Sequence[Place]) -> Figure:
    """Effort, output held back (if the run holds sectors), assumed capacity, plans missed: a panel each."""
    figure = Figure(figsize=(9.6, 6.0))
    draw: list[Callable[[Axes, RunTables], None]] = [_effort, partial(_capacity, name_zh=names_zh(places)), _missed]
    if run.has("sectors", "rationed_target_bn_cny", "rationed_supply_bn_cny"):
        draw.insert(1, _held_back)
    corners = [(left, bottom) for bottom in (0.57, 0.08) for left in (0.06, 0.53)]
    for (left, bottom), panel in zip(corners, draw, strict=False):
        axes = figure.add_axes((left, bottom, 0.33, 0.34))
        panel(axes, run)
        few_ticks(axes, 4)
        year_axis(axes, run.years)
        if panel in BARS:
            axes.set_xlim(run.years[0], run.years[-1] + 1.6)  # room for the bars of the last year
    return figure


def _effort(axes: Axes, run: RunTables) -> None:
    """Mean effort of the provinces, with bands over members."""
    spread = run.spread("governments", "100 * avg(effort)")
    draw_spread(axes, spread, CURVE, width=2.0)
    from_zero(axes, float(spread["high"].max()))
    axes.set_title(in_language("Effort, mean of provinces, % of the most", "努力程度，各省均值，占最大值%"), fontsize=9)


def _held_back(axes: Axes, run: RunTables) -> None:
    """Output that campaigns and shortages of power hold back, % of GDP, mean over members."""
    level = run.ask(
        "SELECT year, 100 * avg(target / gdp) AS target, 100 * avg(supply / gdp) AS supply FROM"
        " (SELECT member, year, sum(rationed_target_bn_cny) AS target, sum(rationed_supply_bn_cny) AS supply"
        " FROM sectors GROUP BY member, year) JOIN (SELECT member, year, gdp_bn_cny AS gdp FROM national)"
        " USING (member, year) GROUP BY year ORDER BY year"
    )
    target, supply = level["target"].to_numpy(), level["supply"].to_numpy()
    axes.bar(level["year"], target, width=0.8, color=CURVE, linewidth=0)
    axes.bar(level["year"], supply, width=0.8, bottom=target, color=ACCENT, linewidth=0)
    highest = float((target + supply).max())
    from_zero(axes, highest)
    axes.set_title(in_language("Output held back, % of GDP", "受限产出，占GDP百分比"), fontsize=9)
    causes = (
        (target, 0.35, in_language("for targets", "因目标"), CURVE),
        (supply, 0.65, in_language("no power", "因缺电"), ACCENT),
    )
    shown = [(share * highest, text, colour) for amount, share, text, colour in causes if visible(amount, highest)]
    if shown:
        label_beside(axes, *zip(*shown, strict=True))


def visible(amount: NDArray[np.float64], highest: float) -> bool:
    """Whether some bar of these amounts can be seen: it takes 0.5 % of the axis, which ends at `highest`, or more."""
    return bool(amount.max() > 0.005 * highest)


def _capacity(axes: Axes, run: RunTables, name_zh: Mapping[str, str]) -> None:
    """Assumed planning capacity: four provinces, and the middle 80 % of all provinces (medians over members)."""
    level = run.spread("provinces", "100 * avg(planning_capacity)", ["province"])
    wide = level.pivot(index="year", columns="province", values="median")  # noqa: PD010
    low, high = np.percentile(wide.to_numpy(), [10, 90], axis=1)
    axes.fill_between(wide.index, low, high, color=MUTED, alpha=0.18, linewidth=0)
    known = [name for name in FOUR if name in wide.columns]
    for name, colour in zip(known, FOUR_COLOURS, strict=False):
        axes.plot(wide.index, wide[name], color=colour, linewidth=1.6)
    axes.set_ylim(0, 100)
    title = in_language(
        "Planning capacity, assumed, % (grey: 80 % of provinces)", "规划能力（假设），%（灰：80%的省份）"
    )
    axes.set_title(title, fontsize=9)
    shown = [in_language(name, name_zh.get(name, name)) for name in known]
    label_beside(axes, [float(wide[name].iloc[-1]) for name in known], shown, FOUR_COLOURS[: len(known)])


def _missed(axes: Axes, run: RunTables) -> None:
    """Plans missed, by reports and audits, and in truth: % of provinces, mean over members."""
    found = run.ask(
        "SELECT year, 100 * avg(governments.target_missed) AS counted,"
        " 100 * avg(CASE WHEN intensity_achieved < intensity_target THEN 1.0 ELSE 0.0 END) AS true_share"
        " FROM governments JOIN provinces USING (member, year, province)"
        " WHERE target_met + target_missed > 0 GROUP BY year ORDER BY year"
    )
    bars: tuple[tuple[str, float, str, str, str], ...] = (
        ("counted", -0.75, CURVE, "as assessed", "考核"),
        ("true_share", 0.75, ACCENT, "carbon, in truth", "真实碳强度"),
    )
    for column, shift, colour, _, _ in bars:
        axes.bar(found["year"] + shift, found[column], width=1.4, color=colour, linewidth=0)
    highest = float(pd.concat([found["counted"], found["true_share"]]).max()) if len(found) else 0.0
    from_zero(axes, highest)
    axes.set_title(in_language("Plans missed, % of provinces", "未完成五年目标的省份，%"), fontsize=9)
    texts = [in_language(english, chinese) for _, _, _, english, chinese in bars]
    label_beside(axes, [0.35 * highest, 0.65 * highest], texts, [colour for _, _, colour, _, _ in bars])


BARS = (_held_back, _missed)
