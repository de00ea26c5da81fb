"""Energy enters the economy once: as fuel burnt, in PJ, and never also as an input-output coefficient.

The deliveries of coal and gas (sector COA) and of oil products (REF) that a sector buys are split in the base year into
an energy part, which follows the fuel that its firms burn, and a remainder (feedstock, stocks, services of mines and
refineries), which follows its output. The row of electricity is dropped: electricity is physical. Arrays:
`[province, using sector, carrier]` for fuels, `[province, using sector, input sector]` for inputs. Gas is taken to come
from extraction (COA); its distribution, which belongs to services, and biomass, which belongs to agriculture, stay in
the remainder.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process
from simulator.base_year import FUELS, BaseYear
from simulator.calibration import Calibration, by_sector
from simulator.goods_trade import POWER, SECTORS, Array

Integers = NDArray[np.int64]
# Fuel suppliers in the goods network: coal and gas come from extraction, oil products from refining.
SUPPLIER = {"coal": "COA", "gas": "COA", "oil": "REF"}


class EnergySplit(NamedTuple):
    """Base-year inputs, split.

    value_bn_cny_per_pj: `[province, using, carrier]`, what a PJ burnt adds to deliveries; 0 for carriers outside the
    goods network. remainder: `[province, using, input]`, bn CNY per bn CNY of output. supplier: `[carrier]`, the sector
    that delivers the carrier, -1 for none. unvalued_bn_cny: `[carrier]`, fuel at its price beyond what the
    input-output tables show, national: it was cut off so that base-year deliveries stay exact.
    """

    value_bn_cny_per_pj: Array
    remainder: Array
    supplier: Integers
    unvalued_bn_cny: Array


def split_energy(
    coefficient: Array, output_bn_cny: Array, fuel_pj: Array, price_bn_cny_per_pj: Array, supplier: Integers
) -> EnergySplit:
    """Split base-year inputs into fuel burnt and remainder, so that the two together give the tables' deliveries.

    coefficient: `[province, input, using]` as in the tables; output_bn_cny: `[province, using]`; fuel_pj:
    `[province, using, carrier]`; price_bn_cny_per_pj: `[province, carrier]` (1 CNY/GJ = 0.001 bn CNY/PJ).
    Where fuel at its price exceeds the delivery in the tables, its value per PJ is lowered to meet it.
    Worked value: 10 PJ of coal at 0.025 beside a delivery of 0.4 bn CNY leave a remainder of 0.15.
    """
    remainder = np.ascontiguousarray(np.transpose(coefficient, (0, 2, 1)), dtype=np.float64)
    remainder[:, :, POWER] = 0.0
    delivery = remainder * output_bn_cny[:, :, None]
    worth = fuel_pj * price_bn_cny_per_pj[:, None, :]
    value = np.zeros_like(worth)
    unvalued = np.zeros(worth.shape[2])
    for sector in sorted({int(s) for s in supplier if s >= 0}):
        carriers = supplier == sector
        wanted = worth[:, :, carriers].sum(axis=2)
        shown = delivery[:, :, sector]
        burnt_share = np.minimum(1.0, _ratio(wanted, shown, 0.0))
        kept = _ratio(burnt_share * shown, wanted, 1.0)
        value[:, :, carriers] = price_bn_cny_per_pj[:, None, carriers] * kept[:, :, None]
        unvalued[carriers] = (worth[:, :, carriers] * (1.0 - kept)[:, :, None]).sum(axis=(0, 1))
        remainder[:, :, sector] *= 1.0 - burnt_share
    return EnergySplit(value, remainder, np.asarray(supplier, dtype=np.int64), unvalued)


def _ratio(part: Array, whole: Array, otherwise: float) -> Array:
    """part / whole where the whole is positive."""
    there = whole > 0.0
    return np.where(there, part / np.where(there, whole, 1.0), otherwise)


@process
def drift_factor(drift_per_year: Array, years: float) -> Array:
    """(1 + delta)^t `[input sector]`: how much of a material a unit of output uses; -3 % for 10 years gives 0.7374."""
    factor = np.zeros(SECTORS)
    for s in range(SECTORS):
        factor[s] = math.exp(years * math.log(1.0 + drift_per_year[s]))
    return factor


@process
def inputs_per_output(split: EnergySplit, fuel_pj_per_bn_cny: Array, drift: Array, inputs: Array) -> None:
    """Fill inputs per unit of output this year, `[province, using, input]` bn CNY per bn CNY; the power sector's stay
    zero.

    fuel_pj_per_bn_cny: `[province, using, carrier]`, fuel burnt per unit of output; drift: `[input]` of `drift_factor`.
    Drift bears on the remainder only: fuel burnt is known in PJ.
    """
    for r in range(inputs.shape[0]):
        for using in range(POWER + 1, SECTORS):
            for s in range(SECTORS):
                inputs[r, using, s] = split.remainder[r, using, s] * drift[s]
            for c in range(split.supplier.size):
                if split.supplier[c] >= 0:
                    burnt = fuel_pj_per_bn_cny[r, using, c] * split.value_bn_cny_per_pj[r, using, c]
                    inputs[r, using, split.supplier[c]] += burnt


@process
def inputs_of_power(
    split: EnergySplit, power_output_bn_cny: Array, power_fuel_pj: Array, drift: Array, bought: Array
) -> None:
    """Fill what the power sector buys, `[province, input]` bn CNY: fuel by PJ burnt, the rest by generation.

    power_output_bn_cny: `[province]`, base-year output x index of generation; power_fuel_pj: `[province, carrier]`.
    """
    for r in range(bought.shape[0]):
        for s in range(SECTORS):
            bought[r, s] = split.remainder[r, POWER, s] * drift[s] * power_output_bn_cny[r]
        for c in range(split.supplier.size):
            if split.supplier[c] >= 0:
                bought[r, split.supplier[c]] += power_fuel_pj[r, c] * split.value_bn_cny_per_pj[r, POWER, c]


def split_of(base: BaseYear, made: Array, scaled: Calibration) -> EnergySplit:
    """The split that follows from the base year; made [P, K]: output by route, scaled: its calibration."""
    routes, economy = base.routes, base.economy
    fuel = np.stack([by_sector(base, made * routes.fuel_gj[:, f]) * scaled.fuel for f in range(len(FUELS))], axis=2)
    supplier = np.array(
        [base.names.sectors.index(SUPPLIER[one]) if one in SUPPLIER else -1 for one in FUELS], dtype=np.int64
    )
    return split_energy(economy.coefficient, economy.output_bn_cny, fuel, base.fuel_price / 1000.0, supplier)
