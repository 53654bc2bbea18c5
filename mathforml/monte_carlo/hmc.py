"""Hamiltonian Monte Carlo: the gradient carries a proposal far along p, and it is still accepted."""

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.monte_carlo.markov import Chains, check_start


def leapfrog(gradient, x, v, *, step, steps):
    r"""Follow ẋ = v, v̇ = ∇ log p(x) with the leapfrog scheme.

    Reversible (turn v around and it comes back) and volume-preserving; the energy −log p(x) + |v|²/2 is kept up to
    O(step²).

    Parameters
    ----------
    gradient : callable
        ∇ log p, same shape as x.
    x, v : ndarray, shape (..., d)
        Position and velocity.
    step : float or ndarray, shape (..., 1)
        Step size h.
    steps : int
        How many.

    Returns
    -------
    x, v : ndarray, shape (..., d)

    Raises
    ------
    ArgumentError
        If `gradient` is no function or returns another shape, `steps` is no positive count, `step` is not finite,
        or x and v differ in shape.

    References
    ----------
    Neal 2011, MCMC using Hamiltonian dynamics, arXiv:1206.1901

    Examples
    --------
    >>> x, v = leapfrog(lambda x: -x, np.array([1.0]), np.array([0.0]), step=0.01, steps=157)
    >>> bool(abs(x[0]) < 1e-3), bool(abs(v[0] + 1) < 1e-3)
    (True, True)
    """
    check_callable(gradient, "gradient")
    steps, step = check_count(steps, "steps"), check_array(step, "step")
    x, v = check_array(x, "x", finite=False), check_array(v, "v", finite=False)
    if x.shape != v.shape:
        raise ArgumentError(f"x and v must have one shape, not {x.shape} and {v.shape}")
    v = v + step / 2 * check_array(gradient(x), "gradient(x)", shape=x.shape, finite=False)
    for _ in range(steps - 1):
        x = x + step * v
        v = v + step * gradient(x)
    x = x + step * v
    return x, v + step / 2 * gradient(x)


