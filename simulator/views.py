"""What governments and firms perceive this year, put together from the world. Views of cost stand in `costs`, of power
in `electricity`, of investment in `investment`."""

from agents.certificates import CertificateView
from agents.government_record import SignalView, SupplyView
from simulator import certificate_duties
from simulator.governance import fill_margins
from simulator.world import World


def signal_view(world: World) -> SignalView:
    """The national signals of the year as they reach provinces."""
    return world.government_views.signals


def supply_view(world: World) -> SupplyView:
    """What governments see before they approve projects."""
    seen = world.government_views.supply
    fill_margins(world.power.operator_rows, seen.supply_margin)
    return seen


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
        world.government_views.channels.enforce,
        market.duties,
        market.held_by_operators,
        market.register.duty,
        market.view,
    )
    return market.view
