"""A grid operator: keeps one province supplied with power and heat (ODD+D: entities, submodel 4).

State     plants and load of the province, heat plants, schedules, tariff, expected prices: `grid_operator_record`.
Senses    load, wind, sun, rivers and contracts of the year; fuel and carbon prices; its neighbours' offers in trade.
Decides   how to use water, storage and coal units (`grid_operator_schedule`); which heat plants to run and to build
          (`grid_operator_heat`); what spread to ask for in trade, the tariff, what prices to tell investors, and which
          firm capacity to tender (here); which panels of users to connect (`grid_operator_roofs`); which certificates
          to buy (`grid_operator_certificates`). Trade in power is a market of all operators: `simulator.power`.
"""

from typing import NamedTuple

from agents import (
    choice,
    grid_operator_certificates,
    grid_operator_heat,
    grid_operator_roofs,
    grid_operator_schedule,
)
from agents.agent import RecordAgent
from agents.certificates import CertificateView
from agents.compiled import rule
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import (
    BATTERY,
    BLOCKS,
    BLOCKS_PER_SEASON,
    COAL,
    GAS,
    HOURS_PER_DAY,
    NONE,
    PUMPED,
    SEASONS,
    TECHNOLOGIES,
    Array,
    OperatorParameters,
    OperatorState,
    find_residual,
)
from agents.grid_operator_roofs import RoofView
from agents.grid_operator_schedule import ScheduleView

CANDIDATES = (COAL, GAS, PUMPED, BATTERY)
# Share of the peak below which nothing is tendered: what rounding leaves over is no plant.
LEAST_TENDER = 1e-9


class MarketView(NamedTuple):
    """What an operator sees after the year's market. hours [24]; tariff_band: how far the energy part of the tariff may
    lie from the benchmark, share; surcharge: levies on top, CNY/MWh."""

    hours: Array
    tariff_band: float
    surcharge: float
    parameters: OperatorParameters


class AdequacyView(NamedTuple):
    """What an operator sees when it looks ahead. P provinces, T technologies, C candidates: coal, gas, pumped, battery.

    hours [24]; load_growth [P]: per year; pipeline_gw [P, T]: being built; firm_credit [T]: share of capacity that
    counts at the peak; fixed_cost [C]: annuity and fixed cost, CNY per kW and year; running_cost [P, C]: CNY/MWh
    (stores: 0); allowed [P, C]: chance of approval, 0 where nothing passes; room_gw [P, C]: what site and technology
    still allow.
    """

    hours: Array
    load_growth: Array
    pipeline_gw: Array
    firm_credit: Array
    fixed_cost: Array
    running_cost: Array
    allowed: Array
    room_gw: Array
    parameters: OperatorParameters


# -------------------------------------------------------------------------------------------------------- rules


@rule
def ask_margin(operator: OperatorState, seen: MarketView) -> None:
    """Ask for a spread in trade the idler the province's own thermal plants were: local protection."""
    own = seen.parameters
    idle = max(1.0 - operator.thermal_use / own.thermal_use_reference, 0.0)
    operator.trade_margin = own.local_protection_cny_per_mwh * idle


@rule
def wholesale_price(operator: OperatorState, hours: Array) -> float:
    """Load-weighted wholesale price of the year, CNY/MWh."""
    paid, load = 0.0, 0.0
    for block in range(BLOCKS):
        energy = hours[block] * operator.load_gw[block]
        paid += energy * operator.price[block]
        load += energy
    return paid / load if load > 0.0 else 0.0


@rule
def set_tariff(operator: OperatorState, seen: MarketView) -> None:
    """Move the tariff half-way to wholesale price within its band, plus network charge, levies and certificates.

    The regulated band is why users feel a carbon price, or a shortage, late and in part.
    """
    band = seen.tariff_band * operator.benchmark_tariff
    energy = wholesale_price(operator, seen.hours)
    energy = min(max(energy, operator.benchmark_tariff - band), operator.benchmark_tariff + band)
    target = energy + operator.transmission_charge + seen.surcharge + operator.certificate_charge
    keep = seen.parameters.tariff_smoothing
    operator.tariff = keep * operator.tariff + (1.0 - keep) * target


