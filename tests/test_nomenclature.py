"""docs/nomenclature.md is what docs/nomenclature.py makes of the code and the tables."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def page_maker():
    spec = importlib.util.spec_from_file_location("nomenclature_page", DOCS / "nomenclature.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date():
    assert (DOCS / "nomenclature.md").read_text(encoding="utf-8") == page_maker().page(), "run `make docs`"


def test_every_column_of_every_result_table_is_described_and_no_other(run_model):
    module = page_maker()
    tables = {name: tuple(table.columns) for name, table in run_model(1).tables().items()}
    assert module.result_columns() == tables
    described = {(row["table"], row["column"]) for row in module.described() if row["table"] != module.EVERY}
    shared = {row["column"] for row in module.described() if row["table"] == module.EVERY}
    own = {(name, column) for name, columns in tables.items() for column in columns if column not in shared}
    assert described == own
