"""Whatever users hold, as items."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphmining.duplicates.inputs import as_items
from graphmining.duplicates.items import Items
from graphmining.errors import GraphError, GraphMiningError, OptionError

values = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.booleans()


def text_of(value):
    """What a value is as text, said another way."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and not math.isinf(value) and value == int(value):
        return str(int(value))
    return str(value).strip() or None


@given(st.lists(st.fixed_dictionaries({"a": values, "b": values}), max_size=6))
def test_dicts_and_frames_alike(rows):
    dicts = as_items(rows, columns=["a", "b"]) if rows else as_items(rows)
    for name in dicts.fields if rows else ():
        assert dicts.fields[name] == [text_of(row[name]) for row in rows]
    if rows:
        frame = as_items(pd.DataFrame(rows, dtype=object), columns=["a", "b"])
        assert frame.fields == dicts.fields
        assert list(frame.ids) == list(dicts.ids)


@given(st.lists(st.text(max_size=6), max_size=6), st.lists(st.text(max_size=6), max_size=6))
def test_texts(one, other):
    items = as_items(one, other)
    assert items.texts == one + other
    assert items.lists.tolist() == [0] * len(one) + [1] * len(other)
    assert len(set(items.ids)) == len(items.ids) == len(items)
    assert [items.position(name) for name in items.ids] == list(range(len(items)))
    alone = as_items(one)
    assert (alone.texts, list(alone.ids), alone.lists) == (one, list(range(len(one))), None)


def test_missing_values_of_every_library():
    frame = pd.DataFrame(
        {
            "year": [1999, np.nan, 2001],
            "count": pd.array([1, None, 3], "Int64"),
            "day": pd.to_datetime(["2001-02-03", None, "2001-02-04"]),
            "name": ["a", np.nan, " "],
        }
    )
    fields = as_items(frame).fields
    assert fields["year"] == ["1999", None, "2001"]
    assert fields["count"] == ["1", None, "3"]
    assert [value is None for value in fields["day"]] == [False, True, False]
    assert as_items(frame, columns="name").fields == {"name": ["a", None, None]}


def test_missing_texts():
    assert as_items(["a", None, float("nan"), pd.NA]).texts == ["a", "", "", ""]
    assert as_items(pd.Series(["a", np.nan], index=[5, 6])).texts == ["a", ""]


def test_records_without_columns_have_empty_texts():
    assert as_items([{}, {}]).texts == ["", ""]


def test_names():
    rows = [{"key": 7, "name": "Ada"}, {"key": 9, "name": "Bob"}]
    assert list(as_items(rows, id="key").ids) == [7, 9]
    assert list(as_items(pd.DataFrame(rows).set_index("key")).ids) == [7, 9]
    assert "key" not in as_items(rows, id="key").fields
    other = [{"key": 11, "name": "Ada"}]
    assert as_items(rows, other, id="key").ids == [7, 9, 11]
    # Two lists that have a name in common.
    other = [{"key": 7, "name": "Ada"}, {"key": 11, "name": "Cy"}]
    assert as_items(rows, other, id="key").ids == [(0, 7), (0, 9), (1, 7), (1, 11)]
    assert as_items(["a", "b"], ["c"]).ids == [(0, 0), (0, 1), (1, 0)]


def test_columns():
    rows = [{"id": 1, "kind": "x", "none": None, "name": "Ada"}, {"id": 2, "kind": "x", "none": "", "name": "Bob"}]
    assert list(as_items(rows).fields) == ["name"]
    assert list(as_items(rows, columns=["kind", "name"]).fields) == ["kind", "name"]
    # If nothing tells rows apart, everything is kept.
    assert list(as_items([{"kind": "x"}, {"kind": "x"}]).fields) == ["kind"]
    both = as_items(rows, [{"name": "Cy", "age": 3}])
    assert both.fields == {"name": ["Ada", "Bob", "Cy"]}
    assert list(as_items(pd.DataFrame([["a", "b"], ["c", "b"]]), columns=[0]).fields) == ["0"]


