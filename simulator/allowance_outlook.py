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

from agents.compiled import rule
from agents.firm import continue_prices
from agents.firm_record import HORIZONS, FirmParameters
from simulator.carbon_paths import TREND_YEARS, PricePath, trend_and_volatility
from simulator.signal_table import SignalTable
from simulator.tables import Array
from simulator.true_up import BANKED, BASE, BY_OUTPUT, EMITTED, PUBLISHED

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


class Scarcity(NamedTuple):
    """What firms know of scarcity ahead, and what it rests on.

    price [M]: expected within the horizon, in CNY per tCO2; published [M, S, 3] in Mt: of the last year, see
    `true_up.PUBLISHED`; record [Y, M, S, 2] in Mt: emissions of every year, and what the benchmarks of the base year
    would have given; issued [Y, 1 + H, S, 2]: see `announced_allowances`; slope in CNY per tCO2 and unit share; most:
    largest log change per year.
    """

    price: Array
    published: Array
    record: Array
    issued: Array
    slope: float
    most: float


def first_scarcity(setting: "Setting", markets: int) -> Scarcity:
    """What is known before the first year: the allowances that are announced."""
    own, signals = setting.parameters, setting.signals
    years, sectors = signals["output_linkage"].shape
    return Scarcity(
        price=np.zeros(markets),
        published=np.zeros((markets, sectors, len(PUBLISHED))),
        record=np.zeros((years, markets, sectors, 2)),
        issued=announced_allowances(signals, setting.years, round(own["allowance_horizon"])),
        slope=own["scarcity_price_slope"],
        most=own["growth_expectation_bound"],
    )


@rule
def remember(scarcity: Scarcity, i: int, linked: Array) -> None:
    """Let what was published go on record; linked [S]: part of what benchmarks would have given that was given, where
    that is nothing it counts as none."""
    for market in range(scarcity.price.size):
        for sector in range(linked.size):
            published, record = scarcity.published[market, sector], scarcity.record[i, market, sector]
            record[EMITTED] = published[EMITTED]
            record[BY_OUTPUT] = published[BY_OUTPUT] / linked[sector] if linked[sector] > 0.0 else 0.0


