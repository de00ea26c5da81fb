"""The base year 2020 as arrays: routes, economy, power system, prices. Read once, never changed.

P = 31 provinces, S = 12 sectors, K routes, T = 10 power technologies, B = 24 time blocks, L lines, 4 fuels.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.names import Names, load_names
from simulator.tables import Array, fill_array, read_table

BASE_YEAR = 2020
POWER = 0
FUELS = ("coal", "oil", "gas", "biomass")
TECHNOLOGIES = (
    "coal",
    "gas",
    "nuclear",
    "hydro",
    "pumped",
    "onshore_wind",
    "offshore_wind",
    "solar",
    "biomass",
    "battery",
)
SEASONS = ("winter", "spring", "summer", "autumn")
GW_YEAR_TWH = 8.76
KWH_PER_MWH = 1000.0

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class RouteTable:
    """What one unit of output takes by route [K]; units in the names, per unit of output or of yearly capacity."""

    names: tuple[str, ...]
    sector: Integers
    family: Integers
    technology: Integers  # power technology, -1 outside power
    fuel_gj: Array  # [K, 4]
    electricity_mwh: Array
    hydrogen_kg: Array
    process_tco2: Array
    capture_share: Array
    capital_cost: Array
    fixed_cost: Array
    other_cost: Array
    lifetime_years: Array
    relining_years: Array
    available_from: Array
    learning_rate: Array
    soft_cost: Array
    utilisation: Array
    retrofit_of: Integers
    high_emission: Array
    investable: Array
    full_output: Array
    first_route: Integers  # [S]
    last_route: Integers  # [S], excluded


@dataclass(frozen=True)
class EconomyTable:
    """Production, demand and trade; [P, S] unless stated; bn CNY of 2020."""

    output_bn_cny: Array
    physical_output: Array
    co2_mt: Array
    co2_process_mt: Array
    electricity_twh: Array
    value_added_share: Array
    coefficient: Array  # [P, input, using]
    final_demand: Array
    exports: Array
    domestic_share: Array
    sourcing: Array  # [origin, destination, S]
    process_other_mt: Array
    trade_elasticity: Array  # [S]
    material_drift: Array  # [S]
    energy_trend: Array  # [S, 2], fuel and electricity per unit of value, per year before 2020


@dataclass(frozen=True)
class PowerTable:
    """The power system; capacities [P, T] in GW, profiles [P, B] relative to the year's mean."""

    hours: Array  # [B]
    season: Integers  # [B]
    capacity_gw: Array
    generation_twh: Array
    capacity_factor: Array
    first_year_share: Array  # [T]
    potential_gw: Array
    load_profile: Array
    wind_profile: Array
    offshore_profile: Array
    solar_profile: Array
    hydro_profile: Array
    vehicle_profile: Array  # [B]
    heat_pump_profile: Array  # [B]
    load_twh: Array  # [P]
    consumption_twh: Array
    storage_charging_twh: Array
    benchmark_tariff: Array
    transmission_charge: Array
    peak_factor: Array
    line_origin: Integers
    line_destination: Integers
    line_capacity_gw: Array
    line_year: Integers
    line_length_km: Array
    line_loss: Array
    line_base_twh: Array
    line_shape: Array  # [L, B] relative
    line_names: tuple[str, ...]
    heat_pj: Array  # [P]
    heat_season: Array  # [P, 4]
    heat_share: Array  # [P, 4]: CHP, coal boiler, gas boiler, heat pump


@dataclass(frozen=True, eq=False)
class BaseYear:
    """All that is known of 2020; another object is another base year."""

    names: Names
    routes: RouteTable
    economy: EconomyTable
    power: PowerTable
    fuel_price: Array  # [P, 4] CNY per GJ
    emission_factor: Array  # [4] tCO2 per GJ
    population_million: Array
    research_capacity: Array
    official_capacity: Array
    distance_km: Array  # [P, P]
    grid_regions: tuple[str, ...]  # [P]


@cache
def load_base_year(distance: str = "base", basis: str = "national") -> BaseYear:
    """The base year with trade shares of the `base`, `weak` or `strong` distance variant and CO2 of either basis."""
    names = load_names()
    provinces = read_table("provinces").set_index("province").loc[list(names.provinces)]
    places = ("province", names.provinces)
    return BaseYear(
        names=names,
        routes=_routes(names),
        economy=_economy(names, distance, basis),
        power=_power(names),
        fuel_price=fill_array(read_table("fuel_prices"), (places, ("carrier", FUELS)), "price_cny_per_gj"),
        emission_factor=fill_array(_fuels_only("emission_factors"), (("carrier", FUELS),), "tco2_per_gj"),
        population_million=provinces["population_million"].to_numpy(),
        research_capacity=provinces["research_capacity"].to_numpy(),
        official_capacity=provinces["official_capacity"].to_numpy(),
        distance_km=fill_array(
            read_table("distance"),
            (("origin", names.provinces), ("destination", names.provinces)),
            "great_circle_km",
        ),
        grid_regions=tuple(provinces["grid_region"]),
    )


