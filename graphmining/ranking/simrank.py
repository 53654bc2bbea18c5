"""SimRank: nodes are similar when what leads to them is."""

from __future__ import annotations

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.interface import as_graph, give_scores, is_networkx
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.ranking.checks import check_count, check_damping, check_positive
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix, uniform
from graphmining.threads import even_pieces, team, thread_count


def simrank(graph, *, decay=0.9, tolerance=1e-4, max_iterations=1000, weight="weight", threads=None):
    """Compute the SimRank similarity of all pairs of nodes.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Directed or not; walks go from a node to its predecessors. Weights must not be negative.
    decay : float
        What a step is worth, 0 to 1.
    tolerance : float
        The iteration ends when no similarity changes by more than this (and 1e-5 of itself).
    max_iterations : int
    weight : str or None
        Edge attribute; None: all edges alike.
    threads : int, optional
        Default: all cores. The answer is the same for any number.

    Returns
    -------
    dict of node to dict of node to float, or ndarray of float64, shape (n, n)

    Raises
    ------
    GraphError
        If a weight is negative, or n × n numbers do not fit into memory.
    OptionError
        If an option's value cannot work, or the iteration does not end within `max_iterations`.

    Notes
    -----
    s(v, v) = 1 and s(u, v) = decay · mean of s over the pairs of a predecessor of u and one of v [1]_, weighted
    by the edges: definition, stopping rule and answer are those of `networkx.simrank_similarity`. An iteration
    costs n · m steps.

    References
    ----------
    .. [1] Jeh, Widom 2002, SimRank: a measure of structural-context similarity, doi:10.1145/775047.775126

    Examples
    --------
    >>> import networkx as nx
    >>> similarity = simrank(nx.star_graph(3))
    >>> similarity[0][1], round(similarity[1][2], 3)
    (0.0, 0.9)
    """
    g = as_graph(graph, weight=weight)
    decay = check_damping("decay", decay)
    tolerance = check_positive("tolerance", tolerance)
    max_iterations = check_count("max_iterations", max_iterations)
    threads = thread_count(threads)
    n = len(g)
    check_memory(n * n * 40, f"SimRank of all pairs of {n:,} nodes")
    similarity = _iterate(g, decay, tolerance, max_iterations, threads)
    if not is_networkx(graph):
        return similarity
    names = g.names()
    return {node: dict(zip(names, row)) for node, row in zip(names, similarity.tolist())}


def simrank_single_source(
    graph, source, *, decay=0.9, tolerance=1e-3, samples=200_000, weight="weight", seed=0, threads=None
):
    """Estimate the SimRank similarity of one node to all, in time and memory linear in the edges.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Directed or not; walks go from a node to its predecessors. Weights must not be negative.
    source : node
    decay : float
        What a step is worth, 0 to below 1.
    tolerance : float
        Walks end where all longer ones together count less than this.
    samples : int
        About how many pairs of walks to draw.
    weight : str or None
        Edge attribute; None: all edges alike.
    seed : int, None or random generator
    threads : int, optional
        Default: all cores. The answer is the same for any number.

    Returns
    -------
    dict of node to float, or ndarray of float64, shape (n,)

    Raises
    ------
    GraphError
        If a weight is negative or the source unknown.
    OptionError
        If an option's value cannot work.

    Notes
    -----
    s(u, ·) = Σₜ decayᵗ Pᵗ(u, ·) D (Pᵗ)ᵀ with P the step to a predecessor and D(w) the probability that two walks
    from w, each going on with probability √decay, never meet again [1]_. The series is computed, D is drawn
    where it counts most, as in [2]_. The estimate of each similarity is too small by at most `tolerance` and
    beyond that unbiased, with a standard error of at most 1 / (2 (1 - decay) √samples), mostly far less.

    References
    ----------
    .. [1] Tian, Xiao 2016, SLING: a near-optimal index structure for SimRank, doi:10.1145/2882903.2915243
    .. [2] Wang, Wei, Gan, Wang, Yuan, Wen 2020, Exact single-source SimRank computation on large graphs,
       arXiv:2004.03493

    Examples
    --------
    >>> import networkx as nx
    >>> similarity = simrank_single_source(nx.star_graph(3), 1)
    >>> similarity[0], round(similarity[2], 1)
    (0.0, 0.9)
    """
    g = as_graph(graph, weight=weight)
    decay = check_damping("decay", decay, below_one=True)
    tolerance = check_positive("tolerance", tolerance)
    samples = check_count("samples", samples)
    seed = np.uint64(seed_value(seed))
    return give_scores(
        graph, g, _row(g, g.position(source), decay, tolerance, samples, seed, thread_count(threads))
    )


