"""Checks of markets: carbon price (1), leakage (3), integration of power markets (8), no trade (9)."""

from itertools import pairwise

import numpy as np
from acceptance_quantities import (
    BASE,
    COAST,
    EXOGENOUS,
    EXPORTERS,
    FALLS,
    GOODS,
    INDUSTRY,
    NONE,
    PATH,
    PROVINCES,
    RISES,
    Check,
    change,
    co2,
    national,
    province,
)
from paired_runs import Array, Ensemble, scenario, signal


def carbon_price(factor: float, linkage: float) -> str:
    """A given price and a constant output linkage. 1 x = 46.6, 110, 220, 450 CNY/t in 2021, 2030, 2040, 2060."""
    price = signal("carbon_price_cny_per_tco2", {year: factor * level for year, level in PATH.items()})
    linked = signal("output_linkage", {2020: linkage})
    return scenario(**EXOGENOUS, signals={"carbon_price": price, "output_linkage": linked})


def jiangsu(elasticity: float = 1.0, adder: bool = True, targets: bool = True, **config: object) -> str:
    """A carbon price in Jiangsu's industry alone, at a given national price; with or without provincial targets."""
    place = {"provinces": ["Jiangsu"], "sectors": list(GOODS)}
    price = signal("carbon_price_cny_per_tco2", PATH)
    local = {"adder": signal("carbon_price_adder_cny_per_tco2", {2022: 300.0}, scope=place)} if adder else {}
    idle = {} if targets else {"no_targets": signal("carbon_intensity_target_multiplier", {2021: 0.0})}
    parameters = {"trade_elasticity_factor": elasticity}
    return scenario(**EXOGENOUS, parameters=parameters, signals={"carbon_price": price, **local, **idle}, **config)


FROZEN = {"trade": {"sourcing": "frozen", "lines": "closed-after-2020"}}
OTHERS = tuple(name for name in PROVINCES if name != "Jiangsu")
OWN_INDUSTRY = co2((2024, 2028), ("Jiangsu",), INDUSTRY)
OTHER_INDUSTRY = co2((2024, 2028), OTHERS, INDUSTRY)


def leaked(before: Ensemble, after: Ensemble) -> Array:
    """What other provinces' industry emits more, in Mt a year."""
    return change(OTHER_INDUSTRY)(before, after)


NO_LINKAGE = [carbon_price(factor, 0.0) for factor in (0.0, 1.0, 2.0, 4.0)]
LINKED = [carbon_price(factor, 1.0) for factor in (0.0, 4.0)]
POWER_2035, POWER_2050 = (co2(year, PROVINCES, ("POW",)) for year in (2035, 2050))
ADDER = "300 CNY/t on five industries of Jiangsu from 2022"

PRICE_CHECKS = [
    *(
        Check(
            1, f"carbon price {a} x -> {b} x, no output linkage", f"CO2 of power {year}, Mt", FALLS, pair, change(read)
        )
        for (a, b), pair in zip(pairwise((0, 1, 2, 4)), pairwise(NO_LINKAGE), strict=True)
        for year, read in ((2035, POWER_2035), (2050, POWER_2050))
    ),
    Check(
        1,
        "0 -> 4 x: without linkage over with full linkage",
        "reduction of power CO2 2035, Mt",
        RISES,
        (NO_LINKAGE[0], NO_LINKAGE[3], LINKED[0], LINKED[1]),
        lambda a, b, c, d: -change(POWER_2035)(a, b) + change(POWER_2035)(c, d),
    ),
]
LEAKAGE_CHECKS = [
    Check(
        3,
        ADDER,
        "CO2 of Jiangsu's industry, mean 2024-28, Mt",
        FALLS,
        (jiangsu(adder=False), jiangsu()),
        change(OWN_INDUSTRY),
    ),
    Check(3, "the same", "CO2 of industry elsewhere, Mt", RISES, (jiangsu(adder=False), jiangsu()), leaked),
    Check(
        3,
        "the same",
        "reduction that does not leak, Mt",
        RISES,
        (jiangsu(adder=False), jiangsu()),
        lambda a, b: -change(OWN_INDUSTRY)(a, b) - leaked(a, b),
    ),
    Check(
        3,
        "the same, trade elasticities x 0.5 -> x 1.5",
        "leakage, Mt",
        RISES,
        (jiangsu(0.5, False), jiangsu(0.5), jiangsu(1.5, False), jiangsu(1.5)),
        lambda a, b, c, d: leaked(c, d) - leaked(a, b),
    ),
    *(
        Check(
            3,
            how,
            "CO2 of industry elsewhere over the cut in Jiangsu",
            NONE,
            (jiangsu(adder=False, targets=targets, **FROZEN), jiangsu(targets=targets, **FROZEN)),
            lambda a, b: leaked(a, b) / np.abs(change(OWN_INDUSTRY)(a, b)).mean(),
            tolerance=0.05,
        )
        for how, targets in (
            ("the same, suppliers and lines frozen", True),
            ("the same, and no targets of provinces", False),
        )
    ),
]


OPENING = {"opening": signal("contracted_share", {2022: 0.1}, op="ceil")}
OPEN, MORE_LINES = scenario(signals=OPENING), scenario("market_integration")
CURTAILED = national("curtailment_share", (2026, 2031), 100.0)


def power_cost(one: Ensemble) -> Array:
    """Running cost and investment of power plants, mean 2026 to 2050, bn CNY a year; carbon payments do not count."""
    span = (2026, 2050)
    return one.national("power_running_cost_bn_cny", span) + one.national("power_investment_bn_cny", span)


NO_TRADE = scenario("no_trade")
TRADE_CHECKS = [
    *(
        Check(8, how, what, side, (BASE, policy), change(read))
        for how, policy in (
            ("contracted share of lines at most 0.1 from 2022", OPEN),
            ("the same and 60 GW of lines in 2025", MORE_LINES),
        )
        for what, side, read in (
            ("curtailed share 2026-31, points", FALLS, CURTAILED),
            ("cost of power plants 2026-50, bn CNY a year", FALLS, power_cost),
            ("national CO2 2050, Mt", FALLS, national("co2_mt", 2050)),
        )
    ),
    *(
        Check(9, "no trade: suppliers frozen, no power across borders", what, side, (BASE, NO_TRADE), change(read))
        for what, side, read in (
            ("price of power 2025, CNY/MWh", RISES, national("power_price_cny_per_mwh", 2025)),
            ("cost of power plants 2026-50, bn CNY a year", RISES, power_cost),
            ("CO2 of Xinjiang and Inner Mongolia 2030, Mt", FALLS, province("co2_mt", 2030, EXPORTERS)),
            ("CO2 of eight coastal provinces 2030, Mt", RISES, province("co2_mt", 2030, COAST)),
        )
    ),
]

CHECKS = [*PRICE_CHECKS, *LEAKAGE_CHECKS, *TRADE_CHECKS]
