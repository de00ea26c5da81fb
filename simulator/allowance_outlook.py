"""What is known of prices ahead: bands, and allowances as announced against emissions that go on as of late.

    s = (sum_n [E (1 + g)^n - allowances_n] - bank) / sum_n E (1 + g)^n        n this year and those of the horizon
    P = P_last + slope s

The bank bridges years, so only the sum over the horizon counts (Rubin 1996, doi:10.1006/jeem.1996.0044; over a finite
horizon Quemin and Trotignon 2021, doi:10.1016/j.jedc.2021.104099). Prices move with the share that is short, as
marginal costs of abatement that rise linearly do. Y years, M markets, S sectors, H years of the horizon.
"""

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import process, rule
from simulator.signal_table import SignalTable
from simulator.tables import Array
from simulator.true_up import BASE, BY_OUTPUT, EMITTED, PUBLISHED

if TYPE_CHECKING:
    from simulator.setting import Setting

RULES = (
    "output_linkage",
    "benchmark_multiplier",
    "carbon_cap_multiplier",
    "free_allocation_share",
    "auction_share",
)
MOST_KEPT = 8
TREND_YEARS = 5


class Scarcity:
    """What firms know of scarcity ahead.

    price [M]: expected within the horizon, in CNY per tCO2; published [M, S, 3] in Mt: of the year, see
    `true_up.PUBLISHED`; record [Y, M, S, 2] in Mt: emissions of every year, and what the benchmarks of the base year
    would have given; linked [Y, S]: part of that which is given; issued [Y, 1 + H, S, 2]: see `announced_allowances`;
    bank_years: whole years to the middle of the horizon.
    """

    def __init__(self, setting: "Setting", markets: int) -> None:
        self.linked = setting.signals["output_linkage"] * setting.signals["benchmark_multiplier"]
        years, sectors = self.linked.shape
        horizon = round(setting.parameters["allowance_horizon"])
        self.issued = announced_allowances(setting.signals, setting.years, horizon)
        self.bank_years = (horizon + 1) // 2
        self.price = np.zeros(markets)
        self.published = np.zeros((markets, sectors, len(PUBLISHED)))
        self.record = np.zeros((years, markets, sectors, 2))

    def look_ahead(self, setting: "Setting", i: int, price: Array, bank: Array) -> None:
        """The price of the horizon from the last one [M] and what is kept [M], at the beginning of year i."""
        known, own = self.record[max(i - TREND_YEARS - 1, 0) : i], setting.parameters
        slope, most = own["scarcity_price_slope"], own["growth_expectation_bound"]
        prices_ahead(price, known, self.published, bank, self.issued[i], slope, most, self.price)

    def note_year(self, i: int) -> None:
        """What was published goes on record."""
        remember(self.published, self.linked[i], self.record[i])


@process
def remember(published: Array, linked: Array, record: Array) -> None:
    """Fill a year's record [M, S, 2]; where nothing follows output, what benchmarks would have given counts as none."""
    for market in range(record.shape[0]):
        for sector in range(record.shape[1]):
            by_output = published[market, sector, BY_OUTPUT]
            record[market, sector, EMITTED] = published[market, sector, EMITTED]
            record[market, sector, BY_OUTPUT] = by_output / linked[sector] if linked[sector] > 0.0 else 0.0


def announced_allowances(signals: SignalTable, years: tuple[int, ...], horizon: int) -> Array:
    """Allowances issued [Y, 1 + H, S, 2] in each year and those of its horizon, as announced by then or, for years of
    which nothing is, as terms are expected to go on (`SignalTable.announced`).

    They are those for a tonne by the benchmarks of the base year, and for a tonne of the base.
    After the last year they stay as they are in it. Scenarios that share these signals share them.
    """
    return _announced_allowances(signals.holder(*RULES), years, horizon)


@lru_cache(maxsize=MOST_KEPT)
def _announced_allowances(signals: SignalTable, years: tuple[int, ...], horizon: int) -> Array:
    ahead = np.minimum(np.arange(len(years))[:, None] + np.arange(horizon + 1), len(years) - 1)
    issued = np.empty((*ahead.shape, signals["output_linkage"].shape[1], 2))
    for i, year in enumerate(years):
        linkage, benchmark, cap, free, auctioned = (signals.announced(name, year)[ahead[i]] for name in RULES)
        part = free + (1.0 - free) * auctioned
        issued[i] = np.stack((part * linkage * benchmark, part * (1.0 - linkage) * cap), axis=-1)
    return issued


