"""Nearest vectors against scikit-learn's brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from graphmining.duplicates.candidates import vectors
from graphmining.duplicates.candidates.vectors import VectorNeighbors, as_vectors, nearest_vectors
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError


def clustered(n, d=16, clusters=200, seed=0):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clusters, d))
    return centres[rng.integers(0, clusters, n)] + 0.4 * rng.normal(size=(n, d)) + 3


def by_brute_force(one, two, k, metric):
    """Distances of the k nearest; without `two`, none is its own neighbour."""
    search = NearestNeighbors(n_neighbors=k, metric=metric, algorithm="brute").fit(one if two is None else two)
    return search.kneighbors(None if two is None else one)


def distances(one, two, neighbors, metric):
    one, two = np.asarray(one, float), np.asarray(two, float)
    if metric == "cosine":
        one, two = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, two))
        return 1 - np.einsum("id,ikd->ik", one, two[neighbors])
    return np.linalg.norm(one[:, None] - two[neighbors], axis=2)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["cosine", "euclidean"]),
    st.integers(2, 40),
    st.integers(1, 40),
    st.booleans(),
)
def test_exact_neighbors_are_as_near_as_those_of_scikit_learn(seed, metric, n, m, two):
    rng = np.random.default_rng(seed)
    one = rng.normal(size=(n, 5)) + 100 * rng.normal(size=5) * (metric == "euclidean")
    other = rng.normal(size=(m, 5)) + one.mean(axis=0) if two else None
    k = int(rng.integers(1, m + 1 if two else n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "_ROWS", 7)
        patch.setattr(vectors, "_COLUMNS", 11)
        found = nearest_vectors(one, other, k=k, metric=metric, exact=True)
    assert all(len(set(row)) == k for row in found.tolist())
    if not two:
        assert (found != np.arange(n)[:, None]).all()
    ours = distances(one, other if two else one, found, metric)
    assert np.allclose(ours, by_brute_force(one, other, k, metric)[0], atol=1e-4)


def test_fewer_vectors_than_neighbors():
    assert nearest_vectors([[1, 0], [1, 1], [0, 1]], k=4).tolist() == [
        [1, 2, -1, -1],
        [0, 2, -1, -1],
        [1, 0, -1, -1],
    ]
    assert nearest_vectors([[1, 0]], k=1).tolist() == [[-1]]
    assert nearest_vectors(np.empty((0, 3)), [[1, 0, 0]], k=2).shape == (0, 2)


def test_equally_near_vectors_come_in_order():
    assert nearest_vectors(np.ones((5, 2)), k=2).tolist() == [[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_cells_find_nearly_all(metric):
    data = clustered(5000)
    data -= 3 * (metric == "cosine")
    true = by_brute_force(data, None, 10, metric)[1]
    found = nearest_vectors(data, metric=metric, exact=False)
    recall = np.mean([len(set(one) & set(two)) / 10 for one, two in zip(true.tolist(), found.tolist())])
    assert recall >= 0.95
    # With all cells it is exact.
    found = nearest_vectors(data[:900], metric=metric, exact=False, probes=30)
    assert np.array_equal(found, nearest_vectors(data[:900], metric=metric, exact=True))


def test_cells_between_two_sets():
    one, two = clustered(1500), clustered(1000, seed=1)
    true = by_brute_force(one, two, 5, "euclidean")[1]
    found = nearest_vectors(one, two, k=5, metric="euclidean", exact=False)
    assert np.mean([len(set(a) & set(b)) / 5 for a, b in zip(true.tolist(), found.tolist())]) >= 0.95


@pytest.mark.parametrize("exact", [True, False])
def test_threads_do_not_matter(exact):
    data = clustered(2000, d=33)
    once = nearest_vectors(data, exact=exact, threads=1)
    for threads in (2, 3):
        assert np.array_equal(nearest_vectors(data, exact=exact, threads=threads), once)


def test_the_seed_matters_for_cells_only():
    data = np.random.default_rng(0).normal(size=(1000, 16))
    cells = [nearest_vectors(data, exact=False, probes=2, seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(cells[0], cells[1])
    assert not np.array_equal(cells[0], cells[2])


def test_exact_by_default_for_few(monkeypatch):
    data = np.random.default_rng(0).normal(size=(500, 16))
    exact, cells = (nearest_vectors(data, exact=each, probes=1) for each in (True, False))
    assert not np.array_equal(exact, cells)
    assert np.array_equal(nearest_vectors(data, probes=1), exact)
    monkeypatch.setattr(vectors, "EXACT", 499)
    assert np.array_equal(nearest_vectors(data, probes=1), cells)


@pytest.mark.parametrize("two", [False, True])
def test_pairs_of_items(two):
    data = clustered(60).astype(np.float32)
    lists = (np.arange(60) % 3 == 0).astype(np.int8) if two else None
    pairs = VectorNeighbors(k=3, metric="euclidean").pairs(Items(range(60), {}, data, lists))
    expected = set()
    far = np.linalg.norm(data[:, None] - data, axis=2)
    for i in range(60):
        others = [j for j in range(60) if j != i and (not two or lists[i] != lists[j])]
        expected |= {(min(i, j), max(i, j)) for j in sorted(others, key=lambda j: far[i, j])[:3]}
    assert set(zip(pairs.left.tolist(), pairs.right.tolist())) == expected


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1, np.nan], [0, 1]], "vector 0 has a number that is not finite"),
        ([[1, 2], [np.inf, 1]], "vector 1 has a number that is not finite"),
        ([[1e300, 2]], "vector 0 has a number that is not finite"),
        ([1, 2], r"must have shape \(n, d\)"),
        (np.ones((2, 0)), r"not \(2, 0\)"),
        ([["a", "b"]], "must be numbers in rows of one length"),
        ([[1], [1, 2]], "must be numbers in rows of one length"),
        ([[1, 0], [0, 0]], "vector 1 is all zeros"),
    ],
)
def test_bad_vectors(bad, message):
    with pytest.raises(OptionError, match=message):
        nearest_vectors(bad)


def test_zeros_have_distances():
    assert nearest_vectors([[1, 0], [0, 0]], k=1, metric="euclidean").tolist() == [[1], [0]]


def test_large_numbers():
    data = np.array([[1e30, 0], [1.1e30, 0], [-3e30, 0], [-3e30, 1e29]])
    assert nearest_vectors(data, k=1, metric="euclidean").tolist() == [[1], [0], [3], [2]]
    assert nearest_vectors(data, k=1).tolist() == [[1], [0], [3], [2]]


def test_positions_in_messages_are_those_of_items():
    items = Items(range(3), {}, np.array([[1, 0], [1, 1], [0, 0]], np.float32), np.array([0, 1, 1], np.int8))
    with pytest.raises(OptionError, match="vector 2 is all zeros"):
        VectorNeighbors().pairs(items)


def test_vectors_become_float32():
    array = as_vectors(np.asfortranarray([[1, 2], [3, 4]]))
    assert (array.dtype, array.flags.c_contiguous, array.tolist()) == (np.float32, True, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be an integer"),
        ({"probes": 1.5}, "probes must be an integer"),
        ({"metric": "cosinus"}, "unknown metric 'cosinus'; did you mean 'cosine'"),
        ({"exact": 3}, "exact must be True, False or None"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        VectorNeighbors(**options)
    with pytest.raises(OptionError, match=message):
        nearest_vectors([[1]], **options)


def test_what_does_not_fit():
    with pytest.raises(OptionError, match="have 2 and 1 columns"):
        nearest_vectors([[1, 2]], [[1]])
    with pytest.raises(OptionError, match="the items have no vectors"):
        VectorNeighbors().pairs(Items(range(1), {"text": ["a"]}))
