"""Reduced and aggregated rankings against the graph with only the items of the categories."""

import networkx as nx
import numpy as np
import pytest

from graphmining import Graph, pagerank, reduce_and_aggregate, similar_nodes
from graphmining.errors import GraphError, OptionError

ACTORS = [f"actor {i}" for i in range(25)]
CHOICES = [["x"], ["z", "x"], {"y", "z"}, None, []]


def market(seed):
    """A weighted bipartite graph in no order, and the categories of its items; one item has no edge."""
    rng = np.random.default_rng(seed)
    items = [(i, "item") for i in range(40)]
    graph = nx.Graph()
    nodes = [*ACTORS, *items]
    graph.add_nodes_from(nodes[i] for i in rng.permutation(len(nodes)))
    for item in items[1:]:
        for actor in rng.choice(ACTORS, rng.integers(1, 5), replace=False).tolist():
            graph.add_edge(actor, item, weight=float(rng.random()))
    return graph, {item: "xyz"[rng.integers(3)] for item in items}


def restricted(graph, categories, chosen):
    return graph.subgraph([v for v in graph if v in ACTORS or chosen is None or categories[v] in chosen])


@pytest.mark.parametrize("chosen", CHOICES)
@pytest.mark.parametrize("seed", range(3))
def test_walks(seed, chosen):
    graph, categories = market(seed)
    reduction = reduce_and_aggregate(graph, categories)
    part = restricted(graph, categories, chosen)
    for actor in ACTORS[:6]:
        exact = pagerank(part, personalization={actor: 1}, alpha=0.8, tolerance=1e-16, max_iterations=10_000)
        for epsilon in (1e-9, 1e-2):
            similar = dict(reduction.similar(actor, chosen, k=len(ACTORS), alpha=0.8, epsilon=epsilon))
            for other in set(ACTORS) - {actor}:
                missing = exact[other] - similar.get(other, 0)
                assert -1e-12 <= missing <= epsilon * part.degree(other, weight="weight") + 1e-12


@pytest.mark.parametrize("chosen", CHOICES)
@pytest.mark.parametrize("method", ["adamic-adar", "common-neighbors", "jaccard"])
def test_counts(method, chosen):
    graph, categories = market(0)
    reduction = reduce_and_aggregate(graph, categories, method=method)
    part = restricted(graph, categories, chosen)
    place = {v: i for i, v in enumerate(graph)}
    for actor in ACTORS:
        # Items are never as near to an actor as another actor is: their neighbours are on the other side.
        expected = dict(similar_nodes(part, actor, method=method, k=len(part)))
        similar = reduction.similar(actor, chosen, k=len(ACTORS))
        assert dict(similar) == pytest.approx(expected)
        assert similar == sorted(similar, key=lambda pair: (-pair[1], place[pair[0]]))
        assert reduction.similar(actor, chosen, k=2) == similar[:2]


def test_arrays():
    graph = Graph.from_edges([3, 3, 4, 4, 0], [1, 2, 2, 0, 5])  # items 3, 4, 5
    reduction = reduce_and_aggregate(graph, {3: "a", 4: "b", 5: "b"}, method="common-neighbors")
    assert reduction.categories == ["a", "b"]
    found, scores = reduction.similar(2)
    assert (found.tolist(), scores.tolist()) == ([0, 1], [1, 1])
    found, scores = reduction.similar(2, ["a"])
    assert (found.tolist(), scores.tolist()) == ([1], [1])


def test_parallel_edges():
    graph = nx.MultiGraph([("a", 1), ("a", 1), ("b", 1), ("c", 1)])
    assert reduce_and_aggregate(graph, {1: 1}, method="common-neighbors").similar("a") == [("b", 1), ("c", 1)]
    walk = dict(reduce_and_aggregate(graph, {1: 1}).similar("b", epsilon=1e-9))
    assert walk["a"] == pytest.approx(2 * walk["c"])


def test_without_edges():
    for method in ("personalized-pagerank", "jaccard"):
        graph = nx.Graph()
        graph.add_nodes_from("ab")
        reduction = reduce_and_aggregate(graph, {"b": 1}, method=method)
        assert reduction.similar("a") == reduction.similar("a", []) == []
        assert reduce_and_aggregate(nx.Graph(), {}, method=method).categories == []
        assert reduce_and_aggregate(nx.empty_graph(2), {}, method=method).similar(1) == []


@pytest.mark.parametrize(
    ("edges", "categories", "options", "message"),
    [
        ([("a", "b")], {"b": 1}, {"method": "simrank"}, "unknown method 'simrank'"),
        ([("a", "b")], {"c": 1}, {}, "node 'c'"),
        ([("a", "b")], [1, 2], {}, "categories must be a dict"),
        ([("a", "b")], {}, {}, "two actors"),
        ([("a", "b")], {"a": 1, "b": 1}, {}, "two items"),
        ([("a", "a")], {"a": 1}, {}, "two items"),
    ],
)
def test_bad_input(edges, categories, options, message):
    with pytest.raises((GraphError, OptionError), match=message):
        reduce_and_aggregate(nx.Graph(edges), categories, **options)


def test_bad_graph():
    with pytest.raises(GraphError, match="undirected"):
        reduce_and_aggregate(nx.DiGraph([("a", "b")]), {"b": 1})
    with pytest.raises(GraphError, match="negative"):
        reduce_and_aggregate(nx.Graph([("a", "b", {"weight": -1})]), {"b": 1})


@pytest.mark.parametrize(
    ("node", "categories", "options", "message"),
    [
        ("b", None, {}, "node 'b' is an item"),
        ("c", None, {}, "node 'c' is not in the graph"),
        ("a", ["two"], {}, "unknown category 'two'"),
        ("a", "one", {}, "must be a collection"),
        ("a", None, {"k": 0}, "k must be"),
        ("a", None, {"alpha": 1}, "alpha"),
        ("a", None, {"epsilon": "small"}, "epsilon"),
    ],
)
def test_bad_query(node, categories, options, message):
    reduction = reduce_and_aggregate(nx.Graph([("a", "b")]), {"b": "one"})
    with pytest.raises((GraphError, OptionError), match=message):
        reduction.similar(node, categories, **options)
