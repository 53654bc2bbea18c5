"""Sparse grids: exact to total degree 2·level + 1, no further; the counts of the literature."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.errors import ArgumentError
from mathforml.quadrature import gauss_hermite_rule, sparse_grid, tensor_rule

KINDS = ["clenshaw_curtis", "gauss_legendre", "gauss_hermite"]


def moment(kind, k):
    if kind == "gauss_hermite":
        return 0 if k % 2 else math.prod(range(k - 1, 0, -2))
    return 0 if k % 2 else 2 / (k + 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("d", "level"), [(1, 3), (2, 0), (2, 2), (3, 1), (3, 3), (4, 2), (5, 3)])
def test_exact_for_every_monomial_of_total_degree_2_level_plus_1(kind, d, level):
    grid = sparse_grid(d, level, kind=kind)
    for powers in itertools.product(range(2 * level + 2), repeat=d):
        if sum(powers) <= 2 * level + 1:
            exact = math.prod(moment(kind, k) for k in powers)
            assert grid.weights @ np.prod(grid.nodes**powers, axis=1) == pytest.approx(exact, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("kind", ["gauss_legendre", "gauss_hermite"])
def test_not_exact_at_the_next_even_degree(kind):
    grid = sparse_grid(3, 2, kind=kind)
    assert abs(grid.weights @ grid.nodes[:, 0] ** 6 - moment(kind, 6) * moment(kind, 0) ** 2) > 0.1


@given(d=st.integers(1, 6), level=st.integers(0, 4), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_exact_for_powers_of_random_directions(d, level, seed):
    direction = np.random.default_rng(seed).normal(size=d)
    direction /= np.linalg.norm(direction)
    grid = sparse_grid(d, level, kind="gauss_hermite")
    degree = 2 * level  # of a standard normal variable, whatever the direction
    value = grid.integrate(lambda x: (x @ direction) ** degree)
    assert value == pytest.approx(moment("gauss_hermite", degree), rel=1e-10)


@pytest.mark.parametrize(
    ("d", "counts"), [(2, [1, 5, 13, 29, 65, 145]), (3, [1, 7, 25, 69, 177, 441]), (10, [1, 21, 221, 1581])]
)
def test_node_counts_of_nested_grids(d, counts):
    # Gerstner and Griebel 1998, doi:10.1023/A:1019129717644
    assert [len(sparse_grid(d, level).weights) for level in range(len(counts))] == counts


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_nodes_are_equal_and_coarse_clenshaw_curtis_nodes_stay(kind):
    coarse, fine = (sparse_grid(4, level, kind=kind).nodes for level in (2, 3))
    assert len(np.unique(fine, axis=0)) == len(fine)
    if kind == "clenshaw_curtis":
        assert {tuple(x) for x in coarse} <= {tuple(x) for x in fine}


def test_in_one_dimension_it_is_the_rule_itself():
    grid, (nodes, weights) = sparse_grid(1, 4, kind="gauss_hermite"), gauss_hermite_rule(5, kind="probabilist")
    order = np.argsort(grid.nodes[:, 0])
    np.testing.assert_allclose(grid.nodes[order, 0], nodes, atol=1e-15)
    np.testing.assert_allclose(grid.weights[order], weights / math.sqrt(2 * math.pi), rtol=1e-15)


def test_the_sum_of_products_by_hand_in_two_dimensions():
    # Level 1: U_1 ⊗ U_0 + U_0 ⊗ U_1 − U_0 ⊗ U_0
    def f(x):
        return np.exp(x[:, 0] + 2 * x[:, 1])

    one, two = ([0.0], [2.0]), ([-1.0, 0.0, 1.0], [1 / 3, 4 / 3, 1 / 3])
    by_hand = sum(tensor_rule(*pair).integrate(f) for pair in ((two, one), (one, two)))
    by_hand -= tensor_rule(one, one).integrate(f)
    assert sparse_grid(2, 1).integrate(f) == pytest.approx(by_hand, rel=1e-14)


def test_a_box_of_its_own():
    grid = sparse_grid(3, 5, lower=[0, -1, 2], upper=[1, 1, 5])
    value = grid.integrate(lambda x: np.exp(x.sum(axis=1) / 3))
    exact = math.prod(3 * (math.exp(b / 3) - math.exp(a / 3)) for a, b in [(0, 1), (-1, 1), (2, 5)])
    assert value == pytest.approx(exact, rel=1e-10)


def test_many_dimensions():
    grid = sparse_grid(40, 2, kind="gauss_legendre", lower=0, upper=1)
    assert grid.integrate(lambda x: x.sum(axis=1) ** 2) == pytest.approx(40 / 12 + 20**2, rel=1e-11)


def test_many_dimensions_have_as_many_nodes_as_they_should():
    # 2 d² + 2 d + 1 at level 2
    d = 100
    grid = sparse_grid(d, 2)
    assert len(grid.weights) == 2 * d**2 + 2 * d + 1
    assert grid.integrate(lambda x: (x.sum(axis=1) ** 2) / 2.0**d) == pytest.approx(d / 3, rel=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("d", "level"), [(1, 0), (1, 4), (2, 3), (3, 3), (5, 2), (2, 6)])
def test_it_is_smolyaks_sum_of_products(kind, d, level):
    def f(x):
        return np.exp(x @ np.linspace(0.2, 1, d))

    rules = [sparse_grid(1, k, kind=kind) for k in range(level + 1)]
    total = 0
    for ks in itertools.product(range(level + 1), repeat=d):
        missing = level - sum(ks)
        if 0 <= missing < d:
            product = tensor_rule(*((rules[k].nodes[:, 0], rules[k].weights) for k in ks))
            total += (-1) ** missing * math.comb(d - 1, missing) * product.integrate(f)
    assert sparse_grid(d, level, kind=kind).integrate(f) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((0, 1), {}, "d must be"),
        ((2, -1), {}, "level must be"),
        ((2, 1), {"kind": "simpson"}, "unknown kind 'simpson'; valid: clenshaw_curtis"),
        ((2, 1), {"lower": [0, 0, 0]}, "lower must have shape"),
        ((2, 1), {"lower": 2.0}, "lower must be below upper"),
        ((2, 1), {"upper": np.inf}, "upper must be finite"),
        ((2, 1), {"kind": "gauss_hermite", "lower": 0}, "whole space"),
        ((6, 14), {}, "lower level or d"),
        ((2, 40), {}, "lower level or d"),
        ((1000, 2), {}, "lower level or d"),
        ((10**6, 1), {}, "lower level or d"),
    ],
)
def test_bad_input_is_named(arguments, options, words):
    with pytest.raises(ArgumentError, match=words):
        sparse_grid(*arguments, **options)
