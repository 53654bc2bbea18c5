"""Rules against closed forms, filters against the Kalman filter and against textbook formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from mathforml.errors import ArgumentError, SingularError
from mathforml.time_series import (
    LinearGaussian,
    Linearisation,
    MomentMatching,
    Nonlinear,
    Unscented,
    gaussian_filter,
    gaussian_smoother,
    kalman_filter,
    kalman_smoother,
    moments,
)

RULES = [
    Linearisation(),
    Unscented(),
    Unscented(alpha=1e-3, beta=2, kappa=0),
    Unscented(alpha=0.7, beta=0.5, kappa=1),
    MomentMatching(),
    MomentMatching(n=2),
]


def pendulum(step=0.1):
    """Angle and angular velocity; seen is the horizontal deflection."""
    return Nonlinear(
        lambda x: np.stack([x[..., 0] + step * x[..., 1], x[..., 1] - step * 9.8 * np.sin(x[..., 0])], axis=-1),
        lambda x: np.sin(x[..., :1]),
        Q=0.01 * np.array([[step**3 / 3, step**2 / 2], [step**2 / 2, step]]),
        R=[[0.1]],
        mean=[1.0, 0.0],
        cov=0.02 * np.eye(2),
        transition_jacobian=lambda x: np.stack(
            [
                np.stack([np.ones_like(x[..., 0]), np.full_like(x[..., 0], step)], axis=-1),
                np.stack([-step * 9.8 * np.cos(x[..., 0]), np.ones_like(x[..., 0])], axis=-1),
            ],
            axis=-2,
        ),
    )


@pytest.mark.parametrize(
    ("rule", "mean", "variance"),
    [
        (Linearisation(), 0.25, 1.0),
        (Unscented(alpha=1, beta=0, kappa=2), 1.25, 3.0),
        (Unscented(alpha=1, beta=2, kappa=2), 1.25, 5.0),
        (MomentMatching(n=3), 1.25, 3.0),
        (MomentMatching(n=20), 1.25, 3.0),
    ],
)
def test_square_of_a_gaussian(rule, mean, variance):
    got = moments(np.square, [0.5], [[1.0]], rule=rule)
    np.testing.assert_allclose(got.mean, [mean], rtol=1e-14)
    np.testing.assert_allclose(got.cov, [[variance]], rtol=1e-13)
    np.testing.assert_allclose(got.cross_cov, [[1.0]], rtol=1e-13)  # Cov(x, x²) = 2 μ σ²


@pytest.mark.parametrize("rule", RULES)
@settings(deadline=None, max_examples=10)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_affine_functions_are_exact(rule, d, p, seed):
    rng = np.random.default_rng(seed)
    M, shift, mean, half = (rng.standard_normal(s) for s in [(p, d), p, d, (d, d)])
    cov = half @ half.T
    got = moments(lambda x: x @ M.T + shift, mean, cov, rule=rule)
    np.testing.assert_allclose(got.mean, M @ mean + shift, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.cov, M @ cov @ M.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.cross_cov, cov @ M.T, rtol=1e-9, atol=1e-9)


def textbook_unscented(h, mean, cov, alpha, beta, kappa):
    """Sums over all 2d + 1 weighted sigma points, as written in Wan and van der Merwe 2000."""
    d = len(mean)
    lam = alpha**2 * (d + kappa) - d
    columns = np.linalg.cholesky((d + lam) * cov).T
    points = np.concatenate([mean[None], mean + columns, mean - columns])
    weights = np.full(2 * d + 1, 0.5 / (d + lam))
    weights[0] = lam / (d + lam)
    y = h(points)
    average = weights @ y
    centre = weights.copy()
    centre[0] += 1 - alpha**2 + beta
    return (
        average,
        np.einsum("n,np,nq->pq", centre, y - average, y - average),
        np.einsum("n,nd,np->dp", centre, points - mean, y - average),
    )


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 4), st.floats(0.05, 2), st.floats(0, 3), st.floats(0.0, 3), st.integers(0, 10_000))
def test_unscented_is_the_weighted_sum(d, alpha, beta, kappa, seed):
    rng = np.random.default_rng(seed)
    mean, half = rng.standard_normal(d), rng.standard_normal((d, d))

    def h(x):
        return np.stack([np.sin(x).sum(axis=-1), (x**2).sum(axis=-1), np.exp(-x[..., 0])], axis=-1)

    got = moments(h, mean, half @ half.T, rule=Unscented(alpha, beta, kappa))
    expected = textbook_unscented(h, mean, half @ half.T, alpha, beta, kappa)
    for a, b in zip(got, expected):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * np.abs(expected[1]).max())
    assert np.linalg.eigvalsh(got.cov).min() > -1e-10 * np.abs(got.cov).max()


def test_unscented_keeps_its_digits_where_the_weights_are_huge():
    got = moments(np.square, [0.5], [[1.0]], rule=Unscented(alpha=1e-4, beta=2, kappa=0))
    # Of x² all derivatives beyond the second vanish, so every alpha gives the mean; the variance is 1 + 2 − α² + …
    np.testing.assert_allclose(got.mean, [1.25], rtol=1e-7)
    np.testing.assert_allclose(got.cov, [[3.0]], rtol=1e-6)


def test_moments_of_a_sine():
    mean, variance = 0.7, 0.8
    got = moments(np.sin, [mean], [[variance]], rule=MomentMatching(n=25))
    damp = np.exp(-variance / 2)
    np.testing.assert_allclose(got.mean, [damp * np.sin(mean)], rtol=1e-12)
    second = 0.5 - 0.5 * np.exp(-2 * variance) * np.cos(2 * mean)
    np.testing.assert_allclose(got.cov, [[second - got.mean[0] ** 2]], rtol=1e-12)
    np.testing.assert_allclose(got.cross_cov, [[variance * damp * np.cos(mean)]], rtol=1e-12)


def test_moments_of_a_product():
    got = moments(
        lambda x: x[..., :1] * x[..., 1:], [1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], rule=MomentMatching(n=3)
    )
    np.testing.assert_allclose(got.mean, [1 * 2 + 0.5], rtol=1e-13)
    # Var(xy) = μx² σy² + μy² σx² + 2 μx μy σxy + σx² σy² + σxy²
    np.testing.assert_allclose(got.cov, [[1 * 1 + 4 * 2 + 2 * 2 * 0.5 + 2 * 1 + 0.25]], rtol=1e-13)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("missing", [False, True])
def test_on_a_linear_model_all_are_the_kalman_filter(rule, missing):
    rng = np.random.default_rng(1)
    model = LinearGaussian(
        A=[[0.9, 0.3, 0.0], [-0.2, 0.8, 0.1], [0, 0, 0.5]],
        C=rng.standard_normal((2, 3)),
        Q=np.diag([0.1, 0, 0.3]),
        R=[[0.5, 0.1], [0.1, 0.4]],
        mean=[1, 0, -1],
        cov=np.eye(3),
        transition_offset=[0.1, 0, 0],
        observation_offset=[0, 0.2],
    )
    plain = Nonlinear(
        lambda x: x @ model.A.T + [0.1, 0, 0],
        lambda x: x @ model.C.T + [0, 0.2],
        model.Q,
        model.R,
        model.mean,
        model.cov,
    )
    _, y = model.simulate(40, series=3, seed=2)
    if missing:
        y[0, 3:9] = np.nan
        y[1, 5, 0] = np.nan
    exact = kalman_smoother(model, y, missing=missing)
    for same in (model, plain):
        got = gaussian_smoother(same, y, rule=rule, missing=missing)
        close = {"rtol": 1e-8, "atol": 1e-8} if getattr(rule, "alpha", 1) < 0.1 else {"rtol": 1e-10, "atol": 1e-10}
        np.testing.assert_allclose(got.filtered.log_likelihood, exact.filtered.log_likelihood, **close)
        for a, b in [(got, exact), (got.filtered, exact.filtered)]:
            np.testing.assert_allclose(a.mean, b.mean, **close)
            np.testing.assert_allclose(a.cov, np.broadcast_to(b.cov, a.cov.shape), **close)
        lag_one = np.broadcast_to(exact.lag_one_cov, got.lag_one_cov.shape)
        np.testing.assert_allclose(got.lag_one_cov, lag_one, **close)


@pytest.mark.parametrize("rule", [Linearisation(), Unscented(), Unscented(beta=2), MomentMatching(n=4)])
def test_textbook_recursion(rule):
    model = pendulum()
    _, y = model.simulate(40, seed=3)
    got = gaussian_smoother(model, y, rule=rule)
    mean, cov, density = model.mean, model.cov, 0.0
    kept = []
    for t, seen in enumerate(y):
        cross = None
        if t:
            mean, cov, cross = moments(model.transition, mean, cov, rule=rule)
            cov = cov + model.Q
        predicted = mean, cov
        expected, S, with_state = moments(model.observation, mean, cov, rule=rule)
        S = S + model.R
        gain = np.linalg.solve(S, with_state.T).T
        mean, cov = mean + gain @ (seen - expected), cov - gain @ S @ gain.T
        density += norm(expected[0], np.sqrt(S[0, 0])).logpdf(seen[0])
        np.testing.assert_allclose(got.filtered.mean[t], mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(got.filtered.cov[t], cov, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(got.filtered.predicted_cov[t], predicted[1], rtol=1e-9, atol=1e-9)
        kept.append((*predicted, mean, cov, cross))
    np.testing.assert_allclose(got.filtered.log_likelihood, density, rtol=1e-10)
    for t in reversed(range(len(y) - 1)):
        predicted_mean, predicted_cov, _, _, cross = kept[t + 1]
        gain = cross @ np.linalg.inv(predicted_cov)
        np.testing.assert_allclose(got.lag_one_cov[t], cov @ gain.T, rtol=1e-7, atol=1e-9)
        mean = kept[t][2] + gain @ (mean - predicted_mean)
        cov = kept[t][3] + gain @ (cov - predicted_cov) @ gain.T
        np.testing.assert_allclose(got.mean[t], mean, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(got.cov[t], cov, rtol=1e-7, atol=1e-9)


def test_prediction_is_the_integral():
    model = Nonlinear(np.sin, lambda x: x, Q=[[0.2]], R=[[0.3]], mean=[0.4], cov=[[0.9]])
    filtered = gaussian_filter(model, [[0.1], [0.2]], rule=MomentMatching(n=30))
    density = norm(filtered.mean[0, 0], np.sqrt(filtered.cov[0, 0, 0])).pdf
    mean, second = (quad(lambda x, k=k: np.sin(x) ** k * density(x), -10, 10)[0] for k in (1, 2))
    np.testing.assert_allclose(filtered.predicted_mean[1], [mean], rtol=1e-8)
    np.testing.assert_allclose(filtered.predicted_cov[1], [[second - mean**2 + 0.2]], rtol=1e-8)


def test_given_jacobian_is_the_one_found():
    model = pendulum()
    own = Nonlinear(model.transition, model.observation, model.Q, model.R, model.mean, model.cov)
    _, y = model.simulate(60, series=2, seed=0)
    given_one, found = (gaussian_filter(m, y, rule=Linearisation()) for m in (model, own))
    np.testing.assert_allclose(given_one.mean, found.mean, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(given_one.cov, found.cov, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_many_series_are_each_alone(rule):
    model = pendulum()
    _, y = model.simulate(25, series=3, seed=0)
    y[2, 4] = np.nan
    both = gaussian_smoother(model, y, rule=rule, missing=True)
    for i in range(3):
        alone = gaussian_smoother(model, y[i], rule=rule, missing=True)
        for name in ("mean", "cov", "lag_one_cov"):
            np.testing.assert_allclose(getattr(both, name)[i], getattr(alone, name), atol=1e-9)
        np.testing.assert_allclose(both.filtered.log_likelihood[i], alone.filtered.log_likelihood)


@pytest.mark.parametrize("rule", [Linearisation(), Unscented(), MomentMatching()])
def test_smoother_is_closer_to_the_truth_and_honest(rule):
    model = pendulum()
    states, y = model.simulate(30, series=200, seed=5)
    smoothed = gaussian_smoother(model, y, rule=rule)
    error = {name: states - part.mean for name, part in [("smoothed", smoothed), ("filtered", smoothed.filtered)]}
    assert (error["smoothed"] ** 2).mean() < 0.8 * (error["filtered"] ** 2).mean()
    deviation = np.sqrt(np.diagonal(smoothed.filtered.cov, axis1=-2, axis2=-1))
    inside = (np.abs(error["filtered"]) < 1.96 * deviation).mean()
    assert 0.9 < inside < 0.98


def test_linearisation_at_a_flat_place_learns_nothing():
    model = Nonlinear(lambda x: x, np.square, Q=[[0.1]], R=[[0.01]], mean=[0.0], cov=[[1.0]])
    y = np.full((5, 1), 4.0)
    blind = gaussian_filter(model, y, rule=Linearisation())
    np.testing.assert_allclose(blind.cov[:, 0, 0], 1 + 0.1 * np.arange(5))
    np.testing.assert_allclose(blind.mean, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Unscented(alpha=0), "alpha must be a number above 0"),
        (lambda: Unscented(kappa=np.nan), "kappa must be a number"),
        (lambda: MomentMatching(n=1), "n must be a whole number of at least 2, not 1"),
        (
            lambda: moments(np.sin, [0.0, 0], np.eye(2), rule=Unscented(kappa=-2)),
            r"alpha² \(d \+ kappa\) must be pos",
        ),
        (lambda: moments(np.sin, [0.0], [[1.0]], rule=Unscented(beta=-3)), "beta d must not be negative"),
        (lambda: moments(np.sin, np.zeros(9), np.eye(9), rule=MomentMatching()), r"n\^d = 5\^9 nodes"),
        (
            lambda: moments(np.sin, [0.0], [[1.0]], rule="unscented"),
            r"rule must be Linearisation\(\), Unscented\(\)",
        ),
        (lambda: moments(3, [0.0], [[1.0]], rule=Unscented()), "h must be a function"),
        (lambda: moments(np.sin, [np.nan], [[1.0]], rule=Unscented()), "mean must be finite"),
        (lambda: moments(np.sin, [0.0], [[-1.0]], rule=Unscented()), "cov must have no negative eigenvalue"),
        (lambda: moments(np.sin, [0.0], np.eye(2), rule=Unscented()), r"cov must have shape \(1, 1\)"),
        (
            lambda: moments(lambda x: x * np.nan, [0.0], [[1.0]], rule=Unscented()),
            "h and its derivative must be fin",
        ),
        (
            lambda: moments(np.sum, [0.0], [[1.0]], rule=Unscented()),
            r"h must map \(8, 1\) to \(8, p\), not to \(\)",
        ),
        (lambda: gaussian_filter(pendulum(), [[0.0]], rule=None), "rule must be"),
        (
            lambda: gaussian_filter("pendulum", [[0.0]], rule=Unscented()),
            "model must be LinearGaussian or Nonlinear",
        ),
        (lambda: gaussian_filter(pendulum(), [[np.nan]], rule=Unscented()), "observations must be finite"),
        (lambda: gaussian_smoother(pendulum(), [0.0], rule=Unscented()), "observations must have shape"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ArgumentError, match=words):
        call()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transition": 1}, "transition must be a function"),
        ({"observation": lambda x: x[0]}, r"observation must map \(4, 2\) to \(4, 1\).*index with x\[..., 0\]"),
        ({"transition": lambda x: np.stack([x[0], x[1]])[:1]}, "transition must map"),
        ({"transition": lambda x: x[..., 7]}, "transition must map .* but raised IndexError"),
        ({"transition_jacobian": lambda x: x}, r"transition_jacobian must map .* to \(.*2, 2\)"),
        ({"Q": [[1]]}, "Q must have shape"),
        ({"R": [[np.nan]]}, "R must be finite"),
        ({"cov": [[1, 2], [2, 1]]}, "cov must have no negative eigenvalue"),
    ],
)
def test_models_that_cannot_be(change, words):
    good = {"transition": np.sin, "observation": lambda x: x[..., :1], "Q": np.eye(2), "R": [[1]]}
    with pytest.raises(ArgumentError, match=words):
        Nonlinear(**(good | {"mean": [0, 0], "cov": np.eye(2)} | change))


def test_where_a_function_leaves_the_numbers():
    def grow(x):
        return np.exp(np.exp(x + 5))

    model = Nonlinear(grow, lambda x: x, [[1]], [[1]], [3.0], [[1]])
    with pytest.raises(ArgumentError, match=r"transition and its derivative must be finite .* at step 1"):
        gaussian_filter(model, np.zeros((5, 1)), rule=MomentMatching())
    flat = Nonlinear(lambda x: x, lambda x: 0 * x, [[1]], [[0]], [0], [[1]])
    with pytest.raises(SingularError, match="observation at step 0"):
        gaussian_filter(flat, np.zeros((5, 1)), rule=Unscented())


def test_filter_alone_is_the_filter_of_the_smoother():
    model = pendulum()
    _, y = model.simulate(10, seed=0)
    alone, within = (
        gaussian_filter(model, y, rule=Unscented()),
        gaussian_smoother(model, y, rule=Unscented()).filtered,
    )
    np.testing.assert_array_equal(alone.mean, within.mean)
    linear = LinearGaussian([[1]], [[1]], [[1]], [[1]], [0], [[1]])
    np.testing.assert_array_equal(kalman_filter(linear, y).mean, kalman_smoother(linear, y).filtered.mean)
