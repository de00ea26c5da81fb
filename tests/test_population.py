"""The synthetic firms add up to the base year, whatever their number and the seed. Oracles are the shipped tables."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.firm_record import EMPTY, SLOTS, STATE
from simulator.base_year import BASE_YEAR, load_base_year
from simulator.names import DATA, load_names
from simulator.population import Population, firms_per_cell, populate
from simulator.population_character import pareto_exponent
from simulator.population_counts import apportion
from simulator.population_tables import PopulationParameters, load_population_tables, population_parameters

POW, STL, NMM, NFM, CHM = 0, 1, 2, 3, 4
COHORTS = (8, 9, 10, 11)
PARAMETERS = {name: row.value for name, row in load_names().parameters.items()}
ROUTES = pd.read_csv(DATA / "routes.csv")
DEFAULT = 5075
LEAST = 595


@cache
def population(firms: int = DEFAULT, seed: int = 1) -> Population:
    return populate(firms, PARAMETERS, seed)


def plants(found: Population) -> pd.DataFrame:
    """One row a plant, with names instead of numbers."""
    firms, names = found.firms, load_names()
    row, slot = np.nonzero(firms.slot_route != EMPTY)
    route = firms.slot_route[row, slot]
    table = pd.DataFrame({"firm": row, "owner": firms.owner[row], "route": ROUTES["route"].to_numpy()[route]})
    table["sector"] = np.array(names.sectors)[firms.sector[row]]
    table["route_sector"] = ROUTES["sector"].to_numpy()[route]
    table["family"] = ROUTES["family"].to_numpy()[route]
    table["province"] = np.array(names.provinces)[firms.province[row]]
    table["lifetime"] = ROUTES["lifetime_years"].to_numpy()[route]
    table["cycle"] = ROUTES["relining_years"].fillna(0.0).to_numpy()[route]
    for column in ("capacity", "built", "relined", "output", "available"):
        table[column] = firms[f"slot_{column}"][row, slot]
    return table


def largest_gap(found: pd.Series, wanted: pd.Series) -> float:
    """Largest relative difference; a key that one side lacks counts as zero there."""
    both = pd.concat([found, wanted], axis=1, keys=["found", "wanted"]).fillna(0.0)
    both = both[both["wanted"] + both["found"] > 0.0]
    return float(((both["found"] - both["wanted"]).abs() / both["wanted"]).max())


@cache
def industry_capacity() -> pd.Series:
    """Capacity outside power by province, sector, route, from the tables by another way: C = X / sum(share x use)."""
    shares = pd.read_csv(DATA / "route_shares.csv").merge(ROUTES[["sector", "route", "utilisation"]])
    cells = pd.read_csv(DATA / "base_cells.csv")[["province", "sector", "physical_output"]]
    shares["used"] = shares["capacity_share"] * shares["utilisation"]
    use = shares.groupby(["province", "sector"])["used"].sum().rename("use").reset_index()
    table = shares.merge(cells).merge(use)
    table["capacity"] = table["capacity_share"] * table["physical_output"] / table["use"]
    return table.set_index(["province", "sector", "route"])["capacity"]


@settings(max_examples=12)
@given(firms=st.integers(1, 20000), seed=st.integers(0, 2**63 - 1))
def test_sums_are_those_of_the_tables_for_any_number_and_seed(firms: int, seed: int) -> None:
    table = plants(populate(firms, PARAMETERS, seed))
    power = table[table["sector"] == "POW"]
    rest = table[table["sector"] != "POW"].groupby(["province", "sector", "route"])["capacity"].sum()
    assert largest_gap(rest, industry_capacity()) < 1e-12
    fleet = pd.read_csv(DATA / "power_vintages.csv")
    fleet["owner"] = np.where(fleet["owner"] == "state", 0, 1)
    wanted = fleet.groupby(["province", "technology", "owner"])["capacity_gw"].sum()
    wanted.index = wanted.index.set_names(["province", "route", "owner"])
    assert largest_gap(power.groupby(["province", "route", "owner"])["capacity"].sum(), wanted) < 1e-12


@settings(max_examples=6)
@given(firms=st.integers(1, 20000), seed=st.integers(0, 2**63 - 1))
def test_records_are_sound_for_any_number_and_seed(firms: int, seed: int) -> None:
    found = populate(firms, PARAMETERS, seed)
    table, records = plants(found), found.firms
    assert len(records) == max(firms, LEAST)
    assert (table["sector"] == table["route_sector"]).all()
    assert (table["capacity"] > 0.0).all()
    assert len(table[["firm", "family"]].drop_duplicates()) == len(records)
    assert set(table["firm"]) == set(range(len(records)))
    empty = records.slot_route == EMPTY
    assert empty[:, SLOTS - 1].all(), "every firm starts with room for one plant"
    assert (records.slot_capacity[empty] == 0.0).all()
    assert (records.slot_output[empty] == 0.0).all()
    assert (table["built"] <= BASE_YEAR).all()
    assert (table["relined"] <= BASE_YEAR).all()
    assert (table["relined"] >= table["built"]).all()
    assert (BASE_YEAR - table["built"] < table["lifetime"]).all()
    for name in ("slot_capacity", "market_weight", "liquidity", "hurdle_rate", "payback_years"):
        assert np.isfinite(records[name]).all(), name


def test_output_of_the_base_year_is_made() -> None:
    records, base = population().firms, load_base_year()
    made = np.zeros_like(base.economy.physical_output)
    np.add.at(made, (records.province, records.sector), records.output)
    assert made[:, 1:] == pytest.approx(base.economy.physical_output[:, 1:], rel=1e-12)
    assert made[:, POW] == pytest.approx(base.power.generation_twh.sum(axis=1), rel=1e-12)
    weight = np.zeros_like(made)
    np.add.at(weight, (records.province, records.sector), records.market_weight)
    assert weight[made > 0.0] == pytest.approx(1.0, rel=1e-12)
    assert records.wanted_output == pytest.approx(records.output)


def test_electric_furnaces_hold_a_seventh_of_capacity_and_make_a_tenth_of_steel() -> None:
    steel = plants(population())
    steel = steel[steel["sector"] == "STL"].groupby("route")[["capacity", "output"]].sum()
    share = steel.loc["scrap_eaf"] / steel.sum()
    assert 0.13 < share["capacity"] < 0.17
    assert 0.09 < share["output"] < 0.12


def test_electric_furnaces_stand_in_smaller_firms() -> None:
    steel = plants(population())
    steel = steel[steel["sector"] == "STL"]
    size = steel.groupby("firm")["capacity"].sum()
    electric = steel[steel["route"] == "scrap_eaf"]["firm"].unique()
    assert size[electric].median() < 0.5 * size.drop(electric).median()


def test_output_of_power_plants_follows_the_hours_of_their_province() -> None:
    """Generation of a technology over its GW, worked from power_capacity.csv for Yunnan's hydropower."""
    fleet = pd.read_csv(DATA / "power_capacity.csv").set_index(["province", "technology"]).loc[("Yunnan", "hydro")]
    table = plants(population())
    table = table[(table["province"] == "Yunnan") & (table["route"] == "hydro")]
    hours = fleet["generation_twh"] / fleet["capacity_gw"]
    assert (table["output"] / table["capacity"]).to_numpy() == pytest.approx(hours, rel=1e-9)
    added = fleet["capacity_gw"] - fleet["capacity_previous_gw"]
    existed = (fleet["capacity_previous_gw"] + fleet["first_year_share"] * added) / fleet["capacity_gw"]
    assert table["available"].to_numpy() == pytest.approx(existed, rel=1e-9)


