"""The year of docs/odd.md on objects: agents decide by `AgentSet`, shared markets settle on boards, firms keep books.

Agents write what they offer on their board before a market, and read from it what they got after it.
"""

from collections import defaultdict

import mesa

from mesa_reference import construction
from mesa_reference.board import fetch, fetch_generation, fetch_plants, plain, post, told
from mesa_reference.firm import QUANTITIES, Firm
from mesa_reference.government import LocalGovernment
from mesa_reference.grid_operator import GridOperator
from mesa_reference.selling import move_customers
from simulator import (
    adequacy,
    allowances,
    census,
    electricity,
    goods,
    governing,
    government_measures,
    green_certificates,
    industry,
    investment,
    learning,
    power_value,
    projects,
    roofs,
    totals,
)
from simulator.base_year import POWER, TECHNOLOGIES
from simulator.bookkeeping import check_numbers, record_year
from simulator.config import load_config
from simulator.scenario import setting_of
from simulator.world import World
from simulator.yearbook import Yearbook

PLANTS = tuple(f"slot_{name}" for name in ("route", "capacity", "available", "cost", "output", "built", "relined"))
PROJECTS = tuple(f"pending_{name}" for name in ("route", "capacity", "year", "slot"))
CHOICES = ("chosen_route", "replaced_slot")
BOOKS = ("output", "electricity", "co2", "co2_process", "captured", "fuel", "slot_output")
PLANS = ("covered", "expected_co2", "entitlement", "wanted_bank", "bank_value", "abatable", "abated", "bought", "bank")


