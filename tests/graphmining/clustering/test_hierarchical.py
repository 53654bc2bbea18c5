import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import squareform

from graphmining import Graph, hierarchical_clustering
from graphmining.errors import GraphError, OptionError

LINKAGES = ["average", "single", "complete", "weighted"]


def random_similarities(n, density, seed, values=None):
    """A symmetric matrix with zeros for absent edges."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.01, 1, (n, n)) if values is None else rng.choice(values, (n, n))
    upper = np.triu(weights * (rng.random((n, n)) < density), 1)
    return upper + upper.T


def cophenetic(matrix, name):
    """Cophenetic similarities of scipy's dense clustering, shape (n, n)."""
    distances = squareform(1 - matrix, checks=False)
    return 1 - squareform(cophenet(linkage(distances, name)))


def partition(clusters):
    return {frozenset(cluster) for cluster in clusters}


def of_labels(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def similarity(matrix, name, tree_a, tree_b):
    """Similarity of two clusters, given as nested pairs of leaves, by the definition of the linkage."""
    if name == "weighted":
        if isinstance(tree_a, tuple):
            return (similarity(matrix, name, tree_a[0], tree_b) + similarity(matrix, name, tree_a[1], tree_b)) / 2
        if isinstance(tree_b, tuple):
            return similarity(matrix, name, tree_b, tree_a)
        return matrix[tree_a, tree_b]
    block = matrix[np.ix_(leaves(tree_a), leaves(tree_b))]
    return {"average": np.mean, "single": np.max, "complete": np.min}[name](block)


def leaves(tree):
    return leaves(tree[0]) + leaves(tree[1]) if isinstance(tree, tuple) else [tree]


@pytest.mark.parametrize("name", LINKAGES)
@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 30), density=st.sampled_from([0.1, 0.3, 0.7, 1.0]), seed=st.integers(0, 10**6))
def test_it_is_scipys_dense_clustering_with_zeros_for_absent_edges(name, n, density, seed):
    matrix = random_similarities(n, density, seed)
    dendrogram = hierarchical_clustering(csr_array(matrix), linkage=name)
    ours = 1 - squareform(cophenet(dendrogram.to_scipy(lambda s: 1 - s)))
    theirs = cophenetic(matrix, name)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    # Every flat clustering, too.
    for threshold in dendrogram.similarities - 1e-9:
        if threshold > 0:
            expected = nx.connected_components(nx.from_numpy_array(theirs >= threshold))
            assert of_labels(dendrogram.cut(threshold)) == partition(expected)


@pytest.mark.parametrize("name", LINKAGES)
@settings(max_examples=25, deadline=None)
@given(n=st.integers(2, 14), density=st.sampled_from([0.2, 0.5, 1.0]), seed=st.integers(0, 10**6))
def test_with_ties_each_merge_is_one_of_the_most_similar_pairs(name, n, density, seed):
    matrix = random_similarities(n, density, seed, values=[1.0, 2.0, 4.0])
    dendrogram = hierarchical_clustering(csr_array(matrix), linkage=name)
    trees = dict(enumerate(range(n)))
    for i, (a, b) in enumerate(dendrogram.merges.tolist()):
        pairs = {(p, q): similarity(matrix, name, trees[p], trees[q]) for p in trees for q in trees if p < q}
        assert pairs[a, b] == pytest.approx(max(pairs.values()), rel=1e-12)
        assert dendrogram.similarities[i] == pytest.approx(pairs[a, b], rel=1e-12)
        trees[n + i] = trees.pop(a), trees.pop(b)
        assert dendrogram.sizes[i] == len(leaves(trees[n + i]))
    rest = [similarity(matrix, name, p, q) for p in trees.values() for q in trees.values() if p is not q]
    assert not any(rest)


@pytest.mark.parametrize("name", LINKAGES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_nodes_does_not_matter_without_ties(name, seed):
    n = 60
    matrix = random_similarities(n, 0.1, seed)
    order = np.random.default_rng(seed).permutation(n)
    dendrogram = hierarchical_clustering(csr_array(matrix), linkage=name)
    shuffled = hierarchical_clustering(csr_array(matrix[np.ix_(order, order)]), linkage=name)
    np.testing.assert_allclose(shuffled.similarities, dendrogram.similarities, rtol=1e-12)
    for threshold in (0.05, 0.2, 0.5):
        assert of_labels(shuffled.cut(threshold)) == of_labels(dendrogram.cut(threshold)[order])


def random_graph(n, edges, seed):
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, n, (2, edges))
    return Graph.from_edges(source, target, rng.random(edges), n=n)


@pytest.mark.parametrize("name", ["average", "single"])
def test_a_forest_has_a_tree_for_each_component(name):
    graph = random_graph(3000, 2500, 1)
    dendrogram = hierarchical_clustering(graph, linkage=name)
    components = nx.number_connected_components(graph.to_networkx())
    assert len(dendrogram.merges) == 3000 - components
    assert len(np.unique(dendrogram.cut(0))) == components


@pytest.mark.parametrize("name", LINKAGES)
def test_similarities_never_ascend(name):
    assert (np.diff(hierarchical_clustering(random_graph(2000, 8000, 2), linkage=name).similarities) <= 0).all()


