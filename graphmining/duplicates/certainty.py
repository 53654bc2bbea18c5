"""How sure clusters are: what holds each together, and how far that is above the threshold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphmining.duplicates.constraints import meetings


class Profile(NamedTuple):
    """How sure clusters are; an entry for each cluster of two or more items.

    Attributes
    ----------
    weakest : list of tuple (int, int, float) or None
        The pair without which the cluster would fall apart first, and its score: the lightest of a maximum
        spanning tree of the compared pairs. None if compared pairs do not hold it together.
    joined_at : list of float or None
        Similarity of the dendrogram's merge that makes the cluster, or a larger one.
    mean, lowest : ndarray of float64
        Of the scores inside; NaN where none were compared.
    compared : ndarray of int64
        Pairs inside.
    margin : ndarray of float64
        What holds it together, less the threshold.
    """

    weakest: list
    joined_at: list
    mean: np.ndarray
    lowest: np.ndarray
    compared: np.ndarray
    margin: np.ndarray


def profile_clusters(found):
    """How sure each cluster of two or more items is: Profile."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    n, count = len(found.items), len(found.members)
    cluster = np.full(n, -1)
    for place, members in enumerate(found.members):
        cluster[members] = place
    left, right, scores = found.pairs.left, found.pairs.right, found.scores
    inside = (cluster[left] == cluster[right]) & (cluster[left] >= 0)
    left, right, scores = left[inside], right[inside], scores[inside]
    compared = np.bincount(cluster[left], minlength=count)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(cluster[left], scores, minlength=count) / compared
    lowest = np.full(count, np.nan)
    np.fmin.at(lowest, cluster[left], scores)
    apart = (found.groups[left] != found.groups[right]) & (scores > 0)
    equal = np.flatnonzero(found.groups != np.arange(n))
    left = np.concatenate([left[apart], found.groups[equal]])
    right = np.concatenate([right[apart], equal])
    scores = np.concatenate([scores[apart], np.ones(len(equal))])
    tree = minimum_spanning_tree(coo_array((2 - scores, (left, right)), shape=(n, n)).tocsr()).tocoo()
    weakest = [None] * count
    joints = np.bincount(cluster[tree.row], minlength=count) if len(tree.row) else np.zeros(count, np.int64)
    for at in np.lexsort((tree.row, tree.data)).tolist():
        a, b = sorted((int(tree.row[at]), int(tree.col[at])))
        weakest[cluster[a]] = a, b, float(2 - tree.data[at])
    weakest = [
        edge if joint == len(members) - 1 else None for edge, joint, members in zip(weakest, joints, found.members)
    ]
    joined_at = _joined_at(found)
    threshold = found.threshold.value
    average = found.steps.method == "average"
    holds = [
        joined if average and joined is not None else edge[2] if edge else 0.0
        for joined, edge in zip(joined_at, weakest)
    ]
    return Profile(weakest, joined_at, mean, lowest, compared, np.minimum(holds, 1.0) - threshold)


def _joined_at(found):
    """The similarity of the merge that holds all of a cluster, or None: list, an entry a cluster."""
    dendrogram = found.dendrogram
    first = np.array([members[0] for members in found.members for _ in members[1:]], np.int64)
    other = np.array([at for members in found.members for at in members[1:]], np.int64)
    merges = meetings(dendrogram.merges, len(found.items), first, other)
    result, start = [], 0
    for members in found.members:
        own = merges[start : start + len(members) - 1]
        start += len(own)
        result.append(float(dendrogram.similarities[own.max()]) if own.min() >= 0 else None)
    return result
