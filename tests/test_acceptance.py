"""The register of acceptance checks: complete, of scenarios that load, and judged by the side of the interval."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from simulator.config import load_config
from simulator.design import member_seed
from simulator.model import TransitionModel

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def acceptance():
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module("acceptance")
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def paired(acceptance):
    return sys.modules["paired_runs"]


def test_every_check_is_there(acceptance):
    assert {one.number for one in acceptance.CHECKS} >= set(range(1, 22))


def test_every_scenario_of_a_check_loads(acceptance, paired):
    texts = {text for one in acceptance.CHECKS for text in one.scenarios}
    assert len(texts) > 30
    for text in texts:
        assert load_config(paired.config_of(text)).simulation.end == 2060


def test_a_scenario_is_named_by_what_it_changes(paired):
    one = paired.scenario(signals={"a": paired.signal("output_linkage", {2020: 1.0})})
    assert one == paired.scenario(signals={"a": {"schedule": {"2020": 1.0}, "variable": "output_linkage"}})
    assert paired.config_of(one)["signals"]["a"]["schedule"] == {2020: 1.0}


def test_members_keep_what_the_tables_of_their_runs_show(paired):
    """Two members of a short run, beside the tables of a run with the second one's seed."""
    text = paired.scenario(simulation={"end": 2022, "firms": 600})
    ensemble = paired.Ensemble(2020, paired.run_members(text, range(2)))
    seed = member_seed(load_config(paired.config_of(text)).simulation.seed, 1)
    model = TransitionModel(paired.config_of(text), seed=seed)
    for _ in range(3):
        model.step()
    tables = model.tables()
    assert ensemble.path("national", "co2_mt")[1].tolist() == tables["national"]["co2_mt"].tolist()
    sectors = tables["sectors"].query("province == 'Henan' and sector == 'STL'")
    kept = ensemble.path("sectors", "co2_mt", "Henan", "STL")[1]
    np.testing.assert_allclose(kept, sectors["co2_mt"], rtol=1e-6)  # kept in single precision
    steel = tables["routes"].query("year == 2022 and sector == 'STL'").groupby("route")["output"].sum()
    assert ensemble.at("routes", "output", 2022, "bf_bof")[1] == pytest.approx(steel["bf_bof"])


@pytest.mark.parametrize(
    ("expected", "low", "mean", "high", "holds"),
    [
        ("rises", 0.1, 0.2, 0.3, True),
        ("rises", -0.1, 0.2, 0.3, False),
        ("falls", -0.3, -0.2, -0.1, True),
        ("falls", -0.3, -0.2, 0.1, False),
        ("none", -0.4, 0.0, 0.4, True),
        ("none", -0.4, 0.0, 0.6, False),
        ("in most members", 0.3, 0.5, 0.7, True),
        ("in most members", 0.2, 0.49, 0.7, False),
    ],
)
def test_a_sign_holds_by_its_interval(acceptance, expected, low, mean, high, holds):
    check = acceptance.Check(1, "a", "b", expected, (), lambda: None, tolerance=0.5)
    assert acceptance.Found(check, mean, low, high).holds == holds


def test_a_stopped_scenario_is_no_success(acceptance):
    check = acceptance.Check(1, "a", "b", "rises", (), lambda: None)
    found = acceptance.Found(check, np.nan, np.nan, np.nan, "stopped: CO2 in Henan, 2030")
    assert not found.holds
    assert "stopped" in acceptance.row(found)[-1]


def test_the_rhythm_of_a_five_year_wave_is_found_and_noise_has_none(acceptance, paired):
    governments = sys.modules["acceptance_governments"]
    years = np.arange(41.0)
    luck = np.random.default_rng(1)
    noise = 0.01 * luck.standard_normal((400, 41, 31))

    def ensemble(intensity):
        values = np.stack([np.exp(intensity), np.ones_like(intensity)], axis=-1)
        kept = paired.Kept(("co2_mt", "gdp_bn_cny"), (tuple(f"p{i}" for i in range(31)),), values)
        return paired.Ensemble(2020, {"provinces": kept})

    wave = 0.05 * np.sin(2 * np.pi * years / 5)[None, :, None] * np.ones((2, 1, 31))
    assert (governments.rhythm(ensemble(wave)) > 0.8).all()
    steps = np.cumsum(noise, axis=1)
    assert abs(governments.rhythm(ensemble(steps)).mean()) < 0.005
