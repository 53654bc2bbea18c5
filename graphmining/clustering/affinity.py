"""Affinity clustering: in each round every cluster joins its most similar neighbour."""

from __future__ import annotations

from operator import index

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, give_clusters
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.threads import even_pieces, team, thread_count

AGGREGATIONS = ("average", "edge-average", "max", "sum", "percentile", "cut-sparsity")
# What the weight between two clusters is divided by: 1, pairs of nodes, edges, nodes of the smaller cluster.
_ONE, _PAIRS, _EDGES, _SMALLER = range(4)
_DIVISORS = {"average": _PAIRS, "edge-average": _EDGES, "cut-sparsity": _SMALLER}


def affinity_clustering(
    graph,
    *,
    aggregation="average",
    percentile=0.5,
    rounds=3,
    threshold=None,
    min_size=None,
    max_size=None,
    min_density=None,
    min_conductance=None,
    all_rounds=False,
    weight="weight",
    threads=None,
):
    """Cluster by Borůvka rounds: every cluster picks its most similar neighbour, and picked pairs merge.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected; weights ≥ 0 are similarities. Self-loops do not matter.
    aggregation : {"average", "edge-average", "max", "sum", "percentile", "cut-sparsity"}
        The similarity of clusters A and B, from the weights W of the edges between them: sum(W) / (|A| |B|),
        sum(W) / |W|, max(W) (single linkage), sum(W), the weight at position ⌊percentile (|W| - 1)⌋ in
        ascending order, or sum(W) / min(|A|, |B|).
    percentile : float
        From 0 (smallest) to 1 (largest); for aggregation "percentile" only. Exact.
    rounds : int or None
        Rounds at most; None: until nothing merges.
    threshold : float or sequence of float, optional
        The least similarity at which clusters merge; a sequence has one a round, and its last goes on.
    min_size : int, optional
        A cluster that has so many nodes when a round starts picks no neighbour, but may be picked. Smaller
        clusters remain where nothing (allowed) is left to merge with.
    max_size : int, optional
        No cluster gets more nodes. Clusters pick only among neighbours they could merge with, and the most
        similar pairs merge first.
    min_density : float, optional
        A cluster of two nodes or more with less density merges no more. Density: the weight of its inner edges
        by the number of its pairs of nodes.
    min_conductance : float, optional
        A cluster of two nodes or more with less conductance merges no more. Conductance: the weight of the
        edges that leave it, divided by the degrees of its nodes or of all others, whichever is less.
    all_rounds : bool
        Give the clusters after every round, not only after the last.
    weight : str or None
        Edge attribute of a networkx graph; None: every weight is 1.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    list of set, or ndarray of int32, shape (n,)
        The clusters, largest first; labels per node where the graph is no networkx graph. With `all_rounds`
        a list of these: each cluster is a union of clusters of the round before.

    Raises
    ------
    GraphError
        If the graph is directed or has negative weights.
    OptionError
        If an option has a value that cannot work.

    Notes
    -----
    Each round of [1]_ leaves at most half of the clusters that have neighbours, in the end the connected
    components: `rounds`, or a limit on similarity, size or quality, says when to stop. Of equally similar
    neighbours the one with the first node is picked. A round takes time linear in the number of entries that
    are left. Options are as in Google's graph-mining library [2]_.

    References
    ----------
    .. [1] Bateni, Behnezhad, Derakhshan, Hajiaghayi, Kiveris, Lattanzi, Mirrokni 2017, Affinity Clustering:
       Hierarchical Clustering at Scale, NeurIPS 30
    .. [2] https://github.com/google/graph-mining, in_memory/clustering/affinity

    Examples
    --------
    >>> import networkx as nx
    >>> [sorted(cluster) for cluster in affinity_clustering(nx.path_graph(6), rounds=1)]
    [[0, 1, 2, 3, 4, 5]]
    >>> [sorted(cluster) for cluster in affinity_clustering(nx.path_graph(6), max_size=3)]
    [[0, 1, 2], [3, 4, 5]]
    """
    if aggregation not in AGGREGATIONS:
        raise OptionError(unknown("aggregation", aggregation, AGGREGATIONS))
    rounds = np.inf if rounds is None else _at_least_one("rounds", rounds)
    limits = [
        None if size is None else _at_least_one(name, size)
        for name, size in (("min_size", min_size), ("max_size", max_size))
    ]
    if None not in limits and limits[0] > limits[1]:
        raise OptionError(f"min_size is {min_size}, but max_size only {max_size}")
    thresholds = [-np.inf] if threshold is None else _numbers("threshold", threshold)
    conditions = [
        None if least is None else _number(name, least)
        for name, least in (("min_density", min_density), ("min_conductance", min_conductance))
    ]
    percentile = _number("percentile", percentile)
    if not 0 <= percentile <= 1:
        raise OptionError(f"percentile must be between 0 and 1, not {percentile:g}")
    threads = thread_count(threads)
    g = as_graph(graph, weight=weight, directed=False)
    entry = 64 if aggregation == "percentile" else 32
    check_memory(len(g) * 80 + len(g.indices) * entry, f"affinity clustering of {g.number_of_edges:,} edges")
    with team(threads) as run:
        labels = _rounds(g, run, threads, aggregation, percentile, rounds, thresholds, limits, conditions)
    if all_rounds:
        return [give_clusters(graph, g, each) for each in labels]
    return give_clusters(graph, g, labels[-1])


