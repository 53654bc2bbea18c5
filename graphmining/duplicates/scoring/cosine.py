"""The cosine of items: of their vectors, or of their texts' n-grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.candidates.tfidf import check_grams, item_matrix
from graphmining.duplicates.scoring.base import Score
from graphmining.jit import kernel
from graphmining.threads import even_pieces, team, thread_count


@dataclass(frozen=True)
class Cosine(Score):
    """Score: the cosine of two items, from 0 to 1.

    Items that have vectors are compared by them; a negative cosine counts as 0. All others are compared by the
    TF-IDF weights of their texts' n-grams. Where one has no length (no text, a vector of zeros) the score is 0.

    Parameters
    ----------
    unit, width, columns, sublinear
        Of `TfidfNeighbors`; without meaning for vectors.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or when a column is unknown.
    """

    unit: str = "characters"
    width: int | None = None
    columns: str | tuple[str, ...] | None = None
    sublinear: bool = False

    def __post_init__(self):
        check_grams(self.unit, self.width)

    def score(self, items, pairs, *, threads=None):
        """Scores of pairs (ndarray of float64, shape (pairs,))."""
        if items.vectors is None:
            matrix = item_matrix(items, self.unit, self.width, self.columns, self.sublinear)
            return row_cosines(matrix, pairs, threads=threads)
        lengths = np.sqrt(np.einsum("ij,ij->i", items.vectors, items.vectors, dtype=np.float64))
        return _run(_of_vectors, pairs, (items.vectors, lengths), threads)


def row_cosines(matrix, pairs, *, threads=None):
    """Dot products of rows of length 1: ndarray of float64, shape (pairs,)."""
    return _run(_of_rows, pairs, (matrix.indptr, matrix.indices, matrix.data), threads)


def _run(function, pairs, arrays, threads):
    threads = thread_count(threads)
    scores = np.empty(len(pairs))
    with team(threads) as run:
        run(function, even_pieces(np.arange(len(pairs) + 1), threads), pairs.left, pairs.right, *arrays, scores)
    return scores


@kernel
def _of_vectors(first, last, left, right, vectors, lengths, scores):
    for e in range(first, last):
        total = 0.0
        for d in range(vectors.shape[1]):
            total += np.float64(vectors[left[e], d]) * vectors[right[e], d]
        both = lengths[left[e]] * lengths[right[e]]
        scores[e] = min(max(total / both, 0.0), 1.0) if both > 0 else 0.0


@kernel
def _of_rows(first, last, left, right, indptr, indices, data, scores):
    for e in range(first, last):
        p, p_end = indptr[left[e]], indptr[left[e] + 1]
        q, q_end = indptr[right[e]], indptr[right[e] + 1]
        total = 0.0
        while p < p_end and q < q_end:
            if indices[p] == indices[q]:
                total += data[p] * data[q]
                p += 1
                q += 1
            elif indices[p] < indices[q]:
                p += 1
            else:
                q += 1
        scores[e] = min(total, 1.0)
