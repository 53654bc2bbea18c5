"""Balanced partitions against enumeration, known cuts and networkx."""

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from graphmining import Graph, balanced_partition, planted_partition
from graphmining.clustering import balanced
from graphmining.errors import GraphError, OptionError


def cut_of(graph, parts):
    home = {v: c for c, part in enumerate(parts) for v in part}
    return sum(w for u, v, w in graph.edges(data="weight", default=1) if home[u] != home[v])


def label_cut(graph, labels):
    source, target, weights = graph.edges()
    return weights[labels[source] != labels[target]].sum()


def weighted_graph(n, p, seed):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["weight"] = int(rng.integers(1, 5)) if seed % 2 else 1
    return graph


def smallest_cut(graph, k, furthest):
    """Over all labellings whose parts have nodes, and sizes at most `furthest` off n / k."""
    n = len(graph)
    labels = np.array(list(product(range(k), repeat=n - 1)), np.int8)
    labels = np.hstack([np.zeros((len(labels), 1), np.int8), labels])
    for c in range(k):
        sizes = (labels == c).sum(axis=1)
        labels = labels[(sizes > 0) & (np.abs(sizes - n / k) <= furthest + 1e-9)]
    cuts = np.zeros(len(labels))
    for u, v, w in graph.edges(data="weight"):
        cuts += w * (labels[:, u] != labels[:, v])
    return cuts.min()


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 25), st.floats(0, 0.5), st.sampled_from([0, 0.03, 0.3, 0.9]), st.integers(0, 99), st.data())
def test_sizes_are_kept(n, p, imbalance, seed, data):
    graph = weighted_graph(n, p, seed)
    graph.add_edges_from((v, v) for v in range(0, n, 5))
    k = data.draw(st.integers(1, n))
    parts = balanced_partition(graph, k, imbalance=imbalance, seed=seed)
    assert sorted(v for part in parts for v in part) == list(graph)
    assert len(parts) == k
    assert all(parts)
    furthest = max(imbalance * n / k, 1 - 1 / k)
    assert max(abs(len(part) - n / k) for part in parts) <= furthest + 1e-6


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.sampled_from([0, 0.1, 0.5]), st.integers(0, 99), st.data())
def test_sizes_by_node_weights_are_kept(n, imbalance, seed, data):
    graph = weighted_graph(n, 0.2, seed)
    k = data.draw(st.integers(1, n))
    weights = {v: data.draw(st.floats(0.01, 100)) for v in graph}
    parts = balanced_partition(graph, k, imbalance=imbalance, node_weights=weights, seed=seed)
    assert sorted(v for part in parts for v in part) == list(graph)
    assert len(parts) == k
    assert all(parts)
    share = sum(weights.values()) / k
    furthest = max(imbalance * share, (1 - 1 / k) * max(weights.values()))
    assert max(abs(sum(weights[v] for v in part) - share) for part in parts) <= furthest + 1e-6 * share * k


@pytest.mark.parametrize(("n", "k", "imbalance"), [(10, 2, 0), (11, 2, 0.2), (9, 3, 0.03), (8, 4, 0), (9, 4, 0.5)])
def test_all_partitions_of_small_graphs(n, k, imbalance):
    """Never more than half above the smallest cut, and nearly always the smallest cut itself."""
    furthest = max(imbalance * n / k, 1 - 1 / k)
    exact, graphs = 0, 30
    for seed in range(graphs):
        graph = weighted_graph(n, 0.2 + 0.5 * seed / graphs, seed)
        cut = cut_of(graph, balanced_partition(graph, k, imbalance=imbalance))
        smallest = smallest_cut(graph, k, furthest)
        assert smallest <= cut <= 1.5 * smallest
        exact += cut == smallest
    assert exact >= 0.8 * graphs


