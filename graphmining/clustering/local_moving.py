"""What Louvain and Leiden share: moving nodes between clusters, and contracting clusters to nodes.

The objective is Σ over clusters of (weight inside − penalty · mass² / 2). With a node's degree as its mass and
penalty γ / 2m this is modularity times m; with its size as mass and penalty γ it is the constant Potts model.

Nodes of a large graph are visited block by block. Within a block all decide at once, on what held before it, in
threads; then the moves are made one after another, each checked again. Blocks do not depend on the number of
threads, so neither does the answer. What is left, and small graphs, are settled one node after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graphmining.clustering.tally import gather, make_scratch, tally
from graphmining.graph.rows import number_by_first
from graphmining.jit import inlined, kernel
from graphmining.threads import even_pieces, team

# More blocks: fewer nodes decide on old news. Fewer blocks: less waiting for other threads.
BLOCKS = 64
# Consecutive nodes that stay together in the order of visits, for the sake of the processor's caches.
RUN = 64
RUNS = 2_000  # at least, so that the order of small graphs is random
# Entries of a graph below which blocks cost more than threads gain.
WORTH_THREADS = 4_000_000
# The same where threads need not wait for each other in between.
WORTH_PIECES = 200_000
# Sweeps in blocks end when a smaller share of the nodes moves: neighbours in one block may trade places for ever.
MANY_MOVES = 0.02
SWEEPS = 10

# A gain below this share of what it is the difference of may be rounding, and two nodes could trade it for ever.
ROUNDING = 1e-12

STAY = -1
FREE = -2


@dataclass(frozen=True)
class Level:
    """A graph between contractions.

    Attributes
    ----------
    indptr, indices, weights : ndarray
        Compressed sparse rows; self-loops as in `Graph`.
    mass : ndarray of float64, shape (n,)
    """

    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    mass: np.ndarray

    def __post_init__(self):
        for name in ("indptr", "indices", "weights", "mass"):
            array = getattr(self, name).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self):
        return len(self.mass)

    @property
    def rows(self):
        """The three arrays of the rows."""
        return self.indptr, self.indices, self.weights


def move_nodes(level, labels, penalty, *, seed, threads):
    """Move nodes between clusters until no move is worth it.

    Parameters
    ----------
    level : Level
    labels : ndarray of int32, shape (n,)
        From 0 to n - 1; changed in place.
    penalty : float
    seed : int
        Of the order of visits.
    threads : int

    Returns
    -------
    int
        Number of moves.
    """
    n = len(level)
    order = visiting_order(n, seed)
    totals = np.bincount(labels, weights=level.mass, minlength=n)
    sizes = np.bincount(labels, minlength=n)
    empty = np.flatnonzero(sizes == 0)
    free = np.zeros(n + 1, np.int64)  # a stack, its height first
    free[: len(empty) + 1] = [len(empty), *empty]
    active = np.ones(n, np.uint8)
    longest = int(np.diff(level.indptr).max(initial=1))
    state = (level.rows, level.mass, labels, totals, penalty, longest, active)
    moves = 0
    if len(level.indices) >= WORTH_THREADS:
        moves = _move_in_blocks(level, order, state, sizes, free, threads)
    return moves + _settle(order, *state, sizes, free)


def _move_in_blocks(level, order, state, sizes, free, threads):
    """Sweeps over all nodes while many move."""
    n = len(level)
    _, _, labels, totals, penalty, _, active = state
    target, inside, own = np.empty(n, np.int32), np.empty(n), np.empty(n)
    moved = np.empty(n, np.int32)
    blocks = visiting_blocks(order, level.indptr, BLOCKS, threads)
    decided = (target, inside, own)
    moves = 0
    with team(threads) as run:
        for _ in range(SWEEPS):
            before = moves
            for block in blocks:
                run(_decide, block, order, *state, *decided)
                ends = block[0], block[-1]
                count = _commit(*ends, order, level.mass, labels, totals, penalty, sizes, free, *decided, moved)
                run(_wake, _split(count, threads), moved, level.indptr, level.indices, labels, active)
                moves += count
            if moves - before < MANY_MOVES * n:
                break
    return moves


def contract(level, labels, *, threads):
    """Make each cluster a node.

    Parameters
    ----------
    level : Level
    labels : ndarray of int32, shape (n,)
        From 0, without gaps.
    threads : int

    Returns
    -------
    Level
        Row order is that of first contact.
    """
    clusters = int(labels.max()) + 1
    members, starts = group(labels, clusters)
    entries = np.zeros(clusters + 1, np.int64)
    np.cumsum(
        np.bincount(labels, weights=np.diff(level.indptr), minlength=clusters).astype(np.int64), out=entries[1:]
    )
    indices, weights = np.empty(entries[-1], np.int32), np.empty(entries[-1])
    lengths = np.empty(clusters, np.int64)
    if len(level.indices) < WORTH_PIECES:
        threads = 1
    with team(threads) as run:
        pieces = even_pieces(entries, threads)
        run(_contract, pieces, members, starts, entries, *level.rows, labels, indices, weights, lengths)
    indptr = np.zeros(clusters + 1, np.int64)
    np.cumsum(lengths, out=indptr[1:])
    mass = np.bincount(labels, weights=level.mass, minlength=clusters)
    return Level(indptr, *_squeeze(entries, indptr, indices, weights), mass)


def renumber(labels):
    """Labels from 0 without gaps, as they first occur: ndarray of int32; and their number."""
    codes, sizes = number_by_first(labels)
    return codes, len(sizes)


def objective(level, labels, penalty):
    """Σ over clusters of (weight inside − penalty · mass² / 2)."""
    totals = np.bincount(labels, weights=level.mass)
    return _inside(level.indptr, level.indices, level.weights, labels) - penalty * float((totals**2).sum()) / 2


def visiting_order(n, seed):
    """Runs of consecutive nodes, the runs in random order: ndarray of int32, shape (n,)."""
    run = min(RUN, max(1, n // RUNS))
    starts = np.random.default_rng(seed).permutation(-(-n // run)) * run
    order = (starts[:, None] + np.arange(run)).ravel()
    return order[order < n].astype(np.int32)


def group(labels, clusters):
    """Nodes by cluster: ndarray of int32, shape (n,), and where each cluster starts in it."""
    starts = np.zeros(clusters + 1, np.int64)
    np.cumsum(np.bincount(labels, minlength=clusters), out=starts[1:])
    return _group(labels, starts[:-1].copy()), starts


def visiting_blocks(order, indptr, blocks, threads):
    """Cut the visits into blocks of about as many nodes, and each block into pieces of about equal cost.

    Returns
    -------
    list of list of int
        The boundaries of each block's pieces in `order`.
    """
    cost = np.zeros(len(order) + 1, np.int64)
    np.cumsum(np.diff(indptr)[order], out=cost[1:])
    pieces = []
    for start, stop in pairwise(_split(len(order), blocks)):
        targets = cost[start] + (cost[stop] - cost[start]) * np.arange(1, threads) / threads
        pieces.append([start, *(start + np.searchsorted(cost[start:stop], targets)).tolist(), stop])
    return pieces


def _split(count, pieces):
    return [count * piece // pieces for piece in range(pieces + 1)]


@inlined
def _best(v, rows, mass, labels, totals, penalty, scratch, costs):
    """The best cluster for a node (FREE: an empty one), the weight of its edges there and at home."""
    indptr, indices, weights = rows
    gather(v, indptr, indices, labels, scratch)
    used = tally(v, indptr, weights, scratch)
    met, sums = scratch[2], scratch[3]
    for k in range(used):
        costs[k] = totals[met[k]]
    home = labels[v]
    home_sum = 0.0
    for k in range(used):
        if met[k] == home:
            home_sum = sums[k]
    best, best_sum = home, home_sum
    best_gain = home_sum - penalty * mass[v] * (totals[home] - mass[v])
    if best_gain < 0.0:
        best, best_sum, best_gain = FREE, 0.0, 0.0
    for k in range(used):
        c = met[k]
        gain = sums[k] - penalty * mass[v] * costs[k]
        # Of equally good ones the first by number, but none is better than home.
        if c != home and (gain > best_gain or (gain == best_gain and best >= 0 and best != home and c < best)):
            best, best_sum, best_gain = c, sums[k], gain
    stay = home_sum - penalty * mass[v] * (totals[home] - mass[v])
    if best_gain - stay <= ROUNDING * (abs(home_sum) + abs(best_sum) + penalty * mass[v] * totals[home]):
        best, best_sum = home, home_sum
    return best, best_sum, home_sum


@kernel
def _decide(start, stop, order, rows, mass, labels, totals, penalty, longest, active, target, inside, own):
    """Find the best cluster for each active node; the target is STAY where it is the one it is in."""
    scratch, costs = make_scratch(longest), np.empty(longest)
    for i in range(start, stop):
        v = order[i]
        target[i] = STAY
        if not active[v]:
            continue
        active[v] = 0
        best, inside[i], own[i] = _best(v, rows, mass, labels, totals, penalty, scratch, costs)
        if best != labels[v]:
            target[i] = best


@inlined
def _put(v, c, mass, labels, totals, sizes, free):
    """Move a node to a cluster, FREE for an empty one. `free` is a stack of empty clusters, its height first."""
    home = labels[v]
    if c == FREE:
        if sizes[home] == 1:
            return False
        c = free[free[0]]
        free[0] -= 1
    sizes[home] -= 1
    sizes[c] += 1
    totals[c] += mass[v]
    totals[home] -= mass[v]
    if sizes[home] == 0:
        totals[home] = 0.0  # not what rounding left
        free[0] += 1
        free[free[0]] = home
    labels[v] = c
    return True


@kernel
def _commit(start, stop, order, mass, labels, totals, penalty, sizes, free, target, inside, own, moved):
    """Make the moves that are still worth it; list the nodes that moved."""
    count = 0
    for i in range(start, stop):
        c = target[i]
        if c == STAY:
            continue
        v = order[i]
        stay = own[i] - penalty * mass[v] * (totals[labels[v]] - mass[v])
        gain = 0.0
        if c != FREE:
            if sizes[c] == 0:  # emptied since
                continue
            gain = inside[i] - penalty * mass[v] * totals[c]
        if gain > stay and _put(v, c, mass, labels, totals, sizes, free):
            moved[count] = v
            count += 1
    return count


@kernel
def _settle(order, rows, mass, labels, totals, penalty, longest, active, sizes, free):
    """Sweep over the active nodes, one after another, until none moves.

    A queue would visit hardly fewer, and each far in memory from the one before.
    """
    indptr, indices, _ = rows
    n = len(order)
    scratch, costs = make_scratch(longest), np.empty(longest)
    moves = 0
    waiting = True
    while waiting:
        waiting = False
        for i in range(n):
            v = order[i]
            if not active[v]:
                continue
            active[v] = 0
            best, _, _ = _best(v, rows, mass, labels, totals, penalty, scratch, costs)
            if best == labels[v] or not _put(v, best, mass, labels, totals, sizes, free):
                continue
            moves += 1
            waiting = True
            for p in range(indptr[v], indptr[v + 1]):
                if labels[indices[p]] != labels[v]:
                    active[indices[p]] = 1
    return moves


@kernel
def _wake(start, stop, moved, indptr, indices, labels, active):
    """Neighbours outside a moved node's cluster have to decide again."""
    for i in range(start, stop):
        v = moved[i]
        for p in range(indptr[v], indptr[v + 1]):
            if labels[indices[p]] != labels[v]:
                active[indices[p]] = 1


