"""Precision and recall at every threshold, where the truth is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from graphmining.duplicates.clusters import groups_of
from graphmining.errors import GraphError
from graphmining.measures.agreement import pairwise_scores

_THRESHOLDS = 101


class Curve(NamedTuple):
    """Pairwise scores by threshold.

    Attributes
    ----------
    thresholds, precision, recall, f1 : ndarray of float64, shape (thresholds,)
        Thresholds ascend.
    """

    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray

    def draw(self, *, ax=None, threshold=None):
        """Draw precision, recall and F1 by threshold; returns the matplotlib axes.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        threshold : float, optional
            To be marked.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(6, 3.6), layout="constrained")[1]
        styles = (("precision", "#0072b2", "--"), ("recall", "#d55e00", "-."), ("f1", "#000000", "-"))
        for name, color, style in styles:
            ax.plot(self.thresholds, getattr(self, name), style, color=color, label=name.replace("f1", "F1"))
        if threshold is not None:
            ax.axvline(threshold, color="#999999", linewidth=1)
            side = -1 if threshold > 0.85 else 1  # where there is room
            ax.annotate(
                f"{threshold:.2f}",
                (threshold, 0.02),
                xytext=(3 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                color="#666666",
            )
        ax.set(xlabel="threshold", ylabel="pairwise score", xlim=(0, 1), ylim=(0, 1.02))
        ax.grid(axis="y", alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, loc="lower center", ncols=3, bbox_to_anchor=(0.5, 1.0))
        return ax


def curve(found, truth):
    """Pairwise precision, recall and F1 of the clusters at 101 thresholds from 0 to 1; nothing is scored again.

    Parameters
    ----------
    found : Duplicates
    truth : iterable of collections of ids, or dict of id to label
        True clusters; items that are in none are alone. Pairs are clusters too: those that share an item are one.

    Returns
    -------
    Curve

    Examples
    --------
    >>> from graphmining import find_duplicates
    >>> found = find_duplicates(["a b c d e", "a b c d f", "x y z"], threshold=0.3)
    >>> found.curve([{0, 1}]).f1.max()
    np.float64(1.0)
    """
    labels = read_truth(found.items, truth)
    thresholds = np.linspace(0, 1, _THRESHOLDS)
    rows = [pairwise_scores(found.at(threshold).labels, labels) for threshold in thresholds]
    return Curve(thresholds, *(np.array([row[name] for row in rows]) for name in ("precision", "recall", "f1")))


def read_truth(items, truth):
    """Labels of items from true clusters: ndarray of int64, shape (n,).

    Parameters
    ----------
    items : Items
    truth : iterable of collections of ids, or dict of id to label
        As for `curve`.

    Raises
    ------
    GraphError
        If it has another form, or names an unknown item.
    """
    if isinstance(truth, dict):
        clusters = {}
        for identity, label in truth.items():
            clusters.setdefault(label, []).append(identity)
        truth = clusters.values()
    if not isinstance(truth, Iterable):
        raise GraphError(f"true clusters are collections of ids, not {truth!r}")
    links = []
    for group in truth:
        if isinstance(group, (str, bytes)) or not isinstance(group, Iterable):
            raise GraphError(f"true clusters are collections of ids; {group!r} is none")
        places = [items.position(identity) for identity in group]
        links.extend((places[0], place) for place in places[1:])
    return groups_of(len(items), None, np.array(links, np.int64).reshape(-1, 2))
