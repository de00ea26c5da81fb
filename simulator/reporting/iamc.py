"""A run in the format of the IAMC: model, scenario, region, variable, unit and years, for pyam and scenario databases.

An ensemble has one scenario for each quantile and one for the mean ("baseline p50"), since the format knows no members;
their `meta` says which. Means add up over regions, and to the totals above them in the names; quantiles do not. Names
are those of the IAMC's common definitions as far as these have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import yaml

from simulator.analysis.caveat import notes
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
    """A column of a table, summed over rows, its name and unit in the format; by: region of a row; where: which rows;
    less: a column that is taken off."""

    table: str
    column: str
    name: str
    unit: str
    by: str = ""
    where: str = "TRUE"
    less: str = ""


MT = "Mt CO2/yr"
# A name in brackets is another way of counting, and no part of what it follows.
BOTH = (
    ("co2_mt", "Emissions|CO2", MT),
    ("co2_process_other_mt", "Emissions|CO2 [Processes Outside Inventory]", MT),
    ("gdp_bn_cny", "GDP|MER", "billion CNY_2020/yr"),
    ("electricity_twh", "Electricity Consumption", "TWh/yr"),
    ("unserved_twh", "Unserved Electricity", "TWh/yr"),
    ("power_price_cny_per_mwh", "Price|Secondary Energy|Electricity", "CNY_2020/MWh"),
    ("curtailment_share", "Share|Curtailment|Wind and Solar", ""),
)
NATIONAL = (
    ("captured_mt", "Carbon Capture", MT),
    ("carbon_price_cny_per_tco2", "Price|Carbon", "CNY_2020/t CO2"),
    ("non_fossil_energy_share", "Share|Primary Energy|Non-Fossil", ""),
    ("coal_generation_share", "Share|Secondary Energy|Electricity|Coal", ""),
)
PROVINCIAL = (("co2_consumption_mt", "Emissions Footprint|CO2", MT),)
OF_POWER = (
    ("capacity_gw", "Capacity|Electricity", "GW"),
    ("generation_twh", "Secondary Energy|Electricity", "TWh/yr"),
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
}
# What storage gives back has been generated before.
STORES = {"pumped": "Pumped Hydro", "battery": "Battery"}
# As statistics of China have it, mines and refineries are final users of electricity, but their CO2 is that of supply.
INDUSTRY = {
    "STL": "Iron and Steel",
    "NMM": "Non-Metallic Minerals",
    "NFM": "Non-Ferrous Metals",
    "CHM": "Chemicals",
    "OMF": "Other Sector",
    "CON": "Other Sector",
}
USERS = {
    **{sector: f"Industry|{name}" for sector, name in INDUSTRY.items()},
    "AGR": "Agriculture",
    "TRN": "Transportation",
    "SRV": "Residential and Commercial",
}
EMITTERS = {"POW": "Supply|Electricity and Heat", "COA": "Supply|Other", "REF": "Supply|Other"} | {
    sector: f"Demand|{name}" for sector, name in USERS.items()
}
# Cement alone has process CO2 within the inventory; the total holds whatever there is.
PROCESSES = dict.fromkeys(EMITTERS, "") | {"NMM": "Non-Metallic Minerals"}
OF_ELECTRICITY = USERS | {"COA": "Industry|Other Sector", "REF": "Industry|Other Sector"}


def variables() -> Iterator[Variable]:
    """All that is exported where the run holds it, of the country and of the provinces."""
    for column, name, unit in (*BOTH, *NATIONAL):
        yield Variable("national", column, name, unit)
    for column, name, unit in (*BOTH, *PROVINCIAL):
        yield Variable("provinces", column, name, unit, "province")
    for one in (*_of_power(), *_of_sectors()):
        yield one
        yield one._replace(by="province")


def _of_power() -> Iterator[Variable]:
    """Capacity and generation by source, and of storage apart from them."""
    for column, name, unit in OF_POWER:
        for path, sources in totals(SOURCES).items():
            yield Variable("power", column, _joined(name, path), unit, "", _among("technology", sources))
        for one, store in STORES.items():
            yield Variable("power", column, f"{name} Storage|{store}", unit, "", _among("technology", [one]))


def _of_sectors() -> Iterator[Variable]:
    """CO2 of fuels and of processes, and electricity of final users."""
    for path, sectors in totals(EMITTERS).items():
        name = _joined("Emissions|CO2|Energy", path)
        yield Variable("sectors", "co2_mt", name, MT, "", _among("sector", sectors), less="co2_process_mt")
    for path, sectors in totals(PROCESSES).items():
        name = _joined("Emissions|CO2|Industrial Processes", path)
        yield Variable("sectors", "co2_process_mt", name, MT, "", _among("sector", sectors))
    for path, sectors in totals(OF_ELECTRICITY).items():
        name = _joined("Final Energy", path, "Electricity")
        yield Variable("sectors", "electricity_twh", name, "TWh/yr", "", _among("sector", sectors))


def totals(paths: Mapping[str, str]) -> dict[str, list[str]]:
    """Every path with its parents, up to the empty one of all, and what belongs to it.

    Worked value: {a: X|Y, b: X} -> {"": [a, b], X: [a, b], X|Y: [a]}.
    """
    found: dict[str, list[str]] = {}
    for one, path in paths.items():
        parts = path.split("|") if path else []
        for depth in range(len(parts) + 1):
            found.setdefault("|".join(parts[:depth]), []).append(one)
    return dict(sorted(found.items()))


def _joined(*parts: str) -> str:
    return "|".join(part for part in parts if part)


def _among(column: str, names: Iterable[str]) -> str:
    """The condition of a query."""
    return f"{column} IN ({', '.join(repr(one) for one in names)})"


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
    parts = [_values(run, one) for one in variables() if _holds(run, one)]
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


def _holds(run: RunTables, one: Variable) -> bool:
    return run.has(one.table, *(name for name in (one.column, one.less) if name), where=one.where)


def _values(run: RunTables, one: Variable) -> pd.DataFrame:
    chosen = STATISTICS if len(run.members) > 1 else {"mean": STATISTICS["mean"]}
    keys = f"{one.by}, year" if one.by else "year"
    found = ", ".join(f"{how} AS {name}" for name, how in chosen.items())
    rows = f'FROM "{one.table}" WHERE {one.where} GROUP BY member, {keys}'
    value = f"sum({one.column})" + (f" - sum({one.less})" if one.less else "")
    level = f"SELECT member, {keys}, {value} AS level {rows}"
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
        "note": "; ".join(notes(run)),
    }
    return scenarios.assign(**own).set_index(["model", "scenario"])


def _model(run: RunTables) -> str:
    return f"tanlu {run.provenance.get('versions', {}).get('tanlu', '')}".strip()
