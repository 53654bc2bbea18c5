"""Random numbers inside kernels: splitmix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195).

A kernel keeps a state of 64 bits, adds STEP to it before each use, and turns it into a number.
"""

from __future__ import annotations

import numpy as np

from graphmining.jit import inlined

STEP = np.uint64(0x9E3779B97F4A7C15)


@inlined
def mix(state):
    """64 random bits."""
    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@inlined
def uniform(state):
    """A number in [0, 1), with 53 random bits."""
    return (mix(state) >> np.uint64(11)) * 2.0**-53