@pytest.mark.parametrize(("k", "smallest", "found"), [(2, 24, 24), (4, 48, 48), (16, 144, 152)])
@pytest.mark.parametrize("imbalance", [0.03, 0])
def test_grids(k, smallest, found, imbalance):
    """Squares are best; with sizes exactly equal they are harder to find."""
    graph = nx.grid_2d_graph(24, 24)
    parts = balanced_partition(graph, k, imbalance=imbalance)
    assert cut_of(graph, parts) <= (found if imbalance else 1.2 * smallest)
    if not imbalance:
        assert {len(part) for part in parts} == {576 // k}


@pytest.mark.parametrize("k", [2, 3, 7])
def test_paths_trees_and_rings(k):
    assert cut_of(nx.path_graph(210), balanced_partition(nx.path_graph(210), k)) == k - 1
    assert cut_of(nx.cycle_graph(210), balanced_partition(nx.cycle_graph(210), k)) == k
    caterpillar = nx.full_rary_tree(3, 3**5)
    assert cut_of(caterpillar, balanced_partition(caterpillar, 3, imbalance=0.1)) <= 4


def test_components_stay_whole():
    graph = nx.disjoint_union_all(nx.gnp_random_graph(30, 0.2, seed=s) for s in range(4))
    graph.add_edges_from((30 * c, 30 * c + i) for c in range(4) for i in range(1, 30))
    assert {frozenset(part) for part in balanced_partition(graph, 4)} == {
        frozenset(range(30 * c, 30 * c + 30)) for c in range(4)
    }


@pytest.mark.parametrize("seed", range(3))
def test_planted_parts(seed):
    graph, truth = planted_partition(6, 60, inside=9, outside=3, shuffle=True, seed=seed)
    assert adjusted_rand_score(truth, balanced_partition(graph, 6, imbalance=0)) > 0.9


@pytest.mark.parametrize("seed", range(4))
def test_not_worse_than_kernighan_lin(seed):
    graph = nx.random_geometric_graph(150, 0.15, seed=seed)
    halves = nx.community.kernighan_lin_bisection(graph, seed=seed)
    assert cut_of(graph, balanced_partition(graph, 2, imbalance=0)) <= cut_of(graph, halves)


def test_large_graphs_are_coarsened_first(monkeypatch):
    graph, truth = planted_partition(8, 250, inside=12, outside=3, shuffle=True, seed=1)
    whole = balanced_partition(graph, 4)
    monkeypatch.setattr(balanced, "MIDDLE", 150)
    coarsened = balanced_partition(graph, 4)
    assert label_cut(graph, coarsened) <= 1.1 * label_cut(graph, whole)
    assert np.abs(np.bincount(coarsened) - 500).max() <= 15
    eight = balanced_partition(graph, 8)
    assert np.abs(np.bincount(eight) - 250).max() <= 7
    assert label_cut(graph, eight) <= 1.1 * label_cut(graph, truth)


def test_node_weights_move_the_cut():
    """Of sizes 36 and 36, at most half of the heaviest node may be missing."""
    path = nx.path_graph(40)
    weights = {v: 9 if v < 4 else 1 for v in path}
    parts = balanced_partition(path, 2, imbalance=0, node_weights=weights)
    assert cut_of(path, parts) == 1
    assert 4 <= len(parts[1]) <= 8
    labels = balanced_partition(Graph.from_networkx(path), 2, imbalance=0, node_weights=[9] * 4 + [1] * 36)
    assert set(np.flatnonzero(labels == 1)) == parts[1]


def test_edge_weights():
    square = nx.Graph([(0, 1, {"weight": 5}), (1, 2), (2, 3, {"weight": 5}), (3, 0)])
    assert balanced_partition(square, 2) == [{0, 1}, {2, 3}]
    square[0][1]["weight"] = square[2][3]["weight"] = 0.1
    assert balanced_partition(square, 2) == [{0, 3}, {1, 2}]
    matrix = nx.to_scipy_sparse_array(square)
    assert balanced_partition(matrix, 2).tolist() == [0, 1, 1, 0]
    assert label_cut(Graph.from_scipy(matrix), balanced_partition(matrix, 2, weight=None)) in (0.2, 2)


def test_same_seed_same_answer():
    graph, _ = planted_partition(5, 200, inside=5, outside=5, seed=1)
    once = balanced_partition(graph, 5, seed=3)
    assert once.dtype == np.int32
    for _ in range(3):
        assert np.array_equal(balanced_partition(graph, 5, seed=3), once)
    assert not np.array_equal(balanced_partition(graph, 5, seed=4), once)


def test_arrays_say_what_sets_say():
    graph = nx.relabel_nodes(nx.karate_club_graph(), {0: "zero", 9: (9,)})
    sets = balanced_partition(graph, 3)
    labels = balanced_partition(Graph.from_networkx(graph), 3)
    names = list(graph)
    assert [{names[v] for v in np.flatnonzero(labels == c)} for c in range(3)] == sets


@pytest.mark.parametrize(
    ("k", "options", "message"),
    [
        (0, {}, "k must be an integer from 1 to 3"),
        (4, {}, "k must be an integer from 1 to 3"),
        (1.0, {}, "k must be an integer from 1 to 3"),
        (True, {}, "k must be an integer from 1 to 3"),
        (2, {"imbalance": -0.1}, "imbalance must be a number of at least 0 and below 1"),
        (2, {"imbalance": 1}, "imbalance must be a number of at least 0 and below 1"),
        (2, {"imbalance": float("nan")}, "imbalance must be a number of at least 0 and below 1"),
        (2, {"imbalance": "3%"}, "imbalance must be a number of at least 0 and below 1"),
        (2, {"seed": "x"}, "seed must be"),
    ],
)
def test_bad_options(k, options, message):
    with pytest.raises(OptionError, match=message):
        balanced_partition(nx.path_graph(3), k, **options)


@pytest.mark.parametrize(
    ("node_weights", "message"),
    [
        ({0: 1, 1: 1}, "node 2 has no weight in node_weights"),
        ({0: 1, 1: 0, 2: 1}, "node 1 has the weight 0 in node_weights"),
        ([1, 1, -1], "node 2 has the weight -1 in node_weights"),
        ([1, np.nan, 1], "node 1 has the weight nan in node_weights"),
        ([1, 1], "node_weights have shape"),
    ],
)
def test_bad_node_weights(node_weights, message):
    with pytest.raises(GraphError, match=message):
        balanced_partition(nx.path_graph(3), 2, node_weights=node_weights)


def test_bad_graphs():
    with pytest.raises(GraphError, match="undirected"):
        balanced_partition(nx.DiGraph([(0, 1)]), 2)
    with pytest.raises(GraphError, match="negative weight"):
        balanced_partition(nx.Graph([(0, 1, {"weight": -1})]), 2)
    with pytest.raises(OptionError, match="k must be an integer from 1 to 0"):
        balanced_partition(nx.Graph(), 1)
