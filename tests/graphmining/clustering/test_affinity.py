from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from graphmining import Graph, affinity_clustering
from graphmining.errors import GraphError, OptionError

AGGREGATIONS = ["average", "edge-average", "max", "sum", "percentile", "cut-sparsity"]


@st.composite
def graphs(draw, largest=40):
    """Sparse graphs with weights 1 to 5: sums are exact, ties are many."""
    n = draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    edges = draw(st.integers(0, 3 * n))
    source, target = rng.integers(0, n, (2, edges))
    return Graph.from_edges(source, target, rng.integers(1, 6, edges), n=n)


def partition(clusters):
    return {frozenset(cluster) for cluster in clusters}


def of_labels(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def similarity(weights, a, b, aggregation, percentile):
    if aggregation == "average":
        return sum(weights) / (len(a) * len(b))
    if aggregation == "cut-sparsity":
        return sum(weights) / min(len(a), len(b))
    if aggregation == "percentile":
        return np.percentile(weights, 100 * percentile, method="lower")
    return {"edge-average": np.mean, "max": max, "sum": sum}[aggregation](weights)


def rounds_by_definition(
    graph,
    aggregation="average",
    percentile=0.5,
    rounds=100,
    threshold=0,
    min_size=10**9,
    max_size=10**9,
    min_density=-1,
    min_conductance=-1,
):
    """The rounds on sets of nodes, from the edges of the graph each time."""
    full = graph.to_networkx()
    full.remove_edges_from(list(nx.selfloop_edges(full)))
    clusters, found = [frozenset([v]) for v in full], []
    thresholds = np.atleast_1d(threshold)

    def active(cluster):
        if len(cluster) == 1:
            return True
        inside = full.subgraph(cluster).size(weight="weight")
        if inside / (len(cluster) * (len(cluster) - 1) / 2) < min_density:
            return False
        leaving = nx.cut_size(full, cluster, weight="weight")
        least = min(nx.volume(full, side, weight="weight") for side in (cluster, set(full) - cluster))
        return not least or leaving / least >= min_conductance

    while len(found) < rounds:
        least = thresholds[min(len(found), len(thresholds) - 1)]
        allowed = [active(cluster) for cluster in clusters]
        home = {v: c for c, cluster in enumerate(clusters) for v in cluster}
        between = {}
        for u, v, w in full.edges(data="weight"):
            if home[u] != home[v]:
                between.setdefault((home[u], home[v]), []).append(w)
                between.setdefault((home[v], home[u]), []).append(w)
        choices = {}
        for (a, b), weights in between.items():
            value = similarity(weights, clusters[a], clusters[b], aggregation, percentile)
            together = len(clusters[a]) + len(clusters[b])
            fits = together <= max_size and len(clusters[a]) < min_size
            if value >= least and fits and allowed[a] and allowed[b]:
                choices.setdefault(a, []).append((-value, b))
        merged = list(clusters)
        for _, a, b in sorted((min(of_a)[0], a, min(of_a)[1]) for a, of_a in choices.items()):
            ours = next(c for c in merged if clusters[a] <= c)
            theirs = next(c for c in merged if clusters[b] <= c)
            if ours != theirs and len(ours | theirs) <= max_size:
                merged = [c for c in merged if c not in (ours, theirs)] + [ours | theirs]
        if len(merged) == len(clusters) and len(found) >= len(thresholds) - 1:
            break
        clusters = sorted(merged, key=min)
        found.append(set(clusters))
    return found or [set(clusters)]


def rounds_of(graph, **options):
    return [of_labels(labels) for labels in affinity_clustering(graph, all_rounds=True, **options)]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@settings(max_examples=25, deadline=None)
@given(
    graph=graphs(), rounds=st.sampled_from([1, 2, 3, None]), percentile=st.sampled_from([0, 0.25, 0.5, 0.75, 1])
)
def test_rounds_are_as_defined(aggregation, graph, rounds, percentile):
    options = {"aggregation": aggregation, "percentile": percentile}
    assert rounds_of(graph, rounds=rounds, **options) == rounds_by_definition(
        graph, rounds=100 if rounds is None else rounds, **options
    )


@settings(max_examples=60, deadline=None)
@given(
    graph=graphs(),
    options=st.fixed_dictionaries(
        {"aggregation": st.sampled_from(AGGREGATIONS)},
        optional={
            "threshold": st.sampled_from([2, 0.5, [4, 2, 0.5], [5, 0], [0, 3]]),
            "min_size": st.integers(1, 5),
            "max_size": st.integers(5, 12),
            "min_density": st.sampled_from([0.25, 1, 2]),
            "min_conductance": st.sampled_from([0.25, 0.5, 0.75]),
        },
    ),
)
def test_limits_are_as_defined(graph, options):
    assert rounds_of(graph, rounds=None, **options) == rounds_by_definition(graph, **options)


@settings(max_examples=30, deadline=None)
@given(graph=graphs(), max_size=st.integers(1, 8), aggregation=st.sampled_from(AGGREGATIONS))
def test_rounds_nest_and_no_cluster_is_too_large(graph, max_size, aggregation):
    found = rounds_of(graph, rounds=None, max_size=max_size, aggregation=aggregation)
    for fine, coarse in zip([{frozenset([v]) for v in range(len(graph))}, *found], found):
        assert all(any(cluster <= other for other in coarse) for cluster in fine)
        assert max(map(len, coarse)) <= max_size
    # It goes on until no two neighbours fit together.
    full = graph.to_networkx()
    home = {v: cluster for cluster in found[-1] for v in cluster}
    assert all(home[u] == home[v] or len(home[u]) + len(home[v]) > max_size for u, v in full.edges)


@settings(max_examples=30, deadline=None)
@given(graph=graphs(), min_size=st.integers(1, 10))
def test_clusters_reach_the_least_size_where_their_component_does(graph, min_size):
    full = graph.to_networkx()
    for cluster in of_labels(affinity_clustering(graph, rounds=None, min_size=min_size)):
        component = nx.node_connected_component(full, min(cluster))
        assert len(cluster) >= min(min_size, len(component))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_single_linkage_follows_the_maximum_spanning_forest(seed):
    rng = np.random.default_rng(seed)
    n = 80
    upper = np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.08), 1)
    matrix = csr_array(upper + upper.T)
    tree = nx.from_scipy_sparse_array(-minimum_spanning_tree(-matrix))
    found = [
        of_labels(each) for each in affinity_clustering(matrix, aggregation="max", rounds=None, all_rounds=True)
    ]
    # Round 1: the largest edge of each node.
    best = nx.Graph((v, int(np.argmax(row))) for v, row in enumerate(matrix.toarray()) if row.any())
    best.add_nodes_from(range(n))
    assert found[0] == partition(nx.connected_components(best))
    # Later ones: clusters are connected by edges of the forest, and each sent its largest one.
    for fine, coarse in pairwise(found):
        assert all(nx.is_connected(tree.subgraph(cluster)) for cluster in coarse)
        for cluster in fine:
            leaving = {(u, v): tree.edges[u, v]["weight"] for u, v in nx.edge_boundary(tree, cluster)}
            if leaving:
                assert any(set(max(leaving, key=leaving.get)) <= other for other in coarse)
    assert found[-1] == partition(nx.connected_components(tree))


