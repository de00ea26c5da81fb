"""Columns of the tables of power, plants, decisions that were stopped and markets, and how a year of all tables is
written.

P provinces, K routes, T technologies of power, L lines, M carbon markets. Columns are named as in a run folder.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, UNSOLD, WITHHELD
from simulator.columns import Array, Country, Figures, YearAccounts, write_accounts
from simulator.electricity_flows import Exchange, LinesOfYear, exchange
from simulator.footprints import EmissionsOfYear, Footprint, GoodsAccount, footprints_of_year
from simulator.green_certificates import ACCOUNTS
from simulator.pages import Pages, page_of
from simulator.true_up import ALLOCATED, BANKED, EXPIRED, SURRENDERED

POWER_COLUMNS = ("capacity_gw", "generation_twh", "curtailed_twh")
LINES_COLUMNS = ("capacity_gw", "flow_twh", "congestion_share")
ROUTES_COLUMNS = ("capacity", "output")
CONSTRAINTS_COLUMNS = ("decisions",)
GREEN_CERTIFICATES_COLUMNS = (*ACCOUNTS, "price_cny_per_mwh")
CARBON_MARKET_COLUMNS = (
    "price_cny_per_tco2",
    "first_price_cny_per_tco2",
    "late_price_cny_per_tco2",
    "first_traded_mt",
    "late_traded_mt",
    "allocated_mt",
    "auctioned_mt",
    "surrendered_mt",
    "banked_mt",
    "withheld_mt",
    "reserve_mt",
    "late_mt",
    "unsold_mt",
    "expired_mt",
    "revenue_mcny",
)


class Plants(NamedTuple):
    """capacity, made [P, K]: of routes, in units; technology [K]: of power, below zero for none; blocked [P, S,
    causes]: decisions by what stood in their way; lines [L]: capacity in GW, what they took both ways in TWh, share of
    the hours in which they were full."""

    capacity: Array
    made: Array
    technology: Array
    blocked: Array
    line_capacity_gw: Array
    forward_twh: Array
    backward_twh: Array
    congested_share: Array


class CarbonYear(NamedTuple):
    """Allowances of a year. price [M]: mean of both sessions; first, late [M, 6]: see `carbon_market.clear`; accounts
    [M, 7]: see `true_up`; lapsed [M]: kept by firms that closed, in Mt; revenue [M] in m CNY."""

    price: Array
    first: Array
    late: Array
    accounts: Array
    lapsed: Array
    revenue: Array


@rule
def write_power(to: Array, year: YearAccounts, plants: Plants) -> None:
    """Write power by province and technology; capacity is the sum over its routes."""
    for place in range(to.shape[0]):
        for technology in range(to.shape[1]):
            row = to[place, technology]
            row.capacity_gw = 0.0
            row.generation_twh = year.generation_twh[place, technology]
            row.curtailed_twh = year.curtailed_twh[place, technology]
        for route in range(plants.technology.size):
            if plants.technology[route] >= 0:
                to[place, plants.technology[route]].capacity_gw += plants.capacity[place, route]


@rule
def write_plants(to: Pages, plants: Plants) -> None:
    """Write routes, lines, and what stood in the way of decisions."""
    for place in range(to.routes.shape[0]):
        for route in range(to.routes.shape[1]):
            to.routes[place, route].capacity = plants.capacity[place, route]
            to.routes[place, route].output = plants.made[place, route]
        for sector in range(to.constraints.shape[1]):
            for cause in range(to.constraints.shape[2]):
                to.constraints[place, sector, cause].decisions = plants.blocked[place, sector, cause]
    for line in range(to.lines.size):
        row = to.lines[line]
        row.capacity_gw = plants.line_capacity_gw[line]
        row.flow_twh = plants.forward_twh[line] - plants.backward_twh[line]
        row.congestion_share = plants.congested_share[line]


@rule
def write_certificates(to: Array, country: Country, price: float) -> None:
    """Write accounts of green certificates by province, and their price, to numbers [P, columns]."""
    accounts = country.certificates.shape[0]
    for place in range(to.shape[0]):
        for account in range(accounts):
            to[place, account] = country.certificates[account, place]
        to[place, accounts] = price


@rule
def write_carbon_markets(to: Array, carbon: CarbonYear) -> None:
    """Write prices and quantities of allowances over both sessions; late_mt is what the reserve sold after the year."""
    for market in range(to.size):
        row, first, late, accounts = to[market], carbon.first[market], carbon.late[market], carbon.accounts[market]
        row.price_cny_per_tco2 = carbon.price[market]
        row.first_price_cny_per_tco2 = first[PRICE]
        row.late_price_cny_per_tco2 = late[PRICE]
        row.first_traded_mt = first[TRADED]
        row.late_traded_mt = late[TRADED]
        row.allocated_mt = accounts[ALLOCATED]
        row.auctioned_mt = first[AUCTIONED] + late[AUCTIONED]
        row.surrendered_mt = accounts[SURRENDERED]
        row.banked_mt = accounts[BANKED]
        row.withheld_mt = late[WITHHELD]
        row.reserve_mt = first[RESERVE] + late[RESERVE]
        row.late_mt = late[RESERVE]
        row.unsold_mt = late[UNSOLD]
        row.expired_mt = accounts[EXPIRED] + carbon.lapsed[market]
        row.revenue_mcny = carbon.revenue[market]


class Told(NamedTuple):
    """What a year is told from: flows and footprint are filled, the rest is there when it ends.

    first_year: of the run; now [2]: this year first; charging_twh [P, stores]: what storage took beyond what it gave;
    operators, governments: their records; hours [B]: of the blocks of power.
    """

    first_year: int
    now: NDArray[np.int64]
    figures: Figures
    accounts: YearAccounts
    lines: LinesOfYear
    charging_twh: Array
    goods: GoodsAccount
    emissions: EmissionsOfYear
    flows: Exchange
    footprint: Footprint
    operators: Any
    hours: Array
    governments: Any
    plants: Plants
    country: Country
    carbon: CarbonYear


@process
def tell_year(told: Told, book: Pages) -> None:
    """Find what electricity and goods carried, and write the year into all tables but that of flows."""
    exchange(told.lines, told.accounts.generation_twh, told.charging_twh, told.emissions.co2, told.flows)
    footprints_of_year(told.goods, told.flows, told.emissions, told.footprint)
    write_year(told, page_of(book, told.now[0] - told.first_year))


@process
def write_year(told: Told, to: Pages) -> None:
    """Write the year to its pages."""
    year, figures, routes = told.accounts, told.figures, told.plants.technology.size
    write_accounts(to, year, figures, told.flows, told.operators, told.hours, told.governments, routes, told.country)
    write_power(to.power, year, told.plants)
    write_plants(to, told.plants)
    write_certificates(to.green_certificates, told.country, figures.certificate_price[0])
    write_carbon_markets(to.carbon_market, told.carbon)
