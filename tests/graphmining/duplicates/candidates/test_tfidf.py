"""TF-IDF against scikit-learn's, nearest rows against the dense product."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer

from graphmining.duplicates.candidates import tfidf
from graphmining.duplicates.candidates.tfidf import TfidfNeighbors, nearest_rows, tfidf_matrix
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError

texts = st.lists(st.text("abB éß\n1_-", max_size=9), min_size=1, max_size=12)


def grams(text, unit, width):
    """The n-grams of a text by definition."""
    units = f" {' '.join(text.lower().split())} " if unit == "characters" else re.findall(r"\w+", text.lower())
    if not text.strip() or not units:
        return []
    width = min(width, len(units))
    return [tuple(units[at : at + width]) for at in range(len(units) - width + 1)]


@settings(max_examples=150, deadline=None)
@given(texts, st.sampled_from(["characters", "words"]), st.integers(1, 5), st.booleans())
def test_weights_are_those_of_scikit_learn(texts, unit, width, sublinear):
    matrix = tfidf_matrix(texts, unit=unit, width=width, sublinear=sublinear)
    assert matrix.has_canonical_format
    if not any(grams(text, unit, width) for text in texts):
        assert matrix.shape == (len(texts), 0)
        return
    vectorizer = TfidfVectorizer(analyzer=lambda text: grams(text, unit, width), sublinear_tf=sublinear)
    theirs = vectorizer.fit_transform(texts).toarray()
    assert matrix.shape == theirs.shape
    assert np.allclose(matrix.toarray() @ matrix.toarray().T, theirs @ theirs.T)
    # The same columns in another order.
    assert np.allclose(*(sorted(map(tuple, each.T.round(9))) for each in (matrix.toarray(), theirs)))


def test_default_widths():
    for unit, width in (("characters", 3), ("words", 1)):
        default, explicit = (tfidf_matrix(["ab cd", "cd ef"], unit=unit, width=each) for each in (None, width))
        assert (default != explicit).nnz == 0


def test_no_texts():
    assert tfidf_matrix([]).shape == (0, 0)
    with pytest.raises(OptionError, match="not one str"):
        tfidf_matrix("text")


@st.composite
def matrices(draw):
    """Small integers: sums are exact, ties are many."""
    n, m, d = draw(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 6)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return [rng.integers(1, 4, (rows, d)) * (rng.random((rows, d)) < draw(st.floats(0, 1))) for rows in (n, m)]


def by_sorting(product, k, floor):
    """The k largest entries of each row: positions and values."""
    neighbors, similarities = np.full((len(product), k), -1), np.zeros((len(product), k))
    for i, row in enumerate(product):
        order = [j for j in np.argsort(-row, kind="stable") if row[j] > 0 and row[j] >= floor][:k]
        neighbors[i, : len(order)], similarities[i, : len(order)] = order, row[order]
    return neighbors, similarities


@settings(max_examples=200, deadline=None)
@given(matrices(), st.integers(1, 15), st.sampled_from([0, 0.25, 1]), st.integers(1, 20), st.booleans())
def test_nearest_rows_are_the_largest_products(both, k, floor, block, scaled):
    one, two = (each / 8 if scaled else each.astype(float) for each in both)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfidf, "_BLOCK", block)
        found = nearest_rows(csr_array(one), csr_array(two), k=k, floor=floor)
        within = nearest_rows(csr_array(one), k=k, floor=floor)
    for ours, theirs in zip(found, by_sorting(one @ two.T, k, floor)):
        assert np.array_equal(ours, theirs)
    products = one @ one.T
    np.fill_diagonal(products, 0)
    for ours, theirs in zip(within, by_sorting(products, k, floor)):
        assert np.array_equal(ours, theirs)


def some_texts(n):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefgh"), rng.integers(2, 7))) for _ in range(60)]
    return [" ".join(rng.choice(words, rng.integers(0, 6))) for _ in range(n)]


def test_threads_do_not_matter_and_similarity_is_symmetric():
    matrix = tfidf_matrix(some_texts(300))
    once = nearest_rows(matrix, k=300, threads=1)
    for threads in (2, 5):
        assert all(map(np.array_equal, once, nearest_rows(matrix, k=300, threads=threads)))
    products = np.zeros((300, 300))
    for i, (neighbors, similarities) in enumerate(zip(*once)):
        products[i, neighbors[neighbors >= 0]] = similarities[neighbors >= 0]
    assert np.array_equal(products, products.T)


def test_unordered_and_repeated_entries_add_up():
    messy = csr_array((np.array([1.0, 2, 3, 0]), np.array([1, 0, 1, 0]), np.array([0, 3, 4])), shape=(2, 2))
    neighbors, similarities = nearest_rows(messy, csr_array([[1, 10]]))
    assert neighbors[:, 0].tolist() == [0, -1]
    assert similarities[:, 0].tolist() == [42, 0]
    assert messy.nnz == 4


def neighbor_sets(texts, lists, k, floor):
    """Pairs by the dense product of scikit-learn's matrix."""
    theirs = TfidfVectorizer(analyzer=lambda text: grams(text, "characters", 3)).fit_transform(texts)
    products = np.asarray((theirs @ theirs.T).todense())
    apart = ~np.eye(len(texts), dtype=bool) if lists is None else lists[:, None] != lists
    products = np.where(apart & (products > 1e-12) & (products >= floor), products, 0)
    pairs = set()
    for i, row in enumerate(products):
        for j in np.flatnonzero(row):
            # Sums in another order may differ: the k-th has to be clear of ties.
            if (row > row[j] + 1e-9).sum() < k:
                pairs.add((min(i, j), max(i, j)))
    return pairs


