"""Decisions of industrial firms as numpy arrays over replications: as one would write them without a compiler.

R replications, F firms, four plants each: quantities are [R, F] or [R, F, 4]; what firms perceive is [R, P, K] or
[R, P, S]. Firms that look at a project are then taken out of both axes into one, N, and weighed by sector [N, K].
The formulas are those of docs/odd.md, submodels 2, 6 and 7.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
SLOTS = 4
NOTHING, EXPANSION, RELINING = 0, 1, 2
BY_FINANCE, BY_DEMAND, BY_APPROVAL = 2, 5, 6
HORIZON_BOUNDS = (4.0, 11.0)
LEAST_EXTRA_SHARE = 0.05


class Firms:
    """Quantities of all firms of all replications, by the names of docs/nomenclature.md."""

    def __init__(self, tables: list[Array]) -> None:
        for name in tables[0].dtype.names or ():
            setattr(self, name, np.stack([table[name] for table in tables]))
        self.replication = np.arange(len(tables))[:, None]
        self.stands = self.slot_route >= 0
        # Where nothing stands any route will do, since its capacity is zero.
        self.route = np.maximum(self.slot_route, 0)
        self.slot_capacity = np.where(self.stands, self.slot_capacity, 0.0)

    def here(self, table: Array) -> Array:
        """Values of a table [R, P, S] in each firm's province and sector [R, F]."""
        return table[self.replication, self.province, self.sector]

    def of_plants(self, table: Array) -> Array:
        """Values of a table [R, P, K] for each plant [R, F, 4]."""
        return table[self.replication[..., None], self.province[..., None], self.route]


class Seen:
    """What firms of all replications perceive: the arrays of a view, one replication after the other."""

    def __init__(self, views: list[Any]) -> None:
        self._views = views

    def __getattr__(self, name: str) -> Any:
        values = [getattr(view, name) for view in self._views]
        one = values[0]
        value = np.stack(values) if isinstance(one, np.ndarray) else one
        setattr(self, name, value)
        return value


class Luck(NamedTuple):
    """Draws of the year [R, F, K]: Gumbel for the choice, uniform for approvals and demonstrations."""

    taste: Array
    approval: Array
    demonstration: Array


def draw_luck(rng: np.random.Generator, shape: tuple[int, int, int]) -> Luck:
    """Draws from a moving state."""
    return Luck(rng.gumbel(size=shape), rng.random(shape), rng.random(shape))


# ------------------------------------------------------------------------------------------------ submodels 2 and 6


def form_expectations(firms: Any, outlook: Any) -> None:
    """Growth of orders; carbon prices between announcement and trend."""
    own = outlook.parameters
    heard = np.clip(firms.here(outlook.demand_growth), -own.growth_expectation_bound, own.growth_expectation_bound)
    weight = own.demand_expectation_weight
    firms.expected_growth = (1.0 - weight) * firms.expected_growth + weight * heard
    price, promised = firms.here(outlook.carbon_price), firms.here(outlook.announced_now)
    low, high = np.minimum(price, promised), np.maximum(price, promised)
    ratio = np.where(low > 0.0, low / np.where(high > 0.0, high, 1.0), 0.0)
    moved = np.where(
        low > 0.0,
        firms.credibility + own.credibility_gain * (ratio - firms.credibility),
        firms.credibility * (1.0 - own.credibility_gain),
    )
    firms.credibility = np.where(high > 0.0, moved, firms.credibility)
    trust = firms.credibility[..., None]
    firms.expected_carbon_price = trust * firms.here(outlook.announced) + (1.0 - trust) * firms.here(outlook.continued)


def unit_carbon_cost(firms: Any, unit: Array, shared: Array) -> Array:
    """Marginal carbon cost of each plant [R, F, 4]."""
    factor = unit["energy_emissions"] * (1.0 - firms.saving[..., None])
    factor = (factor + unit["process_emissions"]) * (1.0 - firms.abated[..., None])
    market = (shared["carbon_price"] * firms.covered)[..., None]
    return market * (factor - unit["allowance_credit"]) + shared["carbon_adder"][..., None] * factor


