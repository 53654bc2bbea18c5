"""Hierarchical agglomerative clustering of sparse similarity graphs."""

from __future__ import annotations

import numpy as np

from graphmining.clustering.dendrogram import Dendrogram
from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.jit import kernel
from graphmining.memory import check_memory

LINKAGES = ("average", "single", "complete", "weighted")

# Of `weighted`: similarities of a cluster are stored as multiples of a power of two, at most this one.
_LARGEST_SCALE = 2.0**400
_ENTRY = np.dtype([("key", "f8"), ("target", "i4"), ("child", "i4"), ("sibling", "i4"), ("unused", "i4")])
_PAIR = np.dtype([("code", "i8"), ("value", "f8")])


def hierarchical_clustering(graph, *, linkage="average", weight="weight"):
    """Merge the two most similar clusters again and again.

    The weight of an edge is the similarity of its ends; nodes without an edge have similarity 0. The result is
    that of dense hierarchical clustering on the matrix of these similarities, without ever making it.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected, weights ≥ 0. Self-loops do not matter; an edge of weight 0 is none.
    linkage : {"average", "single", "complete", "weighted"}
        The similarity of two clusters:

        - average: the mean over all pairs of their nodes (UPGMA), absent edges included,
        - single: the largest weight of an edge between them,
        - complete: the smallest over all pairs; 0, if only one edge is absent, so that clusters are cliques,
        - weighted: the mean of the similarities that the two parts of the cluster merged last had (WPGMA).
    weight : str or None
        Edge attribute of a networkx graph; None: every weight is 1.

    Returns
    -------
    Dendrogram
        A forest where clusters of similarity 0 remain.

    Raises
    ------
    GraphError
        If the graph is directed or has negative weights.
    OptionError
        If there is no such linkage.

    Notes
    -----
    Single linkage is Kruskal's maximum spanning forest, equal weights in the order of the edges. The others
    follow chains of nearest neighbours [1]_, from the first node on; these linkages are reducible, so that the
    merges are those of the greedy algorithm. Each cluster keeps its neighbours in a heap whose keys leave out
    the cluster's own size and may be too large, never too small: a key is corrected when it comes to the top.
    Of two merged clusters the one with fewer neighbours is gone through, as in [2]_. A hub is thus no obstacle,
    though exact average linkage has hard cases [3]_.

    Equal similarities: a chain turns back to where it came from if it can; else the order of the nodes, the
    sizes of neighbourhoods and nothing else decide. A merge that rounding makes more similar than one of the
    two below it gets that one's similarity. What is too small for a float counts as 0.

    References
    ----------
    .. [1] Murtagh 1983, A survey of recent advances in hierarchical clustering algorithms,
       doi:10.1093/comjnl/26.4.354
    .. [2] Dhulipala, Eisenstat, Łącki, Mirrokni, Shi 2021, Hierarchical Agglomerative Graph Clustering in
       Nearly-Linear Time, arXiv:2106.05610
    .. [3] Bateni et al. 2024, It's Hard to HAC with Average Linkage!, arXiv:2404.14730

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.Graph([("a", "b", {"weight": 0.9}), ("b", "c", {"weight": 0.6}), ("d", "e", {"weight": 0.8})])
    >>> dendrogram = hierarchical_clustering(graph)
    >>> dendrogram.similarities.tolist()
    [0.9, 0.8, 0.3]
    >>> [sorted(cluster) for cluster in dendrogram.cut(0.5)]
    [['a', 'b'], ['d', 'e'], ['c']]
    """
    if linkage not in LINKAGES:
        raise OptionError(unknown("linkage", linkage, LINKAGES))
    g = as_graph(graph, weight=weight, directed=False)
    check_memory(len(g) * 80 + len(g.indices) * 60, f"the dendrogram of {g.number_of_edges:,} edges")
    if linkage == "single":
        source, target, weights = g.edges()
        order = np.argsort(-weights, kind="stable")
        merges, similarities, sizes = _kruskal(source[order], target[order], weights[order], len(g))
    else:
        merges, similarities, sizes = _chains(
            g.indptr, g.indices, g.weights, linkage == "complete", linkage == "weighted"
        )
    return Dendrogram(*_descending(merges, similarities, sizes, len(g)), g.names(), is_networkx(graph))


def _descending(merges, similarities, sizes, n):
    """Merges in the order of their similarities; of equal ones, the earlier stays before what is built on it."""
    order = np.argsort(-similarities, kind="stable")
    number = np.arange(n + len(order))
    number[n + order] = np.arange(n, n + len(order))
    return np.sort(number[merges[order]], axis=1), similarities[order], sizes[order]


