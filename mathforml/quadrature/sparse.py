"""Smolyak's sparse grids: of all products of one-dimensional rules only those with a small sum of levels."""

from __future__ import annotations

from math import comb

import numpy as np

from mathforml.checks import check_array, check_choice, check_count
from mathforml.errors import ArgumentError
from mathforml.quadrature.clenshaw_curtis import clenshaw_curtis_rule
from mathforml.quadrature.gauss import gauss_hermite_rule, gauss_legendre_rule
from mathforml.quadrature.rule import Rule
from mathforml.quadrature.tensor import MOST_NODES

KINDS = ["clenshaw_curtis", "gauss_legendre", "gauss_hermite"]


def sparse_grid(d, level, *, kind="clenshaw_curtis", lower=-1.0, upper=1.0):
    """Return Smolyak's rule in d dimensions, exact for all polynomials of total degree 2·level + 1.

    It is the sum of (−1)^(level − |k|) (d−1 choose level − |k|) U_{k_1} ⊗ ⋯ ⊗ U_{k_d} over the levels k with
    level − d < |k| ≤ level, each U_k a one-dimensional rule that is exact to degree 2k + 1. Some weights are
    negative.

    Parameters
    ----------
    d : int
        Dimensions.
    level : int
        0 is one node; each level more is two degrees more.
    kind : {"clenshaw_curtis", "gauss_legendre", "gauss_hermite"}
        The one-dimensional rules. Clenshaw–Curtis rules have 1, 3, 5, 9, 17, … nested nodes; the Gauss rules have
        level + 1. "gauss_hermite" is for expectations under N(0, I), the others for integrals over a box.
    lower, upper : float or array_like, shape (d,)
        Corners of the box.

    Returns
    -------
    Rule
        Nodes of shape (N, d), no two of them equal.

    Raises
    ------
    ArgumentError
        If an argument is not as above, corners are given for "gauss_hermite", or the grid would have more than 20
        million nodes.

    References
    ----------
    Smolyak 1963; Novak, Ritter 1999, Simple cubature formulas with high polynomial exactness,
    doi:10.1007/s003659900119; Gerstner, Griebel 1998, doi:10.1023/A:1019129717644

    Examples
    --------
    >>> grid = sparse_grid(10, 2)
    >>> len(grid.weights), grid.integrate(lambda x: x[:, 3] ** 4).__round__(9)  # 2¹⁰ / 5
    (221, 204.8)
    """
    d, level = check_count(d, "d"), check_count(level, "level", least=0)
    check_choice(kind, "kind", KINDS)
    lower, upper = _corners(lower, upper, d, kind)
    rules = [_rule(kind, k) for k in range(level + 1)]
    where, line = _number_nodes(rules)
    terms = [
        (excess, coefficient, indices)
        for excess in range(max(0, level - d + 1), level + 1)
        for coefficient in [(-1) ** (level - excess) * comb(d - 1, level - excess)]
        for indices in _compositions(excess, d)
    ]
    size = sum(np.prod([len(rules[k].nodes) for k in indices], dtype=float) for *_, indices in terms)
    if size > MOST_NODES:
        raise ArgumentError(
            f"the grid would have up to {size:.3g} nodes, above {MOST_NODES:.3g}; lower level or d"
        )
    ids, weights = [], []
    for _, coefficient, indices in terms:
        active = [j for j, k in enumerate(indices) if k]  # level 0 is one node
        grid = np.meshgrid(*(where[indices[j]] for j in active), indexing="ij", copy=False)
        weight = np.array([coefficient * rules[0].weights[0] ** (d - len(active))])
        for j in active:
            weight = np.multiply.outer(weight, rules[indices[j]].weights).ravel()
        ids.append(np.full((len(weight), d), where[0]))
        for j, axis in zip(active, grid):
            ids[-1][:, j] = axis.ravel()
        weights.append(weight)
    ids, weights = _merge(np.concatenate(ids), np.concatenate(weights), len(line))
    half = (upper - lower) / 2
    return Rule((lower + upper) / 2 + half * line[ids], weights * np.prod(half))


def _rule(kind, k):
    if kind == "gauss_legendre":
        return gauss_legendre_rule(k + 1)
    if kind == "gauss_hermite":
        nodes, weights = gauss_hermite_rule(k + 1, kind="probabilist")
        return Rule(nodes, weights / np.sqrt(2 * np.pi))
    return clenshaw_curtis_rule(2**k) if k else Rule(np.zeros(1), np.full(1, 2.0))


def _corners(lower, upper, d, kind):
    if kind == "gauss_hermite" and not (np.ndim(lower) == np.ndim(upper) == 0 and (lower, upper) == (-1, 1)):
        raise ArgumentError("lower and upper are for a box; gauss_hermite integrates over the whole space")
    lower, upper = (
        check_array(np.full(d, corner) if np.ndim(corner) == 0 else corner, name, shape=(d,))
        for corner, name in ((lower, "lower"), (upper, "upper"))
    )
    if not (lower < upper).all():
        raise ArgumentError("lower must be below upper in every dimension")
    return lower, upper


def _number_nodes(rules):
    """Return the numbers of each rule's nodes in the list of all nodes, and that list."""
    line, number = np.unique(np.concatenate([rule.nodes for rule in rules]) + 0.0, return_inverse=True)
    return np.split(number, np.cumsum([len(rule.nodes) for rule in rules])[:-1]), line


def _compositions(total, d):
    """Yield all tuples of d whole numbers of at least 0 with that sum."""
    if d == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, d - 1):
            yield (first, *rest)


def _merge(ids, weights, count):
    """Add up the weights of equal rows."""
    key = np.zeros(len(ids), dtype=np.int64)
    for column in ids.T:  # one number a row; sorting it after every column keeps it small
        key = np.unique(key * count + column, return_inverse=True)[1]
    _, first, key = np.unique(key, return_index=True, return_inverse=True)
    return ids[first], np.bincount(key, weights)
