"""Where a firm builds and whether it stays (ODD+D: submodel 8): location and ownership as channels of leakage.

A footloose expansion may go to another firm of the same group and sector in another province. A firm that loses money
and has none gives up; its row passes to an entrant, which may settle in any province that knows the industry.
"""

import math
from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents import choice, draws
from agents.compiled import rule
from agents.firm_investment import EXPANSION
from agents.firm_project_value import Luck
from agents.firm_record import EMPTY, FirmState

Array = NDArray[Any]


class SiteView(NamedTuple):
    """What a firm knows of other places. P provinces, S sectors, F firms.

    place_value [P, S]: utility of a place, see `place_value`; industry_capacity [P, S]: units per year;
    footloose_share [S]: chance that an expansion may go elsewhere; first_mate, last_mate [F]: range of the firm's group
    and sector in `mates` (last excluded); mates: numbers of firms; row_of [F]: row of each number; firm_province [F],
    by row.
    """

    luck: Luck
    place_value: Array
    industry_capacity: Array
    footloose_share: Array
    first_mate: Array
    last_mate: Array
    mates: Array
    row_of: Array
    firm_province: Array


@rule
def place_value(relative_cost: float, capacity: float, approval: float, sensitivity: float) -> float:
    """Utility of a place to build: U = -beta c + ln(C) + ln(a); the same for all firms of a sector.

    relative_cost: c, unit cost over the national mean; capacity: C, already there, in units per year; approval: a,
    chance that a project passes; sensitivity: beta. Worked value: c 1.1, C 20, a 0.5, beta 4 gives -2.097.
    """
    return -sensitivity * relative_cost + math.log(max(capacity, 1e-9)) + math.log(max(approval, 1e-9))


@rule
def choose_site(firm: FirmState, seen: SiteView) -> None:
    """At which firm of its group the chosen expansion is built; at home, unless it is footloose."""
    firm.chosen_site = firm.firm
    footloose_share = seen.footloose_share[firm.sector]
    if footloose_share <= 0.0 or (firm.chosen_route == EMPTY) | (firm.trigger != EXPANSION):
        return
    first, last = seen.first_mate[firm.firm], seen.last_mate[firm.firm]
    if last - first <= 1:
        return
    luck = seen.luck
    if draws.uniform(luck.seed, luck.site, luck.year[0], firm.firm, 0) >= footloose_share:
        return
    best, best_draw = choice.NEVER, choice.MIDDLE
    for place in range(first, last):
        mate = seen.mates[place]
        utility = seen.place_value[seen.firm_province[seen.row_of[mate]], firm.sector]
        draw = draws.uniform(luck.seed, luck.site, luck.year[0], firm.firm, 1 + mate)
        if choice.is_better(utility, draw, best, best_draw):
            best, best_draw = utility, draw
            firm.chosen_site = mate


@rule
def leave_market(firm: FirmState, seen: SiteView) -> None:
    """Give up after years of losses and without cash (the rule of EMLab-generation); say where an entrant settles."""
    firm.leaving = 1 if (firm.mean_profit < 0.0) & (firm.liquidity < 0.0) else 0
    if firm.leaving == 0:
        return
    luck = seen.luck
    best, best_draw = choice.NEVER, choice.MIDDLE
    for province in range(seen.industry_capacity.shape[0]):
        if seen.industry_capacity[province, firm.sector] <= 0.0:
            continue
        utility = seen.place_value[province, firm.sector]
        draw = draws.uniform(luck.seed, luck.site, luck.year[0], firm.firm, -1 - province + 2**31)
        if choice.is_better(utility, draw, best, best_draw):
            best, best_draw = utility, draw
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
