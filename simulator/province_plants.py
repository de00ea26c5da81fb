"""The plants of provinces as their governments look at them when they weigh levers (ODD+D: submodel 5)."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import process
from agents.firm_record import CARRIERS, CostView
from simulator import abatement_costs
from simulator.abatement_costs import LEVERS
from simulator.base_year import GW_YEAR_TWH, POWER
from simulator.plant_choices import Behaviour, Extent, Plants
from simulator.projects import Room, mean_loads
from simulator.setting import Setting
from simulator.tables import Array
from simulator.totals import sum_of_sector, sum_side_by_side

if TYPE_CHECKING:
    from simulator.world import World

GJ_PER_MWH = 3.6


class Routes(NamedTuple):
    """What routes are, in all years. K routes, S sectors, G groups of routes that make the same product.

    sector, technology, available_from, full_output, fixed_cost, lifetime_years, high_emission, low_carbon, annuity [K];
    first_route, last_route, maximum_saving, priced [S]; first, last [G]: see `simulator.plant_choices.Plants`.
    """

    sector: Array
    technology: Array
    available_from: Array
    full_output: Array
    fixed_cost: Array
    lifetime_years: Array
    high_emission: Array
    low_carbon: Array
    annuity: Array
    first_route: Array
    last_route: Array
    maximum_saving: Array
    priced: Array
    first: Array
    last: Array


class Past(NamedTuple):
    """What last year showed. P provinces, S sectors, K routes, T power technologies.

    year [1]; made, capacity, known, opportunity, barred, pull [P, K]: barred where approval is suspended,
    pull the utility of what peers run; chosen, capital_cost [K]; soft_cost, equipment, margin [P, K]; hours [P, T];
    fuel_pj [P, S, 4]; electricity, co2, growth [P, S]; seldom: chance that an unknown route is looked at; room: what
    the country can build, and the grid connect.
    """

    year: Array
    made: Array
    capacity: Array
    known: Array
    opportunity: Array
    barred: Array
    pull: Array
    chosen: Array
    capital_cost: Array
    soft_cost: Array
    equipment: Array
    margin: Array
    hours: Array
    fuel_pj: Array
    electricity: Array
    co2: Array
    growth: Array
    seldom: float
    room: Room


class Study(NamedTuple):
    """What a study of levers goes by: the most of each, how firms choose, and among what."""

    most: Extent
    own: Behaviour
    routes: Routes
    past: Past


def study_of(world: "World") -> Study:
    """What studies of levers go by, made once: a year fills some of its arrays."""
    setting = world.setting
    return Study(most_of_levers(setting), behaviour_of(setting), routes_of(setting), past_of(world))


def study_levers(world: "World", study: Study, cost: Array, potential: Array) -> None:
    """Fill cost in CNY per tCO2 and yearly potential as a share of CO2 of each lever [P, J], on what last year showed.

    The utility of what peers run is that of `agents.choice.imitation`; of the room on the grid, what is under
    construction takes its normal use.
    """
    own, pull = world.setting.parameters, study.past.pull
    np.log(own["imitation_share_floor"] + world.peer_share, out=pull)
    pull *= own["imitation_weight"]
    np.matmul(world.pending, world.limits.use, out=study.past.room.begun_gw)
    weigh_levers(study, world.costs, cost, potential)


def most_of_levers(setting: Setting) -> Extent:
    """The most of each lever."""
    own = setting.parameters
    return Extent(
        standard_rise=own["standard_rise_maximum"],
        subsidy=own["own_subsidy_maximum"],
        retirement=own["retirement_maximum"],
        stringency=own["own_stringency_maximum"],
        facilitation_cost=own["facilitation_cost_share"],
        facilitation_grid=own["facilitation_grid_share"],
        adder=own["own_adder_maximum"],
    )


def behaviour_of(setting: Setting) -> Behaviour:
    """How firms choose."""
    return Behaviour(**{name: setting.parameters[name] for name in Behaviour._fields})


def routes_of(setting: Setting) -> Routes:
    """What routes are."""
    routes, tables = setting.base.routes, setting.government_tables
    return Routes(
        sector=routes.sector,
        technology=routes.technology,
        available_from=routes.available_from,
        full_output=routes.full_output,
        fixed_cost=routes.fixed_cost,
        lifetime_years=routes.lifetime_years,
        high_emission=routes.high_emission,
        low_carbon=tables.low_carbon,
        annuity=tables.annuity,
        first_route=routes.first_route,
        last_route=routes.last_route,
        maximum_saving=setting.maximum_saving,
        priced=tables.priced,
        first=tables.first,
        last=tables.last,
    )


def past_of(world: "World") -> Past:
    """What last year showed."""
    return Past(
        year=world.now[:1],
        made=world.made,
        capacity=world.capacity,
        known=world.known_routes,
        opportunity=world.opportunity,
        barred=world.signal("approval_moratorium"),
        pull=np.zeros(world.made.shape),
        chosen=world.chosen_routes,
        capital_cost=world.capital_cost,
        soft_cost=world.soft_cost,
        equipment=world.setting.equipment,
        margin=world.power.margin,
        hours=world.power.hours,
        fuel_pj=world.fuel_pj,
        electricity=world.electricity,
        co2=world.cells[1],
        growth=world.demand_growth,
        seldom=world.setting.parameters["pilot_share_per_year"],
        room=world.investing.room,
    )


@process
def weigh_levers(study: Study, costs: CostView, cost: Array, potential: Array) -> None:
    """Fill cost and potential of each lever [P, J], see `study_levers`."""
    plants = plants_of(study.routes, costs, study.past)
    share, change = np.zeros(study.past.made.shape[1]), np.zeros((2, len(LEVERS)))
    abatement_costs.cost_levers(study.most, plants, study.own, share, change, cost, potential)


@process
def grid_room_gw(room: Room) -> Array:
    """Mean power of new plants that the grid can still connect this year [P]."""
    return np.maximum(room.pipeline_limit * mean_loads(room.load_gw, room.hours) - room.begun_gw, 0.0)


@process
def plants_of(routes: Routes, costs: CostView, past: Past) -> Plants:
    """Plants, costs and choices of the year that ended. Long because it gives every array its name."""
    units = costs.routes
    energy_use, energy_cost = units["energy_use"].copy(), units["energy_cost"].copy()
    energy_emissions = units["energy_emissions"].copy()
    saving = saving_reached(past.made, energy_use, past.fuel_pj, past.electricity, routes)
    kept = 1.0 - saving[:, routes.sector]
    running, usual = energy_cost * kept + units["other_cost"], routes.full_output * units["utilisation"]
    capital = past.capital_cost * past.soft_cost * past.equipment
    co2, fleet = sums_of_provinces(past.co2, past.capacity[:, : routes.last_route[POWER]])
    return Plants(
        made=past.made,
        intensity=energy_emissions * kept + units["process_emissions"],
        energy_emissions=energy_emissions,
        energy_use=energy_use,
        energy_cost=energy_cost,
        running_cost=running,
        base_energy_value=units["base_energy_value"].copy(),
        kept_cost=running + units["fixed_cost"] / usual,
        unit_capital=capital * routes.annuity / usual,
        capital_cost=capital,
        annuity=routes.annuity,
        considered=considered(routes.available_from, past),
        pull=past.pull,
        margin=past.margin,
        hours=past.hours,
        most_gw=np.expand_dims(fleet, 1) / sum_side_by_side(fleet) * past.room.build_limit_gw,
        fixed_cost=routes.fixed_cost,
        lifetime_years=routes.lifetime_years,
        high_emission=routes.high_emission,
        low_carbon=routes.low_carbon,
        technology=routes.technology,
        first=routes.first,
        last=routes.last,
        sector=routes.sector[routes.first],
        saving=saving,
        growth=past.growth,
        maximum_saving=routes.maximum_saving,
        priced=routes.priced,
        co2=co2,
        generators_gw=fleet,
        grid_room_twh=grid_room_gw(past.room) * GW_YEAR_TWH,
    )


@process
def sums_of_provinces(co2: Array, power: Array) -> tuple[Array, Array]:
    """CO2 of all sectors [P], from co2 [P, S], and capacity of power plants [P], from power [P, power routes]."""
    emitted, fleet = np.zeros(co2.shape[0]), np.zeros(co2.shape[0])
    for place in range(emitted.size):
        emitted[place] = sum_side_by_side(co2[place])
        for capacity in power[place]:
            fleet[place] += capacity
    return emitted, fleet


@process
def saving_reached(made: Array, energy_use: Array, fuel_pj: Array, electricity: Array, routes: Routes) -> Array:
    """Energy saved against the routes of the base year [P, S], share; 0 where nothing runs.

    made [P, K] in units, which take energy_use [P, K] in GJ; fuel_pj [P, S, 4]; electricity [P, S] in TWh.
    """
    saved: Array = np.zeros(electricity.shape)
    for place in range(saved.shape[0]):
        need = made[place] * energy_use[place]
        for sector in range(saved.shape[1]):
            gross = sum_of_sector(need, routes.first_route[sector], routes.last_route[sector])
            used = 0.0
            for carrier in range(CARRIERS):
                used += fuel_pj[place, sector, carrier]
            used += GJ_PER_MWH * electricity[place, sector]
            if gross > 0.0:
                saved[place, sector] = min(max(1.0 - used / gross, 0.0), 1.0)
    return saved


@process
def considered(available_from: Array, past: Past) -> Array:
    """Chance that a firm looks at a route [P, K]: mature, not tendered, not barred; unknown ones seldom."""
    chance: Array = np.zeros(past.known.shape)
    for place in range(chance.shape[0]):
        for route in range(chance.shape[1]):
            mature = available_from[route] <= past.year[0] and past.chosen[route] > 0.0
            if mature and not past.barred[place, route] > 0.0:
                heard = 1.0 if past.known[place, route] > 0.0 else past.seldom
                chance[place, route] = heard * past.opportunity[place, route]
    return chance