class MesaReference(mesa.Model):
    """The model of docs/odd.md as an idiomatic Mesa model. world: what agents share, as in `simulator.world`."""

    def __init__(self, config="baseline", seed=None, overrides=None) -> None:
        scenario = load_config(config, overrides)
        number = int(scenario.simulation.seed if seed is None else seed)
        super().__init__(seed=number % 2**32)
        if scenario.simulation.frozen:
            raise ValueError("simulation.frozen = true; allowed: false: the reference has no frozen run")
        self.setting = setting_of(scenario)
        world = self.world = World(self.setting, number)
        roofs.count_first_roofs(world)
        for kind, table in ((Firm, world.firms), (GridOperator, world.power.operators)):
            for one in told(table):
                kind(self, one)
        for one in told(world.governments):
            LocalGovernment(self, one)
        self.firms, self.operators = self.agents_by_type[Firm], self.agents_by_type[GridOperator]
        self.governments = self.agents_by_type[LocalGovernment]
        self.generators = self.firms.select(lambda firm: firm.is_generator)
        self.industry = self.firms.select(lambda firm: not firm.is_generator)
        self.firm_of = {firm.firm: firm for firm in self.firms}
        self.yearbook = Yearbook(self.setting.base, TECHNOLOGIES, self.setting.config.years)
        self.full_output = plain(self.setting.base.routes.full_output)

    def tables(self):
        """The result tables of the years so far."""
        return self.yearbook.frames()

    def step(self) -> None:
        """One year."""
        world = self.world
        world.begin_year()
        self.markets = self.firms_by_market()
        self.govern()
        self.renew_plants()
        world.set_costs()
        self.firms.do("form_expectations", plain(world.outlook))
        self.trade_allowances()
        self.firms.do("set_price", plain(world.costs))
        self.trade_goods()
        self.produce()
        self.supply_power()
        self.go_without_power()
        self.settle_accounts()
        self.report_year()
        self.adapt()
        self.invest()
        learning.learn(world)
        self.governments.do("learn", plain(world.government_views.learning))
        self.post_governments()
        governing.settle_budget(world)

    # ---- boards

    def post_firms(self, *names: str) -> None:
        """Firms write these quantities on their board."""
        post(self.firms, self.world.firm_rows, *names)

    def report_firms(self) -> None:
        """Firms write all that they are on their board."""
        self.post_firms(*QUANTITIES, *PLANTS, *PROJECTS, *CHOICES)

    def post_operators(self) -> None:
        """Operators make their state known."""
        post(self.operators, self.world.power.operator_rows, *self.world.power.operator_rows.dtype.names)

    def fetch_operators(self) -> None:
        """Operators read what the world brought them."""
        fetch(self.operators, self.world.power.operator_rows, *self.world.power.operator_rows.dtype.names)

    def post_governments(self) -> None:
        """Governments make their state known."""
        post(self.governments, self.world.government_rows, *self.world.government_rows.dtype.names)

    def fetch_governments(self) -> None:
        """Governments read what the world brought them."""
        fetch(self.governments, self.world.government_rows, *self.world.government_rows.dtype.names)

    def firms_by_market(self):
        """Firms by sector and province, in the order of their numbers."""
        markets = defaultdict(list)
        for _, firm in sorted(self.firm_of.items()):
            markets[firm.sector, firm.province].append(firm)
        return markets

    # ---- the year, before production

    def govern(self) -> None:
        """Governments plan, and pass national signals on."""
        world = self.world
        if governing.is_planned(world):
            governing.set_targets(world)
            seen = plain(governing.plan_view(world))
            self.fetch_governments()
            for name in ("forecast", "set_effort", "select_instruments", "implement", "call_campaign"):
                self.governments.do(name, seen)
        self.governments.do("implement_signals", plain(world.government_views.signals))
        self.post_governments()

    def renew_plants(self) -> None:
        """Old plants close, new ones start; governments close backward ones and hold output down in campaigns."""
        world = self.world
        if world.year > self.setting.years[0]:
            ages = plain(world.investing.ages)
            self.firms.do("close_plants", ages)
            self.firms.do("start_up", ages)
        self.post_firms(*PLANTS, *PROJECTS)
        if world.year > self.setting.years[0]:
            government_measures.retire_backward(world)
        investment.measure_fleet(world)
        government_measures.ration_for_targets(world)
        fetch_plants(self.firms, world.firm_rows)
        fetch(self.firms, world.firm_rows, "ration_target")
        self.able = {firm.firm: able for firm, able in zip(self.firms, world.able.tolist(), strict=True)}

    def trade_allowances(self) -> None:
        """Firms plan what they emit and want; carbon markets clear."""
        world = self.world
        if not world.allowances.clears:
            return
        if world.year == self.setting.years[0]:
            allowances.mark_first_year(world)
            fetch(self.firms, world.firm_rows, "covered")
        self.firms.do("plan_allowances", plain(world.allowances.plan))
        self.post_firms(*PLANS)
        allowances.clear(world)
        fetch(self.firms, world.firm_rows, "bought", "abated")

    # ---- production

    def trade_goods(self) -> None:
        """Goods markets: firms ask prices, and read what customers want and get from them."""
        self.post_firms("price", "market_weight", "slot_cost")
        goods.price_goods(self.world)
        goods.trade_goods(self.world)
        fetch(self.industry, self.world.other_firms, "output", "wanted_output")

    def produce(self) -> None:
        """Industry runs its plants; energy and CO2 are added up."""
        self.industry.do("run_plants", self.full_output)
        self.industry.do("account_energy", plain(self.world.needs.table))
        self.add_up_industry()

    def add_up_industry(self) -> None:
        """Sums over firms outside power, by province and sector, and by route."""
        world = self.world
        self.post_firms(*BOOKS)
        totals.sum_firms(world.other_firms, world.cells, world.made, world.fuel_pj)

    def supply_power(self) -> None:
        """Operators schedule, the power market clears, plants are told what to make."""
        world = self.world
        industry.measure_loads(world)
        electricity.prepare(world)
        self.fetch_operators()
        self.operators.do("choose_heat_supply", plain(world.power.heat_view))
        self.operators.do("find_residual")
        seen = plain(world.power.schedule_view)
        for name in ("schedule_hydro", "schedule_storage", "commit_coal"):
            self.operators.do(name, seen)
        self.post_operators()
        electricity.clear(world)
        self.fetch_operators()
        fetch_generation(self.generators, world.power_firms)

    def go_without_power(self) -> None:
        """Where power is short, each group of sectors goes without a part of it."""
        world = self.world
        industry.ration_firms(world)
        share, group = plain(world.power.ration), plain(industry.sector_groups(world))
        for firm in self.industry:
            firm.shut_down(share[firm.province][group[firm.sector]])
        if world.power.ration.any():
            self.add_up_industry()

    def settle_accounts(self) -> None:
        """Energy and CO2 of power, certificates, allowances and money of the year."""
        world, state = self.world, self.world.allowances
        needs = plain(world.needs.table)
        for firm in self.generators:
            firm.output = sum(site.output for site in firm.sites)
            firm.account_energy(needs)
        self.post_firms(*BOOKS)
        totals.add_firms(world.power_firms, world.cells, world.made, world.fuel_pj)
        industry.compare(world)
        if world.year == self.setting.years[0]:
            power_value.remember_base_cost(world)
        power_value.value_power(world)
        self.trade_certificates()
        money = plain(world.industry.money)
        self.post_firms(*PLANS, "base_co2")
        allowances.clear_late(world)
        fetch(self.firms, world.firm_rows, "bought_late")
        rules, costs = plain(state.rules), plain(world.costs)
        accounts, surrendered, published = (plain(one) for one in state.books)
        for firm in self.firms:
            firm.settle_carbon(rules, accounts, surrendered, published)
            firm.settle_money(costs, money)
        for book, written in zip(state.books, (accounts, surrendered, published), strict=True):
            book[:] = written
        allowances.close_year(world)
        goods.remember_fuel(world)
        check_numbers(world)

    def trade_certificates(self) -> None:
        """Green certificates: operators and firms ask, the market clears, firms read what they pay."""
        world = self.world
        green_certificates.issue(world)
        seen = plain(green_certificates.certificate_view(world))
        self.operators.do("buy_certificates", seen)
        self.industry.do("buy_certificates", seen)
        self.post_operators()
        self.post_firms("certificates_wanted", "certificate_limit")
        green_certificates.trade(world)
        self.fetch_operators()
        fetch(self.industry, world.other_firms, "certificate_cost")

    def report_year(self) -> None:
        """Everybody reports; governments measure and are assessed; the year is recorded."""
        world = self.world
        self.report_firms()
        census.take_census(world.firm_rows, world.costs, world.plant_terms, world.census)
        government_measures.note_forgone(world)
        self.governments.do("measure", plain(governing.statistics_view(world)))
        self.post_governments()
        governing.assess_mid_term(world)
        governing.assess(world)
        record_year(world, self.yearbook)

    # ---- what follows from the year

    def adapt(self) -> None:
        """Saving, customers, and what operators ask and tell."""
        own = self.setting.parameters
        self.firms.do("save_energy", plain(self.world.costs))
        for (sector, _), market in self.markets.items():
            if sector != POWER:
                move_customers(market, self.able, own["customer_loyalty"], own["price_elasticity_within_province"])
        seen = plain(self.world.power.market_view(self.world))
        for name in ("ask_margin", "set_tariff", "expect_market"):
            self.operators.do(name, seen)
        self.post_operators()

    def invest(self) -> None:
        """Who leaves, what is approved, tendered, chosen and begun."""
        world = self.world
        self.firms.do("leave_market", plain(investment.site_view(world)))
        for firm in self.firms:
            if firm.leaving:
                firm.be_renewed(self.setting.parameters["initial_liquidity_share"])
        self.post_firms(*QUANTITIES, *PLANTS)
        self.fetch_governments()
        self.governments.do("review_projects", plain(governing.supply_view(world)))
        self.post_governments()
        self.operators.do("tender_capacity", plain(adequacy.adequacy_view(world)))
        self.operators.do("connect_roofs", plain(roofs.roof_view(world)))
        self.post_operators()
        seen = plain(investment.investment_view(world))
        self.generators.do("choose_plant", seen)
        self.industry.do("choose_route", seen)
        self.firms.do("choose_site", plain(investment.site_view(world)))
        self.begin_projects(seen)
        self.award_tenders()
        self.build_roofs()
        self.expand_builders()
        adequacy.plan_lines(world)

    def begin_projects(self, seen) -> None:
        """What fits is begun; governments pay their subsidies."""
        world, routes = self.world, self.setting.base.routes
        construction.assign_sites(self.firms, self.firm_of)
        wanted = construction.wanted_capacity(self.firms, self.firm_of, *world.capacity.shape)
        first, last = routes.first_route[POWER], routes.last_route[POWER]
        fits, by_grid = projects.allowed_shares(wanted, world.limits, first, last)
        self.asked_gw = construction.asked_of_builders(wanted, world.opportunity, world.limits.local)
        world.opportunity[:] = projects.next_opportunity(world.opportunity, fits)
        if world.year == self.setting.years[0]:
            fits[:, first:last] = 0.0
        construction.begin_projects(self.firms, self.firm_of, seen, plain(fits), plain(by_grid))
        for government in self.governments:
            government.spending = 0.0
        of_province = list(self.governments)
        for firm in self.firms:
            of_province[firm.province].spending += firm.subsidy

    def expand_builders(self) -> None:
        """Industries that build power plants grow with what was asked of them."""
        world, growth = self.world, self.setting.parameters["build_limit_growth"]
        if world.year == self.setting.years[0]:
            return
        multiplier = self.setting.paths.build_multiplier[world.i]
        for kind, rate in enumerate(world.builders.rate_gw.tolist()):
            asked = self.asked_gw[self.setting.base.routes.technology == kind].sum()
            replaced = (world.power.closing_gw[:, kind] / self.setting.parameters["tender_lead_years"]).tolist()
            asked += sum(operator.asked_of_builders(kind, replaced[operator.operator]) for operator in self.operators)
            if multiplier[kind] > 0.0 and asked / multiplier[kind] * (1.0 + growth) > rate:
                world.builders.rate_gw[kind] = (1.0 + growth) * min(asked / multiplier[kind], rate)

    def award_tenders(self) -> None:
        """Tenders of operators go to generators of their province."""
        routes = self.setting.tendered.tolist()
        cost = plain(self.world.capital_cost * self.world.soft_cost)
        lead, debt_ratio = self.setting.lead_years, float(self.setting.debt_ratio[POWER])
        for operator in self.operators:
            place = operator.operator
            for route, size_gw in zip(routes, operator.tendered_gw, strict=True):
                if size_gw > 0.0:
                    year = self.world.year + int(lead[route])
                    market = self.markets[POWER, place]
                    construction.award_tender(market, route, size_gw, year, cost[place][route], debt_ratio)

    def build_roofs(self) -> None:
        """Panels on roofs go to generators of their province; what nobody can build is not connected."""
        route = self.world.power.solar_route
        cost = plain(self.world.capital_cost[route] * self.world.soft_cost[:, route])
        year, debt_ratio = self.world.year + int(self.setting.lead_years[route]), float(self.setting.debt_ratio[POWER])
        for operator in self.operators:
            size_gw, market = operator.roofs_connected_gw, self.markets[POWER, operator.operator]
            if size_gw > 0.0 and construction.award_tender(
                market, route, size_gw, year, cost[operator.operator], debt_ratio
            ):
                operator.roofs_gw += size_gw
            else:
                operator.roofs_connected_gw = 0.0
        self.post_operators()
