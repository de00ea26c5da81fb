"""The network over which provinces exchange experience, drawn on the tile map: who learns from whom."""

from collections.abc import Sequence

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from simulator.reporting.geography import Place, draw_tile, prepare_tiles
from simulator.reporting.style import ACCENT, CURVE, MUTED, bilingual

TILE_COLOUR = (0.90, 0.92, 0.94, 1.0)
WIDTH = 14.0
BEND = 0.18


def exchange_map(graph: "nx.MultiDiGraph[str]", places: Sequence[Place], strongest: int = 3) -> Figure:
    """Arrows from the strongest peers of each province to it, wider where more is learned, red where they are paired.

    graph: edges peer -> learner with `weight` (and `paired`), as of `simulator.experience.to_graph`. A tile shows the
    part of a province's learning, in percent, that comes from the peers drawn. It is assumed, not measured.
    """
    figure = Figure(figsize=(5.6, 6.9))
    axes = figure.add_axes((0.02, 0.01, 0.96, 0.87))
    prepare_tiles(axes, places)
    place_of = {place.province: place for place in places}
    shown = {place.province: strongest_peers(graph, place.province, strongest) for place in places}
    for learner, peers in shown.items():
        draw_tile(axes, place_of[learner], TILE_COLOUR, f"{100 * sum(weight for _, weight, _ in peers):.0f}")
        for peer, weight, paired in peers:
            draw_arrow(axes, place_of[peer], place_of[learner], weight, paired)
    for label in axes.texts:  # stay readable where arrows cross them
        label.set_path_effects([withStroke(linewidth=3.0, foreground=TILE_COLOUR)])
    title = bilingual("Who learns from whom", "经验交流网络")
    figure.text(0.03, 0.955, title, fontsize=12, fontweight="bold", va="center")
    note = f"the {strongest} strongest peers of each; red: paired by a programme; number: their share, %; assumed"
    figure.text(0.03, 0.915, note, fontsize=8.5, color=MUTED, va="center")
    return figure


def strongest_peers(graph: "nx.MultiDiGraph[str]", learner: str, count: int) -> list[tuple[str, float, bool]]:
    """Peers from whom a province learns most: name, weight, whether paired; ties by name. Empty if it is not there."""
    if learner not in graph:
        return []
    edges = [
        (peer, float(data["weight"]), float(data.get("paired", 0.0)) > 0.0)
        for peer, _, data in graph.in_edges(learner, data=True)
    ]
    return sorted(edges, key=lambda edge: (-edge[1], edge[0]))[:count]


def draw_arrow(axes: Axes, peer: Place, learner: Place, weight: float, paired: bool) -> None:
    """A bent arrow between two tiles."""
    axes.add_patch(
        FancyArrowPatch(
            (peer.column, peer.row),
            (learner.column, learner.row),
            connectionstyle=f"arc3,rad={BEND}",
            arrowstyle="-|>",
            mutation_scale=7,
            shrinkA=9,
            shrinkB=13,
            linewidth=WIDTH * weight,
            color=ACCENT if paired else CURVE,
            alpha=0.65,
            zorder=3,
        )
    )
