"""Quantiles over members of every table whose rows are the same in all members: one long table, written in pieces.

Only so many values are in memory at a time, however many members there are. Values are taken in the order of members,
so that the result does not depend on batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from simulator.run_folder import RunFolder
from simulator.tables import Array

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("members", "mean", "sd", *(f"p{round(100 * one):02d}" for one in SHARES))
# Values of a piece, and of those that are sorted at once: what the processor's cache holds.
MOST_VALUES, SORTED_AT_ONCE = 2_000_000, 50_000
NAME = "quantiles.parquet"


@dataclass(frozen=True)
class Same:
    """A table whose rows are the same in all members.

    places: of each file's members among all in order; keys: year and text of the rows, in their order; order [R]: where
    each stands in a member.
    """

    name: str
    places: dict[Path, Array]
    keys: pa.Table
    order: Array
    variables: tuple[str, ...]

    @property
    def members(self) -> int:
        """How many there are."""
        return sum(one.size for one in self.places.values())


@dataclass(frozen=True)
class Piece:
    """Some variables of a table, and those of its rows from `first` to before `last`."""

    table: Same
    variables: tuple[str, ...]
    first: int
    last: int


@contextmanager
def _memory_given_back() -> Iterator[None]:
    """Let Arrow take memory from the system, and give it back at once; its own pool keeps many times what it holds."""
    usual = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(usual)


@_memory_given_back()
def write_quantiles(folder: RunFolder, most_values: int = MOST_VALUES, threads: int = 1) -> None:
    """Write `quantiles.parquet`: table, variable, year, keys, then number of members, mean, sd and quantiles.

    most_values: how many a thread has in memory.
    """
    folders = sorted(one for one in folder.path.iterdir() if one.is_dir() and any(one.glob("*.parquet")))
    tables = [table for one in folders if (table := _same(one))]
    if not tables:
        return
    keys = list(dict.fromkeys(key for table in tables for key in table.keys.column_names if key != "year"))
    text = [(name, pa.string()) for name in ("table", "variable", *keys)]
    numbers = [(name, pa.float64()) for name in COLUMNS[1:]]
    schema = pa.schema([*text[:2], ("year", pa.int64()), *text[2:], ("members", pa.int64()), *numbers])
    pieces = (piece for table in tables for piece in _pieces(table, most_values))

    def write(path: Path) -> None:
        with pq.ParquetWriter(path, schema, use_dictionary=["table", "variable", *keys]) as writer:
            for found in _in_turn(pieces, partial(_quantiles, schema=schema), threads):
                for table in found:
                    writer.write_table(table)

    folder.write_file(NAME, write)


def _in_turn(pieces: Iterator[Piece], action: Any, threads: int) -> Iterator[Any]:
    """What the action gives for each piece, in their order; no thread is more than a piece ahead."""
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces:
            waiting.append(pool.submit(action, piece))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _same(folder: Path) -> Same | None:
    """The table in a folder, or nothing if its members differ in their rows: one that a member leaves out, because
    there is nothing, has no quantiles."""
    files = sorted(folder.glob("*.parquet"))
    schema = pq.read_schema(files[0])
    keys = ["year", *(one.name for one in schema if _is_text(one.type))]
    if "member" not in schema.names or "year" not in schema.names:
        return None
    with pq.ParquetFile(files[0]) as file:
        group = file.read_row_group(0, columns=["member", *keys])
    rows = group.filter(pc.equal(group["member"], group["member"][0])).select(keys)
    order = pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in keys])
    ordered = rows.take(order)
    if _repeats(ordered) or any(pq.read_metadata(one).num_rows % rows.num_rows for one in files):
        return None
    numbers = {one: found for one in files if (found := _members(one, rows)) is not None}
    every = np.unique(np.concatenate([np.zeros(0), *numbers.values()]))
    if len(numbers) < len(files) or every.size < sum(one.size for one in numbers.values()):
        return None
    variables = tuple(one for one in schema.names if one not in ("member", *keys))
    places = {one: np.searchsorted(every, found) for one, found in numbers.items()}
    return Same(folder.name, places, ordered, order.to_numpy(), variables)


def _members(path: Path, rows: pa.Table) -> Array | None:
    """The numbers of a file's members, or nothing if one of them has other rows."""
    numbers = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            found = file.read_row_group(group, columns=["member", *rows.column_names], use_threads=False)
            number, keys = found["member"].to_numpy(), found.select(rows.column_names)
            own = number[:: rows.num_rows]
            starts = range(0, number.size, rows.num_rows)
            same = all(keys.slice(first, rows.num_rows).equals(rows) for first in starts)
            if not same or not np.array_equal(number, np.repeat(own, rows.num_rows)):
                return None
            numbers.append(own)
    return np.concatenate(numbers)


