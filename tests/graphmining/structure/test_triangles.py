"""Triangles and clustering coefficients against networkx."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, clustering_coefficients, planted_partition, transitivity, triangles
from graphmining.errors import GraphError, OptionError


def random_graph(seed, n=30, density=0.3, directed=False):
    """With self-loops, isolated nodes and weights of both signs."""
    graph = nx.gnp_random_graph(n, density, seed=seed, directed=directed)
    graph.add_edge(0, 0)
    graph.add_node("alone")
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.random()) - 0.3
    graph.add_edge("heavy", "heavy", weight=1.5)
    return graph


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), density=st.floats(0, 1))
def test_undirected(seed, n, density):
    graph = random_graph(seed, n, density)
    counts = triangles(graph)
    assert counts == nx.triangles(graph)
    assert all(type(count) is int for count in counts.values())
    assert clustering_coefficients(graph) == nx.clustering(graph)
    assert transitivity(graph) == pytest.approx(nx.transitivity(graph), abs=1e-15)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), directed=st.booleans(), weight=st.sampled_from([None, "weight"]))
def test_directed_and_weighted(seed, directed, weight):
    graph = random_graph(seed, directed=directed)
    expected = nx.clustering(graph, weight=weight)
    assert clustering_coefficients(graph, weight=weight) == pytest.approx(expected, abs=1e-12)


def test_large_graph():
    graph, _ = planted_partition(60, 50, inside=15, outside=5, seed=0)
    assert triangles(graph).tolist() == list(nx.triangles(graph.to_networkx()).values())


@pytest.mark.parametrize("threads", [2, 3, 20])
def test_any_number_of_threads(threads):
    plain, _ = planted_partition(30, 50, inside=15, outside=5, seed=0)
    rng = np.random.default_rng(0)
    source, target, _ = plain.edges()
    graph = Graph.from_edges(source, target, rng.random(len(source)))
    np.testing.assert_array_equal(triangles(graph, threads=threads), triangles(graph, threads=1))
    np.testing.assert_array_equal(
        clustering_coefficients(graph, weight="weight", threads=threads),
        clustering_coefficients(graph, weight="weight", threads=1),
    )


def test_parallel_edges_count_once():
    graph = nx.MultiGraph([(0, 1), (0, 1), (1, 2), (2, 0), (2, 2), (2, 3)])
    assert triangles(graph) == {0: 1, 1: 1, 2: 1, 3: 0}
    assert clustering_coefficients(graph) == {0: 1, 1: 1, 2: pytest.approx(1 / 3), 3: 0}
    assert transitivity(graph) == pytest.approx(3 / 5)


def test_arrays():
    graph = Graph.from_edges([0, 1, 2, 2], [1, 2, 0, 3], [8, 8, 8, 1], n=5)
    assert triangles(graph).tolist() == [1, 1, 1, 0, 0]
    assert triangles(graph.to_scipy()).dtype == np.int64
    assert clustering_coefficients(graph, weight="any").tolist() == [1, 1, pytest.approx(1 / 3), 0, 0]


def test_empty():
    for graph in (nx.Graph(), nx.empty_graph(3), nx.path_graph(4)):
        assert triangles(graph) == dict.fromkeys(graph, 0)
        assert clustering_coefficients(graph, weight="weight") == dict.fromkeys(graph, 0)
        assert transitivity(graph) == 0
    assert clustering_coefficients(nx.DiGraph()) == {}


@pytest.mark.parametrize("weight", [0, -2])
def test_no_weight_above_zero(weight):
    with pytest.raises(GraphError, match=f"the largest weight is {weight}"):
        clustering_coefficients(nx.Graph([(0, 1, {"weight": weight})]), weight="weight")


def test_bad_input():
    for count in (triangles, transitivity):
        with pytest.raises(GraphError, match="undirected"):
            count(nx.DiGraph([(0, 1)]))
    for count in (triangles, transitivity, clustering_coefficients):
        with pytest.raises(OptionError, match="threads"):
            count(nx.path_graph(3), threads=0)
