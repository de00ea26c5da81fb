"""The power system of a run: what generators and loads bring to the operators, the market, and what it leaves.

A year: `prepare` fills the operators' records, the operators decide (heat, water, storage, coal units), `clear` runs
the market and hands its results to the generators' plants. P provinces, T technologies, B blocks, L lines, K routes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from agents import grid_operator_heat
from agents.compiled import rows_of, rule
from agents.firm_record import EMPTY, SLOTS
from agents.grid_operator import CANDIDATES, AdequacyView, MarketView
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import (
    BIOMASS,
    COAL,
    GAS,
    HYDRO,
    NUCLEAR,
    VARIABLE,
    OperatorParameters,
    OperatorState,
)
from agents.grid_operator_schedule import ScheduleView
from simulator import power, power_lines, power_settlement, power_value
from simulator.base_year import GW_YEAR_TWH, POWER, TECHNOLOGIES
from simulator.power_trade import Network, new_workspace
from simulator.setting import Setting
from simulator.tables import Array

if TYPE_CHECKING:
    from simulator.world import World

STEPS = 10
# Steps are cut half by capacity, half by cost, so that dear plants stand apart even where they are few.
CAPACITY_WEIGHT = 0.5
MW_HOURS = 1000.0


class PowerSystem:
    """State and work space of the power system of one run."""

    def __init__(self, setting: Setting, generators: int) -> None:
        table, own = setting.base.power, setting.parameters
        provinces, blocks, lines = table.load_twh.size, table.hours.size, len(table.line_names)
        self.parameters = OperatorParameters(**{name: own[name] for name in OperatorParameters._fields})
        self.operators = OperatorState.table(provinces)
        self.operator_rows = rows_of(self.operators)
        self._set_up_operators(setting)
        self.network = Network(
            table.line_origin, table.line_destination, table.line_loss, np.full(lines, own["wheeling_charge"])
        )
        self.plants = plant_arrays(generators)
        self.merit = power.empty_merit_order(generators * SLOTS, provinces, STEPS)
        self.supply = power.empty_supply(blocks, provinces, STEPS, own["value_of_lost_load"])
        self.dispatch = power.empty_dispatch(blocks, provinces, STEPS, lines)
        self.books = power_settlement.empty_settlement(provinces, STEPS)
        self.work = new_workspace(self.network, provinces, STEPS)
        self.contract_gw = np.zeros((blocks, lines))
        self.lower_gw, self.upper_gw = np.zeros((blocks, lines)), np.zeros((blocks, lines))
        self.line_capacity_gw = np.where(table.line_year <= setting.years[0], table.line_capacity_gw, 0.0)
        self.line_orders = np.zeros((len(setting.years) + 10, lines))
        self.base_flow_twh = np.zeros(lines)
        self.rent_history = np.zeros((len(setting.years), lines))
        self.lines = power_settlement.settle_lines(
            self.network, self.line_capacity_gw, table.hours, self.dispatch.flow_gw
        )
        self.ration = np.zeros((provinces, power_settlement.SECTOR_GROUPS))
        self.curtailment = np.zeros((provinces, table.capacity_gw.shape[1]))
        self.peak_gw = (table.load_profile.max(axis=1) * table.load_twh / GW_YEAR_TWH) * table.peak_factor
        routes = len(setting.base.routes.names)
        self.margin = np.zeros((provinces, routes))
        self.carbon_exposure = np.zeros((provinces, routes))
        self.power_price = np.zeros((provinces, routes))
        self.running_cost = np.zeros((provinces, routes))
        self.capacity_payment = np.zeros((provinces, routes))
        self.shapes = power_value.shapes_of(table)
        self.base_coal_cost = np.zeros(provinces)
        self.outlook = self._empty_outlook(own, table.hours)
        self.closing_gw = np.zeros(self.outlook.pipeline_gw.shape)

    def _empty_outlook(self, own: Mapping[str, float], hours: Array) -> AdequacyView:
        """Arrays for `simulator.adequacy.adequacy_view`, made once and filled every year."""
        provinces, technologies = self.curtailment.shape
        return AdequacyView(
            hours=hours,
            load_growth=np.zeros(provinces),
            pipeline_gw=np.zeros((provinces, technologies)),
            firm_credit=np.array([own[f"firm_capacity_credit_{one}"] for one in TECHNOLOGIES]),
            fixed_cost=np.zeros(len(CANDIDATES)),
            running_cost=np.zeros((provinces, len(CANDIDATES))),
            allowed=np.zeros((provinces, len(CANDIDATES))),
            room_gw=np.zeros((provinces, len(CANDIDATES))),
            parameters=self.parameters,
        )

    def _set_up_operators(self, setting: Setting) -> None:
        table = setting.base.power
        operators = self.operator_rows
        operators["operator"] = np.arange(operators.size)
        operators["benchmark_tariff"] = table.benchmark_tariff
        operators["transmission_charge"] = table.transmission_charge
        operators["peak_factor"] = table.peak_factor
        operators["tariff"] = table.benchmark_tariff + table.transmission_charge
        operators["expected_price"] = table.benchmark_tariff[:, None]
        operators["thermal_use"] = self.parameters.thermal_use_reference
        operators["capacity_gw"] = table.capacity_gw
        operators["heat_demand_pj"] = table.heat_pj[:, None] * table.heat_season
        seen = self._base_heat_view(setting)
        for operator, heat_share in zip(self.operators, table.heat_share, strict=True):
            grid_operator_heat.set_up_heat(operator, heat_share, seen)

    def _base_heat_view(self, setting: Setting) -> HeatView:
        zero = np.zeros(self.operators.size)
        return heat_view(setting, self.parameters, setting.base.fuel_price, zero, np.ones(self.operators.size))

    def schedule_view(self, world: "World") -> ScheduleView:
        """What operators know when they schedule."""
        return ScheduleView(world.setting.base.power.hours, world.signal("coal_minimum_load_share"), self.parameters)

    def market_view(self, world: "World") -> MarketView:
        """What operators see after the market."""
        own = world.setting.parameters
        early = world.year < own["tariff_band_year"]
        band = own["tariff_band_before"] if early else own["tariff_band"]
        return MarketView(world.setting.base.power.hours, band, own["surcharge_change"], self.parameters)

    def heat_view(self, world: "World") -> HeatView:
        """What operators see of heat: fuel and carbon prices of their province."""
        carbon = world.costs.carbon_price[:, POWER] + world.costs.carbon_adder[:, POWER]
        # What bars coal power from a province bars coal boilers too.
        coal = world.setting.base.names.routes.index(("POW", "coal_ultra"))
        allowed = 1.0 - world.signal("approval_moratorium")[:, coal]
        own = self.parameters
        if world.setting.config.simulation.frozen:
            # Every heat plant is replaced like for like.
            own = own._replace(heat_plant_lifetime=np.inf)
        return heat_view(world.setting, own, world.fuel_price, carbon, allowed)


def heat_view(
    setting: Setting, own: OperatorParameters, fuel_price: Array, carbon_price: Array, allowed: Array
) -> HeatView:
    """What operators see of heat."""
    table = setting.base.power
    return HeatView(
        table.hours, table.heat_pump_profile, fuel_price, carbon_price, setting.base.emission_factor, allowed, own
    )


class Plants:
    """Generators' plants in the order of provinces: firm row, slot, thermal capacity, cost and class."""

    def __init__(self, count: int) -> None:
        self.row = np.zeros(count, np.int64)
        self.slot = np.zeros(count, np.int64)
        self.capacity_gw = np.zeros(count)
        self.cost = np.zeros(count)
        self.thermal_class = np.zeros(count, np.int64)
        self.start = np.zeros(0, np.int64)


