"""A picture of a clustered graph."""

from __future__ import annotations

import numpy as np

from graphmining.drawing.colors import cluster_colors, cluster_mark, open_axes, text_color
from graphmining.drawing.layout import cluster_layout
from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, by_size, take_clusters
from graphmining.seeds import seed_value

# More lines than these cannot be told apart: between clusters they become bundles, inside a sample is drawn.
_LINES_BETWEEN = 1_500
_BUNDLES = 400
_LINES_INSIDE = 30_000
_NAMED = 120


def draw_clusters(graph, clusters, *, ax=None, positions=None, labels=None, title=None, seed=0):
    """Draw a graph with its clusters.

    Each cluster has a disc, as large as its number of nodes asks for, beside the clusters that it shares edges
    with. Edges inside have the cluster's colour; edges between are grey, and one line for each pair of clusters
    (the wider, the more weight) where there are more than 1,500. Clusters of one node are grey. In large graphs
    only an even sample of 30,000 edges inside and the 400 heaviest pairs of clusters are drawn.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
    clusters : iterable of collections of nodes, dict of node to label, or ndarray of labels, shape (n,)
    ax : matplotlib.axes.Axes, optional
        Default: those of a new figure.
    positions : dict of node to (x, y), or array_like, shape (n, 2), optional
        Default: a layout by clusters.
    labels : bool or dict of node to str, optional
        Names to write at nodes. Default: those of all nodes, if there are at most 120. A name that would
        cover another one is left out, that of the node with fewer edges first.
    title : str, optional
        Default: what is shown, in numbers.
    seed : int
        Of the layout.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    GraphError
        If the clusters are no partition of the nodes, or a position or a labelled node is none of the graph's.

    Examples
    --------
    >>> import networkx as nx
    >>> ax = draw_clusters(nx.path_graph(4), [{0, 1}, {2, 3}])
    >>> ax.get_title()
    '4 nodes, 3 edges (1 between), 2 clusters'
    >>> ax.figure.savefig("clusters.png")  # doctest: +SKIP
    """
    g = as_graph(graph, negative=True)
    groups = by_size(take_clusters(g, clusters))
    names = _labels(g, labels)
    sizes = np.bincount(groups) if len(groups) else np.empty(0, np.int64)
    layout = None
    if positions is None:
        layout = cluster_layout(g, groups, seed=seed_value(seed))
        places = layout.nodes
    else:
        places = _positions(g, positions)
    ax = open_axes(ax, (8, 8))
    ax.set_aspect("equal")
    ax.set_axis_off()
    _fit(ax, places, layout)
    unit = _points_per_unit(ax)
    diameter = _diameter(len(g), places, layout, unit)
    colors = np.array(cluster_colors(sizes))
    if layout is not None:
        _draw_discs(ax, layout, sizes, colors)
    _draw_edges(ax, g, groups, places, colors, layout, diameter)
    _draw_nodes(ax, groups, places, colors, diameter)
    if layout is not None:
        _draw_sizes(ax, sizes, layout, unit, len(g))
    _draw_names(ax, g, names, groups, places, colors, diameter, unit)
    source, target, _ = g.edges()
    between = int(np.count_nonzero(groups[source] != groups[target]))
    counts = f"{len(g):,} nodes, {len(source):,} edges ({between:,} between), {len(sizes):,} clusters"
    ax.set_title(counts if title is None else title, fontsize=10)
    return ax


def _labels(graph, labels):
    """Texts by position, those of the nodes with most edges first."""
    if labels is None:
        labels = len(graph) <= _NAMED
    if isinstance(labels, dict):
        texts = {graph.position(node): str(text) for node, text in labels.items()}
    elif labels in (True, False):
        texts = {at: str(name) for at, name in enumerate(graph.names())} if labels else {}
    else:
        raise OptionError(f"labels must be True, False or a dict of node to text, not {labels!r}")
    return dict(sorted(texts.items(), key=lambda item: -graph.degrees[item[0]]))


