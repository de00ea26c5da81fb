"""The state of the world: everything that changes from year to year, and nothing else.

P provinces, S sectors, K routes, F firms. Money in m CNY, value in bn CNY of 2020, physical units of the sectors.
"""

import numpy as np

from agents.compiled import rows_of
from agents.firm import OutlookView
from agents.firm_record import CARRIERS
from agents.government_record import GovernmentState
from agents.record import copied
from simulator import costs, goods_market, market, options, projects
from simulator.allowances import Allowances
from simulator.base_year import BASE_YEAR, FUELS, POWER
from simulator.calibration import output_by_route, ratio
from simulator.census import empty_census
from simulator.electricity_flows import no_exchange
from simulator.footprints import empty_footprint
from simulator.goods_delivery import no_deliveries
from simulator.governance import Governance, first_capacity
from simulator.government_views import GovernmentViews
from simulator.green_certificates import Certificates
from simulator.industry import Industry
from simulator.investment import Investing
from simulator.lock_in import PlantTerms
from simulator.needs import own_needs
from simulator.networks import trade_weights
from simulator.paths import moving_price
from simulator.power_system import PowerSystem
from simulator.setting import Setting
from simulator.signal_table import SignalsOfYear
from simulator.tables import Array
from simulator.technology import Lessons
from simulator.weather import Climate, Weather, draw_weather, move_prices