@rule
def yearly_factor(series: Array, most: float) -> float:
    """Yearly growth, as a factor, of the last value over the first since which there was something in every year.

    series [years]; most: largest log change per year. Worked value: 0, 50, 80 and 72 give (72 / 50)^(1/2) = 1.2, or,
    with a most of 0.1, 1.105.
    """
    last = series.size - 1
    first = last
    while first > 0 and series[first - 1] > 0.0:
        first -= 1
    if first == last:
        return 1.0
    growth = math.log(series[last] / series[first]) / (last - first)
    return math.exp(min(max(growth, -most), most))


@rule
def shortage(record: Array, base: Array, bank: float, issued: Array, most: float) -> float:
    """Allowances short over the horizon relative to emissions, below zero where they are ample; 0 without a record.

    record [years, S, 2]: emissions of past years, and what the benchmarks of the base year would have given, in Mt;
    base [S], bank in Mt; issued [1 + H, S, 2], see `announced_allowances`; most: largest log change per year. Worked
    value: 100 Mt a year, 90 and then 80 allowances, and a bank of 10: (200 - 170 - 10) / 200 = 0.1.
    """
    emitted, given = 0.0, 0.0
    last = record.shape[0] - 1
    for sector in range(base.size):
        if last < 0 or record[last, sector, EMITTED] <= 0.0:
            continue
        co2, by_output = record[last, sector, EMITTED], record[last, sector, BY_OUTPUT]
        more_co2 = yearly_factor(record[:, sector, EMITTED], most)
        more_output = yearly_factor(record[:, sector, BY_OUTPUT], most) if by_output > 0.0 else 1.0
        for year in range(issued.shape[0]):
            co2 *= more_co2
            by_output *= more_output
            emitted += co2
            given += issued[year, sector, 0] * by_output + issued[year, sector, 1] * base[sector]
    return (emitted - given - bank) / emitted if emitted > 0.0 else 0.0


@process
def prices_ahead(
    price: Array, record: Array, published: Array, bank: Array, issued: Array, slope: float, most: float, ahead: Array
) -> None:
    """Fill the price [M] that each market is expected to have in the years of the horizon, before any band.

    price [M]: the last one; record [years, M, S, 2], published [M, S, 3] of last year, bank [M]: see `shortage`; slope
    in CNY per tCO2 and unit share. Worked value: 60, a tenth short and 3,000 give 360.
    """
    for market in range(price.size):
        short = shortage(record[:, market], published[market, :, BASE], bank[market], issued, most)
        ahead[market] = price[market] + slope * short


class News(NamedTuple):
    """What is known of prices. price, ahead [M]: the last one, and that of the horizon (`prices_ahead`); floor [M],
    market, obligation [P, S]: of this year; coming_market, coming_obligation [P, S, 3], coming_floor, coming_ceiling
    [M, 3]: as announced for the horizons of firms."""

    price: Array
    ahead: Array
    floor: Array
    market: Array
    obligation: Array
    coming_market: Array
    coming_obligation: Array
    coming_floor: Array
    coming_ceiling: Array


@process
def hear_prices(news: News, due: Array) -> tuple[Array, Array, Array]:
    """Price seen last and what had been announced for it [P, S], what is announced [P, S, 3]; see `announce`.

    due [P, S]: what was announced, zero where nothing was and the price seen last stands in for it.
    """
    seen, promised, announced = np.zeros(due.shape), np.zeros(due.shape), np.zeros((*due.shape, 3))
    announce(news, seen, announced)
    for province in range(due.shape[0]):
        for sector in range(due.shape[1]):
            told = due[province, sector]
            promised[province, sector] = told if told > 0.0 else seen[province, sector]
    return seen, promised, announced


@rule
def announce(news: News, seen: Array, announced: Array) -> None:
    """Fill the price seen last [P, S], the floor where none was, and the one announced for each horizon [P, S, 3]: for
    next year the last price, for later that of the horizon, within the band."""
    for province in range(seen.shape[0]):
        for sector in range(seen.shape[1]):
            here = news.market[province, sector]
            if here >= 0:
                last = news.price[here] if news.price[here] > 0.0 else news.floor[here]
                seen[province, sector] = news.obligation[province, sector] * last
            for horizon in range(announced.shape[2]):
                there = news.coming_market[province, sector, horizon]
                if there < 0:
                    continue
                expected = news.price[there] if horizon == 0 else news.ahead[there]
                expected = expected if news.price[there] > 0.0 else news.floor[there]
                expected = min(max(expected, news.coming_floor[there, horizon]), news.coming_ceiling[there, horizon])
                announced[province, sector, horizon] = news.coming_obligation[province, sector, horizon] * expected
