"""Sizes and conductance of clusters, as bars, points and lines."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from graphmining import draw_conductance, draw_sizes
from graphmining.errors import GraphError


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_few_clusters_have_a_bar_each(sizes):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    as_dict = dict(enumerate(f"c{label}" for label in labels))
    as_sets = [set(np.flatnonzero(labels == label).tolist()) for label in range(len(sizes))]
    for clusters in (labels, as_dict, as_sets):
        ax = draw_sizes(clusters)
        assert [bar.get_height() for bar in ax.patches] == sorted(sizes, reverse=True)
        assert [text.get_text() for text in ax.texts] == [str(size) for size in sorted(sizes, reverse=True)]
    assert ax.get_title().startswith(f"{sum(sizes):,} nodes in {len(sizes):,} clusters, median ")


def test_many_clusters_have_a_distribution():
    sizes = [1] * 60 + [2] * 30 + [500] * 10
    ax = draw_sizes(np.repeat(np.arange(100), sizes))
    assert len(ax.patches) == 0
    steps, dots = ax.lines
    for line in (steps, dots):
        assert np.asarray(line.get_xydata()).tolist() == [[1, 1], [2, 0.4], [500, 0.1]]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_title() == "5,120 nodes in 100 clusters, median 1, largest 500"


def test_conductance_is_that_of_networkx():
    graph = nx.les_miserables_graph()
    clusters = nx.community.louvain_communities(graph, seed=1)
    ax = draw_conductance(graph, clusters)
    points = np.asarray(ax.collections[0].get_offsets())
    expected = sorted((len(c), nx.conductance(graph, c, weight="weight")) for c in clusters)
    assert np.allclose(sorted(map(tuple, points.tolist())), expected)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("nodes in the cluster", "conductance")
    unweighted = np.asarray(draw_conductance(graph, clusters, weight=None).collections[0].get_offsets())
    assert np.allclose(
        sorted(map(tuple, unweighted.tolist())), sorted((len(c), nx.conductance(graph, c)) for c in clusters)
    )


def test_the_line_is_the_least_conductance_by_size():
    graph = nx.barbell_graph(5, 10)
    clusters = [set(range(5)), {5, 6, 7, 8, 9}, {10, 11}, {12, 13}, {14}, set(range(15, 20))]
    ax = draw_conductance(graph, clusters)
    points = np.asarray(ax.collections[0].get_offsets())
    line = np.asarray(ax.lines[0].get_xydata())
    assert line[:, 0].tolist() == [1, 2, 5]
    assert line[:, 1].tolist() == [points[points[:, 0] == size, 1].min() for size in (1, 2, 5)]


def test_points_of_few_clusters_have_the_colours_of_the_other_pictures():
    graph = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(3))
    ax = draw_conductance(graph, [set(range(4)), set(range(4, 7))])
    bars = draw_sizes([set(range(4)), set(range(4, 7))])
    points = ax.collections[0].get_facecolors()
    assert np.allclose(points, [bar.get_facecolor() for bar in bars.patches])


def test_conductance_without_bound_is_left_out_and_above_one_is_seen():
    graph = nx.DiGraph([(0, 1), (0, 2), (3, 0)])
    ax = draw_conductance(graph, [{0}, {1}, {2}, {3}])
    points = np.asarray(ax.collections[0].get_offsets())
    assert np.isfinite(points).all()
    assert ax.get_ylim()[1] > points[:, 1].max()


@pytest.mark.parametrize("clusters", [[], [{0}]])
def test_nothing_much_is_drawn(clusters):
    graph = nx.empty_graph(len(clusters))
    for ax in (draw_sizes(clusters), draw_conductance(graph, clusters)):
        ax.figure.draw_without_rendering()
    assert ax.collections[0].get_offsets().shape == (len(clusters), 2)


def test_what_is_no_clustering_is_one_sentence():
    with pytest.raises(GraphError, match="clusters must be collections of nodes"):
        draw_sizes([1, 2])
    with pytest.raises(GraphError, match="node 1 is in no cluster"):
        draw_conductance(nx.path_graph(2), [{0}])
    with pytest.raises(GraphError, match="negative weight"):
        draw_conductance(nx.Graph([(0, 1, {"weight": -1})]), [{0, 1}])


def test_axes_and_titles_can_be_given():
    for draw in (draw_sizes, lambda clusters, **options: draw_conductance(nx.path_graph(2), clusters, **options)):
        ax = Figure().add_subplot()
        assert draw([{0}, {1}], ax=ax, title="two") is ax
        assert ax.get_title() == "two"
