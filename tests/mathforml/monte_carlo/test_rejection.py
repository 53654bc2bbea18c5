"""Rejection sampling: exact draws, an acceptance rate of 1/M, a bound that is checked."""

import numpy as np
import pytest
from scipy.stats import beta, kstest, norm

from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.monte_carlo import rejection_sampling

TARGET = beta(2, 5)
BOUND = float(np.log(TARGET.pdf(0.2)))  # at its mode


def uniform(rng, size):
    return rng.random(size)


def sample(samples=20_000, *, extra=0.0, seed=0, log_p=TARGET.logpdf):
    return rejection_sampling(log_p, np.zeros_like, uniform, samples, log_bound=BOUND + extra, seed=seed)


@pytest.mark.parametrize("extra", [0.0, 1.0, 2.0])
def test_draws_follow_the_target_at_rate_one_over_m(extra):
    result = sample(extra=extra)
    assert kstest(result.draws, TARGET.cdf).pvalue > 1e-4
    rate = np.exp(-BOUND - extra)
    assert abs(result.acceptance - rate) < 4 * np.sqrt(rate * (1 - rate) / result.proposals)
    assert len(result.draws) == 20_000


def test_several_dimensions():
    def disc(x):
        return np.where((x**2).sum(axis=1) < 1, 0.0, -np.inf)

    def square(rng, size):
        return rng.uniform(-1, 1, (size, 2))

    result = rejection_sampling(disc, lambda x: np.zeros(len(x)), square, 10_000, log_bound=0)
    assert result.draws.shape == (10_000, 2)
    rate = np.pi / 4
    assert abs(result.acceptance - rate) < 4 * np.sqrt(rate * (1 - rate) / result.proposals)
    radius = (result.draws**2).sum(axis=1)
    assert kstest(radius, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("samples", [1, 7, 1000])
def test_exactly_as_many_draws_as_asked_for(samples):
    result = sample(samples)
    assert result.draws.shape == (samples,)
    assert result.proposals * result.acceptance >= samples


def test_exceeded_bound_is_an_error_that_says_where():
    with pytest.raises(ArgumentError, match=r"log_bound must be at least .* at x = 0\.2.*, above"):
        sample(extra=-0.1)


def test_unbounded_ratio_is_found_out():
    with pytest.raises(ArgumentError, match="log_bound must be at least"):
        rejection_sampling(
            norm.logpdf,
            lambda x: norm.logpdf(x, scale=0.5),
            lambda rng, n: 0.5 * rng.standard_normal(n),
            100_000,
            log_bound=3,
        )


def test_too_few_accepted():
    with pytest.raises(ConvergenceError, match="lower log_bound"):
        rejection_sampling(TARGET.logpdf, np.zeros_like, uniform, 10, log_bound=50, most_proposals=1000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"log_p": 1}, "log_p must be a function"),
        ({"samples": 0}, "samples must be"),
        ({"log_bound": np.inf}, "log_bound must be a number"),
        ({"most_proposals": 0}, "most_proposals must be"),
        ({"log_p": lambda x: np.full(len(x), np.nan)}, "log_p\\(x\\) must be finite or -inf; entry 0 is nan"),
        ({"log_p": lambda x: np.full(len(x), np.inf)}, "log_p\\(x\\) must be finite or -inf; entry 0 is inf"),
        ({"log_q": lambda x: np.full(len(x), -np.inf)}, "log_q\\(x\\) must be finite"),
        ({"log_p": lambda x: 0.0}, "log_p\\(x\\) must have shape"),
        ({"sampler": lambda rng, n: rng.random(n - 1)}, "sampler\\(rng, S\\) must return shape"),
    ],
)
def test_bad_input(change, message):
    arguments = {
        "log_p": TARGET.logpdf,
        "log_q": np.zeros_like,
        "sampler": uniform,
        "samples": 10,
        "log_bound": BOUND,
    }
    with pytest.raises(ArgumentError, match=message):
        rejection_sampling(**(arguments | change))
