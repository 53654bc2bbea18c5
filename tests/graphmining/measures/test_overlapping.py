import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from graphmining.errors import GraphError, OptionError
from graphmining.measures.overlapping import omega_index, overlapping_nmi

ITEMS = 9
covers = st.lists(st.sets(st.integers(0, ITEMS - 1), min_size=1), max_size=5)
labellings = st.lists(st.integers(0, 4), min_size=2, max_size=30)


def sets(labels):
    return [set(np.flatnonzero(np.array(labels) == label).tolist()) for label in sorted(set(labels))]


def omega_by_definition(a, b, n):
    def shared(cover, pair):
        return sum(set(pair) <= cluster for cluster in cover)

    pairs = list(itertools.combinations(range(n), 2))
    one, other = ([shared(cover, pair) for pair in pairs] for cover in (a, b))
    observed = np.mean(np.equal(one, other))
    levels = range(max(one + other) + 1)
    expected = sum(np.mean(np.equal(one, level)) * np.mean(np.equal(other, level)) for level in levels)
    return 1 if expected == 1 else (observed - expected) / (1 - expected)


def nmi_by_definition(a, b, n, variant):
    """Every cluster against every other one, as joint distributions of two memberships."""

    def entropy(parts):
        return -sum(part / n * math.log2(part / n) for part in parts if part)

    def own(x):
        return entropy([len(x), n - len(x)])

    def given(x, y):
        neither, both = n - len(x | y), len(x & y)
        only_x, only_y = len(x - y), len(y - x)
        if entropy([neither, both]) < entropy([only_x, only_y]):
            return own(x)
        return entropy([neither, both, only_x, only_y]) - own(y)

    def left(x, cover):
        return min([own(x), *(given(x, y) for y in cover)])

    if variant == "max":
        totals = [sum(map(own, cover)) for cover in (a, b)]
        lefts = [sum(left(x, other) for x in cover) for cover, other in ((a, b), (b, a))]
        return (sum(totals) - sum(lefts)) / 2 / max(totals)
    shares = [np.mean([left(x, other) / own(x) for x in cover]) for cover, other in ((a, b), (b, a))]
    return 1 - sum(shares) / 2


