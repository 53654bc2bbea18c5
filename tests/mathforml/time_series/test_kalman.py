"""Kalman filter and smoother against conditioning of the joint Gaussian, fractions and Riccati's equation."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import block_diag, solve_discrete_are
from scipy.signal import lfilter
from scipy.stats import multivariate_normal

from mathforml.errors import ArgumentError, SingularError
from mathforml.time_series import LinearGaussian, Nonlinear, kalman_filter, kalman_smoother


def random_model(d, p, seed, *, rank=None, certain=False, steps=None):
    """A random model; `rank` of Q, a known first state, offsets that change by step."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d))
    A /= max(1.0, np.abs(np.linalg.eigvals(A)).max())
    half = rng.standard_normal((d, d if rank is None else rank))
    R = rng.standard_normal((p, p))
    prior = rng.standard_normal((d, d)) * (not certain)
    return LinearGaussian(
        A,
        rng.standard_normal((p, d)),
        half @ half.T,
        R @ R.T + 0.1 * np.eye(p),
        rng.standard_normal(d),
        prior @ prior.T,
        transition_offset=rng.standard_normal(d if steps is None else (steps, d)),
        observation_offset=rng.standard_normal(p if steps is None else (steps, p)),
    )


def joint(model, length):
    """Mean and covariance of all states, then of all observations, as one vector each."""
    d = model.state_size
    b = np.broadcast_to(model.transition_offset, (length, d))
    c = np.broadcast_to(model.observation_offset, (length, model.observation_size))
    # x = M (prior and noises, one block a step), M lower block triangular of powers of A.
    powers = [np.linalg.matrix_power(model.A, k) for k in range(length)]
    M = np.block([[powers[i - j] if j <= i else np.zeros((d, d)) for j in range(length)] for i in range(length)])
    mean = M @ np.concatenate([model.mean, *b[1:]])
    cov = M @ block_diag(model.cov, *[model.Q] * (length - 1)) @ M.T
    C = np.kron(np.eye(length), model.C)
    return mean, cov, C, C @ mean + c.ravel(), C @ cov @ C.T + np.kron(np.eye(length), model.R)


def posterior(model, y, steps, seen=None):
    """States given the first `steps` observations, by one big conditioning."""
    mean, cov, C, y_mean, S = joint(model, len(y))
    p = model.observation_size
    keep = np.zeros(y.size, bool)
    keep[: steps * p] = True
    keep &= True if seen is None else seen.ravel()
    gain = np.linalg.solve(S[np.ix_(keep, keep)], (C @ cov)[keep]).T
    mean = mean + gain @ (y.ravel() - y_mean)[keep]
    return mean.reshape(len(y), -1), cov - gain @ (C @ cov)[keep]


def block(cov, i, j, d):
    return cov[i * d : (i + 1) * d, j * d : (j + 1) * d]


def assert_is_posterior(model, y, smoothed, *, seen=None, tolerance=1e-10):
    """Filter, smoother, lag-one covariance and likelihood of one series against the joint Gaussian."""
    d, filtered = model.state_size, smoothed.filtered
    close = {"rtol": tolerance, "atol": tolerance}
    for t in range(len(y)):
        mean, cov = posterior(model, y, t + 1, seen)
        np.testing.assert_allclose(filtered.mean[t], mean[t], **close)
        np.testing.assert_allclose(filtered.cov[t], block(cov, t, t, d), **close)
        mean, cov = posterior(model, y, t, seen)
        np.testing.assert_allclose(filtered.predicted_mean[t], mean[t], **close)
        np.testing.assert_allclose(filtered.predicted_cov[t], block(cov, t, t, d), **close)
    mean, cov = posterior(model, y, len(y), seen)
    np.testing.assert_allclose(smoothed.mean, mean, **close)
    np.testing.assert_allclose(smoothed.cov, [block(cov, t, t, d) for t in range(len(y))], **close)
    for t in range(len(y) - 1):
        np.testing.assert_allclose(smoothed.lag_one_cov[t], block(cov, t + 1, t, d), **close)
    _, _, _, y_mean, S = joint(model, len(y))
    keep = slice(None) if seen is None else seen.ravel()
    expected = multivariate_normal(y_mean[keep], S[keep][:, keep]).logpdf(y.ravel()[keep])
    np.testing.assert_allclose(filtered.log_likelihood, expected, **close)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 9), st.integers(0, 10_000), st.booleans())
def test_is_conditioning_of_the_joint_gaussian(d, p, length, seed, by_step):
    model = random_model(d, p, seed, steps=length if by_step else None)
    _, y = model.simulate(length, seed=seed)
    assert_is_posterior(model, y, kalman_smoother(model, y))


