"""A country twice as large emits twice as much at the same prices; twice as many firms make about the same country."""

from dataclasses import replace

import pytest

from simulator.columns import GovernmentColumns
from simulator.tables import read_table

YEARS = 4
# Columns of the result tables that do not grow with the size of the country.
INTENSIVE = {
    "national": ["coal_generation_share", "non_fossil_energy_share", "curtailment_share", "power_price_cny_per_mwh",
                 "carbon_price_cny_per_tco2", "certificate_price_cny_per_mwh"],
    "provinces": ["power_price_cny_per_mwh", "tariff_cny_per_mwh", "curtailment_share", "official_capacity",
                  "research_capacity", "planning_capacity", "policy_effort", "intensity_target", "intensity_achieved",
                  "rationing_share", "rationing_supply_share"],
    "sectors": ["intensity_tco2_per_unit", "price_index", "firms"],
    "lines": ["congestion_share"],
    "carbon_market": [f"{one}price_cny_per_tco2" for one in ("", "first_", "late_")],
    "green_certificates": ["price_cny_per_mwh"],
    "constraints": ["decisions"],
    "governments": [name for name in GovernmentColumns._fields if not name.endswith("_mcny")],
}  # fmt: skip
ECONOMY = ("output_bn_cny", "physical_output", "co2_mt", "co2_process_mt", "electricity_twh", "final_demand", "exports")
ECONOMY += ("process_other_mt",)
SYSTEM = ("capacity_gw", "generation_twh", "potential_gw", "load_twh", "consumption_twh", "storage_charging_twh")
SYSTEM += ("line_capacity_gw", "line_base_twh", "heat_pj")
FIRMS = ("slot_capacity", "slot_output", "output", "wanted_output", "liquidity", "pending_capacity")


def larger(owner, names, factor):
    return replace(owner, **{name: factor * getattr(owner, name) for name in names})


def scaled(setting, factor):
    """The setting of a country whose every extensive quantity is multiplied."""
    base, table = setting.base, read_table("parameters")
    extensive = set(table[table["extensive"] == 1]["name"])
    own = {name: factor * value if name in extensive else value for name, value in setting.parameters.items()}
    firms = setting.population.firms.copy()
    for name in FIRMS:
        firms[name] *= factor
    return replace(
        setting,
        base=replace(
            base,
            economy=larger(base.economy, ECONOMY, factor),
            power=larger(base.power, SYSTEM, factor),
            population_million=factor * base.population_million,
        ),
        population=setting.population._replace(firms=firms),
        parameters=own,
        firm=type(setting.firm)(**{name: own[name] for name in setting.firm._fields}),
        paths=larger(setting.paths, ("resources", "world_capacity"), factor),
        heat_capacity_gw=factor * setting.heat_capacity_gw,
        learning=larger(setting.learning, ("first",), factor),
    )


# Small flows are left out of the table of flows by size, so a larger country has more of its rows. A factor that is no
# power of two changes last digits, and with them how a decision on the very edge is counted.
@pytest.mark.parametrize(
    ("factor", "but"), [(2.0, ["flows"]), (0.5, ["flows"]), (3.0, ["flows", "constraints"])], ids=str
)
def test_twice_the_country_emits_twice_as_much_at_the_same_prices(run_model, run_changed, tables_close, factor, but):
    found = run_changed(lambda one: scaled(one, factor), YEARS)
    tables_close(found, run_model(YEARS).tables(), factor, INTENSIVE, but)


def test_scaling_is_no_accident_of_the_market(run_model, run_changed, tables_close):
    unified = {"power": {"market": "unified"}}
    found = run_changed(lambda one: scaled(one, 2.0), 3, unified)
    tables_close(found, run_model(3, unified).tables(), 2.0, INTENSIVE, but=("flows",))


def test_twice_the_firms_make_about_the_same_country(run_model):
    """Another population with the same sums: national totals of the first years differ little."""
    few, many = (run_model(4, {"simulation": {"firms": count}}).tables()["national"] for count in (2000, 4000))
    for column in ("co2_mt", "electricity_twh", "gdp_bn_cny"):
        assert many[column].to_numpy() == pytest.approx(few[column].to_numpy(), rel=0.02)