@kernel
def _group(labels, fill):
    members = np.empty(len(labels), np.int32)
    for v in range(len(labels)):
        members[fill[labels[v]]] = v
        fill[labels[v]] += 1
    return members


@kernel
def _contract(start, stop, members, starts, entries, indptr, indices, weights, labels, columns, sums, lengths):
    """Rows of clusters start to stop, each at its place among all entries, with the lengths they have."""
    place = np.full(len(lengths), -1, np.int64)
    for c in range(start, stop):
        first = entries[c]
        end = first
        for m in range(starts[c], starts[c + 1]):
            v = members[m]
            for p in range(indptr[v], indptr[v + 1]):
                d = labels[indices[p]]
                # An edge inside is met from both its ends, a self-loop once.
                w = weights[p] if d != c or indices[p] == v else weights[p] / 2
                if place[d] < first:
                    place[d] = end
                    columns[end] = d
                    sums[end] = w
                    end += 1
                else:
                    sums[place[d]] += w
        lengths[c] = end - first


@kernel
def _squeeze(entries, indptr, columns, sums):
    """Rows without the gaps between them."""
    indices = np.empty(indptr[-1], np.int32)
    weights = np.empty(indptr[-1])
    for c in range(len(indptr) - 1):
        for k in range(indptr[c + 1] - indptr[c]):
            indices[indptr[c] + k] = columns[entries[c] + k]
            weights[indptr[c] + k] = sums[entries[c] + k]
    return indices, weights


@kernel
def _inside(indptr, indices, weights, labels):
    """Weight of the edges inside clusters."""
    total = 0.0
    for v in range(len(labels)):
        for p in range(indptr[v], indptr[v + 1]):
            if labels[indices[p]] == labels[v]:
                total += weights[p] if indices[p] == v else weights[p] / 2
    return total
