"""What is fixed of carbon prices before the first year: the price path, or the markets, their bands and benchmarks.

Y years, M markets (the national one first, then the pilots), P provinces, S sectors, 3 horizons of 1, 7 and 15 years.
"""

import math
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from agents import choice
from agents.compiled import rule
from simulator import calibration
from simulator.base_year import BaseYear
from simulator.names import Names
from simulator.signal_table import SignalTable
from simulator.tables import Array, in_rows, read_table

NATIONAL = 0
NO_MARKET = -1
TREND_YEARS = 5
BAND = ("carbon_price_floor_cny_per_tco2", "carbon_price_ceiling_cny_per_tco2")
MOST_KEPT = 8
EARLY_PRICE = 1.0


class PricePath(NamedTuple):
    """The carbon price as given, in CNY per tCO2: national [Y], the signal; price, announced_now [Y, S] and announced
    [Y, S, 3], where it covers a sector."""

    national: Array
    price: Array
    announced_now: Array
    announced: Array


@dataclass(frozen=True)
class CarbonMarkets:
    """Where allowances are traded, and within which band of prices.

    names [M]; market [Y, P, S]: index of the market of a province's sector, -1 for none; obligation [Y, P, S]: share of
    emissions for which allowances must be surrendered; floor, ceiling [Y, M] in CNY per tCO2; coming_market,
    coming_obligation [Y, P, S, 3], coming_floor, coming_ceiling [Y, M, 3]: the same 1, 7 and 15 years on, as announced.
    """

    names: tuple[str, ...]
    market: Array
    obligation: Array
    floor: Array
    ceiling: Array
    coming_market: Array
    coming_obligation: Array
    coming_floor: Array
    coming_ceiling: Array

    @cached_property
    def lasting(self) -> Array:
        """1 where, as announced, the market is the same next year and in 7 years [Y, P, S]."""
        same = self.coming_market[..., :2] == self.market[..., None]
        return same.all(axis=-1).astype(np.float64)

    @cached_property
    def staying(self) -> Array:
        """1 where the market is the same next year [Y, P, S]."""
        return (self.market == np.concatenate((self.market[1:], self.market[-1:]))).astype(np.float64)


class MarketRules(NamedTuple):
    """What holds in the carbon markets of a year, or of all years, with those as a first axis.

    market, obligation, lasting [P, S], floor, ceiling [M]: see `CarbonMarkets`; kept [P, S]: share of emissions for
    which allowances may be kept, none where another market takes over; free, auctioned [S]: shares of what firms are
    entitled to; by_output, by_base [S]: allowances per tonne by the benchmarks of the base year, and per tonne of a
    firm's base, for what does not go by output; renewed [S]: 1 where the base follows emissions, as all goes by output.
    """

    market: Array
    obligation: Array
    lasting: Array
    kept: Array
    floor: Array
    ceiling: Array
    free: Array
    auctioned: Array
    by_output: Array
    by_base: Array
    renewed: Array


def market_rules(markets: CarbonMarkets, signals: SignalTable) -> Array:
    """A table with what holds in each year, whose columns are those of `MarketRules`."""
    linkage, free = signals["output_linkage"], signals["free_allocation_share"]
    rules = MarketRules(
        market=markets.market,
        obligation=markets.obligation,
        lasting=markets.lasting,
        kept=signals["allowance_carry_over_share"][:, None, None] * markets.staying,
        floor=markets.floor,
        ceiling=markets.ceiling,
        free=free,
        auctioned=signals["auction_share"] * (1.0 - free),
        by_output=linkage * signals["benchmark_multiplier"],
        by_base=(1.0 - linkage) * signals["carbon_cap_multiplier"],
        renewed=(linkage >= 1.0).astype(np.float64),
    )
    return in_rows(rules._asdict())


@cache
def market_names() -> tuple[str, ...]:
    """The national market first, then the pilots in the order of their table."""
    return ("national", *dict.fromkeys(read_table("carbon_markets")["market"]))


def price_path(signals: SignalTable, years: tuple[int, ...]) -> PricePath:
    """The signal of the price, sector by sector from its entry; scenarios that share it share the path."""
    return _price_path(signals.holder("carbon_price_cny_per_tco2", "carbon_coverage_share"), years)


@lru_cache(maxsize=MOST_KEPT)
def _price_path(signals: SignalTable, years: tuple[int, ...]) -> PricePath:
    price = signals["carbon_price_cny_per_tco2"][:, None] * signals["carbon_coverage_share"]
    announced = np.empty((*price.shape, len(choice.HORIZONS_YEARS)))
    announced_now = np.empty(price.shape)
    for i, year in enumerate(years):
        announced_now[i] = _announced_price(signals, max(year - 1, years[0]))[i]
        announced[i] = np.moveaxis(_announced_price(signals, year)[_ahead(i, len(years))], 0, -1)
    return PricePath(signals["carbon_price_cny_per_tco2"], price, announced_now, announced)


def _announced_price(signals: SignalTable, known_in: int) -> Array:
    path = signals.announced("carbon_price_cny_per_tco2", known_in)[:, None]
    return np.asarray(path * signals.announced("carbon_coverage_share", known_in))


def _ahead(i: int, count: int) -> list[int]:
    """Positions of the years 1, 7 and 15 years after position `i`, the last year at most."""
    return [min(i + int(years), count - 1) for years in choice.HORIZONS_YEARS]


