"""Blocks and windows against all pairs, enumerated."""

import re
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates.blocking import Blocking, SortedNeighborhood, Tokens, UnionOf
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError

value = st.none() | st.text("aAb ", min_size=1, max_size=4).map(str.strip).map(lambda text: text or None)


@st.composite
def items(draw):
    n = draw(st.integers(0, 12))
    fields = {name: draw(st.lists(value, min_size=n, max_size=n)) for name in ("name", "town")}
    lists = np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)), np.int8)
    return Items(range(n), fields, lists=draw(st.sampled_from([None, lists])))


def town_letter(record):
    return record["town"] and record["town"][0]


def normal(text):
    return None if text is None else re.sub(" +", " ", text.lower()) or None


# By definition: the key of a record.
KEYS = [
    ("name", lambda record: normal(record["name"])),
    (("name", 2), lambda record: normal(record["name"]) and normal(record["name"])[:2]),
    (
        ("name", "town"),
        lambda record: (
            (normal(record["name"]), normal(record["town"])) if record["name"] and record["town"] else None
        ),
    ),
    (
        (("name", 1), "town"),
        lambda record: (
            (normal(record["name"])[0], normal(record["town"])) if record["name"] and record["town"] else None
        ),
    ),
    (town_letter, town_letter),
]


def records(items):
    return [{name: column[i] for name, column in items.fields.items()} for i in range(len(items))]


def found(pairs):
    codes = list(zip(pairs.left.tolist(), pairs.right.tolist()))
    assert codes == sorted(set(codes))
    return set(codes)


def allowed(items, i, j):
    return items.lists is None or items.lists[i] != items.lists[j]


def blocked(items, key):
    keys = [key(record) for record in records(items)]
    every = combinations(range(len(items)), 2)
    return {(i, j) for i, j in every if keys[i] is not None and keys[i] == keys[j] and allowed(items, i, j)}


@settings(max_examples=150, deadline=None)
@given(items(), st.sampled_from(KEYS), st.sampled_from(KEYS))
def test_blocks(items, one, two):
    assert found(Blocking(one[0]).pairs(items)) == blocked(items, one[1])
    both = Blocking([one[0], two[0]]).pairs(items)
    assert found(both) == blocked(items, one[1]) | blocked(items, two[1])
    assert both.notes == ()


@settings(max_examples=100, deadline=None)
@given(items(), st.integers(1, 3))
def test_tokens(items, shortest):
    words = [
        {word for word in (name or "").lower().split() if len(word) >= shortest} for name in items.fields["name"]
    ]
    every = combinations(range(len(items)), 2)
    expected = {(i, j) for i, j in every if words[i] & words[j] and allowed(items, i, j)}
    assert found(Blocking(Tokens("name", shortest)).pairs(items)) == expected


def in_window(items, key, window):
    keys = [key(record) for record in records(items)]
    order = sorted((i for i in range(len(items)) if keys[i] is not None), key=lambda i: (keys[i], i))
    pairs = set()
    for start in range(len(order)):
        pairs |= {(min(i, j), max(i, j)) for i, j in combinations(order[start : start + window], 2)}
    return {(i, j) for i, j in pairs if allowed(items, i, j)}


@settings(max_examples=150, deadline=None)
@given(items(), st.sampled_from(KEYS), st.sampled_from(KEYS), st.integers(2, 14))
def test_windows(items, one, two, window):
    assert found(SortedNeighborhood(one[0], window).pairs(items)) == in_window(items, one[1], window)
    both = SortedNeighborhood([one[0], two[0]], window).pairs(items)
    assert found(both) == in_window(items, one[1], window) | in_window(items, two[1], window)


@settings(max_examples=50, deadline=None)
@given(items())
def test_union(items):
    steps = [Blocking("name"), SortedNeighborhood("town", 3)]
    union = UnionOf(steps).pairs(items)
    assert found(union) == set().union(*(found(step.pairs(items)) for step in steps))
    assert found(UnionOf(steps[0]).pairs(items)) == found(steps[0].pairs(items))


def test_large_blocks_are_linked_and_noted():
    items = Items(range(50), {"name": ["a"] * 40 + ["b"] * 10})
    pairs = Blocking("name", clique=20, leaders=2).pairs(items, threads=2)
    assert len(pairs) == 39 + 38 + 45
    assert len(pairs.notes) == 1
    assert pairs.notes[0].startswith("blocks of name with more than 20 items were linked")
    assert "more than 20" in UnionOf([Blocking("name", clique=20), Blocking("name")]).pairs(items).notes[0]
    again = Blocking("name", clique=20, leaders=2).pairs(items, threads=1)
    assert found(again) == found(pairs)


@pytest.mark.parametrize(
    "key", [("name", 0), ("name", 1.5), (), ("name", ("town", 0)), 7, None, str, ("name", "town", 3)]
)
def test_bad_keys(key):
    for step in (Blocking, SortedNeighborhood):
        with pytest.raises(OptionError, match="key"):
            step(key)


def test_bad_options():
    with pytest.raises(OptionError, match="window must be an integer of at least 2"):
        SortedNeighborhood("name", window=1)
    with pytest.raises(OptionError, match="Tokens cannot be sorted by"):
        SortedNeighborhood(Tokens("name"))
    with pytest.raises(OptionError, match="shortest must be"):
        Tokens("name", 0)
    with pytest.raises(OptionError, match="clique must be"):
        Blocking("name", clique=0)
    with pytest.raises(OptionError, match="keys must name"):
        Blocking([])
    for steps in ([], [Blocking], ["name"], None):
        with pytest.raises(OptionError, match="steps must be candidate steps"):
            UnionOf(steps)


def test_what_does_not_fit_the_items():
    items = Items(["x"], {"name": ["a"]})
    for key in ("nam", ("nam", 2), ("name", "nam")):
        with pytest.raises(OptionError, match="unknown column 'nam'; did you mean 'name'"):
            Blocking(key).pairs(items)
    with pytest.raises(OptionError, match="unknown column 'nam'"):
        Blocking(Tokens("nam")).pairs(items)
    with pytest.raises(OptionError, match="for item 'x' the function gave 7"):
        SortedNeighborhood(lambda record: 7).pairs(items)
