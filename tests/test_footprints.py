"""Footprints: worked by hand, against one dense linear system, and the identity that no tonne is lost or made."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import footprints as fp
from simulator.base_year import load_base_year
from simulator.goods_trade import POWER, SECTORS, Economy, place_orders, solve_demand
from simulator.networks import normalise

S = SECTORS
STEEL, BUILDING, SERVICES = 1, 8, 11
NOBODY = np.zeros(S)
Traded = tuple[np.ndarray, np.ndarray]
World = tuple[fp.GoodsAccount, fp.ElectricityAccount, fp.Emissions]


def run(world: World, tolerance: float = 1e-13) -> fp.Footprint:
    result = fp.empty_footprint(len(world[0].output))
    fp.footprints(*world, tolerance, 1000, result)
    return result


def traded(economy: Economy, start: np.ndarray, tolerance: float) -> Traded:
    """Output [P, S] at which all orders are met, and what is delivered [from, to, S]."""
    output, use, delivered = start.copy(), np.zeros_like(start), np.zeros_like(economy.sourcing)
    solve_demand(economy, output, use, tolerance, 1000)
    place_orders(economy.sourcing, use, economy.domestic_share, delivered)
    return output, delivered


def emitted(co2: fp.Emissions) -> float:
    return float(co2.direct.sum() + co2.electricity.sum() + co2.heat.sum())


def random_world(seed: int, provinces: int = 4, shortage: float = 1.0) -> World:
    """A trading economy with electricity flows and households; `shortage` < 1 cuts output and deliveries."""
    draw = np.random.default_rng(seed)
    sourcing = draw.random((provinces, provinces, S))
    inputs = draw.random((provinces, S, S))
    inputs *= 0.7 * draw.random((provinces, S, 1)) / inputs.sum(axis=2, keepdims=True)
    final, exports, power_inputs = (draw.random((provinces, S)) for _ in range(3))
    sourcing[:, :, 0] = inputs[:, 0, :] = inputs[:, :, 0] = final[:, 0] = exports[:, 0] = power_inputs[:, 0] = 0.0
    sourcing /= np.where(sourcing.sum(axis=0) > 0, sourcing.sum(axis=0), 1.0)
    domestic = draw.uniform(0.5, 1.0, (provinces, S))
    economy = Economy(sourcing, inputs, final + power_inputs, domestic, exports)
    delivered = shortage * traded(economy, np.zeros((provinces, S)), 1e-14)[1]
    exported = shortage * exports
    goods = fp.GoodsAccount(delivered, exported, delivered.sum(axis=1) + exported, inputs, power_inputs, final)
    sent = draw.random((provinces, provinces)) * (1.0 - np.eye(provinces))
    use = draw.random((provinces, S))
    power = fp.ElectricityAccount(draw.uniform(10.0, 20.0, provinces), sent, 0.95 * sent, use, draw.random(provinces))
    direct, heat = draw.random((provinces, S)), draw.random((provinces, S))
    direct[:, 0] = heat[:, 0] = use[:, 0] = 0.0
    share = NOBODY.copy()
    share[SERVICES] = 0.5
    return goods, power, fp.Emissions(direct, draw.random(provinces), heat, share, share, share)


def dense(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Intensities of goods and electricity from numpy.linalg: q X = e + electricity + Z' Q, m g = c + P Q + sent' m."""
    goods, power, co2 = world
    provinces = len(goods.output)
    cells = provinces * S
    flows = goods.inputs * goods.output[:, :, None]
    bought = flows.sum(axis=1) + goods.final_use + goods.power_inputs
    price = np.zeros((provinces, S, provinces, S))
    for r, s, o in np.ndindex(provinces, S, provinces):
        if bought[r, s] > 0:
            price[r, s, o, s] = goods.delivered[o, r, s] / bought[r, s]
    supply = power.generated + power.received.sum(axis=0) - power.sent.sum(axis=1) - power.exported
    used = supply[:, None] * power.use / power.use.sum(axis=1, keepdims=True) * (1 - co2.household_electricity)
    matrix = np.zeros((cells + provinces, cells + provinces))
    goods_rows = np.einsum("rjs,rsoi->rjoi", flows, price).reshape(cells, cells)
    active = np.where(goods.output > 0, goods.output, 1.0).ravel()
    matrix[:cells, :cells] = np.diag(active) - goods_rows
    matrix[cells:, :cells] = -np.einsum("rs,rsoi->roi", goods.power_inputs, price).reshape(provinces, cells)
    matrix[cells:, cells:] = np.diag(power.generated + power.received.sum(axis=0)) - power.sent.T
    for r in range(provinces):
        matrix[r * S : (r + 1) * S, cells + r] = -used[r]
    burden = co2.direct * (1 - co2.household_fuel) + co2.heat * (1 - co2.household_heat)
    solution = np.linalg.solve(matrix, np.concatenate([burden.ravel(), co2.electricity]))
    return solution[:cells].reshape(provinces, S), solution[cells:]


