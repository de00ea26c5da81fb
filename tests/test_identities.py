"""What must balance every year, in the baseline and in worlds with all parameters drawn anew.

Each identity is worked out here a second time, from the records of the agents and the flows of the year.
"""

import copy
from functools import cache

import numpy as np
import pytest

from agents.firm_record import EMPTY, QUEUE, SLOTS
from agents.grid_operator_record import STORES, OperatorState
from simulator import electricity
from simulator.base_year import POWER
from simulator.model import TransitionModel
from simulator.names import load_names

YEARS = 7
RELATIVE = 1e-9
SUBSIDY = {"variable": "capex_subsidy_share", "schedule": {2021: 0.2}, "scope": {"routes": ["solar", "scrap_eaf"]}}
ADDER = {"variable": "carbon_price_adder_cny_per_tco2", "schedule": {2021: 20}, "scope": {"provinces": ["Hebei"]}}


def drawn_world(number):
    """A small world with every parameter drawn evenly from its range, and the options of a scenario with it."""
    luck = np.random.default_rng(number)
    parameters = {
        name: float(luck.uniform(row.low, row.high))
        for name, row in load_names().parameters.items()
        if row.high > row.low
    }
    pick = {name: str(luck.choice(options)) for name, options in OPTIONS.items()}
    return {
        "simulation": {"firms": int(luck.integers(600, 1000)), "seed": number},
        "inventory": {"basis": pick["basis"]},
        "power": {"market": pick["market"]},
        "trade": {"distance": pick["distance"], "sourcing": pick["sourcing"], "lines": pick["lines"]},
        "parameters": parameters,
        "signals": {"subsidy": SUBSIDY, "adder": ADDER},
    }


OPTIONS = {
    "basis": ["national", "provincial"],
    "market": ["bilateral", "unified"],
    "distance": ["base", "weak", "strong"],
    "sourcing": ["adaptive", "frozen"],
    "lines": ["open", "open", "closed-after-2020"],
}
WORLDS = {"baseline": {}, "drawn-1": drawn_world(1), "drawn-2": drawn_world(2), "drawn-3": drawn_world(3)}


class Picture:
    """Named quantities, shown by a failing test in few words."""

    def __init__(self, **quantities):
        self.__dict__ |= quantities

    def __repr__(self):
        return f"Picture({', '.join(vars(self))})"


class Observed(TransitionModel):
    """A model that keeps a picture of every year: `before` it, once markets are `settled`, and `after` it."""

    def settle_accounts(self):
        super().settle_accounts()
        world = self.world
        names = ("year", "firms", "capacity", "made", "demand", "deliveries", "sourcing", "cells", "fuel_pj", "needs")
        self.settled = copy.deepcopy({name: getattr(world, name) for name in names})
        system = world.power
        parts = ("operators", "supply", "dispatch", "books", "lines", "line_capacity_gw", "ration")
        self.settled |= copy.deepcopy({name: getattr(system, name) for name in parts})


@cache
def pictures(name):
    """The years of a world, and the model at their end."""
    overrides = {**WORLDS[name], "simulation": {"firms": 600, **WORLDS[name].get("simulation", {}), "end": 2026}}
    model, years = Observed("baseline", overrides=overrides), []
    for _ in range(YEARS):
        before = model.world.firms.copy()
        model.step()
        world = model.world
        heat = np.zeros(world.governments.size)
        electricity.fill_heat_co2(world.power.operator_rows, world.setting.base.emission_factor, heat)
        extra = {"footprint": world.footprint, "heat": heat, "governments": world.governments}
        extra["retired"] = world.governance.retired
        extra = copy.deepcopy(extra)
        years.append(Picture(**model.settled, **extra, before=before, after=world.firms.copy()))
    return Picture(years=years, model=model, base=model.setting.base, tables=model.tables())


@pytest.fixture(params=WORLDS)
def run(request):
    return pictures(request.param)


def same(found, wanted, year, relative=RELATIVE, size=None):
    """Equal to 1e-9 of themselves, or of `size` where they are differences of large numbers."""
    scale = np.abs(wanted).max() if size is None else size
    np.testing.assert_allclose(found, wanted, rtol=relative, atol=relative * float(scale), err_msg=str(year))


def by_place(firms, columns, values, shape):
    total = np.zeros(shape)
    np.add.at(total, (firms.province, columns), values)
    return total


