"""Carbon markets in the model: balances of every market and year in any world, bands of prices, who is where."""

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import firm_allowances
from simulator.base_year import POWER
from simulator.carbon_paths import NATIONAL, market_names
from simulator.model import TransitionModel
from simulator.names import load_names
from simulator.tables import read_table

RELATIVE = 1e-9
NAMES = load_names()


class Observed(TransitionModel):
    """A model that looks into the allowances of every firm once the year is settled."""

    def settle_accounts(self):
        covered = self.world.firms.covered.copy()
        super().settle_accounts()
        state, firms = self.world.allowances, self.world.firms
        names = ("bank", "bought", "bought_late", "entitlement", "co2", "sector", "province")
        picture = {"covered": covered, **{name: firms[name].copy() for name in names}}
        picture |= {"result": state.results.first.copy(), "late_result": state.results.late.copy()}
        picture |= {"revenue": state.auction_revenue.copy(), "i": self.world.i}
        self.pictures = [*getattr(self, "pictures", []), picture]


def run(overrides, years=7):
    sizes = {"firms": 600, "end": 2020 + years - 1, **overrides.get("simulation", {})}
    model = Observed("baseline", overrides={**overrides, "simulation": sizes})
    for _ in range(years):
        model.step()
    return model


@cache
def baseline():
    return run({}, 12)


def check_balances(model):
    """Identity 7 from the firms' records and the tables, and the market's part of identity 8."""
    table = model.tables()["carbon_market"]
    paths, setting = model.setting.carbon_markets, model.setting
    kept = np.zeros(len(paths.names))
    for year, now in zip(setting.years, model.pictures, strict=False):
        rows, i = table[table.year == year].set_index("market"), now["i"]
        market = paths.market[i][now["province"], now["sector"]]
        inside = market >= 0
        share = paths.obligation[i][now["province"], now["sector"]] * now["covered"]

        def total(values, market=market, inside=inside):
            return np.bincount(market[inside], values[inside], minlength=len(paths.names))

        due = total(share * now["co2"])
        free = total(setting.signals["free_allocation_share"][i][now["sector"]] * now["entitlement"])
        size = RELATIVE * (due + kept + free + 1e-3)
        for column, values in (
            ("surrendered_mt", due), ("allocated_mt", free), ("banked_mt", total(now["bank"])),
            ("late_traded_mt", total(np.maximum(now["bought_late"], 0.0))),
            ("first_traded_mt", total(np.maximum(now["bought"], 0.0))),
        ):  # fmt: skip
            assert (np.abs(rows[column] - values) <= size).all(), (year, column)
        check_late_session(model, now, total, size)
        assert (
            np.abs(total(now["bought"]) + total(now["bought_late"]) - rows.auctioned_mt - rows.reserve_mt) <= size
        ).all()
        came = kept + rows.allocated_mt + rows.auctioned_mt + rows.reserve_mt
        assert (np.abs(came - rows.surrendered_mt - rows.banked_mt - rows.expired_mt) <= size).all(), year
        assert rows[["withheld_mt", "unsold_mt", "late_mt", "banked_mt"]].min().min() >= 0.0
        kept = rows.banked_mt.to_numpy()
        check_money(model, now, rows, market, size)
    outside = paths.market[model.world.i][model.world.firms.province, model.world.firms.sector] < 0
    assert model.world.firms.bank[outside].max(initial=0.0) == 0.0


def check_late_session(model, now, total, size):
    """After production what is bought beyond what others sell is auctioned, or sold by the reserve at the ceiling."""
    price, auctioned, withheld, reserve, unsold, _ = now["late_result"].T
    floor, ceiling = (
        band[now["i"]] for band in (model.setting.carbon_markets.floor, model.setting.carbon_markets.ceiling)
    )
    assert (np.abs(total(now["bought_late"]) - auctioned - reserve) <= size).all()
    assert (np.abs(auctioned + withheld - now["result"][:, 2]) <= size).all()
    assert ((reserve <= size) | (price == np.maximum(ceiling, 0.01))).all()
    assert ((price == 0.0) | ((price >= floor) & (price <= np.maximum(ceiling, 0.01)))).all()
    assert (unsold[price > np.maximum(floor, 0.01)] <= size[price > np.maximum(floor, 0.01)]).all()


def check_money(model, now, rows, market, size):
    """What firms pay beyond local prices is what auction and reserve take in, and what provinces receive."""
    inside = market >= 0
    price, late = now["result"][:, 0], now["late_result"][:, 0]
    paid = price[market] * now["bought"] + late[market] * now["bought_late"]
    paid = np.bincount(market[inside], paid[inside], minlength=price.size)
    revenue = price * now["result"][:, [1, 3]].sum(axis=1) + late * now["late_result"][:, [1, 3]].sum(axis=1)
    most = size * np.maximum(late, price)
    assert (np.abs(paid - revenue) <= most).all()
    assert (np.abs(paid - rows.revenue_mcny) <= most).all()
    assert now["revenue"].sum() == pytest.approx(paid.sum(), abs=most.sum())


