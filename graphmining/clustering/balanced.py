"""Balanced partitions: parts of one size, few edges between them."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from graphmining.clustering.local_moving import Level, contract, renumber, visiting_order
from graphmining.errors import GraphError, OptionError
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import kernel
from graphmining.seeds import seed_value

# Nodes of the coarsest graph, at least and for each part: enough to balance, few enough to try many orders.
COARSEST, COARSEST_PER_PART = 60, 15
# Orders of the coarsest graph's nodes that are tried, and how many nodes all orders together may have.
ORDERS, ORDERED_NODES = 32, 200_000
ROUNDING = 1e-9  # of sums of node weights, relative to all


def balanced_partition(graph, k, *, imbalance=0.03, node_weights=None, weight="weight", seed=0):
    if not isinstance(imbalance, Real) or not 0 <= imbalance < 1:
        raise OptionError(f"imbalance must be a number of at least 0 and below 1, not {imbalance!r}")
    g = as_graph(graph, weight=weight, directed=False)
    if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k <= len(g):
        raise OptionError(f"k must be an integer from 1 to {len(g)}, the number of nodes, not {k!r}")
    k, seed = int(k), seed_value(seed)
    if k == 1:
        return give_clusters(graph, g, np.zeros(len(g), np.int32))
    level = Level(g.indptr, g.indices, g.weights, _masses(g, node_weights))
    rng = np.random.default_rng(seed)
    levels, maps, _ = _coarsen(level, np.zeros(len(g), np.int32), max(MIDDLE, COARSEST_PER_PART * k), rng)
    t=time.time()
    part = _divide(levels[-1], k, imbalance, rng)
    if V: print("divided", len(levels[-1]), len(levels[-1].indices), time.time()-t)
    part = _refine_levels(levels, maps, part, np.ones(k, np.int64), imbalance, rng)
    return give_clusters(graph, g, part)


def _masses(graph, node_weights):
    if node_weights is None:
        return np.ones(len(graph))
    if isinstance(node_weights, dict):
        missing = [node for node in graph.names() if node not in node_weights]
        if missing:
            raise GraphError(f"node {missing[0]!r} has no weight in node_weights")
        node_weights = [node_weights[node] for node in graph.names()]
    masses = np.array(node_weights, np.float64)
    if masses.shape != (len(graph),) or not np.all((masses > 0) & (masses < np.inf)):
        raise OptionError(f"node_weights must be {len(graph)} numbers above 0, one a node")
    return masses


import time
GROWTH, SWEEPS, POWER, BICYCLES, MIDDLE, SMALL, STOP, V = 4, 2, 0.5, 2, 20000, 2000000, 1e-3, 0


def _divide(level, k, imbalance, rng):
    """Bisect, and bisect the halves: ndarray of int32, shape (n,)."""
    part = np.zeros(len(level), np.int32)
    if k == 1:
        return part
    least = np.array([k // 2, k - k // 2])
    away = imbalance / np.ceil(np.log2(k))
    half = None
    for _ in range(1 + BICYCLES if len(level.indices) <= SMALL else 1):
        levels, maps, coarse = _coarsen(level, part if half is None else half, COARSEST, rng)
        found = _bisect(levels[-1], least, away, rng) if half is None else coarse
        half = _refine_levels(levels, maps, found, least, away, rng)
    for c in range(2):
        part[half == c] = _divide(_inside(level, half == c), int(least[c]), imbalance, rng) + c * least[0]
    return part


def _coarsen(level, part, goal, rng):
    levels, maps = [level], []
    while len(levels[-1]) > goal:
        level = levels[-1]
        n, total = len(level), level.mass.sum()
        cap = max(min(1.5 * total / goal, GROWTH * total / n), 2 * level.mass.min())
        order = visiting_order(n, rng.integers(2**63))
        t=time.time()
        labels, clusters = renumber(_join(order, *level.rows, level.mass, part, cap, SWEEPS, POWER))
        if V: print("join", n, clusters, len(level.indices), time.time()-t)
        if clusters > 0.95 * n:
            break
        levels.append(contract(level, labels, threads=1))
        maps.append(labels)
        coarse = np.empty(clusters, np.int32)
        coarse[labels] = part
        part = coarse
    return levels, maps, part


def _refine_levels(levels, maps, part, least, imbalance, rng):
    _improve(levels[-1], part, least, imbalance, rng)
    for level, labels in zip(reversed(levels[:-1]), reversed(maps)):
        part = part[labels]
        t=time.time()
        _improve(level, part, least, imbalance, rng)
        if V: print("improved",len(level), len(level.indices), time.time()-t)
    return part


def _bounds(level, shares, imbalance):
    """Lowest and highest load of each part."""
    total = level.mass.sum()
    away = np.maximum(imbalance * shares * total, (1 - 1 / len(shares)) * level.mass.max()) + ROUNDING * total
    return shares * total - away, shares * total + away


def _bisect(level, least, imbalance, rng):
    """Cut a line of the nodes in two, the best of many: ndarray of int32, shape (n,)."""
    best_cut = np.inf
    for _ in range(max(4, min(ORDERS, ORDERED_NODES // len(level)))):
        order = _grow(*level.rows, rng.permutation(len(level)).astype(np.int32))
        side = _cut_line(level, order, least, imbalance / 2)
        _improve(level, side, least, imbalance, rng)
        cut = _cut_weight(*level.rows, side)
        if cut < best_cut:
            best, best_cut = side, cut
    return best


def _cut_line(level, order, least, imbalance):
    """Cut a line where the fewest edges pass, near where both halves have their share."""
    n = len(order)
    position = np.empty(n, np.int64)
    position[order] = np.arange(n)
    rows = np.repeat(position, np.diff(level.indptr))
    ends = position[level.indices]
    passing = np.cumsum(np.bincount(rows, np.where(ends > rows, level.weights, np.where(ends < rows, -level.weights, 0)), n))
    loads = np.cumsum(level.mass[order])
    low, high = _bounds(level, least / least.sum(), imbalance)
    fits = (loads >= low[0]) & (loads <= high[0])
    fits[: least[0] - 1] = fits[n - least[1] :] = False
    if fits.any():
        at = np.where(fits, passing, np.inf).argmin()
    else:
        at = min(max(int(np.abs(loads - least[0] / least.sum() * loads[-1]).argmin()), least[0] - 1), n - least[1] - 1)
    return (position > at).astype(np.int32)


def _inside(level, members):
    """The graph of some of the nodes."""
    from scipy.sparse import csr_array

    matrix = csr_array((level.weights, level.indices, level.indptr), shape=(len(level), len(level)))
    matrix = matrix[members][:, members]
    return Level(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data, level.mass[members])


def _improve(level, part, least, imbalance, rng):
    """Bring all loads within bounds, then move nodes while the cut falls; changes `part`."""
    low, high = _bounds(level, least / least.sum(), imbalance)
    load = np.bincount(part, level.mass, len(least))
    count = np.bincount(part, minlength=len(least))
    state = (level.mass, part, load, count, least, low, high)
    _balance(*level.rows, *state)
    rank = rng.permutation(len(level)).astype(np.int32)
    patience = 100 + len(level) // 50
    for _ in range(20):
        before = _cut_weight(*level.rows, part)
        if not _refine(*level.rows, *state, rank, patience):
            break
        if before - _cut_weight(*level.rows, part) < STOP * before:
            break


@kernel
def _join(order, indptr, indices, weights, mass, part, cap, sweeps, power):
    """Cluster nodes of one part by average linkage, within a limit of mass: labels from 0 to n - 1."""
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
            best, best_rating = home, (joined[home] / rest**power if rest > 0 else 0.0)
            for p in range(indptr[v], indptr[v + 1]):
                c = label[indices[p]]
                if c != home and joined[c] > 0 and size[c] + mass[v] <= cap:
                    rating = joined[c] / size[c]**power
                    if rating > best_rating:
                        best, best_rating = c, rating
            for p in range(indptr[v], indptr[v + 1]):
                joined[label[indices[p]]] = 0.0
            size[home] -= mass[v]
            size[best] += mass[v]
            label[v] = best
    return label


@kernel
def _up(heap, place, key, rank, i):
    v = heap[i]
    while i > 0:
        u = heap[(i - 1) // 2]
        if key[u] > key[v] or (key[u] == key[v] and rank[u] < rank[v]):
            break
        heap[i] = u
        place[u] = i
        i = (i - 1) // 2
    heap[i] = v
    place[v] = i


@kernel
def _pop(heap, place, key, rank, size):
    """Take the node with the highest key from the heap."""
    top = heap[0]
    place[top] = -1
    size -= 1
    if size > 0:
        v = heap[size]
        i = 0
        while 2 * i + 1 < size:
            c = 2 * i + 1
            a = heap[c]
            if c + 1 < size:
                b = heap[c + 1]
                if key[b] > key[a] or (key[b] == key[a] and rank[b] < rank[a]):
                    c += 1
                    a = b
            if key[v] > key[a] or (key[v] == key[a] and rank[v] < rank[a]):
                break
            heap[i] = a
            place[a] = i
            i = c
        heap[i] = v
        place[v] = i
    return top


@kernel
def _grow(indptr, indices, weights, rank):
    """Put the nodes on a line: next is always the node that lets the fewest edges lead on from the line's end."""
    n = len(rank)
    heap, place, key = np.empty(n, np.int32), np.full(n, -1, np.int32), np.zeros(n)
    by_rank, order = np.empty(n, np.int32), np.empty(n, np.int32)
    for v in range(n):
        by_rank[rank[v]] = v
        for p in range(indptr[v], indptr[v + 1]):
            if indices[p] != v:
                key[v] -= weights[p]
    size = 0
    done, start = 0, 0
    while done < n:
        if size == 0:
            while place[by_rank[start]] == -2:
                start += 1
            v = by_rank[start]
        else:
            v = _pop(heap, place, key, rank, size)
            size -= 1
        place[v] = -2
        order[done] = v
        done += 1
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if place[u] == -2:
                continue
            key[u] += 2 * weights[p]
            if place[u] == -1:
                heap[size] = u
                place[u] = size
                size += 1
            _up(heap, place, key, rank, np.int64(place[u]))
    return order


