"""Consumption-based emissions: who uses what was made with how much CO2, in goods and in electricity.

Every tonne emitted in a province is handed on with what was sold, until it reaches final use or leaves the country:
q X = e + Z' q over the network of deliveries (Miller and Blair 2009, doi:10.1017/CBO9780511626982, chapters 3 and 10),
with electricity by proportional mixing on annual flows (Ji et al. 2016, doi:10.1016/j.apenergy.2016.09.081). Goods
imported carry nothing: foreign emissions are outside. Footprints are implied by modelled trade, not observed.

Units: Mt CO2, bn CNY, TWh. Flows are `[origin, destination]` or `[origin, destination, sector]`, inputs
`[province, using, input]`; column `POWER` of goods is zero, but the power sector buys goods, and what they embody is
handed on with its electricity.
"""

from typing import NamedTuple

import numpy as np

from agents.compiled import process, rule
from simulator.goods_trade import OWN_ROUNDS, SECTORS, Array


class GoodsAccount(NamedTuple):
    """A year's use of goods, bn CNY.

    delivered `[origin, destination, sector]`; exported, output `[origin, sector]`; power_inputs `[province, input]`;
    inputs `[province, using, input]` per unit of output (power: zero); final_use `[province, sector]`. Users in a
    province share a delivery in proportion to what they use, so deliveries need not equal use (imports, unserved
    orders).
    """

    delivered: Array
    exported: Array
    output: Array
    inputs: Array
    power_inputs: Array
    final_use: Array


class ElectricityAccount(NamedTuple):
    """A year's electricity, TWh.

    generated `[province]`; sent, received `[origin, destination]` (received = sent less line losses); use
    `[province, sector]` at the meter, residents in SRV; exported `[province]` to places outside. Losses and plants'
    own use need no entry: what was not exported is borne by the users in proportion to `use`.
    """

    generated: Array
    sent: Array
    received: Array
    use: Array
    exported: Array


class Emissions(NamedTuple):
    """A year's CO2, Mt, and what of it households cause directly.

    direct `[province, sector]`, power left at zero; electricity `[province]`, of generation; heat `[province, sector]`,
    of district and industrial heat, by user. household_fuel, household_electricity, household_heat: `[sector]`, the
    share of a sector's direct emissions, electricity and heat that is households' own consumption.
    """

    direct: Array
    electricity: Array
    heat: Array
    household_fuel: Array
    household_electricity: Array
    household_heat: Array


class Footprint(NamedTuple):
    """The result.

    consumption_co2_mt `[province]`; exported_co2_mt `[province]` of the last seller (goods and electricity);
    goods_tco2_per_1000_cny (= Mt per bn CNY) `[origin, sector]`; electricity_tco2_per_mwh (= Mt per TWh) `[province]`,
    at the bus bar, inputs of power plants included. passes: count; residual: largest relative change in the last pass.
    Identity: sum(consumption) + sum(exported) = sum of all emissions.
    """

    consumption_co2_mt: Array
    exported_co2_mt: Array
    goods_tco2_per_1000_cny: Array
    electricity_tco2_per_mwh: Array
    passes: int
    residual: float


class _Carried(NamedTuple):
    """What is handed on, prepared once a year.

    burden: `[province, sector]` Mt from fuel and heat; electricity: `[province, sector]` TWh at the bus bar; rows:
    `[province, input, using]` bn CNY; bought: `[province, sector]` bn CNY; mixed: `[province]` TWh.
    """

    burden: Array
    electricity: Array
    rows: Array
    bought: Array
    mixed: Array


def footprints(
    goods: GoodsAccount, power: ElectricityAccount, co2: Emissions, start: Array, tolerance: float, max_passes: int
) -> Footprint:
    """Hand emissions on until nothing moves by more than `tolerance` of itself (Gauss-Seidel over provinces).

    start: `[origin, sector]`, last year's intensity of goods (zeros the first time), which only saves passes.
    """
    supply = _home_supply(power)
    at_home = supply[:, None] * _meter_shares(power.use)
    carried = _prepare(goods, power, co2, at_home)
    purchase = np.zeros_like(start)
    spread = _spread(goods, power.sent, co2.electricity, carried, start, purchase, tolerance, max_passes)
    return _final(goods, power, co2, carried, at_home, supply, purchase, spread)


def _home_supply(power: ElectricityAccount) -> Array:
    """TWh at the bus bar that stay with a province's users: generated + received - sent - exported, `[province]`."""
    supply: Array = power.generated + power.received.sum(axis=0) - power.sent.sum(axis=1) - power.exported
    return supply


def _meter_shares(use: Array) -> Array:
    """Each sector's share of a province's metered electricity, `[province, sector]`; zeros where none is metered."""
    metered = use.sum(axis=1, keepdims=True)
    return np.where(metered > 0.0, use / np.where(metered > 0.0, metered, 1.0), 0.0)


def _prepare(goods: GoodsAccount, power: ElectricityAccount, co2: Emissions, at_home: Array) -> _Carried:
    """Set apart what households cause directly; the rest is handed on."""
    rows = np.ascontiguousarray(np.transpose(goods.inputs * goods.output[:, :, None], (0, 2, 1)))
    return _Carried(
        (1.0 - co2.household_fuel) * co2.direct + (1.0 - co2.household_heat) * co2.heat,
        (1.0 - co2.household_electricity) * at_home,
        rows,
        rows.sum(axis=2) + goods.power_inputs + goods.final_use,
        power.generated + power.received.sum(axis=0),
    )


