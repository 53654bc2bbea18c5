"""Why two items are together: the path that joins them, its weakest edge, the fields that agree and differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.scoring.fields import compare_fields, plain


@dataclass(frozen=True)
class FieldDifference:
    """A column of two records.

    Attributes
    ----------
    name : str
    values : tuple of two (str or None)
    similarity : float or None
        From 0 to 1; None where one of the two has no value.
    verdict : {"same", "similar", "different", "missing"}
        Similar: at least one half.
    """

    name: str
    values: tuple[str | None, str | None]
    similarity: float | None
    verdict: str


@dataclass(frozen=True)
class Explanation:
    """Why two items are in one cluster, or are not. Its text says it in a few lines.

    Attributes
    ----------
    one, other : hashable
        Ids.
    together : bool
    score : float or None
        Of the two themselves; None if they were not compared.
    path : list of tuple (id, id, float)
        The chain of compared pairs from one to the other whose weakest pair is as strong as can be; of items of
        one cluster it stays inside, if it can. Empty if there is none.
    weakest : tuple (id, id, float) or None
        The pair of the path with the lowest score.
    merged_at : float or None
        Average similarity of the two clusters at which the dendrogram joins the two; None if it never does.
    threshold : float
    fields : list of FieldDifference
    reason : str
        One sentence.
    """

    one: object
    other: object
    together: bool
    score: float | None
    path: list
    weakest: tuple | None
    merged_at: float | None
    threshold: float
    fields: list
    reason: str

    def __str__(self):
        lines = [self.reason]
        if self.score is not None:
            lines.append(f"compared directly: {self.score:.3f}")
        if len(self.path) > 1:
            steps = "".join(f" –{score:.3f}– {b!r}" for _, b, score in self.path)
            lines.append(f"path: {self.path[0][0]!r}{steps}")
            lines.append("weakest link: {!r} and {!r}, {:.3f}".format(*self.weakest))
        for field in self.fields:
            values = " | ".join("–" if value is None else value for value in field.values)
            similarity = "" if field.similarity is None else f" {field.similarity:.2f}"
            lines.append(f"  {field.verdict:<9}{similarity:>5}  {field.name}: {values}")
        return "\n".join(lines)

    def to_dict(self):
        """Plain values, for JSON."""
        from dataclasses import asdict

        return asdict(self)


def explain(found, one, other):
    """Why two items are together, or are not.

    Parameters
    ----------
    found : Duplicates
    one, other : hashable
        Ids of items.

    Returns
    -------
    Explanation

    Raises
    ------
    GraphError
        If there is no such item.

    Examples
    --------
    >>> from graphmining import find_duplicates
    >>> found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3)
    >>> found.explain(0, 1).together, found.explain(0, 2).path
    (True, [])
    """
    a, b = found.items.position(one), found.items.position(other)
    together = bool(found.labels[a] == found.labels[b])
    graph = _compared(found)
    inside = graph
    if together:
        members = np.flatnonzero(found.labels == found.labels[a])
        inside = graph.subgraph(members.tolist())
    places = widest_path(inside, a, b) or (widest_path(graph, a, b) if together else [])
    ids = found.items.ids
    path = [(ids[u], ids[v], graph[u][v]["weight"]) for u, v in zip(places, places[1:])]
    weakest = min(path, key=lambda edge: edge[2]) if path else None
    score = graph[a][b]["weight"] if graph.has_edge(a, b) else None
    merged_at = _merged_at(found.dendrogram, a, b)
    return Explanation(
        one=one,
        other=other,
        together=together,
        score=score,
        path=path,
        weakest=weakest,
        merged_at=merged_at,
        threshold=found.threshold.value,
        fields=differences(found.items, a, b),
        reason=_reason(found, a, b, together, weakest, merged_at),
    )


def differences(items, a, b):
    """Columns of two records: list of FieldDifference; empty for vectors."""
    return compare_pairs(items, Pairs(np.array([a]), np.array([b])))[0]


def compare_pairs(items, pairs):
    """Columns of pairs of records: list of list of FieldDifference, empty ones for vectors."""
    if items.vectors is not None:
        return [[] for _ in range(len(pairs))]
    similarities = _similarities(items, pairs)
    found = []
    for place, (a, b) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist())):
        row = []
        for name, column in items.fields.items():
            values = column[a], column[b]
            if None in values:
                row.append(FieldDifference(name, values, None, "missing"))
                continue
            same = plain(values[0]) == plain(values[1])
            similarity = 1.0 if same else similarities[name][place]
            verdict = "same" if same else "similar" if similarity >= 0.5 else "different"
            row.append(FieldDifference(name, values, round(similarity, 4), verdict))
        found.append(row)
    return found


def _similarities(items, pairs):
    """The similarity of each pair by column, 0 where none can be told: dict of str to list of float."""
    compared = compare_fields(items, pairs)
    found = {}
    for name, column in items.fields.items():
        values = np.zeros(len(pairs))
        if name in compared.names:
            values = np.nan_to_num(compared.values[:, compared.names.index(name)])
        elif len(items.fields) > 1:
            # What hardly any pair has is not compared: then by itself, where both have it.
            both = [None not in (column[a], column[b]) for a, b in zip(pairs.left, pairs.right)]
            if any(both):
                alone = Items(items.ids, {name: column})
                values[both] = _similarities(alone, pairs.keep(np.array(both)))[name]
        found[name] = values.tolist()
    return found


def widest_path(graph, a, b):
    """The path whose least weight is largest; of such paths one with few edges: list of nodes, or [].

    Dijkstra's algorithm with the minimum of weights in the place of their sum [1]_.

    References
    ----------
    .. [1] Pollack 1960, The maximum capacity through a network, doi:10.1287/opre.8.5.733
    """
    import heapq

    if a not in graph or b not in graph:
        return []
    came = {}
    queue = [(-np.inf, 0, a, a)]
    while queue:
        weakest, steps, node, before = heapq.heappop(queue)
        if node in came:
            continue
        came[node] = before
        if node == b:
            break
        for neighbor, data in graph.adj[node].items():
            if neighbor not in came:
                heapq.heappush(queue, (max(weakest, -data["weight"]), steps + 1, neighbor, node))
    if b not in came:
        return []
    path = [b]
    while path[-1] != a:
        path.append(came[path[-1]])
    return path[::-1]


def _compared(found):
    """All pairs that were compared, by position; equal items are joined with the first of them."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(len(found.items)))
    positive = found.scores > 0
    graph.add_weighted_edges_from(
        zip(
            found.pairs.left[positive].tolist(),
            found.pairs.right[positive].tolist(),
            found.scores[positive].tolist(),
        )
    )
    for place in np.flatnonzero(found.groups != np.arange(len(found.items))).tolist():
        graph.add_edge(int(found.groups[place]), place, weight=1.0)
    return graph


