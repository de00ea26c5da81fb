"""Green certificates as those who must hold them see them: what a buyer wants, and the most it pays.

A certificate stands for a MWh of wind, sun or biomass; it is a claim and moves no electricity (ODD+D: submodel 15).
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule

Array = NDArray[Any]


class CertificateView(NamedTuple):
    """What buyers of certificates know. P provinces, S sectors; certificates in TWh, money in CNY per MWh.

    firm_share [P, S]: share of a firm's electricity for which it needs certificates, by duty or by its customers' wish;
    operator_share [P]: share of all other electricity; consumption_twh [P]: that electricity; held_twh [P]:
    certificates that operators hold, with those that came with guaranteed purchases; shortfall_cost [P]: payment for a
    missing certificate times the share of duties that is enforced.
    """

    firm_share: Array
    operator_share: Array
    consumption_twh: Array
    held_twh: Array
    shortfall_cost: Array


@rule
def bought_share(price: float, shortfall_cost: float) -> float:
    """Part of what is missing that gets bought at a price: all up to half the shortfall cost, nothing above it.

    In between it falls in a straight line, because what a shortfall costs is not the same for every buyer.
    Worked value: price 30, shortfall cost 40: 0.5.
    """
    if shortfall_cost <= 0.0:
        return 0.0
    return min(max(2.0 * (1.0 - price / shortfall_cost), 0.0), 1.0)
