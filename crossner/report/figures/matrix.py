"""From which source to which target transfer helps, and where it harms."""

from __future__ import annotations

from crossner.errors import ConfigError
from crossner.report.figures.common import BLUE, INK, ORANGE, SMALL, new_figure, signed, tidy


def draw(matrix, *, title="Transfer from source to target", subtitle=""):
    """Draw gains in F1 over direct training: a row a source, a column a target.

    The diagonal is direct training itself.

    Parameters
    ----------
    matrix : dict
        `names` and `cells`, each with `source`, `target`, `f1`, `direct`, `gain`, `certain` (its p is below 0.05,
        corrected): what `source_matrix` gives.
    title, subtitle : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ConfigError
        If no cell has a value.
    """
    from matplotlib.patches import Rectangle

    cells = _checked(matrix)
    sources, targets = _axes_of(matrix, cells)
    gains = [abs(cell["gain"]) for cell in cells.values() if _gained(cell)]
    limit = max(gains, default=0) or 1
    label = max(map(len, [*sources, "source"])) * 0.62 * SMALL / 72 + 0.1
    side = min(0.78, (4.95 - label) / len(targets))
    upright = max(map(len, targets)) * 0.62 * SMALL / 72 <= side
    figure = new_figure(
        len(sources) * min(side, 0.52) + (0.4 if upright else max(map(len, targets)) * 0.62 * SMALL / 72 + 0.25),
        title=title,
        subtitle=subtitle,
        note="Cells: F1 (%) and its gain over direct training. Blue: gain; orange: loss, hatched where it is "
        "sure; pale: p ≥ 0.05, corrected for the number of cells (Holm). Framed: direct training.",
    )
    axes = tidy(figure.add_subplot(), grid="", spines=())
    for i, source in enumerate(sources):
        for j, target in enumerate(targets):
            cell = cells.get((source, target))
            box = {"xy": (j - 0.47, i - 0.46), "width": 0.94, "height": 0.92}
            if source == target:
                f1 = _direct(cells, target)
                axes.add_patch(
                    Rectangle(**box, facecolor="none", edgecolor=INK, alpha=0.35, linewidth=0.8, gid="direct")
                )
                axes.text(j, i, "–" if f1 is None else f"{f1:.1f}", size=9, ha="center", va="center", color=INK)
                continue
            if cell is None:
                axes.text(j, i, "–", size=9, ha="center", va="center", color=INK, alpha=0.6)
                continue
            if not _gained(cell):
                axes.text(j, i, f"{cell['f1']:.1f}", size=9, ha="center", va="center", color=INK)
                continue
            loss = cell["gain"] < 0
            shade = (0.12 + 0.5 * abs(cell["gain"]) / limit) * (1 if _sure(cell) else 0.35)
            axes.add_patch(
                Rectangle(
                    **box,
                    facecolor=ORANGE if loss else BLUE,
                    alpha=shade,
                    linewidth=0,
                    gid="loss" if loss else "gain",
                )
            )
            if loss and _sure(cell):
                axes.add_patch(
                    Rectangle(
                        **box,
                        facecolor="none",
                        edgecolor=ORANGE,
                        hatch="////",
                        linewidth=0,
                        alpha=0.55,
                        gid="hatch",
                    )
                )
            axes.text(j, i - 0.16, f"{cell['f1']:.1f}", size=9, ha="center", va="center", color=INK)
            axes.text(
                j,
                i + 0.22,
                signed(cell["gain"]),
                size=SMALL,
                ha="center",
                va="center",
                color=INK,
                weight="bold" if _sure(cell) else "normal",
            )
    axes.set_xlim(-0.5, len(targets) - 0.5)
    axes.set_ylim(len(sources) - 0.5, -0.5)
    axes.set_yticks(range(len(sources)), sources)
    turned = {} if upright else {"rotation": 90, "ha": "left", "va": "center", "rotation_mode": "anchor"}
    axes.set_xticks(range(len(targets)), targets, **turned)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    axes.tick_params(labelsize=SMALL, length=0)
    return figure


def describe(matrix) -> str:
    """The largest gain and the largest loss, and how many of each are sure."""
    cells = _checked(matrix)
    gained = sorted(
        (cell for key, cell in cells.items() if key[0] != key[1] and _gained(cell)), key=lambda cell: cell["gain"]
    )
    if not gained:
        best = max(cells.values(), key=lambda cell: cell["f1"])
        return f"F1 by source and target, at best {best['f1']:.1f} ({best['source']} to {best['target']})."
    sure = [cell["gain"] for cell in gained if _sure(cell)]
    return (
        f"Gain in F1 over direct training, {len(gained)} pairs of source and target: from "
        f"{_said(gained[0])} to {_said(gained[-1])}. Significant (p < 0.05, Holm): gains "
        f"{sum(gain > 0 for gain in sure)}, losses {sum(gain < 0 for gain in sure)}."
    )


def _said(cell):
    return f"{signed(cell['gain'])} points ({cell['source']} to {cell['target']}, F1 {cell['f1']:.1f})"


def _checked(matrix) -> dict:
    cells = {(c["source"], c["target"]): c for c in matrix["cells"] if c.get("f1") is not None}
    if not cells:
        raise ConfigError("nothing to draw: no pair of source and target has a value")
    return cells


def _axes_of(matrix, cells):
    sources = {source for source, _ in cells}
    targets = {target for _, target in cells}
    names = list(matrix["names"])
    names += [name for name in dict.fromkeys(name for key in cells for name in key) if name not in names]
    return [name for name in names if name in sources], [name for name in names if name in targets]


def _direct(cells, target):
    found = [cell["direct"] for key, cell in cells.items() if key[1] == target and cell.get("direct") is not None]
    own = cells.get((target, target))
    return found[0] if found else own and own["f1"]


def _gained(cell):
    return cell.get("gain") is not None


def _sure(cell) -> bool:
    return bool(cell.get("certain"))
