"""The adjoint of a recursion x_{t+1} = step(x_t, θ): its gradient in one sweep backward."""

from dataclasses import dataclass

import numpy as np

from mathforml.adjoint.checkpointing import SCHEDULES, Ledger
from mathforml.adjoint.trees import add, as_floats, from_vector, vector
from mathforml.autodiff import value_and_grad, vjp
from mathforml.checks import check_array, check_callable, check_choice, check_count
from mathforml.errors import ArgumentError, ConvergenceError


@dataclass(frozen=True)
class AdjointGradient:
    """A loss of a recursion and its gradient.

    Attributes
    ----------
    value : float
        ℓ.
    gradient : array or nested containers of arrays
        dℓ/dθ, like θ.
    gradient_x0 : ndarray
        dℓ/dx_0, which is λ_0.
    adjoints : ndarray, shape (T + 1, …), or None
        λ_t = dℓ/dx_t; kept where the states are.
    peak : int
        The most states that were in memory at once.
    evaluations : int
        Steps that were computed to have the states.
    """

    value: float
    gradient: object
    gradient_x0: np.ndarray
    adjoints: np.ndarray | None
    peak: int
    evaluations: int


def discrete_adjoint(step, loss, x0, theta, *, n_steps=None, inputs=None, running=None, schedule="all"):
    """Differentiate ℓ = loss(x_T) + Σ_{t<T} running(x_t, θ) for x_{t+1} = step(x_t, θ).

    The adjoint λ_t = dℓ/dx_t obeys a recursion of its own, backward from λ_T = ∇loss(x_T):

        λ_t = (∂step/∂x)ᵀ λ_{t+1} + ∂running/∂x,        dℓ/dθ = Σ_t (∂step/∂θ)ᵀ λ_{t+1} + ∂running/∂θ.

    It needs the states in reverse order, and the schedule says where they come from: memory or recomputation.

    Parameters
    ----------
    step : callable
        (x, θ) → next x, or with `inputs` (x, θ, u) → next x; in numpy, for `mathforml.autodiff`.
    loss : callable
        Of the last state, → number.
    x0 : array_like
        First state, of any shape.
    theta : array_like or nested containers of them
        Parameters.
    n_steps : int, optional
        T; needed unless there are inputs.
    inputs : sequence, optional
        u_0 … u_{T−1}, one a step: what changes with time and is not differentiated.
    running : callable, optional
        A loss of every state but the last, with the arguments of `step`.
    schedule : {"all", "segments", "bisection"}
        Keep all T states; 2√T of them; log₂ T of them. The gradient is the same.

    Returns
    -------
    AdjointGradient

    Raises
    ------
    ArgumentError
        If a step changes the shape of the state, or an option has a value that cannot work.
    ConvergenceError
        If a state is not finite.

    References
    ----------
    Griewank, Walther 2008, Evaluating Derivatives, https://doi.org/10.1137/1.9780898717761;
    Griewank 1992, Achieving logarithmic growth of temporal and spatial complexity in reverse automatic
    differentiation, https://doi.org/10.1080/10556789208805505

    Examples
    --------
    >>> result = discrete_adjoint(lambda x, theta: theta * x, lambda x: x, 1.0, 2.0, n_steps=3)  # x_3 = θ³
    >>> result.adjoints.tolist(), float(result.gradient)
    ([8.0, 4.0, 2.0, 1.0], 12.0)
    """
    check_callable(step, "step")
    check_callable(loss, "loss")
    if running is not None:
        check_callable(running, "running")
    schedule = SCHEDULES[check_choice(schedule, "schedule", SCHEDULES)]
    x0, theta = check_array(x0, "x0")[()], as_floats(theta)
    further = _further(n_steps, inputs)
    ledger = Ledger()

    def advance(x, a, b):
        ledger.evaluations += b - a
        for t in range(a, b):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # said by the check
                following = step(x, theta, *further[t])
            x = _checked(following, x, t)
        return x

    states = schedule(advance, x0, len(further), ledger)
    _, last = next(states)
    value, adjoint = value_and_grad(loss)(last)
    gradient = from_vector(np.zeros(vector(theta).size), theta)
    adjoints = [adjoint]
    for t, x in states:
        _, pull = vjp(lambda x, theta, u=further[t]: step(x, theta, *u), x, theta)
        adjoint, share = pull(adjoint)
        gradient = add(gradient, share)
        if running is not None:
            here, (slope, share) = value_and_grad(lambda x, theta, u=further[t]: running(x, theta, *u), (0, 1))(
                x, theta
            )
            value, adjoint, gradient = value + here, adjoint + slope, add(gradient, share)
        if schedule is SCHEDULES["all"]:
            adjoints.append(adjoint)
    kept = np.array(adjoints[::-1]) if schedule is SCHEDULES["all"] else None
    return AdjointGradient(float(value), gradient, adjoint, kept, ledger.peak, ledger.evaluations)


def _further(n_steps, inputs):
    """Return the arguments of each step beyond the state and θ, and with them the number of steps."""
    if (n_steps is None) == (inputs is None):
        raise ArgumentError("discrete_adjoint needs n_steps, or inputs with one entry a step, and not both")
    if inputs is None:
        return [()] * check_count(n_steps, "n_steps", least=0)
    try:
        return [(u,) for u in inputs]
    except TypeError:
        raise ArgumentError(f"inputs must be a sequence with one entry a step, not {inputs!r:.60}") from None


def _checked(x, before, t):
    if np.shape(x) != np.shape(before):
        raise ArgumentError(
            f"step must keep the shape of the state, {np.shape(before)}; step {t} returns {np.shape(x)}"
        )
    if not np.isfinite(x).all():
        raise ConvergenceError(f"the state after step {t} is not finite: the recursion diverges")
    return x
