"""The dispatch of a year as one linear programme, solved by HiGHS: the oracle of the power tests.

It takes the same arrays as `simulator.power.clear` and knows nothing of trade rounds, chains or prices.
"""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix


def least_cost(supply, network, lower_gw, upper_gw, hours):
    """Least system cost of a year (m CNY) and the cost of each block (m CNY), exact within HiGHS' tolerance."""
    blocks = supply.load_gw.shape[0]
    costs = np.array(
        [solve_block(supply, network, lower_gw[b], upper_gw[b], b) * hours[b] / 1000.0 for b in range(blocks)]
    )
    return float(costs.sum()), costs


def solve_block(supply, network, lower_gw, upper_gw, block):
    """Least cost of a block in thousand CNY per hour (GW x CNY/MWh).

    Variables: free supply, steps and unserved energy of each province; each line's flow forwards and backwards.
    Each province: supply + received - sent = load. Free supply may be left unused.
    """
    provinces, steps = supply.step_cny_per_mwh.shape
    lines = network.origin.size
    rungs = steps + 2
    rows, columns, values = [], [], []

    def add(row, column, value):
        rows.append(row)
        columns.append(column)
        values.append(value)

    cost, bounds = [], []
    for province in range(provinces):
        for rung in range(rungs):
            add(province, len(cost), 1.0)
            if rung == 0:
                bounds.append((0.0, supply.free_gw[block, province]))
                cost.append(0.0)
            elif rung <= steps:
                bounds.append((0.0, supply.step_gw[block, province, rung - 1]))
                cost.append(supply.step_cny_per_mwh[province, rung - 1])
            else:
                bounds.append((0.0, supply.load_gw[block, province]))
                cost.append(supply.unserved_cny_per_mwh)
    for line in range(lines):
        ends = network.origin[line], network.destination[line]
        kept = 1.0 - network.loss_share[line]
        limits = (lower_gw[line], upper_gw[line]), (-upper_gw[line], -lower_gw[line])
        for (sender, receiver), (low, high) in zip((ends, ends[::-1]), limits, strict=True):
            add(sender, len(cost), -1.0)
            add(receiver, len(cost), kept)
            bounds.append((max(low, 0.0), max(high, 0.0)))
            cost.append(network.wheeling_cny_per_mwh[line])
    matrix = csr_matrix((values, (rows, columns)), shape=(provinces, len(cost)))
    options = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
    solution = linprog(cost, A_eq=matrix, b_eq=supply.load_gw[block], bounds=bounds, method="highs", options=options)
    if not solution.success:
        raise ValueError(f"block {block}: the oracle found no solution: {solution.message}")
    return float(solution.fun)
