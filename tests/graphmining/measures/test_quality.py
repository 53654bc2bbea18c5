import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphmining as gm
from graphmining.errors import GraphError, OptionError
from graphmining.measures.quality import conductance, coverage, cut, modularity, quality

MEASURES = [modularity, coverage, cut, conductance, quality]


@st.composite
def clustered_graphs(draw):
    """A graph of networkx with weights, self-loops and isolated nodes, and a partition of its nodes."""
    kind = draw(st.sampled_from([nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]))
    names = [*"abcdef", (1, 2), 7, 8.5][: draw(st.integers(2, 9))]
    ends = st.sampled_from(names)
    edges = draw(st.lists(st.tuples(ends, ends, st.integers(1, 5)), min_size=1, max_size=25))
    graph = kind()
    graph.add_nodes_from(names)
    graph.add_weighted_edges_from(edges)
    labels = draw(st.lists(st.integers(0, 3), min_size=len(names), max_size=len(names)))
    clusters = [{name for name, own in zip(names, labels) if own == label} for label in sorted(set(labels))]
    return graph, clusters


weights = st.sampled_from(["weight", None])


@settings(max_examples=60, deadline=None)
@given(clustered_graphs(), weights, st.floats(0, 3))
def test_modularity_as_networkx(case, weight, resolution):
    graph, clusters = case
    wanted = nx.community.modularity(graph, clusters, weight=weight, resolution=resolution)
    assert modularity(graph, clusters, weight=weight, resolution=resolution) == pytest.approx(wanted, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(clustered_graphs(), weights)
def test_conductance_and_cut_as_networkx(case, weight):
    graph, clusters = case
    values = conductance(graph, clusters, weight=weight)
    assert values.shape == (len(clusters),)
    for cluster, value in zip(clusters, values):
        others = set(graph) - cluster
        crossing = nx.cut_size(graph, cluster, others, weight=weight)
        assert cut(graph, cluster, weight=weight) == pytest.approx(crossing)
        volumes = [nx.volume(graph, part, weight=weight) for part in (cluster, others)]
        if min(volumes):
            assert value == pytest.approx(nx.conductance(graph, cluster, others, weight=weight))
        else:
            assert value == (math.inf if crossing else 0)


@settings(max_examples=60, deadline=None)
@given(clustered_graphs(), weights)
def test_coverage_and_cut_as_networkx(case, weight):
    graph, clusters = case
    own = {node: at for at, cluster in enumerate(clusters) for node in cluster}
    edges = [(own[u] == own[v], w) for u, v, w in graph.edges(data=weight or "none", default=1)]
    inside, total = sum(w for same, w in edges if same), sum(w for _, w in edges)
    assert coverage(graph, clusters, weight=weight) == pytest.approx(inside / total)
    assert cut(graph, clusters, weight=weight) == pytest.approx(total - inside)
    if weight is None:
        assert coverage(graph, clusters, weight=None) == pytest.approx(
            nx.community.partition_quality(graph, clusters)[0]
        )


@settings(max_examples=40, deadline=None)
@given(clustered_graphs(), weights)
def test_quality_puts_them_together(case, weight):
    graph, clusters = case
    report = quality(graph, clusters, weight=weight, resolution=0.7)
    shares = conductance(graph, clusters, weight=weight)
    connected = nx.Graph(graph)
    wanted = {
        "clusters": len(clusters),
        "sizes": sorted(map(len, clusters), reverse=True),
        "modularity": modularity(graph, clusters, weight=weight, resolution=0.7),
        "coverage": coverage(graph, clusters, weight=weight),
        "cut": cut(graph, clusters, weight=weight),
        "mean_conductance": shares.mean(),
        "max_conductance": shares.max(),
        "connected": np.mean([nx.is_connected(connected.subgraph(cluster)) for cluster in clusters]),
    }
    assert report == wanted


def test_clusters_and_graphs_in_every_form():
    graph = nx.karate_club_graph()
    labels = np.array([graph.nodes[node]["club"] == "Officer" for node in graph])
    sets = [set(np.flatnonzero(~labels).tolist()), set(np.flatnonzero(labels).tolist())]
    forms = [sets, tuple(map(tuple, sets)), iter(sets), labels, dict(enumerate(labels.tolist()))]
    inside = gm.Graph.from_networkx(graph)
    wanted = modularity(graph, sets)
    for form in forms:
        assert modularity(inside, form) == pytest.approx(wanted)
    for other in (inside, inside.to_scipy()):
        assert modularity(other, labels) == pytest.approx(wanted)
        assert conductance(other, labels).tolist() == conductance(graph, sets).tolist()
        assert cut(other, sets[0]) == cut(graph, sets)


def test_conductance_keeps_the_order_of_clusters():
    path = nx.path_graph(6)
    assert conductance(path, [{4, 5}, {0}, {1, 2, 3}]).tolist() == [1 / 3, 1, 0.5]
    assert conductance(path, np.array([1, 2, 2, 2, 0, 0])).tolist() == [1 / 3, 1, 0.5]
    assert conductance(path, {5: "a", 4: "a", 0: "b", 1: "c", 2: "c", 3: "c"}).tolist() == [1, 0.5, 1 / 3]


def test_cut_of_negative_weights():
    graph = nx.Graph()
    graph.add_weighted_edges_from([(0, 1, -2.0), (1, 2, 0.5), (2, 0, 1.0), (1, 1, -7.0)])
    assert cut(graph, [{0}, {1, 2}]) == -1
    assert cut(graph, {0}) == -1
    assert cut(graph, set()) == 0


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph])
def test_graphs_without_edges(kind):
    graph = kind()
    assert math.isnan(modularity(graph, []))
    assert math.isnan(coverage(graph, []))
    assert cut(graph, []) == 0
    assert conductance(graph, []).shape == (0,)
    report = quality(graph, [])
    assert (report["clusters"], report["sizes"], report["cut"]) == (0, [], 0)
    assert all(math.isnan(report[name]) for name in ("modularity", "mean_conductance", "connected"))
    graph.add_nodes_from(range(3))
    report = quality(graph, [{0}, {1, 2}])
    assert math.isnan(report["modularity"])
    assert (report["sizes"], report["max_conductance"], report["connected"]) == ([2, 1], 0, 0.5)


