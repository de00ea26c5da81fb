"""What power is sold for, and what a new plant may expect to earn: regimes of revenue as signals.

Three ways of being paid, by the share that signals state: at a contract price (coal: the benchmark tariff, moved with
cost inside its band; wind, sun, water, nuclear: the benchmark itself), at wholesale prices, and, for gas, pumped hydro
and batteries, a regulated return on capital. Premiums and capacity payments come on top.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.compiled import rule
from agents.firm_record import SectorCosts, UnitCosts
from agents.grid_operator_record import (
    BLOCKS,
    COAL,
    HYDRO,
    NUCLEAR,
    OFFSHORE_WIND,
    ONSHORE_WIND,
    SOLAR,
    VARIABLE,
)
from simulator.base_year import GW_YEAR_TWH, POWER, PowerTable
from simulator.green_certificates import expected_premium
from simulator.power_trade import SMALLEST_GW
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.power_system import PowerSystem
    from simulator.world import World

# A year at the smallest power that the dispatch tells from none.
LEAST_TWH = SMALLEST_GW * GW_YEAR_TWH


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


class Plants(NamedTuple):
    """Plants that could be built and what they cost today, by place and route [P, K] where no other axis is named.

    technology, regulated, plain_coal, annuity, fixed_cost, capital_cost [K]: regulated and plain_coal 1 where a route
    is paid its cost and return, or is coal without capture; units, sectors [P, S]: costs and emissions as firms know
    them, see `agents.firm_record.CostView`; eligible [K]: certificates per MWh.
    """

    technology: Array
    regulated: Array
    plain_coal: Array
    annuity: Array
    fixed_cost: Array
    capital_cost: Array
    soft_cost: Array
    units: Any
    sectors: Any
    eligible: Array


class Terms(NamedTuple):
    """How power is paid this year. guaranteed [P, K]: share sold at contract prices; premium [P, K] in CNY per MWh;
    capacity_payment [P, K] in CNY per kW and year; certificate_value [P]: what a MWh without guarantee is expected to
    earn besides; base_coal_cost [P] in CNY per MWh; memory: weight of this year in the curtailment that investors
    remember."""

    guaranteed: Array
    premium: Array
    capacity_payment: Array
    certificate_value: Array
    base_coal_cost: Array
    memory: float


class Outcome(NamedTuple):
    """What a year has shown. operators [P]; hours [B]; generation_twh, curtailed_twh, usual [P, T]: usual in TWh per
    GW; step_gw [P, G, C], step_cost [P, G]: the merit order; made [P, K] in TWh; shapes: when technologies run."""

    operators: Any
    hours: Array
    generation_twh: Array
    curtailed_twh: Array
    usual: Array
    step_gw: Array
    step_cost: Array
    made: Array
    shapes: Shapes


class Values(NamedTuple):
    """What power is worth, filled every year. By place and route [P, K]: running_cost of a new plant and price in CNY
    per MWh, capacity_payment in CNY per kW and year, margin: what a new plant earns in CNY per kW and year,
    carbon_exposure: its change for one CNY per tCO2. curtailment [P, T]: as investors remember it; sold, expected
    [P, T]: mean wholesale price of this year and as expected, in the hours in which a technology runs; hours [P, T]:
    output that a new plant may expect in TWh per GW."""

    running_cost: Array
    price: Array
    capacity_payment: Array
    margin: Array
    carbon_exposure: Array
    curtailment: Array
    sold: Array
    expected: Array
    hours: Array


class Valuation(NamedTuple):
    """All that power is valued by, and in: made once, on arrays that are filled anew every year."""

    plants: Plants
    terms: Terms
    outcome: Outcome
    values: Values


def valuation_of(world: "World") -> Valuation:
    """The valuation of a run."""
    return Valuation(plants_of(world), terms_of(world), outcome_of(world), values_of(world.power))


def value_power(world: "World") -> None:
    """Set what power was sold for, what a new plant may expect to earn, and how that moves with the carbon price."""
    system = world.power
    value_everywhere(system.valuation, system.market_view(world).tariff_band)


def values_of(system: "PowerSystem") -> Values:
    """What is filled."""
    return Values(
        system.running_cost,
        system.power_price,
        system.capacity_payment,
        system.margin,
        system.carbon_exposure,
        system.curtailment,
        system.sold,
        system.expected,
        system.hours,
    )


def plants_of(world: "World") -> Plants:
    """Routes and what they cost."""
    setting, routes = world.setting, world.setting.base.routes
    return Plants(
        technology=routes.technology,
        regulated=setting.regulated,
        plain_coal=setting.plain_coal,
        annuity=setting.annuity,
        fixed_cost=routes.fixed_cost,
        capital_cost=world.capital_cost,
        soft_cost=world.soft_cost,
        units=world.costs.routes,
        sectors=world.costs.sectors,
        eligible=world.certificates.register.eligible,
    )


def terms_of(world: "World") -> Terms:
    """Signals for power, and what else pays for it."""
    system, own = world.power, world.setting.parameters
    return Terms(
        guaranteed=world.signal("guaranteed_purchase_share"),
        premium=world.signal("feed_in_premium_cny_per_mwh"),
        capacity_payment=world.signal("capacity_payment_cny_per_kw_year"),
        certificate_value=world.certificates.register.expected,
        base_coal_cost=system.base_coal_cost,
        memory=own["price_expectation_weight"],
    )


def outcome_of(world: "World") -> Outcome:
    """A year of power as it was."""
    system = world.power
    return Outcome(
        operators=system.operator_rows,
        hours=world.setting.base.power.hours,
        generation_twh=system.books.generation_twh,
        curtailed_twh=system.books.curtailed_twh,
        usual=system.usual_twh_per_gw,
        step_gw=system.merit.capacity_gw,
        step_cost=system.merit.cost_cny_per_mwh,
        made=world.made,
        shapes=system.shapes,
    )


@rule
def value_everywhere(valuation: Valuation, tariff_band: float) -> None:
    """Value every route in every province; tariff_band: how far contract prices may move, share."""
    plants, terms, outcome, values = valuation
    for province in range(outcome.operators.size):
        operator = outcome.operators[province]
        remember_curtailment(province, terms.memory, outcome, values.curtailment[province])
        full_load_hours(province, outcome, values.curtailment[province], values.hours[province])
        capture_prices(operator, outcome.hours, outcome.shapes, values.sold[province], values.expected[province])
        moved = mean_coal_cost(province, outcome) - terms.base_coal_cost[province]
        coal_price = contract_price(operator.benchmark_tariff, moved, tariff_band)
        at_margin = coal_at_margin(province, plants, outcome)
        for route in range(plants.technology.size):
            if plants.technology[route] >= 0:
                value_route(province, route, coal_price, at_margin, plants, terms, outcome, values)


@rule
def remember_curtailment(province: int, memory: float, outcome: Outcome, curtailment: Array) -> None:
    """Curtailed share of each technology [T] as investors remember it."""
    for kind in range(curtailment.size):
        lost = outcome.curtailed_twh[province, kind]
        available = lost + outcome.generation_twh[province, kind]
        share = lost / available if available > 0.0 else 0.0
        curtailment[kind] += memory * (share - curtailment[kind])


@rule
def capture_prices(operator: Any, hours: Array, shapes: Shapes, sold: Array, expected: Array) -> None:
    """Fill the mean price that a MWh of each technology fetches [T]: sold at this year's block prices, expected at
    those expected."""
    province = operator.operator
    for kind in range(sold.size):
        now, later, whole = 0.0, 0.0, 0.0
        for block in range(BLOCKS):
            weight = shapes.weight[kind, province, block]
            if shapes.by_load[kind]:
                weight = operator.load_gw[block] * hours[block]
            now += weight * operator.price[block]
            later += weight * operator.expected_price[block]
            whole += weight
        sold[kind] = now / whole if whole > 0.0 else 0.0
        expected[kind] = later / whole if whole > 0.0 else 0.0


@rule
def mean_coal_cost(province: int, outcome: Outcome) -> float:
    """Capacity-weighted marginal cost of coal power in CNY per MWh."""
    spent, size = 0.0, 0.0
    for step in range(outcome.step_cost.shape[1]):
        spent += outcome.step_gw[province, step, 0] * outcome.step_cost[province, step]
        size += outcome.step_gw[province, step, 0]
    return spent / size if size > 0.0 else 0.0


@rule
def contract_price(benchmark: float, moved: float, band: float) -> float:
    """Price of contracted coal power: the benchmark tariff plus the change of marginal cost, inside the band.

    Worked value: benchmark 400, cost up by 100, band 20 %: 480.
    """
    return min(max(benchmark + moved, (1.0 - band) * benchmark), (1.0 + band) * benchmark)


@rule
def net_emissions(unit: UnitCosts) -> float:
    """tCO2 per MWh less allowances that come free with it."""
    return unit.energy_emissions + unit.process_emissions - unit.allowance_credit


@rule
def coal_at_margin(province: int, plants: Plants, outcome: Outcome) -> float:
    """Mean tCO2 per MWh of coal power without capture, less allowances."""
    emitted, made = 0.0, 0.0
    for route in range(plants.plain_coal.size):
        if plants.plain_coal[route] > 0.0:
            made += outcome.made[province, route]
            emitted += outcome.made[province, route] * net_emissions(plants.units[province, route])
    return emitted / made if made > 0.0 else 0.0


@rule
def full_load_hours(province: int, outcome: Outcome, curtailment: Array, hours: Array) -> None:
    """Output that a new plant of each technology [T] may expect in TWh per GW: as the fleet runs, else as built.

    Wind and sun: what the resource gives, less what is curtailed now. A fleet whose energy is within the rounding of
    the dispatch stood still.
    """
    fleet = outcome.operators[province].capacity_gw
    for kind in range(hours.size):
        hours[kind] = outcome.usual[province, kind]
        if kind in VARIABLE:
            hours[kind] *= 1.0 - curtailment[kind]
        elif fleet[kind] > 0.0:
            made = outcome.generation_twh[province, kind]
            hours[kind] = made / fleet[kind] if made > LEAST_TWH else 0.0


@rule
def running_cost(unit: UnitCosts, shared: SectorCosts) -> float:
    """Fuel, other running and carbon cost of a new plant in CNY per MWh at today's prices."""
    intensity = unit.energy_emissions + unit.process_emissions
    carbon = shared.carbon_price * (intensity - unit.allowance_credit)
    return unit.energy_cost + unit.other_cost + carbon + shared.carbon_adder * intensity


