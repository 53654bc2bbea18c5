"""Label propagation."""

from __future__ import annotations

import numpy as np

from graphmining.clustering.components import connected_parts
from graphmining.clustering.local_moving import visiting_blocks, visiting_order
from graphmining.clustering.tally import gather, make_scratch, tally
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import inlined, kernel
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, mix
from graphmining.threads import team, thread_count

# As in `local_moving`; a decision takes less time here, so that threads wait for each other sooner.
BLOCKS = 32
WORTH_THREADS = 4_000_000
# Sweeps in blocks end when a smaller share of the nodes is unsettled.
MANY = 0.02
SWEEPS = 20
LOOSE_SWEEPS = 100


def label_propagation(graph, *, weight="weight", seed=0, threads=None):
    """Find clusters by label propagation: every node takes the label that weighs most among its neighbours.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected, weights not negative.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    seed : int, None or random generator
        Of the order of visits and of ties; None draws a fresh one.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first; labels per node where the graph is no networkx graph. Each node's label is
        among the heaviest around it, and each cluster is connected.

    Raises
    ------
    GraphError
        If the graph is directed or has a negative weight.
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Ties are drawn at random, in each sweep anew, until every label is among the heaviest around its node; what
    is tied after that stays as it is. Only nodes that are tied, or whose neighbours changed, are visited
    again [2]_. Nodes of large graphs are visited in blocks that decide at once. Clusters that are not connected
    are split.

    References
    ----------
    .. [1] Raghavan, Albert, Kumara 2007, Near linear time algorithm to detect community structures,
       arXiv:0709.2938
    .. [2] Traag, Šubelj 2023, Large network community detection by fast label propagation, arXiv:2209.13338

    Examples
    --------
    >>> import networkx as nx
    >>> [sorted(cluster) for cluster in label_propagation(nx.barbell_graph(4, 0))]
    [[0, 1, 2, 3], [4, 5, 6, 7]]
    """
    threads, seed = thread_count(threads), seed_value(seed)
    g = as_graph(graph, weight=weight, directed=False)
    return give_clusters(graph, g, _propagate(g, seed, threads))


def _propagate(graph, seed, threads):
    n = len(graph)
    labels = np.arange(n, dtype=np.int32)
    order = visiting_order(n, seed)
    active = np.ones(n, np.uint8)
    longest = int(np.diff(graph.indptr).max(initial=1))
    state = (order, graph.indptr, graph.indices, graph.weights, labels, active, longest, seed)
    sweep = 0
    if len(graph.indices) >= WORTH_THREADS:
        sweep = _propagate_in_blocks(n, graph, state, threads)
    _settle(*state, sweep)
    return connected_parts(graph.indptr, graph.indices, graph.weights, labels)


def _propagate_in_blocks(n, graph, state, threads):
    """Sweeps over all nodes while many are unsettled; returns their number."""
    order = state[0]
    chosen, unsettled = np.empty(n, np.int32), np.empty(n, np.uint8)
    blocks = visiting_blocks(order, graph.indptr, BLOCKS, threads)
    with team(threads) as run:
        for sweep in range(SWEEPS):
            for block in blocks:
                run(_decide, block, *state, sweep, chosen, unsettled)
                run(_apply, block, *state, chosen)
            if np.count_nonzero(unsettled) < MANY * n:
                break
    return sweep + 1


@inlined
def _heaviest(v, indptr, indices, weights, labels, seed, sweep, scratch):
    """One of the labels that weigh most around a node, whether its own is one of them, and how many there are.

    Which one is random, and the node is part of the draw: one order of labels for all nodes would let a few of
    them flood the graph.
    """
    gather(v, indptr, indices, labels, scratch)
    used = tally(v, indptr, weights, scratch)
    met, sums = scratch[2], scratch[3]
    most = 0.0
    for k in range(used):
        most = max(most, sums[k])
    home = labels[v]
    best, best_rank, settled, tied = home, np.uint64(0), most == 0.0, 0
    if most > 0.0:
        draw = mix(np.uint64(seed) + np.uint64(v) + np.uint64(sweep) * np.uint64(0xD1B54A32D192ED03))
        for k in range(used):
            if sums[k] == most:
                tied += 1
                settled = settled or met[k] == home
                rank = mix(draw + np.uint64(met[k]) * STEP)
                if rank >= best_rank:
                    best, best_rank = met[k], rank
    return best, settled, tied


@kernel
def _decide(start, stop, order, indptr, indices, weights, labels, active, longest, seed, sweep, chosen, unsettled):
    """Choose labels for the active nodes of a piece; nothing changes yet."""
    scratch = make_scratch(longest)
    for i in range(start, stop):
        v = order[i]
        chosen[i] = labels[v]
        unsettled[i] = 0
        if active[v]:
            chosen[i], settled, tied = _heaviest(v, indptr, indices, weights, labels, seed, sweep, scratch)
            unsettled[i] = not settled
            active[v] = tied > 1


@kernel
def _apply(start, stop, order, indptr, indices, weights, labels, active, longest, seed, chosen):
    """Take the chosen labels; neighbours have to decide again."""
    for i in range(start, stop):
        v = order[i]
        if chosen[i] == labels[v]:
            continue
        labels[v] = chosen[i]
        for p in range(indptr[v], indptr[v + 1]):
            active[indices[p]] = 1


@kernel
def _settle(order, indptr, indices, weights, labels, active, longest, seed, sweep):
    """Sweep over the active nodes, one after another, until every label is among the heaviest around its node."""
    n = len(order)
    scratch = make_scratch(longest)
    # While some node is unsettled, ties are drawn anew in each sweep: more finds come of it. Then labels stay put.
    loose = True
    while True:
        unsettled = 0
        for i in range(n):
            v = order[i]
            if not active[v]:
                continue
            best, settled, tied = _heaviest(v, indptr, indices, weights, labels, seed, sweep, scratch)
            unsettled += not settled
            active[v] = loose and tied > 1
            if best == labels[v] or (settled and not loose):
                continue
            labels[v] = best
            for p in range(indptr[v], indptr[v + 1]):
                if labels[indices[p]] != best:
                    active[indices[p]] = 1
        sweep += 1
        if loose:
            loose = unsettled > 0 and sweep < LOOSE_SWEEPS
            if not loose:
                active[:] = 1
        elif unsettled == 0:
            return
