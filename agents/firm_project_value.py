"""What a project costs a firm and is worth to it, and what it knows when it weighs one (ODD+D: submodel 7).

An industrial route is weighed by its levelised cost, a power plant by its net present value, both at the firm's own
required return and the carbon prices that it expects.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents import choice
from agents.compiled import rule
from agents.firm_record import POWER, FirmParameters, FirmState, emissions_per_unit
from agents.record import Record, field

Array = NDArray[Any]

# A retrofit is never free, however close the two capital costs come.
LEAST_EXTRA_SHARE = 0.05


class Luck(NamedTuple):
    """Where a rule looks its draws up: the seed, the year [1], filled anew every year, and the streams of this kind of
    decision."""

    seed: int
    year: Array
    choice: int
    approval: int
    demonstration: int
    site: int


class Option(Record):
    """A route as the firms of a province may choose it this year."""

    is_open: int = field("i2", "0 or 1", "mature, not tendered, and its resources are left")
    family: int = field("i2", "-", "routes of one family make the same product")
    retrofit_of: int = field("i2", "-", "route to which it is added as a retrofit; -1 none")
    lead_years: float = field("f8", "years", "from choice to start")
    lifetime_years: float = field("f8", "years", "life of a plant")
    relining_years: float = field("f8", "years", "from relining to relining or overhaul; 0 where there is none")
    normal_output: float = field("f8", "units", "made by a unit of capacity at normal use")
    chance: float = field("f8", "share", "chance that a firm finds a site and a place in plans, and has heard of it")
    approval: float = field("f8", "share", "chance that the local government lets a project pass")
    peer_pull: float = field("f8", "-", "utility because peers at home and along the trade network run it")
    capital_cost: float = field("f8", "CNY per unit of capacity", "overnight cost (per kW), soft cost included")
    subsidy_share: float = field("f8", "share", "part of the capital cost that the government pays")
    fixed_cost: float = field("f8", "CNY per unit of capacity and year", "cost that does not depend on use")
    energy_cost: float = field("f8", "CNY per unit", "fuel and electricity before saving")
    other_cost: float = field("f8", "CNY per unit", "other running cost")
    energy_emissions: float = field("f8", "tCO2 per unit", "CO2 of fuel before saving, net of capture")
    process_emissions: float = field("f8", "tCO2 per unit", "process CO2, net of capture")
    allowance_credit: float = field("f8", "t per unit", "allowances given per unit made")
    power_margin: float = field("f8", "CNY per kW and year", "sales less running cost at today's carbon price")
    carbon_exposure: float = field("f8", "t per kW and year", "change of the margin for one CNY per tCO2 more")
    noted_cost: float = field("f8", "CNY per unit", "levelised cost to the firm that is choosing")
    noted_draw: float = field("f8", "-", "uniform draw of the firm that is choosing, for what the model does not name")


class Market(Record):
    """What the firms of a sector in a province share when they choose."""

    first_route: int = field("u2", "-", "first of the sector's routes")
    last_route: int = field("u2", "-", "the one after its last")
    finance_limited: float = field("f8", "0 or 1", "0 where firms stand for many small owners")
    debt_ratio: float = field("f8", "share", "part of a project that banks lend")
    volatility: float = field("f8", "-", "standard deviation of the log carbon price over five years")
    carbon_price: float = field("f8", "CNY/t", "of the carbon market")
    carbon_adder: float = field("f8", "CNY/t", "local price on top")


class Lifetime(NamedTuple):
    """What follows from the years that a plant serves: yearly payment per unit of capital, and the carbon price in CNY
    per tCO2 that a firm expects over them."""

    years: float
    recovery_factor: float
    carbon_price: float


UNKNOWN = Lifetime(0.0, 0.0, 0.0)


class InvestmentView(NamedTuple):
    """What a firm knows when it chooses a project: options [P, K], markets [P, S], and what all firms share."""

    luck: Luck
    options: Any
    markets: Any
    parameters: FirmParameters


# ---------------------------------------------------------------------------------------------------- equations


@rule
def required_return(firm: FirmState, seen: InvestmentView) -> float:
    """Hurdle rate with a premium for a carbon price that jumps about (Dixit and Pindyck 1994)."""
    volatility = seen.markets[firm.province, firm.sector].volatility
    return firm.hurdle_rate + seen.parameters.volatility_premium * volatility


@rule
def renews(firm: FirmState, route: int, slot: int) -> bool:
    """Whether the project builds a power plant again on its site, for a whole new life."""
    return firm.sector == POWER and slot >= 0 and firm.slot_route[slot] == route


@rule
def capital_and_life(firm: FirmState, route: int, slot: int, seen: InvestmentView) -> tuple[float, float]:
    """Overnight cost after subsidy in CNY per unit of capacity and the years it serves.

    Rebuilding a plant on its own route is a relining at a share of the cost, in power a new plant; a retrofit costs the
    difference and serves as long as the plant still lives.
    """
    option = seen.options[firm.province, route]
    cost, life = option.capital_cost, option.lifetime_years
    if slot >= 0 and not renews(firm, route, slot):
        old = firm.slot_route[slot]
        if old == route:
            cost = cost * seen.parameters.relining_cost_share
            life = max(option.relining_years, 1.0)
        elif option.retrofit_of == old:
            extra = max(cost - seen.options[firm.province, old].capital_cost, LEAST_EXTRA_SHARE * cost)
            cost = extra * seen.parameters.retrofit_cost_factor
            life = max(life - (seen.luck.year[0] - firm.slot_built[slot]), 1.0)
    return cost * (1.0 - option.subsidy_share), life


@rule
def over_life(firm: FirmState, rate: float, years: float, last: Lifetime) -> Lifetime:
    """What follows from a plant's life at the required return `rate`; most routes of a sector live as long as the last.

    The carbon prices expected in 1, 7 and 15 years are each weighted by the discounted part for which they stand.
    """
    if years == last.years:
        return last
    near, middle, far = choice.horizon_weights(rate, years)
    price = firm.expected_carbon_price
    carbon_price = near * price[0] + middle * price[1] + far * price[2]
    return Lifetime(years, choice.capital_recovery_factor(rate, years), carbon_price)


@rule
def levelised_cost(firm: FirmState, option: Option, market: Market, cost: float, life: Lifetime) -> float:
    """Levelised cost in CNY per unit at the required return and the carbon price that the firm expects.

    Capital, of `cost` in CNY per unit of capacity, and fixed cost at normal use, running cost at today's energy prices.
    Who is covered pays for what it emits beyond its allowances; the local price is paid on all.
    """
    fixed = (cost * life.recovery_factor + option.fixed_cost) / option.normal_output
    running = option.energy_cost * (1.0 - firm.saving) + option.other_cost
    intensity = emissions_per_unit(firm, option.energy_emissions, option.process_emissions)
    carbon = life.carbon_price * (intensity - option.allowance_credit) if firm.covered else 0.0
    return fixed + running + carbon + market.carbon_adder * intensity


@rule
def yearly_margin(option: Option, market: Market, life: Lifetime) -> float:
    """Expected margin in CNY per kW and year after fixed cost, at the carbon price that the firm expects."""
    rise = life.carbon_price - market.carbon_price
    return option.power_margin + rise * option.carbon_exposure - option.fixed_cost


@rule
def plant_value(option: Option, market: Market, cost: float, life: Lifetime, margin_given_up: float) -> float:
    """Net present value per unit of capital of a power plant that costs `cost` in CNY per kW after subsidy.

    margin_given_up: yearly margin in CNY per kW of the plant to which it is added as a retrofit.
    """
    margin = yearly_margin(option, market, life) - margin_given_up
    return choice.net_present_value_per_capital(margin, cost, life.recovery_factor)
