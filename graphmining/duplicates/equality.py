"""Items that are equal, which count as one until the end."""

from __future__ import annotations

import numpy as np

from graphmining.duplicates.candidates.shingles import exact_groups, shingles_of
from graphmining.duplicates.scoring.jaccard import Jaccard


def equal_items(items, score, alone=()):
    """The first item that each is equal to.

    Parameters
    ----------
    items : Items
    score : Score
        By `Jaccard`, texts are equal if their shingles are; by all others, if all values are.
    alone : sequence of int
        Positions of items that are equal to none, whatever they hold.

    Returns
    -------
    ndarray of int64, shape (n,)
        Items that hold nothing are equal to none.

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> equal_items(Items(range(4), {"text": ["a", "b", "a", "a"]}), None, alone=[0]).tolist()
    [0, 1, 2, 2]
    """
    if items.vectors is not None:
        # Not the bytes themselves, which would be kept beside the vectors.
        keys, filled = (hash(bytes(row)) for row in items.vectors), items.vectors.any(axis=1)
    elif isinstance(score, Jaccard):
        sets = shingles_of(items, unit=score.unit, width=score.width)
        keys, filled = exact_groups(sets).tolist(), sets.sizes > 0
    else:
        filled = np.array([bool(text) for text in items.texts], bool)
        keys = zip(*items.fields.values()) if items.fields else filled
    filled[list(alone)] = False
    firsts, found = {}, np.arange(len(items))
    for at, key in enumerate(keys):
        if filled[at]:
            found[at] = firsts.setdefault(key, at)
    return found
