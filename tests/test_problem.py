"""Parameters as a SALib problem: samples become tables that an ensemble takes."""

from pathlib import Path

import numpy as np
import pytest
from SALib.sample import latin

from simulator.analysis.problem import parameter_table, problem
from simulator.config import load_config
from simulator.design import design_of
from simulator.errors import ConfigError
from simulator.names import load_names
from simulator.runs import run

NAMES = ["payback_mean", "industry_capex_factor", "demand_growth_shift"]


def test_a_sample_of_salib_is_a_table_of_parameters(tmp_path):
    asked = problem(NAMES)
    table = parameter_table(asked, latin.sample(asked, 64, seed=1))
    known = load_names().parameters
    for name in NAMES:
        assert known[name].low <= table[name].min() < table[name].max() <= known[name].high
    # A triangle from 2 to 5 with its mode at 3.3 has the mean 10.3 / 3.
    assert table["payback_mean"].mean() == pytest.approx(10.3 / 3, rel=0.01)
    path = tmp_path / "sample.csv"
    table.to_csv(path, index=False)
    design = design_of(load_config("baseline", {"ensemble": {"sampling": "table", "table": str(path)}}))
    np.testing.assert_allclose(design["parameter_payback_mean"], table["payback_mean"])


def test_all_that_varies_is_in_it():
    assert problem()["num_vars"] == sum(row.varies for row in load_names().parameters.values())


def test_ranges_of_a_scenario_are_those_of_its_problem():
    own = {"payback_mean": {"low": 2.5, "high": 3.5, "distribution": "uniform"}}
    scenario = {"extends": "baseline", "ensemble": {"sampled": ["payback_*"], "kept": ["payback_sd"], "ranges": own}}
    asked = problem(scenario=scenario)
    stated = asked["ranges"]["payback_mean"]
    assert (stated["low"], stated["high"], stated["distribution"]) == (2.5, 3.5, "uniform")
    table = parameter_table(asked, latin.sample(asked, 64, seed=1))
    assert list(table) == asked["names"]
    assert table["payback_mean"].mean() == pytest.approx(3.0, rel=0.01)
    wrong = {**scenario, "ensemble": {"ranges": {"payback_mean": {"low": 1.0, "high": 3.5}}}}
    with pytest.raises(ConfigError, match="outside the range"):
        problem(scenario=wrong)


def test_what_cannot_be_sampled_is_refused():
    with pytest.raises(ConfigError) as caught:
        problem(["paybak_mean", "build_years_coal"])
    assert "did you mean payback_mean?" in caught.value.lines[0]
    assert "has no range" in caught.value.lines[1]


def test_the_function_that_ema_workbench_drives():
    """The example of docs/ema_workbench.md, for a few firms."""
    text = (Path(__file__).parent.parent / "docs" / "ema_workbench.md").read_text(encoding="utf-8")
    code = text[text.index("def tanlu") : text.index("\n\n\nmodel = Model")]
    small = code.replace(
        '"parameters": parameters', '"parameters": parameters, "simulation": {"firms": 600, "end": 2022}'
    )
    space = {"run": run}
    exec(small.replace("2035]", "2021]").replace("2060]", "2022]"), space)
    low, high = (space["tanlu"](demand_growth_shift=one) for one in (-0.01, 0.01))
    assert set(low) == {"co2_2035_mt", "co2_2060_mt"}
    assert low["co2_2060_mt"] < high["co2_2060_mt"]