def test_two_provinces_by_hand() -> None:
    """Province 0 makes 10 of steel with 20 Mt, sends 6 to builders in province 1, who sell 12 at home, exports 4.

    2 Mt per bn CNY: 12 Mt travel with the steel, 8 Mt leave the country; the builders add 3: 15 Mt end in province 1.
    """
    delivered, exported, output = np.zeros((2, 2, S)), np.zeros((2, S)), np.zeros((2, S))
    inputs, final, direct = np.zeros((2, S, S)), np.zeros((2, S)), np.zeros((2, S))
    delivered[0, 1, STEEL], delivered[1, 1, BUILDING], exported[0, STEEL] = 6.0, 12.0, 4.0
    output[0, STEEL], output[1, BUILDING], inputs[1, BUILDING, STEEL] = 10.0, 12.0, 0.5
    final[1, BUILDING], direct[0, STEEL], direct[1, BUILDING] = 12.0, 20.0, 3.0
    none = np.zeros((2, S))
    goods = fp.GoodsAccount(delivered, exported, output, inputs, none, final)
    power = fp.ElectricityAccount(np.zeros(2), np.zeros((2, 2)), np.zeros((2, 2)), none, np.zeros(2))
    result = run((goods, power, fp.Emissions(direct, np.zeros(2), none, NOBODY, NOBODY, NOBODY)))
    assert result.intensity[0, STEEL] == pytest.approx(2.0)
    assert result.intensity[1, BUILDING] == pytest.approx(1.25)
    assert result.consumption_co2_mt == pytest.approx([0.0, 15.0])
    assert result.exported_co2_mt == pytest.approx([8.0, 0.0])
    embodied = fp.embodied_in_goods(delivered, result.intensity)
    assert embodied[0, 1, STEEL] == pytest.approx(12.0)


