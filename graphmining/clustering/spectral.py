"""Spectral clustering, as the textbooks have it."""

from __future__ import annotations

import heapq
import warnings
from numbers import Integral

import numpy as np

from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.memory import check_memory
from graphmining.seeds import seed_value

DENSE = 1000  # up to so many nodes all eigenvectors at once are faster, and exact
TOLERANCE = 1e-6  # of eigenvalues, relative; k-means needs no more
RESTARTS = 1000  # of Lanczos' method, before giving up


def spectral_clustering(graph, k, *, weight="weight", seed=0):
    """Cluster nodes by the leading eigenvectors of the normalised adjacency matrix, with k-means.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Self-loops and edges of weight 0 are ignored.
    k : int
        Number of clusters, from 1 to n. All of them have nodes.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    seed : int, None or random generator
        Of k-means, and of the first vector of the eigensolver.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first; labels per node where the graph is no networkx graph.

    Raises
    ------
    GraphError
        If the graph is directed or has a negative weight, or its eigenvectors cannot be found.
    OptionError
        If `k` is no integer from 1 to n.

    Notes
    -----
    The rows of the k leading eigenvectors of D^(-1/2) W D^(-1/2), scaled to length 1, are clustered by k-means
    [1]_. Each connected component, an isolated node too, has an eigenvector of its own, with eigenvalue 1 [2]_;
    these are known, only the others are computed. So no cluster joins two components while there are at least as
    many clusters. If there are fewer, all ways to join components cut equally little (nothing): the largest ones
    stay apart, and each of the others, in order of size, joins what is smallest by then. Take isolated nodes out
    first if they should not cost clusters.

    References
    ----------
    .. [1] Ng, Jordan, Weiss 2001, On spectral clustering: analysis and an algorithm, NIPS 14
    .. [2] von Luxburg 2007, A tutorial on spectral clustering, arXiv:0711.0189

    Examples
    --------
    >>> import networkx as nx
    >>> [sorted(cluster) for cluster in spectral_clustering(nx.barbell_graph(3, 0), 2)]
    [[0, 1, 2], [3, 4, 5]]
    """
    from scipy.sparse.csgraph import connected_components
    from threadpoolctl import threadpool_limits

    g = as_graph(graph, weight=weight, directed=False)
    if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k <= len(g):
        raise OptionError(f"k must be an integer from 1 to {len(g)}, the number of nodes, not {k!r}")
    seed = seed_value(seed)
    matrix = g.to_scipy()
    matrix.data[g.indices == g.rows] = 0
    matrix.eliminate_zeros()
    count, components = connected_components(matrix, directed=False)
    if count >= k:
        return give_clusters(graph, g, _join(components, k))
    # More threads would add up in an order that changes from run to run.
    with threadpool_limits(1):
        rows = _embed(matrix, components, k, seed)
        labels = _k_means(rows, k, seed)
    return give_clusters(graph, g, labels)


def _join(components, k):
    """Join components to k clusters: ndarray of int, shape (n,)."""
    sizes = np.bincount(components)
    order = np.argsort(-sizes, kind="stable").tolist()
    clusters = np.empty(len(sizes), np.int64)
    heap = []
    for label, component in enumerate(order[:k]):
        clusters[component] = label
        heap.append((int(sizes[component]), label))
    heapq.heapify(heap)
    for component in order[k:]:
        size, label = heap[0]
        clusters[component] = label
        heapq.heapreplace(heap, (size + int(sizes[component]), label))
    return clusters[components]


def _embed(matrix, components, k, seed):
    """Rows of the k leading eigenvectors, of length 1: ndarray of float64, shape (n, k)."""
    n, count = len(components), int(components.max()) + 1
    check_memory(n * k * 24 + matrix.nnz * 24, f"an embedding of {n:,} nodes in {k:,} dimensions")
    degrees = np.asarray(matrix.sum(axis=1)).reshape(-1)
    degrees[degrees == 0] = 1
    known = np.zeros((n, count))
    known[np.arange(n), components] = np.sqrt(degrees / np.bincount(components, degrees)[components])
    scale = 1 / np.sqrt(degrees)
    matrix = matrix.multiply(scale[:, None]).multiply(scale).tocsr()
    rows = np.hstack([known, _leading(matrix, known, k, seed)])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _leading(matrix, known, k, seed):
    """The k leading eigenvectors but for the known ones: ndarray of float64, shape (n, k - known)."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    n, count = len(known), k - known.shape[1]
    # Known eigenvectors are given the eigenvalue -1, the smallest there is.
    if n <= DENSE or 3 * count > n:
        check_memory(24 * n * n, f"{count:,} eigenvectors of {n:,} nodes")
        vectors = eigh(matrix.toarray() - 2 * known @ known.T, subset_by_index=(n - count, n - 1))[1]
    else:
        deflated = LinearOperator((n, n), lambda x: matrix @ x - 2 * (known @ (known.T @ x)), dtype=np.float64)
        start = np.random.default_rng(seed).standard_normal(n)
        options = {"v0": start, "ncv": min(n, 4 * count + 40), "tol": TOLERANCE, "maxiter": RESTARTS}
        try:
            vectors = eigsh(deflated, count, which="LA", **options)[1]
        except ArpackNoConvergence:
            raise GraphError(
                f"the leading {k} eigenvectors did not converge: too many eigenvalues lie close together; "
                "try another k, or louvain"
            ) from None
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(count)])


def _k_means(rows, k, seed):
    """Labels from 0 to k - 1, all in use: ndarray of int32, shape (n,)."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # about unused labels
        fitted = KMeans(k, n_init=10, random_state=seed % 2**32).fit(rows)
    labels = fitted.labels_
    sizes = np.bincount(labels, minlength=k)
    distances = np.linalg.norm(rows - fitted.cluster_centers_[labels], axis=1)
    for unused in np.flatnonzero(sizes == 0):
        farthest = np.where(sizes[labels] > 1, distances, -1).argmax()
        sizes[labels[farthest]] -= 1
        labels[farthest], sizes[unused] = unused, 1
    return labels
