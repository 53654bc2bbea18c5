"""How good clusters are, judged by the graph alone."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, take_clusters
from graphmining.jit import kernel


def modularity(graph, clusters, *, resolution=1, weight="weight"):
    """Compare the edges inside clusters with those expected in a random graph of the same degrees.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    resolution : float
        Weight of what is expected; smaller clusters score higher with a larger one.
    weight : str or None
        Edge attribute; None: every edge counts 1.

    Returns
    -------
    float
        At most 1; nan for a graph whose weights sum to 0.

    Raises
    ------
    GraphError
        If a weight is negative, or the clusters are no partition of the nodes.
    OptionError
        If the resolution is no finite number.

    Notes
    -----
    As in networkx: a self-loop counts once as an edge and twice in its node's degree [1]_; the expectation for
    a directed graph is made of out-degrees and in-degrees [2]_.

    References
    ----------
    .. [1] Newman, Girvan 2004, Finding and evaluating community structure in networks, arXiv:cond-mat/0308217
    .. [2] Leicht, Newman 2008, Community structure in directed networks, arXiv:0709.4500

    Examples
    --------
    >>> import networkx as nx
    >>> modularity(nx.Graph([(0, 1), (2, 3)]), [{0, 1}, {2, 3}])
    0.5
    """
    resolution = _resolution(resolution)
    g, labels, _ = _take(graph, clusters, weight)
    return _modularity(_tally(g, labels), resolution)


def cut(graph, clusters, *, weight="weight"):
    """Add up the weights of the edges between clusters.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Weights may be negative.
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
        A single `set` of nodes stands for itself and all the other nodes.
    weight : str or None
        Edge attribute; None: every edge counts 1.

    Returns
    -------
    float
        Of a directed graph edges in both directions count.

    Raises
    ------
    GraphError
        If the clusters are no partition of the nodes, or the set holds an unknown node.

    Examples
    --------
    >>> import networkx as nx
    >>> cut(nx.path_graph(4), {1, 2}), cut(nx.path_graph(4), [{0, 1}, {2, 3}])
    (2.0, 1.0)
    """
    if isinstance(clusters, (set, frozenset)):
        g = as_graph(graph, weight=weight, negative=True)
        labels = np.zeros(len(g), np.int32)
        labels[g.positions(clusters)] = 1
    else:
        g, labels, _ = _take(graph, clusters, weight, negative=True)
    return _cut(_tally(g, labels))


def conductance(graph, clusters, *, weight="weight"):
    """Compare the edges that leave each cluster with all its edges.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    weight : str or None
        Edge attribute; None: every edge counts 1.

    Returns
    -------
    ndarray of float64, shape (clusters,)
        In the order of the collections; labels of a dict as they first occur, labels of an array ascending.

    Raises
    ------
    GraphError
        If a weight is negative, or the clusters are no partition of the nodes, or one is empty.

    Notes
    -----
    Weight of the edges between a cluster and the other nodes, by the smaller of the two sums of degrees (of a
    directed graph: edges in both directions, and out-degrees), as in networkx [1]_. A cluster that no edge
    leaves or enters has conductance 0, also where both are 0. In a directed graph conductances may exceed 1, and
    are infinite where edges only enter.

    References
    ----------
    .. [1] Kannan, Vempala, Vetta 2004, On clusterings: good, bad and spectral, doi:10.1145/990308.990313

    Examples
    --------
    >>> import networkx as nx
    >>> conductance(nx.path_graph(4), [{0, 1}, {2, 3}]).round(2).tolist()
    [0.33, 0.33]
    """
    g, labels, given = _take(graph, clusters, weight)
    if given is not None and len(given) and min(given) == 0:
        raise GraphError(f"cluster {given.index(0)} is empty, so it has no conductance")
    return _conductance(_tally(g, labels))


def coverage(graph, clusters, *, weight="weight"):
    """Share of the weight of all edges that is inside clusters.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    weight : str or None
        Edge attribute; None: every edge counts 1.

    Returns
    -------
    float
        From 0 to 1; nan for a graph whose weights sum to 0.

    Raises
    ------
    GraphError
        If a weight is negative, or the clusters are no partition of the nodes.

    References
    ----------
    .. [1] Fortunato 2010, Community detection in graphs, arXiv:0906.0612

    Examples
    --------
    >>> import networkx as nx
    >>> coverage(nx.path_graph(5), [{0, 1, 2}, {3, 4}])
    0.75
    """
    g, labels, _ = _take(graph, clusters, weight)
    return _coverage(_tally(g, labels))


def quality(graph, clusters, *, resolution=1, weight="weight"):
    """Measure clusters by everything that needs no truth.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    resolution : float
        Of the modularity.
    weight : str or None
        Edge attribute; None: every edge counts 1.

    Returns
    -------
    dict
        `clusters`, their number; `sizes`, a list, the largest first; `modularity`; `coverage`; `cut`;
        `mean_conductance` and `max_conductance` over the clusters; `connected`, the share of clusters whose
        nodes are connected by edges inside, whatever their direction. What is not defined is nan.

    Raises
    ------
    GraphError
        If a weight is negative, or the clusters are no partition of the nodes.
    OptionError
        If the resolution is no finite number.

    See Also
    --------
    modularity, coverage, cut, conductance

    Examples
    --------
    >>> import networkx as nx
    >>> report = quality(nx.path_graph(4), [{0, 1}, {2, 3}])
    >>> report["clusters"], report["cut"], report["connected"]
    (2, 1.0, 1.0)
    """
    resolution = _resolution(resolution)
    g, labels, _ = _take(graph, clusters, weight)
    tally = _tally(g, labels)
    shares = _conductance(tally)
    return {
        "clusters": len(shares),
        "sizes": sorted(np.bincount(labels).tolist(), reverse=True) if len(labels) else [],
        "modularity": _modularity(tally, resolution),
        "coverage": _coverage(tally),
        "cut": _cut(tally),
        "mean_conductance": float(shares.mean()) if len(shares) else math.nan,
        "max_conductance": float(shares.max()) if len(shares) else math.nan,
        "connected": _connected(g, labels),
    }


class _Tally(NamedTuple):
    """Sums of weights, by cluster: of edges inside, leaving and entering, of out-degrees and in-degrees."""

    inside: np.ndarray
    leaving: np.ndarray
    entering: np.ndarray
    directed: bool

    @property
    def total(self):
        between = self.leaving.sum() if self.directed else self.leaving.sum() / 2
        return float(self.inside.sum() + between)

    @property
    def out_degrees(self):
        return (self.inside if self.directed else 2 * self.inside) + self.leaving

    @property
    def in_degrees(self):
        return self.inside + self.entering if self.directed else self.out_degrees


def _resolution(resolution):
    try:
        value = float(resolution)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise OptionError(f"resolution must be a finite number, not {resolution!r}")
    return value


def _take(graph, clusters, weight, negative=False):
    """The graph, a label for each node, and the number of nodes given for each cluster, where it was given."""
    g = as_graph(graph, weight=weight, negative=negative)
    given = None
    if not isinstance(clusters, (dict, np.ndarray)):
        clusters = list(clusters)
        given = [len(cluster) if hasattr(cluster, "__len__") else 1 for cluster in clusters]
    return g, take_clusters(g, clusters).astype(np.int32), given


def _tally(graph, labels):
    clusters = int(labels.max()) + 1 if len(labels) else 0
    inside, leaving, entering = _sum_by_cluster(graph.indptr, graph.indices, graph.weights, labels, clusters)
    if not graph.directed:
        # Both rows of an edge have it, and only one row a self-loop.
        loops = np.bincount(labels, graph.loops, clusters)
        inside = (inside + loops) / 2
    return _Tally(inside, leaving, entering, graph.directed)


def _modularity(tally, resolution):
    total = tally.total
    if not total:
        return math.nan
    by_chance = (tally.out_degrees / total) @ (tally.in_degrees / total)
    return float(tally.inside.sum() / total - resolution * by_chance / (1 if tally.directed else 4))


def _coverage(tally):
    return float(tally.inside.sum() / tally.total) if tally.total else math.nan


def _cut(tally):
    return float(tally.leaving.sum() if tally.directed else tally.leaving.sum() / 2)


def _conductance(tally):
    crossing = tally.leaving + tally.entering if tally.directed else tally.leaving
    degrees = tally.out_degrees
    smaller = np.minimum(degrees, degrees.sum() - degrees)
    with np.errstate(divide="ignore"):
        return np.divide(crossing, smaller, out=np.zeros(len(crossing)), where=crossing > 0)


def _connected(graph, labels):
    """Share of clusters that are connected."""
    if not len(labels):
        return math.nan
    return float(np.mean(_count_parts(graph.indptr, graph.indices, labels, np.bincount(labels)) == 1))


@kernel
def _sum_by_cluster(indptr, indices, weights, labels, clusters):
    inside, leaving, entering = np.zeros(clusters), np.zeros(clusters), np.zeros(clusters)
    for u in range(len(indptr) - 1):
        own = labels[u]
        for p in range(indptr[u], indptr[u + 1]):
            other = labels[indices[p]]
            if own == other:
                inside[own] += weights[p]
            else:
                leaving[own] += weights[p]
                entering[other] += weights[p]
    return inside, leaving, entering


@kernel
def _count_parts(indptr, indices, labels, sizes):
    """Number of connected parts of each cluster: every link between two parts makes one of them."""
    parts = sizes.copy()
    parent = np.arange(len(labels)).astype(indices.dtype)
    for u in range(len(labels)):
        for p in range(indptr[u], indptr[u + 1]):
            if labels[indices[p]] != labels[u]:
                continue
            a, b = indices.dtype.type(u), indices[p]
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            if a != b:
                # The smaller index is the root: one answer, whatever the order of links.
                parent[max(a, b)] = min(a, b)
                parts[labels[u]] -= 1
    return parts
