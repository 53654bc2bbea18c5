"""Constrained decoding against enumeration of all tag sequences."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossner.data.spans import is_orphan
from crossner.tagging.decoding import decode_iob2

TAGS = ["O", "B-song", "I-song", "B-band", "I-band"]


def well_formed(sequence):
    return not any(is_orphan(tag, before) for before, tag in zip(("O", *sequence), sequence, strict=False))


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_finds_the_best_well_formed_sequence(seed, lengths):
    lengths = sorted(lengths, reverse=True)
    scores = np.random.default_rng(seed).normal(size=(sum(lengths), len(TAGS)))
    start = 0
    for path, length in zip(decode_iob2(scores, lengths, TAGS), lengths, strict=True):
        own = scores[start : start + length]
        start += length
        best = max(
            (p for p in product(range(len(TAGS)), repeat=length) if well_formed([TAGS[i] for i in p])),
            key=lambda p: own[range(length), p].sum(),
        )
        assert tuple(path) == best


@pytest.mark.parametrize("order", [TAGS, TAGS[::-1]])
def test_the_order_of_tags_does_not_matter(order):
    scores = {"O": 0.0, "B-song": 1.0, "I-song": 2.0, "B-band": 1.5, "I-band": 1.9}
    row = np.array([[scores[tag] for tag in order]] * 2)
    # The first token must open: B-band 1.5 + I-band 1.9 beats B-song 1.0 + I-song 2.0.
    assert [order[i] for i in decode_iob2(row, [2], order)[0]] == ["B-band", "I-band"]
