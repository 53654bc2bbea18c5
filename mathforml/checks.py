"""What every module checks at its door: one sentence that names the argument and what would be right."""

import numbers

import numpy as np

from mathforml.errors import ArgumentError


def check_callable(f, name="f"):
    """Return `f` if it can be called.

    Raises
    ------
    ArgumentError
        If it cannot.

    Examples
    --------
    >>> check_callable(3.0)
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: f must be a function, not 3.0 (float)
    """
    if not callable(f):
        raise ArgumentError(f"{name} must be a function, not {f!r:.60} ({type(f).__name__})")
    return f


def check_count(value, name, *, least=1):
    """Return `value` as an int if it is a whole number of at least `least`.

    Examples
    --------
    >>> check_count(1, "n", least=2)
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: n must be a whole number of at least 2, not 1
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool | np.bool_)
    if not whole or value < least:
        raise ArgumentError(f"{name} must be a whole number of at least {least}, not {value!r:.60}")
    return int(value)


def check_number(value, name, *, above=None, least=None, below=None, most=None):
    """Return `value` as a float if it is a finite real number within the bounds.

    Parameters
    ----------
    above, below : float, optional
        Bounds that are excluded.
    least, most : float, optional
        Bounds that are included.

    Examples
    --------
    >>> check_number(-1, "step", above=0)
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: step must be a number above 0, not -1
    """
    wanted = [("above", above), ("of at least", least), ("below", below), ("of at most", most)]
    bounds = " and ".join(f"{word} {bound:g}" for word, bound in wanted if bound is not None)
    scalar = np.ndim(value) == 0 and not isinstance(value, bool | np.bool_ | str | bytes)
    try:
        number = float(value) if scalar else np.nan
    except (TypeError, ValueError):
        number = np.nan
    fits = (
        np.isfinite(number)
        and (above is None or number > above)
        and (least is None or number >= least)
        and (below is None or number < below)
        and (most is None or number <= most)
    )
    if not fits:
        raise ArgumentError(f"{name} must be a number {bounds or 'that is finite'}, not {value!r:.60}")
    return number


def check_array(value, name, *, shape=None, finite=True, dtype=float):
    """Return `value` as an array of the wanted shape.

    Parameters
    ----------
    shape : tuple of (int, str or None), optional
        The wanted shape; a string names a size that may be anything, None is any size. Default: any shape.
    finite : bool
        Whether NaN and infinity are refused.

    Returns
    -------
    ndarray of `dtype`

    Raises
    ------
    ArgumentError
        If it is not numeric, has another shape, or is not finite.

    Examples
    --------
    >>> check_array([[1.0, np.nan]], "observations", shape=("T", 2))
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: observations must be finite; entry (0, 1) is nan
    >>> check_array([1.0, 2.0], "mean", shape=(3,))
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: mean must have shape (3), not (2)
    """
    try:
        is_complex = np.iscomplexobj(value)
        array = None if is_complex else np.asarray(value, dtype=dtype)
    except (TypeError, ValueError):
        raise ArgumentError(f"{name} must be an array of numbers, not {value!r:.60}") from None
    if is_complex:  # a cast would drop the imaginary parts
        raise ArgumentError(f"{name} must be real, not complex")
    if shape is not None:
        fits = array.ndim == len(shape) and all(
            want is None or isinstance(want, str) or have == want for have, want in zip(array.shape, shape)
        )
        if not fits:
            wanted = ", ".join("any" if want is None else str(want) for want in shape)
            raise ArgumentError(f"{name} must have shape ({wanted}), not ({', '.join(map(str, array.shape))})")
    if finite and not np.isfinite(array).all():
        at = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = f"entry {at if len(at) > 1 else at[0]}" if at else "it"
        raise ArgumentError(f"{name} must be finite; {place} is {array[at]}")
    return array


def check_covariance(value, name, *, size=None):
    """Return `value` as a symmetric matrix with no negative eigenvalue.

    Parameters
    ----------
    size : int, optional
        Number of rows it must have.

    Raises
    ------
    ArgumentError
        If it is not square of that size, not symmetric, or has a negative eigenvalue.
    """
    size = "n" if size is None else size
    matrix = check_array(value, name, shape=(size, size))
    if matrix.shape[0] != matrix.shape[1]:
        raise ArgumentError(f"{name} must be square, not {matrix.shape[0]} × {matrix.shape[1]}")
    scale = np.abs(matrix).max(initial=0.0)
    if np.abs(matrix - matrix.T).max(initial=0.0) > 1e-8 * scale:
        raise ArgumentError(f"{name} must be symmetric")
    matrix = (matrix + matrix.T) / 2
    least = np.linalg.eigvalsh(matrix)[0] if len(matrix) else 0.0
    if least < -1e-10 * scale:
        raise ArgumentError(f"{name} must have no negative eigenvalue; its least is {least:.3g}")
    return matrix


def check_distribution(value, name, *, shape=None):
    """Return `value` as probabilities that sum to one along the last axis.

    Examples
    --------
    >>> check_distribution([[0.5, 0.5], [0.9, 0.2]], "transitions", shape=(2, 2))
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: transitions must sum to one along the last axis; row 1 sums to 1.1
    """
    array = check_array(value, name, shape=shape)
    if (array < 0).any():
        at = tuple(int(i) for i in np.argwhere(array < 0)[0])
        raise ArgumentError(
            f"{name} must hold probabilities; entry {at if len(at) > 1 else at[0]} is {array[at]:g}"
        )
    sums = array.sum(axis=-1)
    if not np.allclose(sums, 1, atol=1e-8):
        at = np.argwhere(np.abs(np.atleast_1d(sums) - 1) > 1e-8)[0]
        which = f"row {int(at[-1])} sums" if array.ndim > 1 else "it sums"
        raise ArgumentError(
            f"{name} must sum to one along the last axis; {which} to {np.atleast_1d(sums)[tuple(at)]:g}"
        )
    return array


def check_choice(value, name, valid):
    """Return `value` if it is one of the names in `valid`.

    Examples
    --------
    >>> check_choice("simpsn", "rule", ["midpoint", "simpson"])
    Traceback (most recent call last):
    mathforml.errors.ArgumentError: unknown rule 'simpsn'; valid: midpoint, simpson
    """
    valid = list(valid)
    if not isinstance(value, str) or value not in valid:
        raise ArgumentError(f"unknown {name} {value!r}; valid: {', '.join(valid)}")
    return value


def check_seed(seed):
    """Return a numpy random generator made of an int, None or a generator.

    Examples
    --------
    >>> check_seed(0).integers(10)
    np.int64(8)
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is None or (isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0):
        return np.random.default_rng(seed)
    raise ArgumentError(f"seed must be a non-negative integer, None or a numpy Generator, not {seed!r:.60}")
