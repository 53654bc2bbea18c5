"""Confusion matrix: a number for each count, shades are shares of rows, the diagonal stands out."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import confusion

COUNTS = {"types": ["song", "band", "none"], "counts": [[8, 2, 0], [1, 30, 9], [4, 0, 0]], "n": 2}


def test_numbers_and_shades(texts):
    figure = confusion.draw(COUNTS)
    (axes,) = figure.axes
    found = {tuple(map(int, text.get_position())): text.get_text() for text in axes.texts}
    assert found == {(0, 0): "8", (1, 0): "2", (0, 1): "1", (1, 1): "30", (2, 1): "9", (0, 2): "4"}
    shades = {(round(p.get_x() + 0.48), round(p.get_y() + 0.48)): p for p in axes.patches}
    assert shades.keys() == found.keys()
    assert shades[0, 0].get_alpha() == pytest.approx(0.08 + 0.57 * 0.8)
    assert shades[2, 1].get_alpha() == pytest.approx(0.08 + 0.57 * 9 / 40)
    assert shades[0, 0].get_facecolor()[:3] == shades[1, 1].get_facecolor()[:3] != shades[1, 0].get_facecolor()[:3]
    assert [label.get_text() for label in axes.get_xticklabels()] == COUNTS["types"]
    assert [label.get_text() for label in axes.get_yticklabels()] == COUNTS["types"]
    assert any("2 runs" in text for text in texts(figure))


def test_in_words():
    assert confusion.describe(COUNTS) == (
        "38 mentions have the right type, 9 are missed, 4 spurious. "
        "Most confused: song taken for band (2), band taken for song (1)."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="nothing to draw"):
        confusion.draw({"types": ["none"], "counts": [[0]]})
