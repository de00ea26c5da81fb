"""Firms in other rows, each with its number, make the same country: nothing depends on the order of a table."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.base_year import POWER

YEARS = 4


def shuffled(setting, seed):
    """The same firms in other rows; generators stay in front of industry."""
    firms = setting.population.firms
    luck = np.random.default_rng(seed)
    order = np.concatenate([luck.permutation(np.flatnonzero((firms.sector == POWER) == one)) for one in (True, False)])
    moved = firms[order].view(np.recarray)
    assert (moved.firm != np.arange(firms.size)).mean() > 0.9
    return replace(setting, population=setting.population._replace(firms=moved))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_firms_does_not_matter(run_model, run_changed, tables_close, seed):
    tables_close(run_changed(lambda one: shuffled(one, seed), YEARS), run_model(YEARS).tables())


def test_nor_does_it_where_many_expansions_go_elsewhere(run_model, run_changed, tables_close):
    roaming = {"parameters": {"footloose_share_manufacturing": 0.4, "footloose_share_other": 0.1}}
    found = run_changed(lambda one: shuffled(one, 3), YEARS, roaming)
    tables_close(found, run_model(YEARS, roaming).tables())
