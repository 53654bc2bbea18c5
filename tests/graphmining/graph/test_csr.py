"""The graph inside, against networkx and scipy."""

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings

from graphmining import Graph
from graphmining.errors import GraphError

edges = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.floats(0.1, 5)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(edges, st.booleans())
def test_arrays_like_a_multigraph_of_networkx(edges, directed):
    reference = (nx.MultiDiGraph if directed else nx.MultiGraph)()
    reference.add_nodes_from(range(9))
    reference.add_weighted_edges_from(edges)
    source, target, weights = zip(*edges) if edges else ((), (), ())
    graph = Graph.from_edges(source, target, weights, n=9, directed=directed)
    np.testing.assert_allclose(graph.to_scipy().toarray(), nx.to_numpy_array(reference), rtol=1e-12)
    degrees = reference.out_degree if directed else reference.degree
    np.testing.assert_allclose(graph.degrees, [degrees(v, weight="weight") for v in range(9)], rtol=1e-12)
    simple = (nx.DiGraph if directed else nx.Graph)(reference)
    assert graph.number_of_edges == simple.number_of_edges()
    assert graph.total_weight == pytest.approx(reference.size(weight="weight"))
    for v in range(9):
        assert np.all(np.diff(graph.neighbors(v)) > 0)


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize("names", [lambda v: v, lambda v: f"n{v * 7 % 40}", lambda v: (v, "x"), lambda v: 39 - v])
def test_networkx_matrix(kind, names):
    graph = kind(nx.gnm_random_graph(40, 120, seed=1, directed=kind().is_directed()))
    rng = np.random.default_rng(0)
    for *_, data in graph.edges(data=True):
        if rng.random() < 0.7:
            data["weight"] = rng.random()
    graph = nx.relabel_nodes(graph, names)
    graph.add_edge(names(3), names(3), weight=2)
    ours = Graph.from_networkx(graph)
    assert list(ours.names()) == list(graph)
    np.testing.assert_allclose(ours.to_scipy().toarray(), nx.to_numpy_array(graph))
    unweighted = Graph.from_networkx(graph, weight=None)
    np.testing.assert_allclose(unweighted.to_scipy().toarray(), nx.to_numpy_array(graph, weight=None))


def test_names_of_mixed_types():
    graph = nx.Graph([(1, "1"), ("1", (1,)), ((1,), type(None))])
    assert list(Graph.from_networkx(graph).names()) == [1, "1", (1,), type(None)]


def test_conversion_is_never_stale():
    graph = nx.path_graph(4)
    assert Graph.from_networkx(graph).total_weight == 3
    graph[0][1]["weight"] = 5  # behind networkx's back
    assert Graph.from_networkx(graph).total_weight == 7
    graph.add_edge(3, 0)
    assert Graph.from_networkx(graph).number_of_edges == 4
    graph.remove_node(1)
    assert list(Graph.from_networkx(graph).names()) == [0, 2, 3]
    graph.remove_edge(0, 3)
    graph.add_edge(0, 2)  # as many edges as before
    assert Graph.from_networkx(graph).neighbors(0).tolist() == [1]


def test_structure_is_kept():
    graph = nx.gnm_random_graph(50, 200, seed=0)
    assert Graph.from_networkx(graph).indices.base is Graph.from_networkx(graph, weight=None).indices.base


def test_view_shows_what_its_graph_becomes():
    graph = nx.path_graph(5)
    view = graph.subgraph([0, 1, 2])
    assert Graph.from_networkx(view).number_of_edges == 2
    graph.remove_edge(0, 1)
    assert Graph.from_networkx(view).number_of_edges == 1


def test_immutable():
    graph = Graph.from_edges([0], [1])
    with pytest.raises(ValueError, match="read-only"):
        graph.weights[0] = 2
    with pytest.raises(AttributeError):
        graph.directed = True


def test_round_trip_through_networkx():
    original = nx.les_miserables_graph()
    back = Graph.from_networkx(original).to_networkx()
    assert nx.utils.graphs_equal(back, nx.Graph(original))


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array, sp.coo_array, sp.csr_matrix])
def test_scipy(form):
    matrix = nx.to_scipy_sparse_array(nx.gnm_random_graph(30, 60, seed=2))
    graph = Graph.from_scipy(form(matrix))
    assert not graph.directed
    assert (graph.to_scipy() != matrix).nnz == 0
    directed = form(sp.triu(matrix))
    assert Graph.from_scipy(directed).directed
    with pytest.raises(GraphError, match="not symmetric; pass directed=True"):
        Graph.from_scipy(directed, directed=False)


