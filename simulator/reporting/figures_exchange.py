"""The network over which provinces exchange experience, as a matrix: who learns from whom."""

from collections.abc import Sequence

import networkx as nx
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from simulator.reporting.geography import Place, label_matrix
from simulator.reporting.style import ACCENT, CURVE, MUTED, PAPER, in_language, text_on

SHADES = LinearSegmentedColormap.from_list("learning", ["#eef2f5", CURVE])


def exchange_matrix(graph: "nx.MultiDiGraph[str]", places: Sequence[Place]) -> Figure:
    """What share of its learning a province (row) takes from each peer (column), the largest as a number.

    graph: edges peer -> learner with `weight` (and `paired`), as of `simulator.experience.to_graph`. A red frame marks
    a pair of a programme. It is assumed, not measured.
    """
    figure = Figure(figsize=(7.2, 7.6))
    axes = figure.add_axes((0.115, 0.01, 0.88, 0.835))
    axes.set_xlim(0, len(places))
    axes.set_ylim(len(places), 0)
    label_matrix(axes, [in_language(place.province, place.short_zh) for place in places], fontsize=7)
    row_of = {place.province: position for position, place in enumerate(places)}
    share, paired = shares(graph, row_of)
    axes.pcolormesh(np.where(share > 0, share, np.nan), cmap=SHADES, vmin=0, vmax=max(share.max(), 1e-9))
    _write_largest(axes, share)
    for learner, peer in np.argwhere(paired):
        inset, side = 0.08, 0.84
        frame = Rectangle((peer + inset, learner + inset), side, side, fill=False, edgecolor=ACCENT, linewidth=1.0)
        axes.add_patch(frame)
    title = in_language(
        "Who learns from whom, % of what a province learns (assumed)", "经验交流：各省学习来源，%（假设）"
    )
    figure.text(0.02, 0.975, title, fontsize=11, fontweight="bold", va="center")
    note = in_language(
        "row: learner; column: peer; number: the strongest peer; red frame: paired by a programme",
        "行：学习方；列：来源方；数字：最主要来源；红框：结对帮扶",
    )
    figure.text(0.02, 0.95, note, fontsize=8.5, color=MUTED, va="center")
    return figure


def shares(graph: "nx.MultiDiGraph[str]", row_of: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Weight and whether paired, each [learner, peer]; edges of provinces that are not placed are left out."""
    share, paired = np.zeros((len(row_of), len(row_of))), np.zeros((len(row_of), len(row_of)), dtype=bool)
    for peer, learner, data in graph.edges(data=True):
        if peer in row_of and learner in row_of:
            share[row_of[learner], row_of[peer]] = float(data["weight"])
            paired[row_of[learner], row_of[peer]] = float(data.get("paired", 0.0)) > 0.0
    return share, paired


def _write_largest(axes: Axes, share: np.ndarray) -> None:
    """Percent in the cell of each learner's strongest peer, and seams between cells."""
    highest = max(float(share.max()), 1e-9)
    for learner, peer in enumerate(share.argmax(axis=1)):
        level = float(share[learner, peer])
        if level > 0:
            red, green, blue, alpha = SHADES(level / highest)
            colour = text_on((red, green, blue, alpha))
            where = {"ha": "center", "va": "center", "fontsize": 6.5, "color": colour}
            axes.text(peer + 0.5, learner + 0.53, f"{100 * level:.0f}", where)
    for line in range(1, len(share)):
        axes.axhline(line, color=PAPER, linewidth=0.6)
        axes.axvline(line, color=PAPER, linewidth=0.6)
