"""The states of a recursion in reverse order, with much memory, with √T or with log T of it.

Each function is a generator of (t, x_t) for t = T, T−1, …, 0. It computes states with `advance(x, a, b)`, which
steps from x_a to x_b, and tells the `Ledger` what it keeps.
"""

import math
from dataclasses import dataclass


@dataclass
class Ledger:
    """What a schedule has used.

    Attributes
    ----------
    held, peak : int
        States in memory: now, and at most so far.
    evaluations : int
        Steps computed.
    """

    held: int = 0
    peak: int = 0
    evaluations: int = 0

    def keep(self, number=1):
        """Count states that come into memory, or with a negative number leave it."""
        self.held += number
        self.peak = max(self.peak, self.held)


def store_all(advance, x, n_steps, ledger, start=0):
    """Keep every state: T + 1 in memory, T steps computed.

    Examples
    --------
    >>> list(store_all(lambda x, a, b: x + b - a, 0.0, 3, Ledger()))
    [(3, 3.0), (2, 2.0), (1, 1.0), (0, 0.0)]
    """
    states = [x]
    ledger.keep()
    for t in range(start, start + n_steps):
        states.append(advance(states[-1], t, t + 1))
        ledger.keep()
    while states:
        yield start + len(states) - 1, states.pop()
        ledger.keep(-1)


def segments(advance, x, n_steps, ledger, start=0):
    """Keep the first states of √T segments and, on the way back, all of one: 2√T in memory, about 2T steps.

    Examples
    --------
    >>> ledger = Ledger()
    >>> len(list(segments(lambda x, a, b: x, 0.0, 100, ledger))), ledger.peak
    (101, 19)
    """
    size = math.isqrt(max(n_steps, 1))
    starts = range(start, start + n_steps + 1, size)
    firsts = [x]
    ledger.keep()
    for a in starts[:-1]:
        firsts.append(advance(firsts[-1], a, a + size))
        ledger.keep()
    for a in reversed(starts):
        ledger.keep(-1)
        yield from store_all(advance, firsts.pop(), min(size - 1, start + n_steps - a), ledger, a)


def bisection(advance, x, n_steps, ledger, start=0):
    """Keep the middle, then the middle of the rest, and so on: log₂ T in memory, about ½ T log₂ T steps.

    Examples
    --------
    >>> ledger = Ledger()
    >>> len(list(bisection(lambda x, a, b: x, 0.0, 100, ledger))), ledger.peak
    (101, 8)
    """
    ledger.keep()
    while n_steps:
        half = (n_steps + 1) // 2
        middle = advance(x, start, start + half)
        yield from bisection(advance, middle, n_steps - half, ledger, start + half)
        n_steps = half - 1
    yield start, x
    ledger.keep(-1)


SCHEDULES = {"all": store_all, "segments": segments, "bisection": bisection}
