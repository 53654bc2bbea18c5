"""Learned scores: against a plain optimisation, and on lists whose duplicates are known."""

import numpy as np
import pytest
from scipy.optimize import minimize

from graphmining import Cosine, LearnedScore, TfidfNeighbors, find_duplicates, pairwise_scores
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.learned import _margins, _regression
from graphmining.errors import GraphError, OptionError


def shops(count, seed=0):
    """Products in two spellings, and products that differ by their number only: items and true labels."""
    rng = np.random.default_rng(seed)
    names, labels = [], []
    for product in range(count):
        word = "".join(rng.choice(list("bcdfgklmnprst"), 3)) + "".join(rng.choice(list("aeiou"), 2))
        number = int(rng.integers(100, 999))
        for size, spelling in ((number, f"{word} lamp {number}"), (number, f"lamp {number}, {word}")):
            names.append(spelling)
            labels.append(product)
            assert size == number
        names.append(f"{word} lamp {number + 1}")
        labels.append(count + product)
    return Items(range(len(names)), {"name": names, "shop": ["a", "b", "c"] * count}), np.array(labels)


def test_regression_is_the_most_likely_one():
    rng = np.random.default_rng(0)
    features, odds = rng.normal(size=(60, 3)), rng.normal(size=60)
    same, weights = rng.random(60) < 0.5, rng.random(60)

    def loss(corrections):
        chance = 1 / (1 + np.exp(-(odds + features @ corrections)))
        return -(weights * np.log(np.where(same, chance, 1 - chance))).sum() + 1.5 * (corrections**2).sum()

    plain = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12}).x
    np.testing.assert_allclose(_regression(features, odds, same, weights), plain, atol=1e-4)


def test_margins_are_those_over_the_best_other_pair():
    pairs = Pairs.make([0, 0, 1, 3], [1, 2, 2, 4])
    values = np.array([0.9, 0.6, 0.5, 0.7])
    least, most = _margins(pairs, values, 5)
    for at, (a, b) in enumerate(zip(pairs.left, pairs.right)):
        over = []
        for item in (a, b):
            rivals = [
                values[other]
                for other, ends in enumerate(zip(pairs.left, pairs.right))
                if other != at and item in ends
            ]
            over.append(values[at] - max(rivals, default=0))
        assert (least[at], most[at]) == pytest.approx((min(over), max(over)))


def test_labels_of_a_part_help_with_the_rest():
    items, labels = shops(150)
    known = {at: int(labels[at]) for at in range(90)}
    rest = slice(90, None)
    without = find_duplicates(items, score=Cosine(), candidates=TfidfNeighbors(), threshold=0.5)
    learned = find_duplicates(items, score=Cosine(), candidates=TfidfNeighbors(), labels=known)
    before, after = (pairwise_scores(found.labels[rest], labels[rest])["f1"] for found in (without, learned))
    assert learned.threshold.value == 0.5
    assert after > before
    assert "labelled pairs" in learned.steps.score.describe()


def test_without_anything_to_correct_nothing_changes():
    items, labels = shops(40)
    pairs = TfidfNeighbors(k=5).pairs(items)
    score = Cosine().score(items, pairs)
    sure = {0: 0, 1: 0}  # one pair, and the base says the same already
    learned = LearnedScore(sure, Cosine()).score(items, pairs)
    # The order of scores is that of the base wherever it is far from one half.
    assert np.corrcoef(score, learned)[0, 1] > 0.9
    assert labels[0] == labels[1]


def test_pairs_are_labels_too():
    items, labels = shops(60)
    pairs = TfidfNeighbors(k=5).pairs(items)
    chosen = [at for at in range(len(pairs)) if pairs.left[at] < 60]
    triples = [
        (a, b, labels[a] == labels[b]) for a, b in zip(pairs.left[chosen].tolist(), pairs.right[chosen].tolist())
    ]
    scores = LearnedScore(triples, Cosine()).fit(items, pairs).score(items, pairs)
    truth = labels[pairs.left] == labels[pairs.right]
    assert ((scores >= 0.5) == truth)[pairs.left >= 60].mean() > 0.9


def test_a_large_cluster_weighs_no_more_than_a_small_one():
    items = Items(range(6), {"name": ["x a", "x b", "x c", "x d", "y a", "y b"]})
    pairs = Pairs.make([0, 0, 0, 1, 1, 2, 4], [1, 2, 3, 2, 3, 3, 5])
    labels = dict(zip(range(6), "ppppqq"))
    chosen, same, weights = LearnedScore(labels)._training(items, pairs)
    assert same.all()
    assert len(chosen) == 7
    assert weights[:6].sum() == pytest.approx(1)
    assert weights[6] == 1


@pytest.mark.parametrize("labels", ["abc", 3, [("a", "b")], [1, 2]])
def test_labels_of_another_form(labels):
    with pytest.raises(OptionError, match="labels are a dict of id to label"):
        LearnedScore(labels)


def test_labels_that_say_nothing():
    items, _ = shops(5)
    pairs = TfidfNeighbors(k=2).pairs(items)
    with pytest.raises(OptionError, match="speak of no pair"):
        LearnedScore({0: "a"}).fit(items, pairs)
    with pytest.raises(GraphError, match="no item 'nobody'"):
        LearnedScore({"nobody": "a"}).fit(items, pairs)
