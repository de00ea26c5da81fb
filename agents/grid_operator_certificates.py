"""Certificates that a grid operator needs for the renewables obligation of its province (ODD+D: submodel 15).

State     certificates wanted, used, limit of its bid, charge on users (`grid_operator_record`).
Senses    the province's obligation, consumption, certificates held, what a shortfall costs there.
Decides   how many of its own certificates it retires, how many it wants more, and what it would pay at most.
"""

from typing import Any

from numpy.typing import NDArray

from agents.certificates import CertificateView
from agents.compiled import rule
from agents.grid_operator_record import OperatorState

Array = NDArray[Any]


@rule
def buy_certificates(operator: OperatorState, seen: CertificateView) -> None:
    """Retire what is held as far as the obligation goes, and want what is missing."""
    place = operator.operator
    due = seen.operator_share[place] * seen.consumption_twh[place]
    operator.certificates_used = min(due, seen.held_twh[place])
    operator.certificates_wanted = due - operator.certificates_used
    operator.certificate_limit = seen.shortfall_cost[place]


@rule
def buy_all_certificates(operators: Array, seen: CertificateView) -> None:
    """Every operator, one after the other; nothing depends on the order."""
    for operator in operators:
        buy_certificates(operator, seen)
