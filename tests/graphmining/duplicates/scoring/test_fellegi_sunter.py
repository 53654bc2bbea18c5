"""Fellegi–Sunter against simulated parameters, plain Python and enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.fellegi_sunter import (
    CUTS,
    FellegiSunter,
    Rivals,
    agreement_levels,
    alike_levels,
    expectation_maximization,
    level_weights,
    posterior,
)
from graphmining.duplicates.scoring.fields import WHOLE, Comparisons, compare_fields
from graphmining.errors import OptionError

# Frequencies of levels 1 to 4 among matches and among others, of four comparisons.
MATCHES = np.array(
    [[0.05, 0.1, 0.25, 0.6], [0.1, 0.1, 0.2, 0.6], [0.02, 0.08, 0.4, 0.5], [0.25, 0.25, 0.25, 0.25]]
)
OTHERS = np.array(
    [[0.6, 0.25, 0.1, 0.05], [0.7, 0.2, 0.08, 0.02], [0.5, 0.4, 0.08, 0.02], [0.25, 0.25, 0.25, 0.25]]
)
LEVELS = MATCHES.shape[1]
COMMON = MATCHES >= 0.1  # weights of what is rare are less certain


def draw(rng, matched, missing=0.1):
    """Levels of pairs, 0 where missing, and similarities that go with them."""
    chance = rng.random((len(matched), len(MATCHES)))
    cumulative = np.where(matched[:, None, None], MATCHES.cumsum(axis=1), OTHERS.cumsum(axis=1))
    levels = 1 + (chance[..., None] > cumulative[..., :-1]).sum(axis=2)
    levels[rng.random(levels.shape) < missing] = 0
    return levels, np.where(levels > 0, (levels - 0.5) / LEVELS, np.nan)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_one_list(share, seed):
    rng = np.random.default_rng(seed)
    matched = rng.random(40_000) < share
    levels, values = draw(rng, matched)
    weights, found = expectation_maximization(levels, values, None, LEVELS + 1)
    assert found == pytest.approx(matched.mean(), abs=0.01)
    assert np.abs(weights[:, 1:] - np.log(MATCHES / OTHERS))[COMMON].max() < 0.25
    assert (weights[:, 0] == 0).all()
    # What tells nothing weighs nothing.
    assert np.abs(weights[3]).max() < 0.1
    # Probabilities are calibrated.
    chance = posterior(weights[np.arange(4), levels].sum(axis=1), found, None)
    for low in np.arange(0, 1, 0.2):
        some = (chance >= low) & (chance < low + 0.2)
        assert matched[some].mean() == pytest.approx(chance[some].mean(), abs=0.07)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("seed", range(3))
def test_two_lists(share, seed):
    """Each record of the first list has eight candidates, of which one at most is its match."""
    rng = np.random.default_rng(seed)
    n, k = 3000, 8
    first = np.repeat(np.arange(n), k)
    second = n + np.concatenate([np.append(at, (at + rng.permutation(n - 1)[: k - 1] + 1) % n) for at in range(n)])
    has = rng.random(n) < share
    matched = has[first] & (second - n == first)
    levels, values = draw(rng, matched)
    rivals = Rivals((first, second), (n, n), 2 * n)
    weights, found = expectation_maximization(levels, values, rivals, LEVELS + 1)
    assert found == pytest.approx(has.mean(), abs=0.12)
    assert np.abs(weights[:, 1:] - np.log(MATCHES / OTHERS))[COMMON].max() < 0.7
    chance = posterior(weights[np.arange(4), levels].sum(axis=1), found, rivals)
    for end in (first, second):
        assert np.bincount(end, chance).max() <= 1 + 1e-9
    assert chance.sum() / n == pytest.approx(has.mean(), abs=0.15)
    best = 2 * (matched & (chance > 0.5)).sum() / (matched.sum() + (chance > 0.5).sum())
    truth = posterior(np.where(levels > 0, np.log(MATCHES / OTHERS)[np.arange(4), levels - 1], 0).sum(axis=1),
                      has.mean(), rivals)  # fmt: skip
    assert best > 2 * (matched & (truth > 0.5)).sum() / (matched.sum() + (truth > 0.5).sum()) - 0.02


def pool(values, weights):
    """Isotonic regression by pooling neighbours that are in the wrong order."""
    blocks = []
    for value, weight in zip(values, weights):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            b, a = blocks.pop(), blocks.pop()
            total = a[1] + b[1]
            blocks.append([(a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]])
    return [value for value, _, count in blocks for _ in range(count)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.booleans())
def test_one_step_in_plain_python(seed, n, known):
    rng = np.random.default_rng(seed)
    count = 4
    levels = rng.integers(0, count, (n, 2))
    probability = rng.random(n)
    given = {1: np.array([0.2, 0.3, 0.5])} if known else None
    weights = level_weights(levels, probability, count, given)
    for name in range(2):
        matches = [level / count for level in range(1, count)]
        others = matches[::-1]
        for level, chance in zip(levels[:, name], probability):
            if level:
                matches[level - 1] += chance
                others[level - 1] += 1 - chance
        shares = [value / sum(matches) for value in matches]
        if known and name == 1:
            shares = [0.2, 0.3, 0.5]
        ratios = [math.log(share / (other / sum(others))) for share, other in zip(shares, others)]
        expected = pool(ratios, [a + b for a, b in zip(matches, others)])
        assert weights[name] == pytest.approx([0, *expected])
        assert (np.diff(weights[name, 1:]) >= -1e-12).all()
    share = 0.3
    total = [sum(weights[name, level] for name, level in enumerate(row)) for row in levels]
    expected = [share * math.exp(each) / (share * math.exp(each) + 1 - share) for each in total]
    assert posterior(np.array(total), share, None) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.floats(0.05, 0.95))
def test_rivals_are_enumerated(seed, records, share):
    """Where each record of the second list is in one pair: one of a record's candidates is right, or none."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, records)
    first = np.repeat(np.arange(records), counts)
    second = records + np.arange(len(first))
    weights = rng.normal(0, 2, len(first))
    rivals = Rivals((first, second), (records, len(first)), records + len(first))
    found = posterior(weights, share, rivals)
    for record in range(records):
        own = np.flatnonzero(first == record)
        # No duplicate, or candidate j; before the weights are known, each as likely.
        hypotheses = [1 - share, *(share / math.sqrt(len(own)) * math.exp(weights[j]) for j in own)]
        for place, j in enumerate(own, 1):
            assert found[j] == pytest.approx(hypotheses[place] / sum(hypotheses))


