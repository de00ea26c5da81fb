"""Own ranges of parameters: what is drawn in them, what stays as it was, and what is refused."""

import json
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from simulator import cli
from simulator.commands_ensemble import stated
from simulator.config import Distribution, load_config
from simulator.design import design_of
from simulator.errors import ConfigError
from simulator.marginals import DISTRIBUTIONS
from simulator.names import load_names
from simulator.ranges import sampled_ranges

NARROW = {
    "payback_mean": {"low": 2.5, "high": 3.5},
    "imitation_weight": {"low": 0.2, "high": 0.4, "distribution": "uniform"},
}


def scenario(**ensemble):
    return load_config("baseline", {"ensemble": {"members": 8, "sampling": "sobol", **ensemble}})


def test_a_range_has_the_distributions_that_there_are():
    assert set(get_args(Distribution)) == set(DISTRIBUTIONS)


@pytest.mark.parametrize("sampling", ["latin_hypercube", "sobol"])
def test_own_ranges_move_their_parameters_and_no_other(sampling):
    shipped, own = (design_of(scenario(sampling=sampling, ranges=one)) for one in ({}, NARROW))
    others = [one for one in shipped if one.removeprefix("parameter_") not in NARROW]
    assert list(own.columns) == list(shipped.columns)
    pd.testing.assert_frame_equal(own[others], shipped[others], check_exact=True)
    for name, range_ in NARROW.items():
        assert own["parameter_" + name].between(range_["low"], range_["high"]).all()


def test_a_value_keeps_its_place_between_the_ends():
    """Uniform in 0.2 to 0.4 and in 0 to 1: the same places, so values are 0.2 + 0.2 of the others."""
    whole, part = (
        design_of(scenario(ranges={"imitation_weight": {"low": low, "high": high, "distribution": "uniform"}}))
        for low, high in ((0.0, 1.0), (0.2, 0.4))
    )
    places = whole["parameter_imitation_weight"].to_numpy()
    np.testing.assert_allclose(part["parameter_imitation_weight"], 0.2 + 0.2 * places, rtol=1e-14)


def test_the_distribution_is_that_of_the_table_unless_another_is_stated():
    drawn = sampled_ranges(scenario(ranges={**NARROW, "choice_sharpness": {"low": 10, "high": 14}}))
    found = [(row.low, row.value, row.high, row.distribution) for row in (drawn[name] for name in drawn)]
    assert found[list(drawn).index("payback_mean")] == (2.5, 3.3, 3.5, "triangular")
    assert found[list(drawn).index("imitation_weight")] == (0.2, 0.5, 0.4, "uniform")
    assert found[list(drawn).index("choice_sharpness")] == (10.0, 12.0, 14.0, "log_triangular")