def test_vintages_of_power_are_exact_with_many_firms() -> None:
    """Solar vintages are single years from 2011 on, so building years tell them apart, by province and owner."""
    fleet = pd.read_csv(DATA / "power_vintages.csv")
    fleet = fleet[(fleet["technology"] == "solar") & (fleet["build_year_from"] >= 2011)]
    fleet["owner"] = np.where(fleet["owner"] == "state", 0, 1)
    wanted = fleet.set_index(["province", "owner", "build_year_from"])["capacity_gw"]
    wanted.index = wanted.index.set_names(["province", "owner", "built"])
    table = plants(population(50000))
    table = table[(table["route"] == "solar") & (table["built"] >= 2011)]
    found = table.groupby(["province", "owner", "built"])["capacity"].sum()
    assert largest_gap(found, wanted) < 1e-12
    assert not any("joined" in note for note in population(50000).notes)


def test_joined_vintages_keep_their_mean_year() -> None:
    """With few firms neighbouring vintages are joined, the small ones first, and the run says so."""
    coal = pd.read_csv(DATA / "power_vintages.csv")
    coal = coal[coal["technology"].str.startswith("coal")]
    middle = np.average((coal["build_year_from"] + coal["build_year_to"]) / 2.0, weights=coal["capacity_gw"])
    assert any("joined" in note for note in population().notes)
    table = plants(population())
    table = table[table["route"].str.startswith("coal") & (table["sector"] == "POW")]
    assert np.average(table["built"], weights=table["capacity"]) == pytest.approx(middle, abs=0.6)
    spread = np.average((table["built"] - middle) ** 2, weights=table["capacity"]) ** 0.5
    assert 5.5 < spread < 8.0


