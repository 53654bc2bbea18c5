"""SimRank of all pairs against networkx; of one node against all pairs."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, simrank
from graphmining.errors import GraphError, OptionError
from graphmining.ranking.simrank import simrank_single_source


def random_graph(seed, directed, weighted=True):
    graph = nx.gnm_random_graph(30, 60, seed=seed, directed=directed)
    graph.add_edge(3, 3)
    graph.add_node("alone")
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.choice([0, 1, 2.5])) if weighted else 1
    return graph


def table(similarity):
    return np.array([list(row.values()) for row in similarity.values()])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), directed=st.booleans(), decay=st.floats(0, 0.9))
def test_networkx(seed, directed, decay):
    graph = random_graph(seed, directed)
    similarity = simrank(graph, decay=decay)
    expected = nx.simrank_similarity(graph, importance_factor=decay)
    assert list(similarity) == list(similarity[0]) == list(graph)
    np.testing.assert_allclose(table(similarity), table(expected), atol=1e-12)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("decay", [0, 0.6, 0.9])
def test_fixed_point(directed, decay):
    graph = random_graph(1, directed)
    matrix = simrank(Graph.from_networkx(graph), decay=decay, tolerance=1e-13)
    step = nx.to_numpy_array(graph).T
    step /= np.maximum(step.sum(axis=1, keepdims=True), 1e-300)
    expected = decay * step @ matrix @ step.T
    np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(matrix, expected, rtol=1.1e-5, atol=1e-12)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-12)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("decay", [0, 0.6, 0.9])
@pytest.mark.parametrize("weighted", [False, True])
def test_single_source(directed, decay, weighted):
    graph = random_graph(2, directed, weighted)
    exact = simrank(graph, decay=decay, tolerance=1e-12)
    samples = 40_000
    for source in (0, 3, "alone"):
        row = simrank_single_source(graph, source, decay=decay, tolerance=1e-6, samples=samples)
        off = np.array([row[v] - exact[source][v] for v in graph])
        assert row[source] == 1
        assert np.abs(off).max() <= 5 / (2 * (1 - decay) * np.sqrt(samples))  # five standard errors
        assert np.abs(off).max() < 0.015


def test_truncation_only_takes_away():
    # No node has more than one predecessor: nothing is drawn.
    tree = nx.balanced_tree(2, 6, create_using=nx.DiGraph)
    exact = simrank(tree, decay=0.9, tolerance=1e-15)[70]
    for tolerance in (0.3, 0.1, 1e-3):
        row = simrank_single_source(tree, 70, decay=0.9, tolerance=tolerance, samples=1)
        assert all(-1e-12 <= exact[v] - row[v] <= tolerance for v in tree)


def test_seeds_and_threads():
    graph = random_graph(3, False)
    row = simrank_single_source(graph, 0, samples=2000, seed=1, threads=1)
    for threads in (2, 3, 2):
        assert simrank_single_source(graph, 0, samples=2000, seed=1, threads=threads) == row
    assert simrank_single_source(graph, 0, samples=2000, seed=2) != row
    matrix = simrank(Graph.from_networkx(graph), threads=1)
    for threads in (2, 3):
        np.testing.assert_array_equal(simrank(Graph.from_networkx(graph), threads=threads), matrix)


def test_odd_graphs():
    assert simrank(nx.Graph()) == {}
    assert simrank(nx.empty_graph(2)) == {0: {0: 1, 1: 0}, 1: {0: 0, 1: 1}}
    assert simrank(nx.DiGraph([("a", 1), ("a", 2)]))[1][2] == pytest.approx(0.9)
    assert simrank_single_source(nx.empty_graph(2), 1) == {0: 0, 1: 1}
    row = simrank_single_source(Graph.from_edges([0, 0], [1, 2], directed=True), 1)
    np.testing.assert_allclose(row, [0, 1, 0.9])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decay": 1.1}, "decay"),
        ({"tolerance": 0}, "tolerance"),
        ({"max_iterations": 0}, "max_iterations"),
        ({"max_iterations": 2}, "did not converge within 2"),
        ({"threads": -1}, "threads"),
    ],
)
def test_bad_option(options, message):
    with pytest.raises(OptionError, match=message):
        simrank(nx.path_graph(6), **options)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (9, {}, "node 9"),
        (0, {"decay": 1}, "decay"),
        (0, {"tolerance": -1}, "tolerance"),
        (0, {"samples": 0}, "samples"),
        (0, {"seed": "a"}, "seed"),
    ],
)
def test_bad_single_source(source, options, message):
    with pytest.raises((OptionError, GraphError), match=message):
        simrank_single_source(nx.path_graph(6), source, **options)


def test_too_large_or_negative():
    with pytest.raises(GraphError, match=r"SimRank of all pairs of 1,000,000 nodes needs about .* GB"):
        simrank(Graph.from_edges([0], [1], n=1_000_000))
    with pytest.raises(GraphError, match="negative weight"):
        simrank(nx.Graph([(0, 1, {"weight": -1})]))
