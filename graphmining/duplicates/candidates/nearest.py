"""The most similar of many candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.graph.rows import rows_from_edges
from graphmining.jit import kernel
from graphmining.ranking.checks import check_count


@dataclass(frozen=True)
class NearestOf:
    """Candidate step: of another step's candidates, those that are among the k most similar of either item.

    Hashing finds pairs in time linear in the number of items, but popular values give it more pairs than are worth
    comparing field by field.

    Parameters
    ----------
    step : candidate step
    k : int
        Candidates of each item; those as similar as the last of them are kept too.
    score : Score
        What similar means. Default: `Cosine` of the whole items.

    Raises
    ------
    OptionError
        If k is no positive integer.

    Examples
    --------
    >>> from graphmining.duplicates.candidates.minhash import MinHashLSH
    >>> from graphmining.duplicates.items import Items
    >>> items = Items(range(3), {"text": ["a b c d e", "a b c d e", "a b c d f"]})
    >>> len(MinHashLSH(similarity=0.1).pairs(items)), len(NearestOf(MinHashLSH(similarity=0.1), k=1).pairs(items))
    (3, 3)
    """

    step: object
    k: int = 10
    score: object = Cosine()

    def __post_init__(self):
        check_count("k", self.k)

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        pairs = self.step.pairs(items, seed=seed, threads=threads)
        scores = self.score.score(items, pairs, threads=threads)
        least = _kth_best(*rows_from_edges(pairs.left, pairs.right, scores, len(items), True)[::2], self.k)
        return pairs.keep((scores >= least[pairs.left]) | (scores >= least[pairs.right]))


@kernel
def _kth_best(indptr, scores, k):
    """The k-th highest score of each row; that of a shorter row is below all."""
    least = np.full(len(indptr) - 1, -1.0)
    for row in range(len(least)):
        if indptr[row + 1] - indptr[row] > k:
            least[row] = np.sort(scores[indptr[row] : indptr[row + 1]])[-k]
    return least
