import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining.errors import OptionError
from graphmining.generators.planted import planted_partition


def dense(graph):
    return graph.to_scipy().toarray()


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), max_size=6),
    p_in=st.floats(0, 1),
    p_out=st.floats(0, 1),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**63),
)
def test_simple_undirected_graph(sizes, p_in, p_out, shuffle, seed):
    graph, labels = planted_partition(len(sizes), sizes, p_in=p_in, p_out=p_out, shuffle=shuffle, seed=seed)
    matrix = dense(graph)
    assert not graph.directed
    assert np.array_equal(matrix, matrix.T)
    assert set(matrix.ravel()) <= {0, 1}
    assert not matrix.trace()
    assert labels.dtype == np.int32
    assert np.bincount(labels, minlength=len(sizes)).tolist() == sizes


def test_every_pair_is_drawn_alone():
    """Each pair as often as it should be, and each two pairs together as often as independent ones."""
    rounds, chances = 4000, {True: 0.3, False: 0.6}
    _, labels = planted_partition(2, [3, 2], p_in=0, p_out=0)
    pairs = list(itertools.combinations(range(5), 2))
    expected = np.array([chances[labels[u] == labels[v]] for u, v in pairs])
    drawn = np.empty((rounds, len(pairs)))
    for seed in range(rounds):
        matrix = dense(planted_partition(2, [3, 2], p_in=0.3, p_out=0.6, seed=seed)[0])
        drawn[seed] = [matrix[pair] for pair in pairs]
    joint = drawn.T @ drawn / rounds
    wanted = np.outer(expected, expected)
    np.fill_diagonal(wanted, expected)
    assert np.all(np.abs(joint - wanted) < 5 * np.sqrt(wanted * (1 - wanted) / rounds))


def test_number_of_edges_by_block():
    sizes = np.array([300, 50, 120])
    pairs = np.outer(sizes, sizes) - np.diag(sizes)
    chances = np.where(np.eye(3, dtype=bool), 0.05, 0.01)
    entries, rounds = np.zeros((3, 3)), 40
    for seed in range(rounds):
        graph, labels = planted_partition(3, sizes, p_in=0.05, p_out=0.01, seed=seed)
        blocks = np.eye(3)[labels]
        entries += blocks.T @ (graph.to_scipy() @ blocks)
    # The diagonal counts every edge twice.
    spread = np.sqrt(rounds * pairs * chances * (1 - chances) * (1 + np.eye(3)))
    assert np.all(np.abs(entries - rounds * pairs * chances) < 5 * spread)


def test_expected_degrees():
    sizes = np.array([2000, 500, 1000])
    graph, labels = planted_partition(3, sizes, inside=9, outside=4, seed=3)
    blocks = np.eye(3)[labels]
    degrees = graph.to_scipy() @ blocks
    within = degrees[np.arange(3500), labels]
    for label, size in enumerate(sizes):
        assert within[labels == label].mean() == pytest.approx(9, abs=5 * np.sqrt(2 * 9 / size))
    beyond = degrees.sum(axis=1) - within
    assert beyond.mean() == pytest.approx(4, abs=5 * np.sqrt(2 * 4 / 3500))


def test_large_graph_has_the_expected_number_of_edges():
    graph, _ = planted_partition(1000, 100, inside=8, outside=2)
    assert graph.number_of_edges == pytest.approx(500_000, abs=5 * np.sqrt(500_000))


def test_certain_and_impossible_edges():
    whole, labels = planted_partition(3, [4, 1, 2], p_in=1, p_out=0)
    assert np.array_equal(dense(whole), (labels[:, None] == labels) & ~np.eye(7, dtype=bool))
    between, labels = planted_partition(3, [4, 1, 2], p_in=0, p_out=1)
    assert np.array_equal(dense(between), labels[:, None] != labels)
    assert planted_partition(2, 5, p_in=1e-320, p_out=1e-320)[0].number_of_edges == 0
    assert len(planted_partition(0, 5, inside=0, outside=0)[0]) == 0
    assert len(planted_partition(0, [], inside=0, outside=0)[0]) == 0


