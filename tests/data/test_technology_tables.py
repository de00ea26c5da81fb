"""The shipped technology tables: schema, ranges, shares, order of costs, and the national totals of 2020."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import simulator
from simulator.data.derive import technology, technology_shares

DATA = Path(simulator.__file__).parent / "data"
# Round prices of 2020: CNY per GJ and per MWh.
PRICES = {"coal_gj": 26.0, "oil_gj": 79.0, "gas_gj": 72.0, "biomass_gj": 35.0}
POWER_CNY_PER_MWH, CAPTIVE_CNY_PER_MWH = 600.0, 300.0
FACTORS = {"coal_gj": 0.0909, "oil_gj": 0.0726, "gas_gj": 0.0555}
RATE = 0.08
GRADES = {"measured", "literature", "expert assumption"}
FILLS = {"reported", "scaled", "derived", "repaired", "estimated", "projected", "residual", "proxy", "recalled",
         "placeholder", "synthetic", "assumed"}  # fmt: skip
DERIVED = ("route_shares", "vintages", "technology_costs", "world_deployment")


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DATA / f"{name}.csv")


@pytest.fixture(scope="module")
def routes() -> pd.DataFrame:
    return read("routes")


@pytest.fixture(scope="module")
def shares() -> pd.DataFrame:
    return read("route_shares")


def levelised_costs(routes: pd.DataFrame, power_price: float = POWER_CNY_PER_MWH) -> pd.Series[float]:
    """CNY per unit by SECTOR.route without any carbon price; an independent, plain calculation."""
    recovery = RATE / (1.0 - (1.0 + RATE) ** -routes.lifetime_years)
    full_output = routes.sector.eq("POW").map({True: 8.76, False: 1.0})
    capital = routes.capex_cny * (recovery + routes.fixed_om_share) / (routes.utilisation * full_output)
    fuel = sum(routes[carrier] * price for carrier, price in PRICES.items())
    electricity = (routes.electricity_mwh + routes.hydrogen_kg * 0.052) * power_price
    cost = capital + fuel + electricity + routes.other_cost_cny
    return cost.set_axis(routes.sector + "." + routes.route)


def test_every_route_of_the_contract_is_there(routes: pd.DataFrame) -> None:
    counts = routes.groupby("sector").route.nunique().to_dict()
    assert counts == {"POW": 13, "STL": 5, "NMM": 3, "NFM": 4, "CHM": 4, "REF": 3, "COA": 2, "OMF": 2, "CON": 3,
                      "AGR": 3, "TRN": 3, "SRV": 3}  # fmt: skip
    assert not routes.duplicated(["sector", "route"]).any()
    known = set(zip(routes.sector, routes.route, strict=True))
    retrofits = routes.dropna(subset="retrofit_of")
    assert all((r.sector, r.retrofit_of) in known for r in retrofits.itertuples())


def test_route_numbers_lie_in_their_ranges(routes: pd.DataFrame) -> None:
    numbers = routes.select_dtypes("number").drop(columns="year")
    assert (numbers >= 0.0).all().all()
    assert routes.capture_share.between(0.0, 0.95).all()
    assert routes.utilisation.between(0.05, 1.0).all()
    assert routes.learning_rate.between(0.0, 0.30).all()
    assert routes.fixed_om_share.between(0.0, 0.10).all()
    assert (routes.relining_years < routes.lifetime_years).all()
    for flag in ("soft_cost", "high_emission", "investable"):
        assert routes[flag].isin([0, 1]).all()
    assert routes.grade.isin(GRADES).all()
    assert routes[["source", "note", "unit", "name_zh"]].notna().all().all()


def test_what_governments_refuse_and_close_can_be_made_in_a_cleaner_way(routes: pd.DataFrame) -> None:
    """Else refusing the route would be refusing the product."""
    kept = routes[routes.investable == 1]
    cleaner = set(kept[kept.high_emission == 0].set_index(["sector", "family"]).index)
    refused = kept[(kept.high_emission == 1) & (kept.sector != "POW")]
    assert {(r.sector, r.family) for r in refused.itertuples()} <= cleaner


def test_coal_classes_meet_the_national_net_coal_rate(routes: pd.DataFrame) -> None:
    """305.5 gce/kWh x 29.3076 MJ/kgce = 8.954 GJ/MWh, over the coal fleet of 2020 by class."""
    fleet = read("facts/coal_fleet_2020")
    route = fleet.technology.map({"supercritical": "coal_supercritical", "ultra-supercritical": "coal_ultra"})
    capacity = fleet.capacity.groupby(route.fillna("coal_subcritical")).sum()
    fuel = routes[routes.sector == "POW"].set_index("route").coal_gj
    mean = float((fuel[capacity.index] * capacity).sum() / capacity.sum())
    assert mean == pytest.approx(305.5 * 0.0293076, rel=0.01)


def test_incumbents_are_cheapest_and_alternatives_within_reach(routes: pd.DataFrame) -> None:
    cost = levelised_costs(routes)
    assert 1.03 < cost["STL.scrap_eaf"] / cost["STL.bf_bof"] < 1.20
    assert cost["STL.h2_dri"] > 1.4 * cost["STL.bf_bof"]
    assert 1.05 < cost["TRN.electric"] / cost["TRN.fossil"] < 1.15
    assert cost["NMM.kiln"] < cost["NMM.kiln_blended"] < 1.1 * cost["NMM.kiln"] < cost["NMM.kiln_ccs"]
    assert cost["POW.coal_ultra"] < cost["POW.coal_supercritical"] < cost["POW.coal_subcritical"]
    assert 0.85 < cost["POW.solar"] / cost["POW.coal_ultra"] < 1.1
    assert 0.85 < cost["POW.onshore_wind"] / cost["POW.coal_ultra"] < 1.1
    assert cost["POW.offshore_wind"] > 1.5 * cost["POW.coal_ultra"]
    for sector in ("CON", "AGR", "SRV"):
        assert cost[f"{sector}.fossil"] < cost[f"{sector}.efficient"] < 1.05 * cost[f"{sector}.fossil"]
        assert 1.05 < cost[f"{sector}.electric"] / cost[f"{sector}.fossil"] < 1.25
    assert 1.02 < cost["OMF.electric_heat"] / cost["OMF.fossil_heat"] < 1.2


def test_captive_smelters_are_cheaper_than_scrap_and_scrap_than_the_grid(routes: pd.DataFrame) -> None:
    grid = levelised_costs(routes)
    captive = levelised_costs(routes, CAPTIVE_CNY_PER_MWH)
    assert captive["NFM.smelter_captive"] < grid["NFM.recycled_aluminium"] < grid["NFM.smelter_grid"]


def test_capture_needs_a_carbon_price_of_several_hundred(routes: pd.DataFrame) -> None:
    """Abatement cost in CNY per t with 110 CNY/t for transport and storage."""
    cost = levelised_costs(routes)
    gross = sum(routes[carrier] * factor for carrier, factor in FACTORS.items()) + routes.process_tco2
    named = routes.assign(gross=gross, net=gross * (1.0 - routes.capture_share))
    named = named.set_index(named.sector + "." + named.route)
    pairs = {"POW.coal_ccs": "POW.coal_ultra", "STL.bf_bof_ccs": "STL.bf_bof", "NMM.kiln_ccs": "NMM.kiln"}
    for capture, without in pairs.items():
        storage = 110.0 * (named.gross[capture] - named.net[capture])
        abated = named.net[without] - named.net[capture]
        assert 300.0 < (cost[capture] + storage - cost[without]) / abated < 1000.0, capture


def test_electric_routes_keep_sensible_efficiency_ratios(routes: pd.DataFrame) -> None:
    """Fuel GJ saved per GJ of electricity added: cars and machines 3 to 4, heat 1.3 to 3.5."""
    value = routes[routes.sector.isin(["CON", "AGR", "TRN", "SRV", "OMF", "COA"])]
    for sector, group in value.groupby("sector"):
        by_route = group.set_index("route")
        old, new = by_route.iloc[0], by_route.loc[next(r for r in by_route.index if r.startswith("elect"))]
        saved = sum(old[carrier] - new[carrier] for carrier in FACTORS)
        added = 3.6 * (new.electricity_mwh - old.electricity_mwh)
        assert 1.5 < saved / added < 4.0, sector


def test_shares_of_a_cell_add_up_to_one(shares: pd.DataFrame, routes: pd.DataFrame) -> None:
    total = shares.groupby(["province", "sector"]).capacity_share.sum()
    assert total.sub(1.0).abs().max() < 1e-12
    assert (shares.capacity_share > 0.0).all()
    known = set(zip(routes.sector, routes.route, strict=True))
    assert set(zip(shares.sector, shares.route, strict=True)) <= known
    assert "POW" not in set(shares.sector)


def test_cells_with_shares_are_the_cells_with_output(shares: pd.DataFrame) -> None:
    base = read("base_cells")
    active = base[(base.sector != "POW") & (base.physical_output > 0.0)]
    cells = set(zip(shares.province, shares.sector, strict=True))
    assert cells == set(zip(active.province, active.sector, strict=True))


def test_national_shares_meet_their_sources(shares: pd.DataFrame) -> None:
    base = read("base_cells")[["province", "sector", "physical_output"]]
    joined = shares.merge(base, on=["province", "sector"])
    output = (joined.capacity_share * joined.physical_output).groupby([joined.sector, joined.route]).sum()
    metals = output["NFM"]
    assert metals["smelter_captive"] / (metals["smelter_captive"] + metals["smelter_grid"]) == pytest.approx(0.64)
    assert metals["recycled_aluminium"] == pytest.approx(7.4, rel=1e-4)
    assert output["CHM"]["coal_based"] / output["CHM"].sum() == pytest.approx(0.45, abs=1e-4)
    assert 0.10 < output["STL"]["scrap_eaf"] / output["STL"].sum() < 0.17


def test_incumbent_routes_reproduce_national_co2_and_electricity(shares: pd.DataFrame, routes: pd.DataFrame) -> None:
    """Within 5 % by value; steel and cement keep the plant boundary (base_cells has less: CEADs conventions)."""
    base = read("base_cells")
    gross = sum(routes[carrier] * factor for carrier, factor in FACTORS.items()) + routes.process_tco2
    cells = shares.merge(routes.assign(gross=gross), on=["sector", "route"]).merge(base, on=["province", "sector"])
    made = cells.capacity_share * cells.physical_output
    co2 = (made * cells.gross).groupby(cells.sector).sum()
    power = (made * cells.electricity_mwh).groupby(cells.sector).sum()
    datum = base.groupby("sector")[["co2_mt", "electricity_twh"]].sum()
    for sector in co2.index:
        low, high = {"STL": (0.80, 0.95), "NMM": (0.70, 0.85)}.get(sector, (0.95, 1.05))
        assert low < datum.co2_mt[sector] / co2[sector] < high, sector
        assert datum.electricity_twh[sector] / power[sector] == pytest.approx(1.0, abs=0.04), sector


def test_vintages_add_up_and_fit_their_lifetimes(routes: pd.DataFrame) -> None:
    ages = read("vintages")
    assert ages.groupby("sector").share.sum().sub(1.0).abs().max() < 2e-6
    longest = routes.groupby("sector").lifetime_years.max()
    assert (2020 - ages.build_year_from < ages.sector.map(longest)).all()
    assert (ages.build_year_from <= ages.build_year_to).all()
    assert set(ages.sector) == set(routes.sector) - {"POW"}


def test_hand_worked_vintages() -> None:
    clinker = pd.DataFrame({"year": [2006, 2013, 2020], "capacity": [500.0, 1700.0, 2000.0]})
    shares = technology.cement_vintages(clinker)
    assert list(shares.values()) == pytest.approx([0.25, 0.60, 0.15])
    plants = pd.DataFrame({"start_year": [1950, 1992, 2007, 2016], "bof_capacity": [2.0, 1.0, 1.0, 4.0],
                           "eaf_capacity": [0.0, 0.0, 2.0, 0.0]})  # fmt: skip
    steel = technology.steel_vintages(plants)  # the 2 of 1950 spread 1:3 over 1992 and 2007
    assert steel[(1990, 1994)] == pytest.approx(1.5 / 10.0)
    assert steel[(2005, 2009)] == pytest.approx(4.5 / 10.0)
    assert steel[(2015, 2020)] == pytest.approx(4.0 / 10.0)


def test_solver_finds_a_root() -> None:
    assert technology_shares.solve_increasing(9.0, 0.0, 10.0, lambda x: x * x) == pytest.approx(3.0)


def test_costs_never_rise_and_start_at_the_routes(routes: pd.DataFrame) -> None:
    costs = read("technology_costs").pivot_table(index="year", columns="route", values="capex_cny")
    power = routes[routes.sector == "POW"].set_index("route").capex_cny
    assert costs.loc[2020].to_dict() == pytest.approx(power[costs.columns].to_dict())
    assert (costs.diff().iloc[1:] <= 0.0).all().all()


def test_world_deployment_grows_and_covers_all_years() -> None:
    world = read("world_deployment").pivot_table(index="year", columns="route", values="capacity")
    assert list(world.index) == list(range(2015, 2061))
    assert (world.diff().iloc[1:] > 0.0).all().all()


def test_learning_links_name_routes_that_learn_and_known_technologies(routes: pd.DataFrame) -> None:
    links = read("learning_links")
    learning = routes[routes.learning_rate > 0.0]
    assert set(zip(links.sector, links.route, strict=True)) == set(zip(learning.sector, learning.route, strict=True))
    assert set(links.technology) == set(read("world_deployment").route)
    assert (links[["capacity_per_unit", "china_cumulative"]] > 0.0).all().all()


def test_resources_suffice_for_the_base_year(shares: pd.DataFrame) -> None:
    quantity = read("resources").query("year == 2020").set_index("resource").quantity
    use = read("resource_use")
    base = read("base_cells")[["province", "sector", "physical_output"]]
    made = shares.merge(base, on=["province", "sector"])
    made = (made.capacity_share * made.physical_output).groupby([made.sector, made.route]).sum()
    for resource in ("steel_scrap", "aluminium_scrap", "cement_substitutes"):
        rows = use[use.resource == resource]
        need = sum(r.use_per_unit * made.get((r.sector, r.route), 0.0) for r in rows.itertuples())
        # Steel shares are of capacity; arc furnaces run less, so the true need is lower still.
        assert 0.4 < need / quantity[resource] < 1.12, resource


def test_parameters_have_ranges_sources_and_order() -> None:
    rows = read("parameters")
    assert not rows.name.duplicated().any()
    assert (rows.low <= rows.value).all() and (rows.value <= rows.high).all()
    assert ((rows.distribution == "fixed") == (rows.low == rows.high)).all()
    assert rows.distribution.isin(["triangular", "log_triangular", "uniform", "normal", "fixed"]).all()
    assert (rows.low[rows.distribution == "log_triangular"] > 0.0).all()
    assert rows.agent.isin(["firm", "grid_operator", "local_government", "market", "world"]).all()
    assert rows.grade.isin(GRADES).all() and rows.extensive.isin([0, 1]).all()
    assert rows[["source", "unit"]].notna().all().all()
    assert rows.equals(rows.sort_values(["agent", "name"], kind="stable"))
    assert rows.name.str.fullmatch(r"[a-z][a-z0-9_]{5,}").all()


@pytest.mark.parametrize("name", [*DERIVED, "learning_links", "resources", "resource_use"])
def test_tables_carry_unit_year_fill_and_source(name: str) -> None:
    table = read(name)
    assert table[["unit", "fill", "source"]].notna().all().all()
    assert table.fill.isin(FILLS).all()
    assert "year" in table.columns


def test_derived_tables_are_what_the_script_makes(tmp_path: Path) -> None:
    technology.derive(DATA / "facts", tmp_path)
    for name in DERIVED:
        assert (tmp_path / f"{name}.csv").read_bytes() == (DATA / f"{name}.csv").read_bytes(), name