def standing(firms, shape):
    """Capacity by province and route, from the records."""
    total = np.zeros(shape)
    for slot in range(SLOTS):
        used = firms.slot_route[:, slot] != EMPTY
        np.add.at(total, (firms.province[used], firms.slot_route[used, slot]), firms.slot_capacity[used, slot])
    return total


# --- 1 plants -----------------------------------------------------------------------------------------------------


def started_and_ended(old, year, life, shape):
    """What starts in a year and what ends [P, K], as it follows from the records at the end of the year before.

    A rebuilding ends a plant and starts it on the route of the project; every other plant ends with its life.
    """
    started, ended = np.zeros(shape), np.zeros(shape)
    for firm in old:
        projects = [q for q in range(QUEUE) if firm.pending_route[q] != EMPTY]
        for q in projects:
            slot, route = int(firm.pending_slot[q]), firm.pending_route[q]
            if firm.pending_year[q] <= year:
                started[firm.province, route] += firm.pending_capacity[q] if slot < 0 else firm.slot_capacity[slot]
                if slot >= 0:
                    ended[firm.province, firm.slot_route[slot]] += firm.slot_capacity[slot]
        rebuilt = {int(firm.pending_slot[q]) for q in projects}
        for slot in range(SLOTS):
            route = firm.slot_route[slot]
            if route != EMPTY and slot not in rebuilt and year - firm.slot_built[slot] >= life[route]:
                ended[firm.province, route] += firm.slot_capacity[slot]
    return started, ended


def test_capacity_is_that_of_last_year_and_what_started_less_what_ended(run):
    """No plant ends before its life is over unless its government closes it, and none is lost when others join it."""
    life, shape = run.base.routes.lifetime_years, run.years[0].capacity.shape
    same(run.years[0].capacity, standing(run.years[0].firms, shape), 2020)
    for last, now in zip(run.years, run.years[1:], strict=False):
        started, ended = started_and_ended(last.after, now.year, life, shape)
        same(now.capacity, standing(last.after, shape) + started - ended - now.retired, now.year)


# --- 2 goods ------------------------------------------------------------------------------------------------------


def test_goods_made_are_delivered_or_exported(run):
    per_unit = run.model.setting.calibration.value_per_unit
    for now in run.years:
        goods, firms = now.deliveries, now.firms
        same(goods.output, goods.delivered.sum(axis=1) + goods.exported, now.year)
        # What rationing took from firms after goods were delivered is added again.
        made = by_place(firms, firms.sector, firms.output / (1.0 - firms.ration), per_unit.shape) * per_unit
        made[:, POWER] = 0.0
        same(made, goods.output, now.year)
        assert min(goods.unserved.min(), goods.unserved_exports.min(), goods.delivered.min()) >= 0.0


def test_what_is_used_at_home_is_delivered_or_unserved(run):
    for now in run.years:
        asked = now.demand
        use = np.einsum("ris,ri->rs", asked.inputs, asked.output_bn) + asked.final_bn + asked.bought_by_power
        ordered = now.sourcing.sum(axis=0) * run.base.economy.domestic_share * use
        same(now.deliveries.delivered.sum(axis=0) + now.deliveries.unserved, ordered, now.year)


def test_buyers_have_suppliers_for_all_that_they_buy(run):
    """Sourcing shares sum to one; where the base year knows no supplier, and for power, to zero."""
    for now in run.years:
        total = now.sourcing.sum(axis=0)
        assert np.abs(total - np.round(total)).max() < RELATIVE
        assert set(np.round(total).ravel()) <= {0.0, 1.0}


# --- 3 power ------------------------------------------------------------------------------------------------------


def exchange(now, base):
    """Power sent and received [B, P] in GW, losses taken off what is received."""
    flow, kept = now.dispatch.flow_gw, 1.0 - base.power.line_loss
    sent, received = (np.zeros_like(now.supply.load_gw) for _ in range(2))
    for line, (a, b) in enumerate(zip(base.power.line_origin, base.power.line_destination, strict=True)):
        forward, backward = np.maximum(flow[:, line], 0.0), np.maximum(-flow[:, line], 0.0)
        sent[:, a] += forward
        sent[:, b] += backward
        received[:, b] += kept[line] * forward
        received[:, a] += kept[line] * backward
    return sent, received


