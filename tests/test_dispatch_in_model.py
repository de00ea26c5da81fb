"""The dispatch of three years of a run against linear programmes: same steps, blocks, storage, water and lines."""

import copy
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from simulator import power
from simulator.model import TransitionModel
from simulator.power_trade import new_workspace

YEARS = (2020, 2035, 2050)
FIRMS = 1500
MARKETS = {"bilateral": power.BILATERAL, "unified": power.UNIFIED}
LIMITS = ("own", "open")
EXACT = 1e-6
BALANCE = 1e-9
# What the bilateral market may lose: docs/power.md states what it does lose.
LARGEST_GAP = {"own": 0.05, "open": 0.10}

least_cost = runpy.run_path(str(Path(__file__).with_name("oracle_dispatch.py")))["least_cost"]


@cache
def pictures(market):
    """Power systems after three years of a run, each with its year, and the hours of the blocks."""
    model = TransitionModel("baseline", overrides={"simulation": {"firms": FIRMS}, "power": {"market": market}})
    kept = {}
    while model.year < YEARS[-1]:
        model.step()
        if model.year in YEARS:
            parts = ("supply", "network", "dispatch", "lower_gw", "upper_gw", "contract_gw", "line_capacity_gw")
            kept[model.year] = {name: copy.deepcopy(getattr(model.world.power, name)) for name in (*parts, "operators")}
    return kept, model.setting.base.power.hours, int(model.setting.parameters["market_rounds"])


@pytest.fixture(params=[(market, year) for market in MARKETS for year in YEARS], ids=lambda one: f"{one[0]}-{one[1]}")
def system(request):
    market, year = request.param
    return market, pictures(market)[0][year]


@cache
def cleared(market, year, limits):
    """Cost of each block (m CNY): of the market, cleared without mutual aid, and the least one.

    limits: `own` are those of the run; `open` frees every line of its contracts.
    """
    kept, hours, rounds = pictures(market)
    now = kept[year]
    most = np.broadcast_to(now["line_capacity_gw"], now["upper_gw"].shape).copy()
    lower, upper = (now["lower_gw"], now["upper_gw"]) if limits == "own" else (-most, most)
    blocks, provinces, steps = now["supply"].step_gw.shape
    result = power.empty_dispatch(blocks, provinces, steps, most.shape[1])
    power.clear(
        now["supply"],
        now["network"],
        now["line_capacity_gw"],
        now["contract_gw"],
        lower,
        upper,
        MARKETS[market],
        rounds,
        False,
        new_workspace(now["network"], provinces, steps),
        result,
    )
    _, best = least_cost(now["supply"], now["network"], lower, upper, hours)
    return block_cost(now, result, hours), best, result


def block_cost(now, dispatch, hours):
    """Fuel, wheeling and unserved energy of each block in m CNY."""
    supply = now["supply"]
    spent = np.einsum("bpg,pg->b", dispatch.step_used_gw, supply.step_cny_per_mwh)
    spent += supply.unserved_cny_per_mwh * dispatch.unserved_gw.sum(axis=1)
    spent += np.abs(dispatch.flow_gw) @ now["network"].wheeling_cny_per_mwh
    return spent * hours / 1000.0


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("year", YEARS)
def test_unified_is_the_optimum(year, limits):
    cost, best, _ = cleared("unified", year, limits)
    np.testing.assert_allclose(cost, best, rtol=EXACT)


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("year", YEARS)
def test_bilateral_is_never_below_the_optimum(year, limits):
    cost, best, _ = cleared("bilateral", year, limits)
    assert (cost >= best * (1.0 - EXACT)).all()
    gap = cost.sum() / best.sum() - 1.0
    assert gap < LARGEST_GAP[limits]


def test_open_lines_are_used():
    """Otherwise the base year, in which contracts bind every line, would compare nothing."""
    own, opened = (cleared("unified", 2020, limits)[0].sum() for limits in LIMITS)
    assert opened < 0.99 * own


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("market", MARKETS)
def test_the_run_itself_did_this(market, year):
    """The run differs from the market without mutual aid only after blocks in which load was shed; aid sheds less."""
    kept, hours, _ = pictures(market)
    cost, _, alone = cleared(market, year, "own")
    done = kept[year]["dispatch"]
    short = alone.unserved_gw.sum(axis=1) > 1e-9
    assert (done.unserved_gw.sum(axis=1) <= alone.unserved_gw.sum(axis=1) + 1e-9).all()
    before = slice(0, int(short.argmax()) if short.any() else short.size)
    np.testing.assert_allclose(block_cost(kept[year], done, hours)[before], cost[before], rtol=1e-12)
    if market == "unified":
        np.testing.assert_allclose(block_cost(kept[year], done, hours)[~short], cost[~short], rtol=EXACT)


def test_energy_of_every_province_and_block(system):
    _, now = system
    dispatch, network, supply = now["dispatch"], now["network"], now["supply"]
    forward, backward = np.maximum(dispatch.flow_gw, 0.0), np.maximum(-dispatch.flow_gw, 0.0)
    kept = 1.0 - network.loss_share
    net = np.zeros_like(supply.load_gw)
    for line, (a, b) in enumerate(zip(network.origin, network.destination, strict=True)):
        net[:, a] += kept[line] * backward[:, line] - forward[:, line]
        net[:, b] += kept[line] * forward[:, line] - backward[:, line]
    made = dispatch.free_used_gw + dispatch.step_used_gw.sum(axis=2) + dispatch.unserved_gw
    np.testing.assert_allclose(made + net, supply.load_gw, rtol=BALANCE)


def test_what_rounding_leaves_over_is_no_shortage(system):
    _, now = system
    unserved = now["dispatch"].unserved_gw
    assert ((unserved == 0.0) | (unserved > 1e-10)).all()


def test_nothing_runs_beyond_what_there_is(system):
    _, now = system
    dispatch, supply = now["dispatch"], now["supply"]
    slack = 1e-9
    assert (dispatch.free_used_gw <= supply.free_gw + slack).all() and (dispatch.free_used_gw >= 0.0).all()
    assert (dispatch.step_used_gw <= supply.step_gw + slack).all() and (dispatch.step_used_gw >= 0.0).all()
    assert (np.abs(dispatch.flow_gw) <= now["line_capacity_gw"] + slack).all()


def test_heat_of_every_province_and_season(system):
    operators = system[1]["operators"]
    served = operators.heat_supply_pj.sum(axis=1) + operators.heat_unserved_pj
    np.testing.assert_allclose(served, operators.heat_demand_pj, rtol=BALANCE)
