"""Any decision can be replaced; the default one written again in plain Python changes not a single bit."""

import math

import pytest
from plain_rules import default_rule, plain

from agents import choice, firm_investment, firm_project_value, firm_record
from agents.firm import Firm
from agents.firm_record import EMPTY, HORIZONS, SLOTS
from agents.grid_operator import GridOperator
from agents.local_government import LocalGovernment
from simulator.batches import message_of
from simulator.errors import ConfigError
from simulator.model import TransitionModel
from simulator.phases import DECISIONS

YEARS = 3


@pytest.fixture(scope="module")
def default(run_model):
    """The tables of the default rules."""
    return run_model(YEARS).tables()


# --- one decision of each kind, written again ---------------------------------------------------------------------


def set_price(firm, costs):
    """Mark-up over full cost, plant by plant."""
    own, shared = costs.parameters, costs.sectors[firm.province, firm.sector]
    able = normal = full_cost = 0.0
    for slot in range(SLOTS):
        route = firm.slot_route[slot]
        if route == EMPTY:
            continue
        unit = costs.routes[firm.province, route]
        energy = unit.energy_cost * (1.0 - firm.saving)
        burnt = unit.energy_emissions * (1.0 - firm.saving)
        intensity = (burnt + unit.process_emissions) * (1.0 - firm.abated)
        covered = shared.carbon_price * firm.covered
        carbon = covered * (intensity - unit.allowance_credit) + shared.carbon_adder * intensity
        firm.slot_cost[slot] = energy + unit.other_cost + carbon
        full = firm.slot_capacity[slot] * unit.full_output
        usual = full * unit.utilisation
        able += full
        normal += usual
        full_cost += usual * firm.slot_cost[slot] + firm.slot_capacity[slot] * unit.fixed_cost
    if normal <= 0.0:
        return
    surprise = (max(firm.wanted_output, firm.output) - normal) / able if firm.output > 0.0 else 0.0
    wanted = firm.markup + own.markup_adjustment * surprise
    firm.markup = min(max(wanted, own.markup_minimum), own.markup_maximum)
    firm.unit_cost = full_cost / normal + shared.added_cost
    firm.price = (1.0 + firm.markup) * firm.unit_cost


def levelised_cost(firm, route, slot, rate, seen):
    """Cost of a route, its life looked at by itself."""
    cost, years = firm_project_value.capital_and_life(firm, route, slot, seen)
    life = firm_project_value.over_life(firm, rate, years, firm_project_value.UNKNOWN)
    option, market = seen.options[firm.province, route], seen.markets[firm.province, firm.sector]
    return firm_project_value.levelised_cost(firm, option, market, cost, life)


def choose_route(firm, seen):
    """The route of the largest utility; need, finance and cost of a route are the equations of the default rule."""
    firm_investment.clear_choice(firm)
    if not (firm.pending_route == EMPTY).any():
        return
    need, firm.trigger, slot = firm_investment.project_need(firm, seen)
    if firm.trigger == firm_investment.NOTHING:
        firm.blocked = firm_investment.BY_DEMAND
        return
    market = seen.markets[firm.province, firm.sector]
    routes = range(market.first_route, market.last_route)
    rate, room = firm_project_value.required_return(firm, seen), firm_record.has_room(firm)
    known = [one for one in routes if firm_investment.considers(firm, one, slot, room, seen)]
    cost = {one: levelised_cost(firm, one, slot, rate, seen) for one in known}
    cheapest = min(cost.values(), default=math.inf)
    best = refused = -math.inf
    for route in known:
        option, luck = seen.options[firm.province, route], seen.luck
        utility = option.peer_pull
        utility += firm_investment.draws.gumbel(luck.seed, luck.choice, luck.year[0], firm.firm, route)
        utility -= seen.parameters.choice_sharpness * (cost[route] / max(cheapest, 1e-9))
        if not firm_investment.approved(firm, route, seen):
            refused = max(refused, utility)
        elif utility > best:
            best, firm.chosen_route = utility, route
    if refused > best:
        firm.blocked = firm_investment.BY_APPROVAL
    if firm.chosen_route == EMPTY:
        return
    made = seen.options[firm.province, firm.chosen_route].normal_output
    firm.chosen_capacity = need if slot >= 0 else need / made
    firm.replaced_slot = slot
    firm_investment.scale_to_finance(firm, seen)


def set_tariff(operator, seen):
    """Half-way to the load-weighted price within its band, plus network charge and levies."""
    paid = load = 0.0
    for hours, gigawatt, price in zip(seen.hours, operator.load_gw, operator.price, strict=True):
        paid += hours * gigawatt * price
        load += hours * gigawatt
    energy = paid / load if load > 0.0 else 0.0
    band = seen.tariff_band * operator.benchmark_tariff
    energy = min(max(energy, operator.benchmark_tariff - band), operator.benchmark_tariff + band)
    target = energy + operator.transmission_charge + seen.surcharge + operator.certificate_charge
    keep = seen.parameters.tariff_smoothing
    operator.tariff = keep * operator.tariff + (1.0 - keep) * target


def review_projects(government, seen):
    """Less chance for high-emission routes, and for firm power where supply is ample; none under a moratorium."""
    province = government.government
    ample = seen.supply_margin[province] > seen.parameters.reserve_margin
    for route in range(seen.high_emission.size):
        chance = 1.0 - seen.high_emission[route] * government.stringency[route]
        if ample and seen.firm_power[route] > 0.0:
            chance *= seen.parameters.ample_supply_approval
        if seen.moratorium[province, route] > 0.0:
            chance = 0.0
        government.approval[route] = min(max(chance, 0.0), 1.0)


