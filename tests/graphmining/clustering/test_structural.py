"""SCAN against a second implementation with sets, and against dense algebra for weights."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import Graph, planted_partition, structural_clustering
from graphmining.errors import GraphError, OptionError


def similarity_matrix(graph, weight=None):
    """Cosines of the rows of the adjacency matrix with ones on its diagonal; 0 where there is no edge."""
    matrix = nx.to_numpy_array(graph, weight=weight)
    edges = nx.to_numpy_array(graph, weight=None) > 0
    np.fill_diagonal(matrix, 1)
    np.fill_diagonal(edges, True)
    norms = np.sqrt(np.outer((matrix**2).sum(1), (matrix**2).sum(1)))
    return np.where(edges, matrix @ matrix / norms, 0)


def scan(graph, similarity, epsilon, mu):
    """SCAN by its definition: (clusters, cores, hubs, outliers) of node positions."""
    n = len(graph)
    near = similarity >= epsilon
    cores = {v for v in range(n) if near[v].sum() >= mu}
    linked = nx.Graph()
    linked.add_nodes_from(cores)
    linked.add_edges_from((u, v) for u, v in combinations(sorted(cores), 2) if near[u, v])
    clusters = [set(component) for component in nx.connected_components(linked)]
    home = {v: c for c, cluster in enumerate(clusters) for v in cluster}
    for v in set(range(n)) - cores:
        reached = [(similarity[v, u], -u) for u in cores if near[v, u]]
        if reached:
            home[v] = home[-max(reached)[1]]
    for v, c in home.items():
        clusters[c].add(v)
    rest = set(range(n)) - set(home)
    positions = {node: at for at, node in enumerate(graph)}
    around = {v: {home[positions[u]] for u in graph[list(graph)[v]] if positions[u] in home} for v in rest}
    hubs = {v for v in rest if len(around[v]) > 1}
    return clusters, cores, hubs, rest - hubs


@st.composite
def graphs(draw):
    n = draw(st.integers(0, 14))
    pairs = st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0)))
    graph = nx.empty_graph(n)
    if n:
        graph.add_edges_from(draw(st.lists(pairs, max_size=45)))
    return graph


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sampled_from([0.1, 0.3, 0.5, 0.6, 2 / 3, 0.75, 0.8, 1.0]), st.integers(1, 5))
def test_definition(graph, epsilon, mu):
    found = structural_clustering(graph, epsilon=epsilon, mu=mu)
    loopless = nx.Graph(graph)
    loopless.remove_edges_from(list(nx.selfloop_edges(graph)))
    closed = [{v, *loopless[v]} for v in graph]
    similarity = np.array(
        [[len(a & b) / np.sqrt(len(a) * len(b)) if v in a else 0 for v, b in enumerate(closed)] for a in closed]
    ).reshape(len(graph), len(graph))
    clusters, cores, hubs, outliers = scan(loopless, similarity, epsilon, mu)
    assert sorted(map(sorted, found.clusters)) == sorted(map(sorted, clusters))
    assert list(map(len, found.clusters)) == sorted(map(len, clusters), reverse=True)
    assert (found.cores, found.hubs, found.outliers) == (cores, hubs, outliers)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("epsilon", "mu"), [(0.25, 3), (0.4, 2), (0.55, 2)])
def test_weights(seed, epsilon, mu):
    graph = nx.gnp_random_graph(40, 0.15, seed=seed)
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["closeness"] = rng.uniform(0, 2)
    clusters, *roles = scan(graph, similarity_matrix(graph, "closeness"), epsilon, mu)
    found = structural_clustering(graph, epsilon=epsilon, mu=mu, weight="closeness")
    assert sorted(map(sorted, found.clusters)) == sorted(map(sorted, clusters))
    assert [found.cores, found.hubs, found.outliers] == roles


@pytest.mark.parametrize("seed", range(3))
def test_threads(seed):
    graph, _ = planted_partition(40, 50, inside=10, outside=4, seed=seed)
    once = structural_clustering(graph, epsilon=0.3, threads=1)
    for _ in range(3):
        again = structural_clustering(graph, epsilon=0.3, threads=2)
        assert np.array_equal(again.clusters, once.clusters)
        assert np.array_equal(again.hubs, once.hubs)
        assert np.array_equal(again.outliers, once.outliers)


def test_arrays_say_what_sets_say():
    named = nx.relabel_nodes(nx.davis_southern_women_graph(), lambda name: (name,))
    named = nx.compose(named, nx.circular_ladder_graph(4))
    sets = structural_clustering(named, epsilon=0.4)
    arrays = structural_clustering(Graph.from_networkx(named, weight=None), epsilon=0.4)
    names = list(named)
    assert arrays.clusters.dtype == np.int32
    for label, cluster in enumerate(sets.clusters):
        assert {names[v] for v in np.flatnonzero(arrays.clusters == label)} == cluster
    for kind in ("cores", "hubs", "outliers"):
        assert {names[v] for v in getattr(arrays, kind)} == getattr(sets, kind)
    assert np.array_equal(np.flatnonzero(arrays.clusters < 0), np.union1d(arrays.hubs, arrays.outliers))
    matrix = structural_clustering(nx.to_scipy_sparse_array(named, weight=None), epsilon=0.4)
    assert np.array_equal(matrix.clusters, arrays.clusters)


def test_weights_and_parallel_edges_do_not_count_without_weight():
    plain = nx.karate_club_graph()
    many = nx.MultiGraph(plain.edges)
    many.add_edges_from(list(plain.edges)[::3])
    assert structural_clustering(plain).clusters == structural_clustering(many).clusters
    assert (
        structural_clustering(plain, weight=None).clusters
        != structural_clustering(plain, weight="weight").clusters
    )


@pytest.mark.parametrize(("mu", "clusters", "outliers"), [(1, 3, 0), (2, 0, 3)])
def test_isolated_nodes(mu, clusters, outliers):
    found = structural_clustering(nx.empty_graph("abc"), mu=mu)
    assert (len(found.clusters), len(found.outliers)) == (clusters, outliers)


def test_no_nodes():
    found = structural_clustering(nx.Graph())
    assert (found.clusters, found.cores, found.hubs, found.outliers) == ([], set(), set(), set())


@pytest.mark.parametrize("epsilon", [0, -0.5, 1.01, float("nan")])
def test_bad_epsilon(epsilon):
    with pytest.raises(OptionError, match="epsilon must be above 0 and at most 1"):
        structural_clustering(nx.path_graph(3), epsilon=epsilon)


@pytest.mark.parametrize("mu", [0, -1, 1.5, "2"])
def test_bad_mu(mu):
    with pytest.raises(OptionError, match="mu must be an integer of at least 1"):
        structural_clustering(nx.path_graph(3), mu=mu)


def test_bad_graphs():
    with pytest.raises(GraphError, match="undirected"):
        structural_clustering(nx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="negative weight"):
        structural_clustering(nx.Graph([(0, 1, {"weight": -1})]), weight="weight")
    with pytest.raises(OptionError, match="threads"):
        structural_clustering(nx.path_graph(3), threads=0)
