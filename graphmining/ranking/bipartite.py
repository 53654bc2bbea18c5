"""Similarity ranking in bipartite graphs, for any choice of categories."""

from __future__ import annotations

import numpy as np

from graphmining.errors import GraphError, OptionError, unknown
from graphmining.graph.csr import Graph
from graphmining.graph.interface import as_graph, is_networkx
from graphmining.memory import check_memory
from graphmining.ranking.checks import check_count, check_damping, check_positive

METHODS = ("adamic-adar", "common-neighbors", "jaccard", "personalized-pagerank")


def reduce_and_aggregate(graph, categories, *, method="personalized-pagerank", weight="weight"):
    """Prepare similarity rankings of the nodes on one side of a bipartite graph.

    The graph joins actors to items, say advertisers to queries, and every item is in one category. Reducing
    computes for each category what actors have in common through its items; the result answers, for any
    categories, which actors are most similar, exactly as the graph with only their items would, without the
    items.

    Parameters
    ----------
    graph : networkx graph, Graph or scipy sparse
        Undirected; every edge joins an actor to an item. Weights must not be negative.
    categories : dict of node to hashable
        The category of each item. All other nodes are actors.
    method : {"adamic-adar", "common-neighbors", "jaccard", "personalized-pagerank"}
        As in `similar_nodes`.
    weight : str or None
        Edge attribute for "personalized-pagerank"; the other methods count neighbours.

    Returns
    -------
    Reduction
        Its method `similar(node, categories, k=10)` gives the ranking.

    Raises
    ------
    GraphError
        If the graph is directed, an edge does not join an actor to an item, an item is unknown, or the pairs of
        actors do not fit into memory.
    OptionError
        If the method is unknown.

    Notes
    -----
    Counts add up over categories [1]_. So do the weights Σ w(a, i) w(i, b) / w(i) of two steps from actor a over
    the items i of a category to actor b, with w(i) the sum of the weights at i: a walk that stops with
    probability 1 - alpha before a step is on the side of the actors a walk with alpha² on these weights, and its
    personalised PageRank there is theirs divided by 1 + alpha. Reducing costs a step for each pair of actors at an
    item.

    References
    ----------
    .. [1] Epasto, Feldman, Lattanzi, Leonardi, Mirrokni 2014, Reduce and aggregate: similarity ranking in
       multi-categorical bipartite graphs, doi:10.1145/2566486.2568025

    Examples
    --------
    >>> import networkx as nx
    >>> bought = nx.Graph([("Ann", "ale"), ("Bob", "ale"), ("Ann", "pen"), ("Cy", "pen")])
    >>> reduction = reduce_and_aggregate(bought, {"ale": "drink", "pen": "desk"}, method="jaccard")
    >>> reduction.similar("Ann", ["desk"]), reduction.similar("Ann")
    ([('Cy', 1.0)], [('Bob', 0.5), ('Cy', 0.5)])
    """
    if method not in METHODS:
        raise OptionError(unknown("method", method, METHODS))
    walk = method == "personalized-pagerank"
    g = as_graph(graph, weight=weight if walk else None, directed=False)
    if not isinstance(categories, dict):
        raise OptionError(f"categories must be a dict of item to category, not {type(categories).__name__}")
    codes = {}
    category = np.full(len(g), -1, np.int64)
    category[g.positions(categories)] = [codes.setdefault(name, len(codes)) for name in categories.values()]
    _check_sides(g, category)
    actors = np.flatnonzero(category < 0)
    incidence = g.to_scipy()[actors]
    if not walk:
        incidence.data[:] = 1  # parallel edges count once
    reduced = {name: _reduce(incidence[:, category == code], method) for name, code in codes.items()}
    return Reduction(g, is_networkx(graph), actors, reduced, method)