@process
def _spread(
    goods: GoodsAccount,
    sent: Array,
    power_co2: Array,
    carried: _Carried,
    start: Array,
    purchase: Array,
    tolerance: float,
    max_passes: int,
) -> tuple[Array, Array, int, float]:
    """Intensities of goods and electricity, passes and residual; `purchase` (Mt per bn CNY) is written in place."""
    provinces = start.shape[0]
    intensity, mix, now, away = start.copy(), np.zeros(provinces), np.zeros(SECTORS), np.zeros(SECTORS)
    passes, residual = 0, np.inf
    while passes < max_passes and residual > tolerance:
        passes += 1
        residual = 0.0
        for r in range(provinces):
            arrived = power_co2[r]
            away[:] = 0.0
            for o in range(provinces):
                arrived += mix[o] * sent[o, r]
                if o != r:
                    for s in range(SECTORS):
                        away[s] += goods.delivered[o, r, s] * intensity[o, s]
            before = mix[r]
            mix[r] = _hand_on(r, goods, carried, intensity, away, arrived, purchase, now)
            residual = _larger(residual, before, mix[r])
            for s in range(SECTORS):
                residual = _larger(residual, intensity[r, s], now[s])
                intensity[r, s] = now[s]
    return intensity, mix, passes, residual


@rule
def _hand_on(
    r: int,
    goods: GoodsAccount,
    carried: _Carried,
    intensity: Array,
    away: Array,
    arrived: float,
    purchase: Array,
    now: Array,
) -> float:
    """Province `r` prices its purchases, mixes its electricity (returned) and renews its goods (`now`, `[sector]`).

    away `[sector]`: Mt that came with other provinces' goods; arrived: Mt in electricity, own plants' fuel included.
    """
    mix = 0.0
    for s in range(SECTORS):
        now[s] = intensity[r, s]
    for _ in range(OWN_ROUNDS):
        mix = arrived
        for s in range(SECTORS):
            bill = away[s] + goods.delivered[r, r, s] * now[s]
            purchase[r, s] = bill / carried.bought[r, s] if carried.bought[r, s] > 0.0 else 0.0
            mix += goods.power_inputs[r, s] * purchase[r, s]
        mix = mix / carried.mixed[r] if carried.mixed[r] > 0.0 else 0.0
        for using in range(SECTORS):
            now[using] = carried.burden[r, using] + carried.electricity[r, using] * mix
        for s in range(SECTORS):
            for using in range(SECTORS):
                now[using] += purchase[r, s] * carried.rows[r, s, using]
        for s in range(SECTORS):
            now[s] = now[s] / goods.output[r, s] if goods.output[r, s] > 0.0 else 0.0
    return mix


@rule
def _larger(residual: float, before: float, now: float) -> float:
    """The larger of `residual` and |now - before| / now; a value that is not a number wins."""
    change = abs(now - before) / now if now > 0.0 else 0.0
    return residual if change <= residual else change


def _final(
    goods: GoodsAccount,
    power: ElectricityAccount,
    co2: Emissions,
    carried: _Carried,
    at_home: Array,
    supply: Array,
    purchase: Array,
    spread: tuple[Array, Array, int, float],
) -> Footprint:
    """Where CO2 ends: with final users, with households directly, abroad.

    What no sale can carry ends in its own province: emissions of a sector without output, electricity without a metered
    user, deliveries that nobody there uses, power plants that do not generate.
    """
    intensity, mix, passes, residual = spread
    idle = goods.output <= 0.0
    dark = carried.mixed <= 0.0
    arriving = np.einsum("ods,os->ds", goods.delivered, intensity)
    ends = goods.final_use * purchase + co2.household_fuel * co2.direct + co2.household_heat * co2.heat
    ends += co2.household_electricity * at_home * mix[:, None]
    ends += np.where(idle, carried.burden + carried.electricity * mix[:, None], 0.0)
    ends += np.where(carried.bought <= 0.0, arriving, 0.0)
    consumed = ends.sum(axis=1) + (supply - at_home.sum(axis=1)) * mix
    consumed += np.where(dark, co2.electricity + (goods.power_inputs * purchase).sum(axis=1), 0.0)
    exported = (goods.exported * intensity).sum(axis=1) + power.exported * mix
    return Footprint(consumed, exported, intensity, mix, passes, residual)


@process
def embodied_in_goods(delivered: Array, goods_tco2_per_1000_cny: Array) -> Array:
    """CO2 that travels with each delivery, Mt `[origin, destination, sector]`."""
    embodied = np.zeros_like(delivered)
    for o in range(delivered.shape[0]):
        for d in range(delivered.shape[1]):
            for s in range(SECTORS):
                embodied[o, d, s] = delivered[o, d, s] * goods_tco2_per_1000_cny[o, s]
    return embodied


@process
def embodied_in_electricity(sent: Array, electricity_tco2_per_mwh: Array) -> Array:
    """CO2 that travels with electricity over the lines, Mt `[origin, destination]`."""
    embodied = np.zeros_like(sent)
    for o in range(sent.shape[0]):
        for d in range(sent.shape[1]):
            embodied[o, d] = sent[o, d] * electricity_tco2_per_mwh[o]
    return embodied
