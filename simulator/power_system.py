"""The power system of a run: its state and work space, made once, and what grid operators perceive of it.

P provinces, T technologies, B blocks, L lines, K routes.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from agents.compiled import rows_of
from agents.firm_record import SLOTS
from agents.grid_operator import CANDIDATES, AdequacyView, MarketView
from agents.grid_operator_heat import HeatView
from agents.grid_operator_record import BLOCKS_PER_SEASON, SEASONS, OperatorParameters, OperatorState
from agents.grid_operator_roofs import RoofParameters
from agents.grid_operator_schedule import ScheduleView
from simulator import power, power_merit, power_settlement, power_value
from simulator.base_year import GW_YEAR_TWH, POWER, TECHNOLOGIES
from simulator.electricity import Grid, market_rules
from simulator.power_lines import Corridors, LinePlan
from simulator.power_trade import Network, new_workspace
from simulator.power_year import Calendar, YearOfPower, surroundings_of
from simulator.setting import Setting

if TYPE_CHECKING:
    from simulator.world import World

STEPS = 10


class PowerSystem:
    """State and work space of the power system of one run."""

    def __init__(self, setting: Setting, generators: int) -> None:
        table, own = setting.base.power, setting.parameters
        self.parameters = OperatorParameters(**{name: own[name] for name in OperatorParameters._fields})
        # In the frozen run every heat plant is replaced like for like.
        frozen = setting.config.simulation.frozen
        self.heat_parameters = self.parameters._replace(heat_plant_lifetime=np.inf) if frozen else self.parameters
        routes, people = setting.base.names.routes, setting.base.population_million
        self.coal_route, self.solar_route = routes.index(("POW", "coal_ultra")), routes.index(("POW", "solar"))
        # Panels that roofs could hold, in GW [P], by population.
        self.roof_potential_gw = own["roof_solar_potential_gw"] * people / people.sum()
        self.roof_parameters = RoofParameters(**{name: own[name] for name in RoofParameters._fields})
        self.operators = OperatorState.table(table.load_twh.size)
        self.operator_rows = rows_of(self.operators)
        self.calendar = Calendar(table.hours, table.vehicle_profile, table.heat_pump_profile)
        self.surroundings = surroundings_of(table, setting.calibration.load_factor)
        self.plants = power_merit.no_plants(generators * SLOTS, self.operators.size)
        self._set_up_operators(setting)
        self._set_up_lines(setting)
        self._set_up_market(generators, own["value_of_lost_load"])
        self._set_up_values(setting)
        self.outlook = self._empty_outlook(own)
        # What operators see after the market: until tariffs may move further, and since.
        self.market_views = self._market_view(own, "tariff_band_before"), self._market_view(own, "tariff_band")
        self.closing_gw = np.zeros(self.outlook.pipeline_gw.shape)
        # The grid holds these arrays once and for all: from here on they may be filled, but none may be replaced.
        self.grid = self._grid(setting)
        self.peak_gw[:] = (table.load_profile.max(axis=1) * table.load_twh / GW_YEAR_TWH) * table.peak_factor

    def _set_up_lines(self, setting: Setting) -> None:
        """Lines as they stood, and arrays for their contracts and limits."""
        table = setting.base.power
        blocks, lines = table.hours.size, len(table.line_names)
        first = np.where(table.line_year <= setting.years[0], table.line_capacity_gw, 0.0)
        seasons = np.ascontiguousarray(table.line_shape[:, ::BLOCKS_PER_SEASON])
        self.network = Network(
            table.line_origin,
            table.line_destination,
            table.line_loss,
            np.full(lines, setting.parameters["wheeling_charge"]),
        )
        self.corridors = Corridors(table.line_year, table.line_capacity_gw, first, table.line_base_twh, seasons)
        self.line_capacity_gw, self.base_flow_twh = first.copy(), np.zeros(lines)
        self.season_flow_gw = np.zeros((SEASONS, lines))
        self.contract_gw, self.lower_gw, self.upper_gw = np.zeros((3, blocks, lines))
        # What plans have ordered so far that is in service by then.
        self.ordered_gw = np.zeros((len(setting.years) + 10, lines))
        self.rent_history = np.zeros((len(setting.years), lines))

    def _set_up_market(self, generators: int, value_of_lost_load: float) -> None:
        """Arrays in which a year is cleared and booked."""
        provinces, (blocks, lines) = self.operators.size, self.contract_gw.shape
        self.merit = power_merit.empty_merit_order(generators * SLOTS, provinces, STEPS)
        self.supply = power.empty_supply(blocks, provinces, STEPS, value_of_lost_load)
        self.dispatch = power.empty_dispatch(blocks, provinces, STEPS, lines)
        self.books = power_settlement.empty_settlement(provinces, STEPS)
        self.peak_gw = self.books.peak_gw
        self.work = new_workspace(self.network, provinces, STEPS)
        self.lines = power_settlement.empty_line_year(lines)
        self.ration = np.zeros((provinces, power_settlement.SECTOR_GROUPS))
        # See `simulator.industry.measure_loads`.
        self.loads_twh = np.zeros((4, provinces))

    def _grid(self, setting: Setting) -> Grid:
        """All that a year of power is cleared in, as one."""
        own = setting.parameters
        return Grid(
            parameters=self.parameters,
            hours=setting.base.power.hours,
            technology=setting.base.routes.technology,
            calendar=self.calendar,
            corridors=self.corridors,
            plan=LinePlan(setting.years[0], self.ordered_gw, setting.line_additions, own["new_line_use"], np.ones(1)),
            rules=market_rules(setting.config.power.market == "unified", own),
            surroundings=self.surroundings,
            operators=self.operator_rows,
            plants=self.plants,
            merit=self.merit,
            supply=self.supply,
            network=self.network,
            line_capacity_gw=self.line_capacity_gw,
            usual_twh=self.base_flow_twh,
            season_flow_gw=self.season_flow_gw,
            contract_gw=self.contract_gw,
            lower_gw=self.lower_gw,
            upper_gw=self.upper_gw,
            work=self.work,
            dispatch=self.dispatch,
            books=self.books,
            lines=self.lines,
        )

    def _set_up_values(self, setting: Setting) -> None:
        """What power is worth, by route [P, K] and technology [P, T]: see `simulator.power_value.Values`."""
        table, places = setting.base.power, self.operators.size
        self.shapes = power_value.shapes_of(table)
        self.usual_twh_per_gw = table.capacity_factor * GW_YEAR_TWH
        self.base_coal_cost = np.zeros(places)
        by_route = np.zeros((5, places, len(setting.base.routes.names)))
        self.running_cost, self.power_price, self.capacity_payment, self.margin, self.carbon_exposure = by_route
        self.curtailment, self.sold, self.expected, self.hours = np.zeros((4, *table.capacity_gw.shape))

    def _empty_outlook(self, own: Mapping[str, float]) -> AdequacyView:
        """Arrays for `simulator.adequacy.adequacy_view`, made once and filled every year."""
        provinces, technologies = self.curtailment.shape
        return AdequacyView(
            hours=self.calendar.hours,
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
        operators["heat_capacity_gw"] = setting.heat_capacity_gw
        operators["chp_heat_per_gw"] = setting.chp_heat_per_gw

    def make_views(self, world: "World") -> None:
        """Views that also show what lies outside the power system, made once all of the world is there; they last."""
        weather, sectors, base = world.weather, world.costs.sectors, world.setting.base
        hours, places = self.calendar.hours, self.operators.size
        electricity, vehicles, warmth, heat_index = self.loads_twh
        self.schedule_view = ScheduleView(hours, world.signal("coal_minimum_load_share"), self.parameters)
        self.year = YearOfPower(
            electricity=electricity,
            vehicles=vehicles,
            warmth=warmth,
            heat_index=heat_index,
            wind=weather.wind,
            sun=weather.sun,
            water=weather.water,
            heat=weather.heat,
            river=world.signal("hydro_availability_multiplier"),
            costs=sectors[:, POWER],
            moratorium=world.signal("approval_moratorium")[:, self.coal_route],
        )
        self.heat_view = HeatView(
            hours=hours,
            pump_shape=self.calendar.pump_shape,
            fuel_price=world.fuel_price,
            carbon_price=np.zeros(places),
            emission_factor=base.emission_factor,
            coal_boiler_allowed=np.zeros(places),
            parameters=self.heat_parameters,
        )
        self.valuation = power_value.valuation_of(world)

    def market_view(self, world: "World") -> MarketView:
        """What operators see after the market."""
        return self.market_views[world.year >= world.setting.parameters["tariff_band_year"]]

    def _market_view(self, own: Mapping[str, float], band: str) -> MarketView:
        return MarketView(self.calendar.hours, own[band], own["surcharge_change"], self.parameters)