def _rounds(g, run, threads, aggregation, percentile, rounds, thresholds, limits, conditions):
    """Labels per node after each round."""
    n = len(g)
    pickers, largest = (n + 1 if size is None else min(size, n + 1) for size in limits)
    labels = np.arange(n, dtype=g.indices.dtype)
    sizes = np.ones(n, np.int64)
    active = np.ones(n, bool)
    counts = np.ones(len(g.indices) if aggregation == "edge-average" else 0, np.int32)
    level = g.indptr, g.indptr[1:], g.indices, g.weights, counts
    all_edges = level
    divisor = _DIVISORS.get(aggregation, _ONE)
    levels = []
    while len(levels) < rounds:
        least = thresholds[min(len(levels), len(thresholds) - 1)]
        best = np.empty(len(sizes), g.indices.dtype)
        similarities = np.empty(len(sizes))
        run(
            _pick,
            even_pieces(level[0], threads),
            *_frozen(*level, sizes, active),
            divisor,
            least,
            pickers,
            largest,
            best,
            similarities,
        )
        order = np.arange(len(sizes)) if limits[1] is None else np.argsort(-similarities, kind="stable")
        joined, count = _join(*_frozen(best, order, sizes), largest)
        merged = count < len(sizes)
        if not merged and len(levels) >= len(thresholds) - 1:
            break
        labels = joined[labels]
        levels.append(labels)
        if merged and len(levels) < rounds:
            if aggregation == "percentile":
                all_edges, level = _contract_percentile(run, threads, all_edges, joined, count, percentile)
            else:
                level = _contract(run, threads, level, joined, count, aggregation == "max")
            sizes = np.bincount(labels, minlength=count)
            active = _active(g, labels, sizes, *conditions)
    return levels or [labels]


def _active(g, labels, sizes, density, conductance):
    """Which clusters may still merge."""
    active = np.ones(len(sizes), bool)
    if density is None and conductance is None:
        return active
    rows = g.rows
    # Each inner edge from both its ends.
    inner = (labels[rows] == labels[g.indices]) & (rows != g.indices)
    twice = np.bincount(labels[rows[inner]], g.weights[inner], len(sizes))
    if density is not None:
        active &= twice >= density * (sizes * (sizes - 1.0))
    if conductance is not None:
        volume = np.bincount(labels, g.degrees - 2 * g.loops, len(sizes))
        active &= volume - twice >= conductance * np.minimum(volume, volume.sum() - volume)
    return active | (sizes == 1)


def _contract(run, threads, level, joined, count, largest):
    """The graph of merged clusters. Its rows have gaps at their ends."""
    merged = _move(run, threads, level, joined, count)
    run(_add_up_rows, even_pieces(merged[0], threads), largest, *merged)
    return merged


def _contract_percentile(run, threads, all_edges, joined, count, percentile):
    """The multigraph of all edges between merged clusters, and the graph of their percentiles."""
    merged = _move(run, threads, all_edges, joined, count)
    bounds, _, indices, values, counts = merged
    chosen = bounds, np.empty(count, np.int64), np.empty_like(indices), np.empty_like(values), counts
    longest = int(np.diff(bounds).max())
    run(_choose_in_rows, even_pieces(bounds, threads), percentile, longest, *merged[:-1], *chosen[1:-1])
    return merged, chosen


def _move(run, threads, level, joined, count):
    """Entries in the rows of merged clusters, by their new numbers.

    Moved before they are added up: with reads in sequence and without branches, memory is not waited for.
    """
    bounds, target = _rooms(*_frozen(joined, level[0], level[1]), count)
    room = int(bounds[-1])
    indices, values = np.empty(room, joined.dtype), np.empty(room)
    counts = np.empty(room if len(level[4]) else 0, np.int32)
    run(_move_rows, even_pieces(level[0], threads), *_frozen(target, joined, *level), indices, values, counts)
    return bounds, np.empty(count, np.int64), indices, values, counts


def _at_least_one(name, value):
    try:
        number = index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise OptionError(f"{name} must be a positive integer or None, not {value!r}")
    return number


def _numbers(name, values):
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.ndim > 1 or not array.size or np.isnan(array).any():
        raise OptionError(f"{name} must be a number or a sequence of numbers, not {values!r}")
    return array.reshape(-1).tolist()


def _number(name, value):
    numbers = _numbers(name, value)
    if len(numbers) > 1 or np.ndim(value):
        raise OptionError(f"{name} must be a number, not {value!r}")
    return numbers[0]


def _frozen(*arrays):
    """Views that cannot be written to: kernels are compiled for one kind of array."""
    views = [array.view() for array in arrays]
    for view in views:
        view.flags.writeable = False
    return views


