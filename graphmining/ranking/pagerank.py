"""PageRank by power iteration."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, give_scores
from graphmining.jit import kernel
from graphmining.ranking.checks import check_count, check_damping, check_positive
from graphmining.threads import even_pieces, team, thread_count

# Sums are taken over blocks of this many nodes, then over the blocks: the same for any number of threads.
BLOCK = 1024


def pagerank(
    graph,
    *,
    alpha=0.85,
    personalization=None,
    dangling=None,
    nstart=None,
    tolerance=1e-6,
    max_iterations=100,
    weight="weight",
    threads=None,
):
    """Rank nodes by how often a random surfer visits them.

    With probability `alpha` the surfer follows an edge out of the node (one drawn by weight; an undirected
    edge leads both ways, a self-loop back to its node), otherwise jumps to a node drawn from `personalization`.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Directed or not. Weights must not be negative.
    alpha : float
        Damping, 0 to 1.
    personalization : dict of node to float, or array_like of float, shape (n,), optional
        Where jumps lead, up to a factor; nodes that are not named get none. Default: everywhere alike.
    dangling : dict of node to float, or array_like of float, shape (n,), optional
        Where the surfer goes from nodes without a way out. Default: as `personalization`.
    nstart : dict of node to float, or array_like of float, shape (n,), optional
        Where the iteration starts. Default: everywhere alike.
    tolerance : float
        The iteration ends when the ranks change by less than `tolerance` · n altogether.
    max_iterations : int
    weight : str or None
        Edge attribute; None: all edges alike.
    threads : int, optional
        Default: all cores. The answer is the same for any number.

    Returns
    -------
    dict of node to float, or ndarray of float64, shape (n,)
        Sums to 1.

    Raises
    ------
    GraphError
        If a weight is negative, or `personalization`, `dangling` or `nstart` name an unknown node.
    OptionError
        If an option's value cannot work, or the iteration does not end within `max_iterations`.

    Notes
    -----
    Definition, stopping rule and answer are those of `networkx.pagerank` [1]_. Summed over all nodes the
    answer is at most `tolerance` · n · alpha / (1 - alpha) away from the exact one, so that large graphs want
    a `tolerance` well below 1 / n.

    References
    ----------
    .. [1] Langville, Meyer 2005, A survey of eigenvector methods for web information retrieval,
       doi:10.1137/S0036144503424786

    Examples
    --------
    >>> import networkx as nx
    >>> ranks = pagerank(nx.star_graph(3))
    >>> [round(rank, 3) for rank in ranks.values()]
    [0.48, 0.173, 0.173, 0.173]
    """
    g = as_graph(graph, weight=weight)
    alpha = check_damping("alpha", alpha)
    tolerance = check_positive("tolerance", tolerance)
    max_iterations = check_count("max_iterations", max_iterations, least=0)
    threads = thread_count(threads)
    jumps = _distribution(g, "personalization", personalization)
    exits = jumps if dangling is None else _distribution(g, "dangling", dangling)
    start = _distribution(g, "nstart", nstart)
    if not len(g):
        return give_scores(graph, g, start)
    ranks = _iterate(g, alpha, jumps, exits, start, tolerance * len(g), max_iterations, threads)
    return give_scores(graph, g, ranks)


def _distribution(graph, name, values):
    """A distribution over the nodes, all alike where nothing is given: ndarray of float64, shape (n,)."""
    n = len(graph)
    if values is None:
        return np.full(n, 1 / max(n, 1))
    named = isinstance(values, dict)
    positions = graph.positions(values) if named else slice(None)
    try:
        given = np.asarray(list(values.values()) if named else values, np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{name} must be a dict of node to number, or one number a node") from None
    if given.shape != (len(values) if named else n,):
        raise OptionError(f"{name} has shape {given.shape}, but the graph has {n} nodes")
    numbers = np.zeros(n)
    numbers[positions] = given
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise OptionError(f"{name} must hold finite numbers that are not negative")
    if n and not numbers.any():
        raise OptionError(f"{name} is 0 for every node; at least one must be above 0")
    return numbers / (numbers.sum() if n else 1)


def _iterate(graph, alpha, jumps, exits, start, tolerance, max_iterations, threads):
    n, source = len(graph), graph.transposed
    alike = len(graph.weights) == 0 or graph.least_weight == graph.weights.max() > 0
    # Without weights an iteration reads a third of the memory.
    weights = source.weights[:0] if alike else source.weights
    outflow = np.diff(graph.indptr).astype(np.float64) if alike else _row_sums(graph.indptr, graph.weights)
    inverse = np.divide(1, outflow, out=np.zeros(n), where=outflow > 0)
    blocks = -(-n // BLOCK)
    first = np.minimum(np.arange(blocks + 1) * BLOCK, n)
    # Threads cost more than they save on a small graph.
    threads = threads if len(source.indices) > 100_000 else 1
    pieces = even_pieces(source.indptr[first] + first, threads)
    ranks, shares = start, start * inverse
    new_ranks, new_shares = np.empty(n), np.empty(n)
    changes, stuck = np.empty(blocks), np.empty(blocks)
    waiting = start[outflow <= 0].sum()
    with team(threads) as run:
        for _ in range(max_iterations):
            run(
                _follow, pieces, source.indptr, source.indices, weights, alpha, jumps, exits, waiting, inverse,
                ranks, shares, new_ranks, new_shares, changes, stuck,
            )  # fmt: skip
            ranks, shares, new_ranks, new_shares = new_ranks, new_shares, ranks, shares
            waiting = stuck.sum()
            if changes.sum() < tolerance:
                return ranks
    raise OptionError(
        f"PageRank did not converge within {max_iterations} iterations; raise max_iterations or tolerance"
    )


@kernel
def _row_sums(indptr, weights):
    sums = np.zeros(len(indptr) - 1)
    for v in range(len(sums)):
        for p in range(indptr[v], indptr[v + 1]):
            sums[v] += weights[p]
    return sums


@kernel
def _follow(
    start, stop, indptr, indices, weights, alpha, jumps, exits, waiting, inverse,
    ranks, shares, new_ranks, new_shares, changes, stuck,
):  # fmt: skip
    """One iteration for blocks `start` to `stop`; `shares` are ranks by outflow."""
    n = len(ranks)
    for block in range(start, stop):
        change, held = 0.0, 0.0
        for v in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
            inflow = 0.0
            # Unsigned positions need no check for negative ones: twice as fast.
            row, end = np.uint64(indptr[v]), np.uint64(indptr[v + 1])
            if len(weights):
                for p in range(row, end):
                    inflow += shares[np.uint64(indices[p])] * weights[p]
            else:
                for p in range(row, end):
                    inflow += shares[np.uint64(indices[p])]
            rank = alpha * (inflow + waiting * exits[v]) + (1 - alpha) * jumps[v]
            change += abs(rank - ranks[v])
            new_ranks[v] = rank
            new_shares[v] = rank * inverse[v]
            if inverse[v] == 0:
                held += rank
        changes[block] = change
        stuck[block] = held
