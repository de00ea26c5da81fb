"""No emission path, technology share or peak year is an input: whatever is given for future years is listed here.

What a policy asks or forbids, prices that are given, demand and supply from outside are inputs. What firms emit, build
and buy, and when it peaks, is not. Whoever gives the model a new path must name it here and say why.
"""

import csv
import re

import pytest
import yaml

from simulator.names import DATA
from simulator.policies import KINDS
from simulator.scenario_files import shipped, shipped_folder

LAST_KNOWN_YEAR = 2022
FUTURE = re.compile(r"\b20(?:2[3-9]|[3-9]\d)\b")
OUTCOME = re.compile(r"co2|emission|share|peak|generation|capacity|output|intensity|cap\b|cap_", re.IGNORECASE)

# Tables that state something for years after 2022, and why that is no outcome.
GIVEN = {
    "construction": "plants that were under construction at the end of 2020, by the year in which they start",
    "final_demand_growth": "growth of final demand, from outside by design",
    "fuel_price_path": "world prices of fuels",
    "lines": "lines under construction or approved, by the year in which they start",
    "national_targets": "targets that plans announced; provinces may miss them",
    "regional_growth": "which provinces' demand grows faster, from outside by design",
    "renewable_obligations": "what a rule asks of 2023; provinces may miss it",
    "resources": "bounds on scrap, biomass and the like, which need not be used",
    "technology_costs": "cost anchors of routes that no learning curve covers",
    "world_deployment": "what the rest of the world builds, for learning curves",
}
# Policy variables whose name sounds like an outcome, and what they are.
RULES = {
    "carbon_price_cny_per_tco2": "price that a scenario gives in place of a market",
    "carbon_price_floor_cny_per_tco2": "rule of a market",
    "carbon_price_ceiling_cny_per_tco2": "rule of a market",
    "carbon_price_adder_cny_per_tco2": "local price",
    "export_carbon_price_cny_per_tco2": "price abroad",
    "carbon_coverage_share": "who is under the market by law",
    "output_linkage": "how free allowances follow output, a rule",
    "free_allocation_share": "part of allowances given free",
    "auction_share": "part of allowances sold",
    "allowance_carry_over_share": "limit of a market",
    "carbon_cap_multiplier": "allowances issued: a reserve sells more at the ceiling, so emissions may lie above",
    "carbon_intensity_target_multiplier": "a goal that provinces may miss",
    "capex_subsidy_share": "part of capital cost paid",
    "guaranteed_purchase_share": "part of output bought at a regulated tariff",
    "capacity_payment_cny_per_kw_year": "payment for being available",
    "coal_minimum_load_share": "technical limit",
    "contracted_share": "part of a line's capacity bound by contracts",
    "efficiency_floor_share": "standard",
    "training_intensity_officials": "effort, of capacity only as an assumption",
    "training_intensity_researchers": "effort, of capacity only as an assumption",
    "exchange_intensity": "effort, of capacity only as an assumption",
}
# Parameters that hold for a future year.
FUTURE_PARAMETERS = {"contracted_share_2035": "part of a line's capacity bound by contracts, a rule"}
YEAR_COLUMN = re.compile(r"year$", re.IGNORECASE)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def states_the_future(path):
    rows = rows_of(path)
    dated = [name for name in (rows[0] if rows else ()) if YEAR_COLUMN.search(name)]
    headed = [name for name in (rows[0] if rows else ()) if FUTURE.search(name)]
    return bool(headed) or any(FUTURE.search(row[name] or "") for row in rows for name in dated)


def test_tables_that_state_the_future_are_named():
    found = {path.stem for path in DATA.glob("*.csv") if states_the_future(path)}
    assert found == set(GIVEN), sorted(found ^ set(GIVEN))


@pytest.mark.parametrize("name", sorted(set(GIVEN) - {"construction", "lines", "national_targets"}))
def test_no_given_path_is_an_outcome(name):
    """Nothing but prices, growth, bounds, obligations, and what is built outside the country."""
    allowed = {"renewable_obligations": {"non_hydro_share", "total_share"}, "world_deployment": {"capacity"}}
    columns = {one for one in rows_of(DATA / f"{name}.csv")[0] if OUTCOME.search(one)}
    assert columns <= allowed.get(name, set()), columns


def test_what_is_under_construction_is_soon_built():
    """No list of plants or lines reaches beyond what was begun by 2022: seven years for the slowest."""
    for name, column in (("construction", "start_year"), ("lines", "year")):
        years = [int(row[column]) for row in rows_of(DATA / f"{name}.csv") if row[column]]
        assert max(years) <= LAST_KNOWN_YEAR + 7, name


def test_policy_variables_that_sound_like_outcomes_are_named():
    found = {name for name in KINDS if OUTCOME.search(name)}
    assert found <= set(RULES), sorted(found - set(RULES))
    assert set(RULES) <= set(KINDS), sorted(set(RULES) - set(KINDS))


def test_parameters_of_future_years_are_named():
    names = [row["name"] for row in rows_of(DATA / "parameters.csv")]
    found = {name for name in names if re.search(r"20(2[3-9]|[3-9]\d)", name)}
    assert found == set(FUTURE_PARAMETERS)


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_schedules_nothing_but_policy_variables(name):
    """Future years stand under signals alone, and every signal acts on a known variable."""
    content = yaml.safe_load((shipped_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    signals = content.pop("signals", {})
    assert all(one is None or one["variable"] in KINDS for one in signals.values())
    content.pop("description"), content.pop("simulation", None)
    assert not FUTURE.search(yaml.safe_dump(content, allow_unicode=True))


def test_a_path_would_be_seen(tmp_path):
    path = tmp_path / "co2_path.csv"
    path.write_text("province,year,co2_mt\nHenan,2035,400\n", encoding="utf-8")
    assert states_the_future(path)
    assert OUTCOME.search("co2_mt")
    assert OUTCOME.search("solar_share")
    assert OUTCOME.search("peak_year")
