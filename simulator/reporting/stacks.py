"""Stacked areas over the years, each layer named beside its end."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from simulator.reporting.palette import Kind
from simulator.reporting.style import PAPER, from_zero, in_language, label_beside


def stack(axes: Axes, levels: pd.DataFrame, kinds: list[Kind]) -> None:
    """Stacked areas of a table [year, kind] with paper-coloured seams (a single year becomes one bar)."""
    ordered = np.array([levels[kind.code].to_numpy() for kind in kinds])
    years = levels.index.to_numpy()
    if len(years) == 1:
        years, ordered = np.array([years[0], years[0] + 1]), np.repeat(ordered, 2, axis=1)
    axes.stackplot(years, ordered, colors=[kind.colour for kind in kinds], edgecolor=PAPER, linewidth=0.5)
    from_zero(axes, float(ordered.sum(axis=0).max()))


def label_stack(axes: Axes, levels: pd.DataFrame, kinds: list[Kind], number: str) -> None:
    """Name each layer beside its end, with its level in the last year."""
    last = levels.iloc[-1]
    tops = np.cumsum([last[kind.code] for kind in kinds])
    middles = [float(top - last[kind.code] / 2) for top, kind in zip(tops, kinds, strict=True)]
    texts = [f"{in_language(kind.name, kind.name_zh)}  {last[kind.code]:{number}}" for kind in kinds]
    label_beside(axes, middles, texts, [kind.colour for kind in kinds])


def medians(spread: pd.DataFrame, column: str) -> pd.DataFrame:
    """Table [year, kind] of the medians over members."""
    table: pd.DataFrame = spread.pivot_table(index="year", columns=column, values="median", fill_value=0.0)
    return table
