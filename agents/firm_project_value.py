"""What a project costs a firm and is worth to it, and what it knows when it weighs one (ODD+D: submodel 7).

An industrial route is weighed by its levelised cost, a power plant by its net present value, both at the firm's own
required return and the carbon prices that it expects.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents import choice
from agents.compiled import process, rule
from agents.firm_record import POWER, CostView, FirmParameters, FirmState, emission_factor

Array = NDArray[Any]

# A retrofit is never free, however close the two capital costs come.
LEAST_EXTRA_SHARE = 0.05


class Luck(NamedTuple):
    """Where a rule looks its draws up: the seed, the year, and the streams of this kind of decision."""

    seed: int
    year: int
    choice: int
    approval: int
    demonstration: int
    site: int


class InvestmentView(NamedTuple):
    """What a firm knows when it chooses a project. P provinces, K routes, S sectors.

    capital_cost [P, K]: CNY per unit of yearly capacity (per kW), soft cost included; subsidy_share, approval
    [P, K]: shares; peer_pull [P, K]: utility of a route because peers in the province and along the trade network run
    it; known [P, K]: 1 if anyone at home or enough firms in the country run the route; open
    [P, K]: 1 if mature and its resources are left; opportunity [P, K]: chance of finding a site and a place in national
    plans; finance_limited [S]: 0 where firms stand for many small owners;
    debt_ratio [S]: share of a project that banks lend; power_margin [P, K]: CNY per kW and year,
    expected sales less running cost at today's carbon price; carbon_exposure [P, K]: its change in CNY per kW and year
    for one CNY per tCO2 more; lifetime_years, relining_years, lead_years [K]; family, retrofit_of [K]: route
    indices; first_route, last_route [S]: the sector's routes, the last one excluded; volatility [P, S]: standard
    deviation of the log carbon price over five years; demonstration_chance: yearly chance that a firm considers a
    route that nobody near it runs; noted_cost [K]: where a firm notes levelised costs while it compares them.
    """

    luck: Luck
    costs: CostView
    capital_cost: Array
    subsidy_share: Array
    approval: Array
    peer_pull: Array
    known: Array
    open: Array
    opportunity: Array
    finance_limited: Array
    debt_ratio: Array
    power_margin: Array
    carbon_exposure: Array
    lifetime_years: Array
    relining_years: Array
    lead_years: Array
    family: Array
    retrofit_of: Array
    first_route: Array
    last_route: Array
    volatility: Array
    demonstration_chance: float
    noted_cost: Array
    parameters: FirmParameters


# ---------------------------------------------------------------------------------------------------- equations


@rule
def required_return(firm: FirmState, seen: InvestmentView) -> float:
    """Hurdle rate with a premium for a carbon price that jumps about (Dixit and Pindyck 1994)."""
    return firm.hurdle_rate + seen.parameters.volatility_premium * seen.volatility[firm.province, firm.sector]


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
    cost = seen.capital_cost[firm.province, route]
    life = seen.lifetime_years[route]
    if slot >= 0 and not renews(firm, route, slot):
        old = firm.slot_route[slot]
        if old == route:
            cost = cost * seen.parameters.relining_cost_share
            life = max(seen.relining_years[route], 1.0)
        elif seen.retrofit_of[route] == old:
            extra = max(cost - seen.capital_cost[firm.province, old], LEAST_EXTRA_SHARE * cost)
            cost = extra * seen.parameters.retrofit_cost_factor
            life = max(life - (seen.luck.year - firm.slot_built[slot]), 1.0)
    return cost * (1.0 - seen.subsidy_share[firm.province, route]), life


@rule
def levelised_cost(firm: FirmState, route: int, slot: int, rate: float, seen: InvestmentView) -> float:
    """Levelised cost in CNY per unit at the required return `rate` and the carbon prices that the firm expects.

    Capital and fixed cost at normal use, running cost at today's energy prices, carbon at the prices expected in 1, 7
    and 15 years, each weighted by the discounted part of the life for which it stands.
    """
    costs = seen.costs
    cost, life = capital_and_life(firm, route, slot, seen)
    made = costs.full_output[route] * costs.utilisation[firm.province, route]
    capital = (cost * choice.capital_recovery_factor(rate, life) + costs.fixed_cost[route]) / made
    running = costs.energy_cost[firm.province, route] * (1.0 - firm.saving) + costs.other_cost[firm.province, route]
    intensity = emission_factor(firm, route, costs)
    adder = costs.carbon_adder[firm.province, firm.sector] * intensity
    carbon = 0.0
    if firm.covered:
        net = intensity - costs.allowance_credit[firm.province, route]
        carbon = carbon_price_over_life(firm, rate, life) * net
    return capital + running + carbon + adder


@rule
def carbon_price_over_life(firm: FirmState, rate: float, life: float) -> float:
    """Carbon price in CNY per tCO2 over a plant's life: of each horizon by its discounted part."""
    near, middle, far = choice.horizon_weights(rate, life)
    price = firm.expected_carbon_price
    return near * price[0] + middle * price[1] + far * price[2]


@process
def peer_pulls(peer_share: Array, own: FirmParameters) -> Array:
    """Utility of each route because peers run it [P, K]; peer_share [P, K]: share of the routes among peers."""
    pull = np.empty(peer_share.shape)
    for province in range(peer_share.shape[0]):
        for route in range(peer_share.shape[1]):
            share = peer_share[province, route]
            pull[province, route] = choice.imitation(share, own.imitation_weight, own.imitation_share_floor)
    return pull


@rule
def yearly_margin(firm: FirmState, route: int, rate: float, life: float, seen: InvestmentView) -> float:
    """Expected margin in CNY per kW and year after fixed cost, at the carbon price that the firm expects."""
    rise = carbon_price_over_life(firm, rate, life) - seen.costs.carbon_price[firm.province, firm.sector]
    margin = seen.power_margin[firm.province, route] + rise * seen.carbon_exposure[firm.province, route]
    return margin - seen.costs.fixed_cost[route]


@rule
def plant_value(firm: FirmState, route: int, slot: int, rate: float, seen: InvestmentView) -> float:
    """Net present value per unit of capital of a power plant in this province, at the required return `rate`.

    A retrofit is worth what it adds to the plant as it is.
    """
    cost, life = capital_and_life(firm, route, slot, seen)
    margin = yearly_margin(firm, route, rate, life, seen)
    if slot >= 0 and not renews(firm, route, slot):
        margin -= yearly_margin(firm, firm.slot_route[slot], rate, life, seen)
    return choice.net_present_value_per_capital(margin, cost, rate, life)
