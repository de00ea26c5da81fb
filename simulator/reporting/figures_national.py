"""The nation: CO2 over time, when it peaks, which sectors emit it, and what goes with it."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.analysis.peak import (
    MEAN_YEARS,
    PLATEAU_SHARE,
    centred_mean,
    peaks,
    share_unconfirmed,
    shares_by_peak_year,
)
from simulator.analysis.run_tables import RunTables
from simulator.reporting.palette import SECTORS, in_order
from simulator.reporting.stacks import label_stack, medians, stack
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


def national_co2(run: RunTables) -> Figure:
    """Trajectory with bands above; below, the share of members that peak in each year."""
    figure = Figure(figsize=(9.6, 5.6))
    several = len(run.members) > 1 and len(run.years) >= MEAN_YEARS
    grid = figure.add_gridspec(2, 1, height_ratios=(3.4, 1), left=0.07, right=0.845, top=0.92, bottom=0.08, hspace=0.32)
    axes = figure.add_subplot(grid[0] if several else grid[:])
    spread = run.spread("national", "sum(co2_mt) / 1000")
    draw_spread(axes, spread, CURVE, width=2.2)
    from_zero(axes, float(spread["high"].max()))
    axes.set_title(in_language("National CO₂ emissions, Gt a year", "全国二氧化碳排放，十亿吨/年"))
    year_axis(axes, run.years)
    _label_last_year(axes, spread)
    if len(run.years) >= MEAN_YEARS:
        found = peaks(run.ask("SELECT member, year, co2_mt FROM national"))
        if several:
            below = figure.add_subplot(grid[1])
            _peak_years(below, found, run.years)
        else:
            _mark_peak(axes, spread, found.iloc[0])
    return figure


def _label_last_year(axes: Axes, spread: pd.DataFrame) -> None:
    """Name the bands where they end, in the shade of each."""
    last = spread.iloc[-1]
    several = last["high"] > last["low"]
    year = int(last["year"])
    named = {"median": (in_language("median", "中位数") if several else in_language(f"{year}", f"{year}年"), 1.0)}
    if several:
        named |= {"high": ("95 %", 0.2), "upper": ("75 %", 0.45), "lower": ("25 %", 0.45), "low": ("5 %", 0.2)}
    positions = [float(last[name]) for name in named]
    texts = [f"{text}  {last[name]:.1f}" for name, (text, _) in named.items()]
    label_beside(axes, positions, texts, [(CURVE, strength) for _, strength in named.values()])


def _mark_peak(axes: Axes, spread: pd.DataFrame, peak: pd.Series) -> None:
    """Three-year mean of a single member, a dot and the year at its highest, and a bar along the plateau around it."""
    level = peak["peak_level"] / 1000
    mean = centred_mean(spread["median"].to_numpy()[None])[0]
    axes.plot(spread["year"].iloc[1:-1], mean, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    _mark_plateau(axes, int(peak["plateau_from"]), int(peak["plateau_to"]), PLATEAU_SHARE * level)
    axes.plot([peak["peak_year"]], [level], "o", color=ACCENT, markersize=6)
    told = (
        in_language("peak of the three-year mean", "三年均值达峰")
        if peak["confirmed"]
        else in_language("highest three-year mean, peak not confirmed", "三年均值最高，未确认")
    )
    axes.annotate(
        f"{peak['peak_year']}: {told}",
        (peak["peak_year"], level),
        (0, 9),
        textcoords="offset points",
        ha="left" if peak["peak_year"] < spread["year"].mean() else "right",
        fontsize=9,
        fontweight="bold",
    )


def _mark_plateau(axes: Axes, first: int, last: int, level: float) -> None:
    """A bar from the first to the last year of the plateau at its lowest level, named below its start."""
    if first == last:
        return
    axes.plot([first, last], [level, level], color=ACCENT, linewidth=3, alpha=0.5, solid_capstyle="butt")
    text = in_language(f"plateau {first}–{last}", f"平台期 {first}–{last}")
    axes.annotate(text, (first, level), (0, -12), textcoords="offset points", fontsize=8.5, color=MUTED)


def _peak_years(axes: Axes, found: pd.DataFrame, years: list[int]) -> None:
    """Bars: share of members whose confirmed peak lies in each year; the censored share is written beside."""
    share = shares_by_peak_year(found, years) * 100
    axes.bar(years, share.to_numpy(), width=0.8, color=CURVE, linewidth=0)
    year_axis(axes, years)
    axes.set_xlim(years[0], years[-1])
    axes.set_ylim(0, max(float(share.max()) * 1.15, 5))
    few_ticks(axes)
    axes.set_title(in_language("Year of the highest three-year mean, % of members", "三年均值最高的年份，占成员%"))
    censored = 100 * share_unconfirmed(found)
    text = in_language(f"no confirmed\npeak: {censored:.0f} %", f"未确认达峰：\n{censored:.0f} %")
    axes.text(1.025, 0.5, text, transform=axes.transAxes, va="center", fontsize=8.5, color=INK if censored else MUTED)


def co2_by_sector(run: RunTables) -> Figure:
    """Stacked areas of direct CO2 (median of each sector), with the median of the total as a line."""
    figure = Figure(figsize=(9.6, 5.2))
    axes = figure.add_axes((0.07, 0.08, 0.66, 0.83))
    levels = medians(run.spread("sectors", "sum(co2_mt) / 1000", ["sector"]), "sector")
    kinds = in_order(SECTORS, list(levels.columns))
    stack(axes, levels, kinds)
    if len(run.members) > 1:  # the layers of one member add up to its total
        total = run.spread("national", "sum(co2_mt) / 1000")
        axes.plot(total["year"], total["median"], color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
        from_zero(axes, max(float(levels.sum(axis=1).max()), float(total["median"].max())))
    axes.set_title(in_language("Direct CO₂ by sector, Gt a year", "分行业直接二氧化碳排放，十亿吨/年"))
    year_axis(axes, run.years)
    label_stack(axes, levels, kinds, ".2f")
    return figure


@dataclass(frozen=True)
class Indicator:
    """A panel: the column of the national table, what it is divided by, how it is written and what it is called."""

    column: str
    scale: float
    number: str
    name: str
    name_zh: str
    per: str = ""

    @property
    def value(self) -> str:
        """The aggregate that is asked for."""
        return f"sum({self.column})" + (f" / sum({self.per})" if self.per else "")


INDICATORS = (
    Indicator("carbon_price_cny_per_tco2", 1, ".0f", "Carbon price, CNY per t CO₂", "碳价，元/吨"),
    Indicator("power_price_cny_per_mwh", 1, ".0f", "Power price, CNY per MWh", "电价，元/兆瓦时"),
    Indicator("certificate_price_cny_per_mwh", 1, ".0f", "Green certificates, CNY per MWh", "绿证价格，元/兆瓦时"),
    Indicator("coal_generation_share", 100, ".0f", "Coal in generation, %", "煤电占比，%"),
    Indicator("non_fossil_energy_share", 100, ".0f", "Non-fossil in energy, %", "非化石能源占比，%"),
    Indicator("curtailment_share", 100, ".1f", "Curtailed, % of wind and sun", "弃风弃光率，%"),
    Indicator("unserved_twh", 1, ".1f", "Power not served, TWh", "缺电量，太瓦时"),
    Indicator("unserved_goods_bn_cny", 1, ",.0f", "Goods not delivered, bn CNY", "未交付商品，十亿元"),
    Indicator("unserved_goods_bn_cny", 100, ".1f", "Goods not delivered, % of GDP", "未交付商品，占GDP%", "gdp_bn_cny"),
)


def indicators(run: RunTables) -> Figure:
    """Prices, the energy mix and the reliability of supply: a row each, each panel on its own scale from zero."""
    figure = Figure(figsize=(9.6, 6.9))
    places = {"left": 0.055, "right": 0.945, "top": 0.95, "bottom": 0.045, "hspace": 0.42, "wspace": 0.34}
    panels = list(figure.subplots(3, 3, gridspec_kw=places).flat)
    shown = [one for one in INDICATORS if run.has("national", one.column)]
    for axes, indicator in zip(panels, shown, strict=False):
        _indicator(axes, run, indicator)
    for axes in panels[len(shown) :]:
        axes.remove()
    return figure


def _indicator(axes: Axes, run: RunTables, indicator: Indicator) -> None:
    """One panel, with the level of the last year beside it."""
    spread = run.spread("national", indicator.value)
    draw_spread(axes, spread, CURVE, indicator.scale)
    from_zero(axes, float(spread["high"].max()) * indicator.scale)
    axes.set_title(in_language(indicator.name, indicator.name_zh), fontsize=9)
    few_ticks(axes)
    year_axis(axes, run.years)
    last = spread.iloc[-1]
    level = last["median"] * indicator.scale
    axes.annotate(
        f"{level:{indicator.number}}",
        (last["year"], level),
        (5, 0),
        textcoords="offset points",
        va="center",
        fontweight="bold",
    )
