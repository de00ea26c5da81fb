"""Trade in goods and services between provinces: who orders from whom, how much is asked for, how much is delivered.

Value flows are bn CNY a year at base-year prices, so they measure volumes. Arrays are `[province, sector]`, flows and
shares `[origin, destination, sector]`, inputs `[province, using sector, input sector]`. The power sector buys goods
but sells none: electricity is dispatched in TWh elsewhere, and column `POWER` of every result is zero.

A year: `adjust_sourcing` (who orders from whom), `inputs_per_output` and `inputs_of_power` (what production uses),
`solve_demand` (the fixed point of demand), `place_orders`; `simulator.goods_delivery` tells what capacity lets through.
Sources: sourcing after Armington (1969, doi:10.2307/3866403) in ratios to the base year after Dekle, Eaton and Kortum
(2007, doi:10.1257/aer.97.2.351); the fixed point after Leontief (1936, doi:10.2307/1927837), multi-regional after
Moses (1955, American Economic Review 45(5):803-826).
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator.errors import ModelError
from simulator.side_by_side import add_multiples, add_products, add_row, start_at, write

if TYPE_CHECKING:
    from simulator.base_year import EconomyTable

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

POWER = 0
# So many stand side by side, see `simulator.side_by_side`.
SECTORS = 12
# Rounds in which a province's deliveries feed its own use before orders reach others: three take the least time.
OWN_ROUNDS = 3


class Economy(NamedTuple):
    """What demand follows from.

    sourcing T: `[origin, destination, sector]`; inputs A: `[province, using, input]` bn CNY per bn CNY; other_use F:
    `[province, sector]` final demand and the power sector's inputs; domestic_share m: `[province, sector]`; exports E:
    `[origin, sector]`.
    """

    sourcing: Array
    inputs: Array
    other_use: Array
    domestic_share: Array
    exports: Array


class Freight(NamedTuple):
    """What it costs to carry goods.

    rate: `[origin, destination]`, which rate a pair of provinces pays: many pay the same; share: `[rate, sector]`, of
    freight in the delivered price of the base year.
    """

    rate: Integers
    share: Array


class Terms(NamedTuple):
    """What trade goes by in all years.

    sourcing: `[origin, destination, sector]` of the base year; final_demand, exports, domestic_share: `[province,
    sector]` of the base year, bn CNY; oil_price: mean of the base year, CNY per GJ, which the share
    `freight_fuel_share` of freight rates follows; adjustment, capacity_elasticity, trade_elasticity `[sector]`: of
    buyers, see `adjust_sourcing`; final_elasticity, export_elasticity: of demand, `[sector]`; material_drift:
    `[sector]` per year, see `energy_inputs.drift_factor`; spill_rounds: see `goods_delivery.settle`.
    """

    sourcing: Array
    freight: Freight
    final_demand: Array
    exports: Array
    domestic_share: Array
    oil_price: float
    freight_fuel_share: float
    adjustment: float
    capacity_elasticity: float
    trade_elasticity: Array
    final_elasticity: Array
    export_elasticity: Array
    material_drift: Array
    spill_rounds: int


@rule
def power_of(base: float, exponent: float) -> float:
    """base**exponent for base > 0, and 0 for base <= 0 with a positive exponent; 2, 3 gives 8."""
    if base <= 0.0:
        return 0.0
    # What has not changed since the base year is common, and exp and log take most of the time.
    if base == 1.0:
        return 1.0
    return math.exp(exponent * math.log(base))


@process
def origin_appeal(capacity_hat: Array, price_hat: Array, capacity_elasticity: float, trade_elasticity: Array) -> Array:
    """C^omega p^-theta: how an origin's appeal has changed since the base year; 1 if nothing changed.

    capacity_hat, price_hat: `[origin, sector]`, relative to the base year; trade_elasticity: `[sector]` > 0, while
    capacity stays, see `elasticity_at_given_capacity`.
    Worked value: capacity doubled, omega 0.8, price up 10 %, theta 4: 2**0.8 * 1.1**-4 = 1.1892.
    """
    appeal = np.zeros_like(price_hat)
    for o in range(price_hat.shape[0]):
        for s in range(SECTORS):
            size = power_of(capacity_hat[o, s], capacity_elasticity)
            appeal[o, s] = size * power_of(price_hat[o, s], -trade_elasticity[s])
    return appeal


def elasticity_at_given_capacity(long_run: Array, capacity_elasticity: float) -> Array:
    """(1 - omega) theta `[sector]`: how orders follow prices while capacity stays (Anderson and Yotov 2020, "Short run
    gravity", doi:10.1016/j.jinteco.2020.103341).

    Where capacity then follows orders, X = X^omega p^(-(1 - omega) theta) gives X = p^-theta: the elasticity that is
    measured on flows between places whose capacity has adjusted. Worked value: theta 4, omega 0.75: 1.
    """
    return np.asarray((1.0 - capacity_elasticity) * long_run, dtype=np.float64)


def terms_of(economy: "EconomyTable", own: Mapping[str, float], freight: Freight, oil_price: float) -> Terms:
    """What trade goes by, from the economy of the base year and the parameters; oil_price in CNY per GJ."""
    drift, follows = economy.material_drift, own["trade_capacity_elasticity"]
    elasticity = elasticity_at_given_capacity(economy.trade_elasticity * own["trade_elasticity_factor"], follows)
    return Terms(
        sourcing=economy.sourcing,
        freight=freight,
        final_demand=economy.final_demand,
        exports=economy.exports,
        domestic_share=economy.domestic_share,
        oil_price=oil_price,
        freight_fuel_share=own["freight_fuel_share"],
        adjustment=own["trade_adjustment"],
        capacity_elasticity=follows,
        trade_elasticity=np.maximum(elasticity, 1e-9),
        final_elasticity=np.full(SECTORS, own["final_demand_price_elasticity"]),
        export_elasticity=np.full(SECTORS, own["export_price_elasticity"]),
        material_drift=drift + own["material_drift_shift"] * (drift != 0.0),
        spill_rounds=int(own["spill_rounds"]),
    )


@rule
def freight_ratio(share: float, multiplier: float) -> float:
    """tau: how the delivered price moves when freight rates are multiplied: share 0.2, multiplier 1.5: 1.1.

    share: of freight in the delivered price, see `freight_of`.
    """
    return 1.0 + share * (multiplier - 1.0)


@process
def freight_appeal(share: Array, multiplier: float, trade_elasticity: Array) -> Array:
    """tau^-theta `[rate, sector]`, see `freight_ratio`; share: `[rate, sector]`."""
    appeal = np.empty_like(share)
    for rate in range(share.shape[0]):
        for s in range(SECTORS):
            appeal[rate, s] = power_of(freight_ratio(share[rate, s], multiplier), -trade_elasticity[s])
    return appeal


def freight_of(cost_cny_per_t: Array, tonnes_per_1000_cny: Array) -> Freight:
    """Freight as a share of the base-year delivered price.

    cost_cny_per_t: `[origin, destination]`; tonnes_per_1000_cny: `[sector]`, weight of goods worth 1000 CNY at the
    works, 0 for services. Worked value: 100 CNY/t and 2.5 t per 1000 CNY: 250 / 1250 = 0.2.
    """
    costs, rate = np.unique(cost_cny_per_t, return_inverse=True)
    freight = costs[:, None] * tonnes_per_1000_cny / 1000.0
    return Freight(rate.reshape(cost_cny_per_t.shape), freight / (1.0 + freight))


@process
def adjust_sourcing(
    sourcing: Array, base_sourcing: Array, appeal: Array, rate: Integers, carried: Array, adjustment_share: float
) -> None:
    """Buyers move a share of the way from last year's suppliers to those whom prices and capacity now favour.

    T <- (1 - a) T + a T0 A tau^-theta / sum over origins (in place). `sourcing`, `base_sourcing`:
    `[origin, destination, sector]`, sum over origins 1 (0 for power); `appeal`: `[origin, sector]`; `rate`: see
    `Freight`; `carried`: `[rate, sector]`, see `freight_appeal`; `adjustment_share` a in [0, 1], 0 freezes the network.
    A pair without trade in the base year stays without. Where no supplier is left, buyers keep last year's.
    """
    provinces = sourcing.shape[0]
    favour, total = np.empty_like(sourcing), np.zeros((provinces, SECTORS))
    for o in range(provinces):
        for d in range(provinces):
            base, near, favoured = base_sourcing[o, d], carried[rate[o, d]], favour[o, d]
            for s in range(base.size):
                favoured[s] = base[s] * appeal[o, s] * near[s]
                total[d, s] += favoured[s]
    for o in range(provinces):
        for d in range(provinces):
            now, favoured = sourcing[o, d], favour[o, d]
            for s in range(now.size):
                if total[d, s] > 0.0:
                    target = favoured[s] / total[d, s]
                    now[s] = (1.0 - adjustment_share) * now[s] + adjustment_share * target


@process
def purchaser_price_hat(sourcing: Array, price_hat: Array, freight: Freight, multiplier: float) -> Array:
    """Mean delivered price of a destination relative to the base year, `[destination, sector]`; 1 without suppliers.

    multiplier: of freight rates, see `freight_ratio`.
    """
    provinces = sourcing.shape[0]
    price = np.zeros((provinces, SECTORS))
    weight = np.zeros((provinces, SECTORS))
    paid = np.zeros(SECTORS)
    for d in range(provinces):
        spent, amount = start_at(price[d]), start_at(weight[d])
        for o in range(provinces):
            bought, share = sourcing[o, d], freight.share[freight.rate[o, d]]
            for s in range(SECTORS):
                paid[s] = bought[s] * price_hat[o, s] * freight_ratio(share[s], multiplier)
            spent, amount = add_row(spent, paid), add_row(amount, bought)
        write(spent, price[d])
        write(amount, weight[d])
    for d in range(provinces):
        for s in range(SECTORS):
            price[d, s] = price[d, s] / weight[d, s] if weight[d, s] > 0.0 else 1.0
    return price


@rule
def respond_to_price(quantity: Array, price_hat: Array, price_elasticity: Array, response: Array) -> None:
    """Fill response, F p^-epsilon `[province, sector]`, of final demand (price of the purchaser) and exports (price of
    the origin).

    price_elasticity: `[sector]` >= 0. Worked value: 100, price up 10 %, elasticity 0.2: 98.11.
    """
    for r in range(quantity.shape[0]):
        for s in range(SECTORS):
            response[r, s] = quantity[r, s] * power_of(price_hat[r, s], -price_elasticity[s])


@process
def solve_demand(
    economy: Economy, output: Array, use: Array, tolerance: float, max_passes: int
) -> tuple[float, int, int, int]:
    """Fill output at which all orders, those of producers included, are met, before any limit of capacity: X = T (m (A
    X + F)) + E; and use A X + F, intermediate and final, domestic and imported; both `[province, sector]` bn CNY.

    What output holds at first, last year's, only saves passes. Gauss-Seidel: province after province closes its own
    circle, then the next one sees its use. It stops when no cell's output changed by more than `tolerance` of itself.
    Tells the largest change in the last pass, the number of passes, and the province and sector of that change;
    `check_converged` tells if it ended otherwise.
    """
    asked, away, now = np.zeros_like(use), np.zeros(SECTORS), np.zeros(SECTORS)
    for d in range(use.shape[0]):
        _use(d, output[d], economy, use, asked)
    passes, residual, worst_province, worst_sector = 0, np.inf, -1, -1
    while passes < max_passes and residual > tolerance:
        passes += 1
        residual = 0.0
        for o in range(use.shape[0]):
            _close_province(o, economy, use, asked, away, now)
            for s in range(SECTORS):
                change = abs(now[s] - output[o, s]) / now[s] if now[s] > 0.0 else 0.0
                output[o, s] = now[s]
                if not change <= residual:
                    residual, worst_province, worst_sector = change, o, s
    return residual, passes, worst_province, worst_sector


@rule
def _use(d: int, output: Array, economy: Economy, use: Array, asked: Array) -> None:
    """Row `d` of `use`, A x + f for the output x `[sector]` of province `d`; what of it is domestic in `asked`."""
    used, ask, domestic = use[d], asked[d], economy.domestic_share[d]
    total = start_at(economy.other_use[d])
    for using in range(SECTORS):
        total = add_multiples(total, economy.inputs[d, using], output[using])
    write(total, used)
    for s in range(SECTORS):
        ask[s] = domestic[s] * used[s]


@rule
def _close_province(o: int, economy: Economy, use: Array, asked: Array, away: Array, now: Array) -> None:
    """Output `now` `[sector]` of province `o`, given what others ask for; own use follows for `OWN_ROUNDS` rounds.

    away: work space `[sector]`, what others and abroad order from it.
    """
    ordered = start_at(economy.exports[o])
    for d in range(use.shape[0]):
        if d != o:
            ordered = add_products(ordered, economy.sourcing[o, d], asked[d])
    write(ordered, away)
    for _ in range(OWN_ROUNDS):
        for s in range(SECTORS):
            now[s] = away[s] + economy.sourcing[o, o, s] * asked[o, s]
        _use(o, now, economy, use, asked)


def check_converged(found: Array, tolerance: float, year: int, provinces: Sequence[str]) -> None:
    """Raise `ModelError` where the fixed point was not reached, naming the province that still moved; found [4]: what
    `solve_demand` told."""
    residual = float(found[0])
    if residual <= tolerance:
        return
    passes, province, sector = (int(one) for one in found[1:])
    raise ModelError(
        "demand for goods",
        year,
        residual,
        f"change of output in the last pass <= {tolerance:g}; inputs per unit of output must sum to less than 1",
        provinces[province],
        f"sector number {sector}, after {passes} passes",
    )


@process
def place_orders(sourcing: Array, use: Array, domestic_share: Array, orders: Array) -> None:
    """Fill orders `[origin, destination, sector]`, bn CNY: sourcing share x domestic share x use."""
    asked = domestic_share * use
    for o in range(orders.shape[0]):
        for d in range(orders.shape[1]):
            order, share, ask = orders[o, d], sourcing[o, d], asked[d]
            for s in range(order.size):
                order[s] = share[s] * ask[s]
