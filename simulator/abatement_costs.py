"""What the levers of a local government cost and could achieve in its province, from its plants as they are.

Analytic, no run of the model: each lever at its most is laid over the choices that firms would make this year, with the
same equations (`agents/firm_project_value.py`), at mean values of the province. Cost is the cost to the economy:
subsidies and local carbon prices are transfers, the carbon market is left out. CO2 is direct, of the province itself;
what electrification emits elsewhere does not count, as it does not in a province's own accounts. Retrofits are treated
as new plants. P provinces, K routes, S sectors, T power technologies, G groups of routes that make the same product.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.grid_operator_record import COAL, OFFSHORE_WIND, ONSHORE_WIND, SOLAR
from simulator.tables import Array

LEVERS = (
    "efficiency_standard",
    "capital_subsidy",
    "backward_capacity",
    "approval_stringency",
    "renewables_facilitation",
    "local_carbon_price",
)
STANDARD, SUBSIDY, RETIREMENT, STRINGENCY, RENEWABLES, ADDER = range(len(LEVERS))
NO_LEVER = -1
# Costs beyond these, in CNY per tCO2, count as these; a lever that cuts nothing counts as the dearest.
CHEAPEST, DEAREST = -500.0, 1500.0
# Below this share of a province's CO2 a lever cuts nothing.
LEAST_CUT = 1e-5
# No route is taken for more than this much better or worse than another, in shares of its cost.
MOST_GAP = 5.0
# Of two routes that are alike but for rounding the first one counts.
CLEARLY = 1.0 + 1e-9


class Extent(NamedTuple):
    """The most of each lever. standard_rise: energy saved, share per year; subsidy: share of capital cost; retirement:
    share of high-emission capacity per year; stringency: share of such projects refused; facilitation_cost: share of
    the capital cost of wind and sun saved; facilitation_grid: room for new plants added; adder: CNY per tCO2."""

    standard_rise: float
    subsidy: float
    retirement: float
    stringency: float
    facilitation_cost: float
    facilitation_grid: float
    adder: float


class Behaviour(NamedTuple):
    """How firms choose: parameters of the same names."""

    choice_sharpness: float
    npv_choice_sharpness: float
    genco_project_share: float
    genco_project_maximum: float
    efficiency_cost_slope: float
    efficiency_adjustment_rate: float


class Plants(NamedTuple):
    """Provinces' plants and what firms may choose this year; money in CNY per unit, CO2 in t per unit.

    made [P, K]: output in units; intensity, running_cost [P, K]: direct CO2, and cost of running without carbon, at the
    saving that firms have reached; energy_emissions, energy_use, energy_cost [P, K]: CO2 from fuel, GJ and cost of
    energy before any saving; base_energy_value [P, K]: CNY per GJ in 2020; capital_cost [P, K]; annuity [K]: yearly
    payment per unit of capital at the return that firms ask; considered [P, K]: chance that a route is looked at; pull
    [P, K]: utility of what peers run; utilisation [P, K]; margin [P, K]: yearly margin of power plants in CNY per kW;
    hours [P, T]: TWh per GW; most_gw [P, T]: the province's part of what the country can build in a year; fixed_cost,
    full_output, lifetime_years, high_emission, low_carbon, technology [K]; first, last, sector [G], the first group
    being power; saving, growth [P, S]; maximum_saving, priced [S]; co2 [P] in Mt; generators_gw, grid_room_twh [P].
    """

    made: Array
    intensity: Array
    energy_emissions: Array
    energy_use: Array
    energy_cost: Array
    running_cost: Array
    base_energy_value: Array
    capital_cost: Array
    annuity: Array
    considered: Array
    pull: Array
    utilisation: Array
    margin: Array
    hours: Array
    most_gw: Array
    fixed_cost: Array
    full_output: Array
    lifetime_years: Array
    high_emission: Array
    low_carbon: Array
    technology: NDArray[Any]
    first: NDArray[Any]
    last: NDArray[Any]
    sector: NDArray[Any]
    saving: Array
    growth: Array
    maximum_saving: Array
    priced: Array
    co2: Array
    generators_gw: Array
    grid_room_twh: Array


# ---------------------------------------------------------------------------------------------------- equations


@rule
def is_renewable(technology: int) -> bool:
    """Wind and sun."""
    return technology in (ONSHORE_WIND, OFFSHORE_WIND, SOLAR)


@rule
def capital_of(place: int, route: int, facilitation: float, plants: Plants) -> float:
    """Capital cost in CNY per unit of capacity, less what facilitation saves on wind and sun."""
    saved = facilitation if is_renewable(plants.technology[route]) else 0.0
    return plants.capital_cost[place, route] * (1.0 - saved)


@rule
def whole_cost(place: int, route: int, facilitation: float, plants: Plants) -> float:
    """Levelised cost to the economy in CNY per unit: capital, fixed and running, without subsidy and carbon price."""
    yearly = capital_of(place, route, facilitation, plants) * plants.annuity[route] + plants.fixed_cost[route]
    return yearly / (plants.full_output[route] * plants.utilisation[place, route]) + plants.running_cost[place, route]


@rule
def kept_running_cost(place: int, route: int, plants: Plants) -> float:
    """Running and fixed cost in CNY per unit of a plant that is already there."""
    fixed = plants.fixed_cost[route] / (plants.full_output[route] * plants.utilisation[place, route])
    return plants.running_cost[place, route] + fixed


@rule
def asked_cost(place: int, route: int, sector: int, most: Extent, plants: Plants) -> float:
    """What the firm itself would pay per unit: subsidy off, local carbon price on."""
    made = plants.full_output[route] * plants.utilisation[place, route]
    capital = capital_of(place, route, most.facilitation_cost, plants) * plants.annuity[route]
    aid = most.subsidy * plants.low_carbon[route] * capital / made
    carbon = most.adder * plants.priced[sector] * plants.intensity[place, route]
    return whole_cost(place, route, most.facilitation_cost, plants) - aid + carbon


@rule
def admitted(place: int, route: int, most: Extent, plants: Plants) -> float:
    """Chance that a route is looked at and approved."""
    return plants.considered[place, route] * (1.0 - most.stringency * plants.high_emission[route])


@rule
def choose_mix(place: int, group: int, most: Extent, plants: Plants, own: Behaviour, share: Array) -> float:
    """Fill share [K] with the routes of new industrial output; returns how much of what is wanted gets built.

    Logit of cost relative to the cheapest and of peers' shares, as firms choose; refused projects are not built.
    Worked value: costs 100 and 110, sharpness 12, no imitation: exp(-1.2) to 1, shares 0.769 and 0.231.
    """
    sector, best = plants.sector[group], math.inf
    for route in range(plants.first[group], plants.last[group]):
        share[route] = math.inf
        if admitted(place, route, most, plants) > 0.0:
            share[route] = asked_cost(place, route, sector, most, plants)
            best = min(best, share[route])
    total, nothing = 0.0, 1.0
    for route in range(plants.first[group], plants.last[group]):
        chance = admitted(place, route, most, plants)
        if chance > 0.0:
            dearer = min((share[route] - best) / max(abs(best), 1e-9), MOST_GAP)
            share[route] = chance * math.exp(plants.pull[place, route] - own.choice_sharpness * dearer)
            total += share[route]
            nothing *= 1.0 - chance
        else:
            share[route] = 0.0
    for route in range(plants.first[group], plants.last[group]):
        if total > 0.0:
            share[route] *= (1.0 - nothing) / total
    return 1.0 - nothing


@rule
def group_means(place: int, group: int, plants: Plants) -> tuple[float, float, float, float]:
    """Output, intensity, cost of keeping running, and output that wears out in a year, of a group's plants."""
    made, co2, cost, worn = 0.0, 0.0, 0.0, 0.0
    for route in range(plants.first[group], plants.last[group]):
        output = plants.made[place, route]
        made += output
        co2 += output * plants.intensity[place, route]
        cost += output * kept_running_cost(place, route, plants)
        worn += output / plants.lifetime_years[route]
    if made <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    return made, co2 / made, cost / made, worn


