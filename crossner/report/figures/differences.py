"""Differences between systems by domain: how large, how sure."""

from __future__ import annotations

from crossner.report.figures.common import (
    BLUE,
    INK,
    ORANGE,
    SMALL,
    TOTALS,
    drawable,
    in_words,
    listed,
    new_figure,
    signed,
    tidy,
    wrap,
)
from crossner.report.figures.dots import beside

LEVEL = 0.05


def draw(rows, *, title="Differences in F1", subtitle=""):
    """Draw differences B − A: a group a pair of systems, a row a domain.

    Parameters
    ----------
    rows : list of dict
        `a`, `b`, `domain`, `difference`, `low`, `high`, `p_holm` (or `p_randomisation` where that is None):
        what `comparison_rows` gives.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If there is no row with a difference.
    """
    pairs = _pairs(drawable(rows, "difference"))
    heads = {pair: _head(*pair) for pair in pairs}
    slots = sum(len(own) + 0.85 * len(heads[pair]) + 0.6 for pair, own in pairs.items())
    figure = new_figure(
        slots * 0.19 + 0.45,
        title=title,
        subtitle=subtitle,
        note=f"Above 0 the first system is better. Lines: 95 % intervals. Filled: p ≤ {LEVEL}, corrected "
        "for the number of domains (Holm); diamonds: the average, or all domains, on its own. At the right: "
        "the difference and p.",
    )
    axes = tidy(figure.add_subplot())
    axes.axvline(0, color=INK, alpha=0.6, linewidth=0.9, zorder=1)
    at, ticks = 0.0, {}
    for pair, own in pairs.items():
        for line in heads[pair]:
            at += 0.85
            axes.annotate(
                line,
                (0, at - 0.6),
                (2, 0),
                xycoords=("figure fraction", "data"),
                textcoords="offset points",
                va="center",
                size=SMALL,
                weight="bold",
                color=INK,
                annotation_clip=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            ).set_in_layout(False)
        for row in own:
            at += 1
            ticks[at - 0.5] = row["domain"]
            _mark(axes, row, at - 0.5)
        at += 0.6
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set_ylim(at, -0.1)
    axes.set_xlabel("difference in F1 (percentage points)")
    return figure


def describe(rows) -> str:
    """For each pair the difference over all domains, and in how many domains it is significant."""
    parts = []
    for (a, b), own in _pairs(drawable(rows, "difference")).items():
        single = [row for row in own if row["domain"] not in TOTALS]
        sure = [row for row in single if _sure(row)]
        better = sum(row["difference"] > 0 for row in sure)
        text = f"{b} minus {a}: "
        for row in own:
            if row["domain"] in TOTALS:
                text += f"{signed(row['difference'])} points {in_words(row['domain'])}{_range(row)}; "
        best = max(single or own, key=lambda row: row["difference"])
        worst = min(single or own, key=lambda row: row["difference"])
        text += f"from {signed(worst['difference'])} ({worst['domain']}) to {signed(best['difference'])} "
        text += f"({best['domain']}); significantly better in {better} and worse in {len(sure) - better} "
        parts.append(text + f"of {len(single)} domains")
    return "Difference in F1. " + listed(parts)


def _pairs(rows) -> dict:
    pairs: dict = {}
    for row in rows:
        pairs.setdefault((row["a"], row["b"]), []).append(row)
    return {pair: sorted(own, key=lambda row: row["domain"] in TOTALS) for pair, own in pairs.items()}


def _head(a, b):
    if len(a) + len(b) <= 63:
        return [f"{b} − {a}"]
    return [*wrap(b, 66), *wrap(f"− {a}", 66)]


def _p(row):
    return row.get("p_randomisation") if row.get("p_holm") is None else row["p_holm"]


def _sure(row) -> bool:
    return _p(row) is not None and _p(row) <= LEVEL and not row.get("same")


def _range(row):
    return "" if row.get("low") is None else f" (95 % interval {signed(row['low'])} to {signed(row['high'])})"


def _mark(axes, row, place):
    color = BLUE if row["difference"] >= 0 else ORANGE
    if row.get("low") is not None and row.get("high") is not None:
        axes.plot([row["low"], row["high"]], [place, place], color=color, linewidth=1.4, zorder=2)
    axes.plot(
        [row["difference"]],
        [place],
        label=f"{row['b']} − {row['a']}: {row['domain']}",
        color=color,
        marker="D" if row["domain"] in TOTALS else "o",
        markersize=5.5,
        markerfacecolor=color if _sure(row) else "white",
        linestyle="none",
        zorder=3,
    )
    p = _p(row)
    beside(axes, place, signed(row["difference"]))
    beside(axes, place, "–" if p is None else "<.001" if p < 0.001 else f"{p:.3f}", width=58)
