"""New items join settled clusters, or make their own; settled clusters stay as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphmining.duplicates.clusters import Rules, cluster, condense
from graphmining.duplicates.completion import complete
from graphmining.duplicates.equality import equal_items
from graphmining.duplicates.inputs import read_data
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import GraphError
from graphmining.graph.interface import by_size


def assign(found, new, *, id=None, threads=None):
    """Add items to what was found, without moving an item that was there.

    Parameters
    ----------
    found : Duplicates
        Of one list.
    new : like the items that were searched
        Texts, records or vectors; their names must be new. Names that are positions count on from the last.
    id : str, optional
        Column with the names of records.
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
    OptionError
        If there is no such column.

    Notes
    -----
    Scores are by what was learned before. A new item is compared with all items of the clusters that its
    candidates are in; of items that are equal, one counts for all.

    Examples
    --------
    >>> from graphmining import find_duplicates
    >>> found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3)
    >>> found.assign(["a b c d g", "u v w"]).clusters
    [[0, 1, 3]]
    """
    if found.items.lists is not None:
        raise GraphError("items are assigned to clusters of one list; these are of two")
    items = _together(found.items, new, id)
    settled, n = len(found.items), len(items)
    score, threshold, most = found.steps.score, found.threshold.value, found.rules.max_size
    pairs = found.steps.candidates.pairs(items, seed=found.seed, threads=threads)
    pairs = pairs.keep(pairs.right >= settled)
    groups = np.arange(n)
    groups[:settled] = found.groups
    fresh = np.arange(settled, n)
    # As before, what a link names is equal to none.
    links = np.unique([*found.rules.together.flat, *found.rules.apart.flat])
    groups[fresh] = groups[equal_items(items, score, links)[fresh]]
    pairs = _with_clusters(pairs, groups, found.labels)
    scores = score.score(items, pairs, threads=threads)
    labels = np.full(n, -1, np.int32)
    labels[:settled] = found.labels
    _join(labels, groups, pairs, scores, settled, threshold, most)

    # The others, among themselves.
    free = np.flatnonzero(labels < 0)
    _, first, place = np.unique(groups[free], return_index=True, return_inverse=True)
    own = np.arange(n)
    own[free] = free[first][place.reshape(-1)]
    among = (labels[pairs.left] < 0) & (labels[pairs.right] < 0)
    inner, inner_scores = complete(
        items, own, Pairs(pairs.left[among], pairs.right[among]), scores[among], score, threshold, threads=threads
    )
    graph, _, node = condense(n, own, inner.left, inner.right, inner_scores)
    rules = Rules(most, np.empty((0, 2), np.int64), np.empty((0, 2), np.int64))
    parts = cluster(graph, node, found.steps.method, threshold, rules, seed=found.seed, threads=threads)
    labels[free] = found.labels.max(initial=-1) + 1 + by_size(parts[free])

    left = np.concatenate([found.pairs.left, pairs.left[~among], inner.left])
    right = np.concatenate([found.pairs.right, pairs.right[~among], inner.right])
    order = np.lexsort((right, left))
    return replace(
        found,
        items=items,
        pairs=Pairs(left[order], right[order], (*found.pairs.notes, *pairs.notes, *inner.notes)),
        scores=np.concatenate([found.scores, scores[~among], inner_scores])[order],
        labels=labels,
        groups=groups,
    )


def _with_clusters(pairs, groups, settled):
    """The pairs of new items with new ones, and with all items of settled clusters of which one is in a pair.

    Parameters
    ----------
    pairs : Pairs
        The right ones are new items.
    groups : ndarray of int64, shape (n,)
        One item counts for all that have the same.
    settled : ndarray of int, shape (settled,)
        Labels of the items that come first.
    """
    old = pairs.left < len(settled)
    firsts = np.flatnonzero(groups[: len(settled)] == np.arange(len(settled)))
    firsts = firsts[np.argsort(settled[firsts], kind="stable")]
    count = np.bincount(settled[firsts], minlength=settled.max(initial=-1) + 1)
    start = np.cumsum(count) - count
    new, label = np.divmod(
        np.unique(pairs.right[old] * np.int64(len(count)) + settled[pairs.left[old]]), len(count)
    )
    number = count[label]
    within = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    whole = Pairs(firsts[np.repeat(start[label], number) + within], np.repeat(new, number))
    return pairs.keep(~old).merged(whole)


def _join(labels, groups, pairs, scores, settled, threshold, max_size):
    """Give new items the label of an equal settled one, or of the settled cluster most similar on average."""
    sizes = np.bincount(labels[:settled])

    def join(item, label):
        if labels[item] < 0 and (max_size is None or sizes[label] < max_size):
            labels[item] = label
            sizes[label] += 1

    equal = {}  # clusters by group: of many equal items there are several, if their size is limited
    for item in np.flatnonzero(np.isin(groups[:settled], groups[settled:])):
        equal.setdefault(groups[item], {})[labels[item]] = None
    for item in range(settled, len(labels)):
        for label in equal.get(groups[item], ()):
            join(item, label)
    old = pairs.left < settled
    codes = pairs.right[old] * np.int64(len(sizes)) + labels[pairs.left[old]]
    keys, place, number = np.unique(codes, return_inverse=True, return_counts=True)
    average = np.bincount(place.reshape(-1), scores[old], len(keys)) / number
    for at in np.argsort(-average, kind="stable"):
        if average[at] < threshold:
            break
        join(*divmod(keys[at], len(sizes)))


def _together(settled, new, id):
    """Items of both, in one list."""
    if isinstance(new, Items):
        names, values = new.ids, new.fields if new.vectors is None else new.vectors
    else:
        _, names, values = read_data(new, id)
    if (settled.vectors is None) != isinstance(values, dict):
        raise GraphError("new items must be of the kind of those that were searched")
    if id is None and _positions(settled.ids) and _positions(names):
        ids = range(len(settled) + len(names))
    else:
        ids = [*settled.ids, *names]
        seen = set(settled.ids)
        for name in names:
            if name in seen:
                raise GraphError(f"the name {name!r} is taken already; give new items new names")
            seen.add(name)
    if settled.vectors is not None:
        widths = values.shape[1], settled.vectors.shape[1]
        if widths[0] != widths[1]:
            raise GraphError("new vectors have {} entries, those that were searched {}".format(*widths))
        return Items(ids, {}, np.concatenate([settled.vectors, values]))
    if not set(settled.fields) & set(values) and len(names):
        raise GraphError(f"new items need the columns {', '.join(settled.fields)}, as those that were searched")
    missing = [None] * len(names)
    return Items(ids, {name: [*column, *values.get(name, missing)] for name, column in settled.fields.items()})


def _positions(ids):
    """Whether items have no names but their positions."""
    return all(identity == place for place, identity in enumerate(ids))
