"""Where to draw clustered nodes: each cluster in a disc of its own, clusters that share edges side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Beyond these (clusters, nodes of a cluster, nodes) care for each costs much and buys nothing that can be seen.
_PLACED = 250
_ARRANGED = 300
_ALL_ARRANGED = 5_000
_GOLDEN = np.pi * (3 - 5**0.5)


class Layout(NamedTuple):
    """Places in units of the distance between neighbouring nodes.

    Attributes
    ----------
    nodes : ndarray, shape (n, 2)
    centers : ndarray, shape (clusters, 2)
    radii : ndarray, shape (clusters,)
        Of the discs; they do not overlap.
    """

    nodes: np.ndarray
    centers: np.ndarray
    radii: np.ndarray


def cluster_layout(graph, labels, *, seed=0):
    """Lay out clusters as discs.

    Parameters
    ----------
    graph : Graph
    labels : ndarray of int, shape (n,)
        From 0, without gaps, the largest cluster first.
    seed : int

    Returns
    -------
    Layout

    Notes
    -----
    Discs come from the graph of clusters: stress majorisation [1]_ of its shortest paths, then pushed apart. The
    places inside a disc are points of a sunflower [2]_, as far apart from each other as can be; a force-directed
    layout [3]_ of the cluster, pulled towards its neighbours outside, says which node gets which. In large
    graphs and clusters the nodes with the most edges get the places in the middle instead.

    References
    ----------
    .. [1] Gansner, Koren, North 2004, Graph drawing by stress majorization, doi:10.1007/978-3-540-31843-9_25
    .. [2] Vogel 1979, A better way to construct the sunflower head, doi:10.1016/0025-5564(79)90080-4
    .. [3] Fruchterman, Reingold 1991, Graph drawing by force-directed placement, doi:10.1002/spe.4380211102
    """
    n = len(graph)
    if not n:
        return Layout(np.empty((0, 2)), np.empty((0, 2)), np.empty(0))
    rng = np.random.default_rng(seed)
    sizes = np.bincount(labels)
    radii = 0.62 * np.sqrt(sizes) + 0.3
    source, target, weights = graph.edges()
    strength = np.abs(weights)
    centers = _place_discs(labels[source], labels[target], strength, radii, rng)
    places = np.empty((n, 2))
    pulls = _pulls(labels, centers, source, target, strength)
    order = np.argsort(labels, kind="stable")
    inside = labels[source] == labels[target]
    edge_order = np.argsort(labels[source[inside]], kind="stable")
    edges = np.stack([source[inside][edge_order], target[inside][edge_order]])
    edge_ends = np.cumsum(np.bincount(labels[source[inside]], minlength=len(sizes)))
    ends = np.cumsum(sizes)
    number = np.empty(n, np.int64)
    for cluster, (end, edge_end) in enumerate(zip(ends, edge_ends)):
        size = sizes[cluster]
        members = order[end - size : end]
        slots = _sunflower(size) * (radii[cluster] - 0.3)
        if 1 < size <= _ARRANGED and n <= _ALL_ARRANGED:
            number[members] = np.arange(size)
            own = edges[:, edge_ends[cluster - 1] if cluster else 0 : edge_end]
            wanted = _arrange(number[own], size, pulls[members], rng) * (radii[cluster] - 0.3)
            slots = slots[_assign(wanted, slots)]
        elif size > 1:
            # Those with the most edges in the middle.
            slots[np.argsort(-graph.degrees[members], kind="stable")] = slots.copy()
        places[members] = centers[cluster] + slots
    return Layout(places, centers, radii)


def _place_discs(source, target, strength, radii, rng):
    """Centres of discs: the first ones by their edges, the many small rest in rings around."""
    count = len(radii)
    placed = min(count, _PLACED)
    among = (source != target) & (source < placed) & (target < placed)
    between = np.zeros((placed, placed))
    np.add.at(between, (source[among], target[among]), strength[among])
    centers = np.empty((count, 2))
    centers[:placed] = _push_apart(_stress(between + between.T, radii[:placed], rng), radii[:placed])
    if placed < count:
        middle = centers[:placed].mean(axis=0)
        reach = (np.linalg.norm(centers[:placed] - middle, axis=1) + radii[:placed]).max()
        step = 2 * radii[placed] + 0.4
        ring, at = reach + step, placed
        while at < count:
            fits = max(int(2 * np.pi * ring / step), 1)
            angle = 2 * np.pi * np.arange(min(fits, count - at)) / fits
            centers[at : at + len(angle)] = middle + ring * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            at, ring = at + len(angle), ring + step
    return centers


def _stress(between, radii, rng):
    """Centres at distances like those of shortest paths in the graph of clusters."""
    from scipy.sparse.csgraph import shortest_path

    count = len(radii)
    if count == 1:
        return np.zeros((1, 2))
    touching = radii[:, None] + radii[None, :]
    # Edges expected between clusters of these sizes: more bring them closer.
    size = radii**2
    tie = between / np.sqrt(size[:, None] * size[None, :])
    tie /= tie.max() or 1
    length = np.where(between > 0, touching * (1.1 + 0.5 * (1 - np.sqrt(tie))), 0)
    wanted = shortest_path(length, directed=False)
    apart = ~np.isfinite(wanted)
    wanted[apart] = 0
    wanted[apart] = np.maximum(1.7 * touching, 0.6 * wanted.max())[apart]
    np.fill_diagonal(wanted, 1)
    importance = wanted**-2.0
    np.fill_diagonal(importance, 0)
    laplacian = np.diag(importance.sum(axis=1)) - importance
    inverse = np.linalg.pinv(laplacian)
    centers = rng.normal(size=(count, 2)) * wanted.mean()
    for _ in range(150):
        distance = np.linalg.norm(centers[:, None] - centers[None, :], axis=2)
        np.fill_diagonal(distance, 1)
        ratio = -importance * wanted / np.maximum(distance, 1e-9)
        np.fill_diagonal(ratio, 0)
        np.fill_diagonal(ratio, -ratio.sum(axis=1))
        centers = inverse @ (ratio @ centers)
    return centers


def _push_apart(centers, radii):
    """Discs moved until none overlaps another: a little at a time, then, if need be, all away from the middle."""
    # Room for a line of text, whose size does not shrink as the picture grows.
    room = max(0.8, 0.06 * np.sqrt((radii**2).sum()))
    gap = radii[:, None] + radii[None, :] + room
    np.fill_diagonal(gap, 0)
    for _ in range(300):
        offset = centers[:, None] - centers[None, :]
        distance = np.linalg.norm(offset, axis=2)
        lacking = np.maximum(gap - distance, 0)
        np.fill_diagonal(lacking, 0)
        if lacking.max(initial=0) < 1e-3:
            break
        # Where two discs have one centre, any direction will do.
        direction = offset / np.maximum(distance, 1e-9)[..., None]
        direction[(distance < 1e-9)] = (1.0, 0.0)
        weight = radii[None, :] ** 2 / (radii[:, None] ** 2 + radii[None, :] ** 2)
        centers = centers + 0.5 * (direction * (lacking * weight)[..., None]).sum(axis=1)
    distance = np.linalg.norm(centers[:, None] - centers[None, :], axis=2)
    np.fill_diagonal(distance, np.inf)
    touching = radii[:, None] + radii[None, :] + 0.1
    return centers * max(1.0, float((touching / np.maximum(distance, 1e-9)).max(initial=0)))


def _pulls(labels, centers, source, target, strength):
    """Where the edges to other clusters pull each node: ndarray, shape (n, 2), at most 1 long."""
    outside = labels[source] != labels[target]
    u, v, strength = source[outside], target[outside], strength[outside]
    offset = centers[labels[v]] - centers[labels[u]]
    offset *= (strength / np.maximum(np.linalg.norm(offset, axis=1), 1e-9))[:, None]
    pulls = np.zeros((len(labels), 2))
    np.add.at(pulls, u, offset)
    np.add.at(pulls, v, -offset)
    return pulls / np.maximum(np.linalg.norm(pulls, axis=1), 1)[:, None]


def _arrange(edges, size, pulls, rng):
    """A force-directed layout of one cluster in the unit disc."""
    ideal = 1.6 / np.sqrt(size)
    places = 0.5 * pulls + rng.normal(scale=0.3, size=(size, 2))
    for heat in np.linspace(0.3, 0.01, 60):
        offset = places[:, None] - places[None, :]
        square = np.maximum((offset**2).sum(axis=2), 1e-6)
        force = (offset * (ideal**2 / square)[..., None]).sum(axis=1) - 0.2 * places + 0.25 * pulls
        along = places[edges[0]] - places[edges[1]]
        along *= (np.linalg.norm(along, axis=1) / ideal)[:, None]
        np.subtract.at(force, edges[0], along)
        np.add.at(force, edges[1], along)
        length = np.maximum(np.linalg.norm(force, axis=1), 1e-9)
        places = places + force * (np.minimum(length, heat) / length)[:, None]
    places -= places.mean(axis=0)
    return places / max(np.linalg.norm(places, axis=1).max(), 1e-9)


def _sunflower(count):
    """Points spread evenly over the unit disc, from the middle outwards."""
    if count == 1:
        return np.zeros((1, 2))
    at = np.arange(count)
    # The innermost of a few points would leave the middle empty on one side.
    radius = np.sqrt((at + 0.5) / count) if count > 6 else np.ones(count)
    angle = at * _GOLDEN if count > 6 else 2 * np.pi * at / count
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) / radius.max()


def _assign(wanted, slots):
    """The slot of each node, so that all together are closest to what is wanted."""
    from scipy.optimize import linear_sum_assignment

    cost = ((wanted[:, None] - slots[None, :]) ** 2).sum(axis=2)
    return linear_sum_assignment(cost)[1]
