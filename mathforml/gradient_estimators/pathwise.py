"""The pathwise estimator: differentiate through the sample."""

from mathforml.errors import ArgumentError
from mathforml.gradient_estimators.distributions import Gaussian
from mathforml.gradient_estimators.result import GradientEstimate, slopes
from mathforml.gradient_estimators.score import draw


def pathwise(f, p, *, samples=1000, wrt=None, seed=0):
    """Estimate d/dθ E_p[f(x)] with x = μ + σε as the mean of f'(x) · dx/dθ (reparameterisation).

    Parameters
    ----------
    f : callable
        (S, …) → (S,), differentiable by `mathforml.autodiff` and continuous.
    p : Gaussian
    samples : int
        S, at least 2.
    wrt : {"mean", "std"}, optional
    seed : int, None or Generator

    Returns
    -------
    GradientEstimate

    Raises
    ------
    ArgumentError
        If samples of p are not a differentiable function of its parameters.

    References
    ----------
    .. [1] Kingma, Welling 2014, Auto-encoding variational Bayes, arXiv:1312.6114
    .. [2] Mohamed et al. 2020, arXiv:1906.10652, section 5

    Examples
    --------
    >>> pathwise(lambda x: 3 * x, Gaussian(1.0, 2.0), samples=4, seed=0).per_sample.tolist()
    [3.0, 3.0, 3.0, 3.0]
    """
    if not isinstance(p, Gaussian):
        raise ArgumentError(
            f"p must be a Gaussian, not a {type(p).__name__}: its samples must move smoothly with θ; "
            "the score function needs no path"
        )
    x, wrt = draw(f, p, samples, wrt, seed)
    slope = slopes(f, x)
    noise = (x - p.mean) / p.std
    return GradientEstimate(slope if wrt == "mean" else slope * noise, samples)
