"""Where firms build and whether they stay: groups, footloose expansions, exit and where entrants settle."""

import math

import numpy as np
import pytest

from agents import firm_location as rules
from agents.compiled import rows_of
from agents.firm_investment import EXPANSION, RELINING
from agents.firm_project_value import Market
from agents.firm_record import EMPTY
from agents.government_record import GovernmentState
from simulator.investment import site_view, weigh_places

ROUTE = 13


@pytest.fixture
def seen(stepped_model):
    """Three firms of one group in provinces 0, 1 and 2; every place is alike; all expansions may go elsewhere."""
    view = site_view(stepped_model.world)
    return view._replace(
        luck=view.luck._replace(seed=np.uint64(7), year=np.array([2022])),
        place_value=np.zeros_like(view.place_value),
        industry_capacity=np.ones_like(view.industry_capacity),
        footloose_share=np.ones_like(view.footloose_share),
        first_mate=np.zeros(3000, dtype=np.int64),
        last_mate=np.full(3000, 3),
        mates=np.arange(3),
        row_of=np.arange(3),
        firm_province=np.arange(3, dtype=np.int32),
    )


@pytest.fixture
def firms(new_firms):
    """Many firms that all want to expand; the group is that of the first three, whom they all count among."""
    firms = new_firms(3000)
    firms.chosen_route[:], firms.trigger[:] = ROUTE, EXPANSION
    return firms


def test_value_of_a_place_by_hand():
    """-4 x 1.1 + ln 20 + ln 0.5."""
    assert rules.place_value(1.1, 20.0, 0.5, 4.0) == pytest.approx(-4.4 + math.log(20.0) + math.log(0.5))
    assert rules.place_value(1.1, 20.0, 0.5, 4.0) == pytest.approx(-2.097, abs=5e-4)


def test_a_place_without_industry_or_approval_is_worth_almost_nothing_but_a_number():
    assert -100.0 < rules.place_value(1.0, 0.0, 0.0, 1.0) < -20.0


def test_values_of_places_by_hand(seen):
    """3 ordered at 10 and 1 at 30: mean 15. Without orders no relative cost; approval is the mean of two routes."""
    price, orders = np.array([[10.0, 5.0], [30.0, 5.0]]), np.array([[3.0, 0.0], [1.0, 0.0]])
    governments, markets = GovernmentState.table(2), Market.grid(1, 2)
    governments.approval[:], governments.approval[0, 1] = 1.0, 0.5
    markets["first_route"], markets["last_route"] = (0, 2), (2, 3)
    seen = seen._replace(industry_capacity=np.full((2, 2), 2.0))
    weigh_places(price, orders, rows_of(governments), markets, 3.0, seen)
    wanted = [[-2.0 + math.log(1.5), math.log(2.0)], [-6.0 + math.log(2.0), math.log(2.0)]]
    assert seen.place_value[:2, :2] == pytest.approx(np.array(wanted))


def test_alike_places_are_chosen_alike(firms, seen):
    rules.choose_all_sites(firms, seen)
    share = np.bincount(firms.chosen_site, minlength=3)[:3] / firms.size
    assert share == pytest.approx([1 / 3] * 3, abs=0.03)


def test_the_cheap_place_wins_when_cost_is_all(firms, seen):
    seen.place_value[2] = 1e5
    rules.choose_all_sites(firms, seen)
    assert set(firms.chosen_site.tolist()) == {2}


def test_part_of_the_expansions_stay_at_home(firms, seen):
    """A quarter looks round, of which a third finds its own place among the three."""
    seen.footloose_share[:] = 0.25
    rules.choose_all_sites(firms, seen)
    assert (firms.chosen_site == firms.firm).mean() == pytest.approx(0.75, abs=0.03)


def test_only_expansions_roam(firms, seen):
    firms.trigger[::2], firms.chosen_route[1::2] = RELINING, EMPTY
    firms.chosen_site[:] = 2
    rules.choose_all_sites(firms, seen)
    assert firms.chosen_site.tolist() == firms.firm.tolist()


@pytest.mark.parametrize(
    ("profit", "cash", "leaves"), [(-0.1, -1.0, 1), (-0.1, 1.0, 0), (0.1, -1.0, 0), (0.0, -1.0, 0), (-0.1, 0.0, 0)]
)
def test_who_loses_money_and_has_none_gives_up(new_firms, seen, profit, cash, leaves):
    firm = new_firms()[0]
    firm.mean_profit, firm.liquidity, firm.leaving = profit, cash, 1 - leaves
    rules.leave_market(firm, seen)
    assert firm.leaving == leaves


def test_entrants_settle_where_the_industry_is(new_firms, seen):
    """Two provinces know the industry, one three times as large as the other: odds of 3 to 1."""
    seen.industry_capacity[:] = 0.0
    seen.industry_capacity[[4, 9], 1] = 30.0, 10.0
    seen.place_value[[4, 9], 1] = math.log(30.0), math.log(10.0)
    firms = new_firms(3000)
    firms.mean_profit[:], firms.liquidity[:] = -0.1, -1.0
    rules.review_all_firms(firms, seen)
    assert set(firms.settling_in.tolist()) == {4, 9}
    assert (firms.settling_in == 4).mean() == pytest.approx(0.75, abs=0.03)
