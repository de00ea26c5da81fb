"""What nature and world markets do this year: wind, sun, water, heat demand and fuel prices, as yearly multipliers.

Each is exp of an autoregressive log deviation. Provinces of one grid region share part of their luck; droughts come
to a whole region. The base year has none of it.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import draws
from agents.compiled import process
from simulator.randomness import DROUGHT, FUEL_PRICE, HEAT, SUN, WATER, WIND

Array = NDArray[Any]

# Rows of draws that a whole region shares lie above those of provinces.
REGION_ROW = 1000
# No fuel costs less than this share of its price of 2020, however cheap the port, Xinjiang's coal being far from it.
LEAST_PRICE_SHARE = 0.3


class Climate(NamedTuple):
    """Standard deviations of the log and yearly autocorrelations: wind, sun, water, heat; and the rest of the luck.

    region [P]: grid region of each province; correlation: within a region; drought_chance: per year and region;
    drought_depth: share of water lost; fuel_sd, fuel_reversion: of fuel prices.
    """

    sd: Array
    memory: Array
    region: Array
    correlation: float
    drought_chance: float
    drought_depth: float
    fuel_sd: float
    fuel_reversion: float


class Weather(NamedTuple):
    """State and outcome. log [4, P]: deviations of wind, sun, water, heat; fuel_log [4]; wind, sun, water, heat [P] and
    fuel [4]: multipliers of the year."""

    log: Array
    fuel_log: Array
    wind: Array
    sun: Array
    water: Array
    heat: Array
    fuel: Array


def move_prices(first: Array, moving: Array, change: Array, price: Array) -> None:
    """Fill price [P, 4] of fuels delivered: that of the base year, `first`, and what its moving part has changed.

    moving [P, 4]: part of the price that changes in proportion, change [4]: to what; the rest, transport, stays. Worked
    value: coal of 17 and 33 at 25 in the port, where it now costs 1.6 times as much: 17 + 15 = 32 and 33 + 15 = 48.
    """
    np.multiply(moving, change - 1.0, out=price)
    price += first
    np.maximum(price, LEAST_PRICE_SHARE * first, out=price)


@process
def draw_weather(weather: Weather, climate: Climate, seed: int, now: Array) -> None:
    """The luck of one year, at the address of that year, now[0]."""
    year = now[0]
    draw_kind(weather.log[0], weather.wind, climate, 0, seed, WIND, year)
    draw_kind(weather.log[1], weather.sun, climate, 1, seed, SUN, year)
    draw_kind(weather.log[2], weather.water, climate, 2, seed, WATER, year)
    draw_kind(weather.log[3], weather.heat, climate, 3, seed, HEAT, year)
    for province in range(weather.water.size):
        if draws.uniform(seed, DROUGHT, year, climate.region[province], 0) < climate.drought_chance:
            weather.water[province] *= 1.0 - climate.drought_depth
    kept = 1.0 - climate.fuel_reversion
    variance = climate.fuel_sd * climate.fuel_sd / (1.0 - kept * kept)
    for fuel in range(weather.fuel.size):
        shock = climate.fuel_sd * draws.normal(seed, FUEL_PRICE, year, fuel, 0)
        weather.fuel_log[fuel] = kept * weather.fuel_log[fuel] + shock
        weather.fuel[fuel] = math.exp(weather.fuel_log[fuel] - 0.5 * variance)


@process
def draw_kind(log: Array, multiplier: Array, climate: Climate, kind: int, seed: int, stream: int, year: int) -> None:
    """x' = rho x + sd sqrt(1 - rho^2) (sqrt(c) region + sqrt(1 - c) own); exp(x') has mean one."""
    memory, sd = climate.memory[kind], climate.sd[kind]
    fresh = sd * math.sqrt(1.0 - memory * memory)
    common, own = math.sqrt(climate.correlation), math.sqrt(1.0 - climate.correlation)
    for province in range(log.size):
        region = draws.normal(seed, stream, year, REGION_ROW + climate.region[province], 0)
        shock = common * region + own * draws.normal(seed, stream, year, province, 0)
        log[province] = memory * log[province] + fresh * shock
        multiplier[province] = math.exp(log[province] - 0.5 * sd * sd)
