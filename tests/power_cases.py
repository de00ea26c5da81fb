"""Cases for the power tests: small random networks, and the national system of the base year from the shipped tables.

Plants of the national case are synthetic: sizes and costs are drawn, capacity by province and technology is real.
Run as a script it prints a checksum of everything that the national case makes, to compare compiled and plain Python.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from agents import grid_operator
from agents.grid_operator import MarketView
from agents.grid_operator_heat import HeatView, beside_chp, heat_at_first
from agents.grid_operator_record import (
    BIOMASS,
    CHP,
    COAL,
    GAS,
    HYDRO,
    NUCLEAR,
    THERMAL,
    VARIABLE,
    OperatorParameters,
    OperatorState,
)
from agents.grid_operator_schedule import ScheduleView
from simulator import power, power_lines, power_merit, power_settlement
from simulator.power import Dispatch, Supply
from simulator.power_trade import Network, new_workspace

DATA = Path(power.__file__).parent / "data"
TECHNOLOGIES = ("coal", "gas", "nuclear", "hydro", "pumped", "onshore_wind", "offshore_wind", "solar", "biomass")
TECHNOLOGIES += ("battery",)
SEASONS = ("winter", "spring", "summer", "autumn")
STEPS = 10


class Case(NamedTuple):
    """Everything of a national year."""

    operators: np.ndarray
    hours: np.ndarray
    parameters: OperatorParameters
    generation_twh: np.ndarray  # [P, T] as in the tables
    heat_share: np.ndarray
    heat_view: HeatView
    network: Network
    capacity_gw: np.ndarray
    contract_gw: np.ndarray
    lower_gw: np.ndarray
    upper_gw: np.ndarray
    plant: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # start, capacity, cost, class
    merit: power_merit.MeritOrder
    supply: Supply


def set_up_heat(operator, shares, hours, reserve_share):
    """Base year: heat plants that give the shares [4] of the year's heat, with a reserve above the coldest season.

    shares: CHP, coal boiler, gas boiler, heat pump; sum 1.
    """
    highest, rate, split = heat_at_first(operator, shares, hours)
    power = operator.capacity_gw[COAL] + operator.capacity_gw[BIOMASS]
    operator.chp_heat_per_gw = rate / power if power > 0.0 else 0.0
    operator.heat_capacity_gw[CHP] = rate
    operator.heat_capacity_gw[CHP + 1 :] = beside_chp(highest, rate, reserve_share) * split


def table(name):
    return pd.read_csv(DATA / f"{name}.csv")


def operator_parameters(**changes):
    values = table("parameters").set_index("name")["value"]
    given = {name: float(values[name]) for name in OperatorParameters._fields}
    return OperatorParameters(**{**given, **changes})


def run(supply, network, capacity, contract, lower, upper, market, rounds=3, mutual_aid=False) -> Dispatch:
    blocks, provinces, steps = supply.step_gw.shape
    dispatch = power.empty_dispatch(blocks, provinces, steps, capacity.size)
    work = new_workspace(network, provinces, steps)
    power.clear(supply, network, capacity, contract, lower, upper, market, rounds, mutual_aid, work, dispatch)
    return dispatch


def imbalance(supply, network, dispatch):
    """Largest |supply + received - sent - served load| of all provinces and blocks, GW."""
    left = dispatch.free_used_gw + dispatch.step_used_gw.sum(axis=2) + dispatch.unserved_gw - supply.load_gw
    for line in range(network.origin.size):
        flow = dispatch.flow_gw[:, line]
        kept = 1.0 - network.loss_share[line]
        left[:, network.origin[line]] -= np.where(flow > 0, flow, kept * flow)
        left[:, network.destination[line]] += np.where(flow > 0, kept * flow, flow)
    return float(np.abs(left).max())


def random_case(seed, provinces=8, lines=14, blocks=6, steps=4, losses=True):
    """A connected random network with free supply, a ladder of steps and line limits; supplies, network, capacity."""
    rng = np.random.default_rng(seed)
    pairs = {(int(rng.integers(0, p)), p) for p in range(1, provinces)}
    while len(pairs) < min(lines, provinces * (provinces - 1) // 2):
        a, b = sorted(int(x) for x in rng.choice(provinces, 2, replace=False))
        pairs.add((a, b))
    ends = np.array(sorted(pairs), dtype=np.int64)
    network = Network(
        np.ascontiguousarray(ends[:, 0]),
        np.ascontiguousarray(ends[:, 1]),
        rng.uniform(0.005, 0.1, len(ends)) * losses,
        rng.uniform(0.0, 60.0, len(ends)),
    )
    size = rng.lognormal(3.0, 0.7, provinces)
    supply = Supply(
        size * rng.uniform(0.5, 1.2, (blocks, provinces)),
        size * rng.uniform(0.0, 1.1, (blocks, provinces)),
        size[:, None]
        * rng.uniform(0.0, 0.4, (blocks, provinces, steps))
        * (rng.random((blocks, provinces, steps)) < 0.8),
        np.sort(np.round(rng.uniform(100.0, 600.0, (provinces, steps)), -1), axis=1),
        5000.0,
    )
    return supply, network, rng.uniform(0.5, 12.0, len(ends))


def national_plants(capacity_gw, fuel_price, coal_rate):
    """Synthetic thermal plants: start [P + 1], capacity, cost, class."""
    rng = np.random.default_rng(2020)
    start, size, cost, kind = [0], [], [], []
    for province in range(capacity_gw.shape[0]):
        for number, (technology, count) in enumerate(((COAL, 30), (GAS, 6), (BIOMASS, 4))):
            share = rng.lognormal(0.0, 1.0, count)
            size += list(capacity_gw[province, technology] * share / share.sum())
            spread = rng.normal(1.0, 0.06, count)
            coal = fuel_price[province, 0] * 0.0293 * coal_rate[province] + 10.0
            cost += list(spread * (coal, fuel_price[province, 2] * 6.5, 400.0)[number])
            kind += [number] * count
        start.append(len(size))
    return np.array(start), np.array(size), np.array(cost), np.array(kind)


def national_operators(provinces, hours):
    """Records of the base year, and generation [P, T] as in the tables."""
    rows = {name: number for number, name in enumerate(provinces)}
    operators = OperatorState.table(len(provinces))
    operators.operator[:] = np.arange(len(provinces))
    generation = np.zeros((len(provinces), len(TECHNOLOGIES)))
    for row in table("power_capacity").itertuples():
        place = rows[row.province], TECHNOLOGIES.index(row.technology)
        new = row.first_year_share * (row.capacity_gw - row.capacity_previous_gw)
        operators.capacity_gw[place] = row.capacity_previous_gw + new
        generation[place] = row.generation_twh
    names = ("load", "solar", "hydro", "onshore_wind", "offshore_wind")
    columns = [f"{name}_relative" for name in names]
    profile = table("block_profiles").pivot_table(index="province", columns="block", values=columns)
    shape = {name: profile[f"{name}_relative"].loc[provinces].to_numpy() for name in names}
    balance = table("power_balance").set_index("province").loc[provinces]
    plain = (balance.load_twh - balance.storage_charging_twh).to_numpy()
    operators.load_gw[:] = plain[:, None] / 8.76 * shape["load"]
    operators.nuclear_gw[:] = generation[:, NUCLEAR, None] / 8.76
    for kind, technology in enumerate(VARIABLE):
        operators.variable_gw[:, kind] = generation[:, technology, None] / 8.76 * shape[TECHNOLOGIES[technology]]
    water = generation[:, HYDRO, None] / 8760.0 * shape["hydro"] * hours
    operators.hydro_inflow_twh[:] = water.reshape(len(provinces), 4, 6).sum(axis=2)
    for kind, technology in enumerate(THERMAL[1:], start=1):
        full = np.maximum(operators.capacity_gw[:, technology] * 8.76, 1e-9)
        operators.planned_share[:, kind] = np.minimum(generation[:, technology] / full, 1.0)
    operators.benchmark_tariff[:] = balance.benchmark_tariff_cny_per_mwh
    operators.transmission_charge[:] = balance.transmission_charge_cny_per_mwh
    operators.tariff[:] = operators.benchmark_tariff + operators.transmission_charge
    operators.peak_factor[:] = balance.peak_factor
    heat = table("heat").set_index("province").loc[provinces]
    operators.heat_demand_pj[:] = heat.heat_pj.to_numpy()[:, None] * heat[[f"share_{s}" for s in SEASONS]].to_numpy()
    shares = heat[["chp_share", "coal_boiler_share", "gas_boiler_share", "heat_pump_share"]].to_numpy(dtype=float)
    return operators, generation, shares, balance.coal_rate.to_numpy(dtype=float)


def national_case(contracted_share, seasons_share=None) -> Case:
    """The base year up to the market: heat, water, storage and coal units decided, contracts honoured.

    Long because it goes through the steps of a year before the market once.
    """
    parameters = operator_parameters()
    provinces = table("provinces").province.tolist()
    blocks = table("blocks")
    hours = blocks.hours.to_numpy(dtype=float) * 8760.0 / blocks.hours.sum()
    operators, generation, heat_share, coal_rate = national_operators(provinces, hours)
    price = table("fuel_prices").pivot_table(index="province", columns="carrier", values="price_cny_per_gj")
    price = price.loc[provinces, ["coal", "oil", "gas", "biomass"]].to_numpy(dtype=float)
    factor = table("emission_factors").set_index("carrier").tco2_per_gj
    heat_view = HeatView(
        hours,
        table("national_shapes").heat_pump_relative.to_numpy(dtype=float),
        price,
        np.zeros(len(provinces)),
        factor[["coal", "oil", "gas", "biomass"]].to_numpy(dtype=float),
        np.ones(len(provinces)),
        parameters,
    )
    for row in range(operators.size):
        set_up_heat(operators[row], heat_share[row], hours, parameters.heat_reserve_share)
    grid_operator.choose_all_heat_supply(operators, heat_view)

    lines = table("lines")
    rows = {name: number for number, name in enumerate(provinces)}
    network = Network(
        lines.origin.map(rows).to_numpy(dtype=np.int64),
        lines.destination.map(rows).to_numpy(dtype=np.int64),
        lines.loss_share.to_numpy(dtype=float),
        np.full(len(lines), 40.0),
    )
    capacity = np.where(lines.year <= 2020, lines.capacity_gw, 0.0).astype(float)
    season = table("line_shapes").pivot_table(index="line", columns="season", values="relative")
    season = season.loc[lines.line, list(SEASONS)].to_numpy(dtype=float)
    lower, upper, flow = np.zeros((24, capacity.size)), np.zeros((24, capacity.size)), np.zeros((4, capacity.size))
    power_lines.contract_flows(lines.base_flow_twh.to_numpy(dtype=float), season, capacity, contracted_share, flow)
    power_lines.contracted_exports(network, flow, operators)
    contract = np.repeat(flow, 6, axis=0)

    view = ScheduleView(hours, np.full(len(provinces), 0.4), parameters)
    grid_operator.find_all_residuals(operators)
    grid_operator.schedule_all_hydro(operators, view)
    grid_operator.schedule_all_storage(operators, view)
    grid_operator.commit_all_coal(operators, view)
    plant = national_plants(operators.capacity_gw, price, coal_rate)
    merit = power_merit.empty_merit_order(plant[1].size, len(provinces), STEPS)
    power_merit.merit_order(power_merit.ThermalPlants(*plant), 0.5, merit)
    supply = power.empty_supply(hours.size, len(provinces), STEPS, 5000.0)
    power.assemble_supply(operators, merit, supply)
    power_lines.honour_contracts(supply, network, contract)
    power_lines.open_to_trade(contract, capacity, contracted_share, lower, upper)
    return Case(
        operators, hours, parameters, generation, heat_share, heat_view, network, capacity, contract, lower, upper,
        plant, merit, supply,
    )  # fmt: skip


def settle(case, dispatch):
    books = power_settlement.empty_settlement(case.operators.size, STEPS)
    power_settlement.settle(case.operators, case.hours, case.merit, case.supply, dispatch, case.parameters, books)
    return books


def checksum() -> str:
    """Hash of all that the national case decides, trades and books, in both markets."""
    case = national_case(0.5)
    digest = hashlib.sha256()
    for market in (power.BILATERAL, power.UNIFIED):
        dispatch = run(
            case.supply, case.network, case.capacity_gw, case.contract_gw, case.lower_gw, case.upper_gw, market,
            mutual_aid=True,
        )  # fmt: skip
        books = settle(case, dispatch)
        view = MarketView(case.hours, 0.2, 0.0, case.parameters)
        grid_operator.ask_all_margins(case.operators, view)
        grid_operator.set_all_tariffs(case.operators, view)
        grid_operator.expect_all_markets(case.operators, view)
        for array in (*dispatch, *books, case.merit.step):
            digest.update(np.ascontiguousarray(array).tobytes())
        for name in case.operators.dtype.names:
            digest.update(np.ascontiguousarray(case.operators[name]).tobytes())
    return digest.hexdigest()


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("error")
    print(checksum())  # noqa: T201
