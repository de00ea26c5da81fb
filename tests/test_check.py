"""`tanlu check`: what an ensemble refuses it refuses, what a file changes it shows, what is hardly meant it notes."""

import pytest
import yaml

from simulator import cli
from simulator.config import load_config
from simulator.government_policies import ASSUMED, LEARNING
from simulator.scenario_files import shipped

MINE = """
extends: baseline
simulation: {end: 2050}
governments: {channels: {delay: mean}}
parameters: {imitation_weight: 0.8}
signals:
  gas_price:
    variable: fuel_price_multiplier
    scope: {carriers: [gas]}
    schedule: {2022: 2.5, 2025: 1.0}
    step: true
  price_floor: {variable: carbon_price_floor_cny_per_tco2, schedule: {2021: 40, 2030: 150}, announced_year: 2020}
  approval_capital: null
"""


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Check a scenario given as text, in an empty folder; gives exit status, output and error lines."""
    monkeypatch.chdir(tmp_path)

    def call(text, *options):
        (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as exited:
            cli.main(["check", "mine.yaml", *options])
        said = capsys.readouterr()
        return exited.value.code, said.out, said.err.splitlines()

    return call


def notes_of(check, signal, simulation="{}"):
    status, _, err = check(f"extends: baseline\nsimulation: {simulation}\nsignals: {{mine: {signal}}}\n")
    assert status == 0, err
    return [line.removeprefix("note: signals.mine") for line in err[:-1]]


def test_what_an_ensemble_refuses_is_not_valid(check):
    status, out, err = check("extends: baseline\nensemble: {sampled: [imitation_weigt], kept: [paybck_mean]}\n")
    assert (status, out, len(err)) == (2, "", 2)
    assert err[0].startswith("tanlu: mine.yaml: ensemble.sampled = imitation_weigt: matches no parameter; did you mean")
    assert err[1].startswith("tanlu: mine.yaml: ensemble.kept = paybck_mean: matches no parameter; did you mean")


def test_a_table_beside_a_way_of_sampling_is_not_ignored(check):
    status, _, err = check("extends: baseline\nensemble: {sampling: sobol, table: sets.csv}\n")
    said = "tanlu: mine.yaml: ensemble.table = sets.csv: is not read with sampling = sobol; allowed: table"
    assert (status, err) == (2, [said])


@pytest.mark.parametrize("variable", [*LEARNING, "audit_probability"])
def test_that_gains_are_assumed_is_noted(check, variable):
    """Before a scenario runs, of all that makes governments learn."""
    _, _, err = check(f"extends: baseline\nsignals: {{mine: {{variable: {variable}, schedule: {{2026: 1}}}}}}\n")
    assert (f"note: {ASSUMED}" in err) == (variable in LEARNING)


def test_a_network_file_is_read(check, tmp_path):
    text = "extends: baseline\ngovernments: {exchange_network: own.csv}\n"
    status, out, err = check(text)
    assert (status, out) == (2, "")
    assert err == [f"tanlu: own.csv: no such file in {tmp_path}; allowed: a network in GraphML or CSV"]
    (tmp_path / "own.csv").write_text("origin,destination,key,weight\nHenann,Hebei,x,1\n", encoding="utf-8")
    assert check(text)[2][0].startswith("tanlu: own.csv: 'Henann' is no province; did you mean Henan?")
    assert check(text.replace("own.csv", "study_group"))[0] == 0


def test_changes_are_shown_beside_what_was(check):
    status, out, _ = check(MINE)
    lines = out.splitlines()
    assert status == 0
    assert "  end: 2050  # was 2060" in lines
    assert "    delay: mean  # was own" in lines
    assert any(line.startswith("  imitation_weight: 0.8  # was 0.5, may be 0 to 1") for line in lines)
    assert "  gas_price:  # new; mul; from 2025 on 1" in lines
    was = "replaces the inherited one, with {schedule: {2021: 40.0}}"
    assert f"  price_floor:  # {was}; set; from 2030 on 150" in lines
    assert "  approval_capital: null  # taken away" in lines
    assert not any("coverage" in line for line in lines)


def test_own_ranges_are_shown_beside_those_of_the_table(check, tmp_path):
    base = "extends: baseline\nensemble: {sampling: sobol, ranges: {imitation_weight: {low: 0.4, high: 0.6}}}\n"
    (tmp_path / "base.yaml").write_text(base, encoding="utf-8")
    mine = "extends: ./base.yaml\nensemble: {ranges: {imitation_weight: null, payback_mean: {low: 3, high: 4}}}\n"
    status, out, _ = check(mine)
    assert status == 0
    was = "was {low: 2.0, high: 5.0, distribution: triangular}"
    assert f"    payback_mean: {{low: 3.0, high: 4.0}}  # {was}" in out.splitlines()
    assert "    imitation_weight: null  # taken away" in out.splitlines()
    again = {"name": "mine", **yaml.safe_load(out), "extends": str(tmp_path / "base.yaml")}
    assert load_config(again) == load_config(tmp_path / "mine.yaml")


def test_a_wrong_range_names_its_file(check):
    status, _, err = check("extends: baseline\nensemble: {sampling: sobol, ranges: {paybck_mean: {low: 2, high: 3}}}\n")
    assert (status, len(err)) == (2, 1)
    assert err[0].startswith("tanlu: mine.yaml: ensemble.ranges.paybck_mean = 2 to 3: unknown parameter; did you mean")


@pytest.mark.parametrize("options", [[], ["--all"]], ids=["changes", "all"])
def test_what_is_shown_reads_back_as_the_scenario(check, options, tmp_path):
    for text in (MINE, *(f"extends: {name}\n" for name in shipped())):
        out = yaml.safe_load(check(text, *options)[1])
        assert load_config({"name": "mine", **out}) == load_config(tmp_path / "mine.yaml")


def test_all_shows_what_is_inherited(check):
    assert "coverage_power" in yaml.safe_load(check(MINE, "--all")[1])["signals"]


def test_years_that_are_not_simulated_are_noted(check):
    signal = "{variable: capex_subsidy_share, schedule: {2015: 0.1, 2025: 0.3, 2045: 0}}"
    assert notes_of(check, signal, "{end: 2040}") == [
        ".schedule.2015: before 2020, the first simulated year; the signal begins in 2020 with 0.2",
        ".schedule.2045: after 2040, the last simulated year; not reached, only the way there and what is expected act",
    ]
    assert notes_of(check, signal.replace("2015", "2020").replace("2045", "2040")) == []


def test_a_switch_that_is_not_a_step_is_noted(check):
    signal = "{variable: approval_moratorium, scope: {routes: [bf_bof]}, schedule: {2025: 0, 2030: 1}}"
    found = notes_of(check, signal)
    assert len(found) == 1 and found[0].startswith(".schedule: approval_moratorium is off (0) or on (above 0)")
    assert notes_of(check, signal.replace("}}", "}, step: true}")) == []
    assert notes_of(check, signal.replace("2025: 0, ", "")) == []


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ("{provinces: [Tibet], routes: [bf_bof]}", ["none of it stands in the base year, nor has sites"]),
        ("{provinces: [Henan], routes: [offshore_wind]}", ["none of it stands in the base year, nor has sites"]),
        ("{sectors: [NMM], routes: [bf_bof]}", ["no place meets all of it; the signal never acts"]),
        ("{provinces: [Tibet, Henan], routes: [bf_bof]}", []),
        ("{provinces: [Hebei], routes: [h2_dri]}", []),
    ],
)
def test_a_scope_that_holds_nothing_is_noted(check, scope, said):
    found = notes_of(check, f"{{variable: capex_subsidy_share, scope: {scope}, schedule: {{2025: 0.2}}}}")
    assert [line.removeprefix(".scope: ").split("; acts only")[0] for line in found] == said


def test_too_few_firms_are_noted_beside_errors_and_without(check):
    note = "note: simulation.firms = 10 is raised to 595, the least that is possible"
    assert check("extends: baseline\nsimulation: {firms: 10}\n")[2][0] == note
    status, _, err = check("extends: baseline\nsimulation: {firms: 10}\npower: {market: unifed}\n")
    assert (status, err[0], len(err)) == (2, note, 2)
