"""Core numbers against networkx and against what a core is."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from graphmining import Graph, core_numbers, k_core, planted_partition
from graphmining.errors import OptionError


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    density=st.floats(0, 0.5),
    directed=st.booleans(),
    k=st.integers(0, 8),
)
def test_networkx(seed, n, density, directed, k):
    graph = nx.gnp_random_graph(n, density, seed=seed, directed=directed)
    graph = nx.relabel_nodes(graph, {v: str(v) for v in range(n // 2)})
    cores = core_numbers(graph)
    assert cores == nx.core_number(graph)
    assert all(type(core) is int for core in cores.values())
    assert k_core(graph, k) == set(nx.k_core(graph, k))
    assert k_core(graph) == set(nx.k_core(graph))


def test_large_graph():
    graph, _ = planted_partition(50, 100, inside=10, outside=3, seed=0)
    assert core_numbers(graph).tolist() == list(nx.core_number(graph.to_networkx()).values())


def test_loops_parallels_and_weights_do_not_count():
    plain = nx.lollipop_graph(4, 3)
    graph = nx.MultiGraph(plain)
    graph.add_edges_from([(0, 0), (6, 6), (5, 6), (5, 6)], weight=-3)
    assert core_numbers(graph) == nx.core_number(plain)
    turned = nx.DiGraph([(0, 1), (1, 0), (0, 0)])
    assert core_numbers(turned) == {0: 2, 1: 2}


def test_arrays():
    graph = Graph.from_edges([0, 1, 2, 2], [1, 2, 0, 3], n=5)
    assert core_numbers(graph).tolist() == [2, 2, 2, 1, 0]
    assert k_core(graph.to_scipy(), 1).tolist() == [0, 1, 2, 3]
    assert k_core(graph, np.int64(9)).tolist() == []


def test_empty():
    assert core_numbers(nx.Graph()) == {}
    assert k_core(nx.DiGraph()) == set()
    assert k_core(nx.empty_graph(2)) == {0, 1}


@pytest.mark.parametrize("k", [-1, 1.5, "2", True])
def test_bad_k(k):
    with pytest.raises(OptionError, match="k must be an integer"):
        k_core(nx.path_graph(3), k)
