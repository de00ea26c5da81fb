"""Certificates that a firm wants: for a duty of its sector, or because its customers ask for it (ODD+D: submodel 15).

State     electricity used this year (`firm_record`).
Senses    duty of its sector and province, what a shortfall costs there.
Decides   how many certificates it wants, and at what price it would rather pay for the shortfall.
"""

from typing import Any

from numpy.typing import NDArray

from agents.certificates import CertificateView
from agents.compiled import rule
from agents.firm_record import FirmState

Array = NDArray[Any]


@rule
def buy_certificates(firm: FirmState, seen: CertificateView) -> None:
    """Want certificates for the share of the year's electricity; bid up to what a shortfall costs."""
    firm.certificates_wanted = firm.electricity * seen.firm_share[firm.province, firm.sector]
    firm.certificate_limit = seen.shortfall_cost[firm.province]


@rule
def buy_certificates_everywhere(firms: Array, seen: CertificateView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        buy_certificates(firm, seen)
