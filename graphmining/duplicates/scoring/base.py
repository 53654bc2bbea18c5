"""What every score step is."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Score(ABC):
    """How alike the two items of a pair are, from 0 to 1.

    Attributes
    ----------
    probability : bool
        Whether a score is the probability that the two are duplicates; then one half is the natural threshold.
    """

    probability = False

    def fit(self, items, pairs, *, seed=0, threads=None):
        """The score with what it learns from candidate pairs; itself, if it learns nothing."""
        return self

    @abstractmethod
    def score(self, items, pairs, *, threads=None):
        """Scores of pairs: ndarray of float64, shape (pairs,)."""

    def describe(self):
        """What was learned, in a few words for the user; empty if nothing was."""
        return ""
