"""Label propagation against dense linear algebra, scikit-learn and random walks."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

from graphmining import Graph, planted_partition, propagate_labels
from graphmining.errors import GraphError, OptionError

EXACT = {"tolerance": 1e-12}


def weighted(graph, seed=0):
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["weight"] = rng.uniform(0.1, 2)
    return graph


def dense(graph):
    """Adjacency matrix without its diagonal, and degrees."""
    matrix = nx.to_numpy_array(graph)
    np.fill_diagonal(matrix, 0)
    return matrix, matrix.sum(axis=1)


def scaled(rows):
    sums = rows.sum(axis=1, keepdims=True)
    return np.divide(rows, sums, out=np.zeros_like(rows), where=sums > 1e-9)


def one_hot(seeds, n, labels):
    given_labels = np.zeros((n, labels))
    given_labels[list(seeds), list(seeds.values())] = 1
    return given_labels


@st.composite
def problems(draw):
    """A graph, perhaps of several components, with loops; and seeds, the first with label 0, the next with 1, …"""
    n = draw(st.integers(1, 15))
    graph = nx.gnp_random_graph(n, draw(st.floats(0, 0.6)), seed=draw(st.integers(0, 10**6)))
    weighted(graph, seed=draw(st.integers(0, 10**6)))
    graph.add_edges_from((v, v) for v in range(0, n, 4))
    nodes = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=5, unique=True))
    return graph, {node: at % 3 for at, node in enumerate(nodes)}


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from([0.2, 0.8, 0.95]))
def test_spreading(problem, alpha):
    graph, seeds = problem
    matrix, degrees = dense(graph)
    root = np.sqrt(np.where(degrees > 0, degrees, 1))
    given_labels = one_hot(seeds, len(graph), max(seeds.values()) + 1)
    system = np.eye(len(graph)) - alpha * matrix / np.outer(root, root)
    expected = scaled(np.linalg.solve(system, (1 - alpha) * given_labels))
    found = propagate_labels(Graph.from_networkx(graph), seeds, alpha=alpha, **EXACT)
    assert found == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_harmonic(problem):
    graph, seeds = problem
    matrix, degrees = dense(graph)
    given_labels = one_hot(seeds, len(graph), max(seeds.values()) + 1)
    reached = [v for v in graph if v not in seeds and any(nx.has_path(graph, v, s) for s in seeds)]
    laplacian = np.diag(degrees) - matrix
    right = matrix[np.ix_(reached, list(seeds))] @ given_labels[list(seeds)]
    expected = given_labels.copy()
    expected[reached] = np.linalg.solve(laplacian[np.ix_(reached, reached)], right)
    found = propagate_labels(Graph.from_networkx(graph), seeds, method="harmonic", **EXACT)
    assert found == pytest.approx(expected, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from([0.2, 0.8]), st.sampled_from([0.01, 0.5]), st.booleans())
def test_expander(problem, alpha, prior_weight, uniform):
    """The minimum of the objective: its gradient is zero there."""
    graph, seeds = problem
    labels = max(seeds.values()) + 1
    prior = np.full(labels, 1 / labels) if uniform else np.arange(1, labels + 1) / sum(range(1, labels + 1))
    options = {} if uniform else {"prior": {label: 5.0 * share for label, share in enumerate(prior)}}
    found = propagate_labels(
        Graph.from_networkx(graph),
        seeds,
        method="expander",
        alpha=alpha,
        prior_weight=prior_weight,
        **options,
        **EXACT,
    )
    matrix, degrees = dense(graph)
    seeded = np.isin(np.arange(len(graph)), list(seeds))[:, None]
    at_seeds = (1 - alpha) * seeded * (found - one_hot(seeds, len(graph), labels))
    between = alpha * (degrees[:, None] * found - matrix @ found)
    assert at_seeds + between + prior_weight * (found - prior) == pytest.approx(0, abs=1e-9)
    assert found.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn(seed):
    graph = weighted(nx.planted_partition_graph(3, 20, 0.4, 0.05, seed=seed), seed)
    affinity = nx.to_numpy_array(graph)
    seeds = np.full(60, -1)
    seeds[[0, 1, 20, 40, 41]] = [0, 0, 1, 2, 2]
    positions = np.arange(60.0)[:, None]
    exact = {"kernel": lambda a, b: affinity.copy(), "max_iter": 100_000, "tol": 1e-12}
    spreading = LabelSpreading(alpha=0.7, **exact).fit(positions, seeds)
    harmonic = LabelPropagation(**exact).fit(positions, seeds)
    g = Graph.from_networkx(graph)
    found = propagate_labels(g, seeds, alpha=0.7, **EXACT)
    assert found == pytest.approx(spreading.label_distributions_, abs=1e-8)
    found = propagate_labels(g, seeds, method="harmonic", **EXACT)
    assert found == pytest.approx(harmonic.label_distributions_, abs=1e-8)


def test_harmonic_on_a_path_is_linear():
    found = propagate_labels(nx.path_graph(101), {0: "a", 100: "b"}, method="harmonic", tolerance=1e-10)
    assert [found[v].get("a", 0) for v in range(101)] == pytest.approx(np.linspace(1, 0, 101), abs=1e-6)


def test_far_from_all_seeds():
    """What reaches the middle of a long path is tiny, but its proportions are exact."""
    path = nx.path_graph(201)
    found = propagate_labels(path, {0: "a", 200: "b"}, alpha=0.3, **EXACT)
    assert found[100] == pytest.approx({"a": 0.5, "b": 0.5})
    assert found[99]["a"] > 0.9 > 0.1 > found[101]["a"] > 0


@pytest.mark.parametrize("method", ["spreading", "harmonic", "expander"])
def test_default_tolerance_is_close_to_exact(method):
    graph, truth = planted_partition(3, 100, inside=10, outside=3, seed=1)
    seeds = np.where(np.arange(300) % 10 == 0, truth, -1)
    found = propagate_labels(graph, seeds, method=method)
    assert found == pytest.approx(propagate_labels(graph, seeds, method=method, **EXACT), abs=5e-3)
    assert (found.argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize("method", ["spreading", "harmonic", "expander"])
def test_soft_seeds(method):
    """Half of one label and half of another give the mean of the answers to either."""
    graph = weighted(nx.connected_watts_strogatz_graph(30, 4, 0.2, seed=1))
    g = Graph.from_networkx(graph)
    options = {"method": method, **EXACT}
    mixed = propagate_labels(g, {3: {"a": 2, "b": 2}, 9: "a", 20: "b"}, **options)
    pure = [propagate_labels(g, {9: "a", 20: "b", 3: label}, **options) for label in "ab"]
    seeded = propagate_labels(g, {9: {"a": 5}, 20: {"b": 0.1}, 3: "a"}, **options)
    assert seeded == pytest.approx(pure[0])
    assert mixed == pytest.approx((pure[0] + pure[1]) / 2, abs=1e-8)


@pytest.mark.parametrize("method", ["spreading", "harmonic", "expander"])
def test_threads(method):
    graph, truth = planted_partition(4, 500, inside=6, outside=4, seed=2)
    seeds = np.where(np.arange(len(graph)) % 50 == 0, truth, -1)
    once = propagate_labels(graph, seeds, method=method, threads=1)
    for threads in (2, 2, 2, 7):
        assert np.array_equal(propagate_labels(graph, seeds, method=method, threads=threads), once)


def test_unreached_nodes():
    graph = nx.Graph([("a", "b"), ("c", "d"), ("b", "e", {"weight": 0})])
    graph.add_node(5)
    seeds = {"a": "red"}
    for method in ("spreading", "harmonic"):
        assert propagate_labels(graph, seeds, method=method) == {
            **{node: {"red": pytest.approx(1)} for node in "ab"},
            **{node: {} for node in ["c", "d", "e", 5]},
        }
        hard = propagate_labels(graph, seeds, method=method, hard=True)
        assert hard == {"a": "red", "b": "red", "c": None, "d": None, "e": None, 5: None}
        arrays = propagate_labels(Graph.from_networkx(graph), seeds, method=method, hard=True)
        assert arrays.tolist() == [0, 0, -1, -1, -1, -1]
    options = {"method": "expander", "prior": {"red": 1, "blue": 3}}
    soft = propagate_labels(graph, {"a": "red", "b": "blue"}, **options)
    for node in ("c", 5):
        assert soft[node] == pytest.approx({"red": 0.25, "blue": 0.75})
    nothing = propagate_labels(graph, seeds, method="expander", prior_weight=0)
    assert nothing["c"] == nothing[5] == {}


def test_forms_of_answers():
    graph = nx.relabel_nodes(weighted(nx.karate_club_graph()), {0: "Hi", 33: ("John", "A")})
    seeds = {("John", "A"): 7, "Hi": ("club", 1)}
    soft = propagate_labels(graph, seeds)
    assert list(soft) == list(graph)
    assert all(type(p) is float for labels in soft.values() for p in labels.values())
    hard = propagate_labels(graph, seeds, hard=True)
    assert hard == {node: max(labels, key=labels.get) for node, labels in soft.items()}
    matrix = propagate_labels(Graph.from_networkx(graph), seeds)
    assert matrix.shape == (34, 2)
    rows = [[labels.get(7, 0), labels.get(("club", 1), 0)] for labels in soft.values()]
    assert matrix.tolist() == rows
    columns = propagate_labels(nx.to_scipy_sparse_array(graph), {33: 7, 0: ("club", 1)}, hard=True)
    assert [[7, ("club", 1)][c] for c in columns] == list(hard.values())


def test_equally_likely_labels():
    assert propagate_labels(nx.path_graph(3), {2: "z", 0: "a"}, hard=True)[1] == "z"


def test_labels_0_1_2_of_an_array_are_columns():
    found = propagate_labels(Graph.from_edges([0, 1], [1, 2]), np.array([2, -1, -1]))
    assert found == pytest.approx(np.array([[0, 0, 1]] * 3))


def test_loops_do_not_count():
    graph = weighted(nx.karate_club_graph())
    looped = graph.copy()
    looped.add_edges_from([(0, 0), (7, 7)])
    for method in ("spreading", "harmonic", "expander"):
        plain = propagate_labels(Graph.from_networkx(graph), {0: 0, 33: 1}, method=method)
        found = propagate_labels(Graph.from_networkx(looped), {0: 0, 33: 1}, method=method)
        assert found == pytest.approx(plain, abs=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "harmonics"}, "unknown method 'harmonics'; did you mean 'harmonic'"),
        ({"alpha": 0}, "alpha must be a number between 0 and 1"),
        ({"alpha": 1}, "alpha must be a number between 0 and 1"),
        ({"alpha": "x"}, "alpha must be a number between 0 and 1"),
        ({"tolerance": 0}, "tolerance must be a number above 0"),
        ({"tolerance": float("nan")}, "tolerance must be a number above 0"),
        ({"max_iterations": 0}, "max_iterations must be an integer of at least 1"),
        ({"max_iterations": 1.5}, "max_iterations must be an integer of at least 1"),
        ({"max_iterations": 2}, "not converged after 2 iterations"),
        ({"max_iterations": 2, "method": "harmonic"}, "not converged after 2 iterations"),
        ({"prior": {"a": 1}}, "a prior is an option of method='expander' only"),
        ({"method": "expander", "prior": {"c": 1}}, "the prior names the label 'c', which no seed has"),
        ({"method": "expander", "prior": {"a": 0}}, "the prior has the labels"),
        ({"method": "expander", "prior": [1]}, "prior must be a dict"),
        ({"prior_weight": -1}, "prior_weight must be a number of at least 0"),
        ({"threads": 0}, "threads must be"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        propagate_labels(nx.path_graph(30), {0: "a", 29: "b"}, **options)


@pytest.mark.parametrize(
    ("seeds", "error", "message"),
    [
        ({}, OptionError, "seeds must give at least one node a label"),
        (np.array([-1, -1, -1]), OptionError, "seeds must give at least one node a label"),
        (np.array([0, 1]), OptionError, "holds 3 integers"),
        (np.array([0.0, 1.0, 2.0]), OptionError, "holds 3 integers"),
        ([0, 1, 2], OptionError, "seeds must be a dict of node to label or an array, not list"),
        ({9: "a"}, GraphError, "node 9 is not in the graph"),
        ({0: {}}, OptionError, "seed 0 has the labels"),
        ({0: {"a": -1, "b": 2}}, OptionError, "seed 0 has the labels"),
        ({0: {"a": "much"}}, OptionError, "seed 0 has the labels"),
        ({0: ["a"]}, OptionError, "a label must be hashable"),
    ],
)
def test_bad_seeds(seeds, error, message):
    with pytest.raises(error, match=message):
        propagate_labels(nx.path_graph(3), seeds)


def test_bad_graphs():
    with pytest.raises(GraphError, match="undirected"):
        propagate_labels(nx.DiGraph([(0, 1)]), {0: 1})
    with pytest.raises(GraphError, match="negative weight"):
        propagate_labels(nx.Graph([(0, 1, {"weight": -1})]), {0: 1})
    with pytest.raises(GraphError, match="node 0 is not in the graph"):
        propagate_labels(nx.Graph(), {0: 1})
