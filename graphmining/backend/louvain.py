"""networkx's own Louvain method, move for move: the same seed, the same communities in the same order.

It visits nodes in the order that Python's generator shuffles them into, meets communities in the order of
networkx's dictionaries, and computes gains by the same formulas in the same order of operations.
`graphmining.louvain` is several times faster and uses all cores, but takes other ways.
"""

from __future__ import annotations

import numpy as np

from graphmining.graph.interface import label_sets
from graphmining.graph.networkx import edges_in_order
from graphmining.graph.rows import rows_from_edges
from graphmining.jit import kernel


def louvain_partitions(graph, *, weight, resolution, threshold, random):
    """Yield the communities level by level.

    Parameters
    ----------
    graph : networkx graph
        Directed or not.
    weight : str or None
    resolution, threshold : float
        As in `networkx.community.louvain_partitions`.
    random : random.Random

    Yields
    ------
    list of set
    """
    edges, named = edges_in_order(graph, weight=weight)
    if not len(edges[0]):
        yield [{node} for node in graph]
        return
    directed = graph.is_directed()
    level = _Level(*_merge(*edges, directed), len(named), directed)
    total = float(level.outward.sum()) if directed else float(level.outward.sum()) / 2
    membership = np.arange(len(named), dtype=np.int32)
    modularity = level.modularity(membership, total, resolution)
    labels, improved = level.move(total, resolution, random), True
    while improved:
        membership = labels[membership]
        yield label_sets(named, membership)
        new_modularity = level.modularity(labels, total, resolution)
        if new_modularity - modularity <= threshold:
            return
        modularity = new_modularity
        source, target, weights = level.edges()
        n = int(labels.max()) + 1
        level = _Level(*_merge(labels[source], labels[target], weights, directed), n, directed)
        labels = level.move(total, resolution, random)
        improved = int(labels.max()) + 1 < n


class _Level:
    """A graph between contractions, its rows in the order of networkx's dictionaries."""

    def __init__(self, source, target, weights, n, directed):
        self.n, self.directed = n, directed
        self.rows = rows_from_edges(source, target, weights, n, not directed)
        self.outward = _strengths(*self.rows, directed)
        self.inward, self.neighbors = self.outward, self.rows
        if directed:
            entering = rows_from_edges(target, source, weights, n, False)
            self.inward = _strengths(*entering, True)
            self.neighbors = _both_ways(*self.rows, *entering)

    def edges(self):
        """Edges in the order in which networkx iterates over them."""
        indptr, indices, weights = self.rows
        source = np.repeat(np.arange(self.n, dtype=np.int32), np.diff(indptr))
        if self.directed:
            return source, indices, weights
        once = indices >= source  # the other end has not been visited yet
        return source[once], indices[once], weights[once]

    def modularity(self, labels, total, resolution):
        source, target, weights = self.edges()
        inside = float(weights[labels[source] == labels[target]].sum())
        outward, inward = np.bincount(labels, self.outward), np.bincount(labels, self.inward)
        norm = 1 / total**2 if self.directed else 1 / (2 * total) ** 2
        return inside / total - resolution * norm * float((outward * inward).sum())

    def move(self, total, resolution, random):
        """Labels from 0 without gaps, numbered as networkx numbers what it finds."""
        order = list(range(self.n))
        random.shuffle(order)
        labels = np.arange(self.n, dtype=np.int32)
        factor = total**2 if self.directed else 2 * total**2
        order = np.array(order, np.int32)
        _one_level(
            order, *self.neighbors, self.outward, self.inward, labels, total, factor, resolution, self.directed
        )
        return np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int32)


def _merge(source, target, weights, directed):
    """Parallel edges as one, at the place of the first."""
    low, high = (source, target) if directed else (np.minimum(source, target), np.maximum(source, target))
    key = low.astype(np.int64) * (int(max(source.max(), target.max())) + 1) + high
    _, first, groups = np.unique(key, return_index=True, return_inverse=True)
    if len(first) == len(key):
        return source, target, weights
    sums = np.bincount(groups.reshape(-1), weights)
    places = np.argsort(first)
    return source[first[places]], target[first[places]], sums[places]


@kernel
def _strengths(indptr, indices, weights, directed):
    strengths = np.zeros(len(indptr) - 1)
    for v in range(len(strengths)):
        loop = 0.0
        for p in range(indptr[v], indptr[v + 1]):
            strengths[v] += weights[p]
            if indices[p] == v and not directed:
                loop = weights[p]
        strengths[v] += loop
    return strengths


@kernel
def _both_ways(indptr, indices, weights, in_indptr, in_indices, in_weights):
    """Successors, then those predecessors that are no successors; the weights of both ways together."""
    n = len(indptr) - 1
    both_indptr = np.zeros(n + 1, np.int64)
    both = np.empty(len(indices) + len(in_indices), np.int32)
    sums = np.empty(len(both))
    place = np.full(n, -1, np.int64)
    end = 0
    for v in range(n):
        first = end
        for p in range(indptr[v], indptr[v + 1]):
            place[indices[p]] = end
            both[end] = indices[p]
            sums[end] = weights[p]
            end += 1
        for p in range(in_indptr[v], in_indptr[v + 1]):
            u = in_indices[p]
            if place[u] >= first:
                sums[place[u]] += in_weights[p]
            else:
                both[end] = u
                sums[end] = in_weights[p]
                end += 1
        both_indptr[v + 1] = end
    return both_indptr, both[:end].copy(), sums[:end].copy()


@kernel
def _one_level(order, indptr, indices, weights, outward, inward, labels, total, factor, resolution, directed):
    n = len(labels)
    total_out, total_in = outward.copy(), inward.copy()
    sums = np.zeros(n)
    met = np.empty(n, np.int32)
    seen = np.zeros(n, np.bool_)
    moves = 1
    while moves:
        moves = 0
        for v in order:
            used = 0
            for p in range(indptr[v], indptr[v + 1]):
                if indices[p] == v:
                    continue
                c = labels[indices[p]]
                if not seen[c]:
                    seen[c] = True
                    met[used] = c
                    used += 1
                    sums[c] = 0.0
                sums[c] += weights[p]
            home = labels[v]
            if not seen[home]:
                seen[home] = True
                met[used] = home
                used += 1
                sums[home] = 0.0
            total_out[home] -= outward[v]
            if directed:
                total_in[home] -= inward[v]
                removal = (
                    -sums[home] / total
                    + resolution * (outward[v] * total_in[home] + inward[v] * total_out[home]) / factor
                )
            else:
                removal = -sums[home] / total + resolution * (total_out[home] * outward[v]) / factor
            best, best_gain = home, 0.0
            for k in range(used):
                c = met[k]
                seen[c] = False
                if directed:
                    cost = resolution * (outward[v] * total_in[c] + inward[v] * total_out[c]) / factor
                else:
                    cost = resolution * (total_out[c] * outward[v]) / factor
                gain = removal + sums[c] / total - cost
                if gain > best_gain:
                    best, best_gain = c, gain
            total_out[best] += outward[v]
            if directed:
                total_in[best] += inward[v]
            if best != home:
                labels[v] = best
                moves += 1
