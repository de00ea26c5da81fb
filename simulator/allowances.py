"""Carbon markets in the running year: what firms hear of prices, clearing before production and after it, true-up.

With `carbon_market.price: exogenous` the price is a signal: nothing clears, nobody keeps allowances, and what a firm
lacks it buys at that price.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_allowances import MOST_BANK, AllowanceView, avoided_share
from agents.firm_record import CostView, FirmState
from simulator import carbon_market, late_session, totals, true_up
from simulator.allowance_outlook import (
    News,
    Scarcity,
    first_scarcity,
    hear_markets,
    hear_path,
    nothing_heard,
    remember,
)
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, WITHHELD
from simulator.carbon_paths import NATIONAL, MarketRules, grant
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.setting import Setting
    from simulator.world import World

KT_PER_MT = 1000.0


class Session(NamedTuple):
    """What the clearing of a year goes by: its rules; most_change: largest log change of a price; terms of demand."""

    rules: MarketRules
    most_change: float
    terms: carbon_market.Terms


class Results(NamedTuple):
    """What the sessions of a year leave behind. M markets, P provinces, S sectors, Y years.

    first, late [M, 6]: price, auctioned, withheld, sold by the reserve, unsold and traded, before production and after
    it; price [M]: last mean of each market, 0 before the first; mean_price [M]: of this year by volume, 0 without a
    market; history [Y, P, S]: what a tonne cost, the mean of every year; lapsed [M]: kept by firms that closed since
    last year; revenue [M] in m CNY: of auction and reserve, which is what firms paid in all; share [M, P]: what
    provinces surrendered of a market's allowances.
    """

    first: Array
    late: Array
    price: Array
    mean_price: Array
    history: Array
    lapsed: Array
    revenue: Array
    share: Array


def no_results(years: int, markets: int, provinces: int, sectors: int) -> Results:
    """Room for the results of every year."""
    first, late = np.zeros((2, markets, 6))
    price, mean_price, lapsed, revenue = np.zeros((4, markets))
    history, share = np.zeros((years, provinces, sectors)), np.zeros((markets, provinces))
    return Results(first, late, price, mean_price, history, lapsed, revenue, share)


class Allowances:
    """State of the carbon markets. All arrays and the views of them last a run. P provinces, S sectors, K routes.

    position [1]: of the running year in tables and history; now: its rules; per_unit, credit [P, K]: allowances for a
    unit of output, and those of them that are free; cell_price [P, S]: what a tonne costs a covered firm;
    auction_revenue [P] in m CNY: of auction and reserve, by surrendered emissions; members: of the sessions; scarcity:
    what is known of the years ahead; heard: what firms hear of prices; plan: what they know when they plan; session,
    rules, books, results: what clearing and true-up go by and leave.
    """

    def __init__(self, setting: "Setting", costs: CostView) -> None:
        self.setting = setting
        self.clears = setting.config.carbon_market.price == "clearing"
        cells, markets = setting.base.economy.co2_mt.shape, len(setting.carbon_markets.names)
        self.position = np.zeros(1, np.int64)
        self._row = np.zeros((), setting.market_rules.dtype)
        self.now = MarketRules(*(self._row[name] for name in MarketRules._fields))
        self.per_unit, self.credit = np.zeros((2, cells[0], len(setting.base.routes.names)))
        self.cell_price = np.zeros(cells)
        self.auction_revenue = np.zeros(cells[0])
        # Room for those who take part in a session, made once: to make it anew takes longer than to clear.
        self.members = carbon_market.no_members(markets, setting.population.firms.size)
        self.results = no_results(len(setting.years), markets, *cells)
        self.scarcity, self.heard = first_scarcity(setting, markets), nothing_heard(*cells)
        self.news = self._news()
        self.plan = self._plan(costs)
        own = setting.parameters
        terms = carbon_market.Terms(own["operational_abatement_full_price"], own["allowance_bank_response"])
        self.session = Session(self.now, own["carbon_price_change_maximum"], terms)
        self.rules = self._true_up_rules(markets)
        self.books = true_up.no_sums(markets, cells[0], self.scarcity.published)

    def _news(self) -> News:
        """What is known of prices."""
        now, paths = self.now, self.setting.carbon_markets
        return News(
            price=self.results.price,
            ahead=self.scarcity.price,
            floor=now.floor,
            market=now.market,
            obligation=now.obligation,
            coming_market=paths.coming_market,
            coming_obligation=paths.coming_obligation,
            coming_floor=paths.coming_floor,
            coming_ceiling=paths.coming_ceiling,
        )

    def _plan(self, costs: CostView) -> AllowanceView:
        """What firms know of allowances before they produce."""
        own, now = self.setting.parameters, self.now
        return AllowanceView(
            costs=costs,
            obligation=now.obligation,
            benchmark=self.per_unit,
            capped=now.by_base,
            lasting=now.lasting,
            bank_years=(round(own["allowance_horizon"]) + 1) // 2,
            bank_share=own["allowance_bank_share"],
            abatement_maximum=own["operational_abatement_maximum"],
        )

    def _true_up_rules(self, markets: int) -> true_up.Rules:
        """What the true-up of a year goes by."""
        price, late_price = np.zeros((2, markets))
        return true_up.Rules(
            plan=self.plan,
            market=self.now.market,
            kept=self.now.kept,
            free=self.now.free,
            updated=self.now.renewed,
            price=price,
            late_price=late_price,
            full_price=self.session.terms.full_price,
            threshold_mt=coverage_threshold_mt(self.setting),
            clears=int(self.clears),
        )

    def begin_year(self, i: int) -> None:
        """What holds this year, what a unit of output brings in allowances, and what can be known of prices at the
        year's beginning: the given one, or those of the years before."""
        setting, results = self.setting, self.results
        self.position[0] = i
        self._row[()] = setting.market_rules[i]
        grant(setting.benchmarks, self.now, setting.base.routes.sector, self.per_unit, self.credit)
        if self.clears:
            accounts, history = self.books.accounts, results.history
            hear_markets(self.news, self.scarcity, accounts, history, self.position, setting.firm, self.heard)
        else:
            hear_path(setting.carbon_price, self.position, results.history, setting.firm, self.heard)
            self.cell_price[:] = self.heard.seen
            results.first[NATIONAL, PRICE] = setting.carbon_price.national[i]