def carbon_markets(names: Names, signals: SignalTable, years: tuple[int, ...], with_pilots: bool) -> CarbonMarkets:
    """Pilots hold their sectors until the national market covers them; a firm is in one market at most.

    Scenarios that share these signals share the markets.
    """
    holder = signals.holder("carbon_coverage_share", *BAND)
    return _carbon_markets(names.provinces, names.sectors, holder, years, with_pilots)


@lru_cache(maxsize=MOST_KEPT)
def _carbon_markets(
    provinces: tuple[str, ...],
    sectors: tuple[str, ...],
    signals: SignalTable,
    years: tuple[int, ...],
    with_pilots: bool,
) -> CarbonMarkets:
    table = read_table("carbon_markets")
    pilots = table if with_pilots else table[:0]
    names = market_names()
    shape = (len(years), len(provinces), len(sectors))
    local = np.full(shape, NO_MARKET)
    band = np.zeros((2, len(years), len(names)))
    columns = ["market", "province", "sectors", "first_year", "floor_cny_per_tco2", "ceiling_cny_per_tco2"]
    for name, province, covered, first_year, floor, ceiling in pilots[columns].to_numpy():
        begun = np.array(years) >= first_year
        for sector in covered.split():
            local[begun, provinces.index(province), sectors.index(sector)] = names.index(name)
        band[:, :, names.index(name)] = np.array([[floor], [ceiling]])
    market, obligation = _joined(local, signals["carbon_coverage_share"])
    coming = [np.zeros((*shape, 3), dtype=np.int64), np.zeros((*shape, 3))]
    coming_band = np.zeros((2, *band.shape[1:], 3))
    for i, year in enumerate(years):
        ahead = _ahead(i, len(years))
        expected = _joined(local[ahead], signals.announced("carbon_coverage_share", year)[ahead])
        coming[0][i], coming[1][i] = (np.moveaxis(one, 0, -1) for one in expected)
        coming_band[:, i] = np.moveaxis(_band(band, signals, year)[:, ahead], 1, -1)
    return CarbonMarkets(names, market, obligation, *_band(band, signals), *coming, *coming_band)


def _joined(local: Array, national_share: Array) -> tuple[Array, Array]:
    """Market and obligation [Y, P, S], from the pilots' markets [Y, P, S] and national coverage [Y, S]."""
    share = np.broadcast_to(national_share[:, None, :], local.shape)
    market = np.where(share > 0.0, NATIONAL, local)
    return market, np.where(share > 0.0, share, (local != NO_MARKET).astype(np.float64))


def _band(pilots: Array, signals: SignalTable, known_in: int | None = None) -> Array:
    """Floor and ceiling [2, Y, M]: of the pilots from the table, of the national market from signals."""
    band = pilots.copy()
    for side, name in enumerate(BAND):
        band[side, :, NATIONAL] = signals[name] if known_in is None else signals.announced(name, known_in)
    band[1] = np.maximum(band[0], band[1])
    return band


@rule
def trend_and_volatility(history: Array, trend: Array, volatility: Array) -> None:
    """Fill growth per year and standard deviation of yearly log changes [P, S] of prices [years, P, S].

    Zero with less than two years, and where nothing was traded in the first; what cost nothing then counts from 1 CNY.
    """
    steps = history.shape[0] - 1
    for province in range(trend.shape[0]):
        for sector in range(trend.shape[1]):
            trend[province, sector], volatility[province, sector] = 0.0, 0.0
            if steps < 1 or history[0, province, sector] <= 0.0:
                continue
            last = math.log(max(history[0, province, sector], EARLY_PRICE))
            mean, squares = 0.0, 0.0
            for year in range(1, steps + 1):
                now = math.log(max(history[year, province, sector], EARLY_PRICE))
                mean += (now - last) / steps
                squares += (now - last) * (now - last) / steps
                last = now
            trend[province, sector] = math.exp(mean) - 1.0
            volatility[province, sector] = math.sqrt(max(squares - mean * mean, 0.0))


class Benchmarks(NamedTuple):
    """tCO2 per unit by route in the base year: national mean [K] of the route, and what it is in each province [P, K].

    Pilots measured their members by their own past.
    """

    national: Array
    local: Array


def benchmarks_of(base: BaseYear, made: Array, scaled: calibration.Calibration) -> Benchmarks:
    """Benchmarks by route. A route that nobody ran is scaled as its sector is; a retrofit keeps that of its parent."""
    routes = base.routes
    fuel = scaled.fuel[:, routes.sector] * (routes.fuel_gj @ base.emission_factor)
    intensity = fuel + scaled.process[:, routes.sector] * routes.process_tco2
    weight = made + 1e-9 * calibration.by_sector(base, made)[:, routes.sector] + 1e-15
    mean = (intensity * weight).sum(axis=0) / weight.sum(axis=0)
    parent = np.where(routes.retrofit_of >= 0, routes.retrofit_of, np.arange(mean.size))
    return Benchmarks(mean[parent], np.ascontiguousarray(intensity[:, parent]))


@rule
def grant(benchmarks: Benchmarks, rules: MarketRules, sector: Array, per_unit: Array, credit: Array) -> None:
    """Fill allowances for a unit of output [P, K], by the benchmark of its route, and those of them that are free.

    sector [K]: of a route. Pilots take the route's intensity in their province, the national market and whoever is in
    none the mean.
    """
    for place in range(per_unit.shape[0]):
        for route in range(sector.size):
            its = sector[route]
            is_pilot = rules.market[place, its] > NATIONAL
            benchmark = benchmarks.local[place, route] if is_pilot else benchmarks.national[route]
            per_unit[place, route] = rules.by_output[its] * benchmark
            credit[place, route] = rules.free[its] * per_unit[place, route]
