"""Where the provinces stand on the tile map: one square each, neighbours mostly beside neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from simulator.reporting.style import MUTED, in_language, text_on

COLUMNS = ("province", "name_zh", "abbreviation", "tile_row", "tile_col")
TILE = 0.92
# The provinces that the report shows in detail.
FOUR = ("Zhejiang", "Jiangsu", "Henan", "Xinjiang")
Colour = tuple[float, float, float, float]


@dataclass(frozen=True)
class Place:
    """A province on the tile map; row 0 is the north, column 0 the west."""

    province: str
    name_zh: str
    abbreviation: str
    row: int
    column: int

    @property
    def short_zh(self) -> str:
        """Chinese name as spoken: without 省, 市 or 自治区. Worked value: 广西壮族自治区 -> 广西."""
        length = 3 if self.name_zh.startswith(("黑龙江", "内蒙古")) else 2
        return self.name_zh[:length]

    @property
    def tile_name(self) -> str:
        """What is written on a tile: the abbreviation, or the Chinese name."""
        return in_language(self.abbreviation, self.short_zh)


def read_places() -> list[Place]:
    """Places from the shipped table of provinces."""
    with resources.files("simulator.data").joinpath("provinces.csv").open(encoding="utf-8") as file:
        return places_of(pd.read_csv(file))


def places_of(table: pd.DataFrame) -> list[Place]:
    """One place per row, if the table has every column and no two provinces share a tile."""
    missing = sorted(set(COLUMNS) - set(table.columns))
    if missing:
        raise ValueError(f"provinces table: columns {missing} are missing, it has {list(table.columns)}")
    twice = table[table.duplicated(["tile_row", "tile_col"], keep=False)]["province"].tolist()
    if twice:
        raise ValueError(f"provinces table: {twice} share a tile")
    columns = [table[name].tolist() for name in COLUMNS]
    return [Place(*row) for row in zip(*columns, strict=True)]


def names_zh(places: Sequence[Place]) -> dict[str, str]:
    """Province -> short Chinese name."""
    return {place.province: place.short_zh for place in places}


def prepare_tiles(axes: Axes, places: Sequence[Place]) -> None:
    """Axes in tile units, north up, square."""
    columns, rows = [place.column for place in places], [place.row for place in places]
    axes.set_xlim(min(columns) - 0.55, max(columns) + 0.55)
    axes.set_ylim(max(rows) + 0.55, min(rows) - 0.55)
    axes.set_aspect("equal", anchor="NW")
    axes.axis("off")


def label_matrix(axes: Axes, names: Sequence[str], fontsize: float) -> None:
    """Square cells of a matrix of provinces, named at the left and on top."""
    axes.set_xticks(np.arange(len(names)) + 0.5, names, fontsize=fontsize, rotation=90)
    axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=fontsize)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.set_aspect("equal", anchor="NW")


def draw_tile(
    axes: Axes, place: Place, colour: Colour, value: str, *, unsure: bool = False, under_arrows: bool = False
) -> None:
    """One rounded square with its name and a value; `unsure` hatches it.

    Where arrows run from middle to middle, `under_arrows` moves the words to opposite corners and has arrows make way.
    """
    corner = (place.column - TILE / 2, place.row - TILE / 2)
    box = FancyBboxPatch(corner, TILE, TILE, boxstyle="round,pad=0,rounding_size=0.1", facecolor=colour, linewidth=0)
    if unsure:
        box.set(hatch="////", edgecolor=MUTED, linewidth=0.4)
    axes.add_patch(box)
    text: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.5, "color": text_on(colour), "zorder": 4}
    name_at = (float(place.column), place.row - 0.17)
    value_at = (float(place.column), place.row + 0.2)
    if under_arrows:
        plate = {"boxstyle": "round,pad=0.1", "facecolor": colour, "linewidth": 0}
        text |= {"fontsize": 7.0, "bbox": plate}
        name_at = (place.column - TILE / 2 + 0.06, place.row - 0.31)
        value_at = (place.column + TILE / 2 - 0.06, place.row + 0.31)
    axes.text(*name_at, place.tile_name, text | ({"ha": "left"} if under_arrows else {}))
    axes.text(*value_at, value, text | ({"ha": "right"} if under_arrows else {}), fontweight="bold")
