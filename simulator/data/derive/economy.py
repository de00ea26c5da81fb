"""Sectors and the 372 base cells of 2020: sectors.csv, base_cells.csv, and the tables of `trade`.

Physical output is Mt in STL, NMM and NFM, TWh in POW and bn CNY elsewhere.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from simulator.data.derive import trade
from simulator.data.derive.electricity import electricity_twh
from simulator.data.derive.emissions import carbon_of_cells, cement_process_mt
from simulator.data.derive.geography import gdp_bn_cny, population_million
from simulator.data.derive.tables import PHYSICAL, PROVINCES, SECTORS, Matrix, cells, matrix, read, vector, write

PRODUCTS: tuple[str, ...] = ("crude_steel", "cement", "primary_aluminium", "other_nonferrous")


def derive(facts: Path, out: Path) -> None:
    output = gross_output_bn_cny(facts)
    write(read(facts, "sector_attributes"), out, "sectors")
    write(read(facts, "national_controls"), out, "national_controls")
    trade.derive(facts, out, output)
    write(base_cells(facts, out, output), out, "base_cells")


def products_mt(facts: Path) -> dict[str, Matrix]:
    """Output of the physical products in 2020 by province, Mt."""
    table = read(facts, "output_by_province")
    table = table[table.year == 2020]
    return {p: vector(table[table["product"] == p]) for p in PRODUCTS}


def gross_output_bn_cny(facts: Path) -> Matrix:
    """Gross output [31, 12]; a physical sector without tonnes has none."""
    table = read(facts, "output_by_province")
    output = matrix(table[(table.year == 2020) & (table["product"] == "gross_output")], "province", "sector", "value")
    tonnes = physical_output(facts, output)
    for sector in PHYSICAL:
        at = SECTORS.index(sector)
        output[tonnes[:, at] == 0, at] = 0.0
    return output


def physical_output(facts: Path, output: Matrix) -> Matrix:
    """Activity [31, 12] in the unit of the sector."""
    product = products_mt(facts)
    power = read(facts, "power_base")
    power = power[(power.year == 2020) & (power.variable == "generation")]
    activity = output.copy()
    activity[:, SECTORS.index("POW")] = vector(power.groupby("province", as_index=False).agg({"value": "sum"}))
    activity[:, SECTORS.index("STL")] = product["crude_steel"]
    activity[:, SECTORS.index("NMM")] = product["cement"]
    activity[:, SECTORS.index("NFM")] = product["primary_aluminium"] + product["other_nonferrous"]
    return activity


def base_cells(facts: Path, out: Path, output: Matrix) -> pd.DataFrame:
    """The 372 cells with output, activity, CO2, electricity and value added."""
    activity = physical_output(facts, output)
    carbon = carbon_of_cells(facts, activity)
    coefficients = trade.read_coefficients(facts)
    power = SECTORS.index("POW")
    income = gdp_bn_cny(facts) / population_million(facts)
    electricity = electricity_twh(facts, out, output, products_mt(facts), coefficients[:, power, :],
                                  population_million(facts), income)  # fmt: skip
    unit = {**dict.fromkeys(SECTORS, "bn CNY"), **dict.fromkeys(PHYSICAL, "Mt"), "POW": "TWh"}
    table = cells()
    return table.assign(
        gross_output_bn_cny=output.ravel(), physical_output=activity.ravel(), unit=table.sector.map(unit),
        co2_mt=carbon.national.ravel(), co2_provincial_basis_mt=carbon.provincial.ravel(),
        co2_process_mt=_only("NMM", cement_process_mt(facts, carbon.national)), electricity_twh=electricity.ravel(),
        value_added_share=(1.0 - coefficients.sum(axis=1)).ravel(), fill=carbon.fill.ravel(),
        source=[f"{_activity_source(s)}; CO2 {c}; electricity {_electricity_source(s)}"
                for s, c in zip(table.sector, carbon.source.ravel(), strict=True)],
    )  # fmt: skip


def _only(sector: str, values: Matrix) -> Matrix:
    full = np.zeros((len(PROVINCES), len(SECTORS)))
    full[:, SECTORS.index(sector)] = values
    return full.ravel()


def _activity_source(sector: str) -> str:
    physical = {"POW": "generation NBS/NEA", "STL": "crude steel NBS", "NMM": "cement NBS",
                "NFM": "aluminium recalled and other metals by value"}  # fmt: skip
    return physical.get(sector, "output: tables 2017 to NBS 2020")


def _electricity_source(sector: str) -> str:
    known = {"POW": "line losses and own use (derived)", "STL": "per t steel (estimated)",
             "NFM": "13.5 MWh/t aluminium, rest by t (estimated)", "NMM": "80 kWh/t cement, rest scaled (scaled)",
             "SRV": "households by income, services by purchases (scaled)"}  # fmt: skip
    return known.get(sector, "purchases of power (scaled)")
