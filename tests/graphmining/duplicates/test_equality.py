"""Items that count as one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphmining.duplicates.equality import equal_items
from graphmining.duplicates.items import Items
from graphmining.duplicates.scoring.cosine import Cosine
from graphmining.duplicates.scoring.jaccard import Jaccard

rows = st.lists(st.tuples(st.sampled_from([None, "a", "b"]), st.sampled_from([None, "a"])), max_size=12)


@given(rows, st.sets(st.integers(0, 11)))
def test_records(rows, alone):
    alone = [at for at in alone if at < len(rows)]
    items = Items(range(len(rows)), {"one": [one for one, _ in rows], "two": [two for _, two in rows]})
    expected = [
        at
        if at in alone or row == (None, None)
        else min(k for k in range(at + 1) if k not in alone and rows[k] == row)
        for at, row in enumerate(rows)
    ]
    assert equal_items(items, Cosine(), alone).tolist() == expected


@given(st.lists(st.lists(st.integers(0, 1), min_size=2, max_size=2), min_size=1, max_size=8))
def test_vectors(rows):
    items = Items(range(len(rows)), {}, np.array(rows, np.float32))
    expected = [at if row == [0, 0] else rows.index(row) for at, row in enumerate(rows)]
    assert equal_items(items, Cosine()).tolist() == expected


def test_texts_by_their_shingles():
    items = Items(range(5), {"text": ["Red wine!", "red  wine", "wine red", "", ""]})
    assert equal_items(items, Jaccard()).tolist() == [0, 0, 2, 3, 4]
    assert equal_items(items, Cosine()).tolist() == [0, 1, 2, 3, 4]


def test_records_without_columns():
    assert equal_items(Items(range(2), {}), Cosine()).tolist() == [0, 1]