def _merged_at(dendrogram, a, b):
    """The similarity at which two leaves come together, or None."""
    if a == b:
        return None
    n = len(dendrogram.nodes)
    cluster = {a: 0, b: 1}
    for i, (left, right) in enumerate(dendrogram.merges.tolist()):
        sides = cluster.pop(left, None), cluster.pop(right, None)
        if sides[0] is not None and sides[1] is not None:
            return float(dendrogram.similarities[i])
        side = sides[0] if sides[0] is not None else sides[1]
        if side is not None:
            cluster[n + i] = side
    return None


def _reason(found, a, b, together, weakest, merged_at):
    one, other = found.items.ids[a], found.items.ids[b]
    threshold = found.threshold.value
    if a == b:
        return f"{one!r} is one item"
    names = f"{one!r} and {other!r}"
    if found.groups[a] == found.groups[b]:
        return f"{names} are together: they are equal, or were said to be the same"
    average = f"on average the parts of the cluster that join them are {merged_at:.3f} alike" if merged_at else ""
    if together:
        how = average if found.steps.method == "average" and average else ""
        if not how and weakest is not None:
            how = f"the weakest link of the path between them is {weakest[2]:.3f}"
        return f"{names} are together (threshold {threshold:.3f})" + (f": {how}" if how else "")
    if weakest is None:
        return f"{names} are apart: no chain of compared pairs joins them"
    if weakest[2] < threshold:
        return f"{names} are apart: every path between them has a link below the threshold {threshold:.3f}"
    links = found.rules.apart
    if len(links) and ({a, b} in [set(link) for link in links.tolist()]):
        return f"{names} are apart: cannot_link says so"
    if found.steps.method == "mutual-best":
        return f"{names} are apart: they are not each other's best match"
    average = f"only {merged_at:.3f} alike on average" if merged_at else "hardly alike on average"
    return f"{names} are apart: a path joins them, but their clusters are {average} (threshold {threshold:.3f})"
