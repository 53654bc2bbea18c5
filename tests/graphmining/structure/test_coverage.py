"""Greedy coverage against enumeration; sketches against greedy on everything."""

from itertools import combinations

import hypothesis.strategies as st
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.sparse import coo_array, csr_matrix

from graphmining import Graph, coverage_coreset, k_cover
from graphmining.errors import GraphError, OptionError

families = st.lists(st.sets(st.integers(0, 14), max_size=6), max_size=8)


def union(sets, chosen):
    return set().union(*(sets[name] for name in chosen))


@settings(max_examples=80, deadline=None)
@given(sets=families, k=st.integers(1, 5))
def test_greedy(sets, k):
    chosen, covered = k_cover(sets, k)
    seen = set()
    for name, total in zip(chosen, covered):
        # The set that adds most, of equal ones the first.
        assert name == max(range(len(sets)), key=lambda s: (len(sets[s] - seen), -s))
        assert sets[name] - seen
        seen |= sets[name]
        assert total == len(seen)
    assert len(chosen) == k or seen == set().union(*sets)
    best = max((len(union(sets, some)) for some in combinations(range(len(sets)), min(k, len(sets)))), default=0)
    assert len(seen) >= (1 - 1 / np.e) * best


def big_family(seed=0, count=3000, elements=40_000):
    """Sets of very different sizes with elements of very different frequencies."""
    rng = np.random.default_rng(seed)
    sizes = np.minimum((20 * rng.pareto(1.2, count) + 5).astype(int), 2000)
    rows = np.repeat(np.arange(count), sizes)
    columns = (elements * rng.random(len(rows)) ** 1.5).astype(int)
    return coo_array((np.ones(len(rows)), (rows, columns)), (count, elements)).tocsr()


@pytest.mark.parametrize("k", [5, 50])
def test_coreset_nearly_covers_as_much(k):
    matrix = big_family()
    _, covered = k_cover(matrix, k)
    for seed in range(3):
        sample, rate = coverage_coreset(matrix, k, size=15_000, seed=seed)
        assert sample.shape == matrix.shape
        assert 14_000 < sample.nnz <= 15_000 < matrix.nnz / 8
        chosen, in_sample = k_cover(sample, k)
        reached = len(np.unique(matrix[chosen].indices))
        assert reached > 0.95 * covered[-1]
        assert in_sample[-1] / rate == pytest.approx(reached, rel=0.15)


def test_estimate_is_unbiased():
    sets = [range(1000), range(500, 3000)]
    estimates = []
    for seed in range(300):
        sample, rate = coverage_coreset(sets, 1, size=200, epsilon=1e-3, seed=seed)
        estimates.append(len(sample[1]) / rate)
    assert np.mean(estimates) == pytest.approx(2500, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(sets=families, k=st.integers(1, 3), size=st.integers(1, 40), seed=st.integers(0, 2**70))
def test_coreset(sets, k, size, seed):
    sample, rate = coverage_coreset(sets, k, size=size, seed=seed, epsilon=0.5)
    assert len(sample) == len(sets)
    assert all(some <= whole for some, whole in zip(sample, sets))
    cap = max(int(np.ceil(sum(map(bool, sets)) * np.log(2) / (0.5 * k))), 1)
    kept = set().union(*sample)
    for element in set().union(*sets):
        inside = sum(element in some for some in sample)
        assert inside == (min(sum(element in whole for whole in sets), cap) if element in kept else 0)
    assert sum(map(len, sample)) <= size or len(kept) == 1
    assert 0 < rate <= 1
    assert (rate == 1) == (kept == set().union(*sets))
    assert coverage_coreset(sets, k, size=size, seed=seed, epsilon=0.5) == (sample, rate)


def test_forms_of_sets():
    named = {"a": [1], "b": [1, 2, 3, 3], "c": (3, 4), "d": frozenset()}
    assert k_cover(named, 5) == (["b", "c"], [3, 4])
    assert k_cover(list(named.values()), 1) == ([1], [3])
    assert coverage_coreset(named, 1, size=100)[0] == {name: set(members) for name, members in named.items()}
    rows, columns = [0, 1, 1, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2, 3]
    for matrix in (coo_array((np.zeros(7), (rows, columns)), (4, 9)), csr_matrix((np.ones(7), (rows, columns)))):
        chosen, covered = k_cover(matrix, 5)
        assert (chosen.tolist(), covered.tolist()) == ([1, 2], [3, 4])


def test_graphs():
    star = nx.star_graph(4)
    assert k_cover(star, 2) == ([0, 1], [4, 5])
    assert k_cover(star, 3, candidates=[3, 4]) == ([3], [1])
    assert k_cover(nx.DiGraph([("a", 1), ("a", 2), (2, "b")]), 9) == (["a", 2], [2, 3])
    chosen, covered = k_cover(Graph.from_networkx(star), 2, candidates=[1, 0])
    assert (chosen.tolist(), covered.tolist()) == ([0, 1], [4, 5])
    sample, rate = coverage_coreset(star, 1, size=50, candidates=[0, 1])
    assert (sample, rate) == ({0: {1, 2, 3, 4}, 1: {0}, 2: set(), 3: set(), 4: set()}, 1)


def test_empty():
    for sets in ({}, [], [[], []], nx.Graph()):
        assert k_cover(sets, 2) == ([], [])
        assert k_cover(coverage_coreset(sets, 2, size=5)[0], 2) == ([], [])
    assert k_cover(coo_array((0, 5)), 2)[0].tolist() == []


@pytest.mark.parametrize(
    ("sets", "options", "message"),
    [
        ([[1]], {"k": 0}, "k must be"),
        ([[1]], {"k": 1.0}, "k must be"),
        ("abc", {}, "not str"),
        (3, {}, "not int"),
        ({"a": "bc"}, {}, "set 'a' must be a collection of elements, not 'bc'"),
        ([[1], 2], {}, "set 1 must be a collection"),
        ([[[1]]], {}, "hashable"),
        ([[1]], {"candidates": [0]}, "candidates are nodes of a graph"),
        (nx.path_graph(2), {"candidates": [7]}, "node 7 is not in the graph"),
    ],
)
def test_bad_input(sets, options, message):
    with pytest.raises((OptionError, GraphError), match=message):
        k_cover(sets, **{"k": 1, **options})
    with pytest.raises((OptionError, GraphError), match=message):
        coverage_coreset(sets, size=1, **{"k": 1, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be"),
        ({"epsilon": 0}, "epsilon"),
        ({"epsilon": 1}, "epsilon"),
        ({"epsilon": "x"}, "epsilon"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_bad_option(options, message):
    with pytest.raises(OptionError, match=message):
        coverage_coreset([[1]], 1, **{"size": 5, **options})
