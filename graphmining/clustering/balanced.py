"""Balanced partitions: parts of one size with few edges between them."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from graphmining.clustering.local_moving import Level, contract, renumber, visiting_order
from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import kernel
from graphmining.seeds import seed_value

# Nodes of the graph that is bisected again and again, at least and for each part.
MIDDLE, MIDDLE_PER_PART = 20_000, 15
# Nodes of the graphs that are put on a line, likewise; the lines tried, and how many nodes they may have together.
COARSEST, COARSEST_PER_PART = 60, 4
LINES, LINE_NODES = 32, 200_000
# Times that a bisection is coarsened and refined anew, if its graph has few entries.
CYCLES, FEW_ENTRIES = 3, 2_000_000
# Times that all is done, and how many nodes that may be together: what small graphs can afford.
STARTS, START_NODES = 8, 4000
# How much a cluster may grow in a round of coarsening, and the sweeps of a round.
GROWTH, SWEEPS = 4, 2
# Refinement ends when a pass takes less than this share off the cut, or after so many passes or entries.
WORTH, PASSES, PASS_ENTRIES = 1e-3, 20, 60_000_000
ROUNDING = 1e-9  # of sums of node weights, relative

OUT, DONE = -1, -2  # places of nodes that wait outside the heap, and of those that are through


def balanced_partition(graph, k, *, imbalance=0.03, node_weights=None, weight="weight", seed=0):
    """Divide the nodes into k parts of about one size, so that few edges join different parts.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Self-loops are ignored.
    k : int
        Number of parts, from 1 to n.
    imbalance : float
        At least 0 and below 1: how far the size of a part may be off n / k, relative.
    node_weights : dict of node to float, or array_like of float, shape (n,), optional
        Above 0. The size of a part is the sum of them. Default: 1 each.
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    seed : int, None or random generator

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        k parts, none of them empty, the one with most nodes first; labels per node where the graph is no networkx
        graph.

    Raises
    ------
    GraphError
        If the graph is directed, a weight is negative, or `node_weights` do not fit the nodes.
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Sizes are kept: with W the sum of all node weights and w the largest, each part's size is within
    max(imbalance · W / k, (1 - 1 / k) · w) of W / k. The second term, less than one node, is what can always be
    had; without node weights it allows n / k rounded up or down.

    The cut need not be the smallest there is: that is NP-hard. Of 800 random graphs of 8 to 14 nodes, cut into 2
    to 4 parts, it was for 760, and at most 1.4 times as large for the others; squares were cut from grids of
    10,000 nodes with 0 % (4 parts) to 9 % (64 parts) more edges than need be.

    As in [1]_, clusters of an affinity hierarchy are put on a line, the line is cut where few edges pass, and
    nodes at the cut change sides. Here this is done for two parts at a time, the line grows by the node that
    lets the fewest edges lead on [2]_, and sides change in the passes of [3]_ at every level of the hierarchy
    [4]_, at last between all parts. The time grows with edges times the logarithm of k.

    References
    ----------
    .. [1] Aydin, Bateni, Mirrokni 2016, Distributed balanced partitioning via linear embedding, arXiv:1512.02727
    .. [2] McAllister 1999, A new heuristic algorithm for the linear arrangement problem, UNB technical report
       TR-99-126a
    .. [3] Fiduccia, Mattheyses 1982, A linear-time heuristic for improving network partitions,
       doi:10.1109/DAC.1982.1585498
    .. [4] Karypis, Kumar 1998, A fast and high quality multilevel scheme for partitioning irregular graphs,
       doi:10.1137/S1064827595287997

    Examples
    --------
    >>> import networkx as nx
    >>> ladder = nx.ladder_graph(6)
    >>> [sorted(part) for part in balanced_partition(ladder, 3)]
    [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    """
    if not isinstance(imbalance, Real) or not 0 <= imbalance < 1:
        raise OptionError(f"imbalance must be a number of at least 0 and below 1, not {imbalance!r}")
    g = as_graph(graph, weight=weight, directed=False)
    n = len(g)
    if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k <= n:
        raise OptionError(f"k must be an integer from 1 to {n}, the number of nodes, not {k!r}")
    level = Level(g.indptr, g.indices, g.weights, _masses(g, node_weights))
    rng = np.random.default_rng(seed_value(seed))
    best, best_cut = np.zeros(n, np.int32), np.inf
    for _ in range(1 if k == 1 else max(1, min(STARTS, START_NODES // n))):
        part = _partition(level, int(k), float(imbalance), rng)
        cut = _cut(*level.rows, part)
        if cut < best_cut:
            best, best_cut = part, cut
    return give_clusters(graph, g, best)


def _masses(graph, node_weights):
    if node_weights is None:
        return np.ones(len(graph))
    if isinstance(node_weights, dict):
        missing = [node for node in graph.names() if node not in node_weights]
        if missing:
            raise GraphError(f"node {missing[0]!r} has no weight in node_weights")
        node_weights = [node_weights[node] for node in graph.names()]
    masses = np.array(node_weights, np.float64)
    if masses.shape != (len(graph),):
        raise GraphError(f"node_weights have shape {masses.shape}, but the graph has {len(graph)} nodes")
    bad = np.flatnonzero(~((masses > 0) & (masses < np.inf)))
    if len(bad):
        node, mass = graph.names()[int(bad[0])], masses[bad[0]]
        raise GraphError(f"node {node!r} has the weight {mass:g} in node_weights; it must be above 0 and finite")
    return masses


def _partition(level, k, imbalance, rng):
    """Coarsen a large graph, divide what is left, and refine on the way back: ndarray of int32, shape (n,)."""
    levels, maps, _ = _coarsen(level, np.zeros(len(level), np.int32), max(MIDDLE, MIDDLE_PER_PART * k), rng)
    part = _divide(levels[-1], k, imbalance, rng)
    return _refine(levels, maps, part, np.ones(k, np.int64), imbalance, rng)


def _divide(level, k, imbalance, rng):
    """Bisect, and divide the halves: ndarray of int32, shape (n,)."""
    part = np.zeros(len(level), np.int32)
    if k == 1:
        return part
    least = np.array([k // 2, k - k // 2])
    away = imbalance / np.ceil(np.log2(k))  # it adds up
    goal = max(COARSEST, COARSEST_PER_PART * k)
    half = None
    for _ in range(CYCLES if len(level.indices) <= FEW_ENTRIES else 1):
        levels, maps, coarse = _coarsen(level, part if half is None else half, goal, rng)
        if half is None:
            coarse = _bisect(levels[-1], least, away, rng)
        half = _refine(levels, maps, coarse, least, away, rng)
    for side in range(2):
        inside = half == side
        part[inside] = _divide(_subgraph(level, inside), int(least[side]), imbalance, rng) + side * least[0]
    return part


def _coarsen(level, part, goal, rng):
    """Contract clusters, each inside one part, round by round.

    Returns
    -------
    levels : list of Level
        From `level` itself to the coarsest one.
    maps : list of ndarray
        From the nodes of a level to those of the next.
    part : ndarray of int32
        Of the coarsest level's nodes.
    """
    levels, maps = [level], []
    while len(level) > goal:
        mean = level.mass.sum() / len(level)
        limit = max(min(1.5 * mean * len(level) / goal, GROWTH * mean), 2 * level.mass.min())
        order = visiting_order(len(level), rng.integers(2**63))
        labels, clusters = renumber(_join(order, *level.rows, level.mass, part, limit, SWEEPS))
        if clusters > 0.95 * len(level):
            break
        level = contract(level, labels, threads=1)
        levels.append(level)
        maps.append(labels)
        fine, part = part, np.empty(clusters, np.int32)
        part[labels] = fine
    return levels, maps, part


def _refine(levels, maps, part, least, imbalance, rng):
    """Carry parts of the coarsest level down to the finest, improving them at each: ndarray of int32."""
    _improve(levels[-1], part, least, imbalance, rng)
    for level, labels in zip(reversed(levels[:-1]), reversed(maps)):
        part = part[labels]
        _improve(level, part, least, imbalance, rng)
    return part


def _improve(level, part, least, imbalance, rng):
    """Bring all sizes within bounds, then move nodes while the cut falls; changes `part`."""
    low, high = _bounds(level, least, imbalance)
    load = np.bincount(part, level.mass, len(least))
    count = np.bincount(part, minlength=len(least))
    state = (level.mass, part, load, count, least, low, high)
    _balance(*level.rows, *state)
    rank = rng.permutation(len(level)).astype(np.int32)
    patience = 100 + len(level) // 50
    cut = _cut(*level.rows, part)
    for _ in range(max(2, min(PASSES, PASS_ENTRIES // max(1, len(level.indices))))):
        gained = _pass(*level.rows, *state, rank, patience, cut)
        cut -= gained
        if gained <= WORTH * cut:
            break


def _bounds(level, least, imbalance):
    """Lowest and highest size of each part; a part's share of all is that of its least number of nodes."""
    total, shares = level.mass.sum(), least / least.sum()
    away = np.maximum(imbalance * shares * total, (1 - 1 / len(least)) * level.mass.max()) + ROUNDING * total
    return shares * total - away, shares * total + away


def _bisect(level, least, imbalance, rng):
    """Cut a line of the nodes in two and improve that; the best of many lines: ndarray of int32, shape (n,)."""
    best, best_cut = None, np.inf
    for _ in range(max(4, min(LINES, len(level), LINE_NODES // len(level)))):
        order = _line(*level.rows, rng.permutation(len(level)).astype(np.int32))
        side = _cut_line(level, order, least, imbalance / 2)
        _improve(level, side, least, imbalance, rng)
        cut = _cut(*level.rows, side)
        if cut < best_cut:
            best, best_cut = side, cut
    return best


def _cut_line(level, order, least, imbalance):
    """Cut a line where the fewest edges pass, near where both sides have their shares."""
    n = len(order)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    ends = np.repeat(place, np.diff(level.indptr)), place[level.indices]
    passing = np.cumsum(np.bincount(ends[0], level.weights * np.sign(ends[1] - ends[0]), n))
    sizes = np.cumsum(level.mass[order])
    low, high = _bounds(level, least, imbalance)
    # Both sides need a node for each of their parts.
    cuts = np.arange(least[0] - 1, n - least[1])
    fit = cuts[(sizes[cuts] >= low[0]) & (sizes[cuts] <= high[0])]
    if len(fit):
        return (place > fit[passing[fit].argmin()]).astype(np.int32)
    return (place > cuts[np.abs(sizes[cuts] - (low[0] + high[0]) / 2).argmin()]).astype(np.int32)


def _subgraph(level, inside):
    from scipy.sparse import csr_array

    rows = (level.weights, level.indices, level.indptr)
    matrix = csr_array(rows, shape=(len(level), len(level)))[inside][:, inside]
    return Level(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data, level.mass[inside])


@kernel
def _join(order, indptr, indices, weights, mass, part, limit, sweeps):
    """Cluster nodes of one part: labels from 0 to n - 1.

    Nodes join what they have the highest weight to, over the root of its mass: between sum and average linkage.
    """
    n = len(mass)
    label = np.arange(n).astype(np.int32)
    size = mass.copy()
    joined = np.zeros(n)
    for _ in range(sweeps):
        for v in order:
            for p in range(indptr[v], indptr[v + 1]):
                if indices[p] != v and part[indices[p]] == part[v]:
                    joined[label[indices[p]]] += weights[p]
            home = label[v]
            rest = size[home] - mass[v]
            best, best_rating = home, joined[home] / np.sqrt(rest) if rest > 0 else 0.0
            for p in range(indptr[v], indptr[v + 1]):
                c = label[indices[p]]
                if c != home and joined[c] > 0 and size[c] + mass[v] <= limit:
                    rating = joined[c] / np.sqrt(size[c])
                    if rating > best_rating:
                        best, best_rating = c, rating
            for p in range(indptr[v], indptr[v + 1]):
                joined[label[indices[p]]] = 0.0
            size[home] -= mass[v]
            size[best] += mass[v]
            label[v] = best
    return label


@kernel
def _rise(queue, i):
    """Let the node at place i of the heap rise: the highest key is on top, of equal ones that of lowest rank."""
    heap, place, key, rank = queue
    v = heap[i]
    while i > 0:
        u = heap[(i - 1) // 2]
        if key[u] > key[v] or (key[u] == key[v] and rank[u] < rank[v]):
            break
        heap[i], place[u] = u, i
        i = (i - 1) // 2
    heap[i], place[v] = v, i


@kernel
def _pop(queue, size):
    """Take the top from the heap."""
    heap, place, key, rank = queue
    top, v = heap[0], heap[size - 1]
    i = 0
    while 2 * i + 1 < size - 1:
        child = 2 * i + 1
        u = heap[child]
        if child + 1 < size - 1:
            other = heap[child + 1]
            if key[other] > key[u] or (key[other] == key[u] and rank[other] < rank[u]):
                child, u = child + 1, other
        if key[v] > key[u] or (key[v] == key[u] and rank[v] < rank[u]):
            break
        heap[i], place[u] = u, i
        i = child
    heap[i], place[v] = v, i
    place[top] = OUT
    return top


@kernel
def _line(indptr, indices, weights, rank):
    """Put the nodes on a line, next always the one that lets the fewest edges lead on from the line's end."""
    n = len(rank)
    heap, place, key = np.empty(n, np.int32), np.full(n, OUT, np.int32), np.zeros(n)
    queue = (heap, place, key, rank)
    ranked, order = np.empty(n, np.int32), np.empty(n, np.int32)
    for v in range(n):
        ranked[rank[v]] = v
        for p in range(indptr[v], indptr[v + 1]):
            if indices[p] != v:
                key[v] -= weights[p]
    size, start = 0, 0
    for i in range(n):
        if size > 0:
            v = _pop(queue, size)
            size -= 1
        else:  # the next component
            while place[ranked[start]] == DONE:
                start += 1
            v = ranked[start]
        place[v] = DONE
        order[i] = v
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if place[u] == DONE:
                continue
            key[u] += 2 * weights[p]
            if place[u] == OUT:
                heap[size], place[u] = u, size
                size += 1
            _rise(queue, np.int64(place[u]))
    return order


@kernel
def _cut(indptr, indices, weights, part):
    """Weight of the edges between parts."""
    cut = 0.0
    for v in range(len(part)):
        for p in range(indptr[v], indptr[v + 1]):
            if part[indices[p]] != part[v]:
                cut += weights[p]
    return cut / 2


@kernel
def _balance(indptr, indices, weights, mass, part, load, count, least, low, high):
    """Move nodes from the part that is most too large to the one most too small until all are within bounds.

    A node lighter than the difference brings the two closer together, so this ends; where all parts have the same
    bounds there always is one.
    """
    middle = (low + high) / 2
    while np.any(load > high) or np.any(load < low):
        a, b = (load - middle).argmax(), (load - middle).argmin()
        difference = (load[a] - middle[a] - load[b] + middle[b]) * (1 - 1e-9)
        best, best_gain = -1, -np.inf
        for v in range(len(mass)):
            if part[v] != a or mass[v] >= difference or count[a] <= least[a]:
                continue
            gain = 0.0
            for p in range(indptr[v], indptr[v + 1]):
                if indices[p] != v and part[indices[p]] == a:
                    gain -= weights[p]
                elif part[indices[p]] == b:
                    gain += weights[p]
            if gain > best_gain:
                best, best_gain = v, gain
        if best < 0:
            return
        _put(best, b, mass, part, load, count)


@kernel
def _put(v, c, mass, part, load, count):
    load[part[v]] -= mass[v]
    count[part[v]] -= 1
    part[v] = c
    load[c] += mass[v]
    count[c] += 1


@kernel
def _target(v, indptr, indices, weights, mass, part, load, count, least, low, high, joined):
    """The best part around a node to move it to, -1 if the bounds allow none, and by how much the cut falls."""
    own = part[v]
    for p in range(indptr[v], indptr[v + 1]):
        if indices[p] != v:
            joined[part[indices[p]]] += weights[p]
    best, most = -1, 0.0
    if count[own] > least[own] and load[own] - mass[v] >= low[own]:
        for p in range(indptr[v], indptr[v + 1]):
            c = part[indices[p]]
            if c == own or load[c] + mass[v] > high[c]:
                continue
            if best < 0 or joined[c] > most or (joined[c] == most and load[c] < load[best]):
                best, most = c, joined[c]
    gain = most - joined[own]
    for p in range(indptr[v], indptr[v + 1]):
        joined[part[indices[p]]] = 0.0
    return best, gain


@kernel
def _excess(c, load, low, high):
    return max(0.0, load[c] - high[c]) + max(0.0, low[c] - load[c])


@kernel
def _pass(indptr, indices, weights, mass, part, load, count, least, low, high, rank, patience, cut):
    """Move each node at most once, the best first, even if the cut grows; then go back to where it was smallest.

    Returns by how much the cut fell. On the way, sizes may be off their bounds by one node, so that two can trade
    places; where a pass ends they are no more off than before.
    """
    n, k = len(mass), len(load)
    heap, place, key = np.empty(n, np.int32), np.full(n, OUT, np.int32), np.empty(n)
    queue = (heap, place, key, rank)
    moved, origin = np.empty(n, np.int32), np.empty(n, np.int32)
    joined, unbound = np.zeros(k), np.full(k, np.inf)
    floor, roof = low - mass.max(), high + mass.max()
    size = 0
    for v in range(n):
        border = False
        for p in range(indptr[v], indptr[v + 1]):
            border |= part[indices[p]] != part[v]
        if border:
            _, key[v] = _target(
                v, indptr, indices, weights, mass, part, load, count, least, -unbound, unbound, joined
            )
            heap[size] = v
            _rise(queue, size)
            size += 1
    excess = 0.0
    for c in range(k):
        excess += _excess(c, load, low, high)
    small, tiny = 1e-9 * load.sum(), 1e-12 * cut
    gained, best_gained, best_excess = 0.0, 0.0, excess
    moves, best_moves = 0, 0
    while size > 0 and moves - best_moves < patience:
        # Keys are exact or too high. What is on top with an exact key is best.
        v = _pop(queue, size)
        size -= 1
        c, gain = _target(v, indptr, indices, weights, mass, part, load, count, least, floor, roof, joined)
        if c < 0:
            continue
        if size > 0 and gain < key[v] and gain < key[heap[0]]:
            key[v], heap[size] = gain, v
            _rise(queue, size)
            size += 1
            continue
        a = part[v]
        excess -= _excess(a, load, low, high) + _excess(c, load, low, high)
        _put(v, c, mass, part, load, count)
        excess += _excess(a, load, low, high) + _excess(c, load, low, high)
        gained += gain
        place[v], moved[moves], origin[moves] = DONE, v, a
        moves += 1
        if excess < best_excess - small or (excess <= best_excess + small and gained > best_gained + tiny):
            best_moves, best_gained, best_excess = moves, gained, excess
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if place[u] == OUT:
                _, key[u] = _target(
                    u, indptr, indices, weights, mass, part, load, count, least, -unbound, unbound, joined
                )
                heap[size], place[u] = u, size
                size += 1
            elif place[u] == DONE or part[u] == c:
                continue
            else:
                key[u] += 2 * weights[p] if part[u] == a else weights[p]
            _rise(queue, np.int64(place[u]))
    for i in range(moves - 1, best_moves - 1, -1):
        _put(moved[i], origin[i], mass, part, load, count)
    return best_gained
