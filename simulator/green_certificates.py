"""Green certificates: issued per MWh of wind, sun and biomass, needed under renewables obligations, traded, retired.

Certificates move money and claims, never power or emissions: they are settled when the year's production is over, and
what they earn reaches investors as an expectation for later years. Under guaranteed purchase they come with the power,
to the operator of the province; the rest belongs to the plants. They are valid in the year of generation and the next.
P provinces, K routes, S sectors; certificates in TWh (millions), money in m CNY, prices in CNY per MWh.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.certificates import CertificateView, bought_share
from agents.compiled import rule
from agents.grid_operator_record import BIOMASS, OFFSHORE_WIND, ONSHORE_WIND, SOLAR
from simulator.certificate_duties import duties_of, tell_buyers
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.setting import Setting
    from simulator.world import World

ISSUED_FOR = (ONSHORE_WIND, OFFSHORE_WIND, SOLAR, BIOMASS)
PASSES = 60
ROUNDING = 1e-12
YOUNG, OLD = 0, 1
PLANTS, OPERATORS = 0, 1
ACCOUNTS = (
    "issued_twh",
    "wanted_twh",
    "retired_twh",
    "bought_twh",
    "sold_twh",
    "banked_twh",
    "expired_twh",
    "missing_twh",
    "purchases_mcny",
    "sales_mcny",
    "sales_of_plants_mcny",
    "shortfall_payment_mcny",
)
ISSUED, WANTED, RETIRED, BOUGHT, SOLD, BANKED, EXPIRED, MISSING, PAID, EARNED, EARNED_BY_PLANTS, PAID_FOR_SHORTFALL = (
    range(len(ACCOUNTS))
)


class Market(NamedTuple):
    """What is offered and the band of the price. old, young: certificates on offer that expire this year, or next one;
    floor, ceiling: of the price; reference: price last year, at which all young ones are sold."""

    old: float
    young: float
    floor: float
    ceiling: float
    reference: float


class Register(NamedTuple):
    """Books of the market, made once and kept for ever.

    eligible [K]: certificates per MWh; held [2 holders, P, 2 ages]; issued, sold [2 holders, P]: of plants and
    operators; wanted, limit, met [2 P]: bids of operators, then of the firms of each province, their mean limit, and
    the part that was met; duty [P, S]: 1 where a firm has to hold certificates; expected [P]: what a MWh that is sold
    without guarantee is expected to earn; accounts [12, P]: see ACCOUNTS; price [1]: of last year, and of this one once
    it is found.
    """

    eligible: Array
    held: Array
    issued: Array
    sold: Array
    wanted: Array
    limit: Array
    met: Array
    duty: Array
    expected: Array
    accounts: Array
    price: Array


class Terms(NamedTuple):
    """What the year's trade goes by. floor, ceiling: of the price; guaranteed_share [P, K]: of power; electricity
    [P, S] in TWh; weight: of this year in what plants expect to earn."""

    floor: float
    ceiling: float
    guaranteed_share: Array
    electricity: Array
    weight: float


class Certificates:
    """State of the market: its books, its terms, those who have duties, and what buyers see."""

    def __init__(self, setting: "Setting", guaranteed_share: Array, electricity: Array) -> None:
        names, routes, own = setting.base.names, setting.base.routes, setting.parameters
        places, sectors = len(names.provinces), len(names.sectors)
        eligible = np.isin(routes.technology, ISSUED_FOR).astype(np.float64)
        eligible[routes.technology == BIOMASS] = own["biomass_certificate_share"]
        bids, holders, by_sector = (2 * places,), (2, places), (places, sectors)
        accounts = len(ACCOUNTS), places
        shapes = ((2, places, 2), holders, holders, bids, bids, bids, by_sector, (places,), accounts, (1,))
        self.register = Register(eligible, *(np.zeros(shape) for shape in shapes))
        self.register.price[0] = own["certificate_initial_price"]
        self.held_by_operators = self.register.held[OPERATORS]
        self.terms = Terms(
            floor=own["certificate_price_floor"],
            ceiling=own["certificate_shortfall_payment"],
            guaranteed_share=guaranteed_share,
            electricity=electricity,
            weight=own["price_expectation_weight"],
        )
        self.duties = duties_of(setting.base.names, own)
        self.view = CertificateView(np.zeros(by_sector), *np.zeros((4, places)))


def issue(world: "World") -> None:
    """Issue the year's certificates to plants and operators."""
    market = world.certificates
    issue_all(world.made, market.terms.guaranteed_share, market.register)


