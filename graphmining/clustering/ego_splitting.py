"""Ego-splitting: overlapping clusters from the disjoint clusters of a graph of personas."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.graph.csr import Graph
from graphmining.graph.interface import as_graph, is_networkx, take_clusters
from graphmining.graph.rows import transpose
from graphmining.jit import kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix
from graphmining.threads import team, thread_count

LOCAL = ("label_propagation", "components")
GLOBAL = ("louvain", "label_propagation", "components")
SWEEPS = 10  # of local label propagation: ego-nets are small, most settle in three or four


def ego_splitting(
    graph,
    *,
    local="label_propagation",
    global_="louvain",
    resolution=1.0,
    weight="weight",
    seed=0,
    threads=None,
):
    """Find overlapping clusters by splitting each node into personas.

    A node's neighbours are clustered in the graph without the node itself: each local cluster is a persona of
    the node, one of the circles it moves in. An edge joins the two personas that know each other's node. A
    disjoint clustering of the personas, read as a clustering of their nodes, overlaps [1]_.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Self-loops are ignored.
    local : {"label_propagation", "components"} or callable
        How the neighbours of a node are clustered. Label propagation tells circles apart that a few edges
        connect; connected components do not. A callable takes a `Graph` and returns labels, shape (n,); it is
        called once a node.
    global_ : {"louvain", "label_propagation", "components"} or callable
        How the personas are clustered.
    resolution : float
        Of Louvain: above 1 smaller clusters, below 1 larger ones. Many small circles ask for 5 to 20:
        modularity has a resolution limit.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    seed : int, None or random generator
    threads : int, optional
        The answer does not depend on it.

    Returns
    -------
    list of set, or list of ndarray of int64
        Clusters of nodes, the largest first; arrays of positions, ascending, where the graph is no networkx
        graph. Every node is in at least one; an isolated node is a cluster of its own.

    Raises
    ------
    GraphError
        If the graph is directed, a weight is negative, or a callable returns no labels.
    OptionError
        If a name is unknown, or a resolution given to a clustering that has none.

    Notes
    -----
    An edge between nodes without common neighbours is a pair of personas with no other edges, and so a cluster of
    two; drop small clusters where such edges are noise.

    References
    ----------
    .. [1] Epasto, Lattanzi, Paes Leme 2017, Ego-splitting framework: from non-overlapping to overlapping
       clusters, doi:10.1145/3097983.3098054

    Examples
    --------
    >>> import networkx as nx
    >>> two_circles = nx.Graph([("a", "b"), ("b", "me"), ("me", "a"), ("me", "x"), ("x", "y"), ("y", "me")])
    >>> [sorted(cluster) for cluster in ego_splitting(two_circles)]
    [['a', 'b', 'me'], ['me', 'x', 'y']]
    """
    if not callable(global_) and global_ not in GLOBAL:
        raise OptionError(unknown("global clustering", global_, GLOBAL))
    if resolution != 1 and global_ != "louvain":
        raise OptionError(f"resolution is an option of global_='louvain' only; with {global_!r} leave it at 1")
    g = as_graph(graph, weight=weight, directed=False)
    seed = seed_value(seed)
    personas, owners = _personas(g, local, seed, threads)
    labels = _cluster(personas, global_, resolution, seed, threads)
    clusters = _clusters_of_owners(labels, owners, len(g))
    if not is_networkx(graph):
        return clusters
    names = g.names()
    return [{names[v] for v in cluster.tolist()} for cluster in clusters]


def persona_graph(graph, *, local="label_propagation", weight="weight", seed=0, threads=None):
    """Split each node into one persona per circle of neighbours.

    Parameters
    ----------
    graph, local, weight, seed, threads
        As for `ego_splitting`.

    Returns
    -------
    personas : Graph
        As many edges as the graph has, self-loops left out. The personas of a node are consecutive, in the order
        of their first neighbours; an isolated node has one.
    owners : list of nodes, or ndarray of int64, shape (personas,)
        The node of each persona; its position, where the graph is no networkx graph.

    Raises
    ------
    GraphError
        If the graph is directed, a weight is negative, or a callable returns no labels.
    OptionError
        If `local` is unknown.

    Examples
    --------
    >>> import networkx as nx
    >>> personas, owners = persona_graph(nx.path_graph("abc"))
    >>> personas, owners
    (Graph: 4 nodes, 2 edges, undirected, ['a', 'b', 'b', 'c'])
    """
    g = as_graph(graph, weight=weight, directed=False)
    personas, owners = _personas(g, local, seed_value(seed), threads)
    if is_networkx(graph):
        names = g.names()
        owners = [names[v] for v in owners.tolist()]
    return personas, owners


def _personas(graph, local, seed, threads):
    """The graph of personas, and the position of each one's node."""
    if callable(local):
        circles, counts = _circles_by_call(graph, local)
    elif local in LOCAL:
        circles, counts = np.full(len(graph.indices), -1, np.int32), np.zeros(len(graph), np.int64)
        workers = thread_count(threads)
        sweeps = SWEEPS if local == "label_propagation" else 0
        rows = graph.indptr, graph.indices, graph.weights
        with team(workers) as run:
            run(_split_egos, range(workers + 1), workers, *rows, sweeps, np.uint64(seed), circles, counts)
    else:
        raise OptionError(unknown("local clustering", local, LOCAL))
    counts = np.maximum(counts, 1)
    owners = np.repeat(np.arange(len(graph)), counts)
    rows = graph.rows
    persona = (np.cumsum(counts) - counts)[rows] + circles
    reverse = transpose(graph.indptr, graph.indices)[2]  # of an edge's entry: where its other entry is
    once = rows < graph.indices
    ends = persona[once], persona[reverse[once]]
    return Graph.from_edges(*ends, graph.weights[once], n=len(owners)), owners


