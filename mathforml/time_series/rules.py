"""Three ways to send a Gaussian through a function: linearisation, unscented transform, moment matching.

All describe y = h(x), x = m + L ξ, ξ standard normal, by y ≈ mean + B ξ + E ε. The slope B holds what is linear in
ξ, the excess E ε what is not. Filters and smoothers for linear models need no more than that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from mathforml.checks import check_array, check_callable, check_count, check_covariance, check_number
from mathforml.errors import ArgumentError
from mathforml.time_series.model import check_map
from mathforml.time_series.square_roots import square, square_root, triangle

MOST_NODES = 100_000


class Moments(NamedTuple):
    """Mean (p,) and covariance (p, p) of h(x), and the covariance (d, p) of x with h(x)."""

    mean: np.ndarray
    cov: np.ndarray
    cross_cov: np.ndarray


class Rule(ABC):
    """How to send a Gaussian through a function."""

    @abstractmethod
    def spread(self, h, jacobian, mean, factor):
        """Return mean, slope B and excess E of h(mean + factor ξ).

        Parameters
        ----------
        h : callable
            (..., d) to (..., p).
        jacobian : callable or None
            (..., d) to (..., p, d).
        mean : ndarray, shape (B, d)
        factor : ndarray, shape (B, d, d)

        Returns
        -------
        mean : ndarray, shape (B, p)
        slope : ndarray, shape (B, p, d)
        excess : ndarray, shape (B, p, k), any k
        """


@dataclass(frozen=True)
class Linearisation(Rule):
    """The tangent at the mean: extended Kalman filter.

    Only the value and the slope at the mean count, so nothing is seen of curvature.
    """

    def spread(self, h, jacobian, mean, factor):
        """Return h(m), J L and nothing."""
        if jacobian is not None:
            value, slope = h(mean), jacobian(mean) @ factor
        else:
            from mathforml.autodiff import jvp

            # Forward mode with the columns of L as tangents: J L without J.
            columns = np.moveaxis(factor, -1, 0)
            values, slopes = jvp(h, (np.broadcast_to(mean, columns.shape).copy(),), (columns,))
            value, slope = values[0], np.moveaxis(slopes, 0, -1)
        return value, slope, np.zeros((*value.shape, 0))


@dataclass(frozen=True)
class Unscented(Rule):
    """The unscented transform: 2d + 1 sigma points m and m ± α √(d + κ) L_i, L_i a column of L.

    Parameters
    ----------
    alpha : float
        Spread of the points.
    beta : float
        Weight of the centre in the covariance only.
    kappa : float
        Weight of the centre; with α = 1 and β = 0 it is κ / (d + κ).

    Raises
    ------
    ArgumentError
        If d + κ is not positive, or α² κ + β d is negative: the latter can make variances negative.

    Notes
    -----
    Sums with the usual weights λ/(d + λ) and 1/2(d + λ), λ = α²(d + κ) − d, cancel badly where α is small. Let o_i
    and e_i be the odd and even parts of h(m ± √s L_i) − h(m), s = d + λ. Then the same sums are: mean h(m) + ē,
    ē = Σ e_i / s, slope o_i / √s, and covariance of the excess Σ e_i e_iᵀ / s + (β − α²) ē ēᵀ, in which nothing
    large is subtracted.

    References
    ----------
    .. [1] Julier, Uhlmann 2004, Unscented filtering and nonlinear estimation, doi:10.1109/JPROC.2003.823141
    .. [2] Wan, van der Merwe 2000, The unscented Kalman filter for nonlinear estimation,
       doi:10.1109/ASSPCC.2000.882463

    Examples
    --------
    >>> moments(np.square, [0.5], [[1.0]], rule=Unscented(alpha=1, beta=0, kappa=2)).cov
    array([[3.]])
    """

    alpha: float = 1.0
    beta: float = 0.0
    kappa: float = 2.0

    def __post_init__(self):
        check_number(self.alpha, "alpha", above=0)
        check_number(self.beta, "beta")
        check_number(self.kappa, "kappa")

    def spread(self, h, jacobian, mean, factor):
        """Return the weighted odd and even parts of h at the sigma points."""
        d = mean.shape[-1]
        scale = self.alpha**2 * (d + self.kappa)
        certain = self.alpha**2 * self.kappa + self.beta * d
        if scale <= 0 or certain < 0:
            raise ArgumentError(
                f"unscented rule in {d} dimensions: alpha² (d + kappa) must be positive, but is {scale:g}, and "
                f"alpha² kappa + beta d must not be negative, but is {certain:g}"
            )
        step = np.sqrt(scale) * np.moveaxis(factor, -1, 0)
        values = h(np.concatenate([mean[None], mean + step, mean - step]))
        centre, plus, minus = values[0], values[1 : d + 1] - values[0], values[d + 1 :] - values[0]
        odd, even = np.moveaxis((plus - minus) / 2, 0, -1), np.moveaxis((plus + minus) / 2, 0, -1)
        total = even.sum(axis=-1, keepdims=True)
        # A square root of I/s + (β − α²) 11ᵀ/s²: along 1 its eigenvalue is (α² κ + β d)/s², elsewhere 1/s.
        excess = (even + (np.sqrt(certain / scale) - 1) * total / d) / np.sqrt(scale)
        return centre + total[..., 0] / scale, odd / np.sqrt(scale), excess


@dataclass(frozen=True)
class MomentMatching(Rule):
    """The moments themselves, by Gauss–Hermite cubature on a grid of n^d nodes: assumed density filter.

    Parameters
    ----------
    n : int
        Nodes in each dimension; mean and slope are exact for polynomials of degree 2n − 1 and 2n − 2 in each.

    Raises
    ------
    ArgumentError
        If `n` is no whole number of at least 2, or the grid has more than 100,000 nodes.

    References
    ----------
    .. [1] Ito, Xiong 2000, Gaussian filters for nonlinear filtering problems, doi:10.1109/9.855552

    Examples
    --------
    >>> moments(np.square, [0.5], [[1.0]], rule=MomentMatching(n=3)).mean
    array([1.25])
    """

    n: int = 5

    def __post_init__(self):
        check_count(self.n, "n", least=2)

    @cached_property
    def nodes(self):
        """Nodes and weights for one standard normal variable."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(self.n)
        return nodes, weights / weights.sum()

    def spread(self, h, jacobian, mean, factor):
        """Regress h on ξ over the grid."""
        d = mean.shape[-1]
        if self.n**d > MOST_NODES:
            raise ArgumentError(
                f"moment matching on a grid has n^d = {self.n}^{d} nodes, above {MOST_NODES:,}: take a smaller n, "
                "or Unscented"
            )
        nodes, weights = self.nodes
        grid = np.stack(np.meshgrid(*[nodes] * d, indexing="ij"), axis=-1).reshape(-1, d)
        weight = np.prod(np.meshgrid(*[weights] * d, indexing="ij"), axis=0).ravel()
        values = h(mean[:, None] + grid @ factor.swapaxes(-1, -2))
        average = np.einsum("n,bnp->bp", weight, values)
        centred = values - average[:, None]
        slope = np.einsum("n,bnp,nd->bpd", weight, centred, grid)
        rest = (centred - grid @ slope.swapaxes(-1, -2)) * np.sqrt(weight)[:, None]
        return average, slope, triangle(rest.swapaxes(-1, -2))


