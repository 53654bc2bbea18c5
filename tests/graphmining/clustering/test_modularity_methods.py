"""Louvain and Leiden: what both promise, against networkx and exhaustive search."""

from itertools import pairwise

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, leiden, louvain, planted_partition
from graphmining.clustering import local_moving
from graphmining.clustering.louvain import louvain_levels
from graphmining.errors import GraphError, OptionError

METHODS = [louvain, leiden]
both = pytest.mark.parametrize("method", METHODS)


def partitions(nodes):
    """Every partition of a list."""
    if not nodes:
        yield []
        return
    first, *rest = nodes
    for smaller in partitions(rest):
        yield [{first}, *smaller]
        for at in range(len(smaller)):
            yield [*smaller[:at], smaller[at] | {first}, *smaller[at + 1 :]]


def potts(graph, clusters, resolution):
    """Weight inside clusters − resolution · pairs inside clusters, by the definition."""
    inside = sum(graph.subgraph(c).size(weight="weight") for c in clusters)
    return inside - resolution * sum(len(c) * (len(c) - 1) / 2 for c in clusters)


def weighted_graph(n, m, seed):
    graph = nx.gnm_random_graph(n, m, seed=seed)
    rng = np.random.default_rng(seed)
    for *_, data in graph.edges(data=True):
        data["weight"] = float(rng.integers(1, 5))
    return graph


@both
def test_exhaustive_search(method):
    """Never above the best of all partitions of seven nodes, and mostly at it."""
    best_found = 0
    for seed in range(40):
        graph = weighted_graph(7, 6 + seed % 8, seed)
        best = max(nx.community.modularity(graph, p) for p in partitions(list(graph)))
        found = nx.community.modularity(graph, method(graph, seed=seed))
        assert found <= best + 1e-12
        best_found += found >= best - 1e-12
    assert best_found >= 30


def test_exhaustive_search_potts():
    best_found = 0
    for seed in range(40):
        graph = weighted_graph(7, 6 + seed % 8, seed)
        best = max(potts(graph, p, 1.2) for p in partitions(list(graph)))
        found = potts(graph, leiden(graph, objective="cpm", resolution=1.2, seed=seed), 1.2)
        assert found <= best + 1e-12
        best_found += found >= best - 1e-12
    assert best_found >= 30


@both
@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40), density=st.floats(0, 0.5))
def test_a_partition_no_worse_than_single_nodes(method, seed, n, density):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    if seed % 3 == 0:
        graph.add_edge(0, 0, weight=2)
    clusters = method(graph, seed=seed)
    assert nx.community.is_partition(graph, clusters)
    if graph.number_of_edges():
        single = nx.community.modularity(graph, [{v} for v in graph])
        assert nx.community.modularity(graph, clusters) >= single - 1e-12


@both
def test_as_good_as_networkx(method):
    ours, theirs = [], []
    for seed in range(10):
        graph = nx.LFR_benchmark_graph(250, 3, 1.5, 0.3, average_degree=6, min_community=20, seed=10)
        ours.append(nx.community.modularity(graph, method(graph, seed=seed)))
        theirs.append(nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed)))
    assert np.mean(ours) >= np.mean(theirs) - 0.005


@both
def test_same_answer_on_any_number_of_threads(method, monkeypatch):
    # Blocks are for large graphs; here they are used for a small one.
    monkeypatch.setattr(local_moving, "WORTH_THREADS", 1)
    graph, truth = planted_partition(40, 50, inside=9, outside=3, shuffle=True, seed=4)
    first = method(graph, seed=3, threads=1)
    for threads in (2, 1, 2, 3):
        np.testing.assert_array_equal(method(graph, seed=3, threads=threads), first)
    chaos = nx.gnm_random_graph(300, 900, seed=1)  # nothing to find: every order of visits finds something else
    assert method(chaos, seed=4) != method(chaos, seed=3)
    weights = graph.to_networkx()
    found = nx.community.modularity(
        weights, [set(np.flatnonzero(first == c).tolist()) for c in set(first.tolist())]
    )
    planted = nx.community.modularity(weights, [set(np.flatnonzero(truth == c).tolist()) for c in range(40)])
    assert found >= planted - 0.01


def test_blocks_and_single_visits_agree_in_quality(monkeypatch):
    graph, _ = planted_partition(40, 50, inside=9, outside=6, shuffle=True, seed=4)
    level = local_moving.Level(graph.indptr, graph.indices, graph.weights, graph.degrees)

    def value(labels):
        return local_moving.objective(level, labels, 1 / graph.degrees.sum()) / graph.total_weight

    single = value(louvain(graph))
    monkeypatch.setattr(local_moving, "WORTH_THREADS", 1)
    assert value(louvain(graph)) == pytest.approx(single, abs=0.01)


