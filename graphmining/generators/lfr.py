"""The benchmark graphs of Lancichinetti, Fortunato and Radicchi."""

from __future__ import annotations

import math

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.csr import Graph
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, uniform

# Fresh draws of degrees and sizes before giving up, and other edges tried for one that cannot stay.
_DRAWS = 10
_SWAPS = 200
# Share of edges that may be lost.
_LOSS = 0.05
_EMPTY, _DELETED = -1, -2


def lfr(
    n,
    *,
    mixing=0.3,
    average_degree=20,
    max_degree=50,
    degree_exponent=2,
    min_community=20,
    max_community=100,
    community_exponent=1,
    seed=0,
):
    """Draw a graph with communities whose sizes, like the nodes' degrees, follow a power law.

    Parameters
    ----------
    n : int
        Number of nodes.
    mixing : float
        Share of each node's neighbours that are in other communities, from 0 to 1.
    average_degree : float
    max_degree : int
    degree_exponent : float
        From 0 to 10; the probability of degree k is proportional to k to the power of minus this.
    min_community, max_community : int
        Bounds of the communities' sizes; no community has more than n nodes.
    community_exponent : float
        As `degree_exponent`, for sizes.
    seed : int, None or random generator

    Returns
    -------
    graph : Graph
        Undirected, without self-loops.
    labels : ndarray of int32, shape (n,)
        The community of each node.

    Raises
    ------
    OptionError
        If an option is out of range, or no such graph was found.

    Notes
    -----
    As in [1]_: degrees and sizes are drawn; each node goes to a community larger than its number of neighbours
    there, chosen uniformly; stubs are joined at random inside each community, and all others between
    communities. An edge that is a loop or a parallel one, or that joins a community to itself where it should
    not, swaps ends with a random other one. What stays is left out, as is the odd stub of a community, so that
    a few nodes have fewer neighbours than drawn; more of them where communities are hardly larger than the
    degrees inside. The realised mixing is `1 - coverage(graph, labels)`.

    The smallest degree follows from the others; its probability is reduced where that is needed to meet the
    average.

    References
    ----------
    .. [1] Lancichinetti, Fortunato, Radicchi 2008, Benchmark graphs for testing community detection algorithms,
       doi:10.1103/PhysRevE.78.046110

    Examples
    --------
    >>> graph, labels = lfr(1000, mixing=0.2)
    >>> len(graph), int(graph.degrees.max()) <= 50, bool(20 <= min(np.bincount(labels)))
    (1000, True, True)
    """
    n, max_degree = _count("n", n), _count("max_degree", max_degree)
    low, high = _count("min_community", min_community), min(_count("max_community", max_community), n)
    mixing = _number("mixing", mixing, 0, 1)
    average = _number("average_degree", average_degree, 0, max_degree)
    degree_exponent = _number("degree_exponent", degree_exponent, 0, 10)
    community_exponent = _number("community_exponent", community_exponent, 0, 10)
    if max_degree >= n:
        raise OptionError(f"max_degree must be less than the number of nodes, {n}, not {max_degree}")
    if -(-n // high) > n // low:
        raise OptionError(f"{n} nodes cannot be divided into communities of {low} to {high}")
    if (1 - mixing) * max_degree > high - 1:
        raise OptionError(
            f"a node of degree {max_degree} has {(1 - mixing) * max_degree:g} neighbours in its community, more "
            f"than a community of {high} offers; raise max_community or mixing, or lower max_degree"
        )
    check_memory(n * (100 + 80 * average), f"a graph of {n:,} nodes and {n * average / 2:,.0f} edges")

    degree_law = _degree_law(average, max_degree, degree_exponent)
    size_law = _power_law(low, high, community_exponent)
    rng = np.random.default_rng(seed_value(seed))
    state, near_state, far_state = rng.integers(2**64, size=3, dtype=np.uint64)
    for _ in range(_DRAWS):
        degrees = _draw(rng, degree_law, n)
        # Rounded at random, so that the mixing is met in the mean.
        inside = np.minimum((1 - mixing) * degrees + rng.random(n), degrees).astype(np.int64)
        sizes = _sizes(rng, size_law, n, low, high)
        labels = _assign(np.argsort(-inside), inside, np.sort(sizes)[::-1].copy(), state)
        if labels[0] >= 0:
            break
    else:
        raise OptionError(
            "some nodes have more neighbours in their community than any community has room for; raise "
            "max_community or mixing, or lower max_degree"
        )
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels, inside)).astype(np.int64)
    near = _join(np.repeat(order, inside[order]), ends, labels, False, near_state)
    beyond = np.repeat(np.arange(n), degrees - inside)
    far = _join(beyond, np.array([len(beyond)]), labels, True, far_state)
    source, target = np.concatenate((near, far)).T
    lost = 1 - 2 * len(source) / degrees.sum()
    if lost > _LOSS + len(sizes) / degrees.sum():
        raise OptionError(
            f"{lost:.0%} of the edges found no place; communities are too small for the degrees inside them, or "
            "too few for the degrees beyond: change mixing, max_degree, min_community or max_community"
        )
    return Graph.from_edges(source, target, n=n), labels


def _count(name, value):
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not 1 <= value < 2**31:
        raise OptionError(f"{name} must be a positive integer below 2**31, not {value!r}")
    return int(value)


def _number(name, value, low, high):
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high or math.isinf(number):
        raise OptionError(f"{name} must be a number from {low} to {high:g}, not {value!r}")
    return number


