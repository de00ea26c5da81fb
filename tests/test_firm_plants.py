"""Plants come and go: closing, starting up, rebuilding, merging, and no plant lost on the way."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents import firm_plants, firm_record
from agents.firm_record import EMPTY, QUEUE, SLOTS, capacity, free_place, is_being_rebuilt

ONE, TWO, THREE, FOUR, FIVE = 13, 14, 15, 16, 17  # the routes of sector 1
YEAR = 2022
SIZE = st.floats(0.5, 50.0)


def plant(firm, slot, route, size=10.0, built=2010.0, relined=None):
    firm.slot_route[slot], firm.slot_capacity[slot], firm.slot_built[slot] = route, size, built
    firm.slot_relined[slot] = built if relined is None else relined


def order(firm, route, size, slot=EMPTY, year=YEAR):
    place = free_place(firm)
    firm.pending_route[place], firm.pending_capacity[place] = route, size
    firm.pending_year[place], firm.pending_slot[place] = year, slot


@pytest.fixture
def firm(new_firms):
    return new_firms()[0]


def plants(firm):
    return {
        int(firm.slot_route[slot]): float(firm.slot_capacity[slot])
        for slot in range(SLOTS)
        if firm.slot_route[slot] != EMPTY
    }


# --- closing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("built", "stands"), [(1996.0, False), (1997.0, False), (1998.0, True), (2022.0, True)])
def test_a_plant_closes_at_the_end_of_its_life(firm, ages, built, stands):
    """25 years: one of 1997 does not run in 2022."""
    plant(firm, 0, ONE, built=built)
    firm_plants.close_plants(firm, ages)
    assert plants(firm) == ({ONE: 10.0} if stands else {})
    assert firm.slot_capacity[0] == (10.0 if stands else 0.0)


def test_lives_differ_by_route(firm, ages):
    ages.lifetime_years[TWO] = 40.0
    plant(firm, 0, ONE, built=1990.0)
    plant(firm, 1, TWO, built=1990.0)
    firm_plants.close_plants(firm, ages)
    assert plants(firm) == {TWO: 10.0}


def test_a_plant_being_rebuilt_stays_until_that_is_done(firm, ages):
    plant(firm, 0, ONE, built=1980.0)
    order(firm, ONE, 10.0, slot=0, year=2025)
    assert is_being_rebuilt(firm, 0)
    firm_plants.close_plants(firm, ages)
    assert plants(firm) == {ONE: 10.0}


@pytest.mark.parametrize(("sector", "built", "size"), [(0, 2022.0, 6.0), (1, 1997.0, 10.0)])
def test_a_power_plant_built_again_starts_anew_and_a_relining_does_not(firm, ages, sector, built, size):
    """Two plants of the firm become one: the part that is paid for stands for the old plant."""
    firm.sector = sector
    plant(firm, 0, ONE, built=1997.0)
    order(firm, ONE, 6.0, slot=0)
    firm_plants.close_plants(firm, ages)
    firm_plants.start_up(firm, ages)
    assert (firm.slot_built[0], firm.slot_capacity[0]) == (built, size)
    assert firm.slot_available[0] == (0.5 if sector == 0 else 1.0)


def test_new_capacity_does_not_join_a_power_plant_that_is_built_again(firm, ages):
    firm.sector = 0
    plant(firm, 0, ONE, built=2020.0)
    order(firm, ONE, 10.0, slot=0, year=2025)
    order(firm, ONE, 5.0)
    firm_plants.start_up(firm, ages)
    assert sorted(firm.slot_capacity.tolist()) == [0.0, 0.0, 5.0, 10.0]


# --- starting up --------------------------------------------------------------------------------------------------


def test_nothing_starts_before_its_year(firm, ages):
    order(firm, ONE, 5.0, year=2023)
    firm_plants.start_up(firm, ages)
    assert plants(firm) == {}
    assert firm.pending_route[0] == ONE


def test_a_new_plant_takes_an_empty_slot_and_runs_half_its_first_year(firm, ages):
    order(firm, ONE, 5.0)
    firm_plants.start_up(firm, ages)
    slot = list(firm.slot_route).index(ONE)
    assert (firm.slot_capacity[slot], firm.slot_built[slot], firm.slot_relined[slot]) == (5.0, YEAR, YEAR)
    assert firm.slot_available[slot] == 0.5
    assert firm.pending_route.tolist() == [EMPTY] * QUEUE
    firm_plants.start_up(firm, ages._replace(year=np.array([2023])))
    assert firm.slot_available[slot] == 1.0


def test_a_late_start_is_still_a_start(firm, ages):
    order(firm, ONE, 5.0, year=2020)
    firm_plants.start_up(firm, ages)
    assert plants(firm) == {ONE: 5.0}


def test_new_capacity_joins_a_young_plant_of_its_route(firm, ages):
    """30 of 2019 and 10 of 2022 are 40 of 2019.75, of which a quarter exists for half the year."""
    plant(firm, 1, ONE, 30.0, built=2019.0)
    order(firm, ONE, 10.0)
    firm_plants.start_up(firm, ages)
    assert plants(firm) == {ONE: 40.0}
    assert firm.slot_built[1] == pytest.approx(2019.75)
    assert firm.slot_relined[1] == pytest.approx(2019.75)
    assert firm.slot_available[1] == pytest.approx(0.875)


def test_new_capacity_stands_apart_from_an_old_plant_while_there_is_room(firm, ages):
    plant(firm, 1, ONE, 30.0, built=2016.0)
    order(firm, ONE, 10.0)
    firm_plants.start_up(firm, ages)
    assert sorted(firm.slot_capacity) == [0.0, 0.0, 10.0, 30.0]


def test_without_room_new_capacity_joins_the_youngest_of_its_route(firm, ages):
    for slot, built in enumerate((2000.0, 2010.0, 2005.0)):
        plant(firm, slot, ONE, built=built)
    plant(firm, 3, TWO)
    order(firm, ONE, 10.0)
    firm_plants.start_up(firm, ages)
    assert firm.slot_capacity.tolist() == [10.0, 20.0, 10.0, 10.0]
    assert firm.slot_built[1] == pytest.approx(2016.0)


# --- rebuilding ---------------------------------------------------------------------------------------------------


def test_a_relining_keeps_age_and_starts_a_new_cycle(firm, ages):
    plant(firm, 0, ONE, built=2002.0)
    order(firm, ONE, 10.0, slot=0)
    firm_plants.start_up(firm, ages)
    assert (firm.slot_route[0], firm.slot_capacity[0]) == (ONE, 10.0)
    assert (firm.slot_built[0], firm.slot_relined[0], firm.slot_available[0]) == (2002.0, YEAR, 1.0)


def test_a_retrofit_keeps_age_and_a_replacement_starts_a_new_life(firm, ages):
    ages.retrofit_of[TWO] = ONE
    for new, built in ((TWO, 2002.0), (THREE, float(YEAR))):
        plant(firm, 0, ONE, built=2002.0)
        order(firm, new, 10.0, slot=0)
        firm_plants.start_up(firm, ages)
        assert (firm.slot_route[0], firm.slot_built[0], firm.slot_relined[0]) == (new, built, YEAR)
    assert firm.slot_available[0] == 0.5


# --- nothing is lost ----------------------------------------------------------------------------------------------


def test_capacity_that_joined_a_plant_while_it_was_relined_is_not_lost(firm, ages):
    plant(firm, 0, ONE, 10.0, built=2018.0)
    order(firm, ONE, 10.0, slot=0, year=2023)
    order(firm, ONE, 5.0)
    firm_plants.start_up(firm, ages)
    assert capacity(firm) == 15.0
    firm_plants.start_up(firm, ages._replace(year=np.array([2023])))
    assert capacity(firm) == 15.0


def test_new_capacity_does_not_close_with_an_old_plant_that_it_joined(firm, ages):
    for slot in range(SLOTS):
        plant(firm, slot, ONE, 10.0, built=1997.0)
    order(firm, ONE, 1.0)
    firm_plants.close_plants(firm, ages)
    firm_plants.start_up(firm, ages)
    assert plants(firm) == {ONE: 1.0}


@pytest.mark.parametrize("building", [1, 2])
def test_room_promised_to_a_project_is_not_promised_again(firm, building):
    """Three plants, and as many new routes under construction as there are, or seem to be, empty slots."""
    for slot, route in enumerate((ONE, TWO, THREE)[: SLOTS - building]):
        plant(firm, slot, route)
    for route in (FOUR, FIVE)[:building]:
        assert firm_record.holds(firm, route)
        order(firm, route, 5.0, year=2025)
    assert not firm_record.holds(firm, 12)
    assert firm_record.holds(firm, ONE)
    assert firm_record.holds(firm, FOUR)


def test_a_rebuilding_promises_no_room(firm):
    for slot, route in enumerate((ONE, TWO, THREE)):
        plant(firm, slot, route)
    order(firm, FIVE, 10.0, slot=0, year=2025)
    assert firm_record.holds(firm, FOUR)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([ONE, TWO]), SIZE, st.integers(1998, 2022)), max_size=SLOTS - 1),
    st.lists(st.tuples(st.sampled_from([ONE, TWO]), SIZE), max_size=QUEUE),
)
@example([(TWO, 1.0, 1998)] * 3, [(TWO, 1.0), (ONE, 1.0)])
def test_capacity_after_start_up_is_capacity_before_and_what_was_built(new_firms, ages, standing, building):
    """Four slots hold two routes, plants of one route being joined; mean building years are weighted by capacity."""
    firm = new_firms()[0]
    for slot, (route, size, built) in enumerate(standing):
        plant(firm, slot, route, size, float(built))
    for route, size in building:
        order(firm, route, size)
    before = capacity(firm)
    years = float((firm.slot_capacity * firm.slot_built).sum())
    firm_plants.start_up(firm, ages)
    new = sum(size for _, size in building)
    assert capacity(firm) == pytest.approx(before + new, rel=1e-12)
    assert float((firm.slot_capacity * firm.slot_built).sum()) == pytest.approx(years + new * YEAR, rel=1e-12)
    assert np.all(firm.slot_available <= 1.0)


def test_cohorts_are_replaced_one_by_one(run_model):
    """No province's construction, farms, transport or services lose a twentieth in a year because vehicles grow old."""
    model = run_model(8)
    sectors = model.setting.base.names.sectors
    share = model.setting.first_year_share[model.setting.base.routes.first_route]
    assert share[[sectors.index(one) for one in ("CON", "AGR", "TRN", "SRV")]].tolist() == [1.0] * 4
    assert share[sectors.index("STL")] == model.setting.parameters["new_plant_first_year_share"]
    output = model.tables()["sectors"].pivot(index=["province", "sector"], columns="year", values="output")
    change = output.pct_change(axis=1).drop(columns=2020).xs("TRN", level="sector")
    assert change.to_numpy().min() > -0.05
