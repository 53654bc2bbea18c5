"""The adjoint of a differential equation y' = f(t, y, θ): a second equation, solved backward in time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mathforml.adjoint.trees import as_floats, from_vector, vector
from mathforml.autodiff import value_and_grad, vjp
from mathforml.checks import check_array, check_callable, check_choice, check_number
from mathforml.errors import ArgumentError, ConvergenceError

METHODS = ("DOP853", "RK45", "RK23", "Radau", "BDF", "LSODA")


@dataclass(frozen=True)
class Trajectory:
    """A solution of a differential equation.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Where the solver stepped.
    y : ndarray, shape (n, …)
        The states there.
    at : callable
        t → state, between the steps too, by the solver's interpolation.
    evaluations : int
        Of the right side.
    """

    t: np.ndarray
    y: np.ndarray
    at: Callable
    evaluations: int


@dataclass(frozen=True)
class OdeGradient:
    """A loss of a trajectory and its gradient.

    Attributes
    ----------
    value : float
        ℓ.
    gradient : array or nested containers of arrays
        dℓ/dθ, like θ.
    gradient_y0 : ndarray
        dℓ/dy(t_0) = λ(t_0).
    forward, backward : Trajectory
        Of the state y and of the adjoint λ.
    recovered : ndarray or None
        The first state as `backsolve_adjoint` finds it again: if it is off, so is the gradient.
    """

    value: float
    gradient: object
    gradient_y0: np.ndarray
    forward: Trajectory
    backward: Trajectory
    recovered: np.ndarray | None = None


def ode_solution(f, y0, theta, t_span, *, method="DOP853", rtol=1e-8, atol=1e-10):
    """Solve y' = f(t, y, θ) from y(t_0) = y0; backward in time where t_1 < t_0.

    Parameters
    ----------
    f : callable
        (t, y, θ) → y', of the shape of y.
    y0 : array_like
    theta : array_like or nested containers of them
    t_span : tuple of float
        (t_0, t_1).
    method : {"DOP853", "RK45", "RK23", "Radau", "BDF", "LSODA"}
        The solver of `scipy.integrate.solve_ivp`; the last three are for stiff equations.
    rtol, atol : float
        Local error that a step may make: rtol · |y| + atol.

    Returns
    -------
    Trajectory

    Raises
    ------
    ArgumentError
        If f returns another shape than y0 has, or an option has a value that cannot work.
    ConvergenceError
        If the solver gives up, or the state or the first slope is not finite.

    Examples
    --------
    >>> decay = ode_solution(lambda t, y, theta: -theta * y, 1.0, 2.0, (0.0, 1.0))
    >>> abs(decay.at(1.0) - np.exp(-2.0)) < 1e-8
    np.True_
    """
    check_callable(f)
    y0, theta = check_array(y0, "y0")[()], as_floats(theta)
    options = check_solver(t_span, method, rtol, atol)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        slope = np.asarray(f(options["t_span"][0], y0, theta), dtype=float)
    if slope.shape != y0.shape:
        raise ArgumentError(f"f must return the shape of y0, {y0.shape}, not {slope.shape}")
    if not np.isfinite(slope).all():
        raise ConvergenceError(f"f is not finite at the start, t = {options['t_span'][0]:.4g}")
    return integrate(lambda t, y: f(t, y, theta), y0, options)


def check_solver(t_span, method, rtol, atol):
    """Return the checked options of `scipy.integrate.solve_ivp`."""
    t_span = check_array(t_span, "t_span", shape=(2,))
    if t_span[0] == t_span[1]:
        raise ArgumentError("t_span must be two different times")
    return {
        "t_span": tuple(t_span.tolist()),
        "method": check_choice(method, "method", METHODS),
        "rtol": check_number(rtol, "rtol", least=3e-14, below=1),
        "atol": check_number(atol, "atol", above=0),
    }


def integrate(f, y0, options):
    """Run scipy's solver on states of any shape; `f(t, y)`."""
    from scipy.integrate import solve_ivp

    shape = np.shape(y0)

    def right_side(t, y):
        # Not finite: the solver tries a smaller step, and gives up if that does not help.
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return np.ravel(f(t, np.reshape(y, shape)[()]))

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = solve_ivp(right_side, y0=np.ravel(y0), dense_output=True, **options)
    if not found.success or not np.isfinite(found.y).all():
        raise ConvergenceError(
            f"{options['method']} stopped at t = {found.t[-1]:.4g} ({found.message.rstrip('.').lower()}): the "
            f"solution grows without bound or is too stiff for this method"
        )
    return Trajectory(
        found.t,
        np.reshape(found.y.T, (len(found.t), *shape)),
        lambda t: np.reshape(found.sol(t), shape)[()],
        found.nfev,
    )


