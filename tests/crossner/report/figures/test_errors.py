"""Kinds of errors: parts of bars are the shares of the rows and lie end to end."""

import pytest

from crossner.errors import ConfigError
from crossner.report.figures import errors
from crossner.scoring.errors import KINDS

SHARES = {"direct": (55.5, 17.0, 8.0, 5.0, 4.5, 10.0), "joint": (60.0, 2.0, 8.0, 10.0, 10.0, 10.0)}
ROWS = [
    {"system": system, "domain": domain, "kind": kind, "share": share, "count": 1.0}
    for domain in ("ai", "all")
    for system, shares in SHARES.items()
    for kind, share in zip(KINDS, shares, strict=True)
]


def test_parts_of_bars(texts):
    figure = errors.draw(ROWS)
    (axes,) = figure.axes
    bars = {bar.get_label(): bar[0] for bar in axes.containers}
    for system, shares in SHARES.items():
        parts = [bars[f"{system}: {kind}"] for kind in KINDS]
        assert [part.get_width() for part in parts] == list(shares)
        assert [part.get_x() for part in parts] == [sum(shares[:k]) for k in range(6)]
        assert len({part.get_y() for part in parts}) == 1
    written = texts(figure)
    assert {*SHARES, *KINDS, "56", "17"} <= set(written)
    assert "2" not in written  # no room
    colors = [bars[f"direct: {kind}"].get_facecolor() for kind in KINDS]
    assert len(set(colors)) == len(KINDS)


def test_in_words():
    assert errors.describe(ROWS[:6], domain="ai") == (
        "Kinds of errors in ai. direct: correct 55.5 %, type 17.0 %, boundary 8.0 %, boundary and type 5.0 %, "
        "missed 4.5 %, spurious 10.0 %."
    )


def test_nothing_to_draw_is_one_sentence():
    with pytest.raises(ConfigError, match="nothing to draw"):
        errors.draw(ROWS, domain="news")
