from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, fcluster, is_valid_linkage

from graphmining import Dendrogram
from graphmining.errors import GraphError, OptionError

NAMES = ["a", 1, ("b", 2), None, 2.5]


def random_dendrogram(leaves, merges, seed, **options):
    rng = np.random.default_rng(seed)
    alive, rows, sizes = list(range(leaves)), [], [1] * leaves
    for i in range(merges):
        a, b = (alive.pop(rng.integers(len(alive))) for _ in range(2))
        rows.append(sorted((a, b)))
        sizes.append(sizes[a] + sizes[b])
        alive.append(leaves + i)
    similarities = np.sort(rng.choice([0.2, 0.4, 0.6, 0.8, 1.0], merges) if seed % 2 else rng.random(merges))[::-1]
    return Dendrogram(np.array(rows).reshape(-1, 2), similarities, sizes[leaves:], range(leaves), **options)


@st.composite
def dendrograms(draw):
    leaves = draw(st.integers(1, 25))
    return random_dendrogram(leaves, draw(st.integers(0, leaves - 1)), draw(st.integers(0, 10**6)), as_sets=True)


def partition(clusters):
    return {frozenset(cluster) for cluster in clusters}


def of_labels(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


@settings(max_examples=60, deadline=None)
@given(dendrograms(), st.floats(-0.5, 1.5) | st.sampled_from([0.2, 0.4, 0.6, 0.8, 1.0]))
def test_cut_makes_the_merges_at_or_above_the_threshold(dendrogram, threshold):
    n = len(dendrogram.nodes)
    tree = nx.empty_graph(n)
    for i, (pair, similarity) in enumerate(zip(dendrogram.merges.tolist(), dendrogram.similarities)):
        if similarity >= threshold:
            tree.add_edges_from((n + i, child) for child in pair)
    expected = {frozenset(v for v in part if v < n) for part in nx.connected_components(tree)}
    assert partition(dendrogram.cut(threshold)) == expected


@settings(max_examples=30, deadline=None)
@given(dendrograms())
def test_cuts_nest(dendrogram):
    coarse = dendrogram.cut(-1)
    for threshold in [*dendrogram.similarities[::-1], np.inf]:
        fine = dendrogram.cut(threshold)
        assert all(any(cluster <= other for other in coarse) for cluster in fine)
        coarse = fine
    assert len(coarse) == len(dendrogram.nodes)


@settings(max_examples=30, deadline=None)
@given(dendrograms())
def test_cut_into_gives_every_number_of_clusters_there_is(dendrogram):
    n, fewest = len(dendrogram.nodes), len(dendrogram.cut(-1))
    for count in range(fewest, n + 1):
        clusters = dendrogram.cut_into(count)
        assert len(clusters) == count
        assert sum(map(len, clusters)) == n == len(set().union(*clusters))
    for count in (fewest - 1, n + 1):
        with pytest.raises(OptionError, match=f"only into {fewest} to {n}"):
            dendrogram.cut_into(count)


@settings(max_examples=40, deadline=None)
@given(dendrograms())
def test_scipy_reads_the_linkage_matrix_and_cuts_alike(dendrogram):
    n = len(dendrogram.nodes)
    matrix = dendrogram.to_scipy(lambda similarities: 1 - similarities)
    assert matrix.shape == (n - 1, 4)
    if n == 1:
        return
    assert is_valid_linkage(matrix)
    for similarity in {*dendrogram.similarities.tolist(), 0.05, 0.5}:
        if similarity <= 0:
            continue
        # A hair's breadth more distance: 1 - (1 - s) is not s.
        labels = fcluster(matrix, 1 - similarity + 1e-12, "distance")
        assert of_labels(labels) == partition(dendrogram.cut(similarity - 1e-12))
    trees = dendrogram.cut(-1)
    together = {(min(u, v), max(u, v)) for tree in trees for u in tree for v in tree}
    for pair, distance in zip(combinations(range(n), 2), cophenet(matrix)):
        assert pair in together or distance == 1


def test_default_distances_count_from_the_largest_similarity():
    dendrogram = Dendrogram([[0, 1], [2, 3]], [5, 2], [2, 2], range(5))
    assert dendrogram.to_scipy().tolist() == [[0, 1, 0, 2], [2, 3, 3, 2], [4, 5, 5, 3], [6, 7, 5, 5]]


def test_clusters_come_as_the_graph_came():
    merges, similarities, sizes = [[0, 3], [1, 5]], [0.9, 0.4], [2, 3]
    named = Dendrogram(merges, similarities, sizes, NAMES, as_sets=True)
    assert named.cut(0.5) == [{"a", None}, {1}, {("b", 2)}, {2.5}]
    assert named.cut_into(3) == [{"a", None, 1}, {("b", 2)}, {2.5}]
    labels = Dendrogram(merges, similarities, sizes, NAMES).cut(0.5)
    assert labels.dtype == np.int32
    assert labels.tolist() == [0, 1, 2, 0, 3]


@pytest.mark.parametrize("leaves", [0, 1])
def test_nothing_to_merge(leaves):
    dendrogram = Dendrogram([], [], [], range(leaves))
    assert dendrogram.cut(0.5).tolist() == dendrogram.cut_into(leaves).tolist() == [0] * leaves
    assert dendrogram.to_scipy().shape == (0, 4)


def test_it_does_not_change_and_says_what_it_is():
    dendrogram = random_dendrogram(5, 3, 0)
    for array in (dendrogram.merges, dendrogram.similarities, dendrogram.sizes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert repr(dendrogram) == "Dendrogram: 5 leaves, 3 merges"


@pytest.mark.parametrize(
    ("merges", "similarities", "sizes", "message"),
    [
        ([[0, 1, 2]], [1], [3], "shape"),
        ([[0, 1]], [1, 2], [2], "shape"),
        ([[0, 1]], [1], [2, 2], "shape"),
        ([[0, 4]], [1], [2], "does not exist yet"),
        ([[0, -1]], [1], [2], "does not exist yet"),
        ([[0, 1], [0, 2]], [1, 0.5], [2, 2], "merged twice"),
        ([[0, 1], [2, 3]], [0.5, 1], [2, 2], "descend"),
        ([[0, 1], [2, 3]], [1, np.nan], [2, 2], "descend"),
    ],
)
def test_arrays_that_are_no_hierarchy(merges, similarities, sizes, message):
    with pytest.raises(GraphError, match=message):
        Dendrogram(merges, similarities, sizes, range(4))


@pytest.mark.parametrize("threshold", [np.nan, "high", None, [0.5, 0.6]])
def test_thresholds_must_be_numbers(threshold):
    with pytest.raises(OptionError, match="threshold must be a number"):
        random_dendrogram(5, 3, 0).cut(threshold)


@pytest.mark.parametrize("count", [2.0, "2", None])
def test_numbers_of_clusters_must_be_integers(count):
    with pytest.raises(OptionError, match="must be an integer"):
        random_dendrogram(5, 3, 0).cut_into(count)


@pytest.mark.parametrize(
    "distance",
    [
        lambda s: s,
        lambda s: -1 - s,
        lambda s: s[:-1],
        lambda s: np.where(s > 0, 1, np.inf),
        lambda s: 0.5,
    ],
)
def test_distances_that_are_none(distance):
    with pytest.raises(OptionError, match="distance must give"):
        random_dendrogram(5, 3, 0).to_scipy(distance)
