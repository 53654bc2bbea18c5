"""What networkx calls: its own functions' signatures, answers and exceptions, computed by this package.

networkx keeps converted graphs until a node or an edge comes or goes, so it would miss a changed weight. Graphs
are therefore only wrapped here; `graphmining.graph.networkx` keeps what cannot go stale.
"""

from __future__ import annotations

from functools import wraps
from itertools import islice

import networkx as nx
import numpy as np
from networkx.algorithms.community.quality import NotAPartition

from graphmining.errors import GraphMiningError
from graphmining.graph.csr import Graph
from graphmining.graph.interface import label_sets
from graphmining.seeds import seed_value
from graphmining.threads import thread_count

UNDIRECTED = {"leiden_communities", "leiden_partitions"}


class BackendGraph:
    """A networkx graph on its way through networkx's dispatcher."""

    __networkx_backend__ = "graphmining"

    def __init__(self, graph):
        self.graph = graph

    def is_directed(self):
        return self.graph.is_directed()

    def is_multigraph(self):
        return self.graph.is_multigraph()


def convert_from_nx(graph, **_):
    """Wrap a graph."""
    return BackendGraph(graph)


def convert_to_nx(result, **_):
    """Unwrap a graph; leave everything else as it is."""
    return result.graph if isinstance(result, BackendGraph) else result


def can_run(name, args, kwargs):
    """Whether a function does what these arguments ask for, or a sentence that says why not."""
    graph = args[0] if args else kwargs.get("G")
    if name in UNDIRECTED and graph.is_directed():
        return f"{name} is for undirected graphs"
    return True


def _dispatched(function):
    """A function of a networkx graph; what this package refuses is left to other backends or to networkx."""

    @wraps(function)
    def called(G, *args, **kwargs):
        graph = G.graph
        # Nothing is gained by networkx keeping the wrapper, and it warns when it uses what it kept.
        cache = getattr(graph, "__networkx_cache__", None) or {}
        cache.get("backends", {}).pop("graphmining", None)
        try:
            return function(graph, *args, **kwargs)
        except GraphMiningError as error:
            raise NotImplementedError(str(error)) from error

    return called


def _symmetric(graph, weight):
    """An undirected graph; of a directed one every edge leads both ways."""
    g = Graph.from_networkx(graph, weight=weight)
    if not g.directed:
        return g
    source, target, weights = g.edges()
    return Graph.from_edges(source, target, weights, n=len(g), nodes=g.nodes)


def _check_max_level(max_level):
    if max_level is not None and max_level <= 0:
        raise ValueError("max_level argument must be a positive integer or None")


# Communities


@_dispatched
def louvain_communities(
    G, weight="weight", resolution=1, threshold=0.0000001, max_level=None, seed=None
):  # fmt: skip
    _check_max_level(max_level)
    *_, last = islice(_louvain(G, weight, resolution, threshold, seed), max_level)
    return last


@_dispatched
def louvain_partitions(G, weight="weight", resolution=1, threshold=0.0000001, seed=None):
    return _louvain(G, weight, resolution, threshold, seed)


def _louvain(graph, weight, resolution, threshold, seed):
    from graphmining.backend.louvain import louvain_partitions

    random = nx.utils.create_py_random_state(seed)
    return louvain_partitions(graph, weight=weight, resolution=resolution, threshold=threshold, random=random)


@_dispatched
def leiden_communities(G, weight="weight", resolution=1, max_level=None, seed=None):
    _check_max_level(max_level)
    *_, last = islice(_leiden(G, weight, resolution, seed), max_level)
    return last


@_dispatched
def leiden_partitions(G, weight="weight", resolution=1, seed=None):
    return _leiden(G, weight, resolution, seed)


def _leiden(graph, weight, resolution, seed):
    from graphmining.clustering.components import connected_parts
    from graphmining.clustering.leiden import leiden_levels
    from graphmining.graph.interface import as_graph, by_size
    from graphmining.measures.quality import modularity

    g = as_graph(graph, weight=weight, directed=False)
    best = None
    options = {"resolution": resolution, "iterations": None, "seed": seed_value(seed), "threads": thread_count()}
    for level in leiden_levels(g, **options):
        labels = connected_parts(g.indptr, g.indices, g.weights, level)
        value = modularity(g, labels, resolution=resolution)
        if best is None or value > best:
            best = value
            yield label_sets(g, by_size(labels))
    if best is None:
        yield [{node} for node in graph]


@_dispatched
def fast_label_propagation_communities(G, *, weight=None, seed=None):
    return iter(_label_propagation(G, weight, seed))


