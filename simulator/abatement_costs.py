"""What the levers of a local government cost and could achieve in its province, from its plants as they are.

Analytic, no run of the model: each lever at its most is laid over the choices that firms would make this year, with the
same equations (`agents/firm_project_value.py`), at mean values of the province. Cost is the cost to the economy:
subsidies and local carbon prices are transfers, the carbon market is left out. CO2 is direct, of the province itself;
what electrification emits elsewhere does not count, as it does not in a province's own accounts. Retrofits are treated
as new plants. P provinces, K routes, S sectors, T power technologies, G groups of routes that make the same product.
"""

from agents.compiled import rule
from simulator.plant_choices import (
    Behaviour,
    Extent,
    Plants,
    choose_mix,
    coal_power,
    group_means,
    power_flow,
    renewal,
    whole_cost,
)
from simulator.tables import Array

LEVERS = (
    "efficiency_standard",
    "capital_subsidy",
    "backward_capacity",
    "approval_stringency",
    "renewables_facilitation",
    "local_carbon_price",
)
STANDARD, SUBSIDY, RETIREMENT, STRINGENCY, RENEWABLES, ADDER = range(len(LEVERS))
NO_LEVER = -1
# Costs beyond these, in CNY per tCO2, count as these; a lever that cuts nothing counts as the dearest.
CHEAPEST, DEAREST = -500.0, 1500.0
# Below this share of a province's CO2 a lever cuts nothing.
LEAST_CUT = 1e-5
# Of two routes that are alike but for rounding the first one counts.
CLEARLY = 1.0 + 1e-9


@rule
def touches(lever: int, group: int, plants: Plants) -> bool:
    """Whether a lever can change what is built in an industrial group."""
    if lever == ADDER:
        return plants.priced[plants.sector[group]] > 0.0
    for route in range(plants.first[group], plants.last[group]):
        if (plants.low_carbon[route] if lever == SUBSIDY else plants.high_emission[route]) > 0.0:
            return True
    return False


@rule
def change_industry(place: int, most: Extent, plants: Plants, own: Behaviour, share: Array, change: Array) -> None:
    """Add to change [2, J] what each lever does to CO2 in Mt and cost in m CNY a year of what industry builds now."""
    for group in range(1, plants.first.size):
        made, intensity, kept, worn = group_means(place, group, plants)
        if made <= 0.0:
            continue
        due = worn + made * max(plants.growth[place, plants.sector[group]], 0.0)
        for lever in (NO_LEVER, SUBSIDY, STRINGENCY, ADDER):
            if lever != NO_LEVER and not touches(lever, group, plants):
                continue
            co2, cost = renewal(place, group, intensity, kept, only(lever, most), plants, own, share)
            if lever == NO_LEVER:
                base_co2, base_cost = co2, cost
            else:
                change[0, lever] += due * (co2 - base_co2)
                change[1, lever] += due * (cost - base_cost)


