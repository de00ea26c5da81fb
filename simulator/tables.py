"""Read a shipped table, and turn rows into arrays in the order of the names. Units are those of the table's header."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.names import DATA

Array = NDArray[Any]


@cache
def read_table(name: str) -> pd.DataFrame:
    """The table `simulator/data/NAME.csv`; treat it as read-only, it is read once."""
    return pd.read_csv(DATA / f"{name}.csv")


def positions(labels: Sequence[str]) -> dict[str, int]:
    """Index of each label."""
    return {label: index for index, label in enumerate(labels)}


def fill_array(
    table: pd.DataFrame, axes: Sequence[tuple[str, Sequence[str]]], column: str, default: float = 0.0
) -> Array:
    """An array with one axis per (key column, labels); cells that the table lacks get `default`.

    Raises KeyError with the unknown label when a key is not among the labels.
    """
    index: list[Any] = []
    for key, labels in axes:
        place = positions(labels)
        unknown = sorted(set(table[key]) - set(place))
        if unknown:
            raise KeyError(f"column {key} has {unknown[0]!r}; allowed: {', '.join(labels)}")
        index.append(table[key].map(place).to_numpy())
    array = np.full(tuple(len(labels) for _, labels in axes), default)
    array[tuple(index)] = table[column].to_numpy(dtype=np.float64)
    return array


@cache
def shipped_array(name: str, axes: tuple[tuple[str, tuple[str, ...]], ...], column: str) -> Array:
    """`fill_array` of a shipped table; read-only, made once."""
    return kept(fill_array(read_table(name), axes, column))


@cache
def by_year(name: str, axis: tuple[str, tuple[str, ...]], column: str, years: tuple[int, ...]) -> Array:
    """Values [year, label] of a shipped table whose rows hold from their year on; read-only, made once."""
    key, labels = axis
    wide = read_table(name).pivot_table(index="year", columns=key, values=column)[list(labels)].sort_index()
    rows = np.searchsorted(wide.index.to_numpy(), np.asarray(years), side="right") - 1
    return kept(wide.to_numpy(dtype=np.float64)[np.maximum(rows, 0)])


@cache
def interpolated(name: str, axis: tuple[str, tuple[str, ...]], column: str, years: tuple[int, ...]) -> Array:
    """Values [year, label] of a shipped table, linear between its years, constant outside; read-only, made once."""
    key, labels = axis
    table = read_table(name)
    array = np.empty((len(years), len(labels)))
    for position, label in enumerate(labels):
        rows = table[table[key] == label].sort_values("year")
        array[:, position] = np.interp(years, rows["year"], rows[column].to_numpy(dtype=np.float64))
    return kept(array)


def in_rows(arrays: Mapping[str, Array]) -> Array:
    """Arrays by year [Y, ...] as one table [Y]: a row is what all of them say of a year, and is copied at once."""
    years = min(len(one) for one in arrays.values())
    table = np.empty(years, [(name, one.dtype, one.shape[1:]) for name, one in arrays.items()])
    for name, one in arrays.items():
        table[name] = one
    return kept(table)


def kept(array: Array) -> Array:
    """The array, made read-only: it is handed to many."""
    array.setflags(write=False)
    return array
