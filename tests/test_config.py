"""Scenarios: bad input is one line per error, a shipped one is only its difference, what is resolved reads back."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from simulator.config import Config, load_config, schema
from simulator.errors import ConfigError
from simulator.scenario_files import shipped, shipped_folder

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "bad_scenarios.yaml").read_text(encoding="utf-8"))
SCENARIOS = (
    "baseline",
    "coal_lock_in",
    "delayed",
    "dual_carbon",
    "dual_carbon_exchange",
    "dual_carbon_training",
    "dual_carbon_training_and_exchange",
    "exchange",
    "fifteenth_plan_stress",
    "four_provinces",
    "given_carbon_price",
    "high_carbon_price",
    "market_integration",
    "no_trade",
    "training",
    "training_and_exchange",
    "unified_power_market",
    "uniform_package",
    "very_high_carbon_price",
)


def errors_of(source, **overrides):
    with pytest.raises(ConfigError) as caught:
        load_config(source, overrides or None)
    return caught.value.lines


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_each_error_is_one_line_with_path_value_and_what_is_allowed(case, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(case["text"], encoding="utf-8")
    lines = errors_of(file)
    assert len(lines) == case["lines"], lines
    assert all("\n" not in line and str(file) in line for line in lines), lines
    assert all(any(expected in line for line in lines) for expected in case["says"]), lines


def test_missing_file_and_missing_scenario_name_what_there_is():
    assert errors_of("./nothing.yaml") == [
        f"./nothing.yaml: there is no such file; allowed: a YAML file, or one of {', '.join(shipped())}"
    ]
    assert "no_trad: no scenario of that name; did you mean no_trade?" in errors_of("no_trad")[0]
    assert "is a folder" in errors_of("./")[0]


def test_a_file_that_is_not_text_is_refused(tmp_path):
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"name: \xff\xfe")
    assert "byte 6: not UTF-8" in errors_of(file)[0]


def test_circular_extends_over_two_files_names_the_way(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: ./b.yaml\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("extends: ./a.yaml\n", encoding="utf-8")
    assert "circular (a.yaml -> b.yaml -> a.yaml)" in errors_of(tmp_path / "a.yaml")[0]


def test_an_error_names_the_file_that_made_it(tmp_path):
    (tmp_path / "base.yaml").write_text("simulation: {end: 2099}\n", encoding="utf-8")
    (tmp_path / "top.yaml").write_text("extends: ./base.yaml\npower: {market: x}\n", encoding="utf-8")
    lines = errors_of(tmp_path / "top.yaml", simulation={"seed": -5})
    assert [line.split(": ")[0].rsplit("/")[-1] for line in lines] == ["base.yaml", "command line", "top.yaml"]


def test_sections_merge_and_a_signal_is_replaced_whole(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "extends: baseline\nsimulation: {end: 2030}\n"
        "signals:\n  feed_in_biomass: null\n"
        "  carbon_price: {variable: carbon_price_cny_per_tco2, schedule: {2025: 10}}\n",
        encoding="utf-8",
    )
    config, base = load_config(file), load_config("baseline")
    assert (config.name, config.description, config.simulation.end) == ("mine", "", 2030)
    assert config.simulation.firms == base.simulation.firms
    assert set(base.signals) - set(config.signals) == {"feed_in_biomass"}
    assert config.signals["carbon_price"].schedule == {2025: 10.0}


def test_shipped_scenarios_are_there_titled_and_said_in_two_languages():
    assert tuple(shipped()) == SCENARIOS
    for name in SCENARIOS:
        config = load_config(name)
        assert config.name == name
        assert config.description
        assert config.title_zh


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "baseline"])
def test_a_shipped_scenario_states_nothing_that_its_base_says_too(name):
    own = yaml.safe_load((shipped_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    base = yaml.safe_load((shipped_folder() / f"{own['extends']}.yaml").read_text(encoding="utf-8"))
    for section in set(own) - {"extends", "name", "title_zh", "description"}:
        for key, value in own[section].items():
            assert base.get(section, {}).get(key) != value, (section, key)
    assert load_config(name) != load_config("baseline")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_resolved_scenario_reads_back_as_the_same(name, tmp_path):
    config = load_config(name, {"parameters": {"wheeling_charge": 50}})
    file = tmp_path / "config.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    again = load_config(file)
    assert again == config
    assert again.to_yaml() == config.to_yaml()
    assert load_config(config) == config
    assert load_config(yaml.safe_load(config.to_yaml())) == config


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_schema_accepts_shipped_scenarios_and_refuses_a_misspelt_key(name):
    content = yaml.safe_load((shipped_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    as_json = json.loads(json.dumps(content))
    jsonschema.validate(as_json, schema())
    jsonschema.validate({**as_json, "signals": {"carbon_price": None}}, schema())
    ranges = {"payback_mean": {"low": 2, "high": 3}, "imitation_weight": None}
    jsonschema.validate({**as_json, "ensemble": {"ranges": ranges}}, schema())
    for wrong in ({"simulatoin": {}}, {"ensemble": {"ranges": {"payback_mean": {"low": 2}}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**as_json, **wrong}, schema())


def test_every_field_is_described():
    def fields(model):
        for name, field in model.model_fields.items():
            yield f"{model.__name__}.{name}", field
            if isinstance(field.annotation, type) and hasattr(field.annotation, "model_fields"):
                yield from fields(field.annotation)

    assert [name for name, field in fields(Config) if not field.description] == []


def test_provinces_and_sectors_may_be_named_in_chinese():
    def standard(province, sector):
        scope = {"provinces": [province], "sectors": [sector]}
        signal = {"variable": "efficiency_floor_share", "scope": scope, "schedule": {2025: 0.1}}
        return load_config({"extends": "baseline", "signals": {"standard": signal}})

    assert standard("河南", "钢铁") == standard("Henan", "STL")


def test_a_scenario_is_frozen():
    config = load_config("baseline")
    with pytest.raises(ValidationError):
        config.simulation = None
    with pytest.raises(ValidationError):
        config.simulation.end = 2030


def test_mappings_and_command_line_values_are_laid_over():
    config = load_config({"extends": "no_trade", "simulation": {"end": 2040}}, {"simulation": {"seed": 9}})
    assert (config.trade.lines, config.simulation.end, config.simulation.seed) == ("closed-after-2020", 2040, 9)
    assert list(config.years) == list(range(2020, 2041))


def test_a_parameter_is_the_scenarios_own_or_the_tables():
    config = load_config({"parameters": {"wheeling_charge": 55}})
    assert config.parameter("wheeling_charge") == 55
    assert load_config({}).parameter("wheeling_charge") == 40


def test_ranges_hold_in_simulated_years_alone():
    """Two subsidies that together leave the range after the end of the run: nobody lives to see it."""
    both = {
        "one": {"variable": "capex_subsidy_share", "schedule": {2025: 0.1, 2045: 0.5}},
        "two": {"variable": "capex_subsidy_share", "op": "add", "schedule": {2025: 0.1, 2045: 0.5}},
    }
    config = load_config({"extends": "baseline", "simulation": {"end": 2030}, "signals": both})
    assert config.table["capex_subsidy_share"].max() <= 0.5
    with pytest.raises(ConfigError, match="capex_subsidy_share is outside"):
        load_config({"extends": "baseline", "signals": both})
