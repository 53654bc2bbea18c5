"""What comes in and what goes out."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from graphmining import Graph
from graphmining.errors import GraphError
from graphmining.graph.interface import as_graph, by_size, give_clusters, give_scores, take_clusters

NAMED = Graph.from_networkx(nx.Graph([("a", "b"), ("c", "d")]))


def test_weight_none_forgets_weights():
    weighted = nx.Graph()
    weighted.add_edge(0, 1, weight=3)
    graph = Graph.from_networkx(weighted)
    for source in (weighted, graph, graph.to_scipy()):
        assert as_graph(source).total_weight == 3
        assert as_graph(source, weight=None).total_weight == 1


@pytest.mark.parametrize("source", [[(0, 1)], {0: [1]}, None, np.eye(2), "graph"])
def test_no_graph(source):
    with pytest.raises(GraphError, match=r"must be a networkx graph, a .*Graph or a scipy sparse matrix"):
        as_graph(source)


def test_direction():
    with pytest.raises(GraphError, match="needs an undirected graph"):
        as_graph(nx.DiGraph([(0, 1)]), directed=False)
    with pytest.raises(GraphError, match="needs a directed graph"):
        as_graph(nx.Graph([(0, 1)]), directed=True)


def test_negative_weight():
    graph = nx.Graph([("a", "b")])
    graph.add_edge("b", "c", weight=-2)
    with pytest.raises(GraphError, match=r"edge \('b', 'c'\) has the negative weight -2"):
        as_graph(graph)
    assert as_graph(graph, negative=True).least_weight == -2


def test_clusters_go_out_by_size_then_first_node():
    labels = np.array([7, 3, 3, 9, 9, 5])
    assert by_size(labels).tolist() == [2, 0, 0, 1, 1, 3]
    assert by_size(labels - 100).tolist() == [2, 0, 0, 1, 1, 3]
    assert by_size(np.array([], int)).tolist() == []
    graph = nx.empty_graph(6)
    assert give_clusters(graph, Graph.from_networkx(graph), labels) == [{1, 2}, {3, 4}, {0}, {5}]
    assert give_clusters(sp.eye_array(6), None, labels).tolist() == [2, 0, 0, 1, 1, 3]


def test_scores_are_python_numbers():
    graph = nx.Graph([("a", "b")])
    scores = give_scores(graph, Graph.from_networkx(graph), np.array([0.5, 1.0]))
    assert scores == {"a": 0.5, "b": 1.0}
    assert all(type(score) is float for score in scores.values())


@pytest.mark.parametrize(
    "clusters",
    [
        [{"a", "b"}, {"c", "d"}],
        (frozenset("cd"), ["a", "b"]),
        iter([{"a", "b"}, {"c"}, {"d"}]),
        {"a": "x", "b": "x", "c": 1, "d": 1},
        np.array([5, 5, 2, 2]),
    ],
)
def test_clusters_come_in(clusters):
    labels = take_clusters(NAMED, clusters)
    assert labels[0] == labels[1] != labels[2]
    assert sorted(set(labels.tolist())) == list(range(labels.max() + 1))


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        ([{"a", "b"}], "node 'c' is in no cluster"),
        ([{"a", "b"}, {"b", "c", "d"}], "node 'b' is in two clusters"),
        ([{"a", "b", "x"}, {"c", "d"}], "node 'x' is not in the graph"),
        ({"a": 0, "b": 0, "c": 1}, "node 'd' has no label"),
        ({"a": 0, "b": 0, "c": 1, "d": 1, "e": 1}, "node 'e' is not in the graph"),
        (np.array([0, 1]), "labels have shape"),
        (["ab", "cd"], "clusters must be collections of nodes"),
        ([0, 0, 1, 1], "clusters must be collections of nodes"),
        (None, "clusters must be collections of nodes"),
        (3, "clusters must be collections of nodes"),
    ],
)
def test_wrong_clusters(clusters, message):
    with pytest.raises(GraphError, match=message):
        take_clusters(NAMED, clusters)
