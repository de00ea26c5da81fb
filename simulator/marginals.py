"""Distributions of parameters: value at a place in (0, 1), between `low` and `high` of parameters.csv."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from scipy import special

from simulator.names import ParameterRange
from simulator.tables import Array


def quantile(row: ParameterRange, place: Array) -> Array:
    """Values at the places, by the distribution of the row."""
    found = DISTRIBUTIONS[row.distribution](row, np.asarray(place))
    # A root or an exponential may round to the neighbour of a bound.
    return np.minimum(np.maximum(found, row.low), row.high)


def triangular(row: ParameterRange, place: Array) -> Array:
    """Mode at the default. Worked value: low 0, default 1, high 4: place 0.25 gives 1, place 0.8125 gives 2.268."""
    return _triangular(row.low, row.value, row.high, place)


def log_triangular(row: ParameterRange, place: Array) -> Array:
    """Triangular in the logarithm, for what scales: 1 in 0.5..2 has its median at 1."""
    low, mode, high = (float(np.log(one)) for one in (row.low, row.value, row.high))
    return np.exp(_triangular(low, mode, high, place))


def uniform(row: ParameterRange, place: Array) -> Array:
    """Even between low and high."""
    return row.low + (row.high - row.low) * place


def normal(row: ParameterRange, place: Array) -> Array:
    """Normal around the default with a standard deviation of a quarter of the range, cut at low and high."""
    deviation = (row.high - row.low) / 4.0
    first, last = (special.ndtr((one - row.value) / deviation) for one in (row.low, row.high))
    return row.value + deviation * special.ndtri(first + (last - first) * place)


def _triangular(low: float, mode: float, high: float, place: Array) -> Array:
    width = high - low
    rising = place * width < mode - low
    below = low + np.sqrt(place * width * (mode - low))
    above = high - np.sqrt((1.0 - place) * width * (high - mode))
    return np.where(rising, below, above)


DISTRIBUTIONS: Mapping[str, Callable[[ParameterRange, Array], Array]] = {
    "triangular": triangular,
    "log_triangular": log_triangular,
    "uniform": uniform,
    "normal": normal,
}
