"""Paths, merges and reasons against enumeration, networkx and scipy."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet
from scipy.spatial.distance import squareform

from graphmining import find_duplicates
from graphmining.clustering.hierarchical import hierarchical_clustering
from graphmining.duplicates import explanation
from graphmining.duplicates.explanation import differences, widest_path
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.base import Score
from graphmining.errors import GraphError
from graphmining.graph.csr import Graph


class Given(Score):
    """Scores that are given, and the pairs that have some."""

    def __init__(self, scores):
        self.known = scores

    def pairs(self, items, *, seed=0, threads=None):
        return items.between(Pairs.make(*np.array(list(self.known), np.int64).reshape(-1, 2).T))

    def score(self, items, pairs, *, threads=None):
        return np.array([self.known.get(pair, 0.0) for pair in zip(pairs.left.tolist(), pairs.right.tolist())])


def search(n, scores, lists=None, **options):
    step = Given(scores)
    items = Items([f"i{at}" for at in range(n)], {"text": [f"t{at}" for at in range(n)]}, None, lists)
    return find_duplicates(items, candidates=step, score=step, threshold=0.5, progress=False, **options)


def width(graph, path):
    return min((graph[u][v]["weight"] for u, v in pairwise(path)), default=np.inf)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7), st.floats(0.1, 0.9), st.integers(1, 6))
def test_widest_path(seed, n, density, levels):
    rng = np.random.default_rng(seed)
    left, right = np.triu_indices(n, 1)
    kept = rng.random(len(left)) < density
    graph = Graph.from_edges(left[kept], right[kept], rng.integers(1, levels + 1, kept.sum()) / levels, n=n)
    inside = rng.random(n) < 0.8
    a, b = rng.integers(0, n, 2).tolist()
    inside[[a, b]] = True
    for allowed in (None, inside):
        whole = graph.to_networkx()
        if allowed is not None:
            whole.remove_nodes_from(np.flatnonzero(~allowed).tolist())
        paths = [[a]] if a == b else list(nx.all_simple_paths(whole, a, b))
        found = widest_path(graph, a, b, inside=allowed)
        if not paths:
            assert found == []
            continue

        assert (found[0], found[-1]) == (a, b)
        assert width(whole, found) == max(width(whole, path) for path in paths)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9), st.floats(0.3, 1))
def test_merges_are_cophenetic(seed, n, density):
    rng = np.random.default_rng(seed)
    left, right = np.triu_indices(n, 1)
    kept = rng.random(len(left)) < density
    dendrogram = hierarchical_clustering(Graph.from_edges(left[kept], right[kept], rng.random(kept.sum()), n=n))
    similarity = 1 - squareform(cophenet(dendrogram.to_scipy(lambda values: 1 - values)))
    for a in range(n):
        assert explanation._merged_at(dendrogram, a, a) is None
        for b in range(a):
            # Trees of a forest are merged at similarity 0.
            assert (explanation._merged_at(dendrogram, a, b) or 0) == pytest.approx(similarity[a, b], abs=1e-12)


def test_a_chain_inside_a_cluster():
    scores = {(0, 1): 0.9, (1, 2): 0.8, (0, 3): 0.95, (2, 3): 0.3, (2, 4): 0.4}
    found = search(5, scores, method="components")
    told = found.explain("i0", "i2")
    assert told.together
    assert told.score is None
    assert told.path == [("i0", "i1", 0.9), ("i1", "i2", 0.8)]
    assert told.weakest == ("i1", "i2", 0.8)
    assert (
        told.reason
        == "'i0' and 'i2' are together (threshold 0.500): the weakest link of the path between them is 0.800"
    )
    assert "path: 'i0' –0.900– 'i1' –0.800– 'i2'" in str(told)
    assert found.explain("i2", "i3").score == 0.3


def test_a_path_stays_inside_if_it_can():
    # Through 3, which is in no cluster with them, the way is wider.
    scores = {(0, 1): 0.6, (0, 3): 0.9, (1, 3): 0.9}
    found = search(4, scores, method="components", cannot_link=[("i0", "i3"), ("i1", "i3")])
    assert found.explain("i0", "i1").path == [("i0", "i1", 0.6)]


REASONS = [
    (
        2,
        {(0, 1): 0.7},
        {},
        "together (threshold 0.500): on average the parts of the cluster that join them are 0.700 alike",
    ),
    (
        2,
        {(0, 1): 0.7},
        {"method": "affinity"},
        "together (threshold 0.500): the weakest link of the path between them is 0.700",
    ),
    (2, {}, {"must_link": [("i0", "i1")]}, "together: they are equal, or were said to be the same"),
    (2, {}, {}, "apart: no chain of compared pairs joins them"),
    (2, {(0, 1): 0.4}, {}, "apart: every path between them has a link below the threshold 0.500"),
    (2, {(0, 1): 0.9}, {"cannot_link": [("i1", "i0")]}, "apart: cannot_link says so"),
    (
        3,
        {(0, 1): 0.9, (0, 2): 0.95, (1, 2): 0.9},
        {"cannot_link": [("i1", "i2")]},
        "apart: cannot_link keeps others of their clusters apart",
    ),
    (
        3,
        {(0, 1): 0.9, (0, 2): 0.95, (1, 2): 0.9},
        {"max_size": 2},
        "apart: together their clusters would have more items than max_size, 2",
    ),
    (
        3,
        {(0, 1): 0.6, (0, 2): 0.9},
        {"method": "mutual-best"},
        "apart: they are not each other's best match",
    ),
    (
        3,
        {(0, 1): 0.6, (0, 2): 0.9},
        {},
        "apart: a path joins them, but their clusters are only 0.300 alike on average (threshold 0.500)",
    ),
    (
        3,
        {(0, 1): 0.6, (0, 2): 0.9},
        {"method": "correlation"},
        "apart: a path joins them, but not the clusters they are in",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("n", "scores", "options", "reason"), REASONS)
def test_reasons(n, scores, options, reason):
    found = search(n, scores, **options)
    for one, other in (("i0", "i1"), ("i1", "i0")):
        told = found.explain(one, other)
        assert told.reason == f"{one!r} and {other!r} are {reason}"
        assert told.together == ("together" in reason.split(" ")[0])


def test_one_item():
    told = search(2, {(0, 1): 0.9}).explain("i0", "i0")
    assert (told.reason, told.path, told.together, told.merged_at) == ("'i0' is one item", [], True, None)
    assert {field.verdict for field in told.fields} == {"same"}


def test_two_lists():
    scores = {(0, 2): 0.9, (0, 3): 0.6, (1, 3): 0.55}
    found = search(4, scores, lists=np.array([0, 0, 1, 1], np.int8))
    assert found.explain("i0", "i3").reason == "'i0' and 'i3' are apart: they are not each other's best match"
    assert found.explain("i0", "i2").weakest == ("i0", "i2", 0.9)


def test_verdicts():
    rows = {
        "name": ["Ada Lovelace", "ada  lovelace!", None],
        "city": ["London, England", "London", "Paris"],
        "born": ["1815", "1815", "1912"],
        "work": ["programs", "poems", "puzzles"],
    }
    items = Items(range(3), rows)
    verdicts = {field.name: field.verdict for field in differences(items, 0, 1)}
    assert verdicts == {"name": "same", "city": "similar", "born": "same", "work": "different"}
    for field in differences(items, 0, 2):
        assert (field.verdict == "missing") == (field.name == "name")
        assert field.values == (rows[field.name][0], rows[field.name][2])
        assert (field.similarity is None) == (field.verdict == "missing")
        assert field.similarity is None or 0 <= field.similarity <= 1
    assert differences(Items(range(2), {}, np.eye(2, dtype=np.float32)), 0, 1) == []


def test_text_shows_fields():
    rows = [{"name": "Ada", "city": "London"}, {"name": "Ada", "city": None}, {"name": "Bob", "city": "Rome"}]
    told = str(find_duplicates(rows, progress=False).explain(0, 1))
    assert "  same      1.00  name: Ada | Ada" in told
    assert "  missing         city: London | –" in told


def test_unknown_item():
    with pytest.raises(GraphError, match="there is no item 'i9'"):
        search(2, {(0, 1): 0.9}).explain("i0", "i9")
