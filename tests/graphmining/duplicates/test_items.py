"""Items and pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphmining.duplicates.items import Items, check_vectors
from graphmining.duplicates.pairs import Pairs, best_two
from graphmining.errors import GraphError

ends = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


def as_set(pairs):
    return list(zip(pairs.left.tolist(), pairs.right.tolist()))


@given(ends, ends)
def test_pairs(one, other):
    def make(found, note):
        return Pairs.make([a for a, _ in found], [b for _, b in found], (note,))

    expected = sorted({(min(pair), max(pair)) for pair in one if pair[0] != pair[1]})
    assert as_set(make(one, "x")) == expected
    both = make(one, "x").merged(make(other, "y"))
    assert as_set(both) == as_set(make(one + other, ""))
    assert both.notes == ("x", "y")


@given(ends, st.lists(st.integers(0, 1), min_size=10, max_size=10))
def test_pairs_between_two_lists(found, lists):
    pairs = Pairs.make([a for a, _ in found], [b for _, b in found])
    kept = Items(range(10), {}, None, np.array(lists, np.int8)).between(pairs)
    assert as_set(kept) == [(a, b) for a, b in as_set(pairs) if lists[a] != lists[b]]
    assert Items(range(10), {}).between(pairs) is pairs


def test_texts_join_what_is_there():
    items = Items(range(3), {"a": ["x", None, ""], "b": ["y", "z", None]})
    assert items.texts == ["x y", "z", ""]
    assert Items(range(2), {"text": ["a", None]}).texts == ["a", ""]


def test_positions():
    items = Items(["a", ("b", 1)], {"text": ["", ""]})
    assert items.position(("b", 1)) == 1
    assert "a" in items
    assert "b" not in items
    for unknown in ("b", ["a"]):
        with pytest.raises(GraphError, match="there is no item"):
            items.position(unknown)


def test_vectors_beyond_single_precision():
    with pytest.raises(GraphError, match="vector 1 has an entry"):
        check_vectors(np.array([[1.0], [1e300]]))
    with pytest.raises(GraphError, match="not complex128"):
        check_vectors(np.ones((2, 2), complex))


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.1, 0.5, 0.9])), max_size=20))
def test_best_two(candidates):
    ends = np.array([end for end, _ in candidates], np.int64)
    values = np.array([value for _, value in candidates])
    items, best, runner_up = best_two(ends, values)
    assert items.tolist() == sorted(set(ends.tolist()))
    for item, at, second in zip(items, best, runner_up):
        own = sorted(values[ends == item], reverse=True)
        assert ends[at] == item
        assert values[at] == own[0]
        assert second == (own[1] if len(own) > 1 else -np.inf)