def moments(h, mean, cov, *, rule):
    """Send a Gaussian through a function.

    Parameters
    ----------
    h : callable
        From (..., d) to (..., p), the leading axes kept.
    mean : array_like, shape (d,)
    cov : array_like, shape (d, d)
    rule : Linearisation, Unscented or MomentMatching

    Returns
    -------
    Moments
        Mean and covariance of h(x) and the covariance of x with it, as the rule has them.

    Raises
    ------
    ArgumentError
        If `h` cannot be called or does not return finite numbers, or an argument is not of this kind.

    Examples
    --------
    >>> moments(np.square, [0.5], [[1.0]], rule=Unscented(beta=2)).cov
    array([[5.]])
    """
    mean = check_array(mean, "mean", shape=("d",))
    factor = square_root(check_covariance(cov, "cov", size=len(mean)))
    check_map(check_callable(h, "h"), mean, None, "h")
    spread = check_rule(rule).spread
    average, slope, excess = call_finite("h", None, spread, h, None, mean[None], factor[None])
    return Moments(average[0], square(slope)[0] + square(excess)[0], factor @ slope[0].T)


def check_rule(rule):
    """Refuse what is no rule."""
    if not isinstance(rule, Rule):
        raise ArgumentError(f"rule must be Linearisation(), Unscented() or MomentMatching(), not {rule!r:.60}")
    return rule


def call_finite(name, step, call, *args):
    """Call a function of the model, or a rule with it, and refuse parts of its result that are not finite.

    Raises
    ------
    ArgumentError
        That names the function and the step, unless that is None.
    """
    with np.errstate(all="ignore"):  # the sentence below says more than numpy's warnings
        parts = call(*args)
        finite = all(np.isfinite(part).all() for part in (parts if isinstance(parts, tuple) else (parts,)))
    if not finite:
        where = "" if step is None else f" at step {step}, counted from 0"
        raise ArgumentError(f"{name} and its derivative must be finite where they are needed; they are not{where}")
    return parts
