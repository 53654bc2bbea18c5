"""Components by statements of SQL against scipy."""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from graphmining.duplicates.relational.duckdb import DuckDB
from graphmining.duplicates.relational.plan import find_components


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with closing(DuckDB(threads=2, scratch=tmp_path_factory.mktemp("scratch"))) as engine:
        yield engine


def stars(engine, node, label):
    """The rounds, and the smallest node that each is linked to."""
    links = ", ".join(f"({a}, {b})" for a, b in zip(node, label))
    engine.table("links", f"SELECT * FROM (VALUES {links}) AS l(node, label)")
    rounds = find_components(engine)
    return rounds, dict(engine.rows("SELECT node, label FROM {links}"))


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).filter(lambda p: p[0] != p[1]), min_size=1))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_components_are_those_of_scipy(engine, pairs):
    node, label = np.array([sorted(pair, reverse=True) for pair in pairs]).T
    _, found = stars(engine, node.tolist(), label.tolist())
    _, labels = connected_components(coo_array((np.ones(len(node)), (node, label)), shape=(41, 41)))
    _, first = np.unique(labels, return_index=True)
    expected = {at: int(first[labels[at]]) for at in range(41) if first[labels[at]] != at}
    assert found == expected


@pytest.mark.parametrize("order", ["ascending", "random"])
def test_a_long_chain_takes_few_rounds(engine, order):
    places = np.arange(3000) if order == "ascending" else np.random.default_rng(0).permutation(3000)
    a, b = places[:-1], places[1:]
    rounds, found = stars(engine, np.maximum(a, b).tolist(), np.minimum(a, b).tolist())
    assert found == dict.fromkeys(range(1, 3000), 0)
    assert rounds <= 12  # the logarithm of 3000
