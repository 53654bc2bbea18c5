"""Personalised PageRank by push, and the cluster around a node that it shows."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.jit import kernel
from graphmining.ranking.checks import check_damping, check_positive, find_nodes


def personalized_pagerank(graph, seeds, *, alpha=0.85, epsilon=1e-6, weight="weight"):
    """Rank nodes by their closeness to a few, visiting no more of the graph than that takes.

    Approximates `pagerank(graph, alpha=alpha, personalization=seeds)`: the surfer starts at the seeds, goes on
    with probability `alpha`, else starts again; at a node without a way out it starts again, too.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Directed or not. Weights must not be negative.
    seeds : node, collection of nodes, or dict of node to float
        Several count alike; a dict weighs them.
    alpha : float
        Damping, 0 to below 1.
    epsilon : float
        Push while a node's residual is more than `epsilon` times its degree.
    weight : str or None
        Edge attribute; None: all edges alike.

    Returns
    -------
    dict of node to float, or ndarray of float64, shape (n,)
        Never above the exact scores. A dict holds the nodes with a score above 0 only, highest first.

    Raises
    ------
    GraphError
        If a weight is negative or a seed unknown.
    OptionError
        If an option's value cannot work, or there are no seeds.

    Notes
    -----
    What is missing from the scores adds up to 1 - sum(scores). In an undirected graph moreover the score of
    no node is too small by more than `epsilon` times the node's degree (the sum of its edges' weights, a
    self-loop once). The work is at most 1 / (epsilon · (1 - alpha)) steps along edges of weight 1.

    In [1]_ the walk is lazy and alpha is the probability of a restart: theirs is (1 - a) / (1 + a) of this a.

    References
    ----------
    .. [1] Andersen, Chung, Lang 2006, Local graph partitioning using PageRank vectors,
       doi:10.1109/FOCS.2006.44

    Examples
    --------
    >>> import networkx as nx
    >>> scores = personalized_pagerank(nx.path_graph(4), 0)
    >>> {node: round(score, 3) for node, score in scores.items()}
    {1: 0.358, 0: 0.302, 2: 0.238, 3: 0.101}
    """
    g = as_graph(graph, weight=weight)
    push = Push(g, alpha, epsilon)
    push.run(*_take_seeds(g, seeds))
    if not is_networkx(graph):
        return push.scores
    reached, names = push.reached(), g.names()
    reached = reached[np.lexsort((reached, -push.scores[reached]))]
    return dict(zip([names[v] for v in reached.tolist()], push.scores[reached].tolist()))


def local_cluster(graph, seeds, *, alpha=0.85, epsilon=1e-4, weight="weight"):
    """Find a cluster around a few nodes, visiting no more of the graph than that takes.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Weights must not be negative.
    seeds : node, collection of nodes, or dict of node to float
    alpha, epsilon, weight
        As in `personalized_pagerank`. A smaller `epsilon` looks further.

    Returns
    -------
    set of nodes, or ndarray of int64
        Positions in ascending order where the graph is no networkx graph. The seeds themselves where the
        nodes that were reached have no edges to others.

    Raises
    ------
    GraphError
        If the graph is directed, a weight is negative or a seed unknown.
    OptionError
        If an option's value cannot work, or there are no seeds.

    Notes
    -----
    Of all sets of nodes with the highest scores per degree, the one of lowest conductance [1]_; of equal ones
    the smallest. The seeds need not be in it.

    References
    ----------
    .. [1] Andersen, Chung, Lang 2006, Local graph partitioning using PageRank vectors,
       doi:10.1109/FOCS.2006.44

    Examples
    --------
    >>> import networkx as nx
    >>> local_cluster(nx.barbell_graph(3, 0), 0)
    {0, 1, 2}
    """
    g = as_graph(graph, weight=weight, directed=False)
    push = Push(g, alpha, epsilon)
    seeds, shares = _take_seeds(g, seeds)
    push.run(seeds, shares)
    reached = push.reached()
    degrees = g.degrees[reached]
    reached, degrees = reached[degrees > 0], degrees[degrees > 0]
    order = reached[np.lexsort((reached, -push.scores[reached] / degrees))]
    size = _sweep(g.indptr, g.indices, g.weights, g.degrees, order, 2 * g.total_weight, np.zeros(len(g), np.bool_))
    cluster = np.sort(order[:size]) if size else seeds
    if not is_networkx(graph):
        return cluster
    names = g.names()
    return {names[v] for v in cluster.tolist()}


def _take_seeds(graph, seeds):
    """Positions, each once, and shares that sum to 1."""
    weighed = isinstance(seeds, dict)
    positions, _ = find_nodes(graph, list(seeds) if weighed else seeds)
    if not len(positions):
        raise OptionError("there are no seeds; name at least one node")
    try:
        amounts = np.array(list(seeds.values()) if weighed else np.ones(len(positions)), np.float64)
    except (TypeError, ValueError):
        amounts = np.full(len(positions), np.nan)
    if (
        amounts.shape != positions.shape
        or not np.isfinite(amounts).all()
        or amounts.min() < 0
        or not amounts.any()
    ):
        raise OptionError("the weights of seeds must be finite numbers, not negative, and one of them above 0")
    positions, first = np.unique(positions, return_inverse=True)
    shares = np.bincount(first, amounts)
    return positions[shares > 0], shares[shares > 0] / shares.sum()


class Push:
    """Buffers for pushes on one graph, each used again by the next.

    Parameters
    ----------
    graph : Graph
    alpha, epsilon : float
        As in `personalized_pagerank`.

    Attributes
    ----------
    scores : ndarray of float64, shape (n,)
        Of the last run.
    """

    def __init__(self, graph, alpha, epsilon):
        self.alpha = check_damping("alpha", alpha, below_one=True)
        self.epsilon = check_positive("epsilon", epsilon)
        self.graph = graph
        n = len(graph)
        # Zeroed memory costs nothing before it is touched, so that a single run stays local.
        self.scores, self._residual, self._seen = np.zeros(n), np.zeros(n), np.zeros(n, np.bool_)
        self._queue, self._touched = np.empty(n, np.int64), np.empty(n, np.int64)
        self._count = 0

    def run(self, seeds, shares):
        """Push from seeds (positions, ndarray of int64) with shares that sum to 1."""
        before = self._touched[: self._count]
        for buffer in (self.scores, self._residual, self._seen):
            buffer[before] = 0
        g = self.graph
        self._count = _push(
            g.indptr, g.indices, g.weights, g.degrees, g.loops, not g.directed, seeds, shares, self.alpha,
            self.epsilon, self.scores, self._residual, self._seen, self._queue, self._touched,
        )  # fmt: skip

    def reached(self):
        """The nodes with a score above 0: ndarray of int64."""
        touched = self._touched[: self._count]
        return touched[self.scores[touched] > 0]


@kernel
def _push(
    indptr, indices, weights, degrees, loops, undirected, seeds, shares, alpha, epsilon,
    scores, residual, seen, queue, touched,
):  # fmt: skip
    """Push from seeds into zeroed `scores`; how many nodes were touched, those in `touched`.

    Nodes without a way out keep no residual: what they get is scored at once, or waits in `restarts` for the
    seeds. In between, scores + (exact scores from a start at the residuals and restarts) = exact scores.
    """
    stuck = 0.0
    for i in range(len(seeds)):
        s = seeds[i]
        seen[s] = True
        touched[i] = s
        if degrees[s] == 0:
            stuck += shares[i]
    count = len(seeds)
    restarts, first, waiting = 1.0, 0, 0
    while True:
        if waiting == 0:
            # Some of it returns from seeds without a way out, and again: a geometric series.
            started = restarts / (1 - alpha * stuck)
            restarts = 0.0
            for i in range(len(seeds)):
                s = seeds[i]
                if degrees[s] == 0:
                    scores[s] += (1 - alpha) * started * shares[i]
                    continue
                degree = degrees[s] - loops[s] if undirected else degrees[s]
                before = residual[s]
                residual[s] += started * shares[i]
                if before <= epsilon * degree < residual[s]:
                    queue[(first + waiting) % len(queue)] = s
                    waiting += 1
            if waiting == 0:
                return count
        u = queue[first]
        first = (first + 1) % len(queue)
        waiting -= 1
        scores[u] += (1 - alpha) * residual[u]
        flow = alpha * residual[u] / (degrees[u] - loops[u] if undirected else degrees[u])
        residual[u] = 0.0
        for p in range(indptr[u], indptr[u + 1]):
            v = indices[p]
            if not seen[v]:
                seen[v] = True
                touched[count] = v
                count += 1
            if degrees[v] == 0:
                scores[v] += (1 - alpha) * flow * weights[p]
                restarts += alpha * flow * weights[p]
                continue
            degree = degrees[v] - loops[v] if undirected else degrees[v]
            before = residual[v]
            residual[v] += flow * weights[p]
            if before <= epsilon * degree < residual[v]:
                queue[(first + waiting) % len(queue)] = v
                waiting += 1


@kernel
def _sweep(indptr, indices, weights, degrees, order, total, inside):
    """Length of the prefix of `order` with the lowest conductance; 0 if no prefix leaves anything out."""
    best, size = np.inf, 0
    volume, cut = 0.0, 0.0
    for i in range(len(order)):
        v = order[i]
        inside[v] = True
        volume += degrees[v]
        cut += degrees[v]
        for p in range(indptr[v], indptr[v + 1]):
            if inside[indices[p]]:
                cut -= 2 * weights[p]
        smaller = min(volume, total - volume)
        # What rounding leaves of the other side is nothing.
        if smaller > 1e-12 * total and cut / smaller < best:
            best, size = cut / smaller, i + 1
    return size