def set_price(firms: Any, costs: Any) -> None:
    """Mark-up over full cost at normal use."""
    own, unit, shared = costs.parameters, firms.of_plants(costs.routes), firms.here(costs.sectors)
    energy = unit["energy_cost"] * (1.0 - firms.saving[..., None])
    cost = energy + unit["other_cost"] + unit_carbon_cost(firms, unit, shared)
    firms.slot_cost = np.where(firms.stands, cost, firms.slot_cost)
    full = firms.slot_capacity * unit["full_output"]
    usual, fixed = full * unit["utilisation"], firms.slot_capacity * unit["fixed_cost"]
    able, normal = full.sum(axis=2), usual.sum(axis=2)
    works = normal > 0.0
    there = np.where(works, normal, 1.0)
    asked = np.maximum(firms.wanted_output, firms.output)
    surprise = np.where(firms.output > 0.0, (asked - normal) / np.where(works, able, 1.0), 0.0)
    markup = np.clip(firms.markup + own.markup_adjustment * surprise, own.markup_minimum, own.markup_maximum)
    unit_cost = (usual * firms.slot_cost + fixed).sum(axis=2) / there + shared["added_cost"]
    firms.markup = np.where(works, markup, firms.markup)
    firms.unit_cost = np.where(works, unit_cost, firms.unit_cost)
    firms.price = np.where(works, (1.0 + markup) * unit_cost, firms.price)


def save_energy(firms: Any, costs: Any) -> None:
    """What pays back in time at the carbon price expected next year."""
    own, unit, shared = costs.parameters, firms.of_plants(costs.routes), firms.here(costs.sectors)
    adder = shared["carbon_adder"]
    carbon = (firms.expected_carbon_price[..., 0] * firms.covered + adder)[..., None]
    use = unit["energy_use"]
    now = unit["energy_cost"] + carbon * unit["energy_emissions"]
    value = (firms.slot_capacity * (now - unit["base_energy_value"] * use)).sum(axis=2)
    used = (firms.slot_capacity * use).sum(axis=2)
    energy_pj = np.where(firms.stands, firms.slot_output * use, 0.0).sum(axis=2)
    uses = used > 0.0
    patience = firms.payback_years / own.payback_reference
    pays = np.maximum(value / np.where(uses, used, 1.0), 0.0) * patience / own.efficiency_cost_slope
    growth = 1.0 + own.efficiency_maximum_growth * (costs.year - costs.base_year)
    limit = shared["maximum_saving"] * growth
    target = np.minimum(np.maximum(pays, shared["efficiency_floor"]), limit)
    more = np.where(uses, own.efficiency_adjustment_rate * np.maximum(target - firms.saving, 0.0), 0.0)
    per_gj = own.efficiency_cost_slope * (firms.saving + 0.5 * more) * own.payback_reference
    firms.saving_cost = per_gj * more * energy_pj
    firms.saving = firms.saving + more
    firms.liquidity = firms.liquidity - firms.saving_cost


# ------------------------------------------------------------------------------------------------------ submodel 7


def project_need(firms: Any, seen: Any) -> tuple[Array, Array, Array]:
    """Size in units, reason, and the plant that is rebuilt (-1: none) [R, F]."""
    own, year, option = seen.parameters, seen.luck.year[0], firms.of_plants(seen.options)
    usual = firms.slot_capacity * option["normal_output"]
    lasts = year + option["lead_years"] - firms.slot_built < option["lifetime_years"]
    queue = (firms.replication[..., None], firms.province[..., None], np.maximum(firms.pending_route, 0))
    new = (firms.pending_route >= 0) & (firms.pending_slot < 0)
    begun = np.where(new, firms.pending_capacity, 0.0) * seen.options["normal_output"][queue]
    normal, standing = usual.sum(axis=2), np.where(lasts, usual, 0.0).sum(axis=2) + begun.sum(axis=2)
    growth = 1.0 + firms.expected_growth
    gap = np.maximum(firms.wanted_output, firms.output) * growth * growth - standing
    expands = gap > own.expansion_margin * np.maximum(normal, 1e-12)
    most = np.where(normal > 0.0, np.maximum(own.expansion_maximum_share * normal, normal - standing), gap)
    building = firms.pending_route[..., None, :] >= 0
    rebuilt = (building & (firms.pending_slot[..., None, :] == np.arange(SLOTS)[:, None])).any(axis=3)
    cycle = option["relining_years"]
    late = firms.stands & (cycle > 0.0) & (year - firms.slot_relined >= cycle) & ~rebuilt
    size = np.where(late, firms.slot_capacity, 0.0)
    due, slot = size.max(axis=2) > 0.0, size.argmax(axis=2)
    need = np.where(expands, np.minimum(gap, most), size.max(axis=2))
    reason = np.where(expands, EXPANSION, np.where(due, RELINING, NOTHING))
    return need, reason, np.where(~expands & due, slot, -1)


