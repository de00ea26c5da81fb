"""What several test files share: one small model to take views from, quiet views to write numbers into, short runs."""

import os

import numpy as np
import pytest
from hypothesis import settings

# Tests that run side by side have no core left for second processes that compile.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TANLU_ONE_PROCESS", "1")

# The first example of a test may compile, which takes longer than any limit on a single one.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")

SMALL = {"extends": "baseline", "simulation": {"firms": 600, "end": 2030}}
EMPTY = -1


@pytest.fixture(scope="session")
def run_model():
    """A function that runs a model for some years and gives it back; the configuration is laid over a small one."""
    from simulator.model import TransitionModel

    def run(years, overrides=None, seed=None, **replaced):
        model = TransitionModel(SMALL, overrides=overrides, seed=seed, **replaced)
        for _ in range(years):
            model.step()
        return model

    return run


@pytest.fixture(scope="session")
def stepped_model(run_model):
    """A small model after three years. Not to be changed: tests take views and copies."""
    return run_model(3)


@pytest.fixture(scope="session")
def tables_equal():
    """Assert that two sets of result tables are the same to the last bit."""
    import pandas as pd

    def check(one, other):
        assert set(one) == set(other)
        for name, table in one.items():
            pd.testing.assert_frame_equal(table, other[name], check_exact=True, obj=name)

    return check


@pytest.fixture
def run_changed(monkeypatch, run_model):
    """A function that runs a model whose setting is changed by another function, and gives its tables."""
    import simulator.model
    from simulator.scenario import setting_of

    def run(change, years, overrides=None):
        with monkeypatch.context() as patch:
            patch.setattr(simulator.model, "setting_of", lambda config: change(setting_of(config)))
            return run_model(years, overrides).tables()

    return run


@pytest.fixture(scope="session")
def tables_close():
    """Assert that tables agree at 1e-9 of themselves or of the largest of their column, extensive columns but a factor.

    intensive: by table, the columns to which the factor does not apply; but: tables that are left out.
    """

    def check(found, wanted, factor=1.0, intensive=None, but=(), relative=1e-9):
        assert set(found) == set(wanted)
        for name in sorted(set(wanted) - set(but)):
            for column in wanted[name].select_dtypes("number").columns.drop("year"):
                times = 1.0 if column in (intensive or {}).get(name, ()) else factor
                goal = times * wanted[name][column].to_numpy()
                slack = relative * float(np.abs(goal).max(initial=0.0))
                got = found[name][column].to_numpy()
                np.testing.assert_allclose(got, goal, relative, slack, err_msg=f"{name}.{column}")

    return check


def quiet(view):
    """The view with every array zero: a test writes the few numbers that it is about."""
    silent = {
        name: np.zeros_like(value) if isinstance(value, np.ndarray) else value for name, value in view._asdict().items()
    }
    return type(view)(**silent)


@pytest.fixture
def costs(stepped_model):
    """A CostView without any cost; a unit of capacity makes one unit and is normally used in full."""
    world = stepped_model.world
    view = quiet(world.costs)._replace(year=np.array([2022]), parameters=world.setting.firm)
    view.routes["full_output"] = view.routes["utilisation"] = 1.0
    return view


@pytest.fixture
def investment(stepped_model):
    """An InvestmentView: all routes are open, found, approved, free of cost and of one family, and make one unit."""
    from simulator.investment import investment_view

    view = quiet(investment_view(stepped_model.world))
    real = stepped_model.setting.base.routes
    options, markets = view.options, view.markets
    for ones in ("is_open", "chance", "approval", "normal_output"):
        options[ones] = 1
    options["retrofit_of"], options["lifetime_years"] = EMPTY, 25.0
    markets["first_route"], markets["last_route"], markets["finance_limited"] = real.first_route, real.last_route, 1.0
    luck = view.luck._replace(seed=np.uint64(7), year=np.array([2022]))
    return view._replace(luck=luck, parameters=stepped_model.setting.firm)


@pytest.fixture
def ages(stepped_model):
    """An AgeView of 2022: plants live 25 years, run half of their first one, and merge within 5 years of age."""
    view = quiet(stepped_model.world.investing.ages)
    view.lifetime_years[:] = 25.0
    view.first_year_share[:] = 0.5
    view.retrofit_of[:] = EMPTY
    return view._replace(year=np.array([2022]), merge_age_years=5.0)


@pytest.fixture
def new_firms():
    """A function that makes idle firms without plants, of sector 1 in province 0."""
    from agents.firm_record import FirmState

    def make(count=1):
        firms = FirmState.table(count)
        firms.firm[:] = np.arange(count)
        firms.sector[:] = 1
        firms.slot_available[:] = 1.0
        firms.chosen_site[:] = firms.firm
        for name in ("slot_route", "chosen_route", "replaced_slot", "pending_route", "pending_slot"):
            firms[name][:] = EMPTY
        return firms

    return make
