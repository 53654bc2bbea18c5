"""The table as a picture: F1 by domain, a mark a regime, whiskers for the spread over seeds."""

from __future__ import annotations

from crossner.report.figures.common import STYLES
from crossner.report.figures.common import save_figure as save_plot
from crossner.report.table import short_revision

__all__ = ["plot_table", "row_name", "save_plot"]

LABELLED = 4  # rows whose values are written beside their marks


def plot_table(table, *, rows=None):
    """Draw a table.

    Parameters
    ----------
    table : dict
        What `crossner.report.table.make_table` gives.
    rows : list of dict, optional
        Rows to draw; all by default.

    Returns
    -------
    matplotlib.figure.Figure
        Not attached to any window.
    """
    from matplotlib.figure import Figure

    rows = table["rows"] if rows is None else rows
    columns = [*table["domains"], "average"]
    figure = Figure(figsize=(1.45 * len(columns) + 1, 4.2), layout="constrained")
    axes = figure.add_subplot()
    width = min(0.16, 0.7 / len(rows))
    for index, row in enumerate(rows):
        color, marker = STYLES[index % len(STYLES)]
        offset = (index - (len(rows) - 1) / 2) * width
        points = [
            (x + offset, summary["mean"], summary["sd"] or 0.0)
            for x, column in enumerate(columns)
            if (summary := row["average"] if column == "average" else row["f1"].get(column))
        ]
        if not points:
            continue
        x, y, spread = zip(*points, strict=True)
        axes.errorbar(
            x, y, spread, color=color, marker=marker, linestyle="none", capsize=3, label=row_name(row, rows)
        )
        for position, value, whisker in zip(x, y, spread, strict=True):
            axes.vlines(position, 0, value, color=color, alpha=0.18, linewidth=7)
            if len(rows) > LABELLED:
                continue  # the numbers of so many would stand on each other
            axes.annotate(
                f"{value:.1f}",
                (position, value + whisker),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=7,
                color=color,
            )
    axes.axvline(len(columns) - 1.5, color="0.8", linewidth=1)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_xlim(-0.6, len(columns) - 0.4)
    axes.set_ylim(0, None)
    axes.margins(y=0.12)
    axes.set_xlabel("target domain")
    axes.set_ylabel("F1 (%)")
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=min(3, len(rows)), frameon=False)
    seeds = max(len(row["seeds"]) for row in rows)
    axes.set_title(
        f"{table['data']['name']} @ {short_revision(table['data']['revision'])} · strict entity micro F1, test · "
        + (f"mean ± sd over up to {seeds} seeds" if seeds > 1 else "one seed"),
        fontsize=9,
        color="0.35",
    )
    return figure


def row_name(row, rows) -> str:
    """A row's name, as short as keeps it apart from the other rows."""
    keys = [key for key in ("tagger", "encoder", "shots") if len({other[key] for other in rows}) > 1]
    parts = [str(row[key]) for key in keys if row[key] is not None]
    if len({len(other["seeds"]) for other in rows}) > 1:
        parts.append(f"{len(row['seeds'])} seed{'s' if len(row['seeds']) > 1 else ''}")
    return " · ".join([row["regime"], *parts, *([row["options"]] if row["options"] else [])])