def plant_arrays(generators: int) -> Plants:
    """Arrays for `list_plants`, made once."""
    return Plants(generators * SLOTS)


@rule
def list_plants(
    firms: Any,
    rows: Array,
    technology: Array,
    plant_row: Array,
    plant_slot: Array,
    capacity_gw: Array,
    cost: Array,
    thermal_class: Array,
    fleet_gw: Array,
) -> None:
    """Fill the plants of all generators, and the fleet that works this year, fleet_gw [P, T]."""
    fleet_gw[:] = 0.0
    plant = 0
    for row in rows:
        firm = firms[row]
        for slot in range(SLOTS):
            plant_row[plant], plant_slot[plant] = row, slot
            capacity_gw[plant], cost[plant], thermal_class[plant] = 0.0, 0.0, 0
            route = firm.slot_route[slot]
            if route != EMPTY:
                kind = technology[route]
                works = firm.slot_capacity[slot] * firm.slot_available[slot]
                fleet_gw[firm.province, kind] += works
                if kind in (COAL, GAS, BIOMASS):
                    capacity_gw[plant] = works
                    cost[plant] = firm.slot_cost[slot]
                    thermal_class[plant] = 0 if kind == COAL else (1 if kind == GAS else 2)
            plant += 1


@rule
def hand_out_generation(
    firms: Any,
    plant_row: Array,
    plant_slot: Array,
    step: Array,
    technology: Array,
    hours: Array,
    generation_twh: Array,
    fleet_gw: Array,
) -> None:
    """Fill slot_output of generators in TWh: thermal plants by the hours of their step, others by capacity."""
    for plant in range(plant_row.size):
        firm = firms[plant_row[plant]]
        slot = plant_slot[plant]
        route = firm.slot_route[slot]
        firm.slot_output[slot] = 0.0
        if route == EMPTY:
            continue
        kind = technology[route]
        works = firm.slot_capacity[slot] * firm.slot_available[slot]
        if kind in (COAL, GAS, BIOMASS):
            thermal = 0 if kind == COAL else (1 if kind == GAS else 2)
            firm.slot_output[slot] = works * hours[firm.province, step[plant], thermal] / MW_HOURS
        elif fleet_gw[firm.province, kind] > 0.0:
            share = works / fleet_gw[firm.province, kind]
            firm.slot_output[slot] = share * generation_twh[firm.province, kind]


