"""Heat plants of the base year, sized so that they give what statistics say."""

from functools import lru_cache

import numpy as np

from agents.grid_operator_heat import beside_chp, heat_at_first
from agents.grid_operator_record import BIOMASS, COAL, OperatorState
from simulator.base_year import BaseYear
from simulator.tables import Array, kept


def heat_plants(base: BaseYear, reserve_share: float) -> tuple[Array, Array]:
    """Heat plants of the base year: capacity by kind [P, 4], and heat that CHP gives per GW of power [P]."""
    highest, rate, per_gw, split = _heat_at_first(base)
    others = beside_chp(highest, rate, reserve_share)[:, None] * split
    return np.ascontiguousarray(np.column_stack([rate, others])), per_gw


@lru_cache(maxsize=4)
def _heat_at_first(base: BaseYear) -> tuple[Array, Array, Array, Array]:
    """What no parameter moves of it: highest load and rate of CHP, the latter per GW of power too, and how other plants
    split the rest [P, 3]; see `agents.grid_operator_heat`."""
    table = base.power
    operators = OperatorState.table(len(base.names.provinces))
    operators.heat_demand_pj[:] = table.heat_pj[:, None] * table.heat_season
    operators.capacity_gw[:] = table.capacity_gw
    known = [heat_at_first(*one, table.hours) for one in zip(operators, table.heat_share, strict=True)]
    highest, rate, split = (np.array(one) for one in zip(*known, strict=True))
    power = table.capacity_gw[:, COAL] + table.capacity_gw[:, BIOMASS]
    per_gw = np.divide(rate, power, out=np.zeros(rate.size), where=power > 0.0)
    return kept(highest), kept(rate), kept(per_gw), kept(split)
