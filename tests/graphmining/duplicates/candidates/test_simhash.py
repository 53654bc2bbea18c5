"""SimHash against plain Python, the angle between sets, and enumeration of all pairs."""

import random
from itertools import combinations

import numpy as np
import pytest

from graphmining.duplicates.candidates.shingles import shingle_sets
from graphmining.duplicates.candidates.simhash import SimHashLSH, simhash
from graphmining.duplicates.items import Items
from graphmining.errors import OptionError

MASK = 2**64 - 1


def python_mix(state):
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def python_simhash(hashes, seed):
    state = python_mix((seed + 0x9E3779B97F4A7C15) & MASK)
    bits = [f"{python_mix(state ^ value):064b}" for value in hashes]
    return int("".join("1" if 2 * place.count("1") > len(bits) else "0" for place in zip(*bits)) or "0", 2)


def some_texts(count, seed=0):
    """Texts of three dozen words, most of them a changed copy of one before."""
    draw = random.Random(seed)
    texts = []
    for _ in range(count):
        words = (
            draw.choice(texts).split() if texts and draw.random() < 0.8 else draw.choices("abcdefghijklmnop", k=36)
        )
        for _ in range(draw.randrange(3)):
            words[draw.randrange(36)] = draw.choice("abcdefghijklmnop")
        texts.append(" ".join(words))
    return texts


@pytest.mark.parametrize("seed", [0, 1, 2**62 + 1])
def test_bits_are_those_of_python(seed):
    sets = shingle_sets([*some_texts(50), "", "a", "a b c d"])
    rows = [sets.hashes[start:stop].tolist() for start, stop in zip(sets.indptr, sets.indptr[1:])]
    expected = [python_simhash(row, seed) for row in rows]
    assert simhash(sets, seed=seed, threads=1).tolist() == expected
    assert simhash(sets, seed=seed, threads=2).tolist() == expected
    assert expected[50] == 0


def test_bits_differ_by_the_angle():
    draw = random.Random(0)
    texts = []
    for _ in range(500):
        words = [f"{draw.getrandbits(60):x}" for _ in range(300)]
        texts += [" ".join(words[:200]), " ".join(words[100:])]
    prints = simhash(shingle_sets(texts, width=1))
    share = np.bitwise_count(prints[::2] ^ prints[1::2]).mean() / 64
    # Cosine 1/2: 60 of 180 degrees. Bits are independent but for the sample of words.
    assert abs(share - 1 / 3) < 5 * np.sqrt(2 / 9 / 64 / 500)


@pytest.mark.parametrize("options", [{"distance": 0}, {}, {"distance": 6}, {"distance": 2, "blocks": 3}])
@pytest.mark.parametrize("two_lists", [False, True])
def test_all_pairs_within_the_distance(options, two_lists):
    texts = [*some_texts(150), "", ""]
    lists = np.arange(152, dtype=np.int8) % 2 if two_lists else None
    items = Items(range(152), {"text": texts}, lists=lists)
    prints = simhash(shingle_sets(texts), seed=4).tolist()
    expected = {
        (i, j)
        for i, j in combinations(range(150), 2)
        if (prints[i] ^ prints[j]).bit_count() <= options.get("distance", 3)
        and (not two_lists or lists[i] != lists[j])
    }
    assert len(expected) > 10
    for threads in (1, 2):
        pairs = SimHashLSH(clique=200, **options).pairs(items, seed=4, threads=threads)
        assert set(zip(pairs.left.tolist(), pairs.right.tolist())) == expected
        assert pairs.notes == ()


def test_many_equal_texts_are_linked_to_the_first():
    pairs = SimHashLSH().pairs(Items(range(100), {"text": ["a b c d e"] * 100}))
    assert set(zip(pairs.left.tolist(), pairs.right.tolist())) == {(0, i) for i in range(1, 100)}
    assert "99 texts that equal an earlier one" in pairs.notes[0]


def test_nothing():
    assert len(SimHashLSH().pairs(Items([], {"text": []}))) == 0
    assert len(SimHashLSH().pairs(Items([1], {"text": ["a"]}))) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "letters"}, "unknown unit"),
        ({"distance": -1}, "distance must be an integer from 0 to 63, not -1"),
        ({"distance": 64}, "distance must be"),
        ({"distance": 1.5}, "distance must be"),
        ({"blocks": 3}, "blocks must be from distance \\+ 1, which is 4, to 64, not 3"),
        ({"blocks": 65}, "blocks must be from"),
        ({"distance": 10, "blocks": 20}, "takes 184,756 comparisons; at most 100"),
        ({"clique": 0}, "clique must be"),
        ({"leaders": 0}, "leaders must be"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        SimHashLSH(**options)
