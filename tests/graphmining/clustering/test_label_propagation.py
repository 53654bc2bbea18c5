"""Label propagation: what its answers promise, on random and on planted graphs."""

from collections import defaultdict

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import adjusted_rand_score

from graphmining import Graph, label_propagation, planted_partition
from graphmining.errors import GraphError, OptionError


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40), density=st.floats(0, 0.4))
def test_every_label_is_among_the_heaviest_around(seed, n, density):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.integers(1, 4))
    labels = label_propagation(Graph.from_networkx(graph), seed=seed)
    for v in graph:
        sums = defaultdict(float)
        for u, data in graph[v].items():
            sums[labels[u]] += data["weight"]
        if sums:
            assert sums[labels[v]] == max(sums.values())


@pytest.mark.parametrize("seed", range(10))
def test_clusters_are_connected(seed):
    graph = nx.gnm_random_graph(100, 150, seed=seed)
    clusters = label_propagation(graph, seed=seed)
    assert nx.community.is_partition(graph, clusters)
    components = list(nx.connected_components(graph))
    for cluster in clusters:
        assert any(cluster <= component for component in components)


def test_ring_of_cliques():
    cliques = {frozenset(range(15 * i, 15 * i + 15)) for i in range(100)}
    for seed in range(5):
        assert {frozenset(c) for c in label_propagation(nx.ring_of_cliques(100, 15), seed=seed)} == cliques


@pytest.mark.parametrize("large", [False, True])
def test_planted_partition(large, monkeypatch):
    import sys

    module = sys.modules["graphmining.clustering.label_propagation"]
    monkeypatch.setattr(module, "WORTH_THREADS", 1 if large else 10**9)
    graph, truth = planted_partition(200, 50, inside=12, outside=4, shuffle=True, seed=1)
    labels = label_propagation(graph, seed=2, threads=1)
    assert adjusted_rand_score(truth, labels) > 0.98
    for threads in (2, 1, 3):
        np.testing.assert_array_equal(label_propagation(graph, seed=2, threads=threads), labels)


def test_weights_count():
    graph = nx.path_graph(4)
    graph[1][2]["weight"] = 0.1
    assert label_propagation(graph) == [{0, 1}, {2, 3}]


def test_edge_cases():
    assert label_propagation(nx.Graph()) == []
    assert label_propagation(nx.empty_graph(2)) == [{0}, {1}]
    assert label_propagation(nx.Graph([(0, 0), ("a", 1)])) == [{"a", 1}, {0}]
    assert label_propagation(nx.star_graph(1000)) == [set(range(1001))]


def test_wrong_input():
    with pytest.raises(GraphError, match="needs an undirected graph"):
        label_propagation(nx.DiGraph([(0, 1)]))
    negative = nx.Graph()
    negative.add_edge(0, 1, weight=-1)
    with pytest.raises(GraphError, match="negative weight"):
        label_propagation(negative)
    with pytest.raises(OptionError, match="seed must be"):
        label_propagation(nx.path_graph(2), seed="x")
