"""What is searched for duplicates: records, texts or vectors, with a name each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphmining.errors import GraphError


@dataclass(frozen=True, eq=False, repr=False)
class Items:
    """Things of one kind, in order; steps of the pipeline know them by their positions.

    Attributes
    ----------
    ids : sequence of hashable, length n
        Their names; no two are equal.
    fields : dict of str to list, each of length n
        Columns of records: str, or None where a value is missing. Texts have one column, `text`.
    vectors : ndarray of float32, shape (n, d), or None
        For vectors, which have no columns.
    lists : ndarray of int8, shape (n,), or None
        The list, 0 or 1, that each item is from; None if there is one list. With two lists, pairs are sought
        between them only.
    """

    ids: Sequence
    fields: dict[str, list]
    vectors: np.ndarray | None = None
    lists: np.ndarray | None = None

    def __len__(self):
        return len(self.ids)

    @cached_property
    def texts(self) -> list[str]:
        """One text an item: what its fields hold, joined by spaces."""
        columns = list(self.fields.values())
        if not columns:
            return [""] * len(self)
        if len(columns) == 1:
            return [value or "" for value in columns[0]]
        return [" ".join(value for value in row if value) for row in zip(*columns)]

    def between(self, pairs):
        """The pairs that may be duplicates: all, or with two lists those between them."""
        if self.lists is None:
            return pairs
        return pairs.keep(self.lists[pairs.left] != self.lists[pairs.right])

    def __contains__(self, identity):
        return identity in self._positions

    def position(self, identity):
        """The position of an item.

        Raises
        ------
        GraphError
            If there is no such item.
        """
        try:
            return self._positions[identity]
        except (KeyError, TypeError):  # TypeError: a list names no item
            raise GraphError(f"there is no item {identity!r}") from None

    @cached_property
    def _positions(self):
        return {identity: place for place, identity in enumerate(self.ids)}


def check_vectors(array):
    """Vectors as rows of float32, if every entry is a finite number.

    Raises
    ------
    GraphError
        If not.
    """
    array = np.asarray(array)
    if array.ndim != 2 or array.dtype.kind not in "fiu":
        raise GraphError(
            f"vectors are a two-dimensional array of numbers, not {array.dtype} of shape {array.shape}"
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and said so
        vectors = np.ascontiguousarray(array, np.float32)
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise GraphError(f"vector {bad[0]} has an entry that is no finite number")
    return vectors
