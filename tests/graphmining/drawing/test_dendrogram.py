"""The picture of a dendrogram: merges at their similarity, clusters in colours, large trees cut short."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from graphmining import Dendrogram, draw_dendrogram, hierarchical_clustering
from graphmining.errors import OptionError


def random_dendrogram(n, trees, seed):
    """Random merges of n leaves down to a number of trees."""
    rng = np.random.default_rng(seed)
    clusters, merges, sizes = list(range(n)), [], [1] * n
    while len(clusters) > trees:
        one, other = sorted(rng.choice(len(clusters), 2, replace=False), reverse=True)
        pair = sorted([clusters.pop(one), clusters.pop(other)])
        clusters.append(n + len(merges))
        merges.append(pair)
        sizes.append(sizes[pair[0]] + sizes[pair[1]])
    similarities = np.sort(rng.random(len(merges)))[::-1]
    return Dendrogram(np.reshape(merges, (-1, 2)), similarities, sizes[n:], [f"leaf {at}" for at in range(n)])


def artist(ax, kind):
    (found,) = [collection for collection in ax.collections if type(collection) is kind]
    return found


def bars(ax):
    """The lines that join two clusters: similarity of each."""
    segments = artist(ax, LineCollection).get_segments()
    return sorted(segment[0][0] for segment in segments if segment[0][0] == segment[1][0])


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**31))
def test_every_merge_is_drawn_at_its_similarity(n, trees, seed):
    dendrogram = random_dendrogram(n, min(trees, n), seed)
    ax = draw_dendrogram(dendrogram)
    assert bars(ax) == sorted(dendrogram.similarities.tolist())
    assert sorted(names(ax)) == sorted(dendrogram.nodes)
    assert len(artist(ax, PolyCollection).get_paths()) == 0
    segments = artist(ax, LineCollection).get_segments()
    assert len(segments) == n + 2 * len(dendrogram.merges)
    # Lines of merges never cross: between the ends of a bar are exactly the leaves of its cluster.
    rows = {name: row for row, name in enumerate(names(ax))}
    members = [{row} for row in (rows[name] for name in dendrogram.nodes)]
    for one, other in dendrogram.merges.tolist():
        members.append(members[one] | members[other])
        assert max(members[-1]) - min(members[-1]) == len(members[-1]) - 1


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 200), st.integers(1, 200), st.integers(2, 40), st.integers(0, 2**31))
def test_large_dendrograms_are_cut_short(n, trees, leaves, seed):
    dendrogram = random_dendrogram(n, min(trees, n), seed)
    ax = draw_dendrogram(dendrogram, leaves=leaves)
    assert len(names(ax)) <= max(leaves, n if n <= leaves else 0)
    counts = [int(name.split()[0].replace(",", "")) if name.endswith("leaves") else 1 for name in names(ax)]
    left_out = ax.get_title().partition("(")[2].partition(" leaves in smaller")[0].replace(",", "")
    assert sum(counts) + int(left_out or 0) == n
    assert len(artist(ax, PolyCollection).get_paths()) == sum(count > 1 for count in counts)
    # Of one tree the least similar merges are drawn, and as many as fit.
    if len(dendrogram.merges) == n - 1 and n > leaves:
        assert bars(ax) == sorted(dendrogram.similarities[-(leaves - 1) :].tolist())


@pytest.mark.parametrize("kind", [nx.Graph, lambda graph: nx.to_scipy_sparse_array(graph)])
@pytest.mark.parametrize("cut", [{"count": 4}, {"threshold": 0.3}])
def test_a_cut_colours_its_clusters(kind, cut):
    karate = nx.karate_club_graph()
    dendrogram = hierarchical_clustering(kind(karate))
    ax = draw_dendrogram(dendrogram, **cut)
    clusters = dendrogram.cut(0.3) if "threshold" in cut else dendrogram.cut_into(4)
    if isinstance(clusters, np.ndarray):
        clusters = [set(np.flatnonzero(clusters == label).tolist()) for label in range(clusters.max() + 1)]
    lines = artist(ax, LineCollection)
    stems = {}
    for segment, color in zip(lines.get_segments(), lines.get_colors()):
        if segment[0][0] == ax.get_xlim()[0]:
            stems[int(names(ax)[round(segment[0][1])])] = to_hex(color)
    assert set(stems) == set(range(34))
    for cluster in clusters:
        assert len({stems[node] for node in cluster}) == 1
    large = [stems[min(cluster)] for cluster in clusters if len(cluster) > 1]
    assert len(set(large)) == len(large)
    assert {stems[node] for cluster in clusters if len(cluster) == 1 for node in cluster} <= {"#aaaaaa"}
    (line,) = ax.lines
    x = line.get_xdata()[0]
    assert list(map(len, clusters)) == list(map(len, _cut(dendrogram, x)))
    assert f"{len(clusters)} clusters" in ax.get_title()


def _cut(dendrogram, threshold):
    clusters = dendrogram.cut(threshold)
    if isinstance(clusters, np.ndarray):
        return [np.flatnonzero(clusters == label) for label in range(clusters.max() + 1)]
    return clusters


def test_merges_above_the_cut_are_grey():
    dendrogram = Dendrogram([[0, 1], [2, 3], [4, 5]], [0.9, 0.8, 0.4], [2, 2, 4], list("abcd"))
    lines = artist(draw_dendrogram(dendrogram, threshold=0.5), LineCollection)
    colors = {}
    for segment, color in zip(lines.get_segments(), lines.get_colors()):
        if segment[0][0] == segment[1][0]:
            colors[segment[0][0]] = to_hex(color)
    assert colors[0.4] == "#aaaaaa"
    assert len({colors[0.9], colors[0.8], "#aaaaaa"}) == 3


def test_similarities_of_many_magnitudes_have_a_logarithmic_axis():
    merges, sizes = [[0, 1], [2, 3]], [2, 3]
    wide = draw_dendrogram(Dendrogram(merges, [100, 0.1], sizes, list("abc")))
    narrow = draw_dendrogram(Dendrogram(merges, [1, 0.1], sizes, list("abc")))
    negative = draw_dendrogram(Dendrogram(merges, [100, -0.1], sizes, list("abc")))
    assert [ax.get_xscale() for ax in (wide, narrow, negative)] == ["log", "linear", "linear"]
    assert wide.get_xlabel() == "similarity (logarithmic)"
    for ax, low in ((wide, 0.1), (narrow, 0), (negative, -0.1)):
        start, end = ax.get_xlim()
        assert start > end
        assert end <= low


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("options", [{}, {"threshold": 0.5}, {"count": 1}])
def test_leaves_without_merges_are_drawn(n, options):
    if options.get("count") and n != 1:
        options = {"count": n}
    ax = draw_dendrogram(Dendrogram([], [], [], list("abc")[:n]), **options)
    assert names(ax) == list("abc")[:n]
    assert bars(ax) == []
    ax.figure.draw_without_rendering()


def test_long_names_are_shortened_and_the_figure_has_room_for_all():
    dendrogram = Dendrogram([[0, 1]], [0.5], [2], ["a" * 80, "b"])
    ax = draw_dendrogram(dendrogram)
    assert names(ax) == ["a" * 27 + "…", "b"]
    large = draw_dendrogram(random_dendrogram(60, 1, 0))
    large.figure.draw_without_rendering()
    heights = [label.get_window_extent() for label in large.get_yticklabels()]
    assert not any(one.overlaps(other) for one, other in zip(heights, heights[2:]))


def test_a_chain_of_many_merges_is_drawn():
    n = 20_000
    merges = np.stack([np.append(0, np.arange(n, 2 * n - 2)), np.arange(1, n)], axis=1)
    merges.sort(axis=1)
    dendrogram = Dendrogram(merges, np.linspace(1, 0.5, n - 1), np.arange(2, n + 1), range(n))
    assert len(names(draw_dendrogram(dendrogram, count=3))) == 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0.5, "count": 2}, "not both"),
        ({"threshold": "high"}, "threshold must be a number"),
        ({"count": 9}, "cannot be cut into 9 clusters"),
        ({"count": 1.5}, "must be an integer"),
        ({"leaves": 1}, "leaves must be an integer of at least 2"),
        ({"leaves": 2.5}, "leaves must be an integer of at least 2"),
    ],
)
def test_options_that_cannot_work_are_one_sentence(options, message):
    with pytest.raises(OptionError, match=message):
        draw_dendrogram(random_dendrogram(5, 1, 0), **options)


def test_axes_and_title_can_be_given():
    ax = Figure().add_subplot()
    assert draw_dendrogram(random_dendrogram(5, 1, 0), ax=ax, title="five") is ax
    assert ax.get_title() == "five"
