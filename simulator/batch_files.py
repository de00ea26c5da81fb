"""The tables of a batch as files that grow member by member, so that memory holds the tables of one member alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from simulator.run_folder import RunFolder


class BatchFiles:
    """One Parquet file per table, in the table's folder, with a row group per member."""

    def __init__(self, folder: RunFolder, batch: str) -> None:
        self._folder, self._batch = folder, batch
        self._open: dict[str, tuple[pq.ParquetWriter, Path]] = {}
        self._torn = False

    def add(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Write the tables of a member."""
        self._torn = True
        for name, table in tables.items():
            if name not in self._open:
                self._open[name] = self._begin(name, pa.Schema.from_pandas(table, preserve_index=False))
            writer, _ = self._open[name]
            writer.write_table(pa.Table.from_pandas(table, schema=writer.schema, preserve_index=False))
        self._torn = False

    def close(self) -> bool:
        """Give the files their names; where a member is only half in them, take all away and say False."""
        try:
            for name, (writer, temporary) in self._open.items():
                writer.close()
                if not self._torn:
                    self._folder.end_file(self._file(name), temporary)
        finally:
            for _, temporary in self._open.values():
                temporary.unlink(missing_ok=True)
        return not self._torn

    def _begin(self, name: str, schema: pa.Schema) -> tuple[pq.ParquetWriter, Path]:
        """Text alone is kept as codes: numbers hardly repeat, and to look whether they do takes as long as writing."""
        temporary = self._folder.begin_file(self._file(name))
        texts = [one.name for one in schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]
        return pq.ParquetWriter(temporary, schema, use_dictionary=texts), temporary

    def _file(self, table: str) -> str:
        return f"{table}/{self._batch}.parquet"
