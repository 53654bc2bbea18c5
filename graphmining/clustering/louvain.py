"""Louvain: modularity, level by level."""

from __future__ import annotations

import numpy as np

from graphmining.clustering.local_moving import Level, contract, move_nodes, renumber
from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.seeds import seed_value
from graphmining.threads import thread_count


def louvain(graph, *, weight="weight", resolution=1.0, max_levels=None, seed=0, threads=None):
    """Find clusters of high modularity with the Louvain method.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected, weights not negative.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    resolution : float
        Above 1: smaller clusters; below 1: larger ones.
    max_levels : int, optional
        Levels of the hierarchy to climb; default: until none improves.
    seed : int, None or random generator
        Of the order in which nodes are visited; None draws a fresh one.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first; labels per node where the graph is no networkx graph.

    Raises
    ------
    GraphError
        If the graph is directed or has a negative weight.
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Modularity has a resolution limit [2]_: in large graphs it merges small clusters. `leiden` with the constant
    Potts model has none.

    References
    ----------
    .. [1] Blondel, Guillaume, Lambiotte, Lefebvre 2008, Fast unfolding of communities in large networks,
       arXiv:0803.0476
    .. [2] Fortunato, Barthélemy 2007, Resolution limit in community detection, arXiv:physics/0607100

    Examples
    --------
    >>> import networkx as nx
    >>> [sorted(cluster) for cluster in louvain(nx.barbell_graph(3, 0))]
    [[0, 1, 2], [3, 4, 5]]
    """
    g = as_graph(graph, weight=weight, directed=False)
    levels = louvain_levels(g, resolution=resolution, max_levels=max_levels, seed=seed, threads=threads)
    *_, labels = (np.arange(len(g), dtype=np.int32), *levels)
    return give_clusters(graph, g, labels)


def louvain_levels(graph, *, resolution=1.0, max_levels=None, seed=0, threads=None):
    """Climb the hierarchy level by level.

    Parameters
    ----------
    graph : Graph
        Undirected.
    resolution, max_levels, seed, threads
        As for `louvain`.

    Yields
    ------
    ndarray of int32, shape (n,)
        Labels of the nodes from 0, one level coarser each time.
    """
    check_resolution(resolution)
    if max_levels is not None and (max_levels != int(max_levels) or max_levels < 1):
        raise OptionError(f"max_levels must be a positive integer or None, not {max_levels!r}")
    threads, seed = thread_count(threads), seed_value(seed)
    level = Level(graph.indptr, graph.indices, graph.weights, graph.degrees)
    total = level.mass.sum()
    if total == 0:  # no edges: every node by itself
        return
    penalty = resolution / total
    membership = None
    climbed = 0
    while max_levels is None or climbed < max_levels:
        labels = np.arange(len(level), dtype=np.int32)
        if not move_nodes(level, labels, penalty, seed=seed + climbed, threads=threads):
            return
        labels, clusters = renumber(labels)
        membership = labels if membership is None else labels[membership]
        climbed += 1
        yield membership
        if clusters == len(level):
            return
        level = contract(level, labels, threads=threads)


def check_resolution(resolution):
    """Refuse a resolution that is no finite number of at least 0.

    Raises
    ------
    OptionError
        If it is not.
    """
    if not isinstance(resolution, (int, float, np.number)) or not 0 <= resolution < np.inf:
        raise OptionError(f"resolution must be a number of at least 0, not {resolution!r}")
