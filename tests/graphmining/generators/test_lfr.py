import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphmining import coverage
from graphmining.errors import OptionError
from graphmining.generators.lfr import lfr


def inside_degrees(graph, labels):
    same = labels[graph.rows] == labels[graph.indices]
    return np.bincount(graph.rows[same], minlength=len(graph))


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(400, 1500),
    mixing=st.floats(0, 1),
    average=st.floats(8, 15),
    degree_exponent=st.floats(1, 4),
    community_exponent=st.floats(0, 3),
    seed=st.integers(0, 2**63),
)
def test_what_was_asked_for(n, mixing, average, degree_exponent, community_exponent, seed):
    graph, labels = lfr(
        n,
        mixing=mixing,
        average_degree=average,
        max_degree=30,
        degree_exponent=degree_exponent,
        min_community=35,
        max_community=80,
        community_exponent=community_exponent,
        seed=seed,
    )
    assert not graph.directed
    assert not graph.loops.any()
    assert (graph.weights == 1).all()  # parallel edges would add up
    sizes = np.bincount(labels)
    assert (labels.dtype, len(labels), len(graph)) == (np.int32, n, n)
    assert sizes.min() >= 35
    assert sizes.max() <= 80
    assert graph.degrees.max() <= 30
    assert graph.degrees.mean() == pytest.approx(average, abs=5 * 10 / np.sqrt(n) + 0.2)
    assert 1 - coverage(graph, labels) == pytest.approx(mixing, abs=0.03)


@pytest.mark.parametrize("mixing", [0, 0.1, 0.4, 0.75, 1])
def test_every_node_has_its_mixing(mixing):
    graph, labels = lfr(20_000, mixing=mixing)
    inside = inside_degrees(graph, labels)
    # Rounded up or down; of each community one stub may be odd, and of all those beyond.
    off = np.abs(inside - (1 - mixing) * graph.degrees) >= 1 + 1e-9
    assert off.sum() <= labels.max() + 2
    assert 1 - coverage(graph, labels) == pytest.approx(mixing, abs=0.003)
    assert graph.degrees.mean() == pytest.approx(20, abs=0.2)


def test_uniform_degrees():
    """With exponent 0 and the mean of 1, …, 39 every degree is as likely."""
    graph, _ = lfr(100_000, degree_exponent=0, average_degree=20, max_degree=39)
    counts = np.bincount(graph.degrees.astype(int), minlength=40)[1:]
    # A stub in a thousand is odd.
    assert np.all(np.abs(counts - 100_000 / 39) < 5 * np.sqrt(100_000 / 39) + 30)


@pytest.mark.parametrize("exponent", [1, 2, 3])
def test_degrees_follow_the_power_law(exponent):
    sizes = {"min_community": 70, "max_community": 100}  # room for every degree
    graph, _ = lfr(200_000, degree_exponent=exponent, average_degree=15, max_degree=60, mixing=0.5, **sizes)
    counts = np.bincount(graph.degrees.astype(int), minlength=61)
    bands = [np.arange(low, high) for low, high in ((20, 25), (25, 35), (35, 45), (45, 61))]
    drawn = np.array([counts[band].sum() for band in bands])
    wanted = np.array([(band ** -float(exponent)).sum() for band in bands])
    wanted *= drawn.sum() / wanted.sum()
    assert np.all(np.abs(drawn - wanted) < 5 * np.sqrt(wanted) + 0.005 * wanted)


@pytest.mark.parametrize("exponent", [0, 1, 2])
def test_sizes_follow_the_power_law(exponent):
    _, labels = lfr(200_000, community_exponent=exponent, average_degree=5, max_degree=10)
    sizes = np.bincount(labels)
    bands = [np.arange(low, high) for low, high in ((20, 30), (30, 45), (45, 70), (70, 101))]
    drawn = np.array([np.isin(sizes, band).sum() for band in bands])
    wanted = np.array([(band ** -float(exponent)).sum() for band in bands])
    wanted *= drawn.sum() / wanted.sum()
    assert np.all(np.abs(drawn - wanted) < 5 * np.sqrt(wanted) + 1)


def test_ids_tell_nothing():
    _, labels = lfr(5000)
    assert np.mean(labels[1:] == labels[:-1]) < 0.05


def test_dense_communities_are_simple():
    """Nearly every pair of a community is an edge, so most drawn pairs have to be exchanged."""
    graph, labels = lfr(
        400, mixing=0.1, average_degree=19, max_degree=19, min_community=20, max_community=20, degree_exponent=1
    )
    assert (graph.weights == 1).all()
    assert not graph.loops.any()
    assert np.bincount(labels).tolist() == [20] * 20
    inside = inside_degrees(graph, labels)
    assert inside.mean() == pytest.approx(0.9 * 19, abs=0.3)


def test_one_community():
    graph, labels = lfr(60, mixing=0, min_community=60, max_community=100, average_degree=8, max_degree=20)
    assert set(labels.tolist()) == {0}
    assert graph.degrees.mean() > 6


def test_same_seed_same_graph():
    def draw(seed):
        graph, labels = lfr(2000, seed=seed)
        return [a.tolist() for a in (graph.indptr, graph.indices, labels)]

    assert draw(3) == draw(3) == draw(np.int64(3))
    assert draw(3) != draw(4)
    assert draw(None) != draw(None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n must be a positive integer"),
        ({"n": 10.0}, "n must be a positive integer"),
        ({"max_degree": -1}, "max_degree must be a positive integer"),
        ({"max_degree": True}, "max_degree must be a positive integer"),
        ({"min_community": 0}, "min_community must be a positive integer"),
        ({"max_community": 2.5}, "max_community must be a positive integer"),
        ({"mixing": -0.1}, "mixing must be a number from 0 to 1, not -0.1"),
        ({"mixing": "much"}, "mixing must be a number"),
        ({"mixing": float("nan")}, "mixing must be a number"),
        ({"average_degree": 51}, "average_degree must be a number from 0 to 50, not 51"),
        ({"average_degree": 1}, "average_degree must be from 11.1, what degrees from 1 to 50 have in the mean"),
        ({"degree_exponent": -1}, "degree_exponent must be a number from 0 to 10"),
        ({"community_exponent": 1000}, "community_exponent must be a number from 0 to 10"),
        ({"n": 50}, "max_degree must be less than the number of nodes, 50, not 50"),
        ({"n": 130, "min_community": 70}, "130 nodes cannot be divided into communities of 70 to 100"),
        ({"min_community": 101}, "cannot be divided into communities of 101 to 100"),
        ({"max_degree": 200, "mixing": 0.5}, "a node of degree 200 has 100 neighbours in its community"),
        (
            {"mixing": 0, "average_degree": 49, "max_degree": 50, "max_community": 51},
            "some nodes have more neighbours in their community than any community has room for",
        ),
        ({"n": 60, "min_community": 60}, "% of the edges found no place"),
        ({"seed": "x"}, "seed must be"),
    ],
)
def test_bad_options(options, message):
    options = {"n": 1000, "degree_exponent": 1, **options}
    with pytest.raises(OptionError, match=message):
        lfr(options.pop("n"), **options)
