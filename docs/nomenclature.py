"""Write docs/nomenclature.md from what runs: agents' records, policy variables, sectors, routes, parameters.

`make docs` runs it; a test compares the page with what it would write.
"""

import csv
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import agents
from agents.record import Record
from simulator.names import DATA
from simulator.policies import KINDS

PAGE = Path(__file__).resolve().parent / "nomenclature.md"
TABLES = {
    "sectors": ("sector", "name_en", "name_zh", "unit", "agents"),
    "routes": ("sector", "route", "name_en", "name_zh", "family"),
    "parameters": ("name", "value", "unit", "low", "high", "agent", "grade"),
}


def page() -> str:
    """The whole page."""
    parts = [
        "# Nomenclature\n\nMade by `make docs` from the code and the tables; do not edit.\n",
        *(section(title(kind), ("name", "unit", "shape", "meaning"), record_rows(kind)) for kind in records()),
        section("Policy variables", ("variable", "unit", "allowed", "differs by", "meaning"), policy_rows()),
        *(section(name.capitalize(), columns, table_rows(name, columns)) for name, columns in TABLES.items()),
    ]
    return "\n".join(parts)


def records() -> list[type[Record]]:
    """The record classes of all agents, by module and name."""
    for module in pkgutil.iter_modules(agents.__path__):
        importlib.import_module(f"agents.{module.name}")
    own = [kind for kind in Record.__subclasses__() if kind.__module__.startswith("agents.")]
    return sorted(own, key=lambda kind: (kind.__module__, kind.__name__))


def title(kind: type[Record]) -> str:
    """`agents.firm_record.FirmRecord` is the record of a firm."""
    return f"Record {kind.__name__} (`{kind.__module__}`)"


def record_rows(kind: type[Record]) -> list[Sequence[str]]:
    """Name, unit, shape and meaning of each quantity."""
    return [
        (f"`{name}`", field.unit, " x ".join(map(str, field.shape)), field.meaning) for name, field in kind.fields()
    ]


def policy_rows() -> list[Sequence[str]]:
    """The variables on which signals act."""
    return [
        (
            f"`{variable}`",
            kind.unit,
            f"{kind.allowed[0]:g} to {kind.allowed[1]:g}",
            ", ".join(kind.axes),
            " ".join((kind.__doc__ or "").split()),
        )
        for variable, kind in KINDS.items()
    ]


def table_rows(name: str, columns: Sequence[str]) -> list[Sequence[str]]:
    """Some columns of a shipped table."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row[column] for column in columns) for row in csv.DictReader(file)]


def section(heading: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A heading and a Markdown table."""
    lines = [f"## {heading}", "", line(header), line(["---"] * len(header)), *(line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def line(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parent.parent)}\n")
