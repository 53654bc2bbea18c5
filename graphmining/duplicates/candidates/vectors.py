"""Nearest vectors: every item with the k whose vectors are closest to its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.candidates.tfidf import insert, neighbor_pairs
from graphmining.errors import OptionError, unknown
from graphmining.jit import kernel
from graphmining.memory import check_memory
from graphmining.ranking.checks import check_count
from graphmining.seeds import seed_value
from graphmining.threads import even_pieces, team, thread_count

METRICS = ("cosine", "euclidean")

# Up to so many vectors all pairs are compared, if nothing is said.
EXACT = 50_000
# Rows and columns of a product that stays in the cache.
_ROWS, _COLUMNS = 256, 4096
# Rounds of k-means, and vectors a cell that it sees.
_ROUNDS, _SEEN = 8, 64


@dataclass(frozen=True)
class VectorNeighbors:
    """Candidates: every item with the k others whose vectors are nearest.

    Parameters
    ----------
    k : int
        Neighbours of each item; with two lists, in the other list.
    metric, exact, probes
        Of `nearest_vectors`.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or items have no vectors.
    """

    k: int = 10
    metric: str = "cosine"
    exact: bool | None = None
    probes: int = 16

    def __post_init__(self):
        _check(self.k, self.metric, self.exact, self.probes)

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        if items.vectors is None:
            raise OptionError("the items have no vectors, so none are near each other; texts have TfidfNeighbors")
        options = {
            "k": self.k,
            "metric": self.metric,
            "exact": self.exact,
            "probes": self.probes,
            "seed": seed_value(seed),
            "threads": threads,
        }
        vectors = _checked(items.vectors, self.metric)
        if items.lists is None:
            return neighbor_pairs(nearest_vectors(vectors, **options))
        one, two = (np.flatnonzero(items.lists == each) for each in (0, 1))
        forth = nearest_vectors(vectors[one], vectors[two], **options)
        back = nearest_vectors(vectors[two], vectors[one], **options)
        return neighbor_pairs(forth, one, two).merged(neighbor_pairs(back, two, one))


def as_vectors(vectors):
    """Vectors as an array of float32.

    Parameters
    ----------
    vectors : array_like of numbers, shape (n, d)

    Returns
    -------
    ndarray of float32, shape (n, d), contiguous

    Raises
    ------
    OptionError
        If the shape is another, d is 0, or a number is not finite (as float32).
    """
    try:
        with np.errstate(over="ignore"):
            array = np.ascontiguousarray(vectors, np.float32)
    except (TypeError, ValueError):
        raise OptionError("vectors must be numbers in rows of one length") from None
    if array.ndim != 2 or not array.shape[1]:
        raise OptionError(f"vectors must have shape (n, d) with d of at least 1, not {np.shape(vectors)}")
    wrong = np.flatnonzero(~np.isfinite(array).all(axis=1))
    if len(wrong):
        raise OptionError(f"vector {wrong[0]} has a number that is not finite; so have {len(wrong) - 1:,} others")
    return array


def nearest_vectors(vectors, other=None, *, k=10, metric="cosine", exact=None, probes=16, seed=0, threads=None):
    """The k nearest vectors for each vector.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
    other : array_like, shape (m, d), optional
        Where neighbours are sought; default: the vectors themselves, of which none is its own neighbour.
    k : int
    metric : {"cosine", "euclidean"}
    exact : bool, optional
        Compare all pairs, in float32. Default: with up to 50,000 vectors.
    probes : int
        Otherwise: compare with so many of about √n cells. More cells find more of the neighbours and take longer.
    seed : int, None or random generator
        Chooses where the cells start.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ndarray of int64, shape (n, k)
        Positions, the nearest first; -1 where no vector is left (in the cells).

    Raises
    ------
    OptionError
        If vectors are not as `as_vectors` wants them, have different numbers of columns or, for the cosine, no
        length, or if an option has a value that cannot work.

    Notes
    -----
    The cells are those of k-means on a sample [1]_. A vector looks for neighbours in the cells with the centres
    nearest to it, together with all others that look there. Where vectors form no groups at all, neighbours are in
    many cells, and more are missed.

    References
    ----------
    .. [1] Jégou, Douze, Schmid 2011, Product quantization for nearest neighbor search,
       doi:10.1109/TPAMI.2010.57

    Examples
    --------
    >>> nearest_vectors([[1, 0], [0, 1], [2, 1], [0, 3]], k=1).tolist()
    [[2], [3], [0], [1]]
    """
    from threadpoolctl import threadpool_limits

    _check(k, metric, exact, probes)
    threads = thread_count(threads)
    apart = other is not None
    one = _checked(vectors, metric)
    two = _checked(other, metric) if apart else one
    n, m = len(one), len(two)
    if one.shape[1] != two.shape[1]:
        raise OptionError(f"the vectors have {one.shape[1]} and {two.shape[1]} columns, not the same")
    check_memory(one.nbytes + two.nbytes + n * k * 16, f"{k} neighbours of {n:,} vectors")
    if not n or not m:
        return np.full((n, k), -1, np.int64)
    one, two = _prepared([one, two], metric) if apart else _prepared([one], metric) * 2
    # Products are cut into blocks by the data, one thread each: the same numbers on any number of threads.
    with threadpool_limits(1, "blas"), team(threads) as run:

        def search(rows, columns, k, rounds, apart=True):
            """The k nearest columns for each row, if each row is compared as the blocks of each round say."""
            neighbors, values = np.full((len(rows), k), -1, np.int64), np.full((len(rows), k), -np.inf)
            offsets = np.zeros(len(columns), np.float32)
            if metric == "euclidean" or columns is not two:
                offsets = -np.einsum("ij,ij->i", columns, columns) / 2
            for blocks in rounds:
                work = np.cumsum([0, *(len(some) * len(others) for some, others in blocks)])
                pieces = even_pieces(work, threads)
                run(_search, pieces, blocks, rows, columns, offsets, apart, neighbors, values)
            return neighbors

        if exact or (exact is None and max(n, m) <= EXACT):
            return search(one, two, k, [_all_pairs(n, m)], apart)
        rounds = _cells(one, two, probes, np.random.default_rng(seed_value(seed)), search)
        return search(one, two, k, rounds, apart)


def _check(k, metric, exact, probes):
    check_count("k", k)
    check_count("probes", probes)
    if metric not in METRICS:
        raise OptionError(unknown("metric", metric, METRICS))
    if exact not in (None, True, False):
        raise OptionError(f"exact must be True, False or None, not {exact!r}")


def _checked(vectors, metric):
    array = as_vectors(vectors)
    zeros = np.flatnonzero(~array.any(axis=1)) if metric == "cosine" else []
    if len(zeros):
        what = f"vector {zeros[0]} is all zeros and has no direction"
        raise OptionError(f"{what}; leave it out, or use the metric euclidean")
    return array


def _prepared(arrays, metric):
    """Vectors whose products are in the order of their similarities, up to offsets."""
    if metric == "cosine":
        lengths = [np.sqrt(np.einsum("ij,ij->i", each, each, dtype=np.float64)) for each in arrays]
        return [(each / length[:, None]).astype(np.float32) for each, length in zip(arrays, lengths)]
    # Distances are differences of products: these must not be large beside them, nor beyond float32.
    centre = arrays[-1].mean(axis=0, dtype=np.float64)
    moved = [each - centre for each in arrays]
    largest = max((np.abs(each).max() for each in moved if each.size), default=0) or 1
    return [(each / largest).astype(np.float32) for each in moved]


def _all_pairs(n, m):
    return [(np.arange(start, min(start + _ROWS, n)), np.arange(m)) for start in range(0, n, _ROWS)]


def _cells(one, two, probes, rng, search):
    """For each round, which rows look for neighbours in which cell: each row in one."""
    count = int(np.sqrt(len(two)))
    seen = two[np.sort(rng.permutation(len(two))[: _SEEN * count])]
    centres = seen[rng.permutation(len(seen))[:count]]
    for _ in range(_ROUNDS):
        labels = search(seen, centres, 1, [_all_pairs(len(seen), count)])[:, 0]
        order, used, starts, sizes = _groups(labels)
        centres = centres.copy()  # that of an empty cell stays
        centres[used] = np.add.reduceat(seen[order], starts, axis=0, dtype=np.float64) / sizes[:, None]
    order, used, starts, _ = _groups(search(two, centres, 1, [_all_pairs(len(two), count)])[:, 0])
    centres, members = centres[used], np.split(order, starts[1:])
    cells = search(one, centres, min(probes, len(used)), [_all_pairs(len(one), len(used))])
    for nearest in cells.T:
        order, used, starts, _ = _groups(nearest)
        yield [(rows, members[cell]) for cell, rows in zip(used, np.split(order, starts[1:]))]


def _groups(labels):
    """Positions by label; the labels, where each starts, and how many it has."""
    order = np.argsort(labels, kind="stable")
    return order, *np.unique(labels[order], return_index=True, return_counts=True)


def _search(first, last, blocks, one, two, offsets, apart, neighbors, values):
    """Compare the rows of some blocks with their candidates."""
    for rows, columns in blocks[first:last]:
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            for begin in range(0, len(columns), _COLUMNS):
                some = columns[begin : begin + _COLUMNS]
                products = one[part] @ two[some].T
                products += offsets[some]
                _offer(products, part, some, apart, neighbors, values)


@kernel
def _offer(products, rows, columns, apart, neighbors, values):
    """Take what is more similar than the k-th most similar so far."""
    for a in range(len(rows)):
        i = rows[a]
        nearest, best = neighbors[i], values[i]
        least = best[-1]
        for b in range(len(columns)):
            if products[a, b] >= least and (apart or columns[b] != i):
                insert(nearest, best, columns[b], products[a, b])
                least = best[-1]
