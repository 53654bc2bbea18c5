"""What kinds of errors each system makes: a bar a system, a part a kind."""

from __future__ import annotations

from crossner.report.figures.common import (
    INK,
    SMALL,
    STYLES,
    drawable,
    in_words,
    listed,
    names_of,
    new_figure,
    one_domain,
    tidy,
    wrap,
)

_RIGHT = "correct"


def draw(rows, *, domain=None, title=None, subtitle=""):
    """Draw shares of kinds of errors.

    Parameters
    ----------
    rows : list of dict
        `system`, `domain`, `kind`, `share` in percent: what `error_rows` gives.
    domain : str, optional
        By default all domains together, where the rows have that.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no row with a share, or it is not clear of which domain.
    """
    from matplotlib.patches import Patch

    domain = one_domain(rows, domain)
    rows = drawable(rows, "share", domain=domain)
    systems, kinds = names_of(rows, "system"), names_of(rows, "kind")
    heads = [wrap(system, 76) for system in systems]
    slots = sum(len(lines) * 0.14 + 0.3 for lines in heads)
    figure = new_figure(
        slots + 0.45,
        title=f"Kinds of errors {in_words(domain)}" if title is None else title,
        subtitle=subtitle,
        note="All gold and predicted mentions, each counted once, pairs that overlap together.",
        keys=[Patch(label=kind, linewidth=0, **_look(kinds, kind)) for kind in kinds],
    )
    axes = tidy(figure.add_subplot(), grid="")
    at = 0.0
    for system, lines in zip(systems, heads, strict=True):
        for line in lines:
            at += 0.14
            axes.text(0, at - 0.045, line, size=SMALL + 0.5, va="baseline", color=INK)
        start = 0.0
        for kind in kinds:
            share = sum(row["share"] for row in rows if (row["system"], row["kind"]) == (system, kind))
            axes.barh(at + 0.1, share, 0.2, start, label=f"{system}: {kind}", linewidth=0, **_look(kinds, kind))
            if share >= 4:
                axes.text(
                    start + share / 2, at + 0.105, f"{share:.0f}", size=SMALL, ha="center", va="center", color=INK
                )
            start += share
        at += 0.3
    axes.set_ylim(at, 0)
    axes.set_xlim(0, 100)
    axes.set_yticks([])
    axes.set_xlabel("share (%)")
    return figure


def describe(rows, *, domain=None) -> str:
    """For each system the shares of all kinds."""
    domain = one_domain(rows, domain)
    rows = drawable(rows, "share", domain=domain)
    parts = [
        f"{system}: " + ", ".join(f"{row['kind']} {row['share']:.1f} %" for row in rows if row["system"] == system)
        for system in names_of(rows, "system")
    ]
    return f"Kinds of errors {in_words(domain)}. " + listed(parts)


def _look(kinds, kind):
    if kind == _RIGHT:
        return {"color": INK, "alpha": 0.12}
    others = [one for one in kinds if one != _RIGHT]
    return {"color": STYLES[others.index(kind) % len(STYLES)][0], "alpha": 0.7}
