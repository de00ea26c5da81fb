"""What of a scenario bears on governments alone and stays the same in all years: who is concerned by which measure."""

from dataclasses import dataclass

import numpy as np

from agents.grid_operator_record import COAL
from simulator.base_year import POWER, TECHNOLOGIES, BaseYear
from simulator.names import Names
from simulator.tables import Array, shipped_array

# Sectors that a province's own carbon price and subsidies can reach, and those that a campaign may ration.
INDUSTRY_AND_POWER = ("POW", "STL", "NMM", "NFM", "CHM", "REF", "COA", "OMF")
RATIONABLE = ("STL", "NMM", "NFM", "CHM", "REF")
# Technologies that no province pays for: planned by the country or tendered by operators.
NOT_PAID_FOR = tuple(TECHNOLOGIES.index(one) for one in ("nuclear", "hydro", "gas", "pumped", "battery"))
# A route is low-carbon if it emits less than this part of what the worst of its sector does.
LOW_CARBON_SHARE = 0.5


@dataclass(frozen=True)
class GovernmentTables:
    """wages [S]: labour compensation per output; low_carbon [K], priced, rationable [S]: 1 where a province's subsidy,
    carbon price and campaign apply; firm_power [K]: 1 for power from coal, on which supply
    in the peak rests; exchange [P, P]: who learns from whom, rows sum to one."""

    wages: Array
    low_carbon: Array
    priced: Array
    rationable: Array
    firm_power: Array
    exchange: Array


def government_tables(base: BaseYear) -> GovernmentTables:
    """The tables; the exchange network is filled in once technology is scaled."""
    names = base.names
    return GovernmentTables(
        wages=shipped_array("labour", (("sector", names.sectors),), "labour_compensation_share").copy(),
        low_carbon=_low_carbon(base),
        priced=_mark(names, INDUSTRY_AND_POWER),
        rationable=_mark(names, RATIONABLE),
        firm_power=(base.routes.technology == COAL).astype(np.float64),
        exchange=np.zeros((len(names.provinces), len(names.provinces))),
    )


def _mark(names: Names, codes: tuple[str, ...]) -> Array:
    return np.isin(np.array(names.sectors), codes).astype(np.float64)


def _low_carbon(base: BaseYear) -> Array:
    """1 for routes of industry and power that emit less than half of what their sector's worst route does [K]."""
    routes = base.routes
    emitted = (routes.fuel_gj @ base.emission_factor + routes.process_tco2) * (1.0 - routes.capture_share)
    worst = np.maximum.reduceat(emitted, routes.first_route)[routes.sector]
    reached = _mark(base.names, INDUSTRY_AND_POWER)[routes.sector] > 0.0
    paid = (routes.sector != POWER) | ~np.isin(routes.technology, NOT_PAID_FOR)
    return np.asarray((emitted < LOW_CARBON_SHARE * worst) & reached & paid & (routes.investable > 0.0), np.float64)
