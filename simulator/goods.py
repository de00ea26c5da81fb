"""A year of the goods market: who orders from whom, what capacity lets through, and who makes it."""

import numpy as np

from agents.compiled import process, rule
from simulator import goods_trade, market
from simulator.base_year import BASE_YEAR, FUELS, POWER
from simulator.calibration import ratio
from simulator.energy_inputs import drift_factor, inputs_of_power, inputs_per_output
from simulator.errors import ModelError
from simulator.soundness import first_wrong, first_wrong_price
from simulator.tables import Array
from simulator.world import World

TOLERANCE = 1e-10
MOST_PASSES = 500


def price_goods(world: World) -> None:
    """Mean price asked in every market, in m CNY per unit; a market where nothing was made keeps its price.

    Raises ModelError where that mean is no number or negative.
    """
    check_prices(world)
    market.market_prices(world.firm_rows, world.index, world.price)
    if world.year == BASE_YEAR:
        world.base_price = world.price.copy()
    wrong = first_wrong(world.price, 0.0)
    if wrong >= 0:
        province, sector = divmod(wrong, world.price.shape[1])
        names = world.setting.base.names
        raise ModelError(
            "price of goods",
            world.year,
            float(world.price[province, sector]),
            "a finite price of zero or more",
            names.provinces[province],
            names.sectors[sector],
        )


def check_prices(world: World) -> None:
    """Raise ModelError on a firm's price that is no number or below zero.

    Generators are left out: under output-linked allowances a plant may be paid to run, and they bid in another market.
    """
    wrong = first_wrong_price(world.other_firms)
    if wrong >= 0:
        firm, names = world.other_firms[wrong], world.setting.base.names
        raise ModelError(
            f"price of goods asked by firm {firm['firm']}",
            world.year,
            float(firm["price"]),
            "a finite price of zero or more",
            names.provinces[firm["province"]],
            names.sectors[firm["sector"]],
        )


def trade_goods(world: World) -> None:
    """Sourcing, the fixed point of demand, deliveries, and their sharing among firms."""
    setting = world.setting
    own, economy = setting.parameters, setting.base.economy
    price_hat = relative(world.price, world.base_price)
    capacity_hat = relative(world.market_able, world.base_able)
    elasticity = economy.trade_elasticity * own["trade_elasticity_factor"]
    freight = freight_now(world)
    if setting.config.trade.sourcing == "adaptive" and world.year > BASE_YEAR:
        appeal = goods_trade.origin_appeal(
            capacity_hat, price_hat, own["trade_capacity_elasticity"], np.maximum(elasticity, 1e-9)
        )
        carried = goods_trade.freight_appeal(setting.freight_share, freight, np.maximum(elasticity, 1e-9))
        goods_trade.adjust_sourcing(world.sourcing, economy.sourcing, appeal, carried, own["trade_adjustment"])
    solution = solve(world, price_hat, freight)
    goods_trade.check_converged(solution, TOLERANCE, world.year, setting.base.names.provinces)
    orders = goods_trade.place_orders(world.sourcing, solution.use, economy.domestic_share)
    capacity = world.market_able * setting.calibration.value_per_unit
    capacity[:, POWER] = 0.0
    world.deliveries = goods_trade.settle(orders, world.exports, capacity, world.sourcing, int(own["spill_rounds"]))
    make(world, solution.output)


def freight_now(world: World) -> float:
    """Freight rates over those of the base year: they follow the price of oil."""
    oil = FUELS.index("oil")
    price = world.fuel_price[:, oil].mean() / world.setting.base.fuel_price[:, oil].mean()
    return float(1.0 + world.setting.parameters["freight_fuel_share"] * (price - 1.0))


def solve(world: World, price_hat: Array, freight: float) -> goods_trade.DemandSolution:
    """Demand at this year's prices, growth and needs of fuel."""
    setting = world.setting
    own, economy, paths = setting.parameters, setting.base.economy, setting.paths
    sectors = price_hat.shape[1]
    paid = goods_trade.purchaser_price_hat(world.sourcing, price_hat, setting.freight_share, freight)
    final = economy.final_demand * paths.final_demand[world.i]
    final = goods_trade.respond_to_price(final, paid, np.full(sectors, own["final_demand_price_elasticity"]))
    final[:, POWER] = 0.0
    world.final_bn = final
    exports = economy.exports * paths.exports[world.i]
    carbon_price = world.signal("export_carbon_price_cny_per_tco2")
    abroad = price_abroad(price_hat, carbon_price, world.intensity, setting.calibration.base_price)
    world.exports = goods_trade.respond_to_price(exports, abroad, np.full(sectors, own["export_price_elasticity"]))
    world.exports[:, POWER] = 0.0
    drift = drift_factor(
        economy.material_drift + own["material_drift_shift"] * (economy.material_drift != 0.0), float(world.i)
    )
    inputs = inputs_per_output(setting.split, world.fuel_per_bn, drift)
    bought = inputs_of_power(setting.split, world.power_output_bn, world.power_fuel, drift)
    world.inputs, world.bought_by_power = inputs, bought
    return goods_trade.solve_demand(
        world.sourcing,
        inputs,
        final + bought,
        economy.domestic_share,
        world.exports,
        world.output_bn,
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


def make(world: World, ordered_bn: Array) -> None:
    """Turn values into units and share them among the firms of each market."""
    per_unit = world.setting.calibration.value_per_unit
    orders = ratio(ordered_bn, per_unit)
    delivered = ratio(world.deliveries.output, per_unit)
    before = world.orders_units
    both = (before > 0.0) & (orders > 0.0)
    world.demand_growth = np.log(np.where(both, orders, 1.0) / np.where(both, before, 1.0))
    world.orders_units = orders
    world.output_bn = ordered_bn
    market.share_demand(world.firm_rows, world.index, orders, delivered, world.able)


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