class World:
    """One run's state. `begin_year` moves time on; the processes in the modules beside this one change the rest."""

    # Known when the first year ends: see `simulator.learning`.
    lessons: Lessons

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting = setting
        self.seed = seed
        self.year = setting.years[0] - 1
        # Position of the year in the setting's paths and signals.
        self.i = 0
        # Both of them, as compiled functions and views take them.
        self.now = np.array([self.year, self.i], dtype=np.int64)
        self.signals = SignalsOfYear(setting.signals)
        self._start_of_agents()
        self._start_of_markets()
        self._start_of_surroundings()
        self._start_of_technology()
        self._start_of_power()
        self._start_of_trade()
        self._start_of_accounts()
        self.allowances = Allowances(setting, self.costs)
        self.outlook = self._outlook()
        self.prices = self._prices()
        self.investing = Investing(self)
        self.industry = Industry(self)
        self.power.make_views(self)
        self._fuel_of_last_year()
        self.government_views = GovernmentViews(self)

    def _start_of_agents(self) -> None:
        """Firms as they stood, governments as they began."""
        base = self.setting.base
        # Record arrays for agents and readers, and the same memory as compiled loops and columns take it fastest.
        self.firms = copied(self.setting.population.firms)
        self.firm_rows = rows_of(self.firms)
        self.governments = GovernmentState.table(len(base.names.provinces))
        self.government_rows = rows_of(self.governments)
        self.government_rows["government"] = np.arange(len(base.names.provinces))
        equal = self.setting.config.governments.first_capacity == "mean"
        for holder in ("official_capacity", "research_capacity"):
            parameters = self.setting.parameters
            spread = 0.0 if equal else parameters["capacity_spread"]
            first = first_capacity(getattr(base, holder), spread, parameters[f"{holder}_shift"])
            self.government_rows[holder] = self.government_rows[f"first_{holder}"] = first
        self.government_rows["knowledge_variance"] = self.setting.parameters["initial_knowledge_variance"]
        self.governance = Governance(len(base.names.provinces), len(base.names.sectors), len(base.routes.names))
        self.generators = int((self.firm_rows["sector"] == POWER).sum())
        # Ready-made parts of `firms`: power comes first.
        self.power_firms, self.other_firms = self.firm_rows[: self.generators], self.firm_rows[self.generators :]

    def _start_of_markets(self) -> None:
        """What is made, asked for and paid in each province and sector [P, S]."""
        setting, economy = self.setting, self.setting.base.economy
        provinces, sectors = economy.output_bn_cny.shape
        self.row_of = market.rows_by_number(self.firm_rows)
        self.index = market.new_index(self.firm_rows, self.row_of, sectors, provinces)
        self.able = np.zeros(self.firm_rows.size)
        self.market_able = np.zeros((provinces, sectors))
        self.measure_capacity()
        self.base_able = self.market_able.copy()
        self.price = setting.calibration.base_price.copy()
        self.base_price = self.price.copy()
        # Price of each product of a sector in the base year [P, S, families], in m CNY per unit.
        self.base_products = np.zeros((provinces, sectors, market.FAMILIES))
        self.sourcing = economy.sourcing.copy()
        self.demand_growth = np.zeros((provinces, sectors))
        self.intensity = ratio(economy.co2_mt, economy.physical_output)
        self.partners = _partners(setting)
        self.fuel_pj = np.zeros((provinces, sectors, CARRIERS))
        self.fuel_per_bn = np.zeros((provinces, sectors, CARRIERS))
        # Sums over firms of the year [P, S]: output, CO2, process CO2 in it, captured CO2, electricity.
        self.cells = tuple(np.zeros((provinces, sectors)) for _ in range(5))
        self.census = empty_census(provinces, sectors)
        # Whether there is nothing wrong with the year [1]: see `simulator.soundness`.
        self.sound = np.ones(1, np.bool_)

    def _start_of_surroundings(self) -> None:
        """Weather and fuel prices."""
        self.weather = _fair_weather(self.market_able.shape[0])
        self.climate = _climate(self.setting)
        self.fuel_price = self.setting.base.fuel_price.copy()
        self.moving_price = moving_price(self.setting.base)

    def _start_of_technology(self) -> None:
        """Costs, needs and fleets by route [P, K], as they were before anything is learned or built."""
        setting, base = self.setting, self.setting.base
        provinces, routes = len(base.names.provinces), len(base.routes.names)
        self.capital_cost = setting.capital_cost.copy()
        self.plant_terms = PlantTerms(base.routes.lifetime_years, self.capital_cost, setting.equipment)
        self.experience = np.zeros(routes)
        self.soft_cost = np.ones((provinces, routes))
        self.built = np.zeros(routes)
        self.made = output_by_route(self.firm_rows, provinces, routes)
        self.base_made = self.made.copy()
        self.needs = own_needs(setting.first_needs)
        self.costs = costs.first_costs(setting, self.needs, self.now[:1])
        self.capacity = np.zeros((provinces, routes))
        self.capacity_before = np.zeros((provinces, routes))
        self.pending = np.zeros((provinces, routes))
        self.opportunity = np.ones((provinces, routes))
        self.options, self.markets = options.first_options(setting), options.first_markets(setting)
        self.limits, self.builders = projects.first_limits(setting), projects.first_builders(setting)
        # What peers run and everyone knows [P, K], measured when plants have been renewed.
        self.peer_share, self.known_routes = np.zeros((2, provinces, routes))
        self.chosen_routes, self.young_plants = options.chosen_routes(setting), options.young_plants(setting)

    def _start_of_power(self) -> None:
        """The power system, and what operators and statistics know of it from earlier years [P]."""
        base, provinces = self.setting.base, len(self.setting.base.names.provinces)
        self.power = PowerSystem(self.setting, self.generators)
        self.power_fuel = np.zeros((provinces, CARRIERS))
        self.power_output_bn = base.economy.output_bn_cny[:, POWER].copy()
        self.peak_before = np.zeros(provinces)
        self.load_growth = np.full(provinces, self.setting.parameters["initial_expected_growth"])
        self.certificates = Certificates(self.setting, self.signal("guaranteed_purchase_share"), self.electricity)
        self.consumption_factor = base.power.consumption_twh / _metered(self.setting)

    def _start_of_trade(self) -> None:
        """What the goods market goes by and fills; demand and deliveries of no year yet."""
        setting, economy, scaled = self.setting, self.setting.base.economy, self.setting.calibration
        paths, border = setting.paths, setting.signals.arrays["export_carbon_price_cny_per_tco2"]
        self.demand = goods_market.empty_demand(economy.output_bn_cny)
        self.deliveries = no_deliveries(economy.output_bn_cny.shape[0])
        self.orders_units = economy.physical_output.copy()
        delivered, change = np.zeros((2, *self.price.shape))
        self.goods = goods_market.GoodsMarket(
            terms=setting.trade_terms,
            split=setting.split,
            paths=goods_market.DemandPaths(paths.final_demand, paths.exports, setting.feedstock_drift, border),
            prices=goods_market.Prices(
                self.price, self.base_price, self.base_products, self.fuel_price, np.zeros(2, dtype=np.int64)
            ),
            production=goods_market.Production(
                self.market_able,
                self.base_able,
                self.intensity,
                self.fuel_per_bn,
                self.power_fuel,
                self.power_output_bn,
            ),
            sourcing=self.sourcing,
            demand=self.demand,
            deliveries=self.deliveries,
            units=goods_market.Units(scaled.value_per_unit, scaled.base_price, self.orders_units, delivered, change),
            found=np.zeros(4),
        )

    def _start_of_accounts(self) -> None:
        """What electricity and goods carry, of no year yet."""
        provinces = self.market_able.shape[0]
        self.flows, self.footprint = no_exchange(provinces), empty_footprint(provinces)

    def _outlook(self) -> OutlookView:
        """What firms hear of demand and carbon prices, filled every year."""
        heard = self.allowances.heard
        return OutlookView(
            demand_growth=self.demand_growth,
            carbon_price=heard.seen,
            announced_now=heard.promised,
            announced=heard.announced,
            continued=heard.continued,
            parameters=self.setting.firm,
        )

    def signal(self, variable: str) -> Array:
        """A policy variable in this year: an array that lasts a run, and holds the values of the year."""
        return self.signals.arrays[variable]

    def begin_year(self) -> None:
        """Move time on: weather, fuel prices and carbon prices of the year, markets indexed anew."""
        self.year += 1
        self.i = self.setting.index(self.year)
        self.now[:] = self.year, self.i
        self.signals.begin_year(self.i)
        self.government_views.begin_year(self)
        self.peak_before[:] = self.power.peak_gw
        projects.open_year(self.builders, self.setting.paths.build_multiplier[self.i])
        if self.year > BASE_YEAR and not self.setting.config.simulation.frozen:
            draw_weather(self.weather, self.climate, self.seed, self.now)
        self.setting.fill_needs(self.now, self.needs)
        self.allowances.begin_year(self.i)
        change = self.setting.paths.fuel_price[self.i] * self.weather.fuel
        move_prices(self.setting.base.fuel_price, self.moving_price, change, self.fuel_price)
        market.index_markets(self.firm_rows, self.row_of, self.index)

    @property
    def electricity(self) -> Array:
        """Electricity used this year [P, S] in TWh at the meter."""
        return self.cells[4]

    def set_costs(self) -> None:
        """What a unit costs this year by place and route."""
        costs.fill(self.costs, self.needs, self.prices, self.power.operator_rows, self.government_rows)
        if self.year == BASE_YEAR:
            costs.fix_base_costs(self.costs, self.setting, self.needs, self.base_made)

    def _prices(self) -> costs.Prices:
        """What inputs and a tonne of CO2 cost, in arrays that last."""
        setting = self.setting
        return costs.Prices(
            fuel=self.fuel_price,
            captive=setting.parameters["captive_power_price"],
            other=setting.base.routes.other_cost,
            storage=setting.storage_cost,
            carbon=self.allowances.cell_price,
            credit=self.allowances.credit,
        )

    def measure_capacity(self) -> None:
        """What each firm and market can make this year, in units."""
        full = self.setting.base.routes.full_output
        market.measure_capacity(self.firm_rows, self.index, full, self.able, self.market_able)

    def _fuel_of_last_year(self) -> None:
        """Fuel burnt in the base year, which the first year's orders of fuel follow."""
        self.fuel_per_bn[:] = self.setting.split.fuel_pj_per_bn_cny
        self.power_fuel[:] = self.fuel_per_bn[:, POWER] * self.setting.base.economy.output_bn_cny[:, POWER, None]