def announced_allowances(signals: SignalTable, years: tuple[int, ...], horizon: int) -> Array:
    """Allowances issued [Y, 1 + H, S, 2] in each year and those of its horizon, as announced by then or, for years of
    which nothing is, as terms are expected to go on (`SignalTable.announced`).

    They are those for a tonne by the benchmarks of the base year, and for a tonne of the base.
    After the last of these years, which no run reaches, they stay. Scenarios that share these signals share them.
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


@rule
def look_ahead(scarcity: Scarcity, i: int, price: Array, bank: Array) -> None:
    """Fill the price that each market is expected to have in the years of the horizon, before any band.

    At the beginning of year i; price, bank [M]: the last one, and what is kept in Mt. Worked value: 60, a tenth short
    and a slope of 3,000 give 360.
    """
    known, issued = scarcity.record[max(i - TREND_YEARS - 1, 0) : i], scarcity.issued[i]
    for market in range(price.size):
        base = scarcity.published[market, :, BASE]
        short = shortage(known[:, market], base, bank[market], issued, scarcity.most)
        scarcity.price[market] = price[market] + scarcity.slope * short


class News(NamedTuple):
    """What is known of prices. price, ahead [M]: the last one, and that of the horizon (`look_ahead`); floor [M],
    market, obligation [P, S]: of this year; coming_market, coming_obligation [Y, P, S, 3], coming_floor, coming_ceiling
    [Y, M, 3]: as announced for the horizons of firms."""

    price: Array
    ahead: Array
    floor: Array
    market: Array
    obligation: Array
    coming_market: Array
    coming_obligation: Array
    coming_floor: Array
    coming_ceiling: Array


class Heard(NamedTuple):
    """What firms hear of prices, filled at the beginning of every year. P provinces, S sectors.

    seen, promised [P, S]: price seen last, and what had been announced for it; announced, continued [P, S, 3]: see
    `agents.firm.OutlookView`; trend, volatility [P, S]: growth per year, and standard deviation of log changes; due [2,
    P, S]: what was announced for the price seen this year and next year, zero where nothing was.
    """

    seen: Array
    promised: Array
    announced: Array
    continued: Array
    trend: Array
    volatility: Array
    due: Array


def nothing_heard(provinces: int, sectors: int) -> Heard:
    """Room for what firms will hear."""
    cells, ahead = (provinces, sectors), (provinces, sectors, HORIZONS)
    shapes = (cells, cells, ahead, ahead, cells, cells, (2, *cells))
    return Heard(*(np.zeros(shape) for shape in shapes))


@rule
def hear_markets(
    news: News, scarcity: Scarcity, accounts: Array, history: Array, position: Array, own: FirmParameters, heard: Heard
) -> None:
    """Fill what is heard where markets clear, from the accounts [M, 7] of the last year and prices [Y, P, S] before
    this one; position [1]: of this year.

    A market announces its band and its allowances: who believes it expects the last price for next year, and later
    the one of the horizon, each moved into the band announced for the year. What is announced for next year is kept
    until its price has been seen.
    """
    i = position[0]
    trend_and_volatility(history[max(i - TREND_YEARS - 1, 0) : i], heard.trend, heard.volatility)
    look_ahead(scarcity, i, news.price, accounts[:, BANKED])
    announce(news, i, heard.seen, heard.announced)
    for place in range(heard.seen.shape[0]):
        for sector in range(heard.seen.shape[1]):
            told = heard.due[0, place, sector]
            heard.promised[place, sector] = told if told > 0.0 else heard.seen[place, sector]
            heard.due[0, place, sector] = heard.due[1, place, sector]
            heard.due[1, place, sector] = heard.announced[place, sector, 0]
    continue_prices(heard.seen, heard.trend, 1.0, own, heard.continued)


@rule
def announce(news: News, i: int, seen: Array, announced: Array) -> None:
    """Fill the price seen last [P, S], the floor where none was, and the one announced in year i for each horizon
    [P, S, 3]: for next year the last price, for later that of the horizon, within the band."""
    floor, ceiling = news.coming_floor[i], news.coming_ceiling[i]
    for place in range(seen.shape[0]):
        for sector in range(seen.shape[1]):
            here = news.market[place, sector]
            seen[place, sector] = news.obligation[place, sector] * last_price(news, here) if here >= 0 else 0.0
            for horizon in range(HORIZONS):
                there, price = news.coming_market[i, place, sector, horizon], 0.0
                if there >= 0:
                    later = news.ahead[there] if news.price[there] > 0.0 else news.floor[there]
                    expected = last_price(news, there) if horizon == 0 else later
                    price = min(max(expected, floor[there, horizon]), ceiling[there, horizon])
                announced[place, sector, horizon] = news.coming_obligation[i, place, sector, horizon] * price


@rule
def last_price(news: News, market: int) -> float:
    """The last price of a market, the floor where there was none yet."""
    return news.price[market] if news.price[market] > 0.0 else news.floor[market]


@rule
def hear_path(path: PricePath, position: Array, history: Array, own: FirmParameters, heard: Heard) -> None:
    """Fill what is heard where the price is given, this year's included, and note that in the history [Y, P, S];
    position [1]: of the year in it."""
    i = position[0]
    for place in range(heard.seen.shape[0]):
        for sector in range(heard.seen.shape[1]):
            history[i, place, sector] = heard.seen[place, sector] = path.price[i, sector]
            heard.promised[place, sector] = path.announced_now[i, sector]
            for horizon in range(HORIZONS):
                heard.announced[place, sector, horizon] = path.announced[i, sector, horizon]
    trend_and_volatility(history[max(i - TREND_YEARS, 0) : i + 1], heard.trend, heard.volatility)
    continue_prices(heard.seen, heard.trend, 0.0, own, heard.continued)
