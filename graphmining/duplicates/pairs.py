"""Candidate pairs of items, and what had to be left out to find them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of positions, each once.

    Attributes
    ----------
    left, right : ndarray of int64, shape (pairs,)
        left < right; ascending by left, then right.
    notes : tuple of str
        What a cap left out, a sentence each; shown to the user.
    """

    left: np.ndarray
    right: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self):
        return len(self.left)

    @classmethod
    def make(cls, left, right, notes=()):
        """Put pairs in order; repeated pairs and pairs of an item with itself are dropped.

        Examples
        --------
        >>> pairs = Pairs.make([2, 0, 1, 1], [0, 2, 1, 2])
        >>> pairs.left.tolist(), pairs.right.tolist()
        ([0, 1], [2, 2])
        """
        left, right = np.asarray(left, np.int64), np.asarray(right, np.int64)
        low, high = np.minimum(left, right), np.maximum(left, right)
        apart = low != high
        low, high = low[apart], high[apart]
        codes = np.unique((low << 32) | high)  # one number a pair: sorting is several times as fast
        return cls(codes >> 32, codes & (2**32 - 1), tuple(notes))

    def keep(self, chosen):
        """Those that a mask of booleans chooses."""
        return Pairs(self.left[chosen], self.right[chosen], self.notes)

    def merged(self, other):
        """The pairs of both."""
        left = np.concatenate([self.left, other.left])
        return Pairs.make(left, np.concatenate([self.right, other.right]), (*self.notes, *other.notes))
