"""Identities of the shipped power tables of 2020, each computed here from the tables alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import simulator
from simulator.data.derive.power import derive
from simulator.data.derive.power_flows import net_export
from simulator.data.derive.power_vintages import stack

DATA = Path(simulator.__file__).parent / "data"
HOURS = 8760.0
TABLES = (
    "power_capacity",
    "power_vintages",
    "blocks",
    "block_profiles",
    "national_shapes",
    "lines",
    "line_shapes",
    "power_balance",
    "power_history",
)


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv")


@pytest.fixture(scope="module")
def capacity() -> pd.DataFrame:
    return read("power_capacity")


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return read("lines")


@pytest.fixture(scope="module")
def balance() -> pd.DataFrame:
    return read("power_balance").set_index("province")


def test_the_tables_follow_from_the_facts_byte_for_byte(tmp_path: Path) -> None:
    derive(DATA / "facts", tmp_path)
    for name in TABLES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (DATA / f"{name}.csv").read_bytes(), name


def test_every_province_has_every_technology_and_no_gap(capacity: pd.DataFrame) -> None:
    assert len(capacity) == 31 * 10
    assert capacity.groupby("province").size().eq(10).all()
    numbers = capacity.select_dtypes("number")
    assert not numbers.isna().to_numpy().any()
    assert (numbers >= 0.0).to_numpy().all()
    assert (capacity["potential_gw"] >= capacity["capacity_gw"] - 1e-6).all()


def test_land_counts_for_wind_as_far_as_it_is_as_good_as_that_of_today_by_hand(capacity: pd.DataFrame) -> None:
    """Sichuan: 473.3 GW at 0.0606, at the 0.290 of its plants 98.8 GW. Inner Mongolia: 0.299 is more than 0.272."""
    limit = capacity[capacity.technology == "onshore_wind"].set_index("province").potential_gw
    assert limit["Sichuan"] == pytest.approx(473.3 * 0.0606 / 0.29025, rel=1e-3)
    assert limit["Inner Mongolia"] == 1296.3


@pytest.mark.parametrize(("technology", "name"), [("onshore_wind", "onwind"), ("solar", "solar")])
def test_wind_and_sun_are_no_more_energy_than_in_the_source(capacity: pd.DataFrame, technology: str, name: str) -> None:
    source = read("facts/renewable_potential").query("technology == @name")
    values = source.set_index(["variable", "province"])["value"]
    energy = values["technical_potential"] * values["modelled_mean_cf"]
    table = capacity[capacity.technology == technology].set_index("province")
    assert (table.potential_gw * table.capacity_factor <= energy.reindex(table.index) * (1.0 + 1e-6)).all()


@pytest.mark.parametrize(
    ("technology", "national_gw"),
    [
        ("coal", 1079.92), ("gas", 98.02), ("nuclear", 49.89), ("hydro", 338.67), ("pumped", 31.49),
        ("offshore_wind", 8.99), ("onshore_wind", 281.53 - 8.99), ("solar", 253.43), ("battery", 3.3),
    ],
)  # fmt: skip
def test_capacity_adds_up_to_the_national_figure(capacity: pd.DataFrame, technology: str, national_gw: float) -> None:
    total = capacity.loc[capacity["technology"] == technology, "capacity_gw"].sum()
    assert total == pytest.approx(national_gw, rel=3e-4)


def test_generation_adds_up_to_the_national_figure_and_follows_from_the_factors(capacity: pd.DataFrame) -> None:
    assert capacity["generation_twh"].sum() == pytest.approx(7623.6, abs=0.5)
    added = capacity["capacity_gw"] - capacity["capacity_previous_gw"]
    effective = capacity["capacity_previous_gw"] + capacity["first_year_share"] * added
    produced = effective * capacity["capacity_factor"] * HOURS / 1000.0
    assert np.allclose(produced, capacity["generation_twh"], atol=1e-5)
    wind = capacity[capacity["technology"].str.endswith("wind")]
    assert wind["generation_twh"].sum() == pytest.approx(466.5, abs=0.1)


def test_vintages_add_up_to_capacity(capacity: pd.DataFrame) -> None:
    vintages = read("power_vintages")
    assert (vintages["capacity_gw"] > 0.0).all()
    assert (vintages["build_year_from"] <= vintages["build_year_to"]).all()
    assert vintages["build_year_to"].max() == 2020
    assert set(vintages["owner"]) == {"state", "private", "captive"}
    kind = vintages["technology"].str.replace(r"^coal_.*", "coal", regex=True)
    total = vintages.groupby(["province", kind])["capacity_gw"].sum()
    known = capacity.set_index(["province", "technology"])["capacity_gw"]
    assert np.allclose(total.reindex(known.index).fillna(0.0), known, atol=1e-5)


def test_captive_and_young_coal_match_the_unit_list() -> None:
    coal = read("power_vintages").query("technology.str.startswith('coal')")
    captive = coal[coal["owner"] == "captive"]["capacity_gw"].sum()
    young = coal[coal["build_year_from"] == 2015]["capacity_gw"].sum()
    assert captive == pytest.approx(118.0, abs=1.0)
    assert young == pytest.approx(278.0, abs=1.0)


def test_stack_takes_decreases_from_the_oldest() -> None:
    assert stack({2010: 2.0, 2012: 5.0, 2013: 4.0}, 1990) == [(1990, 2010, 1.0), (2011, 2012, 3.0)]
    assert stack({2010: 1.0, 2011: 2.0, 2012: 0.5}, 1990) == [(2011, 2011, 0.5)]


def test_blocks_fill_the_year_and_shapes_have_mean_one() -> None:
    blocks = read("blocks")
    hours = blocks["hours"].to_numpy()
    assert list(blocks["block"]) == list(range(24))
    assert hours.sum() == pytest.approx(HOURS, abs=1e-9)
    for _, shape in read("block_profiles").groupby("province"):
        for name in ("load_relative", "onshore_wind_relative", "solar_relative", "hydro_relative"):
            assert shape[name].to_numpy() @ hours / HOURS == pytest.approx(1.0, abs=1e-7), name
        offshore = shape["offshore_wind_relative"].to_numpy() @ hours / HOURS
        assert offshore == pytest.approx(round(offshore), abs=1e-7)
    national = read("national_shapes")
    for name in ("vehicle_relative", "heat_pump_relative"):
        assert national[name].to_numpy() @ hours / HOURS == pytest.approx(1.0, abs=1e-7)


def test_no_block_asks_more_than_the_nameplate(capacity: pd.DataFrame) -> None:
    factors = capacity.pivot_table(index="province", columns="technology", values="capacity_factor")
    profiles = read("block_profiles").set_index("province")
    for technology in ("onshore_wind", "offshore_wind", "solar", "hydro"):
        asked = profiles[f"{technology}_relative"] * factors[technology].reindex(profiles.index)
        assert asked.max() <= 0.95, technology


def test_every_province_balances(capacity: pd.DataFrame, lines: pd.DataFrame, balance: pd.DataFrame) -> None:
    arrivals, departures = dict.fromkeys(balance.index, 0.0), dict.fromkeys(balance.index, 0.0)
    for line in lines.to_dict("records"):
        flow, kept = line["base_flow_twh"], 1.0 - line["loss_share"]
        giver, taker = (line["origin"], line["destination"]) if flow >= 0 else (line["destination"], line["origin"])
        departures[giver] += abs(flow)
        arrivals[taker] += abs(flow) * kept
    generation = capacity.groupby("province")["generation_twh"].sum()
    for province, row in balance.iterrows():
        served = generation[province] + arrivals[str(province)] - departures[str(province)]
        assert served == pytest.approx(row["load_twh"], abs=1e-5)
        assert departures[str(province)] - arrivals[str(province)] == pytest.approx(row["net_export_twh"], abs=1e-5)


def test_load_is_consumption_and_storage_charging_and_export_abroad(balance: pd.DataFrame) -> None:
    abroad = pd.Series(0.0, index=balance.index)
    abroad["Guangdong"] = 17.5
    known = balance["consumption_twh"] + balance["storage_charging_twh"] + abroad
    assert np.allclose(balance["load_twh"], known, rtol=1e-4)
    assert balance["consumption_twh"].sum() == pytest.approx(7511.0, abs=0.5)
    assert balance["own_use_and_losses_twh"].between(0.05 * known, 0.13 * known).all()


def test_prices_and_coal_rates_are_plausible(capacity: pd.DataFrame, balance: pd.DataFrame) -> None:
    retail = balance["benchmark_tariff_cny_per_mwh"] + balance["transmission_charge_cny_per_mwh"]
    assert retail.between(500.0 - 1e-9, 650.0 + 1e-9).all()
    coal = capacity[capacity["technology"] == "coal"].set_index("province")["generation_twh"]
    assert np.average(balance["coal_rate"], weights=coal.reindex(balance.index)) == pytest.approx(305.5, abs=1e-4)
    assert balance["peak_factor"].between(1.0, 1.6).all()


def test_lines_are_dated_unique_and_within_capacity(lines: pd.DataFrame) -> None:
    assert lines["line"].is_unique
    assert (lines.loc[lines["year"] > 2020, "base_flow_twh"] == 0.0).all()
    assert (lines.loc[lines["year"] > 2022, "fill"] == "projected").all()
    assert lines["loss_share"].between(0.0, 0.1).all()
    blocks, shapes = read("blocks"), read("line_shapes")
    season_hours = blocks.groupby("season")["hours"].sum()
    shapes["hours"] = shapes["season"].map(season_hours)
    mean = (shapes["relative"] * shapes["hours"]).groupby(shapes["line"]).sum() / HOURS
    assert np.allclose(mean, 1.0, atol=1e-7)
    use = lines.set_index("line")["base_flow_twh"].abs() * 1000.0 / HOURS / lines.set_index("line")["capacity_gw"]
    assert (use * shapes.groupby("line")["relative"].max().reindex(use.index)).max() <= 0.9 + 1e-7


def test_a_flow_that_runs_backwards_loses_on_the_way_to_its_origin() -> None:
    one = pd.DataFrame({"origin": ["Beijing"], "destination": ["Tianjin"], "loss_share": [0.1]})
    assert list(net_export(one, np.array([10.0]))[:2]) == [10.0, -9.0]
    assert list(net_export(one, np.array([-10.0]))[:2]) == [-9.0, 10.0]


def test_history_ends_in_2022_and_agrees_with_the_base_year(capacity: pd.DataFrame) -> None:
    history = read("power_history")
    assert history["year"].between(2015, 2022).all()
    assert not history.duplicated(["variable", "province", "year"]).any()
    national = history[history["province"] == "China"].set_index(["variable", "year"])["value"]
    assert national["capacity_added_solar", 2022] == 87.41
    solar = capacity.loc[capacity["technology"] == "solar", "capacity_gw"].sum()
    assert national["capacity_solar", 2020] == pytest.approx(solar, rel=1e-4)
