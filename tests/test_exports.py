"""Runs for other tools: pyam reads, adds up and draws them, xarray opens them, and numbers are those of the tables."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from simulator import cli, runs
from simulator.analysis.run_tables import RunTables
from simulator.names import load_names
from simulator.reporting.exports import export
from simulator.reporting.iamc import EMITTERS, OF_ELECTRICITY, PROCESSES, iamc_table, regions, totals

# What the packages behind these formats say of each other while they are imported is not ours.
pytestmark = pytest.mark.filterwarnings("ignore")
SMALL = {"extends": "baseline", "name": "small", "simulation": {"end": 2022, "firms": 600}}


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory):
    return runs.run_ensemble(SMALL, 3, workers=1, out=tmp_path_factory.mktemp("runs") / "small")


@pytest.fixture(scope="module")
def pyam_frame(ensemble):
    import pyam

    export(RunTables(ensemble.path), "iamc", ensemble.path / "export")
    # Not from the path: pyam would leave the file open.
    book = pd.read_excel(ensemble.path / "export" / "iamc.xlsx", sheet_name=None, keep_default_na=False)
    meta = book["meta"].rename(columns=str.lower).set_index(["model", "scenario"])
    return pyam.IamDataFrame(book["data"], meta=meta)


def test_pyam_reads_it_with_meta(pyam_frame):
    assert pyam_frame.scenario == [f"small {name}" for name in ("mean", "p05", "p25", "p50", "p75", "p95")]
    assert pyam_frame.meta["statistic"].tolist() == ["mean", "p05", "p25", "p50", "p75", "p95"]
    assert set(pyam_frame.meta["members"]) == {3}
    assert set(pyam_frame.region) == set(regions()) == {"China", *(f"China|{one}" for one in load_names().provinces)}


def test_provinces_add_up_to_the_country(pyam_frame):
    mean = pyam_frame.filter(statistic="mean", variable=["Emissions|CO2", "GDP|MER", "Capacity|Electricity|Coal"])
    for variable in mean.variable:
        parts = [one for one in mean.region if one != "China"]
        added = mean.aggregate_region(variable, region="China", subregions=parts).as_pandas()["value"]
        country = mean.filter(region="China", variable=variable).as_pandas()["value"]
        np.testing.assert_allclose(added, country, rtol=1e-6)


def test_technologies_add_up(pyam_frame, ensemble):
    wind = pyam_frame.filter(statistic="mean", region="China", variable="Secondary Energy|Electricity|Wind|*")
    added = wind.aggregate("Secondary Energy|Electricity|Wind").as_pandas().set_index("year")["value"]
    power = ensemble.power[ensemble.power.technology.isin(["onshore_wind", "offshore_wind"])]
    np.testing.assert_allclose(added, power.groupby("year")["generation_twh"].sum() / 3, rtol=1e-6)


def test_totals_are_there_and_the_sums_of_their_parts(pyam_frame):
    """By pyam's own check, over all parts of a name that are exported."""
    mean = pyam_frame.filter(statistic="mean")
    assert {
        "Emissions|CO2",
        "Emissions|CO2|Energy",
        "Emissions|CO2|Energy|Supply|Electricity and Heat",
        "Emissions|CO2|Energy|Demand|Industry|Iron and Steel",
        "Emissions|CO2|Industrial Processes",
        "Emissions Footprint|CO2",
        "Final Energy|Electricity",
        "Final Energy|Industry|Electricity",
        "Secondary Energy|Electricity",
        "Secondary Energy|Electricity|Coal",
        "Secondary Energy|Electricity|Wind",
        "Capacity|Electricity",
    } <= set(mean.variable)
    parents = [one for one in mean.variable if any(other.startswith(f"{one}|") for other in mean.variable)]
    assert len(parents) == 10
    for parent in parents:
        assert mean.check_aggregate(parent, rtol=1e-9, atol=1e-9) is None, parent


def test_electricity_is_used_by_someone(pyam_frame, ensemble):
    """Final users by sector add up, and with what power plants and lines take are the table's whole."""
    mean = pyam_frame.filter(statistic="mean")
    users = ("Agriculture", "Industry", "Residential and Commercial", "Transportation")
    parts = [f"Final Energy|{one}|Electricity" for one in users]
    assert mean.check_aggregate("Final Energy|Electricity", components=parts, rtol=1e-9) is None
    industry = mean.filter(variable="Final Energy|Industry|*|Electricity").variable
    assert mean.check_aggregate("Final Energy|Industry|Electricity", components=industry, rtol=1e-9) is None
    country = mean.filter(region="China", variable="Final Energy|Electricity").as_pandas().set_index("year")["value"]
    taken = ensemble.sectors.query("sector == 'POW'").groupby("year")["electricity_twh"].sum() / 3
    whole = ensemble.sectors.groupby("year")["electricity_twh"].sum() / 3
    np.testing.assert_allclose(country + taken, whole, rtol=1e-9)