def test_same_seed_same_graph():
    def draw(seed, **options):
        graph, labels = planted_partition(20, 30, inside=5, outside=2, seed=seed, **options)
        return [a.tolist() for a in (graph.indptr, graph.indices, graph.weights, labels)]

    for options in ({}, {"shuffle": True}, {"weights": (2, 1)}):
        assert draw(1, **options) == draw(1, **options)
        assert draw(1, **options) == draw(np.int64(1), **options)
        assert draw(1, **options) != draw(2, **options)
    assert draw(None) != draw(None)


def test_shuffle_only_renames():
    """Ids tell nothing about clusters, and the graph is the same by another numbering."""
    plain, labels = planted_partition(30, 40, inside=6, outside=3, seed=5)
    shuffled, mixed = planted_partition(30, 40, inside=6, outside=3, seed=5, shuffle=True)
    assert np.mean(labels[1:] == labels[:-1]) > 0.9
    assert np.mean(mixed[1:] == mixed[:-1]) < 0.1
    blocks, mixed_blocks = np.eye(30)[labels], np.eye(30)[mixed]
    assert np.array_equal(
        blocks.T @ (plain.to_scipy() @ blocks), mixed_blocks.T @ (shuffled.to_scipy() @ mixed_blocks)
    )
    assert np.array_equal(np.sort(plain.degrees), np.sort(shuffled.degrees))


def test_weights_have_their_means():
    graph, labels = planted_partition(20, 100, inside=9, outside=9, weights=(3, 0.5), shuffle=True)
    source, target, weights = graph.edges()
    inside = labels[source] == labels[target]
    assert weights.min() > 0
    for drawn, mean in ((weights[inside], 3), (weights[~inside], 0.5)):
        assert drawn.max() <= 2 * mean
        assert drawn.mean() == pytest.approx(mean, abs=5 * mean / np.sqrt(3 * len(drawn)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clusters": -1}, "clusters must be the number of clusters, not -1"),
        ({"clusters": 2.5}, "clusters must be"),
        ({"clusters": True}, "clusters must be"),
        ({"size": 0}, "size must be a positive integer"),
        ({"size": [3, 0]}, "size must be a positive integer"),
        ({"size": 2.0}, "size must be a positive integer"),
        ({"size": [[3, 3]]}, "size must be a positive integer"),
        ({"size": [3, 3, 3]}, "size has 3 entries for 2 clusters"),
        ({"size": 2**30}, "fewer than 2\\*\\*31"),
        ({"clusters": 2**50}, "fewer than 2\\*\\*31"),
        ({"inside": 1}, "give one of inside and p_in"),
        ({"p_in": None}, "give one of inside and p_in"),
        ({"outside": 1}, "give one of outside and p_out"),
        ({"p_out": None}, "give one of outside and p_out"),
        ({"p_in": 1.5}, "p_in must be a probability between 0 and 1, not 1.5"),
        ({"p_in": float("nan")}, "p_in must be a probability"),
        ({"p_out": "a"}, "p_out must be a probability"),
        ({"p_in": None, "inside": 5}, "inside must be an expected degree from 0 to 4, not 5"),
        ({"p_in": None, "inside": -1}, "inside must be"),
        ({"p_in": None, "inside": "many"}, "inside must be"),
        ({"p_out": None, "outside": 6}, "outside must be an expected degree from 0 to 5, not 6"),
        ({"clusters": 1, "p_out": None, "outside": 1}, "outside must be an expected degree from 0 to 0"),
        ({"weights": 1}, "weights must be two positive numbers"),
        ({"weights": (1, 0)}, "weights must be two positive numbers"),
        ({"weights": (1, 2, 3)}, "weights must be two positive numbers"),
        ({"seed": "x"}, "seed must be"),
    ],
)
def test_bad_options(options, message):
    options = {"clusters": 2, "size": 5, "p_in": 0.5, "p_out": 0.1, **options}
    with pytest.raises(OptionError, match=message):
        planted_partition(options.pop("clusters"), options.pop("size"), **options)
