"""Similar nodes against networkx's indices and against the scores they are made of."""

import networkx as nx
import numpy as np
import pytest

from graphmining import Graph, personalized_pagerank, planted_partition, similar_nodes, simrank
from graphmining.errors import GraphError, OptionError
from graphmining.ranking.simrank import simrank_single_source

INDICES = {
    "adamic-adar": nx.adamic_adar_index,
    "jaccard": nx.jaccard_coefficient,
    "resource-allocation": nx.resource_allocation_index,
    "common-neighbors": lambda graph, pairs: ((u, v, len(nx.common_neighbors(graph, u, v))) for u, v in pairs),
}


@pytest.mark.parametrize("k", [1, 4, 100])
@pytest.mark.parametrize("method", INDICES)
@pytest.mark.parametrize("seed", range(3))
def test_networkx(method, k, seed):
    graph = nx.gnm_random_graph(40, 120, seed=seed)
    graph = nx.relabel_nodes(graph, {v: f"n{v}" for v in range(20)})
    looped = graph.copy()
    looped.add_edges_from([("n3", "n3"), (30, 30)], weight=-2)  # ignored, and so is the weight
    place = {v: i for i, v in enumerate(graph)}
    answers = similar_nodes(looped, method=method, k=k)
    assert list(answers) == list(graph)
    for u, similar in answers.items():
        index = {v: score for _, v, score in INDICES[method](graph, [(u, v) for v in graph if v != u])}
        assert [score for _, score in similar] == pytest.approx(
            sorted((score for score in index.values() if score > 0), reverse=True)[:k]
        )
        assert all(score == pytest.approx(index[v]) for v, score in similar)
        assert similar == sorted(similar, key=lambda pair: (-pair[1], place[pair[0]]))
        assert similar_nodes(looped, u, method=method, k=k) == similar


@pytest.mark.parametrize("directed", [False, True])
def test_personalized_pagerank(directed):
    graph = nx.gnm_random_graph(40, 120, seed=1, directed=directed)
    for u, similar in similar_nodes(graph, [3, 0, 8], method="personalized-pagerank", k=5, alpha=0.7).items():
        scores = personalized_pagerank(graph, u, alpha=0.7, epsilon=1e-5)
        del scores[u]
        assert similar == list(scores.items())[:5]


def test_simrank():
    graph = nx.gnm_random_graph(30, 60, seed=2, directed=True)
    exact = simrank(graph, decay=0.8)
    for u, similar in similar_nodes(graph, method="simrank", k=4, decay=0.8).items():
        row = sorted(((v, score) for v, score in exact[u].items() if v != u and score > 0), key=lambda p: -p[1])
        assert similar == row[:4]


def test_simrank_on_a_larger_graph():
    graph = nx.relabel_nodes(nx.gnm_random_graph(1500, 4000, seed=2), str)
    graph.add_edges_from(("twin", v) for v in list(graph["7"]))
    expected = simrank_single_source(graph, "7", decay=0.6, seed=5)
    similar = similar_nodes(graph, ["7"], method="simrank", k=3, decay=0.6, seed=5)["7"]
    assert similar == similar_nodes(graph, "7", method="simrank", k=3, decay=0.6, seed=5, threads=2)
    del expected["7"]
    assert similar[0] == ("twin", max(expected.values()))


@pytest.mark.parametrize("method", ["adamic-adar", "jaccard", "personalized-pagerank"])
def test_any_number_of_threads(method):
    graph, _ = planted_partition(20, 30, inside=8, outside=3, seed=0)
    found, scores = similar_nodes(graph, method=method, threads=1)
    for threads in (2, 5, 2):
        again = similar_nodes(graph, method=method, threads=threads)
        np.testing.assert_array_equal(again[0], found)
        np.testing.assert_array_equal(again[1], scores)


def test_planted_clusters():
    graph, truth = planted_partition(50, 40, inside=15, outside=2, shuffle=True, seed=0)
    for method in ("adamic-adar", "personalized-pagerank"):
        found, _ = similar_nodes(graph, method=method, k=5)
        assert (truth[found] == truth[:, None]).mean() > 0.97


def test_arrays():
    graph = Graph.from_edges([0, 0, 1], [2, 3, 2], n=5)
    found, scores = similar_nodes(graph, [1, 0, 4], method="common-neighbors", k=2)
    assert found.tolist() == [[0, -1], [1, -1], [-1, -1]]
    assert scores.tolist() == [[1, 0], [1, 0], [0, 0]]
    found, scores = similar_nodes(graph.to_scipy(), 1, method="common-neighbors", k=9)
    assert (found.tolist(), scores.tolist()) == ([0, -1, -1, -1], [1, 0, 0, 0])


def test_odd_graphs():
    for method in (*INDICES, "personalized-pagerank", "simrank"):
        assert similar_nodes(nx.Graph(), method=method) == {}
        assert similar_nodes(nx.Graph([(0, 0)]), method=method) == {0: []}
        assert similar_nodes(nx.empty_graph(3), method=method) == {0: [], 1: [], 2: []}
        assert similar_nodes(nx.path_graph(3), [], method=method) == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "jacard"}, "did you mean 'jaccard'"),
        ({"k": 0}, "k must be"),
        ({"k": 2.0}, "k must be"),
        ({"threads": 0}, "threads"),
        ({"nodes": 9}, "node 9"),
        ({"nodes": "ab"}, "node 'ab'"),
        ({"nodes": [0, 9]}, "node 9"),
        ({"method": "personalized-pagerank", "alpha": 1}, "alpha"),
        ({"method": "personalized-pagerank", "epsilon": -1}, "epsilon"),
        ({"method": "simrank", "decay": 2}, "decay"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises((OptionError, GraphError), match=message):
        similar_nodes(nx.path_graph(3), **options)


@pytest.mark.parametrize("method", INDICES)
def test_directed(method):
    with pytest.raises(GraphError, match="undirected"):
        similar_nodes(nx.DiGraph([(0, 1)]), method=method)