def test_all_aggregations_agree_in_the_first_round():
    graph = Graph.from_networkx(nx.gnm_random_graph(200, 600, seed=1))
    expected = affinity_clustering(graph, rounds=1)
    for aggregation in AGGREGATIONS:
        np.testing.assert_array_equal(affinity_clustering(graph, rounds=1, aggregation=aggregation), expected)


def test_a_star_is_one_cluster_unless_it_gets_too_large():
    graph = nx.star_graph(10)
    assert affinity_clustering(graph) == [set(graph)]
    assert affinity_clustering(graph, min_size=10**30, max_size=10**30) == [set(graph)]
    # The center and the first leaves; ties go to the first node.
    assert affinity_clustering(graph, max_size=4) == [{0, 1, 2, 3}, *({v} for v in range(4, 11))]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_threads_do_not_matter(aggregation):
    rng = np.random.default_rng(0)
    graph = Graph.from_edges(*rng.integers(0, 3000, (2, 9000)), rng.random(9000))
    runs = [
        affinity_clustering(graph, aggregation=aggregation, threads=threads, all_rounds=True, rounds=None)
        for threads in (1, 2, 2, 3)
    ]
    assert len(runs[0]) > 2
    for run in runs[1:]:
        assert len(run) == len(runs[0])
        for ours, theirs in zip(run, runs[0]):
            np.testing.assert_array_equal(ours, theirs)