class Candidates(NamedTuple):
    """Firms of one sector that look at a project [N], their routes [K] and options [N, K]; market [N], what they share;
    old, built [N]: route of the plant that is rebuilt, or -1, and its year; before [N]: what such a plant costs."""

    replication: Array
    firm: Array
    routes: Array
    options: Array
    market: Array
    old: Array
    built: Array
    before: Array


def candidates(firms: Any, looks: tuple[Array, Array], sector: int, slot: Array, seen: Any) -> Candidates:
    """Firms [N] of a sector that look at a project; slot [R, F]: the plant that is rebuilt, or -1."""
    replication, province = looks[0], firms.province[looks]
    first = seen.markets[0, 0, sector]
    routes = np.arange(first["first_route"], first["last_route"])
    plant = (*looks, np.maximum(slot[looks], 0))
    old = np.where(slot[looks] >= 0, firms.slot_route[plant], -1)
    return Candidates(
        *looks,
        routes=routes,
        options=seen.options[replication[:, None], province[:, None], routes],
        market=seen.markets[replication, province, sector],
        old=old,
        built=firms.slot_built[plant],
        before=seen.options["capital_cost"][replication, province, np.maximum(old, 0)],
    )


def choose_route(firms: Any, seen: Any, luck: Luck) -> None:
    """Levelised cost of all routes known, peers, approval and chance; then finance."""
    shape = firms.output.shape
    firms.chosen_route, firms.replaced_slot = np.full(shape, -1), np.full(shape, -1)
    firms.chosen_capacity = np.zeros(shape)
    need, reason, slot = project_need(firms, seen)
    free = (firms.pending_route < 0).any(axis=2)
    firms.trigger = np.where(free, reason, NOTHING)
    firms.blocked = np.where(free & (reason == NOTHING), BY_DEMAND, 0)
    for sector in np.unique(firms.sector):
        looks = np.nonzero(free & (reason != NOTHING) & (firms.sector == sector))
        decide(firms, candidates(firms, looks, sector, slot, seen), need[looks], slot[looks], seen, luck)


def decide(firms: Any, group: Candidates, need: Array, slot: Array, seen: Any, luck: Luck) -> None:
    """Choose among the routes that one sector's firms consider, and write the choice down."""
    own, who = seen.parameters, (group.replication, group.firm)
    drawn = (group.replication[:, None], group.firm[:, None], group.routes)
    known = considered(firms, group, luck.demonstration[drawn])
    cost, capital = levelised_cost(firms, group, seen)
    cost = np.where(known, cost, np.inf)
    cheapest = np.maximum(cost.min(axis=1, initial=np.inf), 1e-9)[:, None]
    with np.errstate(invalid="ignore"):
        utility = group.options["peer_pull"] + luck.taste[drawn] - own.choice_sharpness * (cost / cheapest)
    utility = np.where(known, utility, -np.inf)
    passes = luck.approval[drawn] < group.options["approval"]
    allowed, refused = np.where(passes, utility, -np.inf), np.where(passes, -np.inf, utility)
    best = allowed.argmax(axis=1)
    row = np.arange(best.size)
    found = np.isfinite(allowed[row, best])
    firms.blocked[who] = np.where(refused.max(axis=1) > allowed[row, best], BY_APPROVAL, 0)
    size = np.where(found, np.where(slot >= 0, need, need / group.options["normal_output"][row, best]), 0.0)
    equity = (1.0 - group.market["debt_ratio"]) * capital[row, best] * size
    purse = np.maximum(own.down_payment_share * firms.liquidity[who], 0.0)
    short = found & (group.market["finance_limited"] > 0.0) & (equity > purse)
    share = np.where(short, purse / np.where(short, equity, 1.0), 1.0)
    dropped = short & ((share < own.least_share_financed) | (slot >= 0))
    firms.blocked[who] = np.where(short, BY_FINANCE, firms.blocked[who])
    firms.chosen_route[who] = np.where(found & ~dropped, group.routes[best], -1)
    firms.chosen_capacity[who] = np.where(dropped, 0.0, size * share)
    firms.replaced_slot[who] = np.where(found, slot, -1)


