"""Biased estimators for a category: pretend that the sample is smooth."""

import numpy as np

from mathforml.checks import check_callable, check_count, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.distributions import Categorical
from mathforml.gradient_estimators.result import GradientEstimate, slopes
from mathforml.gradient_estimators.score import draw


def gumbel_softmax(f, p, *, temperature, samples=1000, seed=0):
    """Estimate d/dlogits E_p[f(x)] with the one-hot x relaxed to softmax((logits + Gumbel noise) / temperature).

    Parameters
    ----------
    f : callable
        (S, K) → (S,), differentiable by `mathforml.autodiff` on the whole simplex, not only at its corners.
    p : Categorical
    temperature : float
        Above 0. Towards 0 the bias vanishes and the variance grows without bound.
    samples : int
        S, at least 2.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate
        An unbiased estimate of the gradient of another function: the expectation at the relaxed x.

    References
    ----------
    .. [1] Jang, Gu, Poole 2017, Categorical reparameterization with Gumbel-softmax, arXiv:1611.01144
    .. [2] Maddison, Mnih, Teh 2017, The concrete distribution, arXiv:1611.00712

    Examples
    --------
    >>> result = gumbel_softmax(lambda x: x[:, 1] ** 2, Categorical([0.0, 0.0]), temperature=0.5, seed=0)
    >>> bool(abs(result.estimate.sum()) < 1e-12)  # adding one number to all logits changes nothing
    True
    """
    soft, _ = relax(f, p, temperature, samples, seed)
    return GradientEstimate(through_softmax(soft, slopes(f, soft)) / temperature, samples)


def straight_through(f, p, *, temperature=None, samples=1000, seed=0):
    """Estimate d/dlogits E_p[f(x)] with the derivative of f at the one-hot x, passed back through a softmax.

    Parameters
    ----------
    f : callable
        (S, K) → (S,), differentiable by `mathforml.autodiff` at the one-hot vectors.
    p : Categorical
    temperature : float, optional
        Pass back through the relaxed sample of `gumbel_softmax`; default: through the probabilities themselves.
    samples : int
        S, at least 2.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate
        Biased, also on average over infinitely many samples; without a temperature exact if f is linear.

    References
    ----------
    .. [1] Bengio, Léonard, Courville 2013, Estimating or propagating gradients through stochastic neurons for
       conditional computation, arXiv:1308.3432

    Examples
    --------
    >>> straight_through(lambda x: 2 * x[:, 1], Categorical([0.0, 0.0]), seed=0).estimate.tolist()
    [-0.5, 0.5]
    """
    if temperature is None:
        check_categorical(p)
        hard, _ = draw(f, p, samples, None, seed)
        return GradientEstimate(through_softmax(p.probabilities, slopes(f, hard)), samples)
    soft, hard = relax(f, p, temperature, samples, seed)
    return GradientEstimate(through_softmax(soft, slopes(f, hard)) / temperature, samples)


def relax(f, p, temperature, samples, seed):
    """Return relaxed samples (S, K) and the one-hot ones they approach as the temperature falls."""
    from scipy.special import softmax

    check_callable(f)
    check_categorical(p)
    check_number(temperature, "temperature", above=0)
    check_count(samples, "samples", least=2)
    noisy = p.logits + check_seed(seed).gumbel(size=(samples, *p.shape))
    with np.errstate(over="ignore"):
        below = (noisy - noisy.max(axis=1, keepdims=True)) / temperature  # −inf where the weight is 0
    return softmax(below, axis=1), np.eye(len(p.logits))[noisy.argmax(axis=1)]


def through_softmax(y, cotangent):
    """Return the cotangent of z, where y = softmax(z)."""
    return y * (cotangent - (y * cotangent).sum(axis=1, keepdims=True))


def check_categorical(p):
    """Refuse what is no Categorical."""
    if not isinstance(p, Categorical):
        raise ArgumentError(f"p must be a Categorical, not {p!r:.60}")
