"""What firms of a province would build this year under a lever of its government, at mean values of the province.

The equations are those of firms' choices (`agents/firm_investment.py`, `agents/firm_project_value.py`) without draws.
P provinces, K routes, S sectors, T power technologies, G groups of routes that make the same product.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.grid_operator_record import COAL, OFFSHORE_WIND, ONSHORE_WIND, SOLAR
from simulator.tables import Array

# No route is taken for more than this much better or worse than another, in shares of its cost.
MOST_GAP = 5.0


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
    energy before any saving; base_energy_value [P, K]: CNY per GJ in 2020; kept_cost, unit_capital [P, K]: running
    and fixed cost, and a year's capital, per unit at normal use; capital_cost [P, K]; annuity [K]: yearly
    payment per unit of capital at the return that firms ask; considered [P, K]: chance that a route is looked at; pull
    [P, K]: utility of what peers run; margin [P, K]: yearly margin of power plants in CNY per kW;
    hours [P, T]: TWh per GW; most_gw [P, T]: the province's part of what the country can build in a year; fixed_cost,
    lifetime_years, high_emission, low_carbon, technology [K]; first, last, sector [G], the first group
    being power; saving, growth [P, S]; maximum_saving, priced [S]; co2 [P] in Mt; generators_gw, grid_room_twh [P].
    """

    made: Array
    intensity: Array
    energy_emissions: Array
    energy_use: Array
    energy_cost: Array
    running_cost: Array
    base_energy_value: Array
    kept_cost: Array
    unit_capital: Array
    capital_cost: Array
    annuity: Array
    considered: Array
    pull: Array
    margin: Array
    hours: Array
    most_gw: Array
    fixed_cost: Array
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
def part_kept(route: int, facilitation: float, plants: Plants) -> float:
    """Capital cost left when facilitation has saved its part on wind and sun."""
    return 1.0 - facilitation if is_renewable(plants.technology[route]) else 1.0


@rule
def whole_cost(place: int, route: int, facilitation: float, plants: Plants) -> float:
    """Levelised cost to the economy in CNY per unit: capital, fixed and running, without subsidy and carbon price."""
    capital = plants.unit_capital[place, route] * part_kept(route, facilitation, plants)
    return plants.kept_cost[place, route] + capital


@rule
def asked_cost(place: int, route: int, sector: int, most: Extent, plants: Plants) -> float:
    """What an industrial firm itself would pay per unit: subsidy off, local carbon price on."""
    capital = plants.unit_capital[place, route] * (1.0 - most.subsidy * plants.low_carbon[route])
    carbon = most.adder * plants.priced[sector] * plants.intensity[place, route]
    return plants.kept_cost[place, route] + capital + carbon


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
        cost += output * plants.kept_cost[place, route]
        worn += output / plants.lifetime_years[route]
    if made <= 0.0:
        return 0.0, 0.0, 0.0, 0.0
    return made, co2 / made, cost / made, worn


@rule
def renewal(
    place: int,
    group: int,
    intensity: float,
    kept: float,
    most: Extent,
    plants: Plants,
    own: Behaviour,
    share: Array,
) -> tuple[float, float]:
    """CO2 in t and cost in CNY per unit of a group's output that is renewed or added this year.

    What is not built is made by the plants as they are, of such a mean intensity and cost of keeping running.
    """
    built = choose_mix(place, group, most, plants, own, share)
    co2, cost = (1.0 - built) * intensity, (1.0 - built) * kept
    for route in range(plants.first[group], plants.last[group]):
        co2 += share[route] * plants.intensity[place, route]
        cost += share[route] * whole_cost(place, route, 0.0, plants)
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
def power_flow(
    place: int,
    replaced: tuple[float, float, float],
    most: Extent,
    plants: Plants,
    own: Behaviour,
    share: Array,
) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY, per year, of the power plants begun this year in the place of coal power, which is
    replaced: see `coal_power`.

    Firms weigh each route's present value against doing nothing; the grid takes no more than its room.
    """
    coal, replaced_co2, replaced_cost = replaced
    total, energy = 1.0, 0.0
    for route in range(plants.first[0], plants.last[0]):
        share[route] = 0.0
        chance = admitted(place, route, most, plants)
        if chance <= 0.0:
            continue
        hours = plants.hours[place, plants.technology[route]]
        margin = plants.margin[place, route] - plants.fixed_cost[route]
        margin -= hours * most.adder * plants.priced[0] * plants.intensity[place, route]
        capital = plants.capital_cost[place, route] * part_kept(route, most.facilitation_cost, plants)
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
