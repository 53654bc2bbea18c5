"""From a differential equation to a recursion."""

from mathforml.checks import check_callable, check_number


def rk4_step(f, h):
    """Make a step of the classical fourth-order Runge–Kutta method, for `discrete_adjoint`.

    The discrete adjoint of such steps is the exact gradient of what was computed; the adjoint equation is the
    gradient of what was meant, up to its own discretisation. The two differ by O(h⁴).

    Parameters
    ----------
    f : callable
        y' = f(y, θ).
    h : float
        Size of the step.

    Returns
    -------
    callable
        (y, θ) → y one step later.

    References
    ----------
    Hairer, Nørsett, Wanner 1993, Solving Ordinary Differential Equations I, https://doi.org/10.1007/978-3-540-78862-1

    Examples
    --------
    >>> round(rk4_step(lambda y, theta: theta * y, 0.1)(1.0, 1.0), 6)  # e^0.1
    1.105171
    """
    check_callable(f)
    h = check_number(h, "h", above=0)

    def step(y, theta):
        a = f(y, theta)
        b = f(y + h / 2 * a, theta)
        c = f(y + h / 2 * b, theta)
        d = f(y + h * c, theta)
        return y + h / 6 * (a + 2 * b + 2 * c + d)

    return step
