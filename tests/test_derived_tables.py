"""Every derived table follows from the facts, byte for byte, and every shipped table has its source."""

from pathlib import Path

import pandas as pd
import pytest

from simulator.data.derive.__main__ import DATA, FACTS, derive_all, differences

FORBIDDEN = ("switch-china", "switch_china", "switch china", "gas_gem", "cc by-nc", "cc-by-nc")
LARGEST_FACTS_BYTES = 6_000_000
PUBLISHED_PROJECTIONS = ("technology_cost_path.csv",)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("derived")
    derive_all(FACTS, folder)
    return folder


def test_shipped_tables_are_what_the_facts_give(fresh: Path) -> None:
    for path in sorted(fresh.glob("*.csv")):
        assert path.read_bytes() == (DATA / path.name).read_bytes(), f"{path.name} differs from its derivation"


def test_a_changed_table_is_reported(fresh: Path, tmp_path: Path) -> None:
    for path in fresh.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "sectors.csv").write_text("sector\n")
    (tmp_path / "heat.csv").unlink()
    assert differences(FACTS, tmp_path) == ["heat.csv", "sectors.csv"]


def test_every_table_has_a_row_in_sources() -> None:
    text = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    missing = [path.name for path in [*DATA.glob("*.csv"), *FACTS.glob("*.csv")] if path.name not in text]
    assert not missing, f"no row in SOURCES.md for {missing}"


def test_no_forbidden_source_is_named() -> None:
    for path in [*DATA.glob("*.csv"), *FACTS.glob("*.csv"), DATA / "SOURCES.md"]:
        text = path.read_text(encoding="utf-8").lower()
        assert not [name for name in FORBIDDEN if name in text], path.name


def test_nothing_reported_after_2022() -> None:
    """Cost paths of the literature are projections, not observations, and may run to 2060."""
    for path in (p for p in FACTS.glob("*.csv") if p.name not in PUBLISHED_PROJECTIONS):
        table = pd.read_csv(path)
        if {"year", "fill"} <= set(table.columns):
            late = table[(pd.to_numeric(table["year"], errors="coerce") > 2022) & (table["fill"] == "reported")]
            assert late.empty, path.name


def test_facts_stay_small() -> None:
    assert sum(path.stat().st_size for path in FACTS.glob("*.csv")) < LARGEST_FACTS_BYTES


def test_derived_tables_end_lines_with_a_newline_only(fresh: Path) -> None:
    for path in fresh.glob("*.csv"):
        assert b"\r" not in path.read_bytes(), path.name
