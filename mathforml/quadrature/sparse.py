"""Smolyak's sparse grids: of all products of one-dimensional rules only those with a small sum of levels."""

from __future__ import annotations

from itertools import combinations
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
        If an argument is not as above, corners are given for "gauss_hermite", or the grid would be too
        large: 20 million nodes, 100 million numbers.

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
    size, most = _size(kind, d, level), MOST_NODES // max(1, d // 5)
    if size > most:
        raise ArgumentError(f"the grid would have up to {size:.3g} nodes, above {most:.3g}; lower level or d")
    rules = [_rule(kind, k) for k in range(level + 1)]
    where, line = _number_nodes(rules)
    codes, weights = [], []  # a node's code: which of its coordinates are off the centre, and where on the line
    for total in range(max(0, level - d + 1), level + 1):
        coefficient = (-1) ** (level - total) * comb(d - 1, level - total)
        for active in range(min(total, 1), min(total, d) + 1):  # dimensions above level 0, which is one node
            dimensions = np.array(list(combinations(range(d), active)))
            for ks in _compositions(total, active):
                grid = np.array([x.ravel() for x in np.meshgrid(*(where[k] for k in ks), indexing="ij")]).T
                weight = np.array([coefficient * rules[0].weights[0] ** (d - active)])
                for k in ks:
                    weight = np.multiply.outer(weight, rules[k].weights).ravel()
                code = np.zeros((len(dimensions), len(weight), max(1, min(d, level))), dtype=np.int64)
                if active:
                    code[:, :, :active] = 1 + dimensions[:, None] * len(line) + grid
                    code[:, :, :active][:, grid == where[0]] = 0
                codes.append(code.reshape(-1, code.shape[-1]))
                weights.append(np.tile(weight, len(dimensions)))
    codes, weights = _merge(np.sort(np.concatenate(codes)), np.concatenate(weights), 1 + d * len(line))
    ids = np.full((len(codes), d), where[0])
    row, column = np.nonzero(codes)
    dimension, number = np.divmod(codes[row, column] - 1, len(line))
    ids[row, dimension] = number
    half = (upper - lower) / 2
    return Rule((lower + upper) / 2 + half * line[ids], weights * np.prod(half))


def _size(kind, d, level):
    """Return the number of nodes of all products together: Σ over |k| = total of Π n_k, a power of a series."""
    k = np.arange(level + 1.0)
    lengths = np.append(1, 2 ** np.minimum(k[1:], 100) + 1) if kind == "clenshaw_curtis" else k + 1
    power = np.append(1.0, np.zeros(level))
    for bit in f"{d:b}":
        power = np.convolve(power, power)[: level + 1]
        if bit == "1":
            power = np.convolve(power, lengths)[: level + 1]
        power = np.minimum(power, 1e100)
    return power[max(0, level - d + 1) :].sum()


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


def _compositions(total, parts):
    """Yield all tuples of that many whole numbers of at least 1 with that sum."""
    if not parts:
        yield ()
        return
    for cuts in combinations(range(1, total), parts - 1):
        yield tuple(np.diff((0, *cuts, total)))


def _merge(codes, weights, bound):
    """Add up the weights of equal rows."""
    key = np.zeros(len(codes), dtype=np.int64)
    for column in codes.T:  # one number a row; sorting it after every column keeps it small
        key = np.unique(key * bound + column, return_inverse=True)[1]
    _, first, key = np.unique(key, return_index=True, return_inverse=True)
    return codes[first], np.bincount(key, weights)