@pytest.mark.parametrize(("rank", "certain"), [(1, False), (0, False), (None, True), (1, True), (0, True)])
def test_singular_noise_and_known_start(rank, certain):
    model = random_model(3, 2, 4, rank=rank, certain=certain)  # with an A that is well conditioned
    _, y = model.simulate(8, seed=0)
    assert_is_posterior(model, y, kalman_smoother(model, y))


def test_singular_transition():
    model = LinearGaussian(
        A=[[0, 1, 0], [0, 0, 1], [0, 0, 0]],
        C=[[1, 0, 0]],
        Q=np.diag([0, 0, 1]),
        R=[[0.5]],
        mean=[0, 0, 0],
        cov=np.diag([1, 0, 0]),
    )
    _, y = model.simulate(9, seed=0)
    assert_is_posterior(model, y, kalman_smoother(model, y))


def test_noise_free_observation():
    model = LinearGaussian(np.eye(2) * 0.9, [[1, 1]], np.eye(2), [[0]], [0, 0], np.eye(2))
    _, y = model.simulate(6, seed=0)
    smoothed = kalman_smoother(model, y)
    assert_is_posterior(model, y, smoothed)
    np.testing.assert_allclose(smoothed.filtered.mean.sum(axis=1), y[:, 0], atol=1e-12)


def test_joint_gaussian_once_covariances_stand_still():
    model = LinearGaussian([[0.5]], [[1]], [[1]], [[1]], [1], [[3]], transition_offset=[0.3])
    _, y = model.simulate(30, seed=0)
    assert_is_posterior(model, y, kalman_smoother(model, y))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(2, 7), st.integers(0, 10_000))
def test_missing_values_are_left_out(d, p, length, seed):
    rng = np.random.default_rng(seed)
    model = random_model(d, p, seed)
    _, y = model.simulate(length, seed=rng)
    seen = rng.random(y.shape) < 0.6
    seen[0, 0] = True
    smoothed = kalman_smoother(model, np.where(seen, y, np.nan), missing=True)
    assert_is_posterior(model, y, smoothed, seen=seen)


def test_missing_allowed_but_absent_changes_nothing():
    model = random_model(2, 2, 0)
    _, y = model.simulate(20, seed=0)
    np.testing.assert_array_equal(
        kalman_filter(model, y, missing=True).mean,
        kalman_filter(model, y).mean,
    )


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("length", [1, 2, 3, 200])
def test_many_series_are_each_alone(length, missing):
    model = random_model(3, 2, 5, steps=length)
    _, y = model.simulate(length, series=4, seed=0)
    if missing:
        y[1:, 0, 1] = np.nan
    both = kalman_smoother(model, y, missing=missing)
    for i in range(4):
        alone = kalman_smoother(model, y[i], missing=missing)
        np.testing.assert_allclose(both.mean[i], alone.mean, atol=1e-12)
        np.testing.assert_allclose(both.filtered.mean[i], alone.filtered.mean, atol=1e-12)
        np.testing.assert_allclose(both.cov[i] if missing else both.cov, alone.cov, atol=1e-12)
        np.testing.assert_allclose(both.filtered.log_likelihood[i], alone.filtered.log_likelihood, rtol=1e-12)
    assert both.lag_one_cov.shape == ((4,) if missing else ()) + (length - 1, 3, 3)
    assert both.filtered.log_densities.shape == (4, length)


@pytest.mark.parametrize(("d", "p"), [(1, 1), (2, 1), (4, 2)])
def test_steady_covariance_solves_riccatis_equation(d, p):
    model = random_model(d, p, 3)
    filtered = kalman_filter(model, np.zeros((3000, p)))
    expected = solve_discrete_are(model.A.T, model.C.T, model.Q, model.R)
    np.testing.assert_allclose(filtered.predicted_cov[-1], expected, rtol=1e-10, atol=1e-10)


def test_long_series():
    steady = (1 + np.sqrt(5)) / 2  # P = P / (P + 1) + 1
    model = LinearGaussian([[1]], [[1]], [[1]], [[1]], [0], [[steady]])
    _, y = model.simulate(20_000, seed=0)
    smoothed = kalman_smoother(model, y)
    gain = steady / (steady + 1)
    mean = lfilter([gain], [1, gain - 1], y[:, 0])
    np.testing.assert_allclose(smoothed.filtered.mean[:, 0], mean, rtol=1e-10, atol=1e-10)
    back = lfilter([gain], [1, gain - 1], mean[-2::-1], zi=[(1 - gain) * mean[-1]])[0][::-1]
    np.testing.assert_allclose(smoothed.mean[:-1, 0], back, rtol=1e-9, atol=1e-9)
    white = (y[:, 0] - smoothed.filtered.predicted_mean[:, 0]) / np.sqrt(steady + 1)
    expected = -0.5 * (white**2 + np.log(2 * np.pi * (steady + 1))).sum()
    np.testing.assert_allclose(smoothed.filtered.log_likelihood, expected, rtol=1e-12)


