"""The adjacency matrix in blocks: what its cells hold, where its squares are."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from graphmining import Graph, draw_blocks
from graphmining.errors import GraphError


def squares(ax):
    (collection,) = ax.collections
    boxes = [path.get_extents() for path in collection.get_paths()]
    return [(box.x0, box.y0, box.x1, box.y1) for box in boxes], [
        to_hex(color) for color in collection.get_edgecolors()
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 2**31), st.booleans())
def test_small_matrices_are_drawn_entry_by_entry(labels, seed, directed):
    n = len(labels)
    rng = np.random.default_rng(seed)
    source, target = rng.integers(0, n, (2, 3 * n))
    graph = Graph.from_edges(source, target, rng.integers(1, 5, 3 * n), n=n, directed=directed)
    labels = np.array(labels)
    sizes = np.bincount(labels)
    first = [int(np.argmax(labels == label)) if (labels == label).any() else n for label in range(len(sizes))]
    rank = {label: at for at, label in enumerate(sorted(range(len(sizes)), key=lambda c: (-sizes[c], first[c])))}
    order = sorted(range(n), key=lambda v: (rank[labels[v]], -graph.degrees[v], v))
    expected = graph.to_scipy().toarray()[np.ix_(order, order)]
    ax = draw_blocks(graph, labels)
    assert np.array_equal(ax.images[0].get_array(), expected)
    ends = np.cumsum(sorted(sizes[sizes > 0])[::-1])
    boxes, _ = squares(ax)
    assert [box[2] for box in boxes] == ends.tolist()
    assert all(box[:2] == (box[0], box[0]) and box[3] == box[2] for box in boxes)


def test_large_matrices_are_drawn_as_means_over_cells():
    labels = np.repeat([0, 1], [1600, 400])
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 1600, (2, 30000))
    graph = Graph.from_edges(source, target, n=2000)
    ax = draw_blocks(graph, labels)
    image = np.asarray(ax.images[0].get_array())
    assert image.shape == (250, 250)
    # Eight nodes a cell: the means, times 64 pairs, add up to all entries.
    assert image.sum() * 64 == pytest.approx(graph.weights.sum())
    assert image[200:].max() == 0
    assert image[:200, :200].mean() == pytest.approx(graph.weights.sum() / 1600**2)
    boxes, colors = squares(ax)
    assert boxes == [(0, 0, 1600, 1600), (1600, 1600, 2000, 2000)]
    assert len(set(colors)) == 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["1,600", "400"]
    assert ax.get_title() == f"2,000 nodes, {graph.number_of_edges:,} edges, 2 clusters"


def test_a_bar_explains_weights_but_not_plain_edges():
    plain = nx.path_graph(4)
    clusters = [{0, 1}, {2, 3}]
    assert len(draw_blocks(plain, clusters).figure.axes) == 1
    weighted = nx.Graph([(0, 1, {"weight": 3}), (1, 2), (2, 3)])
    _, bar = draw_blocks(weighted, clusters).figure.axes
    assert bar.get_ylabel() == "weight of the edge"
    assert len(draw_blocks(weighted, clusters, weight=None).figure.axes) == 1


def test_negative_weights_have_another_colour_than_positive_ones():
    graph = nx.Graph([(0, 1, {"weight": 2}), (1, 2, {"weight": -3})])
    image = draw_blocks(graph, [{0, 1, 2}]).images[0]
    low, none, high = image.cmap(image.norm([-3.0, 0.0, 2.0]))[:, :3]
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert none.min() > 0.9
    only = draw_blocks(nx.Graph([(0, 1, {"weight": -1})]), [{0, 1}])
    only.figure.draw_without_rendering()
    assert only.images[0].get_array().min() == -1


@pytest.mark.parametrize("n", [0, 1, 3])
def test_graphs_without_edges_are_drawn(n):
    ax = draw_blocks(nx.empty_graph(n), [{node} for node in range(n)])
    assert np.asarray(ax.images[0].get_array()).tolist() == np.zeros((max(n, 1),) * 2).tolist()
    ax.figure.draw_without_rendering()


def test_clusters_that_do_not_fit_are_one_sentence():
    with pytest.raises(GraphError, match="node 2 is in no cluster"):
        draw_blocks(nx.path_graph(3), [{0, 1}])


def test_axes_and_title_can_be_given():
    ax = Figure().add_subplot()
    assert draw_blocks(nx.path_graph(3), [{0, 1, 2}], ax=ax, title="a path") is ax
    assert ax.get_title() == "a path"