def _fuels_only(name: str) -> pd.DataFrame:
    table = read_table(name)
    return table[table["carrier"].isin(FUELS)]


def _routes(names: Names) -> RouteTable:
    table = read_table("routes")
    sector = np.array([names.sectors.index(code) for code in table["sector"]], dtype=np.int64)
    power = sector == POWER
    families = list(dict.fromkeys(table["family"]))
    kwh_per_kg = names.parameters["electrolyser_kwh_per_kg"].value
    bounds = [np.flatnonzero(sector == s) for s in range(len(names.sectors))]

    def column(name: str) -> Array:
        return table[name].fillna(0.0).to_numpy(dtype=np.float64)

    return RouteTable(
        names=tuple(table["route"]),
        sector=sector,
        family=np.array([families.index(one) for one in table["family"]], dtype=np.int64),
        technology=np.array([_technology(r) if p else -1 for r, p in zip(table["route"], power, strict=True)]),
        fuel_gj=np.column_stack([column(f"{fuel}_gj") for fuel in FUELS]),
        electricity_mwh=column("electricity_mwh") + column("hydrogen_kg") * kwh_per_kg / KWH_PER_MWH,
        hydrogen_kg=column("hydrogen_kg"),
        process_tco2=column("process_tco2"),
        capture_share=column("capture_share"),
        capital_cost=column("capex_cny"),
        fixed_cost=column("capex_cny") * column("fixed_om_share"),
        other_cost=column("other_cost_cny"),
        lifetime_years=column("lifetime_years"),
        relining_years=column("relining_years"),
        available_from=column("available_from"),
        learning_rate=column("learning_rate"),
        soft_cost=column("soft_cost"),
        utilisation=column("utilisation"),
        retrofit_of=_retrofits(table),
        high_emission=column("high_emission"),
        investable=column("investable"),
        full_output=np.where(power, GW_YEAR_TWH, 1.0),
        first_route=np.array([rows[0] for rows in bounds], dtype=np.int64),
        last_route=np.array([rows[-1] + 1 for rows in bounds], dtype=np.int64),
    )


def _technology(route: str) -> int:
    return TECHNOLOGIES.index("coal" if route.startswith("coal") else route)


def _retrofits(table: pd.DataFrame) -> Integers:
    """Index of the route to which each one is a retrofit, within its sector; -1 for none."""
    place = {(row.sector, row.route): index for index, row in enumerate(table.itertuples())}
    return np.array(
        [place.get((row.sector, row.retrofit_of), -1) for row in table.itertuples()],
        dtype=np.int64,
    )


def _economy(names: Names, distance: str, basis: str) -> EconomyTable:
    places, sectors = ("province", names.provinces), ("sector", names.sectors)
    cells, demand = read_table("base_cells"), read_table("final_demand")
    attributes = read_table("sectors").set_index("sector").loc[list(names.sectors)]
    cell = {column: fill_array(cells, (places, sectors), column) for column in cells.columns[2:10] if column != "unit"}
    final = {column: fill_array(demand, (places, sectors), column) for column in demand.columns[2:7]}
    share = "share" if distance == "base" else f"share_{distance}_distance"
    ledger = read_table("process_ledger").groupby(["province", "sector"])["co2_mt"].sum().reset_index()
    trade = (("origin", names.provinces), ("destination", names.provinces), sectors)
    return EconomyTable(
        output_bn_cny=cell["gross_output_bn_cny"],
        physical_output=cell["physical_output"],
        co2_mt=cell["co2_mt" if basis == "national" else "co2_provincial_basis_mt"],
        co2_process_mt=cell["co2_process_mt"] * (1.0 if basis == "national" else _basis_ratio(cell)),
        electricity_twh=cell["electricity_twh"],
        value_added_share=cell["value_added_share"],
        coefficient=fill_array(
            read_table("io_coefficients"), (places, ("input", names.sectors), ("using", names.sectors)), "coefficient"
        ),
        final_demand=final["consumption"] + final["investment"],
        exports=final["exports"],
        domestic_share=final["domestic_share_of_use"],
        sourcing=_summing_to_one(fill_array(read_table("trade_shares"), trade, share)),
        process_other_mt=fill_array(ledger, (places, sectors), "co2_mt"),
        trade_elasticity=attributes["trade_elasticity"].to_numpy(dtype=np.float64),
        material_drift=attributes["material_drift_per_year"].to_numpy(dtype=np.float64),
        energy_trend=attributes[["fuel_trend_per_year", "electricity_trend_per_year"]].to_numpy(dtype=np.float64),
    )