def test_power_balances_in_every_province_and_block(run):
    """Generation, discharging included, and imports less losses = load, charging and exports, less what is unserved."""
    for now in run.years:
        sent, received = exchange(now, run.base)
        operators = now.operators
        load = (operators.load_gw + operators.heat_pump_gw + operators.charge_gw.sum(axis=1)).T
        made = now.dispatch.free_used_gw + now.dispatch.step_used_gw.sum(axis=2)
        same(made + received + now.dispatch.unserved_gw, load + sent, now.year)
        assert (np.abs(now.dispatch.flow_gw) <= now.line_capacity_gw * (1 + RELATIVE) + RELATIVE).all()


def test_generation_by_technology_is_that_of_the_blocks_and_of_the_plants(run):
    technology = run.base.routes.technology
    for now in run.years:
        made = now.dispatch.free_used_gw + now.dispatch.step_used_gw.sum(axis=2)
        twh = (made * run.base.power.hours[:, None]).sum(axis=0) / 1000.0
        same(now.books.generation_twh.sum(axis=1), twh, now.year)
        plants = np.zeros_like(now.books.generation_twh)
        for route in np.flatnonzero(technology >= 0):
            plants[:, technology[route]] += now.made[:, route]
        same(plants, now.books.generation_twh, now.year)


def test_national_generation_is_load_and_losses(run):
    for now in run.years:
        hours = run.base.power.hours
        load = ((now.operators.load_gw + now.operators.heat_pump_gw) * hours).sum() / 1000.0
        wanted = load - now.books.unserved_twh.sum() + now.lines.loss_twh.sum() + now.books.charging_twh.sum()
        same(now.books.generation_twh.sum(), wanted, now.year)


def test_water_storage_and_heat(run):
    own, hours = run.model.world.power.parameters, run.base.power.hours
    efficiency = (own.pumped_efficiency, own.battery_efficiency)
    for now in run.years:
        operators = now.operators
        seasons = (operators.hydro_gw * hours).reshape(operators.size, 4, -1).sum(axis=2) / 1000.0
        same(seasons + operators.hydro_spilled_twh, operators.hydro_inflow_twh, now.year)
        assert operators.hydro_spilled_twh.min() >= 0.0
        for store in range(len(STORES)):
            taken, given = (
                (getattr(operators, name)[:, store] * hours).reshape(operators.size, 4, -1).sum(axis=2)
                for name in ("charge_gw", "discharge_gw")
            )
            same(given, efficiency[store] * taken, now.year)
        served = operators.heat_supply_pj.sum(axis=1) + operators.heat_unserved_pj
        same(served, operators.heat_demand_pj, now.year)


# --- 4 and 5 fuel and emissions -----------------------------------------------------------------------------------


def test_fuel_and_emissions_are_those_of_the_plants(run):
    """Firms = cells; CO2 = fuel x factor + process - captured."""
    factor = run.base.emission_factor
    for now in run.years:
        firms, shape = now.firms, now.cells[0].shape
        fuel, process = np.zeros((*shape, 4)), np.zeros(shape)
        for slot in range(SLOTS):
            rows = firms[firms.slot_route[:, slot] != EMPTY]
            route, made = rows.slot_route[:, slot], rows.slot_output[:, slot]
            need = (
                now.needs.table.fuel[rows.province, route] * (made * (1.0 - rows.saving) * (1.0 - rows.abated))[:, None]
            )
            np.add.at(fuel, (rows.province, rows.sector), need)
            raw = made * now.needs.table.process[rows.province, route] * (1.0 - rows.abated)
            np.add.at(process, (rows.province, rows.sector), raw)
        same(now.fuel_pj, fuel, now.year)
        co2, captured = now.cells[1], now.cells[3]
        same(co2 + captured, fuel @ factor + process, now.year)
        for column, name in ((0, "output"), (1, "co2"), (2, "co2_process"), (3, "captured"), (4, "electricity")):
            same(now.cells[column], by_place(firms, firms.sector, firms[name], shape), now.year)


