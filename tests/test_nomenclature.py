"""docs/nomenclature.md is what docs/nomenclature.py makes of the code and the tables."""

import importlib
import importlib.util
import re
from pathlib import Path

from simulator.phases import DECISIONS

DOCS = Path(__file__).resolve().parent.parent / "docs"


def page_maker():
    spec = importlib.util.spec_from_file_location("nomenclature_page", DOCS / "nomenclature.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date():
    assert (DOCS / "nomenclature.md").read_text(encoding="utf-8") == page_maker().page(), "run `make docs`"


def test_the_default_of_every_decision_stands_where_the_page_says():
    """What a rule of one's own imports is the function that the compiled loop applies."""
    module = page_maker()
    for name, decision in DECISIONS.items():
        place, function = module.default_of(name, decision).rsplit(".", 1)
        assert callable(getattr(importlib.import_module(place), function))
        assert function == name.split(".")[1]


def test_a_view_is_described_with_all_it_holds():
    """Names of fields stand in the docstring, but for those that many views share."""
    known = {"luck", "parameters", "channels"}
    missing = {
        view.__name__: sorted(name for name in set(view._fields) - known if not re.search(rf"\b{name}\b", view.__doc__))
        for view in page_maker().views()
    }
    assert not {view: names for view, names in missing.items() if names}


def test_every_column_of_every_result_table_is_described_and_no_other(run_model):
    module = page_maker()
    tables = {name: tuple(table.columns) for name, table in run_model(1).tables().items()}
    assert module.result_columns() == tables
    described = {(row["table"], row["column"]) for row in module.described() if row["table"] != module.EVERY}
    shared = {row["column"] for row in module.described() if row["table"] == module.EVERY}
    own = {(name, column) for name, columns in tables.items() for column in columns if column not in shared}
    assert described == own