@rule
def issue_all(made: Array, guaranteed_share: Array, register: Register) -> None:
    """Certificates of what was made [P, K]: for guaranteed power to the operator, for the rest to plants."""
    for place in range(made.shape[0]):
        total, guaranteed = 0.0, 0.0
        for route in range(made.shape[1]):
            certified = made[place, route] * register.eligible[route]
            total += certified
            guaranteed += certified * guaranteed_share[place, route]
        register.issued[PLANTS, place] = total - guaranteed
        register.issued[OPERATORS, place] = guaranteed
        for holder in (PLANTS, OPERATORS):
            register.held[holder, place, YOUNG] += register.issued[holder, place]


def certificate_view(world: "World") -> CertificateView:
    """What buyers know, once the year's certificates are issued; notes which firms have a duty."""
    market = world.certificates
    # In the frozen run every year is like the first.
    market.duties.year[0] = world.setting.years[world.i]
    tell_buyers(
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


@rule
def offered_share(price: float, floor: float, reference: float) -> float:
    """Part of the certificates valid another year that is sold: none at the floor, all at last year's price.

    Worked value: floor 5, last year 25, price 15: 0.5.
    """
    return min(max((price - floor) / max(reference - floor, 1.0), 0.0), 1.0)


@rule
def excess_demand(price: float, wanted: Array, limit: Array, market: Market) -> float:
    """Certificates wanted less those offered, in TWh; falls with the price. wanted, limit [N]: of all buyers."""
    demand = 0.0
    for buyer in range(wanted.size):
        demand += wanted[buyer] * bought_share(price, limit[buyer])
    return demand - market.old - market.young * offered_share(price, market.floor, market.reference)


@rule
def clearing_price(wanted: Array, limit: Array, market: Market) -> float:
    """Price between floor and ceiling at which as much is bought as sold, by bisection; the bound where there is none.

    Worked value: one buyer of 10 TWh with limit 40 and 5 TWh of old certificates: 30.
    """
    low, high = market.floor, market.ceiling
    if excess_demand(low, wanted, limit, market) <= 0.0:
        return low
    if excess_demand(high, wanted, limit, market) > 0.0:
        return high
    for _ in range(PASSES):
        middle = 0.5 * (low + high)
        if excess_demand(middle, wanted, limit, market) > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def trade(world: "World") -> None:
    """Clear the market on the bids of operators and firms, retire, pay, and let what nobody bought grow old."""
    market, power = world.certificates, world.power
    trade_all(power.operator_rows, world.other_firms, market.terms, market.register, power.power_price)


@rule
def trade_all(operators: Any, firms: Any, terms: Terms, register: Register, power_price: Array) -> None:
    """A year of the market. power_price [P, K]: what plants are paid for a MWh, to which certificates add."""
    gather_bids(operators, firms, register)
    retire_own(register.held[OPERATORS], operators)
    price = clear(register, terms)
    register.price[0] = price
    charge_firms(firms, price, register)
    for place in range(operators.size):
        book_quantities(operators[place], place, register)
        pay(operators[place], place, price, terms, register, power_price)


@rule
def gather_bids(operators: Any, firms: Any, register: Register) -> None:
    """What operators want and would pay, and the sum and mean limit of what the firms of each province want."""
    places = operators.size
    wanted, limit = register.wanted, register.limit
    wanted[:] = 0.0
    limit[:] = 0.0
    for place in range(places):
        wanted[place] = operators[place].certificates_wanted
        limit[place] = operators[place].certificate_limit
    for firm in firms:
        # Many want none, and to look where they are takes longer than to see that.
        if firm.certificates_wanted != 0.0:
            bidder = places + firm.province
            wanted[bidder] += firm.certificates_wanted
            limit[bidder] += firm.certificates_wanted * firm.certificate_limit
    for bidder in range(places, 2 * places):
        if wanted[bidder] > 0.0:
            limit[bidder] /= wanted[bidder]


@rule
def retire_own(held: Array, operators: Any) -> None:
    """Take what operators retire out of what they hold [P, 2 ages], the old ones first."""
    for place in range(operators.size):
        used = operators[place].certificates_used
        from_old = min(used, held[place, OLD])
        held[place, OLD] -= from_old
        held[place, YOUNG] = max(held[place, YOUNG] - (used - from_old), 0.0)


@rule
def clear(register: Register, terms: Terms) -> float:
    """Find the price, and take what is sold out of all holdings in one proportion for each age, the old ones first.

    Where the price stands at a bound, the longer side is served in part.
    """
    old, young = 0.0, 0.0
    for holder in (PLANTS, OPERATORS):
        for place in range(register.held.shape[1]):
            old += register.held[holder, place, OLD]
            young += register.held[holder, place, YOUNG]
    market = Market(old, young, terms.floor, terms.ceiling, register.price[0])
    price = clearing_price(register.wanted, register.limit, market)
    demand = 0.0
    for bidder in range(register.wanted.size):
        register.met[bidder] = bought_share(price, register.limit[bidder])
        demand += register.wanted[bidder] * register.met[bidder]
    offered = old + young * offered_share(price, market.floor, market.reference)
    traded = min(demand, offered)
    # Inside the band both agree but for rounding, and nobody goes without for that.
    if demand - offered > ROUNDING * demand:
        for bidder in range(register.met.size):
            register.met[bidder] *= traded / demand
    from_old = min(traded, old)
    sell(register, share_of(from_old, old), share_of(traded - from_old, young))
    return price


@rule
def share_of(part: float, whole: float) -> float:
    """A part of a whole, 0 of nothing."""
    return min(part / whole, 1.0) if whole > 0.0 else 0.0


@rule
def sell(register: Register, old_share: float, young_share: float) -> None:
    """Take the same share of certificates of an age out of all holdings."""
    for holder in (PLANTS, OPERATORS):
        for place in range(register.held.shape[1]):
            held = register.held[holder, place]
            old, young = old_share * held[OLD], young_share * held[YOUNG]
            register.sold[holder, place] = young + old
            held[OLD] -= old
            held[YOUNG] -= young


@rule
def charge_firms(firms: Any, price: float, register: Register) -> None:
    """Charge every firm the price for the part of its wish that was met and, where it has a duty, a shortfall's cost
    for the rest, which is booked."""
    shortfall = register.accounts[PAID_FOR_SHORTFALL]
    places = shortfall.size
    shortfall[:] = 0.0
    for firm in firms:
        if firm.certificates_wanted == 0.0 and firm.certificate_cost == 0.0:
            continue
        met = register.met[places + firm.province]
        missing = firm.certificates_wanted * (1.0 - met) * register.duty[firm.province, firm.sector]
        shortfall[firm.province] += missing * firm.certificate_limit
        firm.certificate_cost = firm.certificates_wanted * met * price + missing * firm.certificate_limit


@rule
def book_quantities(operator: Any, place: int, register: Register) -> None:
    """Book a province's certificates; those that nobody bought grow old, and expire after their second year."""
    book, held = register.accounts, register.held
    firms = register.issued.shape[1] + place
    wanted = register.wanted[place] + register.wanted[firms]
    bought = register.wanted[place] * register.met[place] + register.wanted[firms] * register.met[firms]
    missing = register.wanted[place] * (1.0 - register.met[place])
    book[MISSING, place] = missing + register.wanted[firms] * (1.0 - register.met[firms])
    book[ISSUED, place] = register.issued[PLANTS, place] + register.issued[OPERATORS, place]
    book[WANTED, place] = operator.certificates_used + wanted
    book[RETIRED, place] = operator.certificates_used + bought
    book[BOUGHT, place] = bought
    book[SOLD, place] = register.sold[PLANTS, place] + register.sold[OPERATORS, place]
    book[EXPIRED, place] = held[PLANTS, place, OLD] + held[OPERATORS, place, OLD]
    book[BANKED, place] = held[PLANTS, place, YOUNG] + held[OPERATORS, place, YOUNG]
    for holder in (PLANTS, OPERATORS):
        held[holder, place, OLD] = held[holder, place, YOUNG]
        held[holder, place, YOUNG] = 0.0


@rule
def pay(operator: Any, place: int, price: float, terms: Terms, register: Register, power_price: Array) -> None:
    """Book what a province's plants are paid, and what its operator passes on to users.

    Plants are paid by the MWh that they sold without guarantee this year; where there is none, by way of the operator.
    """
    book, own = register.accounts, register.issued[PLANTS, place]
    earned = price * register.sold[PLANTS, place] if own > 0.0 else 0.0
    per_mwh = earned / own if own > 0.0 else 0.0
    for route in range(register.eligible.size):
        free = 1.0 - terms.guaranteed_share[place, route]
        power_price[place, route] += register.eligible[route] * free * per_mwh
    register.expected[place] += terms.weight * (per_mwh - register.expected[place])
    wanted, met = register.wanted[place], register.met[place]
    short = wanted * (1.0 - met) * register.limit[place]
    cost = price * wanted * met + short - (price * book[SOLD, place] - earned)
    used = 0.0
    for sector in range(terms.electricity.shape[1]):
        used += terms.electricity[place, sector]
    operator.certificate_charge = cost / used if used > 0.0 else 0.0
    book[PAID, place] = price * book[BOUGHT, place]
    book[EARNED, place] = price * book[SOLD, place]
    book[EARNED_BY_PLANTS, place] = earned
    book[PAID_FOR_SHORTFALL, place] += short


@rule
def expected_premium(eligible: float, guaranteed_share: float, expected: float) -> float:
    """What certificates are expected to add to the price of a MWh of a new plant, CNY per MWh."""
    return eligible * (1.0 - guaranteed_share) * expected
