"""What the documents name exists: functions, decisions, tables, parameters and files."""

import ast
import re
import textwrap
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from mesa import Agent

from simulator.config import load_config
from simulator.names import load_names
from simulator.phases import DECISIONS
from simulator.policies import KINDS
from simulator.scenario import setting_of

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
PAGE_NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
FUNCTION = re.compile(r"`((?:agents|simulator)/[\w/]+\.py): (\w+)`")
CODE_FILE = re.compile(r"`((?:agents|simulator|tests|docs|benchmarks)/[\w/]+\.py)(?:: \w+)?`")
TABLE = re.compile(r"`(?:[\w/]*/)?(\w+\.csv)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
SCENARIO = re.compile(r"`configs/(\w+\.yaml)`")


@cache
def defined(file):
    """Names of all functions and classes of a source file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.fixture(params=PAGES, ids=PAGE_NAMES)
def page(request):
    return request.param


def text_of(page):
    return page.read_text(encoding="utf-8")


def test_linked_functions_exist(page):
    missing = [f"{file}: {name}" for file, name in FUNCTION.findall(text_of(page)) if name not in defined(file)]
    assert not missing, f"{page.name} names {missing}"


def test_named_source_files_exist(page):
    missing = [file for file in CODE_FILE.findall(text_of(page)) if not (ROOT / file).is_file()]
    assert not missing, f"{page.name} names {missing}"


def test_named_tables_exist(page):
    shipped = {table.name for table in (ROOT / "simulator" / "data").rglob("*.csv")}
    missing = [table for table in TABLE.findall(text_of(page)) if table not in shipped]
    assert not missing, f"{page.name} names {missing}"


def test_named_scenarios_exist(page):
    missing = [name for name in SCENARIO.findall(text_of(page)) if not (ROOT / "configs" / name).is_file()]
    assert not missing, f"{page.name} names {missing}"


def test_relative_links_resolve(page):
    links = [link for link in LINK.findall(text_of(page)) if not re.match(r"[a-z]+:", link)]
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to {missing}"


@pytest.mark.parametrize("decision", DECISIONS)
def test_odd_names_every_decision(decision):
    assert f"`{decision}`" in ODD


def test_odd_links_the_rule_of_every_decision():
    linked = {name for _, name in FUNCTION.findall(ODD)}
    missing = [name for name in DECISIONS if name.split(".")[1] not in linked]
    assert not missing


def test_odd_counts_the_decisions():
    assert f"{len(DECISIONS)} in all" in ODD


def test_parameters_that_odd_names_exist():
    """Words in code style that contain `_` are parameters, policy variables or steps of the year."""
    known = set(load_names().parameters) | {"begin_year", "renew_plants", "set_costs", "price_goods", "trade_goods"}
    known |= {"run_industry", "supply_power", "ration_firms", "settle_accounts", "record_year", "footloose_share"}
    known |= {"trade_allowances", "report_year", "learn_to_govern"}
    known |= set(KINDS)
    named = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", ODD))
    assert named <= known, sorted(named - known)


def test_index_lists_every_page():
    index = text_of(ROOT / "docs" / "index.md")
    listed = set(LINK.findall(index))
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")} - {"index.md"}
    assert pages <= listed, sorted(pages - listed)


def test_every_scenario_is_in_the_readme():
    readme = text_of(ROOT / "README.md")
    missing = [path.stem for path in (ROOT / "configs").glob("*.yaml") if f"`{path.stem}`" not in readme]
    assert not missing


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", text_of(ROOT / page), re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "docs/first_steps.md", "docs/ema_workbench.md", "docs/monte_carlo.md"])
def test_examples_are_valid_python(name):
    assert blocks(name, "python")
    for block in blocks(name, "python"):
        ast.parse(textwrap.dedent(block))


def test_the_scenario_of_the_first_steps_is_valid(tmp_path):
    (tmp_path / "mine.yaml").write_text(blocks("docs/first_steps.md", "yaml")[0], encoding="utf-8")
    mine, base = load_config(tmp_path / "mine.yaml"), load_config("baseline")
    assert set(mine.signals) - set(base.signals) == {"hydrogen_steel_hebei"}
    assert set(base.signals) - set(mine.signals) == {"approval_capital"}
    assert mine.signals["price_floor"] != base.signals["price_floor"]


def test_the_shock_of_the_first_steps_ends(tmp_path):
    (tmp_path / "shock.yaml").write_text(blocks("docs/first_steps.md", "yaml")[1], encoding="utf-8")
    table, gas = load_config(tmp_path / "shock.yaml").table, load_names().carriers.index("gas")
    price = [table.at("fuel_price_multiplier", year)[gas] for year in (2025, 2026, 2028, 2029, 2060)]
    assert price == [1.0, 2.5, 2.5, 1.0, 1.0]


def example(word, *changes):
    """The names that the example of the first steps with this word in it defines; changes: what takes whose place."""
    names = {"__name__": "example"}
    block = next(block for block in blocks("docs/first_steps.md", "python") if word in block)
    for old, new in changes:
        assert old in block
        block = block.replace(old, new)
    exec(block, names)
    return names


def test_the_dearer_steel_of_the_first_steps_is_that_of_henan_alone(run_model):
    names = example("dearer_steel")
    usual, found = run_model(1).world.firms, run_model(1, rules={"firm.set_price": names["dearer_steel"]}).world.firms
    changed = found.price != usual.price
    assert changed.any()
    assert (
        changed == ((found.province == names["HENAN"]) & (found.sector == names["STEEL"]) & (found.price > 0))
    ).all()


def test_the_coal_plants_that_the_first_steps_close_are_old_and_of_henan(run_model):
    names = example("Retiring", (" 2027", " 2020"), (">= 25", ">= 10"))  # within what a test can wait for
    usual, found = run_model(2).world.firms, run_model(2, agents={names["Firm"]: names["Retiring"]}).world.firms
    coal = np.isin(usual.slot_route, list(names["COAL"]))
    closed = (usual.slot_capacity > 0.0) & (found.slot_capacity == 0.0)
    assert closed.any()
    assert coal[closed].all()
    assert (usual.slot_built[closed] <= 2021 - 10).all()
    assert (usual.province[closed.any(axis=1)] == names["HENAN"]).all()


def test_the_collector_of_the_first_steps_collects(run_model):
    names = example("Watched")
    model = names["Watched"](overrides={"simulation": {"end": 2021, "firms": 700}})
    while model.running:
        model.step()
    found = model.datacollector.get_model_vars_dataframe()
    assert found["year"].tolist() == [2020, 2021]
    assert found["saving"].iloc[-1] == model.world.firms.saving.max()
    assert len(model.datacollector.get_agenttype_vars_dataframe(names["GridOperator"])) == 62
    Agent._ids.pop(model, None)


def test_the_network_that_the_first_steps_write_is_that_of_the_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = example("write_network")
    own = load_config("exchange", {"governments": {"exchange_network": "network.csv"}})
    kept, given = (setting_of(one).government_tables.exchange for one in (load_config("exchange"), own))
    np.testing.assert_allclose(given, kept, rtol=1e-14, atol=1e-16)
    assert names["setting"].government_tables.exchange.shape == (31, 31)


def test_the_rule_of_the_first_steps_is_followed(run_model):
    names = example("Prudent")
    firms = run_model(2, agents={names["Firm"]: names["Prudent"]}).world.firms
    priced = firms.unit_cost > 0.0
    assert priced.any()
    assert (firms.markup[priced] >= 0.08).all()