@rule
def expect_market(operator: OperatorState, seen: MarketView) -> None:
    """Smooth what each block has shown: its wholesale price, for investors, who do not count on more than the price
    cap, and what was traded in it beyond contracts, for the schedule of the year to come."""
    weight = seen.parameters.price_expectation_weight
    for block in range(BLOCKS):
        price = min(operator.price[block], seen.parameters.wholesale_price_cap)
        operator.expected_price[block] = choice.adaptive_expectation(operator.expected_price[block], price, weight)
        operator.expected_export_gw[block] = choice.adaptive_expectation(
            operator.expected_export_gw[block], operator.traded_export_gw[block], weight
        )


@rule
def look_ahead(operator: OperatorState, seen: AdequacyView) -> None:
    """Peak load when a plant tendered now would run, and the capacity that would count then.

    Lines count at their credit with what they usually bring in the block of the highest load, contracted or traded.
    """
    own = seen.parameters
    peak, brought = 0.0, 0.0
    for block in range(BLOCKS):
        load = operator.load_gw[block] + operator.heat_pump_gw[block]
        if load > peak:
            peak = load
            brought = -operator.usual_export_gw[block]
    for _ in range(int(own.tender_lead_years)):
        peak *= 1.0 + seen.load_growth[operator.operator]
    operator.peak_gw = peak * operator.peak_factor * (1.0 - own.demand_response_share)
    firm = brought if brought < 0.0 else own.firm_capacity_credit_line * brought
    for technology in range(TECHNOLOGIES):
        capacity = operator.capacity_gw[technology] + seen.pipeline_gw[operator.operator, technology]
        firm += seen.firm_credit[technology] * capacity
    operator.firm_capacity_gw = firm


@rule
def shortage(operator: OperatorState, seen: AdequacyView) -> float:
    """Firm capacity in GW to be tendered now: what peak and reserve ask for beyond it, at most a share of the peak.

    Looks ahead first, so `peak_gw` and `firm_capacity_gw` are those expected.
    """
    own = seen.parameters
    look_ahead(operator, seen)
    short = operator.peak_gw * (1.0 + own.reserve_margin) - operator.firm_capacity_gw
    return max(min(short, own.tender_maximum_share * operator.peak_gw), 0.0)


@rule
def expected_margin(operator: OperatorState, candidate: int, seen: AdequacyView) -> float:
    """What a kW earns at expected prices, CNY per year: sales above running cost, or buying low and selling high.

    A store turns over once a day, at the dearest and the cheapest block of the season.
    """
    own = seen.parameters
    technology = CANDIDATES[candidate]
    earned = 0.0
    if technology in (COAL, GAS):
        running = seen.running_cost[operator.operator, candidate]
        for block in range(BLOCKS):
            earned += seen.hours[block] * max(operator.expected_price[block] - running, 0.0)
        return own.thermal_availability * earned / 1000.0
    efficiency = own.pumped_efficiency if technology == PUMPED else own.battery_efficiency
    duration = own.pumped_hours if technology == PUMPED else own.battery_hours
    for season in range(SEASONS):
        first = season * BLOCKS_PER_SEASON
        high, low, length = 0.0, operator.expected_price[first], 0.0
        for block in range(first, first + BLOCKS_PER_SEASON):
            high = max(high, operator.expected_price[block])
            low = min(low, operator.expected_price[block])
            length += seen.hours[block]
        earned += length / HOURS_PER_DAY * duration * max(high - low / efficiency, 0.0)
    return earned / 1000.0


@rule
def cheapest_tender(operator: OperatorState, seen: AdequacyView) -> int:
    """The candidate not yet tendered with the lowest net cost of a firm kW, or -1: (fixed cost - earnings) / credit."""
    row = operator.operator
    best, lowest = NONE, 0.0
    for candidate in range(len(CANDIDATES)):
        credit = seen.firm_credit[CANDIDATES[candidate]]
        room = seen.room_gw[row, candidate]
        if operator.tendered_gw[candidate] > 0.0 or seen.allowed[row, candidate] <= 0.0 or room <= 0.0 or credit <= 0.0:
            continue
        cost = (seen.fixed_cost[candidate] - expected_margin(operator, candidate, seen)) / credit
        if best == NONE or cost < lowest:
            best, lowest = candidate, cost
    return best


