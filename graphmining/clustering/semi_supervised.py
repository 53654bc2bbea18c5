"""Semi-supervised label propagation: a few nodes have labels, all the others learn theirs from them."""

from __future__ import annotations

from itertools import pairwise
from numbers import Integral, Real

import numpy as np

from graphmining.errors import OptionError, unknown
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.memory import check_memory
from graphmining.threads import even_pieces, team, thread_count

METHODS = ("spreading", "harmonic", "expander")


def propagate_labels(
    graph,
    seeds,
    *,
    method="spreading",
    alpha=0.8,
    prior=None,
    prior_weight=0.1,
    hard=False,
    tolerance=1e-4,
    max_iterations=10_000,
    weight="weight",
    threads=None,
):
    """Learn the labels of all nodes from those of a few.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected. Self-loops are ignored.
    seeds : dict, or ndarray of int, shape (n,)
        Node → label; or node → {label: weight}, where a node has several, which are scaled to sum 1. An array
        holds labels 0, 1, … and -1 where there is none.
    method : {"spreading", "harmonic", "expander"}
        "spreading" [1]_: seeds send out their labels, nodes pass on the share `alpha` of what reaches them.
        Seeds may take other labels if their neighbours insist. "harmonic" [2]_: seeds keep their labels, every
        other node has the mean of its neighbours. "expander" [3]_: a compromise of seeds' labels, neighbours'
        labels and a prior, which nodes far from all seeds fall back to.
    alpha : float
        Between 0 and 1: what neighbours count against seeds. Unused by "harmonic".
    prior : dict, optional
        For "expander": label → weight. Default: all labels alike.
    prior_weight : float
        For "expander": at least 0.
    hard : bool
        Give the most likely label instead of probabilities; of equally likely ones, the first.
    tolerance : float
        How far a node may be off its equation: "spreading": in an iteration, as a share of what has reached it;
        else: as a probability.
    max_iterations : int
    weight : str or None
        Edge attribute; None: every edge weighs 1.
    threads : int, optional
        The answer does not depend on it.

    Returns
    -------
    dict or ndarray
        Node → {label: probability}, labels of probability 0 left out; with `hard`, node → label. Where the graph
        is no networkx graph: ndarray of float64, shape (n, labels); with `hard`, the columns of the labels there:
        ndarray of int64, shape (n,). Columns are in the order in which the seeds first name the labels, or 0, 1, …
        A node that no seed reaches has no label: {} and a row of zeros; with `hard`, None and -1. With "expander"
        and a `prior_weight` above 0 it has the prior.

    Raises
    ------
    GraphError
        If the graph is directed, a weight is negative, or a seed is not in the graph.
    OptionError
        If an option or a seed's label has a value that cannot work, or `max_iterations` are too few.

    Notes
    -----
    With Y the labels of the seeds, D the degrees and S = D^(-1/2) W D^(-1/2):

    - "spreading": F = alpha S F + (1 - alpha) Y, iterated from 0; rows are scaled to sum 1 in the end.
    - "harmonic": (D - W) F = 0 on all nodes but the seeds.
    - "expander": the F that minimises (1 - alpha) Σ_seeds |F_v - Y_v|² + alpha Σ_edges w_uv |F_u - F_v|²
      + prior_weight Σ_nodes |F_v - prior|².

    With few seeds in a large graph the harmonic solution is nearly the same number everywhere [4]_.

    The latter two are solved by conjugate gradients [5]_. "spreading" is not: what reaches a node far from all
    seeds is tiny, but its proportions count, and only sums of positive numbers keep them.

    References
    ----------
    .. [1] Zhou, Bousquet, Lal, Weston, Schölkopf 2004, Learning with local and global consistency, NIPS 16
    .. [2] Zhu, Ghahramani, Lafferty 2003, Semi-supervised learning using Gaussian fields and harmonic functions,
       ICML 20
    .. [3] Ravi, Diao 2016, Large scale distributed semi-supervised learning using streaming approximation,
       arXiv:1512.01752
    .. [4] Nadler, Srebro, Zhou 2009, Semi-supervised learning with the graph Laplacian: the limit of infinite
       unlabelled data, NIPS 22
    .. [5] Hestenes, Stiefel 1952, Methods of conjugate gradients for solving linear systems,
       doi:10.6028/jres.049.044

    Examples
    --------
    >>> import networkx as nx
    >>> path = nx.path_graph("abcde")
    >>> soft = propagate_labels(path, {"a": "left", "e": "right"}, method="harmonic")
    >>> {label: round(p, 2) for label, p in soft["b"].items()}
    {'left': 0.75, 'right': 0.25}
    """
    if method not in METHODS:
        raise OptionError(unknown("method", method, METHODS))
    if not isinstance(alpha, Real) or not 0 < alpha < 1:
        raise OptionError(f"alpha must be a number between 0 and 1, not {alpha!r}")
    if not isinstance(prior_weight, Real) or not 0 <= prior_weight < np.inf:
        raise OptionError(f"prior_weight must be a number of at least 0, not {prior_weight!r}")
    if prior is not None and method != "expander":
        raise OptionError(f"a prior is an option of method='expander' only, not of {method!r}")
    if not isinstance(tolerance, Real) or not tolerance > 0:
        raise OptionError(f"tolerance must be a number above 0, not {tolerance!r}")
    if not isinstance(max_iterations, Integral) or max_iterations < 1:
        raise OptionError(f"max_iterations must be an integer of at least 1, not {max_iterations!r}")
    g = as_graph(graph, weight=weight, directed=False)
    pieces = even_pieces(g.indptr, thread_count(threads))
    blocks = _blocks(g, pieces)
    given, names, positions = _read_seeds(g, seeds)
    with team(threads) as run:

        def multiply(columns):
            product = np.empty_like(columns)
            run(_multiply_block, pieces, blocks, columns, product)
            return product

        degrees = multiply(np.ones((len(g), 1)))[:, 0]
        limits = (tolerance, max_iterations)
        if method == "spreading":
            found = _spread(multiply, degrees, given, alpha, *limits)
        elif method == "harmonic":
            diagonal = degrees.copy()
            diagonal[positions] = np.inf  # holds them at 0
            found = given + _solve(multiply, diagonal, multiply(given), *limits)
        else:
            diagonal = alpha * degrees + prior_weight
            diagonal[positions] += 1 - alpha
            right = (1 - alpha) * given + prior_weight * _read_prior(prior, names)
            found = _solve(multiply, diagonal / alpha, right / alpha, *limits)
    np.maximum(found, 0, out=found)
    sums = found.sum(axis=1, keepdims=True)
    np.divide(found, sums, out=found, where=sums > 0)
    return _give(graph, g, found, names, hard)