def coverage_threshold_mt(setting: "Setting") -> float:
    """Yearly emissions from which a firm is under a carbon market."""
    return setting.parameters["coverage_threshold_ktco2"] / KT_PER_MT


def mark_first_year(world: "World") -> None:
    """Who is covered in the first year, when no emissions of a year before are on record: by those of the base year."""
    emitted = world.needs.energy_emissions + world.needs.process_emissions
    mark_by_output(world.firm_rows, emitted, coverage_threshold_mt(world.setting))


@rule
def mark_by_output(firms: Array, intensity: Array, threshold_mt: float) -> None:
    """Firms whose base-year output at the routes' intensity [P, K] reaches the threshold are covered."""
    for firm in firms:
        emitted = 0.0
        for slot in range(firm.slot_route.size):
            if firm.slot_route[slot] >= 0:
                emitted += firm.slot_output[slot] * intensity[firm.province, firm.slot_route[slot]]
        firm.covered = 1 if emitted >= threshold_mt else 0


def clear(world: "World") -> None:
    """Clear all markets on the plans of firms; from the second year on their prices are costs."""
    state = world.allowances
    trade(world.firm_rows, state.session, state.members, state.books.accounts, state.results)
    # The base year's costs hold what its pilots cost then; in a frozen run every year is like it.
    if world.i > 0:
        charge(state.now, state.results.first, state.cell_price, world.costs.sectors)


@process
def trade(firms: Array, session: Session, members: carbon_market.Members, accounts: Array, results: Results) -> None:
    """Gather what firms want by market, clear, and tell each firm what it bought and what it avoids.

    members: room for all; accounts [M, 7]: of last year, of which what is kept no longer has lapsed.
    """
    rules, price, result = session.rules, results.price, results.first
    markets = price.size
    auction, held = np.zeros(markets), np.zeros(markets)
    gather(firms, session, members, auction, held)
    low, high = np.empty(markets), np.empty(markets)
    for market in range(markets):
        results.lapsed[market] = accounts[market, true_up.BANKED] - held[market]
        low[market], high[market] = carbon_market.price_range(
            rules.floor[market], rules.ceiling[market], price[market], session.most_change
        )
    carbon_market.clear(members, auction, (low, high, rules.ceiling), price, session.terms, result)
    for market in range(markets):
        avoided = avoided_share(result[market, PRICE], session.terms.full_price)
        for entry in range(members.entered[market]):
            firm = firms[members.row[market, entry]]
            firm.bought = members.bought[market, entry]
            firm.abated = firm.abatable * avoided
        if result[market, PRICE] > 0.0:
            price[market] = result[market, PRICE]


@rule
def gather(firms: Array, session: Session, members: carbon_market.Members, auction: Array, held: Array) -> None:
    """Let everyone take part who may, and nobody else; add up what is auctioned and was kept from last year [M]."""
    members.entered[:] = 0
    for row in range(firms.size):
        firm = firms[row]
        market = session.rules.market[firm.province, firm.sector]
        if market < 0 or not takes_part(firm):
            continue
        certain = firm.expected_co2 - session.rules.free[firm.sector] * firm.entitlement - firm.bank
        avoidable = firm.expected_co2 * firm.abatable
        wish = (certain, avoidable, firm.wanted_bank, firm.bank_value, MOST_BANK)
        carbon_market.enter(members, market, row, wish)
        auction[market] += session.rules.auctioned[firm.sector] * firm.entitlement
        held[market] += firm.bank


