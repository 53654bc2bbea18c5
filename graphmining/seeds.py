"""One way to turn a seed into random numbers."""

from __future__ import annotations

from graphmining.errors import OptionError


def seed_value(seed):
    """A number below 2**63 from whatever networkx takes as a seed.

    Parameters
    ----------
    seed : int, None, random.Random, numpy.random.Generator or numpy.random.RandomState
        None draws a fresh one; a generator is advanced.

    Raises
    ------
    OptionError
        If it is none of these.

    Examples
    --------
    >>> seed_value(7)
    7
    """
    import random

    import numpy as np

    if seed is None:
        return random.SystemRandom().getrandbits(63)
    if isinstance(seed, random.Random):
        return seed.getrandbits(63)
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    if isinstance(seed, np.random.RandomState):
        return int(seed.randint(2**63, dtype=np.uint64))
    if seed is np.random:
        return int(np.random.mtrand._rand.randint(2**63, dtype=np.uint64))
    if isinstance(seed, (int, np.integer)) and not isinstance(seed, bool):
        return int(seed) % 2**63
    raise OptionError(f"seed must be an integer, None or a random generator, not {seed!r}")
