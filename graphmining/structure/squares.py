"""Squares, and how far the neighbours of a node share other neighbours."""

from __future__ import annotations

import numpy as np

from graphmining.graph.interface import as_graph, give_scores
from graphmining.jit import kernel
from graphmining.threads import even_pieces, team, thread_count


def square_clustering(graph, *, threads=None):
    """Measure which part of the possible squares through each node exists.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Weights and self-loops are ignored, parallel edges count once.
    threads : int, optional
        Default: all cores.

    Returns
    -------
    dict of node to float, or ndarray of float64, shape (n,)
        0 where there are fewer than two neighbours.

    Raises
    ------
    GraphError
        If the graph is directed.

    Notes
    -----
    Definition and answer are those of `networkx.square_clustering` [1]_. The work is a step for each path of
    two edges.

    References
    ----------
    .. [1] Zhang, Wang, Li, Li, Di, Fan 2008, Clustering coefficient and community structure of bipartite networks,
       arXiv:0710.0117

    Examples
    --------
    >>> import networkx as nx
    >>> square_clustering(nx.cycle_graph(4))
    {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}
    """
    g = as_graph(graph, weight=None, directed=False)
    degrees = np.diff(g.indptr) - (g.loops != 0)
    # A node costs the degrees of its neighbours.
    reach = np.concatenate([[0], np.cumsum(degrees[g.indices])])
    scores = np.zeros(len(g))
    threads = thread_count(threads)
    with team(threads) as run:
        run(_count_squares, even_pieces(reach[g.indptr], threads), g.indptr, g.indices, degrees, scores)
    return give_scores(graph, g, scores)


@kernel
def _count_squares(start, stop, indptr, indices, degrees, scores):
    n = len(indptr) - 1
    paths = np.zeros(n, np.int64)
    # One place more: a node is noted before it is known to be new.
    touched = np.empty(n + 1, indices.dtype)
    for v in range(start, stop):
        others = degrees[v] - 1
        if others < 1:
            continue
        count, ends = 0, 0
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if u == v:
                continue
            ends += degrees[u]
            # Unsigned positions need no check for negative ones.
            for q in range(np.uint64(indptr[u]), np.uint64(indptr[u + 1])):
                x = np.uint64(indices[q])
                if x != v and x != u:
                    touched[count] = x
                    count += paths[x] == 0
                    paths[x] += 1
        closed = 0
        for p in range(indptr[v], indptr[v + 1]):
            closed += paths[indices[p]]
        squares = 0
        for t in range(count):
            x = touched[t]
            squares += paths[x] * (paths[x] - 1) // 2
            paths[x] = 0
        possible = ends * others - (others + 1) * others - closed - squares
        if possible > 0:
            scores[v] = squares / possible
