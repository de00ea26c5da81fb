"""A year of the goods market: who orders from whom, what capacity lets through, and who makes it."""

from typing import NamedTuple

import numpy as np

from agents.compiled import process, rule
from simulator import goods_delivery, goods_trade, market, totals
from simulator.base_year import BASE_YEAR, FUELS, POWER
from simulator.energy_inputs import EnergySplit, drift_factor, inputs_of_power, inputs_per_output
from simulator.errors import ModelError
from simulator.soundness import first_wrong, first_wrong_price
from simulator.tables import Array
from simulator.totals import sum_side_by_side
from simulator.world import World

TOLERANCE = 1e-10
MOST_PASSES = 500
OIL = FUELS.index("oil")


def price_goods(world: World) -> None:
    """Price of every market in m CNY per unit: the mean asked in the base year, then moved with each product's price.

    Raises ModelError where a price asked, or that of a market, is no number or negative. Generators are left out: under
    output-linked allowances a plant may be paid to run, and they bid in another market.
    """
    first = world.year == BASE_YEAR
    base = BasePrices(world.base_price, world.base_products)
    row, cell = find_prices(world.firm_rows, world.generators, world.index, base, first, world.price)
    names = world.setting.base.names
    if row >= 0:
        firm = world.firm_rows[row]
        place, sector, asked, by = firm["province"], firm["sector"], firm["price"], f" asked by firm {firm['firm']}"
    elif cell >= 0:
        place, sector = divmod(cell, world.price.shape[1])
        asked, by = world.price[place, sector], ""
    else:
        return
    raise ModelError(
        f"price of goods{by}",
        world.year,
        float(asked),
        "a finite price of zero or more",
        names.provinces[place],
        names.sectors[sector],
    )


class BasePrices(NamedTuple):
    """Prices of the base year in m CNY per unit: of markets [P, S], and of each product there [P, S, families]."""

    markets: Array
    products: Array


@process
def find_prices(
    firms: Array, generators: int, index: market.MarketIndex, base: BasePrices, first: bool, price: Array
) -> tuple[int, int]:
    """Fill price [P, S], in the first year those of the base year too, and tell the row of the first firm after the
    generators that asks for what cannot be, and otherwise the first place where the price cannot be; -1: there is none.
    """
    row = first_wrong_price(firms[generators:])
    if row >= 0:
        return generators + row, -1
    if first:
        market.mean_prices(firms, index, price)
        market.product_prices(firms[generators:], base.products)
        totals.put(price, base.markets)
    market.market_prices(firms, index, base.markets, base.products, price)
    return -1, first_wrong(price, 0.0)


def trade_goods(world: World) -> None:
    """Sourcing, the fixed point of demand, deliveries, and their sharing among firms."""
    setting, terms = world.setting, world.setting.trade_terms
    prices = Prices(world.price, world.base_price, world.fuel_price)
    if setting.config.trade.sourcing == "adaptive" and world.year > BASE_YEAR:
        turn_to_suppliers(world.sourcing, terms, prices, world.market_able, world.base_able)
    demand = find_demand(terms, setting.split, prices, year_of_demand(world), world.sourcing, world.output_bn)
    goods_trade.check_converged(demand.solution, TOLERANCE, world.year, setting.base.names.provinces)
    world.final_bn, world.exports = demand.final_bn, demand.exports_bn
    world.inputs, world.bought_by_power = demand.inputs, demand.bought_by_power
    world.deliveries = deliver(
        terms,
        world.sourcing,
        demand.solution.use,
        world.exports,
        world.market_able,
        setting.calibration.value_per_unit,
        int(setting.parameters["spill_rounds"]),
    )
    make(world, demand.solution.output)


class Prices(NamedTuple):
    """Prices of the year: of goods, and what they were in the base year [P, S] in m CNY per unit; of fuel [P, 4] in CNY
    per GJ."""

    goods: Array
    base: Array
    fuel: Array


@process
def turn_to_suppliers(sourcing: Array, terms: goods_trade.Terms, prices: Prices, able: Array, base_able: Array) -> None:
    """Move sourcing [P, P, S] towards whom prices, freight and capacity now favour.

    able, base_able [P, S]: what markets can make in units, now and in the base year.
    """
    capacity_hat, price_hat = relative(able, base_able), relative(prices.goods, prices.base)
    elasticity = terms.trade_elasticity
    appeal = goods_trade.origin_appeal(capacity_hat, price_hat, terms.capacity_elasticity, elasticity)
    carried = goods_trade.freight_appeal(terms.freight_share, freight_now(prices.fuel, terms), elasticity)
    goods_trade.adjust_sourcing(sourcing, terms.sourcing, appeal, carried, terms.adjustment)


@rule
def freight_now(fuel_price: Array, terms: goods_trade.Terms) -> float:
    """Freight rates over those of the base year: they follow the price of oil, mean of fuel_price [P, 4]."""
    price = sum_side_by_side(fuel_price[:, OIL]) / fuel_price.shape[0] / terms.oil_price
    return 1.0 + terms.freight_fuel_share * (price - 1.0)


class YearOfDemand(NamedTuple):
    """What moves demand in a year. final_growth [P, S], exports_growth [S]: relative to the base year; carbon_price
    [S]: of foreign borders, in CNY per tCO2; intensity [P, S] in tCO2 per unit; base_price [P, S] in m CNY per unit;
    years: since the base year; fuel_per_bn [P, S, 4] and power_fuel [P, 4]: burnt last year, in PJ per bn CNY and PJ;
    power_output_bn [P]."""

    final_growth: Array
    exports_growth: Array
    carbon_price: Array
    intensity: Array
    base_price: Array
    years: float
    fuel_per_bn: Array
    power_fuel: Array
    power_output_bn: Array


