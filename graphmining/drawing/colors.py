"""Colours and marks of clusters, and axes to draw on."""

from __future__ import annotations

import numpy as np

# Told apart also by the colour-blind (Tol 2021, Colour schemes, "muted"); further clusters get other marks.
COLORS = (
    "#332288",
    "#CC6677",
    "#44AA99",
    "#DDCC77",
    "#88CCEE",
    "#882255",
    "#117733",
    "#999933",
    "#AA4499",
)
MARKS = ("o", "s", "^", "D")
GREY = "#AAAAAA"


def cluster_colors(sizes):
    """Colour of each cluster, the largest first.

    Parameters
    ----------
    sizes : sequence of int
        Descending.

    Returns
    -------
    list of str
        Grey for a single node among larger clusters, and where colours and marks have run out.
    """
    largest = max(sizes, default=0)
    return [
        COLORS[number % len(COLORS)] if number < len(COLORS) * len(MARKS) and (size > 1 or largest == 1) else GREY
        for number, size in enumerate(sizes)
    ]


def cluster_mark(number):
    """Mark of a cluster."""
    return MARKS[number // len(COLORS)] if number < len(COLORS) * len(MARKS) else MARKS[0]


def text_color(color):
    """Black or white, whichever can be read on a colour."""
    from matplotlib.colors import to_rgb

    return "white" if np.dot(to_rgb(color), (0.299, 0.587, 0.114)) < 0.55 else "black"


def open_axes(ax, figsize):
    """The axes given, or those of a new figure that belongs to no window."""
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=figsize, layout="constrained").add_subplot()