@rule
def by_saving(place: int, rise: float, price: float, plants: Plants, own: Behaviour) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY of saving energy: by a standard (`rise` > 0) or by a local carbon price.

    Saving the share x of energy costs slope x x per GJ at the margin, of which the rise of energy's value since 2020
    is got back. A price of p per t is answered by p f / slope more saving, f being t per GJ, a part of it each year.
    """
    co2, cost = 0.0, 0.0
    for group in range(plants.first.size):
        sector = plants.sector[group]
        saved = plants.saving[place, sector]
        for route in range(plants.first[group], plants.last[group]):
            use = plants.energy_use[place, route]
            if plants.made[place, route] <= 0.0 or use <= 0.0:
                continue
            per_gj = plants.energy_emissions[place, route] / use
            more = rise
            if price > 0.0:
                more = price * plants.priced[sector] * per_gj / own.efficiency_cost_slope
                more *= own.efficiency_adjustment_rate
            more = max(min(more, plants.maximum_saving[sector] - saved), 0.0)
            risen = plants.energy_cost[place, route] / use - plants.base_energy_value[place, route]
            gj = plants.made[place, route] * use * more
            co2 -= gj * per_gj
            cost += gj * (own.efficiency_cost_slope * (saved + 0.5 * more) - risen)
    return co2, cost


@rule
def by_closing(place: int, part: float, plants: Plants, own: Behaviour, share: Array) -> tuple[float, float]:
    """CO2 in Mt and cost in m CNY of closing a part of high-emission output, the worst route of each group first.

    New plants take its place: in power of the best coal route on offer, in industry of the mix that firms would choose.
    """
    co2, cost = 0.0, 0.0
    none = Extent(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for group in range(plants.first.size):
        high, worst = 0.0, -1
        for route in range(plants.first[group], plants.last[group]):
            if plants.high_emission[route] > 0.0 and plants.made[place, route] > 0.0:
                high += plants.made[place, route]
                if worst < 0 or plants.intensity[place, route] > CLEARLY * plants.intensity[place, worst]:
                    worst = route
        if worst < 0:
            continue
        built = best_coal(place, plants, share) if group == 0 else choose_mix(place, group, none, plants, own, share)
        if built <= 0.0:
            continue
        closed = min(part * high, plants.made[place, worst])
        intensity, price = 0.0, 0.0
        for route in range(plants.first[group], plants.last[group]):
            if share[route] > 0.0:
                intensity += share[route] / built * plants.intensity[place, route]
                price += share[route] / built * whole_cost(place, route, 0.0, plants)
        if CLEARLY * intensity < plants.intensity[place, worst]:
            co2 += closed * (intensity - plants.intensity[place, worst])
            cost += closed * (price - plants.kept_cost[place, worst])
    return co2, cost


@rule
def best_coal(place: int, plants: Plants, share: Array) -> float:
    """Fill share [K] with the coal route of the least intensity that can be built; returns 1, or 0 if there is none."""
    best = -1
    for route in range(plants.first[0], plants.last[0]):
        share[route] = 0.0
        possible = plants.high_emission[route] > 0.0 and plants.considered[place, route] > 0.0
        if possible and (best < 0 or CLEARLY * plants.intensity[place, route] < plants.intensity[place, best]):
            best = route
    if best >= 0:
        share[best] = 1.0
    return 1.0 if best >= 0 else 0.0


@rule
def note(place: int, lever: int, co2: float, cost: float, plants: Plants, price: Array, potential: Array) -> None:
    """Write down one lever: price [P, J] in CNY per tCO2, potential [P, J] as a share of the province's CO2 a year."""
    least = LEAST_CUT * plants.co2[place]
    if -co2 <= least:
        price[place, lever], potential[place, lever] = DEAREST, 0.0
        return
    price[place, lever] = min(max(-cost / co2, CHEAPEST), DEAREST)
    potential[place, lever] = min(-co2 / max(plants.co2[place], -co2), 1.0)


@rule
def change_power(place: int, most: Extent, plants: Plants, own: Behaviour, share: Array, change: Array) -> None:
    """Add to change [2, J] what each lever does to CO2 in Mt and cost in m CNY a year of power plants begun now."""
    replaced, base_co2, base_cost = coal_power(place, plants), 0.0, 0.0
    for lever in (NO_LEVER, SUBSIDY, STRINGENCY, RENEWABLES, ADDER):
        co2, cost = power_flow(place, replaced, only(lever, most), plants, own, share)
        if lever == NO_LEVER:
            base_co2, base_cost = co2, cost
        else:
            change[0, lever] += co2 - base_co2
            change[1, lever] += cost - base_cost


@rule
def cost_levers(
    most: Extent, plants: Plants, own: Behaviour, share: Array, change: Array, price: Array, potential: Array
) -> None:
    """Fill price [P, J] in CNY per tCO2 and potential [P, J], share of CO2 that each lever at its most cuts a year.

    share [K], change [2, J] are work space. Levers are looked at one at a time; together they bring less than the sum.
    """
    for place in range(plants.co2.size):
        change[:] = 0.0
        change_power(place, most, plants, own, share, change)
        change_industry(place, most, plants, own, share, change)
        for lever in (STANDARD, ADDER):
            rise, asked = (most.standard_rise, 0.0) if lever == STANDARD else (0.0, most.adder)
            co2, cost = by_saving(place, rise, asked, plants, own)
            change[0, lever] += co2
            change[1, lever] += cost
        change[0, RETIREMENT], change[1, RETIREMENT] = by_closing(place, most.retirement, plants, own, share)
        for lever in range(len(LEVERS)):
            note(place, lever, change[0, lever], change[1, lever], plants, price, potential)


@rule
def only(lever: int, most: Extent) -> Extent:
    """One lever at its most, the others at nothing."""
    return Extent(
        0.0,
        most.subsidy if lever == SUBSIDY else 0.0,
        0.0,
        most.stringency if lever == STRINGENCY else 0.0,
        most.facilitation_cost if lever == RENEWABLES else 0.0,
        most.facilitation_grid if lever == RENEWABLES else 0.0,
        most.adder if lever == ADDER else 0.0,
    )
