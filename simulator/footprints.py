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
from simulator.electricity_flows import Exchange
from simulator.goods_trade import OWN_ROUNDS, POWER, SECTORS, Array
from simulator.side_by_side import add_multiples, add_products, start_at, write
from simulator.totals import total_of

TOLERANCE = 1e-9
MOST_PASSES = 500


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

    consumption_co2_mt `[province]`; exported_co2_mt `[province]` of the last seller (goods and electricity); intensity
    `[origin, sector]`: of goods in t per 1000 CNY (= Mt per bn CNY), of electricity at the bus bar in t per MWh (= Mt
    per TWh) in column POWER, inputs of power plants included.
    Identity: sum(consumption) + sum(exported) = sum of all emissions.
    """

    consumption_co2_mt: Array
    exported_co2_mt: Array
    intensity: Array


def empty_footprint(provinces: int) -> Footprint:
    """The footprint of no year yet."""
    consumed, exported = np.zeros((2, provinces))
    return Footprint(consumed, exported, np.zeros((provinces, SECTORS)))


class _Carried(NamedTuple):
    """What is handed on, prepared once a year, in bn CNY; electricity, in TWh, takes the place of the power sector.

    arriving: `[destination, origin, sector]` from other provinces; own: `[province, sector]` from home; used:
    `[province, input, using]`; burden: `[province, using]` Mt from fuel and heat, of power plants all; per_bought,
    per_made: `[province, sector]`, one over what is bought and made, zero where nothing is.
    """

    arriving: Array
    own: Array
    used: Array
    burden: Array
    per_bought: Array
    per_made: Array


@process
def footprints(
    goods: GoodsAccount, power: ElectricityAccount, co2: Emissions, tolerance: float, max_passes: int, result: Footprint
) -> None:
    """Hand emissions on until nothing moves by more than `tolerance` of itself (Gauss-Seidel over provinces).

    result: filled; what its `intensity` holds at first, last year's or zeros, only saves passes.
    """
    at_home = _electricity_at_home(power)
    carried = _prepare(goods, power, co2, at_home)
    intensity, purchase = result.intensity, np.zeros_like(result.intensity)
    work = np.zeros(SECTORS), np.zeros(SECTORS), np.zeros(SECTORS)
    passes, residual = 0, np.inf
    while passes < max_passes and residual > tolerance:
        passes += 1
        residual = 0.0
        for r in range(intensity.shape[0]):
            residual = _hand_on(r, carried, intensity, purchase, work, residual)
    for r in range(intensity.shape[0]):
        result.consumption_co2_mt[r] = _consumed(r, goods, co2, at_home, carried, intensity, purchase)
        exported = 0.0
        for s in range(SECTORS):
            exported += goods.exported[r, s] * intensity[r, s]
        result.exported_co2_mt[r] = exported + power.exported[r] * intensity[r, POWER]


class EmissionsOfYear(NamedTuple):
    """A year as it was counted: co2 `[province, sector]` of firms and heat `[province]` of heat plants in Mt, metered
    `[province, sector]` in TWh; households: as in `Emissions`, fuel, electricity, heat."""

    co2: Array
    heat: Array
    metered: Array
    households: tuple[Array, Array, Array]


@process
def footprints_of_year(goods: GoodsAccount, flows: Exchange, year: EmissionsOfYear, result: Footprint) -> None:
    """Footprints over a year's deliveries and flows; CO2 of heat plants goes with the electricity that is used."""
    final, use, direct = goods.final_use.copy(), year.metered.copy(), year.co2.copy()
    heat, of_power, abroad = np.zeros_like(use), np.zeros(use.shape[0]), np.zeros(use.shape[0])
    for p in range(use.shape[0]):
        use[p, POWER], direct[p, POWER], of_power[p] = 0.0, 0.0, year.co2[p, POWER]
        metered = total_of(use[p])
        per_twh = year.heat[p] / metered if metered > 0.0 else 0.0
        for s in range(SECTORS):
            heat[p, s] = per_twh * use[p, s]
            final[p, s] = max(final[p, s], 0.0)
    fuel, electricity, warmth = year.households
    footprints(
        GoodsAccount(goods.delivered, goods.exported, goods.output, goods.inputs, goods.power_inputs, final),
        ElectricityAccount(flows.made, flows.sent, flows.received, use, abroad),
        Emissions(direct, of_power, heat, fuel, electricity, warmth),
        TOLERANCE,
        MOST_PASSES,
        result,
    )


@process
def _electricity_at_home(power: ElectricityAccount) -> Array:
    """TWh at the bus bar that stay with a province's users `[province, sector]`, by their share in what is metered.

    What stays where nothing is metered is entered under POWER.
    """
    at_home = np.zeros_like(power.use)
    for r in range(at_home.shape[0]):
        supply, metered = power.generated[r] - power.exported[r], 0.0
        for o in range(at_home.shape[0]):
            supply += power.received[o, r] - power.sent[r, o]
        for s in range(SECTORS):
            metered += power.use[r, s]
        if metered <= 0.0:
            at_home[r, POWER] = supply
            continue
        for s in range(SECTORS):
            at_home[r, s] = supply * power.use[r, s] / metered
    return at_home


