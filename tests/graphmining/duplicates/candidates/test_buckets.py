"""Pairs from buckets against enumeration; stars as two-hop spanners."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates import buckets
from graphmining.duplicates.candidates.buckets import bucket_pairs
from graphmining.errors import OptionError


def as_set(pairs):
    assert (pairs.left < pairs.right).all()
    codes = pairs.left << 32 | pairs.right
    assert (np.diff(codes) > 0).all()
    return set(zip(pairs.left.tolist(), pairs.right.tolist()))


@st.composite
def some_keys(draw):
    n = draw(st.integers(1, 12))
    bands = draw(st.integers(1, 4))
    keys = draw(
        st.lists(
            st.lists(st.sampled_from([0, 1, 2**63, 2**64 - 1]), min_size=n, max_size=n),
            min_size=bands,
            max_size=bands,
        )
    )
    present = draw(st.none() | st.lists(st.booleans(), min_size=n * bands, max_size=n * bands))
    lists = draw(st.none() | st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return (
        np.array(keys, np.uint64),
        None if present is None else np.reshape(present, (bands, n)),
        None if lists is None else np.array(lists, np.int8),
    )


@given(some_keys())
@settings(deadline=None, max_examples=200)
def test_all_pairs_of_small_buckets(arrays):
    keys, present, lists = arrays
    expected = set()
    for band in range(len(keys)):
        for i, j in combinations(range(keys.shape[1]), 2):
            here = present is None or (present[band, i] and present[band, j])
            if here and keys[band, i] == keys[band, j] and (lists is None or lists[i] != lists[j]):
                expected.add((i, j))
    pairs = bucket_pairs(keys, present=present, lists=lists, threads=1)
    assert as_set(pairs) == expected
    assert pairs.notes == ()
    assert as_set(bucket_pairs(list(keys), present=present, lists=lists, threads=2)) == expected


@pytest.mark.parametrize("leaders", [1, 3])
@pytest.mark.parametrize("two_lists", [False, True])
def test_stars(leaders, two_lists):
    rng = np.random.default_rng(leaders)
    keys = rng.integers(0, 5, (1, 200)).astype(np.uint64)
    lists = rng.integers(0, 2, 200).astype(np.int8) if two_lists else None
    pairs = bucket_pairs(keys, lists=lists, clique=20, leaders=leaders, seed=3, what="keys of names")
    edges = as_set(pairs)
    graph = nx.Graph(edges)
    members = [np.flatnonzero(keys[0] == key) for key in range(5)]
    assert min(map(len, members)) > 20
    for bucket in members:
        for i, j in combinations(bucket.tolist(), 2):
            across = two_lists and lists[i] != lists[j]
            assert nx.shortest_path_length(graph, i, j) <= (3 if across else 2)
    assert len(edges) <= 200 * leaders
    assert all(keys[0, i] == keys[0, j] and (not two_lists or lists[i] != lists[j]) for i, j in edges)
    assert pairs.notes == (
        f"keys of names with more than 20 items were linked through {leaders} leaders each instead of all pairs: "
        "5, with 200 items",
    )
    if not two_lists:
        degrees = dict(graph.degree)
        hubs = [sum(degrees[i] == len(bucket) - 1 for i in bucket) for bucket in members]
        assert hubs == [leaders] * 5


def test_a_star_with_all_of_a_list_loses_nothing():
    lists = np.array([0] * 3 + [1] * 97, np.int8)
    pairs = bucket_pairs(np.zeros((1, 100), np.uint64), lists=lists, clique=10, leaders=3)
    assert as_set(pairs) == {(i, j) for i in range(3) for j in range(3, 100)}
    assert pairs.notes == ()


def test_leaders_are_drawn_evenly_and_by_seed_band_and_key():
    chosen = np.zeros(40, int)
    for seed in range(400):
        degrees = np.bincount(bucket_pairs(np.zeros((1, 40), np.uint64), leaders=1, seed=seed).left, minlength=40)
        degrees += np.bincount(
            bucket_pairs(np.zeros((1, 40), np.uint64), leaders=1, seed=seed).right, minlength=40
        )
        chosen[degrees.argmax()] += 1
    assert ((chosen - 10) ** 2 / 10).sum() < 39 + 5 * np.sqrt(2 * 39)
    one_band = as_set(bucket_pairs(np.zeros((1, 40), np.uint64), leaders=1))
    assert as_set(bucket_pairs(np.ones((1, 40), np.uint64), leaders=1)) != one_band
    assert as_set(bucket_pairs(np.zeros((2, 40), np.uint64), leaders=1)) > one_band


def test_the_same_on_any_number_of_threads_and_in_any_pieces(monkeypatch):
    keys = np.random.default_rng(0).geometric(0.01, (7, 3000)).astype(np.uint64)
    pairs = bucket_pairs(keys, clique=8, leaders=2, threads=1)
    monkeypatch.setattr(buckets, "_PENDING", 100)
    for threads in (1, 2, 5, 9):
        others = bucket_pairs(keys, clique=8, leaders=2, threads=threads)
        np.testing.assert_array_equal(pairs.left, others.left)
        np.testing.assert_array_equal(pairs.right, others.right)
        assert pairs.notes == others.notes


def test_nothing():
    for keys in ([], np.empty((0, 5), np.uint64), np.empty((3, 0), np.uint64), np.zeros((2, 1), np.uint64)):
        assert len(bucket_pairs(keys)) == 0
    assert len(bucket_pairs([], lists=np.zeros(5, np.int8))) == 0
    assert len(bucket_pairs(np.zeros((1, 5), np.uint64), present=np.zeros(5, bool))) == 0
    assert len(bucket_pairs(np.zeros((1, 50), np.uint64), lists=np.ones(50, np.int8))) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clique": 0}, "clique must be a positive integer"),
        ({"leaders": None}, "leaders must be a positive integer"),
        ({"lists": [0, 1]}, "must have one entry for each of the 3 items"),
        ({"present": [True] * 2}, r"present must have shape \(3,\) or \(1, 3\)"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(OptionError, match=message):
        bucket_pairs(np.zeros((1, 3), np.uint64), **options)


def test_bands_of_different_lengths():
    with pytest.raises(OptionError, match="every band of keys"):
        bucket_pairs([np.zeros(3, np.uint64), np.zeros(2, np.uint64)])
