"""Square clustering against networkx."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import planted_partition
from graphmining.errors import GraphError
from graphmining.structure.squares import square_clustering


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 30), density=st.floats(0, 1))
def test_networkx(seed, n, density):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    graph.add_edge("loop", "loop", weight=-1)
    graph.add_edge(0, 0)
    assert square_clustering(graph) == nx.square_clustering(graph)


def test_any_number_of_threads():
    graph, _ = planted_partition(20, 50, inside=15, outside=5, seed=0)
    scores = square_clustering(graph, threads=1)
    for threads in (2, 3, 2):
        np.testing.assert_array_equal(square_clustering(graph, threads=threads), scores)
    assert scores.tolist() == list(nx.square_clustering(graph.to_networkx()).values())


def test_odd_graphs():
    assert square_clustering(nx.Graph()) == {}
    assert square_clustering(nx.empty_graph(2)) == {0: 0, 1: 0}
    with pytest.raises(GraphError, match="undirected"):
        square_clustering(nx.DiGraph([(0, 1)]))
