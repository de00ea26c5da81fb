"""Firms' decisions as numpy arrays over replications give what the compiled rules give, at 1e-9."""

import numpy as np
import numpy_firms
import pytest
from capture import captured

from agents import draws
from agents.compiled import rows_of
from simulator.phases import DECISIONS

SEEDS = range(1, 4)
CHANGED = {
    "firm.form_expectations": ("expected_growth", "credibility", "expected_carbon_price"),
    "firm.set_price": ("markup", "unit_cost", "price", "slot_cost"),
    "firm.save_energy": ("saving", "saving_cost", "liquidity"),
    "firm.choose_route": ("trigger", "blocked", "chosen_route", "chosen_capacity", "replaced_slot"),
}


@pytest.fixture(scope="module")
def kept():
    """Firms and views of three members in 2024, when the carbon market has reached industry; every third lacks cash."""
    found = captured(tuple(CHANGED), 1, 4, SEEDS)
    for table, _ in found["firm.choose_route"]:
        table["liquidity"][::3] *= 0.01
    return found


def addressed(tables, views):
    """The draws that the compiled rule looks up [R, F, K]."""
    shape = (len(tables), tables[0].size, views[0].options.shape[1])
    luck = numpy_firms.Luck(*(np.empty(shape) for _ in range(3)))
    for (replication, firm, route), _ in np.ndenumerate(luck.taste):
        at, number = views[replication].luck, tables[replication]["firm"][firm]
        address = (at.year[0], number, route)
        luck.taste[replication, firm, route] = draws.gumbel(at.seed, at.choice, *address)
        luck.approval[replication, firm, route] = draws.uniform(at.seed, at.approval, *address)
        luck.demonstration[replication, firm, route] = draws.uniform(at.seed, at.demonstration, *address)
    return luck


@pytest.mark.parametrize("name", CHANGED)
def test_numpy_decides_as_the_compiled_rule(kept, name):
    tables, views = zip(*kept[name], strict=True)
    firms, seen = numpy_firms.Firms(tables), numpy_firms.Seen(views)
    luck = (addressed(tables, views),) if name == "firm.choose_route" else ()
    getattr(numpy_firms, name.split(".")[1])(firms, seen, *luck)
    for replication, (table, view) in enumerate(kept[name]):
        DECISIONS[name].everyone(rows_of(table), view)
        for quantity in CHANGED[name]:
            found, wanted = getattr(firms, quantity)[replication], table[quantity]
            slack = 1e-9 * float(np.abs(wanted).max())
            np.testing.assert_allclose(found, wanted, 1e-9, slack, err_msg=quantity)


def test_the_firms_of_the_test_choose_all_kinds_of_things(kept):
    """After the compiled rule has run: expansions and relinings, some chosen, some refused, some too dear."""
    tables = [table.copy() for table, _ in kept["firm.choose_route"]]
    for table, (_, view) in zip(tables, kept["firm.choose_route"], strict=True):
        DECISIONS["firm.choose_route"].everyone(rows_of(table), view)
    firms = np.concatenate(tables)
    assert set(firms["trigger"]) == {numpy_firms.NOTHING, numpy_firms.EXPANSION, numpy_firms.RELINING}
    assert {numpy_firms.BY_FINANCE, numpy_firms.BY_DEMAND, numpy_firms.BY_APPROVAL} <= set(firms["blocked"])
    assert (firms["chosen_route"] >= 0).sum() > 30
    assert (firms["replaced_slot"] >= 0).any()
