"""Jaccard similarity against Python's sets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates.shingles import shingle_sets
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.jaccard import Jaccard, jaccard
from graphmining.errors import OptionError

some_sets = st.lists(st.frozensets(st.sampled_from("abcdefghij")), min_size=1, max_size=8)


@given(some_sets, st.sampled_from([1, 2, 3]))
@settings(deadline=None, max_examples=200)
def test_scores_are_those_of_sets(sets, threads):
    left, right = (grid.ravel() for grid in np.indices((len(sets), len(sets))))
    expected = [len(sets[i] & sets[j]) / (len(sets[i] | sets[j]) or 1) for i, j in zip(left, right)]
    texts = [" ".join(words) for words in sets]
    np.testing.assert_array_equal(jaccard(shingle_sets(texts, width=1), left, right, threads=threads), expected)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Jaccard(), [1 / 3, 0, 0]),
        (Jaccard(width=1), [3 / 5, 0, 0]),
        (Jaccard("characters", 1), [10 / 12, 0, 0]),
    ],
)
def test_score_step(step, expected):
    items = Items(range(4), {"text": ["One two, three FOUR", "one two three. rouf", "", ""]})
    pairs = Pairs.make([0, 0, 2], [1, 2, 3])
    np.testing.assert_array_equal(step.score(items, pairs), expected)


def test_no_pairs():
    assert jaccard(shingle_sets([]), [], []).shape == (0,)


@pytest.mark.parametrize(
    ("options", "message"), [({"unit": "x"}, "unknown unit"), ({"width": 0}, "width must be")]
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        Jaccard(**options)
