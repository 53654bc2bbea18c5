"""F1 by type: the most frequent type on top, n beside its name, a gap where a system has no number."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import types


def row(system, name, mean, gold, domain="ai"):
    return {"system": system, "domain": domain, "type": name, "mean": mean, "sd": None, "gold": gold}


ROWS = [
    row("direct", "task", 30.0, 12),
    row("direct", "person", 80.0, 1234),
    row("joint", "task", None, 12),
    row("joint", "person", 70.0, 1234),
    row("joint", "song", 99.0, 5, "music"),
]


def test_types_by_support(marks, texts):
    figure = types.draw(ROWS, domain="ai")
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["person  n = 1,234", "task  n = 12"]
    assert axes.yaxis_inverted()
    assert [x for x, _ in sorted(marks(figure, "direct"), key=lambda point: point[1])] == [80.0, 30.0]
    assert [x for x, _ in marks(figure, "joint")] == [70.0]
    assert "F1 by entity type in ai" in texts(figure)


def test_in_words():
    assert types.describe(ROWS, domain="ai") == (
        "F1 of 2 entity types in ai: direct is best on person (80.0) and worst on task (30.0, 12 mentions); "
        "joint is best on person (70.0) and worst on person (70.0, 1,234 mentions)."
    )


def test_the_domain_must_be_clear():
    with pytest.raises(ConfigError, match="which domain"):
        types.draw(ROWS)
    with pytest.raises(ConfigError, match=r"nothing to draw.*'news'"):
        types.draw(ROWS, domain="news")
