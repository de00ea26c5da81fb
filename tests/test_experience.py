"""The exchange network: weights by hand and in general, files that come back, and files that are refused."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator import experience
from simulator.config import load_config
from simulator.errors import ConfigError
from simulator.names import load_names
from simulator.scenario import setting_of
from simulator.tables import read_table

THREE = ("Hebei", "Henan", "Tibet")
SHARES = arrays(np.float64, (31, 31), elements=st.floats(0.0, 3.0))
NONE = np.zeros((3, 3))


@pytest.fixture(scope="module")
def setting():
    return setting_of(load_config("baseline"))


def profile(industry, income, coal, zone, km):
    return experience.Profile(*(np.array(one, dtype=float) for one in (industry, income, coal)), np.array(zone), km)


def test_differences_by_hand():
    """Two provinces differ in everything, so each kind is its own mean; three provinces as worked below."""
    two = profile([[1, 0], [0, 1]], [1, 2], [0, 1], [0, 1], np.array([[0.0, 7.0], [7.0, 0.0]]))
    np.testing.assert_allclose(experience.differences(two, 1.0), [[0, 1], [1, 0]])
    # Only coal differs: 0, 0, 1, so pairs 0, 1, 1 with mean 2/3, and a quarter of 0, 1.5, 1.5.
    three = profile([[1, 0]] * 3, [1, 1, 1], [0, 0, 1], [0, 0, 0], NONE)
    np.testing.assert_allclose(experience.differences(three, 0.0)[0], [0.0, 0.0, 1.5 / 4])
    # Distance as a fifth kind of weight 2: the same over 6.
    np.testing.assert_allclose(experience.differences(three, 2.0)[0], [0.0, 0.0, 1.5 / 6])


def test_weights_by_hand():
    """At differences 0 and d0 ln 2 the nearer one weighs twice as much; paired with omega 1 they weigh the same."""
    difference = np.array([[0.0, 0.0, np.log(2)], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    how = experience.Similarity(1.0, 0.0, 1.0)
    np.testing.assert_allclose(experience.exchange_weights(difference, NONE, how)[0], [0.0, 2 / 3, 1 / 3])
    paired = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(experience.exchange_weights(difference, paired, how)[0], [0.0, 0.5, 0.5])


@given(SHARES, SHARES, st.floats(0.25, 1.0), st.floats(0.0, 3.0))
def test_rows_sum_to_one_and_nobody_learns_from_itself(difference, pairs, scale, twinning):
    paired = (pairs > 1.5).astype(float)
    weight = experience.exchange_weights(difference, paired, experience.Similarity(scale, 1.0, twinning))
    np.testing.assert_allclose(weight.sum(axis=1), 1.0, rtol=1e-12)
    assert (np.diag(weight) == 0.0).all() and weight.min() >= 0.0


@given(st.permutations(range(5)))
def test_the_order_of_provinces_does_not_matter(order):
    order = list(order)
    km = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    whole = profile(np.eye(5) + 1, np.arange(1, 6), np.arange(5) / 5, [0, 0, 1, 1, 2], km)
    part = experience.Profile(*(one[order] for one in whole[:4]), km[np.ix_(order, order)])
    mixed = experience.differences(part, 1.0)
    np.testing.assert_allclose(mixed, experience.differences(whole, 1.0)[np.ix_(order, order)], rtol=1e-12)


def test_twinning_draws_provinces_together(setting):
    names = setting.base.names.provinces
    paired = experience.twinned(names)
    assert paired[names.index("Zhejiang"), names.index("Sichuan")] == paired[names.index("Sichuan"), 10] == 1.0
    assert (paired == paired.T).all() and np.trace(paired) == 0.0
    alone = experience.exchange_network(setting, kinds=())
    officially = experience.exchange_network(setting)
    study = experience.exchange_network(setting, kinds=(*experience.OFFICIAL, experience.STUDY_GROUP))
    zhejiang, sichuan, henan = (names.index(one) for one in ("Zhejiang", "Sichuan", "Henan"))
    assert officially[sichuan, zhejiang] > alone[sichuan, zhejiang]
    assert study[henan, zhejiang] > 1.5 * officially[henan, zhejiang]


def test_pairings_name_provinces_and_programmes():
    table = read_table("twinned_provinces")
    assert set(table["programme"]) == {*experience.OFFICIAL, experience.STUDY_GROUP}
    assert set(table["province"]) | set(table["partner"]) <= set(load_names().provinces)
    assert not table[["province", "partner", "programme"]].duplicated().any()


def test_the_network_of_the_base_year(setting):
    """Everybody learns from all, most from the near and alike: Jiangsu is among Zhejiang's first two peers."""
    weight, names = experience.exchange_network(setting), setting.base.names.provinces
    np.testing.assert_allclose(weight.sum(axis=1), 1.0, rtol=1e-12)
    first = [names[i] for i in np.argsort(-weight[names.index("Zhejiang")])[:2]]
    assert "Jiangsu" in first
    assert weight.max() < 0.2


