"""Energy enters the economy once: as fuel burnt, in PJ, and never also as an input-output coefficient.

What a sector buys of coal and gas (sector COA) and of oil products and coke (REF) follows the fuel that its firms burn;
only raw materials, such as crude oil or quarried stone, follow its output (`fuel_purchases.csv`). So refining sells
less to transport as cars turn electric. The row of electricity is dropped: electricity is physical. Arrays:
`[province, using sector, carrier]` for fuels, `[province, using sector, input sector]` for inputs, F for the two
suppliers of fuel. Gas is taken to come from extraction; biomass, which belongs to agriculture, follows output.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process
from simulator.base_year import FUELS, BaseYear
from simulator.calibration import Calibration, by_sector
from simulator.goods_trade import POWER, SECTORS, Array
from simulator.names import Names
from simulator.tables import read_table

Integers = NDArray[np.int64]
# What the suppliers of fuel in the goods network deliver, where they sell raw materials, too.
DELIVERED = {"COA": ("coal", "gas"), "REF": ("oil",)}
CARRIER = {name: place for place, name in enumerate(FUELS)}


class Purchases(NamedTuple):
    """What purchases of fuel follow. suppliers [F]: their sectors; burnt [U, F, C]: 1 for carriers whose burning they
    follow; raw [U, F]: 1 where the rest follows output, as raw materials do; feedstock [U, F]: 1 where that rest falls
    per unit of value as fuel burnt does, since finer products take less of it."""

    suppliers: Integers
    burnt: Array
    raw: Array
    feedstock: Array


class EnergySplit(NamedTuple):
    """Base-year inputs, split.

    value_bn_cny_per_pj: `[province, using, F, carrier]`, what a PJ burnt adds to deliveries; 0 for carriers outside the
    goods network. remainder: `[province, using, input]`, bn CNY per bn CNY of output. suppliers, feedstock: of
    `Purchases`. fuel_pj_per_bn_cny: `[province, using, carrier]`, burnt per output. unvalued_bn_cny: `[F]`, fuel at its
    price beyond what the input-output tables show, national; negative where they show more, such as taxes and trade.
    """

    value_bn_cny_per_pj: Array
    remainder: Array
    suppliers: Integers
    feedstock: Array
    fuel_pj_per_bn_cny: Array
    unvalued_bn_cny: Array


def purchases_of(names: Names) -> Purchases:
    """What purchases follow, as `fuel_purchases.csv` says of each supplier and sector.

    Raises KeyError for a sector that the table lacks, ValueError for what nothing can follow.
    """
    table = read_table("fuel_purchases").set_index(["sector", "supplier"])["follows"]
    said = [[table[user, supplier].split() for supplier in DELIVERED] for user in names.sectors]
    for sector, words in zip(names.sectors, said, strict=True):
        _check_words(words, sector, is_power=sector == names.sectors[POWER])
    raw = np.array([[one[0] in ("output", "feedstock") for one in row] for row in said])
    burnt = np.zeros((*raw.shape, len(FUELS)))
    for user, row in enumerate(said):
        for place, (supplier, follows) in enumerate(zip(DELIVERED, row, strict=True)):
            for carrier in DELIVERED[supplier] if raw[user, place] else follows:
                burnt[user, place, CARRIER[carrier]] = 1.0
    suppliers = np.array([names.sectors.index(one) for one in DELIVERED], dtype=np.int64)
    feedstock = np.array([[one == ["feedstock"] for one in row] for row in said], dtype=np.float64)
    return Purchases(suppliers, burnt, raw.astype(np.float64), feedstock)


def _check_words(said: list[list[str]], sector: str, is_power: bool) -> None:
    """ValueError unless each is `output`, `feedstock` or carriers; power buys no feedstock."""
    for words in said:
        is_raw = words == ["output"] or (words == ["feedstock"] and not is_power)
        if not is_raw and not set(words) <= set(FUELS):
            allowed = f"allowed: output, feedstock (but of power), or of {', '.join(FUELS)}"
            raise ValueError(f"fuel_purchases.csv, {sector}: follows = {' '.join(words)}; {allowed}")


def split_energy(
    coefficient: Array, output_bn_cny: Array, fuel_pj: Array, price_bn_cny_per_pj: Array, bought: Purchases
) -> EnergySplit:
    """Split base-year inputs into what follows fuel burnt and a remainder, so that the two give the tables' deliveries.

    coefficient: `[province, input, using]` as in the tables; output_bn_cny: `[province, using]`; fuel_pj:
    `[province, using, carrier]`; price_bn_cny_per_pj: `[province, carrier]` (1 CNY/GJ = 0.001 bn CNY/PJ).
    Where a sector buys nothing but fuel, all that the tables show is shared over what it burns. Where it buys raw
    materials, too, fuel is worth its price, or less where the tables show less. Worked value: 10 PJ of coal at 0.025
    beside a delivery of 0.4 bn CNY are worth 0.04 a PJ in the first case and leave a remainder of 0.15 in the second.
    """
    remainder = np.ascontiguousarray(np.transpose(coefficient, (0, 2, 1)), dtype=np.float64)
    remainder[:, :, POWER] = 0.0
    shown = (remainder * output_bn_cny[:, :, None])[:, :, bought.suppliers]
    at_price = (fuel_pj * price_bn_cny_per_pj[:, None, :])[:, :, None, :] * bought.burnt
    wanted = at_price.sum(axis=3)
    is_all_fuel = (bought.raw == 0.0) & (wanted > 0.0)
    burnt_share = np.where(is_all_fuel, 1.0, np.minimum(1.0, _ratio(wanted, shown, 0.0)))
    kept = _ratio(burnt_share * shown, wanted, 1.0)
    remainder[:, :, bought.suppliers] *= 1.0 - burnt_share
    return EnergySplit(
        value_bn_cny_per_pj=price_bn_cny_per_pj[:, None, None, :] * bought.burnt * kept[:, :, :, None],
        remainder=remainder,
        suppliers=bought.suppliers,
        feedstock=bought.feedstock,
        fuel_pj_per_bn_cny=_ratio(fuel_pj, np.broadcast_to(output_bn_cny[:, :, None], fuel_pj.shape), 0.0),
        unvalued_bn_cny=(wanted * (1.0 - kept)).sum(axis=(0, 1)),
    )


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
def inputs_per_output(
    split: EnergySplit, fuel_pj_per_bn_cny: Array, drift: Array, fuel_drift: float, inputs: Array
) -> None:
    """Fill inputs per unit of output this year, `[province, using, input]` bn CNY per bn CNY; the power sector's stay
    zero.

    fuel_pj_per_bn_cny: `[province, using, carrier]`, fuel burnt per unit of output; drift: `[input]` of `drift_factor`,
    which bears on the remainder only: fuel burnt is known in PJ. fuel_drift: fuel per unit of value over that of the
    base year, by which feedstock falls.
    """
    for r in range(inputs.shape[0]):
        for using in range(POWER + 1, SECTORS):
            for s in range(SECTORS):
                inputs[r, using, s] = split.remainder[r, using, s] * drift[s]
            for f in range(split.suppliers.size):
                supplier = split.suppliers[f]
                if split.feedstock[using, f] > 0.0:
                    inputs[r, using, supplier] *= fuel_drift
                for c in range(fuel_pj_per_bn_cny.shape[2]):
                    worth = split.value_bn_cny_per_pj[r, using, f, c]
                    inputs[r, using, supplier] += fuel_pj_per_bn_cny[r, using, c] * worth


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
        for f in range(split.suppliers.size):
            for c in range(power_fuel_pj.shape[1]):
                bought[r, split.suppliers[f]] += power_fuel_pj[r, c] * split.value_bn_cny_per_pj[r, POWER, f, c]


def split_of(base: BaseYear, made: Array, scaled: Calibration) -> EnergySplit:
    """The split that follows from the base year; made [P, K]: output by route, scaled: its calibration."""
    routes, economy = base.routes, base.economy
    fuel = np.stack([by_sector(base, made * routes.fuel_gj[:, f]) * scaled.fuel for f in range(len(FUELS))], axis=2)
    price = base.fuel_price / 1000.0
    return split_energy(economy.coefficient, economy.output_bn_cny, fuel, price, purchases_of(base.names))
