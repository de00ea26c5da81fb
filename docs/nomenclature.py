"""Write docs/nomenclature.md from what runs: records, decisions and what they see, policy variables, tables, results.

`make docs` runs it; a test compares the page with what it would write.
"""

import csv
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import agents
from agents.record import Record
from simulator import system_columns
from simulator.columns import GovernmentColumns, NationalColumns, ProvinceColumns, SectorColumns
from simulator.names import DATA
from simulator.phases import DECISIONS, Decision
from simulator.policies import KINDS

PAGE = Path(__file__).resolve().parent / "nomenclature.md"
TABLES = {
    "sectors": ("sector", "name_en", "name_zh", "unit", "agents"),
    "routes": ("sector", "route", "name_en", "name_zh", "family"),
    "parameters": ("name", "value", "unit", "low", "high", "agent", "grade"),
}
EVERY = "*"
DECIDED = """## Decisions

What a rule or a method may replace: who takes the decision, the view that it sees, and the default. A rule of one's
own may call the default: `from agents.firm_plants import close_plants`. Below are the views, with shapes in brackets:
P provinces, S sectors and K routes stand in the order of `tanlu data names`. `parameters` are those of the agent, and
`luck` tells the year, `seen.luck.year[0]`, and where draws are looked up.
"""
RESULT_TABLES = """## Result tables

Tables of a run folder. In folders of several members each has the column `member` first; `members` itself holds
number, seed, inputs and status of each. Where a unit differs by row it is said what tells it; units of sectors are
those above.
"""


def page() -> str:
    """The whole page."""
    parts = [
        "# Nomenclature\n\nMade by `make docs` from the code and the tables; do not edit.\n",
        *(section(title(kind), ("name", "unit", "shape", "meaning"), record_rows(kind)) for kind in records()),
        DECIDED,
        table(("decision", "sees", "default"), decision_rows()),
        *(described_view(view) for view in views()),
        section("Policy variables", ("variable", "unit", "allowed", "differs by", "meaning"), policy_rows()),
        *(section(name.capitalize(), columns, table_rows(name, columns)) for name, columns in TABLES.items()),
        result_tables(),
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


def decision_rows() -> list[Sequence[str]]:
    """Name, view and default of each decision that can be replaced."""
    return [
        (f"`{name}`", f"`{view_of(name, decision).__name__}`", f"`{default_of(name, decision)}`")
        for name, decision in DECISIONS.items()
    ]


def view_of(name: str, decision: Decision) -> type:
    """The view that the agent's method is handed."""
    method = getattr(decision.kind, name.split(".")[1])
    _, seen = inspect.signature(method, eval_str=True).parameters.values()
    return seen.annotation  # type: ignore[no-any-return]


def default_of(name: str, decision: Decision) -> str:
    """The function that is taken by default: the one to which the method's docstring points, "See `...`."."""
    method = getattr(decision.kind, name.split(".")[1])
    _, pointed, _ = (inspect.getdoc(method) or "").split("`")
    return pointed if "." in pointed else f"{decision.kind.__module__}.{pointed}"


def views() -> list[type]:
    """The views of all decisions, in their order."""
    return list(dict.fromkeys(view_of(name, decision) for name, decision in DECISIONS.items()))


def described_view(view: type) -> str:
    """What a view holds, as its docstring tells: shapes in brackets, meaning, unit."""
    return f"## View {view.__name__} (`{view.__module__}`)\n\n{inspect.getdoc(view)}\n"


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


def result_tables() -> str:
    """All tables of a run folder: columns, units and what they hold."""
    parts = [RESULT_TABLES]
    for name in dict.fromkeys(row["table"] for row in described() if row["table"] != EVERY):
        rows = [row for row in described() if row["table"] in (name, EVERY)]
        known = {row["column"]: row for row in rows}
        listed = [known[column] for column in result_columns()[name]]
        parts.append(
            section(
                f"Table {name}",
                ("column", "unit", "meaning"),
                [(f"`{row['column']}`", row["unit"], row["meaning"]) for row in listed],
            )
        )
    return "\n".join(parts)


@cache
def described() -> list[dict[str, str]]:
    """Unit and meaning of each column of each table; those of EVERY table are keys that many have."""
    with (PAGE.parent / "result_tables.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def result_columns() -> dict[str, tuple[str, ...]]:
    """Columns of each table, in its order."""
    place, cell = ("year", "province"), ("year", "province", "sector")
    return {
        "national": ("year", *NationalColumns._fields),
        "provinces": (*place, *ProvinceColumns._fields),
        "sectors": (*cell, SectorColumns._fields[0], "unit", *SectorColumns._fields[1:]),
        "routes": (*cell, "route", *system_columns.ROUTES_COLUMNS),
        "power": (*place, "technology", *system_columns.POWER_COLUMNS),
        "lines": ("year", "line", "origin", "destination", *system_columns.LINES_COLUMNS),
        "constraints": (*cell, "cause", *system_columns.CONSTRAINTS_COLUMNS),
        "governments": (*place, *GovernmentColumns._fields),
        "green_certificates": (*place, *system_columns.GREEN_CERTIFICATES_COLUMNS),
        "carbon_market": ("year", "market", *system_columns.CARBON_MARKET_COLUMNS),
        "flows": ("year", "origin", "destination", "commodity", "amount", "unit", "embodied_co2_mt"),
    }


def section(heading: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A heading and a Markdown table."""
    return f"## {heading}\n\n{table(header, rows)}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join([line(header), line(["---"] * len(header)), *(line(row) for row in rows)]) + "\n"


def line(cells: Sequence[str]) -> str:
    """One row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parent.parent)}\n")