@rule
def industry_flow(place: int, most: Extent, plants: Plants, own: Behaviour, share: Array) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY, per year, of the output that industry renews and adds this year.

    What is not built is made by the plants as they are.
    """
    co2, cost = 0.0, 0.0
    for group in range(1, plants.first.size):
        made, intensity, kept, worn = group_means(place, group, plants)
        if made <= 0.0:
            continue
        due = worn + made * max(plants.growth[place, plants.sector[group]], 0.0)
        built = choose_mix(place, group, most, plants, own, share)
        co2 += due * (1.0 - built) * intensity
        cost += due * (1.0 - built) * kept
        for route in range(plants.first[group], plants.last[group]):
            if share[route] > 0.0:
                co2 += due * share[route] * plants.intensity[place, route]
                cost += due * share[route] * whole_cost(place, route, most.facilitation_cost, plants)
    return co2, cost


@rule
def coal_power(place: int, plants: Plants) -> tuple[float, float, float]:
    """Output in TWh, intensity in t per MWh and running cost in CNY per MWh of the province's coal plants."""
    made, co2, cost = 0.0, 0.0, 0.0
    for route in range(plants.first[0], plants.last[0]):
        if plants.technology[route] == COAL and plants.high_emission[route] > 0.0:
            made += plants.made[place, route]
            co2 += plants.made[place, route] * plants.intensity[place, route]
            cost += plants.made[place, route] * plants.running_cost[place, route]
    return (made, co2 / made, cost / made) if made > 0.0 else (0.0, 0.0, 0.0)