def test_weights_beyond_floats_stay_probabilities():
    total = np.array([-1e6, 0, 1e6])
    assert posterior(total, 0.5, None) == pytest.approx([0, 0.5, 1], abs=1e-9)
    rivals = Rivals((np.zeros(3, int), np.arange(1, 4)), (1, 3), 4)
    chance = posterior(total, 0.5, rivals)
    assert np.isfinite(chance).all()
    assert chance[2] > 1 - 1e-9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.floats(0, 1), max_size=20))
def test_levels(values):
    array = np.array([np.nan if value is None else value for value in values]).reshape(-1, 1)
    levels = agreement_levels(Comparisons(("a",), array), CUTS)[:, 0].tolist()
    assert levels == [0 if value is None else 1 + sum(value >= cut for cut in CUTS) for value in values]


@pytest.mark.parametrize("cuts", [CUTS, (0.5,), (0.2, 1.0)])
@pytest.mark.parametrize("lists", [1, 2])
def test_wholes_have_a_distribution(cuts, lists):
    shares = alike_levels(cuts, lists)
    assert shares.shape == (len(cuts) + 1,)
    assert shares.sum() == pytest.approx(1)
    assert (shares > 0).all()


def people(n, seed=0, lists=False):
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    names = ["{} {}".format(*("".join(rng.choice(letters, 7)) for _ in range(2))) for _ in range(n)]
    cities = ["".join(rng.choice(letters, 6)) for _ in range(8)]
    city = [cities[at] for at in rng.integers(0, 8, n)]
    wrong = [name[:4] + name[5:] for name in names]
    lost = [None if rng.random() < 0.2 else each for each in city]
    side = np.repeat(np.array([0, 1], np.int8), n) if lists else None
    return Items(range(2 * n), {"name": names + wrong, "city": city + lost}, None, side)


@pytest.mark.parametrize("lists", [False, True])
def test_records(lists):
    items = people(40, lists=lists)
    pairs = items.between(Pairs.make(*np.triu_indices(80, 1)))
    fitted = FellegiSunter().fit(items, pairs)
    scores = fitted.score(items, pairs)
    assert ((scores >= 0) & (scores <= 1)).all()
    assert np.array_equal(scores >= 0.5, pairs.right - pairs.left == 40)
    assert np.array_equal(scores, FellegiSunter().score(items, pairs))
    # Of some pairs alone: the same weights, learned once.
    some = pairs.keep(scores > 0.1)
    assert np.allclose(fitted.pair_weights(items, some), fitted.pair_weights(items, pairs)[scores > 0.1])
    assert fitted.describe().startswith("weights (nats at full agreement): ")
    assert np.array_equal(scores, FellegiSunter().fit(items, pairs, threads=1).score(items, pairs, threads=1))


def test_missing_values_weigh_nothing():
    items = people(40)
    pairs = Pairs.make(*np.triu_indices(80, 1))
    fitted = FellegiSunter().fit(items, pairs)
    compared = compare_fields(items, pairs, names=fitted.names)
    absent = np.isnan(compared.values)
    assert absent.any()
    weights = fitted.pair_weights(items, pairs)
    levels = agreement_levels(compared, CUTS)
    for place in range(0, len(pairs), 97):
        known = [fitted.weights[at, levels[place, at]] for at in range(len(fitted.names)) if not absent[place, at]]
        assert weights[place] == pytest.approx(sum(known))


