"""Outcomes of a run, one value per member: what policies are compared by, and the headlines among them."""

from collections.abc import Sequence
from typing import NamedTuple

from simulator.analysis.run_tables import RunTables, quoted


class Place(NamedTuple):
    """A province, a sector of the whole country, or a sector of a province; with neither, the country."""

    province: str = ""
    sector: str = ""

    def __str__(self) -> str:
        return " ".join(one for one in self if one)


class Outcome(NamedTuple):
    """A column of a table in one year, or summed over all years (year 0)."""

    label: str
    unit: str
    table: str
    column: str
    year: int
    factor: float = 1.0  # from the column's unit to `unit`
    per: str = ""  # the column by whose sum it is divided


COUNTRY = Place()


def _national(label: str, unit: str, column: str, years: tuple[int, ...], factor: float = 1.0) -> list[Outcome]:
    return [Outcome(label, unit, "national", column, year, factor) for year in years]


HEADLINES = (
    *_national("CO2", "Mt", "co2_mt", (2030, 2035, 2050, 2060)),
    *_national("CO2, all years", "Gt", "co2_mt", (0,), 1e-3),
    *_national("non-fossil energy", "%", "non_fossil_energy_share", (2030, 2050), 100.0),
    *_national("coal in generation", "%", "coal_generation_share", (2035, 2050), 100.0),
    *_national("curtailed wind and sun", "%", "curtailment_share", (2035,), 100.0),
    *_national("unserved power", "TWh", "unserved_twh", (2035,)),
    *_national("price of power", "CNY/MWh", "power_price_cny_per_mwh", (2035, 2050)),
    *_national("carbon price", "CNY/t", "carbon_price_cny_per_tco2", (2030, 2050)),
    *_national("GDP", "bn CNY", "gdp_bn_cny", (2035, 2050)),
    *_national("CO2 captured", "Mt", "captured_mt", (2050,)),
)


def values(run: RunTables, one: Outcome, place: Place = COUNTRY) -> dict[int, float]:
    """The outcome by member, summed over what lies in the place; empty if the run holds no such column or year."""
    columns = [name for name in (one.column, one.per) if name]
    if not run.has(one.table, *columns) or (one.year and one.year not in run.years):
        return {}
    where = [f"year = {one.year}"] if one.year else []
    where += [f"{key} = {quoted(name)}" for key, name in place._asdict().items() if name]
    condition = " AND ".join(where) or "TRUE"
    level = f"{one.factor} * sum({one.column})" + (f" / nullif(sum({one.per}), 0)" if one.per else "")
    rows = f'FROM "{one.table}" WHERE {condition} GROUP BY member'
    found = run.ask(f"SELECT member, {level} AS level {rows}").dropna()
    return dict(zip(found["member"].tolist(), found["level"].tolist(), strict=True))


def at_years(outcomes: Sequence[Outcome], years: Sequence[int]) -> list[Outcome]:
    """The outcomes in these years in place of their own, sums over all years as they are; no years: all as they are."""
    if not years:
        return list(outcomes)
    moved = [one._replace(year=year) for one in outcomes for year in (years if one.year else (0,))]
    return list(dict.fromkeys(moved))