@rule
def power_flow(place: int, most: Extent, plants: Plants, own: Behaviour, share: Array) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY, per year, of the power plants begun this year in the place of coal power.

    Firms weigh each route's present value against doing nothing; the grid takes no more than its room.
    """
    coal, replaced_co2, replaced_cost = coal_power(place, plants)
    total, energy = 1.0, 0.0
    for route in range(plants.first[0], plants.last[0]):
        share[route] = 0.0
        chance = admitted(place, route, most, plants)
        if chance <= 0.0:
            continue
        hours = plants.hours[place, plants.technology[route]]
        margin = plants.margin[place, route] - plants.fixed_cost[route]
        margin -= hours * most.adder * plants.priced[0] * plants.intensity[place, route]
        capital = capital_of(place, route, most.facilitation_cost, plants)
        capital *= 1.0 - most.subsidy * plants.low_carbon[route]
        gain = min(margin / (capital * plants.annuity[route]) - 1.0, MOST_GAP)
        share[route] = chance * math.exp(own.npv_choice_sharpness * gain + plants.pull[place, route])
        total += share[route]
    size = own.genco_project_share * own.genco_project_maximum * plants.generators_gw[place] / total
    for route in range(plants.first[0], plants.last[0]):
        kind = plants.technology[route]
        share[route] = min(size * share[route], plants.most_gw[place, kind]) * plants.hours[place, kind]
        energy += share[route]
    room = max(min(plants.grid_room_twh[place] * (1.0 + most.facilitation_grid), coal), 0.0)
    fits = min(1.0, room / energy) if energy > 0.0 else 0.0
    co2, cost = 0.0, 0.0
    for route in range(plants.first[0], plants.last[0]):
        made = fits * share[route]
        if made > 0.0:
            co2 += made * (plants.intensity[place, route] - replaced_co2)
            cost += made * (whole_cost(place, route, most.facilitation_cost, plants) - replaced_cost)
    return co2, cost


# ------------------------------------------------------------------------------------------------------- levers


@rule
def by_saving(place: int, rise: float, price: float, plants: Plants, own: Behaviour) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY of saving energy: by a standard (`rise` > 0) or by a local carbon price.

    Saving the share x of energy costs slope x x per GJ at the margin, of which the rise of energy's value since 2020
    is got back. A price of p per t is answered by p f / slope more saving, f being t per GJ, a part of it each year.
    """
    co2, cost = 0.0, 0.0
    for group in range(plants.first.size):
        sector = plants.sector[group]
        saved = plants.saving[place, sector]
        for route in range(plants.first[group], plants.last[group]):
            use = plants.energy_use[place, route]
            if plants.made[place, route] <= 0.0 or use <= 0.0:
                continue
            per_gj = plants.energy_emissions[place, route] / use
            more = rise
            if price > 0.0:
                more = price * plants.priced[sector] * per_gj / own.efficiency_cost_slope
                more *= own.efficiency_adjustment_rate
            more = max(min(more, plants.maximum_saving[sector] - saved), 0.0)
            risen = plants.energy_cost[place, route] / use - plants.base_energy_value[place, route]
            gj = plants.made[place, route] * use * more
            co2 -= gj * per_gj
            cost += gj * (own.efficiency_cost_slope * (saved + 0.5 * more) - risen)
    return co2, cost


