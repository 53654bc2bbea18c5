"""Greedy nodes: each is the best of all candidates, one by one; integrals by choosing, fitting, choosing."""

import numpy as np
import pytest

from mathforml.bayesian_quadrature import (
    Brownian,
    Gaussian,
    Matern32,
    SquaredExponential,
    Uniform,
    bayesian_quadrature,
    choose_nodes,
    integrate,
)
from mathforml.errors import ArgumentError, SingularError

EXACT = 0.4695559024132386  # ∫₀¹ exp(−x² − sin² 3x) dx


def f(x):
    return np.exp(-(x**2) - np.sin(3 * x) ** 2)


def variance(nodes, kernel, measure):
    return bayesian_quadrature(nodes, np.zeros(len(nodes)), kernel, measure, noise=1e-8).variance


@pytest.mark.parametrize(
    ("kernel", "measure"),
    [
        (SquaredExponential(1.0, 0.3), Uniform(0, 1)),
        (Matern32(2.0, 0.4), Uniform(0, 1)),
        (Brownian(), Uniform(0, 1)),
        (SquaredExponential(1.0, (0.7, 1.1)), Gaussian([0.5, 0.2], [[1.0, 0.3], [0.3, 0.5]])),
    ],
)
def test_every_choice_reduces_the_variance_most(kernel, measure):
    candidates = np.random.default_rng(0).uniform(size=(40, measure.d))
    known = candidates[:2] + 0.01
    chosen = choose_nodes(4, kernel, measure, nodes=known, candidates=candidates, noise=1e-8)
    nodes = known
    for node in chosen:
        after = [variance(np.concatenate([nodes, c[None]]), kernel, measure) for c in candidates]
        nodes = np.concatenate([nodes, node[None]])
        assert variance(nodes, kernel, measure) == pytest.approx(min(after), rel=1e-6)


def test_the_first_node_is_the_centre_and_greedy_beats_random():
    kernel, measure = Matern32(1.0, 0.3), Uniform(0, 1)
    greedy = choose_nodes(8, kernel, measure)
    assert greedy[0, 0] == 0.5
    assert len(np.unique(greedy)) == 8
    rng = np.random.default_rng(0)
    random = [variance(rng.uniform(size=(8, 1)), kernel, measure) for _ in range(50)]
    assert variance(greedy, kernel, measure) < min(random)


def test_sobol_candidates_follow_the_measure_and_the_seed():
    kernel, measure = SquaredExponential(), Gaussian([0, 0, 0], np.eye(3))
    first, again, other = (choose_nodes(5, kernel, measure, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert np.linalg.norm(first[0]) < 0.5


def test_active_integrals_are_within_their_own_errors():
    for kernel, n, bound in ((SquaredExponential(), 16, 1e-4), (Matern32(), 20, 1e-3), (Brownian(), 40, 1e-2)):
        posterior = integrate(f, kernel, Uniform(0, 1), n=n, prior_mean=0.5)
        assert abs(posterior.mean - EXACT) < 4 * posterior.std
        assert posterior.std < bound
        assert posterior.nodes.shape == (n, 1)
        np.testing.assert_array_equal(posterior.values, f(posterior.nodes[:, 0]))


def test_without_refitting_the_kernel_stays():
    kernel = Matern32(1.0, 0.5)
    posterior = integrate(f, kernel, Uniform(0, 1), n=6, start=3, refit=False)
    assert posterior.kernel == kernel
    np.testing.assert_allclose(posterior.nodes, choose_nodes(6, kernel, Uniform(0, 1)))


def test_in_two_dimensions_under_a_gaussian():
    posterior = integrate(
        lambda x: np.exp(x @ [0.3, 0.2]), SquaredExponential(1.0, 2.0), Gaussian([0, 0], np.eye(2)), n=20
    )
    assert posterior.mean == pytest.approx(np.exp(0.13 / 2), abs=1e-3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: choose_nodes(0, Matern32(), Uniform(0, 1)), ArgumentError, "n must be"),
        (lambda: choose_nodes(3, Matern32(), "uniform"), ArgumentError, "measure must be Uniform or Gaussian"),
        (lambda: integrate(lambda x: 1j * x, Matern32(), Uniform(0, 1), n=4), ArgumentError, "one real value"),
        (
            lambda: choose_nodes(3, Matern32(), Uniform(0, 1), candidates=[0.0, 1.0]),
            ArgumentError,
            "candidates must hold at least n = 3 points, not 2",
        ),
        (
            lambda: choose_nodes(2, Matern32(), Uniform(0, 1), candidates=[0.5, 0.5], noise=0),
            SingularError,
            "nodes lie too close",
        ),
        (lambda: choose_nodes(2, Matern32(), Uniform(0, 1), seed=-1), ArgumentError, "seed must be"),
        (lambda: integrate(3, Matern32(), Uniform(0, 1), n=4), ArgumentError, "f must be a function"),
        (lambda: integrate(f, Matern32(), Uniform(0, 1), n=1), ArgumentError, "n must be"),
        (
            lambda: integrate(lambda x: x * np.nan, Matern32(), Uniform(0, 1), n=4),
            ArgumentError,
            r"f\(0.5\) is nan",
        ),
        (
            lambda: integrate(lambda x: np.stack([x, x], axis=1), Matern32(), Uniform(0, 1), n=4),
            ArgumentError,
            "one real value a node",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