def test_a_weight_does_not_depend_on_the_other_pairs():
    items = people(40)
    # Hardly any record has one, so that most batches of pairs have none to compare.
    items.fields["nickname"] = [f"nick {at}" if at % 8 == 0 else None for at in range(80)]
    rare = Pairs.make(*np.triu_indices(80, 1)).keep(np.arange(80 * 79 // 2) % 7 == 0)
    fitted = FellegiSunter().fit(items, Pairs.make(*np.triu_indices(80, 8)))
    weights = fitted.pair_weights(items, rare)
    alone = [fitted.pair_weights(items, rare.keep(np.arange(len(rare)) == at))[0] for at in range(0, len(rare), 9)]
    assert np.allclose(weights[::9], alone)
    names = ("nickname", "name", "no such column")
    values = compare_fields(items, rare, names=names).values
    named = np.array([value is not None for value in items.fields["nickname"]])
    both = named[rare.left] & named[rare.right]
    assert 0 < np.mean(both) < 0.05
    assert np.array_equal(~np.isnan(values[:, 0]), both)
    assert np.isnan(values[:, 2]).all()


def test_other_items_have_the_comparisons_that_were_learned():
    items = people(40)
    fitted = FellegiSunter().fit(items, Pairs.make(*np.triu_indices(80, 1)))
    other = Items(range(2), {"name": ["abc defg", "abc defg"], "more": ["x", "y"]})
    compared = compare_fields(other, Pairs.make([0], [1]), names=fitted.names)
    assert compared.names == fitted.names
    assert np.isnan(compared.values[0, fitted.names.index("city")])
    assert fitted.score(other, Pairs.make([0], [1])).shape == (1,)


@pytest.mark.parametrize("lists", [None, np.array([0, 1, 1], np.int8)])
def test_little_to_learn_from(lists):
    items = Items(range(3), {"name": ["ada", "ada", "bob"], "city": ["x", "x", "y"]}, None, lists)
    none = Pairs.make([], [])
    assert FellegiSunter().fit(items, none).score(items, none).shape == (0,)
    one = FellegiSunter().score(items, Pairs.make([0], [1]))
    other = FellegiSunter().score(items, Pairs.make([0], [2]))
    assert 0 <= other[0] <= 0.5 <= one[0] <= 1
    nothing = Items(range(3), {"name": [None] * 3}, None, lists)
    assert FellegiSunter().score(nothing, Pairs.make([0, 0], [1, 2])).shape == (2,)


@pytest.mark.parametrize("rivals", [None, Rivals((np.zeros(5, int), np.arange(1, 6)), (1, 5), 6)])
def test_all_levels_equal(rivals):
    levels = np.full((5, 2), 3)
    weights, share = expectation_maximization(levels, np.full((5, 2), 0.5), rivals, 5)
    assert np.isfinite(weights).all()
    assert 0 < share < 1
    chance = posterior(weights[np.arange(2), levels].sum(axis=1), share, rivals)
    assert np.ptp(chance) < 1e-12


def test_the_sides_of_rivals():
    items = Items(range(4), {"a": list("wxyz")}, None, np.array([1, 0, 1, 0], np.int8))
    rivals = Rivals.of(items, Pairs.make([0, 1, 2], [1, 2, 3]))
    assert rivals.ends[0].tolist() == [1, 1, 3]
    assert rivals.ends[1].tolist() == [0, 2, 2]
    assert rivals.sizes == (2, 2)


@pytest.mark.parametrize("cuts", [(), (0.5, 0.2), (0.5, 0.5), (0, 0.5), (0.5, 1.5), 0.5, ((0.1, 0.2),)])
def test_bad_cuts(cuts):
    with pytest.raises(OptionError, match="cuts must ascend, above 0 and up to 1, not"):
        FellegiSunter(cuts=cuts)


def test_wholes_are_given():
    items = people(40)
    pairs = Pairs.make(*np.triu_indices(80, 1))
    fitted = FellegiSunter().fit(items, pairs)
    levels = agreement_levels(compare_fields(items, pairs), CUTS)
    at = fitted.names.index(WHOLE)
    rising = np.arange(1, len(CUTS) + 2) / (len(CUTS) + 2)
    others = np.bincount(levels[:, at], 1 - fitted.score(items, pairs), len(CUTS) + 2)[1:] + rising[::-1]
    matches = np.bincount(levels[:, at], fitted.score(items, pairs), len(CUTS) + 2)[1:] + rising
    expected = pool(np.log(alike_levels(CUTS, 1) / (others / others.sum())), matches + others)
    assert fitted.weights[at, 1:] == pytest.approx(expected, abs=0.01)
