"""Merit order, contracts, lines, settlement and rationing: hand-worked numbers and identities."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.compiled import rows_of
from agents.grid_operator_record import COAL, HYDRO, SOLAR, THERMAL, OperatorState
from simulator import power, power_lines, power_merit, power_settlement
from simulator.power_trade import Network

cases = runpy.run_path(str(Path(__file__).with_name("power_cases.py")))


def order(capacity, cost, kind=None, start=None, steps=4, weight=1.0):
    capacity, cost = np.array(capacity, float), np.array(cost, float)
    kind = np.zeros(capacity.size, np.int64) if kind is None else np.array(kind)
    start = np.array([0, capacity.size]) if start is None else np.array(start)
    merit = power_merit.empty_merit_order(capacity.size, start.size - 1, steps)
    power_merit.merit_order(power_merit.ThermalPlants(start, capacity, cost, kind), weight, merit)
    return merit


class TestMeritOrder:
    def test_hand_worked(self):
        merit = order([2, 1, 1], [300, 100, 200], steps=2)
        # Middles of cumulated capacity: 100 at 0.125, 200 at 0.375 (step 0), 300 at 0.75 (step 1).
        assert merit.step.tolist() == [1, 0, 0]
        assert merit.capacity_gw[0, :, 0].tolist() == [2.0, 2.0]
        assert merit.cost_cny_per_mwh[0].tolist() == [150.0, 300.0]

    def test_cost_range_sets_dear_plants_apart(self):
        merit = order([4, 4, 1], [200, 210, 600], steps=4, weight=0.5)
        assert merit.step[2] == 3 and merit.step[:2].max() < 3

    def test_ties_go_by_id(self):
        assert order([1, 1, 1], [5, 5, 5]).order.tolist() == [0, 1, 2]

    def test_empty_province_and_empty_plants(self):
        merit = order([0, 0, 1], [9, 9, 7], start=[0, 2, 3])
        assert merit.capacity_gw[0].sum() == 0.0
        assert (merit.cost_cny_per_mwh[0] == 0.0).all()

    @given(
        plants=st.lists(st.tuples(st.floats(0.01, 5), st.integers(50, 900)), min_size=1, max_size=40),
        weight=st.floats(0, 1),
    )
    @settings(max_examples=60)
    def test_against_a_sort(self, plants, weight):
        capacity, cost = (np.array(column, float) for column in zip(*plants, strict=True))
        merit = order(capacity, cost, steps=6, weight=weight)
        rank = np.lexsort((np.arange(cost.size), cost))
        assert merit.order.tolist() == rank.tolist()
        assert (np.diff(merit.step[rank]) >= 0).all()
        assert (np.diff(merit.cost_cny_per_mwh[0]) >= 0).all()
        for step in range(6):
            on = merit.step == step
            assert merit.capacity_gw[0, step, 0] == pytest.approx(capacity[on].sum(), abs=1e-12)
            if on.any():
                mean = (capacity[on] * cost[on]).sum() / capacity[on].sum()
                assert merit.cost_cny_per_mwh[0, step] == pytest.approx(mean, rel=1e-9)

    def test_total_cost_is_kept(self):
        case = cases["national_case"](1.0)
        _, capacity, cost, _ = case.plant
        on_steps = (case.merit.capacity_gw.sum(axis=2) * case.merit.cost_cny_per_mwh).sum()
        assert on_steps == pytest.approx((capacity * cost).sum(), rel=1e-12)


class TestContracts:
    network = Network(np.array([0, 0]), np.array([1, 2]), np.array([0.1, 0.0]), np.zeros(2))

    def supply(self, load, able):
        return power.Supply(
            np.array([load], float), np.array([able], float), np.zeros((1, 3, 1)), np.zeros((3, 1)), 5000.0
        )

    def test_flow_of_a_contract(self):
        contract = np.zeros((4, 1))
        power_lines.contract_flows(np.array([8.76]), np.array([[1.2, 0.8, 1.0, 1.0]]), np.array([5.0]), 0.7, contract)
        assert contract[:, 0] == pytest.approx([0.84, 0.56, 0.7, 0.7])

    def test_contract_stays_within_the_line(self):
        contract = np.zeros((4, 1))
        power_lines.contract_flows(np.array([-87.6]), np.ones((1, 4)), np.array([5.0]), 1.0, contract)
        assert contract[:, 0].tolist() == [-5.0] * 4

    def test_new_capacity_is_contracted_in_the_direction_of_the_old(self):
        flow = np.zeros(2)
        power_lines.base_flows(np.array([10.0, -10.0]), np.array([2.0, 2.0]), np.array([4.0, 4.0]), 0.5, flow)
        assert flow == pytest.approx([18.76, -18.76])

    def test_exporter_without_power_cuts_in_proportion(self):
        contract = np.array([[4.0, 2.0]])
        cut = power_lines.honour_contracts(self.supply([5, 10, 10], [8, 0, 0]), self.network, contract)
        assert contract[0] == pytest.approx([2.0, 1.0])  # 3 GW are left for 6 GW of contracts
        assert cut == pytest.approx(3.0)

    def test_importer_takes_no_more_than_its_load(self):
        contract = np.array([[4.0, 0.0]])
        power_lines.honour_contracts(self.supply([1, 1.8, 1], [9, 0, 0]), self.network, contract)
        assert contract[0, 0] == pytest.approx(2.0)  # 2 x 0.9 = 1.8

    def test_what_is_open_to_trade(self):
        contract = np.array([[3.0, -3.0, 0.0, 9.0]])
        lower, upper = np.zeros((1, 4)), np.zeros((1, 4))
        power_lines.open_to_trade(contract, np.full(4, 10.0), 0.7, lower, upper)
        assert lower[0] == pytest.approx([3.0, -6.0, -3.0, 9.0])
        assert upper[0] == pytest.approx([6.0, -3.0, 3.0, 10.0])

    def test_share_one_leaves_nothing_to_trade(self):
        contract = np.array([[3.0, -3.0, 0.0, 9.0]])
        lower, upper = np.zeros((1, 4)), np.zeros((1, 4))
        power_lines.open_to_trade(contract, np.full(4, 10.0), 1.0, lower, upper)
        assert (lower == contract).all() and (upper == contract).all()

    @given(seed=st.integers(0, 10**6))
    @settings(max_examples=40)
    def test_after_cuts_every_contract_can_be_kept(self, seed):
        supply, network, capacity = cases["random_case"](seed)
        rng = np.random.default_rng(seed)
        contract = rng.uniform(-1, 1, (supply.load_gw.shape[0], capacity.size)) * capacity
        asked = contract.copy()
        power_lines.honour_contracts(supply, network, contract)
        assert (np.abs(contract) <= np.abs(asked)).all() and (contract * asked >= 0).all()
        dispatch = cases["run"](supply, network, capacity, contract, contract, contract, power.BILATERAL)
        assert (dispatch.flow_gw == contract).all()
        assert cases["imbalance"](supply, network, dispatch) < 1e-9
        assert (dispatch.unserved_gw <= supply.load_gw + 1e-9).all()


class TestNewLines:
    own = power_lines.LineParameters(
        line_block_gw=2.0,
        line_budget_per_plan=0.0,
        line_build_years=3.0,
        line_converter_cost=1000.0,
        line_cost_per_km=1.0,
        line_discount_rate=0.06,
        line_fixed_om_share=0.02,
        line_lifetime=40.0,
        line_minimum_rent_ratio=1.0,
        line_rent_years=3.0,
    )

    def plan(self, rent, budget, capacity=(1.0, 1.0, 1.0)):
        # 2,000 m CNY per GW at 8.646 % a year: 172.9 m CNY per GW. Three years of rent after one without.
        rents, ordered = np.vstack([np.zeros(3), np.tile(rent, (3, 1))]), np.zeros((8, 3))
        book = power_lines.LineBook(rents, np.full(3, 1000.0), np.array(capacity), ordered, self.own)
        power_lines.plan_lines(book, 3, budget)
        assert not ordered[:6].any() and (ordered[6] == ordered[7]).all()
        return ordered[6].tolist()

    def test_best_corridors_within_the_budget(self):
        assert self.plan([200, 400, 300], 8000.0) == [0.0, 2.0, 2.0]

    def test_nothing_that_does_not_pay(self):
        assert self.plan([170, 175, 0], 99999.0) == [0.0, 2.0, 0.0]

    def test_ties_go_by_id_and_closed_corridors_are_left(self):
        assert self.plan([300, 300, 300], 4000.0, (0.0, 1.0, 1.0)) == [0.0, 2.0, 0.0]

    def test_rent_of_one_more_gw(self):
        network = Network(np.array([0]), np.array([1]), np.array([0.1]), np.array([20.0]))
        dispatch = power.empty_dispatch(1, 2, 1, 1)
        dispatch.price_cny_per_mwh[0] = [200.0, 400.0]
        rents = np.full((2, 1), 9.0)
        power_lines.congestion_rent(
            network, np.array([1000.0]), np.array([0.5]), 1500.0, dispatch, rents, np.array([2022, 1])
        )
        # 0.9 x 400 - 200 - 20 = 140 CNY/MWh over 1 TWh.
        assert rents[:, 0] == pytest.approx([9.0, 0.5 * 140.0])


def test_trade_beyond_contracts_is_told_to_operators():
    # Of 10 GW sent at a loss of 0.1, 4 are a contract: 6 more sent, 5.4 more received. Then 2 GW come back instead.
    network = Network(np.array([0]), np.array([1]), np.array([0.1]), np.array([5.0]))
    operators = OperatorState.table(2)
    flows, contracts = np.array([[10.0], [-2.0], [4.0]]), np.full((3, 1), 4.0)
    power_lines.traded_exports(network, contracts, flows, rows_of(operators))
    assert operators.traded_export_gw[0, :3] == pytest.approx([6.0, -1.8 - 4.0, 0.0])
    assert operators.traded_export_gw[1, :3] == pytest.approx([-5.4, 2.0 + 3.6, 0.0])


@pytest.fixture(scope="module")
def year():
    case = cases["national_case"](0.3)
    limits = (case.capacity_gw, case.contract_gw, case.lower_gw, case.upper_gw)
    dispatch = cases["run"](case.supply, case.network, *limits, power.BILATERAL)
    return case, dispatch, cases["settle"](case, dispatch)


class TestSettlement:
    def test_generation_by_technology_is_what_the_market_used(self, year):
        case, dispatch, books = year
        used = (dispatch.free_used_gw + dispatch.step_used_gw.sum(axis=2)) * case.hours[:, None] / 1000.0
        assert books.generation_twh.sum(axis=1) == pytest.approx(used.sum(axis=0), rel=1e-9)

    def test_plants_add_up_to_their_technology(self, year):
        case, _, books = year
        start, capacity, _, kind = case.plant
        province = np.repeat(np.arange(start.size - 1), np.diff(start))
        made = capacity * books.full_load_hours[province, case.merit.step, kind] / 1000.0
        for number, technology in enumerate(THERMAL):
            total = np.bincount(province[kind == number], made[kind == number], start.size - 1)
            assert total == pytest.approx(books.generation_twh[:, technology], rel=1e-9, abs=1e-12)

    def test_no_plant_runs_more_than_its_availability(self, year):
        case, _, books = year
        assert books.full_load_hours[:, :, 0].max() <= 8760.0 * case.parameters.thermal_availability + 1e-6

    def test_available_is_used_or_curtailed(self, year):
        case, _, books = year
        water = case.operators.hydro_gw @ case.hours / 1000.0
        assert books.generation_twh[:, HYDRO] + books.curtailed_twh[:, HYDRO] == pytest.approx(water)
        sun = case.operators.variable_gw[:, 2] @ case.hours / 1000.0
        assert books.generation_twh[:, SOLAR] + books.curtailed_twh[:, SOLAR] == pytest.approx(sun)

    def test_lines_conserve_energy(self, year):
        case, dispatch, books = year
        lines = power_settlement.empty_line_year(case.capacity_gw.size)
        power_settlement.settle_lines(case.network, case.lower_gw, case.upper_gw, case.hours, dispatch, lines)
        served = case.supply.load_gw.T @ case.hours / 1000.0 - books.unserved_twh
        assert books.generation_twh.sum() - lines.loss_twh.sum() == pytest.approx(served.sum(), rel=1e-9)

    def test_a_line_is_congested_where_more_would_pay_and_no_more_may_pass(self):
        # Loss 0.1, wheeling 5: forwards 0.9 x 300 - 200 = 70 pays, backwards 0.9 x 250 - 230 < 5 does not.
        network = Network(np.array([0]), np.array([1]), np.array([0.1]), np.array([5.0]))
        dispatch = power.empty_dispatch(4, 2, 1, 1)
        dispatch.flow_gw[:, 0] = 4.0, 3.9, 4.0, -2.0
        dispatch.price_cny_per_mwh[:] = (200, 300), (200, 300), (230, 250), (300, 200)
        lines = power_settlement.empty_line_year(1)
        lower, upper = np.full((4, 1), -2.0), np.full((4, 1), 4.0)
        power_settlement.settle_lines(network, lower, upper, np.array([1000.0, 2000, 3000, 4000]), dispatch, lines)
        assert lines.congested_share == pytest.approx([0.5])

    def test_base_year_returns_to_the_tables(self):
        case = cases["national_case"](1.0)
        limits = (case.capacity_gw, case.contract_gw, case.lower_gw, case.upper_gw)
        dispatch = cases["run"](case.supply, case.network, *limits, power.BILATERAL, mutual_aid=True)
        books = cases["settle"](case, dispatch)
        made = books.generation_twh.sum(axis=0)
        assert made[COAL] == pytest.approx(case.generation_twh[:, COAL].sum(), rel=0.02)
        assert made[HYDRO] == pytest.approx(case.generation_twh[:, HYDRO].sum(), rel=0.02)

    def test_wind_sun_and_water_give_way_together_before_thermal_minimum(self):
        operators = OperatorState.table(1)
        operators.hydro_gw[:], operators.variable_gw[0, 2, :] = 3.0, 1.0
        operators.capacity_gw[0, COAL], operators.must_run_share[0, 0] = 4.0, 0.5
        shares = power_settlement.used_shares(operators[0], 0, 2.0)
        assert shares == pytest.approx((0.5, 1.0, 1.0, 1.0))
        shares = power_settlement.used_shares(operators[0], 0, 5.0)
        assert shares == pytest.approx((0.0, 0.5, 1.0, 1.0))


class TestRationing:
    def test_hand_worked(self):
        share = power_settlement.ration(np.array([10.0]), np.array([[20.0, 30.0, 50.0]]), np.array([0.3, 0.3, 1.0]))
        assert share[0] == pytest.approx([0.3, 4.0 / 30.0, 0.0])

    @given(unserved=st.floats(0, 100), load=st.tuples(*[st.floats(0.1, 50)] * 3))
    @settings(max_examples=50)
    def test_what_is_missing_is_rationed(self, unserved, load):
        unserved = min(unserved, sum(load))
        share = power_settlement.ration(np.array([unserved]), np.array([load]), np.array([0.3, 0.3, 0.2]))
        assert float(share[0] @ np.array(load)) == pytest.approx(unserved, rel=1e-9, abs=1e-9)
        assert (share >= 0.0).all() and (share <= 1.0 + 1e-12).all()
