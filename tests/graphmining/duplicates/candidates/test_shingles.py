"""Shingle sets against sets of tuples and strings in plain Python."""

import gc
import random
import unicodedata
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.candidates import shingles
from graphmining.duplicates.candidates.shingles import exact_groups, shingle_sets, shingles_of
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError

# Letters of one to four bytes, some of which fold; separators of one to three; a combining mark; lone surrogates.
LETTERS = "aAbB1zÄäßẞΣσςİıЖжあ漢é̈𝒳𐐀😀\ud800\udfff\u200d"
SEPARATORS = " \t\n\0_-.'\u00a0\u2003\u3000\u2019„–。\x85"
some_texts = st.lists(st.one_of(st.text(LETTERS + SEPARATORS), st.text(st.characters())), max_size=8)


def fold(character):
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1 and ord(character) < 2**16:
            return folded
    return character


def separates(character):
    if character.isascii():
        return not character.isalnum()
    category = unicodedata.category(character)
    return ord(character) < 2**16 and (category[0] in "PZ" or category == "Cc")


def python_shingles(text, unit, width):
    if unit == "words":
        units = "".join(" " if separates(c) else fold(c) for c in text).split(" ")
        units = [word for word in units if word]
    else:
        # Ideographic space and the like are white space to str.split too.
        units = list(" ".join("".join(map(fold, text)).split()))
    if 0 < len(units) <= width:
        return {tuple(units)}
    return {tuple(units[i : i + width]) for i in range(len(units) - width + 1)} if units else set()


def rows(sets):
    return [sets.hashes[start:stop].tolist() for start, stop in zip(sets.indptr, sets.indptr[1:])]


@pytest.mark.parametrize("unit", ["words", "characters"])
@given(texts=some_texts, width=st.integers(1, 4))
@settings(deadline=None, max_examples=150)
def test_sets_are_those_of_python(unit, texts, width):
    sets = shingle_sets(texts, unit=unit, width=width)
    expected = [python_shingles(text, unit, width) for text in texts]
    assert sets.sizes.tolist() == [len(each) for each in expected]
    found = rows(sets)
    assert all(row == sorted(set(row)) for row in found)
    for row, each in zip(found, expected):
        for other_row, other in zip(found, expected):
            assert len(set(row) & set(other_row)) == len(each & other)


@pytest.mark.parametrize("options", [{}, {"unit": "characters"}, {"width": 1}])
def test_the_same_whatever_the_batch_and_threads(options, monkeypatch):
    draw = random.Random(1)
    texts = ["".join(draw.choices(LETTERS + SEPARATORS, k=draw.randrange(60))) for _ in range(300)]
    alone = [row for text in texts for row in rows(shingle_sets([text], threads=1, **options))]
    monkeypatch.setattr(shingles, "_BATCH", 100)
    for threads in (1, 2, 5):
        assert rows(shingle_sets(texts, threads=threads, **options)) == alone


def test_hashes_are_uniform():
    words = shingle_sets([" ".join(map(str, range(100_000)))], width=1).hashes
    assert len(words) > 99_990  # about one collision is expected
    for bits in (words >> 24, words & 255):
        counts = np.bincount(bits, minlength=256)
        assert ((counts - len(words) / 256) ** 2 / (len(words) / 256)).sum() < 255 + 6 * np.sqrt(2 * 255)


def test_long_texts():
    """Longer than a batch; many repetitions; words longer than any."""
    long = "x" * 3_000_000
    sets = shingle_sets([long, "ab " * 500_000, long + "y", "ab"], width=1)
    assert sets.sizes.tolist() == [1, 1, 1, 1]
    assert sets.hashes[1] == sets.hashes[3]
    assert len(set(sets.hashes.tolist())) == 3


def test_nothing():
    assert len(shingle_sets([])) == 0
    assert shingle_sets(["", " \n", "—"]).sizes.tolist() == [0, 0, 0]
    assert exact_groups(shingle_sets([])).tolist() == []


def test_defaults():
    assert shingle_sets(["a b c d"]).sizes.tolist() == [2]
    assert shingle_sets(["abcdef"], unit="characters").sizes.tolist() == [2]


@pytest.mark.parametrize("one_fingerprint", [False, True])
def test_exact_groups(one_fingerprint, monkeypatch):
    draw = random.Random(2)
    texts = [" ".join(draw.choices("abc", k=draw.randrange(4))) for _ in range(200)]
    if one_fingerprint:  # then contents decide
        monkeypatch.setattr(shingles, "_fingerprints", lambda indptr, hashes, prints: prints.fill(0))
    first, seen = [], {}
    for i, text in enumerate(texts):
        key = frozenset(python_shingles(text, "words", 2))
        first.append(seen.setdefault(key, i) if key else i)
    assert exact_groups(shingle_sets(texts, width=2)).tolist() == first


def test_kept_as_long_as_the_items():
    items = Items(range(2), {"text": ["a b c d", None]})
    sets = shingles_of(items)
    assert shingles_of(items, width=3) is sets
    assert shingles_of(items, width=1) is not sets
    assert sets.sizes.tolist() == [2, 0]
    gone = weakref.ref(items)
    del items
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        (["a"], {"unit": "word"}, "unknown unit 'word'; did you mean 'words'"),
        (["a"], {"width": 0}, "width must be a positive integer, not 0"),
        (["a"], {"width": 1.5}, "width must be a positive integer"),
        (["a"], {"threads": 0}, "threads must be"),
        ("a b", {}, "not one str"),
        (["a", b"b"], {}, "text 1 is bytes, not str"),
        (["a", None], {}, "text 1 is NoneType, not str"),
    ],
)
def test_bad_input(texts, options, message):
    with pytest.raises(OptionError, match=message):
        shingle_sets(texts, **options)
