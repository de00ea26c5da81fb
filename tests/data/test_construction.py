"""What was under construction at the end of 2020: the table against the statistics it must not contradict, and how
its rows find a builder. Oracles are power_history.csv and numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agents.firm_record import EMPTY, FirmState
from simulator.names import DATA, load_names
from simulator.population_construction import Construction, begin_construction, is_free, load_construction

TABLE = pd.read_csv(DATA / "construction.csv")
HISTORY = pd.read_csv(DATA / "power_history.csv")
TECHNOLOGIES = {"coal", "nuclear", "hydro", "pumped", "onshore_wind", "offshore_wind", "solar"}
COAL, HYDRO, NUCLEAR, WIND, SOLAR = 2, 6, 5, 8, 10


def started(technology: str, year: int) -> float:
    """GW of the table that start up in a year."""
    rows = TABLE[(TABLE["technology"] == technology) & (TABLE["start_year"] == year)]
    return float(rows["capacity_gw"].sum())


def history(variable: str, province: str, year: int) -> float:
    rows = HISTORY[(HISTORY["variable"] == variable) & (HISTORY["province"] == province) & (HISTORY["year"] == year)]
    return float(rows["value"].sum())


def generators(*capacities: float, province: int = 0) -> np.recarray:
    """Firms of one province that each run one solar plant."""
    firms = FirmState.table(len(capacities))
    for name in ("slot_route", "pending_route", "pending_slot"):
        firms[name][:] = EMPTY
    firms.province[:] = province
    firms.slot_route[:, 0] = SOLAR
    firms.slot_capacity[:, 0] = capacities
    return firms


def rows_of(*rows: tuple[int, float, int]) -> Construction:
    """Rows (route, GW, year) of the first province."""
    route, gw, year = zip(*rows, strict=True)
    return Construction(np.zeros(len(rows), dtype=np.int64), np.array(route), np.array(gw), np.array(year))


def test_rows_are_complete_and_name_what_exists() -> None:
    assert not TABLE.isna().to_numpy().any()
    assert set(TABLE["technology"]) == TECHNOLOGIES
    assert set(TABLE["province"]) <= set(load_names().provinces)
    assert (TABLE["capacity_gw"] > 0.0).all()
    assert set(TABLE["unit"]) == {"GW"}
    assert not TABLE.duplicated(["province", "technology", "name", "start_year"]).any()


def test_what_starts_after_2022_is_a_plan_and_not_an_observation() -> None:
    assert (TABLE["start_year"] >= 2021).all()
    assert (TABLE["year"] == 2020).all()
    late = TABLE[TABLE["start_year"] > 2022]
    assert set(late["fill"]) <= {"recalled", "assumed"}
    assert set(late["grade"]) == {"expert assumption"}
    assert (TABLE.loc[TABLE["grade"] == "measured", "fill"] == "derived").all()


@pytest.mark.parametrize("year", [2021, 2022])
def test_nuclear_starts_are_those_of_the_statistics(year: int) -> None:
    assert started("nuclear", year) == pytest.approx(history("capacity_added_nuclear", "China", year), abs=0.005)


@pytest.mark.parametrize("year", [2021, 2022])
def test_coal_units_started_are_a_little_less_than_the_national_additions(year: int) -> None:
    """Units below 30 MW are not in the list."""
    added = history("capacity_added_coal", "China", year)
    assert 0.93 * added < started("coal", year) < added


def test_coal_started_in_a_province_is_no_less_than_its_growth() -> None:
    """Starts are growth plus what was retired."""
    coal = TABLE[TABLE["technology"] == "coal"].groupby(["province", "start_year"])["capacity_gw"].sum()
    for province in load_names().provinces:
        for year in (2021, 2022):
            before, now = (history("capacity_coal_units_30mw", province, one) for one in (year - 1, year))
            assert coal.get((province, year), 0.0) >= now - before - 1e-6, (province, year)


def test_all_coal_is_what_was_under_construction() -> None:
    assert TABLE.loc[TABLE["technology"] == "coal", "capacity_gw"].sum() == pytest.approx(88.1, abs=1e-6)


def test_hydropower_starts_are_within_the_growth_of_capacity() -> None:
    """Pumped plants of 2021: 31.49 GW at its beginning and 36.39 at its end."""
    assert started("pumped", 2021) == pytest.approx(36.39 - 31.49)
    for year in (2021, 2022):
        before, now = (history("capacity_hydro_incl_pumped", "China", one) for one in (year - 1, year))
        assert 0.85 * (now - before) < started("hydro", year) + started("pumped", year) < now - before


def test_a_large_row_is_divided_and_the_largest_come_first() -> None:
    """1 GW of 2022 goes to the firm of 3 GW; so do 3 GW of the 4 of 2021, and the rest to the firm of 2 GW."""
    firms = generators(1.0, 3.0, 2.0)
    begin_construction(firms, rows_of((HYDRO, 4.0, 2021), (HYDRO, 1.0, 2022)))
    assert firms.pending_capacity.tolist() == [[0.0, 0.0, 0.0], [1.0, 3.0, 0.0], [1.0, 0.0, 0.0]]
    assert firms.pending_year.tolist() == [[0, 0, 0], [2022, 2021, 0], [2021, 0, 0]]
    assert firms.pending_route.tolist() == [[EMPTY] * 3, [HYDRO, HYDRO, EMPTY], [HYDRO, EMPTY, EMPTY]]
    assert (firms.pending_slot == EMPTY).all()


def test_equal_firms_build_by_row_and_firms_elsewhere_do_not() -> None:
    firms = generators(2.0, 2.0, 9.0)
    firms.province[2] = 1
    begin_construction(firms, rows_of((HYDRO, 1.0, 2021)))
    assert firms.pending_capacity[:, 0].tolist() == [1.0, 0.0, 0.0]


def test_a_firm_builds_as_many_routes_as_it_has_slots_and_with_a_full_queue_none() -> None:
    """It runs sun and wind: water is its third route, nuclear power would be its fourth, and coal has no slot then."""
    firms = generators(5.0)
    firms.slot_route[0] = SOLAR, SOLAR, WIND, EMPTY
    begin_construction(firms, rows_of((HYDRO, 1.0, 2021)))
    assert is_free(firms[0], NUCLEAR) and is_free(firms[0], HYDRO)
    begin_construction(firms, rows_of((NUCLEAR, 1.0, 2021)))
    assert not is_free(firms[0], COAL) and is_free(firms[0], SOLAR)
    begin_construction(firms, rows_of((HYDRO, 1.0, 2022)))
    assert not is_free(firms[0], SOLAR)


def test_what_exceeds_all_firms_goes_to_the_largest() -> None:
    firms = generators(1.0, 2.0)
    begin_construction(firms, rows_of((HYDRO, 10.0, 2021)))
    assert firms.pending_capacity[:, 0].tolist() == [1.0, 9.0]


def test_if_no_firm_is_free_projects_of_one_route_and_year_are_joined() -> None:
    """2 + 1 GW of water of 2022 become one project, which leaves a place for the wind of 2021."""
    firms = generators(9.0)
    begin_construction(firms, rows_of((HYDRO, 2.0, 2022), (HYDRO, 1.0, 2022), (NUCLEAR, 1.0, 2023)))
    begin_construction(firms, rows_of((WIND, 12.0, 2021)))
    assert firms.pending_route[0].tolist() == [NUCLEAR, HYDRO, WIND]
    assert firms.pending_capacity[0].tolist() == [1.0, 3.0, 12.0]
    assert firms.pending_year[0].tolist() == [2023, 2022, 2021]


def test_what_finds_no_builder_is_an_error_that_says_how_much() -> None:
    firms = generators(1.0)
    firms.slot_route[0] = SOLAR, WIND, COAL, NUCLEAR
    with pytest.raises(ValueError, match=r"3\.000 of .* find no generator in"):
        begin_construction(firms, rows_of((HYDRO, 3.0, 2021)))


def test_wind_and_sun_of_2021_are_the_growth_of_the_statistics() -> None:
    """Rows of less than 0.1 GW, and the province that shrank, are left out."""
    for table, names in (("solar", ("solar",)), ("wind", ("onshore_wind", "offshore_wind"))):
        added = history(f"capacity_{table}", "China", 2021) - history(f"capacity_{table}", "China", 2020)
        assert sum(started(one, 2021) for one in names) == pytest.approx(added, abs=0.3)


def test_what_started_in_the_base_year_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.population_construction.read_table", lambda _: TABLE.assign(start_year=2020))
    with pytest.raises(ValueError, match="2021 at the earliest"):
        load_construction.__wrapped__()
