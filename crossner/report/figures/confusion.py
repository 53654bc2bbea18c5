"""Which types a system takes for which."""

from __future__ import annotations

from crossner.errors import ConfigError
from crossner.report.figures.common import BLUE, INK, ORANGE, SMALL, new_figure, tidy


def draw(confusion, *, title="Confusion of entity types", subtitle=""):
    """Draw a confusion matrix: rows are gold, columns predicted types, shades are shares of a row.

    Parameters
    ----------
    confusion : dict
        `types`, the last of them "none", and `counts`, a list a row: what `confusion` of
        `crossner.scoring.errors` gives.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If all counts are 0.
    """
    from matplotlib.patches import Rectangle

    types, counts = _checked(confusion)
    runs = confusion.get("n", 1)
    size = len(types)
    label = max(map(len, types)) * 0.6 * SMALL / 72
    side = (5.0 - label) / size
    figure = new_figure(
        size * min(side, 0.36) + label + 0.1,
        title=title,
        subtitle=subtitle,
        note="Rows: gold; columns: predicted; none: spurious (last row) and missed (last column). Shades: share "
        "of the row, blue where the type is right." + (f" Counts: {runs} runs together." if runs > 1 else ""),
    )
    axes = tidy(figure.add_subplot(), grid="", spines=())
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            if count:
                axes.add_patch(
                    Rectangle(
                        (j - 0.48, i - 0.48),
                        0.96,
                        0.96,
                        facecolor=BLUE if i == j else ORANGE,
                        alpha=0.08 + 0.57 * count / sum(row),
                        linewidth=0,
                    )
                )
                text = f"{count:.0f}"
                letters = min(SMALL, 72 * side / (0.64 * max(3, len(text)) + 0.4))
                axes.text(j, i, text, size=letters, ha="center", va="center", color=INK)
    axes.axhline(size - 1.5, color=INK, alpha=0.4, linewidth=0.7)
    axes.axvline(size - 1.5, color=INK, alpha=0.4, linewidth=0.7)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_yticks(range(size), types)
    axes.set_xticks(range(size), types, rotation=90, ha="left", va="center", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(labelsize=SMALL, length=0)
    return figure


def describe(confusion) -> str:
    """How many mentions have the right type, are missed or spurious, and the three largest confusions."""
    types, counts = _checked(confusion)
    cells = [(counts[i][j], types[i], types[j]) for i in range(len(types)) for j in range(len(types))]
    right = sum(count for count, gold, predicted in cells if gold == predicted)
    missed, spurious = sum(row[-1] for row in counts[:-1]), sum(counts[-1])
    worst = sorted((c for c in cells if c[1] != c[2] and types[-1] not in c[1:]), key=lambda c: -c[0])[:3]
    text = f"{right:,.0f} mentions have the right type, {missed:,.0f} are missed, {spurious:,.0f} spurious."
    found = [f"{gold} taken for {predicted} ({count:,.0f})" for count, gold, predicted in worst if count]
    return f"{text} Most confused: {', '.join(found)}." if found else text


def _checked(confusion):
    if not any(map(any, confusion["counts"])):
        raise ConfigError("nothing to draw: the confusion matrix holds no mention")
    return confusion["types"], confusion["counts"]