def year_of_demand(world: World) -> YearOfDemand:
    """This year's growth, carbon prices abroad and needs of fuel."""
    paths = world.setting.paths
    return YearOfDemand(
        paths.final_demand[world.i],
        paths.exports[world.i],
        world.signal("export_carbon_price_cny_per_tco2"),
        world.intensity,
        world.setting.calibration.base_price,
        float(world.i),
        world.fuel_per_bn,
        world.power_fuel,
        world.power_output_bn,
    )


class Demand(NamedTuple):
    """What is asked for in a year, bn CNY: the fixed point; final demand and exports [P, S]; inputs per unit of output
    [P, using, input]; bought_by_power [P, input]."""

    solution: goods_trade.DemandSolution
    final_bn: Array
    exports_bn: Array
    inputs: Array
    bought_by_power: Array


@process
def find_demand(
    terms: goods_trade.Terms,
    split: EnergySplit,
    prices: Prices,
    now: YearOfDemand,
    sourcing: Array,
    output_bn: Array,
) -> Demand:
    """Demand at this year's prices, growth and needs of fuel; output_bn [P, S]: of last year, where to begin."""
    price_hat = relative(prices.goods, prices.base)
    freight = freight_now(prices.fuel, terms)
    paid = goods_trade.purchaser_price_hat(sourcing, price_hat, terms.freight_share, freight)
    final = goods_trade.respond_to_price(terms.final_demand * now.final_growth, paid, terms.final_elasticity)
    abroad = price_abroad(price_hat, now.carbon_price, now.intensity, now.base_price)
    exports = goods_trade.respond_to_price(terms.exports * now.exports_growth, abroad, terms.export_elasticity)
    final[:, POWER] = 0.0
    exports[:, POWER] = 0.0
    drift = drift_factor(terms.material_drift, now.years)
    inputs = inputs_per_output(split, now.fuel_per_bn, drift)
    bought = inputs_of_power(split, now.power_output_bn, now.power_fuel, drift)
    solution = goods_trade.solve_demand(
        sourcing, inputs, final + bought, terms.domestic_share, exports, output_bn, TOLERANCE, MOST_PASSES
    )
    return Demand(solution, final, exports, inputs, bought)


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
def deliver(
    terms: goods_trade.Terms,
    sourcing: Array,
    use: Array,
    exports: Array,
    able: Array,
    value_per_unit: Array,
    spill_rounds: int,
) -> goods_delivery.Deliveries:
    """Order for use [P, S] in bn CNY, and deliver what can be made: able [P, S] in units worth value_per_unit each."""
    orders = goods_trade.place_orders(sourcing, use, terms.domestic_share)
    capacity = able * value_per_unit
    capacity[:, POWER] = 0.0
    return goods_delivery.settle(orders, exports, capacity, sourcing, spill_rounds)


def make(world: World, ordered_bn: Array) -> None:
    """Turn values into units and share them among the firms of each market."""
    per_unit, made_bn = world.setting.calibration.value_per_unit, world.deliveries.output
    orders, delivered, change = in_units(ordered_bn, made_bn, per_unit, world.orders_units)
    world.demand_growth = np.log(change)
    world.orders_units = orders
    world.output_bn = ordered_bn
    market.share_demand(world.firm_rows, world.index, orders, delivered, world.able)


@process
def in_units(ordered_bn: Array, made_bn: Array, value_per_unit: Array, before: Array) -> tuple[Array, Array, Array]:
    """Orders and deliveries in units, and orders over those `before`, one where either is nothing, all [P, S]."""
    orders, delivered, change = np.zeros(before.shape), np.zeros(before.shape), np.ones(before.shape)
    for province in range(before.shape[0]):
        for sector in range(before.shape[1]):
            value = value_per_unit[province, sector]
            if value > 0.0:
                orders[province, sector] = ordered_bn[province, sector] / value
                delivered[province, sector] = made_bn[province, sector] / value
            if before[province, sector] > 0.0 and orders[province, sector] > 0.0:
                change[province, sector] = orders[province, sector] / before[province, sector]
    return orders, delivered, change


@process
def relative(now: Array, base: Array) -> Array:
    """now / base [P, S] where the base year has something, else one; less than nothing counts as nothing."""
    change = np.ones(now.shape)
    for province in range(now.shape[0]):
        for sector in range(now.shape[1]):
            if base[province, sector] > 0.0:
                change[province, sector] = max(now[province, sector], 0.0) / base[province, sector]
    return change


def remember_fuel(world: World) -> None:
    """Fuel per unit of output of this year, by which fuel is ordered next year; idle markets keep theirs."""
    per_output(world.fuel_pj, world.cells[0], world.setting.calibration.value_per_unit, world.fuel_per_bn)
    world.power_fuel = world.fuel_pj[:, POWER].copy()


@rule
def per_output(fuel: Array, made: Array, value_per_unit: Array, per_bn: Array) -> None:
    """Fill per_bn [P, S, 4] in PJ per bn CNY, from fuel [P, S, 4] in PJ and made [P, S] in units, where any is made."""
    for province in range(made.shape[0]):
        for sector in range(made.shape[1]):
            value = made[province, sector] * value_per_unit[province, sector]
            if value > 0.0:
                for carrier in range(fuel.shape[2]):
                    per_bn[province, sector, carrier] = fuel[province, sector, carrier] / value
