"""How well two sets of overlapping clusters agree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

import numpy as np

from graphmining.errors import GraphError, OptionError, unknown
from graphmining.jit import kernel

VARIANTS = ("max", "lfk")


def omega_index(a, b, *, items=None):
    """Compare overlapping clusters by how many of them each pair of items shares, corrected for chance.

    Parameters
    ----------
    a, b : iterable of collections of items
        An item may be in any number of clusters.
    items : int, optional
        Number of items, with those in no cluster. Default: those in a cluster of `a` or `b`.

    Returns
    -------
    float
        1 where every pair shares as many clusters in `a` as in `b`; 0 as expected by chance.

    Raises
    ------
    GraphError
        If a cluster is no collection of hashable items.
    OptionError
        If there are more items in clusters than `items` says.

    Notes
    -----
    The adjusted Rand index, if no clusters overlap [1]_. Time is the sum of the squares of clusters' sizes.

    References
    ----------
    .. [1] Collins, Dent 1988, Omega: a general formulation of the Rand index of cluster recovery suitable for
       non-disjoint solutions, doi:10.1207/s15327906mbr2302_6

    Examples
    --------
    >>> omega_index([{1, 2, 3}, {3, 4}], [{1, 2, 3}, {3, 4}])
    1.0
    """
    one, other, n = _covers(a, b, items)
    most = int(max(np.diff(one.owner_ends).max(initial=0), np.diff(other.owner_ends).max(initial=0)))
    counts = _share_counts(*one, *other, most + 1)
    same, shared, other_shared = ([int(count) for count in row] for row in counts)
    pairs = n * (n - 1) // 2
    # The kernel saw the pairs that share a cluster in either; all the others share none in both.
    unseen = pairs - sum(shared)
    for row in (same, shared, other_shared):
        row[0] += unseen
    by_chance = sum(x * y for x, y in zip(shared, other_shared))
    if by_chance == pairs * pairs:
        return 1.0
    return (sum(same) * pairs - by_chance) / (pairs * pairs - by_chance)


def overlapping_nmi(a, b, *, variant="max", items=None):
    """Normalised mutual information of overlapping clusters.

    Parameters
    ----------
    a, b : iterable of collections of items
        An item may be in any number of clusters.
    variant : {"max", "lfk"}
        Normalise by the larger of the two entropies [1]_, or average each cluster's own share [2]_. The latter
        gives clusterings that have little in common too high a value [1]_.
    items : int, optional
        Number of items, with those in no cluster. Default: those in a cluster of `a` or `b`.

    Returns
    -------
    float
        From 0 to 1, where 1 means equal.

    Raises
    ------
    GraphError
        If a cluster is no collection of hashable items.
    OptionError
        If the variant is unknown, or there are more items in clusters than `items` says.

    Notes
    -----
    Not the NMI of partitions, if no clusters overlap. A cluster with all items has no entropy; in "lfk" it counts
    as known where the other side has the same cluster, and as unknown where not. Time is the sum over the items
    of the number of their clusters in `a` times the number in `b`.

    References
    ----------
    .. [1] McDaid, Greene, Hurley 2011, Normalized mutual information to evaluate overlapping community finding
       algorithms, arXiv:1110.2515
    .. [2] Lancichinetti, Fortunato, Kertész 2009, Detecting the overlapping and hierarchical community structure
       in complex networks, doi:10.1088/1367-2630/11/3/033015

    Examples
    --------
    >>> overlapping_nmi([{1, 2, 3}, {3, 4}], [{3, 4}, {1, 2, 3}])
    1.0
    """
    if variant not in VARIANTS:
        raise OptionError(unknown("variant", variant, VARIANTS))
    one, other, n = _covers(a, b, items)
    left, entropy = _conditional_entropies(one.ends, one.members, other.ends, other.owner_ends, other.owners, n)
    other_left, other_entropy = _conditional_entropies(
        other.ends, other.members, one.ends, one.owner_ends, one.owners, n
    )
    if variant == "lfk":
        return (
            1 - (_mean_share(left, entropy, other_entropy) + _mean_share(other_left, other_entropy, entropy)) / 2
        )
    most = max(entropy.sum(), other_entropy.sum())
    if not most:  # every cluster has all items, if there is one
        return float((len(entropy) > 0) == (len(other_entropy) > 0))
    return float((entropy.sum() - left.sum() + other_entropy.sum() - other_left.sum()) / 2 / most)


class _Cover(NamedTuple):
    """Clusters as rows of item numbers, and items as rows of cluster numbers."""

    ends: np.ndarray
    members: np.ndarray
    owner_ends: np.ndarray
    owners: np.ndarray


def _covers(a, b, items):
    """Both covers over the same numbered items, and the number of items."""
    a, b = _read("a", a), _read("b", b)
    try:
        position = {item: at for at, item in enumerate(dict.fromkeys(chain.from_iterable(chain(a, b))))}
    except TypeError:
        raise GraphError("a cluster has an item that is not hashable") from None
    seen = len(position)
    if items is None:
        items = seen
    elif not isinstance(items, (int, np.integer)) or isinstance(items, bool) or items < seen:
        raise OptionError(f"items must be the number of items, at least the {seen} in clusters, not {items!r}")
    return *(_rows(cover, position) for cover in (a, b)), int(items)


def _read(name, cover):
    clusters = list(cover) if isinstance(cover, Iterable) and not isinstance(cover, (str, bytes)) else [cover]
    for cluster in clusters:
        if isinstance(cluster, (str, bytes)) or not isinstance(cluster, Iterable):
            raise GraphError(f"{name} must be collections of items, but has {cluster!r}; for labels use agreement")
    return [cluster for cluster in map(list, clusters) if cluster]


def _rows(cover, position):
    entries = sum(map(len, cover))
    members = np.fromiter(map(position.__getitem__, chain.from_iterable(cover)), np.int64, entries)
    owners = np.repeat(np.arange(len(cover)), [len(cluster) for cluster in cover])
    # Each item once in its cluster, and ascending.
    owners, members = np.divmod(np.unique(owners * len(position) + members), max(len(position), 1))
    order = np.argsort(members, kind="stable")
    return _Cover(_ends(owners, len(cover)), members, _ends(members, len(position)), owners[order])


def _ends(rows, count):
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count))))


def _mean_share(left, entropy, other_entropy):
    """Mean share of the clusters' entropies that is left when the other clusters are known."""
    if not len(entropy):
        return float(len(other_entropy) > 0)
    whole = 0.0 if (other_entropy == 0).any() else 1.0
    return float(np.divide(left, entropy, out=np.full(len(left), whole), where=entropy > 0).mean())


