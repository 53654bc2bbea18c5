"""Push against exact personalised PageRank; local clusters against all prefixes of the sweep."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, pagerank, personalized_pagerank, planted_partition
from graphmining.errors import GraphError, OptionError
from graphmining.ranking.push import local_cluster


def random_graph(seed, directed=False, n=30, edges=60):
    """Weighted, with a self-loop and isolated nodes."""
    graph = nx.gnm_random_graph(n, edges, seed=seed, directed=directed)
    graph.add_edge(3, 3)
    graph.add_nodes_from(["x", "y"])
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.random())
    return graph


def exact(graph, seeds, alpha=0.85):
    return pagerank(graph, alpha=alpha, personalization=seeds, tolerance=1e-16, max_iterations=10_000)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    directed=st.booleans(),
    alpha=st.floats(0, 0.95),
    epsilon=st.sampled_from([1e-1, 1e-2, 1e-4, 1e-9]),
    seeds=st.dictionaries(st.sampled_from([0, 1, 2, 3, "x", "y"]), st.floats(0.1, 5), min_size=1),
)
def test_error_is_within_the_bound(seed, directed, alpha, epsilon, seeds):
    graph = random_graph(seed, directed)
    scores = personalized_pagerank(graph, seeds, alpha=alpha, epsilon=epsilon)
    missing = {v: score - scores.get(v, 0) for v, score in exact(graph, seeds, alpha).items()}
    assert min(missing.values()) >= -1e-12
    assert sum(missing.values()) == pytest.approx(1 - sum(scores.values()), abs=1e-9)
    degrees = {v: sum(data["weight"] for data in graph[v].values()) for v in graph}
    if not directed:
        assert all(missing[v] <= epsilon * degrees[v] + 1e-12 for v in graph)
    # Each push of a node costs its degree and settles more than (1 - alpha) epsilon times that.
    assert sum(degrees[v] for v in scores) <= 1 / (epsilon * (1 - alpha)) + 1e-9


def test_stays_local():
    path = Graph.from_edges(np.arange(99_999), np.arange(1, 100_000))
    scores = personalized_pagerank(path, 50_000, epsilon=1e-4)
    assert 3 < np.count_nonzero(scores) < 100
    assert scores[49_950:50_051].sum() == pytest.approx(scores.sum())
    assert scores.sum() > 0.99


def test_forms_of_seeds_and_graphs():
    graph = random_graph(1)
    expected = personalized_pagerank(graph, {0: 1, 4: 1})
    assert list(expected.values()) == sorted(expected.values(), reverse=True)
    for seeds in ([0, 4], (4, 0), {0, 4}, np.array([0, 4]), {0: 3, 4: 3, 5: 0}):
        assert personalized_pagerank(graph, seeds) == expected
    assert personalized_pagerank(graph, [0, 0, 4]) == personalized_pagerank(graph, {0: 2, 4: 1})
    assert personalized_pagerank(graph, 0) == personalized_pagerank(graph, [0])
    matrix = nx.to_scipy_sparse_array(graph)
    for other in (matrix, Graph.from_scipy(matrix)):
        scores = personalized_pagerank(other, [0, 4])
        assert {v: scores[i] for i, v in enumerate(graph) if scores[i] > 0} == expected
    grid = nx.grid_2d_graph(3, 3)
    centre = personalized_pagerank(grid, (1, 1), epsilon=1e-9)  # a tuple that is a node
    assert centre == pytest.approx(exact(grid, {(1, 1): 1}), abs=1e-7)


def test_weights():
    graph = nx.Graph([(0, 1, {"weight": 9}), (0, 2, {"weight": 1})])
    heavy = personalized_pagerank(graph, 0)
    assert heavy[1] > 5 * heavy[2]
    alike = personalized_pagerank(graph, 0, weight=None)
    assert alike[1] == alike[2]


def test_isolated_seed():
    assert personalized_pagerank(nx.empty_graph(3), 1) == {1: pytest.approx(1)}


@pytest.mark.parametrize("seed", range(8))
def test_local_cluster_is_the_best_prefix(seed):
    graph = random_graph(seed)
    degrees = dict(graph.degree(weight="weight"))
    start = max(degrees, key=degrees.get)
    scores = personalized_pagerank(graph, start, epsilon=1e-3)
    order = sorted((v for v in scores if degrees[v]), key=lambda v: -scores[v] / degrees[v])
    everything = sum(degrees.values())
    found = {}
    for size in range(1, len(order) + 1):
        inside = set(order[:size])
        if sum(degrees[v] for v in inside) < everything - 1e-9:
            found[frozenset(inside)] = nx.conductance(graph, inside, weight="weight")
    cluster = local_cluster(graph, start, epsilon=1e-3)
    assert found[frozenset(cluster)] == pytest.approx(min(found.values()))
    positions = local_cluster(Graph.from_networkx(graph), start, epsilon=1e-3)
    names = list(graph)
    assert {names[v] for v in positions} == cluster
    assert (np.diff(positions) > 0).all()


def test_local_cluster_finds_planted_ones():
    graph, truth = planted_partition(50, 40, inside=15, outside=1, shuffle=True, seed=0)
    for v in range(0, 2000, 200):
        cluster, planted = local_cluster(graph, v), np.flatnonzero(truth == truth[v])
        assert len(np.intersect1d(cluster, planted)) >= 0.9 * len(np.union1d(cluster, planted))


def test_local_cluster_without_edges_to_others():
    assert local_cluster(nx.empty_graph(3), 1) == {1}
    assert local_cluster(nx.Graph([(0, 0)]), 0) == {0}
    assert local_cluster(nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(5)), 0) == {0, 1, 2, 3}


@pytest.mark.parametrize("rank", [personalized_pagerank, local_cluster])
@pytest.mark.parametrize(
    ("seeds", "options", "message"),
    [
        ([], {}, "no seeds"),
        ({}, {}, "no seeds"),
        (9, {}, "node 9 is not"),
        ([0, 9], {}, "node 9 is not"),
        ("zero", {}, "node 'zero' is not"),
        ({0: 0}, {}, "weights of seeds"),
        ({0: -1}, {}, "weights of seeds"),
        ({0: "a"}, {}, "weights of seeds"),
        ({0: [1, 2]}, {}, "weights of seeds"),
        ({0: np.inf}, {}, "weights of seeds"),
        (0, {"alpha": 1}, "alpha must be at least 0 and below 1"),
        (0, {"alpha": -0.1}, "alpha"),
        (0, {"epsilon": 0}, "epsilon"),
    ],
)
def test_bad_input(rank, seeds, options, message):
    with pytest.raises((OptionError, GraphError), match=message):
        rank(nx.path_graph(3), seeds, **options)


def test_bad_graph():
    with pytest.raises(GraphError, match="not in the graph"):
        personalized_pagerank(nx.Graph(), 0)
    with pytest.raises(GraphError, match="undirected"):
        local_cluster(nx.DiGraph([(0, 1)]), 0)
    with pytest.raises(GraphError, match="negative weight"):
        personalized_pagerank(nx.Graph([(0, 1, {"weight": -1})]), 0)
