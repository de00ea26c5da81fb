"""Green certificates: issued per MWh of wind, sun and biomass, needed under renewables obligations, traded, retired.

Certificates move money and claims, never power or emissions: they are settled when the year's production is over, and
what they earn reaches investors as an expectation for later years. Under guaranteed purchase they come with the power,
to the operator of the province; the rest belongs to the plants. They are valid in the year of generation and the next.
P provinces, K routes, S sectors; certificates in TWh (millions), money in m CNY, prices in CNY per MWh.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.certificates import bought_share
from agents.compiled import rule
from agents.grid_operator_record import BIOMASS, OFFSHORE_WIND, ONSHORE_WIND, SOLAR
from simulator.calibration import ratio
from simulator.tables import Array, fill_array, read_table

if TYPE_CHECKING:
    from simulator.setting import Setting
    from simulator.world import World

ISSUED_FOR = (ONSHORE_WIND, OFFSHORE_WIND, SOLAR, BIOMASS)
# Energy-intensive sectors with a duty of their own, from the year in the parameters.
OBLIGED = ("NFM", "STL", "NMM")
OBLIGED_BY_CUSTOMERS = "OMF"
OBLIGATION_YEAR = 2023
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


class Market(NamedTuple):
    """What is offered and the band of the price. old, young: certificates on offer that expire this year, or next one;
    floor, ceiling: of the price; reference: price last year, at which all young ones are sold."""

    old: float
    young: float
    floor: float
    ceiling: float
    reference: float


class Certificates:
    """State of the market. held [2 holders, P, 2 ages], issued [2, P]: kept by, and given to, plants and operators;
    weight [P]: obligation of 2023; eligible [K]: certificates per MWh; price: of the last year;
    expected [P]: what a MWh that is sold without guarantee is expected to earn; duty [P, S]: 1 where a firm has to hold
    certificates; accounts [12, P]: see ACCOUNTS."""

    def __init__(self, setting: "Setting") -> None:
        names, routes, own = setting.base.names, setting.base.routes, setting.parameters
        table, places = read_table("renewable_obligations"), (("province", names.provinces),)
        self.weight = fill_array(table, places, "non_hydro_share") * fill_array(table, places, "assessed")
        self.eligible = np.isin(routes.technology, ISSUED_FOR).astype(np.float64)
        self.eligible[routes.technology == BIOMASS] = own["biomass_certificate_share"]
        self.held = np.zeros((2, len(names.provinces), 2))
        self.issued = np.zeros((2, len(names.provinces)))
        self.price = own["certificate_initial_price"]
        self.expected = np.zeros(len(names.provinces))
        self.duty = np.zeros((len(names.provinces), len(names.sectors)))
        self.accounts = np.zeros((len(ACCOUNTS), len(names.provinces)))
        self.duty_year = np.full(len(names.sectors), np.inf)
        for code in OBLIGED:
            self.duty_year[names.sectors.index(code)] = own[f"green_power_duty_year_{code.lower()}"]
        self.customers = np.zeros(len(names.sectors))
        self.customers[names.sectors.index(OBLIGED_BY_CUSTOMERS)] = own["green_power_customers_share"]


def obligation_share(weight: Array, year: int, rise: float, most: float, multiplier: Array) -> Array:
    """Share of electricity to be covered by certificates [P]: the weight of 2023, the same rise for all every year.

    A province without an obligation in 2023 has none. Worked value: 16 % in 2023, 1.5 points a year: 26.5 % in 2030.
    """
    share = np.clip(weight + rise * (year - OBLIGATION_YEAR), 0.0, most)
    return np.asarray(np.where(weight > 0.0, np.clip(share * multiplier, 0.0, 1.0), 0.0))


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


def issue(world: "World") -> None:
    """Issue the year's certificates to plants and operators."""
    market = world.certificates
    made = world.made * market.eligible
    guaranteed = (made * world.signal("guaranteed_purchase_share")).sum(axis=1)
    market.issued = np.stack([made.sum(axis=1) - guaranteed, guaranteed])
    market.held[:, :, YOUNG] += market.issued


def share_due(world: "World") -> Array:
    """Share of the year's electricity that every operator, and firms with a duty, have to cover [P]."""
    own = world.setting.parameters
    return obligation_share(
        world.certificates.weight,
        world.setting.years[world.i],
        own["obligation_rise_per_year"],
        own["obligation_maximum"],
        world.signal("renewables_obligation_multiplier"),
    )


@rule
def sum_bids(firms: Array, wanted: Array, limit: Array) -> None:
    """Fill wanted [P] with what the firms of each province want, and limit [P] with their mean limit."""
    wanted[:] = 0.0
    limit[:] = 0.0
    for firm in firms:
        wanted[firm.province] += firm.certificates_wanted
        limit[firm.province] += firm.certificates_wanted * firm.certificate_limit
    for place in range(wanted.size):
        if wanted[place] > 0.0:
            limit[place] /= wanted[place]


@rule
def charge_firms(firms: Array, price: float, met: Array, duty: Array, payment: Array) -> None:
    """Charge every firm the price for the part [P] of its wish that was met and, where it has a duty [P, S], a
    shortfall's cost for the rest; payment [P] gets the sum of the latter."""
    payment[:] = 0.0
    for firm in firms:
        met_here = met[firm.province]
        missing = firm.certificates_wanted * (1.0 - met_here) * duty[firm.province, firm.sector]
        payment[firm.province] += missing * firm.certificate_limit
        firm.certificate_cost = firm.certificates_wanted * met_here * price + missing * firm.certificate_limit


