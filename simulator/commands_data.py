"""`tanlu data`: the parameters, tables, names and policy signals, with units, ranges and sources."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.errors import ConfigError
from simulator.names import CARRIERS, DATA, nearest
from simulator.policies import KINDS
from simulator.scenario_files import read_yaml, shipped, shipped_folder

_KINDS = ("tables", "parameters", "names", "signals")
Rows = list[Sequence[str]]


def show(what: str, word: str) -> None:
    """Print one of the lists, only the rows that contain `word`."""
    if what not in _KINDS:
        raise ConfigError([f"data = {what}: unknown list{nearest(what, _KINDS)}; allowed: {', '.join(_KINDS)}"])
    listed = {"tables": tables, "parameters": parameters, "names": names, "signals": signals}[what]
    header, rows = listed()
    found = [row for row in rows if word.lower() in " ".join(row).lower()]
    if not found:
        raise ConfigError(
            [f"data {what} = {word}: nothing contains it; allowed: a word in one of the {len(rows)} rows"]
        )
    _print(header, found)


def tables() -> tuple[Sequence[str], Rows]:
    """Every shipped table: rows, columns, units, sources as its own columns state them."""
    return ("table", "rows", "columns", "unit", "source"), [_described(path) for path in sorted(DATA.glob("*.csv"))]


def parameters() -> tuple[Sequence[str], Rows]:
    """parameters.csv: default, range, unit, grade, source."""
    columns = ("name", "value", "unit", "low", "high", "grade", "source")
    return columns, [[row.get(one) or "" for one in columns] for row in _read(DATA / "parameters.csv")]


def names() -> tuple[Sequence[str], Rows]:
    """The names that a scenario may use."""
    rows: Rows = []
    for one in shipped():
        stated = read_yaml(shipped_folder() / f"{one}.yaml", one)
        rows.append(("scenario", one, " ".join(stated.get("description", "").split()), stated.get("title_zh", "")))
    for row in _read(DATA / "provinces.csv"):
        rows.append(("province", row["province"], f"{row['grid_region']} grid", row["name_zh"]))
    sectors = {row["sector"]: (row["name_en"], row["name_zh"]) for row in _read(DATA / "sectors.csv")}
    rows += [("sector", sector, *named) for sector, named in sectors.items()]
    rows += _routes(sectors)
    return ("kind", "name", "meaning", "中文"), rows + [("carrier", one, "fuel", "") for one in CARRIERS]


def _routes(sectors: dict[str, tuple[str, str]]) -> Rows:
    """Routes by their full names, which always do; the meaning says the sector, and the short name where it does."""
    listed = _read(DATA / "routes.csv")
    shared = Counter(row["route"] for row in listed)
    rows: Rows = []
    for row in listed:
        sector, sector_zh = sectors[row["sector"]]
        short = f"; for short {row['route']}" if shared[row["route"]] == 1 else ""
        full, chinese = f"{row['sector']}.{row['route']}", f"{row['name_zh']}（{sector_zh}）"
        rows.append(("route", full, f"{row['name_en']} ({sector}{short})", chinese))
    return rows


def signals() -> tuple[Sequence[str], Rows]:
    """The variables on which policy signals act."""
    rows: Rows = [
        (
            variable,
            kind.unit,
            f"{kind.allowed[0]:g} to {kind.allowed[1]:g}",
            f"{kind.default:g}",
            str(kind.model_fields["op"].default),
            " x ".join(kind.axes) or "national",
            " ".join((kind.__doc__ or "").split()),
        )
        for variable, kind in KINDS.items()
    ]
    return ("variable", "unit", "allowed", "default", "op", "differs by", "meaning"), rows


def _described(path: Path) -> Sequence[str]:
    rows = _read(path)
    columns = list(rows[0]) if rows else []
    return (path.stem, str(len(rows)), " ".join(columns), _distinct(rows, "unit"), _distinct(rows, "source"))


def _distinct(rows: list[dict[str, str]], column: str, most: int = 3) -> str:
    found = list(dict.fromkeys(row[column] for row in rows if row.get(column)))
    return "; ".join(found[:most]) + (f"; and {len(found) - most} more" if len(found) > most else "")


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _print(header: Sequence[str], rows: Rows) -> None:
    """A table on a terminal; tab-separated lines into a pipe."""
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in [header, *rows]:
            console.file.write("\t".join(row) + "\n")
        return
    table = Table(box=box.SIMPLE_HEAD)
    for one in header:
        table.add_column(one, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
