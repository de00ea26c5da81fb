"""docs/nomenclature.md is what docs/nomenclature.py makes of the code and the tables."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("nomenclature_page", DOCS / "nomenclature.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "nomenclature.md").read_text(encoding="utf-8") == module.page(), "run `make docs`"
