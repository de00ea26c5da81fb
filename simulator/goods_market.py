"""A year of the goods market, compiled: who orders from whom, what is asked for, what is delivered, who makes it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator import goods_delivery, goods_trade, market, totals
from simulator.base_year import FUELS, POWER
from simulator.energy_inputs import EnergySplit, drift_factor, inputs_of_power, inputs_per_output
from simulator.soundness import first_wrong, first_wrong_price
from simulator.tables import Array

TOLERANCE = 1e-10
MOST_PASSES = 500
OIL = FUELS.index("oil")


class Prices(NamedTuple):
    """Prices of the year: of goods, and what they were in the base year, in m CNY per unit, of markets [P, S] and of
    each product there [P, S, families]; of fuel [P, 4] in CNY per GJ; wrong [2]: see `find_prices`."""

    goods: Array
    base: Array
    base_products: Array
    fuel: Array
    wrong: Array


class DemandPaths(NamedTuple):
    """What moves demand from year to year: growth of final demand [Y, P, S] and of exports [Y, S], relative to the base
    year; feedstock per unit of value [Y], too; carbon price of foreign borders [Y, S] in CNY per tCO2."""

    final_growth: Array
    exports_growth: Array
    feedstock_drift: Array
    border_carbon_price: Array


class Production(NamedTuple):
    """How goods are made, by the year before. able [P, S]: what markets can make this year, base_able: in the base
    year, both in units; intensity [P, S] in tCO2 per unit; fuel_per_bn [P, S, 4] and power_fuel [P, 4]: burnt, in PJ
    per bn CNY and PJ; power_output_bn [P]."""

    able: Array
    base_able: Array
    intensity: Array
    fuel_per_bn: Array
    power_fuel: Array
    power_output_bn: Array


class Demand(NamedTuple):
    """What is asked for in a year, bn CNY: output and use, the fixed point, final demand and exports [P, S]; inputs per
    unit of output [P, using, input]; bought_by_power [P, input]."""

    output_bn: Array
    use_bn: Array
    final_bn: Array
    exports_bn: Array
    inputs: Array
    bought_by_power: Array


def empty_demand(output_bn: Array) -> Demand:
    """Demand of no year yet, but for output_bn [P, S], which the first year begins with."""
    use, final, exports, bought = np.zeros((4, *output_bn.shape))
    return Demand(output_bn.copy(), use, final, exports, np.zeros((*output_bn.shape, output_bn.shape[1])), bought)


class Units(NamedTuple):
    """Values turned into units [P, S]. value: bn CNY per unit, base_price: m CNY per unit, of the calibration; orders
    and deliveries of the year; change: of orders over those of the year before."""

    value: Array
    base_price: Array
    orders: Array
    delivered: Array
    change: Array


class GoodsMarket(NamedTuple):
    """What the goods market goes by, and what it fills every year. sourcing [P, P, S]: shares of origins; found [4]:
    how the fixed point of demand was found, see `goods_trade.solve_demand`."""

    terms: goods_trade.Terms
    split: EnergySplit
    paths: DemandPaths
    prices: Prices
    production: Production
    sourcing: Array
    demand: Demand
    deliveries: goods_delivery.Deliveries
    units: Units
    found: Array


@process
def find_prices(firms: Array, generators: int, index: market.MarketIndex, prices: Prices, is_base_year: bool) -> None:
    """Fill prices of goods, in the base year its own too. What is wrong: the row of the first firm after the generators
    that asks for what cannot be, and otherwise the first place where the price cannot be; -1: there is none."""
    row = first_wrong_price(firms[generators:])
    prices.wrong[0], prices.wrong[1] = generators + row if row >= 0 else -1, -1
    if row >= 0:
        return
    if is_base_year:
        market.mean_prices(firms, index, prices.goods)
        market.product_prices(firms[generators:], prices.base_products)
        totals.put(prices.goods, prices.base)
    market.market_prices(firms, index, prices.base, prices.base_products, prices.goods)
    prices.wrong[1] = first_wrong(prices.goods, 0.0)


@process
def turn_to_suppliers(sourcing: Array, terms: goods_trade.Terms, prices: Prices, made: Production) -> None:
    """Move sourcing [P, P, S] towards whom prices, freight and capacity now favour."""
    capacity_hat, price_hat = relative(made.able, made.base_able), relative(prices.goods, prices.base)
    elasticity = terms.trade_elasticity
    appeal = goods_trade.origin_appeal(capacity_hat, price_hat, terms.capacity_elasticity, elasticity)
    carried = goods_trade.freight_appeal(terms.freight.share, freight_now(prices.fuel, terms), elasticity)
    goods_trade.adjust_sourcing(sourcing, terms.sourcing, appeal, terms.freight.rate, carried, terms.adjustment)


@rule
def freight_now(fuel_price: Array, terms: goods_trade.Terms) -> float:
    """Freight rates over those of the base year: they follow the price of oil, mean of fuel_price [P, 4]."""
    price = totals.sum_side_by_side(fuel_price[:, OIL]) / fuel_price.shape[0] / terms.oil_price
    return 1.0 + terms.freight_fuel_share * (price - 1.0)


@process
def find_demand(goods: GoodsMarket, now: NDArray[np.int64]) -> None:
    """Fill demand at the prices, growth and needs of fuel of a year, and how its fixed point was found; output of the
    year before is where it begins. now [2]: the year, and how many years after the base year it is."""
    terms, prices, made, demand, i = goods.terms, goods.prices, goods.production, goods.demand, now[1]
    price_hat = relative(prices.goods, prices.base)
    multiplier = freight_now(prices.fuel, terms)
    paid = goods_trade.purchaser_price_hat(goods.sourcing, price_hat, terms.freight, multiplier)
    abroad = price_abroad(price_hat, goods.paths.border_carbon_price[i], made.intensity, goods.units.base_price)
    final, exports = terms.final_demand * goods.paths.final_growth[i], terms.exports * goods.paths.exports_growth[i]
    goods_trade.respond_to_price(final, paid, terms.final_elasticity, demand.final_bn)
    goods_trade.respond_to_price(exports, abroad, terms.export_elasticity, demand.exports_bn)
    demand.final_bn[:, POWER], demand.exports_bn[:, POWER] = 0.0, 0.0
    drift = drift_factor(terms.material_drift, float(i))
    inputs_per_output(goods.split, made.fuel_per_bn, drift, goods.paths.feedstock_drift[i], demand.inputs)
    inputs_of_power(goods.split, made.power_output_bn, made.power_fuel, drift, demand.bought_by_power)
    found = goods.found
    found[0], found[1], found[2], found[3] = goods_trade.solve_demand(
        goods_trade.Economy(
            goods.sourcing,
            demand.inputs,
            demand.final_bn + demand.bought_by_power,
            terms.domestic_share,
            demand.exports_bn,
        ),
        demand.output_bn,
        demand.use_bn,
        TOLERANCE,
        MOST_PASSES,
    )


@process
def price_abroad(price_hat: Array, carbon_price: Array, intensity: Array, base_price: Array) -> Array:
    """Price of exports over that of the base year [P, S]: at the works, and what foreign borders take for carbon.

    carbon_price [S] in CNY per tCO2; intensity [P, S] in tCO2 per unit; base_price [P, S] in m CNY per unit.
    """
    price = price_hat.copy()
    for province in range(price.shape[0]):
        for sector in range(price.shape[1]):
            if base_price[province, sector] > 0.0:
                carbon = carbon_price[sector] * intensity[province, sector]
                price[province, sector] += carbon / base_price[province, sector]
    return price


@process
def deliver(firms: Array, index: market.MarketIndex, able: Array, goods: GoodsMarket) -> None:
    """Order for what is used and exported, deliver what can be made, and share it among firms, which are able [F] to
    make so many units."""
    terms, demand, result, units = goods.terms, goods.demand, goods.deliveries, goods.units
    capacity = goods.production.able * units.value
    capacity[:, POWER] = 0.0
    goods_trade.place_orders(goods.sourcing, demand.use_bn, terms.domestic_share, result.delivered)
    goods_delivery.settle(result, demand.exports_bn, capacity, goods.sourcing, terms.spill_rounds)
    in_units(demand.output_bn, result.output, units)
    market.share_demand(firms, index, units.orders, units.delivered, able)


@rule
def in_units(ordered_bn: Array, made_bn: Array, units: Units) -> None:
    """Fill orders and deliveries in units, and the change of orders, one where there are none or were none."""
    for province in range(made_bn.shape[0]):
        for sector in range(made_bn.shape[1]):
            here = province, sector
            value, before = units.value[here], units.orders[here]
            units.orders[here] = ordered_bn[here] / value if value > 0.0 else 0.0
            units.delivered[here] = made_bn[here] / value if value > 0.0 else 0.0
            units.change[here] = units.orders[here] / before if before > 0.0 and units.orders[here] > 0.0 else 1.0


@process
def relative(now: Array, base: Array) -> Array:
    """now / base [P, S] where the base year has something, else one; less than nothing counts as nothing."""
    change = np.ones(now.shape)
    for province in range(now.shape[0]):
        for sector in range(now.shape[1]):
            if base[province, sector] > 0.0:
                change[province, sector] = max(now[province, sector], 0.0) / base[province, sector]
    return change


@rule
def note_fuel(fuel: Array, made: Array, value_per_unit: Array, production: Production) -> None:
    """Fill what the next year orders fuel by, from fuel [P, S, 4] in PJ and made [P, S] in units; idle markets keep
    theirs."""
    for province in range(made.shape[0]):
        for carrier in range(fuel.shape[2]):
            production.power_fuel[province, carrier] = fuel[province, POWER, carrier]
        for sector in range(made.shape[1]):
            value = made[province, sector] * value_per_unit[province, sector]
            if value > 0.0:
                for carrier in range(fuel.shape[2]):
                    production.fuel_per_bn[province, sector, carrier] = fuel[province, sector, carrier] / value
