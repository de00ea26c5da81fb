"""Capacity, generation, capacity factors and limits by province and technology, end of 2019 and of 2020.

A plant works only part of the year in which it is connected, so the capacity factor relates generation to

    effective capacity = capacity_previous + first_year_share x (capacity - capacity_previous)       [GW]

and the base year run with these factors returns the published generation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.data.derive.power_facts import (
    BASE_YEAR,
    PROVINCES,
    TECHNOLOGIES,
    TWH_PER_GW_YEAR,
    PowerFacts,
    by_province,
)

# Wind of 2020 came mostly in December: 0.2 reproduces the published full-load hours. The others came evenly.
FIRST_YEAR_SHARE = {technology: 0.2 if technology.endswith("wind") else 0.5 for technology in TECHNOLOGIES}

# Offshore turbines listed for an inland province are a slip of the tracker; they count as onshore wind there.
INLAND_OFFSHORE_SLIP = "Shanxi"


def offshore_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Offshore wind by province in GW: GEM units scaled to the national figure of the year."""
    units = by_province(facts.history("offshore_wind_gem")[year])
    units[INLAND_OFFSHORE_SLIP] = 0.0
    return units * (facts.assumption("offshore_capacity", year) / units.sum())


def onshore_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Onshore wind in GW: all wind as published less offshore."""
    return by_province(facts.history("wind")[year]) - offshore_capacity(facts, year)


def pumped_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Pumped storage in GW; the units of 2020 are in Anhui, where hydro including pumped grew by as much."""
    capacity = facts.base_value("capacity", "pumped")
    if year == BASE_YEAR:
        return capacity
    capacity["Anhui"] -= capacity.sum() - facts.assumption("pumped_capacity", year)
    return capacity


def hydro_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Hydro without pumped storage in GW; Tibet's level of 2020 also stands for 2019."""
    if year == BASE_YEAR:
        return facts.base_value("capacity", "hydro")
    reported = by_province(facts.history("hydro_incl_pumped")[year])
    capacity = (reported - pumped_capacity(facts, year)).clip(lower=0.0)
    capacity["Tibet"] = facts.base_value("capacity", "hydro")["Tibet"]
    return capacity


def nuclear_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Nuclear in GW; Shandong and Hainan, absent from the series, did not change in 2020."""
    if year == BASE_YEAR:
        return facts.base_value("capacity", "nuclear")
    capacity = by_province(facts.history("nuclear")[year])
    unlisted = ["Shandong", "Hainan"]
    capacity[unlisted] = facts.base_value("capacity", "nuclear")[unlisted]
    return capacity


def coal_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """Coal in GW: GEM units of 30 MW or more plus small units that make up the national figure."""
    if year == BASE_YEAR:
        return facts.base_value("capacity", "coal")
    units = by_province(facts.history("coal_gem")[year])
    small = facts.base_value("capacity", "coal") - by_province(facts.history("coal_gem")[BASE_YEAR])
    missing = facts.national_value("capacity", "coal", year) - units.sum()
    return units + small * (missing / small.sum())


def national_other_thermal(facts: PowerFacts, year: int) -> float:
    """Thermal capacity that burns neither coal nor gas, GW."""
    return (
        facts.national_value("capacity", "thermal", year)
        - facts.national_value("capacity", "coal", year)
        - facts.national_value("capacity", "gas", year)
    )


def gas_capacity(facts: PowerFacts, year: int) -> pd.Series:
    capacity = facts.base_value("capacity", "gas")
    return (
        capacity if year == BASE_YEAR else capacity * (facts.national_value("capacity", "gas", year) / capacity.sum())
    )


def biomass_capacity(facts: PowerFacts, year: int) -> pd.Series:
    capacity = facts.base_value("capacity", "biomass")
    return capacity if year == BASE_YEAR else capacity * (national_other_thermal(facts, year) / capacity.sum())


def battery_capacity(facts: PowerFacts, year: int) -> pd.Series:
    """National battery capacity spread in proportion to wind and solar, GW."""
    renewables = solar_capacity(facts, year) + by_province(facts.history("wind")[year])
    return renewables * (facts.assumption("battery_capacity", year) / renewables.sum())


def solar_capacity(facts: PowerFacts, year: int) -> pd.Series:
    return facts.base_value("capacity", "solar") if year == BASE_YEAR else by_province(facts.history("solar")[year])


_CAPACITY = {
    "coal": coal_capacity,
    "gas": gas_capacity,
    "nuclear": nuclear_capacity,
    "hydro": hydro_capacity,
    "pumped": pumped_capacity,
    "onshore_wind": onshore_capacity,
    "offshore_wind": offshore_capacity,
    "solar": solar_capacity,
    "biomass": biomass_capacity,
    "battery": battery_capacity,
}


def capacity(facts: PowerFacts, year: int) -> pd.DataFrame:
    """Capacity at the end of a year, province x technology, GW."""
    return pd.DataFrame({technology: _CAPACITY[technology](facts, year) for technology in TECHNOLOGIES})


def effective_capacity(previous: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Capacity that worked in the year, GW: see the module's formula."""
    return previous + (current - previous) * pd.Series(FIRST_YEAR_SHARE)


def modelled_factor(facts: PowerFacts, technology: str) -> pd.Series:
    """Weather-year mean capacity factor of the area of a province; 0 where the source has none."""
    table = facts.potential
    chosen = table[(table["technology"] == technology) & (table["variable"] == "modelled_mean_cf")]
    return by_province(chosen.set_index("province")["value"])


