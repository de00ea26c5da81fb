"""When the plants of end-2020 were built and who owns them: power_vintages.csv.

Coal comes from the unit list (age bucket, steam class, captive or grid). For the others a province's capacity series is
read as a stack: an increase is a new vintage, a decrease takes away the oldest. What stood before the first year of the
series is one vintage. The vintages of a province add up to its capacity of end-2020. Capacities in GW.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from simulator.data.derive.power_capacity import capacity, national_other_thermal
from simulator.data.derive.power_facts import BASE_YEAR, PROVINCES, PowerFacts

# GEM age buckets at end-2020 -> start years; the youngest holds six start years.
COAL_BUCKETS = {
    "0-5": (2015, 2020),
    "6-10": (2010, 2014),
    "11-15": (2005, 2009),
    "16-20": (2000, 2004),
    "21-30": (1990, 1999),
    ">30": (1975, 1989),
    "unknown": (1995, 2014),
}
COAL_CLASS = {"supercritical": "coal_supercritical", "ultra-supercritical": "coal_ultra"}

# First start year of the vintage that precedes a series, by technology.
EARLIEST = {
    "gas": 1995, "nuclear": 1991, "hydro": 1970, "pumped": 1990, "onshore_wind": 2003, "offshore_wind": 2008,
    "solar": 2005, "biomass": 1995, "battery": 2015,
}  # fmt: skip

# Expert assumption: share of capacity held by state-owned groups; the rest is private.
STATE_SHARE = {
    "coal": 0.9, "coal_small": 0.5, "gas": 0.85, "nuclear": 1.0, "hydro": 0.85, "pumped": 1.0, "onshore_wind": 0.8,
    "offshore_wind": 0.95, "solar": 0.5, "biomass": 0.4, "battery": 0.5,
}  # fmt: skip

# Rounding leaves of a capacity that came and went; 1 W.
LEAST_VINTAGE_GW = 1e-9

Vintage = tuple[int, int, float]


def stack(levels: Mapping[int, float], earliest: int) -> list[Vintage]:
    """Vintages (first year, last year, GW) left from a series of year-end capacities.

    >>> stack({2010: 2.0, 2012: 5.0, 2013: 4.0}, 1990)
    [(1990, 2010, 1.0), (2011, 2012, 3.0)]
    """
    years = sorted(levels)
    vintages: list[list[float]] = [[earliest, years[0], levels[years[0]]]]
    for before, year in pairwise(years):
        change = levels[year] - levels[before]
        if change >= 0.0:
            vintages.append([before + 1, year, change])
        else:
            _retire_oldest(vintages, -change)
    return [(int(first), int(last), gw) for first, last, gw in vintages if gw > LEAST_VINTAGE_GW]


def _retire_oldest(vintages: list[list[float]], amount: float) -> None:
    for vintage in vintages:
        taken = min(vintage[2], amount)
        vintage[2] -= taken
        amount -= taken


def capacity_levels(facts: PowerFacts) -> dict[str, pd.DataFrame]:
    """Year-end capacity by technology without coal: province x year, last two years as in power_capacity.csv."""
    levels = {
        "onshore_wind": _wind(facts)[0],
        "offshore_wind": _wind(facts)[1],
        "solar": _solar(facts),
        "nuclear": _nuclear(facts),
        "hydro": _hydro(facts)[0],
        "pumped": _hydro(facts)[1],
        "gas": _scaled(facts, "gas", _national_gas(facts)),
        "biomass": _scaled(facts, "biomass", _national_biomass(facts)),
        "battery": pd.DataFrame(index=list(PROVINCES)),
    }
    for year in (BASE_YEAR - 1, BASE_YEAR):
        known = capacity(facts, year)
        for technology, table in levels.items():
            table[year] = known[technology]
    return levels


def _wind(facts: PowerFacts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Onshore and offshore wind; a missing provincial value is interpolated, before the first it is 0."""
    wind = facts.history("wind").interpolate(axis=1, limit_area="inside").fillna(0.0)
    years = [2010, 2015, 2018]
    units = facts.history("offshore_wind_gem").reindex(columns=years).fillna(0.0)
    after = capacity(facts, BASE_YEAR - 1)["offshore_wind"]
    offshore = pd.DataFrame({year: np.minimum(units[year], after) for year in years})
    onshore = pd.DataFrame({year: wind[year] - offshore[_last(years, year)] for year in range(2010, BASE_YEAR - 1)})
    return onshore.clip(lower=0.0), offshore


def _last(years: list[int], year: int) -> int:
    return max(known for known in years if known <= year)


def _solar(facts: PowerFacts) -> pd.DataFrame:
    """2015 and 2018 as published; between and before by the national additions."""
    published = facts.history("solar")
    added = {year: facts.national_value("capacity_added", "solar", year) for year in range(2010, 2019)}
    total_before = sum(added[year] for year in range(2010, 2016))
    table = pd.DataFrame(index=list(PROVINCES))
    so_far = 0.0
    for year in range(2010, 2016):
        so_far += added[year]
        table[year] = published[2015] * (so_far / total_before)
    growth, total = published[2018] - published[2015], added[2016] + added[2017] + added[2018]
    table[2016] = published[2015] + growth * (added[2016] / total)
    table[2017] = table[2016] + growth * (added[2017] / total)
    table[2018] = published[2018]
    return table


