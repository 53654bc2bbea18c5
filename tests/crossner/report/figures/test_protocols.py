"""F1 by protocol: marks, the headline as a line, shifts from it."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import protocols

ROWS = [
    {"system": system, "protocol": protocol, "domain": domain, "mean": mean + (domain == "ai"), "sd": None}
    for system, scores in {"direct": (60.0, 61.5, 55.0), "joint": (62.0, 62.0, 58.5)}.items()
    for protocol, mean in zip(("headline", "repair", "misc-out"), scores, strict=True)
    for domain in ("ai", "average")
]


def test_marks_lines_and_shifts(marks, texts):
    figure = protocols.draw(ROWS)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["headline", "repair", "misc-out"]
    assert [x for x, _ in marks(figure, "direct")] == [60.0, 61.5, 55.0]
    assert [x for x, _ in marks(figure, "joint")] == [62.0, 62.0, 58.5]
    vertical = [line.get_xdata()[0] for line in axes.lines if list(line.get_ydata()) == [0, 1]]
    assert vertical == [60.0, 62.0]
    assert {"60.0", "+1.5", "−5.0", "62.0", "0.0", "−3.5"} <= set(texts(figure))


@pytest.mark.parametrize(("systems", "shown"), [(5, True), (6, False)])
def test_the_note_speaks_of_numbers_where_there_are_any(texts, systems, shown):
    rows = [row | {"system": f"s{index}"} for index in range(systems) for row in ROWS[:6]]
    written = texts(protocols.draw(rows))
    assert ("+1.5" in written) == shown
    assert ("At the right" in " ".join(written)) == shown


def test_another_headline(texts):
    written = texts(protocols.draw(ROWS, domain="ai", headline="repair"))
    assert {"62.5", "−1.5", "−6.5", "63.0", "0.0", "−3.5"} <= set(written)
    assert "61.0" not in written


def test_in_words():
    assert protocols.describe(ROWS[:6], domain="ai") == (
        "F1 in ai by protocol: direct 61.0 under headline, from 56.0 (misc-out) to 62.5 (repair)."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="there is no row"):
        protocols.draw([])