RANGE = {"low": 2.5, "high": 3.5}


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (
            {"ensemble": {"ranges": {"paybak_mean": RANGE}}},
            "ensemble.ranges.paybak_mean = 2.5 to 3.5: unknown parameter; did you mean payback_mean?; allowed: the",
        ),
        (
            {"ensemble": {"ranges": {"build_years_coal": RANGE}}},
            "ensemble.ranges.build_years_coal = 2.5 to 3.5: has no range in parameters.csv; allowed: what varies there",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": {"low": 3.5, "high": 2.5}}}},
            "payback_mean = 3.5 to 2.5: low is not below high; allowed: two values within 2 to 5 years, the lower one",
        ),
        ({"ensemble": {"ranges": {"payback_mean": {"low": 3.3, "high": 3.3}}}}, "= 3.3 to 3.3: low is not below high"),
        (
            {"ensemble": {"ranges": {"payback_mean": {"low": 1.0, "high": 3.5}}}},
            "payback_mean = 1 to 3.5: outside the range of parameters.csv; allowed: within 2 to 5 years",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": {"low": 4.0, "high": 5.0}}}},
            "payback_mean = 4 to 5: triangular has its centre at 3.3, the value in parameters.csv; allowed: a range",
        ),
        (
            {"ensemble": {"ranges": {"imitation_weight": {"low": 0, "high": 1, "distribution": "log_triangular"}}}},
            "imitation_weight = 0 to 1: log_triangular is of what is above zero; allowed: triangular, uniform, normal",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": RANGE}}, "parameters": {"payback_mean": 3}},
            "payback_mean = 2.5 to 3.5: parameters.payback_mean = 3 is stated, too; allowed: one of the two",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": RANGE}, "sweep": {"payback_mean": [2, 3]}}},
            "payback_mean = 2.5 to 3.5: ensemble.sweep.payback_mean = 2, 3 is stated, too; allowed: one of the two",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": RANGE}, "kept": ["payback_*"]}},
            "payback_mean = 2.5 to 3.5: ensemble.kept = payback_* is stated, too; allowed: one of the two",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": RANGE}, "sampled": ["hurdle_*"]}},
            "payback_mean = 2.5 to 3.5: not among ensemble.sampled = hurdle_*; allowed: what is named there",
        ),
        (
            {"ensemble": {"ranges": {"payback_mean": RANGE}, "sampling": "none"}},
            "ensemble.ranges of payback_mean: nothing is drawn in them with sampling = none; allowed: latin_hypercube",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_line(overrides, told):
    ensemble = {"members": 8, "sampling": "sobol", **overrides["ensemble"]}
    with pytest.raises(ConfigError) as caught:
        design_of(load_config("baseline", {**overrides, "ensemble": ensemble}))
    assert len(caught.value.lines) == 1
    assert told in caught.value.lines[0]


def test_ranges_are_inherited_by_name_and_null_takes_one_away(tmp_path):
    (tmp_path / "base.yaml").write_text(
        f"extends: baseline\nensemble: {{sampling: sobol, ranges: {json.dumps(NARROW)}}}\n", encoding="utf-8"
    )
    (tmp_path / "mine.yaml").write_text(
        "extends: ./base.yaml\nparameters: {payback_mean: 3}\n"
        "ensemble: {ranges: {payback_mean: null, hurdle_rate_sd: {low: 0.02, high: 0.03}}}\n",
        encoding="utf-8",
    )
    ranges = load_config(tmp_path / "mine.yaml").ensemble.ranges
    assert list(ranges) == ["imitation_weight", "hurdle_rate_sd"]
    over = load_config(tmp_path / "mine.yaml", stated({}, {}, [], ["hurdle_rate_sd=0.015,0.035,uniform"]))
    assert list(over.ensemble.ranges) == ["imitation_weight", "hurdle_rate_sd"]
    assert over.ensemble.ranges["hurdle_rate_sd"].distribution == "uniform"
    assert load_config({"name": "again", "extends": str(tmp_path / "mine.yaml")}).ensemble.ranges == ranges


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("payback_mean", "--range = payback_mean: no name and value; allowed: name=low,high"),
        ("payback_mean=2", "--range = payback_mean=2: 1 values; allowed: name=low,high"),
        ("payback_mean=2,3,uniform,4", "4 values; allowed: name=low,high or name=low,high,distribution, such as"),
    ],
)
def test_a_range_on_the_command_line_is_two_ends_and_a_distribution(text, told):
    with pytest.raises(ConfigError) as caught:
        stated({}, {}, [], [text])
    assert told in caught.value.lines[0]


def test_an_ensemble_says_in_which_ranges_it_was_drawn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    design = "--sampling sobol --members 2 --range payback_mean=2.5,3.5 --range imitation_weight=0.2,0.4,uniform"
    with pytest.raises(SystemExit) as end:
        cli.main(f"ensemble {design} --firms 600 --end 2020 --workers 1 --out narrow".split())
    assert end.value.code == 0, capsys.readouterr().err
    about = json.loads((tmp_path / "narrow" / "provenance.json").read_text(encoding="utf-8"))
    assert about["ranges"] == {
        "payback_mean": {"low": 2.5, "high": 3.5, "distribution": "triangular"},
        "imitation_weight": {"low": 0.2, "high": 0.4, "distribution": "uniform"},
    }
    members = pd.read_parquet(tmp_path / "narrow" / "members.parquet")
    assert members["parameter_imitation_weight"].between(0.2, 0.4).all()
    varying = sum(row.varies for row in load_names().parameters.values())
    assert len(sampled_ranges(load_config(tmp_path / "narrow" / "config.yaml"))) == varying
