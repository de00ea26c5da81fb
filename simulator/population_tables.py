"""What the synthetic firms must add up to, read from the shipped tables; and how firms differ, from parameters.csv.

P provinces, S sectors, K routes. Capacity in units per year (Mt, bn CNY) and, for power, in GW.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.base_year import BASE_YEAR, POWER, TECHNOLOGIES, BaseYear, load_base_year
from simulator.names import Names
from simulator.tables import Array, fill_array, read_table

Integers = NDArray[np.int64]

OWNERS = ("state", "private", "captive")
FIRST_YEAR = 1960


class PopulationTables(NamedTuple):
    """The marginals of the base year.

    firms_default, size_log_sd [S]: number of firms and spread of the log of size; cohort [S]: 1 for sectors whose
    firms stand for many; capacity [P, K]: units per year or GW; output_per_capacity [P, K]: units made in the base
    year by a unit of capacity; available [P, K]: share of the base year in which capacity existed; sales_per_unit
    [P, S]: m CNY; vintage_share [S, years from FIRST_YEAR to the base year]: share of capacity by building year.
    route_*, first_route: as in `RouteTable`. fleet_*: the vintages of power plants, one element each: province, route,
    owner (index of OWNERS), first and last building year, GW.
    """

    sectors: tuple[str, ...]
    firms_default: Array
    size_log_sd: Array
    cohort: Integers
    capacity: Array
    output_per_capacity: Array
    available: Array
    sales_per_unit: Array
    vintage_share: Array
    route_sector: Integers
    route_family: Integers
    route_lifetime: Array
    route_relining: Array
    route_available_from: Array
    route_retrofit_of: Integers
    fleet_province: Integers
    fleet_route: Integers
    fleet_owner: Integers
    fleet_from: Array
    fleet_to: Array
    fleet_gw: Array


class PopulationParameters(NamedTuple):
    """How firms differ; every field is the row of parameters.csv of its name, but for `state_share` [S]."""

    state_share: Array
    firm_count_exponent: float
    group_member_share: float
    group_size_mean: float
    hurdle_rate_state: float
    hurdle_rate_private: float
    hurdle_rate_sd: float
    hurdle_rate_utility_discount: float
    hurdle_rate_minimum: float
    hurdle_rate_maximum: float
    payback_mean: float
    payback_sd: float
    initial_markup: float
    initial_credibility: float
    initial_liquidity_share: float
    initial_liquidity_share_power: float
    # Expert assumptions. The five large generators ran about 0.94 of 2.2 TW in 2020 (company reports, from memory);
    # the state owned about 1.7 TW.
    initial_expected_growth: float = 0.04
    large_generator_share: float = 0.55


def population_parameters(sectors: Sequence[str], values: Mapping[str, float]) -> PopulationParameters:
    """The parameters of the population among all `values` of parameters.csv (or of a member's draw of it).

    Sectors without a row `state_share_SECTOR` are private: their cohorts stand for many small firms and households.
    """
    known = {**PopulationParameters._field_defaults, **values}
    names = [name for name in PopulationParameters._fields if name != "state_share"]
    missing = sorted(set(names) - set(known))
    if missing:
        raise KeyError(f"the population needs the parameters {', '.join(missing)}; parameters.csv has no such rows")
    shares = np.array([values.get(f"state_share_{sector.lower()}", 0.0) for sector in sectors])
    return PopulationParameters(state_share=shares, **{name: known[name] for name in names})


@cache
def load_population_tables() -> PopulationTables:
    """The marginals from the shipped tables."""
    base = load_base_year("base", "national")
    sectors = read_table("sectors").set_index("sector").loc[list(base.names.sectors)]
    fleet = read_table("power_vintages")
    capacity = _industry_capacity(base) + _power_capacity(base, fleet)
    return PopulationTables(
        sectors=base.names.sectors,
        firms_default=sectors["firms_default"].to_numpy(dtype=np.float64),
        size_log_sd=sectors["size_log_sd"].to_numpy(dtype=np.float64),
        cohort=np.array(sectors["agents"] == "cohort", dtype=np.int64),
        capacity=capacity,
        output_per_capacity=_output_per_capacity(base, capacity),
        available=_available(base),
        sales_per_unit=_sales_per_unit(base),
        vintage_share=_vintage_share(base.names),
        **_route_columns(base),
        **_fleet_columns(base, fleet),
    )


def _route_columns(base: BaseYear) -> dict[str, Any]:
    routes = base.routes
    return {
        "route_sector": routes.sector,
        "route_family": routes.family,
        "route_lifetime": routes.lifetime_years,
        "route_relining": routes.relining_years,
        "route_available_from": routes.available_from,
        "route_retrofit_of": routes.retrofit_of,
    }


def _fleet_columns(base: BaseYear, fleet: pd.DataFrame) -> dict[str, Any]:
    places = {name: index for index, name in enumerate(base.names.provinces)}
    owners = {name: index for index, name in enumerate(OWNERS)}
    power = {name: k for k, name in enumerate(base.routes.names) if base.routes.sector[k] == POWER}
    return {
        "fleet_province": fleet["province"].map(places).to_numpy(dtype=np.int64),
        "fleet_route": fleet["technology"].map(power).to_numpy(dtype=np.int64),
        "fleet_owner": fleet["owner"].map(owners).to_numpy(dtype=np.int64),
        "fleet_from": fleet["build_year_from"].to_numpy(dtype=np.float64),
        "fleet_to": fleet["build_year_to"].to_numpy(dtype=np.float64),
        "fleet_gw": fleet["capacity_gw"].to_numpy(dtype=np.float64),
    }


def _industry_capacity(base: BaseYear) -> Array:
    """C_k = a_k X / sum_k(a_k u_k): capacity by route [P, K] of which normal use makes exactly the base output X.

    a: share of capacity by route (route_shares.csv); u: normal utilisation (routes.csv). Outside power.
    """
    table, routes = read_table("route_shares"), base.routes
    keys = [f"{base.names.sectors[s]} {name}" for s, name in zip(routes.sector, routes.names, strict=True)]
    table = table.assign(key=table["sector"] + " " + table["route"])
    share = fill_array(table, (("province", base.names.provinces), ("key", keys)), "capacity_share")
    used = np.zeros_like(base.economy.physical_output)
    for k, sector in enumerate(routes.sector):
        used[:, sector] += share[:, k] * routes.utilisation[k]
    made = base.economy.physical_output
    total = np.divide(made, used, out=np.zeros_like(made), where=used > 0.0)
    total[:, POWER] = 0.0
    return np.asarray(share * total[:, routes.sector])


def _power_capacity(base: BaseYear, fleet: pd.DataFrame) -> Array:
    """Capacity of power plants in GW by route [P, K]: the sum of their vintages."""
    capacity = np.zeros((len(base.names.provinces), len(base.routes.names)))
    columns = _fleet_columns(base, fleet)
    np.add.at(capacity, (columns["fleet_province"], columns["fleet_route"]), columns["fleet_gw"])
    return capacity


def _output_per_capacity(base: BaseYear, capacity: Array) -> Array:
    """Units made in the base year per unit of capacity [P, K]; TWh per GW for power.

    Outside power it is the normal utilisation. The three coal classes share coal's generation by capacity x normal
    utilisation.
    """
    routes = base.routes
    yields = np.repeat(routes.utilisation[None, :], capacity.shape[0], axis=0)
    for technology in range(len(TECHNOLOGIES)):
        rows = np.flatnonzero(routes.technology == technology)
        full = (capacity[:, rows] * routes.utilisation[rows]).sum(axis=1)
        made = base.power.generation_twh[:, technology]
        factor = np.divide(made, full, out=np.zeros_like(made), where=full > 0.0)
        yields[:, rows] = factor[:, None] * routes.utilisation[rows]
    return yields


def _available(base: BaseYear) -> Array:
    """Share of the base year in which capacity existed [P, K]: (previous + first-year share x added) / capacity.

    One outside power. Where plants closed during the year it is a little above one, as in power_capacity.csv, whose
    capacity factors refer to it.
    """
    axes = (("province", base.names.provinces), ("technology", TECHNOLOGIES))
    before, now = fill_array(read_table("power_capacity"), axes, "capacity_previous_gw"), base.power.capacity_gw
    effective = before + base.power.first_year_share * (now - before)
    share = np.divide(effective, now, out=np.ones_like(now), where=now > 0.0)
    power = base.routes.technology >= 0
    available = np.ones((now.shape[0], power.size))
    available[:, power] = share[:, base.routes.technology[power]]
    return available


def _sales_per_unit(base: BaseYear) -> Array:
    """Sales in m CNY per unit made [P, S]: gross output over physical output; for power the benchmark tariff.

    The national mean where a cell makes something and books no value.
    """
    value, made = base.economy.output_bn_cny * 1000.0, base.economy.physical_output
    mean = value.sum(axis=0) / made.sum(axis=0)
    unit_value = np.divide(value, made, out=np.zeros_like(made), where=made > 0.0)
    unit_value = np.where(unit_value > 0.0, unit_value, mean[None, :])
    unit_value[:, POWER] = base.power.benchmark_tariff
    return unit_value


def _vintage_share(names: Names) -> Array:
    """Share of capacity by building year [S, year], even inside each bucket of vintages.csv."""
    share = np.zeros((len(names.sectors), BASE_YEAR - FIRST_YEAR + 1))
    columns = ["sector", "build_year_from", "build_year_to", "share"]
    for code, first, last, part in read_table("vintages")[columns].to_numpy():
        share[names.sectors.index(code), first - FIRST_YEAR : last - FIRST_YEAR + 1] += part / (last - first + 1)
    return share
