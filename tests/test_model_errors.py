"""An impossible value stops the run and says when, in which process, where, and what it was."""

import math

import pytest

from simulator import runs
from simulator.design import member_seed
from simulator.errors import ConfigError, ModelError
from simulator.model import TransitionModel
from simulator.names import load_names

SMALL = {"extends": "baseline", "simulation": {"firms": 600, "end": 2022}}
BAD_YEAR = 2021


def poison(name, value, province=None):
    """A rule that lets firms of a province (or all) show a value in `BAD_YEAR`, after the usual decision."""

    def rule(firm, costs):
        from agents.firm import set_price

        set_price(firm, costs)
        if costs.year[0] == BAD_YEAR and firm.sector == 1 and (province is None or firm.province == province):
            firm[name] = value

    return rule


def stopped(rules):
    """The error that ends a run, and the last year begun."""
    model = TransitionModel(SMALL, rules=rules)
    with pytest.raises(ModelError) as caught:
        for _ in range(3):
            model.step()
    return caught.value, model.year


@pytest.mark.parametrize("value", [math.nan, math.inf, -5.0])
def test_an_impossible_price_of_all_steel_makers_of_a_province_stops_the_year(value):
    error, year = stopped({"firm.set_price": poison("price", value, province=2)})
    assert year == error.year == BAD_YEAR
    assert error.province == "Hebei"
    for part in (str(BAD_YEAR), "price", "Hebei", "STL", "allowed"):
        assert part in str(error)
    assert error.value == value or (math.isnan(value) and math.isnan(error.value))


@pytest.mark.parametrize("value", [math.nan, -5.0])
def test_one_firm_with_an_impossible_price_is_enough(value):
    told = []

    def rule(firm, costs):
        from agents.firm import set_price

        set_price(firm, costs)
        if costs.year[0] == BAD_YEAR and firm.sector == 1 and not told:
            told.append(firm.province)
            firm.price = value

    error, year = stopped({"firm.set_price": rule})
    assert (error.year, year) == (BAD_YEAR, BAD_YEAR)
    assert error.province == load_names().provinces[told[0]]


def test_an_impossible_saving_stops_the_year_after():
    """It is decided at the end of a year and bears on the next one's energy and CO2."""

    def rule(firm, costs):
        if costs.year[0] == BAD_YEAR - 1 and firm.sector == 1:
            firm.saving = math.nan

    error, year = stopped({"firm.save_energy": rule})
    assert (error.year, year) == (BAD_YEAR, BAD_YEAR)


def test_an_impossible_tariff_does_not_pass():
    def rule(operator, seen):
        operator.tariff = math.nan

    error, _ = stopped({"grid_operator.set_tariff": rule})
    assert error.province
    assert math.isnan(error.value)


def test_a_member_that_stops_is_recorded_with_its_reason(tmp_path, monkeypatch):
    """The others go on."""
    usual = TransitionModel.step

    def step(model):
        if model.world.seed == member_seed(1, 1) and model.world.year == 2020:
            raise ModelError("price of goods", 2021, -5.0, "a finite price of zero or more", "Hebei", "STL")
        usual(model)

    monkeypatch.setattr(TransitionModel, "step", step)
    done = runs.run_ensemble(SMALL, 3, workers=1, out=tmp_path / "three")
    status = done.members.status.tolist()
    assert [status[0], status[2]] == ["done", "done"]
    assert status[1] == "price of goods in Hebei, 2021 (STL): value -5.0; allowed: a finite price of zero or more"
    assert set(done.national.member) == {0, 2}


def test_a_model_that_is_over_says_so():
    model = TransitionModel(SMALL)
    for _ in range(3):
        assert model.running
        model.step()
    assert not model.running
    with pytest.raises((ModelError, ConfigError, RuntimeError), match="2022"):
        model.step()
