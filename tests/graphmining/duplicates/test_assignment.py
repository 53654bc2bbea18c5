"""New items and settled clusters, against brute force."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import find_duplicates
from graphmining.duplicates.candidates.minhash import MinHashLSH
from graphmining.duplicates.candidates.tfidf import TfidfNeighbors
from graphmining.duplicates.clusters import METHODS
from graphmining.duplicates.corruption import near_duplicates
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.jaccard import Jaccard
from graphmining.errors import GraphError, OptionError


class AllPairs:
    """Candidates: all."""

    def pairs(self, items, *, seed=0, threads=None):
        return items.between(Pairs.make(*np.triu_indices(len(items), 1)))


texts = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8)


def jaccard(one, other):
    one, other = set(one.split()), set(other.split())
    return len(one & other) / len(one | other)


@settings(max_examples=60, deadline=None)
@given(texts, texts, st.sampled_from([0.3, 0.5, 0.7]), st.sampled_from([None, 1, 2, 3]))
def test_brute_force(old, new, threshold, max_size):
    options = {"candidates": AllPairs(), "score": Jaccard(width=1), "threshold": threshold, "max_size": max_size}
    found = find_duplicates(old, progress=False, **options)
    grown = found.assign(new)
    assert np.array_equal(grown.labels[: len(old)], found.labels)
    assert grown.items.texts == old + new

    # What an item may join: the cluster of an equal one, or those whose different texts are similar on average.
    sizes = np.bincount(grown.labels)
    for at, text in enumerate(new, len(old)):
        words = set(text.split())
        equal = {int(found.labels[k]) for k, other in enumerate(old) if set(other.split()) == words}
        averages = {}
        for label in range(found.labels.max() + 1):
            members = {frozenset(old[k].split()): old[k] for k in np.flatnonzero(found.labels == label)}
            averages[label] = np.mean([jaccard(text, other) for other in members.values()])
        room = [label for label in averages if max_size is None or sizes[label] < max_size]
        label = int(grown.labels[at])
        if label in averages:
            if label not in equal:
                assert averages[label] >= threshold - 1e-12
                better = max((averages[other] for other in room), default=0)
                assert averages[label] >= better - 1e-12 or equal & set(room) == set()
        else:
            assert not (equal & set(room))
            if max_size is None:
                assert max(averages.values()) < threshold
    if max_size is not None:
        assert sizes.max() <= max_size
    # Those that joined nothing are clustered as they would be alone.
    free = np.flatnonzero(grown.labels > found.labels.max())
    alone = find_duplicates([grown.items.texts[at] for at in free], progress=False, **options)
    shifted = grown.labels[free] - found.labels.max() - 1
    assert np.array_equal(shifted, alone.labels)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_no_settled_label_moves(method):
    corpus, _ = near_duplicates(300, tokens=30, seed=1)
    found = find_duplicates(corpus[:200], method=method, progress=False)
    grown = found.assign(corpus[200:])
    assert np.array_equal(grown.labels[:200], found.labels)
    assert len(grown.labels) == len(grown.groups) == 300
    order = grown.pairs.left * 1000 + grown.pairs.right
    assert (np.diff(order) > 0).all()
    assert len(grown.scores) == len(grown.pairs)


def test_many_equal_items():
    """One counts for all of them: neither is the average of few compared pairs too low, nor are new ones split."""
    texts = ["one two three four five six"] * 300 + ["x y z"]
    found = find_duplicates(texts, score=Jaccard(), candidates=MinHashLSH(), progress=False)
    grown = found.assign(["one two three four five six", "One two three four five, six!", *(["p q r s"] * 300)])
    sizes = np.bincount(grown.labels)
    assert sizes[0] == 302
    assert sorted(sizes.tolist()) == [1, 300, 302]
    assert grown.clusters[1] == list(range(303, 603))


def test_a_cluster_that_is_full():
    found = find_duplicates(["a b c d"] * 2, max_size=2, progress=False)
    grown = found.assign(["a b c d"] * 3)
    assert grown.clusters == [[0, 1], [2, 3]]
    assert find_duplicates(["a b c d"] * 3, max_size=2, progress=False).assign(["a b c d"]).clusters == [
        [0, 1],
        [2, 3],
    ]


def test_twice():
    found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3, progress=False)
    once = found.assign(["a b c d g", "u v w"])
    twice = once.assign(["u v w", "x y z"])
    assert twice.clusters == [[0, 1, 3], [2, 6], [4, 5]]
    assert twice.explain(4, 5).together
    assert len(twice.frame()) == 7


def test_records_by_name():
    rows = [
        {"key": "a", "name": "Ada Lovelace", "city": "London"},
        {"key": "b", "name": "Alan Turing", "city": "Wilmslow"},
    ]
    found = find_duplicates(rows, id="key", threshold=0.5, candidates=TfidfNeighbors(), progress=False)
    # Columns that tell new records from one another no longer, or that they do not have.
    new = [{"key": "c", "name": "Ada Lovelace", "city": "London"}, {"key": "d", "name": "Bob", "city": "London"}]
    grown = found.assign(new, id="key")
    assert grown.items.fields == {"name": ["Ada Lovelace", "Alan Turing", "Ada Lovelace", "Bob"],
                                  "city": ["London", "Wilmslow", "London", "London"]}  # fmt: skip
    assert grown.same("a", "c")
    assert found.assign([{"key": "c", "name": "Bob"}], id="key").items.fields["city"][-1] is None


def test_frames_count_on():
    frame = pd.DataFrame({"name": ["ab", "cd", "ef"], "city": ["x", "y", "z"]})
    grown = find_duplicates(frame, progress=False).assign(frame[:2])
    assert list(grown.items.ids) == [0, 1, 2, 3, 4]
    assert grown.same(0, 3)


def test_nothing():
    found = find_duplicates(["a b c", "a b c"], progress=False)
    assert found.assign([]).clusters == [[0, 1]]
    assert find_duplicates([], progress=False).assign(["a b c", "a b c"]).clusters == [[0, 1]]


def test_bad_input():
    found = find_duplicates(["a b c"], progress=False)
    with pytest.raises(GraphError, match="of the kind of those that were searched"):
        found.assign([[1.0, 2.0]])
    with pytest.raises(GraphError, match="new items need the columns text, as"):
        found.assign([{"name": "a"}])
    with pytest.raises(GraphError, match="clusters of one list; these are of two"):
        find_duplicates(["a b"], ["a c"], progress=False).assign(["b"])
    named = find_duplicates([{"key": "a", "name": "x"}, {"key": "b", "name": "y"}], id="key", progress=False)
    for new in ([{"key": "b", "name": "z"}], [{"key": "c", "name": "z"}, {"key": "c", "name": "w"}]):
        with pytest.raises(GraphError, match=r"the name '[bc]' is taken already"):
            named.assign(new, id="key")
    with pytest.raises(OptionError, match="unknown column 'kee'"):
        named.assign([{"key": "c", "name": "z"}], id="kee")
    vectors = Items(range(2), {}, np.eye(2, dtype=np.float32))
    with pytest.raises(GraphError, match="new vectors have 3 entries, those that were searched 2"):
        find_duplicates(vectors, candidates=AllPairs(), progress=False).assign(np.eye(3))
