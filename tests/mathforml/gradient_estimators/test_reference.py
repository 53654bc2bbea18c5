"""Bias and variance on the problem with known variances, f = (x − c)² under a Gaussian."""

import numpy as np
import pytest
from scipy.integrate import quad

from mathforml.gradient_estimators import (
    Gaussian,
    GradientEstimate,
    control_variate,
    measure_valued,
    pathwise,
    quadratic_variances,
    score_function,
    taylor_control,
)

C, MEAN, STD = 1.0, 1.5, 1.5
OFFSET = MEAN - C
P = Gaussian(MEAN, STD)
S = 400_000


def f(x):
    return (x - C) ** 2


ESTIMATORS = {
    "score": lambda seed: score_function(f, P, samples=S, seed=seed),
    "score, mean baseline": lambda seed: score_function(f, P, samples=S, baseline="mean", seed=seed),
    "score, optimal baseline": lambda seed: score_function(f, P, samples=S, baseline="optimal", seed=seed),
    "pathwise": lambda seed: pathwise(f, P, samples=S, seed=seed),
    "measure-valued": lambda seed: measure_valued(f, P, samples=S, seed=seed),
    "measure-valued, independent": lambda seed: measure_valued(f, P, samples=S, coupled=False, seed=seed),
}
REFERENCE = {
    "score": 37.28,
    "score, mean baseline": 24.6,
    "pathwise": 9.0,
    "measure-valued": 0.2732,
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_bias_and_variance(name):
    result = ESTIMATORS[name](7)
    assert abs(result.estimate - 2 * OFFSET) <= 4 * result.standard_error
    assert result.variance == pytest.approx(quadratic_variances(OFFSET, STD)[name], rel=0.05)
    if name in REFERENCE:
        assert result.variance == pytest.approx(REFERENCE[name], rel=0.05)


@pytest.mark.parametrize("name", REFERENCE)
def test_closed_forms_have_the_reference_values(name):
    assert quadratic_variances(OFFSET, STD)[name] == pytest.approx(REFERENCE[name], rel=0.005)


@pytest.mark.parametrize(("offset", "std"), [(0.5, 1.5), (-2.0, 0.3), (0.0, 1.0)])
def test_closed_forms_against_integration(offset, std):
    """Second moments by scipy's quad over the base variable, less the squared mean."""

    def normal(g):
        return quad(lambda e: g(e) ** 2 * np.exp(-(e**2) / 2) / np.sqrt(2 * np.pi), -12, 12)[0] - 4 * offset**2

    def weibull(g):
        moments = [quad(lambda w, k=k: g(w) ** k * w * np.exp(-(w**2) / 2), 0, 14)[0] for k in (1, 2)]
        return moments[1] - moments[0] ** 2

    def value(e):
        return (offset + std * e) ** 2

    best = offset**2 + 3 * std**2
    c = std * np.sqrt(2 * np.pi)
    expected = {
        "score": normal(lambda e: value(e) * e / std),
        "score, mean baseline": normal(lambda e: (value(e) - offset**2 - std**2) * e / std),
        "score, optimal baseline": normal(lambda e: (value(e) - best) * e / std),
        "pathwise": normal(lambda e: 2 * (offset + std * e)),
        "measure-valued": weibull(lambda w: (value(w) - value(-w)) / c),
        "measure-valued, independent": weibull(lambda w: value(w) / c) + weibull(lambda w: value(-w) / c),
    }
    assert quadratic_variances(offset, std) == pytest.approx(expected, rel=1e-7, abs=1e-9)
    # No other baseline does better than the one called optimal.
    assert (
        min(normal(lambda e, b=b: (value(e) - b) * e / std) for b in (best - 0.1, best + 0.1))
        > expected["score, optimal baseline"]
    )


def test_any_number_may_be_the_baseline():
    result = score_function(f, P, samples=S, baseline=OFFSET**2 + 3 * STD**2, seed=1)
    assert abs(result.estimate - 2 * OFFSET) <= 4 * result.standard_error
    assert result.variance == pytest.approx(8 * OFFSET**2 + 6 * STD**2, rel=0.05)


def test_coefficients_come_from_all_other_samples():
    x = P.sample(2000, np.random.default_rng(3))
    plain, score = score_function(f, P, samples=2000, seed=3), P.score(x, "mean")
    kept = np.delete(np.arange(2000), 5)
    covariance = np.cov(plain.per_sample[kept], score[kept])
    coefficient = covariance[0, 1] / covariance[1, 1]
    controlled = control_variate(plain, score, 0.0).per_sample[5]
    assert controlled == pytest.approx(plain.per_sample[5] - coefficient * score[5], rel=1e-9)
    baseline = np.average(f(x[kept]), weights=score[kept] ** 2)
    optimal = score_function(f, P, samples=2000, baseline="optimal", seed=3).per_sample[5]
    assert optimal == pytest.approx((f(x[5]) - baseline) * score[5], rel=1e-9)


def test_a_linear_control_leaves_the_cubic_part():
    result = taylor_control(f, P, samples=S, order=1, seed=2)
    assert abs(result.estimate - 2 * OFFSET) <= 4 * result.standard_error
    assert result.variance == pytest.approx(15 * STD**2, rel=0.05)  # of σ ε³


@pytest.mark.parametrize("wrt", ["mean", "std"])
def test_a_quadratic_control_leaves_nothing_of_a_quadratic(wrt):
    result = taylor_control(f, P, samples=10, wrt=wrt, seed=2)
    np.testing.assert_allclose(result.per_sample, 2 * OFFSET if wrt == "mean" else 2 * STD, rtol=1e-12)


def test_control_variate_with_a_given_coefficient():
    noisy = GradientEstimate(np.array([1.0, 2.0, 6.0]), 3)
    result = control_variate(noisy, [1.0, 1.0, 4.0], 2.0, coefficient=0.5)
    assert result.per_sample.tolist() == [1.5, 2.5, 5.0]
    assert result.evaluations == 3


@pytest.mark.parametrize("baseline", ["mean", "optimal"])
def test_estimated_baselines_add_no_bias_with_few_samples(baseline):
    """With 4 samples, a coefficient from all of them would be off by far more than the error bar here."""
    rng = np.random.default_rng(0)
    estimates = [score_function(f, P, samples=4, baseline=baseline, seed=rng).estimate for _ in range(4000)]
    assert abs(np.mean(estimates) - 2 * OFFSET) <= 4 * np.std(estimates) / np.sqrt(len(estimates))
