"""Where a value stands that cannot be: compiled, since it is looked for every year and hardly ever found."""

import math
from typing import Any

from numpy.typing import NDArray

from agents.compiled import rule

Array = NDArray[Any]

# Sums of rounded numbers may fall this far below zero.
ROUNDING = 1e-9


@rule
def first_wrong(values: Array, least: float) -> int:
    """Place of the first value [P, N] that is no number, infinite or below `least`, counted row by row; -1 if none."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            if not least <= values[row, column] < math.inf:
                return row * values.shape[1] + column
    return -1


@rule
def are_sound(several: tuple[Array, ...], prices: Array, least: float) -> bool:
    """Whether several tables [P, S] and prices of power [P, B] hold nothing wrong: see `first_wrong`."""
    wrong = first_wrong(prices, least) >= 0
    for values in several:
        wrong = wrong or first_wrong(values, least) >= 0
    return not wrong


@rule
def first_wrong_price(firms: Array) -> int:
    """Row of the first firm whose price is no number, infinite or below zero; -1 if none."""
    for row in range(firms.size):
        if not 0.0 <= firms[row].price < math.inf:
            return row
    return -1
