"""SCAN: clusters of nodes with similar neighbourhoods, and the hubs and outliers between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, by_size, is_networkx, label_sets
from graphmining.jit import kernel
from graphmining.threads import team, thread_count

CORE, BORDER, HUB, OUTLIER = range(4)


@dataclass(frozen=True, eq=False)
class StructuralClusters:
    """What `structural_clustering` finds.

    Attributes
    ----------
    clusters : list of set, or ndarray of int32, shape (n,)
        Disjoint clusters, the largest first; labels per node, -1 for hubs and outliers, where the graph is no
        networkx graph.
    cores, hubs, outliers : set, or ndarray of int64
        Nodes; their positions, ascending, where the graph is no networkx graph. A node that is none of these is
        the border of a cluster.
    """

    clusters: list[set] | np.ndarray
    cores: set | np.ndarray
    hubs: set | np.ndarray
    outliers: set | np.ndarray


def structural_clustering(graph, *, epsilon=0.5, mu=2, weight=None, threads=None):
    """Cluster nodes by the similarity of their neighbourhoods (SCAN).

    Two neighbours u and v have the similarity |Γ(u) ∩ Γ(v)| / √(|Γ(u)| |Γ(v)|), where Γ(v) is v and its
    neighbours. A core is similar (at least `epsilon`) to at least `mu` nodes of its Γ, itself among them. Similar
    cores share a cluster. What is similar to a core, but no core, is on the border of the core's cluster. The
    remaining nodes are hubs, if they have neighbours in two clusters, else outliers.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Self-loops are ignored: every node is in its own neighbourhood anyway.
    epsilon : float
        In (0, 1]; 0.5 to 0.8 suit most graphs [1]_.
    mu : int
        At least 1. As in [1]_ a core counts itself: 2 asks for one similar neighbour.
    weight : str or None
        Edge attribute; None: no weights. With weights, similarity is the cosine of the rows of the adjacency
        matrix with ones on its diagonal [2]_, so weights should be of the order of 1.
    threads : int, optional

    Returns
    -------
    StructuralClusters

    Raises
    ------
    GraphError
        If the graph is directed or a weight negative.
    OptionError
        If an option is out of its range.

    Notes
    -----
    Where [1]_ lets the order of visits decide, a border node joins the cluster of the core most similar to it; of
    equally similar ones, the first. An edge costs the smaller of its ends' degrees at most, and the scan of a
    neighbourhood ends once `epsilon` is out of reach.

    References
    ----------
    .. [1] Xu, Yuruk, Feng, Schweiger 2007, SCAN: a structural clustering algorithm for networks,
       doi:10.1145/1281192.1281280
    .. [2] Tseng, Dhulipala, Shun 2021, Parallel index-based structural graph clustering and its approximation,
       arXiv:2012.11188

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    >>> graph.add_edges_from([(3, 8), (8, 4), (7, 9)])
    >>> found = structural_clustering(graph, epsilon=0.7)
    >>> found.clusters, found.hubs, found.outliers
    ([{0, 1, 2, 3}, {4, 5, 6, 7}], {8}, {9})
    """
    if not 0 < epsilon <= 1:
        raise OptionError(f"epsilon must be above 0 and at most 1, not {epsilon!r}")
    if not isinstance(mu, (int, np.integer)) or mu < 1:
        raise OptionError(f"mu must be an integer of at least 1, not {mu!r}")
    g = as_graph(graph, weight=weight, directed=False)
    similar = _similarities(g, float(epsilon), weight is not None, threads)
    labels, roles = _assign(g.indptr, g.indices, similar, int(mu))
    labels[labels >= 0] = by_size(labels[labels >= 0])
    cores, hubs, outliers = (np.flatnonzero(roles == role) for role in (CORE, HUB, OUTLIER))
    if not is_networkx(graph):
        return StructuralClusters(labels, cores, hubs, outliers)
    names = g.names()
    # Shifted by one, so that set 0 holds hubs and outliers.
    clusters = label_sets(g, labels + 1)[1:]
    return StructuralClusters(clusters, *({names[v] for v in nodes.tolist()} for nodes in (cores, hubs, outliers)))


def _similarities(graph, epsilon, weighted, threads):
    """Similarity of the ends of each entry, 0 where it is below epsilon: ndarray of float64, shape (entries,)."""
    # One byte in the place of all weights: what is not read costs nothing.
    weights = graph.weights if weighted else np.broadcast_to(np.uint8(1), len(graph.indices))
    similar = np.zeros(len(weights))
    sums, squares = _rows(graph.indptr, graph.indices, weights)
    workers = thread_count(threads)
    with team(workers) as run:
        arguments = (graph.indptr, graph.indices, weights, sums, squares, epsilon, similar)
        run(_compare, range(workers + 1), workers, *arguments)
    return similar


@kernel
def _rows(indptr, indices, weights):
    """Each row's sum without the diagonal, and its sum of squares with a diagonal of one."""
    n = len(indptr) - 1
    sums, squares = np.zeros(n), np.ones(n)
    for v in range(n):
        for p in range(indptr[v], indptr[v + 1]):
            if indices[p] != v:
                sums[v] += weights[p]
                squares[v] += weights[p] * weights[p]
    return sums, squares


