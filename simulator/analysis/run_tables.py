"""A run folder as tables that can be asked: each table is one Parquet file or a folder of batches, read through DuckDB.

Only *complete* members count: those with as many years as the fullest one. An interrupted or failed member would pull
the quantiles of the late years towards those that finished. How many were left out is told by `members_left_out`; the
table of members itself holds all of them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

# Tables that hold every member, or none.
WHOLE = ("members", "quantiles")
QUANTILES = {"low": 0.05, "lower": 0.25, "median": 0.5, "upper": 0.75, "high": 0.95}


class RunTables:
    """Read-only access to the tables, the configuration and the provenance of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.tables = _find_tables(self.folder)
        if "national" not in self.tables:
            raise FileNotFoundError(
                f"{self.folder} is not a run folder: no table 'national' (found {list(self.tables)})"
            )
        self._database = duckdb.connect()
        self._spreads: dict[str, pd.DataFrame] = {}
        self._database.execute(
            "CREATE TABLE complete_members AS SELECT member FROM (SELECT member, count(*) AS years FROM"
            f" {_source(self.tables['national'])} GROUP BY member) QUALIFY years = max(years) OVER () ORDER BY member"
        )
        for name, files in self.tables.items():
            kept = "" if name in WHOLE else " SEMI JOIN complete_members USING (member)"
            self._database.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {_source(files)}{kept}')
        self.years: list[int] = self.ask("SELECT DISTINCT year FROM national ORDER BY year")["year"].tolist()
        self.members: list[int] = self.ask("SELECT member FROM complete_members ORDER BY member")["member"].tolist()

    def ask(self, sql: str) -> pd.DataFrame:
        """Answer of a query; tables go by their names."""
        answer: pd.DataFrame = self._database.execute(sql).df()
        return answer

    def run(self, sql: str) -> None:
        """A statement without an answer, such as a copy to a file."""
        self._database.execute(sql)

    def name_groups(self, name: str, groups: pd.DataFrame) -> None:
        """Make a small table (a code and the group it belongs to) known to later queries."""
        self._database.register(name, groups)

    def has(self, table: str, *columns: str, where: str = "TRUE") -> bool:
        """Whether the run holds the table with these columns, and at least one row that meets the condition."""
        if table not in self.tables:
            return False
        known = set(self.ask(f'DESCRIBE "{table}"')["column_name"])
        return known.issuperset(columns) and not self.ask(f'SELECT 1 FROM "{table}" WHERE {where} LIMIT 1').empty

    def spread(self, source: str, value: str, by: Sequence[str] = (), where: str = "TRUE") -> pd.DataFrame:
        """Quantiles over members of `value` for each `by` and year: 5, 25, 50, 75 and 95 %.

        `source` is a table or a join, `value` an aggregate such as "sum(co2_mt)". A figure asks once for each language
        in which it is drawn, so the answer is kept.
        """
        keys = ", ".join([*by, "year"])
        quantiles = ", ".join(f"quantile_cont(level, {share}) AS {name}" for name, share in QUANTILES.items())
        per_member = f"SELECT member, {keys}, {value} AS level FROM {source} WHERE {where} GROUP BY member, {keys}"
        query = f"SELECT {keys}, {quantiles} FROM ({per_member}) GROUP BY {keys} ORDER BY {keys}"
        if query not in self._spreads:
            self._spreads[query] = self.ask(query)
        return self._spreads[query].copy()

    @property
    def members_left_out(self) -> int:
        """Members that have a row in the tables but not all years, or did not succeed at all."""
        source = "members" if "members" in self.tables else "national"
        known = self.ask(f"SELECT count(DISTINCT member) AS known FROM {_source(self.tables[source])}")["known"]
        return int(known.iloc[0]) - len(self.members)

    @property
    def config_text(self) -> str:
        """The resolved configuration as written, empty if there is none."""
        path = self.folder / "config.yaml"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def provenance(self) -> dict[str, Any]:
        """Seed, versions, checksums and times of the run, empty if there are none."""
        path = self.folder / "provenance.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _find_tables(folder: Path) -> dict[str, list[Path]]:
    """Table name -> its Parquet files. Batches still being written do not end in .parquet and are not seen."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder")
    found = {path.stem: [path] for path in sorted(folder.glob("*.parquet")) if path.is_file()}
    for path in sorted(folder.iterdir()):
        batches = sorted(path.rglob("*.parquet")) if path.is_dir() else []
        if batches:
            found[path.name.removesuffix(".parquet")] = batches
    return found


def _source(files: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(quoted(str(path)) for path in files)}], union_by_name = true)"


def quoted(text: str) -> str:
    """A text within a query. Worked value: it's -> 'it''s'."""
    return "'" + text.replace("'", "''") + "'"
