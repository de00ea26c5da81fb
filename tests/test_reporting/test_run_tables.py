"""Reading a run folder: quantiles against pandas, incomplete members, folders that are no runs."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from simulator.analysis.run_tables import QUANTILES, RunTables

MakeRun = Callable[..., Path]


def write_national(folder: Path, rows: list[tuple[int, int, float]]) -> Path:
    folder.mkdir(exist_ok=True)
    pd.DataFrame(rows, columns=["member", "year", "co2_mt"]).to_parquet(folder / "national.parquet")
    return folder


def test_spread_by_hand(tmp_path: Path) -> None:
    # Levels 0, 10, 20 at three members: the 5 % quantile lies a tenth of the way from the first to the second.
    run = RunTables(write_national(tmp_path, [(m, 2020, 10.0 * m) for m in range(3)]))
    spread = run.spread("national", "sum(co2_mt)").iloc[0]
    assert spread[["year", "low", "lower", "median", "upper", "high"]].tolist() == pytest.approx(
        [2020, 1, 5, 10, 15, 19]
    )


def test_spread_of_groups_agrees_with_pandas(invented_run: MakeRun) -> None:
    folder = invented_run(members=5, last_year=2024)
    run = RunTables(folder)
    spread = run.spread("sectors", "sum(co2_mt)", ["sector"]).set_index(["sector", "year"])
    sectors = pd.concat(pd.read_parquet(path) for path in sorted((folder / "sectors").glob("*.parquet")))
    totals = sectors.groupby(["member", "sector", "year"])["co2_mt"].sum().groupby(["sector", "year"])
    for name, share in QUANTILES.items():
        pd.testing.assert_series_equal(spread[name], totals.quantile(share), check_names=False)


def test_members_that_stopped_early_are_left_out(tmp_path: Path) -> None:
    rows = [(0, 2020, 1.0), (0, 2021, 1.0), (1, 2020, 9.0), (2, 2020, 3.0), (2, 2021, 3.0)]
    statuses = pd.DataFrame({"member": range(4), "status": ["done", "failed", "done", "failed"]})
    statuses.to_parquet(tmp_path / "members.parquet")
    run = RunTables(write_national(tmp_path, rows))
    assert run.members == [0, 2]
    assert run.members_left_out == 2
    assert len(run.ask("SELECT * FROM members")) == 4
    assert run.years == [2020, 2021]
    assert run.spread("national", "sum(co2_mt)")["high"].max() < 9


def test_has_asks_for_columns_and_rows(tmp_path: Path) -> None:
    run = RunTables(write_national(tmp_path, [(0, 2020, 1)]))
    assert run.has("national", "co2_mt")
    assert not run.has("national", "co2_mt", where="co2_mt > 1")
    assert not run.has("national", "gdp_bn_cny")
    assert not run.has("flows")
    assert (run.config_text, run.provenance) == ("", {})


def test_quotes_in_the_path(tmp_path: Path) -> None:
    assert RunTables(write_national(tmp_path / "it's a run", [(0, 2020, 1)])).members == [0]


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no table 'national'"):
        RunTables(tmp_path)
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        RunTables(tmp_path / "absent")
