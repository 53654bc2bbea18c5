"""F1 by target domain, a mark a system: side by side where systems are few, else a panel a domain."""

from __future__ import annotations

from crossner.report.figures.common import (
    INK,
    SMALL,
    TOGETHER,
    TOTALS,
    drawable,
    in_words,
    key,
    name_rows,
    names_of,
    new_figure,
    tidy,
    wrap,
)
from crossner.report.figures.dots import grouped, groups_height, points, whiskers

_COLUMNS = 3


def draw(rows, *, title="F1 by target domain", subtitle=""):
    """Draw F1 by domain.

    Parameters
    ----------
    rows : list of dict
        `system`, `domain`, `mean` and, where known, `low`, `high`, `sd`: what `interval_rows` gives.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If no row has a value.
    """
    rows = drawable(rows)
    systems, domains = names_of(rows, "system"), names_of(rows, "domain")
    draw_them = _together if len(systems) <= TOGETHER else _panels
    return draw_them(rows, systems, domains, title, subtitle)


def describe(rows) -> str:
    """The best and the worst system on average (or in the only domain), and where F1 is highest and lowest."""
    rows = drawable(rows)
    domains = names_of(rows, "domain")
    last = sorted((row for row in rows if row["domain"] == domains[-1]), key=lambda row: -row["mean"])
    text = f"F1 {in_words(domains[-1])}: " + ", ".join(
        f"{row['system']} {_with_interval(row)}" for row in last[:3]
    )
    text += f", down to {last[-1]['system']} {last[-1]['mean']:.1f}." if len(last) > 3 else "."
    single = [row for row in rows if row["domain"] not in TOTALS]
    if len({row["domain"] for row in single}) > 1:
        low, high = min(single, key=_mean), max(single, key=_mean)
        text += f" Over domains F1 is from {low['mean']:.1f} ({low['system']}, {low['domain']}) "
        text += f"to {high['mean']:.1f} ({high['system']}, {high['domain']})."
    return text


def _mean(row):
    return row["mean"]


def _with_interval(row):
    if row.get("low") is None or row.get("high") is None:
        return f"{row['mean']:.1f}"
    return f"{row['mean']:.1f} ({row['low']:.1f} to {row['high']:.1f})"


def _together(rows, systems, domains, title, subtitle):
    figure = new_figure(
        groups_height(systems, domains),
        title=title,
        subtitle=subtitle,
        note=whiskers(rows),
        keys=[key(name, index) for index, name in enumerate(systems)],
    )
    axes = tidy(figure.add_subplot())
    grouped(axes, rows, systems, domains, "domain")
    axes.set_xlabel("F1 (%)")
    return figure


def _panels(rows, systems, domains, title, subtitle):
    lines = max(len(wrap(system, 28)) for system in systems)
    across = min(_COLUMNS, len(domains))
    down = -(-len(domains) // across)
    figure = new_figure(
        down * (len(systems) * max(0.2, 0.13 * lines + 0.03) + 0.35) + 0.25,
        title=title,
        subtitle=subtitle,
        note=whiskers([row | {"sd": None} for row in rows]),
    )
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for place, axes in enumerate(grid.flat):
        if place >= len(domains):
            axes.set_visible(False)
            continue
        tidy(axes)
        axes.set_title(
            domains[place], size=SMALL + 1, color=INK, weight="bold" if domains[place] in TOTALS else "normal"
        )
        axes.grid(axis="y", color=INK, alpha=0.08, linewidth=0.6)
        for index, system in enumerate(systems):
            own = [row for row in rows if (row["system"], row["domain"]) == (system, domains[place])]
            points(axes, system, index, [row | {"sd": None} for row in own], [index] * len(own))
        if place + across >= len(domains):
            axes.set_xlabel("F1 (%)")
            axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        name_rows(axes, range(len(systems)), systems, width=28)
    grid[0, 0].set_ylim(len(systems) - 0.5, -0.5)
    return figure