def _read_seeds(graph, seeds):
    """Labels of the seeds, shape (n, labels); the labels' names; the seeds' positions."""
    if isinstance(seeds, np.ndarray):
        if seeds.shape != (len(graph),) or seeds.dtype.kind not in "iu":
            raise OptionError(
                f"an array of seeds holds {len(graph)} integers, one a node, -1 for no label; "
                f"this one is of {seeds.dtype} and shape {seeds.shape}"
            )
        positions = np.flatnonzero(seeds >= 0)
        columns, shares = seeds[positions].astype(np.int64), np.ones(len(positions))
        rows, names = positions, list(range(int(columns.max(initial=-1)) + 1))
    elif isinstance(seeds, dict):
        positions = graph.positions(seeds)
        column_of, rows, columns, shares = {}, [], [], []
        for position, (node, labels) in zip(positions.tolist(), seeds.items()):
            for label, share in _shares(node, labels).items():
                rows.append(position)
                columns.append(column_of.setdefault(label, len(column_of)))
                shares.append(share)
        names = list(column_of)
    else:
        raise OptionError(f"seeds must be a dict of node to label or an array, not {type(seeds).__name__}")
    if not len(positions):
        raise OptionError("seeds must give at least one node a label")
    check_memory(len(graph) * len(names) * 64, f"{len(names):,} labels of {len(graph):,} nodes")
    given = np.zeros((len(graph), len(names)))
    given[rows, columns] = shares
    return given, names, positions


def _shares(node, labels):
    if not isinstance(labels, dict):
        try:
            return {labels: 1.0}
        except TypeError:
            raise OptionError(f"seed {node!r} has the label {labels!r}; a label must be hashable") from None
    return _scaled(f"seed {node!r}", labels)


