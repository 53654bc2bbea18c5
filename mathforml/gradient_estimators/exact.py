"""Without sampling, or with less of it: enumeration and Rao–Blackwell."""

import numpy as np

from mathforml.checks import check_callable, check_count, check_seed
from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.relaxed import check_categorical
from mathforml.gradient_estimators.result import GradientEstimate, values
from mathforml.gradient_estimators.score import check_parameter


def exact_gradient(f, p, *, wrt=None):
    """Return d/dθ E_p[f(x)] by summing over all x.

    Bernoulli, Categorical and Poisson are enumerated. The Gaussian is integrated with 64 Gauss–Hermite nodes a
    dimension, exact for polynomials and not for an f with kinks.

    Parameters
    ----------
    f : callable
        (n, …) → (n,).
    p : Gaussian, Bernoulli, Categorical or Poisson
    wrt : str, optional
        The parameter θ; default: the first of p.

    Returns
    -------
    ndarray, of the parameter's shape

    Raises
    ------
    ArgumentError
        If there are too many points (2¹⁸), or f does not give one finite value a point.

    Examples
    --------
    >>> from mathforml.gradient_estimators import Gaussian
    >>> round(float(exact_gradient(lambda x: x**2, Gaussian(3.0, 1.0))), 12)
    6.0
    """
    check_callable(f)
    wrt = check_parameter(p, wrt)
    x, weights = p.grid()
    fx = values(f, x)
    # The mean as a baseline changes nothing but the rounding: the score may be large and its mean is zero.
    return np.tensordot(weights * (fx - weights @ fx), p.score(x, wrt), axes=1)


def rao_blackwell(f, p, *, exact, samples=1000, seed=0):
    """Estimate d/dlogits E_p[f(x)]: the most probable classes summed exactly, the score function for the rest.

    Parameters
    ----------
    f : callable
        (S, K) → (S,), of one-hot vectors.
    p : Categorical
    exact : int
        How many classes to sum, 0 to K; with K nothing is left to sample.
    samples : int
        S, at least 2.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate

    Raises
    ------
    ArgumentError
        If `exact` is more than K.

    References
    ----------
    .. [1] Liu, Regier, Tripuraneni, Jordan, McAuliffe 2019, Rao–Blackwellized stochastic gradients for discrete
       distributions, arXiv:1810.04777

    Examples
    --------
    >>> from mathforml.gradient_estimators import Categorical
    >>> rao_blackwell(lambda x: x @ [1.0, 3.0], Categorical([0.0, 0.0]), exact=2, samples=3).per_sample.tolist()
    [[-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]]
    """
    check_callable(f)
    check_categorical(p)
    check_count(samples, "samples", least=2)
    if check_count(exact, "exact", least=0) > len(p.logits):
        raise ArgumentError(f"exact must be at most {len(p.logits)}, the number of classes, not {exact}")
    x, probabilities = p.grid()
    order = np.argsort(-probabilities, kind="stable")
    summed, rest = order[:exact], order[exact:]
    known = 0.0
    if exact:
        known = (probabilities[summed] * values(f, x[summed])) @ p.score(x[summed], "logits")
    mass = probabilities[rest].sum()
    if not mass:  # nothing is left, or only classes whose probability is below the smallest float
        return GradientEstimate(np.tile(known, (samples, 1)), exact)
    drawn = x[check_seed(seed).choice(rest, size=samples, p=probabilities[rest] / mass)]
    sampled = mass * values(f, drawn)[:, None] * p.score(drawn, "logits")
    return GradientEstimate(known + sampled, exact + samples)
