"""Where a value stands that cannot be: compiled, since it is looked for every year and hardly ever found."""

import math
from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule

Array = NDArray[Any]

# Sums of rounded numbers may fall a little below zero.
LEAST = -1e-9


@rule
def first_wrong(values: Array, least: float) -> int:
    """Place of the first value [P, N] that is no number, infinite or below `least`, counted row by row; -1 if none."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            if not least <= values[row, column] < math.inf:
                return row * values.shape[1] + column
    return -1


@rule
def note_soundness(cells: tuple[Array, ...], price: Array, operators: Array, least: float, sound: Array) -> None:
    """Fill sound [1], which Python reads: see `are_sound`."""
    sound[0] = are_sound(cells, price, operators, least)


@rule
def are_sound(cells: tuple[Array, ...], price: Array, operators: Array, least: float) -> bool:
    """Whether output, CO2 and electricity among the sums over firms, prices of goods [P, S] and of power hold nothing
    wrong: see `first_wrong`."""
    output, co2, _, _, electricity = cells
    for operator in operators:
        for block in range(operator.price.size):
            if not least <= operator.price[block] < math.inf:
                return False
    wrong = max(first_wrong(output, least), first_wrong(co2, least), first_wrong(electricity, least))
    return max(wrong, first_wrong(price, least)) < 0


@rule
def first_wrong_price(firms: Array) -> int:
    """Row of the first firm whose price is no number, infinite or below zero; -1 if none."""
    for row in range(firms.size):
        if not 0.0 <= firms[row].price < math.inf:
            return row
    return -1
