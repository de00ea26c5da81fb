"""The 24 load blocks of a year and the shapes of load, wind, sun and water in them.

A block is a four-hour part of the day in one season (China Standard Time). Relative values are means over the block
divided by the mean over the year, so their hours-weighted mean is 1 in every province.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.data.derive.power_facts import HOURS_PER_YEAR, PROVINCES, PowerFacts

SEASONS = ("winter", "spring", "summer", "autumn")
CLOCKS = ("00-04", "04-08", "08-12", "12-16", "16-20", "20-24")
BLOCKS = len(SEASONS) * len(CLOCKS)

# No block may ask more than this share of the nameplate capacity (mean over a block of a whole province).
HIGHEST_BLOCK_FACTOR = 0.95

SHAPES = {
    "load_relative": "load_rel_to_mean",
    "onshore_wind_relative": "onwind_rel",
    "offshore_wind_relative": "offwind_rel",
    "solar_relative": "solar_rel",
    "hydro_relative": "hydro_season_rel",
}
_TECHNOLOGY = {
    "onshore_wind_relative": "onshore_wind",
    "offshore_wind_relative": "offshore_wind",
    "solar_relative": "solar",
    "hydro_relative": "hydro",
}

# Expert assumption: vehicles charge at night and at noon; heat pumps follow outdoor cold, more at night.
VEHICLE_CLOCK = np.array([1.35, 1.0, 0.7, 0.95, 0.8, 1.2])
HEAT_SEASON = np.array([2.7, 0.6, 0.05, 0.65])
HEAT_CLOCK = np.array([1.15, 1.2, 0.95, 0.8, 0.9, 1.0])


def block_table(facts: PowerFacts) -> pd.DataFrame:
    """The table blocks.csv: block 0-23, season, clock, hours; hours add up to 8760."""
    profiles = facts.profiles
    one = profiles[profiles["province"] == PROVINCES[0]].set_index(["season", "block_hours_CST"])["hours_per_year"]
    keys = [(season, clock) for season in SEASONS for clock in CLOCKS]
    hours = one.reindex(pd.MultiIndex.from_tuples(keys)).to_numpy(dtype=float)
    hours *= HOURS_PER_YEAR / hours.sum()
    seasons, clocks = zip(*keys, strict=True)
    return pd.DataFrame({"block": range(BLOCKS), "season": seasons, "clock": clocks, "hours": hours})


def raw_shape(facts: PowerFacts, column: str) -> pd.DataFrame:
    """One published shape as province x block; an empty profile is 0 (no coast) or flat (no hydro)."""
    table = facts.profiles.copy()
    season = table["season"].map({name: index for index, name in enumerate(SEASONS)})
    clock = table["block_hours_CST"].map({name: index for index, name in enumerate(CLOCKS)})
    table["block"] = season * len(CLOCKS) + clock
    wide = table.pivot_table(index="province", columns="block", values=column).reindex(list(PROVINCES))
    return wide.fillna(1.0 if column == "hydro_season_rel" else 0.0)


def normalised(shape: pd.DataFrame, hours: np.ndarray) -> pd.DataFrame:
    """`shape` scaled to an hours-weighted mean of 1 in each province; a row of zeros stays."""
    mean = shape.to_numpy() @ hours / hours.sum()
    return shape.div(np.where(mean > 0.0, mean, 1.0), axis=0)


def check_block_factor(technology: str, shape: pd.DataFrame, factor: pd.Series) -> None:
    """Refuses a shape that asks more than `HIGHEST_BLOCK_FACTOR` of the nameplate capacity in some block."""
    asked = shape.mul(factor, axis=0).max(axis=1)
    if asked.max() > HIGHEST_BLOCK_FACTOR:
        raise ValueError(
            f"block_profiles: {technology} in {asked.idxmax()} reaches {asked.max():.3f} of its capacity in a block; "
            f"at most {HIGHEST_BLOCK_FACTOR} is allowed: lower the capacity factor or flatten the shape"
        )


def profile_table(facts: PowerFacts, capacity_table: pd.DataFrame) -> pd.DataFrame:
    """The table block_profiles.csv, province x block."""
    hours = block_table(facts)["hours"].to_numpy()
    factors = capacity_table.pivot_table(index="province", columns="technology", values="capacity_factor")
    shapes = {}
    for name, column in SHAPES.items():
        shape = normalised(raw_shape(facts, column), hours)
        technology = _TECHNOLOGY.get(name)
        if technology is not None:
            check_block_factor(technology, shape, factors[technology].reindex(list(PROVINCES)))
        shapes[name] = shape.to_numpy().ravel()
    keys = {"province": np.repeat(PROVINCES, BLOCKS), "block": np.tile(np.arange(BLOCKS), len(PROVINCES))}
    source = "PyPSA-China (load, ERA5 2020), NBS (hydro seasons)"
    return pd.DataFrame(keys | shapes).assign(fill="estimated", source=source)


def national_shape_table(facts: PowerFacts) -> pd.DataFrame:
    """The table national_shapes.csv: vehicle charging and heat pumps, expert assumption."""
    blocks = block_table(facts)
    hours = blocks["hours"].to_numpy()
    vehicle = np.tile(VEHICLE_CLOCK, len(SEASONS))
    heat = np.outer(HEAT_SEASON, HEAT_CLOCK).ravel()
    return pd.DataFrame(
        {
            "block": blocks["block"],
            "vehicle_relative": vehicle * hours.sum() / (vehicle @ hours),
            "heat_pump_relative": heat * hours.sum() / (heat @ hours),
        }
    )


def peak_factor(facts: PowerFacts) -> pd.Series:
    """Highest hour of the year over the mean of the highest block, by province."""
    highest = facts.profiles.groupby("province")[["load_block_max_rel_to_mean", "load_rel_to_mean"]].max()
    return (highest["load_block_max_rel_to_mean"] / highest["load_rel_to_mean"]).reindex(list(PROVINCES))
