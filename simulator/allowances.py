"""Carbon markets in the running year: what firms hear of prices, clearing before production and after it, true-up.

With `carbon_market.price: exogenous` the price is a signal: nothing clears, nobody keeps allowances, and what a firm
lacks it buys at that price.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_allowances import MOST_BANK, AllowanceView, avoided_share
from agents.firm_record import FirmState
from simulator import carbon_market, late_session, true_up
from simulator.allowance_outlook import News, Scarcity, hear_prices
from simulator.carbon_market import AUCTIONED, PRICE, RESERVE, TRADED, WITHHELD
from simulator.carbon_paths import NATIONAL, TREND_YEARS, trend_and_volatility
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.setting import Setting
    from simulator.world import World

KT_PER_MT = 1000.0


class Allowances:
    """State of the carbon markets. M markets, P provinces, S sectors, Y years.

    per_unit [P, K]: allowances for a unit of output this year; cell_price [P, S]: what a tonne costs a covered firm;
    history [Y, P, S]: the mean of every year; price [M]: last mean of each market, 0 before the first; mean_price
    [M]: of this year by volume, 0 without a market;
    result, late_result [M, 6]: price, auctioned, withheld, sold by the reserve, unsold and traded, before production
    and after it; accounts [M, 7]: see `true_up.ACCOUNTS`; surrendered [M, P] in Mt, and as a share of each market's;
    lapsed [M]: kept by firms that closed since last year; revenue [M] in m CNY: of auction and reserve, which is what
    firms paid in all; auction_revenue [P]: the same, by surrendered emissions; members, terms: of the sessions;
    scarcity: what is known of the years ahead.
    by_base, auctioned, renewed [Y, S]: allowances for a tonne of a firm's base, what does not go by output; share of
    what firms are entitled to that is auctioned; 1 where the base follows emissions, since all goes by output.
    """

    def __init__(self, setting: "Setting") -> None:
        self.paths = setting.carbon_markets
        self.given = setting.carbon_price
        self.clears = setting.config.carbon_market.price == "clearing"
        provinces, sectors = setting.base.economy.co2_mt.shape
        markets = len(self.paths.names)
        self.per_unit = np.zeros((provinces, len(setting.base.routes.names)))
        self.cell_price = np.zeros((provinces, sectors))
        self.history = np.zeros((len(setting.years), provinces, sectors))
        self.trend, self.volatility = np.zeros((2, provinces, sectors))
        # What was announced for this year's outlook, and for the next one's.
        self.promised = [np.zeros((provinces, sectors)) for _ in range(2)]
        self.price, self.mean_price = np.zeros((2, markets))
        self.result, self.late_result = np.zeros((2, markets, 6))
        self.accounts = np.zeros((markets, len(true_up.ACCOUNTS)))
        self.lapsed = np.zeros(markets)
        self.surrendered = np.zeros((markets, provinces))
        self.surrendered_share = np.zeros((markets, provinces))
        self.revenue = np.zeros(markets)
        self.auction_revenue = np.zeros(provinces)
        # Room for those who take part in a session, made once: to make it anew takes longer than to clear.
        self.members = carbon_market.no_members(markets, setting.population.firms.size)
        own = setting.parameters
        self.terms = carbon_market.Terms(own["operational_abatement_full_price"], own["allowance_bank_response"])
        signals, linkage = setting.signals, setting.signals["output_linkage"]
        self.by_base = (1.0 - linkage) * signals["carbon_cap_multiplier"]
        self.auctioned = signals["auction_share"] * (1.0 - signals["free_allocation_share"])
        self.renewed = (linkage >= 1.0).astype(np.float64)
        self.scarcity = Scarcity(setting, markets)

    def begin_year(self, setting: "Setting", i: int) -> None:
        """What a unit of output brings in allowances, and what can be known of prices at the year's beginning: the
        given one, or those of the years before."""
        self.per_unit, _ = setting.allowances(i)
        if not self.clears:
            self.cell_price[:] = self.given.price[i][None, :]
            self.history[i] = self.cell_price
        last = i if self.clears else i + 1
        trend_and_volatility(self.history[max(last - TREND_YEARS - 1, 0) : last], self.trend, self.volatility)
        if self.clears:
            self.scarcity.look_ahead(setting, i, self.price, self.accounts[:, true_up.BANKED])

    def hear(self, i: int) -> tuple[Array, Array, Array, float]:
        """Price seen last, what had been announced for it [P, S], what is announced [P, S, 3], and the price's age.

        A market announces its band and its allowances: who believes it expects the last price for next year, and later
        the one of the horizon (`allowance_outlook`), each moved into the band announced for the year. Once a year:
        what is announced for next year is kept until its price has been seen.
        """
        if not self.clears:
            shape = self.cell_price.shape
            promised = np.broadcast_to(self.given.announced_now[i], shape)
            announced = np.broadcast_to(self.given.announced[i][None], (*shape, 3))
            return self.cell_price, np.ascontiguousarray(promised), np.ascontiguousarray(announced), 0.0
        paths = self.paths
        news = News(
            price=self.price,
            ahead=self.scarcity.price,
            floor=paths.floor[i],
            market=paths.market[i],
            obligation=paths.obligation[i],
            coming_market=paths.coming_market[i],
            coming_obligation=paths.coming_obligation[i],
            coming_floor=paths.coming_floor[i],
            coming_ceiling=paths.coming_ceiling[i],
        )
        seen, promised, announced = hear_prices(news, self.promised[0])
        # Copied, so that it lies in memory as in the first year, and no rule is compiled for another layout.
        self.promised = [self.promised[1], announced[:, :, 0].copy()]
        return seen, promised, announced, 1.0


def plan_view(world: "World") -> AllowanceView:
    """What firms know of allowances before they produce."""
    own, state, i = world.setting.parameters, world.allowances, world.i
    return AllowanceView(
        costs=world.costs,
        obligation=state.paths.obligation[i],
        benchmark=state.per_unit,
        capped=state.by_base[i],
        lasting=state.paths.lasting[i],
        bank_years=state.scarcity.bank_years,
        bank_share=own["allowance_bank_share"],
        abatement_maximum=own["operational_abatement_maximum"],
    )


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


class Session(NamedTuple):
    """What the clearing of a year goes by. market, obligation [P, S]; free, auctioned [S]: shares of what firms are
    entitled to; floor, ceiling [M] in CNY per tCO2; most_change: largest log change of a price; terms of demand."""

    market: Array
    obligation: Array
    free: Array
    auctioned: Array
    floor: Array
    ceiling: Array
    most_change: float
    terms: carbon_market.Terms


def clear(world: "World") -> None:
    """Clear all markets on the plans of firms; from the second year on their prices are costs."""
    state, setting, i = world.allowances, world.setting, world.i
    paths = state.paths
    session = Session(
        market=paths.market[i],
        obligation=paths.obligation[i],
        free=setting.signals["free_allocation_share"][i],
        auctioned=state.auctioned[i],
        floor=paths.floor[i],
        ceiling=paths.ceiling[i],
        most_change=setting.parameters["carbon_price_change_maximum"],
        terms=state.terms,
    )
    today = state.history[world.year - setting.years[0]]
    trade(world.firm_rows, session, state.members, state.price, state.result, state.lapsed, today)
    np.subtract(state.accounts[:, true_up.BANKED], state.lapsed, out=state.lapsed)
    # The base year's costs hold what its pilots cost then; in a frozen run every year is like it.
    if i > 0:
        world.costs.sectors["carbon_price"] = state.cell_price[:] = today


@process
def trade(
    firms: Array,
    session: Session,
    members: carbon_market.Members,
    price: Array,
    result: Array,
    held: Array,
    today: Array,
) -> None:
    """Gather what firms want by market, clear, and tell each firm what it bought and what it avoids.

    members: room for all; price [M]: of last year, then of this one. Fills result [M, 6], held [M], kept from last
    year, and today [P, S], what a tonne costs.
    """
    markets = price.size
    auction = np.zeros(markets)
    gather(firms, session, members, auction, held)
    low, high = np.empty(markets), np.empty(markets)
    for market in range(markets):
        low[market], high[market] = carbon_market.price_range(
            session.floor[market], session.ceiling[market], price[market], session.most_change
        )
    carbon_market.clear(members, auction, (low, high, session.ceiling), price, session.terms, result)
    for market in range(markets):
        avoided = avoided_share(result[market, PRICE], session.terms.full_price)
        for entry in range(members.entered[market]):
            firm = firms[members.row[market, entry]]
            firm.bought = members.bought[market, entry]
            firm.abated = firm.abatable * avoided
        if result[market, PRICE] > 0.0:
            price[market] = result[market, PRICE]
    quote(session.market, session.obligation, result[:, PRICE], today)


@rule
def gather(firms: Array, session: Session, members: carbon_market.Members, auction: Array, held: Array) -> None:
    """Let everyone take part who may, and nobody else; adds up what is auctioned and was kept from last year [M]."""
    members.entered[:] = 0
    held[:] = 0.0
    for row in range(firms.size):
        firm = firms[row]
        market = session.market[firm.province, firm.sector]
        if market < 0 or not takes_part(firm):
            continue
        certain = firm.expected_co2 - session.free[firm.sector] * firm.entitlement - firm.bank
        avoidable = firm.expected_co2 * firm.abatable
        wish = (certain, avoidable, firm.wanted_bank, firm.bank_value, MOST_BANK)
        carbon_market.enter(members, market, row, wish)
        auction[market] += session.auctioned[firm.sector] * firm.entitlement
        held[market] += firm.bank


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


def true_up_rules(world: "World") -> true_up.Rules:
    """What the true-up of the year goes by; the accounts start from nothing."""
    state, setting, i = world.allowances, world.setting, world.i
    signals, paths = setting.signals, state.paths
    if not state.clears:
        state.result[NATIONAL, PRICE] = signals["carbon_price_cny_per_tco2"][i]
    state.accounts[:] = 0.0
    state.surrendered[:] = 0.0
    state.scarcity.published[:] = 0.0
    return true_up.Rules(
        plan=plan_view(world),
        market=paths.market[i],
        next_market=paths.market[min(i + 1, len(paths.market) - 1)],
        free=signals["free_allocation_share"][i],
        updated=state.renewed[i],
        price=state.result[:, PRICE].copy(),
        late_price=np.zeros(state.price.size),
        local=np.ascontiguousarray(world.costs.sectors["carbon_adder"]),
        carry_over=float(signals["allowance_carry_over_share"][i]),
        full_price=state.terms.full_price,
        threshold_mt=coverage_threshold_mt(setting),
        clears=int(state.clears),
    )


def clear_late(world: "World", rules: true_up.Rules) -> None:
    """The session after production, and the mean price of the year, which is what is remembered."""
    state, i = world.allowances, world.i
    results = Results(state.result, state.late_result, state.price, state.mean_price, state.history[i])
    band = state.paths.floor[i], state.paths.ceiling[i]
    hold_late_session(world.firm_rows, rules, band, state.terms, state.members, results)


class Results(NamedTuple):
    """What the sessions of a year leave behind. first, late [M, 6]: see `carbon_market.clear`; price, mean_price [M]:
    see `mean_prices`; today [P, S]: what a tonne costs."""

    first: Array
    late: Array
    price: Array
    mean_price: Array
    today: Array


@process
def hold_late_session(
    firms: Array,
    rules: true_up.Rules,
    band: tuple[Array, Array],
    terms: carbon_market.Terms,
    members: carbon_market.Members,
    results: Results,
) -> None:
    """Trade after production, and where that clears find the year's prices; see `late_session.trade`."""
    late_session.trade(firms, rules, band, terms, results.first[:, WITHHELD], members, results.late)
    if rules.clears == 1:
        mean_prices(results.first, results.late, rules.late_price, results.price, results.mean_price)
        quote(rules.market, rules.plan.obligation, results.mean_price, results.today)


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
    """What governments earn: auction and reserve, to provinces by surrendered emissions.

    A given price clears nothing, so the reserve then is whatever firms bought.
    """
    state = world.allowances
    state.scarcity.note_year(world.i)
    if not state.clears:
        state.result[:, RESERVE] = state.accounts[:, true_up.BOUGHT]
        state.mean_price[:] = state.result[:, PRICE]
    emitted = state.accounts[:, true_up.SURRENDERED]
    sessions = state.result, state.late_result
    share_revenue(sessions, emitted, state.surrendered, state.revenue, state.surrendered_share)
    state.auction_revenue = state.revenue @ state.surrendered_share


@rule
def share_revenue(
    sessions: tuple[Array, Array], emitted: Array, surrendered: Array, revenue: Array, share: Array
) -> None:
    """Fill revenue [M] of auction and reserve in both sessions, and the share of what was surrendered in a market,
    emitted [M], that provinces did, surrendered and share [M, P].

    sessions: results before production and after it [M, 6].
    """
    first, late = sessions
    for market in range(revenue.size):
        early = first[market, PRICE] * (first[market, AUCTIONED] + first[market, RESERVE])
        revenue[market] = early + late[market, PRICE] * (late[market, AUCTIONED] + late[market, RESERVE])
        whole = emitted[market] if emitted[market] > 0.0 else 1.0
        for province in range(share.shape[1]):
            share[market, province] = surrendered[market, province] / whole
