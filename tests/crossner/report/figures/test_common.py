"""SVG within a page: valid, own ids, no colour that a dark page hides, the same each time; what may be drawn."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossner.errors import ConfigError
from crossner.report.figures import domains, errors, matrix
from crossner.report.figures.common import (
    STYLES,
    drawable,
    inline_svg,
    listed,
    names_of,
    one_domain,
    percent,
    save_figure,
    signed,
    style,
    wrap,
)

SVG = "{http://www.w3.org/2000/svg}"
MATRIX = {
    "names": ["ai", "music"],
    "cells": [
        {"source": "ai", "target": "music", "f1": 40.0, "direct": 44.0, "gain": -4.0, "certain": True},
        {"source": "music", "target": "ai", "f1": 50.0, "direct": 44.0, "gain": 6.0, "certain": False},
    ],
}


@pytest.fixture
def rows(interval_rows):
    return interval_rows({"direct": {"ai": 40.0, "music": 45.5}, "a <b> & c": {"ai": 41.0}})


@pytest.fixture
def pictures(rows):
    """An inlined figure with open marks, one with a hatch (a pattern with an id), one with bars."""
    many = [row | {"system": f"{row['system']} {number}"} for row in rows for number in range(4)]
    errors_rows = [
        {"system": "a", "domain": "ai", "kind": kind, "share": 50.0, "count": 1.0}
        for kind in ("correct", "missed")
    ]
    figures = [domains.draw(many), matrix.draw(MATRIX), errors.draw(errors_rows)]
    return [inline_svg(figure, f"Figure {n}", "An <alt> & text: 40.0.") for n, figure in enumerate(figures)]


def test_it_is_xml_with_a_name_and_a_description(pictures):
    for number, picture in enumerate(pictures):
        root = ElementTree.fromstring(picture)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root.get("width") == "100%"
        assert root.get("height") is None
        by_id = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        named = [by_id[name] for name in root.get("aria-labelledby").split()]
        assert named == [f"Figure {number}", "An <alt> & text: 40.0."]


def test_text_is_text_in_the_font_of_the_page(pictures):
    found = [element.text for element in ElementTree.fromstring(pictures[0]).iter(f"{SVG}text")]
    assert {"ai", "music", "direct 0", "a <b> & c 3", "F1 (%)"} <= set(found)
    for picture in pictures:
        assert re.findall(r"font-family: ([^;\"]*)", picture) == ["inherit"]
        assert "DejaVu" not in picture


def test_nothing_in_it_rules_the_page_around_it(pictures):
    for picture in pictures:
        assert "<style" not in picture
        assert "<script" not in picture
        assert "<metadata" not in picture


def test_ids_are_unique_in_a_page_and_every_reference_has_its_target(pictures):
    page = "".join(pictures)
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    references = re.findall(r'(?:url\(#|href="#)([^)"]+)', page)
    assert references
    assert set(references) <= set(ids)
    assert any("pattern" in picture for picture in pictures)


def test_the_same_figure_twice_in_a_page_takes_a_prefix(rows):
    first, second = (inline_svg(domains.draw(rows), "F1", "alt", prefix=prefix) for prefix in ("one", "two"))
    ids = re.findall(r' id="([^"]*)"', first + second)
    assert len(ids) == len(set(ids))
    assert first.replace("one-", "two-") == second


def test_no_black_and_no_white(pictures):
    for picture in pictures:
        colors = re.findall(r"#([0-9a-f]{6})\b(?=[;\"])", picture, re.IGNORECASE)
        assert {f"#{color.upper()}" for color in colors} <= {color for color, _ in STYLES}
        assert 'fill="currentColor"' in picture
        assert not re.search(r"(?:fill|stroke)[:=] ?\"?(?:black|white)", picture)
    assert "var(--paper, Canvas)" in pictures[0]


def test_the_same_rows_give_the_same_svg(rows):
    assert inline_svg(domains.draw(rows), "F1", "alt") == inline_svg(domains.draw(rows), "F1", "alt")


def test_dollars_in_names_are_no_mathematics(interval_rows):
    rows = interval_rows({r"cost $\bad{$": {"ai": 40.0}})
    assert r"cost $\bad{$" in inline_svg(domains.draw(rows), "F1", "alt")


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_the_same_rows_give_the_same_file(rows, tmp_path, ending):
    files = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for file in files:
        save_figure(domains.draw(rows), file)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize(
    ("name", "message"), [("a.bmp", r"--plot .*ending must be \.svg"), ("no/a.svg", "--plot .*cannot be written")]
)
def test_a_file_that_cannot_be_is_one_sentence(rows, tmp_path, name, message):
    with pytest.raises(ConfigError, match=message):
        save_figure(domains.draw(rows), tmp_path / name, option="--plot")


def test_words_that_are_left_out_take_no_room(rows):
    bare, full = domains.draw(rows, title=""), domains.draw(rows, title="F1", subtitle="crossner @ 2e7ba2a")
    assert bare.get_figheight() < full.get_figheight()


def test_what_may_be_drawn():
    rows = [{"domain": "ai", "mean": None}, {"domain": "music", "mean": 0.0}]
    assert drawable(rows) == rows[1:]
    with pytest.raises(ConfigError, match="nothing to draw"):
        drawable([])
    with pytest.raises(ConfigError, match="domain 'ai'"):
        drawable(rows, domain="ai")


def test_the_domain_is_asked_for_or_all_of_them_or_the_only_one():
    rows = [{"domain": name} for name in ("average", "ai", "music")]
    assert names_of(rows, "domain") == ["ai", "music", "average"]
    assert one_domain(rows, None) == "average"
    assert one_domain(rows, "ai") == "ai"
    assert one_domain(rows[1:2], None) == "ai"
    with pytest.raises(ConfigError, match="which domain to draw: ai, music"):
        one_domain(rows[1:], None)
    with pytest.raises(ConfigError, match="there is no row"):
        one_domain([], None)


def test_numbers_as_they_are_written():
    assert [signed(x) for x in (1.25, -2.06, 0.04, -0.04)] == ["+1.2", "−2.1", "0.0", "0.0"]
    assert [percent(x) for x in (0, 0.2, 0.5001, 99.6)] == ["0", "<1", "1", "100"]
    assert listed(["a", "b", "c"], most=2) == "a; b; and 1 more."


def test_series_are_told_apart():
    looks = [(one["color"], one["marker"], one["markerfacecolor"]) for one in map(style, range(12))]
    assert len(set(looks)) == 12


@given(st.lists(st.text("abcdefgh-", min_size=1, max_size=40), min_size=1, max_size=6), st.integers(10, 30))
@settings(deadline=None, max_examples=40)
def test_wrapped_names_lose_no_letter(parts, width):
    lines = wrap(" · ".join(parts), width)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" · ", "") == "".join(parts)
