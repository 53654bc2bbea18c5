"""How far each system moves from protocol to protocol: the same predictions, counted in other ways."""

from __future__ import annotations

from crossner.report.figures.common import (
    TOGETHER,
    drawable,
    in_words,
    key,
    listed,
    names_of,
    new_figure,
    one_domain,
    signed,
    style,
    tidy,
)
from crossner.report.figures.dots import grouped, groups_height, whiskers


def draw(rows, *, domain=None, headline=None, title=None, subtitle=""):
    """Draw F1 by protocol; dotted lines go on from each system's F1 under the headline protocol.

    Parameters
    ----------
    rows : list of dict
        `system`, `protocol`, `domain`, `mean` and, where known, `sd`: what `protocol_rows` gives.
    domain : str, optional
        By default the average, where the rows have that.
    headline : str, optional
        The protocol to measure from; by default the first.
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
    rows = drawable(rows, domain=domain)
    systems, protocols = names_of(rows, "system"), names_of(rows, "protocol")
    headline = protocols[0] if headline is None else headline
    start = {row["system"]: row["mean"] for row in rows if row["protocol"] == headline}
    figure = new_figure(
        groups_height(systems, protocols),
        title=f"F1 by scoring protocol {in_words(domain)}" if title is None else title,
        subtitle=subtitle,
        note=" ".join(
            [
                f"Dotted: {headline}.",
                *(["At the right: points from there."] if len(systems) <= TOGETHER else []),
                whiskers(rows),
            ]
        ),
        keys=[key(name, index) for index, name in enumerate(systems)],
    )
    axes = tidy(figure.add_subplot())
    for index, system in enumerate(systems):
        if system in start:
            axes.axvline(start[system], color=style(index)["color"], linewidth=1, linestyle=(0, (1, 2)), zorder=1)

    def shift(row):
        if row["protocol"] == headline or row["system"] not in start:
            return f"{row['mean']:.1f}"
        return signed(row["mean"] - start[row["system"]])

    grouped(axes, rows, systems, protocols, "protocol", text=shift)
    axes.set_xlabel("F1 (%)")
    return figure


def describe(rows, *, domain=None, headline=None) -> str:
    """For each system F1 under the headline protocol, and the protocols that give least and most."""
    domain = one_domain(rows, domain)
    rows = drawable(rows, domain=domain)
    headline = names_of(rows, "protocol")[0] if headline is None else headline
    parts = []
    for system in names_of(rows, "system"):
        own = sorted((row for row in rows if row["system"] == system), key=lambda row: row["mean"])
        start = [f"{row['mean']:.1f} under {headline}" for row in own if row["protocol"] == headline]
        ends = f"from {own[0]['mean']:.1f} ({own[0]['protocol']}) to {own[-1]['mean']:.1f} ({own[-1]['protocol']})"
        parts.append(f"{system} {', '.join([*start, ends])}")
    return f"F1 {in_words(domain)} by protocol: " + listed(parts)
