"""What the world knows of provinces as their governments are judged: accounts of the year, plans, rationing."""

import numpy as np

from agents.compiled import process
from agents.government_record import LEVERS
from simulator.tables import Array

# Ages of plants from 0 to one less than this, in years.
OLDEST = 80


class Governance:
    """Accounts of provinces that last from one year to the next. P provinces, S sectors, K routes, J levers.

    co2_mt [P], of which heat_co2_mt of heat plants; gdp_bn [P], output_bn [P, S]; growth [P] and national_growth: log
    growth of GDP; job_loss [P]: jobs lost in sectors that shrank, share of all; rationable_share [P]: of its CO2, from
    sectors that a campaign may ration; rank [P]: 0 smallest, 1 largest shortfall; past [P, 2]: cut of intensities over
    the last plan; path [P, 2]: intensities on an even path, where there are no five-year plans; active [2]: accounts
    under control; retired [P, K]: capacity closed by governments this year; withheld_bn, shut_bn [P, S]: output forgone
    for targets, and for want of power, in bn CNY; lever_cost, lever_potential [P, J]: found by the last study;
    assessed: 1 in a year whose end closed a plan, mid_term: in one whose end was a plan's mid-term; rationed: whether a
    campaign is on.
    """

    def __init__(self, provinces: int, sectors: int, routes: int) -> None:
        self.co2_mt, self.heat_co2_mt = np.zeros((2, provinces))
        self.gdp_bn = np.zeros(provinces)
        self.output_bn = np.zeros((provinces, sectors))
        self.growth = np.zeros(provinces)
        self.national_growth = 0.0
        self.job_loss = np.zeros(provinces)
        self.rationable_share = np.zeros(provinces)
        self.rank = np.full(provinces, 0.5)
        self.past = np.zeros((provinces, 2))
        self.path = np.zeros((provinces, 2))
        self.active = np.array([1.0, 0.0])
        self.retired = np.zeros((provinces, routes))
        self.withheld_bn = np.zeros((provinces, sectors))
        self.shut_bn = np.zeros((provinces, sectors))
        self.lever_cost = np.zeros((provinces, LEVERS))
        self.lever_potential = np.zeros((provinces, LEVERS))
        self.assessed = 0
        self.mid_term = 0
        self.rationed = False

    def close_year(self, gdp_bn: Array, output_bn: Array, wages: Array, first: bool) -> None:
        """Growth and job losses against the year before; gdp_bn [P], output_bn [P, S], wages [S] per output."""
        if not first:
            self.growth = np.log(gdp_bn / self.gdp_bn)
            self.national_growth = float(np.log(gdp_bn.sum() / self.gdp_bn.sum()))
            lost = np.maximum(self.output_bn - output_bn, 0.0) @ wages
            self.job_loss = lost / np.maximum(self.output_bn @ wages, 1e-12)
        self.gdp_bn, self.output_bn = gdp_bn, output_bn

    def rationing_shares(self) -> tuple[Array, Array]:
        """Output forgone for targets, and for want of power [P], as a share of what would have been made, in value."""
        possible = self.output_bn.sum(axis=1) + (self.withheld_bn + self.shut_bn).sum(axis=1)
        return self.withheld_bn.sum(axis=1) / possible, self.shut_bn.sum(axis=1) / possible


@process
def rank_of(shortfall: Array) -> Array:
    """Place of each province by shortfall [P]: 0 the smallest, 1 the largest; equals share their place.

    Worked value: 0.1, 0.3, 0.1: 0.25, 1, 0.25.
    """
    rank = np.zeros(shortfall.size)
    for one in range(shortfall.size):
        for other in range(shortfall.size):
            if other != one and shortfall[other] <= shortfall[one]:
                rank[one] += 1.0 if shortfall[other] < shortfall[one] else 0.5
        rank[one] /= max(shortfall.size - 1, 1)
    return rank


def first_capacity(stated: Array, spread: float, shift: float) -> Array:
    """Planning capacity with which provinces begin [P]: mean + spread (stated - mean) + shift, within 0 to 1.

    Capacity is not observed: `spread` and `shift` span what the stated values may miss. Worked value: 0.4 and 0.6
    with spread 0.5 and shift 0.1: 0.55 and 0.65.
    """
    return np.asarray(np.clip(stated + (spread - 1.0) * (stated - stated.mean()) + shift, 0.0, 1.0))
