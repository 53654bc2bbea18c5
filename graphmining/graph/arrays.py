"""Graphs from arrays of edges, scipy sparse matrices and pandas frames."""

from __future__ import annotations

import numpy as np

from graphmining.errors import GraphError
from graphmining.graph.csr import Graph
from graphmining.graph.rows import ascending, merge_parallel, rows_from_edges, transpose
from graphmining.memory import check_memory


def from_edges(source, target, weights=None, *, n=None, directed=False, nodes=None):
    """Make a graph from arrays of edges.

    Parameters
    ----------
    source, target : array_like of int, shape (edges,)
        Positions of the ends. (u, v) and (v, u) are parallel edges of an undirected graph.
    weights : array_like of float, shape (edges,), optional
        Default: 1 each. Parallel edges add up.
    n : int, optional
        Number of nodes. Default: the length of `nodes`, else the largest position and one.
    directed : bool
    nodes : sequence of hashable, optional
        The nodes' names.

    Raises
    ------
    GraphError
        If lengths differ, a position is negative, no integer or too large, a weight is not finite, a name
        occurs twice, or the graph is too large for the memory at hand.

    Examples
    --------
    >>> from_edges([0, 1], [1, 2], [0.5, 2], nodes=["a", "b", "c"])
    Graph: 3 nodes, 2 edges, undirected
    """
    source, target = _integers("source", source), _integers("target", target)
    if len(source) != len(target):
        raise GraphError(f"source has {len(source)} entries and target {len(target)}; each edge needs both")
    nodes = None if nodes is None else check_names(nodes)
    largest = max(int(source.max()), int(target.max())) if len(source) else -1
    if len(source) and min(source.min(), target.min()) < 0:
        raise GraphError("an edge has a negative node position; positions count from 0")
    if n is None:
        n = largest + 1 if nodes is None else len(nodes)
    if nodes is not None and len(nodes) != n:
        raise GraphError(f"{len(nodes)} names were given for {n} nodes")
    if largest >= n:
        raise GraphError(f"an edge names node {largest}, but the graph has only {n} nodes (0 to {n - 1})")
    if weights is None:
        weights = np.ones(len(source))
    weights = check_weights(np.ascontiguousarray(weights, np.float64), len(source))
    entries = len(source) * (1 if directed else 2)
    check_memory(n * 24 + entries * 64, f"a graph of {n:,} nodes and {len(source):,} edges")
    index = np.int32 if n < 2**31 else np.int64
    source, target = source.astype(index, copy=False), target.astype(index, copy=False)
    rows = rows_from_edges(_readonly(source), _readonly(target), _readonly(weights), n, not directed)
    return Graph(*_canonical(*rows, directed), directed, nodes)


def from_scipy(matrix, *, directed=None, nodes=None):
    """Make a graph from a sparse adjacency matrix.

    Parameters
    ----------
    matrix : scipy.sparse matrix or array, shape (n, n)
        An explicit zero is an edge of weight zero.
    directed : bool, optional
        Default: whether the matrix differs from its transpose.
    nodes : sequence of hashable, optional
        The nodes' names.

    Raises
    ------
    GraphError
        If the matrix is not square, an entry is not finite, or `directed` is false and it is not symmetric.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise GraphError(f"an adjacency matrix is square; this one has shape {matrix.shape}")
    n = matrix.shape[0]
    nodes = None if nodes is None else check_names(nodes)
    if nodes is not None and len(nodes) != n:
        raise GraphError(f"{len(nodes)} names were given for {n} nodes")
    rows = matrix.tocsr()
    index = np.int32 if n < 2**31 else np.int64
    if rows.dtype.kind == "c":
        raise GraphError("the weights of a graph are real numbers; this matrix is complex")
    indptr, indices = rows.indptr.astype(np.int64), rows.indices.astype(index)
    data = check_weights(rows.data.astype(np.float64), len(indices))
    indptr, indices, data = _canonical(indptr, indices, data, True)
    turned, columns, positions = transpose(_readonly(indptr), _readonly(indices))
    pairs = ((turned, indptr), (columns, indices), (data[positions], data))
    symmetric = all(np.array_equal(one, other) for one, other in pairs)
    if directed is None:
        directed = not symmetric
    if not directed and not symmetric:
        raise GraphError("the matrix is not symmetric; pass directed=True, or add its transpose")
    return Graph(indptr, indices, data, directed, nodes)


def from_pandas(frame, source="source", target="target", weight=None, *, directed=False):
    """Make a graph from a frame with one edge a row.

    Parameters
    ----------
    frame : pandas.DataFrame
    source, target : str
        Columns with the nodes' names, of any hashable type. Nodes are numbered as they first occur.
    weight : str, optional
        Column with the weights.
    directed : bool

    Raises
    ------
    GraphError
        If a column is missing, or a name or a weight is.
    """
    import pandas as pd

    for column in (source, target, *([] if weight is None else [weight])):
        if column not in frame.columns:
            raise GraphError(f"the frame has no column {column!r}; its columns are {list(frame.columns)}")
    # Row by row, so that nodes are numbered as a reader meets them.
    ends = pd.concat([frame[source], frame[target]], ignore_index=True)
    order = np.arange(2 * len(frame)).reshape(2, -1).T.ravel()
    codes, names = pd.factorize(ends.iloc[order])
    if len(codes) and codes.min() < 0:
        row = int(np.flatnonzero(codes < 0)[0]) // 2
        raise GraphError(f"row {row} of the frame names no node")
    nodes = names.tolist()
    if nodes == list(range(len(nodes))) and all(type(node) is int for node in nodes):
        nodes = None
    weights = None
    if weight is not None:
        weights = pd.to_numeric(frame[weight], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return from_edges(codes[0::2], codes[1::2], weights, n=len(names), directed=directed, nodes=nodes)


def check_weights(weights, count):
    """Weights as they are, if they are `count` finite numbers.

    Raises
    ------
    GraphError
        If not.
    """
    if weights.shape != (count,):
        raise GraphError(f"{weights.size} weights were given for {count} edges")
    bad = np.flatnonzero(~np.isfinite(weights))
    if len(bad):
        raise GraphError(f"the weight of edge {bad[0]} is {weights[bad[0]]}; weights must be finite numbers")
    return weights


def check_names(nodes):
    """Names as a list, if no two are equal.

    Raises
    ------
    GraphError
        If two are.
    """
    nodes = list(nodes)
    seen = set()
    for node in nodes:
        if node in seen:
            raise GraphError(f"the name {node!r} is given to two nodes")
        seen.add(node)
    return nodes


def _integers(name, values):
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise GraphError(
            f"{name} must be a one-dimensional array of integers, not {array.dtype} of shape {array.shape}; "
            "for named nodes use Graph.from_pandas"
        )
    return array


def _canonical(indptr, indices, data, directed):
    """Rows ascending, parallel edges merged."""
    if ascending(_readonly(indptr), _readonly(indices)):
        return indptr, indices, data
    # Turning rows into columns sorts them; the transpose of an undirected graph is itself.
    for _ in range(2 if directed else 1):
        indptr, indices, positions = transpose(_readonly(indptr), _readonly(indices))
        data = data[positions]
    if ascending(_readonly(indptr), _readonly(indices)):
        return indptr, indices, data
    return merge_parallel(_readonly(indptr), _readonly(indices), _readonly(data))


def _readonly(array):
    """A view that cannot be written to: kernels are compiled for one kind of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