@pytest.mark.parametrize("ending", ["csv", "graphml"])
def test_a_network_survives_its_file(setting, tmp_path, ending):
    names, weight = setting.base.names.provinces, experience.exchange_network(setting)
    path = tmp_path / f"exchange.{ending}"
    experience.write_network(weight, names, path, experience.twinned(names))
    np.testing.assert_allclose(experience.read_network(path, names), weight, rtol=1e-14, atol=1e-16)


def test_the_graph_points_from_peer_to_learner():
    weight = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [1.0, 0.0, 0.0]])
    graph = experience.to_graph(weight, THREE)
    assert graph.number_of_edges() == 4
    assert graph["Henan"]["Hebei"]["experience"]["weight"] == 1.0
    assert graph.out_degree("Tibet") == 1


def test_faults_of_a_file_come_one_line_each(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        "origin,destination,key,weight\nHebei,Henann,experience,1\nHebei,Hebei,experience,1\n"
        "Henan,Hebei,experience,-1\nHenan,Tibet,experience,1\nHenan,Tibet,again,1\n"
    )
    with pytest.raises(ConfigError) as caught:
        experience.read_network(path, THREE)
    assert sorted(caught.value.lines) == [
        "bad.csv: 'Henann' is no province; did you mean Henan?; allowed: the 3 names of provinces.csv",
        "bad.csv: Hebei learns from itself; allowed: other provinces",
        "bad.csv: the edge Henan to Hebei has weight -1; allowed: a number of zero or more",
        "bad.csv: the edge Henan to Tibet is stated twice; allowed: once",
    ]


def test_rows_of_a_file_must_sum_to_one(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("origin,destination,key,weight\nHenan,Hebei,x,0.5\nHebei,Henan,x,1\nHebei,Tibet,x,0.9995\n")
    with pytest.raises(ConfigError) as caught:
        experience.read_network(path, THREE)
    assert caught.value.lines == ["short.csv: Hebei learns with weights that sum to 0.5; allowed: 1, within 0.001"]
    path.write_text("origin,destination,key,weight\nHenan,Hebei,x,1\nHebei,Henan,x,1\nHebei,Tibet,x,0.9995\n")
    assert experience.read_network(path, THREE)[2].tolist() == [1.0, 0.0, 0.0]


def test_provinces_that_a_file_leaves_out_come_in_one_line(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("origin,destination,key,weight\nHenan,Hebei,x,0.5\n")
    with pytest.raises(ConfigError) as caught:
        experience.read_network(path, THREE)
    assert caught.value.lines == [
        "few.csv: Hebei learns with weights that sum to 0.5; allowed: 1, within 0.001",
        (
            "few.csv: nothing says from whom these learn (destination): Henan, Tibet; "
            "allowed: weights that sum to 1 for each of the 3 provinces"
        ),
    ]


def test_a_file_that_is_edited_is_read_again(setting, tmp_path):
    """Also within one Python session, where settings are kept."""
    names = setting.base.names.provinces
    config = load_config("baseline", {"governments": {"exchange_network": str(tmp_path / "own.csv")}})
    found = []
    for weight in (experience.exchange_network(setting), experience.exchange_network(setting, kinds=())):
        experience.write_network(weight, names, tmp_path / "own.csv")
        found.append(setting_of(config).government_tables.exchange)
    assert not np.array_equal(*found)


def test_files_that_are_no_networks_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"none.csv: no such file"):
        experience.read_network(tmp_path / "none.csv", THREE)
    (tmp_path / "odd.csv").write_text("from,to\n")
    with pytest.raises(ConfigError, match=r"odd.csv: no network can be read from it .*destination, key, origin"):
        experience.read_network(tmp_path / "odd.csv", THREE)
    (tmp_path / "odd.graphml").write_text("<graphml>")
    with pytest.raises(ConfigError, match=r"odd.graphml: no network can be read from it"):
        experience.read_network(tmp_path / "odd.graphml", THREE)


def test_a_hand_made_graphml_file_is_read(tmp_path):
    graph = nx.DiGraph()
    graph.add_edge("Henan", "Hebei", weight=1.0)
    graph.add_edge("Hebei", "Henan", weight=1.0)
    graph.add_edge("Hebei", "Tibet", weight=1.0)
    nx.write_graphml(graph, tmp_path / "own.graphml")
    weight = experience.read_network(tmp_path / "own.graphml", THREE)
    assert weight.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]


def test_a_scenario_can_pair_the_study_group(setting):
    """Zhejiang, Jiangsu and Henan learn more from each other; provinces outside learn as before."""
    scenario = {"extends": "baseline", "name": "s", "governments": {"exchange_network": "study_group"}}
    names = setting.base.names.provinces
    group = [names.index(one) for one in ("Zhejiang", "Jiangsu", "Henan", "Xinjiang")]
    paired = setting_of(load_config(scenario)).government_tables.exchange
    usual = setting_of(load_config("baseline")).government_tables.exchange
    # Xinjiang was paired with the three before, by the programme of aid.
    three = np.ix_(group[:3], group[:3])
    assert (paired[three] >= usual[three]).all() and paired[three].sum() > 1.5 * usual[three].sum()
    others = np.setdiff1d(np.arange(len(names)), group[:3])
    np.testing.assert_array_equal(paired[others], usual[others])
