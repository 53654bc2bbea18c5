"""Connected components."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import inlined, kernel

CONNECTIONS = ("weak", "strong")


def connected_components(graph, *, connection="weak"):
    """Find the connected components.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    connection : {"weak", "strong"}
        For directed graphs: whether directions are ignored, or paths must lead both ways.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The components, largest first; labels per node where the graph is no networkx graph.

    Notes
    -----
    Weak: a union–find forest with path halving, linked by index, linear in practice [1]_. Strong: scipy's.

    References
    ----------
    .. [1] Tarjan, van Leeuwen 1984, Worst-case analysis of set union algorithms, doi:10.1145/62.2160

    Examples
    --------
    >>> import networkx as nx
    >>> connected_components(nx.Graph([(1, 2), (2, 3), (4, 5)]))
    [{1, 2, 3}, {4, 5}]
    """
    if connection not in CONNECTIONS:
        raise OptionError(unknown("connection", connection, CONNECTIONS))
    g = as_graph(graph, weight=None, negative=True)
    if g.directed and connection == "strong":
        from scipy.sparse.csgraph import connected_components as scipy_components

        return give_clusters(graph, g, scipy_components(g.to_scipy(), connection="strong")[1])
    return give_clusters(graph, g, component_labels(g))


def component_labels(graph):
    """The smallest position in each node's (weak) component: ndarray of int32 or int64, shape (n,)."""
    return _union_find(graph.indptr, graph.indices)


@kernel
def connected_parts(indptr, indices, weights, labels):
    """Split clusters that are not connected; each part is named by its first node."""
    n = len(labels)
    parent = np.arange(n).astype(np.int32)
    for u in range(n):
        for p in range(indptr[u], indptr[u + 1]):
            if labels[indices[p]] == labels[u] and weights[p] != 0.0:
                _join(parent, np.int32(u), np.int32(indices[p]))
    for v in range(n):
        parent[v] = parent[parent[v]]
    return parent


@kernel
def _union_find(indptr, indices):
    n = len(indptr) - 1
    parent = np.arange(n).astype(indices.dtype)
    for u in range(n):
        for p in range(indptr[u], indptr[u + 1]):
            _join(parent, indices.dtype.type(u), indices[p])
    for v in range(n):
        parent[v] = parent[parent[v]]
    return parent


@inlined
def _join(parent, a, b):
    """Put two nodes into one tree; its root is the smallest of its nodes."""
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    while parent[b] != b:
        parent[b] = parent[parent[b]]
        b = parent[b]
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b
