from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import Graph, correlation_clustering
from graphmining.clustering.correlation import correlation_objective
from graphmining.errors import GraphError, OptionError


def random_graph(n, density, seed, weights="float"):
    rng = np.random.default_rng(seed)
    source, target = np.nonzero(np.triu(rng.random((n, n)) < density, 1))
    values = {
        "float": rng.normal(size=len(source)),
        "integer": rng.integers(-3, 4, len(source)),
        "tenths": rng.integers(-9, 10, len(source)) / 10,
        "one": np.ones(len(source)),
    }
    return Graph.from_edges(source, target, values[weights], n=n)


def partitions(n):
    """Every partition of 0, …, n - 1 as labels, shape (Bell number, n)."""
    rows = [[]]
    for _ in range(n):
        rows = [[*row, label] for row in rows for label in range(max(row, default=-1) + 2)]
    return np.array(rows)


def best_objective(graph, resolution, table):
    n = len(graph)
    gains = np.triu(graph.to_scipy().toarray() - resolution, 1)
    same = table[:, :, None] == table[:, None, :]
    return (same * gains).sum((1, 2)).max() if n else 0


@pytest.fixture(scope="module")
def tables():
    return {n: partitions(n) for n in range(2, 8)}


@pytest.mark.parametrize(
    ("weights", "resolutions", "least"),
    [
        ("integer", [0], 0.96),
        ("float", [0], 0.95),
        ("tenths", [0, 0.1], 0.95),
        ("one", [0.2, 0.35, 0.5, 0.65], 0.94),
    ],
)
def test_it_is_never_above_the_optimum_and_mostly_there(tables, weights, resolutions, least):
    reached = []
    for seed in range(150):
        n, resolution = 2 + seed % 6, resolutions[seed % len(resolutions)]
        graph = random_graph(n, 0.75, seed, weights)
        optimum = best_objective(graph, resolution, tables[n])
        labels = correlation_clustering(graph, resolution=resolution, seed=seed)
        found = correlation_objective(graph, labels, resolution=resolution)
        assert found <= optimum + 1e-9
        reached.append(found >= optimum - 1e-9)
    assert np.mean(reached) >= least


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 12),
    resolution=st.sampled_from([0, 0.3, 2]),
    weighted=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_objective_is_the_sum_over_pairs(n, resolution, weighted, seed):
    rng = np.random.default_rng(seed)
    graph = random_graph(n, 0.5, seed).to_networkx()
    graph.add_weighted_edges_from((v, v, 1.5) for v in range(0, n, 3))
    masses = dict(enumerate(rng.random(n))) if weighted else None
    labels = rng.integers(0, 3, n).tolist()
    expected = 0.0
    for u, v in combinations(range(n), 2):
        if labels[u] == labels[v]:
            expected += graph.get_edge_data(u, v, {"weight": 0})["weight"]
            expected -= resolution * (masses[u] * masses[v] if weighted else 1)
    options = {"resolution": resolution, "node_weights": masses}
    assert correlation_objective(graph, dict(enumerate(labels)), **options) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 40),
    density=st.sampled_from([0.05, 0.2, 0.8]),
    weights=st.sampled_from(["float", "integer", "tenths", "one"]),
    resolution=st.sampled_from([0, 0.01, 0.2, 0.7]),
    iterations=st.sampled_from([1, 2, 3, None]),
    seed=st.integers(0, 10**6),
)
def test_it_is_no_worse_than_single_nodes_or_one_cluster(n, density, weights, resolution, iterations, seed):
    graph = random_graph(n, density, seed, weights)
    labels = correlation_clustering(graph, resolution=resolution, iterations=iterations, seed=seed)
    found = correlation_objective(graph, labels, resolution=resolution)
    for trivial in (np.arange(n), np.zeros(n, int)):
        assert found >= correlation_objective(graph, trivial, resolution=resolution) - 1e-9


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 40), resolution=st.sampled_from([0, 0.2]), seed=st.integers(0, 10**6))
def test_no_move_of_one_node_improves(n, resolution, seed):
    graph = random_graph(n, 0.3, seed)
    labels = correlation_clustering(graph, resolution=resolution, seed=seed).astype(np.int64)
    found = correlation_objective(graph, labels, resolution=resolution)
    for v in range(n):
        for label in range(labels.max() + 2):
            moved = labels.copy()
            moved[v] = label
            assert correlation_objective(graph, moved, resolution=resolution) <= found + 1e-9


def test_more_iterations_are_no_worse():
    graph = random_graph(300, 0.03, 5, "one")
    found = [
        correlation_objective(
            graph, correlation_clustering(graph, resolution=0.2, iterations=iterations), resolution=0.2
        )
        for iterations in (1, 2, 4, 8)
    ]
    assert found == sorted(found)
    assert found[-1] > found[0]


def test_with_degrees_it_is_modularity():
    graph = nx.karate_club_graph()
    m = graph.size(weight="weight")
    degrees = dict(graph.degree(weight="weight"))
    options = {"resolution": 1 / (2 * m), "node_weights": degrees}
    clusters = correlation_clustering(graph, **options)
    value = correlation_objective(graph, clusters, **options)
    modularity = (value - sum(k**2 for k in degrees.values()) / (4 * m)) / m
    assert modularity == pytest.approx(nx.community.modularity(graph, clusters))
    assert modularity > 0.43


