"""Differences: marks at their values, filled where p is small, the average judged by its own p."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import differences
from crossner.report.figures.common import BLUE, ORANGE


def row(domain, difference, p_holm, *, p=0.5, b="joint"):
    limits = {"low": difference - 1, "high": difference + 1}
    return {"a": "direct", "b": b, "domain": domain, "difference": difference, **limits} | {
        "p_holm": p_holm,
        "p_randomisation": p,
    }


ROWS = [
    row("average", 1.0, None, p=0.04),
    row("ai", 2.5, 0.0004),
    row("music", -0.5, 0.06, p=0.02),
    row("ai", -3.0, 0.01, b="other"),
]


def test_marks(marks, texts):
    figure = differences.draw(ROWS)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ai", "music", "average", "ai"]
    found = {line.get_label(): line for line in axes.lines if len(line.get_xdata()) == 1}
    assert {name: line.get_xdata()[0] for name, line in found.items()} == {
        "joint − direct: ai": 2.5,
        "joint − direct: music": -0.5,
        "joint − direct: average": 1.0,
        "other − direct: ai": -3.0,
    }
    assert [line.get_markerfacecolor() for line in found.values()] == [BLUE, "white", BLUE, ORANGE]
    assert found["joint − direct: average"].get_marker() == "D"
    spans = [list(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 1.4]
    assert spans == [[1.5, 3.5], [-1.5, 0.5], [0.0, 2.0], [-4.0, -2.0]]
    assert {"joint − direct", "other − direct", "+2.5", "<.001", "−0.5", "0.060", "0.040"} <= set(texts(figure))


def test_five_percent_counts_as_in_the_verdicts():
    for p, color in ((0.05, BLUE), (0.0501, "white")):
        (axes,) = differences.draw([row("ai", 2.5, p)]).axes
        assert axes.lines[-1].get_markerfacecolor() == color


def test_long_names_break_at_the_minus(texts):
    name = "pretrain-finetune · bilstm-crf · 100 sentences · from literature"
    assert {name, "− direct"} <= set(texts(differences.draw([row("ai", 1.0, 0.5, b=name)])))


def test_in_words():
    assert differences.describe(ROWS[:3]) == (
        "Difference in F1. joint minus direct: +1.0 points on average over domains (95 % interval 0.0 to +2.0); "
        "from −0.5 (music) to +2.5 (ai); significantly better in 1 and worse in 0 of 2 domains."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="nothing to draw"):
        differences.draw([row("ai", 0.0, 1.0) | {"difference": None}])
