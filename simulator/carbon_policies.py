"""Policy signals of carbon markets: whom they cover, what is given, auctioned and capped, and the band of prices."""

from __future__ import annotations

from typing import Literal

from simulator.signals import BaseSignal


class CarbonPrice(BaseSignal):
    """National allowance price, given from outside."""

    variable: Literal["carbon_price_cny_per_tco2"]
    unit = "CNY/tCO2"
    allowed = (0.0, 5000.0)


class CarbonCoverage(BaseSignal):
    """Share of a sector's firms above the size threshold that the national price covers (0 before its entry)."""

    variable: Literal["carbon_coverage_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    axes = ("sector",)


class OutputLinkage(BaseSignal):
    """How far free allowances follow output: 1 = benchmark times output, 0 = lump sum or auction."""

    variable: Literal["output_linkage"]
    unit = "1"
    allowed = (0.0, 1.0)
    default = 1.0
    axes = ("sector",)


class FreeAllocation(BaseSignal):
    """Share of the benchmark that is given free."""

    variable: Literal["free_allocation_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    default = 1.0
    axes = ("sector",)


class BenchmarkTightening(BaseSignal):
    """The benchmarks of all routes relative to those of the base year."""

    variable: Literal["benchmark_multiplier"]
    unit = "1"
    allowed = (0.0, 2.0)
    default = 1.0
    axes = ("sector",)


class CarbonPriceFloor(BaseSignal):
    """Least price of the national market; below it allowances are not auctioned and find no buyer."""

    variable: Literal["carbon_price_floor_cny_per_tco2"]
    unit = "CNY/tCO2"
    allowed = (0.0, 5000.0)


class CarbonPriceCeiling(BaseSignal):
    """Price at which the reserve of the national market sells whatever is short."""

    variable: Literal["carbon_price_ceiling_cny_per_tco2"]
    unit = "CNY/tCO2"
    allowed = (0.0, 5000.0)
    default = 5000.0


class AuctionShare(BaseSignal):
    """Share of the allowances that are not given free which is auctioned; the rest is never issued."""

    variable: Literal["auction_share"]
    unit = "1"
    allowed = (0.0, 1.0)
    default = 1.0
    axes = ("sector",)


class CarbonCap(BaseSignal):
    """Allowances that do not follow output, relative to what firms emitted in the last year in which all did."""

    variable: Literal["carbon_cap_multiplier"]
    unit = "1"
    allowed = (0.0, 2.0)
    default = 1.0
    axes = ("sector",)


class CarryOver(BaseSignal):
    """Most allowances that a firm may carry into the next year, relative to its emissions of the year."""

    variable: Literal["allowance_carry_over_share"]
    unit = "1"
    allowed = (0.0, 10.0)
    default = 10.0


CarbonMarketSignal = (
    CarbonPrice
    | CarbonCoverage
    | OutputLinkage
    | FreeAllocation
    | BenchmarkTightening
    | CarbonPriceFloor
    | CarbonPriceCeiling
    | AuctionShare
    | CarbonCap
    | CarryOver
)
