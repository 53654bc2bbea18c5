"""Functions of batches against the steps in memory, and against scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graphmining.duplicates.candidates.buckets import bucket_pairs
from graphmining.duplicates.relational.batches import contract, hash_texts, leader_numbers


def test_leaders_are_those_in_memory():
    seed, leaders = 7, 3
    rng = np.random.default_rng(0)
    keys = rng.integers(2**64, size=(2, 2), dtype=np.uint64)[:, rng.integers(2, size=60)]
    for band, row in enumerate(keys):
        # Alone in the call, a band of another number would have other leaders: all others have no keys.
        present = np.arange(len(keys))[:, None] == band
        pairs = bucket_pairs(keys, present=np.tile(present, 60), clique=5, leaders=leaders, seed=seed)
        batch = {"band": np.full(60, band), "bucket": row.view(np.int64), "doc": np.arange(60)}
        numbers = leader_numbers(batch, seed=seed)["number"]
        for key in np.unique(row):
            members = np.flatnonzero(row == key)
            inside = np.isin(pairs.left, members)
            degrees = np.bincount(np.append(pairs.left[inside], pairs.right[inside]), minlength=60)
            expected = np.flatnonzero(degrees == len(members) - 1)
            assert sorted(members[np.argsort(numbers[members])][:leaders]) == expected.tolist()


def test_equal_shingles_have_equal_prints():
    texts = ["One two three four", "one, two THREE four!", "one two three five", ""]
    made = hash_texts({"doc": np.arange(4), "text": texts}, unit="words", width=3, threads=1)
    prints = list(zip(made["print_1"].tolist(), made["print_2"].tolist()))
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3
    assert [len(each) for each in made["shingles"]] == [8, 8, 8, 0]
    assert made["size"].tolist() == [2, 2, 2, 0]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1])))
def test_contracted_links_keep_components(pairs):
    node, label = np.array([sorted(pair, reverse=True) for pair in pairs], np.int64).reshape(-1, 2).T
    made = contract({"node": node, "label": label})
    _, before = connected_components(coo_array((np.ones(len(node)), (node, label)), shape=(31, 31)))
    ends = made["node"], made["label"]
    _, after = connected_components(coo_array((np.ones(len(ends[0])), ends), shape=(31, 31)))
    assert before.tolist() == after.tolist()
    assert (made["label"] < made["node"]).all()
    assert not set(made["label"].tolist()) & set(made["node"].tolist())