def hmc(
    log_p,
    start,
    samples,
    *,
    gradient=None,
    warmup=500,
    step=None,
    steps=16,
    target_acceptance=0.8,
    seed=0,
):
    r"""Sample p by Hamiltonian Monte Carlo, all chains at once.

    Each transition draws v ~ N(0, I), follows some leapfrog steps and accepts with probability min(1, exp(−ΔH)),
    H = −log p(x) + |v|²/2.

    Parameters
    ----------
    log_p : callable
        Log density up to a constant, (C, d) to (C,), each row by itself.
    start : array_like, shape (C, d)
        First state of each chain, log density finite.
    samples : int
        S, states to keep of each chain.
    gradient : callable, optional
        ∇ log p, (C, d) to (C, d). Default: by `mathforml.autodiff`, for a log_p of numpy functions.
    warmup : int
        Transitions before, not kept.
    step : float, optional
        Leapfrog step size. Default: found in warm-up, for each chain, by dual averaging towards
        `target_acceptance`, then held.
    steps : int
        Most leapfrog steps a transition. How many it takes is drawn uniformly from 1 to `steps`, for all chains
        alike: paths of one length may return to where they began, time and again.
    target_acceptance : float
        Higher: smaller steps, fewer divergences.
    seed : int, None or Generator
        Of velocities, lengths of paths and decisions.

    Returns
    -------
    Chains
        A transition whose energy rises by more than 1000, or is not a number, is rejected and counted as
        divergent: p is too curved there for the step.

    Raises
    ------
    ArgumentError
        If a function is none or returns a wrong shape or +∞, a start has no density or no finite gradient, or an
        option cannot work; if neither a step nor a warm-up is given.

    References
    ----------
    Neal 2011, MCMC using Hamiltonian dynamics, arXiv:1206.1901; Hoffman, Gelman 2014, The No-U-Turn sampler,
    section 3.2 (dual averaging), arXiv:1111.4246

    Examples
    --------
    >>> chains = hmc(lambda x: -(x**2).sum(axis=1) / 2, np.zeros((4, 2)), 500, gradient=lambda x: -x)
    >>> chains.draws.shape, bool(abs(chains.draws.var() - 1) < 0.1), int(chains.divergences.sum())
    ((4, 500, 2), True, 0)
    """
    x, log_density = check_start(log_p, start)
    chains, dimension = x.shape
    gradient = gradient_of(log_p) if gradient is None else check_callable(gradient, "gradient")
    check_array(gradient(x), "gradient(x)", shape=x.shape)
    samples = check_count(samples, "samples")
    warmup = check_count(warmup, "warmup", least=0)
    steps = check_count(steps, "steps")
    target = check_number(target_acceptance, "target_acceptance", above=0, below=1)
    if step is None and warmup == 0:
        raise ArgumentError("step must be given where warmup is 0, for warm-up is when it is found")
    rng = check_seed(seed)

    def transition(x, log_density, step, steps):
        """Return the new state, its log density, the acceptance probability and whether it diverged."""
        v = rng.standard_normal(x.shape)
        # a path that leaves the numbers is rejected below
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            proposal, w = leapfrog(gradient, x, v, step=step[:, None], steps=steps)
            log_proposal = check_array(log_p(proposal), "log_p(x)", shape=(chains,), finite=False)
            kinetic = ((v**2).sum(axis=1) - (w**2).sum(axis=1)) / 2
            log_ratio = log_proposal - log_density + kinetic
        if (log_proposal == np.inf).any():
            raise ArgumentError("log_p(x) must be finite or -inf, and it is +inf at a proposal")
        # a step over the edge of the support, to density zero, is a rejection like any other
        edge = (log_proposal == -np.inf) & (np.abs(kinetic) <= 1000)
        divergent = ~(log_ratio >= -1000) & ~edge  # NaN is no number of at least -1000
        log_ratio = np.where(divergent | edge, -np.inf, log_ratio)
        move = -rng.standard_exponential(chains) < log_ratio
        x, log_density = np.where(move[:, None], proposal, x), np.where(move, log_proposal, log_density)
        return x, log_density, np.exp(np.minimum(log_ratio, 0)), divergent

    if step is None:
        adaptation = DualAveraging(first_step(transition, x, log_density), target)
        size = adaptation.step
    else:
        adaptation, size = None, np.full(chains, check_number(step, "step", above=0))

    draws = np.empty((chains, samples, dimension))
    accepted, divergences = np.zeros(chains), np.zeros(chains, dtype=int)
    for t in range(-warmup, samples):
        if t == 0 and adaptation:
            size = adaptation.averaged
        length = int(rng.integers(1, steps + 1))
        x, log_density, probability, divergent = transition(x, log_density, size, length)
        if t < 0 and adaptation:
            size = adaptation.update(probability)
        elif t >= 0:
            draws[:, t] = x
            accepted += probability
            divergences += divergent
    return Chains(draws, accepted / samples, size, divergences)


class DualAveraging:
    """Step sizes that bring the mean acceptance probability to a target (Hoffman & Gelman 2014, section 3.2)."""

    def __init__(self, step, target, *, gamma=0.05, delay=10, decay=0.75):
        self.centre = np.log(10 * step)  # tries large steps first: they are cheap
        self.target, self.gamma, self.delay, self.decay = target, gamma, delay, decay
        self.step, self.averaged = step, step
        self.count, self.error = 0, np.zeros_like(step)

    def update(self, probability):
        """Take in the acceptance probabilities, shape (C,), and return the next steps."""
        self.count += 1
        t = self.count
        self.error += (self.target - probability - self.error) / (t + self.delay)
        log_step = self.centre - np.sqrt(t) / self.gamma * self.error
        weight = t**-self.decay
        self.averaged = np.exp(weight * log_step + (1 - weight) * np.log(self.averaged))
        self.step = np.exp(log_step)
        return self.step


def first_step(transition, x, log_density):
    """Double or halve a step until the acceptance probability of one leapfrog step crosses one half."""
    step = np.full(len(x), 1.0)
    probability = transition(x, log_density, step, 1)[2]
    factor = np.where(probability > 0.5, 2.0, 0.5)
    going = np.full(len(x), True)
    for _ in range(100):
        step = np.where(going, step * factor, step)
        probability = transition(x, log_density, step, 1)[2]
        going &= (probability > 0.5) == (factor > 1)
        if not going.any():
            break
    return step


def gradient_of(log_p):
    from mathforml.autodiff import grad

    # rows do not depend on each other, so the gradient of the sum is the gradient of each
    return grad(lambda x: np.sum(log_p(x)))
