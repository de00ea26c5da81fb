"""Policy signals: what a government announces or does to the world, typed, scheduled and scoped.

A signal acts on one *variable*. The classes below are a union discriminated by `variable`; each states the unit, the
allowed range, the value without any signal, and the axes along which it may differ. `simulator/signal_table.py`
composes all signals of a scenario into one array per variable.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from simulator.carbon_policies import CarbonMarketSignal
from simulator.government_policies import GovernmentSignal
from simulator.signals import BaseSignal, Operation, variable_of

INDUSTRY_AND_POWER = ("POW", "STL", "NMM", "NFM", "CHM", "REF", "COA", "OMF")
POWER = ("POW",)


class CarbonPriceAdder(BaseSignal):
    """Carbon price of a province on top of the national one; it covers every tonne, without free allowances."""

    variable: Literal["carbon_price_adder_cny_per_tco2"]
    unit = "CNY/tCO2"
    allowed = (0.0, 5000.0)
    axes = ("province", "sector")


class ExportCarbonPrice(BaseSignal):
    """Carbon price that foreign buyers take at their border."""

    variable: Literal["export_carbon_price_cny_per_tco2"]
    unit = "CNY/tCO2"
    allowed = (0.0, 5000.0)
    axes = ("sector",)


class CapexSubsidy(BaseSignal):
    """Share of the capital cost of new plant that the public purse pays."""

    variable: Literal["capex_subsidy_share"]
    unit = "1"
    allowed = (0.0, 0.5)
    axes = ("province", "route")


class ApprovalStringency(BaseSignal):
    """Probability that a project on a high-emission route is refused, at full capacity to enforce."""

    variable: Literal["approval_stringency"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province", "route")


class ApprovalMoratorium(BaseSignal):
    """No project of the route is approved (1), or the moratorium is off (0)."""

    variable: Literal["approval_moratorium"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province", "route")
    switch = True


class GuaranteedPurchase(BaseSignal):
    """Share of a power plant's output bought at the provincial coal benchmark tariff."""

    variable: Literal["guaranteed_purchase_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("province", "route")
    sectors = POWER


class FeedInPremium(BaseSignal):
    """Payment per MWh on top of what the power is sold for."""

    variable: Literal["feed_in_premium_cny_per_mwh"]
    unit = "CNY/MWh"
    allowed = (0.0, 2000.0)
    axes = ("province", "route")
    sectors = POWER


class CapacityPayment(BaseSignal):
    """Yearly payment per kW for being available."""

    variable: Literal["capacity_payment_cny_per_kw_year"]
    unit = "CNY/kW/yr"
    allowed = (0.0, 2000.0)
    axes = ("province", "route")
    sectors = POWER


class BuildLimit(BaseSignal):
    """Most that the country can build of a power technology in a year, relative to the parameters."""

    variable: Literal["build_limit_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 100.0)
    default = 1.0
    axes = ("route",)
    sectors = POWER


class CoalMinimumLoad(BaseSignal):
    """Least load at which a committed coal unit runs, as a share of its capacity."""

    variable: Literal["coal_minimum_load_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    default_path = ((2020, "coal_minimum_load"), (2030, "coal_minimum_load_flexible"))
    axes = ("province",)


class ContractedShare(BaseSignal):
    """Share of a line's flow that is fixed in medium- and long-term contracts and does not trade."""

    variable: Literal["contracted_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    default_path = (
        (2020, "contracted_share_2020"),
        (2021, "contracted_share_2021"),
        (2035, "contracted_share_2035"),
    )


class LineAddition(BaseSignal):
    """Line capacity that comes into service in the stated years, between `scope.origin` and `scope.destination`."""

    variable: Literal["line_addition_gw"]
    op: Literal["add"] = "add"
    unit = "GW"
    allowed = (0.0, 200.0)
    axes = ("origin", "destination")
    event = True


class LineBudget(BaseSignal):
    """Money for new lines in a five-year plan, relative to the parameter."""

    variable: Literal["line_budget_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 20.0)
    default = 1.0


class DemandGrowth(BaseSignal):
    """Growth of final demand on top of the table's, per year (0.01 = one percentage point)."""

    variable: Literal["demand_growth_addition_per_year"]
    op: Operation = "add"
    unit = "1/yr"
    allowed = (-0.2, 0.2)
    axes = ("province", "sector")


class ExportDemand(BaseSignal):
    """Demand from abroad relative to the table's."""

    variable: Literal["export_demand_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 10.0)
    default = 1.0
    axes = ("sector",)


class FuelPrice(BaseSignal):
    """Fuel price relative to the table's."""

    variable: Literal["fuel_price_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.05, 20.0)
    default = 1.0
    axes = ("carrier",)


class EfficiencyFloor(BaseSignal):
    """Least energy saving against the base-year route that a standard asks of every firm."""

    variable: Literal["efficiency_floor_share"]
    unit = "1"
    allowed = (0.0, 0.3)
    axes = ("province", "sector")


class RenewablesObligation(BaseSignal):
    """Share of electricity for which certificates of wind, sun or biomass are needed, relative to the rule's."""

    variable: Literal["renewables_obligation_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 5.0)
    default = 1.0
    axes = ("province",)


class HydroAvailability(BaseSignal):
    """Inflow of water relative to a normal year; below 1 is a drought."""

    variable: Literal["hydro_availability_multiplier"]
    op: Operation = "mul"
    unit = "1"
    allowed = (0.0, 2.0)
    default = 1.0
    axes = ("province",)


Signal = Annotated[
    CarbonMarketSignal
    | CarbonPriceAdder
    | ExportCarbonPrice
    | CapexSubsidy
    | ApprovalStringency
    | ApprovalMoratorium
    | GuaranteedPurchase
    | FeedInPremium
    | CapacityPayment
    | BuildLimit
    | CoalMinimumLoad
    | ContractedShare
    | LineAddition
    | LineBudget
    | DemandGrowth
    | ExportDemand
    | FuelPrice
    | EfficiencyFloor
    | RenewablesObligation
    | HydroAvailability
    | GovernmentSignal,
    Field(discriminator="variable"),
]


KINDS: dict[str, type[BaseSignal]] = {variable_of(kind): kind for kind in get_args(get_args(Signal)[0])}
