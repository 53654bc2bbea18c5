"""Ego-splitting against networkx, node by node."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import Graph, ego_splitting, planted_partition
from graphmining.clustering.ego_splitting import persona_graph
from graphmining.errors import GraphError, OptionError


@st.composite
def graphs(draw):
    n = draw(st.integers(0, 12))
    pairs = st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0)))
    graph = nx.empty_graph(n)
    if n:
        graph.add_edges_from(draw(st.lists(pairs, max_size=40)))
    return graph


def without_loops(graph):
    graph = nx.Graph(graph)
    graph.remove_edges_from(list(nx.selfloop_edges(graph)))
    return graph


def circles(graph, personas, owners):
    """Circles of each node, read off the persona graph: node → set of frozensets of neighbours."""
    found = {node: set() for node in graph}
    for persona, owner in enumerate(owners):
        circle = frozenset(owners[other] for other in personas.neighbors(persona))
        if circle:
            found[owner].add(circle)
    return found


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_personas_are_components_of_ego_nets(graph):
    personas, owners = persona_graph(graph, local="components")
    plain = without_loops(graph)
    expected = {u: {frozenset(c) for c in nx.connected_components(plain.subgraph(plain[u]))} for u in plain}
    assert circles(plain, personas, owners) == expected
    counts = Counter(owners)
    assert all(counts[u] == max(1, len(expected[u])) for u in plain)
    assert owners == sorted(owners)


@pytest.mark.parametrize("local", ["components", "label_propagation"])
def test_each_edge_joins_one_pair_of_personas(local):
    graph = nx.gnp_random_graph(60, 0.15, seed=2)
    for number, (u, v) in enumerate(graph.edges):
        graph[u][v]["weight"] = number / 7
    graph.add_edge(3, 3)
    personas, owners = persona_graph(graph, local=local)
    source, target, weights = personas.edges()
    met = {frozenset((owners[a], owners[b])): w for a, b, w in zip(source, target, weights)}
    assert len(met) == len(weights)
    assert met == {frozenset((u, v)): w for u, v, w in graph.edges(data="weight") if u != v}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("weight", ["weight", None])
def test_label_propagation_settles(seed, weight):
    """Each neighbour is in a circle that has the heaviest links to it, and circles do not span components."""
    graph = nx.gnp_random_graph(40, 0.3, seed=seed)
    rng = np.random.default_rng(seed)
    for u, v in graph.edges:
        graph[u][v]["weight"] = rng.integers(1, 4)
    personas, owners = persona_graph(graph, local="label_propagation", weight=weight, seed=seed)
    split = 0
    for u, found in circles(graph, personas, owners).items():
        net = graph.subgraph(graph[u])
        split += len(found) > nx.number_connected_components(net)
        for circle in found:
            assert nx.is_connected(net.subgraph(circle))
            for v in circle:
                links = {c: sum(net[v][x][weight] if weight else 1 for x in c & set(net[v])) for c in found}
                assert links[circle] == max(links.values())
    assert split


@settings(max_examples=40, deadline=None)
@given(graphs(), st.sampled_from(["components", "label_propagation"]))
def test_clusters_are_owners_of_persona_clusters(graph, local):
    personas, owners = persona_graph(graph, local=local)
    expected = [{owners[p] for p in c} for c in nx.connected_components(personas.to_networkx())]
    found = ego_splitting(graph, local=local, global_="components")
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))
    assert list(map(len, found)) == sorted(map(len, found), reverse=True)
    assert set().union(*found) == set(graph)


def test_own_clusterings():
    graph = nx.gnp_random_graph(50, 0.15, seed=4)
    graph.add_node("alone")

    def components(net):
        assert isinstance(net, Graph)
        labels = np.empty(len(net), int)
        for label, nodes in enumerate(nx.connected_components(net.to_networkx())):
            labels[list(nodes)] = label
        return labels

    own = ego_splitting(graph, local=components, global_=components)
    assert own == ego_splitting(graph, local="components", global_="components")


def test_circles_that_overlap():
    """Every node is in two cliques: disjoint clusters cannot say so."""
    rows, columns = 6, 7
    graph = nx.line_graph(nx.complete_bipartite_graph(rows, columns))
    found = ego_splitting(graph, global_="components")
    lines = [{(r, rows + c) for c in range(columns)} for r in range(rows)]
    lines += [{(r, rows + c) for r in range(rows)} for c in range(columns)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, lines))


def test_a_bridge_between_circles():
    """Two friends from different circles know each other: label propagation keeps the circles apart."""
    graph = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6))
    graph.add_edge(0, 6)
    graph.add_edges_from(("me", node) for node in range(12))
    split = {frozenset(c) for c in circles(graph, *persona_graph(graph))["me"]}
    assert split == {frozenset(range(6)), frozenset(range(6, 12))}
    assert len(circles(graph, *persona_graph(graph, local="components"))["me"]) == 1
    assert {frozenset(c) for c in ego_splitting(graph)} >= {
        frozenset([*range(6), "me"]),
        frozenset([*range(6, 12), "me"]),
    }


def test_resolution():
    graph, _ = planted_partition(20, 20, inside=10, outside=4, seed=1)
    coarse, fine = (ego_splitting(graph, resolution=r) for r in (0.1, 30))
    assert len(coarse) < len(fine)


@pytest.mark.parametrize("local", ["components", "label_propagation"])
@pytest.mark.parametrize("global_", ["louvain", "label_propagation"])
def test_threads_and_seeds(local, global_):
    graph, _ = planted_partition(40, 30, inside=9, outside=3, seed=1)
    once = ego_splitting(graph, local=local, global_=global_, seed=3, threads=1)
    for _ in range(3):
        again = ego_splitting(graph, local=local, global_=global_, seed=3, threads=2)
        assert len(again) == len(once)
        assert all(np.array_equal(a, b) for a, b in zip(again, once))


def test_the_seed_breaks_ties():
    graph = nx.gnp_random_graph(60, 0.2, seed=1)
    drawn = {persona_graph(graph, seed=seed)[0].indices.tobytes() for seed in range(3)}
    assert len(drawn) == 3


def test_arrays_say_what_sets_say():
    graph = nx.relabel_nodes(nx.karate_club_graph(), str)
    sets = ego_splitting(graph)
    arrays = ego_splitting(Graph.from_networkx(graph))
    assert [{str(v) for v in cluster} for cluster in arrays] == sets
    personas, owners = persona_graph(Graph.from_networkx(graph))
    assert isinstance(owners, np.ndarray)
    named_personas, names = persona_graph(graph)
    assert names == [str(v) for v in owners]
    assert np.array_equal(personas.indices, named_personas.indices)
    matrix = ego_splitting(nx.to_scipy_sparse_array(graph))
    assert all(np.array_equal(a, b) for a, b in zip(matrix, arrays))


@pytest.mark.parametrize("graph", [nx.Graph(), nx.empty_graph(3), nx.Graph([(0, 0)])])
@pytest.mark.parametrize("local", ["components", "label_propagation", lambda net: np.zeros(len(net), int)])
def test_no_edges(graph, local):
    assert ego_splitting(graph, local=local) == [{node} for node in graph]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"local": "component"}, "unknown local clustering 'component'; did you mean 'components'"),
        ({"global_": "louvian"}, "unknown global clustering 'louvian'; did you mean 'louvain'"),
        ({"global_": "components", "resolution": 2}, "resolution is an option of global_='louvain' only"),
        ({"resolution": -1}, "resolution must be"),
        ({"seed": "x"}, "seed must be"),
        ({"threads": 0}, "threads must be"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        ego_splitting(nx.path_graph(3), **options)


def test_bad_graphs():
    with pytest.raises(GraphError, match="undirected"):
        ego_splitting(nx.DiGraph([(0, 1)]))
    with pytest.raises(GraphError, match="negative weight"):
        ego_splitting(nx.Graph([(0, 1, {"weight": -1})]))
    with pytest.raises(GraphError, match="labels have shape"):
        ego_splitting(nx.path_graph(3), global_=lambda net: [0])