@_dispatched
def asyn_lpa_communities(G, weight=None, seed=None):
    return iter(_label_propagation(G, weight, seed))


def _label_propagation(graph, weight, seed):
    from graphmining.clustering.label_propagation import label_propagation
    from graphmining.graph.interface import as_graph

    g = as_graph(_symmetric(graph, weight), directed=False)
    return label_sets(g, label_propagation(g, seed=seed))


@_dispatched
def modularity(G, communities, weight="weight", resolution=1):
    from graphmining.measures.quality import modularity

    communities = list(communities)
    if not nx.community.is_partition(G, communities):
        raise NotAPartition(G, communities)
    return modularity(G, communities, weight=weight, resolution=resolution)


# Components


@_dispatched
def connected_components(G):
    return iter(_components(G))


@_dispatched
def weakly_connected_components(G):
    return iter(_components(G))


@_dispatched
def number_connected_components(G):
    return len(_components(G))


@_dispatched
def number_weakly_connected_components(G):
    return len(_components(G))


@_dispatched
def number_strongly_connected_components(G):
    return len(_components(G, "strong"))


@_dispatched
def is_connected(G):
    return _is_one(G, "weak")


@_dispatched
def is_weakly_connected(G):
    return _is_one(G, "weak")


@_dispatched
def is_strongly_connected(G):
    return _is_one(G, "strong")


@_dispatched
def node_connected_component(G, n):
    from graphmining.clustering.components import component_labels

    g = Graph.from_networkx(G, weight=None)
    if n not in G:
        raise KeyError(n)  # as networkx does
    labels = component_labels(g)
    names = g.names()
    return {names[at] for at in np.flatnonzero(labels == labels[g.position(n)]).tolist()}


def _components(graph, connection="weak"):
    """Components in the order of their first nodes."""
    from graphmining.clustering.components import connected_components
    from graphmining.graph.rows import number_by_first

    g = Graph.from_networkx(graph, weight=None)
    return label_sets(g, number_by_first(connected_components(g, connection=connection))[0])


def _is_one(graph, connection):
    if not len(graph):
        raise nx.NetworkXPointlessConcept("Connectivity is undefined for the null graph.")
    return len(_components(graph, connection)) == 1


# Ranking and structure


@_dispatched
def pagerank(
    G, alpha=0.85, personalization=None, max_iter=100, tol=1.0e-6, nstart=None, weight="weight", dangling=None
):  # fmt: skip
    from graphmining.ranking.pagerank import pagerank

    if not len(G):
        return {}
    for given in (personalization, dangling, nstart):
        if given is not None and sum(given.values()) == 0:
            raise ZeroDivisionError("the values of a distribution add up to zero")
    # networkx ignores nodes that are not in the graph.
    personalization, dangling, nstart = (
        given if given is None else {node: value for node, value in given.items() if node in G}
        for given in (personalization, dangling, nstart)
    )
    return pagerank(
        G, alpha=alpha, personalization=personalization, dangling=dangling, nstart=nstart, tolerance=tol,
        max_iterations=max_iter, weight=weight,
    )  # fmt: skip


@_dispatched
def core_number(G):
    from graphmining.structure.cores import core_numbers

    if nx.number_of_selfloops(G) > 0:
        raise nx.NetworkXNotImplemented(
            "Input graph has self loops; remove them with G.remove_edges_from(nx.selfloop_edges(G))"
        )
    return core_numbers(G)


@_dispatched
def triangles(G, nodes=None):
    from graphmining.structure.triangles import triangles

    return _of(G, triangles(G), nodes)


@_dispatched
def clustering(G, nodes=None, weight=None):
    from graphmining.structure.triangles import clustering_coefficients

    return _of(G, clustering_coefficients(G, weight=weight), nodes)


@_dispatched
def average_clustering(G, nodes=None, weight=None, count_zeros=True):
    from graphmining.structure.triangles import clustering_coefficients

    values = list(
        _of(G, clustering_coefficients(G, weight=weight), None if nodes is None else list(nodes)).values()
    )
    if not count_zeros:
        values = [value for value in values if abs(value) > 0]
    return sum(values) / len(values)


@_dispatched
def transitivity(G):
    from graphmining.structure.triangles import transitivity

    return transitivity(G)


@_dispatched
def square_clustering(G, nodes=None):
    from graphmining.structure.squares import square_clustering

    return _of(G, square_clustering(G), nodes)


def _of(graph, values, nodes):
    """All values, or those of some nodes, or the one of one node."""
    if nodes is None:
        return values
    if nodes in graph:
        return values[nodes]
    return {node: values[node] for node in graph.nbunch_iter(nodes)}
