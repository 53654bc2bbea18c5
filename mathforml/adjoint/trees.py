"""Parameters in nested containers, as one vector and back."""

import numpy as np

from mathforml.autodiff.tree import flatten, rebuild
from mathforml.checks import check_array


def as_floats(tree, name="theta"):
    """Return nested containers of float arrays.

    Raises
    ------
    ArgumentError
        If a leaf is not a finite array of numbers.
    """
    return rebuild(tree, [check_array(leaf, name)[()] for leaf in flatten(tree)])


def vector(tree):
    """Return all numbers in one vector."""
    return np.concatenate([np.zeros(0), *(np.ravel(leaf) for leaf in flatten(tree))])


def from_vector(numbers, like):
    """Return the numbers in containers and shapes like `like`."""
    leaves, start = [], 0
    for leaf in flatten(like):
        leaves.append(np.reshape(numbers[start : start + np.size(leaf)], np.shape(leaf))[()])
        start += np.size(leaf)
    return rebuild(like, leaves)


def add(a, b):
    """Return the sum of two trees of one structure."""
    return rebuild(a, [x + y for x, y in zip(flatten(a), flatten(b))])