@rule
def charge(rules: MarketRules, result: Array, cell_price: Array, sectors: Array) -> None:
    """Fill what a tonne costs in each cell [P, S] at the prices of the first session, and note it among costs."""
    quote(rules.market, rules.obligation, result[:, PRICE], cell_price)
    for place in range(cell_price.shape[0]):
        for sector in range(cell_price.shape[1]):
            sectors[place, sector].carbon_price = cell_price[place, sector]


@rule
def quote(market: Array, obligation: Array, price: Array, today: Array) -> None:
    """Fill what a tonne costs in each cell [P, S] at the prices of markets [M]."""
    for province in range(today.shape[0]):
        for sector in range(today.shape[1]):
            here = market[province, sector]
            today[province, sector] = obligation[province, sector] * price[here] if here >= 0 else 0.0


@rule
def takes_part(firm: FirmState) -> bool:
    """Whether a firm emits under a market, or still keeps allowances."""
    return firm.expected_co2 > 0.0 or firm.bank > 0.0


def clear_late(world: "World") -> None:
    """The session after production, and the mean price of the year, which is what is remembered."""
    state = world.allowances
    session, books, results = state.session, state.books, state.results
    hold_late_session(world.firm_rows, state.rules, session, state.members, books, results, state.position)


@process
def hold_late_session(
    firms: Array,
    rules: true_up.Rules,
    session: Session,
    members: carbon_market.Members,
    books: true_up.Books,
    results: Results,
    position: Array,
) -> None:
    """Open the books of the year, trade after production, and where that clears find the year's prices; see
    `late_session.trade`."""
    true_up.open_books(books)
    totals.put(results.first[:, PRICE], rules.price)
    now = session.rules
    withheld = results.first[:, WITHHELD]
    late_session.trade(firms, rules, (now.floor, now.ceiling), session.terms, withheld, members, results.late)
    if rules.clears == 1:
        mean_prices(results.first, results.late, rules.late_price, results.price, results.mean_price)
        quote(now.market, now.obligation, results.mean_price, results.history[position[0]])


@rule
def mean_prices(first: Array, late: Array, late_price: Array, price: Array, mean_price: Array) -> None:
    """Fill late_price [M], zero where nothing was traded late, and by the volumes of both sessions the mean price of
    the year: price [M] keeps the last one of a market without trade, mean_price [M] is zero without a market.

    first, late [M, 6]: results of the sessions. Worked value: 3 Mt at 50 and 1 Mt at 70: 55.
    """
    for market in range(price.size):
        volume, volume_late = first[market, TRADED], late[market, TRADED]
        if volume_late == 0.0:
            late[market, PRICE] = 0.0
        late_price[market] = late[market, PRICE]
        if volume + volume_late > 0.0:
            paid = volume * first[market, PRICE] + volume_late * late_price[market]
            price[market] = paid / (volume + volume_late)
        mean_price[market] = price[market] if first[market, PRICE] > 0.0 else 0.0


def close_year(world: "World") -> None:
    """What governments earn: auction and reserve, to provinces by surrendered emissions."""
    state = world.allowances
    close_markets(state.rules, state.books, state.results, state.scarcity, state.position, state.now.by_output)
    np.matmul(state.results.revenue, state.results.share, out=state.auction_revenue)


@rule
def close_markets(
    rules: true_up.Rules, books: true_up.Books, results: Results, scarcity: Scarcity, position: Array, by_output: Array
) -> None:
    """Share out revenue, and let emissions go on record.

    A given price clears nothing, so the reserve then is whatever firms bought.
    """
    if rules.clears == 0:
        for market in range(rules.price.size):
            results.first[market, RESERVE] = books.accounts[market, true_up.BOUGHT]
            results.mean_price[market] = rules.price[market]
    share_revenue(books, results)
    remember(scarcity, position[0], by_output)


@rule
def share_revenue(books: true_up.Books, results: Results) -> None:
    """Fill revenue [M] of auction and reserve in both sessions, and the share of what was surrendered in a market that
    provinces did [M, P]."""
    first, late, surrendered = results.first, results.late, books.surrendered
    for market in range(results.revenue.size):
        early = first[market, PRICE] * (first[market, AUCTIONED] + first[market, RESERVE])
        after = late[market, PRICE] * (late[market, AUCTIONED] + late[market, RESERVE])
        results.revenue[market] = early + after
        emitted = books.accounts[market, true_up.SURRENDERED]
        whole = emitted if emitted > 0.0 else 1.0
        for province in range(surrendered.shape[1]):
            results.share[market, province] = surrendered[market, province] / whole
