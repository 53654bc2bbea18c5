"""F1 by entity type of one domain, the most frequent type first, a mark a system."""

from __future__ import annotations

from crossner.report.figures.common import drawable, in_words, key, listed, names_of, new_figure, one_domain, tidy
from crossner.report.figures.dots import grouped, groups_height, whiskers


def draw(rows, *, domain=None, title=None, subtitle=""):
    """Draw F1 by entity type.

    Parameters
    ----------
    rows : list of dict
        `system`, `domain`, `type`, `mean`, `gold` (mentions in the test split) and, where known, `low`,
        `high`, `sd`.
    domain : str, optional
        Needed where the rows are of several.
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
    support = _support(rows)
    systems = names_of(rows, "system")
    figure = new_figure(
        groups_height(systems, support),
        title=f"F1 by entity type {in_words(domain)}" if title is None else title,
        subtitle=subtitle,
        note=f"n: mentions in the test split. {whiskers(rows)}",
        keys=[key(name, index) for index, name in enumerate(systems)],
    )
    axes = tidy(figure.add_subplot())
    labels = [f"{name}  n = {count:,.0f}" for name, count in support.items()]
    grouped(axes, rows, systems, list(support), "type", labels=labels)
    axes.set_xlabel("F1 (%)")
    return figure


def describe(rows, *, domain=None) -> str:
    """For each system its best and its worst type."""
    domain = one_domain(rows, domain)
    rows = drawable(rows, domain=domain)
    support = _support(rows)
    parts = []
    for system in names_of(rows, "system"):
        own = sorted((row for row in rows if row["system"] == system), key=lambda row: row["mean"])
        worst, best = own[0], own[-1]
        parts.append(
            f"{system} is best on {best['type']} ({best['mean']:.1f}) and worst on {worst['type']} "
            f"({worst['mean']:.1f}, {support[worst['type']]:,.0f} mentions)"
        )
    return f"F1 of {len(support)} entity types {in_words(domain)}: " + listed(parts)


def _support(rows) -> dict:
    """Mentions by type, most first."""
    support: dict[str, float] = {}
    for row in rows:
        support[row["type"]] = max(support.get(row["type"], 0), row.get("gold") or 0)
    return dict(sorted(support.items(), key=lambda item: -item[1]))