@rule
def by_closing(place: int, part: float, plants: Plants, own: Behaviour, share: Array) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY of closing a part of high-emission output, the worst route of each group first.

    New plants take its place: in power of the best coal route on offer, in industry of the mix that firms would choose.
    """
    co2, cost = 0.0, 0.0
    none = Extent(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for group in range(plants.first.size):
        high, worst = 0.0, -1
        for route in range(plants.first[group], plants.last[group]):
            if plants.high_emission[route] > 0.0 and plants.made[place, route] > 0.0:
                high += plants.made[place, route]
                if worst < 0 or plants.intensity[place, route] > CLEARLY * plants.intensity[place, worst]:
                    worst = route
        if worst < 0:
            continue
        built = best_coal(place, plants, share) if group == 0 else choose_mix(place, group, none, plants, own, share)
        if built <= 0.0:
            continue
        closed = min(part * high, plants.made[place, worst])
        intensity, price = 0.0, 0.0
        for route in range(plants.first[group], plants.last[group]):
            if share[route] > 0.0:
                intensity += share[route] / built * plants.intensity[place, route]
                price += share[route] / built * whole_cost(place, route, 0.0, plants)
        if CLEARLY * intensity < plants.intensity[place, worst]:
            co2 += closed * (intensity - plants.intensity[place, worst])
            cost += closed * (price - kept_running_cost(place, worst, plants))
    return co2, cost


@rule
def best_coal(place: int, plants: Plants, share: Array) -> float:
    """Fill share [K] with the coal route of the least intensity that can be built; returns 1, or 0 if there is none."""
    best = -1
    for route in range(plants.first[0], plants.last[0]):
        share[route] = 0.0
        possible = plants.high_emission[route] > 0.0 and plants.considered[place, route] > 0.0
        if possible and (best < 0 or CLEARLY * plants.intensity[place, route] < plants.intensity[place, best]):
            best = route
    if best >= 0:
        share[best] = 1.0
    return 1.0 if best >= 0 else 0.0


@rule
def note(place: int, lever: int, co2: float, cost: float, plants: Plants, price: Array, potential: Array) -> None:
    """Write down one lever: price [P, J] in CNY per tCO2, potential [P, J] as a share of the province's CO2 a year."""
    least = LEAST_CUT * plants.co2[place]
    if -co2 <= least:
        price[place, lever], potential[place, lever] = DEAREST, 0.0
        return
    price[place, lever] = min(max(-cost / co2, CHEAPEST), DEAREST)
    potential[place, lever] = min(-co2 / max(plants.co2[place], -co2), 1.0)


@rule
def cost_levers(most: Extent, plants: Plants, own: Behaviour, share: Array, price: Array, potential: Array) -> None:
    """Fill price [P, J] in CNY per tCO2 and potential [P, J], share of CO2 that each lever at its most cuts a year.

    share [K] is work space. Levers are looked at one at a time; together they bring less than the sum.
    """
    for place in range(plants.co2.size):
        co2, cost = by_saving(place, most.standard_rise, 0.0, plants, own)
        note(place, STANDARD, co2, cost, plants, price, potential)
        co2, cost = by_closing(place, most.retirement, plants, own, share)
        note(place, RETIREMENT, co2, cost, plants, price, potential)
        base_co2, base_cost = 0.0, 0.0
        for lever in (NO_LEVER, SUBSIDY, STRINGENCY, RENEWABLES, ADDER):
            one = only(lever, most)
            co2, cost = power_flow(place, one, plants, own, share)
            more_co2, more_cost = industry_flow(place, one, plants, own, share)
            co2, cost = co2 + more_co2, cost + more_cost
            if lever == NO_LEVER:
                base_co2, base_cost = co2, cost
                continue
            co2, cost = co2 - base_co2, cost - base_cost
            if lever == ADDER:
                more_co2, more_cost = by_saving(place, 0.0, most.adder, plants, own)
                co2, cost = co2 + more_co2, cost + more_cost
            note(place, lever, co2, cost, plants, price, potential)


@rule
def only(lever: int, most: Extent) -> Extent:
    """One lever at its most, the others at nothing."""
    return Extent(
        0.0,
        most.subsidy if lever == SUBSIDY else 0.0,
        0.0,
        most.stringency if lever == STRINGENCY else 0.0,
        most.facilitation_cost if lever == RENEWABLES else 0.0,
        most.facilitation_grid if lever == RENEWABLES else 0.0,
        most.adder if lever == ADDER else 0.0,
    )
