"""Cores: what is left when nodes with few neighbours go."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, give_scores, is_networkx
from graphmining.jit import kernel


def core_numbers(graph):
    """Find the largest k of a k-core that each node is in.

    The k-core is the largest part of the graph in which every node has at least k neighbours.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Of a directed graph in- and out-neighbours add up, a node that is both counts twice. Weights and
        self-loops are ignored, parallel edges count once.

    Returns
    -------
    dict of node to int, or ndarray of int64, shape (n,)

    Notes
    -----
    Nodes leave in the order of their degrees, sorted by counting: O(n + m) [1]_.

    References
    ----------
    .. [1] Batagelj, Zaversnik 2003, An O(m) algorithm for cores decomposition of networks,
       arXiv:cs/0310049

    Examples
    --------
    >>> import networkx as nx
    >>> core_numbers(nx.lollipop_graph(3, 2))
    {0: 2, 1: 2, 2: 2, 3: 1, 4: 1}
    """
    g = as_graph(graph, weight=None)
    return give_scores(graph, g, _core_numbers(g))


def k_core(graph, k=None):
    """Find the nodes of the k-core.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        As in `core_numbers`.
    k : int, optional
        Default: the largest with a node.

    Returns
    -------
    set of nodes, or ndarray of int64
        Positions in ascending order where the graph is no networkx graph.

    Raises
    ------
    OptionError
        If k is no integer from 0.

    Examples
    --------
    >>> import networkx as nx
    >>> k_core(nx.lollipop_graph(3, 2))
    {0, 1, 2}
    """
    if k is not None and (not isinstance(k, Integral) or isinstance(k, bool) or k < 0):
        raise OptionError(f"k must be an integer of at least 0, not {k!r}")
    g = as_graph(graph, weight=None)
    cores = _core_numbers(g)
    core = np.flatnonzero(cores >= (cores.max(initial=0) if k is None else k))
    if not is_networkx(graph):
        return core
    names = g.names()
    return {names[v] for v in core.tolist()}


def _core_numbers(graph):
    if graph.directed:
        back = graph.transposed
        return _peel(graph.indptr, graph.indices, back.indptr, back.indices)
    return _peel(graph.indptr, graph.indices, graph.indptr, graph.indices[:0])


@kernel
def _peel(indptr, indices, back_indptr, back_indices):
    """Core numbers from rows and, of directed graphs, rows of the transpose."""
    n = len(indptr) - 1
    core = np.zeros(n, np.int64)
    for v in range(n):
        for p in range(indptr[v], indptr[v + 1]):
            core[v] += indices[p] != v
        if len(back_indices):
            for p in range(back_indptr[v], back_indptr[v + 1]):
                core[v] += back_indices[p] != v
    # Nodes by degree: where each degree begins, which node stands where, and where each node stands.
    begin = np.zeros(core.max() + 2 if n else 1, np.int64)
    for v in range(n):
        begin[core[v] + 1] += 1
    for degree in range(1, len(begin)):
        begin[degree] += begin[degree - 1]
    order, place = np.empty(n, indices.dtype), np.empty(n, indices.dtype)
    for v in range(n):
        place[v] = begin[core[v]]
        order[place[v]] = v
        begin[core[v]] += 1
    for degree in range(len(begin) - 1, 0, -1):
        begin[degree] = begin[degree - 1]
    begin[0] = 0
    for i in range(n):
        v = order[i]
        for turn in range(2 if len(back_indices) else 1):
            start, stop = (indptr[v], indptr[v + 1]) if turn == 0 else (back_indptr[v], back_indptr[v + 1])
            for p in range(start, stop):
                u = indices[p] if turn == 0 else back_indices[p]
                if core[u] > core[v]:
                    # One neighbour less: to the front of its degree, whose begin moves on.
                    front = begin[core[u]]
                    first = order[front]
                    order[place[u]], order[front] = first, u
                    place[first], place[u] = place[u], front
                    begin[core[u]] += 1
                    core[u] -= 1
    return core
