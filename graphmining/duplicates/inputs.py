"""Whatever users hold, as items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

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
        Column with the names of records. Default: a frame's index; else the position. With two lists, an item
        whose name both lists have is named `(list, name)`.
    columns : sequence of str, optional
        What to compare. Default: all, but those that are empty, the same in every row, or identifiers.

    Returns
    -------
    Items

    Raises
    ------
    GraphError
        If it is none of these, the lists are not alike, or two items of a list have one name.
    OptionError
        If a column is unknown.

    Examples
    --------
    >>> as_items([{"name": "Ada", "city": "London"}, {"name": "Bob"}]).fields
    {'name': ['Ada', 'Bob'], 'city': ['London', None]}
    """
    if isinstance(data, Items):
        if other is not None:
            raise GraphError("Items hold both lists already; the second list is not given apart")
        return data
    parts = [_read(each, id) for each in ([data] if other is None else [data, other])]
    kinds = {kind for kind, _, _ in parts}
    if len(kinds) > 1:
        raise GraphError(f"both lists must be of one kind, not {' and '.join(sorted(kinds))}")
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
    return Items(ids, _choose(fields, columns, kinds == {"texts"}), None, lists)


def _read(data, id):
    """Kind, names, and fields or vectors."""
    if hasattr(data, "columns") and hasattr(data, "itertuples"):
        return _read_frame(data, id)
    if isinstance(data, (str, bytes)):
        raise GraphError(f"items must be {_FORMS}, not one text; put it into a list")
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiu":
        vectors = check_vectors(data)
        return "vectors", range(len(vectors)), vectors
    if not isinstance(data, (Sequence, np.ndarray)) and not hasattr(data, "__iter__"):
        raise GraphError(f"items must be {_FORMS}, not {type(data).__name__}")
    data = list(data)
    if all(isinstance(item, str) for item in data):
        return "texts", range(len(data)), {"text": data}
    if all(isinstance(item, Mapping) for item in data):
        names = list(dict.fromkeys(name for item in data for name in item))
        return _take_id({name: [_value(item.get(name)) for item in data] for name in names}, id, range(len(data)))
    try:
        vectors = check_vectors(np.asarray(data, np.float32))
    except (TypeError, ValueError) as error:
        if isinstance(error, GraphError):
            raise
        raise GraphError(f"items must be {_FORMS}, not a mixture of types") from None
    return "vectors", range(len(vectors)), vectors


def _read_frame(frame, id):
    fields = {str(name): [_value(value) for value in frame[name].tolist()] for name in frame.columns}
    return _take_id(fields, id, frame.index.tolist())


def _take_id(fields, id, names):
    if id is None:
        return "records", names, fields
    if id not in fields:
        raise OptionError(unknown("column", id, fields))
    names = fields.pop(id)
    if None in names:
        raise GraphError(f"row {names.index(None)} has no value in the column {id!r}, which names the rows")
    return "records", names, fields


def _value(value):
    """A value as text; None where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value != value:
        return None
    return str(value).strip() or None


def _names(parts):
    for names in parts:
        if len(set(names)) < len(names):
            seen = set()
            twice = next(name for name in names if name in seen or seen.add(name))
            raise GraphError(f"two items are named {twice!r}; names of a list must differ")
    if len(parts) == 1:
        return parts[0]
    shared = set(parts[0]).intersection(parts[1])
    return [(place, name) if name in shared else name for place, names in enumerate(parts) for name in names]


def _join(parts):
    if len(parts) == 1:
        return parts[0]
    shared = [name for name in parts[0] if name in parts[1]]
    if not shared:
        raise GraphError(
            f"the lists have no column in common: {', '.join(parts[0]) or 'none'} and {', '.join(parts[1]) or 'none'}"
        )
    return {name: [*parts[0][name], *parts[1][name]] for name in shared}


def _choose(fields, columns, texts):
    if columns is not None:
        for name in columns:
            if name not in fields:
                raise OptionError(unknown("column", name, fields))
        return {name: fields[name] for name in columns}
    if texts:
        return fields
    kinds = guess_columns(fields)
    useful = {name: values for name, values in fields.items() if kinds[name] not in _UNUSED}
    return useful or fields