def test_balances_of_the_baseline():
    check_balances(baseline())


RANGED = {name: row for name, row in NAMES.parameters.items() if row.high > row.low}


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**31 - 1))
def test_balances_of_any_world(number):
    luck = np.random.default_rng(number)

    def signal(variable, low, high, **rest):
        years = (2020, 2023, 2026)
        return {"variable": variable, "schedule": {y: float(luck.uniform(low, high)) for y in years}, **rest}

    floor = float(luck.uniform(0.0, 60.0))
    signals = {
        "output_linkage": signal("output_linkage", 0.0, 1.0, step=True),
        "free_allocation": signal("free_allocation_share", 0.0, 1.0),
        "auctions": signal("auction_share", 0.0, 1.0),
        "benchmarks": signal("benchmark_multiplier", 0.6, 1.3),
        "caps": signal("carbon_cap_multiplier", 0.4, 1.2),
        "carry_over": signal("allowance_carry_over_share", 0.0, 0.6),
        "price_floor": {"variable": "carbon_price_floor_cny_per_tco2", "schedule": {2021: floor}},
        "price_ceiling": signal("carbon_price_ceiling_cny_per_tco2", 40.0, 400.0),
        "coverage_materials": signal("carbon_coverage_share", 0.0, 1.0, scope={"sectors": ["STL", "NMM"]}, step=True),
    }
    check_balances(
        run(
            {
                "simulation": {"firms": int(luck.integers(600, 900)), "seed": number},
                "parameters": {name: float(luck.uniform(row.low, row.high)) for name, row in RANGED.items()},
                "signals": signals,
            },
            6,
        )
    )


def test_prices_stay_in_their_bands_and_move_no_further_than_allowed():
    model = baseline()
    paths = model.setting.carbon_markets
    price = np.array([now["result"][:, 0] for now in model.pictures])
    for i, now in enumerate(price):
        traded = now > 0.0
        assert (now[traded] >= paths.floor[i][traded] * (1 - RELATIVE)).all()
        assert (now[traded] <= paths.ceiling[i][traded] * (1 + RELATIVE)).all()
    table = model.tables()["carbon_market"]
    mean = table.price_cny_per_tco2.to_numpy().reshape(price.shape)
    both = (price[1:] > 0.0) & (mean[:-1] > 0.0)
    moved = np.abs(np.log(price[1:][both] / mean[:-1][both]))
    assert moved.max() <= model.setting.parameters["carbon_price_change_maximum"] * (1 + RELATIVE)
    assert moved.min() < moved.max()
    volume = table.first_traded_mt + table.late_traded_mt
    paid = table.first_price_cny_per_tco2 * table.first_traded_mt + table.late_price_cny_per_tco2 * table.late_traded_mt
    assert (table.price_cny_per_tco2 * volume)[volume > 0.0].to_numpy() == pytest.approx(paid[volume > 0.0].to_numpy())


def test_pilots_hold_their_sectors_until_the_national_market_takes_them_over():
    model = baseline()
    paths, table = model.setting.carbon_markets, read_table("carbon_markets")
    assert paths.names == market_names()
    for _, row in table.iterrows():
        place, number = NAMES.provinces.index(row.province), paths.names.index(row.market)
        for code in row.sectors.split():
            sector = NAMES.sectors.index(code)
            entry = {"POW": 2021, "STL": 2024, "NMM": 2024, "NFM": 2024, "CHM": 2027, "REF": 2027}.get(code, 2099)
            for i, year in enumerate(model.setting.years):
                assert paths.market[i, place, sector] == (NATIONAL if year >= entry else number)
    national = (paths.market == NATIONAL).any(axis=1)
    assert not national[0].any()
    assert national[1].nonzero()[0].tolist() == [POWER]
    assert set(np.unique(paths.obligation)) == {0.0, 1.0}


def test_firms_of_a_market_pay_its_price_and_others_none():
    world, i = baseline().world, baseline().world.i
    paths, price = baseline().setting.carbon_markets, world.allowances.results.first[:, 0]
    wanted = np.where(paths.market[i] >= 0, price[paths.market[i]], 0.0)
    assert (world.costs.sectors["carbon_price"] == wanted).all()
    assert np.unique(wanted).size >= 4
    assert (world.firms.abated > 0.0).sum() > 100
    assert (world.firms.abated <= baseline().setting.parameters["operational_abatement_maximum"]).all()


