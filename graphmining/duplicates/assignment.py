"""New items join settled clusters, or make their own; settled clusters stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphmining.duplicates.clusters import Rules, cluster, condense, groups_of
from graphmining.duplicates.inputs import as_items
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import GraphError


def assign(found, new, *, threads=None):
    """Add items to what was found, without moving an item that was there.

    Parameters
    ----------
    found : Duplicates
        Of one list.
    new : like the items that were searched
        Texts, records or vectors; their names must be new. Names that are positions count on from the last.
    threads : int, optional

    Returns
    -------
    Duplicates
        Of all items. A new item joins the settled cluster to which it is most similar on average, if that is at
        least the threshold and the cluster has room; the others are clustered among themselves. Labels of
        settled items are what they were; new clusters have higher ones.

    Raises
    ------
    GraphError
        If the new items are not of the same kind, or one has a name that is taken.

    Notes
    -----
    Scores are by what was learned before; each item is compared with its candidates among all items.

    Examples
    --------
    >>> from graphmining import find_duplicates
    >>> found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3)
    >>> found.assign(["a b c d g", "u v w"]).clusters
    [[0, 1, 3]]
    """
    if found.items.lists is not None:
        raise GraphError("items are assigned to clusters of one list; these are of two")
    items = _together(found.items, new)
    settled, n = len(found.items), len(items)
    pairs = found.steps.candidates.pairs(items, seed=found.seed, threads=threads)
    pairs = pairs.keep(pairs.right >= settled)
    scores = found.steps.score.score(items, pairs, threads=threads)
    labels = np.full(n, -1, np.int32)
    labels[:settled] = found.labels
    _join(labels, pairs, scores, settled, found.threshold.value, found.rules.max_size)

    left, right = np.concatenate([found.pairs.left, pairs.left]), np.concatenate([found.pairs.right, pairs.right])
    groups = np.concatenate([found.groups, np.arange(settled, n)])
    free = np.flatnonzero(labels < 0)
    if len(free):
        place = np.full(n, -1)
        place[free] = np.arange(len(free))
        among = (place[pairs.left] >= 0) & (place[pairs.right] >= 0)
        none = np.empty((0, 2), np.int64)
        graph, _, node = condense(
            len(free),
            groups_of(len(free), None, none),
            place[pairs.left[among]],
            place[pairs.right[among]],
            scores[among],
        )
        rules = Rules(found.rules.max_size, none, none)
        fresh = cluster(
            graph, node, found.steps.method, found.threshold.value, rules, seed=found.seed, threads=threads
        )
        labels[free] = found.labels.max(initial=-1) + 1 + fresh
    order = np.lexsort((right, left))
    return replace(
        found,
        items=items,
        pairs=Pairs(left[order], right[order], (*found.pairs.notes, *pairs.notes)),
        scores=np.concatenate([found.scores, scores])[order],
        labels=labels,
        groups=groups,
    )


def _join(labels, pairs, scores, settled, threshold, max_size):
    """Give each new item the label of the settled cluster that is most similar to it on average."""
    old = pairs.left < settled
    if not old.any():
        return
    sizes = np.bincount(labels[:settled])
    codes = pairs.right[old] * np.int64(len(sizes)) + labels[pairs.left[old]]
    keys, place = np.unique(codes, return_inverse=True)
    new, label = np.divmod(keys, len(sizes))
    average = np.bincount(place, scores[old]) / sizes[label]
    good = average >= threshold
    for at in np.flatnonzero(good)[np.lexsort((label[good], new[good], -average[good]))]:
        room = max_size is None or sizes[label[at]] < max_size
        if labels[new[at]] < 0 and room:
            labels[new[at]] = label[at]
            if max_size is not None:
                sizes[label[at]] += 1


def _together(settled, new):
    """Items of both, in one list."""
    items = as_items(new)
    if (settled.vectors is None) != (items.vectors is None):
        raise GraphError("new items must be of the kind of those that were searched")
    positions = isinstance(settled.ids, range) or list(settled.ids) == list(range(len(settled)))
    if positions and isinstance(items.ids, range):
        ids = range(len(settled) + len(items))
    else:
        ids = [*settled.ids, *items.ids]
        taken = set(settled.ids).intersection(items.ids)
        if taken:
            raise GraphError(f"the name {sorted(taken, key=repr)[0]!r} is taken already; give new items new names")
    if settled.vectors is not None:
        if settled.vectors.shape[1] != items.vectors.shape[1]:
            raise GraphError(
                f"new vectors have {items.vectors.shape[1]} entries, those that were searched {settled.vectors.shape[1]}"
            )
        return Items(ids, {}, np.concatenate([settled.vectors, items.vectors]))
    if not set(settled.fields) & set(items.fields):
        raise GraphError(f"new records need the columns {', '.join(settled.fields)}")
    missing = [None] * len(items)
    return Items(
        ids, {name: [*values, *items.fields.get(name, missing)] for name, values in settled.fields.items()}
    )