def test_tables_agree_with_each_other(run):
    """The country = its provinces = their sectors, heat plants counted with power; electricity moves no tonne away."""
    tables, years = run.tables, run.years
    national, sums = tables["national"].set_index("year"), {}
    for name in ("provinces", "sectors"):
        sums[name] = tables[name].groupby("year").sum(numeric_only=True)
        same(sums[name]["co2_mt"], national["co2_mt"], name)
    same(sums["provinces"]["co2_electricity_adjusted_mt"], national["co2_mt"], "adjusted")
    same(sums["sectors"]["co2_electricity_mt"], [now.cells[1][:, POWER].sum() for now in years], "electricity")
    same(sums["provinces"]["electricity_twh"], national["electricity_twh"], "TWh")
    pumps = [(now.operators.heat_pump_gw * run.base.power.hours).sum() / 1000.0 for now in years]
    same(sums["sectors"]["electricity_twh"] + pumps, national["electricity_twh"], "TWh of sectors and of heat pumps")
    same(national["co2_mt"], [now.cells[1].sum() + now.heat.sum() for now in years], "firms and heat plants")


def test_production_is_consumption_and_exports(run):
    for now in run.years:
        emitted = now.cells[1].sum() + now.heat.sum()
        embodied = now.footprint.consumption_co2_mt.sum() + now.footprint.exported_co2_mt.sum()
        assert embodied == pytest.approx(emitted, rel=1e-6)


# --- 8 money ------------------------------------------------------------------------------------------------------


def test_cash_and_debt_move_by_what_is_paid(run):
    for now in run.years:
        old, firms = now.before, now.after
        paid = firms.operating_cost + firms.interest + firms.tax + firms.repayment + firms.dividend
        paid = paid + firms.investment + firms.saving_cost
        size = np.abs(firms.revenue) + firms.operating_cost + firms.investment + np.abs(old.liquidity)
        cash = old.liquidity + firms.revenue + firms.borrowing + firms.subsidy - paid
        assert (np.abs(firms.liquidity - cash) <= RELATIVE * size + RELATIVE).all(), now.year
        stays = firms.generation == old.generation
        debt = old.debt + firms.borrowing - firms.repayment
        assert (np.abs(firms.debt - debt)[stays] <= RELATIVE * size[stays] + RELATIVE).all(), now.year


def test_subsidies_are_paid_by_governments(run):
    for now in run.years:
        firms, spent = now.after, now.governments.spending
        same(spent, np.bincount(firms.province, firms.subsidy, minlength=spent.size), now.year)


# --- 12 bounds ----------------------------------------------------------------------------------------------------

SHARES = ("saving", "abated", "credibility", "ration", "slot_available")
NOT_NEGATIVE = (
    "market_weight",
    "wanted_output",
    "output",
    "slot_capacity",
    "slot_output",
    "fuel",
    "electricity",
    "co2",
)
NOT_NEGATIVE += ("bank", "entitlement", "expected_co2", "abatement_cost")
NOT_NEGATIVE += ("co2_process", "captured", "debt", "tax", "interest", "borrowing", "saving_cost", "investment")


def test_quantities_stay_within_their_bounds(run):
    """In 2020 more may have existed than stands at the year's end: what was closed ran for a part of it."""
    for now in run.years:
        firms, later = now.firms, now.year > 2020
        for name in (*SHARES, *NOT_NEGATIVE):
            assert firms[name].min() >= 0.0, (name, now.year)
        for name in SHARES if later else SHARES[:3]:
            assert firms[name].max() <= 1.0 + RELATIVE, (name, now.year)
        able = firms.slot_capacity * run.base.routes.full_output[np.maximum(firms.slot_route, 0)]
        assert (firms.slot_output <= able * (1 + RELATIVE) + RELATIVE).all() or not later
        government = now.governments
        for name in ("stringency", "subsidy", "approval", "official_capacity", "research_capacity"):
            assert 0.0 <= government[name].min() <= government[name].max() <= 1.0, name


def test_no_firm_asks_less_than_nothing(run):
    for now in run.years:
        for name in ("price", "unit_cost", "revenue"):
            assert now.firms[name].min() >= 0.0, (name, now.year)


def test_nothing_is_no_number(run):
    for now in run.years:
        for name in now.after.dtype.names:
            assert np.isfinite(now.after[name]).all(), (name, now.year)
        for name, declared in OperatorState.fields():
            assert np.isfinite(now.operators[name]).all() or declared.kind != "f8", (name, now.year)
    for name, table in run.tables.items():
        assert np.isfinite(table.select_dtypes("number").to_numpy()).all(), name