@kernel
def _kruskal(source, target, weights, n):
    parent = np.arange(n)
    number = np.arange(n)
    size = np.ones(n, np.int64)
    merges = np.empty((max(n - 1, 0), 2), np.int64)
    similarities = np.empty(len(merges))
    sizes = np.empty(len(merges), np.int64)
    count = 0
    for e in range(len(source)):
        if weights[e] <= 0:
            break
        a, b = _root(parent, source[e]), _root(parent, target[e])
        if a == b:
            continue
        if size[a] < size[b]:
            a, b = b, a
        merges[count, 0], merges[count, 1] = number[a], number[b]
        parent[b] = a
        size[a] += size[b]
        number[a] = n + count
        similarities[count], sizes[count] = weights[e], size[a]
        count += 1
    return merges[:count], similarities[:count], sizes[:count]


@kernel
def _chains(indptr, indices, weights, complete, weighted):
    """Merge mutual nearest neighbours along chains.

    With scale s and stored value v, the similarity of clusters a and b is v / (s[a] * s[b]): the scale is the
    cluster's size (average), 1 (complete), or two to the number of times its similarities were halved
    (weighted). One value for both directions, so that a similarity is the same from either side.
    """
    n = len(indptr) - 1
    # Every cluster that is scaled anew gets a new number; each must have been halved 400 times.
    numbers = n + n // 400 + 2 if weighted else n
    parent = np.arange(numbers)
    scale = np.ones(numbers)
    count = np.zeros(numbers, np.int64)
    top = np.full(numbers, -1, np.int64)
    number = np.arange(numbers)
    size = np.ones(numbers, np.int64)
    heap, table = _start(indptr, indices, weights, count, top, numbers)

    merges = np.empty((max(n - 1, 0), 2), np.int64)
    similarities = np.empty(len(merges))
    sizes = np.empty(len(merges), np.int64)
    merged = 0
    fresh = n
    chain = np.empty(n + 1, np.int64)
    for start in range(n):
        chain[0] = _root(parent, start)
        depth = 1
        while depth > 0:
            a = chain[depth - 1]
            b = _nearest(a, heap, top, count, table, parent, scale)
            if b < 0:
                depth -= 1
                continue
            if depth == 1:
                chain[depth] = b
                depth += 1
                continue
            back = chain[depth - 2]
            similarity = _similarity(a, back, table, scale)
            if _similarity(a, b, table, scale) > similarity:
                # Strictly closer at every step: whatever rounding does, a chain never comes round to itself.
                chain[depth] = b
                depth += 1
                continue
            depth -= 2

            merges[merged, 0], merges[merged, 1] = number[a], number[back]
            for child in merges[merged]:
                if child >= n:
                    similarity = min(similarity, similarities[child - n])
            similarities[merged] = similarity
            small, large = (a, back) if count[a] < count[back] else (back, a)
            together = size[a] + size[back]
            if complete:
                stay = _intersect(small, large, heap, top, count, table, parent)
            else:
                ratio = scale[large] / scale[small] if weighted else 1.0
                scale[large] = 2 * scale[large] if weighted else scale[small] + scale[large]
                stay = _absorb(small, large, ratio, heap, top, count, table, parent, scale)
            if scale[stay] > _LARGEST_SCALE and weighted:
                stay = _absorb(stay, fresh, 1 / scale[stay], heap, top, count, table, parent, scale)
                fresh += 1
            size[stay] = together
            number[stay] = n + merged
            sizes[merged] = together
            merged += 1
            if depth == 0:
                chain[0] = _root(parent, start)
                depth = 1
    return merges[:merged], similarities[:merged], sizes[:merged]


@kernel
def _start(indptr, indices, weights, count, top, numbers):
    """A heap of neighbours for each node, and a table of the values of all pairs."""
    n = len(indptr) - 1
    heap = np.empty(len(indices), _ENTRY)
    slots = 4
    while slots < len(indices):
        slots *= 2
    table = np.empty(slots, _PAIR)
    for slot in range(slots):
        table[slot].code = -1
    for v in range(n):
        for p in range(indptr[v], indptr[v + 1]):
            u = indices[p]
            if u == v or weights[p] <= 0:
                continue
            top[v] = _push(heap, top[v], p, weights[p], u)
            count[v] += 1
            if u < v:
                slot = _find(table, u, v, numbers)
                table[slot].code = u * numbers + v
                table[slot].value = weights[p]
    return heap, table


