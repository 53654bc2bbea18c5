"""Candidates by keys: records in the same block, or near each other in an order; and unions of candidates."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from graphmining.duplicates.candidates.buckets import LEADERS, bucket_pairs
from graphmining.duplicates.pairs import Pairs
from graphmining.errors import OptionError, unknown
from graphmining.ranking.checks import check_count

# More than for buckets of near duplicates: two records of a block that are alike need not be like its leaders.
CLIQUE = 1000

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Tokens:
    """A key of `Blocking`: each word of a column is one, if it has `shortest` characters."""

    column: str
    shortest: int = 1

    def __post_init__(self):
        check_count("shortest", self.shortest)


@dataclass(frozen=True)
class Blocking:
    """Candidates: the pairs of records that have a key in common.

    Parameters
    ----------
    keys : key or list of keys
        A key is one of: a column; a pair (column, length) for the first characters of its values; a tuple of
        these, all of which have to agree; `Tokens(column)`, of which one word has to agree; or a function of a
        record (dict of column to str or None) to a str, or to None for no key. Of several keys in a list one
        suffices. Case and the amount of white space in columns do not matter. A missing value is no key.
    clique, leaders
        Of `bucket_pairs`: blocks of more than `clique` records are linked through some of them, with a note.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or when a column is unknown or a function gives no str.

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> items = Items(range(4), {"name": ["Ann", "anna", "Bob", None], "town": ["Ulm", "Bonn", "Bonn", "Rom"]})
    >>> pairs = Blocking([("name", 3), "town"]).pairs(items)
    >>> list(zip(pairs.left.tolist(), pairs.right.tolist()))
    [(0, 1), (1, 2)]
    """

    keys: object
    clique: int = CLIQUE
    leaders: int = LEADERS

    def __post_init__(self):
        check_count("clique", self.clique)
        check_count("leaders", self.leaders)
        _check_keys(self.keys)

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        return reduce(Pairs.merged, (self._of_key(items, key, seed, threads) for key in _as_list(self.keys)))

    def _of_key(self, items, key, seed, threads):
        import pandas as pd

        if isinstance(key, Tokens):
            column = _column(items, key.column)
            words = [set(_WORD.findall(value.casefold())) if value else () for value in column]
            found = [
                (i, word) for i, some in enumerate(words) for word in sorted(some) if len(word) >= key.shortest
            ]
        else:
            found = [(i, value) for i, value in enumerate(_values(items, key)) if value is not None]
        owners = np.array([i for i, _ in found], np.int64)
        codes, _ = pd.factorize(np.array([value for _, value in found], object))
        pairs = bucket_pairs(
            [codes.astype(np.uint64)],
            lists=None if items.lists is None else items.lists[owners],
            clique=self.clique,
            leaders=self.leaders,
            seed=seed,
            threads=threads,
            what=f"blocks of {_name(key)}",
        )
        make = Pairs.make if isinstance(key, Tokens) else Pairs  # one key a record: they are in order
        return make(owners[pairs.left], owners[pairs.right], pairs.notes)


@dataclass(frozen=True)
class SortedNeighborhood:
    """Candidates: the pairs of records that are near each other when sorted by a key [1]_.

    Parameters
    ----------
    keys : key or list of keys
        As in `Blocking`, but for `Tokens`. The candidates are the union over all keys. Equal values keep the order
        of the records, records without a value are left out.
    window : int
        So many records in a row are paired with each other: at least 2.

    Raises
    ------
    OptionError
        If an option has a value that cannot work, or when a column is unknown or a function gives no str.

    Notes
    -----
    Two lists are sorted together; pairs within one list are left out after that.

    References
    ----------
    .. [1] Hernández, Stolfo 1995, The merge/purge problem for large databases, doi:10.1145/223784.223807

    Examples
    --------
    >>> from graphmining.duplicates.items import Items
    >>> items = Items(range(4), {"name": ["smith", "zoe", "smyth", "Smithe"]})
    >>> pairs = SortedNeighborhood("name", window=2).pairs(items)
    >>> list(zip(pairs.left.tolist(), pairs.right.tolist()))
    [(0, 3), (1, 2), (2, 3)]
    """

    keys: object
    window: int = 5

    def __post_init__(self):
        check_count("window", self.window, least=2)
        _check_keys(self.keys)
        if any(isinstance(key, Tokens) for key in _as_list(self.keys)):
            raise OptionError("Tokens cannot be sorted by; they are keys of Blocking")

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        left, right = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for key in _as_list(self.keys):
            values = _values(items, key)
            present = [i for i, value in enumerate(values) if value is not None]
            order = np.array(sorted(present, key=values.__getitem__), np.int64)
            for apart in range(1, min(self.window, len(order))):
                left.append(order[:-apart])
                right.append(order[apart:])
        return items.between(Pairs.make(np.concatenate(left), np.concatenate(right)))


@dataclass(frozen=True)
class UnionOf:
    """Candidates: all that one of several steps finds.

    Parameters
    ----------
    steps : sequence of candidate steps

    Raises
    ------
    OptionError
        If there are none, or one has no method `pairs`.
    """

    steps: tuple

    def __post_init__(self):
        steps = self.steps if isinstance(self.steps, (list, tuple)) else [self.steps]
        wrong = [step for step in steps if not callable(getattr(step, "pairs", None)) or isinstance(step, type)]
        if wrong or not steps:
            what = f"{wrong[0]!r} is none" if wrong else "there are none"
            raise OptionError(f"steps must be candidate steps, such as Blocking(...); {what}")
        object.__setattr__(self, "steps", tuple(steps))

    def pairs(self, items, *, seed=0, threads=None):
        """The pairs of items (Pairs)."""
        return reduce(Pairs.merged, (step.pairs(items, seed=seed, threads=threads) for step in self.steps))


def _as_list(keys):
    return keys if isinstance(keys, list) else [keys]


def _is_prefix(key):
    pair = isinstance(key, tuple) and len(key) == 2
    return pair and isinstance(key[0], str) and not isinstance(key[1], (str, tuple))


def _check_keys(keys):
    if keys == []:
        raise OptionError("keys must name at least one key")
    for key in _as_list(keys):
        _check_key(key)


def _check_key(key):
    if _is_prefix(key):
        check_count("the length of a key", key[1])
    elif isinstance(key, tuple) and key:
        for part in key:
            if not isinstance(part, str) and not _is_prefix(part):
                raise OptionError(f"the parts of a key must be columns or pairs (column, length), not {part!r}")
            _check_key(part)
    elif not isinstance(key, (str, Tokens)) and (not isinstance(key, Callable) or isinstance(key, type)):
        raise OptionError(
            f"a key must be a column, (column, length), a tuple of these, Tokens or a function, not {key!r}"
        )


def _name(key):
    """A key in words."""
    if isinstance(key, str):
        return key
    if isinstance(key, Tokens):
        return f"words of {key.column}"
    if _is_prefix(key):
        return f"{key[0]} (first {key[1]})"
    return " and ".join(map(_name, key)) if isinstance(key, tuple) else getattr(key, "__name__", "a function")


def _column(items, name):
    if name not in items.fields:
        raise OptionError(unknown("column", name, items.fields))
    return items.fields[name]


def _values(items, key):
    """The key of each item, or None: list."""
    if callable(key):
        return _called(items, key)
    if isinstance(key, str):
        values = [value and " ".join(value.casefold().split()) for value in _column(items, key)]
        return [value or None for value in values]
    if _is_prefix(key):
        return [value and value[: key[1]] for value in _values(items, key[0])]
    # Below any other character: parts are sorted by one after the other.
    rows = zip(*(_values(items, part) for part in key))
    return [None if None in row else "\0".join(row) for row in rows]


def _called(items, function):
    values = []
    for i in range(len(items)):
        value = function({name: column[i] for name, column in items.fields.items()})
        if value is not None and not isinstance(value, str):
            raise OptionError(
                f"a key must be a str or None; for item {items.ids[i]!r} the function gave {value!r}"
            )
        values.append(value or None)
    return values
