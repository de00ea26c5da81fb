"""Quantiles over members of every table whose rows are the same in all members: one long table, written in pieces.

Only so many values are in memory at a time, however many members there are. Values are taken in the order of members,
so that the result does not depend on batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.run_folder import RunFolder
from simulator.tables import Array

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("members", "mean", "sd", *(f"p{round(100 * one):02d}" for one in SHARES))
MOST_VALUES = 8_000_000
NAME = "quantiles.parquet"


def write_quantiles(folder: RunFolder, most_values: int = MOST_VALUES) -> None:
    """Write `quantiles.parquet`: table, variable, year, keys, then number of members, mean, sd and quantiles."""
    pieces = list(_pieces(folder.path, most_values))
    if not pieces:
        return
    keys = list(dict.fromkeys(key for _, _, own in pieces for key in own))
    text = [(name, pa.string()) for name in ("table", "variable", *keys)]
    numbers = [(name, pa.float64()) for name in COLUMNS[1:]]
    schema = pa.schema([*text[:2], ("year", pa.int64()), *text[2:], ("members", pa.int64()), *numbers])

    def write(path: Path) -> None:
        with duckdb.connect() as database, pq.ParquetWriter(path, schema) as writer:
            for name, years, own in pieces:
                for frame in _quantiles(database, folder.path / name, name, years, own):
                    whole = frame.reindex(columns=schema.names).astype(dict.fromkeys(keys, object))
                    writer.write_table(pa.Table.from_pandas(whole, schema=schema, preserve_index=False))

    folder.write_file(NAME, write)


def _pieces(folder: Path, most_values: int) -> Iterator[tuple[str, list[int], list[str]]]:
    """(table, years, text keys) of which the values of all members fit together."""
    with duckdb.connect() as database:
        for path in sorted(one for one in folder.iterdir() if one.is_dir() and any(one.glob("*.parquet"))):
            source = _source(path)
            types = dict(database.execute(f"SELECT column_name, column_type FROM (DESCRIBE {source})").fetchall())
            if "year" not in types or "member" not in types:
                continue
            keys = [name for name, kind in types.items() if kind == "VARCHAR"]
            by = ", ".join(['"year"', *(f'"{one}"' for one in keys)])
            count = f"SELECT count(*), count(DISTINCT member) FROM ({source})"
            rows, members = database.execute(count).fetchone() or (0, 0)
            groups = database.execute(f"SELECT count(*) FROM (SELECT DISTINCT {by} FROM ({source}))").fetchone()
            if not rows or rows != members * (groups or (0,))[0]:
                continue  # rows that a member leaves out where there is nothing have no quantiles
            years = [row[0] for row in database.execute(f"SELECT DISTINCT year FROM ({source}) ORDER BY 1").fetchall()]
            values = rows * (len(types) - len(keys) - 2)
            step = max(1, int(len(years) * most_values / values))
            for first in range(0, len(years), step):
                yield path.name, years[first : first + step], keys


def _quantiles(database: Any, path: Path, name: str, years: list[int], keys: list[str]) -> Iterator[pd.DataFrame]:
    order = ", ".join(["year", *(f'"{one}"' for one in keys), "member"])
    where = f"year BETWEEN {years[0]} AND {years[-1]}"
    found = database.execute(f"SELECT * FROM ({_source(path)}) WHERE {where} ORDER BY {order}").fetchnumpy()
    members = np.unique(found["member"]).size
    index = {key: np.asarray(found[key])[::members] for key in ("year", *keys)}
    for variable in [one for one in found if one not in ("member", "year", *keys)]:
        values = np.asarray(found[variable], dtype=np.float64).reshape(-1, members)
        yield pd.DataFrame({"table": name, "variable": variable, **index, **_summary(values)})


def _summary(values: Array) -> dict[str, Any]:
    """Number, mean, standard deviation and quantiles of each row [group, member]."""
    members = values.shape[1]
    spread = values.std(axis=1, ddof=1) if members > 1 else np.zeros(len(values))
    found = [members, values.mean(axis=1), spread, *np.quantile(values, SHARES, axis=1)]
    return dict(zip(COLUMNS, found, strict=True))


def _source(path: Path) -> str:
    files = str(path / "*.parquet").replace("'", "''")
    return f"SELECT * FROM read_parquet('{files}', union_by_name = true)"