def _summing_to_one(share: Array) -> Array:
    """Shares [origin, destination, S] freed of the rounding of the table; destinations without supplier keep zero."""
    total = share.sum(axis=0)
    return share / np.where(total > 0.0, total, 1.0)


def _basis_ratio(cell: dict[str, Array]) -> Array:
    """Provincial over national basis; one where a cell emits nothing."""
    there = cell["co2_mt"] > 0.0
    return np.where(there, cell["co2_provincial_basis_mt"] / np.where(there, cell["co2_mt"], 1.0), 1.0)


def _power(names: Names) -> PowerTable:
    places = ("province", names.provinces)
    blocks, fleet = read_table("blocks"), read_table("power_capacity")
    labels = [str(one) for one in blocks["block"]]
    profile = read_table("block_profiles").assign(block=lambda t: t["block"].astype(str))
    balance = read_table("power_balance").set_index("province").loc[list(names.provinces)]
    shapes = read_table("national_shapes")
    axes = (places, ("technology", TECHNOLOGIES))

    def relative(column: str) -> Array:
        return fill_array(profile, (places, ("block", labels)), column)

    return PowerTable(
        hours=blocks["hours"].to_numpy(dtype=np.float64),
        season=np.array([SEASONS.index(one) for one in blocks["season"]], dtype=np.int64),
        capacity_gw=fill_array(fleet, axes, "capacity_gw"),
        generation_twh=fill_array(fleet, axes, "generation_twh"),
        capacity_factor=fill_array(fleet.fillna({"capacity_factor": 0.0}), axes, "capacity_factor"),
        first_year_share=fill_array(fleet, axes, "first_year_share").max(axis=0),
        potential_gw=fill_array(fleet, axes, "potential_gw"),
        load_profile=relative("load_relative"),
        wind_profile=relative("onshore_wind_relative"),
        offshore_profile=relative("offshore_wind_relative"),
        solar_profile=relative("solar_relative"),
        hydro_profile=relative("hydro_relative"),
        vehicle_profile=shapes["vehicle_relative"].to_numpy(dtype=np.float64),
        heat_pump_profile=shapes["heat_pump_relative"].to_numpy(dtype=np.float64),
        load_twh=balance["load_twh"].to_numpy(),
        consumption_twh=balance["consumption_twh"].to_numpy(dtype=np.float64),
        storage_charging_twh=balance["storage_charging_twh"].to_numpy(),
        benchmark_tariff=balance["benchmark_tariff_cny_per_mwh"].to_numpy(),
        transmission_charge=balance["transmission_charge_cny_per_mwh"].to_numpy(dtype=np.float64),
        peak_factor=balance["peak_factor"].to_numpy(),
        **_lines(names, blocks),
        **_heat(names),
    )


def _lines(names: Names, blocks: pd.DataFrame) -> dict[str, Any]:
    lines = read_table("lines")
    season = fill_array(
        read_table("line_shapes"), (("line", list(lines["line"])), ("season", SEASONS)), "relative", 1.0
    )
    return {
        "line_origin": np.array([names.provinces.index(one) for one in lines["origin"]], dtype=np.int64),
        "line_destination": np.array([names.provinces.index(one) for one in lines["destination"]], dtype=np.int64),
        "line_capacity_gw": lines["capacity_gw"].to_numpy(dtype=np.float64),
        "line_year": lines["year"].to_numpy(dtype=np.int64),
        "line_length_km": lines["length_km"].to_numpy(dtype=np.float64),
        "line_loss": lines["loss_share"].to_numpy(),
        "line_base_twh": lines["base_flow_twh"].fillna(0.0).to_numpy(),
        "line_shape": season[:, [SEASONS.index(one) for one in blocks["season"]]],
        "line_names": tuple(lines["line"]),
    }


def _heat(names: Names) -> dict[str, Any]:
    heat = read_table("heat").set_index("province").loc[list(names.provinces)]
    sources = ("chp_share", "coal_boiler_share", "gas_boiler_share", "heat_pump_share")
    return {
        "heat_pj": heat["heat_pj"].to_numpy(),
        "heat_season": heat[[f"share_{season}" for season in SEASONS]].to_numpy(),
        "heat_share": heat[list(sources)].to_numpy(dtype=np.float64),
    }