def prepare(world: "World", electricity_twh: Array, vehicles_twh: Array, warmth_twh: Array, heat_index: Array) -> None:
    """Fill the operators' records: fleet, load, wind, sun, water, heat and contracts of the year.

    electricity_twh [P]: what sectors use at the meter; vehicles_twh, warmth_twh [P]: parts of it with a shape of
    their own; heat_index [P]: heat demand relative to the base year.
    """
    system, setting = world.power, world.setting
    table, operators = setting.base.power, system.operator_rows
    rows = world.index.rows[: world.generators]
    plants = system.plants
    list_plants(
        world.firm_rows,
        rows,
        setting.base.routes.technology,
        plants.row,
        plants.slot,
        plants.capacity_gw,
        plants.cost,
        plants.thermal_class,
        operators["capacity_gw"],
    )
    plants.start = np.append(world.index.start[POWER], world.index.stop[POWER, -1]) * SLOTS
    factor = setting.calibration.load_factor / GW_YEAR_TWH
    plain = electricity_twh - vehicles_twh - warmth_twh
    operators["load_gw"] = factor[:, None] * (
        plain[:, None] * table.load_profile
        + vehicles_twh[:, None] * table.vehicle_profile
        + warmth_twh[:, None] * table.heat_pump_profile
    )
    renewable_supply(world)
    operators["heat_demand_pj"] = (table.heat_pj * heat_index * world.weather.heat)[:, None] * table.heat_season
    operators["planned_share"] = planned_shares(world)
    prepare_lines(world)


def planned_shares(world: "World") -> Array:
    """Output planned whatever the price [P, 3]: biomass as built, gas as much as in the base year, coal none."""
    table, now = world.setting.base.power, world.power.operator_rows["capacity_gw"]
    planned = np.zeros((now.shape[0], 3))
    usual = np.clip(table.capacity_factor, 0.0, 1.0)
    then = table.generation_twh[:, GAS] / GW_YEAR_TWH
    planned[:, 1] = np.minimum(usual[:, GAS], then / np.maximum(now[:, GAS], 1e-9))
    planned[:, 2] = usual[:, BIOMASS]
    return planned


def renewable_supply(world: "World") -> None:
    """Wind, sun, nuclear and water of the year, from the fleet, base-year capacity factors and the weather."""
    table, operators = world.setting.base.power, world.power.operator_rows
    available = operators["capacity_gw"] * table.capacity_factor
    luck = (world.weather.wind, world.weather.wind, world.weather.sun)
    profiles = (table.wind_profile, table.offshore_profile, table.solar_profile)
    for kind, technology in enumerate(VARIABLE):
        level = available[:, technology] * luck[kind]
        full = operators["capacity_gw"][:, technology, None]
        operators["variable_gw"][:, kind] = np.minimum(level[:, None] * profiles[kind], full)
    operators["nuclear_gw"] = available[:, NUCLEAR, None]
    water = available[:, HYDRO] * world.weather.water * world.signal("hydro_availability_multiplier")
    flow = water[:, None] * table.hydro_profile * table.hours / MW_HOURS
    operators["hydro_inflow_twh"] = flow.reshape(flow.shape[0], 4, -1).sum(axis=2)


