"""Control variates: subtract noise whose mean is known."""

import numpy as np

from mathforml.checks import check_array, check_count, check_number
from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.distributions import Gaussian
from mathforml.gradient_estimators.result import GradientEstimate, values
from mathforml.gradient_estimators.score import draw


def control_variate(result, control, expectation, *, coefficient="optimal"):
    """Subtract β (control − expectation) from each sample's gradient.

    Parameters
    ----------
    result : GradientEstimate
        Gradients of S samples.
    control : array_like, shape (S, …)
        Values at the same samples, of the gradients' shape.
    expectation : float or array_like
        Their exact mean.
    coefficient : "optimal" or float
        β; "optimal" is Cov(gradient, control) / Var(control), for each component and each sample estimated from
        the other samples, which keeps the estimate unbiased.

    Returns
    -------
    GradientEstimate

    Raises
    ------
    ArgumentError
        If shapes do not fit or the control does not vary.

    References
    ----------
    .. [1] Mohamed et al. 2020, arXiv:1906.10652, section 7.4

    Examples
    --------
    >>> noisy = GradientEstimate(np.array([1.0, 3.0, 5.0, 7.0]), 4)
    >>> control_variate(noisy, [0.0, 1.0, 2.0, 3.0], 1.0).per_sample.round(12).tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if not isinstance(result, GradientEstimate):
        raise ArgumentError(f"result must be a GradientEstimate, not {result!r:.60}")
    gradients = result.per_sample
    control = check_array(control, "control", shape=gradients.shape)
    expectation = check_array(expectation, "expectation")
    if expectation.shape not in ((), gradients.shape[1:]):
        raise ArgumentError(f"expectation must be a number or have shape {gradients.shape[1:]}")
    noise = control - expectation
    if isinstance(coefficient, str):
        if coefficient != "optimal":
            raise ArgumentError(f"coefficient must be 'optimal' or a number, not {coefficient!r}")
        coefficient = best_coefficient(gradients, noise)
    else:
        coefficient = check_number(coefficient, "coefficient")
    return GradientEstimate(gradients - coefficient * noise, result.evaluations)


def best_coefficient(gradients, noise):
    """Return, for each sample, the regression coefficient of gradients on noise at all other samples, (S, …)."""
    others = len(gradients) - 1
    gradients = gradients - gradients.mean(axis=0)
    noise = noise - noise.mean(axis=0)
    # Sums over all samples but one, around the means of those.
    cross = (gradients * noise).sum(axis=0) - gradients * noise * (1 + 1 / others)
    square = (noise * noise).sum(axis=0) - noise * noise * (1 + 1 / others)
    if (square <= 1e-12 * np.abs(square).max(initial=1e-300)).any():
        raise ArgumentError("control must vary: with all samples but one it is constant")
    return cross / square


def taylor_control(f, p, *, samples=1000, wrt=None, order=2, seed=0):
    """Estimate d/dθ E_p[f(x)] by the score function of f less its Taylor polynomial, whose part is exact.

    The polynomial q at the mean has a known E_p[q], so that d/dθ E[f] = E[(f − q) d log p/dθ] + d/dθ E[q].

    Parameters
    ----------
    f : callable
        (S, …) → (S,), differentiable `order` times by `mathforml.autodiff` at the mean.
    p : Gaussian
    samples : int
        S, at least 2.
    wrt : {"mean", "std"}, optional
    order : {1, 2}
        Degree of the polynomial.
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate

    Raises
    ------
    ArgumentError
        If p is no Gaussian, or f has no finite value at a sample or no finite derivatives at the mean.

    References
    ----------
    .. [1] Paisley, Blei, Jordan 2012, Variational Bayesian inference with stochastic search, arXiv:1206.6430

    Examples
    --------
    >>> taylor_control(lambda x: x**2, Gaussian(1.0, 1.0), samples=5, seed=0).per_sample.tolist()
    [2.0, 2.0, 2.0, 2.0, 2.0]
    """
    from mathforml.autodiff import grad, hessian

    if not isinstance(p, Gaussian):
        raise ArgumentError(f"p must be a Gaussian, not {p!r:.60}")
    check_count(order, "order")
    if order > 2:
        raise ArgumentError(f"order must be 1 or 2, not {order}")
    x, wrt = draw(f, p, samples, wrt, seed)
    fx = values(f, x)
    mean, std = p.mean.reshape(-1), p.std.reshape(-1)

    def at(point):
        return np.sum(f(np.reshape(point, (1, *p.shape))))

    with np.errstate(all="ignore"):
        slope = grad(at)(mean)
        curvature = hessian(at)(mean) if order == 2 else np.zeros((len(mean), len(mean)))
    if not (np.isfinite(slope).all() and np.isfinite(curvature).all()):
        raise ArgumentError("f must have finite derivatives at the mean")
    off = (x - p.mean).reshape(samples, -1)
    rest = fx - at(mean) - off @ slope - 0.5 * np.einsum("si,ij,sj->s", off, curvature, off)
    exact = slope if wrt == "mean" else std * np.diag(curvature)
    score = p.score(x, wrt).reshape(samples, -1)
    return GradientEstimate((rest[:, None] * score + exact).reshape(samples, *p.shape), samples)
