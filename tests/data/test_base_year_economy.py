"""The base year closes: output, trade, electricity and CO2 against their totals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.data.derive.__main__ import DATA, FACTS
from simulator.data.derive.electricity import balance
from simulator.data.derive.tables import GOODS, PROVINCES, SECTORS, Matrix, matrix, read, vector
from simulator.data.derive.trade import fit, shares_of

VARIANTS = ("share", "share_weak_distance", "share_strong_distance")


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    return read(DATA, "base_cells")


def column(table: pd.DataFrame, name: str) -> Matrix:
    return matrix(table, "province", "sector", name)


def coefficients() -> Matrix:
    table = read(DATA, "io_coefficients")
    full = np.zeros((31, 12, 12))
    for province, source, user, value in table[["province", "input", "using", "coefficient"]].itertuples(index=False):
        full[PROVINCES.index(province), SECTORS.index(source), SECTORS.index(user)] = value
    return full


def trade(variant: str) -> Matrix:
    """Shares [11 goods, origin, destination]."""
    table = read(DATA, "trade_shares")
    layers = dict(iter(table.groupby("sector")))
    return np.stack([matrix(layers[s], "origin", "destination", variant, PROVINCES, PROVINCES) for s in GOODS])


def test_372_cells_in_order(base: pd.DataFrame) -> None:
    assert list(zip(base.province, base.sector, strict=True)) == [(p, s) for p in PROVINCES for s in SECTORS]
    assert tuple(read(DATA, "provinces").province) == PROVINCES
    assert tuple(read(DATA, "sectors").sector) == SECTORS


def test_nothing_is_negative_or_missing(base: pd.DataFrame) -> None:
    numbers = base.select_dtypes("number")
    assert (numbers >= 0).all().all()
    assert base.notna().all().all()
    demand = read(DATA, "final_demand").select_dtypes("number")
    assert (demand >= 0).all().all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_trade_shares_of_a_destination_sum_to_one(variant: str) -> None:
    shares = trade(variant)
    assert (shares >= 0).all()
    assert np.abs(shares.sum(axis=1) - 1.0).max() < 1e-7


@pytest.mark.parametrize("variant", VARIANTS)
def test_neumann_iteration_returns_the_outputs(base: pd.DataFrame, variant: str) -> None:
    """From zero output of the eleven goods, with POW held, demand and trade give the base-year output back."""
    wanted, need, shares = column(base, "gross_output_bn_cny"), coefficients(), trade(variant)
    final = read(DATA, "final_demand")
    home = column(final, "consumption") + column(final, "investment")
    exports, domestic = column(final, "exports"), column(final, "domestic_share_of_use")
    output = np.zeros_like(wanted)
    output[:, 0] = wanted[:, 0]
    for _ in range(80):
        use = (np.einsum("pij,pj->pi", need, output) + home) * domestic
        output[:, 1:] = np.einsum("sod,ds->os", shares, use[:, 1:]) + exports[:, 1:]
    goods = wanted[:, 1:]
    assert np.abs(output[:, 1:] - goods).max() < 1e-6 * goods.max()
    made = goods > 0
    assert np.abs(output[:, 1:][made] / goods[made] - 1.0).max() < 1e-6


def test_distance_variants_bracket_the_default() -> None:
    """A stronger pull of distance keeps trade nearer: mean haul falls from weak to default to strong."""
    from_to = read(DATA, "distance")
    km = matrix(from_to, "origin", "destination", "great_circle_km", PROVINCES, PROVINCES)
    haul = {v: float((trade(v) * km[None]).sum()) for v in VARIANTS}
    assert haul["share_weak_distance"] > haul["share"] > haul["share_strong_distance"]


def test_inputs_of_a_cell_stay_below_its_output(base: pd.DataFrame) -> None:
    columns = coefficients().sum(axis=1)
    assert columns.max() < 0.901
    assert np.allclose(column(base, "value_added_share"), 1.0 - columns, atol=1e-7)


def test_value_added_is_near_gdp(base: pd.DataFrame) -> None:
    added = (column(base, "gross_output_bn_cny") * column(base, "value_added_share")).sum(axis=1)
    ratio = added / vector(read(DATA, "provinces"), "gdp_bn_cny")
    assert ratio.min() > 0.93
    assert ratio.max() < 1.10
    assert added.sum() == pytest.approx(101_700, rel=2e-3)


def test_electricity_of_sectors_is_published_consumption(base: pd.DataFrame) -> None:
    table = read(FACTS, "power_base")
    published = vector(table[(table.year == 2020) & (table.variable == "consumption")])
    electricity = column(base, "electricity_twh")
    assert np.allclose(electricity.sum(axis=1), published, rtol=1e-7)
    assert electricity.sum() == pytest.approx(7511.0)
    losses = vector(read(DATA, "power_balance"), "own_use_and_losses_twh")
    assert np.allclose(electricity[:, 0], losses, rtol=1e-7)


def test_smelters_use_13_5_mwh_per_tonne(base: pd.DataFrame) -> None:
    """Qinghai 2020: 2.2834 Mt x 13.5 MWh/t = 30.8 TWh at least, 42 % of its consumption at most."""
    row = base[(base.province == "Qinghai") & (base.sector == "NFM")].electricity_twh.iloc[0]
    assert 30.8 < row < 0.44 * 74.2


def test_co2_totals_on_both_bases(base: pd.DataFrame) -> None:
    assert base.co2_mt.sum() == pytest.approx(9928, abs=0.5)
    assert base.co2_provincial_basis_mt.sum() == pytest.approx(11050, abs=1.0)
    raw = read(FACTS, "co2_by_sector")
    raw = raw[raw.year == 2020].groupby("province")["co2_national_basis"].sum()
    assert np.allclose(column(base, "co2_mt").sum(axis=1), raw.reindex(list(PROVINCES)))


def test_no_cell_emits_without_activity(base: pd.DataFrame) -> None:
    idle = base[base.physical_output <= 0]
    assert (idle.co2_mt == 0).all()
    assert (idle.gross_output_bn_cny == 0).all()
    moved = base[base.source.str.contains("moved to OMF")]
    assert set(zip(moved.province, moved.sector, strict=True)) == {
        ("Beijing", "STL"), ("Hainan", "STL"), ("Tibet", "COA")}  # fmt: skip
    assert (moved.fill == "repaired").all()


def test_cement_process_is_part_of_minerals(base: pd.DataFrame) -> None:
    """625 Mt: 2394.7 Mt cement x 0.2906 t/t x 0.898 (national over provincial basis)."""
    assert (base.co2_process_mt <= base.co2_mt + 1e-6).all()
    assert base.co2_process_mt.sum() == pytest.approx(2394.7 * 0.2906 * 9927.94 / 11050.1, rel=1e-3)
    assert (base[base.sector != "NMM"].co2_process_mt == 0).all()


def test_national_outputs(base: pd.DataFrame) -> None:
    total = base.groupby("sector")["physical_output"].sum()
    assert total["STL"] == pytest.approx(1064.8, abs=0.1)
    assert total["NMM"] == pytest.approx(2394.7, abs=0.1)
    assert total["NFM"] == pytest.approx(37.08 + 24.6, abs=0.1)
    assert total["POW"] == pytest.approx(7623.6, abs=1.0)


def test_table_of_sectors_gives_5072_agents() -> None:
    """4,700 firms and four sectors of 93 cohorts, three per province."""
    agents = read(DATA, "sectors")
    assert agents.firms_default.sum() == 5072
    assert set(agents.agents) == {"firm", "cohort"}


def test_history_ends_in_2022() -> None:
    for name in ("history", "co2_history"):
        assert read(DATA, name).year.between(2015, 2022).all()
    history = read(DATA, "history")
    assert not history.duplicated(["variable", "province", "year"]).any()
    national = history[(history.variable == "co2_national_basis") & (history.province == "China")]
    assert national.set_index("year").value[2018] == pytest.approx(9621, abs=5)


def test_fit_of_trade_meets_both_margins_by_hand() -> None:
    """Equal seeds, supply [3, 1], demand [2, 2]: flows are the product of the margins over the total."""
    flows = fit(np.ones((2, 2)), np.array([3.0, 1.0]), np.array([2.0, 2.0]))
    assert np.allclose(flows, [[1.5, 1.5], [0.5, 0.5]])


def test_destination_without_demand_gets_the_national_mix() -> None:
    shares = shares_of(np.array([[3.0, 0.0], [1.0, 0.0]]), np.array([3.0, 1.0]))
    assert np.allclose(shares, [[0.75, 0.75], [0.25, 0.25]])


def test_balance_sends_a_surplus_to_the_elastic_column() -> None:
    """Two provinces, two columns with exponents 1 and 0.3; the margins hold and the first row leans to column 0."""
    table = balance(np.ones((2, 2)), np.array([3.0, 1.0]), np.array([2.0, 2.0]), np.array([1.0, 0.3]))
    assert np.allclose(table.sum(axis=0), 2.0)
    assert np.allclose(table.sum(axis=1), [3.0, 1.0])
    assert table[0, 0] > table[0, 1]


TABLES = arrays(np.float64, (4, 3), elements=st.floats(0.1, 10.0))


@given(TABLES, TABLES)
def test_balance_meets_any_positive_margins(seed: Matrix, target: Matrix) -> None:
    table = balance(seed, target.sum(axis=1), target.sum(axis=0), np.ones(3))
    assert np.allclose(table.sum(axis=0), target.sum(axis=0))
    assert np.allclose(table.sum(axis=1), target.sum(axis=1))
