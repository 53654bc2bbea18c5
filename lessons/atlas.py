"""The map of the twelve lessons on mathematics: which there are, and how they lie to each other."""

import itertools
from dataclasses import dataclass

import numpy as np

from lessons.figures import COLORS, figure


@dataclass(frozen=True)
class Part:
    """One lesson.

    Attributes
    ----------
    number : int
    title : str
    file : str
        Name of its notebook.
    region : str
        Where it lies on the map of the tutorial.
    question : str
        What it answers.
    module : str
        The module of `mathforml` it is about.
    place : tuple of float
        On the map, from (0, 0) to (10, 6).
    """

    number: int
    title: str
    file: str
    region: str
    question: str
    module: str
    place: tuple


PARTS = [
    Part(1, "Overview", "01_overview.ipynb", "The map",
         "How do slopes and expectations meet?", "mathforml", (0.7, 3.1)),
    Part(2, "Why integrate", "02_introduction_to_integration.ipynb", "The trailhead",
         "Where in learning do integrals come up, and which are easy?", "quadrature", (1.5, 4.7)),
    Part(3, "Numerical integration", "03_numerical_integration.ipynb", "Swamps of numerical integration",
         "How few function values determine an integral?", "quadrature", (3.0, 5.15)),
    Part(4, "Monte Carlo integration", "04_monte_carlo.ipynb", "Monte Carlo heights",
         "What can chance do that rules cannot?", "monte_carlo", (4.8, 5.0)),
    Part(5, "Normalizing flows", "05_normalizing_flows.ipynb", "The normalizing flow",
         "How does a simple density become a complicated one?", "flows", (6.6, 5.2)),
    Part(6, "Inference in time series", "06_inference_in_time_series.ipynb", "Unrolling hills of time",
         "What do noisy observations say of a state that moves?", "time_series", (8.5, 4.7)),
    Part(7, "Backpropagation and automatic differentiation", "07_automatic_differentiation.ipynb", "Backprop bay",
         "Why does a gradient cost no more than a few function values?", "autodiff", (9.2, 3.0)),
    Part(8, "The forward–backward algorithm", "08_forward_backward.ipynb", "Forward–backward beach",
         "How are all sequences summed without listing them?", "forward_backward", (8.3, 1.3)),
    Part(9, "The implicit function theorem", "09_implicit_function_theorem.ipynb",
         "Vale of implicit differentiation", "What is the derivative of a solution?", "implicit", (6.5, 0.75)),
    Part(10, "The method of adjoints", "10_method_of_adjoints.ipynb", "Adjoint passage",
         "How does a gradient travel back through an evolution?", "adjoint", (4.8, 1.15)),
    Part(11, "The method of Lagrange", "11_method_of_lagrange.ipynb", "Lake Lagrange",
         "What does a constraint cost?", "lagrange", (3.2, 0.85)),
    Part(12, "Stochastic gradient estimators", "12_stochastic_gradient_estimators.ipynb", "Slopes of expectation",
         "What is the slope of an average that can only be sampled?", "gradient_estimators", (1.5, 1.5)),
]  # fmt: skip


def draw_map(here=None):
    """Draw the map.

    Parameters
    ----------
    here : int, optional
        The part to mark.

    Returns
    -------
    fig : Figure
    alt : str
    """
    fig, ax = figure(width=10, height=6)
    ax.set(xlim=(-0.1, 10.3), ylim=(0, 6.1))
    ax.axis("off")
    _landscape(ax)
    path = np.array([part.place for part in PARTS] + [PARTS[0].place])
    for number, (start, end) in enumerate(itertools.pairwise(path)):
        ax.annotate(
            "", end, start, zorder=3,
            arrowprops={"arrowstyle": "->", "linestyle": "-" if number < 11 else ":", "color": "0.25",
                        "linewidth": 1.4, "shrinkA": 15, "shrinkB": 15, "connectionstyle": "arc3,rad=-0.12"},
        )  # fmt: skip
    for part in PARTS:
        x, y = part.place
        there = part.number == here
        color = COLORS["red"] if there else COLORS["blue"] if part.number <= 6 else COLORS["green"]
        ax.plot(x, y, "o", markersize=23, color=color, markeredgecolor="white", zorder=4)
        ax.text(x, y, str(part.number), color="white", ha="center", va="center", weight="bold", zorder=5)
        above = part.number in (2, 3, 4, 5, 6)
        ax.text(
            x, y + (0.36 if above else -0.36), part.region, ha="center", va="bottom" if above else "top", zorder=5,
            fontsize=9, bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5},
        )  # fmt: skip
    ax.text(5.0, 3.35, "there: expectations", color=COLORS["blue"], ha="center", fontsize=14, style="italic")
    ax.text(5.0, 2.65, "and back again: slopes", color=COLORS["green"], ha="center", fontsize=14, style="italic")
    alt = "A map with twelve numbered places on a round trip: " + ", ".join(
        f"{p.number} {p.region}" for p in PARTS
    )
    return fig, f"{alt}; the way out is about expectations, the way back about slopes."


