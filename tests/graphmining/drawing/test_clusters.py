"""The picture of a clustered graph: what is where, in which colour, and what is left out."""

import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PatchCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from graphmining import Graph, draw_clusters
from graphmining.errors import GraphError, OptionError


def artists(ax, kind):
    return [artist for artist in ax.collections if type(artist) is kind]


def points(ax, n):
    """Place, colour and mark of each node, clusters by mark."""
    drawn = artists(ax, PathCollection)
    places = np.concatenate([np.empty((0, 2)), *(np.asarray(artist.get_offsets()) for artist in drawn)])
    colors = [
        to_hex(color)
        for artist in drawn
        for color in np.broadcast_to(artist.get_facecolors(), (len(artist.get_offsets()), 4))
    ]
    assert len(places) == len(colors) == n
    return places, colors


def discs(ax):
    """Centre and radius of each disc."""
    (collection,) = artists(ax, PatchCollection)
    boxes = [path.get_extents() for path in collection.get_paths()]
    return np.array([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) for box in boxes]), np.array(
        [box.width / 2 for box in boxes]
    )


def lines(ax, label):
    (collection,) = [artist for artist in artists(ax, LineCollection) if artist.get_label() == label]
    return collection


def cliques(count, size, bridges=True):
    graph = nx.disjoint_union_all([nx.complete_graph(size)] * count)
    if bridges:
        graph.add_edges_from((at * size, (at + 1) % count * size) for at in range(count))
    return graph, [set(range(at * size, (at + 1) * size)) for at in range(count)]


clusterings = st.lists(st.integers(1, 40), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(clusterings, st.integers(0, 2**31), st.integers(0, 3))
def test_nodes_are_inside_discs_that_do_not_overlap(sizes, seed, density):
    sizes = sorted(sizes, reverse=True)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, len(labels), (2, density * len(labels)))
    ax = draw_clusters(Graph.from_edges(*ends, n=len(labels)), labels, labels=False)
    (drawn,) = artists(ax, PathCollection) if len(sizes) <= 9 else (None,)
    centers, radii = discs(ax) if max(sizes) > 1 else (np.empty((0, 2)), np.empty(0))
    shown = sum(size > 1 for size in sizes)
    assert len(centers) == shown
    apart = np.linalg.norm(centers[:, None] - centers[None, :], axis=2) + np.eye(shown) * 1e9
    assert (apart >= radii[:, None] + radii[None, :] - 1e-9).all()
    if drawn is not None:
        places = np.asarray(drawn.get_offsets())
        inside = labels < shown
        reach = np.linalg.norm(places[inside] - centers[labels[inside]], axis=1)
        assert (reach < radii[labels[inside]]).all()
        between = np.linalg.norm(places[:, None] - places[None, :], axis=2) + np.eye(len(places)) * 1e9
        assert between.min() > 0.4
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    everywhere = np.concatenate([np.asarray(artist.get_offsets()) for artist in artists(ax, PathCollection)])
    assert ((everywhere > low) & (everywhere < high)).all()


def test_each_cluster_has_a_colour_and_single_nodes_are_grey():
    graph, clusters = cliques(3, 4)
    graph.add_edge(0, "alone")
    clusters.append({"alone"})
    ax = draw_clusters(graph, clusters)
    _, colors = points(ax, 13)
    assert len(set(colors)) == 4
    for cluster in clusters[:3]:
        assert len({colors[node] for node in cluster}) == 1
    assert colors[-1] == "#aaaaaa"


def test_more_clusters_than_colours_have_other_marks():
    graph, clusters = cliques(20, 3)
    ax = draw_clusters(graph, clusters)
    drawn = artists(ax, PathCollection)
    assert [len(artist.get_offsets()) for artist in drawn] == [27, 27, 6]
    marks = {artist.get_paths()[0].vertices.tobytes() for artist in drawn}
    assert len(marks) == 3
    assert len({to_hex(color) for color in drawn[0].get_facecolors()}) == 9


def test_edges_are_lines_from_node_to_node():
    graph, clusters = cliques(4, 5)
    ax = draw_clusters(graph, clusters)
    places, colors = points(ax, 20)
    inside = lines(ax, "edges inside clusters")
    between = lines(ax, "edges between clusters")
    assert len(inside.get_segments()) == 40
    assert len(between.get_segments()) == 4
    assert (ax.get_title()) == "20 nodes, 44 edges (4 between), 4 clusters"
    ends = {tuple(map(tuple, segment)) for segment in np.round(inside.get_segments(), 9)}
    expected = [(u, v) for u, v in graph.edges if u // 5 == v // 5]
    assert ends == {tuple(map(tuple, np.round([places[u], places[v]], 9))) for u, v in expected}
    assert {to_hex(color) for color in inside.get_colors()} == set(colors)
    red, green, blue, _ = between.get_colors()[0]
    assert red == green == blue


def test_many_edges_between_are_one_line_a_pair_as_wide_as_their_weight():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 100)
    first, second = rng.integers(0, 100, 3000), rng.integers(100, 200, 3000)
    graph = Graph.from_edges(np.append(first, 0), np.append(second, 200), n=300)
    between = lines(draw_clusters(graph, labels), "edges between clusters")
    assert len(between.get_segments()) == 2
    narrow, wide = sorted(between.get_linewidths())
    assert wide > 10 * narrow


