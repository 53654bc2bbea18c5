"""The planar flow: space is stretched along one direction, across one plane."""

import numpy as np

from mathforml.autodiff import primitive, stop_gradient
from mathforml.checks import check_array, check_number, check_seed
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.flows.layer import Layer

LEAST = 1e-3  # derivative across the plane


class Planar(Layer):
    """x = ε + û tanh(w·ε + b), with û bent so that w·û > −1 and the map is invertible whatever the parameters.

    Parameters
    ----------
    d : int
        Dimension of the points.

    Notes
    -----
    û = u + (m(w·u) − w·u) w/|w|² has w·û = m(w·u), where m(a) = (1 − δ) log(1 + (e − 1) eᵃ) + δ − 1 > −1: the
    device of [1]_, shifted so that u = 0 gives the identity, and with room of δ = 0.001 for rounding.

    Derivatives of every order go through `inverse`, by the implicit function theorem.

    References
    ----------
    .. [1] Rezende, Mohamed 2015, Variational inference with normalizing flows, arXiv:1505.05770, appendix A.1

    Examples
    --------
    >>> layer = Planar(2)
    >>> params = {"u": np.array([1.0, 0.0]), "w": np.array([2.0, 0.0]), "b": np.array(0.0)}
    >>> x, log_det = layer.forward(params, [[0.5, 3.0]])
    >>> layer.inverse(params, x)[0].round(12)
    array([[0.5, 3. ]])
    """

    def initial(self, seed=0):
        rng = check_seed(seed)
        w = rng.standard_normal(self.d)
        w /= np.linalg.norm(w)
        return {"u": 0.1 * rng.standard_normal(self.d), "w": w, "b": rng.standard_normal()}

    def push(self, params, eps):
        return push_planar(eps, allowed_u(params["u"], params["w"]), params["w"], params["b"])

    def pull(self, params, x):
        return pull_planar(x, allowed_u(params["u"], params["w"]), params["w"], params["b"])

    def check_params(self, params):
        super().check_params(params)
        w = stop_gradient(params["w"])
        with np.errstate(over="ignore", under="ignore"):
            square = np.dot(w, w)
        if not 0 < square < np.inf:
            raise ArgumentError(f"w must have a squared length above 0 and below infinity, not {square:g}")


def planar_map(eps, u, w, b):
    """Map noise by x = ε + u tanh(w·ε + b), invertible or not.

    Parameters
    ----------
    eps : array, shape (S, d)
    u, w : array, shape (d,)
    b : float

    Returns
    -------
    x : ndarray, shape (S, d)
    log_det : ndarray, shape (S,)
        log |det ∂x/∂ε| = log |1 + w·u tanh′(w·ε + b)|.

    Raises
    ------
    ArgumentError
        If a shape is wrong or a number is not finite.

    Examples
    --------
    >>> x, log_det = planar_map([[0.0, 0.0]], [1.0, 0.0], [2.0, 0.0], 0.0)
    >>> np.exp(log_det)
    array([3.])
    """
    with np.errstate(divide="ignore"):
        return push_planar(*_check(eps, "eps", u, w, b))


def planar_inverse(x, u, w, b):
    """Undo `planar_map`.

    Parameters
    ----------
    x : array, shape (S, d)
    u, w : array, shape (d,)
    b : float

    Returns
    -------
    eps : ndarray, shape (S, d)
    log_det : ndarray, shape (S,)
        log |det ∂ε/∂x|.

    Raises
    ------
    ArgumentError
        If w·u < −1: then the map folds, and some points have three preimages.

    Examples
    --------
    >>> planar_inverse([[0.0, 0.0]], [1.0, 0.0], [-2.0, 0.0], 0.0)
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: w·u must be at least -1 for the map to be invertible, not -2
    """
    x, u, w, b = _check(x, "x", u, w, b)
    if u @ w < -1:
        raise ArgumentError(f"w·u must be at least -1 for the map to be invertible, not {u @ w:g}")
    with np.errstate(divide="ignore"):  # at w·u = −1 the density is infinite on the plane
        return pull_planar(x, u, w, b)


def _check(points, name, u, w, b):
    points = check_array(points, name, shape=("S", "d"))
    d = points.shape[1]
    return points, check_array(u, "u", shape=(d,)), check_array(w, "w", shape=(d,)), check_number(b, "b")


def allowed_u(u, w):
    """Bend u along w so that w·u > −1, keeping u = 0 where it is."""
    a = w @ u
    m = (1 - LEAST) * np.logaddexp(0.0, a + np.log(np.e - 1)) + LEAST - 1
    return u + (m - a) * w / (w @ w)


def push_planar(eps, u, w, b):
    slope, x = w @ u, eps @ w + b
    h = np.tanh(x)
    return eps + h[:, None] * u, np.log(np.abs(1 + slope * (1 - h * h)))


def pull_planar(x, u, w, b):
    # Only w·ε is unknown: with z = w·ε + b the map reads z + (w·u) tanh z = w·x + b, one scalar equation a point.
    slope, target = w @ u, x @ w + b
    h = np.tanh(solve_shifted_tanh(slope, target))
    return x - h[:, None] * u, -np.log(1 + slope * (1 - h * h))


def implicit(g, z, slope, target):
    """Return the cotangents of slope and target: z + slope · tanh z = target moves z by its derivatives."""
    h = np.tanh(z)
    g = g / (1 + slope * (1 - h * h))
    return -np.sum(g * h), g


@primitive(vjp=implicit)
def solve_shifted_tanh(slope, target):
    """Solve z + slope · tanh z = target for z by Newton's method, slope ≥ −1, all entries of `target` at once.

    No bracket is needed: the function is odd, and for z > 0 concave if slope > 0 and convex if not. Newton started
    below the root of a concave function, or above that of a convex one, walks to it and never steps past it.

    Raises
    ------
    ConvergenceError
        If some entry has not settled after 200 steps.
    """
    sign, target = np.where(target < 0, -1.0, 1.0), np.abs(target)
    z = target / (1 + slope) if slope > 0 else target - slope
    for _ in range(200):
        h = np.tanh(z)
        derivative = 1 + slope * (1 - h * h)
        step = (target - z - slope * h) / np.where(derivative > 0, derivative, 1.0)
        # A step against the walk can only be rounding.
        step = np.maximum(step, 0) if slope > 0 else np.minimum(step, 0)
        z = z + step
        if (np.abs(step) <= 4e-16 * (1 + z)).all():
            return sign * z
    raise ConvergenceError("the inverse of the planar map did not settle in 200 Newton steps")
