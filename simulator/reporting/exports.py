"""`tanlu export`: the tables of a run as CSV or NetCDF, or in the format of the IAMC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulator.analysis.caveat import notes
from simulator.analysis.run_tables import RunTables, quoted
from simulator.errors import ConfigError
from simulator.reporting.iamc import write_iamc

# Keys that another key decides: the two ends of a line are coordinates along the lines, no dimensions of their own.
DECIDED = {"lines": ("line", ("origin", "destination"))}
# Tables are sparse over all their keys: what no row tells takes no room when packed.
COMPRESSION = {"zlib": True, "complevel": 1, "shuffle": True}
UNITS = {"mt": "Mt", "twh": "TWh", "gw": "GW", "share": "1", "mcny": "million CNY of 2020", "bn_cny": "bn CNY of 2020"}


def write_csv(run: RunTables, folder: Path) -> list[Path]:
    """One CSV file per table, sorted by its first columns, and README.txt with what must be known of them."""
    paths = [folder / "README.txt"]
    paths[0].write_text(_about_tables(run), encoding="utf-8")
    for name in run.tables:
        path = folder / f"{name}.csv"
        order = ", ".join(f'"{one}"' for one in _columns(run, name)[0])
        run.run(f'COPY (SELECT * FROM "{name}" ORDER BY {order or "1"}) TO {quoted(str(path))} (HEADER)')
        paths.append(path)
    return paths


def write_netcdf(run: RunTables, folder: Path) -> list[Path]:
    """One NetCDF file with a group per table: each number over member, year and the table's text columns.

    Rows that a member leaves out are not a number. A table whose keys do not tell its rows apart is left out.
    """
    try:
        import netCDF4  # noqa: F401
        import xarray
    except ImportError:
        raise ConfigError(
            ["--format = netcdf: xarray is not installed; allowed: pip install 'tanlu[xarray]'"]
        ) from None
    path = folder / "run.nc"
    path.unlink(missing_ok=True)
    about = {
        "title": "run of tanlu",
        "scenario": str(run.provenance.get("scenario", "")),
        "note": "\n".join(notes(run)),
    }
    xarray.Dataset(attrs=about).to_netcdf(path)
    for name in [one for one in run.tables if one not in ("members", "quantiles")]:
        keys, values = _columns(run, name)
        by, decided = DECIDED.get(name, ("", ()))
        keys = [one for one in keys if one not in ("unit", *decided)]
        ends = {one: (by, _decided(run, name, by, one)) for one in decided}
        for column in values:
            listed = ", ".join(f'"{one}"' for one in (*keys, column))
            series = run.ask(f'SELECT {listed} FROM "{name}"').set_index(keys)[column]
            if not series.index.is_unique:
                break
            array = xarray.DataArray.from_series(series.astype(np.float64))
            array.attrs["units"] = next((unit for end, unit in UNITS.items() if column.endswith("_" + end)), "see name")
            # Who opens a group does not see what the file says of itself.
            data = array.assign_coords(ends).to_dataset(name=column).assign_attrs(about)
            data.to_netcdf(path, mode="a", group=name, encoding={column: COMPRESSION})
    return [path]


FORMATS: Mapping[str, Callable[[RunTables, Path], list[Path]]] = {
    "iamc": write_iamc,
    "csv": write_csv,
    "netcdf": write_netcdf,
}


def export(run: RunTables, how: str, folder: Path) -> list[Path]:
    """Write a run in another format into a folder, which is made if there is none; the files that are there then."""
    if how not in FORMATS:
        raise ConfigError([f"--format = {how or 'nothing'}: not one of them; allowed: {', '.join(FORMATS)}"])
    folder.mkdir(parents=True, exist_ok=True)
    return FORMATS[how](run, folder)


def _decided(run: RunTables, table: str, by: str, key: str) -> list[str]:
    """The value of a key for each value of the one that decides it, in the order of that one."""
    found = run.ask(f'SELECT DISTINCT "{by}", "{key}" FROM "{table}" ORDER BY 1')
    return [str(one) for one in found[key]]


def _about_tables(run: RunTables) -> str:
    """The text beside CSV files."""
    about = run.provenance
    scenario, seed = about.get("scenario", "unknown"), about.get("seed", "unknown")
    lines = [
        f"Tables of a run of tanlu: scenario {scenario}, seed {seed}, members: {len(run.members)}.",
        "Names of columns end in their units, or a column `unit` has it.",
        *notes(run),
    ]
    return "\n".join(lines) + "\n"


def _columns(run: RunTables, name: str) -> tuple[list[str], list[str]]:
    """Keys (member, year, firm and text) and values of a table."""
    types: Any = run.ask(f'DESCRIBE "{name}"')
    keys = [
        str(column)
        for column, kind in zip(types["column_name"], types["column_type"], strict=True)
        if kind == "VARCHAR" or column in ("member", "year", "firm")
    ]
    return keys, [str(one) for one in types["column_name"] if one not in keys]