@both
def test_names_weights_and_forms(method):
    graph = nx.les_miserables_graph()
    clusters = method(graph)
    assert nx.community.is_partition(graph, clusters)
    assert [len(c) for c in clusters] == sorted(map(len, clusters), reverse=True)
    labels = method(Graph.from_networkx(graph))
    names = list(graph)
    assert [{names[v] for v in np.flatnonzero(labels == c)} for c in range(labels.max() + 1)] == clusters
    np.testing.assert_array_equal(method(nx.to_scipy_sparse_array(graph)), labels)
    assert method(graph, weight=None) != clusters


@both
def test_resolution(method):
    graph = nx.les_miserables_graph()
    counts = [len(method(graph, resolution=r)) for r in (0.2, 1, 3)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert len(method(graph, resolution=0)) == 1


@both
def test_edge_cases(method):
    assert method(nx.Graph()) == []
    assert method(nx.empty_graph(3)) == [{0}, {1}, {2}]
    assert method(nx.Graph([(0, 0)])) == [{0}]
    assert method(nx.Graph([("a", "b"), (1, (2, 3))])) == [{"a", "b"}, {1, (2, 3)}]
    zero = nx.Graph()
    zero.add_edge(0, 1, weight=0)
    assert method(zero) == [{0}, {1}]
    assert len(method(nx.star_graph(3000))) >= 1


@both
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("resolution", -1, "resolution must be a number of at least 0, not -1"),
        ("resolution", float("nan"), "resolution must be"),
        ("resolution", "high", "resolution must be"),
        ("seed", "x", "seed must be"),
        ("threads", 0, "threads must be a positive integer"),
    ],
)
def test_wrong_options(method, option, value, message):
    with pytest.raises(OptionError, match=message):
        method(nx.path_graph(3), **{option: value})


@both
def test_wrong_graphs(method):
    with pytest.raises(GraphError, match="needs an undirected graph"):
        method(nx.DiGraph([(0, 1)]))
    negative = nx.Graph()
    negative.add_edge(0, 1, weight=-1)
    with pytest.raises(GraphError, match=r"edge \(0, 1\) has the negative weight -1"):
        method(negative)


def test_levels_get_coarser_and_better():
    graph = Graph.from_networkx(nx.les_miserables_graph())
    level = local_moving.Level(graph.indptr, graph.indices, graph.weights, graph.degrees)
    levels = list(louvain_levels(graph))
    assert len(levels) > 1
    values = [local_moving.objective(level, labels, 1 / graph.degrees.sum()) for labels in levels]
    assert values == sorted(values)
    for finer, coarser in pairwise(levels):
        assert len(set(zip(finer.tolist(), coarser.tolist()))) == len(set(finer.tolist()))
    np.testing.assert_array_equal(louvain(graph, max_levels=1), louvain(graph, max_levels=1, threads=1))
    assert louvain(graph, max_levels=1).max() > louvain(graph).max()
    with pytest.raises(OptionError, match="max_levels must be a positive integer or None, not 0"):
        louvain(graph, max_levels=0)


@pytest.mark.parametrize("objective", ["modularity", "cpm"])
def test_leiden_clusters_are_connected(objective):
    for seed in range(30):
        graph = nx.gnm_random_graph(80, 130, seed=seed)
        for cluster in leiden(graph, objective=objective, resolution=0.8, seed=seed, iterations=1):
            assert nx.is_connected(graph.subgraph(cluster))


def test_potts_has_no_resolution_limit():
    """A ring of cliques: modularity merges neighbours, the constant Potts model finds each of them."""
    ring = nx.ring_of_cliques(200, 6)
    cliques = {frozenset(range(6 * i, 6 * i + 6)) for i in range(200)}
    assert {frozenset(c) for c in leiden(ring, objective="cpm", resolution=0.5)} == cliques
    assert len(leiden(ring)) < 150


def test_potts_finds_what_modularity_cannot():
    graph, truth = planted_partition(300, 20, inside=8, outside=2, shuffle=True, seed=0)
    from sklearn.metrics import adjusted_rand_score

    assert adjusted_rand_score(truth, leiden(graph, objective="cpm", resolution=0.1)) > 0.95


def test_more_passes_are_no_worse():
    graph = nx.les_miserables_graph()
    values = [nx.community.modularity(graph, leiden(graph, iterations=k, seed=5)) for k in (1, 2, None)]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("objective", "modularty", "unknown objective 'modularty'; did you mean 'modularity'"),
        ("iterations", 0, "iterations must be a positive integer or None, not 0"),
        ("iterations", 1.5, "iterations must be"),
    ],
)
def test_wrong_leiden_options(option, value, message):
    with pytest.raises(OptionError, match=message):
        leiden(nx.path_graph(3), **{option: value})
