"""Clusters of scored pairs against scipy, networkx and enumeration."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from graphmining.clustering.hierarchical import hierarchical_clustering
from graphmining.duplicates.clusters import (
    METHODS,
    Rules,
    check_rules,
    cluster,
    condense,
    groups_of,
    make_dendrogram,
    mutual_best,
    without,
)
from graphmining.errors import OptionError
from graphmining.graph.csr import Graph

NONE = np.empty((0, 2), np.int64)
FREE = Rules(None, NONE, NONE)
seeds = st.integers(0, 10**6)


def random_graph(rng, n, density, levels=None):
    left, right = np.triu_indices(n, 1)
    kept = rng.random(len(left)) < density
    weights = rng.random(kept.sum()) if levels is None else rng.integers(1, levels + 1, kept.sum()) / levels
    return Graph.from_edges(left[kept], right[kept], weights, n=n)


def partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def labels_of(graph, method, threshold, rules=FREE, node=None):
    return cluster(graph, np.arange(len(graph)) if node is None else node, method, threshold, rules)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(2, 12), st.floats(0, 1))
def test_average_is_dense_upgma(seed, n, threshold):
    graph = random_graph(np.random.default_rng(seed), n, 1)
    distances = squareform(1 - graph.to_scipy().toarray() - np.eye(n), checks=False)
    truth = fcluster(linkage(distances, "average"), 1 - threshold, "distance")
    assert partition(labels_of(graph, "average", threshold)) == partition(truth)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(1, 15), st.floats(0, 1), st.floats(0.05, 1))
def test_components(seed, n, density, threshold):
    graph = random_graph(np.random.default_rng(seed), n, density)
    kept = nx.Graph((u, v) for u, v, w in zip(*graph.edges()) if w >= threshold)
    kept.add_nodes_from(range(n))
    assert partition(labels_of(graph, "components", threshold)) == set(
        map(frozenset, nx.connected_components(kept))
    )


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(1, 9), st.floats(0.2, 1), st.integers(1, 5))
def test_mutual_best_is_enumerated(seed, n, density, levels):
    source, target, weights = random_graph(np.random.default_rng(seed), n, density, levels).edges()
    edges = list(zip(source.tolist(), target.tolist(), weights.tolist()))

    def best(v):
        own = [(-w, at) for at, (a, b, w) in enumerate(edges) if v in (a, b)]
        return min(own)[1] if own else None

    expected = [best(a) == at == best(b) for at, (a, b, _) in enumerate(edges)]
    found = mutual_best(source, target, weights, n)
    assert found.tolist() == expected
    ends = np.concatenate([source[found], target[found]])
    assert len(set(ends.tolist())) == len(ends)


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(1, 10), st.integers(1, 4), st.integers(0, 25))
def test_condensed_graph(seed, n, kinds, count):
    """Between two groups the highest score of their items."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, kinds, n)
    together = np.array([(a, b) for a, b in combinations(range(n), 2) if kind[a] == kind[b]]).reshape(-1, 2)
    groups = groups_of(n, None, together)
    assert groups.tolist() == [kind.tolist().index(k) for k in kind]
    ends = [(a, b) for a, b in combinations(range(n), 2)]
    ends = [ends[at] for at in sorted(rng.permutation(len(ends))[:count])]
    left, right = np.array(ends, np.int64).reshape(-1, 2).T
    scores = rng.random(len(ends))
    graph, firsts, node = condense(n, groups, left, right, scores)
    expected = {}
    for (a, b), score in zip(ends, scores):
        pair = tuple(sorted((groups[a], groups[b])))
        if pair[0] != pair[1]:
            expected[pair] = max(expected.get(pair, 0), score)
    assert np.array_equal(firsts[node], groups)
    assert {(firsts[u], firsts[v]): w for u, v, w in zip(*graph.edges())} == expected


def test_groups_of_equal_and_linked_items():
    equal = np.array([0, 1, 0, 3, 1])
    assert groups_of(5, equal, np.array([[2, 3]])).tolist() == [0, 1, 0, 0, 1]
    assert groups_of(2, None, NONE).tolist() == [0, 1]


@settings(max_examples=50, deadline=None)
@given(seeds, st.integers(1, 6), st.integers(0, 8), st.floats(0.01, 1), st.sampled_from([None, 1, 2, 3]))
def test_dendrogram_of_groups(seed, groups, more, threshold, most):
    """Cuts are those of the groups, with all their items in place of them."""
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, groups, 0.8)
    node = rng.permutation(np.concatenate([np.arange(groups), rng.integers(0, groups, more)]))
    dendrogram = make_dendrogram(graph, node, range(len(node)), most=most)
    assert len(dendrogram.merges) == more + len(hierarchical_clustering(graph).merges)
    assert partition(dendrogram.cut(threshold)) == partition(hierarchical_clustering(graph).cut(threshold)[node])
    sizes = [1] * len(node)
    for (a, b), size in zip(dendrogram.merges, dendrogram.sizes):
        sizes.append(sizes[a] + sizes[b])
        assert size == sizes[-1]


