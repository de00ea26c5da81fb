"""Checks of places and firms: lag and peaks (10-12, 21), investors, learning, lock-in (14-17), drought (18)."""

from collections.abc import Callable
from functools import partial

import numpy as np
from acceptance_quantities import (
    BASE,
    ENERGY_BASES,
    EXOGENOUS,
    EXPORTERS,
    FALLS,
    HYDRO_USERS,
    MOST,
    NONE,
    PROVINCES,
    RICH,
    RISES,
    Check,
    change,
    co2,
    coal_hours,
    mean_lag,
    national,
    peaks_between,
    power,
    province,
    province_peaks,
    spread_change,
)
from paired_runs import Array, Ensemble, scenario, signal

PLACE_CHECKS = [
    *(
        Check(
            10,
            "baseline, against the nation in 2040",
            f"mean lag of {code} in Xinjiang, Inner Mongolia, Shanxi, Ningxia, Hebei, years",
            RISES,
            (BASE,),
            partial(mean_lag, provinces=ENERGY_BASES, sectors=(code,), year=2040),
        )
        for code in ("POW", "NFM", "CHM", "COA")
    ),
    *(
        Check(
            11,
            "baseline",
            f"peak year of {name} less that of Xinjiang and Inner Mongolia",
            FALLS,
            (BASE,),
            lambda one, name=name: province_peaks(one, (name,)) - province_peaks(one, EXPORTERS),
        )
        for name in RICH
    ),
    *(
        Check(
            11,
            "baseline",
            f"{name}: CO2 of consumption over that of production 2030, Mt",
            RISES,
            (BASE,),
            lambda one, name=name: (
                province("co2_consumption_mt", 2030, (name,))(one) - province("co2_mt", 2030, (name,))(one)
            ),
        )
        for name in ("Zhejiang", "Guangdong", "Beijing")
    ),
    Check(
        12,
        "baseline",
        "peak year of Henan less that of the five rich provinces",
        RISES,
        (BASE,),
        lambda one: province_peaks(one, ("Henan",)) - province_peaks(one, RICH),
    ),
    Check(
        12,
        "baseline",
        "peak year of Henan less that of Xinjiang and Inner Mongolia",
        FALLS,
        (BASE,),
        lambda one: province_peaks(one, ("Henan",)) - province_peaks(one, EXPORTERS),
    ),
    Check(
        12,
        "baseline, 2020 -> 2035",
        "CO2 of Henan's construction, steel, cement and coal, Mt",
        FALLS,
        (BASE,),
        lambda one: np.subtract(
            *(co2(year, ("Henan",), ("CON", "STL", "NMM", "COA"))(one) for year in (2035, 2020)),
        ),
    ),
]

STRICT = scenario(parameters={"hurdle_rate_state": 0.1, "hurdle_rate_private": 0.14})
NON_FOSSIL = "non_fossil_energy_share"


def trusted(value: float) -> str:
    """A price that jumps in 2031, announced in 2021, under little or much trust that hardly moves."""
    price = signal("carbon_price_cny_per_tco2", {2021: 50.0, 2029: 50.0, 2031: 500.0}, announced_year=2021)
    own = {"initial_credibility": value, "credibility_gain": 0.05}
    return scenario(**EXOGENOUS, parameters=own, signals={"carbon_price": price})


LOCK_IN = scenario("coal_lock_in")
NO_IMITATION = scenario(parameters={"imitation_weight": 0.0})


def solar_share(year: int) -> Callable[[Ensemble], Array]:
    """Share of solar power in generation, %."""
    return lambda one: (
        100.0
        * power("generation_twh", year, "solar")(one)
        / one.at("power", "generation_twh", year, PROVINCES, one.labels("power", 1))
    )


def arc_share(year: int) -> Callable[[Ensemble], Array]:
    """Share of scrap-based electric arc furnaces in steel, %."""
    routes = ("bf_bof", "bf_bof_ccs", "scrap_eaf", "gas_dri", "h2_dri")
    return lambda one: 100.0 * one.at("routes", "output", year, "scrap_eaf") / one.at("routes", "output", year, routes)


