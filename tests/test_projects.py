"""From choices to construction: limits of nature, country and grid, sites, payment, and rows that are recycled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.compiled import rows_of
from agents.firm_investment import BY_CAPACITY, BY_GRID
from agents.firm_record import EMPTY, QUEUE
from agents.government_record import GovernmentState
from agents.grid_operator_record import BATTERY, COAL, SOLAR, OperatorState
from simulator import projects

PROVINCES, ROUTES = 3, 4  # routes 0, 1, 2 are power
ROWS = np.arange(3)  # of three firms, by their number
FREE = np.inf


def limits(national=FREE, local=FREE, grid=FREE, use=0.5):
    return projects.BuildLimits(
        np.full(ROUTES, national), np.full((PROVINCES, ROUTES), local), np.full(PROVINCES, grid), np.full(ROUTES, use)
    )


# --- what fits ----------------------------------------------------------------------------------------------------


def test_without_limits_all_fits():
    fits, by_grid = projects.allowed_shares(np.full((PROVINCES, ROUTES), 5.0), limits(), 0, 3)
    assert (fits == 1.0).all()
    assert (by_grid == 1.0).all()


def test_potential_then_national_rate_by_hand():
    """Wanted 10, 20, 30 of route 1; 10 are left in the third province: 40; the country builds 20: half of each."""
    wanted, most = np.zeros((PROVINCES, ROUTES)), limits(national=20.0)
    wanted[:, 1], most.local[2, 1] = (10.0, 20.0, 30.0), 10.0
    fits, _ = projects.allowed_shares(wanted, most, 0, 3)
    assert (fits * wanted)[:, 1].tolist() == pytest.approx([5.0, 10.0, 5.0])


def test_the_grid_counts_energy_and_industry_is_not_limited():
    """10 GW used to 0.5 and 20 GW used to 0.25 are 10 GW of energy; a grid for 4 takes 0.4 of them."""
    wanted, most = np.zeros((PROVINCES, ROUTES)), limits(national=1e3, local=1e3, grid=4.0)
    wanted[0], most.use[:] = (10.0, 20.0, 0.0, 1e6), (0.5, 0.25, 1.0, 1.0)
    fits, by_grid = projects.allowed_shares(wanted, most, 0, 3)
    assert fits[0].tolist() == [1.0] * ROUTES
    assert by_grid.tolist() == pytest.approx([0.4, 1.0, 1.0])


AMOUNT = st.floats(0.0, 100.0)


@settings(max_examples=150)
@given(
    st.lists(AMOUNT, min_size=12, max_size=12),
    st.lists(AMOUNT, min_size=12, max_size=12),
    st.lists(AMOUNT, min_size=ROUTES, max_size=ROUTES),
    st.lists(AMOUNT, min_size=PROVINCES, max_size=PROVINCES),
)
def test_no_limit_is_passed_and_none_cuts_without_need(wanted, local, national, grid):
    wanted, local = (np.array(one).reshape(PROVINCES, ROUTES) for one in (wanted, local))
    most = projects.BuildLimits(np.array(national), local, np.array(grid), np.full(ROUTES, 0.4))
    fits, by_grid = projects.allowed_shares(wanted, most, 0, 3)
    begun = fits * wanted
    slack = 1e-9
    assert (begun[:, :3] <= local[:, :3] + slack).all()
    assert (begun[:, :3].sum(axis=0) <= most.national[:3] + slack).all()
    assert ((by_grid[:, None] * begun)[:, :3].sum(axis=1) * 0.4 <= most.grid_gw + slack).all()
    assert (fits[:, 3] == 1.0).all()
    assert ((fits >= 0.0) & (fits <= 1.0)).all()
    enough = (wanted <= local).all(axis=0) & (wanted.sum(axis=0) <= most.national)
    assert (fits[:, enough] == 1.0).all()


def test_fewer_look_where_more_was_wanted_than_fits_and_more_where_all_fitted():
    before, fits = np.array([[1.0, 0.4, 0.4, 0.9]]), np.array([[0.25, 0.5, 1.0, 1.0]])
    chance = projects.next_opportunity(before, fits)
    assert chance[0].tolist() == pytest.approx([0.25, 0.2, 0.4 * projects.MORE_LOOK, 1.0])
    for _ in range(50):
        chance = projects.next_opportunity(chance, np.zeros_like(chance))
    assert (chance == projects.LEAST_OPPORTUNITY).all()


# --- what the country can build -----------------------------------------------------------------------------------


def test_firms_ask_for_what_they_would_build_if_all_looked():
    """Of route 1, 2 GW chosen where one in four looks are 8 GW, or 5 where sites end; 3 where all look are 3."""
    wanted, chance, sites = np.zeros((2, 2)), np.array([[1.0, 0.25], [1.0, 1.0]]), np.full((2, 2), 5.0)
    wanted[:, 1], asked = (2.0, 3.0), np.full(2, 9.0)
    projects.ask_builders(wanted, chance, sites, asked)
    assert asked.tolist() == [0.0, 8.0]
    projects.ask_builders(wanted, chance, sites + 9.0, asked)
    assert asked.tolist() == [0.0, 11.0]


def expanded(asked, multiplier=1.0, tendered=0.0, roofs=0.0, replaced=0.0):
    """Rates of all technologies after a year of 15 % at most; routes 0 and 1 are coal, 2 is the sun, 3 no power."""
    builders = projects.Builders(np.full(10, 10.0), np.full(10, multiplier), np.zeros(10), np.array(asked, dtype=float))
    operators = OperatorState.table(2)
    operators.operator[:] = 0, 1
    operators.tendered_gw[:, 3], operators.roofs_connected_gw[0] = tendered, roofs
    technology = np.array([COAL, COAL, SOLAR, -1])
    closing = np.full((2, 10), 3.0 * replaced)
    projects.expand_builders(builders, technology, rows_of(operators), closing, 3.0, 0.15)
    return builders.rate_gw


def test_an_industry_grows_with_what_is_asked_of_it():
    assert expanded([4.0, 5.5, 0, 99])[COAL] == pytest.approx(1.15 * 9.5)
    assert expanded([2.0, 3.0, 0, 99]).tolist() == [10.0] * 10
    assert expanded([0, 0, 3.0, 0], roofs=6.0)[SOLAR] == pytest.approx(1.15 * 9.0)
    assert expanded([0, 0, 0, 0], tendered=4.5)[BATTERY] == pytest.approx(1.15 * 9.0)


def test_what_takes_the_place_of_closing_plants_asks_for_no_wider_industry():
    assert expanded([0, 0, 0, 0], tendered=5.5, replaced=1.0)[BATTERY] == pytest.approx(1.15 * 9.0)
    assert expanded([0, 0, 0, 0], tendered=4.5, replaced=5.0)[BATTERY] == 10.0


def test_an_industry_grows_no_faster_than_it_can_and_signals_do_not_count_as_growth():
    assert expanded([500.0, 0, 0, 0])[COAL] == pytest.approx(11.5)
    assert expanded([18.0, 0, 0, 0], multiplier=2.0)[COAL] == pytest.approx(1.15 * 9.0)
    assert expanded([18.0, 0, 0, 0], multiplier=0.0)[COAL] == 10.0


# --- where and who pays -------------------------------------------------------------------------------------------


@pytest.fixture
def builders(new_firms):
    """Three firms of one group in provinces 0, 1 and 2; the first wants 4 units on route 13."""
    firms = new_firms(3)
    firms.province[:] = 0, 1, 2
    firms.chosen_route[0], firms.chosen_capacity[0] = 13, 4.0
    return firms


def begin(firms, investment, share=1.0, grid=1.0):
    """Begin what is wanted as far as this share of it and of its energy fits; returns subsidies by province."""
    (provinces, routes), power = investment.options.shape, investment.markets[0, 0]
    wanted = projects.wanted_capacity(firms, ROWS, projects.choosers(firms), provinces, routes)
    use = np.full(routes, 0.5)
    fits = share * wanted[:, : power.last_route]
    limits = projects.BuildLimits(np.full(routes, FREE), share * wanted, grid * fits.sum(axis=1) * 0.5, use)
    governments, opportunity = GovernmentState.table(provinces), np.ones((provinces, routes))
    projects.begin_projects(firms, ROWS, investment, limits, opportunity, rows_of(governments), np.zeros(routes))
    return governments.spending


def test_a_project_is_queued_and_paid_by_hand(builders, investment):
    """4 units at 100, a fifth subsidised: 400 spent, 80 given, 0.7 of 320 lent, 96 of own cash."""
    option = investment.options[0, 13]
    option.capital_cost, option.subsidy_share, option.lead_years = 100.0, 0.2, 3.0
    investment.markets[0, 1].debt_ratio = 0.7
    builders.liquidity[0] = 1000.0
    spent = begin(builders, investment)
    first, queue = builders[0], [builders[name][0, 0] for name in ("pending_route", "pending_capacity", "pending_year")]
    assert queue == [13, 4.0, 2025]
    assert first.pending_slot[0] == EMPTY
    assert (first.investment, first.subsidy, first.borrowing) == pytest.approx((400.0, 80.0, 224.0))
    assert (first.liquidity, first.debt) == pytest.approx((904.0, 224.0))
    assert spent[:3].tolist() == pytest.approx([80.0, 0.0, 0.0])


def test_power_is_cut_to_what_fits_and_too_little_is_not_begun(builders, investment):
    builders.sector[:], builders.chosen_route[0] = 0, 8
    begin(builders, investment, share=0.5)
    assert (builders[0].pending_capacity[0], builders[0].blocked) == (2.0, BY_CAPACITY)
    builders.pending_route[:], builders.chosen_capacity[0] = EMPTY, 4.0
    begin(builders, investment, share=0.5, grid=0.4)
    assert builders[0].pending_route[0] == EMPTY
    assert builders[0].blocked == BY_GRID


def test_industry_is_not_cut(builders, investment):
    begin(builders, investment, share=0.5)
    assert builders[0].pending_capacity[0] == 4.0


def test_what_is_not_begun_costs_nothing(builders, investment):
    investment.options["capital_cost"] = 100.0
    builders.sector[:], builders.chosen_route[0] = 0, 8
    begin(builders, investment, share=0.1)
    assert builders.investment.tolist() == builders.borrowing.tolist() == [0.0] * 3


def test_a_footloose_project_is_built_at_the_mate_and_paid_by_who_chose(builders, investment):
    investment.options["capital_cost"] = 100.0
    builders.chosen_site[0] = 2
    projects.assign_sites(builders, ROWS, projects.choosers(builders))
    wanted = projects.wanted_capacity(builders, ROWS, projects.choosers(builders), 31, investment.options.shape[1])
    assert (wanted[2, 13], wanted.sum()) == (4.0, 4.0)
    begin(builders, investment)
    assert builders.pending_route[:, 0].tolist() == [EMPTY, EMPTY, 13]
    assert builders.investment.tolist() == pytest.approx([400.0, 0.0, 0.0])


def test_a_mate_takes_one_project_and_only_if_it_is_free_and_fit(builders):
    builders.chosen_route[1], builders.chosen_site[:] = 13, 2
    projects.assign_sites(builders, ROWS, projects.choosers(builders))
    assert builders.chosen_site.tolist() == [2, 1, 2]
    for name, value in (("chosen_route", 14), ("family", 1), ("pending_route", 14), ("slot_route", 14)):
        other = builders.copy()
        other[name][2], other.chosen_site[0] = value, 2
        projects.assign_sites(other, ROWS, projects.choosers(other))
        assert other.chosen_site[0] == 0, name


def test_rebuilding_is_no_new_capacity(builders):
    builders.replaced_slot[0] = 0
    assert projects.wanted_capacity(builders, ROWS, projects.choosers(builders), 31, 60).sum() == 0.0


# --- rows are recycled --------------------------------------------------------------------------------------------


def leaving(new_firms, **values):
    firms = new_firms(2)
    firms.leaving[0], firms.settling_in[0], firms.revenue[0] = 1, 5, 200.0
    firms.liquidity[0], firms.debt[0], firms.output[0], firms.mean_profit[0] = -30.0, 500.0, 8.0, -0.2
    firms.slot_route[0, 0], firms.slot_capacity[0, 0] = 13, 10.0
    for name, value in values.items():
        firms[name][0] = value
    before = firms.copy()
    assert projects.renew_leaving(firms, 0.1) == 1
    return before, firms


def test_an_entrant_starts_with_fresh_cash_and_no_debt(new_firms):
    """Owners put in 20 + 30; the generation of the row counts on."""
    before, after = leaving(new_firms)
    assert (after[0].liquidity, after[0].debt, after[0].mean_profit, after[0].leaving) == (20.0, 0.0, 0.0, 0)
    assert after[0].dividend == pytest.approx(-50.0)
    assert after.generation.tolist() == [1, 0]
    assert after[1].liquidity == before[1].liquidity


def test_elsewhere_it_starts_without_plants_and_with_half_the_orders(new_firms):
    _, after = leaving(new_firms)
    assert (after[0].province, after[0].wanted_output) == (5, 4.0)
    assert after[0].slot_route.tolist() == [EMPTY] * 4
    assert after[0].slot_capacity.sum() == after[0].slot_output.sum() == 0.0


@pytest.mark.parametrize("stays", [{"settling_in": 0}, {"sector": 0}, {"pending_route": [13] + [EMPTY] * (QUEUE - 1)}])
def test_at_home_in_power_or_while_building_it_takes_over_the_plants(new_firms, stays):
    before, after = leaving(new_firms, **stays)
    assert after[0].province == 0
    assert after[0].slot_capacity.tolist() == before[0].slot_capacity.tolist()
