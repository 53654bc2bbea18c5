"""The other way to differentiate a solution: through the steps that approach it."""

from mathforml.autodiff import grad
from mathforml.checks import check_array, check_callable, check_count, check_number


def unrolled_descent(loss, x0, *, rate, n_steps):
    """Gradient descent on ℓ(x, θ) as a function of θ, to be differentiated step by step.

    Its derivative is that of the n-th iterate, not of the minimiser: for a quadratic loss with curvatures h the
    two differ by O(n ρⁿ), ρ = max |1 − ηh|. Reverse mode keeps every iterate in memory.

    Parameters
    ----------
    loss : callable
        ℓ(x, θ) → number.
    x0 : array_like
        Where descent starts.
    rate : float
        Learning rate η.
    n_steps : int

    Returns
    -------
    callable
        θ → x after n steps, for `mathforml.autodiff`.

    Raises
    ------
    ArgumentError
        If loss is no function, or an option has a value that cannot work.

    References
    ----------
    Domke 2012, Generic methods for optimization-based modeling, https://proceedings.mlr.press/v22/domke12.html

    Examples
    --------
    >>> halfway = unrolled_descent(lambda x, theta: 0.5 * (x - theta) ** 2, 0.0, rate=0.5, n_steps=1)
    >>> halfway(4.0), grad(halfway)(4.0)
    (np.float64(2.0), np.float64(0.5))
    """
    check_callable(loss, "loss")
    x0 = check_array(x0, "x0")[()]
    rate, n_steps = check_number(rate, "rate", above=0), check_count(n_steps, "n_steps")
    slope = grad(loss)

    def descend(theta):
        x = x0
        for _ in range(n_steps):
            x = x - rate * slope(x, theta)
        return x

    return descend
