"""Green certificates: what is issued is retired, kept or expired; prices clear; nothing physical moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq

from agents import certificates as seen_by
from agents import firm_certificates, grid_operator_certificates
from agents.firm_record import FirmState
from agents.grid_operator_record import ONSHORE_WIND, OperatorState
from simulator import green_certificates as certificates
from simulator import power_value
from simulator.certificate_duties import obligation_share
from simulator.model import TransitionModel
from simulator.tables import read_table

SMALL = {"simulation": {"firms": 600, "end": 2026}}
PLACES = 31


def market_of(old=0.0, young=0.0, floor=5.0, ceiling=50.0, reference=20.0):
    return certificates.Market(old, young, floor, ceiling, reference)


def test_what_is_bought_at_a_price_by_hand():
    assert [seen_by.bought_share(price, 40.0) for price in (5.0, 20.0, 30.0, 40.0, 50.0)] == [1, 1, 0.5, 0, 0]
    assert seen_by.bought_share(5.0, 0.0) == 0.0


def test_what_is_offered_at_a_price_by_hand():
    assert [certificates.offered_share(price, 5.0, 25.0) for price in (5.0, 15.0, 25.0, 40.0)] == [0, 0.5, 1, 1]
    assert certificates.offered_share(5.5, 5.0, 5.0) == 0.5


def test_clearing_by_hand():
    """10 TWh wanted with limit 40, 5 TWh on offer: half is bought at 30. Plenty: the floor. None: the limit of bids."""
    wanted, limit = np.array([10.0]), np.array([40.0])
    assert certificates.clearing_price(wanted, limit, market_of(old=5.0)) == pytest.approx(30.0)
    assert certificates.clearing_price(wanted, limit, market_of(old=50.0)) == 5.0
    assert certificates.clearing_price(wanted, limit, market_of()) == pytest.approx(40.0)
    # Young certificates from the floor on: 10 TWh at (P - 5) / 15 meet 10 TWh at 20.
    assert certificates.clearing_price(wanted, limit, market_of(young=10.0)) == pytest.approx(20.0)


BUYERS = st.integers(1, 40)
AMOUNT, LIMIT = st.floats(0.0, 100.0), st.floats(0.0, 60.0)


@given(st.data(), AMOUNT, AMOUNT, st.floats(5.0, 50.0))
def test_price_is_that_of_brent(data, old, young, reference):
    """Against scipy on random markets: inside the band excess demand is zero, at a bound it keeps its sign."""
    count = data.draw(BUYERS)
    wanted, limit = (data.draw(arrays(np.float64, count, elements=kind)) for kind in (AMOUNT, LIMIT))
    market = market_of(old, young, reference=reference)
    price = certificates.clearing_price(wanted, limit, market)

    def excess(at):
        return certificates.excess_demand(at, wanted, limit, market)

    assert 5.0 <= price <= 50.0
    low, high = excess(5.0), excess(50.0)
    if low <= 0.0:
        assert price == 5.0
    elif high > 0.0:
        assert price == 50.0
    else:
        theirs = brentq(excess, 5.0, 50.0, xtol=1e-12)
        assert abs(excess(price)) <= 1e-7 * max(wanted.sum(), 1.0)
        assert price == pytest.approx(theirs, abs=1e-6) or abs(excess(theirs) - excess(price)) < 1e-6


@given(st.data(), AMOUNT, AMOUNT, st.floats(5.0, 50.0), st.floats(5.0, 50.0))
def test_excess_demand_falls_with_the_price(data, old, young, one, other):
    wanted = data.draw(arrays(np.float64, 5, elements=AMOUNT))
    limit = data.draw(arrays(np.float64, 5, elements=LIMIT))
    low, high = sorted((one, other))
    market = market_of(old, young)
    more, less = (certificates.excess_demand(at, wanted, limit, market) for at in (low, high))
    assert less <= more + 1e-9


def test_obligations_by_hand():
    """16 % in 2023 and 1.5 points a year; none stays none, and nobody has to cover more than the most."""

    def shares(*terms):
        return pytest.approx([obligation_share(weight, *terms) for weight in (0.16, 0.0, 0.5)])

    assert shares(2030, 0.015, 0.6, 1.0) == [0.265, 0.0, 0.6]
    assert shares(2020, 0.06, 0.6, 1.0) == [0.0, 0.0, 0.32]
    assert shares(2023, 0.06, 0.6, 0.5) == [0.08, 0.0, 0.25]


def view(**changes):
    given = {
        "firm_share": np.array([[0.0, 0.2]]),
        "operator_share": np.array([0.25]),
        "consumption_twh": np.array([100.0]),
        "held_twh": np.array([10.0]),
        "shortfall_cost": np.array([35.0]),
    }
    return seen_by.CertificateView(**{**given, **changes})


def test_an_operator_retires_its_own_and_asks_for_the_rest():
    operator = OperatorState.table(1)[0]
    grid_operator_certificates.buy_certificates(operator, view())
    assert (operator.certificates_used, operator.certificates_wanted, operator.certificate_limit) == (10.0, 15.0, 35.0)
    grid_operator_certificates.buy_certificates(operator, view(held_twh=np.array([30.0])))
    assert (operator.certificates_used, operator.certificates_wanted) == (25.0, 0.0)


def test_a_firm_asks_for_its_share():
    firm = FirmState.table(1)[0]
    firm.sector, firm.electricity = 1, 4.0
    firm_certificates.buy_certificates(firm, view())
    assert firm.certificates_wanted == pytest.approx(0.8)
    assert firm.certificate_limit == 35.0


def test_own_certificates_go_the_old_ones_first():
    held, operators = np.array([[4.0, 3.0], [4.0, 3.0]]), OperatorState.table(2)
    operators.certificates_used[:] = 2.0, 5.0
    certificates.retire_own(held, operators)
    assert held.tolist() == [[4.0, 1.0], [2.0, 0.0]]


def step(model):
    """One year, with what was held before it."""
    before = model.world.certificates.register.held.sum()
    model.step()
    return before


def check_balance(model, before):
    market, names = model.world.certificates, certificates.ACCOUNTS
    book = dict(zip(names, market.register.accounts, strict=True))
    total = {name: values.sum() for name, values in book.items()}
    size = max(total["issued_twh"] + before, 1.0)
    spent = total["retired_twh"] + total["banked_twh"] + total["expired_twh"]
    assert before + total["issued_twh"] == pytest.approx(spent, abs=1e-9 * size)
    assert total["bought_twh"] == pytest.approx(total["sold_twh"], abs=1e-9 * size)
    np.testing.assert_allclose(book["wanted_twh"], book["retired_twh"] + book["missing_twh"], atol=1e-9 * size)
    assert total["purchases_mcny"] == pytest.approx(total["sales_mcny"], rel=1e-9, abs=1e-6)
    assert min(values.min() for values in book.values()) >= -1e-12
    own = model.setting.parameters
    assert own["certificate_price_floor"] <= market.register.price[0] <= own["certificate_shortfall_payment"]


@pytest.fixture(scope="module")
def model():
    return TransitionModel("baseline", seed=3, overrides=SMALL)


def test_certificates_and_money_balance_every_year():
    model = TransitionModel("baseline", seed=1, overrides=SMALL)
    for _ in range(7):
        check_balance(model, step(model))
    world = model.world
    firms = world.other_firms
    book = dict(zip(certificates.ACCOUNTS, world.certificates.register.accounts, strict=True))
    load = world.electricity.sum(axis=1)
    charged = world.power.operator_rows["certificate_charge"] * load
    # Users and firms pay what plants earn and what is due for missing certificates.
    assert firms["certificate_cost"].sum() + charged.sum() == pytest.approx(
        book["sales_of_plants_mcny"].sum() + book["shortfall_payment_mcny"].sum(), rel=1e-9
    )
    duty = firms["certificates_wanted"] > 0.0
    assert duty.any() and (firms["certificate_cost"][duty] > 0.0).all()


CONFIG = st.fixed_dictionaries(
    {
        "obligation_rise_per_year": st.floats(0.005, 0.025),
        "certificate_shortfall_payment": st.floats(30.0, 100.0),
        "certificate_price_floor": st.floats(2.0, 10.0),
        "certificate_initial_price": st.floats(10.0, 40.0),
        "green_power_customers_share": st.floats(0.0, 0.1),
        "enforcement_floor": st.floats(0.25, 0.7),
    }
)


@settings(max_examples=8)
@given(CONFIG, st.floats(0.0, 5.0), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_identity_holds_in_random_scenarios(parameters, multiplier, guaranteed, seed):
    """Issued and held before = retired + kept + expired, bought = sold, in every year."""
    signals = {
        "obligation": {"variable": "renewables_obligation_multiplier", "op": "set", "schedule": {2020: multiplier}},
        "purchase": {
            "variable": "guaranteed_purchase_share",
            "op": "mul",
            "schedule": {2020: guaranteed},
        },
    }
    scenario = {"extends": "baseline", "name": "c", "parameters": parameters, "signals": signals, **SMALL}
    model = TransitionModel(scenario, seed=seed)
    for _ in range(3):
        check_balance(model, step(model))


PHYSICAL = ("output", "co2", "co2_process", "captured", "electricity", "fuel", "slot_output", "slot_capacity")


def test_trading_moves_nothing_physical(model):
    """Energy and CO2 of the year are the same, to the last bit, before and after; plants are paid what they sold."""
    model.step()
    world = model.world
    firms = {name: world.firm_rows[name].copy() for name in PHYSICAL}
    sums = [one.copy() for one in world.cells]
    dispatch = [one.copy() for one in world.power.dispatch]
    heat = world.power.operator_rows["heat_supply_pj"].copy()
    world.power.power_price[:] = 0.0
    model.trade_certificates()
    earned = world.certificates.register.accounts[certificates.ACCOUNTS.index("sales_of_plants_mcny")]
    np.testing.assert_allclose((world.power.power_price * world.made).sum(axis=1), earned, atol=1e-9)
    assert all((world.firm_rows[name] == kept).all() for name, kept in firms.items())
    assert all((now == kept).all() for now, kept in zip(world.cells, sums, strict=True))
    assert all((now == kept).all() for now, kept in zip(world.power.dispatch, dispatch, strict=True))
    assert (world.power.operator_rows["heat_supply_pj"] == heat).all()


def test_obligations_do_not_change_the_emissions_of_the_year():
    """The first year, with five times the obligations and without any: the same CO2 to the last bit, another price."""
    runs = []
    for multiplier in (0.0, 5.0):
        signal = {"variable": "renewables_obligation_multiplier", "op": "set", "schedule": {2020: multiplier}}
        scenario = {"extends": "baseline", "name": "c", "signals": {"c": signal}, **SMALL}
        runs.append(TransitionModel(scenario, seed=1))
        runs[-1].step()
    none, many = runs
    assert (none.world.cells[1] == many.world.cells[1]).all()
    assert (none.world.power.books.generation_twh == many.world.power.books.generation_twh).all()
    assert none.world.certificates.register.price < many.world.certificates.register.price
    assert none.world.certificates.register.accounts[certificates.ACCOUNTS.index("retired_twh")].sum() == 0.0


def test_without_buyers_certificates_expire_after_their_second_year():
    signal = {"variable": "renewables_obligation_multiplier", "op": "set", "schedule": {2020: 0.0}}
    model = TransitionModel({"extends": "baseline", "name": "c", "signals": {"c": signal}, **SMALL}, seed=1)
    issued = []
    for _ in range(3):
        model.step()
        book = dict(zip(certificates.ACCOUNTS, model.world.certificates.register.accounts.sum(axis=1), strict=True))
        issued.append(book["issued_twh"])
    assert book["expired_twh"] == pytest.approx(issued[1])
    assert book["banked_twh"] == pytest.approx(issued[2])


def test_expected_revenue_reaches_investors_the_year_after(model):
    """New wind earns hours times what certificates were expected to bring; plants under guarantee nothing more."""
    world = model.world
    expected, system = world.certificates.register.expected, world.power
    margins, remembered = [], system.curtailment.copy()
    for value in (0.0, 10.0):
        expected[:], system.curtailment[:] = value, remembered
        power_value.value_power(world)
        margins.append(system.margin.copy())
    wind = model.setting.base.routes.technology == ONSHORE_WIND
    hours = system.usual_twh_per_gw[:, ONSHORE_WIND] * (1.0 - system.curtailment[:, ONSHORE_WIND])
    free = 1.0 - world.signal("guaranteed_purchase_share")[:, wind]
    np.testing.assert_allclose((margins[1] - margins[0])[:, wind], 10.0 * hours[:, None] * free, atol=1e-9)
    assert certificates.expected_premium(0.5, 0.2, 10.0) == 4.0


def test_tables_of_a_run(model):
    tables = model.tables()
    book, national = tables["green_certificates"], tables["national"].set_index("year")
    assert set(certificates.ACCOUNTS) <= set(book.columns)
    sums = book.groupby("year").sum(numeric_only=True)
    for name in ("issued", "retired", "banked"):
        np.testing.assert_allclose(national[f"certificates_{name}_twh"], sums[f"{name}_twh"])


def test_the_table_of_obligations():
    table = read_table("renewable_obligations").set_index("province")
    assert len(table) == PLACES and (table["non_hydro_share"] <= table["total_share"]).all()
    assert table["non_hydro_share"].between(0.0, 0.3).all() and table["total_share"].between(0.0, 0.7).all()
    assert table.index[table["assessed"] == 0].tolist() == ["Tibet", "Xinjiang"]


def test_certificates_of_2020_are_those_of_wind_sun_and_biomass(model):
    """NEA: 466.5 TWh of wind, 261.1 of sun and 132.6 of biomass."""
    first = model.tables()["green_certificates"]
    issued = first[first["year"] == 2020]["issued_twh"].sum()
    assert issued == pytest.approx(466.5 + 261.1 + 132.6, rel=0.01)
