"""How well two clusterings of the same items agree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np

from graphmining.errors import GraphError
from graphmining.jit import kernel


def agreement(predicted, truth):
    """Compare two clusterings by all that is usual.

    Parameters
    ----------
    predicted, truth : iterable of collections of items, dict of item to label, or sequence of labels
        The items of labels alone are their positions 0, 1, …

    Returns
    -------
    dict of str to float
        `adjusted_rand`, `normalized_mutual_information`, `adjusted_mutual_information`, `v_measure`,
        `homogeneity`, `completeness`, `pairwise_precision`, `pairwise_recall`, `pairwise_f1`,
        `bcubed_precision`, `bcubed_recall` and `bcubed_f1`. Each is 1 where the two are equal.

    Raises
    ------
    GraphError
        If an item is in one of them only, or in two clusters of one.

    Notes
    -----
    Mutual information is normalised, and adjusted, by the mean of the two entropies, as in scikit-learn; that
    makes the V-measure and the normalised mutual information the same number [1]_. What is expected by chance
    for the adjusted one [2]_ is a sum over pairs of sizes of clusters, not over pairs of clusters, so that a
    million clusters take seconds.

    References
    ----------
    .. [1] Rosenberg, Hirschberg 2007, V-measure: a conditional entropy-based external cluster evaluation measure,
       https://aclanthology.org/D07-1043
    .. [2] Vinh, Epps, Bailey 2010, Information theoretic measures for clusterings comparison,
       https://jmlr.org/papers/v11/vinh10a.html

    See Also
    --------
    pairwise_scores, bcubed

    Examples
    --------
    >>> scores = agreement([{"a", "b"}, {"c"}], [{"a"}, {"b"}, {"c"}])
    >>> scores["completeness"], scores["pairwise_precision"]
    (1.0, 0.0)
    """
    table = _table(predicted, truth)
    scores = {"adjusted_rand": _adjusted_rand(table), **_information(table)}
    for family, values in (("pairwise", _pairwise(table)), ("bcubed", _bcubed(table))):
        scores |= {f"{family}_{name}": value for name, value in values.items()}
    return scores


def pairwise_scores(predicted, truth):
    """Judge a clustering by the pairs of items that it puts together.

    Parameters
    ----------
    predicted, truth : iterable of collections of items, dict of item to label, or sequence of labels
        The items of labels alone are their positions 0, 1, …

    Returns
    -------
    dict of str to float
        `precision`, the share of the pairs together in `predicted` that are together in `truth`; `recall`, the
        reverse; `f1`, their harmonic mean. A share of no pairs is 1: nothing was wrong, or nothing missed.

    Raises
    ------
    GraphError
        If an item is in one of them only, or in two clusters of one.

    Examples
    --------
    >>> pairwise_scores([{1, 2, 3}], [{1, 2}, {3}])
    {'precision': 0.3333333333333333, 'recall': 1.0, 'f1': 0.5}
    """
    return _pairwise(_table(predicted, truth))


def bcubed(predicted, truth):
    """Judge a clustering item by item.

    Parameters
    ----------
    predicted, truth : iterable of collections of items, dict of item to label, or sequence of labels
        The items of labels alone are their positions 0, 1, …

    Returns
    -------
    dict of str to float
        `precision`, the share of an item's predicted cluster (itself included) that is in its true one, the
        mean over all items; `recall`, the reverse; `f1`, their harmonic mean. Each is 1 if there are no items.

    Raises
    ------
    GraphError
        If an item is in one of them only, or in two clusters of one.

    References
    ----------
    .. [1] Bagga, Baldwin 1998, Entity-based cross-document coreferencing using the vector space model,
       doi:10.3115/980845.980859

    Examples
    --------
    >>> bcubed([{1, 2, 3, 4}], [{1, 2}, {3, 4}])
    {'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666}
    """
    return _bcubed(_table(predicted, truth))


class _Table(NamedTuple):
    """The contingency table, without its zeros: items in each cell, and in the cell's two clusters."""

    cells: np.ndarray
    predicted: np.ndarray
    true: np.ndarray
    predicted_sizes: np.ndarray
    true_sizes: np.ndarray


def _table(predicted, truth):
    predicted, truth = _align(_read("predicted", predicted), _read("truth", truth))
    predicted_sizes, true_sizes = np.bincount(predicted), np.bincount(truth)
    keys, cells = np.unique(predicted * np.int64(len(true_sizes)) + truth, return_counts=True)
    rows, columns = np.divmod(keys, max(len(true_sizes), 1))
    return _Table(
        cells,
        predicted_sizes[rows],
        true_sizes[columns],
        predicted_sizes[predicted_sizes > 0],
        true_sizes[true_sizes > 0],
    )


def _read(name, clustering):
    """The items, None where they are 0, 1, …, and a number from 0 for the cluster of each."""
    if isinstance(clustering, dict):
        return list(clustering), _number(list(clustering.values()))
    if isinstance(clustering, np.ndarray):
        if clustering.ndim != 1:
            raise GraphError(f"{name} has shape {clustering.shape}; labels are a one-dimensional array")
        if clustering.dtype.kind in "biu":
            return None, np.unique(clustering, return_inverse=True)[1].astype(np.int64)
        return None, _number(clustering.tolist())
    if isinstance(clustering, (str, bytes)) or not isinstance(clustering, Iterable):
        raise GraphError(
            f"{name} must be collections of items, a dict of item to label, or labels, not {clustering!r}"
        )
    clusters = list(clustering)
    nested = [isinstance(cluster, Iterable) and not isinstance(cluster, (str, bytes)) for cluster in clusters]
    if not any(nested):
        return None, _number(clusters)
    if not all(nested):
        raise GraphError(f"{name} has collections of items, but also {clusters[nested.index(False)]!r}")
    clusters = list(map(list, clusters))
    return list(chain.from_iterable(clusters)), np.repeat(np.arange(len(clusters)), list(map(len, clusters)))


def _number(labels):
    try:
        numbers = dict(zip(dict.fromkeys(labels), range(len(labels))))
    except TypeError:
        raise GraphError("a label must be hashable; clusters that overlap are given as collections") from None
    if any(label != label for label in numbers):
        raise GraphError("a label is nan; give every item a label")
    return np.fromiter(map(numbers.__getitem__, labels), np.int64, len(labels))


def _align(predicted, truth):
    """The numbers of the clusters of the same items in the same order."""
    (items, codes), (others, other_codes) = predicted, truth
    if items is None and others is None:
        if len(codes) != len(other_codes):
            raise GraphError(f"predicted has {len(codes)} labels, but truth has {len(other_codes)}")
        return codes, other_codes
    items = range(len(codes)) if items is None else items
    others = range(len(other_codes)) if others is None else others
    places, other_places = _places("predicted", items), _places("truth", others)
    if places.keys() != other_places.keys():
        for item in chain(items, others):
            if item not in places or item not in other_places:
                where, lack = ("predicted", "truth") if item in places else ("truth", "predicted")
                raise GraphError(f"item {item!r} is in {where}, but not in {lack}")
    return codes, other_codes[np.fromiter(map(other_places.__getitem__, items), np.int64, len(items))]


def _places(name, items):
    try:
        places = dict(zip(items, range(len(items))))
    except TypeError:
        raise GraphError(f"{name} has an item that is not hashable") from None
    if len(places) < len(items):
        seen = set()
        twice = next(item for item in items if item in seen or seen.add(item))
        raise GraphError(
            f"item {twice!r} is in {name} twice; for clusters that overlap use omega_index or overlapping_nmi"
        )
    return places


def _pairs(sizes):
    """Number of pairs in sets of these sizes: a Python integer, which is never too large."""
    return sum((sizes * (sizes - 1) // 2).tolist())


def _harmonic(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _f1(precision, recall):
    return {"precision": precision, "recall": recall, "f1": _harmonic(precision, recall)}


def _pairwise(table):
    both, predicted, true = map(_pairs, (table.cells, table.predicted_sizes, table.true_sizes))
    return _f1(both / predicted if predicted else 1.0, both / true if true else 1.0)


def _bcubed(table):
    n = table.cells.sum()
    if not n:
        return _f1(1.0, 1.0)
    squares = table.cells.astype(np.float64) ** 2
    return _f1(float((squares / table.predicted).sum() / n), float((squares / table.true).sum() / n))


def _adjusted_rand(table):
    both, predicted, true = map(_pairs, (table.cells, table.predicted_sizes, table.true_sizes))
    if both == predicted == true:
        return 1.0
    n = int(table.cells.sum())
    every = n * (n - 1) // 2
    # Multiplied by all pairs, so that integers stay exact.
    return (both * every - predicted * true) / ((predicted + true) * every / 2 - predicted * true)


def _information(table):
    n = max(int(table.cells.sum()), 1)
    predicted, true = _entropy(table.predicted_sizes), _entropy(table.true_sizes)
    # What is left to know of one clustering when the other is known: exactly 0 where nothing is.
    predicted_left = float(table.cells @ np.log(table.true / table.cells)) / n
    true_left = float(table.cells @ np.log(table.predicted / table.cells)) / n
    homogeneity = max(0.0, 1 - true_left / true) if true else 1.0
    completeness = max(0.0, 1 - predicted_left / predicted) if predicted else 1.0
    normalized = _harmonic(homogeneity, completeness)
    if normalized == 1:
        adjusted = 1.0
    elif not predicted or not true:
        adjusted = 0.0
    else:
        chance = _expected_information(table)
        adjusted = (homogeneity * true - chance) / ((predicted + true) / 2 - chance)
    return {
        "normalized_mutual_information": normalized,
        "adjusted_mutual_information": adjusted,
        "v_measure": normalized,
        "homogeneity": homogeneity,
        "completeness": completeness,
    }


def _entropy(sizes):
    if len(sizes) < 2:
        return 0.0
    shares = sizes / sizes.sum()
    return float(-shares @ np.log(shares))


def _expected_information(table):
    sizes, times = np.unique(table.predicted_sizes, return_counts=True)
    other_sizes, other_times = np.unique(table.true_sizes, return_counts=True)
    return _sum_over_sizes(sizes, times, other_sizes, other_times, int(table.cells.sum()))


@kernel
def _sum_over_sizes(sizes, times, other_sizes, other_times, n):
    """Expected mutual information of clusterings with so many clusters of each size.

    The number of items that clusters of sizes a and b share is hypergeometric. Its probabilities follow from one
    another by ratios, and are summed from the most likely number to both sides until they no longer count.
    """
    expected = 0.0
    for i in range(len(sizes)):
        for j in range(len(other_sizes)):
            a, b = sizes[i], other_sizes[j]
            likeliest = (a + 1) * (b + 1) // (n + 2)
            least, most = max(0, a + b - n), min(a, b)
            scale = n / a / b
            mass, mean = 1.0, likeliest * np.log(max(likeliest, 1) * scale)
            chance = 1.0
            for k in range(likeliest + 1, most + 1):
                chance *= (a - k + 1) / k * ((b - k + 1) / (n - a - b + k))
                mass += chance
                mean += chance * k * np.log(k * scale)
                if chance * k < 1e-17 * mean:
                    break
            chance = 1.0
            for k in range(likeliest - 1, least - 1, -1):
                chance *= (k + 1) / (a - k) * ((n - a - b + k + 1) / (b - k))
                mass += chance
                mean += chance * k * np.log(max(k, 1) * scale)
                if chance < 1e-18:
                    break
            expected += times[i] * other_times[j] * (mean / mass / n)
    return expected