def _landscape(ax):
    """Swamp, heights, river, hills, bay, lake and slope, as flat shapes behind the path."""
    fill = {"linewidth": 0, "zorder": 0}
    x = np.linspace(0, 1, 200)
    ax.fill_between(2.1 + 1.8 * x, 4.6 + 0.1 * np.sin(22 * x), 4.25, color=COLORS["green"], alpha=0.18, **fill)
    for left in np.linspace(2.2, 3.8, 9):
        ax.plot([left, left + 0.04], [4.55, 4.85], color=COLORS["green"], alpha=0.45, linewidth=1.2, zorder=0)
    for peak, height in [(4.3, 1.0), (4.9, 1.5), (5.5, 0.9)]:
        ax.fill([peak - 0.55, peak, peak + 0.55], [4.1, 4.1 + height, 4.1], color="0.6", alpha=0.35, **fill)
    ax.fill_between(5.9 + 1.5 * x, 4.62 + 0.12 * np.sin(14 * x), 4.34 + 0.12 * np.sin(14 * x),
                    color=COLORS["sky"], alpha=0.5, **fill)  # fmt: skip
    ax.fill_between(
        7.5 + 2.2 * x, 4.1 + 0.33 * np.abs(np.sin(7 * x)), 4.0, color=COLORS["yellow"], alpha=0.45, **fill
    )
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.fill(
        10.1 + 1.0 * np.cos(angle), 2.5 + 1.5 * np.sin(angle), color=COLORS["sky"], alpha=0.4, clip_on=True, **fill
    )
    ax.fill_between(7.5 + 1.6 * x, 1.75 + 0.1 * np.sin(6 * x), 1.5, color=COLORS["yellow"], alpha=0.6, **fill)
    ax.fill_between(5.7 + 1.6 * x, 1.55 - 0.45 * np.sin(np.pi * x), 1.0 - 0.35 * np.sin(np.pi * x),
                    color=COLORS["green"], alpha=0.15, **fill)  # fmt: skip
    for side in (-0.32, 0.32):
        ax.plot(4.8 + side + 0.1 * np.sin(9 * x), 0.6 + 1.3 * x, color="0.5", linewidth=4, alpha=0.3, zorder=0)
    ax.fill(3.2 + 0.75 * np.cos(angle), 0.95 + 0.5 * np.sin(angle), color=COLORS["sky"], alpha=0.5, **fill)
    ax.fill([0.5, 2.4, 2.4], [0.75, 0.75, 2.2], color=COLORS["orange"], alpha=0.25, **fill)


def main(arguments=None):
    """Write the map to a PNG file: `python -m lessons.atlas FILE`."""
    import argparse
    from pathlib import Path

    from lessons.figures import png

    parser = argparse.ArgumentParser(prog="python -m lessons.atlas", description="Draw the map of the lessons.")
    parser.add_argument("file", type=Path, metavar="FILE")
    path = parser.parse_args(arguments).file
    if path.suffix != ".png" or not path.parent.is_dir():
        parser.error(f"{path} is not a PNG file in a folder that exists")
    path.write_bytes(png(draw_map()[0]))


if __name__ == "__main__":
    main()
