"""Networks: arrays, graphs and files are each other's inverse, and bad files are refused with a reason."""

import networkx as nx
import numpy as np
import pytest

from simulator import networks

PROVINCES = ("Hebei", "Henan", "Tibet")
SECTORS = ("POW", "STL", "NMM")


def sourcing() -> np.ndarray:
    shares = np.zeros((3, 3, 3))
    shares[0, :, 1] = [0.75, 0.5, 1.0]
    shares[1, :, 1] = [0.25, 0.5, 0.0]
    shares[1, :, 2] = 1.0
    return shares


def test_goods_trade_survives_graph_and_file(tmp_path) -> None:
    graph = networks.goods_graph(sourcing(), PROVINCES, SECTORS)
    assert graph.number_of_edges() == 8
    assert graph["Hebei"]["Henan"]["STL"]["share"] == 0.5
    networks.write_graph(graph, tmp_path / "goods.csv")
    read = networks.read_graph(tmp_path / "goods.csv")
    np.testing.assert_allclose(networks.goods_sourcing(read, PROVINCES, SECTORS), sourcing(), rtol=1e-15)


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    graph = networks.goods_graph(sourcing(), PROVINCES, SECTORS)
    graph["Hebei"]["Henan"]["STL"]["share"] = 0.4
    with pytest.raises(ValueError, match=r"sourcing of STL in Henan: shares sum to 0.9"):
        networks.goods_sourcing(graph, PROVINCES, SECTORS)


def test_unknown_provinces_and_negative_shares_are_refused() -> None:
    graph = networks.goods_graph(sourcing(), PROVINCES, SECTORS)
    graph.add_edge("Atlantis", "Henan", key="STL", share=0.1)
    with pytest.raises(ValueError, match="'Atlantis' is unknown; allowed are Hebei"):
        networks.goods_sourcing(graph, PROVINCES, SECTORS)
    graph = networks.goods_graph(sourcing(), PROVINCES, SECTORS)
    graph["Hebei"]["Henan"]["STL"]["share"] = -0.5
    with pytest.raises(ValueError, match=r"STL from Hebei to Henan: share -0\.5"):
        networks.goods_sourcing(graph, PROVINCES, SECTORS)


def test_trade_weights_by_hand() -> None:
    """Henan buys half its 8 of steel in Hebei and nothing else outside; Hebei 0.25 of 4 in Henan and 2 of cement."""
    use = np.zeros((3, 3))
    use[0, 1], use[0, 2], use[1, 1] = 4.0, 2.0, 8.0
    weights = networks.trade_weights(sourcing(), use)
    assert weights.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


def lines() -> networks.Lines:
    return networks.Lines(
        np.array([0, 1, 0]),
        np.array([1, 2, 1]),
        np.array([5.0, 2.0, 3.0]),
        np.array([0.01, 0.03, 0.02]),
        ("b", "c", "a"),
    )


def test_lines_survive_graph_and_file_in_the_order_of_their_ids(tmp_path) -> None:
    graph = networks.line_graph(lines(), PROVINCES)
    networks.write_graph(graph, tmp_path / "lines.csv")
    back = networks.line_arrays(networks.read_graph(tmp_path / "lines.csv"), PROVINCES, ("b", "c", "a"))
    assert back.names == ("b", "c", "a")
    for mine, theirs in zip(lines()[:4], back[:4], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert networks.line_arrays(graph, PROVINCES).names == ("a", "b", "c")


def test_impossible_lines_are_refused() -> None:
    graph = networks.line_graph(lines(), PROVINCES)
    with pytest.raises(ValueError, match="3 edges with 3 names, 2 expected"):
        networks.line_arrays(graph, PROVINCES, ("a", "b"))
    graph["Hebei"]["Henan"]["a"]["loss_share"] = 1.2
    with pytest.raises(ValueError, match=r"line a: capacity 3.0 GW, loss 1.2"):
        networks.line_arrays(graph, PROVINCES)


GROUP = np.array([1, -1, 0, 1, 1])
PLACE = np.array([0, 0, 1, 2, 0])


def test_ownership_survives_graph_and_file(tmp_path) -> None:
    graph = networks.ownership_graph(GROUP, PLACE, np.full(5, 1), ("north", "south"))
    networks.write_graph(graph, tmp_path / "owners.csv")
    owned = networks.ownership_arrays(networks.read_graph(tmp_path / "owners.csv"), ("north", "south"), 5)
    assert owned.group.tolist() == GROUP.tolist()
    assert owned.start.tolist() == [0, 1, 4]
    assert owned.member.tolist() == [2, 0, 3, 4]
    assert networks.provinces_of_groups(owned, PLACE).tolist() == [1, 2]


def test_a_firm_has_one_owner() -> None:
    graph = networks.ownership_graph(GROUP, PLACE, np.full(5, 1), ("north", "south"))
    graph.add_edge("south", "firm 2", key="owns")
    with pytest.raises(ValueError, match="owns firm 2: allowed are firms 0 to 4, each with one owner"):
        networks.ownership_arrays(graph, ("north", "south"), 5)


def test_a_file_without_its_columns_is_refused(tmp_path) -> None:
    (tmp_path / "bad.csv").write_text("origin,to\nHebei,Henan\n")
    with pytest.raises(ValueError, match="column destination, key is missing in origin, to"):
        networks.read_graph(tmp_path / "bad.csv")


def test_an_empty_graph_survives_its_file(tmp_path) -> None:
    networks.write_graph(nx.MultiDiGraph(), tmp_path / "empty.csv")
    assert networks.read_graph(tmp_path / "empty.csv").number_of_edges() == 0
