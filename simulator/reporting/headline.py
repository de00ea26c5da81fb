"""The numbers at the top of a report: medians with the range of 90 % of members."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.analysis.peak import (
    MEAN_YEARS,
    last_confirmable,
    peak_year_quantiles,
    peaks,
    share_past_plateau,
    share_peaked_by,
    told_peak_year,
)
from simulator.analysis.run_tables import RunTables
from simulator.reporting.figures_map import middle_year
from simulator.reporting.geography import FOUR

MIDDLE_90 = (0.05, 0.5, 0.95)  # the median, and the range of 90 % of members around it
MILESTONES = (2020, 2025, 2030, 2035, 2040, 2050, 2060)


@dataclass(frozen=True)
class Cell:
    """A number as text, and the range of the middle 90 % of members (empty if none); a word has its Chinese beside."""

    middle: str
    around: str = ""
    middle_zh: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table: its name in both languages and its cells."""

    name: str
    name_zh: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Measure:
    """A column of the national table: what it is called, how it is computed and written."""

    column: str
    value: str
    name: str
    name_zh: str
    number: str


MEASURES = (
    Measure("co2_mt", "sum(co2_mt) / 1000", "CO₂, Gt a year", "二氧化碳，十亿吨/年", ",.2f"),
    Measure("co2_heat_mt", "sum(co2_heat_mt)", "of which heat supply, Mt a year", "其中供热，百万吨/年", ",.0f"),
    Measure(
        "co2_process_other_mt",
        "sum(co2_process_other_mt)",
        "Other process CO₂ (separate ledger), Mt a year",
        "其他过程排放（另账），百万吨/年",
        ",.0f",
    ),
    Measure(
        "gdp_bn_cny",
        "1000 * sum(co2_mt) / sum(gdp_bn_cny)",
        "CO₂ per GDP, kg per 1,000 CNY",
        "单位GDP排放，千克/千元",
        ",.0f",
    ),
    Measure("electricity_twh", "sum(electricity_twh)", "Electricity use, TWh a year", "用电量，太瓦时/年", ",.0f"),
    Measure("coal_generation_share", "100 * sum(coal_generation_share)", "Coal in generation, %", "煤电占比，%", ".0f"),
    Measure(
        "non_fossil_energy_share",
        "100 * sum(non_fossil_energy_share)",
        "Non-fossil in energy, %",
        "非化石占比，%",
        ".0f",
    ),
    Measure("curtailment_share", "100 * sum(curtailment_share)", "Wind and solar curtailed, %", "弃风弃光率，%", ".1f"),
    Measure("unserved_twh", "sum(unserved_twh)", "Power not served, TWh a year", "缺电量，太瓦时/年", ",.1f"),
    Measure(
        "unserved_goods_bn_cny",
        "sum(unserved_goods_bn_cny)",
        "Goods not delivered, bn CNY a year",
        "未交付商品，十亿元/年",
        ",.0f",
    ),
    Measure(
        "carbon_price_cny_per_tco2", "sum(carbon_price_cny_per_tco2)", "Carbon price, CNY per t", "碳价，元/吨", ",.0f"
    ),
    Measure(
        "power_price_cny_per_mwh", "sum(power_price_cny_per_mwh)", "Power price, CNY per MWh", "电价，元/兆瓦时", ",.0f"
    ),
)


def milestones(years: Sequence[int]) -> list[int]:
    """The years that head the table: round ones within the run, its first and its last."""
    return sorted({years[0], years[-1], *(year for year in MILESTONES if years[0] <= year <= years[-1])})


def interval(spread: pd.Series, number: str) -> Cell:
    """Cell of `median`, `low` and `high`; the range only where it differs. Worked value: 9.9, 9.1–10.4."""
    middle, low, high = (f"{spread[name]:{number}}".replace("-", "−") for name in ("median", "low", "high"))
    return Cell(middle, "" if low == middle == high else f"{low}–{high}")


def national_rows(run: RunTables) -> list[Row]:
    """Each measure that the run holds, in each milestone year."""
    years = milestones(run.years)
    rows = []
    for measure in MEASURES:
        if not run.has("national", measure.column):
            continue
        spread = run.spread("national", measure.value).set_index("year").loc[years]
        cells = [interval(row, measure.number) for _, row in spread.iterrows()]
        rows.append(Row(measure.name, measure.name_zh, tuple(cells)))
    return rows


def summary_rows(run: RunTables) -> list[Row]:
    """Cumulative CO2, and peak statistics where the run is long enough to tell."""
    total = run.ask("SELECT member, sum(co2_mt) / 1000 AS gt FROM national GROUP BY member")["gt"]
    quantiles = pd.Series(np.quantile(total, MIDDLE_90), index=["low", "median", "high"])
    span = f"{run.years[0]}–{run.years[-1]}"
    rows = [Row(f"Cumulative CO₂ {span}, Gt", f"{span}年累计二氧化碳，十亿吨", (interval(quantiles, ",.0f"),))]
    if len(run.years) < MEAN_YEARS:
        return rows
    found = peaks(run.ask("SELECT member, year, co2_mt FROM national"))
    return [*rows, *peak_rows(found, run.years)]


