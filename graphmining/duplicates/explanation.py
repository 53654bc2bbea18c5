"""Why two items are together: the path that joins them, its weakest edge, the fields that agree and differ."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np

from graphmining.duplicates.constraints import meetings
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
        Of the two themselves; None if they were not compared, as of items that are equal only one is.
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
    graph = found.linked
    places = widest_path(graph, a, b, inside=found.labels == found.labels[a]) if together else []
    places = places or widest_path(graph, a, b)
    ids = found.items.ids
    path = [(ids[u], ids[v], _weight(graph, u, v)) for u, v in pairwise(places)]
    weakest = min(path, key=lambda edge: edge[2]) if path else None
    merged_at = _merged_at(found.dendrogram, a, b)
    return Explanation(
        one=one,
        other=other,
        together=together,
        score=_score(found.pairs, found.scores, min(a, b), max(a, b)),
        path=path,
        weakest=weakest,
        merged_at=merged_at,
        threshold=found.threshold.value,
        fields=differences(found.items, a, b),
        reason=_reason(found, a, b, weakest, merged_at),
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
    names = list(items.fields)
    values = np.nan_to_num(compare_fields(items, pairs, names=names).values)
    return dict(zip(names, values.T.tolist()))


def widest_path(graph, a, b, *, inside=None):
    """The path whose least weight is largest.

    Dijkstra's algorithm with the minimum of weights in the place of their sum [1]_.

    Parameters
    ----------
    graph : Graph
    a, b : int
        Its ends.
    inside : ndarray of bool, shape (n,), optional
        Nodes it may go through.

    Returns
    -------
    list of int
        Its nodes; empty if there is none.

    References
    ----------
    .. [1] Pollack 1960, The maximum capacity through a network, doi:10.1287/opre.8.5.733
    """
    came = {}
    queue = [(-np.inf, 0, a, a)]
    while queue and b not in came:
        weakest, steps, node, before = heappop(queue)
        if node in came:
            continue
        came[node] = before
        own = slice(graph.indptr[node], graph.indptr[node + 1])
        for neighbor, weight in zip(graph.indices[own].tolist(), graph.weights[own].tolist()):
            if neighbor not in came and (inside is None or inside[neighbor]):
                heappush(queue, (max(weakest, -weight), steps + 1, neighbor, node))
    if b not in came:
        return []
    path = [b]
    while path[-1] != a:
        path.append(came[path[-1]])
    return path[::-1]


def _weight(graph, u, v):
    own = slice(graph.indptr[u], graph.indptr[u + 1])
    return float(graph.weights[own][graph.indices[own] == v][0])


def _score(pairs, scores, low, high):
    """The score of a pair, or None."""
    start, stop = np.searchsorted(pairs.left, [low, low + 1])
    place = start + np.searchsorted(pairs.right[start:stop], high)
    return float(scores[place]) if place < stop and pairs.right[place] == high else None


def _merged_at(dendrogram, a, b):
    """The similarity at which two leaves come together, or None."""
    if a == b:
        return None
    merge = meetings(dendrogram.merges, len(dendrogram.nodes), np.array([a]), np.array([b]))[0]
    return float(dendrogram.similarities[merge]) if merge >= 0 else None


def _reason(found, a, b, weakest, merged_at):
    one, other = found.items.ids[a], found.items.ids[b]
    threshold, method = found.threshold.value, found.steps.method
    if a == b:
        return f"{one!r} is one item"
    label, other_label = found.labels[a], found.labels[b]
    names = f"{one!r} and {other!r} are {'together' if label == other_label else 'apart'}"
    if label == other_label:
        if found.groups[a] == found.groups[b]:
            return f"{names}: they are equal, or were said to be the same"
        names = f"{names} (threshold {threshold:.3f})"
        if method == "average" and merged_at is not None:
            return f"{names}: on average the parts of the cluster that join them are {merged_at:.3f} alike"
        if weakest is not None:
            return f"{names}: the weakest link of the path between them is {weakest[2]:.3f}"
        return names
    links = found.rules.apart
    if len(links) and {a, b} in map(set, links.tolist()):
        return f"{names}: cannot_link says so"
    if weakest is None:
        return f"{names}: no chain of compared pairs joins them"
    if weakest[2] < threshold:
        return f"{names}: every path between them has a link below the threshold {threshold:.3f}"
    if len(links) and {label, other_label} in map(set, found.labels[links].tolist()):
        return f"{names}: cannot_link keeps others of their clusters apart"
    most = found.rules.max_size
    if most is not None and np.isin(found.labels, [label, other_label]).sum() > most:
        return f"{names}: together their clusters would have more items than max_size, {most}"
    if method == "mutual-best":
        return f"{names}: they are not each other's best match"
    if method != "average" or (merged_at is not None and merged_at >= threshold):
        return f"{names}: a path joins them, but not the clusters they are in"
    alike = "hardly" if merged_at is None else f"only {merged_at:.3f}"
    average = f"their clusters are {alike} alike on average (threshold {threshold:.3f})"
    return f"{names}: a path joins them, but {average}"