def _circles_by_call(graph, local):
    """What `_split_egos` finds, by the user's own clustering."""
    matrix = graph.to_scipy()
    circles, counts = np.full(len(graph.indices), -1, np.int32), np.zeros(len(graph), np.int64)
    for node in range(len(graph)):
        neighbors = graph.neighbors(node)
        others = neighbors != node
        if others.any():
            inside = neighbors[others]
            labels = _checked_labels(Graph.from_scipy(matrix[inside][:, inside], directed=False), local)
            circles[graph.indptr[node] : graph.indptr[node + 1]][others] = labels
            counts[node] = labels.max() + 1
    return circles, counts


def _cluster(personas, method, resolution, seed, threads):
    if callable(method):
        return _checked_labels(personas, method)
    if method == "components":
        from graphmining.clustering.components import connected_components

        return connected_components(personas)
    if method == "louvain":
        from graphmining.clustering.louvain import louvain

        return louvain(personas, resolution=resolution, seed=seed, threads=threads)
    from graphmining.clustering.label_propagation import label_propagation

    return label_propagation(personas, seed=seed, threads=threads)


def _checked_labels(graph, method):
    return take_clusters(graph, np.asarray(method(graph)))


def _clusters_of_owners(labels, owners, n):
    """Each cluster's owners, once each: list of ndarray, the largest first."""
    pairs = np.unique(labels.astype(np.int64) * n + owners)
    labels, members = np.divmod(pairs, max(n, 1))
    sizes = np.bincount(labels)
    ends = np.cumsum(sizes)
    order = np.lexsort((members[ends - sizes], -sizes))
    return [members[ends[c] - sizes[c] : ends[c]] for c in order.tolist()]


