"""Size caps, and pairs that must or must not be together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graphmining.clustering.dendrogram import Dendrogram
from graphmining.errors import GraphError, OptionError
from graphmining.jit import kernel


def read_links(items, links, name):
    """Positions of pairs that the user names by ids: ndarray of int64, shape (links, 2).

    Raises
    ------
    OptionError
        If it is no sequence of pairs of different items.
    """
    if not isinstance(links, Iterable):
        raise OptionError(f"{name} takes pairs of ids of items, not {links!r}")
    found = []
    for link in links:
        try:
            one, other = link
            found.append((items.position(one), items.position(other)))
        except (GraphError, TypeError, ValueError):
            raise OptionError(f"{name} takes pairs of ids of items; {link!r} is none") from None
        if one == other:
            raise OptionError(f"{name} names the pair of {one!r} with itself")
    return np.array(found, np.int64).reshape(-1, 2)


def prune(dendrogram, *, max_size=None, apart=None):
    """Leave out the merges that make clusters too large or join what must stay apart, and all above them.

    Parameters
    ----------
    dendrogram : Dendrogram
    max_size : int, optional
        Leaves of a cluster at most.
    apart : ndarray of int64, shape (pairs, 2), optional
        Leaves that no cluster holds both of.

    Returns
    -------
    Dendrogram
        Every cut of it keeps the rules.
    """
    n, count = len(dendrogram.nodes), len(dendrogram.merges)
    wrong = np.zeros(count, bool)
    if max_size is not None:
        wrong |= dendrogram.sizes > max_size
    if apart is not None and len(apart):
        meeting = meetings(
            dendrogram.merges, n, np.ascontiguousarray(apart[:, 0]), np.ascontiguousarray(apart[:, 1])
        )
        wrong[meeting[meeting >= 0]] = True
    if not wrong.any():
        return dendrogram
    _spread(dendrogram.merges, n, wrong)
    kept = np.flatnonzero(~wrong)
    number = np.concatenate([np.arange(n), np.full(count, -1)])
    number[n + kept] = n + np.arange(len(kept))
    return Dendrogram(
        np.sort(number[dendrogram.merges[kept]], axis=1),
        dendrogram.similarities[kept],
        dendrogram.sizes[kept],
        dendrogram.nodes,
        dendrogram.as_sets,
    )


@kernel
def meetings(merges, leaves, left, right):
    """The merge at which two leaves come together, or -1."""
    parent = np.full(leaves + len(merges), -1)
    for i in range(len(merges)):
        parent[merges[i, 0]] = leaves + i
        parent[merges[i, 1]] = leaves + i
    found = np.empty(len(left), np.int64)
    for k in range(len(left)):
        a, b = left[k], right[k]
        # A parent has a larger number than its children: the smaller of the two cannot be the other's ancestor.
        while a != b and a >= 0 and b >= 0:
            if a < b:
                a = parent[a]
            else:
                b = parent[b]
        found[k] = a - leaves if a == b else -1
    return found


@kernel
def _spread(merges, leaves, wrong):
    """Mark all merges above those that are marked."""
    for i in range(len(merges)):
        for child in merges[i]:
            if child >= leaves and wrong[child - leaves]:
                wrong[i] = True