def generation(facts: PowerFacts, effective: pd.DataFrame) -> pd.DataFrame:
    """Generation of 2020, province x technology, TWh; wind is split by the modelled offshore factor."""
    table = pd.DataFrame({t: facts.base_value("generation", t) for t in TECHNOLOGIES})
    offshore = modelled_factor(facts, "offwind") * facts.assumption("offshore_factor_scale")
    table["offshore_wind"] = effective["offshore_wind"] * offshore * TWH_PER_GW_YEAR
    table["onshore_wind"] = facts.base_value("generation", "wind") - table["offshore_wind"]
    return table


def capacity_factor(facts: PowerFacts, effective: pd.DataFrame, produced: pd.DataFrame) -> pd.DataFrame:
    """Generation over effective capacity; where a province has none the national mean, offshore the modelled one."""
    potential_twh = effective * TWH_PER_GW_YEAR
    factor = produced / potential_twh.where(potential_twh > 0.0)
    national = produced.sum() / potential_twh.sum()
    offshore = modelled_factor(facts, "offwind") * facts.assumption("offshore_factor_scale")
    factor["offshore_wind"] = factor["offshore_wind"].fillna(offshore)
    return factor.fillna(national)


def potential(facts: PowerFacts, current: pd.DataFrame, factor: pd.DataFrame) -> pd.DataFrame:
    """Upper limit of capacity, province x technology, GW; infinite where only cost and approval limit.

    The source's potential of wind and sun is capacity on all land that may be used, at the mean factor of that land.
    Where the plants of 2020 stand on better sites, only as much land counts as gives its energy at their factor.
    """
    limit = pd.DataFrame(np.inf, index=list(PROVINCES), columns=list(TECHNOLOGIES))
    for technology, name in (("onshore_wind", "onwind"), ("offshore_wind", "offwind"), ("solar", "solar")):
        table = facts.potential
        chosen = table[(table["technology"] == name) & (table["variable"] == "technical_potential")]
        as_good = modelled_factor(facts, name) / factor[technology].where(factor[technology] > 0.0)
        limit[technology] = by_province(chosen.set_index("province")["value"]) * as_good.clip(upper=1.0).fillna(1.0)
    limit["hydro"] = facts.provincial_assumption("hydro_potential")
    limit["nuclear"] = facts.provincial_assumption("nuclear_site_limit")
    limit["pumped"] = _pumped_limit(facts)
    multiple, floor = facts.assumption("biomass_potential_multiple"), facts.assumption("biomass_potential_floor")
    limit["biomass"] = (current["biomass"] * multiple).clip(lower=floor)
    return limit.where(limit >= current, current)


def _pumped_limit(facts: PowerFacts) -> pd.Series:
    """The national plan spread by electricity consumption; none on the plains of Shanghai and Tianjin."""
    consumption = facts.base_value("consumption", "all")
    consumption[["Shanghai", "Tianjin"]] = 0.0
    return consumption * (facts.assumption("pumped_plan_limit") / consumption.sum())


_FILL = {
    "coal": ("estimated", "GEM units and small-unit residual, scaled to NEA/CEC"),
    "gas": ("residual", "NEA/CEC national, placed by thermal less coal"),
    "nuclear": ("reported", "NBS/NEA/CEC; Shandong and Hainan by residual"),
    "hydro": ("derived", "NBS/NEA/CEC less pumped; small plants estimated"),
    "pumped": ("recalled", "PyPSA-China list of 2021 less commissionings of 2021"),
    "onshore_wind": ("derived", "NBS/NEA/CEC less offshore"),
    "offshore_wind": ("scaled", "GEM wind tracker scaled to NEA"),
    "solar": ("reported", "NBS/NEA/CEC"),
    "biomass": ("residual", "NEA/CEC thermal less coal and gas, by activity"),
    "battery": ("proxy", "CNESA/NEA national, pro rata to wind and solar"),
}
_POTENTIAL_GRADE = {
    "coal": "none", "gas": "none", "battery": "none", "nuclear": "assumed sites", "hydro": "recalled national review",
    "pumped": "recalled national plan, assumed split", "biomass": "assumed multiple",
    "onshore_wind": "PyPSA-China modelled", "offshore_wind": "PyPSA-China modelled", "solar": "PyPSA-China modelled",
}  # fmt: skip


def capacity_table(facts: PowerFacts) -> pd.DataFrame:
    """The table power_capacity.csv."""
    previous, current = capacity(facts, BASE_YEAR - 1), capacity(facts, BASE_YEAR)
    effective = effective_capacity(previous, current)
    produced = generation(facts, effective)
    factor = capacity_factor(facts, effective, produced)
    columns = {
        "capacity_previous_gw": previous,
        "capacity_gw": current,
        "generation_twh": produced,
        "capacity_factor": factor,
        "potential_gw": potential(facts, current, factor),
    }
    technology = pd.Series(TECHNOLOGIES * len(PROVINCES))
    table = pd.DataFrame({"province": np.repeat(PROVINCES, len(TECHNOLOGIES)), "technology": technology})
    for name, values in columns.items():
        table[name] = values[list(TECHNOLOGIES)].to_numpy().ravel()
    table.insert(6, "first_year_share", technology.map(FIRST_YEAR_SHARE))
    return table.assign(
        unit="GW; TWh; share",
        year=BASE_YEAR,
        fill=technology.map({name: fill for name, (fill, _) in _FILL.items()}),
        potential_grade=technology.map(_POTENTIAL_GRADE),
        source=technology.map({name: source for name, (_, source) in _FILL.items()}),
    )


def check_factors(table: pd.DataFrame) -> None:
    """No capacity factor outside [0, 1]."""
    outside = table[(table["capacity_factor"] < 0.0) | (table["capacity_factor"] > 1.0)]
    if len(outside):
        row = outside.iloc[0]
        raise ValueError(
            f"power_capacity: the capacity factor of {row['technology']} in {row['province']} "
            f"is {row['capacity_factor']:.3f}; allowed is 0 to 1"
        )
