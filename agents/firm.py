"""A firm: makes one sector's product in one province, in up to four plants (ODD+D: entities, submodels 2, 3, 6 to 8).

State     plants (route, capacity, age), price and mark-up, its customers, saving, cash, expectations, allowances:
          `firm_record`.
Senses    costs by route in its province, the carbon price and what is announced, demand for its product.
Decides   what to expect, at what price to sell, how much energy to save (here); what allowances to hold
          (`firm_allowances`) and certificates (`firm_certificates`); what to build (`firm_investment`); where, and
          whether to stay (`firm_location`).
          How plants come and go stands in `firm_plants`.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents import choice, firm_allowances, firm_certificates, firm_investment, firm_location, firm_plants
from agents.agent import RecordAgent
from agents.certificates import CertificateView
from agents.compiled import rule
from agents.firm_allowances import AllowanceView
from agents.firm_location import SiteView
from agents.firm_plants import AgeView
from agents.firm_project_value import InvestmentView
from agents.firm_record import HORIZONS, SLOTS, CostView, FirmParameters, FirmState, capacity, marginal_cost, route_of

Array = NDArray[Any]


class OutlookView(NamedTuple):
    """What a firm hears of its market and of carbon prices. P provinces, S sectors.

    demand_growth [P, S]: log growth of orders for the province's product; carbon_price [P, S]: last price seen, in CNY
    per tCO2; announced_now [P, S]: price that had been announced for that year; announced, continued [P, S, 3]: prices
    announced for 1, 7 and 15 years ahead, and those if the trend of five years goes on.
    """

    demand_growth: Array
    carbon_price: Array
    announced_now: Array
    announced: Array
    continued: Array
    parameters: FirmParameters


# ---------------------------------------------------------------------------------------------------- equations


@rule
def continue_prices(price: Array, trend: Array, age: float, own: FirmParameters, ahead: Array) -> None:
    """Fill carbon prices 1, 7 and 15 years ahead if their trend, within what firms take for possible, goes on
    [P, S, 3].

    price [P, S] in CNY per tCO2, of so many years ago (age); trend [P, S]: growth per year.
    """
    for province in range(price.shape[0]):
        for sector in range(price.shape[1]):
            now = price[province, sector]
            growth = min(max(trend[province, sector], own.price_trend_minimum), own.price_trend_maximum)
            for horizon in range(HORIZONS):
                years = choice.HORIZONS_YEARS[horizon] + age
                ahead[province, sector, horizon] = choice.continued_price(now, growth, years) if now != 0.0 else 0.0


# -------------------------------------------------------------------------------------------------------- rules


@rule
def form_expectations(firm: FirmState, outlook: OutlookView) -> None:
    """Adaptive expectation of demand; carbon price between the announced path and the recent trend.

    How far announcements count is the firm's trust in them, which grows when they come true.
    """
    own = outlook.parameters
    growth = outlook.demand_growth[firm.province, firm.sector]
    growth = min(max(growth, -own.growth_expectation_bound), own.growth_expectation_bound)
    firm.expected_growth = choice.adaptive_expectation(firm.expected_growth, growth, own.demand_expectation_weight)
    now = outlook.carbon_price[firm.province, firm.sector]
    promised = outlook.announced_now[firm.province, firm.sector]
    firm.credibility = choice.updated_credibility(firm.credibility, now, promised, own.credibility_gain)
    for horizon in range(HORIZONS):
        continued = outlook.continued[firm.province, firm.sector, horizon]
        announced = outlook.announced[firm.province, firm.sector, horizon]
        firm.expected_carbon_price[horizon] = choice.expected_price(continued, announced, firm.credibility)


@rule
def set_price(firm: FirmState, costs: CostView) -> None:
    """Mark-up over full unit cost at normal utilisation (Hall and Hitch 1939, doi:10.1093/oxepap/os-2.1.12).

    Plants of which more is wanted than they make at normal use let the firm raise its mark-up, idle ones press it down.
    What customers wanted and did not get counts: a plant that a campaign or a shortage of power holds down is not idle.
    """
    own, shared = costs.parameters, costs.sectors[firm.province, firm.sector]
    able, normal, full_cost = 0.0, 0.0, 0.0
    for slot in range(SLOTS):
        unit, size = costs.routes[firm.province, route_of(firm, slot)], firm.slot_capacity[slot]
        cost, last_cost = marginal_cost(firm, unit, shared), firm.slot_cost[slot]
        full = size * unit.full_output
        usual = full * unit.utilisation
        able += full
        normal += usual
        full_cost += usual * cost + size * unit.fixed_cost
        # An empty slot keeps its cost: a choice between two numbers, which a processor need not guess (decision 23).
        firm.slot_cost[slot] = cost if size > 0.0 else last_cost
    if normal <= 0.0:
        return
    surprise = (max(firm.wanted_output, firm.output) - normal) / able if firm.output > 0.0 else 0.0
    wanted = firm.markup + own.markup_adjustment * surprise
    firm.markup = min(max(wanted, own.markup_minimum), own.markup_maximum)
    firm.unit_cost = full_cost / normal + shared.added_cost
    firm.price = (1.0 + firm.markup) * firm.unit_cost


@rule
def save_energy(firm: FirmState, costs: CostView) -> None:
    """Move energy saving towards what pays back in time (Liu, Fan and Li 2016: 78 Chinese cement firms, 3.3 years).

    What paid at the prices of the base year is done. The marginal cost of saving more rises linearly with it, so what
    pays is the rise of the value of a GJ over the slope, longer paybacks accepted counting in proportion. What is
    installed is paid from cash and not undone; standards are a floor.
    """
    own, shared = costs.parameters, costs.sectors[firm.province, firm.sector]
    value, used, energy_pj = 0.0, 0.0, 0.0
    carbon = firm.expected_carbon_price[0] * firm.covered + shared.carbon_adder
    firm.saving_cost = 0.0
    for slot in range(SLOTS):
        unit, size = costs.routes[firm.province, route_of(firm, slot)], firm.slot_capacity[slot]
        cost = unit.energy_cost + carbon * unit.energy_emissions
        value += size * (cost - unit.base_energy_value * unit.energy_use)
        used += size * unit.energy_use
        energy_pj += firm.slot_output[slot] * unit.energy_use
    if used <= 0.0:
        return
    patience = firm.payback_years / own.payback_reference
    worth = max(value / used, 0.0) * patience / own.efficiency_cost_slope
    limit = shared.maximum_saving * (1.0 + own.efficiency_maximum_growth * (costs.year[0] - costs.base_year))
    target = min(max(worth, shared.efficiency_floor), limit)
    more = own.efficiency_adjustment_rate * max(target - firm.saving, 0.0)
    cost_per_gj = own.efficiency_cost_slope * (firm.saving + 0.5 * more) * own.payback_reference
    firm.saving += more
    firm.saving_cost = cost_per_gj * more * energy_pj
    firm.liquidity -= firm.saving_cost


# -------------------------------------------------------------------------------------------------- populations


@rule
def form_all_expectations(firms: Array, outlook: OutlookView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        form_expectations(firm, outlook)


@rule
def set_all_prices(firms: Array, costs: CostView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        set_price(firm, costs)


@rule
def save_energy_everywhere(firms: Array, costs: CostView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        save_energy(firm, costs)


class Firm(RecordAgent):
    """A firm as a Mesa agent: its attributes are its record's quantities, its methods the rules applied to it."""

    state = FirmState
    rules = (
        "form_expectations",
        "plan_allowances",
        "set_price",
        "save_energy",
        "start_up",
        "close_plants",
        "choose_plant",
        "choose_route",
        "choose_site",
        "leave_market",
        "buy_certificates",
    )

    @property
    def capacity(self) -> float:
        """Installed capacity, in units per year (GW for power)."""
        return capacity(self.record)

    def form_expectations(self, outlook: OutlookView) -> None:
        """See `form_expectations`."""
        form_expectations(self.record, outlook)

    def plan_allowances(self, seen: AllowanceView) -> None:
        """See `agents.firm_allowances.plan_allowances`."""
        firm_allowances.plan_allowances(self.record, seen)

    def set_price(self, costs: CostView) -> None:
        """See `set_price`."""
        set_price(self.record, costs)

    def save_energy(self, costs: CostView) -> None:
        """See `save_energy`."""
        save_energy(self.record, costs)

    def close_plants(self, ages: AgeView) -> None:
        """See `agents.firm_plants.close_plants`."""
        firm_plants.close_plants(self.record, ages)

    def start_up(self, ages: AgeView) -> None:
        """See `agents.firm_plants.start_up`."""
        firm_plants.start_up(self.record, ages)

    def choose_plant(self, seen: InvestmentView) -> None:
        """See `agents.firm_investment.choose_plant`."""
        firm_investment.choose_plant(self.record, seen)

    def choose_route(self, seen: InvestmentView) -> None:
        """See `agents.firm_investment.choose_route`."""
        firm_investment.choose_route(self.record, seen)

    def choose_site(self, seen: SiteView) -> None:
        """See `agents.firm_location.choose_site`."""
        firm_location.choose_site(self.record, seen)

    def leave_market(self, seen: SiteView) -> None:
        """See `agents.firm_location.leave_market`."""
        firm_location.leave_market(self.record, seen)

    def buy_certificates(self, seen: CertificateView) -> None:
        """See `agents.firm_certificates.buy_certificates`."""
        firm_certificates.buy_certificates(self.record, seen)
