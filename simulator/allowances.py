"""Carbon markets in the running year: what firms hear of prices, clearing before production, true-up after it.

With `carbon_market.price: exogenous` the price is a signal: nothing clears, nobody keeps allowances, and what a firm
lacks it buys at that price.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.compiled import process, rule
from agents.firm_allowances import AllowanceView, abatement_cost, allowances_for, avoided_share
from agents.firm_record import FirmState
from simulator import carbon_market
from simulator.carbon_paths import NATIONAL, TREND_YEARS, trend_and_volatility
from simulator.costs import allowances_per_unit
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.setting import Setting
    from simulator.world import World

# Columns of the accounts of the markets, in Mt; payments in m CNY.
ACCOUNTS = ("allocated", "bought", "late", "surrendered", "banked", "expired", "payments")
ALLOCATED, BOUGHT, LATE, SURRENDERED, BANKED, EXPIRED, PAYMENTS = range(len(ACCOUNTS))
PRICE, AUCTIONED, WITHHELD, RESERVE, UNSOLD = range(5)


class Allowances:
    """State of the carbon markets. M markets, P provinces, S sectors, Y years.

    cell_price [P, S]: what a tonne costs a covered firm this year; history [Y, P, S]: the same of all years; price [M]:
    last price of each market, 0 before the first; result [M, 5]: price, auctioned, withheld, sold by the reserve and
    unsold of the year; accounts [M, 7]: see ACCOUNTS; surrendered [M, P] in Mt; lapsed [M]: kept by firms that closed
    since last year; auction_revenue [P] in m CNY: auction and reserve, by surrendered emissions.
    """

    def __init__(self, setting: "Setting") -> None:
        self.paths = setting.carbon_markets
        self.given = setting.carbon_price
        self.clears = setting.config.carbon_market.price == "clearing"
        provinces, sectors = setting.base.economy.co2_mt.shape
        markets = len(self.paths.names)
        self.cell_price = np.zeros((provinces, sectors))
        self.history = np.zeros((len(setting.years), provinces, sectors))
        self.trend, self.volatility = np.zeros((2, provinces, sectors))
        self.announced = np.zeros((provinces, sectors, 3))
        # What was announced for this year's outlook, and for the next one's.
        self.promised = [np.zeros((provinces, sectors)) for _ in range(2)]
        self.price = np.zeros(markets)
        self.result = np.zeros((markets, 5))
        self.accounts = np.zeros((markets, len(ACCOUNTS)))
        self.lapsed = np.zeros(markets)
        self.surrendered = np.zeros((markets, provinces))
        self.auction_revenue = np.zeros(provinces)

    def begin_year(self, i: int) -> None:
        """What can be known of prices at the year's beginning: the given one, or those of the years before."""
        if not self.clears:
            self.cell_price[:] = self.given.price[i][None, :]
            self.history[i] = self.cell_price
        last = i if self.clears else i + 1
        past = self.history[max(last - TREND_YEARS - 1, 0) : last]
        if past.shape[0] > 1:
            self.trend, self.volatility = trend_and_volatility(past)

    def outlook(self, i: int) -> tuple[Array, Array, Array, float]:
        """Price seen last, what had been announced for it [P, S], what is announced [P, S, 3], and the price's age.

        A market announces its band: who believes it expects the last price, moved into the band announced for the year.
        """
        if not self.clears:
            shape = self.cell_price.shape
            promised = np.broadcast_to(self.given.announced_now[i], shape)
            announced = np.broadcast_to(self.given.announced[i][None], (*shape, 3))
            return self.cell_price, np.ascontiguousarray(promised), np.ascontiguousarray(announced), 0.0
        paths = self.paths
        seen = np.where(self.price > 0.0, self.price, paths.floor[i])
        now = paths.obligation[i] * seen[paths.market[i]]
        path = np.clip(seen[:, None], paths.coming_floor[i], paths.coming_ceiling[i])
        market = paths.coming_market[i]
        self.announced = paths.coming_obligation[i] * path[market, np.arange(3)]
        promised = np.where(self.promised[0] > 0.0, self.promised[0], now)
        self.promised = [self.promised[1], self.announced[:, :, 0]]
        return now, promised, self.announced, 1.0


