"""The model written a second time, on plain Mesa agents, gives the same numbers at 1e-9: an oracle on a small world."""

import numpy as np
import pytest
from mesa_reference import MesaReference
from mesa_reference.scheduling import energy_above, level_for, level_up_to, meeting_energy, shift
from mesa_reference.selling import Seller

from simulator.model import TransitionModel

# The least number of firms that the country's markets need.
SMALLEST = {"simulation": {"firms": 1}}
# What is left of rounding is measured against what it is a difference of.
SIZE_OF = {"hydro_spilled_twh": "hydro_inflow_twh", "charge_gw": "load_gw", "discharge_gw": "load_gw"}


def both(scenario, years):
    """The compiled model and the reference after so many years.

    `elsewhere` of the reference: firms that did not build at home in any of these years, since a choice of site stands
    for its year only and so small a world may have none of them in the last.
    """
    models = (TransitionModel(scenario, overrides=SMALLEST), MesaReference(scenario, overrides=SMALLEST))
    models[1].elsewhere = set()
    for _ in range(years):
        for model in models:
            model.step()
        models[1].elsewhere |= {firm.firm for firm in models[1].firms if firm.chosen_site != firm.firm}
    models[1].report_firms()
    return models


@pytest.fixture(scope="module")
def six_years():
    """The baseline up to the end of the first plan."""
    return both("baseline", 6)


def assert_same_records(found, wanted, relative=1e-9):
    """Every quantity of every agent, but for what stands in empty places of the queue."""
    for name in wanted.dtype.names:
        got, goal = (np.asarray(table[name], dtype=np.float64) for table in (found, wanted))
        if name.startswith("pending_"):
            got, goal = (np.where(table["pending_route"] >= 0, table[name], 0.0) for table in (found, wanted))
        slack = relative * float(np.abs(wanted[SIZE_OF.get(name, name)]).max(initial=0.0))
        np.testing.assert_allclose(got, goal, relative, slack, err_msg=name)


def assert_same(compiled, reference, tables_close):
    """Tables of all years, and the state of all agents at the end."""
    tables_close(reference.tables(), compiled.tables())
    ours, theirs = reference.world, compiled.world
    assert_same_records(ours.firm_rows, theirs.firm_rows)
    assert_same_records(ours.power.operator_rows, theirs.power.operator_rows)
    assert_same_records(ours.government_rows, theirs.government_rows)


def test_six_years_are_the_same(six_years, tables_close):
    assert_same(*six_years, tables_close)


def test_much_has_happened_in_them(six_years):
    """What does not happen is not tested: these are the situations that the small world goes through."""
    _, reference = six_years
    firms, governments = list(reference.firms), list(reference.governments)
    assert any(firm.generation > 0 for firm in firms), "nobody gave up"
    assert any(firm.bank > 0.0 for firm in firms), "nobody keeps allowances"
    assert any(firm.bought_late > 0.0 for firm in firms), "nobody bought allowances late"
    assert any(firm.certificate_cost > 0.0 for firm in firms), "nobody paid for certificates"
    assert reference.elsewhere, "nobody built elsewhere"
    assert any(firm.replaced is not None for firm in firms), "nothing is relined"
    assert {firm.blocked for firm in firms} == set(range(7)), "nothing stood in the way for one of the reasons"
    assert any(sum(operator.tendered_gw) > 0.0 for operator in reference.operators), "nothing was tendered"
    assert any(operator.roofs_connected_gw > 0.0 for operator in reference.operators), "no roof was connected"
    assert any(one.plans_missed for one in governments), "every plan was fulfilled"
    assert any(one.plans_met for one in governments), "every plan was missed"


@pytest.mark.parametrize("scenario", ["no_trade", "given_carbon_price"])
def test_so_are_three_of_a_country_short_of_power_and_of_one_with_a_given_price(scenario, tables_close):
    models = both(scenario, 3)
    assert_same(*models, tables_close)
    assert (models[0].world.power.ration > 0.0).any() == (scenario == "no_trade")
    assert models[0].world.allowances.clears == (scenario == "no_trade")


def test_a_slightly_different_decision_is_found(monkeypatch, tables_close):
    """A marginal cost that is a ten-millionth off shows in one year."""
    usual = Seller.marginal_cost
    monkeypatch.setattr(Seller, "marginal_cost", lambda *told: (1.0 + 1e-7) * usual(*told))
    models = both("baseline", 1)
    with pytest.raises(AssertionError):
        assert_same(*models, tables_close)


def test_what_the_reference_cannot_do_is_refused():
    with pytest.raises(ValueError, match="no frozen run"):
        MesaReference("baseline", overrides={"simulation": {"firms": 1, "frozen": True}})


# --- levels, where the reference goes another way ---------------------------------------------------------------------


LOADS, HOURS = [5.0, 3.0, 4.0], [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("energy", "level"), [(0.0, 5.0), (0.5, 4.5), (1.0, 4.0), (4.0, 3.0), (7.0, 2.0), (8.0, 1.0), (99.0, 1.0)]
)
def test_cutting_to_a_level_takes_the_energy(energy, level):
    assert level_for(LOADS, HOURS, 2.0, energy) == pytest.approx(level)
    assert energy_above(level, LOADS, HOURS, 2.0) == pytest.approx(min(energy, 8.0))


def test_filling_is_cutting_upside_down():
    assert level_up_to(LOADS, HOURS, 2.0, 0.5) == pytest.approx(3.5)


def test_levels_meet_where_more_would_undo_itself():
    """5 and 3 of an hour each, efficiency 0.8: level 4 - 1/9, cut 10/9, fill 8/9."""
    assert meeting_energy([5.0, 3.0], [1.0, 1.0], 9.0, 0.8) == pytest.approx(8.0 / 9.0)
    charge, discharge, left = shift([5.0, 3.0], [1.0, 1.0], 9.0, 99.0, 0.8)
    assert (charge[1], discharge[0]) == pytest.approx((10.0 / 9.0, 8.0 / 9.0))
    assert left == pytest.approx([5.0 - 8.0 / 9.0, 3.0 + 10.0 / 9.0])
