"""Edit distances: against the textbook's dynamic programme."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphmining import EditDistance
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.edits import MEASURES
from graphmining.errors import OptionError


def edits(one, other):
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1]


def score(measure, one, other, **options):
    items = Items(range(2), {"name": [one, other]})
    return EditDistance(measure, **options).score(items, Pairs.make([0], [1]))[0]


@given(st.text("abc", min_size=1, max_size=8), st.text("abc", min_size=1, max_size=8))
def test_levenshtein(one, other):
    assert score("levenshtein", one, other) == pytest.approx(1 - edits(one, other) / max(len(one), len(other)))


@pytest.mark.parametrize("measure", MEASURES)
def test_all_measures(measure):
    assert score(measure, "Ada  Lovelace", "ada lovelace!") == 1
    assert score(measure, "Ada Lovelace", "") == 0
    assert score(measure, None, None) == 0
    assert 0 < score(measure, "Ada Lovelace", "Adda Lovelaze") < 1


def test_what_each_is_for():
    assert score("damerau-levenshtein", "abcd", "abdc") > score("levenshtein", "abcd", "abdc")
    assert score("token-sort", "Lovelace, Ada", "Ada Lovelace") == 1
    assert score("token-set", "Ada Lovelace", "Ada King Lovelace") == 1
    # Jaro and Winkler's own example: https://doi.org/10.1080/01621459.1989.10478785
    assert score("jaro-winkler", "martha", "marhta") == pytest.approx(0.9611, abs=1e-4)


def test_one_column():
    items = Items(range(2), {"name": ["ada", "bob"], "town": ["Ulm", "Ulm"]})
    pairs = Pairs.make([0], [1])
    assert EditDistance(column="town").score(items, pairs).tolist() == [1]
    assert EditDistance(column="name").score(items, pairs)[0] < 0.5
    np.testing.assert_array_equal(
        EditDistance().score(items, pairs, threads=1), EditDistance().score(items, pairs, threads=2)
    )


def test_bad_options():
    with pytest.raises(OptionError, match="unknown measure 'lewenstein'; did you mean 'levenshtein'"):
        EditDistance("lewenstein")
    with pytest.raises(OptionError, match="unknown column 'nmae'; did you mean 'name'"):
        score("levenshtein", "a", "b", column="nmae")
