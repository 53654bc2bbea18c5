"""The same gradient, five ways: one derivative that every part of the second half of the tutorial can take.

A chain of T labels z_t ∈ {1..K} has the score s_θ(z) = Σ_t u_t(z_t) + θ Σ_t [z_t = z_{t−1}]. Its log partition
function log Z(θ) = log Σ_z exp s_θ(z) has a derivative that is, at once, a number that automatic differentiation
finds, the expected count of equal neighbours, the solution of a linear system, an adjoint, a multiplier and the
mean of samples. `exact` enumerates all K^T chains and judges the others.
"""

import itertools
from typing import NamedTuple

import numpy as np

from mathforml import adjoint as adjoints
from mathforml import autodiff, forward_backward
from mathforml import implicit as implicits
from mathforml import lagrange as lagranges
from mathforml.checks import check_count, check_number, check_seed

#: Unary scores u, shape (T, K) = (6, 3): no symmetry, no zero, nothing else.
UNARY = np.array(
    [
        [0.6, -0.3, 0.1],
        [-0.2, 0.9, 0.3],
        [0.4, 0.2, -0.7],
        [-0.5, 0.1, 0.8],
        [0.3, -0.6, 0.5],
        [0.7, 0.2, -0.4],
    ]
)
T, K = UNARY.shape
#: Where the notebooks take the derivative.
THETA = 0.5
_SAME = np.eye(K)


def scores(theta):
    """All K^T chains with their scores.

    Parameters
    ----------
    theta : float

    Returns
    -------
    scores : ndarray, shape (K^T,)
    counts : ndarray, shape (K^T,)
        Equal neighbours, which are the derivatives of the scores.
    """
    chains = np.array(list(itertools.product(range(K), repeat=T)))
    counts = (chains[:, 1:] == chains[:, :-1]).sum(axis=1)
    return UNARY[np.arange(T), chains].sum(axis=1) + theta * counts, counts


def exact(theta):
    """The derivative of log Z by enumeration: the mean count under p(z) ∝ exp s_θ(z).

    Examples
    --------
    >>> round(exact(0.5), 6)
    2.105457
    """
    total, counts = scores(check_number(theta, "theta"))
    weights = np.exp(total - total.max())
    return float(weights @ counts / weights.sum())


def step(alpha, theta, unary):
    """One step of the forward recursion: α_{t+1}(k) = u(k) + log Σ_j exp(α_t(j) + θ [j = k]), shape (K,)."""
    joint = alpha[:, np.newaxis] + theta * _SAME
    top = np.max(joint, axis=0)
    return unary + top + np.log(np.sum(np.exp(joint - top), axis=0))


def log_partition(theta):
    """log Z(θ) by the forward recursion, in O(T K²).

    Written in plain numpy, so that `theta` may be an array that is being differentiated.
    """
    alpha = UNARY[0]
    for unary in UNARY[1:]:
        alpha = step(alpha, theta, unary)
    return np.logaddexp.reduce(alpha)


def finite_difference(theta, *, h=1e-5):
    """Part 7: two values of log Z, h to either side; off by O(h²) and by rounding over h."""
    return float((log_partition(theta + h) - log_partition(theta - h)) / (2 * h))


def forward_mode(theta):
    """Part 7: push the tangent θ̇ = 1 through the recursion."""
    _, tangent = autodiff.jvp(log_partition, (theta,), (1.0,))
    return float(tangent)


def reverse_mode(theta):
    """Part 7: pull the cotangent 1 of log Z back through the recursion."""
    return float(autodiff.grad(log_partition)(theta))


def expected_count(theta):
    """Part 8: the expected number of equal neighbours, from the pair marginals Σ_t ξ_t(k, k)."""
    posterior = forward_backward.marginals(UNARY, theta * _SAME)
    return float(np.trace(posterior.xi_sum))


