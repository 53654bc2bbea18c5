"""Dendrograms: hierarchies of clusters that can be cut again at any similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index

import numpy as np

from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import by_size, label_sets
from graphmining.jit import kernel


@dataclass(frozen=True, eq=False, repr=False)
class Dendrogram:
    """The merges of a hierarchical clustering of n leaves, the most similar clusters first.

    Heights are similarities, as on the edges of a graph: the larger, the closer. A merge is never more similar
    than the merges below it. Clusters without any similarity never merge, so that the dendrogram of a sparse
    graph is a forest of n - k trees.

    `graphmining.hierarchical_clustering` makes one.

    Attributes
    ----------
    merges : ndarray of int64, shape (k, 2)
        The two clusters of each merge, the smaller number first, as in scipy: 0, …, n - 1 are the leaves,
        and merge i makes cluster n + i.
    similarities : ndarray of float64, shape (k,)
        How similar the two are; never ascending.
    sizes : ndarray of int64, shape (k,)
        Number of leaves of each merged cluster.
    nodes : sequence, length n
        The leaves' names.
    as_sets : bool
        Whether clusters are given as sets of names (for networkx graphs) or as an array of labels.

    Raises
    ------
    GraphError
        If these arrays describe no such hierarchy.

    Examples
    --------
    >>> dendrogram = Dendrogram([[0, 1], [2, 3]], [0.75, 0.5], [2, 3], ["a", "b", "c"], as_sets=True)
    >>> [sorted(cluster) for cluster in dendrogram.cut(0.6)]
    [['a', 'b'], ['c']]
    >>> dendrogram.to_scipy(lambda similarity: 1 - similarity).tolist()
    [[0.0, 1.0, 0.25, 2.0], [2.0, 3.0, 0.5, 3.0]]
    """

    merges: np.ndarray
    similarities: np.ndarray
    sizes: np.ndarray
    nodes: Sequence
    as_sets: bool = False

    def __post_init__(self):
        for name, dtype in (("merges", np.int64), ("similarities", np.float64), ("sizes", np.int64)):
            array = np.ascontiguousarray(getattr(self, name), dtype).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if not self.merges.size:
            object.__setattr__(self, "merges", self.merges.reshape(0, 2))
        self._check()

    def _check(self):
        count, n = len(self.similarities), len(self.nodes)
        if self.merges.shape != (count, 2) or self.similarities.ndim != 1 or self.sizes.shape != (count,):
            raise GraphError(
                f"a dendrogram needs merges of shape (k, 2), k similarities and k sizes, not {self.merges.shape}, "
                f"{self.similarities.shape} and {self.sizes.shape}"
            )
        if count and (self.merges.min() < 0 or (self.merges.max(axis=1) >= n + np.arange(count)).any()):
            raise GraphError("a merge names a cluster that does not exist yet")
        if (np.bincount(self.merges.ravel()) > 1).any():
            raise GraphError("a cluster is merged twice")
        if not (self.similarities[1:] <= self.similarities[:-1]).all():
            raise GraphError("the similarities of merges must descend")

    def __repr__(self):
        return f"Dendrogram: {len(self.nodes):,} leaves, {len(self.merges):,} merges"

    def cut(self, threshold):
        """The clusters that remain when only merges of at least a similarity are made.

        Takes time linear in the number of leaves, so that trying many thresholds is cheap.

        Parameters
        ----------
        threshold : float
            At 0 and below the clusters are whole trees.

        Returns
        -------
        list of set, or ndarray of int32, shape (n,)
            The clusters, largest first, in the form that goes with the clustered graph.
        """
        try:
            threshold = float(threshold)
        except (TypeError, ValueError):
            threshold = np.nan
        if np.isnan(threshold):
            raise OptionError("threshold must be a number")
        return self._after(int(np.searchsorted(-self.similarities, -threshold, side="right")))

    def cut_into(self, count):
        """Cut into a number of clusters.

        Parameters
        ----------
        count : int
            Between the number of trees and the number of leaves.

        Returns
        -------
        list of set, or ndarray of int32, shape (n,)
            As `cut` gives them.

        Raises
        ------
        OptionError
            If there are not so many clusters, or always more.
        """
        n = len(self.nodes)
        fewest = n - len(self.merges)
        try:
            count = index(count)
        except TypeError:
            raise OptionError(f"the number of clusters must be an integer, not {count!r}") from None
        if not fewest <= count <= n:
            raise OptionError(
                f"{n} leaves in {fewest} trees cannot be cut into {count} clusters, only into {fewest} to {n}"
            )
        return self._after(n - count)

    def _after(self, count):
        """The clusters after so many merges."""
        labels = by_size(_first_leaves(self.merges[:count], len(self.nodes)))
        return label_sets(self, labels) if self.as_sets else labels

    def to_scipy(self, distance=None):
        """The linkage matrix that `scipy.cluster.hierarchy` works with.

        Parameters
        ----------
        distance : callable, optional
            Turns an array of similarities into finite distances, none of them negative, the larger the less
            similar. Default: the largest similarity less the similarity.

        Returns
        -------
        ndarray of float64, shape (n - 1, 4)
            Two clusters, their distance, the number of leaves. The trees of a forest are joined last, one
            after the other, at similarity 0.

        Raises
        ------
        OptionError
            If `distance` gives something else.
        """
        n, count = len(self.nodes), len(self.merges)
        matrix = np.empty((max(n - 1, 0), 4))
        similarities = np.zeros(len(matrix))
        similarities[:count] = self.similarities
        matrix[:count, :2] = self.merges
        matrix[:count, 3] = self.sizes
        sizes = np.concatenate([np.ones(n, np.int64), self.sizes])
        trees = np.setdiff1d(np.arange(n + count), self.merges)
        if count < len(matrix):
            joined = np.arange(n + count, n + len(matrix))
            matrix[count:, 0] = trees[1:]
            matrix[count:, 1] = np.concatenate([trees[:1], joined[:-1]])
            matrix[count:, :2].sort(axis=1)
            matrix[count:, 3] = np.cumsum(sizes[trees])[1:]
        if distance is None:
            matrix[:, 2] = similarities.max(initial=0) - similarities
            return matrix
        distances = np.asarray(distance(similarities), np.float64)
        good = distances.shape == similarities.shape and np.isfinite(distances).all()
        if not good or (distances < 0).any() or (np.diff(distances) < 0).any():
            raise OptionError(
                "distance must give one finite number ≥ 0 for each similarity (0 among them, for a forest), "
                "never a smaller one for a smaller similarity"
            )
        matrix[:, 2] = distances
        return matrix


@kernel
def _first_leaves(merges, leaves):
    """The first leaf of each leaf's cluster."""
    count = len(merges)
    parent = np.arange(leaves + count)
    for i in range(count):
        parent[merges[i, 0]] = leaves + i
        parent[merges[i, 1]] = leaves + i
    # Parents have larger numbers than children: from the top down, roots are known before they are asked for.
    for c in range(leaves + count - 1, -1, -1):
        parent[c] = parent[parent[c]]
    first = np.full(leaves + count, -1)
    labels = np.empty(leaves, np.int64)
    for v in range(leaves):
        if first[parent[v]] < 0:
            first[parent[v]] = v
        labels[v] = first[parent[v]]
    return labels
