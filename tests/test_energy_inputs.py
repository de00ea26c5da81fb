"""Energy enters the economy once: purchases of fuel worked by hand, and the tables given back."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from simulator.base_year import FUELS, load_base_year
from simulator.energy_inputs import (
    Purchases,
    _check_words,
    drift_factor,
    inputs_of_power,
    inputs_per_output,
    purchases_of,
    split_energy,
)
from simulator.goods_trade import SECTORS as S

random_economy = runpy.run_path(str(Path(__file__).with_name("goods_cases.py")))["random_economy"]
STEEL, CEMENT, REFINING, COAL = 1, 2, 5, 6


def bought_as(raw: np.ndarray | float, feedstock: float = 0.0) -> Purchases:
    """Coal and gas from extraction, oil from refining, in every sector; with raw materials where `raw` [S] is 1."""
    burnt = np.zeros((S, 2, 4))
    burnt[:, 0, [0, 2]] = burnt[:, 1, 1] = 1.0
    beside = np.zeros((S, 2))
    beside[:] = np.reshape(raw, (-1, 1))
    return Purchases(np.array([COAL, REFINING]), burnt, beside, np.full((S, 2), feedstock))


def split_base(seed: int = 12):
    """A random economy with fuel use; some cells burn more than the tables show."""
    draw = np.random.default_rng(seed)
    coefficient = np.transpose(random_economy(seed)["inputs"], (0, 2, 1)).copy()
    coefficient[:, 1:, 0] = draw.random((4, S - 1)) * 0.05
    output = draw.uniform(50.0, 150.0, (4, S))
    fuel = draw.random((4, S, 4)) * 60.0
    price = np.tile([0.025, 0.08, 0.07, 0.03], (4, 1))
    raw = draw.integers(0, 2, S).astype(float)
    raw[STEEL] = 1.0
    return coefficient, output, fuel, split_energy(coefficient, output, fuel, price, bought_as(raw))


def inputs_of(split, burnt, drift, fuel_drift=1.0):
    inputs = np.zeros_like(split.remainder)
    inputs_per_output(split, burnt, drift, fuel_drift, inputs)
    return inputs


def one_cell() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A province whose steel burns 10 PJ of coal and buys 0.4 bn CNY of it, and whose cement burns 40; 0.025 a PJ."""
    coefficient, output, fuel = np.zeros((1, S, S)), np.full((1, S), 10.0), np.zeros((1, S, 4))
    coefficient[0, COAL, STEEL] = coefficient[0, COAL, CEMENT] = 0.04
    fuel[0, STEEL, 0], fuel[0, CEMENT, 0] = 10.0, 40.0
    return coefficient, output, fuel, np.full((1, 4), 0.025)


def test_split_beside_raw_materials_by_hand() -> None:
    """10 PJ of coal at 0.025 bn CNY beside a delivery of 0.4 leave 0.15; 40 PJ are worth no more than the 0.4 shown."""
    split = split_energy(*one_cell(), bought_as(1.0))
    assert split.remainder[0, STEEL, COAL] * 10.0 == pytest.approx(0.15)
    assert split.value_bn_cny_per_pj[0, STEEL, 0, 0] == pytest.approx(0.025)
    assert split.remainder[0, CEMENT, COAL] == 0.0
    assert split.value_bn_cny_per_pj[0, CEMENT, 0, 0] == pytest.approx(0.01)
    assert split.unvalued_bn_cny[0] == pytest.approx(0.6)


def test_who_buys_fuel_alone_buys_half_as_much_when_half_as_much_burns() -> None:
    """0.4 bn CNY for 10 PJ, though they are worth 0.25 at their price: the rest is tax and trade, not a material."""
    coefficient, output, fuel, price = one_cell()
    split = split_energy(coefficient, output, fuel, price, bought_as(0.0))
    assert split.remainder[0, STEEL, COAL] == 0.0
    assert split.value_bn_cny_per_pj[0, STEEL, 0, 0] == pytest.approx(0.04)
    assert split.unvalued_bn_cny[0] == pytest.approx(0.6 - 0.15)
    half = inputs_of(split, 0.5 * fuel / output[:, :, None], np.ones(S))
    assert half[0, STEEL, COAL] * 10.0 == pytest.approx(0.2)


