"""Local governments: signals come late and in part, projects pass or not."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents import local_government as rules
from agents.government_planning import delay_years, enforcement
from agents.government_record import ADDER, STRINGENCY, SUBSIDY, Channels, GovernmentState, SignalView, SupplyView

SHARE = st.floats(0.0, 1.0)
ROUTES, PROVINCES = 5, 3
COAL, WIND, STEEL = 0, 1, 2


@pytest.fixture
def own(stepped_model):
    return stepped_model.setting.government._replace(
        enforcement_floor=0.45, delay_slope_years=3.0, ample_supply_approval=0.4, reserve_margin=0.12
    )


@pytest.fixture
def governments():
    """Three governments whose officials are able to 0.4, 0.65 and 1."""
    table = GovernmentState.table(PROVINCES)
    table.government[:] = np.arange(PROVINCES)
    table.official_capacity[:] = 0.4, 0.65, 1.0
    return table


@pytest.fixture
def signals(own):
    """Full restraint on route COAL, a subsidy of 0.2 for WIND, a floor of 0.1, a local price of 30; own levers bear on
    COAL, WIND and sector 3."""
    capacity = np.array([0.4, 0.65, 1.0])
    view = SignalView(
        *(np.zeros((PROVINCES, size)) for size in (ROUTES, ROUTES, rules.SECTORS, rules.SECTORS)),
        *(np.zeros(size) for size in (ROUTES, ROUTES, rules.SECTORS)),
        Channels(*[capacity] * 6),
        own,
    )
    view.high_emission[COAL] = view.low_carbon[WIND] = view.priced[3] = 1.0
    view.stringency[:, COAL], view.subsidy[:, WIND] = 1.0, 0.2
    view.efficiency_floor[:], view.carbon_adder[:] = 0.1, 30.0
    return view


@pytest.fixture
def supply(own):
    """COAL and STEEL are high in emissions, COAL is firm power, and supply is scarce."""
    high, firm = np.array([1.0, 0, 1.0, 0, 0]), np.array([1.0, 0, 0, 0, 0])
    return SupplyView(high, firm, np.zeros((PROVINCES, ROUTES)), np.zeros(PROVINCES), own)


def test_enforcement_and_delay_by_hand():
    """0.45 + 0.55 x 0.4 = 0.67; 1 + 3 x 0.6 = 2.8 years."""
    assert enforcement(0.4, 0.45) == pytest.approx(0.67)
    assert delay_years(0.4, 3.0) == pytest.approx(2.8)


@given(SHARE, SHARE, st.floats(0.0, 0.9), st.floats(0.0, 5.0))
def test_able_officials_enforce_more_and_sooner(able, less, floor, slope):
    low, high = sorted((able, less))
    assert floor - 1e-12 <= enforcement(low, floor) <= enforcement(high, floor) <= 1.0 + 1e-12
    assert 1.0 <= delay_years(high, slope) <= delay_years(low, slope) <= 1.0 + slope


def test_a_signal_comes_in_part_and_late(governments, signals):
    """First year: 0.67 / 2.8 of the restraint; the subsidy needs time only: 0.2 / 2.8."""
    rules.implement_signals(governments[0], signals)
    first = governments[0]
    assert first.stringency[COAL] == pytest.approx(0.67 / 2.8)
    assert first.subsidy[WIND] == pytest.approx(0.2 / 2.8)
    assert first.efficiency_floor[3] == pytest.approx(0.1 * 0.67 / 2.8)
    assert first.carbon_adder[3] == pytest.approx(30.0 * 0.67 / 2.8)
    assert first.stringency[WIND] == first.subsidy[COAL] == 0.0


def test_perfect_officials_act_at_once_and_in_full(governments, signals):
    rules.implement_all_signals(governments, signals)
    assert (governments[2].stringency[COAL], governments[2].subsidy[WIND]) == (1.0, 0.2)
    assert governments.stringency[:, COAL].tolist() == sorted(governments.stringency[:, COAL])


def test_in_the_end_all_is_in_force_that_can_be_enforced_and_it_ends_with_the_signal(governments, signals):
    for _ in range(200):
        rules.implement_all_signals(governments, signals)
    assert governments.stringency[:, COAL].tolist() == pytest.approx([0.67, 0.45 + 0.55 * 0.65, 1.0])
    assert governments.subsidy[:, WIND].tolist() == pytest.approx([0.2] * 3)
    signals.stringency[:] = 0.0
    for _ in range(200):
        rules.implement_all_signals(governments, signals)
    assert governments.stringency.max() == pytest.approx(0.0, abs=1e-12)


def test_own_levers_add_to_national_signals(governments, signals):
    """Half of the most of three levers is added; of two standards the stricter holds."""
    able = governments[2]
    able.effective[[STRINGENCY, SUBSIDY, ADDER]] = 0.5
    able.standard = 0.12
    signals.stringency[:] = 0.5 * signals.stringency
    rules.implement_signals(able, signals)
    assert able.stringency[COAL] == pytest.approx(0.5 + 0.5 * signals.parameters.own_stringency_maximum)
    assert able.subsidy[WIND] == pytest.approx(0.2 + 0.5 * signals.parameters.own_subsidy_maximum)
    assert able.carbon_adder[3] == pytest.approx(30.0 + 0.5 * signals.parameters.own_adder_maximum)
    assert (able.subsidy[COAL], able.carbon_adder[4], able.efficiency_floor[3]) == (0.0, 30.0, 0.12)


def test_provinces_get_their_own_signals(governments, signals):
    signals.stringency[0] = 0.0
    rules.implement_all_signals(governments, signals)
    assert governments.stringency[0].max() == 0.0
    assert governments.stringency[1, COAL] > 0.0


def test_restraint_bears_on_high_emission_routes_only(governments, supply):
    governments.stringency[0, :ROUTES] = 0.3
    rules.review_projects(governments[0], supply)
    assert governments[0].approval[:ROUTES].tolist() == pytest.approx([0.7, 1.0, 0.7, 1.0, 1.0])


def test_firm_power_is_held_back_where_supply_is_ample(governments, supply):
    """Margin above 12 %: 0.4 of the chance, on top of the restraint."""
    supply.supply_margin[:] = 0.12, 0.13, 0.13
    governments.stringency[2, COAL] = 0.5
    rules.review_all_projects(governments, supply)
    assert governments.approval[:, COAL].tolist() == pytest.approx([1.0, 0.4, 0.2])
    assert governments.approval[:, STEEL].tolist() == [1.0] * 3


def test_nothing_passes_a_moratorium(governments, supply):
    supply.moratorium[1, STEEL] = 1.0
    rules.review_all_projects(governments, supply)
    assert governments.approval[:, STEEL].tolist() == [1.0, 0.0, 1.0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(SHARE, SHARE, st.floats(-1.0, 2.0)), min_size=PROVINCES, max_size=PROVINCES))
def test_chances_are_shares_and_no_government_depends_on_another(own, supply, drawn):
    table = GovernmentState.table(PROVINCES)
    table.government[:] = np.arange(PROVINCES)
    for row, (able, restraint, margin) in enumerate(drawn):
        table.official_capacity[row], table.stringency[row] = able, restraint
        supply.supply_margin[row] = margin
    alone = table.copy()
    rules.review_all_projects(table, supply)
    for row in reversed(range(PROVINCES)):
        rules.review_projects(alone[row], supply)
    assert table.approval.tolist() == alone.approval.tolist()
    assert ((table.approval >= 0.0) & (table.approval <= 1.0)).all()
