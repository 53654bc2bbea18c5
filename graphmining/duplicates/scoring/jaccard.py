"""Jaccard similarity of texts: shared shingles by all shingles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.candidates.shingles import check_shingles, shingles_of
from graphmining.duplicates.scoring.base import Score
from graphmining.jit import kernel
from graphmining.threads import team, thread_count


@dataclass(frozen=True)
class Jaccard(Score):
    """Score step: the exact Jaccard similarity of the shingle sets of two texts.

    Parameters
    ----------
    unit : {"words", "characters"}
    width : int, optional
        The shingles, as in `shingle_sets`.

    Raises
    ------
    OptionError
        If an option has a value that cannot work.
    """

    unit: str = "words"
    width: int | None = None

    def __post_init__(self):
        check_shingles(self.unit, self.width)

    def score(self, items, pairs, *, threads=None):
        """ndarray of float64, shape (pairs,): between 0 and 1."""
        sets = shingles_of(items, unit=self.unit, width=self.width, threads=threads)
        return jaccard(sets, pairs.left, pairs.right, threads=threads)


def jaccard(sets, left, right, *, threads=None):
    """Jaccard similarity of pairs of shingle sets, exact but for equal hashes of different shingles.

    Parameters
    ----------
    sets : ShingleSets
    left, right : array_like of int, shape (pairs,)
        Positions of texts.
    threads : int, optional
        Default: all cores. The answer does not depend on it.

    Returns
    -------
    ndarray of float64, shape (pairs,)
        0 for two empty sets: an empty document is a duplicate of none.

    Examples
    --------
    >>> from graphmining.duplicates.candidates.shingles import shingle_sets
    >>> jaccard(shingle_sets(["a b c", "b c d", ""], width=1), [0, 0], [1, 2]).tolist()
    [0.5, 0.0]
    """
    threads = thread_count(threads)
    left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
    scores = np.empty(len(left))
    starts = [len(left) * piece // threads for piece in range(threads + 1)]
    with team(threads) as run:
        run(_score, starts, sets.indptr, sets.hashes, left, right, scores)
    return scores


@kernel
def _score(first, last, indptr, hashes, left, right, scores):
    for k in range(first, last):
        p, end = indptr[left[k]], indptr[left[k] + 1]
        q, stop = indptr[right[k]], indptr[right[k] + 1]
        total = end - p + stop - q
        shared = 0
        while p < end and q < stop:
            a, b = hashes[p], hashes[q]
            shared += a == b
            p += a <= b
            q += b <= a
        scores[k] = shared / (total - shared) if total else 0.0