def test_dense_clusters_stay_as_they_are():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 5), (1, 2, 5), (0, 2, 5), (2, 3, 1), (3, 4, 2), (4, 5, 2), (3, 5, 2)])
    assert affinity_clustering(graph, rounds=None) == [set(range(6))]
    # Inner weights 15 and 6, 3 pairs each; the edge between has weight 1.
    for options in ({"min_density": 5.01}, {"min_conductance": 1 / 13 + 0.01}):
        assert affinity_clustering(graph, rounds=None, **options) == [{0, 1, 2}, {3, 4, 5}]
    for options in ({"min_density": 2}, {"min_conductance": 1 / 13 - 0.01}):
        assert affinity_clustering(graph, rounds=None, **options) == [set(range(6))]


def test_single_nodes_may_always_merge():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 5), (1, 2, 2), (2, 3, 1)])
    assert affinity_clustering(graph, threshold=[3, 0]) == [set(graph)]
    assert affinity_clustering(graph, threshold=[3, 0], min_conductance=2) == [{0, 1}, {2, 3}]


def test_clusters_come_as_the_graph_came():
    graph = nx.Graph([("x", "y"), (("u",), 1)])
    graph.add_node("lone")
    expected = [{"x", "y"}, {("u",), 1}, {"lone"}]
    assert affinity_clustering(graph) == expected
    assert affinity_clustering(graph, all_rounds=True) == [expected]
    for source in (Graph.from_networkx(graph), nx.to_scipy_sparse_array(graph)):
        assert affinity_clustering(source).tolist() == [0, 0, 1, 1, 2]


def test_weight_none_counts_edges():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, 1), (1, 2, 9), (2, 3, 1)])
    assert affinity_clustering(graph, rounds=1, max_size=2) == [{1, 2}, {0}, {3}]
    assert affinity_clustering(graph, rounds=1, max_size=2, weight=None) == [{0, 1}, {2, 3}]


def test_self_loops_do_not_matter():
    graph = nx.Graph([(0, 1), (2, 2)])
    assert affinity_clustering(graph, min_conductance=0.5, min_density=0.5) == [{0, 1}, {2}]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_graphs_without_edges(aggregation, n):
    singles = [{v} for v in range(n)]
    graph = nx.empty_graph(n)
    assert affinity_clustering(graph, aggregation=aggregation, max_size=2, min_density=1) == singles
    assert affinity_clustering(graph, aggregation=aggregation, all_rounds=True) == [singles]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"aggregation": "mean"}, "unknown aggregation 'mean'"),
        ({"percentile": 1.5}, "percentile must be between 0 and 1"),
        ({"percentile": "median"}, "percentile must be a number"),
        ({"percentile": [0.5]}, "percentile must be a number"),
        ({"rounds": 0}, "rounds must be a positive integer or None"),
        ({"rounds": 1.5}, "rounds must be a positive integer or None"),
        ({"threshold": "high"}, "threshold must be a number or a sequence"),
        ({"threshold": []}, "threshold must be a number or a sequence"),
        ({"threshold": [1, np.nan]}, "threshold must be a number or a sequence"),
        ({"min_size": -1}, "min_size must be a positive integer"),
        ({"max_size": 0}, "max_size must be a positive integer"),
        ({"max_size": 2.5}, "max_size must be a positive integer"),
        ({"min_size": 5, "max_size": 4}, "min_size is 5, but max_size only 4"),
        ({"min_density": "dense"}, "min_density must be a number"),
        ({"min_conductance": [0.1, 0.2]}, "min_conductance must be a number"),
        ({"threads": 0}, "threads must be a positive integer"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        affinity_clustering(nx.path_graph(3), **options)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (nx.DiGraph([(0, 1)]), "undirected"),
        (nx.Graph([(0, 1, {"weight": -1})]), "negative weight"),
        ([(0, 1)], "must be a networkx graph"),
    ],
)
def test_bad_graphs(graph, message):
    with pytest.raises(GraphError, match=message):
        affinity_clustering(graph)
