"""Triangles, and how far the neighbours of a node know each other."""

from __future__ import annotations

import numpy as np

from graphmining.errors import GraphError
from graphmining.graph.csr import Graph
from graphmining.graph.interface import as_graph, give_scores
from graphmining.jit import kernel
from graphmining.threads import even_pieces, team, thread_count

# Sums are taken over this many pieces, then over the pieces: the same for any number of threads.
PIECES = 8


def triangles(graph, *, threads=None):
    """Count the triangles through each node.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Weights and self-loops are ignored, parallel edges count once.
    threads : int, optional
        Default: all cores.

    Returns
    -------
    dict of node to int, or ndarray of int64, shape (n,)

    Raises
    ------
    GraphError
        If the graph is directed.

    Notes
    -----
    Every edge points to its end of higher degree; two ends that point to the same third node make a triangle.
    No node points to more than √(2 m) others, so the work is O(m √m) [1]_.

    References
    ----------
    .. [1] Latapy 2008, Main-memory triangle computations for very large (sparse (power-law)) graphs,
       doi:10.1016/j.tcs.2008.07.017

    Examples
    --------
    >>> import networkx as nx
    >>> triangles(nx.complete_graph(4))
    {0: 3, 1: 3, 2: 3, 3: 3}
    """
    g = as_graph(graph, weight=None, directed=False)
    return give_scores(graph, g, np.rint(_products(_alike(g), thread_count(threads))).astype(np.int64))


def clustering_coefficients(graph, *, weight=None, threads=None):
    """Measure which part of the possible triangles through each node exists.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Of a directed graph all directed triangles count [2]_. Self-loops are ignored.
    weight : str, optional
        Edge attribute; a triangle then counts the geometric mean of its weights, divided by the largest weight
        of the graph [1]_. For other graphs any name stands for their weights. Default: every triangle counts 1.
    threads : int, optional
        Default: all cores. The answer is the same for any number.

    Returns
    -------
    dict of node to float, or ndarray of float64, shape (n,)
        0 where there are fewer than two neighbours.

    Raises
    ------
    GraphError
        If no weight is above 0.

    Notes
    -----
    Definitions and answer are those of `networkx.clustering`; weights may be negative, as there.

    References
    ----------
    .. [1] Onnela, Saramäki, Kertész, Kaski 2005, Intensity and coherence of motifs in weighted complex networks,
       doi:10.1103/PhysRevE.71.065103
    .. [2] Fagiolo 2007, Clustering in complex directed networks, doi:10.1103/PhysRevE.76.026107

    Examples
    --------
    >>> import networkx as nx
    >>> clustering_coefficients(nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)]))
    {0: 1.0, 1: 1.0, 2: 0.3333333333333333, 3: 0.0}
    """
    threads = thread_count(threads)
    g = as_graph(graph, weight=weight, negative=True)
    values = np.ones(len(g.indices)) if weight is None else g.weights
    if weight is not None and len(values):
        if values.max() <= 0:
            raise GraphError(
                f"the largest weight is {values.max():g}; weights are measured by the largest, above 0"
            )
        values = np.cbrt(values / values.max())
    degrees = _neighbors(g)
    if g.directed:
        # With the edges of both directions added up, products of three count directed triangles.
        joined, pairs = _joined(g, values), _neighbors(_joined(g, np.ones(len(values))))
        total = degrees + _neighbors(g.transposed)
        found, possible = 2 * _products(joined, threads), 2 * (total * (total - 1) - 2 * (total - pairs))
    else:
        weighted = Graph(g.indptr, g.indices, values)
        found, possible = 2 * _products(weighted, threads), degrees * (degrees - 1)
    return give_scores(graph, g, np.divide(found, possible, out=np.zeros(len(g)), where=found != 0))


