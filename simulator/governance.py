"""What the world knows of provinces as their governments are judged: accounts of the year, plans, rationing."""

from typing import NamedTuple

import numpy as np

from agents.compiled import rule
from agents.government_record import LEVERS, Channels
from simulator.config import GovernmentChannels
from simulator.tables import Array
from simulator.totals import sum_side_by_side

# Ages of plants from 0 to one less than this, in years.
OLDEST = 80
# Assessments of a plan.
MID_TERM, END_OF_PLAN = range(2)
# Whose capacity each channel rests on.
RESEARCHERS, OFFICIALS = range(2)
CHANNELS = {
    "measure": RESEARCHERS,
    "forecast": RESEARCHERS,
    "select": RESEARCHERS,
    "delay": OFFICIALS,
    "enforce": OFFICIALS,
    "plan_ahead": OFFICIALS,
}


class Accounts(NamedTuple):
    """Accounts of a year. P provinces, S sectors.

    co2_mt [P], of which heat_co2_mt of heat plants; energy_pj [P]; gdp_bn [P] and output_bn [P, S]; before_bn, lost_bn
    [P, S]: output of the year before, and by how much output fell; change [P + 1]: GDP over that of the year before, of
    the country last, 1 in the first year.
    """

    co2_mt: Array
    heat_co2_mt: Array
    energy_pj: Array
    gdp_bn: Array
    output_bn: Array
    before_bn: Array
    lost_bn: Array
    change: Array


class Capacities(NamedTuple):
    """What governments are able to and know as a year begins. own [2, P]: capacity of researchers and officials; mean
    [2, P]: the mean of all provinces, for each; precision [P, J]: one over the variance of what levers are thought to
    cost."""

    own: Array
    mean: Array
    precision: Array


class Governance:
    """Accounts of provinces that last from one year to the next, in arrays that last a run. P provinces, S sectors, K
    routes, J levers.

    accounts: of the year; co2_mt, heat_co2_mt, gdp_bn [P], output_bn [P, S]: of them; growth [P + 1]: log growth of
    GDP, of the country last; job_loss [P]: jobs lost in sectors that shrank, share of all; rationable_share [P]: of its
    CO2, from sectors that a campaign may ration; rank [P]: 0 smallest, 1 largest shortfall; past [2, P]: cut of
    intensities over the last plan; path [P, 2]: intensities on an even path, where there are no five-year plans; active
    [2]: accounts under control; retired [P, K]: capacity closed by governments this year; withheld_bn, shut_bn [P, S]:
    output forgone for targets, and for want of power, in bn CNY; lever_cost, lever_potential [P, J]: found by the last
    study; assessments [2]: 1 in a year whose end was a plan's mid-term, and in one whose end closed a plan; rationed
    [1]: whether a campaign is on.
    """

    def __init__(self, provinces: int, sectors: int, routes: int) -> None:
        co2_mt, heat_co2_mt, energy_pj, gdp_bn = np.zeros((4, provinces))
        output_bn, before_bn, lost_bn = np.zeros((3, provinces, sectors))
        change = np.ones(provinces + 1)
        self.accounts = Accounts(co2_mt, heat_co2_mt, energy_pj, gdp_bn, output_bn, before_bn, lost_bn, change)
        self.co2_mt, self.heat_co2_mt, self.gdp_bn, self.output_bn = co2_mt, heat_co2_mt, gdp_bn, output_bn
        self.growth = np.zeros(provinces + 1)
        self.job_loss, self.rationable_share = np.zeros((2, provinces))
        self.rank = np.full(provinces, 0.5)
        self.past, self.path = np.zeros((2, provinces)), np.zeros((provinces, 2))
        self.active = np.array([1.0, 0.0])
        self.retired = np.zeros((provinces, routes))
        self.withheld_bn, self.shut_bn = np.zeros((2, provinces, sectors))
        self.lever_cost, self.lever_potential = np.zeros((2, provinces, LEVERS))
        self.assessments = np.zeros(2, np.int64)
        self.rationed = np.zeros(1, np.bool_)

    def compare_years(self, wages: Array) -> None:
        """Growth and job losses against the year before; wages [S] per output."""
        np.log(self.accounts.change, out=self.growth)
        np.matmul(self.accounts.lost_bn, wages, out=self.job_loss)
        self.job_loss /= np.maximum(self.accounts.before_bn @ wages, 1e-12)


@rule
def change_of(now: float, before: float) -> float:
    """What there is over what there was; 1 where nothing was."""
    return now / before if before > 0.0 else 1.0


@rule
def fill_ranks(shortfall: Array, rank: Array) -> None:
    """Fill the place of each province by shortfall [P]: 0 the smallest, 1 the largest; equals share their place.

    Worked value: 0.1, 0.3, 0.1: 0.25, 1, 0.25.
    """
    for one in range(shortfall.size):
        rank[one] = 0.0
        for other in range(shortfall.size):
            if other != one and shortfall[other] <= shortfall[one]:
                rank[one] += 1.0 if shortfall[other] < shortfall[one] else 0.5
        rank[one] /= max(shortfall.size - 1, 1)


@rule
def fill_margins(operators: Array, margin: Array) -> None:
    """Fill the supply margin [P]: firm capacity over peak load, less one; zero where there is no load.

    Worked value: 120 GW of firm capacity at a peak of 100 GW: 0.2.
    """
    for place in range(margin.size):
        operator = operators[place]
        margin[place] = operator.firm_capacity_gw / operator.peak_gw - 1.0 if operator.peak_gw > 0.0 else 0.0


# ------------------------------------------------------------------------------------------------------- capacity


def first_capacity(stated: Array, spread: float, shift: float) -> Array:
    """Planning capacity with which provinces begin [P]: mean + spread (stated - mean) + shift, within 0 to 1.

    Capacity is not observed: `spread` and `shift` span what the stated values may miss. Worked value: 0.4 and 0.6
    with spread 0.5 and shift 0.1: 0.55 and 0.65.
    """
    return np.asarray(np.clip(stated + (spread - 1.0) * (stated - stated.mean()) + shift, 0.0, 1.0))


def no_capacities(provinces: int) -> Capacities:
    """Arrays for capacities, to be filled."""
    return Capacities(np.zeros((2, provinces)), np.zeros((2, provinces)), np.zeros((provinces, LEVERS)))


@rule
def note_capacities(governments: Array, able: Capacities) -> None:
    """Fill in what governments are able to and know."""
    for place in range(governments.size):
        government = governments[place]
        able.own[RESEARCHERS, place] = government.research_capacity
        able.own[OFFICIALS, place] = government.official_capacity
        for lever in range(LEVERS):
            able.precision[place, lever] = 1.0 / government.knowledge_variance[lever]
    for holder in (RESEARCHERS, OFFICIALS):
        able.mean[holder, :] = sum_side_by_side(able.own[holder]) / governments.size


def channels_of(able: Capacities, chosen: GovernmentChannels) -> Channels:
    """Capacity that counts in each channel: a province's own, the mean of all, or perfect, as the scenario says."""
    counted = {"own": able.own, "mean": able.mean, "perfect": np.ones(able.own.shape)}
    return Channels(**{name: counted[getattr(chosen, name)][holder] for name, holder in CHANNELS.items()})
