"""Components against networkx and scipy."""

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components as scipy_components

from graphmining import connected_components
from graphmining.errors import OptionError


def as_sets(components):
    return {frozenset(component) for component in components}


@pytest.mark.parametrize("seed", range(20))
def test_networkx(seed):
    graph = nx.gnm_random_graph(60, 10 + 3 * seed, seed=seed)
    assert as_sets(connected_components(graph)) == as_sets(nx.connected_components(graph))
    directed = nx.gnm_random_graph(60, 10 + 6 * seed, seed=seed, directed=True)
    assert as_sets(connected_components(directed)) == as_sets(nx.weakly_connected_components(directed))
    strong = connected_components(directed, connection="strong")
    assert as_sets(strong) == as_sets(nx.strongly_connected_components(directed))


def test_scipy_on_a_large_graph():
    matrix = sp.random_array((30_000, 30_000), density=3e-5, rng=np.random.default_rng(0))
    labels = connected_components(matrix)
    count, expected = scipy_components(matrix, directed=True, connection="weak")
    assert labels.max() + 1 == count
    assert len(np.unique(labels.astype(np.int64) * count + expected)) == count
    sizes = np.bincount(labels)
    assert np.all(np.diff(sizes) <= 0)  # largest first


def test_long_path_in_bad_order():
    order = np.random.default_rng(1).permutation(50_000)
    graph = nx.Graph()
    nx.add_path(graph, order.tolist())
    assert len(connected_components(graph)) == 1


def test_edge_cases():
    assert connected_components(nx.Graph()) == []
    assert connected_components(nx.empty_graph(2)) == [{0}, {1}]
    assert connected_components(nx.Graph([(0, 0), (1, "a")])) == [{1, "a"}, {0}]
    signed = nx.Graph()
    signed.add_edge(0, 1, weight=-1)
    assert connected_components(signed) == [{0, 1}]


def test_wrong_connection():
    with pytest.raises(OptionError, match="unknown connection 'weakly'; did you mean 'weak'"):
        connected_components(nx.Graph(), connection="weakly")
