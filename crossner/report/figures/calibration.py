"""Whether confidences mean what they say: reliability diagram, below it how sure the systems are."""

from __future__ import annotations

from crossner.report.figures.common import (
    INK,
    drawable,
    in_words,
    key,
    listed,
    names_of,
    new_figure,
    one_domain,
    style,
    tidy,
)


def draw(rows, summary=(), *, domain=None, title=None, subtitle=""):
    """Draw a reliability diagram.

    Parameters
    ----------
    rows : list of dict
        `system`, `domain`, `low`, `high`, `confidence`, `accuracy` in percent, `count`: what
        `calibration_rows` gives.
    summary : list of dict
        `system`, `domain`, `ece`: what `calibration_summary` gives; for the legend.
    domain : str, optional
        By default all domains together, where the rows have that.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no row with a value, or it is not clear of which domain.
    """
    domain = one_domain(rows, domain)
    rows = drawable(rows, "accuracy", domain=domain)
    systems = names_of(rows, "system")
    ece = _ece(summary, domain)
    keys = [key(name, index) for index, name in enumerate(systems)]
    for name, artist in zip(systems, keys, strict=True):
        artist.set_label(f"{name} (ECE {ece[name]:.1f})" if name in ece else name)
    figure = new_figure(
        4.6,
        title=f"Calibration {in_words(domain)}" if title is None else title,
        subtitle=subtitle,
        note="On the diagonal confidences are as high as they should be; below it the system is too sure. "
        "Larger marks: more mentions." + (" ECE: expected calibration error (%)." if ece else ""),
        keys=keys,
    )
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3.2, 1))
    tidy(axes, grid="both", spines=("bottom", "left"))
    tidy(below, grid="y")
    axes.plot([0, 100], [0, 100], color=INK, alpha=0.5, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    for index, system in enumerate(systems):
        own = sorted((row for row in rows if row["system"] == system), key=lambda row: row["confidence"])
        look = style(index)
        total = sum(row["count"] for row in own)
        axes.plot(
            [row["confidence"] for row in own],
            [row["accuracy"] for row in own],
            label=system,
            color=look["color"],
            linewidth=1.2,
        )
        axes.scatter(
            [row["confidence"] for row in own],
            [row["accuracy"] for row in own],
            s=[10 + 70 * (row["count"] / total) ** 0.5 for row in own],
            marker=look["marker"],
            color=look["color"],
            facecolor=look["markerfacecolor"],
            zorder=3,
        )
        for row in own:
            share = 100 * row["count"] / total
            below.plot([row["low"], row["high"]], [share, share], color=look["color"], linewidth=2, alpha=0.9)
    axes.set(xlim=(0, 100), ylim=(0, 100), ylabel="correct mentions (%)")
    below.set(xlabel="confidence (%)", ylabel="mentions (%)")
    below.set_ylim(0, None)
    return figure


def describe(rows, summary=(), *, domain=None) -> str:
    """For each system whether it is too sure, and by how much on average."""
    domain = one_domain(rows, domain)
    rows = drawable(rows, "accuracy", domain=domain)
    ece = _ece(summary, domain)
    parts = []
    for system in names_of(rows, "system"):
        own = [row for row in rows if row["system"] == system]
        total = sum(row["count"] for row in own)
        sure, right = (sum(row[name] * row["count"] for row in own) / total for name in ("confidence", "accuracy"))
        text = f"{system}: mean confidence {sure:.1f} %, {right:.1f} % of {total:,} predicted mentions are correct"
        parts.append(text + (f", expected calibration error {ece[system]:.1f} %" if system in ece else ""))
    return f"Calibration {in_words(domain)}. " + listed(parts)


def _ece(summary, domain) -> dict:
    return {row["system"]: row["ece"] for row in summary if row["domain"] == domain and row["ece"] is not None}
