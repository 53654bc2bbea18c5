"""Learning curves: F1 by number of the target's sentences, a panel a domain."""

from __future__ import annotations

from crossner.report.figures.common import (
    INK,
    SMALL,
    TOTALS,
    drawable,
    in_words,
    key,
    listed,
    names_of,
    new_figure,
    style,
    tidy,
)

_COLUMNS = 3


def draw(rows, *, title="Learning curves", subtitle=""):
    """Draw F1 by number of training sentences, on a logarithmic axis.

    Parameters
    ----------
    rows : list of dict
        `series`, `domain`, `sentences` (their number), `mean` and, where known, `low`, `high`: what
        `curve_rows` gives.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If no row has a value.
    """
    from matplotlib.ticker import FixedLocator, NullLocator

    rows = _checked(rows)
    series, domains = names_of(rows, "series"), names_of(rows, "domain")
    across = min(_COLUMNS, len(domains))
    down = -(-len(domains) // across)
    figure = new_figure(
        down * (1.9 if across > 1 else 3.0) + 0.25,
        title=title,
        subtitle=subtitle,
        note="Bands: 95 % intervals." if any(row.get("low") is not None for row in rows) else "",
        keys=[key(name, index) for index, name in enumerate(series)],
    )
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    ticks = _ticks(sorted({row["sentences"] for row in rows}), across)
    for place, axes in enumerate(grid.flat):
        if place >= len(domains):
            axes.set_visible(False)
            continue
        tidy(axes, grid="both", spines=("bottom", "left"))
        total = domains[place] in TOTALS
        axes.set_title(domains[place], size=SMALL + 1, color=INK, weight="bold" if total else "normal")
        for index, name in enumerate(series):
            own = [row for row in rows if (row["series"], row["domain"]) == (name, domains[place])]
            _curve(axes, name, index, sorted(own, key=lambda row: row["sentences"]))
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter("{x:g}")
        if place + across >= len(domains):
            axes.tick_params(labelbottom=True)
    for axes in grid[:, 0]:
        axes.set_ylabel("F1 (%)")
    # The width of a panel of three is too small for the words, so they stand below one for all.
    below = grid[-1] if across < 3 else grid[-1, [0 if down * across > len(domains) else 1]]
    for axes in below:
        axes.set_xlabel("target sentences in training")
    return figure


def describe(rows) -> str:
    """For each series F1 with the fewest and with the most sentences, over all domains or in each."""
    rows = _checked(rows)
    domains = names_of(rows, "domain")
    parts = []
    for name in names_of(rows, "series"):
        for domain in domains[-1:] if domains[-1] in TOTALS else domains:
            own = [row for row in rows if (row["series"], row["domain"]) == (name, domain)]
            own.sort(key=lambda row: row["sentences"])
            if own:
                first, last = own[0], own[-1]
                text = f"{name} {in_words(domain)} {first['mean']:.1f} with {_sentences(first)}"
                parts.append(text + (f", {last['mean']:.1f} with {_sentences(last)}" if last != first else ""))
    return "F1 by number of target sentences: " + listed(parts)


def _sentences(row):
    return f"{row['sentences']:g} sentence{'' if row['sentences'] == 1 else 's'}"


def _checked(rows):
    return drawable([row for row in rows if row["sentences"]])


def _curve(axes, name, index, own):
    look = style(index) | {"linestyle": "-", "linewidth": 1.3, "markersize": 4}
    sure = [row for row in own if row.get("low") is not None and row.get("high") is not None]
    axes.fill_between(
        [row["sentences"] for row in sure],
        [row["low"] for row in sure],
        [row["high"] for row in sure],
        color=look["color"],
        alpha=0.18,
        linewidth=0,
    )
    axes.plot([row["sentences"] for row in own], [row["mean"] for row in own], label=name, **look)


def _ticks(numbers, across):
    """Numbers of sentences that are there, as many as have room on a logarithmic axis."""
    from math import log

    room = log(numbers[-1] / numbers[0]) * (0.17 if across > 1 else 0.08)
    ticks = numbers[-1:]
    for number in reversed(numbers[:-1]):
        if log(ticks[-1] / number) >= room:
            ticks.append(number)
    return ticks[::-1]
