"""The key of a colour scale: a bar of its colours with a few levels below."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.ticker import MaxNLocator

CELLS = 48


def colour_key(axes: Axes, scale: Normalize, colours: Colormap, levels: Sequence[float], texts: Sequence[str]) -> None:
    """Fill the axes with the colours from the lowest to the highest level; write `texts` below their `levels`."""
    middles = (np.arange(CELLS) + 0.5) / CELLS
    shades = colours(middles)
    axes.bar(middles, 1.0, width=1.0 / CELLS, color=shades, edgecolor=shades, linewidth=0.3)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    axes.set_xticks([float(scale(level)) for level in levels], texts, fontsize=7.5)
    axes.tick_params(axis="x", length=2, pad=2)
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)


def round_levels(scale: Normalize, gap: float = 0.2) -> list[float]:
    """Zero and levels of 1, 2 or 5 times a power of ten, at least `gap` of the bar apart.

    Worked value: a root scale to 95 -> 0, 5, 20, 50.
    """
    highest = float(scale.vmax or 1.0)
    first = int(np.floor(np.log10(highest))) - 3
    levels = [0.0]
    for level in (digit * 10.0**power for power in range(first, first + 4) for digit in (1, 2, 5)):
        if level <= highest and float(scale(level)) - float(scale(levels[-1])) >= gap:
            levels.append(level)
    return levels


def whole_levels(scale: Normalize) -> list[float]:
    """At most five whole levels within the scale, such as years."""
    lowest, highest = float(scale.vmin or 0.0), float(scale.vmax or 1.0)
    levels = MaxNLocator(4, integer=True).tick_values(lowest, highest)
    return [float(level) for level in levels if lowest <= level <= highest]