@kernel
def _pick(
    first,
    last,
    bounds,
    stop,
    indices,
    values,
    counts,
    sizes,
    active,
    divisor,
    least,
    pickers,
    largest,
    best,
    similarities,
):
    """The most similar neighbour of each cluster, or -1."""
    for c in range(first, last):
        best[c] = -1
        similarities[c] = -np.inf
        if sizes[c] >= pickers or not active[c]:
            continue
        for p in range(bounds[c], stop[c]):
            d = indices[p]
            value = values[p]
            if divisor == _PAIRS:
                value /= sizes[c] * sizes[d]
            elif divisor == _EDGES:
                value /= counts[p]
            elif divisor == _SMALLER:
                value /= min(sizes[c], sizes[d])
            if value < least or value < similarities[c] or (value == similarities[c] and d > best[c]):
                continue
            if d != c and active[d] and sizes[c] + sizes[d] <= largest:
                best[c] = d
                similarities[c] = value


@kernel
def _join(best, order, sizes, largest):
    """Merge clusters with those they picked, in an order; number the results by their first clusters."""
    parent = np.arange(len(best)).astype(best.dtype)
    total = sizes.copy()
    for c in order:
        if best[c] < 0:
            continue
        a, b = best.dtype.type(c), best[c]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a != b and total[a] + total[b] <= largest:
            a, b = min(a, b), max(a, b)
            parent[b] = a
            total[a] += total[b]
    joined = np.empty(len(best), best.dtype)
    count = 0
    for c in range(len(best)):
        if parent[c] == c:
            joined[c] = count
            count += 1
        else:
            # Parents come before children: theirs is known.
            joined[c] = joined[parent[c]]
    return joined, count


@kernel
def _rooms(joined, bounds, stop, count):
    """Where the row of each merged cluster starts, and where in it that of each cluster goes."""
    rooms = np.zeros(count + 1, np.int64)
    for c in range(len(joined)):
        rooms[joined[c] + 1] += stop[c] - bounds[c]
    for d in range(count):
        rooms[d + 1] += rooms[d]
    fill = rooms[:-1].copy()
    target = np.empty(len(joined), np.int64)
    for c in range(len(joined)):
        target[c] = fill[joined[c]]
        fill[joined[c]] += stop[c] - bounds[c]
    return rooms, target


@kernel
def _move_rows(
    first,
    last,
    target,
    joined,
    bounds,
    stop,
    indices,
    values,
    counts,
    merged_indices,
    merged_values,
    merged_counts,
):
    for c in range(first, last):
        q = target[c]
        for p in range(bounds[c], stop[c]):
            merged_indices[q] = joined[indices[p]]
            merged_values[q] = values[p]
            q += 1
        if len(counts):
            merged_counts[target[c] : q] = counts[bounds[c] : stop[c]]


@kernel
def _add_up_rows(first, last, largest, bounds, stop, indices, values, counts):
    """Make one entry of all for the same neighbour, in place; drop what has become inner."""
    place = np.zeros(len(bounds) - 1, np.int32)
    for d in range(first, last):
        begin = bounds[d]
        end = begin
        for p in range(begin, bounds[d + 1]):
            e = indices[p]
            if e == d:
                continue
            at = begin + place[e]
            if at >= end or indices[at] != e:  # left from another row
                at = end
                place[e] = at - begin
                end += 1
                indices[at] = e
                values[at] = values[p]
                if len(counts):
                    counts[at] = counts[p]
                continue
            values[at] = max(values[at], values[p]) if largest else values[at] + values[p]
            if len(counts):
                counts[at] += counts[p]
        stop[d] = end


@kernel
def _choose_in_rows(
    first, last, percentile, longest, bounds, stop, indices, values, chosen_stop, chosen_indices, chosen_values
):
    """One entry with the percentile of all for the same neighbour; of `indices`, drop what has become inner."""
    place = np.zeros(len(bounds) - 1, np.int32)
    ends = np.empty(longest, np.int64)
    grouped = np.empty(longest)
    for d in range(first, last):
        begin = bounds[d]
        end = begin
        groups = 0
        for p in range(begin, bounds[d + 1]):
            e = indices[p]
            if e == d:
                continue
            indices[end] = e
            values[end] = values[p]
            end += 1
            if place[e] >= groups or chosen_indices[begin + place[e]] != e:  # left from another row
                place[e] = groups
                ends[groups] = 0
                chosen_indices[begin + groups] = e
                groups += 1
            ends[place[e]] += 1
        total = 0
        for k in range(groups):
            length = ends[k]
            ends[k] = total
            total += length
        for p in range(begin, end):
            k = place[indices[p]]
            grouped[ends[k]] = values[p]
            ends[k] += 1
        start = 0
        for k in range(groups):
            # 0.7 * 10 is a little less than 7.
            rank = np.int64(percentile * (ends[k] - start - 1) + 1e-9)
            group = grouped[start : ends[k]]
            chosen_values[begin + k] = group[0] if len(group) == 1 else np.partition(group, rank)[rank]
            start = ends[k]
        stop[d] = end
        chosen_stop[d] = begin + groups
