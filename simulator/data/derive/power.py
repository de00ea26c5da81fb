"""Derives the power tables of the base year 2020 from the power facts.

Every table follows from `simulator/data/facts` by arithmetic, but for two small least-squares problems (power_flows,
power_seasons), the results of which are rounded before they are used.
"""

from __future__ import annotations

from pathlib import Path

from simulator.data.derive.power_balance import balance_table, generation_by_province
from simulator.data.derive.power_capacity import capacity_table, check_factors
from simulator.data.derive.power_facts import PowerFacts, write_table
from simulator.data.derive.power_flows import line_table
from simulator.data.derive.power_history import history_table
from simulator.data.derive.power_profiles import block_table, national_shape_table, profile_table
from simulator.data.derive.power_seasons import line_shape_table
from simulator.data.derive.power_vintages import vintage_table


def derive(facts: Path, out: Path) -> None:
    """Writes the nine power tables into `out`."""
    known = PowerFacts(facts)
    capacity = capacity_table(known)
    check_factors(capacity)
    vintages = vintage_table(known)
    generation = generation_by_province(capacity)
    lines = line_table(known, generation.sum(axis=1), known.base_value("consumption", "all"))
    tables = {
        "power_capacity": capacity,
        "power_vintages": vintages,
        "blocks": block_table(known),
        "block_profiles": profile_table(known, capacity),
        "national_shapes": national_shape_table(known),
        "lines": lines.drop(columns="direct_current"),
        "line_shapes": line_shape_table(known, generation, lines),
        "power_balance": balance_table(known, capacity, vintages, lines),
        "power_history": history_table(known),
    }
    for name, table in tables.items():
        write_table(table, out / f"{name}.csv")
