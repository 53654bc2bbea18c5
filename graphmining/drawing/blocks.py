"""The adjacency matrix with its clusters as blocks."""

from __future__ import annotations

import numpy as np

from graphmining.drawing.colors import cluster_colors, open_axes
from graphmining.graph.interface import as_graph, by_size, take_clusters

# A larger matrix is drawn as a density, in fewer cells: they hold enough pairs of nodes to have one.
_LARGEST = 500
_CELLS = 250


def draw_blocks(graph, clusters, *, weight="weight", ax=None, title=None):
    """Draw the adjacency matrix, its nodes ordered by cluster, the largest first, then by degree.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Weights may be negative.
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    weight : str or None
        Edge attribute; None: every edge counts 1.
    ax : matplotlib.axes.Axes, optional
        Default: those of a new figure.
    title : str, optional
        Default: what is shown, in numbers.

    Returns
    -------
    matplotlib.axes.Axes
        Their first image holds, for at most 500 nodes, the weights; else the mean weight over the pairs of nodes
        in each of 250 by 250 cells.

    Raises
    ------
    GraphError
        If the clusters are no partition of the nodes.

    Examples
    --------
    >>> import networkx as nx
    >>> ax = draw_blocks(nx.path_graph(3), [{0}, {1, 2}])
    >>> ax.images[0].get_array().tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    from matplotlib.colors import PowerNorm, TwoSlopeNorm

    g = as_graph(graph, weight=weight, negative=True)
    groups = by_size(take_clusters(g, clusters))
    n = len(g)
    sizes = np.bincount(groups) if n else np.empty(0, np.int64)
    matrix = _matrix(g, np.lexsort((-g.degrees, groups)))
    ax = open_axes(ax, (7, 6))
    extent = (0, max(n, 1), max(n, 1), 0)
    high, low = matrix.max(initial=0), matrix.min(initial=0)
    if low < 0:
        style = {"cmap": "RdBu_r", "norm": TwoSlopeNorm(0, low, max(high, -low * 1e-3))}
    else:
        # Few edges of many pairs: the square root keeps thin blocks visible.
        style = {"cmap": "Greys", "norm": PowerNorm(0.5, 0, high or 1)}
    image = ax.imshow(matrix, extent=extent, interpolation="nearest", **style)
    dense = n > _LARGEST
    if dense or low < 0 or high != 1:
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.7, pad=0.02)
        bar.set_label("mean weight over pairs of nodes" if dense else "weight of the edge")
    _draw_squares(ax, sizes)
    ends = np.cumsum(sizes)
    named = [at for at, size in enumerate(sizes) if size > 0.035 * n]
    ax.set_yticks([ends[at] - sizes[at] / 2 for at in named], [f"{sizes[at]:,}" for at in named], fontsize=8)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_color("0.7")
    ax.set_ylabel("nodes in each cluster")
    ax.set_xlabel("nodes, by cluster")
    count = g.number_of_edges
    ax.set_title(f"{n:,} nodes, {count:,} edges, {len(sizes):,} clusters" if title is None else title, fontsize=10)
    return ax


def _matrix(graph, order):
    """Weights by place in an order, or their means over cells."""
    n = len(graph)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    cells = n if n <= _LARGEST else _CELLS
    if not cells:
        return np.zeros((1, 1))
    cell = place * cells // n
    at = cell[graph.rows] * cells + cell[graph.indices]
    total = np.bincount(at, graph.weights, cells * cells).reshape(cells, cells)
    length = np.bincount(cell, minlength=cells)
    return total / np.outer(length, length)


def _draw_squares(ax, sizes):
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    starts = np.cumsum(sizes) - sizes
    shown = [at for at, size in enumerate(sizes) if size > 0.004 * sizes.sum()]
    squares = [Rectangle((starts[at], starts[at]), sizes[at], sizes[at]) for at in shown]
    colors = cluster_colors(sizes.tolist())
    edges = [colors[at] for at in shown]
    ax.add_collection(PatchCollection(squares, facecolors="none", edgecolors=edges, linewidths=1.6))
