"""Hamiltonian Monte Carlo: the integrator's properties, then moments and invariance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import Gaussian, bulk_ess, hmc, leapfrog, rhat

CORRELATED = Gaussian([1.0, -2.0, 0.0], [[1.0, 0.9, 0.0], [0.9, 2.0, 0.3], [0.0, 0.3, 0.5]])


def log_double_well(x):
    return -((x**2 - 1) ** 2).sum(axis=-1)


def score_double_well(x):
    return -4 * x * (x**2 - 1)


def energy(x, v):
    return -log_double_well(x) + (v**2).sum(axis=-1) / 2


states = st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=2).map(np.array)


@given(states, states, st.integers(1, 20))
@settings(deadline=None, max_examples=30)
def test_leapfrog_is_reversible(x, v, steps):
    there = leapfrog(score_double_well, x, v, step=0.05, steps=steps)
    back = leapfrog(score_double_well, there[0], -there[1], step=0.05, steps=steps)
    np.testing.assert_allclose(back[0], x, atol=1e-10)
    np.testing.assert_allclose(back[1], -v, atol=1e-10)


@given(states, states)
@settings(deadline=None, max_examples=20)
def test_leapfrog_preserves_volume(x, v):
    def flow(z):
        return np.concatenate(leapfrog(score_double_well, z[:2], z[2:], step=0.1, steps=5))

    z, step = np.concatenate([x, v]), 1e-6
    jacobian = np.array([(flow(z + step * e) - flow(z - step * e)) / (2 * step) for e in np.eye(4)])
    assert np.linalg.det(jacobian) == pytest.approx(1, abs=1e-6)


@given(states, states)
@settings(deadline=None, max_examples=30)
def test_energy_error_is_of_second_order(x, v):
    def worst(step):
        """Over a path of length one, the largest of the errors at every step of the coarsest grid."""
        y, w, errors = x, v, []
        for _ in range(10):
            y, w = leapfrog(score_double_well, y, w, step=step, steps=round(0.1 / step))
            errors.append(abs(energy(y, w) - energy(x, v)))
        return max(errors)

    coarse, fine = worst(0.01), worst(0.005)
    if coarse > 1e-8:  # at rest or in balance there is no error to compare
        assert coarse / fine == pytest.approx(4, rel=0.1)


def test_leapfrog_on_the_harmonic_oscillator_in_closed_form():
    # one step is linear with determinant 1 and trace 2 − h²: n steps turn by n arccos(1 − h²/2)
    h, n = 0.3, 7
    matrix = np.array([[1 - h**2 / 2, h], [-h * (1 - h**2 / 4), 1 - h**2 / 2]])
    expected = np.linalg.matrix_power(matrix, n) @ [0.4, -1.2]
    x, v = leapfrog(lambda x: -x, np.array([0.4]), np.array([-1.2]), step=h, steps=n)
    np.testing.assert_allclose([x[0], v[0]], expected, atol=1e-12)


def test_moments_of_a_correlated_gaussian():
    chains = hmc(CORRELATED.log_density, np.zeros((8, 3)), 2000, gradient=CORRELATED.score, seed=1)
    mean = chains.average()
    assert (abs(mean.estimate - CORRELATED.mean) < 4 * mean.standard_error).all()
    for i in range(3):
        for j in range(i + 1):
            product = chains.average(lambda x, i=i, j=j: ((x - CORRELATED.mean)[..., [i, j]]).prod(axis=-1))
            assert abs(product.estimate - CORRELATED.covariance[i, j]) < 4 * product.standard_error
    assert (rhat(chains.draws) < 1.01).all()
    assert (bulk_ess(chains.draws) > 2000).all()
    assert chains.divergences.sum() == 0


def test_a_transition_leaves_the_target_as_it_is():
    # exact draws of a density that is not Gaussian, a step coarse enough to be refused often
    rng = np.random.default_rng(0)
    start = rng.logistic(size=(20_000, 1))

    def log_p(x):
        return -x[:, 0] - 2 * np.log1p(np.exp(-x[:, 0]))

    chains = hmc(log_p, start, 3, gradient=lambda x: -np.tanh(x / 2), warmup=0, step=3.0, steps=3, seed=1)
    assert chains.acceptance.mean() < 0.9
    assert kstest(chains.draws[:, -1, 0], "logistic").pvalue > 1e-4


def test_gradient_by_automatic_differentiation_walks_the_same_path():
    def log_p(x):
        return -np.sum(x**4, axis=1) / 4

    by_hand = hmc(log_p, np.ones((2, 3)), 20, gradient=lambda x: -(x**3), warmup=0, step=0.1, seed=5)
    by_tape = hmc(log_p, np.ones((2, 3)), 20, warmup=0, step=0.1, seed=5)
    np.testing.assert_allclose(by_tape.draws, by_hand.draws, atol=1e-8)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("target", [0.8, 0.9])
def test_warmup_finds_the_target_acceptance_on_any_scale(scale, target):
    p = Gaussian(np.zeros(10), scale**2 * np.diag(np.linspace(0.1, 1, 10)))
    start = p.sample(np.random.default_rng(0), 4)
    chains = hmc(p.log_density, start, 500, gradient=p.score, steps=5, target_acceptance=target, seed=2)
    assert chains.acceptance.mean() == pytest.approx(target, abs=0.08)
    assert ((chains.step > 0.1 * scale) & (chains.step < 2 * scale)).all()  # 2 times the least deviation: unstable


def test_paths_of_random_length_do_not_return_to_their_start():
    # a period of the harmonic oscillator is 2π: fixed paths of 16 steps of 0.39 would come back
    chains = hmc(lambda x: -(x[:, 0] ** 2) / 2, np.zeros((4, 1)), 1000, gradient=np.negative, step=0.39, steps=16)
    assert bulk_ess(chains.draws[..., 0]) > 1000


def test_divergences_are_counted():
    narrow = Gaussian(np.zeros(2), np.diag([1.0, 1e-6]))
    chains = hmc(narrow.log_density, np.zeros((3, 2)), 50, gradient=narrow.score, warmup=0, step=1.0)
    assert (chains.divergences == 50).all()
    assert (chains.acceptance == 0).all()
    fine = hmc(narrow.log_density, np.zeros((3, 2)), 50, gradient=narrow.score, warmup=0, step=1e-3)
    assert (fine.divergences == 0).all()


def test_paths_that_leave_the_numbers_are_divergent():
    def log_p(x):
        return -(x[:, 0] ** 4)

    chains = hmc(log_p, [[2.0]], 20, gradient=lambda x: -4 * x**3, warmup=0, step=2.0, steps=50)
    assert chains.divergences[0] > 10
    assert np.isfinite(chains.draws).all()


@pytest.mark.parametrize("seed", range(3))
def test_warmup_survives_paths_that_leave_the_numbers(seed):
    # x₁ ~ N(0, 1), x₂ ~ N(x₁², 0.3²): with too long a step x₁ is squared, and squared again, to infinity
    def log_p(x):
        return -(x[:, 0] ** 2) / 2 - (x[:, 1] - x[:, 0] ** 2) ** 2 / 0.18

    def score(x):
        across = (x[:, 1] - x[:, 0] ** 2) / 0.09
        return np.column_stack([2 * x[:, 0] * across - x[:, 0], -across])

    chains = hmc(log_p, np.zeros((4, 2)), 1000, gradient=score, steps=20, target_acceptance=0.95, seed=seed)
    assert ((chains.step > 0.02) & (chains.step < 0.3)).all()
    assert (chains.acceptance > 0.8).all()
    mean = chains.average()
    assert (abs(mean.estimate - [0, 1]) < 4 * mean.standard_error).all()


def test_no_density_beyond_an_edge_is_no_divergence():
    def log_p(x):
        return np.where(x[:, 0] > 0, -x[:, 0], -np.inf)

    chains = hmc(log_p, np.full((4, 1), 1.0), 4000, gradient=lambda x: -np.ones_like(x), step=0.3, steps=4)
    assert (chains.draws > 0).all()
    assert chains.divergences.sum() == 0
    mean = chains.average(lambda x: x[..., 0])
    assert abs(mean.estimate - 1) < 4 * mean.standard_error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log_p": 0}, "log_p must be a function"),
        ({"gradient": 0}, "gradient must be a function"),
        ({"gradient": lambda x: x[:, 0]}, "gradient\\(x\\) must have shape \\(2, 1\\)"),
        ({"gradient": lambda x: x * np.nan}, "gradient\\(x\\) must be finite"),
        ({"start": [0.0]}, "start must have shape"),
        ({"log_p": lambda x: np.full(2, -np.inf)}, "positive density in every chain; log_p is -inf in chain 0"),
        ({"log_p": lambda x: np.full(2, np.nan)}, "log_p\\(x\\) must be finite or -inf; entry 0 is nan"),
        ({"log_p": lambda x: np.where(x[:, 0] == 0, 0, np.inf)}, "it is \\+inf at a proposal"),
        ({"samples": 0}, "samples must be"),
        ({"steps": 0}, "steps must be"),
        ({"step": -1}, "step must be a number above 0"),
        ({"target_acceptance": 0}, "target_acceptance must be"),
        ({"warmup": 0}, "step must be given where warmup is 0"),
    ],
)
def test_bad_input(change, message):
    arguments = {
        "log_p": lambda x: -(x[:, 0] ** 2),
        "start": np.zeros((2, 1)),
        "samples": 5,
        "gradient": lambda x: -2 * x,
    }
    with pytest.raises(ArgumentError, match=message):
        hmc(**(arguments | change))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, [0.0], [1.0]), "gradient must be a function"),
        ((np.negative, [0.0, 1.0], [1.0]), "x and v must have one shape"),
        ((np.negative, ["a"], [1.0]), "x must be an array of numbers"),
        ((lambda x: np.zeros(3), [0.0], [1.0]), r"gradient\(x\) must have shape \(1\), not \(3\)"),
    ],
)
def test_bad_leapfrog(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        leapfrog(*arguments, step=0.1, steps=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": "long"}, "step must be an array of numbers"),
        ({"step": np.nan}, "step must be finite"),
        ({"steps": 0}, "steps must be a whole number"),
    ],
)
def test_bad_options_of_leapfrog(options, message):
    with pytest.raises(ArgumentError, match=message):
        leapfrog(np.negative, [1.0], [0.0], **({"step": 0.1, "steps": 3} | options))