def residuals(alpha, theta):
    """All steps as one equation, F(α, θ) = 0: each message minus the step from the one before, (T, K)."""
    steps = [step(alpha[t - 1], theta, UNARY[t]) for t in range(1, T)]
    return alpha - np.stack([UNARY[0], *steps])


def implicit(theta):
    """Part 9: all messages are the root of one equation; differentiate the root."""
    messages = implicits.differentiable_root(residuals, UNARY)
    return float(autodiff.grad(lambda theta: np.logaddexp.reduce(messages(theta)[-1]))(theta))


def adjoint(theta):
    """Part 10: the recursion's own adjoint, λ_t = ∂log Z/∂α_t, runs backward; θ collects from every step."""
    result = adjoints.discrete_adjoint(step, np.logaddexp.reduce, UNARY[0], theta, inputs=UNARY[1:])
    return float(result.gradient)


def lagrange(theta):
    """Part 11: the steps are constraints on the messages; their multipliers price the change that θ makes."""
    alpha = forward_backward.messages(UNARY, theta * _SAME).alpha
    slope = autodiff.grad(lambda alpha: np.logaddexp.reduce(alpha[-1]))(alpha)
    jacobian = autodiff.jacobian(lambda alpha: residuals(alpha, theta))(alpha)
    multipliers = lagranges.solve_multipliers(slope.ravel(), jacobian.reshape(T * K, T * K)).reshape(T, K)
    return float(autodiff.grad(lambda theta: -np.sum(multipliers * residuals(alpha, theta)))(theta))


class Estimated(NamedTuple):
    """A gradient from samples, with its standard error."""

    estimate: float
    standard_error: float


def score(theta, *, samples=10_000, seed=0):
    """Part 12: d log Z = E_p[ds], so the mean count in chains drawn from p(z) ∝ exp s_θ(z)."""
    size = check_count(samples, "samples", least=2)
    chains = forward_backward.sample(UNARY, theta * _SAME, size=size, seed=seed)
    return _mean((chains[:, 1:] == chains[:, :-1]).sum(axis=1))


def pathwise(theta, *, samples=10_000, seed=0):
    """Part 12: log Z = E[max_z (s_θ(z) + ε_z)] for Gumbel noise ε of mean 0; a maximum has the slope of its z."""
    total, counts = scores(theta)
    noise = check_seed(seed).gumbel(size=(check_count(samples, "samples", least=2), len(total)))
    return _mean(counts[np.argmax(total + noise, axis=1)])


def _mean(values):
    return Estimated(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))


class Row(NamedTuple):
    """A road to the gradient, as `table` lists it."""

    part: int
    method: str
    gradient: float
    standard_error: float
    cost: str


def table(theta=THETA, *, samples=10_000, seed=0):
    """All roads side by side.

    Parameters
    ----------
    theta : float
    samples : int
        For the two estimates.
    seed : int, None or Generator

    Returns
    -------
    list of Row
        In the order of the parts; a standard error of 0 says that the method does not sample.
    """
    exactly = [
        (7, "central difference", finite_difference, "2 forward passes for each parameter"),
        (7, "forward mode", forward_mode, "1 forward pass with tangents for each parameter"),
        (7, "reverse mode", reverse_mode, "1 forward and 1 reverse pass, whatever the parameters"),
        (8, "forward–backward", expected_count, "1 pass each way, O(T K²)"),
        (9, "implicit function theorem", implicit, "1 linear system in T K unknowns"),
        (10, "adjoint", adjoint, "1 pass each way, one step at a time"),
        (11, "Lagrange multipliers", lagrange, "1 linear system in T K unknowns"),
    ]
    rows = [Row(part, name, method(theta), 0.0, cost) for part, name, method, cost in exactly]
    sampled = [
        (12, "score function", score, f"{samples:,} sampled chains"),
        (12, "pathwise (Gumbel)", pathwise, f"{samples:,} perturbed maxima"),
    ]
    return rows + [
        Row(part, name, *method(theta, samples=samples, seed=seed), cost) for part, name, method, cost in sampled
    ]
