"""What a scenario fixes before the first year: the base year, parameters, signals, paths and calibrated technology.

A setting never changes during a run and does not depend on the seed, so the members of an ensemble share one.
"""

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np

from agents import choice
from agents.compiled import rows_of
from agents.firm_record import FirmParameters
from agents.government_record import GovernmentParameters
from agents.grid_operator_record import BATTERY, COAL, GAS, PUMPED
from simulator import calibration, energy_inputs, goods_trade
from simulator.base_year import FUELS, POWER, BaseYear, load_base_year
from simulator.carbon_paths import (
    Benchmarks,
    CarbonMarkets,
    PricePath,
    benchmarks_of,
    carbon_markets,
    market_rules,
    price_path,
)
from simulator.config import Config
from simulator.government_setting import GovernmentTables, government_tables
from simulator.heat_plants import heat_plants
from simulator.needs import Needs, drift, fading_growth, needs_of
from simulator.paths import Paths, paths_of
from simulator.population import Population, populate
from simulator.signal_table import SignalTable
from simulator.tables import Array, kept, read_table, shipped_array

# Technologies that are paid their cost and a regulated return.
REGULATED = (GAS, PUMPED, BATTERY)
# The route that is built when a technology is tendered.
TENDERED_ROUTES = ("coal_ultra", "gas", "pumped", "battery")
GOOD_STORAGE = ("Xinjiang", "Inner Mongolia", "Shaanxi", "Ningxia")


@dataclass(frozen=True)
class Learning:
    """Experience: rate, units [K] of technology per unit of capacity, first [K] its stock in China in 2020, shared
    [K, K] 1 where two routes use one technology."""

    rate: Array
    units: Array
    first: Array
    shared: Array


class PowerUsers(NamedTuple):
    """Who uses power with a shape of its own: sectors of vehicles and of buildings, the electric and the fossil route
    of buildings; and the elasticity of heat to what services make."""

    transport: int
    services: int
    electric: int
    fossil: int
    elasticity: float