def _iterate(graph, decay, tolerance, max_iterations, threads):
    """Similarity of all pairs S = decay · P S Pᵀ with ones on the diagonal."""
    n, back = len(graph), graph.transposed
    cumulative = _cumulate(back.indptr, back.weights)
    sums = _last(back.indptr, cumulative)
    chances = back.weights / np.where(sums > 0, sums, 1)[back.rows]
    pieces = even_pieces(back.indptr, threads)
    similarity, half, changed = np.eye(n), np.empty((n, n)), np.empty((n, n))
    with team(threads) as run:
        for _ in range(max_iterations):
            run(_average, pieces, back.indptr, back.indices, chances, similarity, half)
            run(_average, pieces, back.indptr, back.indices, chances, np.ascontiguousarray(half.T), changed)
            changed *= decay
            np.fill_diagonal(changed, 1)
            similarity, changed = changed, similarity
            # Row by row: most iterations end with the first.
            if all(np.allclose(a, b, rtol=1e-5, atol=tolerance) for a, b in zip(changed, similarity)):
                return similarity
    raise OptionError(
        f"SimRank did not converge within {max_iterations} iterations; raise max_iterations or tolerance"
    )


def _row(graph, source, decay, tolerance, samples, seed, threads):
    n, back = len(graph), graph.transposed
    cumulative = _cumulate(back.indptr, back.weights)
    sums = _last(back.indptr, cumulative)
    inverse = np.divide(1, sums, out=np.zeros(n), where=sums > 0)
    # Half of the tolerance goes to walks that are too long, half to probabilities that are too small.
    steps = int(np.ceil(np.log(tolerance * (1 - decay) / 2) / np.log(decay))) if decay else 0
    least = tolerance * (1 - decay) / 2
    visits, importance, now = [], np.zeros(n), np.zeros(n)
    now[source] = 1
    ahead, behind = even_pieces(graph.indptr, threads), even_pieces(back.indptr, threads)
    with team(threads) as run:
        for step in range(max(steps, 0) + 1):
            if step:
                spread = np.empty(n)
                run(_pull, ahead, graph.indptr, graph.indices, graph.weights, now * inverse, spread)
                now = spread
            importance += decay**step * now
            often = np.flatnonzero(now > least)
            visits.append((often, now[often]))
        nodes = np.unique(np.concatenate([often for often, _ in visits]))
        counts = np.ceil(samples * (1 - decay) * importance[nodes]).astype(np.int64)
        apart = np.zeros(n)
        pieces = even_pieces(np.concatenate([[0], np.cumsum(counts)]), threads)
        run(_stay_apart, pieces, back.indptr, back.indices, cumulative, decay, seed, nodes, counts, apart)
        similarity = np.zeros(n)
        for often, chance in reversed(visits):
            if similarity.any():
                gathered = np.empty(n)
                run(_pull, behind, back.indptr, back.indices, back.weights, similarity, gathered)
                similarity = decay * inverse * gathered
            similarity[often] += apart[often] * chance
    similarity[source] = 1
    return similarity


def _last(indptr, cumulative):
    """The last entry of each row, 0 of empty ones: ndarray of float64, shape (n,)."""
    sums = np.zeros(len(indptr) - 1)
    filled = np.diff(indptr) > 0
    sums[filled] = cumulative[indptr[1:][filled] - 1]
    return sums


@kernel
def _cumulate(indptr, weights):
    cumulative = np.empty(len(weights))
    for v in range(len(indptr) - 1):
        total = 0.0
        for p in range(indptr[v], indptr[v + 1]):
            total += weights[p]
            cumulative[p] = total
    return cumulative


@kernel
def _average(start, stop, indptr, indices, chances, matrix, out):
    for v in range(start, stop):
        out[v] = 0
        for p in range(indptr[v], indptr[v + 1]):
            row = matrix[indices[p]]
            for j in range(len(row)):
                out[v, j] += chances[p] * row[j]


@kernel
def _pull(start, stop, indptr, indices, weights, values, out):
    for v in range(start, stop):
        total = 0.0
        # Unsigned positions need no check for negative ones.
        for p in range(np.uint64(indptr[v]), np.uint64(indptr[v + 1])):
            total += values[np.uint64(indices[p])] * weights[p]
        out[v] = total


@kernel
def _stay_apart(start, stop, indptr, indices, cumulative, decay, seed, nodes, counts, apart):
    """Estimate how probably two walks from each node never meet again."""
    for i in range(start, stop):
        v = nodes[i]
        first = indptr[v]
        if indptr[v + 1] == first + 1 and cumulative[first] > 0:
            # If both go on, they meet at the one predecessor.
            apart[v] = 1 - decay
            continue
        # Every node draws from numbers of its own, so that threads change nothing.
        state = mix(seed ^ mix(np.uint64(v)))
        met = 0
        for _ in range(counts[i]):
            a, b = v, v
            while True:
                state += STEP
                if uniform(state) >= decay:
                    break
                state += STEP
                a = _predecessor(indptr, indices, cumulative, a, uniform(state))
                state += STEP
                b = _predecessor(indptr, indices, cumulative, b, uniform(state))
                if a < 0 or b < 0:
                    break
                if a == b:
                    met += 1
                    break
        apart[v] = 1 - met / counts[i]


@kernel
def _predecessor(indptr, indices, cumulative, v, number):
    """The predecessor that a number in [0, 1) draws; -1 if there is none."""
    low, high = indptr[v], indptr[v + 1] - 1
    if low > high or cumulative[high] == 0:
        return -1
    wanted = number * cumulative[high]
    while low < high:
        middle = (low + high) // 2
        if cumulative[middle] > wanted:
            high = middle
        else:
            low = middle + 1
    return np.int64(indices[low])
