"""Whatever users hold, as items."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Set

import numpy as np

from graphmining.duplicates.columns import guess_columns
from graphmining.duplicates.items import Items, check_vectors
from graphmining.errors import GraphError, OptionError, unknown

_FORMS = "a list of texts, a pandas frame, a list of dicts, an array of vectors, or Items"
_UNUSED = ("empty", "constant", "identifier")


def as_items(data, other=None, *, id=None, columns=None):
    """Make items of one list, or of two.

    Parameters
    ----------
    data : sequence of str, pandas.DataFrame, sequence of dict, array_like of float of shape (n, d), or Items
        Texts, records or vectors.
    other : likewise, optional
        A second list.
    id : str, optional
        Column with the names of records. Default: a frame's index; else the position. Of two lists that have a
        name in common, all items are named `(list, name)`, the lists 0 and 1.
    columns : str or sequence of str, optional
        What to compare. Default: all, but those that are empty, the same in every row, or identifiers.

    Returns
    -------
    Items

    Raises
    ------
    GraphError
        If it is none of these, the lists are not alike, or two items of a list have one name.
    OptionError
        If a column is unknown, or columns are named where there are none to choose from.

    Examples
    --------
    >>> as_items([{"name": "Ada", "city": "London"}, {"name": "Bob"}]).fields
    {'name': ['Ada', 'Bob'], 'city': ['London', None]}
    """
    if isinstance(data, Items):
        if other is not None:
            raise GraphError("Items hold both lists already; the second list is not given apart")
        if id is not None or columns is not None:
            raise OptionError("Items have their names and columns already; id and columns are for other forms")
        return data
    parts = [read_data(each, id) for each in ([data] if other is None else [data, other])]
    kinds = {kind for kind, _, _ in parts}
    if len(kinds) > 1:
        raise GraphError(f"both lists must be of one kind, not {' and '.join(sorted(kinds))}")
    if kinds != {"records"} and (id is not None or columns is not None):
        raise OptionError(f"id and columns choose among the columns of records; {kinds.pop()} have none")
    ids = _names([names for _, names, _ in parts])
    lists = None
    if other is not None:
        lists = np.repeat(np.arange(2, dtype=np.int8), [len(names) for _, names, _ in parts])
    if kinds == {"vectors"}:
        widths = {vectors.shape[1] for _, _, vectors in parts}
        if len(widths) > 1:
            raise GraphError(f"vectors of both lists must have one length, not {' and '.join(map(str, widths))}")
        return Items(ids, {}, np.concatenate([vectors for _, _, vectors in parts]), lists)
    fields = _join([fields for _, _, fields in parts])
    return Items(ids, fields if kinds == {"texts"} else _choose(fields, columns), None, lists)


def read_data(data, id=None):
    """The kind of data (texts, records or vectors), the names of items, and their fields or vectors."""
    if hasattr(data, "columns") and hasattr(data, "itertuples"):
        return _read_frame(data, id)
    if isinstance(data, (str, bytes)):
        raise GraphError(f"items must be {_FORMS}, not one text; put it into a list")
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiu":
        vectors = check_vectors(data)
        return "vectors", range(len(vectors)), vectors
    if not isinstance(data, Iterable) or isinstance(data, (Mapping, Set)):
        raise GraphError(f"items must be {_FORMS}, not {type(data).__name__}")
    data = list(data)
    if all(isinstance(item, str) or _absent(item) for item in data):
        return "texts", range(len(data)), {"text": [item if isinstance(item, str) else None for item in data]}
    if all(isinstance(item, Mapping) for item in data):
        names = list(dict.fromkeys(name for item in data for name in item))
        return _records({name: [item.get(name) for item in data] for name in names}, id, range(len(data)))
    try:
        vectors = check_vectors(np.asarray(data, np.float32))
    except (TypeError, ValueError) as error:
        if isinstance(error, GraphError):
            raise
        raise GraphError(f"items must be {_FORMS}, not a mixture of types") from None
    return "vectors", range(len(vectors)), vectors


def _read_frame(frame, id):
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise GraphError(f"two columns are named {twice[0]!r}; names of columns must differ")
    return _records({name: frame[name].tolist() for name in frame.columns}, id, frame.index.tolist())


def _records(fields, id, names):
    if id is not None:
        if id not in fields:
            raise OptionError(unknown("column", id, fields))
        names = fields.pop(id)
        for place, name in enumerate(names):
            if _value(name) is None:
                raise GraphError(f"row {place} has no value in the column {id!r}, which names the rows")
    return "records", names, {str(name): list(map(_value, values)) for name, values in fields.items()}


def _value(value):
    """A value as text; None where there is none."""
    if _absent(value):
        return None
    if isinstance(value, (float, np.floating)) and value.is_integer():
        value = int(value)  # pandas makes a column of integers with gaps one of floats
    return str(value).strip() or None


def _absent(value):
    if isinstance(value, (float, np.floating)):
        return math.isnan(value)
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _names(parts):
    for names in parts:
        seen = set()
        for name in () if isinstance(names, range) else names:
            if not isinstance(name, Hashable):
                raise GraphError(f"{name!r} cannot name an item; take a column of numbers or texts")
            if name in seen:
                raise GraphError(f"two items are named {name!r}; names of a list must differ")
            seen.add(name)
    if len(parts) == 1:
        return parts[0]
    if set(parts[0]).isdisjoint(parts[1]):
        return [*parts[0], *parts[1]]
    return [(place, name) for place, names in enumerate(parts) for name in names]


def _join(parts):
    if len(parts) == 1:
        return parts[0]
    shared = [name for name in parts[0] if name in parts[1]]
    if not shared:
        one, other = (", ".join(fields) or "none" for fields in parts)
        raise GraphError(f"the lists have no column in common: {one} and {other}")
    return {name: [*parts[0][name], *parts[1][name]] for name in shared}


def _choose(fields, columns):
    if columns is not None:
        columns = [columns] if isinstance(columns, str) else list(map(str, columns))
        for name in columns:
            if name not in fields:
                raise OptionError(unknown("column", name, fields))
        if not columns:
            raise OptionError(f"columns names no column; valid: {', '.join(fields) or 'none'}")
        return {name: fields[name] for name in columns}
    kinds = guess_columns(fields)
    useful = {name: values for name, values in fields.items() if kinds[name] not in _UNUSED}
    return useful or fields
