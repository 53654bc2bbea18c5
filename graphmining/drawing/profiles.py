"""Pictures of many clusters at once: their sizes, and how well each is separated."""

from __future__ import annotations

from collections import Counter

import numpy as np

from graphmining.drawing.colors import GREY, cluster_colors, open_axes
from graphmining.errors import GraphError
from graphmining.graph.interface import as_graph, by_size, take_clusters

# More bars than these cannot be told apart.
_BARS = 40


def draw_sizes(clusters, *, ax=None, title=None):
    """Draw the sizes of clusters.

    A bar for each of up to 40 clusters, the largest first; of more, the share of clusters with at least so many
    nodes, on logarithmic axes.

    Parameters
    ----------
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    ax : matplotlib.axes.Axes, optional
        Default: those of a new figure.
    title : str, optional
        Default: what is shown, in numbers.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    GraphError
        If these are no clusters.

    Examples
    --------
    >>> ax = draw_sizes([{1, 2, 3}, {4}])
    >>> [int(bar.get_height()) for bar in ax.patches]
    [3, 1]
    """
    sizes = _sizes(clusters)
    ax = open_axes(ax, (7, 4))
    if len(sizes) <= _BARS:
        bars = ax.bar(np.arange(1, len(sizes) + 1), sizes.astype(float), color=cluster_colors(sizes.tolist()))
        ax.bar_label(bars, [f"{size:,}" for size in sizes], fontsize=8 if len(sizes) <= 20 else 6, color="0.3")
        ax.set_xlabel("cluster, the largest first")
        ax.set_ylabel("nodes")
        ax.set_xlim(0.3, max(len(sizes), 1) + 0.7)
        ax.xaxis.get_major_locator().set_params(integer=True)
    else:
        values, counts = np.unique(sizes, return_counts=True)
        shares = counts[::-1].cumsum()[::-1] / len(sizes)
        ax.step(values, shares, where="pre", color="0.6", linewidth=1)
        ax.plot(values, shares, linestyle="none", marker="o", markersize=4, color="#332288")
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xlabel("nodes")
        ax.set_ylabel("share of clusters with at least so many nodes")
        ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    text = f"{sizes.sum():,} nodes in {len(sizes):,} clusters"
    if len(sizes):
        text += f", median {np.median(sizes):g}, largest {sizes.max():,}"
    ax.set_title(text if title is None else title, fontsize=10)
    return ax


def draw_conductance(graph, clusters, *, weight="weight", ax=None, title=None):
    """Draw the conductance of each cluster against its size: the lower, the better separated.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
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

    Raises
    ------
    GraphError
        If the clusters are no partition of the nodes, or a weight is negative.

    Notes
    -----
    The line is the least conductance of a cluster by size, after the network community profile [1]_.

    References
    ----------
    .. [1] Leskovec, Lang, Dasgupta, Mahoney 2009, Community structure in large networks, arXiv:0810.1355

    Examples
    --------
    >>> import networkx as nx
    >>> ax = draw_conductance(nx.path_graph(5), [{0, 1, 2}, {3, 4}])
    >>> ax.collections[0].get_offsets().round(2).tolist()
    [[3.0, 0.33], [2.0, 0.33]]
    """
    from graphmining.measures.quality import conductance

    g = as_graph(graph, weight=weight)
    groups = by_size(take_clusters(g, clusters))
    sizes = np.bincount(groups) if len(groups) else np.empty(0, np.int64)
    values = conductance(g, groups) if len(groups) else np.empty(0)
    ax = open_axes(ax, (7, 4.5))
    shown = np.isfinite(values)
    few = len(sizes) <= _BARS
    colors = np.array(cluster_colors(sizes.tolist()))[shown].tolist() if few else "#332288"
    ax.scatter(
        sizes[shown], values[shown], c=colors, s=36 if few else 14, alpha=1 if few else 0.5, linewidths=0, zorder=2
    )
    if np.count_nonzero(shown) > 1:
        each, which = np.unique(sizes[shown], return_inverse=True)
        least = np.full(len(each), np.inf)
        np.minimum.at(least, which, values[shown])
        ax.plot(each, least, color=GREY, linewidth=1, zorder=1)
    if len(sizes) and sizes.max() > 20 * sizes.min():
        ax.set_xscale("log")
    else:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_ylim(-0.02, max(1.0, float(values[shown].max(initial=0))) * 1.02)
    ax.set_xlabel("nodes in the cluster")
    ax.set_ylabel("conductance")
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    text = f"{len(sizes):,} clusters"
    if shown.any():
        text += f", median conductance {np.median(values[shown]):.2f}"
    ax.set_title(text if title is None else title, fontsize=10)
    return ax


def _sizes(clusters):
    """Sizes, descending: ndarray of int64."""
    if isinstance(clusters, dict):
        sizes = np.array(list(Counter(clusters.values()).values()), np.int64)
    elif isinstance(clusters, np.ndarray):
        sizes = np.unique(clusters, return_counts=True)[1]
    else:
        try:
            sizes = np.array([len(cluster) for cluster in clusters], np.int64)
        except TypeError:
            raise GraphError(
                "clusters must be collections of nodes, a dict of node to label, or an array of labels"
            ) from None
    return np.sort(sizes)[::-1]
