"""What power is sold for, and what a new plant may expect to earn: regimes of revenue as signals.

Three ways of being paid, by the share that signals state: at a contract price (coal: the benchmark tariff, moved with
cost inside its band; wind, sun, water, nuclear: the benchmark itself), at wholesale prices, and, for gas, pumped hydro
and batteries, a regulated return on capital. Premiums and capacity payments come on top.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import rule
from agents.grid_operator_record import (
    COAL,
    HYDRO,
    NUCLEAR,
    OFFSHORE_WIND,
    ONSHORE_WIND,
    SOLAR,
)
from simulator import green_certificates
from simulator.base_year import GW_YEAR_TWH, POWER, PowerTable
from simulator.calibration import ratio
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World


class Shapes(NamedTuple):
    """When a MWh of each technology is made: weight [T, P, B], hours times a relative profile; by_load [T]: 1 where a
    technology runs with the load instead, so that its weight is hours times load."""

    weight: Array
    by_load: Array


def shapes_of(table: PowerTable) -> Shapes:
    """Wind, sun and water run with their profile, nuclear always, all others with the load."""
    weight = np.zeros((table.capacity_gw.shape[1], *table.load_profile.shape))
    profiles = {
        ONSHORE_WIND: table.wind_profile,
        OFFSHORE_WIND: table.offshore_profile,
        SOLAR: table.solar_profile,
        HYDRO: table.hydro_profile,
        NUCLEAR: np.ones(table.load_profile.shape),
    }
    for technology, profile in profiles.items():
        weight[technology] = profile * table.hours
    return Shapes(weight, np.array([technology not in profiles for technology in range(weight.shape[0])]))


@rule
def capture_prices(price: Array, load_gw: Array, hours: Array, shapes: Shapes, captured: Array) -> None:
    """Fill captured [P, T]: mean price that a MWh of each technology fetches at block prices [P, B]."""
    for province in range(price.shape[0]):
        for technology in range(shapes.by_load.size):
            value, whole = 0.0, 0.0
            for block in range(hours.size):
                weight = shapes.weight[technology, province, block]
                if shapes.by_load[technology]:
                    weight = load_gw[province, block] * hours[block]
                value += weight * price[province, block]
                whole += weight
            captured[province, technology] = value / whole if whole > 0.0 else 0.0


def contract_price(world: "World") -> Array:
    """Price [P] of contracted coal power: the benchmark tariff plus the change of marginal cost, inside the band."""
    operators = world.power.operator_rows
    band = world.power.market_view(world).tariff_band
    moved = operators["benchmark_tariff"] + mean_coal_cost(world) - world.power.base_coal_cost
    return np.clip(moved, (1.0 - band) * operators["benchmark_tariff"], (1.0 + band) * operators["benchmark_tariff"])


def mean_coal_cost(world: "World") -> Array:
    """Capacity-weighted marginal cost of coal power [P] in CNY per MWh."""
    merit = world.power.merit
    size = merit.capacity_gw[:, :, 0]
    return ratio((size * merit.cost_cny_per_mwh).sum(axis=1), size.sum(axis=1))


def running_costs(world: "World") -> Array:
    """Fuel, other running and carbon cost of a new plant [P, K] in CNY per MWh at today's prices."""
    costs = world.costs
    intensity = costs.energy_emissions + costs.process_emissions
    carbon = costs.carbon_price[:, POWER, None] * (intensity - costs.allowance_credit)
    local = costs.carbon_adder[:, POWER, None] * intensity
    return np.asarray(costs.energy_cost + costs.other_cost + carbon + local)


def full_load_hours(world: "World") -> Array:
    """Output that a new plant of each technology may expect [P, T], in TWh per GW: as the fleet runs, else as built.

    Wind and sun: what the resource gives, less what is curtailed now.
    """
    table, books = world.setting.base.power, world.power.books
    fleet = world.power.operator_rows["capacity_gw"]
    usual = table.capacity_factor * GW_YEAR_TWH
    run = np.where(fleet > 0.0, books.generation_twh / np.where(fleet > 0.0, fleet, 1.0), usual)
    for technology in (ONSHORE_WIND, OFFSHORE_WIND, SOLAR):
        run[:, technology] = usual[:, technology] * (1.0 - world.power.curtailment[:, technology])
    return run


def smooth_curtailment(world: "World") -> None:
    """Curtailed share of wind and sun [P, T] as investors remember it."""
    books, weight = world.power.books, world.setting.parameters["price_expectation_weight"]
    share = ratio(books.curtailed_twh, books.curtailed_twh + books.generation_twh)
    world.power.curtailment += weight * (share - world.power.curtailment)


