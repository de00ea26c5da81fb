"""What governments and firms perceive this year, put together from the world. Views of cost stand in `costs`, of power
in `electricity`, of investment in `investment`."""

import numpy as np

from agents.firm import OutlookView
from agents.firm_plants import AgeView
from agents.grid_operator_record import COAL
from agents.local_government import SignalView, SupplyView
from simulator.base_year import POWER
from simulator.world import World


def signal_view(world: World) -> SignalView:
    """The national signals of the year as they reach provinces."""
    return SignalView(
        stringency=world.signal("approval_stringency"),
        subsidy=world.signal("capex_subsidy_share"),
        efficiency_floor=world.signal("efficiency_floor_share"),
        carbon_adder=world.signal("carbon_price_adder_cny_per_tco2"),
        parameters=world.setting.government,
    )


def supply_view(world: World) -> SupplyView:
    """What governments see before they approve projects."""
    routes, operators = world.setting.base.routes, world.power.operator_rows
    peak = np.where(operators["peak_gw"] > 0.0, operators["peak_gw"], 1.0)
    margin = np.where(operators["peak_gw"] > 0.0, operators["firm_capacity_gw"] / peak - 1.0, 0.0)
    return SupplyView(
        high_emission=routes.high_emission,
        firm_power=((routes.sector == POWER) & (routes.technology == COAL)).astype(np.float64),
        moratorium=world.signal("approval_moratorium"),
        supply_margin=margin,
        parameters=world.setting.government,
    )


def outlook_view(world: World) -> OutlookView:
    """What firms hear of demand and carbon prices."""
    now, promised, announced, age = world.allowances.outlook(world.i)
    return OutlookView(
        demand_growth=world.demand_growth,
        carbon_price=now,
        price_age=age,
        carbon_trend=world.allowances.trend,
        announced_now=promised,
        announced=announced,
        parameters=world.setting.firm,
    )


def age_view(world: World) -> AgeView:
    """What firms know of the age of plants."""
    routes = world.setting.base.routes
    return AgeView(
        world.year,
        routes.lifetime_years,
        world.setting.first_year_share,
        routes.retrofit_of,
        world.setting.parameters["merge_age_years"],
    )