def test_attraction_alone_gives_components_and_repulsion_alone_single_nodes():
    graph = nx.gnm_random_graph(100, 90, seed=1)
    clusters = correlation_clustering(graph)
    assert {frozenset(c) for c in clusters} == {frozenset(c) for c in nx.connected_components(graph)}
    nx.set_edge_attributes(graph, -1.0, "weight")
    assert correlation_clustering(graph) == [{v} for v in graph]


def test_planted_clusters_are_found():
    rng = np.random.default_rng(0)
    truth = np.sort(rng.integers(0, 10, 600))
    source, target = rng.integers(0, 600, (2, 40_000))
    signs = np.where(truth[source] == truth[target], 1, -1) * np.where(rng.random(40_000) < 0.1, -1, 1)
    labels = correlation_clustering(Graph.from_edges(source, target, signs, n=600))
    assert len({*zip(truth.tolist(), labels.tolist())}) == len(np.unique(truth)) == labels.max() + 1


def test_resolution_is_the_density_that_clusters_need():
    graph = nx.ring_of_cliques(10, 5)
    assert len(correlation_clustering(graph, resolution=0.5)) == 10
    assert correlation_clustering(graph, resolution=0) == [set(graph)]
    assert len(correlation_clustering(graph, resolution=1.1)) == 50


def test_heavy_nodes_keep_apart():
    graph = nx.Graph([("a", "b"), ("b", "c")])
    masses = {"a": 1, "b": 1, "c": 10}
    assert correlation_clustering(graph, resolution=0.2, node_weights=masses) == [{"a", "b"}, {"c"}]
    assert correlation_clustering(graph, resolution=0.2) == [{"a", "b", "c"}]
    labels = correlation_clustering(Graph.from_networkx(graph), resolution=0.2, node_weights=[1, 1, 10])
    assert labels.tolist() == [0, 0, 1]


def test_same_seed_same_answer_on_any_number_of_threads():
    graph = random_graph(400, 0.05, 3)
    expected = correlation_clustering(graph, seed=7, threads=1)
    for threads in (1, 2, 2, 3):
        np.testing.assert_array_equal(correlation_clustering(graph, seed=7, threads=threads), expected)
    others = [correlation_clustering(graph, seed=seed) for seed in (1, 2, np.random.default_rng(1))]
    assert any((other != expected).any() for other in others)


def test_clusters_come_as_the_graph_came():
    graph = nx.Graph()
    graph.add_weighted_edges_from([("x", 1, 1), (1, ("y",), -2), (("y",), "z", 1)])
    graph.add_node("lone")
    assert correlation_clustering(graph) == [{"x", 1}, {("y",), "z"}, {"lone"}]
    for source in (Graph.from_networkx(graph), nx.to_scipy_sparse_array(graph)):
        assert correlation_clustering(source).tolist() == [0, 0, 1, 1, 2]
    assert correlation_clustering(graph, weight=None) == [{"x", 1, ("y",), "z"}, {"lone"}]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_graphs_without_edges(n):
    graph = nx.empty_graph(n)
    assert correlation_clustering(graph, resolution=0.5) == [{v} for v in range(n)]
    assert correlation_objective(graph, [{v} for v in range(n)], resolution=0.5) == 0


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 40), resolution=st.sampled_from([0, 0.1]), seed=st.integers(0, 10**6))
def test_edges_that_attract_connect_each_cluster(n, resolution, seed):
    graph = random_graph(n, 0.1, seed)
    full = graph.to_networkx()
    full.remove_edges_from([(u, v) for u, v, w in full.edges(data="weight") if w <= 0])
    labels = correlation_clustering(graph, resolution=resolution, seed=seed)
    assert all(nx.is_connected(full.subgraph(np.flatnonzero(labels == label))) for label in np.unique(labels))


def test_zeros_and_self_loops_do_not_matter():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 0, -5), (1, 1, 5), (0, 1, 1), (1, 2, 0)])
    assert correlation_clustering(graph) == [{0, 1}, {2}]
    assert correlation_objective(graph, [{0, 1}, {2}]) == 1


@pytest.mark.parametrize(
    "function", [correlation_clustering, lambda *a, **o: correlation_objective(*a, [{0}], **o)]
)
@pytest.mark.parametrize("resolution", [-0.1, np.inf, np.nan, "high", None])
def test_bad_resolutions(function, resolution):
    with pytest.raises(OptionError, match="resolution must be a finite number of at least 0"):
        function(nx.path_graph(3), resolution=resolution)


@pytest.mark.parametrize("options", [{"iterations": 0}, {"iterations": 2.5}, {"seed": "x"}, {"threads": 0}])
def test_bad_options(options):
    with pytest.raises(OptionError, match=f"{next(iter(options))} must be"):
        correlation_clustering(nx.path_graph(3), **options)


@pytest.mark.parametrize(
    ("node_weights", "message"),
    [
        ({0: 1, 1: 1}, "node 2 has no weight"),
        ([1, 1], "the graph has 3 nodes"),
        ([1, -1, 1], "finite and at least 0"),
        ([1, np.nan, 1], "finite and at least 0"),
        ("heavy", "must be numbers"),
    ],
)
def test_bad_weights_of_nodes(node_weights, message):
    with pytest.raises(GraphError, match=message):
        correlation_clustering(nx.path_graph(3), node_weights=node_weights)


def test_bad_graphs_and_clusters():
    with pytest.raises(GraphError, match="undirected"):
        correlation_clustering(nx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="must be a networkx graph"):
        correlation_clustering([(0, 1)])
    with pytest.raises(GraphError, match="in no cluster"):
        correlation_objective(nx.path_graph(3), [{0, 1}])