@dataclass(frozen=True)
class Setting:
    """All that does not change during a run; years: those simulated, and those beyond into which agents look."""

    config: Config
    base: BaseYear
    parameters: dict[str, float]
    firm: FirmParameters
    government: GovernmentParameters
    signals: SignalTable
    years: tuple[int, ...]
    population: Population
    paths: Paths
    carbon_price: PricePath
    carbon_markets: CarbonMarkets
    learning: Learning
    lead_years: Array
    first_year_share: Array
    capital_cost: Array
    storage_cost: Array
    footloose_share: Array
    finance_limited: Array
    debt_ratio: Array
    liquidity_share: Array
    in_money: Array
    maximum_saving: Array
    resource_use: Array
    regulated: Array
    plain_coal: Array
    annuity: Array
    tendered: Array
    benchmarks: Benchmarks
    freight: goods_trade.Freight
    heat_capacity_gw: Array
    chp_heat_per_gw: Array
    government_tables: GovernmentTables
    calibration: calibration.Calibration
    split: energy_inputs.EnergySplit

    def index(self, year: int) -> int:
        """Position of a year in paths and signals; in the frozen run every year is like the first."""
        return 0 if self.config.simulation.frozen else year - self.years[0]

    @cached_property
    def line_additions(self) -> Array:
        """Capacity that signals have added to each line by a year [Y, L] in GW."""
        lines, added = self.base.power, self.signals["line_addition_gw"].cumsum(axis=0)
        there = added[:, lines.line_origin, lines.line_destination]
        return np.asarray(there + added[:, lines.line_destination, lines.line_origin])

    @cached_property
    def first_needs(self) -> Needs:
        """What a unit of output takes by the scaled technology, before products get finer."""
        return needs_of(self.base, self.calibration)

    @cached_property
    def routes_in_money(self) -> Array:
        """Routes whose output is measured in money."""
        return np.flatnonzero(self.in_money[self.base.routes.sector])

    @cached_property
    def incumbents(self) -> Array:
        """The first route of the sector of each of `routes_in_money`, which most plants of 2020 follow."""
        routes = self.base.routes
        return np.asarray(routes.first_route[routes.sector[self.routes_in_money]])

    @cached_property
    def feedstock_drift(self) -> Array:
        """Feedstock that a unit in money takes over that of the base year [Y]: less as products get finer."""
        return np.asarray((1.0 + self.parameters["value_fuel_drift"]) ** np.arange(len(self.years)))

    @cached_property
    def value_drift(self) -> Array:
        """Fuel and electricity that a unit of each of `routes_in_money` takes over those of the base year [Y, n, 2]."""
        own, trend = self.parameters, self.base.economy.energy_trend[self.base.routes.sector[self.routes_in_money]]
        last = np.array([own["value_fuel_drift"], own["value_electricity_drift"]])
        first = last + np.array([own["fuel_trend_weight"], 1.0]) * (trend - last)
        return fading_growth(first, last, own["energy_trend_half_life_years"], len(self.years))

    @cached_property
    def equipment(self) -> Array:
        """Equipment of a unit of capacity over that of the table of routes [P, K]: where output is measured in money,
        it goes with the fuel of the cell, which it burns or replaces."""
        fuel = np.where(self.in_money & (self.calibration.fuel > 0.0), self.calibration.fuel, 1.0)
        return np.ascontiguousarray(fuel[:, self.base.routes.sector])

    @cached_property
    def finer_products(self) -> Array:
        """Equipment that a unit of output takes over that of the year before, from the second year on [Y - 1, K]: where
        output is measured in money, it falls with the fuel that it burns."""
        fuel = self.value_drift[:, :, 0]
        factor = np.ones((len(self.years) - 1, len(self.base.routes.names)))
        factor[:, self.routes_in_money] = fuel[1:] / fuel[:-1]
        return factor

    def fill_needs(self, now: Array, needs: Needs) -> None:
        """Fill what a unit takes this year: where output is measured in money, less energy as products get finer."""
        drift(self.first_needs, self.routes_in_money, self.incumbents, self.value_drift, now, needs)

    @cached_property
    def market_rules(self) -> Array:
        """What holds in carbon markets, a row for each year: see `carbon_paths.market_rules`."""
        return market_rules(self.carbon_markets, self.signals)

    @cached_property
    def power_users(self) -> PowerUsers:
        """Who uses power with a shape of its own."""
        sectors = self.base.names.sectors
        return PowerUsers(
            transport=sectors.index("TRN"),
            services=sectors.index("SRV"),
            electric=_route(self.base, "SRV", "electric"),
            fossil=_route(self.base, "SRV", "fossil"),
            elasticity=self.parameters["heat_demand_elasticity"],
        )

    @cached_property
    def softened_routes(self) -> Array:
        """Routes with a soft cost, which falls with local experience."""
        return np.flatnonzero(self.base.routes.soft_cost)

    @cached_property
    def trade_terms(self) -> goods_trade.Terms:
        """What trade in goods goes by in all years."""
        oil_price = float(self.base.fuel_price[:, FUELS.index("oil")].mean())
        return goods_trade.terms_of(self.base.economy, self.parameters, self.freight, oil_price)

    @cached_property
    def household_shares(self) -> tuple[Array, Array, Array]:
        """Shares [S] of a sector's fuel, electricity and heat that are households' own."""
        sectors, own = self.base.names.sectors, self.parameters
        fuel, electricity, heat = (np.zeros(len(sectors)) for _ in range(3))
        fuel[sectors.index("TRN")] = own["household_fuel_share_transport"]
        for share, kind in ((fuel, "fuel"), (electricity, "electricity"), (heat, "heat")):
            share[sectors.index("SRV")] = own[f"household_{kind}_share_services"]
        return fuel, electricity, heat


