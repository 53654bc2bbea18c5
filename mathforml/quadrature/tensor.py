"""Product rules: every combination of the nodes of one rule a dimension."""

from __future__ import annotations

import math

import numpy as np

from mathforml.errors import ArgumentError
from mathforml.quadrature.rule import Rule

MOST_NODES = 20_000_000


def tensor_rule(*rules):
    """Return the product of one-dimensional rules: n_1 × … × n_d nodes in d dimensions.

    Parameters
    ----------
    *rules : Rule
        One a dimension; any pair of nodes and weights will do.

    Returns
    -------
    Rule
        Nodes of shape (n_1 ⋯ n_d, d), the last dimension running fastest.

    Raises
    ------
    ArgumentError
        If there is no rule, one is no pair of vectors of one length, or there would be more than 20 million nodes.

    Examples
    --------
    >>> from mathforml.quadrature import midpoint_rule
    >>> tensor_rule(midpoint_rule(2, 0, 1), midpoint_rule(4, 0, 1)).integrate(lambda x: x[:, 0] * x[:, 1])
    0.25
    """
    try:
        pairs = [(np.asarray(nodes, dtype=float), np.asarray(weights, dtype=float)) for nodes, weights in rules]
    except (TypeError, ValueError):
        pairs = []
    if not pairs or any(x.ndim != 1 or x.shape != w.shape for x, w in pairs):
        raise ArgumentError("tensor_rule takes rules: pairs of nodes and weights, each of shape (n)")
    size = math.prod(len(x) for x, _ in pairs)
    if size > MOST_NODES:
        raise ArgumentError(
            f"the product would have {size:.3g} nodes, above {MOST_NODES:.3g}; sparse_grid needs far fewer"
        )
    nodes = np.stack([x.ravel() for x in np.meshgrid(*(x for x, _ in pairs), indexing="ij")], axis=1)
    weights = pairs[0][1]
    for _, w in pairs[1:]:
        weights = np.multiply.outer(weights, w).ravel()
    return Rule(nodes, weights)
