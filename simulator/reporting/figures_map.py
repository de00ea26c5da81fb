"""Three maps of 31 square provinces: when they peak, how far they fall, how far behind the nation they run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure

from simulator.analysis.peak import MEAN_YEARS, peak_year_quantiles, peaks, told_peak_year
from simulator.analysis.places import behind_country
from simulator.analysis.run_tables import RunTables
from simulator.reporting.colour_key import colour_key, whole_levels
from simulator.reporting.geography import Place, draw_tile, prepare_tiles
from simulator.reporting.style import MUTED, in_language

NO_VALUE = (0.8, 0.8, 0.8, 1.0)


@dataclass(frozen=True)
class TileValue:
    """What a tile shows: a number for its colour (NaN: none), the text, and whether it is unsure (hatched)."""

    number: float
    text: str
    unsure: bool = False


@dataclass(frozen=True)
class TileMap:
    """One of the maps: title, note below it, values by province, colours, and whether zero is their middle."""

    title: str
    note: str
    values: dict[str, TileValue]
    colours: Colormap
    diverging: bool


def tile_maps(run: RunTables, places: Sequence[Place]) -> Figure:
    """Peak year, change of CO2 over the run, and years behind the nation in CO2 per GDP, side by side."""
    figure = Figure(figsize=(9.6, 4.8))
    for position, one in enumerate(three_maps(run)):
        axes = figure.add_axes((0.01 + 0.332 * position, 0.1, 0.318, 0.785))
        scale = draw_map(axes, places, one.values, one.colours, diverging=one.diverging)
        left = 0.015 + 0.332 * position
        if scale is not None:
            levels, texts = _levels(scale, diverging=one.diverging)
            colour_key(figure.add_axes((left, 0.065, 0.19, 0.022)), scale, one.colours, levels, texts)
        figure.text(left, 0.96, one.title, fontsize=10, fontweight="bold", va="center")
        figure.text(left, 0.918, one.note, fontsize=8.5, color=MUTED, va="center")
    return figure


def three_maps(run: RunTables) -> tuple[TileMap, ...]:
    """What the maps show; those of three-year means are empty in a run that is too short for them."""
    first, last, middle = run.years[0], run.years[-1], middle_year(run.years)
    long_enough = len(run.years) >= MEAN_YEARS + 2
    return (
        TileMap(
            in_language("Year of the peak", "达峰年份"),
            in_language("hatched: peak not confirmed", "斜线：达峰未确认"),
            peak_years(run) if long_enough else {},
            colormaps["viridis_r"],  # holds no grey, which stands for peaks that are not confirmed
            diverging=False,
        ),
        TileMap(
            in_language(f"CO₂ {first}–{last}, %", f"{first}–{last}年排放变化，%"),
            in_language("of direct emissions", "直接排放"),
            changes(run, first, last),
            colormaps["RdBu_r"],
            diverging=True,
        ),
        TileMap(
            in_language(f"Years behind the nation, {middle}", f"{middle}年落后全国的年数"),
            in_language("by CO₂ per GDP; − ahead", "按单位GDP排放；负值为领先"),
            lags(run, middle) if long_enough else {},
            colormaps["PuOr_r"],
            diverging=True,
        ),
    )


def middle_year(years: list[int]) -> int:
    """Halfway, where both a lead and a lag can be told."""
    return years[len(years) // 2]


def draw_map(
    axes: Axes, places: Sequence[Place], values: dict[str, TileValue], colours: Colormap, *, diverging: bool
) -> Normalize | None:
    """Colour each tile by its value, light in the middle where zero is a middle; return the scale if there is one."""
    prepare_tiles(axes, places)
    known = [value.number for value in values.values() if not np.isnan(value.number)]
    scale = _scale(known or [0.0], diverging=diverging)
    for place in places:
        value = values.get(place.province, TileValue(np.nan, "–"))
        colour = NO_VALUE if np.isnan(value.number) else colours(float(scale(value.number)))
        draw_tile(axes, place, colour, value.text, unsure=value.unsure)
    return scale if known else None


def _levels(scale: Normalize, *, diverging: bool) -> tuple[list[float], list[str]]:
    """Levels of the key and how they are written: whole ones, with a sign where zero is the middle."""
    if not diverging:
        levels = whole_levels(scale)
        return levels, [f"{level:.0f}" for level in levels]
    reach = float(scale.vmax or 0.0)
    step = max((digit for digit in (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0) if digit <= 0.9 * reach), default=reach)
    return [-step, 0.0, step], [signed(-step), "0", signed(step)]


def _scale(known: list[float], *, diverging: bool) -> Normalize:
    if diverging:
        # One outlier must not bleach the others: colours saturate above the 95 % of tiles.
        reach = max(float(np.quantile(np.abs(known), 0.95)), 1e-9) * 1.15
        return TwoSlopeNorm(0.0, -reach, reach)
    return Normalize(min(known) - 1, max(known) + 1)


def peak_years(run: RunTables) -> dict[str, TileValue]:
    """Median peak year; censored members count as later than the run; `≤` where the run cannot look further back."""
    found = peaks(run.ask("SELECT member, province, year, co2_mt FROM provinces"), ["member", "province"])
    values = {}
    for province, of_province in found.groupby("province"):
        median = peak_year_quantiles(of_province, [0.5])[0]
        confirmed, text = bool(np.isfinite(median)), told_peak_year(median, run.years)
        values[str(province)] = TileValue(median if confirmed else np.nan, text, unsure=not confirmed)
    return values


def changes(run: RunTables, first: int, last: int) -> dict[str, TileValue]:
    """Median change of CO2 between two years, percent."""
    change = run.ask(
        "SELECT province, median(100 * (late.co2_mt / early.co2_mt - 1)) AS change FROM provinces AS early"
        f" JOIN provinces AS late USING (member, province) WHERE early.year = {first} AND late.year = {last}"
        " AND early.co2_mt > 0 GROUP BY province ORDER BY province"
    )
    pairs = zip(change["province"].tolist(), change["change"].tolist(), strict=True)
    return {province: TileValue(level, signed(level)) for province, level in pairs}


def lags(run: RunTables, year: int) -> dict[str, TileValue]:
    """Median years behind the nation; hatched where most members are censored."""
    behind = behind_country(run, year).groupby("province")[["behind_years", "censored"]]
    table = behind.agg({"behind_years": "median", "censored": "mean"})
    return {
        str(province): TileValue(row["behind_years"], signed(row["behind_years"]), unsure=row["censored"] > 0.5)
        for province, row in table.iterrows()
    }


def signed(number: float) -> str:
    """Whole number with its sign, a true minus. Worked values: 3.4 -> +3, -0.2 -> 0, -7 -> −7."""
    rounded = round(number)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"