@kernel
def _nearest(a, heap, top, count, table, parent, scale):
    """The most similar cluster, or -1."""
    while top[a] >= 0:
        entry = top[a]
        b = _root(parent, heap[entry].target)
        slot = _find(table, a, b, len(parent))
        known = table[slot].code >= 0
        key = table[slot].value / scale[b]
        if known and key >= heap[entry].key:
            return b
        top[a] = _pop(heap, entry)
        if known:
            top[a] = _push(heap, top[a], entry, key, b)
        else:
            count[a] -= 1
    return -1


@kernel
def _similarity(a, b, table, scale):
    return table[_find(table, a, b, len(scale))].value / (scale[a] * scale[b])


@kernel
def _absorb(small, large, ratio, heap, top, count, table, parent, scale):
    """Add the values of one cluster, times a ratio, to those of another, which stays."""
    pending = top[small]
    while pending >= 0:
        entry = pending
        pending = _unfold(heap, entry)
        x = _root(parent, heap[entry].target)
        slot = _find(table, small, x, len(parent))
        if table[slot].code < 0:
            continue
        value = table[slot].value * ratio
        _remove(table, slot)
        if x == large or value == 0:
            continue
        slot = _find(table, large, x, len(parent))
        if table[slot].code >= 0:
            value += table[slot].value
        a, b = min(large, x), max(large, x)
        table[slot].code = a * len(parent) + b
        table[slot].value = value
        # Without the own scale, sums only grow: the new entry hides the old one of the same neighbour.
        top[large] = _push(heap, top[large], entry, value / scale[x], x)
        count[large] += 1
    parent[small] = large
    return large


@kernel
def _intersect(small, large, heap, top, count, table, parent):
    """Keep, of two clusters' neighbours, the common ones, with the smaller value; `small` stays.

    Values of `large` remain in the table, where nobody looks for them again.
    """
    pending = top[small]
    top[small] = -1
    count[small] = 0
    while pending >= 0:
        entry = pending
        pending = _unfold(heap, entry)
        x = _root(parent, heap[entry].target)
        slot = _find(table, small, x, len(parent))
        if table[slot].code < 0:
            continue
        other = _find(table, large, x, len(parent))
        if x == large or table[other].code < 0:
            _remove(table, slot)
            continue
        table[slot].value = min(table[slot].value, table[other].value)
        top[small] = _push(heap, top[small], entry, table[slot].value, x)
        count[small] += 1
    parent[large] = small
    return small


@kernel
def _root(parent, a):
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@kernel
def _push(heap, top, entry, key, target):
    """Put an entry into a pairing heap: the new top."""
    heap[entry].key = key
    heap[entry].target = target
    heap[entry].child = -1
    heap[entry].sibling = -1
    return _meld(heap, top, entry) if top >= 0 else entry


@kernel
def _meld(heap, a, b):
    """The larger key on top; of equal ones, the smaller target."""
    if heap[a].key < heap[b].key or (heap[a].key == heap[b].key and heap[a].target > heap[b].target):
        a, b = b, a
    heap[b].sibling = heap[a].child
    heap[a].child = b
    return a


@kernel
def _pop(heap, top):
    """Take the top away: the new top, or -1. Melds the children in pairs, then the pairs from last to first."""
    pairs = -1
    rest = heap[top].child
    while rest >= 0:
        a = rest
        b = heap[a].sibling
        rest = -1
        if b >= 0:
            rest = heap[b].sibling
            a = _meld(heap, a, b)
        heap[a].sibling = pairs
        pairs = a
    if pairs < 0:
        return -1
    top = pairs
    rest = heap[top].sibling
    while rest >= 0:
        following = heap[rest].sibling
        top = _meld(heap, top, rest)
        rest = following
    heap[top].sibling = -1
    return top


@kernel
def _unfold(heap, entry):
    """Put the children of the first of a list of entries before the second: what comes after the first."""
    pending = heap[entry].sibling
    child = heap[entry].child
    while child >= 0:
        following = heap[child].sibling
        heap[child].sibling = pending
        pending = child
        child = following
    return pending


@kernel
def _find(table, a, b, numbers):
    """The slot of a pair, or the free one where it belongs."""
    code = np.int64(min(a, b)) * numbers + max(a, b)
    slot = _home(table, code)
    while table[slot].code >= 0 and table[slot].code != code:
        slot = (slot + 1) & (len(table) - 1)
    return slot


@kernel
def _home(table, code):
    mixed = np.uint64(code) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(len(table) - 1))


@kernel
def _remove(table, slot):
    """Free a slot, and move up what stands after it because of it."""
    last = len(table) - 1
    at = slot
    while True:
        at = (at + 1) & last
        if table[at].code < 0:
            break
        if (at - _home(table, table[at].code)) & last >= (at - slot) & last:
            table[slot].code = table[at].code
            table[slot].value = table[at].value
            slot = at
    table[slot].code = -1
