"""Committed emissions and idle capital against sums written out with numpy."""

import numpy as np
import pytest

from simulator import census, lock_in
from simulator.model import TransitionModel

EMPTY = -1


@pytest.fixture(scope="module")
def world():
    model = TransitionModel("baseline", seed=3, overrides={"simulation": {"firms": 600, "end": 2024}})
    while model.running:
        model.step()
    return model.world


def counted(world):
    found = census.empty_census(31, 12)
    census.take_census(world.firm_rows, world.costs, world.plant_terms, found)
    return found


def test_remaining_years():
    assert lock_in.remaining_years(2010.0, 30.0, 2020) == 19.0
    assert lock_in.remaining_years(1980.0, 30.0, 2020) == 0.0


def test_idle_share():
    assert lock_in.idle_share(3.0, 4.0) == 0.25
    assert lock_in.idle_share(4.0, 4.0) == lock_in.idle_share(0.0, 0.0) == 0.0


def test_sums_over_plants(world):
    firms = world.firm_rows
    life = world.setting.base.routes.lifetime_years
    found = counted(world).locked_in
    route, place = firms["slot_route"], firms["province"][:, None]
    full = route != EMPTY
    unit = world.costs.routes[place, route]
    intensity = unit["energy_emissions"] * (1.0 - firms["saving"][:, None]) + unit["process_emissions"]
    intensity = intensity * (1.0 - firms["abated"][:, None])
    left = np.maximum(firms["slot_built"] + life[route] - world.year - 1.0, 0.0)
    emits = full & (intensity > 1e-9)
    assert found[0] == pytest.approx((firms["slot_output"] * intensity * left)[emits].sum(), rel=1e-9)
    usual = firms["slot_capacity"] * firms["slot_available"] * unit["full_output"] * unit["utilisation"]
    idle = np.maximum(1.0 - np.divide(firms["slot_output"], usual, out=np.ones_like(usual), where=usual > 0.0), 0.0)
    value = world.capital_cost[route] * world.setting.equipment[place, route] * firms["slot_capacity"]
    share = np.minimum(left / life[route], 1.0)
    assert found[1] == pytest.approx((idle * share * value)[emits & (usual > 0.0)].sum(), rel=1e-9)


def test_spending_is_that_of_the_sector(world):
    firms, found = world.firm_rows, counted(world).spent
    own = firms[firms["sector"] == 0]
    assert found == pytest.approx(
        [(own["operating_cost"] - own["carbon_payment"]).sum(), own["investment"].sum()], rel=1e-12
    )


def test_the_table_holds_them():
    results = TransitionModel("baseline", seed=3, overrides={"simulation": {"firms": 600, "end": 2020}})
    results.step()
    national = results.tables()["national"].iloc[0]
    assert 100.0 < national["committed_co2_gt"] < 300.0
    assert 0.0 < national["idle_capital_bn_cny"] < 10_000.0