def test_large_graph():
    graph, labels = gm.planted_partition(1000, 50, inside=9, outside=3)
    source, target, _ = graph.edges()
    inside = labels[source] == labels[target]
    report = quality(graph, labels)
    assert report["coverage"] == pytest.approx(inside.mean())
    assert report["cut"] == np.count_nonzero(~inside)
    assert report["sizes"] == [50] * 1000
    by_chance = np.sum((np.bincount(labels, graph.degrees) / graph.degrees.sum()) ** 2)
    assert report["modularity"] == pytest.approx(inside.mean() - by_chance)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        ([{0, 1}], "node 2 is in no cluster"),
        ([{0, 1}, {1, 2}], "node 1 is in two clusters"),
        ([{0, 1}, {2, 9}], "node 9 is not in the graph"),
        ({0: 1, 1: 1}, "node 2 has no label"),
        (np.zeros(4, int), "labels have shape"),
        ([0, 0, 1], "clusters must be collections of nodes"),
    ],
)
def test_clusters_that_are_no_partition(measure, clusters, message):
    with pytest.raises(GraphError, match=message):
        measure(nx.path_graph(3), clusters)


@pytest.mark.parametrize("measure", [modularity, coverage, conductance, quality])
def test_negative_weights_have_no_meaning(measure):
    graph = nx.Graph()
    graph.add_edge("a", "b", weight=-1)
    with pytest.raises(GraphError, match="negative weight -1"):
        measure(graph, [{"a", "b"}])


def test_empty_clusters():
    path = nx.path_graph(3)
    assert modularity(path, [{0, 1}, set(), {2}]) == pytest.approx(modularity(path, [{0, 1}, {2}]))
    with pytest.raises(GraphError, match="cluster 1 is empty"):
        conductance(path, [{0, 1}, [], {2}])
    with pytest.raises(GraphError, match="node 'x' is not in the graph"):
        cut(path, {"x"})


@pytest.mark.parametrize("measure", [modularity, quality])
@pytest.mark.parametrize("resolution", ["high", math.inf, None])
def test_bad_resolution(measure, resolution):
    with pytest.raises(OptionError, match="resolution must be a finite number"):
        measure(nx.path_graph(2), [{0, 1}], resolution=resolution)
