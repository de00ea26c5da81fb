"""The record of a local government, what all governments share, and what a government perceives.

Two accounts are under control: carbon intensity (0) and energy intensity (1). Seven instruments j: an efficiency
standard, a capital subsidy, retirement of backward capacity, stringent approval, renewables facilitation, a local
carbon price, and, as a last resort, rationing by campaign; the first six are *levers* that a plan can use.
Intensities of instruments are shares of the most that a province can do of each.

Capacity is an expert assumption, not a measurement: what follows from it is an exploration, not a finding.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.record import Record, field

SECTORS = 12
ROOM_FOR_ROUTES = 64
ACCOUNTS = 2
CARBON, ENERGY = range(ACCOUNTS)
INSTRUMENTS = 7
STANDARD, SUBSIDY, RETIREMENT, STRINGENCY, RENEWABLES, ADDER, RATIONING = range(INSTRUMENTS)
# Instruments that a plan can use; rationing is called by campaign.
LEVERS = 6
PLAN_YEARS = 5

Array = NDArray[Any]


class GovernmentState(Record):
    """The record of a local government."""

    government: int = field("i4", "-", "row, which is the province")
    official_capacity: float = field("f8", "share", "ability of officials to act on time, enforce and plan ahead")
    research_capacity: float = field("f8", "share", "ability of researchers to measure, forecast and select")
    first_official_capacity: float = field("f8", "share", "the same in the first year")
    first_research_capacity: float = field("f8", "share", "the same in the first year")

    stringency: Array = field("f8", "share", "restraint on high-emission projects in force", (ROOM_FOR_ROUTES,))
    subsidy: Array = field("f8", "share", "share of capital cost paid", (ROOM_FOR_ROUTES,))
    approval: Array = field("f8", "share", "chance that a project passes", (ROOM_FOR_ROUTES,))
    efficiency_floor: Array = field("f8", "share", "energy saving demanded of firms", (SECTORS,))
    carbon_adder: Array = field("f8", "CNY/t", "local carbon price in force", (SECTORS,))
    passed_stringency: Array = field("f8", "share", "part of it that passes national signals on", (ROOM_FOR_ROUTES,))
    passed_subsidy: Array = field("f8", "share", "part of it that passes national signals on", (ROOM_FOR_ROUTES,))
    passed_floor: Array = field("f8", "share", "part of it that passes national signals on", (SECTORS,))
    passed_adder: Array = field("f8", "CNY/t", "part of it that passes national signals on", (SECTORS,))

    intensity: Array = field("f8", "t or GJ per 1000 CNY", "true CO2 and energy over GDP", (ACCOUNTS,))
    reported_intensity: Array = field("f8", "t or GJ per 1000 CNY", "the same as reported", (ACCOUNTS,))
    reported_co2: float = field("f8", "Mt", "CO2 as reported")
    report_noise: float = field("f8", "-", "standard normal, persistent error of the reports")
    forecast_noise: float = field("f8", "-", "standard normal, persistent error of the forecasts")
    cost_noise: Array = field("f8", "-", "standard normal, persistent error about costs", (LEVERS,))
    knowledge_variance: Array = field("f8", "-", "variance of the log of what levers are thought to cost", (LEVERS,))

    base_intensity: Array = field("f8", "t or GJ per 1000 CNY", "reported before the plan began", (ACCOUNTS,))
    true_base: Array = field("f8", "t or GJ per 1000 CNY", "true before the plan began", (ACCOUNTS,))
    target_reduction: Array = field("f8", "share", "cut of intensity over the plan", (ACCOUNTS,))
    target: Array = field("f8", "t or GJ per 1000 CNY", "intensity allowed at the horizon of the plan", (ACCOUNTS,))
    target_met: int = field("i4", "0 or 1", "outcome of the last assessment")
    plans_met: int = field("i4", "-", "plans assessed as fulfilled so far")
    plans_missed: int = field("i4", "-", "plans assessed as missed so far")
    audited: int = field("i4", "0 or 1", "the last assessment was of true emissions")
    progress: Array = field(
        "f8", "share", "of the cut asked for, reported at the last mid-term assessment", (ACCOUNTS,)
    )
    behind: float = field("f8", "log", "reported intensity above the path, at the mid-term of this plan; 0 if below it")
    plans_behind: int = field("i4", "-", "plans behind their path at mid-term so far")

    level: Array = field("f8", "log", "log of reported intensity, smoothed", (ACCOUNTS,))
    trend: Array = field("f8", "per year", "decline of intensity expected without levers", (ACCOUNTS,))
    outlook_error: float = field("f8", "log", "error in the projection to the end of the plan")
    yield_expected: float = field("f8", "per year", "decline of intensity expected of all levers at full effort")
    campaign_expected: float = field("f8", "log", "cut of CO2 expected of this year's campaign")
    rate_expected: float = field("f8", "per year", "the same at the effort decided")
    shortfall: float = field("f8", "share", "intensity projected at the end of the plan over target, less one")
    short_after: float = field("f8", "share", "the same at the effort just decided")

    effort: float = field("f8", "share", "share of what all levers can do that the government wants to use")
    wanted: Array = field("f8", "share", "instruments decided", (INSTRUMENTS,))
    implemented: Array = field("f8", "share", "instruments put into force", (INSTRUMENTS,))
    effective: Array = field("f8", "share", "instruments as enforced", (INSTRUMENTS,))
    standard: float = field("f8", "share", "energy saving demanded by the province's own standard")

    revenue: float = field("f8", "m CNY", "money for low-carbon policy this year")
    spending: float = field("f8", "m CNY", "subsidies paid this year")
    training_cost: float = field("f8", "m CNY", "paid for training and exchange this year")
    deficit: float = field("f8", "share", "spending above revenue, as a share of revenue")


class GovernmentParameters(NamedTuple):
    """Behaviour that all local governments share; values, ranges and sources in `simulator/data/parameters.csv`."""

    enforcement_floor: float
    delay_slope_years: float
    ample_supply_approval: float
    reserve_margin: float
    report_noise_sd: float
    report_bias: float
    government_noise_memory: float
    activity_forecast_sd: float
    intensity_level_weight: float
    intensity_trend_weight: float
    initial_intensity_trend: float
    target_margin: float
    effort_adjustment: float
    effort_minimum: float
    reaction_gain: float
    reaction_exponent: float
    target_weight: float
    growth_weight: float
    growth_ambition: float
    jobs_weight: float
    deficit_weight: float
    ranking_weight: float
    mid_term_gain: float
    selection_sharpness: float
    rationing_maximum: float
    standard_rise_maximum: float
    own_subsidy_maximum: float
    own_stringency_maximum: float
    own_adder_maximum: float
    training_gain: float
    exchange_gain: float
    demonstration_gain: float
    capacity_decay: float
    institutional_memory: float
    knowledge_aging: float
    own_experience_rate: float
    training_cost_mcny: float
    exchange_cost_mcny: float


class PlanYear(Record):
    """What a year is to all governments alike: one row, which every year fills anew."""

    plan_year: int = field("i8", "-", "which year of its five-year plan it is, 1 to 5")
    years_left: int = field("i8", "years", "to the horizon of the plan, the present one counted")
    first_report: int = field("i8", "0 or 1", "whether it is the first year that is reported")
    first_plan: int = field("i8", "0 or 1", "whether it is the first year that is planned")
    report_noise_sd: float = field("f8", "-", "standard deviation of the noise of reports")
    activity_sd: float = field("f8", "-", "standard deviation of the error in five years' activity")
    shared_experience: float = field("f8", "-", "weight of what others found out")
    framework: float = field("f8", "share", "of the gap to one, which a common framework adds to what rests")


class GovernmentLuck(NamedTuple):
    """Where governments look their draws up: seed, year [1] and streams."""

    seed: int
    year: Array
    report: int
    forecast: int
    cost: int


class Channels(NamedTuple):
    """Capacity that counts in each of the six channels [P]: of researchers the first three, of officials the rest."""

    measure: Array
    forecast: Array
    select: Array
    delay: Array
    enforce: Array
    plan_ahead: Array


class StatisticsView(NamedTuple):
    """What a province could measure of the year that ends. now [1]: a `PlanYear`; co2 [P] in Mt, energy [P] in PJ, gdp
    [P] in bn CNY."""

    now: Array
    luck: GovernmentLuck
    channels: Channels
    co2: Array
    energy: Array
    gdp: Array
    parameters: GovernmentParameters


class PlanView(NamedTuple):
    """What a government knows when it plans its year. P provinces, J levers.

    now [1]: a `PlanYear`; five_year_plans: 1 if effort follows the cycle; campaigns: 1 if they may be called; active
    [2]: accounts under control; growth [P + 1], job_loss [P]: last year, the country's growth last; rank [P]: 0 for the
    smallest shortfall, 1 for the largest; red_light, rationable_share [P]; cost [P, J]: CNY per tCO2; potential
    [P, J]: share of the province's CO2 that a lever at its most can cut in a year.
    """

    now: Array
    luck: GovernmentLuck
    channels: Channels
    five_year_plans: int
    campaigns: int
    active: Array
    growth: Array
    job_loss: Array
    rank: Array
    red_light: Array
    rationable_share: Array
    cost: Array
    potential: Array
    parameters: GovernmentParameters


class LearningView(NamedTuple):
    """What a government can learn from. now [1]: a `PlanYear`; weights [P, P]: who listens to whom, rows sum to one;
    research, official [P] and precision [P, J]: capacity and knowledge of all before they learn; train_research,
    train_official, exchange [P]: intensities 0 to 1; exchange_capacity, exchange_knowledge, demonstration, decay: 1
    where it acts.
    """

    now: Array
    weights: Array
    research: Array
    official: Array
    precision: Array
    train_research: Array
    train_official: Array
    exchange: Array
    exchange_capacity: float
    exchange_knowledge: float
    demonstration: float
    decay: float
    parameters: GovernmentParameters


class SignalView(NamedTuple):
    """The national signals of the year as they reach a province. P provinces, K routes, S sectors.

    stringency, subsidy [P, K]; efficiency_floor, carbon_adder [P, S]; high_emission, low_carbon [K] and priced [S]: 1
    where the province's own approval, subsidy and carbon price apply.
    """

    stringency: Array
    subsidy: Array
    efficiency_floor: Array
    carbon_adder: Array
    high_emission: Array
    low_carbon: Array
    priced: Array
    channels: Channels
    parameters: GovernmentParameters


class SupplyView(NamedTuple):
    """What a government sees before it approves. high_emission, firm_power [K]: 1 where the route is; moratorium
    [P, K]: 1 where nothing passes; supply_margin [P]: firm capacity over peak load, less one."""

    high_emission: Array
    firm_power: Array
    moratorium: Array
    supply_margin: Array
    parameters: GovernmentParameters
