"""The drawing of the exchange network: a cell for each pair, the strongest peer as a number, odd graphs too."""

import networkx as nx
from matplotlib.patches import Rectangle

from simulator.reporting.figures_exchange import exchange_matrix, shares
from simulator.reporting.geography import read_places
from simulator.reporting.style import CHINESE, drawing


def network():
    graph = nx.MultiDiGraph()
    for peer, weight, paired in (("Henan", 0.5, 0), ("Zhejiang", 0.3, 1), ("Atlantis", 0.2, 0)):
        graph.add_edge(peer, "Xinjiang", key="experience", weight=weight, paired=paired)
    return graph


def test_shares_by_learner_and_peer():
    share, paired = shares(network(), {"Henan": 0, "Xinjiang": 1, "Zhejiang": 2})
    assert share.tolist() == [[0, 0, 0], [0.5, 0, 0.3], [0, 0, 0]]
    assert paired.tolist() == [[False] * 3, [False, False, True], [False] * 3]


def test_the_strongest_peer_is_a_number_and_a_pair_is_framed():
    places = read_places()
    column = {place.province: position for position, place in enumerate(places)}
    with drawing():
        axes = exchange_matrix(network(), places).axes[0]
    assert [text.get_text() for text in axes.texts] == ["50"]
    assert axes.texts[0].get_position()[0] == column["Henan"] + 0.5
    frames = [one for one in axes.patches if isinstance(one, Rectangle)]
    assert [(int(one.get_x()), int(one.get_y())) for one in frames] == [(column["Zhejiang"], column["Xinjiang"])]


def test_a_network_without_edges_is_drawn_in_either_language():
    with drawing(CHINESE):
        figure = exchange_matrix(nx.MultiDiGraph(), read_places())
        figure.canvas.draw()
    assert figure.axes[0].get_xticklabels()[0].get_text() == "北京"