def ode_adjoint(f, loss, y0, theta, t_span, *, running=None, method="DOP853", rtol=1e-8, atol=1e-10):
    """Differentiate ℓ = loss(y(t_1)) + ∫ running(t, y, θ) dt for y' = f(t, y, θ), y(t_0) = y0.

    The adjoint λ(t) = dℓ/dy(t) starts at λ(t_1) = ∇loss(y(t_1)) and runs backward,

        λ' = −(∂f/∂y)ᵀ λ − ∂running/∂y,        dℓ/dθ = ∫ (∂f/∂θ)ᵀ λ + ∂running/∂θ dt,

    with y(t) from the interpolated forward solution. Both right sides are integrated as one augmented system; the
    cost is that of two or three forward solutions, however many parameters there are.

    Parameters
    ----------
    f : callable
        (t, y, θ) → y', in numpy, for `mathforml.autodiff`; an array, or a list of numbers.
    loss : callable or None
        Of the last state, → number.
    y0 : array_like
        First state, of any shape.
    theta : array_like or nested containers of them
        Parameters.
    t_span : tuple of float
        (t_0, t_1).
    running : callable, optional
        (t, y, θ) → number, to be integrated.
    method, rtol, atol
        As for `ode_solution`, of both directions.

    Returns
    -------
    OdeGradient

    Raises
    ------
    ArgumentError
        If f returns another shape than y0 has, running is no number, there is no loss at all, or an option has a
        value that cannot work.
    ConvergenceError
        If the solver gives up.

    Notes
    -----
    At a stable equilibrium, and for a long time, λ has settled where (∂f/∂y)ᵀ λ̄ = −∇loss for its integral λ̄: the
    linear system of the implicit function theorem (`mathforml.implicit`).

    References
    ----------
    Pontryagin et al. 1962, The Mathematical Theory of Optimal Processes;
    Chen, Rubanova, Bettencourt, Duvenaud 2018, Neural ordinary differential equations, arXiv:1806.07366

    Examples
    --------
    >>> result = ode_adjoint(lambda t, y, p: -p * y, lambda y: y, 1.0, 2.0, (0.0, 1.0))
    >>> abs(result.gradient + np.exp(-2.0)) < 1e-8, abs(result.gradient_y0 - np.exp(-2.0)) < 1e-8
    (np.True_, np.True_)
    """
    problem = Problem(f, loss, y0, theta, t_span, running, method, rtol, atol)
    forward, value, adjoint = problem.forward()

    def right_side(t, z):
        adjoint, _ = problem.split(z)
        return -problem.pull(t, forward.at(t), adjoint)

    start = np.concatenate([np.ravel(adjoint), np.zeros(problem.size)])
    return problem.result(value, forward, integrate(right_side, start, problem.reverse))


def _array(slope):
    return np.stack(slope) if isinstance(slope, list | tuple) else slope


class Problem:
    """What the two adjoint methods share: arguments, the forward solution, the right side of the adjoint."""

    def __init__(self, f, loss, y0, theta, t_span, running, method, rtol, atol):
        if loss is None and running is None:
            raise ArgumentError("there must be a loss of the last state, a running one, or both")
        for g, name in ((f, "f"), (loss, "loss"), (running, "running")):
            if g is not None or name == "f":
                check_callable(g, name)
        self.f, self.loss, self.running = f, loss, running
        self.y0, self.theta = check_array(y0, "y0")[()], as_floats(theta)
        self.size = vector(self.theta).size
        self.options = check_solver(t_span, method, rtol, atol)
        if running is not None:
            shape = np.shape(running(self.options["t_span"][0], self.y0, self.theta))
            if shape != ():
                raise ArgumentError(f"running must return one number, not an array of shape {shape}")
        self.reverse = self.options | {"t_span": self.options["t_span"][::-1]}

    def forward(self):
        """Return the trajectory, the loss, and λ at the end."""
        span = self.options["t_span"]
        solver = {name: self.options[name] for name in ("method", "rtol", "atol")}
        forward = ode_solution(self.f, self.y0, self.theta, span, **solver)
        value, adjoint = 0.0, np.zeros(np.shape(self.y0))
        if self.loss is not None:
            value, adjoint = value_and_grad(self.loss)(forward.y[-1])
        if self.running is not None:
            value += float(
                integrate(lambda t, _: self.running(t, forward.at(t), self.theta), 0.0, self.options).y[-1]
            )
        return forward, float(value), adjoint

    def pull(self, t, y, adjoint):
        """Return (∂f/∂y)ᵀ λ + ∂running/∂y and the same for θ, in one vector."""
        _, back = vjp(lambda y, theta: _array(self.f(t, y, theta)), y, self.theta)
        pulled = np.concatenate([np.ravel(part) for part in map(vector, back(adjoint))])
        if self.running is not None:
            slopes = value_and_grad(lambda y, theta: self.running(t, y, theta), (0, 1))(y, self.theta)[1]
            pulled += np.concatenate([vector(part) for part in slopes])
        return pulled

    def split(self, z):
        """Return λ, and what follows it."""
        n = np.size(self.y0)
        return np.reshape(z[:n], np.shape(self.y0))[()], z[n:]

    def result(self, value, forward, backward, recovered=None):
        """Take the augmented solution apart."""
        adjoint, rest = self.split(backward.y[-1])
        n, shape = np.size(self.y0), np.shape(self.y0)
        return OdeGradient(
            value,
            from_vector(rest[: self.size], self.theta),
            adjoint,
            forward,
            Trajectory(
                backward.t,
                np.reshape(backward.y[:, :n], (len(backward.t), *shape)),
                lambda t: self.split(backward.at(t))[0],
                backward.evaluations,
            ),
            recovered,
        )
