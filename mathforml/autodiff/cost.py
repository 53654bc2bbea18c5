"""What derivatives cost, counted instead of timed: operations done, arrays kept."""

import weakref
from dataclasses import dataclass

import numpy as np

from mathforml.autodiff.tape import Tape
from mathforml.autodiff.trace import Traced
from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_callable


@dataclass(frozen=True)
class Cost:
    """What a call has cost.

    Attributes
    ----------
    operations : int
        Numbers that numpy's ufuncs computed; a product of matrices counts its multiplications, a sum its terms.
        `np.einsum` and `np.linalg` are no ufuncs and not counted.
    stored : int
        The most arrays that tapes held at one time.
    """

    operations: int
    stored: int


def cost(f, *args):
    """Call a function and count what it does with its arguments and what comes of them.

    Parameters
    ----------
    f : callable
        One with derivatives inside, such as `grad(loss)`, or the plain one to compare with.
    args : arrays or nested containers of arrays
        Those of floating-point numbers are followed, until `np.asarray` makes plain ones of them: what a solver
        does to find x*(θ) in `mathforml.implicit` is not counted, what its derivative rule does is.

    Returns
    -------
    Cost

    Examples
    --------
    >>> from mathforml.autodiff import grad
    >>> cost(lambda x: np.sum(np.sin(x)), np.ones(5))
    Cost(operations=10, stored=0)
    >>> cost(grad(lambda x: np.sum(np.sin(x))), np.ones(5))
    Cost(operations=20, stored=3)
    """
    check_callable(f)
    operations = 0

    class Counted(np.ndarray):
        def __getitem__(self, index):
            return np.asarray(super().__getitem__(index)).view(Counted)  # single numbers too

        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            nonlocal operations
            if any(type(x) is Traced for x in inputs):
                return NotImplemented  # it comes back with the values
            inputs = [np.asarray(x) if type(x) is Counted else x for x in inputs]
            if "out" in options:
                options["out"] = tuple(np.asarray(x) for x in options["out"])
            result = getattr(ufunc, method)(*inputs, **options)
            size = np.size(result) if method in ("__call__", "outer") else np.size(inputs[0])
            operations += size * np.shape(inputs[0])[-1] if ufunc is np.matmul else size
            if isinstance(result, tuple):
                return tuple(np.asarray(part).view(Counted) for part in result)
            return None if result is None else np.asarray(result).view(Counted)

    leaves = [np.array(x).view(Counted) if np.asarray(x).dtype.kind == "f" else x for x in flatten(args)]
    before, Tape.meter = Tape.meter, _Meter()
    try:
        f(*rebuild(args, leaves))
        return Cost(operations, Tape.meter.stored)
    finally:
        Tape.meter = before


class _Meter:
    # A tape is longest when its backward pass begins.
    def __init__(self):
        self.tapes, self.stored = weakref.WeakSet(), 0

    def look(self):
        self.stored = max(self.stored, sum(len(tape.nodes) for tape in self.tapes))