@kernel
def _cut_weight(indptr, indices, weights, part):
    cut = 0.0
    for v in range(len(part)):
        for p in range(indptr[v], indptr[v + 1]):
            if part[indices[p]] != part[v]:
                cut += weights[p]
    return cut / 2


@kernel
def _balance(indptr, indices, weights, mass, part, load, count, least, low, high):
    """Move nodes from the part with most too much to that with most too little until all are within bounds."""
    n = len(mass)
    middle = (low + high) / 2
    while np.any(load > high) or np.any(load < low):
        a, b = (load - middle).argmax(), (load - middle).argmin()
        best, best_gain = -1, -np.inf
        for v in range(n):
            if part[v] != a or mass[v] >= load[a] - middle[a] - load[b] + middle[b] or count[a] <= least[a]:
                continue
            gain = 0.0
            for p in range(indptr[v], indptr[v + 1]):
                if indices[p] != v:
                    if part[indices[p]] == a:
                        gain -= weights[p]
                    elif part[indices[p]] == b:
                        gain += weights[p]
            if gain > best_gain:
                best, best_gain = v, gain
        if best < 0:
            return
        part[best] = b
        load[a] -= mass[best]
        load[b] += mass[best]
        count[a] -= 1
        count[b] += 1


@kernel
def _target(v, indptr, indices, weights, mass, part, load, count, least, low, high, joined):
    """The best part to move a node to, -1 if none has room; what that gains."""
    own = part[v]
    for p in range(indptr[v], indptr[v + 1]):
        if indices[p] != v:
            joined[part[indices[p]]] += weights[p]
    best, best_joined = -1, 0.0
    if count[own] > least[own] and load[own] - mass[v] >= low[own]:
        for p in range(indptr[v], indptr[v + 1]):
            c = part[indices[p]]
            if c == own or load[c] + mass[v] > high[c]:
                continue
            if best < 0 or joined[c] > best_joined or (joined[c] == best_joined and load[c] < load[best]):
                best, best_joined = c, joined[c]
    gain = best_joined - joined[own]
    for p in range(indptr[v], indptr[v + 1]):
        joined[part[indices[p]]] = 0.0
    return best, gain


