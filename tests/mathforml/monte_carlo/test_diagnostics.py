"""R̂ and effective sample sizes: AR(1) with known autocorrelation time, direct sums, definitions spelled out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import lfilter
from scipy.stats import multivariate_normal, norm

from mathforml.errors import ArgumentError
from mathforml.monte_carlo import autocorrelation, bulk_ess, mean_ess, rank_normalise, rhat, split_rhat, tail_ess


def ar1(phi, chains, size, seed):
    """A stationary first-order autoregression of variance 1: ρ_t = φ^t, τ = (1 + φ)/(1 − φ)."""
    noise = np.random.default_rng(seed).standard_normal((chains, size))
    noise[:, 1:] *= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise)


@pytest.mark.parametrize("phi", [-0.6, -0.3, 0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("ess", [mean_ess, bulk_ess])
def test_ess_of_an_autoregression(phi, ess):
    found = [ess(ar1(phi, 4, 5000, seed=seed)) for seed in range(10)]
    assert np.mean(found) == pytest.approx(20_000 * (1 - phi) / (1 + phi), rel=0.08)


def test_ess_predicts_the_variance_of_the_mean():
    draws = ar1(0.8, 2000, 500, seed=2)
    ess = np.mean([mean_ess(draws[i : i + 4]) for i in range(0, 200, 4)])
    variance = draws.mean(axis=1).var()
    assert variance * ess / 4 == pytest.approx(1, abs=0.15)


def test_ess_against_the_definition_by_loops():
    draws = ar1(0.5, 3, 41, seed=3)
    halves = np.concatenate([draws[:, :20], draws[:, 21:]])
    m, n = halves.shape
    means, s2 = halves.mean(axis=1), halves.var(axis=1, ddof=1)
    within = s2.mean()
    total = (n - 1) / n * within + means.var(ddof=1)
    rho = [1.0]
    for t in range(1, n):
        gamma = [
            sum((halves[c, i] - means[c]) * (halves[c, i + t] - means[c]) for i in range(n - t)) / n
            for c in range(m)
        ]
        rho.append(1 - (within - np.mean(gamma)) / total)
    time, least = -1.0, np.inf
    for t in range(0, n - 1, 2):
        if rho[t] + rho[t + 1] < 0:
            time += max(rho[t], 0)
            break
        least = min(least, rho[t] + rho[t + 1])
        time += 2 * least
    assert mean_ess(draws) == pytest.approx(m * n / time, rel=1e-10)
    assert split_rhat(draws) == pytest.approx(np.sqrt(total / within), rel=1e-12)


@given(arrays(float, st.integers(2, 40), elements=st.floats(-10, 10)).filter(lambda x: np.ptp(x) > 1e-3))
@settings(deadline=None, max_examples=30)
def test_autocorrelation_is_the_direct_sum(x):
    z = x - x.mean()
    direct = [np.sum(z[: len(z) - t] * z[t:]) / np.sum(z * z) for t in range(len(z))]
    np.testing.assert_allclose(autocorrelation(x), direct, atol=1e-10)
    np.testing.assert_allclose(autocorrelation([x, 2 * x + 1]), [direct, direct], atol=1e-10)


def test_good_chains_have_rhat_near_one():
    draws = np.random.default_rng(0).standard_normal((4, 2000, 3))
    assert (abs(split_rhat(draws) - 1) < 0.01).all()
    assert (abs(rhat(draws) - 1) < 0.01).all()
    assert split_rhat(draws).shape == (3,)
    assert isinstance(split_rhat(draws[..., 0]), float)


def test_rhat_of_shifted_chains_in_closed_form():
    # two chains at ±δ: split means are ±δ twice, B/n = 4δ²/3
    draws = np.random.default_rng(0).standard_normal((2, 100_000)) + [[-1], [1]]
    assert split_rhat(draws) == pytest.approx(np.sqrt(1 + 4 / 3), abs=0.01)
    assert mean_ess(draws) < 10


def test_trend_within_a_chain_is_seen():
    drifting = np.linspace(-1, 1, 1000) + 0.1 * np.random.default_rng(0).standard_normal((1, 1000))
    assert split_rhat(drifting) > 1.5


def test_rank_normalised_rhat_sees_spread_and_heavy_tails():
    rng = np.random.default_rng(0)
    spread = rng.standard_normal((4, 2000)) * [[1], [1], [1], [4]]
    assert split_rhat(spread) < 1.01 < rhat(spread)
    cauchy = rng.standard_cauchy((4, 2000)) + [[0], [0], [0], [3]]
    assert rhat(cauchy) > 1.1


def test_bulk_ess_and_rhat_depend_on_ranks_alone():
    draws = ar1(0.5, 4, 500, seed=5)
    assert bulk_ess(np.exp(draws)) == pytest.approx(bulk_ess(draws), rel=1e-12)
    assert bulk_ess(np.random.default_rng(0).standard_cauchy((4, 1000))) == pytest.approx(4000, rel=0.1)


def test_odd_lengths_leave_out_the_middle_draw():
    draws = ar1(0.5, 3, 21, seed=1)
    changed = draws.copy()
    changed[:, 10] = [1e6, -1e6, 3e6]
    for statistic in (split_rhat, rhat, mean_ess, bulk_ess):
        assert statistic(changed) == statistic(draws) == statistic(np.delete(draws, 10, axis=1))


def test_against_values_of_arviz():
    # arviz 0.22: rhat by "split" and "rank", ess by "mean", "bulk" and "tail"
    n = np.arange(800).reshape(4, 200)
    draws = np.sin(n**2) + 0.3 * np.sin(n / 7) + 0.05 * np.arange(4)[:, None]
    found = [statistic(draws) for statistic in (split_rhat, rhat, mean_ess, bulk_ess, tail_ess)]
    expected = [0.9989413473794675, 1.0016232232289184, 479.4362869804845, 315.59210598806266, 328.1742720709499]
    assert found == pytest.approx(expected, rel=1e-9)


def test_tail_ess_of_an_autoregression():
    # signs x ≤ q of a Gaussian autoregression: their correlation at lag t is that of a bivariate normal
    lags = 0.6 ** np.arange(1, 60)
    q = norm.ppf(0.05)
    both = [multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([q, q]) for r in lags]
    time = 1 + 2 * np.sum((np.array(both) - 0.05**2) / (0.05 * 0.95))
    found = [tail_ess(ar1(0.6, 4, 5000, seed=seed)) for seed in range(10)]
    # the smaller of two estimates, each with a relative error of a few percent
    assert np.mean(found) == pytest.approx(20_000 / time, rel=0.1)
    assert tail_ess(np.exp(ar1(0.6, 4, 500, seed=0))) == tail_ess(ar1(0.6, 4, 500, seed=0))


def test_tail_ess_where_most_draws_are_equal():
    draws = (np.random.default_rng(0).random((4, 500)) < 0.02).astype(float)
    assert tail_ess(draws) == pytest.approx(2000, rel=0.15)
    assert tail_ess(1 - draws) == 2000  # up to the largest are all draws: that share is known


def test_rank_normalise_with_ties():
    z = rank_normalise([[2.0, 1.0], [2.0, 5.0]])
    expected = norm.ppf((np.array([[2.5, 1.0], [2.5, 4.0]]) - 3 / 8) / 4.25)
    np.testing.assert_allclose(z, expected, atol=1e-12)


def test_stuck_chains():
    stuck = np.repeat([[0.0], [1.0]], 100, axis=1)
    assert split_rhat(stuck) == np.inf
    assert mean_ess(stuck) < 10
    assert rhat(stuck) == np.inf


def test_alternating_chains_are_worth_more_than_their_draws_but_bounded():
    draws = np.tile([1.0, -1.0], (4, 500)) + 0.01 * np.random.default_rng(0).standard_normal((4, 1000))
    assert mean_ess(draws) == pytest.approx(4000 * np.log10(4000))


@pytest.mark.parametrize("function", [split_rhat, rhat, mean_ess, bulk_ess, tail_ess])
@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (np.zeros(10), "draws must have shape"),
        (np.zeros((2, 3)), "S of at least 4"),
        (np.ones((2, 10)), "component 0 is 1 throughout"),
        ([[1.0, 1.0, 7.0, 1.0, 1.0]], "component 0 is 1 throughout"),
        (np.zeros((0, 10)), "draws must have shape"),
        (np.full((2, 10), np.nan), "draws must be finite"),
    ],
)
def test_bad_draws(function, draws, message):
    with pytest.raises(ArgumentError, match=message):
        function(draws)


@pytest.mark.parametrize(
    ("x", "message"), [([1.0], "at least two entries"), ([2.0, 2.0], "must vary"), (3.0, "at least two entries")]
)
def test_bad_series(x, message):
    with pytest.raises(ArgumentError, match=message):
        autocorrelation(x)