def test_totals_of_paths():
    found = totals({"a": "X|Y", "b": "X", "c": ""})
    assert found == {"": ["a", "b", "c"], "X": ["a", "b"], "X|Y": ["a"]}


def test_every_sector_is_exported_once():
    sectors = set(load_names().sectors)
    assert set(EMITTERS) == set(PROCESSES) == set(OF_ELECTRICITY) | {"POW"} == sectors


def test_pyam_draws_it(pyam_frame):
    matplotlib.use("Agg")
    sources = pyam_frame.filter(
        statistic="mean", region="China", variable="Secondary Energy|Electricity|*", unit="TWh/yr"
    )
    axes = sources.plot.bar(stacked=True, legend=False)
    assert len(axes.containers) == len(sources.variable)


def test_numbers_are_those_of_the_tables(ensemble):
    table = iamc_table(RunTables(ensemble.path))
    chosen = table.query("scenario == 'small p50' and region == 'China|Zhejiang' and variable == 'Emissions|CO2'")
    wanted = ensemble.provinces[ensemble.provinces.province == "Zhejiang"].groupby("year")["co2_mt"].median()
    np.testing.assert_allclose(chosen.value, wanted, rtol=1e-12)
    assert set(chosen.unit) == {"Mt CO2/yr"}
    prices = table.query("scenario == 'small mean' and region == 'China' and variable == 'Price|Carbon'")
    np.testing.assert_allclose(prices.value, ensemble.national.groupby("year")["carbon_price_cny_per_tco2"].mean())


def test_xarray_opens_it(ensemble):
    import xarray

    (path,) = export(RunTables(ensemble.path), "netcdf", ensemble.path / "export")
    with xarray.open_dataset(path, group="provinces") as data:
        assert dict(data.sizes) == {"member": 3, "year": 3, "province": 31}
        assert data.co2_mt.attrs["units"] == "Mt"
        found = data.co2_mt.sel(member=2, province="Hebei").to_numpy()
    rows = ensemble.provinces.query("member == 2 and province == 'Hebei'")
    np.testing.assert_array_equal(found, rows.co2_mt)


def test_lines_have_ends_and_no_room_for_lines_that_are_not(tmp_path):
    """Origin and destination are coordinates along the lines; packed numbers are those of the table."""
    import xarray

    run = runs.run({**SMALL, "simulation": {"end": 2021, "firms": 600}}, out=tmp_path / "one")
    (path,) = export(RunTables(run.path), "netcdf", tmp_path)
    with xarray.open_dataset(path, group="lines") as data:
        lines = run.lines.query("year == 2021").sort_values("line")
        assert dict(data.sizes) == {"member": 1, "year": 2, "line": len(lines)}
        for one in ("line", "origin", "destination"):
            assert data[one].values.tolist() == lines[one].tolist()
        np.testing.assert_array_equal(data.flow_twh.sel(member=0, year=2021), lines.flow_twh)
        assert data.flow_twh.encoding["zlib"]


def test_csv_is_every_table(ensemble, tmp_path):
    about, *paths = export(RunTables(ensemble.path), "csv", tmp_path / "csv")
    assert about.name == "README.txt"
    assert "scenario small, seed 1, members: 3." in about.read_text(encoding="utf-8")
    assert {one.stem for one in paths} == set(ensemble.names)
    again = pd.read_csv(tmp_path / "csv" / "national.csv", float_precision="round_trip")
    pd.testing.assert_frame_equal(again, ensemble.national, check_exact=True)


def test_a_single_run_has_one_scenario(tmp_path):
    run = runs.run({**SMALL, "simulation": {"end": 2020, "firms": 600}}, out=tmp_path / "one")
    table = iamc_table(RunTables(run.path))
    assert set(table.scenario) == {"small"}
    assert table.query("variable == 'Emissions|CO2' and region == 'China'").value.item() == run.national.co2_mt.item()


@pytest.mark.parametrize("given", [["--format", "excel"], []])
def test_an_unknown_format_is_refused(ensemble, capsys, given):
    with pytest.raises(SystemExit) as exited:
        cli.main(["export", str(ensemble.path), *given])
    assert exited.value.code == 2
    assert "allowed: iamc, csv, netcdf" in capsys.readouterr().err
