"""How far route factors explain the CO2 of the 372 base cells before any scaling: residuals.csv and its figure.

computed = activity x sum over routes of share x (fuel x emission factor + process - captured). POW is computed from
the fuel of electricity and heat, and closes by construction wherever heat is positive.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.data.derive.emissions import heat_tco2_per_gj, power_fuel_mt
from simulator.data.derive.tables import PROVINCES, SECTORS, Matrix, cells, matrix, read, vector, write

FUELS: tuple[str, ...] = ("coal", "oil", "gas")
BOUNDS: dict[str, tuple[float, float]] = {"POW": (0.7, 1.3), "STL": (0.7, 1.3), "NMM": (0.7, 1.3)}
VALUE_BOUNDS = (0.2, 5.0)
MARKERS = ("<!-- residuals: written by python -m simulator.data.derive --figure -->", "<!-- end -->")


def derive(facts: Path, out: Path) -> None:
    write(residuals(facts, out), out, "residuals", float_format="%.6g")


def route_factors(routes: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """tCO2 per unit of output of each route, after capture; a worked value: 2.1 GJ coal x 0.09 + 0.3 = 0.489."""
    carrier = factors.set_index("carrier")["tco2_per_gj"]
    raw = sum((routes[f"{f}_gj"].fillna(0.0) * carrier[f] for f in FUELS), routes["process_tco2"].fillna(0.0))
    return routes[["sector", "route"]].assign(factor=raw * (1.0 - routes["capture_share"].fillna(0.0)))


def computed_factors(facts: Path, out: Path) -> Matrix:
    """Factor of a cell [31, 12]: the share-weighted mean of its routes, tCO2 per unit; POW is left at 0."""
    routes = route_factors(pd.read_csv(facts.parent / "routes.csv"), read(out, "emission_factors"))
    shares = read(out, "route_shares").merge(routes, on=["sector", "route"], how="left", validate="many_to_one")
    unknown = shares.loc[shares.factor.isna(), "route"].unique()
    if len(unknown):
        raise ValueError(f"route_shares.csv: routes {sorted(unknown)} are not in routes.csv")
    return matrix(shares.assign(part=shares.capacity_share * shares.factor), "province", "sector", "part")


def computed_power_mt(facts: Path, out: Path) -> Matrix:
    """CO2 of electricity and heat by province, Mt."""
    heat = read(out, "heat")
    return power_fuel_mt(facts, out) + vector(heat, "heat_pj") * heat_tco2_per_gj(facts, heat)


def residuals(facts: Path, out: Path) -> pd.DataFrame:
    """One row per cell: datum over computed, the national level of the sector, and what remains after it."""
    base = read(out, "base_cells")
    activity, datum = (matrix(base, "province", "sector", c) for c in ("physical_output", "co2_mt"))
    computed = activity * computed_factors(facts, out)
    power = SECTORS.index("POW")
    computed[:, power] = computed_power_mt(facts, out)
    level = np.repeat((datum.sum(axis=0) / computed.sum(axis=0))[None, :], len(PROVINCES), axis=0)
    ratio = np.divide(datum, computed, out=np.full_like(datum, np.nan), where=computed > 0)
    after = ratio / level
    return cells().assign(
        activity=activity.ravel(), unit=base.unit,
        factor_tco2_per_unit=np.divide(computed, activity, out=np.zeros_like(computed), where=activity > 0).ravel(),
        computed_mt=computed.ravel(), datum_mt=datum.ravel(), ratio=ratio.ravel(), national_level=level.ravel(),
        ratio_after_level=after.ravel(), flag=flags(activity, datum, after).ravel(),
    )  # fmt: skip


def flags(activity: Matrix, datum: Matrix, after: Matrix) -> NDArray[np.object_]:
    """Empty where the cell is inside its bounds; else `low`, `high`, `no activity` or `no datum`."""
    low = np.array([BOUNDS.get(s, VALUE_BOUNDS)[0] for s in SECTORS])
    high = np.array([BOUNDS.get(s, VALUE_BOUNDS)[1] for s in SECTORS])
    flag = np.full(after.shape, "", dtype=object)
    flag[np.nan_to_num(after, nan=1.0) < low] = "low"
    flag[np.nan_to_num(after, nan=1.0) > high] = "high"
    flag[datum <= 0] = "no datum"
    flag[activity <= 0] = "no activity"
    return flag


def summary(table: pd.DataFrame) -> str:
    """Markdown: per sector the national level, flagged cells and their share of CO2, and the names of the cells."""
    lines = ["| sector | inventory over computed | flagged cells | share of CO2 | cells |", "|---|---|---|---|---|"]
    for sector in SECTORS:
        part = table[table.sector == sector]
        out_of_bounds = part[part.flag.isin(["low", "high"])]
        share = out_of_bounds.datum_mt.sum() / part.datum_mt.sum()
        names = ", ".join(f"{p} {r:.2f}" for p, r in zip(out_of_bounds.province, out_of_bounds.ratio_after_level,
                                                         strict=True)) or "none"  # fmt: skip
        lines.append(f"| {sector} | {part.national_level.iloc[0]:.2f} | {len(out_of_bounds)} | {share:.1%} | {names} |")
    flagged = table.flag.isin(["low", "high"])
    share = table.datum_mt[flagged].sum() / table.datum_mt.sum()
    empty = {f: int((table.flag == f).sum()) for f in ("no activity", "no datum")}
    lines += ["", f"{int(flagged.sum())} of 372 cells are flagged ({share:.1%} of CO2)."]
    lines += [f"{empty['no activity']} have no activity, {empty['no datum']} activity but no CO2 in the inventory."]
    return "\n".join(lines)


def write_summary(data: Path, page: Path) -> None:
    """Put the summary between the two markers of `page`."""
    head, rest = page.read_text(encoding="utf-8").split(MARKERS[0])
    table = read(data, "residuals").fillna({"flag": ""})
    text = f"{head}{MARKERS[0]}\n{summary(table)}\n{MARKERS[1]}{rest.split(MARKERS[1])[1]}"
    page.write_text(text, encoding="utf-8", newline="\n")


def draw(data: Path, figure: Path) -> None:
    """Dots of ratio_after_level by sector on a logarithmic axis, area by CO2, flagged cells named beside them."""
    from matplotlib.figure import Figure

    from simulator.reporting.style import ACCENT, CURVE, MUTED, drawing

    table = read(data, "residuals").assign(flag=lambda t: t.flag.fillna(""))
    table = table[table.ratio_after_level > 0]
    with drawing():
        canvas = Figure(figsize=(12, 6.4))
        axes = canvas.add_axes((0.055, 0.06, 0.935, 0.86))
        axes.set(yscale="log", xlim=(-0.5, len(SECTORS) - 0.3), xticks=range(len(SECTORS)), xticklabels=SECTORS)
        axes.set(ylim=(0.5 * table.ratio_after_level.min(), 2.0 * table.ratio_after_level.max()))
        axes.set_ylabel("inventory over computed CO₂")
        axes.set_title("CO₂ of 2020 by cell after one national level per sector (area: Mt; red: outside the bounds)")
        axes.axhline(1.0, color=MUTED, linewidth=0.8)
        for flagged, colour in ((False, CURVE), (True, ACCENT)):
            part = table[(table.flag != "") == flagged]
            at = part.sector.map(SECTORS.index)
            axes.scatter(at, part.ratio_after_level, s=8 + part.datum_mt, color=colour, alpha=0.5, linewidth=0)
        for position, sector in enumerate(SECTORS):
            _name_flagged(axes, position, table[(table.flag != "") & (table.sector == sector)])
        figure.parent.mkdir(parents=True, exist_ok=True)
        canvas.savefig(figure, dpi=110, metadata={"Software": None})


def _name_flagged(axes: Any, position: int, cells_of_sector: pd.DataFrame) -> None:
    """Names to the right of their dots, a line apart, each with a thin leader."""
    from simulator.reporting.style import GRID, spread_apart

    levels = np.log10(cells_of_sector.ratio_after_level.to_numpy())
    lowest, highest = np.log10(axes.get_ylim())
    line = 0.02 * (highest - lowest)
    for name, level, placed in zip(
        cells_of_sector.province, levels, spread_apart(levels, line, lowest, highest), strict=True
    ):
        axes.plot(position + np.array([0.06, 0.16]), 10.0 ** np.array([level, placed]), color=GRID, linewidth=0.8)
        axes.text(position + 0.18, 10.0**placed, name, fontsize=6.5, va="center")