def test_the_base_year_is_what_it_was_without_markets(run_model):
    """Pilots trade in 2020, but the costs of that year hold what they cost."""
    one = run_model(1).tables()
    other = run_model(1, {"carbon_market": {"price": "exogenous"}}).tables()
    for name in ("routes", "power", "lines"):
        assert one[name].equals(other[name]), name
    prices = [tables["carbon_market"].set_index("market").price_cny_per_tco2 for tables in (one, other)]
    assert prices[0].drop("national").min() > 0.0
    assert prices[1].max() == 0.0


def test_a_given_price_is_the_signal(run_model):
    path = {"variable": "carbon_price_cny_per_tco2", "schedule": {2021: 30.0, 2023: 90.0}}
    overrides = {"carbon_market": {"price": "exogenous"}, "signals": {"carbon_price": path}}
    tables = run_model(4, overrides).tables()
    assert tables["national"].carbon_price_cny_per_tco2.tolist() == [0.0, 30.0, 60.0, 90.0]
    market = tables["carbon_market"][tables["carbon_market"].market == "national"].iloc[1:]
    assert market.banked_mt.max() == 0.0
    balance = market.allocated_mt + market.reserve_mt - market.surrendered_mt
    assert np.abs(balance).max() <= RELATIVE * market.surrendered_mt.max()
    assert (market.revenue_mcny - market.price_cny_per_tco2 * market.reserve_mt).abs().max() < 1e-3


def test_tighter_benchmarks_raise_the_price():
    """Paired small worlds, benchmarks a hundredth lower each time."""
    prices = []
    for factor in (1.0, 0.99, 0.98):
        tighter = {"variable": "benchmark_multiplier", "op": "mul", "schedule": {2021: factor}}
        tables = run({"signals": {"tighter": tighter}}, 4).tables()["national"]
        prices.append(tables.carbon_price_cny_per_tco2.to_numpy()[1:])
    assert (prices[0] < prices[1]).all()
    assert (prices[1] < prices[2]).all()


def test_firms_that_keep_more_make_allowances_dear():
    def hoard(firm, seen):
        firm_allowances.plan_allowances(firm, seen)
        firm.wanted_bank = 2.0 * firm.wanted_bank

    model = TransitionModel(
        "baseline", overrides={"simulation": {"firms": 600, "end": 2022}}, rules={"firm.plan_allowances": hoard}
    )
    for _ in range(3):
        model.step()
    usual = baseline().tables()["national"].carbon_price_cny_per_tco2
    assert model.tables()["national"].carbon_price_cny_per_tco2[1] > usual[1]


def test_the_tariff_passes_the_price_on_within_its_band(run_model):
    """200 CNY per t raise the cost of the coal MWh at the margin by 150 or so without output linkage, not with it."""
    found = {}
    for price, linkage in ((0.0, 1.0), (200.0, 1.0), (200.0, 0.0)):
        signals = {
            "carbon_price": {"variable": "carbon_price_cny_per_tco2", "schedule": {2021: price}},
            "output_linkage": {"variable": "output_linkage", "schedule": {2020: linkage}},
        }
        tables = run_model(6, {"carbon_market": {"price": "exogenous"}, "signals": signals}).tables()
        last = tables["provinces"].query("year == 2025").set_index("province")
        wholesale = tables["national"].power_price_cny_per_mwh.iloc[-1]
        found[price, linkage] = (wholesale, last.tariff_cny_per_mwh)
    free, linked, full = found.values()
    assert abs(linked[0] - free[0]) < 15.0
    assert 100.0 < full[0] - free[0] < 200.0
    assert abs((linked[1] - free[1]).mean()) < 10.0
    rise = full[1] - free[1]
    # Where water sets the price nothing changes but by chance.
    assert rise.min() > -1.0
    assert 30.0 < rise.mean() < full[0] - free[0]


def test_provinces_receive_what_their_firms_paid_into_the_markets():
    model = run(
        {"signals": {"auction": {"variable": "free_allocation_share", "op": "mul", "schedule": {2021: 0.9}}}}, 4
    )
    state, governments = model.world.allowances, model.world.governments
    books = state.books
    emitted = books.surrendered.sum(axis=0)
    assert state.auction_revenue.sum() == pytest.approx(books.accounts[:, -1].sum(), rel=RELATIVE)
    assert state.auction_revenue.min() >= 0.0
    # All but the pilots' sectors share one price, so revenue follows emissions.
    per_tonne = state.auction_revenue / emitted
    inland = [NAMES.provinces.index(name) for name in ("Shanxi", "Gansu", "Sichuan")]
    assert per_tonne[inland] == pytest.approx(np.full(3, per_tonne[inland[0]]), rel=RELATIVE)
    assert (governments.revenue > state.auction_revenue).all()
