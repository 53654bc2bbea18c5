"""Nested lists, tuples and dictionaries of arrays: taken apart into leaves and put together again."""

from mathforml.errors import ArgumentError


def flatten(tree):
    """Return the leaves of a nested container, from left to right.

    Examples
    --------
    >>> flatten({"w": [1.0, 2.0], "b": (3.0, None)})
    [1.0, 2.0, 3.0]
    """
    if isinstance(tree, list | tuple):
        return [leaf for branch in tree for leaf in flatten(branch)]
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in flatten(branch)]
    return [] if tree is None else [tree]


def rebuild(tree, leaves):
    """Return a container like `tree` that holds `leaves`.

    Examples
    --------
    >>> rebuild({"w": [1.0, 2.0], "b": (3.0, None)}, "xyz")
    {'w': ['x', 'y'], 'b': ('z', None)}
    """
    return _rebuild(tree, iter(leaves))


def _rebuild(tree, leaves):
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_rebuild(branch, leaves) for branch in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(_rebuild(branch, leaves) for branch in tree)
    if isinstance(tree, dict):
        return {key: _rebuild(branch, leaves) for key, branch in tree.items()}
    return None if tree is None else next(leaves)


def flatten_like(tree, other, name):
    """Return the leaves of `other` in the order of `tree`, whose structure it must have.

    Raises
    ------
    ArgumentError
        If it has another one.
    """
    if isinstance(tree, list | tuple):
        if not isinstance(other, list | tuple) or len(other) != len(tree):
            raise ArgumentError(f"{name} must have the structure {describe(tree)}, not {describe(other)}")
        return [leaf for a, b in zip(tree, other) for leaf in flatten_like(a, b, name)]
    if isinstance(tree, dict):
        if not isinstance(other, dict) or other.keys() != tree.keys():
            raise ArgumentError(f"{name} must have the structure {describe(tree)}, not {describe(other)}")
        return [leaf for key, branch in tree.items() for leaf in flatten_like(branch, other[key], name)]
    if tree is None:
        return []
    if isinstance(other, tuple | dict) or (isinstance(other, list) and getattr(tree, "ndim", 0) == 0):
        raise ArgumentError(f"{name} must have the structure {describe(tree)}, not {describe(other)}")
    return [other]


def describe(tree):
    """Return the structure in words: brackets and the shapes of the leaves.

    Examples
    --------
    >>> import numpy as np
    >>> describe({"w": [np.ones((2, 3)), 1.0]})
    '{w: [array (2, 3), number]}'
    """
    if isinstance(tree, list):
        return f"[{', '.join(map(describe, tree))}]"
    if isinstance(tree, tuple):
        return f"({', '.join(map(describe, tree))}{',' * (len(tree) == 1)})"
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{key}: {describe(branch)}' for key, branch in tree.items())}}}"
    if tree is None:
        return "None"
    shape = getattr(tree, "shape", ())
    return f"array {shape}" if shape else "number"
