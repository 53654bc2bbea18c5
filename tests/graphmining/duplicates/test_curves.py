"""Curves against scikit-learn's pair counts, and truth in whatever form users have it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.cluster import pair_confusion_matrix

from graphmining import find_duplicates
from graphmining.duplicates.clusters import METHODS
from graphmining.duplicates.corruption import near_duplicates
from graphmining.duplicates.curves import read_truth
from graphmining.duplicates.items import Items
from graphmining.errors import GraphError


@pytest.mark.parametrize("method", sorted(METHODS))
def test_curve(method):
    texts, truth = near_duplicates(120, tokens=40, similarity=0.6, typos=0.1, seed=2)
    found = find_duplicates(texts, method=method, progress=False)
    curve = found.curve(dict(enumerate(truth.tolist())))
    assert np.allclose(curve.thresholds, np.arange(101) / 100)
    for place in (0, 20, 50, 73, 90, 100):
        labels = found.at(curve.thresholds[place]).labels
        (_, wrong), (missed, right) = pair_confusion_matrix(truth, labels)
        precision = right / (right + wrong) if right + wrong else 1
        assert curve.precision[place] == pytest.approx(precision)
        assert curve.recall[place] == pytest.approx(right / (right + missed))
        assert curve.f1[place] == pytest.approx(2 * right / (2 * right + wrong + missed))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=9))
def test_forms_of_truth(labels):
    n = len(labels)
    items = Items([f"i{at}" for at in range(n)], {"text": [""] * n})
    named = dict(zip(items.ids, labels))
    sets = [{name for name in named if named[name] == label} for label in set(labels)]
    pairs = [(a, b) for a in named for b in named if a < b and named[a] == named[b]]
    expected = [labels.index(label) for label in labels]
    for truth in (named, sets, pairs, map(list, sets), [group for group in sets if len(group) > 1]):
        assert read_truth(items, truth).tolist() == expected


def test_clusters_that_share_an_item_are_one():
    items = Items("abcd", {"text": [""] * 4})
    assert read_truth(items, [("a", "b"), ("b", "c"), ()]).tolist() == [0, 0, 0, 3]
    assert read_truth(items, []).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ([("a", "z")], "there is no item 'z'"),
        ({"z": 1}, "there is no item 'z'"),
        (["ab"], "true clusters are collections of ids; 'ab' is none"),
        ([0, 0, 1], "true clusters are collections of ids; 0 is none"),
        (np.array([0, 0]), "0.* is none"),
        ("ab", "'a' is none"),
        (5, "true clusters are collections of ids, not 5"),
        ([[["a"]]], r"there is no item \['a'\]"),
    ],
)
def test_bad_truth(truth, message):
    with pytest.raises(GraphError, match=message):
        read_truth(Items("ab", {"text": ["", ""]}), truth)


def test_drawing():
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3, progress=False)
    curve = found.curve([{0, 1}])
    ax = curve.draw(threshold=0.3)
    assert [line.get_label() for line in ax.lines[:3]] == ["precision", "recall", "F1"]
    assert np.array_equal(ax.lines[2].get_ydata(), curve.f1)
    assert ax.lines[3].get_xdata()[0] == 0.3
    assert curve.draw(ax=ax) is ax
    plt.close("all")
