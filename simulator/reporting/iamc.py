"""A run in the format of the IAMC: model, scenario, region, variable, unit and years, for pyam and scenario databases.

An ensemble has one scenario for each quantile and one for the mean ("baseline p50"), since the format knows no members;
their `meta` says which. Means add up over regions, quantiles do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from simulator.analysis.caveat import caveat
from simulator.analysis.run_tables import RunTables
from simulator.errors import ConfigError
from simulator.names import DATA

COUNTRY = "China"
CODELIST = DATA / "iamc_regions.yaml"
STATISTICS = {
    **{f"p{round(100 * share):02d}": f"quantile_cont(level, {share})" for share in (0.05, 0.25, 0.5, 0.75, 0.95)},
    "mean": "avg(level ORDER BY member)",
}
KEYS = ["region", "variable", "unit", "year"]


class Variable(NamedTuple):
    """A column of a table, its name and unit in the format; how: of its sum over rows; where: which rows."""

    table: str
    column: str
    name: str
    unit: str
    by: str = ""
    where: str = "TRUE"


BOTH = (
    ("co2_mt", "Emissions|CO2", "Mt CO2/yr"),
    ("co2_process_other_mt", "Emissions|CO2|Industrial Processes|Outside Inventory", "Mt CO2/yr"),
    ("gdp_bn_cny", "GDP|MER", "billion CNY_2020/yr"),
    ("electricity_twh", "Electricity Consumption", "TWh/yr"),
    ("unserved_twh", "Electricity Consumption|Unserved", "TWh/yr"),
    ("power_price_cny_per_mwh", "Price|Secondary Energy|Electricity", "CNY_2020/MWh"),
    ("curtailment_share", "Secondary Energy|Electricity|Curtailment|Share", ""),
)
NATIONAL = (
    ("captured_mt", "Carbon Capture", "Mt CO2/yr"),
    ("carbon_price_cny_per_tco2", "Price|Carbon", "CNY_2020/t CO2"),
    ("non_fossil_energy_share", "Primary Energy|Non-Fossil|Share", ""),
    ("coal_generation_share", "Secondary Energy|Electricity|Coal|Share", ""),
)
PROVINCIAL = (("co2_consumption_mt", "Emissions|CO2|Consumption-Based", "Mt CO2/yr"),)
VARIABLES = (
    *(Variable("national", *one) for one in (*BOTH, *NATIONAL)),
    *(Variable("provinces", *one, by="province") for one in (*BOTH, *PROVINCIAL)),
)
SOURCES = {
    "coal": "Coal",
    "gas": "Gas",
    "nuclear": "Nuclear",
    "hydro": "Hydro",
    "onshore_wind": "Wind|Onshore",
    "offshore_wind": "Wind|Offshore",
    "solar": "Solar",
    "biomass": "Biomass",
    "pumped": "Storage|Pumped Hydro",
    "battery": "Storage|Battery",
}
OF_POWER = (
    ("capacity_gw", "Capacity|Electricity", "GW"),
    ("generation_twh", "Secondary Energy|Electricity", "TWh/yr"),
)


def variables() -> Iterator[Variable]:
    """All that is exported where the run holds it."""
    yield from VARIABLES
    for column, name, unit in OF_POWER:
        for technology, source in SOURCES.items():
            where = f"technology = '{technology}'"
            yield Variable("power", column, f"{name}|{source}", unit, "", where)
            yield Variable("power", column, f"{name}|{source}", unit, "province", where)


def write_iamc(run: RunTables, folder: Path) -> list[Path]:
    """Write iamc.csv (data alone) and iamc.xlsx (data and meta), as pyam reads them; and the codelist of regions.

    pyam itself is not needed, and its import would take longer than all the rest.
    """
    if find_spec("openpyxl") is None:
        raise ConfigError(["--format = iamc: openpyxl is not installed; allowed: pip install 'tanlu[iamc]'"])
    data = iamc_table(run)
    paths = [folder / "iamc.csv", folder / "iamc.xlsx", folder / "iamc_regions.yaml"]
    wide = by_year(data)
    wide.to_csv(paths[0], index=False)
    with pd.ExcelWriter(paths[1], engine="openpyxl") as book:
        wide.to_excel(book, sheet_name="data", index=False)
        _meta(run, data).to_excel(book, sheet_name="meta", merge_cells=False)
    paths[2].write_text(CODELIST.read_text(encoding="utf-8"), encoding="utf-8")
    return paths


def iamc_table(run: RunTables) -> pd.DataFrame:
    """Long table: model, scenario, region, variable, unit, year, value."""
    parts = [_values(run, one) for one in variables() if run.has(one.table, one.column, where=one.where)]
    table = pd.concat(parts, ignore_index=True)
    names = [name for name in STATISTICS if name in table]
    long = table.melt(id_vars=KEYS, value_vars=names, var_name="statistic", value_name="value").dropna(subset="value")
    scenario = run.provenance.get("scenario", "run")
    several = len(run.members) > 1
    long["scenario"] = scenario + (" " + long["statistic"] if several else "")
    long["model"] = _model(run)
    return long[["model", "scenario", *KEYS, "value"]]


def by_year(data: pd.DataFrame) -> pd.DataFrame:
    """The long table with a column per year, sorted, and names of columns as the format has them."""
    index = ["model", "scenario", "region", "variable", "unit"]
    wide = data.pivot(index=index, columns="year", values="value").sort_index().reset_index()  # noqa: PD010
    wide.columns = pd.Index([str(name).capitalize() if isinstance(name, str) else name for name in wide.columns])
    return wide


def regions() -> list[str]:
    """The published codelist: the country and its provinces."""
    listed: list[dict[str, list[str]]] = yaml.safe_load(CODELIST.read_text(encoding="utf-8"))
    return [name for group in listed for names in group.values() for name in names]


def _values(run: RunTables, one: Variable) -> pd.DataFrame:
    chosen = STATISTICS if len(run.members) > 1 else {"mean": STATISTICS["mean"]}
    keys = f"{one.by}, year" if one.by else "year"
    found = ", ".join(f"{how} AS {name}" for name, how in chosen.items())
    rows = f'FROM "{one.table}" WHERE {one.where} GROUP BY member, {keys}'
    level = f"SELECT member, {keys}, sum({one.column}) AS level {rows}"
    table = run.ask(f"SELECT {keys}, {found} FROM ({level}) GROUP BY {keys} ORDER BY {keys}")
    region = COUNTRY + "|" + table[one.by] if one.by else COUNTRY
    return table.assign(region=region, variable=one.name, unit=one.unit)


def _meta(run: RunTables, data: pd.DataFrame) -> pd.DataFrame:
    about, scenarios = run.provenance, data[["model", "scenario"]].drop_duplicates(ignore_index=True)
    statistic = scenarios["scenario"].str.rsplit(" ", n=1).str[-1] if len(scenarios) > 1 else "single run"
    own: dict[str, Any] = {
        "statistic": statistic,
        "members": len(run.members),
        "seed": about.get("seed", -1),
        "config_sha256": about.get("config_sha256", ""),
        "note": caveat(run),
    }
    return scenarios.assign(**own).set_index(["model", "scenario"])


def _model(run: RunTables) -> str:
    return f"tanlu {run.provenance.get('versions', {}).get('tanlu', '')}".strip()
