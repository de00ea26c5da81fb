"""The second session of a carbon market: emissions are known, and before surrender those who have too many sell.

Who lacks allowances buys just these, at any price; who has more than it likes to keep at a price offers the rest.
Nothing can be avoided any more, and nobody buys to keep. What the auction withheld before is offered again. The price
lies anywhere between floor and ceiling; at the ceiling the reserve sells what still lacks.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.compiled import process, rule
from simulator import carbon_market
from simulator.carbon_market import TRADED
from simulator.true_up import Rules, may_keep, share_due, take_stock

Array = NDArray[Any]

# Less than this part of what there is, is a rounding error, with which nobody trades.
ROUNDING = 1e-12


@process
def trade(
    firms: Array,
    rules: Rules,
    band: tuple[Array, Array],
    terms: carbon_market.Terms,
    auction: Array,
    members: carbon_market.Members,
    result: Array,
) -> None:
    """Take stock of every firm, clear, and tell firms what they bought.

    band: floor and ceiling [M] in CNY per tCO2; auction [M] in Mt; members: room for all. Fills result [M, 6], see
    `carbon_market.clear`.
    """
    gather(firms, rules, members)
    low, high = np.empty(auction.size), np.empty(auction.size)
    for market in range(auction.size):
        low[market], high[market] = carbon_market.price_range(band[0][market], band[1][market], 0.0, 0.0)
    carbon_market.clear(members, auction, (low, high, high), rules.price, terms, result)
    result[:, TRADED] = 0.0
    for market in range(auction.size):
        for entry in range(members.entered[market]):
            bought = members.bought[market, entry]
            if abs(bought) > ROUNDING * abs(members.certain[market, entry]):
                firms[members.row[market, entry]].bought_late = bought
                result[market, TRADED] += max(bought, 0.0)


@rule
def gather(firms: Array, rules: Rules, members: carbon_market.Members) -> None:
    """Let firms with a balance take part, and nobody else."""
    members.entered[:] = 0
    for row in range(firms.size):
        firm = firms[row]
        firm.bought_late = 0.0
        market = rules.market[firm.province, firm.sector]
        if market < 0:
            continue
        balance = take_stock(firm, rules)
        due = share_due(firm, rules) * firm.co2
        if abs(balance) <= ROUNDING * (due + firm.bank):
            continue
        scale = rules.plan.bank_share * due
        most = most_kept(balance, scale, may_keep(firm, due, rules))
        carbon_market.enter(members, market, row, (-balance, 0.0, scale, firm.bank_value, most))


@rule
def most_kept(balance: float, scale: float, allowed: float) -> float:
    """Most that is kept of a balance, relative to the scale of the bank: no more than there is and than is allowed.

    Before production a firm buys no more to keep than it likes to; after it nobody gives away under its value what may
    be kept. Worked value: 5 over, a scale of 4 and 3 allowed: 0.75; nothing where allowances lack.
    """
    return max(min(balance, allowed), 0.0) / scale if scale > 0.0 else 0.0