def test_a_node_that_equals_another_is_as_an_edge_of_weight_one():
    """Between singles, that is: the weights of average linkage count groups, not items."""
    graph = Graph.from_edges([0, 2], [1, 3], [0.9, 0.4], n=4)
    grouped = make_dendrogram(graph, np.array([0, 1, 2, 3, 0]), range(5))
    linked = hierarchical_clustering(Graph.from_edges([0, 2, 0, 1], [1, 3, 4, 4], [0.9, 0.4, 1, 0.9], n=5))
    for threshold in (0.3, 0.5, 0.95):
        assert partition(grouped.cut(threshold)) == partition(linked.cut(threshold))


@settings(max_examples=100, deadline=None)
@given(
    seeds,
    st.integers(2, 10),
    st.floats(0.2, 1),
    st.sampled_from(sorted(METHODS)),
    st.sampled_from([None, 2, 3]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.floats(0, 1),
)
def test_every_method_keeps_the_rules(seed, n, density, method, max_size, equal, links, threshold):
    rng = np.random.default_rng(seed)
    pairs = np.array(list(combinations(range(n), 2)))
    together = pairs[rng.permutation(len(pairs))[: min(links, 1 if max_size else 3)]]
    linked = np.unique(together)
    # Items without links may be equal to one another.
    same = np.arange(n)
    loose = np.setdiff1d(same, linked)
    same[loose[:equal]] = loose[:1]
    groups = groups_of(n, same, together)
    apart = pairs[rng.permutation(len(pairs))[:links]]
    apart = apart[groups[apart[:, 0]] != groups[apart[:, 1]]]
    apart = apart[~np.isin(apart, loose[:equal]).any(axis=1)]
    rules = Rules(max_size, together, apart)
    check_rules(rules, groups)
    left, right = pairs[rng.random(len(pairs)) < density].T
    graph, _, node = condense(n, groups, left, right, rng.random(len(left)))
    labels = labels_of(graph, method, threshold, rules, node)
    assert labels.shape == (n,)
    assert labels.dtype == np.int32
    sizes = np.bincount(labels)
    assert (np.diff(sizes) <= 0).all()
    assert (labels[together[:, 0]] == labels[together[:, 1]]).all()
    assert (labels[apart[:, 0]] != labels[apart[:, 1]]).all()
    if max_size is not None:
        assert sizes.max() <= max_size
    else:
        assert (labels == labels[groups]).all()


@pytest.mark.parametrize("method", sorted(METHODS))
def test_rules_that_nothing_breaks_change_nothing(method):
    graph = random_graph(np.random.default_rng(3), 12, 0.4)
    rules = Rules(12, NONE, np.array([[0, 0]])[:0])
    assert np.array_equal(labels_of(graph, method, 0.4, rules), labels_of(graph, method, 0.4))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_equal_items_beyond_the_largest_size_fill_clusters(method):
    graph = Graph.from_edges([], [], [], n=1)
    labels = labels_of(graph, method, 0.5, Rules(3, NONE, NONE), np.zeros(10, np.int64))
    assert np.bincount(labels).tolist() == [3, 3, 3, 1]


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize("n", [0, 1, 3])
def test_no_pairs(method, n):
    assert sorted(labels_of(Graph.from_edges([], [], [], n=n), method, 0.5).tolist()) == list(range(n))


@pytest.mark.parametrize("method", sorted(METHODS))
def test_two_cliques(method):
    """What every method must find."""
    inside = [(a, b) for a, b in combinations(range(6), 2) if a // 3 == b // 3]
    if method == "mutual-best":
        inside = [(0, 1), (3, 4)]
    graph = Graph.from_edges(*np.array([*inside, (2, 3)]).T, [0.9] * len(inside) + [0.2], n=6)
    found = {group for group in partition(labels_of(graph, method, 0.5)) if len(group) > 1}
    assert found == (
        {frozenset({0, 1}), frozenset({3, 4})}
        if method == "mutual-best"
        else {frozenset({0, 1, 2}), frozenset({3, 4, 5})}
    )


def test_without_edges_between_those_apart():
    graph = random_graph(np.random.default_rng(0), 8, 1)
    apart = np.array([[5, 2], [0, 7]])
    edges = {(u, v) for u, v, _ in zip(*without(graph, apart).edges())}
    assert edges == {(u, v) for u, v, _ in zip(*graph.edges())} - {(2, 5), (0, 7)}
    assert without(graph, NONE) is graph


def test_contradictions():
    with pytest.raises(OptionError, match="must_link joins two items that cannot_link keeps apart"):
        check_rules(Rules(None, np.array([[0, 1], [1, 2]]), np.array([[0, 2]])), np.array([0, 0, 0]))
    with pytest.raises(OptionError, match="must_link joins 3 items, but max_size is 2"):
        check_rules(Rules(2, np.array([[0, 1], [1, 2]]), NONE), np.array([0, 0, 0, 3]))
    with pytest.raises(OptionError, match="unknown method 'avarage'; did you mean 'average'"):
        labels_of(Graph.from_edges([], [], [], n=1), "avarage", 0.5)