def prepare_lines(world: "World") -> None:
    """Lines in service, their contracts, and what the operators have contracted."""
    system, setting = world.power, world.setting
    table = setting.base.power
    open_lines = setting.config.trade.lines == "open" or world.year <= setting.years[0]
    exists = np.where(table.line_year <= setting.years[world.i], table.line_capacity_gw, 0.0)
    ordered = system.line_orders[: world.i + 1].sum(axis=0)
    extra = world.line_additions()
    system.line_capacity_gw = (exists + ordered + extra) * float(open_lines)
    # The flows of the base year are data: all of them count as contracts, and nothing is traded beside them.
    base_year = world.year == setting.years[0]
    frozen = setting.config.simulation.frozen
    world.contracted_share = 1.0 if base_year or frozen else float(world.signal("contracted_share"))
    season_shape = table.line_shape[:, :: table.line_shape.shape[1] // 4]
    power_lines.base_flows(
        table.line_base_twh,
        np.where(table.line_year <= setting.years[0], table.line_capacity_gw, 0.0),
        system.line_capacity_gw,
        setting.parameters["new_line_use"],
        system.base_flow_twh,
    )
    agree(system, season_shape, 1.0)
    system.operator_rows["usual_export_gw"] = system.operator_rows["contracted_export_gw"]
    agree(system, season_shape, world.contracted_share)


def agree(system: PowerSystem, season_shape: Array, share: float) -> None:
    """Contract a share of the usual flow of every line, and tell the operators."""
    power_lines.contract_flows(system.base_flow_twh, season_shape, system.line_capacity_gw, share, system.contract_gw)
    power_lines.contracted_exports(system.network, system.contract_gw, system.operator_rows)


def clear(world: "World") -> None:
    """Run the market, book the year, and hand generation out to plants."""
    offer(world)
    trade(world)
    system, setting = world.power, world.setting
    table, plants, operators = setting.base.power, system.plants, system.operator_rows
    power_settlement.settle(operators, table.hours, system.merit, system.dispatch, system.parameters, system.books)
    system.lines = power_settlement.settle_lines(
        system.network, system.line_capacity_gw, table.hours, system.dispatch.flow_gw
    )
    hand_out_generation(
        world.firm_rows,
        plants.row,
        plants.slot,
        system.merit.step,
        setting.base.routes.technology,
        system.books.full_load_hours,
        system.books.generation_twh,
        operators["capacity_gw"],
    )
    system.peak_gw = (operators["load_gw"] + operators["heat_pump_gw"]).max(axis=1) * table.peak_factor


def offer(world: "World") -> None:
    """What plants offer in order of cost, contracts between provinces already honoured."""
    system, plants = world.power, world.power.plants
    power.merit_order(
        plants.start, plants.capacity_gw, plants.cost, plants.thermal_class, CAPACITY_WEIGHT, system.merit
    )
    power.assemble_supply(system.operator_rows, system.merit, system.supply)
    power_lines.honour_contracts(system.supply, system.network, system.contract_gw)


def trade(world: "World") -> None:
    """Clear the market over the lines that contracts leave open; a unified market asks no margin at borders."""
    system, own = world.power, world.setting.parameters
    unified = world.setting.config.power.market == "unified"
    power_lines.open_to_trade(
        system.contract_gw, system.line_capacity_gw, world.contracted_share, system.lower_gw, system.upper_gw
    )
    loss, asked = world.setting.base.power.line_loss, 0.0 if unified else 1.0
    power_lines.line_friction(loss, own["wheeling_charge"], system.operator_rows, system.network, asked)
    power.clear(
        system.supply,
        system.network,
        system.line_capacity_gw,
        system.contract_gw,
        system.lower_gw,
        system.upper_gw,
        power.UNIFIED if unified else power.BILATERAL,
        int(own["market_rounds"]),
        True,
        system.work,
        system.dispatch,
    )


def heat_co2_mt(world: "World") -> Array:
    """CO2 of heat plants [P] in Mt."""
    factor = world.setting.base.emission_factor
    operators = world.power.operator_rows
    return np.asarray(operators["heat_coal_pj"] * factor[0] + operators["heat_gas_pj"] * factor[2])
