"""Few sets that cover much, and a small sample of the sets that shows which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from numbers import Integral, Real

import numpy as np

from graphmining.errors import OptionError
from graphmining.graph.csr import Graph
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.jit import kernel
from graphmining.seeds import seed_value


def k_cover(sets, k, *, candidates=None):
    """Choose k sets that together cover many elements.

    Parameters
    ----------
    sets : dict of name to collection, sequence of collections, scipy sparse, networkx graph or Graph
        The elements of each set. The entries of a sparse matrix of shape (sets, elements) say which element is
        in which set, whatever their values. Of a graph, each node is the set of its neighbours (successors, if
        directed).
    k : int
        How many to choose at most.
    candidates : collection of nodes, optional
        The nodes of a graph that may be chosen, say one side of a bipartite graph. Default: all.

    Returns
    -------
    chosen : list of names, or ndarray of int64
        In the order of choice, fewer than k if these cover everything. Numbers of sets in an array where `sets`
        is sparse or a Graph, in a list where it is a sequence.
    covered : list of int, or ndarray of int64, of the same length
        How many elements the sets chosen so far cover.

    Raises
    ------
    GraphError
        If a candidate is not in the graph.
    OptionError
        If `sets` is none of these, k is no positive integer, or candidates are given without a graph.

    Notes
    -----
    Greedy: always the set that adds most, of equal ones the first. It covers at least 1 - 1/e of what the best k
    sets do [1]_. A set's gain is counted again only when it heads the queue, since gains never grow [2]_.

    References
    ----------
    .. [1] Nemhauser, Wolsey, Fisher 1978, An analysis of approximations for maximizing submodular set functions,
       doi:10.1007/BF01588971
    .. [2] Minoux 1978, Accelerated greedy algorithms for maximizing submodular set functions,
       doi:10.1007/BFb0006528

    Examples
    --------
    >>> k_cover({"a": [1], "b": {1, 2, 3}, "c": [3, 4]}, 2)
    (['b', 'c'], [3, 4])
    """
    k = _check_count("k", k)
    matrix, names, _ = _take(sets, candidates)
    indptr, indices = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)
    chosen, covered = _choose(indptr, indices, matrix.shape[1], k)
    if names is None:
        return chosen, covered
    return [names[s] for s in chosen.tolist()], covered.tolist()


def coverage_coreset(sets, k, *, size, epsilon=0.1, candidates=None, seed=0):
    """Sample elements such that `k_cover` of the sample nearly covers the most of all elements.

    Parameters
    ----------
    sets, k, candidates
        As in `k_cover`.
    size : int
        How many memberships (an element in a set) to keep at most; one element is always kept.
    epsilon : float
        An element stays in no more than log(1 / epsilon) / (epsilon · k) of the number of sets. 0 to 1, both
        excluded.
    seed : int, None or random generator

    Returns
    -------
    sample : dict of name to set, list of set, or scipy.sparse.csr_array
        What `k_cover` takes; the matrix, with the shape it had, where `sets` is sparse or a Graph.
    rate : float
        What sets cover in the sample, divided by this, estimates what they cover in all (rather too high for sets
        that were chosen by the sample).

    Raises
    ------
    GraphError
        If a candidate is not in the graph.
    OptionError
        If `sets` is no family of sets, an option's value cannot work, or candidates are given without a graph.

    Notes
    -----
    Elements are taken in the order of a hash while they fit [1]_. With a `size` of the order of
    n log(n) log(1 / epsilon) / epsilon³ for n sets, greedy choice from the sample covers with high probability at
    least 1 - 1/e - O(epsilon) of what the best k sets do; in practice far less is enough.

    References
    ----------
    .. [1] Bateni, Esfandiari, Mirrokni 2017, Almost optimal streaming algorithms for coverage problems,
       arXiv:1610.08096

    Examples
    --------
    >>> sets = [range(0, 600), range(500, 1000), range(300, 700)]
    >>> sample, rate = coverage_coreset(sets, 2, size=200)
    >>> sorted(k_cover(sample, 2)[0])
    [0, 1]
    """
    k, size = _check_count("k", k), _check_count("size", size)
    if not isinstance(epsilon, Real) or not 0 < epsilon < 1:
        raise OptionError(f"epsilon must be above 0 and below 1, not {epsilon!r}")
    seed = seed_value(seed)
    matrix, names, elements = _take(sets, candidates)
    cap = max(int(np.ceil(np.count_nonzero(np.diff(matrix.indptr)) * np.log(1 / epsilon) / (epsilon * k))), 1)
    keep, rate = _sample(matrix.indices, matrix.shape[1], cap, size, seed)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))[keep]
    sample = _matrix(rows, matrix.indices[keep], matrix.shape)
    if names is None:
        return sample, rate
    columns = sample.indices.tolist()
    members = [
        {elements[e] for e in columns[start:stop]}
        for start, stop in zip(sample.indptr.tolist(), sample.indptr[1:].tolist())
    ]
    return (members if isinstance(names, range) else dict(zip(names, members))), rate


def _check_count(name, value):
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise OptionError(f"{name} must be an integer of at least 1, not {value!r}")
    return int(value)


def _take(sets, candidates):
    """Sets by elements as csr_array, the names of sets and of elements (None where they are numbers)."""
    is_graph = isinstance(sets, Graph) or hasattr(sets, "adjacency")
    if is_graph:
        return _take_graph(sets, candidates)
    if candidates is not None:
        raise OptionError("candidates are nodes of a graph; from other sets, leave out what may not be chosen")
    if hasattr(sets, "tocoo"):
        entries = sets.tocoo()
        return _matrix(*entries.coords, entries.shape), None, None
    if isinstance(sets, (str, bytes)) or not isinstance(sets, (Mapping, Sequence)):
        raise OptionError(
            "sets must be a dict of name to collection, a sequence of collections, a sparse matrix or a graph, "
            f"not {type(sets).__name__}"
        )
    names = list(sets) if isinstance(sets, Mapping) else range(len(sets))
    members = list(sets.values() if isinstance(sets, Mapping) else sets)
    for name, collection in zip(names, members):
        if isinstance(collection, (str, bytes)) or not isinstance(collection, Collection):
            raise OptionError(f"set {name!r} must be a collection of elements, not {collection!r}")
    numbers = {}
    sizes = [len(collection) for collection in members]
    try:
        columns = [numbers.setdefault(element, len(numbers)) for element in chain.from_iterable(members)]
    except TypeError as error:
        raise OptionError(f"the elements of sets must be hashable: {error}") from None
    matrix = _matrix(
        np.repeat(np.arange(len(names)), sizes), np.array(columns, np.int64), (len(names), len(numbers))
    )
    return matrix, names, list(numbers)


def _take_graph(graph, candidates):
    g = as_graph(graph, weight=None)
    rows, columns = g.rows, g.indices
    if candidates is not None:
        allowed = np.zeros(len(g), np.bool_)
        allowed[g.positions(candidates)] = True
        rows, columns = rows[allowed[rows]], columns[allowed[rows]]
    names = list(g.names()) if is_networkx(graph) else None
    return _matrix(rows, columns, (len(g), len(g))), names, names


def _matrix(rows, columns, shape):
    """csr_array with a 1 where one or more entries stand."""
    from scipy.sparse import coo_array

    matrix = coo_array((np.ones(len(rows), np.int64), (rows, columns)), shape).tocsr()
    matrix.data[:] = 1
    return matrix


def _sample(elements, count, cap, size, seed):
    """Which entries to keep, and the share of the elements that stay."""
    often = np.bincount(elements, minlength=count)
    # A hash of the elements orders them; it is their place on [0, 1) as well.
    hashes = _hash(np.arange(count), seed)
    order = np.argsort(hashes, kind="stable")
    fitting = int(np.searchsorted(np.cumsum(np.minimum(often, cap)[order]), size, "right"))
    fitting = min(max(fitting, 1), count)
    rate = 1.0 if fitting == count else float(hashes[order[fitting]]) / 2.0**64
    stays = np.zeros(count, np.bool_)
    stays[order[:fitting]] = True
    keep = np.flatnonzero(stays[elements])
    # Of elements in too many sets, the entries with the smallest hashes.
    keep = keep[np.lexsort((_hash(keep, seed + 1), elements[keep]))]
    starts = np.cumsum(often * stays) - often * stays
    return np.sort(keep[np.arange(len(keep)) - starts[elements[keep]] < cap]), rate


def _hash(numbers, seed):
    """Random numbers that differ for different integers: ndarray of uint64."""
    return _mixed(numbers.astype(np.uint64) + _mixed(np.array([seed], np.uint64)))


def _mixed(z):
    """splitmix64."""
    z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _choose(indptr, indices, elements, k):
    """Chosen sets and how much they cover, by a heap of (largest bound of the gain, first set)."""
    sets = len(indptr) - 1
    bounds = np.diff(indptr)
    # One number orders by gain, then by set: what is missing from the highest gain, times sets, plus the set.
    highest = bounds.max() if sets else 0
    heap = np.sort((highest - bounds) * sets + np.arange(sets))
    seen = np.zeros(elements, np.bool_)
    chosen = np.empty(min(k, sets), np.int64)
    covered = np.empty(len(chosen), np.int64)
    count, total = 0, 0
    while count < len(chosen):
        s = heap[0] % sets
        bound = highest - heap[0] // sets
        if bound == 0:
            break
        gain = 0
        for p in range(indptr[s], indptr[s + 1]):
            gain += not seen[indices[p]]
        if gain == bound:
            for p in range(indptr[s], indptr[s + 1]):
                seen[indices[p]] = True
            total += gain
            chosen[count], covered[count] = s, total
            count += 1
            gain = 0
        # The set sinks to the place of its new bound.
        key = (highest - gain) * sets + s
        at = 0
        while True:
            below = 2 * at + 1
            if below >= sets:
                break
            if below + 1 < sets and heap[below + 1] < heap[below]:
                below += 1
            if key <= heap[below]:
                break
            heap[at] = heap[below]
            at = below
        heap[at] = key
    return chosen[:count], covered[:count]
