"""Densities to fit, made of noisy arcs: they can be drawn from, evaluated, and their entropy is known."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mathforml.autodiff import stop_gradient
from mathforml.checks import check_count, check_number, check_seed
from mathforml.flows.layer import check_points


@dataclass(frozen=True, eq=False)
class NoisyArcs:
    """A point on one of some arcs, uniform along it, plus Gaussian noise: a density on the plane.

    Attributes
    ----------
    centres : ndarray, shape (n, 2)
        Of the arcs, which are equally likely.
    radius : float
    angles : ndarray, shape (n, 2)
        Where each arc begins and ends.
    noise : float
        Standard deviation of the noise in both directions.

    Notes
    -----
    p(x) is the mean over arcs and angles φ of N(x; centre + radius (cos φ, sin φ), noise² I). The mean over angles
    is an integral in one dimension, here by a Gauss–Legendre rule with enough nodes for a relative error below
    1e-11 wherever samples fall.
    """

    centres: np.ndarray
    radius: float
    angles: np.ndarray
    noise: float

    @cached_property
    def _nodes(self):
        """Return points on the arcs, shape (K, 2), and log weights, shape (K,), of the mixture of Gaussians."""
        from numpy.polynomial.legendre import leggauss

        length = self.radius * np.ptp(self.angles, axis=1).max()
        nodes, weights = leggauss(20 + int(2.5 * length / self.noise))
        start, end = self.angles[:, :1], self.angles[:, 1:]
        phi = (start + (end - start) * (nodes + 1) / 2)[..., None]
        points = self.centres[:, None] + self.radius * np.concatenate([np.cos(phi), np.sin(phi)], axis=-1)
        return points.reshape(-1, 2), np.tile(np.log(weights / 2), len(self.centres)) - np.log(len(self.centres))

    def log_density(self, x):
        """Return log p(x), shape (S,), of points of shape (S, 2).

        Raises
        ------
        ArgumentError
            If the points have another shape or are not finite.
        """
        x = check_points(x, "x", 2)
        points, log_weights = self._nodes
        # |x − c|² as a product: one matrix multiplication instead of an array of shape (S, K, 2).
        square = np.sum(x * x, axis=1)[:, None] - 2 * (x @ points.T) + np.sum(points * points, axis=1)
        terms = log_weights - square / (2 * self.noise**2)
        most = np.max(stop_gradient(terms), axis=1)
        total = most + np.log(np.sum(np.exp(terms - most[:, None]), axis=1))
        return total - np.log(2 * np.pi * self.noise**2)

    def sample(self, S, seed=0):
        """Return points drawn, shape (S, 2).

        Raises
        ------
        ArgumentError
            If `S` is not a positive whole number or `seed` not a seed.
        """
        S, rng = check_count(S, "S"), check_seed(seed)
        which = rng.integers(len(self.centres), size=S)
        start, end = self.angles[which].T
        phi = start + (end - start) * rng.random(S)
        circle = np.stack([np.cos(phi), np.sin(phi)], axis=1)
        return self.centres[which] + self.radius * circle + self.noise * rng.standard_normal((S, 2))

    def entropy(self):
        """Return −∫ p(x) log p(x) dx, by the trapezoid rule, which is spectrally accurate here.

        No model's expected negative log-likelihood is below it; the difference is KL(p ‖ model).
        """
        x, area = self.grid()
        total = 0.0
        for part in np.array_split(x, 1 + len(x) // 2000):
            log_p = self.log_density(part)
            total -= np.sum(np.exp(log_p) * log_p) * area
        return float(total)

    def grid(self, *, step=None, margin=9.0):
        """Return the points of a regular grid that holds all the mass, shape (n, 2), and the area of one cell.

        Parameters
        ----------
        step : float, optional
            Distance of neighbours; default a quarter of the noise.
        margin : float
            Standard deviations of noise beyond the arcs' circles.

        Raises
        ------
        ArgumentError
            If `step` or `margin` is not positive.
        """
        step = self.noise / 4 if step is None else check_number(step, "step", above=0)
        reach = self.radius + check_number(margin, "margin", above=0) * self.noise
        low, high = self.centres.min(axis=0) - reach, self.centres.max(axis=0) + reach
        axes = [np.arange(a, b + step, step) for a, b in zip(low, high)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2), step * step


def two_moons(*, noise=0.1):
    """Return two half circles of radius 1 that reach into each other, with noise around them.

    Parameters
    ----------
    noise : float
        Standard deviation.

    Raises
    ------
    ArgumentError
        If `noise` is not at least 0.05.

    Examples
    --------
    >>> round(two_moons(noise=0.1).entropy(), 4)
    1.0076
    """
    noise = check_number(noise, "noise", least=0.05)
    centres = np.array([[-0.5, -0.25], [0.5, 0.25]])
    return NoisyArcs(centres, 1.0, np.array([[0.0, np.pi], [np.pi, 2 * np.pi]]), noise)


def ring(*, radius=1.5, noise=0.2):
    """Return a circle around zero with noise around it.

    Parameters
    ----------
    radius, noise : float

    Raises
    ------
    ArgumentError
        If `radius` is not positive or `noise` not at least a twentieth of it.

    Examples
    --------
    >>> ring().sample(1000, seed=1).shape
    (1000, 2)
    """
    radius = check_number(radius, "radius", above=0)
    noise = check_number(noise, "noise", least=radius / 20)
    return NoisyArcs(np.zeros((1, 2)), radius, np.array([[0.0, 2 * np.pi]]), noise)
