"""Bayesian quadrature: a Gaussian process for the integrand makes the integral a Gaussian variable.

Values f(x_i) of a Gaussian process with kernel k are jointly Gaussian with the integral ∫ f(x) p(x) dx. All that is
needed beside kernel matrices are the kernel mean z(x) = ∫ k(x, x′) p(x′) dx′ and its own mean, the prior variance of
the integral; both are in closed form for the pairs of kernel and measure here.

>>> from mathforml.bayesian_quadrature import Brownian, Uniform, bayesian_quadrature
>>> posterior = bayesian_quadrature([0.0, 0.5, 1.0], [0.0, 0.25, 1.0], Brownian(), Uniform(0, 1), noise=0)
>>> posterior.weights.round(9)  # the trapezoid rule
array([0.25, 0.5 , 0.25])
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_covariance, check_number, check_seed
from mathforml.errors import ArgumentError, ConvergenceError, SingularError
from mathforml.quadrature.rule import evaluate

NOISE = 1e-10  # default variance of the values' noise, as a fraction of the kernel's


@dataclass(frozen=True)
class SquaredExponential:
    """k(x, x′) = variance · exp(−½ Σ_j (x_j − x′_j)² / ℓ_j²): functions with all derivatives.

    Parameters
    ----------
    variance : float
    lengthscale : float or array_like, shape (d,)
        ℓ, one for all dimensions or one each.
    """

    variance: float = 1.0
    lengthscale: float | tuple = 1.0

    def __post_init__(self):
        _check_hyperparameters(self)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, d) and (m, d)."""
        difference = (x[:, None, :] - y[None, :, :]) / np.asarray(self.lengthscale)
        return self.variance * np.exp(-0.5 * (difference**2).sum(axis=-1))


