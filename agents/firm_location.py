"""Where a firm builds and whether it stays (ODD+D: submodel 8): location and ownership as channels of leakage.

A footloose expansion may go to another firm of the same group and sector in another province. A firm that loses money
and has none gives up; its row passes to an entrant, which may settle in any province that knows the industry.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents import draws
from agents.compiled import rule
from agents.firm_investment import EXPANSION
from agents.firm_project_value import Luck
from agents.firm_record import EMPTY, FirmState

Array = NDArray[Any]


class SiteView(NamedTuple):
    """What a firm knows of other places. P provinces, S sectors, F firms.

    relative_cost [P, S]: unit cost over the national mean; industry_capacity [P, S]: units per year; approval [P, S]:
    chance that a project passes; footloose_share [S]: chance that an expansion may go elsewhere; first_mate, last_mate
    [F]: range of the firm's group and sector in `mates` (last excluded); mates: rows of firms; firm_province [F].
    """

    luck: Luck
    relative_cost: Array
    industry_capacity: Array
    approval: Array
    location_sensitivity: float
    footloose_share: Array
    first_mate: Array
    last_mate: Array
    mates: Array
    firm_province: Array


@rule
def site_value(province: int, sector: int, seen: SiteView) -> float:
    """Utility of a place: U = -beta (relative unit cost) + ln(capacity already there) + ln(chance of approval)."""
    there = max(seen.industry_capacity[province, sector], 1e-9)
    chance = max(seen.approval[province, sector], 1e-9)
    return -seen.location_sensitivity * seen.relative_cost[province, sector] + math.log(there) + math.log(chance)


@rule
def choose_site(firm: FirmState, seen: SiteView) -> None:
    """At which firm of its group the chosen expansion is built; at home, unless it is footloose."""
    firm.chosen_site = firm.firm
    if firm.chosen_route == EMPTY or firm.trigger != EXPANSION:
        return
    luck = seen.luck
    roaming = draws.uniform(luck.seed, luck.site, luck.year, firm.firm, 0)
    if roaming >= seen.footloose_share[firm.sector]:
        return
    best = -math.inf
    for place in range(seen.first_mate[firm.firm], seen.last_mate[firm.firm]):
        mate = seen.mates[place]
        utility = site_value(seen.firm_province[mate], firm.sector, seen)
        utility += draws.gumbel(luck.seed, luck.site, luck.year, firm.firm, 1 + mate)
        if utility > best:
            best = utility
            firm.chosen_site = mate


@rule
def leave_market(firm: FirmState, seen: SiteView) -> None:
    """Give up after years of losses and without cash (the rule of EMLab-generation); say where an entrant settles."""
    firm.leaving = 1 if firm.mean_profit < 0.0 and firm.liquidity < 0.0 else 0
    if firm.leaving == 0:
        return
    luck = seen.luck
    best = -math.inf
    for province in range(seen.industry_capacity.shape[0]):
        if seen.industry_capacity[province, firm.sector] <= 0.0:
            continue
        utility = site_value(province, firm.sector, seen)
        utility += draws.gumbel(luck.seed, luck.site, luck.year, firm.firm, -1 - province + 2**31)
        if utility > best:
            best = utility
            firm.settling_in = province


@rule
def choose_all_sites(firms: Array, seen: SiteView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        choose_site(firm, seen)


@rule
def review_all_firms(firms: Array, seen: SiteView) -> None:
    """Every firm, one after the other; nothing depends on the order."""
    for firm in firms:
        leave_market(firm, seen)
