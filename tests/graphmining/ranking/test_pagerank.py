"""PageRank against networkx, against the linear system it solves, and on odd graphs."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, pagerank, planted_partition
from graphmining.errors import GraphError, OptionError

KINDS = [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]


def random_graph(kind, seed, n=25, edges=60):
    """With self-loops, isolated nodes, parallel edges where they can be, and some weights of 0."""
    rng = np.random.default_rng(seed)
    graph = kind()
    graph.add_nodes_from(f"v{i}" for i in rng.permutation(n))
    for u, v in rng.integers(0, n - 3, (edges, 2)).tolist():
        graph.add_edge(f"v{u}", f"v{v}", weight=float(rng.choice([0, 0.5, 1, 3])))
    return graph


def random_distribution(graph, rng):
    some = rng.choice(list(graph), rng.integers(1, len(graph)), replace=False)
    return {str(node): float(rng.random()) + 0.01 for node in some}


def google_matrix(graph, alpha, jumps, exits):
    """The chain's transition matrix from dense arithmetic."""
    matrix = nx.to_numpy_array(graph)
    sums = matrix.sum(axis=1)
    for v in range(len(graph)):
        matrix[v] = matrix[v] / sums[v] if sums[v] else exits
    return alpha * matrix + (1 - alpha) * jumps


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(KINDS),
    alpha=st.floats(0, 0.95),
    given_=st.tuples(*[st.booleans()] * 3),
    weight=st.sampled_from(["weight", None]),
)
def test_networkx(seed, kind, alpha, given_, weight):
    graph, rng = random_graph(kind, seed), np.random.default_rng(seed)
    names = ("personalization", "dangling", "nstart")
    options = {name: random_distribution(graph, rng) for name, wanted in zip(names, given_) if wanted}
    expected = nx.pagerank(graph, alpha=alpha, weight=weight, max_iter=1000, **options)
    ranks = pagerank(graph, alpha=alpha, weight=weight, max_iterations=1000, **options)
    assert list(ranks) == list(expected)
    assert ranks == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
@pytest.mark.parametrize("seed", range(5))
def test_stationary_distribution_within_the_error_that_is_promised(kind, seed):
    graph, rng = random_graph(kind, seed), np.random.default_rng(seed)
    jumps, exits = rng.dirichlet(np.ones(len(graph)), 2)
    transposed = google_matrix(graph, 0.85, jumps, exits).T
    system = np.vstack([np.eye(len(graph)) - transposed, np.ones(len(graph))])
    exact = np.linalg.lstsq(system, np.append(np.zeros(len(graph)), 1), rcond=None)[0]
    for tolerance in (1e-3, 1e-6, 1e-14):
        ranks = pagerank(graph, personalization=jumps, dangling=exits, tolerance=tolerance, max_iterations=500)
        off = np.abs(np.array(list(ranks.values())) - exact).sum()
        assert off <= tolerance * len(graph) * 0.85 / 0.15 + 1e-12
        assert sum(ranks.values()) == pytest.approx(1)


@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("directed", [True, False])
def test_any_number_of_threads(alike, directed):
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 20_000, (2, 120_000))
    weights = None if alike else rng.random(120_000)
    graph = Graph.from_edges(source, target, weights, n=20_500, directed=directed)
    if alike:
        graph = Graph(graph.indptr, graph.indices, np.ones(len(graph.indices)), directed)
    ranks = pagerank(graph, threads=1, tolerance=1e-12)
    for threads in (2, 3, 2):
        np.testing.assert_array_equal(pagerank(graph, threads=threads, tolerance=1e-12), ranks)


def test_large_graph_against_networkx():
    graph, _ = planted_partition(100, 50, inside=10, outside=3, seed=0)
    expected = nx.pagerank(graph.to_networkx(), tol=1e-12)
    np.testing.assert_allclose(pagerank(graph, tolerance=1e-12), list(expected.values()), atol=1e-12)


def test_forms_of_input():
    named = random_graph(nx.DiGraph, 3)
    jumps = random_distribution(named, np.random.default_rng(0))
    expected = pagerank(named, personalization=jumps)
    row = np.array([jumps.get(node, 0) for node in named])
    assert pagerank(named, personalization=row) == pytest.approx(expected)
    for other in (Graph.from_networkx(named), nx.to_scipy_sparse_array(named)):
        ranks = pagerank(other, personalization=row.tolist())
        assert ranks.dtype == np.float64
        np.testing.assert_allclose(ranks, list(expected.values()))


def test_scale_of_weights_does_not_matter():
    graph, _ = planted_partition(5, 20, inside=5, outside=2, seed=1)
    times = Graph(graph.indptr, graph.indices, 7 * graph.weights)
    np.testing.assert_allclose(pagerank(times), pagerank(graph), rtol=1e-12)


def test_odd_graphs():
    assert pagerank(nx.Graph()) == {}
    assert pagerank(nx.DiGraph(), personalization={}) == {}
    assert pagerank(Graph.from_edges([], [], n=0)).shape == (0,)
    assert pagerank(nx.empty_graph(4)) == dict.fromkeys(range(4), 0.25)
    assert pagerank(nx.Graph([(0, 0)])) == {0: 1}
    assert pagerank(nx.Graph([(0, 1, {"weight": 0})])) == {0: 0.5, 1: 0.5}
    mixed = pagerank(nx.DiGraph([("a", 1), ((2, 3), 1)]))
    assert set(mixed) == {"a", 1, (2, 3)}
    assert mixed["a"] == mixed[2, 3] < mixed[1]


@pytest.mark.parametrize("name", ["personalization", "dangling", "nstart"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({0: 0, 1: 0}, "0 for every node"),
        ({}, "0 for every node"),
        ({0: -1, 1: 2}, "not negative"),
        ({0: np.nan}, "finite"),
        ({0: "much"}, "number"),
        ([1, 2], "3 nodes"),
        (np.ones((3, 1)), "shape"),
        ("all", "dict of node"),
        ({0: 1, 9: 1}, "node 9 is not in the graph"),
    ],
)
def test_bad_distribution(name, value, message):
    with pytest.raises((OptionError, GraphError), match=message):
        pagerank(nx.path_graph(3), **{name: value})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("alpha", 1.1),
        ("alpha", -0.1),
        ("alpha", "high"),
        ("tolerance", 0),
        ("tolerance", float("nan")),
        ("max_iterations", -1),
        ("max_iterations", 2.5),
        ("threads", 0),
    ],
)
def test_bad_option(option, value):
    with pytest.raises(OptionError, match=option):
        pagerank(nx.path_graph(3), **{option: value})


def test_no_convergence():
    for iterations in (0, 3):
        with pytest.raises(OptionError, match=f"did not converge within {iterations} iterations"):
            pagerank(nx.path_graph(3), max_iterations=iterations, tolerance=1e-12)
    with pytest.raises(OptionError, match="did not converge"):
        pagerank(nx.path_graph(2), alpha=1, nstart={0: 1})  # to and fro for ever


def test_negative_weight():
    with pytest.raises(GraphError, match="negative weight -1"):
        pagerank(nx.Graph([(0, 1, {"weight": -1})]))
