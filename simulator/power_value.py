"""What power is sold for, and what a new plant may expect to earn: regimes of revenue as signals.

Three ways of being paid, by the share that signals state: at a contract price (coal: the benchmark tariff, moved with
cost inside its band; wind, sun, water, nuclear: the benchmark itself), at wholesale prices, and, for gas, pumped hydro
and batteries, a regulated return on capital. Premiums and capacity payments come on top.
"""

from typing import TYPE_CHECKING

import numpy as np

from agents.choice import capital_recovery_factor
from agents.grid_operator_record import (
    BATTERY,
    COAL,
    GAS,
    HYDRO,
    NUCLEAR,
    OFFSHORE_WIND,
    ONSHORE_WIND,
    PUMPED,
    SOLAR,
)
from simulator.base_year import GW_YEAR_TWH, POWER
from simulator.calibration import ratio
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

# Technologies that are paid their cost and a regulated return.
REGULATED = (GAS, PUMPED, BATTERY)


def output_weights(world: "World") -> Array:
    """When a MWh of each technology is made [P, T, B]: with wind, sun, water or always; others run with the load."""
    table = world.setting.base.power
    load = world.power.operator_rows["load_gw"]
    weight = np.repeat((load * table.hours)[:, None, :], table.capacity_gw.shape[1], axis=1)
    weight[:, ONSHORE_WIND] = table.wind_profile * table.hours
    weight[:, OFFSHORE_WIND] = table.offshore_profile * table.hours
    weight[:, SOLAR] = table.solar_profile * table.hours
    weight[:, HYDRO] = table.hydro_profile * table.hours
    weight[:, NUCLEAR] = table.hours
    return weight


def captured_prices(weight: Array, price: Array) -> Array:
    """Mean price [P, T] that a MWh of each technology fetches at block prices [P, B]; weight: `output_weights`."""
    return ratio((weight * price[:, None, :]).sum(axis=2), weight.sum(axis=2))


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
    carbon = costs.carbon_price[POWER] * (intensity - costs.allowance_credit)
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


def value_power(world: "World") -> None:
    """Set what power was sold for, what a new plant may expect to earn, and how that moves with the carbon price."""
    system, routes = world.power, world.setting.base.routes
    smooth_curtailment(world)
    power = np.flatnonzero(routes.technology >= 0)
    technology = routes.technology[power]
    share = world.signal("guaranteed_purchase_share")[:, power]
    premium = world.signal("feed_in_premium_cny_per_mwh")[:, power]
    contract = np.where(
        technology == COAL, contract_price(world)[:, None], system.operator_rows["benchmark_tariff"][:, None]
    )
    weight = output_weights(world)
    sold = captured_prices(weight, system.operator_rows["price"])[:, technology]
    expected = captured_prices(weight, system.operator_rows["expected_price"])[:, technology]
    running = running_costs(world)[:, power]
    hours = full_load_hours(world)[:, technology]
    system.capacity_payment[:, power] = world.signal("capacity_payment_cny_per_kw_year")[:, power]
    system.power_price[:, power] = share * contract + (1.0 - share) * sold + premium
    price = share * contract + (1.0 - share) * expected + premium
    system.margin[:, power] = hours * (price - running) + system.capacity_payment[:, power]
    regulate(world, power, technology, running, hours)
    expose(world, power, technology, share, hours)


def regulate(world: "World", power: Array, technology: Array, running: Array, hours: Array) -> None:
    """Pay regulated technologies their cost and return: margin covers fixed cost and capital at that return."""
    system, routes = world.power, world.setting.base.routes
    rate = world.setting.parameters["regulated_return"]
    for position, route in enumerate(power):
        if technology[position] in REGULATED:
            capital = world.capital_cost[route] * world.soft_cost[:, route]
            due = capital * capital_recovery_factor(rate, routes.lifetime_years[route]) + routes.fixed_cost[route]
            system.margin[:, route] = due
            per_mwh = np.where(hours[:, position] > 0.0, due / np.maximum(hours[:, position], 1e-6), 0.0)
            system.power_price[:, route] = running[:, position] + per_mwh


def expose(world: "World", power: Array, technology: Array, share: Array, hours: Array) -> None:
    """Change of the yearly margin [P, K] in CNY per kW for one CNY per tCO2 more: own cost, and prices set by coal."""
    system, costs, routes = world.power, world.costs, world.setting.base.routes
    net = costs.energy_emissions + costs.process_emissions - costs.allowance_credit
    coal = [route for route in power if routes.technology[route] == COAL and routes.capture_share[route] == 0.0]
    at_margin = ratio((world.made * net)[:, coal].sum(axis=1), world.made[:, coal].sum(axis=1))
    exposed = hours * ((1.0 - share) * at_margin[:, None] - net[:, power])
    system.carbon_exposure[:, power] = np.where(np.isin(technology, (*REGULATED,)), 0.0, exposed)


def remember_base_cost(world: "World") -> None:
    """Keep the base year's marginal cost of coal power, from which contract prices move."""
    world.power.base_coal_cost = mean_coal_cost(world)
