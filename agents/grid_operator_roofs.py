"""Solar panels on the roofs of households and businesses, as a grid operator connects them (ODD+D: submodel 16).

State     roofs that hold panels, those connected this year (`grid_operator_record`).
Senses    cost and output of panels, what their power sells for, its own tariff, how much roofs could hold.
Decides   for the users of its province, who are too many and too small to be agents: how many of them take panels.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.grid_operator_record import OperatorState

Array = NDArray[Any]


class RoofParameters(NamedTuple):
    """Behaviour of the owners of roofs; sources in `simulator/data/parameters.csv`."""

    roof_own_use_share: float
    roof_payback_sensitivity: float
    roof_innovation: float
    roof_imitation: float


class RoofView(NamedTuple):
    """What owners of roofs know. P provinces.

    roof_gw [P]: panels that all roofs could hold; cost [P]: CNY per kW; fixed_cost: CNY per kW and year; output [P]:
    MWh per kW and year; sold_price [P]: CNY/MWh for what they do not use themselves.
    """

    roof_gw: Array
    cost: Array
    fixed_cost: float
    output: Array
    sold_price: Array
    parameters: RoofParameters


@rule
def payback_years(operator: OperatorState, seen: RoofView) -> float:
    """Years in which panels pay for themselves: what users do not buy at the tariff, and what they sell."""
    place, own = operator.operator, seen.parameters
    worth = own.roof_own_use_share * operator.tariff + (1.0 - own.roof_own_use_share) * seen.sold_price[place]
    earned = seen.output[place] * worth - seen.fixed_cost
    return seen.cost[place] / earned if earned > 0.0 else math.inf


@rule
def connect_roofs(operator: OperatorState, seen: RoofView) -> None:
    """Diffusion (Bass 1969) towards the market that the payback allows: roofs x exp(-sensitivity x payback)."""
    own = seen.parameters
    market = seen.roof_gw[operator.operator] * math.exp(-own.roof_payback_sensitivity * payback_years(operator, seen))
    operator.roofs_connected_gw = 0.0
    if market > operator.roofs_gw:
        pull = own.roof_innovation + own.roof_imitation * operator.roofs_gw / market
        operator.roofs_connected_gw = pull * (market - operator.roofs_gw)


@rule
def connect_all_roofs(operators: Array, seen: RoofView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        connect_roofs(operator, seen)