def _positions(graph, positions):
    if isinstance(positions, dict):
        missing = [node for node in graph.names() if node not in positions]
        if missing:
            raise GraphError(f"node {missing[0]!r} has no position")
        positions = [positions[node] for node in graph.names()]
    places = np.asarray(positions, float).reshape(-1, 2) if len(graph) == 0 else np.asarray(positions, float)
    if places.shape != (len(graph), 2) or not np.isfinite(places).all():
        raise GraphError(
            f"positions must be {len(graph)} finite pairs, one for each node, not of shape {places.shape}"
        )
    return places


def _fit(ax, places, layout):
    """Limits around everything that will be drawn."""
    if not len(places):
        return
    if layout is None:
        low, high = places.min(axis=0), places.max(axis=0)
    else:
        reach = layout.radii[:, None]
        low, high = (layout.centers - reach).min(axis=0), (layout.centers + reach).max(axis=0)
    margin = 0.04 * max(*(high - low), 1e-9) + (0.5 if layout is not None else 0)
    ax.set_xlim(low[0] - margin, high[0] + margin)
    ax.set_ylim(low[1] - margin, high[1] + margin)


def _points_per_unit(ax):
    box = ax.get_position()
    width, height = ax.figure.get_size_inches() * 72
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    return min(width * box.width / (right - left), height * box.height / (high - low))


def _diameter(n, places, layout, unit):
    """Of a node, in points."""
    if layout is not None:
        spacing = unit
    else:
        spread = np.ptp(places, axis=0) if n else np.ones(2)
        spacing = unit * np.sqrt(max(spread[0] * spread[1], 1e-12) / max(n, 1))
    return float(np.clip(0.62 * spacing, 1.5, 24))


def _draw_edges(ax, graph, groups, places, colors, layout, diameter):
    from matplotlib.collections import LineCollection

    source, target, weights = graph.edges()
    inside = groups[source] == groups[target]
    own = np.flatnonzero(inside & (source != target))
    if len(own) > _LINES_INSIDE:
        own = own[np.linspace(0, len(own) - 1, _LINES_INSIDE).astype(np.int64)]
    other = np.flatnonzero(~inside)
    width = float(np.clip(diameter / 12, 0.3, 1.1))
    if len(other) <= _LINES_BETWEEN:
        lines = np.stack([places[source[other]], places[target[other]]], axis=1)
        widths = width
        alpha, order = float(np.clip(60 / max(len(other), 1), 0.25, 0.6)), 1.5
    else:
        lines, widths = _bundles(groups, places, layout, source[other], target[other], np.abs(weights[other]))
        # Below the discs: they end at the rim, and what passes behind other clusters is hidden.
        alpha, order = 0.7, 0.5
    color = "0.55" if order > 1 else "0.78"
    between = LineCollection(lines, colors=color, linewidths=widths, alpha=alpha, zorder=order, capstyle="butt")
    between.set_label("edges between clusters")
    ax.add_collection(between, autolim=False)
    alpha = float(np.clip(2_000 / max(len(own), 1), 0.12, 0.55))
    lines = np.stack([places[source[own]], places[target[own]]], axis=1)
    within = LineCollection(
        lines, colors=colors[groups[source[own]]].tolist(), linewidths=width, alpha=alpha, zorder=2
    )
    within.set_label("edges inside clusters")
    ax.add_collection(within, autolim=False)


