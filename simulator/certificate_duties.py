"""Who has to hold green certificates, and what those who do know: obligations of provinces, duties of sectors.

P provinces, S sectors; electricity and certificates in TWh, money in CNY per MWh.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.certificates import CertificateView
from agents.compiled import rule
from agents.government_planning import enforcement
from agents.government_record import RENEWABLES
from agents.grid_operator_record import BLOCKS, GWH_PER_TWH
from simulator.names import Names
from simulator.tables import Array, shipped_array

# Energy-intensive sectors with a duty of their own, from the year in the parameters.
OBLIGED = ("NFM", "STL", "NMM")
OBLIGED_BY_CUSTOMERS = "OMF"
OBLIGATION_YEAR = 2023


class Duties(NamedTuple):
    """Who has to hold certificates. year [1]: this one; weight [P]: obligation of 2023; duty_year [S]: from when on a
    sector's firms have a duty; customers [S]: share for which customers ask; rise per year and maximum of obligations,
    payment for a missing certificate, share of it that is enforced at no capacity."""

    year: Array
    weight: Array
    duty_year: Array
    customers: Array
    rise: float
    maximum: float
    payment: float
    enforcement_floor: float


def duties_of(names: Names, own: Mapping[str, float]) -> Duties:
    """Obligations of provinces, and duties of sectors, as the tables and parameters state them."""
    table, places = "renewable_obligations", (("province", names.provinces),)
    duty_year, customers = np.full(len(names.sectors), np.inf), np.zeros(len(names.sectors))
    for code in OBLIGED:
        duty_year[names.sectors.index(code)] = own[f"green_power_duty_year_{code.lower()}"]
    customers[names.sectors.index(OBLIGED_BY_CUSTOMERS)] = own["green_power_customers_share"]
    return Duties(
        year=np.array([OBLIGATION_YEAR]),
        weight=shipped_array(table, places, "non_hydro_share") * shipped_array(table, places, "assessed"),
        duty_year=duty_year,
        customers=customers,
        rise=own["obligation_rise_per_year"],
        maximum=own["obligation_maximum"],
        payment=own["certificate_shortfall_payment"],
        enforcement_floor=own["enforcement_floor"],
    )


@rule
def obligation_share(weight: float, year: int, rise: float, most: float, multiplier: float) -> float:
    """Share of electricity to be covered by certificates: the weight of 2023, the same rise for all every year.

    A province without an obligation in 2023 has none. Worked value: 16 % in 2023, 1.5 points a year: 26.5 % in 2030.
    """
    if weight <= 0.0:
        return 0.0
    share = min(max(weight + rise * (year - OBLIGATION_YEAR), 0.0), most)
    return min(max(share * multiplier, 0.0), 1.0)


@rule
def note_duties(share: float, year: int, multiplier: float, duties: Duties, duty: Array, firm_share: Array) -> None:
    """Fill, by sector of a province, whether there is a duty this year, and the share that firms need: by duty or
    because their customers ask for it."""
    for sector in range(duty.size):
        bound = share > 0.0 and duties.duty_year[sector] <= year
        asked = duties.customers[sector] if multiplier > 0.0 else 0.0
        duty[sector] = 1.0 if bound else 0.0
        firm_share[sector] = max(share, asked) if bound else asked


@rule
def consumption(operator: Any, hours: Array, unserved_twh: float) -> float:
    """Electricity that was used in a province, heat pumps included (TWh)."""
    load = 0.0
    for block in range(BLOCKS):
        load += (operator.load_gw[block] + operator.heat_pump_gw[block]) * hours[block] / GWH_PER_TWH
    return load - unserved_twh


@rule
def tell_buyers(
    operators: Any,
    governments: Any,
    hours: Array,
    unserved_twh: Array,
    electricity: Array,
    multiplier: Array,
    capacity: Array,
    duties: Duties,
    held_twh: Array,
    duty: Array,
    seen: CertificateView,
) -> None:
    """Fill what buyers know, and duty [P, S], 1 where a firm has to hold certificates.

    unserved_twh [P]; electricity [P, S] in TWh; multiplier [P]: of obligations; capacity [P]: of officials to enforce;
    held_twh [P, 2]: certificates that operators hold.
    """
    year = duties.year[0]
    for place in range(operators.size):
        share = obligation_share(duties.weight[place], year, duties.rise, duties.maximum, multiplier[place])
        note_duties(share, year, multiplier[place], duties, duty[place], seen.firm_share[place])
        obliged = 0.0
        for sector in range(duty.shape[1]):
            obliged += electricity[place, sector] * duty[place, sector]
        used = consumption(operators[place], hours, unserved_twh[place])
        enforced = enforcement(capacity[place], duties.enforcement_floor)
        # Who facilitates renewables also holds users to their duties.
        enforced += (1.0 - enforced) * governments[place].effective[RENEWABLES]
        seen.operator_share[place] = share
        seen.consumption_twh[place] = max(used - obliged, 0.0)
        seen.held_twh[place] = held_twh[place, 0] + held_twh[place, 1]
        seen.shortfall_cost[place] = duties.payment * enforced