@kernel
def _compare(worker, _, workers, indptr, indices, weights, sums, squares, epsilon, similar):
    """Compare each node with its neighbours of lower degree; both entries of an edge take the similarity."""
    n = len(indptr) - 1
    row = np.zeros(n, weights.dtype)
    # Blocks of 64 nodes in turn: hubs often lie together, and would make one worker's share too large.
    for block in range(64 * worker, n, 64 * workers):
        for u in range(block, min(block + 64, n)):
            degree = indptr[u + 1] - indptr[u]
            row[u] = 1
            largest = 1.0
            for p in range(indptr[u], indptr[u + 1]):
                if indices[p] != u:
                    row[indices[p]] = weights[p]
                    largest = max(largest, weights[p])
            for p in range(indptr[u], indptr[u + 1]):
                v = indices[p]
                other = indptr[v + 1] - indptr[v]
                if v == u or other > degree or (other == degree and v > u):
                    continue
                norm = np.sqrt(squares[u] * squares[v])
                # What is out of reach by more than rounding ends the scan.
                needed = epsilon * norm * (1 - 1e-9)
                shared, rest = row[v], sums[v] * largest
                for q in range(indptr[v], indptr[v + 1]):
                    if shared + rest < needed:
                        break
                    if indices[q] != v:
                        shared += row[indices[q]] * weights[q]
                        rest -= weights[q] * largest
                if shared / norm >= epsilon:
                    similar[p] = shared / norm
                    low, high = indptr[v], indptr[v + 1]
                    while indices[low] != u:
                        middle = (low + high) // 2
                        if indices[middle] <= u:
                            low = middle
                        else:
                            high = middle
                    similar[low] = shared / norm
            for p in range(indptr[u], indptr[u + 1]):
                row[indices[p]] = 0
            row[u] = 0


@kernel
def _assign(indptr, indices, similar, mu):
    """Cluster of each node, named by a core of it, or -1; role of each node."""
    n = len(indptr) - 1
    roles = np.full(n, OUTLIER, np.int8)
    labels = np.arange(n).astype(np.int32)
    for u in range(n):
        count = 1
        for p in range(indptr[u], indptr[u + 1]):
            count += similar[p] > 0
        if count >= mu:
            roles[u] = CORE
    for u in range(n):
        for p in range(indptr[u], indptr[u + 1]):
            if similar[p] > 0 and indices[p] < u and roles[u] == CORE and roles[indices[p]] == CORE:
                a, b = u, np.int64(indices[p])
                while labels[a] != a:
                    labels[a] = labels[labels[a]]
                    a = np.int64(labels[a])
                while labels[b] != b:
                    labels[b] = labels[labels[b]]
                    b = np.int64(labels[b])
                labels[max(a, b)] = min(a, b)
    for u in range(n):
        if roles[u] == CORE:
            labels[u] = labels[labels[u]]
    for u in range(n):
        if roles[u] == CORE:
            continue
        labels[u] = -1
        best = 0.0
        for p in range(indptr[u], indptr[u + 1]):
            if similar[p] > best and roles[indices[p]] == CORE:
                best = similar[p]
                labels[u] = labels[indices[p]]
                roles[u] = BORDER
    for u in range(n):
        if roles[u] != OUTLIER:
            continue
        seen = np.int32(-1)
        for p in range(indptr[u], indptr[u + 1]):
            label = labels[indices[p]]
            if label >= 0 and seen >= 0 and label != seen:
                roles[u] = HUB
                break
            seen = max(seen, label)
    return labels, roles
