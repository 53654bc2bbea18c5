"""From scored pairs to clusters: one registry of methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.clustering.affinity import affinity_clustering
from graphmining.clustering.components import component_labels
from graphmining.clustering.correlation import correlation_clustering
from graphmining.clustering.dendrogram import Dendrogram
from graphmining.clustering.hierarchical import hierarchical_clustering
from graphmining.clustering.leiden import leiden
from graphmining.duplicates.constraints import prune
from graphmining.duplicates.methods import METHODS
from graphmining.duplicates.pairs import best_two
from graphmining.errors import OptionError, unknown
from graphmining.graph.csr import Graph
from graphmining.graph.interface import by_size


@dataclass(frozen=True, eq=False)
class Rules:
    """What clusters have to keep to.

    Attributes
    ----------
    max_size : int or None
        Items of a cluster at most.
    together, apart : ndarray of int64, shape (pairs, 2)
        Items that must, and must not, share a cluster.
    """

    max_size: int | None
    together: np.ndarray
    apart: np.ndarray


def check_method(method):
    """The method, if there is one of that name.

    Raises
    ------
    OptionError
        If not.
    """
    if method not in METHODS:
        raise OptionError(unknown("method", method, METHODS))
    return method


def groups_of(n, equal, together):
    """Items that count as one: the smallest position in each group, ndarray of int64, shape (n,).

    Parameters
    ----------
    n : int
    equal : ndarray of int64, shape (n,), or None
        For each item the first that is equal to it.
    together : ndarray of int64, shape (pairs, 2)
    """
    source, target = together[:, 0], together[:, 1]
    if equal is not None:
        source, target = np.concatenate([source, np.arange(n)]), np.concatenate([target, equal])
    return component_labels(Graph.from_edges(source, target, n=n)).astype(np.int64)


def condense(n, groups, left, right, scores):
    """The graph of groups: between two, the highest score of their items.

    Returns
    -------
    Graph
        Its nodes are the groups in order of their first items; weights are scores.
    firsts : ndarray of int64
        The first item of each.
    node : ndarray of int64, shape (n,)
        The group of each item.
    """
    firsts, node = np.unique(groups, return_inverse=True)
    node = node.reshape(-1).astype(np.int64)
    a, b = node[left], node[right]
    low, high = np.minimum(a, b), np.maximum(a, b)
    apart = low != high
    low, high, scores = low[apart], high[apart], scores[apart]
    if len(firsts) < n and len(low):
        order = np.lexsort((-scores, high, low))
        low, high, scores = low[order], high[order], scores[order]
        first = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1]))
        low, high, scores = low[first], high[first], scores[first]
    return Graph.from_edges(low, high, scores, n=len(firsts)), firsts, node


def make_dendrogram(graph, node, ids, *, most=None):
    """Average linkage of groups, with the items of a group joined first.

    Parameters
    ----------
    graph : Graph
        Of groups.
    node : ndarray of int64, shape (n,)
        The group of each item.
    ids : sequence, length n
    most : int, optional
        Larger groups are joined from parts of so many items.

    Returns
    -------
    Dendrogram
        Of the items.
    """
    groups = hierarchical_clustering(graph)
    n = len(node)
    order = np.argsort(node, kind="stable")
    sizes = np.bincount(node, minlength=len(graph))
    starts = np.cumsum(sizes) - sizes
    inner = n - len(graph)  # merges within groups
    merges = np.empty((inner + len(groups.merges), 2), np.int64)
    counts = np.empty(len(merges), np.int64)
    made = 0

    def join(parts):
        """One part of several, which are (number, size)."""
        nonlocal made
        number, size = parts[0]
        for other, more in parts[1:]:
            size += more
            merges[made], counts[made] = (number, other), size
            number = n + made
            made += 1
        return number, size

    numbers = order[starts] if n else np.empty(0, np.int64)  # of groups, as clusters
    for group in np.flatnonzero(sizes > 1):
        members = [(at, 1) for at in order[starts[group] : starts[group] + sizes[group]].tolist()]
        step = most or len(members)
        numbers[group] = join([join(members[at : at + step]) for at in range(0, len(members), step)])[0]
    numbers = np.concatenate([numbers, n + inner + np.arange(len(groups.merges))])
    weight = np.concatenate([sizes, np.zeros(len(groups.merges), np.int64)])
    for i, (a, b) in enumerate(groups.merges.tolist()):
        weight[len(graph) + i] = weight[a] + weight[b]
    merges[inner:] = numbers[groups.merges]
    counts[inner:] = weight[len(graph) :]
    similarities = np.concatenate([np.ones(inner), groups.similarities])
    return Dendrogram(np.sort(merges, axis=1), similarities, counts, ids)


def cluster(graph, node, method, threshold, rules, *, seed=0, threads=None):
    """Labels of items.

    Parameters
    ----------
    graph : Graph
        Of groups of items; weights are scores from 0 to 1; an edge that is not there has score 0.
    node : ndarray of int64, shape (n,)
        The group of each item.
    method : str
        One of `METHODS`.
    threshold : float
    rules : Rules
        In items; those in `together` are in one group already.
    seed : int
    threads : int, optional

    Returns
    -------
    ndarray of int32, shape (n,)
        The largest cluster is 0.
    """
    check_method(method)
    graph = without(graph, node[rules.apart])
    if method in ("average", "affinity"):
        graph = _inner(graph, threshold)
    if method == "average":
        return ruled_dendrogram(graph, node, range(len(node)), rules).cut(threshold)
    if method == "affinity":
        found = affinity_clustering(graph, threshold=threshold, rounds=None, threads=threads)
    elif method == "correlation":
        found = correlation_clustering(graph, resolution=threshold, seed=seed, threads=threads)
    elif method == "cpm":
        found = leiden(graph, objective="cpm", resolution=threshold, seed=seed, threads=threads)
    else:
        source, target, weights = graph.edges()
        kept = weights >= threshold
        if method == "mutual-best":
            kept &= mutual_best(source, target, weights, len(graph))
        found = component_labels(Graph.from_edges(source[kept], target[kept], n=len(graph)))
    return by_size(_split(found, graph, node, rules))


def _inner(graph, threshold):
    """The graph without edges between nodes that no path of edges of at least a threshold joins.

    On average such nodes are less alike than the threshold. Without these edges, what is found in a component does
    not depend on others even where similarities are equal, so that components can be clustered one by one.
    """
    source, target, weights = graph.edges()
    strong = weights >= threshold
    labels = component_labels(Graph.from_edges(source[strong], target[strong], n=len(graph)))
    kept = labels[source] == labels[target]
    return Graph.from_edges(source[kept], target[kept], weights[kept], n=len(graph))


def ruled_dendrogram(graph, node, ids, rules):
    """The dendrogram of items of which every cut keeps the rules."""
    dendrogram = make_dendrogram(graph, node, ids, most=rules.max_size)
    return prune(dendrogram, max_size=rules.max_size, apart=rules.apart)


def _split(labels, graph, node, rules):
    """Labels of items from those of groups; clusters that break a rule are split by average linkage."""
    labels = np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
    items = labels[node]
    broken = np.zeros(int(labels.max(initial=-1)) + 1, bool)
    if rules.max_size is not None:
        broken |= np.bincount(items, minlength=len(broken)) > rules.max_size
    if len(rules.apart):
        left, right = items[rules.apart[:, 0]], items[rules.apart[:, 1]]
        broken[left[left == right]] = True
    if not broken.any():
        return items
    source, target, weights = graph.edges()
    inside = (labels[source] == labels[target]) & broken[labels[source]]
    part = Graph.from_edges(source[inside], target[inside], weights[inside], n=len(graph))
    parts = ruled_dendrogram(part, node, range(len(node)), rules).cut(-np.inf)
    return np.where(broken[items], parts.astype(np.int64) + len(broken), items)


def mutual_best(source, target, weights, n):
    """Which edges are the heaviest of both their ends; of equally heavy ones the first counts.

    Returns
    -------
    ndarray of bool, shape (edges,)
    """
    # An edge stands at both its ends, one after the other, so that of equals the first edge comes first.
    ends = np.column_stack([source, target]).ravel()
    nodes, best, _ = best_two(ends, np.repeat(weights, 2))
    chosen = np.full(n, -1, np.int64)
    chosen[nodes] = best // 2
    edges = np.arange(len(weights))
    return (chosen[source] == edges) & (chosen[target] == edges)


def without(graph, apart):
    """The graph without edges between nodes that must stay apart."""
    if not len(apart):
        return graph
    source, target, weights = graph.edges()
    low, high = apart.min(axis=1), apart.max(axis=1)
    kept = ~np.isin(source.astype(np.int64) * len(graph) + target, low * len(graph) + high)
    return Graph.from_edges(source[kept], target[kept], weights[kept], n=len(graph))


def check_rules(rules, groups):
    """Make sure that links and size do not contradict one another.

    Raises
    ------
    OptionError
        If they do.
    """
    joined = groups[rules.apart[:, 0]] == groups[rules.apart[:, 1]]
    if joined.any():
        raise OptionError("must_link joins two items that cannot_link keeps apart; take one of the links out")
    if rules.max_size is not None and len(rules.together):
        largest = int(np.bincount(groups[np.unique(rules.together)]).max())
        if largest > rules.max_size:
            raise OptionError(f"must_link joins {largest} items, but max_size is {rules.max_size}")
