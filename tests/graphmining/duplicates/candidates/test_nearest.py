"""The nearest of many candidates, against sorting all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphmining import Cosine, MinHashLSH, NearestOf, near_duplicates
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import OptionError


class Given:
    """A candidate step, and a score, of which everything is known."""

    def __init__(self, pairs, values=None):
        self._pairs, self._values = pairs, values

    def pairs(self, items, *, seed=0, threads=None):
        return self._pairs

    def score(self, items, pairs, *, threads=None):
        return self._values


@given(st.data())
def test_against_sorting(data):
    n = data.draw(st.integers(2, 8))
    every = [(a, b) for a in range(n) for b in range(a + 1, n)]
    chosen = data.draw(st.lists(st.sampled_from(every), unique=True))
    pairs = Pairs.make([a for a, _ in chosen], [b for _, b in chosen])
    values = np.array(
        data.draw(st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), min_size=len(pairs), max_size=len(pairs)))
    )
    k = data.draw(st.integers(1, 4))
    found = NearestOf(Given(pairs), k, Given(pairs, values)).pairs(Items(range(n), {"text": ["x"] * n}))
    rows = list(zip(pairs.left.tolist(), pairs.right.tolist(), values.tolist()))
    expected = set()
    for item in range(n):
        own = sorted((row for row in rows if item in row[:2]), key=lambda row: -row[2])
        expected |= {row[:2] for row in own if len(own) <= k or row[2] >= own[k - 1][2]}
    assert set(zip(found.left.tolist(), found.right.tolist())) == expected


def test_duplicates_survive():
    texts, labels = near_duplicates(2_000)
    items = Items(range(len(texts)), {"text": texts})
    step = MinHashLSH(unit="characters", similarity=0.6)
    some, every = NearestOf(step, k=4).pairs(items), step.pairs(items)
    assert len(some) <= len(every)

    def planted(pairs):
        return int((labels[pairs.left] == labels[pairs.right]).sum())

    assert planted(some) == planted(every)  # clusters have five members at most
    assert NearestOf(step, score=Cosine()).score == Cosine()


def test_bad_option():
    with pytest.raises(OptionError, match="k must be an integer of at least 1"):
        NearestOf(MinHashLSH(), k=0)