@pytest.mark.parametrize("n", range(3, 12))
def test_rounding_does_not_turn_merges_round(n):
    # (0.1 + 0.1 + 0.1) / 3 is more than 0.1.
    graph = nx.complete_graph(n)
    nx.set_edge_attributes(graph, 0.1, "weight")
    dendrogram = hierarchical_clustering(graph)
    np.testing.assert_allclose(dendrogram.similarities, 0.1, rtol=1e-12)
    assert dendrogram.cut_into(1) == [set(graph)]


def test_single_linkage_is_the_maximum_spanning_forest():
    graph = random_graph(2000, 6000, 3)
    matrix = graph.to_scipy()
    dendrogram = hierarchical_clustering(graph, linkage="single")
    tree = -minimum_spanning_tree(csr_array((-matrix.data, matrix.indices, matrix.indptr), matrix.shape)).data
    np.testing.assert_allclose(dendrogram.similarities, np.sort(tree)[::-1])
    for threshold in (0.3, 0.6):
        left = nx.from_scipy_sparse_array(matrix.multiply(matrix >= threshold))
        assert of_labels(dendrogram.cut(threshold)) == partition(nx.connected_components(left))


def test_complete_linkage_gives_cliques():
    matrix = random_similarities(60, 0.4, 4)
    labels = hierarchical_clustering(csr_array(matrix), linkage="complete").cut(0.3)
    inner = (labels[:, None] == labels) & ~np.eye(60, dtype=bool)
    assert inner.sum() > 20
    assert matrix[inner].min() >= 0.3


def star(leaves):
    return Graph.from_edges(np.zeros(leaves, int), np.arange(1, leaves + 1))


def test_a_hub_averages_over_its_cluster():
    similarities = hierarchical_clustering(star(50_000)).similarities
    np.testing.assert_allclose(similarities, 1 / np.arange(1, 50_001))


def test_a_hub_is_halved_by_weighted_linkage_down_to_the_smallest_float():
    similarities = hierarchical_clustering(star(3000), linkage="weighted").similarities
    np.testing.assert_array_equal(similarities[:1000], 0.5 ** np.arange(1000))
    assert len(similarities) < 3000
    assert (similarities[1100:] == 0).all()


def test_similarities_of_a_hub_that_was_halved_often_still_add_up():
    # A node with the same faint similarity to all leaves comes last, at what it had: the mean of equal values.
    leaves, faint = 600, 2.0**-700
    leaf = np.arange(1, leaves + 1)
    source = np.concatenate([np.zeros(leaves, int), np.full(leaves, leaves + 1)])
    weights = np.repeat([1, faint], leaves)
    similarities = hierarchical_clustering(
        Graph.from_edges(source, np.tile(leaf, 2), weights), linkage="weighted"
    ).similarities
    np.testing.assert_array_equal(similarities[:-1], 0.5 ** np.arange(leaves))
    assert similarities[-1] == pytest.approx(faint, rel=1e-12)


def test_weights_self_loops_zeros_and_isolated_nodes():
    graph = nx.Graph()
    graph.add_nodes_from(["lone", 7])
    graph.add_weighted_edges_from([("a", "b", 0.9), (7, "a", 0), ("a", "a", 5), ("b", ("c",), 0.6)])
    dendrogram = hierarchical_clustering(graph)
    assert dendrogram.similarities.tolist() == [0.9, 0.3]
    assert dendrogram.cut(0.5) == [{"a", "b"}, {"lone"}, {7}, {("c",)}]
    unweighted = hierarchical_clustering(graph, linkage="single", weight=None)
    assert unweighted.similarities.tolist() == [1, 1, 1]
    assert unweighted.cut_into(2) == [{7, "a", "b", ("c",)}, {"lone"}]


@pytest.mark.parametrize("name", LINKAGES)
@pytest.mark.parametrize("n", [0, 1, 3])
def test_graphs_without_edges(name, n):
    dendrogram = hierarchical_clustering(nx.empty_graph(n), linkage=name)
    assert dendrogram.cut(0.5) == dendrogram.cut_into(n) == [{v} for v in range(n)]


def test_clusters_come_as_the_graph_came():
    graph = nx.Graph([("x", "y"), ("u", "v")])
    assert hierarchical_clustering(graph).cut(1) == [{"x", "y"}, {"u", "v"}]
    for source in (Graph.from_networkx(graph), nx.to_scipy_sparse_array(graph)):
        assert hierarchical_clustering(source).cut(1).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("name", LINKAGES)
def test_the_same_graph_gives_the_same_dendrogram(name):
    graph = Graph.from_networkx(nx.gnm_random_graph(300, 900, seed=1))
    first, second = (hierarchical_clustering(graph, linkage=name) for _ in range(2))
    np.testing.assert_array_equal(first.merges, second.merges)
    np.testing.assert_array_equal(first.similarities, second.similarities)


@pytest.mark.parametrize(
    ("graph", "options", "error", "message"),
    [
        (nx.path_graph(3), {"linkage": "avarage"}, OptionError, "did you mean 'average'"),
        (nx.DiGraph([(0, 1)]), {}, GraphError, "undirected"),
        (nx.Graph([(0, 1, {"weight": -1})]), {}, GraphError, "negative weight"),
        ([(0, 1)], {}, GraphError, "must be a networkx graph"),
    ],
)
def test_bad_input(graph, options, error, message):
    with pytest.raises(error, match=message):
        hierarchical_clustering(graph, **options)
