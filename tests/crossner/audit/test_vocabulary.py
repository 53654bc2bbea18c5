"""Vocabulary: the overlap is the mean over all ways of breaking ties."""

from collections import Counter
from itertools import combinations, product
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.audit.vocabulary import top_words, vocabulary_overlap, word_counts
from crossner.data.types import Domain, Sentence, Split


def domain(name, words):
    splits = [Split(split, (), "") for split in ("dev", "test")]
    return Domain(name, (), Split("train", (Sentence(tuple(words), ("O",) * len(words)),), ""), *splits)


def choices(counts, size):
    """All sets of the `size` most frequent words."""
    for words in combinations(counts, size):
        left = counts.keys() - words
        if not left or min(counts[word] for word in words) >= max(counts[word] for word in left):
            yield set(words)


words = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij"]), min_size=1, max_size=12)


@given(words, words, st.integers(1, 5))
@settings(deadline=None)
def test_the_overlap_is_the_mean_over_all_ways_of_breaking_ties(one, other, size):
    result = vocabulary_overlap([domain("one", one), domain("other", other)], size=size)
    n = min(size, len(set(one)), len(set(other)))
    ways = product(choices(Counter(one), n), choices(Counter(other), n))
    assert result["size"] == n
    overlap = pytest.approx(fmean(100 * len(a & b) / n for a, b in ways), abs=1e-3)
    assert result["overlap"] == [[100, overlap], [overlap, 100]]


@given(words, st.integers(1, 5))
def test_as_many_words_are_chosen_as_asked_for(words, size):
    size = min(size, len(set(words)))
    assert sum(top_words(Counter(words), size).values()) == pytest.approx(size)


def test_words_have_a_letter_and_are_no_stop_words():
    counts = word_counts(domain("d", ["The", "Band", "band", "1996", "1990s", ".", "Zürich"]), {"the"})
    assert counts == {"band": 2, "1990s": 1, "zürich": 1}


def test_text_without_words_shares_nothing():
    result = vocabulary_overlap([domain("a", ["1"]), domain("b", ["band"])])
    assert result["size"] == 0
    assert result["overlap"] == [[100, 0], [0, 100]]