def _metered(setting: Setting) -> Array:
    """Electricity at the meter in the base year [P] in TWh, power's own use left out."""
    used = setting.base.economy.electricity_twh.copy()
    used[:, POWER] = 0.0
    return np.asarray(used.sum(axis=1))


def _partners(setting: Setting) -> Array:
    """Weight of other provinces [P, P] by trade in the base year; rows sum to one."""
    economy = setting.base.economy
    use = economy.final_demand + (economy.coefficient * economy.output_bn_cny[:, None, :]).sum(axis=2)
    return trade_weights(economy.sourcing, np.maximum(use, 0.0))


def _fair_weather(provinces: int) -> Weather:
    wind, sun, water, heat = np.ones((4, provinces))
    return Weather(np.zeros((4, provinces)), np.zeros(len(FUELS)), wind, sun, water, heat, np.ones(len(FUELS)))


def _climate(setting: Setting) -> Climate:
    own = setting.parameters
    kinds = ("wind", "solar", "hydro", "heat")
    regions = setting.base.grid_regions
    labels = list(dict.fromkeys(regions))
    return Climate(
        sd=np.array([own[f"weather_sd_{kind}"] for kind in kinds]),
        memory=np.array([own[f"weather_autocorrelation_{kind}"] for kind in kinds]),
        region=np.array([labels.index(one) for one in regions], dtype=np.int64),
        correlation=own["weather_correlation"],
        drought_chance=own["drought_probability"],
        drought_depth=own["drought_depth"],
        fuel_sd=own["fuel_price_sd"],
        fuel_reversion=own["fuel_price_reversion"],
    )
