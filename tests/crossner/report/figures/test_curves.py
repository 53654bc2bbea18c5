"""Learning curves: points in the order of the number of sentences, bands of intervals, a panel a domain."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import curves


def row(series, domain, sentences, mean, shots=1):
    limits = {"low": mean - 2, "high": mean + 2}
    return {"series": series, "domain": domain, "shots": shots, "sentences": sentences, "mean": mean, **limits}


ROWS = [
    row("direct", "average", 100, 50.0, None),
    row("direct", "ai", 100, 60.0, None),
    row("direct", "ai", 1, 20.0),
    row("direct", "average", 1, 25.0),
    row("joint", "ai", 10, 41.0),
    row("joint", "music", 10, 31.0),
]


def test_curves_and_bands(marks):
    figure = curves.draw(ROWS)
    assert [axes.get_title() for axes in figure.axes] == ["ai", "music", "average"]
    assert all(axes.get_xscale() == "log" for axes in figure.axes)
    assert marks(figure, "direct") == [(1, 20.0), (100, 60.0), (1, 25.0), (100, 50.0)]
    assert marks(figure, "joint") == [(10, 41.0), (10, 31.0)]
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert {(1, 18.0), (1, 22.0), (100, 58.0), (100, 62.0)} <= {tuple(map(float, point)) for point in band}
    assert list(figure.axes[0].get_xticks()) == [1, 10, 100]


def test_ticks_do_not_run_into_each_other():
    rows = [row("direct", "ai", number, 20.0) for number in (1, 99, 100)]
    assert list(curves.draw(rows).axes[0].get_xticks()) == [1, 100]


def test_in_words():
    assert curves.describe(ROWS[:4]) == (
        "F1 by number of target sentences: direct on average over domains 25.0 with 1 sentence, "
        "50.0 with 100 sentences."
    )


@pytest.mark.parametrize("rows", [[], [row("direct", "ai", 1, 2.0) | {"mean": None}]])
def test_nothing_to_draw_is_one_sentence(rows):
    with pytest.raises(ConfigError, match="nothing to draw"):
        curves.draw(rows)
