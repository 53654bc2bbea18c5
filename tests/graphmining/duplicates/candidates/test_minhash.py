"""MinHash against exact similarity and the closed form of its collisions."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates.minhash import MinHashLSH, band_keys, lsh_shape, minhash_signatures
from graphmining.duplicates.candidates.shingles import shingle_sets
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError


def pairs_of_sets(similarity, count, size, seed=0):
    """Texts 2i and 2i + 1 share so many of their words that their Jaccard similarity is as asked."""
    shared = round(2 * size * similarity / (1 + similarity))
    assert shared / (2 * size - shared) == pytest.approx(similarity)
    draw = random.Random(seed)
    texts = []
    for _ in range(count):
        words = [f"{draw.getrandbits(60):x}" for _ in range(2 * size - shared)]
        texts += [" ".join(words[:size]), " ".join(words[-size:])]
    return texts


def as_set(pairs):
    return set(zip(pairs.left.tolist(), pairs.right.tolist()))


@pytest.mark.parametrize(
    ("similarity", "size"), [(0.25, 5), (0.5, 3), (0.5, 30), (0.8, 9), (0.8, 90), (1 / 3, 300)]
)
def test_estimates_are_binomial(similarity, size):
    signatures = minhash_signatures(shingle_sets(pairs_of_sets(similarity, 200, size), width=1), permutations=256)
    agreements = (signatures[::2] == signatures[1::2]).sum(axis=1)
    variance = 256 * similarity * (1 - similarity)
    assert abs(agreements.mean() - 256 * similarity) < 5 * np.sqrt(variance / 200)
    # The variance of a sample of 200 from a binomial distribution is this near to the true one.
    assert agreements.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / 200))


def test_each_permutation_is_as_good():
    signatures = minhash_signatures(shingle_sets(pairs_of_sets(0.5, 1000, 30), width=1), seed=5)
    agreements = (signatures[::2] == signatures[1::2]).sum(axis=0)
    assert np.abs(agreements - 500).max() < 5 * np.sqrt(250)


@pytest.mark.parametrize(("bands", "rows"), [(1, 1), (4, 3), (16, 6)])
@pytest.mark.parametrize(("similarity", "size"), [(0.5, 30), (0.8, 45)])
def test_collisions_follow_the_s_curve(bands, rows, similarity, size):
    count = 1500
    keys = band_keys(shingle_sets(pairs_of_sets(similarity, count, size), width=1), bands=bands, rows=rows)
    found = (keys[:, ::2] == keys[:, 1::2]).any(axis=0).sum()
    expected = 1 - (1 - similarity**rows) ** bands
    assert abs(found - count * expected) < 5 * np.sqrt(count * expected * (1 - expected)) + 1e-9


@given(st.floats(0.05, 0.99), st.floats(0.05, 0.99), st.integers(1, 300))
def test_shape(similarity, recall, permutations):
    def least_bands(rows):
        return next(b for b in range(1, permutations + 2) if b > permutations or reaches(b, rows))

    def reaches(bands, rows):
        return 1 - (1 - similarity**rows) ** bands >= recall - 1e-12

    if not reaches(permutations, 1):
        with pytest.raises(OptionError, match="permutations or more"):
            lsh_shape(similarity, recall=recall, permutations=permutations)
        return
    bands, rows = lsh_shape(similarity, recall=recall, permutations=permutations)
    assert bands * rows <= permutations
    assert reaches(bands, rows)
    assert bands == 1 or not reaches(bands - 1, rows)
    assert least_bands(rows + 1) * (rows + 1) > permutations


def test_shape_of_equal_sets():
    assert lsh_shape(1, permutations=64) == (1, 64)


@pytest.mark.parametrize(("bands", "rows"), [(1, 1), (5, 4)])
def test_keys_are_equal_where_signatures_are(bands, rows):
    draw = random.Random(0)
    sets = shingle_sets([" ".join(draw.choices("abcdef", k=6)) for _ in range(300)], width=1)
    signatures = minhash_signatures(sets, permutations=bands * rows, seed=2).reshape(300, bands, rows)
    keys = band_keys(sets, bands=bands, rows=rows, seed=2)
    equal = (signatures[:, None] == signatures[None]).all(axis=3)
    np.testing.assert_array_equal(equal, (keys.T[:, None] == keys.T[None]))


@given(st.lists(st.text("ab c", max_size=12), max_size=10), st.integers(0, 2**70))
@settings(deadline=None, max_examples=50)
def test_rows_depend_on_text_and_seed_only(texts, seed):
    sets = shingle_sets(texts)
    signatures = minhash_signatures(sets, permutations=10, seed=seed, threads=1)
    keys = band_keys(sets, bands=3, rows=2, seed=seed, threads=1)
    np.testing.assert_array_equal(signatures, minhash_signatures(sets, permutations=10, seed=seed, threads=2))
    np.testing.assert_array_equal(keys, band_keys(sets, bands=3, rows=2, seed=seed, threads=2))
    np.testing.assert_array_equal(signatures[:, :7], minhash_signatures(sets, permutations=7, seed=seed))
    for i, text in enumerate(texts):
        one = shingle_sets([text])
        np.testing.assert_array_equal(signatures[i], minhash_signatures(one, permutations=10, seed=seed)[0])
        np.testing.assert_array_equal(keys[:, i], band_keys(one, bands=3, rows=2, seed=seed)[:, 0])
    other = minhash_signatures(sets, permutations=10, seed=seed + 1)
    assert (other != signatures)[sets.sizes > 0].any(axis=1).all()
    assert (signatures[sets.sizes == 0] == 2**32 - 1).all()


def test_pairs_of_similar_texts():
    texts = pairs_of_sets(0.8, 500, 45)
    items = Items(range(1000), {"text": texts})
    step = MinHashLSH(width=1, similarity=0.8, recall=0.95)
    found = as_set(step.pairs(items, threads=1))
    truth = {(2 * i, 2 * i + 1) for i in range(500)}
    assert len(found & truth) > 500 * 0.95 - 5 * np.sqrt(500 * 0.95 * 0.05)
    assert len(found - truth) < 5  # the others have nothing in common
    assert as_set(step.pairs(items, threads=2)) == found
    assert as_set(step.pairs(items, seed=1)) != found


def test_pairs_between_lists_only():
    texts = [f"a b c d {i}" for i in range(100)]
    lists = np.array([0] * 30 + [1] * 70, np.int8)
    items = Items(range(100), {"text": texts}, lists=lists)
    pairs = MinHashLSH(clique=100, bands=50, rows=1).pairs(items)
    assert as_set(pairs) == {(i, j) for i in range(30) for j in range(30, 100)}
    capped = MinHashLSH(bands=50, rows=1, leaders=2).pairs(items)
    assert as_set(capped) < as_set(pairs)
    assert set(capped.left.tolist()) | set(capped.right.tolist()) == set(range(100))
    assert "were linked through 2 leaders each" in capped.notes[0]


def test_many_equal_texts_are_linked_to_the_first():
    texts = ["", "x y z", *["a b c d e f g h"] * 40, "a b c d e f g", ""]
    pairs = MinHashLSH(bands=50, rows=1).pairs(Items(range(len(texts)), {"text": texts}))
    assert as_set(pairs) == {(2, i) for i in range(3, 43)}
    assert pairs.notes == (
        "39 texts that equal an earlier one, in groups of more than 32, were linked to the first of each only",
    )


def test_many_equal_texts_in_two_lists():
    same, like, lone = "a b c d e f g h", "a b c d e f g", "i j k l"
    texts = [same] * 40 + [lone] * 40 + [like, same, same, like]
    lists = np.array([0] * 80 + [0, 1, 1, 1], np.int8)
    pairs = MinHashLSH(bands=50, rows=1).pairs(Items(range(84), {"text": texts}, lists=lists))
    firsts = {(0, 41 + 40), (0, 83), (80, 81), (80, 83)}
    assert as_set(pairs) == firsts | {(i, 81) for i in range(1, 40)} | {(0, 82)}


@pytest.mark.parametrize("texts", [[], ["a b c"], [""], ["", "", ""], ["a b c", "\ud800"]])
def test_no_pairs(texts):
    assert len(MinHashLSH().pairs(Items(range(len(texts)), {"text": texts}))) == 0


def test_lone_surrogates_are_letters():
    items = Items(range(3), {"text": ["a \ud800b", "A  \ud800B", "a \ud801b"]})
    assert as_set(MinHashLSH().pairs(items)) == {(0, 1)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "letters"}, "unknown unit"),
        ({"width": -1}, "width must be"),
        ({"similarity": 0}, "similarity must be above 0 and at most 1, not 0"),
        ({"similarity": "high"}, "similarity must be"),
        ({"recall": float("nan")}, "recall must be"),
        ({"recall": 1}, "recall must be below 1"),
        ({"permutations": 0}, "permutations must be a positive integer"),
        ({"similarity": 0.01}, "recall 0.95 at similarity 0.01 takes 299 permutations or more"),
        ({"bands": 3}, "bands and rows must be given together"),
        ({"bands": 3, "rows": 0}, "rows must be a positive integer"),
        ({"clique": 0}, "clique must be"),
        ({"leaders": 0}, "leaders must be"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        MinHashLSH(**options)
