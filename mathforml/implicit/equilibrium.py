"""A deep-equilibrium layer: infinitely many equal layers, of which only the last is kept."""

import numpy as np

from mathforml.autodiff import value_and_grad
from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_array, check_count, check_number, check_seed
from mathforml.errors import ArgumentError
from mathforml.implicit.fixed_point import differentiable_fixed_point

_LARGEST = 0.9  # of ‖W‖: below one, the layer is a contraction and its fixed point exists


def equilibrium_layer(parameters, inputs, *, method="iterate", linear="neumann", tol=1e-12):
    """Return the fixed point of z = tanh(W z + U u + b) for each input.

    W is A scaled so that its Frobenius norm, and with it the largest singular value, stays below 0.9: then the
    layer is a contraction and has one fixed point, whatever A is.

    Parameters
    ----------
    parameters : dict
        A, shape (d, d); U, shape (d, m); b, shape (d,).
    inputs : array_like, shape (n, m)
        u, one a row.
    method, linear, tol
        As for `differentiable_fixed_point`. The Neumann series never forms the (n d, n d) Jacobian.

    Returns
    -------
    array, shape (n, d)
        z*; `mathforml.autodiff` differentiates it in the parameters at the cost of one linear solve.

    Raises
    ------
    ArgumentError
        If the shapes do not fit.

    References
    ----------
    Bai, Kolter, Koltun 2019, Deep equilibrium models, arXiv:1909.01377

    Examples
    --------
    >>> zero = {"A": np.zeros((2, 2)), "U": np.ones((2, 1)), "b": np.zeros(2)}
    >>> equilibrium_layer(zero, [[0.0]])
    array([[0., 0.]])
    """
    inputs = check_array(inputs, "inputs", shape=("n", "m"))
    if not isinstance(parameters, dict) or not parameters.keys() >= set("AUb"):
        raise ArgumentError("parameters must be a dictionary with A, U and b")
    layer = {name: parameters[name] for name in "AUb"}
    layer = {name: p if type(p) is Traced else check_array(p, name) for name, p in layer.items()}
    d, m = layer["b"].size, inputs.shape[1]
    for name, shape in (("A", (d, d)), ("U", (d, m)), ("b", (d,))):
        if layer[name].shape != shape:
            raise ArgumentError(f"{name} must have shape {shape}, not {layer[name].shape}")
    start = np.zeros((len(inputs), d))
    find = differentiable_fixed_point(
        lambda z, p: np.tanh(z @ _contraction(p["A"]).T + inputs @ p["U"].T + p["b"]),
        start,
        method=method,
        linear=linear,
        tol=tol,
    )
    return find(layer)


def _contraction(a):
    return _LARGEST * a / np.sqrt(1 + np.sum(a**2))


def predict(parameters, inputs, **options):
    """Read the probability of class 1 off the equilibrium: σ(v·z* + c), shape (n,).

    Parameters
    ----------
    parameters : dict
        Those of `equilibrium_layer`, with v, shape (d,), and c, a number.
    inputs : array_like, shape (n, m)
    **options
        Those of `equilibrium_layer`.
    """
    return np.exp(-np.logaddexp(0, -_score(parameters, inputs, options)))


def _score(parameters, inputs, options):
    return equilibrium_layer(parameters, inputs, **options) @ parameters["v"] + parameters["c"]


def train_equilibrium(inputs, labels, *, width=8, rate=0.05, n_steps=100, seed=0):
    """Fit an equilibrium layer with a logistic readout by Adam, through the implicit function theorem.

    Parameters
    ----------
    inputs : array_like, shape (n, m)
    labels : array_like, shape (n,)
        0 or 1.
    width : int
        d, the size of z.
    rate : float
        Learning rate η.
    n_steps : int
    seed : int, None or random generator
        Of the first parameters.

    Returns
    -------
    parameters : dict
    losses : ndarray, shape (n_steps,)
        Mean cross-entropy before each step.

    Raises
    ------
    ArgumentError
        If the shapes do not fit, or labels are not 0 or 1.

    References
    ----------
    Kingma, Ba 2015, Adam: a method for stochastic optimization, arXiv:1412.6980
    """
    inputs = check_array(inputs, "inputs", shape=("n", "m"))
    labels = check_array(labels, "labels", shape=(len(inputs),))
    if not np.isin(labels, (0, 1)).all():
        raise ArgumentError("labels must be 0 or 1")
    d, rate = check_count(width, "width"), check_number(rate, "rate", above=0)
    n_steps, rng = check_count(n_steps, "n_steps"), check_seed(seed)
    m = inputs.shape[1]
    parameters = {
        "A": rng.standard_normal((d, d)) / d,
        "U": rng.standard_normal((d, m)),
        "b": 0.1 * rng.standard_normal(d),
        "v": rng.standard_normal(d) / np.sqrt(d),
        "c": np.zeros(()),
    }

    def loss(parameters):
        score = _score(parameters, inputs, {"tol": 1e-8})
        return np.mean(np.logaddexp(0, score) - labels * score)

    both, losses = value_and_grad(loss), []
    mean, square = ([np.zeros(np.shape(p)) for p in flatten(parameters)] for _ in range(2))
    for t in range(1, n_steps + 1):
        value, gradient = both(parameters)
        losses.append(float(value))
        leaves = flatten(gradient)
        mean = [0.9 * a + 0.1 * g for a, g in zip(mean, leaves)]
        square = [0.999 * a + 0.001 * g**2 for a, g in zip(square, leaves)]
        moves = [rate * (a / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8) for a, s in zip(mean, square)]
        parameters = rebuild(parameters, [p - move for p, move in zip(flatten(parameters), moves)])
    return parameters, np.array(losses)