def peak_rows(found: pd.DataFrame, years: Sequence[int]) -> list[Row]:
    """Peak year and the plateau around it; by 2030 and 2035 who has peaked, and who has left the plateau as well.

    On a plateau the peak year is told by a few tenths of a per cent, so that a peak "by 2030" alone would sound surer
    than it is.
    """
    peak, plateau = (peak_cell(found, years),), (plateau_cell(found),)
    rows = [
        Row("Year of the national peak (highest three-year mean)", "全国达峰年份（三年均值最高）", peak),
        Row("Plateau: three-year mean within 3 % of its peak", "平台期：三年均值与峰值相差3%以内", plateau),
    ]
    known = [year for year in (2030, 2035) if years[0] < year <= last_confirmable(years)]
    if len(found) == 1:
        return rows + [
            Row(f"Past the peak by {year}", f"{year}年前是否达峰", (standing(found.iloc[0], year),)) for year in known
        ]
    for year in known:
        past, left = share_peaked_by(found, year), share_past_plateau(found, year)
        rows.append(Row(f"Members with a confirmed peak by {year}", f"{year}年前确认达峰的成员占比", (percent(past),)))
        if left < past:
            name = f"Members that have also left the plateau by {year}"
            rows.append(Row(name, f"{year}年前已走出平台期的成员占比", (percent(left),)))
    censored = percent(1 - float(found["confirmed"].mean()))
    return [*rows, Row("Members without a confirmed peak", "未确认达峰的成员占比", (censored,))]


def percent(share: float) -> Cell:
    """Worked value: 0.5 -> 50 %."""
    return Cell(f"{100 * share:.0f} %")


def standing(peak: pd.Series, year: int) -> Cell:
    """Where one series stands in `year`: past its confirmed peak, still on the plateau around it, or before it."""
    if not peak["confirmed"] or peak["peak_year"] > year:
        return Cell("no", middle_zh="否")
    if peak["plateau_to"] >= year:
        return Cell("on a plateau", middle_zh="处于平台期")
    return Cell("yes", middle_zh="是")


def plateau_cell(found: pd.DataFrame) -> Cell:
    """Median first and last year of the plateau, each an observed year, with the range of 90 % of members."""
    bounds = [
        np.quantile(found[column], MIDDLE_90, method="inverted_cdf").astype(int)
        for column in ("plateau_from", "plateau_to")
    ]
    told = [f"{first}–{last}" if first < last else f"{first}" for first, last in zip(*bounds, strict=True)]
    return Cell(told[1], "" if told[0] == told[1] == told[2] else f"{told[0]} … {told[2]}")


def peak_cell(found: pd.DataFrame, years: Sequence[int]) -> Cell:
    """Median peak year with its 90 % range; `≤` where the run starts too late to tell, `>` if not confirmed by then."""
    low, median, high = (told_peak_year(year, years) for year in peak_year_quantiles(found, MIDDLE_90))
    return Cell(median, "" if low == median == high else f"{low} – {high}")


def province_rows(run: RunTables, names_zh: dict[str, str]) -> list[Row]:
    """The four provinces: CO2 in the first, middle and last year, consumption-based CO2, the peak and its plateau."""
    rows = []
    years = [run.years[0], middle_year(run.years), run.years[-1]]
    columns = [column for column in ("co2_mt", "co2_consumption_mt") if run.has("provinces", column)]
    found = None
    if len(run.years) >= MEAN_YEARS:
        found = peaks(run.ask("SELECT member, province, year, co2_mt FROM provinces"), ["member", "province"])
    for province in FOUR:
        cells: list[Cell] = []
        for column in columns:
            spread = run.spread("provinces", f"sum({column})", where=f"province = '{province}'")
            by_year = {int(row["year"]): row for _, row in spread.iterrows()}
            chosen = years if column == "co2_mt" else years[:1]
            cells += [interval(by_year[year], ",.0f") for year in chosen]
        if found is not None:
            own = found[found["province"] == province]
            cells += [peak_cell(own, run.years), plateau_cell(own)]
        rows.append(Row(province, names_zh.get(province, province), tuple(cells)))
    return rows


def province_heads(run: RunTables) -> list[tuple[str, str]]:
    """Column heads of the table of four provinces, in both languages."""
    first, middle, last = run.years[0], middle_year(run.years), run.years[-1]
    heads = [(f"{year}", f"{year}") for year in (first, middle, last)]
    if run.has("provinces", "co2_consumption_mt"):
        heads.append((f"{first}, consumption-based", f"{first}年，消费侧"))
    told = [("peak", "达峰"), ("plateau around it", "平台期")] if len(run.years) >= MEAN_YEARS else []
    return heads + told