def plan_view(world: "World") -> AllowanceView:
    """What firms know of allowances before they produce."""
    setting, own, i = world.setting, world.setting.parameters, world.i
    signals = setting.signals
    return AllowanceView(
        costs=world.costs,
        obligation=world.allowances.paths.obligation[i],
        benchmark=allowances_per_unit(setting, i),
        capped=(1.0 - signals["output_linkage"][i]) * signals["carbon_cap_multiplier"][i],
        bank_share=own["allowance_bank_share"],
        abatement_maximum=own["operational_abatement_maximum"],
    )


def mark_first_year(world: "World", threshold_mt: float) -> None:
    """Who is covered in the first year, when no emissions of a year before are on record: by those of the base year."""
    mark_by_output(world.firm_rows, world.costs.energy_emissions + world.costs.process_emissions, threshold_mt)


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
    state, own, i = world.allowances, world.setting.parameters, world.i
    signals, paths = world.setting.signals, state.paths
    terms = carbon_market.Terms(own["operational_abatement_full_price"], own["allowance_bank_response"])
    low, high = np.empty(state.price.size), np.empty(state.price.size)
    for m, last in enumerate(state.price):
        low[m], high[m] = carbon_market.price_range(
            paths.floor[i, m], paths.ceiling[i, m], last, own["carbon_price_change_maximum"]
        )
    free = signals["free_allocation_share"][i]
    auctioned = signals["auction_share"][i] * (1.0 - free)
    held = np.zeros(state.price.size)
    trade(world.firm_rows, paths.market[i], free, auctioned, low, high, terms, state.result, held)
    state.lapsed = state.accounts[:, BANKED] - held
    traded = state.result[:, PRICE]
    state.price = np.where(traded > 0.0, traded, state.price)
    prices = np.append(traded, 0.0)  # the last one stands for no market
    state.history[world.year - world.setting.years[0]] = paths.obligation[i] * prices[paths.market[i]]
    # The base year's costs hold what its pilots cost then; in a frozen run every year is like it.
    if i > 0:
        state.cell_price[:] = state.history[i]


@process
def trade(
    firms: Array,
    market: Array,
    free: Array,
    auctioned: Array,
    low: Array,
    high: Array,
    terms: carbon_market.Terms,
    result: Array,
    held: Array,
) -> None:
    """Gather what firms want by market, clear, and tell each firm what it bought and what it avoids.

    market [P, S]; free, auctioned [S]: shares of what firms are entitled to. Fills held [M]: kept from last year.
    """
    markets = low.size
    bounds = np.zeros(markets + 1, np.int64)
    count_members(firms, market, bounds, held)
    row, at = np.empty(bounds[markets], np.int64), bounds[:-1].copy()
    demand = carbon_market.Demand(np.empty(row.size), np.empty(row.size), np.empty(row.size), np.empty(row.size))
    auction, bought = np.zeros(markets), np.zeros(row.size)
    for number in range(firms.size):
        firm = firms[number]
        firm.bought = 0.0
        place = market[firm.province, firm.sector]
        if place < 0 or not takes_part(firm):
            continue
        entry = at[place]
        at[place] += 1
        row[entry] = number
        demand.certain[entry] = firm.expected_co2 - free[firm.sector] * firm.entitlement - firm.bank
        demand.avoidable[entry] = firm.expected_co2 * firm.abatable
        demand.bank[entry], demand.value[entry] = firm.wanted_bank, firm.bank_value
        auction[place] += auctioned[firm.sector] * firm.entitlement
    carbon_market.clear(demand, bounds, auction, low, high, terms, result, bought)
    for entry in range(row.size):
        firm = firms[row[entry]]
        firm.bought = bought[entry]
        price = result[market[firm.province, firm.sector], PRICE]
        firm.abated = firm.abatable * avoided_share(price, terms.full_price)


@rule
def count_members(firms: Array, market: Array, bounds: Array, held: Array) -> None:
    """Fill bounds [M + 1], the first member of each market in order of markets, and held [M], what members keep."""
    for firm in firms:
        place = market[firm.province, firm.sector]
        if place >= 0 and takes_part(firm):
            bounds[place + 1] += 1
            held[place] += firm.bank
    for place in range(held.size):
        bounds[place + 1] += bounds[place]


@rule
def takes_part(firm: FirmState) -> bool:
    """Whether a firm emits under a market, or still keeps allowances."""
    return firm.expected_co2 > 0.0 or firm.bank > 0.0