def test_long_series_in_two_dimensions_stays_sound():
    model = LinearGaussian([[1, 0.1], [0, 1]], [[1, 0]], np.diag([0, 1e-4]), [[1]], [0, 0], np.eye(2) * 1e4)
    states, y = model.simulate(20_000, seed=0)
    smoothed = kalman_smoother(model, y)
    assert np.linalg.eigvalsh(smoothed.cov).min() > 0
    assert np.linalg.eigvalsh(smoothed.filtered.cov - smoothed.cov).min() > -1e-9
    error = states - smoothed.mean
    scaled = np.einsum("ti,tij,tj->t", error, np.linalg.inv(smoothed.cov), error)
    # chi-square of two degrees; errors of neighbours are correlated: over seeds the mean is off by about 0.1
    assert abs(scaled.mean() - 2) < 0.4


def test_a_state_that_never_moves_is_the_mean_of_all():
    model = LinearGaussian([[1]], [[1]], [[0]], [[4]], [0], [[1e12]])
    y = np.random.default_rng(0).standard_normal((2000, 1))
    smoothed = kalman_smoother(model, y)
    np.testing.assert_allclose(smoothed.filtered.cov[:, 0, 0], 4 / np.arange(1, 2001), rtol=1e-8)
    np.testing.assert_allclose(smoothed.mean[:, 0], y.mean(), atol=1e-10)
    np.testing.assert_allclose(smoothed.lag_one_cov, 4 / 2000, rtol=1e-8)


def exact_covariances(A, C, Q, R, P, steps):
    """Filtered covariances in fractions, one observation a step."""

    def product(a, b):
        return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]

    for t in range(steps):
        if t:
            P = product(product(A, P), list(zip(*A)))
            P = [[x + q for x, q in zip(*rows)] for rows in zip(P, Q)]
        seen = product(P, [[c] for c in C])
        S = sum(c * s for c, (s,) in zip(C, seen)) + R
        P = [[P[i][j] - seen[i][0] * seen[j][0] / S for j in range(2)] for i in range(2)]
    return np.array([[float(x) for x in row] for row in P])


def test_square_roots_keep_digits_that_variances_lose():
    # A vague start and a sharp sensor: 16 orders of magnitude between variances.
    A, C, R, prior = [[1, 1], [0, 1]], [1, 0], 1e-8, 1e8
    model = LinearGaussian(A, [C], np.zeros((2, 2)), [[R]], [0, 0], prior * np.eye(2))
    zero, big = Fraction(0), Fraction(prior)
    exact = exact_covariances(
        [[Fraction(x) for x in row] for row in A],
        [Fraction(x) for x in C],
        [[zero, zero], [zero, zero]],
        Fraction(R),
        [[big, zero], [zero, big]],
        6,
    )
    np.testing.assert_allclose(kalman_filter(model, np.zeros((6, 1))).cov[-1], exact, rtol=1e-6)
    P = prior * np.eye(2)
    for t in range(6):  # the textbook's update, for comparison
        P = np.array(A) @ P @ np.array(A).T if t else P
        gain = P[:, :1] / (P[0, 0] + R)
        P = P - gain @ P[:1]
    assert not np.allclose(P, exact, rtol=1e-2, atol=0)