@dataclass(frozen=True)
class Matern32:
    """k(x, x′) = variance · Π_j (1 + √3 r_j/ℓ_j) exp(−√3 r_j/ℓ_j), r_j = |x_j − x′_j|: functions with one derivative.

    Parameters
    ----------
    variance : float
    lengthscale : float or array_like, shape (d,)
        ℓ, one for all dimensions or one each.
    """

    variance: float = 1.0
    lengthscale: float | tuple = 1.0

    def __post_init__(self):
        _check_hyperparameters(self)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, d) and (m, d)."""
        r = math.sqrt(3) * np.abs(x[:, None, :] - y[None, :, :]) / np.asarray(self.lengthscale)
        return self.variance * np.prod(1 + r, axis=-1) * np.exp(-r.sum(axis=-1))


@dataclass(frozen=True)
class Brownian:
    """k(x, x′) = variance · (offset + min(x, x′) − start) in one dimension: continuous functions, nowhere smooth.

    Its posterior mean joins the values by straight lines, so with nodes at both ends of an interval the posterior
    mean of the integral is the trapezoid rule (Diaconis 1988, Bayesian numerical analysis).

    Parameters
    ----------
    variance : float
        Of the increment over one unit of x.
    start : float
        Left end of the interval.
    offset : float
        Variance at the left end, in units of `variance`.
    """

    variance: float = 1.0
    start: float = 0.0
    offset: float = 1.0

    def __post_init__(self):
        check_number(self.variance, "variance", above=0)
        check_number(self.start, "start")
        check_number(self.offset, "offset", above=0)

    def __call__(self, x, y):
        """Return the kernel matrix, shape (n, m), of points of shape (n, 1) and (m, 1)."""
        least = np.minimum(x[:, None, 0], y[None, :, 0]) - self.start
        if least.min(initial=0) < 0:
            raise ArgumentError(f"nodes must not lie left of start = {self.start:g}, where Brownian motion begins")
        return self.variance * (self.offset + least)


class Uniform:
    """The uniform distribution on a box.

    Parameters
    ----------
    lower, upper : float or array_like, shape (d,)
        Corners.

    Attributes
    ----------
    d : int
    volume : float
        ∫ f(x) dx over the box is `volume` times the expectation.

    Raises
    ------
    ArgumentError
        If the corners are not finite, of one length, and lower < upper.
    """

    def __init__(self, lower, upper):
        self.lower = np.atleast_1d(check_array(lower, "lower"))
        self.upper = np.atleast_1d(check_array(upper, "upper"))
        if self.lower.ndim != 1 or self.lower.shape != self.upper.shape or not (self.lower < self.upper).all():
            raise ArgumentError("lower and upper must be corners of one box, lower < upper in every dimension")
        self.d = len(self.lower)
        self.volume = float(np.prod(self.upper - self.lower))

    def quantiles(self, u):
        """Map points of the unit cube, shape (n, d), to the box."""
        return self.lower + u * (self.upper - self.lower)


class Gaussian:
    """The normal distribution.

    Parameters
    ----------
    mean : float or array_like, shape (d,)
    cov : float or array_like, shape (d, d)
        Covariance; positive definite.

    Attributes
    ----------
    d : int

    Raises
    ------
    ArgumentError
        If the shapes do not fit or `cov` is not positive definite.
    """

    def __init__(self, mean, cov):
        self.mean = np.atleast_1d(check_array(mean, "mean"))
        if self.mean.ndim != 1:
            raise ArgumentError(f"mean must be a number or a vector, not of {self.mean.ndim} dimensions")
        self.d = len(self.mean)
        cov = check_array(cov, "cov")
        self.cov = check_covariance(cov.reshape(1, 1) if cov.ndim == 0 else cov, "cov", size=self.d)
        try:
            self.root = np.linalg.cholesky(self.cov)
        except np.linalg.LinAlgError:
            raise ArgumentError("cov must be positive definite") from None

    def quantiles(self, u):
        """Map points of the open unit cube, shape (n, d), to points with this distribution."""
        from scipy.special import ndtri

        return self.mean + ndtri(np.clip(u, 1e-9, 1 - 1e-9)) @ self.root.T


@dataclass(frozen=True)
class IntegralPosterior:
    """The normal distribution of the integral, given the values.

    Attributes
    ----------
    mean, variance : float
    weights : ndarray, shape (n,)
        The mean is prior_mean + weights @ (values − prior_mean): Bayesian quadrature is a quadrature rule.
    """

    mean: float
    variance: float
    weights: np.ndarray

    @property
    def std(self):
        """Standard deviation."""
        return math.sqrt(self.variance)


def kernel_mean(kernel, measure, x):
    """Return z(x) = ∫ k(x, x′) p(x′) dx′ in closed form.

    Parameters
    ----------
    kernel : SquaredExponential, Matern32 or Brownian
    measure : Uniform or Gaussian
        Gaussian only with the squared exponential.
    x : array_like, shape (n, d), or (n,) where d = 1

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ArgumentError
        If the pair has no closed form here, or shapes do not fit.

    References
    ----------
    Briol, Oates, Girolami, Osborne, Sejdinovic 2019, Probabilistic integration, table 1, arXiv:1512.00933

    Examples
    --------
    >>> kernel_mean(Brownian(offset=1.0), Uniform(0, 1), [0.0, 1.0])
    array([1. , 1.5])
    """
    first, _ = _closed_forms(kernel, measure)
    return first(kernel, measure, _points(x, measure, "x"))


def prior_variance(kernel, measure):
    """Return ∬ k(x, x′) p(x) p(x′) dx dx′, the variance of the integral before any value is known.

    Parameters
    ----------
    kernel, measure
        As for `kernel_mean`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(prior_variance(SquaredExponential(), Gaussian(0, 1)), 9)  # 1/√3
    0.577350269
    """
    _, second = _closed_forms(kernel, measure)
    return float(second(kernel, measure))


def bayesian_quadrature(nodes, values, kernel, measure, *, prior_mean=0.0, noise=NOISE):
    """Return the distribution of ∫ f(x) p(x) dx given values of f, under a Gaussian process prior.

    Parameters
    ----------
    nodes : array_like, shape (n, d), or (n,) where d = 1
    values : array_like, shape (n,)
        f at the nodes.
    kernel : SquaredExponential, Matern32 or Brownian
    measure : Uniform or Gaussian
        p; the integral is an expectation under it.
    prior_mean : float
        Mean of the process.
    noise : float
        Variance of independent noise on the values, as a fraction of the kernel's variance; the default keeps the
        kernel matrix of smooth kernels solvable.

    Returns
    -------
    IntegralPosterior

    Raises
    ------
    ArgumentError
        If shapes do not fit or something is not finite.
    SingularError
        If the kernel matrix is not positive definite to working precision.

    References
    ----------
    O'Hagan 1991, Bayes–Hermite quadrature, doi:10.1016/0378-3758(91)90002-V; Rasmussen, Ghahramani 2003, Bayesian
    Monte Carlo; Hennig, Osborne, Kersting 2022, Probabilistic Numerics, chapter 10, doi:10.1017/9781316681411

    Examples
    --------
    >>> x = np.linspace(-3, 3, 9)
    >>> posterior = bayesian_quadrature(x, np.cos(x), SquaredExponential(), Gaussian(0, 1))
    >>> abs(posterior.mean - np.exp(-0.5)) < 2 * posterior.std < 0.01
    True
    """
    nodes = _points(nodes, measure, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    prior_mean = check_number(prior_mean, "prior_mean")
    z = kernel_mean(kernel, measure, nodes)
    prior = prior_variance(kernel, measure)
    weights = _solve(_factor(kernel, nodes, noise), z)
    # Rounding leaves nothing to say below ε of the prior variance.
    variance = max(prior - weights @ z, np.finfo(float).eps * prior)
    return IntegralPosterior(prior_mean + float(weights @ (values - prior_mean)), float(variance), weights)


def log_marginal_likelihood(nodes, values, kernel, *, prior_mean=0.0, noise=NOISE):
    """Return log p(values | nodes, kernel) = −½ rᵀK⁻¹r − ½ log|K| − n/2 log 2π, r = values − prior_mean.

    Parameters
    ----------
    nodes, values, kernel, prior_mean, noise
        As for `bayesian_quadrature`.

    Returns
    -------
    float

    References
    ----------
    Rasmussen, Williams 2006, Gaussian Processes for Machine Learning, section 5.4, http://gaussianprocess.org/gpml

    Examples
    --------
    >>> round(log_marginal_likelihood([0.0], [0.0], SquaredExponential(), noise=0), 6)  # log N(0; 0, 1)
    -0.918939
    """
    nodes = _points(nodes, None, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    factor = _factor(kernel, nodes, noise)
    residual = values - check_number(prior_mean, "prior_mean")
    return float(
        -0.5 * residual @ _solve(factor, residual)
        - np.log(np.diag(factor)).sum()
        - 0.5 * len(nodes) * math.log(2 * math.pi)
    )


def fit_kernel(nodes, values, kernel, *, prior_mean=0.0, noise=NOISE, bounds=None):
    """Return the kernel with variance and length scales of the largest marginal likelihood.

    The best variance is known given the length scales, rᵀK⁻¹r / n for the kernel of variance one; scipy.optimize
    looks for those in log scale, from the kernel's own and from two other starts.

    Parameters
    ----------
    nodes, values, prior_mean, noise
        As for `bayesian_quadrature`. At least two nodes.
    kernel : SquaredExponential, Matern32 or Brownian
        Its kind is kept, and whether it has one length scale or one a dimension.
    bounds : pair of float, optional
        Of all length scales. Default: a fifth of the smallest distance of two nodes to ten times the largest.

    Returns
    -------
    SquaredExponential, Matern32 or Brownian

    Raises
    ------
    ArgumentError
        If shapes do not fit, or all values equal the prior mean and so have no scale.
    ConvergenceError
        If no start leads to a finite likelihood.

    Examples
    --------
    >>> fit_kernel([0.0, 1.0, 2.0], [1.0, 2.0, 1.0], Brownian(), noise=0)
    Brownian(variance=1.0, start=0.0, offset=1.0)
    """
    nodes = _points(nodes, None, "nodes")
    values = check_array(values, "values", shape=(len(nodes),))
    residual = values - check_number(prior_mean, "prior_mean")
    if len(nodes) < 2 or not residual.any():
        raise ArgumentError("values must hold at least two numbers, not all of them equal to prior_mean")

    def best_variance(unit):
        return float(residual @ _solve(_factor(unit, nodes, noise), residual)) / len(residual)

    if isinstance(kernel, Brownian):
        unit = replace(kernel, variance=1.0)
        return replace(unit, variance=best_variance(unit))
    _check_kernel(kernel)
    low, high = _lengthscale_bounds(nodes, bounds)

    def with_lengthscale(logs):
        lengthscale = tuple(np.exp(logs)) if np.ndim(kernel.lengthscale) else float(np.exp(logs[0]))
        unit = replace(kernel, variance=1.0, lengthscale=lengthscale)
        return replace(unit, variance=best_variance(unit))

    def loss(logs):
        try:
            return -log_marginal_likelihood(
                nodes, values, with_lengthscale(logs), prior_mean=prior_mean, noise=noise
            )
        except SingularError:
            return np.inf

    from scipy.optimize import minimize

    size = max(1, np.size(kernel.lengthscale))
    own = np.clip(np.log(np.broadcast_to(kernel.lengthscale, size)), np.log(low), np.log(high))
    best = None
    for start in (own, *(np.full(size, (1 - s) * np.log(low) + s * np.log(high)) for s in (0.4, 0.7))):
        if not np.isfinite(loss(start)):
            continue
        options = {"xatol": 1e-6, "fatol": 1e-9, "maxiter": 500 * size}
        found = minimize(loss, start, method="Nelder-Mead", bounds=[(np.log(low), np.log(high))] * size, options=options)
        if best is None or found.fun < best.fun:
            best = found
    if best is None:
        raise ConvergenceError("no length scale within bounds gives a finite likelihood; raise noise or narrow bounds")
    return with_lengthscale(best.x)


def choose_nodes(n, kernel, measure, *, nodes=None, candidates=None, noise=NOISE, seed=0):
    """Return n nodes, each the one that most reduces the variance of the integral given those before it.

    The variance does not depend on the values of f: nodes can be chosen before any is known, as long as the kernel
    stays the same.

    Parameters
    ----------
    n : int
    kernel, measure, noise
        As for `bayesian_quadrature`.
    nodes : array_like, shape (m, d), or (m,) where d = 1, optional
        Nodes that are there already.
    candidates : array_like, shape (N, d), or (N,) where d = 1, optional
        To choose from. Default: 1025 quantiles of the measure where d = 1, otherwise 1024 d scrambled Sobol points.
    seed : int, None or Generator
        Of the Sobol points.

    Returns
    -------
    ndarray, shape (n, d)
        In the order of choice.

    Raises
    ------
    ArgumentError
        If an argument is not as above, or there are fewer candidates than n.

    References
    ----------
    Huszár, Duvenaud 2012, Optimally-weighted herding is Bayesian quadrature, arXiv:1204.1664

    Examples
    --------
    >>> choose_nodes(3, SquaredExponential(), Uniform(-1, 1)).ravel().round(1)
    array([ 0. , -0.9,  0.8])
    """
    n, noise = check_count(n, "n"), check_number(noise, "noise", least=0)
    points = _candidates(measure, check_seed(seed)) if candidates is None else _points(candidates, measure, "candidates")
    if len(points) < n:
        raise ArgumentError(f"candidates must hold at least n = {n} points, not {len(points)}")
    known = np.zeros((0, measure.d)) if nodes is None else _points(nodes, measure, "nodes")
    points = np.concatenate([known, points])
    # A pivoted Cholesky factor of the kernel matrix, one column a node: `gain` is the covariance of the integral
    # with f at each point, `variance` that of f itself, both given the nodes so far.
    gain = kernel_mean(kernel, measure, points)
    variance = np.array([kernel(x[None], x[None])[0, 0] for x in points]) + noise * kernel.variance
    columns = np.zeros((len(points), len(known) + n))
    least = 1e-12 * variance.max()
    chosen = []
    for j in range(len(known) + n):
        if j < len(known):
            pivot = j
        else:
            score = np.divide(gain**2, variance, out=np.zeros_like(gain), where=variance > least)
            score[: len(known)] = -1
            score[chosen] = -1
            pivot = int(np.argmax(score))
            chosen.append(pivot)
        if variance[pivot] <= least:
            raise SingularError("the kernel matrix is singular: nodes lie too close for this kernel; raise noise")
        column = kernel(points, points[pivot : pivot + 1])[:, 0] - columns @ columns[pivot]
        column[pivot] = variance[pivot]
        column /= math.sqrt(variance[pivot])
        gain = gain - column * (gain[pivot] / column[pivot])
        variance = variance - column**2
        columns[:, j] = column
    return points[chosen]


def integrate(f, kernel, measure, *, n, start=None, prior_mean=0.0, noise=NOISE, refit=True, seed=0):
    """Choose nodes, evaluate, fit, again: active Bayesian quadrature with n evaluations of `f`.

    Parameters
    ----------
    f : callable
        Takes nodes, shape (m, d), or (m,) where d = 1, and returns one value a node.
    kernel, measure, prior_mean, noise, seed
        As for `bayesian_quadrature` and `choose_nodes`.
    n : int
        Evaluations.
    start : int, optional
        Nodes chosen for the kernel as given, before the first fit. Default: half of n, at least 2.
    refit : bool
        Whether the kernel is fitted to the values before each further node.

    Returns
    -------
    posterior : IntegralPosterior
    nodes : ndarray, shape (n, d)
    values : ndarray, shape (n,)
    kernel : SquaredExponential, Matern32 or Brownian
        As last fitted.

    Raises
    ------
    ArgumentError
        If an argument is not as above or `f` is not finite at a node.

    Examples
    --------
    >>> posterior, *_ = integrate(np.exp, SquaredExponential(), Uniform(0, 1), n=6)
    >>> abs(posterior.mean - (np.e - 1)) < 1e-5
    True
    """
    check_callable(f)
    n = check_count(n, "n", least=2)
    start = max(2, n // 2) if start is None else check_count(start, "start", least=2)
    rng = check_seed(seed)

    def values_at(x):
        values = evaluate(f, x[:, 0] if measure.d == 1 else x)
        return check_array(values, "values of f", shape=(len(x),))

    nodes = choose_nodes(min(start, n), kernel, measure, noise=noise, seed=rng)
    values = values_at(nodes)
    while True:
        if refit:
            kernel = fit_kernel(nodes, values, kernel, prior_mean=prior_mean, noise=noise)
        if len(nodes) == n:
            break
        new = choose_nodes(1, kernel, measure, nodes=nodes, noise=noise, seed=rng)
        nodes, values = np.concatenate([nodes, new]), np.append(values, values_at(new))
    posterior = bayesian_quadrature(nodes, values, kernel, measure, prior_mean=prior_mean, noise=noise)
    return posterior, nodes, values, kernel


# Closed forms: kernel mean at points x of shape (n, d), and its mean. Products over dimensions where the measure has
# independent components.


def _squared_exponential_uniform_mean(kernel, measure, x):
    from scipy.special import erf

    scale = math.sqrt(2) * np.asarray(kernel.lengthscale)
    steps = erf((measure.upper - x) / scale) - erf((measure.lower - x) / scale)
    return kernel.variance * np.prod(math.sqrt(math.pi) / 2 * scale * steps / (measure.upper - measure.lower), axis=1)


def _squared_exponential_uniform_variance(kernel, measure):
    from scipy.special import erf

    r = (measure.upper - measure.lower) / (math.sqrt(2) * np.asarray(kernel.lengthscale))
    return kernel.variance * np.prod((np.expm1(-(r**2)) + math.sqrt(math.pi) * r * erf(r)) / r**2)


def _squared_exponential_gaussian_mean(kernel, measure, x):
    squares = np.broadcast_to(kernel.lengthscale, measure.d) ** 2
    total = measure.cov + np.diag(squares)
    difference = x - measure.mean
    exponent = (difference * np.linalg.solve(total, difference.T).T).sum(axis=1)
    return kernel.variance * math.sqrt(np.prod(squares) / np.linalg.det(total)) * np.exp(-0.5 * exponent)


def _squared_exponential_gaussian_variance(kernel, measure):
    squares = np.broadcast_to(kernel.lengthscale, measure.d) ** 2
    return kernel.variance * math.sqrt(np.prod(squares) / np.linalg.det(2 * measure.cov + np.diag(squares)))


def _matern_uniform_mean(kernel, measure, x):
    rate = math.sqrt(3) / np.asarray(kernel.lengthscale)

    def from_zero(r):  # ∫_0^r (1 + cs) exp(−cs) ds, odd in r
        t = rate * np.abs(r)
        return np.sign(r) * (2 - (2 + t) * np.exp(-t)) / rate

    steps = from_zero(measure.upper - x) - from_zero(measure.lower - x)
    return kernel.variance * np.prod(steps / (measure.upper - measure.lower), axis=1)


def _matern_uniform_variance(kernel, measure):
    t = math.sqrt(3) / np.asarray(kernel.lengthscale) * (measure.upper - measure.lower)
    return kernel.variance * np.prod(2 * (2 * t - 3 + (3 + t) * np.exp(-t)) / t**2)


def _brownian_uniform_mean(kernel, measure, x):
    _check_start(kernel, measure)
    length = measure.upper[0] - kernel.start
    low, high, x = measure.lower[0] - kernel.start, length, x[:, 0] - kernel.start
    inside = np.clip(x, low, high)
    average = ((inside**2 - low**2) / 2 + inside * (high - inside)) / (high - low)
    return kernel.variance * (kernel.offset + np.minimum(average, x) if False else kernel.offset + average)


def _brownian_uniform_variance(kernel, measure):
    _check_start(kernel, measure)
    low, high = measure.lower[0] - kernel.start, measure.upper[0] - kernel.start
    return kernel.variance * (kernel.offset + low + (high - low) / 3)


_CLOSED_FORMS = {
    (SquaredExponential, Uniform): (_squared_exponential_uniform_mean, _squared_exponential_uniform_variance),
    (SquaredExponential, Gaussian): (_squared_exponential_gaussian_mean, _squared_exponential_gaussian_variance),
    (Matern32, Uniform): (_matern_uniform_mean, _matern_uniform_variance),
    (Brownian, Uniform): (_brownian_uniform_mean, _brownian_uniform_variance),
}
