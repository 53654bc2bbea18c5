"""Kalman filter and smoother against statsmodels' compiled ones, in one run that also compares their answers.

    OMP_NUM_THREADS=1 python benchmarks/kalman_vs_statsmodels.py

Models have a random stable transition, d states and max(1, d / 4) observations; series have 1000 steps.
statsmodels takes one series at a time, so 64 series are 64 calls, bound to their data before the clock starts.
Sides take turns; printed are medians of times, of how many times as fast this package is, lowest to highest, and
how far the answers are apart: log-likelihood relative, means absolute. Both sides stop updating covariances that
stand still; statsmodels does so by a wider tolerance, which is most of the difference. A single short series of
few states is faster in compiled code.
"""

import statistics
import time

import numpy as np
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

from mathforml.time_series import LinearGaussian, kalman_filter, kalman_smoother

STEPS, ROUNDS = 1000, 7


def make_model(d, seed=0):
    """A stable transition whose slowest mode keeps 0.95 of itself, all states driven and all seen."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((d, d))
    A *= 0.95 / np.abs(np.linalg.eigvals(A)).max()
    C = rng.standard_normal((max(1, d // 4), d)) if d > 1 else np.ones((1, 1))
    Q = rng.standard_normal((d, d))
    return LinearGaussian(A, C, Q @ Q.T / d + 0.1 * np.eye(d), np.eye(len(C)), np.zeros(d), np.eye(d))


def peers(model, observations):
    """The model in statsmodels, bound to each series."""
    out = []
    for y in observations:
        peer = KalmanSmoother(k_endog=model.observation_size, k_states=model.state_size)
        peer["transition"], peer["design"] = model.A, model.C
        peer["selection"], peer["state_cov"] = np.eye(model.state_size), model.Q
        peer["obs_cov"] = model.R
        peer.initialize_known(model.mean, model.cov)
        peer.bind(y.copy())
        out.append(peer)
    return out


def seconds(call):
    """Time of one call and what it returned."""
    begin = time.perf_counter()
    result = call()
    return time.perf_counter() - begin, result


def difference(ours, theirs, task):
    """Largest difference of log-likelihoods, relative, and of means."""
    filtered = ours if task == "filter" else ours.filtered
    likelihood = np.array([peer.llf for peer in theirs])
    means = np.stack([(peer.filtered_state if task == "filter" else peer.smoothed_state).T for peer in theirs])
    return np.abs(filtered.log_likelihood / likelihood - 1).max(), np.abs(ours.mean - means).max()


def compare(model, count, task):
    """Print one row of the table."""
    _, observations = model.simulate(STEPS, series=count, seed=1)
    bound = peers(model, observations)
    sides = {
        "filter": (kalman_filter, lambda peer: peer.filter()),
        "smoother": (kalman_smoother, lambda peer: peer.smooth()),
    }
    own, other = sides[task]
    rounds = []
    for _ in range(ROUNDS + 1):
        mine, ours = seconds(lambda: own(model, observations))
        yours, theirs = seconds(lambda: [other(peer) for peer in bound])
        rounds.append((mine, yours))
    rounds = rounds[1:]  # the first warms up
    ratios = sorted(yours / mine for mine, yours in rounds)
    mine, yours = (1e3 * statistics.median(column) for column in zip(*rounds))
    likelihood, means = difference(ours, theirs, task)
    print(
        f"{model.state_size:2} {count:6}  {task:8} {mine:8.1f} {yours:14.1f}   {statistics.median(ratios):5.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f})".ljust(68)
        + f"{likelihood:8.0e} {means:8.0e}"
    )


def main():
    print(" d series  task      ours ms  statsmodels ms   times as fast          log-likelihood  means apart")
    for d in (1, 4, 16):
        model = make_model(d)
        for count in (1, 64):
            for task in ("filter", "smoother"):
                compare(model, count, task)


if __name__ == "__main__":
    main()
