"""Random graphs with planted clusters."""

from __future__ import annotations

import math

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.csr import Graph
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.seeds import seed_value
from graphmining.splitmix import STEP, uniform


def planted_partition(
    clusters, size, *, inside=None, outside=None, p_in=None, p_out=None, weights=None, shuffle=False, seed=0
):
    """Draw a graph whose nodes are more likely linked within their cluster than beyond it.

    Every pair of nodes is an edge independently of all others.

    Parameters
    ----------
    clusters : int
        Number of clusters.
    size : int or array_like of int, shape (clusters,)
        Nodes in each.
    inside : float, optional
        Expected number of a node's neighbours in its own cluster, the same for clusters of all sizes.
    outside : float, optional
        Expected number of a node's neighbours in other clusters; with unequal sizes the mean over the nodes.
    p_in, p_out : float, optional
        Instead of `inside` and `outside`: the probabilities that a pair in one cluster, and in two, is an edge.
    weights : pair of float, optional
        Mean weights of the edges inside clusters and between them; each weight is uniform between 0 and
        twice the mean. Default: every weight is 1.
    shuffle : bool
        Number the nodes at random. Otherwise those of the first cluster come first, and so on.
    seed : int, None or random generator

    Returns
    -------
    graph : Graph
        Undirected, without self-loops.
    labels : ndarray of int32, shape (n,)
        The cluster of each node.

    Raises
    ------
    OptionError
        If an option is out of range, or both or neither of `inside` and `p_in` (`outside` and `p_out`) are given.

    Notes
    -----
    The planted partition model [1]_. Gaps between the edges of a node are geometric [2]_, so the time is linear
    in nodes and edges.

    References
    ----------
    .. [1] Condon, Karp 2001, Algorithms for graph partitioning on the planted partition model,
       doi:10.1002/1098-2418(200103)18:2<116::AID-RSA1001>3.0.CO;2-2
    .. [2] Batagelj, Brandes 2005, Efficient generation of large random networks, doi:10.1103/PhysRevE.71.036113

    Examples
    --------
    >>> graph, labels = planted_partition(2, 3, p_in=1, p_out=0)
    >>> graph, labels.tolist()
    (Graph: 6 nodes, 6 edges, undirected, [0, 0, 0, 1, 1, 1])
    """
    sizes = _sizes(clusters, size)
    n = int(sizes.sum())
    _one_of(inside=inside, p_in=p_in)
    _one_of(outside=outside, p_out=p_out)
    if inside is not None:
        within = _chances("inside", inside, sizes - 1.0)
    else:
        within = np.full(len(sizes), _chance("p_in", p_in))
    if outside is not None:
        others = float((sizes / max(n, 1) * (n - sizes)).sum())
        between = float(_chances("outside", outside, np.array([others]))[0])
    else:
        between = _chance("p_out", p_out)
    pairs = sizes * (sizes - 1) / 2
    expected = float(within @ pairs) + between * (n * (n - 1) / 2 - float(pairs.sum()))
    check_memory(n * 40 + expected * 150, f"a graph of {n:,} nodes and about {expected:,.0f} edges")

    number = seed_value(seed)
    rng = np.random.default_rng(number)
    labels = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    room = int(expected + 6 * math.sqrt(expected)) + 16
    source, target = _draw(np.cumsum(sizes), labels, within, between, np.uint64(number), room)
    values = None
    if weights is not None:
        means = _means(weights)
        # 1 - [0, 1): no weight is zero.
        values = 2 * (1 - rng.random(len(source))) * means[(labels[source] != labels[target]).astype(np.int8)]
    if shuffle:
        ids = rng.permutation(n).astype(np.int32)
        source, target = ids[source], ids[target]
        shuffled = np.empty_like(labels)
        shuffled[ids] = labels
        labels = shuffled
    return Graph.from_edges(source, target, values, n=n), labels


def _sizes(clusters, size):
    if not isinstance(clusters, (int, np.integer)) or isinstance(clusters, bool) or clusters < 0:
        raise OptionError(f"clusters must be the number of clusters, not {clusters!r}")
    sizes = np.asarray(size)
    if sizes.size == 0:
        sizes = sizes.astype(np.int64)
    if sizes.dtype.kind not in "iu" or sizes.ndim > 1 or (sizes.size and sizes.min() < 1):
        raise OptionError(f"size must be a positive integer, or one for each cluster, not {size!r}")
    if sizes.ndim and len(sizes) != clusters:
        raise OptionError(f"size has {len(sizes)} entries for {clusters} clusters; give one for each")
    n = int(sizes.sum()) if sizes.ndim else int(clusters) * int(sizes)
    if n >= 2**31:
        raise OptionError(f"clusters and size make {n:,} nodes; fewer than 2**31 are possible")
    return np.broadcast_to(sizes, clusters).astype(np.int64)


def _one_of(**pair):
    if sum(value is None for value in pair.values()) != 1:
        raise OptionError(f"give one of {' and '.join(pair)}")


def _chance(name, value):
    try:
        chance = float(value)
    except (TypeError, ValueError):
        chance = math.nan
    if not 0 <= chance <= 1:
        raise OptionError(f"{name} must be a probability between 0 and 1, not {value!r}")
    return chance


def _chances(name, degree, others):
    """Probabilities of an edge that make the expected degree, by the number of possible neighbours."""
    try:
        expected = float(degree)
    except (TypeError, ValueError):
        expected = math.nan
    most = float(others.min()) if len(others) else math.inf
    if not 0 <= expected <= most:
        raise OptionError(f"{name} must be an expected degree from 0 to {most:g}, not {degree!r}")
    return expected / np.maximum(others, 1)


def _means(weights):
    try:
        means = np.array([float(mean) for mean in weights])
    except (TypeError, ValueError):
        means = np.zeros(0)
    if means.shape != (2,) or not (np.isfinite(means).all() and means.min() > 0):
        raise OptionError(f"weights must be two positive numbers, the means inside and outside, not {weights!r}")
    return means


@kernel
def _draw(ends, labels, within, between, seed, room):
    """Edges (u, v) with u < v, ascending: of node u first those in its cluster, then those beyond it."""
    n = len(labels)
    source, target = np.empty(room, np.int32), np.empty(room, np.int32)
    count = 0
    state = seed
    for u in range(n):
        end = ends[labels[u]]
        for part in range(2):
            v, stop, chance = (u, end, within[labels[u]]) if part == 0 else (end - 1, n, between)
            if chance == 0:
                continue
            scale = 1 / np.log1p(-chance)
            while True:
                state += STEP
                # With chance 1 the scale is -0, and so is every gap. A gap may be too large for an integer.
                gap = np.floor(np.log1p(-uniform(state)) * scale)
                if not gap < stop - v - 1:
                    break
                v += 1 + np.int64(gap)
                if count == len(source):
                    source = np.concatenate((source, np.empty(count, np.int32)))
                    target = np.concatenate((target, np.empty(count, np.int32)))
                source[count], target[count] = u, v
                count += 1
    return source[:count].copy(), target[:count].copy()
