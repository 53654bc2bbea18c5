"""Particle filter and smoother against the Kalman ones, against a grid, and in expectation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mathforml.errors import ArgumentError, SingularError
from mathforml.time_series import (
    LinearGaussian,
    Nonlinear,
    kalman_filter,
    kalman_smoother,
    particle_filter,
    particle_smoother,
)
from mathforml.time_series.particles import systematic

MODEL = LinearGaussian(
    A=[[0.9, 0.2], [-0.1, 0.8]],
    C=[[1.0, 0.5]],
    Q=[[0.3, 0.1], [0.1, 0.2]],
    R=[[0.5]],
    mean=[1.0, 0.0],
    cov=np.eye(2),
    transition_offset=[0.1, 0.0],
    observation_offset=[0.2],
)


def many(y, count):
    return np.broadcast_to(y, (count, *y.shape))


@pytest.mark.parametrize("threshold", [0.5, 1])
def test_means_are_kalmans(threshold):
    _, y = MODEL.simulate(15, seed=0)
    exact = kalman_filter(MODEL, y)
    clouds = particle_filter(MODEL, many(y, 100), n=400, threshold=threshold, seed=1)
    # Replicates tell the standard error; bias is of order 1 / n, far below it.
    error = clouds.mean - exact.mean
    assert (np.abs(error.mean(axis=0)) < 4 * error.std(axis=0) / 10 + 2 / 400).all()
    np.testing.assert_allclose(clouds.cov.mean(axis=0), exact.cov, atol=0.03)


@pytest.mark.parametrize("threshold", [0, 0.5, 1])
def test_likelihood_is_unbiased(threshold):
    _, y = MODEL.simulate(6, seed=3)
    exact = kalman_filter(MODEL, y).log_likelihood
    ratios = np.exp(
        particle_filter(MODEL, many(y, 2000), n=50, threshold=threshold, seed=4).log_likelihood - exact
    )
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(len(ratios))


def test_nonlinear_model_against_a_grid():
    model = Nonlinear(
        lambda x: x / 2 + 5 * x / (1 + x**2), lambda x: x**2 / 4, Q=[[1.0]], R=[[1.0]], mean=[0.5], cov=[[2.0]]
    )
    _, y = model.simulate(10, seed=5)
    grid = np.linspace(-20, 20, 2001)
    move = norm(model.transition(grid), 1.0).pdf(grid[:, None]) * (grid[1] - grid[0])
    density, means, total = norm(0.5, np.sqrt(2)).pdf(grid), [], 0.0
    for t, seen in enumerate(y[:, 0]):
        density = move @ density if t else density
        density = density * norm(grid**2 / 4, 1.0).pdf(seen)
        mass = density.sum() * (grid[1] - grid[0])
        density, total = density / mass, total + np.log(mass)
        means.append((grid * density).sum() * (grid[1] - grid[0]))
    clouds = particle_filter(model, many(y, 50), n=1000, seed=6)
    error = clouds.mean[..., 0] - means
    assert (np.abs(error.mean(axis=0)) < 4 * error.std(axis=0) / np.sqrt(50) + 5e-3).all()
    ratios = np.exp(clouds.log_likelihood - total)
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(50)


@pytest.mark.parametrize("threshold", [0, 0.5])
def test_missing_values_are_left_out(threshold):
    model = LinearGaussian(MODEL.A, [[1, 0.5], [0, 1]], MODEL.Q, [[0.5, 0.3], [0.3, 0.4]], MODEL.mean, MODEL.cov)
    _, y = model.simulate(6, seed=1)
    y[1, 0] = y[3, 1] = np.nan
    y[4] = np.nan
    exact = kalman_filter(model, y, missing=True)
    clouds = particle_filter(model, many(y, 200), n=1000, threshold=threshold, missing=True, seed=4)
    ratios = np.exp(clouds.log_likelihood - exact.log_likelihood)
    assert abs(ratios.mean() - 1) < 4 * ratios.std() / np.sqrt(len(ratios))
    np.testing.assert_allclose(clouds.log_densities[:, 4], 0, atol=1e-12)
    error = clouds.mean - exact.mean
    assert (np.abs(error.mean(axis=0)) < 4 * error.std(axis=0) / np.sqrt(200) + 2 / 1000).all()


def test_each_series_has_its_own_missing_values():
    model = LinearGaussian(MODEL.A, [[1, 0.5], [0, 1]], MODEL.Q, [[0.5, 0.3], [0.3, 0.4]], MODEL.mean, MODEL.cov)
    _, y = model.simulate(4, series=3, seed=0)
    y[0, 1, 0] = y[1, 1:] = np.nan
    exact = kalman_filter(model, y, missing=True).log_likelihood
    found = particle_filter(model, y, n=20_000, missing=True, seed=0).log_likelihood
    np.testing.assert_allclose(found, exact, atol=0.1)


def test_units_do_not_matter():
    scale = np.array([1e-9, 1e9])
    unit = LinearGaussian(MODEL.A, np.eye(2), MODEL.Q, [[0.5, 0.3], [0.3, 0.4]], MODEL.mean, MODEL.cov)
    other = LinearGaussian(unit.A, np.diag(scale), unit.Q, unit.R * np.outer(scale, scale), unit.mean, unit.cov)
    _, y = unit.simulate(5, seed=0)
    here, there = particle_filter(unit, y, n=50, seed=1), particle_filter(other, y * scale, n=50, seed=1)
    np.testing.assert_allclose(there.mean, here.mean, rtol=1e-9)
    np.testing.assert_allclose(there.log_likelihood + 5 * np.log(scale).sum(), here.log_likelihood, rtol=1e-9)


def test_without_resampling_all_weight_goes_to_few():
    _, y = MODEL.simulate(60, seed=0)
    never = particle_filter(MODEL, y, n=500, threshold=0, seed=1)
    sometimes = particle_filter(MODEL, y, n=500, seed=1)
    assert never.effective_size[-1] < 10
    assert sometimes.effective_size.mean() > 150
    np.testing.assert_allclose(never.weights.sum(axis=-1), 1)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 200), st.integers(1, 4), st.floats(0.01, 20), st.integers(0, 10_000))
def test_systematic_resampling_keeps_shares(n, count, sharpness, seed):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(n, 1 / sharpness), size=count)
    kept = systematic(weights, rng)
    assert kept.shape == (count, n)
    for row, weight in zip(kept, weights):
        copies = np.bincount(row, minlength=n)
        assert (copies >= np.floor(n * weight - 1e-9)).all()
        assert (copies <= np.ceil(n * weight + 1e-9)).all()


def test_systematic_resampling_is_right_on_average():
    weight = np.array([0.05, 0.4, 0.0, 0.33, 0.22])
    kept = systematic(np.tile(weight, (20_000, 1)), np.random.default_rng(0))
    shares = np.bincount(kept.ravel(), minlength=5) / kept.size
    assert (np.abs(shares - weight) < 4 * 0.5 / (5 * np.sqrt(20_000))).all()  # copies vary by less than one
    assert shares[2] == 0


def test_paths_are_drawn_from_the_smoothing_distribution():
    _, y = MODEL.simulate(12, seed=0)
    exact = kalman_smoother(MODEL, y)
    cloud = particle_filter(MODEL, many(y, 40), n=400, seed=1)
    paths = particle_smoother(cloud, draws=100, seed=2)
    assert paths.shape == (40, 12, 100, 2)
    error = paths.mean(axis=2) - exact.mean
    assert (np.abs(error.mean(axis=0)) < 4 * error.std(axis=0) / np.sqrt(40) + 5e-3).all()
    centred = paths - exact.mean[:, None]
    cov = np.einsum("btmi,btmj->btij", centred, centred) / 100
    lag_one = np.einsum("btmi,btmj->btij", centred[:, 1:], centred[:, :-1]) / 100
    for sample, expected in [(cov, exact.cov), (lag_one, exact.lag_one_cov)]:
        spread = sample.std(axis=0) / np.sqrt(40)
        assert (np.abs(sample.mean(axis=0) - expected) < 4.5 * spread + 5e-3).all()


def test_one_series_and_seeds():
    _, y = MODEL.simulate(5, seed=0)
    one, same, other = (particle_filter(MODEL, y, n=30, seed=seed) for seed in (1, 1, 2))
    assert one.points.shape == (5, 30, 2)
    assert one.mean.shape == (5, 2)
    assert one.cov.shape == (5, 2, 2)
    assert np.shape(one.log_likelihood) == ()
    np.testing.assert_array_equal(one.points, same.points)
    assert (one.points != other.points).any()
    batch = particle_filter(MODEL, y[None], n=30, seed=1)
    np.testing.assert_array_equal(batch.points[0], one.points)
    np.testing.assert_array_equal(
        particle_smoother(batch, draws=7, seed=3)[0], particle_smoother(one, draws=7, seed=3)
    )
    assert particle_smoother(particle_filter(MODEL, y[:1], n=5, seed=0), draws=1, seed=0).shape == (1, 1, 2)


def test_an_observation_far_from_all_particles():
    cloud = particle_filter(MODEL, [[1e6], [0.0]], n=50, seed=0)
    assert np.isfinite(cloud.log_likelihood)
    np.testing.assert_allclose(cloud.weights.sum(axis=-1), 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 1}, "n must be a whole number of at least 2"),
        ({"threshold": 1.5}, "threshold must be a number of at least 0 and of at most 1"),
        ({"seed": "a"}, "seed must be"),
        ({"n": 10.0}, "n must be a whole number"),
        ({"threshold": np.nan}, "threshold must be a number"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(ArgumentError, match=words):
        particle_filter(MODEL, [[0.0]], **options)


def test_bad_input():
    with pytest.raises(ArgumentError, match="observations must be finite"):
        particle_filter(MODEL, [[np.nan]])
    with pytest.raises(ArgumentError, match="model must be"):
        particle_filter(None, [[0.0]])
    with pytest.raises(ArgumentError, match="cloud must be Particles"):
        particle_smoother([1, 2])
    with pytest.raises(ArgumentError, match="draws must be a whole number"):
        particle_smoother(particle_filter(MODEL, [[0.0]], n=5, seed=0), draws=0)
    fixed = LinearGaussian([[1]], [[1]], [[0]], [[1]], [0], [[1]])
    with pytest.raises(SingularError, match="Q must not be singular"):
        particle_smoother(particle_filter(fixed, [[0.0], [1.0]], n=5, seed=0))
    sharp = LinearGaussian([[1]], [[1]], [[1]], [[0]], [0], [[1]])
    with pytest.raises(SingularError, match="R must not be singular"):
        particle_filter(sharp, [[0.0]])
    for seed in range(20):  # an eigenvalue of 0 that comes out as a rounding error
        root = np.random.default_rng(seed).standard_normal((3, 2))
        flat = LinearGaussian(np.eye(2), root, np.eye(2), root @ root.T, [0, 0], np.eye(2))
        with pytest.raises(SingularError, match="R must not be singular"):
            particle_filter(flat, np.zeros((1, 3)))
    with pytest.raises(ArgumentError, match="within reach: at step 1 all particles weigh nothing"):
        particle_filter(MODEL, [[0.0], [1e300]], n=5, seed=0)
    wild = Nonlinear(lambda x: x, lambda x: np.where(x > 0, x, np.nan), [[1]], [[1]], [0], [[1]])
    with pytest.raises(ArgumentError, match=r"observation .* must be finite .* at step 0"):
        particle_filter(wild, [[0.0]], n=50, seed=0)
    # of particles that resampling left behind, the filter need not know where they would have gone
    edge = Nonlinear(lambda x: np.where(x > -1, x, np.nan), lambda x: x, [[0.1]], [[0.01]], [0], [[1]])
    cloud = particle_filter(edge, [[0.0], [0.0]], n=50, threshold=1, seed=0)
    with pytest.raises(ArgumentError, match=r"transition .* must be finite .* at step 1"):
        particle_smoother(cloud, seed=0)