FIRM_CHECKS = [
    Check(
        14,
        "hurdle rates + 3 points",
        "non-fossil share of energy 2035, points",
        FALLS,
        (BASE, STRICT),
        change(national(NON_FOSSIL, 2035, 100.0)),
    ),
    Check(
        14,
        "trust 0.2 instead of 0.9 in a price that jumps in 2031",
        "non-fossil share of energy 2030, points",
        FALLS,
        (trusted(0.9), trusted(0.2)),
        change(national(NON_FOSSIL, 2030, 100.0)),
    ),
    Check(
        15,
        "learning rates + 6 points",
        "solar capacity 2035, GW",
        RISES,
        (BASE, scenario(parameters={"learning_rate_shift": 0.06})),
        change(power("capacity_gw", 2035, "solar")),
    ),
    *(
        Check(16, "coal lock-in", what, side, (BASE, LOCK_IN), change(read))
        for what, side, read in (
            ("committed emissions 2035, Gt", RISES, national("committed_co2_gt", 2035)),
            ("coal power 2035, GW", RISES, power("capacity_gw", 2035, "coal")),
            ("full-load hours of coal plants 2035", FALLS, partial(coal_hours, year=2035)),
        )
    ),
    *(
        Check(17, "imitation off", what, side, (BASE, NO_IMITATION), change(read))
        for what, side, read in (
            ("solar share of generation 2024, points", RISES, solar_share(2024)),
            ("solar share of generation 2045, points", FALLS, solar_share(2045)),
            ("electric arc share of steel 2025, points", RISES, arc_share(2025)),
            ("electric arc share of steel 2045, points", FALLS, arc_share(2045)),
        )
    ),
    Check(
        17,
        "imitation off",
        "log variance over members of the electric arc share 2045",
        FALLS,
        (BASE, NO_IMITATION),
        spread_change(arc_share(2045)),
    ),
]

DROUGHT = scenario(
    signals={"drought": signal("hydro_availability_multiplier", {2029: 1.0, 2030: 0.65, 2031: 1.0}, step=True)}
)


def coal_power(one: Ensemble, year: int) -> Array:
    """Coal power of the provinces that use most hydropower, TWh."""
    return one.at("power", "generation_twh", year, HYDRO_USERS, "coal")


def unserved_power(one: Ensemble, year: int) -> Array:
    """Power unserved in the country, TWh; less than a MWh is rounding of the dispatch, whose sign means nothing."""
    found = one.national("unserved_twh", year)
    return np.where(found < 1e-6, 0.0, found)


SHOCK_CHECKS = [
    Check(
        18,
        "a third less water in 2030",
        "coal power of nine provinces that use hydropower 2030, TWh",
        RISES,
        (BASE, DROUGHT),
        change(partial(coal_power, year=2030)),
    ),
    Check(
        18,
        "the same",
        "CO2 of electricity 2030, kg/MWh",
        RISES,
        (BASE, DROUGHT),
        change(lambda one: 1000.0 * co2(2030, PROVINCES, ("POW",))(one) / one.national("electricity_twh", 2030)),
    ),
    Check(
        18, "the same", "unserved power 2030, TWh", RISES, (BASE, DROUGHT), change(partial(unserved_power, year=2030))
    ),
    Check(
        18,
        "the same, four years later",
        "coal power of the nine over its rise in 2030",
        NONE,
        (BASE, DROUGHT),
        lambda a, b: (
            change(partial(coal_power, year=2034))(a, b) / np.abs(change(partial(coal_power, year=2030))(a, b)).mean()
        ),
        tolerance=0.25,
    ),
]
PEAK_CHECKS = [
    Check(
        21,
        "baseline",
        "members whose national CO2 peaks in 2024-31 with confirmation",
        MOST,
        (BASE,),
        lambda one: peaks_between(one, 2024, 2031),
    ),
]


CHECKS = [*PLACE_CHECKS, *FIRM_CHECKS, *SHOCK_CHECKS, *PEAK_CHECKS]
