"""What was found: clusters, and everything that can be asked about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphmining.duplicates.clusters import cluster, condense, ruled_dendrogram, without
from graphmining.duplicates.items import Items
from graphmining.duplicates.pairs import Pairs
from graphmining.duplicates.threshold import Threshold, given
from graphmining.graph.csr import Graph


@dataclass(frozen=True, eq=False, repr=False)
class Duplicates:
    """Items and their clusters; `find_duplicates` makes one.

    Attributes
    ----------
    items : Items
    pairs : Pairs
        What was compared; its `notes` say what was left out.
    scores : ndarray of float64, shape (pairs,)
    threshold : Threshold
        Its `value` and the `reason` for it.
    labels : ndarray of int32, shape (n,)
        The cluster of each item, also where it is the only one in it.
    steps : Steps
        The candidate step, the score (with what it learned) and the method.
    rules : Rules
    groups : ndarray of int64, shape (n,)
        The first of the items that count as one, because they are equal or must be together.
    seed : int
    """

    items: Items
    pairs: Pairs
    scores: np.ndarray
    threshold: Threshold
    labels: np.ndarray
    steps: object
    rules: object
    groups: np.ndarray
    seed: int

    def __len__(self):
        return len(self.clusters)

    def __repr__(self):
        among = int((np.bincount(self.labels, minlength=1)[self.labels] > 1).sum()) if len(self.labels) else 0
        return (
            f"Duplicates: {len(self.clusters):,} clusters of {among:,} of {len(self.items):,} items, "
            f"threshold {self.threshold.value:.3f}"
        )

    @cached_property
    def clusters(self):
        """Ids of the items of each cluster of two or more: list of list; the largest first."""
        return [[self.items.ids[at] for at in members] for members in self.members]

    @cached_property
    def members(self):
        """Positions of the items of each cluster of two or more: list of list of int, ascending."""
        if not len(self.labels):
            return []
        order = np.argsort(self.labels, kind="stable")
        sizes = np.bincount(self.labels)
        ends = np.cumsum(sizes)
        several = np.flatnonzero(sizes > 1)
        several = several[np.lexsort((several, -sizes[several]))]
        return [order[ends[at] - sizes[at] : ends[at]].tolist() for at in several]

    @cached_property
    def _condensed(self):
        graph, _, node = condense(len(self.items), self.groups, self.pairs.left, self.pairs.right, self.scores)
        return without(graph, node[self.rules.apart]), node

    @cached_property
    def linked(self):
        """All that a chain can lead over, a Graph of positions: scores above 0, and 1 where items are one."""
        left, right, n = self.pairs.left, self.pairs.right, len(self.items)
        kept = (self.scores > 0) & (self.groups[left] != self.groups[right])
        same = np.flatnonzero(self.groups != np.arange(n))
        return Graph.from_edges(
            np.concatenate([left[kept], self.groups[same]]),
            np.concatenate([right[kept], same]),
            np.concatenate([self.scores[kept], np.ones(len(same))]),
            n=n,
        )

    @cached_property
    def dendrogram(self):
        """Average linkage of all scores: a Dendrogram, to be cut at any threshold.

        Every cut of it keeps the rules. Pairs that are no candidates count as unlike.
        """
        graph, node = self._condensed
        return ruled_dendrogram(graph, node, self.items.ids, self.rules)

    def at(self, threshold, *, threads=None):
        """The same with another threshold; nothing is scored again.

        Average linkage is cut from the one dendrogram of all scores; where scores are equal, a search with this
        threshold may have merged them in another order.

        Parameters
        ----------
        threshold : float
            From 0 to 1.
        threads : int, optional

        Returns
        -------
        Duplicates

        Raises
        ------
        OptionError
            If it is no number from 0 to 1.
        """
        threshold = given(threshold)
        if threshold.value == self.threshold.value:
            return self
        if self.steps.method == "average":
            labels = self.dendrogram.cut(threshold.value)
        else:
            graph, node = self._condensed
            labels = cluster(
                graph, node, self.steps.method, threshold.value, self.rules, seed=self.seed, threads=threads
            )
        return replace(self, threshold=threshold, labels=labels)

    def graph(self):
        """The pairs of at least the threshold as `networkx.Graph`.

        Nodes have the attribute `cluster`, edges `weight`, the score, and `within`: whether both ends share a
        cluster.
        """
        import networkx as nx

        graph = nx.Graph()
        ids = self.items.ids
        graph.add_nodes_from((name, {"cluster": label}) for name, label in zip(ids, self.labels.tolist()))
        kept = self.scores >= self.threshold.value
        rows = zip(self.pairs.left[kept].tolist(), self.pairs.right[kept].tolist(), self.scores[kept].tolist())
        for a, b, score in rows:
            within = bool(self.labels[a] == self.labels[b])
            graph.add_edge(ids[a], ids[b], weight=score, within=within)
        for place in np.flatnonzero(self.groups != np.arange(len(ids))).tolist():
            first = int(self.groups[place])
            within = bool(self.labels[first] == self.labels[place])
            graph.add_edge(ids[first], ids[place], weight=1.0, within=within)
        return graph

    @cached_property
    def representatives(self):
        """Position of the most typical item of each cluster of two or more: list of int.

        That is the one with the highest sum of scores with the others; of equal ones the one with most text,
        then the first.
        """
        inside = self.labels[self.pairs.left] == self.labels[self.pairs.right]
        scores = self.scores[inside]
        total = np.bincount(self.pairs.left[inside], scores, len(self.items))
        total += np.bincount(self.pairs.right[inside], scores, len(self.items))
        if self.items.vectors is None:
            lengths = np.array([len(text) for text in self.items.texts], np.int64)
        else:
            lengths = np.zeros(len(self.items), np.int64)
        return [max(cluster, key=lambda at: (total[at], lengths[at], -at)) for cluster in self.members]

    def frame(self):
        """A pandas frame with a row an item.

        Columns: `id`, `cluster` (from 0, the largest first; -1 where an item is alone), `size`, `representative`
        (an id), `list` (where there are two), then the items' own.
        """
        import pandas as pd

        n = len(self.items)
        number, size = np.full(n, -1), np.ones(n, np.int64)
        representative = list(self.items.ids)
        for place, (members, best) in enumerate(zip(self.members, self.representatives)):
            number[members], size[members] = place, len(members)
            for at in members:
                representative[at] = self.items.ids[best]
        columns = {"id": list(self.items.ids), "cluster": number, "size": size, "representative": representative}
        if self.items.lists is not None:
            columns["list"] = self.items.lists
        own = {name if name not in columns else f"{name} (column)": v for name, v in self.items.fields.items()}
        return pd.DataFrame(columns | own)

    def explain(self, one, other):
        """Why two items are together, or are not; see `graphmining.duplicates.explanation.explain`."""
        from graphmining.duplicates.explanation import explain

        return explain(self, one, other)

    def curve(self, truth):
        """Precision, recall and F1 at every threshold; see `graphmining.duplicates.curves.curve`."""
        from graphmining.duplicates.curves import curve

        return curve(self, truth)

    def assign(self, new, *, id=None, threads=None):
        """Add items, and leave settled clusters alone; see `graphmining.duplicates.assignment.assign`."""
        from graphmining.duplicates.assignment import assign

        return assign(self, new, id=id, threads=threads)

    def html(self, path, *, title="Duplicates", most=500):
        """Write a page for review; see `graphmining.duplicates.review.write_review`."""
        from graphmining.duplicates.review import write_review

        write_review(self, path, title=title, most=most)

    def to_dict(self):
        """What `graphmining duplicates --json` prints: dict of plain values."""
        return {
            "items": len(self.items),
            "threshold": self.threshold.value,
            "clusters": self.clusters,
            "reason": self.threshold.reason,
            "method": self.steps.method,
            "candidates": len(self.pairs),
            "notes": list(self.pairs.notes),
        }

    def summary(self):
        """A few sentences on what was found: list of str."""
        found = sum(map(len, self.members))
        sizes = f", the largest of {len(self.members[0]):,}" if self.members else ""
        candidates = type(self.steps.candidates).__name__
        score = type(self.steps.score).__name__.removeprefix("Fitted")
        clusters = f"{len(self.clusters):,} clusters ({self.steps.method})"
        lines = [
            f"{len(self.pairs):,} candidate pairs ({candidates}), scored by {score}",
            f"threshold {self.threshold.value:.3f}: {self.threshold.reason}",
            f"{clusters} of {found:,} of {len(self.items):,} items{sizes}",
        ]
        learned = self.steps.score.describe()
        return [*lines[:1], *([learned] if learned else []), *lines[1:], *self.pairs.notes]

    def same(self, one, other):
        """Whether two items, by id, are in one cluster.

        Raises
        ------
        GraphError
            If there is no such item.
        """
        return bool(self.labels[self.items.position(one)] == self.labels[self.items.position(other)])