def _repeats(ordered: pa.Table) -> bool:
    """Whether a row is the same as the one before."""
    last = ordered.num_rows - 1
    same = [pc.equal(one.slice(1), one.slice(0, last)).to_numpy() for one in ordered.columns]
    return bool(np.logical_and.reduce(same).any())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _pieces(table: Same, most_values: int) -> Iterator[Piece]:
    """The table in the order of variables, years and keys, cut so that a piece's values of all members fit."""
    rows = max(1, most_values // table.members)
    together = max(1, rows // len(table.order))
    for one in range(0, len(table.variables), together):
        for first in range(0, len(table.order), rows):
            last = min(first + rows, len(table.order))
            yield Piece(table, table.variables[one : one + together], first, last)


def _quantiles(piece: Piece, schema: pa.Schema) -> list[pa.Table]:
    """Rows of `quantiles.parquet`, a table per variable."""
    table, order = piece.table, piece.table.order[piece.first : piece.last]
    values = np.empty((len(piece.variables), table.members, order.size))
    for path, places in table.places.items():
        with pq.ParquetFile(path) as file:
            found = file.read(columns=list(piece.variables), use_threads=False)
        for v, name in enumerate(piece.variables):
            values[v, places] = found[name].to_numpy().reshape(places.size, -1)[:, order]
    keys = table.keys.slice(piece.first, order.size)
    none = dict.fromkeys(schema.names, pa.nulls(order.size))
    shared = {**none, "table": pa.repeat(table.name, order.size), **dict(zip(keys.column_names, keys, strict=True))}
    columns = [
        {**shared, "variable": pa.repeat(name, order.size), **_summary(values[v])}
        for v, name in enumerate(piece.variables)
    ]
    return [pa.table(one).cast(schema) for one in columns]


def _summary(values: Array) -> dict[str, Any]:
    """Number, mean, standard deviation and quantiles over members of values [member, row]."""
    members, rows = values.shape
    found = np.empty((2 + len(SHARES), rows))
    step = max(1, SORTED_AT_ONCE // members)
    for first in range(0, rows, step):
        some = np.ascontiguousarray(values[:, first : first + step].T)
        found[0, first : first + step] = some.mean(axis=1)
        found[1, first : first + step] = some.std(axis=1, ddof=1) if members > 1 else 0.0
        some.sort(axis=1)
        found[2:, first : first + step] = quantiles_of(some)
    return dict(zip(COLUMNS, [np.full(rows, members), *found], strict=True))


def quantiles_of(values: Array) -> list[Array]:
    """Quantiles of each row of sorted values [row, member], linear between neighbours as `numpy.quantile` has it.

    That looks for each quantile in all values, which takes ten times as long as to sort them. Where a member has no
    number, which sorting puts last, there is no quantile.
    """
    unknown = np.isnan(values[:, -1])
    quantiles = []
    for share in SHARES:
        place = share * (values.shape[1] - 1)
        below, part = int(place), place - int(place)
        low, high = values[:, below], values[:, min(below + 1, values.shape[1] - 1)]
        step = high - low
        found = low + step * part if part < 0.5 else high - step * (1.0 - part)
        quantiles.append(np.where(unknown, np.nan, found))
    return quantiles
