"""Checks of governments, carbon market and whole scenarios: 2, 4-7, 13, 19-21, and the gain of differing packages."""

from collections.abc import Callable

import numpy as np
from acceptance_quantities import (
    BASE,
    FALLS,
    MOST,
    NONE,
    PROVINCES,
    RISES,
    Check,
    arranged_cells,
    change,
    lag_against,
    national,
    national_peak,
    province,
)
from paired_runs import Array, Ensemble, scenario, signal

from simulator.base_year import load_base_year

PLAN_ENDS = tuple(range(2030, 2061, 5))
TRAINING, EXCHANGE, BOTH = (scenario(name) for name in ("training", "exchange", "training_and_exchange"))
CHANNELS = ("measure", "forecast", "select", "delay", "enforce", "plan_ahead")


def low_capacity() -> tuple[str, ...]:
    """The third of the provinces with the least capacity in 2020."""
    base = load_base_year()
    order = np.argsort(base.official_capacity + base.research_capacity, kind="stable")
    return tuple(PROVINCES[row] for row in order[: len(PROVINCES) // 3])


LOW = low_capacity()


def governed(**changes: object) -> dict[str, object]:
    """How local governments plan and learn."""
    return {"governments": changes}


def all_channels(capacity: str) -> dict[str, str]:
    """The same capacity in every channel."""
    return dict.fromkeys(CHANNELS, capacity)


def missed(names: tuple[str, ...] = PROVINCES) -> Callable[[Ensemble], Array]:
    """Plans that end in 2030 to 2060 whose true cut of CO2 per GDP fell short of the target, % of provinces."""
    rows = [PROVINCES.index(name) for name in names]

    def read(one: Ensemble) -> Array:
        short = one.path("provinces", "intensity_achieved", None) < one.path("provinces", "intensity_target", None)
        ends = [year - one.first_year for year in PLAN_ENDS]
        return np.asarray(100.0 * short[:, ends][:, :, rows].mean(axis=(1, 2)))

    return read


def rationed(last: int = 2060) -> Callable[[Ensemble], Array]:
    """Output held back by campaigns from 2026 on, % of output, provinces weighted by GDP."""

    def read(one: Ensemble) -> Array:
        share, gdp = (one.path("provinces", column, None) for column in ("rationing_share", "gdp_bn_cny"))
        span = slice(2026 - one.first_year, last - one.first_year + 1)
        return np.asarray(100.0 * (share * gdp)[:, span].sum(axis=(1, 2)) / gdp[:, span].sum(axis=(1, 2)))

    return read


def public_cost(one: Ensemble) -> Array:
    """Subsidies, training and output held back from 2026 to 2060, bn CNY."""
    years = 2060 - 2026 + 1
    paid = sum(one.at("governments", column, (2026, 2060), PROVINCES) for column in ("spending_mcny", "training_mcny"))
    held = one.at("sectors", "rationed_target_bn_cny", (2026, 2060), PROVINCES, one.labels("sectors", 1))
    return np.asarray(years * (paid / 1000.0 + held))


def cumulated(one: Ensemble) -> Array:
    """National CO2 from 2026 to 2060, Gt."""
    return 35.0 * one.national("co2_mt", (2026, 2060)) / 1000.0


def cost_per_tonne(idle: Ensemble, base: Ensemble, policy: Ensemble) -> Array:
    """Change of the public cost per tonne that targets avoid, CNY/t, as jackknife pseudo-values (Miller 1974)."""
    cost = [public_cost(one) - public_cost(idle) for one in (base, policy)]
    cut = [cumulated(idle) - cumulated(one) for one in (base, policy)]
    count = cost[0].size

    def ratio(kept: Array) -> float:
        return float(cost[1][kept].sum() / cut[1][kept].sum() - cost[0][kept].sum() / cut[0][kept].sum())

    whole = ratio(np.ones(count, dtype=bool))
    return np.array([count * whole - (count - 1) * ratio(np.arange(count) != member) for member in range(count)])


def years_gained(base: Ensemble, policy: Ensemble) -> Array:
    """Mean lag of the low-capacity provinces in 2040 behind the baseline's nation, policy less baseline, years."""
    reference = arranged_cells(base)
    lag = [lag_against(reference, arranged_cells(one), LOW, 2040) for one in (base, policy)]
    return lag[1] - lag[0]


IDLE = scenario(signals={"no_targets": signal("carbon_intensity_target_multiplier", {2021: 0.0})})
TRAINING_CHECKS = [
    Check(
        4,
        "training from 2026",
        f"mean lag of {len(LOW)} provinces of low capacity 2040, years",
        FALLS,
        (BASE, TRAINING),
        years_gained,
    ),
    Check(4, "training from 2026", "plans missed in truth 2030-60, points", FALLS, (BASE, TRAINING), change(missed())),
    Check(
        4,
        "training from 2026",
        "output held back by campaigns 2026-60, %",
        FALLS,
        (BASE, TRAINING),
        change(rationed()),
    ),
    Check(
        4,
        "training from 2026",
        "public cost per tonne that targets avoid, CNY/t",
        FALLS,
        (IDLE, BASE, TRAINING),
        cost_per_tonne,
    ),
]


def equal(exchange: bool) -> str:
    """All provinces begin with the mean capacity; knowledge is not exchanged, and meetings cost next to nothing."""
    learning = {"learning": {"exchange_of_knowledge": False}}
    extends = "exchange" if exchange else "baseline"
    return scenario(extends, **governed(first_capacity="mean", **learning), parameters={"exchange_cost_mcny": 2.0})


def beyond_sum(read: Callable[[Ensemble], Array]) -> Callable[..., Array]:
    """What both together change beyond the sum of what each changes."""
    return lambda base, one, other, both: read(both) - read(one) - read(other) + read(base)


PERFECT_FEASIBLE = scenario(
    **governed(channels=all_channels("perfect")),
    signals={"feasible": signal("carbon_intensity_target_multiplier", {2021: 0.5})},
)
CAPACITY_CHECKS = [
    Check(
        5,
        "exchange, provinces of equal capacity, through capacity alone",
        "national CO2 2035, Mt",
        NONE,
        (equal(False), equal(True)),
        change(national("co2_mt", 2035)),
        tolerance=1.0,
    ),
    Check(
        5,
        "the same",
        "mean capacity 2035, points",
        NONE,
        (equal(False), equal(True)),
        change(lambda one: 100.0 * province("planning_capacity", 2035, PROVINCES)(one) / len(PROVINCES)),
        tolerance=0.1,
    ),
    Check(
        6,
        "training and exchange over the sum of each alone",
        "CO2 of provinces of low capacity 2050, Mt",
        FALLS,
        (BASE, TRAINING, EXCHANGE, BOTH),
        beyond_sum(province("co2_mt", 2050, LOW)),
    ),
    Check(
        6,
        "the same",
        "plans they miss in truth 2030-60, points",
        FALLS,
        (BASE, TRAINING, EXCHANGE, BOTH),
        beyond_sum(missed(LOW)),
    ),
    Check(
        7,
        "perfect capacity in every channel, targets halved",
        "output held back by campaigns 2026-60, %",
        NONE,
        (PERFECT_FEASIBLE,),
        rationed(),
        tolerance=0.1,
    ),
]

DUAL, DELAYED = scenario("dual_carbon"), scenario("delayed")
DELAY_CHECKS = [
    Check(13, "delayed over dual_carbon", what, RISES, (DUAL, DELAYED), change(read))
    for what, read in (
        ("national CO2 2060, Mt", national("co2_mt", 2060)),
        ("national CO2 2026-60, Gt", cumulated),
        ("idle capital of emitting plants 2045-60, bn CNY", national("idle_capital_bn_cny", (2045, 2060))),
        ("peak year of national CO2", national_peak),
    )
]


# Year of a run, counted from 2020, from which on changes fill seven plans.
FIRST_CHANGE = 5


def rhythm(one: Ensemble) -> Array:
    """Five-year rhythm of provincial CO2 per GDP, see `beyond_chance`, mean of provinces [member]."""
    return beyond_chance(one.path("provinces", "co2_mt", None) / one.path("provinces", "gdp_bn_cny", None))


def national_rhythm(one: Ensemble) -> Array:
    """The same of national CO2 per GDP [member]."""
    return beyond_chance((one.path("national", "co2_mt") / one.path("national", "gdp_bn_cny"))[:, :, None])


def beyond_chance(intensity: Array) -> Array:
    """Share of the variance of yearly changes that repeats every five years, beyond chance: mean of places [member].

    intensity [member, year, place]. Periodogram of 35 changes (seven plans): what repeats every five years is all at
    periods of 5 and 2.5 years, which take 2/17 of the variance of white noise.
    """
    steps = np.diff(np.log(intensity[:, FIRST_CHANGE:]), axis=1)
    power = np.abs(np.fft.rfft(steps - steps.mean(axis=1, keepdims=True), axis=1)[:, 1:]) ** 2
    cycles, periods = steps.shape[1] // 5, power.shape[1]
    share = power[:, cycles - 1 :: cycles].sum(axis=1) / power.sum(axis=1)
    return np.asarray(share.mean(axis=1) - (periods // cycles) / periods)


NO_PLANS = scenario(
    **governed(five_year_plans=False), signals={"no_lines": signal("line_budget_multiplier", {2021: 0.0})}
)
NOISE = [scenario(parameters={"report_noise_sd": level}) for level in (0.05, 0.3)]
PLAN_CHECKS = [
    Check(
        19,
        "baseline",
        "five-year rhythm of provincial CO2 per GDP, share of variance beyond chance",
        RISES,
        (BASE,),
        rhythm,
    ),
    Check(19, "baseline", "the same of national CO2 per GDP", RISES, (BASE,), national_rhythm),
    Check(
        19,
        "no five-year plans, no five-yearly lines",
        "of provincial CO2 per GDP, change",
        FALLS,
        (BASE, NO_PLANS),
        change(rhythm),
    ),
    Check(19, "the same", "rhythm that is left", NONE, (NO_PLANS,), rhythm, tolerance=0.03),
    Check(
        20,
        "noise of emission reports 5 -> 30 %",
        "plans missed in truth 2030-60, points",
        RISES,
        tuple(NOISE),
        change(missed()),
    ),
    Check(
        21,
        "dual_carbon",
        "members whose CO2 of 2060 is below what sinks may take up (1.5 Gt)",
        MOST,
        (DUAL,),
        lambda one: (one.national("co2_mt", 2060) <= 1500.0).astype(float),
    ),
]


def tighter(factor: float) -> str:
    """Benchmarks below those of the baseline from 2023."""
    return scenario(signals={"tighter": signal("benchmark_multiplier", {2023: factor}, op="mul")})


LEVELS = {1.0: BASE, 0.97: tighter(0.97), 0.94: tighter(0.94)}
MARKET_CHECKS = [
    Check(
        2,
        f"benchmarks x {a:g} -> x {b:g} from 2023",
        "allowance price, mean 2023-27, CNY/t",
        RISES,
        (LEVELS[a], LEVELS[b]),
        change(national("carbon_price_cny_per_tco2", (2023, 2027))),
    )
    for a, b in ((1.0, 0.97), (0.97, 0.94))
]

FOUR = ("Zhejiang", "Jiangsu", "Henan", "Xinjiang")
DIFFERING, UNIFORM = scenario("four_provinces"), scenario("uniform_package")
PACKAGE_CHECKS = [
    Check(
        22,
        "four_provinces over uniform_package",
        "CO2 of the four 2026-50, Mt a year",
        FALLS,
        (UNIFORM, DIFFERING),
        change(province("co2_mt", (2026, 2050), FOUR)),
    ),
    Check(
        22,
        "the same",
        "national CO2 2026-50, Mt a year",
        FALLS,
        (UNIFORM, DIFFERING),
        change(national("co2_mt", (2026, 2050))),
    ),
    Check(
        22,
        "the same",
        "outlay of the four 2026-50, bn CNY a year",
        NONE,
        (UNIFORM, DIFFERING),
        change(lambda one: one.at("governments", "spending_mcny", (2026, 2050), FOUR) / 1000.0),
        tolerance=2.0,
    ),
]

CHECKS = [*MARKET_CHECKS, *TRAINING_CHECKS, *CAPACITY_CHECKS, *DELAY_CHECKS, *PLAN_CHECKS, *PACKAGE_CHECKS]
