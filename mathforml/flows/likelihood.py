"""Maximum likelihood: the flow whose density is highest at the data."""

from dataclasses import dataclass

import numpy as np

from mathforml.autodiff import value_and_grad
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_count, check_number
from mathforml.errors import ArgumentError, ConvergenceError
from mathforml.flows.flow import Flow, gaussian
from mathforml.flows.layer import check_points


@dataclass(frozen=True)
class Fit:
    """What `fit` found.

    Attributes
    ----------
    params : list
        Parameters of the flow.
    history : ndarray, shape (steps + 1,)
        Negative log-likelihood, mean over the data, at the start and after every step; it never rises.
    converged : bool
        Whether the gradient reached its tolerance within the steps.
    """

    params: list
    history: np.ndarray
    converged: bool


def fit(flow, data, *, params=None, seed=0, steps=200, tolerance=1e-5):
    """Fit a flow to data by maximum likelihood.

    Parameters
    ----------
    flow : Flow
    data : array, shape (N, d)
    params : list, optional
        Where to start; default `flow.initial(seed)`.
    seed : int, None or numpy Generator
    steps : int
        The most steps to take.
    tolerance : float
        Largest entry of the gradient at which to stop.

    Returns
    -------
    Fit

    Raises
    ------
    ArgumentError
        If `flow` is no Flow, or data or parameters have a wrong shape or are not finite.
    ConvergenceError
        If the likelihood leaves the numbers.

    Notes
    -----
    Minimises −(1/N) Σ log p(x_i) by L-BFGS [1]_ over all the data, with the gradient from `mathforml.autodiff`.

    References
    ----------
    .. [1] Liu, Nocedal 1989, On the limited memory BFGS method for large scale optimization,
       doi:10.1007/BF01589116

    Examples
    --------
    >>> from mathforml.flows import Affine
    >>> found = fit(Flow([Affine(1)]), [[1.0], [3.0]])
    >>> found.params[0]["shift"].round(4), np.exp(found.params[0]["log_scale"]).round(4)  # mean and deviation
    (array([2.]), array([1.]))
    """
    from scipy.optimize import minimize

    if not isinstance(flow, Flow):
        raise ArgumentError(f"flow must be a Flow, not {flow!r:.60}")
    data = check_points(data, "data", flow.d)
    if len(data) == 0:
        raise ArgumentError("data must hold at least one point")
    params = flow.initial(seed) if params is None else params
    flow.check_params(params)
    steps, tolerance = check_count(steps, "steps"), check_number(tolerance, "tolerance", above=0)

    def loss(params):
        eps, log_det = flow.pull(params, data)
        return -np.mean(gaussian(eps) + log_det)

    def objective(vector):
        with np.errstate(over="ignore", invalid="ignore"):
            value, gradient = value_and_grad(loss)(to_params(params, vector))
        if not np.isfinite(value):
            raise ConvergenceError(f"the negative log-likelihood became {value} on the way")
        return value, to_vector(gradient)

    start = to_vector(params)
    history = [objective(start)[0]]
    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        callback=lambda intermediate_result: history.append(float(intermediate_result.fun)),
        options={"maxiter": steps, "maxfun": 20 * steps, "gtol": tolerance, "ftol": 0.0, "maxcor": 20},
    )
    # SciPy's own flag is also set where rounding stops all progress.
    converged = np.max(np.abs(found.jac), initial=0.0) <= tolerance
    return Fit(to_params(params, found.x), np.array(history), bool(converged))


def to_vector(params):
    """Return all numbers of nested parameters as one vector.

    Examples
    --------
    >>> to_vector([{"w": np.ones((2, 2)), "b": 3.0}])
    array([1., 1., 1., 1., 3.])
    """
    return np.concatenate([np.zeros(0), *(np.ravel(leaf) for leaf in flatten(params))])


def to_params(template, vector):
    """Return parameters structured as `template` that hold the numbers of `vector`.

    Examples
    --------
    >>> to_params([{"w": np.ones((1, 2))}], np.array([3.0, 4.0]))
    [{'w': array([[3., 4.]])}]
    """
    leaves = flatten(template)
    ends = np.cumsum([np.size(leaf) for leaf in leaves])
    parts = [np.reshape(part, np.shape(leaf)) for part, leaf in zip(np.split(vector, ends[:-1]), leaves)]
    return rebuild(template, parts)