def _nuclear(facts: PowerFacts) -> pd.DataFrame:
    """As published; Hainan and Shandong from the residual of the national figure (units of 2015-16 and of 2018-19)."""
    table = facts.history("nuclear").reindex(columns=range(2010, BASE_YEAR - 1)).fillna(0.0)
    current = capacity(facts, BASE_YEAR)["nuclear"]
    table.loc["Hainan", 2015] = current["Hainan"] / 2.0
    table.loc["Hainan", 2016:] = current["Hainan"]
    table.loc["Shandong", 2018] = current["Shandong"] / 2.0
    return table


def _hydro(facts: PowerFacts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hydro and pumped storage; pumped of 2015 is the compiled estimate and what came later is one vintage."""
    both = facts.history("hydro_incl_pumped").interpolate(axis=1, limit_area="inside")
    hydro_now, pumped_now = (capacity(facts, BASE_YEAR - 1)[name] for name in ("hydro", "pumped"))
    first = facts.base_value("capacity", "pumped", 2015).clip(upper=pumped_now)
    pumped = pd.DataFrame({2010: first, 2015: first})
    hydro = pd.DataFrame(index=list(PROVINCES))
    for year in range(2010, BASE_YEAR - 1):
        at_most = first if year <= 2015 else pumped_now
        hydro[year] = (both[year] - at_most).clip(lower=0.0)
    unlisted = both[BASE_YEAR - 1].isna()
    hydro[unlisted] = np.repeat(hydro_now[unlisted].to_numpy()[:, None], hydro.shape[1], axis=1)
    return hydro.fillna(0.0), pumped


def _national_gas(facts: PowerFacts) -> dict[int, float]:
    known = {2010: facts.assumption("gas_capacity", 2010), 2015: facts.assumption("gas_capacity", 2015)}
    return known | {year: facts.national_value("capacity", "gas", year) for year in (2017, 2018)}


def _national_biomass(facts: PowerFacts) -> dict[int, float]:
    known = {2010: facts.assumption("biomass_capacity", 2010)}
    known[2015] = float(facts.base_value("capacity", "biomass", 2015).sum())
    return known | {year: national_other_thermal(facts, year) for year in (2017, 2018)}


def _scaled(facts: PowerFacts, technology: str, national: Mapping[int, float]) -> pd.DataFrame:
    """A provincial series that follows the national one."""
    current = capacity(facts, BASE_YEAR)[technology]
    return pd.DataFrame({year: current * (value / current.sum()) for year, value in sorted(national.items())})


def coal_rows(facts: PowerFacts) -> list[dict[str, object]]:
    """Coal by province, steam class, owner and start years, scaled within a province to its capacity."""
    fleet = facts.coal_fleet.copy()
    known = capacity(facts, BASE_YEAR)["coal"]
    factor = known / fleet.groupby("province")["capacity"].sum().reindex(list(PROVINCES))
    fleet["class"] = fleet["technology"].map(COAL_CLASS).fillna("coal_subcritical")
    rows: list[dict[str, object]] = []
    keys = ["province", "class", "age_bucket_years", "ownership"]
    grouped = fleet.groupby(keys)["capacity"].sum()
    for row in grouped[grouped > LEAST_VINTAGE_GW].reset_index().to_dict("records"):
        province, steam_class, bucket, ownership, gw = (row[name] for name in (*keys, "capacity"))
        first, last = COAL_BUCKETS[bucket]
        small = ownership == "unknown"
        for owner, share in _owners("coal_small" if small else "coal", captive=ownership == "captive"):
            fill = ("residual", "NEA/CEC less GEM units") if small else ("reported", "GEM coal tracker")
            rows.append(_row(province, steam_class, owner, (first, last, gw * factor[province] * share), *fill))
    return rows


def _owners(technology: str, captive: bool = False) -> list[tuple[str, float]]:
    if captive:
        return [("captive", 1.0)]
    state = STATE_SHARE[technology]
    return [(owner, share) for owner, share in (("state", state), ("private", 1.0 - state)) if share > 0.0]


def _row(province: str, technology: str, owner: str, vintage: Vintage, fill: str, source: str) -> dict[str, object]:
    first, last, gw = vintage
    return {
        "province": province,
        "technology": technology,
        "owner": owner,
        "build_year_from": first,
        "build_year_to": last,
        "capacity_gw": gw,
        "unit": "GW",
        "year": BASE_YEAR,
        "fill": fill,
        "source": source,
    }


_SERIES_FILL = {
    "gas": ("estimated", "NEA/CEC national series"),
    "biomass": ("estimated", "NEA/CEC national series"),
    "battery": ("proxy", "CNESA/NEA"),
    "pumped": ("estimated", "NBS/NEA/CEC, PyPSA-China"),
}


def vintage_table(facts: PowerFacts) -> pd.DataFrame:
    """The table power_vintages.csv."""
    rows = coal_rows(facts)
    for technology, levels in capacity_levels(facts).items():
        fill, source = _SERIES_FILL.get(technology, ("derived", "NBS/NEA/CEC series"))
        for province in PROVINCES:
            series = dict(zip(map(int, levels.columns), levels.loc[province].to_numpy(dtype=float), strict=True))
            for vintage in stack(series, EARLIEST[technology]):
                rows.extend(
                    _row(province, technology, owner, (*vintage[:2], vintage[2] * share), fill, source)
                    for owner, share in _owners(technology)
                )
    table = pd.DataFrame(rows)
    order = {province: index for index, province in enumerate(PROVINCES)}
    keys = ["province", "technology", "owner", "build_year_from", "build_year_to"]
    return table.sort_values(keys, key=lambda c: c.map(order) if c.name == "province" else c).reset_index(drop=True)
