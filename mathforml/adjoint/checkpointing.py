"""The states of a recursion in reverse order, with much memory, with √T or with log T of it.

Each function is a generator of (t, x_t) for t = T, T−1, …, 0. It computes states with `advance(x, a, b)`, which steps
from x_a to x_b, and tells the `Ledger` what it keeps.
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


def store_all(advance, x0, n_steps, ledger):
    """Keep every state: T + 1 in memory, T steps computed.

    Examples
    --------
    >>> [t for t, _ in store_all(lambda x, a, b: x, 0.0, 3, Ledger())]
    [3, 2, 1, 0]
    """
    states = [x0]
    ledger.keep()
    for t in range(n_steps):
        states.append(advance(states[t], t, t + 1))
        ledger.keep()
    while states:
        yield len(states) - 1, states.pop()
        ledger.keep(-1)


def segments(advance, x0, n_steps, ledger):
    """Keep the first state of each of √T segments; on the way back, those of one segment more: 2√T in memory.

    Nearly every step is computed twice.

    Examples
    --------
    >>> ledger = Ledger()
    >>> states = list(segments(lambda x, a, b: x + b - a, 0, 100, ledger))
    >>> ledger.peak, ledger.evaluations
    (20, 190)
    """
    size = math.isqrt(max(n_steps, 1))
    starts = range(0, n_steps + 1, size)
    firsts = [x0]
    ledger.keep()
    for a in starts[:-1]:
        firsts.append(advance(firsts[-1], a, a + size))
        ledger.keep()
    for a in reversed(starts):
        inside = store_all(advance, firsts.pop(), min(size - 1, n_steps - a), Shifted(ledger))
        yield from ((a + t, x) for t, x in inside)