def _bundles(groups, places, layout, source, target, weights):
    """A line for each pair of clusters, and its width in points."""
    if layout is not None:
        centers = layout.centers
    else:
        sizes = np.bincount(groups)
        centers = np.stack([np.bincount(groups, places[:, axis]) / sizes for axis in (0, 1)], axis=1)
    count = len(centers)
    low, high = np.minimum(groups[source], groups[target]), np.maximum(groups[source], groups[target])
    pairs, which = np.unique(low.astype(np.int64) * count + high, return_inverse=True)
    total = np.bincount(which, weights)
    heaviest = np.argsort(-total, kind="stable")[:_BUNDLES]
    pairs, total = pairs[heaviest], total[heaviest]
    lines = np.stack([centers[pairs // count], centers[pairs % count]], axis=1)
    widest = 5 * min(1.0, (60 / len(pairs)) ** 0.5)
    return lines, 0.3 + widest * total / (total.max() or 1)


def _draw_nodes(ax, groups, places, colors, diameter):
    marks = np.array([cluster_mark(number) for number in range(len(colors))])
    for mark in dict.fromkeys(marks.tolist()):
        drawn = np.flatnonzero(marks[groups] == mark)
        ax.scatter(
            *places[drawn].T,
            s=diameter**2,
            c=colors[groups[drawn]].tolist(),
            marker=mark,
            linewidths=float(np.clip(diameter / 16, 0.2, 1)),
            edgecolors="white",
            zorder=3,
        )


def _draw_discs(ax, layout, sizes, colors):
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Circle

    shown = np.flatnonzero(sizes > 1)
    discs = [Circle(layout.centers[number], layout.radii[number]) for number in shown]
    tints = [0.1 * np.array(to_rgb(colors[number])) + 0.9 for number in shown]
    ax.add_collection(PatchCollection(discs, facecolors=tints, linewidths=0, zorder=1), autolim=False)


def _draw_sizes(ax, sizes, layout, unit, n):
    """The size of each cluster above its disc, where there is room."""
    from matplotlib.patheffects import withStroke

    if n <= _NAMED:
        return
    for size, center, radius in zip(sizes.tolist(), layout.centers, layout.radii):
        if size > 1 and 2 * radius * unit > 6 * len(f"{size:,}"):
            ax.annotate(
                f"{size:,}",
                center + (0, radius),
                ha="center",
                va="bottom",
                fontsize=8,
                color="0.25",
                path_effects=[withStroke(linewidth=2, foreground="white")],
                zorder=5,
            )


def _draw_names(ax, graph, names, groups, places, colors, diameter, unit):
    from matplotlib.patheffects import withStroke

    if not names:
        return
    longest = max(map(len, names.values()), default=1)
    font = min(9.0, 1.45 * diameter / max(longest, 1))
    if font >= 5.5:
        for at, text in names.items():
            color = text_color(colors[groups[at]])
            ax.annotate(text, places[at], ha="center", va="center_baseline", fontsize=font, color=color, zorder=5)
        return
    font = 7.0
    halo = [withStroke(linewidth=2, foreground="white")]
    for at, (offset, align) in _place_names(ax, names, places, diameter, unit, font).items():
        ax.annotate(
            names[at],
            places[at],
            offset,
            textcoords="offset points",
            ha=align,
            va="center",
            fontsize=font,
            color="0.1",
            path_effects=halo,
            zorder=5,
        )


def _place_names(ax, names, places, diameter, unit, font):
    """Offset and alignment of each name that finds a place beside its node.

    A name may not cover another name nor leave the picture; of the other places the one is taken that covers
    the fewest nodes.
    """
    points = (places - (ax.get_xlim()[0], ax.get_ylim()[0])) * unit
    limits = np.array([ax.get_xlim()[1] - ax.get_xlim()[0], ax.get_ylim()[1] - ax.get_ylim()[0]]) * unit
    taken = np.empty((0, 4))
    found = {}
    away, up = diameter / 2 + 2, diameter / 2 + 0.65 * font
    spots = [(away, 0, "left"), (-away, 0, "right"), (0, up, "center"), (0, -up, "center")]
    spots += [(x * away * 0.7, y * up * 0.8, align) for y in (1, -1) for x, align in ((1, "left"), (-1, "right"))]
    for at, text in names.items():
        width, height = 0.6 * font * len(text), 1.15 * font
        best = None
        for dx, dy, align in spots:
            left = points[at, 0] + dx - {"left": 0, "right": width, "center": width / 2}[align]
            low = points[at, 1] + dy - height / 2
            box = (left, low, left + width, low + height)
            if min(left, low) < 0 or box[2] > limits[0] or box[3] > limits[1] or _overlaps(box, taken).any():
                continue
            covered = np.count_nonzero(_overlaps(box, np.hstack([points - diameter / 2, points + diameter / 2])))
            if best is None or covered < best[0]:
                best = covered, box, (dx, dy), align
        if best is not None:
            taken = np.vstack([taken, best[1]])
            found[at] = best[2], best[3]
    return found


def _overlaps(box, others):
    return (others[:, 0] < box[2]) & (others[:, 2] > box[0]) & (others[:, 1] < box[3]) & (others[:, 3] > box[1])