WRITTEN_AGAIN = {
    "firm.set_price": (Firm, set_price),
    "firm.choose_route": (Firm, choose_route),
    "grid_operator.set_tariff": (GridOperator, set_tariff),
    "local_government.review_projects": (LocalGovernment, review_projects),
}


@pytest.mark.parametrize("name", WRITTEN_AGAIN)
def test_a_function_in_plain_python_gives_the_same_to_the_last_bit(run_model, default, tables_equal, name):
    tables_equal(default, run_model(YEARS, rules={name: WRITTEN_AGAIN[name][1]}).tables())


@pytest.mark.parametrize("name", WRITTEN_AGAIN)
def test_a_method_of_a_subclass_gives_the_same_to_the_last_bit(run_model, default, tables_equal, name):
    """Here the agent itself is asked: its attributes are read and set, not those of a record."""
    kind, rule = WRITTEN_AGAIN[name]
    method = name.split(".")[1]
    asked = []

    def decide(self, seen):
        asked.append(type(self))
        rule(self, seen) if method != "choose_route" else rule(self.record, seen)

    own = type(f"My{kind.__name__}", (kind,), {method: decide})
    tables_equal(default, run_model(YEARS, agents={kind: own}).tables())
    assert set(asked) == {own}


def test_all_four_at_once(run_model, default, tables_equal):
    rules = {name: rule for name, (_, rule) in WRITTEN_AGAIN.items()}
    tables_equal(default, run_model(YEARS, rules=rules).tables())


# --- every decision -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DECISIONS)
def test_every_default_decision_is_the_same_in_plain_python(run_model, default, tables_equal, name):
    asked = []
    rule = plain(default_rule(name))

    def decide(record, seen):
        asked.append(1)
        rule(record, seen)

    tables_equal(default, run_model(YEARS, rules={name: decide}).tables())
    assert asked


# --- other rules --------------------------------------------------------------------------------------------------


def test_another_rule_gives_other_results(run_model, default):
    """Firms that ask half as much again for their goods: prices rise in all provinces."""

    def dear(firm, costs):
        set_price(firm, costs)
        firm.price = 1.5 * firm.price

    found = run_model(YEARS, rules={"firm.set_price": dear}).tables()["sectors"]
    last, usual = (table[(table.year == 2022) & (table.sector == "STL")] for table in (found, default["sectors"]))
    made = usual.output > 0.0
    assert (last.price_index[made] > usual.price_index[made]).all()


def test_a_rule_and_a_subclass_work_together(run_model, default, tables_equal):
    """The function goes before the method; other methods of the subclass are asked all the same."""
    asked = []

    class Timid(Firm):
        def set_price(self, costs):
            raise AssertionError("the function takes this place")

        def save_energy(self, costs):
            asked.append(self.unique_id)
            super().save_energy(costs)

    found = run_model(YEARS, rules={"firm.set_price": set_price}, agents={Firm: Timid}).tables()
    tables_equal(default, found)
    assert asked


def test_firms_that_expect_nothing_of_announcements(run_model, default):
    """A subclass may keep its own memory beside the record."""

    class Sceptic(Firm):
        def form_expectations(self, outlook):
            super().form_expectations(outlook)
            self.credibility = 0.0
            for horizon in range(HORIZONS):
                now = outlook.carbon_price[self.province, self.sector]
                self.expected_carbon_price[horizon] = choice.expected_price(now, 0.0, 0.0)

    model = run_model(YEARS, agents={Firm: Sceptic})
    assert model.world.firms.credibility.max() == 0.0
    assert not model.tables()["national"].equals(default["national"])


def test_an_error_in_a_rule_names_the_decision_and_the_year(run_model):
    def wrong(firm, costs):
        if costs.year[0] == 2021:
            raise ZeroDivisionError("no capacity")
        set_price(firm, costs)

    class Wrong(Firm):
        def set_price(self, costs):
            raise KeyError("price")

    with pytest.raises(ZeroDivisionError) as by_function:
        run_model(YEARS, rules={"firm.set_price": wrong})
    with pytest.raises(KeyError) as by_method:
        run_model(YEARS, agents={Firm: Wrong})
    assert by_function.value.__notes__ == ["in the decision firm.set_price, 2021"]
    assert by_method.value.__notes__ == ["in the decision firm.set_price, 2020"]
    assert message_of(by_function.value) == "ZeroDivisionError: no capacity (in the decision firm.set_price, 2021)"


@pytest.mark.parametrize(
    ("rules", "agents", "told"),
    [
        ({"firm.set_prize": set_price}, {}, ["rules.firm.set_prize", "did you mean firm.set_price?"]),
        ({"set_price": set_price}, {}, ["rules.set_price", "allowed:", "firm.set_price"]),
        ({}, {TransitionModel: Firm}, ["agents.TransitionModel", "allowed: Firm, GridOperator, LocalGovernment"]),
        ({}, {Firm: GridOperator}, ["agents.Firm = GridOperator", "a subclass of Firm"]),
        ({"a": set_price, "b": set_price}, {Firm: GridOperator}, ["rules.a", "rules.b", "agents.Firm"]),
    ],
)
def test_an_unknown_rule_or_kind_is_told_with_what_is_allowed(rules, agents, told):
    with pytest.raises(ConfigError) as caught:
        TransitionModel("baseline", rules=rules, agents=agents)
    assert len(caught.value.lines) == max(len(rules) + len(agents), 1)
    for part in told:
        assert part in str(caught.value)
