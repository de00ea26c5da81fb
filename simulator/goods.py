"""A year of the goods market in the world: prices, trade, and what the next year orders fuel by; see
`simulator.goods_market`."""

import numpy as np

from simulator import goods_market
from simulator.base_year import BASE_YEAR
from simulator.errors import ModelError
from simulator.goods_trade import check_converged
from simulator.world import World


def price_goods(world: World) -> None:
    """Price of every market in m CNY per unit: the mean asked in the base year, then moved with each product's price.

    Raises ModelError where a price asked, or that of a market, is no number or negative. Generators are left out: under
    output-linked allowances a plant may be paid to run, and they bid in another market.
    """
    prices = world.goods.prices
    goods_market.find_prices(world.firm_rows, world.generators, world.index, prices, world.year == BASE_YEAR)
    row, cell = prices.wrong.tolist()
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


def trade_goods(world: World) -> None:
    """Sourcing, the fixed point of demand, deliveries, and their sharing among firms."""
    goods = world.goods
    if world.setting.config.trade.sourcing == "adaptive" and world.year > BASE_YEAR:
        goods_market.turn_to_suppliers(goods.sourcing, goods.terms, goods.prices, goods.production)
    goods_market.find_demand(goods, world.now)
    check_converged(goods.found, goods_market.TOLERANCE, world.year, world.setting.base.names.provinces)
    goods_market.deliver(world.firm_rows, world.index, world.able, goods)
    np.log(goods.units.change, out=world.demand_growth)


def remember_fuel(world: World) -> None:
    """Fuel of this year, by which fuel is ordered next year."""
    goods = world.goods
    goods_market.note_fuel(world.fuel_pj, world.cells[0], goods.units.value, goods.production)
