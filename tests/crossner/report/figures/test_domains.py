"""F1 by domain: every number of the rows is there once, with its interval, few systems and many."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import domains

LONG = "pretrain-finetune · bilstm-crf · 100 sentences · from literature"


def test_marks_intervals_and_numbers_are_those_of_the_rows(interval_rows, marks, texts):
    rows = interval_rows(
        {"direct": {"average": 42.25, "ai": 40.0, "music": 44.5}, LONG: {"ai": 41.5, "music": None}}
    )
    figure = domains.draw(rows)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["ai", "music", "average"]
    assert axes.get_xlabel() == "F1 (%)"
    places = dict(marks(figure, "direct"))
    assert places.keys() == {40.0, 44.5, 42.25}
    assert places[40.0] < places[44.5] < places[42.25]
    assert [x for x, _ in marks(figure, LONG)] == [41.5]
    spans = {tuple(map(float, line.get_xdata())) for line in axes.lines if len(line.get_xdata()) == 2}
    for mean in (40.0, 44.5, 42.25, 41.5):
        assert {(mean - 2, mean + 3), (mean - 1, mean + 1)} <= spans
    written = texts(figure)
    assert {"40.0", "44.5", "42.2", "41.5", "direct", LONG} <= set(written)
    assert written.count("–") == 2  # the second system's music and average


def test_no_spread_leaves_the_range_of_f1():
    rows = [
        {"system": "s", "domain": "ai", "mean": 1.0, "sd": 3.0},
        {"system": "s", "domain": "b", "mean": 99.0, "sd": 3.0},
    ]
    (axes,) = domains.draw(rows).axes
    assert {tuple(line.get_xdata()) for line in axes.lines if line.get_linewidth() == 4.5} == {
        (0, 4.0),
        (96.0, 100),
    }


def test_many_systems_have_a_panel_a_domain(interval_rows, marks, texts):
    scores = {f"{LONG} {number}": {"ai": 40.0 + number, "music": 30.0} for number in range(12)}
    figure = domains.draw(interval_rows(scores))
    assert [axes.get_title() for axes in figure.axes] == ["ai", "music"]
    for number, name in enumerate(scores):
        assert marks(figure, name) == [(40.0 + number, number), (30.0, number)]
    assert {"bilstm-crf · 100 sentences", "from literature 11"} <= set(texts(figure))
    assert figure.get_figwidth() == 5.2


def test_without_intervals_and_spread_there_is_nothing_but_marks(interval_rows, texts):
    rows = [row | {"low": None, "high": None, "sd": None} for row in interval_rows({"direct": {"ai": 40.0}})]
    figure = domains.draw(rows)
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [1]
    assert not any("interval" in text for text in texts(figure))


def test_in_words(interval_rows):
    rows = interval_rows(
        {"direct": {"ai": 40.0, "music": 50.0, "average": 45.0}, "joint": {"ai": 41.0, "average": 46.0}}
    )
    assert domains.describe(rows) == (
        "F1 on average over domains: joint 46.0 (44.0 to 49.0), direct 45.0 (43.0 to 48.0). "
        "Over domains F1 is from 40.0 (direct, ai) to 50.0 (direct, music)."
    )


@pytest.mark.parametrize("function", [domains.draw, domains.describe])
@pytest.mark.parametrize("rows", [[], [{"system": "a", "domain": "ai", "mean": None}]])
def test_nothing_to_draw_is_one_sentence(function, rows):
    with pytest.raises(ConfigError, match="nothing to draw"):
        function(rows)