def considered(firms: Any, group: Candidates, draw: Array) -> Array:
    """Search set [N, K]: open, same product, fits the plant, room for it, heard of or tried as a demonstration."""
    who = (group.replication, group.firm)
    routes, old, option = group.routes[None, :], group.old[:, None], group.options
    can = (option["is_open"] > 0) & (option["family"] == firms.family[who][:, None])
    base = option["retrofit_of"]
    runs = (firms.slot_route[who][:, :, None] == routes[:, None]).any(axis=1)
    pending, new = firms.pending_route[who], firms.pending_slot[who] < 0
    builds = ((pending[:, :, None] == routes[:, None]) & new[:, :, None]).any(axis=1)
    stood = (firms.slot_route[who][:, :, None] == pending[:, None, :]).any(axis=1)
    room = (firms.slot_route[who] < 0).sum(axis=1) > ((pending >= 0) & new & ~stood).sum(axis=1)
    fits = np.where(old >= 0, (base < 0) | (base == old), room[:, None] | runs | builds)
    return can & ((old == routes) | (fits & (draw < option["chance"])))


def levelised_cost(firms: Any, group: Candidates, seen: Any) -> tuple[Array, Array]:
    """Levelised cost of each route in CNY per unit, and capital cost after subsidy [N, K]."""
    own, option, who = seen.parameters, group.options, (group.replication, group.firm)
    old, new = group.old[:, None], option["capital_cost"]
    relines = old == group.routes[None, :]
    retrofits = (old >= 0) & ~relines & (option["retrofit_of"] == old)
    extra = np.maximum(new - group.before[:, None], LEAST_EXTRA_SHARE * new) * own.retrofit_cost_factor
    life, left = option["lifetime_years"], (seen.luck.year[0] - group.built)[:, None]
    capital = np.where(relines, new * own.relining_cost_share, np.where(retrofits, extra, new))
    years = np.where(relines, option["relining_years"], np.where(retrofits, life - left, life))
    years = np.where(relines | retrofits, np.maximum(years, 1.0), years)
    capital = capital * (1.0 - option["subsidy_share"])
    rate = (firms.hurdle_rate[who] + own.volatility_premium * group.market["volatility"])[:, None]
    recovery = rate / (1.0 - np.exp(-years * np.log(1.0 + rate)))
    fixed = (capital * recovery + option["fixed_cost"]) / option["normal_output"]
    used, emits = 1.0 - firms.saving[who][:, None], 1.0 - firms.abated[who][:, None]
    running = option["energy_cost"] * used + option["other_cost"]
    factor = (option["energy_emissions"] * used + option["process_emissions"]) * emits
    price = carbon_price_over_life(firms.expected_carbon_price[who], rate, years)
    net = np.where(firms.covered[who][:, None] > 0, factor - option["allowance_credit"], 0.0)
    return fixed + running + price * net + group.market["carbon_adder"][:, None] * factor, capital


def carbon_price_over_life(expected: Array, rate: Array, years: Array) -> Array:
    """Carbon prices expected in 1, 7 and 15 years [N, 3] by their discounted parts of a plant's life [N, K]."""
    near, middle = (np.exp(-rate * np.minimum(bound, years)) for bound in HORIZON_BOUNDS)
    far = np.exp(-rate * years)
    weights = (1.0 - near, near - middle, middle - far)
    return sum(weight * expected[:, [n]] for n, weight in enumerate(weights)) / (1.0 - far)