class Terms(NamedTuple):
    """What the year's revenues follow from. P provinces, K routes, T technologies.

    guaranteed [P, K]: share sold at contract prices; premium [P, K] in CNY per MWh; capacity_payment [P, K], due [P, K]
    (fixed cost and capital at the regulated return) in CNY per kW and year; contract, benchmark [P]: contract prices of
    coal and of others; sold, expected [P, T]: wholesale prices; running [P, K] in CNY per MWh; hours [P, T] in TWh per
    GW; net [P, K]: tCO2 per MWh less allowances; at_margin [P]: that of the coal power which sets prices; technology,
    regulated [K].
    """

    guaranteed: Array
    premium: Array
    capacity_payment: Array
    due: Array
    contract: Array
    benchmark: Array
    sold: Array
    expected: Array
    running: Array
    hours: Array
    net: Array
    at_margin: Array
    technology: Array
    regulated: Array


def value_power(world: "World") -> None:
    """Set what power was sold for, what a new plant may expect to earn, and how that moves with the carbon price."""
    system, routes = world.power, world.setting.base.routes
    smooth_curtailment(world)
    hours, operators = world.setting.base.power.hours, system.operator_rows
    sold, expected = np.zeros(system.curtailment.shape), np.zeros(system.curtailment.shape)
    capture_prices(operators["price"], operators["load_gw"], hours, system.shapes, sold)
    capture_prices(operators["expected_price"], operators["load_gw"], hours, system.shapes, expected)
    system.running_cost = running_costs(world)
    costs = world.costs
    net = costs.energy_emissions + costs.process_emissions - costs.allowance_credit
    terms = Terms(
        guaranteed=world.signal("guaranteed_purchase_share"),
        premium=world.signal("feed_in_premium_cny_per_mwh"),
        capacity_payment=world.signal("capacity_payment_cny_per_kw_year"),
        due=world.capital_cost * world.soft_cost * world.setting.annuity + routes.fixed_cost,
        contract=contract_price(world),
        benchmark=operators["benchmark_tariff"],
        sold=sold,
        expected=expected,
        running=system.running_cost,
        hours=full_load_hours(world),
        net=net,
        at_margin=coal_at_margin(world, net),
        technology=routes.technology,
        regulated=world.setting.regulated,
    )
    fill_values(terms, system.power_price, system.capacity_payment, system.margin, system.carbon_exposure)
    system.margin += terms.hours[:, np.maximum(routes.technology, 0)] * green_certificates.expected_premium(world)


def coal_at_margin(world: "World", net: Array) -> Array:
    """Mean tCO2 per MWh [P] of coal power without capture, less allowances; net [P, K]."""
    made = world.made * world.setting.plain_coal
    return ratio((made * net).sum(axis=1), made.sum(axis=1))


@rule
def fill_values(terms: Terms, power_price: Array, capacity_payment: Array, margin: Array, exposure: Array) -> None:
    """Fill the price of a MWh, capacity payment, yearly margin per kW and its change for one CNY per tCO2 [P, K].

    Regulated technologies are paid their cost and return whatever the market does; the others carry their own carbon
    cost and gain where coal sets the price.
    """
    for province in range(margin.shape[0]):
        for route in range(terms.technology.size):
            kind = terms.technology[route]
            if kind < 0:
                continue
            hours, running = terms.hours[province, kind], terms.running[province, route]
            due = terms.due[province, route]
            capacity_payment[province, route] = terms.capacity_payment[province, route]
            if terms.regulated[route]:
                margin[province, route] = due
                per_mwh = due / max(hours, 1e-6) if hours > 0.0 else 0.0
                power_price[province, route] = running + per_mwh
                exposure[province, route] = 0.0
                continue
            share, premium = terms.guaranteed[province, route], terms.premium[province, route]
            contract = terms.contract[province] if kind == COAL else terms.benchmark[province]
            power_price[province, route] = share * contract + (1.0 - share) * terms.sold[province, kind] + premium
            price = share * contract + (1.0 - share) * terms.expected[province, kind] + premium
            margin[province, route] = hours * (price - running) + capacity_payment[province, route]
            own = terms.net[province, route]
            exposure[province, route] = hours * ((1.0 - share) * terms.at_margin[province] - own)


def remember_base_cost(world: "World") -> None:
    """Keep the base year's marginal cost of coal power, from which contract prices move."""
    world.power.base_coal_cost = mean_coal_cost(world)