@pytest.mark.parametrize("two", [False, True])
def test_pairs_of_items(two):
    texts = list(dict.fromkeys(some_texts(80)))
    lists = np.arange(len(texts)) % 2 if two else None
    items = Items(range(len(texts)), {"name": texts}, lists=None if lists is None else lists.astype(np.int8))
    for k, floor in ((1, 0), (4, 0), (60, 0.3)):
        pairs = TfidfNeighbors(k, floor=floor).pairs(items)
        found = set(zip(pairs.left.tolist(), pairs.right.tolist()))
        assert found <= neighbor_sets(texts, lists, k, floor)
        assert len(found) > 10
        # Ties aside all of them.
        clear = TfidfNeighbors(k + 5, floor=floor).pairs(items)
        assert neighbor_sets(texts, lists, k, floor) <= set(zip(clear.left.tolist(), clear.right.tolist()))


def test_columns_make_the_text():
    items = Items(range(3), {"name": ["red wine", "red wine", None], "place": ["here", "there", "red wine"]})
    pairs = TfidfNeighbors(unit="words", columns="name").pairs(items)
    assert (pairs.left.tolist(), pairs.right.tolist()) == ([0], [1])
    assert len(TfidfNeighbors(unit="words", columns=("name", "place")).pairs(items)) == 3


def test_a_matrix_is_computed_once(monkeypatch):
    items = Items(range(2), {"name": ["a", "b"]})
    first = tfidf.item_matrix(items, "words", None, None, False)
    assert tfidf.item_matrix(items, "words", 1, None, False) is first
    assert tfidf.item_matrix(items, "words", 2, None, False) is not first
    assert tfidf.item_matrix(Items(range(2), {"name": ["a", "b"]}), "words", 2, None, False) is not first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k must be an integer of at least 1, not 0"),
        ({"floor": 2}, "floor must be a number from 0 to 1, not 2"),
        ({"floor": "high"}, "floor must be a number from 0 to 1, not 'high'"),
        ({"unit": "word"}, "unknown unit 'word'; did you mean 'words'"),
        ({"width": 0}, "width must be an integer"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        TfidfNeighbors(**options)


def test_unknown_column():
    items = Items(range(1), {"name": ["a"]})
    with pytest.raises(OptionError, match="unknown column 'nam'; did you mean 'name'"):
        TfidfNeighbors(columns="nam").pairs(items)


def test_bad_matrices():
    for entry in (-1, np.nan, np.inf):
        with pytest.raises(OptionError, match="finite and not negative"):
            nearest_rows(csr_array([[1, entry]]))
    with pytest.raises(OptionError, match="have 2 and 3 columns"):
        nearest_rows(csr_array([[1, 2]]), csr_array([[1, 2, 3]]))
