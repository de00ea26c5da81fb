"""The drawing of the exchange network: strongest peers, an arrow for each, no faults on odd graphs."""

import networkx as nx
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch

from simulator.reporting.figures_exchange import exchange_map, strongest_peers
from simulator.reporting.geography import read_places
from simulator.reporting.style import ACCENT, drawing


def network():
    graph = nx.MultiDiGraph()
    for peer, weight, paired in (("Henan", 0.5, 0), ("Zhejiang", 0.3, 1), ("Jiangsu", 0.2, 0)):
        graph.add_edge(peer, "Xinjiang", key="experience", weight=weight, paired=paired)
    return graph


def test_strongest_peers_come_first():
    graph = network()
    assert strongest_peers(graph, "Xinjiang", 2) == [("Henan", 0.5, False), ("Zhejiang", 0.3, True)]
    assert strongest_peers(graph, "Tibet", 2) == []
    assert strongest_peers(graph, "Henan", 2) == []


def test_an_arrow_for_each_peer_and_red_where_they_are_paired():
    with drawing():
        figure = exchange_map(network(), read_places(), strongest=2)
        figure.canvas.draw()
    arrows = [one for one in figure.axes[0].patches if isinstance(one, FancyArrowPatch)]
    assert len(arrows) == 2
    assert [to_rgb(arrow.get_edgecolor()) == to_rgb(ACCENT) for arrow in arrows] == [False, True]
    assert arrows[0].get_linewidth() > arrows[1].get_linewidth()
