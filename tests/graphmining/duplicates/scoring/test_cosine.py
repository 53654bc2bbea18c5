"""Cosines of pairs against scikit-learn's and numpy's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from graphmining.duplicates.candidates.tfidf import tfidf_matrix
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.errors import OptionError


def all_pairs(n):
    return Pairs.make(*np.triu_indices(n, 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("ab c", max_size=8), min_size=2, max_size=8),
    st.sampled_from(["characters", "words"]),
    st.booleans(),
)
def test_texts(texts, unit, sublinear):
    items, pairs = Items(range(len(texts)), {"text": texts}), all_pairs(len(texts))
    scores = Cosine(unit=unit, sublinear=sublinear).score(items, pairs)
    dense = tfidf_matrix(texts, unit=unit, sublinear=sublinear).toarray()
    assert np.allclose(scores, (dense @ dense.T)[pairs.left, pairs.right])
    assert scores.max() <= 1
    same = np.array([texts[i] == texts[j] and texts[i].strip() != "" for i, j in zip(pairs.left, pairs.right)])
    assert (scores[same] > 1 - 1e-12).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(2, 8))
def test_vectors(seed, width, n):
    vectors = np.random.default_rng(seed).integers(-2, 3, (n, width)).astype(np.float32)
    pairs = all_pairs(n)
    scores = Cosine().score(Items(range(n), {}, vectors), pairs)
    assert np.allclose(scores, np.maximum(cosine_similarity(vectors.astype(float)), 0)[pairs.left, pairs.right])
    assert scores.max() <= 1


def test_threads_do_not_matter():
    rng = np.random.default_rng(0)
    items = Items(range(200), {}, rng.normal(size=(200, 17)).astype(np.float32))
    pairs = all_pairs(200)
    assert np.array_equal(Cosine().score(items, pairs, threads=1), Cosine().score(items, pairs, threads=3))


def test_columns():
    items = Items(range(2), {"name": ["red", "red"], "place": ["here", None]})
    assert Cosine(columns=("name",)).score(items, all_pairs(2)) == pytest.approx(1)
    assert Cosine().score(items, all_pairs(2)) < 1


def test_no_pairs():
    items = Items(range(1), {"text": ["a"]})
    assert Cosine().score(items, Pairs.make([], [])).shape == (0,)


def test_bad_options():
    with pytest.raises(OptionError, match="unknown unit"):
        Cosine(unit="letters")
    with pytest.raises(OptionError, match="unknown column 'b'"):
        Cosine(columns="b").score(Items(range(2), {"a": ["x", "y"]}), all_pairs(2))
