"""What governments and firms perceive this year, put together from the world. Views of cost stand in `costs`, of power
in `electricity`, of investment in `investment`."""

import numpy as np

from agents.certificates import CertificateView
from agents.compiled import rule
from agents.firm_plants import AgeView
from agents.government_record import SignalView, SupplyView
from simulator import certificate_duties
from simulator.tables import Array
from simulator.world import World


def signal_view(world: World) -> SignalView:
    """The national signals of the year as they reach provinces."""
    return SignalView(
        stringency=world.signal("approval_stringency"),
        subsidy=world.signal("capex_subsidy_share"),
        efficiency_floor=world.signal("efficiency_floor_share"),
        carbon_adder=world.signal("carbon_price_adder_cny_per_tco2"),
        high_emission=world.setting.base.routes.high_emission,
        low_carbon=world.setting.government_tables.low_carbon,
        priced=world.setting.government_tables.priced,
        channels=world.channels,
        parameters=world.setting.government,
    )


def supply_view(world: World) -> SupplyView:
    """What governments see before they approve projects."""
    routes = world.setting.base.routes
    return SupplyView(
        high_emission=routes.high_emission,
        firm_power=world.setting.government_tables.firm_power,
        moratorium=world.signal("approval_moratorium"),
        supply_margin=supply_margin(world),
        parameters=world.setting.government,
    )


def supply_margin(world: World) -> Array:
    """Firm capacity over peak load [P], less one; zero where there is no load."""
    margin = np.zeros(world.power.operator_rows.size)
    fill_margins(world.power.operator_rows, margin)
    return margin


@rule
def fill_margins(operators: Array, margin: Array) -> None:
    """Fill the supply margin [P]. Worked value: 120 GW of firm capacity at a peak of 100 GW: 0.2."""
    for place in range(margin.size):
        operator = operators[place]
        margin[place] = operator.firm_capacity_gw / operator.peak_gw - 1.0 if operator.peak_gw > 0.0 else 0.0


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


def certificate_view(world: World) -> CertificateView:
    """What buyers of green certificates know, once those of the year are issued; notes which firms have a duty."""
    market = world.certificates
    market.duties.year[0] = world.setting.years[world.i]
    certificate_duties.tell_buyers(
        world.power.operator_rows,
        world.government_rows,
        world.setting.base.power.hours,
        world.power.books.unserved_twh,
        world.electricity,
        world.signal("renewables_obligation_multiplier"),
        world.channels.enforce,
        market.duties,
        market.held_by_operators,
        market.register.duty,
        market.view,
    )
    return market.view
