"""Pairs that candidates left out, by enumeration."""

from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.completion import complete, missing_pairs
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.base import Score
from graphmining.graph.csr import Graph


def random_edges(rng, n, density):
    left, right = np.triu_indices(n, 1)
    kept = rng.random(len(left)) < density
    return left[kept], right[kept], rng.integers(0, 5, kept.sum()) / 4


def expected_pairs(n, source, target, weights, threshold):
    strong = nx.Graph((u, v) for u, v, w in zip(source, target, weights) if w >= threshold)
    strong.add_nodes_from(range(n))
    compared = set(zip(source.tolist(), target.tolist()))
    return sorted(
        pair
        for group in nx.connected_components(strong)
        for pair in combinations(sorted(group), 2)
        if pair not in compared
    )


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 14), st.floats(0, 0.6), st.sampled_from([0.25, 0.5, 1]))
def test_missing_pairs(seed, n, density, threshold):
    source, target, weights = random_edges(np.random.default_rng(seed), n, density)
    left, right, oversized = missing_pairs(Graph.from_edges(source, target, weights, n=n), threshold)
    assert sorted(zip(left.tolist(), right.tolist())) == expected_pairs(n, source, target, weights, threshold)
    assert oversized == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(1, 6))
def test_large_components_are_cut(seed, n, largest):
    source, target, weights = random_edges(np.random.default_rng(seed), n, 0.1)
    graph = Graph.from_edges(source, target, weights, n=n)
    left, right, oversized = missing_pairs(graph, 0.25, largest=largest, threads=1)
    found = set(zip(left.tolist(), right.tolist()))
    assert found <= set(expected_pairs(n, source, target, weights, 0.25))
    strong = nx.Graph((u, v) for u, v, w in zip(source, target, weights) if w >= 0.25)
    sizes = list(map(len, nx.connected_components(strong)))
    assert oversized == sum(size > largest for size in sizes)
    # Parts of at most so many nodes have at most so many pairs.
    assert len(found) <= sum(size * (min(size, largest) - 1) / 2 for size in sizes)


def test_a_chain_gets_pairs_within_its_parts_only():
    n = 5000
    graph = Graph.from_edges(np.arange(n - 1), np.arange(1, n), np.linspace(0.8, 0.9, n - 1), n=n)
    left, right, oversized = missing_pairs(graph, 0.5, largest=100)
    assert oversized == 1
    assert 0 < len(left) <= n * 99 / 2
    assert (right - left).max() < 100


class ByRivals(Score):
    """A score that depends on what else is scored: one by the number of the left item's pairs."""

    def __init__(self, probability=False):
        self.probability = probability

    def score(self, items, pairs, *, threads=None):
        return 1 / np.bincount(pairs.left, minlength=len(items))[pairs.left]


def test_pairs_are_added():
    items = Items(range(4), {"text": list("abcd")})
    pairs = Pairs.make([0, 0, 1], [2, 3, 3])
    scores = np.array([0.5, 0.6, 0.7])
    both, found = complete(items, np.arange(4), pairs, scores, ByRivals(), 0.5)
    assert list(zip(both.left.tolist(), both.right.tolist())) == list(combinations(range(4), 2))
    assert found.tolist() == [1, 0.5, 0.6, 1, 0.7, 1]


def test_probabilities_are_computed_anew():
    items = Items(range(4), {"text": list("abcd")}, None, np.array([0, 0, 1, 1], np.int8))
    pairs = Pairs.make([0, 0, 1], [2, 3, 3])
    both, found = complete(items, np.arange(4), pairs, np.ones(3), ByRivals(True), 0.5)
    assert list(zip(both.left.tolist(), both.right.tolist())) == [(0, 2), (0, 3), (1, 2), (1, 3)]
    assert found.tolist() == [0.5] * 4


def test_items_that_count_as_one():
    items = Items(range(4), {"text": list("aabc")})
    pairs = Pairs.make([1, 2], [2, 3])
    both, _ = complete(items, np.array([0, 0, 2, 3]), pairs, np.array([0.9, 0.9]), ByRivals(), 0.5)
    assert list(zip(both.left.tolist(), both.right.tolist())) == [(0, 3), (1, 2), (2, 3)]


def test_what_was_cut_is_said():
    n = 1002
    items = Items(range(n), {"text": [""] * n})
    pairs = Pairs.make(np.arange(n - 1), np.arange(1, n), ("before",))
    both, _ = complete(items, np.arange(n), pairs, np.full(n - 1, 0.9), ByRivals(), 0.5)
    assert both.notes[0] == "before"
    assert "1 group of similar items is larger than 1,000" in both.notes[1]
