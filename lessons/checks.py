"""Claims that a notebook makes of its numbers, and exercises that tell whether they are solved."""

import contextlib
import math


class ClaimError(AssertionError):
    """A number on the page is not what the page says of it."""


def claim(what, value, expected=None, *, within=None, below=None, above=None):
    """Say that a number is what theory says, and stop the notebook if it is not.

    Of a bound only the bound is printed, so that the line is the same on every machine.

    Parameters
    ----------
    what : str
        What the number is.
    value : float
    expected : float, optional
        What it should be; needs `within`.
    within : float, optional
        Largest allowed distance from `expected`. The number is printed to the decimals that this has.
    below, above : float, optional
        Bounds in place of `expected`.

    Raises
    ------
    ClaimError
        If the number is something else, or not a number.

    Examples
    --------
    >>> claim("slope of the trapezoid rule", -2.0004, -2, within=0.05)
    slope of the trapezoid rule: -2.00 (theory -2, within 0.05)
    >>> claim("difference from the closed form", 3e-17, below=1e-12)
    difference from the closed form: below 1e-12
    """
    value = float(value)
    if (expected is None) != (within is None) or all(bound is None for bound in (expected, below, above)):
        raise TypeError("claim needs expected and within together, or below, or above")
    if expected is not None and not abs(value - expected) <= within:
        raise ClaimError(f"{what} is {value:.6g}, not within {within:g} of {expected:g}")
    if below is not None and not value < below:
        raise ClaimError(f"{what} is {value:.6g}, not below {below:g}")
    if above is not None and not value > above:
        raise ClaimError(f"{what} is {value:.6g}, not above {above:g}")
    said = []
    if expected is not None:
        decimals = max(0, -math.floor(math.log10(within))) if within > 0 else 0
        shown = value if decimals < 12 else expected  # beyond, machines differ in their rounding
        theory = _fixed(expected, decimals + 2)
        theory = theory.rstrip("0").rstrip(".") if "." in theory else theory
        said.append(f"{_fixed(shown, decimals)} (theory {theory}, {_tolerance(within)})")
    said += [f"above {above:g}"] if above is not None else []
    said += [f"below {below:g}"] if below is not None else []
    print(f"{what}: {', '.join(said)}")


def _tolerance(within):
    return f"within {within:g}" if within else "exactly"


def _fixed(value, decimals):
    text = f"{value:.{min(decimals, 15)}f}"
    return text.lstrip("-") if float(text) == 0 else text


@contextlib.contextmanager
def attempt(name):
    """Check an exercise: print whether it is solved and, if not, why, without stopping the notebook.

    Examples
    --------
    >>> with attempt("Exercise 1"):
    ...     assert 2 + 2 == 5, "the sum should be 5"
    Exercise 1: not yet – the sum should be 5
    >>> with attempt("Exercise 1"):
    ...     assert 2 + 2 == 4, "the sum should be 4"
    Exercise 1: solved
    """
    try:
        yield
    except AssertionError as error:
        print(f"{name}: not yet – {error}" if str(error) else f"{name}: not yet")
    except Exception as error:
        # Whatever a half-written answer raises is a wrong answer; only its first line helps.
        reason = (str(error).splitlines() or [""])[0]
        print(f"{name}: not yet – it raised {type(error).__name__}: {reason}")
    else:
        print(f"{name}: solved")
