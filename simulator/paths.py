"""What is given from outside, year by year: demand, prices of fuel, resources, and signals on building."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from simulator.base_year import FUELS, TECHNOLOGIES, BaseYear
from simulator.signal_table import SignalTable
from simulator.tables import Array, by_year, interpolated, read_table

# In the table of prices it stands for Huanghua, whose quotes the path of coal follows.
COAL_PORT = "Tianjin"


@dataclass(frozen=True)
class Paths:
    """What is given from outside, year by year from the base year to the last that agents know of [Y, ...].

    final_demand [Y, P, S], exports [Y, S]: relative to the base year; fuel_price [Y, 4]: relative; resources [Y, R]:
    supply of each resource in its unit; world_capacity [Y, K]: built in the rest of the world, in units of capacity;
    build_multiplier [Y, T]: how far signals widen what the country can build of a technology in a year.
    """

    final_demand: Array
    exports: Array
    fuel_price: Array
    resources: Array
    world_capacity: Array
    build_multiplier: Array


def paths_of(base: BaseYear, parameters: dict[str, float], signals: SignalTable, years: tuple[int, ...]) -> Paths:
    """The shipped paths, as the parameters shift them and the scenario's signals move them, for so many years."""
    names = base.names
    sectors, provinces = ("sector", names.sectors), ("province", names.provinces)
    by_sector = by_year("final_demand_growth", sectors, "growth_per_year", years) + parameters["demand_growth_shift"]
    by_province = by_year("regional_growth", provinces, "growth_difference_per_year", years)
    rate = by_sector[:, None, :] + by_province[:, :, None] + signals["demand_growth_addition_per_year"]
    exports = by_year("final_demand_growth", sectors, "exports_growth_per_year", years).copy()
    rate[0], exports[0] = 0.0, 0.0
    labels = ("resource", tuple(dict.fromkeys(read_table("resources")["resource"])))
    price = interpolated("fuel_price_path", ("carrier", FUELS), "multiplier", years)
    return Paths(
        final_demand=np.cumprod(1.0 + rate, axis=0),
        exports=np.cumprod(1.0 + exports, axis=0) * signals["export_demand_multiplier"],
        fuel_price=price * signals["fuel_price_multiplier"],
        resources=interpolated("resources", labels, "quantity", years) * _supply_factors(labels[1], parameters),
        world_capacity=_world_capacity(base.names.routes, years),
        build_multiplier=_build_multipliers(base, signals.holder("build_limit_multiplier")),
    )


def moving_price(base: BaseYear) -> Array:
    """What of a fuel's price in 2020 moves in proportion to its path [P, 4], CNY per GJ: all of it but for coal, for
    which everyone pays as much more or less as the port whose quotes the path follows."""
    price, coal = base.fuel_price.copy(), FUELS.index("coal")
    price[:, coal] = price[base.names.provinces.index(COAL_PORT), coal]
    return price


@lru_cache(maxsize=8)
def _build_multipliers(base: BaseYear, signals: SignalTable) -> Array:
    """Signals on national build rates [Y, T]: of a technology's routes the largest."""
    by_route, technology = signals["build_limit_multiplier"], base.routes.technology
    return np.column_stack([by_route[:, technology == t].max(axis=1) for t in range(len(TECHNOLOGIES))])


def _supply_factors(resources: tuple[str, ...], parameters: dict[str, float]) -> Array:
    factor = {
        "steel_scrap": parameters["scrap_supply_factor"],
        "biomass_energy": parameters["biomass_supply_factor"],
        "carbon_storage": parameters["storage_injection_factor"],
    }
    return np.array([factor.get(one, 1.0) for one in resources])


@cache
def _world_capacity(routes: tuple[tuple[str, str], ...], years: tuple[int, ...]) -> Array:
    """Stock of each route's technology in the rest of the world; zero where the table names none. Made once."""
    known, links = set(read_table("world_deployment")["route"]), read_table("learning_links")
    result = np.zeros((len(years), len(routes)))
    for sector, route, technology in links[["sector", "route", "technology"]].to_numpy():
        if technology in known:
            built = interpolated("world_deployment", ("route", (technology,)), "capacity", years)
            result[:, routes.index((sector, route))] = built[:, 0]
    return result
