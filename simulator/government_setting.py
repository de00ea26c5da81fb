"""What of a scenario bears on governments alone and stays the same in all years: who is concerned by which measure."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from agents.choice import capital_recovery_factor
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
    carbon price and campaign apply; firm_power [K]: 1 for power from coal, on which supply in the peak rests; closable
    [S]: 1 where orders to close may meet a plant; annuity [K]: yearly payment per unit of capital at a return between
    those that state and private firms ask; first, last [G]: routes of each group that makes the same product (the last
    one excluded), power first; exchange [P, P]: who learns from whom, rows sum to one."""

    wages: Array
    low_carbon: Array
    priced: Array
    rationable: Array
    firm_power: Array
    closable: Array
    annuity: Array
    first: Array
    last: Array
    exchange: Array


def government_tables(base: BaseYear, parameters: dict[str, float]) -> GovernmentTables:
    """The tables; the exchange network is filled in once technology is scaled."""
    asked = 0.5 * (parameters["hurdle_rate_state"] + parameters["hurdle_rate_private"])
    annuity = [capital_recovery_factor(asked, life) for life in base.routes.lifetime_years]
    return replace(_tables_of(base), annuity=np.array(annuity))


@lru_cache(maxsize=4)
def _tables_of(base: BaseYear) -> GovernmentTables:
    """What no parameter moves of the tables."""
    names, routes = base.names, base.routes
    first, last = product_groups(base)
    return GovernmentTables(
        wages=shipped_array("labour", (("sector", names.sectors),), "labour_compensation_share").copy(),
        low_carbon=_low_carbon(base),
        priced=_mark(names, INDUSTRY_AND_POWER),
        rationable=_mark(names, RATIONABLE),
        firm_power=(routes.technology == COAL).astype(np.float64),
        closable=(np.add.reduceat(routes.high_emission, routes.first_route) > 0.0).astype(np.float64),
        annuity=np.zeros(len(routes.names)),
        first=first,
        last=last,
        exchange=np.zeros((len(names.provinces), len(names.provinces))),
    )


def product_groups(base: BaseYear) -> tuple[Array, Array]:
    """First and last (excluded) route of each group that makes the same product [G]; power comes first."""
    label = list(zip(base.routes.sector.tolist(), base.routes.family.tolist(), strict=True))
    first = [k for k, one in enumerate(label) if k == 0 or one != label[k - 1]]
    return np.array(first, dtype=np.int64), np.array([*first[1:], len(label)], dtype=np.int64)


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