def test_feedstock_falls_with_fuel_per_value() -> None:
    coefficient, output, fuel, price = one_cell()
    split = split_energy(coefficient, output, fuel, price, bought_as(1.0, feedstock=1.0))
    inputs = inputs_of(split, fuel / output[:, :, None], np.ones(S), fuel_drift=0.8)
    assert inputs[0, STEEL, COAL] * 10.0 == pytest.approx(0.25 + 0.8 * 0.15)


def test_every_purchase_of_fuel_is_stated() -> None:
    """Steel's coke follows its coal, transport's oil products its oil; crude oil follows refining, as does naphtha."""
    names = load_base_year().names
    bought = purchases_of(names)
    steel, transport, chemicals, refining = (names.sectors.index(one) for one in ("STL", "TRN", "CHM", "REF"))
    assert [names.sectors[one] for one in bought.suppliers] == ["COA", "REF"]
    assert bought.burnt[steel, 1].tolist() == [float(one == "coal") for one in FUELS]
    assert bought.burnt[transport, 1].tolist() == [float(one == "oil") for one in FUELS]
    assert bought.raw[steel].tolist() == bought.raw[transport].tolist() == [0.0, 0.0]
    assert bought.raw[refining, 0] == 1.0 and bought.feedstock[refining, 0] == 0.0
    assert bought.feedstock[chemicals].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(("words", "is_power"), [(["output", "coal"], False), (["peat"], False), (["feedstock"], True)])
def test_what_nothing_can_follow_is_refused(words, is_power) -> None:
    with pytest.raises(ValueError, match="allowed: output"):
        _check_words([["coal"], words], "STL", is_power)


def test_fuel_and_remainder_give_the_tables_back() -> None:
    coefficient, output, fuel, split = split_base()
    no_drift = drift_factor(np.zeros(S), 0.0)
    expected = np.transpose(coefficient, (0, 2, 1)).copy()
    expected[:, :, 0] = 0.0
    inputs = inputs_of(split, fuel / output[:, :, None], no_drift)
    np.testing.assert_allclose(inputs[:, 1:], expected[:, 1:], rtol=1e-12, atol=1e-15)
    assert not inputs[:, 0].any()
    power = np.zeros((4, S))
    inputs_of_power(split, output[:, 0].copy(), fuel[:, 0].copy(), no_drift, power)
    np.testing.assert_allclose(power, expected[:, 0] * output[:, :1], rtol=1e-12, atol=1e-14)


def test_burning_twice_the_coal_raises_coal_deliveries_by_that_and_nothing_else() -> None:
    _, output, fuel, split = split_base()
    burnt = fuel / output[:, :, None]
    before = inputs_of(split, burnt, np.ones(S))
    more = burnt.copy()
    more[2, STEEL, 0] *= 2.0
    rise = (inputs_of(split, more, np.ones(S)) - before) * output[:, :, None]
    expected = np.zeros_like(rise)
    expected[2, STEEL, COAL] = fuel[2, STEEL, 0] * split.value_bn_cny_per_pj[2, STEEL, 0, 0]
    assert expected[2, STEEL, COAL] > 0.0
    np.testing.assert_allclose(rise, expected, atol=1e-12)


def test_drift_bears_on_materials_and_not_on_fuel_burnt() -> None:
    assert drift_factor(np.full(S, -0.03), 10.0)[2] == pytest.approx(0.7374, abs=1e-4)
    _, output, fuel, split = split_base()
    drift = np.ones(S)
    drift[COAL] = 0.5
    inputs = inputs_of(split, fuel / output[:, :, None], drift)
    plain = inputs_of(split, fuel / output[:, :, None], np.ones(S))
    np.testing.assert_allclose((plain - inputs)[:, 1:, COAL], 0.5 * split.remainder[:, 1:, COAL], atol=1e-14)
