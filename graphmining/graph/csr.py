"""The graph that every algorithm of this package works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphmining.errors import GraphError


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """An immutable graph in compressed sparse rows.

    Row v holds the neighbours of node v (of a directed graph: its successors) in ascending order, each once.
    An undirected edge stands in the rows of both its ends, a self-loop once in its node's row. Parallel edges
    are one edge with the sum of their weights. A self-loop counts twice in its node's degree, as in networkx.

    Make one with `from_networkx`, `from_scipy`, `from_edges`, `from_pandas` or `graphmining.read_graph`.

    Attributes
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Where each row starts.
    indices : ndarray of int32 (int64 beyond 2**31 nodes), shape (entries,)
    weights : ndarray of float64, shape (entries,)
        Finite; 1 where the graph has no weights.
    directed : bool
    nodes : list or None
        The names of the nodes; None where they are 0, …, n - 1.

    Examples
    --------
    >>> graph = Graph.from_edges([0, 1, 1], [1, 2, 2])
    >>> graph
    Graph: 3 nodes, 2 edges, undirected
    >>> graph.neighbors(1).tolist(), graph.degrees.tolist()
    ([0, 2], [1.0, 3.0, 2.0])
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    directed: bool = False
    nodes: list | None = None

    def __post_init__(self):
        # Kernels are compiled for read-only arrays; nobody may change what others share.
        for name in ("indptr", "indices", "weights"):
            array = np.ascontiguousarray(getattr(self, name)).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def from_networkx(cls, graph, *, weight="weight"):
        """Make a graph from a networkx graph; see `graphmining.graph.networkx.from_networkx`."""
        from graphmining.graph.networkx import from_networkx

        return from_networkx(graph, weight=weight)

    @classmethod
    def from_scipy(cls, matrix, *, directed=None, nodes=None):
        """Make a graph from a scipy sparse matrix or array; see `graphmining.graph.arrays.from_scipy`."""
        from graphmining.graph.arrays import from_scipy

        return from_scipy(matrix, directed=directed, nodes=nodes)

    @classmethod
    def from_edges(cls, source, target, weights=None, *, n=None, directed=False, nodes=None):
        """Make a graph from arrays of edges; see `graphmining.graph.arrays.from_edges`."""
        from graphmining.graph.arrays import from_edges

        return from_edges(source, target, weights, n=n, directed=directed, nodes=nodes)

    @classmethod
    def from_pandas(cls, frame, source="source", target="target", weight=None, *, directed=False):
        """Make a graph from a frame of edges; see `graphmining.graph.arrays.from_pandas`."""
        from graphmining.graph.arrays import from_pandas

        return from_pandas(frame, source, target, weight, directed=directed)

    def to_networkx(self):
        """The graph as `networkx.Graph` or `networkx.DiGraph`, its weights as edge attribute `weight`."""
        import networkx as nx

        graph = nx.DiGraph() if self.directed else nx.Graph()
        graph.add_nodes_from(self.names())
        source, target, weights = self.edges()
        named = self.names()
        graph.add_weighted_edges_from(
            (named[u], named[v], w) for u, v, w in zip(source.tolist(), target.tolist(), weights.tolist())
        )
        return graph

    def to_scipy(self):
        """The adjacency matrix as `scipy.sparse.csr_array`, shape (n, n); a self-loop is on the diagonal once."""
        from scipy.sparse import csr_array

        shape = (len(self), len(self))
        return csr_array((self.weights.copy(), self.indices.copy(), self.indptr.copy()), shape=shape)

    def __len__(self):
        return len(self.indptr) - 1

    def __repr__(self):
        kind = "directed" if self.directed else "undirected"
        return f"Graph: {len(self):,} nodes, {self.number_of_edges:,} edges, {kind}"

    @cached_property
    def loops(self):
        """Weight of each node's self-loop, 0 where it has none: ndarray of float64, shape (n,)."""
        loops = np.zeros(len(self))
        on_diagonal = self.indices == self.rows
        loops[self.indices[on_diagonal]] = self.weights[on_diagonal]
        return _frozen(loops)

    @property
    def rows(self):
        """The row of each entry: ndarray like `indices`, made anew each time."""
        return np.repeat(np.arange(len(self), dtype=self.indices.dtype), np.diff(self.indptr))

    @cached_property
    def number_of_edges(self):
        """Number of edges; undirected ones count once."""
        if self.directed:
            return len(self.indices)
        return (len(self.indices) + int(np.count_nonzero(self.indices == self.rows))) // 2

    @cached_property
    def degrees(self):
        """Weighted degrees (of a directed graph: out-degrees): ndarray of float64, shape (n,)."""
        from graphmining.graph.rows import weighted_degrees

        return _frozen(weighted_degrees(self.indptr, self.indices, self.weights, self.directed))

    @cached_property
    def total_weight(self):
        """Sum of the weights of all edges."""
        total = float(self.degrees.sum())
        return total if self.directed else total / 2

    @cached_property
    def least_weight(self):
        """The smallest weight of an edge; 1.0 where there is none."""
        return float(self.weights.min()) if len(self.weights) else 1.0

    @cached_property
    def transposed(self):
        """The graph with every edge turned round; itself, if undirected."""
        if not self.directed:
            return self
        from graphmining.graph.rows import transpose

        indptr, indices, positions = transpose(self.indptr, self.indices)
        return Graph(indptr, indices, self.weights[positions], True, self.nodes)

    @cached_property
    def _positions(self):
        return {node: position for position, node in enumerate(self.names())}

    def names(self):
        """The names of the nodes in order: list, or range where they are 0, …, n - 1."""
        return range(len(self)) if self.nodes is None else self.nodes

    def position(self, node):
        """The position of a node.

        Raises
        ------
        GraphError
            If there is no such node.
        """
        try:
            return self._positions[node]
        except (KeyError, TypeError):  # TypeError: a list is no node
            raise GraphError(f"node {node!r} is not in the graph") from None

    def positions(self, nodes):
        """The positions of several nodes: ndarray of int64."""
        return np.array([self.position(node) for node in nodes], np.int64)

    def neighbors(self, position):
        """Positions of the neighbours of the node at a position: ndarray, ascending."""
        return self.indices[self.indptr[position] : self.indptr[position + 1]]

    def edges(self):
        """Every edge once.

        Returns
        -------
        source, target : ndarray, shape (edges,)
            Of an undirected graph source ≤ target.
        weights : ndarray of float64, shape (edges,)
        """
        rows = self.rows
        if self.directed:
            return rows, self.indices, self.weights
        once = rows <= self.indices
        return rows[once], self.indices[once], self.weights[once]


def _frozen(array):
    array.flags.writeable = False
    return array
