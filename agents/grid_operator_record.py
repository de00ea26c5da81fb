"""The record of a grid operator, what operators share, and the load that is left to serve.

Power in GW, energy in TWh, heat in PJ (capacity: GW of heat), prices in CNY per MWh (heat and fuel: CNY per GJ).
A year has 24 blocks: four seasons (winter, spring, summer, autumn) of six times of day.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from agents.compiled import rule
from agents.record import Record, field

BLOCKS = 24
SEASONS = 4
BLOCKS_PER_SEASON = 6
HOURS_PER_DAY = 24.0
GWH_PER_TWH = 1000.0

# Order of power technologies, everywhere: `capacity_gw` and the rows of power_capacity.csv.
TECHNOLOGIES = 10
COAL, GAS, NUCLEAR, HYDRO, PUMPED, ONSHORE_WIND, OFFSHORE_WIND, SOLAR, BIOMASS, BATTERY = range(TECHNOLOGIES)
THERMAL = (COAL, GAS, BIOMASS)
VARIABLE = (ONSHORE_WIND, OFFSHORE_WIND, SOLAR)
STORES = (PUMPED, BATTERY)
KINDS = 3
NUMBER_OF_STORES = 2
NUMBER_OF_CANDIDATES = 4

# Heat plants.
HEAT_ROUTES = 4
CHP, COAL_BOILER, GAS_BOILER, HEAT_PUMP = range(HEAT_ROUTES)

NONE = -1

Array = NDArray[Any]


class OperatorState(Record):
    """The record of a grid operator."""

    operator: int = field("i4", "-", "row, which is the province")

    # What the year brings.
    capacity_gw: Array = field("f8", "GW", "capacity that works this year, by technology", (TECHNOLOGIES,))
    load_gw: Array = field("f8", "GW", "demand before heat pumps of the heat supply and storage", (BLOCKS,))
    variable_gw: Array = field("f8", "GW", "available onshore wind, offshore wind and solar", (KINDS, BLOCKS))
    nuclear_gw: Array = field("f8", "GW", "nuclear output", (BLOCKS,))
    hydro_inflow_twh: Array = field("f8", "TWh", "energy that the rivers bring, by season", (SEASONS,))
    planned_share: Array = field("f8", "share", "planned output of coal, gas, biomass over capacity", (KINDS,))
    contracted_export_gw: Array = field("f8", "GW", "contracts: sent less received (losses taken off)", (BLOCKS,))
    usual_export_gw: Array = field("f8", "GW", "the same if lines carried their usual flow", (BLOCKS,))
    heat_demand_pj: Array = field("f8", "PJ", "district and industrial heat asked for, by season", (SEASONS,))
    benchmark_tariff: float = field("f8", "CNY/MWh", "regulated price of coal power")
    transmission_charge: float = field("f8", "CNY/MWh", "network charge and levies")
    peak_factor: float = field("f8", "ratio", "highest hourly load over the load of the highest block")

    expected_export_gw: Array = field("f8", "GW", "trade beyond contracts that it expects", (BLOCKS,))

    # What the operator decides.
    residual_gw: Array = field("f8", "GW", "load still to be served while supply is being scheduled", (BLOCKS,))
    hydro_gw: Array = field("f8", "GW", "scheduled hydro", (BLOCKS,))
    hydro_spilled_twh: Array = field("f8", "TWh", "water that exceeds what turbines can take", (SEASONS,))
    charge_gw: Array = field("f8", "GW", "charging of pumped hydro and of batteries", (NUMBER_OF_STORES, BLOCKS))
    discharge_gw: Array = field("f8", "GW", "their discharging", (NUMBER_OF_STORES, BLOCKS))
    must_run_share: Array = field("f8", "share", "least output of coal, gas, biomass over capacity", (KINDS, BLOCKS))
    open_share: Array = field("f8", "share", "output above that in merit order, over capacity", (KINDS, BLOCKS))
    trade_margin: float = field("f8", "CNY/MWh", "spread asked for in trade beyond wheeling and losses")
    tariff: float = field("f8", "CNY/MWh", "price that users pay")
    expected_price: Array = field("f8", "CNY/MWh", "wholesale price that investors expect", (BLOCKS,))
    peak_gw: float = field("f8", "GW", "highest hourly load expected when a tender would be built")
    firm_capacity_gw: float = field("f8", "GW", "capacity that counts at the peak, with what is being built")
    tendered_gw: Array = field("f8", "GW", "tendered coal, gas, pumped hydro and batteries", (NUMBER_OF_CANDIDATES,))

    # Panels on roofs.
    roofs_gw: float = field("f8", "GW", "panels on roofs of users, in service and under construction")
    roofs_connected_gw: float = field("f8", "GW", "panels on roofs ordered this year")

    # Green certificates.
    certificates_used: float = field("f8", "TWh", "own certificates retired for the obligation")
    certificates_wanted: float = field("f8", "TWh", "certificates missing for the obligation")
    certificate_limit: float = field("f8", "CNY/MWh", "most that it would pay for one")
    certificate_charge: float = field("f8", "CNY/MWh", "their cost, less what was sold, passed on to users")

    # Heat.
    heat_capacity_gw: Array = field("f8", "GW heat", "CHP limit, coal boilers, gas boilers, heat pumps", (HEAT_ROUTES,))
    chp_heat_per_gw: float = field("f8", "GW heat per GW", "heat limit of CHP per GW of coal and biomass power")
    heat_supply_pj: Array = field("f8", "PJ", "heat by route and season", (HEAT_ROUTES, SEASONS))
    heat_unserved_pj: Array = field("f8", "PJ", "heat demand that is not met", (SEASONS,))
    heat_built_gw: Array = field("f8", "GW heat", "plants built this year", (HEAT_ROUTES,))
    heat_coal_pj: float = field("f8", "PJ", "coal burnt for heat")
    heat_gas_pj: float = field("f8", "PJ", "gas burnt for heat")
    heat_pump_gw: Array = field("f8", "GW", "load of the heat supply's heat pumps", (BLOCKS,))

    # What the market settles.
    price: Array = field("f8", "CNY/MWh", "wholesale price", (BLOCKS,))
    unserved_gw: Array = field("f8", "GW", "load not served", (BLOCKS,))
    traded_export_gw: Array = field("f8", "GW", "trade beyond contracts: sent less received", (BLOCKS,))
    thermal_use: float = field("f8", "share", "output of thermal plants over what they could make")


class OperatorParameters(NamedTuple):
    """Behaviour and technology that all operators share; sources in `simulator/data/parameters.csv`."""

    run_of_river_share: float
    pumped_efficiency: float
    pumped_hours: float
    pumped_cycles_per_day: float
    battery_efficiency: float
    battery_hours: float
    battery_cycles_per_day: float
    thermal_availability: float
    spinning_reserve_share: float
    local_protection_cny_per_mwh: float
    thermal_use_reference: float
    tariff_smoothing: float
    price_expectation_weight: float
    wholesale_price_cap: float
    reserve_margin: float
    demand_response_share: float
    tender_maximum_share: float
    tender_lead_years: float
    firm_capacity_credit_line: float
    heat_chp_fuel_per_heat: float
    heat_chp_gj_per_mwh: float
    heat_chp_must_run_share: float
    heat_coal_boiler_capex: float
    heat_coal_boiler_efficiency: float
    heat_gas_boiler_capex: float
    heat_gas_boiler_efficiency: float
    heat_pump_capex: float
    heat_pump_performance: float
    heat_full_load_hours: float
    heat_plant_lifetime: float
    heat_discount_rate: float
    heat_reserve_share: float
    heat_choice_sharpness: float
    imitation_share_floor: float


@rule
def length_of(hours: Array) -> float:
    """Hours of some blocks together."""
    length = 0.0
    for block in range(hours.size):
        length += hours[block]
    return length


@rule
def season_energy(power: Array, hours: Array) -> float:
    """Energy of six blocks, GW x h: the sum of power x hours, in the order of blocks."""
    energy = 0.0
    for block in range(hours.size):
        energy += power[block] * hours[block]
    return energy


@rule
def find_residual(operator: OperatorState) -> None:
    """Load less what runs whatever the load is: contracts and expected trade, nuclear, wind, sun, planned gas and
    biomass."""
    for block in range(BLOCKS):
        left = operator.load_gw[block] + operator.heat_pump_gw[block]
        left += operator.contracted_export_gw[block] + operator.expected_export_gw[block]
        left -= operator.nuclear_gw[block]
        for kind in range(KINDS):
            left -= operator.variable_gw[kind, block]
            left -= operator.planned_share[kind] * operator.capacity_gw[THERMAL[kind]]
        operator.residual_gw[block] = left
