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


def best_two(ends, values):
    """For each item, its best candidate and how good the next one is.

    Parameters
    ----------
    ends : ndarray of int, shape (candidates,)
        The item that a candidate belongs to.
    values : ndarray of float64, shape (candidates,)

    Returns
    -------
    items : ndarray of int, shape (items,)
        Those that have a candidate, ascending.
    best : ndarray of int64, shape (items,)
        Places of their best candidates; of equals the first.
    runner_up : ndarray of float64, shape (items,)
        Value of the second best, -inf where there is none.

    Examples
    --------
    >>> best_two(np.array([4, 4, 7]), np.array([0.5, 0.9, 0.1]))
    (array([4, 7]), array([1, 2]), array([ 0.5, -inf]))
    """
    order = np.lexsort((-values, ends))
    item = ends[order]
    first = np.ones(len(item), bool)
    first[1:] = item[1:] != item[:-1]
    places = np.flatnonzero(first)
    following = np.minimum(places + 1, max(len(item) - 1, 0))
    several = np.diff(places, append=len(item)) > 1
    return item[places], order[places], np.where(several, values[order[following]], -np.inf)