def transitivity(graph, *, threads=None):
    """Measure which part of the possible triangles in a graph exists.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Weights and self-loops are ignored, parallel edges count once.
    threads : int, optional
        Default: all cores.

    Returns
    -------
    float
        Three times the number of triangles by the number of pairs of edges at a node; 0 without such pairs.

    Raises
    ------
    GraphError
        If the graph is directed.

    Examples
    --------
    >>> import networkx as nx
    >>> transitivity(nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3)]))
    0.6
    """
    g = as_graph(graph, weight=None, directed=False)
    degrees = _neighbors(g)
    pairs = int((degrees * (degrees - 1)).sum())
    return float(2 * _products(_alike(g), thread_count(threads)).sum() / pairs) if pairs else 0.0


def _alike(graph):
    """The graph with weights of 1; without a weight attribute, parallel edges still add up to more."""
    return Graph(graph.indptr, graph.indices, np.ones(len(graph.indices)))


def _neighbors(graph):
    """Number of neighbours of each node, itself not counted: ndarray of int64, shape (n,)."""
    return np.diff(graph.indptr) - np.bincount(graph.rows[graph.rows == graph.indices], minlength=len(graph))


def _joined(graph, values):
    """The undirected graph in which the values of opposite edges add up."""
    matrix = Graph(graph.indptr, graph.indices, values, True).to_scipy()
    both = matrix + matrix.T
    return Graph(both.indptr.astype(np.int64), both.indices.astype(graph.indices.dtype), both.data)


def _products(graph, threads):
    """Sum over the triangles through each node of the products of their weights: ndarray, shape (n,)."""
    order = np.argsort(np.diff(graph.indptr), kind="stable")
    rank = np.empty(len(graph), graph.indices.dtype)
    rank[order] = np.arange(len(graph))
    indptr, indices, weights = _point_up(graph.indptr, graph.indices, graph.weights, order, rank)
    # A row costs the rows it points to.
    reach = np.concatenate([[0], np.cumsum(np.diff(indptr)[indices])])
    bounds = np.array(even_pieces(reach[indptr], PIECES))
    sums = np.zeros((PIECES, len(graph)))
    threads = min(threads, PIECES)
    with team(threads) as run:
        pieces = [PIECES * i // threads for i in range(threads + 1)]
        run(_close, pieces, bounds, indptr, indices, weights, sums)
    result = np.empty(len(graph))
    result[order] = sums.sum(axis=0)
    return result


@kernel
def _point_up(indptr, indices, weights, order, rank):
    """Rows by rank, with the neighbours of higher rank only."""
    n = len(order)
    starts = np.zeros(n + 1, np.int64)
    ends = np.empty(len(indices) // 2, indices.dtype)
    values = np.empty(len(ends))
    end = 0
    for i in range(n):
        v = order[i]
        for p in range(indptr[v], indptr[v + 1]):
            if rank[indices[p]] > i:
                ends[end] = rank[indices[p]]
                values[end] = weights[p]
                end += 1
        starts[i + 1] = end
    return starts, ends[:end], values[:end]


@kernel
def _close(start, stop, bounds, indptr, indices, weights, sums):
    """Add the product of every triangle to its three nodes, for pieces `start` to `stop`."""
    # Where a node stands in the current row; what earlier rows left is smaller than the row's start.
    place = np.full(len(indptr) - 1, -1)
    for piece in range(start, stop):
        total = sums[piece]
        for u in range(bounds[piece], bounds[piece + 1]):
            row = indptr[u]
            for p in range(row, indptr[u + 1]):
                place[indices[p]] = p
            for p in range(row, indptr[u + 1]):
                v = indices[p]
                # Unsigned positions need no check for negative ones.
                for q in range(np.uint64(indptr[v]), np.uint64(indptr[v + 1])):
                    w = np.uint64(indices[q])
                    at = place[w]
                    if at >= row:
                        product = weights[p] * weights[q] * weights[at]
                        total[u] += product
                        total[v] += product
                        total[w] += product
