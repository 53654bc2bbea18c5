"""Estimators on other functions and distributions, against integration, enumeration and each other."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from mathforml.gradient_estimators import (
    Bernoulli,
    Categorical,
    Gaussian,
    Poisson,
    exact_gradient,
    gumbel_softmax,
    measure_valued,
    pathwise,
    rao_blackwell,
    score_function,
    taylor_control,
)

FUNCTIONS = {
    "sine": lambda x: np.sin(2 * x),
    "exponential": lambda x: np.exp(x / 2),
    "cubic": lambda x: x**3 - x,
    "well": lambda x: 1 / (1 + x**2),
}
P = Gaussian(0.4, 0.8)
S = 100_000


def central(value, at, step=1e-4):
    return (value(at + step) - value(at - step)) / (2 * step)


def close(result, exact, *, slack=1e-10):
    """Within four standard errors in every component."""
    assert result.estimate.shape == np.shape(exact)
    off = np.abs(result.estimate - exact)
    assert (off <= 4 * result.standard_error + slack).all(), (off, result.standard_error)


@pytest.mark.parametrize("wrt", ["mean", "std"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_exact_gradient_of_a_gaussian_against_quad(name, wrt):
    f = FUNCTIONS[name]

    def value(theta):
        mean, std = (theta, P.std) if wrt == "mean" else (P.mean, theta)
        return quad(lambda x: f(x) * stats.norm.pdf(x, mean, std), mean - 12 * std, mean + 12 * std, limit=200)[0]

    expected = central(value, getattr(P, wrt))
    assert exact_gradient(f, P, wrt=wrt) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("wrt", ["mean", "std"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gaussian_estimators_are_unbiased(name, wrt):
    f = FUNCTIONS[name]
    exact = exact_gradient(f, P, wrt=wrt)
    options = {"samples": S, "wrt": wrt, "seed": 5}
    for result in [
        score_function(f, P, **options),
        score_function(f, P, baseline="mean", **options),
        score_function(f, P, baseline="optimal", **options),
        pathwise(f, P, **options),
        measure_valued(f, P, **options),
        measure_valued(f, P, coupled=False, **options),
        taylor_control(f, P, order=1, **options),
        taylor_control(f, P, order=2, **options),
    ]:
        close(result, exact)


def coordinates(x):
    return np.sin(x[:, 0]) * x[:, 1] + x[:, 1] ** 2 * x[:, 2]


@pytest.mark.parametrize("wrt", ["mean", "std"])
def test_gaussian_estimators_in_three_dimensions(wrt):
    p = Gaussian([0.2, -0.5, 1.0], [1.0, 0.5, 2.0])
    (m0, m1, m2), (s0, s1, _) = p.mean, p.std
    damp = np.exp(-(s0**2) / 2)  # E sin(m + sε) = sin(m) exp(−s²/2)
    expected = {
        "mean": [np.cos(m0) * damp * m1, np.sin(m0) * damp + 2 * m1 * m2, m1**2 + s1**2],
        "std": [-s0 * np.sin(m0) * damp * m1, 2 * s1 * m2, 0.0],
    }[wrt]
    np.testing.assert_allclose(exact_gradient(coordinates, p, wrt=wrt), expected, atol=1e-9)
    options = {"samples": S, "wrt": wrt, "seed": 6}
    for estimator in [score_function, pathwise, measure_valued, taylor_control]:
        close(estimator(coordinates, p, **options), np.array(expected))
    assert measure_valued(coordinates, p, samples=10, wrt=wrt).evaluations == 2 * 3 * 10


def test_measure_valued_needs_no_derivative():
    """A step: pathwise sees slope 0 everywhere and is wrong; the other two are right."""
    exact = stats.norm.pdf(0, 0.4, 0.8)  # of P(x > 0) with respect to the mean

    def step(x):
        return (np.asarray(x) > 0).astype(float)

    close(measure_valued(step, P, samples=S, seed=0), exact)
    close(score_function(step, P, samples=S, seed=0), exact)


@pytest.mark.parametrize("logits", [0.3, [0.3, -1.0, 2.0]])
def test_bernoulli(logits):
    p = Bernoulli(logits)

    def f(x):
        return np.exp(np.sum(x.reshape(len(x), -1), axis=1) / 2)

    # Independent coins: E exp(Σx/2) is a product.
    factors = 1 + np.atleast_1d(p.probabilities) * (np.exp(0.5) - 1)
    slopes = np.atleast_1d(p.probabilities * (1 - p.probabilities)) * (np.exp(0.5) - 1)
    expected = (np.prod(factors) / factors * slopes).reshape(p.shape)
    np.testing.assert_allclose(exact_gradient(f, p), expected, rtol=1e-12)
    close(score_function(f, p, samples=S, seed=0), expected)
    # A baseline estimated to 1/√S times a mean score of that size: not in the standard error, which is 0 here.
    close(score_function(f, p, samples=S, baseline="optimal", seed=0), expected, slack=4 / S)
    measured = measure_valued(f, p, samples=S, seed=0)
    close(measured, expected)
    assert (measured.variance <= score_function(f, p, samples=S, seed=0).variance).all()
    if not p.shape:
        assert measured.variance < 1e-20  # one coin alone is summed out


@pytest.mark.parametrize("rate", [2.5, [0.5, 3.0]])
@pytest.mark.parametrize("coupled", [True, False])
def test_poisson(rate, coupled):
    p = Poisson(rate)

    def f(x):
        return np.sum(x.reshape(len(x), -1) ** 2, axis=1)

    expected = 2 * p.rate + 1  # E x² = λ² + λ
    np.testing.assert_allclose(exact_gradient(f, p), expected, rtol=1e-10)
    close(score_function(f, p, samples=S, seed=0), expected)
    close(measure_valued(f, p, samples=S, coupled=coupled, seed=0), expected)


@pytest.mark.parametrize("seed", range(2))
def test_categorical_and_rao_blackwell(seed):
    rng = np.random.default_rng(seed)
    weights, p = rng.normal(size=5), Categorical(rng.normal(size=5))

    def f(x):
        return (x @ weights) ** 2

    fx, prob = weights**2, np.exp(p.logits) / np.exp(p.logits).sum()
    expected = prob * (fx - prob @ fx)
    np.testing.assert_allclose(exact_gradient(f, p), expected, atol=1e-14)
    close(score_function(f, p, samples=S, seed=seed), expected)
    totals = []
    for exact in range(6):
        result = rao_blackwell(f, p, exact=exact, samples=S, seed=seed)
        close(result, expected)
        totals.append(result.variance.sum())
    assert totals[5] < 1e-20
    assert totals[3] < totals[0]
    assert result.evaluations == 5


def test_the_same_seed_gives_the_same_samples():
    first, second = (score_function(np.sin, P, samples=5, seed=3).per_sample for _ in range(2))
    assert (first == second).all()
    generator = np.random.default_rng(3)
    assert (score_function(np.sin, P, samples=5, seed=generator).per_sample == first).all()


def test_standard_error_is_the_spread_of_estimates():
    rng = np.random.default_rng(0)
    results = [score_function(np.sin, P, samples=100, seed=rng) for _ in range(1500)]
    spread = np.std([r.estimate for r in results])
    assert spread == pytest.approx(np.mean([r.standard_error for r in results]), rel=0.08)


def test_score_is_the_derivative_of_scipys_log_density():
    x = np.array([0.0, 1.0, 2.0])
    p = Gaussian(0.3, 0.7)
    assert p.score(x, "mean") == pytest.approx(central(lambda m: stats.norm.logpdf(x, m, 0.7), 0.3), abs=1e-6)
    assert p.score(x, "std") == pytest.approx(central(lambda s: stats.norm.logpdf(x, 0.3, s), 0.7), abs=1e-6)
    rate = Poisson(1.7).score(x, "rate")
    assert rate == pytest.approx(central(lambda r: stats.poisson.logpmf(x, r), 1.7), abs=1e-6)
    coin = Bernoulli(0.4).score(x[:2], "logits")
    assert coin == pytest.approx(
        central(lambda z: stats.bernoulli.logpmf(x[:2], 1 / (1 + np.exp(-z))), 0.4), abs=1e-6
    )


@pytest.mark.parametrize("samples", [2, 3, 20])
def test_an_optimal_baseline_needs_no_variety(samples):
    """Rare coins mostly all show the same face; a constant f is then still taken off to the last digit."""
    for p in [Bernoulli(-8.0), Categorical([0.0, -1000.0]), Poisson(1e-10), Bernoulli(800.0), P]:
        result = score_function(lambda x: np.full(len(x), 3.0), p, samples=samples, baseline="optimal", seed=0)
        np.testing.assert_allclose(result.per_sample, 0.0, atol=1e-12)


def test_rare_events_keep_the_exact_gradient():
    assert exact_gradient(lambda x: x**2, Poisson(1e-20)) == pytest.approx(1.0, rel=1e-12)  # 2 · rate + 1
    assert exact_gradient(lambda x: x**2, Gaussian(1.0, 1e-9)) == pytest.approx(2.0, rel=1e-6)
    nearly_sure = Categorical([0.0, -1000.0, -1000.0])
    result = rao_blackwell(lambda x: x[:, 1], nearly_sure, exact=1, samples=5, seed=0)
    np.testing.assert_array_equal(result.per_sample, np.zeros((5, 3)))


def test_the_coldest_temperature_is_no_overflow():
    for temperature in [1e-300, 1e-320]:
        result = gumbel_softmax(lambda x: x[:, 0], Categorical([0.0, 1.0]), temperature=temperature, seed=0)
        np.testing.assert_array_equal(result.per_sample, np.zeros((1000, 2)))


def test_a_function_may_write_into_its_argument():
    def untidy(x):
        x -= 1.0
        return x**2

    tidy = {"samples": 100, "seed": 0}
    for estimator in [score_function, measure_valued]:
        expected = estimator(lambda x: (x - 1.0) ** 2, P, **tidy).per_sample
        np.testing.assert_array_equal(estimator(untidy, P, **tidy).per_sample, expected)
    assert exact_gradient(untidy, P) == exact_gradient(lambda x: (x - 1.0) ** 2, P)