@kernel
def _refine(indptr, indices, weights, mass, part, load, count, least, low, high, rank, patience):
    """One pass of Fiduccia–Mattheyses."""
    n = len(mass)
    heap, place, key = np.empty(n, np.int32), np.full(n, -1, np.int32), np.zeros(n)
    joined = np.zeros(len(load))
    moved, origin = np.empty(n, np.int32), np.empty(n, np.int32)
    size = 0
    slack = mass.max()
    floor, roof = low - slack, high + slack
    anything = np.full(len(load), np.inf)
    for v in range(n):
        border = False
        for p in range(indptr[v], indptr[v + 1]):
            border |= part[indices[p]] != part[v]
        if border:
            c, gain = _target(v, indptr, indices, weights, mass, part, load, count, least, -anything, anything, joined)
            key[v] = gain
            heap[size] = v
            place[v] = size
            size += 1
            _up(heap, place, key, rank, size - 1)
    over = 0.0
    for c in range(len(load)):
        over += max(0.0, load[c] - high[c]) + max(0.0, low[c] - load[c])
    moves, best_moves = 0, 0
    gained, best_gained, best_over = 0.0, 0.0, over
    while size > 0 and moves - best_moves < patience:
        v = _pop(heap, place, key, rank, size)
        size -= 1
        c, gain = _target(
            v, indptr, indices, weights, mass, part, load, count, least, floor, roof, joined
        )
        if c < 0:
            continue
        if gain < key[v] and size > 0 and gain < key[heap[0]]:
            key[v] = gain
            heap[size] = v
            place[v] = size
            size += 1
            _up(heap, place, key, rank, size - 1)
            continue
        a = part[v]
        over -= max(0.0, load[c] - high[c]) + max(0.0, low[c] - load[c]) + max(0.0, load[a] - high[a]) + max(0.0, low[a] - load[a])
        part[v] = c
        load[a] -= mass[v]
        load[c] += mass[v]
        count[a] -= 1
        count[c] += 1
        over += max(0.0, load[c] - high[c]) + max(0.0, low[c] - load[c]) + max(0.0, load[a] - high[a]) + max(0.0, low[a] - load[a])
        gained += gain
        moved[moves], origin[moves] = v, a
        moves += 1
        place[v] = -2
        if over < best_over - 1e-9 or (over <= best_over + 1e-9 and gained > best_gained + 1e-12):
            best_moves, best_gained, best_over = moves, gained, over
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if place[u] == -2:
                continue
            if place[u] >= 0:
                if part[u] == a:
                    key[u] += 2 * weights[p]
                elif part[u] != c:
                    key[u] += weights[p]
                else:
                    continue
            else:
                _, key[u] = _target(u, indptr, indices, weights, mass, part, load, count, least, -anything, anything, joined)
                heap[size] = u
                place[u] = size
                size += 1
            _up(heap, place, key, rank, np.int64(place[u]))
    for i in range(moves - 1, best_moves - 1, -1):
        v, a = moved[i], origin[i]
        load[part[v]] -= mass[v]
        count[part[v]] -= 1
        part[v] = a
        load[a] += mass[v]
        count[a] += 1
    return best_moves
