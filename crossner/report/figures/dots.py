"""Marks with intervals, in groups below each other: what most figures are made of."""

from __future__ import annotations

from crossner.report.figures.common import INK, SMALL, TOGETHER, TOTALS, style


def points(axes, name, index, rows, places, *, value="mean"):
    """Draw a series: a mark a row, a line from `low` to `high`, a thick one of one sd either side.

    Parameters
    ----------
    rows : list of dict
        With `value`, and perhaps `low`, `high`, `sd`.
    places : list of float
        Where on the y axis, for each row.
    """
    look = style(index)
    for row, place in zip(rows, places, strict=True):
        if row.get("low") is not None and row.get("high") is not None:
            axes.plot([row["low"], row["high"]], [place, place], color=look["color"], linewidth=1.3, zorder=2)
        if row.get("sd"):
            ends = [max(0, row[value] - row["sd"]), min(100, row[value] + row["sd"])]
            axes.plot(
                ends,
                [place, place],
                color=look["color"],
                linewidth=4.5,
                alpha=0.4,
                solid_capstyle="butt",
                zorder=2,
            )
    axes.plot([row[value] for row in rows], places, label=name, zorder=3, **look)


def pitch(systems) -> float:
    """Inches between series that stand below each other."""
    return 0.155 if len(systems) <= TOGETHER else 0.07


def groups_height(systems, groups) -> float:
    """Inches that `grouped` needs, with its x axis."""
    return len(groups) * (len(systems) * pitch(systems) + 0.12) + 0.5


def grouped(axes, rows, systems, groups, column, *, labels=None, text=lambda row: f"{row['mean']:.1f}"):
    """Groups of marks below each other, in each a mark a system; few systems get their numbers at the right.

    Parameters
    ----------
    rows : list of dict
        With `system`, the column of groups, `mean`, and perhaps `low`, `high`, `sd`.
    systems, groups : list of str
        In order.
    column : str
        Which one holds the group.
    labels : list of str, optional
        How groups are named.
    text : callable
        From a row to what is written at the right.

    Returns
    -------
    dict of (str, str) to float
        Where on the y axis each system of each group is.
    """
    step = len(systems) + 0.12 / pitch(systems)
    places = {(s, g): j * step + i for i, s in enumerate(systems) for j, g in enumerate(groups)}
    for index, system in enumerate(systems):
        own = [row for row in rows if row["system"] == system]
        points(axes, system, index, own, [places[system, row[column]] for row in own])
    found = {(row["system"], row[column]): row for row in rows}
    for who, place in places.items() if len(systems) <= TOGETHER else ():
        beside(axes, place, text(found[who]) if who in found else "–")
    edge = (step - len(systems) + 1) / 2
    axes.set_yticks([j * step + (len(systems) - 1) / 2 for j in range(len(groups))], labels or groups)
    for j in range(1, len(groups)):
        alpha = 0.45 if groups[j] in TOTALS else 0.13
        axes.axhline(j * step - edge, color=INK, alpha=alpha, linewidth=0.6)
    axes.set_ylim(len(groups) * step - edge, -edge)
    return places


def beside(axes, place, text, *, width=26):
    """Write at the right of an axes, in a column of `width` points."""
    axes.annotate(
        text,
        (1, place),
        (width, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        size=SMALL,
        color=INK,
        alpha=0.8,
        annotation_clip=False,
    )


def whiskers(rows) -> str:
    """What lines mean, for those that are there."""
    parts = []
    if any(row.get("low") is not None for row in rows):
        parts.append("Lines: 95 % intervals.")
    if any(row.get("sd") for row in rows):
        parts.append("Thick: one standard deviation over seeds either side.")
    return " ".join(parts)