class Deal(NamedTuple):
    """Outcome of the market. price; wanted, limit, met [2, P]: bids of operators and firms, and the part of them that
    was met; sold [2 holders, P]; issued [2 holders, P]."""

    price: float
    wanted: Array
    limit: Array
    met: Array
    sold: Array
    issued: Array


def trade(world: "World") -> None:
    """Clear the market on the bids of operators and firms, retire, pay, and let what nobody bought grow old."""
    market = world.certificates
    issued = market.issued
    retire_own(market.held[OPERATORS], world.power.operator_rows["certificates_used"])
    deal = clear(world, issued)
    expired = market.held[:, :, OLD].sum(axis=0)
    # What is young now expires at the end of next year.
    market.held = np.stack([np.zeros(issued.shape), market.held[:, :, YOUNG]], axis=2)
    earned, payment = pay(world, deal)
    used, bought = world.power.operator_rows["certificates_used"], (deal.wanted * deal.met).sum(axis=0)
    wanted, sold = used + deal.wanted.sum(axis=0), deal.sold.sum(axis=0)
    kept, missing = market.held.sum(axis=(0, 2)), (deal.wanted * (1.0 - deal.met)).sum(axis=0)
    values = (issued.sum(axis=0), wanted, used + bought, bought, sold, kept, expired, missing)
    market.accounts[:] = (*values, deal.price * bought, deal.price * sold, earned, payment)
    market.price = deal.price


def retire_own(held: Array, used: Array) -> None:
    """Take what operators retire [P] out of what they hold [P, 2 ages], the old ones first."""
    from_old = np.minimum(used, held[:, OLD])
    held[:, OLD] -= from_old
    held[:, YOUNG] = np.maximum(held[:, YOUNG] - (used - from_old), 0.0)


def clear(world: "World", issued: Array) -> Deal:
    """Find the price, and take what is sold out of all holdings in one proportion for each age, the old ones first.

    Where the price stands at a bound, the longer side is served in part.
    """
    market, operators, own = world.certificates, world.power.operator_rows, world.setting.parameters
    wanted, limit = np.zeros(issued.shape), np.zeros(issued.shape)
    wanted[0], limit[0] = operators["certificates_wanted"], operators["certificate_limit"]
    sum_bids(world.other_firms, wanted[1], limit[1])
    old, young = float(market.held[:, :, OLD].sum()), float(market.held[:, :, YOUNG].sum())
    floor, ceiling = own["certificate_price_floor"], own["certificate_shortfall_payment"]
    terms = Market(old, young, floor, ceiling, market.price)
    price = clearing_price(wanted.ravel(), limit.ravel(), terms)
    met = np.array([[bought_share(price, one) for one in row] for row in limit])
    demand = float((wanted * met).sum())
    offered = old + young * offered_share(price, floor, market.price)
    traded = min(demand, offered)
    # Inside the band both agree but for rounding, and nobody goes without for that.
    met *= traded / demand if demand - offered > ROUNDING * demand else 1.0
    from_old = min(traded, old)
    part = np.array([share_of(traded - from_old, young), share_of(from_old, old)])
    sold = market.held * part
    market.held = market.held - sold
    return Deal(price, wanted, limit, met, sold.sum(axis=2), issued)


def share_of(part: float, whole: float) -> float:
    """A part of a whole, 0 of nothing."""
    return min(part / whole, 1.0) if whole > 0.0 else 0.0


def pay(world: "World", deal: Deal) -> tuple[Array, Array]:
    """Book what firms and plants pay and get, and what operators pass on to users; returns sales of plants and
    shortfall payments [P].

    Plants are paid by the MWh that they sold without guarantee this year; where there is none, by way of the operator.
    """
    market, operators = world.certificates, world.power.operator_rows
    payment = np.zeros(market.expected.size)
    charge_firms(world.other_firms, deal.price, deal.met[1], market.duty, payment)
    own_sale = deal.issued[PLANTS] > 0.0
    earned = np.where(own_sale, deal.price * deal.sold[PLANTS], 0.0)
    per_mwh = ratio(earned, deal.issued[PLANTS])
    world.power.power_price += market.eligible * (1.0 - world.signal("guaranteed_purchase_share")) * per_mwh[:, None]
    market.expected += world.setting.parameters["price_expectation_weight"] * (per_mwh - market.expected)
    short = deal.wanted[0] * (1.0 - deal.met[0]) * deal.limit[0]
    income = deal.price * deal.sold.sum(axis=0) - earned
    cost = deal.price * deal.wanted[0] * deal.met[0] + short - income
    operators["certificate_charge"] = ratio(cost, world.electricity.sum(axis=1))
    return earned, payment + short


def expected_premium(world: "World") -> Array:
    """What certificates are expected to add to the price of a MWh of new plants [P, K]."""
    market = world.certificates
    free = market.eligible * (1.0 - world.signal("guaranteed_purchase_share"))
    return np.asarray(free * market.expected[:, None])


def national(market: Certificates) -> dict[str, float]:
    """Columns of the national table: certificates issued, retired and kept, and their price."""
    sums = dict(zip(ACCOUNTS, market.accounts.sum(axis=1), strict=True))
    columns = {f"certificates_{name}_twh": float(sums[f"{name}_twh"]) for name in ("issued", "retired", "banked")}
    return {**columns, "certificate_price_cny_per_mwh": market.price}


def year_of(market: Certificates) -> dict[str, Array | float]:
    """Columns of the table of certificates [P]."""
    return {**dict(zip(ACCOUNTS, market.accounts, strict=True)), "price_cny_per_mwh": market.price}