def test_connected_clusters_are_closer_than_others():
    graph = nx.disjoint_union_all([nx.complete_graph(8)] * 4)
    graph.add_edges_from((u, v) for u in range(8) for v in range(8, 16))
    clusters = [set(range(at * 8, at * 8 + 8)) for at in range(4)]
    centers, _ = discs(draw_clusters(graph, clusters))
    apart = np.linalg.norm(centers[:, None] - centers[None, :], axis=2)
    assert apart[0, 1] < 0.9 * min(apart[0, 2], apart[0, 3], apart[1, 2], apart[2, 3])


def test_the_same_seed_gives_the_same_picture():
    graph, clusters = cliques(5, 6)
    one, same, other = (points(draw_clusters(graph, clusters, seed=seed), 30)[0] for seed in (4, 4, 5))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_clusters_may_come_in_any_form():
    graph, clusters = cliques(3, 4)
    labels = np.repeat([7, 3, 5], 4)
    pictures = [
        points(draw_clusters(graph, form), 12)[0]
        for form in (clusters, labels, dict(zip(graph, labels.tolist())), [list(cluster) for cluster in clusters])
    ]
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


def test_positions_can_be_given():
    graph = nx.path_graph(3)
    given_places = {0: (0, 0), 1: (1, 2), 2: (3, 1)}
    for positions in (given_places, np.array(list(given_places.values()))):
        ax = draw_clusters(graph, [{0, 1}, {2}], positions=positions)
        assert points(ax, 3)[0].tolist() == [[0, 0], [1, 2], [3, 1]]
        assert artists(ax, PatchCollection) == []


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_names_are_written_where_there_is_room():
    karate = nx.karate_club_graph()
    clusters = nx.community.louvain_communities(karate, seed=0)
    assert sorted(texts(draw_clusters(karate, clusters)), key=int) == list(map(str, range(34)))
    assert texts(draw_clusters(karate, clusters, labels=False)) == []
    assert texts(draw_clusters(karate, clusters, labels={33: "John A", 0: "Mr. Hi"})) == ["John A", "Mr. Hi"]


def test_names_do_not_cover_each_other_and_hubs_come_first():
    graph = nx.les_miserables_graph()
    clusters = nx.community.louvain_communities(graph, seed=0)
    ax = draw_clusters(graph, clusters)
    written = texts(ax)
    assert len(written) > 0.75 * len(graph)
    assert {"Valjean", "Javert", "Marius", "Gavroche", "Enjolras", "Fantine"} <= set(written)
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    ax.figure.draw(renderer)
    boxes = [text.get_window_extent(renderer).shrunk(0.9, 0.75) for text in ax.texts]
    assert not any(one.overlaps(other) for at, one in enumerate(boxes) for other in boxes[:at])
    picture = ax.figure.bbox
    assert all(picture.x0 <= box.x0 and box.x1 <= picture.x1 for box in boxes)


def test_large_clusters_are_labelled_with_their_sizes_not_nodes():
    graph, clusters = cliques(3, 60)
    clusters[0] |= {60}
    clusters[1] -= {60}
    assert texts(draw_clusters(graph, clusters)) == ["61", "60", "59"]


@pytest.mark.parametrize(
    ("graph", "clusters"),
    [
        (nx.Graph(), []),
        (nx.empty_graph(1), [{0}]),
        (nx.empty_graph(5), [{0, 1}, {2}, {3}, {4}]),
        (nx.DiGraph([(0, 1), (1, 0), (1, 1)]), [{0}, {1}]),
        (nx.Graph([(0, 1, {"weight": -2})]), [{0, 1}]),
        (nx.empty_graph(400), [{node} for node in range(400)]),
    ],
    ids=["empty", "one node", "no edges", "directed, with a loop", "negative weight", "400 clusters"],
)
def test_odd_graphs_are_drawn(graph, clusters):
    ax = draw_clusters(graph, clusters)
    places, _ = points(ax, len(graph))
    assert np.isfinite(places).all()
    assert len(np.unique(places.round(6), axis=0)) == len(graph)
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"clusters": [{0, 1}]}, GraphError, "node 2 is in no cluster"),
        ({"positions": {0: (0, 0)}}, GraphError, "node 1 has no position"),
        ({"positions": np.zeros((2, 2))}, GraphError, "positions must be 3 finite pairs"),
        ({"positions": np.full((3, 2), np.nan)}, GraphError, "positions must be 3 finite pairs"),
        ({"labels": {9: "x"}}, GraphError, "node 9 is not in the graph"),
        ({"labels": "all"}, OptionError, "labels must be True, False or a dict"),
        ({"seed": "x"}, OptionError, "seed must be"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(options, error, message):
    with pytest.raises(error, match=message):
        draw_clusters(nx.path_graph(3), **{"clusters": [{0, 1}, {2}]} | options)


def test_axes_can_be_given():
    ax = Figure().add_subplot()
    assert draw_clusters(nx.path_graph(3), [{0, 1}, {2}], ax=ax, title="a path") is ax
    assert ax.get_title() == "a path"


def test_no_window_and_no_global_state():
    code = """
import io, sys, networkx as nx, graphmining as gm
graph, clusters = nx.path_graph(4), [{0, 1}, {2, 3}]
gm.draw_clusters(graph, clusters).figure.savefig(io.BytesIO())
gm.draw_blocks(graph, clusters)
gm.draw_sizes(clusters)
gm.draw_conductance(graph, clusters)
gm.draw_dendrogram(gm.hierarchical_clustering(graph))
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
