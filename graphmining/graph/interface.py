"""The door: whatever users hold comes in as a `Graph`, and answers go out in the form they know."""

from __future__ import annotations

import numpy as np

from graphmining.errors import GraphError
from graphmining.graph.csr import Graph
from graphmining.graph.rows import number_by_first


def as_graph(source, *, weight="weight", directed=None, negative=False):
    """Make a `Graph` of whatever the user holds.

    Parameters
    ----------
    source : networkx graph, Graph, or scipy sparse matrix or array
    weight : str or None
        Edge attribute of a networkx graph; None, here and for the others: every weight is 1.
    directed : bool, optional
        What the algorithm needs; default: either.
    negative : bool
        Whether negative weights have a meaning.

    Returns
    -------
    Graph

    Raises
    ------
    GraphError
        If it is none of these, or not what the algorithm needs.
    """
    graph = _convert(source, weight)
    if directed is False and graph.directed:
        raise GraphError(
            "this needs an undirected graph; use G.to_undirected() (networkx), or add the transpose (scipy)"
        )
    if directed and not graph.directed:
        raise GraphError("this needs a directed graph; use G.to_directed() (networkx)")
    if not negative and graph.least_weight < 0:
        at = int(np.argmin(graph.weights))
        names = graph.names()
        u, v = names[int(graph.rows[at])], names[int(graph.indices[at])]
        raise GraphError(
            f"edge ({u!r}, {v!r}) has the negative weight {graph.least_weight:g}, which has no meaning here"
        )
    return graph


def _convert(source, weight):
    if isinstance(source, Graph):
        return source if weight is not None else _unweighted(source)
    if hasattr(source, "adjacency") and hasattr(source, "is_multigraph"):
        return Graph.from_networkx(source, weight=weight)
    if hasattr(source, "tocsr"):
        graph = Graph.from_scipy(source)
        return graph if weight is not None else _unweighted(graph)
    raise GraphError(
        "a graph must be a networkx graph, a graphmining.Graph or a scipy sparse matrix, "
        f"not {type(source).__name__}"
    )


def _unweighted(graph):
    return Graph(graph.indptr, graph.indices, np.ones(len(graph.indices)), graph.directed, graph.nodes)


def is_networkx(source):
    """Whether answers about `source` are sets and dicts of its nodes, not arrays."""
    return not isinstance(source, Graph) and not hasattr(source, "tocsr")


def give_clusters(source, graph, labels):
    """Clusters in the form that goes with the input.

    Parameters
    ----------
    source : object
        What the user passed.
    graph : Graph
        Made from it.
    labels : ndarray of int, shape (n,)
        Any integers.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        For networkx graphs the sets of nodes, the largest first; else labels 0, 1, … in the same order.
        Clusters of one size come in the order of their first nodes.
    """
    labels = by_size(labels)
    return label_sets(graph, labels) if is_networkx(source) else labels


def by_size(labels):
    """Number clusters from 0 by descending size, then by their first node: ndarray of int32, shape (n,)."""
    labels = np.asarray(labels)
    if len(labels) and (labels.min() < 0 or labels.max() >= len(labels)):
        labels = np.unique(labels, return_inverse=True)[1].reshape(-1)
    codes, sizes = number_by_first(labels)
    rank = np.empty(len(sizes), np.int32)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes), dtype=np.int32)
    return rank[codes]


def label_sets(graph, labels):
    """Sets of nodes' names, by label 0, 1, …

    Parameters
    ----------
    graph : Graph
    labels : ndarray of int, shape (n,)
        From 0, without gaps.

    Returns
    -------
    list of set
    """
    if not len(labels):
        return []
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels)).tolist()
    members = order.tolist()
    if graph.nodes is not None:
        members = list(map(graph.nodes.__getitem__, members))
    return [set(members[start:end]) for start, end in zip([0, *ends], ends)]


def give_scores(source, graph, scores):
    """One number a node in the form that goes with the input: dict by node for networkx, else the array."""
    if is_networkx(source):
        return dict(zip(graph.names(), scores.tolist()))
    return scores


def take_clusters(graph, clusters):
    """Labels per node from clusters in any form.

    Parameters
    ----------
    graph : Graph
    clusters : iterable of collections of nodes, dict of node to label, or array_like of labels, shape (n,)

    Returns
    -------
    ndarray of int64, shape (n,)
        From 0, without gaps.

    Raises
    ------
    GraphError
        If a node is unknown, or in no cluster, or in two.
    """
    if isinstance(clusters, dict):
        missing = [node for node in graph.names() if node not in clusters]
        if missing:
            raise GraphError(f"node {missing[0]!r} has no label")
        for node in clusters:
            graph.position(node)
        codes = {}
        return np.array([codes.setdefault(clusters[node], len(codes)) for node in graph.names()], np.int64)
    if isinstance(clusters, np.ndarray):
        if clusters.shape != (len(graph),):
            raise GraphError(f"labels have shape {clusters.shape}, but the graph has {len(graph)} nodes")
        return np.unique(clusters, return_inverse=True)[1].reshape(-1).astype(np.int64)
    expected = "clusters must be collections of nodes, a dict of node to label, or an array"
    if not hasattr(clusters, "__iter__"):
        raise GraphError(f"{expected}, not {clusters!r}")
    labels = np.full(len(graph), -1, np.int64)
    for label, cluster in enumerate(clusters):
        if isinstance(cluster, (str, bytes)) or not hasattr(cluster, "__iter__"):
            raise GraphError(f"{expected}; {cluster!r} is no collection of nodes")
        for node in cluster:
            at = graph.position(node)
            if labels[at] >= 0:
                raise GraphError(f"node {node!r} is in two clusters")
            labels[at] = label
    if len(labels) and labels.min() < 0:
        raise GraphError(f"node {graph.names()[int(np.argmin(labels))]!r} is in no cluster")
    return np.unique(labels, return_inverse=True)[1].reshape(-1).astype(np.int64)
