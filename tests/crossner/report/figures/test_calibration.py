"""Reliability diagram: points at confidence and accuracy, shares of mentions below, ECE in the legend."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import calibration

ROWS = [
    {"system": system, "domain": "all", "low": low, "high": low + 50, "confidence": low + 30.0}
    | {"accuracy": accuracy, "count": count}
    for system, low, accuracy, count in [
        ("direct", 50, 60.0, 30),
        ("direct", 0, 20.0, 10),
        ("joint", 50, 75.0, 1),
    ]
]
SUMMARY = [{"system": "direct", "domain": "all", "ece": 17.5}, {"system": "direct", "domain": "ai", "ece": 1.0}]


def test_points_and_histogram(marks, texts):
    figure = calibration.draw(ROWS, SUMMARY)
    axes, below = figure.axes
    assert marks(figure, "direct") == [(30.0, 20.0), (80.0, 60.0)]
    assert marks(figure, "joint") == [(80.0, 75.0)]
    assert [[*line.get_xdata(), *line.get_ydata()] for line in below.lines] == [
        [0, 50, 25.0, 25.0],
        [50, 100, 75.0, 75.0],
        [50, 100, 100.0, 100.0],
    ]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 100), (0, 100))
    assert {"direct (ECE 17.5)", "joint"} <= set(texts(figure))


def test_in_words():
    assert calibration.describe(ROWS[:2], SUMMARY) == (
        "Calibration in all domains together. direct: mean confidence 67.5 %, 50.0 % of 40 predicted mentions "
        "are correct, expected calibration error 17.5 %."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="there is no row"):
        calibration.draw([])
