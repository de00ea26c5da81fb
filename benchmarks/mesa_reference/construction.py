"""From choices to construction: who builds where, how much of it fits, who pays (submodels 9 and 10)."""

import numpy as np

from mesa_reference.investing import BY_CAPACITY, BY_GRID
from mesa_reference.sites import Project


def assign_sites(firms, firm_of) -> None:
    """A footloose project goes to the chosen firm of the group if that is free, makes the product and has room."""
    taken = set()
    for firm in sorted(firms, key=lambda one: one.firm):
        if firm.chosen_route is None or firm.chosen_site == firm.firm:
            continue
        mate = firm_of[firm.chosen_site]
        free = mate.firm not in taken and not mate.is_busy and mate.chosen_route is None
        if free and mate.family == firm.family and mate.holds(firm.chosen_route):
            taken.add(mate.firm)
        else:
            firm.chosen_site = firm.firm


def wanted_capacity(firms, firm_of, provinces: int, routes: int):
    """New capacity chosen this year, by province of building and route."""
    wanted = np.zeros((provinces, routes))
    for firm in firms:
        if firm.chosen_route is not None and firm.replaced is None:
            wanted[firm_of[firm.chosen_site].province, firm.chosen_route] += firm.chosen_capacity
    return wanted


def asked_of_builders(wanted, opportunity, sites):
    """What firms would build of each route if all looked for sites, as far as there are any; [P, K] each."""
    return np.minimum(wanted / opportunity, sites).sum(axis=0)


def begin_projects(firms, firm_of, seen, fits, by_grid) -> None:
    """Begin what was chosen and fits. fits [province][route], by_grid [province]: shares that limits leave."""
    for firm in firms:
        firm.investment = firm.subsidy = firm.borrowing = 0.0
    for firm in firms:
        if firm.chosen_route is None:
            continue
        builder = firm_of[firm.chosen_site]
        if firm.is_generator and firm.replaced is None:
            cut_to_fit(firm, fits[builder.province][firm.chosen_route], by_grid[builder.province], seen.parameters)
        if firm.chosen_capacity > 0.0:
            start = seen.luck.year[0] + int(firm.option(firm.chosen_route, seen).lead_years)
            builder.begin(Project(firm.chosen_route, firm.chosen_capacity, start, firm.replaced))
            pay(firm, seen)


def cut_to_fit(firm, fits: float, by_grid: float, own) -> None:
    """Cut a power project to what nature, the country and the grid allow."""
    share = fits * by_grid
    if share < 1.0:
        firm.blocked = BY_GRID if by_grid < fits else BY_CAPACITY
    firm.chosen_capacity = firm.chosen_capacity * share if share >= own.least_share_financed else 0.0


def pay(firm, seen) -> None:
    """The firm that chose pays, banks lend, the government subsidises."""
    after_subsidy, _ = firm.capital_and_life(firm.chosen_route, firm.replaced, seen)
    share = firm.option(firm.chosen_route, seen).subsidy_share
    firm.investment = after_subsidy * firm.chosen_capacity / (1.0 - share)
    firm.subsidy = share * firm.investment
    firm.borrowing = firm.market(seen).debt_ratio * (firm.investment - firm.subsidy)
    firm.liquidity += firm.borrowing + firm.subsidy - firm.investment
    firm.debt += firm.borrowing


def award_tender(generators, route: int, size_gw: float, year: int, cost: float, debt_ratio: float) -> bool:
    """The largest generator of the province that has room builds what the operator asks for; cost in CNY per kW."""
    able = [firm for firm in generators if firm.holds(route) and not firm.is_busy]
    if not able:
        return False
    firm = max(able, key=lambda one: one.capacity())
    firm.begin(Project(route, size_gw, year, None))
    price = cost * size_gw
    firm.investment += price
    firm.borrowing += debt_ratio * price
    firm.debt += debt_ratio * price
    firm.liquidity += debt_ratio * price - price
    return True