def test_vintages_of_cement_follow_the_histogram() -> None:
    """Kilns of 2007 to 2013 hold 64 % of capacity (vintages.csv); the largest plants cannot upset it."""
    for seed in range(3):
        table = plants(population(DEFAULT, seed))
        table = table[table["sector"] == "NMM"]
        inside = table[(table["built"] >= 2007) & (table["built"] <= 2013)]["capacity"].sum()
        assert inside / table["capacity"].sum() == pytest.approx(0.64176, abs=0.02)


def test_no_plant_is_older_than_its_technology_unless_it_is_a_retrofit() -> None:
    table = plants(population()).merge(ROUTES[["sector", "route", "available_from", "retrofit_of"]])
    table = table[(table["sector"] != "POW") & table["retrofit_of"].isna()]
    assert (table["built"] >= table["available_from"]).all()


def test_linings_are_no_older_than_their_cycle_and_steel_spreads_evenly() -> None:
    table = plants(population())
    table = table[table["cycle"] > 0.0]
    assert (BASE_YEAR - table["relined"] < table["cycle"] + 1e-9).sum() > 0.99 * len(table)
    steel = table[(table["route"] == "bf_bof") & (table["built"] < 2000)]
    assert BASE_YEAR - steel["relined"].mean() == pytest.approx(9.5, abs=1.5)


def test_too_few_firms_are_raised_to_the_least_with_a_note() -> None:
    few = population(1)
    assert len(few.firms) == LEAST
    assert any("raised from 1 to 595" in note for note in few.notes)
    assert not any("raised" in note for note in population().notes)
    assert len(population(LEAST).firms) == LEAST
    assert not any("raised" in note for note in population(LEAST).notes)


def test_cohorts_are_three_a_province_and_one_where_firms_are_few() -> None:
    names = load_names()
    count = firms_per_cell(population().firms, len(names.provinces), len(names.sectors))
    assert (count[:, COHORTS] == 3).all()
    few = firms_per_cell(population(1).firms, len(names.provinces), len(names.sectors))
    assert (few[:, COHORTS] == 1).all()


def test_every_cell_with_output_has_a_firm_and_no_other_has() -> None:
    names, base = load_names(), load_base_year()
    for firms in (1, DEFAULT):
        count = firms_per_cell(population(firms).firms, len(names.provinces), len(names.sectors))
        assert ((count > 0) == (base.economy.physical_output > 0.0)).all()


def test_number_of_firms_grows_with_share_to_the_power_of_seven_tenths() -> None:
    """n = N share^0.7 / sum(share^0.7), to the nearest whole number."""
    names, base = load_names(), load_base_year()
    count = firms_per_cell(population(20000).firms, len(names.provinces), len(names.sectors))
    made = base.economy.physical_output[:, CHM]
    wanted = made**0.7 / (made**0.7).sum() * count[:, CHM].sum()
    assert np.abs(count[:, CHM] - wanted).max() < 1.0


