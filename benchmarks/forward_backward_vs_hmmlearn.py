"""Posterior marginals of a batch of sequences: mathforml against hmmlearn's C++, on one core, in one run.

    OMP_NUM_THREADS=1 python benchmarks/forward_backward_vs_hmmlearn.py

64 sequences of 1000 steps, K states, emission log-likelihoods given. Timed is from those to log-likelihood and γ
of every sequence, as hmmlearn's `score_samples` has it; the second line of a K adds Σ_t ξ_t, what an E-step of
Baum–Welch needs. All sides take turns; printed are medians.
"""

import statistics
import time

import numpy as np
from hmmlearn import _hmmc

from mathforml.forward_backward import marginals

BATCH, STEPS, REPEATS = 64, 1000, 5


def problem(states, seed=0):
    """Initial and transition probabilities, and emission log-likelihoods of a noisy random walk."""
    rng = np.random.default_rng(seed)
    initial = rng.dirichlet(np.ones(states))
    transitions = rng.dirichlet(np.ones(states), size=states)
    return initial, transitions, -0.5 * rng.normal(size=(BATCH, STEPS, states)) ** 2 - 0.9


def by_hmmlearn(initial, transitions, unary, *, scaled, pairs):
    """hmmlearn's E-step, the way its own `fit` and `score_samples` call it."""
    log_z, gammas, total = [], [], 0.0
    for sequence in unary:
        if scaled:
            top = sequence.max(axis=1, keepdims=True)
            weights = np.exp(sequence - top)
            value, forward, scaling = _hmmc.forward_scaling(initial, transitions, weights)
            backward = _hmmc.backward_scaling(initial, transitions, weights, scaling)
            gamma = forward * backward
            value += top.sum()
            if pairs:
                total = total + _hmmc.compute_scaling_xi_sum(forward, transitions, backward, weights)
        else:
            value, forward = _hmmc.forward_log(initial, transitions, sequence)
            backward = _hmmc.backward_log(initial, transitions, sequence)
            gamma = forward + backward
            gamma = np.exp(gamma - np.logaddexp.reduce(gamma, axis=1, keepdims=True))
            if pairs:
                total = total + np.exp(_hmmc.compute_log_xi_sum(forward, transitions, backward, sequence))
        log_z.append(value)
        gammas.append(gamma / gamma.sum(axis=1, keepdims=True))
    return np.array(log_z), np.array(gammas), total


def by_mathforml(initial, transitions, unary, *, pairs):
    """The same from mathforml."""
    found = marginals(unary, np.log(transitions), initial=np.log(initial), pairs="sum" if pairs else "none")
    return found.log_z, found.gamma, found.xi_sum.sum(axis=0) if pairs else 0.0


def seconds(side):
    """Time of one call."""
    begin = time.perf_counter()
    side()
    return time.perf_counter() - begin


def main():
    for states in (4, 16, 64):
        data = problem(states)
        for pairs in (False, True):
            sides = {
                "mathforml": lambda: by_mathforml(*data, pairs=pairs),  # noqa: B023
                "hmmlearn scaled": lambda: by_hmmlearn(*data, scaled=True, pairs=pairs),  # noqa: B023
                "hmmlearn log": lambda: by_hmmlearn(*data, scaled=False, pairs=pairs),  # noqa: B023
            }
            answers = {name: side() for name, side in sides.items()}  # warms up, too
            times = {name: [] for name in sides}
            for _ in range(REPEATS):
                for name, side in sides.items():
                    times[name].append(1e3 * seconds(side))
            for name in ("hmmlearn scaled", "hmmlearn log"):
                for ours, theirs in zip(answers["mathforml"], answers[name]):
                    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
            shown = "   ".join(f"{name} {statistics.median(times[name]):7.1f} ms" for name in sides)
            print(f"K = {states:2}  {'γ and Σ ξ' if pairs else 'γ        '}  {shown}", flush=True)


if __name__ == "__main__":
    main()
