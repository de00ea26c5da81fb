"""Trade in power: hand-worked provinces, feasibility, HiGHS as oracle, monotonicity, compiled against plain Python."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.power import BILATERAL, UNIFIED, Supply, system_cost
from simulator.power_trade import Network

HERE = Path(__file__).parent
cases = runpy.run_path(str(HERE / "power_cases.py"))
least_cost = runpy.run_path(str(HERE / "oracle_dispatch.py"))["least_cost"]
run, random_case, imbalance = cases["run"], cases["random_case"], cases["imbalance"]


def two(load, free, cost, loss=0.0, wheeling=0.0, step=10.0):
    """Two provinces with one step each and one line; one block."""
    supply = Supply(
        np.array([load], float),
        np.array([free], float),
        np.full((1, 2, 1), step),
        np.array([[cost[0]], [cost[1]]], float),
        5000.0,
    )
    return supply, Network(np.array([0]), np.array([1]), np.array([loss]), np.array([wheeling]))


def trade(supply, network, capacity, market, lower=None, **options):
    capacity = np.array([capacity], float)
    shape = (supply.load_gw.shape[0], 1)
    lower = np.full(shape, -capacity[0]) if lower is None else np.full(shape, lower)
    contract = np.maximum(lower, 0.0)
    return run(supply, network, capacity, contract, lower, np.full(shape, capacity[0]), market, **options)


@pytest.mark.parametrize("market", [BILATERAL, UNIFIED])
class TestTwoProvinces:
    """Province 0 makes power at 200 CNY/MWh, province 1 at 300; both need 5 GW and have 10 GW."""

    def test_dear_province_imports_until_it_needs_no_own_plant(self, market):
        dispatch = trade(*two([5, 5], [0, 0], [200, 300]), 20, market)
        assert dispatch.flow_gw[0, 0] == pytest.approx(5.0)
        assert dispatch.step_used_gw[0, :, 0] == pytest.approx([10.0, 0.0])

    def test_line_limit_binds_and_prices_differ(self, market):
        dispatch = trade(*two([5, 5], [0, 0], [200, 300]), 2, market)
        assert dispatch.flow_gw[0, 0] == pytest.approx(2.0)
        assert dispatch.price_cny_per_mwh[0] == pytest.approx([200.0, 300.0])

    def test_losses_and_wheeling_make_importer_pay_more(self, market):
        dispatch = trade(*two([5, 4], [0, 0], [200, 300], loss=0.1, wheeling=20), 20, market)
        # 4 GW received need 4 / 0.9 sent; a unit in province 1 then costs (200 + 20) / 0.9.
        assert dispatch.flow_gw[0, 0] == pytest.approx(4.0 / 0.9)
        assert dispatch.price_cny_per_mwh[0] == pytest.approx([200.0, 220.0 / 0.9])

    def test_spread_below_wheeling_and_loss_is_left(self, market):
        dispatch = trade(*two([5, 5], [0, 0], [200, 300], loss=0.1, wheeling=71), 20, market)
        assert dispatch.flow_gw[0, 0] == 0.0  # 0.9 x 300 - 200 = 70 < 71

    def test_surplus_of_wind_travels_and_the_rest_is_left_unused(self, market):
        dispatch = trade(*two([5, 5], [12, 0], [200, 300]), 3, market)
        assert dispatch.flow_gw[0, 0] == pytest.approx(3.0)
        assert dispatch.free_used_gw[0] == pytest.approx([8.0, 0.0])
        assert dispatch.price_cny_per_mwh[0, 0] == 0.0

    def test_shortage_is_shared_over_the_line_and_the_rest_is_shed(self, market):
        dispatch = trade(*two([9, 20], [0, 0], [200, 300]), 20, market)
        assert dispatch.unserved_gw.sum() == pytest.approx(9.0)
        assert dispatch.price_cny_per_mwh[0, 1] == 5000.0

    def test_contract_flows_against_the_spread(self, market):
        dispatch = trade(*two([5, 5], [0, 0], [300, 200]), 20, market, lower=2.0)
        assert dispatch.flow_gw[0, 0] == pytest.approx(2.0)
        assert dispatch.step_used_gw[0, :, 0] == pytest.approx([7.0, 3.0])

    def test_just_enough_is_not_a_shortage(self, market):
        dispatch = trade(*two([10, 5], [0, 0], [200, 300]), 0, market)
        assert dispatch.unserved_gw.sum() == 0.0
        assert dispatch.price_cny_per_mwh[0] == pytest.approx([200.0, 300.0])


def test_mutual_aid_opens_a_contracted_line_for_shortage_only():
    supply, network = two([5, 12], [0, 0], [200, 300])
    shut = np.zeros((1, 1))
    alone = run(supply, network, np.array([20.0]), shut, shut, shut, BILATERAL)
    helped = run(supply, network, np.array([20.0]), shut, shut, shut, BILATERAL, mutual_aid=True)
    assert alone.unserved_gw[0, 1] == pytest.approx(2.0)
    assert helped.unserved_gw[0, 1] == 0.0
    assert helped.flow_gw[0, 0] == pytest.approx(2.0)  # and not more, though 200 < 300


def test_chain_that_bilateral_trade_overlooks():
    """0 could serve 2 over 1, but 1 is exactly between its steps and sees no gain on either line."""
    supply = Supply(
        np.array([[5.0, 5.0, 5.0]]), np.array([[5.0, 5.0, 0.0]]), np.full((1, 3, 1), 20.0),
        np.array([[100.0], [400.0], [300.0]]), 5000.0,
    )  # fmt: skip
    network = Network(np.array([0, 1]), np.array([1, 2]), np.zeros(2), np.zeros(2))
    limits = np.full((1, 2), 10.0)
    blind = run(supply, network, limits[0], np.zeros((1, 2)), -limits, limits, BILATERAL)
    best = run(supply, network, limits[0], np.zeros((1, 2)), -limits, limits, UNIFIED)
    assert blind.flow_gw[0] == pytest.approx([0.0, 0.0])
    assert best.flow_gw[0] == pytest.approx([5.0, 5.0])
    assert best.price_cny_per_mwh[0] == pytest.approx([100.0, 100.0, 100.0])


@given(seed=st.integers(0, 10**6), losses=st.booleans(), lines=st.integers(7, 24))
@settings(max_examples=60)
def test_unified_is_the_optimum_and_bilateral_is_feasible(seed, losses, lines):
    supply, network, capacity = random_case(seed, lines=lines, losses=losses)
    hours = np.full(supply.load_gw.shape[0], 8760.0 / supply.load_gw.shape[0])
    limits = np.tile(capacity, (hours.size, 1))
    shut = np.zeros_like(limits)
    best, _ = least_cost(supply, network, -limits, limits, hours)
    unified = run(supply, network, capacity, shut, -limits, limits, UNIFIED)
    assert system_cost(supply, network, hours, unified) == pytest.approx(best, rel=1e-7, abs=1e-6)
    for rounds in (0, 1, 3):
        bilateral = run(supply, network, capacity, shut, -limits, limits, BILATERAL, rounds=rounds)
        assert system_cost(supply, network, hours, bilateral) >= best * (1 - 1e-9) - 1e-6
        for dispatch in (unified, bilateral):
            check_bounds(supply, network, limits, dispatch)


def check_bounds(supply, network, limits, dispatch):
    assert imbalance(supply, network, dispatch) < 1e-9
    assert (np.abs(dispatch.flow_gw) <= limits).all()
    assert (dispatch.free_used_gw <= supply.free_gw).all() and (dispatch.free_used_gw >= 0).all()
    assert (dispatch.step_used_gw <= supply.step_gw).all() and (dispatch.step_used_gw >= 0).all()
    assert (dispatch.unserved_gw <= supply.load_gw + 1e-9).all() and (dispatch.unserved_gw >= 0).all()


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_prices_of_the_optimum_leave_nothing_to_gain(seed):
    supply, network, capacity = random_case(seed)
    limits = np.tile(capacity, (supply.load_gw.shape[0], 1))
    dispatch = run(supply, network, capacity, np.zeros_like(limits), -limits, limits, UNIFIED)
    price = dispatch.price_cny_per_mwh
    kept, flow = 1.0 - network.loss_share, dispatch.flow_gw
    gain = kept * price[:, network.destination] - price[:, network.origin] - network.wheeling_cny_per_mwh
    scarce = (price[:, network.destination] >= 5000.0) | (price[:, network.origin] >= 5000.0)
    assert (gain[(flow >= 0) & (flow < limits) & ~scarce] < 1e-6).all()
    assert (np.abs(gain[(flow > 0) & (flow < limits) & ~scarce]) < 1e-6).all()
    used = dispatch.step_used_gw > 1e-9
    room = dispatch.step_used_gw < supply.step_gw - 1e-9
    cost = np.broadcast_to(supply.step_cny_per_mwh, used.shape)
    level = np.broadcast_to(price[:, :, None], used.shape)
    assert (level[used] >= cost[used] - 1e-6).all()
    assert (level[room] <= cost[room] + 1e-6).all()


@given(seed=st.integers(0, 10**6), line=st.integers(0, 13), more=st.floats(0.1, 10.0))
@settings(max_examples=30)
def test_a_larger_line_never_raises_the_least_cost(seed, line, more):
    supply, network, capacity = random_case(seed)
    hours = np.full(supply.load_gw.shape[0], 1000.0)
    costs = []
    for extra in (0.0, more):
        limits = np.tile(capacity, (hours.size, 1))
        limits[:, line] += extra
        dispatch = run(supply, network, limits[0], np.zeros_like(limits), -limits, limits, UNIFIED)
        costs.append(system_cost(supply, network, hours, dispatch))
    assert costs[1] <= costs[0] * (1 + 1e-9)


def test_order_of_lines_does_not_change_the_optimum():
    supply, network, capacity = random_case(7)
    hours = np.full(supply.load_gw.shape[0], 1000.0)
    costs = []
    for order in (np.arange(capacity.size), np.arange(capacity.size)[::-1]):
        turned = Network(*(np.ascontiguousarray(one[order]) for one in network))
        limits = np.tile(capacity[order], (hours.size, 1))
        dispatch = run(supply, turned, limits[0], np.zeros_like(limits), -limits, limits, UNIFIED)
        costs.append(system_cost(supply, turned, hours, dispatch))
    assert costs[0] == pytest.approx(costs[1], rel=1e-12)


@pytest.mark.parametrize("share", [1.0, 0.7, 0.3, 0.0])
def test_national_network_against_the_oracle(share):
    case = cases["national_case"](share)
    best, _ = least_cost(case.supply, case.network, case.lower_gw, case.upper_gw, case.hours)
    given_limits = (case.capacity_gw, case.contract_gw, case.lower_gw, case.upper_gw)
    unified = run(case.supply, case.network, *given_limits, UNIFIED)
    bilateral = run(case.supply, case.network, *given_limits, BILATERAL)
    assert system_cost(case.supply, case.network, case.hours, unified) == pytest.approx(best, rel=1e-6)
    gap = system_cost(case.supply, case.network, case.hours, bilateral) / best - 1.0
    assert -1e-9 <= gap < 0.02
    for dispatch in (unified, bilateral):
        assert imbalance(case.supply, case.network, dispatch) < 1e-9


def test_compiled_and_plain_python_agree_to_the_last_bit():
    command = [sys.executable, str(HERE / "power_cases.py")]
    where = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    plain = subprocess.run(command, env={**where, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True, check=True)
    assert plain.stdout.strip() == cases["checksum"]()