def test_electricity_mix_by_hand() -> None:
    """Province 0: 100 TWh, 80 Mt, sends 50 of which 45 arrive; province 1: 55 TWh of its own without CO2.

    Province 1 mixes 40 Mt into 100 TWh: 0.4 Mt per TWh. Households use all: 40 Mt end in each province.
    """
    sent, received = np.array([[0.0, 50.0], [0.0, 0.0]]), np.array([[0.0, 45.0], [0.0, 0.0]])
    use, none, residents = np.zeros((2, S)), np.zeros((2, S)), NOBODY.copy()
    use[:, SERVICES] = residents[SERVICES] = 1.0
    goods = fp.GoodsAccount(np.zeros((2, 2, S)), none, none, np.zeros((2, S, S)), none, none)
    power = fp.ElectricityAccount(np.array([100.0, 55.0]), sent, received, use, np.zeros(2))
    result = run((goods, power, fp.Emissions(none, np.array([80.0, 0.0]), none, NOBODY, residents, NOBODY)))
    assert result.intensity[:, POWER] == pytest.approx([0.8, 0.4])
    assert result.consumption_co2_mt == pytest.approx([40.0, 40.0])


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.5, 1.0))
def test_intensities_are_the_dense_solution_and_no_tonne_is_lost(seed: int, shortage: float) -> None:
    world = random_world(seed, shortage=shortage)
    result = run(world)
    goods, electricity = dense(world)
    np.testing.assert_allclose(result.intensity[:, POWER + 1 :], goods[:, POWER + 1 :], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(result.intensity[:, POWER], electricity, rtol=1e-9)
    accounted = result.consumption_co2_mt.sum() + result.exported_co2_mt.sum()
    assert accounted == pytest.approx(emitted(world[2]), rel=1e-10)


def test_emissions_that_no_sale_carries_end_at_home() -> None:
    """A sector without output, a province without plants, lines or meters, and deliveries without a user."""
    goods, power, co2 = random_world(1)
    output, delivered = goods.output.copy(), goods.delivered.copy()
    delivered[2, :, STEEL] = 0.0
    output[2, STEEL] = 0.0
    exported = goods.exported.copy()
    exported[2, STEEL] = 0.0
    goods = goods._replace(output=output, delivered=delivered, exported=exported)
    generated, sent = power.generated.copy(), power.sent.copy()
    generated[3] = 0.0
    sent[3] = sent[:, 3] = 0.0
    use = power.use.copy()
    use[1] = 0.0
    away = power.exported.copy()
    away[3] = 0.0
    power = power._replace(generated=generated, sent=sent, received=0.95 * sent, use=use, exported=away)
    result = run((goods, power, co2))
    accounted = result.consumption_co2_mt.sum() + result.exported_co2_mt.sum()
    assert accounted == pytest.approx(emitted(co2), rel=1e-10)


def test_twice_everything_is_twice_the_footprint() -> None:
    goods, power, co2 = random_world(2)
    twice_goods = goods._replace(**{n: 2 * getattr(goods, n) for n in goods._fields if n != "inputs"})
    twice_power = power._replace(**{n: 2 * getattr(power, n) for n in power._fields})
    twice_co2 = co2._replace(direct=2 * co2.direct, electricity=2 * co2.electricity, heat=2 * co2.heat)
    single, double = run((goods, power, co2)), run((twice_goods, twice_power, twice_co2))
    np.testing.assert_allclose(double.consumption_co2_mt, 2 * single.consumption_co2_mt, rtol=1e-10)
    np.testing.assert_allclose(double.intensity, single.intensity, rtol=1e-10, atol=1e-14)


def base_world(distance: str) -> World:
    """The shipped base year; all CO2 of power plants, heat included, goes with electricity over the lines."""
    base = load_base_year(distance)
    economy = base.economy
    sourcing = normalise(economy.sourcing, base.names.provinces, base.names.sectors)
    inputs = np.ascontiguousarray(np.transpose(economy.coefficient, (0, 2, 1)))
    inputs[:, :, 0] = 0.0
    power_inputs = inputs[:, 0, :] * economy.output_bn_cny[:, :1]
    inputs[:, 0, :] = 0.0
    final, exports = economy.final_demand.copy(), economy.exports.copy()
    final[:, 0] = exports[:, 0] = 0.0
    asked = Economy(sourcing, inputs, final + power_inputs, economy.domestic_share, exports)
    output, delivered = traded(asked, economy.output_bn_cny, 1e-12)
    goods = fp.GoodsAccount(delivered, exports, output, inputs, power_inputs, final)
    use = economy.electricity_twh.copy()
    use[:, 0] = 0.0
    grid = base.power
    forward, backward = np.maximum(grid.line_base_twh, 0.0), np.maximum(-grid.line_base_twh, 0.0)
    sent, received = np.zeros((31, 31)), np.zeros((31, 31))
    for origin, destination, flow in (
        (grid.line_origin, grid.line_destination, forward),
        (grid.line_destination, grid.line_origin, backward),
    ):
        np.add.at(sent, (origin, destination), flow)
        np.add.at(received, (origin, destination), flow * (1.0 - grid.line_loss))
    power = fp.ElectricityAccount(grid.generation_twh.sum(axis=1), sent, received, use, np.zeros(31))
    direct = economy.co2_mt.copy()
    direct[:, 0] = 0.0
    return goods, power, fp.Emissions(direct, economy.co2_mt[:, 0].copy(), np.zeros((31, S)), NOBODY, NOBODY, NOBODY)


@pytest.mark.parametrize("distance", ["base", "weak", "strong"])
def test_base_year_identity_and_shape(distance: str) -> None:
    """No tonne is lost; consumers' provinces take in more than they emit, Inner Mongolia gives most of its own away."""
    world = base_world(distance)
    result = run(world, tolerance=1e-11)
    accounted = result.consumption_co2_mt.sum() + result.exported_co2_mt.sum()
    assert accounted == pytest.approx(emitted(world[2]), rel=1e-9)
    names = load_base_year().names.provinces
    produced = world[2].direct.sum(axis=1) + world[2].electricity
    for name in ("Zhejiang", "Guangdong", "Beijing"):
        assert result.consumption_co2_mt[names.index(name)] > produced[names.index(name)]
    north = names.index("Inner Mongolia")
    assert result.consumption_co2_mt[north] < 0.5 * produced[north]