def _scaled(what, weights):
    """Weights of labels, of sum 1."""
    numbers = all(isinstance(w, Real) and 0 <= w < np.inf for w in weights.values())
    total = sum(weights.values()) if numbers else 0
    if not total > 0:
        raise OptionError(f"{what} has the labels {weights!r}; their weights must be at least 0, and one above")
    return {label: w / total for label, w in weights.items()}


def _read_prior(prior, names):
    if prior is None:
        return np.full(len(names), 1 / len(names))
    if not isinstance(prior, dict):
        raise OptionError(f"prior must be a dict of label to weight, not {type(prior).__name__}")
    strange = [label for label in prior if label not in names]
    if strange:
        raise OptionError(f"the prior names the label {strange[0]!r}, which no seed has")
    prior = _scaled("the prior", prior)
    return np.array([prior.get(label, 0.0) for label in names])


def _blocks(graph, pieces):
    """Rows of the adjacency matrix without its diagonal, by where they start: dict of csr_array."""
    from scipy.sparse import csr_array

    weights = np.where(graph.indices == graph.rows, 0, graph.weights)
    blocks = {}
    for start, stop in pairwise(pieces):
        first, last = graph.indptr[start], graph.indptr[stop]
        # scipy would widen the indices to the type of the row starts.
        starts = (graph.indptr[start : stop + 1] - first).astype(np.int32 if last - first < 2**31 else np.int64)
        if start < stop:
            rows = weights[first:last], graph.indices[first:last], starts
            blocks[start] = csr_array(rows, shape=(stop - start, len(graph)))
    return blocks


def _multiply_block(start, stop, blocks, columns, product):
    if start < stop:
        product[start:stop] = blocks[start] @ columns


def _spread(multiply, degrees, given, alpha, tolerance, max_iterations):
    """Iterate F = alpha S F + (1 - alpha) Y, up to a factor for each row."""
    # D^(-1/2) F in the place of F saves half of the scaling.
    inverse = np.divide(1, degrees, out=np.zeros_like(degrees), where=degrees > 0)[:, None]
    start = (1 - alpha) * np.where(inverse > 0, np.sqrt(inverse), 1) * given
    found, ones = start, np.ones(given.shape[1])
    for _ in range(max_iterations):
        after = multiply(found)
        after *= alpha * inverse
        after += start
        change = np.abs(after - found)
        found = after
        if np.all(change @ ones <= tolerance * (found @ ones)):
            return found
    raise _not_converged(max_iterations)


def _solve(multiply, diagonal, right, tolerance, max_iterations):
    """Solve (diagonal - W) F = right by conjugate gradients, scaled to a diagonal of ones, column by column."""
    scale = np.sqrt(np.divide(1, diagonal, out=np.zeros_like(diagonal), where=diagonal > 0))[:, None]
    residual = scale * right
    found, step = np.zeros_like(right), residual.copy()
    squares = np.einsum("ij,ij->j", residual, residual)
    for _ in range(max_iterations):
        if np.abs(scale * residual).max() <= tolerance:
            return scale * found
        image = step - scale * multiply(scale * step)
        curvature = np.einsum("ij,ij->j", step, image)
        length = np.divide(squares, curvature, out=np.zeros_like(squares), where=curvature > 0)
        found += length * step
        residual -= length * image
        before, squares = squares, np.einsum("ij,ij->j", residual, residual)
        step *= np.divide(squares, before, out=np.zeros_like(squares), where=before > 0)
        step += residual
    raise _not_converged(max_iterations)


def _not_converged(iterations):
    return OptionError(f"not converged after {iterations} iterations; raise max_iterations or tolerance")


def _give(source, graph, found, names, hard):
    if not is_networkx(source):
        return np.where(found.any(axis=1), found.argmax(axis=1), -1) if hard else found
    if hard:
        best, reached = found.argmax(axis=1).tolist(), found.any(axis=1).tolist()
        return {node: names[b] if r else None for node, b, r in zip(graph.names(), best, reached)}
    rows = zip(graph.names(), found.tolist())
    return {node: {name: p for name, p in zip(names, row) if p > 0} for node, row in rows}
