"""Correlation clustering: like with like, by edges that attract and edges that repel."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from graphmining.clustering.components import component_labels
from graphmining.clustering.local_moving import Level, contract, move_nodes, objective, renumber
from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, give_clusters, take_clusters
from graphmining.seeds import seed_value
from graphmining.threads import thread_count


def correlation_clustering(
    graph, *, resolution=0.0, node_weights=None, iterations=3, weight="weight", seed=0, threads=None
):
    """Find clusters whose nodes attract each other.

    Maximises Σ (w_uv - resolution · k_u · k_v) over the pairs of nodes u, v in one cluster, where w_uv is the
    weight of their edge, 0 without one, and k the weights of nodes. How many clusters there are follows from
    this: with resolution 0 only edges of negative weight keep nodes apart.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected; positive weights attract, negative ones repel. Self-loops do not matter.
    resolution : float
        At least 0. With node weights 1: the mean weight that a pair in a cluster has to have.
    node_weights : dict of node to float, or array_like of float, shape (n,), optional
        At least 0. Default: 1 each. Degrees with resolution 1 / (sum of degrees) give modularity.
    iterations : int or None
        Passes over the graph; None: until one does not improve.
    weight : str or None
        Edge attribute of a networkx graph; None: every weight is 1.
    seed : int, None or random generator
        Of the order in which nodes are visited; None draws a fresh one.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first, each connected by edges that attract; labels per node where the graph is no
        networkx graph.

    Raises
    ------
    GraphError
        If the graph is directed, or the weights of nodes do not fit it.
    OptionError
        If the resolution is no finite number of at least 0, or `iterations` no positive integer or None.

    Notes
    -----
    Finding the best clusters is NP-hard [1]_. In a pass, nodes move to the cluster they gain most by, clusters
    become nodes that move in turn, and on the way down the nodes of each level move once more (multilevel
    refinement [2]_). The first pass starts from single nodes, the second from one cluster of all, later ones
    from parts of the best clusters so far. The best of all is given, which is never worse than single nodes
    or one cluster of all.

    References
    ----------
    .. [1] Bansal, Blum, Chawla 2004, Correlation clustering, doi:10.1023/B:MACH.0000033116.57574.95
    .. [2] Shi, Dhulipala, Eisenstat, Łącki, Mirrokni 2021, Scalable Community Detection via Parallel
       Correlation Clustering, arXiv:2108.01731

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.Graph()
    >>> graph.add_weighted_edges_from([("a", "b", 1), ("b", "c", 1), ("a", "c", -3), ("c", "d", 2)])
    >>> clusters = correlation_clustering(graph)
    >>> [sorted(cluster) for cluster in clusters], correlation_objective(graph, clusters)
    ([['a', 'b'], ['c', 'd']], 3.0)
    """
    seed, threads = seed_value(seed), thread_count(threads)
    if iterations is not None and (not isinstance(iterations, (int, np.integer)) or iterations < 1):
        raise OptionError(f"iterations must be a positive integer or None, not {iterations!r}")
    g, level, resolution = _take(graph, resolution, node_weights, weight)
    singles, one = np.arange(len(g), dtype=np.int32), np.zeros(len(g), np.int32)
    if not len(g.indices):
        return give_clusters(graph, g, singles)
    level = replace(level, weights=_for_exact_sums(level.weights))
    best = max(singles, _connected(level, one), key=lambda labels: objective(level, labels, resolution))
    score = objective(level, best, resolution)
    for number in count() if iterations is None else range(iterations):
        labels = _connected(level, _pass(level, number, best, resolution, seed + number, threads))
        new_score = objective(level, labels, resolution)
        if new_score > score:
            best, score = labels, new_score
        elif iterations is None and number > 1:
            break
    return give_clusters(graph, g, best)


def correlation_objective(graph, clusters, *, resolution=0.0, node_weights=None, weight="weight"):
    """What `correlation_clustering` maximises.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    resolution, node_weights, weight
        As for `correlation_clustering`.

    Returns
    -------
    float
        Σ (w_uv - resolution · k_u · k_v) over the pairs of nodes in one cluster.

    Raises
    ------
    GraphError
        If the graph is directed, or the clusters are no partition of its nodes, or the weights of nodes do not
        fit it.
    OptionError
        If the resolution is no finite number of at least 0.

    Examples
    --------
    >>> import networkx as nx
    >>> correlation_objective(nx.path_graph(4), [{0, 1, 2}, {3}], resolution=0.5)
    0.5
    """
    g, level, resolution = _take(graph, resolution, node_weights, weight)
    labels = take_clusters(g, clusters).astype(np.int32)
    loops = float(g.loops.sum()) - resolution * float((level.mass**2).sum()) / 2
    return objective(level, labels, resolution) - loops


def _take(graph, resolution, node_weights, weight):
    try:
        resolution = float(resolution)
    except (TypeError, ValueError):
        resolution = np.nan
    if not 0 <= resolution < np.inf:
        raise OptionError("resolution must be a finite number of at least 0")
    g = as_graph(graph, weight=weight, directed=False, negative=True)
    return g, Level(g.indptr, g.indices, g.weights, _masses(g, node_weights)), resolution


def _masses(g, node_weights):
    if node_weights is None:
        return np.ones(len(g))
    if isinstance(node_weights, dict):
        missing = [node for node in g.names() if node not in node_weights]
        if missing:
            raise GraphError(f"node {missing[0]!r} has no weight")
        node_weights = [node_weights[node] for node in g.names()]
    try:
        masses = np.array(node_weights, np.float64)
    except (TypeError, ValueError):
        raise GraphError("the weights of nodes must be numbers") from None
    if masses.shape != (len(g),):
        raise GraphError(f"weights of nodes have shape {masses.shape}, but the graph has {len(g)} nodes")
    if len(masses) and not (np.isfinite(masses).all() and masses.min() >= 0):
        raise GraphError("the weights of nodes must be finite and at least 0")
    return masses


def _for_exact_sums(weights):
    """Weights rounded so that sums do not depend on their order: else rounding might move nodes for ever."""
    unit = 2.0 ** (np.ceil(np.log2(max(np.abs(weights).sum(), 1e-290))) - 51)
    return np.round(weights / unit) * unit


def _pass(level, number, best, resolution, seed, threads):
    """Labels after a pass; where it starts depends on its number."""
    if number == 0:
        return _climb(level, np.arange(len(level), dtype=np.int32), resolution, seed, threads)
    if number == 1:
        return _climb(level, np.zeros(len(level), np.int32), resolution, seed, threads)
    parts = np.arange(len(level), dtype=np.int32)
    move_nodes(_inside(level, best), parts, resolution, seed=seed, threads=threads)
    parts, clusters = renumber(parts)
    labels = np.empty(clusters, np.int32)
    labels[parts] = best
    labels = _climb(contract(level, parts, threads=threads), labels, resolution, seed, threads)
    return _settle(level, labels[parts], resolution, seed, threads)


def _climb(level, labels, resolution, seed, threads):
    """Move nodes, make clusters nodes, climb on; on the way down, move nodes again."""
    labels = _settle(level, labels, resolution, seed, threads)
    clusters = int(labels.max()) + 1
    if clusters == len(level):
        return labels
    above = np.arange(clusters, dtype=np.int32)
    above = _climb(contract(level, labels, threads=threads), above, resolution, seed, threads)
    return _settle(level, above[labels], resolution, seed, threads)


def _settle(level, labels, resolution, seed, threads):
    labels = renumber(labels)[0]
    move_nodes(level, labels, resolution, seed=seed, threads=threads)
    return renumber(labels)[0]


def _connected(level, labels):
    """Clusters split where no edge attracts: that costs nothing."""
    attracting = replace(level, weights=np.maximum(level.weights, 0))
    return renumber(component_labels(_inside(attracting, labels)))[0]


def _inside(level, labels):
    """The graph without edges between clusters and edges of weight 0."""
    rows = np.repeat(np.arange(len(level), dtype=level.indices.dtype), np.diff(level.indptr))
    inside = (labels[rows] == labels[level.indices]) & (level.weights != 0)
    indptr = np.concatenate([[0], np.cumsum(inside)])[level.indptr]
    return Level(indptr, level.indices[inside], level.weights[inside], level.mass)
