"""The plants of provinces as their governments look at them when they weigh levers (ODD+D: submodel 5)."""

import numpy as np

from simulator import abatement_costs
from simulator.abatement_costs import LEVERS
from simulator.base_year import GW_YEAR_TWH, POWER
from simulator.calibration import by_sector, ratio
from simulator.plant_choices import Behaviour, Extent, Plants
from simulator.setting import Setting
from simulator.tables import Array
from simulator.world import World


def lever_costs(world: World, most: Extent) -> tuple[Array, Array]:
    """Cost in CNY per tCO2 and yearly potential as a share of CO2 of each lever [P, J], on what last year showed.

    most: the most of each lever.
    """
    provinces, routes = world.made.shape
    price, potential = np.zeros((provinces, len(LEVERS))), np.zeros((provinces, len(LEVERS)))
    plants = plants_of(world)
    share, change = np.zeros(routes), np.zeros((2, len(LEVERS)))
    abatement_costs.cost_levers(most, plants, behaviour_of(world.setting), share, change, price, potential)
    return price, potential


def behaviour_of(setting: Setting) -> Behaviour:
    """How firms choose."""
    return Behaviour(**{name: setting.parameters[name] for name in Behaviour._fields})


def pull_of_peers(world: World) -> Array:
    """Utility of what peers run [P, K], as in `agents.choice.imitation`."""
    own = world.setting.parameters
    return np.asarray(own["imitation_weight"] * np.log(own["imitation_share_floor"] + world.peer_share))


def most_gw(world: World) -> Array:
    """Part of what the country can build of each technology in a year [P, T]: by the province's part of the fleet."""
    fleet = world.capacity[:, world.setting.base.routes.sector == POWER].sum(axis=1)
    return np.asarray(fleet[:, None] / fleet.sum() * world.setting.paths.build_limit_gw[world.i])


def plants_of(world: World) -> Plants:
    """Plants, costs and choices of the year that ended. Long because it names every array once."""
    setting, routes, costs = world.setting, world.setting.base.routes, world.costs
    saving = saving_reached(world)
    kept = 1.0 - saving[:, routes.sector]
    tables, running = setting.government_tables, costs.energy_cost * kept + costs.other_cost
    capital, made = world.capital_cost * world.soft_cost, routes.full_output * costs.utilisation
    return Plants(
        made=world.made,
        intensity=costs.energy_emissions * kept + costs.process_emissions,
        energy_emissions=costs.energy_emissions,
        energy_use=costs.energy_use,
        energy_cost=costs.energy_cost,
        running_cost=running,
        base_energy_value=costs.base_energy_value,
        kept_cost=running + routes.fixed_cost / made,
        unit_capital=capital * tables.annuity / made,
        capital_cost=capital,
        annuity=tables.annuity,
        considered=considered(world),
        pull=pull_of_peers(world),
        margin=world.power.margin,
        hours=world.power.hours,
        most_gw=most_gw(world),
        fixed_cost=routes.fixed_cost,
        lifetime_years=routes.lifetime_years,
        high_emission=routes.high_emission,
        low_carbon=tables.low_carbon,
        technology=routes.technology,
        first=tables.first,
        last=tables.last,
        sector=routes.sector[tables.first],
        saving=saving,
        growth=world.demand_growth,
        maximum_saving=setting.maximum_saving,
        priced=tables.priced,
        co2=world.cells[1].sum(axis=1),
        generators_gw=world.capacity[:, routes.sector == POWER].sum(axis=1),
        grid_room_twh=grid_room_twh(world),
    )


def saving_reached(world: World) -> Array:
    """Energy saved against the routes of the base year [P, S], share; 0 where nothing runs."""
    gross = by_sector(world.setting.base, world.made * world.costs.energy_use)
    used = world.fuel_pj.sum(axis=2) + 3.6 * world.electricity
    return np.where(gross > 0.0, np.clip(1.0 - ratio(used, gross), 0.0, 1.0), 0.0)


def considered(world: World) -> Array:
    """Chance that a firm looks at a route [P, K]: mature, not tendered, not barred; unknown ones seldom."""
    setting, routes = world.setting, world.setting.base.routes
    mature = (routes.available_from <= world.year) & (world.chosen_routes > 0.0)
    heard = np.where(world.known_routes > 0.0, 1.0, setting.parameters["pilot_share_per_year"])
    barred = world.signal("approval_moratorium") > 0.0
    return np.asarray(np.where(mature[None, :] & ~barred, heard * world.opportunity, 0.0))


def grid_room_twh(world: World) -> Array:
    """Energy of new plants that the grid can still connect this year [P]."""
    table, routes = world.setting.base.power, world.setting.base.routes
    use = np.where(routes.technology >= 0, routes.utilisation, 0.0)
    mean_load = (world.power.operator_rows["load_gw"] * table.hours).sum(axis=1) / table.hours.sum()
    room = world.setting.parameters["pipeline_limit_power"] * mean_load - world.pending @ use
    return np.asarray(np.maximum(room, 0.0) * GW_YEAR_TWH)
