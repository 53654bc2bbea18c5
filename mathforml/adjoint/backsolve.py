"""The adjoint without memory: the state is integrated backward too, which is only safe where that is stable."""

import numpy as np

from mathforml.adjoint.continuous import Problem, integrate, ode_solution
from mathforml.checks import check_array


def backsolve(f, y1, theta, t_span, *, method="DOP853", rtol=1e-8, atol=1e-10):
    """Find y(t_0) again from y(t_1), by solving y' = f(t, y, θ) backward in time.

    What decays forward grows backward, and with it every error: y' = −k y multiplies them by e^{k(t_1 − t_0)}.

    Parameters
    ----------
    f, theta, method, rtol, atol
        As for `ode_solution`.
    y1 : array_like
        The state at t_1.
    t_span : tuple of float
        (t_0, t_1), as for the forward solution.

    Returns
    -------
    Trajectory
        From t_1 to t_0.

    Raises
    ------
    ArgumentError, ConvergenceError
        As `ode_solution`.

    References
    ----------
    Gholami, Keutzer, Biros 2019, ANODE: unconditionally accurate memory-efficient gradients for neural ODEs,
    arXiv:1902.10298

    Examples
    --------
    >>> back = backsolve(lambda t, y, k: -k * y, np.exp(-2.0), 2.0, (0.0, 1.0))
    >>> abs(back.y[-1] - 1) < 1e-8
    np.True_
    """
    t_span = check_array(t_span, "t_span", shape=(2,))[::-1]
    return ode_solution(f, y1, theta, t_span, method=method, rtol=rtol, atol=atol)


def backsolve_adjoint(f, loss, y0, theta, t_span, *, running=None, method="DOP853", rtol=1e-8, atol=1e-10):
    """Differentiate as `ode_adjoint` does, but with y integrated backward in the augmented system.

    No trajectory has to be kept. Where the forward equation contracts, however, the state that comes back is not
    the one that went, and the gradient is wrong without any sign of it but `recovered`.

    Parameters
    ----------
    f, loss, y0, theta, t_span, running, method, rtol, atol
        As for `ode_adjoint`.

    Returns
    -------
    OdeGradient
        With `recovered`, the state at t_0 after the way back, to compare with y0.

    Raises
    ------
    ArgumentError, ConvergenceError
        As `ode_adjoint`.

    References
    ----------
    Chen, Rubanova, Bettencourt, Duvenaud 2018, Neural ordinary differential equations, arXiv:1806.07366;
    Gholami, Keutzer, Biros 2019, ANODE, arXiv:1902.10298

    Examples
    --------
    >>> result = backsolve_adjoint(lambda t, y, p: -p * y, lambda y: y, 1.0, 2.0, (0.0, 1.0))
    >>> abs(result.gradient + np.exp(-2.0)) < 1e-8, abs(result.recovered - 1) < 1e-8
    (np.True_, np.True_)
    """
    problem = Problem(f, loss, y0, theta, t_span, running, method, rtol, atol)
    forward, value, adjoint = problem.forward()
    n = np.size(problem.y0)

    def right_side(t, z):
        adjoint, rest = problem.split(z)
        y = np.reshape(rest[-n:], np.shape(problem.y0))[()]
        return np.concatenate([-problem.pull(t, y, adjoint), np.ravel(f(t, y, problem.theta))])

    start = np.concatenate([np.ravel(adjoint), np.zeros(problem.size), np.ravel(forward.y[-1])])
    backward = integrate(right_side, start, problem.reverse)
    recovered = np.reshape(backward.y[-1][-n:], np.shape(problem.y0))[()]
    return problem.result(value, forward, backward, recovered)
