"""Graphs from networkx: the structure once, the weights always.

What is slow about leaving networkx is a walk over dictionaries of dictionaries. The structure (rows and
names of nodes) is therefore kept in the networkx graph's own cache, which networkx clears whenever nodes or
edges come or go. Weights can change behind networkx's back (`G[u][v]["weight"] = 2`), so they are read
anew each time: what is kept never goes stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, repeat

import numpy as np

from graphmining.errors import GraphError
from graphmining.graph.arrays import from_edges
from graphmining.graph.csr import Graph
from graphmining.graph.rows import ascending, transpose
from graphmining.memory import check_memory

CACHE_KEY = "graphmining"


@dataclass(frozen=True)
class _Structure:
    """Rows of a graph, and where in networkx's order each of their entries stands (None: at its own place)."""

    indptr: np.ndarray
    indices: np.ndarray
    order: np.ndarray | None
    nodes: list | None


def from_networkx(graph, *, weight="weight"):
    """Make a graph from a networkx graph.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
        Nodes keep networkx's order. Parallel edges add up.
    weight : str or None
        Edge attribute; an edge without it has weight 1. None: every edge has weight 1 (a bundle of parallel
        edges the number of them).

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If a weight is no finite number.

    Examples
    --------
    >>> import networkx as nx
    >>> from_networkx(nx.karate_club_graph())
    Graph: 34 nodes, 78 edges, undirected
    """
    adjacency = getattr(graph, "_adj", None)
    if not _plain(graph, adjacency):
        return _by_edges(graph, weight)
    structure = _structure(graph, adjacency)
    count = len(structure.indices)
    if weight is None:
        weights = np.ones(count)
    else:
        weights = _read_weights(graph, adjacency, weight, count)
        if structure.order is not None:
            weights = weights[structure.order]
    return Graph(structure.indptr, structure.indices, weights, graph.is_directed(), structure.nodes)


def edges_in_order(graph, *, weight="weight"):
    """The edges as networkx iterates over them.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
    weight : str or None

    Returns
    -------
    (source, target, weights) : ndarrays of int32, int32 and float64, shape (edges,)
    nodes : Graph
        Without edges; holds the nodes' names.
    """
    adjacency = getattr(graph, "_adj", None)
    if not _plain(graph, adjacency):
        source, target, weights, names = _listed_edges(graph, weight)
    else:
        structure = _structure(graph, adjacency)
        names, count = structure.nodes, len(structure.indices)
        target = structure.indices
        n = len(structure.indptr) - 1
        source = np.repeat(np.arange(n, dtype=target.dtype), np.diff(structure.indptr))
        if structure.order is not None:
            target = np.empty_like(structure.indices)
            # Of an undirected graph `order` names the same edge seen from its other end.
            target[structure.order] = structure.indices if graph.is_directed() else source
        weights = np.ones(count) if weight is None else _read_weights(graph, adjacency, weight, count)
        if not graph.is_directed():
            once = target >= source
            source, target, weights = source[once], target[once], weights[once]
    nothing = np.zeros(0, np.int32)
    nodes = Graph(np.zeros(len(graph) + 1, np.int64), nothing, np.zeros(0), graph.is_directed(), names)
    return (source.astype(np.int32), target.astype(np.int32), weights), nodes


def _plain(graph, adjacency):
    """Whether the graph is a dictionary of dictionaries of dictionaries."""
    if graph.is_multigraph() or hasattr(graph, "_graph"):  # a view filters while it is read
        return False
    inner = (graph.adjlist_inner_dict_factory, graph.edge_attr_dict_factory)
    return type(adjacency) is dict and inner == (dict, dict)


def _structure(graph, adjacency):
    cache = getattr(graph, "__networkx_cache__", None)
    lengths = np.fromiter(map(len, adjacency.values()), np.int64, len(adjacency))
    indptr = np.zeros(len(adjacency) + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    if cache is not None and (kept := cache.get(CACHE_KEY)) is not None and np.array_equal(kept.indptr, indptr):
        return kept
    check_memory(indptr[-1] * 40, f"a graph of {len(adjacency):,} nodes and {indptr[-1] // 2:,} edges")
    names, indices = _indices(adjacency, int(indptr[-1]))
    order = None
    if not ascending(indptr, indices):
        turned, indices, order = transpose(indptr, indices)
        if graph.is_directed():
            _, indices, back = transpose(turned, indices)
            order = order[back]
    structure = _Structure(indptr, indices, order, names)
    if cache is not None:
        cache[CACHE_KEY] = structure
    return structure


def _indices(adjacency, count):
    """Names (None for 0, …, n - 1) and column of each entry."""
    n = len(adjacency)
    dtype = np.int32 if n < 2**31 else np.int64
    names = list(adjacency)
    entries = chain.from_iterable(adjacency.values())
    if set(map(type, names)) <= {int} and names == list(range(n)):
        return None, np.fromiter(entries, dtype, count)
    position = dict(zip(names, range(n)))
    return names, np.fromiter(map(position.__getitem__, entries), dtype, count)


def _read_weights(graph, adjacency, weight, count):
    if not any(chain.from_iterable(map(dict.values, adjacency.values()))):
        return np.ones(count)  # no edge has any attribute; to see that takes half the time
    data = chain.from_iterable(map(dict.values, adjacency.values()))
    try:
        weights = np.fromiter(map(dict.get, data, repeat(weight), repeat(1)), np.float64, count)
    except (TypeError, ValueError):
        weights = None
    if weights is None or not np.isfinite(weights).all():
        _complain(graph, weight)
    return weights


def _by_edges(graph, weight):
    source, target, weights, names = _listed_edges(graph, weight)
    return from_edges(source, target, weights, n=len(graph), directed=graph.is_directed(), nodes=names)


def _listed_edges(graph, weight):
    """Positions of ends, weights and names (None for 0, …, n - 1) through networkx's own iteration."""
    names = list(graph)
    position = dict(zip(names, range(len(names))))
    edges = list(graph.edges(data=weight, default=1) if weight is not None else graph.edges())
    source = np.fromiter((position[edge[0]] for edge in edges), np.int64, len(edges))
    target = np.fromiter((position[edge[1]] for edge in edges), np.int64, len(edges))
    weights = np.ones(len(edges))
    if weight is not None:
        try:
            weights = np.fromiter((edge[2] for edge in edges), np.float64, len(edges))
        except (TypeError, ValueError):
            weights = None
        if weights is None or not np.isfinite(weights).all():
            _complain(graph, weight)
    plain = set(map(type, names)) <= {int} and names == list(range(len(names)))
    return source, target, weights, None if plain else names


def _complain(graph, weight):
    """Name the first edge whose weight is no finite number."""
    for u, v, value in graph.edges(data=weight, default=1):
        try:
            fine = np.isfinite(float(value))
        except (TypeError, ValueError):
            fine = False
        if not fine:
            raise GraphError(f"edge ({u!r}, {v!r}) has {weight} {value!r}; weights must be finite numbers")
    raise AssertionError("every weight is a finite number")