def test_scipy_with_repeated_entries_adds_up():
    matrix = sp.coo_array(([1.0, 2.0, 3.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert Graph.from_scipy(matrix).weights.tolist() == [3, 3]


def test_pandas():
    frame = pd.DataFrame({"a": ["x", "y", "z"], "b": ["y", "z", "x"], "w": [1.0, 2.0, 3.0]})
    graph = Graph.from_pandas(frame, "a", "b", "w")
    assert graph.nodes == ["x", "y", "z"]
    assert graph.to_scipy().toarray().tolist() == [[0, 1, 3], [1, 0, 2], [3, 2, 0]]


def test_transposed():
    graph = Graph.from_networkx(nx.gnm_random_graph(20, 60, seed=3, directed=True))
    np.testing.assert_array_equal(graph.transposed.to_scipy().toarray(), graph.to_scipy().toarray().T)


def test_empty():
    for graph in (
        Graph.from_networkx(nx.Graph()),
        Graph.from_edges([], []),
        Graph.from_scipy(sp.csr_array((0, 0))),
    ):
        assert (len(graph), graph.number_of_edges, graph.total_weight) == (0, 0, 0)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 1], [1]), {}, "source has 2 entries and target 1"),
        (([0], [-1]), {}, "negative node position"),
        (([0.5], [1]), {}, "must be a one-dimensional array of integers"),
        ((["a"], ["b"]), {}, "use Graph.from_pandas"),
        (([0], [5]), {"n": 3}, "an edge names node 5, but the graph has only 3 nodes"),
        (([0], [1], [np.nan]), {}, "the weight of edge 0 is nan; weights must be finite"),
        (([0], [1], [np.inf]), {}, "the weight of edge 0 is inf"),
        (([0], [1], [1, 2]), {}, "2 weights were given for 1 edges"),
        (([0], [1]), {"nodes": ["a", "a"]}, "the name 'a' is given to two nodes"),
        (([0], [1]), {"nodes": ["a", "b"], "n": 3}, "2 names were given for 3 nodes"),
        (([0], [1]), {"n": 2**45}, "GB of memory, but .* GB are free"),
    ],
)
def test_wrong_arrays(arguments, options, message):
    with pytest.raises(GraphError, match=message):
        Graph.from_edges(*arguments, **options)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "heavy", None, [1]])
@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph])
def test_wrong_weight_names_its_edge(value, kind):
    graph = kind([("a", "b"), ("b", "c")])
    for u, *_, data in graph.edges(data=True):
        data["weight"] = value if u == "b" else 1
    with pytest.raises(GraphError, match=r"edge \('b', 'c'\) has weight .*; weights must be finite numbers"):
        Graph.from_networkx(graph)
    assert Graph.from_networkx(graph, weight=None).number_of_edges == 2


def test_wrong_matrices_and_frames():
    with pytest.raises(GraphError, match="square"):
        Graph.from_scipy(sp.csr_array((2, 3)))
    with pytest.raises(GraphError, match="complex"):
        Graph.from_scipy(sp.csr_array(np.eye(2) * 1j))
    with pytest.raises(GraphError, match="weight of edge 0 is nan"):
        Graph.from_scipy(sp.csr_array(np.array([[np.nan]])))
    with pytest.raises(GraphError, match="no column 'target'"):
        Graph.from_pandas(pd.DataFrame({"source": [1]}))
    with pytest.raises(GraphError, match="row 1 of the frame names no node"):
        Graph.from_pandas(pd.DataFrame({"source": ["a", None], "target": ["b", "c"]}))
    with pytest.raises(GraphError, match="weight of edge 0 is nan"):
        Graph.from_pandas(pd.DataFrame({"source": [1], "target": [2], "w": ["x"]}), weight="w")


def test_unknown_node():
    graph = Graph.from_networkx(nx.path_graph(3))
    for node in (7, "a", [1]):
        with pytest.raises(GraphError, match="is not in the graph"):
            graph.position(node)