@pytest.mark.parametrize("make", [list, np.array, lambda rows: np.array(rows, np.int64), pd.Series])
def test_vectors(make):
    rows = [[1, 2], [3, 4], [5, 6]]
    items = as_items(make(rows))
    assert items.vectors.dtype == np.float32
    assert items.vectors.tolist() == rows
    assert items.fields == {}


def test_two_lists_of_vectors():
    items = as_items([[1.0, 2.0]], np.array([[3, 4], [5, 6]]))
    assert items.vectors.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert items.lists.tolist() == [0, 1, 1]


def test_items_stay():
    items = Items(range(1), {"text": ["a"]})
    assert as_items(items) is items


ROWS = [{"key": 1, "name": "Ada"}, {"key": 2, "name": "Bob"}]
ITEMS = Items(range(1), {"text": ["a"]})
BAD = [
    (("one text",), {}, GraphError, "not one text; put it into a list"),
    ((b"one text",), {}, GraphError, "not one text"),
    ((5,), {}, GraphError, "items must be a list of texts, a pandas frame, .*, not int"),
    ((None,), {}, GraphError, "not NoneType"),
    (({"a": "text"},), {}, GraphError, "not dict"),
    (({"text", "other"},), {}, GraphError, "not set"),
    ((["text", 5],), {}, GraphError, "not a mixture of types"),
    ((["text", {"a": 1}],), {}, GraphError, "not a mixture of types"),
    (([[1, 2], [3]],), {}, GraphError, "not a mixture of types"),
    (([1, 2, 3],), {}, GraphError, "two-dimensional array of numbers"),
    ((np.zeros(3),), {}, GraphError, "two-dimensional"),
    (([[1.0, np.nan]],), {}, GraphError, "vector 0 has an entry that is no finite number"),
    ((np.array([[0.0], [np.inf]]),), {}, GraphError, "vector 1"),
    ((["a"], [[1.0]]), {}, GraphError, "both lists must be of one kind, not texts and vectors"),
    (([[1.0]], [[1.0, 2.0]]), {}, GraphError, "one length, not (1 and 2|2 and 1)"),
    ((ROWS, [{"age": 3}]), {}, GraphError, "no column in common: key, name and age"),
    ((ROWS,), {"id": "nmae"}, OptionError, "unknown column 'nmae'; did you mean 'name'"),
    ((ROWS,), {"columns": ["key", "nmae"]}, OptionError, "unknown column 'nmae'"),
    ((ROWS,), {"columns": []}, OptionError, "columns names no column; valid: key, name"),
    ((ROWS + ROWS[:1],), {"id": "key"}, GraphError, "two items are named 1"),
    ((ROWS + [{"name": "Cy"}],), {"id": "key"}, GraphError, "row 2 has no value in the column 'key'"),
    (([{"key": [1]}],), {"id": "key"}, GraphError, r"\[1\] cannot name an item"),
    ((["a"],), {"id": "key"}, OptionError, "columns of records; texts have none"),
    (([[1.0]],), {"columns": "a"}, OptionError, "columns of records; vectors have none"),
    ((ITEMS, ["a"]), {}, GraphError, "Items hold both lists already"),
    ((ITEMS,), {"id": "key"}, OptionError, "Items have their names and columns already"),
    ((pd.DataFrame([[1, 2]], columns=["a", "a"]),), {}, GraphError, "two columns are named 'a'"),
    ((pd.DataFrame({"a": [1, 2]}, index=["x", "x"]),), {}, GraphError, "two items are named 'x'"),
]


@pytest.mark.parametrize(("data", "options", "error", "message"), BAD)
def test_bad_input_is_one_sentence(data, options, error, message):
    with pytest.raises(error, match=message) as raised:
        as_items(*data, **options)
    assert isinstance(raised.value, GraphMiningError)
    assert not re.search(r"\n", str(raised.value))
