"""What a year's output takes and leaves: plants run in order of cost, fuel burnt, electricity used, CO2, money.

Identities, each year: direct CO2 = fuel x factor + process - captured; change of cash = sales - cost - interest - tax
- repayment + borrowing - investment + subsidy - dividend.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import POWER, SLOTS, CostView, able_plants, route_of
from simulator import totals
from simulator.census import Census, clear_census, count_firm
from simulator.lock_in import PlantTerms
from simulator.true_up import Books, Rules, settle_carbon

Array = NDArray[Any]


class IntensityTable(NamedTuple):
    """What one unit of output takes in this year's places. P provinces, K routes.

    fuel [P, K, 4]: PJ per unit; electricity [P, K]: TWh per unit; process [P, K]: tCO2 per unit before capture;
    capture_share [K]; emission_factor [4]: tCO2 per GJ.
    """

    fuel: Array
    electricity: Array
    process: Array
    capture_share: Array
    emission_factor: Array


class MoneyTable(NamedTuple):
    """Prices and rates of the year. P provinces, K routes.

    power_price [P, K]: CNY per MWh sold; capacity_payment [P, K]: CNY per kW and year; loan_rate, tax_rate,
    payout_share: shares; loan_years; liquidity_target [S]: share of sales kept as cash.
    """

    power_price: Array
    capacity_payment: Array
    loan_rate: float
    loan_years: float
    tax_rate: float
    payout_share: float
    liquidity_target: Array


@rule
def run_plants(firm: Any, full_output: Array) -> None:
    """A plant makes what cheaper ones leave of the firm's output, as far as it can; equals run by slot.

    Every pair of plants is compared: which is cheaper, a processor cannot foresee, and a wrong guess takes longer.
    """
    able = able_plants(firm, full_output)
    for slot in range(SLOTS):
        cost, cheaper = firm.slot_cost[slot], 0.0
        for other in range(SLOTS):
            before = (firm.slot_cost[other] < cost) | ((firm.slot_cost[other] == cost) & (other < slot))
            cheaper += able[other] if before else 0.0
        firm.slot_output[slot] = min(max(firm.output - cheaper, 0.0), able[slot])


@rule
def account_energy(firm: Any, table: IntensityTable) -> None:
    """Fuel in PJ, electricity in TWh and CO2 in Mt of what the plants made."""
    unsaved, unabated, factor = 1.0 - firm.saving, 1.0 - firm.abated, table.emission_factor
    coal, oil, gas, biomass = 0.0, 0.0, 0.0, 0.0
    electricity, co2, co2_process, captured = 0.0, 0.0, 0.0, 0.0
    for slot in range(SLOTS):
        route, made = route_of(firm, slot), firm.slot_output[slot]
        unit = table.fuel[firm.province, route]
        burnt = (
            made * unit[0] * unsaved * unabated,
            made * unit[1] * unsaved * unabated,
            made * unit[2] * unsaved * unabated,
            made * unit[3] * unsaved * unabated,
        )
        coal, oil, gas, biomass = coal + burnt[0], oil + burnt[1], gas + burnt[2], biomass + burnt[3]
        gross = burnt[0] * factor[0] + burnt[1] * factor[1] + burnt[2] * factor[2] + burnt[3] * factor[3]
        process = made * table.process[firm.province, route] * unabated
        kept = table.capture_share[route]
        electricity += made * table.electricity[firm.province, route] * unsaved
        co2_process += process * (1.0 - kept)
        co2 += (gross + process) * (1.0 - kept)
        captured += (gross + process) * kept
    firm.fuel[0], firm.fuel[1], firm.fuel[2], firm.fuel[3] = coal, oil, gas, biomass
    firm.electricity, firm.co2, firm.co2_process, firm.captured = electricity, co2, co2_process, captured


@rule
def account_industry(
    firms: Array, full_output: Array, table: IntensityTable, cells: tuple[Array, ...], made: Array, fuel: Array
) -> None:
    """Run the plants of every firm outside power, account for what they use and emit, and fill the sums over them.

    cells, made, fuel: see `totals.sum_firms`.
    """
    totals.clear_sums(cells, made, fuel)
    for firm in firms:
        run_plants(firm, full_output)
        account_energy(firm, table)
        totals.add_firm(firm, cells, made, fuel)


@rule
def account_power(firms: Array, table: IntensityTable, cells: tuple[Array, ...], made: Array, fuel: Array) -> None:
    """Account for what generators burn and emit, and add it to the sums; dispatch has filled their plants' output."""
    for firm in firms:
        firm.output = 0.0
        for slot in range(SLOTS):
            firm.output += firm.slot_output[slot]
        account_energy(firm, table)
        totals.add_firm(firm, cells, made, fuel)


@rule
def close_books(
    firms: Array, costs: CostView, money: MoneyTable, rules: Rules, books: Books, terms: PlantTerms, census: Census
) -> None:
    """Allowances, then money of every firm, which the census then counts."""
    clear_census(census)
    for firm in firms:
        settle_carbon(firm, rules, books)
        settle_money(firm, costs, money)
        count_firm(firm, costs, terms, census)


@rule
def settle_money(firm: Any, costs: CostView, money: MoneyTable) -> None:
    """Sales, cost, interest, tax, dividend and cash; power is paid by plant, everything else by price."""
    sales, cost = 0.0, firm.carbon_payment + firm.abatement_cost + firm.certificate_cost
    added = costs.sectors[firm.province, firm.sector].added_cost
    for slot in range(SLOTS):
        route, made = route_of(firm, slot), firm.slot_output[slot]
        unit = costs.routes[firm.province, route]
        running = unit.energy_cost * (1.0 - firm.saving) + (unit.other_cost + added)
        cost += made * running + firm.slot_capacity[slot] * unit.fixed_cost
        if firm.sector == POWER:
            sales += made * money.power_price[firm.province, route]
            sales += firm.slot_capacity[slot] * money.capacity_payment[firm.province, route]
    firm.revenue = sales if firm.sector == POWER else firm.price * firm.output
    firm.operating_cost = cost
    pay_and_save(firm, money)


@rule
def pay_and_save(firm: Any, money: MoneyTable) -> None:
    """Interest, repayment, tax and dividend; what is left is cash."""
    firm.interest = money.loan_rate * firm.debt
    firm.repayment = firm.debt / money.loan_years
    profit = firm.revenue - firm.operating_cost - firm.interest
    firm.tax = money.tax_rate * max(profit, 0.0)
    firm.liquidity += profit - firm.tax - firm.repayment
    firm.debt -= firm.repayment
    spare = firm.liquidity - money.liquidity_target[firm.sector] * firm.revenue
    firm.dividend = money.payout_share * max(spare, 0.0)
    firm.liquidity -= firm.dividend
    margin = profit / firm.revenue if firm.revenue > 0.0 else 0.0
    firm.mean_profit += 0.2 * (margin - firm.mean_profit)