def test_sizes_have_a_heavy_tail() -> None:
    """The largest 5 % of a lognormal with sd 1.1 hold Phi(1.1 - 1.645) = 29 %; shares of cells thin it or fatten it."""
    records = population().firms
    size = records.slot_capacity.sum(axis=1)
    for sector in range(8):
        mine = np.sort(size[records.sector == sector])[::-1]
        assert 0.15 < mine[: mine.size // 20].sum() / mine.sum() < 0.45
        assert np.log(mine).std() > 0.6


def test_two_routes_are_the_exception() -> None:
    table = plants(population())
    several = table[~table["sector"].isin(["CON", "AGR", "TRN", "SRV"])].groupby("firm")["route"].nunique()
    assert (several == 1).mean() > 0.75
    assert (several <= 2).mean() > 0.97
    power = table[table["sector"] == "POW"]
    assert (power.groupby("firm")["route"].nunique() <= 2).mean() > 0.9


def test_aluminium_and_other_metals_are_different_firms() -> None:
    table = plants(population())
    metal = table[table["sector"] == "NFM"].groupby("firm")["family"].agg(set)
    assert {frozenset(one) for one in metal} == {frozenset({"aluminium"}), frozenset({"other"})}
    families = list(dict.fromkeys(ROUTES["family"]))
    records = population().firms
    assert set(records.family[records.sector == NFM]) == {families.index("aluminium"), families.index("other")}


def test_the_state_owns_its_share() -> None:
    records = population().firms
    size = records.slot_capacity.sum(axis=1)
    for sector, code in ((STL, "stl"), (NMM, "nmm"), (CHM, "chm")):
        mine = records.sector == sector
        share = size[mine & (records.owner == STATE)].sum() / size[mine].sum()
        assert share == pytest.approx(PARAMETERS[f"state_share_{code}"], abs=0.02)


def test_state_firms_ask_for_less_and_no_hurdle_is_out_of_bounds() -> None:
    records = population().firms
    for sector, discount in ((POW, PARAMETERS["hurdle_rate_utility_discount"]), (CHM, 0.0)):
        for owner, name in ((0, "hurdle_rate_state"), (1, "hurdle_rate_private")):
            asked = records.hurdle_rate[(records.sector == sector) & (records.owner == owner)]
            assert asked.mean() == pytest.approx(PARAMETERS[name] - discount, abs=0.005)
    assert records.hurdle_rate.min() >= PARAMETERS["hurdle_rate_minimum"]
    assert records.payback_years.mean() == pytest.approx(PARAMETERS["payback_mean"], abs=0.1)
    assert records.payback_years.std() == pytest.approx(PARAMETERS["payback_sd"], abs=0.15)


def test_mates_share_group_sector_and_product() -> None:
    found = population()
    records = found.firms
    assert sorted(found.mates) == list(range(len(records)))
    for row in range(0, len(records), 7):
        mates = found.mates[found.first_mate[row] : found.last_mate[row]]
        alike = (
            (records.group == records.group[row])
            & (records.sector == records.sector[row])
            & (records.family == records.family[row])
        )
        assert sorted(mates) == list(np.flatnonzero(alike))


def test_groups_span_provinces_and_five_generators_are_the_largest_in_power() -> None:
    records = population().firms
    power = records[records.sector == POW]
    group, count = np.unique(power.group, return_counts=True)
    largest = group[np.argsort(count)[-5:]]
    assert (np.sort(count)[-5:] > 60).all()
    for one in largest:
        assert len(np.unique(power.province[power.group == one])) > 20
        assert (power.owner[power.group == one] == STATE).all()
    steel = records[records.sector == STL]
    sizes = np.unique(steel.group, return_counts=True)[1]
    assert 0.2 < sizes[sizes > 1].sum() / steel.size < 0.5
    assert records.group.max() < records.size


def test_same_seed_same_firms_and_another_seed_other_firms() -> None:
    again, other = populate(DEFAULT, PARAMETERS, 1), population(DEFAULT, 2)
    assert again.firms.tobytes() == population().firms.tobytes()
    assert (again.mates == population().mates).all()
    assert (other.firms.sector == again.firms.sector).all()
    assert (other.firms.slot_capacity != again.firms.slot_capacity).mean() > 0.3
    assert (other.firms.hurdle_rate != again.firms.hurdle_rate).mean() > 0.9


def test_rows_are_sorted_and_numbered() -> None:
    records = population().firms
    assert (records.firm == np.arange(records.size)).all()
    assert (np.diff(records.sector.astype(int) * 100 + records.province) >= 0).all()
    for name in ("chosen_route", "replaced_slot", "pending_slot"):
        assert (records[name] == EMPTY).all()


@settings(max_examples=6)
@given(firms=st.integers(1, 20000), seed=st.integers(0, 2**63 - 1))
@example(firms=1, seed=106)  # no generator of Sichuan is free before projects are joined
def test_what_is_under_construction_is_what_the_table_says(firms: int, seed: int) -> None:
    """By province, technology and year; no firm is promised more routes than it has room for."""
    records = populate(firms, PARAMETERS, seed).firms
    row, place = np.nonzero(records.pending_route != EMPTY)
    table = pd.DataFrame({"gw": records.pending_capacity[row, place], "start_year": records.pending_year[row, place]})
    table["province"] = np.array(load_names().provinces)[records.province[row]]
    table["technology"] = ROUTES["route"].to_numpy()[records.pending_route[row, place]]
    keys = ["province", "technology", "start_year"]
    wanted = pd.read_csv(DATA / "construction.csv").replace({"technology": {"coal": "coal_ultra"}})
    assert largest_gap(table.groupby(keys)["gw"].sum(), wanted.groupby(keys)["capacity_gw"].sum()) < 1e-12
    assert (records.sector[row] == POW).all()
    routes = np.hstack([records.slot_route, records.pending_route])
    assert max(len(set(one) - {EMPTY}) for one in routes.tolist()) <= SLOTS


def test_nothing_is_under_construction_where_that_is_left_out() -> None:
    without = populate(DEFAULT, PARAMETERS, 1, construction=False).firms
    assert (without.pending_route == EMPTY).all()
    assert (without.pending_capacity == 0.0).all()
    assert (without.slot_capacity == population().firms.slot_capacity).all()


def test_fifty_thousand_firms_have_the_fleet_of_five_thousand() -> None:
    many, few = populate(50000, PARAMETERS, 3).firms, populate(5000, PARAMETERS, 3).firms
    assert len(many) == 50000
    assert many.slot_capacity.sum() == pytest.approx(few.slot_capacity.sum(), rel=1e-9)


def test_apportion_by_hand() -> None:
    """10 over 6 : 3 : 0.1, at least one each: 6, 3, 1; ties go to the first; minima above the total win."""
    assert list(apportion(10, np.array([6.0, 3.0, 0.1]), np.array([1, 1, 1]))) == [6, 3, 1]
    assert list(apportion(3, np.array([1.0, 1.0]), np.array([0, 0]))) == [2, 1]
    assert list(apportion(2, np.array([1.0, 5.0]), np.array([2, 2]))) == [2, 2]


@given(
    total=st.integers(0, 5000),
    cells=st.lists(st.tuples(st.floats(1e-4, 1e3), st.integers(0, 20)), min_size=1, max_size=40),
)
def test_apportion_keeps_the_total_and_the_minima(total: int, cells: list[tuple[float, int]]) -> None:
    weight = np.array([one[0] for one in cells])
    least = np.array([one[1] for one in cells])
    count = apportion(total, weight, least)
    assert (count >= least).all()
    assert count.sum() == max(total, least.sum())


def test_pareto_exponent_by_hand() -> None:
    """A mean of 5 gives 5.5 / 3.5; a group has two members at least."""
    assert pareto_exponent(5.0) == pytest.approx(5.5 / 3.5)
    with pytest.raises(ValueError, match="group_size_mean is 2"):
        pareto_exponent(2.0)


def test_a_missing_parameter_is_named() -> None:
    incomplete: dict[str, Any] = {name: value for name, value in PARAMETERS.items() if name != "payback_mean"}
    with pytest.raises(KeyError, match="payback_mean"):
        population_parameters(load_names().sectors, incomplete)
    complete = population_parameters(load_names().sectors, PARAMETERS)
    assert isinstance(complete, PopulationParameters)
    assert complete.state_share[STL] == PARAMETERS["state_share_stl"]
    assert load_population_tables().sectors == load_names().sectors
