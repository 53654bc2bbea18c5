"""Kernel means and prior variances against dense quadrature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mathforml.bayesian_quadrature import (
    Brownian,
    Gaussian,
    Matern32,
    SquaredExponential,
    Uniform,
    kernel_mean,
    prior_variance,
)
from mathforml.errors import ArgumentError
from mathforml.quadrature import adaptive, gauss_legendre_rule, gaussian_rule, tensor_rule

scales = st.floats(0.1, 5)


def by_adaptive(kernel, measure, x):
    low, high = measure.lower[0], measure.upper[0]
    inside = [x] if low < x < high else []
    return adaptive(
        lambda y: kernel(np.array([[x]]), y[:, None])[0] / measure.volume, low, high, points=inside
    ).value


@given(
    kernel=st.one_of(
        st.builds(SquaredExponential, scales, scales),
        st.builds(Matern32, scales, scales),
        st.builds(Brownian, scales, st.floats(-3, -1), scales),
    ),
    ends=st.tuples(st.floats(-1, 0.4), st.floats(0.5, 2)),
    x=st.floats(-1, 3),
)
@settings(deadline=None, max_examples=30)
def test_uniform_measure_on_an_interval(kernel, ends, x):
    measure = Uniform(*ends)
    assert kernel_mean(kernel, measure, [x])[0] == pytest.approx(by_adaptive(kernel, measure, x), rel=1e-9)
    mean = adaptive(lambda y: kernel_mean(kernel, measure, y), *ends).value / measure.volume
    assert prior_variance(kernel, measure) == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("kernel", [SquaredExponential(1.3, (0.5, 1.0, 3.0)), Matern32(1.3, (0.5, 1.0, 3.0))])
def test_uniform_measure_on_a_box(kernel):
    measure = Uniform([0, -1, 1], [1, 1, 4])
    x = np.array([0.2, 0.9, 0.5])
    # Cut at x, where the Matérn kernel has a kink.
    one = [
        [gauss_legendre_rule(20, *ends) for ends in ([a, min(max(c, a), b)], [min(max(c, a), b), b])]
        for a, b, c in zip(measure.lower, measure.upper, x)
    ]
    line = [tuple(np.concatenate(part) for part in zip(*pair)) for pair in one]
    nodes, weights = tensor_rule(*line)
    dense = weights @ kernel(nodes, x[None])[:, 0] / measure.volume
    assert kernel_mean(kernel, measure, x[None])[0] == pytest.approx(dense, rel=1e-11)
    nodes, weights = tensor_rule(*(gauss_legendre_rule(16, a, b) for a, b in zip(measure.lower, measure.upper)))
    assert prior_variance(kernel, measure) == pytest.approx(
        weights @ kernel_mean(kernel, measure, nodes) / measure.volume, rel=1e-6
    )


@pytest.mark.parametrize("lengthscale", [1.2, (1.0, 2.0)])
def test_gaussian_measure(lengthscale):
    mean, cov = np.array([0.3, -1.0]), np.array([[1.0, 0.4], [0.4, 0.5]])
    kernel, measure = SquaredExponential(0.7, lengthscale), Gaussian(mean, cov)
    nodes, weights = gaussian_rule(mean, cov, n=60)
    x = np.array([[0.0, 0.0], [1.0, -2.0]])
    np.testing.assert_allclose(kernel_mean(kernel, measure, x), weights @ kernel(nodes, x), rtol=1e-9)
    dense = weights @ kernel_mean(kernel, measure, nodes)
    assert prior_variance(kernel, measure) == pytest.approx(dense, rel=1e-11)


def test_a_short_lengthscale_sees_the_density_a_long_one_the_whole():
    measure = Uniform(0, 4)
    short, long = SquaredExponential(1.0, 1e-3), SquaredExponential(1.0, 1e4)
    mass = 1e-3 * np.sqrt(2 * np.pi)
    np.testing.assert_allclose(kernel_mean(short, measure, [2.0, 0.0, 5.0]), [mass / 4, mass / 8, 0], rtol=1e-12)
    assert prior_variance(long, measure) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("kind", [SquaredExponential, Matern32])
@pytest.mark.parametrize("lengthscale", [1e3, 1e6, 1e9, 1e12])
def test_long_lengthscales_do_not_cancel(kind, lengthscale):
    # 1 − (second derivative) · E[(x − x′)²] / 2, with E = 1/6 for both, 1/3 from an end
    kernel, measure = kind(1.0, lengthscale), Uniform(0, 1)
    curvature = (1 if kind is SquaredExponential else 3) / lengthscale**2
    assert 1 - prior_variance(kernel, measure) == pytest.approx(curvature / 12, rel=2e-3, abs=4e-15)
    assert 1 - kernel_mean(kernel, measure, [1.0])[0] == pytest.approx(curvature / 6, rel=2e-3, abs=4e-15)


def test_many_dimensions_do_not_overflow():
    kernel, measure = SquaredExponential(1.0, 50.0), Gaussian(np.zeros(300), 4.0 * np.eye(300))
    # Each dimension contributes ℓ / √(ℓ² + σ²) and ℓ / √(ℓ² + 2σ²).
    assert kernel_mean(kernel, measure, np.zeros((1, 300)))[0] == pytest.approx((1 + 4 / 2500) ** -150, rel=1e-10)
    assert prior_variance(kernel, measure) == pytest.approx((1 + 8 / 2500) ** -150, rel=1e-10)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: kernel_mean(Matern32(), Gaussian(0, 1), [0.0]),
            "no closed form for Matern32 with Gaussian; valid",
        ),
        (lambda: kernel_mean(Brownian(), Uniform(-1, 1), [0.0]), "measure must not reach left of start = 0"),
        (lambda: kernel_mean(Brownian(), Uniform([0, 0], [1, 1]), [[0.0, 0.0]]), "kernel is for 1 dimensions"),
        (lambda: kernel_mean(SquaredExponential(1, (1, 2)), Uniform(0, 1), [0.0]), "kernel is for 2 dimensions"),
        (
            lambda: kernel_mean(np.exp, Uniform(0, 1), [0.0]),
            "kernel must be SquaredExponential, Matern32 or Brownian",
        ),
        (lambda: kernel_mean(Matern32(), "uniform", [0.0]), "measure must be Uniform or Gaussian"),
        (lambda: kernel_mean(Matern32(), Uniform(0, 1), [[0.0, 1.0]]), r"x must have shape \(n, 1\) or \(n\)"),
        (lambda: kernel_mean(Matern32(), Uniform([0, 0], [1, 1]), [0.0]), r"x must have shape \(n, 2\)"),
        (lambda: kernel_mean(Matern32(), Uniform(0, 1), [np.nan]), "x must be finite"),
        (lambda: SquaredExponential(0.0), "variance must be a number above 0"),
        (lambda: SquaredExponential(1.0, -1.0), "lengthscale must be a positive number"),
        (lambda: Matern32(1.0, [[1.0]]), "lengthscale must be a positive number"),
        (lambda: Brownian(offset=0), "offset must be a number above 0"),
        (lambda: Uniform(1, 0), "lower < upper"),
        (lambda: Uniform([0, 0], [1]), "corners of one box"),
        (lambda: Uniform([], []), "corners of one box"),
        (lambda: Gaussian([], np.zeros((0, 0))), "mean must be a number or a vector"),
        (lambda: Uniform(0, np.inf), "upper must be finite"),
        (lambda: Gaussian([0, 0], 1.0), "cov must have shape"),
        (lambda: Gaussian(0, 0), "cov must be positive definite"),
        (lambda: Gaussian([[0]], 1), "mean must be a number or a vector"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()
