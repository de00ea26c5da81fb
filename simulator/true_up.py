"""After production: allowances by actual output come in, those due are surrendered, what is left is kept or expires.

Identity of every market: kept before + given + bought + bought late = surrendered + kept + expired.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_allowances import AllowanceView, abatement_cost, allowances_for
from agents.firm_record import FirmState

Array = NDArray[Any]

# Columns of the accounts of the markets, in Mt; payments in m CNY.
ACCOUNTS = ("allocated", "bought", "late", "surrendered", "banked", "expired", "payments")
ALLOCATED, BOUGHT, LATE, SURRENDERED, BANKED, EXPIRED, PAYMENTS = range(len(ACCOUNTS))

# What is published of the firms of a sector: emissions, allowances that follow output, and the base of the others.
PUBLISHED = ("emitted", "by_output", "base")
EMITTED, BY_OUTPUT, BASE = range(len(PUBLISHED))


class Rules(NamedTuple):
    """What the true-up goes by. M markets, P provinces, S sectors.

    plan: benchmarks and caps, and what a tonne costs locally on top; market [P, S]: index, -1 for none; kept [P, S]:
    most that is kept relative to emissions; free, updated [S]: share given free, and 1 where the base still follows
    emissions; price, late_price [M] of the sessions before and after production; full_price: at which all is avoided
    that can be, all in CNY per tCO2; threshold_mt: emissions of a year from which a firm is covered in the next one;
    clears: 1 where allowances are traded and kept, 0 where they are had at the price at any time.
    """

    plan: AllowanceView
    market: Array
    kept: Array
    free: Array
    updated: Array
    price: Array
    late_price: Array
    full_price: float
    threshold_mt: float
    clears: int


class Books(NamedTuple):
    """Sums of the year in Mt: accounts [M, 7], see ACCOUNTS; surrendered [M, P]; published [M, S, 3], see PUBLISHED."""

    accounts: Array
    surrendered: Array
    published: Array


def no_sums(markets: int, provinces: int, published: Array) -> Books:
    """Books before the first year, in which what is published is written where it is read."""
    return Books(np.zeros((markets, len(ACCOUNTS))), np.zeros((markets, provinces)), published)


@rule
def open_books(books: Books) -> None:
    """The sums of the year start from nothing."""
    books.accounts[:], books.surrendered[:], books.published[:] = 0.0, 0.0, 0.0


@rule
def settle_carbon(firm: FirmState, rules: Rules, books: Books) -> None:
    """What carbon costs a firm this year, in its market and locally; who emits as much as the threshold is under the
    carbon price of the next year."""
    market = rules.market[firm.province, firm.sector]
    firm.abatement_cost, firm.carbon_payment = 0.0, 0.0
    if market >= 0:
        settle_allowances(firm, market, rules, books)
    firm.carbon_payment += rules.plan.costs.sectors[firm.province, firm.sector].carbon_adder * firm.co2
    firm.covered = 1 if firm.co2 >= rules.threshold_mt else 0


@rule
def share_due(firm: FirmState, rules: Rules) -> float:
    """Share of a firm's emissions for which allowances are due: the obligation of its market, if it is covered."""
    return rules.plan.obligation[firm.province, firm.sector] * firm.covered


@rule
def given_free(firm: FirmState, rules: Rules) -> float:
    """Allowances in Mt that a firm is given free, of those to which its output and its base entitle it."""
    return rules.free[firm.sector] * firm.entitlement


@rule
def take_stock(firm: FirmState, rules: Rules) -> float:
    """Allowances in Mt that are over once emissions are known, below zero if some lack; notes what is given by output.

    Where the price is given, what lacks is had at that price.
    """
    share = share_due(firm, rules)
    due = share * firm.co2
    firm.entitlement = share * allowances_for(firm, rules.plan) if share > 0.0 else 0.0
    given = given_free(firm, rules)
    if rules.clears == 0:
        firm.bought = due - given
        return 0.0
    return firm.bank + given + firm.bought - due


@rule
def may_keep(firm: FirmState, due: float, rules: Rules) -> float:
    """Allowances in Mt that a firm may keep of this year's: a share of emissions, and nothing if its market changes."""
    return rules.kept[firm.province, firm.sector] * due


@rule
def settle_allowances(firm: FirmState, market: int, rules: Rules, books: Books) -> None:
    """Surrender, keep what may be kept, pay; stock was taken and what lacked was bought.

    Where the base still follows emissions it is renewed. Allowances beyond the carry-over limit expire, and so do all
    of a firm that another market takes over.
    """
    share = share_due(firm, rules)
    due, given = share * firm.co2, given_free(firm, rules)
    by_output = firm.entitlement - share * rules.plan.capped[firm.sector] * firm.base_co2
    balance = max((firm.bank + given + firm.bought + firm.bought_late - due) * rules.clears, 0.0)
    firm.bank = min(balance, may_keep(firm, due, rules))
    firm.carbon_payment = rules.price[market] * firm.bought + rules.late_price[market] * firm.bought_late
    avoidable = firm.abatable * firm.co2 / (1.0 - firm.abated)
    firm.abatement_cost = abatement_cost(rules.price[market], rules.full_price) * avoidable
    follows = (firm.covered == 1) & ((rules.updated[firm.sector] > 0.0) | (firm.base_co2 <= 0.0))
    new_base, old_base = firm.co2, firm.base_co2
    firm.base_co2 = new_base if follows else old_base
    accounts = books.accounts
    accounts[market, ALLOCATED] += given
    accounts[market, BOUGHT] += firm.bought
    accounts[market, LATE] += firm.bought_late
    accounts[market, SURRENDERED] += due
    accounts[market, BANKED] += firm.bank
    accounts[market, EXPIRED] += balance - firm.bank
    accounts[market, PAYMENTS] += firm.carbon_payment
    books.surrendered[market, firm.province] += due
    books.published[market, firm.sector, EMITTED] += due
    books.published[market, firm.sector, BY_OUTPUT] += by_output
    books.published[market, firm.sector, BASE] += share * firm.base_co2