def _power_law(low, high, exponent):
    """Numbers and their probabilities, but for a factor."""
    values = np.arange(low, high + 1)
    return values, (values / low) ** -exponent


def _degree_law(average, largest, exponent):
    """The power law with that mean: its smallest degree, and how probable that one is, follow."""
    values, chances = _power_law(1, largest, exponent)
    sums = np.cumsum((values * chances)[::-1])[::-1]
    counts = np.cumsum(chances[::-1])[::-1]
    means = sums / counts
    if not means[0] <= average:
        raise OptionError(
            f"average_degree must be from {means[0]:.3g}, what degrees from 1 to {largest} have in the mean, to "
            f"{largest}, not {average:g}"
        )
    start = np.searchsorted(means, average, side="right") - 1
    values, chances = values[start:], chances[start:].copy()
    if len(values) > 1:
        chances[0] = max(0.0, (average * counts[start + 1] - sums[start + 1]) / (values[0] - average))
    return values, chances


def _draw(rng, law, count):
    values, chances = law
    bounds = np.cumsum(chances)
    return values[np.searchsorted(bounds, rng.random(count) * bounds[-1], side="right").clip(max=len(values) - 1)]


def _sizes(rng, law, n, low, high):
    """Sizes of communities, n in all."""
    sizes = _draw(rng, law, n // low + 1)
    sizes = sizes[: np.searchsorted(np.cumsum(sizes), n) + 1]
    excess = int(sizes.sum()) - n
    if sizes[-1] - excess >= low:
        sizes[-1] -= excess
        return sizes
    if (len(sizes) - 1) * high >= n:
        # Without the last one, some of the others grow.
        excess -= int(sizes[-1])
        sizes = sizes[:-1]
    step, bound = (-1, low) if excess > 0 else (1, high)
    while excess:
        changed = rng.permutation(np.flatnonzero(sizes != bound))[: abs(excess)]
        sizes[changed] += step
        excess += step * len(changed)
    return sizes


@kernel
def _assign(order, inside, sizes, seed):
    """A community larger than its inside degree for each node, uniformly; -1 if there is none.

    Nodes come with descending inside degrees, communities with descending sizes: what is open to one node is
    open to all that follow.
    """
    n = len(inside)
    labels = np.empty(n, np.int32)
    places = np.empty(n, np.int32)
    free = opened = 0
    state = seed
    for v in order:
        while opened < len(sizes) and sizes[opened] > inside[v]:
            places[free : free + sizes[opened]] = opened
            free += sizes[opened]
            opened += 1
        if free == 0:
            labels[0] = -1
            break
        state += STEP
        place = np.int64(uniform(state) * free)
        labels[v] = places[place]
        free -= 1
        places[place] = places[free]
    return labels


@kernel
def _join(stubs, ends, labels, apart, seed):
    """Simple edges from stubs, those up to each end by themselves; with `apart`, between communities only."""
    edges = np.empty((len(stubs) // 2, 2), np.int32)
    placed = np.zeros(len(edges), np.bool_)
    widest = start = 0
    for end in ends:
        widest = max(widest, end - start)
        start = end
    # Edges seen, by hashing: at most half full, with those deleted.
    bits = 3
    while 1 << bits < 2 * widest:
        bits += 1
    table = np.empty(1 << bits, np.int64)
    state = seed
    first = start = 0
    for end in ends:
        count = (end - start) // 2
        bits = 3
        while 1 << bits < 4 * count:
            bits += 1
        table[: 1 << bits] = _EMPTY
        for i in range(end - 1, start, -1):
            state += STEP
            j = start + np.int64(uniform(state) * (i - start + 1))
            stubs[i], stubs[j] = stubs[j], stubs[i]
        for i in range(count):
            u, v = stubs[start + 2 * i], stubs[start + 2 * i + 1]
            edges[first + i] = u, v
            key, at = _find(table, bits, u, v)
            if u != v and not (apart and labels[u] == labels[v]) and table[at] != key:
                table[at] = key
                placed[first + i] = True
        for i in range(first, first + count):
            tries = 0 if placed[i] else _SWAPS
            while tries > 0:
                tries -= 1
                state += STEP
                j = first + np.int64(uniform(state) * count)
                if not placed[j]:
                    continue
                u, v = edges[i]
                state += STEP
                side = np.int64(uniform(state) * 2)
                x, y = edges[j, side], edges[j, 1 - side]
                if u == x or v == y or (apart and (labels[u] == labels[x] or labels[v] == labels[y])):
                    continue
                key, at = _find(table, bits, u, x)
                other_key, other_at = _find(table, bits, v, y)
                if table[at] == key or table[other_at] == other_key:
                    continue
                table[_find(table, bits, x, y)[1]] = _DELETED
                table[at] = key
                # The first may have taken the place of the second.
                table[_find(table, bits, v, y)[1]] = other_key
                edges[i] = u, x
                edges[j] = v, y
                placed[i] = True
                break
        first += count
        start = end
    return edges[placed]


@kernel
def _find(table, bits, u, v):
    """The key of an edge, and where in the table it is or would be."""
    key = np.int64(min(u, v)) << 32 | np.int64(max(u, v))
    at = np.int64((np.uint64(key) * STEP) >> np.uint64(64 - bits))
    while table[at] != _EMPTY and table[at] != key:
        at = (at + 1) & ((1 << bits) - 1)
    return key, at