def test_units_do_not_matter():
    model = random_model(3, 2, 7)
    scale = np.diag([1e-9, 1.0, 1e9])
    back = np.linalg.inv(scale)
    other = LinearGaussian(
        scale @ model.A @ back,
        model.C @ back,
        scale @ model.Q @ scale,
        model.R,
        scale @ model.mean,
        scale @ model.cov @ scale,
        transition_offset=scale @ model.transition_offset,
        observation_offset=model.observation_offset,
    )
    _, y = model.simulate(100, seed=0)
    here, there = kalman_smoother(model, y), kalman_smoother(other, y)
    np.testing.assert_allclose(there.mean @ back, here.mean, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(back @ there.cov @ back, here.cov, rtol=1e-8, atol=1e-8)


def test_simulated_moments():
    model = random_model(2, 1, 4, steps=3)
    states, y = model.simulate(3, series=40_000, seed=0)
    mean, cov, _, y_mean, S = joint(model, 3)
    for sample, m, s in [(states, mean, cov), (y, y_mean, S)]:
        flat = sample.reshape(len(sample), -1)
        assert (np.abs(flat.mean(axis=0) - m) < 4 * np.sqrt(np.diag(s) / len(flat))).all()
        deviation = np.sqrt((np.outer(np.diag(s), np.diag(s)) + s**2) / len(flat))
        assert (np.abs(np.cov(flat.T) - s) < 4.5 * deviation).all()
    again = model.simulate(3, series=2, seed=9), model.simulate(3, series=2, seed=9)
    np.testing.assert_array_equal(again[0][1], again[1][1])


WALK = {"A": [[1]], "C": [[1]], "Q": [[1]], "R": [[1]], "mean": [0], "cov": [[1]]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"A": [[1, 2]]}, r"A must have shape \(1, 1\), not \(1, 2\)"),
        ({"A": "walk"}, "A must be an array of numbers"),
        ({"C": [1]}, r"C must have shape \(1, 1\), not \(1\)"),
        ({"A": [[np.nan]]}, "A must be finite"),
        ({"Q": [[-1]]}, "Q must have no negative eigenvalue"),
        ({"R": [[1, 0.5], [0.2, 1]]}, "R must be symmetric"),
        ({"R": [[1, 2], [2, 1]]}, "R must have no negative eigenvalue"),
        ({"R": [[1, 2]]}, "R must be square"),
        ({"cov": np.eye(2)}, r"cov must have shape \(1, 1\), not \(2, 2\)"),
        ({"mean": 0.0}, r"mean must have shape \(d\)"),
        ({"mean": [np.inf]}, "mean must be finite"),
        ({"transition_offset": 1.0}, r"transition_offset must have shape \(1\), not \(\)"),
        ({"transition_offset": [[1.0, 2.0]]}, r"transition_offset must have shape \(1, 1\), not \(1, 2\)"),
        ({"observation_offset": [np.nan]}, "observation_offset must be finite"),
    ],
)
def test_models_that_cannot_be(change, words):
    with pytest.raises(ArgumentError, match=words):
        LinearGaussian(**(WALK | change))


@pytest.mark.parametrize("run", [kalman_filter, kalman_smoother])
@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([[0.0], [np.nan]], r"observations must be finite; entry \(1, 0\) is nan; missing=True"),
        ([[[0.0]], [[np.nan]]], r"entry \(1, 0, 0\) is nan"),
        ([[np.inf]], "observations must be finite"),
        ([1.0, 2.0], r"observations must have shape \(T, 1\) or \(B, T, 1\), T at least 1, not \(2\)"),
        (np.zeros((3, 2)), r"observations must have shape .* not \(3, 2\)"),
        (np.zeros((0, 1)), "T at least 1"),
        ("abc", "observations must be an array of numbers"),
    ],
)
def test_observations_that_cannot_be(run, y, words):
    with pytest.raises(ArgumentError, match=words):
        run(LinearGaussian(**WALK), y)


def test_other_bad_input():
    walk = LinearGaussian(**WALK)
    with pytest.raises(ArgumentError, match=r"observations must be finite; entry .* is inf"):
        kalman_filter(walk, [[np.nan], [np.inf]], missing=True)
    with pytest.raises(ArgumentError, match="observations must be an array of numbers"):
        kalman_filter(walk, "abc", missing=True)
    with pytest.raises(ArgumentError, match="model must be LinearGaussian, not"):
        kalman_filter(Nonlinear(np.sin, np.sin, [[1]], [[1]], [0], [[1]]), [[0.0]])
    with pytest.raises(ArgumentError, match="model must be LinearGaussian, not 3"):
        kalman_smoother(3, [[np.nan]], missing=True)
    with pytest.raises(ArgumentError, match="transition_offset has 2 steps, but the series has 3"):
        kalman_filter(LinearGaussian(**WALK, transition_offset=np.zeros((2, 1))), np.zeros((3, 1)))
    with pytest.raises(ArgumentError, match="length must be a whole number"):
        walk.simulate(0)
    with pytest.raises(ArgumentError, match="seed must be"):
        walk.simulate(3, seed=-1)
    with pytest.raises(SingularError, match="observation at step 0, counted from 0, is singular"):
        kalman_filter(LinearGaussian(**(WALK | {"R": [[0]], "cov": [[0]]})), [[0.0]])
    # as many looks as the noise has directions, less one: its eigenvalue of 0 comes out as a rounding error
    for seed in range(100):
        rng = np.random.default_rng(seed)
        p = 2 + seed % 3
        root = rng.standard_normal((p, p - 1))
        known = LinearGaussian(np.eye(p - 1), root, np.eye(p - 1), root @ root.T, np.zeros(p - 1), np.eye(p - 1))
        with pytest.raises(SingularError, match="observation at step 0"):
            kalman_filter(known, np.zeros((2, p)))
    with pytest.raises(SingularError, match="observation at step 1"):  # two noise-free looks at a fixed state
        kalman_filter(LinearGaussian(**(WALK | {"R": [[0]], "Q": [[0]]})), [[1.0], [1.0]])