def build_setting(config: Config) -> Setting:
    """All but the scaling of power (see `simulator.scenario`). Long because it names every part of a setting once."""
    base = load_base_year(config.trade.distance, config.inventory.basis)
    parameters = {name: config.parameter(name) for name in base.names.parameters}
    years = tuple(config.known_years)
    if config.firms.announcements == "ignored":
        parameters |= {"initial_credibility": 0.0, "credibility_gain": 0.0}
    construction, vintages = not config.simulation.frozen, config.firms.vintages
    population = populate(config.simulation.firms, parameters, construction=construction, vintages=vintages)
    routes = base.routes
    heat_capacity_gw, chp_heat_per_gw = heat_plants(base, parameters["heat_reserve_share"])
    made = calibration.output_by_route(rows_of(population.firms), len(base.names.provinces), len(routes.names))
    scaled = calibration.calibrate(base, made, base.economy.co2_mt[:, POWER])
    return Setting(
        config=config,
        base=base,
        parameters=parameters,
        firm=FirmParameters(**{name: parameters[name] for name in FirmParameters._fields}),
        government=GovernmentParameters(**{name: parameters[name] for name in GovernmentParameters._fields}),
        signals=config.table,
        years=years,
        population=population,
        paths=paths_of(base, parameters, config.table, years),
        carbon_price=price_path(config.table, years),
        carbon_markets=carbon_markets(base.names, config.table, years, config.carbon_market.price == "clearing"),
        learning=_learning(base, parameters),
        lead_years=_lead_years(base, parameters),
        first_year_share=_first_year_share(base, parameters),
        capital_cost=_capital_cost(base, parameters),
        storage_cost=_storage_cost(base, parameters),
        footloose_share=_footloose(base, parameters),
        maximum_saving=_maximum_saving(base, parameters),
        debt_ratio=_of_power_and_others(base, parameters["debt_ratio_power"], parameters["debt_ratio"]),
        liquidity_share=_of_power_and_others(
            base, parameters["initial_liquidity_share_power"], parameters["initial_liquidity_share"]
        ),
        in_money=calibration.in_money(),
        finance_limited=kept((~_are_cohorts()).astype(np.float64)),
        resource_use=_resource_use(base.names.routes),
        regulated=np.isin(routes.technology, REGULATED),
        plain_coal=((routes.technology == COAL) & (routes.capture_share == 0.0)).astype(np.float64),
        annuity=_annuity(base, parameters["regulated_return"]),
        tendered=np.array([_route(base, "POW", one) for one in TENDERED_ROUTES]),
        heat_capacity_gw=heat_capacity_gw,
        chp_heat_per_gw=chp_heat_per_gw,
        freight=_freight(base, parameters),
        benchmarks=benchmarks_of(base, made, scaled),
        government_tables=government_tables(base, parameters),
        calibration=scaled,
        split=energy_inputs.split_of(base, made, scaled),
    )


def scaled_to(setting: Setting, made: Array, power_co2_mt: Array) -> Setting:
    """The same setting with technology scaled to the output `made` [P, K] and the CO2 of power without heat [P]."""
    base = setting.base
    scaled = calibration.calibrate(base, made, power_co2_mt)
    return replace(
        setting,
        calibration=scaled,
        benchmarks=benchmarks_of(base, made, scaled),
        split=energy_inputs.split_of(base, made, scaled),
    )


@cache
def _are_cohorts() -> Array:
    """Whether the firms of a sector [S] are cohorts: many small ones, vehicles and homes taken together; read once."""
    return kept(np.array(read_table("sectors")["agents"] == "cohort"))


@cache
def _at_the_coast() -> Array:
    """Whether a province [P] has a coast; read once."""
    return kept(read_table("provinces")["coastal"].to_numpy() > 0)


def _route(base: BaseYear, sector: str, route: str) -> int:
    return base.names.routes.index((sector, route))


def _learning(base: BaseYear, parameters: dict[str, float]) -> Learning:
    rate = base.routes.learning_rate
    shifted = np.clip(rate + parameters["learning_rate_shift"], 0.0, 0.5)
    return Learning(np.where(rate > 0.0, shifted, 0.0), *_learning_links(base.names.routes))


@cache
def _learning_links(routes: tuple[tuple[str, str], ...]) -> tuple[Array, Array, Array]:
    """Units, first and shared of `Learning`; made once."""
    links = read_table("learning_links")
    units, first, technology = np.zeros(len(routes)), np.ones(len(routes)), [""] * len(routes)
    columns = ["sector", "route", "capacity_per_unit", "china_cumulative", "technology"]
    for sector, route, per_unit, stock, name in links[columns].to_numpy():
        position = routes.index((sector, route))
        units[position], first[position], technology[position] = per_unit, stock, name
    return units, first, np.array([[float(a == b and a != "") for b in technology] for a in technology])


