"""Decisions of a grid operator: hand-worked numbers, identities of water, storage and heat, a replaced rule."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import grid_operator, grid_operator_heat, grid_operator_schedule
from agents.grid_operator import AdequacyView, MarketView
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import (
    BATTERY,
    CHP,
    COAL,
    GAS,
    GAS_BOILER,
    HEAT_PUMP,
    HYDRO,
    PUMPED,
    OperatorState,
)
from agents.grid_operator_schedule import ScheduleView, level_for
from simulator import adequacy
from simulator.base_year import load_base_year
from simulator.heat_plants import heat_plants

cases = runpy.run_path(str(Path(__file__).with_name("power_cases.py")))
HOURS = np.full(24, 365.0)
OWN = cases["operator_parameters"](
    run_of_river_share=0.3, thermal_availability=0.9, spinning_reserve_share=0.0, pumped_efficiency=0.75,
    battery_efficiency=0.85, pumped_hours=6.0, battery_hours=4.0, pumped_cycles_per_day=1.0, battery_cycles_per_day=1.0,
)  # fmt: skip
SCHEDULE = ScheduleView(HOURS, np.array([0.4]), OWN)


def one(**values):
    operators = OperatorState.table(1)
    for name, value in values.items():
        operators[name][0] = value
    return operators[0]


def heat_view(**changes):
    given_values = {
        "hours": HOURS,
        "pump_shape": np.ones(24),
        "fuel_price": np.array([[26.0, 79.0, 72.0, 30.0]]),
        "carbon_price": np.zeros(1),
        "emission_factor": np.array([0.0946, 0.0741, 0.0561, 0.0]),
        "coal_boiler_allowed": np.ones(1),
        "parameters": OWN._replace(
            heat_discount_rate=0.06, heat_plant_lifetime=20.0, heat_full_load_hours=2800.0,
            heat_coal_boiler_capex=1090.0, heat_coal_boiler_efficiency=0.8, heat_reserve_share=0.1,
        ),
    }  # fmt: skip
    return HeatView(**{**given_values, **changes})


def energy(power, hours=HOURS):
    return float((np.asarray(power) * hours).sum()) / 1000.0


class TestWater:
    def test_level_hand_worked(self):
        assert level_for(np.array([5.0, 3.0]), np.ones(2), 1.0, 99.0, 3.0) == pytest.approx(2.5)
        assert level_for(np.array([5.0, 3.0]), np.ones(2), 1.0, 1.5, 2.5) == pytest.approx(2.0)
        assert level_for(np.array([5.0, 3.0]), np.ones(2), 1.0, 1.5, 1.5) == pytest.approx(3.5)
        assert level_for(np.array([5.0, 3.0]), np.ones(2), -1.0, 99.0, 1.0) == pytest.approx(4.0)

    def test_peak_is_cut_first(self):
        load = np.array([2, 2, 2, 2, 8, 2] * 4, float)
        operator = one(residual_gw=load, hydro_inflow_twh=[3.65, 0, 0, 0])
        operator.capacity_gw[HYDRO] = 10.0
        grid_operator_schedule.schedule_hydro(operator, SCHEDULE)
        # 10 GW-blocks: 0.3 of them (0.5 GW) all day, 7 into the evening: 6 to the level of the rest, 1 shared by six.
        assert operator.hydro_gw[:6] == pytest.approx([0.5 + 1 / 6] * 4 + [6.5 + 1 / 6] + [0.5 + 1 / 6])
        assert operator.hydro_spilled_twh[0] == pytest.approx(0.0, abs=1e-12)

    @given(
        load=st.lists(st.floats(-20, 80), min_size=24, max_size=24),
        inflow=st.lists(st.floats(0, 60), min_size=4, max_size=4),
        capacity=st.floats(0, 40),
    )
    @settings(max_examples=80)
    def test_every_drop_is_used_or_spilled(self, load, inflow, capacity):
        operator = one(residual_gw=load, hydro_inflow_twh=inflow)
        operator.capacity_gw[HYDRO] = capacity
        grid_operator_schedule.schedule_hydro(operator, SCHEDULE)
        assert (operator.hydro_gw >= 0).all() and (operator.hydro_gw <= capacity * (1 + 1e-12)).all()
        for season in range(4):
            block = slice(6 * season, 6 * season + 6)
            used = energy(operator.hydro_gw[block], HOURS[block])
            assert used + operator.hydro_spilled_twh[season] == pytest.approx(inflow[season], rel=1e-9, abs=1e-12)
            if operator.hydro_spilled_twh[season] > 1e-9:
                assert operator.hydro_gw[block] == pytest.approx([capacity] * 6, rel=1e-9)
        assert operator.residual_gw + operator.hydro_gw == pytest.approx(np.array(load), abs=1e-9)


class TestStorage:
    @given(
        load=st.lists(st.floats(-20, 80), min_size=24, max_size=24),
        pumped=st.floats(0, 30),
        battery=st.floats(0, 60),
    )
    @settings(max_examples=80)
    def test_identities(self, load, pumped, battery):
        operator = one(residual_gw=load)
        operator.capacity_gw[PUMPED], operator.capacity_gw[BATTERY] = pumped, battery
        grid_operator_schedule.schedule_storage(operator, SCHEDULE)
        for store, (capacity, efficiency, hours) in enumerate(((pumped, 0.75, 6.0), (battery, 0.85, 4.0))):
            charge, discharge = operator.charge_gw[store], operator.discharge_gw[store]
            assert np.minimum(charge, discharge).max() < 1e-9
            assert max(charge.max(), discharge.max()) <= capacity * (1 + 1e-12)
            for season in range(4):
                block = slice(6 * season, 6 * season + 6)
                taken = energy(charge[block], HOURS[block])
                given_back = energy(discharge[block], HOURS[block])
                assert given_back == pytest.approx(efficiency * taken, rel=1e-9, abs=1e-10)
                assert given_back <= capacity * hours * 91.25 / 1000.0 * (1 + 1e-9) + 1e-12
        for season in range(4):
            block = slice(6 * season, 6 * season + 6)
            assert np.ptp(operator.residual_gw[block]) <= np.ptp(np.array(load)[block]) + 1e-9

    def test_levels_meet_but_do_not_cross(self):
        operator = one(residual_gw=[0, 0, 0, 10, 10, 10] * 4)
        operator.capacity_gw[BATTERY] = 1000.0
        grid_operator_schedule.schedule_storage(operator, SCHEDULE)
        # Level x: charged 3 x, discharged 3 (10 - x) = 0.85 x 3 x.
        assert operator.residual_gw == pytest.approx([10 / 1.85] * 24)

    def test_a_store_charges_when_imports_are_expected(self):
        # Load is flat; 6 GW come in the third block of each season. 2 GW of batteries move them to the other hours.
        imports = np.tile([0.0, 0.0, -6.0, 0.0, 0.0, 0.0], 4)
        operator = one(load_gw=[10.0] * 24, expected_export_gw=imports)
        operator.capacity_gw[BATTERY] = 2.0
        grid_operator.find_residual(operator)
        assert operator.residual_gw == pytest.approx(10.0 + imports)
        grid_operator_schedule.schedule_storage(operator, SCHEDULE)
        charged = operator.charge_gw[1].reshape(4, 6)
        assert (charged[:, 2] > 0.0).all()
        assert (np.delete(charged, 2, axis=1) == 0.0).all()

    def test_flat_load_leaves_storage_idle(self):
        operator = one(residual_gw=[7.0] * 24)
        operator.capacity_gw[PUMPED] = 5.0
        grid_operator_schedule.schedule_storage(operator, SCHEDULE)
        assert operator.charge_gw.sum() == operator.discharge_gw.sum() == 0.0


class TestCoalUnits:
    def test_minimum_of_what_the_highest_load_asks_for(self):
        operator = one(residual_gw=[4, 4, 4, 4, 9, 4] * 4)
        operator.capacity_gw[COAL] = 20.0
        grid_operator_schedule.commit_coal(operator, SCHEDULE)
        # 9 / 0.9 = 10 GW warm, 40 % of them 4 GW: 0.2 of the fleet, the rest up to 0.9 in merit order.
        assert operator.must_run_share[0] == pytest.approx([0.2] * 24)
        assert operator.open_share[0] == pytest.approx([0.7] * 24)

    def test_heat_ties_power(self):
        operator = one(residual_gw=[0.0] * 24)
        operator.capacity_gw[COAL] = 2.0
        operator.heat_supply_pj[CHP] = 10.0
        own = OWN._replace(heat_chp_gj_per_mwh=4.5, heat_chp_must_run_share=0.6)
        grid_operator_schedule.commit_coal(operator, SCHEDULE._replace(parameters=own))
        assert operator.must_run_share[0, 0] * 2.0 == pytest.approx(0.6088, rel=1e-3)

    def test_planned_gas_runs_where_it_is_needed_and_biomass_always(self):
        # 10 GW of gas planned at 0.3: 18 GW x blocks a season, all of it in the two blocks with load, up to 0.9 x 10.
        operator = one(residual_gw=[17, 17, -3, -3, -3, -3] * 4, planned_share=[0.0, 0.3, 0.5])
        operator.capacity_gw[GAS] = 10.0
        grid_operator_schedule.commit_coal(operator, SCHEDULE)
        assert operator.must_run_share[1, :6] == pytest.approx([0.9, 0.9, 0.0, 0.0, 0.0, 0.0])
        assert operator.open_share[1, :6] == pytest.approx([0.0, 0.0, 0.9, 0.9, 0.9, 0.9])
        assert operator.residual_gw[:6] == pytest.approx([11.0, 11.0, 0.0, 0.0, 0.0, 0.0])
        assert operator.must_run_share[2] == pytest.approx([0.5] * 24)
        assert not operator.open_share[2].any()


class TestHeat:
    def set_up(self, shares, demand=(50.0, 18.0, 14.0, 18.0), view=None):
        operator = one(heat_demand_pj=demand, tariff=600.0)
        operator.capacity_gw[COAL] = 10.0
        view = view or heat_view()
        reserve_share = view.parameters.heat_reserve_share
        cases["set_up_heat"](operator, np.array(shares), view.hours, reserve_share)
        return operator, view

    @given(
        cut=st.lists(st.floats(0, 1), min_size=3, max_size=3),
        demand=st.lists(st.floats(0.1, 100), min_size=4, max_size=4),
    )
    @settings(max_examples=60)
    def test_base_year_returns_its_shares(self, cut, demand):
        edges = np.array([0.0, *sorted(cut), 1.0])
        shares = np.diff(edges)
        operator, view = self.set_up(shares, demand)
        grid_operator_heat.supply_heat(operator, view)
        supplied = operator.heat_supply_pj.sum(axis=1) / sum(demand)
        if shares[1:].sum() > 1e-9:
            assert supplied == pytest.approx(shares, abs=1e-9)
        total = operator.heat_supply_pj.sum(axis=0) + operator.heat_unserved_pj
        assert total == pytest.approx(np.array(demand), rel=1e-12)

    def test_served_and_unserved_is_demand(self):
        operator, view = self.set_up((0.5, 0.3, 0.2, 0.0))
        operator.heat_demand_pj[:] *= 3.0
        grid_operator_heat.supply_heat(operator, view)
        total = operator.heat_supply_pj.sum(axis=0) + operator.heat_unserved_pj
        assert total == pytest.approx(operator.heat_demand_pj)
        assert operator.heat_unserved_pj[0] > 0.0

    def test_cost_hand_worked(self):
        operator, view = self.set_up((0.5, 0.3, 0.2, 0.0))
        annuity = 0.06 / (1 - 1.06**-20) * 1090 / (2800 * 0.0036)
        assert grid_operator_heat.heat_cost(operator, 1, view) == pytest.approx(annuity + 26 / 0.8)

    def test_heat_pumps_load_the_grid(self):
        operator, view = self.set_up((0.0, 0.0, 0.0, 1.0))
        grid_operator_heat.supply_heat(operator, view)
        grid_operator_heat.book_heat_energy(operator, view)
        assert energy(operator.heat_pump_gw) == pytest.approx(100.0 / 3.6 / view.parameters.heat_pump_performance)

    def test_plants_are_replaced_and_refused_coal_is_not_built(self):
        operator, view = self.set_up((0.5, 0.3, 0.2, 0.0))
        before = operator.heat_capacity_gw.sum()
        grid_operator_heat.renew_heat_plants(operator, view._replace(coal_boiler_allowed=np.zeros(1)))
        assert operator.heat_capacity_gw.sum() == pytest.approx(before)
        assert operator.heat_built_gw[1] == 0.0 and operator.heat_built_gw[2:].sum() > 0.0

    def test_carbon_price_moves_heat_to_pumps(self):
        shares = []
        for price in (0.0, 200.0, 1000.0):
            operator, view = self.set_up((0.5, 0.3, 0.2, 0.0))
            for _ in range(20):
                grid_operator_heat.renew_heat_plants(operator, view._replace(carbon_price=np.array([price])))
            shares.append(operator.heat_capacity_gw[HEAT_PUMP] / operator.heat_capacity_gw[GAS_BOILER:].sum())
        assert shares[0] < shares[1] < shares[2]

    def test_all_provinces_at_once_are_each_by_itself(self):
        """The heat plants that a run starts with, against one operator after the other."""
        base = load_base_year()
        capacity_gw, per_gw = heat_plants(base, 0.2)
        for province in range(base.power.load_twh.size):
            operator = one(heat_demand_pj=base.power.heat_pj[province] * base.power.heat_season[province])
            operator.capacity_gw[:] = base.power.capacity_gw[province]
            cases["set_up_heat"](operator, base.power.heat_share[province], base.power.hours, 0.2)
            assert capacity_gw[province].tolist() == operator.heat_capacity_gw.tolist()
            assert per_gw[province] == operator.chp_heat_per_gw


class TestMarket:
    view = MarketView(HOURS, 0.2, 10.0, OWN._replace(tariff_smoothing=0.5, wholesale_price_cap=1500.0))

    def test_tariff_hand_worked(self):
        operator = one(load_gw=[1.0] * 24, price=[420.0] * 24, benchmark_tariff=400.0, transmission_charge=200.0)
        operator.tariff = 600.0
        grid_operator.set_tariff(operator, self.view)
        assert operator.tariff == pytest.approx(0.5 * 600 + 0.5 * (420 + 200 + 10))

    def test_band_mutes_a_shortage(self):
        operator = one(load_gw=[1.0] * 24, price=[5000.0] * 24, benchmark_tariff=400.0, tariff=480.0)
        grid_operator.set_tariff(operator, self.view)
        assert operator.tariff == pytest.approx(0.5 * 480 + 0.5 * (480 + 10))

    def test_investors_do_not_count_on_scarcity_prices(self):
        operator = one(price=[5000.0] * 24, expected_price=[300.0] * 24)
        grid_operator.expect_market(operator, self.view)
        weight = self.view.parameters.price_expectation_weight
        assert operator.expected_price == pytest.approx([(1 - weight) * 300 + weight * 1500] * 24)

    def test_trade_is_expected_as_it_was(self):
        operator = one(price=[300.0] * 24, traded_export_gw=[-4.0] * 24, expected_export_gw=[2.0] * 24)
        grid_operator.expect_market(operator, self.view)
        weight = self.view.parameters.price_expectation_weight
        assert operator.expected_export_gw == pytest.approx([(1 - weight) * 2.0 - weight * 4.0] * 24)

    def test_idle_plants_make_a_province_ask_for_more(self):
        own = OWN._replace(local_protection_cny_per_mwh=20.0, thermal_use_reference=0.5)
        margins = []
        for use in (0.6, 0.5, 0.25, 0.0):
            operator = one(thermal_use=use)
            grid_operator.ask_margin(operator, self.view._replace(parameters=own))
            margins.append(float(operator.trade_margin))
        assert margins == pytest.approx([0.0, 0.0, 10.0, 20.0])


class TestTender:
    credit = np.array([0.9, 0.9, 0.95, 0.45, 0.9, 0.06, 0.12, 0.02, 0.7, 0.6])

    def view(self, allowed=(1, 1, 1, 1), fixed=(400.0, 250.0, 500.0, 500.0), room=(99.0,) * 4):
        return AdequacyView(
            HOURS, np.zeros(1), np.zeros((1, 10)), self.credit, np.array(fixed), np.array([[250.0, 550.0, 0.0, 0.0]]),
            np.array([allowed], float), np.array([room]),
            OWN._replace(
                reserve_margin=0.1, demand_response_share=0.0, tender_maximum_share=0.05, tender_lead_years=3.0,
            ),
        )  # fmt: skip

    def operator(self, coal=90.0, price=250.0):
        operator = one(load_gw=[80.0] * 23 + [100.0], peak_factor=1.0, expected_price=[price] * 24)
        operator.capacity_gw[COAL] = coal
        return operator

    def test_short_province_tenders_the_cheapest_firm_capacity(self):
        operator = self.operator()  # 81 firm of 110: 29 GW short, at most 5 % of the peak a year
        grid_operator.tender_capacity(operator, self.view())
        assert operator.firm_capacity_gw == pytest.approx(81.0)
        # No earnings at 250 CNY/MWh: the lowest fixed cost, that of gas, wins.
        assert operator.tendered_gw == pytest.approx([0.0, 5.0 / 0.9, 0.0, 0.0])

    def test_earnings_count(self):
        operator = self.operator(price=330.0)
        grid_operator.tender_capacity(operator, self.view())
        # Coal earns 0.9 x 8760 h x 80 CNY/MWh = 631 CNY per kW.
        assert operator.tendered_gw[0] > 0.0 and operator.tendered_gw[1:].sum() == 0.0

    def test_refused_technology_is_left_out(self):
        operator = self.operator(price=330.0)
        grid_operator.tender_capacity(operator, self.view(allowed=(0, 0, 1, 1)))
        assert operator.tendered_gw[2] > 0.0 and operator.tendered_gw.sum() == operator.tendered_gw[2]

    def test_room_limits_the_tender(self):
        operator = self.operator()
        grid_operator.tender_capacity(operator, self.view(room=(99.0, 2.0, 99.0, 99.0)))
        # 2 GW of gas, and the rest of the 5 firm GW from coal, the next cheapest.
        assert operator.tendered_gw == pytest.approx([(5.0 - 1.8) / 0.9, 2.0, 0.0, 0.0])

    def test_room_is_a_share_of_the_national_rate_and_what_closes(self):
        """A quarter of 12 GW and a third of the 3 GW that close in three years, half of it approved: 2 GW."""
        operator = self.operator()
        grid = dict.fromkeys(adequacy.Prospects._fields, np.zeros(0))
        grid |= {"routes": np.array([2, 4, 7, 12]), "approval": np.full((1, 13), 0.5), "lead_years": 3}
        grid |= {"build_limit_gw": np.full(10, 12.0), "closing_gw": np.full((1, 10), 3.0)}
        grid["potential_gw"] = np.zeros((1, 10))
        prospects = adequacy.Prospects(**grid)
        assert adequacy.room_for(operator, 0.25, 1, prospects, 2025) == pytest.approx(2.0)
        assert adequacy.room_for(operator, 0.25, 2, prospects, 2025) == 0.0

    def test_enough_capacity_needs_no_tender(self):
        operator = self.operator(coal=130.0)
        grid_operator.tender_capacity(operator, self.view())
        assert not operator.tendered_gw.any()

    def test_contracts_count_at_the_peak(self):
        operator = self.operator()
        operator.usual_export_gw[:] = -10.0
        grid_operator.tender_capacity(operator, self.view())
        assert operator.firm_capacity_gw == pytest.approx(81.0 + 10.0 * OWN.firm_capacity_credit_line)


def test_a_decision_rewritten_in_plain_python_gives_the_same_bits():
    """The tariff rule as a user would write it, against the compiled rule, on 31 random operators."""
    rng = np.random.default_rng(1)
    operators = OperatorState.table(31)
    operators.load_gw[:], operators.price[:] = rng.uniform(5, 90, (31, 24)), rng.uniform(100, 900, (31, 24))
    operators.benchmark_tariff[:], operators.tariff[:] = rng.uniform(300, 450, 31), rng.uniform(500, 700, 31)
    plain = operators.copy()

    def my_tariff(operator, seen):
        paid = load = 0.0
        for block in range(24):
            energy_gwh = seen.hours[block] * operator.load_gw[block]
            paid += energy_gwh * operator.price[block]
            load += energy_gwh
        band = seen.tariff_band * operator.benchmark_tariff
        level = min(max(paid / load, operator.benchmark_tariff - band), operator.benchmark_tariff + band)
        target = level + operator.transmission_charge + seen.surcharge
        keep = seen.parameters.tariff_smoothing
        operator.tariff = keep * operator.tariff + (1.0 - keep) * target

    grid_operator.set_all_tariffs(operators, TestMarket.view)
    for row in range(31):
        my_tariff(plain[row], TestMarket.view)
    assert operators.tariff.tobytes() == plain.tariff.tobytes()
    assert math.isfinite(float(operators.tariff.sum()))
