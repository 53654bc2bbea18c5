"""The heat map: F1 and gain in cells, colour by sign, pale where unsure, direct training on the diagonal."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import matrix


def cell(source, target, f1, gain, certain, direct=50.0):
    return {"source": source, "target": target, "f1": f1, "direct": direct, "gain": gain, "certain": certain}


MATRIX = {
    "names": ["ai", "music", "news"],
    "cells": [
        cell("ai", "ai", 50.0, None, None),
        cell("ai", "music", 46.0, -4.0, True),
        cell("music", "ai", 51.0, 1.0, False),
        cell("music", "music", 50.0, None, None),
        cell("news", "ai", 58.0, 8.0, True),
        cell("news", "music", None, None, None),
        cell("news", "news", None, None, None, direct=None),
    ],
}


def test_cells(texts):
    figure = matrix.draw(MATRIX)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ai", "music", "news"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["ai", "music"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("target", "source")
    by_place = {}
    for text in axes.texts:
        x, y = text.get_position()
        by_place.setdefault((round(y), round(x)), []).append(text.get_text())
    assert by_place == {
        (0, 0): ["50.0"],
        (0, 1): ["46.0", "−4.0"],
        (1, 0): ["51.0", "+1.0"],
        (1, 1): ["50.0"],
        (2, 0): ["58.0", "+8.0"],
        (2, 1): ["–"],
    }
    kinds = {}
    for patch in axes.patches:
        kinds.setdefault(patch.get_gid(), []).append(patch)
    assert {kind: len(found) for kind, found in kinds.items()} == {"direct": 2, "loss": 1, "hatch": 1, "gain": 2}
    unsure, sure = kinds["gain"]
    assert unsure.get_alpha() == pytest.approx(0.35 * (0.12 + 0.5 / 8))
    assert sure.get_alpha() == pytest.approx(0.62)
    assert sure.get_facecolor()[:3] != kinds["loss"][0].get_facecolor()[:3]


def test_in_words():
    assert matrix.describe(MATRIX) == (
        "Gain in F1 over direct training, 3 pairs of source and target: from −4.0 points (ai to music, F1 46.0) "
        "to +8.0 points (news to ai, F1 58.0). Significant (p < 0.05, Holm): gains 1, losses 1."
    )


def test_without_a_baseline_there_is_f1_alone(texts):
    alone = {"names": ["ai", "news"], "cells": [cell("news", "ai", 58.0, None, None, direct=None)]}
    assert "58.0" in texts(matrix.draw(alone))
    assert matrix.describe(alone) == "F1 by source and target, at best 58.0 (news to ai)."


@pytest.mark.parametrize("function", [matrix.draw, matrix.describe])
def test_nothing_to_draw_is_one_sentence(function):
    with pytest.raises(ConfigError, match="nothing to draw"):
        function({"names": ["ai"], "cells": [cell("ai", "ai", None, None, None)]})
