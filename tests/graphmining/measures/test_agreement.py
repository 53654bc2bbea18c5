import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from graphmining.errors import GraphError
from graphmining.measures.agreement import agreement, bcubed, pairwise_scores

MEASURES = [agreement, bcubed, pairwise_scores]


@st.composite
def two_labellings(draw, most=25):
    n = draw(st.integers(0, most))
    labels = st.lists(st.integers(0, draw(st.integers(0, 8))), min_size=n, max_size=n)
    return np.array(draw(labels), int), np.array(draw(labels), int)


def by_scikit_learn(predicted, truth):
    names = {
        "adjusted_rand": metrics.adjusted_rand_score,
        "normalized_mutual_information": metrics.normalized_mutual_info_score,
        "adjusted_mutual_information": metrics.adjusted_mutual_info_score,
        "v_measure": metrics.v_measure_score,
        "homogeneity": metrics.homogeneity_score,
        "completeness": metrics.completeness_score,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it takes many clusters for a regression
        return {name: measure(truth, predicted) for name, measure in names.items()}


def check(predicted, truth, *, tolerance=1e-10):
    scores = agreement(predicted, truth)
    for name, wanted in by_scikit_learn(predicted, truth).items():
        assert scores[name] == pytest.approx(wanted, abs=tolerance), name


@settings(max_examples=100, deadline=None)
@given(two_labellings())
def test_as_scikit_learn(case):
    check(*case)


@pytest.mark.parametrize(("clusters", "classes"), [(3, 1500), (1500, 1500), (40, 60), (2, 2), (2000, 700)])
def test_as_scikit_learn_with_many_items(clusters, classes):
    rng = np.random.default_rng(clusters + classes)
    predicted = np.sort(rng.integers(0, clusters, 2000))
    truth = np.where(rng.random(2000) < 0.4, predicted % classes, rng.zipf(1.5, 2000) % classes)
    check(predicted, truth, tolerance=1e-9)  # scikit-learn takes differences of large logarithms


def harmonic(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


@settings(max_examples=60, deadline=None)
@given(two_labellings(12))
def test_pairs_by_enumeration(case):
    def together(labels):
        return {(i, j) for i, j in itertools.combinations(range(len(labels)), 2) if labels[i] == labels[j]}

    predicted, true = map(together, case)
    precision = len(predicted & true) / len(predicted) if predicted else 1
    recall = len(predicted & true) / len(true) if true else 1
    wanted = {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)}
    assert pairwise_scores(*case) == pytest.approx(wanted)


@settings(max_examples=60, deadline=None)
@given(two_labellings(12))
def test_bcubed_by_definition(case):
    def mates(labels):
        return [set(np.flatnonzero(labels == label)) for label in labels]

    pairs = list(zip(*map(mates, case)))
    precision = np.mean([len(a & b) / len(a) for a, b in pairs]) if pairs else 1
    recall = np.mean([len(a & b) / len(b) for a, b in pairs]) if pairs else 1
    wanted = {"precision": precision, "recall": recall, "f1": harmonic(precision, recall)}
    assert bcubed(*case) == pytest.approx(wanted)


@settings(max_examples=40, deadline=None)
@given(two_labellings())
def test_properties(case):
    predicted, truth = case
    scores, swapped = agreement(predicted, truth), agreement(truth, predicted)
    for name, value in scores.items():
        assert type(value) is float
        assert value <= 1 + 1e-12
        if name.startswith("adjusted"):
            assert value >= -1
        else:
            assert value >= 0
        mirror = name.replace("precision", "?").replace("recall", "precision").replace("?", "recall")
        mirror = {"homogeneity": "completeness", "completeness": "homogeneity"}.get(mirror, mirror)
        assert swapped[mirror] == pytest.approx(value, abs=1e-12)
    for prefix, measure in (("pairwise", pairwise_scores), ("bcubed", bcubed)):
        for name, value in measure(predicted, truth).items():
            assert scores[f"{prefix}_{name}"] == value


@settings(max_examples=40, deadline=None)
@given(two_labellings(), st.randoms(use_true_random=False))
def test_equal_clusterings_score_one(case, random):
    labels = case[0]
    names = list(range(100))
    random.shuffle(names)
    renamed = np.array([names[label] for label in labels], int)
    assert set(agreement(labels, renamed).values()) == {1.0}


@settings(max_examples=40, deadline=None)
@given(two_labellings(), st.randoms(use_true_random=False))
def test_every_form_and_order(case, random):
    predicted, truth = (labels.tolist() for labels in case)
    items = list(range(len(predicted)))
    random.shuffle(items)

    def forms(labels):
        sets = [{item for item in items if labels[item] == label} for label in set(labels)]
        return [
            lambda: np.array([f"cluster {label}" for label in labels]),
            lambda: {item: str(labels[item]) for item in items},
            lambda: [*sets, set()],
            lambda: (tuple(cluster) for cluster in sets),
            lambda: labels,
        ]

    wanted = agreement(*case)
    for form, other in itertools.product(forms(predicted), forms(truth)):
        assert agreement(form(), other()) == pytest.approx(wanted)


def test_named_items():
    predicted = [{"a", "b", ("c", 1)}, {2.5, None}]
    truth = {"a": "x", None: "y", 2.5: "y", "b": "x", ("c", 1): "y"}
    assert pairwise_scores(predicted, truth)["precision"] == 2 / 4
    assert pairwise_scores(predicted, truth)["recall"] == 2 / 4


def test_many_items_and_clusters():
    """A million items in 400,000 clusters, split in two: all numbers have a closed form."""
    n, size = 1_000_000, 5
    truth = np.arange(n) // size
    predicted = 2 * truth + (np.arange(n) % size < 2)
    scores = agreement(predicted, truth)
    assert scores["homogeneity"] == 1
    assert scores["pairwise_precision"] == scores["bcubed_precision"] == 1
    assert scores["pairwise_recall"] == pytest.approx((1 + 3) / 10)
    assert scores["bcubed_recall"] == pytest.approx((2 * 2 + 3 * 3) / 25)
    entropy = math.log(n / size)
    left = -(2 / 5 * math.log(2 / 5) + 3 / 5 * math.log(3 / 5))
    assert scores["completeness"] == pytest.approx(entropy / (entropy + left))
    assert 0 < scores["adjusted_mutual_information"] < scores["v_measure"]


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("predicted", "truth", "message"),
    [
        ([{1, 2}], [{1, 2}, {3}], "item 3 is in truth, but not in predicted"),
        ([{1, 2}, {"x"}], {1: 0, 2: 0}, "item 'x' is in predicted, but not in truth"),
        ([{0, 1}], np.array([0, 1, 1]), "item 2 is in truth, but not in predicted"),
        ([0, 1], [0, 1, 1], "predicted has 2 labels, but truth has 3"),
        ([{1, 2}, {2}], [{1, 2}], "item 2 is in predicted twice; for clusters that overlap use omega_index"),
        ([{1, 2}], [[1, 2, 2]], "item 2 is in truth twice"),
        ([{1, 2}, 3], [{1, 2, 3}], "predicted has collections of items, but also 3"),
        ([0, 1], {0: [1], 1: [1, 2]}, "a label must be hashable"),
        ([[[0], [1]]], [[0, 1]], "predicted has an item that is not hashable"),
        (np.array([0, math.nan]), [0, 1], "a label is nan"),
        (np.zeros((2, 2)), [0, 1], r"predicted has shape \(2, 2\)"),
        (7, [0, 1], "predicted must be collections of items"),
        ([0, 1], "ab", "truth must be collections of items"),
        ([0, 1], None, "truth must be collections of items"),
    ],
)
def test_bad_clusterings(measure, predicted, truth, message):
    with pytest.raises(GraphError, match=message):
        measure(predicted, truth)