@kernel
def _split_egos(worker, _, workers, indptr, indices, weights, sweeps, seed, circles, counts):
    """Number the circle of each entry's neighbour within its row, and count the circles of each row.

    Circles are the connected components of the ego-net without ego or, with `sweeps`, what label propagation
    finds there.
    """
    n = len(indptr) - 1
    most = 1
    for u in range(n):
        most = max(most, indptr[u + 1] - indptr[u])
    place = np.zeros(n, np.int32)  # in ego's row, from 1; 0: no neighbour
    label, number = np.empty(most, np.int32), np.empty(most, np.int32)
    links, strength = np.empty((1024, 2), np.int32), np.empty(1024)
    # Blocks of 64 nodes in turn: hubs often lie together, and would make one worker's share too large.
    for block in range(64 * worker, n, 64 * workers):
        for u in range(block, min(block + 64, n)):
            row = indices[indptr[u] : indptr[u + 1]]
            for i in range(len(row)):
                label[i] = i
                number[i] = -1
                if row[i] != u:
                    place[row[i]] = i + 1
            count, links, strength = _link(
                u, indptr, indices, weights, place, label[: len(row)], sweeps > 0, links, strength
            )
            if count:
                state = seed ^ (np.uint64(u) * np.uint64(0xD1342543DE82EF95))
                _propagate(links[:count], strength[:count], sweeps, state, label[: len(row)])
            for i in range(len(row)):
                if row[i] != u:
                    place[row[i]] = 0
                    if number[label[i]] < 0:
                        number[label[i]] = counts[u]
                        counts[u] += 1
                    circles[indptr[u] + i] = number[label[i]]


@kernel
def _link(u, indptr, indices, weights, place, label, collect, links, strength):
    """Find the edges between the neighbours of u: join labels in a union–find forest, or collect the edges."""
    row = indices[indptr[u] : indptr[u + 1]]
    parts = len(row) - np.count_nonzero(row == u)
    count = 0
    for i in range(len(row)):
        v = row[i]
        if v == u:
            continue
        # Common neighbours behind v: along the row of v or, where v is a hub, by a search for each in it.
        start, stop = indptr[v], indptr[v + 1]
        along = stop - start <= 8 * (len(row) - i)
        for step in range(stop - start if along else len(row) - i - 1):
            if along:
                q = start + step
                j = np.int64(place[indices[q]]) - 1
                if j <= i:
                    continue
            else:
                j = i + 1 + step
                q, end = start, stop
                while end - q > 1:
                    middle = (q + end) // 2
                    if indices[middle] <= row[j]:
                        q = middle
                    else:
                        end = middle
                if indices[q] != row[j] or row[j] == u:
                    continue
            if collect:
                if count == len(links):
                    links = np.concatenate((links, np.empty_like(links)))
                    strength = np.concatenate((strength, np.empty_like(strength)))
                links[count, 0], links[count, 1], strength[count] = i, j, weights[q]
                count += 1
                continue
            a, b = np.int64(i), j
            while label[a] != a:
                label[a] = label[label[a]]
                a = np.int64(label[a])
            while label[b] != b:
                label[b] = label[label[b]]
                b = np.int64(label[b])
            if a != b:
                label[max(a, b)] = min(a, b)
                parts -= 1
            if parts == 1:
                break
        if parts == 1 and not collect:
            break
    for i in range(len(row)):
        label[i] = label[label[i]]
    return count, links, strength


@kernel
def _propagate(links, strength, sweeps, state, label):
    """Give each node the heaviest label around it, sweep by sweep, until none changes."""
    size, entries = len(label), 2 * len(links)
    starts = np.zeros(size + 1, np.int64)
    for e in range(len(links)):
        starts[links[e, 0]] += 1
        starts[links[e, 1]] += 1
    for i in range(size):
        starts[i + 1] += starts[i]
    near, heavy = np.empty(entries, np.int32), np.empty(entries)
    for e in range(len(links)):
        for side in range(2):
            i = links[e, side]
            starts[i] -= 1
            near[starts[i]], heavy[starts[i]] = links[e, 1 - side], strength[e]
    score = np.zeros(size)
    for _ in range(sweeps):
        moved = False
        for i in range(size):
            best = 0.0
            for q in range(starts[i], starts[i + 1]):
                score[label[near[q]]] += heavy[q]
                best = max(best, score[label[near[q]]])
            ties, chosen = 0, label[i]
            if score[chosen] < best:
                # One of the best labels, each with the same chance.
                for q in range(starts[i], starts[i + 1]):
                    if score[label[near[q]]] == best:
                        score[label[near[q]]] = 0.0
                        ties += 1
                        state += STEP
                        if mix(state) % np.uint64(ties) == 0:
                            chosen = label[near[q]]
                moved = True
            for q in range(starts[i], starts[i + 1]):
                score[label[near[q]]] = 0.0
            label[i] = chosen
        if not moved:
            break