class Reduction:
    """What actors have in common, by category; made by `reduce_and_aggregate`."""

    def __init__(self, graph, named, actors, reduced, method):
        self._graph, self._named, self._actors, self._reduced = graph, named, actors, reduced
        self._method = method
        self._last = None, None

    @property
    def categories(self):
        """The categories in the order of their first items: list."""
        return list(self._reduced)

    def similar(self, node, categories=None, *, k=10, alpha=0.85, epsilon=1e-6):
        """The actors most similar to one, by the items of some categories.

        Parameters
        ----------
        node : node
            An actor.
        categories : collection, optional
            Default: all.
        k : int
            How many actors at most; only ones with a similarity above 0 count.
        alpha, epsilon : float
            Of `personalized_pagerank`, on the graph with the items. The score of no actor is too small by more
            than `epsilon` times its degree.

        Returns
        -------
        list of (node, float), or positions (ndarray of int64) and similarities (ndarray of float64)
            The highest similarity first, then by position. Arrays where the graph was no networkx graph.

        Raises
        ------
        GraphError
            If the node is no actor.
        OptionError
            If a category is unknown, or another option's value cannot work.
        """
        chosen = self._choose(categories)
        k = check_count("k", k)
        position = self._graph.position(node)
        actor = int(np.searchsorted(self._actors, position))
        if actor == len(self._actors) or self._actors[actor] != position:
            raise GraphError(f"node {node!r} is an item; similarity is between actors")
        if self._method == "personalized-pagerank":
            scores = self._walk(chosen, actor, alpha, epsilon)
        else:
            scores = self._count(chosen, actor)
        scores[actor] = 0
        found = np.flatnonzero(scores)
        found = found[np.lexsort((found, -scores[found]))[:k]]
        positions, scores = self._actors[found], scores[found]
        if not self._named:
            return positions, scores
        names = self._graph.names()
        return [(names[v], score) for v, score in zip(positions.tolist(), scores.tolist())]

    def _choose(self, categories):
        if categories is None:
            return tuple(self._reduced)
        if isinstance(categories, (str, bytes)) or not hasattr(categories, "__iter__"):
            raise OptionError(f"categories must be a collection of categories, not {categories!r}")
        wanted = set(categories)
        for name in wanted:
            if name not in self._reduced:
                raise OptionError(unknown("category", name, map(str, self._reduced)))
        return tuple(name for name in self._reduced if name in wanted)

    def _count(self, chosen, actor):
        scores, own = np.zeros(len(self._actors)), np.zeros(len(self._actors))
        for matrix in map(self._reduced.get, chosen):
            row = slice(matrix.indptr[actor], matrix.indptr[actor + 1])
            scores[matrix.indices[row]] += matrix.data[row]
            if self._method == "jaccard":
                own += matrix.diagonal()
        if self._method == "jaccard":
            np.divide(scores, own[actor] + own - scores, out=scores, where=scores > 0)
        return scores

    def _walk(self, chosen, actor, alpha, epsilon):
        from graphmining.ranking.push import Push

        alpha = check_damping("alpha", alpha, below_one=True)
        epsilon = check_positive("epsilon", epsilon)
        if self._last[0] != chosen:
            self._last = chosen, self._combine(chosen)
        push = Push(self._last[1], alpha**2, epsilon * (1 + alpha))
        push.run(np.array([actor]), np.ones(1))
        return push.scores / (1 + alpha)

    def _combine(self, chosen):
        from scipy.sparse import csr_array

        shape = (len(self._actors), len(self._actors))
        total = sum((self._reduced[name] for name in chosen), csr_array(shape))
        return Graph(total.indptr.astype(np.int64), total.indices, total.data)


def _check_sides(graph, category):
    wrong = np.flatnonzero((category[graph.rows] < 0) == (category[graph.indices] < 0))
    if len(wrong):
        u, v = int(graph.rows[wrong[0]]), int(graph.indices[wrong[0]])
        what = "actors, as neither has a category" if category[u] < 0 else "items, as both have a category"
        names = graph.names()
        raise GraphError(
            f"edge ({names[u]!r}, {names[v]!r}) joins two {what}; every edge must join an actor to an item"
        )


def _reduce(incidence, method):
    """Sum over the items of one category, for each pair of actors: csr_array, shape (actors, actors)."""
    from scipy.sparse import diags_array

    sizes = np.bincount(incidence.indices, minlength=incidence.shape[1]).astype(np.float64)
    pairs = min((sizes**2).sum(), float(incidence.shape[0]) ** 2)
    check_memory(int(pairs * 24), f"the {int(pairs):,} pairs of actors with an item in common")
    if method == "adamic-adar":
        credit = 1 / np.log(np.maximum(sizes, 2))
    elif method == "personalized-pagerank":
        volumes = incidence.sum(axis=0)
        credit = np.divide(1, volumes, out=np.zeros(len(volumes)), where=volumes > 0)
    else:
        credit = np.ones(len(sizes))
    # The root on both sides: the product is symmetric to the last bit.
    half = incidence @ diags_array(np.sqrt(credit))
    reduced = (half @ half.T).tocsr()
    reduced.sort_indices()
    return reduced
