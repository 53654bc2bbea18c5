"""Threads over kernels that release the interpreter lock.

Answers never depend on their number: work is cut into pieces by the data, and each piece writes to
places of its own.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

from graphmining.errors import OptionError


def thread_count(threads=None):
    """Number of threads to use.

    Parameters
    ----------
    threads : int, optional
        Default: the environment variable GRAPHMINING_THREADS, else all cores this process may use.

    Raises
    ------
    OptionError
        If the number is not a positive integer.
    """
    if threads is None:
        threads = os.environ.get("GRAPHMINING_THREADS") or _cores()
    try:
        count = int(threads)
    except (TypeError, ValueError):
        count = 0
    if count < 1 or count != float(threads):
        raise OptionError(f"threads must be a positive integer, not {threads!r}")
    return count


def _cores():
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


@contextmanager
def team(threads=None):
    """Open a pool of threads.

    Yields
    ------
    callable
        `run(kernel, starts, *arguments)`: calls `kernel(starts[i], starts[i + 1], *arguments)` for every
        i and waits for all of them. One thread calls in order, without a pool.

    Examples
    --------
    >>> out = [0, 0, 0]
    >>> def fill(start, stop, out):
    ...     out[start:stop] = range(start, stop)
    >>> with team(2) as run:
    ...     run(fill, [0, 2, 3], out)
    >>> out
    [0, 1, 2]
    """
    threads = thread_count(threads)
    if threads == 1:

        def run(kernel, starts, *arguments):
            for start, stop in pairwise(starts):
                kernel(start, stop, *arguments)

        yield run
        return
    with ThreadPoolExecutor(threads - 1, thread_name_prefix="graphmining") as pool:

        def run(kernel, starts, *arguments):
            others = [pool.submit(kernel, start, stop, *arguments) for start, stop in pairwise(starts[1:])]
            kernel(starts[0], starts[1], *arguments)
            for other in others:
                other.result()

        yield run


def even_pieces(indptr, pieces):
    """Cut rows into consecutive pieces of about equal work.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Where each row starts.
    pieces : int

    Returns
    -------
    list of int
        n boundaries: 0, …, n, never descending.

    Examples
    --------
    >>> import numpy as np
    >>> even_pieces(np.array([0, 10, 11, 12, 20]), 2)
    [0, 2, 4]
    """
    import numpy as np

    rows = len(indptr) - 1
    # A row costs its entries and something for itself.
    cost = indptr + np.arange(rows + 1)
    targets = cost[-1] * np.arange(1, pieces) / pieces
    return [0, *np.searchsorted(cost, targets).tolist(), rows]
