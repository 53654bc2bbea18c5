"""A picture of a dendrogram."""

from __future__ import annotations

from operator import index

import numpy as np

from graphmining.drawing.colors import GREY, cluster_colors, open_axes
from graphmining.errors import OptionError

_LONGEST = 28
# Similarities that differ by a larger factor are drawn on a logarithmic axis.
_SPAN = 30


def draw_dendrogram(dendrogram, *, threshold=None, count=None, leaves=60, ax=None, title=None):
    """Draw a dendrogram: leaves on the left, the least similar merges on the right.

    Parameters
    ----------
    dendrogram : Dendrogram
    threshold : float, optional
        Similarity at which it is cut: a line is drawn there, and what is merged before it is coloured by cluster.
    count : int, optional
        Cut into this number of clusters instead.
    leaves : int
        At most so many rows are drawn. Where there are more leaves, the most similar merges are not drawn: a
        wedge stands for them, with the number of its leaves. Of a forest with many trees the largest are drawn.
    ax : matplotlib.axes.Axes, optional
        Default: those of a new figure.
    title : str, optional
        Default: what is shown, in numbers.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    OptionError
        If both `threshold` and `count` are given, or one of them or `leaves` has a value that cannot work.

    Examples
    --------
    >>> from graphmining import Dendrogram
    >>> dendrogram = Dendrogram([[0, 1], [2, 3]], [0.9, 0.4], [2, 3], ["a", "b", "c"])
    >>> ax = draw_dendrogram(dendrogram, threshold=0.5)
    >>> ax.get_title(), [label.get_text() for label in ax.get_yticklabels()]
    ('3 leaves, 2 clusters at similarity 0.5', ['a', 'b', 'c'])
    """
    if threshold is not None and count is not None:
        raise OptionError("give a threshold or a count, not both")
    try:
        leaves = index(leaves)
    except TypeError:
        leaves = 0
    if leaves < 2:
        raise OptionError("leaves must be an integer of at least 2")
    merged, labels, threshold = _cut(dendrogram, threshold, count)
    tree = _Tree(dendrogram, leaves)
    ax = open_axes(ax, (8, max(2.5, 0.19 * len(tree.rows) + 1.1)))
    start, end, scale = _reach(tree)
    colors = _cluster_colors(tree, labels, merged)
    _draw_merges(ax, tree, colors, start, end)
    _draw_wedges(ax, tree, colors, start)
    if threshold is not None and start > threshold > end:
        ax.axvline(threshold, color="0.3", linestyle="--", linewidth=1, zorder=1)
    font = float(np.clip(420 / max(len(tree.rows), 1), 5.5, 9))
    ax.set_yticks(range(len(tree.rows)), [tree.name(row) for row in tree.rows], fontsize=font)
    ax.set_ylim(len(tree.rows) - 0.3, -0.7)
    ax.set_xscale(scale)
    ax.set_xlim(start, end)
    ax.set_xlabel("similarity" + (" (logarithmic)" if scale == "log" else ""))
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "left", "right"]].set_visible(False)
    ax.set_title(_title(tree, labels, threshold, count) if title is None else title, fontsize=10)
    return ax