@rule
def tender_capacity(operator: OperatorState, seen: AdequacyView) -> None:
    """If firm capacity falls short of the peak and its reserve, tender the cheapest firm capacity, then the next.

    What may not be approved, or has no room, is left out; approval itself is the local government's.
    """
    for candidate in range(len(CANDIDATES)):
        operator.tendered_gw[candidate] = 0.0
    short = shortage(operator, seen)
    while short > LEAST_TENDER * operator.peak_gw:
        best = cheapest_tender(operator, seen)
        if best == NONE:
            return
        credit = seen.firm_credit[CANDIDATES[best]]
        operator.tendered_gw[best] = min(short / credit, seen.room_gw[operator.operator, best])
        short -= credit * operator.tendered_gw[best]


# -------------------------------------------------------------------------------------------------- populations


@rule
def choose_all_heat_supply(operators: Array, seen: HeatView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        grid_operator_heat.choose_heat_supply(operator, seen)


@rule
def find_all_residuals(operators: Array) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        find_residual(operator)


@rule
def schedule_all_hydro(operators: Array, seen: ScheduleView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        grid_operator_schedule.schedule_hydro(operator, seen)


@rule
def schedule_all_storage(operators: Array, seen: ScheduleView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        grid_operator_schedule.schedule_storage(operator, seen)


@rule
def commit_all_coal(operators: Array, seen: ScheduleView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        grid_operator_schedule.commit_coal(operator, seen)


@rule
def schedule_everything(operators: Array, seen: ScheduleView) -> None:
    """Water, stores and coal units of every operator; no operator's depend on another's."""
    for operator in operators:
        grid_operator_schedule.schedule_hydro(operator, seen)
        grid_operator_schedule.schedule_storage(operator, seen)
        grid_operator_schedule.commit_coal(operator, seen)


@rule
def ask_all_margins(operators: Array, seen: MarketView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        ask_margin(operator, seen)


@rule
def set_all_tariffs(operators: Array, seen: MarketView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        set_tariff(operator, seen)


@rule
def expect_all_markets(operators: Array, seen: MarketView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        expect_market(operator, seen)


@rule
def look_back_everywhere(operators: Array, seen: MarketView) -> None:
    """Margin, tariff and expected market of every operator; no operator's depend on another's."""
    for operator in operators:
        ask_margin(operator, seen)
        set_tariff(operator, seen)
        expect_market(operator, seen)


@rule
def tender_all_capacity(operators: Array, seen: AdequacyView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        tender_capacity(operator, seen)


class GridOperator(RecordAgent):
    """A grid operator as a Mesa agent: its attributes are its record's quantities, its methods the rules."""

    state = OperatorState
    rules = (
        "choose_heat_supply",
        "schedule_hydro",
        "schedule_storage",
        "commit_coal",
        "ask_margin",
        "set_tariff",
        "expect_market",
        "tender_capacity",
        "connect_roofs",
        "buy_certificates",
    )

    def choose_heat_supply(self, seen: HeatView) -> None:
        """See `agents.grid_operator_heat.choose_heat_supply`."""
        grid_operator_heat.choose_heat_supply(self.record, seen)

    def schedule_hydro(self, seen: ScheduleView) -> None:
        """See `agents.grid_operator_schedule.schedule_hydro`."""
        grid_operator_schedule.schedule_hydro(self.record, seen)

    def schedule_storage(self, seen: ScheduleView) -> None:
        """See `agents.grid_operator_schedule.schedule_storage`."""
        grid_operator_schedule.schedule_storage(self.record, seen)

    def commit_coal(self, seen: ScheduleView) -> None:
        """See `agents.grid_operator_schedule.commit_coal`."""
        grid_operator_schedule.commit_coal(self.record, seen)

    def ask_margin(self, seen: MarketView) -> None:
        """See `ask_margin`."""
        ask_margin(self.record, seen)

    def set_tariff(self, seen: MarketView) -> None:
        """See `set_tariff`."""
        set_tariff(self.record, seen)

    def expect_market(self, seen: MarketView) -> None:
        """See `expect_market`."""
        expect_market(self.record, seen)

    def tender_capacity(self, seen: AdequacyView) -> None:
        """See `tender_capacity`."""
        tender_capacity(self.record, seen)

    def connect_roofs(self, seen: RoofView) -> None:
        """See `agents.grid_operator_roofs.connect_roofs`."""
        grid_operator_roofs.connect_roofs(self.record, seen)

    def buy_certificates(self, seen: CertificateView) -> None:
        """See `agents.grid_operator_certificates.buy_certificates`."""
        grid_operator_certificates.buy_certificates(self.record, seen)
