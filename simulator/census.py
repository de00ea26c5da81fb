"""What is counted firm by firm when the books of a year are closed: who makes something, what stopped decisions, what
power plants cost, and what standing plants still stand for."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.compiled import rule
from agents.firm_record import POWER, CostView
from simulator.lock_in import PlantTerms, add_lock_in

Array = NDArray[Any]

# What may stop a decision, in the order of the numbers that firms note.
CAUSES = ("cost", "finance", "capacity", "grid", "demand", "approval")


class Census(NamedTuple):
    """Counts and sums of a year. making [P, S]: firms that make something; blocked [P, S, causes]: decisions of last
    winter by what stood in their way; locked_in [2]: committed CO2 in Mt, idle capital in m CNY; spent [2]: what power
    firms paid to run, less carbon, and what they invested, in m CNY."""

    making: Array
    blocked: Array
    locked_in: Array
    spent: Array


def empty_census(provinces: int, sectors: int) -> Census:
    """A census before anybody is counted."""
    cells = provinces, sectors
    return Census(np.zeros(cells), np.zeros((*cells, len(CAUSES))), np.zeros(2), np.zeros(2))


@rule
def clear_census(census: Census) -> None:
    """Count anew."""
    census.making[:], census.blocked[:] = 0.0, 0.0
    census.locked_in[:], census.spent[:] = 0.0, 0.0


@rule
def count_firm(firm: Any, costs: CostView, terms: PlantTerms, census: Census) -> None:
    """Add one firm, whose money is settled."""
    census.making[firm.province, firm.sector] += 1.0 if firm.output > 0.0 else 0.0
    # Who was not stopped adds nothing to the first cause: who was, a processor cannot foresee (decision 23).
    census.blocked[firm.province, firm.sector, max(firm.blocked, 1) - 1] += 1.0 if firm.blocked > 0 else 0.0
    add_lock_in(firm, costs, terms, census.locked_in)
    if firm.sector == POWER:
        census.spent[0] += firm.operating_cost - firm.carbon_payment
        census.spent[1] += firm.investment


@rule
def take_census(firms: Array, costs: CostView, terms: PlantTerms, census: Census) -> None:
    """Count all firms anew."""
    clear_census(census)
    for firm in firms:
        count_firm(firm, costs, terms, census)