class _Tree:
    """The part of a dendrogram that is drawn.

    Attributes
    ----------
    rows : list of int
        Clusters drawn as leaves, from top to bottom.
    drawn : list of int
        Merges that are drawn, children before parents.
    roots : list of int
    left_out : int
        Leaves in trees that are not drawn.
    """

    def __init__(self, dendrogram, most):
        self.dendrogram = dendrogram
        self.n = n = len(dendrogram.nodes)
        merges = dendrogram.merges
        self.sizes = np.concatenate([np.ones(n, np.int64), dendrogram.sizes])
        trees = np.setdiff1d(np.arange(n + len(merges)), merges)
        trees = trees[np.argsort(-self.sizes[trees], kind="stable")]
        self.roots = (trees if n <= most else trees[: max(most // 2, 1)]).tolist()
        self.left_out = n - int(self.sizes[self.roots].sum())
        open_rows, budget = set(self.roots), most - len(self.roots)
        self.drawn = []
        for at in range(len(merges) - 1, -1, -1):
            if budget == 0:
                break
            if n + at in open_rows:
                open_rows.remove(n + at)
                open_rows.update(merges[at].tolist())
                self.drawn.append(at)
                budget -= 1
        self.drawn.reverse()
        self.rows = self._order(set(self.drawn))
        self.heights = {row: float(place) for place, row in enumerate(self.rows)}
        for at in self.drawn:
            self.heights[n + at] = sum(self.heights[child] for child in merges[at].tolist()) / 2

    def _order(self, drawn):
        """Rows from top to bottom, the larger child of each merge first."""
        rows, stack = [], self.roots[::-1]
        while stack:
            cluster = stack.pop()
            if cluster - self.n in drawn:
                children = self.dendrogram.merges[cluster - self.n].tolist()
                stack += sorted(children, key=lambda child: (self.sizes[child], -child))
            else:
                rows.append(cluster)
        return rows

    def name(self, row):
        if row >= self.n:
            return f"{self.sizes[row]:,} leaves"
        name = str(self.dendrogram.nodes[row])
        return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"

    def similarity(self, cluster, of_leaf):
        return float(self.dendrogram.similarities[cluster - self.n]) if cluster >= self.n else of_leaf

    def first_leaf(self, cluster):
        while cluster >= self.n:
            cluster = int(self.dendrogram.merges[cluster - self.n, 0])
        return cluster


def _cut(dendrogram, threshold, count):
    """Number of merges before the cut, label of each leaf, and the similarity to draw a line at."""
    n, similarities = len(dendrogram.nodes), dendrogram.similarities
    if threshold is None and count is None:
        return 0, None, None
    clusters = dendrogram.cut(threshold) if count is None else dendrogram.cut_into(count)
    if dendrogram.as_sets:
        label_of = {node: label for label, cluster in enumerate(clusters) for node in cluster}
        labels = np.array([label_of[node] for node in dendrogram.nodes], np.int64)
    else:
        labels = np.asarray(clusters)
    merged = n - (int(labels.max()) + 1 if n else 0)
    if threshold is None and len(similarities):
        above = similarities[merged - 1] if merged else similarities[0]
        below = similarities[merged] if merged < len(similarities) else min(0.0, similarities[-1])
        threshold = float(above + below) / 2
    return merged, labels, threshold


def _reach(tree):
    """Where the axis starts (leaves) and ends, and its scale."""
    similarities = tree.dendrogram.similarities[
        [cluster - tree.n for cluster in tree.heights if cluster >= tree.n]
    ]
    if not len(similarities):
        return 1.0, 0.0, "linear"
    high, low = float(similarities.max()), float(similarities.min())
    if 0 < _SPAN * low < high:
        return high * (high / low) ** 0.08, low * (low / high) ** 0.05, "log"
    low = min(low, 0.0)
    margin = 0.08 * ((high - low) or 1)
    return high + margin, low - margin / 2, "linear"


def _cluster_colors(tree, labels, merged):
    """Colour of each drawn cluster: that of the cluster of the cut it is part of."""
    known = [*tree.rows, *(tree.n + at for at in tree.drawn)]
    if labels is None:
        return dict.fromkeys(known, "0.25")
    palette = cluster_colors(np.bincount(labels).tolist())
    # What the cut divides has no colour of its own.
    return {
        cluster: palette[labels[tree.first_leaf(cluster)]] if cluster < tree.n + merged else GREY
        for cluster in known
    }


def _draw_merges(ax, tree, colors, start, end):
    from matplotlib.collections import LineCollection

    lines, line_colors = [], []
    parents = {}
    for at in tree.drawn:
        x = float(tree.dendrogram.similarities[at])
        children = tree.dendrogram.merges[at].tolist()
        heights = [tree.heights[child] for child in children]
        lines.append([(x, min(heights)), (x, max(heights))])
        line_colors.append(colors[tree.n + at])
        parents.update(dict.fromkeys(children, x))
    for cluster, height in tree.heights.items():
        # A tree that merges with no other goes on to the end of the axis.
        lines.append([(tree.similarity(cluster, start), height), (parents.get(cluster, end), height)])
        line_colors.append(colors[cluster])
    ax.add_collection(LineCollection(lines, colors=line_colors, linewidths=1.3, capstyle="round", zorder=2))


def _draw_wedges(ax, tree, colors, start):
    from matplotlib.collections import PolyCollection

    wedges = [row for row in tree.rows if row >= tree.n]
    corners = [
        [
            (start, tree.heights[row] - 0.38),
            (start, tree.heights[row] + 0.38),
            (tree.similarity(row, start), tree.heights[row]),
        ]
        for row in wedges
    ]
    faces = [colors[row] for row in wedges]
    ax.add_collection(
        PolyCollection(corners, facecolors=faces, edgecolors=faces, linewidths=0.5, alpha=0.6, zorder=2)
    )


def _title(tree, labels, threshold, count):
    text = f"{tree.n:,} leaves"
    if labels is not None:
        clusters = int(labels.max()) + 1 if len(labels) else 0
        text += f", {clusters:,} clusters"
        if count is None:
            text += f" at similarity {threshold:g}"
    if tree.left_out:
        text += f" ({tree.left_out:,} leaves in smaller trees not drawn)"
    return text