@kernel
def _share_counts(ends, members, owner_ends, owners, ends_b, members_b, owner_ends_b, owners_b, most):
    """Pairs by the number of clusters they share: the same in both covers, in the first, in the second.

    Pairs that share no cluster at all are left out.
    """
    counts = np.zeros((3, most), np.int64)
    items = len(owner_ends) - 1
    shared, shared_b = np.zeros(items, np.int64), np.zeros(items, np.int64)
    touched = np.empty(items, np.int64)
    for u in range(items):
        end = 0
        for p in range(owner_ends[u], owner_ends[u + 1]):
            q = ends[owners[p] + 1] - 1
            while members[q] > u:
                if shared[members[q]] == 0:
                    touched[end] = members[q]
                    end += 1
                shared[members[q]] += 1
                q -= 1
        for p in range(owner_ends_b[u], owner_ends_b[u + 1]):
            q = ends_b[owners_b[p] + 1] - 1
            while members_b[q] > u:
                v = members_b[q]
                if shared[v] == 0 and shared_b[v] == 0:
                    touched[end] = v
                    end += 1
                shared_b[v] += 1
                q -= 1
        for v in touched[:end]:
            if shared[v] == shared_b[v]:
                counts[0, shared[v]] += 1
            counts[1, shared[v]] += 1
            counts[2, shared_b[v]] += 1
            shared[v], shared_b[v] = 0, 0
    return counts


@kernel
def _conditional_entropies(ends, members, ends_b, owner_ends_b, owners_b, n):
    """Entropy of each cluster's membership: left when the best of the other clusters is known, and at first."""
    clusters = len(ends) - 1
    left, entropy = np.empty(clusters), np.empty(clusters)
    sizes = ends_b[1:] - ends_b[:-1]
    by_size = np.argsort(-sizes)
    overlap = np.zeros(len(sizes), np.int64)
    touched = np.empty(len(sizes), np.int64)
    for i in range(clusters):
        x = ends[i + 1] - ends[i]
        entropy[i] = _bits(x, n) + _bits(n - x, n)
        left[i] = entropy[i]
        end = 0
        for q in range(ends[i], ends[i + 1]):
            for p in range(owner_ends_b[members[q]], owner_ends_b[members[q] + 1]):
                if overlap[owners_b[p]] == 0:
                    touched[end] = owners_b[p]
                    end += 1
                overlap[owners_b[p]] += 1
        for j in touched[:end]:
            left[i] = min(left[i], _left(x, sizes[j], overlap[j], n))
        # Of clusters without a common item only two that together have more than half of all can inform.
        for j in by_size:
            if 2 * (x + sizes[j]) <= n:
                break
            if overlap[j] == 0:
                left[i] = min(left[i], _left(x, sizes[j], 0, n))
        overlap[touched[:end]] = 0
    return left, entropy


@kernel
def _left(x, y, both, n):
    """Entropy of membership in a cluster of size x, given that in one of size y; infinite where it misleads."""
    same = _bits(n - x - y + both, n) + _bits(both, n)
    different = _bits(x - both, n) + _bits(y - both, n)
    if same < different:
        return np.inf
    return max(0.0, same + different - (_bits(y, n) + _bits(n - y, n)))


@kernel
def _bits(count, n):
    return -count * np.log2(count / n) if count > 0 else 0.0
