"""Comparisons of fields against scikit-learn and plain Python."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from graphmining.duplicates.columns import guess_columns
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.fields import WHOLE, compare_fields, plain

values = st.none() | st.lists(
    st.sampled_from(["red", "Red", "wine", "tea", "b12", "12", "x-7", "…"]), max_size=4
).map(" ".join)
tables = st.integers(2, 7).flatmap(
    lambda n: st.fixed_dictionaries({name: st.lists(values, min_size=n, max_size=n) for name in ("a", "b")})
)


def all_pairs(n):
    return Pairs.make(*np.triu_indices(n, 1))


def columns_of(fields, pairs=None, **options):
    n = len(next(iter(fields.values())))
    compared = compare_fields(Items(range(n), fields), all_pairs(n) if pairs is None else pairs, **options)
    return dict(zip(compared.names, compared.values.T))


def same(one, other):
    return np.allclose(one, other, equal_nan=True, atol=1e-9)


def cosines(texts, pairs):
    """TF-IDF of 3-grams, by scikit-learn; texts of which there is none are missing."""
    padded = [f" {text} " if text else "" for text in texts]
    matrix = TfidfVectorizer(analyzer=lambda text: [text[at : at + 3] for at in range(len(text) - 2)]).fit(padded)
    rows = matrix.transform(padded).toarray()
    found = (rows[pairs.left] * rows[pairs.right]).sum(axis=1)
    missing = np.array([not texts[a] or not texts[b] for a, b in zip(pairs.left, pairs.right)])
    return np.where(missing, np.nan, found)


def shares(rows, pairs):
    """Weight of common words by that of the row with less."""
    rows = [set(row) for row in rows]
    weight = {word: math.log(1 + len(rows) / sum(word in row for row in rows)) for row in rows for word in row}
    found = []
    for a, b in zip(pairs.left, pairs.right):
        least = min(sum(map(weight.get, rows[a])), sum(map(weight.get, rows[b])))
        found.append(sum(map(weight.get, rows[a] & rows[b])) / least if least else math.nan)
    return np.array(found)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_texts_and_their_parts(fields):
    n = len(fields["a"])
    pairs = all_pairs(n)
    kinds = guess_columns(fields)
    used = {name: [plain(value) for value in fields[name]] for name in fields if kinds[name] in ("string", "text")}
    if len(used) < len(fields):  # what is left out, or compared in other ways, is tested below
        return
    expected = {}
    for name, texts in used.items():
        expected[name] = cosines(texts, pairs) if any(texts) else np.full(len(pairs), np.nan)
        expected[f"{name}: numbers"] = shares([re.findall(r"\d+", text) for text in texts], pairs)
        expected[f"{name}: codes"] = shares([re.findall(r"\w*\d\w*", text) for text in texts], pairs)
    whole = [" ".join(filter(None, row)) for row in zip(*used.values())]
    expected[WHOLE] = cosines(whole, pairs) if any(whole) else np.full(len(pairs), np.nan)
    expected[f"{WHOLE}: words"] = shares([text.split() for text in whole], pairs)
    expected = {name: column for name, column in expected.items() if np.isnan(column).mean() <= 0.95}
    found = columns_of(fields)
    assert list(found) == list(expected)
    for name, column in expected.items():
        assert same(found[name], column), name


@settings(max_examples=30, deadline=None)
@given(tables, st.integers(0, 10**6))
def test_pairs_are_compared_one_by_one(fields, seed):
    n = len(fields["a"])
    pairs = all_pairs(n)
    order = np.random.default_rng(seed).permutation(len(pairs))
    shuffled = Pairs(pairs.left[order], pairs.right[order])
    turned = Pairs(pairs.right, pairs.left)
    found, other, mirrored = columns_of(fields), columns_of(fields, shuffled), columns_of(fields, turned)
    assert list(found) == list(other) == list(mirrored)
    for name, column in found.items():
        known = column[~np.isnan(column)]
        assert ((known >= 0) & (known <= 1)).all()
        assert same(column[order], other[name])
        assert same(column, mirrored[name])


def test_equal_values_are_equal():
    found = columns_of(
        {"a": ["Red Wine", "red wine.", "tea"], "b": ["p. 12", "P 12", "13"], "c": ["7", " 7", "9"]}
    )
    for name, column in found.items():
        assert column[0] == pytest.approx(1), name


@pytest.mark.parametrize(
    ("one", "other", "closeness"),
    [
        ("10", "8", 0.8),
        ("$1,200.50", "1200.5", 1),
        ("€ 5", "-5", 0),
        ("-4", "-5", 0.8),
        ("-73.5", "73.5", 0),
        ("0", "0.0", 1),
        ("0", "5", 0),
        ("3,50", "3.5", 1),
        (".5", "0.25", 0.5),
        ("1e3", "1000", 1),
        ("12 %", "6%", 0.5),
        ("5", None, math.nan),
        ("1e999", "5", math.nan),
    ],
)
def test_quantities(one, other, closeness):
    # Further values, so that the column is one of numbers.
    fields = {"a": [one, other, *map(str, range(100, 160, 2))], "b": ["x", "y", *["z"] * 30]}
    assert guess_columns(fields)["a"] == "number"
    for row in ((0, 1), (1, 0)):
        pair = Pairs(np.array([row[0], *range(2, 12)]), np.array([row[1], *range(12, 22)]))
        assert same(columns_of(fields, pair)["a"][0], closeness)


def test_columns_that_tell_nothing_are_left_out():
    n = 40
    words = [f"w{at % 7}" for at in range(n)]
    fields = {"id": [str(at) for at in range(n)], "same": ["x"] * n, "none": [None] * n, "word": words}
    assert {name.split(":")[0] for name in columns_of(fields)} == {"word", WHOLE}
    # Compared in one of 45 pairs: too rare.
    rare = {"word": words[:10], "rare": ["p", "q", *[None] * 8]}
    assert "rare" not in columns_of(rare)
    assert columns_of(rare, Pairs.make([0], [1]))["rare"][0] < 1


def test_nothing():
    empty = {"a": [None, None], "b": ["", "!"]}
    assert columns_of(empty) == {}
    compared = compare_fields(Items(range(2), {}), all_pairs(2))
    assert compared.values.shape == (1, 0)
    compared = compare_fields(Items(range(2), {"a": ["x y", "z"]}), Pairs.make([], []))
    assert compared.values.shape == (0, len(compared.names))
    assert WHOLE in compared.names


def test_years_are_compared_by_their_digits_only_once():
    found = columns_of({"born": ["1815", "1815", "1912"], "name": ["ada", "bob", "cy"]})
    assert "born: numbers" not in found
    assert found["born"][0] == pytest.approx(1)


def test_threads_do_not_matter():
    rng = np.random.default_rng(0)
    fields = {name: [" ".join(rng.choice(["red", "x1", "12"], 3)) for _ in range(60)] for name in "ab"}
    one, three = columns_of(fields, threads=1), columns_of(fields, threads=3)
    assert all(np.array_equal(one[name], three[name], equal_nan=True) for name in one)
