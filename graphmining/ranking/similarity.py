"""The nodes most similar to a node."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.ranking.checks import check_count, find_nodes
from graphmining.seeds import seed_value
from graphmining.threads import even_pieces, team, thread_count

NEIGHBOURHOOD = ("adamic-adar", "common-neighbors", "jaccard", "resource-allocation")
METHODS = (*NEIGHBOURHOOD, "personalized-pagerank", "simrank")


def similar_nodes(
    graph,
    nodes=None,
    *,
    method="adamic-adar",
    k=10,
    alpha=0.85,
    epsilon=1e-5,
    decay=0.9,
    weight="weight",
    seed=0,
    threads=None,
):
    """Find the nodes most similar to a node, to several, or to each.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Directed graphs only for "personalized-pagerank" (walks follow edges) and "simrank" (walks go back).
    nodes : node or collection of nodes, optional
        Default: all nodes.
    method : str
        With N(v) the neighbours of v other than v itself: "common-neighbors" |N(u) ∩ N(v)|,
        "jaccard" |N(u) ∩ N(v)| / |N(u) ∪ N(v)|, "adamic-adar" Σ 1 / log |N(w)| [1]_ and "resource-allocation"
        Σ 1 / |N(w)| over the w in N(u) ∩ N(v); "personalized-pagerank": the score of v for seed u;
        "simrank": `simrank_single_source`; for all nodes, and in graphs of up to 1,000, `simrank`.
    k : int
        How many similar nodes at most; only ones with a similarity above 0 count.
    alpha, epsilon : float
        Of `personalized_pagerank`.
    decay : float
        Of `simrank`.
    weight : str or None
        Edge attribute for "personalized-pagerank" and "simrank"; the other methods count neighbours.
    seed : int, None or random generator
        For `simrank_single_source`.
    threads : int, optional
        Default: all cores. The answer is the same for any number.

    Returns
    -------
    list of (node, float), or dict of node to such a list
        The highest similarity first, then by position; the list alone if `nodes` is one node.
        Where the graph is no networkx graph: positions (ndarray of int64) and similarities (ndarray of
        float64), each of shape (k,) for one node, else (number of nodes, k), filled up with -1 and 0.
        If there are no k other nodes, k is their number.

    Raises
    ------
    GraphError
        If a node is unknown, the graph is directed where it must not be, or a weight is negative.
    OptionError
        If an option's value cannot work.

    References
    ----------
    .. [1] Liben-Nowell, Kleinberg 2007, The link-prediction problem for social networks,
       doi:10.1002/asi.20591

    Examples
    --------
    >>> import networkx as nx
    >>> similar_nodes(nx.karate_club_graph(), 0, method="common-neighbors", k=2)
    [(1, 7.0), (2, 5.0)]
    """
    if method not in METHODS:
        raise OptionError(unknown("method", method, METHODS))
    k = check_count("k", k)
    threads = thread_count(threads)
    local = method in NEIGHBOURHOOD
    g = as_graph(graph, weight=None if local else weight, directed=False if local else None)
    single = False
    sources = np.arange(len(g))
    if nodes is not None:
        sources, single = find_nodes(g, nodes)
    width = max(min(k, len(g) - 1), 0)
    check_memory(len(sources) * width * 16, f"{width:,} similar nodes of each of {len(sources):,}")
    found = np.full((len(sources), width), -1, np.int64)
    scores = np.zeros((len(sources), width))
    if local:
        _by_neighbourhood(g, sources, method, found, scores, threads)
    elif method == "personalized-pagerank":
        _by_pagerank(g, sources, alpha, epsilon, found, scores, threads)
    else:
        _by_simrank(g, sources, decay, seed, found, scores, threads)
    return _give(graph, g, sources, single, found, scores)


def _by_neighbourhood(graph, sources, method, found, scores, threads):
    degrees = np.diff(graph.indptr) - (graph.loops != 0)
    if method == "adamic-adar":
        # A node with one neighbour is in common to no two.
        credit = 1 / np.log(np.maximum(degrees, 2))
    elif method == "resource-allocation":
        credit = 1 / np.maximum(degrees, 1)
    else:
        credit = np.ones(len(graph))
    # A source costs the degrees of its neighbours.
    reach = np.concatenate([[0], np.cumsum(degrees[graph.indices])])
    costs = (reach[graph.indptr[1:]] - reach[graph.indptr[:-1]])[sources]
    pieces = even_pieces(np.concatenate([[0], np.cumsum(costs)]), threads)
    with team(threads) as run:
        run(
            _count_wedges, pieces, graph.indptr, graph.indices, degrees, credit, method == "jaccard", sources,
            found, scores,
        )  # fmt: skip


def _by_pagerank(graph, sources, alpha, epsilon, found, scores, threads):
    from graphmining.ranking.push import Push

    def run_piece(start, stop):
        push = Push(graph, alpha, epsilon)
        for i in range(start, stop):
            push.run(sources[i : i + 1], np.ones(1))
            reached = push.reached()
            _keep_best(reached, push.scores[reached], sources[i], found[i], scores[i])

    with team(threads) as run:
        run(run_piece, even_pieces(np.arange(len(sources) + 1), threads))


def _by_simrank(graph, sources, decay, seed, found, scores, threads):
    from graphmining.ranking.simrank import simrank, simrank_single_source

    everything, names, seed = np.arange(len(graph)), graph.names(), seed_value(seed)
    exact = None
    if len(sources) == len(graph) or len(graph) <= 1000:
        exact = simrank(graph, decay=decay, threads=threads)
    for i, source in enumerate(sources.tolist()):
        if exact is not None:
            row = exact[source]
        else:
            row = simrank_single_source(graph, names[source], decay=decay, seed=seed, threads=threads)
        _keep_best(everything, row, source, found[i], scores[i])


def _keep_best(nodes, values, source, found, scores):
    """Write the best nodes other than the source, highest first, into a row."""
    others = (nodes != source) & (values > 0)
    nodes, values = nodes[others], values[others]
    if len(nodes) > len(found):
        if not len(found):
            return
        least = np.partition(values, len(values) - len(found))[len(values) - len(found)]
        nodes, values = nodes[values >= least], values[values >= least]
    order = np.lexsort((nodes, -values))[: len(found)]
    found[: len(order)], scores[: len(order)] = nodes[order], values[order]


def _give(source, graph, positions, single, found, scores):
    if not is_networkx(source):
        return (found[0], scores[0]) if single else (found, scores)
    names = graph.names()
    lists = [
        [(names[v], value) for v, value in zip(row, values) if v >= 0]
        for row, values in zip(found.tolist(), scores.tolist())
    ]
    return lists[0] if single else {names[v]: similar for v, similar in zip(positions.tolist(), lists)}


@kernel
def _count_wedges(start, stop, indptr, indices, degrees, credit, jaccard, sources, found, scores):
    """Sum the credits of common neighbours; keep the best in a heap whose top is the worst of them."""
    n = len(indptr) - 1
    total = np.zeros(n)
    # One place more: a node is noted before it is known to be new.
    touched = np.empty(n + 1, indices.dtype)
    width = found.shape[1]
    for i in range(start, stop):
        u = sources[i]
        count = 0
        for p in range(indptr[u], indptr[u + 1]):
            w = indices[p]
            if w == u:
                continue
            # Unsigned positions need no check for negative ones.
            for q in range(np.uint64(indptr[w]), np.uint64(indptr[w + 1])):
                v = np.uint64(indices[q])
                if v != w and v != u:
                    touched[count] = v
                    count += total[v] == 0
                    total[v] += credit[w]
        size, worst = 0, 0.0
        for t in range(count):
            v = np.int64(touched[t])
            value = total[v]
            total[v] = 0
            if jaccard:
                value /= degrees[u] + degrees[v] - value
            if size < width:
                _rise(scores[i], found[i], size, value, v)
                size += 1
                worst = scores[i, 0]
            elif value > worst or (value == worst and v < found[i, 0]):
                _sink(scores[i], found[i], size, value, v)
                worst = scores[i, 0]
        for last in range(size - 1, 0, -1):
            value, v = scores[i, last], found[i, last]
            scores[i, last], found[i, last] = scores[i, 0], found[i, 0]
            _sink(scores[i], found[i], last, value, v)


@kernel
def _rise(scores, found, size, value, node):
    """Add a candidate to a heap."""
    at = size
    while at > 0:
        above = (at - 1) // 2
        if (value, -node) >= (scores[above], -found[above]):
            break
        scores[at], found[at] = scores[above], found[above]
        at = above
    scores[at], found[at] = value, node


@kernel
def _sink(scores, found, size, value, node):
    """Put a candidate in the place of a heap's top and let it sink to its own."""
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (scores[other], -found[other]) < (scores[below], -found[below]):
            below = other
        if (value, -node) <= (scores[below], -found[below]):
            break
        scores[at], found[at] = scores[below], found[below]
        at = below
    scores[at], found[at] = value, node
