"""A recursion as equality constraints: its multipliers are the adjoints."""

from typing import NamedTuple

import numpy as np

from mathforml.checks import check_array, check_callable, check_count
from mathforml.errors import ArgumentError


class RecursionGradient(NamedTuple):
    """The states of a recursion, the multipliers of its steps and the gradient they give."""

    states: np.ndarray  # (T, d): x_1 … x_T
    multipliers: np.ndarray  # (T, d): λ_t of x_t = step(x_{t−1}, θ), that is dℓ/dx_t
    gradient: np.ndarray  # shape of θ: dℓ/dθ


def recursion_gradient(step, x0, theta, loss, *, n_steps):
    """Differentiate a loss of a recursion's states by the method of Lagrange.

    The states x_1 … x_T are unknowns, and each step x_t − step(x_{t−1}, θ) = 0 is a constraint. They fix the
    states, so nothing is left to minimise; but the KKT system still has multipliers. In stationarity, ∇ℓ = Jᵀλ,
    the matrix J is lower triangular with ones on its diagonal: it is never singular, and solving from the last
    multiplier to the first is the backward recursion of the adjoints. Then dℓ/dθ is ∂L/∂θ.

    Parameters
    ----------
    step : callable
        (x, θ) → next x, both of shape (d,), differentiable by `mathforml.autodiff`.
    x0 : array_like, shape (d,)
        State before the first step.
    theta : array_like
        Parameters, of any shape.
    loss : callable
        ℓ of the states: (T, d) → scalar.
    n_steps : int
        T.

    Returns
    -------
    RecursionGradient

    Raises
    ------
    ArgumentError
        If a step changes the shape of the state or leaves the finite numbers.

    References
    ----------
    .. [1] LeCun 1988, A theoretical framework for back-propagation,
       http://yann.lecun.com/exdb/publis/pdf/lecun-88.pdf

    Examples
    --------
    >>> doubled = recursion_gradient(lambda x, theta: theta * x, [1.0], 2.0, lambda x: x[-1, 0], n_steps=3)
    >>> doubled.multipliers[:, 0].tolist(), float(doubled.gradient)  # x_3 = θ³
    ([4.0, 2.0, 1.0], 12.0)
    """
    from scipy.linalg import solve_triangular

    from mathforml.autodiff import grad, jacobian

    check_callable(step, "step")
    check_callable(loss, "loss")
    x0 = check_array(x0, "x0", shape=("d",))
    theta = check_array(theta, "theta")
    check_count(n_steps, "n_steps")
    states = [x0]
    for t in range(n_steps):
        state = np.asarray(step(states[-1], theta))
        if state.shape != x0.shape or not np.isfinite(state).all():
            raise ArgumentError(f"step must return a finite state of shape ({len(x0)}); step {t + 1} does not")
        states.append(state)
    states = np.array(states[1:])

    def constraints(flat, theta):  # all T · d of them
        x = np.reshape(flat, states.shape)
        return np.concatenate([x[t] - step(x[t - 1] if t else x0, theta) for t in range(n_steps)])

    flat = states.ravel()
    slope = grad(lambda flat: loss(np.reshape(flat, states.shape)))(flat)
    check_array(slope, "the derivative of the loss")
    J = jacobian(lambda flat: constraints(flat, theta))(flat)
    lam = solve_triangular(J, slope, trans="T", lower=True, unit_diagonal=True)
    gradient = grad(lambda theta: -(lam @ constraints(flat, theta)))(theta)
    return RecursionGradient(states, lam.reshape(states.shape), gradient)
