"""Spectral clustering against scikit-learn, planted clusters and enumeration."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from graphmining import Graph, planted_partition, spectral_clustering
from graphmining.clustering import spectral
from graphmining.errors import GraphError, OptionError


def labels_of(graph, clusters):
    home = {v: c for c, cluster in enumerate(clusters) for v in cluster}
    return [home[v] for v in graph]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 14), st.floats(0, 1), st.integers(0, 10**6), st.data())
def test_partitions(n, p, seed, data):
    """Exactly k clusters with nodes, and components whole or alone."""
    graph = nx.gnp_random_graph(n, p, seed=seed)
    k = data.draw(st.integers(1, n))
    clusters = spectral_clustering(graph, k, seed=seed)
    assert len(clusters) == k
    assert sorted(v for cluster in clusters for v in cluster) == list(graph)
    components = list(nx.connected_components(graph))
    if k <= len(components):
        assert all(any(component <= cluster for cluster in clusters) for component in components)
    if k >= len(components):
        assert all(any(cluster <= component for component in components) for cluster in clusters)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [[20, 20], [10, 20, 30], [25] * 4])
def test_planted_clusters(sizes, seed):
    graph = nx.random_partition_graph(sizes, 0.6, 0.03, seed=seed)
    found = spectral_clustering(graph, len(sizes), seed=seed)
    assert sorted(map(sorted, found)) == sorted(map(sorted, graph.graph["partition"]))


@pytest.mark.parametrize("seed", range(4))
def test_scikit_learn(seed):
    graph = nx.planted_partition_graph(3, 30, 0.5, 0.05, seed=seed)
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["weight"] = rng.uniform(0.5, 1.5)
    affinity = nx.to_numpy_array(graph)
    reference = SpectralClustering(3, affinity="precomputed", random_state=0).fit_predict(affinity)
    found = labels_of(graph, spectral_clustering(graph, 3))
    assert adjusted_rand_score(reference, found) > 0.95


def test_cut_of_two_clusters():
    """The smallest normalised cut of all."""
    graph = nx.barbell_graph(5, 0)
    graph.add_edges_from([(0, 7), (4, 6)])

    def normalised_cut(part):
        volumes = nx.volume(graph, part), nx.volume(graph, set(graph) - part)
        return nx.cut_size(graph, part) * sum(1 / v for v in volumes) if all(volumes) else np.inf

    best = min((set(part) for r in range(1, 6) for part in combinations(graph, r)), key=normalised_cut)
    assert best in spectral_clustering(graph, 2)


def test_as_many_clusters_as_nodes():
    """All distances between rows are equal, and k-means may leave a cluster empty."""
    for seed in range(40):
        graph = nx.gnp_random_graph(12, 0.0625, seed=seed)
        assert spectral_clustering(graph, 12) == [{v} for v in range(12)]


@pytest.mark.parametrize("n", [60, 1500])
def test_components_in_order_of_size(n):
    parts = [nx.random_regular_graph(4, n // d, seed=d) for d in (2, 3, 6)]
    graph = nx.disjoint_union_all(parts)
    components = sorted(nx.connected_components(graph), key=len, reverse=True)
    assert spectral_clustering(graph, 3) == components
    # The two smaller ones are joined, as the smaller sum; another cluster cuts one of the three.
    assert spectral_clustering(graph, 2) in (
        [components[0], components[1] | components[2]],
        [components[1] | components[2], components[0]],
    )
    four = spectral_clustering(graph, 4)
    assert sum(cluster in components for cluster in four) == 2


def test_small_components_join_the_smallest_cluster():
    graph = nx.disjoint_union_all(nx.path_graph(n) for n in (9, 5, 4, 2, 1))
    assert list(map(len, spectral_clustering(graph, 2))) == [11, 10]
    assert list(map(len, spectral_clustering(graph, 3))) == [9, 6, 6]


def test_large_and_small_graphs_alike(monkeypatch):
    """Lanczos' method and all eigenvectors at once find the same clusters."""
    graph, truth = planted_partition(5, 40, inside=12, outside=2, seed=3)
    dense = spectral_clustering(graph, 5)
    monkeypatch.setattr(spectral, "DENSE", 0)
    assert np.array_equal(spectral_clustering(graph, 5), dense)
    assert adjusted_rand_score(truth, dense) > 0.95


def test_same_seed_same_answer():
    graph = Graph.from_networkx(nx.gnm_random_graph(1200, 4000, seed=1))  # no clusters: many ways to cut
    once = spectral_clustering(graph, 12, seed=5)
    for _ in range(3):
        assert np.array_equal(spectral_clustering(graph, 12, seed=5), once)
    assert not np.array_equal(spectral_clustering(graph, 12, seed=6), once)


def test_arrays_say_what_sets_say():
    graph = nx.relabel_nodes(nx.karate_club_graph(), {0: "zero", 5: (5,)})
    sets = spectral_clustering(graph, 3)
    for other in (Graph.from_networkx(graph), nx.to_scipy_sparse_array(graph)):
        labels = spectral_clustering(other, 3)
        assert labels.dtype == np.int32
        assert labels.tolist() == labels_of(graph, sets)


def test_what_does_not_count():
    graph = nx.planted_partition_graph(2, 15, 0.6, 0.05, seed=1)
    changed = graph.copy()
    changed.add_edges_from((v, v) for v in range(10))
    changed.add_edge(0, 29, weight=0)
    assert spectral_clustering(changed, 2) == spectral_clustering(graph, 2)
    only_zeros = nx.Graph([(0, 1, {"weight": 0}), (1, 2)])
    assert spectral_clustering(only_zeros, 2) == [{1, 2}, {0}]


@pytest.mark.parametrize("k", [0, -1, 4, 1.0, "2", True, None])
def test_bad_k(k):
    with pytest.raises(OptionError, match="k must be an integer from 1 to 3, the number of nodes"):
        spectral_clustering(nx.path_graph(3), k)


def test_bad_graphs(monkeypatch):
    with pytest.raises(GraphError, match="undirected"):
        spectral_clustering(nx.DiGraph([(0, 1)]), 1)
    with pytest.raises(GraphError, match="negative weight"):
        spectral_clustering(nx.Graph([(0, 1, {"weight": -1})]), 1)
    with pytest.raises(OptionError, match="k must be an integer from 1 to 0"):
        spectral_clustering(nx.Graph(), 1)
    monkeypatch.setattr(spectral, "RESTARTS", 1)
    with pytest.raises(GraphError, match="the leading 5 eigenvectors did not converge"):
        spectral_clustering(nx.path_graph(spectral.DENSE + 500), 5)
