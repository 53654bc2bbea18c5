"""F1 by bucket: marks, the order of buckets, shares of gold mentions that add up to 100 %."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import seen


def rows_of(gold, *, system="direct", domain="all", view="seen-target"):
    return [
        {"system": system, "view": view, "domain": domain, "bucket": bucket, "mean": mean, "gold": count}
        for bucket, mean, count in zip(("seen", "other", "unseen"), (90.0, None, 50.0), gold, strict=True)
    ]


def test_marks_and_bars(marks, texts):
    figure = seen.draw([*rows_of((30, 1, 169)), *rows_of((7, 7, 7), domain="ai")])
    axes, beside = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["seen", "other", "unseen"]
    assert [x for x, _ in marks(figure, "direct")] == [90.0, 50.0]
    assert [bar.get_width() for bar in beside.patches] == [15.0, 0.5, 84.5]
    assert {"15", "84", "–"} <= set(texts(figure))


def test_systems_with_other_shares_have_bars_of_their_own():
    figure = seen.draw([*rows_of((30, 10, 60)), *rows_of((20, 20, 60), system="5 sentences")])
    widths = [bar.get_width() for bar in figure.axes[1].patches]
    assert widths == [30.0, 20.0, 10.0, 20.0, 60.0, 60.0]


def test_in_words():
    assert seen.describe(rows_of((30, 1, 169), view="own")) == (
        "own: F1 in all domains together. direct: seen 90.0 (15 % of gold), unseen 50.0 (84 % of gold)."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="there is no row"):
        seen.draw([])
    with pytest.raises(ConfigError, match="nothing to draw"):
        seen.draw([row | {"mean": None} for row in rows_of((1, 1, 1))])