@rule
def value_route(
    province: int,
    route: int,
    coal_price: float,
    at_margin: float,
    plants: Plants,
    terms: Terms,
    outcome: Outcome,
    values: Values,
) -> None:
    """Fill the price of a MWh, capacity payment, yearly margin per kW and its change for one CNY per tCO2.

    Regulated technologies are paid their cost and return whatever the market does, so that there is no price but that
    of running where they stood still; the others carry their own carbon cost and gain where coal sets the price.
    Certificates come with what is not guaranteed.
    """
    kind, here = plants.technology[route], (province, route)
    hours = values.hours[province, kind]
    unit = plants.units[here]
    running = running_cost(unit, plants.sectors[province, POWER])
    values.running_cost[here] = running
    payment = terms.capacity_payment[here]
    values.capacity_payment[here] = payment
    share, premium = terms.guaranteed[here], terms.premium[here]
    certificates = hours * expected_premium(plants.eligible[route], share, terms.certificate_value[province])
    if plants.regulated[route]:
        capital = plants.capital_cost[route] * plants.soft_cost[here]
        due = capital * plants.annuity[route] + plants.fixed_cost[route]
        values.price[here] = running + (due / hours if hours > 0.0 else 0.0)
        values.margin[here] = due + certificates
        values.carbon_exposure[here] = 0.0
        return
    contract = coal_price if kind == COAL else outcome.operators[province].benchmark_tariff
    values.price[here] = share * contract + (1.0 - share) * values.sold[province, kind] + premium
    price = share * contract + (1.0 - share) * values.expected[province, kind] + premium
    values.margin[here] = hours * (price - running) + payment + certificates
    values.carbon_exposure[here] = hours * ((1.0 - share) * at_margin - net_emissions(unit))


def remember_base_cost(world: "World") -> None:
    """Keep the base year's marginal cost of coal power, from which contract prices move."""
    mean_coal_costs(world.power.valuation.outcome, world.power.base_coal_cost)


@rule
def mean_coal_costs(outcome: Outcome, cost: Array) -> None:
    """Fill the marginal cost of coal power in every province [P]."""
    for province in range(cost.size):
        cost[province] = mean_coal_cost(province, outcome)