class Rules(NamedTuple):
    """Rules of the true-up. plan: benchmarks and caps; market, next_market [P, S]: index, -1 for none; free, updated
    [S]: share given free, and 1 where the base still follows emissions; price, ceiling [M]; cell_price [P, S]; local
    [P, S]: price on top, all in CNY per tCO2; carry_over: most kept relative to emissions; full_price; clears: 1 where
    allowances are traded and kept."""

    plan: AllowanceView
    market: Array
    next_market: Array
    free: Array
    updated: Array
    price: Array
    ceiling: Array
    cell_price: Array
    local: Array
    carry_over: float
    full_price: float
    clears: int


def settle(world: "World") -> None:
    """True-up of all firms, accounts of the markets, and what governments earn."""
    state, i, signals = world.allowances, world.i, world.setting.signals
    own, paths = world.setting.parameters, state.paths
    next_year = min(i + 1, len(paths.market) - 1)
    prices = state.result[:, PRICE]
    if not state.clears:
        prices = np.zeros(state.price.size)
        prices[NATIONAL] = signals["carbon_price_cny_per_tco2"][i]
    rules = Rules(
        plan=plan_view(world),
        market=paths.market[i],
        next_market=paths.market[next_year],
        free=signals["free_allocation_share"][i],
        updated=(signals["output_linkage"][i] >= 1.0).astype(np.float64),
        price=prices,
        ceiling=paths.ceiling[i],
        cell_price=state.cell_price,
        local=world.costs.carbon_adder,
        carry_over=float(signals["allowance_carry_over_share"][i]),
        full_price=own["operational_abatement_full_price"],
        clears=int(state.clears),
    )
    settle_all(world.firm_rows, rules, state.accounts, state.surrendered)
    if not state.clears:
        state.result[:, PRICE], state.result[:, RESERVE] = prices, state.accounts[:, BOUGHT]
    emitted = state.accounts[:, SURRENDERED]
    share = state.surrendered / np.where(emitted > 0.0, emitted, 1.0)[:, None]
    state.auction_revenue = state.accounts[:, PAYMENTS] @ share


@rule
def settle_all(firms: Array, rules: Rules, accounts: Array, surrendered: Array) -> None:
    """Settle every firm; sum up accounts [M, 7] and surrendered [M, P] in Mt."""
    accounts[:] = 0.0
    surrendered[:] = 0.0
    for firm in firms:
        market = rules.market[firm.province, firm.sector]
        if market < 0:
            firm.bought_late, firm.abatement_cost = 0.0, 0.0
            firm.carbon_payment = rules.local[firm.province, firm.sector] * firm.co2
        else:
            settle_firm(firm, market, rules, accounts, surrendered)


@rule
def settle_firm(firm: FirmState, market: int, rules: Rules, accounts: Array, surrendered: Array) -> None:
    """Allowances by actual output come in, those due are surrendered; what lacks is bought from the reserve.

    Where the base still follows emissions it is renewed. Allowances beyond the carry-over limit expire, and so do all
    of a firm that another market takes over.
    """
    share = rules.plan.obligation[firm.province, firm.sector] * firm.covered
    due = share * firm.co2
    firm.entitlement = share * allowances_for(firm, rules.plan)
    given = rules.free[firm.sector] * firm.entitlement
    if rules.clears == 0:
        firm.bought = due - given
    balance = (firm.bank + given + firm.bought - due) * rules.clears
    stays = rules.next_market[firm.province, firm.sector] == market
    firm.bought_late = max(-balance, 0.0)
    firm.bank = min(max(balance, 0.0), rules.carry_over * due * stays)
    paid = rules.price[market] * firm.bought + rules.ceiling[market] * firm.bought_late
    firm.carbon_payment = paid + rules.local[firm.province, firm.sector] * firm.co2
    avoidable = firm.abatable * firm.co2 / (1.0 - firm.abated)
    firm.abatement_cost = abatement_cost(rules.price[market], rules.full_price) * avoidable
    if firm.covered == 1 and (rules.updated[firm.sector] > 0.0 or firm.base_co2 <= 0.0):
        firm.base_co2 = firm.co2
    accounts[market, ALLOCATED] += given
    accounts[market, BOUGHT] += firm.bought
    accounts[market, LATE] += firm.bought_late
    accounts[market, SURRENDERED] += due
    accounts[market, BANKED] += firm.bank
    accounts[market, EXPIRED] += max(balance, 0.0) - firm.bank
    accounts[market, PAYMENTS] += paid
    surrendered[market, firm.province] += due