@process
def _prepare(goods: GoodsAccount, power: ElectricityAccount, co2: Emissions, at_home: Array) -> _Carried:
    """Set apart what households cause directly; the rest is handed on."""
    provinces = at_home.shape[0]
    arriving = _by_destination(goods.delivered)
    own, burden = np.zeros((provinces, SECTORS)), np.zeros((provinces, SECTORS))
    bought, made = np.zeros((provinces, SECTORS)), np.zeros((provinces, SECTORS))
    used = np.zeros((provinces, SECTORS, SECTORS))
    for r in range(provinces):
        for s in range(SECTORS):
            own[r, s], arriving[r, r, s] = arriving[r, r, s], 0.0
            made[r, s] = goods.output[r, s]
            total, use = goods.power_inputs[r, s] + goods.final_use[r, s], used[r, s]
            for using in range(SECTORS):
                use[using] = goods.inputs[r, using, s] * goods.output[r, using]
                total += use[using]
            bought[r, s] = total
            used[r, s, POWER] = goods.power_inputs[r, s]
            used[r, POWER, s] = (1.0 - co2.household_electricity[s]) * at_home[r, s]
            burden[r, s] = (1.0 - co2.household_fuel[s]) * co2.direct[r, s]
            burden[r, s] += (1.0 - co2.household_heat[s]) * co2.heat[r, s]
        used[r, POWER, POWER] = 0.0
        burden[r, POWER], made[r, POWER] = co2.electricity[r], power.generated[r]
        for o in range(provinces):
            arriving[r, o, POWER] = power.sent[o, r]
            made[r, POWER] += power.received[o, r]
    return _Carried(arriving, own, used, burden, _one_over(bought), _one_over(made))


@process
def _by_destination(delivered: Array) -> Array:
    """Flows `[destination, origin, sector]`."""
    arriving = np.empty_like(delivered)
    for r in range(delivered.shape[0]):
        for o in range(delivered.shape[0]):
            for s in range(SECTORS):
                arriving[r, o, s] = delivered[o, r, s]
    return arriving


@process
def _one_over(amount: Array) -> Array:
    """1 / amount where there is any, zero elsewhere."""
    result = np.zeros_like(amount)
    for r in range(amount.shape[0]):
        for s in range(amount.shape[1]):
            if amount[r, s] > 0.0:
                result[r, s] = 1.0 / amount[r, s]
    return result


@rule
def _hand_on(
    r: int, carried: _Carried, intensity: Array, purchase: Array, work: tuple[Array, Array, Array], residual: float
) -> float:
    """Province `r` prices its purchases and renews its row of `intensity`; the largest relative change, at least
    `residual`.

    work: rows `[sector]` for Mt from other provinces, Mt that do not come with goods, and new intensities. Electricity
    of all origins is mixed before it is used or sent on, so what it costs is its intensity.
    """
    away, burden, now = work
    bought, per_made = purchase[r], carried.per_made[r]
    for s in range(SECTORS):
        away[s], burden[s], now[s] = 0.0, carried.burden[r, s], intensity[r, s]
    came = start_at(away)
    for o in range(intensity.shape[0]):
        came = add_products(came, carried.arriving[r, o], intensity[o])
    write(came, away)
    burden[POWER] += away[POWER]
    for _ in range(OWN_ROUNDS):
        for s in range(SECTORS):
            bought[s] = (away[s] + carried.own[r, s] * now[s]) * carried.per_bought[r, s]
        bought[POWER] = now[POWER]
        total = start_at(burden)
        for s in range(SECTORS):
            total = add_multiples(total, carried.used[r, s], bought[s])
        write(total, now)
        for using in range(SECTORS):
            now[using] *= per_made[using]
    for s in range(SECTORS):
        change = abs(now[s] - intensity[r, s]) / now[s] if now[s] > 0.0 else 0.0
        residual = residual if change <= residual else change
        intensity[r, s] = now[s]
    return residual


@process
def _consumed(
    r: int,
    goods: GoodsAccount,
    co2: Emissions,
    at_home: Array,
    carried: _Carried,
    intensity: Array,
    purchase: Array,
) -> float:
    """CO2 that ends in province `r`, Mt: with final users and with households directly.

    What no sale can carry ends there too: emissions of a sector without output and of power plants that do not
    generate, electricity without a metered user, deliveries that nobody uses.
    """
    mix = intensity[r, POWER]
    ends = at_home[r, POWER] * mix
    for s in range(SECTORS):
        ends += goods.final_use[r, s] * purchase[r, s]
        ends += co2.household_fuel[s] * co2.direct[r, s] + co2.household_heat[s] * co2.heat[r, s]
        ends += co2.household_electricity[s] * at_home[r, s] * mix
        if carried.per_made[r, s] == 0.0:
            ends += carried.burden[r, s]
            for i in range(SECTORS):
                ends += carried.used[r, i, s] * purchase[r, i]
        if carried.per_bought[r, s] == 0.0 and s != POWER:
            for o in range(intensity.shape[0]):
                ends += goods.delivered[o, r, s] * intensity[o, s]
    return ends


def embodied_in_goods(delivered: Array, intensity: Array) -> Array:
    """CO2 that travels with each delivery, Mt `[origin, destination, sector]`; intensity `[origin, sector]`, Mt per bn
    CNY."""
    return delivered * intensity[:, None]
