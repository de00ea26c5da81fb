"""What was observed from 2015 to 2022: power_history.csv, for checks of the model only. Nothing of it starts a run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.data.derive.power_capacity import INLAND_OFFSHORE_SLIP
from simulator.data.derive.power_facts import PROVINCES, PowerFacts

FIRST_YEAR, LAST_YEAR = 2015, 2022
NATION = "China"
COLUMNS = ["variable", "province", "year", "value", "unit", "fill", "source"]

# (variable, technology) of the provincial series -> variable of the table. Scope in SOURCES.md.
PROVINCIAL = {
    ("capacity", "thermal"): "capacity_thermal",
    ("capacity", "wind"): "capacity_wind",
    ("capacity", "solar"): "capacity_solar",
    ("capacity", "hydro_incl_pumped"): "capacity_hydro_incl_pumped",
    ("capacity", "nuclear"): "capacity_nuclear",
    ("capacity", "coal_gem"): "capacity_coal_units_30mw",
    ("capacity", "offshore_wind_gem"): "capacity_offshore_wind_units",
    ("generation", "thermal"): "generation_thermal_designated",
    ("generation", "hydro"): "generation_hydro_designated",
    ("generation", "nuclear"): "generation_nuclear_designated",
    ("generation", "solar"): "generation_solar_designated",
    ("generation", "wind"): "generation_wind",
    ("consumption", "all"): "consumption",
    ("utilisation_hours", "wind"): "full_load_hours_wind",
    ("utilisation_hours", "solar"): "full_load_hours_solar",
    ("utilisation_rate", "wind"): "utilisation_rate_wind",
    ("utilisation_rate", "solar"): "utilisation_rate_solar",
}
NATIONAL = {
    ("capacity", "all"): "capacity_all",
    ("capacity", "coal"): "capacity_coal",
    ("capacity", "gas"): "capacity_gas",
    ("capacity", "thermal"): "capacity_thermal",
    ("capacity", "wind"): "capacity_wind",
    ("capacity", "solar"): "capacity_solar",
    ("capacity", "hydro_incl_pumped"): "capacity_hydro_incl_pumped",
    ("capacity", "nuclear"): "capacity_nuclear",
    ("capacity", "biomass"): "capacity_biomass",
    ("capacity_added", "wind"): "capacity_added_wind",
    ("capacity_added", "solar"): "capacity_added_solar",
    ("capacity_added", "coal"): "capacity_added_coal",
    ("capacity_added", "nuclear"): "capacity_added_nuclear",
    ("capacity_added", "hydro"): "capacity_added_hydro",
    ("generation", "thermal"): "generation_thermal_designated",
    ("generation", "hydro"): "generation_hydro_designated",
    ("generation", "nuclear"): "generation_nuclear",
    ("generation", "wind"): "generation_wind",
    ("generation", "solar_press"): "generation_solar",
    ("generation", "solar_above_designated_size"): "generation_solar_designated",
    ("consumption", "all"): "consumption",
    ("utilisation_hours", "coal"): "full_load_hours_coal",
    ("utilisation_hours", "wind"): "full_load_hours_wind",
    ("utilisation_hours", "solar"): "full_load_hours_solar",
    ("utilisation_hours", "nuclear"): "full_load_hours_nuclear",
    ("utilisation_hours", "hydro"): "full_load_hours_hydro",
    ("coal_rate_net", "coal"): "coal_rate_net",
}


def history_table(facts: PowerFacts) -> pd.DataFrame:
    """The table power_history.csv, sorted by variable, province, year."""
    parts = [
        _renamed(facts.series, PROVINCIAL).assign(fill="reported"),
        _renamed(facts.national.assign(province=NATION), NATIONAL).assign(fill="reported"),
        full_scope_2020(facts),
        _grid_factors(facts),
        _region_flows(facts),
    ]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["year"].between(FIRST_YEAR, LAST_YEAR)]
    slip = (table["variable"] == "capacity_offshore_wind_units") & (table["province"] == INLAND_OFFSHORE_SLIP)
    order = {name: index for index, name in enumerate((NATION, *PROVINCES))}
    table = table[~slip].assign(rank=table["province"].map(order).fillna(len(order)))
    return table.sort_values(["variable", "rank", "province", "year"])[COLUMNS].reset_index(drop=True)


def _renamed(series: pd.DataFrame, names: dict[tuple[str, str], str]) -> pd.DataFrame:
    keys = list(zip(series["variable"], series["technology"], strict=True))
    chosen = np.array([key in names for key in keys])
    table = series[chosen].assign(variable=[names[key] for key in keys if key in names])
    return table[["variable", "province", "year", "value", "unit", "source"]]


def full_scope_2020(facts: PowerFacts) -> pd.DataFrame:
    """Generation of 2015 and 2020 in full scope (small plants included) as compiled for the base year, by province."""
    table = facts.base[facts.base["variable"] == "generation"]
    return pd.DataFrame(
        {
            "variable": "generation_" + table["technology"] + "_full_scope",
            "province": table["province"],
            "year": table["year"],
            "value": table["value"],
            "unit": table["unit"],
            "fill": table["fill"],
            "source": "NBS/NEA/CEC, compiled to national full scope",
        }
    )


def _grid_factors(facts: PowerFacts) -> pd.DataFrame:
    table = facts.grid_factors
    return table.assign(variable="grid_emission_factor", fill="reported")[COLUMNS]


def _region_flows(facts: PowerFacts) -> pd.DataFrame:
    """Energy between grid regions; `province` names the direction, only rows with ten published months."""
    table = facts.region_flows[facts.region_flows["n_months"] == 10]
    return table.assign(
        variable="region_flow_ten_months", province=table["from_grid"] + " > " + table["to_grid"], fill="reported"
    )[COLUMNS]
