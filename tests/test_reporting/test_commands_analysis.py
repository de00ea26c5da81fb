"""`tanlu lag` and `tanlu compare` on invented run folders."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from simulator.analysis.caveat import caveat
from simulator.analysis.compared import compared
from simulator.analysis.lag import lags
from simulator.analysis.outcomes import Outcome, Place, values
from simulator.analysis.pairs import pair_of
from simulator.analysis.places import LAG, behind_country, measured
from simulator.analysis.run_tables import RunTables
from simulator.cli import main
from simulator.commands_analysis import _number
from simulator.config import load_config
from simulator.government_policies import ASSUMED
from simulator.provenance import provenance
from simulator.reporting.exports import export

Make = Callable[..., Path]


def tanlu(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(one) for one in arguments])
    return int(end.value.code or 0)


def change(folder: Path, name: str, **columns: float) -> None:
    """Multiply columns of a table."""
    path = folder / f"{name}.parquet"
    table = pd.read_parquet(path)
    for column, factor in columns.items():
        table[column] *= factor
    table.to_parquet(path, index=False)


def test_effects_are_differences_of_the_same_members(invented_run: Make) -> None:
    base, policy = invented_run(), invented_run()
    change(policy, "national", co2_mt=0.9)
    runs = RunTables(base), RunTables(policy)
    found = compared(pair_of(*runs)).set_index(["outcome", "year", "province"])
    co2 = found.loc[("CO2", 2035, "")]
    expected = runs[0].ask("SELECT avg(co2_mt) AS level FROM national WHERE year = 2035")["level"].item()
    assert co2["base"] == pytest.approx(expected)
    assert co2["effect"] == pytest.approx(-0.1 * expected)
    assert co2["low"] <= co2["effect"] <= co2["high"]
    assert co2["correlation"] == pytest.approx(1.0)
    assert found.loc[("CO2", 2050, "Henan"), "effect"] == 0.0


def test_a_year_that_the_run_does_not_hold_is_left_out(invented_run: Make) -> None:
    short = RunTables(invented_run(last_year=2040))
    assert set(compared(pair_of(short, short))["year"]) <= {0, 2030, 2035}


def test_a_table_that_is_missing_has_no_values(invented_run: Make) -> None:
    run = RunTables(invented_run())
    assert values(run, Outcome("price", "CNY/t", "no_such_table", "price", 2030)) == {}


def test_compare_prints_effects_and_writes_them(
    invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, csv = invented_run(), tmp_path / "effects.csv"
    assert tanlu("compare", base, invented_run(), "--csv", csv) == 0
    told = capsys.readouterr().out
    assert "90 % interval" in told
    assert "CO2\t2035\tMt" in told
    assert len(pd.read_csv(csv)) > 62


def test_lag_prints_the_cells_and_writes_them(
    invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv = tmp_path / "lag.csv"
    assert tanlu("lag", invented_run(), "--year", "2035", "--all", "--csv", csv) == 0
    assert "years behind the country in 2035" in capsys.readouterr().out
    assert len(pd.read_csv(csv)) > 100


def test_lag_of_chosen_cells(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    csv, run = tmp_path / "lag.csv", invented_run()
    assert tanlu("lag", run, "--province", "河南,Hebei", "--sector", "STL", "--csv", csv) == 0
    told = capsys.readouterr().out
    cells = [line.split("\t")[:2] for line in told.splitlines() if not line.startswith("#")][1:]
    assert sorted(cells) == [["Hebei", "STL"], ["Henan", "STL"]]
    assert "--all" not in told  # nothing is left to show
    assert len(pd.read_csv(csv)) > 100
    assert tanlu("lag", run, "--sector", "steel") == 2
    assert "did you mean STL?" in capsys.readouterr().err
    assert tanlu("lag", run, "--year", "2060") == 2
    assert capsys.readouterr().err == "tanlu: --year = 2060: no lag is known; allowed: 2021 to 2059\n"


def test_lag_against_a_pathway(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, run = tmp_path / "path.csv", invented_run()
    path.write_text("sector,year\nSTL,2020\n", encoding="utf-8")
    assert tanlu("lag", run, "--pathway", path) == 2
    assert "progress" in capsys.readouterr().err
    lines = [
        f"{code},2020,0\n{code},2060,1\n"
        for code in ["POW", "STL", "NMM", "NFM", "CHM", "REF", "COA", "OMF", "CON", "AGR", "TRN", "SRV"]
    ]
    path.write_text("sector,year,progress\n" + "".join(lines), encoding="utf-8")
    assert tanlu("lag", run, "--pathway", path) == 0
    assert "behind path.csv" in capsys.readouterr().out


def test_wrong_usage_is_told_in_one_line(
    invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = invented_run(members=2)
    for arguments in (("--reference", "best"), ("--year", "2019"), ("--pathway", tmp_path / "none.csv")):
        assert tanlu("lag", run, *arguments) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert tanlu("lag", tmp_path) == 2


def spend_on_training(folder: Path, mcny: float) -> None:
    table = pd.read_parquet(folder / "governments.parquet")
    table.assign(training_mcny=mcny).to_parquet(folder / "governments.parquet", index=False)
    with (folder / "config.yaml").open("a", encoding="utf-8") as config:
        config.write("signals: {trained: {variable: training_intensity_officials, schedule: {2026: 1.0}}}\n")


def test_training_is_told_with_its_break_even(invented_run: Make, capsys: pytest.CaptureFixture[str]) -> None:
    base, policy = invented_run(), invented_run()
    spend_on_training(policy, 10.0)
    assert tanlu("compare", base, policy) == 0
    told = capsys.readouterr().out
    assert "no value of a tonne" in told
    assert "not a finding" in told
    change(policy, "national", co2_mt=0.99)
    assert tanlu("compare", base, policy) == 0
    # 31 provinces, 41 years, 10 m CNY each = 12.71 bn CNY, over 1 % of all emissions.
    emitted = RunTables(base).ask("SELECT sum(co2_mt) AS mt FROM national GROUP BY member")["mt"].mean()
    assert f"{12710.0 / (0.01 * emitted):.3g} CNY" in capsys.readouterr().out
    assert tanlu("compare", base, invented_run()) == 0
    assert "training" not in capsys.readouterr().out


def test_what_is_assumed_is_told_wherever_a_run_trains(
    invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, trained, csv = invented_run(), invented_run(), tmp_path / "found.csv"
    spend_on_training(trained, 10.0)
    for command in (("lag",), ("compare", plain)):
        for run, told in ((trained, True), (plain, False)):
            assert tanlu(*command, run, "--csv", csv) == 0
            assert (f"# {ASSUMED}" in capsys.readouterr().out.splitlines()) == told
            assert pd.read_csv(csv, keep_default_na=False)["note"].unique().tolist() == [ASSUMED if told else ""]
    assert caveat(RunTables(plain), RunTables(trained)) == ASSUMED
    export(RunTables(trained), "iamc", tmp_path / "out")
    meta = pd.read_excel(tmp_path / "out" / "iamc.xlsx", sheet_name="meta")
    assert set(meta["note"]) == {ASSUMED}


def test_what_is_assumed_is_told_beside_tables_for_other_tools(invented_run: Make, tmp_path: Path) -> None:
    import netCDF4

    plain, trained = invented_run(last_year=2022), invented_run(last_year=2022)
    spend_on_training(trained, 10.0)
    for run, told in ((trained, ASSUMED), (plain, "")):
        about, *_ = export(RunTables(run), "csv", tmp_path / "out")
        assert (ASSUMED in about.read_text(encoding="utf-8").splitlines()) == bool(told)
        (path,) = export(RunTables(run), "netcdf", tmp_path / "out")
        with netCDF4.Dataset(path) as data:
            assert data.note == told
            assert {group.note for group in data.groups.values()} == {told}


def test_provenance_tells_what_is_assumed() -> None:
    assert provenance(load_config("dual_carbon_exchange"), 1)["assumed"] == ASSUMED
    assert provenance(load_config("dual_carbon"), 1)["assumed"] == ""


def test_notes_go_into_a_pipe_as_comments(invented_run: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert tanlu("compare", invented_run(), invented_run()) == 0
    assert tanlu("lag", invented_run()) == 0
    lines = capsys.readouterr().out.splitlines()
    for start in ("# 4 pairs with the same luck", "# robust: 5 years or more"):
        assert len([one for one in lines if one.startswith(start)]) == 1
    assert all(one.startswith("#") or "\t" in one for one in lines)


def test_effects_of_chosen_years(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, policy, csv = invented_run(), invented_run(), tmp_path / "effects.csv"
    change(policy, "national", co2_mt=0.5, gdp_bn_cny=1.1)
    assert tanlu("compare", base, policy, "--years", "2028, 2031", "--csv", csv) == 0
    assert set(pd.read_csv(csv)["year"]) == {0, 2028, 2031}
    told = capsys.readouterr().out
    assert "unserved power\t2028\tTWh\t0\tno change\t\t\n" in told
    assert "e+" not in told
    assert "same luck r: correlation" in told
    for wrong in ("2070", "soon", "2028,"):
        assert tanlu("compare", base, policy, "--years", wrong) == 2
        assert "allowed: years from 2020 to 2060" in capsys.readouterr().err


def change_sectors(folder: Path, where: str, **columns: float) -> None:
    """Multiply columns of the table of sectors, which lies in batches, in rows that meet a condition."""
    for path in (folder / "sectors").glob("*.parquet"):
        table = pd.read_parquet(path)
        rows = table.query(where).index
        for column, factor in columns.items():
            table.loc[rows, column] *= factor
        table.to_parquet(path, index=False)


def test_effects_in_chosen_provinces(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, policy, csv = invented_run(), invented_run(), tmp_path / "effects.csv"
    change(policy, "provinces", co2_mt=0.9, net_export_twh=2.0)
    chosen = ("--province", "Henan", "--province", "浙江, Henan", "--years", "2030")
    assert tanlu("compare", base, policy, *chosen, "--csv", csv) == 0
    told = capsys.readouterr().out
    assert "as chosen" in told
    assert "by the size" not in told
    assert "each side is compared with its own country" in told
    assert "Zhejiang behind the country\t2030\tyears\t" in told
    found = pd.read_csv(csv, keep_default_na=False)
    assert set(found["province"]) == {"", "Henan", "Zhejiang"}
    assert set(found["sector"]) == {""}
    found = found.set_index(["province", "outcome", "year"])
    exported = found.loc[("Zhejiang", "electricity sent out, net", 2030)]
    assert exported["effect"] == pytest.approx(exported["base"])
    whole = RunTables(base).ask("SELECT sum(co2_mt) / 4 AS mt FROM provinces WHERE province = 'Henan'")["mt"].item()
    assert found.loc[("Henan", "CO2, all years", 0), "effect"] == pytest.approx(-0.1 * whole)
    assert found.loc[("Henan", "behind the country", 2030), "members"] == 4


def test_effects_in_chosen_sectors(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, policy, csv = invented_run(), invented_run(), tmp_path / "effects.csv"
    change_sectors(policy, "province == 'Henan' and sector == 'STL'", co2_mt=0.5, output=2.0)
    assert tanlu("compare", base, policy, "--sector", "钢铁", "--sector", "NMM", "--csv", csv) == 0
    assert "behind the country" not in capsys.readouterr().out  # the country is not behind itself
    found = pd.read_csv(csv).set_index(["sector", "outcome", "year"])
    assert found.loc[("NMM", "CO2", 2035), "effect"] == 0.0
    assert found.loc[("STL", "output", 2035), ["unit", "base", "effect"]].tolist() == ["bn CNY", 3100.0, 100.0]
    assert found.loc[("STL", "CO2 per output", 2050), "unit"] == "Mt/bn CNY"
    steel = ("--sector", "STL", "--province", "Henan", "--province", "Hebei")
    assert tanlu("compare", base, policy, *steel, "--csv", csv) == 0
    found = pd.read_csv(csv).dropna(subset="province")
    assert set(zip(found["province"], found["sector"], strict=True)) == {("Henan", "STL"), ("Hebei", "STL")}
    found = found.set_index(["province", "outcome", "year"])
    for outcome, factor in (("CO2", -0.5), ("output", 1.0), ("CO2 per output", -0.75)):
        changed = found.loc[("Henan", outcome, 2035)]
        assert changed["effect"] == pytest.approx(factor * changed["base"])
        assert found.loc[("Hebei", outcome, 2035), "effect"] == 0.0


def test_a_place_lags_as_the_commands_of_lag_and_maps_say(invented_run: Make) -> None:
    run = RunTables(invented_run())
    cell = lags(run.ask("SELECT * FROM sectors")).query("province == 'Henan' and sector == 'STL' and year == 2035")
    found = measured(run, Place("Henan", "STL"), [2035])[LAG]
    assert found == pytest.approx(dict(zip(cell["member"], cell["lag_years"], strict=True)))
    province = behind_country(run, 2040).query("province == 'Henan'")
    found = measured(run, Place("Henan"), [2040, 2060])  # the last year has no mean of three years
    assert [one.year for one in found if one.label == LAG.label] == [2040]
    expected = dict(zip(province["member"], province["behind_years"], strict=True))
    assert found[LAG._replace(year=2040)] == pytest.approx(expected)


def test_unknown_places_are_told_each_in_one_line(
    invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = invented_run()
    assert tanlu("compare", base, base, "--province", "Hennan", "--sector", "steel,STL") == 2
    province, sector = capsys.readouterr().err.splitlines()
    assert province.startswith(
        "tanlu: --province = Hennan: unknown province; did you mean Henan?; allowed: the 31 names"
    )
    assert sector.startswith("tanlu: --sector = steel: unknown sector; did you mean STL?; allowed: POW, STL, NMM,")
    for mistaken, allowed in (
        (base / "none", "a run folder, a YAML file or a scenario"),
        ("2035", "as --years 2030,2035"),
    ):
        assert tanlu("compare", base, base, mistaken) == 2
        assert capsys.readouterr().err.endswith(f"{allowed}\n")
    for path in (base / "sectors").glob("*.parquet"):
        path.unlink()
    assert tanlu("compare", base, "baseline", "--sector", "STL") == 2
    told = capsys.readouterr().err
    assert "--sector needs sector tables, and it holds none" in told
    assert len(told.splitlines()) == 1


def test_numbers_have_separators_and_no_powers_of_ten() -> None:
    told = [_number(one, 3, "+") for one in (-5437.2, 0.01234, 99.96, 999.6, 12345.0)]
    assert told == ["-5,437", "+0.0123", "+100", "+1,000", "+12,345"]
    assert _number(194_800.4, 4) == "194,800"


def test_lag_tells_how_large_a_cell_is(invented_run: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, csv = invented_run(), tmp_path / "lag.csv"
    assert tanlu("lag", run, "--year", "2035", "--csv", csv) == 0
    assert "province\tsector\tCO2, Mt\t" in capsys.readouterr().out
    found = pd.read_csv(csv).set_index(["province", "sector"])["median_co2_mt"]
    year = RunTables(run).ask("SELECT * FROM sectors WHERE year = 2035 AND province = 'Henan'")
    wanted = year.groupby("sector")[["co2_mt", "co2_electricity_mt"]].median().sum(axis=1)
    assert found["Henan", "STL"] == pytest.approx(wanted["STL"])
    assert found["Henan", "POW"] == pytest.approx(wanted["POW"] / 1.3)  # direct alone


def test_a_target_that_cannot_be_written_is_told_before_anything_runs(
    invented_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run, taken = invented_run(), tmp_path / "file"
    taken.write_text("", encoding="utf-8")
    for arguments in (
        ("compare", "baseline", "high_carbon_price", "--csv", "nodir/x.csv"),
        ("compare", "baseline", "high_carbon_price", "--csv", tmp_path),
        ("lag", run, "--csv", "nodir/x.csv"),
        ("export", run, "--format", "csv", "--out", taken),
        ("export", run, "--format", "csv", "--out", taken / "below"),
        ("lag", run, "--pathway", "none.csv"),
    ):
        assert tanlu(*arguments) == 2
        told = capsys.readouterr().err
        assert "the run failed" not in told
        assert "allowed: a" in told
        assert len(told.splitlines()) == 1
    assert not Path("runs").exists()