@settings(max_examples=150, deadline=None)
@given(covers, covers)
def test_omega_by_definition(a, b):
    assert omega_index(a, b, items=ITEMS) == pytest.approx(omega_by_definition(a, b, ITEMS), abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(covers.filter(len), covers.filter(len), st.sampled_from(["max", "lfk"]), st.integers(1, 6))
def test_nmi_by_definition(a, b, variant, more):
    # A cluster with all items has no entropy.
    n = ITEMS + more
    wanted = nmi_by_definition(a, b, n, variant)
    assert overlapping_nmi(a, b, variant=variant, items=n) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("variant", ["max", "lfk"])
def test_nmi_of_large_clusters_without_common_items(variant):
    """That an item is in the larger cluster tells that it is not in the smaller one."""
    a, b = [set(range(1)), set(range(70, 90))], [set(range(2, 64)), {64}, {66, 67}]
    wanted = nmi_by_definition(a, b, 100, variant)
    assert wanted > 0
    assert overlapping_nmi(a, b, variant=variant, items=100) == pytest.approx(wanted)


@settings(max_examples=50, deadline=None)
@given(labellings, st.randoms(use_true_random=False))
def test_omega_of_partitions_is_the_adjusted_rand_index(labels, random):
    others = labels[:]
    random.shuffle(others)
    assert omega_index(sets(labels), sets(others)) == pytest.approx(adjusted_rand_score(labels, others), abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(covers, st.randoms(use_true_random=False))
def test_equal_covers_score_one(cover, random):
    shuffled = [list(cluster) for cluster in cover]
    random.shuffle(shuffled)
    for items in (None, 12):
        assert omega_index(cover, shuffled, items=items) == 1
        assert overlapping_nmi(cover, shuffled, items=items) == pytest.approx(1)
        assert overlapping_nmi(cover, shuffled, items=items, variant="lfk") == pytest.approx(1)


@settings(max_examples=50, deadline=None)
@given(covers, covers)
def test_properties(a, b):
    renamed = [[f"item {item}" for item in cluster] for cluster in a], [{f"item {item}" for item in c} for c in b]
    for measure in (omega_index, overlapping_nmi, lambda x, y: overlapping_nmi(x, y, variant="lfk")):
        value = measure(a, b)
        assert type(value) is float
        assert value <= 1 + 1e-12
        assert measure(b, a) == pytest.approx(value)
        assert measure(*renamed) == pytest.approx(value)
        # An empty cluster, and an item named twice, change nothing.
        assert measure([*a, set()], [[*cluster, *cluster] for cluster in b]) == pytest.approx(value)
    assert overlapping_nmi(a, b) >= 0
    assert overlapping_nmi(a, b, variant="lfk") >= 0


@pytest.mark.parametrize("variant", ["max", "lfk"])
def test_clusters_without_entropy(variant):
    every = {1, 2, 3, 4}
    assert overlapping_nmi([], [], variant=variant) == 1
    assert overlapping_nmi([], [every], variant=variant) == 0
    assert overlapping_nmi([every], [every, every], variant=variant) == 1
    assert overlapping_nmi([every], [{1, 2}, {3, 4}], variant=variant) == 0
    assert overlapping_nmi([{1, 2}], [], variant=variant, items=4) == 0


def test_omega_without_pairs():
    assert omega_index([], []) == 1
    assert omega_index([{1}], []) == 1
    assert omega_index([{1}, {2}], [{1}, {2}]) == 1


def test_many_items():
    """Blocks of 10 against pairs of blocks, and against themselves twice: all numbers have a closed form."""
    n = 100_000
    blocks = np.arange(n).reshape(-1, 10)
    cover = blocks.tolist()
    doubled = blocks.reshape(-1, 20).tolist()
    pairs = n * (n - 1) // 2
    together, together_doubled = n * 9 // 2, n * 19 // 2
    chance = (together * together_doubled + (pairs - together) * (pairs - together_doubled)) / pairs
    observed = pairs - (together_doubled - together)
    assert omega_index(cover, doubled) == pytest.approx((observed - chance) / (pairs - chance))
    share = together / pairs
    assert omega_index(cover, cover + cover) == pytest.approx((1 - share) / (2 - share))
    assert overlapping_nmi(cover, cover + cover) == pytest.approx(3 / 4)
    assert overlapping_nmi(cover, cover + cover, variant="lfk") == pytest.approx(1)


@pytest.mark.parametrize("measure", [omega_index, overlapping_nmi])
@pytest.mark.parametrize(
    ("cover", "message"),
    [
        ([0, 0, 1], "a must be collections of items, but has 0; for labels use agreement"),
        (["ab"], "a must be collections of items, but has 'ab'"),
        ("ab", "a must be collections of items, but has 'ab'"),
        (None, "a must be collections of items, but has None"),
        ([[[1]]], "a cluster has an item that is not hashable"),
    ],
)
def test_bad_covers(measure, cover, message):
    with pytest.raises(GraphError, match=message):
        measure(cover, [{1, 2}])
    with pytest.raises(GraphError, match=message.replace("a must", "b must")):
        measure([{1, 2}], cover)


@pytest.mark.parametrize("measure", [omega_index, overlapping_nmi])
@pytest.mark.parametrize("items", [3, 4.5, "many", True])
def test_bad_number_of_items(measure, items):
    with pytest.raises(OptionError, match="items must be the number of items, at least the 4 in clusters"):
        measure([{1, 2}], [{3, 4}], items=items)


def test_unknown_variant():
    with pytest.raises(OptionError, match="unknown variant 'lkf'; did you mean 'lfk'"):
        overlapping_nmi([{1}], [{1}], variant="lkf")
