"""Score the pairs inside of what hangs together that candidates left out."""

from __future__ import annotations

import numpy as np

from graphmining.clustering.affinity import affinity_clustering
from graphmining.clustering.components import component_labels
from graphmining.duplicates.clusters import condense
from graphmining.duplicates.pairs import Pairs
from graphmining.graph.csr import Graph
from graphmining.jit import kernel

# Nodes of a component whose pairs are all scored; of a larger one only those of its parts.
LARGEST = 1000


def complete(items, groups, pairs, scores, score, threshold, *, threads=None):
    """Score what candidates left out inside of what hangs together.

    Parameters
    ----------
    items : Items
    groups : ndarray of int64, shape (n,)
        The first of the items that count as one.
    pairs : Pairs
    scores : ndarray of float64, shape (pairs,)
    score : Score
    threshold : float
    threads : int, optional

    Returns
    -------
    Pairs, ndarray of float64
        Those there were and those of `missing_pairs`, between the first items of groups.
    """
    graph, firsts, _ = condense(len(items), groups, pairs.left, pairs.right, scores)
    left, right, oversized = missing_pairs(graph, threshold, threads=threads)
    more = items.between(Pairs(firsts[left], firsts[right]))
    notes = (*pairs.notes, oversized_note(oversized)) if oversized else pairs.notes
    left, right = np.concatenate([pairs.left, more.left]), np.concatenate([pairs.right, more.right])
    order = np.lexsort((right, left))
    both = Pairs(left[order], right[order], notes)
    if not len(more):
        return both, scores
    if score.probability:  # it may depend on the other pairs of the items
        return both, score.score(items, both, threads=threads)
    return both, np.concatenate([scores, score.score(items, more, threads=threads)])[order]


def oversized_note(count):
    """What the user is told about components of more than `LARGEST` nodes."""
    what = "group of similar items is" if count == 1 else "groups of similar items are"
    return (
        f"{count:,} {what} larger than {LARGEST:,}: only pairs within parts of that size were all compared, so "
        "clusters across parts may be missed"
    )


def missing_pairs(graph, threshold, *, largest=LARGEST, threads=None):
    """Pairs of nodes that a path of edges of at least a threshold joins, but no edge.

    Average linkage counts a pair without an edge as unlike. That is right where candidates are the most similar
    pairs, and wrong where they are those of hashing, which misses some, or of capped buckets, which miss many.

    Parameters
    ----------
    graph : Graph
    threshold : float
    largest : int
        Components of more nodes are cut into parts of at most so many (affinity clustering).
    threads : int, optional

    Returns
    -------
    left, right : ndarray of int64, shape (pairs,)
    oversized : int
        Number of components that were cut.
    """
    source, target, weights = graph.edges()
    kept = weights >= threshold
    strong = Graph.from_edges(source[kept], target[kept], weights[kept], n=len(graph))
    labels = component_labels(strong).astype(np.int64)
    sizes = np.bincount(labels, minlength=len(graph))
    oversized = sizes[labels] > largest
    if oversized.any():
        inner = oversized[source[kept]]
        part = Graph.from_edges(source[kept][inner], target[kept][inner], weights[kept][inner], n=len(graph))
        parts = affinity_clustering(part, rounds=None, max_size=largest, threads=threads).astype(np.int64)
        labels = np.where(oversized, len(graph) + parts, labels)
    order = np.argsort(labels, kind="stable")
    ends = np.flatnonzero(np.diff(labels[order], append=-1))
    left, right = _inner_pairs(graph.indptr, graph.indices, order, ends + 1)
    return left, right, int((sizes > largest).sum())


@kernel
def _inner_pairs(indptr, indices, order, ends):
    """Pairs within runs of `order` that have no edge; members of a run ascend."""
    places = np.full(len(indptr) - 1, -1)
    left = right = np.empty(0, np.int64)
    for count_only in (True, False):
        found = 0
        start = 0
        for end in ends:
            for i in range(start, end):
                v = order[i]
                for p in range(indptr[v], indptr[v + 1]):
                    places[indices[p]] = v
                for j in range(i + 1, end):
                    u = order[j]
                    if places[u] == v:
                        continue
                    if not count_only:
                        left[found] = v
                        right[found] = u
                    found += 1
            start = end
        if count_only:
            left = np.empty(found, np.int64)
            right = np.empty(found, np.int64)
            places[:] = -1
    return left, right