def _lead_years(base: BaseYear, parameters: dict[str, float]) -> Array:
    """Years from decision to start-up by route."""
    is_cohort = dict(zip(base.names.sectors, _are_cohorts(), strict=True))

    def years(sector: str, route: str) -> float:
        if sector == "POW":
            return parameters[f"build_years_{'coal' if route.startswith('coal') else route}"]
        return parameters["build_years_cohort" if is_cohort[sector] else "build_years_industry"]

    return np.array([years(*one) for one in base.names.routes])


def _first_year_share(base: BaseYear, parameters: dict[str, float]) -> Array:
    """Part of its first year in which a plant runs [K]. What stands for thousands of vehicles or boilers is replaced
    one by one, and never stands still."""
    technology = base.routes.technology
    return np.where(
        technology >= 0,
        base.power.first_year_share[np.maximum(technology, 0)],
        np.where(_are_cohorts()[base.routes.sector], 1.0, parameters["new_plant_first_year_share"]),
    )


def _capital_cost(base: BaseYear, parameters: dict[str, float]) -> Array:
    factor = np.where(base.routes.technology >= 0, 1.0, parameters["industry_capex_factor"])
    factor[_route(base, "POW", "solar")] = parameters["solar_cost_factor"]
    return np.asarray(base.routes.capital_cost * factor)


def _storage_cost(base: BaseYear, parameters: dict[str, float]) -> Array:
    """Transport and storage of captured CO2 by province in CNY per tCO2."""
    cost = np.where(
        _at_the_coast(),
        parameters["ccs_transport_storage_coast_cny_per_t"],
        parameters["ccs_transport_storage_other_cny_per_t"],
    )
    good = np.isin(np.array(base.names.provinces), GOOD_STORAGE)
    return np.where(good, parameters["ccs_transport_storage_good_cny_per_t"], cost)


def _of_power_and_others(base: BaseYear, power: float, others: float) -> Array:
    """A value by sector [S]: one for power, another for all others."""
    values = np.full(len(base.names.sectors), others)
    values[POWER] = power
    return values


def _footloose(base: BaseYear, parameters: dict[str, float]) -> Array:
    """Share of expansions that may go to another province; power and cohorts stay."""
    roaming = {"CHM": "manufacturing", "OMF": "manufacturing", "NFM": "manufacturing"}
    bound = ("POW", "CON", "AGR", "TRN", "SRV")
    return np.array(
        [
            0.0 if sector in bound else parameters[f"footloose_share_{roaming.get(sector, 'other')}"]
            for sector in base.names.sectors
        ]
    )


def _maximum_saving(base: BaseYear, parameters: dict[str, float]) -> Array:
    """Largest share of energy that can be saved by sector."""
    return _of_power_and_others(
        base, parameters["efficiency_maximum_saving_power"], parameters["efficiency_maximum_saving"]
    )


def _annuity(base: BaseYear, rate: float) -> Array:
    """Yearly payment per unit of capital over the life of each route [K]."""
    return np.array([choice.capital_recovery_factor(rate, life) for life in base.routes.lifetime_years])


@cache
def _resource_use(routes: tuple[tuple[str, str], ...]) -> Array:
    """Use per unit of output [R, K], in the unit of the resource; made once."""
    use = read_table("resource_use")
    labels = tuple(dict.fromkeys(read_table("resources")["resource"]))
    array = np.zeros((len(labels), len(routes)))
    for resource, sector, route, per_unit in use[["resource", "sector", "route", "use_per_unit"]].to_numpy():
        array[labels.index(resource), routes.index((sector, route))] = per_unit
    return array


def _freight(base: BaseYear, parameters: dict[str, float]) -> goods_trade.Freight:
    """What it costs to carry goods; services and power weigh nothing."""
    economy, names = base.economy, base.names
    weight, in_tonnes = np.zeros(len(names.sectors)), calibration.measured_in("Mt")
    for s, code in enumerate(names.sectors):
        if in_tonnes[s]:
            weight[s] = economy.physical_output[:, s].sum() / economy.output_bn_cny[:, s].sum()
        else:
            weight[s] = parameters.get(f"freight_tonnes_per_1000_cny_{code.lower()}", 0.0)
    axes = (("origin", names.provinces), ("destination", names.provinces))
    cost = shipped_array("freight", axes, "cost_cny_per_t") * parameters["freight_cost_factor"]
    return goods_trade.freight_of(cost, weight)
